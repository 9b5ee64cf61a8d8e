-- doc/REFERENCE.md, from the catalogue of a database in which setup() was run;
-- tools/reference runs this.
\ir reference_words.sql

-- The order in which one meets them; the rest is for the extension itself.
CREATE TEMPORARY TABLE public_function AS
SELECT name, place FROM unnest('{
	setup, teardown, refresh, refresh_proc, plan, run_step, invalidate, confirm_deletes, rebuild,
	user_as_of, active_users, rolling_active_users, verify, grant_read, forget_user}'::text[]) WITH ORDINALITY AS u (name, place);

CREATE TEMPORARY VIEW function AS
SELECT p.oid, p.proname::text AS name, f.place,
	pg_get_function_arguments(p.oid) AS arguments,
	CASE p.prokind WHEN 'p' THEN 'a procedure' ELSE pg_get_function_result(p.oid) END AS result,
	CASE p.prokind WHEN 'p' THEN 'procedure'
		ELSE CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END END
		|| CASE WHEN p.proisstrict THEN ', NULL for NULL' ELSE '' END
		|| CASE WHEN p.prosecdef THEN ', security definer' ELSE '' END AS nature,
	-- of a fresh extension
	(SELECT coalesce(string_agg(CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END, ', '), 'its owner')
	 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
	 WHERE a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner) AS callers,
	obj_description(p.oid, 'pg_proc') AS description
FROM pg_proc AS p LEFT JOIN public_function AS f ON f.name = p.proname
WHERE p.pronamespace = 'zoom_gold'::regnamespace;

CREATE TEMPORARY VIEW columns AS
SELECT n.nspname::text AS schema, c.relname::text AS relation, c.relkind, a.attnum AS place, a.attname::text AS name,
	format_type(a.atttypid, a.atttypmod) AS type, CASE WHEN a.attnotnull THEN 'not NULL' END AS required,
	col_description(c.oid, a.attnum) AS description
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname IN ('zoom_gold', 'gold', 'gold_state', 'silver') AND c.relkind IN ('r', 'v');

-- What keeps rows apart and values in order.
CREATE TEMPORARY VIEW guards AS
SELECT n.nspname::text AS schema, c.relname::text AS relation, g.name, g.definition
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
	SELECT k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype <> 'n'
	UNION ALL
	SELECT i.relname, 'UNIQUE ' || substring(pg_get_indexdef(i.oid) FROM '\(.*')
	FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
	WHERE x.indrelid = c.oid AND x.indisunique AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid)
) AS g (name, definition)
WHERE n.nspname IN ('gold', 'gold_state');

\echo '# Reference'
\echo
\echo 'Made by `make reference` from the catalogue and its comments; a test keeps it up'
\echo 'to date. What the numbers mean and how things go together is in the README.'
\echo
\echo '## Functions'

SELECT E'\n### ' || name || E'\n\n```sql\n'
	|| CASE WHEN result = 'a procedure' THEN 'CALL ' ELSE '' END
	|| 'zoom_gold.' || name || '(' || arguments || ')'
	|| CASE WHEN result = 'a procedure' THEN '' ELSE E'\n    RETURNS ' || result END || E'\n```\n\n'
	|| pg_temp.sentence(description) || E'\n\n'
	|| pg_temp.sentence(nature || '; may be called by ' || callers)
FROM function WHERE place IS NOT NULL ORDER BY place, oid;

\echo
\echo '## Views'
SELECT E'\n### zoom_gold.' || c.relation || E'\n\n'
	|| pg_temp.sentence(obj_description(('zoom_gold.' || c.relation)::regclass, 'pg_class'))
	|| E'\n\n| column | type | what |\n|---|---|---|\n'
	|| string_agg(pg_temp.cells(pg_temp.code(c.name), c.type, c.description), E'\n' ORDER BY c.place)
FROM columns AS c WHERE c.schema = 'zoom_gold' AND c.relkind = 'v' GROUP BY c.relation ORDER BY c.relation;

\echo
\echo '## Settings'
\echo
\echo 'Rows of `gold_state.settings`:'
\echo
\echo '| setting | default | allowed | what |'
\echo '|---|---|---|---|'
SELECT pg_temp.cells(pg_temp.code(name), pg_temp.code(value), allowed, description) FROM zoom_gold.default_setting();
\echo
\echo 'Settings of the server:'
\echo
\echo '| setting | default | who may set it | what |'
\echo '|---|---|---|---|'
LOAD 'zoom_gold';
SELECT pg_temp.cells(pg_temp.code(name), coalesce(pg_temp.code(nullif(boot_val, '')), 'empty'), context, concat_ws(' ', short_desc, extra_desc))
FROM pg_settings WHERE name LIKE 'zoom\_gold.%' ORDER BY name;

