\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Who may do what, and what those try who may not.
CALL t.drop_roles('zoom_gold_p_');
CREATE ROLE zoom_gold_p_etl;		-- owns gold, runs refreshes
CREATE ROLE zoom_gold_p_job;		-- a member of it
CREATE ROLE zoom_gold_p_writer;		-- fills silver
CREATE ROLE zoom_gold_p_author;		-- edits quality rules
CREATE ROLE zoom_gold_p_bi;			-- reads without PII
CREATE ROLE zoom_gold_p_finance;	-- reads with PII
CREATE ROLE zoom_gold_p_hand;		-- was let read by hand
CREATE ROLE zoom_gold_p_evil;		-- may create what it likes in public
GRANT zoom_gold_p_etl TO zoom_gold_p_job;
GRANT CREATE, USAGE ON SCHEMA public TO zoom_gold_p_evil;
GRANT USAGE ON SCHEMA t, tap TO PUBLIC;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA t, tap TO PUBLIC;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA pg_temp TO PUBLIC;
CREATE FUNCTION t.try(role text, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE command;
	RESET ROLE;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

-- nothing is open to PUBLIC, nothing runs with the rights of who made it
SELECT t.same($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'zoom_gold'::regnamespace
	AND (p.prosecdef OR p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner))$$, '{zoom_gold.user_ordinals(bytea)}'::text[],
	'no function is open to others than the owner but one that views call, none is SECURITY DEFINER');
SELECT t.same($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'zoom_gold'::regnamespace
	AND EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner)$$, '{}'::text[], 'no view is');
SELECT t.same($$SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
	WHERE p.pronamespace = 'zoom_gold'::regnamespace AND p.prokind = 'f' AND l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL
	AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search\_path=pg\_catalog, pg\_temp%')$$, '{}'::text[],
	'every function has its search_path pinned, or its names resolved when it was made');

-- default privileges give nobody a way in
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO zoom_gold_p_evil;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO zoom_gold_p_evil;
CALL t.setup();
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM zoom_gold_p_evil;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM zoom_gold_p_evil;
SELECT t.same($$SELECT n.nspname FROM pg_namespace n WHERE n.nspname LIKE 'gold%' AND EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee <> n.nspowner)
	UNION ALL SELECT c.relname FROM pg_class c WHERE c.relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace)
		AND c.relkind = 'r' AND EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner)$$, '{}'::text[], 'default privileges open neither gold nor its state');

-- setup and refresh by an owner who is no superuser
DROP SCHEMA gold, gold_state, gold_masked, gold_bi, gold_bi_masked, silver CASCADE;
SELECT format('GRANT CREATE ON DATABASE %I TO zoom_gold_p_etl', current_database()) \gexec
GRANT USAGE ON SCHEMA zoom_gold TO zoom_gold_p_etl;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO zoom_gold_p_etl;
GRANT SELECT ON ALL TABLES IN SCHEMA zoom_gold TO zoom_gold_p_etl;
-- silver is there, and another's: each hint is followed
CREATE SCHEMA silver;
CREATE FUNCTION t.refused() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	remedy text;
BEGIN
	SET LOCAL ROLE zoom_gold_p_etl;
	SELECT f.message, f.hint INTO said, remedy FROM t.failure('SELECT * FROM zoom_gold.setup()') f;
	RESET ROLE;
	EXECUTE rtrim(split_part(remedy, ': ', 2), '.');
	RETURN concat_ws('|', said, remedy);
