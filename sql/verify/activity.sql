	--------------------------------------------------------------------------
	-- Activity by period: active users and adoption, wanted.
	--------------------------------------------------------------------------
	day_meetings AS MATERIALIZED (
		SELECT m.day, zoom_gold.verify_brief(m.source_system) AS source_system FROM meeting AS m WHERE NOT m.rejected GROUP BY 1, 2),
	day_usage AS MATERIALIZED (
		SELECT u.feature_name, u.day, zoom_gold.verify_brief(u.source_system) AS source_system, CASE WHEN u.known THEN u.ordinal END AS ordinal
		FROM usage AS u WHERE NOT u.rejected AND u.usage_count > 0
		GROUP BY 1, 2, 3, 4),
	-- periods by number
	period AS MATERIALIZED (
		SELECT p.period_type, p.period_start, row_number() OVER () AS period,
			   CASE p.period_type WHEN 'Daily' THEN p.period_start WHEN 'Weekly' THEN p.period_start + 6
					ELSE (p.period_start + interval '1 month')::date - 1 END AS period_end
		FROM (SELECT m.day FROM day_meetings AS m UNION SELECT u.day FROM day_usage AS u) AS d
		CROSS JOIN LATERAL zoom_gold.verify_periods(d.day) AS p
		GROUP BY 1, 2),
	period_of AS MATERIALIZED (
		SELECT d.day, p.period
		FROM (SELECT m.day FROM day_meetings AS m UNION SELECT u.day FROM day_usage AS u) AS d
		CROSS JOIN LATERAL zoom_gold.verify_periods(d.day) AS q JOIN period AS p USING (period_type, period_start)),
	active AS MATERIALIZED (
		SELECT DISTINCT p.period, a.ordinal
		FROM (SELECT m.day, m.ordinal FROM meeting AS m WHERE NOT m.rejected AND m.known
			  UNION
			  SELECT q.meeting_day, q.ordinal FROM participant AS q
			  WHERE with_participants AND NOT q.rejected AND q.known AND q.meeting_day IS NOT NULL) AS a
		JOIN period_of AS p USING (day)),
	active_count AS MATERIALIZED (
		SELECT a.period, count(*) AS users FROM active AS a GROUP BY 1),
	-- a row's source system: the one of all, NULL being one, else Multiple
	active_row AS (
		SELECT n.period_type, n.period_start, coalesce(max(c.users), 0) AS users,
			   CASE WHEN count(m.source_system) = 0 THEN NULL
					WHEN count(m.source_system) = count(*) AND min(m.source_system) = max(m.source_system)
					THEN min(m.source_system) ELSE 'Multiple' END AS source_system
		FROM day_meetings AS m JOIN period_of AS p USING (day) JOIN period AS n USING (period)
		LEFT JOIN active_count AS c USING (period)
		GROUP BY 1, 2),
	feature AS MATERIALIZED (
		SELECT u.feature_name, row_number() OVER () AS feature FROM day_usage AS u GROUP BY 1),
	feature_system AS (
		SELECT f.feature, p.period,
			   CASE WHEN count(u.source_system) = 0 THEN NULL
					WHEN count(u.source_system) = count(*) AND min(u.source_system) = max(u.source_system)
					THEN min(u.source_system) ELSE 'Multiple' END AS source_system
		FROM (SELECT u.feature_name, u.day, u.source_system FROM day_usage AS u GROUP BY 1, 2, 3) AS u
		JOIN feature AS f USING (feature_name) JOIN period_of AS p USING (day)
		GROUP BY 1, 2),
	feature_count AS (
		SELECT u.feature, u.period, count(*) AS users
		FROM (SELECT DISTINCT f.feature, p.period, u.ordinal
			  FROM day_usage AS u JOIN feature AS f USING (feature_name) JOIN period_of AS p USING (day)
			  WHERE u.ordinal IS NOT NULL) AS u
		JOIN active AS a USING (period, ordinal)
		GROUP BY 1, 2),
	adoption_row AS (
		SELECT f.feature_name, n.period_type, n.period_start, s.source_system,
			   round(100.0 * coalesce(u.users, 0) / c.users, 2) AS rate
		FROM feature_system AS s
		JOIN active_count AS c USING (period) JOIN period AS n USING (period) JOIN feature AS f USING (feature)
		LEFT JOIN feature_count AS u USING (feature, period)),
