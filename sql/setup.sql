/* ==========================================================================
 * setup() and teardown()
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.close_to_others(kind text, object text, acl aclitem[], owner oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	other oid;
BEGIN
	FOR other IN SELECT DISTINCT a.grantee FROM aclexplode(acl) a WHERE a.grantee <> owner LOOP
		EXECUTE format('REVOKE ALL ON %s %s FROM %s', kind, object,
			CASE other WHEN 0 THEN 'PUBLIC' ELSE other::regrole::text END);
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.close_to_others(text, text, aclitem[], oid) IS
'Takes from a new schema or table what default privileges gave to others than its owner';

CREATE FUNCTION zoom_gold.ensure_schema(schema_name name, description text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
		IF NOT has_database_privilege(current_database(), 'CREATE') THEN
			RAISE EXCEPTION 'permission denied to make schema "%"', schema_name USING ERRCODE = 'insufficient_privilege',
				HINT = format('As the owner of the database: GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
		END IF;
		EXECUTE format('CREATE SCHEMA %I', schema_name);
		IF schema_name IN ('gold', 'gold_state', 'gold_masked', 'gold_bi', 'gold_bi_masked') THEN
			PERFORM zoom_gold.close_to_others('SCHEMA', n.nspname, n.nspacl, n.nspowner)
			FROM pg_namespace n WHERE n.nspname = schema_name;
		END IF;
		EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema_name, description);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_schema(name, text) IS 'Creates a schema that is missing';

CREATE FUNCTION zoom_gold.require_schema_right(schema_name name, privilege text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT has_schema_privilege(schema_name, privilege) THEN
		RAISE EXCEPTION 'permission denied for schema "%"', schema_name USING ERRCODE = 'insufficient_privilege',
			HINT = format('As the owner of the schema: GRANT %s ON SCHEMA %I TO %I.', privilege, schema_name, current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_schema_right(name, text) IS 'Fails unless the current role has a privilege on a schema';

-- The functions that hold the model are put into each query that asks them, in
-- full; what asks for one table after the other is planned once.
CREATE FUNCTION zoom_gold.create_table(model_schema text, target_schema name, model_table text, partition_key name DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET default_table_access_method = heap AS $$
DECLARE
	target text := format('%I.%I', target_schema, model_table);
BEGIN
	EXECUTE (SELECT format('CREATE TABLE %s (%s)', target,
			string_agg(format('%I %s %s', m.column_name, m.data_type, m.options), ', ' ORDER BY m.position))
			|| coalesce(' PARTITION BY RANGE (' || quote_ident(partition_key) || ')', '')
		FROM zoom_gold.model_column() m WHERE m.table_schema = model_schema AND m.table_name = model_table);
	IF model_schema <> 'silver' THEN
		PERFORM zoom_gold.close_to_others('TABLE', target, c.relacl, c.relowner)
		FROM pg_class c WHERE c.oid = target::regclass;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.create_table(text, name, text, name) IS
'Creates one table of the model in the schema named, partitioned by RANGE on a column if one is given';

CREATE FUNCTION zoom_gold.way_out(model_schema text, model_table text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN CASE
	WHEN model_table LIKE '%audit_log' THEN format('What it told is lost. Keep the rest under another name, for instance ALTER TABLE gold.%I RENAME TO %I, '
		'then call zoom_gold.setup() for a log that begins anew.', model_table, model_table || '_before')
	WHEN model_schema = 'gold' THEN
		'zoom_gold.refresh(full_refresh => true) writes all rows as they should be; call zoom_gold.setup() again after it.'
	ELSE format('Rename a column back that was renamed. Where values are lost, move the table out of the way, for instance ALTER TABLE %I.%I SET SCHEMA public, '
		'then call zoom_gold.setup() and zoom_gold.refresh(full_refresh => true).', model_schema, model_table) END;
COMMENT ON FUNCTION zoom_gold.way_out(text, text) IS
'What to do about a table of gold or gold_state whose rows do not allow what the model says of it';

CREATE FUNCTION zoom_gold.add_columns(state_table text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
	command text;
BEGIN
	FOR command IN
		SELECT format('ALTER TABLE gold_state.%I ADD COLUMN %I %s %s', state_table, m.column_name, m.data_type, m.options)
		FROM zoom_gold.state_model() m
		WHERE m.table_name = state_table AND NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = format('gold_state.%I', state_table)::regclass AND a.attname = m.column_name AND NOT a.attisdropped)
		ORDER BY m.position
	LOOP
		EXECUTE command;
	END LOOP;
	IF FOUND AND state_table = 'quality_rule' THEN
		-- of the built-in rules it is known what they say
		UPDATE gold_state.quality_rule q SET severity = b.severity, error_type = b.error_type
		FROM zoom_gold.builtin_rule() b WHERE (b.relation, b.rule_name) = (q.relation, q.rule_name);
	END IF;
EXCEPTION WHEN not_null_violation THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_gold.way_out('gold_state', state_table);
END
$$;
COMMENT ON FUNCTION zoom_gold.add_columns(text) IS
'Adds to a table of gold_state the columns that an earlier version of zoom_gold did not have; errors where only their values would tell what they are to hold';

-- As the engine casts what it writes: see coercion.c.
CREATE FUNCTION zoom_gold.takes_type(type oid, typmod integer, wanted text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT b.base = w.oid OR w.typcategory = t.typcategory AND (
			w.typcategory = 'S' AND t.typlen = -1
			OR EXISTS (SELECT FROM pg_cast c WHERE c.castsource = w.oid AND c.casttarget = b.base AND c.castcontext IN ('a', 'i'))
				AND EXISTS (SELECT FROM pg_cast c WHERE c.castsource = b.base AND c.casttarget = w.oid))
	FROM zoom_gold.base_type(type, typmod) b
	JOIN pg_type t ON t.oid = b.base
	JOIN pg_type w ON w.oid = split_part(wanted, '(', 1)::regtype
$$;
COMMENT ON FUNCTION zoom_gold.takes_type(oid, integer, text) IS
'Whether a column of a type takes the values of a type of the model, cast as an INSERT would';

CREATE FUNCTION zoom_gold.check_table(model_schema text, model_table text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	target regclass := format('%I.%I', model_schema, model_table)::regclass;
	problem text;
BEGIN
	IF (SELECT c.relispartition OR NOT (c.relkind = 'r' OR c.relkind = 'p' AND starts_with(model_table, 'go_fact_'))
		FROM pg_class c WHERE c.oid = target)
	THEN
		RAISE EXCEPTION '"%" is not a plain table', target USING ERRCODE = 'wrong_object_type',
			DETAIL = 'Facts may be partitioned as well.',
			HINT = 'Rename it, and run zoom_gold.setup() again.';
	END IF;
	SELECT string_agg(format('%s %s', m.column_name,
			CASE WHEN a.attnum IS NULL THEN 'is missing, type ' || m.data_type
				 ELSE format('has type %s, not %s', format_type(a.atttypid, a.atttypmod), m.data_type) END),
			'; ' ORDER BY m.position) INTO problem
	FROM zoom_gold.model_column() m
	LEFT JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name AND a.attnum > 0
		AND NOT a.attisdropped
	WHERE m.table_schema = model_schema AND m.table_name = model_table
		AND format_type(a.atttypid, a.atttypmod) IS DISTINCT FROM replace(m.data_type, 'timestamptz', 'timestamp with time zone')
		-- gold is its users', the state is ours
		AND NOT (m.table_schema = 'gold' AND a.attnum IS NOT NULL AND zoom_gold.takes_type(a.atttypid, a.atttypmod, m.data_type));
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION 'table "%" does not fit the model', target USING ERRCODE = 'datatype_mismatch',
			DETAIL = format('Column %s.', problem),
			HINT = 'Mend its columns, or rename the table, and run zoom_gold.setup() again.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.check_table(text, text) IS
'Fails when an existing table of gold or gold_state lacks columns of the model or has them with other types, for gold with types that do not take the model''s values; further columns are fine';

-- What PostgreSQL makes of a definition depends on the types of the columns,
-- which may be others in gold than the model's.
CREATE FUNCTION zoom_gold.written_down(target regclass, definition text, is_index boolean) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	written text;
BEGIN
	-- no temporary one, which not everybody may make
	EXECUTE format('CREATE UNLOGGED TABLE gold_state.zoom_gold_written (LIKE %s)', target);
	IF is_index THEN
		EXECUTE 'CREATE INDEX ON gold_state.zoom_gold_written ' || definition;
		written := (SELECT zoom_gold.index_meaning(i.indexrelid) FROM pg_index i WHERE i.indrelid = 'gold_state.zoom_gold_written'::regclass);
	ELSE
		EXECUTE 'ALTER TABLE gold_state.zoom_gold_written ADD ' || definition;
		written := (SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conrelid = 'gold_state.zoom_gold_written'::regclass AND c.contype = 'c');
	END IF;
	DROP TABLE gold_state.zoom_gold_written;
	RETURN written;
END
$$;
COMMENT ON FUNCTION zoom_gold.written_down(regclass, text, boolean) IS
'What the catalogue says of a CHECK or an index of the model on a table with the columns of another';

CREATE FUNCTION zoom_gold.index_meaning(index regclass) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT concat_ws(' ', m.amname, i.indcollation::text,
		ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) AS n)::text, pg_get_expr(i.indpred, i.indrelid))
	FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam WHERE i.indexrelid = index;
END;
COMMENT ON FUNCTION zoom_gold.index_meaning(regclass) IS 'What rows an index finds, and by what; how it is stored and whether it is unique apart';

CREATE FUNCTION zoom_gold.has_constraint(target regclass, definition text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_check boolean := starts_with(definition, 'CHECK');
	present text[] := ARRAY(SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conrelid = target AND (c.contype = 'c') = is_check);
BEGIN
	IF is_check THEN
		-- mostly it is written as in the model
		RETURN definition = ANY (present) OR present <> '{}' AND zoom_gold.written_down(target, definition, false) = ANY (present);
	END IF;
	-- it may be deferrable, or its index hold further columns
	RETURN EXISTS (SELECT FROM unnest(present) AS p (written) WHERE starts_with(p.written, definition));
END
$$;
COMMENT ON FUNCTION zoom_gold.has_constraint(regclass, text) IS 'Whether a table has a constraint of the model, under whichever name';

CREATE FUNCTION zoom_gold.has_index(target regclass, "unique" boolean, definition text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	candidates oid[] := ARRAY(SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = target AND i.indisvalid AND i.indisunique = has_index.unique);
BEGIN
	-- mostly it is written as in the model
	RETURN EXISTS (SELECT FROM unnest(candidates) AS i WHERE right(pg_get_indexdef(i), length(definition) + 1) = ' ' || definition)
		OR candidates <> '{}' AND zoom_gold.written_down(target, definition, true) IN (SELECT zoom_gold.index_meaning(i) FROM unnest(candidates) AS i);
END
$$;
COMMENT ON FUNCTION zoom_gold.has_index(regclass, boolean, text) IS 'Whether a table has an index of the model, under whichever name';

CREATE FUNCTION zoom_gold.complete_table(model_schema text, target_schema name, model_table text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	target regclass := format('%I.%I', target_schema, model_table)::regclass;
	command text;
BEGIN
	FOR command IN
		WITH wanted AS MATERIALIZED (
			SELECT m.* FROM zoom_gold.model_column() m WHERE m.table_schema = model_schema AND m.table_name = model_table
		)
		-- what is not ours is not filled
		SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', target, a.attname)
		FROM pg_attribute a
		WHERE model_schema = 'gold_state' AND a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
			AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
			AND NOT EXISTS (SELECT FROM wanted m WHERE m.column_name = a.attname AND m.options LIKE 'NOT NULL%')
			AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = target AND i.indisprimary AND a.attnum = ANY (i.indkey))
		UNION ALL
		SELECT format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', target, m.column_name)
		FROM wanted m
		JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name AND NOT a.attnotnull
		WHERE m.options LIKE 'NOT NULL%'
		UNION ALL
		SELECT format('ALTER TABLE %s ALTER COLUMN %I SET %s', target, m.column_name, substring(m.options FROM 'DEFAULT .*'))
		FROM wanted m
		JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name AND NOT a.atthasdef AND a.attidentity = ''
		WHERE model_schema <> 'silver' AND m.options ~ 'DEFAULT '
		UNION ALL
		-- a table that was renamed keeps the names of its indexes
		SELECT format('ALTER TABLE %s %s ADD %s %s', target,
			(SELECT format('DROP CONSTRAINT %I,', c.conname) FROM pg_constraint c
				WHERE c.conrelid = target AND c.contype = 'p' AND starts_with(m.definition, 'PRIMARY KEY')),
			CASE WHEN (starts_with(m.definition, 'CHECK') OR to_regclass(format('%I.%I', target_schema, m.constraint_name)) IS NULL)
					AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = target AND c.conname = m.constraint_name)
				THEN format('CONSTRAINT %I', m.constraint_name) END, m.definition)
		FROM zoom_gold.model_constraint() m
		WHERE m.table_schema = model_schema AND m.table_name = model_table AND NOT zoom_gold.has_constraint(target, m.definition)
		UNION ALL
		SELECT format('CREATE %s %s ON %s %s', CASE WHEN m.unique THEN 'UNIQUE INDEX' ELSE 'INDEX' END,
			CASE WHEN to_regclass(format('%I.%I', target_schema, m.index_name)) IS NULL THEN quote_ident(m.index_name) ELSE '' END,
			target, m.definition)
		FROM zoom_gold.model_index() m
		WHERE m.table_schema = model_schema AND m.table_name = model_table AND NOT zoom_gold.has_index(target, m.unique, m.definition)
			-- an index on an empty fact is left to the first refresh, which builds it by sorting
			AND NOT (m.table_name LIKE 'go\_fact\_%' AND pg_relation_size(target) = 0)
		UNION ALL
		SELECT format('ALTER TABLE %s SET (%s)', target, m.options)
		FROM zoom_gold.model_storage() m
		JOIN pg_class c ON c.oid = target AND c.relkind = 'r' AND c.reloptions IS NULL
		WHERE m.table_schema = model_schema AND m.table_name = model_table
		UNION ALL
		SELECT format('COMMENT ON TABLE %s IS %L', target, m.description)
		FROM zoom_gold.model_table() m
		WHERE m.table_schema = model_schema AND m.table_name = model_table
			AND obj_description(target, 'pg_class') IS NULL
		UNION ALL
		SELECT format('COMMENT ON COLUMN %s.%I IS %L', target, m.column_name, m.description)
		FROM wanted m
		JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name
		WHERE col_description(target, a.attnum) IS NULL
			-- comments on gold may be the user's by now
			OR model_schema = 'gold_state' AND col_description(target, a.attnum) <> m.description
		UNION ALL
		SELECT CASE r.kind WHEN 'index' THEN format('DROP INDEX gold_state.%I', r.name)
			ELSE format('ALTER TABLE %s DROP %s %I', target, r.kind, r.name) END
		FROM zoom_gold.model_retired() r
		WHERE model_schema = 'gold_state' AND r.table_name = model_table AND (
			EXISTS (SELECT FROM pg_attribute a WHERE r.kind = 'column' AND a.attrelid = target AND a.attname = r.name)
			OR EXISTS (SELECT FROM pg_constraint c WHERE r.kind = 'constraint' AND c.conrelid = target AND c.conname = r.name)
			OR EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
				WHERE r.kind = 'index' AND i.indrelid = target AND c.relname = r.name))
	LOOP
		EXECUTE command;
	END LOOP;
EXCEPTION WHEN integrity_constraint_violation THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_gold.way_out(model_schema, model_table);
END
$$;
COMMENT ON FUNCTION zoom_gold.complete_table(text, name, text) IS
'Adds the NOT NULLs, constraints, indexes, storage parameters and comments of the model that a table lacks; drops what the state does without by now. Errors where its rows do not allow that';

-- What deletes and updates are published by: a unique index whose columns are
-- never NULL, or the whole row.  What a user chose stays.
CREATE FUNCTION zoom_gold.ensure_replica_identity(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
	fitting name;
BEGIN
	IF EXISTS (SELECT FROM pg_class c WHERE c.oid = target AND c.relreplident IN ('f', 'n'))
		OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = target AND (i.indisreplident OR i.indisprimary))
	THEN
		RETURN;
	END IF;
	SELECT c.relname INTO fitting
	FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
	WHERE i.indrelid = target AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
		AND NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = target AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull)
	ORDER BY c.relname LIMIT 1;
	EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', target,
		coalesce('USING INDEX ' || quote_ident(fitting), 'FULL'));
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_replica_identity(regclass) IS
'Gives a table of gold or gold_state without a primary key a replica identity, so that it may be published';

CREATE FUNCTION zoom_gold.ensure_table(model_table text, model_schema text, partition_facts text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	action text := 'checked';
BEGIN
	IF to_regclass(format('%I.%I', model_schema, model_table)) IS NULL THEN
		PERFORM zoom_gold.create_table(model_schema, model_schema, model_table,
			CASE WHEN partition_facts <> '' THEN zoom_gold.fact_event(model_table) END);
		action := 'created';
	ELSE
		IF model_schema = 'gold_state' THEN
			PERFORM zoom_gold.add_columns(model_table);
		END IF;
		PERFORM zoom_gold.check_table(model_schema, model_table);
	END IF;
	PERFORM zoom_gold.complete_table(model_schema, model_schema, model_table);
	PERFORM zoom_gold.ensure_replica_identity(t.relid::regclass)
	FROM zoom_gold.relation_tree(format('%I.%I', model_schema, model_table)::regclass) t WHERE t.relkind IN ('r', 'p');
	RETURN action;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_table(text, text, text) IS
'Creates a table of gold or gold_state, a fact as a partitioned table if partitions are wanted, or checks and completes the one that is there';

CREATE FUNCTION zoom_gold.refuse_orphaned_gold() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass;
BEGIN
	IF EXISTS (SELECT FROM zoom_gold.model_table() t
		WHERE t.table_schema = 'gold_state' AND to_regclass(format('gold_state.%I', t.table_name)) IS NOT NULL)
	THEN
		RETURN;
	END IF;
	FOR target IN
		SELECT r.target FROM zoom_gold.model_table() t CROSS JOIN to_regclass(format('gold.%I', t.table_name)) AS r (target)
		WHERE t.table_schema = 'gold' AND r.target IS NOT NULL
	LOOP
		IF zoom_gold.has_rows(target) THEN
			RAISE EXCEPTION 'table "%" holds rows, but the schema "gold_state" they were made with is missing', target
				USING ERRCODE = 'object_not_in_prerequisite_state',
					DETAIL = 'Without its state zoom_gold does not know which user or row of silver a row of gold belongs to.',
					HINT = 'Restore gold_state from the same backup, or empty or rename the tables of gold.';
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_orphaned_gold() IS 'Fails when gold holds rows but gold_state is not there';

CREATE FUNCTION zoom_gold.seed_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO gold_state.settings (name, value, description)
	SELECT d.name, d.value, format('%s: %s', d.description, d.allowed)
	FROM zoom_gold.default_setting() d
	WHERE NOT EXISTS (SELECT FROM gold_state.settings s WHERE s.name = d.name);
	UPDATE gold_state.settings s SET description = format('%s: %s', d.description, d.allowed)
	FROM zoom_gold.default_setting() d
	WHERE s.name = d.name AND s.description <> format('%s: %s', d.description, d.allowed);

	INSERT INTO gold_state.quality_rule (relation, rule_name, severity, error_type, description)
	SELECT b.relation, b.rule_name, b.severity, b.error_type, b.description
	FROM zoom_gold.builtin_rule() b
	WHERE NOT EXISTS (SELECT FROM gold_state.quality_rule q
		WHERE q.relation = b.relation AND q.rule_name = b.rule_name);

	INSERT INTO gold_state.secret (key)
	SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
	WHERE NOT EXISTS (SELECT FROM gold_state.secret);
END
$$;
COMMENT ON FUNCTION zoom_gold.seed_state() IS 'Adds the settings and built-in rules that are missing';

-- What is changed unseen would not be followed: what marks looks in every
-- session_replication_role.
CREATE FUNCTION zoom_gold.missing_guard()
RETURNS TABLE (target regclass, table_name text, trigger_name text, marks boolean, definition text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT w.target, m.table_name, m.trigger_name, w.marks, format('CREATE OR REPLACE TRIGGER %I ' || m.definition, m.trigger_name, w.target)
	FROM zoom_gold.model_guard() m
	CROSS JOIN LATERAL substring(m.definition FROM 'EXECUTE FUNCTION (.*)') AS f (function)
	CROSS JOIN LATERAL (SELECT format('%I.%I', m.table_schema, m.table_name)::regclass, f.function = 'zoom_gold.mark_dependents()') AS w (target, marks)
	WHERE NOT EXISTS (SELECT FROM pg_trigger g
		WHERE g.tgrelid = w.target AND g.tgname = m.trigger_name AND g.tgfoid = f.function::regprocedure
			AND CASE WHEN w.marks THEN g.tgenabled = 'A' ELSE g.tgenabled <> 'D' END);
END
$$;
COMMENT ON FUNCTION zoom_gold.missing_guard() IS
'The triggers of the model that gold and gold_state do not have, or not switched on, after teardown() for instance';

CREATE FUNCTION zoom_gold.attach_guards() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing record;
	renamed record;
BEGIN
	FOR renamed IN
		SELECT g.tgname, g.tgrelid::regclass AS target
		FROM zoom_gold.model_guard() m
		JOIN pg_trigger g ON g.tgrelid = format('%I.%I', m.table_schema, m.table_name)::regclass
			AND g.tgfoid = substring(m.definition FROM 'EXECUTE FUNCTION (.*)')::regprocedure AND g.tgparentid = 0
		GROUP BY g.tgname, g.tgrelid HAVING NOT bool_or(g.tgname = m.trigger_name)
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', renamed.tgname, renamed.target);
	END LOOP;
	FOR missing IN SELECT * FROM zoom_gold.missing_guard() LOOP
		EXECUTE missing.definition;
		IF missing.marks THEN
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', missing.target, missing.trigger_name);
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.attach_guards() IS 'Puts the triggers of the model on gold and gold_state, in the place of others of their names, and switches them on';

-- Whoever may create schemas could have made these before, with triggers that
-- wait for a superuser.
CREATE FUNCTION zoom_gold.refuse_foreign_schemas() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	theirs record;
BEGIN
	SELECT n.nspname AS name, r.rolname AS owner INTO theirs
	FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
	WHERE n.nspname IN ('gold', 'gold_state') AND r.rolname <> current_user AND NOT r.rolsuper
	ORDER BY n.nspname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'schema "%" belongs to role "%"', theirs.name, theirs.owner
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Run zoom_gold.setup() as its owner: SET ROLE %I.', theirs.owner);
	END IF;
	PERFORM zoom_gold.require_owner();
	SELECT n.nspname AS name, r.rolname AS owner INTO theirs
	FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
	WHERE n.nspname IN (SELECT zoom_gold.reader_schema()) AND NOT pg_has_role(r.oid, 'USAGE')
	ORDER BY n.nspname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'schema "%" belongs to role "%"', theirs.name, theirs.owner
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Its views are made anew by setup(): let %I run DROP SCHEMA %I CASCADE, and grant_read() again.', theirs.owner, theirs.name);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_foreign_schemas() IS
'Fails when gold, gold_state or a schema of views belongs to somebody else who is no superuser';

-- What was refreshed from empty relations holds nothing of them.
CREATE FUNCTION zoom_gold.is_built() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN EXISTS (SELECT FROM gold_state.slice UNION ALL SELECT FROM gold_state.user_event UNION ALL SELECT FROM gold_state.ticket_event
		UNION ALL SELECT FROM gold_state.open_error UNION ALL SELECT FROM gold_state.user_identity);
END
$$;
COMMENT ON FUNCTION zoom_gold.is_built() IS 'Whether gold_state holds anything that a refresh took from silver';

CREATE FUNCTION zoom_gold.refuse_moved_silver(silver_schema name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF silver_schema <> zoom_gold.setting('silver_schema') AND zoom_gold.is_built() THEN
		RAISE EXCEPTION 'gold was built from schema "%", not from "%"', zoom_gold.setting('silver_schema'), silver_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				HINT = format('Run zoom_gold.setup(%L). To start anew from another schema, run zoom_gold.teardown(drop_gold => true) first. A silver schema that was renamed gets its name back by ALTER SCHEMA.',
					zoom_gold.setting('silver_schema'));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_moved_silver(name) IS
'Fails when gold was already built from another silver schema';

-- Numbers go on after those that the state has seen.
CREATE FUNCTION zoom_gold.ensure_sequence(sequence_name name, description text, used bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text := format('gold_state.%I', sequence_name);
BEGIN
	IF to_regclass(target) IS NULL THEN
		EXECUTE format('CREATE SEQUENCE %s AS bigint CACHE 1', target);
		PERFORM setval(target::regclass, used) WHERE used > 0;
		EXECUTE format('COMMENT ON SEQUENCE %s IS %L', target, description);
		RETURN true;
	ELSIF NOT EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = target::regclass) THEN
		RAISE EXCEPTION '"%" is not a sequence', target USING ERRCODE = 'wrong_object_type',
			HINT = 'Rename it, and run zoom_gold.setup() again.';
	ELSIF NOT EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = target::regclass
		AND (s.seqtypid, s.seqincrement, s.seqcache, s.seqcycle) = ('bigint'::regtype, 1, 1, false))
	THEN
		EXECUTE format('ALTER SEQUENCE %s AS bigint INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 NO CYCLE', target);
	END IF;
	RETURN false;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_sequence(name, text, bigint) IS
'Creates a sequence of gold_state that is missing, to go on after the number used last, or has one that is there count by one; returns whether it was missing. Errors for what is no sequence';

CREATE FUNCTION zoom_gold.last_change_number() RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT pg_sequence_last_value(s.seqrelid) FROM pg_sequence s WHERE s.seqrelid = to_regclass('gold_state.change_seq'));
COMMENT ON FUNCTION zoom_gold.last_change_number() IS 'The number that the last captured change got; NULL if there is none, or no sequence';

-- The order of changes is that of their numbers.  When more were drawn since
-- than there had been, the new ones are told by their instants: what was pending
-- before may mix with them.
CREATE FUNCTION zoom_gold.renumber_changes(used bigint, since timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	change_table text;
	drawn bigint;
	shift bigint;
BEGIN
	LOCK TABLE gold_state.user_change, gold_state.ticket_change, gold_state.slice_change IN SHARE ROW EXCLUSIVE MODE;
	drawn := coalesce(zoom_gold.last_change_number(), 0);
	shift := (SELECT greatest(used, max(c.seq)) FROM (SELECT seq FROM gold_state.user_change UNION ALL SELECT seq FROM gold_state.ticket_change
		UNION ALL SELECT seq FROM gold_state.slice_change) c);
	PERFORM setval('gold_state.change_seq', shift + drawn);
	FOREACH change_table IN ARRAY '{user_change,ticket_change,slice_change}'::text[] LOOP
		EXECUTE format('UPDATE gold_state.%I SET seq = seq + $1, tx = tx + $1 WHERE seq <= $2 AND ($2 < $3 OR captured_at > $4)', change_table)
			USING shift, drawn, used, since;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.renumber_changes(bigint, timestamptz) IS
'Where the sequence of captured changes was set back behind the number given, gives the changes captured since then, or since that instant, numbers after all others';

-- A transaction that was long about its end may have a number that is low, but
-- its changes were captured before.
CREATE FUNCTION zoom_gold.mend_change_numbers() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT zoom_gold.renumber_changes(r.used, r.since)
	FROM (SELECT change_number, coalesce(finished_at, started_at) FROM gold_state.run WHERE change_number IS NOT NULL ORDER BY run DESC LIMIT 1) r (used, since)
	WHERE EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = to_regclass('gold_state.change_seq'))
		AND (coalesce(zoom_gold.last_change_number(), 0) < r.used
			OR EXISTS (SELECT FROM gold_state.user_change c WHERE c.seq <= r.used AND c.captured_at > r.since)
			OR EXISTS (SELECT FROM gold_state.ticket_change c WHERE c.seq <= r.used AND c.captured_at > r.since)
			OR EXISTS (SELECT FROM gold_state.slice_change c WHERE c.seq <= r.used AND c.captured_at > r.since))
$$;
COMMENT ON FUNCTION zoom_gold.mend_change_numbers() IS
'Has the sequence of captured changes, and those that came since, go on after those that the last run knew of, if it was set back. For refresh()';

CREATE FUNCTION zoom_gold.ensure_sequences() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	is_new boolean;
	used bigint := (SELECT max(e.seq) FROM (
		SELECT greatest(max(seq), max(tx)) FROM gold_state.user_event UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.ticket_event
		UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.user_change UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.ticket_change
		UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.slice_change) AS e (seq));
BEGIN
	is_new := zoom_gold.ensure_sequence('change_seq', 'Order of captured changes', used);
	PERFORM zoom_gold.renumber_changes(used, 'infinity') WHERE used > coalesce(zoom_gold.last_change_number(), 0);
	PERFORM zoom_gold.ensure_sequence('run_seq', 'Numbers of runs', (SELECT max(r.run) FROM gold_state.run r));
	RETURN is_new;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_sequences() IS
'Creates the sequences of gold_state that are missing, and mends those that were changed; returns whether captured changes were without numbers';

CREATE FUNCTION zoom_gold.setup_gold(partition_facts text) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	model record;
	is_new boolean := to_regclass('gold_state.relation_state') IS NULL;
	capture_stopped boolean := false;
	restarted text[] := '{}';
	remedy text;
BEGIN
	PERFORM zoom_gold.ensure_schema('gold', 'Gold layer of Zoom analytics: dimensions, facts, aggregates, audit logs');
	PERFORM zoom_gold.ensure_schema('gold_state', 'What zoom_gold keeps to maintain the schema gold; belongs to the same backup');
	FOR model IN SELECT t.table_schema, t.table_name, t.description FROM zoom_gold.model_table() t
		WHERE t.table_schema IN ('gold', 'gold_state')
	LOOP
		relation := format('%I.%I', model.table_schema, model.table_name);
		action := zoom_gold.ensure_table(model.table_name, model.table_schema, partition_facts);
		RETURN NEXT;
		capture_stopped := capture_stopped OR action = 'created' AND model.table_name IN ('user_change', 'ticket_change', 'slice_change', 'dirty');
		IF action = 'created' AND NOT is_new AND model.table_schema = 'gold' THEN
			-- a table of gold was lost: the step that fills it starts over
			restarted := restarted || ARRAY(SELECT coalesce(zoom_gold.step_of(model.table_name), 'merge_' || substr(model.table_name, 4))
				WHERE model.table_name NOT LIKE '%\_log');
			IF model.table_name = 'go_error_audit_log' THEN
				-- what was open is logged anew by the passes that find it
				DELETE FROM gold_state.open_error;
				restarted := restarted || ARRAY(SELECT DISTINCT s.process_name FROM zoom_gold.step_input() s);
			END IF;
		ELSIF action = 'created' AND model.table_name = 'billing_event_class' THEN
			INSERT INTO gold_state.billing_event_class (event_type, mrr_sign)
			VALUES ('Subscription Fee', 1), ('Subscription Renewal', 1), ('Add-on Purchase', 0), ('Refund', -1);
		ELSIF action = 'created' AND NOT is_new AND model.table_schema = 'gold_state' THEN
			-- the step that keeps it starts over
			restarted := restarted || ARRAY(SELECT k.process_name FROM (VALUES ('period_users', 'refresh_agg_active_users'), ('user_label', 'merge_dim_user'),
				('meeting_detail', 'build_fact_meeting_usage'), ('meeting_attendance', 'si_participants'),
				('feature_detail', 'build_fact_feature_usage'), ('webinar_detail', 'build_fact_webinar_usage'),
				('license_detail', 'build_fact_license_utilization')) AS k (table_name, process_name)
			WHERE k.table_name = model.table_name);
		END IF;
	END LOOP;
	INSERT INTO gold_state.dirty (consumer) SELECT unnest(restarted);
	IF zoom_gold.ensure_sequences() OR capture_stopped THEN
		-- what was written to silver since may be noted nowhere
		UPDATE gold_state.relation_state SET fingerprint = NULL;
	END IF;
	PERFORM zoom_gold.seed_state();
	RETURN QUERY SELECT m.relation, m.action FROM zoom_gold.mend_members() m;
	IF NOT is_new THEN
		-- what was changed while nobody looked
		PERFORM zoom_gold.mark_configured(g.table_name, NULL) FROM zoom_gold.missing_guard() g WHERE g.marks GROUP BY g.table_name;
	END IF;
	PERFORM zoom_gold.attach_guards();
	FOR relation IN SELECT s FROM zoom_gold.reader_schema() s LOOP
		BEGIN
			PERFORM zoom_gold.create_reader_views(relation::name);
		EXCEPTION WHEN syntax_error_or_access_rule_violation OR feature_not_supported THEN
			-- columns of gold may have other types than the model's
			GET STACKED DIAGNOSTICS remedy = PG_EXCEPTION_HINT;
			action := concat_ws('; ', 'views not made: ' || SQLERRM, nullif(remedy, ''));
			RETURN NEXT;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.setup_gold(text) IS 'The part of setup() that makes the schemas gold and gold_state';

-- A misspelt name would be a schema of empty tables, and gold empty.
CREATE FUNCTION zoom_gold.refuse_misspelt_silver(silver_schema name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	filled text[] := ARRAY(SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
			AND c.relname IN (SELECT t.table_name FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver')
		GROUP BY n.nspname ORDER BY count(*) DESC, n.nspname);
BEGIN
	IF filled <> '{}' AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = silver_schema) THEN
		RAISE EXCEPTION 'schema "%" does not exist', silver_schema USING ERRCODE = 'invalid_schema_name',
			DETAIL = format('Relations of silver are in: %s.', array_to_string(filled, ', ')),
			HINT = CASE WHEN zoom_gold.is_built() THEN format('A silver schema that was renamed gets its name back: ALTER SCHEMA %I RENAME TO %I.', filled[1], silver_schema)
				ELSE format('Name that schema: SELECT * FROM zoom_gold.setup(%L).', filled[1]) END
				|| format(' For new and empty relations, CREATE SCHEMA %I first.', silver_schema);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_misspelt_silver(name) IS
'Fails for a schema that is not there when another one holds relations of silver';

CREATE FUNCTION zoom_gold.create_silver_command(target text, relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('CREATE TABLE %s (%s)', target, string_agg(concat_ws(' ', quote_ident(m.column_name), m.data_type,
		CASE WHEN m.options LIKE 'NOT NULL%' THEN 'NOT NULL' END), ', ' ORDER BY m.position))
	FROM zoom_gold.model_column() m WHERE m.table_schema = 'silver' AND m.table_name = relation
$$;
COMMENT ON FUNCTION zoom_gold.create_silver_command(text, text) IS 'The command that makes a table of the silver contract, for hints';

-- What was read through a view is not lost with the view: an empty table in its
-- place would say that every row of it was deleted.
CREATE FUNCTION zoom_gold.refuse_lost_view(relation text, silver_schema name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	IF EXISTS (SELECT FROM gold_state.relation_state r
		WHERE r.relation = refuse_lost_view.relation AND r.capture <> 'trigger' AND r.refreshed_at IS NOT NULL)
	THEN
		RAISE EXCEPTION 'relation "%" is gone', format('%I.%I', silver_schema, relation) USING ERRCODE = 'undefined_table',
			DETAIL = 'It was no table with capture triggers but, say, a view or a foreign table, and an empty table in its place would delete from gold what came from it.',
			HINT = format('Create it again. If its rows are meant to be gone, create a table of that name first: %s.',
				zoom_gold.create_silver_command(format('%I.%I', silver_schema, relation), relation));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_lost_view(text, name) IS
'Fails when a silver relation that is missing was a view or a foreign table at the last refresh';

CREATE FUNCTION zoom_gold.setup_silver(silver_schema name) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	model_name text;
	target regclass;
	capture text;
	watched regclass[] := '{}';
BEGIN
	PERFORM zoom_gold.refuse_misspelt_silver(silver_schema);
	IF to_regnamespace(quote_ident(silver_schema)) IS NULL THEN
		RETURN QUERY SELECT format('%I', silver_schema), 'created';
	END IF;
	PERFORM zoom_gold.ensure_schema(silver_schema, 'Silver layer of Zoom analytics, the input of the schema gold');
	PERFORM zoom_gold.require_schema_right(silver_schema, 'USAGE');
	PERFORM zoom_gold.check_silver(silver_schema);

	FOR model_name IN SELECT t.table_name FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver' LOOP
		relation := format('%I.%I', silver_schema, model_name);
		action := 'checked';
		IF to_regclass(relation) IS NULL THEN
			PERFORM zoom_gold.refuse_lost_view(model_name, silver_schema);
			PERFORM zoom_gold.require_schema_right(silver_schema, 'CREATE');
			PERFORM zoom_gold.create_table('silver', silver_schema, model_name);
			PERFORM zoom_gold.complete_table('silver', silver_schema, model_name);
			action := 'created';
		END IF;
		RETURN NEXT;
		target := relation::regclass;
		capture := zoom_gold.watch_relation(model_name, target);
		action := format('attached (%s)', capture);
		RETURN NEXT;
		IF capture = 'trigger' THEN
			watched := watched || ARRAY(SELECT t.relid::regclass FROM zoom_gold.relation_tree(target) t);
		END IF;
		RETURN QUERY SELECT relation, 'index missing: ' || i.definition FROM zoom_gold.missing_indexes(model_name, target) i;
		RETURN QUERY SELECT relation, format('load_timestamp may be NULL, against the contract: ALTER TABLE %s ALTER COLUMN load_timestamp SET NOT NULL', relation)
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'load_timestamp'
			WHERE c.oid = target AND c.relkind IN ('r', 'p') AND NOT a.attnotnull;
	END LOOP;

	-- Tables that were swapped out or detached must not go on reporting, and
	-- a foreign partition cannot be written through a root with triggers.
	RETURN QUERY SELECT d::text, 'detached' FROM zoom_gold.drop_triggers(watched) d;
END
$$;
COMMENT ON FUNCTION zoom_gold.setup_silver(name) IS
'The part of setup() that makes, checks and watches the silver relations';

CREATE FUNCTION zoom_gold.watch_relation(relation text, target regclass) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
<<watch>>
DECLARE
	capture text := (SELECT c.capture FROM zoom_gold.relation_capture(target) c);
	attached integer := 0;
BEGIN
	IF capture = 'trigger' THEN
		attached := zoom_gold.attach_capture(relation, target);
	END IF;
	-- The fingerprint of a relation known already stays: that it is another
	-- one now tells the next refresh to compare in full.  A copy of the
	-- database, which would not look at it, is told by its lack.  Between
	-- watermark and full the operator has the last word.
	INSERT INTO gold_state.relation_state AS r (relation, capture, fingerprint, catalog)
	VALUES (relation, capture, zoom_gold.relation_fingerprint(target), zoom_gold.catalog_id())
	ON CONFLICT (relation) DO UPDATE
	SET capture = CASE WHEN 'trigger' IN (r.capture, excluded.capture) THEN excluded.capture ELSE r.capture END,
		fingerprint = CASE WHEN watch.attached = 0 THEN r.fingerprint END
	WHERE r.capture <> excluded.capture AND 'trigger' IN (r.capture, excluded.capture) OR watch.attached > 0;
	RETURN (SELECT r.capture FROM gold_state.relation_state r WHERE r.relation = watch_relation.relation);
END
$$;
COMMENT ON FUNCTION zoom_gold.watch_relation(text, regclass) IS
'Begins to watch a silver relation for changes; returns how';

CREATE FUNCTION zoom_gold.setup(silver_schema name DEFAULT 'silver', partition_facts text DEFAULT NULL) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	-- types are compared by name
	SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
	unit text := partition_facts;
BEGIN
	PERFORM zoom_gold.require_primary();
	IF silver_schema IS NULL OR silver_schema IN ('', 'gold', 'gold_state', 'gold_masked', 'gold_bi', 'gold_bi_masked', 'zoom_gold', 'information_schema')
		OR starts_with(silver_schema, 'pg_')
	THEN
		RAISE EXCEPTION '% cannot be the silver layer', coalesce('schema "' || silver_schema || '"', 'NULL')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Name the schema of your silver relations; setup() takes the schema silver.';
	END IF;
	IF partition_facts NOT IN ('', 'month', 'year') THEN
		RAISE EXCEPTION 'facts cannot be partitioned by "%"', partition_facts
			USING ERRCODE = 'invalid_parameter_value', HINT = 'partition_facts takes month, year, or '''' for no more partitions.';
	END IF;
	PERFORM zoom_gold.lock_runs();
	PERFORM zoom_gold.refuse_foreign_schemas();
	PERFORM zoom_gold.refuse_orphaned_gold();
	-- a table without them is told of below
	IF unit IS NULL AND (SELECT count(*) FROM pg_attribute a
		WHERE a.attrelid = to_regclass('gold_state.settings') AND a.attname IN ('name', 'value')) = 2
	THEN
		SELECT s.value INTO unit FROM gold_state.settings s WHERE s.name = 'partition_facts';
	END IF;
	IF partition_facts <> '' THEN
		RETURN QUERY SELECT * FROM zoom_gold.partition_empty_facts(partition_facts);
	END IF;
	RETURN QUERY SELECT * FROM zoom_gold.setup_gold(coalesce(unit, ''));
	UPDATE gold_state.settings s SET value = partition_facts WHERE s.name = 'partition_facts' AND s.value <> partition_facts;
	PERFORM zoom_gold.refuse_moved_silver(silver_schema);
	RETURN QUERY SELECT * FROM zoom_gold.setup_silver(silver_schema);
	RETURN QUERY SELECT * FROM zoom_gold.require_sound_configuration();
	PERFORM zoom_gold.renew_grants();
	RETURN QUERY SELECT * FROM zoom_gold.missing_grants();
	UPDATE gold_state.settings SET value = silver_schema WHERE name = 'silver_schema' AND value <> silver_schema;
	IF FOUND THEN
		-- what the triggers on another schema captured is not silver any more
		TRUNCATE gold_state.user_change, gold_state.ticket_change, gold_state.slice_change;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.setup(name, text) IS
'Makes the schemas gold and gold_state, the views of gold_masked, gold_bi and gold_bi_masked, and the silver relations that are missing, checks those that '
'exist, and watches silver for changes. Returns a row per relation and what was done: created, checked, '
'attached (trigger), attached (watermark), attached (full), an index missing that would spare scans, a load_timestamp that may be '
'NULL, a rule that waits for a column of an empty table, or grants missing that went with a dropped extension. May '
'be run again at any time, and should be after silver tables were replaced. Errors, before anything is made, where a silver '
'relation breaks the contract, where gold was built from another schema, and where gold holds rows but '
'gold_state is gone, where a schema that is not there is named though another one holds silver, and where a setting, a rule or a word in gold_state is invalid. With partition_facts month or year, facts are made as partitioned tables, those that are there and '
'empty are replaced (partitioned), and each refresh makes the partitions it needs; kept as a setting. Errors when a fact '
'that is not partitioned holds rows';

-- Views of others would go with a schema and not come back with setup().
CREATE FUNCTION zoom_gold.refuse_dependent_views(schemas name[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	dependent text := (SELECT string_agg(DISTINCT r.ev_class::regclass::text, ', ')
		FROM pg_depend d
		JOIN pg_rewrite r ON r.oid = d.objid
		JOIN pg_class c ON c.oid = r.ev_class
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname <> ALL (schemas)
		JOIN pg_class u ON u.oid = d.refobjid
		JOIN pg_namespace m ON m.oid = u.relnamespace AND m.nspname = ANY (schemas)
		WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass);
BEGIN
	IF dependent IS NOT NULL THEN
		RAISE EXCEPTION 'views outside gold read it' USING ERRCODE = 'dependent_objects_still_exist',
			DETAIL = format('These would be lost: %s.', dependent),
			HINT = 'Drop them first.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_dependent_views(name[]) IS
'Fails when views in other schemas read tables or views of the schemas given';

CREATE FUNCTION zoom_gold.drop_gold_schemas() RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	schemas name[] := ARRAY(SELECT n.nspname FROM pg_namespace n
		WHERE n.nspname IN ('gold', 'gold_state', 'gold_masked', 'gold_bi', 'gold_bi_masked') ORDER BY 1);
BEGIN
	PERFORM zoom_gold.lock_runs();
	PERFORM zoom_gold.refuse_foreign_schemas();
	PERFORM zoom_gold.refuse_dependent_views(schemas);
	IF schemas <> '{}' THEN
		EXECUTE (SELECT format('DROP SCHEMA %s CASCADE', string_agg(quote_ident(s), ', ')) FROM unnest(schemas) s);
	END IF;
	RETURN QUERY SELECT s::text, 'dropped' FROM unnest(schemas) s;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_gold_schemas() IS 'The part of teardown() that drops the schemas that setup() made';

CREATE FUNCTION zoom_gold.teardown(drop_gold boolean DEFAULT false) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	dependent regclass;
BEGIN
	IF drop_gold IS NULL THEN
		RAISE EXCEPTION 'argument "drop_gold" must not be null' USING ERRCODE = 'null_value_not_allowed',
			HINT = 'teardown() keeps all data; teardown(drop_gold => true) drops what setup() made but silver.';
	END IF;
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_gold.require_owner();
	FOR dependent IN
		SELECT DISTINCT r.ev_class::regclass
		FROM pg_depend d
		JOIN pg_rewrite r ON r.oid = d.objid
		JOIN pg_class c ON c.oid = r.ev_class AND c.relnamespace::regnamespace::text IN ('gold_bi', 'gold_bi_masked')
		JOIN pg_proc p ON p.oid = d.refobjid AND p.pronamespace = 'zoom_gold'::regnamespace
		WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_proc'::regclass
	LOOP
		relation := dependent::text;
		EXECUTE format('DROP VIEW %s', dependent);
		action := 'dropped';
		RETURN NEXT;
	END LOOP;
	RETURN QUERY SELECT d::text, 'detached'
	FROM zoom_gold.drop_triggers('{}', ARRAY(SELECT p.oid::regproc FROM pg_proc p
		WHERE p.pronamespace = 'zoom_gold'::regnamespace AND p.prorettype = 'trigger'::regtype)) d;
	IF drop_gold THEN
		RETURN QUERY SELECT * FROM zoom_gold.drop_gold_schemas();
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.teardown(boolean) IS
'Drops the triggers of zoom_gold from silver, gold and gold_state, and the views of gold_bi and gold_bi_masked '
'that call its functions, so that the extension can be dropped; keeps all data. setup() undoes it, but for '
'grants on those views. With drop_gold it also drops the schemas gold, gold_state, gold_masked, gold_bi and '
'gold_bi_masked with all that is in them, so that setup() begins anew; silver stays. Returns what was done '
'to which relation or schema. Errors, with drop_gold, where views in other schemas read from those';
