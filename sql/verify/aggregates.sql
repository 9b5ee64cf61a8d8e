	--------------------------------------------------------------------------
	-- Aggregates: wanted and present, by the period, and which of them wait.
	--------------------------------------------------------------------------
	-- periods of which gold keeps facts that silver has purged: whole days keep
	-- their aggregates as well, others do not; licences concern all periods
	purged AS MATERIALIZED (
		SELECT DISTINCT d.table_name, p.period_type, p.period_start
		FROM fact_difference AS d CROSS JOIN LATERAL zoom_gold.verify_periods(d.day) AS p
		WHERE keep_facts AND d.n < 0),

	agg_difference (table_name, period_type, day, n) AS (
		SELECT 'go_agg_active_users', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT a.period_type, a.period_start, a.users, a.source_system, 1 AS n FROM active_row AS a
			  UNION ALL
			  SELECT g.period_type, g.activity_date, g.active_user_count, g.source_system, -1
			  FROM go_agg_active_users AS g) AS c
		GROUP BY c.period_type, c.period_start, c.users, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_meeting_minutes', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT p.period_type, p.period_start, sum(f.minutes) AS minutes,
					 CASE WHEN count(f.source_system) = 0 THEN NULL
						  WHEN count(f.source_system) = count(*) AND min(f.source_system) = max(f.source_system)
						  THEN min(f.source_system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM (SELECT g.day, zoom_gold.verify_brief(g.source_system) AS source_system,
						   sum(coalesce(g.duration_minutes, 0))::bigint AS minutes
					FROM counted_meeting AS g GROUP BY 1, 2) AS f
			  CROSS JOIN LATERAL zoom_gold.verify_periods(f.day) AS p
			  GROUP BY p.period_type, p.period_start
			  UNION ALL
			  SELECT g.period_type, g.activity_date, g.total_meeting_minutes, g.source_system, -1
			  FROM go_agg_meeting_minutes AS g) AS c
		GROUP BY c.period_type, c.period_start, c.minutes, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_feature_adoption', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT a.feature_name, a.period_type, a.period_start, a.rate, a.source_system, 1 AS n FROM adoption_row AS a
			  UNION ALL
			  SELECT g.feature_name, g.period_type, g.period_start, g.adoption_rate, g.source_system, -1
			  FROM go_agg_feature_adoption AS g) AS c
		GROUP BY c.feature_name, c.period_type, c.period_start, c.rate, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_ticket_resolution', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT g.ticket_type, p.period_type, p.period_start,
					 round(sum(extract(epoch FROM g.resolved_at - g.open_date::timestamp AT TIME ZONE 'UTC'))
						   / (3600 * count(*)), 2) AS hours,
					 CASE WHEN count(g.system) = 0 THEN NULL
						  WHEN count(g.system) = count(*) AND min(g.system) = max(g.system)
						  THEN min(g.system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM (SELECT f.*, zoom_gold.verify_brief(f.source_system) AS system FROM counted_ticket AS f) AS g CROSS JOIN LATERAL zoom_gold.verify_periods(g.open_date) AS p
			  WHERE g.resolved_at IS NOT NULL
			  GROUP BY g.ticket_type, p.period_type, p.period_start
			  UNION ALL
			  SELECT g.ticket_type, g.period_type, g.period_start, g.avg_resolution_time, g.source_system, -1
			  FROM go_agg_ticket_resolution AS g) AS c
		GROUP BY c.ticket_type, c.period_type, c.period_start, c.hours, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_mrr', 'Monthly', CASE WHEN c.month ~ '^\d{4}-(0[1-9]|1[0-2])$' THEN (c.month || '-01')::date END,
			   sum(c.n)
		FROM (SELECT to_char(g.event_date, 'YYYY-MM') AS month, sum(coalesce(k.mrr_sign, 0) * abs(g.amount)) AS revenue,
					 CASE WHEN count(g.system) = 0 THEN NULL
						  WHEN count(g.system) = count(*) AND min(g.system) = max(g.system)
						  THEN min(g.system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM (SELECT f.*, zoom_gold.verify_brief(f.source_system) AS system FROM counted_billing AS f) AS g LEFT JOIN gold_state.billing_event_class AS k USING (event_type)
			  GROUP BY 1
			  UNION ALL
			  SELECT g.activity_month, g.monthly_recurring_revenue, g.source_system, -1 FROM go_agg_mrr AS g) AS c
		GROUP BY c.month, c.revenue, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_license_utilization', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT l.license_type, l.period_type, l.period_start, l.rate, l.source_system, 1 AS n FROM license_row AS l
			  UNION ALL
			  SELECT g.license_type, g.period_type, g.period_start, g.utilization_rate, g.source_system, -1
			  FROM go_agg_license_utilization AS g) AS c
		GROUP BY c.license_type, c.period_type, c.period_start, c.rate, c.source_system HAVING sum(c.n) <> 0),

	-- which relations an aggregate hangs on
	agg_source (table_name, process_name, relation) AS (
		VALUES ('go_agg_active_users', 'refresh_agg_active_users', 'si_meetings'),
			   ('go_agg_active_users', 'refresh_agg_active_users', 'si_participants'),
			   ('go_agg_meeting_minutes', 'refresh_agg_meeting_minutes', 'si_meetings'),
			   ('go_agg_feature_adoption', 'refresh_agg_feature_adoption', 'si_meetings'),
			   ('go_agg_feature_adoption', 'refresh_agg_feature_adoption', 'si_participants'),
			   ('go_agg_feature_adoption', 'refresh_agg_feature_adoption', 'si_feature_usage'),
			   ('go_agg_ticket_resolution', 'refresh_agg_ticket_resolution', 'si_support_tickets'),
			   ('go_agg_mrr', 'refresh_agg_mrr', 'si_billing_events'),
			   ('go_agg_license_utilization', 'refresh_agg_license_utilization', 'si_meetings'),
			   ('go_agg_license_utilization', 'refresh_agg_license_utilization', 'si_participants'),
			   ('go_agg_license_utilization', 'refresh_agg_license_utilization', 'si_licenses')),
	agg_stale AS MATERIALIZED (
		SELECT x.table_name, p.period_type, p.period_start
		FROM (SELECT a.table_name, s.day FROM agg_source AS a JOIN stale AS s USING (relation)
			  WHERE s.day IS NOT NULL AND (a.relation <> 'si_participants' OR with_participants)
			  -- participants count on their meeting's day
			  UNION SELECT a.table_name, q.meeting_day FROM agg_source AS a
			  JOIN stale AS s USING (relation) JOIN participant AS q ON q.day = s.day
			  WHERE a.relation = 'si_participants' AND with_participants
			  UNION SELECT a.table_name, d.day FROM agg_source AS a JOIN gold_state.dirty AS d ON d.consumer = a.process_name
			  WHERE d.day IS NOT NULL) AS x
		CROSS JOIN LATERAL zoom_gold.verify_periods(x.day) AS p
		UNION
		SELECT a.table_name, NULL, NULL FROM agg_source AS a JOIN stale AS s USING (relation)
		WHERE s.day IS NULL OR a.relation = 'si_licenses' OR a.relation = 'si_participants' AND with_participants
		UNION
		SELECT a.table_name, NULL, NULL FROM agg_source AS a JOIN gold_state.dirty AS d ON d.consumer = a.process_name
		WHERE d.day IS NULL),
