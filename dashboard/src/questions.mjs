// What the page asks.  Each question is SQL over the views of gold_bi, or of
// gold_bi_masked for readers without PII, and the error log beside them; dates
// are UTC's.  Rows are shown as they come, so their order is part of it.

// Today by the clock of the views.
const today = `(coalesce(nullif(current_setting('zoom_gold.clock', true), '')::timestamptz, now()) AT TIME ZONE 'UTC')::date`;

// About the page itself.
export const facts = {
	id: 'facts',
	sql: `
		SELECT current_database() AS database, to_char(now(), 'YYYY-MM-DD HH24:MI') AS as_of,
			to_char(max(last_refresh), 'YYYY-MM-DD HH24:MI') AS refreshed_at,
			CASE WHEN bool_or(last_status = 'Failure') THEN 'a step failed'
				WHEN bool_or(last_status = 'Warning') THEN 'some rows were rejected or warned of'
				WHEN bool_and(last_status = 'Success') THEN 'all steps succeeded' END AS refresh_status
		FROM zoom_gold.status`
};

// A number each, with a note on what it counts; the unit stands behind it.
export const figures = [
	{
		id: 'monthly_active', title: 'Monthly active users',
		sql: `
			SELECT active_users AS value, 'in ' || to_char(month_start, 'FMMonth YYYY') AS note
			FROM active_users_monthly WHERE is_complete ORDER BY month_start DESC LIMIT 1`
	},
	{
		id: 'stickiness_last', title: 'Stickiness', unit: '%',
		sql: `
			SELECT stickiness_rate AS value, 'average day by month, ' || to_char(month_start, 'FMMonth YYYY') AS note
			FROM stickiness WHERE is_complete ORDER BY month_start DESC LIMIT 1`
	},
	{
		id: 'minutes_30_days', title: 'Meeting minutes',
		sql: `
			SELECT coalesce(sum(meeting_minutes), 0) AS value, 'in the last 30 whole days' AS note
			FROM meeting_minutes_daily
			WHERE is_complete AND date >= ${today} - 30`
	},
	{
		id: 'mrr_last', title: 'Monthly recurring revenue',
		sql: `
			SELECT monthly_recurring_revenue AS value, 'in ' || to_char(month_start, 'FMMonth YYYY') AS note
			FROM mrr_monthly WHERE is_complete ORDER BY month_start DESC LIMIT 1`
	},
	{
		id: 'idle_seats_now', title: 'Idle seats',
		sql: `SELECT count(*) AS value, 'licences that run and nobody uses' AS note FROM license_seats_idle`
	},
	{
		id: 'rejected_now', title: 'Rejected rows',
		sql: `
			SELECT count(*) AS value, 'of silver, with an open error' AS note
			FROM go_error_audit_log
			WHERE status <> 'Resolved' AND process_audit_info::jsonb ->> 'severity' = 'error'`
	}
];

export const sections = [
	{ id: 'usage', title: 'Usage' },
	{ id: 'features', title: 'Features and support' },
	{ id: 'revenue', title: 'Revenue and licences' },
	{ id: 'quality', title: 'Data quality and freshness' }
];

// The months of a chart: the running one and twelve before it.  What is dated ahead is not drawn: a year 9999 would be all there is.
const months = `month_start > (date_trunc('month', ${today}::timestamp) - interval '13 months')::date
				AND month_start <= ${today}`;

// The last 365 days, by the first day of the period.
const year = (day) => `${day} > ${today} - 365 AND ${day} <= ${today}`;

