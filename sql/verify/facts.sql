	--------------------------------------------------------------------------
	-- Facts: wanted and present, by the day.
	--------------------------------------------------------------------------
	fact_difference (table_name, day, n) AS (
		SELECT 'go_fact_meeting_usage', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT s.user_name, m.meeting_topic, m.start_time, m.end_time, m.duration_minutes, m.source_system, 1 AS n
			  FROM meeting AS m
			  LEFT JOIN name_span AS s ON s.ordinal = m.ordinal AND m.start_time >= s.since AND m.start_time < s.until
			  WHERE NOT m.rejected
			  UNION ALL
			  SELECT g.user_name, g.meeting_topic, g.start_time, g.end_time, g.duration_minutes, g.source_system, -1
			  FROM go_fact_meeting_usage AS g) AS c
		GROUP BY c.user_name, c.meeting_topic, c.start_time, c.end_time, c.duration_minutes, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_feature_usage', c.usage_date, sum(c.n)
		FROM (SELECT u.meeting_topic, u.feature_name, u.usage_count, u.usage_date, u.source_system, 1 AS n
			  FROM usage AS u WHERE NOT u.rejected
			  UNION ALL
			  SELECT g.meeting_topic, g.feature_name, g.usage_count, g.usage_date, g.source_system, -1
			  FROM go_fact_feature_usage AS g) AS c
		GROUP BY c.meeting_topic, c.feature_name, c.usage_count, c.usage_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_webinar_usage', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT w.webinar_topic, w.start_time, w.end_time, w.registrants, w.source_system, 1 AS n
			  FROM webinar AS w WHERE NOT w.rejected
			  UNION ALL
			  SELECT g.webinar_topic, g.start_time, g.end_time, g.registrants, g.source_system, -1
			  FROM go_fact_webinar_usage AS g) AS c
		GROUP BY c.webinar_topic, c.start_time, c.end_time, c.registrants, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_support_ticket', c.open_date, sum(c.n)
		FROM (SELECT s.user_name, t.ticket_type, t.resolution_status, t.open_date, t.resolved_at, t.source_system, 1 AS n
			  FROM ticket AS t
			  LEFT JOIN name_span AS s ON s.ordinal = t.ordinal
				AND (t.open_date + 1)::timestamp AT TIME ZONE 'UTC' > s.since
				AND (t.open_date + 1)::timestamp AT TIME ZONE 'UTC' <= s.until
			  WHERE NOT t.rejected
			  UNION ALL
			  SELECT g.user_name, g.ticket_type, g.resolution_status, g.open_date, g.resolved_at, g.source_system, -1
			  FROM go_fact_support_ticket AS g) AS c
		GROUP BY c.user_name, c.ticket_type, c.resolution_status, c.open_date, c.resolved_at, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_billing', c.event_date, sum(c.n)
		FROM (SELECT s.user_name, b.event_type, b.amount, b.event_date, b.source_system, 1 AS n
			  FROM billing AS b
			  LEFT JOIN name_span AS s ON s.ordinal = b.ordinal
				AND (b.event_date + 1)::timestamp AT TIME ZONE 'UTC' > s.since
				AND (b.event_date + 1)::timestamp AT TIME ZONE 'UTC' <= s.until
			  WHERE NOT b.rejected
			  UNION ALL
			  SELECT g.user_name, g.event_type, g.amount, g.event_date, g.source_system, -1
			  FROM go_fact_billing AS g) AS c
		GROUP BY c.user_name, c.event_type, c.amount, c.event_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_license_utilization', c.start_date, sum(c.n)
		FROM (SELECT s.user_name, l.license_type, l.start_date, l.end_date, l.source_system, 1 AS n
			  FROM license AS l
			  LEFT JOIN name_span AS s ON s.ordinal = l.ordinal
				AND (l.start_date + 1)::timestamp AT TIME ZONE 'UTC' > s.since
				AND (l.start_date + 1)::timestamp AT TIME ZONE 'UTC' <= s.until
			  WHERE NOT l.rejected
			  UNION ALL
			  SELECT g.user_name, g.license_type, g.start_date, g.end_date, g.source_system, -1
			  FROM go_fact_license_utilization AS g) AS c
		GROUP BY c.user_name, c.license_type, c.start_date, c.end_date, c.source_system
		HAVING sum(c.n) <> 0),
	-- days whose partition was detached
	away AS MATERIALIZED (
		SELECT f.table_name, d.from_day, d.to_day
		FROM zoom_gold.fact() AS f CROSS JOIN LATERAL zoom_gold.detached_days(f.table_name) AS d),
	-- what counts in aggregates: gold's facts, for silver may have purged theirs, and on days that are away silver's
	counted_meeting (day, duration_minutes, source_system) AS (
		SELECT zoom_gold.verify_day(g.start_time), g.duration_minutes, g.source_system FROM go_fact_meeting_usage AS g
		UNION ALL
		SELECT m.day, m.duration_minutes, m.source_system
		FROM meeting AS m JOIN away AS w ON w.table_name = 'go_fact_meeting_usage' AND m.day >= w.from_day AND m.day < w.to_day
		WHERE NOT m.rejected),
	counted_ticket (ticket_type, open_date, resolved_at, source_system) AS (
		SELECT g.ticket_type, g.open_date, g.resolved_at, g.source_system FROM go_fact_support_ticket AS g
		UNION ALL
		SELECT t.ticket_type, t.open_date, t.resolved_at, t.source_system
		FROM ticket AS t JOIN away AS w ON w.table_name = 'go_fact_support_ticket' AND t.open_date >= w.from_day AND t.open_date < w.to_day
		WHERE NOT t.rejected),
	counted_billing (event_type, amount, event_date, source_system) AS (
		SELECT g.event_type, g.amount, g.event_date, g.source_system FROM go_fact_billing AS g
		UNION ALL
		SELECT b.event_type, b.amount, b.event_date, b.source_system
		FROM billing AS b JOIN away AS w ON w.table_name = 'go_fact_billing' AND b.event_date >= w.from_day AND b.event_date < w.to_day
		WHERE NOT b.rejected),
