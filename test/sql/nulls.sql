\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- NULL everywhere the contract allows it, and an empty silver.
CALL t.setup();
CALL t.refresh();
SELECT t.same('SELECT * FROM t.sizes()', '{}'::text[], 'an empty silver makes an empty gold');
SELECT t.healthy('which is consistent');
SELECT t.same('SELECT zoom_gold.active_users(''2024-01-01'', ''2024-12-31'')', '0', 'with nobody active');
SELECT t.same('SELECT * FROM zoom_gold.user_as_of(now())', '{}'::text[], 'and nobody there');
CALL t.refresh(true);
SELECT t.same('SELECT * FROM t.sizes()', '{}'::text[], 'also in full');

INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('u1', 'Ana', '2024-01-01Z');
INSERT INTO silver.si_meetings (meeting_id, start_time, load_timestamp) VALUES ('m1', '2024-01-10 10:00Z', '2024-01-10Z');
INSERT INTO silver.si_participants (participant_id, meeting_id, join_time, load_timestamp) VALUES ('p1', 'm1', '2024-01-10 10:00Z', '2024-01-10Z');
INSERT INTO silver.si_feature_usage (usage_id, meeting_id, feature_name, usage_count, usage_date, load_timestamp) VALUES ('f1', 'm1', 'Chat', 1, '2024-01-10', '2024-01-10Z');
INSERT INTO silver.si_webinars (webinar_id, start_time, load_timestamp) VALUES ('w1', '2024-01-10 10:00Z', '2024-01-10Z');
INSERT INTO silver.si_support_tickets (ticket_id, ticket_type, resolution_status, open_date, load_timestamp) VALUES ('t1', 'Audio', 'Resolved', '2024-01-10', '2024-01-11Z');
INSERT INTO silver.si_licenses (license_id, license_type, start_date, load_timestamp) VALUES ('l1', 'Pro', '2024-01-10', '2024-01-10Z');
INSERT INTO silver.si_billing_events (event_id, event_type, amount, event_date, load_timestamp) VALUES ('b1', 'Refund', 1, '2024-01-10', '2024-01-10Z');
CALL t.refresh();
SELECT t.same('SELECT user_name, email, company, plan_type, source_system, valid_from FROM gold.go_dim_user', 'Ana|-|-|-|-|2024-01-01 00:00', 'a user');
SELECT t.same('SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM gold.go_fact_meeting_usage', '-|-|2024-01-10 10:00|-|-|-', 'a meeting');
SELECT t.same('SELECT meeting_topic, feature_name, usage_count, usage_date, source_system FROM gold.go_fact_feature_usage', '-|Chat|1|2024-01-10|-', 'a usage');
SELECT t.same('SELECT webinar_topic, start_time, end_time, registrants, source_system FROM gold.go_fact_webinar_usage', '-|2024-01-10 10:00|-|-|-', 'a webinar');
SELECT t.same('SELECT user_name, ticket_type, resolution_status, open_date, source_system, resolved_at FROM gold.go_fact_support_ticket', '-|Audio|Resolved|2024-01-10|-|2024-01-11 00:00', 'a ticket');
SELECT t.same('SELECT user_name, license_type, start_date, end_date, source_system FROM gold.go_fact_license_utilization', '-|Pro|2024-01-10|-|-', 'a licence');
SELECT t.same('SELECT user_name, event_type, amount, event_date, source_system FROM gold.go_fact_billing', '-|Refund|-1.00|2024-01-10|-', 'an event');
SELECT t.same('SELECT * FROM t.sizes() AS s WHERE s LIKE ''go_dim%'' OR s LIKE ''go_agg%''', ARRAY['go_dim_user 1', 'go_dim_feature 1', 'go_dim_ticket_type 1', 'go_dim_license_type 1', 'go_dim_billing_event_type 1',
	'go_agg_active_users 3', 'go_agg_meeting_minutes 3', 'go_agg_ticket_resolution 3', 'go_agg_mrr 1'], 'dimensions and aggregates, none of them with NULL members');
SELECT t.same($$SELECT active_user_count FROM gold.go_agg_active_users$$, '{0,0,0}'::text[], 'nobody active');
SELECT t.same($$SELECT total_meeting_minutes FROM gold.go_agg_meeting_minutes$$, '{0,0,0}'::text[], 'for no minutes');
SELECT t.errors_are(ARRAY['si_users u1 email_missing warning', 'si_users u1 plan_type_missing warning', 'si_meetings m1 host_missing warning', 'si_webinars w1 host_missing warning',
	'si_support_tickets t1 user_missing warning', 'si_billing_events b1 user_missing warning'], 'what is missed');
SELECT t.healthy('all is consistent');
-- all rows go again
TRUNCATE silver.si_users, silver.si_meetings, silver.si_participants, silver.si_feature_usage, silver.si_webinars, silver.si_support_tickets, silver.si_licenses, silver.si_billing_events;
CALL t.refresh_at('2024-07-01Z');
SELECT t.same('SELECT * FROM t.sizes()', ARRAY['go_dim_user 1', 'go_dim_feature 1', 'go_dim_ticket_type 1', 'go_dim_license_type 1', 'go_dim_billing_event_type 1'], 'only dimensions stay');
SELECT t.same('SELECT user_name, valid_to FROM gold.go_dim_user', 'Ana|2024-06-30 12:00', 'the user is closed');
SELECT t.errors_are('{}', 'errors are resolved');
SELECT t.healthy('all is consistent when empty again');
-- keys that are NULL
INSERT INTO silver.si_users (load_timestamp) SELECT '2024-01-01Z' FROM generate_series(1, 20);
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_users - key_missing error', 'si_users - user_name_missing error'], 'rows of NULLs');
-- rows without a date are a day of their own
INSERT INTO silver.si_meetings (meeting_id, meeting_topic, load_timestamp) VALUES ('d1', 'A', '2024-01-01Z'), ('d2', 'B', '2024-01-01Z');
CALL t.refresh();
UPDATE silver.si_meetings SET meeting_topic = 'C', start_time = '2024-01-02 10:00Z', update_timestamp = '2024-01-02Z' WHERE meeting_id = 'd1';
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_meetings d1 host_missing warning', 'si_meetings d2 start_time_missing error', 'si_users - key_missing error', 'si_users - user_name_missing error'], 'one of two rows without a date is mended');
SELECT t.healthy('all is consistent then');
-- rows without a key are counted
CREATE FUNCTION t.keyless() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT substring(error_description FROM '\d+ rows?') FROM gold.go_error_audit_log
	WHERE source_table = 'silver.si_meetings' AND status = 'Open' AND process_audit_info LIKE '%key_missing%'
$$;
INSERT INTO silver.si_meetings (start_time, load_timestamp) SELECT '2024-01-02 10:00Z', '2024-01-01Z' FROM generate_series(1, 2);
CALL t.refresh();
SELECT t.same('SELECT * FROM t.keyless()', '2 rows', 'two rows without a key');
INSERT INTO silver.si_meetings (start_time, load_timestamp) VALUES ('2024-01-02 11:00Z', '2024-01-01Z');
CALL t.refresh();
SELECT t.same('SELECT * FROM t.keyless()', '3 rows', 'and a third one of the same day');
SELECT * FROM finish();
