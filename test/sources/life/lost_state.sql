\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables and columns of zoom_silver_state that are renamed or gone: each call says
-- so, and what it hints at heals; a column that can be made anew is made anew.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CREATE PROCEDURE t.add() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}');
	PERFORM FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}', 'hook');
	PERFORM FROM zoom_silver.add_source('csv', NULL);
END
$$;
CREATE FUNCTION t.event(id text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event', 'user.created', 'event_ts', 1740960000000, 'payload', jsonb_build_object('account_id', 'a',
		'object', jsonb_build_object('id', id, 'first_name', 'Ann', 'last_name', id, 'email', id || '@x.example', 'type', 1)))
$$;
CREATE TABLE t.call AS SELECT * FROM (VALUES ('pull', 'SELECT FROM zoom_silver.pull()'), ('receive', 'SELECT zoom_silver.receive(t.event(''u9''))'),
	('load_csv', $$SELECT FROM zoom_silver.load_csv(E'Meeting ID,Topic,Start Time\n92688776306,Talk,2025-02-24 15:00\n', 'active_hosts', 'UTC')$$),
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
FROM unnest('{source,source_query,event,csv_start}'::text[]) AS l (name);
CREATE FUNCTION t.columns() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws('|', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), concat_ws(' ', CASE WHEN a.attidentity = 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN a.attnotnull THEN 'NOT NULL' END,
		'DEFAULT ' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::\w+', '')), col_description(c.oid, a.attnum))
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE c.relkind = 'r' AND c.relnamespace = 'zoom_silver_state'::regnamespace
$$;
SELECT t.same($$SELECT concat_ws('|', s.table_name, s.column_name, s.data_type, coalesce(s.options, ''), s.description) FROM zoom_silver.state_column() s$$,
	ARRAY(SELECT * FROM t.columns()), 'the tables have the columns that are looked for');
CREATE TABLE t.shipped AS SELECT source, relation, shape, shipped FROM zoom_silver_state.source_query;
-- A command without a column, and what it leaves that is not as before.
CREATE FUNCTION t.lack(lost text, command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	columns text[] := ARRAY(SELECT * FROM t.columns());
BEGIN
	EXECUTE 'ALTER TABLE zoom_silver_state.' || lost;
	RETURN QUERY SELECT f.message FROM t.failure(command) f;
	RETURN QUERY SELECT 'lost ' || c FROM unnest(columns) c WHERE c NOT IN (SELECT * FROM t.columns());
	CALL t.add();
	RETURN QUERY SELECT 'lost ' || concat_ws(' ', s.source, s.relation) FROM (SELECT * FROM t.shipped EXCEPT SELECT source, relation, shape, shipped FROM zoom_silver_state.source_query) AS s;
END
$$;
SELECT t.same($$SELECT s.column_name, c.name, l FROM (SELECT c.*, row_number() OVER (ORDER BY c.position) % 5 AS n FROM zoom_silver.state_column() c WHERE c.can_be_added) AS s
	JOIN (SELECT c.*, row_number() OVER (ORDER BY c.name) - 1 AS n FROM t.call c) AS c USING (n) CROSS JOIN LATERAL t.lack(format('%I DROP %I', s.table_name, s.column_name), c.command) AS l$$,
	'{}'::text[], 'every column that can be made anew is, by one of the calls');
SELECT t.same($$SELECT c.name, l FROM t.call c CROSS JOIN LATERAL t.lack('source_query DROP shape, DROP shipped, DROP input_digest', c.command) AS l$$, '{}'::text[], 'and by each of them, several at once');
SELECT t.same($$SELECT t.lose('ALTER TABLE zoom_silver_state.event DROP part_id', 'DROP TABLE zoom_silver_state.event')$$, ARRAY(
	SELECT format('%s|42703|column "part_id" of table "zoom_silver_state.event" is gone', c.name) FROM t.call c), 'every call tells of a column that only a backup has');
-- the columns made anew stand behind the others
CREATE TABLE t.told AS SELECT s.table_name, s.column_name, ARRAY(
		SELECT format('%s|42703|column "%s" of table "zoom_silver_state.%s" was renamed', c.name, s.column_name, s.table_name) FROM t.call c) AS wanted,
	format('ALTER TABLE zoom_silver_state.%s RENAME %s TO "Away from it"', s.table_name, s.column_name) AS damage
FROM zoom_silver.state_column() s;
SELECT t.same($$SELECT d.damage, w.said FROM (SELECT * FROM t.told ORDER BY table_name, column_name) AS d CROSS JOIN LATERAL (SELECT array_agg(l) FROM t.lose(d.damage) AS l) AS w (said) WHERE w.said <> d.wanted$$, '{}'::text[],
	'every call tells of every column that is renamed, and what heals');
CREATE ROLE zoom_gold_test_puller;
GRANT USAGE ON SCHEMA t, zoom_silver, zoom_silver_state, zoom_gold, gold, gold_state, silver TO zoom_gold_test_puller;
GRANT ALL ON ALL TABLES IN SCHEMA t, zoom_silver, zoom_silver_state, gold, gold_state, silver TO zoom_gold_test_puller;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA t, zoom_silver, zoom_gold TO zoom_gold_test_puller;
ALTER TABLE zoom_silver_state.source_query DROP digest;
SET ROLE zoom_gold_test_puller;
CREATE TEMPORARY TABLE refused AS SELECT c.name, f.state, f.message, f.hint FROM t.call c CROSS JOIN LATERAL t.failure(c.command) f;
RESET ROLE;
SELECT t.same('SELECT * FROM refused', ARRAY(
	SELECT c.name || '|42703|column "digest" of table "zoom_silver_state.source_query" is gone|As the owner of the table: ALTER TABLE zoom_silver_state.source_query ADD digest text.' FROM t.call c),
	'who does not own the tables is told what their owner is to do');
DROP OWNED BY zoom_gold_test_puller;
DROP ROLE zoom_gold_test_puller;
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
