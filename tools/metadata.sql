-- metadata/sources.yml, from the catalogue of a database in which setup() was
-- run; tools/metadata runs this.
\set QUIET 1
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset pager off
SET client_min_messages = warning;
SET search_path = pg_catalog;

-- A YAML scalar: JSON is YAML.
CREATE FUNCTION pg_temp.scalar(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT to_json($1)::text $$;

-- what gold's unique indexes and NOT NULLs, and the views' making, promise
CREATE TEMPORARY TABLE test AS
SELECT c.relnamespace::regnamespace::text AS schema, c.relname AS relation, a.attname AS name, 'not_null' AS test
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull
WHERE c.relnamespace = 'gold'::regnamespace AND c.relkind = 'r'
UNION
SELECT 'gold', c.relname, a.attname, 'unique'
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'gold'::regnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
WHERE i.indisunique AND i.indnatts = 1 AND i.indpred IS NULL
UNION
SELECT s.schema, v.relation, v.name, t.test
FROM (VALUES ('users', 'person'), ('calendar', 'date'), ('mrr_monthly', 'month_start'), ('mrr_movements', 'month_start'), ('stickiness', 'month_start'),
	('tickets_per_1000_active_users', 'month_start'), ('active_users_daily', 'date'), ('active_users_weekly', 'week_start'), ('active_users_monthly', 'month_start'),
	('meeting_minutes_daily', 'date'), ('meeting_minutes_weekly', 'week_start'), ('meeting_minutes_monthly', 'month_start')) AS v (relation, name)
CROSS JOIN (VALUES ('gold_bi'), ('gold_bi_masked')) AS s (schema)
CROSS JOIN (VALUES ('unique'), ('not_null')) AS t (test);
INSERT INTO test
SELECT s.schema, v.relation, 'person', format('relationships: {to: "source(''%s'', ''users'')", field: person}', s.schema)
FROM (VALUES ('meetings'), ('feature_usage'), ('webinars'), ('tickets'), ('billing'), ('licenses'), ('license_seats_idle')) AS v (relation)
CROSS JOIN (VALUES ('gold_bi'), ('gold_bi_masked')) AS s (schema);

\echo '# dbt sources of zoom_gold, generated from the catalogue: make metadata.'
\echo 'version: 2'
\echo 'sources:'
SELECT string_agg(format(E'  - name: %s\n    description: %s\n    tables:\n%s', n.nspname, pg_temp.scalar(obj_description(n.oid, 'pg_namespace')), r.text), E'\n' ORDER BY n.nspname COLLATE "C")
FROM pg_namespace n
CROSS JOIN LATERAL (
	SELECT string_agg(format(E'      - name: %s\n        description: %s\n        columns:\n%s', c.relname, pg_temp.scalar(obj_description(c.oid, 'pg_class')), x.text), E'\n' ORDER BY c.relname COLLATE "C")
	FROM pg_class c
	CROSS JOIN LATERAL (
		SELECT string_agg(format(E'          - name: %s\n            data_type: %s\n            description: %s%s', a.attname, pg_temp.scalar(format_type(a.atttypid, a.atttypmod)),
			pg_temp.scalar(col_description(c.oid, a.attnum)), e'\n            tests: [' || t.tests || ']'), E'\n' ORDER BY a.attnum)
		FROM pg_attribute a
		LEFT JOIN LATERAL (SELECT string_agg(CASE WHEN t.test LIKE '%:%' THEN '{' || t.test || '}' ELSE t.test END, ', ' ORDER BY t.test) FROM test t
			WHERE t.schema = n.nspname AND t.relation = c.relname AND t.name = a.attname) AS t (tests) ON true
		WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS x (text)
	WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'v')) AS r (text)
WHERE n.nspname IN ('gold', 'gold_masked', 'gold_bi', 'gold_bi_masked');
\echo 'exposures:'
\echo '  - name: dashboard'
\echo '    type: dashboard'
\echo '    description: "The dashboard in dashboard/, over gold_bi_masked"'
\echo '    owner: {name: zoom_gold, email: nobody@example.org}'
\echo '    depends_on: ["source(''gold_bi_masked'', ''active_users_daily'')", "source(''gold_bi_masked'', ''stickiness'')", "source(''gold_bi_masked'', ''mrr_movements'')", "source(''gold_bi_masked'', ''license_seats_idle'')"]'
