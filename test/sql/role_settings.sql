\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Settings that a role or a database has when a session begins: the owner of
-- gold, who is no superuser, changes silver and refreshes under each of them,
-- and gold is what a session without any would have made of it.
CALL t.drop_roles('zoom_gold_r_');
CREATE ROLE zoom_gold_r_owner LOGIN;
SELECT format('GRANT CREATE, TEMP ON DATABASE %I TO zoom_gold_r_owner', current_database()) \gexec
GRANT USAGE ON SCHEMA zoom_gold TO zoom_gold_r_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO zoom_gold_r_owner;
CREATE SCHEMA far;
CREATE EXTENSION dblink SCHEMA far;

-- What a session of its own says to a query, after a command, or the error that
-- it ends with.
CREATE FUNCTION t.session(query text, command text DEFAULT 'DO ''BEGIN END''') RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM far.dblink_connect('own', format('host=%s port=%s dbname=%s user=zoom_gold_r_owner',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()));
	PERFORM far.dblink_exec('own', command);
	RETURN QUERY SELECT s.line FROM far.dblink('own', query) AS s (line text);
	PERFORM far.dblink_disconnect('own');
EXCEPTION WHEN OTHERS THEN
	IF 'own' = ANY (far.dblink_get_connections()) THEN
		PERFORM far.dblink_disconnect('own');
	END IF;
	RETURN NEXT SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT t.same($$SELECT t.session('SELECT action FROM zoom_gold.setup() WHERE action !~ ''^(created|checked|attached|index missing)''')$$, '{}'::text[], 'the owner makes gold');
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
DO $$
DECLARE
	side text;
BEGIN
	FOREACH side IN ARRAY '{silver.si_users,gold.go_dim_user}'::text[] LOOP
		EXECUTE format('ALTER TABLE %s ADD COLUMN took interval, ADD COLUMN seen timestamptz, ADD COLUMN ratio float8, ADD COLUMN print bytea', side);
	END LOOP;
END
$$;
INSERT INTO gold_state.quality_rule (relation, rule_name, severity, condition) VALUES
	('si_meetings', 'in_march', 'warning', $$start_time::date::text LIKE '2024-03-%'$$), ('si_meetings', 'on_may_first', 'error', $$start_time >= '05/01/2024 12:00'$$),
	('si_users', 'took_long', 'warning', $$took::text = '1 year 2 mons -3 days +04:05:06'$$), ('si_users', 'third', 'warning', $$ratio::text = '0.3333333333333333'$$);

-- What a session does: case n comes, the one before it is corrected, the one
-- before that goes.  Names are written out, whatever the search_path.
CREATE FUNCTION t.change(n integer) RETURNS text LANGUAGE sql AS $$
	SELECT format($q$
		INSERT INTO silver.si_users VALUES ('u%1$s', 'User %1$s', 'u%1$s@x.example', 'Acme', 'pro', '2024-01-01 00:00Z', NULL, 'X', '1 year 2 mons -3 days 04:05:06', '2024-03-31 01:00Z', 1 / %1$s.0, decode('00ff', 'hex'));
		INSERT INTO silver.si_meetings VALUES ('m%1$s', 'u%1$s', 'T', '2024-02-29 23:30Z'::timestamptz + %1$s * interval '15 minutes', NULL, 7, '2024-03-05 00:00Z', NULL, 'X'),
			('x%1$s', 'u%1$s', 'T', '2024-05-01 11:00Z'::timestamptz + %1$s * interval '15 minutes', NULL, 7, '2024-05-05 00:00Z', NULL, 'X');
		INSERT INTO silver.si_support_tickets VALUES ('t%1$s', 'u%1$s', 'Bug', 'Open', '2024-03-01', '2024-03-01 00:00Z', NULL, 'X');
		UPDATE silver.si_users SET took = took + '1 second', update_timestamp = '2024-03-31 00:30Z' WHERE user_id = 'u' || %1$s - 1;
		UPDATE silver.si_meetings SET start_time = start_time - '12 hours'::interval, update_timestamp = '2024-06-01 00:00Z' WHERE meeting_id = 'm' || %1$s - 1;
		UPDATE silver.si_support_tickets SET resolution_status = 'Closed', update_timestamp = '2024-03-02 06:00Z' WHERE ticket_id = 't' || %1$s - 1;
		DELETE FROM silver.si_users WHERE user_id = 'u' || %1$s - 2;
		DELETE FROM silver.si_meetings WHERE meeting_id = 'm' || %1$s - 2$q$, n)
$$;
-- What is wrong with gold, seen from here: something fails, is damaged, or
-- changes when all is computed anew.
CREATE FUNCTION t.wrong() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	before text[] := ARRAY(SELECT t.places());
BEGIN
	RETURN QUERY SELECT v.check_name || ': ' || v.details FROM zoom_gold.verify() v WHERE NOT v.passed;
	RETURN QUERY SELECT r.process_name || ' fails: ' || r.details FROM zoom_gold.refresh(full_refresh => true) r WHERE r.status = 'Failure';
	RETURN QUERY SELECT 'computed anew: ' || x FROM (SELECT t.places() EXCEPT SELECT unnest(before)) AS p (x);
