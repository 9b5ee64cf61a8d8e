-- The opponent: the same gold layer built in full as a skilled SQL engineer
-- would, in the fastest forms found.  It may be made faster, never slower.

\set ON_ERROR_STOP on
SET client_min_messages = warning;

DROP SCHEMA IF EXISTS base CASCADE;
CREATE SCHEMA base;

CREATE TABLE base.dim_user AS
SELECT (row_number() OVER ())::int AS sk,
	   user_id,
	   regexp_replace(btrim(user_name), '\s+', ' ', 'g') AS user_name,
	   lower(btrim(email)) AS email,
	   btrim(company) AS company,
	   plan_type,
	   coalesce(update_timestamp, load_timestamp) AS valid_from,
	   'infinity'::timestamptz AS valid_to,
	   true AS is_current,
	   current_date AS load_date, current_date AS update_date, source_system
FROM silver.si_users
WHERE user_id IS NOT NULL AND btrim(user_name) <> '';
CREATE UNIQUE INDEX ON base.dim_user (user_id) WHERE is_current;
CREATE INDEX ON base.dim_user (user_name);
ANALYZE base.dim_user;

CREATE TABLE base.fact_meeting (
	sk int, user_name text, meeting_topic text, start_time timestamptz, end_time timestamptz,
	duration_minutes int, load_date date, update_date date, source_system text);
CREATE TABLE base.fact_feature (
	sk int, meeting_topic text, feature_name text, usage_count int, usage_date date,
	load_date date, update_date date, source_system text);
CREATE TABLE base.err (source_table text, key text, rule text, at timestamptz);

INSERT INTO base.fact_meeting
SELECT u.sk, u.user_name, nullif(regexp_replace(btrim(m.meeting_topic), '\s+', ' ', 'g'), ''),
	   m.start_time, m.end_time,
	   CASE WHEN m.duration_minutes >= 0
				 AND abs(m.duration_minutes - extract(epoch FROM m.end_time - m.start_time) / 60) <= 1
			THEN m.duration_minutes
			ELSE floor(extract(epoch FROM m.end_time - m.start_time) / 60) END,
	   current_date, current_date, m.source_system
FROM silver.si_meetings AS m
LEFT JOIN base.dim_user AS u ON u.user_id = m.host_id AND u.is_current
WHERE m.meeting_id IS NOT NULL AND m.start_time IS NOT NULL AND m.end_time >= m.start_time;

INSERT INTO base.err
SELECT 'si_meetings', m.meeting_id,
	   CASE WHEN m.end_time < m.start_time THEN 'end before start'
			WHEN u.user_id IS NULL THEN 'host unknown'
			ELSE 'duration' END,
	   now()
FROM silver.si_meetings AS m
LEFT JOIN base.dim_user AS u ON u.user_id = m.host_id AND u.is_current
WHERE u.user_id IS NULL OR m.end_time < m.start_time OR m.duration_minutes < 0
	OR abs(m.duration_minutes - extract(epoch FROM m.end_time - m.start_time) / 60) > 1;

INSERT INTO base.fact_feature
SELECT u.sk, m.meeting_topic, f.feature_name, f.usage_count, f.usage_date,
	   current_date, current_date, f.source_system
FROM silver.si_feature_usage AS f
JOIN silver.si_meetings AS m USING (meeting_id)
LEFT JOIN base.dim_user AS u ON u.user_id = m.host_id AND u.is_current
WHERE f.usage_count >= 0 AND f.feature_name IS NOT NULL AND f.usage_date IS NOT NULL
	AND m.end_time >= m.start_time;

INSERT INTO base.err
SELECT 'si_feature_usage', f.usage_id,
	   CASE WHEN f.usage_count < 0 THEN 'count' ELSE 'meeting unknown' END, now()
FROM silver.si_feature_usage AS f
LEFT JOIN silver.si_meetings AS m ON m.meeting_id = f.meeting_id AND m.end_time >= m.start_time
WHERE m.meeting_id IS NULL OR f.usage_count < 0;

