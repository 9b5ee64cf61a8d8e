\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Who lacks a right is told which, and what its owner is to do, whatever the call.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
SELECT FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT FROM zoom_silver.add_source('csv', NULL) \g /dev/null
CREATE TABLE t.call AS SELECT * FROM (VALUES
	('check_source', $$SELECT FROM zoom_silver.check_source('airbyte', 'raw_zoom')$$),
	('add_source', $$SELECT FROM zoom_silver.add_source('csv', NULL)$$),
	('drop_source', $$SELECT zoom_silver.drop_source('csv')$$),
	('pull', 'DO $p$ DECLARE d jsonb; BEGIN SELECT p.details INTO d FROM zoom_silver.pull() p LIMIT 1; IF d ? ''error'' THEN RAISE EXCEPTION ''%'', d ->> ''error'' USING ERRCODE = d ->> ''sqlstate'', HINT = d ->> ''error_hint''; END IF; END $p$'),
	('receive', $$SELECT zoom_silver.receive('{"event": "user.created", "event_ts": 1740960000000, "payload": {"object": {"id": "u9", "first_name": "Ann", "email": "u9@x.example", "type": 1}}}')$$),
	('load_csv', $$SELECT FROM zoom_silver.load_csv(E'Meeting ID,Topic,Start Time\n92688776306,Talk,2025-02-24 15:00\n', 'active_hosts', 'UTC')$$),
	('forget_user', $$SELECT zoom_silver.forget_user('u9')$$)) AS c (name, command);
-- what anybody could lock would stop whoever waits for it
SELECT t.same($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('zoom_gold'::regnamespace, 'zoom_silver'::regnamespace)
	AND p.prokind IN ('f', 'p') AND pg_get_functiondef(p.oid) ~ 'pg_(try_)?advisory'$$, '{}'::text[], 'no function takes a lock that is open to everybody');
BEGIN;
SELECT zoom_silver.receive('{"event": "user.created", "event_ts": 1740960000000, "payload": {"object": {"id": "u9", "first_name": "Ann", "email": "u9@x.example", "type": 1}}}') \g /dev/null
SELECT t.same($$SELECT l.locktype, l.mode FROM pg_locks l WHERE l.pid = pg_backend_pid() AND (l.locktype = 'advisory' OR l.locktype = 'object' AND l.objsubid <> 0)$$,
	'object|ExclusiveLock', 'an event locks what it speaks of by one of ours');
ROLLBACK;
CREATE ROLE zoom_gold_test_etl;
GRANT USAGE ON SCHEMA t TO zoom_gold_test_etl;
GRANT SELECT ON ALL TABLES IN SCHEMA t TO zoom_gold_test_etl;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA t TO zoom_gold_test_etl;
GRANT USAGE ON SCHEMA zoom_silver TO zoom_gold_test_etl;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_silver TO zoom_gold_test_etl;
-- What each call says; what it does is undone.
CREATE FUNCTION t.told() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	call t.call;
	said record;
BEGIN
	FOR call IN SELECT * FROM t.call LOOP
		BEGIN
			SET LOCAL ROLE zoom_gold_test_etl;
			SELECT f.* INTO said FROM t.failure(call.command) f;
			RAISE EXCEPTION USING ERRCODE = 'ZZ001';
		EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
			RETURN NEXT concat_ws('|', call.name, said.state, said.message, replace(said.hint, current_user, 'OWNER'));
		END;
	END LOOP;
END
$$;
CREATE FUNCTION t.each(said text, names text[] DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT c.name || CASE WHEN names IS NULL OR c.name = ANY (names) THEN said ELSE '' END FROM t.call c
$$;
SELECT t.equal('SELECT t.told()', $$SELECT t.each('|42501|permission denied for schema "zoom_gold"|As its owner: GRANT USAGE ON SCHEMA zoom_gold TO zoom_gold_test_etl; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO zoom_gold_test_etl.')$$,
	'who has zoom_silver alone');
GRANT USAGE ON SCHEMA zoom_gold TO zoom_gold_test_etl;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO zoom_gold_test_etl;
SELECT t.equal('SELECT t.told()', format('SELECT t.each(%L)', '|42501|must have the rights of role "' || current_user || '"|Let role "OWNER" make the call, or grant it to role "zoom_gold_test_etl".'), 'who has no rights on the state');
GRANT USAGE ON SCHEMA gold_state, zoom_silver_state TO zoom_gold_test_etl;
GRANT SELECT ON ALL TABLES IN SCHEMA gold_state TO zoom_gold_test_etl;
SELECT t.equal($$SELECT l FROM t.told() l WHERE l NOT LIKE 'check_source%'$$, format($$SELECT l FROM t.each(%L) l WHERE l NOT LIKE 'check_source%%'$$,
	'|42501|must have the rights of role "' || current_user || '"|Let role "OWNER" make the call, or grant it to role "zoom_gold_test_etl".'), 'who may not read its tables');
GRANT ALL ON ALL TABLES IN SCHEMA zoom_silver_state, gold_state TO zoom_gold_test_etl;
GRANT USAGE ON SCHEMA gold, raw_zoom, silver TO zoom_gold_test_etl;
GRANT ALL ON ALL TABLES IN SCHEMA gold TO zoom_gold_test_etl;
GRANT SELECT ON ALL TABLES IN SCHEMA silver, raw_zoom TO zoom_gold_test_etl;
SELECT t.equal($$SELECT replace(l, 'si_meetings', 'si_users') FROM t.told() l WHERE l NOT LIKE 'forget%'$$, $$SELECT l FROM t.each('|42501|permission denied for table silver.si_users|As its owner: GRANT SELECT, INSERT, UPDATE, DELETE ON silver.si_users TO zoom_gold_test_etl.', '{pull,receive,load_csv}') l WHERE l NOT LIKE 'forget%'$$,
	'who may not write silver');
GRANT ALL ON ALL TABLES IN SCHEMA silver TO zoom_gold_test_etl;
SELECT t.equal($$SELECT l FROM t.told() l WHERE l NOT LIKE 'forget%'$$, $$SELECT l FROM t.each('') l WHERE l NOT LIKE 'forget%'$$, 'who may do all that');
ALTER TABLE silver.si_users DROP unreadable;
SELECT t.same($$SELECT l FROM t.told() l WHERE l LIKE 'pull%'$$, 'pull|42501|must be owner of table silver.si_users to add column "unreadable"|As its owner: ALTER TABLE silver.si_users ADD COLUMN IF NOT EXISTS unreadable text.', 'a column that only the owner can add');
DROP TABLE zoom_silver_state.csv_start;
SELECT t.same($$SELECT l FROM t.told() l WHERE l LIKE 'load_csv%'$$, 'load_csv|42501|must have the rights of role "' || current_user || '"|Let role "OWNER" make the call, or grant it to role "zoom_gold_test_etl".', 'a table that only the owner can make');
DROP OWNED BY zoom_gold_test_etl;
DROP ROLE zoom_gold_test_etl;

-- in a transaction that may write nothing
BEGIN;
SET TRANSACTION READ ONLY;
SELECT array_agg(concat_ws('|', c.name, f.state)) AS said FROM t.call c LEFT JOIN LATERAL t.failure(c.command) f ON true \gset
ROLLBACK;
SELECT t.same(format('SELECT unnest(%L::text[])', :'said'), ARRAY(SELECT t.each('|25006', '{add_source,drop_source,pull,receive,load_csv,forget_user}')), 'check_source() alone may be asked where nothing may be written');
SELECT * FROM finish();
