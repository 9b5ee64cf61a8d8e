-- doc/REFERENCE_SILVER.md, from the catalogue of a database in which sources
-- were added; tools/reference runs this.
\ir reference_words.sql

SELECT FROM zoom_silver.ensure_state() \g /dev/null
SELECT FROM zoom_silver.make_state_table('event') \g /dev/null
SELECT FROM zoom_silver.ensure_csv_state() \g /dev/null

-- The order in which one meets them; the rest is for the extension itself.
CREATE TEMPORARY VIEW function AS
SELECT p.oid, p.proname::text AS name, f.place, pg_get_function_arguments(p.oid) AS arguments,
	CASE p.prokind WHEN 'p' THEN 'a procedure' ELSE pg_get_function_result(p.oid) END AS result,
	obj_description(p.oid, 'pg_proc') AS description
FROM pg_proc AS p
LEFT JOIN unnest('{check_source, add_source, pull, pull_proc, drop_source, receive, load_csv}'::text[]) WITH ORDINALITY AS f (name, place)
	ON f.name = p.proname
WHERE p.pronamespace = 'zoom_silver'::regnamespace;

CREATE TEMPORARY VIEW columns AS
SELECT n.nspname::text AS schema, c.oid, c.relname::text AS relation, a.attnum AS place, a.attname::text AS name,
	format_type(a.atttypid, a.atttypmod) AS type, CASE WHEN a.attnotnull THEN 'not NULL' END AS required,
	col_description(c.oid, a.attnum) AS description
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('zoom_silver', 'zoom_silver_state') AND c.relkind IN ('r', 'v');

\echo '# Reference of zoom_silver'
\echo
\echo 'Made by `make reference` from the catalogue and its comments; a test keeps it up'
\echo 'to date. How to use it is in [SOURCES.md](SOURCES.md). All functions may be'
\echo 'called by their owner alone, until granted.'
\echo
\echo '## Functions'
SELECT E'\n### ' || name || E'\n\n```sql\n' || CASE WHEN result = 'a procedure' THEN 'CALL ' ELSE '' END
	|| 'zoom_silver.' || name || '(' || arguments || ')'
	|| CASE WHEN result = 'a procedure' THEN '' ELSE E'\n    RETURNS ' || result END || E'\n```\n\n' || pg_temp.sentence(description)
FROM function WHERE place IS NOT NULL ORDER BY place, oid;
\echo
\echo '## Views'
SELECT E'\n### zoom_silver.' || c.relation || E'\n\n' || pg_temp.sentence(obj_description(c.oid, 'pg_class'))
	|| E'\n\n| column | type | what |\n|---|---|---|\n' || string_agg(pg_temp.cells(pg_temp.code(c.name), c.type, c.description), E'\n' ORDER BY c.place)
FROM columns AS c WHERE c.schema = 'zoom_silver' GROUP BY c.oid, c.relation ORDER BY c.relation;
\echo
\echo '## Options of sources'
\echo
\echo '| kind | option | allowed | what |'
\echo '|---|---|---|---|'
SELECT DISTINCT pg_temp.cells(pg_temp.code(o.kind), pg_temp.code(o.name), array_to_string(o.allowed, ', '), o.description)
FROM zoom_silver.source_option() AS o ORDER BY 1;
\echo
\echo '## Tables of zoom_silver_state'
\echo
\echo 'Ordinary tables, which a dump carries. Of `source_query` the columns `query`,'
\echo '`deletes` and `enabled` are yours to edit.'
SELECT E'\n### ' || c.relation || E'\n\n' || pg_temp.sentence(obj_description(c.oid, 'pg_class'))
	|| E'\n\n| column | type | | what |\n|---|---|---|---|\n' || string_agg(pg_temp.cells(pg_temp.code(c.name), c.type, c.required, c.description), E'\n' ORDER BY c.place)
FROM columns AS c WHERE c.schema = 'zoom_silver_state' GROUP BY c.oid, c.relation ORDER BY c.relation;
\echo
\echo '## Functions for the extension itself'
\echo
\echo '| function | returns | what |'
\echo '|---|---|---|'
SELECT pg_temp.cells(pg_temp.code(name || '(' || arguments || ')'), pg_temp.code(result), description)
FROM function WHERE place IS NULL ORDER BY name COLLATE "C", arguments COLLATE "C";
