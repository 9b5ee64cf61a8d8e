/* ==========================================================================
 * Small things that everything below uses
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.clock_now() RETURNS timestamptz
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'zg_clock_now_sql';
COMMENT ON FUNCTION zoom_gold.clock_now() IS
'The instant zoom_gold takes for now: the setting zoom_gold.clock, else the wall clock';

CREATE FUNCTION zoom_gold.today() RETURNS date
LANGUAGE sql VOLATILE
RETURN (zoom_gold.clock_now() AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION zoom_gold.today() IS 'The UTC day of zoom_gold.clock_now()';

CREATE FUNCTION zoom_gold.process_start() RETURNS timestamptz
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'zg_process_start';
COMMENT ON FUNCTION zoom_gold.process_start() IS
'When this server process started, also for those to whom pg_stat_activity does not tell it';

CREATE FUNCTION zoom_gold.normal_text(value text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_normal_text';
COMMENT ON FUNCTION zoom_gold.normal_text(text) IS
'The normal form of a text: trimmed, inner white space collapsed, NULL when nothing is left';

CREATE FUNCTION zoom_gold.identity_key(key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(zoom_gold.normal_text(key)) <= 2000 THEN zoom_gold.normal_text(key) ELSE '' END;
COMMENT ON FUNCTION zoom_gold.identity_key(text) IS
'The key that the state knows a user or ticket by; empty for rows without one, and for those whose key is too long to be accepted';

-- Not parallel safe: it casts in a subtransaction.
CREATE FUNCTION zoom_gold.cast_or_null(value text, wanted anyelement, typmod integer) RETURNS anyelement
LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'zg_cast_or_null';
COMMENT ON FUNCTION zoom_gold.cast_or_null(text, anyelement, integer) IS
'A text cast to the type of the second argument, with that type modifier; NULL where it does not fit';

CREATE FUNCTION zoom_gold.own_values(silver_row record, relation text) RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_own_values';
COMMENT ON FUNCTION zoom_gold.own_values(record, text) IS
'The columns of a row of silver beyond the contract, as the state keeps them: texts that a cast to the column''s type turns back; NULL when there are none';

CREATE FUNCTION zoom_gold.lock_runs() RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'zg_lock_runs';
COMMENT ON FUNCTION zoom_gold.lock_runs() IS
'Waits until no refresh and no setup() is running, and keeps others from beginning to the end of the transaction';

CREATE FUNCTION zoom_gold.lock_word(word text) RETURNS void
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'zg_lock_word';
COMMENT ON FUNCTION zoom_gold.lock_word(text) IS
'Waits for who holds the lock of that word and holds it to the end of the transaction. Unlike an advisory lock it is nobody''s who has no right to this function';

CREATE FUNCTION zoom_gold.reader_schema() RETURNS SETOF name
LANGUAGE sql IMMUTABLE ROWS 3
BEGIN ATOMIC
VALUES ('gold_masked'::name), ('gold_bi'), ('gold_bi_masked');
END;
COMMENT ON FUNCTION zoom_gold.reader_schema() IS 'Schemas whose views setup() makes anew, over gold and gold_state';

CREATE FUNCTION zoom_gold.require_primary() RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'zg_require_primary_sql';
COMMENT ON FUNCTION zoom_gold.require_primary() IS 'Fails with a hint on a standby, and in a read-only transaction';

CREATE FUNCTION zoom_gold.require_owner() RETURNS void
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'zg_require_owner';
COMMENT ON FUNCTION zoom_gold.require_owner() IS
'Fails with a hint where gold_state belongs to a role whose rights the caller does not have';

CREATE FUNCTION zoom_gold.require_setup() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'gold_state' AND NOT has_schema_privilege(n.oid, 'USAGE')) THEN
		PERFORM zoom_gold.require_owner();
	END IF;
	IF to_regclass('gold_state.relation_state') IS NULL THEN
		RAISE EXCEPTION 'zoom_gold has no tables in this database yet'
			USING ERRCODE = 'undefined_table', HINT = 'Run SELECT * FROM zoom_gold.setup().';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_setup() IS 'Fails with a hint where setup() was not run, and for those who may not look into gold_state';

CREATE FUNCTION zoom_gold.setting(name text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	value text;
BEGIN
	PERFORM zoom_gold.require_setup();
	SELECT s.value INTO value FROM gold_state.settings s WHERE s.name = setting.name;
	-- that the schema is gone is told of its relations
	IF name <> 'silver_schema' AND FOUND THEN
		PERFORM zoom_gold.check_setting(name, value);
	END IF;
	RETURN value;
END
$$;
COMMENT ON FUNCTION zoom_gold.setting(text) IS 'Value of a setting; NULL where it is missing. Fails for one that it may not take';

CREATE FUNCTION zoom_gold.silver_relation(table_name text) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT to_regclass(format('%I.%I', zoom_gold.setting('silver_schema'), table_name))
$$;
COMMENT ON FUNCTION zoom_gold.silver_relation(text) IS 'The silver relation of that name, NULL when it is not there';

CREATE FUNCTION zoom_gold.contract_name(relation text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found text;
BEGIN
	SELECT t.table_name INTO found
	FROM zoom_gold.model_table() t
	WHERE t.table_schema = 'silver'
		AND relation IN (t.table_name, format('%I.%I', (SELECT zoom_gold.setting('silver_schema')), t.table_name));
	IF found IS NULL THEN
		RAISE EXCEPTION '% is not a silver relation of zoom_gold', coalesce('"' || relation || '"', 'NULL')
			USING ERRCODE = 'undefined_table',
				HINT = format('The relations are %s.', (SELECT string_agg(t.table_name, ', ')
					FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver'));
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_gold.contract_name(text) IS
'Contract name of a silver relation given with or without its schema; fails for any other name';

CREATE FUNCTION zoom_gold.has_rows(target regclass) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s)', target) INTO found;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_gold.has_rows(regclass) IS 'Whether a relation has rows';

-- A table with all its partitions and inheritance children, itself included.
-- Like relation_capture() and capture_triggers() it is part of the plan of what
-- calls it (a SET clause would forbid that): refreshes ask for every relation.
CREATE FUNCTION zoom_gold.relation_tree(root regclass) RETURNS TABLE (relid oid, relkind "char", relfilenode oid)
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH RECURSIVE tree AS (
		SELECT root::oid AS relid
		UNION
		SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.relid WHERE NOT i.inhdetachpending
	)
	SELECT c.oid, c.relkind, c.relfilenode FROM tree JOIN pg_class c ON c.oid = tree.relid;
END;
COMMENT ON FUNCTION zoom_gold.relation_tree(regclass) IS 'A relation and everything below it: partitions, inheritance children';
