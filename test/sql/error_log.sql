\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The life of go_error_audit_log.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z', minutes => -5);
CALL t.meeting('m2', 'u9', '2024-01-10 10:00Z');
CALL t.refresh_at('2024-02-01 10:00Z');
CREATE VIEW t.log AS
	SELECT info ->> 'key' AS key, info ->> 'rule' AS rule, status, load_date, update_date, error_timestamp
	FROM gold.go_error_audit_log, LATERAL (SELECT process_audit_info::jsonb AS info) AS i;
SELECT t.same('SELECT * FROM t.log', ARRAY['m1|end_before_start|Open|2024-02-01|2024-02-01|2024-02-01 10:00', 'm2|host_unknown|Open|2024-02-01|2024-02-01|2024-02-01 10:00'], 'one row per bad row and rule');
SELECT t.same($$SELECT e.process_audit_info::jsonb ->> 'run' = p.audit_details::jsonb ->> 'run' FROM gold.go_error_audit_log e, gold.go_process_audit_log p
	WHERE p.process_name = 'build_fact_meeting_usage'$$, ARRAY['true', 'true'], 'with the run that found it');
-- not one per refresh, nor per change of something else
UPDATE silver.si_meetings SET meeting_topic = 'Other', update_timestamp = '2024-02-02Z';
CALL t.refresh_at('2024-02-02 10:00Z');
SELECT t.same('SELECT key, status, update_date FROM t.log', ARRAY['m1|Open|2024-02-01', 'm2|Open|2024-02-01'], 'not one per refresh');
-- people take it up
UPDATE gold.go_error_audit_log SET status = 'In Progress' WHERE process_audit_info::jsonb ->> 'key' = 'm1';
SELECT t.same($$SELECT status, update_date FROM t.log WHERE key = 'm1'$$, 'In Progress|2024-02-02', 'people set In Progress, and update_date follows');
CALL t.refresh_at('2024-02-03 10:00Z');
CALL t.refresh(true);
SELECT t.same($$SELECT status, update_date FROM t.log WHERE key = 'm1'$$, 'In Progress|2024-02-02', 'which survives refreshes');
-- mended, gone
UPDATE silver.si_meetings SET end_time = NULL, duration_minutes = 5, update_timestamp = '2024-02-03Z' WHERE meeting_id = 'm1';
DELETE FROM silver.si_meetings WHERE meeting_id = 'm2';
CALL t.refresh_at('2024-02-04 10:00Z');
SELECT t.same('SELECT key, status, load_date, update_date FROM t.log', ARRAY['m1|Resolved|2024-02-01|2024-02-04', 'm2|Resolved|2024-02-01|2024-02-04'], 'mended or gone, it is resolved by the refresh');
CALL t.refresh_at('2024-02-05 10:00Z');
SELECT t.same('SELECT key, status, update_date FROM t.log', ARRAY['m1|Resolved|2024-02-04', 'm2|Resolved|2024-02-04'], 'once');
-- bad again: a row of its own
UPDATE silver.si_meetings SET end_time = start_time - interval '1 min', update_timestamp = '2024-02-05Z' WHERE meeting_id = 'm1';
CALL t.refresh_at('2024-02-06 10:00Z');
SELECT t.same($$SELECT key, status, load_date, update_date FROM t.log WHERE key = 'm1'$$, ARRAY['m1|Resolved|2024-02-01|2024-02-04', 'm1|Open|2024-02-06|2024-02-06'], 'a row that goes bad again gets a new log row');
-- bad in another way
UPDATE silver.si_meetings SET end_time = NULL, duration_minutes = -1, update_timestamp = '2024-02-06Z' WHERE meeting_id = 'm1';
CALL t.refresh_at('2024-02-07 10:00Z');
SELECT t.same($$SELECT rule, status FROM t.log WHERE key = 'm1' AND load_date > '2024-02-05'$$, ARRAY['end_before_start|Resolved', 'duration_negative|Open'], 'one rule resolves, another opens');
-- the bad row moves to another day
UPDATE silver.si_meetings SET start_time = '2024-05-01 10:00Z', update_timestamp = '2024-02-07Z' WHERE meeting_id = 'm1';
CALL t.refresh_at('2024-02-08 10:00Z');
SELECT t.same($$SELECT key, rule, load_date FROM t.log WHERE status = 'Open'$$, 'm1|duration_negative|2024-02-07', 'the same error of the same row stays the same row on another day');
-- rows without a key: one row with their count
INSERT INTO silver.si_meetings SELECT NULL, 'u1', 'T', timestamptz '2024-01-01Z' + n * interval '1 day', NULL, 1, '2024-01-01Z', NULL, 'Z' FROM generate_series(1, 3) AS n;
CALL t.refresh_at('2024-02-09 10:00Z');
CREATE VIEW t.keyless AS SELECT error_description ~ '\m3\M' AS three, error_description ~ '\m2\M' AS two, status, load_date FROM gold.go_error_audit_log
	WHERE process_audit_info::jsonb -> 'key' = 'null';
