/* ==========================================================================
 * gold_bi as data: views for analysts beside gold
 *
 * Each view stands once, with words in braces where gold_bi and gold_bi_masked
 * differ: {bi} is the schema, {person} the column of gold_state.user_label that
 * says who somebody is, {email} an e-mail or NULL.  {period}, {type}, {first}
 * and {last} belong to the views that there are of days, weeks and months.
 * ==========================================================================
 */

-- One name per person: facts bear the name as of their event, and a rename
-- would make two people of one.  v is the version as of the event, l the label of
-- the user.
CREATE FUNCTION zoom_gold.bi_wide_view() RETURNS TABLE (view_name text, definition text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('meetings', $view$
SELECT l.{person} AS person, v.company, v.plan_type, m.meeting_topic, m.start_time, m.end_time,
	m.start_time AT TIME ZONE 'UTC' AS start_time_utc, m.end_time AT TIME ZONE 'UTC' AS end_time_utc,
	(m.start_time AT TIME ZONE 'UTC')::date AS start_date,
	extract(hour FROM m.start_time AT TIME ZONE 'UTC')::integer AS start_hour_utc,
	m.duration_minutes, round(m.duration_minutes / 60.0, 2) AS duration_hours,
	coalesce(o.users + o.guests, cardinality(a.users) + a.guests, 0)::bigint AS attendees,
	coalesce(o.guests, a.guests, 0)::bigint AS guests,
	round(coalesce(o.seconds, a.seconds, 0) / 60.0, 2) AS attended_minutes, m.source_system
FROM gold_state.meeting_detail m
LEFT JOIN gold_state.user_version v ON v.ordinal = m.ordinal AND m.start_time >= v.holds_from AND m.start_time < v.holds_until
LEFT JOIN gold_state.user_label l ON l.ordinal = v.ordinal AND l.is_last
LEFT JOIN gold_state.meeting_attendance a ON a.meeting_id = m.meeting_id AND a.slice_day = (m.start_time AT TIME ZONE 'UTC')::date
LEFT JOIN ({attendance}) o ON o.meeting_id = m.meeting_id$view$,
	 'Meetings, one row each: the host with plan and company as of the start, and who took part. Sum attended_minutes for the participant minutes of Zoom''s usage reports'),
	('feature_usage', $view$
SELECT l.{person} AS person, v.company, v.plan_type, f.feature_name, f.usage_count, f.usage_date,
	date_trunc('month', f.usage_date::timestamp)::date AS usage_month, f.meeting_topic, f.source_system
FROM gold_state.feature_detail f
LEFT JOIN gold_state.user_version v ON v.ordinal = f.ordinal
	AND v.holds_from < (f.usage_date + 1)::timestamp AT TIME ZONE 'UTC' AND v.holds_until >= (f.usage_date + 1)::timestamp AT TIME ZONE 'UTC'
LEFT JOIN gold_state.user_label l ON l.ordinal = v.ordinal AND l.is_last$view$,
	 'Features used in meetings, one row per usage: the user is the host of the meeting, with plan and company as of the end of the day'),
	('webinars', $view$
SELECT l.{person} AS person, v.company, v.plan_type, w.webinar_topic, w.start_time, w.end_time,
	w.start_time AT TIME ZONE 'UTC' AS start_time_utc, w.end_time AT TIME ZONE 'UTC' AS end_time_utc,
	(w.start_time AT TIME ZONE 'UTC')::date AS start_date,
	extract(hour FROM w.start_time AT TIME ZONE 'UTC')::integer AS start_hour_utc,
	CASE WHEN w.end_time >= w.start_time THEN round(extract(epoch FROM w.end_time - w.start_time) / 3600, 2) END AS duration_hours,
	w.registrants, a.attendees, a.guests, round(a.seconds / 60.0, 2) AS attended_minutes,
	CASE WHEN w.registrants > 0 THEN round(100.0 * a.attendees / w.registrants, 2) END AS attendance_rate, w.source_system
FROM gold_state.webinar_detail w
LEFT JOIN gold_state.user_version v ON v.ordinal = w.ordinal AND w.start_time >= v.holds_from AND w.start_time < v.holds_until
LEFT JOIN gold_state.user_label l ON l.ordinal = v.ordinal AND l.is_last
LEFT JOIN (
	SELECT d.meeting_id, sum(d.guests)::bigint AS guests, sum(d.seconds) AS seconds,
		(SELECT count(DISTINCT u.ordinal) FROM gold_state.meeting_attendance o, unnest(o.users) AS u (ordinal) WHERE o.meeting_id = d.meeting_id)
			+ sum(d.guests)::bigint AS attendees
	FROM gold_state.meeting_attendance d
	WHERE d.meeting_id IN (SELECT i.webinar_id FROM gold_state.webinar_detail i)
	GROUP BY d.meeting_id) a ON a.meeting_id = w.webinar_id$view$,
	 'Webinars, one row each: the host with plan and company as of the start, registrations, and attendance where silver knows participants under the webinar''s id'),
	('tickets', $view$
SELECT l.{person} AS person, v.company, v.plan_type, t.ticket_type, t.resolution_status, t.open_date,
	date_trunc('month', t.open_date::timestamp)::date AS open_month,
	t.resolved_at, t.resolved_at AT TIME ZONE 'UTC' AS resolved_at_utc, (t.resolved_at AT TIME ZONE 'UTC')::date AS resolved_date,
	t.resolved_at IS NOT NULL AS is_resolved,
	round(extract(epoch FROM t.resolved_at - t.open_date::timestamp AT TIME ZONE 'UTC') / 3600, 2) AS resolution_hours,
	t.source_system
FROM gold.go_fact_support_ticket t
LEFT JOIN gold_state.user_version v ON v.user_name = t.user_name
	AND v.holds_from < (t.open_date + 1)::timestamp AT TIME ZONE 'UTC' AND v.holds_until >= (t.open_date + 1)::timestamp AT TIME ZONE 'UTC'
LEFT JOIN gold_state.user_label l ON l.ordinal = v.ordinal AND l.is_last$view$,
	 'Support tickets, one row each: who opened it, with plan and company as of the end of that day. resolution_hours is time to full resolution (ITIL), from the begin of open_date'),
	('billing', $view$
SELECT l.{person} AS person, v.company, v.plan_type, b.event_type, b.amount, b.event_date,
	date_trunc('month', b.event_date::timestamp)::date AS event_month,
	(coalesce(c.mrr_sign, 0) * abs(b.amount))::numeric(10,2) AS mrr_amount, b.source_system
FROM gold.go_fact_billing b
LEFT JOIN gold_state.billing_event_class c ON c.event_type = b.event_type
LEFT JOIN gold_state.user_version v ON v.user_name = b.user_name
	AND v.holds_from < (b.event_date + 1)::timestamp AT TIME ZONE 'UTC' AND v.holds_until >= (b.event_date + 1)::timestamp AT TIME ZONE 'UTC'
LEFT JOIN gold_state.user_label l ON l.ordinal = v.ordinal AND l.is_last$view$,
	 'Billing events, one row each: the customer with plan and company as of the end of that day. mrr_amount is what the event adds to monthly recurring revenue'),
	('licenses', $view$
SELECT l.{person} AS person, v.company, v.plan_type, s.license_type, s.start_date, s.end_date,
	s.ordinal IS NOT NULL AS is_assigned,
	s.start_date <= {today} AND (s.end_date IS NULL OR s.end_date >= {today}) AS is_running,
	s.source_system
FROM gold_state.license_detail s
LEFT JOIN gold_state.user_version v ON v.ordinal = s.ordinal
	AND v.holds_from < (s.start_date + 1)::timestamp AT TIME ZONE 'UTC' AND v.holds_until >= (s.start_date + 1)::timestamp AT TIME ZONE 'UTC'
LEFT JOIN gold_state.user_label l ON l.ordinal = v.ordinal AND l.is_last$view$,
	 'Licences, one row each: to whom it is assigned, with plan and company as of the end of its first day'),
	('users', $view$
SELECT u.person, u.email, u.company, u.plan_type, u.signup_date, u.last_activity_date,
	CASE WHEN u.is_deleted THEN 'deleted'
		 WHEN u.last_seen > t.today - 30 THEN 'active'
		 WHEN u.last_seen > t.today - 90 THEN 'idle'
		 ELSE 'churned' END AS lifecycle
FROM (SELECT l.{person} AS person, {email} AS email, v.company, v.plan_type, s.signup_date, a.last_activity_date,
			coalesce(a.last_activity_date, s.signup_date) AS last_seen, s.ended <> '9999-12-31 00:00:00+00' AS is_deleted
		FROM gold_state.user_label l
		JOIN (SELECT o.ordinal, (min(o.opened) AT TIME ZONE 'UTC')::date AS signup_date, max(o.valid_to) AS ended
				FROM gold_state.user_version o GROUP BY o.ordinal) s ON s.ordinal = l.ordinal
		-- every user has it; an outer join shows the planner that none is lost
		LEFT JOIN gold_state.user_version v ON v.ordinal = s.ordinal AND v.holds_until = 'infinity'
		LEFT JOIN ({activity}) a ON a.ordinal = l.ordinal
		WHERE l.is_last) u
CROSS JOIN (SELECT {today} AS today) t$view$,
	 'Users, one row per person as of today, deleted ones included. active, idle, churned: the last activity (else the signup) lies within 30 days, within 90, or further back, as monthly and quarterly active users are counted'),
	('license_seats_idle', $view$
SELECT u.person, u.company, u.plan_type, s.license_type, s.start_date, s.end_date,
	CASE WHEN s.is_assigned THEN 'Idle' ELSE 'Unassigned' END AS seat_status,
	u.last_activity_date, {today} - u.last_activity_date AS days_idle
FROM (SELECT f.ordinal, f.license_type, f.start_date, f.end_date, f.ordinal IS NOT NULL AS is_assigned
		FROM gold_state.license_detail f
		WHERE f.start_date <= {today} AND (f.end_date IS NULL OR f.end_date >= {today})) s
LEFT JOIN (SELECT n.ordinal, n.{person} AS person, v.company, v.plan_type, a.last_activity_date
		FROM gold_state.user_label n
		LEFT JOIN gold_state.user_version v ON v.ordinal = n.ordinal AND v.holds_until = 'infinity'
		LEFT JOIN ({activity}) a ON a.ordinal = n.ordinal WHERE n.is_last) u ON u.ordinal = s.ordinal
WHERE NOT s.is_assigned OR u.last_activity_date IS NULL OR u.last_activity_date <= {today} - 30$view$,
	 'Licences that run today and nobody uses, as software asset management (ISO/IEC 19770) looks for them: not assigned, or assigned to somebody without activity in the last 30 days');
END;
COMMENT ON FUNCTION zoom_gold.bi_wide_view() IS 'Views of gold_bi with a row per event or person';

-- days is SQL for the months that have data, where {periods} stands for months
CREATE FUNCTION zoom_gold.bi_measure_view() RETURNS TABLE (view_name text, days text, definition text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('calendar', $days$
SELECT date_trunc('month', e.day::timestamp)::date AS day
FROM (SELECT {today} AS day
	UNION ALL SELECT min(p.day) FROM gold_state.day_partial p
	UNION ALL SELECT p.day FROM gold_state.day_partial p WHERE p.day > {today}
	UNION ALL SELECT min(t.open_date) FROM gold.go_fact_support_ticket t
	UNION ALL SELECT t.open_date FROM gold.go_fact_support_ticket t WHERE t.open_date > {today}
	UNION ALL SELECT min(l.start_date) FROM gold_state.license_detail l
	UNION ALL SELECT l.start_date FROM gold_state.license_detail l WHERE l.start_date > {today}
	UNION ALL SELECT (min(w.start_time) AT TIME ZONE 'UTC')::date FROM gold_state.webinar_detail w
	UNION ALL SELECT (w.start_time AT TIME ZONE 'UTC')::date FROM gold_state.webinar_detail w
		WHERE w.start_time >= ({today} + 1)::timestamp AT TIME ZONE 'UTC') e$days$, $view$
SELECT d.date, date_trunc('week', d.date::timestamp)::date AS week_start, date_trunc('month', d.date::timestamp)::date AS month_start,
	extract(isoyear FROM d.date)::integer AS iso_year, extract(week FROM d.date)::integer AS iso_week,
	extract(isodow FROM d.date)::integer AS day_of_week, extract(isodow FROM d.date) >= 6 AS is_weekend,
	d.date < t.today AS is_complete,
	date_trunc('week', d.date::timestamp)::date + 7 <= t.today AS is_week_complete,
	(date_trunc('month', d.date::timestamp) + interval '1 month')::date <= t.today AS is_month_complete
FROM (SELECT {today} AS today) t
CROSS JOIN LATERAL (
	SELECT g::date AS date
	FROM ({periods}) p
	CROSS JOIN LATERAL generate_series(p.month_start::timestamp, p.month_start::timestamp + interval '1 month - 1 day', interval '1 day') g) d$view$,
	 'Days in UTC from the month of the first event to the end of this month, and those of later months with events; weeks are those of ISO 8601'),
	('mrr_monthly', 'SELECT (a.activity_month || ''-01'')::date AS day FROM gold.go_agg_mrr a', $view$
SELECT p.month_start, coalesce(m.monthly_recurring_revenue, 0)::numeric(18,2) AS monthly_recurring_revenue, p.is_complete
FROM ({periods}) p
LEFT JOIN gold.go_agg_mrr m ON m.activity_month = to_char(p.month_start, 'YYYY-MM')$view$,
	 'Monthly recurring revenue, a row per month from the first to the running one, and of later ones those with events'),
	('mrr_movements', NULL, $view$
WITH customer_month AS (
	SELECT l.ordinal, date_trunc('month', b.event_date::timestamp)::date AS month_start, sum(c.mrr_sign * abs(b.amount)) AS mrr
	FROM gold.go_fact_billing b
	JOIN gold_state.billing_event_class c ON c.event_type = b.event_type AND c.mrr_sign <> 0
	LEFT JOIN gold_state.user_label l ON l.user_name = b.user_name
	GROUP BY 1, 2),
neighbour AS (
	SELECT n.*, (n.month_start + interval '1 month')::date AS next_month,
		lag(n.month_start) OVER w AS month_before, lag(n.mrr) OVER w AS mrr_before, lead(n.month_start) OVER w AS month_after,
		max(n.mrr) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0 AS has_paid
	FROM customer_month n WINDOW w AS (PARTITION BY n.ordinal ORDER BY n.month_start)),
change AS (
	SELECT n.month_start, CASE WHEN (n.month_before + interval '1 month')::date = n.month_start THEN n.mrr_before ELSE 0 END AS before,
		n.mrr AS after, n.has_paid
	FROM neighbour n
	UNION ALL
	-- a month without a payment
	SELECT n.next_month, n.mrr, 0, true
	FROM neighbour n
	WHERE n.month_after IS DISTINCT FROM n.next_month),
movement AS (
	SELECT c.month_start, c.after - c.before AS amount,
		CASE WHEN c.after > c.before THEN CASE WHEN c.before > 0 OR c.after <= 0 THEN 'expansion'
				WHEN c.has_paid THEN 'reactivation' ELSE 'new' END
			WHEN c.before > 0 AND c.after <= 0 THEN 'churn' ELSE 'contraction' END AS kind
	FROM change c WHERE c.after <> c.before),
monthly AS (
	SELECT p.month_start, p.monthly_recurring_revenue AS ending_mrr, p.is_complete,
		CASE WHEN lag(p.month_start) OVER w = p.month_start - interval '1 month' THEN lag(p.monthly_recurring_revenue) OVER w
			ELSE 0 END::numeric(18,2) AS starting_mrr
	FROM {bi}.mrr_monthly p WINDOW w AS (ORDER BY p.month_start))
SELECT m.month_start, m.starting_mrr,
	coalesce(sum(v.amount) FILTER (WHERE v.kind = 'new'), 0)::numeric(18,2) AS new_mrr,
	coalesce(sum(v.amount) FILTER (WHERE v.kind = 'expansion'), 0)::numeric(18,2) AS expansion_mrr,
	coalesce(sum(v.amount) FILTER (WHERE v.kind = 'reactivation'), 0)::numeric(18,2) AS reactivation_mrr,
	coalesce(sum(v.amount) FILTER (WHERE v.kind = 'contraction'), 0)::numeric(18,2) AS contraction_mrr,
	coalesce(sum(v.amount) FILTER (WHERE v.kind = 'churn'), 0)::numeric(18,2) AS churned_mrr,
	m.ending_mrr, m.is_complete
FROM monthly m LEFT JOIN movement v USING (month_start)
GROUP BY m.month_start, m.starting_mrr, m.ending_mrr, m.is_complete$view$,
	 'What moved monthly recurring revenue, as SaaS metrics name it: new, expansion, contraction, churn and reactivation of customers from one month to the next; starting_mrr plus the five is ending_mrr. Fees are not spread: who pays by the year moves it twice. Events of nobody known count as those of one customer'),
	('retention_cohorts', NULL, $view$
WITH active AS (
	SELECT p.period_start AS month_start, unnest(zoom_gold.user_ordinals(p.users)) AS ordinal
	FROM gold_state.period_users p WHERE p.period_type = 'Monthly'),
member AS (
	SELECT a.ordinal, min(a.month_start) AS cohort_month FROM active a GROUP BY a.ordinal),
size AS (
	SELECT m.cohort_month, count(*) AS cohort_size FROM member m GROUP BY m.cohort_month),
retained AS (
	SELECT m.cohort_month, a.month_start, count(*) AS users FROM active a JOIN member m USING (ordinal) GROUP BY 1, 2)
SELECT s.cohort_month, p.month_start AS activity_month,
	(12 * (extract(year FROM p.month_start) - extract(year FROM s.cohort_month))
		+ extract(month FROM p.month_start) - extract(month FROM s.cohort_month))::integer AS months_since,
	s.cohort_size, coalesce(r.users, 0) AS retained_users, round(100.0 * coalesce(r.users, 0) / s.cohort_size, 2) AS retention_rate,
	p.is_complete
FROM size s
JOIN {bi}.active_users_monthly p ON p.month_start >= s.cohort_month
LEFT JOIN retained r ON r.cohort_month = s.cohort_month AND r.month_start = p.month_start$view$,
	 'Classic (bounded) retention of acquisition cohorts: of the people whose first active month is cohort_month, how many are active in each month from then on'),
	('stickiness', NULL, $view$
SELECT m.month_start, round(avg(d.active_users), 2) AS average_daily_active_users, m.active_users AS monthly_active_users,
	round(100.0 * avg(d.active_users) / nullif(m.active_users, 0), 2) AS stickiness_rate, m.is_complete
FROM {bi}.active_users_monthly m
JOIN {bi}.active_users_daily d ON d.date >= m.month_start AND d.date < (m.month_start + interval '1 month')::date
	AND d.date <= {today}
GROUP BY m.month_start, m.active_users, m.is_complete$view$,
	 'DAU/MAU ratio: average of daily active users over all days of the month, days without any among them, by monthly active users, in per cent. The first month counts from the first day of which there is data, the running one up to today'),
	('tickets_per_1000_active_users', 'SELECT t.month_start AS day FROM ticket t UNION ALL SELECT a.month_start FROM {bi}.active_users_monthly a', $view$
WITH ticket AS (
	SELECT date_trunc('month', f.open_date::timestamp)::date AS month_start, count(*) AS tickets
	FROM gold.go_fact_support_ticket f GROUP BY 1),
-- tickets may be older than meetings, or younger
month AS ({periods})
SELECT p.month_start, coalesce(t.tickets, 0) AS tickets, coalesce(m.active_users, 0) AS active_users,
	round(1000.0 * coalesce(t.tickets, 0) / nullif(m.active_users, 0), 2) AS tickets_per_1000,
	p.is_complete
FROM month p
LEFT JOIN {bi}.active_users_monthly m USING (month_start)
LEFT JOIN ticket t USING (month_start)$view$,
	 'Ticket volume by size of the user base: tickets opened in the month by 1,000 monthly active users (contact rate), a row per month from the first ticket or active user');
END;
COMMENT ON FUNCTION zoom_gold.bi_measure_view() IS 'Views of gold_bi with a row per month, and the calendar';

-- Periods from the first to the running one, also those in which nothing was.
CREATE FUNCTION zoom_gold.bi_period_view() RETURNS TABLE (view_name text, definition text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('active_users', $view$
SELECT p.{first}, coalesce(a.active_user_count, 0) AS active_users, p.is_complete
FROM ({periods}) p LEFT JOIN gold.go_agg_active_users a ON a.period_type = '{type}' AND a.activity_date = p.{first}$view$,
	 'Exact number of distinct active users (DAU, WAU, MAU), a row per {period}'),
	('meeting_minutes', $view$
SELECT p.{first}, coalesce(a.total_meeting_minutes, 0) AS meeting_minutes, p.is_complete
FROM ({periods}) p LEFT JOIN gold.go_agg_meeting_minutes a ON a.period_type = '{type}' AND a.activity_date = p.{first}$view$,
	 'Minutes of the meetings that start in it, a row per {period}'),
	('feature_adoption', $view$
SELECT p.{first}, f.feature_name, coalesce(a.adoption_rate, 0)::numeric(5,2) AS adoption_rate, p.is_complete
FROM ({periods}) p
JOIN (SELECT d.feature_name, min(d.period_start) AS since FROM gold.go_agg_feature_adoption d WHERE d.period_type = '{type}'
	GROUP BY d.feature_name) f ON f.since <= p.{first}
LEFT JOIN gold.go_agg_feature_adoption a ON a.period_type = '{type}' AND a.period_start = p.{first} AND a.feature_name = f.feature_name$view$,
	 'Active users who used the feature, in per cent of all active users (breadth of adoption), a row per feature and {period} from its first use'),
	('ticket_resolution', $view$
SELECT p.{first}, f.ticket_type, a.avg_resolution_time AS average_resolution_hours, p.is_complete
FROM ({periods}) p
JOIN (SELECT d.ticket_type, min(d.period_start) AS since FROM gold.go_agg_ticket_resolution d WHERE d.period_type = '{type}'
	GROUP BY d.ticket_type) f ON f.since <= p.{first}
LEFT JOIN gold.go_agg_ticket_resolution a ON a.period_type = '{type}' AND a.period_start = p.{first} AND a.ticket_type = f.ticket_type$view$,
	 'Mean time to resolve (MTTR, ITIL) of the tickets opened in it, a row per ticket type and {period} from the first; NULL where none was resolved'),
	('license_utilization', $view$
SELECT p.{first}, f.license_type, a.utilization_rate, p.is_complete
FROM ({periods}) p
JOIN (SELECT d.license_type, min(d.period_start) AS since FROM gold.go_agg_license_utilization d WHERE d.period_type = '{type}'
	GROUP BY d.license_type) f ON f.since <= p.{first}
LEFT JOIN gold.go_agg_license_utilization a ON a.period_type = '{type}' AND a.period_start = p.{first} AND a.license_type = f.license_type$view$,
	 'Assigned licences whose user was active, in per cent of all assigned (ISO/IEC 19770), a row per licence type and {period} from the first; NULL where none was assigned');
END;
COMMENT ON FUNCTION zoom_gold.bi_period_view() IS 'Views of gold_bi that there are of days, weeks and months';

CREATE FUNCTION zoom_gold.bi_period()
RETURNS TABLE (suffix text, type text, period text, first text, length text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES ('daily', 'Daily', 'day', 'date', '1 day'),
	   ('weekly', 'Weekly', 'ISO week', 'week_start', '1 week'),
	   ('monthly', 'Monthly', 'month', 'month_start', '1 month');
END;
COMMENT ON FUNCTION zoom_gold.bi_period() IS 'The periods of which gold_bi has views';

-- What several views say alike, to be put into the braces.
CREATE FUNCTION zoom_gold.bi_part(name text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE name
		-- meetings in which somebody joined on another day than that of the
		-- start: who came back after midnight counts once, so that sums will not do
		WHEN 'attendance' THEN $part$
	SELECT d.meeting_id, sum(d.guests)::bigint AS guests, sum(d.seconds) AS seconds,
		(SELECT count(DISTINCT u.ordinal) FROM gold_state.meeting_attendance x, unnest(x.users) AS u (ordinal) WHERE x.meeting_id = d.meeting_id) AS users
	FROM gold_state.meeting_attendance d
	WHERE d.meeting_id IN (SELECT n.meeting_id FROM gold_state.meeting_attendance n WHERE n.other_day)
	GROUP BY d.meeting_id$part$
		WHEN 'activity' THEN $part$
	SELECT i.ordinal, max(i.day) AS last_activity_date
	FROM (SELECT p.day, unnest(zoom_gold.user_ordinals(p.users)) AS ordinal FROM gold_state.day_partial p
		WHERE p.relation = 'si_meetings' OR p.relation = 'si_participants'
			AND (SELECT s.value FROM gold_state.settings s WHERE s.name = 'active_user') = 'host_or_participant') i
	GROUP BY i.ordinal$part$
		-- zoom_gold.today() for readers, by no function of ours: they would need the
		-- right to it, and the extension could not be dropped without the views.  An
		-- infinite clock is an error, as an endless row of periods would be one.
		WHEN 'today' THEN $part$(date '1970-01-01' + floor(extract(epoch FROM
	coalesce(nullif(current_setting('zoom_gold.clock', true), '')::timestamptz, now())) / 86400)::integer)$part$
		-- All to the running one.  Of those to come the ones with data, as one event
		-- of the year 9999 would make millions of empty ones.
		WHEN 'periods' THEN $part$
	SELECT p.day AS {first}, (p.day + interval '{length}')::date <= {today} AS is_complete
	FROM (SELECT g::date AS day
		FROM (SELECT min(x.day) AS first FROM ({days}) x) b
		CROSS JOIN LATERAL generate_series(b.first::timestamp, date_trunc('{unit}', {today}::timestamp), interval '{length}') g
		UNION ALL
		SELECT DISTINCT x.day FROM ({days}) x WHERE x.day > {today}) p$part$
	END
$$;
COMMENT ON FUNCTION zoom_gold.bi_part(text) IS 'SQL that several views of gold_bi have in common';
