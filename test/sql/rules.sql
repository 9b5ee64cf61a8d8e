\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Every rule of the table, alone and together, and the rows mended.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');

-- users
INSERT INTO silver.si_users VALUES
	(NULL, 'No Key', 'x@x.example', NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('  ', 'Empty Key', 'x@x.example', NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('n1', NULL, 'x@x.example', NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('n2', ' ', NULL, NULL, 'Odd', '2024-01-01Z', NULL, 'Z'),
	('e1', 'E1', NULL, NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('e2', 'E2', 'not-an-address', NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('e3', 'E3', 'a@b.example c@d.example', NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('e4', 'E4', '@', NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('e5', 'E5', 'a@localhost', NULL, 'Free', '2024-01-01Z', NULL, 'Z'),
	('p1', 'P1', 'p1@x.example', NULL, NULL, '2024-01-01Z', NULL, 'Z'),
	('p2', 'P2', 'p2@x.example', NULL, 'Platinum', '2024-01-01Z', NULL, 'Z'),
	('p3', 'P3', 'p3@x.example', NULL, 'Bas', '2024-01-01Z', NULL, 'Z'),
	('t1', 'Ana', 't1@x.example', NULL, 'Free', '2024-01-02Z', NULL, 'Z'),
	('all', 'Ana', 'nonsense', NULL, 'Gold', '2024-01-02Z', NULL, 'Z'),
	(repeat('k', 2001), 'Long key', 'l1@x.example', NULL, 'Free', '2024-01-02Z', NULL, 'Z'),
	('long', repeat('n', 2001), 'l2@x.example', NULL, 'Free', '2024-01-02Z', NULL, 'Z'),
	('fits', repeat('n', 2000), 'l3@x.example', NULL, 'Free', '2024-01-02Z', NULL, 'Z');
-- meetings
INSERT INTO silver.si_meetings VALUES
	(NULL, 'u1', 'T', '2024-01-10 10:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('s1', 'u1', 'T', NULL, NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('d1', 'u1', 'T', '1999-12-31 23:59:59.999999Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('d2', 'u1', 'T', '2000-01-01 00:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('d3', 'u1', 'T', 'infinity', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('d4', 'u1', 'T', '-infinity', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('d5', 'u1', 'T', '2024-01-10 10:00Z', 'infinity', 1, '2024-01-01Z', NULL, 'Z'),
	('d6', 'u1', 'T', '9999-12-31 00:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('d7', 'u1', 'T', '9999-12-30 23:59:59Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('v1', 'u1', 'T', '2024-01-10 10:00Z', '2024-01-10 09:00Z', 1, '2024-01-01Z', NULL, 'Z'),
	('v2', 'u1', 'T', '2024-01-10 10:00Z', NULL, -1, '2024-01-01Z', NULL, 'Z'),
	('v3', 'u1', 'T', '2024-01-10 10:00Z', '2024-01-10 09:00Z', -1, '2024-01-01Z', NULL, 'Z'),
	('h1', NULL, 'T', '2024-01-10 10:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('h2', 'nobody', 'T', '2024-01-10 10:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('w1', 'u1', 'T', '2024-01-10 10:00Z', '2024-01-10 11:00Z', 30, '2024-01-01Z', NULL, 'Z'),
	('w2', 'u1', 'T', '2024-01-10 10:00Z', '2024-01-10 11:00Z', -60, '2024-01-01Z', NULL, 'Z'),
	('w3', 'u1', 'T', '2024-01-10 10:00Z', '2024-01-12 10:00Z', 2880, '2024-01-01Z', NULL, 'Z'),
	('all', ' ', 'T', '2024-01-10 10:00Z', '2024-01-12 10:00Z', 5, '2024-01-01Z', NULL, 'Z');
-- participants
INSERT INTO silver.si_participants VALUES
	(NULL, 'm1', 'u1', '2024-01-10 10:00Z', NULL, '2024-01-01Z', NULL, 'Z'),
	('a', NULL, 'u1', '2024-01-10 10:00Z', NULL, '2024-01-01Z', NULL, 'Z'),
	('b', 'm1', 'u1', NULL, NULL, '2024-01-01Z', NULL, 'Z'),
	('c', 'm9', 'u1', '2024-01-10 10:00Z', NULL, '2024-01-01Z', NULL, 'Z'),
	('d', 'v1', 'u1', '2024-01-10 10:00Z', NULL, '2024-01-01Z', NULL, 'Z'),
	('e', 'm1', 'u1', '2024-01-10 10:00Z', '2024-01-10 09:00Z', '2024-01-01Z', NULL, 'Z'),
	('f', 'm1', 'nobody', '2024-01-10 10:00Z', NULL, '2024-01-01Z', NULL, 'Z'),
	('g', 'm1', NULL, '2024-01-10 10:00Z', NULL, '2024-01-01Z', NULL, 'Z'),
	('h', 'm1', 'u1', '0001-01-01 10:00Z', NULL, '2024-01-01Z', NULL, 'Z'),
	('all', 'm9', 'nobody', '2024-01-10 10:00Z', '2024-01-10 09:00Z', '2024-01-01Z', NULL, 'Z');
-- feature usage
INSERT INTO silver.si_feature_usage VALUES
	(NULL, 'm1', 'Chat', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('a', NULL, 'Chat', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('b', 'm1', NULL, 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('c', 'm1', 'Chat', NULL, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('d', 'm1', 'Chat', 1, NULL, '2024-01-01Z', NULL, 'Z'),
	('e', 'm9', 'Chat', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('f', 'v1', 'Chat', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('g', 'm1', 'Chat', -1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('h', 'm1', 'Chat', 1, 'infinity', '2024-01-01Z', NULL, 'Z'),
	('i', 'm1', repeat('f', 2001), 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('all', 'm9', ' ', -1, '1999-12-31', '2024-01-01Z', NULL, 'Z');
-- webinars
INSERT INTO silver.si_webinars VALUES
	(NULL, 'u1', 'T', '2024-01-10 10:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('a', 'u1', 'T', NULL, NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('b', 'u1', 'T', '2024-01-10 10:00Z', '2024-01-10 09:00Z', 1, '2024-01-01Z', NULL, 'Z'),
	('c', 'u1', 'T', '2024-01-10 10:00Z', NULL, -1, '2024-01-01Z', NULL, 'Z'),
	('d', NULL, 'T', '2024-01-10 10:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('e', 'nobody', 'T', '2024-01-10 10:00Z', NULL, 1, '2024-01-01Z', NULL, 'Z'),
	('f', 'u1', 'T', '2024-01-10 10:00Z', '9999-12-31 00:00Z', 1, '2024-01-01Z', NULL, 'Z'),
	('all', NULL, 'T', '2024-01-10 10:00Z', '2024-01-10 09:00Z', -1, '2024-01-01Z', NULL, 'Z');
-- tickets
INSERT INTO silver.si_support_tickets VALUES
	(NULL, 'u1', 'T', 'Open', '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('a', 'u1', NULL, 'Open', '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('b', 'u1', 'T', ' ', '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('c', 'u1', 'T', 'Open', NULL, '2024-01-01Z', NULL, 'Z'),
	('d', 'u1', 'T', 'Pending Customer', '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('e', NULL, 'T', 'Open', '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('f', 'nobody', 'T', 'Open', '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('g', 'u1', 'T', 'Resolved', '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('h', 'u1', 'T', 'Open', '9999-12-31', '2024-01-01Z', NULL, 'Z'),
	('all', ' ', 'T', 'Weird', '2024-01-10', '2024-01-01Z', NULL, 'Z');
-- billing
INSERT INTO silver.si_billing_events VALUES
	(NULL, 'u1', 'Refund', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('a', 'u1', NULL, 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('b', 'u1', 'Refund', NULL, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('c', 'u1', 'Refund', 1, NULL, '2024-01-01Z', NULL, 'Z'),
	('d', 'u1', 'Add-on Purchase', -1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('e', 'u1', 'Gift', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('f', NULL, 'Refund', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('g', 'nobody', 'Refund', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z'),
	('h', 'u1', 'Refund', 1, '-infinity', '2024-01-01Z', NULL, 'Z'),
	('all', 'nobody', 'Gift', 1, '2024-01-10', '2024-01-01Z', NULL, 'Z');
-- licences
INSERT INTO silver.si_licenses VALUES
	(NULL, 'Pro', 'u1', '2024-01-10', NULL, '2024-01-01Z', NULL, 'Z'),
	('a', NULL, 'u1', '2024-01-10', NULL, '2024-01-01Z', NULL, 'Z'),
	('b', 'Pro', 'u1', NULL, NULL, '2024-01-01Z', NULL, 'Z'),
	('c', 'Pro', 'u1', '2024-01-10', '2024-01-09', '2024-01-01Z', NULL, 'Z'),
	('d', 'Site', 'u1', '2024-01-10', NULL, '2024-01-01Z', NULL, 'Z'),
	('e', 'Pro', 'nobody', '2024-01-10', NULL, '2024-01-01Z', NULL, 'Z'),
	('f', 'Pro', 'u1', '1999-12-31', NULL, '2024-01-01Z', NULL, 'Z'),
	('g', 'Pro', 'u1', '2024-01-10', '9999-12-31', '2024-01-01Z', NULL, 'Z'),
	('h', 'Pro', 'u1', '2024-01-10', '-infinity', '2024-01-01Z', NULL, 'Z'),
	('all', 'Site', 'nobody', '2024-01-10', '2024-01-10', '2024-01-01Z', NULL, 'Z');
CALL t.refresh();

CREATE FUNCTION t.errors_of(relation text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(substr(e, length(relation) + 2), 'k{9,}\S*', 'LONG') FROM t.errors() AS e WHERE e LIKE relation || ' %'
$$;
SELECT t.same($$SELECT t.errors_of('si_users')$$, ARRAY['- key_missing error', 'n1 user_name_missing error', 'n2 user_name_missing error',
	'e1 email_missing warning', 'e2 email_malformed warning', 'e3 email_malformed warning', 'e4 email_malformed warning', 'e5 email_malformed warning', 'p1 plan_type_missing warning', 'p2 plan_type_unknown warning', 'p3 plan_type_unknown warning',
	't1 name_taken warning', 'all name_taken warning', 'all email_malformed warning', 'all plan_type_unknown warning', 'LONG value_too_long error', 'long value_too_long error'], 'users');
SELECT t.same($$SELECT t.errors_of('si_meetings')$$, ARRAY['- key_missing error', 's1 start_time_missing error', 'd1 date_out_of_range error', 'd3 date_out_of_range error',
	'd4 date_out_of_range error', 'd5 date_out_of_range error', 'd6 date_out_of_range error', 'v1 end_before_start error', 'v2 duration_negative error',
	'v3 end_before_start error', 'v3 duration_negative error', 'h1 host_missing warning', 'h2 host_unknown warning', 'w1 duration_mismatch warning',
	'w2 duration_mismatch warning', 'w3 meeting_too_long warning', 'all host_missing warning', 'all duration_mismatch warning', 'all meeting_too_long warning'], 'meetings');
SELECT t.same($$SELECT t.errors_of('si_participants')$$, ARRAY['- key_missing error', 'a meeting_id_missing error', 'b join_time_missing error', 'c meeting_unknown error',
	'd meeting_unknown error', 'e leave_before_join error', 'f user_unknown warning', 'h date_out_of_range error', 'all meeting_unknown error', 'all leave_before_join error'], 'participants');
SELECT t.same($$SELECT t.errors_of('si_feature_usage')$$, ARRAY['- key_missing error', 'a meeting_id_missing error', 'b feature_name_missing error', 'c usage_count_missing error',
	'd usage_date_missing error', 'e meeting_unknown error', 'f meeting_unknown error', 'g count_negative error', 'h date_out_of_range error', 'i value_too_long error',
	'all meeting_unknown error', 'all feature_name_missing error', 'all count_negative error', 'all date_out_of_range error'], 'feature usage');
SELECT t.same($$SELECT t.errors_of('si_webinars')$$, ARRAY['- key_missing error', 'a start_time_missing error', 'b end_before_start error', 'c registrants_negative error',
	'd host_missing warning', 'e host_unknown warning', 'f date_out_of_range error', 'all end_before_start error', 'all registrants_negative error'], 'webinars');
SELECT t.same($$SELECT t.errors_of('si_support_tickets')$$, ARRAY['- key_missing error', 'a ticket_type_missing error', 'b resolution_status_missing error', 'c open_date_missing error',
	'd status_unknown warning', 'e user_missing warning', 'f user_unknown warning', 'g resolved_before_opened warning', 'h date_out_of_range error',
	'all user_missing warning', 'all status_unknown warning'], 'tickets');
SELECT t.same($$SELECT t.errors_of('si_billing_events')$$, ARRAY['- key_missing error', 'a event_type_missing error', 'b amount_missing error', 'c event_date_missing error',
	'd amount_negative error', 'e event_type_unknown warning', 'f user_missing warning', 'g user_unknown warning', 'h date_out_of_range error',
	'all user_unknown warning', 'all event_type_unknown warning'], 'billing');
SELECT t.same($$SELECT t.errors_of('si_licenses')$$, ARRAY['- key_missing error', 'a license_type_missing error', 'b start_date_missing error', 'c end_before_start error',
	'd license_type_unknown warning', 'e user_unknown warning', 'f date_out_of_range error', 'h date_out_of_range error', 'h end_before_start error',
	'all license_type_unknown warning', 'all user_unknown warning'], 'licences');
SELECT t.same('SELECT * FROM t.sizes() AS s WHERE s LIKE ''go_fact%'' OR s LIKE ''go_dim_user%''', ARRAY['go_dim_user 12', 'go_fact_meeting_usage 9', 'go_fact_webinar_usage 2',
	'go_fact_support_ticket 5', 'go_fact_billing 4', 'go_fact_license_utilization 4'], 'what is not rejected is loaded');

-- the shape of a log row
SELECT t.same($$SELECT DISTINCT error_type, process_audit_info::jsonb ->> 'rule' FROM gold.go_error_audit_log WHERE error_type <> 'Data Quality'$$, ARRAY[
	'Validation|key_missing', 'Validation|user_name_missing', 'Validation|start_time_missing', 'Validation|meeting_id_missing', 'Validation|join_time_missing',
	'Validation|feature_name_missing', 'Validation|usage_count_missing', 'Validation|usage_date_missing', 'Validation|ticket_type_missing', 'Validation|resolution_status_missing',
	'Validation|open_date_missing', 'Validation|event_type_missing', 'Validation|amount_missing', 'Validation|event_date_missing', 'Validation|license_type_missing',
	'Validation|start_date_missing', 'Validation|meeting_unknown', 'Validation|host_missing', 'Validation|host_unknown', 'Validation|user_missing', 'Validation|user_unknown'],
	'references and the contract are Validation, wrong values Data Quality');
SELECT t.same($$SELECT process_audit_info FROM gold.go_error_audit_log
	WHERE (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(process_audit_info::jsonb) AS k) IS DISTINCT FROM '{key,rule,run,severity}'$$, '{}'::text[],
	'process_audit_info has run, rule, severity and key');
SELECT t.same($$SELECT DISTINCT status, load_date, update_date, error_timestamp FROM gold.go_error_audit_log$$, 'Open|2024-06-30|2024-06-30|2024-06-30 12:00', 'all are open since now');
SELECT t.same($$SELECT DISTINCT process_audit_info::jsonb ->> 'rule' FROM gold.go_error_audit_log WHERE strpos(error_description, process_audit_info::jsonb ->> 'rule') = 0$$, '{}'::text[], 'the description names the rule');
SELECT t.same($$SELECT error_description FROM gold.go_error_audit_log WHERE error_description ~ 'x.example|b.example|nonsense|not-an-address|No Key|Platinum|nnnnn|Ana'$$, '{}'::text[], 'and no PII');
SELECT t.same($$SELECT DISTINCT source_table FROM gold.go_error_audit_log$$, ARRAY['silver.si_users', 'silver.si_meetings', 'silver.si_participants', 'silver.si_feature_usage',
	'silver.si_webinars', 'silver.si_support_tickets', 'silver.si_billing_events', 'silver.si_licenses'], 'source_table is the qualified relation');
SELECT matches(error_description, '\m2\M', 'rows without a key are one log row with their count')
FROM gold.go_error_audit_log WHERE source_table = 'silver.si_users' AND process_audit_info::jsonb ->> 'rule' = 'key_missing';

-- nothing changes: nothing is written
CREATE FUNCTION t.still() RETURNS SETOF text LANGUAGE sql AS $$
	-- licences are utilised, or not, as time passes
	SELECT p FROM t.places() AS p WHERE p NOT LIKE 'go_agg_license%'
$$;
CREATE TEMP TABLE before AS SELECT * FROM t.still();
CALL t.refresh_at('2024-07-01Z');
SELECT t.equal('SELECT * FROM t.still()', 'SELECT * FROM before', 'a second refresh writes nothing');
CALL t.refresh_at('2024-07-02Z');
CALL t.refresh(true);
SELECT t.equal('SELECT * FROM t.still()', 'SELECT * FROM before', 'nor does a full one');
SELECT t.healthy('all is consistent');

-- everything is mended
DELETE FROM silver.si_users WHERE nullif(btrim(user_id), '') IS NULL OR length(user_id) > 2000 OR user_id = 'long';
UPDATE silver.si_users SET user_name = 'Named ' || user_id, email = user_id || '@x.example', plan_type = 'Pro', update_timestamp = '2024-07-02Z' WHERE user_id NOT IN ('u1', 'fits');
DELETE FROM silver.si_meetings WHERE meeting_id IS NULL;
-- of an event that has moved to another day nothing else changes, or it seems another
UPDATE silver.si_meetings SET start_time = '2024-01-10 10:00Z', update_timestamp = '2024-07-02Z' WHERE meeting_id IN ('d1', 'd2');
UPDATE silver.si_meetings SET host_id = 'u1', start_time = '2024-01-10 10:00Z', end_time = '2024-01-10 10:30Z', duration_minutes = 30, update_timestamp = '2024-07-02Z' WHERE meeting_id NOT IN ('d1', 'd2');
CALL t.meeting('m9', 'u1', '2024-01-10 10:00Z');
DELETE FROM silver.si_participants WHERE participant_id IS NULL;
UPDATE silver.si_participants SET meeting_id = 'm9', user_id = 'u1', join_time = '2024-01-10 10:00Z', leave_time = NULL, update_timestamp = '2024-07-02Z';
DELETE FROM silver.si_feature_usage WHERE usage_id IS NULL;
UPDATE silver.si_feature_usage SET meeting_id = 'm9', feature_name = 'Chat', usage_count = 0, usage_date = '2024-01-10', update_timestamp = '2024-07-02Z';
DELETE FROM silver.si_webinars WHERE webinar_id IS NULL;
UPDATE silver.si_webinars SET host_id = 'u1', start_time = '2024-01-10 10:00Z', end_time = NULL, registrants = 0, update_timestamp = '2024-07-02Z';
DELETE FROM silver.si_support_tickets WHERE ticket_id IS NULL;
UPDATE silver.si_support_tickets SET user_id = 'u1', ticket_type = 'T', resolution_status = 'Open', open_date = '2024-01-10', update_timestamp = '2024-07-02Z';
DELETE FROM silver.si_billing_events WHERE event_id IS NULL;
UPDATE silver.si_billing_events SET user_id = 'u1', event_type = 'Refund', amount = 1, event_date = '2024-01-10', update_timestamp = '2024-07-02Z';
DELETE FROM silver.si_licenses WHERE license_id IS NULL;
UPDATE silver.si_licenses SET license_type = 'Pro', assigned_to_user_id = 'u1', start_date = '2024-01-10', end_date = NULL, update_timestamp = '2024-07-02Z';
CALL t.refresh_at('2024-07-03Z');
SELECT t.errors_are('{}', 'mending the rows resolves every error');
SELECT t.same($$SELECT DISTINCT status, load_date, update_date, error_timestamp FROM gold.go_error_audit_log$$, 'Resolved|2024-06-30|2024-07-03|2024-06-30 12:00', 'on the day of the refresh');
SELECT t.same('SELECT * FROM t.sizes() AS s WHERE s LIKE ''go_fact%'' ', ARRAY['go_fact_meeting_usage 19', 'go_fact_feature_usage 10', 'go_fact_webinar_usage 7',
	'go_fact_support_ticket 9', 'go_fact_billing 9', 'go_fact_license_utilization 9'], 'and loads every row');
SELECT t.healthy('all is consistent when mended');
SELECT * FROM finish();
