	--------------------------------------------------------------------------
	-- Use of licences by period, wanted.
	--------------------------------------------------------------------------
	-- today, as the step that builds the table took it last
	today AS MATERIALIZED (
		SELECT zoom_gold.verify_day(coalesce(
			(SELECT l.execution_time FROM go_process_audit_log AS l
			 WHERE l.process_name = 'refresh_agg_license_utilization' AND l.status IN ('Success', 'Warning')
			 ORDER BY (zoom_gold.verify_json(l.audit_details) ->> 'run')::bigint DESC NULLS LAST LIMIT 1),
			(SELECT r.started_at FROM gold_state.run AS r ORDER BY r.run DESC LIMIT 1))) AS day),
	-- licences by the periods in which they start and end
	held AS MATERIALIZED (
		SELECT l.license_type, zoom_gold.verify_brief(l.source_system) AS source_system, p.period_type, p.period_start AS since, e.period_start AS until
		FROM license AS l
		CROSS JOIN LATERAL zoom_gold.verify_periods(l.start_date) AS p
		LEFT JOIN LATERAL zoom_gold.verify_periods(l.end_date) AS e
			ON e.period_type = p.period_type AND l.end_date IS NOT NULL
		WHERE NOT l.rejected AND l.assigned),
	calendar AS MATERIALIZED (
		SELECT p.period_type, p.period_start
		FROM generate_series((SELECT min(h.since) FROM held AS h)::timestamp,
							 (SELECT t.day FROM today AS t)::timestamp, interval '1 day') AS d (day)
		CROSS JOIN LATERAL zoom_gold.verify_periods(d.day::date) AS p
		WHERE p.period_start >= (SELECT min(h.since) FROM held AS h)
		GROUP BY 1, 2),
	held_count AS (
		SELECT h.license_type, h.source_system, c.period_type, c.period_start,
			   sum(coalesce(s.n, 0)) OVER (PARTITION BY h.license_type, h.source_system, c.period_type
										   ORDER BY c.period_start) AS n
		FROM (SELECT DISTINCT license_type, source_system FROM held) AS h
		CROSS JOIN calendar AS c
		LEFT JOIN (SELECT x.license_type, coalesce(x.source_system, '') AS source_system, x.period_type, x.period_start,
						  sum(x.n) AS n
				   FROM (SELECT license_type, source_system, period_type, since AS period_start, 1 AS n FROM held
						 UNION ALL
						 SELECT license_type, source_system, period_type,
								CASE period_type WHEN 'Daily' THEN until + 1 WHEN 'Weekly' THEN until + 7
									 ELSE (until + interval '1 month')::date END, -1
						 FROM held WHERE until IS NOT NULL) AS x
				   GROUP BY 1, 2, 3, 4) AS s
			ON s.license_type = h.license_type AND s.source_system = coalesce(h.source_system, '')
			AND s.period_type = c.period_type AND s.period_start = c.period_start),
	used AS (
		SELECT l.license_type, p.period_type, p.period_start, count(*) AS n
		FROM active AS a
		JOIN period AS p USING (period)
		JOIN license AS l ON l.ordinal = a.ordinal AND l.known AND NOT l.rejected
			AND l.start_date <= p.period_end AND (l.end_date >= p.period_start OR l.end_date IS NULL)
		WHERE p.period_start <= (SELECT day FROM today)
		GROUP BY 1, 2, 3),
	license_row AS (
		SELECT c.license_type, c.period_type, c.period_start, round(100.0 * coalesce(max(u.n), 0) / sum(c.n), 2) AS rate,
			   CASE WHEN count(c.source_system) = 0 THEN NULL
					WHEN count(*) = 1 THEN min(c.source_system) ELSE 'Multiple' END AS source_system
		FROM held_count AS c LEFT JOIN used AS u USING (license_type, period_type, period_start)
		WHERE c.n > 0 GROUP BY 1, 2, 3),