SELECT t.same('SELECT three, status, load_date FROM t.keyless', 'true|Open|2024-02-09', 'rows without a key are one row per rule with their count');
DELETE FROM silver.si_meetings WHERE meeting_id IS NULL AND start_time < '2024-01-03Z';
CALL t.refresh_at('2024-02-10 10:00Z');
SELECT t.same($$SELECT two FROM t.keyless WHERE status = 'Open'$$, 'true', 'which follows them');
DELETE FROM silver.si_meetings WHERE meeting_id IS NULL AND start_time < '2024-01-04Z';
CALL t.refresh_at('2024-02-10 11:00Z');
SELECT t.same($$SELECT error_description FROM gold.go_error_audit_log WHERE process_audit_info::jsonb -> 'key' = 'null'$$, 'key_missing: meeting_id has no value (1 row)', 'down to one');
DELETE FROM silver.si_meetings WHERE meeting_id IS NULL;
CALL t.refresh_at('2024-02-11 10:00Z');
SELECT t.same($$SELECT count(*) FROM t.keyless WHERE status <> 'Resolved'$$, '0', 'and resolves with the last');

-- errors of users are those of the newest row
INSERT INTO silver.si_users VALUES ('u2', 'Bo', 'bad', 'A', 'Free', '2024-01-01Z', '2024-01-01Z', 'Z'), ('u2', 'Bo', 'bo@x.example', 'A', 'Odd', '2024-02-01Z', '2024-02-01Z', 'Z');
CALL t.refresh_at('2024-02-12 10:00Z');
SELECT t.same($$SELECT rule FROM t.log WHERE key = 'u2'$$, 'plan_type_unknown', 'user errors are those of the newest row');
INSERT INTO silver.si_users VALUES ('u2', ' ', 'worse', 'A', 'Free', '2024-02-12Z', '2024-02-12Z', 'Z');
CALL t.refresh_at('2024-02-13 10:00Z');
SELECT t.same($$SELECT rule, status FROM t.log WHERE key = 'u2'$$, ARRAY['plan_type_unknown|Resolved', 'user_name_missing|Open'], 'also when it is rejected');
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.refresh_at('2024-02-14 10:00Z');
SELECT t.same($$SELECT rule FROM t.log WHERE key = 'u2' AND status <> 'Resolved'$$, '{}'::text[], 'a user who is gone has none');