END
$$;
SELECT is(t.refused(), format('permission denied for schema "silver"|As the owner of the schema: GRANT %s ON SCHEMA silver TO zoom_gold_p_etl.', privilege), 'a silver schema without ' || privilege)
FROM unnest('{USAGE,CREATE}'::text[]) AS privilege;
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT is(t.try('zoom_gold_p_etl', 'SELECT * FROM zoom_gold.setup()'), 'done', 'an owner who is no superuser sets up');
SELECT is(t.try('zoom_gold_p_etl', 'SELECT * FROM zoom_gold.setup()'), 'done', 'and again, without the right to make temporary tables');
SELECT format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()) \gexec
GRANT USAGE ON SCHEMA silver TO zoom_gold_p_writer;
GRANT INSERT, UPDATE, DELETE, SELECT, TRUNCATE ON ALL TABLES IN SCHEMA silver TO zoom_gold_p_writer;
SELECT is(t.try('zoom_gold_p_writer', c), 'done', 'a writer without rights on gold_state: ' || left(c, 30)) FROM unnest(ARRAY[
	$$CALL t.user('u1', 'Ana Kowalska', email => 'ana@x.example')$$, $$CALL t.user('u2', 'Bo', email => 'bo@x.example')$$,
	$$CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z')$$, $$CALL t.billing('b1', 'u1', 'Refund', 10, '2024-01-10')$$,
	$$UPDATE silver.si_meetings SET meeting_topic = 'Other'$$, $$DELETE FROM silver.si_billing_events$$, $$TRUNCATE silver.si_billing_events$$,
	$$CALL t.billing('b1', 'u1', 'Refund', 12, '2024-01-10')$$]) AS c;
SELECT t.same('SELECT count(*) > 0 FROM gold_state.slice_change', 'true', 'and is captured');
SELECT is(t.try('zoom_gold_p_etl', 'SELECT * FROM zoom_gold.refresh()'), 'done', 'the owner refreshes');
SELECT is(t.try('zoom_gold_p_job', 'SELECT * FROM zoom_gold.refresh()'), 'done', 'so does a member of the owner');
SELECT is(t.try('zoom_gold_p_job', c), 'done', 'and calls ' || c) FROM unnest(ARRAY['SELECT * FROM zoom_gold.plan()', 'SELECT * FROM zoom_gold.verify()', 'TABLE zoom_gold.status',
	'SELECT zoom_gold.invalidate(''si_meetings'')', 'SELECT * FROM zoom_gold.run_step(''merge_dim_user'')']) AS c;
