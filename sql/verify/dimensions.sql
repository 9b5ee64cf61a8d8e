	--------------------------------------------------------------------------
	-- The user dimension, its labels and identities: wanted and present.
	--------------------------------------------------------------------------
	user_difference (check_name, example, n) AS (
		SELECT 'go_dim_user', 'valid_from ' || c.valid_from, sum(c.n)
		FROM (SELECT f.user_name, f.email, f.company, f.plan_type, f.own, f.source_system,
					 f.valid_from, f.closed AS valid_to, f.closed = forever AS is_current, 1 AS n
			  FROM folded AS f
			  UNION ALL
			  SELECT g.*, -1 FROM zoom_gold.verify_gold_users() AS g) AS c
		GROUP BY c.user_name, c.email, c.company, c.plan_type, c.own, c.source_system, c.valid_from, c.valid_to, c.is_current
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'user_version', 'ordinal ' || c.ordinal || ' valid_from ' || c.valid_from, sum(c.n)
		FROM (SELECT f.ordinal, f.base_name, f.user_name, f.email, f.opened, f.valid_from, f.closed AS valid_to,
					 CASE WHEN f.first THEN timestamptz '-infinity' ELSE f.valid_from END AS since,
					 lead(f.valid_from, 1, 'infinity') OVER (PARTITION BY f.ordinal ORDER BY f.valid_from) AS until, f.company, f.plan_type, 1 AS n
			  FROM folded AS f
			  UNION ALL
			  SELECT v.ordinal, v.base_name, v.user_name, v.email, v.opened, v.valid_from, v.valid_to,
					 v.holds_from, v.holds_until, v.company, v.plan_type, -1
			  FROM gold_state.user_version AS v) AS c
		GROUP BY c.ordinal, c.base_name, c.user_name, c.email, c.opened, c.valid_from, c.valid_to, c.since, c.until, c.company, c.plan_type
		HAVING sum(c.n) <> 0),
	label_difference (example, n) AS (
		SELECT 'ordinal ' || c.ordinal || CASE WHEN c.is_last THEN ' last name' ELSE ' former name' END, sum(c.n)
		FROM (SELECT f.ordinal, f.user_name, max(f.valid_from) = max(max(f.valid_from)) OVER (PARTITION BY f.ordinal) AS is_last, 1 AS n
			  FROM folded AS f GROUP BY f.ordinal, f.user_name
			  UNION ALL
			  SELECT l.ordinal, l.user_name, l.is_last, -1 FROM gold_state.user_label AS l) AS c
		GROUP BY c.ordinal, c.user_name, c.is_last
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'pseudonym of ordinal ' || l.ordinal, 1
		FROM gold_state.user_label AS l CROSS JOIN gold_state.secret AS k
		WHERE l.pseudonym IS DISTINCT FROM 'user ' || substr(encode(sha256(k.key || sha256(k.key || convert_to(l.user_name, getdatabaseencoding()))), 'hex'), 1, 32)),
	-- known is who has a version in gold, or had one accepted that was never in
	-- force; of what a transaction overwrote of one version only the last counts
	unfolded AS MATERIALIZED (
		SELECT e.ordinal, e.tx, e.op, e.version_at, e.content || e.own AS face, e.valid AND NOT e.content ? 'deleted_at' AS accepted,
			   row_number() OVER (PARTITION BY e.ordinal, e.tx ORDER BY e.seq, e.n, CASE e.op WHEN 'T' THEN 0 WHEN 'D' THEN 1 ELSE 2 END) AS place
		FROM zoom_gold.verify_user_events() AS e WHERE e.ordinal NOT IN (SELECT f.ordinal FROM folded AS f)),
	known_user AS MATERIALIZED (
		SELECT f.ordinal FROM folded AS f
		UNION
		SELECT u.ordinal FROM unfolded AS u
		WHERE u.op = 'I' AND u.accepted
		  AND NOT (EXISTS (SELECT FROM unfolded AS d WHERE d.ordinal = u.ordinal AND d.tx = u.tx AND d.place > u.place
						   AND (d.op = 'T' OR d.op = 'D' AND d.version_at = u.version_at AND d.face = u.face))
				   AND EXISTS (SELECT FROM unfolded AS n WHERE n.ordinal = u.ordinal AND n.tx = u.tx AND n.place > u.place
							   AND n.op = 'I' AND n.version_at = u.version_at))),
	identity_difference AS (
		SELECT i.ordinal
		FROM gold_state.user_identity AS i
		FULL JOIN (SELECT e.ordinal, e.ordinal IN (SELECT f.ordinal FROM known_user AS f) AS known,
						  count(*) FILTER (WHERE e.op = 'I' AND (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL))
						  - count(*) FILTER (WHERE e.op = 'D' AND (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL)) AS live_rows
				   FROM zoom_gold.verify_user_events() AS e
				   LEFT JOIN (SELECT t.ordinal, max(t.seq) AS seq FROM gold_state.user_event AS t WHERE t.op = 'T' GROUP BY 1) AS t
					 ON t.ordinal = e.ordinal
				   GROUP BY e.ordinal) AS k USING (ordinal)
		WHERE i.user_id <> '' AND octet_length(i.user_id) <= 2000 AND (i.known <> coalesce(k.known, false)
								   OR i.live_rows <> greatest(coalesce(k.live_rows, 0), 0))
		   OR i.ordinal IS NULL),
