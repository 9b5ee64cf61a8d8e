-- Questions that analysts ask of gold, and just so of gold_masked: {schema} is
-- either.  A line with the title begins each; bench/readers runs them.

-- monthly active users
SELECT activity_date, active_user_count
FROM {schema}.go_agg_active_users WHERE period_type = 'Monthly' ORDER BY activity_date;

-- stickiness
SELECT d.month, round(100 * d.average / m.active_user_count, 2)
FROM (SELECT date_trunc('month', activity_date::timestamp)::date AS month, avg(active_user_count) AS average
	FROM {schema}.go_agg_active_users WHERE period_type = 'Daily' GROUP BY 1) AS d
JOIN {schema}.go_agg_active_users m ON m.period_type = 'Monthly' AND m.activity_date = d.month ORDER BY 1;

-- MRR trend
SELECT activity_month, monthly_recurring_revenue FROM {schema}.go_agg_mrr ORDER BY activity_month;

-- MRR by customer and month
SELECT user_name, date_trunc('month', event_date::timestamp), sum(amount)
FROM {schema}.go_fact_billing
WHERE event_type IN ('Subscription Fee', 'Subscription Renewal', 'Refund') GROUP BY 1, 2;

-- free seats
SELECT license_type, count(*)
FROM {schema}.go_fact_license_utilization
WHERE user_name IS NULL AND start_date <= current_date AND (end_date IS NULL OR end_date >= current_date) GROUP BY 1;

-- tickets by month
SELECT date_trunc('month', open_date::timestamp), count(*)
FROM {schema}.go_fact_support_ticket GROUP BY 1;

-- resolution by plan
SELECT u.plan_type, count(*), avg(t.resolved_at - t.open_date)
FROM {schema}.go_fact_support_ticket t
JOIN {schema}.go_dim_user u ON u.user_name = t.user_name
	AND (t.open_date + 1)::timestamp AT TIME ZONE 'UTC' > u.valid_from AND (t.open_date + 1)::timestamp AT TIME ZONE 'UTC' <= u.valid_to
WHERE t.resolved_at IS NOT NULL GROUP BY 1;

-- companies by minutes
SELECT u.company, sum(m.duration_minutes)
FROM {schema}.go_fact_meeting_usage m
JOIN {schema}.go_dim_user u ON u.user_name = m.user_name AND m.start_time >= u.valid_from AND m.start_time < u.valid_to
GROUP BY 1 ORDER BY 2 DESC NULLS LAST LIMIT 10;

-- meetings by hour
SELECT extract(hour FROM start_time AT TIME ZONE 'UTC'), count(*)
FROM {schema}.go_fact_meeting_usage GROUP BY 1;

-- users gone in 60 days
SELECT count(*)
FROM (SELECT user_name FROM {schema}.go_fact_meeting_usage WHERE start_time >= current_date - 90 AND start_time < current_date - 60
	EXCEPT SELECT user_name FROM {schema}.go_fact_meeting_usage WHERE start_time >= current_date - 60) AS gone;

-- licensed, inactive
SELECT l.user_name, l.license_type
FROM {schema}.go_fact_license_utilization l
WHERE l.user_name IS NOT NULL AND l.start_date <= current_date AND (l.end_date IS NULL OR l.end_date >= current_date)
	AND NOT EXISTS (SELECT FROM {schema}.go_fact_meeting_usage m WHERE m.user_name = l.user_name AND m.start_time >= current_date - 30);
