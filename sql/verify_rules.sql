CREATE FUNCTION zoom_gold.verify_user_source() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN format($q$(SELECT %s, i.forgotten FROM gold_state.user_event AS e
		JOIN gold_state.user_identity AS i ON i.ordinal = e.ordinal AND i.user_id <> ''
			AND octet_length(i.user_id) <= 2000)$q$,
	(SELECT string_agg('e.' || quote_ident(m.column_name), ', ') FROM zoom_gold.state_model() AS m WHERE m.table_name = 'user_event'));
COMMENT ON FUNCTION zoom_gold.verify_user_source() IS
'SQL for the kept versions of users. For verify().';

-- A rule that raises an error stops the step that reads the relation; here it
-- is left out and reported.
CREATE FUNCTION zoom_gold.verify_rule_errors(of_relation text DEFAULT NULL) RETURNS TABLE (relation text, rule text, error text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	item record;
BEGIN
	FOR item IN
		SELECT r.relation, r.rule, r.condition, s.source
		FROM zoom_gold.verify_rules() AS r
		CROSS JOIN LATERAL (SELECT format('%I.%I', zoom_gold.setting('silver_schema'), r.relation)
							UNION ALL SELECT format('(SELECT %s FROM %s AS s)', zoom_gold.verify_kept_columns(), zoom_gold.verify_user_source())
							WHERE r.relation = 'si_users') AS s (source)
		WHERE r.condition IS NOT NULL AND (of_relation IS NULL OR r.relation = of_relation)
	LOOP
		BEGIN
			EXECUTE format('SELECT count(*) FROM %s AS s WHERE (%s)', item.source, item.condition);
		EXCEPTION WHEN OTHERS THEN
			relation := item.relation;
			rule := item.rule;
			error := format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE);
			RETURN NEXT;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_rule_errors(text) IS
'The users'' quality rules that cannot be computed, and why; of one relation, where it is named. For verify().';

-- The users' rules of a relation as SQL: an array of the rules that a row
-- with alias s breaks (NULL elements for those it keeps).
CREATE FUNCTION zoom_gold.verify_conditions(relation text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT 'ARRAY[' || coalesce(string_agg(format('CASE WHEN (%s) THEN %L END', r.condition, r.rule),
												   ', ' ORDER BY r.rule), '') || ']::text[]'
			FROM zoom_gold.verify_rules() AS r
			WHERE r.relation = verify_conditions.relation AND r.condition IS NOT NULL
			  AND (r.relation, r.rule) NOT IN (SELECT e.relation, e.rule FROM zoom_gold.verify_rule_errors(verify_conditions.relation) AS e));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_conditions(text) IS
'SQL for the user-defined rules that a silver row breaks. For verify().';

