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
	-- gold may have other types, which what is compared is cast from
	RETURN QUERY
	WITH wanted AS (
		SELECT m.table_schema, m.table_name, m.column_name, m.position, m.data_type, r.relation,
			   format_type(m.data_type::regtype, NULL) AS base_type, to_regclass(r.relation) AS relid
		FROM zoom_gold.model_column() AS m
		CROSS JOIN LATERAL (SELECT format('%I.%I', CASE m.table_schema WHEN 'silver' THEN silver_schema ELSE m.table_schema END, m.table_name)) AS r (relation)),
	checked AS (
		SELECT w.*, a.attnum IS NULL AS missing, format_type(a.atttypid, a.atttypmod) AS found,
			   CASE w.table_schema WHEN 'silver' THEN zoom_gold.type_fits(a.atttypid, a.atttypmod, w.data_type)
				   WHEN 'gold_state' THEN format_type(a.atttypid, NULL) = w.base_type ELSE true END AS fits
		FROM wanted AS w
		LEFT JOIN pg_attribute AS a ON a.attrelid = w.relid AND a.attname = w.column_name AND a.attnum > 0 AND NOT a.attisdropped)
	SELECT c.table_name, format('relation "%s" %s: nothing is compared', c.relation,
		CASE WHEN c.relid IS NULL THEN 'is missing'
			 ELSE concat_ws(' and ',
				'lacks column "' || string_agg(c.column_name, '", "' ORDER BY c.position) FILTER (WHERE c.missing) || '"',
				'has ' || string_agg(format('column "%s" of type %s, not %s', c.column_name, c.found, c.base_type), ', ' ORDER BY c.position)
					FILTER (WHERE NOT c.missing)) END)
	FROM checked AS c
	WHERE c.missing OR NOT c.fits
	GROUP BY c.table_schema, c.table_name, c.relation, c.relid
	ORDER BY c.table_schema DESC, c.table_name;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'settings', p.problem || ': nothing is compared' FROM zoom_gold.configuration_problem() AS p
			WHERE p.problem LIKE 'invalid value%';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_missing() IS
'The relations of silver, gold and gold_state that are missing, lack columns or have some of a type that cannot be read, or else the settings that are invalid. For verify().';
