\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What is refused, with its SQLSTATE and a hint, and with nothing written.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');

-- A command fails like this: state, message, whether it has a hint.
CREATE FUNCTION t.refused(command text, want text, description text) RETURNS text LANGUAGE sql AS $$
	SELECT t.same(format('SELECT state, message, hint <> '''' FROM t.failure(%L)', command), want || '|true', description)
$$;

SELECT t.refused($$SELECT * FROM zoom_silver.pull()$$, '42P01|zoom_silver has no source in this database yet', 'a pull without a source');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('outlook', 'raw_zoom')$$, '22023|there is no kind of source outlook', 'an unknown kind');
SELECT t.refused($$SELECT * FROM zoom_silver.check_source(NULL, 'raw_zoom')$$, '22023|there is no kind of source NULL', 'no kind');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom')$$,
	'22023|option licensed_plan is missing: Zoom says only that a user is licensed', 'licensed users without a plan');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Gold"}')$$, '22023|option licensed_plan cannot be "Gold"', 'a plan that Zoom does not sell');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"plan": "Pro"}')$$, '22023|there is no option "plan" for kind airbyte', 'an unknown option');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '[]')$$, '22023|options are no JSON object', 'options that are none');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'nowhere', '{"licensed_plan": "Pro"}')$$, '3F000|schema "nowhere" does not exist', 'an unknown schema');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', NULL, '{"licensed_plan": "Pro"}')$$, '3F000|schema NULL does not exist', 'no schema');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'public', '{"licensed_plan": "Pro"}')$$, '42P01|schema "public" has no tables of kind airbyte', 'a schema without its tables');
SELECT t.same('SELECT count(*) FROM zoom_silver_state.source', '0', 'nothing of it was written') WHERE to_regclass('zoom_silver_state.source') IS NOT NULL;

BEGIN;
DROP TABLE raw_zoom.report_meetings;
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}')$$,
	'42P01|raw_zoom has meetings but no report_meetings: scheduled meetings are not meetings held', 'a schedule alone');
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') WHERE relation = 'si_meetings' AND verdict <> 'ok'$$,
	ARRAY['raw_zoom.report_meetings|missing', 'raw_zoom.meetings|missing'], 'check_source says so');
ROLLBACK;
BEGIN;
ALTER TABLE raw_zoom.users RENAME display_name TO name;
ALTER TABLE raw_zoom.users ALTER type TYPE boolean USING true;
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}')$$,
	'42703|source "airbyte": raw_zoom.users lacks "display_name"', 'a column that is not there');
SELECT t.same($$SELECT item, verdict, advice FROM zoom_silver.check_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') WHERE verdict <> 'ok'$$, ARRAY[
	'raw_zoom.users.display_name|missing|raw_zoom.users lacks "display_name". Leave si_users out with the option "relations"; after add_source(), insert a query of your own into zoom_silver_state.source_query, which may read another column.',
	'raw_zoom.users.type|type|raw_zoom.users.type is of type boolean, which is no number. Leave si_users out with the option "relations"; after add_source(), insert a query of your own into zoom_silver_state.source_query, which may read another column.'],
	'check_source names all of them');
ROLLBACK;
BEGIN;
DROP TABLE raw_zoom.report_webinars;
CREATE EXTENSION file_fdw SCHEMA public;
CREATE SERVER api FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE raw_zoom.report_webinars (uuid text, topic text, start_time text, end_time text, user_email text) SERVER api OPTIONS (program 'exit 1');
TRUNCATE raw_zoom.webinar_registrants;
SELECT t.same($$SELECT item, verdict, advice LIKE '%calls that%' FROM zoom_silver.check_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') WHERE relation = 'si_webinars' AND verdict <> 'ok'$$,
	ARRAY['raw_zoom.report_webinars|warning|true', 'raw_zoom.webinar_registrants|empty|false'], 'check_source warns of foreign tables, without asking them, and of empty ones');
ROLLBACK;
BEGIN;
DROP TABLE silver.si_users;
CREATE VIEW silver.si_users AS SELECT NULL::text AS user_id, NULL::text AS user_name, NULL::text AS email, NULL::text AS company, NULL::text AS plan_type,
	NULL::timestamptz AS load_timestamp, NULL::timestamptz AS update_timestamp, NULL::text AS source_system;
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}')$$, '42809|silver.si_users is a view; a pull writes tables', 'silver that is no table');
SELECT t.same($$SELECT verdict FROM zoom_silver.check_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') WHERE item = 'silver.si_users'$$, 'type', 'check_source says so');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"relations": ["si_meetings"]}')$$, 'si_meetings|added', 'others can do without it');
ROLLBACK;

SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('zendesk', 'raw_zoom', '{}', 'airbyte')$$, '42710|source "airbyte" is there already, of another kind', 'one name for two kinds');
SELECT t.refused($$SELECT * FROM zoom_silver.pull('nobody')$$, '42704|there is no source "nobody"', 'an unknown source is not pulled');
SELECT t.refused($$SELECT zoom_silver.drop_source('nobody')$$, '42704|there is no source "nobody"', 'nor dropped');

-- a list that has shrunk
INSERT INTO raw_zoom.users (id, display_name, email, type) SELECT 'u' || i, 'User ' || i, 'u' || i || '@x.example', 1 FROM generate_series(1, 96) i;
CALL t.pull_all();
CREATE TABLE t.before AS SELECT t.silver_places() AS line;
DELETE FROM raw_zoom.users WHERE id LIKE 'u%' AND right(id, 1) IN ('1', '2', '3');
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Failure 0 0 0 0 55000 raw_zoom.users has lost 30 of 100 users: a sync is running or failed', 'a list that has shrunk');
SELECT t.equal($$SELECT l FROM t.silver_places() l WHERE l NOT LIKE 'log%'$$, $$SELECT line FROM t.before WHERE line NOT LIKE 'log%'$$, 'silver is as it was');
SELECT t.same($$SELECT status, record_count FROM gold.go_process_audit_log WHERE process_name = 'pull_airbyte_si_users' ORDER BY execution_time DESC, status LIMIT 1$$, 'Failure|0', 'the failure is logged');
\set ON_ERROR_STOP off
CALL zoom_silver.pull_proc();
\set ON_ERROR_STOP on
SELECT t.same(format('SELECT %L', :'LAST_ERROR_SQLSTATE'), '55000', 'pull_proc ends with the error');
SELECT zoom_gold.confirm_deletes('si_users') \g /dev/null
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 0 0 30 70', 'one that was confirmed');
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_dim_user WHERE is_current', '70', 'passes gold''s guard with it');
DELETE FROM raw_zoom.users WHERE id LIKE 'u%' AND right(id, 1) = '4';
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 0 0 10 60', 'ten may go');
CALL zoom_silver.pull_proc();
SELECT t.refused('CALL zoom_silver.pull_proc(''nobody'')', '42704|there is no source "nobody"', 'pull_proc knows no other sources, either');

-- grants that went with the table
CREATE ROLE zoom_gold_puller;
DO $$
DECLARE
	command text;
BEGIN
	FOR command IN
		SELECT format('ALTER SCHEMA %I OWNER TO zoom_gold_puller', n) FROM unnest('{gold,gold_state,silver,zoom_silver_state}'::text[]) n
		UNION ALL SELECT format('ALTER TABLE %s OWNER TO zoom_gold_puller', oid::regclass) FROM pg_class
		WHERE relnamespace::regnamespace::text IN ('gold', 'gold_state', 'silver', 'zoom_silver_state') AND relkind IN ('r', 'S')
		UNION ALL SELECT format('GRANT USAGE ON SCHEMA %I TO zoom_gold_puller', n) FROM unnest('{raw_zoom,zoom_gold,zoom_silver,t}'::text[]) n
		UNION ALL SELECT format('GRANT EXECUTE ON ALL ROUTINES IN SCHEMA %I TO zoom_gold_puller', n) FROM unnest('{zoom_gold,zoom_silver,t}'::text[]) n
		UNION ALL SELECT 'GRANT SELECT ON ALL TABLES IN SCHEMA raw_zoom TO zoom_gold_puller'
	LOOP
		EXECUTE command;
	END LOOP;
END
$$;
SET ROLE zoom_gold_puller;
SELECT status, sqlstate FROM (SELECT status, details ->> 'sqlstate' AS sqlstate FROM zoom_silver.pull() WHERE status = 'Failure') AS f;
RESET ROLE;
REVOKE ALL ON raw_zoom.report_meetings FROM zoom_gold_puller;
SET ROLE zoom_gold_puller;
CREATE TEMPORARY TABLE pulled AS SELECT * FROM zoom_silver.pull();
RESET ROLE;
SELECT t.same($$SELECT status, details ->> 'sqlstate', details ->> 'error', (details ->> 'error_hint') LIKE '%GRANT SELECT%' FROM pulled WHERE status = 'Failure'$$, ARRAY[
	'Failure|42501|source "airbyte": permission denied for table raw_zoom.report_meetings|true',
	'Failure|42501|source "airbyte": permission denied for table raw_zoom.report_meetings|true'], 'a revoked grant is named with its table and schema');
SELECT t.same($$SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'zoom_silver'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')$$, '0', 'nothing is open to everybody');
REASSIGN OWNED BY zoom_gold_puller TO CURRENT_USER;
DROP OWNED BY zoom_gold_puller;
DROP ROLE zoom_gold_puller;
SELECT * FROM finish();
