-- Members of a stored set of users, {-1} where its bytes are damaged.
CREATE FUNCTION zoom_gold.verify_members(users bytea) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN zoom_gold.user_ordinals(users);
EXCEPTION WHEN data_corrupted THEN
	RETURN '{-1}';
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_members(bytea) IS 'The members of a stored set of users. For verify().';

CREATE FUNCTION zoom_gold.verify_numbers(numbers integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT n FROM unnest(numbers) AS n WHERE n IS NOT NULL ORDER BY n);
COMMENT ON FUNCTION zoom_gold.verify_numbers(integer[]) IS 'Distinct numbers in order. For verify().';

CREATE FUNCTION zoom_gold.verify_hashes(hashes bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT h FROM unnest(hashes) AS h ORDER BY h);
COMMENT ON FUNCTION zoom_gold.verify_hashes(bigint[]) IS 'Hashes in order. For verify().';

-- As far as the state tells them apart.
CREATE FUNCTION zoom_gold.verify_systems(systems text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT s FROM unnest(systems) AS s GROUP BY s ORDER BY s COLLATE "C" NULLS FIRST LIMIT 2);
COMMENT ON FUNCTION zoom_gold.verify_systems(text[]) IS 'The two smallest of some source systems. For verify().';

CREATE FUNCTION zoom_gold.verify_soft_deleted() RETURNS TABLE (relation text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	silver regnamespace := quote_ident(zoom_gold.setting('silver_schema'));
BEGIN
	RETURN QUERY
	SELECT c.relname::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
	WHERE c.relnamespace = silver AND a.attname = 'deleted_at' AND NOT a.attisdropped;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_soft_deleted() IS
'The relations whose rows may say that they were deleted. For verify().';

-- Spellings of keys, other than the normal one, that the state does not know.
CREATE FUNCTION zoom_gold.verify_spellings() RETURNS TABLE (relation text, spelling text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	item record;
BEGIN
	FOR item IN
		SELECT c.table_name, c.column_name FROM zoom_gold.silver_contract() AS c
		WHERE c.role = 'key' OR c.column_name = 'meeting_id' AND c.table_name IN ('si_participants', 'si_feature_usage')
	LOOP
		RETURN QUERY EXECUTE format($q$
			SELECT DISTINCT %1$L, s.%2$I::text COLLATE "default" FROM %3$I.%1$I AS s
			WHERE s.%2$I::text <> zoom_gold.verify_text(s.%2$I::text COLLATE "default") AND octet_length(s.%2$I::text) <= 2000
			  AND (zoom_gold.verify_text(s.%2$I::text COLLATE "default"), s.%2$I::text) NOT IN (
				SELECT k.key, k.spelling FROM gold_state.key_spelling AS k WHERE k.relation = %1$L AND k.column_name = %2$L)$q$,
			item.table_name, item.column_name, zoom_gold.setting('silver_schema'));
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_spellings() IS
'Spellings of keys in silver that key_spelling lacks. For verify().';
