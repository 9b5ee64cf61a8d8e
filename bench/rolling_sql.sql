-- The opponent's trailing 28 days, for each day of the year.  Not a distinct
-- count per day (which reads 28 days 365 times): a user counts from a day of
-- activity until 28 days later or the next such day, whichever is first, so
-- that sums of starts and ends are enough.

SELECT d AS activity_date, coalesce(sum(change) OVER (ORDER BY d), 0)::bigint AS active_user_count
FROM generate_series(date '2025-01-01', '2025-12-31', '1 day') AS day (at)
CROSS JOIN LATERAL (SELECT at::date AS d) AS days
LEFT JOIN (SELECT d, sum(change) AS change
		   FROM (SELECT d, 1 AS change FROM base.active_day
				 UNION ALL
				 SELECT least(d + 28, lead(d) OVER (PARTITION BY sk ORDER BY d)), -1 FROM base.active_day) AS ends
		   GROUP BY d) AS changes USING (d)
ORDER BY d
;
