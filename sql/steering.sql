/* ==========================================================================
 * Steering the next refresh
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.step_of(gold_table text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN gold_table = 'go_dim_user' THEN 'merge_dim_user'
		WHEN gold_table LIKE 'go\_fact\_%' THEN 'build_' || substr(gold_table, 4)
		WHEN gold_table LIKE 'go\_agg\_%' THEN 'refresh_' || substr(gold_table, 4)
	END
$$;
COMMENT ON FUNCTION zoom_gold.step_of(text) IS
'Process name of the step that can rebuild a gold table; NULL for Type 1 dimensions, which come with their facts, and logs';

CREATE FUNCTION zoom_gold.dependents(input text) RETURNS TABLE (process_name text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE dependent AS (
		SELECT s.process_name FROM zoom_gold.step_input() s WHERE dependents.input IN (s.process_name, s.input)
		UNION
		SELECT s.process_name FROM zoom_gold.step_input() s JOIN dependent d ON s.input = d.process_name
	)
	SELECT d.process_name FROM dependent d
$$;
COMMENT ON FUNCTION zoom_gold.dependents(text) IS
'Steps that compute from a silver relation or from another step, directly or not; a step is among its own';

CREATE FUNCTION zoom_gold.invalidate_work(relation text, from_date date, to_date date)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on SET jit = off AS $$
#variable_conflict use_variable
DECLARE
	origin text := zoom_gold.step_of(regexp_replace(relation, '^gold\.', ''));
	first_day date := coalesce(from_date, zoom_gold.setting('min_date')::date);
	last_day date := coalesce(to_date, greatest(zoom_gold.today(), first_day));
BEGIN
	IF origin IS NULL OR NOT EXISTS (SELECT FROM zoom_gold.step_input() s WHERE s.process_name = origin) THEN
		IF EXISTS (SELECT FROM zoom_gold.model_table() t
			WHERE t.table_schema = 'gold' AND relation IN (t.table_name, 'gold.' || t.table_name))
		THEN
			RAISE EXCEPTION 'table "%" cannot be computed anew by itself', relation USING ERRCODE = 'wrong_object_type',
				HINT = 'Name the fact or the silver relation its rows come with.';
		END IF;
		origin := zoom_gold.contract_name(relation);
	END IF;
	IF from_date > to_date OR from_date NOT BETWEEN '0001-01-01' AND '9999-12-31'
		OR to_date NOT BETWEEN '0001-01-01' AND '9999-12-31'
	THEN
		RAISE EXCEPTION 'invalid range of days: % to %', coalesce(from_date::text, 'the first'), coalesce(to_date::text, 'the last') USING ERRCODE = 'invalid_parameter_value',
			HINT = 'from_date is not later than to_date, and both lie between 0001-01-01 and 9999-12-31; leave them out for all days.';
	END IF;

	INSERT INTO gold_state.dirty (consumer, day)
	SELECT d.process_name, days.day
	FROM zoom_gold.dependents(origin) d
	CROSS JOIN LATERAL (
		-- versions of users have no day
		SELECT NULL::date WHERE coalesce(from_date, to_date) IS NULL OR d.process_name = 'merge_dim_user'
		UNION ALL
		SELECT x.day FROM (
			SELECT first_day + n FROM generate_series(0, last_day - first_day) n
			UNION
			-- what lies ahead, or never will
			SELECT s.day FROM gold_state.slice s
			WHERE s.day BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')) AS x (day)
		WHERE coalesce(from_date, to_date) IS NOT NULL AND d.process_name <> 'merge_dim_user') AS days (day);
END
$$;
COMMENT ON FUNCTION zoom_gold.invalidate_work(text, date, date) IS 'The work of invalidate()';

CREATE FUNCTION zoom_gold.invalidate(relation text, from_date date DEFAULT NULL, to_date date DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.invalidate(text, date, date) IS
'Has the next refresh compute anew what comes from a silver relation, or a gold fact, aggregate or '
'go_dim_user, with all that depends on it: for the UTC days from from_date to to_date, both included and '
'each open-ended when NULL, or everything. Versions of users have no day and are always folded anew as a '
'whole. Errors for a relation that is neither, and for a range that is none';

CREATE FUNCTION zoom_gold.confirm_deletes_work(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	UPDATE gold_state.relation_state r SET deletes_confirmed = true
	WHERE r.relation = (SELECT zoom_gold.contract_name(confirm_deletes_work.relation));
END
$$;
COMMENT ON FUNCTION zoom_gold.confirm_deletes_work(text) IS 'The work of confirm_deletes()';

CREATE FUNCTION zoom_gold.confirm_deletes(relation text) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.confirm_deletes(text) IS
'Lets the next refresh pass the delete guard of a silver relation once. Errors for a name that is no '
'silver relation';