SET ROLE zoom_gold_p_job;
CALL zoom_gold.refresh_proc();
RESET ROLE;
SELECT t.same('SELECT status, count(*) FROM gold_state.run WHERE status <> ''Success'' GROUP BY 1', '{}'::text[], 'and refresh_proc()');
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage', 'Ana Kowalska|Other', 'gold is right');
SELECT t.same('SELECT * FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'so says verify()');

-- others fail clearly
SELECT is(t.try('zoom_gold_p_evil', c), '42501 permission denied for schema zoom_gold', 'without a grant: ' || c) FROM unnest(ARRAY[
	'SELECT * FROM zoom_gold.refresh()', 'CALL zoom_gold.refresh_proc()', 'SELECT zoom_gold.forget_user(''u1'')', 'SELECT * FROM zoom_gold.setup()',
	'SELECT * FROM zoom_gold.verify()', 'TABLE zoom_gold.status']) AS c;
GRANT USAGE ON SCHEMA zoom_gold TO zoom_gold_p_author;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO zoom_gold_p_author;
SELECT is(t.try('zoom_gold_p_author', c), '42501 must have the rights of role "zoom_gold_p_etl"', 'with a grant, but not the owner: ' || c) FROM unnest(ARRAY[
	'SELECT * FROM zoom_gold.refresh()', 'SELECT * FROM zoom_gold.plan()', 'SELECT * FROM zoom_gold.run_step(''merge_dim_user'')',
	'SELECT * FROM zoom_gold.verify()', 'SELECT zoom_gold.forget_user(''u1'')']) AS c;
SELECT matches(t.try('zoom_gold_p_author', c), '^42501 ', 'not with the tables'' rights either: ' || c) FROM unnest(ARRAY['SELECT zoom_gold.invalidate(''si_meetings'')',
	'SELECT zoom_gold.confirm_deletes(''si_users'')', 'SELECT * FROM zoom_gold.setup()', 'SELECT zoom_gold.log_run(1, ''Success'', NULL)', 'SELECT zoom_gold.grant_read(''zoom_gold_p_author'', true)',
	'SELECT * FROM zoom_gold.forget_user_work(''u1'')', 'SELECT * FROM zoom_gold.verify_work()']) AS c;
SELECT t.same('SELECT count(*) FROM gold_state.user_identity WHERE forgotten', '0', 'nobody was forgotten');

-- an author of rules gains nothing by a superuser's refresh
GRANT USAGE ON SCHEMA gold_state, gold, silver TO zoom_gold_p_author;
GRANT SELECT, INSERT ON gold_state.quality_rule, gold_state.dirty TO zoom_gold_p_author;
GRANT SELECT ON gold_state.settings, gold_state.relation_state TO zoom_gold_p_author;
GRANT SELECT ON ALL TABLES IN SCHEMA silver TO zoom_gold_p_author;
SELECT format('GRANT CREATE, TEMPORARY ON DATABASE %I TO zoom_gold_p_author', current_database()) \gexec
CREATE SCHEMA zoom_gold_p AUTHORIZATION zoom_gold_p_author;
GRANT USAGE ON SCHEMA zoom_gold_p TO PUBLIC;
CREATE TABLE t.seen (who name, session name);
GRANT INSERT ON t.seen TO PUBLIC;
SET ROLE zoom_gold_p_author;
CREATE FUNCTION zoom_gold_p.grab_really() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	BEGIN
		EXECUTE 'INSERT INTO t.seen VALUES (current_user, session_user)';
	EXCEPTION WHEN OTHERS THEN NULL;
	END;
	BEGIN
		EXECUTE 'RESET ROLE';
		EXECUTE 'RESET SESSION AUTHORIZATION';
		EXECUTE 'ALTER ROLE zoom_gold_p_author SUPERUSER';
	EXCEPTION WHEN OTHERS THEN NULL;
	END;
	BEGIN
		EXECUTE 'ALTER ROLE zoom_gold_p_author SUPERUSER';
	EXCEPTION WHEN OTHERS THEN NULL;
	END;
	RETURN false;
END
$$;
-- says that it is harmless
CREATE FUNCTION zoom_gold_p.grab(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN zoom_gold_p.grab_really();
END
$$;
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('grab', 'si_meetings', 'zoom_gold_p.grab(meeting_topic)'), ('grab', 'si_users', 'zoom_gold_p.grab(user_name)');
RESET ROLE;
UPDATE silver.si_users SET company = 'Other', update_timestamp = '2024-02-01Z';
UPDATE silver.si_meetings SET meeting_topic = 'Changed';
SELECT count(*) FROM zoom_gold.plan() \g /dev/null
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
SELECT count(*) FROM zoom_gold.verify() \g /dev/null
SELECT count(*) FROM zoom_gold.refresh(true) \g /dev/null
CALL zoom_gold.refresh_proc(true);
SELECT count(*) FROM zoom_gold.forget_user('u2') \g /dev/null
SELECT t.same($$SELECT rolsuper FROM pg_roles WHERE rolname = 'zoom_gold_p_author'$$, 'false', 'a rule''s function does not become superuser by a superuser''s refresh');
SELECT t.same('SELECT DISTINCT who FROM t.seen', 'zoom_gold_p_etl', 'it runs with the rights of the owner of gold_state');
DELETE FROM gold_state.quality_rule WHERE rule_name = 'grab';

-- the owner of gold_state gains nothing by what others call
SELECT is(t.try('postgres', 'SELECT * FROM zoom_gold.setup()'), '42501 schema "gold" belongs to role "zoom_gold_p_etl"', 'a superuser does not set up in schemas of somebody who is none');
SET ROLE zoom_gold_p_etl;
CREATE SCHEMA zoom_gold_p_etl;
GRANT USAGE ON SCHEMA zoom_gold_p_etl TO PUBLIC;
CREATE FUNCTION zoom_gold_p_etl.grab() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		EXECUTE 'INSERT INTO t.seen VALUES (current_user, session_user)';
	EXCEPTION WHEN OTHERS THEN NULL;
	END;
	RETURN true;
END
$$;
ALTER TABLE gold_state.ticket_change RENAME TO ticket_change_kept;
CREATE VIEW gold_state.ticket_change AS SELECT * FROM gold_state.ticket_change_kept WHERE zoom_gold_p_etl.grab();
ALTER TABLE gold_state.day_partial RENAME TO day_partial_kept;
CREATE VIEW gold_state.day_partial AS SELECT * FROM gold_state.day_partial_kept WHERE zoom_gold_p_etl.grab();
INSERT INTO gold_state.ticket_change_kept DEFAULT VALUES;
CREATE FUNCTION zoom_gold_p_etl.grab_by_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM zoom_gold_p_etl.grab(); RETURN NULL; END';
CREATE TRIGGER grab AFTER INSERT OR UPDATE ON gold_state.run FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold_p_etl.grab_by_trigger();
CREATE TRIGGER grab AFTER INSERT OR UPDATE ON gold_state.dirty FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold_p_etl.grab_by_trigger();
CREATE TRIGGER grab AFTER INSERT OR UPDATE ON gold_state.relation_state FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold_p_etl.grab_by_trigger();
RESET ROLE;
TRUNCATE t.seen;
SELECT count(*) FROM zoom_gold.status \g /dev/null
SELECT zoom_gold.active_users('2024-01-01', '2024-12-31') \g /dev/null
SELECT count(*) FROM zoom_gold.rolling_active_users('2024-01-01', '2024-01-31', 7) \g /dev/null
SELECT t.same('SELECT DISTINCT who FROM t.seen', 'zoom_gold_p_etl', 'status and active_users() run with the rights of the owner of gold_state');
TRUNCATE t.seen;
SELECT t.try('postgres', c) FROM unnest(ARRAY['SELECT zoom_gold.invalidate(''si_meetings'')', 'SELECT zoom_gold.confirm_deletes(''si_users'')', 'SELECT zoom_gold.begin_run()',
	'SELECT zoom_gold.end_run(0, ''Success'')', 'SELECT zoom_gold.log_cut_off_runs(true)', 'SELECT * FROM zoom_gold.refresh()']) AS c \g /dev/null
SELECT t.same('SELECT DISTINCT who FROM t.seen', 'zoom_gold_p_etl', 'so does what steers and notes a refresh');
DROP TRIGGER grab ON gold_state.run;
DROP TRIGGER grab ON gold_state.dirty;
DROP TRIGGER grab ON gold_state.relation_state;
DROP VIEW gold_state.ticket_change, gold_state.day_partial;
ALTER TABLE gold_state.ticket_change_kept RENAME TO ticket_change;
ALTER TABLE gold_state.day_partial_kept RENAME TO day_partial;
DELETE FROM gold_state.ticket_change;

-- objects of the same name, in public and before it
GRANT CREATE, USAGE ON SCHEMA public TO zoom_gold_p_evil;
SELECT format('GRANT TEMPORARY, CREATE ON DATABASE %I TO zoom_gold_p_evil', current_database()) \gexec
SET ROLE zoom_gold_p_evil;
CREATE SCHEMA zoom_gold_p_evil;
GRANT USAGE ON SCHEMA zoom_gold_p_evil TO PUBLIC;
CREATE FUNCTION zoom_gold_p_evil.seen() RETURNS boolean LANGUAGE sql AS 'INSERT INTO t.seen VALUES (current_user, session_user); SELECT true';
CREATE FUNCTION zoom_gold_p_evil.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT zoom_gold_p_evil.seen()';
CREATE OPERATOR zoom_gold_p_evil.= (FUNCTION = zoom_gold_p_evil.same, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR public.= (FUNCTION = zoom_gold_p_evil.same, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION zoom_gold_p_evil.joined(text, text) RETURNS text LANGUAGE sql AS 'SELECT zoom_gold_p_evil.seen()::text';
CREATE OPERATOR zoom_gold_p_evil.|| (FUNCTION = zoom_gold_p_evil.joined, LEFTARG = text, RIGHTARG = text);
RESET ROLE;
CREATE FUNCTION zoom_gold_p_evil.format(text, VARIADIC "any") RETURNS text LANGUAGE internal IMMUTABLE AS 'text_format_nv';
CREATE FUNCTION zoom_gold_p_evil.lower(text) RETURNS text LANGUAGE sql AS 'SELECT zoom_gold_p_evil.seen()::text';
CREATE FUNCTION zoom_gold_p_evil.coalesce(text, text) RETURNS text LANGUAGE sql AS 'SELECT zoom_gold_p_evil.seen()::text';
CREATE FUNCTION zoom_gold_p_evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT zoom_gold_p_evil.seen(); SELECT NULL::timestamptz';
CREATE FUNCTION zoom_gold_p_evil.row_number() RETURNS bigint LANGUAGE sql AS 'SELECT zoom_gold_p_evil.seen(); SELECT 1::bigint';
CREATE DOMAIN zoom_gold_p_evil.text AS integer CHECK (zoom_gold_p_evil.seen());
CREATE DOMAIN zoom_gold_p_evil.regclass AS integer;
CREATE TABLE zoom_gold_p_evil.pg_class AS SELECT 1 AS nonsense;
CREATE TABLE zoom_gold_p_evil.pg_trigger AS SELECT 1 AS nonsense;
CREATE TEMP TABLE pg_class AS SELECT 1 AS nonsense;
CREATE TEMP TABLE pg_namespace AS SELECT 1 AS nonsense;
CREATE DOMAIN pg_temp.text AS integer;
CREATE DOMAIN pg_temp.regclass AS integer;
CREATE TEMP TABLE settings AS SELECT 1 AS nonsense;
TRUNCATE t.seen;
UPDATE silver.si_users SET company = 'Third', update_timestamp = '2024-03-01Z' WHERE user_id = 'u1';
SET search_path = zoom_gold_p_evil, pg_catalog, pg_temp;
INSERT INTO silver.si_meetings VALUES ('m9', 'u1', 'Nine', '2024-01-12Z', '2024-01-12 01:00Z', 60, '2024-01-12Z', NULL, 'ZOOM');
INSERT INTO silver.si_users VALUES ('u9', 'Ni', 'ni@x.example', 'Acme', 'Free', '2024-01-12Z', NULL, 'ZOOM');
SET ROLE zoom_gold_p_etl;
SELECT pg_catalog.count(*) FROM zoom_gold.setup() \g /dev/null
RESET ROLE;
SELECT pg_catalog.count(*) FROM zoom_gold.plan() \g /dev/null
SELECT pg_catalog.count(*) FROM zoom_gold.refresh() \g /dev/null
CALL zoom_gold.refresh_proc();
SELECT pg_catalog.count(*) FROM zoom_gold.verify() \g /dev/null
SELECT pg_catalog.count(*) FROM zoom_gold.status \g /dev/null
SELECT pg_catalog.count(*) FROM zoom_gold.data_dictionary \g /dev/null
SELECT pg_catalog.count(*) FROM zoom_gold.user_as_of('2024-06-01Z') \g /dev/null
SELECT zoom_gold.active_users('2024-01-01', '2024-12-31') \g /dev/null
SELECT zoom_gold.invalidate('si_meetings') \g /dev/null
SELECT zoom_gold.grant_read('zoom_gold_p_bi') \g /dev/null
SELECT zoom_gold.grant_read('zoom_gold_p_finance', true) \g /dev/null
SELECT pg_catalog.count(*) FROM gold_masked.go_fact_meeting_usage \g /dev/null
UPDATE gold_state.settings SET value = '30' WHERE name OPERATOR(pg_catalog.=) 'delete_guard_percent';
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('lower', 'si_meetings', 'lower(meeting_topic) = ''evil''');
SELECT pg_catalog.count(*) FROM zoom_gold.refresh() \g /dev/null
SET search_path = tap, public;
DROP TABLE pg_temp.pg_class, pg_temp.pg_namespace, pg_temp.settings;
DROP DOMAIN pg_temp.text, pg_temp.regclass;
SELECT t.same('TABLE t.seen', '{}'::text[], 'nobody''s operator, function, type or table of the same name is used');
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Ana Kowalska|Changed', 'Ana Kowalska|Nine'], 'and everything worked');
SELECT t.healthy('all is consistent');
DROP OPERATOR public.= (text, text);

-- row security on silver hides rows, it does not delete them
CREATE SCHEMA silver_owner;
ALTER TABLE silver.si_meetings OWNER TO zoom_gold_p_writer;
ALTER TABLE silver.si_meetings ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON silver.si_meetings FOR SELECT USING (meeting_id = 'm9');
GRANT SELECT ON silver.si_meetings TO zoom_gold_p_etl;
SELECT t.same($$SELECT process_name, details ->> 'sqlstate' FROM zoom_gold.refresh(true) WHERE status = 'Failure' AND process_name = 'build_fact_meeting_usage'$$,
	'build_fact_meeting_usage|42501', 'a refresh that a policy would hide rows from fails in that step');
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Ana Kowalska|Changed', 'Ana Kowalska|Nine'], 'and deletes nothing');
CREATE POLICY all_of_it ON silver.si_meetings FOR ALL TO zoom_gold_p_writer USING (true);
SELECT is(t.try('zoom_gold_p_writer', $$CALL t.meeting('m10', 'u1', '2024-01-14 10:00Z')$$), 'done', 'writers under row security are captured');
ALTER TABLE silver.si_meetings DISABLE ROW LEVEL SECURITY;
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '3', 'without it all is read');

-- readers
SELECT t.same($$SELECT count(*) FROM zoom_gold.data_dictionary d WHERE NOT has_table_privilege('zoom_gold_p_finance', 'gold.' || d.table_name, 'SELECT')
	OR has_table_privilege('zoom_gold_p_finance', 'gold.' || d.table_name, 'INSERT, UPDATE, DELETE, TRUNCATE')$$, '0', 'with PII a role reads all of gold and writes nothing');
SELECT is(t.try('zoom_gold_p_finance', c), 'done', 'with PII: ' || c) FROM unnest(ARRAY['SELECT * FROM gold.go_dim_user', 'SELECT * FROM zoom_gold.user_as_of(now())',
	'TABLE zoom_gold.status', 'TABLE zoom_gold.unknown_value', 'TABLE zoom_gold.data_dictionary', 'SELECT zoom_gold.active_users(''2024-01-01'', ''2024-12-31'')']) AS c;
SELECT is(t.try('zoom_gold_p_bi', c), 'done', 'without PII: ' || c) FROM unnest(ARRAY['SELECT * FROM gold_masked.go_dim_user', 'SELECT * FROM gold_masked.go_error_audit_log', 'SELECT * FROM gold_masked.go_process_audit_log',
	'TABLE zoom_gold.status', 'TABLE zoom_gold.unknown_value', 'TABLE zoom_gold.data_dictionary', 'SELECT zoom_gold.active_users(''2024-01-01'', ''2024-12-31'')', 'SELECT * FROM zoom_gold.rolling_active_users(''2024-01-01'', ''2024-01-31'', 7)']) AS c;
SELECT matches(t.try('zoom_gold_p_bi', c), '^42501 ', 'not without PII: ' || c) FROM unnest(ARRAY['SELECT * FROM gold.go_dim_user', 'SELECT * FROM zoom_gold.user_as_of(now())', 'SELECT * FROM gold_state.user_version',
	'TABLE gold_state.secret', 'TABLE gold_state.user_change', 'SELECT * FROM zoom_gold.refresh()', 'SELECT * FROM zoom_gold.verify()', 'SELECT * FROM zoom_gold.verify_user_rows()',
	'SELECT * FROM zoom_gold.relation_status_work()', 'SELECT zoom_gold.forget_user(''u1'')']) AS c;

-- what the logs tell those without PII: a rule that fails quotes the row
CREATE FUNCTION t.judge(name text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'cannot judge "%"', name; END $$;
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('casts', 'si_users', 't.judge(user_name)');
UPDATE silver.si_users SET company = 'Fourth', update_timestamp = '2024-04-01Z' WHERE user_id = 'u1';
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
CREATE FUNCTION t.told(schema text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind IN ('r', 'v') LOOP
		RETURN QUERY EXECUTE format('SELECT DISTINCT %L::text FROM %I.%I AS g WHERE g::text ~* ''Kowalska|@x.example''', name, schema, name);
	END LOOP;
END
$$;
SELECT t.same('SELECT t.told(''gold'')', ARRAY['go_dim_user', 'go_error_audit_log', 'go_fact_billing', 'go_fact_meeting_usage', 'go_process_audit_log'], 'gold names the person in many places');
SELECT t.same('SELECT t.told(''gold_masked'')', '{}'::text[], 'gold_masked in none, logs of failures included');
SELECT t.same($$SELECT error_description FROM gold_masked.go_error_audit_log WHERE error_type = 'Processing' AND status = 'Open' AND error_description LIKE 'merge_dim_user%'$$,
	'merge_dim_user failed (SQLSTATE P0001)', 'which still say what failed');
SELECT t.same($$SELECT count(DISTINCT g.user_name) FROM gold_masked.go_fact_meeting_usage g JOIN gold_masked.go_dim_user u USING (user_name)$$, '1', 'and its names still join');
SELECT t.same($$SELECT table_name, column_name FROM zoom_gold.gold_model() EXCEPT SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'gold_masked'$$,
	'{}'::text[], 'it has every table and column of the model');
DELETE FROM gold_state.quality_rule WHERE rule_name = 'casts';
CALL t.refresh();

-- comments of a row that fits nowhere
GRANT USAGE ON SCHEMA gold, gold_masked, gold_bi, gold_bi_masked TO zoom_gold_p_hand;
GRANT SELECT ON ALL TABLES IN SCHEMA gold, gold_masked, gold_bi, gold_bi_masked TO zoom_gold_p_hand;
SELECT t.same($$SELECT r.name, t.try('zoom_gold_p_hand', 'SELECT * FROM ' || r.name)
	FROM (SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('gold', 'gold_masked', 'gold_bi', 'gold_bi_masked') AND c.relkind IN ('r', 'v')) AS r (name)
	WHERE t.try('zoom_gold_p_hand', 'SELECT * FROM ' || r.name) <> 'done'$$, '{}'::text[], 'who may read tables and views by hand needs no right on functions');
SELECT is(t.try('postgres', 'SELECT zoom_gold.grant_read(''zoom_gold_p_finance'')'), 'done', 'a role can lose PII');
SELECT matches(t.try('zoom_gold_p_finance', c), '^42501 ', 'and then fails to ' || c) FROM unnest(ARRAY['SELECT * FROM gold.go_dim_user', 'SELECT * FROM zoom_gold.user_as_of(now())']) AS c;
SELECT is(t.try('zoom_gold_p_finance', 'SELECT * FROM gold_masked.go_dim_user'), 'done', 'but reads what is masked');
GRANT zoom_gold_p_etl TO zoom_gold_p_bi;
SELECT matches(t.try('postgres', 'SELECT zoom_gold.grant_read(''zoom_gold_p_bi'')'), '^55000 role "zoom_gold_p_bi" can read table "[a-z_.]+" all the same$', 'a role that would read PII by another way is refused');
REVOKE zoom_gold_p_etl FROM zoom_gold_p_bi;
SELECT is(t.try('postgres', 'SELECT zoom_gold.grant_read(''zoom_gold_p_nobody'')'), '42704 role "zoom_gold_p_nobody" does not exist', 'so is one that is not there');
-- an owner who is no superuser may grant what a superuser let it grant
\set grant 'SET LOCAL ROLE zoom_gold_p_etl; SELECT zoom_gold.grant_read(''zoom_gold_p_bi''); SELECT zoom_gold.grant_read(''zoom_gold_p_finance'', true); SELECT 1 / 0'
CREATE TEMPORARY TABLE refusal AS SELECT * FROM t.failure(:'grant');
SELECT t.same('SELECT state, message, hint FROM refusal',
	'42501|role "zoom_gold_p_etl" may not grant what is in schema "zoom_gold"|Let a superuser run: GRANT USAGE ON SCHEMA zoom_gold TO zoom_gold_p_etl WITH GRANT OPTION; '
	'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO zoom_gold_p_etl WITH GRANT OPTION; GRANT SELECT ON ALL TABLES IN SCHEMA zoom_gold TO zoom_gold_p_etl WITH GRANT OPTION.',
	'without the grant options an owner is told which ones');
SELECT is((SELECT message FROM t.failure('DROP SCHEMA gold_masked, gold_bi, gold_bi_masked CASCADE; ' || (SELECT rtrim(split_part(hint, ': ', 2), '.') FROM refusal) || '; ' || :'grant')), 'division by zero', 'and with them grants, up to the end of this test');
SELECT * FROM finish();
DROP SCHEMA gold_masked, gold_bi, gold_bi_masked, zoom_gold_p_evil, zoom_gold_p, zoom_gold_p_etl CASCADE;
CALL t.drop_roles('zoom_gold_p_');
