\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What keeps refreshes apart is not within reach of who may only connect.
CALL t.setup();
CALL t.user('u1', 'Ana', '2024-01-01Z');
CREATE SCHEMA far;
CREATE EXTENSION dblink SCHEMA far;
DROP ROLE IF EXISTS zoom_gold_anybody;
CREATE ROLE zoom_gold_anybody LOGIN;
SELECT far.dblink_connect('anybody', format('host=%s port=%s dbname=%s user=zoom_gold_anybody',
	split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database())) \g /dev/null

CREATE TEMP TABLE held AS SELECT * FROM far.dblink('anybody', 'SELECT true FROM pg_advisory_lock(8822392710719564900)') AS s (held boolean);
SELECT t.same('SELECT status FROM zoom_gold.refresh() WHERE process_name = ''refresh''', 'Success', 'an advisory lock does not stop a refresh');

-- our locks in this session, and those somebody could take as well
CREATE FUNCTION t.within_reach() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', l.locktype, l.classid::regclass, l.mode) FROM pg_locks l
	WHERE l.pid = pg_backend_pid() AND l.granted
		AND (l.locktype = 'advisory' OR l.locktype = 'object' AND l.mode LIKE '%Exclusive%' AND l.objsubid = 0)
$$;
BEGIN;
SELECT status FROM zoom_gold.refresh() WHERE process_name = 'refresh' \g /dev/null
SELECT t.same('SELECT t.within_reach()', '{}'::text[], 'nor is there another lock with a number that a command gives');
SELECT t.same('SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = ''object'' AND mode = ''ExclusiveLock''', '1', 'but one that is held to the end of the transaction');
COMMIT;
SELECT throws_matching('SELECT * FROM far.dblink(''anybody'', ''SELECT zoom_gold.lock_runs()'') AS s (done text)', 'permission denied', 'and who may only connect does not get it');
SELECT far.dblink_disconnect('anybody') \g /dev/null
DROP ROLE zoom_gold_anybody;

-- a step that waits longer than lock_timeout says for what
CALL t.billing('b1', 'u1', 'Refund', 5, '2024-01-02');
SELECT far.dblink_connect('holder', format('host=%s port=%s dbname=%s user=%s',
	split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database(), current_user)) \g /dev/null
CREATE TEMP TABLE holder AS SELECT * FROM far.dblink('holder', 'SELECT pg_backend_pid()') AS s (pid integer);
CREATE FUNCTION t.failed() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', process_name, details ->> 'sqlstate', details ->> 'error_hint') FROM zoom_gold.refresh()
	WHERE status = 'Failure' AND details ->> 'error' NOT LIKE 'skipped%'
$$;
SET lock_timeout = '200ms';
SELECT far.dblink_exec('holder', 'BEGIN'), far.dblink_exec('holder', 'LOCK TABLE silver.si_billing_events, gold.go_agg_mrr IN ACCESS EXCLUSIVE MODE') \g /dev/null
SELECT t.same('SELECT t.failed()', format('build_fact_billing 55P03 Locked now: gold.go_agg_mrr by process %1$s, silver.si_billing_events by process %1$s. Refresh again when that has ended, or with a longer lock_timeout.', pid),
	'a step that has waited too long for a lock says who holds it') FROM holder;
SELECT far.dblink_exec('holder', 'COMMIT'), far.dblink_exec('holder', 'BEGIN'), far.dblink_exec('holder', 'LOCK TABLE gold.go_fact_billing IN SHARE MODE') \g /dev/null
SELECT t.same('SELECT t.failed()', format('build_fact_billing 55P03 Locked now: gold.go_fact_billing by process %s. Refresh again when that has ended, or with a longer lock_timeout.', pid),
	'also where it only writes') FROM holder;
SELECT far.dblink_disconnect('holder') \g /dev/null
SELECT t.same('SELECT t.failed()', '{}'::text[], 'afterwards it succeeds');
SELECT t.same('SELECT monthly_recurring_revenue FROM gold.go_agg_mrr', '-5.00', 'and nothing is lost');
RESET lock_timeout;
SELECT * FROM finish();