// A drawing each; draw.js knows the columns by name.
export const charts = [
	{
		id: 'active_users_daily', section: 'usage', title: 'Daily active users',
		about: 'Distinct active users of a day, over the last 365 days.',
		sql: `
			SELECT date, active_users, is_complete
			FROM active_users_daily WHERE ${year('date')} ORDER BY date`
	},
	{
		id: 'active_users_weekly', section: 'usage', title: 'Weekly active users',
		about: 'Distinct active users of an ISO week, from its Monday.',
		sql: `
			SELECT week_start, active_users, is_complete
			FROM active_users_weekly WHERE ${year('week_start')} ORDER BY week_start`
	},
	{
		id: 'active_users_monthly', section: 'usage', title: 'Monthly active users',
		about: 'Distinct active users of a calendar month.',
		sql: `SELECT month_start, active_users, is_complete FROM active_users_monthly WHERE ${months} ORDER BY month_start`
	},
	{
		id: 'stickiness', section: 'usage', title: 'Stickiness',
		about: 'Average of the daily active users by those of the month, in per cent.',
		sql: `
			SELECT month_start, stickiness_rate, average_daily_active_users, monthly_active_users, is_complete
			FROM stickiness WHERE ${months} ORDER BY month_start`
	},
	{
		id: 'meeting_minutes', section: 'usage', title: 'Meeting minutes by week',
		about: 'Minutes of the meetings that started in the ISO week.',
		sql: `
			SELECT week_start, meeting_minutes, is_complete
			FROM meeting_minutes_weekly WHERE ${year('week_start')} ORDER BY week_start`
	},
	{
		id: 'feature_adoption', section: 'features', title: 'Feature adoption',
		about: 'Active users who used the feature, in per cent of all active users of the month.',
		sql: `
			SELECT month_start, feature_name, adoption_rate, is_complete
			FROM feature_adoption_monthly WHERE ${months} ORDER BY feature_name, month_start`
	},
	{
		id: 'ticket_resolution', section: 'features', title: 'Time to resolve a ticket',
		about: 'Mean hours from opening to resolution, by month of opening; recent months still lack what takes long.',
		sql: `
			SELECT month_start, ticket_type, average_resolution_hours, is_complete
			FROM ticket_resolution_monthly WHERE ${months} AND average_resolution_hours IS NOT NULL
			ORDER BY ticket_type, month_start`
	},
	{
		id: 'tickets_per_1000', section: 'features', title: 'Tickets per 1,000 active users',
		about: 'Tickets opened in the month by 1,000 of its active users.',
		sql: `
			SELECT month_start, tickets_per_1000, tickets, active_users, is_complete
			FROM tickets_per_1000_active_users WHERE ${months} ORDER BY month_start`
	},
	{
		id: 'mrr', section: 'revenue', title: 'Monthly recurring revenue',
		about: 'Subscription fees and renewals less refunds of the month.',
		sql: `SELECT month_start, monthly_recurring_revenue, is_complete FROM mrr_monthly WHERE ${months} ORDER BY month_start`
	},
	{
		id: 'mrr_movements', section: 'revenue', title: 'What moved it',
		about: 'New, returning, growing, shrinking and lost customers, against the month before.',
		sql: `
			SELECT m.month_start, v.movement, v.amount, m.is_complete
			FROM mrr_movements AS m
			CROSS JOIN LATERAL (VALUES (1, 'New', m.new_mrr), (2, 'Reactivation', m.reactivation_mrr), (3, 'Expansion', m.expansion_mrr),
				(4, 'Contraction', m.contraction_mrr), (5, 'Churn', m.churned_mrr)) AS v (place, movement, amount)
			WHERE ${months} ORDER BY m.month_start, v.place`
	},
	{
		id: 'license_utilization', section: 'revenue', title: 'Licence utilisation',
		about: 'Assigned licences whose user was active in the month, in per cent of those assigned.',
		sql: `
			SELECT month_start, license_type, utilization_rate, is_complete
			FROM license_utilization_monthly WHERE ${months} ORDER BY license_type, month_start`
	},
	{
		id: 'idle_seats', section: 'revenue', title: 'Idle seats',
		about: 'Licences that run today and are not assigned, or whose user was not active for 30 days.',
		sql: `
			SELECT license_type || ', ' || lower(seat_status COLLATE "C") AS seats, count(*) AS licences
			FROM license_seats_idle GROUP BY 1 ORDER BY 2 DESC, 1`
	},
	{
		id: 'open_errors', section: 'quality', title: 'Open findings',
		about: 'Rows of silver by rule that they break: errors are not loaded, warnings are.',
		sql: `
			SELECT process_audit_info::jsonb ->> 'rule' || ' (' || regexp_replace(source_table, '^.*\\.si_', '') || ')' AS finding,
				process_audit_info::jsonb ->> 'severity' AS severity, count(*) AS findings
			FROM go_error_audit_log
			WHERE status <> 'Resolved' AND process_audit_info::jsonb ->> 'rule' IS NOT NULL
			GROUP BY 1, 2 ORDER BY 3 DESC, 1`
	},
	{
		id: 'freshness', section: 'quality', title: 'Freshness',
		about: 'Hours since each relation of silver was last read, as you look at it.',
		sql: `
			SELECT regexp_replace(relation, '^.*\\.', '') AS relation,
				to_char(last_refresh, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_refresh,
				capture, pending_changes, last_status, open_errors
			FROM zoom_gold.status ORDER BY 1`
	}
];
