\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- The catalogue of kinds agrees with itself and with the samples.
SELECT t.same($$SELECT m.kind, m.relation, p.name FROM zoom_silver.mapping() m, zoom_silver.placeholder(m.query) p
	WHERE p.name <> 'email_owner' AND NOT zoom_silver.is_option(m.kind, '{}', p.name)
		AND p.name NOT IN (SELECT i.table_name FROM zoom_silver.mapping_input(m.inputs) i)$$, '{}'::text[], 'what a query names in braces is declared');
SELECT t.same($$SELECT DISTINCT m.kind, m.relation, i.table_name FROM zoom_silver.mapping() m, zoom_silver.mapping_input(m.inputs) i
	WHERE i.table_name NOT IN (SELECT p.name FROM zoom_silver.placeholder(m.query) p)$$, '{}'::text[], 'what is declared is read');
SELECT t.same($$SELECT DISTINCT m.kind, m.relation, i.column_name FROM zoom_silver.mapping() m, zoom_silver.mapping_input(m.inputs) i
	WHERE m.query !~ ('\m' || i.column_name || '\M')$$, '{}'::text[], 'every column of it');
SELECT t.same($$SELECT m.kind, m.relation FROM zoom_silver.mapping() m WHERE m.relation NOT IN (SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'silver')
	OR m.kind NOT IN (SELECT kind FROM zoom_silver.source_kind()) OR m.deletes NOT IN ('mirror', 'keep')$$, '{}'::text[], 'relations, kinds and deletes are known');
SELECT t.same($$SELECT o.kind, o.name FROM zoom_silver.source_option() o WHERE o.unstated IS NOT NULL AND NOT EXISTS (
	SELECT FROM zoom_silver.mapping() m WHERE m.kind = o.kind AND m.relation = o.relation
		AND NOT EXISTS (SELECT FROM zoom_silver.placeholder(o.unstated) p WHERE p.name NOT IN (SELECT i.table_name FROM zoom_silver.mapping_input(m.inputs) i)))$$,
	'{}'::text[], 'what asks whether an option must be stated asks declared tables');
SELECT t.same($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'zoom_silver'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL$$,
	'{}'::text[], 'every function has a comment');
SELECT t.same($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'zoom_silver'::regnamespace AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
	AND p.prokind = 'f' AND NOT coalesce(p.proconfig::text LIKE '%search_path=%', false)$$, '{}'::text[], 'every function of plpgsql has its search_path');

\set sample :samples '/airbyte.sql'
\i :sample
\set sample :samples '/singer.sql'
\i :sample
\set sample :samples '/fivetran.sql'
\i :sample
\set sample :samples '/zendesk.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
CREATE TABLE t.sample AS SELECT * FROM (VALUES ('airbyte', 'raw_zoom'), ('singer', 'tap_zoom'), ('fivetran', 'zoom'), ('zendesk', 'zendesk_fivetran'),
	('zendesk', 'zendesk_airbyte'), ('stripe', 'stripe_fivetran'), ('stripe', 'stripe_airbyte')) AS s (kind, schema_name);
CREATE SCHEMA zoom_user;
CREATE TABLE zoom_user."user" AS TABLE zoom.users;
SELECT t.same($$SELECT m.kind, m.relation, m.shape FROM zoom_silver.mapping() m WHERE NOT EXISTS (
	SELECT FROM (TABLE t.sample UNION ALL VALUES ('fivetran', 'zoom_user')) AS s WHERE s.kind = m.kind AND NOT EXISTS (SELECT FROM zoom_silver.input_problem(s.schema_name, m.inputs)))$$, '{}'::text[], 'each shape of each kind has a sample');
SELECT t.same($$SELECT s.kind, s.schema_name, c.item, c.verdict FROM t.sample s, zoom_silver.check_source(s.kind, s.schema_name) c WHERE c.verdict IN ('missing', 'type')$$,
	'{}'::text[], 'of which check_source finds nothing to be missing');

SELECT FROM t.sample s, zoom_silver.add_source(s.kind, s.schema_name,
	CASE WHEN s.kind IN ('zendesk', 'stripe') THEN '{}' ELSE '{"licensed_plan": "Pro"}' END::jsonb, replace(s.schema_name, '_', '-')) \g /dev/null
CALL t.pull_all();
SELECT t.same($$SELECT n.nspname, c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE d.refclassid = 'pg_class'::regclass AND d.deptype = 'n' AND n.nspname IN (SELECT schema_name FROM t.sample)
		AND NOT EXISTS (SELECT FROM pg_class own WHERE own.oid = d.objid AND own.relnamespace = c.relnamespace)$$, '{}'::text[], 'nothing depends on a connector''s table');
SELECT t.same($$SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'zoom_silver%'$$, '0', 'a pull leaves no table behind');
CALL t.refresh();
SELECT t.healthy('all of them together: gold is right');
SELECT * FROM finish();
