\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Every step fails once: the log is right, the rest of gold is right, the next
-- run is complete.
CALL t.setup();
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';

-- A day on which something happens in every table: new users, members, facts,
-- and something to warn of.
CREATE PROCEDURE t.day(n integer) LANGUAGE plpgsql AS $$
DECLARE
	day date := date '2024-03-01' + n;
	at timestamptz := day::timestamp AT TIME ZONE 'UTC' + interval '9 hours';
BEGIN
	CALL t.user('u' || n, 'User ' || n, at);
	CALL t.meeting('m' || n, 'u' || n, at, topic => 'Topic ' || n);
	CALL t.meeting('x' || n, 'nobody ' || n, at, minutes => 50);
	CALL t.participant('p' || n, 'm' || n, 'u' || n, at);
	CALL t.usage('f' || n, 'm' || n, 'Feature ' || n, day);
	CALL t.webinar('w' || n, 'u' || n, at, at + interval '1 hour', topic => 'Webinar ' || n);
	CALL t.ticket('t' || n, 'u' || n, 'Type ' || n, 'Open', day);
	CALL t.ticket_status('t' || n, 'Resolved', at);
	CALL t.license('l' || n, 'License ' || n, 'u' || n, day);
	CALL t.billing('b' || n, 'u' || n, 'Subscription Fee', 10 + n, day);
	CALL t.billing('g' || n, 'u' || n, 'Gift ' || n, 1, day);
END
$$;
CALL t.day(0);
CALL t.refresh_at('2024-05-01 10:00Z');
SELECT t.healthy('all is well to begin with');

-- what a run said, with the names of the steps for short
CREATE TEMP TABLE said (process_name text, status text, record_count bigint, error_count bigint, duration_ms double precision, details jsonb);
CREATE PROCEDURE t.run() LANGUAGE sql AS $$
	TRUNCATE said;
	INSERT INTO said SELECT * FROM zoom_gold.refresh();
$$;
CREATE FUNCTION t.failures() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', process_name, details ->> 'sqlstate', substring(details ->> 'error' FROM 'skipped because .*')) FROM said
	WHERE status = 'Failure' AND process_name <> 'refresh'
$$;
CREATE FUNCTION t.processing() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', source_table, process_audit_info::jsonb ->> 'rule', process_audit_info::jsonb ->> 'severity', substring(error_description FROM 'SQLSTATE \w+'), status)
	FROM gold.go_error_audit_log WHERE error_type = 'Processing'
$$;
-- checks of verify() that fail
CREATE FUNCTION t.unverified() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT check_name FROM zoom_gold.verify() WHERE NOT passed
$$;

