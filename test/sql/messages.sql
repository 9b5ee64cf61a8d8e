\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What is wrong with silver and gold is told in terms of the contract, and the
-- remedy that a hint names is run here and heals.
CREATE SCHEMA raw;
CREATE TABLE t.wrong (case_ text, what text);

------------------------------------------------------------------------------
-- Every column of the contract with other types
------------------------------------------------------------------------------
CREATE FUNCTION t.other_types(wanted text) RETURNS text[] LANGUAGE sql AS $$
	SELECT CASE WHEN wanted = 'timestamptz' THEN '{text,timestamp,date}' WHEN wanted = 'date' THEN '{text,timestamptz,timestamp}'
		WHEN wanted = 'text' THEN '{bigint,uuid}' ELSE '{text,bigint}' END::text[]
$$;
-- A silver table of which one column has another type, with a row in it; or a
-- view of it that gives this column "expression".
CREATE PROCEDURE t.build(relation text, name text, type text) LANGUAGE plpgsql AS $$
BEGIN
	DROP SCHEMA IF EXISTS silver CASCADE;
	CREATE SCHEMA silver;
	EXECUTE (SELECT format('CREATE TABLE silver.%I (%s)', relation, string_agg(format('%I %s', c.column_name,
			CASE WHEN c.column_name = name THEN type ELSE c.data_type END), ', ' ORDER BY c.position))
		FROM zoom_gold.silver_contract() c WHERE c.table_name = relation);
