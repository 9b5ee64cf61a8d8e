\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables of zoom_silver_state that are renamed or gone: each call says so, and
-- what it hints at heals.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CREATE PROCEDURE t.add() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}');
	PERFORM FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}', 'hook');
END
$$;
CREATE FUNCTION t.event(id text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event', 'user.created', 'event_ts', 1740960000000, 'payload', jsonb_build_object('account_id', 'a',
		'object', jsonb_build_object('id', id, 'first_name', 'Ann', 'last_name', id, 'email', id || '@x.example', 'type', 1)))
$$;
CREATE TABLE t.call AS SELECT * FROM (VALUES ('pull', 'SELECT FROM zoom_silver.pull()'), ('receive', 'SELECT zoom_silver.receive(t.event(''u9''))'),
	('add_source', 'CALL t.add()'), ('drop_source', 'SELECT FROM zoom_silver.drop_source(''hook'')')) AS c (name, command);
-- What the calls say after a command, and again after the remedy.
CREATE FUNCTION t.lose(damage text, heal text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	call record;
	said record;
	remedy text := heal;
BEGIN
	EXECUTE damage;
	FOR call IN SELECT * FROM t.call LOOP
		SELECT * INTO said FROM t.failure(call.command);
		IF FOUND THEN
			RETURN NEXT concat_ws('|', call.name, said.state, said.message);
			remedy := coalesce(remedy, substring(said.hint, '^(ALTER .*)\.$'), substring(said.hint, '(SELECT \* .*\))\. '));
		END IF;
	END LOOP;
	EXECUTE remedy;
	CALL t.add();
	RETURN QUERY SELECT concat_ws('|', 'not healed', c.name, f.message) FROM t.call c, t.failure(c.command) f WHERE c.name <> 'drop_source';
END
$$;
CALL t.add();
CALL t.pull_all();
SELECT t.same(format('SELECT t.lose(''ALTER TABLE zoom_silver_state.%1$s RENAME TO other'')', name), ARRAY(
	SELECT format('%s|42P01|table "zoom_silver_state.%s" was renamed', c.name, l.name) FROM t.call c), 'every call tells that ' || name || ' was renamed, and how to give it its name back')
FROM unnest('{source,source_query,event}'::text[]) AS l (name);
SELECT t.same('SELECT * FROM zoom_silver.state_column()', ARRAY(SELECT c.relname || '|' || row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) || '|' || a.attname || '|' || coalesce(s.added, '-')
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'zoom_silver_state'::regnamespace
	LEFT JOIN zoom_silver.state_column() s ON s.table_name = c.relname AND s.column_name = a.attname
	WHERE a.attnum > 0), 'the columns are those that are looked for');
CREATE TABLE t.told AS SELECT s.table_name, s.column_name, x.way, ARRAY(
		SELECT format('%s|42703|column "%s" of table "zoom_silver_state.%s" %s', c.name, s.column_name, s.table_name, CASE x.way WHEN 'DROP' THEN 'is gone' ELSE 'was renamed' END)
		FROM t.call c) AS wanted,
	format('ALTER TABLE zoom_silver_state.%s %s %s', s.table_name, x.way, s.column_name) || CASE x.way WHEN 'RENAME' THEN ' TO "Away from it"' ELSE '' END AS damage
FROM zoom_silver.state_column() s, unnest('{RENAME,DROP}'::text[]) AS x (way) WHERE x.way = 'RENAME' OR s.added IS NOT NULL;
SELECT t.same($$SELECT d.damage, w.said FROM (SELECT * FROM t.told ORDER BY way DESC, table_name, column_name) AS d CROSS JOIN LATERAL (SELECT array_agg(l) FROM t.lose(d.damage) AS l) AS w (said) WHERE w.said <> d.wanted$$, '{}'::text[],
	'every call tells of every column that is renamed or dropped, and what heals');
CALL t.pull_all();
SELECT t.same($$SELECT t.lose('DROP TABLE zoom_silver_state.event')$$, ARRAY['receive|42P01|table "zoom_silver_state.event" is gone'], 'receive() tells that the log is gone, and how to make an empty one');
SELECT t.same($$SELECT t.lose('DROP TABLE zoom_silver_state.source_query', 'DROP TABLE zoom_silver_state.source')$$, ARRAY(
	SELECT format('%s|42P01|table "zoom_silver_state.source_query" is gone', c.name) FROM t.call c), 'every call tells that the queries are gone');
SELECT t.same($$SELECT t.lose('DROP TABLE zoom_silver_state.source CASCADE', 'DROP TABLE zoom_silver_state.source_query')$$, ARRAY(
	SELECT format('%s|42P01|table "zoom_silver_state.source" is gone', c.name) FROM t.call c), 'and that the sources are');
CALL t.pull_all();
CALL t.refresh();
SELECT t.healthy('silver and gold are as before');
SELECT * FROM finish();
