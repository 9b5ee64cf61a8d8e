\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Who may call every function and has no rights in gold and gold_state is told
-- whose rights it takes; who was let read once, how to be let again.
CREATE SCHEMA here;
CREATE EXTENSION zoom_silver;
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.refresh();
SELECT * FROM zoom_silver.add_source('csv', NULL) \g /dev/null
CREATE PROCEDURE t.let(name text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('GRANT USAGE ON SCHEMA zoom_gold, zoom_silver, t, tap TO %1$I; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold, zoom_silver, t, tap TO %1$I', name);
END
$$;
CALL t.drop_roles('zoom_gold_o_');
CREATE ROLE zoom_gold_o_other;
CREATE ROLE zoom_gold_o_reader;
CALL t.let('zoom_gold_o_other');
SELECT current_user AS me \gset
CREATE TABLE here.call AS SELECT * FROM (VALUES ('SELECT * FROM zoom_gold.setup()'), ('SELECT * FROM zoom_gold.teardown()'), ('SELECT * FROM zoom_gold.teardown(true)'), ('SELECT * FROM zoom_gold.refresh()'),
	('SELECT * FROM zoom_gold.run_step(''merge_dim_user'')'), ('SELECT * FROM zoom_gold.plan()'), ('SELECT zoom_gold.invalidate(''si_users'')'),
	('SELECT zoom_gold.confirm_deletes(''si_users'')'), ('SELECT * FROM zoom_gold.rebuild(''si_users'')'), ('SELECT * FROM zoom_gold.verify()'),
	('SELECT zoom_gold.grant_read(''zoom_gold_o_reader'')'), ('SELECT zoom_gold.forget_user(''u1'')'), ('SELECT * FROM zoom_silver.check_source(''csv'', NULL)'),
	('SELECT * FROM zoom_silver.add_source(''csv'', NULL)'), ('SELECT * FROM zoom_silver.pull()'), ('SELECT zoom_silver.drop_source(''csv'')'),
	('SELECT zoom_silver.receive(''{"event": "user.created"}'')'), ('SELECT * FROM zoom_silver.load_csv(E''a\nb'', ''participants'', ''UTC'')'), ('SELECT zoom_silver.forget_user(''u1'')')) AS c (command);
GRANT USAGE ON SCHEMA here TO zoom_gold_o_other;
GRANT SELECT ON here.call TO zoom_gold_o_other;
SET ROLE zoom_gold_o_other;
SELECT t.same(format('SELECT state, message, hint FROM t.failure(%L)', command), format('42501|must have the rights of role "%s"|Let role "%1$s" make the call, or grant it to role "zoom_gold_o_other".', :'me'), command)
FROM here.call;
SELECT t.same('SELECT state, message, hint FROM t.failure(''SELECT * FROM zoom_gold.user_as_of(now())'')',
	'42501|role "zoom_gold_o_other" may not read gold|As the owner of gold: SELECT zoom_gold.grant_read(''zoom_gold_o_other'', pii => true).', 'user_as_of() is for those who may read gold');
\set ON_ERROR_STOP off
\set QUIET 1
\o /dev/null
\set VERBOSITY sqlstate
CALL zoom_gold.refresh_proc();
SELECT :'LAST_ERROR_MESSAGE' AS said \gset
CALL zoom_silver.pull_proc();
SELECT :'LAST_ERROR_MESSAGE' AS pulled \gset
\o
\set VERBOSITY terse
SELECT is(:'said', format('must have the rights of role "%s"', :'me'), 'refresh_proc()');
SELECT is(:'pulled', format('must have the rights of role "%s"', :'me'), 'pull_proc()');
RESET ROLE;

-- the extension dropped and made anew: functions' grants went with it
CREATE ROLE zoom_gold_o_masked;
SELECT zoom_gold.grant_read('zoom_gold_o_reader', pii => true), zoom_gold.grant_read('zoom_gold_o_masked') \g /dev/null
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE action LIKE 'grants%'$$, '{}'::text[], 'nothing is missing');
SELECT * FROM zoom_gold.teardown() \g /dev/null
DROP EXTENSION zoom_gold CASCADE;
CREATE EXTENSION zoom_gold;
SELECT t.same($$SELECT * FROM zoom_gold.setup() WHERE action LIKE 'grants%'$$, ARRAY['zoom_gold|grants missing: SELECT zoom_gold.grant_read(''zoom_gold_o_masked'', pii => false)',
	'zoom_gold|grants missing: SELECT zoom_gold.grant_read(''zoom_gold_o_reader'', pii => true)'], 'setup() says who lost grants');