-- participants count for nothing by default, but the bad ones are told
INSERT INTO base.err
SELECT 'si_participants', p.participant_id,
	   CASE WHEN m.meeting_id IS NULL THEN 'meeting unknown'
			WHEN p.leave_time < p.join_time THEN 'leave before join'
			ELSE 'user unknown' END,
	   now()
FROM silver.si_participants AS p
LEFT JOIN silver.si_meetings AS m ON m.meeting_id = p.meeting_id AND m.end_time >= m.start_time
LEFT JOIN base.dim_user AS u ON u.user_id = p.user_id AND u.is_current
WHERE m.meeting_id IS NULL OR p.leave_time < p.join_time OR p.user_id IS NOT NULL AND u.user_id IS NULL;

CREATE TABLE base.fact_webinar AS
SELECT webinar_topic, start_time, end_time, registrants,
	   current_date AS load_date, current_date AS update_date, source_system
FROM silver.si_webinars
WHERE end_time >= start_time AND registrants >= 0;

CREATE TABLE base.fact_ticket AS
SELECT u.user_name, t.ticket_type, t.resolution_status, t.open_date,
	   CASE WHEN t.resolution_status IN ('Resolved', 'Closed') THEN t.update_timestamp END AS resolved_at,
	   current_date AS load_date, current_date AS update_date, t.source_system
FROM silver.si_support_tickets AS t
LEFT JOIN base.dim_user AS u ON u.user_id = t.user_id AND u.is_current;

CREATE TABLE base.fact_billing AS
SELECT u.user_name, b.event_type,
	   CASE WHEN b.event_type = 'Refund' THEN -abs(b.amount) ELSE b.amount END AS amount,
	   b.event_date, current_date AS load_date, current_date AS update_date, b.source_system
FROM silver.si_billing_events AS b
LEFT JOIN base.dim_user AS u ON u.user_id = b.user_id AND u.is_current
WHERE b.amount IS NOT NULL;

CREATE TABLE base.fact_license AS
SELECT u.sk, u.user_name, l.license_type, l.start_date, l.end_date,
	   l.assigned_to_user_id IS NOT NULL AS assigned,
	   current_date AS load_date, current_date AS update_date, l.source_system
FROM silver.si_licenses AS l
LEFT JOIN base.dim_user AS u ON u.user_id = l.assigned_to_user_id AND u.is_current;

CREATE TABLE base.dims AS
SELECT DISTINCT 'meeting' AS dim, meeting_topic AS v FROM base.fact_meeting
UNION SELECT DISTINCT 'feature', feature_name FROM base.fact_feature
UNION SELECT DISTINCT 'webinar', webinar_topic FROM base.fact_webinar
UNION SELECT DISTINCT 'ticket', ticket_type FROM base.fact_ticket
UNION SELECT DISTINCT 'license', license_type FROM base.fact_license
UNION SELECT DISTINCT 'event', event_type FROM base.fact_billing;

ANALYZE base.fact_meeting, base.fact_feature, base.fact_license;

CREATE TABLE base.agg_active AS
SELECT 'Daily' AS p, (start_time AT TIME ZONE 'UTC')::date AS d, count(DISTINCT sk) AS n, sum(duration_minutes) AS m
FROM base.fact_meeting GROUP BY 2
UNION ALL
SELECT 'Weekly', date_trunc('week', start_time AT TIME ZONE 'UTC')::date, count(DISTINCT sk), sum(duration_minutes)
FROM base.fact_meeting GROUP BY 2
UNION ALL
SELECT 'Monthly', date_trunc('month', start_time AT TIME ZONE 'UTC')::date, count(DISTINCT sk), sum(duration_minutes)
FROM base.fact_meeting GROUP BY 2;

CREATE TABLE base.agg_feature AS
SELECT x.*, round(100.0 * x.u / nullif(a.n, 0), 2) AS rate
FROM (SELECT 'Daily' AS p, usage_date AS d, feature_name, count(DISTINCT sk) AS u
	  FROM base.fact_feature WHERE usage_count > 0 GROUP BY 2, 3
	  UNION ALL
	  SELECT 'Weekly', date_trunc('week', usage_date)::date, feature_name, count(DISTINCT sk)
	  FROM base.fact_feature WHERE usage_count > 0 GROUP BY 2, 3
	  UNION ALL
	  SELECT 'Monthly', date_trunc('month', usage_date)::date, feature_name, count(DISTINCT sk)
	  FROM base.fact_feature WHERE usage_count > 0 GROUP BY 2, 3) AS x
