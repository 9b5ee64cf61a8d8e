\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- go_process_audit_log and what refresh() returns.
CALL t.setup();
CREATE TEMP TABLE said (n integer, process_name text, status text, record_count bigint, error_count bigint, duration_ms double precision, details jsonb);
CREATE PROCEDURE t.run(number integer) LANGUAGE sql AS $$
	INSERT INTO said SELECT number, * FROM zoom_gold.refresh()
$$;
CREATE FUNCTION t.logged(at timestamptz) RETURNS TABLE (process_name text, status text, record_count bigint, error_count bigint) LANGUAGE sql AS $$
	SELECT process_name, status, record_count, error_count FROM gold.go_process_audit_log WHERE execution_time = at
$$;
-- a day later all is compared
UPDATE gold_state.settings SET value = '1 day' WHERE name = 'captured_compare_interval';
CALL t.clock('2024-02-01 10:00Z');
CALL t.run(0);
SELECT t.same('SELECT process_name, status FROM t.logged(''2024-02-01 10:00Z'') WHERE process_name = ''refresh''', 'refresh|Success', 'every run is logged');
CALL t.clock('2024-02-01 11:00Z');
CALL t.run(1);
SELECT t.same('SELECT process_name, status, record_count, error_count FROM said WHERE n = 1', 'refresh|Success|0|0', 'a run with nothing to do is a row alone');
SELECT t.equal('SELECT process_name, status, record_count, error_count FROM said WHERE n = 1', 'SELECT * FROM t.logged(''2024-02-01 11:00Z'')', 'the log has what refresh() returned');

CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.change_user('u2', '2024-01-20Z', plan => 'Pro');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'u1', '2024-01-11 10:00Z', topic => 'Two');
CALL t.meeting('m3', 'u9', '2024-01-12 10:00Z');
CALL t.meeting('m4', 'u1', '2024-01-12 10:00Z', minutes => -1);
CALL t.clock('2024-02-02 10:00Z');
CALL t.run(2);
SELECT t.equal('SELECT process_name, status, record_count, error_count FROM said WHERE n = 2', 'SELECT * FROM t.logged(''2024-02-02 10:00Z'')', 'the log has what refresh() returned');
SELECT t.equal('SELECT details FROM said WHERE n = 2', 'SELECT audit_details::jsonb AS details FROM gold.go_process_audit_log WHERE execution_time = ''2024-02-02 10:00Z''', 'details and all');
SELECT is((SELECT array_agg(process_name) FROM (SELECT process_name FROM said WHERE n = 2 AND process_name IN ('merge_dim_user', 'build_fact_meeting_usage', 'merge_dim_meeting',
		'refresh_agg_active_users', 'refresh_agg_meeting_minutes', 'refresh')) AS s),
	ARRAY['merge_dim_user', 'build_fact_meeting_usage', 'merge_dim_meeting', 'refresh_agg_active_users', 'refresh_agg_meeting_minutes', 'refresh'],
	'steps that had work, in order, and the run');
SELECT t.same($$SELECT process_name, status FROM said WHERE n = 2 AND process_name IN ('merge_dim_user', 'build_fact_meeting_usage', 'merge_dim_meeting',
		'refresh_agg_active_users', 'refresh_agg_meeting_minutes', 'refresh')$$, ARRAY['merge_dim_user|Success', 'build_fact_meeting_usage|Warning', 'merge_dim_meeting|Success',
	'refresh_agg_active_users|Success', 'refresh_agg_meeting_minutes|Success', 'refresh|Warning'], 'Warning where rows were rejected or warned of; the run has the worst');
SELECT t.same($$SELECT record_count, details ->> 'inserted', details ->> 'updated', details ->> 'deleted', details ->> 'rejected', details ->> 'warned'
	FROM said WHERE n = 2 AND process_name = 'build_fact_meeting_usage'$$, '4|3|0|0|1|1', 'counts of a fact: rows processed from silver, rows written, rows rejected and warned of');
SELECT t.same($$SELECT record_count, details ->> 'inserted' FROM said WHERE n = 2 AND process_name = 'refresh_agg_meeting_minutes'$$, '5|5', 'for an aggregate: rows written');
SELECT t.same($$SELECT process_name FROM said WHERE n = 2 AND NOT (details ?& '{run,inserted,updated,deleted,unchanged,rejected,warned}' AND details::text LIKE '%"duration%' OR process_name = 'refresh')$$, '{}'::text[],
	'details name run, inserted, updated, deleted, unchanged, rejected, warned, duration');
