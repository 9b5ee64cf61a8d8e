	--------------------------------------------------------------------------
	-- Members of the Type 1 dimensions: wanted and present.
	--------------------------------------------------------------------------
	member (table_name, relation, member, day, version_at, load_at, source_system) AS (
		SELECT 'go_dim_meeting', 'si_meetings', m.meeting_topic, m.day, m.version_at, m.load_at, m.source_system
		FROM meeting AS m WHERE NOT m.rejected AND m.meeting_topic IS NOT NULL
		UNION ALL
		SELECT 'go_dim_feature', 'si_feature_usage', u.feature_name, u.day, u.version_at, u.load_at, u.source_system
		FROM usage AS u WHERE NOT u.rejected
		UNION ALL
		SELECT 'go_dim_webinar', 'si_webinars', w.webinar_topic, w.day, w.version_at, w.load_at, w.source_system
		FROM webinar AS w WHERE NOT w.rejected AND w.webinar_topic IS NOT NULL
		UNION ALL
		SELECT 'go_dim_ticket_type', 'si_support_tickets', t.ticket_type, t.day, t.version_at, t.load_at, t.source_system
		FROM ticket AS t WHERE NOT t.rejected
		UNION ALL
		SELECT 'go_dim_license_type', 'si_licenses', l.license_type, l.day, l.version_at, l.load_at, l.source_system
		FROM license AS l WHERE NOT l.rejected
		UNION ALL
		SELECT 'go_dim_billing_event_type', 'si_billing_events', b.event_type, b.day, b.version_at, b.load_at, b.source_system
		FROM billing AS b WHERE NOT b.rejected),
	member_system AS (
		SELECT m.table_name, m.relation, m.member, m.source_system, max(ARRAY[m.version_at, m.load_at]) AS newest,
			   bool_or(s.day IS NULL) AS settled, bool_or(s.day IS NOT NULL) AS stale
		FROM member AS m
		LEFT JOIN (SELECT * FROM stale WHERE day IS NOT NULL) AS s ON s.relation = m.relation AND s.day = m.day
		WHERE m.relation NOT IN (SELECT relation FROM wholly_stale)
		GROUP BY m.table_name, m.relation, m.member, m.source_system),
	-- silver knows the newest row only if the state has seen none newer; of rows
	-- with the same timestamps any may be it, or one that has gone
	member_wanted AS (
		SELECT w.table_name, w.member, w.settled, w.stale,
			   CASE WHEN ARRAY[d.version_ts, d.load_ts] = w.newest THEN w.systems || d.source_system
					ELSE w.systems END AS systems,
			   d.version_ts IS NULL OR ARRAY[d.version_ts, d.load_ts] <= w.newest AS derivable
		FROM (SELECT x.table_name, x.member, max(x.newest) AS newest, bool_or(x.settled) AS settled, bool_or(x.stale) AS stale,
					 array_agg(x.source_system) FILTER (WHERE x.newest = x.top) AS systems
			  FROM (SELECT m.*, max(m.newest) OVER (PARTITION BY m.table_name, m.member) AS top
					FROM member_system AS m) AS x
			  GROUP BY x.table_name, x.member) AS w
		LEFT JOIN gold_state.dim_member AS d ON d.dimension = w.table_name AND d.member = w.member),
	member_gold (table_name, relation, member, source_system) AS (
		SELECT 'go_dim_meeting', 'si_meetings', meeting_topic, source_system FROM go_dim_meeting
		UNION ALL SELECT 'go_dim_feature', 'si_feature_usage', feature_name, source_system FROM go_dim_feature
		UNION ALL SELECT 'go_dim_webinar', 'si_webinars', webinar_topic, source_system FROM go_dim_webinar
		UNION ALL SELECT 'go_dim_ticket_type', 'si_support_tickets', ticket_type, source_system FROM go_dim_ticket_type
		UNION ALL SELECT 'go_dim_license_type', 'si_licenses', license_type, source_system FROM go_dim_license_type
		UNION ALL SELECT 'go_dim_billing_event_type', 'si_billing_events', event_type, source_system FROM go_dim_billing_event_type),
	member_difference (table_name, example, n) AS (
		SELECT x.table_name, quote_nullable(left(x.member, 40)) || coalesce(x.remedy, ''), sum(x.n)
		FROM (SELECT w.table_name, w.member, NULL AS remedy, 1 AS n FROM member_wanted AS w
			  WHERE w.settled AND NOT EXISTS (SELECT FROM member_gold AS g
											  WHERE g.table_name = w.table_name AND g.member = w.member)
			  UNION ALL
			  -- members outlive their rows, but nobody makes them up or repeats them
			  SELECT g.table_name, g.member, format(', made up: zoom_gold.rebuild(%L, members => true) removes it', g.relation), -1
			  FROM member_gold AS g
			  WHERE g.member IS NULL OR NOT EXISTS (SELECT FROM gold_state.dim_member AS d
													WHERE d.dimension = g.table_name AND d.member = g.member)
			  UNION ALL
			  SELECT g.table_name, g.member, NULL, (1 - count(*))::integer FROM member_gold AS g
			  WHERE g.member IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
			  UNION ALL
			  -- a wrong source system is one row missing and one extra
			  SELECT g.table_name, g.member, NULL, v.n
			  FROM member_gold AS g JOIN member_wanted AS w USING (table_name, member), (VALUES (1), (-1)) AS v (n)
			  WHERE NOT w.stale AND w.derivable
				AND array_position(w.systems, g.source_system) IS NULL) AS x
		WHERE NOT EXISTS (SELECT FROM gold_state.dirty AS d WHERE d.consumer = 'merge' || substr(x.table_name, 3))
		GROUP BY x.table_name, x.member, x.remedy, sign(x.n)),
