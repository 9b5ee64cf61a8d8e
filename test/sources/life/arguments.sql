\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
\set calls :abs_srcdir '/include/calls.sql'
\i :calls
-- Odd arguments, and queries that people have edited into what cannot be.
\set sample :samples '/airbyte.sql'
\i :sample
\set file `cat "$PG_ABS_SRCDIR/../sample/sources/participants.csv"`
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
CREATE TABLE t.sensible AS SELECT name, arguments::jsonb FROM (VALUES
	('check_source', '{"kind": "airbyte", "schema_name": "raw_zoom", "options": {"licensed_plan": "Pro"}}'),
	('add_source', '{"kind": "airbyte", "schema_name": "raw_zoom", "options": {"licensed_plan": "Pro"}}'),
	('pull', '{}'), ('drop_source', '{}'), ('forget_user', '{}'),
	('receive', '{"event": {"event": "user.created", "event_ts": 1717000000000, "payload": {"object": {"id": "u1"}}}}'),
	('load_csv', jsonb_build_object('content', :'file', 'kind', 'participants', 'time_zone', 'UTC')::text)) AS s (name, arguments);
SELECT t.same(format('SELECT t.bare_calls(jsonb_build_object(%L, %L::jsonb))', 'zoom_silver.' || name, arguments), '{}'::text[], 'odd arguments of ' || name) FROM t.sensible;

CREATE FUNCTION t.refused(command text, want text, description text) RETURNS text LANGUAGE sql AS $$
	SELECT t.same(format('SELECT state, message, hint FROM t.failure(%L)', command), want, description)
$$;
SELECT t.refused(format('SELECT * FROM zoom_silver.%s(%L, %L, %L)', f, 'airbyte', 'raw_zoom', jsonb_build_object('relations', wrong)),
	format('22023|option relations cannot be %s: a source of kind airbyte does not fill that|It takes an array of si_meetings, si_participants, si_users, si_webinars, '
	'for instance {"relations": ["si_meetings"]}.', said), f || ': relations ' || wrong)
FROM (VALUES ('["si_meeting"]'::jsonb, '"si_meeting"'), ('"si_users"', '"si_users"'), ('[]', '[]'), ('["si_users", null]', 'null'), ('["si_licenses"]', '"si_licenses"')) AS w (wrong, said),
	unnest('{check_source,add_source}'::text[]) AS f;
SELECT t.refused($$SELECT * FROM zoom_silver.check_source('airbyte', 'nowhere')$$, '3F000|schema "nowhere" does not exist|Name the schema that the connector writes to.', 'a schema that is not there is one error');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}', 'My Zoom')$$,
	'42602|invalid name of a source: "My Zoom"|It takes up to 32 lower-case letters, digits, hyphens and underscores, and begins with a letter.', 'names of sources are short words');
SELECT t.refused($$SELECT * FROM zoom_silver.load_csv('/tmp/participants.csv', 'participants', 'UTC')$$,
	$$22P02|the content is a single line|Pass the text of the file, not its name; in psql: \set content `cat FILE`, then :'content'.$$, 'a file by its name');
SELECT t.refused($$SELECT * FROM zoom_silver.load_csv('', 'participants', 'Berlin')$$,
	$$22023|time zone "Berlin" not recognized|Say one of the names in pg_timezone_names, for instance 'Europe/Berlin'.$$, 'an unknown zone');