JOIN base.agg_active AS a USING (p, d);

CREATE TABLE base.agg_ticket AS
SELECT ticket_type, p, date_trunc(p, open_date)::date AS d,
	   round(avg(extract(epoch FROM resolved_at - open_date) / 3600)::numeric, 2) AS h
FROM base.fact_ticket, (VALUES ('day'), ('week'), ('month')) AS v (p)
WHERE resolved_at IS NOT NULL
GROUP BY 1, 2, 3;

CREATE TABLE base.agg_mrr AS
SELECT to_char(event_date, 'YYYY-MM') AS m,
	   coalesce(sum(amount) FILTER (WHERE event_type IN ('Subscription Fee', 'Subscription Renewal', 'Refund')), 0) AS r
FROM base.fact_billing
GROUP BY 1;

-- licences: starts and ends summed up by day, users of licences by period
CREATE TABLE base.active_day AS
SELECT DISTINCT sk, (start_time AT TIME ZONE 'UTC')::date AS d
FROM base.fact_meeting WHERE sk IS NOT NULL;

CREATE TABLE base.active_period AS
SELECT 'day' AS p, d, sk FROM base.active_day
UNION ALL
SELECT DISTINCT 'week', date_trunc('week', d::timestamp)::date, sk FROM base.active_day
UNION ALL
SELECT DISTINCT 'month', date_trunc('month', d::timestamp)::date, sk FROM base.active_day;
ANALYZE base.active_period;

CREATE TABLE base.lic_used AS
SELECT a.p, a.d, l.license_type, count(*) AS n
FROM base.active_period AS a
JOIN base.fact_license AS l ON l.sk = a.sk AND l.assigned
WHERE l.start_date < (a.d + ('1 ' || a.p)::interval)::date AND (l.end_date IS NULL OR l.end_date >= a.d)
GROUP BY 1, 2, 3;

CREATE TABLE base.lic_cum AS
SELECT t.license_type, g.d::date AS d,
	   sum(coalesce(s.n, 0)) OVER w AS st, sum(coalesce(e.n, 0)) OVER w AS en
FROM (SELECT DISTINCT license_type FROM base.fact_license) AS t
CROSS JOIN generate_series('2024-12-01'::date, '2026-01-31', '1 day') AS g (d)
LEFT JOIN (SELECT license_type, start_date, count(*) AS n
		   FROM base.fact_license WHERE assigned GROUP BY 1, 2) AS s
	ON s.license_type = t.license_type AND s.start_date = g.d
LEFT JOIN (SELECT license_type, end_date, count(*) AS n
		   FROM base.fact_license WHERE assigned AND end_date IS NOT NULL GROUP BY 1, 2) AS e
	ON e.license_type = t.license_type AND e.end_date = g.d
WINDOW w AS (PARTITION BY t.license_type ORDER BY g.d);
ANALYZE base.lic_used, base.lic_cum;

CREATE TABLE base.agg_license AS
SELECT p.p, a.license_type, p.d,
	   round(100.0 * coalesce(u.n, 0) / nullif(a.st - b.en, 0), 2) AS rate
FROM (SELECT v.p, g.d::date AS d, (g.d + ('1 ' || v.p)::interval)::date - 1 AS e
	  FROM (VALUES ('day'), ('week'), ('month')) AS v (p)
	  CROSS JOIN LATERAL generate_series(date_trunc(v.p, timestamp '2025-01-01'), timestamp '2025-12-31',
										 ('1 ' || v.p)::interval) AS g (d)) AS p
JOIN base.lic_cum AS a ON a.d = p.e
JOIN base.lic_cum AS b ON b.license_type = a.license_type AND b.d = p.d - 1
LEFT JOIN base.lic_used AS u ON u.p = p.p AND u.d = p.d AND u.license_type = a.license_type;
