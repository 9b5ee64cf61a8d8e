\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What check_source() advises can be done, and then it says so no more, and the
-- source can be added and pulled.  Of tables one in SHARE.
\set share 3
\getenv share SHARE
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
CALL t.clock('2025-03-03 03:00Z');
CREATE TABLE t.sample AS SELECT * FROM (VALUES ('airbyte', 'raw_zoom'::name, '{"licensed_plan": "Pro"}'::jsonb), ('singer', 'tap_zoom', '{"licensed_plan": "Pro"}'),
	('fivetran', 'zoom', '{"licensed_plan": "Pro"}'), ('zendesk', 'zendesk_fivetran', '{}'), ('zendesk', 'zendesk_airbyte', '{}'),
	('stripe', 'stripe_fivetran', '{}'), ('stripe', 'stripe_airbyte', '{}'), ('webhook', NULL, '{"licensed_plan": "Pro"}'), ('csv', NULL, '{"identity": "email"}')) AS s (kind, schema_name, options);
CREATE FUNCTION t.found(kind text, schema_name name, options jsonb) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws('|', c.relation, c.item, c.verdict, c.advice) FROM zoom_silver.check_source(kind, schema_name, options) c
	WHERE c.verdict NOT IN ('ok', 'empty') AND c.item <> 'argument time_zone'
$$;
SELECT t.same('SELECT s.kind, f FROM t.sample s CROSS JOIN LATERAL t.found(s.kind, s.schema_name, s.options) f', '{}'::text[], 'nothing is found in the samples');

