\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- zoom_gold works with the rights of the owner of gold_state, whoever calls it.  Where that
-- role lacks one, whatever the object, the error says which role it is and what it needs, to
-- a superuser, too.
CALL t.drop_roles('zoom_gold_w_');
CREATE ROLE zoom_gold_w_owner;
CREATE ROLE zoom_gold_w_other;
SELECT format('GRANT ALL ON DATABASE %I TO zoom_gold_w_owner', current_database()) \gexec
GRANT ALL ON SCHEMA zoom_gold, t, tap TO zoom_gold_w_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold, t, tap TO zoom_gold_w_owner;
SET ROLE zoom_gold_w_owner;
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.refresh();
RESET ROLE;

-- With a command done and undone: which errors there were, and which lacked the hint.
CREATE FUNCTION t.denied(command text) RETURNS TABLE (errors bigint, amiss text) LANGUAGE plpgsql AS $$
DECLARE
	said text[] := '{}';
BEGIN
	BEGIN
		EXECUTE command;
		BEGIN
			said := ARRAY(SELECT concat_ws('|', r.details ->> 'sqlstate', r.details ->> 'error', r.details ->> 'error_hint') FROM zoom_gold.refresh(true) r
				WHERE r.status = 'Failure' AND r.process_name <> 'refresh' AND r.details ->> 'error' NOT LIKE 'skipped because%');
		EXCEPTION WHEN insufficient_privilege THEN
			said := ARRAY(SELECT concat_ws('|', f.state, f.message, f.hint) FROM t.failure('SELECT * FROM zoom_gold.refresh(true)') f);
		END;
		RAISE EXCEPTION 'undone' USING ERRCODE = 'ZZ001';
	EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	END;
	RETURN QUERY SELECT count(*), string_agg(s, ' ') FILTER (WHERE s NOT LIKE
		'42501|%|zoom_gold works with the rights of role "zoom_gold_w_owner", the owner of gold_state: it must own all that is in gold and gold_state, and may use zoom_gold and read silver.')
	FROM unnest(said) AS s;
END
$$;
CREATE TABLE t.tried AS
SELECT c.command, d.* FROM (
	SELECT format('ALTER %s %s OWNER TO zoom_gold_w_other', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass)
	FROM pg_class c WHERE c.relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace, 'silver'::regnamespace) AND c.relkind IN ('r', 'p', 'S')
		-- who owns this one is the role; none of the facts has partitions; sequences of columns go with their tables
		AND c.oid NOT IN ('gold_state.settings'::regclass, 'gold_state.fact_partition'::regclass) AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND c.relkind = 'S' AND d.refobjsubid > 0)
	UNION ALL
	SELECT format('REVOKE ALL ON SCHEMA %I FROM zoom_gold_w_owner', s) FROM unnest('{gold,gold_state,silver}'::text[]) AS s
	UNION ALL
	SELECT format('ALTER SCHEMA %I OWNER TO zoom_gold_w_other', s) FROM unnest('{gold,gold_state,silver}'::text[]) AS s) AS c (command), t.denied(c.command) AS d;
SELECT t.same('SELECT command, amiss FROM t.tried WHERE amiss IS NOT NULL', '{}'::text[], 'every error says whose rights it takes');
SELECT t.same('SELECT command FROM t.tried WHERE errors = 0', '{}'::text[], 'and there is one whatever is another''s');
SELECT t.same('SELECT count(*) > 50 FROM t.tried', 'true', 'of all that gold and silver consist of');
CALL t.refresh();
SELECT t.healthy('with its own again gold is right');
SET client_min_messages = error;
CALL t.drop_roles('zoom_gold_w_');
SELECT * FROM finish();