-- edited queries
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
ALTER TABLE silver.si_users ADD COLUMN level inet;
CREATE FUNCTION t.edited(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE zoom_silver_state.source_query q SET query = edited.query WHERE q.source = 'airbyte' AND q.relation = 'si_users';
	RETURN QUERY SELECT concat_ws('|', p.details ->> 'sqlstate', p.details ->> 'error', p.details ->> 'error_hint') FROM zoom_silver.pull('airbyte') p LIMIT 1;
END
$$;
SELECT t.same(format('SELECT t.edited(%L)', query), format('%s|source "airbyte": %s|%s', state, said, hint), what) FROM (VALUES
	('a placeholder that is none', 'SELECT u.id AS user_id FROM {usrs} u', '42P01', 'the query of si_users names {usrs}, which is no table of schema "raw_zoom" and no option',
		'Edit it in zoom_silver_state.source_query. As shipped it names {users}; other tables of the schema may be named as well.'),
	('a column that is not there', 'SELECT u.id AS user_id, u.nick AS user_name FROM {users} u', '42703', 'the query of si_users fails: column u.nick does not exist',
		'Edit it in zoom_silver_state.source_query. drop_source() and add_source() bring back the one that is shipped.'),
	('no SQL', 'SELECT u.id AS user_id FROM {users} u WHERE', '42601', 'the query of si_users fails: syntax error at end of input',
		'Edit it in zoom_silver_state.source_query. drop_source() and add_source() bring back the one that is shipped.'),
	('a value that does not cast', 'SELECT u.id AS user_id, u.email::integer AS user_name FROM {users} u', '22P02', 'the query of si_users fails: invalid input syntax for type integer: "Ana@acme.example"',
		'Edit it in zoom_silver_state.source_query. drop_source() and add_source() bring back the one that is shipped.'),
	('what does not tell who is gone', 'SELECT u.id AS user_id, u.email AS gone FROM {users} u', '22P02',
		'column "gone" that the query of si_users gives cannot be read: invalid input syntax for type boolean: "Ana@acme.example"', 'Edit the query in zoom_silver_state.source_query.'),
	('no key', 'SELECT u.email FROM {users} u', '42703', 'the query of si_users lacks the key, column "user_id"', 'Edit it in zoom_silver_state.source_query.'),
	('another column', 'SELECT u.id AS user_id, 1 AS colour FROM {users} u', '42703', 'the query of si_users gives columns that are not to be written: colour',
		'Edit it in zoom_silver_state.source_query, or add the columns to the silver table.')) AS e (what, query, state, said, hint);
SELECT t.same($$SELECT t.edited('SELECT u.id AS user_id, coalesce(u.display_name, p.topic) AS user_name, ''10.0.0.7'' AS level FROM {users} u LEFT JOIN {report_meetings} p ON false')$$, '', 'another table of the schema, a text that is an address');
SELECT t.same('SELECT DISTINCT level FROM silver.si_users', '10.0.0.7', 'are read');
-- the log is for more people than the source is
SELECT t.same($$SELECT DISTINCT audit_details::jsonb ->> 'error' FROM gold.go_process_audit_log WHERE audit_details::jsonb ->> 'sqlstate' LIKE '22%'$$, ARRAY['source "airbyte": the query of si_users fails: invalid input syntax for type integer',
	'source "airbyte": column "gone" that the query of si_users gives cannot be read: invalid input syntax for type boolean'], 'the log does not quote the values that it tells of');
SELECT t.same(format('SELECT zoom_silver.details_for_log(%L)', jsonb_build_object('sqlstate', state, 'error', said, 'error_detail', 'Key (email)=(a@x.example)')),
	CASE WHEN state = '42703' THEN jsonb_build_object('sqlstate', state, 'error', logged, 'error_detail', 'Key (email)=(a@x.example)') ELSE jsonb_build_object('sqlstate', state, 'error', logged) END::text, logged) FROM (VALUES
	('22003', 'source "a": the query of si_users fails: value "999" is out of range for type integer', 'source "a": the query of si_users fails: value "..." is out of range for type integer'),
	('22007', 'invalid input syntax for type date: "a": "b"', 'invalid input syntax for type date'),
	('22023', 'option licensed_plan is missing: Zoom says only that a user is licensed', 'option licensed_plan is missing: Zoom says only that a user is licensed'),
	('23505', 'duplicate key value violates unique constraint "own"', 'duplicate key value violates unique constraint "own"'),
	('42703', 'source "a": raw_zoom.users lacks "id"', 'source "a": raw_zoom.users lacks "id"')) AS e (state, said, logged);
SELECT zoom_silver.drop_source('airbyte') \g /dev/null
DELETE FROM gold_state.quality_rule WHERE rule_name LIKE '%unreadable' AND relation = 'si_users';

-- a view in the place of silver's table: the hint leads to a table
DROP TABLE silver.si_users;
CREATE VIEW silver.si_users AS SELECT NULL::text AS user_id, NULL::text AS user_name, NULL::text AS email, NULL::text AS company, NULL::text AS plan_type,
	NULL::timestamptz AS load_timestamp, NULL::timestamptz AS update_timestamp, NULL::text AS source_system WHERE false;
SELECT * FROM zoom_gold.setup() \g /dev/null
CALL t.refresh();
CREATE TABLE t.hint AS SELECT hint FROM t.failure($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}')$$);
SELECT substring(hint FROM 'place: (.*); then run') AS commands FROM t.hint \gset
:commands;
SELECT * FROM zoom_gold.setup() \g /dev/null
SELECT t.same($$SELECT action FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') WHERE relation = 'si_users'$$, 'added', 'what the hint says puts a table there');
CALL t.pull_all();
CALL t.refresh();
SELECT t.healthy('gold is right');

-- who may not look into the schema
CREATE ROLE zoom_gold_blind;
GRANT USAGE ON SCHEMA zoom_gold, zoom_silver, gold_state, silver, t, tap TO zoom_gold_blind;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold, zoom_silver, t, tap TO zoom_gold_blind;
GRANT SELECT ON ALL TABLES IN SCHEMA gold_state TO zoom_gold_blind;
SET ROLE zoom_gold_blind;
SELECT t.refused($$SELECT * FROM zoom_silver.check_source('airbyte', 'raw_zoom')$$, '42501|permission denied for schema "raw_zoom"|As its owner: GRANT USAGE ON SCHEMA raw_zoom TO zoom_gold_blind; '
	'GRANT SELECT ON ALL TABLES IN SCHEMA raw_zoom TO zoom_gold_blind.', 'the hint names both grants');
RESET ROLE;
DROP OWNED BY zoom_gold_blind;
DROP ROLE zoom_gold_blind;
SELECT * FROM finish();