\echo
\echo '## Quality rules'
\echo
\echo 'Those of the contract cannot be switched off.'
\echo
\echo '| relation | rule | severity | error type | | bad when |'
\echo '|---|---|---|---|---|---|'
SELECT pg_temp.cells(pg_temp.code(CASE relation WHEN '*' THEN 'all' ELSE relation END), pg_temp.code(rule_name), severity, error_type,
					 CASE WHEN contract THEN 'contract' END, description)
FROM zoom_gold.builtin_rule() ORDER BY relation <> '*', relation COLLATE "C", severity, rule_name COLLATE "C";

\echo
\echo '## Steps'
\echo
\echo 'As the process log names them; a step has work when one of its inputs changed.'
\echo 'After a fact comes the step of its Type 1 dimension (`merge_dim_meeting` and so'
\echo 'on), after the facts `extend_dim_user`, which lets first versions reach back.'
\echo 'Participants have no table in gold: `si_participants` marks sums of days.'
\echo
\echo '| step | writes | computes from |'
\echo '|---|---|---|'
SELECT pg_temp.cells(pg_temp.code(s.process_name),
					 pg_temp.code(coalesce((SELECT 'gold.' || t.table_name FROM zoom_gold.model_table() AS t
							   WHERE t.table_schema = 'gold' AND zoom_gold.step_of(t.table_name) = s.process_name), 'gold_state.day_partial')),
					 string_agg(pg_temp.code(s.input), ', ' ORDER BY s.input COLLATE "C"))
FROM zoom_gold.step_input() AS s GROUP BY s.process_name ORDER BY s.process_name COLLATE "C";

CREATE TEMPORARY VIEW relation_text AS
SELECT t.table_schema AS schema, t.n, E'\n### ' || t.table_schema || '.' || t.table_name || E'\n\n' || pg_temp.sentence(t.description)
	|| E'\n\n| column | type | |' || CASE t.table_schema WHEN 'gold' THEN ' PII | from |' ELSE '' END || E' what |\n|---|---|---|'
	|| CASE t.table_schema WHEN 'gold' THEN '---|---|' ELSE '' END || E'---|\n'
	|| (SELECT string_agg(CASE t.table_schema WHEN 'gold'
			THEN pg_temp.cells(pg_temp.code(c.name), c.type, c.required, d.pii_class, d.source, c.description)
			ELSE pg_temp.cells(pg_temp.code(c.name), c.type, c.required, c.description) END, E'\n' ORDER BY c.place)
		FROM columns AS c LEFT JOIN zoom_gold.data_dictionary AS d ON d.table_name = c.relation AND d.column_name = c.name AND c.schema = 'gold'
		WHERE c.schema = t.table_schema AND c.relation = t.table_name)
	|| coalesce(E'\n\n' || (SELECT string_agg('- ' || pg_temp.code(g.name) || ': ' || pg_temp.code(g.definition), E'\n' ORDER BY g.name COLLATE "C")
							FROM guards AS g WHERE g.schema = t.table_schema AND g.relation = t.table_name), '') AS text
FROM zoom_gold.model_table() WITH ORDINALITY AS t (table_schema, table_name, kind, description, n);

\echo
\echo '## Tables of gold'
SELECT text FROM relation_text WHERE schema = 'gold' ORDER BY n;

\echo
\echo '## Tables of silver'
\echo
\echo 'As setup() makes those that are missing. A row without a value in a column that'
\echo 'is required is rejected, see README.md; the database itself insists on'
\echo '`load_timestamp` alone.'
SELECT text FROM relation_text WHERE schema = 'silver' ORDER BY n;

\echo
\echo '## Tables of gold_state'
\echo
\echo 'What the engine remembers. `settings`, `quality_rule`, `billing_event_class`,'
\echo '`value_map` and `tracked_column` are yours to edit; leave the others alone.'
SELECT text FROM relation_text WHERE schema = 'gold_state' ORDER BY n;

\echo
\echo '## Functions for the extension itself'
\echo
\echo 'Not to be called; listed so that nothing is without a word.'
\echo
\echo '| function | returns | | what |'
\echo '|---|---|---|---|'
SELECT pg_temp.cells(pg_temp.code(name || '(' || arguments || ')'), pg_temp.code(result), nature, description)
FROM function WHERE place IS NULL ORDER BY name COLLATE "C", arguments COLLATE "C";
