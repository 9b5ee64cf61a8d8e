/* ==========================================================================
 * The silver contract, checked
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.base_type(type oid, typmod integer, OUT base oid, OUT base_typmod integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	domain record;
BEGIN
	base := type;
	base_typmod := typmod;
	LOOP
		SELECT t.typbasetype, t.typtypmod INTO domain FROM pg_type t WHERE t.oid = base AND t.typtype = 'd';
		EXIT WHEN NOT FOUND;
		base := domain.typbasetype;
		base_typmod := CASE WHEN base_typmod = -1 THEN domain.typtypmod ELSE base_typmod END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.base_type(oid, integer) IS 'The type under a domain, or the type itself';

-- What the engine can read as the wanted type without losing anything:
-- capture reads text as it stands, numbers are cast.
CREATE FUNCTION zoom_gold.type_fits(type oid, typmod integer, wanted text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_type_fits';
COMMENT ON FUNCTION zoom_gold.type_fits(oid, integer, text) IS
'Whether a silver column of a type can be read as the contract''s type';

CREATE FUNCTION zoom_gold.silver_problems(silver_schema name)
RETURNS TABLE (code text, message text, hint text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
	-- to plan it takes ten times as long as to run it
	RETURN QUERY
	WITH relation AS (
		SELECT t.table_name, c.oid, c.relkind, c.relpersistence, format('%I.%I', silver_schema, t.table_name) AS name
		FROM zoom_gold.model_table() t
		JOIN pg_class c ON c.relname = t.table_name
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = silver_schema
		WHERE t.table_schema = 'silver'
	), contract_column AS (
		SELECT r.name, r.relkind, w.wanted AS must_exist, w.table_name, w.position, w.column_name, a.attnum,
			format_type(a.atttypid, a.atttypmod) AS found, format_type(wanted_type.oid, NULL) AS wanted_base,
			CASE w.data_type WHEN 'numeric(10,2)' THEN w.data_type ELSE format_type(wanted_type.oid, NULL) END AS wanted,
			zoom_gold.type_fits(a.atttypid, a.atttypmod, w.data_type) AS fits
		FROM relation r
		JOIN (
			SELECT table_name, position, column_name, data_type, true AS wanted FROM zoom_gold.silver_contract()
			UNION ALL
			-- may be there: the row is a deletion
			SELECT table_name, 104, 'deleted_at', 'timestamptz', false FROM zoom_gold.model_table()) w USING (table_name)
		CROSS JOIN LATERAL (SELECT split_part(w.data_type, '(', 1)::regtype::oid) AS wanted_type (oid)
		LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = w.column_name AND a.attnum > 0
			AND NOT a.attisdropped
		WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
	), problem AS (
		SELECT r.table_name, 0 AS position, 'wrong_object_type' AS code,
			format('"%s" is neither a table nor a view', r.name) AS message,
			'Rename it, or name another schema: zoom_gold.setup(''...'').' AS hint
		FROM relation r WHERE r.relkind NOT IN ('r', 'p', 'v', 'm', 'f')
		UNION ALL
		SELECT c.table_name, c.position, 'undefined_column',
			format('relation "%s" lacks column "%s" of type %s', c.name, c.column_name, c.wanted),
			format(CASE WHEN c.relkind IN ('v', 'm') THEN 'Have the view give it, for instance NULL::%s AS %I.'
				ELSE 'Add the column, or put a view in the relation''s place that gives it, for instance NULL::%s AS %I.' END,
				c.wanted, c.column_name)
		FROM contract_column c WHERE c.attnum IS NULL AND c.must_exist
		UNION ALL
		SELECT c.table_name, c.position, 'datatype_mismatch',
			format('column "%s" of relation "%s" has type %s, not %s', c.column_name, c.name, c.found, c.wanted),
			CASE WHEN c.relkind IN ('v', 'm') THEN format(
				'Have the view give %1$s AS %2$I: drop it and create it anew, as CREATE OR REPLACE VIEW alters no type.', x.expression, c.column_name)
			WHEN c.wanted_base = 'timestamp with time zone' AND c.found = 'date' THEN format(
				'A day is no instant: put a view in the relation''s place that says which one is meant, for instance %s AS %I.',
				x.expression, c.column_name)
			WHEN c.wanted = 'date' AND c.found LIKE '%with time zone' THEN format(
				'Days are cut in UTC: put a view in the relation''s place that gives %s AS %I.', x.expression, c.column_name)
			ELSE format('%1$s: ALTER %2$sTABLE %3$s ALTER COLUMN %4$I TYPE %5$s%6$s, or put a view in the relation''s place that gives %7$s AS %4$I.',
				CASE WHEN c.wanted_base = 'timestamp with time zone' AND c.found LIKE 'timestamp%' THEN 'Say which time zone its values are in' ELSE 'Convert it' END,
				CASE c.relkind WHEN 'f' THEN 'FOREIGN ' ELSE '' END, c.name, c.column_name,
				CASE c.wanted_base WHEN 'timestamp with time zone' THEN 'timestamptz' ELSE c.wanted END,
				CASE WHEN c.relkind <> 'f' THEN ' USING ' || x.expression ELSE '' END, x.expression)
			END
		FROM contract_column c
		CROSS JOIN LATERAL (SELECT CASE
			WHEN c.wanted_base = 'timestamp with time zone' AND c.found LIKE 'timestamp%' THEN format('%I AT TIME ZONE ''UTC''', c.column_name)
			WHEN c.wanted_base = 'timestamp with time zone' AND c.found = 'date' THEN format('%I::timestamp AT TIME ZONE ''UTC''', c.column_name)
			WHEN c.wanted = 'date' AND c.found LIKE '%with time zone' THEN format('(%I AT TIME ZONE ''UTC'')::date', c.column_name)
			WHEN c.found IN ('text', 'character varying') OR c.wanted = 'integer' AND c.found ~ '^(numeric|real|double)'
				THEN format('%I::%s', c.column_name, c.wanted)
			ELSE format('%I::text%s', c.column_name, CASE WHEN c.wanted <> 'text' THEN '::' || c.wanted ELSE '' END) END) AS x (expression)
		WHERE NOT c.fits AND c.attnum IS NOT NULL
	)
	SELECT p.code, p.message, p.hint FROM problem p ORDER BY p.table_name, p.position;
END
$$;
COMMENT ON FUNCTION zoom_gold.silver_problems(name) IS
'Where the relations of a schema break the silver contract; relations that are missing are none';

CREATE FUNCTION zoom_gold.check_silver(silver_schema name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problem record;
BEGIN
	SELECT array_agg(p.code) AS code, array_agg(p.message) AS message, array_agg(p.hint) AS hint INTO problem
	FROM zoom_gold.silver_problems(silver_schema) p;
	IF problem.code IS NOT NULL THEN
		RAISE EXCEPTION '%', problem.message[1] USING
			ERRCODE = problem.code[1],
			DETAIL = CASE WHEN cardinality(problem.message) = 1 THEN 'The silver contract is broken in this place only.'
				ELSE format('In all, the silver contract is broken in %s places: %s.',
					cardinality(problem.message), array_to_string(problem.message, '; ')) END,
			HINT = problem.hint[1];
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.check_silver(name) IS 'Fails when a silver relation breaks the contract, naming all places';

CREATE FUNCTION zoom_gold.unreadable_column(relation text, state text, OUT name text, OUT wanted text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	target text := format('%I.%I', zoom_gold.setting('silver_schema'), relation);
BEGIN
	FOR name, wanted IN
		SELECT a.attname, coalesce(c.data_type, 'timestamptz') FROM pg_attribute a
		LEFT JOIN zoom_gold.silver_contract() c ON c.table_name = relation AND c.column_name = a.attname
		WHERE a.attrelid = to_regclass(target) AND a.attnum > 0 AND NOT a.attisdropped
			AND (c.column_name IS NOT NULL OR a.attname = 'deleted_at')
		ORDER BY a.attnum
	LOOP
		BEGIN
			EXECUTE format('SELECT count(%I::%s) FROM %s', name, wanted, target);
		EXCEPTION WHEN OTHERS THEN
			IF SQLSTATE = state THEN
				RETURN;
			END IF;
		END;
	END LOOP;
	name := NULL;
	wanted := NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.unreadable_column(text, text) IS
'The first column of a silver relation that raises an error of that SQLSTATE when it is read by itself, and the type it is read as; NULL when none does';

-- Asked when a step has failed: reading a silver relation whose contract is
-- broken fails in many ways, and none of them names it.
CREATE FUNCTION zoom_gold.silver_failure(relation text, state text)
RETURNS TABLE (code text, message text, hint text)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema text := zoom_gold.setting('silver_schema');
	name text := format('%I.%I', schema, relation);
	unreadable record;
BEGIN
	RETURN QUERY
	SELECT CASE p.code WHEN 'undefined_column' THEN '42703' WHEN 'wrong_object_type' THEN '42809' ELSE '42804' END, p.message, p.hint
	FROM zoom_gold.silver_problems(schema) p WHERE strpos(p.message, format('"%s"', name)) > 0 LIMIT 1;
	IF FOUND OR state NOT LIKE '22%' THEN
		RETURN;
	END IF;
	unreadable := zoom_gold.unreadable_column(relation, state);
	IF unreadable.name IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT state, format('column "%s" of relation "%s" cannot be read as %s', unreadable.name, name, unreadable.wanted),
		CASE WHEN r.relkind IN ('v', 'm') THEN format(
			'The view casts what is none. Cast safely in it: nullif(btrim(source), '''')::%1$s where empty texts are in the way, '
			'zoom_gold.cast_or_null(source, NULL::%1$s, -1) where others are.', unreadable.wanted)
		ELSE 'Mend what the relation holds, or put a view in its place that leaves it out.' END
	FROM pg_class r WHERE r.oid = to_regclass(name);
END
$$;
COMMENT ON FUNCTION zoom_gold.silver_failure(text, text) IS
'Why reading a silver relation failed with that SQLSTATE: the contract is broken, or a column cannot be read; no row where neither explains it';

-- Asked when a step has waited longer than lock_timeout allows: the error does
-- not say for what.
CREATE FUNCTION zoom_gold.lock_holders() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('%s by %s', held.relation, coalesce('process ' || held.pid, 'a prepared transaction')), ', ' ORDER BY held.relation, held.pid)
	FROM (
		SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS relation, l.pid
		FROM pg_locks l
		JOIN pg_class c ON c.oid = l.relation
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
			AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
			AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
			AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		ORDER BY 1, 2 LIMIT 10) held
$$;
COMMENT ON FUNCTION zoom_gold.lock_holders() IS
'Relations that others have locked so that a refresh may have to wait for them, with the processes, ten at most; NULL where there are none';

CREATE FUNCTION zoom_gold.missing_indexes(relation text, root regclass)
RETURNS TABLE (definition text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('CREATE INDEX ON %s (%I)', root, w.column_name)
	FROM zoom_gold.silver_contract() w
	JOIN pg_attribute a ON a.attrelid = root AND a.attname = w.column_name
	WHERE w.table_name = relation AND w.role IS NOT NULL
		-- every table that has storage of its own needs the index
		AND EXISTS (
			SELECT FROM zoom_gold.relation_tree(root) t
			JOIN pg_attribute ta ON ta.attrelid = t.relid AND ta.attname = w.column_name
			WHERE t.relkind IN ('r', 'm') AND NOT EXISTS (
				SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
				WHERE i.indrelid = t.relid AND i.indkey[0] = ta.attnum AND i.indisvalid AND i.indpred IS NULL
					AND m.amname = ANY (CASE w.role WHEN 'event' THEN '{btree,brin}' ELSE '{btree,hash}' END::text[])))
	ORDER BY w.position
$$;
COMMENT ON FUNCTION zoom_gold.missing_indexes(text, regclass) IS
'Indexes that a silver table lacks; without them a refresh scans it once';