END
$$;
CREATE PROCEDURE t.build_view(relation text, name text, expression text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('DROP VIEW IF EXISTS silver.%I', relation);
	EXECUTE (SELECT format('CREATE VIEW silver.%I AS SELECT %s FROM raw.source', relation, string_agg(CASE WHEN c.column_name = name
			THEN format('%s AS %I', expression, name) ELSE format('%I', c.column_name) END, ', ' ORDER BY c.position))
		FROM zoom_gold.silver_contract() c WHERE c.table_name = relation);
END
$$;
CREATE FUNCTION t.try_type(relation text, name text, wanted text, type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	said record;
	told text := format('column "%s" of relation "silver.%s" has type %s, not %%', name, relation, type::regtype);
	remedy text;
BEGIN
	CALL t.build(relation, name, type);
	SELECT * INTO said FROM t.failure('SELECT zoom_gold.check_silver(''silver'')');
	IF said.message LIKE told IS NOT TRUE THEN
		RETURN NEXT format('table: %s', coalesce(said.message, 'accepted'));
		RETURN;
	END IF;
	remedy := coalesce(substring(said.hint, '(ALTER TABLE .*), or put a view'), '');
	IF remedy = '' THEN
		remedy := format('ALTER TABLE silver.%I ALTER COLUMN %I TYPE %s USING %s', relation, name, wanted, substring(said.hint, '(?:gives|instance) (.*) AS ' || name));
	END IF;
	EXECUTE remedy;
	PERFORM zoom_gold.check_silver('silver');
	-- a view is not told to ALTER TABLE
	CALL t.build(relation, name, type);
	DROP TABLE IF EXISTS raw.source;
	EXECUTE format('ALTER TABLE silver.%I SET SCHEMA raw', relation);
	EXECUTE format('ALTER TABLE raw.%I RENAME TO source', relation);
	CALL t.build_view(relation, name, quote_ident(name));
	SELECT * INTO said FROM t.failure('SELECT zoom_gold.check_silver(''silver'')');
	IF said.message LIKE told IS NOT TRUE OR said.hint ~ 'ALTER TABLE' THEN
		RETURN NEXT format('view: %s %s', said.message, said.hint);
		RETURN;
	END IF;
	CALL t.build_view(relation, name, substring(said.hint, 'give (.*) AS ' || name));
	PERFORM zoom_gold.check_silver('silver');
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT format('%s, hint %s, remedy %s', SQLERRM, said.hint, remedy);
END
$$;
SELECT t.same($$SELECT c.table_name, c.column_name, o.type, w FROM zoom_gold.silver_contract() c
	CROSS JOIN unnest(t.other_types(c.data_type)) AS o (type), LATERAL t.try_type(c.table_name, c.column_name, c.data_type, o.type) w
	WHERE NOT zoom_gold.type_fits(o.type::regtype, -1, c.data_type)$$, '{}'::text[],
	'another type of any column is told in terms of the contract, and the hint heals, of tables and views');
DROP SCHEMA silver, raw CASCADE;
CREATE SCHEMA raw;

------------------------------------------------------------------------------
-- The same at a refresh, when it changes after setup()
------------------------------------------------------------------------------
CALL t.setup();
CALL t.clock('2024-06-01Z');
CREATE FUNCTION t.failures() RETURNS TABLE (said text, hint text) LANGUAGE sql AS $$
	SELECT r.details ->> 'error', r.details ->> 'error_hint' FROM zoom_gold.refresh() r
	WHERE r.status = 'Failure' AND r.process_name <> 'refresh' AND r.details ->> 'error' NOT LIKE 'skipped because %'
$$;
CREATE FUNCTION t.try_refresh(relation text, name text, type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	failure record;
	remedy text;
BEGIN
	BEGIN
		EXECUTE format('ALTER TABLE silver.%I ALTER COLUMN %I TYPE %s USING NULL', relation, name, type);
		FOR failure IN SELECT * FROM t.failures() LOOP
			IF failure.said NOT LIKE format('column "%s" of relation "silver.%s" has type %%', name, relation) THEN
				wrong := wrong || failure.said;
			END IF;
			remedy := substring(failure.hint, '(ALTER TABLE .*), or put a view');
		END LOOP;
		IF remedy IS NOT NULL THEN
			EXECUTE remedy;
			wrong := wrong || ARRAY(SELECT 'not healed: ' || f.said FROM t.failures() f);
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT w FROM unnest(wrong) w;
END
$$;
CALL t.user('1', 'Ana');
CALL t.meeting('1', '1', '2024-02-01 10:00Z');
CALL t.ticket('1', '1', 'Audio', 'Open', '2024-02-01');
CALL t.usage('1', '1', 'Chat', '2024-02-01');
CALL t.refresh();
CALL t.change_user('1', '2024-02-02Z', company => 'Bravo');
SELECT t.same($$SELECT c.table_name, c.column_name, w FROM zoom_gold.silver_contract() c, LATERAL t.try_refresh(c.table_name, c.column_name, 'bigint') w
	WHERE c.data_type = 'text' AND c.column_name ~ '_id$' AND (c.table_name, c.column_name) <> ('si_users', 'user_id')
	   OR c.column_name = 'event_type'$$, '{}'::text[], 'a refresh says the same, or does without');

------------------------------------------------------------------------------
-- Casts in a view that fail
------------------------------------------------------------------------------
DROP SCHEMA gold, gold_state, gold_masked, gold_bi, gold_bi_masked, silver CASCADE;
CREATE SCHEMA silver;
CREATE TABLE raw.source (meeting_id text, host_id text, meeting_topic text, start_time text, end_time text, duration_minutes text,
	load_timestamp timestamptz, update_timestamp timestamptz, source_system text);
CREATE PROCEDURE t.cast_in_view(start_time text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE OR REPLACE VIEW silver.si_meetings AS SELECT meeting_id, host_id, meeting_topic, %s AS start_time,
		end_time::timestamptz AS end_time, duration_minutes::integer AS duration_minutes, load_timestamp, update_timestamp, source_system FROM raw.source', start_time);
END
$$;
CALL t.cast_in_view('start_time::timestamptz');
CALL t.setup();
INSERT INTO raw.source (meeting_id, start_time, load_timestamp) VALUES ('m1', '2024-02-01 10:00Z', '2024-02-01Z'), ('m2', '', '2024-02-01Z');
SELECT t.same('SELECT * FROM t.failures()', 'column "start_time" of relation "silver.si_meetings" cannot be read as timestamptz|The view casts what is none. '
	|| 'Cast safely in it: nullif(btrim(source), '''')::timestamptz where empty texts are in the way, zoom_gold.cast_or_null(source, NULL::timestamptz, -1) where others are.',
	'a cast that fails: the column is named, and a safe cast');
CALL t.cast_in_view('nullif(btrim(start_time), '''')::timestamptz');
SELECT t.same('SELECT * FROM t.failures()', '{}'::text[], 'which heals');
INSERT INTO raw.source (meeting_id, start_time, load_timestamp) VALUES ('m3', 'tomorrow noon or so', '2024-02-02Z'), ('m4', '2024-02-30', '2024-02-02Z');
SELECT matches((SELECT said FROM t.failures() LIMIT 1), 'column "start_time" of relation "silver.si_meetings" cannot be read', 'other texts');
CALL t.cast_in_view('zoom_gold.cast_or_null(start_time, NULL::timestamptz, -1)');
SELECT t.same('SELECT * FROM t.failures()', '{}'::text[], 'as does the other');
SELECT t.errors_are(ARRAY['si_meetings m1 host_missing warning', 'si_meetings m2 start_time_missing error', 'si_meetings m3 start_time_missing error', 'si_meetings m4 start_time_missing error'],
	'and the rows are told of');
UPDATE raw.source SET duration_minutes = '99999999999', load_timestamp = '2024-02-09Z' WHERE meeting_id = 'm1';
SELECT matches((SELECT said FROM t.failures() LIMIT 1), 'column "duration_minutes" of relation "silver.si_meetings" cannot be read as integer', 'another column');
UPDATE raw.source SET duration_minutes = NULL;
SELECT t.same('SELECT * FROM t.failures()', '{}'::text[], 'mended in the source');

------------------------------------------------------------------------------
-- Tables of gold that cannot be written to
------------------------------------------------------------------------------
CREATE TABLE t.refusal (name text, harm text, detail text, remedy text);
CREATE FUNCTION t.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;
INSERT INTO t.refusal VALUES
	('trigger', 'CREATE TRIGGER audit BEFORE INSERT ON gold.go_fact_billing FOR EACH ROW EXECUTE FUNCTION t.nothing()', 'has triggers', NULL),
	('rule', 'CREATE RULE no_insert AS ON DELETE TO gold.go_fact_billing DO ALSO NOTHING', 'has rewrite rules', 'DROP RULE no_insert ON gold.go_fact_billing'),
	('row security', 'ALTER TABLE gold.go_fact_billing ENABLE ROW LEVEL SECURITY', 'has row security', NULL),
	('access method', 'ALTER TABLE gold.go_fact_billing SET ACCESS METHOD other', 'heap access method', NULL),
	('child', 'CREATE TABLE t.child () INHERITS (gold.go_fact_billing)', 'has inheritance children', 'ALTER TABLE t.child NO INHERIT gold.go_fact_billing');
CREATE FUNCTION t.try_refusal(r t.refusal) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	failure record;
BEGIN
	BEGIN
		CALL t.billing('b1', NULL, 'Add-on Purchase', 1, '2024-02-01');
		EXECUTE r.harm;
		SELECT s.details ->> 'error' AS said, s.details ->> 'error_detail' AS detail, s.details ->> 'error_hint' AS hint INTO failure
		FROM zoom_gold.refresh() s WHERE s.process_name = 'build_fact_billing';
		IF failure.said = 'cannot write to table "gold.go_fact_billing"' AND failure.detail LIKE '%' || r.detail || '%' THEN
			EXECUTE coalesce(r.remedy, substring(failure.hint, '^(.*?)(?:\.$|, )'));
			wrong := wrong || ARRAY(SELECT 'not healed: ' || f.said FROM t.failures() f);
		ELSE
			wrong := wrong || concat_ws(' ', 'said', failure.said, failure.detail, failure.hint);
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT w FROM unnest(wrong) w;
END
$$;
SELECT t.same('SELECT r.name, w FROM t.refusal r, LATERAL t.try_refusal(r) w', '{}'::text[], 'the cause is named, and the remedy heals');

------------------------------------------------------------------------------
-- Silver tables that take no trigger, as distributed ones
------------------------------------------------------------------------------
DROP SCHEMA gold, gold_state, gold_masked, gold_bi, gold_bi_masked, silver CASCADE;
CREATE SCHEMA silver;
CREATE TABLE silver.si_users (user_id text, user_name text, email text, company text, plan_type text, load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text);
INSERT INTO silver.si_users VALUES ('u1', 'Ana', 'a@x.example', NULL, 'Free', '2024-01-01Z');
CREATE FUNCTION t.refuse_triggers() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() d WHERE d.object_type = 'trigger' AND d.object_identity LIKE '%on silver.si_users') THEN
		RAISE EXCEPTION 'triggers are not supported on distributed tables' USING ERRCODE = 'internal_error';
	END IF;
END
$$;
CREATE EVENT TRIGGER refuse_triggers ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION t.refuse_triggers();
CREATE TABLE t.said AS SELECT * FROM t.failure('SELECT zoom_gold.setup()');
SELECT t.same('SELECT message, hint FROM t.said', 'table "silver.si_users" takes no trigger|Put a view in its place, whose changes are found by their timestamps: '
	|| 'ALTER TABLE silver.si_users RENAME TO si_users_stored; CREATE VIEW silver.si_users AS SELECT * FROM silver.si_users_stored', 'it is named, with a way out');
DO $$ BEGIN EXECUTE (SELECT substring(hint, '(ALTER TABLE.*)') FROM t.said); END $$;
CALL t.setup();
CALL t.refresh();
SELECT t.same('SELECT user_name FROM gold.go_dim_user', 'Ana', 'that works');
DROP EVENT TRIGGER refuse_triggers;

------------------------------------------------------------------------------
-- Users whom the state has lost
------------------------------------------------------------------------------
INSERT INTO silver.si_users_stored SELECT 'u' || i, 'User ' || i, i || '@x.example', NULL, 'Free', '2024-01-02Z' FROM generate_series(2, 5) i;
CALL t.refresh();
CREATE FUNCTION t.try_lost(lost text, change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	failure record;
BEGIN
	BEGIN
		EXECUTE 'DELETE FROM gold_state.user_identity WHERE ' || lost;
		EXECUTE change;
		SELECT * INTO failure FROM t.failures() LIMIT 1;
		IF failure.hint ~ 'SELECT \* FROM zoom_gold.refresh\(full_refresh => true\)' THEN
			PERFORM * FROM zoom_gold.refresh(full_refresh => true);
			wrong := wrong || ARRAY(SELECT 'not healed: ' || f.said FROM t.failures() f)
				|| ARRAY(SELECT v.check_name || ' ' || v.details FROM zoom_gold.verify() v WHERE NOT v.passed);
		ELSE
			wrong := wrong || concat_ws(' ', 'said', failure.said, failure.hint);
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT w FROM unnest(wrong) w;
END
$$;
SELECT t.same($$SELECT l.lost, c.change, w FROM (VALUES ('user_id = ''u1'''), ('user_id = ''u5'''), ('user_id IN (''u1'', ''u5'')'), ('true')) AS l (lost),
	(VALUES ('UPDATE silver.si_users_stored SET company = ''Bravo'', update_timestamp = ''2024-02-03Z'''),
		('INSERT INTO silver.si_users_stored SELECT user_id, user_name, email, ''Bravo'', plan_type, ''2024-02-03Z'' FROM silver.si_users_stored')) AS c (change),
	LATERAL t.try_lost(l.lost, c.change) w$$, '{}'::text[], 'versions of nobody fail the step, which says what mends it');
SELECT t.healthy('gold is sound at the end');
-- a session that has another access method for new tables
CALL t.drop_views();
DROP TABLE gold.go_agg_mrr;
SET default_table_access_method = other;
SELECT count(*) FROM zoom_gold.setup() \g /dev/null
RESET default_table_access_method;
SELECT is((SELECT a.amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.oid = 'gold.go_agg_mrr'::regclass), 'heap', 'setup() makes tables that can be written to');
SELECT * FROM finish();
