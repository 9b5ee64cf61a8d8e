	--------------------------------------------------------------------------
	-- What is kept beside the facts for gold_bi: wanted and present, by the day.
	--------------------------------------------------------------------------
	detail_difference (table_name, relation, day, n) AS (
		SELECT 'meeting_detail', 'si_meetings', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT m.key, m.ordinal, m.meeting_topic, m.start_time, m.end_time, m.duration_minutes, m.source_system, 1 AS n
			  FROM meeting AS m WHERE NOT m.rejected
			  UNION ALL
			  SELECT d.meeting_id, d.ordinal, d.meeting_topic, d.start_time, d.end_time, d.duration_minutes, d.source_system, -1
			  FROM gold_state.meeting_detail AS d) AS c
		GROUP BY c.key, c.ordinal, c.meeting_topic, c.start_time, c.end_time, c.duration_minutes, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'feature_detail', 'si_feature_usage', c.usage_date, sum(c.n)
		FROM (SELECT u.ordinal, u.meeting_topic, u.feature_name, u.usage_count, u.usage_date, u.source_system, 1 AS n
			  FROM usage AS u WHERE NOT u.rejected
			  UNION ALL
			  SELECT d.ordinal, d.meeting_topic, d.feature_name, d.usage_count, d.usage_date, d.source_system, -1
			  FROM gold_state.feature_detail AS d) AS c
		GROUP BY c.ordinal, c.meeting_topic, c.feature_name, c.usage_count, c.usage_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'webinar_detail', 'si_webinars', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT w.key, w.ordinal, w.webinar_topic, w.start_time, w.end_time, w.registrants, w.source_system, 1 AS n
			  FROM webinar AS w WHERE NOT w.rejected
			  UNION ALL
			  SELECT d.webinar_id, d.ordinal, d.webinar_topic, d.start_time, d.end_time, d.registrants, d.source_system, -1
			  FROM gold_state.webinar_detail AS d) AS c
		GROUP BY c.key, c.ordinal, c.webinar_topic, c.start_time, c.end_time, c.registrants, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'license_detail', 'si_licenses', c.start_date, sum(c.n)
		FROM (SELECT l.ordinal, l.license_type, l.start_date, l.end_date, l.source_system, 1 AS n
			  FROM license AS l WHERE NOT l.rejected
			  UNION ALL
			  SELECT d.ordinal, d.license_type, d.start_date, d.end_date, d.source_system, -1
			  FROM gold_state.license_detail AS d) AS c
		GROUP BY c.ordinal, c.license_type, c.start_date, c.end_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'meeting_attendance', 'si_participants', c.day, sum(c.n)
		FROM (SELECT p.meeting_id, p.day, bool_or(p.meeting_day IS DISTINCT FROM p.day) AS other_day,
					 coalesce(array_agg(DISTINCT p.ordinal) FILTER (WHERE p.ordinal IS NOT NULL), '{}') AS users,
					 count(*) FILTER (WHERE p.ordinal IS NULL) AS guests, coalesce(sum(p.seconds), 0) AS seconds, 1 AS n
			  FROM participant AS p WHERE NOT p.rejected GROUP BY 1, 2
			  UNION ALL
			  SELECT d.meeting_id, d.slice_day, d.other_day, d.users, d.guests, d.seconds, -1
			  FROM gold_state.meeting_attendance AS d) AS c
		GROUP BY c.meeting_id, c.day, c.other_day, c.users, c.guests, c.seconds
		HAVING sum(c.n) <> 0),