-- A query for the newest row of every key of a relation; rows without a key
-- all count.  Its parts are SQL:
--	columns	what to read of silver's row s, with names
--	content	the columns of the contract, of that row r
--	joins	what to join to that row, r from here on
--	derived	what to take from the joins, with names
--	tests	the built-in rules that the row breaks, NULL for those it keeps
--	results	what to return of the row, t from here on
-- Of rows with one key and the same timestamps the last captured counts; the
-- state keeps their order.  Before them come those that a scan saw, by the hash of
-- their content, unsigned.
CREATE FUNCTION zoom_gold.verify_newest(relation text, key text, columns text, content text, joins text, derived text,
							  tests text, results text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	rejecting text;
	active text;
	digest text := 'NULL::bigint';
	deleted_at text := 'NULL::timestamptz';
	target regclass := zoom_gold.silver_relation(relation);
BEGIN
	IF EXISTS (SELECT FROM gold_state.tied_row AS t WHERE t.relation = verify_newest.relation) THEN
		SELECT format('hash_record_extended(ROW(%s), 0)',
					  string_agg(format('s.%I::%s', c.column_name, replace(split_part(c.data_type, '(', 1), 'text', 'text COLLATE "default"')), ', ' ORDER BY c.position))
		INTO digest FROM zoom_gold.silver_contract() AS c WHERE c.table_name = verify_newest.relation;
	END IF;
	IF EXISTS (SELECT FROM pg_attribute AS a
			   WHERE a.attrelid = target
				 AND a.attname = 'deleted_at' AND NOT a.attisdropped) THEN
		-- without a key it tells of nothing that was deleted
		deleted_at := format('CASE WHEN zoom_gold.verify_text(s.%I::text COLLATE "default") IS NOT NULL THEN s.deleted_at::timestamptz END', key);
		digest := format('CASE WHEN s.deleted_at IS NULL THEN %s ELSE %s END', digest, replace(digest, '), 0)', ', s.deleted_at), 0)'));
	END IF;
	SELECT quote_literal(coalesce(array_agg(r.rule) FILTER (WHERE r.severity = 'error'), '{}')) || '::text[]',
		   quote_literal(coalesce(array_agg(r.rule), '{}')) || '::text[]'
	INTO rejecting, active
	FROM zoom_gold.verify_rules() AS r WHERE r.relation = verify_newest.relation;
	RETURN format($q$
		WITH raw AS MATERIALIZED (
			SELECT zoom_gold.verify_text(s.%I::text COLLATE "default") AS key, %s,
				   zoom_gold.verify_text(s.source_system::text COLLATE "default") AS source_system,
				   -- a row without timestamps is the oldest
				   coalesce(s.update_timestamp, s.load_timestamp, '-infinity')::timestamptz AS version_at,
				   coalesce(s.load_timestamp, '-infinity')::timestamptz AS load_at,
				   %s AS own_rules, %s AS digest, %s AS deleted_at
			FROM %I.%I AS s),
		repeated AS (
			-- a key of a user that is too long is nobody's: its rows count each, as those without one
			SELECT raw.key FROM raw WHERE raw.key IS NOT NULL AND (%L <> 'si_users' OR octet_length(raw.key) <= 2000)
			GROUP BY raw.key HAVING count(*) > 1),
		tested AS (
			SELECT r.*, %s, b.broken
			FROM raw AS r %s
			CROSS JOIN LATERAL (
				SELECT array_remove(ARRAY[CASE WHEN r.key IS NULL THEN 'key_missing'
											   WHEN octet_length(r.key) > 2000 THEN 'value_too_long' END, %s]
									|| r.own_rules, NULL) AS rules OFFSET 0) AS x
			CROSS JOIN LATERAL (
				SELECT CASE WHEN x.rules = '{}' THEN x.rules
					   ELSE ARRAY(SELECT DISTINCT rule FROM unnest(x.rules) AS rule WHERE rule = ANY (%s)) END AS broken) AS b),
		ranked AS (
			SELECT r.*, rank() OVER (PARTITION BY r.key ORDER BY r.version_at DESC, r.load_at DESC) AS rank
			FROM tested AS r WHERE r.key IN (SELECT d.key FROM repeated AS d)),
		newest AS (
			SELECT r.*, p.place,
				   CASE WHEN r.deleted_at IS NULL THEN hash_record_extended(ROW(%s), 0) ELSE hash_record_extended(ROW(%s, r.deleted_at), 0) END AS hash
			FROM ranked AS r
			LEFT JOIN gold_state.tied_row AS p ON p.relation = %L AND p.key = r.key AND p.row_hash = r.digest
			WHERE r.rank = 1),
		chosen AS (
			SELECT DISTINCT ON (n.key) n.* FROM newest AS n
			ORDER BY n.key, n.place DESC NULLS LAST, n.hash < 0 DESC, n.hash DESC)
		SELECT t.key, t.version_at, t.load_at, t.source_system, t.broken, t.broken && %s, %s
		FROM tested AS t WHERE t.deleted_at IS NULL AND NOT EXISTS (SELECT FROM repeated AS d WHERE d.key = t.key)
		UNION ALL
		SELECT t.key, t.version_at, t.load_at, t.source_system, t.broken, t.broken && %s, %s
		FROM chosen AS t WHERE t.deleted_at IS NULL$q$,
		key, columns, zoom_gold.verify_conditions(relation), digest, deleted_at,
		zoom_gold.setting('silver_schema'), relation, relation,
		derived, joins, tests, active, content, content, relation,
		rejecting, results, rejecting, results);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_newest(text, text, text, text, text, text, text, text) IS
'A query for the newest row of every key of a silver relation, with the rules it breaks. For verify().';