SELECT t.same($$SELECT count(DISTINCT details ->> 'run') FROM said WHERE n = 2$$, '1', 'of one run');
SELECT t.same($$SELECT load_date, update_date FROM gold.go_process_audit_log WHERE execution_time = '2024-02-02 10:00Z' AND process_name = 'refresh'$$, '2024-02-02|2024-02-02', 'on its day');
SELECT t.same($$SELECT record_count FROM said WHERE n = 2 AND process_name = 'merge_dim_user'$$, '2', 'of users as well, each row once, captured or compared');
CALL t.clock('2024-02-02 11:00Z');
CALL t.run(3);
SELECT t.same('SELECT process_name, status FROM said WHERE n = 3', 'refresh|Success', 'again nothing to do');
UPDATE silver.si_meetings SET duration_minutes = 31, update_timestamp = '2024-02-03Z' WHERE meeting_id = 'm1';
CALL t.clock('2024-02-04 10:00Z');
CALL t.run(4);
SELECT t.same($$SELECT details ->> 'inserted', details ->> 'updated', details ->> 'deleted' FROM said WHERE n = 4 AND process_name = 'build_fact_meeting_usage'$$, '0|1|0', 'a correction is one update');

-- a step that fails, for a constraint that a user put on gold
ALTER TABLE gold.go_fact_meeting_usage ADD CONSTRAINT short CHECK (duration_minutes < 60);
CALL t.meeting('m5', 'u1', '2024-02-01 10:00Z', minutes => 90);
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-02-01');
CALL t.clock('2024-02-05 10:00Z');
CALL t.run(5);
SELECT t.same($$SELECT process_name, status FROM said WHERE n = 5 AND process_name IN ('build_fact_meeting_usage', 'refresh_agg_active_users', 'refresh_agg_meeting_minutes',
		'build_fact_billing', 'refresh_agg_mrr', 'refresh')$$, ARRAY['build_fact_meeting_usage|Failure', 'refresh_agg_active_users|Failure', 'refresh_agg_meeting_minutes|Failure',
	'build_fact_billing|Success', 'refresh_agg_mrr|Success', 'refresh|Failure'],
	'a step that fails makes those that depend on it be skipped; others go on');
SELECT t.equal($$SELECT process_name, status FROM t.logged('2024-02-05 10:00Z')$$, 'SELECT process_name, status FROM said WHERE n = 5', 'it is all in the log');
SELECT matches((SELECT details::text FROM said WHERE n = 5 AND process_name = 'build_fact_meeting_usage'), 'short', 'with the error');
SELECT matches((SELECT details::text FROM said WHERE n = 5 AND process_name = 'build_fact_meeting_usage'), '23514', 'and its SQLSTATE');
SELECT t.same($$SELECT error_type, status FROM gold.go_error_audit_log WHERE error_type = 'Processing'$$, 'Processing|Open', 'the failure is in the error log, once');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '3', 'its work is rolled back');
SELECT t.same('SELECT monthly_recurring_revenue FROM gold.go_agg_mrr', '10.00', 'the others'' is done');
CALL t.clock('2024-02-06 10:00Z');
CALL t.run(6);
SELECT t.same($$SELECT process_name FROM said WHERE n = 6 AND status = 'Failure' AND process_name = 'build_fact_meeting_usage'$$, 'build_fact_meeting_usage', 'it goes on failing');
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE error_type = 'Processing'$$, '1', 'in one error row');
ALTER TABLE gold.go_fact_meeting_usage DROP CONSTRAINT short;
CALL t.clock('2024-02-07 10:00Z');
CALL t.run(7);
SELECT t.same('SELECT DISTINCT status FROM said WHERE n = 7', ARRAY['Success', 'Warning'], 'mended, the next run is complete');
SELECT t.same($$SELECT start_time, duration_minutes FROM gold.go_fact_meeting_usage WHERE duration_minutes = 90$$, '2024-02-01 10:00|90', 'nothing was lost');
SELECT t.same($$SELECT status FROM gold.go_error_audit_log WHERE error_type = 'Processing'$$, 'Resolved', 'the error is resolved');
SELECT t.healthy('all is consistent');