-- One gold table after the other refuses its rows: its step, and the steps
-- that depend on it, directly or not.
CREATE TABLE t.failing (n integer, table_name text, step text, skipped text[], because text);
INSERT INTO t.failing VALUES
	(1, 'go_dim_user', 'merge_dim_user', '{build_fact_meeting_usage,build_fact_support_ticket,build_fact_billing,build_fact_license_utilization,extend_dim_user}', 'merge_dim_user'),
	(1, 'go_dim_user', 'merge_dim_user', '{merge_dim_meeting,build_fact_feature_usage,refresh_agg_active_users,refresh_agg_meeting_minutes,refresh_agg_feature_adoption,refresh_agg_license_utilization}', 'build_fact_meeting_usage'),
	(1, 'go_dim_user', 'merge_dim_user', '{merge_dim_feature}', 'build_fact_feature_usage'),
	(1, 'go_dim_user', 'merge_dim_user', '{merge_dim_ticket_type,refresh_agg_ticket_resolution}', 'build_fact_support_ticket'),
	(1, 'go_dim_user', 'merge_dim_user', '{merge_dim_billing_event_type,refresh_agg_mrr}', 'build_fact_billing'),
	(1, 'go_dim_user', 'merge_dim_user', '{merge_dim_license_type}', 'build_fact_license_utilization'),
	(2, 'go_fact_meeting_usage', 'build_fact_meeting_usage', '{merge_dim_meeting,build_fact_feature_usage,refresh_agg_active_users,refresh_agg_meeting_minutes,refresh_agg_feature_adoption,refresh_agg_license_utilization}', 'build_fact_meeting_usage'),
	(2, 'go_fact_meeting_usage', 'build_fact_meeting_usage', '{merge_dim_feature}', 'build_fact_feature_usage'),
	(3, 'go_dim_meeting', 'merge_dim_meeting', '{}', NULL),
	(4, 'go_fact_feature_usage', 'build_fact_feature_usage', '{merge_dim_feature,refresh_agg_feature_adoption}', 'build_fact_feature_usage'),
	(5, 'go_dim_feature', 'merge_dim_feature', '{}', NULL),
	(6, 'go_fact_webinar_usage', 'build_fact_webinar_usage', '{merge_dim_webinar}', 'build_fact_webinar_usage'),
	(7, 'go_dim_webinar', 'merge_dim_webinar', '{}', NULL),
	(8, 'go_fact_support_ticket', 'build_fact_support_ticket', '{merge_dim_ticket_type,refresh_agg_ticket_resolution}', 'build_fact_support_ticket'),
	(9, 'go_dim_ticket_type', 'merge_dim_ticket_type', '{}', NULL),
	(10, 'go_fact_billing', 'build_fact_billing', '{merge_dim_billing_event_type,refresh_agg_mrr}', 'build_fact_billing'),
	(11, 'go_dim_billing_event_type', 'merge_dim_billing_event_type', '{}', NULL),
	(12, 'go_fact_license_utilization', 'build_fact_license_utilization', '{merge_dim_license_type,refresh_agg_license_utilization}', 'build_fact_license_utilization'),
	(13, 'go_dim_license_type', 'merge_dim_license_type', '{}', NULL),
	-- under host_or_participant others count the participants that it reads
	(14, 'go_agg_active_users', 'refresh_agg_active_users', '{refresh_agg_feature_adoption,refresh_agg_license_utilization}', 'refresh_agg_active_users'),
	(15, 'go_agg_meeting_minutes', 'refresh_agg_meeting_minutes', '{}', NULL),
	(16, 'go_agg_feature_adoption', 'refresh_agg_feature_adoption', '{}', NULL),
	(17, 'go_agg_ticket_resolution', 'refresh_agg_ticket_resolution', '{}', NULL),
	(18, 'go_agg_mrr', 'refresh_agg_mrr', '{}', NULL),
	(19, 'go_agg_license_utilization', 'refresh_agg_license_utilization', '{}', NULL);
CREATE FUNCTION t.expected(number integer) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(line) FROM (
		SELECT DISTINCT step || ' 23514' FROM t.failing WHERE n = number
		UNION ALL
		SELECT s || ' 55000 skipped because ' || because || ' failed' FROM t.failing, unnest(skipped) AS s WHERE n = number) AS x (line)