-- a schema given as any other kind: it is read as well, or told what it looks like
CREATE FUNCTION t.taken_for(schema_name name, kind text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	hint := (SELECT coalesce(max(substring(a.action, '^left out: .*?\. (.*)$')), 'read as it is')
		FROM zoom_silver.add_source(kind, schema_name, CASE WHEN kind IN ('airbyte', 'singer', 'fivetran') THEN '{"licensed_plan": "Pro"}' ELSE '{}' END::jsonb, 'one') a);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION
	WHEN SQLSTATE 'ZZ001' THEN
		RETURN hint;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
		RETURN rtrim(hint, '.');
END
$$;
SELECT t.same($$SELECT s.schema_name, k.kind, w.said FROM t.sample s JOIN (SELECT DISTINCT kind FROM t.sample WHERE schema_name IS NOT NULL) AS k ON k.kind <> s.kind
	CROSS JOIN LATERAL (SELECT t.taken_for(s.schema_name, k.kind)) AS w (said)
	WHERE s.schema_name IS NOT NULL AND w.said <> format('Schema "%s" looks like one of kind %s: name that kind', s.schema_name, s.kind)$$,
	'raw_zoom|singer|read as it is', 'a schema of any kind that is given as another one: it is named');
SELECT t.same($$SELECT s.schema_name, k.kind, c.verdict, c.advice FROM t.sample s JOIN (SELECT DISTINCT kind FROM t.sample WHERE schema_name IS NOT NULL) AS k ON k.kind <> s.kind
	CROSS JOIN LATERAL zoom_silver.check_source(k.kind, s.schema_name) c
	WHERE s.schema_name IS NOT NULL AND c.verdict = 'missing' AND c.advice NOT LIKE '%looks like one of kind ' || s.kind || ': name that kind.'$$,
	'{}'::text[], 'by check_source as well');


-- A schema with a view of each table, of which one is made by a query of its own.
CREATE FUNCTION t.views(schema_name name, target regclass, query text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	CREATE SCHEMA views;
	FOR command IN SELECT format('CREATE VIEW views.%I AS %s', c.relname, CASE c.oid WHEN target THEN query ELSE 'SELECT * FROM ' || c.oid::regclass END)
		FROM pg_class c WHERE c.relnamespace = schema_name::regnamespace AND c.relkind = 'r' LOOP
		EXECUTE command;
	END LOOP;
END
$$;
-- What is said after some damage, where something is and the advice does not help.
-- What it says to run is run; else remedy is what a reader of it does.  Relations
-- that are to be left out are.
CREATE FUNCTION t.advised(sample t.sample, damage text, remedy text DEFAULT NULL, wanted text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	said text[];
	left_out text[];
	to_run text;
BEGIN
	EXECUTE damage;
	said := ARRAY(SELECT t.found(sample.kind, sample.schema_name, sample.options));
	IF said = '{}' OR NOT array_to_string(said, E'\n') ~ wanted THEN
		RETURN NEXT 'not found: ' || array_to_string(said, E'\n');
	END IF;
	to_run := (SELECT string_agg(coalesce(substring(s, '(SELECT \* FROM zoom_gold\.setup\(\))'), substring(s, 'in its place: (.*)(?=; then run)') || '; SELECT FROM zoom_gold.setup()'), '; ') FROM unnest(said) s);
	left_out := ARRAY(SELECT DISTINCT substring(s, 'Leave (\w+) out with') FROM unnest(said) s WHERE s ~ 'Leave \w+ out with');
	sample.options := sample.options || coalesce((SELECT jsonb_object_agg(o.key, o.value) FROM unnest(said) s, jsonb_each(substring(s, '\{".*\}')::jsonb) o), '{}')
		|| CASE WHEN left_out = '{}' THEN '{}' ELSE jsonb_build_object('relations', (SELECT jsonb_agg(DISTINCT m.relation) FROM zoom_silver.mapping() m
			WHERE m.kind = sample.kind AND m.relation <> ALL (left_out))) END;
	EXECUTE coalesce(to_run, remedy, 'SELECT');
	IF to_regnamespace('views') IS NOT NULL THEN
		sample.schema_name := 'views';
	END IF;
	RETURN QUERY SELECT 'still: ' || f FROM t.found(sample.kind, sample.schema_name, sample.options) f;
	BEGIN
		PERFORM FROM zoom_silver.add_source(sample.kind, sample.schema_name, sample.options, CASE WHEN sample.kind <> 'csv' THEN 'one' END);
		RETURN QUERY SELECT 'pull: ' || p FROM t.pull() p WHERE p LIKE '% Failure %';
	EXCEPTION WHEN OTHERS THEN
		RETURN NEXT 'add_source: ' || SQLERRM;
	END;
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	RETURN;
END
$$;
CREATE TABLE t.share AS SELECT :share AS n;
CREATE TABLE t.input AS SELECT DISTINCT s.kind, s.schema_name, zoom_silver.source_table(s.schema_name, i.table_name) AS target, i.column_name, i.nature, i.column_required, i.table_required
FROM t.sample s, zoom_silver.chosen_mapping(s.kind, s.schema_name, s.options) m, zoom_silver.mapping_input(m.inputs) i WHERE m.lacking IS NULL
	AND i.column_name IN (SELECT c.column_name FROM zoom_silver.table_column(zoom_silver.source_table(s.schema_name, i.table_name)) c);
SELECT t.same($$SELECT s.kind, r, a FROM t.sample s CROSS JOIN LATERAL (SELECT max(m.relation) FROM zoom_silver.source_catalog m WHERE m.kind = s.kind) AS m (r)
	CROSS JOIN LATERAL t.advised(s, 'DROP TABLE silver.' || r) a$$, '{}'::text[], 'relations of silver that are missing');
SELECT t.same($$SELECT s.kind, r, a FROM t.sample s CROSS JOIN LATERAL (SELECT min(m.relation) FROM zoom_silver.source_catalog m WHERE m.kind = s.kind) AS m (r)
	CROSS JOIN LATERAL t.advised(s, format('ALTER TABLE silver.%1$I RENAME TO away; CREATE VIEW silver.%1$I AS SELECT * FROM silver.away', r)) a$$, '{}'::text[], 'relations of silver that are no tables');
CREATE FUNCTION t.has_turn(target regclass) RETURNS boolean LANGUAGE sql RETURN abs(hashtextextended(target::text, 0)) % (SELECT n FROM t.share) = 0;
-- one column of each table, and one of each nature
SELECT t.same($$SELECT i.target, i.column_name, a FROM t.sample s JOIN (SELECT DISTINCT ON (i.target) * FROM t.input i WHERE i.column_required AND t.has_turn(i.target) ORDER BY i.target, i.column_name COLLATE "C" DESC) AS i USING (kind, schema_name)
	CROSS JOIN LATERAL t.advised(s, format('ALTER TABLE %s RENAME %I TO "Away"', i.target, i.column_name),
		format($v$SELECT t.views(%L, %L, 'SELECT *, "Away" AS %I FROM %s')$v$, s.schema_name, i.target, i.column_name, i.target), 'lacks "') a$$, '{}'::text[], 'columns that are missing');
SELECT t.same($$SELECT i.target, i.column_name, a FROM t.sample s JOIN (SELECT DISTINCT ON (i.kind, i.nature, i.column_required) * FROM t.input i ORDER BY i.kind, i.nature, i.column_required, i.target, i.column_name COLLATE "C") AS i USING (kind, schema_name)
	CROSS JOIN LATERAL t.advised(s, format('ALTER TABLE %s ADD "Away" bytea, DROP %I CASCADE; ALTER TABLE %1$s RENAME "Away" TO %2$I', i.target, i.column_name),
		format($v$SELECT t.views(%L, %L, (SELECT format('SELECT %%s, NULL::text AS %%I FROM %%s', string_agg(quote_ident(a.attname), ', '), %L, %2$L) FROM pg_attribute a
			WHERE a.attrelid = %2$L::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> %3$L))$v$, s.schema_name, i.target, i.column_name), 'bytea') a$$, '{}'::text[], 'columns of a type that cannot be read');
SELECT t.same($$SELECT DISTINCT i.target, a FROM (SELECT DISTINCT ON (kind) kind, schema_name, target FROM t.input WHERE kind IN ('fivetran', 'zendesk', 'stripe') ORDER BY kind, schema_name COLLATE "C" DESC, target) AS i JOIN t.sample s USING (kind, schema_name)
	CROSS JOIN LATERAL t.advised(s, format('ALTER TABLE %s ADD _fivetran_active boolean DEFAULT true', i.target),
		format($v$SELECT t.views(%L, %L, (SELECT format('SELECT %%s FROM %%s WHERE _fivetran_active', string_agg(quote_ident(a.attname), ', '), %2$L) FROM pg_attribute a
			WHERE a.attrelid = %2$L::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> '_fivetran_active'))$v$, s.schema_name, i.target), 'history mode') a$$,
	'{}'::text[], 'tables in history mode');
SELECT t.same($$SELECT DISTINCT i.target, a FROM (SELECT DISTINCT kind, schema_name, target FROM t.input WHERE table_required AND t.has_turn(target)) AS i JOIN t.sample s USING (kind, schema_name)
	CROSS JOIN LATERAL t.advised(s, format('ALTER TABLE %s SET SCHEMA t', i.target), format('ALTER TABLE t.%I SET SCHEMA %I', (SELECT relname FROM pg_class WHERE oid = i.target), s.schema_name), 'Have the connector sync it') a$$,
	'{}'::text[], 'tables that are missing');
SELECT t.same($$SELECT s.kind, d.damage, a FROM t.sample s JOIN (VALUES ('airbyte', 'SELECT'), ('singer', 'SELECT'), ('fivetran', 'SELECT'), ('webhook', 'SELECT'), ('csv', 'SELECT'),
	('stripe', 'UPDATE stripe_fivetran.refund SET currency = ''eur''; UPDATE stripe_airbyte.refunds SET currency = ''eur''')) AS d (kind, damage) USING (kind)
	CROSS JOIN LATERAL t.advised((s.kind, s.schema_name, '{}')::t.sample, d.damage, NULL, 'option ') a$$, '{}'::text[], 'what must be stated');

-- a query of one's own for what was left out
ALTER TABLE raw_zoom.users RENAME display_name TO name;
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"relations": ["si_meetings", "si_participants", "si_webinars"]}') \g /dev/null
INSERT INTO zoom_silver_state.source_query (source, relation, deletes, query)
SELECT 'airbyte', relation, 'mirror', replace(replace(query, 'display_name', 'name'), '{licensed_plan}', '''Pro''') FROM zoom_silver.source_catalog WHERE kind = 'airbyte' AND relation = 'si_users';
SELECT t.same('SELECT p.status FROM zoom_silver.pull() p', ARRAY['Success', 'Success', 'Success', 'Success'], 'another column is read');
SELECT t.same('SELECT count(*) > 0 AND bool_and(s.user_name = u.name) FROM silver.si_users s JOIN raw_zoom.users u ON u.id = s.user_id WHERE u.name <> ''''', 'true', 'by a query of one''s own');

-- a table that may not be read
CREATE ROLE zoom_gold_test_reader;
GRANT USAGE ON SCHEMA t, zoom_silver, zoom_gold, silver, gold_state, tap_zoom TO zoom_gold_test_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA silver, gold_state, tap_zoom TO zoom_gold_test_reader;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA t, zoom_silver, zoom_gold TO zoom_gold_test_reader;
REVOKE SELECT ON tap_zoom.users FROM zoom_gold_test_reader;
SET ROLE zoom_gold_test_reader;
SELECT string_agg(substring(f, 'GRANT [^.]*\.[^.]*'), ';') AS remedy FROM t.found('singer', 'tap_zoom', '{"licensed_plan": "Pro"}') f \gset
RESET ROLE;
SELECT is(:'remedy'::text, 'GRANT SELECT ON tap_zoom.users TO zoom_gold_test_reader', 'who may not read a table is told what its owner is to do');
:remedy;
SET ROLE zoom_gold_test_reader;
SELECT count(*) AS left_over FROM t.found('singer', 'tap_zoom', '{"licensed_plan": "Pro"}') \gset
RESET ROLE;
SELECT is(:'left_over'::text, '0', 'and then may');
DROP OWNED BY zoom_gold_test_reader;
DROP ROLE zoom_gold_test_reader;
SELECT * FROM finish();
