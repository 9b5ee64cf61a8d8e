-- What an analyst asks first, out of gold alone; bars drawn by SQL.
-- psql -f sample/kpis.sql

\pset footer off
\pset null '·'

-- The last months there are: the last, and three, six and nine months before it.
SELECT max(activity_date) AS last_day, date_trunc('month', max(activity_date))::date AS m0,
	   (date_trunc('month', max(activity_date)) - interval '1 month')::date AS before,
	   (date_trunc('month', max(activity_date)) - interval '3 months')::date AS m3,
	   (date_trunc('month', max(activity_date)) - interval '6 months')::date AS m6,
	   (date_trunc('month', max(activity_date)) - interval '9 months')::date AS m9,
	   (date_trunc('month', max(activity_date)) - interval '11 months')::date AS first
FROM gold.go_agg_active_users
WHERE period_type = 'Daily' AND activity_date <= (now() AT TIME ZONE 'UTC')::date \gset
SELECT to_char(:'m0'::date, 'YYYY-MM') AS n0, to_char(:'before'::date, 'YYYY-MM') AS nbefore,
	   to_char(:'m3'::date, 'YYYY-MM') AS n3, to_char(:'m6'::date, 'YYYY-MM') AS n6,
	   to_char(:'m9'::date, 'YYYY-MM') AS n9, to_char(:'first'::date, 'YYYY-MM') AS nfirst \gset

\echo '== Daily active users, the last 30 days'
SELECT to_char(activity_date, 'Dy DD Mon') AS day, active_user_count AS users,
	   repeat('█', round(50.0 * active_user_count / max(active_user_count) OVER ())::integer) AS " "
FROM gold.go_agg_active_users
WHERE period_type = 'Daily' AND activity_date BETWEEN :'last_day'::date - 29 AND :'last_day'
ORDER BY activity_date;

\echo '== Active users and meeting minutes by month'
SELECT to_char(m.activity_date, 'YYYY-MM') AS month, m.active_user_count AS monthly_active, d.daily AS daily_active,
	   round(100 * d.daily / m.active_user_count) || ' %' AS stickiness, minutes.total_meeting_minutes AS meeting_minutes
FROM gold.go_agg_active_users AS m
JOIN (SELECT date_trunc('month', activity_date)::date AS month, round(avg(active_user_count)) AS daily
	  FROM gold.go_agg_active_users WHERE period_type = 'Daily' GROUP BY 1) AS d ON d.month = m.activity_date
JOIN gold.go_agg_meeting_minutes AS minutes
	ON minutes.period_type = 'Monthly' AND minutes.activity_date = m.activity_date
WHERE m.period_type = 'Monthly' AND m.activity_date BETWEEN :'first' AND :'m0'
ORDER BY m.activity_date;

\echo '== Monthly recurring revenue'
SELECT activity_month AS month, to_char(monthly_recurring_revenue, 'FM999,999,990.00') AS mrr,
	   repeat('█', greatest(0, round(50 * monthly_recurring_revenue
									 / max(monthly_recurring_revenue) OVER ()))::integer) AS " "
FROM gold.go_agg_mrr
WHERE activity_month BETWEEN :'nfirst' AND :'n0'
ORDER BY activity_month;

\echo '== Licence utilisation: assigned licences whose user was active in the month, %'
SELECT license_type,
	   max(utilization_rate) FILTER (WHERE period_start = :'m9') AS :"n9",
	   max(utilization_rate) FILTER (WHERE period_start = :'m6') AS :"n6",
	   max(utilization_rate) FILTER (WHERE period_start = :'m3') AS :"n3",
	   max(utilization_rate) FILTER (WHERE period_start = :'m0') AS :"n0"
FROM gold.go_agg_license_utilization
WHERE period_type = 'Monthly'
GROUP BY license_type
ORDER BY license_type;

\echo '== Feature adoption: active users who used the feature in the month, %'
SELECT feature_name,
	   max(adoption_rate) FILTER (WHERE period_start = :'m9') AS :"n9",
	   max(adoption_rate) FILTER (WHERE period_start = :'m6') AS :"n6",
	   max(adoption_rate) FILTER (WHERE period_start = :'m3') AS :"n3",
	   max(adoption_rate) FILTER (WHERE period_start = :'m0') AS :"n0"
FROM gold.go_agg_feature_adoption
WHERE period_type = 'Monthly'
GROUP BY feature_name
ORDER BY :"n0" DESC NULLS LAST, feature_name;

\echo '== Ticket resolution, average hours by month of opening'
SELECT ticket_type,
	   max(avg_resolution_time) FILTER (WHERE period_start = :'m9') AS :"n9",
	   max(avg_resolution_time) FILTER (WHERE period_start = :'m6') AS :"n6",
	   max(avg_resolution_time) FILTER (WHERE period_start = :'m3') AS :"n3",
	   max(avg_resolution_time) FILTER (WHERE period_start = :'before') AS :"nbefore"
FROM gold.go_agg_ticket_resolution
WHERE period_type = 'Monthly'
GROUP BY ticket_type
ORDER BY ticket_type;

\echo '== Revenue by the plan of the user at the time: facts join to one version each'
SELECT u.plan_type, count(*) AS events, to_char(sum(b.amount), 'FM999,999,990.00') AS amount
FROM gold.go_fact_billing AS b
JOIN gold.go_dim_user AS u
	ON u.user_name = b.user_name
	AND (b.event_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond' >= u.valid_from
	AND (b.event_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond' < u.valid_to
GROUP BY u.plan_type
ORDER BY sum(b.amount) DESC;

\echo '== What is wrong with the data: open errors'
SELECT source_table, process_audit_info::jsonb ->> 'severity' AS severity,
	   process_audit_info::jsonb ->> 'rule' AS rule, count(*) AS rows
FROM gold.go_error_audit_log
WHERE status = 'Open'
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;
