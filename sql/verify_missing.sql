------------------------------------------------------------------------------
-- verify(): what has to be there before anything can be compared
------------------------------------------------------------------------------

CREATE FUNCTION zoom_gold.verify_missing() RETURNS TABLE (check_name text, details text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	silver_schema text := zoom_gold.setting('silver_schema');
BEGIN
	IF EXISTS (SELECT FROM zoom_gold.default_setting() AS d WHERE d.name NOT IN (SELECT s.name FROM gold_state.settings AS s)) THEN
		RETURN QUERY VALUES ('settings', 'settings are missing in "gold_state.settings", which zoom_gold.setup() puts back: nothing is compared');
		RETURN;
	END IF;
	RETURN QUERY
	WITH wanted AS (
		SELECT m.table_schema, m.table_name, m.column_name, m.position,
			   format('%I.%I', CASE m.table_schema WHEN 'silver' THEN silver_schema ELSE m.table_schema END, m.table_name) AS relation
		FROM zoom_gold.model_column() AS m)
	SELECT w.table_name, CASE WHEN to_regclass(w.relation) IS NULL THEN format('relation "%s" is missing', w.relation)
		ELSE format('relation "%s" lacks column "%s"', w.relation, string_agg(w.column_name, '", "' ORDER BY w.position)) END
		|| ': nothing is compared'
	FROM wanted AS w
	WHERE NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = to_regclass(w.relation) AND a.attname = w.column_name AND a.attnum > 0 AND NOT a.attisdropped)
	GROUP BY w.table_schema, w.table_name, w.relation
	ORDER BY w.table_schema DESC, w.table_name;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_missing() IS
'The relations of silver, gold and gold_state that are missing or lack columns. For verify().';
