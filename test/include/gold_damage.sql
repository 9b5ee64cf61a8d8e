-- Gold that is damaged, over the silver of damage.sql: every column of a row of each
-- kind of every table of gold made another or NULL, a row deleted, one there twice.
-- verify() must notice; each try is undone.

-- What follows from silver no more: when a row was written, the words of logs, and
-- what they say of the past.  Which errors are open does.
CREATE FUNCTION damage.is_free(name text, row_kind text, how text) RETURNS boolean LANGUAGE sql AS $$
	SELECT how IN ('load_date', 'update_date') OR name = 'go_process_audit_log' AND how NOT IN ('error_count', 'audit_details')
		OR name = 'go_error_audit_log' AND (how IN ('error_description', 'error_timestamp', 'source_system') OR row_kind LIKE '%Resolved%')
$$;

-- A row of each kind: of what it says of its period, of being current, and of which
-- columns have a value.
CREATE FUNCTION damage.gold_rows(name text) RETURNS TABLE (place tid, row_kind text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT min(g.ctid), k.kind FROM gold.%I g CROSS JOIN LATERAL (
			SELECT string_agg(CASE WHEN j.key IN ('period_type', 'is_current', 'status', 'error_type', 'event_type') THEN j.value ELSE '?' END, ' ' ORDER BY j.key) AS kind
			FROM jsonb_each_text(to_jsonb(g)) j WHERE j.value IS NOT NULL) AS k
		GROUP BY k.kind$q$, name);
END
$$;

-- Damages one row: the number of rows that are damaged.
CREATE FUNCTION damage.damage_gold(name text, place tid, how text, value text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	SET LOCAL session_replication_role = replica;
	EXECUTE CASE how WHEN 'deleted' THEN format('DELETE FROM gold.%I WHERE ctid = $1', name)
		WHEN 'twice' THEN format('INSERT INTO gold.%I (%s) SELECT %2$s FROM gold.%1$I WHERE ctid = $1', name,
			(SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a WHERE a.attrelid = format('gold.%I', name)::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''))
		ELSE format('UPDATE gold.%I SET %I = %s WHERE ctid = $1 AND %2$I IS DISTINCT FROM (%3$s)', name, how, value) END USING place;
	GET DIAGNOSTICS n = ROW_COUNT;
	SET LOCAL session_replication_role = origin;
	RETURN n;
EXCEPTION WHEN integrity_constraint_violation OR data_exception OR object_not_in_prerequisite_state THEN
	RETURN 0;
END
$$;

-- Other values of a column; not all of them are legal.
CREATE FUNCTION damage.gold_values(name text, how text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT v.value FROM pg_attribute a CROSS JOIN LATERAL (
		SELECT 'NULL'
		UNION ALL
		SELECT CASE WHEN a.atttypid IN ('date'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN format('%I + 1', how)
			WHEN a.atttypid = 'numeric'::regtype THEN format('%I + 0.01', how)
			WHEN a.atttypid = 'timestamptz'::regtype THEN format('%I + interval ''1 second''', how)
			WHEN a.atttypid = 'boolean'::regtype THEN format('NOT %I', how)
			ELSE format('coalesce(%I, '''') || ''x''', how) END
		UNION ALL
		SELECT quote_literal(w) FROM unnest('{Daily,Weekly,Monthly}'::text[]) w WHERE how = 'period_type'
		UNION ALL
		SELECT quote_literal(w) FROM unnest('{Success,Warning,Failure,New,Resolved}'::text[]) w WHERE how = 'status') AS v (value)
	WHERE a.attrelid = format('gold.%I', name)::regclass AND a.attname = how
$$;

CREATE FUNCTION damage.try_gold(name text, place tid, row_kind text, how text, value text, OUT tried boolean, OUT wrong text) LANGUAGE plpgsql AS $$
BEGIN
	tried := false;
	BEGIN
		IF damage.damage_gold(name, place, how, value) > 0 THEN
			tried := true;
			IF damage.named() IS NULL THEN
				wrong := concat_ws(' ', name, how, value, '(' || row_kind || ')');
			END IF;
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
EXCEPTION WHEN OTHERS THEN
	wrong := concat_ws(' ', name, how, value, SQLSTATE, SQLERRM);
END
$$;

CREATE VIEW damage.gold_damage AS
SELECT c.relname::text AS name, r.place, r.row_kind, h.how, h.value
FROM pg_class c CROSS JOIN LATERAL damage.gold_rows(c.relname) r
CROSS JOIN LATERAL (
	SELECT a.attname::text, v FROM pg_attribute a CROSS JOIN LATERAL damage.gold_values(c.relname, a.attname) v
	WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL VALUES ('deleted', NULL), ('twice', NULL)) AS h (how, value)
WHERE c.relnamespace = 'gold'::regnamespace AND c.relkind = 'r' AND NOT damage.is_free(c.relname, r.row_kind, h.how);
