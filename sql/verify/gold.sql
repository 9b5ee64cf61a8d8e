	--------------------------------------------------------------------------
	-- Gold as the model has it: its columns may have other types and collations.
	-- NOT MATERIALIZED, so that each is read as it is asked for.
	--------------------------------------------------------------------------
	go_dim_billing_event_type (event_type, source_system) AS NOT MATERIALIZED (
		SELECT g.event_type::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_dim_billing_event_type AS g),
	go_dim_feature (feature_name, source_system) AS NOT MATERIALIZED (
		SELECT g.feature_name::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_dim_feature AS g),
	go_dim_license_type (license_type, source_system) AS NOT MATERIALIZED (
		SELECT g.license_type::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_dim_license_type AS g),
	go_dim_meeting (meeting_topic, source_system) AS NOT MATERIALIZED (
		SELECT g.meeting_topic::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_dim_meeting AS g),
	go_dim_ticket_type (ticket_type, source_system) AS NOT MATERIALIZED (
		SELECT g.ticket_type::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_dim_ticket_type AS g),
	go_dim_user (user_name, valid_from, valid_to, is_current) AS NOT MATERIALIZED (
		SELECT g.user_name::text COLLATE "default", g.valid_from::timestamptz, g.valid_to::timestamptz, g.is_current::boolean
		FROM gold.go_dim_user AS g),
	go_dim_webinar (webinar_topic, source_system) AS NOT MATERIALIZED (
		SELECT g.webinar_topic::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_dim_webinar AS g),
	go_fact_billing (user_name, event_type, amount, event_date, source_system) AS NOT MATERIALIZED (
		SELECT g.user_name::text COLLATE "default", g.event_type::text COLLATE "default", g.amount::numeric, g.event_date::date, g.source_system::text COLLATE "default"
		FROM gold.go_fact_billing AS g),
	go_fact_feature_usage (meeting_topic, feature_name, usage_count, usage_date, source_system) AS NOT MATERIALIZED (
		SELECT g.meeting_topic::text COLLATE "default", g.feature_name::text COLLATE "default", g.usage_count::numeric, g.usage_date::date, g.source_system::text COLLATE "default"
		FROM gold.go_fact_feature_usage AS g),
	go_fact_license_utilization (user_name, license_type, start_date, end_date, source_system) AS NOT MATERIALIZED (
		SELECT g.user_name::text COLLATE "default", g.license_type::text COLLATE "default", g.start_date::date, g.end_date::date, g.source_system::text COLLATE "default"
		FROM gold.go_fact_license_utilization AS g),
	go_fact_meeting_usage (user_name, meeting_topic, start_time, end_time, duration_minutes, source_system) AS NOT MATERIALIZED (
		SELECT g.user_name::text COLLATE "default", g.meeting_topic::text COLLATE "default", g.start_time::timestamptz, g.end_time::timestamptz, g.duration_minutes::numeric, g.source_system::text COLLATE "default"
		FROM gold.go_fact_meeting_usage AS g),
	go_fact_support_ticket (user_name, ticket_type, resolution_status, open_date, source_system, resolved_at) AS NOT MATERIALIZED (
		SELECT g.user_name::text COLLATE "default", g.ticket_type::text COLLATE "default", g.resolution_status::text COLLATE "default", g.open_date::date, g.source_system::text COLLATE "default", g.resolved_at::timestamptz
		FROM gold.go_fact_support_ticket AS g),
	go_fact_webinar_usage (webinar_topic, start_time, end_time, registrants, source_system) AS NOT MATERIALIZED (
		SELECT g.webinar_topic::text COLLATE "default", g.start_time::timestamptz, g.end_time::timestamptz, g.registrants::numeric, g.source_system::text COLLATE "default"
		FROM gold.go_fact_webinar_usage AS g),
	go_agg_active_users (activity_date, active_user_count, period_type, source_system) AS NOT MATERIALIZED (
		SELECT g.activity_date::date, g.active_user_count::numeric, g.period_type::text COLLATE "default", zoom_gold.verify_brief(g.source_system::text COLLATE "default")
		FROM gold.go_agg_active_users AS g),
	go_agg_feature_adoption (feature_name, adoption_rate, period_type, source_system, period_start) AS NOT MATERIALIZED (
		SELECT g.feature_name::text COLLATE "default", g.adoption_rate::numeric, g.period_type::text COLLATE "default", zoom_gold.verify_brief(g.source_system::text COLLATE "default"), g.period_start::date
		FROM gold.go_agg_feature_adoption AS g),
	go_agg_license_utilization (license_type, utilization_rate, period_type, source_system, period_start) AS NOT MATERIALIZED (
		SELECT g.license_type::text COLLATE "default", g.utilization_rate::numeric, g.period_type::text COLLATE "default", zoom_gold.verify_brief(g.source_system::text COLLATE "default"), g.period_start::date
		FROM gold.go_agg_license_utilization AS g),
	go_agg_meeting_minutes (activity_date, total_meeting_minutes, period_type, source_system) AS NOT MATERIALIZED (
		SELECT g.activity_date::date, g.total_meeting_minutes::numeric, g.period_type::text COLLATE "default", zoom_gold.verify_brief(g.source_system::text COLLATE "default")
		FROM gold.go_agg_meeting_minutes AS g),
	go_agg_mrr (activity_month, monthly_recurring_revenue, source_system) AS NOT MATERIALIZED (
		SELECT g.activity_month::text COLLATE "default", g.monthly_recurring_revenue::numeric, zoom_gold.verify_brief(g.source_system::text COLLATE "default")
		FROM gold.go_agg_mrr AS g),
	go_agg_ticket_resolution (ticket_type, avg_resolution_time, period_type, source_system, period_start) AS NOT MATERIALIZED (
		SELECT g.ticket_type::text COLLATE "default", g.avg_resolution_time::numeric, g.period_type::text COLLATE "default", zoom_gold.verify_brief(g.source_system::text COLLATE "default"), g.period_start::date
		FROM gold.go_agg_ticket_resolution AS g),
	go_error_audit_log (error_type, error_description, source_table, error_timestamp, process_audit_info, status, source_system) AS NOT MATERIALIZED (
		SELECT g.error_type::text COLLATE "default", g.error_description::text COLLATE "default", g.source_table::text COLLATE "default", g.error_timestamp::timestamptz, g.process_audit_info::text COLLATE "default", g.status::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_error_audit_log AS g),
	go_process_audit_log (process_name, execution_time, status, record_count, error_count, audit_details, source_system) AS NOT MATERIALIZED (
		SELECT g.process_name::text COLLATE "default", g.execution_time::timestamptz, g.status::text COLLATE "default", g.record_count::numeric, g.error_count::numeric, g.audit_details::text COLLATE "default", g.source_system::text COLLATE "default"
		FROM gold.go_process_audit_log AS g),
