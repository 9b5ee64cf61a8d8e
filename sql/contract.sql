/* ==========================================================================
 * The silver contract, checked
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.base_type(type oid, typmod integer, OUT base oid, OUT base_typmod integer)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE domain AS (
		SELECT base_type.type AS base, base_type.typmod AS base_typmod
		UNION ALL
		SELECT t.typbasetype, CASE WHEN d.base_typmod = -1 THEN t.typtypmod ELSE d.base_typmod END
		FROM domain d JOIN pg_type t ON t.oid = d.base WHERE t.typtype = 'd'
	)
	SELECT d.base, d.base_typmod FROM domain d JOIN pg_type t ON t.oid = d.base WHERE t.typtype <> 'd'
$$;
COMMENT ON FUNCTION zoom_gold.base_type(oid, integer) IS 'The type under a domain, or the type itself';

-- What the engine can read as the wanted type without losing anything:
-- capture reads text as it stands, numbers are cast.
CREATE FUNCTION zoom_gold.type_fits(type oid, typmod integer, wanted text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE wanted
		WHEN 'text' THEN b.base IN ('text'::regtype, 'varchar'::regtype)
		WHEN 'integer' THEN b.base IN ('smallint'::regtype, 'integer'::regtype)
		WHEN 'numeric(10,2)' THEN b.base IN ('smallint'::regtype, 'integer'::regtype)
			OR b.base = 'numeric'::regtype AND (b.base_typmod = -1 OR (b.base_typmod - 4) & 2047 <= 2)
		ELSE b.base = wanted::regtype
	END
	FROM zoom_gold.base_type(type, typmod) b
$$;
COMMENT ON FUNCTION zoom_gold.type_fits(oid, integer, text) IS
'Whether a silver column of a type can be read as the contract''s type';

CREATE FUNCTION zoom_gold.silver_problems(silver_schema name)
RETURNS TABLE (code text, message text, hint text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
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
			format('Add the column, or put a view in the relation''s place that gives it, for instance NULL::%s AS %I.',
				c.wanted, c.column_name)
		FROM contract_column c WHERE c.attnum IS NULL AND c.must_exist
		UNION ALL
		SELECT c.table_name, c.position, 'datatype_mismatch',
			format('column "%s" of relation "%s" has type %s, not %s', c.column_name, c.name, c.found, c.wanted),
			CASE WHEN c.wanted_base = 'timestamp with time zone' AND c.found LIKE 'timestamp%' THEN format(
				'Say which time zone its values are in: ALTER TABLE %1$s ALTER COLUMN %2$I TYPE timestamptz USING %2$I AT TIME ZONE ''UTC'', '
				|| 'or put a view in the relation''s place that gives %2$I AT TIME ZONE ''UTC'' AS %2$I.', c.name, c.column_name)
			WHEN c.wanted_base = 'timestamp with time zone' AND c.found = 'date' THEN format(
				'A day is no instant: put a view in the relation''s place that says which one is meant, '
				|| 'for instance %1$I::timestamp AT TIME ZONE ''UTC'' AS %1$I.', c.column_name)
			WHEN c.wanted = 'date' AND c.found LIKE '%with time zone' THEN format(
				'Days are cut in UTC: put a view in the relation''s place that gives (%1$I AT TIME ZONE ''UTC'')::date AS %1$I.',
				c.column_name)
			ELSE format(
				'Convert it: ALTER TABLE %1$s ALTER COLUMN %2$I TYPE %3$s USING %2$I::%3$s, '
				|| 'or put a view in the relation''s place that gives %2$I::%3$s AS %2$I.', c.name, c.column_name, c.wanted)
			END
		FROM contract_column c WHERE NOT c.fits AND c.attnum IS NOT NULL
	)
	SELECT p.code, p.message, p.hint FROM problem p ORDER BY p.table_name, p.position
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
