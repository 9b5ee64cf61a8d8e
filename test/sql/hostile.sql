\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Who owns silver need not be trusted by a superuser who refreshes: what silver
-- brings along runs with the rights of the owner of gold_state at most, or not at
-- all.
CALL t.drop_roles('zoom_gold_h_');
CREATE ROLE zoom_gold_h_etl;		-- owns gold, refreshes
CREATE ROLE zoom_gold_h_owner;		-- owns silver
SELECT format('GRANT CREATE, TEMPORARY ON DATABASE %I TO zoom_gold_h_etl, zoom_gold_h_owner', current_database()) \gexec
GRANT USAGE ON SCHEMA zoom_gold TO zoom_gold_h_etl;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO zoom_gold_h_etl;
GRANT SELECT ON ALL TABLES IN SCHEMA zoom_gold TO zoom_gold_h_etl;
SET ROLE zoom_gold_h_etl;
SELECT count(*) FROM zoom_gold.setup() \g /dev/null
RESET ROLE;
CREATE TABLE t.seen (who name, by text);
GRANT USAGE ON SCHEMA t TO PUBLIC;
GRANT INSERT ON t.seen TO PUBLIC;
SELECT format('ALTER TABLE silver.%I OWNER TO zoom_gold_h_owner', table_name) FROM zoom_gold.model_table() WHERE table_schema = 'silver' \gexec
GRANT ALL ON SCHEMA silver TO zoom_gold_h_owner;
SET ROLE zoom_gold_h_owner;
GRANT SELECT, TRIGGER ON ALL TABLES IN SCHEMA silver TO zoom_gold_h_etl;
CREATE SCHEMA zoom_gold_h;
GRANT USAGE ON SCHEMA zoom_gold_h TO PUBLIC;
-- says what it runs as, and tries to become more
CREATE FUNCTION zoom_gold_h.try(by text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	IF current_setting('t.armed', true) IS DISTINCT FROM 'on' THEN
		RETURN true;		-- it would become what this session may be
	END IF;
	FOREACH command IN ARRAY ARRAY[format('INSERT INTO t.seen VALUES (current_user, %L)', by), 'RESET ROLE', 'RESET SESSION AUTHORIZATION',
		'ALTER ROLE zoom_gold_h_owner SUPERUSER', 'SET ROLE postgres', 'CREATE TEMP TABLE own (n integer)',
		'GRANT zoom_gold_h_etl TO zoom_gold_h_owner'] LOOP
		BEGIN
			EXECUTE command;
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
	END LOOP;
	RETURN true;
END
$$;
-- it says that it is harmless
CREATE FUNCTION zoom_gold_h.grab(value text, by text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN zoom_gold_h.try(by); END';
CREATE FUNCTION zoom_gold_h.grab_text(value text, by text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM zoom_gold_h.try(by); RETURN value; END';

-- a view in a relation's place
ALTER TABLE silver.si_webinars RENAME TO webinars;
CREATE VIEW silver.si_webinars AS SELECT webinar_id, host_id, zoom_gold_h.grab_text(webinar_topic, 'a view') AS webinar_topic, start_time, end_time, registrants,
	load_timestamp, update_timestamp, source_system FROM silver.webinars WHERE zoom_gold_h.grab(webinar_id, 'the condition of a view');
GRANT SELECT ON silver.si_webinars TO zoom_gold_h_etl;
-- domains
CREATE DOMAIN zoom_gold_h.topic AS text CHECK (zoom_gold_h.grab(value, 'a domain'));
ALTER TABLE silver.si_meetings ALTER meeting_topic TYPE zoom_gold_h.topic;
-- indexes, constraints and generated columns
CREATE INDEX ON silver.si_meetings (zoom_gold_h.grab_text(host_id, 'an index'));
CREATE INDEX ON silver.si_meetings (host_id) WHERE zoom_gold_h.grab(host_id, 'the predicate of an index');
ALTER TABLE silver.si_meetings ADD CONSTRAINT evil CHECK (zoom_gold_h.grab(host_id, 'a constraint'));
ALTER TABLE silver.si_licenses ADD evil text GENERATED ALWAYS AS (zoom_gold_h.grab_text(license_type, 'a generated column')) STORED;
-- a type with a cast of one's own, in a column that gold has too
CREATE TYPE zoom_gold_h.evil AS ENUM ('one', 'two');
CREATE FUNCTION zoom_gold_h.evil_text(value zoom_gold_h.evil) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM zoom_gold_h.try('a cast'); RETURN 'x'; END $$;
CREATE CAST (zoom_gold_h.evil AS text) WITH FUNCTION zoom_gold_h.evil_text(zoom_gold_h.evil) AS IMPLICIT;
CREATE FUNCTION zoom_gold_h.text_evil(value text) RETURNS zoom_gold_h.evil LANGUAGE plpgsql AS $$ BEGIN PERFORM zoom_gold_h.try('a cast back'); RETURN (enum_range(NULL::zoom_gold_h.evil))[2]; END $$;
CREATE CAST (text AS zoom_gold_h.evil) WITH FUNCTION zoom_gold_h.text_evil(text) AS IMPLICIT;
CREATE FUNCTION zoom_gold_h.evil_json(value zoom_gold_h.evil) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN PERFORM zoom_gold_h.try('a cast to jsonb'); RETURN '1'; END $$;
CREATE CAST (zoom_gold_h.evil AS jsonb) WITH FUNCTION zoom_gold_h.evil_json(zoom_gold_h.evil) AS IMPLICIT;
ALTER TABLE silver.si_users ADD own_evil zoom_gold_h.evil DEFAULT 'one';
-- operators of that type
CREATE FUNCTION zoom_gold_h.same(a zoom_gold_h.evil, b zoom_gold_h.evil) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN zoom_gold_h.try('an operator'); END $$;
CREATE OPERATOR zoom_gold_h.= (FUNCTION = zoom_gold_h.same, LEFTARG = zoom_gold_h.evil, RIGHTARG = zoom_gold_h.evil);
CREATE FUNCTION zoom_gold_h.same(a text, b text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN zoom_gold_h.try('an operator of texts'); END $$;
CREATE OPERATOR silver.= (FUNCTION = zoom_gold_h.same, LEFTARG = text, RIGHTARG = text);
-- a rule and triggers
CREATE RULE evil AS ON UPDATE TO silver.si_meetings DO ALSO SELECT zoom_gold_h.try('a rule');
-- a table with the names that are asked for
CREATE TABLE silver.settings AS SELECT 1 AS nonsense;
CREATE TABLE silver.pg_class AS SELECT 1 AS nonsense;
INSERT INTO silver.si_users (user_id, user_name, load_timestamp, source_system) VALUES ('u1', 'Ana Ruiz', '2024-01-01Z', 'Z'), ('u2', 'Bo Li', '2024-01-01Z', 'Z');
INSERT INTO silver.si_meetings VALUES ('m1', 'u1', 'T', '2024-01-10Z', '2024-01-10 01:00Z', 60, '2024-01-10Z', NULL, 'Z');
INSERT INTO silver.webinars VALUES ('w1', 'u1', 'W', '2024-01-10Z', '2024-01-10 01:00Z', 60, '2024-01-10Z', NULL, 'Z');
INSERT INTO silver.si_licenses VALUES ('l1', 'Pro', 'u1', '2024-01-10', NULL, '2024-01-10Z', NULL, 'Z');
RESET ROLE;
SET ROLE zoom_gold_h_etl;
ALTER TABLE gold.go_dim_user ADD own_evil zoom_gold_h.evil;
RESET ROLE;
CALL t.drop_views();

-- everything that a superuser may call
SET t.armed = on;
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
CALL zoom_gold.refresh_proc(true);
RESET t.armed;
SELECT t.same('SELECT user_name, own_evil::text = ''x'' FROM gold.go_dim_user', ARRAY['Ana Ruiz|true', 'Bo Li|true'], 'gold is filled, as the cast has it');
UPDATE silver.si_users SET own_evil = 'two', update_timestamp = '2024-02-01Z' WHERE user_id = 'u2';
SET t.armed = on;
SELECT count(*) FROM zoom_gold.plan() \g /dev/null
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
SELECT count(*) FROM zoom_gold.refresh(true) \g /dev/null
SELECT count(*) FROM zoom_gold.verify() \g /dev/null
SELECT count(*) FROM zoom_gold.status \g /dev/null
SELECT count(*) FROM zoom_gold.forget_user('u2') \g /dev/null
RESET t.armed;
SELECT t.same('SELECT DISTINCT who FROM t.seen WHERE who <> ''zoom_gold_h_etl''', '{}'::text[], 'nothing of silver''s runs with more rights than those of the owner of gold_state');
SELECT t.same('SELECT DISTINCT by FROM t.seen', ARRAY['a cast', 'a cast back', 'a view', 'the condition of a view'],
	'and of it only what a query on silver itself runs, and the casts of a type that gold was given');
SELECT t.same($$SELECT rolname FROM pg_roles WHERE rolname = 'zoom_gold_h_owner' AND (rolsuper OR pg_has_role(oid, 'zoom_gold_h_etl', 'MEMBER'))$$, '{}'::text[], 'its owner has gained no right');
SELECT t.same($$SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname = 'own'$$, '{}'::text[], 'and left nothing in the session');

-- policies: rows hidden from the owner of gold make the refresh fail, unasked
RESET t.armed;
SET ROLE zoom_gold_h_owner;
ALTER TABLE silver.si_meetings ENABLE ROW LEVEL SECURITY;
CREATE POLICY evil ON silver.si_meetings USING (zoom_gold_h.grab(host_id, 'a policy'));
UPDATE silver.si_meetings SET duration_minutes = 50;
RESET ROLE;
TRUNCATE t.seen;
SET t.armed = on;
SELECT t.same('SELECT details ->> ''sqlstate'' FROM zoom_gold.refresh() WHERE process_name = ''build_fact_meeting_usage''', '42501', 'a policy of silver makes the step fail');
SELECT count(*) FROM t.failure('SELECT * FROM zoom_gold.verify()') \g /dev/null
RESET t.armed;
SELECT t.same('SELECT by FROM t.seen WHERE by = ''a policy''', '{}'::text[], 'and is not asked');
SET client_min_messages = error;
DROP SCHEMA zoom_gold_h CASCADE;
CALL t.drop_roles('zoom_gold_h_');
SELECT * FROM finish();
