\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The name of a fact is the user's as of the event.
CALL t.setup();
CALL t.user('u1', 'Ana One', '2024-01-10 12:00Z');
CALL t.change_user('u1', '2024-02-10 12:00Z', name => 'Ana Two');
CALL t.change_user('u1', '2024-03-10 00:00Z', name => 'Ana Three');
CALL t.clock('2024-04-10 12:00Z');
DELETE FROM silver.si_users;
CALL t.clock('2024-05-10 12:00Z');
CALL t.user('u1', 'Ana Four', '2024-05-10 12:00Z');

INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, load_timestamp)
SELECT 'm' || n, 'u1', 'T' || n, at, '2024-06-01Z'
FROM (VALUES (1, timestamptz '2024-01-01 00:00Z'), (2, '2024-01-10 11:59:59.999999Z'), (3, '2024-01-10 12:00Z'),
	(4, '2024-02-10 11:59:59.999999Z'), (5, '2024-02-10 12:00Z'), (6, '2024-03-09 23:59:59.999999Z'), (7, '2024-03-10 00:00Z'),
	(8, '2024-04-10 12:00Z'), (9, '2024-05-10 11:59Z'), (10, '2024-05-10 12:00Z'), (11, '2024-06-30 00:00Z')) AS v (n, at);
CALL t.refresh_at('2024-06-01 12:00Z');
SELECT t.same('SELECT meeting_topic, user_name FROM gold.go_fact_meeting_usage', ARRAY['T1|Ana One', 'T2|Ana One', 'T3|Ana One', 'T4|Ana One',
	'T5|Ana Two', 'T6|Ana Two', 'T7|Ana Three', 'T8|Ana Three', 'T9|Ana Three', 'T10|Ana Four', 'T11|Ana Four'],
	'meetings: the name at start_time, half-open; before the first version the first, in a gap the last before');

INSERT INTO silver.si_billing_events
SELECT 'b' || day, 'u1', 'Refund', 1, day::date, '2024-06-01Z', NULL, NULL
FROM unnest('{2024-01-01,2024-01-10,2024-02-09,2024-02-10,2024-03-09,2024-03-10,2024-04-10,2024-04-11,2024-05-09,2024-05-10}'::text[]) AS day;
INSERT INTO silver.si_support_tickets SELECT event_id, user_id, 'Audio', 'Open', event_date, load_timestamp, NULL, NULL FROM silver.si_billing_events;
INSERT INTO silver.si_licenses SELECT event_id, 'Pro', user_id, event_date, NULL, load_timestamp, NULL, NULL FROM silver.si_billing_events;
CALL t.refresh();
SELECT t.same($$SELECT event_date, user_name FROM gold.go_fact_billing$$, ARRAY['2024-01-01|Ana One', '2024-01-10|Ana One', '2024-02-09|Ana One', '2024-02-10|Ana Two',
	'2024-03-09|Ana Two', '2024-03-10|Ana Three', '2024-04-10|Ana Three', '2024-04-11|Ana Three', '2024-05-09|Ana Three', '2024-05-10|Ana Four'],
	'dates: the name at the end of that day');
SELECT t.equal('SELECT event_date, user_name FROM gold.go_fact_billing', 'SELECT open_date, user_name FROM gold.go_fact_support_ticket', 'tickets too');
SELECT t.equal('SELECT event_date, user_name FROM gold.go_fact_billing', 'SELECT start_date, user_name FROM gold.go_fact_license_utilization', 'and licences');

-- a late rename re-labels the facts it should
INSERT INTO silver.si_users VALUES ('u1', 'Ana Late', 'ana@x.example', 'Acme', 'Free', '2024-02-20Z', '2024-02-20Z', 'ZOOM');
CREATE TEMP TABLE before AS SELECT ctid AS place, meeting_topic FROM gold.go_fact_meeting_usage;
CALL t.refresh_at('2024-06-02Z');
SELECT t.same($$SELECT meeting_topic, user_name FROM gold.go_fact_meeting_usage WHERE user_name IN ('Ana Two', 'Ana Late')$$, ARRAY['T5|Ana Two', 'T6|Ana Late'],
	'a name that arrives late re-labels what came after it');
SELECT t.same($$SELECT event_date, user_name FROM gold.go_fact_billing WHERE user_name IN ('Ana Two', 'Ana Late')$$, ARRAY['2024-02-10|Ana Two', '2024-03-09|Ana Late'], 'in every fact');
SELECT t.same($$SELECT b.meeting_topic FROM before b LEFT JOIN gold.go_fact_meeting_usage g ON g.ctid = b.place AND g.meeting_topic = b.meeting_topic WHERE g.ctid IS NULL$$,
	'T6', 'and leaves the others in their place');
-- unknown users
CALL t.meeting('m20', 'nobody', '2024-01-01 10:00Z', topic => 'T20');
CALL t.billing('b20', 'nobody', 'Refund', 1, '2024-01-01');
CALL t.refresh();
SELECT t.same($$SELECT user_name FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'T20'$$, '-', 'an unknown user has no name');
SELECT t.errors_are(ARRAY['si_meetings m20 host_unknown warning', 'si_billing_events b20 user_unknown warning'], 'and is warned of');
CALL t.user('nobody', 'Somebody', '2024-06-01Z', email => 'some@x.example');
CALL t.refresh();
SELECT t.same($$SELECT user_name FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'T20'$$, 'Somebody', 'until he arrives');
SELECT t.errors_are('{}', 'which resolves the warnings');

-- user_as_of()
SELECT t.same($$SELECT user_name, plan_type, valid_from FROM zoom_gold.user_as_of('2024-02-15Z')$$, ARRAY['Ana Two|Free|2024-02-10 12:00', 'Somebody|Free|2024-01-01 00:00'], 'user_as_of() shows the users of an instant');
SELECT t.same($$SELECT user_name FROM zoom_gold.user_as_of('2024-04-20Z')$$, 'Somebody', 'without those in a gap');
SELECT t.same($$SELECT user_name FROM zoom_gold.user_as_of('2024-02-20Z') WHERE user_name LIKE 'Ana%'$$, 'Ana Late', 'half-open');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
