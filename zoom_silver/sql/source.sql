/* ==========================================================================
 * Telling of a source
 *
 * add_source() copies the mappings of a kind to zoom_silver_state.source_query
 * and refuses what would go wrong; check_source() says the same beforehand and
 * writes nothing.  Both read the catalogue for what the schema holds now.
 * ==========================================================================
 */

-- --------------------------------------------------------------------------
-- A query with its placeholders filled
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.require_schema(schema_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF schema_name IS NULL OR NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = schema_name) THEN
		RAISE EXCEPTION 'schema % does not exist', coalesce('"' || schema_name || '"', 'NULL') USING ERRCODE = 'invalid_schema_name',
			HINT = 'Name the schema that the connector writes to.';
	ELSIF NOT has_schema_privilege(schema_name::text, 'USAGE') THEN
		RAISE EXCEPTION 'permission denied for schema "%"', schema_name USING ERRCODE = 'insufficient_privilege',
			HINT = format('As its owner: GRANT USAGE ON SCHEMA %1$I TO %2$I; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I.', schema_name, current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_schema(name) IS 'Fails for a schema that is not there or that the caller may not look into';

-- Some destinations write names in capitals.
CREATE FUNCTION zoom_silver.source_table(schema_name name, table_name text) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce(to_regclass(format('%I.%I', schema_name, table_name)),
	(SELECT min(c.oid)::regclass FROM pg_class c
	WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = schema_name) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		AND zoom_silver.to_word(c.relname::text) = table_name HAVING count(*) = 1));
COMMENT ON FUNCTION zoom_silver.source_table(name, text) IS
'The table of a source, also where it is spelled with capitals and there is only one; NULL when it is not there';

