/* ==========================================================================
 * Writing differences into silver
 *
 *   write_rows(relation, query, source_system, deletes, origin)
 *
 * is the one way into silver, for pulls, webhooks and exports alike:
 *
 * - query: a SELECT of columns of the silver relation, in any order and of any
 *   type; text is read as instants, days and numbers.  The key must be among
 *   them.  A column it leaves out is not known to the source: what silver has
 *   is kept.  Three columns are read in a way of their own:
 *     update_timestamp   when the source said so (now, where NULL or missing)
 *     gone boolean       true: the key was deleted
 *     unreadable         columns, separated by blanks, for which the source has
 *                        something that the query could not read
 * - source_system: the name of the source.  A source updates and deletes only
 *   rows of its own.
 * - deletes: 'mirror': a key that the query does not give any more is deleted;
 *   'keep': its absence means nothing.
 * - origin: what errors call the input, for instance raw_zoom.users.
 * - known_digest: what the last call gave as digest; with the same one there is
 *   nothing to compare.
 *
 * Users and tickets have versions: one is added where what is said differs
 * from what silver holds as of that update_timestamp, whoever said that; none
 * is ever updated, for an update counts from its capture only (doc/SOURCES.md).
 * Of the other relations a source has one row per key, which is inserted or
 * updated.  What does not differ is not written.
 *
 * Statements call a column of silver by its number there, as "7", where it stands
 * beside what they have of their own: silver's columns are called as people like.
 *
 * Rows are read once, into a temporary table; whoever calls it sets TimeZone =
 * UTC, DateStyle = ISO and lets joins be hashed: silver may look empty to the
 * planner when it is not.
 * ==========================================================================
 */

CREATE FUNCTION zoom_silver.write_rows(relation text, query text, source_system text, deletes text DEFAULT 'keep',
									   origin text DEFAULT NULL, known_digest text DEFAULT NULL, OUT inserted bigint, OUT updated bigint,
									   OUT deleted bigint, OUT unchanged bigint, OUT details jsonb, OUT digest text, OUT is_plain boolean, OUT told text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET enable_nestloop = off SET enable_mergejoin = off SET jit = off SET standard_conforming_strings = on SET quote_all_identifiers = off
AS $$
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	row_count bigint;
	has_duplicates boolean := false;
	caught_up bigint := 0;
	held record;
BEGIN
	row_count := zoom_silver.read_rows(relation, query, source_system);
	digest := zoom_silver.read_digest(relation, target, deletes);
	IF digest = known_digest THEN
		SELECT 0, 0, 0, row_count, jsonb_build_object('read', row_count, 'unreadable', 0, 'without_key', 0) INTO inserted, updated, deleted, unchanged, details;
		is_plain := true;
		DROP TABLE pg_temp.zoom_silver_read;
		RETURN;
	END IF;
	PERFORM zoom_silver.prepare_silver(relation, ARRAY(SELECT c.column_name FROM zoom_silver.read_column(relation) c WHERE c.may_fail));
	told := zoom_silver.content_columns(relation);
	IF zoom_gold.has_versions(relation) THEN
		caught_up := zoom_silver.catch_up(relation, target, source_system, told);
		PERFORM zoom_silver.find_versions(relation, target, source_system);
	ELSE
		has_duplicates := zoom_silver.has_duplicates(relation);
		PERFORM zoom_silver.find_differences(relation, target, source_system, deletes, has_duplicates);
	END IF;
	PERFORM zoom_silver.guard_rows(relation, target, source_system, deletes, coalesce(origin, source_system), row_count);
	unchanged := row_count - (SELECT count(*) FROM pg_temp.zoom_silver_changed c WHERE c.action <> 'A');
	deleted := zoom_silver.delete_rows(relation, target, source_system, deletes);
	updated := zoom_silver.update_rows(relation, target, source_system);
	inserted := caught_up + zoom_silver.insert_rows(relation, target, source_system);
	held := zoom_silver.count_doubtful(relation, target, source_system);
	details := jsonb_build_object('read', row_count, 'without_key', CASE WHEN held.keyless THEN zoom_silver.count_keyless(relation) ELSE 0 END,
		'unreadable', held.unreadable);
	is_plain := held.unreadable = 0 AND held.keyless IS NOT TRUE AND NOT has_duplicates;
	IF NOT is_plain THEN
		digest := NULL;
	END IF;
	DROP TABLE pg_temp.zoom_silver_read, pg_temp.zoom_silver_changed;
END
$$;
COMMENT ON FUNCTION zoom_silver.write_rows(text, text, text, text, text, text) IS
'Writes what a query says to a silver relation, as differences: versions of users and tickets are added, rows of the '
'others inserted and updated. Returns what was written, how many rows changed nothing and, as details, the rows read, those without a key '
'and those of silver with a value that could not be read; a digest for the next call, where that may rely on it; whether all could be read and had keys, one row each where there are no versions; and the columns that were compared. Errors, before anything is '
'written, where the query lacks the key or gives a column that silver does not have, and where too much is gone';

-- Which lock it was the error does not say.
CREATE FUNCTION zoom_silver.lock_hint() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce(format('Locked now: %s. Try again when that has ended, or with a longer lock_timeout.', nullif(zoom_gold.lock_holders(), '')),
	'Another session may be at it: try again after it, or with a longer lock_timeout.');
COMMENT ON FUNCTION zoom_silver.lock_hint() IS 'What to do after waiting longer than lock_timeout: which relations others have locked';

CREATE FUNCTION zoom_silver.table_instead(target regclass, relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN format('Put a table in its place: DROP %s %s; %s; then run zoom_gold.setup().',
	(SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'FOREIGN TABLE' END FROM pg_class c WHERE c.oid = target),
	target, zoom_gold.create_silver_command(target::text, relation));
COMMENT ON FUNCTION zoom_silver.table_instead(regclass, text) IS 'How to put a table in the place of a silver relation that is none';

CREATE FUNCTION zoom_silver.silver_table(relation text) RETURNS regclass
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_gold.silver_relation(zoom_gold.contract_name(relation));
BEGIN
	IF target IS NULL THEN
		RAISE EXCEPTION 'relation "%.%" does not exist', zoom_gold.setting('silver_schema'), relation
			USING ERRCODE = 'undefined_table', HINT = 'Run SELECT * FROM zoom_gold.setup().';
	ELSIF (SELECT c.relkind NOT IN ('r', 'p') FROM pg_class c WHERE c.oid = target) THEN
		RAISE EXCEPTION '% is a %; a pull writes tables', target, (SELECT CASE c.relkind WHEN 'v' THEN 'view'
				WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END FROM pg_class c WHERE c.oid = target)
			USING ERRCODE = 'wrong_object_type',
				HINT = zoom_silver.table_instead(target, relation);
	ELSIF NOT (has_table_privilege(target, 'SELECT') AND has_table_privilege(target, 'INSERT') AND has_table_privilege(target, 'UPDATE')) THEN
		RAISE EXCEPTION 'permission denied for table %', target USING ERRCODE = 'insufficient_privilege',
			HINT = format('As its owner: GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I.', target, current_user);
	END IF;
	RETURN target;
END
$$;
COMMENT ON FUNCTION zoom_silver.silver_table(text) IS 'The silver table of that name; fails where it is missing, no table, or may not be written';

CREATE FUNCTION zoom_silver.add_silver_column(relation text, column_name text, data_type text, description text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	command text := format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS %I %s', target, column_name, data_type);
BEGIN
	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = column_name AND NOT a.attisdropped) THEN
		RETURN;
	ELSIF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = target) THEN
		RAISE EXCEPTION 'must be owner of table % to add column "%"', target, column_name USING ERRCODE = 'insufficient_privilege',
			HINT = format('As its owner: %s.', command);
	END IF;
	EXECUTE command;
	EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, column_name, description);
