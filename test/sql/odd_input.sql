\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Odd names, long texts, the ends of time, the limits of numbers.
CREATE SCHEMA "Sil""ver %s \ 'x' 😀";
CALL t.setup('Sil"ver %s \ ''x'' 😀');
SELECT has_table('Sil"ver %s \ ''x'' 😀'::name, 'si_users'::name, 'silver may have any name');
SELECT t.same($$SELECT value FROM gold_state.settings WHERE name = 'silver_schema'$$, $$Sil"ver %s \ 'x' 😀$$, 'which is a setting');
CREATE TEMP TABLE odd (n integer PRIMARY KEY, text text);
INSERT INTO odd VALUES (1, $$O'Brien$$), (2, $$"quoted"$$), (3, $$back\slash \n \$$), (4, $$100 % %s %1$I$$), (5, '😀 Ünïcödé 名前'), (6, $$'; DROP TABLE gold.go_dim_user; --$$),
	(7, '$1 $$ {a,"b"} (c)'), (8, 'NULL'), (9, '\.'), (10, 'a,b|c'), (11, E'e\u0301'), (12, 'é'), (13, '{"json": [1]}'), (14, '<tag> & ''');
INSERT INTO "Sil""ver %s \ 'x' 😀".si_users SELECT text, text, n || '@x.example', text, 'Free', '2024-01-01Z', NULL, text FROM odd;
INSERT INTO "Sil""ver %s \ 'x' 😀".si_meetings SELECT text, text, text, '2024-01-10 10:00Z', NULL, n, '2024-01-01Z', NULL, text FROM odd;
INSERT INTO "Sil""ver %s \ 'x' 😀".si_participants SELECT text, text, text, '2024-01-10 10:00Z', NULL, '2024-01-01Z', NULL, text FROM odd;
INSERT INTO "Sil""ver %s \ 'x' 😀".si_feature_usage SELECT text, text, text, n, '2024-01-10', '2024-01-01Z', NULL, text FROM odd;
INSERT INTO "Sil""ver %s \ 'x' 😀".si_webinars SELECT text, text, text, '2024-01-10 10:00Z', NULL, n, '2024-01-01Z', NULL, text FROM odd;
INSERT INTO "Sil""ver %s \ 'x' 😀".si_support_tickets SELECT text, text, text, 'Open', '2024-01-10', '2024-01-01Z', NULL, text FROM odd;
INSERT INTO "Sil""ver %s \ 'x' 😀".si_licenses SELECT text, text, text, '2024-01-10', NULL, '2024-01-01Z', NULL, text FROM odd;
INSERT INTO "Sil""ver %s \ 'x' 😀".si_billing_events SELECT text, text, text, n, '2024-01-10', '2024-01-01Z', NULL, text FROM odd;
CALL t.refresh_at('2024-01-11Z');
SELECT t.equal('SELECT user_name, company, source_system FROM gold.go_dim_user', 'SELECT text, text, text FROM odd', 'users of odd names');
SELECT t.equal('SELECT user_name, meeting_topic, duration_minutes, source_system FROM gold.go_fact_meeting_usage', 'SELECT text, text, n, text FROM odd', 'meetings');
SELECT t.equal('SELECT meeting_topic, feature_name, usage_count FROM gold.go_fact_feature_usage', 'SELECT text, text, n FROM odd', 'usages');
SELECT t.equal('SELECT webinar_topic, registrants FROM gold.go_fact_webinar_usage', 'SELECT text, n FROM odd', 'webinars');
SELECT t.equal('SELECT user_name, ticket_type FROM gold.go_fact_support_ticket', 'SELECT text, text FROM odd', 'tickets');
SELECT t.equal('SELECT user_name, license_type FROM gold.go_fact_license_utilization', 'SELECT text, text FROM odd', 'licences');
SELECT t.equal('SELECT user_name, event_type, amount FROM gold.go_fact_billing', 'SELECT text, text, n::numeric(10,2) FROM odd', 'events');
SELECT t.equal('SELECT feature_name, adoption_rate FROM gold.go_agg_feature_adoption WHERE period_type = ''Daily''', 'SELECT text, round(100.0 / 14, 2) FROM odd', 'adoption');
SELECT t.equal($$SELECT process_audit_info::jsonb ->> 'key', process_audit_info::jsonb ->> 'rule' FROM gold.go_error_audit_log$$,
	$$SELECT text, 'license_type_unknown' FROM odd UNION ALL SELECT text, 'event_type_unknown' FROM odd$$, 'keys in the log');
SELECT t.healthy('all is consistent');
-- changes of them are captured
UPDATE "Sil""ver %s \ 'x' 😀".si_users SET company = 'Acme', update_timestamp = '2024-01-12Z';
DELETE FROM "Sil""ver %s \ 'x' 😀".si_meetings WHERE meeting_id LIKE '%\\%';
UPDATE "Sil""ver %s \ 'x' 😀".si_meetings SET meeting_topic = upper(meeting_topic), update_timestamp = '2024-01-12Z' WHERE meeting_id ~ '^\$';
CALL t.refresh_at('2024-01-13Z');
SELECT t.same('SELECT count(*) FROM gold.go_dim_user', '28', 'changes are captured');
SELECT t.equal('SELECT user_name FROM gold.go_fact_meeting_usage', $$SELECT text FROM odd WHERE text NOT LIKE '%\\%'$$, 'and deletions');
SELECT t.healthy('all is consistent after changes');
-- start again with the usual names
DROP SCHEMA gold, gold_state, "Sil""ver %s \ 'x' 😀" CASCADE;
CALL t.setup();
-- long texts
CALL t.user('u1', 'Ana', email => repeat('e', 500) || '@x.example', company => repeat('c ', 100000));
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z', topic => repeat('x', 10000));
CALL t.meeting('m2', 'u1', '2024-01-10 10:00Z', topic => repeat('x', 9999) || 'y');
INSERT INTO silver.si_meetings SELECT 'm3', 'u1', string_agg(md5(n::text), ' '), '2024-01-10 10:00Z', NULL, 30, '2024-01-10Z', NULL, 'ZOOM' FROM generate_series(1, 10000) AS n;
CALL t.webinar('w1', 'u1', '2024-01-10 10:00Z', NULL, 1, repeat('😀', 10000));
CALL t.usage('f1', 'm3', 'Chat', '2024-01-10');
CALL t.refresh_at('2024-01-11Z');
SELECT t.same('SELECT length(company) FROM gold.go_dim_user', '199999', 'a long company');
SELECT t.same('SELECT length(meeting_topic), right(meeting_topic, 1) FROM gold.go_dim_meeting WHERE length(meeting_topic) = 10000', ARRAY['10000|x', '10000|y'], 'topics of 10,000 characters are members');
SELECT t.same('SELECT length(meeting_topic) FROM gold.go_fact_feature_usage', '329999', 'one of 330,000 goes through');
SELECT t.same('SELECT length(webinar_topic) FROM gold.go_dim_webinar', '10000', 'and one of 10,000 emoji');
CREATE TEMP TABLE before AS SELECT * FROM t.places();
CALL t.refresh(true);
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'which are not written again');
SELECT t.healthy('all is consistent');

