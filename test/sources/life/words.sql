\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Columns of one's own, in every table that people have, called as our statements call
-- anything: nothing is said or done otherwise.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
\set participants `cat "$PG_ABS_SRCDIR/../sample/sources/participants.csv"`
\set webinar `cat "$PG_ABS_SRCDIR/../sample/sources/webinar.csv"`
SELECT set_config('t.participants', :'participants', false) \g /dev/null
\set sample :samples '/airbyte.sql'
\i :sample
\set sample :samples '/zendesk.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
\set gold_rows :abs_srcdir '/include/gold_rows.sql'
\i :gold_rows

\set identifiers :abs_srcdir '/sources/life/identifiers.inc'
\i :identifiers
\set sql `cd "$PG_ABS_SRCDIR/.." && cat sql/verify/*.sql $(ls sql/*.sql | grep -v -e --) zoom_silver/sql/*.sql | sed 's/--.*//'`
\set c `cd "$PG_ABS_SRCDIR/.." && cat src/*/*.[ch] | grep -o '"[^"]*"'`
CREATE TABLE t.word AS SELECT word FROM t.identifier(:'sql' || :'c') AS word;
SELECT cmp_ok((SELECT count(*) FROM t.word), '>', 900::bigint, 'there are many');

-- Tables as setup() and add_source() make them, with a column more of each word in
-- the schemas named; its type has no operators that a statement could take it by.
CREATE PROCEDURE t.make_tables(schemas text) LANGUAGE plpgsql AS $$
DECLARE
	made record;
BEGIN
	CREATE SCHEMA gold;
	CREATE SCHEMA gold_state;
	CREATE SCHEMA silver;
	FOR made IN
		SELECT m.table_schema, m.table_name, m.table_schema = ANY (string_to_array(schemas, ' ')) AND m.table_name <> 'go_dim_user' AS with_words,
			string_agg(format('%I %s %s', m.column_name, m.data_type, m.options), ', ' ORDER BY m.position) AS columns, array_agg(m.column_name) AS names
		FROM zoom_gold.model_column() m GROUP BY 1, 2
	LOOP
		EXECUTE format('CREATE TABLE %I.%I (%s%s)', made.table_schema, made.table_name, made.columns,
			CASE WHEN made.with_words THEN (SELECT string_agg(format(', %I point', w.word), '' ORDER BY w.word) FROM t.word w WHERE w.word <> ALL (made.names || '{deleted_at,unreadable}'::text[])) END);
	END LOOP;
	INSERT INTO gold_state.billing_event_class (event_type, mrr_sign)
	VALUES ('Subscription Fee', 1), ('Subscription Renewal', 1), ('Add-on Purchase', 0), ('Refund', -1);
	CREATE SCHEMA zoom_silver_state;
	FOR made IN
		SELECT s.table_name, s.constraints, s.indexes, string_agg(concat_ws(' ', c.column_name, c.data_type, c.options), ', ' ORDER BY c.position) AS columns, array_agg(c.column_name) AS names
		FROM zoom_silver.state_table() s JOIN zoom_silver.state_column() c ON c.table_name = s.table_name
		GROUP BY s.table_name, s.constraints, s.indexes ORDER BY s.table_name COLLATE "C" <> 'source'
	LOOP
		EXECUTE format('CREATE TABLE zoom_silver_state.%I (%s, %s%s)', made.table_name, made.columns, made.constraints,
			CASE WHEN 'zoom_silver_state' = ANY (string_to_array(schemas, ' ')) THEN (SELECT string_agg(format(', %I point', w.word), '' ORDER BY w.word) FROM t.word w WHERE w.word <> ALL (made.names)) END);
		EXECUTE (SELECT coalesce(string_agg('CREATE INDEX ' || i, '; '), '') FROM unnest(made.indexes) AS i);
	END LOOP;
END
$$;

\set heard :abs_srcdir '/sources/life/heard.inc'
\i :heard
-- A refresh, what gold is then, and what verify() says.
CREATE PROCEDURE t.refreshed(call text, full_refresh boolean DEFAULT false) LANGUAGE plpgsql AS $$
BEGIN
	CALL t.hear(call, format('SELECT r.process_name, r.status, r.record_count, r.error_count, r.details ->> ''error'' FROM zoom_gold.refresh(%L) r', full_refresh));
	CALL t.hear(call || ': gold', 'SELECT jsonb_strip_nulls(regexp_replace(g, ''^[^{]*'', '''')::jsonb) FROM t.gold() g');
	CALL t.hear(call || ': errors', 'SELECT t.errors()');
	CALL t.hear(call || ': verify', 'SELECT v.check_name, v.details FROM zoom_gold.verify() v WHERE NOT v.passed');
END
$$;

\set life :abs_srcdir '/sources/life/words.inc'
\set round 'plain'
\set where ''
\i :life
SELECT t.same($$SELECT call, line FROM t.heard WHERE call LIKE '%: verify'$$, '{}'::text[], 'gold is right without such columns');
\set round 'words'
\set where 'gold gold_state zoom_silver_state'
\i :life
SELECT t.equal($$SELECT call, line FROM t.heard WHERE round = 'words'$$, $$SELECT call, line FROM t.heard WHERE round = 'plain'$$, 'with them, all is said and done as without');
SELECT * FROM finish();
