\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables of Fivetran's history mode, which have a row per version: each is refused,
-- whatever it is read for; views of the rows that are active are read.
\set sample :samples '/fivetran.sql'
\i :sample
\set sample :samples '/zendesk.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CREATE TABLE t.sample AS SELECT * FROM (VALUES ('fivetran', 'zoom', '{"licensed_plan": "Pro"}'::jsonb), ('zendesk', 'zendesk_fivetran', '{}'), ('stripe', 'stripe_fivetran', '{}')) AS s (kind, schema_name, options);
SELECT FROM t.sample s, zoom_silver.add_source(s.kind, s.schema_name, s.options) \g /dev/null
CALL t.pull_all();
CREATE TABLE t.place AS SELECT l AS line FROM t.silver_places() l WHERE l NOT LIKE 'log%';
CREATE FUNCTION t.refused(kind text, schema_name name, options jsonb, target regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text[];
BEGIN
	EXECUTE format('ALTER TABLE %s ADD _fivetran_active boolean DEFAULT true', target);
	said := ARRAY[(SELECT string_agg(DISTINCT c.verdict, ' ') FROM zoom_silver.check_source(kind, schema_name, options) c WHERE c.item LIKE '%.\_fivetran\_active')];
	BEGIN
		PERFORM FROM zoom_silver.add_source(kind, schema_name, options);
	EXCEPTION WHEN object_not_in_prerequisite_state THEN
		said := said || SQLERRM;
	END;
	said := said || (SELECT string_agg(DISTINCT concat_ws(' ', p.details ->> 'sqlstate', p.details ->> 'error'), '; ') FROM zoom_silver.pull(kind) p WHERE p.status = 'Failure');
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	RETURN array_to_string(said, ' | ');
END
$$;
SELECT t.same(format('SELECT t.refused(%L, %L, %L, %L)', kind, schema_name, options, target),
	format('type | source "%1$s": %2$s is in history mode: it holds what rows were before | 55000 source "%1$s": %2$s is in history mode: it holds what rows were before', kind, target), target::text)
FROM (SELECT DISTINCT s.kind, s.schema_name, s.options, zoom_silver.source_table(s.schema_name, i.table_name) AS target
	FROM t.sample s, zoom_silver.chosen_mapping(s.kind, s.schema_name, s.options) m, zoom_silver.mapping_input(m.inputs) i) AS c WHERE target IS NOT NULL ORDER BY target::text COLLATE "C";
SELECT t.equal($$SELECT l FROM t.silver_places() l WHERE l NOT LIKE 'log%'$$, 'SELECT line FROM t.place', 'nothing is written');

ALTER TABLE zoom.users DROP CONSTRAINT users_pkey, ADD _fivetran_active boolean DEFAULT true;
INSERT INTO zoom.users SELECT id, first_name, 'Former', email, type, dept, plan_united_type, created_at, status, _fivetran_synced, false, false FROM zoom.users;
CREATE SCHEMA active;
CREATE VIEW active.users AS SELECT id, first_name, last_name, email, type, _fivetran_synced FROM zoom.users WHERE _fivetran_active;
SELECT zoom_silver.drop_source('fivetran') \g /dev/null
DELETE FROM silver.si_users;
SELECT * FROM zoom_silver.add_source('fivetran', 'active', '{"licensed_plan": "Pro", "relations": ["si_users"]}') \g /dev/null
SELECT t.same($$SELECT t.pull('fivetran')$$, 'pull_fivetran_si_users Success 2 0 0 0', 'views of what is active');
SELECT t.same('SELECT user_name FROM silver.si_users', ARRAY['Ana Ito', 'Cyrus Day'], 'give the users of now');
SELECT * FROM finish();