-- the ends of time
INSERT INTO silver.si_users VALUES ('y1', 'Year one', 'y1@x.example', NULL, 'Free', '0001-01-01Z', '0001-06-01Z', 'Z'),
	('y2', 'BC', 'y2@x.example', NULL, 'Free', '4713-11-24 00:00:00+00 BC', NULL, 'Z'),
	('y3', 'Late', 'y3@x.example', NULL, 'Free', '2024-01-01Z', '9999-12-30Z', 'Z');
INSERT INTO silver.si_meetings VALUES ('o1', 'y1', 'T', '0001-01-01 00:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('o2', 'y1', 'T', '9999-12-30 23:59Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('o3', 'y1', 'T', '4713-11-24 00:00:00+00 BC', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('o4', 'y1', 'T', '294276-12-31 23:59:59Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('o5', 'y1', 'T', '2024-01-10 10:00Z', '294276-12-31 23:59:59Z', 1, '2024-01-01Z', NULL, 'Z'),
	('o6', 'y1', 'T', 'infinity', 'infinity', 1, '2024-01-01Z', NULL, 'Z'),
	('o7', 'y1', 'T', '-infinity', 'infinity', 1, '2024-01-01Z', NULL, 'Z'),
	('o8', 'y1', 'T', '2000-01-01 00:00Z', '5999-12-30 00:00Z', 1, '2024-01-01Z', NULL, 'Z'),
	('o9', 'y1', 'Too long for an integer', '2000-01-01 00:00Z', '9999-12-30 00:00Z', 1, '2024-01-01Z', NULL, 'Z');
INSERT INTO silver.si_billing_events VALUES ('o1', 'y1', 'Subscription Fee', 1, '0001-01-01', '2024-01-01Z', NULL, 'Z'), ('o2', 'y1', 'Subscription Fee', 2, '9999-12-30', '2024-01-01Z', NULL, 'Z'),
	('o3', 'y1', 'Subscription Fee', 3, 'infinity', '2024-01-01Z', NULL, 'Z'), ('o4', 'y1', 'Subscription Fee', 4, '-infinity', '2024-01-01Z', NULL, 'Z'),
	('o5', 'y1', 'Subscription Fee', 5, '5874897-12-31', '2024-01-01Z', NULL, 'Z'), ('o6', 'y1', 'Subscription Fee', 6, '4713-11-24 BC', '2024-01-01Z', NULL, 'Z');
INSERT INTO silver.si_licenses VALUES ('o1', 'Pro', 'y1', '0001-01-01', NULL, '2024-01-01Z', NULL, 'Z'), ('o2', 'Pro', 'y1', '9999-12-30', '9999-12-30', '2024-01-01Z', NULL, 'Z'),
	('o3', 'Pro', 'y1', '2024-01-09', '5874897-12-31', '2024-01-01Z', NULL, 'Z');
INSERT INTO silver.si_support_tickets VALUES ('o1', 'y1', 'T', 'Resolved', '9999-12-30', '2024-01-01Z', NULL, 'Z'), ('o2', 'y1', 'T', 'Resolved', '2000-01-01', '9999-12-30Z', NULL, 'Z');
CALL t.refresh_at('2024-01-12Z');
SELECT t.same($$SELECT start_time, end_time, duration_minutes FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'T'$$, ARRAY['9999-12-30 23:59|-|1',
	'2000-01-01 00:00|5999-12-30 00:00|' || (extract(epoch FROM timestamptz '5999-12-30Z' - timestamptz '2000-01-01Z') / 60)::bigint], 'meetings from min_date to the last day but one');
SELECT t.same('SELECT amount, event_date FROM gold.go_fact_billing', '2.00|9999-12-30', 'events');
SELECT t.same('SELECT start_date, end_date FROM gold.go_fact_license_utilization', ARRAY['9999-12-30|9999-12-30', '2024-01-09|-'], 'licences');
SELECT t.same('SELECT activity_month FROM gold.go_agg_mrr', '9999-12', 'the last month');
SELECT t.same('SELECT open_date, resolved_at FROM gold.go_fact_support_ticket', ARRAY['9999-12-30|-', '2000-01-01|9999-12-30 00:00'], 'tickets');
SELECT t.same($$SELECT DISTINCT e FROM t.errors() AS e WHERE e LIKE '%range%'$$, ARRAY['si_meetings o1 date_out_of_range error', 'si_meetings o3 date_out_of_range error', 'si_meetings o4 date_out_of_range error',
	'si_meetings o5 date_out_of_range error', 'si_meetings o6 date_out_of_range error', 'si_meetings o7 date_out_of_range error', 'si_billing_events o1 date_out_of_range error',
	'si_billing_events o3 date_out_of_range error', 'si_billing_events o4 date_out_of_range error', 'si_billing_events o5 date_out_of_range error', 'si_billing_events o6 date_out_of_range error',
	'si_licenses o1 date_out_of_range error'], 'the others are out of range');
SELECT t.same($$SELECT user_name, valid_from, valid_to FROM gold.go_dim_user WHERE user_name IN ('Year one', 'BC', 'Late')$$, ARRAY['Year one|0001-06-01 00:00|9999-12-31 00:00',
	'BC|4713-11-24 00:00 BC|9999-12-31 00:00', 'Late|9999-12-30 00:00|9999-12-31 00:00'], 'versions open when silver says');
SELECT t.healthy('all is consistent');

-- the limits of numbers
INSERT INTO silver.si_billing_events VALUES ('n1', 'u1', 'Subscription Fee', 99999999.99, '2024-01-01', '2024-01-01Z', NULL, 'Z'), ('n2', 'u1', 'Refund', 99999999.99, '2024-02-01', '2024-01-01Z', NULL, 'Z'),
	('n3', 'u1', 'Refund', -99999999.99, '2024-02-01', '2024-01-01Z', NULL, 'Z'), ('n4', 'u1', 'Subscription Renewal', 99999999.99, '2024-01-02', '2024-01-01Z', NULL, 'Z'),
	('n5', 'u1', 'Subscription Renewal', 0.01, '2024-03-02', '2024-01-01Z', NULL, 'Z');
INSERT INTO silver.si_meetings VALUES ('n1', 'u1', 'N', '2024-02-01 10:00Z', NULL, 2147483647, '2024-01-01Z', NULL, 'Z'), ('n2', 'u1', 'N', '2024-02-01 10:00Z', NULL, 2147483647, '2024-01-01Z', NULL, 'Z'),
	('n3', 'u1', 'N', '2024-02-02 10:00Z', '2024-02-02 10:01Z', -2147483648, '2024-01-01Z', NULL, 'Z');
INSERT INTO silver.si_feature_usage VALUES ('n1', 'n1', 'N', 2147483647, '2024-02-01', '2024-01-01Z', NULL, 'Z'), ('n2', 'n1', 'N', -2147483648, '2024-02-01', '2024-01-01Z', NULL, 'Z');
INSERT INTO silver.si_webinars VALUES ('n1', 'u1', 'N', '2024-02-01 10:00Z', NULL, 2147483647, '2024-01-01Z', NULL, 'Z');
-- made wider, the column holds the sums too
CALL t.drop_views();
ALTER TABLE gold.go_agg_mrr ALTER COLUMN monthly_recurring_revenue TYPE numeric(16,2);
CALL t.refresh_at('2024-02-02Z');
SELECT t.same($$SELECT amount FROM gold.go_fact_billing WHERE event_date < '2025-01-01'$$, ARRAY['99999999.99', '-99999999.99', '-99999999.99', '99999999.99', '0.01'], 'amounts at the limit');
SELECT t.same($$SELECT activity_month, monthly_recurring_revenue FROM gold.go_agg_mrr WHERE activity_month < '2025'$$, ARRAY['2024-01|199999999.98', '2024-02|-199999999.98', '2024-03|0.01'], 'and their sums beyond it');
SELECT t.same($$SELECT duration_minutes FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'N'$$, '{2147483647,2147483647,1}'::text[], 'durations at the limit');
SELECT t.same($$SELECT total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE activity_date = '2024-02-01'$$, '{4294967294,4294967295}'::text[], 'and their sums');
SELECT t.same($$SELECT usage_count FROM gold.go_fact_feature_usage WHERE feature_name = 'N'$$, '2147483647', 'counts');
SELECT t.same($$SELECT registrants FROM gold.go_fact_webinar_usage WHERE webinar_topic = 'N'$$, '2147483647', 'registrants');
SELECT t.healthy('all is consistent at the limits');

-- a wider column: amounts that gold rounds, and such as do not fit

DROP SCHEMA IF EXISTS gold, gold_state, gold_masked, silver CASCADE;
CREATE SCHEMA silver;
CREATE TABLE silver.si_billing_events (event_id text, user_id text, event_type text, amount numeric, event_date date,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text);
CALL t.setup();
CALL t.user('u1', 'Ana');
INSERT INTO silver.si_billing_events
SELECT 'b' || n, 'u1', 'Refund', amount, '2024-01-01', '2024-01-01Z'
FROM unnest('{1.005,-0.004,12345678.994,-99999999.995,1e12,Infinity,-Infinity,NaN}'::numeric[]) WITH ORDINALITY AS a (amount, n);
CALL t.refresh();
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '{-1.01,0.00,-12345678.99}'::text[], 'amounts are rounded');
SELECT t.errors_are('{si_billing_events b4 value_too_long error,si_billing_events b5 value_too_long error,si_billing_events b6 value_too_long error,
	si_billing_events b7 value_too_long error,si_billing_events b8 amount_missing error}', 'what does not fit is one bad row, and no failed step');
SELECT t.healthy('verify() thinks so, too');

-- what the log says names the column
SELECT t.same($$SELECT DISTINCT error_description FROM gold.go_error_audit_log$$, ARRAY[
	'value_too_long: event_id or user_id or event_type or amount is longer than 2000 bytes, or 8 digits before the point',
	'amount_missing: required column amount has no value'], 'the description names rule and column');
SELECT * FROM finish();