SELECT regexp_replace(action, '^grants missing: ', '') FROM zoom_gold.setup() WHERE action LIKE 'grants%' \gexec
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE action LIKE 'grants%'$$, '{}'::text[], 'and once they have them again nothing');
CALL t.drop_roles('zoom_gold_o_');

-- before anything is there
SELECT * FROM zoom_gold.teardown(drop_gold => true) \g /dev/null
CREATE ROLE zoom_gold_o_other;
GRANT USAGE ON SCHEMA zoom_gold, t, tap TO zoom_gold_o_other;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold, t, tap TO zoom_gold_o_other;
SET ROLE zoom_gold_o_other;
SELECT t.same($$SELECT state, message, hint FROM t.failure('SELECT * FROM zoom_gold.setup()')$$,
	format('42501|permission denied to make schema "gold"|As the owner of the database: GRANT CREATE ON DATABASE %I TO zoom_gold_o_other.', current_database()), 'the first setup() needs a right of the database');
SELECT t.same($$SELECT message FROM t.failure('SELECT * FROM zoom_gold.refresh()')$$, 'zoom_gold is not set up in this database', 'without it there is nothing');
RESET ROLE;
CALL t.drop_roles('zoom_gold_o_');

-- a misspelt schema
DROP SCHEMA silver CASCADE;
CREATE TABLE here.si_users (user_id text, user_name text, email text, company text, plan_type text, load_timestamp timestamptz, update_timestamp timestamptz, source_system text);
SELECT t.same($$SELECT state, message FROM t.failure('SELECT * FROM zoom_gold.setup(''heer'')')$$, '3F000|schema "heer" does not exist', 'one relation tells where silver is');
CREATE VIEW here.si_meetings AS SELECT NULL::text AS meeting_id, NULL::text AS host_id, NULL::text AS meeting_topic, NULL::timestamptz AS start_time, NULL::timestamptz AS end_time,
	NULL::integer AS duration_minutes, NULL::timestamptz AS load_timestamp, NULL::timestamptz AS update_timestamp, NULL::text AS source_system WHERE false;
SELECT t.same($$SELECT state, message, hint FROM t.failure('SELECT * FROM zoom_gold.setup(''heer'')')$$,
	'3F000|schema "heer" does not exist|Name that schema: SELECT * FROM zoom_gold.setup(''here''). For new and empty relations, CREATE SCHEMA heer first.', 'no empty silver beside one that is there');
SELECT t.same($$SELECT nspname FROM pg_namespace WHERE nspname IN ('heer', 'gold')$$, '{}'::text[], 'and nothing is made');
CREATE SCHEMA heer;
CALL t.setup('heer');
CALL t.refresh();
SELECT t.same($$SELECT relation, action FROM zoom_gold.setup('here') WHERE relation ~ 'users|meetings' AND relation LIKE 'here%'$$, ARRAY['here.si_users|checked', 'here.si_users|attached (trigger)',
	'here.si_users|index missing: CREATE INDEX ON here.si_users (user_id)',
	'here.si_users|load_timestamp may be NULL, against the contract: ALTER TABLE here.si_users ALTER COLUMN load_timestamp SET NOT NULL',
	'here.si_meetings|checked', 'here.si_meetings|attached (watermark)'], 'what was refreshed from nothing may move; a load_timestamp that may be NULL is told');
INSERT INTO here.si_users (user_id, user_name, email, plan_type, load_timestamp) VALUES ('u1', 'Ana', 'ana@x.example', 'Pro', '2024-01-01Z');
CALL t.refresh();
SELECT t.same('SELECT user_name FROM gold.go_dim_user', 'Ana', 'gold comes from the right one');
SELECT t.healthy('and is right');
SELECT t.same($$SELECT message FROM t.failure('SELECT * FROM zoom_gold.setup(''heer'')')$$, 'gold was built from schema "here", not from "heer"', 'and stays there');
DROP SCHEMA heer CASCADE;
ALTER SCHEMA here RENAME TO there;
SELECT t.same($$SELECT message, hint FROM t.failure('SELECT * FROM zoom_gold.setup(''here'')')$$,
	'schema "here" does not exist|A silver schema that was renamed gets its name back: ALTER SCHEMA there RENAME TO here. For new and empty relations, CREATE SCHEMA here first.', 'one that was renamed is told so');
SELECT * FROM finish();