-- append-only
SELECT throws_ok('UPDATE gold.go_process_audit_log SET status = ''Success''', NULL, NULL, 'the process log is not changed');
SELECT throws_ok('DELETE FROM gold.go_process_audit_log', NULL, NULL, 'nor shortened');

-- refresh_proc
CALL t.clock('2024-02-08 10:00Z');
CALL t.meeting('m6', 'u1', '2024-02-01 10:00Z');
CALL zoom_gold.refresh_proc();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '5', 'refresh_proc() does the same');
SELECT ok(EXISTS (SELECT FROM t.logged('2024-02-08 10:00Z') WHERE process_name = 'refresh' AND status IN ('Success', 'Warning')), 'and logs it');
ALTER TABLE gold.go_fact_billing ADD CONSTRAINT small CHECK (amount < 100);
CALL t.billing('b2', 'u1', 'Subscription Fee', 1000, '2024-02-01');
CALL t.clock('2024-02-09 10:00Z');
\set VERBOSITY sqlstate
CALL zoom_gold.refresh_proc();
\set VERBOSITY terse
SELECT t.same($$SELECT process_name FROM t.logged('2024-02-09 10:00Z') WHERE status = 'Failure' AND process_name NOT LIKE 'merge%'$$, ARRAY['build_fact_billing', 'refresh_agg_mrr', 'refresh'], 'a step that fails: an ERROR after the log was committed');
BEGIN;
\set VERBOSITY sqlstate
CALL zoom_gold.refresh_proc();
\set VERBOSITY terse
ROLLBACK;
ALTER TABLE gold.go_fact_billing DROP CONSTRAINT small;
CALL t.refresh_at('2024-02-10 10:00Z');
SELECT t.same('SELECT monthly_recurring_revenue FROM gold.go_agg_mrr', '1010.00', 'the next run is complete');
SELECT t.healthy('all is consistent in the end');
-- an error of a value is told without the value
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description)
VALUES ('a_number', 'si_webinars', 'webinar_topic::integer > 0', 'error', 'Data Quality', true, 'a topic is a number');
INSERT INTO silver.si_webinars (webinar_id, webinar_topic, start_time, load_timestamp) VALUES ('secret', 'Layoffs', '2024-01-10 10:00Z', '2024-01-10Z');
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
SELECT t.same($$SELECT DISTINCT status, audit_details LIKE '%invalid input syntax%', audit_details LIKE '%Layoffs%' FROM gold.go_process_audit_log
	WHERE process_name = 'build_fact_webinar_usage' AND status = 'Failure'$$, 'Failure|true|false', 'the log tells what failed, not of which value');
CREATE FUNCTION t.error_of(rule text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE gold_state.quality_rule SET condition = rule WHERE rule_name = 'a_number';
	RETURN (SELECT details ->> 'error' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_webinar_usage');
END
$$;
SELECT is(t.error_of(c.condition), c.error, c.error)
FROM (VALUES ('webinar_topic::date IS NULL', 'invalid input syntax for type date'),
			 ('(''a"'' || webinar_topic || ''": "b"'')::integer > 0', 'invalid input syntax for type integer'),
			 ('(repeat(''9'', length(webinar_topic) * 2))::integer > 0', 'value "..." is out of range for type integer'),
			 ('(''1e40'' || length(webinar_topic))::float8 > 0', '"..." is out of range for type double precision'),
			 ('to_date(webinar_topic, ''YYYY'') IS NULL', 'invalid value "..."'),
			 ('(start_time AT TIME ZONE webinar_topic) IS NULL', 'time zone "..." not recognized'),
			 ('webinar_topic::bit(8) IS NULL', '"..." is not a valid binary digit'),
			 ('webinar_topic::jsonb IS NULL', 'invalid input syntax for type json'),
			 ('decode(webinar_topic, ''hex'') IS NULL', 'invalid hexadecimal digit'),
			 ('webinar_topic ~ (''('' || webinar_topic)', 'invalid regular expression: parentheses () not balanced'),
			 ('1 / (length(webinar_topic) - 7) > 0', 'division by zero')) AS c (condition, error);
-- in the words of PostgreSQL, whatever language the server speaks
SET lc_messages = 'C.UTF-8';
SELECT is(t.error_of('1 / (CASE WHEN current_setting(''lc_messages'') = ''C'' THEN length(webinar_topic) ELSE 0 END) = 0'), NULL, 'a language of the session is not that of a refresh');
RESET lc_messages;
SELECT * FROM finish();
