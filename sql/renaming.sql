/* ==========================================================================
 * Columns that users rename
 * ==========================================================================
 */

-- One whose name is gone and whose number is there under another.
CREATE FUNCTION zoom_gold.renamed_columns(before jsonb, now jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (SELECT jsonb_object_agg(b.key, n.key)
	FROM jsonb_each(before -> 'columns') AS b
	JOIN jsonb_each(now -> 'columns') AS n ON n.value = b.value AND n.key <> b.key
	WHERE before -> 'relation' = now -> 'relation');
COMMENT ON FUNCTION zoom_gold.renamed_columns(jsonb, jsonb) IS
'The columns of a relation that have another name than before, {old: new}, NULL when there are none; both arguments are layouts as in relation_state.own_layout';

-- A column that has taken the name of one that is gone goes before it.
CREATE FUNCTION zoom_gold.rename_keys(object jsonb, names jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (SELECT jsonb_object_agg(coalesce(names ->> e.key, e.key), e.value ORDER BY names ? e.key)
	FROM jsonb_each(object) AS e);
COMMENT ON FUNCTION zoom_gold.rename_keys(jsonb, jsonb) IS 'An object with other names for its keys; names is {old: new}';

-- Two may have changed names, so none can be renamed after the other.  Columns that
-- users gave the table go with their rows.
CREATE FUNCTION zoom_gold.rename_tracked(names jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	renamed jsonb := (SELECT jsonb_agg(to_jsonb(t) || jsonb_build_object('column_name', names ->> t.column_name))
		FROM gold_state.tracked_column AS t WHERE names ? t.column_name);
BEGIN
	DELETE FROM gold_state.tracked_column AS t WHERE names ? t.column_name;
	EXECUTE (SELECT format('INSERT INTO gold_state.tracked_column (%1$s) OVERRIDING SYSTEM VALUE '
			'SELECT %1$s FROM jsonb_populate_recordset(NULL::gold_state.tracked_column, $1) ON CONFLICT DO NOTHING',
			string_agg(quote_ident(a.attname), ', '))
		FROM pg_attribute AS a
		WHERE a.attrelid = 'gold_state.tracked_column'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
	USING renamed;
END
$$;
COMMENT ON FUNCTION zoom_gold.rename_tracked(jsonb) IS
'Has what is declared of columns of go_dim_user follow them to other names; names is {old: new}';
