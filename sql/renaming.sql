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

CREATE FUNCTION zoom_gold.rename_tracked(names jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	renamed jsonb := (SELECT jsonb_object_agg(names ->> t.column_name, t.scd_type) FROM gold_state.tracked_column AS t WHERE names ? t.column_name);
BEGIN
	-- two may have changed names
	DELETE FROM gold_state.tracked_column AS t WHERE names ? t.column_name;
	INSERT INTO gold_state.tracked_column (column_name, scd_type)
	SELECT r.key, r.value::smallint FROM jsonb_each_text(renamed) AS r
	ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION zoom_gold.rename_tracked(jsonb) IS
'Has what is declared of columns of go_dim_user follow them to other names; names is {old: new}';