-- what people may not do
SELECT throws_ok($$UPDATE gold.go_error_audit_log SET status = 'Done' WHERE status = 'Open'$$, NULL, NULL, 'no other status');
SELECT throws_ok($$UPDATE gold.go_error_audit_log SET status = 'Open' WHERE status = 'Resolved'$$, NULL, NULL, 'a resolved error is not opened again');
SELECT throws_ok('DELETE FROM gold.go_error_audit_log', '55000', 'errors are not deleted', 'no error is deleted by hand');
SELECT throws_ok('TRUNCATE gold.go_error_audit_log', '55000', 'errors are not deleted', 'nor all of them at once');
-- rules switched off
UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'duration_negative';
CALL t.refresh_at('2024-02-15 10:00Z');
SELECT t.same($$SELECT key, rule FROM t.log WHERE status = 'Open'$$, '{}'::text[], 'a rule that is switched off resolves its errors');
SELECT t.same('SELECT duration_minutes FROM gold.go_fact_meeting_usage', '-1', 'and lets the row in');
UPDATE gold_state.quality_rule SET enabled = true WHERE rule_name = 'duration_negative';
CALL t.refresh_at('2024-02-16 10:00Z');
SELECT t.same($$SELECT key, rule, load_date FROM t.log WHERE status = 'Open'$$, 'm1|duration_negative|2024-02-16', 'switched on again it finds it again');

-- error_count of the process log agrees
SELECT t.equal($$SELECT sum(error_count) FROM gold.go_process_audit_log p WHERE process_name = 'build_fact_meeting_usage' AND execution_time = '2024-02-16 10:00Z'$$,
	$$SELECT count(*) FROM t.log WHERE status = 'Open'$$, 'counts in the process log agree');
-- retention
UPDATE gold_state.settings SET value = '30' WHERE name = 'log_retention_days';
CALL t.refresh_at('2024-03-12 10:00Z');
SELECT t.same($$SELECT min(update_date) >= '2024-02-10', bool_or(update_date = '2024-02-15') FROM t.log WHERE status = 'Resolved'$$, 'true|true', 'resolved errors older than the retention go');
SELECT t.same($$SELECT min(execution_time) >= '2024-02-10Z', bool_or(execution_time < '2024-02-17Z') FROM gold.go_process_audit_log$$, 'true|true', 'and so do rows of the process log');
SELECT t.same($$SELECT key FROM t.log WHERE status = 'Open'$$, 'm1', 'open ones stay');
SELECT t.healthy('all is consistent');

-- where the planner likes parallel workers, which forbid updates and deletes; also
-- where none is free to be launched, which workers.sql does
SET max_parallel_workers = 0;
SET parallel_setup_cost = 0;
SET max_parallel_workers_per_gather = 1;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
INSERT INTO silver.si_feature_usage SELECT 'w' || n, 'w' || n, 'Chat', 1, '2024-03-01', '2024-03-01Z', NULL, NULL FROM generate_series(1, 50) AS n;
CALL t.refresh();
CALL t.user('w', 'Will', email => NULL);
INSERT INTO silver.si_meetings SELECT 'w' || n, 'w', 'T' || n, '2024-03-01 10:00Z', NULL, 30, '2024-03-01Z', NULL, NULL FROM generate_series(1, 45) AS n;
UPDATE silver.si_feature_usage SET source_system = 'Z', update_timestamp = '2024-03-02Z' WHERE usage_id LIKE 'w%';
CALL t.refresh();
DELETE FROM silver.si_feature_usage WHERE usage_id LIKE 'w%';
DELETE FROM silver.si_meetings WHERE meeting_id LIKE 'w%';
CALL t.change_user('w', '2024-03-02Z', email => 'will@x.example');
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CALL t.refresh();
CALL t.refresh(true);
RESET max_parallel_workers;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT t.healthy('parallel workers do not come in the way of what is written');
RESET enable_indexscan;
RESET enable_bitmapscan;
-- an error is the same however the session quotes names
SET quote_all_identifiers = on;
CALL t.setup();
UPDATE silver.si_meetings SET duration_minutes = 1, end_time = NULL;
CALL t.refresh();
CALL t.refresh(true);
SELECT t.healthy('nor does how names are quoted');
SELECT * FROM finish();
