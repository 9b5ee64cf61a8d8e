-- t.asked(statement): functions of ours that read a setting or look a relation
-- up and that the statement calls many times more where the planner may use no
-- index.  A condition on the catalogue that asks them for each row does so.
-- The test sets track_functions to all.
CREATE FUNCTION t.asked_so_far() RETURNS TABLE (name text, n bigint) LANGUAGE sql VOLATILE AS $$
	SELECT f.name, coalesce(pg_stat_get_xact_function_calls(f.name::regprocedure), 0)
	FROM unnest('{zoom_gold.setting(text),zoom_gold.silver_relation(text),zoom_gold.contract_name(text)}'::text[]) AS f (name)
$$;
CREATE FUNCTION t.asked(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	allowed text;
	before jsonb;
	usual jsonb;
	asked jsonb;
BEGIN
	FOREACH allowed IN ARRAY '{on,off}'::text[] LOOP
		PERFORM set_config('enable_indexscan', allowed, true), set_config('enable_indexonlyscan', allowed, true), set_config('enable_bitmapscan', allowed, true);
		-- what is asked of these settings is asked of new plans
		DISCARD PLANS;
		usual := asked;
		SELECT jsonb_object_agg(s.name, s.n) INTO before FROM t.asked_so_far() AS s;
		EXECUTE statement;
		SELECT jsonb_object_agg(s.name, s.n - (before ->> s.name)::bigint) INTO asked FROM t.asked_so_far() AS s;
	END LOOP;
	-- what the server's statistics have counted by then makes a difference of a few
	RETURN QUERY SELECT format('%s: %s calls, not %s', a.key, a.value, usual ->> a.key)
		FROM jsonb_each_text(asked) AS a WHERE a.value::bigint > (usual ->> a.key)::bigint + 20;
END
$$;