CREATE FUNCTION zoom_silver.table_column(target regclass) RETURNS TABLE (column_name text, type regtype, spelling text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH attribute AS (
		SELECT a.attname::text AS spelling, zoom_silver.to_word(a.attname::text) AS word, b.base::regtype AS type
		FROM pg_attribute a CROSS JOIN LATERAL zoom_gold.base_type(a.atttypid, a.atttypmod) b
		WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
	)
	SELECT a.spelling, a.type, a.spelling FROM attribute a
	UNION ALL
	SELECT a.word, min(a.type::oid)::regtype, min(a.spelling) FROM attribute a
	GROUP BY a.word HAVING count(*) = 1 AND min(a.spelling) <> a.word
$$;
COMMENT ON FUNCTION zoom_silver.table_column(regclass) IS
'Columns of a table with their types, under domains; those with capitals by their names in small letters, too';

-- What connectors mark rows with: when they read them, and that they are gone.
CREATE FUNCTION zoom_silver.connector_column() RETURNS TABLE (place integer, meaning text, column_name text, nature text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES (1, 'extracted_at', '_airbyte_extracted_at', 'time'), (2, 'extracted_at', '_airbyte_emitted_at', 'time'),
	(3, 'extracted_at', '_sdc_extracted_at', 'time'), (4, 'extracted_at', '_sdc_batched_at', 'time'),
	(5, 'extracted_at', '_sdc_received_at', 'time'), (6, 'extracted_at', '_fivetran_synced', 'time'),
	(7, 'removed', '_fivetran_deleted', 'boolean'), (8, 'removed', '_sdc_deleted_at', 'time'), (9, 'removed', '_ab_cdc_deleted_at', 'time');
END;
COMMENT ON FUNCTION zoom_silver.connector_column() IS
'Columns in which connectors say when they read a row, of several the first counts, and that it was deleted; nature is what they hold';

-- Who says when a row was deleted says that it was, whatever else it says.
CREATE FUNCTION zoom_silver.connector_mark(target regclass) RETURNS TABLE (place integer, meaning text, value text, doubt text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.place, k.meaning, r.value, r.doubt
	FROM zoom_silver.connector_column() k JOIN zoom_silver.table_column(target) c USING (column_name)
	CROSS JOIN LATERAL (SELECT format('t.%I', c.spelling), c.type IN ('boolean'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)) AS g (given, is_typed)
	CROSS JOIN LATERAL zoom_silver.text_expression(g.given, c.type) AS w (words)
	CROSS JOIN LATERAL (SELECT CASE
			WHEN k.nature = 'boolean' THEN format('coalesce(%s, false)', CASE WHEN g.is_typed THEN g.given ELSE format('zoom_silver.to_truth(%s)', w.words) END)
			WHEN k.meaning = 'removed' THEN format('coalesce(btrim(%s), '''') <> ''''', w.words)
			ELSE zoom_silver.cast_expression(g.given, c.type, 'timestamptz') END,
		CASE WHEN g.is_typed THEN NULL WHEN k.nature = 'boolean' THEN format('zoom_silver.no_truth(%s)', w.words)
			WHEN k.meaning = 'extracted_at' THEN format('zoom_silver.no_instant(%s)', w.words) END) AS r (value, doubt)
	WHERE zoom_silver.type_suits(k.nature, c.type)
$$;
COMMENT ON FUNCTION zoom_silver.connector_mark(regclass) IS
'SQL that reads the marks of a connector in a table with alias t, and that tells where one cannot be read';

CREATE FUNCTION zoom_silver.connector_expression(target regclass, OUT extracted_at text, OUT removed text, OUT unreadable text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('coalesce(%s)', concat_ws(', ', string_agg(m.value, ', ' ORDER BY m.place) FILTER (WHERE m.meaning = 'extracted_at'), 'NULL::timestamptz')),
		coalesce(string_agg(m.value, ' OR ' ORDER BY m.place) FILTER (WHERE m.meaning = 'removed'), 'false'),
		format('CASE %s END', concat_ws(' ', string_agg(format('WHEN %s THEN %L', m.doubt, CASE m.meaning WHEN 'removed' THEN 'gone' ELSE 'update_timestamp' END), ' '
			ORDER BY m.meaning DESC, m.place) FILTER (WHERE m.doubt IS NOT NULL), 'WHEN false THEN NULL'))
	FROM zoom_silver.connector_mark(target) m
$$;
COMMENT ON FUNCTION zoom_silver.connector_expression(regclass) IS
'SQL for extracted_at, removed and unreadable of a table with alias t, or of none; the last names what of silver the other two are to say and do not';

-- Numbers lose zeros that a connector's precision adds: keys are compared.  Of
-- columns that a mapping declares it says which are times, and an empty text is
-- NULL: some connectors land the one, some the other.
CREATE FUNCTION zoom_silver.input_expression(column_name text, type regtype, nature text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN coalesce(nature, 'time') = 'time' AND type IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN format('t.%I', column_name)
		WHEN type = 'numeric'::regtype THEN format('trim_scale(t.%I)::text', column_name)
		WHEN nature IS NULL THEN zoom_silver.text_expression(format('t.%I', column_name), type)
		ELSE format('nullif(%s, '''')', zoom_silver.text_expression(format('t.%I', column_name), type))
	END
$$;
COMMENT ON FUNCTION zoom_silver.input_expression(text, regtype, text) IS 'SQL for a column of a source as queries see it';

-- All its columns, and those that may be missing; a table that may be missing
-- has no rows then.
CREATE FUNCTION zoom_silver.table_expression(schema_name name, table_name text, inputs text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('(SELECT %s%s AS extracted_at, %s AS removed, %s AS unreadable%s)',
		(SELECT string_agg(CASE WHEN c.column_name IS NULL THEN 'NULL::text' ELSE zoom_silver.input_expression(c.spelling, c.type, i.nature) END
				|| format(' AS %I, ', coalesce(c.column_name, i.column_name)), '')
			FROM zoom_silver.table_column(s.target) c
			FULL JOIN (SELECT m.column_name, m.nature, s.target IS NULL OR NOT m.column_required AS may_be_missing FROM zoom_silver.mapping_input(inputs) m
				WHERE m.table_name = table_expression.table_name) i USING (column_name)
			WHERE (c.column_name IS NOT NULL OR i.may_be_missing) AND coalesce(c.column_name, i.column_name) NOT IN ('extracted_at', 'removed', 'unreadable')),
		k.extracted_at, k.removed, k.unreadable,
		CASE WHEN s.target IS NULL THEN ' WHERE false' ELSE format(' FROM %s AS t', s.target) END)
	FROM (SELECT zoom_silver.source_table(schema_name, table_name) OFFSET 0) AS s (target) CROSS JOIN LATERAL zoom_silver.connector_expression(s.target) k
$$;
COMMENT ON FUNCTION zoom_silver.table_expression(name, text, text) IS 'SQL that a table of a source stands for in queries';

-- A user whose key is the e-mail itself comes from a source that knows no
-- better: another one with that e-mail goes before.  Whoever had an address first
-- had it always, until somebody else has it.
CREATE FUNCTION zoom_silver.email_owner_query() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('(SELECT o.email, o.user_id, tstzrange(CASE WHEN o.former IS NOT NULL THEN o.at END, lead(o.at) OVER (PARTITION BY o.email ORDER BY o.at, o.user_id COLLATE "C" DESC)) AS during
		FROM (SELECT c.*, lag(c.user_id) OVER (PARTITION BY c.email ORDER BY c.at, c.user_id COLLATE "C" DESC) AS former
			FROM (SELECT k.*, bool_and(k.is_address) OVER (PARTITION BY k.email) AS knows_no_better
				FROM (SELECT v.*, strpos(v.user_id, ''@'') > 0 AND zoom_silver.to_email(v.user_id) = v.email AS is_address FROM (
					SELECT zoom_silver.to_email(s.email) AS email, s.user_id, coalesce(s.update_timestamp, s.load_timestamp) AS at FROM %s s
					UNION ALL
					SELECT v.email, i.user_id, v.opened FROM gold_state.user_version v JOIN gold_state.user_identity i USING (ordinal)) AS v
					WHERE v.email <> '''' AND v.user_id IS NOT NULL) AS k) AS c
			WHERE c.knows_no_better OR NOT c.is_address) AS o
		WHERE o.former IS DISTINCT FROM o.user_id)',
		zoom_gold.silver_relation('si_users'))
$$;
COMMENT ON FUNCTION zoom_silver.email_owner_query() IS
'SQL for whose an e-mail was when: of silver''s users and of gold''s kept versions';

CREATE FUNCTION zoom_silver.placeholder(query text) RETURNS TABLE (name text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT DISTINCT m[1] FROM regexp_matches(query, '\{([a-z_][a-z0-9_]*)\}', 'g') m
$$;
COMMENT ON FUNCTION zoom_silver.placeholder(text) IS 'Names in braces in a query';

CREATE FUNCTION zoom_silver.is_option(kind text, options jsonb, name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN options ? name OR EXISTS (SELECT FROM zoom_silver.source_option() o WHERE o.kind = is_option.kind AND o.name = is_option.name);
COMMENT ON FUNCTION zoom_silver.is_option(text, jsonb, text) IS 'Whether a name in braces is an option, not a table';

CREATE FUNCTION zoom_silver.expand_query(query text, kind text, schema_name name, inputs text, options jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	placeholder text;
	expanded text := query;
BEGIN
	FOR placeholder IN SELECT p.name FROM zoom_silver.placeholder(query) p LOOP
		expanded := replace(expanded, format('{%s}', placeholder), CASE
			WHEN placeholder = 'email_owner' THEN zoom_silver.email_owner_query()
			WHEN zoom_silver.is_option(kind, options, placeholder) THEN quote_nullable(options ->> placeholder)
			ELSE zoom_silver.table_expression(schema_name, placeholder, inputs) END);
	END LOOP;
	RETURN expanded;
END
$$;
COMMENT ON FUNCTION zoom_silver.expand_query(text, text, name, text, jsonb) IS 'A query with all its placeholders filled';

-- --------------------------------------------------------------------------
-- What is wrong with a source
-- --------------------------------------------------------------------------

-- What a value of a nature can be read from: categories of pg_type.
CREATE FUNCTION zoom_silver.type_suits(nature text, type regtype) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.oid IN ('json'::regtype, 'jsonb'::regtype) OR CASE nature
		WHEN 'time' THEN t.typcategory IN ('S', 'N', 'D') AND t.oid NOT IN ('time'::regtype, 'timetz'::regtype)
		WHEN 'number' THEN t.typcategory IN ('S', 'N')
		WHEN 'boolean' THEN t.typcategory IN ('S', 'N', 'B')
		ELSE t.typcategory IN ('S', 'N', 'D', 'B', 'E') OR t.oid = 'uuid'::regtype END
	FROM pg_type t WHERE t.oid = type
$$;
COMMENT ON FUNCTION zoom_silver.type_suits(text, regtype) IS 'Whether text, a time, a number or a boolean can be read from a type';

-- The catalogue is asked once for each table.
CREATE FUNCTION zoom_silver.input_problem(schema_name name, inputs text)
RETURNS TABLE (table_name text, column_name text, item text, verdict text, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH mapped AS MATERIALIZED (
		SELECT * FROM zoom_silver.mapping_input(inputs)
	), found AS MATERIALIZED (
		SELECT t.*, zoom_silver.source_table(schema_name, t.table_name) AS target FROM (SELECT DISTINCT m.n, m.table_name, m.table_required FROM mapped m) AS t
	), named AS MATERIALIZED (
		SELECT f.*, coalesce(f.target::text, format('%I.%I', schema_name, f.table_name)) AS name FROM found f
	), has AS MATERIALIZED (
		SELECT f.n, c.column_name, c.type FROM found f CROSS JOIN LATERAL zoom_silver.table_column(f.target) c
	), input AS (
		SELECT m.n, m.table_name, m.column_name, m.nature, m.column_required, m.alternatives, n.target, n.name, h.type
		FROM mapped m JOIN named n USING (n) LEFT JOIN has h USING (n, column_name)
		UNION ALL
		SELECT n.n, n.table_name, k.column_name, k.nature, false, NULL, n.target, n.name, h.type
		FROM named n JOIN has h USING (n) JOIN zoom_silver.connector_column() k USING (column_name)
	)
	SELECT p.table_name, p.column_name, p.item, p.verdict, p.problem FROM (
		SELECT n.n, n.table_name, NULL::text AS column_name, n.name AS item, 'no table' AS verdict, format('schema "%s" lacks table "%s"', schema_name, n.table_name) AS problem
		FROM named n WHERE n.target IS NULL AND n.table_required
		UNION ALL
		SELECT n.n, n.table_name, NULL, n.name, 'denied', format('%s may not be read', n.name)
		FROM named n WHERE NOT has_table_privilege(n.target, 'SELECT')
		UNION ALL
		SELECT i.n, i.table_name, i.column_name, format('%s.%I', i.name, i.column_name), 'missing', format('%s lacks "%s"', i.name, i.column_name)
		FROM input i WHERE i.target IS NOT NULL AND i.column_required AND i.type IS NULL
		UNION ALL
		SELECT DISTINCT i.n, i.table_name, i.alternatives[1], format('%s.%I', i.name, i.alternatives[1]), 'missing', format('%s lacks "%s"', i.name, array_to_string(i.alternatives, '" and "'))
		FROM input i WHERE i.target IS NOT NULL AND i.alternatives IS NOT NULL
			AND NOT EXISTS (SELECT FROM has h WHERE h.n = i.n AND h.column_name = ANY (i.alternatives))
		UNION ALL
		SELECT i.n, i.table_name, i.column_name, format('%s.%I', i.name, i.column_name), 'type',
			format('%s.%I is of type %s, which is no %s', i.name, i.column_name, i.type, i.nature)
		FROM input i WHERE NOT zoom_silver.type_suits(i.nature, i.type)
		UNION ALL
		-- a table of Fivetran's history mode has a row per version
		SELECT n.n, n.table_name, h.column_name, format('%s.%I', n.name, h.column_name), 'history', format('%s is in history mode: it holds what rows were before', n.name)
		FROM named n JOIN has h USING (n) WHERE h.column_name = '_fivetran_active'
	) AS p ORDER BY p.verdict = 'type', p.n, p.column_name NULLS FIRST
$$;
COMMENT ON FUNCTION zoom_silver.input_problem(name, text) IS
'Tables and columns of a mapping that are missing, may not be read, are of a type that cannot be read, or hold old rows as well';

-- What an edited query names in braces: shipped ones are known to be right.
CREATE FUNCTION zoom_silver.require_placeholders(source text, relation text, query text, kind text, schema_name name, inputs text, options jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unknown text := (SELECT string_agg(format('{%s}', p.name), ', ') FROM zoom_silver.placeholder(query) p
		WHERE p.name <> 'email_owner' AND NOT zoom_silver.is_option(kind, options, p.name)
			AND p.name NOT IN (SELECT i.table_name FROM zoom_silver.mapping_input(inputs) i)
			AND zoom_silver.source_table(schema_name, p.name) IS NULL);
BEGIN
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION 'source "%": the query of % names %, which is no table of schema "%" and no option', source, relation, unknown, schema_name
			USING ERRCODE = 'undefined_table',
				HINT = concat_ws(' ', 'Edit it in zoom_silver_state.source_query.',
					(SELECT format('As shipped it names %s; other tables of the schema may be named as well.', string_agg(DISTINCT format('{%s}', i.table_name), ', '))
					FROM zoom_silver.mapping_input(inputs) i HAVING count(*) > 0));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_placeholders(text, text, text, text, name, text, jsonb) IS
'Fails where a query names in braces what is neither a table nor an option';

CREATE FUNCTION zoom_silver.fills_others(kind text, relation text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN EXISTS (SELECT FROM zoom_silver.mapping() m WHERE m.kind = fills_others.kind AND m.relation <> fills_others.relation);
COMMENT ON FUNCTION zoom_silver.fills_others(text, text) IS 'Whether the option "relations" can leave a relation out: a kind fills others, too';

-- A query can be edited once add_source() has copied it, which it does only of
-- tables that can be read.
CREATE FUNCTION zoom_silver.input_advice(verdict text, item text, kind text, relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN CASE
	WHEN verdict = 'denied' THEN format('GRANT SELECT ON %s TO %I', item, current_user)
	WHEN verdict = 'history' THEN 'Have Fivetran sync it in soft delete mode, or name a schema with views of its other columns, of the rows that are _fivetran_active'
	WHEN verdict = 'no table' THEN 'Have the connector sync it'
		|| CASE WHEN zoom_silver.fills_others(kind, relation) THEN format('; without it %s is left out', relation) ELSE '' END
	WHEN zoom_silver.fills_others(kind, relation) THEN format('Leave %s out with the option "relations"; after add_source(), insert a query of your own into '
		'zoom_silver_state.source_query, which may read another column', relation)
	ELSE 'Name a schema with a view of the table that has the column as it is to be, and views of the others'
END;
COMMENT ON FUNCTION zoom_silver.input_advice(text, text, text, text) IS 'What to do about a problem that input_problem() finds, before the source is added';

-- A prefix is configured, or Airbyte was told to leave its rows as JSON: tables of
-- names that end alike, if there is one.
CREATE FUNCTION zoom_silver.similar_table(schema_name name, table_name text, inputs text, OUT target regclass, OUT is_raw boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT min(c.oid)::regclass, bool_or(h.names @> '{_airbyte_data}')
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL (SELECT array_agg(k.column_name) FROM zoom_silver.table_column(c.oid) k) AS h (names)
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
		AND (n.nspname = schema_name AND right(zoom_silver.to_word(c.relname::text), length(table_name) + 1) = '_' || table_name
			OR n.nspname = 'airbyte_internal' AND c.relname = schema_name || '_raw__stream_' || table_name)
		AND (h.names @> '{_airbyte_data}' OR NOT EXISTS (SELECT FROM zoom_silver.mapping_input(inputs) i
			WHERE i.table_name = similar_table.table_name AND CASE WHEN i.alternatives IS NULL THEN i.column_required AND i.column_name <> ALL (h.names) ELSE NOT i.alternatives && h.names END))
	HAVING count(*) = 1
$$;
COMMENT ON FUNCTION zoom_silver.similar_table(name, text, text) IS
'The one table that may be the one that a schema lacks: its name ends alike and it has its columns, or holds its rows as JSON (is_raw). Nothing where there is none, or several';

CREATE FUNCTION zoom_silver.similar_advice(kind text, schema_name name, table_name text, inputs text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%s; or, where syncs do not make tables anew, name a schema with views: CREATE SCHEMA IF NOT EXISTS %I; CREATE OR REPLACE VIEW %2$I.%I AS SELECT %s FROM %s t',
		format(CASE WHEN s.is_raw THEN '%s may hold its rows, as JSON: have Airbyte make tables of them' ELSE '%s may be it: have the connector call it %I' END, s.target, table_name),
		left(schema_name, 57) || '_views', table_name,
		CASE WHEN s.is_raw THEN (
			SELECT string_agg(c.sql, ', ' ORDER BY c.n, c.sql) FROM (
				SELECT 0 AS n, format('t.%I', k.column_name) AS sql FROM zoom_silver.connector_column() k JOIN zoom_silver.table_column(s.target) USING (column_name)
				UNION ALL
				-- all that the kind reads of it, whatever for
				SELECT DISTINCT 1, format('t._airbyte_data::jsonb -> %L AS %I', i.column_name, i.column_name)
				FROM zoom_silver.mapping() m CROSS JOIN LATERAL zoom_silver.mapping_input(m.inputs) i WHERE m.kind = similar_advice.kind AND i.table_name = similar_advice.table_name) AS c)
			ELSE 't.*' END,
		s.target)
	FROM zoom_silver.similar_table(schema_name, table_name, inputs) s WHERE s.target IS NOT NULL
$$;
COMMENT ON FUNCTION zoom_silver.similar_advice(text, name, text, text) IS 'What to do where a table is missing and similar_table() finds one; NULL where it does not';

CREATE FUNCTION zoom_silver.check_similar(kind text, schema_name name, inputs text) RETURNS TABLE (item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%I.%I', schema_name, m.table_name), 'warning', format('Schema "%s" lacks table "%s", which may be missing. %s.', schema_name, m.table_name, a.advice)
	FROM (SELECT DISTINCT i.n, i.table_name FROM zoom_silver.mapping_input(inputs) i WHERE NOT i.table_required) AS m
	CROSS JOIN LATERAL (SELECT zoom_silver.similar_advice(kind, schema_name, m.table_name, inputs)) AS a (advice)
	WHERE zoom_silver.source_table(schema_name, m.table_name) IS NULL AND a.advice IS NOT NULL ORDER BY m.n
$$;
COMMENT ON FUNCTION zoom_silver.check_similar(text, name, text) IS 'Of the tables of a mapping that may be missing and are: those for which similar_table() finds one';

-- What one connector has marked is no other's, even where their tables are alike.
CREATE FUNCTION zoom_silver.likely_kind(kind text, schema_name name) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH readable AS (
		SELECT k.kind, count(*) AS n
		FROM zoom_silver.source_kind() k CROSS JOIN LATERAL zoom_silver.chosen_mapping(k.kind, schema_name, '{}') m
		WHERE NOT EXISTS (SELECT FROM zoom_silver.input_problem(schema_name, m.inputs) p WHERE p.verdict <> 'denied')
		GROUP BY k.kind
	), marked AS (
		SELECT m.kind FROM (VALUES ('airbyte', '_airbyte_'), ('singer', '_sdc_'), ('fivetran', '_fivetran_')) AS m (kind, prefix)
		WHERE EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND NOT a.attisdropped AND starts_with(lower(a.attname), m.prefix))
	)
	SELECT r.kind FROM readable r
	WHERE r.kind <> likely_kind.kind AND r.n > coalesce((SELECT o.n FROM readable o WHERE o.kind = likely_kind.kind), 0)
		AND (r.kind IN ('zendesk', 'stripe') OR r.kind IN (SELECT m.kind FROM marked m) OR NOT EXISTS (SELECT FROM marked))
	ORDER BY r.n DESC LIMIT 1
$$;
COMMENT ON FUNCTION zoom_silver.likely_kind(text, name) IS
'The kind of source that a schema seems to be of, if it is another one: more relations of silver can be read from it so. NULL where there is none';

CREATE FUNCTION zoom_silver.likely_advice(kind text, schema_name name) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN 'Schema "' || schema_name || '" looks like one of kind ' || zoom_silver.likely_kind(kind, schema_name) || ': name that kind';
COMMENT ON FUNCTION zoom_silver.likely_advice(text, name) IS 'What to do where a schema seems to be of another kind; NULL where it does not';

-- All in one error.  An edited query needs what it names, not what the shipped
-- one did.
CREATE FUNCTION zoom_silver.require_inputs(source text, kind text, relation text, schema_name name, inputs text, edited_query text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	wrong record;
	is_known boolean;
	likely text;
BEGIN
	SELECT array_agg(p.problem) AS problems, (array_agg(p.verdict))[1] AS verdict, (array_agg(p.item))[1] AS item,
		bool_or(p.verdict = 'no table') AS lacks_table INTO wrong
	FROM zoom_silver.input_problem(schema_name, inputs) p
	WHERE edited_query IS NULL OR p.column_name IS NULL AND p.table_name IN (SELECT n.name FROM zoom_silver.placeholder(edited_query) n);
	IF wrong.problems IS NULL THEN
		RETURN;
	END IF;
	is_known := EXISTS (SELECT FROM zoom_silver_state.source_query q WHERE q.source = require_inputs.source AND q.relation = require_inputs.relation);
	IF NOT is_known THEN
		likely := zoom_silver.likely_advice(kind, schema_name);
	END IF;
	IF wrong.lacks_table THEN
		RAISE EXCEPTION 'source "%": %', source, wrong.problems[1] USING ERRCODE = 'undefined_table',
			DETAIL = array_to_string(wrong.problems, '; ') || '.',
			HINT = coalesce(likely || '.', 'A sync is running, or the connector names its tables in another way: zoom_silver.check_source() tells.');
	ELSIF wrong.verdict = 'denied' THEN
		RAISE EXCEPTION 'source "%": permission denied for table %', source, wrong.item USING ERRCODE = 'insufficient_privilege',
			DETAIL = array_to_string(wrong.problems, '; ') || '.',
			HINT = format('A connector that makes a table anew takes its grants away. As its owner: GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I; '
				|| 'ALTER DEFAULT PRIVILEGES IN SCHEMA %1$I GRANT SELECT ON TABLES TO %2$I.', schema_name, current_user);
	ELSIF wrong.verdict = 'history' THEN
		RAISE EXCEPTION 'source "%": %', source, wrong.problems[1] USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = array_to_string(wrong.problems, '; ') || '.',
			HINT = zoom_silver.input_advice(wrong.verdict, wrong.item, kind, relation) || '.';
	END IF;
	RAISE EXCEPTION 'source "%": %', source, wrong.problems[1] USING ERRCODE = 'undefined_column',
		DETAIL = array_to_string(wrong.problems, '; ') || '.',
		HINT = CASE WHEN is_known
			THEN 'Edit the query in zoom_silver_state.source_query: what it reads there it may read from another column.'
			ELSE coalesce(likely, zoom_silver.input_advice(wrong.verdict, wrong.item, kind, relation)) || '.' END;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_inputs(text, text, text, name, text, text) IS
'Fails when tables or columns of a mapping are missing or cannot be read, naming all';

CREATE FUNCTION zoom_silver.asks_only(query text, inputs text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN NOT EXISTS (SELECT FROM zoom_silver.placeholder(query) p WHERE p.name NOT IN (SELECT i.table_name FROM zoom_silver.mapping_input(inputs) i));
COMMENT ON FUNCTION zoom_silver.asks_only(text, text) IS 'Whether the names in braces in a query are tables of a mapping';

CREATE FUNCTION zoom_silver.unstated_option(kind text, relation text, schema_name name, inputs text, options jsonb)
RETURNS TABLE (name text, message text, hint text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	option record;
	matters boolean;
BEGIN
	FOR option IN
		SELECT o.* FROM zoom_silver.source_option() o
		WHERE o.kind = unstated_option.kind AND o.relation = unstated_option.relation AND NOT options ? o.name
			AND zoom_silver.asks_only(o.unstated, inputs)
	LOOP
		EXECUTE format('SELECT EXISTS (%s)', zoom_silver.expand_query(option.unstated, kind, schema_name, inputs, options)) INTO matters;
		IF matters THEN
			RETURN QUERY SELECT option.name, option.message, option.hint;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.unstated_option(text, text, name, text, jsonb) IS
'Options that a source''s tables say must be stated, and were not';

CREATE FUNCTION zoom_silver.require_options(kind text, relation text, schema_name name, inputs text, options jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unstated record;
BEGIN
	FOR unstated IN SELECT * FROM zoom_silver.unstated_option(kind, relation, schema_name, inputs, options) LOOP
		RAISE EXCEPTION '%', unstated.message USING ERRCODE = 'invalid_parameter_value', HINT = unstated.hint;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_options(text, text, name, text, jsonb) IS 'Fails when an option must be stated and was not';

CREATE FUNCTION zoom_silver.require_kind(kind text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM zoom_silver.source_kind() k WHERE k.kind = require_kind.kind) OR kind IS NULL THEN
		RAISE EXCEPTION 'there is no kind of source %', coalesce(quote_ident(kind), 'NULL') USING ERRCODE = 'invalid_parameter_value',
			HINT = format('The kinds are %s.', (SELECT string_agg(k.kind, ', ') FROM zoom_silver.source_kind() k));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_kind(text) IS 'Fails for a kind of source that zoom_silver does not know';

-- Options in their known spelling; an unknown one is an error.
CREATE FUNCTION zoom_silver.normal_options(kind text, options jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given record;
	known record;
	value text;
	normal jsonb := '{}';
BEGIN
	IF jsonb_typeof(options) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'options are no JSON object' USING ERRCODE = 'invalid_parameter_value',
			HINT = coalesce((SELECT format('A source of kind %s takes an object with %s; {} states nothing.', normal_options.kind, string_agg(DISTINCT o.name, ', '))
				FROM zoom_silver.source_option() o WHERE o.kind = normal_options.kind), '{} states nothing.');
	END IF;
	FOR given IN SELECT * FROM jsonb_each(options) LOOP
		SELECT o.* INTO known FROM zoom_silver.source_option() o WHERE o.kind = normal_options.kind AND o.name = given.key;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'there is no option "%" for kind %', given.key, kind USING ERRCODE = 'invalid_parameter_value',
				HINT = coalesce((SELECT format('There are %s.', string_agg(DISTINCT o.name, ', ')) FROM zoom_silver.source_option() o
					WHERE o.kind = normal_options.kind), 'It has none.');
		ELSIF known.allowed IS NOT NULL THEN
			SELECT a.word INTO value FROM unnest(known.allowed) a (word) WHERE zoom_silver.to_word(a.word) = zoom_silver.to_word(options ->> given.key);
			IF NOT FOUND THEN
				RAISE EXCEPTION 'option % cannot be %', given.key, given.value USING ERRCODE = 'invalid_parameter_value', HINT = coalesce(known.hint, known.description || '.');
			END IF;
			normal := normal || jsonb_build_object(given.key, value);
		ELSE
			IF given.key = 'relations' THEN
				PERFORM zoom_silver.check_relations(kind, given.value);
			ELSIF jsonb_typeof(given.value) <> 'string' OR btrim(given.value #>> '{}') = '' THEN
				RAISE EXCEPTION 'option % cannot be %', given.key, given.value USING ERRCODE = 'invalid_parameter_value', HINT = coalesce(known.hint, known.description || '.');
			END IF;
			normal := normal || jsonb_build_object(given.key, given.value);
		END IF;
	END LOOP;
	RETURN normal;
END
$$;
COMMENT ON FUNCTION zoom_silver.normal_options(text, jsonb) IS 'Options in their known spelling; fails for unknown options and values';

CREATE FUNCTION zoom_silver.check_relations(kind text, value jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	fillable text[] := ARRAY(SELECT DISTINCT m.relation FROM zoom_silver.mapping() m WHERE m.kind = check_relations.kind ORDER BY 1);
	surplus text;
BEGIN
	IF jsonb_typeof(value) <> 'array' OR value = '[]' THEN
		surplus := value::text;
	ELSE
		SELECT e.element::text INTO surplus FROM jsonb_array_elements(value) e (element)
		WHERE jsonb_typeof(e.element) <> 'string' OR e.element #>> '{}' <> ALL (fillable) LIMIT 1;
	END IF;
	IF surplus IS NOT NULL THEN
		RAISE EXCEPTION 'option relations cannot be %: a source of kind % does not fill that', surplus, kind USING ERRCODE = 'invalid_parameter_value',
			HINT = format('It takes an array of %s, for instance {"relations": ["%s"]}.', array_to_string(fillable, ', '), fillable[1]);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_relations(text, jsonb) IS 'Fails where the option relations is no array of silver relations that a kind of source fills';

CREATE FUNCTION zoom_silver.wanted(options jsonb, relation text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN NOT options ? 'relations' OR options -> 'relations' ? relation;
COMMENT ON FUNCTION zoom_silver.wanted(jsonb, text) IS 'Whether options want a silver relation filled';

-- The first shape of each relation whose tables are there, else the first.
CREATE FUNCTION zoom_silver.chosen_mapping(kind text, schema_name name, options jsonb)
RETURNS TABLE (relation text, shape text, deletes text, inputs text, query text, lacking text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT DISTINCT ON (c.position) m.relation, m.shape, m.deletes, m.inputs, m.query, l.lacking
	FROM zoom_silver.mapping() WITH ORDINALITY AS m (kind, relation, shape, deletes, inputs, query, n)
	JOIN (SELECT t.table_name, t.position FROM zoom_gold.model_table() WITH ORDINALITY AS t (table_schema, table_name, kind, description, position)
		WHERE t.table_schema = 'silver') AS c ON c.table_name = m.relation
	CROSS JOIN LATERAL (
		SELECT array_agg(i.table_name ORDER BY i.table_name) FILTER (WHERE zoom_silver.source_table(schema_name, i.table_name) IS NULL)
		FROM (SELECT DISTINCT p.table_name FROM zoom_silver.mapping_input(m.inputs) p WHERE p.table_required) AS i) AS l (lacking)
	WHERE m.kind = chosen_mapping.kind AND zoom_silver.wanted(options, m.relation)
	ORDER BY c.position, l.lacking IS NOT NULL, m.n
$$;
COMMENT ON FUNCTION zoom_silver.chosen_mapping(text, name, jsonb) IS
'The mappings of a kind that fit the tables of a schema, in the order in which to pull; lacking names the tables that are missing';

CREATE FUNCTION zoom_silver.require_tables(kind text, schema_name name, options jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plan record;
BEGIN
	PERFORM zoom_silver.require_schema(schema_name);
	SELECT s.* INTO plan FROM zoom_silver.schedule_table() s
	WHERE s.kind = require_tables.kind AND zoom_silver.source_table(schema_name, s.schedule) IS NOT NULL
		AND zoom_silver.source_table(schema_name, s.held) IS NULL AND zoom_silver.wanted(options, 'si_meetings');
	IF FOUND THEN
		RAISE EXCEPTION '% has % but no %: scheduled meetings are not meetings held', schema_name, plan.schedule, plan.held
			USING ERRCODE = 'undefined_table',
				HINT = format('Have the connector sync %s as well, or leave meetings out with the option "relations".', plan.held);
	END IF;
	IF NOT EXISTS (SELECT FROM zoom_silver.chosen_mapping(kind, schema_name, options) m WHERE m.lacking IS NULL) THEN
		RAISE EXCEPTION 'schema "%" has no tables of kind %', schema_name, kind USING ERRCODE = 'undefined_table',
			HINT = coalesce(zoom_silver.likely_advice(kind, schema_name) || '.',
				format('SELECT * FROM zoom_silver.check_source(%L, %L) tells what is missing.', kind, schema_name));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_tables(text, name, jsonb) IS
'Fails when a schema has no tables of a kind, or of meetings only the schedule';

-- --------------------------------------------------------------------------
-- check_source(), add_source(), drop_source()
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.check_table(schema_name name, inputs text) RETURNS TABLE (item text, verdict text, advice text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	target regclass;
	is_foreign boolean;
BEGIN
	FOR item, target, is_foreign IN
		SELECT DISTINCT ON (i.n) c.oid::regclass::text, c.oid, c.relkind = 'f'
		FROM zoom_silver.mapping_input(inputs) i JOIN pg_class c ON c.oid = zoom_silver.source_table(schema_name, i.table_name) ORDER BY i.n
	LOOP
		CONTINUE WHEN NOT has_table_privilege(target, 'SELECT');
		verdict := CASE WHEN is_foreign THEN 'warning' WHEN zoom_gold.has_rows(target) THEN 'ok' ELSE 'empty' END;
		advice := CASE verdict WHEN 'empty' THEN 'It has no rows: a sync has not ended, or the account has nothing of it.'
			WHEN 'warning' THEN 'It is a foreign table: each pull reads it whole, and where it stands for an API each pull calls that; such tables know no past meetings.' END;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_table(name, text) IS 'Of the tables of a mapping that are there: whether they have rows, and what to know of them';

CREATE FUNCTION zoom_silver.check_silver(kind text, relation text) RETURNS TABLE (item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(s.target::text, format('%I.%I', zoom_gold.setting('silver_schema'), relation)),
		CASE WHEN s.target IS NULL THEN 'missing' WHEN c.relkind NOT IN ('r', 'p') THEN 'type' ELSE 'ok' END,
		CASE WHEN s.target IS NULL THEN 'Run SELECT * FROM zoom_gold.setup().'
			WHEN c.relkind NOT IN ('r', 'p') THEN 'It is no table, and a pull writes tables. ' || zoom_silver.table_instead(s.target, relation)
				|| CASE WHEN zoom_silver.fills_others(kind, relation) THEN ' Or leave the relation out with the option "relations".' ELSE '' END END
	FROM zoom_gold.silver_relation(relation) AS s (target) LEFT JOIN pg_class c ON c.oid = s.target
$$;
COMMENT ON FUNCTION zoom_silver.check_silver(text, text) IS 'Whether a silver relation is a table that a pull can write';

CREATE FUNCTION zoom_silver.check_schedule(kind text, schema_name name) RETURNS TABLE (relation text, item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'si_meetings', format('%I.%I', schema_name, s.schedule), CASE WHEN h.held IS NULL THEN 'missing' ELSE 'ok' END,
		format('%s are scheduled meetings, which are not meetings held: they are not read.%s', s.schedule,
			CASE WHEN h.held IS NULL THEN format(' Have the connector sync %s.', s.held) ELSE '' END)
	FROM zoom_silver.schedule_table() s CROSS JOIN LATERAL (SELECT zoom_silver.source_table(schema_name, s.held)) AS h (held)
	WHERE s.kind = check_schedule.kind AND zoom_silver.source_table(schema_name, s.schedule) IS NOT NULL
$$;
COMMENT ON FUNCTION zoom_silver.check_schedule(text, name) IS 'What to know of a table of scheduled meetings';

CREATE FUNCTION zoom_silver.sentence(message text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN message ~ '^[a-z]+ ' THEN upper(left(message, 1) COLLATE "C") || substr(message, 2) ELSE message END;
COMMENT ON FUNCTION zoom_silver.sentence(text) IS 'A message with a capital letter, unless it begins with a name';

-- What is handed in has no tables to look at: what it fills, and what must be stated.
CREATE FUNCTION zoom_silver.check_handed_in(kind text, options jsonb) RETURNS TABLE (relation text, item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT h.relation, s.item, s.verdict, coalesce(s.advice, format(CASE h.kind WHEN 'csv' THEN 'load_csv() fills it from exports of kind %s.'
			ELSE 'receive() fills it from %s.' END, replace(h.inputs, ' ', ', ')))
	FROM zoom_silver.handed_in() h CROSS JOIN LATERAL zoom_silver.check_silver(h.kind, h.relation) s
	WHERE h.kind = check_handed_in.kind
	UNION ALL
	SELECT 'si_users', 'option ' || o.name, CASE WHEN o.message IS NULL THEN 'warning' ELSE 'decision' END,
		coalesce(zoom_silver.sentence(o.message) || '. ' || o.hint, format('It is not stated, as {"%s": "%s"}. %s.', o.name, o.allowed[1], zoom_silver.sentence(o.description)))
	FROM zoom_silver.source_option() o
	WHERE o.kind = check_handed_in.kind AND NOT options ? o.name AND o.kind IN (SELECT h.kind FROM zoom_silver.handed_in() h)
	UNION ALL
	SELECT 'si_meetings', 'argument time_zone', 'decision', 'Exports have local times without a zone: say with each load_csv() that of the person who exported it.'
	WHERE check_handed_in.kind = 'csv'
$$;
COMMENT ON FUNCTION zoom_silver.check_handed_in(text, jsonb) IS 'The part of check_source() for kinds that are handed in: webhook and csv';

-- To compile what asks the catalogue takes twenty times as long as to run it.
CREATE FUNCTION zoom_silver.check_source(kind text, schema_name name, options jsonb DEFAULT '{}')
RETURNS TABLE (relation text, item text, verdict text, advice text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET jit = off AS $$
#variable_conflict use_column
DECLARE
	m record;
BEGIN
	PERFORM zoom_silver.require_gold();
	PERFORM zoom_silver.require_kind(kind);
	options := zoom_silver.normal_options(kind, options);
	IF kind NOT IN (SELECT h.kind FROM zoom_silver.handed_in() h) THEN
		PERFORM zoom_silver.require_schema(schema_name);
	END IF;
	FOR m IN SELECT * FROM zoom_silver.chosen_mapping(kind, schema_name, options) LOOP
		RETURN QUERY SELECT m.relation, s.* FROM zoom_silver.check_silver(kind, m.relation) s;
		RETURN QUERY SELECT m.relation, t.* FROM zoom_silver.check_table(schema_name, m.inputs) t;
		RETURN QUERY SELECT m.relation, p.item, CASE WHEN p.verdict IN ('denied', 'no table') THEN 'missing' WHEN p.verdict = 'history' THEN 'type' ELSE p.verdict END,
				zoom_silver.sentence(p.problem) || CASE p.verdict WHEN 'denied' THEN ': ' ELSE '. ' END
				-- asked at most once of all that is wrong
				|| coalesce(CASE WHEN p.verdict IN ('no table', 'missing') THEN (SELECT zoom_silver.likely_advice(kind, schema_name)) END,
					CASE p.verdict WHEN 'no table' THEN zoom_silver.similar_advice(kind, schema_name, p.table_name, m.inputs) END,
					zoom_silver.input_advice(p.verdict, p.item, kind, m.relation)) || '.'
			FROM zoom_silver.input_problem(schema_name, m.inputs) p;
		RETURN QUERY SELECT m.relation, s.* FROM zoom_silver.check_similar(kind, schema_name, m.inputs) s;
		IF NOT EXISTS (SELECT FROM zoom_silver.input_problem(schema_name, m.inputs)) THEN
			RETURN QUERY SELECT m.relation, 'option ' || o.name, 'decision', zoom_silver.sentence(o.message) || '. ' || o.hint
				FROM zoom_silver.unstated_option(kind, m.relation, schema_name, m.inputs, options) o;
		END IF;
	END LOOP;
	RETURN QUERY SELECT * FROM zoom_silver.check_schedule(kind, schema_name);
	RETURN QUERY SELECT * FROM zoom_silver.check_handed_in(kind, options);
END
$$;
COMMENT ON FUNCTION zoom_silver.check_source(text, name, jsonb) IS
'What add_source() and pull() will find: a row per table, column in question and decision, with a verdict: ok, missing, type '
'(it cannot be read or written), decision (an option must be stated), empty or warning. Writes nothing. Errors where '
'zoom_gold.setup() was not run, for an unknown kind or option, and for a schema that is not there or may not be looked into';

CREATE FUNCTION zoom_silver.add_mapping(source text, kind text, schema_name name, options jsonb)
RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	m record;
	known record;
BEGIN
	PERFORM zoom_silver.require_tables(kind, schema_name, options);
	FOR m IN SELECT * FROM zoom_silver.chosen_mapping(kind, schema_name, options) LOOP
		relation := m.relation;
		SELECT q.query, q.shipped INTO known FROM zoom_silver_state.source_query q WHERE q.source = add_mapping.source AND q.relation = m.relation;
		IF FOUND AND known.shipped IS DISTINCT FROM md5(known.query) THEN
			action := 'kept: the query was edited';
		ELSIF m.lacking IS NOT NULL THEN
			action := concat_ws('. ', format('left out: %s has no %s', schema_name, array_to_string(m.lacking, ', ')), zoom_silver.likely_advice(kind, schema_name));
		ELSE
			PERFORM zoom_silver.prepare_silver(m.relation);
			PERFORM zoom_silver.require_inputs(source, kind, m.relation, schema_name, m.inputs);
			PERFORM zoom_silver.require_options(kind, m.relation, schema_name, m.inputs, options);
			INSERT INTO zoom_silver_state.source_query AS q (source, relation, query, deletes, shape, shipped)
			VALUES (source, m.relation, m.query, m.deletes, m.shape, md5(m.query))
			ON CONFLICT ON CONSTRAINT source_query_pkey DO UPDATE
			SET query = excluded.query, shape = excluded.shape, shipped = excluded.shipped, fingerprint = NULL;
			action := CASE WHEN known.query IS NULL THEN 'added' WHEN known.query = m.query THEN 'checked' ELSE 'updated' END;
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.add_mapping(text, text, name, jsonb) IS
'The part of add_source() for kinds that are pulled: copies their mappings, unless people have edited them';

CREATE FUNCTION zoom_silver.check_source_name(source text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- as the constraint of zoom_silver_state.source says
	IF source !~ '^[a-z][a-z0-9_-]{0,31}$' THEN
		RAISE EXCEPTION 'invalid name of a source: "%"', source USING ERRCODE = 'invalid_name',
			HINT = 'It takes up to 32 lower-case letters, digits, hyphens and underscores, and begins with a letter.';
	END IF;
	RETURN source;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_source_name(text) IS 'The name of a source; fails where it cannot be one';

CREATE FUNCTION zoom_silver.add_source(kind text, schema_name name, options jsonb DEFAULT '{}', source text DEFAULT NULL)
RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET jit = off AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_kind(kind);
	PERFORM zoom_silver.ensure_state();
	source := zoom_silver.check_source_name(coalesce(source, kind));
	options := zoom_silver.normal_options(kind, options);
	IF EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.name = source AND s.kind <> add_source.kind) THEN
		RAISE EXCEPTION 'source "%" is there already, of another kind', source USING ERRCODE = 'duplicate_object',
			HINT = 'Give this one another name: it will be the source_system of its rows.';
	END IF;
	INSERT INTO zoom_silver_state.source AS s (name, kind, schema_name, options)
	VALUES (source, kind, schema_name, options)
	ON CONFLICT ON CONSTRAINT source_pkey DO UPDATE SET schema_name = excluded.schema_name, options = excluded.options;
	IF kind = 'webhook' THEN
		RETURN QUERY SELECT * FROM zoom_silver.add_webhook(source, options);
	ELSIF kind = 'csv' THEN
		RETURN QUERY SELECT * FROM zoom_silver.add_csv(source, options);
	ELSE
		RETURN QUERY SELECT * FROM zoom_silver.add_mapping(source, kind, schema_name, options);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.add_source(text, name, jsonb, text) IS
'Tells of a source: its kind (see source_catalog), the schema that a connector writes to, options, and a name where there are '
'several of one kind, which becomes the source_system of its rows. Returns a row per silver relation: added, checked, updated, kept (its query was edited) or left out, '
'and why. May be run again to change schema and options. Errors, with nothing changed, where tables or columns are missing, '
'where only scheduled meetings are there, where an option must be stated, and where silver is no table';

CREATE FUNCTION zoom_silver.require_source(source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_state();
	IF NOT EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.name = source) THEN
		RAISE EXCEPTION 'there is no source %', coalesce('"' || source || '"', 'NULL') USING ERRCODE = 'undefined_object',
			HINT = coalesce((SELECT format('There are %s.', string_agg(s.name, ', ')) FROM zoom_silver_state.source s),
				'Run SELECT * FROM zoom_silver.add_source(...).');
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_source(text) IS 'Fails for a source that was not added';

CREATE FUNCTION zoom_silver.drop_source(source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_source(source);
	DELETE FROM zoom_silver_state.source s WHERE s.name = source;
END
$$;
COMMENT ON FUNCTION zoom_silver.drop_source(text) IS
'Forgets a source and its queries; its rows stay in silver. Errors for a source that was not added';