$$;
SELECT format('ALTER TABLE gold.%I ADD CONSTRAINT never CHECK (false) NOT VALID', table_name),
	format('CALL t.day(%s)', n),
	format('CALL t.clock(%L)', to_json(timestamptz '2024-05-01 10:00Z' + n * interval '1 day') #>> '{}'),
	'CALL t.run()',
	format('SELECT t.same(''SELECT t.failures()'', t.expected(%s), %L)', n, table_name || ' refuses: its step fails, those that depend on it are skipped, others go on'),
	format('SELECT t.equal($$SELECT process_name, status, error_count, details FROM said$$, $$SELECT process_name, status, error_count, audit_details::jsonb AS details FROM gold.go_process_audit_log WHERE execution_time = %L$$, ''and that is in the log'')', timestamptz '2024-05-01 10:00Z' + n * interval '1 day'),
	format('SELECT matches((SELECT details ->> ''error'' FROM said WHERE process_name = %L), ''never'', ''with the message'')', step),
	format('SELECT t.same(''SELECT * FROM t.processing() AS p WHERE p LIKE ''''%%Open'''''', %L, ''one Processing error'')', format('gold.%s %s error SQLSTATE 23514 Open', table_name, step)),
	-- what the failing table lacks may be missed; nothing else
	format('SELECT t.same(%L, ''{}''::text[], ''the rest of gold is right'')', format('SELECT * FROM t.unverified() AS u WHERE u <> %L', table_name)),
	'CALL t.run()',
	format('SELECT t.same(''SELECT count(*) FROM t.processing() AS p WHERE p LIKE ''''%%Open'''''', ''1'', ''again, but not another one'')'),
	format('ALTER TABLE gold.%I DROP CONSTRAINT never', table_name),
	format('CALL t.clock(%L)', to_json(timestamptz '2024-05-01 18:00Z' + n * interval '1 day') #>> '{}'),
	'CALL t.run()',
	'SELECT t.same(''SELECT t.failures()'', ''{}''::text[], ''mended, all steps succeed'')',
	format('SELECT t.same(''SELECT count(*) FROM t.processing() AS p WHERE p NOT LIKE ''''%%Resolved'''''', ''0'', ''the error is resolved'')'),
	'SELECT t.healthy(''and nothing is missing'')'
FROM (SELECT DISTINCT n, table_name, step FROM t.failing ORDER BY n) AS f
\gexec

-- a table that bulk writing cannot respect
CREATE FUNCTION t.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER theirs BEFORE INSERT ON gold.go_fact_billing FOR EACH ROW EXECUTE FUNCTION t.nothing();
CALL t.day(30);
CALL t.clock('2024-06-01 10:00Z');
CALL t.run();
SELECT t.same('SELECT t.failures()', ARRAY['build_fact_billing 42809', 'merge_dim_billing_event_type 55000 skipped because build_fact_billing failed', 'refresh_agg_mrr 55000 skipped because build_fact_billing failed'], 'a trigger on gold fails the step');
SELECT matches((SELECT details ->> 'error_detail' FROM said WHERE process_name = 'build_fact_billing'), 'has triggers', 'and it says why');
DROP TRIGGER theirs ON gold.go_fact_billing;
CALL t.run();
SELECT t.healthy('nothing is missing');

-- a rewrite rule does so as long as it is there: pg_class says longer that there is one
CREATE RULE theirs AS ON DELETE TO gold.go_fact_billing DO ALSO NOTHING;
UPDATE silver.si_billing_events SET amount = 77 WHERE event_id = 'b30';
CALL t.run();
SELECT matches((SELECT details ->> 'error_detail' FROM said WHERE process_name = 'build_fact_billing'), 'has rewrite rules', 'a rewrite rule on gold fails the step');
DROP RULE theirs ON gold.go_fact_billing;
CALL t.run();
SELECT t.healthy('without it all is done');

-- what users put on a table raises an error that names nothing
CREATE INDEX theirs ON gold.go_fact_billing ((1 / (length(source_system) - 6)));
UPDATE silver.si_billing_events SET amount = 78, source_system = 'SIXSIX' WHERE event_id = 'b30';
CALL t.run();
SELECT is((SELECT concat_ws('|', details ->> 'error', details ->> 'error_hint') FROM said WHERE process_name = 'build_fact_billing'),
	'division by zero|A default, generated column, constraint or index of table "gold.go_fact_billing" raised it.', 'an index that cannot be kept fails the step, and the table is named');
DROP INDEX gold.theirs;
CALL t.run();
SELECT t.healthy('without it all is done');

-- a step that fails where it has nothing to do
ALTER TABLE gold_state.ticket_event RENAME TO away;
CALL t.run();
SELECT t.same('SELECT t.failures()', ARRAY['build_fact_support_ticket 42P01', 'merge_dim_ticket_type 55000 skipped because build_fact_support_ticket failed', 'refresh_agg_ticket_resolution 55000 skipped because build_fact_support_ticket failed'], 'a table of the state is away');
ALTER TABLE gold_state.away RENAME TO ticket_event;
CALL t.run();
CALL t.run();
SELECT t.same('SELECT * FROM t.processing() AS p WHERE p LIKE ''%Open''', '{}'::text[], 'it is back: the error is resolved');

-- a rule that raises
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('odd_count', 'si_feature_usage', '10 / usage_count > 20');
CALL t.day(31);
CALL t.usage('f32', 'm31', 'Feature 0', '2024-04-01', 0);
CALL t.clock('2024-06-02 10:00Z');
CALL t.run();
SELECT t.same('SELECT t.failures()', ARRAY['build_fact_feature_usage 22012', 'merge_dim_feature 55000 skipped because build_fact_feature_usage failed', 'refresh_agg_feature_adoption 55000 skipped because build_fact_feature_usage failed'], 'a rule that divides by zero fails the step of its relation');
SELECT t.same('SELECT * FROM t.processing() AS p WHERE p LIKE ''%Open''', 'gold.go_fact_feature_usage build_fact_feature_usage error SQLSTATE 22012 Open', 'a Processing error');
SELECT t.same('SELECT check_name FROM zoom_gold.verify() WHERE NOT passed', 'quality_rules', 'verify() names the rule, and finds nothing else wrong');
DELETE FROM gold_state.quality_rule WHERE rule_name = 'odd_count';
CALL t.clock('2024-06-03 09:00Z');
CALL t.run();
SELECT t.same('SELECT t.failures()', '{}'::text[], 'without it all is done');
SELECT t.same('SELECT status, load_date, update_date FROM gold.go_error_audit_log WHERE error_type = ''Processing'' AND load_date = ''2024-06-02''', 'Resolved|2024-06-02|2024-06-03', 'and the error says since when');
SELECT t.healthy('nothing is missing');

-- a lock that is not to be had in time
CALL t.day(33);
CALL t.clock('2024-06-03 10:00Z');
BEGIN;
LOCK TABLE gold.go_fact_billing IN SHARE MODE;
PREPARE TRANSACTION 'zoom_gold_failures';
SET lock_timeout = '50ms';
CALL t.run();
RESET lock_timeout;
SELECT t.same('SELECT t.failures()', ARRAY['build_fact_billing 55P03', 'merge_dim_billing_event_type 55000 skipped because build_fact_billing failed', 'refresh_agg_mrr 55000 skipped because build_fact_billing failed'], 'a lock timeout fails the step alone');
-- a cancel is raised, not absorbed
CALL t.clock('2024-06-03 11:00Z');
SET statement_timeout = '200ms';
\set VERBOSITY sqlstate
CALL t.run();
CALL zoom_gold.refresh_proc();
\set VERBOSITY terse
RESET statement_timeout;
SELECT t.same('SELECT process_name, status, audit_details::jsonb ->> ''error'' FROM gold.go_process_audit_log WHERE execution_time = ''2024-06-03 11:00Z''', 'refresh|Failure|canceling statement due to statement timeout', 'a cancelled run is logged by refresh_proc()');
SELECT t.same('SELECT status FROM gold_state.run ORDER BY run DESC LIMIT 1', 'Failure', 'as failed');
SELECT t.same('SELECT t.unverified()', '{}'::text[], 'gold is right, what is pending apart');
ROLLBACK PREPARED 'zoom_gold_failures';
CALL t.clock('2024-06-03 12:00Z');
CALL t.run();
SELECT t.same('SELECT t.failures()', '{}'::text[], 'the next run succeeds');
SELECT t.healthy('nothing is missing');

-- the logs themselves
ALTER TABLE gold.go_error_audit_log ADD CONSTRAINT never CHECK (false) NOT VALID;
CALL t.day(34);
CALL t.clock('2024-06-04 10:00Z');
CALL t.run();
SELECT t.same('SELECT process_name, details ->> ''sqlstate'' FROM said WHERE status = ''Failure'' AND details ->> ''error'' NOT LIKE ''skipped%''', ARRAY['build_fact_billing|23514', 'build_fact_license_utilization|23514', 'build_fact_meeting_usage|23514'], 'without an error log steps with something to log fail');
ALTER TABLE gold.go_error_audit_log DROP CONSTRAINT never;
CALL t.run();
SELECT t.healthy('nothing is missing');
ALTER TABLE gold.go_process_audit_log ADD CONSTRAINT never CHECK (false) NOT VALID;
CALL t.day(35);
CREATE TEMP TABLE before AS SELECT * FROM t.places();
SELECT throws_ok('CALL t.run()', '23514', NULL, 'without a process log nothing is done');
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'at all');
ALTER TABLE gold.go_process_audit_log DROP CONSTRAINT never;
CALL t.run();
SELECT t.healthy('nothing is missing in the end');
SELECT * FROM finish();
