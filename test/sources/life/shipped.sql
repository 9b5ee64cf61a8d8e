\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Queries that nobody has edited follow the extension; a schedule is no source of meetings,
-- whoever lands it.
\set sample :samples '/airbyte.sql'
\i :sample
\set sample :samples '/singer.sql'
\i :sample
\set sample :samples '/fivetran.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
-- as an older version would have shipped them; one is edited besides
UPDATE zoom_silver_state.source_query SET query = '-- older' || E'\n' || query, shipped = md5('-- older' || E'\n' || query);
UPDATE zoom_silver_state.source_query SET query = query || ' WHERE true' WHERE relation = 'si_users';
CALL t.pull_all();
SELECT t.same($$SELECT q.relation, q.query = m.query, q.shipped = md5(q.query) FROM zoom_silver_state.source_query q JOIN zoom_silver.mapping() m USING (relation, shape) WHERE m.kind = 'airbyte'$$,
	ARRAY['si_users|false|false', 'si_meetings|true|true', 'si_participants|true|true', 'si_webinars|true|true'], 'a new version replaces what is as it was shipped, and keeps what was edited');
SELECT t.same($$SELECT query LIKE '-- older%WHERE true' FROM zoom_silver_state.source_query WHERE relation = 'si_users'$$, 'true', 'as it is');

DROP TABLE raw_zoom.report_meetings, tap_zoom.report_meetings, zoom.meeting_report;
SELECT t.same(format('SELECT state, message FROM t.failure(%L)', format('SELECT * FROM zoom_silver.add_source(%L, %L, %L, %L)', kind, schema, '{"licensed_plan": "Pro"}', 'another')),
	format('42P01|%s has %s but no %s: scheduled meetings are not meetings held', schema, schedule, held), kind || ': a schedule alone is refused')
FROM (VALUES ('airbyte', 'raw_zoom', 'meetings', 'report_meetings'), ('singer', 'tap_zoom', 'meetings', 'report_meetings'), ('fivetran', 'zoom', 'meeting', 'meeting_report')) AS s (kind, schema, schedule, held);
SELECT t.same(format('SELECT relation, action FROM zoom_silver.add_source(%L, %L, %L, %L)', kind, schema, '{"licensed_plan": "Pro", "relations": ["si_users"]}', 'users-' || kind), 'si_users|added', 'not where meetings are left out')
FROM (VALUES ('airbyte', 'raw_zoom'), ('singer', 'tap_zoom'), ('fivetran', 'zoom')) AS s (kind, schema);
SELECT * FROM finish();