END
$$;
CREATE TABLE t.setting (n integer GENERATED ALWAYS AS IDENTITY, place text DEFAULT 'ROLE zoom_gold_r_owner', name text, value text);
INSERT INTO t.setting (name, value) VALUES ('TimeZone', '''UTC'''), ('TimeZone', '''Pacific/Kiritimati'''), ('DateStyle', '''German, YMD'''), ('DateStyle', '''SQL, DMY'''),
	('IntervalStyle', '''iso_8601'''), ('extra_float_digits', '-15'), ('bytea_output', '''escape'''), ('default_transaction_isolation', '''serializable'''),
	('default_transaction_isolation', '''repeatable read'''), ('default_transaction_deferrable', 'on'), ('row_security', 'off'), ('search_path', ''''''),
	('search_path', 'silver, pg_temp, gold, pg_catalog'), ('session_replication_role', '''replica'''), ('session_replication_role', '''local'''),
	('lc_messages', '''C'''), ('lc_numeric', '''C'''), ('client_encoding', '''LATIN1'''), ('standard_conforming_strings', 'off');
INSERT INTO t.setting (place, name, value)
SELECT 'DATABASE ' || quote_ident(current_database()), name, value
FROM (VALUES ('TimeZone', '''America/St_Johns'''), ('DateStyle', '''Postgres, DMY'''), ('default_transaction_isolation', '''serializable''')) AS v (name, value);

SELECT format('ALTER %1$s SET %2$s = %3$s', place, name, value), format('SELECT t.same(%L, ''{}''::text[], %L)', format(
	$$SELECT t.session('SELECT ''fails: '' || process_name || details FROM zoom_gold.refresh() WHERE status = ''Failure''', %L) UNION ALL SELECT t.wrong()$$, t.change(n)),
	split_part(place, ' ', 1) || ' SET ' || name || ' = ' || value), format('ALTER %1$s RESET %2$s', place, name)
FROM t.setting ORDER BY n \gexec
SELECT t.same('SELECT count(*) > 3 FROM gold.go_fact_meeting_usage UNION ALL SELECT count(*) > 5 FROM gold.go_dim_user UNION ALL SELECT count(*) > 5 FROM gold.go_fact_support_ticket WHERE resolved_at IS NOT NULL',
	'{true,true,true}'::text[], 'there are rows that it would show in');

-- nothing can be written: said at once, and made up for by a session that may
CREATE FUNCTION t.state(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT left(s, 5) FROM t.session(query) AS s
$$;
SELECT far.dblink_connect('before', format('host=%s port=%s dbname=%s user=zoom_gold_r_owner',
	split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database())) \g /dev/null
ALTER ROLE zoom_gold_r_owner SET default_transaction_read_only = on;
SELECT far.dblink_exec('before', t.change(101)) \g /dev/null
SELECT far.dblink_disconnect('before') \g /dev/null
SELECT t.same($$SELECT t.state(c) FROM unnest('{SELECT status FROM zoom_gold.refresh(),SELECT action FROM zoom_gold.setup(),SELECT process_name FROM zoom_gold.plan()}'::text[]) c$$,
	'{25006,25006,25006}'::text[], 'ROLE SET default_transaction_read_only = on');
SELECT t.same($$SELECT t.session('SELECT check_name FROM zoom_gold.verify() WHERE NOT passed')$$, '{}'::text[], 'which keeps nobody from verifying');
ALTER ROLE zoom_gold_r_owner RESET default_transaction_read_only;
CALL t.refresh();
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'and what was written by another is there afterwards');

-- policies that bind the owner as well hide rows: that deletes none
CREATE FUNCTION t.failed() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT t.session($q$SELECT process_name || ': ' || (details ->> 'sqlstate') FROM zoom_gold.refresh() WHERE status = 'Failure' AND process_name <> 'refresh' AND details ->> 'error' NOT LIKE 'skipped%'$q$)
$$;
CREATE TABLE t.before AS SELECT t.places() AS place;
ALTER TABLE silver.si_billing_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE silver.si_billing_events FORCE ROW LEVEL SECURITY;
INSERT INTO silver.si_billing_events VALUES ('b1', 'u1', 'Subscription Fee', 10, '2024-03-01', '2024-03-01 00:00Z', NULL, 'X');
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('hidden', 'Hidden', '2024-03-01 00:00Z');
UPDATE gold_state.relation_state SET fingerprint = NULL;
SELECT t.same('SELECT t.failed()', 'build_fact_billing: 42501', 'silver under policies that hold for its owner fails the step that reads it');
ALTER TABLE silver.si_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE silver.si_users FORCE ROW LEVEL SECURITY;
UPDATE gold_state.relation_state SET fingerprint = NULL;
SELECT t.same('SELECT t.failed()', 'merge_dim_user: 42501', 'and is what those that depend on it wait for');
SELECT t.same('SELECT place FROM t.before EXCEPT SELECT t.places()', '{}'::text[], 'and nothing goes from gold');
ALTER TABLE silver.si_billing_events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE silver.si_users NO FORCE ROW LEVEL SECURITY;
SELECT t.same('SELECT t.failed()', '{}'::text[], 'without them all is read');
ALTER TABLE gold.go_fact_billing ENABLE ROW LEVEL SECURITY;
ALTER TABLE gold.go_fact_billing FORCE ROW LEVEL SECURITY;
UPDATE silver.si_billing_events SET amount = 11;
SELECT t.same('SELECT t.failed()', 'build_fact_billing: 42501', 'gold under them is refused');
ALTER TABLE gold.go_fact_billing DISABLE ROW LEVEL SECURITY;
SELECT t.same('SELECT t.failed() UNION ALL SELECT t.wrong()', '{}'::text[], 'and right without');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '11.00', 'with what came meanwhile');
CALL t.drop_roles('zoom_gold_r_');
SELECT * FROM finish();
