-- The newest kept versions of each user's present life, without the fold of
-- verify_timeline(): what came after the last transaction that left none of
-- the user's rows; of these the newest by its timestamps.  Of several with
-- the same timestamps each may be it that is still there, or that came last
-- without repeating a row; "gone" are those that silver took away again.
-- Left out is what its own transaction overwrote, and what is older than the
-- rows with which the life began and not later than the deletion before.
CREATE FUNCTION zoom_gold.verify_newest_kept()
RETURNS TABLE (ordinal integer, version_at timestamptz, load_at timestamptz, content jsonb, own jsonb, gone boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	ignore_deletes boolean := zoom_gold.setting('delete_policy') = 'ignore';
BEGIN
	RETURN QUERY
	WITH event AS MATERIALIZED (
		SELECT e.*, e.content || e.own AS face, e.op = 'I' AS comes FROM zoom_gold.verify_user_events() AS e),
	-- users that lost a row ever, transaction by transaction; a sweep begins anew
	placed AS (
		SELECT e.*, greatest(max(e.seq) OVER (PARTITION BY e.ordinal, e.tx), e.tx) AS position,
			   CASE e.op WHEN 'T' THEN 0 WHEN 'D' THEN 1 ELSE 2 END AS turn
		FROM event AS e WHERE e.ordinal IN (SELECT ordinal FROM event WHERE NOT comes)),
	swept AS (
		SELECT p.*, count(*) FILTER (WHERE p.op = 'T') OVER (PARTITION BY p.ordinal ORDER BY p.position, p.tx, p.seq, p.n, p.turn) AS sweep
		FROM placed AS p),
	counted AS (
		SELECT s.*, row_number() OVER (PARTITION BY s.ordinal ORDER BY s.position, s.tx, s.seq, s.n, s.turn, s.hash < 0, s.hash) AS place,
			   sum(CASE s.op WHEN 'I' THEN 1 WHEN 'D' THEN -1 ELSE 0 END)
				   OVER (PARTITION BY s.ordinal, s.sweep ORDER BY s.position, s.tx) AS rows_left,
			   max(s.sweep) OVER (PARTITION BY s.ordinal) AS final_sweep,
			   max(s.sweep) OVER (PARTITION BY s.ordinal, s.tx) AS last_sweep,
			   bool_or(NOT s.comes) OVER (PARTITION BY s.ordinal, s.tx) AS takes
		FROM swept AS s),
	-- what its transaction did before and after to rows like it, and of its version
	judged AS MATERIALIZED (
		SELECT c.*,
			   max(c.version_at) FILTER (WHERE c.comes AND c.valid) OVER (PARTITION BY c.ordinal ORDER BY c.place) AS newest_yet,
			   least(min(c.place) FILTER (WHERE c.op = 'T') OVER (PARTITION BY c.ordinal, c.tx),
					 min(c.place) FILTER (WHERE c.op = 'D') OVER like_it) < c.place AS like_it_went,
			   greatest(max(c.place) FILTER (WHERE c.op = 'T') OVER (PARTITION BY c.ordinal, c.tx),
						max(c.place) FILTER (WHERE c.op = 'D') OVER like_it) > c.place AS goes,
			   max(c.place) FILTER (WHERE c.comes) OVER (PARTITION BY c.ordinal, c.tx, c.version_at) > c.place AS is_followed,
			   coalesce(sum(CASE c.op WHEN 'I' THEN 1 WHEN 'D' THEN -1 ELSE 0 END) FILTER (WHERE c.sweep = c.final_sweep)
							OVER (PARTITION BY c.ordinal, c.version_at, c.load_at, c.face), 0) <= 0 AS gone
		FROM counted AS c
		WINDOW like_it AS (PARTITION BY c.ordinal, c.tx, c.version_at, c.face)),
	deletion AS MATERIALIZED (
		SELECT j.ordinal, max(j.place) AS place,
			   greatest(max(j.captured_at) FILTER (WHERE NOT j.comes), max(j.newest_yet) + interval '1 microsecond') AS at
		FROM judged AS j
		WHERE j.takes AND j.sweep = j.last_sweep AND j.rows_left <= 0 AND NOT ignore_deletes
		GROUP BY 1),
	-- the oldest of the rows with which the life after it began
	beginning AS MATERIALIZED (
		SELECT DISTINCT ON (j.ordinal) j.ordinal, d.at AS deleted_at, j.version_at, j.load_at
		FROM judged AS j JOIN deletion AS d ON d.ordinal = j.ordinal AND j.place > d.place
		WHERE j.comes
		ORDER BY j.ordinal, j.position, j.tx, j.version_at, j.load_at),
	version AS (
		SELECT e.ordinal, e.version_at, e.load_at, e.content, e.own, e.face, 0 AS place, false AS like_it_went, false AS gone
		FROM event AS e WHERE e.valid AND e.ordinal NOT IN (SELECT p.ordinal FROM placed AS p)
		UNION ALL
		SELECT j.ordinal, j.version_at, j.load_at, j.content, j.own, j.face, j.place, j.like_it_went, j.gone
		FROM judged AS j
		LEFT JOIN deletion AS d ON d.ordinal = j.ordinal
		LEFT JOIN beginning AS b ON b.ordinal = j.ordinal
		WHERE j.comes AND j.valid AND (j.place > d.place) IS NOT FALSE
		  AND (j.version_at <= b.deleted_at AND (j.version_at, j.load_at) < (b.version_at, b.load_at)) IS NOT TRUE
		  AND (j.goes AND j.is_followed) IS NOT TRUE),
	newest AS (
		SELECT v.*, like_it_went AND min(v.place) OVER (PARTITION BY v.ordinal, v.face) < v.place AS repeats
		FROM (SELECT v.*, rank() OVER (PARTITION BY v.ordinal ORDER BY v.version_at DESC, v.load_at DESC) AS rank
			  FROM version AS v) AS v
		WHERE v.rank = 1)
	SELECT n.ordinal, n.version_at, n.load_at, n.content, n.own, n.gone
	FROM (SELECT n.*, max(n.place) FILTER (WHERE n.repeats IS NOT TRUE) OVER (PARTITION BY n.ordinal) AS last FROM newest AS n) AS n
	WHERE NOT n.gone OR n.place = n.last;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_newest_kept() IS
'The newest kept version of each user''s present life; of tied ones all that may be it. For verify().';

CREATE FUNCTION zoom_gold.verify_newest_versions()
RETURNS TABLE (ordinal integer, version_at timestamptz, load_at timestamptz, content jsonb, own jsonb, gone boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT k.ordinal, k.version_at, k.load_at, k.content, %s, k.gone FROM zoom_gold.verify_newest_kept() AS k',
								zoom_gold.verify_own_values('k.own'));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_newest_versions() IS
'The newest kept versions of users, with the users'' own columns as go_dim_user''s types show them. For verify().';

-- The current rows of go_dim_user, with whose they are.
CREATE FUNCTION zoom_gold.verify_current_rows()
RETURNS TABLE (ordinal integer, user_name text, content jsonb, own jsonb)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT v.ordinal, g.user_name, jsonb_build_object('email', g.email, 'company', g.company, 'plan_type', g.plan_type), g.own
	FROM zoom_gold.verify_gold_users() AS g
	LEFT JOIN gold_state.user_version AS v ON v.user_name = g.user_name AND v.valid_to = g.valid_to
	WHERE g.is_current;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_current_rows() IS
'The current rows of go_dim_user with the users that they belong to. For verify().';

-- Does a current row say what a version says?  Of one's own columns those that
-- the version knows; a name may be qualified.
CREATE FUNCTION zoom_gold.verify_shows(user_name text, content jsonb, own jsonb, version jsonb, version_own jsonb)
RETURNS boolean
LANGUAGE sql STABLE
RETURN (user_name = version ->> 'user_name' OR starts_with(user_name, (version ->> 'user_name') || ' ('))
	AND content = version - 'user_name'
	AND (version_own = '{}'
		 OR jsonb_strip_nulls(version_own)
			= (SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}') FROM jsonb_each(own) AS o WHERE version_own ? o.key));
COMMENT ON FUNCTION zoom_gold.verify_shows(text, jsonb, jsonb, jsonb, jsonb) IS
'Whether a current row of go_dim_user says what a version of the user says. For verify().';

-- The law of succession, looked at from its end: gold's current row of a user
-- is the newest kept version of the present life and, where silver was not
-- moved backwards, silver's newest row.  What is pending is not compared.
CREATE FUNCTION zoom_gold.verify_current_users() RETURNS TABLE (example text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH kept AS MATERIALIZED (SELECT * FROM zoom_gold.verify_newest_versions()),
	current AS MATERIALIZED (SELECT * FROM zoom_gold.verify_current_rows()),
	newest AS (
		SELECT k.ordinal, max(k.version_at) AS version_at, max(k.load_at) AS load_at,
			   bool_and(k.content ? 'deleted_at') AS deleted, bool_or(k.content ? 'deleted_at') AS may_be_deleted,
			   bool_or(k.gone) AS gone,
			   bool_or(zoom_gold.verify_shows(c.user_name, c.content, c.own, k.content, k.own)) AS shown,
			   bool_or(c.ordinal IS NOT NULL) AS is_current
		FROM kept AS k LEFT JOIN current AS c USING (ordinal)
		GROUP BY 1),
	pending AS (
		SELECT zoom_gold.verify_text(c.user_id) AS user_id, c.op FROM gold_state.user_change AS c),
	silver AS (
		SELECT i.ordinal, r.version_at, r.load_at, r.content
		FROM zoom_gold.verify_user_rows() AS r
		JOIN gold_state.user_identity AS i ON i.user_id = r.key AND NOT i.forgotten
		WHERE NOT r.rejected AND NOT r.tied
		  -- what has no such timestamp counts from its capture
		  AND zoom_gold.verify_instant(r.version_at, NULL) IS NOT NULL AND zoom_gold.verify_instant(r.load_at, NULL) IS NOT NULL
		  AND NOT EXISTS (SELECT FROM pending AS p WHERE p.op = 'T')
		  AND r.key NOT IN (SELECT p.user_id FROM pending AS p WHERE p.user_id IS NOT NULL))
	SELECT 'current without a version, ordinal ' || coalesce(c.ordinal::text, 'NULL')
	FROM current AS c WHERE c.ordinal IS NULL OR c.ordinal NOT IN (SELECT ordinal FROM kept)
	UNION ALL
	SELECT 'current though deleted, ordinal ' || n.ordinal FROM newest AS n WHERE n.deleted AND n.is_current
	UNION ALL
	SELECT 'not current, ordinal ' || n.ordinal FROM newest AS n WHERE NOT n.may_be_deleted AND NOT n.is_current
	UNION ALL
	SELECT 'not the newest kept version, ordinal ' || n.ordinal FROM newest AS n WHERE n.is_current AND NOT n.deleted AND n.shown IS NOT TRUE
	UNION ALL
	SELECT 'not silver''s newest row, ordinal ' || s.ordinal
	FROM silver AS s
	JOIN current AS c USING (ordinal)
	LEFT JOIN newest AS n USING (ordinal)
	WHERE ((s.version_at, s.load_at) >= (n.version_at, n.load_at)) IS NOT FALSE AND n.gone IS NOT TRUE
	  AND NOT zoom_gold.verify_shows(c.user_name, c.content, c.own, s.content, '{}');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_current_users() IS
'Where go_dim_user''s current rows are not the newest versions of the users. For verify().';
