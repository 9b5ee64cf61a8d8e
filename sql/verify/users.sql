	--------------------------------------------------------------------------
	-- Users: their versions as they should be, and the name as of an instant.
	--------------------------------------------------------------------------
	named AS (
		SELECT 'si_meetings' AS relation, m.ordinal, m.day FROM meeting AS m WHERE NOT m.rejected
		UNION ALL SELECT 'si_support_tickets', t.ordinal, t.day FROM ticket AS t WHERE NOT t.rejected
		UNION ALL SELECT 'si_licenses', l.ordinal, l.day FROM license AS l WHERE NOT l.rejected
		UNION ALL SELECT 'si_billing_events', b.ordinal, b.day FROM billing AS b WHERE NOT b.rejected),
	first_named AS (
		SELECT n.ordinal, min(n.day) AS day,
			   bool_or(s.day IS NOT NULL OR n.relation IN (SELECT relation FROM wholly_stale)) AS stale
		FROM named AS n
		LEFT JOIN (SELECT * FROM stale WHERE day IS NOT NULL) AS s ON s.relation = n.relation AND s.day = n.day
		WHERE n.ordinal IS NOT NULL GROUP BY n.ordinal),
	-- where changes are pending the state's word is taken; facts that outlive
	-- silver may have moved it further back
	reached AS (
		SELECT v.ordinal, min(v.valid_from) AS since FROM gold_state.user_version AS v GROUP BY 1),
	folded AS MATERIALIZED (
		SELECT u.*, CASE WHEN NOT u.first THEN u.opened
						 WHEN f.stale OR EXISTS (SELECT FROM stale WHERE day IS NULL)
							  OR zoom_gold.verify_day(r.since) IN (SELECT day FROM stale WHERE day IS NOT NULL)
							  OR EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'extend_dim_user')
						 THEN least(u.opened, r.since)
						 WHEN keep_facts THEN least(u.opened, f.day::timestamp AT TIME ZONE 'UTC', r.since)
						 ELSE least(u.opened, f.day::timestamp AT TIME ZONE 'UTC') END AS valid_from
		FROM zoom_gold.verify_users() AS u
		LEFT JOIN first_named AS f USING (ordinal) LEFT JOIN reached AS r USING (ordinal)),
	-- which name holds as of an instant: from the version's start to the next
	-- one's, without gap, one before the first included
	name_span AS MATERIALIZED (
		SELECT s.ordinal, s.user_name, CASE WHEN s.first THEN timestamptz '-infinity' ELSE s.valid_from END AS since,
			   lead(s.valid_from, 1, 'infinity') OVER (PARTITION BY s.ordinal ORDER BY s.valid_from) AS until
		FROM (SELECT f.*, lag(f.user_name) OVER (PARTITION BY f.ordinal ORDER BY f.valid_from) AS before
			  FROM folded AS f) AS s
		WHERE s.before IS DISTINCT FROM s.user_name),
