-- Did both sides compute the same?  Differences by name, both ways; empty when
-- they did.  Errors are compared as sets of bad rows: gold has a row per rule.

\set ON_ERROR_STOP on
CREATE FUNCTION pg_temp.difference(name text, engine text, opponent text, OUT what text, OUT in_engine bigint, OUT in_opponent bigint)
LANGUAGE plpgsql AS $$
BEGIN
	what := name;
	EXECUTE format('SELECT count(*) FROM (%s EXCEPT ALL %s) AS d', engine, opponent) INTO in_engine;
	EXECUTE format('SELECT count(*) FROM (%s EXCEPT ALL %s) AS d', opponent, engine) INTO in_opponent;
END
$$;

CREATE TEMPORARY TABLE period AS
SELECT * FROM (VALUES ('day', 'Daily'), ('week', 'Weekly'), ('month', 'Monthly')) AS v (p, period_type);

SELECT d.*
FROM (VALUES
	('users',
	 'SELECT user_name, email, company, plan_type, is_current FROM gold.go_dim_user',
	 'SELECT user_name, email, company, plan_type, is_current FROM base.dim_user'),
	('meetings',
	 'SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM gold.go_fact_meeting_usage',
	 'SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM base.fact_meeting'),
	('feature usages',
	 'SELECT meeting_topic, feature_name, usage_count, usage_date, source_system FROM gold.go_fact_feature_usage',
	 'SELECT meeting_topic, feature_name, usage_count, usage_date, source_system FROM base.fact_feature'),
	('webinars',
	 'SELECT webinar_topic, start_time, end_time, registrants, source_system FROM gold.go_fact_webinar_usage',
	 'SELECT webinar_topic, start_time, end_time, registrants, source_system FROM base.fact_webinar'),
	('tickets',
	 'SELECT user_name, ticket_type, resolution_status, open_date, resolved_at, source_system FROM gold.go_fact_support_ticket',
	 'SELECT user_name, ticket_type, resolution_status, open_date, resolved_at, source_system FROM base.fact_ticket'),
	('billing',
	 'SELECT user_name, event_type, amount, event_date, source_system FROM gold.go_fact_billing',
	 'SELECT user_name, event_type, amount, event_date, source_system FROM base.fact_billing'),
	('licences',
	 'SELECT user_name, license_type, start_date, end_date, source_system FROM gold.go_fact_license_utilization',
	 'SELECT user_name, license_type, start_date, end_date, source_system FROM base.fact_license'),
	('Type 1 dimensions',
	 $q$(SELECT 'meeting', meeting_topic FROM gold.go_dim_meeting
		 UNION ALL SELECT 'feature', feature_name FROM gold.go_dim_feature
		 UNION ALL SELECT 'webinar', webinar_topic FROM gold.go_dim_webinar
		 UNION ALL SELECT 'ticket', ticket_type FROM gold.go_dim_ticket_type
		 UNION ALL SELECT 'license', license_type FROM gold.go_dim_license_type
		 UNION ALL SELECT 'event', event_type FROM gold.go_dim_billing_event_type)$q$,
	 'SELECT dim, v FROM base.dims'),
	('active users',
	 'SELECT period_type, activity_date, active_user_count::bigint FROM gold.go_agg_active_users',
	 'SELECT p, d, n FROM base.agg_active'),
	('meeting minutes',
	 'SELECT period_type, activity_date, total_meeting_minutes::bigint FROM gold.go_agg_meeting_minutes',
	 'SELECT p, d, m FROM base.agg_active'),
	('feature adoption',
	 'SELECT period_type, period_start, feature_name, adoption_rate FROM gold.go_agg_feature_adoption',
	 'SELECT p, d, feature_name, rate FROM base.agg_feature WHERE rate IS NOT NULL'),
	('ticket resolution',
	 'SELECT ticket_type, period_type, period_start, avg_resolution_time FROM gold.go_agg_ticket_resolution',
	 'SELECT ticket_type, period_type, d, h FROM base.agg_ticket JOIN period USING (p)'),
	('revenue',
	 'SELECT activity_month, monthly_recurring_revenue FROM gold.go_agg_mrr',
	 'SELECT m, r FROM base.agg_mrr'),
	('licence utilisation',
	 'SELECT license_type, period_type, period_start, utilization_rate FROM gold.go_agg_license_utilization',
	 'SELECT license_type, period_type, d, rate FROM base.agg_license JOIN period USING (p) WHERE rate IS NOT NULL'),
	('bad rows',
	 $q$SELECT DISTINCT split_part(source_table, '.', 2), process_audit_info::jsonb ->> 'key'
		FROM gold.go_error_audit_log WHERE status = 'Open'
			AND source_table IN ('silver.si_meetings', 'silver.si_participants', 'silver.si_feature_usage')$q$,
	 'SELECT DISTINCT source_table, key FROM base.err')
) AS c (name, engine, opponent)
CROSS JOIN LATERAL pg_temp.difference(name, engine, opponent) AS d
WHERE d.in_engine <> 0 OR d.in_opponent <> 0;
