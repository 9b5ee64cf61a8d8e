	--------------------------------------------------------------------------
	-- Silver, normalised, its rules judged, and what hangs on a meeting.
	--------------------------------------------------------------------------
	rule AS MATERIALIZED (
		SELECT r.relation, r.rule, r.severity FROM zoom_gold.verify_rules() AS r),
	meeting AS MATERIALIZED (
		SELECT * FROM zoom_gold.verify_meetings()),
	usage AS MATERIALIZED (
		SELECT u.key, u.version_at, u.load_at, u.source_system, u.day, u.feature_name, u.usage_count, u.usage_date,
			   m.meeting_topic, m.ordinal, m.known, x.broken, x.broken && e.rejecting AS rejected,
			   m.key IS NULL AS unmet, m.day AS meeting_day
		FROM zoom_gold.verify_feature_usage() AS u
		CROSS JOIN (SELECT coalesce(array_agg(r.rule) FILTER (WHERE r.severity = 'error'), '{}') AS rejecting,
						   coalesce(bool_or(r.rule = 'meeting_unknown'), false) AS asked
					FROM rule AS r WHERE r.relation = 'si_feature_usage') AS e
		LEFT JOIN meeting AS m ON m.key = u.meeting_id AND NOT m.rejected
		CROSS JOIN LATERAL (SELECT CASE WHEN e.asked AND m.key IS NULL AND u.meeting_id IS NOT NULL
										THEN u.broken || 'meeting_unknown'::text ELSE u.broken END AS broken) AS x),
	participant AS MATERIALIZED (
		SELECT p.key, p.day, p.ordinal, p.known, p.meeting_id, p.seconds, x.broken, x.broken && e.rejecting AS rejected,
			   m.key IS NULL AS unmet, m.day AS meeting_day
		FROM zoom_gold.verify_participants() AS p
		CROSS JOIN (SELECT coalesce(array_agg(r.rule) FILTER (WHERE r.severity = 'error'), '{}') AS rejecting,
						   coalesce(bool_or(r.rule = 'meeting_unknown'), false) AS asked
					FROM rule AS r WHERE r.relation = 'si_participants') AS e
		LEFT JOIN meeting AS m ON m.key = p.meeting_id AND NOT m.rejected
		CROSS JOIN LATERAL (SELECT CASE WHEN e.asked AND m.key IS NULL AND p.meeting_id IS NOT NULL
										THEN p.broken || 'meeting_unknown'::text ELSE p.broken END AS broken) AS x),
	webinar AS MATERIALIZED (SELECT * FROM zoom_gold.verify_webinars()),
	ticket AS MATERIALIZED (SELECT * FROM zoom_gold.verify_tickets()),
	license AS MATERIALIZED (SELECT * FROM zoom_gold.verify_licenses()),
	billing AS MATERIALIZED (SELECT * FROM zoom_gold.verify_billing()),
	silver_user AS MATERIALIZED (SELECT * FROM zoom_gold.verify_user_rows()),
	-- what hangs on a meeting is stale with it
	stale AS MATERIALIZED (
		SELECT o.relation, o.day FROM stale_own AS o
		UNION
		SELECT h.relation, CASE WHEN w.whole THEN NULL ELSE h.day END
		FROM (SELECT DISTINCT 'si_feature_usage', u.day, u.meeting_day, u.unmet FROM usage AS u
			  WHERE EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings')
			  UNION ALL
			  SELECT DISTINCT 'si_participants', p.day, p.meeting_day, p.unmet FROM participant AS p
			  WHERE EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings')) AS h (relation, day, meeting_day, unmet)
		CROSS JOIN (SELECT EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings' AND day IS NULL) AS whole) AS w
		WHERE w.whole OR h.unmet
		   OR h.meeting_day IN (SELECT day FROM stale_own WHERE relation = 'si_meetings' AND day IS NOT NULL)),
	wholly_stale AS MATERIALIZED (SELECT DISTINCT relation FROM stale WHERE day IS NULL),