END
$$;
COMMENT ON FUNCTION zoom_silver.add_silver_column(text, text, text, text) IS
'Gives a silver table a column where it is missing; fails with a hint for those who do not own the table';

-- unreadable: which columns could not be read.  The rules of gold say so in its
-- error log, and reject the row where the column is of the contract; they resolve
-- it, too, when it is mended.
CREATE FUNCTION zoom_silver.prepare_silver(relation text, own_columns text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.add_silver_column(relation, 'unreadable', 'text',
		'Columns, separated by blanks, that do not take what the source has in them; filled by zoom_silver');
	INSERT INTO gold_state.quality_rule (relation, rule_name, condition, severity, description)
	SELECT prepare_silver.relation, r.rule_name, r.condition, r.severity, r.description
	FROM zoom_silver.unreadable_rule(relation, own_columns) r
	WHERE NOT EXISTS (SELECT FROM gold_state.quality_rule q
		WHERE q.relation = prepare_silver.relation AND q.rule_name = r.rule_name)
	-- nor by somebody else meanwhile
	ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION zoom_silver.prepare_silver(text, text[]) IS
'Gives a silver table the column that names what could not be read, and gold the rules for such rows: of the contract''s columns and of some others; fails where the relation is no table';

-- Gold does without what it does not ask for: a column of one's own costs no row,
-- nor does update_timestamp but of tickets, which it tells when they were resolved.
-- Gold has room for 64 rules of a relation: of many columns there is one.
CREATE FUNCTION zoom_silver.unreadable_rule(relation text, own_columns text[])
RETURNS TABLE (rule_name text, condition text, severity text, description text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	WITH own AS (
		SELECT o.column_name, count(*) OVER () > 32 AS are_many FROM unnest(own_columns) AS o (column_name)
		WHERE o.column_name NOT IN (SELECT c.column_name FROM zoom_silver.silver_column(relation) c WHERE c.contract_type IS NOT NULL)
	)
	SELECT w.word || '_unreadable', format('%L = ANY (string_to_array(unreadable, '' ''))', w.word),
		CASE WHEN c.contract_type IS NULL OR c.column_name = 'update_timestamp' AND relation <> 'si_support_tickets' THEN 'warning' ELSE 'error' END,
		CASE c.contract_type WHEN 'timestamptz' THEN format('%s of the source is not an instant', c.column_name)
			WHEN 'date' THEN format('%s of the source is not a day', c.column_name)
			WHEN 'integer' THEN format('%s of the source is not a whole number', c.column_name)
			WHEN 'numeric(10,2)' THEN format('%s of the source is not an amount', c.column_name)
			ELSE format('what the source has in %s is not of type %s', c.column_name, c.silver_type) END
	FROM zoom_silver.silver_column(relation) c CROSS JOIN LATERAL zoom_silver.unreadable_word(c.column_name) AS w (word)
	WHERE c.contract_type <> 'text' AND c.column_name <> 'load_timestamp'
		OR c.column_name = ANY (own_columns) AND c.column_name NOT IN (SELECT o.column_name FROM own o WHERE o.are_many)
	UNION ALL
	SELECT 'unreadable_own', format('NOT string_to_array(unreadable, '' '') <@ %L::text[]', array_agg(c.column_name ORDER BY c.column_name COLLATE "C") || '{gone,lookup}'::text[]),
		'warning', 'what the source has in columns of your own, which unreadable names, is not of their types'
	FROM zoom_silver.silver_column(relation) c WHERE c.contract_type IS NOT NULL AND EXISTS (SELECT FROM own o WHERE o.are_many)
	HAVING count(*) > 0
	UNION ALL
	VALUES ('gone_unreadable', '''gone'' = ANY (string_to_array(unreadable, '' ''))', 'error', 'the source does not tell whether the row is gone')
	UNION ALL
	-- registrants are counted
	SELECT 'lookup_unreadable', '''lookup'' = ANY (string_to_array(unreadable, '' ''))', 'warning', 'the source does not tell whether a registrant is gone, or when it was read'
	WHERE relation = 'si_webinars'
$$;
COMMENT ON FUNCTION zoom_silver.unreadable_rule(text, text[]) IS
'Quality rules for values of a silver relation that could not be read: in typed columns of the contract, and in some others';

-- Rules have plain names of up to 63 letters, and a word no blanks; none is that of another column.
CREATE FUNCTION zoom_silver.unreadable_word(column_name text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN column_name ~ '^[a-z][a-z0-9_]{0,51}$' THEN column_name
	ELSE 'own_' || left(regexp_replace(lower(column_name COLLATE "C"), '[^a-z0-9]+', '_', 'g'), 39) || '_' || left(md5(column_name), 8) END;
COMMENT ON FUNCTION zoom_silver.unreadable_word(text) IS 'What a column is called in the column unreadable of silver, and by rules';

-- In plpgsql, which plans a query once in a session: with the contract written
-- into it, planning takes longer than the rest of a step.
CREATE FUNCTION zoom_silver.silver_column(relation text)
RETURNS TABLE (column_name text, attnum smallint, contract_type text, silver_type text, type oid, typmod integer, role text, generated boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT a.attname::text, a.attnum, c.data_type, format_type(a.atttypid, a.atttypmod), a.atttypid, a.atttypmod, c.role, a.attgenerated <> '' OR a.attidentity = 'a'
		FROM pg_attribute a
		LEFT JOIN zoom_gold.silver_contract() c ON c.table_name = silver_column.relation AND c.column_name = a.attname
		WHERE a.attrelid = (SELECT zoom_gold.silver_relation(silver_column.relation)) AND a.attnum > 0 AND NOT a.attisdropped;
END
$$;
COMMENT ON FUNCTION zoom_silver.silver_column(text) IS
'Columns of a silver table: their numbers, the type that the contract has for each, its own, and whether the server fills it';

CREATE FUNCTION zoom_silver.load_step(target regclass) RETURNS interval
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN make_interval(secs => 10 ^ -coalesce((SELECT nullif(a.atttypmod, -1) FROM pg_attribute a WHERE a.attrelid = target AND a.attname = 'load_timestamp'), 6));
END
$$;
COMMENT ON FUNCTION zoom_silver.load_step(regclass) IS 'By how much load_timestamp of a silver table must be later at least to be another one';

-- Where silver has other types than the contract, or narrower ones.
CREATE FUNCTION zoom_silver.fit_columns(relation text, columns text[], alias text, OUT fitted text, OUT unreadable text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	SELECT string_agg(format('%s AS %I', e.expression, c.column_name), ', ' ORDER BY t.n),
		format('nullif(concat_ws('' '', %I.unreadable%s), '''')', alias,
			coalesce(string_agg(format(', CASE WHEN %s IS NULL AND %s IS NOT NULL THEN %L END', e.expression, g.given, c.column_name), '' ORDER BY t.n)
				FILTER (WHERE e.expression <> g.given), ''))
	INTO fitted, unreadable
	FROM unnest(columns) WITH ORDINALITY AS t (name, n)
	JOIN zoom_silver.silver_column(relation) c ON c.column_name = t.name
	CROSS JOIN LATERAL (SELECT format('%I.%I', alias, c.column_name)) AS g (given)
	CROSS JOIN LATERAL (SELECT coalesce(c.contract_type, 'timestamptz')) AS d (declared)
	CROSS JOIN LATERAL (SELECT CASE WHEN c.type = d.declared::regtype AND c.typmod = -1 THEN g.given
		ELSE zoom_silver.column_expression(g.given, d.declared::regtype, d.declared, c.type, c.typmod) END) AS e (expression);
END
$$;
COMMENT ON FUNCTION zoom_silver.fit_columns(text, text[], text) IS
'SQL that reads columns of the contract''s types (deleted_at is a timestamptz) as silver''s own, NULL where those do not take a value, and that adds their names to the column unreadable';

-- --------------------------------------------------------------------------
-- Reading: zoom_silver_read holds what the query gave, of any types
-- --------------------------------------------------------------------------

-- People edit queries: what the server says of one is told with its source.
CREATE FUNCTION zoom_silver.read_rows(relation text, query text, source_system text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	row_count bigint;
BEGIN
	BEGIN
		EXECUTE 'CREATE TEMPORARY TABLE zoom_silver_read ON COMMIT DROP AS ' || query;
		GET DIAGNOSTICS row_count = ROW_COUNT;
	EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception OR cardinality_violation THEN
		RAISE EXCEPTION 'source "%": the query of % fails: %', source_system, relation, SQLERRM USING ERRCODE = SQLSTATE,
			HINT = 'Edit it in zoom_silver_state.source_query. drop_source() and add_source() bring back the one that is shipped.';
	END;
	PERFORM zoom_silver.check_columns(relation, source_system);
	PERFORM zoom_silver.check_gone(relation, source_system);
	RETURN row_count;
END
$$;
COMMENT ON FUNCTION zoom_silver.read_rows(text, text, text) IS
'Reads a query into the temporary table zoom_silver_read; returns how many rows it gave. Fails, naming the source, where the query fails or gives other columns than silver''s';

-- Where there are versions it counts, too, when something is said.  (The hash of a
-- record is a sum of its columns': that of all would not tell who has which.)
CREATE FUNCTION zoom_silver.read_digest(relation text, target regclass, deletes text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names text[] := ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a
		WHERE a.attrelid = 'pg_temp.zoom_silver_read'::regclass AND a.attnum > 0 AND a.attname <> 'update_timestamp' ORDER BY a.attnum);
	digest text;
BEGIN
	IF zoom_gold.has_versions(relation) OR NOT current_setting('track_counts')::boolean THEN
		RETURN NULL;
	END IF;
	EXECUTE format('SELECT concat_ws('' '', count(*), sum(hashtextextended(ROW(%s)::text, 0))) FROM pg_temp.zoom_silver_read r', zoom_silver.each_column('r.%s', names, target))
		INTO digest;
	RETURN md5(concat_ws(' ', digest, names, deletes)) || md5(zoom_silver.table_mark(target));
END
$$;
COMMENT ON FUNCTION zoom_silver.read_digest(text, regclass, text) IS
'What zoom_silver_read and the silver table are told by: with the same one, and no key twice, there is nothing to write. NULL where that cannot be told';

-- Of a row that does not tell whether its key is gone nothing is known.
CREATE FUNCTION zoom_silver.check_gone(relation text, source_system text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	expression text := (SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.column_name = 'gone');
BEGIN
	IF expression IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT count(%s) FROM pg_temp.zoom_silver_read r', expression);
EXCEPTION WHEN data_exception OR syntax_error_or_access_rule_violation THEN
	RAISE EXCEPTION 'source "%": column "gone" that the query of % gives cannot be read: %', source_system, relation, SQLERRM
		USING ERRCODE = SQLSTATE, HINT = 'Edit the query in zoom_silver_state.source_query.';
END
$$;
COMMENT ON FUNCTION zoom_silver.check_gone(text, text) IS 'Fails where zoom_silver_read has a column "gone" that is neither true nor false';

CREATE FUNCTION zoom_silver.count_keyless(relation text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM pg_temp.zoom_silver_read r WHERE %s IS NULL',
		(SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.is_key)) INTO found;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_silver.count_keyless(text) IS 'How many rows of zoom_silver_read have no key';

CREATE FUNCTION zoom_silver.read_column(relation text)
RETURNS TABLE (column_name text, place text, expression text, is_key boolean, may_fail boolean, words text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.attname::text, CASE WHEN a.attname IN ('update_timestamp', 'gone') THEN a.attname::text ELSE c.attnum::text END, e.expression, coalesce(c.role = 'key', false),
		c.role IS DISTINCT FROM 'key' AND a.attname <> 'gone' AND e.expression NOT IN (g.given, w.words), w.words
	FROM pg_attribute a
	LEFT JOIN zoom_silver.silver_column(relation) c ON c.column_name = a.attname
	CROSS JOIN LATERAL (SELECT format('r.%I', a.attname)) AS g (given)
	CROSS JOIN LATERAL zoom_silver.text_expression(g.given, a.atttypid) AS w (words)
	CROSS JOIN LATERAL (SELECT CASE WHEN c.role = 'key' THEN format('nullif(btrim(%s), '''')', w.words)
		WHEN a.attname = 'gone' THEN zoom_silver.cast_expression(g.given, a.atttypid, 'boolean')
		WHEN a.attname = 'unreadable' THEN w.words
		WHEN NOT c.generated THEN zoom_silver.column_expression(g.given, a.atttypid, c.contract_type, c.type, c.typmod) END) AS e (expression)
	WHERE a.attrelid = 'pg_temp.zoom_silver_read'::regclass AND a.attnum > 0
$$;
COMMENT ON FUNCTION zoom_silver.read_column(text) IS
'Columns of zoom_silver_read, what statements call them, and the SQL that reads them (of alias r) as silver''s type, and as text; NULL for those that silver does not have or fills itself. may_fail: it is NULL for some texts';

CREATE FUNCTION zoom_silver.check_columns(relation text, source_system text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	surplus text;
	key text;
BEGIN
	SELECT string_agg(quote_ident(c.column_name), ', ') FILTER (WHERE c.expression IS NULL OR c.column_name IN ('load_timestamp', 'source_system')),
		max(c.column_name) FILTER (WHERE c.is_key) INTO surplus, key
	FROM zoom_silver.read_column(relation) c;
	IF key IS NULL THEN
		RAISE EXCEPTION 'source "%": the query of % lacks the key, column "%"', source_system, relation,
				(SELECT c.column_name FROM zoom_gold.silver_contract() c WHERE c.table_name = relation AND c.role = 'key')
			USING ERRCODE = 'undefined_column', HINT = 'Edit it in zoom_silver_state.source_query.';
	ELSIF surplus IS NOT NULL THEN
		RAISE EXCEPTION 'source "%": the query of % gives columns that are not to be written: %', source_system, relation, surplus
			USING ERRCODE = 'undefined_column',
				HINT = 'Edit it in zoom_silver_state.source_query, or add the columns to the silver table.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_columns(text, text) IS
'Fails when zoom_silver_read lacks the key or has columns that silver has not or that zoom_silver fills itself';

CREATE FUNCTION zoom_silver.key_column(relation text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	RETURN (SELECT quote_ident(c.column_name) FROM zoom_gold.silver_contract() c WHERE c.table_name = relation AND c.role = 'key');
END
$$;
COMMENT ON FUNCTION zoom_silver.key_column(text) IS 'Name of the key of a silver relation';

-- What is compared: neither the key nor the bookkeeping.  The table is another one
-- for each relation, and a plan may outlive it.
CREATE FUNCTION zoom_silver.content_columns(relation text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(quote_ident(r.attname) ORDER BY r.attname)
		|| (SELECT array_agg(a.attname::text) FROM pg_attribute a
			WHERE a.attrelid = (SELECT zoom_gold.silver_relation(relation)) AND a.attname = 'unreadable' AND NOT a.attisdropped)
	FROM pg_attribute r
	WHERE r.attrelid = to_regclass('pg_temp.zoom_silver_read') AND r.attnum > 0
		AND quote_ident(r.attname) <> (SELECT zoom_silver.key_column(relation)) AND r.attname NOT IN ('update_timestamp', 'gone', 'unreadable')
$$;
COMMENT ON FUNCTION zoom_silver.content_columns(text) IS 'Columns of silver that zoom_silver_read tells of, keys and timestamps apart';

-- A row without a key is itself: it is told by its content, so that it is
-- written once, for gold to reject, and goes when the source mends it.
CREATE FUNCTION zoom_silver.match_expression(relation text, pattern text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('coalesce(nullif(btrim(%s), ''''), E''\x01'' || md5(ROW(%s)::text)) COLLATE "C"',
		zoom_silver.each_column(pattern, ARRAY[zoom_silver.key_column(relation)], t.target), zoom_silver.each_column(pattern, zoom_silver.content_columns(relation), t.target))
	FROM zoom_gold.silver_relation(relation) AS t (target)
$$;
COMMENT ON FUNCTION zoom_silver.match_expression(text, text) IS 'SQL for what rows of a silver relation are told apart by, columns written as in the pattern';

-- SQL of what was read, as silver's types: its columns by their numbers,
-- update_timestamp, gone and match.
CREATE FUNCTION zoom_silver.read_query(relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT c.*, %s AS match FROM (SELECT %s%s FROM (SELECT %s OFFSET 0) AS c OFFSET 0) AS c OFFSET 0',
		zoom_silver.match_expression(relation, 'c.%n'),
		string_agg(format('c.%I', c.place), ', ') FILTER (WHERE c.column_name <> 'unreadable')
			|| CASE WHEN bool_or(c.column_name = 'update_timestamp') THEN '' ELSE ', NULL::timestamptz AS update_timestamp' END
			|| CASE WHEN bool_or(c.column_name = 'gone') THEN '' ELSE ', false AS gone' END,
		format(', nullif(array_to_string(ARRAY[%s%s], '' ''), '''') AS %I', coalesce(max(format('c.%I', c.place)) FILTER (WHERE c.column_name = 'unreadable'), 'NULL::text'),
			string_agg(format(', CASE WHEN c.%1$I IS NULL AND btrim(c.%2$I) <> '''' THEN %3$L END', c.place, 'raw ' || c.place,
				zoom_silver.unreadable_word(c.column_name)), '') FILTER (WHERE c.may_fail),
			(SELECT s.attnum FROM zoom_silver.silver_column(relation) s WHERE s.column_name = 'unreadable')),
		string_agg(format('%s AS %I', c.expression, c.place), ', ')
			|| coalesce(string_agg(format(', %s AS %I', c.words, 'raw ' || c.place), '') FILTER (WHERE c.may_fail), '')
			|| ' FROM pg_temp.zoom_silver_read AS r')
	FROM zoom_silver.read_column(relation) c
$$;
COMMENT ON FUNCTION zoom_silver.read_query(text) IS 'SQL that gives zoom_silver_read in silver''s types; each text is read once';

-- Of a key with versions the newest counts: what could not be read before is mended.
CREATE FUNCTION zoom_silver.count_doubtful(relation text, target regclass, source_system text, OUT unreadable bigint, OUT keyless boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('SELECT count(t.unreadable), bool_or(nullif(btrim(t.%1$s), '''') IS NULL) FROM (
			SELECT %2$s t.%1$s, t.unreadable FROM %3$s t WHERE t.source_system = $1 %4$s) AS t',
		zoom_silver.key_column(relation), CASE WHEN zoom_gold.has_versions(relation) THEN format('DISTINCT ON (%s)', zoom_silver.match_expression(relation, 't.%s')) END,
		target, CASE WHEN zoom_gold.has_versions(relation) THEN format('ORDER BY %s, coalesce(t.update_timestamp, t.load_timestamp) DESC, t.load_timestamp DESC',
			zoom_silver.match_expression(relation, 't.%s')) END)
		USING source_system INTO unreadable, keyless;
END
$$;
COMMENT ON FUNCTION zoom_silver.count_doubtful(text, regclass, text) IS
'How many rows silver has from a source with a value that could not be read, and whether it has some without a key';

-- --------------------------------------------------------------------------
-- Guarding: what is lost is refused before silver is touched
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.deletes_confirmed(relation text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN coalesce((SELECT r.deletes_confirmed FROM gold_state.relation_state r WHERE r.relation = deletes_confirmed.relation), false);
END
$$;
COMMENT ON FUNCTION zoom_silver.deletes_confirmed(text) IS 'Whether confirm_deletes() was called for a silver relation since the last refresh';

CREATE FUNCTION zoom_silver.refuse_loss(relation text, origin text, lost bigint, held bigint, things text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF lost = held
		OR lost > zoom_gold.setting('delete_guard_rows')::numeric AND 100 * lost > zoom_gold.setting('delete_guard_percent')::numeric * held
	THEN
		RAISE EXCEPTION '% has lost % of % %: a sync is running or failed', origin, lost, held, things
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'Nothing was written to silver.',
				HINT = format('Pull again after the sync. If they are gone indeed: SELECT zoom_gold.confirm_deletes(%L), then pull and refresh.', relation);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.refuse_loss(text, text, bigint, bigint, text) IS 'Fails when all is lost, or more than gold''s delete guard allows';

CREATE FUNCTION zoom_silver.guard_rows(relation text, target regclass, source_system text, deletes text, origin text, row_count bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	things text := replace(substr(relation, 4), '_', ' ');
	held bigint;
	lost bigint;
BEGIN
	IF zoom_silver.deletes_confirmed(relation) OR (deletes = 'keep' AND row_count > 0) THEN
		RETURN;
	END IF;
	IF zoom_gold.has_versions(relation) OR row_count = 0 THEN
		lost := zoom_silver.count_lost(relation, target, source_system);
	ELSE
		lost := (SELECT count(DISTINCT c.held) FROM pg_temp.zoom_silver_changed c WHERE c.action = 'A' AND left(c.held, 1) <> chr(1));
	END IF;
	IF lost = 0 THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT count(DISTINCT btrim(t.%1$s)) FROM %2$s t WHERE t.source_system = $1 AND btrim(t.%1$s) <> ''''',
		zoom_silver.key_column(relation), target) USING source_system INTO held;
	PERFORM zoom_silver.refuse_loss(relation, origin, lost, held, things);
END
$$;
COMMENT ON FUNCTION zoom_silver.guard_rows(text, regclass, text, text, text, bigint) IS
'Fails when a source lacks all, or more than gold''s delete guard allows, of the keys that silver has from it, unless confirm_deletes() was called';

CREATE FUNCTION zoom_silver.count_lost(relation text, target regclass, source_system text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lost bigint;
BEGIN
	EXECUTE format('SELECT count(DISTINCT btrim(t.%2$s)) FROM %3$s t
		WHERE t.source_system = $1 AND btrim(t.%2$s) <> ''''
			AND NOT EXISTS (SELECT FROM pg_temp.zoom_silver_read r WHERE %1$s = btrim(t.%2$s))',
		(SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.is_key), zoom_silver.key_column(relation), target)
		USING source_system INTO lost;
	RETURN lost;
END
$$;
COMMENT ON FUNCTION zoom_silver.count_lost(text, regclass, text) IS
'How many keys silver has from the source that zoom_silver_read does not give';

-- --------------------------------------------------------------------------
-- Finding: zoom_silver_changed holds what is to be written.  action: I, U, D, and
-- A for what silver has under "held" and was not read
-- --------------------------------------------------------------------------

-- Of the rows of one key the newest counts, of several as of one instant one that is
-- not gone.  Where nothing differs, there is no need to know which it is.
CREATE FUNCTION zoom_silver.find_differences(relation text, target regclass, source_system text, deletes text, has_duplicates boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_silver.compare_rows(relation, target, source_system, deletes, zoom_silver.read_query(relation));
	IF has_duplicates AND EXISTS (SELECT FROM pg_temp.zoom_silver_changed) THEN
		DROP TABLE pg_temp.zoom_silver_changed;
		PERFORM zoom_silver.compare_rows(relation, target, source_system, deletes, format('SELECT DISTINCT ON (d.match) d.* FROM (%s) AS d
			ORDER BY d.match, d.update_timestamp DESC NULLS LAST, d.gone IS TRUE, d::text COLLATE "C"', zoom_silver.read_query(relation)));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.find_differences(text, regclass, text, text, boolean) IS
'Compares what was read with the rows silver has from the source, one per key, into zoom_silver_changed';

-- Hashes are sorted in a fifth of the time that texts are grouped in; two that meet by
-- chance only cost more.
CREATE FUNCTION zoom_silver.has_duplicates(relation text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found boolean;
BEGIN
	EXECUTE format('SELECT count(*) > count(DISTINCT hashtextextended(%s, 0)) FROM pg_temp.zoom_silver_read r',
		(SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.is_key)) INTO found;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_silver.has_duplicates(text) IS 'Whether zoom_silver_read has several rows of one key, or some without one; it may say so of others';

-- Both are read once: what was not read any more is found by the same join.  Of
-- what is no complete list, rows without a key alone can be missed.
CREATE FUNCTION zoom_silver.compare_rows(relation text, target regclass, source_system text, deletes text, read_query text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	content text[] := zoom_silver.content_columns(relation);
BEGIN
	EXECUTE format($q$
		CREATE TEMPORARY TABLE zoom_silver_changed ON COMMIT DROP AS
		SELECT n.*, CASE WHEN n.match IS NULL THEN 'A' WHEN n.gone THEN 'D' WHEN h.match IS NULL THEN 'I' ELSE 'U' END AS action,
			$1::timestamptz AS load_timestamp, h.match AS held
		FROM (%1$s) AS n
		FULL JOIN (SELECT %2$s AS match, %3$s, t.%8$s IS NULL AS is_keyless FROM %4$s t WHERE t.source_system = %5$L OFFSET 0) AS h ON n.match = h.match
		WHERE CASE WHEN n.match IS NULL THEN h.is_keyless OR %9$L <> 'keep'
			WHEN n.gone THEN h.match IS NOT NULL
			ELSE h.match IS NULL OR ROW(%6$s) IS DISTINCT FROM ROW(%7$s) END
		$q$,
		read_query, zoom_silver.match_expression(relation, 't.%s'),
		zoom_silver.each_column('t.%s AS %n', content, target), target, source_system,
		zoom_silver.each_column('n.%n', content, target), zoom_silver.each_column('h.%n', content, target),
		zoom_silver.key_column(relation), deletes)
		USING zoom_gold.clock_now();
END
$$;
COMMENT ON FUNCTION zoom_silver.compare_rows(text, regclass, text, text, text) IS
'Puts into zoom_silver_changed those rows of a query that differ from silver''s and, of a complete list, those of silver that it does not give';

CREATE FUNCTION zoom_silver.each_column(pattern text, columns text[], target regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(string_agg(replace(replace(pattern, '%n', format('"%s"', a.attnum)), '%s', c.name), ', ' ORDER BY c.n), 'NULL')
	FROM unnest(columns) WITH ORDINALITY AS c (name, n)
	LEFT JOIN pg_attribute a ON a.attrelid = target AND quote_ident(a.attname) = c.name AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION zoom_silver.each_column(text, text[], regclass) IS
'A pattern filled with each of the columns of a table, as a list: %s is the column, %n what statements call it beside what they have of their own';

-- Compared is with the version that holds as of what is said, whose ever it
-- is: a sync that lags behind a webhook tells nothing new.  Of versions that
-- say the same one after the other the first is enough, and what a source has said
-- of an instant it does not say again because another one contradicts.  A source has a row of
-- each of its keys, though: only so can it delete it.  Keys of which all that was
-- read is what silver's newest version says are passed over at once.  What follows
-- another one that was read, with none of silver's between them, is compared with that.
-- Who is gone in the end is gone, and who is not was never; who is both as of one
-- instant is not.
CREATE FUNCTION zoom_silver.find_versions(relation text, target regclass, source_system text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	content text[] := zoom_silver.content_columns(relation);
	kept text[] := zoom_silver.kept_columns(relation, content);
BEGIN
	EXECUTE format($q$
		CREATE TEMPORARY TABLE zoom_silver_changed ON COMMIT DROP AS
		WITH read AS MATERIALIZED (
			SELECT n.*, coalesce(n.update_timestamp, $1::timestamptz) AS effective FROM (%1$s) AS n
		), held AS MATERIALIZED (
			SELECT %3$s AS match, %4$s, coalesce(t.update_timestamp, t.load_timestamp) AS held_at, t.load_timestamp AS held_load,
				t.source_system IS NOT DISTINCT FROM %5$L AS own, %10$s AS is_deletion
			FROM %6$s t
		), newest AS (
			SELECT DISTINCT ON (h.match) h.* FROM held h ORDER BY h.match, h.held_at DESC, h.held_load DESC
		), own AS (
			SELECT h.match, true AS is_own FROM held h WHERE h.own GROUP BY h.match
		), open AS (
			SELECT DISTINCT r.match FROM read r
			LEFT JOIN newest h ON h.match = r.match AND h.held_at <= r.effective AND NOT h.is_deletion AND ROW(%11$s) IS NOT DISTINCT FROM ROW(%9$s)
			LEFT JOIN own ON own.match = r.match
			WHERE h.match IS NULL OR own.match IS NULL OR r.gone
		), said AS (
			SELECT DISTINCT ON (r.match, r.effective) r.*
			FROM read r JOIN open USING (match)
			ORDER BY r.match, r.effective, r.gone IS TRUE, r::text COLLATE "C"
		), ending AS (
			SELECT s.*, lead(s.effective) OVER key IS NULL AS is_last, last_value(s.gone IS TRUE) OVER (key ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS ends_gone
			FROM said s WINDOW key AS (PARTITION BY s.match ORDER BY s.effective)
		), told AS (
			SELECT s.*, lag(s.effective) OVER key AS before, lag(md5(ROW(%2$s)::text)) OVER key = md5(ROW(%2$s)::text) AS again
			FROM ending s WHERE CASE WHEN s.ends_gone THEN s.is_last ELSE s.gone IS NOT TRUE END
			WINDOW key AS (PARTITION BY s.match ORDER BY s.effective)
		), said_before AS (
			SELECT DISTINCT ON (h.match, h.held_at) h.* FROM held h JOIN open USING (match) WHERE h.own ORDER BY h.match, h.held_at, h.held_load DESC
		), judged AS (
			SELECT DISTINCT ON (n.match, n.effective) n.*, %7$s, h.held_at, h.held_load,
				h.match IS NULL OR h.is_deletion OR ROW(%8$s) IS DISTINCT FROM ROW(%9$s) AS differs,
				h.is_deletion IS NOT TRUE AND b.match IS NOT NULL AND ROW(%8$s) IS NOT DISTINCT FROM ROW(%12$s) AS was_said
			FROM told n LEFT JOIN held h ON h.match = n.match AND h.held_at <= n.effective
			LEFT JOIN said_before b ON b.match = n.match AND b.held_at = n.effective
			ORDER BY n.match, n.effective, h.held_at DESC NULLS LAST, h.held_load DESC NULLS LAST
		), placed AS (
			SELECT j.*, coalesce(j.before > j.held_at OR j.before = j.held_at AND NOT lag(j.was_said) OVER key, j.before IS NOT NULL) AS follows
			FROM judged j WINDOW key AS (PARTITION BY j.match ORDER BY j.effective)
		)
		SELECT j.*, CASE WHEN j.gone THEN 'D' ELSE 'I' END AS action, j.match AS held,
			greatest($1, j.held_load + $2) AS load_timestamp
		FROM placed j LEFT JOIN own USING (match)
		WHERE CASE WHEN j.gone THEN own.is_own
			WHEN j.follows THEN NOT j.again
			ELSE j.differs AND NOT j.was_said OR own.is_own IS NULL END
		$q$,
		zoom_silver.read_query(relation), zoom_silver.each_column('s.%n', content, target), zoom_silver.match_expression(relation, 't.%s'),
		zoom_silver.each_column('t.%s AS %n', content || kept, target), source_system, target, zoom_silver.each_column('h.%n', kept, target),
		zoom_silver.each_column('n.%n', content, target), zoom_silver.each_column('h.%n', content, target), zoom_silver.deletion_expression(target, content),
		zoom_silver.each_column('r.%n', content, target), zoom_silver.each_column('b.%n', content, target))
		USING zoom_gold.clock_now(), zoom_silver.load_step(target);
END
$$;
COMMENT ON FUNCTION zoom_silver.find_versions(text, regclass, text) IS
'Compares what was read with the version that silver has as of its update_timestamp, into zoom_silver_changed';

-- A version keeps what its source does not know.  What of the contract's columns somebody
-- else tells late, as of before it, it was to keep, too: those that were loaded before that
-- get a version more as of the same time, with what the last of others has who know.
CREATE FUNCTION zoom_silver.catch_up(relation text, target regclass, source_system text, told text[], keys text[] DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	kept text[] := zoom_silver.kept_columns(relation, told);
	taken text[] := ARRAY(SELECT k.name FROM unnest(kept) AS k (name)
		WHERE k.name IN (SELECT c.column_name FROM zoom_gold.silver_contract() c WHERE c.table_name = relation));
	own text[] := zoom_silver.key_column(relation)
		|| ARRAY(SELECT t.name FROM unnest(told) AS t (name) WHERE t.name IN (SELECT quote_ident(c.column_name) FROM zoom_silver.silver_column(relation) c))
		|| ARRAY(SELECT k.name FROM unnest(kept) AS k (name) WHERE k.name <> ALL (taken));
	inserted bigint;
BEGIN
	IF taken = '{}' THEN
		RETURN 0;
	END IF;
	EXECUTE format($q$
		WITH held AS MATERIALIZED (
			SELECT %1$s AS match, %2$s, coalesce(t.update_timestamp, t.load_timestamp) AS held_at, t.load_timestamp AS held_load,
				t.source_system IS NOT DISTINCT FROM $2 AS own
			FROM %3$s t
			WHERE ($3 IS NULL OR t.%10$s = ANY ($3)) AND EXISTS (SELECT FROM %3$s o WHERE o.source_system IS DISTINCT FROM $2)
				AND coalesce(t.source_system, '') <> ALL (SELECT q.source FROM zoom_silver_state.source_query q
					WHERE q.relation = %8$L AND q.source <> $2 AND NOT q.columns_told && %9$L)
		), late AS (
			SELECT h.match FROM held h GROUP BY h.match
			HAVING max(h.held_load) FILTER (WHERE NOT h.own) >= min(h.held_load) FILTER (WHERE h.own)
		), placed AS (
			SELECT h.*, count(*) FILTER (WHERE NOT h.own) OVER (PARTITION BY h.match ORDER BY h.held_at, h.held_load, h.own ROWS UNBOUNDED PRECEDING) AS after
			FROM held h JOIN late USING (match)
		), newest AS (
			SELECT DISTINCT ON (p.match, p.held_at) p.* FROM placed p WHERE p.own ORDER BY p.match, p.held_at, p.held_load DESC
		)
		INSERT INTO %3$s (%4$s, load_timestamp, update_timestamp, source_system)
		SELECT %5$s, greatest($1, n.held_load + $4, o.held_load + $4), n.held_at, $2
		FROM newest n JOIN placed o ON o.match = n.match AND o.after = n.after AND NOT o.own
		WHERE o.held_load >= n.held_load AND ROW(%6$s) IS DISTINCT FROM ROW(%7$s)
		$q$,
		zoom_silver.match_expression(relation, 't.%s'), zoom_silver.each_column('t.%s AS %n', own || taken, target), target, zoom_silver.each_column('%s', own || taken, target),
		zoom_silver.each_column('n.%n', own, target) || ', ' || zoom_silver.each_column('o.%n', taken, target),
		zoom_silver.each_column('n.%n', taken, target), zoom_silver.each_column('o.%n', taken, target), relation, taken, zoom_silver.key_column(relation))
		USING zoom_gold.clock_now(), source_system, keys, zoom_silver.load_step(target);
	GET DIAGNOSTICS inserted = ROW_COUNT;
	RETURN inserted;
END
$$;
COMMENT ON FUNCTION zoom_silver.catch_up(text, regclass, text, text[], text[]) IS
'Gives versions of a source, of all its keys or of some, what others told late, as of before them, of the contract''s columns that are not among those it tells; returns how many were added';

-- Who is told of after a deletion is back.
CREATE FUNCTION zoom_silver.deletion_expression(target regclass, content text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN NOT content @> '{deleted_at}' AND EXISTS (SELECT FROM pg_attribute a
	WHERE a.attrelid = target AND a.attname = 'deleted_at' AND NOT a.attisdropped) THEN 't.deleted_at IS NOT NULL' ELSE 'false' END;
COMMENT ON FUNCTION zoom_silver.deletion_expression(regclass, text[]) IS
'SQL for whether a row of silver, of alias t, is a deletion that the source cannot have said';

-- Columns of one's own that tell rows apart are each row's own: identities, and what is in
-- a unique index or an exclusion constraint that two versions of one key could not both be in.
CREATE FUNCTION zoom_silver.kept_columns(relation text, told text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_gold.silver_relation(relation);
BEGIN
	RETURN (WITH only_one (attnums) AS (
		-- columns of expressions and predicates among them
		SELECT array_agg(d.refobjsubid) FROM pg_index x
		LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.conrelid = x.indrelid
		JOIN pg_depend d ON (d.classid, d.objid) IN (('pg_class'::regclass, x.indexrelid), ('pg_constraint'::regclass, c.oid))
			AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid AND d.refobjsubid > 0
		WHERE x.indrelid = target AND (x.indisunique OR x.indisexclusion)
		GROUP BY x.indexrelid
		HAVING NOT EXISTS (SELECT FROM pg_attribute s WHERE s.attrelid = target
			AND s.attnum = ANY (array_agg(d.refobjsubid)) AND s.attname IN ('load_timestamp', 'update_timestamp'))
	)
	SELECT coalesce(array_agg(quote_ident(a.attname) ORDER BY a.attnum), '{}') FROM pg_attribute a
	WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
		AND a.attname NOT IN ('load_timestamp', 'update_timestamp', 'source_system', 'unreadable',
			-- of whom something is said is there
			'deleted_at')
		AND quote_ident(a.attname) <> ALL (told || zoom_silver.key_column(relation))
		AND (a.attname IN (SELECT c.column_name FROM zoom_gold.silver_contract() c WHERE c.table_name = relation)
			OR NOT EXISTS (SELECT FROM only_one o WHERE a.attnum = ANY (o.attnums))));
END
$$;
COMMENT ON FUNCTION zoom_silver.kept_columns(text, text[]) IS
'Columns of silver that are not among those that a source tells: a new version keeps them';

-- --------------------------------------------------------------------------
-- Writing
-- --------------------------------------------------------------------------

-- Rows without a key go with what they were written for.
CREATE FUNCTION zoom_silver.delete_rows(relation text, target regclass, source_system text, deletes text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	deleted bigint;
	absent bigint;
BEGIN
	EXECUTE format('WITH d AS (
			DELETE FROM %1$s t USING pg_temp.zoom_silver_changed c
			WHERE c.action IN (''A'', ''D'') AND t.source_system = $1 AND %2$s = c.held RETURNING c.held)
		SELECT count(DISTINCT d.held) FROM d', target, zoom_silver.match_expression(relation, 't.%s'))
		USING source_system INTO deleted;
	IF NOT zoom_gold.has_versions(relation) THEN
		RETURN deleted;
	END IF;
	EXECUTE format('WITH d AS (
			DELETE FROM %1$s t WHERE t.source_system = $1%2$s
				AND NOT EXISTS (SELECT FROM (%3$s) AS n WHERE n.match = %4$s)
			RETURNING %4$s AS match)
		SELECT count(DISTINCT d.match) FROM d',
		target, CASE WHEN deletes = 'keep' THEN format(' AND t.%s IS NULL', zoom_silver.key_column(relation)) ELSE '' END,
		zoom_silver.read_query(relation), zoom_silver.match_expression(relation, 't.%s'))
		USING source_system INTO absent;
	RETURN deleted + absent;
END
$$;
COMMENT ON FUNCTION zoom_silver.delete_rows(text, regclass, text, text) IS
'Deletes from silver what a source says is gone and, of a complete list, what it does not give any more; returns the number of keys';

CREATE FUNCTION zoom_silver.update_rows(relation text, target regclass, source_system text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	updated bigint;
BEGIN
	EXECUTE format('UPDATE %1$s AS t SET %2$s, update_timestamp = coalesce(c.update_timestamp, c.load_timestamp)
		FROM pg_temp.zoom_silver_changed c WHERE c.action = ''U'' AND t.source_system = $1 AND %3$s = c.match',
		target, zoom_silver.each_column('%s = c.%n', zoom_silver.content_columns(relation), target),
		zoom_silver.match_expression(relation, 't.%s'))
		USING source_system;
	GET DIAGNOSTICS updated = ROW_COUNT;
	RETURN updated;
END
$$;
COMMENT ON FUNCTION zoom_silver.update_rows(text, regclass, text) IS
'Updates the rows of silver that zoom_silver_changed says; returns how many';

-- Columns that the source does not know have their defaults where there is nothing
-- to be kept.
CREATE FUNCTION zoom_silver.insert_rows(relation text, target regclass, source_system text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	told text[] := zoom_silver.key_column(relation) || zoom_silver.content_columns(relation);
	way record;
	written bigint;
	inserted bigint := 0;
BEGIN
	FOR way IN
		SELECT told AS columns, CASE WHEN zoom_gold.has_versions(relation) THEN 'c.held_at IS NULL' ELSE 'true' END AS condition
		UNION ALL
		SELECT told || zoom_silver.kept_columns(relation, told), 'c.held_at IS NOT NULL' WHERE zoom_gold.has_versions(relation)
	LOOP
		EXECUTE format('INSERT INTO %1$s (%2$s, load_timestamp, update_timestamp, source_system)
			SELECT %3$s, c.load_timestamp, coalesce(c.update_timestamp, c.load_timestamp), $1
			FROM pg_temp.zoom_silver_changed c WHERE c.action = ''I'' AND %4$s',
			target, zoom_silver.each_column('%s', way.columns, target), zoom_silver.each_column('c.%n', way.columns, target), way.condition)
			USING source_system;
		GET DIAGNOSTICS written = ROW_COUNT;
		inserted := inserted + written;
	END LOOP;
	RETURN inserted;
END
$$;
COMMENT ON FUNCTION zoom_silver.insert_rows(text, regclass, text) IS
'Inserts into silver what zoom_silver_changed says; returns how many rows';
