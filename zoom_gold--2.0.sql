-- Made by "make install-script" from the files of sql/: edit those.

/*
 * zoom_gold 2.0: the gold layer of Zoom analytics.
 *
 * The extension owns code only.  Every table is made by zoom_gold.setup() as
 * an ordinary table, so that pg_dump carries it whole, DROP EXTENSION leaves
 * it, and users may add columns to it.  What setup() makes is described as
 * data in the first section; nothing is said twice.
 */

-- complain if the script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION zoom_gold" to load this file. \quit

COMMENT ON SCHEMA zoom_gold IS 'Code of the zoom_gold extension: setup(), refresh(), verify(), status and friends';


/* ==========================================================================
 * The model as data
 *
 * Tables, columns, constraints, indexes and guards of the schemas gold,
 * gold_state and silver.  setup() creates and checks what stands here; the
 * data dictionary, the comments and the masked views read it too.  In
 * table_schema, 'silver' stands for the schema that setup() was told.  Without
 * a SET clause these functions melt into the queries that read them; their
 * bodies are parsed here, so that no search_path can bend them.
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.model_table()
RETURNS TABLE (table_schema text, table_name text, kind text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('gold', 'go_dim_user', 'Dimension, SCD Type 2',
	 'Gold layer dimension table containing user profile information for analytics and subscription management. Tracks historical changes in user attributes to support trend analysis and user lifecycle reporting.'),
	('gold', 'go_dim_meeting', 'Dimension, SCD Type 1',
	 'Gold layer dimension table containing meeting metadata for usage analytics and platform activity tracking. Provides descriptive context for meeting-related fact tables.'),
	('gold', 'go_dim_feature', 'Dimension, SCD Type 1',
	 'Gold layer dimension table containing platform feature definitions for feature adoption analysis and product development decisions.'),
	('gold', 'go_dim_webinar', 'Dimension, SCD Type 1',
	 'Gold layer dimension table containing webinar metadata for webinar analytics and event management reporting.'),
	('gold', 'go_dim_ticket_type', 'Dimension, SCD Type 1',
	 'Gold layer dimension table containing support ticket type definitions for service quality analysis and issue categorization.'),
	('gold', 'go_dim_license_type', 'Dimension, SCD Type 1',
	 'Gold layer dimension table containing license type definitions for license utilization analysis and renewal planning.'),
	('gold', 'go_dim_billing_event_type', 'Dimension, SCD Type 1',
	 'Gold layer dimension table containing billing event type definitions for revenue analysis and financial reporting categorization.'),
	('gold', 'go_fact_meeting_usage', 'Fact',
	 'Gold layer fact table containing meeting session data for usage analytics and platform activity measurement. Central fact table for meeting-related KPIs and metrics.'),
	('gold', 'go_fact_feature_usage', 'Fact',
	 'Gold layer fact table containing feature utilization data for feature adoption analysis and product development decisions. Supports feature adoption rate calculations and usage trend analysis.'),
	('gold', 'go_fact_webinar_usage', 'Fact',
	 'Gold layer fact table containing webinar session data for webinar analytics and event management reporting. Supports webinar engagement and attendance metrics.'),
	('gold', 'go_fact_support_ticket', 'Fact',
	 'Gold layer fact table containing customer support data for service quality analysis and issue tracking. Supports ticket resolution time and service quality KPIs.'),
	('gold', 'go_fact_billing', 'Fact',
	 'Gold layer fact table containing billing transaction data for revenue analysis and financial reporting. Central fact table for revenue-related KPIs and financial metrics.'),
	('gold', 'go_fact_license_utilization', 'Fact',
	 'Gold layer fact table containing license assignment data for license utilization analysis and renewal planning. Supports license utilization rate calculations and capacity planning.'),
	('gold', 'go_agg_active_users', 'Aggregated',
	 'Gold layer aggregated table containing daily, weekly, and monthly active user counts for user engagement analysis and platform adoption metrics.'),
	('gold', 'go_agg_meeting_minutes', 'Aggregated',
	 'Gold layer aggregated table containing total meeting minutes by period for usage analytics and platform utilization reporting.'),
	('gold', 'go_agg_feature_adoption', 'Aggregated',
	 'Gold layer aggregated table containing feature adoption rates by feature and period for product development insights and feature usage analysis.'),
	('gold', 'go_agg_ticket_resolution', 'Aggregated',
	 'Gold layer aggregated table containing average ticket resolution times by ticket type and period for service quality analysis and support team performance metrics.'),
	('gold', 'go_agg_mrr', 'Aggregated',
	 'Gold layer aggregated table containing Monthly Recurring Revenue calculations for financial reporting and revenue trend analysis.'),
	('gold', 'go_agg_license_utilization', 'Aggregated',
	 'Gold layer aggregated table containing license utilization rates by license type and period for capacity planning and license optimization analysis.'),
	('gold', 'go_process_audit_log', 'Process Audit Data',
	 'Gold layer audit table containing process execution data from pipeline runs for operational monitoring and data governance compliance.'),
	('gold', 'go_error_audit_log', 'Error Data',
	 'Gold layer error table containing data validation errors and data quality issues for error tracking and data governance compliance.'),
	('gold_state', 'settings', 'State',
	 'Settings of zoom_gold; a change marks what depends on it dirty'),
	('gold_state', 'quality_rule', 'State',
	 'Quality rules: the engine''s own (condition NULL) and those of users, as SQL conditions'),
	('gold_state', 'billing_event_class', 'State',
	 'Which billing event types count for monthly recurring revenue, and with which sign; -1 is a refund'),
	('gold_state', 'value_map', 'State',
	 'Your words for the values that the model lists: plans, states of tickets, types of licences and of billing events'),
	('gold_state', 'tracked_column', 'State',
	 'Exceptions to how user columns are tracked: a column not named here is Type 2'),
	('gold_state', 'user_identity', 'State',
	 'Every user id that silver ever named, with its dense ordinal and what is live of it'),
	('gold_state', 'user_event', 'State',
	 'Every version and deletion of user rows, as silver held them'),
	('gold_state', 'user_version', 'State',
	 'The fold of user_event: the versions of go_dim_user with the user they belong to'),
	('gold_state', 'user_label', 'State',
	 'What the views of gold_masked and gold_bi call a user: a row per name that the user ever had'),
	('gold_state', 'user_change', 'State', 'Captured changes of users that no refresh has consumed yet'),
	('gold_state', 'ticket_identity', 'State', 'Every ticket id, with its ordinal and what is live of it'),
	('gold_state', 'ticket_event', 'State', 'Every version and deletion of ticket rows, as silver held them'),
	('gold_state', 'ticket_change', 'State', 'Captured changes of tickets that no refresh has consumed yet'),
	('gold_state', 'slice_change', 'State',
	 'Captured changes of the other six relations: the days and keys each statement touched'),
	('gold_state', 'slice', 'State', 'What a day of a silver relation held when it was last read'),
	('gold_state', 'spread_key', 'State', 'Keys that have rows on several days'),
	('gold_state', 'reused_key', 'State', 'Keys of meetings and webinars whose row was overwritten by what seems to be another one'),
	('gold_state', 'tied_row', 'State', 'The order of capture of rows of one key with the same timestamps'),
	('gold_state', 'key_spelling', 'State', 'Raw spellings of keys that differ from the normalised key'),
	('gold_state', 'day_partial', 'State',
	 'Sums and user bitmaps per day, from which weeks, months and any range are united'),
	('gold_state', 'period_users', 'State',
	 'Known active users of weeks and months, from which those of any range are united'),
	('gold_state', 'meeting_detail', 'State', 'Accepted meetings as go_fact_meeting_usage has them, with id and host'),
	('gold_state', 'meeting_attendance', 'State', 'Who took part in a meeting, by the day of joining'),
	('gold_state', 'feature_detail', 'State', 'Accepted feature usage as go_fact_feature_usage has it, with the host of the meeting'),
	('gold_state', 'webinar_detail', 'State', 'Accepted webinars as go_fact_webinar_usage has them, with id and host'),
	('gold_state', 'license_detail', 'State', 'Accepted licences as go_fact_license_utilization has them, with who they are assigned to'),
	('gold_state', 'license_span', 'State', 'Accepted assigned licences, packed per start date and type'),
	('gold_state', 'dirty', 'State', 'Days that a step has to compute anew'),
	('gold_state', 'dim_member', 'State',
	 'Members of Type 1 dimensions with the version that gave their source_system'),
	('gold_state', 'open_error', 'State', 'Rows of go_error_audit_log that are not resolved, by day'),
	('gold_state', 'run', 'State', 'One row per refresh'),
	('gold_state', 'compared_piece', 'State', 'Months of silver relations that were compared with gold since all of the relation was'),
	('gold_state', 'fact_partition', 'State', 'Partitions that facts have, and had until they were detached'),
	('gold_state', 'relation_state', 'State',
	 'How changes of each silver relation are found, and when it was last read'),
	('gold_state', 'secret', 'State', 'The key of the pseudonyms in gold_masked; nobody else may read it'),
	('silver', 'si_users', 'Silver', 'Zoom users, one or several versions each'),
	('silver', 'si_meetings', 'Silver', 'Zoom meetings'),
	('silver', 'si_participants', 'Silver', 'Who took part in which meeting'),
	('silver', 'si_feature_usage', 'Silver', 'Features used in meetings'),
	('silver', 'si_webinars', 'Silver', 'Zoom webinars'),
	('silver', 'si_support_tickets', 'Silver', 'Support tickets, one or several versions each'),
	('silver', 'si_licenses', 'Silver', 'Licences, assigned or free'),
	('silver', 'si_billing_events', 'Silver', 'Billing events');
END;
COMMENT ON FUNCTION zoom_gold.model_table() IS
'All tables of the model: the 21 of gold, the state, the eight silver relations';

CREATE FUNCTION zoom_gold.gold_model()
RETURNS TABLE (table_name text, "position" integer, column_name text, data_type text, options text,
			   pii text, source text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
SELECT c.table_name, (pg_catalog.row_number() OVER (PARTITION BY c.table_name ORDER BY c.place))::integer,
	c.column_name, c.data_type,
	-- the engine gives the dates; who writes a row by hand need not
	c.options || CASE WHEN c.column_name IN ('load_date', 'update_date')
		THEN ' DEFAULT ((now() AT TIME ZONE ''UTC'')::date)' ELSE '' END,
	c.pii, c.source, c.description
FROM (
	-- the logical model
	VALUES
		('go_dim_user', 1, 'user_name', 'text', 'NOT NULL', 'Yes - Personal Identifier',
		 'si_users.user_name',
		 'Full name of the registered user for identification and personalization purposes'),
		('go_dim_user', 2, 'email', 'text', '', 'Yes - Contact Information',
		 'si_users.email',
		 'Primary email address used for account registration and communication'),
		('go_dim_user', 3, 'company', 'text', '', 'No',
		 'si_users.company',
		 'Organization name associated with the user account for business analytics and segmentation'),
		('go_dim_user', 4, 'plan_type', 'text', '', 'No',
		 'si_users.plan_type',
		 'Subscription tier (Free, Basic, Pro, Business, Enterprise) indicating service level and feature access'),
		('go_dim_meeting', 1, 'meeting_topic', 'text', 'NOT NULL', 'No',
		 'si_meetings.meeting_topic',
		 'Descriptive name or subject of the meeting for identification and categorization'),
		('go_dim_feature', 1, 'feature_name', 'text', 'NOT NULL', 'No',
		 'si_feature_usage.feature_name',
		 'Specific platform feature name (Screen Share, Recording, Chat, Breakout Rooms) for adoption analysis'),
		('go_dim_webinar', 1, 'webinar_topic', 'text', 'NOT NULL', 'No',
		 'si_webinars.webinar_topic',
		 'Topic or title of the webinar for identification and categorization'),
		('go_dim_ticket_type', 1, 'ticket_type', 'text', 'NOT NULL', 'No',
		 'si_support_tickets.ticket_type',
		 'Category of the support request (Technical Issue, Billing Question, Feature Request) for issue classification'),
		('go_dim_license_type', 1, 'license_type', 'text', 'NOT NULL', 'No',
		 'si_licenses.license_type',
		 'Category of software license (Basic, Pro, Business, Enterprise, Education) indicating feature access level'),
		('go_dim_billing_event_type', 1, 'event_type', 'text', 'NOT NULL', 'No',
		 'si_billing_events.event_type',
		 'Type of billing transaction (Subscription Fee, Subscription Renewal, Add-on Purchase, Refund) for revenue categorization'),
		('go_fact_meeting_usage', 1, 'user_name', 'text', '', 'Yes - Personal Identifier',
		 'go_dim_user as of start_time, by si_meetings.host_id',
		 'Meeting host name for host activity analysis and user engagement metrics'),
		('go_fact_meeting_usage', 2, 'meeting_topic', 'text', '', 'No',
		 'si_meetings.meeting_topic',
		 'Descriptive name or subject of the meeting for identification and categorization'),
		('go_fact_meeting_usage', 3, 'start_time', 'timestamptz', 'NOT NULL', 'No',
		 'si_meetings.start_time',
		 'Timestamp when the meeting began for scheduling and usage pattern analysis'),
		('go_fact_meeting_usage', 4, 'end_time', 'timestamptz', '', 'No',
		 'si_meetings.end_time',
		 'Timestamp when the meeting concluded for duration calculation and resource planning'),
		('go_fact_meeting_usage', 5, 'duration_minutes', 'bigint', '', 'No',
		 'si_meetings.duration_minutes, else end_time - start_time',
		 'Total length of the meeting in minutes for usage analytics and billing purposes'),
		('go_fact_feature_usage', 1, 'meeting_topic', 'text', '', 'No',
		 'si_meetings.meeting_topic, by si_feature_usage.meeting_id',
		 'Meeting context where feature was used for correlation analysis'),
		('go_fact_feature_usage', 2, 'feature_name', 'text', '', 'No',
		 'si_feature_usage.feature_name',
		 'Specific platform feature used (Screen Share, Recording, Chat, Breakout Rooms) for adoption analysis'),
		('go_fact_feature_usage', 3, 'usage_count', 'integer', '', 'No',
		 'si_feature_usage.usage_count',
		 'Number of times the feature was utilized during the meeting for engagement metrics'),
		('go_fact_feature_usage', 4, 'usage_date', 'date', 'NOT NULL', 'No',
		 'si_feature_usage.usage_date',
		 'Date when the feature was used for temporal analysis and trend identification'),
		('go_fact_webinar_usage', 1, 'webinar_topic', 'text', '', 'No',
		 'si_webinars.webinar_topic',
		 'Topic or title of the webinar for identification and categorization'),
		('go_fact_webinar_usage', 2, 'start_time', 'timestamptz', 'NOT NULL', 'No',
		 'si_webinars.start_time',
		 'Timestamp when the webinar began for scheduling and usage pattern analysis'),
		('go_fact_webinar_usage', 3, 'end_time', 'timestamptz', '', 'No',
		 'si_webinars.end_time',
		 'Timestamp when the webinar ended for duration calculation and resource planning'),
		('go_fact_webinar_usage', 4, 'registrants', 'integer', '', 'No',
		 'si_webinars.registrants',
		 'Total number of users who registered for the webinar for engagement metrics'),
		('go_fact_support_ticket', 1, 'user_name', 'text', '', 'Yes - Personal Identifier',
		 'go_dim_user as of the end of open_date, by si_support_tickets.user_id',
		 'Name of user who created the support ticket for customer service analysis'),
		('go_fact_support_ticket', 2, 'ticket_type', 'text', '', 'No',
		 'si_support_tickets.ticket_type',
		 'Category of the support request (Technical Issue, Billing Question, Feature Request) for issue classification'),
		('go_fact_support_ticket', 3, 'resolution_status', 'text', '', 'No',
		 'si_support_tickets.resolution_status',
		 'Current state of the ticket (Open, In Progress, Resolved, Closed) for workflow tracking'),
		('go_fact_support_ticket', 4, 'open_date', 'date', 'NOT NULL', 'No',
		 'si_support_tickets.open_date',
		 'Date when the support ticket was initially created for response time analysis'),
		('go_fact_billing', 1, 'user_name', 'text', '', 'Yes - Personal Identifier',
		 'go_dim_user as of the end of event_date, by si_billing_events.user_id',
		 'Name of user associated with the billing event for revenue attribution analysis'),
		('go_fact_billing', 2, 'event_type', 'text', '', 'No',
		 'si_billing_events.event_type',
		 'Type of billing transaction (Subscription Fee, Subscription Renewal, Add-on Purchase, Refund) for revenue categorization'),
		('go_fact_billing', 3, 'amount', 'numeric(10,2)', '', 'No',
		 'si_billing_events.amount, refunds negative',
		 'Monetary value of the transaction for revenue calculation and financial reporting'),
		('go_fact_billing', 4, 'event_date', 'date', 'NOT NULL', 'No',
		 'si_billing_events.event_date',
		 'Date when the billing event occurred for revenue recognition and trend analysis'),
		('go_fact_license_utilization', 1, 'user_name', 'text', '', 'Yes - Personal Identifier',
		 'go_dim_user as of the end of start_date, by si_licenses.assigned_to_user_id',
		 'Name of user assigned to the license for utilization tracking and analysis'),
		('go_fact_license_utilization', 2, 'license_type', 'text', '', 'No',
		 'si_licenses.license_type',
		 'Category of software license (Basic, Pro, Business, Enterprise, Education) indicating feature access level'),
		('go_fact_license_utilization', 3, 'start_date', 'date', 'NOT NULL', 'No',
		 'si_licenses.start_date',
		 'Date when the license became active for usage tracking and compliance'),
		('go_fact_license_utilization', 4, 'end_date', 'date', '', 'No',
		 'si_licenses.end_date',
		 'Date when the license expires for renewal planning and revenue forecasting'),
		('go_agg_active_users', 1, 'activity_date', 'date', 'NOT NULL', 'No',
		 'first day of the period',
		 'Date of user activity measurement for temporal analysis'),
		('go_agg_active_users', 2, 'active_user_count', 'bigint', '', 'No',
		 'distinct users of si_meetings (and si_participants)',
		 'Number of unique active users for the specified period for engagement metrics'),
		('go_agg_active_users', 3, 'period_type', 'text', 'NOT NULL', 'No',
		 'computed',
		 'Aggregation period type (Daily, Weekly, Monthly) for different reporting granularities'),
		('go_agg_meeting_minutes', 1, 'activity_date', 'date', 'NOT NULL', 'No',
		 'first day of the period',
		 'Date of meeting activity for temporal analysis and trend identification'),
		('go_agg_meeting_minutes', 2, 'total_meeting_minutes', 'bigint', '', 'No',
		 'go_fact_meeting_usage.duration_minutes',
		 'Sum of all meeting durations for the specified period for usage analytics'),
		('go_agg_meeting_minutes', 3, 'period_type', 'text', 'NOT NULL', 'No',
		 'computed',
		 'Aggregation period type (Daily, Weekly, Monthly) for different reporting granularities'),
		('go_agg_feature_adoption', 1, 'feature_name', 'text', 'NOT NULL', 'No',
		 'go_fact_feature_usage.feature_name',
		 'Specific platform feature name for adoption rate analysis'),
		('go_agg_feature_adoption', 2, 'adoption_rate', 'numeric(5,2)', '', 'No',
		 'active users with the feature / active users',
		 'Percentage of users who utilized the feature for adoption metrics'),
		('go_agg_feature_adoption', 3, 'period_type', 'text', 'NOT NULL', 'No',
		 'computed',
		 'Aggregation period type (Daily, Weekly, Monthly) for different reporting granularities'),
		('go_agg_ticket_resolution', 1, 'ticket_type', 'text', 'NOT NULL', 'No',
		 'go_fact_support_ticket.ticket_type',
		 'Category of support ticket for resolution time analysis by issue type'),
		('go_agg_ticket_resolution', 2, 'avg_resolution_time', 'numeric(10,2)', '', 'No',
		 'go_fact_support_ticket.resolved_at - open_date',
		 'Average time to resolve tickets in hours for service quality metrics'),
		('go_agg_ticket_resolution', 3, 'period_type', 'text', 'NOT NULL', 'No',
		 'computed',
		 'Aggregation period type (Daily, Weekly, Monthly) for different reporting granularities'),
		('go_agg_mrr', 1, 'activity_month', 'text', 'NOT NULL', 'No',
		 'month of go_fact_billing.event_date',
		 'Month of revenue activity in YYYY-MM format for financial reporting'),
		('go_agg_mrr', 2, 'monthly_recurring_revenue', 'numeric(10,2)', '', 'No',
		 'go_fact_billing.amount by gold_state.billing_event_class',
		 'Total predictable monthly revenue from subscriptions for financial analysis'),
		('go_agg_license_utilization', 1, 'license_type', 'text', 'NOT NULL', 'No',
		 'go_fact_license_utilization.license_type',
		 'Category of software license for utilization rate analysis'),
		('go_agg_license_utilization', 2, 'utilization_rate', 'numeric(5,2)', '', 'No',
		 'assigned licences with an active user / assigned licences',
		 'Percentage of assigned licenses actively used for capacity optimization'),
		('go_agg_license_utilization', 3, 'period_type', 'text', 'NOT NULL', 'No',
		 'computed',
		 'Aggregation period type (Daily, Weekly, Monthly) for different reporting granularities'),
		('go_process_audit_log', 1, 'process_name', 'text', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Name of the ETL process or pipeline for execution tracking'),
		('go_process_audit_log', 2, 'execution_time', 'timestamptz', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Timestamp when the process was executed for operational monitoring'),
		('go_process_audit_log', 3, 'status', 'text', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Execution status (Success, Failure, Warning) for process monitoring'),
		('go_process_audit_log', 4, 'record_count', 'bigint', '', 'No',
		 'zoom_gold',
		 'Number of records processed during execution for data volume tracking'),
		('go_process_audit_log', 5, 'error_count', 'bigint', '', 'No',
		 'zoom_gold',
		 'Number of errors encountered during processing for quality monitoring'),
		('go_process_audit_log', 6, 'audit_details', 'text', '', 'No',
		 'zoom_gold',
		 'Additional audit information and process metadata for compliance'),
		('go_process_audit_log', 7, 'load_date', 'date', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Date when the audit record was created for audit trail tracking'),
		('go_process_audit_log', 8, 'update_date', 'date', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Date when the audit record was last updated for change tracking'),
		('go_process_audit_log', 9, 'source_system', 'text', '', 'No',
		 'zoom_gold',
		 'Source system identifier for data governance and traceability'),
		('go_error_audit_log', 1, 'error_type', 'text', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Type of error encountered (Data Quality, Validation, Processing) for error categorization'),
		('go_error_audit_log', 2, 'error_description', 'text', '', 'No',
		 'zoom_gold',
		 'Detailed description of the error for troubleshooting and resolution'),
		('go_error_audit_log', 3, 'source_table', 'text', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Name of the source table where error occurred for error source tracking'),
		('go_error_audit_log', 4, 'error_timestamp', 'timestamptz', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Timestamp when the error was logged for error timeline analysis'),
		('go_error_audit_log', 5, 'process_audit_info', 'text', '', 'No',
		 'zoom_gold',
		 'Additional audit information from pipeline execution for error context'),
		('go_error_audit_log', 6, 'status', 'text', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Error resolution status (Open, Resolved, In Progress) for error lifecycle tracking'),
		('go_error_audit_log', 7, 'load_date', 'date', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Date when the error record was created for error tracking'),
		('go_error_audit_log', 8, 'update_date', 'date', 'NOT NULL', 'No',
		 'zoom_gold',
		 'Date when the error record was last updated for resolution tracking'),
		('go_error_audit_log', 9, 'source_system', 'text', '', 'No',
		 'zoom_gold',
		 'Source system identifier for data governance and traceability')
	-- added where the logical model cannot work without them
	UNION ALL VALUES
		('go_dim_user', 101, 'valid_from', 'timestamptz', 'NOT NULL', 'No',
		 'si_users: version timestamp, or the first event that names the user',
		 'Instant from which this version of the user holds, inclusive'),
		('go_dim_user', 102, 'valid_to', 'timestamptz', 'NOT NULL', 'No',
		 'si_users: next version or deletion',
		 'Instant until which this version of the user holds, exclusive; 9999-12-31 00:00:00+00 while it is current'),
		('go_dim_user', 103, 'is_current', 'boolean', 'NOT NULL', 'No', 'computed',
		 'Whether this is the current version of the user'),
		('go_fact_support_ticket', 101, 'resolved_at', 'timestamptz', '', 'No',
		 'si_support_tickets: version that began the final unbroken run of Resolved or Closed',
		 'Instant at which the ticket was resolved for good; NULL while it is open'),
		('go_agg_feature_adoption', 101, 'period_start', 'date', 'NOT NULL', 'No',
		 'first day of the period', 'First day of the period'),
		('go_agg_ticket_resolution', 101, 'period_start', 'date', 'NOT NULL', 'No',
		 'first day of the period', 'First day of the period'),
		('go_agg_license_utilization', 101, 'period_start', 'date', 'NOT NULL', 'No',
		 'first day of the period', 'First day of the period')
	-- the bookkeeping columns that all tables but the logs describe alike
	UNION ALL
	SELECT t.table_name, m.*
	FROM zoom_gold.model_table() t CROSS JOIN (VALUES
		(50, 'load_date', 'date', 'NOT NULL', 'No', 'zoom_gold',
		 'Date when the record was loaded into the Gold layer for data lineage tracking'),
		(51, 'update_date', 'date', 'NOT NULL', 'No', 'zoom_gold',
		 'Date when the record was last updated for change tracking and audit purposes'),
		(52, 'source_system', 'text', '', 'No', 'source_system of the silver rows; Multiple where they differ',
		 'Source system identifier for data governance and traceability')) AS m
	WHERE t.table_schema = 'gold' AND t.table_name NOT LIKE E'%\\_audit\\_log'
) AS c (table_name, place, column_name, data_type, options, pii, source, description);
END;
COMMENT ON FUNCTION zoom_gold.gold_model() IS
'Columns of the 21 gold tables: type, PII class and description of the logical model, and where the value comes from';

-- silver: what gold needs to be given
CREATE FUNCTION zoom_gold.silver_contract()
RETURNS TABLE (table_name text, "position" integer, column_name text, data_type text, required boolean,
			   role text, pii text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('si_users', 1, 'user_id', 'text', true, 'key', 'No', 'Source key of the user'),
	('si_users', 2, 'user_name', 'text', true, NULL, 'Yes - Personal Identifier', 'Full name'),
	('si_users', 3, 'email', 'text', false, NULL, 'Yes - Contact Information', 'Primary e-mail address'),
	('si_users', 4, 'company', 'text', false, NULL, 'No', 'Organisation'),
	('si_users', 5, 'plan_type', 'text', false, NULL, 'No', 'Free, Basic, Pro, Business or Enterprise'),
	('si_meetings', 1, 'meeting_id', 'text', true, 'key', 'No', 'Source key of the meeting'),
	('si_meetings', 2, 'host_id', 'text', false, NULL, 'No', 'user_id of the host'),
	('si_meetings', 3, 'meeting_topic', 'text', false, NULL, 'No', 'Topic'),
	('si_meetings', 4, 'start_time', 'timestamptz', true, 'event', 'No', 'Start'),
	('si_meetings', 5, 'end_time', 'timestamptz', false, NULL, 'No', 'End'),
	('si_meetings', 6, 'duration_minutes', 'integer', false, NULL, 'No', 'Duration in minutes'),
	('si_participants', 1, 'participant_id', 'text', true, 'key', 'No', 'Source key of the participation'),
	('si_participants', 2, 'meeting_id', 'text', true, 'meeting', 'No', 'Meeting taken part in'),
	('si_participants', 3, 'user_id', 'text', false, NULL, 'No', 'user_id of the participant; NULL is a guest'),
	('si_participants', 4, 'join_time', 'timestamptz', true, 'event', 'No', 'When the participant joined'),
	('si_participants', 5, 'leave_time', 'timestamptz', false, NULL, 'No', 'When the participant left'),
	('si_feature_usage', 1, 'usage_id', 'text', true, 'key', 'No', 'Source key of the usage'),
	('si_feature_usage', 2, 'meeting_id', 'text', true, 'meeting', 'No', 'Meeting in which the feature was used'),
	('si_feature_usage', 3, 'feature_name', 'text', true, NULL, 'No', 'Feature'),
	('si_feature_usage', 4, 'usage_count', 'integer', true, NULL, 'No', 'How often it was used'),
	('si_feature_usage', 5, 'usage_date', 'date', true, 'event', 'No', 'Day of the usage'),
	('si_webinars', 1, 'webinar_id', 'text', true, 'key', 'No', 'Source key of the webinar'),
	('si_webinars', 2, 'host_id', 'text', false, NULL, 'No', 'user_id of the host'),
	('si_webinars', 3, 'webinar_topic', 'text', false, NULL, 'No', 'Topic'),
	('si_webinars', 4, 'start_time', 'timestamptz', true, 'event', 'No', 'Start'),
	('si_webinars', 5, 'end_time', 'timestamptz', false, NULL, 'No', 'End'),
	('si_webinars', 6, 'registrants', 'integer', false, NULL, 'No', 'Number of registrations'),
	('si_support_tickets', 1, 'ticket_id', 'text', true, 'key', 'No', 'Source key of the ticket'),
	('si_support_tickets', 2, 'user_id', 'text', false, NULL, 'No', 'user_id of who opened it'),
	('si_support_tickets', 3, 'ticket_type', 'text', true, NULL, 'No', 'Category'),
	('si_support_tickets', 4, 'resolution_status', 'text', true, NULL, 'No', 'Open, In Progress, Resolved or Closed'),
	('si_support_tickets', 5, 'open_date', 'date', true, 'event', 'No', 'Day on which it was opened'),
	('si_licenses', 1, 'license_id', 'text', true, 'key', 'No', 'Source key of the licence'),
	('si_licenses', 2, 'license_type', 'text', true, NULL, 'No', 'Category'),
	('si_licenses', 3, 'assigned_to_user_id', 'text', false, NULL, 'No', 'user_id of its user; NULL is a free seat'),
	('si_licenses', 4, 'start_date', 'date', true, 'event', 'No', 'First day'),
	('si_licenses', 5, 'end_date', 'date', false, NULL, 'No', 'Last day; NULL is open-ended'),
	('si_billing_events', 1, 'event_id', 'text', true, 'key', 'No', 'Source key of the event'),
	('si_billing_events', 2, 'user_id', 'text', false, NULL, 'No', 'user_id of who is billed'),
	('si_billing_events', 3, 'event_type', 'text', true, NULL, 'No', 'Type of the transaction'),
	('si_billing_events', 4, 'amount', 'numeric(10,2)', true, NULL, 'No', 'Amount'),
	('si_billing_events', 5, 'event_date', 'date', true, 'event', 'No', 'Day of the transaction')
UNION ALL
SELECT t.table_name, c.*
FROM zoom_gold.model_table() t CROSS JOIN (VALUES
	(101, 'load_timestamp', 'timestamptz', false, NULL, 'No', 'When the row was loaded into silver'),
	(102, 'update_timestamp', 'timestamptz', false, NULL, 'No', 'When the row was last updated in silver'),
	(103, 'source_system', 'text', false, NULL, 'No', 'System the row comes from')) AS c
WHERE t.table_schema = 'silver';
END;
COMMENT ON FUNCTION zoom_gold.silver_contract() IS
'Columns that the silver relations must have; a row without a required one is rejected, role names what the engine looks rows up by';

CREATE FUNCTION zoom_gold.has_versions(relation text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN relation IN ('si_users', 'si_support_tickets');
COMMENT ON FUNCTION zoom_gold.has_versions(text) IS
'Whether a key of a silver relation has a row per version, which gold keeps: capture notes the rows that change, not the days';

-- gold_state: what the engine keeps
CREATE FUNCTION zoom_gold.state_model()
RETURNS TABLE (table_name text, "position" integer, column_name text, data_type text, options text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('settings', 1, 'name', 'text', 'NOT NULL', 'Name of the setting'),
	('settings', 2, 'value', 'text', 'NOT NULL', 'Its value'),
	('settings', 3, 'description', 'text', 'NOT NULL', 'What it means'),
	('quality_rule', 1, 'rule_name', 'text', 'NOT NULL', 'Name of the rule, as logged'),
	('quality_rule', 2, 'relation', 'text', 'NOT NULL', 'Silver relation, without its schema; * = all'),
	('quality_rule', 3, 'condition', 'text', '', 'SQL condition over the columns of the silver row, true = bad; NULL = built into the engine'),
	('quality_rule', 4, 'severity', 'text', 'NOT NULL DEFAULT ''warning''', 'error: the row is not loaded; warning: it is loaded and logged'),
	('quality_rule', 5, 'error_type', 'text', 'NOT NULL DEFAULT ''Data Quality''', 'error_type of its log rows: Data Quality, Validation or Processing'),
	('quality_rule', 6, 'enabled', 'boolean', 'NOT NULL DEFAULT true', 'Whether it applies'),
	('quality_rule', 7, 'description', 'text', 'NOT NULL DEFAULT ''the condition of the rule holds''', 'What is wrong with a row that breaks it'),
	('billing_event_class', 1, 'event_type', 'text', 'NOT NULL', 'Billing event type'),
	('billing_event_class', 2, 'mrr_sign', 'smallint', 'NOT NULL', '+1 adds |amount| to MRR, 0 does not count, -1 is a refund'),
	('value_map', 1, 'relation', 'text', 'NOT NULL', 'Silver relation, without its schema'),
	('value_map', 2, 'column_name', 'text', 'NOT NULL', 'plan_type, resolution_status, license_type or event_type'),
	('value_map', 3, 'source_value', 'text', 'NOT NULL', 'What silver says; upper and lower case of ASCII are the same'),
	('value_map', 4, 'silver_value', 'text', 'NOT NULL', 'The known value that it stands for'),
	('tracked_column', 1, 'column_name', 'text', 'NOT NULL', 'Column of go_dim_user'),
	('tracked_column', 2, 'scd_type', 'smallint', 'NOT NULL', '1 = overwritten in every version, 2 = a change opens a version'),
	('user_identity', 1, 'user_id', 'text', 'NOT NULL', 'Normalised user id'),
	('user_identity', 2, 'ordinal', 'integer', 'NOT NULL', 'Dense number of the user, from 0, for bitmaps'),
	('user_identity', 3, 'known', 'boolean', 'NOT NULL', 'Whether at least one version was accepted'),
	('user_identity', 4, 'live_rows', 'integer', 'NOT NULL', 'Rows that silver holds of the user; -1 within rebuild(): to be taken as if for the first time'),
	('user_identity', 5, 'live_hash', 'bigint', 'NOT NULL', 'Sum of the hashes of those rows'),
	('user_identity', 6, 'forgotten', 'boolean', 'NOT NULL DEFAULT false', 'Whether the user was erased'),
	('user_version', 1, 'ordinal', 'integer', 'NOT NULL', 'User'),
	('user_version', 2, 'base_name', 'text', 'NOT NULL', 'Name in silver'),
	('user_version', 3, 'user_name', 'text', 'NOT NULL', 'Name in gold: unique to one user'),
	('user_version', 4, 'email', 'text', '', 'E-mail'),
	('user_version', 5, 'opened', 'timestamptz', 'NOT NULL', 'Version timestamp, before reaching back'),
	('user_version', 6, 'valid_from', 'timestamptz', 'NOT NULL', 'Begin, inclusive'),
	('user_version', 7, 'valid_to', 'timestamptz', 'NOT NULL', 'End, exclusive; 9999-12-31 00:00:00+00 while current'),
	('user_version', 8, 'begins_name', 'boolean', 'NOT NULL DEFAULT true',
	 'False when the user''s version before has the same base name: only others are looked up by it'),
	('user_version', 9, 'holds_from', 'timestamptz', 'NOT NULL DEFAULT ''-infinity''', 'From when events meet this version: -infinity for the first'),
	('user_version', 10, 'holds_until', 'timestamptz', 'NOT NULL DEFAULT ''infinity''',
	 'Until when, exclusive: the next version opens, gaps included; infinity for the last'),
	('user_version', 11, 'company', 'text', '', 'Company'),
	('user_version', 12, 'plan_type', 'text', '', 'Plan'),
	('user_label', 1, 'ordinal', 'integer', 'NOT NULL', 'User'),
	('user_label', 2, 'user_name', 'text', 'NOT NULL', 'Name in gold'),
	('user_label', 3, 'pseudonym', 'text', 'NOT NULL', 'Its pseudonym'),
	('user_label', 4, 'is_last', 'boolean', 'NOT NULL', 'Whether it is the name of the last version: the one that says who somebody is for the whole life'),
	('ticket_identity', 1, 'ticket_id', 'text', 'NOT NULL', 'Normalised ticket id'),
	('ticket_identity', 2, 'ordinal', 'integer', 'NOT NULL', 'Dense number of the ticket, from 0'),
	('ticket_identity', 3, 'live_rows', 'integer', 'NOT NULL', 'Rows that silver holds of the ticket; -1 within rebuild(): to be taken as if for the first time'),
	('ticket_identity', 4, 'live_hash', 'bigint', 'NOT NULL', 'Sum of the hashes of those rows'),
	('slice_change', 1, 'relation', 'text', '', 'Silver relation'),
	('slice_change', 2, 'seq', 'bigint', '', 'Order of capture'),
	('slice_change', 3, 'tx', 'bigint', '', 'First seq of the transaction'),
	('slice_change', 4, 'op', '"char"', '', 'I, U, D or T (TRUNCATE: all rows); R: an update of U put another meeting or webinar in the place of one'),
	('slice_change', 5, 'n', 'integer', '', 'Order within one seq'),
	('slice_change', 6, 'captured_at', 'timestamptz', '', 'Capture instant'),
	('slice_change', 7, 'days', 'date[]', '', 'Event days before and after the change; -infinity for rows without one'),
	('slice_change', 8, 'keys', 'bytea', '', 'Packed raw keys: length and bytes of each'),
	('slice_change', 9, 'prints', 'bytea', '', 'Hashes of the rows that were written, in order: 8 bytes each'),
	('slice', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('slice', 2, 'day', 'date', 'NOT NULL', 'Event day'),
	('slice', 3, 'row_count', 'integer', 'NOT NULL', 'Silver rows of the day'),
	('slice', 4, 'users', 'bytea', 'NOT NULL', 'Bitmap of the users that accepted rows name, unknown ids included'),
	('slice', 5, 'keys', 'bytea', 'NOT NULL', 'Sorted hashes of the keys'),
	('slice', 6, 'accepted_hash', 'bigint', '', 'Of meetings: sum over those accepted, which is what participants need of them'),
	('slice', 7, 'usage_hash', 'bigint', '', 'Of meetings: the same with topic and host, which is what feature usage needs of them'),
	('slice', 8, 'meetings', 'bytea', '', 'Of what refers to meetings, if it has many partitions: sorted hashes of those that rows of the day name'),
	('spread_key', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('spread_key', 2, 'key', 'text', 'NOT NULL', 'Key'),
	('spread_key', 3, 'day', 'date', 'NOT NULL', 'One of the days it has rows on'),
	('reused_key', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('reused_key', 2, 'key', 'text', 'NOT NULL', 'Key'),
	('reused_key', 3, 'day', 'date', '', 'Day of its row; NULL until the relation is read'),
	('tied_row', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('tied_row', 2, 'key', 'text', 'NOT NULL', 'Key'),
	('tied_row', 3, 'row_hash', 'bigint', 'NOT NULL', 'hash_record_extended of the contract''s columns'),
	('tied_row', 4, 'place', 'integer', 'NOT NULL', 'Place among the captured rows it ties with, from 1; rows seen by a scan have none'),
	('key_spelling', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('key_spelling', 2, 'column_name', 'text', 'NOT NULL', 'Column'),
	('key_spelling', 3, 'key', 'text', 'NOT NULL', 'Normalised key'),
	('key_spelling', 4, 'spelling', 'text', 'NOT NULL', 'How silver spells it'),
	('day_partial', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('day_partial', 2, 'day', 'date', 'NOT NULL', 'UTC day'),
	('day_partial', 3, 'slice_day', 'date', 'NOT NULL', 'Slice that produced the row'),
	('day_partial', 4, 'member', 'text', 'NOT NULL', 'Feature or ticket type; empty where there is none'),
	('day_partial', 5, 'row_count', 'bigint', 'NOT NULL', 'Contributing rows'),
	('day_partial', 6, 'total', 'bigint', 'NOT NULL', 'Minutes, microseconds or cents'),
	('day_partial', 7, 'users', 'bytea', 'NOT NULL', 'Bitmap of the users, unknown ids included'),
	('day_partial', 8, 'systems', 'text[]', 'NOT NULL', 'Distinct source systems of the contributing rows'),
	('period_users', 1, 'period_type', 'text', 'NOT NULL', 'Weekly or Monthly'),
	('period_users', 2, 'period_start', 'date', 'NOT NULL', 'First day of the period'),
	('period_users', 3, 'users', 'bytea', 'NOT NULL', 'Bitmap of the known users active in it'),
	('meeting_detail', 1, 'meeting_id', 'text', 'NOT NULL', 'Normalised meeting id'),
	('meeting_detail', 2, 'ordinal', 'integer', '', 'Host; NULL = none'),
	('meeting_detail', 3, 'meeting_topic', 'text', '', 'Topic'),
	('meeting_detail', 4, 'start_time', 'timestamptz', 'NOT NULL', 'Start'),
	('meeting_detail', 5, 'end_time', 'timestamptz', '', 'End'),
	('meeting_detail', 6, 'duration_minutes', 'bigint', '', 'Duration, as settled'),
	('meeting_detail', 7, 'source_system', 'text', '', 'Source system'),
	('meeting_attendance', 1, 'meeting_id', 'text', 'NOT NULL', 'Normalised meeting id'),
	('meeting_attendance', 2, 'slice_day', 'date', 'NOT NULL', 'UTC day on which they joined'),
	('meeting_attendance', 3, 'other_day', 'boolean', 'NOT NULL', 'Whether the meeting does not start on that day, or is not known'),
	('meeting_attendance', 4, 'users', 'integer[]', 'NOT NULL', 'Ordinals of the users, sorted, unknown ids included'),
	('meeting_attendance', 5, 'guests', 'integer', 'NOT NULL', 'Participations without a user id'),
	('meeting_attendance', 6, 'seconds', 'numeric', 'NOT NULL', 'From joining to leaving, to the microsecond, summed over the participations that have both'),
	('feature_detail', 1, 'ordinal', 'integer', '', 'Host of the meeting; NULL = none'),
	('feature_detail', 2, 'meeting_topic', 'text', '', 'Topic of the meeting'),
	('feature_detail', 3, 'feature_name', 'text', 'NOT NULL', 'Feature'),
	('feature_detail', 4, 'usage_count', 'integer', 'NOT NULL', 'How often it was used'),
	('feature_detail', 5, 'usage_date', 'date', 'NOT NULL', 'Day of the usage'),
	('feature_detail', 6, 'source_system', 'text', '', 'Source system'),
	('webinar_detail', 1, 'webinar_id', 'text', 'NOT NULL', 'Normalised webinar id'),
	('webinar_detail', 2, 'ordinal', 'integer', '', 'Host; NULL = none'),
	('webinar_detail', 3, 'webinar_topic', 'text', '', 'Topic'),
	('webinar_detail', 4, 'start_time', 'timestamptz', 'NOT NULL', 'Start'),
	('webinar_detail', 5, 'end_time', 'timestamptz', '', 'End'),
	('webinar_detail', 6, 'registrants', 'integer', '', 'Registrations'),
	('webinar_detail', 7, 'source_system', 'text', '', 'Source system'),
	('license_detail', 1, 'ordinal', 'integer', '', 'Who it is assigned to, known or not; NULL = a free seat'),
	('license_detail', 2, 'license_type', 'text', 'NOT NULL', 'Licence type'),
	('license_detail', 3, 'start_date', 'date', 'NOT NULL', 'First day'),
	('license_detail', 4, 'end_date', 'date', '', 'Last day; NULL = open-ended'),
	('license_detail', 5, 'source_system', 'text', '', 'Source system'),
	('license_span', 1, 'day', 'date', 'NOT NULL', 'start_date'),
	('license_span', 2, 'license_type', 'text', 'NOT NULL', 'Licence type'),
	('license_span', 3, 'source_system', 'text', '', 'Source system'),
	('license_span', 4, 'spans', 'bytea', 'NOT NULL', 'Packed pairs of end date and user'),
	('dirty', 1, 'consumer', 'text', 'NOT NULL', 'Process name of the step'),
	('dirty', 2, 'day', 'date', '', 'Day; -infinity = rows without a day, NULL = everything'),
	('dim_member', 1, 'dimension', 'text', 'NOT NULL', 'Dimension table'),
	('dim_member', 2, 'member', 'text', 'NOT NULL', 'Member'),
	('dim_member', 3, 'version_ts', 'timestamptz', '', 'Version timestamp of the newest row seen with it'),
	('dim_member', 4, 'load_ts', 'timestamptz', '', 'Its load timestamp'),
	('dim_member', 5, 'key_hash', 'bigint', 'NOT NULL', 'Hash of its key: which of rows with the same timestamps it is'),
	('dim_member', 6, 'source_system', 'text', '', 'Its source system'),
	('open_error', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('open_error', 2, 'day', 'date', '', 'Slice'),
	('open_error', 3, 'rule', 'text', 'NOT NULL', 'Rule'),
	('open_error', 4, 'key', 'text', '', 'Source key; NULL for rows without one'),
	('open_error', 5, 'row_count', 'integer', '', 'Rows'),
	('open_error', 6, 'severity', 'text', '', 'error or warning'),
	('open_error', 7, 'run', 'bigint', '', 'Run that logged it'),
	('run', 1, 'run', 'bigint', 'NOT NULL', 'Number of the run'),
	('run', 2, 'started_at', 'timestamptz', 'NOT NULL', 'Begin, by the clock of zoom_gold'),
	('run', 3, 'finished_at', 'timestamptz', '', 'End'),
	('run', 4, 'status', 'text', 'NOT NULL', 'running, Success, Warning or Failure'),
	('run', 5, 'backend_pid', 'integer', 'NOT NULL', 'Server process'),
	('run', 6, 'backend_start', 'timestamptz', 'NOT NULL', 'When that process started: a pid alone may return'),
	('run', 7, 'change_number', 'bigint', '', 'Number of the last captured change as of then: those that come later have higher ones'),
	('relation_state', 1, 'relation', 'text', 'NOT NULL', 'Silver relation, without its schema'),
	('relation_state', 2, 'capture', 'text', 'NOT NULL', 'How changes are found: trigger; watermark: rows with recent timestamps are read, and all compared every full_compare_interval; full: all compared by every refresh. You may change watermark to full and back'),
	('relation_state', 3, 'fingerprint', 'text', '', 'zoom_gold.relation_fingerprint() when all changes were last known; another one means: compare in full'),
	('relation_state', 4, 'catalog', 'text', '', 'zoom_gold.catalog_id() when the fingerprint was taken. In another catalog fingerprints are others; there it is enough that the triggers came along'),
	('relation_state', 5, 'compared_at', 'timestamptz', '', 'When all of it had been compared last: of relations that are compared month by month when the oldest month was; NULL = never'),
	('relation_state', 6, 'refreshed_at', 'timestamptz', '', 'Last refresh that read it'),
	('relation_state', 7, 'status', 'text', '', 'Its status'),
	('relation_state', 8, 'deletes_confirmed', 'boolean', 'NOT NULL DEFAULT false', 'Whether the next refresh may pass the delete guard'),
	('relation_state', 9, 'tracked', 'text', '', 'Of si_users: the columns beyond the contract that the last refresh tracked'),
	('relation_state', 10, 'watermark', 'timestamptz', '', 'Newest load or update timestamp read, up to the instant of that refresh; NULL = not known: compare in full'),
	('relation_state', 11, 'recent_rows', 'bytea', '', 'Packed hashes of key and row of the rows at or after the watermark, less watermark_margin'),
	('relation_state', 12, 'next_piece_at', 'timestamptz', '', 'When the next month is to be compared; NULL = to be reckoned'),
	('relation_state', 13, 'own_layout', 'jsonb', '', 'Of si_users: the columns beyond the contract as the last refresh found them, {"relation": oid, "columns": {name: number}}. By its number a column that was renamed is known'),
	('relation_state', 14, 'gold_layout', 'jsonb', '', 'The same of go_dim_user'),
	('relation_state', 15, 'fold', 'integer', '', 'Of si_users and si_support_tickets: which law of succession the last refresh read the kept versions by; NULL or an older one: the next reads all of them anew'),
	('relation_state', 16, 'tied_rows', 'bigint', '', 'Rows of it in tied_row, which nothing but silver''s past could give back'),
	('compared_piece', 1, 'relation', 'text', 'NOT NULL', 'Silver relation'),
	('compared_piece', 2, 'from_day', 'date', 'NOT NULL', 'First day of the month; -infinity: all days before the second month that is known'),
	('compared_piece', 3, 'compared_at', 'timestamptz', 'NOT NULL', 'When it was compared'),
	('fact_partition', 1, 'fact', 'text', 'NOT NULL', 'Fact, without its schema'),
	('fact_partition', 2, 'relid', 'oid', '', 'Its partition; NULL = one that was detached in the database that this one was restored from'),
	('fact_partition', 3, 'name', 'text', 'NOT NULL', 'The partition''s name: in a restored database it has another oid'),
	('fact_partition', 4, 'attached', 'text', 'NOT NULL', 'Which attachment it was last: zoom_gold.catalog_id() and a transaction'),
	('fact_partition', 5, 'from_day', 'date', 'NOT NULL', 'Its first UTC day'),
	('fact_partition', 6, 'to_day', 'date', 'NOT NULL', 'The day after its last one'),
	('fact_partition', 7, 'detached', 'boolean', 'NOT NULL', 'Whether it was detached: rows of its days are not written while no other partition takes them'),
	('secret', 1, 'key', 'bytea', 'NOT NULL', 'Random key')
-- kept and pending versions: bookkeeping, the contract's columns raw, the rest
UNION ALL
SELECT t.table_name, c.position, c.column_name, c.data_type,
	-- what is pending may be anything: no writer of silver fails
	CASE WHEN t.table_name IN ('user_event', 'ticket_event') AND c.position < 200 THEN 'NOT NULL' ELSE '' END, c.description
FROM (VALUES ('user_event'), ('ticket_event'), ('user_change'), ('ticket_change')) AS t (table_name)
CROSS JOIN (VALUES
	(2, 'seq', 'bigint', 'Order of capture; 0 = seen by a scan'),
	(4, 'tx', 'bigint', 'First seq of the transaction; the number of the comparison that found the row'),
	(5, 'op', '"char"', 'I: a row appeared, D: a row went; pending T: all rows went'),
	(6, 'captured_at', 'timestamptz', 'Capture instant'),
	(200, 'extra', 'jsonb', 'Columns that the contract does not know')) AS c (position, column_name, data_type, description)
UNION ALL VALUES
	('user_event', 1, 'ordinal', 'integer', 'NOT NULL', 'User'),
	('ticket_event', 1, 'ordinal', 'integer', 'NOT NULL', 'Ticket'),
	('user_event', 3, 'n', 'integer', 'NOT NULL', 'Order within one seq'),
	('ticket_event', 3, 'n', 'integer', 'NOT NULL', 'Order within one seq'),
	('user_change', 3, 'n', 'integer', '', 'Order within one seq'),
	('user_change', 201, 'layout', 'jsonb', '', 'Those columns as they were then, as relation_state.own_layout'),
	('ticket_change', 3, 'n', 'integer', '', 'Order within one seq')
UNION ALL
SELECT t.table_name, 10 + c.position, c.column_name, c.data_type, '', c.description
FROM (VALUES ('user_event', 'si_users'), ('user_change', 'si_users'),
			 ('ticket_event', 'si_support_tickets'), ('ticket_change', 'si_support_tickets')) AS t (table_name, relation)
JOIN zoom_gold.silver_contract() c ON c.table_name = t.relation;
END;
COMMENT ON FUNCTION zoom_gold.state_model() IS 'Columns of the tables in gold_state';

CREATE FUNCTION zoom_gold.model_column()
RETURNS TABLE (table_schema text, table_name text, "position" integer, column_name text, data_type text,
			   options text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
SELECT 'gold', table_name, position, column_name, data_type, options, description
FROM zoom_gold.gold_model()
UNION ALL
SELECT 'gold_state', table_name, position, column_name, data_type, options, description
FROM zoom_gold.state_model()
UNION ALL
SELECT 'silver', table_name, position, column_name, data_type,
	CASE column_name WHEN 'load_timestamp' THEN 'NOT NULL' ELSE '' END, description
FROM zoom_gold.silver_contract();
END;
COMMENT ON FUNCTION zoom_gold.model_column() IS 'Columns of all tables that setup() makes';

-- What is written as PostgreSQL writes it down is found without making one to
-- compare: all but what depends on the types that the columns of gold have.
CREATE FUNCTION zoom_gold.model_constraint()
RETURNS TABLE (table_schema text, table_name text, constraint_name text, definition text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	-- hash, because a topic may be longer than a btree entry can be
	('gold', 'go_dim_meeting', 'go_dim_meeting_one_row_per_topic', 'EXCLUDE USING hash (meeting_topic WITH =)'),
	('gold', 'go_dim_webinar', 'go_dim_webinar_one_row_per_topic', 'EXCLUDE USING hash (webinar_topic WITH =)'),
	('gold', 'go_dim_user', 'go_dim_user_no_empty_version', 'CHECK ((valid_from < valid_to))'),
	('gold', 'go_dim_user', 'go_dim_user_current_is_open',
	 'CHECK (is_current = (valid_to = ''9999-12-31 00:00:00+00''))'),
	('gold', 'go_process_audit_log', 'go_process_audit_log_known_status',
	 'CHECK ((status = ANY (ARRAY[''Success''::text, ''Failure''::text, ''Warning''::text])))'),
	('gold', 'go_error_audit_log', 'go_error_audit_log_known_status',
	 'CHECK ((status = ANY (ARRAY[''Open''::text, ''Resolved''::text, ''In Progress''::text])))'),
	('gold', 'go_error_audit_log', 'go_error_audit_log_known_error_type',
	 'CHECK ((error_type = ANY (ARRAY[''Data Quality''::text, ''Validation''::text, ''Processing''::text])))'),
	('gold_state', 'settings', 'settings_pkey', 'PRIMARY KEY (name)'),
	-- who breaks one of what people edit reads its name: it says what is allowed
	('gold_state', 'quality_rule', 'quality_rule_pkey', 'PRIMARY KEY (relation, rule_name)'),
	('gold_state', 'quality_rule', 'quality_rule_severity_error_or_warning', 'CHECK ((severity = ANY (ARRAY[''error''::text, ''warning''::text])))'),
	('gold_state', 'quality_rule', 'quality_rule_error_type_data_quality_validation_processing',
	 'CHECK ((error_type = ANY (ARRAY[''Data Quality''::text, ''Validation''::text, ''Processing''::text])))'),
	('gold_state', 'billing_event_class', 'billing_event_class_pkey', 'PRIMARY KEY (event_type)'),
	('gold_state', 'billing_event_class', 'billing_event_class_mrr_sign_1_0_or_minus_1', 'CHECK ((mrr_sign = ANY (ARRAY[''-1''::integer, 0, 1])))'),
	('gold_state', 'billing_event_class', 'billing_event_class_normalised',
	 E'CHECK (((event_type = btrim(regexp_replace(event_type, ''\\s+''::text, '' ''::text, ''g''::text))) AND (event_type <> ''''::text)))'),
	('gold_state', 'value_map', 'value_map_pkey', 'PRIMARY KEY (relation, column_name, source_value)'),
	('gold_state', 'tracked_column', 'tracked_column_pkey', 'PRIMARY KEY (column_name)'),
	('gold_state', 'tracked_column', 'tracked_column_scd_type_1_or_2', 'CHECK ((scd_type = ANY (ARRAY[1, 2])))'),
	('gold_state', 'user_identity', 'user_identity_pkey', 'PRIMARY KEY (user_id)'),
	('gold_state', 'user_identity', 'user_identity_one_ordinal', 'UNIQUE (ordinal)'),
	('gold_state', 'user_version', 'user_version_one_begin', 'UNIQUE (ordinal, valid_from)'),
	('gold_state', 'user_version', 'user_version_not_empty', 'CHECK ((valid_from < valid_to))'),
	('gold_state', 'ticket_identity', 'ticket_identity_pkey', 'PRIMARY KEY (ticket_id)'),
	('gold_state', 'ticket_identity', 'ticket_identity_one_ordinal', 'UNIQUE (ordinal)'),
	('gold_state', 'slice', 'slice_pkey', 'PRIMARY KEY (relation, day)'),
	('gold_state', 'period_users', 'period_users_pkey', 'PRIMARY KEY (period_type, period_start)'),
	('gold_state', 'run', 'run_pkey', 'PRIMARY KEY (run)'),
	('gold_state', 'run', 'run_known_status', 'CHECK ((status = ANY (ARRAY[''running''::text, ''Success''::text, ''Warning''::text, ''Failure''::text])))'),
	('gold_state', 'relation_state', 'relation_state_pkey', 'PRIMARY KEY (relation)'),
	('gold_state', 'compared_piece', 'compared_piece_pkey', 'PRIMARY KEY (relation, from_day)'),
	('gold_state', 'relation_state', 'relation_state_capture_trigger_watermark_or_full', 'CHECK ((capture = ANY (ARRAY[''trigger''::text, ''watermark''::text, ''full''::text])))')
UNION ALL
SELECT 'gold', m.table_name, m.table_name || '_known_period_type',
	'CHECK ((period_type = ANY (ARRAY[''Daily''::text, ''Weekly''::text, ''Monthly''::text])))'
FROM zoom_gold.gold_model() m WHERE m.column_name = 'period_type';
END;
COMMENT ON FUNCTION zoom_gold.model_constraint() IS 'Constraints of the tables that setup() makes, NOT NULL apart';

CREATE FUNCTION zoom_gold.model_index()
RETURNS TABLE (table_schema text, table_name text, index_name text, "unique" boolean, definition text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('gold', 'go_dim_user', 'go_dim_user_one_version_per_start', true, '(user_name, valid_from)'),
	('gold', 'go_dim_user', 'go_dim_user_one_current', true, '(user_name) WHERE is_current'),
	('gold', 'go_dim_feature', 'go_dim_feature_one_row_per_feature', true, '(feature_name)'),
	('gold', 'go_dim_ticket_type', 'go_dim_ticket_type_one_row_per_type', true, '(ticket_type)'),
	('gold', 'go_dim_license_type', 'go_dim_license_type_one_row_per_type', true, '(license_type)'),
	('gold', 'go_dim_billing_event_type', 'go_dim_billing_event_type_one_row_per_type', true, '(event_type)'),
	('gold', 'go_fact_meeting_usage', 'go_fact_meeting_usage_start_time', false, '(start_time)'),
	('gold', 'go_fact_feature_usage', 'go_fact_feature_usage_usage_date', false, '(usage_date)'),
	('gold', 'go_fact_webinar_usage', 'go_fact_webinar_usage_start_time', false, '(start_time)'),
	('gold', 'go_fact_support_ticket', 'go_fact_support_ticket_open_date', false, '(open_date)'),
	('gold', 'go_fact_billing', 'go_fact_billing_event_date', false, '(event_date)'),
	('gold', 'go_fact_license_utilization', 'go_fact_license_utilization_start_date', false, '(start_date)'),
	('gold', 'go_agg_active_users', 'go_agg_active_users_one_row_per_period', true, '(activity_date, period_type)'),
	('gold', 'go_agg_meeting_minutes', 'go_agg_meeting_minutes_one_row_per_period', true, '(activity_date, period_type)'),
	('gold', 'go_agg_feature_adoption', 'go_agg_feature_adoption_one_row_per_period', true,
	 '(period_start, period_type, feature_name)'),
	('gold', 'go_agg_ticket_resolution', 'go_agg_ticket_resolution_one_row_per_period', true,
	 '(period_start, period_type, ticket_type)'),
	('gold', 'go_agg_mrr', 'go_agg_mrr_one_row_per_month', true, '(activity_month)'),
	('gold', 'go_agg_license_utilization', 'go_agg_license_utilization_one_row_per_period', true,
	 '(period_start, period_type, license_type)'),
	('gold', 'go_process_audit_log', 'go_process_audit_log_execution_time', false, '(execution_time)'),
	('gold', 'go_error_audit_log', 'go_error_audit_log_error_timestamp', false, '(error_timestamp)'),
	-- hash where a text may be longer than a btree entry can be
	('gold', 'go_error_audit_log', 'go_error_audit_log_process_audit_info', false, 'USING hash (process_audit_info)'),
	-- few rows, looked for by every step
	('gold', 'go_error_audit_log', 'go_error_audit_log_open_without_key', false,
	 '(source_table) WHERE status <> ''Resolved'' AND process_audit_info LIKE ''%"key": null}'''),
	('gold_state', 'billing_event_class', 'billing_event_class_one_word', true, '(lower((event_type COLLATE "C")))'),
	('gold_state', 'value_map', 'value_map_one_meaning', true, '(relation, column_name, lower((source_value COLLATE "C")))'),
	('gold_state', 'user_identity', 'user_identity_unknown', false, '(ordinal) WHERE (NOT known)'),
	('gold_state', 'user_event', 'user_event_ordinal', false, '(ordinal)'),
	-- in the bytes' order, which costs the same in all databases
	('gold_state', 'user_version', 'user_version_name_begins', false, '(base_name COLLATE "C") WHERE begins_name'),
	('gold_state', 'user_version', 'user_version_qualified_name', false,
	 '(user_name COLLATE "C") WHERE (base_name <> user_name)'),
	('gold_state', 'user_label', 'user_label_one_last', true, '(ordinal) WHERE is_last'),
	-- the planner leaves out a join with it where no name is asked for
	('gold_state', 'user_label', 'user_label_one_user_per_name', true, '(user_name)'),
	('gold_state', 'user_label', 'user_label_one_name_per_pseudonym', true, '(pseudonym)'),
	('gold_state', 'ticket_event', 'ticket_event_ordinal', false, '(ordinal)'),
	('gold_state', 'spread_key', 'spread_key_day', false, '(relation, day)'),
	('gold_state', 'spread_key', 'spread_key_key', false, 'USING hash (key)'),
	('gold_state', 'reused_key', 'reused_key_day', false, '(relation, day)'),
	('gold_state', 'key_spelling', 'key_spelling_key', false, 'USING hash (key)'),
	('gold_state', 'day_partial', 'day_partial_day', false, '(relation, day)'),
	('gold_state', 'day_partial', 'day_partial_slice_day', false, '(relation, slice_day)'),
	('gold_state', 'meeting_detail', 'meeting_detail_start_time', false, '(start_time)'),
	('gold_state', 'meeting_attendance', 'meeting_attendance_slice_day', false, '(slice_day)'),
	('gold_state', 'meeting_attendance', 'meeting_attendance_one_row_per_day', true, '(meeting_id, slice_day)'),
	-- few rows: meetings that are not over by midnight
	('gold_state', 'meeting_attendance', 'meeting_attendance_other_day', false,
	 '(meeting_id) WHERE other_day'),
	('gold_state', 'feature_detail', 'feature_detail_usage_date', false, '(usage_date)'),
	('gold_state', 'webinar_detail', 'webinar_detail_start_time', false, '(start_time)'),
	('gold_state', 'license_detail', 'license_detail_start_date', false, '(start_date)'),
	('gold_state', 'license_span', 'license_span_day', false, '(day)'),
	('gold_state', 'dim_member', 'dim_member_member', false, 'USING hash (member)'),
	('gold_state', 'open_error', 'open_error_day', false, '(relation, day)'),
	('gold_state', 'open_error', 'open_error_key', false, 'USING hash (key)')
UNION ALL
-- silver keys may be of any length too; the engine rejects long ones
SELECT 'silver', c.table_name, c.table_name || '_' || c.column_name, false,
	pg_catalog.format(CASE c.role WHEN 'event' THEN '(%I)' ELSE 'USING hash (%I)' END, c.column_name)
FROM zoom_gold.silver_contract() c WHERE c.role IS NOT NULL;
END;
COMMENT ON FUNCTION zoom_gold.model_index() IS 'Indexes of the tables that setup() makes';

-- Rows that are updated while no index entry changes: room for the new version
-- beside the old one, so that the indexes need none.
CREATE FUNCTION zoom_gold.model_storage()
RETURNS TABLE (table_schema text, table_name text, options text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('gold_state', 'user_identity', 'fillfactor=90'),
	('gold_state', 'user_version', 'fillfactor=90'),
	('gold_state', 'ticket_identity', 'fillfactor=90');
END;
COMMENT ON FUNCTION zoom_gold.model_storage() IS 'Storage parameters of the tables that setup() makes';

CREATE FUNCTION zoom_gold.model_retired()
RETURNS TABLE (kind text, table_name text, name text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('column', 'relation_state', 'state_oid'),
	('constraint', 'quality_rule', 'quality_rule_known_severity'),
	('constraint', 'quality_rule', 'quality_rule_known_error_type'),
	('constraint', 'billing_event_class', 'billing_event_class_known_sign'),
	('constraint', 'tracked_column', 'tracked_column_known_type'),
	('constraint', 'relation_state', 'relation_state_known_capture'),
	('constraint', 'user_version', 'user_version_one_end'),
	('index', 'user_version', 'user_version_user_name'),
	('index', 'user_version', 'user_version_base_name'),
	('index', 'billing_event_class', 'billing_event_class_one_spelling');
END;
COMMENT ON FUNCTION zoom_gold.model_retired() IS
'What earlier versions made in gold_state and this one does without; setup() removes it';

CREATE FUNCTION zoom_gold.model_guard()
RETURNS TABLE (table_schema text, table_name text, trigger_name text, definition text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('gold', 'go_error_audit_log', 'zoom_gold_guard_status',
	 'BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION zoom_gold.guard_error_log()'),
	('gold', 'go_error_audit_log', 'zoom_gold_guard_rows',
	 'BEFORE DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold.guard_error_rows()'),
	('gold', 'go_process_audit_log', 'zoom_gold_guard_append_only',
	 'BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold.guard_process_log()'),
	('gold_state', 'settings', 'zoom_gold_guard_value',
	 'BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION zoom_gold.guard_setting()'),
	('gold_state', 'quality_rule', 'zoom_gold_guard_rule',
	 'BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION zoom_gold.guard_quality_rule()'),
	('gold_state', 'value_map', 'zoom_gold_guard_value',
	 'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION zoom_gold.guard_value_map()'),
	('gold_state', 'tracked_column', 'zoom_gold_guard_column',
	 'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION zoom_gold.guard_tracked_column()')
UNION ALL
SELECT 'gold_state', t.table_name, m.trigger_name, m.events || ' EXECUTE FUNCTION zoom_gold.mark_dependents()'
FROM (VALUES ('settings'), ('quality_rule'), ('billing_event_class'), ('value_map'), ('tracked_column')) AS t (table_name)
CROSS JOIN (VALUES ('zoom_gold_mark_dirty', 'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW'),
	('zoom_gold_mark_truncated', 'AFTER TRUNCATE ON %s FOR EACH STATEMENT')) AS m (trigger_name, events);
END;
COMMENT ON FUNCTION zoom_gold.model_guard() IS
'Triggers on gold and gold_state; the engine writes past them';

CREATE FUNCTION zoom_gold.default_setting()
RETURNS TABLE (name text, value text, allowed text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('silver_schema', 'silver', 'an existing schema, as long as nothing was refreshed', 'Schema of the silver relations'),
	('active_user', 'host', 'host or host_or_participant', 'Who counts as an active user'),
	('delete_policy', 'close', 'close or ignore', 'What the deletion of a user does to the current version'),
	('fact_deletes', 'mirror', 'mirror or keep', 'Whether facts deleted in silver leave gold; keep is for silvers that are purged'),
	('delete_guard_percent', '20', 'a number from 0 to 100', 'A refresh that would lose more than this share of a relation''s keys fails'),
	('delete_guard_rows', '10', 'a whole number from 0', 'A refresh that would lose no more keys than this passes all the same, unless it loses all of several'),
	('min_date', '2000-01-01', 'a date, YYYY-MM-DD', 'Rows with an earlier date are rejected'),
	('full_compare_interval', '1 day', 'an interval from 0', 'How often views and foreign tables are compared with gold, a month after the other, for changes that their timestamps do not tell'),
	('captured_compare_interval', '30 days', 'an interval from 0', 'The same for tables whose triggers are in place: they see all that happens to the table'),
	('watermark_margin', '2 hours', 'an interval from 0', 'How late a row of a view or foreign table may become visible after others with newer timestamps, to be found before the next comparison in full'),
	('log_retention_days', '0', 'a whole number from 0', 'Days for which resolved errors and process rows are kept; 0 = for ever'),
	('partition_facts', '', 'month, year, or nothing', 'By what a refresh makes partitions that partitioned facts lack, and setup() makes missing facts; nothing = it makes none');
END;
COMMENT ON FUNCTION zoom_gold.default_setting() IS 'Settings, their defaults and what values they may take';

CREATE FUNCTION zoom_gold.builtin_rule()
RETURNS TABLE (relation text, rule_name text, severity text, error_type text, contract boolean, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('*', 'key_missing', 'error', 'Validation', true, 'the key is NULL or empty'),
	('*', 'date_out_of_range', 'error', 'Data Quality', true,
	 'a date or time is not finite, before the setting min_date, or on or after 9999-12-31'),
	('*', 'value_too_long', 'error', 'Data Quality', true, 'a key, name or type is longer than 2,000 bytes, or an amount than 8 digits before the point'),
	('si_users', 'email_missing', 'warning', 'Data Quality', false, 'the e-mail is NULL or empty'),
	('si_users', 'email_malformed', 'warning', 'Data Quality', false, 'the e-mail is not an address'),
	('si_users', 'plan_type_missing', 'warning', 'Data Quality', false, 'the plan type is NULL or empty'),
	('si_users', 'plan_type_unknown', 'warning', 'Data Quality', false, 'the plan type is not a known one'),
	('si_users', 'name_taken', 'warning', 'Data Quality', false, 'the name belongs to another user already; gold qualifies it'),
	('si_meetings', 'end_before_start', 'error', 'Data Quality', false, 'the meeting ends before it starts'),
	('si_meetings', 'duration_negative', 'error', 'Data Quality', false,
	 'the duration is negative, and no valid times replace it'),
	('si_meetings', 'host_missing', 'warning', 'Validation', false, 'the host is NULL or empty'),
	('si_meetings', 'host_unknown', 'warning', 'Validation', false, 'the host is not a known user'),
	('si_meetings', 'duration_mismatch', 'warning', 'Data Quality', false,
	 'the duration is off by more than a minute from the times'),
	('si_meetings', 'meeting_too_long', 'warning', 'Data Quality', false, 'the meeting is longer than 1,440 minutes'),
	('si_meetings', 'key_reused', 'warning', 'Data Quality', false,
	 'rows with the same key tell of meetings on different days: the meeting number may have been taken for the key'),
	('si_participants', 'meeting_unknown', 'error', 'Validation', false, 'the meeting is unknown or rejected'),
	('si_participants', 'leave_before_join', 'error', 'Data Quality', false, 'the participant leaves before joining'),
	('si_participants', 'user_unknown', 'warning', 'Validation', false, 'the participant is not a known user'),
	('si_feature_usage', 'meeting_unknown', 'error', 'Validation', true, 'the meeting is unknown or rejected'),
	('si_feature_usage', 'count_negative', 'error', 'Data Quality', false, 'the usage count is negative'),
	('si_webinars', 'end_before_start', 'error', 'Data Quality', false, 'the webinar ends before it starts'),
	('si_webinars', 'registrants_negative', 'error', 'Data Quality', false, 'the number of registrants is negative'),
	('si_webinars', 'host_missing', 'warning', 'Validation', false, 'the host is NULL or empty'),
	('si_webinars', 'host_unknown', 'warning', 'Validation', false, 'the host is not a known user'),
	('si_webinars', 'key_reused', 'warning', 'Data Quality', false,
	 'rows with the same key tell of webinars on different days: the webinar number may have been taken for the key'),
	('si_support_tickets', 'status_unknown', 'warning', 'Data Quality', false, 'the resolution status is not a known one'),
	('si_support_tickets', 'user_missing', 'warning', 'Validation', false, 'the user is NULL or empty'),
	('si_support_tickets', 'user_unknown', 'warning', 'Validation', false, 'the user is not a known one'),
	('si_support_tickets', 'resolved_before_opened', 'warning', 'Data Quality', false, 'the ticket was resolved before it was opened'),
	('si_billing_events', 'amount_negative', 'error', 'Data Quality', false, 'the amount is negative, and the event is no refund'),
	('si_billing_events', 'event_type_unknown', 'warning', 'Data Quality', false, 'the event type is not a known one'),
	('si_billing_events', 'user_missing', 'warning', 'Validation', false, 'the user is NULL or empty'),
	('si_billing_events', 'user_unknown', 'warning', 'Validation', false, 'the user is not a known one'),
	('si_licenses', 'end_before_start', 'error', 'Data Quality', false, 'the licence ends before it starts'),
	('si_licenses', 'license_type_unknown', 'warning', 'Data Quality', false, 'the licence type is not a known one'),
	('si_licenses', 'user_unknown', 'warning', 'Validation', false, 'the user is not a known one')
UNION ALL
SELECT c.table_name, c.column_name || '_missing', 'error', 'Validation', true, c.column_name || ' is NULL or empty'
FROM zoom_gold.silver_contract() c WHERE c.required AND c.role IS DISTINCT FROM 'key';
END;
COMMENT ON FUNCTION zoom_gold.builtin_rule() IS
'Rules built into the engine; those of the contract cannot be switched off';

CREATE FUNCTION zoom_gold.known_value()
RETURNS TABLE (relation text, column_name text, known text[])
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('si_users', 'plan_type', '{Free,Basic,Pro,Business,Enterprise}'::text[]),
	('si_support_tickets', 'resolution_status', '{Open,In Progress,Resolved,Closed}'),
	('si_licenses', 'license_type', '{Basic,Pro,Business,Enterprise,Education}'),
	('si_billing_events', 'event_type', '{Subscription Fee,Subscription Renewal,Add-on Purchase,Refund}');
END;
COMMENT ON FUNCTION zoom_gold.known_value() IS
'The columns of silver whose values the logical model lists, and those values';

CREATE FUNCTION zoom_gold.engine_input()
RETURNS TABLE (process_name text, input text)
LANGUAGE c IMMUTABLE ROWS 40 AS 'MODULE_PATHNAME', 'zg_engine_input';
COMMENT ON FUNCTION zoom_gold.engine_input() IS
'What each step of a refresh computes from, as the engine has it: silver relations, and other steps. The pass over '
'participants, which have no fact, is named as their relation';

-- what must be computed anew when something changes
CREATE FUNCTION zoom_gold.step_input()
RETURNS TABLE (process_name text, input text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
SELECT e.process_name, e.input FROM zoom_gold.engine_input() e
UNION ALL
-- tables that users edit
VALUES
	('merge_dim_user', 'tracked_column'),
	('build_fact_billing', 'billing_event_class'),
	('merge_dim_user', 'setting delete_policy'),
	('merge_dim_user', 'setting min_date'),
	('refresh_agg_active_users', 'setting active_user'),
	('refresh_agg_feature_adoption', 'setting active_user'),
	('refresh_agg_license_utilization', 'setting active_user')
UNION ALL
-- facts: some of their rows are rejected, and some are lost
SELECT DISTINCT e.process_name, s.input
FROM zoom_gold.engine_input() e
CROSS JOIN (VALUES ('setting min_date'), ('setting fact_deletes')) AS s (input)
WHERE e.process_name NOT LIKE 'refresh\_%' AND e.process_name <> 'merge_dim_user';
END;
COMMENT ON FUNCTION zoom_gold.step_input() IS
'What each step of a refresh computes from: silver relations, other steps, tables that users edit';


/* ==========================================================================
 * Small things that everything below uses
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.clock_now() RETURNS timestamptz
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'zg_clock_now_sql';
COMMENT ON FUNCTION zoom_gold.clock_now() IS
'The instant zoom_gold takes for now: the setting zoom_gold.clock, else the wall clock';

CREATE FUNCTION zoom_gold.today() RETURNS date
LANGUAGE sql VOLATILE
RETURN (zoom_gold.clock_now() AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION zoom_gold.today() IS 'The UTC day of zoom_gold.clock_now()';

CREATE FUNCTION zoom_gold.process_start() RETURNS timestamptz
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'zg_process_start';
COMMENT ON FUNCTION zoom_gold.process_start() IS
'When this server process started, also for those to whom pg_stat_activity does not tell it';

CREATE FUNCTION zoom_gold.normal_text(value text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_normal_text';
COMMENT ON FUNCTION zoom_gold.normal_text(text) IS
'The normal form of a text: trimmed, inner white space collapsed, NULL when nothing is left';

CREATE FUNCTION zoom_gold.identity_key(key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(zoom_gold.normal_text(key)) <= 2000 THEN zoom_gold.normal_text(key) ELSE '' END;
COMMENT ON FUNCTION zoom_gold.identity_key(text) IS
'The key that the state knows a user or ticket by; empty for rows without one, and for those whose key is too long to be accepted';

-- Not parallel safe: it casts in a subtransaction.
CREATE FUNCTION zoom_gold.cast_or_null(value text, wanted anyelement, typmod integer) RETURNS anyelement
LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'zg_cast_or_null';
COMMENT ON FUNCTION zoom_gold.cast_or_null(text, anyelement, integer) IS
'A text cast to the type of the second argument, with that type modifier; NULL where it does not fit';

CREATE FUNCTION zoom_gold.own_values(silver_row record, relation text) RETURNS jsonb
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_own_values';
COMMENT ON FUNCTION zoom_gold.own_values(record, text) IS
'The columns of a row of silver beyond the contract, as the state keeps them: texts that a cast to the column''s type turns back; NULL when there are none';

CREATE FUNCTION zoom_gold.lock_runs() RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'zg_lock_runs';
COMMENT ON FUNCTION zoom_gold.lock_runs() IS
'Waits until no refresh and no setup() is running, and keeps others from beginning to the end of the transaction';

CREATE FUNCTION zoom_gold.lock_word(word text) RETURNS void
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'zg_lock_word';
COMMENT ON FUNCTION zoom_gold.lock_word(text) IS
'Waits for who holds the lock of that word and holds it to the end of the transaction. Unlike an advisory lock it is nobody''s who has no right to this function';

CREATE FUNCTION zoom_gold.reader_schema() RETURNS SETOF name
LANGUAGE sql IMMUTABLE ROWS 3
BEGIN ATOMIC
VALUES ('gold_masked'::name), ('gold_bi'), ('gold_bi_masked');
END;
COMMENT ON FUNCTION zoom_gold.reader_schema() IS 'Schemas whose views setup() makes anew, over gold and gold_state';

CREATE FUNCTION zoom_gold.require_primary() RETURNS void
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'zg_require_primary_sql';
COMMENT ON FUNCTION zoom_gold.require_primary() IS 'Fails with a hint on a standby, and in a read-only transaction';

CREATE FUNCTION zoom_gold.require_owner() RETURNS void
LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'zg_require_owner';
COMMENT ON FUNCTION zoom_gold.require_owner() IS
'Fails with a hint where gold_state belongs to a role whose rights the caller does not have';

CREATE FUNCTION zoom_gold.require_setup() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'gold_state' AND NOT has_schema_privilege(n.oid, 'USAGE')) THEN
		PERFORM zoom_gold.require_owner();
	END IF;
	IF to_regclass('gold_state.relation_state') IS NULL THEN
		RAISE EXCEPTION 'zoom_gold has no tables in this database yet'
			USING ERRCODE = 'undefined_table', HINT = 'Run SELECT * FROM zoom_gold.setup().';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_setup() IS 'Fails with a hint where setup() was not run, and for those who may not look into gold_state';

CREATE FUNCTION zoom_gold.setting(name text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	value text;
BEGIN
	PERFORM zoom_gold.require_setup();
	SELECT s.value INTO value FROM gold_state.settings s WHERE s.name = setting.name;
	-- that the schema is gone is told of its relations
	IF name <> 'silver_schema' AND FOUND THEN
		PERFORM zoom_gold.check_setting(name, value);
	END IF;
	RETURN value;
END
$$;
COMMENT ON FUNCTION zoom_gold.setting(text) IS 'Value of a setting; NULL where it is missing. Fails for one that it may not take';

CREATE FUNCTION zoom_gold.silver_relation(table_name text) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT to_regclass(format('%I.%I', zoom_gold.setting('silver_schema'), table_name))
$$;
COMMENT ON FUNCTION zoom_gold.silver_relation(text) IS 'The silver relation of that name, NULL when it is not there';

CREATE FUNCTION zoom_gold.contract_name(relation text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found text;
BEGIN
	SELECT t.table_name INTO found
	FROM zoom_gold.model_table() t
	WHERE t.table_schema = 'silver'
		AND relation IN (t.table_name, format('%I.%I', (SELECT zoom_gold.setting('silver_schema')), t.table_name));
	IF found IS NULL THEN
		RAISE EXCEPTION '% is not a silver relation of zoom_gold', coalesce('"' || relation || '"', 'NULL')
			USING ERRCODE = 'undefined_table',
				HINT = format('The relations are %s.', (SELECT string_agg(t.table_name, ', ')
					FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver'));
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_gold.contract_name(text) IS
'Contract name of a silver relation given with or without its schema; fails for any other name';

CREATE FUNCTION zoom_gold.has_rows(target regclass) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s)', target) INTO found;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_gold.has_rows(regclass) IS 'Whether a relation has rows';

-- A table with all its partitions and inheritance children, itself included.
-- Like relation_capture() and capture_triggers() it is part of the plan of what
-- calls it (a SET clause would forbid that): refreshes ask for every relation.
CREATE FUNCTION zoom_gold.relation_tree(root regclass) RETURNS TABLE (relid oid, relkind "char", relfilenode oid)
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH RECURSIVE tree AS (
		SELECT root::oid AS relid
		UNION
		SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.relid WHERE NOT i.inhdetachpending
	)
	SELECT c.oid, c.relkind, c.relfilenode FROM tree JOIN pg_class c ON c.oid = tree.relid;
END;
COMMENT ON FUNCTION zoom_gold.relation_tree(regclass) IS 'A relation and everything below it: partitions, inheritance children';


/* ==========================================================================
 * Change capture
 * ==========================================================================
 */

-- Writes straight to the heap: writers of silver need no right on gold_state.
CREATE FUNCTION zoom_gold.capture() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'zg_capture';
COMMENT ON FUNCTION zoom_gold.capture() IS
'Trigger on silver tables: notes what a statement changed; its argument is the relation''s contract name';

CREATE FUNCTION zoom_gold.relation_capture(root regclass) RETURNS TABLE (capture text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	-- a foreign table or partition cannot have triggers with transition tables,
	-- and what logical replication applies fires none
	SELECT CASE WHEN NOT bool_and(relkind IN ('r', 'p')) THEN 'watermark'
		WHEN bool_or(EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid = relid)) THEN 'full'
		ELSE 'trigger' END
	FROM zoom_gold.relation_tree(root);
END;
COMMENT ON FUNCTION zoom_gold.relation_capture(regclass) IS
'How setup() has changes of a relation found: trigger for tables, watermark for what cannot have capture triggers (views, foreign tables and partitions), full for what a subscription fills';

-- A statement fires only the triggers of the table it names: a partition
-- needs them as well as its root.  TRUNCATE is told of before, where rows are
-- kept: of one partition of many somebody has to read them.  What rows a MERGE moves
-- to another partition only the library knows, which has to be there then.
CREATE FUNCTION zoom_gold.capture_triggers(relation text, root regclass)
RETURNS TABLE (target regclass, trigger_name text, definition text, attached boolean)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT t.relid::regclass, e.trigger_name,
		format('CREATE OR REPLACE TRIGGER %I %s %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold.capture(%L)',
			e.trigger_name, e.timing, e.event, t.relid::regclass, e.transition, relation),
		EXISTS (SELECT FROM pg_trigger g
			WHERE g.tgrelid = t.relid AND g.tgname = e.trigger_name AND g.tgenabled = 'A'
				AND g.tgfoid = 'zoom_gold.capture()'::regprocedure
				AND (g.tgtype & 2 <> 0) = (e.timing = 'BEFORE')
				AND g.tgargs = convert_to(relation, 'UTF8') || decode('00', 'hex'))
	FROM zoom_gold.relation_tree(root) t
	CROSS JOIN (VALUES
		('zoom_gold_capture_insert', 'AFTER', 'INSERT', 'REFERENCING NEW TABLE AS new_rows'),
		('zoom_gold_capture_update', 'AFTER', 'UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
		('zoom_gold_capture_delete', 'AFTER', 'DELETE', 'REFERENCING OLD TABLE AS old_rows'),
		('zoom_gold_capture_truncate', CASE WHEN zoom_gold.has_versions(relation) THEN 'BEFORE' ELSE 'AFTER' END, 'TRUNCATE', ''),
		('zoom_gold_capture_merge', 'BEFORE', 'UPDATE', '')) AS e (trigger_name, timing, event, transition)
	WHERE t.relkind = 'p' OR (t.relkind = 'r' AND e.trigger_name <> 'zoom_gold_capture_merge');
END;
COMMENT ON FUNCTION zoom_gold.capture_triggers(text, regclass) IS
'The capture triggers a silver table and its partitions must have, and whether they are there and switched on';

CREATE FUNCTION zoom_gold.capture_gap(relation text, root regclass) RETURNS text
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'zg_capture_gap';
COMMENT ON FUNCTION zoom_gold.capture_gap(text, regclass) IS
'Why capture triggers miss changes of a silver relation; NULL when they do not';

CREATE FUNCTION zoom_gold.attach_capture(relation text, root regclass) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing record;
	attached integer := 0;
BEGIN
	FOR missing IN SELECT * FROM zoom_gold.capture_triggers(relation, root) t WHERE NOT t.attached LOOP
		BEGIN
			EXECUTE missing.definition;
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', missing.target, missing.trigger_name);
		EXCEPTION
			WHEN insufficient_privilege OR lock_not_available OR transaction_rollback OR undefined_table THEN
				RAISE;
			WHEN OTHERS THEN
				RAISE EXCEPTION 'table "%" takes no trigger', missing.target USING ERRCODE = SQLSTATE, DETAIL = format('%s.', rtrim(SQLERRM, '.')),
					HINT = format('Put a view in its place, whose changes are found by their timestamps: ALTER TABLE %1$s RENAME TO %2$I; CREATE VIEW %1$s AS SELECT * FROM %3$I.%2$I',
						root, (SELECT c.relname || '_stored' FROM pg_class c WHERE c.oid = root), (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = root));
		END;
		attached := attached + 1;
	END LOOP;
	RETURN attached;
END
$$;
COMMENT ON FUNCTION zoom_gold.attach_capture(text, regclass) IS
'Puts the missing capture triggers on a silver table and its partitions; returns how many there were';

CREATE FUNCTION zoom_gold.drop_triggers(keep regclass[] DEFAULT '{}', functions regproc[] DEFAULT '{zoom_gold.capture}')
RETURNS SETOF regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target record;
BEGIN
	FOR target IN
		SELECT g.tgrelid::regclass AS relation, array_agg(g.tgname) AS names
		FROM pg_trigger g
		-- none of another name, so that no change is captured twice
		WHERE g.tgfoid = ANY (functions::oid[]) AND NOT (g.tgrelid = ANY (keep::oid[]) AND starts_with(g.tgname, 'zoom_gold_capture_')) AND g.tgparentid = 0
		GROUP BY g.tgrelid ORDER BY g.tgrelid
	LOOP
		EXECUTE (SELECT string_agg(format('DROP TRIGGER %I ON %s', name, target.relation), '; ')
			FROM unnest(target.names) AS name);
		RETURN NEXT target.relation;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_triggers(regclass[], regproc[]) IS
'Drops the triggers that call the functions from all tables but those to keep; returns the tables';

CREATE FUNCTION zoom_gold.relation_fingerprint(relation regclass) RETURNS text
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'zg_relation_fingerprint';
COMMENT ON FUNCTION zoom_gold.relation_fingerprint(regclass) IS
'Changes whenever a silver relation may have become another, or may have changed without its capture triggers: oid, relfilenode, kind, definition and triggers of it and its partitions';

-- pg_restore gives every table another oid; pg_upgrade keeps those of tables,
-- but makes a cluster with an identifier of its own.
CREATE FUNCTION zoom_gold.catalog_id() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.system_identifier || '/' || 'gold_state.relation_state'::regclass::oid FROM pg_control_system() c
$$;
COMMENT ON FUNCTION zoom_gold.catalog_id() IS
'The catalog that oids and transactions of a fingerprint belong to; another one after pg_restore and pg_upgrade';


/* ==========================================================================
 * The silver contract, checked
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.base_type(type oid, typmod integer, OUT base oid, OUT base_typmod integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	domain record;
BEGIN
	base := type;
	base_typmod := typmod;
	LOOP
		SELECT t.typbasetype, t.typtypmod INTO domain FROM pg_type t WHERE t.oid = base AND t.typtype = 'd';
		EXIT WHEN NOT FOUND;
		base := domain.typbasetype;
		base_typmod := CASE WHEN base_typmod = -1 THEN domain.typtypmod ELSE base_typmod END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.base_type(oid, integer) IS 'The type under a domain, or the type itself';

-- What the engine can read as the wanted type without losing anything:
-- capture reads text as it stands, numbers are cast.
CREATE FUNCTION zoom_gold.type_fits(type oid, typmod integer, wanted text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_type_fits';
COMMENT ON FUNCTION zoom_gold.type_fits(oid, integer, text) IS
'Whether a silver column of a type can be read as the contract''s type';

CREATE FUNCTION zoom_gold.silver_problems(silver_schema name)
RETURNS TABLE (code text, message text, hint text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
	-- to plan it takes ten times as long as to run it
	RETURN QUERY
	WITH relation AS (
		SELECT t.table_name, c.oid, c.relkind, c.relpersistence, format('%I.%I', silver_schema, t.table_name) AS name
		FROM zoom_gold.model_table() t
		JOIN pg_class c ON c.relname = t.table_name
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = silver_schema
		WHERE t.table_schema = 'silver'
	), contract_column AS (
		SELECT r.name, r.relkind, w.wanted AS must_exist, w.table_name, w.position, w.column_name, a.attnum,
			format_type(a.atttypid, a.atttypmod) AS found, format_type(wanted_type.oid, NULL) AS wanted_base,
			CASE w.data_type WHEN 'numeric(10,2)' THEN w.data_type ELSE format_type(wanted_type.oid, NULL) END AS wanted,
			zoom_gold.type_fits(a.atttypid, a.atttypmod, w.data_type) AS fits
		FROM relation r
		JOIN (
			SELECT table_name, position, column_name, data_type, true AS wanted FROM zoom_gold.silver_contract()
			UNION ALL
			-- may be there: the row is a deletion
			SELECT table_name, 104, 'deleted_at', 'timestamptz', false FROM zoom_gold.model_table()) w USING (table_name)
		CROSS JOIN LATERAL (SELECT split_part(w.data_type, '(', 1)::regtype::oid) AS wanted_type (oid)
		LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = w.column_name AND a.attnum > 0
			AND NOT a.attisdropped
		WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
	), problem AS (
		SELECT r.table_name, 0 AS position, 'wrong_object_type' AS code,
			format('"%s" is neither a table nor a view', r.name) AS message,
			'Rename it, or name another schema: zoom_gold.setup(''...'').' AS hint
		FROM relation r WHERE r.relkind NOT IN ('r', 'p', 'v', 'm', 'f')
		UNION ALL
		SELECT c.table_name, c.position, 'undefined_column',
			format('relation "%s" lacks column "%s" of type %s', c.name, c.column_name, c.wanted),
			format(CASE WHEN c.relkind IN ('v', 'm') THEN 'Have the view give it, for instance NULL::%s AS %I.'
				ELSE 'Add the column, or put a view in the relation''s place that gives it, for instance NULL::%s AS %I.' END,
				c.wanted, c.column_name)
		FROM contract_column c WHERE c.attnum IS NULL AND c.must_exist
		UNION ALL
		SELECT c.table_name, c.position, 'datatype_mismatch',
			format('column "%s" of relation "%s" has type %s, not %s', c.column_name, c.name, c.found, c.wanted),
			CASE WHEN c.relkind IN ('v', 'm') THEN format(
				'Have the view give %1$s AS %2$I: drop it and create it anew, as CREATE OR REPLACE VIEW alters no type.', x.expression, c.column_name)
			WHEN c.wanted_base = 'timestamp with time zone' AND c.found = 'date' THEN format(
				'A day is no instant: put a view in the relation''s place that says which one is meant, for instance %s AS %I.',
				x.expression, c.column_name)
			WHEN c.wanted = 'date' AND c.found LIKE '%with time zone' THEN format(
				'Days are cut in UTC: put a view in the relation''s place that gives %s AS %I.', x.expression, c.column_name)
			ELSE format('%1$s: ALTER %2$sTABLE %3$s ALTER COLUMN %4$I TYPE %5$s%6$s, or put a view in the relation''s place that gives %7$s AS %4$I.',
				CASE WHEN c.wanted_base = 'timestamp with time zone' AND c.found LIKE 'timestamp%' THEN 'Say which time zone its values are in' ELSE 'Convert it' END,
				CASE c.relkind WHEN 'f' THEN 'FOREIGN ' ELSE '' END, c.name, c.column_name,
				CASE c.wanted_base WHEN 'timestamp with time zone' THEN 'timestamptz' ELSE c.wanted END,
				CASE WHEN c.relkind <> 'f' THEN ' USING ' || x.expression ELSE '' END, x.expression)
			END
		FROM contract_column c
		CROSS JOIN LATERAL (SELECT CASE
			WHEN c.wanted_base = 'timestamp with time zone' AND c.found LIKE 'timestamp%' THEN format('%I AT TIME ZONE ''UTC''', c.column_name)
			WHEN c.wanted_base = 'timestamp with time zone' AND c.found = 'date' THEN format('%I::timestamp AT TIME ZONE ''UTC''', c.column_name)
			WHEN c.wanted = 'date' AND c.found LIKE '%with time zone' THEN format('(%I AT TIME ZONE ''UTC'')::date', c.column_name)
			WHEN c.found IN ('text', 'character varying') OR c.wanted = 'integer' AND c.found ~ '^(numeric|real|double)'
				THEN format('%I::%s', c.column_name, c.wanted)
			ELSE format('%I::text%s', c.column_name, CASE WHEN c.wanted <> 'text' THEN '::' || c.wanted ELSE '' END) END) AS x (expression)
		WHERE NOT c.fits AND c.attnum IS NOT NULL
	)
	SELECT p.code, p.message, p.hint FROM problem p ORDER BY p.table_name, p.position;
END
$$;
COMMENT ON FUNCTION zoom_gold.silver_problems(name) IS
'Where the relations of a schema break the silver contract; relations that are missing are none';

CREATE FUNCTION zoom_gold.check_silver(silver_schema name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	problem record;
BEGIN
	SELECT array_agg(p.code) AS code, array_agg(p.message) AS message, array_agg(p.hint) AS hint INTO problem
	FROM zoom_gold.silver_problems(silver_schema) p;
	IF problem.code IS NOT NULL THEN
		RAISE EXCEPTION '%', problem.message[1] USING
			ERRCODE = problem.code[1],
			DETAIL = CASE WHEN cardinality(problem.message) = 1 THEN 'The silver contract is broken in this place only.'
				ELSE format('In all, the silver contract is broken in %s places: %s.',
					cardinality(problem.message), array_to_string(problem.message, '; ')) END,
			HINT = problem.hint[1];
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.check_silver(name) IS 'Fails when a silver relation breaks the contract, naming all places';

CREATE FUNCTION zoom_gold.unreadable_column(relation text, state text, OUT name text, OUT wanted text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	target text := format('%I.%I', zoom_gold.setting('silver_schema'), relation);
BEGIN
	FOR name, wanted IN
		SELECT a.attname, coalesce(c.data_type, 'timestamptz') FROM pg_attribute a
		LEFT JOIN zoom_gold.silver_contract() c ON c.table_name = relation AND c.column_name = a.attname
		WHERE a.attrelid = to_regclass(target) AND a.attnum > 0 AND NOT a.attisdropped
			AND (c.column_name IS NOT NULL OR a.attname = 'deleted_at')
		ORDER BY a.attnum
	LOOP
		BEGIN
			EXECUTE format('SELECT count(%I::%s) FROM %s', name, wanted, target);
		EXCEPTION WHEN OTHERS THEN
			IF SQLSTATE = state THEN
				RETURN;
			END IF;
		END;
	END LOOP;
	name := NULL;
	wanted := NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.unreadable_column(text, text) IS
'The first column of a silver relation that raises an error of that SQLSTATE when it is read by itself, and the type it is read as; NULL when none does';

-- Asked when a step has failed: reading a silver relation whose contract is
-- broken fails in many ways, and none of them names it.
CREATE FUNCTION zoom_gold.silver_failure(relation text, state text)
RETURNS TABLE (code text, message text, hint text)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema text := zoom_gold.setting('silver_schema');
	name text := format('%I.%I', schema, relation);
	unreadable record;
BEGIN
	RETURN QUERY
	SELECT CASE p.code WHEN 'undefined_column' THEN '42703' WHEN 'wrong_object_type' THEN '42809' ELSE '42804' END, p.message, p.hint
	FROM zoom_gold.silver_problems(schema) p WHERE strpos(p.message, format('"%s"', name)) > 0 LIMIT 1;
	IF FOUND OR state NOT LIKE '22%' THEN
		RETURN;
	END IF;
	unreadable := zoom_gold.unreadable_column(relation, state);
	IF unreadable.name IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY
	SELECT state, format('column "%s" of relation "%s" cannot be read as %s', unreadable.name, name, unreadable.wanted),
		CASE WHEN r.relkind IN ('v', 'm') THEN format(
			'The view casts what is none. Cast safely in it: nullif(btrim(source), '''')::%1$s where empty texts are in the way, '
			'zoom_gold.cast_or_null(source, NULL::%1$s, -1) where others are.', unreadable.wanted)
		ELSE 'Mend what the relation holds, or put a view in its place that leaves it out.' END
	FROM pg_class r WHERE r.oid = to_regclass(name);
END
$$;
COMMENT ON FUNCTION zoom_gold.silver_failure(text, text) IS
'Why reading a silver relation failed with that SQLSTATE: the contract is broken, or a column cannot be read; no row where neither explains it';

-- Asked when a step has waited longer than lock_timeout allows: the error does
-- not say for what.
CREATE FUNCTION zoom_gold.lock_holders() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(format('%s by %s', held.relation, coalesce('process ' || held.pid, 'a prepared transaction')), ', ' ORDER BY held.relation, held.pid)
	FROM (
		SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS relation, l.pid
		FROM pg_locks l
		JOIN pg_class c ON c.oid = l.relation
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
			AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
			AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
			AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		ORDER BY 1, 2 LIMIT 10) held
$$;
COMMENT ON FUNCTION zoom_gold.lock_holders() IS
'Relations that others have locked so that a refresh may have to wait for them, with the processes, ten at most; NULL where there are none';

CREATE FUNCTION zoom_gold.missing_indexes(relation text, root regclass)
RETURNS TABLE (definition text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('CREATE INDEX ON %s (%I)', root, w.column_name)
	FROM zoom_gold.silver_contract() w
	JOIN pg_attribute a ON a.attrelid = root AND a.attname = w.column_name
	WHERE w.table_name = relation AND w.role IS NOT NULL
		-- every table that has storage of its own needs the index
		AND EXISTS (
			SELECT FROM zoom_gold.relation_tree(root) t
			JOIN pg_attribute ta ON ta.attrelid = t.relid AND ta.attname = w.column_name
			WHERE t.relkind IN ('r', 'm') AND NOT EXISTS (
				SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
				WHERE i.indrelid = t.relid AND i.indkey[0] = ta.attnum AND i.indisvalid AND i.indpred IS NULL
					AND m.amname = ANY (CASE w.role WHEN 'event' THEN '{btree,brin}' ELSE '{btree,hash}' END::text[])))
	ORDER BY w.position
$$;
COMMENT ON FUNCTION zoom_gold.missing_indexes(text, regclass) IS
'Indexes that a silver table lacks; without them a refresh scans it once';


/* ==========================================================================
 * Facts in partitions
 *
 * setup() and refreshes make partitions of a month or a year; users may attach
 * others.  What was detached stays away: its days are computed as all others,
 * but their rows are not written while no partition takes them.
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.fact() RETURNS TABLE (table_name text, relation text, event_column name)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('go_fact_meeting_usage', 'si_meetings', 'start_time'::name),
	('go_fact_feature_usage', 'si_feature_usage', 'usage_date'),
	('go_fact_webinar_usage', 'si_webinars', 'start_time'),
	('go_fact_support_ticket', 'si_support_tickets', 'open_date'),
	('go_fact_billing', 'si_billing_events', 'event_date'),
	('go_fact_license_utilization', 'si_licenses', 'start_date');
END;
COMMENT ON FUNCTION zoom_gold.fact() IS
'The facts, the silver relation of each, and its event column, by which it may be partitioned';

CREATE FUNCTION zoom_gold.fact_event(model_table text) RETURNS name
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT f.event_column FROM zoom_gold.fact() f WHERE f.table_name = model_table;
END;
COMMENT ON FUNCTION zoom_gold.fact_event(text) IS 'The event column of a fact; NULL for other tables';

CREATE FUNCTION zoom_gold.partitioned_fact() RETURNS TABLE (fact text, relid oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.table_name, p.partrelid
	FROM zoom_gold.fact() f
	JOIN pg_partitioned_table p ON p.partrelid = to_regclass(format('gold.%I', f.table_name)) AND p.partstrat = 'r' AND p.partnatts = 1
	JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] AND a.attname = f.event_column
$$;
COMMENT ON FUNCTION zoom_gold.partitioned_fact() IS 'The facts that are partitioned by RANGE on their event column alone';

-- Whoever attaches a partition writes its row of pg_inherits; restored and
-- upgraded databases have others.
CREATE FUNCTION zoom_gold.attached_partition() RETURNS TABLE (fact text, relid oid, attached text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.fact, i.inhrelid, concat_ws('/', (SELECT zoom_gold.catalog_id()), i.xmin)
	FROM zoom_gold.partitioned_fact() f JOIN pg_inherits i ON i.inhparent = f.relid AND NOT i.inhdetachpending
$$;
COMMENT ON FUNCTION zoom_gold.attached_partition() IS
'The partitions of those facts, and which attachment of each it is';

CREATE FUNCTION zoom_gold.partition_days(relid oid, OUT name text, OUT from_day date, OUT to_day date)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	bound text[];
BEGIN
	-- the default partition takes all
	SELECT format('%I.%I', n.nspname, c.relname), coalesce(regexp_match(pg_get_expr(c.relpartbound, c.oid),
		'^FOR VALUES FROM \(''?(.*?)''?\) TO \(''?(.*?)''?\)$'), '{MINVALUE,MAXVALUE}')
	INTO name, bound
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relid;
	from_day := CASE bound[1] WHEN 'MINVALUE' THEN '-infinity' ELSE (bound[1]::timestamptz)::date END;
	to_day := CASE bound[2] WHEN 'MAXVALUE' THEN 'infinity' ELSE (bound[2]::timestamptz - interval '1 microsecond')::date + 1 END;
END
$$;
COMMENT ON FUNCTION zoom_gold.partition_days(oid) IS
'Name of the partition of a fact, and its UTC days: from the first one up to another one, infinite where it has no bound';

CREATE FUNCTION zoom_gold.present_partition()
RETURNS TABLE (fact text, relid oid, attached text, name text, from_day date, to_day date)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.fact, a.relid, a.attached, d.name, d.from_day, d.to_day
	FROM zoom_gold.attached_partition() a CROSS JOIN LATERAL zoom_gold.partition_days(a.relid) d
$$;
COMMENT ON FUNCTION zoom_gold.present_partition() IS 'The same with their names and days, which take longer to find';

CREATE FUNCTION zoom_gold.detached_days(fact text) RETURNS TABLE (from_day date, to_day date)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT lower(r.days), upper(r.days)
	FROM unnest((SELECT range_agg(daterange(p.from_day, p.to_day)) FROM gold_state.fact_partition p WHERE p.fact = $1 AND p.detached)
		- coalesce((SELECT range_agg(daterange(p.from_day, p.to_day)) FROM zoom_gold.present_partition() p WHERE p.fact = $1), '{}')) AS r (days)
	WHERE $1 IN (SELECT f.fact FROM zoom_gold.partitioned_fact() f)
$$;
COMMENT ON FUNCTION zoom_gold.detached_days(text) IS
'The days of a fact whose partition was detached, and which no other one takes: from the first one up to another one';

-- After pg_restore and pg_upgrade the partitions are those of the same names.
CREATE FUNCTION zoom_gold.find_partitions_again() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE gold_state.fact_partition p
	SET relid = CASE WHEN NOT p.detached THEN to_regclass(p.name) END, attached = coalesce(
		(SELECT a.attached FROM zoom_gold.attached_partition() a WHERE a.fact = p.fact AND a.relid = to_regclass(p.name)),
		zoom_gold.catalog_id() || '/')
	WHERE NOT starts_with(p.attached, (SELECT zoom_gold.catalog_id()) || '/');
	UPDATE gold_state.fact_partition p SET name = (zoom_gold.partition_days(p.relid)).name
	WHERE p.name <> (zoom_gold.partition_days(p.relid)).name;
$$;
COMMENT ON FUNCTION zoom_gold.find_partitions_again() IS 'Notes the oids of partitions in a database that has others, and names that have changed';

-- One that is gone without having been seen detached is a loss; so is what a
-- partition without an upper bound had, for that is where new days come.
CREATE FUNCTION zoom_gold.note_partitions() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (
		SELECT FROM zoom_gold.attached_partition() a
		FULL JOIN (SELECT p.* FROM gold_state.fact_partition p WHERE NOT p.detached) p USING (fact, relid, attached)
		WHERE a.fact IS NULL OR p.fact IS NULL)
	THEN
		RETURN;
	END IF;
	PERFORM zoom_gold.find_partitions_again();
	WITH present AS MATERIALIZED (
		SELECT * FROM zoom_gold.present_partition()
	), lost AS (
		DELETE FROM gold_state.fact_partition p
		WHERE NOT p.detached AND NOT EXISTS (SELECT FROM present a WHERE a.fact = p.fact AND a.relid = p.relid)
			AND (p.to_day = 'infinity' OR NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.relid))
		RETURNING p.fact, p.from_day, p.to_day
	), away AS (
		UPDATE gold_state.fact_partition p SET detached = true
		WHERE NOT p.detached AND NOT EXISTS (SELECT FROM present a WHERE a.fact = p.fact AND a.relid = p.relid)
			AND p.to_day <> 'infinity' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = p.relid)
	), taken AS (
		DELETE FROM gold_state.fact_partition p
		WHERE p.detached AND NOT EXISTS (SELECT FROM present a WHERE a.fact = p.fact AND a.relid = p.relid)
			AND daterange(p.from_day, p.to_day) <@ (SELECT range_agg(daterange(a.from_day, a.to_day)) FROM present a WHERE a.fact = p.fact)
	), back AS (
		UPDATE gold_state.fact_partition p
		SET detached = false, attached = a.attached, from_day = a.from_day, to_day = a.to_day
		FROM present a WHERE a.fact = p.fact AND a.relid = p.relid AND (p.detached OR p.attached <> a.attached)
		RETURNING p.fact, p.from_day, p.to_day
	), new AS (
		INSERT INTO gold_state.fact_partition (fact, relid, attached, name, from_day, to_day, detached)
		SELECT a.fact, a.relid, a.attached, a.name, a.from_day, a.to_day, false
		FROM present a WHERE NOT EXISTS (SELECT FROM gold_state.fact_partition p WHERE p.fact = a.fact AND p.relid = a.relid)
		RETURNING fact, from_day, to_day
	)
	INSERT INTO gold_state.dirty (consumer, day)
	SELECT DISTINCT zoom_gold.step_of(f.table_name), s.day
	FROM (TABLE lost UNION ALL TABLE back UNION ALL TABLE new) d
	JOIN zoom_gold.fact() f ON f.table_name = d.fact
	JOIN gold_state.slice s ON s.relation = f.relation AND s.day >= d.from_day AND s.day < d.to_day;
END
$$;
COMMENT ON FUNCTION zoom_gold.note_partitions() IS
'Notes which partitions of facts were attached, detached and dropped since the last refresh. The days of new ones and of those '
'that were dropped are to be computed anew; days of those that were detached stay away. For refreshes';

-- A table that is attached blocks nobody who reads, unlike one made in place.
CREATE FUNCTION zoom_gold.make_partition(fact text, unit text, from_day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET standard_conforming_strings = on
SET default_table_access_method = heap AS $$
DECLARE
	parent regclass := format('gold.%I', fact)::regclass;
	child text := format('gold.%I', fact || to_char(from_day, CASE unit WHEN 'year' THEN '_YYYY' ELSE '_YYYY_MM' END));
	to_day date := (from_day + ('1 ' || unit)::interval)::date;
	midnight text := (SELECT CASE a.atttypid WHEN 'timestamptz'::regtype THEN ' 00:00+00' ELSE '' END
		FROM pg_attribute a WHERE a.attrelid = parent AND a.attname = zoom_gold.fact_event(fact));
BEGIN
	EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)', child, parent);
	PERFORM zoom_gold.close_to_others('TABLE', child, c.relacl, c.relowner) FROM pg_class c WHERE c.oid = child::regclass;
	EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, child,
		from_day || midnight, to_day || midnight);
	PERFORM zoom_gold.ensure_replica_identity(child::regclass);
	-- what it is to have is about to be written
	INSERT INTO gold_state.fact_partition (fact, relid, attached, name, from_day, to_day, detached)
	SELECT p.fact, p.relid, p.attached, p.name, p.from_day, p.to_day, false
	FROM zoom_gold.present_partition() p WHERE p.fact = make_partition.fact AND p.relid = child::regclass;
END
$$;
COMMENT ON FUNCTION zoom_gold.make_partition(text, text, date) IS 'Makes the partition of a fact for the month or year that begins on a day';

CREATE FUNCTION zoom_gold.make_partitions(fact text, days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' AS $$
DECLARE
	unit text := zoom_gold.setting('partition_facts');
BEGIN
	IF unit = '' OR fact NOT IN (SELECT f.fact FROM zoom_gold.partitioned_fact() f) THEN
		RETURN;
	END IF;
	PERFORM zoom_gold.make_partition(fact, unit, w.from_day)
	FROM (SELECT DISTINCT date_trunc(unit, d.day::timestamp)::date AS from_day FROM unnest(days) AS d (day)
		WHERE d.day >= (SELECT zoom_gold.setting('min_date')::date) AND d.day < '9999-12-31') w
	WHERE NOT EXISTS (
		SELECT FROM (
			SELECT p.from_day, p.to_day FROM zoom_gold.present_partition() p WHERE p.fact = make_partitions.fact
			UNION ALL
			SELECT d.from_day, d.to_day FROM zoom_gold.detached_days(fact) d) AS taken
		WHERE taken.from_day < w.from_day + ('1 ' || unit)::interval AND taken.to_day > w.from_day);
END
$$;
COMMENT ON FUNCTION zoom_gold.make_partitions(text, date[]) IS
'Makes the partitions that a fact lacks for some days, if the setting partition_facts asks for them: not where another partition '
'reaches into the month or year or did until it was detached, and not where the fact is partitioned otherwise than by its event column';

-- Only a fact that is empty: what it had of columns, comments and grants stays.
CREATE FUNCTION zoom_gold.partition_fact(fact text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	plain regclass := format('gold.%I', fact)::regclass;
	command text;
BEGIN
	EXECUTE format('LOCK TABLE %s', plain);
	IF zoom_gold.has_rows(plain) THEN
		RAISE EXCEPTION 'table "%" holds rows and is not partitioned', plain USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'doc/SCALE.md shows how to fill a partitioned table from it; then run zoom_gold.setup() with partition_facts again.';
	END IF;
	-- views of ours are made anew; others forbid it
	WITH RECURSIVE dependent AS (
		SELECT plain::oid AS relid
		UNION
		SELECT r.ev_class
		FROM dependent
		JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = dependent.relid AND d.classid = 'pg_rewrite'::regclass
		JOIN pg_rewrite r ON r.oid = d.objid
	)
	SELECT 'DROP VIEW ' || string_agg(c.oid::regclass::text, ', ') INTO command
	FROM dependent JOIN pg_class c ON c.oid = dependent.relid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'v' AND n.nspname IN (SELECT zoom_gold.reader_schema());
	IF command IS NOT NULL THEN
		EXECUTE command;
	END IF;
	EXECUTE format('ALTER TABLE %s RENAME TO zoom_gold_plain_fact', plain);
	EXECUTE format('CREATE TABLE gold.%I (LIKE gold.zoom_gold_plain_fact INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (%I)',
		fact, zoom_gold.fact_event(fact));
	PERFORM zoom_gold.close_to_others('TABLE', format('gold.%I', fact), c.relacl, c.relowner)
	FROM pg_class c WHERE c.oid = format('gold.%I', fact)::regclass;
	FOR command IN
		SELECT format('ALTER TABLE gold.%I OWNER TO %s', fact, c.relowner::regrole) FROM pg_class c WHERE c.oid = plain
		UNION ALL
		SELECT format('COMMENT ON TABLE gold.%I IS %L', fact, obj_description(plain, 'pg_class'))
		UNION ALL
		SELECT format('GRANT %s ON gold.%I TO %s%s', a.privilege_type, fact,
			CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
			CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
		FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = plain AND a.grantee <> c.relowner
	LOOP
		EXECUTE command;
	END LOOP;
	DROP TABLE gold.zoom_gold_plain_fact;
END
$$;
COMMENT ON FUNCTION zoom_gold.partition_fact(text) IS
'Puts a partitioned table in the place of a fact that is empty, with its columns and grants, and drops the views of gold_bi and '
'gold_masked that read it. Errors when it holds rows or views of others read it';

CREATE FUNCTION zoom_gold.partition_empty_facts(unit text) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	fact record;
	current_unit text := '';
BEGIN
	IF to_regclass('gold_state.settings') IS NOT NULL THEN
		SELECT s.value INTO current_unit FROM gold_state.settings s WHERE s.name = 'partition_facts';
	END IF;
	FOR fact IN
		SELECT t.table_name AS name, c.oid, c.relkind
		FROM zoom_gold.model_table() t JOIN pg_class c ON c.oid = to_regclass(format('gold.%I', t.table_name))
		WHERE t.table_schema = 'gold' AND zoom_gold.fact_event(t.table_name) IS NOT NULL
	LOOP
		IF fact.relkind = 'p' AND current_unit NOT IN ('', unit) AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = fact.oid) THEN
			RAISE EXCEPTION 'table "%" has partitions by %', fact.oid::regclass, current_unit
				USING ERRCODE = 'object_not_in_prerequisite_state',
					HINT = format('Partition it by %s by hand, as doc/SCALE.md shows, after setting partition_facts in gold_state.settings.', unit);
		ELSIF fact.relkind = 'r' AND NOT (SELECT c.relispartition FROM pg_class c WHERE c.oid = fact.oid) THEN
			PERFORM zoom_gold.partition_fact(fact.name);
			relation := format('gold.%I', fact.name);
			action := 'partitioned';
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.partition_empty_facts(text) IS
'The part of setup() that partitions facts which are there and empty. Errors when one holds rows, or has partitions by another unit';


/* ==========================================================================
 * setup() and teardown()
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.close_to_others(kind text, object text, acl aclitem[], owner oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	other oid;
BEGIN
	FOR other IN SELECT DISTINCT a.grantee FROM aclexplode(acl) a WHERE a.grantee <> owner LOOP
		EXECUTE format('REVOKE ALL ON %s %s FROM %s', kind, object,
			CASE other WHEN 0 THEN 'PUBLIC' ELSE other::regrole::text END);
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.close_to_others(text, text, aclitem[], oid) IS
'Takes from a new schema or table what default privileges gave to others than its owner';

CREATE FUNCTION zoom_gold.ensure_schema(schema_name name, description text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
		IF NOT has_database_privilege(current_database(), 'CREATE') THEN
			RAISE EXCEPTION 'permission denied to make schema "%"', schema_name USING ERRCODE = 'insufficient_privilege',
				HINT = format('As the owner of the database: GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
		END IF;
		EXECUTE format('CREATE SCHEMA %I', schema_name);
		IF schema_name IN ('gold', 'gold_state', 'gold_masked', 'gold_bi', 'gold_bi_masked') THEN
			PERFORM zoom_gold.close_to_others('SCHEMA', n.nspname, n.nspacl, n.nspowner)
			FROM pg_namespace n WHERE n.nspname = schema_name;
		END IF;
		EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema_name, description);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_schema(name, text) IS 'Creates a schema that is missing';

CREATE FUNCTION zoom_gold.require_schema_right(schema_name name, privilege text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT has_schema_privilege(schema_name, privilege) THEN
		RAISE EXCEPTION 'permission denied for schema "%"', schema_name USING ERRCODE = 'insufficient_privilege',
			HINT = format('As the owner of the schema: GRANT %s ON SCHEMA %I TO %I.', privilege, schema_name, current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_schema_right(name, text) IS 'Fails unless the current role has a privilege on a schema';

-- The functions that hold the model are put into each query that asks them, in
-- full; what asks for one table after the other is planned once.
CREATE FUNCTION zoom_gold.create_table(model_schema text, target_schema name, model_table text, partition_key name DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET default_table_access_method = heap AS $$
DECLARE
	target text := format('%I.%I', target_schema, model_table);
BEGIN
	EXECUTE (SELECT format('CREATE TABLE %s (%s)', target,
			string_agg(format('%I %s %s', m.column_name, m.data_type, m.options), ', ' ORDER BY m.position))
			|| coalesce(' PARTITION BY RANGE (' || quote_ident(partition_key) || ')', '')
		FROM zoom_gold.model_column() m WHERE m.table_schema = model_schema AND m.table_name = model_table);
	IF model_schema <> 'silver' THEN
		PERFORM zoom_gold.close_to_others('TABLE', target, c.relacl, c.relowner)
		FROM pg_class c WHERE c.oid = target::regclass;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.create_table(text, name, text, name) IS
'Creates one table of the model in the schema named, partitioned by RANGE on a column if one is given';

CREATE FUNCTION zoom_gold.way_out(model_schema text, model_table text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN CASE
	WHEN model_table LIKE '%audit_log' THEN format('What it told is lost. Keep the rest under another name, for instance ALTER TABLE gold.%I RENAME TO %I, '
		'then call zoom_gold.setup() for a log that begins anew.', model_table, model_table || '_before')
	WHEN model_schema = 'gold' THEN
		'zoom_gold.refresh(full_refresh => true) writes all rows as they should be; call zoom_gold.setup() again after it.'
	ELSE format('Rename a column back that was renamed. Where values are lost, move the table out of the way, for instance ALTER TABLE %I.%I SET SCHEMA public, '
		'then call zoom_gold.setup() and zoom_gold.refresh(full_refresh => true).', model_schema, model_table) END;
COMMENT ON FUNCTION zoom_gold.way_out(text, text) IS
'What to do about a table of gold or gold_state whose rows do not allow what the model says of it';

CREATE FUNCTION zoom_gold.add_columns(state_table text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
	command text;
BEGIN
	FOR command IN
		SELECT format('ALTER TABLE gold_state.%I ADD COLUMN %I %s %s', state_table, m.column_name, m.data_type, m.options)
		FROM zoom_gold.state_model() m
		WHERE m.table_name = state_table AND NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = format('gold_state.%I', state_table)::regclass AND a.attname = m.column_name AND NOT a.attisdropped)
		ORDER BY m.position
	LOOP
		EXECUTE command;
	END LOOP;
	IF FOUND AND state_table = 'quality_rule' THEN
		-- of the built-in rules it is known what they say
		UPDATE gold_state.quality_rule q SET severity = b.severity, error_type = b.error_type
		FROM zoom_gold.builtin_rule() b WHERE (b.relation, b.rule_name) = (q.relation, q.rule_name);
	END IF;
EXCEPTION WHEN not_null_violation THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_gold.way_out('gold_state', state_table);
END
$$;
COMMENT ON FUNCTION zoom_gold.add_columns(text) IS
'Adds to a table of gold_state the columns that an earlier version of zoom_gold did not have; errors where only their values would tell what they are to hold';

-- As the engine casts what it writes: see coercion.c.
CREATE FUNCTION zoom_gold.takes_type(type oid, typmod integer, wanted text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT b.base = w.oid OR w.typcategory = t.typcategory AND (
			w.typcategory = 'S' AND t.typlen = -1
			OR EXISTS (SELECT FROM pg_cast c WHERE c.castsource = w.oid AND c.casttarget = b.base AND c.castcontext IN ('a', 'i'))
				AND EXISTS (SELECT FROM pg_cast c WHERE c.castsource = b.base AND c.casttarget = w.oid))
	FROM zoom_gold.base_type(type, typmod) b
	JOIN pg_type t ON t.oid = b.base
	JOIN pg_type w ON w.oid = split_part(wanted, '(', 1)::regtype
$$;
COMMENT ON FUNCTION zoom_gold.takes_type(oid, integer, text) IS
'Whether a column of a type takes the values of a type of the model, cast as an INSERT would';

CREATE FUNCTION zoom_gold.check_table(model_schema text, model_table text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	target regclass := format('%I.%I', model_schema, model_table)::regclass;
	problem text;
BEGIN
	IF (SELECT c.relispartition OR NOT (c.relkind = 'r' OR c.relkind = 'p' AND starts_with(model_table, 'go_fact_'))
		FROM pg_class c WHERE c.oid = target)
	THEN
		RAISE EXCEPTION '"%" is not a plain table', target USING ERRCODE = 'wrong_object_type',
			DETAIL = 'Facts may be partitioned as well.',
			HINT = 'Rename it, and run zoom_gold.setup() again.';
	END IF;
	SELECT string_agg(format('%s %s', m.column_name,
			CASE WHEN a.attnum IS NULL THEN 'is missing, type ' || m.data_type
				 ELSE format('has type %s, not %s', format_type(a.atttypid, a.atttypmod), m.data_type) END),
			'; ' ORDER BY m.position) INTO problem
	FROM zoom_gold.model_column() m
	LEFT JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name AND a.attnum > 0
		AND NOT a.attisdropped
	WHERE m.table_schema = model_schema AND m.table_name = model_table
		AND format_type(a.atttypid, a.atttypmod) IS DISTINCT FROM replace(m.data_type, 'timestamptz', 'timestamp with time zone')
		-- gold is its users', the state is ours
		AND NOT (m.table_schema = 'gold' AND a.attnum IS NOT NULL AND zoom_gold.takes_type(a.atttypid, a.atttypmod, m.data_type));
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION 'table "%" does not fit the model', target USING ERRCODE = 'datatype_mismatch',
			DETAIL = format('Column %s.', problem),
			HINT = 'Mend its columns, or rename the table, and run zoom_gold.setup() again.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.check_table(text, text) IS
'Fails when an existing table of gold or gold_state lacks columns of the model or has them with other types, for gold with types that do not take the model''s values; further columns are fine';

-- What PostgreSQL makes of a definition depends on the types of the columns,
-- which may be others in gold than the model's.
CREATE FUNCTION zoom_gold.written_down(target regclass, definition text, is_index boolean) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	written text;
BEGIN
	-- no temporary one, which not everybody may make
	EXECUTE format('CREATE UNLOGGED TABLE gold_state.zoom_gold_written (LIKE %s)', target);
	IF is_index THEN
		EXECUTE 'CREATE INDEX ON gold_state.zoom_gold_written ' || definition;
		written := (SELECT zoom_gold.index_meaning(i.indexrelid) FROM pg_index i WHERE i.indrelid = 'gold_state.zoom_gold_written'::regclass);
	ELSE
		EXECUTE 'ALTER TABLE gold_state.zoom_gold_written ADD ' || definition;
		written := (SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conrelid = 'gold_state.zoom_gold_written'::regclass AND c.contype = 'c');
	END IF;
	DROP TABLE gold_state.zoom_gold_written;
	RETURN written;
END
$$;
COMMENT ON FUNCTION zoom_gold.written_down(regclass, text, boolean) IS
'What the catalogue says of a CHECK or an index of the model on a table with the columns of another';

CREATE FUNCTION zoom_gold.index_meaning(index regclass) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT concat_ws(' ', m.amname, i.indcollation::text,
		ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnkeyatts) AS n)::text, pg_get_expr(i.indpred, i.indrelid))
	FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam WHERE i.indexrelid = index;
END;
COMMENT ON FUNCTION zoom_gold.index_meaning(regclass) IS 'What rows an index finds, and by what; how it is stored and whether it is unique apart';

CREATE FUNCTION zoom_gold.has_constraint(target regclass, definition text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_check boolean := starts_with(definition, 'CHECK');
	present text[] := ARRAY(SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conrelid = target AND (c.contype = 'c') = is_check);
BEGIN
	IF is_check THEN
		-- mostly it is written as in the model
		RETURN definition = ANY (present) OR present <> '{}' AND zoom_gold.written_down(target, definition, false) = ANY (present);
	END IF;
	-- it may be deferrable, or its index hold further columns
	RETURN EXISTS (SELECT FROM unnest(present) AS p (written) WHERE starts_with(p.written, definition));
END
$$;
COMMENT ON FUNCTION zoom_gold.has_constraint(regclass, text) IS 'Whether a table has a constraint of the model, under whichever name';

CREATE FUNCTION zoom_gold.has_index(target regclass, "unique" boolean, definition text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	candidates oid[] := ARRAY(SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = target AND i.indisvalid AND i.indisunique = has_index.unique);
BEGIN
	-- mostly it is written as in the model
	RETURN EXISTS (SELECT FROM unnest(candidates) AS i WHERE right(pg_get_indexdef(i), length(definition) + 1) = ' ' || definition)
		OR candidates <> '{}' AND zoom_gold.written_down(target, definition, true) IN (SELECT zoom_gold.index_meaning(i) FROM unnest(candidates) AS i);
END
$$;
COMMENT ON FUNCTION zoom_gold.has_index(regclass, boolean, text) IS 'Whether a table has an index of the model, under whichever name';

CREATE FUNCTION zoom_gold.complete_table(model_schema text, target_schema name, model_table text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	target regclass := format('%I.%I', target_schema, model_table)::regclass;
	command text;
BEGIN
	FOR command IN
		WITH wanted AS MATERIALIZED (
			SELECT m.* FROM zoom_gold.model_column() m WHERE m.table_schema = model_schema AND m.table_name = model_table
		)
		-- what is not ours is not filled
		SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', target, a.attname)
		FROM pg_attribute a
		WHERE model_schema = 'gold_state' AND a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
			AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
			AND NOT EXISTS (SELECT FROM wanted m WHERE m.column_name = a.attname AND m.options LIKE 'NOT NULL%')
			AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = target AND i.indisprimary AND a.attnum = ANY (i.indkey))
		UNION ALL
		SELECT format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', target, m.column_name)
		FROM wanted m
		JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name AND NOT a.attnotnull
		WHERE m.options LIKE 'NOT NULL%'
		UNION ALL
		SELECT format('ALTER TABLE %s ALTER COLUMN %I SET %s', target, m.column_name, substring(m.options FROM 'DEFAULT .*'))
		FROM wanted m
		JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name AND NOT a.atthasdef AND a.attidentity = ''
		WHERE model_schema <> 'silver' AND m.options ~ 'DEFAULT '
		UNION ALL
		-- a table that was renamed keeps the names of its indexes
		SELECT format('ALTER TABLE %s %s ADD %s %s', target,
			(SELECT format('DROP CONSTRAINT %I,', c.conname) FROM pg_constraint c
				WHERE c.conrelid = target AND c.contype = 'p' AND starts_with(m.definition, 'PRIMARY KEY')),
			CASE WHEN (starts_with(m.definition, 'CHECK') OR to_regclass(format('%I.%I', target_schema, m.constraint_name)) IS NULL)
					AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = target AND c.conname = m.constraint_name)
				THEN format('CONSTRAINT %I', m.constraint_name) END, m.definition)
		FROM zoom_gold.model_constraint() m
		WHERE m.table_schema = model_schema AND m.table_name = model_table AND NOT zoom_gold.has_constraint(target, m.definition)
		UNION ALL
		SELECT format('CREATE %s %s ON %s %s', CASE WHEN m.unique THEN 'UNIQUE INDEX' ELSE 'INDEX' END,
			CASE WHEN to_regclass(format('%I.%I', target_schema, m.index_name)) IS NULL THEN quote_ident(m.index_name) ELSE '' END,
			target, m.definition)
		FROM zoom_gold.model_index() m
		WHERE m.table_schema = model_schema AND m.table_name = model_table AND NOT zoom_gold.has_index(target, m.unique, m.definition)
			-- an index on an empty fact is left to the first refresh, which builds it by sorting
			AND NOT (m.table_name LIKE 'go\_fact\_%' AND pg_relation_size(target) = 0)
		UNION ALL
		SELECT format('ALTER TABLE %s SET (%s)', target, m.options)
		FROM zoom_gold.model_storage() m
		JOIN pg_class c ON c.oid = target AND c.relkind = 'r' AND c.reloptions IS NULL
		WHERE m.table_schema = model_schema AND m.table_name = model_table
		UNION ALL
		SELECT format('COMMENT ON TABLE %s IS %L', target, m.description)
		FROM zoom_gold.model_table() m
		WHERE m.table_schema = model_schema AND m.table_name = model_table
			AND obj_description(target, 'pg_class') IS NULL
		UNION ALL
		SELECT format('COMMENT ON COLUMN %s.%I IS %L', target, m.column_name, m.description)
		FROM wanted m
		JOIN pg_attribute a ON a.attrelid = target AND a.attname = m.column_name
		WHERE col_description(target, a.attnum) IS NULL
			-- comments on gold may be the user's by now
			OR model_schema = 'gold_state' AND col_description(target, a.attnum) <> m.description
		UNION ALL
		SELECT CASE r.kind WHEN 'index' THEN format('DROP INDEX gold_state.%I', r.name)
			ELSE format('ALTER TABLE %s DROP %s %I', target, r.kind, r.name) END
		FROM zoom_gold.model_retired() r
		WHERE model_schema = 'gold_state' AND r.table_name = model_table AND (
			EXISTS (SELECT FROM pg_attribute a WHERE r.kind = 'column' AND a.attrelid = target AND a.attname = r.name)
			OR EXISTS (SELECT FROM pg_constraint c WHERE r.kind = 'constraint' AND c.conrelid = target AND c.conname = r.name)
			OR EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
				WHERE r.kind = 'index' AND i.indrelid = target AND c.relname = r.name))
	LOOP
		EXECUTE command;
	END LOOP;
EXCEPTION WHEN integrity_constraint_violation THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_gold.way_out(model_schema, model_table);
END
$$;
COMMENT ON FUNCTION zoom_gold.complete_table(text, name, text) IS
'Adds the NOT NULLs, constraints, indexes, storage parameters and comments of the model that a table lacks; drops what the state does without by now. Errors where its rows do not allow that';

-- What deletes and updates are published by: a unique index whose columns are
-- never NULL, or the whole row.  What a user chose stays.
CREATE FUNCTION zoom_gold.ensure_replica_identity(target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
	fitting name;
BEGIN
	IF EXISTS (SELECT FROM pg_class c WHERE c.oid = target AND c.relreplident IN ('f', 'n'))
		OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = target AND (i.indisreplident OR i.indisprimary))
	THEN
		RETURN;
	END IF;
	SELECT c.relname INTO fitting
	FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
	WHERE i.indrelid = target AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
		AND NOT EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = target AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull)
	ORDER BY c.relname LIMIT 1;
	EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', target,
		coalesce('USING INDEX ' || quote_ident(fitting), 'FULL'));
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_replica_identity(regclass) IS
'Gives a table of gold or gold_state without a primary key a replica identity, so that it may be published';

CREATE FUNCTION zoom_gold.ensure_table(model_table text, model_schema text, partition_facts text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	action text := 'checked';
BEGIN
	IF to_regclass(format('%I.%I', model_schema, model_table)) IS NULL THEN
		PERFORM zoom_gold.create_table(model_schema, model_schema, model_table,
			CASE WHEN partition_facts <> '' THEN zoom_gold.fact_event(model_table) END);
		action := 'created';
	ELSE
		IF model_schema = 'gold_state' THEN
			PERFORM zoom_gold.add_columns(model_table);
		END IF;
		PERFORM zoom_gold.check_table(model_schema, model_table);
	END IF;
	PERFORM zoom_gold.complete_table(model_schema, model_schema, model_table);
	PERFORM zoom_gold.ensure_replica_identity(t.relid::regclass)
	FROM zoom_gold.relation_tree(format('%I.%I', model_schema, model_table)::regclass) t WHERE t.relkind IN ('r', 'p');
	RETURN action;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_table(text, text, text) IS
'Creates a table of gold or gold_state, a fact as a partitioned table if partitions are wanted, or checks and completes the one that is there';

CREATE FUNCTION zoom_gold.refuse_orphaned_gold() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass;
BEGIN
	IF EXISTS (SELECT FROM zoom_gold.model_table() t
		WHERE t.table_schema = 'gold_state' AND to_regclass(format('gold_state.%I', t.table_name)) IS NOT NULL)
	THEN
		RETURN;
	END IF;
	FOR target IN
		SELECT r.target FROM zoom_gold.model_table() t CROSS JOIN to_regclass(format('gold.%I', t.table_name)) AS r (target)
		WHERE t.table_schema = 'gold' AND r.target IS NOT NULL
	LOOP
		IF zoom_gold.has_rows(target) THEN
			RAISE EXCEPTION 'table "%" holds rows, but the schema "gold_state" they were made with is missing', target
				USING ERRCODE = 'object_not_in_prerequisite_state',
					DETAIL = 'Without its state zoom_gold does not know which user or row of silver a row of gold belongs to.',
					HINT = 'Restore gold_state from the same backup, or empty or rename the tables of gold.';
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_orphaned_gold() IS 'Fails when gold holds rows but gold_state is not there';

CREATE FUNCTION zoom_gold.seed_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO gold_state.settings (name, value, description)
	SELECT d.name, d.value, format('%s: %s', d.description, d.allowed)
	FROM zoom_gold.default_setting() d
	WHERE NOT EXISTS (SELECT FROM gold_state.settings s WHERE s.name = d.name);
	UPDATE gold_state.settings s SET description = format('%s: %s', d.description, d.allowed)
	FROM zoom_gold.default_setting() d
	WHERE s.name = d.name AND s.description <> format('%s: %s', d.description, d.allowed);

	INSERT INTO gold_state.quality_rule (relation, rule_name, severity, error_type, description)
	SELECT b.relation, b.rule_name, b.severity, b.error_type, b.description
	FROM zoom_gold.builtin_rule() b
	WHERE NOT EXISTS (SELECT FROM gold_state.quality_rule q
		WHERE q.relation = b.relation AND q.rule_name = b.rule_name);

	INSERT INTO gold_state.secret (key)
	SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
	WHERE NOT EXISTS (SELECT FROM gold_state.secret);
END
$$;
COMMENT ON FUNCTION zoom_gold.seed_state() IS 'Adds the settings and built-in rules that are missing';

-- What is changed unseen would not be followed: what marks looks in every
-- session_replication_role.
CREATE FUNCTION zoom_gold.missing_guard()
RETURNS TABLE (target regclass, table_name text, trigger_name text, marks boolean, definition text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT w.target, m.table_name, m.trigger_name, w.marks, format('CREATE OR REPLACE TRIGGER %I ' || m.definition, m.trigger_name, w.target)
	FROM zoom_gold.model_guard() m
	CROSS JOIN LATERAL substring(m.definition FROM 'EXECUTE FUNCTION (.*)') AS f (function)
	CROSS JOIN LATERAL (SELECT format('%I.%I', m.table_schema, m.table_name)::regclass, f.function = 'zoom_gold.mark_dependents()') AS w (target, marks)
	WHERE NOT EXISTS (SELECT FROM pg_trigger g
		WHERE g.tgrelid = w.target AND g.tgname = m.trigger_name AND g.tgfoid = f.function::regprocedure
			AND CASE WHEN w.marks THEN g.tgenabled = 'A' ELSE g.tgenabled <> 'D' END);
END
$$;
COMMENT ON FUNCTION zoom_gold.missing_guard() IS
'The triggers of the model that gold and gold_state do not have, or not switched on, after teardown() for instance';

CREATE FUNCTION zoom_gold.attach_guards() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing record;
	renamed record;
BEGIN
	FOR renamed IN
		SELECT g.tgname, g.tgrelid::regclass AS target
		FROM zoom_gold.model_guard() m
		JOIN pg_trigger g ON g.tgrelid = format('%I.%I', m.table_schema, m.table_name)::regclass
			AND g.tgfoid = substring(m.definition FROM 'EXECUTE FUNCTION (.*)')::regprocedure AND g.tgparentid = 0
		GROUP BY g.tgname, g.tgrelid HAVING NOT bool_or(g.tgname = m.trigger_name)
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', renamed.tgname, renamed.target);
	END LOOP;
	FOR missing IN SELECT * FROM zoom_gold.missing_guard() LOOP
		EXECUTE missing.definition;
		IF missing.marks THEN
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', missing.target, missing.trigger_name);
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.attach_guards() IS 'Puts the triggers of the model on gold and gold_state, in the place of others of their names, and switches them on';

-- Whoever may create schemas could have made these before, with triggers that
-- wait for a superuser.
CREATE FUNCTION zoom_gold.refuse_foreign_schemas() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	theirs record;
BEGIN
	SELECT n.nspname AS name, r.rolname AS owner INTO theirs
	FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
	WHERE n.nspname IN ('gold', 'gold_state') AND r.rolname <> current_user AND NOT r.rolsuper
	ORDER BY n.nspname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'schema "%" belongs to role "%"', theirs.name, theirs.owner
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Run zoom_gold.setup() as its owner: SET ROLE %I.', theirs.owner);
	END IF;
	PERFORM zoom_gold.require_owner();
	SELECT n.nspname AS name, r.rolname AS owner INTO theirs
	FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
	WHERE n.nspname IN (SELECT zoom_gold.reader_schema()) AND NOT pg_has_role(r.oid, 'USAGE')
	ORDER BY n.nspname LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'schema "%" belongs to role "%"', theirs.name, theirs.owner
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Its views are made anew by setup(): let %I run DROP SCHEMA %I CASCADE, and grant_read() again.', theirs.owner, theirs.name);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_foreign_schemas() IS
'Fails when gold, gold_state or a schema of views belongs to somebody else who is no superuser';

-- What was refreshed from empty relations holds nothing of them.
CREATE FUNCTION zoom_gold.is_built() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN EXISTS (SELECT FROM gold_state.slice UNION ALL SELECT FROM gold_state.user_event UNION ALL SELECT FROM gold_state.ticket_event
		UNION ALL SELECT FROM gold_state.open_error UNION ALL SELECT FROM gold_state.user_identity);
END
$$;
COMMENT ON FUNCTION zoom_gold.is_built() IS 'Whether gold_state holds anything that a refresh took from silver';

CREATE FUNCTION zoom_gold.refuse_moved_silver(silver_schema name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF silver_schema <> zoom_gold.setting('silver_schema') AND zoom_gold.is_built() THEN
		RAISE EXCEPTION 'gold was built from schema "%", not from "%"', zoom_gold.setting('silver_schema'), silver_schema
			USING ERRCODE = 'object_not_in_prerequisite_state',
				HINT = format('Run zoom_gold.setup(%L). To start anew from another schema, run zoom_gold.teardown(drop_gold => true) first. A silver schema that was renamed gets its name back by ALTER SCHEMA.',
					zoom_gold.setting('silver_schema'));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_moved_silver(name) IS
'Fails when gold was already built from another silver schema';

-- Numbers go on after those that the state has seen.
CREATE FUNCTION zoom_gold.ensure_sequence(sequence_name name, description text, used bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text := format('gold_state.%I', sequence_name);
BEGIN
	IF to_regclass(target) IS NULL THEN
		EXECUTE format('CREATE SEQUENCE %s AS bigint CACHE 1', target);
		PERFORM setval(target::regclass, used) WHERE used > 0;
		EXECUTE format('COMMENT ON SEQUENCE %s IS %L', target, description);
		RETURN true;
	ELSIF NOT EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = target::regclass) THEN
		RAISE EXCEPTION '"%" is not a sequence', target USING ERRCODE = 'wrong_object_type',
			HINT = 'Rename it, and run zoom_gold.setup() again.';
	ELSIF NOT EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = target::regclass
		AND (s.seqtypid, s.seqincrement, s.seqcache, s.seqcycle) = ('bigint'::regtype, 1, 1, false))
	THEN
		EXECUTE format('ALTER SEQUENCE %s AS bigint INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 NO CYCLE', target);
	END IF;
	RETURN false;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_sequence(name, text, bigint) IS
'Creates a sequence of gold_state that is missing, to go on after the number used last, or has one that is there count by one; returns whether it was missing. Errors for what is no sequence';

CREATE FUNCTION zoom_gold.last_change_number() RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT pg_sequence_last_value(s.seqrelid) FROM pg_sequence s WHERE s.seqrelid = to_regclass('gold_state.change_seq'));
COMMENT ON FUNCTION zoom_gold.last_change_number() IS 'The number that the last captured change got; NULL if there is none, or no sequence';

-- The order of changes is that of their numbers.  When more were drawn since
-- than there had been, the new ones are told by their instants: what was pending
-- before may mix with them.
CREATE FUNCTION zoom_gold.renumber_changes(used bigint, since timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	change_table text;
	drawn bigint;
	shift bigint;
BEGIN
	LOCK TABLE gold_state.user_change, gold_state.ticket_change, gold_state.slice_change IN SHARE ROW EXCLUSIVE MODE;
	drawn := coalesce(zoom_gold.last_change_number(), 0);
	shift := (SELECT greatest(used, max(c.seq)) FROM (SELECT seq FROM gold_state.user_change UNION ALL SELECT seq FROM gold_state.ticket_change
		UNION ALL SELECT seq FROM gold_state.slice_change) c);
	PERFORM setval('gold_state.change_seq', shift + drawn);
	FOREACH change_table IN ARRAY '{user_change,ticket_change,slice_change}'::text[] LOOP
		EXECUTE format('UPDATE gold_state.%I SET seq = seq + $1, tx = tx + $1 WHERE seq <= $2 AND ($2 < $3 OR captured_at > $4)', change_table)
			USING shift, drawn, used, since;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.renumber_changes(bigint, timestamptz) IS
'Where the sequence of captured changes was set back behind the number given, gives the changes captured since then, or since that instant, numbers after all others';

-- A transaction that was long about its end may have a number that is low, but
-- its changes were captured before.
CREATE FUNCTION zoom_gold.mend_change_numbers() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT zoom_gold.renumber_changes(r.used, r.since)
	FROM (SELECT change_number, coalesce(finished_at, started_at) FROM gold_state.run WHERE change_number IS NOT NULL ORDER BY run DESC LIMIT 1) r (used, since)
	WHERE EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = to_regclass('gold_state.change_seq'))
		AND (coalesce(zoom_gold.last_change_number(), 0) < r.used
			OR EXISTS (SELECT FROM gold_state.user_change c WHERE c.seq <= r.used AND c.captured_at > r.since)
			OR EXISTS (SELECT FROM gold_state.ticket_change c WHERE c.seq <= r.used AND c.captured_at > r.since)
			OR EXISTS (SELECT FROM gold_state.slice_change c WHERE c.seq <= r.used AND c.captured_at > r.since))
$$;
COMMENT ON FUNCTION zoom_gold.mend_change_numbers() IS
'Has the sequence of captured changes, and those that came since, go on after those that the last run knew of, if it was set back. For refresh()';

CREATE FUNCTION zoom_gold.ensure_sequences() RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	is_new boolean;
	used bigint := (SELECT max(e.seq) FROM (
		SELECT greatest(max(seq), max(tx)) FROM gold_state.user_event UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.ticket_event
		UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.user_change UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.ticket_change
		UNION ALL SELECT greatest(max(seq), max(tx)) FROM gold_state.slice_change) AS e (seq));
BEGIN
	is_new := zoom_gold.ensure_sequence('change_seq', 'Order of captured changes', used);
	PERFORM zoom_gold.renumber_changes(used, 'infinity') WHERE used > coalesce(zoom_gold.last_change_number(), 0);
	PERFORM zoom_gold.ensure_sequence('run_seq', 'Numbers of runs', (SELECT max(r.run) FROM gold_state.run r));
	RETURN is_new;
END
$$;
COMMENT ON FUNCTION zoom_gold.ensure_sequences() IS
'Creates the sequences of gold_state that are missing, and mends those that were changed; returns whether captured changes were without numbers';

CREATE FUNCTION zoom_gold.setup_gold(partition_facts text) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	model record;
	is_new boolean := to_regclass('gold_state.relation_state') IS NULL;
	capture_stopped boolean := false;
	restarted text[] := '{}';
	remedy text;
BEGIN
	PERFORM zoom_gold.ensure_schema('gold', 'Gold layer of Zoom analytics: dimensions, facts, aggregates, audit logs');
	PERFORM zoom_gold.ensure_schema('gold_state', 'What zoom_gold keeps to maintain the schema gold; belongs to the same backup');
	FOR model IN SELECT t.table_schema, t.table_name, t.description FROM zoom_gold.model_table() t
		WHERE t.table_schema IN ('gold', 'gold_state')
	LOOP
		relation := format('%I.%I', model.table_schema, model.table_name);
		action := zoom_gold.ensure_table(model.table_name, model.table_schema, partition_facts);
		RETURN NEXT;
		capture_stopped := capture_stopped OR action = 'created' AND model.table_name IN ('user_change', 'ticket_change', 'slice_change', 'dirty');
		IF action = 'created' AND NOT is_new AND model.table_schema = 'gold' THEN
			-- a table of gold was lost: the step that fills it starts over
			restarted := restarted || ARRAY(SELECT coalesce(zoom_gold.step_of(model.table_name), 'merge_' || substr(model.table_name, 4))
				WHERE model.table_name NOT LIKE '%\_log');
			IF model.table_name = 'go_error_audit_log' THEN
				-- what was open is logged anew by the passes that find it
				DELETE FROM gold_state.open_error;
				restarted := restarted || ARRAY(SELECT DISTINCT s.process_name FROM zoom_gold.step_input() s);
			END IF;
		ELSIF action = 'created' AND model.table_name = 'billing_event_class' THEN
			INSERT INTO gold_state.billing_event_class (event_type, mrr_sign)
			VALUES ('Subscription Fee', 1), ('Subscription Renewal', 1), ('Add-on Purchase', 0), ('Refund', -1);
		ELSIF action = 'created' AND NOT is_new AND model.table_schema = 'gold_state' THEN
			-- the step that keeps it starts over
			restarted := restarted || ARRAY(SELECT k.process_name FROM (VALUES ('period_users', 'refresh_agg_active_users'), ('user_label', 'merge_dim_user'),
				('meeting_detail', 'build_fact_meeting_usage'), ('meeting_attendance', 'si_participants'),
				('feature_detail', 'build_fact_feature_usage'), ('webinar_detail', 'build_fact_webinar_usage'),
				('license_detail', 'build_fact_license_utilization')) AS k (table_name, process_name)
			WHERE k.table_name = model.table_name);
		END IF;
	END LOOP;
	INSERT INTO gold_state.dirty (consumer) SELECT unnest(restarted);
	IF zoom_gold.ensure_sequences() OR capture_stopped THEN
		-- what was written to silver since may be noted nowhere
		UPDATE gold_state.relation_state SET fingerprint = NULL;
	END IF;
	PERFORM zoom_gold.seed_state();
	RETURN QUERY SELECT m.relation, m.action FROM zoom_gold.mend_members() m;
	IF NOT is_new THEN
		-- what was changed while nobody looked
		PERFORM zoom_gold.mark_configured(g.table_name, NULL) FROM zoom_gold.missing_guard() g WHERE g.marks GROUP BY g.table_name;
	END IF;
	PERFORM zoom_gold.attach_guards();
	FOR relation IN SELECT s FROM zoom_gold.reader_schema() s LOOP
		BEGIN
			PERFORM zoom_gold.create_reader_views(relation::name);
		EXCEPTION WHEN syntax_error_or_access_rule_violation OR feature_not_supported THEN
			-- columns of gold may have other types than the model's
			GET STACKED DIAGNOSTICS remedy = PG_EXCEPTION_HINT;
			action := concat_ws('; ', 'views not made: ' || SQLERRM, nullif(remedy, ''));
			RETURN NEXT;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.setup_gold(text) IS 'The part of setup() that makes the schemas gold and gold_state';

-- A misspelt name would be a schema of empty tables, and gold empty.
CREATE FUNCTION zoom_gold.refuse_misspelt_silver(silver_schema name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	filled text[] := ARRAY(SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
			AND c.relname IN (SELECT t.table_name FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver')
		GROUP BY n.nspname ORDER BY count(*) DESC, n.nspname);
BEGIN
	IF filled <> '{}' AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = silver_schema) THEN
		RAISE EXCEPTION 'schema "%" does not exist', silver_schema USING ERRCODE = 'invalid_schema_name',
			DETAIL = format('Relations of silver are in: %s.', array_to_string(filled, ', ')),
			HINT = CASE WHEN zoom_gold.is_built() THEN format('A silver schema that was renamed gets its name back: ALTER SCHEMA %I RENAME TO %I.', filled[1], silver_schema)
				ELSE format('Name that schema: SELECT * FROM zoom_gold.setup(%L).', filled[1]) END
				|| format(' For new and empty relations, CREATE SCHEMA %I first.', silver_schema);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_misspelt_silver(name) IS
'Fails for a schema that is not there when another one holds relations of silver';

CREATE FUNCTION zoom_gold.create_silver_command(target text, relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('CREATE TABLE %s (%s)', target, string_agg(concat_ws(' ', quote_ident(m.column_name), m.data_type,
		CASE WHEN m.options LIKE 'NOT NULL%' THEN 'NOT NULL' END), ', ' ORDER BY m.position))
	FROM zoom_gold.model_column() m WHERE m.table_schema = 'silver' AND m.table_name = relation
$$;
COMMENT ON FUNCTION zoom_gold.create_silver_command(text, text) IS 'The command that makes a table of the silver contract, for hints';

-- What was read through a view is not lost with the view: an empty table in its
-- place would say that every row of it was deleted.
CREATE FUNCTION zoom_gold.refuse_lost_view(relation text, silver_schema name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	IF EXISTS (SELECT FROM gold_state.relation_state r
		WHERE r.relation = refuse_lost_view.relation AND r.capture <> 'trigger' AND r.refreshed_at IS NOT NULL)
	THEN
		RAISE EXCEPTION 'relation "%" is gone', format('%I.%I', silver_schema, relation) USING ERRCODE = 'undefined_table',
			DETAIL = 'It was no table with capture triggers but, say, a view or a foreign table, and an empty table in its place would delete from gold what came from it.',
			HINT = format('Create it again. If its rows are meant to be gone, create a table of that name first: %s.',
				zoom_gold.create_silver_command(format('%I.%I', silver_schema, relation), relation));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_lost_view(text, name) IS
'Fails when a silver relation that is missing was a view or a foreign table at the last refresh';

CREATE FUNCTION zoom_gold.setup_silver(silver_schema name) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	model_name text;
	target regclass;
	capture text;
	watched regclass[] := '{}';
BEGIN
	PERFORM zoom_gold.refuse_misspelt_silver(silver_schema);
	IF to_regnamespace(quote_ident(silver_schema)) IS NULL THEN
		RETURN QUERY SELECT format('%I', silver_schema), 'created';
	END IF;
	PERFORM zoom_gold.ensure_schema(silver_schema, 'Silver layer of Zoom analytics, the input of the schema gold');
	PERFORM zoom_gold.require_schema_right(silver_schema, 'USAGE');
	PERFORM zoom_gold.check_silver(silver_schema);

	FOR model_name IN SELECT t.table_name FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver' LOOP
		relation := format('%I.%I', silver_schema, model_name);
		action := 'checked';
		IF to_regclass(relation) IS NULL THEN
			PERFORM zoom_gold.refuse_lost_view(model_name, silver_schema);
			PERFORM zoom_gold.require_schema_right(silver_schema, 'CREATE');
			PERFORM zoom_gold.create_table('silver', silver_schema, model_name);
			PERFORM zoom_gold.complete_table('silver', silver_schema, model_name);
			action := 'created';
		END IF;
		RETURN NEXT;
		target := relation::regclass;
		capture := zoom_gold.watch_relation(model_name, target);
		action := format('attached (%s)', capture);
		RETURN NEXT;
		IF capture = 'trigger' THEN
			watched := watched || ARRAY(SELECT t.relid::regclass FROM zoom_gold.relation_tree(target) t);
		END IF;
		RETURN QUERY SELECT relation, 'index missing: ' || i.definition FROM zoom_gold.missing_indexes(model_name, target) i;
		RETURN QUERY SELECT relation, format('load_timestamp may be NULL, against the contract: ALTER TABLE %s ALTER COLUMN load_timestamp SET NOT NULL', relation)
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'load_timestamp'
			WHERE c.oid = target AND c.relkind IN ('r', 'p') AND NOT a.attnotnull;
	END LOOP;

	-- Tables that were swapped out or detached must not go on reporting, and
	-- a foreign partition cannot be written through a root with triggers.
	RETURN QUERY SELECT d::text, 'detached' FROM zoom_gold.drop_triggers(watched) d;
END
$$;
COMMENT ON FUNCTION zoom_gold.setup_silver(name) IS
'The part of setup() that makes, checks and watches the silver relations';

CREATE FUNCTION zoom_gold.watch_relation(relation text, target regclass) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
<<watch>>
DECLARE
	capture text := (SELECT c.capture FROM zoom_gold.relation_capture(target) c);
	attached integer := 0;
BEGIN
	IF capture = 'trigger' THEN
		attached := zoom_gold.attach_capture(relation, target);
	END IF;
	-- The fingerprint of a relation known already stays: that it is another
	-- one now tells the next refresh to compare in full.  A copy of the
	-- database, which would not look at it, is told by its lack.  Between
	-- watermark and full the operator has the last word.
	INSERT INTO gold_state.relation_state AS r (relation, capture, fingerprint, catalog)
	VALUES (relation, capture, zoom_gold.relation_fingerprint(target), zoom_gold.catalog_id())
	ON CONFLICT (relation) DO UPDATE
	SET capture = CASE WHEN 'trigger' IN (r.capture, excluded.capture) THEN excluded.capture ELSE r.capture END,
		fingerprint = CASE WHEN watch.attached = 0 THEN r.fingerprint END
	WHERE r.capture <> excluded.capture AND 'trigger' IN (r.capture, excluded.capture) OR watch.attached > 0;
	RETURN (SELECT r.capture FROM gold_state.relation_state r WHERE r.relation = watch_relation.relation);
END
$$;
COMMENT ON FUNCTION zoom_gold.watch_relation(text, regclass) IS
'Begins to watch a silver relation for changes; returns how';

CREATE FUNCTION zoom_gold.setup(silver_schema name DEFAULT 'silver', partition_facts text DEFAULT NULL) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	-- types are compared by name
	SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
	unit text := partition_facts;
BEGIN
	PERFORM zoom_gold.require_primary();
	IF silver_schema IS NULL OR silver_schema IN ('', 'gold', 'gold_state', 'gold_masked', 'gold_bi', 'gold_bi_masked', 'zoom_gold', 'information_schema')
		OR starts_with(silver_schema, 'pg_')
	THEN
		RAISE EXCEPTION '% cannot be the silver layer', coalesce('schema "' || silver_schema || '"', 'NULL')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Name the schema of your silver relations; setup() takes the schema silver.';
	END IF;
	IF partition_facts NOT IN ('', 'month', 'year') THEN
		RAISE EXCEPTION 'facts cannot be partitioned by "%"', partition_facts
			USING ERRCODE = 'invalid_parameter_value', HINT = 'partition_facts takes month, year, or '''' for no more partitions.';
	END IF;
	PERFORM zoom_gold.lock_runs();
	PERFORM zoom_gold.refuse_foreign_schemas();
	PERFORM zoom_gold.refuse_orphaned_gold();
	-- a table without them is told of below
	IF unit IS NULL AND (SELECT count(*) FROM pg_attribute a
		WHERE a.attrelid = to_regclass('gold_state.settings') AND a.attname IN ('name', 'value')) = 2
	THEN
		SELECT s.value INTO unit FROM gold_state.settings s WHERE s.name = 'partition_facts';
	END IF;
	IF partition_facts <> '' THEN
		RETURN QUERY SELECT * FROM zoom_gold.partition_empty_facts(partition_facts);
	END IF;
	RETURN QUERY SELECT * FROM zoom_gold.setup_gold(coalesce(unit, ''));
	UPDATE gold_state.settings s SET value = partition_facts WHERE s.name = 'partition_facts' AND s.value <> partition_facts;
	PERFORM zoom_gold.refuse_moved_silver(silver_schema);
	RETURN QUERY SELECT * FROM zoom_gold.setup_silver(silver_schema);
	RETURN QUERY SELECT * FROM zoom_gold.require_sound_configuration();
	PERFORM zoom_gold.renew_grants();
	RETURN QUERY SELECT * FROM zoom_gold.missing_grants();
	UPDATE gold_state.settings SET value = silver_schema WHERE name = 'silver_schema' AND value <> silver_schema;
	IF FOUND THEN
		-- what the triggers on another schema captured is not silver any more
		TRUNCATE gold_state.user_change, gold_state.ticket_change, gold_state.slice_change;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.setup(name, text) IS
'Makes the schemas gold and gold_state, the views of gold_masked, gold_bi and gold_bi_masked, and the silver relations that are missing, checks those that '
'exist, and watches silver for changes. Returns a row per relation and what was done: created, checked, '
'attached (trigger), attached (watermark), attached (full), an index missing that would spare scans, a load_timestamp that may be '
'NULL, a rule that waits for a column of an empty table, or grants missing that went with a dropped extension. May '
'be run again at any time, and should be after silver tables were replaced. Errors, before anything is made, where a silver '
'relation breaks the contract, where gold was built from another schema, and where gold holds rows but '
'gold_state is gone, where a schema that is not there is named though another one holds silver, and where a setting, a rule or a word in gold_state is invalid. With partition_facts month or year, facts are made as partitioned tables, those that are there and '
'empty are replaced (partitioned), and each refresh makes the partitions it needs; kept as a setting. Errors when a fact '
'that is not partitioned holds rows';

-- Views of others would go with a schema and not come back with setup().
CREATE FUNCTION zoom_gold.refuse_dependent_views(schemas name[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	dependent text := (SELECT string_agg(DISTINCT r.ev_class::regclass::text, ', ')
		FROM pg_depend d
		JOIN pg_rewrite r ON r.oid = d.objid
		JOIN pg_class c ON c.oid = r.ev_class
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname <> ALL (schemas)
		JOIN pg_class u ON u.oid = d.refobjid
		JOIN pg_namespace m ON m.oid = u.relnamespace AND m.nspname = ANY (schemas)
		WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass);
BEGIN
	IF dependent IS NOT NULL THEN
		RAISE EXCEPTION 'views outside gold read it' USING ERRCODE = 'dependent_objects_still_exist',
			DETAIL = format('These would be lost: %s.', dependent),
			HINT = 'Drop them first.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_dependent_views(name[]) IS
'Fails when views in other schemas read tables or views of the schemas given';

CREATE FUNCTION zoom_gold.drop_gold_schemas() RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	schemas name[] := ARRAY(SELECT n.nspname FROM pg_namespace n
		WHERE n.nspname IN ('gold', 'gold_state', 'gold_masked', 'gold_bi', 'gold_bi_masked') ORDER BY 1);
BEGIN
	PERFORM zoom_gold.lock_runs();
	PERFORM zoom_gold.refuse_foreign_schemas();
	PERFORM zoom_gold.refuse_dependent_views(schemas);
	IF schemas <> '{}' THEN
		EXECUTE (SELECT format('DROP SCHEMA %s CASCADE', string_agg(quote_ident(s), ', ')) FROM unnest(schemas) s);
	END IF;
	RETURN QUERY SELECT s::text, 'dropped' FROM unnest(schemas) s;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_gold_schemas() IS 'The part of teardown() that drops the schemas that setup() made';

CREATE FUNCTION zoom_gold.teardown(drop_gold boolean DEFAULT false) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	dependent regclass;
BEGIN
	IF drop_gold IS NULL THEN
		RAISE EXCEPTION 'argument "drop_gold" must not be null' USING ERRCODE = 'null_value_not_allowed',
			HINT = 'teardown() keeps all data; teardown(drop_gold => true) drops what setup() made but silver.';
	END IF;
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_gold.require_owner();
	FOR dependent IN
		SELECT DISTINCT r.ev_class::regclass
		FROM pg_depend d
		JOIN pg_rewrite r ON r.oid = d.objid
		JOIN pg_class c ON c.oid = r.ev_class AND c.relnamespace::regnamespace::text IN ('gold_bi', 'gold_bi_masked')
		JOIN pg_proc p ON p.oid = d.refobjid AND p.pronamespace = 'zoom_gold'::regnamespace
		WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_proc'::regclass
	LOOP
		relation := dependent::text;
		EXECUTE format('DROP VIEW %s', dependent);
		action := 'dropped';
		RETURN NEXT;
	END LOOP;
	RETURN QUERY SELECT d::text, 'detached'
	FROM zoom_gold.drop_triggers('{}', ARRAY(SELECT p.oid::regproc FROM pg_proc p
		WHERE p.pronamespace = 'zoom_gold'::regnamespace AND p.prorettype = 'trigger'::regtype)) d;
	IF drop_gold THEN
		RETURN QUERY SELECT * FROM zoom_gold.drop_gold_schemas();
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.teardown(boolean) IS
'Drops the triggers of zoom_gold from silver, gold and gold_state, and the views of gold_bi and gold_bi_masked '
'that call its functions, so that the extension can be dropped; keeps all data. setup() undoes it, but for '
'grants on those views. With drop_gold it also drops the schemas gold, gold_state, gold_masked, gold_bi and '
'gold_bi_masked with all that is in them, so that setup() begins anew; silver stays. Returns what was done '
'to which relation or schema. Errors, with drop_gold, where views in other schemas read from those';


/* ==========================================================================
 * Guards: what people may change in gold and gold_state
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.guard_error_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (NEW.error_type, NEW.error_description, NEW.source_table, NEW.error_timestamp, NEW.process_audit_info,
		NEW.load_date, NEW.update_date, NEW.source_system) IS DISTINCT FROM
	   (OLD.error_type, OLD.error_description, OLD.source_table, OLD.error_timestamp, OLD.process_audit_info,
		OLD.load_date, OLD.update_date, OLD.source_system)
	THEN
		RAISE EXCEPTION 'only the status of an error can be changed' USING ERRCODE = 'check_violation';
	END IF;
	IF NEW.status IS DISTINCT FROM OLD.status THEN
		IF (OLD.status, NEW.status) NOT IN (('Open', 'In Progress'), ('In Progress', 'Open')) THEN
			RAISE EXCEPTION 'an error with status "%" cannot be set to "%"', OLD.status, NEW.status
				USING ERRCODE = 'check_violation',
					DETAIL = 'People move errors between Open and In Progress; Resolved is set by a refresh.',
					HINT = 'Mend the row in silver: the next refresh resolves its errors.';
		END IF;
		NEW.update_date := zoom_gold.today();
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_error_log() IS
'Trigger on go_error_audit_log: people may move a row between Open and In Progress, nothing else';

CREATE FUNCTION zoom_gold.guard_error_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'errors are not deleted' USING ERRCODE = 'object_not_in_prerequisite_state',
		HINT = 'Mend the row in silver: the next refresh resolves its errors. Resolved ones leave after log_retention_days of gold_state.settings.';
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_error_rows() IS
'Trigger on go_error_audit_log: a refresh knows which errors it has logged and would not log them again';

CREATE FUNCTION zoom_gold.guard_process_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'the process log is append-only' USING ERRCODE = 'object_not_in_prerequisite_state',
		HINT = 'To keep it short, set log_retention_days in gold_state.settings.';
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_process_log() IS 'Trigger on go_process_audit_log: it is append-only';

CREATE FUNCTION zoom_gold.setting_is_valid(name text, value text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
	RETURN CASE name
		WHEN 'silver_schema' THEN to_regnamespace(quote_ident(value)) IS NOT NULL
		WHEN 'active_user' THEN value IN ('host', 'host_or_participant')
		WHEN 'delete_policy' THEN value IN ('close', 'ignore')
		WHEN 'fact_deletes' THEN value IN ('mirror', 'keep')
		WHEN 'delete_guard_percent' THEN value ~ '^\d{1,3}(\.\d{1,6})?$' AND value::numeric <= 100
		WHEN 'delete_guard_rows' THEN value ~ '^\d{1,18}$'
		WHEN 'min_date' THEN value ~ '^\d{4}-\d{2}-\d{2}$' AND value::date < '9999-12-31'
		WHEN 'full_compare_interval' THEN value::interval >= '0'
		WHEN 'captured_compare_interval' THEN value::interval >= '0'
		WHEN 'watermark_margin' THEN value::interval >= '0'
		WHEN 'log_retention_days' THEN value ~ '^\d{1,6}$'
		WHEN 'partition_facts' THEN value IN ('', 'month', 'year')
		ELSE false
	END;
EXCEPTION WHEN data_exception THEN
	RETURN false;
END
$$;
COMMENT ON FUNCTION zoom_gold.setting_is_valid(text, text) IS 'Whether a setting may take a value';

CREATE FUNCTION zoom_gold.check_setting(name text, value text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known record;
BEGIN
	IF zoom_gold.setting_is_valid(name, value) THEN
		RETURN;
	END IF;
	SELECT * INTO known FROM zoom_gold.default_setting() d WHERE d.name = check_setting.name;
	IF known IS NULL THEN
		RAISE EXCEPTION 'unknown setting "%"', name USING ERRCODE = 'undefined_object',
			HINT = format('The settings are %s.', (SELECT string_agg(d.name, ', ') FROM zoom_gold.default_setting() d));
	END IF;
	RAISE EXCEPTION 'invalid value for setting "%": "%"', name, value
		USING ERRCODE = 'invalid_parameter_value', HINT = format('In gold_state.settings it takes %s.', known.allowed);
END
$$;
COMMENT ON FUNCTION zoom_gold.check_setting(text, text) IS 'Fails for an unknown setting and for a value that it may not take';

CREATE FUNCTION zoom_gold.guard_setting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' AND OLD.name NOT IN (SELECT d.name FROM zoom_gold.default_setting() d) THEN
		RETURN OLD;
	ELSIF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND NEW.name <> OLD.name THEN
		RAISE EXCEPTION 'setting "%" cannot be removed', OLD.name USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Update its value.';
	END IF;
	PERFORM zoom_gold.check_setting(NEW.name, NEW.value);
	IF NEW.name = 'silver_schema' AND TG_OP = 'UPDATE' THEN
		PERFORM zoom_gold.refuse_moved_silver(NEW.value::name);
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_setting() IS 'Trigger on settings: known names and valid values only';

CREATE FUNCTION zoom_gold.is_tracked_column(column_name text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN column_name NOT IN ('load_date', 'update_date', 'source_system', 'valid_from', 'valid_to', 'is_current')
		AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'gold.go_dim_user'::regclass
			AND a.attname = is_tracked_column.column_name AND a.attnum > 0 AND NOT a.attisdropped);
END
$$;
COMMENT ON FUNCTION zoom_gold.is_tracked_column(text) IS 'Whether go_dim_user has a column whose changes may open versions';

CREATE FUNCTION zoom_gold.guard_tracked_column() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF zoom_gold.is_tracked_column(NEW.column_name) IS NOT TRUE THEN
		RAISE EXCEPTION '"%" is not a tracked column of "gold.go_dim_user"', NEW.column_name
			USING ERRCODE = 'undefined_column',
				HINT = 'Tracked are user_name, email, company, plan_type and columns that users added to silver and gold.';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_tracked_column() IS 'Trigger on tracked_column: the column must exist';

-- Event types that the user added to billing_event_class are known as well.
CREATE FUNCTION zoom_gold.listed_values(relation text, column_name text) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN (SELECT v.known || CASE WHEN v.column_name = 'event_type' THEN ARRAY(SELECT c.event_type FROM gold_state.billing_event_class c ORDER BY 1) END
		FROM zoom_gold.known_value() v WHERE v.relation = listed_values.relation AND v.column_name = listed_values.column_name);
END
$$;
COMMENT ON FUNCTION zoom_gold.listed_values(text, text) IS 'The values that words may be mapped to in a column of silver; NULL for columns whose values are not listed';

CREATE FUNCTION zoom_gold.guard_value_map() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	listed text[];
	meaning text;
BEGIN
	NEW.relation := zoom_gold.contract_name(NEW.relation);
	listed := zoom_gold.listed_values(NEW.relation, NEW.column_name);
	IF listed IS NULL THEN
		RAISE EXCEPTION 'values of column "%" of "%" cannot be mapped', NEW.column_name, NEW.relation USING ERRCODE = 'undefined_column',
			HINT = format('It can be done with %s.', (SELECT string_agg(v.column_name || ' of ' || v.relation, ', ') FROM zoom_gold.known_value() v));
	END IF;
	NEW.source_value := zoom_gold.normal_text(NEW.source_value);
	IF NEW.source_value IS NULL THEN
		RAISE EXCEPTION 'source_value is empty' USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'What is NULL or empty in silver stays unknown.';
	END IF;
	meaning := (SELECT k FROM unnest(listed) AS k WHERE lower(k COLLATE "C") = lower(zoom_gold.normal_text(NEW.silver_value) COLLATE "C") LIMIT 1);
	IF meaning IS NULL THEN
		RAISE EXCEPTION '"%" is not a known value of column "%"', NEW.silver_value, NEW.column_name USING ERRCODE = 'invalid_parameter_value',
			HINT = format('The values are %s.', (SELECT string_agg(DISTINCT k, ', ') FROM unnest(listed) AS k));
	END IF;
	NEW.silver_value := meaning;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_value_map() IS
'Trigger on value_map: the column must be one of those whose values are listed, the value one of these; both are brought to their normal form';

/*
 * A condition is pasted into the query that reads silver, so it must be one
 * expression and nothing else.  Opening a cursor parses it as part of a
 * single SELECT: a second statement is refused before any is run, and no row
 * is fetched.  A CHECK constraint on an empty copy of the relation then
 * refuses whatever leaves the parentheses, sub-selects, aggregates and
 * set-returning functions; the stored expression names its functions.
 */
CREATE FUNCTION zoom_gold.check_condition(condition text, relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	-- as it will be computed
	SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres' SET standard_conforming_strings = on SET quote_all_identifiers = off AS $$
DECLARE
	probe refcursor;
	volatile_function regproc;
BEGIN
	OPEN probe NO SCROLL FOR EXECUTE format('SELECT (%s) FROM %s WHERE false', condition, relation);
	CLOSE probe;
	EXECUTE format('CREATE TEMPORARY TABLE zoom_gold_condition (LIKE %s) ON COMMIT DROP', relation);
	EXECUTE format('ALTER TABLE pg_temp.zoom_gold_condition ADD CONSTRAINT condition CHECK (%s)', condition);
	SELECT p.oid INTO volatile_function
	FROM pg_constraint c
	CROSS JOIN LATERAL regexp_matches(c.conbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS f (match)
	JOIN pg_proc p ON p.oid = f.match[1]::oid
	WHERE c.conrelid = 'pg_temp.zoom_gold_condition'::regclass AND c.contype = 'c' AND p.provolatile = 'v' LIMIT 1;
	DROP TABLE pg_temp.zoom_gold_condition;
	IF volatile_function IS NOT NULL THEN
		RAISE EXCEPTION 'function % is volatile', volatile_function USING ERRCODE = 'invalid_object_definition';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.check_condition(text, regclass) IS
'Fails unless the text is one boolean expression over the columns of the relation, without sub-selects, aggregates and volatile functions';

CREATE FUNCTION zoom_gold.guard_quality_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	builtin record;
	other text;
BEGIN
	-- '*' stands for all relations: a name is taken when it is there or here
	SELECT * INTO builtin FROM zoom_gold.builtin_rule() b
	WHERE (TG_OP = 'INSERT' AND b.rule_name = NEW.rule_name
			AND (b.relation = NEW.relation OR '*' IN (b.relation, NEW.relation)))
		OR (TG_OP <> 'INSERT' AND b.rule_name = OLD.rule_name AND b.relation = OLD.relation)
	ORDER BY b.relation = coalesce(NEW.relation, OLD.relation) DESC LIMIT 1;

	IF builtin IS NOT NULL THEN
		IF TG_OP = 'DELETE' THEN
			RAISE EXCEPTION 'rule "%" is built in and cannot be removed', OLD.rule_name
				USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Set enabled to false instead.';
		ELSIF (NEW.relation, NEW.rule_name, NEW.condition, NEW.severity, NEW.error_type) IS DISTINCT FROM
			(builtin.relation, builtin.rule_name, NULL::text, builtin.severity, builtin.error_type)
		THEN
			RAISE EXCEPTION 'rule "%" is built in: only enabled and description can be changed', builtin.rule_name
				USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Add a rule of another name.';
		ELSIF builtin.contract AND NOT NEW.enabled THEN
			RAISE EXCEPTION 'rule "%" cannot be switched off', builtin.rule_name
				USING ERRCODE = 'object_not_in_prerequisite_state',
					DETAIL = 'Gold cannot hold rows that break it.';
		END IF;
		RETURN NEW;
	ELSIF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;

	IF NEW.rule_name !~ '^[a-z][a-z0-9_]{0,62}$' THEN
		RAISE EXCEPTION 'invalid name of a rule: "%"', NEW.rule_name USING ERRCODE = 'invalid_name',
			HINT = 'It takes lower-case letters, digits and underscores.';
	ELSIF NEW.condition IS NULL THEN
		RAISE EXCEPTION 'rule "%" needs a condition', NEW.rule_name USING ERRCODE = 'null_value_not_allowed',
			HINT = 'For instance: duration_minutes > 600.';
	END IF;
	IF NEW.relation <> '*' THEN
		NEW.relation := zoom_gold.contract_name(NEW.relation);
	END IF;
	-- the log names a rule and a relation
	SELECT q.relation INTO other FROM gold_state.quality_rule q
	WHERE q.rule_name = NEW.rule_name AND q.relation <> NEW.relation AND '*' IN (q.relation, NEW.relation)
		AND (TG_OP = 'INSERT' OR (q.relation, q.rule_name) <> (OLD.relation, OLD.rule_name));
	IF FOUND THEN
		RAISE EXCEPTION 'relation "%" has a rule "%"', other, NEW.rule_name USING ERRCODE = 'unique_violation',
			DETAIL = 'The relation * stands for all of them.', HINT = 'Choose another name.';
	END IF;
	-- what does not hold can always be switched off
	IF NEW.enabled THEN
		PERFORM zoom_gold.check_rule_condition(NEW.rule_name, NEW.relation, NEW.condition);
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_quality_rule() IS
'Trigger on quality_rule: built-in rules keep their meaning, conditions of users must be sound';

CREATE FUNCTION zoom_gold.check_rule_condition(rule_name text, relation text, condition text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text;
BEGIN
	FOR target IN
		SELECT t.table_name FROM zoom_gold.model_table() t
		WHERE t.table_schema = 'silver' AND relation IN (t.table_name, '*')
	LOOP
		IF zoom_gold.silver_relation(target) IS NULL THEN
			RAISE EXCEPTION 'the relation does not exist' USING ERRCODE = 'undefined_table';
		END IF;
		PERFORM zoom_gold.check_condition(condition, zoom_gold.silver_relation(target));
	END LOOP;
EXCEPTION WHEN OTHERS THEN
	RAISE EXCEPTION 'invalid condition of rule "%" on "%": %', rule_name, target, SQLERRM
		USING ERRCODE = SQLSTATE,
			DETAIL = 'A condition is one boolean expression over the columns of the silver row; true means bad.',
			HINT = 'Name columns without the relation, functions that are not PostgreSQL''s own with their schema. '
				|| 'Sub-selects, aggregates and volatile functions do not work.';
END
$$;
COMMENT ON FUNCTION zoom_gold.check_rule_condition(text, text, text) IS
'Fails with the reason when a condition is unsound for a relation it applies to';

-- --------------------------------------------------------------------------
-- What was changed while the guards were away: between teardown() and setup(),
-- or with triggers off
-- --------------------------------------------------------------------------

-- The silver schema is looked for where it is read.
CREATE FUNCTION zoom_gold.configuration_problem() RETURNS TABLE (relation text, problem text, remedy text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT 'gold_state.settings', format('invalid value for setting "%s": "%s"', s.name, s.value),
		format('UPDATE gold_state.settings SET value = %L WHERE name = %L', d.value, s.name)
	FROM gold_state.settings s JOIN zoom_gold.default_setting() d USING (name)
	WHERE s.name <> 'silver_schema' AND zoom_gold.setting_is_valid(s.name, s.value) IS NOT TRUE
	UNION ALL
	SELECT 'gold_state.settings', format('unknown setting "%s"', s.name), format('DELETE FROM gold_state.settings WHERE name = %L', s.name)
	FROM gold_state.settings s WHERE s.name NOT IN (SELECT d.name FROM zoom_gold.default_setting() d)
	UNION ALL
	SELECT 'gold_state.quality_rule', CASE WHEN c.changed THEN format('rule "%s" of "%s" is built in, and was changed', b.rule_name, b.relation)
			ELSE format('rule "%s" of "%s" cannot be switched off', b.rule_name, b.relation) END,
		format('UPDATE gold_state.quality_rule SET %s WHERE relation = %L AND rule_name = %L', concat_ws(', ',
			CASE WHEN c.changed THEN format('condition = NULL, severity = %L, error_type = %L', b.severity, b.error_type) END,
			CASE WHEN b.contract AND NOT q.enabled THEN 'enabled = true' END), b.relation, b.rule_name)
	FROM gold_state.quality_rule q JOIN zoom_gold.builtin_rule() b USING (relation, rule_name)
	CROSS JOIN LATERAL (SELECT (q.condition, q.severity, q.error_type) IS DISTINCT FROM (NULL::text, b.severity, b.error_type)) AS c (changed)
	WHERE c.changed OR b.contract AND NOT q.enabled
	UNION ALL
	SELECT 'gold_state.quality_rule', format('rule "%s" of "%s" has no condition', q.rule_name, q.relation),
		format('DELETE FROM gold_state.quality_rule WHERE relation = %L AND rule_name = %L', q.relation, q.rule_name)
	FROM gold_state.quality_rule q
	WHERE q.condition IS NULL AND NOT EXISTS (SELECT FROM zoom_gold.builtin_rule() b WHERE b.relation = q.relation AND b.rule_name = q.rule_name)
	UNION ALL
	SELECT 'gold_state.quality_rule', format('rule "%s" of "%s" has the name of one of "%s"', q.rule_name, q.relation, string_agg(o.relation, '", "' ORDER BY o.relation)),
		format('UPDATE gold_state.quality_rule SET rule_name = %L WHERE relation = %L AND rule_name = %L',
			left(q.rule_name, 60 - length(q.relation)) || CASE q.relation WHEN '*' THEN '_all' ELSE '_' || q.relation END, q.relation, q.rule_name)
	FROM gold_state.quality_rule q JOIN gold_state.quality_rule o USING (rule_name)
	WHERE q.condition IS NOT NULL AND q.relation <> o.relation
		AND (o.relation = '*' OR q.relation = '*' AND o.condition IS NULL)
	GROUP BY q.relation, q.rule_name
	UNION ALL
	SELECT 'gold_state.value_map', format('"%s" cannot be mapped to "%s" in column "%s" of "%s"', m.source_value, m.silver_value, m.column_name, m.relation),
		format('DELETE FROM gold_state.value_map WHERE relation = %L AND column_name = %L AND source_value = %L', m.relation, m.column_name, m.source_value)
	FROM gold_state.value_map m
	WHERE (m.silver_value = ANY (zoom_gold.listed_values(m.relation, m.column_name)) AND m.source_value = zoom_gold.normal_text(m.source_value)) IS NOT TRUE
	UNION ALL
	SELECT 'gold_state.tracked_column', format('"%s" is not a tracked column of "gold.go_dim_user"', t.column_name),
		format('DELETE FROM gold_state.tracked_column WHERE column_name = %L', t.column_name)
	FROM gold_state.tracked_column t
	-- a refresh follows what was renamed
	WHERE NOT zoom_gold.is_tracked_column(t.column_name) AND NOT zoom_gold.verify_renamed();
END
$$;
COMMENT ON FUNCTION zoom_gold.configuration_problem() IS
'What in the tables that users edit their guards would have refused, with the command that mends it; conditions of rules apart';

CREATE FUNCTION zoom_gold.is_empty_table(target regclass) RETURNS boolean
LANGUAGE sql STABLE
RETURN CASE WHEN (SELECT c.relkind IN ('r', 'p') FROM pg_class c WHERE c.oid = target) THEN NOT zoom_gold.has_rows(target) ELSE false END;
COMMENT ON FUNCTION zoom_gold.is_empty_table(regclass) IS 'Whether a relation is a table that has no rows';

-- A table that was made anew has none of the columns that users gave it, and no row
-- to judge: a rule that names one of them waits until it is back.
CREATE FUNCTION zoom_gold.condition_problem() RETURNS TABLE (relation text, problem text, remedy text, waits boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	rule record;
	target text;
BEGIN
	FOR rule IN SELECT q.* FROM gold_state.quality_rule q WHERE q.enabled AND q.condition IS NOT NULL ORDER BY q.relation, q.rule_name LOOP
		FOR target IN SELECT t.table_name FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver' AND rule.relation IN (t.table_name, '*') LOOP
			BEGIN
				PERFORM zoom_gold.check_rule_condition(rule.rule_name, target, rule.condition);
				CONTINUE;
			EXCEPTION WHEN OTHERS THEN
				IF SQLSTATE ~ '^(40|57|53)' THEN
					RAISE;
				END IF;
				problem := SQLERRM;
				waits := SQLSTATE = '42703' AND zoom_gold.is_empty_table(zoom_gold.silver_relation(target));
			END;
			relation := CASE WHEN waits THEN zoom_gold.silver_relation(target)::text ELSE 'gold_state.quality_rule' END;
			remedy := format('UPDATE gold_state.quality_rule SET enabled = false WHERE relation = %L AND rule_name = %L', rule.relation, rule.rule_name);
			RETURN NEXT;
			EXIT WHEN NOT waits;
		END LOOP;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.condition_problem() IS
'The rules of users whose conditions cannot be computed, with the command that switches them off; waits: of an empty table that lacks a column';

CREATE FUNCTION zoom_gold.require_sound_configuration() RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one record;
	problems text[] := '{}';
	remedies text[] := '{}';
BEGIN
	FOR one IN SELECT c.*, false AS waits FROM zoom_gold.configuration_problem() c UNION ALL SELECT * FROM zoom_gold.condition_problem() LOOP
		IF one.waits THEN
			RETURN QUERY SELECT one.relation, one.problem || ': its steps fail until the column is back';
		ELSE
			problems := problems || one.problem::text;
			remedies := remedies || one.remedy::text;
		END IF;
	END LOOP;
	IF problems <> '{}' THEN
		RAISE EXCEPTION '%', problems[1] USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('In gold_state is wrong: %s.', array_to_string(problems, '; ')),
			HINT = format('Mend it, for instance by: %s; then run zoom_gold.setup() again.', array_to_string(remedies, '; '));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_sound_configuration() IS
'Fails, naming all and what mends it, where the tables that users edit hold what their guards would have refused; returns the rules of empty tables that wait for a column. For setup()';

CREATE FUNCTION zoom_gold.mark_configured(table_name text, changed jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO gold_state.dirty (consumer)
	SELECT DISTINCT s.process_name
	FROM zoom_gold.step_input() s
	WHERE CASE table_name
		WHEN 'settings' THEN coalesce(s.input = 'setting ' || (changed ->> 'name'), s.input LIKE 'setting %')
		WHEN 'value_map' THEN coalesce(s.input = changed ->> 'relation', s.input LIKE 'si\_%')
		WHEN 'quality_rule' THEN coalesce(s.input = nullif(changed ->> 'relation', '*'), s.input LIKE 'si\_%')
		ELSE s.input = table_name END;
	-- the next turn is reckoned with the new interval
	IF table_name = 'settings' AND (changed ->> 'name' IN ('full_compare_interval', 'captured_compare_interval')) IS NOT FALSE THEN
		UPDATE gold_state.relation_state SET next_piece_at = NULL;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.mark_configured(text, jsonb) IS
'Marks the steps dirty that depend on a row of a table that users edit, or for NULL on any of its rows';

CREATE FUNCTION zoom_gold.mark_dependents() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		PERFORM zoom_gold.mark_configured(TG_TABLE_NAME, NULL);
	ELSIF to_jsonb(OLD) - 'description' IS DISTINCT FROM to_jsonb(NEW) - 'description' THEN
		PERFORM zoom_gold.mark_configured(TG_TABLE_NAME, c.changed)
		FROM unnest(ARRAY[to_jsonb(OLD), to_jsonb(NEW)]) AS c (changed) WHERE c.changed IS NOT NULL;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.mark_dependents() IS
'Trigger on tables that users edit: marks the steps that depend on a changed row dirty, after TRUNCATE on any row';


/* ==========================================================================
 * Comparing month by month
 *
 * Changes that capture cannot see are looked for without being asked.  Each
 * refresh compares the months whose turn it is, the longest not compared
 * first, so that every month has had its turn within the interval that the
 * settings give.  A month reaches from its first day to the next month that
 * the state knows; the first one has all that is earlier, rows without a day
 * as well, and the last one all that is later.
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.compare_pieces(relation text)
RETURNS TABLE (from_day date, to_day date, compared_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT m.from_day, m.to_day, coalesce(p.compared_at, s.compared_at)
	FROM (
		SELECT CASE WHEN row_number() OVER months = 1 THEN '-infinity' ELSE d.month END AS from_day,
			coalesce(lead(d.month) OVER months, 'infinity') AS to_day
		FROM (
			-- one month at least, also where nothing is known
			SELECT DISTINCT date_trunc('month', k.day::timestamp)::date AS month
			FROM (VALUES (true)) AS one
			LEFT JOIN gold_state.slice AS k ON k.relation = $1 AND isfinite(k.day)
		) AS d
		WINDOW months AS (ORDER BY d.month)
	) AS m
	JOIN gold_state.relation_state AS s ON s.relation = $1
	LEFT JOIN gold_state.compared_piece AS p ON p.relation = $1 AND p.from_day = m.from_day
$$;
COMMENT ON FUNCTION zoom_gold.compare_pieces(text) IS
'The months of a silver relation, the last day excluded and infinite where open, and when each was compared with gold';

CREATE FUNCTION zoom_gold.due_pieces(relation text, span interval, at timestamptz)
RETURNS TABLE (from_day date, to_day date, whole boolean, next_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH piece AS (
		SELECT p.*, count(*) OVER () AS pieces, row_number() OVER (ORDER BY p.compared_at, p.from_day) AS place
		FROM zoom_gold.compare_pieces($1) AS p
	), turn AS (
		-- a turn every "step"; how many have come since the last one that was taken
		SELECT t.pieces, t.step, t.next_at,
			CASE WHEN t.step <= '0' THEN t.pieces
				ELSE least(t.pieces, floor(1 + extract(epoch FROM $3 - t.next_at) / extract(epoch FROM t.step))) END AS turns
		FROM (
			SELECT max(p.pieces) AS pieces, $2 / max(p.pieces) AS step,
				coalesce((SELECT s.next_piece_at FROM gold_state.relation_state AS s WHERE s.relation = $1),
						 min(p.compared_at) + $2 / max(p.pieces)) AS next_at
			FROM piece AS p
		) AS t
	)
	SELECT p.from_day, p.to_day, t.turns >= t.pieces, t.next_at + greatest(t.turns, 0)::double precision * t.step
	FROM turn AS t
	LEFT JOIN piece AS p ON p.place <= t.turns
$$;
COMMENT ON FUNCTION zoom_gold.due_pieces(text, interval, timestamptz) IS
'The months of a silver relation that are to be compared with gold at an instant, so that each is within the interval; whole = those are all of them; next_at = the turn after them. Without a month to compare, one row of NULLs and the next turn';

CREATE FUNCTION zoom_gold.note_compared(relation text, at timestamptz, from_days date[], next_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF from_days IS NULL THEN
		DELETE FROM gold_state.compared_piece AS p WHERE p.relation = $1;
		UPDATE gold_state.relation_state AS s SET next_piece_at = NULL WHERE s.relation = $1;
		RETURN;
	END IF;
	-- whatever has become of the key
	DELETE FROM gold_state.compared_piece AS p WHERE p.relation = $1 AND p.from_day = ANY ($3);
	INSERT INTO gold_state.compared_piece (relation, from_day, compared_at)
	SELECT $1, f.day, $2 FROM unnest(from_days) AS f (day);
	UPDATE gold_state.relation_state AS s
	SET next_piece_at = $4, compared_at = (SELECT min(p.compared_at) FROM zoom_gold.compare_pieces($1) AS p)
	WHERE s.relation = $1;
END
$$;
COMMENT ON FUNCTION zoom_gold.note_compared(text, timestamptz, date[], timestamptz) IS
'Remembers that months of a silver relation, NULL = all of it, were compared with gold, and when the next one has its turn. For refreshes';


/* ==========================================================================
 * Refreshing
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.refresh(full_refresh boolean DEFAULT false, targets text[] DEFAULT NULL,
								  wait interval DEFAULT '0')
RETURNS TABLE (process_name text, status text, record_count bigint, error_count bigint,
			   duration_ms double precision, details jsonb)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
	-- rows that a policy hides are an error, not deletions
	SET row_security = off
	-- what is looked up by key was written lately and is in memory
	SET random_page_cost = 1.1 SET jit = off
AS 'MODULE_PATHNAME', 'zg_refresh';
COMMENT ON FUNCTION zoom_gold.refresh(boolean, text[], interval) IS
'Brings gold up to date with silver, in one transaction. full_refresh: read all of silver again, not only '
'what changed. targets: only these gold tables and what they depend on; NULL is all, an array without '
'tables an error. wait: how long to '
'wait for a refresh that is running. Returns and logs one row per step that had work, and one named '
'refresh for the run: status is Success, Warning (rows were rejected or warned of, a relation was replaced, or another refresh was '
'running) or Failure; record_count counts rows read from silver, of aggregates those written, error_count '
'rows rejected or warned of. A step that fails is rolled back alone; those that depend on it are skipped. '
'Errors where setup() was not run, on a standby, for an unknown target and for a negative wait';

CREATE FUNCTION zoom_gold.run_step(step text)
RETURNS TABLE (process_name text, status text, record_count bigint, error_count bigint,
			   duration_ms double precision, details jsonb)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
	SET row_security = off SET random_page_cost = 1.1 SET jit = off
AS 'MODULE_PATHNAME', 'zg_run_step';
COMMENT ON FUNCTION zoom_gold.run_step(text) IS
'Runs one step of a refresh alone, named as in the process log, without those it depends on. Returns and '
'logs what refresh() would; does not wait for a refresh that is running. Errors for an unknown step and for NULL';

CREATE FUNCTION zoom_gold.plan(full_refresh boolean DEFAULT false)
RETURNS TABLE (process_name text, inserts bigint, updates bigint, deletes bigint, rejects bigint, guard text)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
	SET row_security = off SET random_page_cost = 1.1 SET jit = off
AS 'MODULE_PATHNAME', 'zg_plan';
COMMENT ON FUNCTION zoom_gold.plan(boolean) IS
'What refresh() would do, a row per step that has work: rows of gold it would insert, update and delete, '
'silver rows it would reject, and the message of the delete guard if that would stop it. A step that '
'would fail otherwise is a row of zeros and a warning with the reason. Does the work and rolls it back: takes as long, keeps nothing. Errors while a refresh is running, and in a read-only transaction';

CREATE FUNCTION zoom_gold.message_without_values(message text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_message_without_values';
COMMENT ON FUNCTION zoom_gold.message_without_values(text) IS
'The message of a data exception (SQLSTATE 22...) of PostgreSQL as the logs have it: "..." in the place of a value, nothing where it stands at the end after a colon; names stay';

CREATE FUNCTION zoom_gold.log_run_work(run bigint, status text, error text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gold.go_process_audit_log (process_name, execution_time, status, record_count, error_count,
		audit_details, load_date, update_date, source_system)
	VALUES ('refresh', zoom_gold.clock_now(), status, 0, 0,
		jsonb_strip_nulls(jsonb_build_object('run', run, 'error', error))::text, zoom_gold.today(), zoom_gold.today(), 'zoom_gold')
$$;
COMMENT ON FUNCTION zoom_gold.log_run_work(bigint, text, text) IS 'The work of log_run()';

CREATE FUNCTION zoom_gold.log_run(run bigint, status text, error text) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.log_run(bigint, text, text) IS 'Logs a run whose own log row went with its transaction';

CREATE FUNCTION zoom_gold.known_relations(at timestamptz)
RETURNS TABLE (relation text, capture text, compared_at timestamptz, fingerprint text, is_here boolean,
			   is_truncated boolean, watermark timestamptz, recent_rows bytea, next_piece_at timestamptz, is_missed boolean)
LANGUAGE sql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
	-- nothing was known at an instant to come: a clock has gone back
	SELECT s.relation, s.capture,
		CASE WHEN greatest(s.compared_at, (SELECT max(p.compared_at) FROM gold_state.compared_piece AS p WHERE p.relation = s.relation)) <= known_relations.at
			THEN s.compared_at END,
		s.fingerprint, s.catalog = (SELECT zoom_gold.catalog_id()),
		-- all that a first load finds captured need not be read for this
		CASE WHEN s.compared_at IS NULL THEN false
			WHEN s.relation = 'si_users' THEN EXISTS (SELECT FROM gold_state.user_change WHERE op = 'T')
			WHEN s.relation = 'si_support_tickets' THEN EXISTS (SELECT FROM gold_state.ticket_change WHERE op = 'T')
			ELSE s.relation IN (SELECT c.relation FROM gold_state.slice_change AS c WHERE c.op = 'T') END,
		CASE WHEN s.watermark <= known_relations.at THEN s.watermark END, s.recent_rows, s.next_piece_at,
		EXISTS (SELECT FROM gold_state.dirty AS d WHERE d.consumer = 'capture ' || s.relation)
	FROM gold_state.relation_state AS s
$$;
COMMENT ON FUNCTION zoom_gold.known_relations(timestamptz) IS
'What the last refresh knew of the silver relations, as of an instant; compared_at and watermark are NULL where they lie after it; is_here = the fingerprint was taken in this database, '
'is_truncated = a TRUNCATE was captured since (not looked for before a first load), is_missed = a change could not be captured. For refreshes';

CREATE FUNCTION zoom_gold.log_cut_off_runs_work(own_too boolean) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	cut_off bigint;
	logged integer := 0;
BEGIN
	FOR cut_off IN
		UPDATE gold_state.run r SET status = 'Failure', finished_at = zoom_gold.clock_now()
		WHERE r.status = 'running' AND NOT EXISTS (
			-- who may not see the start of a process must take it for the same
			SELECT FROM pg_stat_get_activity(r.backend_pid) a
			WHERE coalesce(a.backend_start = r.backend_start, true)
				AND NOT (own_too AND a.pid = pg_backend_pid()))
		RETURNING r.run
	LOOP
		PERFORM zoom_gold.log_run(cut_off, 'Failure', 'run was cut off');
		logged := logged + 1;
	END LOOP;
	RETURN logged;
END
$$;
COMMENT ON FUNCTION zoom_gold.log_cut_off_runs_work(boolean) IS 'The work of log_cut_off_runs()';

CREATE FUNCTION zoom_gold.log_cut_off_runs(own_too boolean DEFAULT false) RETURNS integer
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.log_cut_off_runs(boolean) IS
'Logs runs as failed whose server process is gone; with own_too also those this process left behind. Returns how many';

-- The sequence may have been set back.
CREATE FUNCTION zoom_gold.next_run() RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT greatest(nextval('gold_state.run_seq'), (SELECT max(r.run) + 1 FROM gold_state.run r))
$$;
COMMENT ON FUNCTION zoom_gold.next_run() IS 'The number of a new run';

CREATE FUNCTION zoom_gold.begin_run_work() RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gold_state.run (run, started_at, status, backend_pid, backend_start, change_number)
	VALUES (zoom_gold.next_run(), zoom_gold.clock_now(), 'running', pg_backend_pid(), zoom_gold.process_start(), zoom_gold.last_change_number())
	RETURNING run
$$;
COMMENT ON FUNCTION zoom_gold.begin_run_work() IS 'The work of begin_run()';

CREATE FUNCTION zoom_gold.begin_run() RETURNS bigint
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.begin_run() IS
'Marks a run as begun by this server process, for refresh() to find; returns its number';

CREATE FUNCTION zoom_gold.end_run_work(run bigint, status text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	UPDATE gold_state.run r SET status = end_run_work.status, finished_at = zoom_gold.clock_now() WHERE r.run = end_run_work.run
$$;
COMMENT ON FUNCTION zoom_gold.end_run_work(bigint, text) IS 'The work of end_run()';

CREATE FUNCTION zoom_gold.end_run(run bigint, status text) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.end_run(bigint, text) IS 'Marks a run as ended';

/*
 * Inside a subtransaction neither COMMIT nor ROLLBACK is ever possible, but
 * where the procedure could not commit anyway both fail with one and the
 * same message, in any language.  Procedures that end transactions cannot
 * have a SET clause: in this one and the next all names are qualified,
 * those of types and operators too.
 */
CREATE PROCEDURE zoom_gold.require_own_transaction()
LANGUAGE plpgsql AS $$
DECLARE
	on_commit pg_catalog.text;
	on_rollback pg_catalog.text;
BEGIN
	BEGIN
		COMMIT;
	EXCEPTION WHEN invalid_transaction_termination THEN
		on_commit := SQLERRM;
	END;
	BEGIN
		ROLLBACK;
	EXCEPTION WHEN invalid_transaction_termination THEN
		on_rollback := SQLERRM;
	END;
	IF on_commit OPERATOR(pg_catalog.=) on_rollback THEN
		RAISE EXCEPTION 'refresh_proc cannot run inside a transaction block or a function'
			USING ERRCODE = 'active_sql_transaction',
				DETAIL = 'It commits the marker of its run, its steps and its end one by one.',
				HINT = 'Use SELECT * FROM zoom_gold.refresh() inside a transaction.';
	END IF;
END
$$;
COMMENT ON PROCEDURE zoom_gold.require_own_transaction() IS 'Fails where the calling procedure could not commit';

CREATE PROCEDURE zoom_gold.refresh_proc(full_refresh boolean DEFAULT false, targets text[] DEFAULT NULL,
										wait interval DEFAULT '0')
LANGUAGE plpgsql AS $$
DECLARE
	run bigint;
	status pg_catalog.text;
	failed pg_catalog.text;
	error_state pg_catalog.text;
	error_message pg_catalog.text;
	error_detail pg_catalog.text;
	error_hint pg_catalog.text;
BEGIN
	PERFORM zoom_gold.require_primary();
	CALL zoom_gold.require_own_transaction();
	PERFORM zoom_gold.require_setup();
	PERFORM zoom_gold.log_cut_off_runs(own_too => true);
	run := zoom_gold.begin_run();
	COMMIT;

	BEGIN
		SELECT r.failed, r.status INTO failed, status FROM zoom_gold.refresh_status(full_refresh, targets, wait) r;
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		GET STACKED DIAGNOSTICS error_state = RETURNED_SQLSTATE, error_message = MESSAGE_TEXT,
			error_detail = PG_EXCEPTION_DETAIL, error_hint = PG_EXCEPTION_HINT;
	END;
	COMMIT;

	IF error_message IS NOT NULL THEN
		status := 'Failure';
		PERFORM zoom_gold.log_run(run, status, error_message);
	END IF;
	PERFORM zoom_gold.end_run(run, status);
	COMMIT;

	IF error_message IS NOT NULL THEN
		RAISE EXCEPTION '%', error_message USING ERRCODE = error_state,
			DETAIL = CASE WHEN error_detail OPERATOR(pg_catalog.=) '' THEN pg_catalog.format('Run %s is logged as failed.', run) ELSE error_detail END,
			HINT = CASE WHEN error_hint OPERATOR(pg_catalog.=) '' THEN 'The next refresh does its work.' ELSE error_hint END;
	ELSIF failed IS NOT NULL THEN
		RAISE EXCEPTION 'refresh failed in %', failed USING
			DETAIL = 'What did not depend on it is committed; the rest is redone by the next refresh.',
			HINT = 'See gold.go_process_audit_log and gold.go_error_audit_log.';
	END IF;
END
$$;
COMMENT ON PROCEDURE zoom_gold.refresh_proc(boolean, text[], interval) IS
'The same as refresh(), for schedulers. Commits the marker of its run, the steps and the end of the run '
'one by one, so that the log tells of a run whatever happens to it. Ends with an ERROR if a step failed; '
'that another refresh was running is a Warning in the log alone. Errors inside a transaction block or a '
'function';

CREATE FUNCTION zoom_gold.refresh_status(full_refresh boolean, targets text[], wait interval,
										 OUT failed text, OUT status text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(r.process_name, ', ') FILTER (WHERE r.status = 'Failure' AND r.process_name <> 'refresh'),
		coalesce(max(r.status) FILTER (WHERE r.process_name = 'refresh'), 'Success')
	FROM zoom_gold.refresh(full_refresh, targets, wait) r
$$;
COMMENT ON FUNCTION zoom_gold.refresh_status(boolean, text[], interval) IS
'Runs refresh(); returns the steps that failed and the status of the run';


/* ==========================================================================
 * Steering the next refresh
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.step_of(gold_table text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN gold_table = 'go_dim_user' THEN 'merge_dim_user'
		WHEN gold_table LIKE 'go\_fact\_%' THEN 'build_' || substr(gold_table, 4)
		WHEN gold_table LIKE 'go\_agg\_%' THEN 'refresh_' || substr(gold_table, 4)
	END
$$;
COMMENT ON FUNCTION zoom_gold.step_of(text) IS
'Process name of the step that can rebuild a gold table; NULL for Type 1 dimensions, which come with their facts, and logs';

CREATE FUNCTION zoom_gold.dependents(input text) RETURNS TABLE (process_name text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE dependent AS (
		SELECT s.process_name FROM zoom_gold.step_input() s WHERE dependents.input IN (s.process_name, s.input)
		UNION
		SELECT s.process_name FROM zoom_gold.step_input() s JOIN dependent d ON s.input = d.process_name
	)
	SELECT d.process_name FROM dependent d
$$;
COMMENT ON FUNCTION zoom_gold.dependents(text) IS
'Steps that compute from a silver relation or from another step, directly or not; a step is among its own';

CREATE FUNCTION zoom_gold.invalidate_work(relation text, from_date date, to_date date)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on SET jit = off AS $$
#variable_conflict use_variable
DECLARE
	origin text := zoom_gold.step_of(regexp_replace(relation, '^gold\.', ''));
	first_day date := coalesce(from_date, zoom_gold.setting('min_date')::date);
	last_day date := coalesce(to_date, greatest(zoom_gold.today(), first_day));
BEGIN
	IF origin IS NULL OR NOT EXISTS (SELECT FROM zoom_gold.step_input() s WHERE s.process_name = origin) THEN
		IF EXISTS (SELECT FROM zoom_gold.model_table() t
			WHERE t.table_schema = 'gold' AND relation IN (t.table_name, 'gold.' || t.table_name))
		THEN
			RAISE EXCEPTION 'table "%" cannot be computed anew by itself', relation USING ERRCODE = 'wrong_object_type',
				HINT = 'Name the fact or the silver relation its rows come with.';
		END IF;
		origin := zoom_gold.contract_name(relation);
	END IF;
	IF from_date > to_date OR from_date NOT BETWEEN '0001-01-01' AND '9999-12-31'
		OR to_date NOT BETWEEN '0001-01-01' AND '9999-12-31'
	THEN
		RAISE EXCEPTION 'invalid range of days: % to %', coalesce(from_date::text, 'the first'), coalesce(to_date::text, 'the last') USING ERRCODE = 'invalid_parameter_value',
			HINT = 'from_date is not later than to_date, and both lie between 0001-01-01 and 9999-12-31; leave them out for all days.';
	END IF;

	INSERT INTO gold_state.dirty (consumer, day)
	SELECT d.process_name, days.day
	FROM zoom_gold.dependents(origin) d
	CROSS JOIN LATERAL (
		-- versions of users have no day
		SELECT NULL::date WHERE coalesce(from_date, to_date) IS NULL OR d.process_name = 'merge_dim_user'
		UNION ALL
		SELECT x.day FROM (
			SELECT first_day + n FROM generate_series(0, last_day - first_day) n
			UNION
			-- what lies ahead, or never will
			SELECT s.day FROM gold_state.slice s
			WHERE s.day BETWEEN coalesce(from_date, '-infinity') AND coalesce(to_date, 'infinity')) AS x (day)
		WHERE coalesce(from_date, to_date) IS NOT NULL AND d.process_name <> 'merge_dim_user') AS days (day);
END
$$;
COMMENT ON FUNCTION zoom_gold.invalidate_work(text, date, date) IS 'The work of invalidate()';

CREATE FUNCTION zoom_gold.invalidate(relation text, from_date date DEFAULT NULL, to_date date DEFAULT NULL) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.invalidate(text, date, date) IS
'Has the next refresh compute anew what comes from a silver relation, or a gold fact, aggregate or '
'go_dim_user, with all that depends on it: for the UTC days from from_date to to_date, both included and '
'each open-ended when NULL, or everything. Versions of users have no day and are always folded anew as a '
'whole. Errors for a relation that is neither, and for a range that is none';

CREATE FUNCTION zoom_gold.confirm_deletes_work(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	UPDATE gold_state.relation_state r SET deletes_confirmed = true
	WHERE r.relation = (SELECT zoom_gold.contract_name(confirm_deletes_work.relation));
END
$$;
COMMENT ON FUNCTION zoom_gold.confirm_deletes_work(text) IS 'The work of confirm_deletes()';

CREATE FUNCTION zoom_gold.confirm_deletes(relation text) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.confirm_deletes(text) IS
'Lets the next refresh pass the delete guard of a silver relation once. Errors for a name that is no '
'silver relation';


/* ==========================================================================
 * Reading
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.user_as_of(at timestamptz)
RETURNS TABLE (user_name text, email text, company text, plan_type text, valid_from timestamptz,
			   valid_to timestamptz, source_system text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	-- runs with the caller's rights, who may not call require_setup()
	IF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'gold' AND NOT has_schema_privilege(n.oid, 'USAGE'))
		OR NOT has_table_privilege(to_regclass('gold.go_dim_user'), 'SELECT')
	THEN
		RAISE EXCEPTION 'role "%" may not read gold', current_user USING ERRCODE = 'insufficient_privilege',
			HINT = format('As the owner of gold: SELECT zoom_gold.grant_read(%L, pii => true).', current_user);
	ELSIF to_regclass('gold.go_dim_user') IS NULL THEN
		RAISE EXCEPTION 'zoom_gold has no tables in this database yet'
			USING ERRCODE = 'undefined_table', HINT = 'Run SELECT * FROM zoom_gold.setup().';
	END IF;
	RETURN QUERY
	SELECT u.user_name, u.email, u.company, u.plan_type, u.valid_from, u.valid_to, u.source_system
	FROM gold.go_dim_user u
	WHERE u.valid_from <= user_as_of.at AND user_as_of.at < u.valid_to;
END
$$;
COMMENT ON FUNCTION zoom_gold.user_as_of(timestamptz) IS
'The versions of go_dim_user that held at an instant, at most one per user. Errors where setup() was not run, and for those who may not read gold';

-- The next ones read gold_state with its owner's rights and return counts only.
CREATE FUNCTION zoom_gold.active_users(from_date date, to_date date) RETURNS bigint
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_active_users';
COMMENT ON FUNCTION zoom_gold.active_users(date, date) IS
'Exact number of distinct active users in a range of UTC days, both ends included, from what the last '
'refresh left; 0 where there are none. Errors for a NULL and for an empty range';

CREATE FUNCTION zoom_gold.rolling_active_users(from_date date, to_date date, days integer)
RETURNS TABLE (activity_date date, active_user_count bigint)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_rolling_active_users';
COMMENT ON FUNCTION zoom_gold.rolling_active_users(date, date, integer) IS
'For each UTC day of a range, both ends included: exact number of distinct active users in the days (a '
'number of at least 1) that end with it. Errors for a NULL, for an empty range and for one without end';

CREATE FUNCTION zoom_gold.user_ordinals(users bytea) RETURNS integer[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_user_ordinals';
COMMENT ON FUNCTION zoom_gold.user_ordinals(bytea) IS
'The members of a set of users that gold_state keeps, in order. Errors where the bytes are damaged';

CREATE FUNCTION zoom_gold.packed_numbers(bytes bytea, width integer) RETURNS bigint[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_packed_numbers';
COMMENT ON FUNCTION zoom_gold.packed_numbers(bytea, integer) IS
'The integers, of 4 or 8 bytes each, that gold_state keeps packed in a value. Errors for another width; bytes that make no whole number are left out';

CREATE FUNCTION zoom_gold.pending_changes() RETURNS TABLE (relation text, pending bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'si_users', count(*) FROM gold_state.user_change
	UNION ALL
	SELECT 'si_support_tickets', count(*) FROM gold_state.ticket_change
	UNION ALL
	SELECT c.relation, count(*) FROM gold_state.slice_change c GROUP BY c.relation
$$;
COMMENT ON FUNCTION zoom_gold.pending_changes() IS
'Captured changes that wait for a refresh: rows of users and tickets, statements of the others';

CREATE FUNCTION zoom_gold.unnoticed_changes() RETURNS TABLE (relation text)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_unnoticed_changes';
COMMENT ON FUNCTION zoom_gold.unnoticed_changes() IS
'The silver relations read by watermark whose timestamps tell of changes since the last refresh; reads the recent rows of each';

CREATE FUNCTION zoom_gold.relation_status_work()
RETURNS TABLE (relation text, capture text, "rows" bigint, last_refresh timestamptz, last_status text,
			   pending_changes bigint, open_errors bigint, staleness interval)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT format('%I.%I', zoom_gold.setting('silver_schema'), r.relation),
		concat_ws(', ', r.capture,
			CASE WHEN t.target IS NULL THEN 'relation missing' END,
			CASE WHEN r.capture = 'trigger' AND zoom_gold.capture_gap(r.relation, t.target) IS NOT NULL
				THEN 'trigger lost' END,
			CASE WHEN EXISTS (SELECT FROM zoom_gold.missing_indexes(r.relation, t.target)) THEN 'scan' END),
		(SELECT sum(c.reltuples)::bigint FROM zoom_gold.relation_tree(t.target) p JOIN pg_class c ON c.oid = p.relid
		 WHERE c.relkind IN ('r', 'm', 'f') HAVING min(c.reltuples) >= 0),
		r.refreshed_at, r.status,
		CASE r.capture WHEN 'trigger' THEN coalesce(p.pending, 0) END,
		(SELECT count(*) FROM gold_state.open_error e WHERE e.relation = r.relation),
		zoom_gold.clock_now() - r.refreshed_at
	FROM gold_state.relation_state r
	CROSS JOIN LATERAL zoom_gold.silver_relation(r.relation) AS t (target)
	LEFT JOIN zoom_gold.pending_changes() p ON p.relation = r.relation
	ORDER BY 1;
END
$$;
COMMENT ON FUNCTION zoom_gold.relation_status_work() IS 'The work of relation_status()';

CREATE FUNCTION zoom_gold.relation_status()
RETURNS TABLE (relation text, capture text, "rows" bigint, last_refresh timestamptz, last_status text,
			   pending_changes bigint, open_errors bigint, staleness interval)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_for_readers';
COMMENT ON FUNCTION zoom_gold.relation_status() IS 'Rows of the view status';

CREATE FUNCTION zoom_gold.relation_comparison_work() RETURNS TABLE (relation text, compared_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%I.%I', zoom_gold.setting('silver_schema'), r.relation), r.compared_at
	FROM gold_state.relation_state r
$$;
COMMENT ON FUNCTION zoom_gold.relation_comparison_work() IS 'The work of relation_comparison()';

CREATE FUNCTION zoom_gold.relation_comparison() RETURNS TABLE (relation text, compared_at timestamptz)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_for_readers';
COMMENT ON FUNCTION zoom_gold.relation_comparison() IS
'The silver relations, and since when all of each has been compared with gold. For the view status';

CREATE VIEW zoom_gold.status AS
SELECT s.relation, s.capture, s."rows", s.last_refresh, s.last_status, s.pending_changes, s.open_errors, s.staleness,
	c.compared_at AS compared_since
FROM zoom_gold.relation_status() AS s
LEFT JOIN zoom_gold.relation_comparison() AS c ON c.relation = s.relation
ORDER BY s.relation;
COMMENT ON VIEW zoom_gold.status IS 'How each silver relation is watched, when it was last read, and what waits';
COMMENT ON COLUMN zoom_gold.status.relation IS 'Silver relation';
COMMENT ON COLUMN zoom_gold.status.capture IS
'How changes are found: trigger; watermark: by its timestamps, and a month after the other within full_compare_interval; full: by comparing it in full each time. With "scan" where an index is missing, "trigger lost" where capture triggers are gone or see nothing';
COMMENT ON COLUMN zoom_gold.status.rows IS 'Estimated rows, from the last ANALYZE; NULL when unknown';
COMMENT ON COLUMN zoom_gold.status.last_refresh IS 'Last refresh that read it';
COMMENT ON COLUMN zoom_gold.status.last_status IS 'Its status';
COMMENT ON COLUMN zoom_gold.status.pending_changes IS
'Captured changes that wait: rows of users and tickets, statements of the others; NULL where nothing captures';
COMMENT ON COLUMN zoom_gold.status.open_errors IS 'Errors and warnings that are not resolved';
COMMENT ON COLUMN zoom_gold.status.staleness IS 'Time since the last refresh that read it';
COMMENT ON COLUMN zoom_gold.status.compared_since IS
'Since when all of it has been compared with gold, whatever capture told: the age of the month that was compared longest ago; NULL = never';

-- Columns of gold may have other types than the model's.
CREATE FUNCTION zoom_gold.unknown_values_work()
RETURNS TABLE (relation text, column_name text, value text, "rows" bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT format('%I.%I', (SELECT zoom_gold.setting('silver_schema')), k.relation), k.column_name, g.value, g.n
	FROM zoom_gold.known_value() k
	JOIN (SELECT 'si_users', u.plan_type::text, count(*) FROM gold.go_dim_user u WHERE u.is_current GROUP BY 2
		  UNION ALL
		  SELECT 'si_support_tickets', t.resolution_status::text, count(*) FROM gold.go_fact_support_ticket t GROUP BY 2
		  UNION ALL
		  SELECT 'si_licenses', l.license_type::text, count(*) FROM gold.go_fact_license_utilization l GROUP BY 2
		  UNION ALL
		  SELECT 'si_billing_events', b.event_type::text, count(*) FROM gold.go_fact_billing b GROUP BY 2) AS g (relation, value, n)
		ON g.relation = k.relation
	WHERE g.value <> ALL (k.known)
		AND NOT (k.column_name = 'event_type' AND EXISTS (SELECT FROM gold_state.billing_event_class c WHERE c.event_type = g.value))
	ORDER BY 4 DESC, 1, g.value COLLATE "C";
END
$$;
COMMENT ON FUNCTION zoom_gold.unknown_values_work() IS 'The work of unknown_values()';

CREATE FUNCTION zoom_gold.unknown_values()
RETURNS TABLE (relation text, column_name text, value text, "rows" bigint)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_for_readers';
COMMENT ON FUNCTION zoom_gold.unknown_values() IS 'Rows of the view unknown_value';

CREATE VIEW zoom_gold.unknown_value AS
SELECT u.relation, u.column_name, u.value, u."rows"
FROM zoom_gold.unknown_values() AS u;
COMMENT ON VIEW zoom_gold.unknown_value IS
'Plans, states of tickets, types of licences and of billing events that gold shows and the logical model does not list, the most frequent first: they do not count as what they may mean. gold_state.value_map says what they mean';
COMMENT ON COLUMN zoom_gold.unknown_value.relation IS 'Silver relation';
COMMENT ON COLUMN zoom_gold.unknown_value.column_name IS 'Its column';
COMMENT ON COLUMN zoom_gold.unknown_value.value IS 'The value, as gold shows it';
COMMENT ON COLUMN zoom_gold.unknown_value.rows IS 'How many current users or facts have it';

CREATE VIEW zoom_gold.data_dictionary AS
SELECT m.table_name, m.column_name, m.data_type, m.description, m.pii AS pii_class, m.source
FROM zoom_gold.gold_model() m
UNION ALL
SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
	pg_catalog.col_description(c.oid, a.attnum), 'Unknown', 'column of users'
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'gold'
JOIN zoom_gold.model_table() t ON t.table_schema = 'gold' AND t.table_name = c.relname
WHERE a.attnum > 0 AND NOT a.attisdropped
	AND NOT EXISTS (SELECT FROM zoom_gold.gold_model() m WHERE m.table_name = c.relname AND m.column_name = a.attname);
COMMENT ON VIEW zoom_gold.data_dictionary IS 'Every column of gold, with type, description, PII class and source';
COMMENT ON COLUMN zoom_gold.data_dictionary.table_name IS 'Table of the schema gold';
COMMENT ON COLUMN zoom_gold.data_dictionary.column_name IS 'Its column';
COMMENT ON COLUMN zoom_gold.data_dictionary.data_type IS 'SQL type';
COMMENT ON COLUMN zoom_gold.data_dictionary.description IS 'What it holds';
COMMENT ON COLUMN zoom_gold.data_dictionary.pii_class IS
'Class of personal data in the logical model; Unknown for columns that users added';
COMMENT ON COLUMN zoom_gold.data_dictionary.source IS 'Where the value comes from';


/* ==========================================================================
 * Who may read
 * ==========================================================================
 */

-- A keyed hash, in built-in functions only: the reader of a view runs its
-- functions, but not its tables, with rights of their own.  The key is a scalar,
-- not a join: a table of one row is never analyzed, and the planner takes it
-- for a thousand.  What is hashed are the bytes that the database has: not all
-- that an encoding other than UTF8 lets in can be converted to UTF8.
CREATE FUNCTION zoom_gold.pseudonym_expression(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('''user '' || left(encode(sha256(%1$s || sha256(%1$s || convert_to(%2$s, getdatabaseencoding()))), ''hex''), 32)',
		'(SELECT s.key FROM gold_state.secret s)', value)
$$;
COMMENT ON FUNCTION zoom_gold.pseudonym_expression(text) IS
'SQL that turns a value into its pseudonym under the key of gold_state.secret; NULL stays NULL';

-- The name of a fact is an expression, not the column itself, of which the
-- planner would know that it is unique: it would take it that everybody is named
-- by every fact, and that of those whom a query excludes from others one is left.
-- go_dim_user has it as it is, for joins with it.
CREATE FUNCTION zoom_gold.masked_expression(gold_table text, column_name text, pii text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN pii LIKE '%Personal Identifier' THEN CASE gold_table WHEN 'go_dim_user' THEN 'l.pseudonym' ELSE 'l.pseudonym || ''''' END
		WHEN pii LIKE 'Yes%' THEN 'NULL::text'
		-- what a failed step was told may quote a row
		WHEN column_name = 'error_description' THEN
			'CASE t.error_type WHEN ''Processing'' THEN concat_ws('' '', substring(t.error_description, ''^\w+''), ''failed'', '
			|| 'substring(t.error_description, ''\(SQLSTATE \w+\)$'')) ELSE t.error_description END'
		WHEN column_name = 'audit_details' THEN
			'CASE WHEN t.audit_details LIKE ''{%'' THEN (t.audit_details::jsonb '
			|| '- ''{error,error_detail,error_hint,error_context}''::text[])::text END'
		-- users are told by their keys, as anything is whose key is an e-mail address
		WHEN column_name = 'process_audit_info' THEN format(
			'CASE WHEN (t.source_table LIKE ''%%si\_users'' OR t.process_audit_info LIKE ''%%@%%'') AND t.process_audit_info LIKE ''{%%'' '
			|| 'THEN jsonb_set(t.process_audit_info::jsonb, ''{key}'', coalesce(to_jsonb(%s), ''null''))::text '
			|| 'ELSE t.process_audit_info END',
			zoom_gold.pseudonym_expression('(t.process_audit_info::jsonb ->> ''key'')'))
		ELSE format('t.%I', column_name)
	END
$$;
COMMENT ON FUNCTION zoom_gold.masked_expression(text, text, text) IS
'SQL for a column of gold, alias t, as readers without PII see it; l is the label of its name';

-- No view leaves out a row, so that no predicate can be told what the view does
-- not show: a security barrier would only keep conditions from indexes, and the
-- join with the labels where no name is asked for.
CREATE FUNCTION zoom_gold.masked_view(gold_table text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('CREATE OR REPLACE VIEW gold_masked.%1$I AS SELECT %2$s FROM gold.%1$I t %3$s',
		gold_table,
		-- columns that users added are left out: nobody said whether they are PII
		string_agg(format('%s AS %I', zoom_gold.masked_expression(m.table_name, m.column_name, m.pii), m.column_name), ', ' ORDER BY m.position),
		string_agg(format('LEFT JOIN gold_state.user_label l ON l.user_name = t.%I', m.column_name), '')
			FILTER (WHERE m.pii LIKE '%Personal Identifier'))
	FROM zoom_gold.gold_model() m WHERE m.table_name = gold_table
$$;
COMMENT ON FUNCTION zoom_gold.masked_view(text) IS 'The command that makes a view of gold_masked';

CREATE FUNCTION zoom_gold.create_masked_views() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
	command text;
BEGIN
	PERFORM zoom_gold.ensure_schema('gold_masked', 'The schema gold without PII: names are pseudonyms, e-mails NULL');
	FOR command IN
		SELECT zoom_gold.masked_view(t.table_name) FROM zoom_gold.model_table() t WHERE t.table_schema = 'gold'
		UNION ALL
		SELECT format('COMMENT ON VIEW gold_masked.%I IS %L', t.table_name, t.description)
		FROM zoom_gold.model_table() t WHERE t.table_schema = 'gold'
		UNION ALL
		SELECT format('COMMENT ON COLUMN gold_masked.%I.%I IS %L', m.table_name, m.column_name,
			m.description || CASE WHEN m.pii LIKE '%Personal Identifier' THEN '; a pseudonym'
								  WHEN m.pii LIKE 'Yes%' THEN '; NULL here' ELSE '' END)
		FROM zoom_gold.gold_model() m
	LOOP
		EXECUTE command;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.create_masked_views() IS 'Makes the views of gold_masked';

CREATE FUNCTION zoom_gold.pii_access(role name) RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.oid::regclass
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('gold', 'gold_state', 'gold_bi') AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND has_schema_privilege(role, n.oid, 'USAGE')
		AND has_any_column_privilege(role, c.oid, 'SELECT')
	ORDER BY c.relname
$$;
COMMENT ON FUNCTION zoom_gold.pii_access(name) IS 'Tables of gold and gold_state and views of gold_bi that a role can read, by whatever grant';

CREATE FUNCTION zoom_gold.revoke_pii(role name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	readable regclass;
	granted name;
BEGIN
	EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA gold, gold_state, gold_bi FROM %I', role);
	-- The catalog's row of gold_state is not touched without need: what touches it
	-- could have renamed the schema away and back.
	FOR granted IN
		SELECT n.nspname FROM pg_namespace n
		WHERE n.nspname IN ('gold', 'gold_state', 'gold_bi')
			AND EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee = (SELECT r.oid FROM pg_roles r WHERE r.rolname = role))
	LOOP
		EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', granted, role);
	END LOOP;
	EXECUTE format('REVOKE ALL ON FUNCTION zoom_gold.user_as_of(timestamptz) FROM %I', role);
	SELECT p INTO readable FROM zoom_gold.pii_access(role) p LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'role "%" can read table "%" all the same', role, readable
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'It is a superuser, or has the right through another role, through PUBLIC, or by the grant of somebody else.',
				HINT = 'Take that right away, or grant with pii => true.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.revoke_pii(name) IS
'Takes from a role what lets it read gold itself; fails when it still can';

-- Without a grant option GRANT only warns that it granted nothing.
CREATE FUNCTION zoom_gold.require_grant_options() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT has_schema_privilege('zoom_gold', 'USAGE WITH GRANT OPTION')
		OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'zoom_gold'::regnamespace
			AND NOT has_function_privilege(p.oid, 'EXECUTE WITH GRANT OPTION'))
		OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'zoom_gold'::regnamespace AND c.relkind = 'v'
			AND NOT has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION'))
	THEN
		RAISE EXCEPTION 'role "%" may not grant what is in schema "zoom_gold"', current_user
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Let a superuser run: GRANT USAGE ON SCHEMA zoom_gold TO %1$I WITH GRANT OPTION; '
					|| 'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO %1$I WITH GRANT OPTION; '
					|| 'GRANT SELECT ON ALL TABLES IN SCHEMA zoom_gold TO %1$I WITH GRANT OPTION.', current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_grant_options() IS
'Fails, naming the grants, where the caller cannot grant what readers need of the schema zoom_gold';

-- Who was let read by an earlier version shall read what has come since.
CREATE FUNCTION zoom_gold.renew_grants() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reader text;
BEGIN
	IF NOT (has_function_privilege('zoom_gold.relation_comparison()', 'EXECUTE WITH GRANT OPTION')
			AND has_function_privilege('zoom_gold.unknown_values()', 'EXECUTE WITH GRANT OPTION')
			AND has_table_privilege('zoom_gold.unknown_value', 'SELECT WITH GRANT OPTION')) THEN
		RETURN;
	END IF;
	FOR reader IN
		SELECT DISTINCT a.grantee::regrole::text
		FROM pg_proc p, aclexplode(p.proacl) a
		WHERE p.oid = 'zoom_gold.relation_status()'::regprocedure AND a.privilege_type = 'EXECUTE' AND NOT a.is_grantable
			AND a.grantee NOT IN (0, p.proowner)
	LOOP
		EXECUTE 'GRANT EXECUTE ON FUNCTION zoom_gold.relation_comparison(), zoom_gold.unknown_values() TO ' || reader;
		EXECUTE 'GRANT SELECT ON zoom_gold.unknown_value TO ' || reader;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.renew_grants() IS
'Grants what readers need and earlier versions did not have to the roles that may read the status. For setup()';

-- Those who were let read before the extension was dropped and made anew: both
-- schemas are theirs still, and no function is.
CREATE FUNCTION zoom_gold.missing_grants() RETURNS TABLE (relation text, action text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'zoom_gold', format('grants missing: SELECT zoom_gold.grant_read(%L, pii => %s)', r.rolname, CASE WHEN k.pii THEN 'true' ELSE 'false' END)
	FROM (VALUES (true, 'gold', 'gold_bi'), (false, 'gold_masked', 'gold_bi_masked')) AS k (pii, tables, views)
	JOIN pg_roles r ON NOT has_function_privilege(r.oid, 'zoom_gold.relation_status()', 'EXECUTE')
	WHERE (SELECT count(*) FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
		WHERE n.nspname IN (k.tables, k.views) AND a.grantee = r.oid AND a.privilege_type = 'USAGE') = 2
	ORDER BY r.rolname
$$;
COMMENT ON FUNCTION zoom_gold.missing_grants() IS
'Roles that grant_read() let read gold and that may not call the extension''s functions, as rows of setup()';

CREATE FUNCTION zoom_gold.grant_read(role name, pii boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	granted text := CASE WHEN pii THEN 'gold' ELSE 'gold_masked' END;
	granted_bi text := CASE WHEN pii THEN 'gold_bi' ELSE 'gold_bi_masked' END;
	command text;
BEGIN
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_gold.require_setup();
	PERFORM zoom_gold.require_owner();
	PERFORM zoom_gold.require_grant_options();
	IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role) THEN
		RAISE EXCEPTION 'role % does not exist', coalesce('"' || role || '"', 'NULL') USING ERRCODE = 'undefined_object',
			HINT = 'CREATE ROLE makes one; zoom_gold.grant_read() makes none.';
	ELSIF pii IS NULL THEN
		RAISE EXCEPTION 'argument "pii" must not be null' USING ERRCODE = 'null_value_not_allowed',
			HINT = 'pii => true lets the role read names and e-mails, pii => false pseudonyms.';
	END IF;
	PERFORM zoom_gold.create_reader_views(s) FROM zoom_gold.reader_schema() s;
	EXECUTE format('GRANT USAGE ON SCHEMA %I, %I, zoom_gold TO %I', granted, granted_bi, role);
	FOR command IN
		SELECT format('GRANT SELECT ON %I.%I TO %I', granted, t.table_name, role)
		FROM zoom_gold.model_table() t WHERE t.table_schema = 'gold'
		UNION ALL
		SELECT format('GRANT SELECT ON %I.%I TO %I', granted_bi, b.view_name, role) FROM zoom_gold.bi_view() b
	LOOP
		EXECUTE command;
	END LOOP;
	EXECUTE format('GRANT SELECT ON zoom_gold.status, zoom_gold.unknown_value, zoom_gold.data_dictionary TO %I', role);
	EXECUTE format('GRANT EXECUTE ON FUNCTION zoom_gold.relation_status(), zoom_gold.relation_comparison(), zoom_gold.unknown_values(), zoom_gold.gold_model(), '
		|| 'zoom_gold.model_table(), zoom_gold.active_users(date, date), '
		|| 'zoom_gold.rolling_active_users(date, date, integer) TO %I', role);
	IF pii THEN
		EXECUTE format('GRANT EXECUTE ON FUNCTION zoom_gold.user_as_of(timestamptz) TO %I', role);
	ELSE
		PERFORM zoom_gold.revoke_pii(role);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.grant_read(name, boolean) IS
'Lets a role read gold and gold_bi, or without PII only gold_masked and gold_bi_masked, the same with pseudonyms for names and no e-mails';


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


/* ==========================================================================
 * Making gold_bi and gold_bi_masked
 * ==========================================================================
 */

-- view NULL = wherever the column stands
CREATE FUNCTION zoom_gold.bi_column() RETURNS TABLE (view_name text, column_name text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	(NULL, 'company', 'Company as of the event'),
	(NULL, 'plan_type', 'Plan (Free, Basic, Pro, Business, Enterprise) as of the event'),
	('users', 'company', 'Company, as it is now'),
	('users', 'plan_type', 'Plan, as it is now'),
	('license_seats_idle', 'company', 'Company, as it is now'),
	('license_seats_idle', 'plan_type', 'Plan, as it is now'),
	(NULL, 'source_system', 'Source system of the row'),
	(NULL, 'meeting_topic', 'Topic of the meeting'),
	(NULL, 'webinar_topic', 'Topic of the webinar'),
	(NULL, 'start_time', 'Start; an instant, which clients show in their own time zone'),
	(NULL, 'end_time', 'End; an instant, which clients show in their own time zone'),
	(NULL, 'start_time_utc', 'Start in UTC, without a time zone: what to cut days, weeks and months from'),
	(NULL, 'end_time_utc', 'End in UTC, without a time zone'),
	(NULL, 'start_date', 'First day'),
	('meetings', 'start_date', 'UTC day of the start: the day that daily figures count it on'),
	('webinars', 'start_date', 'UTC day of the start'),
	(NULL, 'end_date', 'Last day; NULL is open-ended'),
	(NULL, 'start_hour_utc', 'Hour of the start, 0 to 23, in UTC'),
	(NULL, 'duration_minutes', 'Duration in minutes'),
	(NULL, 'duration_hours', 'Duration in hours'),
	(NULL, 'attendees', 'Distinct participants: users by their id, and each participation of a guest without one'),
	('webinars', 'attendees', 'Distinct participants: users by their id, and each participation of a guest without one; NULL where silver has none under the webinar''s id'),
	(NULL, 'guests', 'Participations without a user id'),
	(NULL, 'attended_minutes', 'Minutes from joining to leaving, of all participations that have both; summed to the microsecond and rounded once'),
	(NULL, 'registrants', 'Registrations'),
	(NULL, 'attendance_rate', 'Attendees in per cent of registrants'),
	(NULL, 'feature_name', 'Feature'),
	(NULL, 'usage_count', 'How often it was used'),
	(NULL, 'usage_date', 'Day of the usage'),
	(NULL, 'usage_month', 'First day of its month'),
	(NULL, 'ticket_type', 'Ticket type'),
	(NULL, 'resolution_status', 'Open, In Progress, Resolved or Closed'),
	(NULL, 'open_date', 'Day on which the ticket was opened'),
	(NULL, 'open_month', 'First day of that month'),
	(NULL, 'resolved_at', 'Begin of the final run of Resolved or Closed; an instant; NULL while open'),
	(NULL, 'resolved_at_utc', 'The same in UTC, without a time zone'),
	(NULL, 'resolved_date', 'Its UTC day'),
	(NULL, 'is_resolved', 'Whether it is resolved'),
	(NULL, 'resolution_hours', 'Hours from the begin of open_date to resolved_at'),
	(NULL, 'event_type', 'Billing event type'),
	(NULL, 'amount', 'Amount; refunds are negative'),
	(NULL, 'event_date', 'Day of the event'),
	(NULL, 'event_month', 'First day of its month'),
	(NULL, 'mrr_amount', 'What it adds to monthly recurring revenue, by gold_state.billing_event_class; 0 where it does not count'),
	(NULL, 'license_type', 'Licence type'),
	(NULL, 'is_assigned', 'Whether it is assigned to somebody, known or not'),
	(NULL, 'is_running', 'Whether it runs today'),
	(NULL, 'signup_date', 'UTC day of the user''s first version'),
	(NULL, 'last_activity_date', 'Last day on which the user was active, as the setting active_user says; NULL = never'),
	(NULL, 'lifecycle', 'active: last activity within 30 days; idle: within 90; churned: before; deleted. Who was never active is judged by signup_date'),
	(NULL, 'seat_status', 'Unassigned: a free seat; or Idle: assigned to somebody without activity in the last 30 days'),
	(NULL, 'days_idle', 'Days since the last activity; NULL = never active, or unassigned'),
	(NULL, 'date', 'UTC day'),
	(NULL, 'week_start', 'Monday of the ISO week'),
	(NULL, 'month_start', 'First day of the month'),
	(NULL, 'iso_year', 'Year of the ISO week'),
	(NULL, 'iso_week', 'Number of the ISO week'),
	(NULL, 'day_of_week', '1 = Monday to 7 = Sunday'),
	(NULL, 'is_weekend', 'Whether it is a Saturday or Sunday'),
	(NULL, 'is_complete', 'Whether the period is over; false while it runs'),
	(NULL, 'is_week_complete', 'Whether its week is over'),
	(NULL, 'is_month_complete', 'Whether its month is over'),
	(NULL, 'active_users', 'Distinct active users of the period; 0 when there are none'),
	(NULL, 'meeting_minutes', 'Minutes of all meetings that start in the period; 0 when there are none'),
	(NULL, 'adoption_rate', 'Per cent of the active users who used the feature in the period; 0 when nobody did'),
	(NULL, 'average_resolution_hours', 'Average hours to resolution of the tickets opened in the period; NULL when none was resolved'),
	(NULL, 'utilization_rate', 'Per cent of the assigned licences whose user was active in the period; NULL when none was assigned'),
	(NULL, 'monthly_recurring_revenue', 'Monthly recurring revenue'),
	(NULL, 'starting_mrr', 'Monthly recurring revenue of the month before'),
	(NULL, 'new_mrr', 'Of customers who pay for the first time'),
	(NULL, 'expansion_mrr', 'More than the month before, of customers who paid then'),
	(NULL, 'reactivation_mrr', 'Of customers who paid once, but not the month before'),
	(NULL, 'contraction_mrr', 'Less than the month before, of customers who pay still, and refunds of those who paid nothing; negative'),
	(NULL, 'churned_mrr', 'Of customers who paid the month before and pay no more; negative'),
	(NULL, 'ending_mrr', 'Monthly recurring revenue of the month'),
	(NULL, 'cohort_month', 'Month in which the people of the cohort were active for the first time'),
	(NULL, 'activity_month', 'Month in which they are looked at'),
	(NULL, 'months_since', 'Months from cohort_month to activity_month'),
	(NULL, 'cohort_size', 'People in the cohort'),
	(NULL, 'retained_users', 'Those active in activity_month'),
	(NULL, 'retention_rate', 'The same in per cent of the cohort'),
	(NULL, 'average_daily_active_users', 'Average of daily active users over all days of the month, from the first day of which there is data and up to today'),
	(NULL, 'monthly_active_users', 'Distinct active users of the month'),
	(NULL, 'stickiness_rate', 'Average daily by monthly active users, in per cent'),
	(NULL, 'tickets', 'Tickets opened in the month'),
	(NULL, 'tickets_per_1000', 'Tickets by 1,000 monthly active users; NULL where nobody was active');
END;
COMMENT ON FUNCTION zoom_gold.bi_column() IS
'What the columns of the views of gold_bi hold, but for those that say who somebody is';

CREATE FUNCTION zoom_gold.bi_replace(template text, replacements jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	word record;
BEGIN
	FOR word IN SELECT r.key, r.value FROM jsonb_each_text(replacements) r LOOP
		template := replace(template, '{' || word.key || '}', word.value);
	END LOOP;
	RETURN template;
END
$$;
COMMENT ON FUNCTION zoom_gold.bi_replace(text, jsonb) IS 'A text with words in braces replaced';

CREATE FUNCTION zoom_gold.bi_in_periods(definition text, days text, suffix text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT zoom_gold.bi_replace(replace(replace(definition, '{periods}', zoom_gold.bi_part('periods')), '{days}', coalesce(days, '')),
		jsonb_build_object('type', p.type, 'first', p.first, 'length', p.length, 'unit', substr(p.length, 3)))
	FROM zoom_gold.bi_period() p WHERE p.suffix = bi_in_periods.suffix
$$;
COMMENT ON FUNCTION zoom_gold.bi_in_periods(text, text, text) IS
'A view with the periods of that suffix in its braces; days is SQL for the first days, as day, of the periods that have data';

-- In the order in which they build on each other.
CREATE FUNCTION zoom_gold.bi_view() RETURNS TABLE (view_name text, definition text, description text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.view_name || '_' || p.suffix,
		zoom_gold.bi_in_periods(v.definition, format('SELECT a.%s AS day FROM gold.go_agg_%s a WHERE a.period_type = ''%s''',
			CASE WHEN v.view_name IN ('active_users', 'meeting_minutes') THEN 'activity_date' ELSE 'period_start' END, v.view_name, p.type), p.suffix),
		replace(v.description, '{period}', p.period)
	FROM zoom_gold.bi_period_view() v CROSS JOIN zoom_gold.bi_period() p
	UNION ALL
	SELECT v.view_name, zoom_gold.bi_replace(v.definition, jsonb_build_object('attendance', zoom_gold.bi_part('attendance'),
			'activity', zoom_gold.bi_part('activity'))), v.description
	FROM zoom_gold.bi_wide_view() v
	UNION ALL
	SELECT v.view_name, zoom_gold.bi_in_periods(v.definition, v.days, 'monthly'), v.description FROM zoom_gold.bi_measure_view() v
$$;
COMMENT ON FUNCTION zoom_gold.bi_view() IS
'The views of gold_bi, in an order in which they can be made; {bi}, {today}, {person} and {email} are still to be replaced';

CREATE FUNCTION zoom_gold.comment_bi_view(bi_schema name, bi_view text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	command text;
BEGIN
	FOR command IN
		SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', bi_schema, bi_view, a.attname,
			CASE a.attname
				WHEN 'person' THEN CASE WHEN bi_schema = 'gold_bi' THEN 'Gold name of the last version of the user: the same person under every name, personal data'
					ELSE 'Pseudonym of the last version of the user: the same person under every name' END
					|| '; NULL where nobody known is named'
				WHEN 'email' THEN CASE WHEN bi_schema = 'gold_bi' THEN 'Primary e-mail address, personal data' ELSE 'NULL here' END
				ELSE (SELECT c.description FROM zoom_gold.bi_column() c
					  WHERE c.column_name = a.attname AND (c.view_name = bi_view OR c.view_name IS NULL)
					  ORDER BY c.view_name NULLS LAST LIMIT 1) END)
		FROM pg_attribute a WHERE a.attrelid = format('%I.%I', bi_schema, bi_view)::regclass AND a.attnum > 0
	LOOP
		EXECUTE command;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.comment_bi_view(name, text) IS 'Comments on the columns of a view of gold_bi or gold_bi_masked';

-- Nothing is hidden from row to row: what is masked was masked when it was
-- kept, so that no predicate can be told a name.
CREATE FUNCTION zoom_gold.create_bi_views(bi_schema name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_masked boolean := bi_schema = 'gold_bi_masked';
	v record;
	is_new boolean;
BEGIN
	PERFORM zoom_gold.ensure_schema(bi_schema, 'Views for analysts over the schema gold: one row per event with the person, plan and company as of it, '
		'and a view per measure and period' || CASE WHEN is_masked THEN '; names are pseudonyms, e-mails NULL' ELSE '' END);
	FOR v IN SELECT b.* FROM zoom_gold.bi_view() b LOOP
		is_new := to_regclass(format('%I.%I', bi_schema, v.view_name)) IS NULL;
		EXECUTE format('CREATE OR REPLACE VIEW %I.%I AS %s', bi_schema, v.view_name,
			zoom_gold.bi_replace(v.definition, jsonb_build_object('bi', bi_schema, 'today', zoom_gold.bi_part('today'),
				'person', CASE WHEN is_masked THEN 'pseudonym' ELSE 'user_name' END,
				'email', CASE WHEN is_masked THEN 'NULL::text' ELSE 'v.email' END)));
		IF is_new AND NOT is_masked THEN
			PERFORM zoom_gold.close_to_others('TABLE', format('%I.%I', bi_schema, v.view_name), c.relacl, c.relowner)
			FROM pg_class c WHERE c.oid = format('%I.%I', bi_schema, v.view_name)::regclass;
		END IF;
		EXECUTE format('COMMENT ON VIEW %I.%I IS %L', bi_schema, v.view_name, v.description);
		PERFORM zoom_gold.comment_bi_view(bi_schema, v.view_name);
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.create_bi_views(name) IS 'Makes the views of gold_bi or gold_bi_masked';

-- Views over days and instants of other types than the model's would be wrong in
-- sessions that are not in UTC, or could not be made.
CREATE FUNCTION zoom_gold.refuse_other_times() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	other record;
BEGIN
	SELECT m.table_name, m.column_name, m.data_type, format_type(a.atttypid, a.atttypmod) AS found,
		CASE WHEN b.base = 'timestamptz'::regtype THEN format(' USING (%I AT TIME ZONE ''UTC'')::date', m.column_name)
			WHEN m.data_type = 'timestamptz' THEN format(' USING %I AT TIME ZONE ''UTC''', m.column_name) END AS conversion
	INTO other
	FROM zoom_gold.gold_model() m
	JOIN pg_attribute a ON a.attrelid = to_regclass('gold.' || m.table_name) AND a.attname = m.column_name AND NOT a.attisdropped
	CROSS JOIN LATERAL zoom_gold.base_type(a.atttypid, a.atttypmod) b
	WHERE (m.table_name IN ('go_fact_support_ticket', 'go_fact_billing') OR starts_with(m.table_name, 'go_agg_'))
		AND m.column_name NOT IN ('load_date', 'update_date')
		AND m.data_type IN ('date', 'timestamptz') AND b.base <> m.data_type::regtype
	ORDER BY m.table_name, m.position LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of table "gold.%" has type %, not %', other.column_name, other.table_name, other.found, other.data_type
			USING ERRCODE = 'feature_not_supported',
			HINT = format('DROP SCHEMA IF EXISTS gold_masked, gold_bi, gold_bi_masked CASCADE; ALTER TABLE gold.%I ALTER COLUMN %I TYPE %s%s; '
				'then run zoom_gold.setup() and zoom_gold.grant_read() again.', other.table_name, other.column_name, other.data_type, other.conversion);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.refuse_other_times() IS
'Fails where a column of gold with days or instants that views of gold_bi read is of another type than the model''s; hints at how to give it that type';

CREATE FUNCTION zoom_gold.create_reader_views(reader_schema name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF reader_schema = 'gold_masked' THEN
		PERFORM zoom_gold.create_masked_views();
	ELSE
		PERFORM zoom_gold.refuse_other_times();
		PERFORM zoom_gold.create_bi_views(reader_schema);
	END IF;
EXCEPTION WHEN invalid_table_definition THEN
	-- a view of an earlier release has other columns; who reads by it is to know
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE,
		HINT = 'DROP SCHEMA gold_masked, gold_bi, gold_bi_masked CASCADE, then run zoom_gold.setup() and zoom_gold.grant_read() again.';
END
$$;
COMMENT ON FUNCTION zoom_gold.create_reader_views(name) IS
'Makes the views of gold_masked, gold_bi or gold_bi_masked, or makes them anew';

/*
 * Erasure works on what history is folded from: with the name replaced there,
 * a refresh replaces it in every version.  The mark on the identity keeps the
 * name out when silver still holds it.  Facts are relabelled at once, while
 * their names belong to the person alone: afterwards a namesake may be called
 * so, and days that silver has purged are not computed anew.
 */

CREATE FUNCTION zoom_gold.forgotten_name(person integer) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN 'Forgotten user ' || person;
COMMENT ON FUNCTION zoom_gold.forgotten_name(integer) IS 'What a user of that ordinal is called once forgotten; the engine says the same';

-- Once a person was forgotten, only silver may know the name.
CREATE FUNCTION zoom_gold.person_pattern(person integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	pattern text;
BEGIN
	EXECUTE format($q$
		SELECT '(?<!\w)(?:' || string_agg(regexp_replace(w.word, '([][\\.^$*+?(){}|])', '\\\1', 'g'), '|' ORDER BY length(w.word) DESC) || ')(?!\w)'
		FROM (
			SELECT unnest(ARRAY[v.user_name, v.base_name, v.email]) FROM gold_state.user_version v WHERE v.ordinal = $1
			UNION
			SELECT unnest(ARRAY[n.name, n.email, lower(lower(n.email COLLATE "C") COLLATE "default")])
			FROM (
				SELECT e.user_name, e.email FROM gold_state.user_event e WHERE e.ordinal = $1
				UNION ALL
				SELECT s.user_name::text, s.email::text
				FROM %I.si_users s JOIN gold_state.user_identity i ON i.user_id = zoom_gold.normal_text(s.user_id::text)
				WHERE i.ordinal = $1) AS r
			CROSS JOIN LATERAL (SELECT zoom_gold.normal_text(r.user_name), zoom_gold.normal_text(r.email)) AS n (name, email)) AS w (word)
		WHERE w.word <> zoom_gold.forgotten_name($1)$q$, zoom_gold.setting('silver_schema'))
	INTO pattern USING person;
	RETURN pattern;
END
$$;
COMMENT ON FUNCTION zoom_gold.person_pattern(integer) IS
'Regular expression for the names and e-mails that a user ever had, in the state and in silver; NULL when there are none';

CREATE FUNCTION zoom_gold.forget_in_facts(person integer) RETURNS TABLE (relation text, replaced bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	names text[] := ARRAY(SELECT DISTINCT v.user_name FROM gold_state.user_version v
		WHERE v.ordinal = person AND v.user_name <> zoom_gold.forgotten_name(person));
BEGIN
	FOR relation IN
		SELECT 'gold.' || m.table_name FROM zoom_gold.gold_model() m
		WHERE m.table_name LIKE 'go\_fact\_%' AND m.column_name = 'user_name'
	LOOP
		EXECUTE format('UPDATE %s SET user_name = $1, update_date = zoom_gold.today() WHERE user_name = ANY ($2)', relation)
			USING zoom_gold.forgotten_name(person), names;
		GET DIAGNOSTICS replaced = ROW_COUNT;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_facts(integer) IS 'Replaces the names of a user in the facts';

-- A row that is rejected stays so, without a name, whatever rules say of a
-- row without an e-mail.
CREATE FUNCTION zoom_gold.forget_in_history(person integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	replaced bigint;
BEGIN
	UPDATE gold_state.user_identity SET forgotten = true WHERE ordinal = person AND NOT forgotten;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	EXECUTE format($q$
		UPDATE gold_state.user_event AS e
		SET user_name = CASE WHEN v.accepted THEN zoom_gold.forgotten_name(e.ordinal) END, email = NULL,
			extra = CASE WHEN e.extra ? 'deleted_at' THEN jsonb_build_object('deleted_at', e.extra -> 'deleted_at') END
		FROM (SELECT s.ctid, octet_length(zoom_gold.normal_text(s.user_name)) <= 2000 AND NOT %s && %L::text[]
			  FROM gold_state.user_event AS s WHERE s.ordinal = $1 AND s.op <> 'T') AS v (place, accepted)
		WHERE e.ctid = v.place$q$,
		zoom_gold.verify_kept_conditions(),
		ARRAY(SELECT r.rule FROM zoom_gold.verify_rules() AS r WHERE r.relation = 'si_users' AND r.severity = 'error')) USING person;
	GET DIAGNOSTICS replaced = ROW_COUNT;
	INSERT INTO gold_state.dirty (consumer) VALUES ('merge_dim_user');
	RETURN replaced;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_history(integer) IS
'Replaces the names of a user in the kept versions, drops e-mails and further columns, and marks the user as forgotten';

CREATE FUNCTION zoom_gold.forget_in_details(details text, pattern text, pseudonym text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (d.json || jsonb_object_agg(e.key, regexp_replace(e.value, pattern, pseudonym, 'g')))::text
	FROM (SELECT zoom_gold.verify_json(details)) AS d (json)
	CROSS JOIN LATERAL jsonb_each_text(d.json) AS e
	WHERE e.key LIKE 'error%' AND e.value ~ pattern
	GROUP BY d.json
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_details(text, text, text) IS
'audit_details with names replaced in what errors said; NULL when there is nothing to replace';

-- What failed steps were told may quote a row.
CREATE FUNCTION zoom_gold.forget_in_logs(person integer, pattern text) RETURNS TABLE (relation text, replaced bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	pseudonym text := zoom_gold.forgotten_name(person);
	command text;
	found boolean;
BEGIN
	FOR relation, command IN VALUES
		('gold.go_error_audit_log',
		 'UPDATE gold.go_error_audit_log SET error_description = regexp_replace(error_description, $1, $2, ''g'') '
		 || 'WHERE error_type = ''Processing'' AND error_description ~ $1'),
		('gold.go_process_audit_log',
		 'UPDATE gold.go_process_audit_log SET audit_details = zoom_gold.forget_in_details(audit_details, $1, $2) '
		 || 'WHERE audit_details LIKE ''%"error%'' AND zoom_gold.forget_in_details(audit_details, $1, $2) IS NOT NULL')
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %s)', relation, split_part(command, ' WHERE ', 2))
			USING pattern, pseudonym INTO found;
		replaced := 0;
		IF found THEN
			-- the guards let nobody change what was logged
			EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', relation);
			EXECUTE command USING pattern, pseudonym;
			GET DIAGNOSTICS replaced = ROW_COUNT;
			EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', relation);
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_logs(integer, text) IS 'Replaces the names of a user in messages of the logs';

CREATE FUNCTION zoom_gold.forget_in_statistics(pattern text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text;
BEGIN
	FOR target IN
		SELECT DISTINCT format('%I.%I', s.schemaname, s.tablename) FROM pg_stats s
		WHERE s.schemaname IN ('gold', 'gold_state')
			AND (s.most_common_vals::text ~ pattern OR s.histogram_bounds::text ~ pattern)
	LOOP
		EXECUTE 'ANALYZE ' || target;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_statistics(text) IS 'Gathers anew the planner''s statistics that quote the user';

CREATE FUNCTION zoom_gold.mentions(pattern text) RETURNS TABLE (relation text, "rows" bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
BEGIN
	FOR relation, said IN
		SELECT format('%I.%I', n.nspname, c.relname), string_agg(format('g.%I', a.attname), ', ')
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (t.typcategory = 'S' OR t.oid IN ('json'::regtype, 'jsonb'::regtype))
			AND (n.nspname, c.relname) IN (
				SELECT CASE m.table_schema WHEN 'silver' THEN zoom_gold.setting('silver_schema') ELSE m.table_schema END, m.table_name
				FROM zoom_gold.model_table() m)
		GROUP BY 1 ORDER BY 1
	LOOP
		EXECUTE format('SELECT count(*) FROM %s g WHERE concat_ws('' '', %s) ~ $1', relation, said) USING pattern INTO rows;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.mentions(text) IS
'Rows of gold, gold_state and silver in which a text matches a pattern';

CREATE FUNCTION zoom_gold.forget_user_work(user_id text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	person integer;
	pattern text;
	events bigint;
	replaced jsonb;
	failed text[];
BEGIN
	PERFORM zoom_gold.lock_runs();
	-- what is pending goes into history first
	failed := ARRAY(SELECT r.process_name FROM zoom_gold.refresh(targets => '{go_dim_user}') r WHERE r.status = 'Failure');
	SELECT i.ordinal INTO person FROM gold_state.user_identity i
	WHERE i.user_id = zoom_gold.normal_text(forget_user_work.user_id) AND i.user_id <> '';
	IF NOT FOUND AND NOT 'merge_dim_user' = ANY (failed) THEN
		RAISE EXCEPTION 'user % is not known', coalesce('"' || user_id || '"', 'NULL') USING ERRCODE = 'undefined_object',
			HINT = 'Pass the user_id as silver has it.';
	END IF;
	pattern := zoom_gold.person_pattern(person);
	SELECT jsonb_object_agg(r.relation, r.replaced) INTO replaced FROM (
		SELECT * FROM zoom_gold.forget_in_facts(person)
		UNION ALL SELECT * FROM zoom_gold.forget_in_logs(person, pattern)) AS r;
	events := zoom_gold.forget_in_history(person);
	failed := failed || ARRAY(SELECT r.process_name FROM zoom_gold.refresh() r
		WHERE r.status = 'Failure' AND r.process_name <> 'refresh');
	IF 'merge_dim_user' = ANY (failed) THEN
		RAISE EXCEPTION 'user was not forgotten: merge_dim_user failed' USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Nothing was changed. See gold.go_process_audit_log after SELECT * FROM zoom_gold.refresh().';
	END IF;
	PERFORM zoom_gold.forget_in_statistics(pattern);
	RETURN jsonb_build_object('user', zoom_gold.forgotten_name(person), 'at', zoom_gold.clock_now(),
		'replaced', replaced || jsonb_build_object('gold_state.user_event', events),
		'versions', (SELECT count(*) FROM gold_state.user_version v WHERE v.ordinal = person),
		'mentioned_still', CASE WHEN pattern IS NOT NULL THEN
			(SELECT coalesce(jsonb_object_agg(m.relation, m.rows), '{}') FROM zoom_gold.mentions(pattern) m) END,
		'failed', to_jsonb(failed));
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_user_work(text) IS 'The work of forget_user()';

CREATE FUNCTION zoom_gold.forget_user(user_id text) RETURNS jsonb
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.forget_user(text) IS
'Erases a person: the name becomes a pseudonym and the e-mail goes in every version and fact, in the state and in messages of the logs, also when silver holds them still. Returns what was replaced and which relations mention the name still: silver, namesakes, topics, columns of yours. When a person was forgotten before, only the names that silver still has can be looked for; where no name is known, mentioned_still is null';


/* ==========================================================================
 * Columns that users rename
 * ==========================================================================
 */

-- One whose name is gone and whose number is there under another.
CREATE FUNCTION zoom_gold.renamed_columns(before jsonb, now jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (SELECT jsonb_object_agg(b.key, n.key)
	FROM jsonb_each(before -> 'columns') AS b
	JOIN jsonb_each(now -> 'columns') AS n ON n.value = b.value AND n.key <> b.key
	WHERE before -> 'relation' = now -> 'relation');
COMMENT ON FUNCTION zoom_gold.renamed_columns(jsonb, jsonb) IS
'The columns of a relation that have another name than before, {old: new}, NULL when there are none; both arguments are layouts as in relation_state.own_layout';

-- A column that has taken the name of one that is gone goes before it.
CREATE FUNCTION zoom_gold.rename_keys(object jsonb, names jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (SELECT jsonb_object_agg(coalesce(names ->> e.key, e.key), e.value ORDER BY names ? e.key)
	FROM jsonb_each(object) AS e);
COMMENT ON FUNCTION zoom_gold.rename_keys(jsonb, jsonb) IS 'An object with other names for its keys; names is {old: new}';

-- Two may have changed names, so none can be renamed after the other.  Columns that
-- users gave the table go with their rows.
CREATE FUNCTION zoom_gold.rename_tracked(names jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	renamed jsonb := (SELECT jsonb_agg(to_jsonb(t) || jsonb_build_object('column_name', names ->> t.column_name))
		FROM gold_state.tracked_column AS t WHERE names ? t.column_name);
BEGIN
	DELETE FROM gold_state.tracked_column AS t WHERE names ? t.column_name;
	EXECUTE (SELECT format('INSERT INTO gold_state.tracked_column (%1$s) OVERRIDING SYSTEM VALUE '
			'SELECT %1$s FROM jsonb_populate_recordset(NULL::gold_state.tracked_column, $1) ON CONFLICT DO NOTHING',
			string_agg(quote_ident(a.attname), ', '))
		FROM pg_attribute AS a
		WHERE a.attrelid = 'gold_state.tracked_column'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
	USING renamed;
END
$$;
COMMENT ON FUNCTION zoom_gold.rename_tracked(jsonb) IS
'Has what is declared of columns of go_dim_user follow them to other names; names is {old: new}';


/* ==========================================================================
 * Mending what the state has lost
 * ==========================================================================
 *
 * A refresh of all computes anew what follows from silver and from the kept
 * versions.  Before that it puts back what ties the two together.  What gold
 * alone remembers setup() takes from there: rebuild() is a refresh of all as
 * well, and forgets it.
 */

-- They outlive their rows.  Any row of silver counts as newer.
CREATE FUNCTION zoom_gold.mend_members() RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target record;
	n bigint;
BEGIN
	FOR target IN SELECT m.table_name, d.* FROM zoom_gold.model_table() m, zoom_gold.relation_dimension(m.table_name) d WHERE m.table_schema = 'silver' LOOP
		EXECUTE format($q$
			INSERT INTO gold_state.dim_member (dimension, member, version_ts, load_ts, key_hash, source_system)
			SELECT DISTINCT ON (g.member) $1, g.member, '-infinity', '-infinity', 0, g.source_system
			FROM (SELECT x.%1$I::text AS member, x.source_system::text FROM gold.%2$I x) g
			WHERE g.member IS NOT NULL
				AND NOT EXISTS (SELECT FROM gold_state.dim_member d WHERE d.dimension = $1 AND d.member = g.member)$q$,
			target.member_column, target.dimension) USING target.dimension;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n > 0 THEN
			relation := format('gold.%I', target.dimension);
			action := format('kept %s members that gold alone knows; zoom_gold.rebuild(%L, members => true) removes those that silver does not have', n, target.table_name);
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_members() IS
'Puts back the members of Type 1 dimensions that gold has and gold_state has lost; says of how many';

-- A number belongs to the key that it has by its versions, and versions to the
-- number that their key has.  What is left without one is given a number when
-- silver or a fact names it.
CREATE FUNCTION zoom_gold.mend_identities(identity name, key name, event name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- more would not fit into memory
	max_ordinal integer := 99999999;
	is_sound boolean;
BEGIN
	EXECUTE format($q$
		SELECT NOT EXISTS (SELECT FROM gold_state.%1$I i WHERE i.ordinal NOT BETWEEN 0 AND $1)
			AND NOT EXISTS (SELECT FROM gold_state.%3$I e LEFT JOIN gold_state.%1$I i ON i.ordinal = e.ordinal
				WHERE e.op <> 'T' AND zoom_gold.identity_key(e.%2$I) IS DISTINCT FROM i.%2$I)$q$, identity, key, event)
	INTO is_sound USING max_ordinal;
	IF is_sound THEN
		RETURN;
	END IF;
	EXECUTE format($q$
		WITH held AS (SELECT DISTINCT e.ordinal, zoom_gold.identity_key(e.%2$I) AS key FROM gold_state.%3$I e WHERE e.op <> 'T')
		DELETE FROM gold_state.%1$I i
		WHERE i.ordinal NOT BETWEEN 0 AND $1
			OR i.ordinal IN (SELECT h.ordinal FROM held h) AND (i.ordinal, i.%2$I) NOT IN (SELECT h.ordinal, h.key FROM held h)%4$s$q$,
		identity, key, event,
		-- who was forgotten stays so
		CASE WHEN key = 'user_id' THEN ' AND NOT i.forgotten' ELSE '' END)
	USING max_ordinal;
	EXECUTE format($q$
		WITH held AS (SELECT e.ordinal, zoom_gold.identity_key(e.%2$I) AS key, count(*) AS n
			FROM gold_state.%3$I e WHERE e.op <> 'T' AND e.ordinal BETWEEN 0 AND $1 GROUP BY 1, 2),
		likely AS (SELECT DISTINCT ON (h.ordinal) h.* FROM held h ORDER BY h.ordinal, h.n DESC, h.key)
		INSERT INTO gold_state.%1$I (%2$I, ordinal, live_rows, live_hash%4$s)
		SELECT DISTINCT ON (l.key) l.key, l.ordinal, 0, 0%5$s FROM likely l
		WHERE l.ordinal NOT IN (SELECT i.ordinal FROM gold_state.%1$I i) AND l.key NOT IN (SELECT i.%2$I FROM gold_state.%1$I i)
		ORDER BY l.key, l.ordinal$q$, identity, key, event,
		CASE WHEN key = 'user_id' THEN ', known' ELSE '' END, CASE WHEN key = 'user_id' THEN ', false' ELSE '' END)
	USING max_ordinal;
	EXECUTE format($q$
		UPDATE gold_state.%3$I e SET ordinal = i.ordinal FROM gold_state.%1$I i
		WHERE e.op <> 'T' AND i.%2$I = zoom_gold.identity_key(e.%2$I) AND e.ordinal <> i.ordinal$q$, identity, key, event);
	-- a key that is nobody's was that of the number
	EXECUTE format($q$
		UPDATE gold_state.%3$I e SET %2$I = i.%2$I FROM gold_state.%1$I i
		WHERE e.op <> 'T' AND i.ordinal = e.ordinal AND i.%2$I <> zoom_gold.identity_key(e.%2$I)$q$, identity, key, event);
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_identities(name, name, name) IS
'Puts back the identities of users or tickets that are lost or contradict the kept versions';

-- A row that went had come.  It counts as seen by a scan, or by the TRUNCATE
-- after which it must have come.  A column that was added meanwhile and holds
-- nothing makes no other row of it.
CREATE FUNCTION zoom_gold.mend_events(event name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kept text;
	row_face text;
BEGIN
	SELECT string_agg(quote_ident(m.column_name), ', ' ORDER BY m.position),
		string_agg(CASE m.column_name WHEN 'extra' THEN 'coalesce(jsonb_strip_nulls(extra), ''{}'')' ELSE quote_ident(m.column_name) END, ', ' ORDER BY m.position)
	INTO kept, row_face FROM zoom_gold.state_model() m
	WHERE m.table_name = event AND m.column_name <> ALL ('{ordinal,seq,n,tx,op,captured_at}');
	EXECUTE format($q$
		WITH swept AS (
			SELECT e.ordinal, e.seq, e.n, e.tx, e.op, e.captured_at, %2$s, greatest(e.seq, e.tx) AS place,
				count(*) FILTER (WHERE e.op = 'T') OVER w AS sweep,
				max(e.seq) FILTER (WHERE e.op = 'T') OVER w AS sweep_seq, max(e.tx) FILTER (WHERE e.op = 'T') OVER w AS sweep_tx,
				max(e.n) FILTER (WHERE e.op = 'T') OVER w AS sweep_n
			FROM gold_state.%1$I e
			WHERE e.ordinal IN (SELECT d.ordinal FROM gold_state.%1$I d WHERE d.op = 'D')
			WINDOW w AS (PARTITION BY e.ordinal ORDER BY greatest(e.seq, e.tx), e.n, e.op <> 'T', e.op <> 'D')),
		balanced AS (
			SELECT s.*, sum(CASE s.op WHEN 'I' THEN 1 ELSE -1 END)
				OVER (PARTITION BY s.ordinal, s.sweep, %3$s ORDER BY s.place, s.n, s.op <> 'D') AS balance
			FROM swept s WHERE s.op <> 'T'),
		lacking AS (
			SELECT DISTINCT ON (b.ordinal, b.sweep, %3$s) b.* FROM balanced b WHERE b.balance < 0
			ORDER BY b.ordinal, b.sweep, %3$s, b.balance)
		INSERT INTO gold_state.%1$I (ordinal, seq, n, tx, op, captured_at, %2$s)
		SELECT l.ordinal, coalesce(l.sweep_seq, 0), coalesce(l.sweep_n, 0), coalesce(l.sweep_tx, 0), 'I', l.captured_at, %2$s
		FROM lacking l, generate_series(1, -l.balance)$q$, event, kept, row_face);
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_events(name) IS
'Puts back the kept versions of which only the end is left';

-- What is open in the log is known; what is not in the log is logged anew.
CREATE FUNCTION zoom_gold.mend_open_errors() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	DELETE FROM gold_state.open_error o
	WHERE o.key IS NOT NULL AND NOT EXISTS (
		SELECT FROM zoom_gold.logged_errors() l
		WHERE (l.relation, l.rule, l.key, l.severity, l.run) = (o.relation, o.rule, o.key, o.severity, o.run));
	INSERT INTO gold_state.open_error (relation, rule, key, row_count, severity, run)
	SELECT l.relation, l.rule, l.key, 1, l.severity, l.run FROM zoom_gold.logged_errors() l
	WHERE NOT EXISTS (
		SELECT FROM gold_state.open_error o
		WHERE (o.relation, o.rule, o.key, o.severity, o.run) = (l.relation, l.rule, l.key, l.severity, l.run));
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_open_errors() IS 'Makes open_error agree with the log about rows that have a key';

CREATE FUNCTION zoom_gold.logged_errors() RETURNS TABLE (relation text, rule text, key text, severity text, run bigint)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	silver_schema text := zoom_gold.setting('silver_schema');
BEGIN
	RETURN QUERY
	SELECT DISTINCT c.table_name, i.info ->> 'rule', i.info ->> 'key', i.info ->> 'severity', (i.info ->> 'run')::bigint
	FROM gold.go_error_audit_log l
	JOIN (SELECT DISTINCT t.table_name FROM zoom_gold.silver_contract() t) c
		ON l.source_table = format('%I.%I', silver_schema, c.table_name)
	CROSS JOIN LATERAL (SELECT l.process_audit_info::jsonb AS info) i
	WHERE l.status <> 'Resolved' AND i.info ->> 'key' IS NOT NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.logged_errors() IS 'The errors of rows with a key that are open in the log';

CREATE FUNCTION zoom_gold.mend_runs() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO gold_state.run (run, started_at, finished_at, status, backend_pid, backend_start)
	SELECT l.run, min(l.execution_time), max(l.execution_time),
		CASE WHEN bool_or(l.status = 'Failure') THEN 'Failure' ELSE 'Success' END, 0, min(l.execution_time)
	FROM (SELECT p.execution_time, p.status, substring(p.audit_details FROM '"run": *([0-9]{1,18})')::bigint AS run FROM gold.go_process_audit_log p) l
	-- pulls log, too
	WHERE l.run IS NOT NULL AND l.run NOT IN (SELECT r.run FROM gold_state.run r)
	GROUP BY l.run;
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_runs() IS 'Puts back the runs that only the process log remembers';

-- Rows of which no pass over a relation would know, and wrong normal forms.
CREATE FUNCTION zoom_gold.mend_relations() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target name;
BEGIN
	FOR target IN SELECT m.table_name FROM zoom_gold.state_model() m WHERE m.column_name = 'relation'
		AND m.table_name NOT IN ('quality_rule', 'relation_state', 'slice_change') LOOP
		EXECUTE format('DELETE FROM gold_state.%I r WHERE r.relation NOT IN (SELECT c.table_name FROM zoom_gold.silver_contract() c)', target);
	END LOOP;
	DELETE FROM gold_state.key_spelling k WHERE k.key IS DISTINCT FROM zoom_gold.normal_text(k.spelling);
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_relations() IS 'Deletes from the state what belongs to no silver relation';

CREATE FUNCTION zoom_gold.mend_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_gold.mend_identities('user_identity', 'user_id', 'user_event');
	PERFORM zoom_gold.mend_identities('ticket_identity', 'ticket_id', 'ticket_event');
	PERFORM zoom_gold.mend_events('user_event');
	PERFORM zoom_gold.mend_events('ticket_event');
	UPDATE gold_state.user_identity i SET known = false
	WHERE i.known AND NOT EXISTS (SELECT FROM gold_state.user_event e WHERE e.ordinal = i.ordinal);
	-- forget_user() leaves this of a name
	UPDATE gold_state.user_identity i SET forgotten = true
	WHERE NOT i.forgotten
		AND EXISTS (SELECT FROM gold_state.user_event e WHERE e.ordinal = i.ordinal AND e.user_name = 'Forgotten user ' || i.ordinal)
		AND NOT EXISTS (SELECT FROM gold_state.user_event e WHERE e.ordinal = i.ordinal
			AND (e.email IS NOT NULL OR e.user_name <> 'Forgotten user ' || i.ordinal));
	PERFORM zoom_gold.mend_relations();
	PERFORM zoom_gold.mend_open_errors();
	PERFORM zoom_gold.mend_runs();
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_state() IS
'What a refresh of all does first: puts back what gold_state has lost and neither silver nor the kept versions alone give back';


/* ==========================================================================
 * Undoing: a silver relation taken anew
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.relation_dimension(relation text)
RETURNS TABLE (dimension text, member_column text, fact text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.dimension, d.member_column, d.fact
	FROM (VALUES ('si_meetings', 'go_dim_meeting', 'meeting_topic', 'go_fact_meeting_usage'),
		('si_feature_usage', 'go_dim_feature', 'feature_name', 'go_fact_feature_usage'),
		('si_webinars', 'go_dim_webinar', 'webinar_topic', 'go_fact_webinar_usage'),
		('si_support_tickets', 'go_dim_ticket_type', 'ticket_type', 'go_fact_support_ticket'),
		('si_billing_events', 'go_dim_billing_event_type', 'event_type', 'go_fact_billing'),
		('si_licenses', 'go_dim_license_type', 'license_type', 'go_fact_license_utilization'))
		AS d (relation, dimension, member_column, fact)
	WHERE d.relation = relation_dimension.relation
$$;
COMMENT ON FUNCTION zoom_gold.relation_dimension(text) IS
'The Type 1 dimension whose members come with a silver relation, the column that names them, and the fact that uses them; no row where there is none';

-- The numbers of users and tickets stay: bitmaps hold them.  Rows that are
-- pending tell of a past that is not wanted either; who writes meanwhile is
-- captured as before a first load.
CREATE FUNCTION zoom_gold.forget_history(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	CASE relation
		WHEN 'si_users' THEN
			DELETE FROM gold_state.user_change;
			DELETE FROM gold_state.user_event;
			UPDATE gold_state.user_identity SET live_rows = -1, live_hash = 0, known = false;
		WHEN 'si_support_tickets' THEN
			DELETE FROM gold_state.ticket_change;
			DELETE FROM gold_state.ticket_event;
			UPDATE gold_state.ticket_identity SET live_rows = -1, live_hash = 0;
		ELSE
			DELETE FROM gold_state.slice_change c WHERE c.relation = forget_history.relation;
	END CASE;
	DELETE FROM gold_state.tied_row r WHERE r.relation = forget_history.relation;
	DELETE FROM gold_state.reused_key r WHERE r.relation = forget_history.relation;
	UPDATE gold_state.relation_state r SET compared_at = NULL, watermark = NULL, recent_rows = NULL, deletes_confirmed = true
	WHERE r.relation = forget_history.relation;
	PERFORM zoom_gold.invalidate_work(relation, NULL, NULL);
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_history(text) IS
'Deletes from the state what is kept of a silver relation beyond what silver holds, and marks all that comes from it';

CREATE FUNCTION zoom_gold.count_history(relation text) RETURNS TABLE (item text, "rows" bigint, meaning text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	CASE relation
		WHEN 'si_users' THEN
			RETURN QUERY SELECT 'gold_state.user_event', count(*), 'kept versions of users' FROM gold_state.user_event;
			RETURN QUERY SELECT 'gold_state.user_version', count(*), 'versions folded from them' FROM gold_state.user_version;
		WHEN 'si_support_tickets' THEN
			RETURN QUERY SELECT 'gold_state.ticket_event', count(*), 'kept versions of tickets' FROM gold_state.ticket_event;
		ELSE
			NULL;
	END CASE;
	RETURN QUERY SELECT 'gold_state.tied_row', count(*), 'places of rows with the same timestamps'
		FROM gold_state.tied_row r WHERE r.relation = count_history.relation AND r.place IS NOT NULL;
	RETURN QUERY SELECT 'gold_state.reused_key', count(*), 'keys whose row another event''s took the place of'
		FROM gold_state.reused_key r WHERE r.relation = count_history.relation;
END
$$;
COMMENT ON FUNCTION zoom_gold.count_history(text) IS 'Rows of history that the state keeps of a silver relation';

-- Members of facts that are kept without a silver row are in use as well.
CREATE FUNCTION zoom_gold.drop_unused_members(relation text, former jsonb) RETURNS TABLE (item text, "rows" bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	target record;
BEGIN
	FOR target IN SELECT * FROM zoom_gold.relation_dimension(relation) LOOP
		EXECUTE format($q$
			INSERT INTO gold_state.dim_member (dimension, member, version_ts, load_ts, key_hash, source_system)
			SELECT $1, m.member, m.version_ts, m.load_ts, m.key_hash, m.source_system
			FROM jsonb_to_recordset($2) AS m (member text, version_ts timestamptz, load_ts timestamptz, key_hash bigint, source_system text)
			WHERE EXISTS (SELECT FROM gold.%I f WHERE f.%I::text = m.member)
				AND NOT EXISTS (SELECT FROM gold_state.dim_member d WHERE d.dimension = $1 AND d.member = m.member)$q$,
			target.fact, target.member_column) USING target.dimension, former;
		EXECUTE format('DELETE FROM gold.%I g WHERE NOT EXISTS (SELECT FROM gold_state.dim_member d WHERE d.dimension = $1 AND d.member = g.%I::text)',
			target.dimension, target.member_column) USING target.dimension;
		GET DIAGNOSTICS rows = ROW_COUNT;
		item := 'gold.' || target.dimension;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_unused_members(text, jsonb) IS
'Deletes the members of a relation''s dimension that no accepted row uses; of the former ones keeps those that facts use';

-- Those whom only the history knew.  Whom anything refers to stays: facts that
-- are kept without a silver row, meetings of hosts who are no users.  Who was
-- forgotten stays so.
CREATE FUNCTION zoom_gold.drop_unused_identities(relation text) RETURNS TABLE (item text, "rows" bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	IF relation = 'si_users' THEN
		DELETE FROM gold_state.user_identity i WHERE NOT i.forgotten AND i.ordinal NOT IN (
			SELECT e.ordinal FROM gold_state.user_event e
			UNION ALL SELECT unnest(zoom_gold.user_ordinals(s.users)) FROM gold_state.slice s
			UNION ALL SELECT unnest(zoom_gold.user_ordinals(d.users)) FROM gold_state.day_partial d
			UNION ALL SELECT unnest(zoom_gold.user_ordinals(p.users)) FROM gold_state.period_users p
			UNION ALL SELECT m.ordinal FROM gold_state.meeting_detail m WHERE m.ordinal IS NOT NULL
			UNION ALL SELECT f.ordinal FROM gold_state.feature_detail f WHERE f.ordinal IS NOT NULL
			UNION ALL SELECT w.ordinal FROM gold_state.webinar_detail w WHERE w.ordinal IS NOT NULL
			UNION ALL SELECT d.ordinal FROM gold_state.license_detail d WHERE d.ordinal IS NOT NULL
			UNION ALL SELECT n.number FROM gold_state.license_span l
				CROSS JOIN LATERAL unnest(zoom_gold.packed_numbers(l.spans, 4)) WITH ORDINALITY AS n (number, place) WHERE n.place % 2 = 0);
		item := 'gold_state.user_identity';
	ELSIF relation = 'si_support_tickets' THEN
		DELETE FROM gold_state.ticket_identity i WHERE i.ordinal NOT IN (SELECT e.ordinal FROM gold_state.ticket_event e);
		item := 'gold_state.ticket_identity';
	END IF;
	GET DIAGNOSTICS rows = ROW_COUNT;
	IF item IS NOT NULL AND rows > 0 THEN
		RETURN NEXT;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_unused_identities(text) IS
'Deletes from the state the users or tickets that nothing refers to any more; returns how many, no row for none';

CREATE FUNCTION zoom_gold.rebuild_relation(relation text, members boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	before jsonb := (SELECT jsonb_object_agg(c.item, c.rows) FROM zoom_gold.count_history(relation) c);
	former jsonb;
	steps jsonb;
	failed text;
	result jsonb;
BEGIN
	PERFORM zoom_gold.forget_history(relation);
	IF members THEN
		SELECT coalesce(jsonb_agg(to_jsonb(m.*)), '[]') INTO former
		FROM gold_state.dim_member m JOIN zoom_gold.relation_dimension(relation) d ON d.dimension = m.dimension;
		DELETE FROM gold_state.dim_member m USING zoom_gold.relation_dimension(relation) d WHERE d.dimension = m.dimension;
	END IF;
	SELECT string_agg(r.process_name, ', ') FILTER (WHERE r.status = 'Failure' AND r.process_name <> 'refresh'),
		jsonb_agg(jsonb_build_object('item', r.process_name, 'rows', coalesce((r.details ->> 'deleted')::bigint, 0),
			'details', format('rows of gold: %s deleted, %s updated, %s inserted',
				r.details ->> 'deleted', r.details ->> 'updated', r.details ->> 'inserted')))
			FILTER (WHERE r.process_name <> 'refresh' AND coalesce((r.details ->> 'deleted')::bigint, 0)
				+ coalesce((r.details ->> 'updated')::bigint, 0) + coalesce((r.details ->> 'inserted')::bigint, 0) > 0)
	INTO failed, steps FROM zoom_gold.refresh(full_refresh => true) r;
	IF failed IS NOT NULL THEN
		RAISE EXCEPTION 'relation "%" was not rebuilt: % failed', relation, failed USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Nothing was changed. See gold.go_process_audit_log after SELECT * FROM zoom_gold.refresh(true).';
	END IF;
	SELECT jsonb_agg(jsonb_build_object('item', c.item, 'rows', (before ->> c.item)::bigint - c.rows,
			'details', format('%s: %s before, %s taken from silver', c.meaning, before ->> c.item, c.rows)))
	INTO result FROM zoom_gold.count_history(relation) c;
	result := coalesce(result, '[]') || coalesce(steps, '[]') || (SELECT coalesce(jsonb_agg(jsonb_build_object('item', u.item, 'rows', u.rows,
			'details', 'keys that nothing refers to any more')), '[]')
		FROM zoom_gold.drop_unused_identities(relation) u);
	IF members THEN
		result := result || (SELECT coalesce(jsonb_agg(jsonb_build_object('item', u.item, 'rows', u.rows,
				'details', 'members that no accepted row uses')), '[]')
			FROM zoom_gold.drop_unused_members(relation, former) u);
	END IF;
	RETURN result;
END
$$;
COMMENT ON FUNCTION zoom_gold.rebuild_relation(text, boolean) IS
'Forgets what is kept of a silver relation and takes it anew; returns what was lost and changed';

-- As plan() does: the work is done, and undone.
CREATE FUNCTION zoom_gold.rebuild_work(relation text, members boolean, plan boolean)
RETURNS TABLE (item text, "rows" bigint, details text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text := zoom_gold.contract_name(relation);
	result jsonb;
BEGIN
	PERFORM zoom_gold.require_setup();
	IF members IS NULL OR plan IS NULL THEN
		RAISE EXCEPTION 'argument "%" must not be null', CASE WHEN members IS NULL THEN 'members' ELSE 'plan' END
			USING ERRCODE = 'null_value_not_allowed', HINT = 'Leave it out for false.';
	END IF;
	PERFORM zoom_gold.lock_runs();
	BEGIN
		result := zoom_gold.rebuild_relation(target, members);
		IF plan THEN
			RAISE EXCEPTION 'planned' USING ERRCODE = 'ZGPLN';
		END IF;
	EXCEPTION WHEN SQLSTATE 'ZGPLN' THEN
		NULL;
	END;
	RETURN QUERY SELECT r.item, r.rows, r.details FROM jsonb_to_recordset(result) AS r (item text, "rows" bigint, details text);
END
$$;
COMMENT ON FUNCTION zoom_gold.rebuild_work(text, boolean, boolean) IS 'The work of rebuild()';

CREATE FUNCTION zoom_gold.rebuild(relation text, members boolean DEFAULT false, plan boolean DEFAULT false)
RETURNS TABLE (item text, "rows" bigint, details text)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.rebuild(text, boolean, boolean) IS
'Forgets what was kept of a silver relation, users'' versions, resolutions of tickets, the order in which tied '
'rows came, and takes it from silver as a first load would, with a full refresh, in the same transaction. With '
'members it also deletes the Type 1 members that come with the relation and that no accepted row uses any '
'more. With plan it tells what would happen and keeps nothing: does the work and rolls it back. Passes the '
'delete guard of that relation; readers do not wait. Waits for a refresh that is running. Returns a row per kind of history, with the '
'rows lost, and per step of the refresh that changed gold, with the rows deleted. Who was forgotten stays '
'so, and with fact_deletes = keep so do facts that were kept. Errors, and changes nothing, where a step fails and for a name that is no silver relation';


/* ==========================================================================
 * Verification
 * ==========================================================================
 */

------------------------------------------------------------------------------
-- verify(): gold recomputed from silver
--
-- Plain set-based SQL that shares no code with the engine.  It reads silver,
-- the kept versions of users and tickets and the rules, builds what the model
-- says and compares it with gold as multisets.  Everything is STABLE, so one
-- call sees one state, and nothing is written: it runs in a read-only
-- transaction and on a standby.
--
--   verify_text, verify_spelling, verify_json    small words
--   verify_rules, verify_conditions, verify_newest   rules; newest row per key
--   verify_meetings ... verify_billing           newest rows of a relation
--   verify_user_events, verify_ticket_events     kept versions, normalised
--   verify_timeline, verify_users, verify_resolutions   what follows from them
--   verify                                       the comparison
--
-- Bodies stand over tables that setup() makes later, hence plpgsql.
------------------------------------------------------------------------------

-- A timestamp that no version can have is taken to be that of the capture.
CREATE FUNCTION zoom_gold.verify_instant(stated timestamptz, captured_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN stated > '-infinity' AND stated < timestamptz '9999-12-31 00:00:00+00' THEN stated ELSE captured_at END;
COMMENT ON FUNCTION zoom_gold.verify_instant(timestamptz, timestamptz) IS
'The timestamp of a kept version. For verify().';

CREATE FUNCTION zoom_gold.verify_text(value text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN getdatabaseencoding() <> 'UTF8'
	THEN CASE WHEN value !~ E'^$|^ | $|  |[\\u0009-\\u000d]' THEN value
		 ELSE nullif(btrim(regexp_replace(value, E'[\\u0009-\\u000d\\u0020]+', ' ', 'g'), ' '), '') END
	ELSE CASE WHEN value !~ E'^$|^ | $|  |[\\u0009-\\u000d\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]' THEN value
		 ELSE nullif(btrim(regexp_replace(value,
			E'[\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+',
			' ', 'g'), ' '), '') END
	END;
COMMENT ON FUNCTION zoom_gold.verify_text(text) IS
'A text in its normal form: trimmed, white space collapsed, NULL when empty. For verify().';

-- What an aggregate repeats in each of its periods is compared by this.
CREATE FUNCTION zoom_gold.verify_brief(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) > 200 THEN octet_length(value) || ' bytes, ' || hashtextextended(value COLLATE "C", 0) ELSE value END;
COMMENT ON FUNCTION zoom_gold.verify_brief(text) IS
'A text, or what tells a long one from others. For verify().';

-- Not upper-cased letters of the locale: the known spellings are ASCII.
CREATE FUNCTION zoom_gold.verify_spelling(value text, known text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value = ANY (known) THEN value
	   ELSE coalesce((SELECT k FROM unnest(known) AS k
					  WHERE lower(k COLLATE "C") = lower(value COLLATE "C")), value) END;
COMMENT ON FUNCTION zoom_gold.verify_spelling(text, text[]) IS
'The known spelling that equals a value but for case, else the value. For verify().';

-- In the user's words, where there are some for the column: their meaning is
-- put into the query, as hardly anybody has more than a few.
CREATE FUNCTION zoom_gold.verify_meaning(relation text, column_name text, expression text, known text[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	words text := (SELECT string_agg(format('WHEN %L THEN %L', lower(m.source_value COLLATE "C"), m.silver_value), ' ')
				   FROM gold_state.value_map AS m
				   WHERE m.relation = verify_meaning.relation AND m.column_name = verify_meaning.column_name);
	meaning text := CASE WHEN words IS NULL THEN expression
						 ELSE format('CASE lower(%1$s COLLATE "C") %2$s ELSE %1$s END', expression, words) END;
BEGIN
	RETURN CASE WHEN known IS NULL THEN meaning ELSE format('zoom_gold.verify_spelling(%s, %L)', meaning, known) END;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_meaning(text, text, text, text[]) IS
'SQL for the meaning of a normalised value by gold_state.value_map, in the known spelling if a list is given. For verify().';

CREATE FUNCTION zoom_gold.verify_json(value text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_json(text) IS
'A text as JSON, NULL when it is none. For verify().';

-- The rules in force: those of the contract always are.
CREATE FUNCTION zoom_gold.verify_rules() RETURNS TABLE (relation text, rule text, severity text, condition text)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	WITH said AS (
		SELECT b.relation, b.rule_name, b.severity, NULL AS condition
		FROM zoom_gold.builtin_rule() AS b
		WHERE b.contract OR NOT EXISTS (SELECT FROM gold_state.quality_rule AS q
										WHERE q.relation = b.relation AND q.rule_name = b.rule_name AND NOT q.enabled)
		UNION ALL
		SELECT q.relation, q.rule_name, q.severity, q.condition FROM gold_state.quality_rule AS q
		WHERE q.enabled AND q.condition IS NOT NULL)
	SELECT r.relation, s.rule_name, s.severity, s.condition
	FROM unnest('{si_users,si_meetings,si_participants,si_feature_usage,'
				'si_webinars,si_support_tickets,si_licenses,si_billing_events}'::text[]) AS r (relation)
	JOIN said AS s ON s.relation IN (r.relation, '*');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_rules() IS
'The quality rules in force, one row per relation and rule; condition is NULL for built-in ones. For verify().';

------------------------------------------------------------------------------
-- verify(): what has to be there before anything can be compared
------------------------------------------------------------------------------

CREATE FUNCTION zoom_gold.verify_missing() RETURNS TABLE (check_name text, details text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	silver_schema text := zoom_gold.setting('silver_schema');
BEGIN
	IF EXISTS (SELECT FROM zoom_gold.default_setting() AS d WHERE d.name NOT IN (SELECT s.name FROM gold_state.settings AS s)) THEN
		RETURN QUERY VALUES ('settings', 'settings are missing in "gold_state.settings", which zoom_gold.setup() puts back: nothing is compared');
		RETURN;
	END IF;
	-- gold may have other types, which what is compared is cast from
	RETURN QUERY
	WITH wanted AS (
		SELECT m.table_schema, m.table_name, m.column_name, m.position, m.data_type, r.relation,
			   format_type(m.data_type::regtype, NULL) AS base_type, to_regclass(r.relation) AS relid
		FROM zoom_gold.model_column() AS m
		CROSS JOIN LATERAL (SELECT format('%I.%I', CASE m.table_schema WHEN 'silver' THEN silver_schema ELSE m.table_schema END, m.table_name)) AS r (relation)),
	checked AS (
		SELECT w.*, a.attnum IS NULL AS missing, format_type(a.atttypid, a.atttypmod) AS found,
			   CASE w.table_schema WHEN 'silver' THEN zoom_gold.type_fits(a.atttypid, a.atttypmod, w.data_type)
				   WHEN 'gold_state' THEN format_type(a.atttypid, NULL) = w.base_type ELSE true END AS fits
		FROM wanted AS w
		LEFT JOIN pg_attribute AS a ON a.attrelid = w.relid AND a.attname = w.column_name AND a.attnum > 0 AND NOT a.attisdropped)
	SELECT c.table_name, format('relation "%s" %s: nothing is compared', c.relation,
		CASE WHEN c.relid IS NULL THEN 'is missing'
			 ELSE concat_ws(' and ',
				'lacks column "' || string_agg(c.column_name, '", "' ORDER BY c.position) FILTER (WHERE c.missing) || '"',
				'has ' || string_agg(format('column "%s" of type %s, not %s', c.column_name, c.found, c.base_type), ', ' ORDER BY c.position)
					FILTER (WHERE NOT c.missing)) END)
	FROM checked AS c
	WHERE c.missing OR NOT c.fits
	GROUP BY c.table_schema, c.table_name, c.relation, c.relid
	ORDER BY c.table_schema DESC, c.table_name;
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'settings', p.problem || ': nothing is compared' FROM zoom_gold.configuration_problem() AS p
			WHERE p.problem LIKE 'invalid value%';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_missing() IS
'The relations of silver, gold and gold_state that are missing, lack columns or have some of a type that cannot be read, or else the settings that are invalid. For verify().';

CREATE FUNCTION zoom_gold.verify_user_source() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN format($q$(SELECT %s, i.forgotten FROM gold_state.user_event AS e
		JOIN gold_state.user_identity AS i ON i.ordinal = e.ordinal AND i.user_id <> ''
			AND octet_length(i.user_id) <= 2000)$q$,
	(SELECT string_agg('e.' || quote_ident(m.column_name), ', ') FROM zoom_gold.state_model() AS m WHERE m.table_name = 'user_event'));
COMMENT ON FUNCTION zoom_gold.verify_user_source() IS
'SQL for the kept versions of users. For verify().';

-- A rule that raises an error stops the step that reads the relation; here it
-- is left out and reported.
CREATE FUNCTION zoom_gold.verify_rule_errors(of_relation text DEFAULT NULL) RETURNS TABLE (relation text, rule text, error text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	item record;
BEGIN
	FOR item IN
		SELECT r.relation, r.rule, r.condition, s.source
		FROM zoom_gold.verify_rules() AS r
		CROSS JOIN LATERAL (SELECT format('%I.%I', zoom_gold.setting('silver_schema'), r.relation)
							UNION ALL SELECT format('(SELECT %s FROM %s AS s)', zoom_gold.verify_kept_columns(), zoom_gold.verify_user_source())
							WHERE r.relation = 'si_users') AS s (source)
		WHERE r.condition IS NOT NULL AND (of_relation IS NULL OR r.relation = of_relation)
	LOOP
		BEGIN
			EXECUTE format('SELECT count(*) FROM %s AS s WHERE (%s)', item.source, item.condition);
		EXCEPTION WHEN OTHERS THEN
			relation := item.relation;
			rule := item.rule;
			error := format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE);
			RETURN NEXT;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_rule_errors(text) IS
'The users'' quality rules that cannot be computed, and why; of one relation, where it is named. For verify().';

-- The users' rules of a relation as SQL: an array of the rules that a row
-- with alias s breaks (NULL elements for those it keeps).
CREATE FUNCTION zoom_gold.verify_conditions(relation text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT 'ARRAY[' || coalesce(string_agg(format('CASE WHEN (%s) THEN %L END', r.condition, r.rule),
												   ', ' ORDER BY r.rule), '') || ']::text[]'
			FROM zoom_gold.verify_rules() AS r
			WHERE r.relation = verify_conditions.relation AND r.condition IS NOT NULL
			  AND (r.relation, r.rule) NOT IN (SELECT e.relation, e.rule FROM zoom_gold.verify_rule_errors(verify_conditions.relation) AS e));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_conditions(text) IS
'SQL for the user-defined rules that a silver row breaks. For verify().';

-- A query for the newest row of every key of a relation; rows without a key
-- all count.  Its parts are SQL:
--	columns	what to read of silver's row s, with names
--	content	the columns of the contract, of that row r
--	joins	what to join to that row, r from here on
--	derived	what to take from the joins, with names
--	tests	the built-in rules that the row breaks, NULL for those it keeps
--	results	what to return of the row, t from here on
-- Of rows with one key and the same timestamps the last captured counts; the
-- state keeps their order.  Before them come those that a scan saw, by the hash of
-- their content, unsigned.
CREATE FUNCTION zoom_gold.verify_newest(relation text, key text, columns text, content text, joins text, derived text,
							  tests text, results text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	rejecting text;
	active text;
	digest text := 'NULL::bigint';
	deleted_at text := 'NULL::timestamptz';
	target regclass := zoom_gold.silver_relation(relation);
BEGIN
	IF EXISTS (SELECT FROM gold_state.tied_row AS t WHERE t.relation = verify_newest.relation) THEN
		SELECT format('hash_record_extended(ROW(%s), 0)',
					  string_agg(format('s.%I::%s', c.column_name, replace(split_part(c.data_type, '(', 1), 'text', 'text COLLATE "default"')), ', ' ORDER BY c.position))
		INTO digest FROM zoom_gold.silver_contract() AS c WHERE c.table_name = verify_newest.relation;
	END IF;
	IF EXISTS (SELECT FROM pg_attribute AS a
			   WHERE a.attrelid = target
				 AND a.attname = 'deleted_at' AND NOT a.attisdropped) THEN
		-- without a key it tells of nothing that was deleted
		deleted_at := format('CASE WHEN zoom_gold.verify_text(s.%I::text COLLATE "default") IS NOT NULL THEN s.deleted_at::timestamptz END', key);
		digest := format('CASE WHEN s.deleted_at IS NULL THEN %s ELSE %s END', digest, replace(digest, '), 0)', ', s.deleted_at), 0)'));
	END IF;
	SELECT quote_literal(coalesce(array_agg(r.rule) FILTER (WHERE r.severity = 'error'), '{}')) || '::text[]',
		   quote_literal(coalesce(array_agg(r.rule), '{}')) || '::text[]'
	INTO rejecting, active
	FROM zoom_gold.verify_rules() AS r WHERE r.relation = verify_newest.relation;
	RETURN format($q$
		WITH raw AS MATERIALIZED (
			SELECT zoom_gold.verify_text(s.%I::text COLLATE "default") AS key, %s,
				   zoom_gold.verify_text(s.source_system::text COLLATE "default") AS source_system,
				   -- a row without timestamps is the oldest
				   coalesce(s.update_timestamp, s.load_timestamp, '-infinity')::timestamptz AS version_at,
				   coalesce(s.load_timestamp, '-infinity')::timestamptz AS load_at,
				   %s AS own_rules, %s AS digest, %s AS deleted_at
			FROM %I.%I AS s),
		repeated AS (
			-- a key of a user that is too long is nobody's: its rows count each, as those without one
			SELECT raw.key FROM raw WHERE raw.key IS NOT NULL AND (%L <> 'si_users' OR octet_length(raw.key) <= 2000)
			GROUP BY raw.key HAVING count(*) > 1),
		tested AS (
			SELECT r.*, %s, b.broken
			FROM raw AS r %s
			CROSS JOIN LATERAL (
				SELECT array_remove(ARRAY[CASE WHEN r.key IS NULL THEN 'key_missing'
											   WHEN octet_length(r.key) > 2000 THEN 'value_too_long' END, %s]
									|| r.own_rules, NULL) AS rules OFFSET 0) AS x
			CROSS JOIN LATERAL (
				SELECT CASE WHEN x.rules = '{}' THEN x.rules
					   ELSE ARRAY(SELECT DISTINCT rule FROM unnest(x.rules) AS rule WHERE rule = ANY (%s)) END AS broken) AS b),
		ranked AS (
			SELECT r.*, rank() OVER (PARTITION BY r.key ORDER BY r.version_at DESC, r.load_at DESC) AS rank
			FROM tested AS r WHERE r.key IN (SELECT d.key FROM repeated AS d)),
		newest AS (
			SELECT r.*, p.place,
				   CASE WHEN r.deleted_at IS NULL THEN hash_record_extended(ROW(%s), 0) ELSE hash_record_extended(ROW(%s, r.deleted_at), 0) END AS hash
			FROM ranked AS r
			LEFT JOIN gold_state.tied_row AS p ON p.relation = %L AND p.key = r.key AND p.row_hash = r.digest
			WHERE r.rank = 1),
		chosen AS (
			SELECT DISTINCT ON (n.key) n.* FROM newest AS n
			ORDER BY n.key, n.place DESC NULLS LAST, n.hash < 0 DESC, n.hash DESC)
		SELECT t.key, t.version_at, t.load_at, t.source_system, t.broken, t.broken && %s, %s
		FROM tested AS t WHERE t.deleted_at IS NULL AND NOT EXISTS (SELECT FROM repeated AS d WHERE d.key = t.key)
		UNION ALL
		SELECT t.key, t.version_at, t.load_at, t.source_system, t.broken, t.broken && %s, %s
		FROM chosen AS t WHERE t.deleted_at IS NULL$q$,
		key, columns, zoom_gold.verify_conditions(relation), digest, deleted_at,
		zoom_gold.setting('silver_schema'), relation, relation,
		derived, joins, tests, active, content, content, relation,
		rejecting, results, rejecting, results);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_newest(text, text, text, text, text, text, text, text) IS
'A query for the newest row of every key of a silver relation, with the rules it breaks. For verify().';

-- SQL for an instant or day that is out of range: not finite, before min_date
-- or on or after 9999-12-31.  UTC, whatever the session's time zone.
CREATE FUNCTION zoom_gold.verify_outside(expression text, is_date boolean) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN is_date
		THEN format('%1$s NOT BETWEEN %2$L::date AND date ''9999-12-30''', expression,
					zoom_gold.setting('min_date'))
		ELSE format('(%1$s < (%2$L::date)::timestamp AT TIME ZONE ''UTC'' OR %1$s >= timestamptz ''9999-12-31 00:00:00+00'')',
					expression, zoom_gold.setting('min_date')) END;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_outside(text, boolean) IS
'SQL for the test that an instant or a day is out of range. For verify().';

-- The UTC day of an instant; rows without one are on the day -infinity.
CREATE FUNCTION zoom_gold.verify_day(at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((at AT TIME ZONE 'UTC')::date, date '-infinity');
COMMENT ON FUNCTION zoom_gold.verify_day(timestamptz) IS
'The UTC day of an instant, -infinity for NULL. For verify().';

-- Joins to a row r of a relation: reused.key, where rows of its key tell of
-- events that had begun by when they were written, on different days and
-- further apart than time zones, or where one is known to have overwritten
-- another.
CREATE FUNCTION zoom_gold.verify_reused_keys(relation text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN format($q$LEFT JOIN (
	SELECT k.key FROM gold_state.reused_key AS k WHERE k.relation = %L
	UNION

	SELECT h.key FROM raw AS h
	WHERE h.key IN (SELECT d.key FROM repeated AS d) AND h.deleted_at IS NULL
	  AND h.start_time <= h.version_at AND h.start_time > '-infinity' AND h.start_time < timestamptz '9999-12-31 00:00:00+00'
	GROUP BY h.key
	HAVING max(h.start_time) > min(h.start_time) + interval '14 hours'
	   AND zoom_gold.verify_day(max(h.start_time)) <> zoom_gold.verify_day(min(h.start_time))) AS reused ON reused.key = r.key$q$, relation);
COMMENT ON FUNCTION zoom_gold.verify_reused_keys(text) IS
'SQL that joins the keys that seem to be those of several meetings or webinars. For verify().';

CREATE FUNCTION zoom_gold.verify_meetings()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, day date, ordinal integer, known boolean,
			   meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes bigint)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_meetings', 'meeting_id',
		'zoom_gold.verify_text(s.host_id::text COLLATE "default") AS host_id,
		 zoom_gold.verify_text(s.meeting_topic::text COLLATE "default") AS meeting_topic,
		 s.start_time::timestamptz AS start_time, s.end_time::timestamptz AS end_time, s.duration_minutes::bigint AS stated,
		 CASE WHEN s.end_time >= s.start_time AND isfinite(s.start_time) AND isfinite(s.end_time)
			  THEN extract(epoch FROM s.end_time - s.start_time) END AS seconds',
		'r.key, r.host_id, r.meeting_topic, r.start_time, r.end_time, r.stated, r.source_system',
		-- whole minutes between start and end, unless silver's figure is within one
		zoom_gold.verify_reused_keys('si_meetings') || ' LEFT JOIN gold_state.user_identity AS u ON u.user_id = r.host_id
		 CROSS JOIN LATERAL (SELECT r.stated >= 0 AND abs(60 * r.stated - r.seconds) <= 60 AS agrees OFFSET 0) AS a
		 CROSS JOIN LATERAL (SELECT CASE WHEN r.seconds IS NULL OR a.agrees THEN r.stated
									ELSE floor(r.seconds / 60)::bigint END AS minutes) AS m',
		'u.ordinal, u.known, m.minutes AS duration_minutes',
		format($q$CASE WHEN r.start_time IS NULL THEN 'start_time_missing' END,
			CASE WHEN %s OR %s THEN 'date_out_of_range' END,
			CASE WHEN octet_length(r.host_id) > 2000 THEN 'value_too_long' END,
			CASE WHEN r.end_time < r.start_time THEN 'end_before_start' END,
			CASE WHEN r.stated < 0 AND (r.end_time >= r.start_time) IS NOT TRUE THEN 'duration_negative' END,
			CASE WHEN r.host_id IS NULL THEN 'host_missing' WHEN u.known IS NOT TRUE THEN 'host_unknown' END,
			CASE WHEN r.stated IS NOT NULL AND r.seconds IS NOT NULL AND NOT a.agrees THEN 'duration_mismatch' END,
			CASE WHEN m.minutes > 1440 THEN 'meeting_too_long' END,
			CASE WHEN reused.key IS NOT NULL THEN 'key_reused' END$q$,
			zoom_gold.verify_outside('r.start_time', false), zoom_gold.verify_outside('r.end_time', false)),
		'zoom_gold.verify_day(t.start_time), t.ordinal, coalesce(t.known, false),
		 t.meeting_topic, t.start_time, t.end_time, t.duration_minutes');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_meetings() IS
'The meetings as silver tells them, newest row per key, rejected ones included. For verify().';

-- What hangs on the meeting is added by verify(), which has the meetings.
CREATE FUNCTION zoom_gold.verify_participants()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, day date, ordinal integer, known boolean, meeting_id text, seconds numeric)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_participants', 'participant_id',
		'zoom_gold.verify_text(s.meeting_id::text COLLATE "default") AS meeting_id,
		 zoom_gold.verify_text(s.user_id::text COLLATE "default") AS user_id, s.join_time::timestamptz AS join_time, s.leave_time::timestamptz AS leave_time',
		'r.key, r.meeting_id, r.user_id, r.join_time, r.leave_time, r.source_system',
		'LEFT JOIN gold_state.user_identity AS u ON u.user_id = r.user_id',
		'u.ordinal, u.known',
		format($q$CASE WHEN r.meeting_id IS NULL THEN 'meeting_id_missing' END,
			CASE WHEN r.join_time IS NULL THEN 'join_time_missing' END,
			CASE WHEN %s OR %s THEN 'date_out_of_range' END,
			CASE WHEN octet_length(r.meeting_id) > 2000 OR octet_length(r.user_id) > 2000 THEN 'value_too_long' END,
			CASE WHEN r.leave_time < r.join_time THEN 'leave_before_join' END,
			CASE WHEN r.user_id IS NOT NULL AND u.known IS NOT TRUE THEN 'user_unknown' END$q$,
			zoom_gold.verify_outside('r.join_time', false), zoom_gold.verify_outside('r.leave_time', false)),
		'zoom_gold.verify_day(t.join_time), t.ordinal, coalesce(t.known, false), t.meeting_id,
		 CASE WHEN isfinite(t.join_time) AND isfinite(t.leave_time) AND t.leave_time > t.join_time
			  THEN extract(epoch FROM t.leave_time - t.join_time) END');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_participants() IS
'The participants as silver tells them, newest row per key, rejected ones included. For verify().';

CREATE FUNCTION zoom_gold.verify_feature_usage()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, day date, meeting_id text,
			   feature_name text, usage_count integer, usage_date date)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_feature_usage', 'usage_id',
		'zoom_gold.verify_text(s.meeting_id::text COLLATE "default") AS meeting_id,
		 zoom_gold.verify_text(s.feature_name::text COLLATE "default") AS feature_name,
		 s.usage_count::integer AS usage_count, s.usage_date::date AS usage_date',
		'r.key, r.meeting_id, r.feature_name, r.usage_count, r.usage_date, r.source_system',
		'', 'NULL AS nothing',
		format($q$CASE WHEN r.meeting_id IS NULL THEN 'meeting_id_missing' END,
			CASE WHEN r.feature_name IS NULL THEN 'feature_name_missing' END,
			CASE WHEN r.usage_count IS NULL THEN 'usage_count_missing' END,
			CASE WHEN r.usage_date IS NULL THEN 'usage_date_missing' END,
			CASE WHEN %s THEN 'date_out_of_range' END,
			CASE WHEN octet_length(r.meeting_id) > 2000 OR octet_length(r.feature_name) > 2000 THEN 'value_too_long' END,
			CASE WHEN r.usage_count < 0 THEN 'count_negative' END$q$,
			zoom_gold.verify_outside('r.usage_date', true)),
		'coalesce(t.usage_date, date ''-infinity''), t.meeting_id, t.feature_name, t.usage_count, t.usage_date');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_feature_usage() IS
'The feature usage as silver tells it, newest row per key, rejected ones included. For verify().';

CREATE FUNCTION zoom_gold.verify_webinars()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, day date,
			   webinar_topic text, start_time timestamptz, end_time timestamptz, registrants integer, ordinal integer)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_webinars', 'webinar_id',
		'zoom_gold.verify_text(s.host_id::text COLLATE "default") AS host_id,
		 zoom_gold.verify_text(s.webinar_topic::text COLLATE "default") AS webinar_topic,
		 s.start_time::timestamptz AS start_time, s.end_time::timestamptz AS end_time, s.registrants::integer AS registrants',
		'r.key, r.host_id, r.webinar_topic, r.start_time, r.end_time, r.registrants, r.source_system',
		zoom_gold.verify_reused_keys('si_webinars') || ' LEFT JOIN gold_state.user_identity AS u ON u.user_id = r.host_id',
		'u.ordinal',
		format($q$CASE WHEN r.start_time IS NULL THEN 'start_time_missing' END,
			CASE WHEN %s OR %s THEN 'date_out_of_range' END,
			CASE WHEN octet_length(r.host_id) > 2000 THEN 'value_too_long' END,
			CASE WHEN r.end_time < r.start_time THEN 'end_before_start' END,
			CASE WHEN r.registrants < 0 THEN 'registrants_negative' END,
			CASE WHEN r.host_id IS NULL THEN 'host_missing' WHEN u.known IS NOT TRUE THEN 'host_unknown' END,
			CASE WHEN reused.key IS NOT NULL THEN 'key_reused' END$q$,
			zoom_gold.verify_outside('r.start_time', false), zoom_gold.verify_outside('r.end_time', false)),
		'zoom_gold.verify_day(t.start_time), t.webinar_topic, t.start_time, t.end_time, t.registrants, t.ordinal');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_webinars() IS
'The webinars as silver tells them, newest row per key, rejected ones included. For verify().';

CREATE FUNCTION zoom_gold.verify_tickets()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, day date, ordinal integer, known boolean,
			   ticket_type text, resolution_status text, open_date date, resolved_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_support_tickets', 'ticket_id',
		'zoom_gold.verify_text(s.user_id::text COLLATE "default") AS user_id,
		 zoom_gold.verify_text(s.ticket_type::text COLLATE "default") AS ticket_type, '
		 || zoom_gold.verify_meaning('si_support_tickets', 'resolution_status', 'zoom_gold.verify_text(s.resolution_status::text COLLATE "default")',
									 '{Open,In Progress,Resolved,Closed}') || ' AS resolution_status,
		 s.open_date::date AS open_date',
		'r.key, r.user_id, r.ticket_type, r.resolution_status, r.open_date, r.source_system',
		'LEFT JOIN gold_state.user_identity AS u ON u.user_id = r.user_id
		 LEFT JOIN zoom_gold.verify_resolutions() AS v
			ON v.ticket_id = r.key AND r.resolution_status IN (''Resolved'', ''Closed'')',
		'u.ordinal, u.known,
		 CASE WHEN v.resolved_at >= least(r.open_date, date ''9999-12-31'')::timestamp AT TIME ZONE ''UTC'' THEN v.resolved_at END AS resolved_at',
		format($q$CASE WHEN r.ticket_type IS NULL THEN 'ticket_type_missing' END,
			CASE WHEN r.resolution_status IS NULL THEN 'resolution_status_missing' END,
			CASE WHEN r.open_date IS NULL THEN 'open_date_missing' END,
			CASE WHEN %s THEN 'date_out_of_range' END,
			CASE WHEN octet_length(r.user_id) > 2000 OR octet_length(r.ticket_type) > 2000 THEN 'value_too_long' END,
			CASE WHEN r.resolution_status NOT IN ('Open', 'In Progress', 'Resolved', 'Closed') THEN 'status_unknown' END,
			CASE WHEN r.user_id IS NULL THEN 'user_missing' WHEN u.known IS NOT TRUE THEN 'user_unknown' END,
			CASE WHEN v.resolved_at < least(r.open_date, date '9999-12-31')::timestamp AT TIME ZONE 'UTC' THEN 'resolved_before_opened' END$q$,
			zoom_gold.verify_outside('r.open_date', true)),
		'coalesce(t.open_date, date ''-infinity''), t.ordinal, coalesce(t.known, false),
		 t.ticket_type, t.resolution_status, t.open_date, t.resolved_at');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_tickets() IS
'The support tickets as silver tells them, newest row per key, rejected ones included. For verify().';

CREATE FUNCTION zoom_gold.verify_licenses()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, day date, assigned boolean, ordinal integer, known boolean,
			   license_type text, start_date date, end_date date)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_licenses', 'license_id',
		'zoom_gold.verify_text(s.assigned_to_user_id::text COLLATE "default") AS user_id, '
		 || zoom_gold.verify_meaning('si_licenses', 'license_type', 'zoom_gold.verify_text(s.license_type::text COLLATE "default")',
									 '{Basic,Pro,Business,Enterprise,Education}') || ' AS license_type,
		 s.start_date::date AS start_date,
		 CASE WHEN s.end_date < date ''9999-12-31'' THEN s.end_date::date END AS end_date, s.end_date::date AS stated_end',
		'r.key, r.license_type, r.user_id, r.start_date, r.stated_end, r.source_system',
		'LEFT JOIN gold_state.user_identity AS u ON u.user_id = r.user_id',
		'u.ordinal, u.known',
		format($q$CASE WHEN r.license_type IS NULL THEN 'license_type_missing' END,
			CASE WHEN r.start_date IS NULL THEN 'start_date_missing' END,
			CASE WHEN %s OR %s THEN 'date_out_of_range' END,
			CASE WHEN octet_length(r.user_id) > 2000 OR octet_length(r.license_type) > 2000 THEN 'value_too_long' END,
			CASE WHEN r.end_date < r.start_date THEN 'end_before_start' END,
			CASE WHEN r.license_type NOT IN ('Basic', 'Pro', 'Business', 'Enterprise', 'Education')
				THEN 'license_type_unknown' END,
			CASE WHEN r.user_id IS NOT NULL AND u.known IS NOT TRUE THEN 'user_unknown' END$q$,
			zoom_gold.verify_outside('r.start_date', true), zoom_gold.verify_outside('r.end_date', true)),
		'coalesce(t.start_date, date ''-infinity''), t.user_id IS NOT NULL, t.ordinal, coalesce(t.known, false),
		 t.license_type, t.start_date, t.end_date');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_licenses() IS
'The licences as silver tells them, newest row per key, rejected ones included. For verify().';

CREATE FUNCTION zoom_gold.verify_billing()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, day date, ordinal integer, known boolean,
			   event_type text, amount numeric, event_date date)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_billing_events', 'event_id',
		'zoom_gold.verify_text(s.user_id::text COLLATE "default") AS user_id, '
		 || zoom_gold.verify_meaning('si_billing_events', 'event_type', 'zoom_gold.verify_text(s.event_type::text COLLATE "default")', NULL)
		 || ' AS raw_type, nullif(s.amount::numeric, ''NaN'') AS raw_amount,
		 s.event_date::date AS event_date',
		'r.key, r.user_id, r.raw_type, r.raw_amount, r.event_date, r.source_system',
		'LEFT JOIN gold_state.user_identity AS u ON u.user_id = r.user_id
		 LEFT JOIN (SELECT DISTINCT ON (lower(k.event_type COLLATE "C")) k.event_type, c.mrr_sign
					FROM (SELECT event_type FROM gold_state.billing_event_class
						  UNION SELECT unnest(''{Subscription Fee,Subscription Renewal,Add-on Purchase,Refund}''::text[])
						 ) AS k
					LEFT JOIN gold_state.billing_event_class AS c USING (event_type)
					ORDER BY lower(k.event_type COLLATE "C"), c.mrr_sign) AS k
			ON lower(k.event_type COLLATE "C") = lower(r.raw_type COLLATE "C")',
		'u.ordinal, u.known, coalesce(k.event_type, r.raw_type) AS event_type,
		 round(CASE WHEN k.mrr_sign = -1 THEN -abs(r.raw_amount) ELSE r.raw_amount END, 2) AS amount',
		format($q$CASE WHEN r.raw_type IS NULL THEN 'event_type_missing' END,
			CASE WHEN r.raw_amount IS NULL THEN 'amount_missing' END,
			CASE WHEN r.event_date IS NULL THEN 'event_date_missing' END,
			CASE WHEN %s THEN 'date_out_of_range' END,
			CASE WHEN octet_length(r.user_id) > 2000 OR octet_length(r.raw_type) > 2000
					  OR abs(r.raw_amount) >= 99999999.995 THEN 'value_too_long' END,
			CASE WHEN r.raw_amount < 0 AND k.mrr_sign IS DISTINCT FROM -1 THEN 'amount_negative' END,
			CASE WHEN r.raw_type IS NOT NULL AND k.event_type IS NULL THEN 'event_type_unknown' END,
			CASE WHEN r.user_id IS NULL THEN 'user_missing' WHEN u.known IS NOT TRUE THEN 'user_unknown' END$q$,
			zoom_gold.verify_outside('r.event_date', true)),
		'coalesce(t.event_date, date ''-infinity''), t.ordinal, coalesce(t.known, false),
		 t.event_type, t.amount, t.event_date');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_billing() IS
'The billing events as silver tells them, newest row per key, rejected ones included. For verify().';

-- The user's own columns: those that si_users and go_dim_user have beyond the
-- contract under one name.  What a kept version does not have is unknown.
CREATE FUNCTION zoom_gold.verify_own_columns() RETURNS TABLE (column_name text, column_type text)
LANGUAGE plpgsql STABLE ROWS 4
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_gold.silver_relation('si_users');
BEGIN
	RETURN QUERY
	SELECT d.attname::text, format_type(d.atttypid, d.atttypmod)
	FROM pg_attribute AS d
	JOIN pg_attribute AS s ON s.attname = d.attname AND NOT s.attisdropped AND s.attnum > 0
	WHERE d.attrelid = 'gold.go_dim_user'::regclass AND d.attnum > 0 AND NOT d.attisdropped
	  AND s.attrelid = target
	  AND d.attname <> ALL ('{user_id,user_name,email,company,plan_type,source_system,load_timestamp,update_timestamp}'::name[])
	  AND d.attname <> ALL ('{deleted_at,load_date,update_date,valid_from,valid_to,is_current}'::name[]);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_own_columns() IS
'The columns that users added to si_users and go_dim_user alike. For verify().';

-- Columns of users that have another name than when the last refresh kept
-- their values: what gold says of them is not to be had from these yet.
CREATE FUNCTION zoom_gold.verify_renamed() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN EXISTS (
		SELECT FROM gold_state.relation_state AS r
		CROSS JOIN LATERAL (VALUES (r.own_layout), (r.gold_layout)) AS l (layout)
		CROSS JOIN LATERAL jsonb_each_text(l.layout -> 'columns') AS c (name, number)
		JOIN pg_attribute AS a ON a.attrelid = (l.layout ->> 'relation')::oid AND a.attnum = c.number::smallint
		WHERE r.relation = 'si_users' AND r.catalog = zoom_gold.catalog_id() AND a.attname <> c.name AND NOT a.attisdropped);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_renamed() IS
'Whether columns of users beyond the contract were renamed since the last refresh. For verify().';

-- Tests of a user's row r; the same for silver and for the kept versions.
CREATE FUNCTION zoom_gold.verify_user_tests() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN $q$CASE WHEN r.user_name IS NULL THEN 'user_name_missing' END,
	CASE WHEN octet_length(r.user_name) > 2000 THEN 'value_too_long' END,
	CASE WHEN r.email IS NULL THEN 'email_missing'
		 WHEN r.email !~ '^[^@ ]+@[^@ ]+\.[^@ ]+$' THEN 'email_malformed' END,
	CASE WHEN r.plan_type IS NULL THEN 'plan_type_missing'
		 WHEN r.plan_type NOT IN ('Free', 'Basic', 'Pro', 'Business', 'Enterprise') THEN 'plan_type_unknown' END$q$;
COMMENT ON FUNCTION zoom_gold.verify_user_tests() IS
'SQL for the built-in rules that a user breaks. For verify().';

-- The tracked values of a user's row s, normalised.  ASCII letters of an address
-- are the same in every language, Turkish included.
CREATE FUNCTION zoom_gold.verify_user_columns() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN 'zoom_gold.verify_text(s.user_name::text COLLATE "default") AS user_name,
		zoom_gold.verify_text(s.email::text COLLATE "default") AS stated_email,
		lower(lower(zoom_gold.verify_text(s.email::text COLLATE "default") COLLATE "C") COLLATE "default") AS email,
		zoom_gold.verify_text(s.company::text COLLATE "default") AS company, '
		|| zoom_gold.verify_meaning('si_users', 'plan_type', 'zoom_gold.verify_text(s.plan_type::text COLLATE "default")',
									'{Free,Basic,Pro,Business,Enterprise}') || ' AS plan_type';
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_user_columns() IS
'SQL for the tracked columns of a user''s row, normalised. For verify().';

CREATE FUNCTION zoom_gold.verify_tied_users() RETURNS TABLE (key text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT r.key
		FROM (SELECT t.key, count(*) AS n, row_number() OVER (PARTITION BY t.key ORDER BY t.version_at DESC, t.load_at DESC) AS place
			  FROM (SELECT zoom_gold.verify_text(s.user_id::text COLLATE "default") AS key,
						   coalesce(s.update_timestamp, s.load_timestamp, '-infinity')::timestamptz AS version_at,
						   coalesce(s.load_timestamp, '-infinity')::timestamptz AS load_at
					FROM %I.si_users AS s) AS t
			  WHERE t.key IS NOT NULL GROUP BY t.key, t.version_at, t.load_at) AS r
		WHERE r.place = 1 AND r.n > 1$q$, zoom_gold.setting('silver_schema'));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_tied_users() IS
'The users whose newest rows in silver, deletions among them, have the same timestamps. For verify().';

-- What silver says of users now; their errors hang on it.  The order of tied
-- rows is that of the kept versions, which is not asked here: any may count.
CREATE FUNCTION zoom_gold.verify_user_rows()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, tied boolean, user_name text, content jsonb)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT n.key, n.version_at, n.load_at, n.source_system, n.broken, n.rejected, t.key IS NOT NULL, n.user_name,
			   jsonb_build_object('user_name', n.user_name, 'email', n.email, 'company', n.company, 'plan_type', n.plan_type)
		FROM (%s) AS n (key, version_at, load_at, source_system, broken, rejected, user_name, email, company, plan_type)
		LEFT JOIN zoom_gold.verify_tied_users() AS t USING (key)$q$,
		zoom_gold.verify_newest('si_users', 'user_id', zoom_gold.verify_user_columns(),
			'r.key, r.user_name, r.stated_email, r.company, r.plan_type, r.source_system',
			'', 'NULL AS nothing', zoom_gold.verify_user_tests(), 't.user_name, t.email, t.company, t.plan_type'));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_user_rows() IS
'The newest row of every user in silver, with the rules it breaks. For verify().';

-- What a version keeps of a column is text, which may not fit the column's
-- type any more.  It then counts as unknown.
CREATE FUNCTION zoom_gold.verify_fits(value text, column_type text) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	EXECUTE format('SELECT %L::%s', value, column_type);
	RETURN true;
EXCEPTION WHEN OTHERS THEN
	RETURN false;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_fits(text, text) IS 'Whether a text can be cast to a type. For verify().';

-- All columns are tried in one pass over the versions, which are long where there
-- are many columns; where that fails, each half of them.
CREATE FUNCTION zoom_gold.verify_unfit(columns text[], types text[]) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
DECLARE
	half integer := cardinality(columns) / 2;
BEGIN
	IF columns IS NULL THEN
		RETURN '{}';
	END IF;
	EXECUTE (SELECT format($q$SELECT %s FROM (SELECT e.extra || '{}' AS extra FROM gold_state.user_event AS e OFFSET 0) AS e$q$,
						   string_agg(format('count((e.extra ->> %L)::%s)', c.name, c.type), ', '))
			 FROM unnest(columns, types) AS c (name, type));
	RETURN '{}';
EXCEPTION WHEN OTHERS THEN
	RETURN CASE WHEN half = 0 THEN columns
				ELSE zoom_gold.verify_unfit(columns[:half], types[:half]) || zoom_gold.verify_unfit(columns[half + 1:], types[half + 1:]) END;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_unfit(text[], text[]) IS
'The columns of users, none of them for NULL, of which versions keep what cannot be cast to their types. For verify().';

-- All columns of silver, as the rules of users may name any; nothing else.
CREATE FUNCTION zoom_gold.verify_kept_columns() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_gold.silver_relation('si_users');
BEGIN
	RETURN (
		WITH kept AS MATERIALIZED (
			SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attname IN (
					   SELECT c.column_name FROM zoom_gold.silver_contract() AS c WHERE c.table_name = 'si_users') AS of_contract
			FROM pg_attribute AS a
			WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped),
		unfit AS MATERIALIZED (
			SELECT zoom_gold.verify_unfit(array_agg(k.name), array_agg(k.type)) AS columns
			FROM kept AS k WHERE NOT k.of_contract AND k.type <> 'text')
		SELECT string_agg(CASE
			WHEN k.of_contract THEN format('s.%I', k.name)
			WHEN k.name = ANY (u.columns) THEN format('CASE WHEN zoom_gold.verify_fits(s.extra ->> %1$L, %2$L) THEN (s.extra ->> %1$L)::%2$s END AS %3$I',
													  k.name, k.type, k.name)
			ELSE format('(s.extra ->> %L)::%s AS %I', k.name, k.type, k.name) END, ', ')
		FROM kept AS k CROSS JOIN unfit AS u);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_kept_columns() IS
'SQL for the columns of a kept version, alias s, as silver had them. For verify().';

CREATE FUNCTION zoom_gold.verify_kept_conditions() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	conditions text := zoom_gold.verify_conditions('si_users');
BEGIN
	RETURN CASE WHEN EXISTS (SELECT FROM zoom_gold.verify_rules() AS r WHERE r.relation = 'si_users' AND r.condition IS NOT NULL)
		THEN format('(SELECT %s FROM (SELECT %s) AS s)', conditions, zoom_gold.verify_kept_columns())
		ELSE conditions END;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_kept_conditions() IS
'SQL for the user-defined rules that a kept version, alias s, breaks. For verify().';

-- The user's own columns of a kept version that are known.
CREATE FUNCTION zoom_gold.verify_known_columns() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names text[] := ARRAY(SELECT c.column_name FROM zoom_gold.verify_own_columns() AS c);
	unfit jsonb := (
		WITH cast_column AS MATERIALIZED (
			SELECT c.* FROM zoom_gold.verify_own_columns() AS c WHERE c.column_type <> 'text'),
		unfit AS MATERIALIZED (
			SELECT zoom_gold.verify_unfit(array_agg(c.column_name), array_agg(c.column_type)) AS columns FROM cast_column AS c)
		SELECT jsonb_object_agg(c.column_name, c.column_type) FROM cast_column AS c JOIN unfit AS u ON c.column_name = ANY (u.columns));
BEGIN
	IF names = '{}' THEN
		RETURN '''{}''::jsonb';
	END IF;
	RETURN format('(SELECT coalesce(jsonb_object_agg(k.key, k.value), ''{}'') FROM jsonb_each_text(s.extra) AS k WHERE k.key = ANY (%L)%s)',
		names, CASE WHEN unfit IS NOT NULL THEN format(
			' AND (k.value IS NULL OR %1$L::jsonb ->> k.key IS NULL OR zoom_gold.verify_fits(k.value, %1$L::jsonb ->> k.key))', unfit) END);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_known_columns() IS
'SQL for the users'' own columns of a kept version, alias s, as JSON of texts. For verify().';

-- When a kept row says that its key was deleted.
CREATE FUNCTION zoom_gold.verify_deletion(extra jsonb, captured_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
RETURN CASE WHEN extra ->> 'deleted_at' IS NOT NULL
	THEN zoom_gold.verify_instant((extra ->> 'deleted_at')::timestamptz, captured_at) END;
COMMENT ON FUNCTION zoom_gold.verify_deletion(jsonb, timestamptz) IS
'The instant at which a kept row says that its key was deleted, NULL when it does not. For verify().';

-- The kept events of users: I a row came, D it went, T all went.  What is
-- tracked is JSON, apart the user's own columns, of which only the known are
-- there; of a row that is a deletion it is its instant alone.  Rows that silver
-- holds without a key are nobody's.
CREATE FUNCTION zoom_gold.verify_user_events()
RETURNS TABLE (ordinal integer, seq bigint, n integer, tx bigint, op "char", captured_at timestamptz,
			   version_at timestamptz, load_at timestamptz, source_system text, valid boolean,
			   content jsonb, own jsonb, hash bigint)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT r.ordinal, r.seq, r.n, r.tx, r.op, r.captured_at, r.version_at, r.load_at, r.source_system,
			   r.op <> 'T' AND CASE WHEN r.deleted_at IS NULL THEN NOT (ARRAY[%s] || r.own_rules) && %L::text[] ELSE %L END,
			   CASE WHEN r.deleted_at IS NULL
					THEN jsonb_build_object('user_name', r.user_name, 'email', r.email, 'company', r.company,
											'plan_type', r.plan_type)
					ELSE jsonb_build_object('deleted_at', r.deleted_at) END,
			   CASE WHEN r.deleted_at IS NULL THEN r.own ELSE '{}' END,
			   CASE WHEN r.deleted_at IS NULL THEN hash_record_extended(ROW(r.user_id, r.user_name, r.stated_email, r.company, r.plan_type, r.source_system), 0)
					ELSE hash_record_extended(ROW(r.user_id, r.user_name, r.stated_email, r.company, r.plan_type, r.source_system, r.stated_deletion), 0) END
		FROM (SELECT zoom_gold.verify_deletion(s.extra, s.captured_at) AS deleted_at, (s.extra ->> 'deleted_at')::timestamptz AS stated_deletion,
					 zoom_gold.verify_text(s.user_id) AS user_id, s.ordinal, s.seq, s.n, s.tx, s.op, s.captured_at,
					 zoom_gold.verify_instant(coalesce(s.update_timestamp, s.load_timestamp), s.captured_at) AS version_at,
					 zoom_gold.verify_instant(s.load_timestamp, s.captured_at) AS load_at,
					 zoom_gold.verify_text(s.source_system) AS source_system, %s,
					 %s AS own,
					 -- what rules say of those who were forgotten does not count
					 CASE WHEN s.forgotten THEN '{}' ELSE %s END AS own_rules
			  FROM %s AS s OFFSET 0) AS r$q$,
		zoom_gold.verify_user_tests(),
		ARRAY(SELECT r.rule FROM zoom_gold.verify_rules() AS r
			  WHERE r.relation = 'si_users' AND r.severity = 'error'),
		zoom_gold.setting('delete_policy') <> 'ignore', zoom_gold.verify_user_columns(), zoom_gold.verify_known_columns(),
		zoom_gold.verify_kept_conditions(), zoom_gold.verify_user_source());
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_user_events() IS
'The kept versions and deletions of users, normalised and tested. For verify().';

CREATE FUNCTION zoom_gold.verify_ticket_events()
RETURNS TABLE (ordinal integer, seq bigint, n integer, tx bigint, op "char", captured_at timestamptz,
			   version_at timestamptz, load_at timestamptz, source_system text, valid boolean,
			   content jsonb, own jsonb, hash bigint)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT e.ordinal, e.seq, e.n, e.tx, e.op, e.captured_at,
			   zoom_gold.verify_instant(coalesce(e.update_timestamp, e.load_timestamp), e.captured_at),
			   zoom_gold.verify_instant(e.load_timestamp, e.captured_at), NULL::text, e.op <> 'T',
			   CASE WHEN d.at IS NULL THEN jsonb_build_object('status', s.status)
					ELSE jsonb_build_object('deleted_at', d.at) END,
			   -- a version is the row as a whole
			   jsonb_build_object('row', to_jsonb(ROW(s.ticket_id, s.user_id, s.ticket_type, s.status, e.open_date, s.source_system,
													  e.load_timestamp))),
			   CASE WHEN d.at IS NULL THEN hash_record_extended(ROW(s.ticket_id, s.user_id, s.ticket_type, s.status, e.open_date, s.source_system), 0)
					ELSE hash_record_extended(ROW(s.ticket_id, s.user_id, s.ticket_type, s.status, e.open_date, s.source_system,
												  (e.extra ->> 'deleted_at')::timestamptz), 0) END
		FROM gold_state.ticket_event AS e
		CROSS JOIN LATERAL (SELECT zoom_gold.verify_deletion(e.extra, e.captured_at) AS at) AS d
		CROSS JOIN LATERAL (
			SELECT zoom_gold.verify_text(e.ticket_id) AS ticket_id, zoom_gold.verify_text(e.user_id) AS user_id,
				   zoom_gold.verify_text(e.ticket_type) AS ticket_type, %s AS status, zoom_gold.verify_text(e.source_system) AS source_system OFFSET 0) AS s$q$,
		zoom_gold.verify_meaning('si_support_tickets', 'resolution_status', 'zoom_gold.verify_text(e.resolution_status)',
								 '{Open,In Progress,Resolved,Closed}'));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_ticket_events() IS
'The kept versions and deletions of tickets, normalised. For verify().';

-- Versions and deletions of each key on one line of time, in order.
--
-- Deletions part the lives of a key: a transaction deletes it that leaves none
-- of its rows, never earlier than just after the versions before have begun.
-- A version takes effect at its version timestamp, but at the instant of its
-- capture when it altered a row without moving the timestamp, or when that is
-- not later than the deletion before its life; a row that came in place of
-- an equal one tells nothing unless it was loaded later, nor does one that its
-- own transaction overwrote; one loaded again and again counts as first and as
-- last loaded.  A version older than the rows with which its life began, and
-- not later than the deletion, is one of a life before.  At every instant the
-- newest version of those in effect stands; one that is a deletion takes
-- effect when it says.
CREATE FUNCTION zoom_gold.verify_timeline(history text)
RETURNS TABLE (ordinal integer, place bigint, effective_at timestamptz, deletion boolean,
			   source_system text, content jsonb, own jsonb)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	ignore_deletes boolean := history = 'user' AND zoom_gold.setting('delete_policy') = 'ignore';
BEGIN
	RETURN QUERY
	WITH event AS MATERIALIZED (
		-- what a row says whenever it was loaded
		SELECT e.*, jsonb_hash_extended(e.content || e.own, 0) AS says FROM zoom_gold.verify_user_events() AS e WHERE history = 'user'
		UNION ALL
		SELECT e.*, e.hash FROM zoom_gold.verify_ticket_events() AS e WHERE history = 'ticket'),
	-- the keys that lost a row ever: transactions by their last event, a scan
	-- where it was; in them events by statement, what went before what came
	ordered AS (
		SELECT e.*, greatest(max(e.seq) OVER (PARTITION BY e.ordinal, e.tx), e.tx) AS position,
			   CASE e.op WHEN 'T' THEN 0 WHEN 'D' THEN 1 ELSE 2 END AS turn, e.content || e.own AS face
		FROM event AS e WHERE e.ordinal IN (SELECT ordinal FROM event WHERE op <> 'I')),
	emptied AS (
		SELECT o.*, count(*) FILTER (WHERE o.op = 'T') OVER w AS filling, row_number() OVER w AS place
		FROM ordered AS o
		WINDOW w AS (PARTITION BY o.ordinal ORDER BY o.position, o.tx, o.seq, o.n, o.turn)),
	counted AS (
		SELECT m.*, sum(CASE m.op WHEN 'I' THEN 1 WHEN 'D' THEN -1 ELSE 0 END)
						OVER (PARTITION BY m.ordinal, m.filling ORDER BY m.place) AS live,
			   -- of rows that are alike, those that the transaction wrote go first
			   sum(CASE m.op WHEN 'I' THEN 1 WHEN 'D' THEN -1 ELSE 0 END)
				   OVER (PARTITION BY m.ordinal, m.tx, m.filling, m.version_at, m.load_at, m.face ORDER BY m.place) AS stock,
			   max(m.filling) OVER (PARTITION BY m.ordinal, m.tx) > m.filling AS is_swept,
			   max(m.captured_at) FILTER (WHERE m.op <> 'I') OVER (PARTITION BY m.ordinal, m.tx) AS went_at,
			   max(m.place) OVER (PARTITION BY m.ordinal, m.tx) = m.place AS is_end
		FROM emptied AS m),
	replayed AS MATERIALIZED (
		SELECT c.*,
			   c.op = 'I' AND (c.is_swept OR coalesce(min(c.stock) OVER (w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) < c.stock, false))
				   AS is_gone,
			   c.op = 'D' AND c.stock < coalesce(least(0, min(c.stock) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)), 0)
				   AS was_there
		FROM counted AS c
		WINDOW w AS (PARTITION BY c.ordinal, c.tx, c.filling, c.version_at, c.load_at, c.face ORDER BY c.place)),
	standing AS MATERIALIZED (
		SELECT r.*, max(r.load_at) OVER (PARTITION BY r.ordinal, r.version_at, r.face ORDER BY r.place
										 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS loaded_before
		FROM (SELECT r.*, max(r.place) OVER (PARTITION BY r.ordinal, r.tx, r.version_at) AS last_place
			  FROM replayed AS r WHERE r.op = 'I') AS r
		WHERE NOT (r.is_gone AND r.last_place > r.place)),
	-- rows that others could see and a transaction took away
	removed AS MATERIALIZED (
		SELECT r.ordinal, r.tx, r.place, 1 AS i, r.version_at, r.face, r.says, r.valid
		FROM replayed AS r WHERE r.was_there
		UNION ALL
		SELECT l.ordinal, l.tx, l.place, i, l.version_at, l.face, l.says, l.valid
		FROM (SELECT t.ordinal, t.tx, t.place, r.version_at, r.face, r.says, bool_or(r.valid) AS valid,
					 count(*) FILTER (WHERE r.op = 'I' AND r.tx <> t.tx)
					 - count(*) FILTER (WHERE r.op = 'D' AND (r.tx <> t.tx OR r.was_there)) AS rows_left
			  FROM replayed AS t
			  JOIN replayed AS r ON r.ordinal = t.ordinal AND r.filling = t.filling - 1 AND r.op <> 'T'
			  WHERE t.op = 'T'
			  GROUP BY t.ordinal, t.tx, t.place, r.version_at, r.face, r.says) AS l
		CROSS JOIN LATERAL generate_series(1, l.rows_left) AS i),
	moved AS (
		SELECT s.ordinal, s.tx, s.place, 0 AS i, s.version_at, s.face, s.says, s.valid, true AS comes FROM standing AS s
		UNION ALL
		SELECT d.ordinal, d.tx, d.place, d.i, d.version_at, d.face, d.says, d.valid, false FROM removed AS d),
	-- a row comes in place of one of its version that its transaction took before: of
	-- one alike, or else of one that none took the place of; of one that says
	-- the same also where that went afterwards.  As of brackets: none is
	-- open for a row where what came outnumbers what went as never before; seen from
	-- the end, none closes one that went where what went outnumbers what came so.
	balanced AS (
		SELECT m.*, bool_or(m.valid) FILTER (WHERE NOT m.comes) OVER f AS was_valid,
			   sum(CASE WHEN m.comes THEN -1 ELSE 1 END) OVER f AS forth, sum(CASE WHEN m.comes THEN 1 ELSE -1 END) OVER b AS back
		FROM moved AS m
		WINDOW f AS (PARTITION BY m.ordinal, m.tx, m.version_at, m.face ORDER BY m.place, m.i),
			   b AS (PARTITION BY m.ordinal, m.tx, m.version_at, m.face ORDER BY m.place DESC, m.i DESC)),
	alike AS (
		SELECT b.*, CASE WHEN b.comes
				THEN b.forth >= least(0, min(b.forth) OVER (PARTITION BY b.ordinal, b.tx, b.version_at, b.face ORDER BY b.place, b.i
														   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
				ELSE b.back >= least(0, min(b.back) OVER (PARTITION BY b.ordinal, b.tx, b.version_at, b.face ORDER BY b.place DESC, b.i DESC
														 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) END AS repeats
		FROM balanced AS b),
	left_over AS (
		SELECT a.*, row_number() OVER (PARTITION BY a.ordinal, a.tx, a.version_at, a.says, a.comes ORDER BY a.place, a.i)
			<= least(count(*) FILTER (WHERE a.comes) OVER w, count(*) FILTER (WHERE NOT a.comes) OVER w) AS takes_place,
			bool_or(a.valid) FILTER (WHERE NOT a.comes) OVER w AS was_valid_anyhow
		FROM alike AS a WHERE NOT a.repeats
		WINDOW w AS (PARTITION BY a.ordinal, a.tx, a.version_at, a.says)),
	others AS (
		SELECT l.*, sum(CASE WHEN l.comes THEN -1 ELSE 1 END) OVER (PARTITION BY l.ordinal, l.tx, l.version_at ORDER BY l.place, l.i) AS surplus
		FROM left_over AS l WHERE NOT l.takes_place),
	replacing AS (
		SELECT a.ordinal, a.place, true AS is_touch, a.was_valid AS tells_nothing
		FROM alike AS a WHERE a.comes AND a.repeats
		UNION ALL
		-- a ticket's version is its whole row
		SELECT l.ordinal, l.place, history = 'user', history = 'user' AND l.was_valid_anyhow
		FROM left_over AS l WHERE l.comes AND l.takes_place
		UNION ALL
		SELECT o.ordinal, o.place, false, false
		FROM (SELECT o.*, o.surplus >= least(0, min(o.surplus) OVER (PARTITION BY o.ordinal, o.tx, o.version_at ORDER BY o.place, o.i
																		ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS corrects
			  FROM others AS o) AS o
		WHERE o.comes AND o.corrects),
	-- lives are numbered from 0; a deletion at the end of a transaction ends one
	transaction AS MATERIALIZED (
		SELECT r.ordinal, r.tx, d.deletes,
			   count(*) FILTER (WHERE d.deletes) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS life,
			   greatest(max(r.went_at) FILTER (WHERE d.deletes) OVER w,
						max(v.newest) OVER w + interval '1 microsecond') AS ended_at
		FROM replayed AS r
		CROSS JOIN LATERAL (SELECT r.live <= 0 AND r.went_at IS NOT NULL AND NOT ignore_deletes AS deletes) AS d
		LEFT JOIN (SELECT s.ordinal, s.tx, max(s.version_at) AS newest FROM standing AS s WHERE s.valid GROUP BY 1, 2) AS v
			ON v.ordinal = r.ordinal AND v.tx = r.tx
		WHERE r.is_end
		WINDOW w AS (PARTITION BY r.ordinal ORDER BY r.position, r.tx)),
	life AS MATERIALIZED (
		SELECT t.ordinal, t.life + 1 AS life, t.ended_at AS began_after, b.version_at AS oldest_at, b.load_at AS oldest_load
		FROM transaction AS t
		LEFT JOIN (
			SELECT DISTINCT ON (r.ordinal, n.life) r.ordinal, n.life, r.version_at, r.load_at
			FROM replayed AS r JOIN transaction AS n ON n.ordinal = r.ordinal AND n.tx = r.tx
			WHERE r.op = 'I' AND n.life > 0
			ORDER BY r.ordinal, n.life, r.position, r.tx, r.version_at, r.load_at) AS b
			ON b.ordinal = t.ordinal AND b.life = t.life + 1
		WHERE t.deletes),
	version AS (
		SELECT s.ordinal, s.seq, s.n, s.tx, s.position, s.version_at, s.load_at, s.source_system, s.content, s.own, s.hash, s.says, o.life,
			   CASE WHEN s.content ? 'deleted_at'
						THEN greatest((s.content ->> 'deleted_at')::timestamptz, o.began_after + interval '1 microsecond')
					WHEN s.version_at <= o.began_after
						THEN greatest(s.captured_at, o.began_after + interval '1 microsecond')
					WHEN NOT a.is_touch OR a.tells_nothing THEN greatest(s.version_at, s.captured_at)
					ELSE s.version_at END AS effective_at
		FROM standing AS s
		JOIN transaction AS t ON t.ordinal = s.ordinal AND t.tx = s.tx
		LEFT JOIN life AS l ON l.ordinal = t.ordinal AND l.life = t.life
		LEFT JOIN replacing AS a ON a.ordinal = s.ordinal AND a.place = s.place
		CROSS JOIN LATERAL (SELECT coalesce(s.version_at <= l.began_after
											AND (s.version_at, s.load_at) < (l.oldest_at, l.oldest_load), false) AS is_late) AS x
		CROSS JOIN LATERAL (SELECT coalesce(max(o.life), 0) AS life, max(o.began_after) AS began_after
							FROM life AS o
							WHERE o.ordinal = s.ordinal AND CASE WHEN x.is_late THEN o.began_after < s.version_at
																 ELSE o.life <= t.life END) AS o
		WHERE s.valid AND (a.tells_nothing AND s.loaded_before >= s.load_at) IS NOT TRUE
		UNION ALL
		SELECT e.ordinal, e.seq, e.n, e.tx, greatest(max(e.seq) OVER (PARTITION BY e.ordinal, e.tx), e.tx),
			   e.version_at, e.load_at, e.source_system, e.content, e.own, e.hash, e.says, 0,
			   coalesce((e.content ->> 'deleted_at')::timestamptz, e.version_at)
		FROM event AS e WHERE e.valid AND e.ordinal NOT IN (SELECT r.ordinal FROM replayed AS r)),
	-- a version that was loaded again and again, and said the same each time, counts as
	-- the earliest in effect and as the newest of those loads that overtook what was
	-- there before them; up to the transaction that says otherwise
	told AS (
		SELECT v.*, min(v.says) OVER t = max(v.says) OVER t AS says_one,
			   row_number() OVER (PARTITION BY v.ordinal, v.life, v.version_at ORDER BY v.load_at, v.seq, v.n, v.hash < 0, v.hash) AS rank
		FROM version AS v
		WINDOW t AS (PARTITION BY v.ordinal, v.life, v.version_at, v.position, v.tx)),
	parted AS (
		SELECT t.*, (t.says_one AND lag(t.says_one) OVER w AND lag(t.says) OVER w = t.says) IS NOT TRUE AS begins
		FROM told AS t
		WINDOW w AS (PARTITION BY t.ordinal, t.life, t.version_at ORDER BY t.position, t.tx, t.seq, t.n, t.load_at)),
	numbered AS (
		SELECT p.*, count(*) FILTER (WHERE p.begins) OVER (PARTITION BY p.ordinal, p.life, p.version_at
			ORDER BY p.position, p.tx, p.seq, p.n, p.load_at ROWS UNBOUNDED PRECEDING) AS run
		FROM parted AS p),
	overtaking AS (
		SELECT n.*, n.rank > coalesce(max(n.rank) OVER (PARTITION BY n.ordinal, n.life, n.version_at
			ORDER BY n.run RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS overtakes
		FROM numbered AS n),
	loaded AS (
		SELECT o.*, row_number() OVER (w ORDER BY o.effective_at, o.position, o.tx, o.seq, o.n, o.load_at) = 1
			OR max(o.rank) OVER w = o.rank AS is_end
		FROM overtaking AS o
		WINDOW w AS (PARTITION BY o.ordinal, o.life, o.version_at, o.run, o.overtakes)),
	-- of rows that a scan saw with the same timestamps the hash decides, unsigned; of
	-- those that differ in the user's own columns alone any may be the newest: one
	-- that gold shows
	contested AS (
		SELECT v.*, count(*) OVER (PARTITION BY v.ordinal, v.version_at, v.load_at, v.seq, v.n, v.hash) > 1 AS tied
		FROM loaded AS v WHERE v.is_end OR NOT v.overtakes),
	aged AS (
		SELECT c.*, row_number() OVER (PARTITION BY c.ordinal ORDER BY c.version_at, c.load_at, c.seq, c.n, c.hash < 0, c.hash, c.shown,
									   c.content::text COLLATE "C") AS age
		FROM (SELECT c.*, c.tied AND history = 'user' AND EXISTS (
					SELECT FROM zoom_gold.verify_gold_users() AS g
					WHERE g.valid_from <= c.effective_at AND c.effective_at < g.valid_to
					  AND starts_with(g.user_name, c.content ->> 'user_name')
					  AND (g.email, g.company, g.plan_type) IS NOT DISTINCT FROM
						  (c.content ->> 'email', c.content ->> 'company', c.content ->> 'plan_type')) AS shown
			  FROM contested AS c) AS c),
	-- the law of succession
	succession AS (
		SELECT a.*, max(a.age) OVER (PARTITION BY a.ordinal, a.life ORDER BY a.effective_at
									 RANGE UNBOUNDED PRECEDING) AS newest
		FROM aged AS a),
	point AS (
		SELECT s.ordinal, s.effective_at, s.life, s.content ? 'deleted_at' AS deletion, s.source_system, s.content, s.own
		FROM succession AS s
		LEFT JOIN life AS l ON l.ordinal = s.ordinal AND l.life = s.life + 1
		WHERE s.age = s.newest AND (l.began_after > s.effective_at) IS NOT FALSE
		UNION ALL
		SELECT l.ordinal, l.began_after, l.life, true, NULL, NULL, NULL FROM life AS l)
	SELECT p.ordinal, row_number() OVER (PARTITION BY p.ordinal ORDER BY p.effective_at, p.life), p.effective_at,
		   p.deletion, p.source_system, p.content, p.own
	FROM point AS p;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_timeline(text) IS
'The kept versions and deletions of users or tickets in order of effect. For verify().';

-- A name with the id behind it, n times, or with the begin of the id's hash where
-- the name would be longer than 2,500 bytes with the id: see doc/SILVER.md.
CREATE FUNCTION zoom_gold.verify_name_by_id(base_name text, user_id text, times integer) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH RECURSIVE longer (name, n) AS (
		SELECT base_name, 0
		UNION ALL
		SELECT format('%s (%s)', l.name, CASE WHEN octet_length(l.name) + octet_length(user_id) + 3 <= 2500 THEN user_id
			ELSE left(encode(sha256(convert_to(user_id, getdatabaseencoding())), 'hex'), 16) END), l.n + 1
		FROM longer AS l WHERE l.n < times)
	SELECT l.name FROM longer AS l WHERE l.n = times;
END;
COMMENT ON FUNCTION zoom_gold.verify_name_by_id(text, text, integer) IS
'The name of a user who is told from others of the same name by the id. For verify().';

-- Not a function of the values: that would plan its query for each version.
CREATE FUNCTION zoom_gold.verify_own_values(own text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN (SELECT CASE WHEN count(*) = 0 THEN own
				   ELSE format('CASE WHEN %1$s = ''{}'' THEN %1$s ELSE (SELECT coalesce(jsonb_object_agg(own_value.name, own_value.value), ''{}'') FROM (VALUES %2$s) AS own_value (name, value) WHERE %1$s ? own_value.name) END',
							   own, string_agg(format('(%1$L, (%2$s ->> %1$L)::%3$s::text)', c.column_name, own, c.column_type), ', ')) END
			FROM zoom_gold.verify_own_columns() AS c);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_own_values(text) IS
'SQL for the users'' own columns of a version, JSON of what it keeps, as go_dim_user''s types show them. For verify().';

-- The versions of users, with the gold name of each: of users with one name
-- the first has it plain, the others with their e-mail or, where that is
-- missing or taken too, their id.
CREATE FUNCTION zoom_gold.verify_named_versions()
RETURNS TABLE (ordinal integer, user_id text, base_name text, user_name text, email text, company text,
			   plan_type text, own jsonb, source_system text, opened timestamptz, closed timestamptz,
			   first boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	overwritten text[] := ARRAY(SELECT c.column_name FROM gold_state.tracked_column AS c WHERE c.scd_type = 1);
BEGIN
	RETURN QUERY
	WITH point AS MATERIALIZED (
		SELECT * FROM zoom_gold.verify_timeline('user')),
	-- without the users' own columns first
	told AS (
		SELECT p.*, p.deletion OR lag(p.deletion) OVER w IS NOT FALSE
				   OR lag(p.content - overwritten) OVER w <> p.content - overwritten AS bound
		FROM point AS p
		WINDOW w AS (PARTITION BY p.ordinal ORDER BY p.place)),
	stretch AS (
		SELECT t.*, count(*) FILTER (WHERE t.bound) OVER (PARTITION BY t.ordinal ORDER BY t.place) AS stretch
		FROM told AS t),
	-- an own column changes when its value differs from the last known
	own_change AS (
		SELECT DISTINCT c.ordinal, c.place
		FROM (SELECT s.ordinal, s.place, o.value,
					 lag(o.value) OVER w AS before, lag(s.place) OVER w IS NOT NULL AS known_before
			  FROM stretch AS s, jsonb_each(s.own) AS o
			  WHERE s.own <> '{}' AND o.key <> ALL (overwritten)
			  WINDOW w AS (PARTITION BY s.ordinal, s.stretch, o.key ORDER BY s.place)) AS c
		WHERE c.known_before AND c.value IS DISTINCT FROM c.before),
	bounded AS (
		SELECT s.ordinal, s.place, s.effective_at, s.deletion, s.source_system, s.content, s.own,
			   s.bound OR o.ordinal IS NOT NULL AS bound
		FROM stretch AS s LEFT JOIN own_change AS o USING (ordinal, place)),
	run AS (
		SELECT b.*, count(*) FILTER (WHERE b.bound) OVER (PARTITION BY b.ordinal ORDER BY b.place) AS run
		FROM bounded AS b),
	newest AS (
		SELECT DISTINCT ON (p.ordinal) p.ordinal, p.content
		FROM point AS p WHERE NOT p.deletion ORDER BY p.ordinal, p.place DESC),
	newest_own AS (
		SELECT p.ordinal, jsonb_object_agg(o.key, o.value ORDER BY p.place) AS own
		FROM point AS p, jsonb_each(p.own) AS o
		WHERE p.own <> '{}' AND o.key = ANY (overwritten) GROUP BY p.ordinal),
	run_own AS (
		SELECT r.ordinal, r.run, jsonb_object_agg(o.key, o.value ORDER BY r.place) AS own
		FROM run AS r, jsonb_each(r.own) AS o
		WHERE r.own <> '{}' AND o.key <> ALL (overwritten) GROUP BY r.ordinal, r.run),
	closed AS (
		SELECT r.ordinal, r.run, r.deletion, r.content, r.source_system, r.effective_at AS opened,
			   lead(r.effective_at, 1, timestamptz '9999-12-31 00:00:00+00')
				   OVER (PARTITION BY r.ordinal ORDER BY r.place) AS closed
		FROM run AS r WHERE r.bound),
	version AS MATERIALIZED (
		SELECT c.ordinal, i.user_id, c.opened, c.closed, c.source_system,
			   x.content ->> 'user_name' AS base_name, x.content ->> 'email' AS email,
			   x.content ->> 'company' AS company, x.content ->> 'plan_type' AS plan_type,
			   coalesce(o.own, '{}') || coalesce(n.own, '{}') AS own,
			   row_number() OVER (PARTITION BY c.ordinal ORDER BY c.opened) = 1 AS first
		FROM closed AS c
		JOIN gold_state.user_identity AS i USING (ordinal)
		LEFT JOIN newest AS w ON w.ordinal = c.ordinal AND overwritten <> '{}'
		LEFT JOIN newest_own AS n ON n.ordinal = c.ordinal
		LEFT JOIN run_own AS o ON o.ordinal = c.ordinal AND o.run = c.run
		CROSS JOIN LATERAL (
			SELECT CASE WHEN w.ordinal IS NULL THEN c.content
				   ELSE c.content || (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
									  FROM jsonb_each(w.content) AS e WHERE e.key = ANY (overwritten)) END AS content) AS x
		WHERE NOT c.deletion),
	holder AS (
		SELECT DISTINCT ON (v.base_name, v.ordinal) v.base_name, v.ordinal, v.user_id, v.opened,
			   CASE WHEN octet_length(v.base_name) + octet_length(v.email) + 3 <= 2500
					THEN v.base_name || ' (' || v.email || ')' END AS by_email
		FROM version AS v ORDER BY v.base_name, v.ordinal, v.opened),
	ranked AS (
		SELECT h.*, row_number() OVER (PARTITION BY h.base_name ORDER BY h.opened, h.user_id COLLATE "C") AS rank
		FROM holder AS h),
	qualified AS (
		SELECT r.ordinal, r.base_name, r.user_id, r.by_email,
			   first_value(r.ordinal) OVER (PARTITION BY r.by_email ORDER BY r.opened, r.user_id COLLATE "C") AS first_ordinal
		FROM ranked AS r WHERE r.rank > 1),
	by_email AS (
		SELECT q.ordinal, q.base_name, q.by_email AS user_name
		FROM qualified AS q
		WHERE q.by_email IS NOT NULL AND q.ordinal = q.first_ordinal
		  AND NOT EXISTS (SELECT FROM holder AS h WHERE h.base_name = q.by_email)),
	-- by the id, again and again where even that is another's name
	named AS (
		SELECT q.ordinal, q.base_name, coalesce(e.user_name, i.user_name) AS user_name
		FROM qualified AS q
		LEFT JOIN by_email AS e USING (ordinal, base_name)
		LEFT JOIN LATERAL (
			SELECT c.name AS user_name
			FROM generate_series(1, 9) AS n
			CROSS JOIN LATERAL (SELECT zoom_gold.verify_name_by_id(q.base_name, q.user_id, n) AS name) AS c
			WHERE e.ordinal IS NULL AND NOT EXISTS (SELECT FROM holder AS h WHERE h.base_name = c.name)
			  AND NOT EXISTS (SELECT FROM by_email AS o WHERE o.user_name = c.name AND o.ordinal <> q.ordinal)
			ORDER BY n LIMIT 1) AS i ON true)
	SELECT v.ordinal, v.user_id, v.base_name, coalesce(n.user_name, v.base_name), v.email, v.company,
		   v.plan_type, v.own, v.source_system, v.opened, v.closed, v.first
	FROM version AS v
	LEFT JOIN named AS n ON n.ordinal = v.ordinal AND n.base_name = v.base_name;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_named_versions() IS
'The versions of users that follow from the kept ones, with the users'' own columns as they are kept. For verify().';

CREATE FUNCTION zoom_gold.verify_users()
RETURNS TABLE (ordinal integer, user_id text, base_name text, user_name text, email text, company text,
			   plan_type text, own jsonb, source_system text, opened timestamptz, closed timestamptz,
			   first boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT v.ordinal, v.user_id, v.base_name, v.user_name, v.email, v.company, v.plan_type, jsonb_strip_nulls(%s),
			   v.source_system, v.opened, v.closed, v.first
		FROM zoom_gold.verify_named_versions() AS v$q$, zoom_gold.verify_own_values('v.own'));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_users() IS
'The versions of users that follow from the kept ones, before the first reaches back. For verify().';

-- When the final unbroken run of Resolved or Closed began, of the versions
-- since the last deletion.
CREATE FUNCTION zoom_gold.verify_resolutions() RETURNS TABLE (ticket_id text, resolved_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH point AS (
		SELECT p.ordinal, p.place, p.effective_at,
			   coalesce(NOT p.deletion AND p.content ->> 'status' IN ('Resolved', 'Closed'), false) AS resolved
		FROM zoom_gold.verify_timeline('ticket') AS p)
	SELECT i.ticket_id, min(p.effective_at)
	FROM (SELECT p.*, max(p.place) FILTER (WHERE NOT p.resolved) OVER (PARTITION BY p.ordinal) AS broken_at
		  FROM point AS p) AS p
	JOIN gold_state.ticket_identity AS i USING (ordinal)
	WHERE p.place > coalesce(p.broken_at, 0)
	GROUP BY i.ticket_id;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_resolutions() IS
'When each ticket that is resolved was resolved, from its kept versions. For verify().';

-- go_dim_user with the users' own columns as JSON text.
CREATE FUNCTION zoom_gold.verify_gold_users()
RETURNS TABLE (user_name text, email text, company text, plan_type text, own jsonb, source_system text,
			   valid_from timestamptz, valid_to timestamptz, is_current boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT d.user_name::text, d.email::text, d.company::text, d.plan_type::text, %s,
			   d.source_system::text, d.valid_from::timestamptz, d.valid_to::timestamptz, d.is_current::boolean
		FROM gold.go_dim_user AS d$q$,
		(SELECT CASE WHEN count(*) = 0 THEN '''{}''::jsonb'
				ELSE format('(SELECT jsonb_strip_nulls(jsonb_object_agg(v.name, v.value)) FROM (VALUES %s) AS v (name, value))',
							string_agg(format('(%1$L, d.%1$I::text)', c.column_name), ', ')) END
		 FROM zoom_gold.verify_own_columns() AS c));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_gold_users() IS
'go_dim_user with the users'' own columns as JSON. For verify().';

-- The newest kept versions of each user's present life, without the fold of
-- verify_timeline(): what came after the last transaction that left none of
-- the user's rows; of these the newest by its timestamps.  Of several with
-- the same timestamps each may be it that is still there, or that came last
-- without repeating a row; "gone" are those that silver took away again.
-- Left out is what its own transaction overwrote, and what is older than the
-- rows with which the life began and not later than the deletion before.
CREATE FUNCTION zoom_gold.verify_newest_kept()
RETURNS TABLE (ordinal integer, version_at timestamptz, load_at timestamptz, content jsonb, own jsonb, gone boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	ignore_deletes boolean := zoom_gold.setting('delete_policy') = 'ignore';
BEGIN
	RETURN QUERY
	WITH event AS MATERIALIZED (
		SELECT e.*, e.content || e.own AS face, e.op = 'I' AS comes FROM zoom_gold.verify_user_events() AS e),
	-- users that lost a row ever, transaction by transaction; a sweep begins anew
	placed AS (
		SELECT e.*, greatest(max(e.seq) OVER (PARTITION BY e.ordinal, e.tx), e.tx) AS position,
			   CASE e.op WHEN 'T' THEN 0 WHEN 'D' THEN 1 ELSE 2 END AS turn
		FROM event AS e WHERE e.ordinal IN (SELECT ordinal FROM event WHERE NOT comes)),
	swept AS (
		SELECT p.*, count(*) FILTER (WHERE p.op = 'T') OVER (PARTITION BY p.ordinal ORDER BY p.position, p.tx, p.seq, p.n, p.turn) AS sweep
		FROM placed AS p),
	counted AS (
		SELECT s.*, row_number() OVER (PARTITION BY s.ordinal ORDER BY s.position, s.tx, s.seq, s.n, s.turn, s.hash < 0, s.hash) AS place,
			   sum(CASE s.op WHEN 'I' THEN 1 WHEN 'D' THEN -1 ELSE 0 END)
				   OVER (PARTITION BY s.ordinal, s.sweep ORDER BY s.position, s.tx) AS rows_left,
			   max(s.sweep) OVER (PARTITION BY s.ordinal) AS final_sweep,
			   max(s.sweep) OVER (PARTITION BY s.ordinal, s.tx) AS last_sweep,
			   bool_or(NOT s.comes) OVER (PARTITION BY s.ordinal, s.tx) AS takes
		FROM swept AS s),
	-- what its transaction did before and after to rows like it, and of its version
	judged AS MATERIALIZED (
		SELECT c.*,
			   max(c.version_at) FILTER (WHERE c.comes AND c.valid) OVER (PARTITION BY c.ordinal ORDER BY c.place) AS newest_yet,
			   least(min(c.place) FILTER (WHERE c.op = 'T') OVER (PARTITION BY c.ordinal, c.tx),
					 min(c.place) FILTER (WHERE c.op = 'D') OVER like_it) < c.place AS like_it_went,
			   greatest(max(c.place) FILTER (WHERE c.op = 'T') OVER (PARTITION BY c.ordinal, c.tx),
						max(c.place) FILTER (WHERE c.op = 'D') OVER like_it) > c.place AS goes,
			   max(c.place) FILTER (WHERE c.comes) OVER (PARTITION BY c.ordinal, c.tx, c.version_at) > c.place AS is_followed,
			   coalesce(sum(CASE c.op WHEN 'I' THEN 1 WHEN 'D' THEN -1 ELSE 0 END) FILTER (WHERE c.sweep = c.final_sweep)
							OVER (PARTITION BY c.ordinal, c.version_at, c.load_at, c.face), 0) <= 0 AS gone
		FROM counted AS c
		WINDOW like_it AS (PARTITION BY c.ordinal, c.tx, c.version_at, c.face)),
	deletion AS MATERIALIZED (
		SELECT j.ordinal, max(j.place) AS place,
			   greatest(max(j.captured_at) FILTER (WHERE NOT j.comes), max(j.newest_yet) + interval '1 microsecond') AS at
		FROM judged AS j
		WHERE j.takes AND j.sweep = j.last_sweep AND j.rows_left <= 0 AND NOT ignore_deletes
		GROUP BY 1),
	-- the oldest of the rows with which the life after it began
	beginning AS MATERIALIZED (
		SELECT DISTINCT ON (j.ordinal) j.ordinal, d.at AS deleted_at, j.version_at, j.load_at
		FROM judged AS j JOIN deletion AS d ON d.ordinal = j.ordinal AND j.place > d.place
		WHERE j.comes
		ORDER BY j.ordinal, j.position, j.tx, j.version_at, j.load_at),
	version AS (
		SELECT e.ordinal, e.version_at, e.load_at, e.content, e.own, e.face, 0 AS place, false AS like_it_went, false AS gone
		FROM event AS e WHERE e.valid AND e.ordinal NOT IN (SELECT p.ordinal FROM placed AS p)
		UNION ALL
		SELECT j.ordinal, j.version_at, j.load_at, j.content, j.own, j.face, j.place, j.like_it_went, j.gone
		FROM judged AS j
		LEFT JOIN deletion AS d ON d.ordinal = j.ordinal
		LEFT JOIN beginning AS b ON b.ordinal = j.ordinal
		WHERE j.comes AND j.valid AND (j.place > d.place) IS NOT FALSE
		  AND (j.version_at <= b.deleted_at AND (j.version_at, j.load_at) < (b.version_at, b.load_at)) IS NOT TRUE
		  AND (j.goes AND j.is_followed) IS NOT TRUE),
	newest AS (
		SELECT v.*, like_it_went AND min(v.place) OVER (PARTITION BY v.ordinal, v.face) < v.place AS repeats
		FROM (SELECT v.*, rank() OVER (PARTITION BY v.ordinal ORDER BY v.version_at DESC, v.load_at DESC) AS rank
			  FROM version AS v) AS v
		WHERE v.rank = 1)
	SELECT n.ordinal, n.version_at, n.load_at, n.content, n.own, n.gone
	FROM (SELECT n.*, max(n.place) FILTER (WHERE n.repeats IS NOT TRUE) OVER (PARTITION BY n.ordinal) AS last FROM newest AS n) AS n
	WHERE NOT n.gone OR n.place = n.last;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_newest_kept() IS
'The newest kept version of each user''s present life; of tied ones all that may be it. For verify().';

CREATE FUNCTION zoom_gold.verify_newest_versions()
RETURNS TABLE (ordinal integer, version_at timestamptz, load_at timestamptz, content jsonb, own jsonb, gone boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT k.ordinal, k.version_at, k.load_at, k.content, %s, k.gone FROM zoom_gold.verify_newest_kept() AS k',
								zoom_gold.verify_own_values('k.own'));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_newest_versions() IS
'The newest kept versions of users, with the users'' own columns as go_dim_user''s types show them. For verify().';

-- The current rows of go_dim_user, with whose they are.
CREATE FUNCTION zoom_gold.verify_current_rows()
RETURNS TABLE (ordinal integer, user_name text, content jsonb, own jsonb)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT v.ordinal, g.user_name, jsonb_build_object('email', g.email, 'company', g.company, 'plan_type', g.plan_type), g.own
	FROM zoom_gold.verify_gold_users() AS g
	LEFT JOIN gold_state.user_version AS v ON v.user_name = g.user_name AND v.valid_to = g.valid_to
	WHERE g.is_current;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_current_rows() IS
'The current rows of go_dim_user with the users that they belong to. For verify().';

-- Does a current row say what a version says?  Of one's own columns those that
-- the version knows; a name may be qualified.
CREATE FUNCTION zoom_gold.verify_shows(user_name text, content jsonb, own jsonb, version jsonb, version_own jsonb)
RETURNS boolean
LANGUAGE sql STABLE
RETURN (user_name = version ->> 'user_name' OR starts_with(user_name, (version ->> 'user_name') || ' ('))
	AND content = version - 'user_name'
	AND (version_own = '{}'
		 OR jsonb_strip_nulls(version_own)
			= (SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}') FROM jsonb_each(own) AS o WHERE version_own ? o.key));
COMMENT ON FUNCTION zoom_gold.verify_shows(text, jsonb, jsonb, jsonb, jsonb) IS
'Whether a current row of go_dim_user says what a version of the user says. For verify().';

-- The law of succession, looked at from its end: gold's current row of a user
-- is the newest kept version of the present life and, where silver was not
-- moved backwards, silver's newest row.  What is pending is not compared.
CREATE FUNCTION zoom_gold.verify_current_users() RETURNS TABLE (example text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH kept AS MATERIALIZED (SELECT * FROM zoom_gold.verify_newest_versions()),
	current AS MATERIALIZED (SELECT * FROM zoom_gold.verify_current_rows()),
	newest AS (
		SELECT k.ordinal, max(k.version_at) AS version_at, max(k.load_at) AS load_at,
			   bool_and(k.content ? 'deleted_at') AS deleted, bool_or(k.content ? 'deleted_at') AS may_be_deleted,
			   bool_or(k.gone) AS gone,
			   bool_or(zoom_gold.verify_shows(c.user_name, c.content, c.own, k.content, k.own)) AS shown,
			   bool_or(c.ordinal IS NOT NULL) AS is_current
		FROM kept AS k LEFT JOIN current AS c USING (ordinal)
		GROUP BY 1),
	pending AS (
		SELECT zoom_gold.verify_text(c.user_id) AS user_id, c.op FROM gold_state.user_change AS c),
	silver AS (
		SELECT i.ordinal, r.version_at, r.load_at, r.content
		FROM zoom_gold.verify_user_rows() AS r
		JOIN gold_state.user_identity AS i ON i.user_id = r.key AND NOT i.forgotten
		WHERE NOT r.rejected AND NOT r.tied
		  -- what has no such timestamp counts from its capture
		  AND zoom_gold.verify_instant(r.version_at, NULL) IS NOT NULL AND zoom_gold.verify_instant(r.load_at, NULL) IS NOT NULL
		  AND NOT EXISTS (SELECT FROM pending AS p WHERE p.op = 'T')
		  AND r.key NOT IN (SELECT p.user_id FROM pending AS p WHERE p.user_id IS NOT NULL))
	SELECT 'current without a version, ordinal ' || coalesce(c.ordinal::text, 'NULL')
	FROM current AS c WHERE c.ordinal IS NULL OR c.ordinal NOT IN (SELECT ordinal FROM kept)
	UNION ALL
	SELECT 'current though deleted, ordinal ' || n.ordinal FROM newest AS n WHERE n.deleted AND n.is_current
	UNION ALL
	SELECT 'not current, ordinal ' || n.ordinal FROM newest AS n WHERE NOT n.may_be_deleted AND NOT n.is_current
	UNION ALL
	SELECT 'not the newest kept version, ordinal ' || n.ordinal FROM newest AS n WHERE n.is_current AND NOT n.deleted AND n.shown IS NOT TRUE
	UNION ALL
	SELECT 'not silver''s newest row, ordinal ' || s.ordinal
	FROM silver AS s
	JOIN current AS c USING (ordinal)
	LEFT JOIN newest AS n USING (ordinal)
	WHERE ((s.version_at, s.load_at) >= (n.version_at, n.load_at)) IS NOT FALSE AND n.gone IS NOT TRUE
	  AND NOT zoom_gold.verify_shows(c.user_name, c.content, c.own, s.content, '{}');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_current_users() IS
'Where go_dim_user''s current rows are not the newest versions of the users. For verify().';

-- Members of a stored set of users, {-1} where its bytes are damaged.
CREATE FUNCTION zoom_gold.verify_members(users bytea) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN zoom_gold.user_ordinals(users);
EXCEPTION WHEN data_corrupted THEN
	RETURN '{-1}';
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_members(bytea) IS 'The members of a stored set of users. For verify().';

CREATE FUNCTION zoom_gold.verify_numbers(numbers integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT n FROM unnest(numbers) AS n WHERE n IS NOT NULL ORDER BY n);
COMMENT ON FUNCTION zoom_gold.verify_numbers(integer[]) IS 'Distinct numbers in order. For verify().';

CREATE FUNCTION zoom_gold.verify_hashes(hashes bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT h FROM unnest(hashes) AS h ORDER BY h);
COMMENT ON FUNCTION zoom_gold.verify_hashes(bigint[]) IS 'Hashes in order. For verify().';

-- As far as the state tells them apart.
CREATE FUNCTION zoom_gold.verify_systems(systems text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT s FROM unnest(systems) AS s GROUP BY s ORDER BY s COLLATE "C" NULLS FIRST LIMIT 2);
COMMENT ON FUNCTION zoom_gold.verify_systems(text[]) IS 'The two smallest of some source systems. For verify().';

CREATE FUNCTION zoom_gold.verify_soft_deleted() RETURNS TABLE (relation text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	silver regnamespace := quote_ident(zoom_gold.setting('silver_schema'));
BEGIN
	RETURN QUERY
	SELECT c.relname::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
	WHERE c.relnamespace = silver AND a.attname = 'deleted_at' AND NOT a.attisdropped;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_soft_deleted() IS
'The relations whose rows may say that they were deleted. For verify().';

-- Spellings of keys, other than the normal one, that the state does not know.
CREATE FUNCTION zoom_gold.verify_spellings() RETURNS TABLE (relation text, spelling text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	item record;
BEGIN
	FOR item IN
		SELECT c.table_name, c.column_name FROM zoom_gold.silver_contract() AS c
		WHERE c.role = 'key' OR c.column_name = 'meeting_id' AND c.table_name IN ('si_participants', 'si_feature_usage')
	LOOP
		RETURN QUERY EXECUTE format($q$
			SELECT DISTINCT %1$L, s.%2$I::text COLLATE "default" FROM %3$I.%1$I AS s
			WHERE s.%2$I::text <> zoom_gold.verify_text(s.%2$I::text COLLATE "default") AND octet_length(s.%2$I::text) <= 2000
			  AND (zoom_gold.verify_text(s.%2$I::text COLLATE "default"), s.%2$I::text) NOT IN (
				SELECT k.key, k.spelling FROM gold_state.key_spelling AS k WHERE k.relation = %1$L AND k.column_name = %2$L)$q$,
			item.table_name, item.column_name, zoom_gold.setting('silver_schema'));
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_spellings() IS
'Spellings of keys in silver that key_spelling lacks. For verify().';

-- Rows of silver users and tickets against the live ones among the kept
-- versions, both raw; n > 0 = silver has more.  Nothing in it sorts: a sort
-- that verify() forbids would have few rows read by parallel workers.
CREATE FUNCTION zoom_gold.verify_history() RETURNS TABLE (history text, key text, n bigint)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT 'user', zoom_gold.verify_text(c.user_id), sum(c.n)::bigint
		FROM (SELECT s.user_id::text COLLATE "default", s.user_name::text COLLATE "default", s.email::text COLLATE "default", s.company::text COLLATE "default", s.plan_type::text COLLATE "default",
					 s.load_timestamp::timestamptz, s.update_timestamp::timestamptz, s.source_system::text COLLATE "default", 1 AS n
			  FROM %1$I.si_users AS s WHERE octet_length(zoom_gold.verify_text(s.user_id::text COLLATE "default")) <= 2000
			  UNION ALL
			  SELECT e.user_id, e.user_name, e.email, e.company, e.plan_type,
					 e.load_timestamp, e.update_timestamp, e.source_system, CASE e.op WHEN 'I' THEN -1 ELSE 1 END
			  FROM gold_state.user_event AS e
			  LEFT JOIN (SELECT t.ordinal, max(ARRAY[t.seq, t.n]) AS place FROM gold_state.user_event AS t
						 WHERE t.op = 'T' GROUP BY t.ordinal) AS t
				ON t.ordinal = e.ordinal
			  WHERE (ARRAY[greatest(e.seq, e.tx), e.n] > t.place OR t.place IS NULL) AND octet_length(zoom_gold.verify_text(e.user_id)) <= 2000) AS c
		GROUP BY c.user_id, c.user_name, c.email, c.company, c.plan_type,
				 c.load_timestamp, c.update_timestamp, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'ticket', zoom_gold.verify_text(c.ticket_id), sum(c.n)::bigint
		FROM (SELECT s.ticket_id::text COLLATE "default", s.user_id::text COLLATE "default", s.ticket_type::text COLLATE "default", s.resolution_status::text COLLATE "default", s.open_date::date,
					 s.load_timestamp::timestamptz, s.update_timestamp::timestamptz, s.source_system::text COLLATE "default", 1 AS n
			  FROM %1$I.si_support_tickets AS s WHERE octet_length(zoom_gold.verify_text(s.ticket_id::text COLLATE "default")) <= 2000
			  UNION ALL
			  SELECT e.ticket_id, e.user_id, e.ticket_type, e.resolution_status, e.open_date,
					 e.load_timestamp, e.update_timestamp, e.source_system, CASE e.op WHEN 'I' THEN -1 ELSE 1 END
			  FROM gold_state.ticket_event AS e
			  LEFT JOIN (SELECT t.ordinal, max(ARRAY[t.seq, t.n]) AS place FROM gold_state.ticket_event AS t
						 WHERE t.op = 'T' GROUP BY t.ordinal) AS t
				ON t.ordinal = e.ordinal
			  WHERE (ARRAY[greatest(e.seq, e.tx), e.n] > t.place OR t.place IS NULL) AND octet_length(zoom_gold.verify_text(e.ticket_id)) <= 2000) AS c
		GROUP BY c.ticket_id, c.user_id, c.ticket_type, c.resolution_status, c.open_date,
				 c.load_timestamp, c.update_timestamp, c.source_system
		HAVING sum(c.n) <> 0$q$, zoom_gold.setting('silver_schema'));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_history() IS
'Where the kept versions of users and tickets do not amount to what silver holds. For verify().';

-- Keys with rows on several days, of the relations named.
CREATE FUNCTION zoom_gold.verify_spread(relations text[]) RETURNS TABLE (relation text, key text, day date)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	item record;
BEGIN
	FOR item IN
		SELECT r.* FROM (VALUES ('si_meetings', 'meeting_id', 'start_time'), ('si_participants', 'participant_id', 'join_time'),
								('si_feature_usage', 'usage_id', 'usage_date'), ('si_webinars', 'webinar_id', 'start_time'),
								('si_support_tickets', 'ticket_id', 'open_date'), ('si_licenses', 'license_id', 'start_date'),
								('si_billing_events', 'event_id', 'event_date')) AS r (relation, key, event)
		WHERE r.relation = ANY (relations)
	LOOP
		RETURN QUERY EXECUTE format($q$
			SELECT %4$L, k.key, unnest(k.days)
			FROM (SELECT zoom_gold.verify_text(s.%1$I::text COLLATE "default") AS key,
						 array_agg(DISTINCT coalesce(s.%2$I::date, date '-infinity')) AS days
				  FROM %3$I.%4$I AS s GROUP BY 1) AS k
			WHERE k.key IS NOT NULL AND cardinality(k.days) > 1$q$,
			item.key, item.event, zoom_gold.setting('silver_schema'), item.relation);
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_spread(text[]) IS
'Keys of silver relations that have rows on several days. For verify().';

-- Days, ISO weeks and months as first day and last day.
CREATE FUNCTION zoom_gold.verify_periods(day date) RETURNS TABLE (period_type text, period_start date)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
	VALUES ('Daily', day),
		   ('Weekly', date_trunc('week', day::timestamp)::date),
		   ('Monthly', date_trunc('month', day::timestamp)::date);
END;
COMMENT ON FUNCTION zoom_gold.verify_periods(date) IS
'The day, ISO week and month in which a day lies. For verify().';

-- One query, so that it reads silver once and sees one state; its parts are
-- WITH clauses that only use those before them.  Each table is compared as a
-- multiset in one pass: wanted rows count +1, present ones -1, and what does
-- not cancel out differs; that is EXCEPT ALL both ways.
CREATE FUNCTION zoom_gold.verify_work() RETURNS TABLE (check_name text, passed boolean, details text)
LANGUAGE plpgsql STABLE ROWS 32
SET search_path = pg_catalog, pg_temp SET row_security = off
SET jit = off SET work_mem = '128MB' SET hash_mem_multiplier = 4
SET enable_mergejoin = off SET enable_nestloop = off SET enable_sort = off SET join_collapse_limit = 1
SET parallel_tuple_cost = 0.005
-- on little data the plan is most of the work
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_variable
DECLARE
	schema text := zoom_gold.setting('silver_schema');
	with_participants boolean := zoom_gold.setting('active_user') = 'host_or_participant';
	keep_facts boolean := zoom_gold.setting('fact_deletes') = 'keep';
	forever timestamptz := '9999-12-31 00:00:00+00';
	unnoticed_relations text[];
BEGIN
	RETURN QUERY SELECT m.check_name, false, m.details FROM zoom_gold.verify_missing() AS m;
	IF FOUND THEN
		RETURN;
	END IF;
	unnoticed_relations := ARRAY(SELECT u.relation FROM zoom_gold.unnoticed_changes() AS u);
	RETURN QUERY
	WITH
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
	--------------------------------------------------------------------------
	-- What is left out: days with pending changes or dirty marks.
	--------------------------------------------------------------------------
	step (process_name, relation, table_name) AS MATERIALIZED (
		SELECT zoom_gold.step_of(f.table_name), f.relation, f.table_name FROM zoom_gold.fact() AS f
		UNION ALL VALUES ('si_participants', 'si_participants', NULL)),
	-- what has changed behind views and foreign tables, as a whole
	unnoticed AS MATERIALIZED (
		SELECT u.relation FROM unnest(unnoticed_relations) AS u (relation)
		UNION
		SELECT substr(d.consumer, 9) FROM gold_state.dirty AS d WHERE starts_with(d.consumer, 'capture ')),
	-- day NULL = all of the relation
	noted AS MATERIALIZED (
		SELECT c.relation, d.day FROM gold_state.slice_change AS c, unnest(c.days) AS d (day) WHERE c.op <> 'T'
		UNION
		SELECT c.relation, NULL FROM gold_state.slice_change AS c WHERE c.op = 'T' OR coalesce(cardinality(c.days), 0) = 0
		UNION
		SELECT 'si_support_tickets', CASE WHEN c.op <> 'T' THEN coalesce(c.open_date, date '-infinity') END
		FROM gold_state.ticket_change AS c
		UNION
		SELECT s.relation, d.day FROM gold_state.dirty AS d JOIN step AS s ON s.process_name = d.consumer
		UNION
		SELECT u.relation, NULL FROM unnoticed AS u
		UNION
		SELECT s.relation, NULL FROM step AS s WHERE EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'merge_dim_user')),
	-- a key with rows on other days as well may change there too
	spread AS MATERIALIZED (
		SELECT k.relation, k.key, k.day
		FROM zoom_gold.verify_spread(ARRAY(SELECT DISTINCT n.relation FROM noted AS n WHERE n.day IS NOT NULL)) AS k
		UNION
		SELECT k.relation, k.key, k.day FROM gold_state.spread_key AS k),
	stale_own AS MATERIALIZED (
		SELECT n.relation, n.day FROM noted AS n
		UNION
		SELECT o.relation, o.day
		FROM noted AS n
		JOIN spread AS k ON k.relation = n.relation AND k.day = n.day
		JOIN spread AS o ON o.relation = k.relation AND o.key = k.key),
	pending_user AS MATERIALIZED (
		SELECT DISTINCT c.op, zoom_gold.verify_text(c.user_id) AS user_id FROM gold_state.user_change AS c
		UNION
		SELECT 'T', NULL FROM unnoticed AS u WHERE u.relation = 'si_users'),
	pending_ticket AS MATERIALIZED (
		SELECT DISTINCT c.op, zoom_gold.verify_text(c.ticket_id) AS ticket_id FROM gold_state.ticket_change AS c
		UNION
		SELECT 'T', NULL FROM unnoticed AS u WHERE u.relation = 'si_support_tickets'),
	users_stale AS MATERIALIZED (
		SELECT EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'merge_dim_user') OR zoom_gold.verify_renamed() AS yes),
	--------------------------------------------------------------------------
	-- Silver, normalised, its rules judged, and what hangs on a meeting.
	--------------------------------------------------------------------------
	rule AS MATERIALIZED (
		SELECT r.relation, r.rule, r.severity FROM zoom_gold.verify_rules() AS r),
	meeting AS MATERIALIZED (
		SELECT * FROM zoom_gold.verify_meetings()),
	usage AS MATERIALIZED (
		SELECT u.key, u.version_at, u.load_at, u.source_system, u.day, u.feature_name, u.usage_count, u.usage_date,
			   m.meeting_topic, m.ordinal, m.known, x.broken, x.broken && e.rejecting AS rejected,
			   m.key IS NULL AS unmet, m.day AS meeting_day
		FROM zoom_gold.verify_feature_usage() AS u
		CROSS JOIN (SELECT coalesce(array_agg(r.rule) FILTER (WHERE r.severity = 'error'), '{}') AS rejecting,
						   coalesce(bool_or(r.rule = 'meeting_unknown'), false) AS asked
					FROM rule AS r WHERE r.relation = 'si_feature_usage') AS e
		LEFT JOIN meeting AS m ON m.key = u.meeting_id AND NOT m.rejected
		CROSS JOIN LATERAL (SELECT CASE WHEN e.asked AND m.key IS NULL AND u.meeting_id IS NOT NULL
										THEN u.broken || 'meeting_unknown'::text ELSE u.broken END AS broken) AS x),
	participant AS MATERIALIZED (
		SELECT p.key, p.day, p.ordinal, p.known, p.meeting_id, p.seconds, x.broken, x.broken && e.rejecting AS rejected,
			   m.key IS NULL AS unmet, m.day AS meeting_day
		FROM zoom_gold.verify_participants() AS p
		CROSS JOIN (SELECT coalesce(array_agg(r.rule) FILTER (WHERE r.severity = 'error'), '{}') AS rejecting,
						   coalesce(bool_or(r.rule = 'meeting_unknown'), false) AS asked
					FROM rule AS r WHERE r.relation = 'si_participants') AS e
		LEFT JOIN meeting AS m ON m.key = p.meeting_id AND NOT m.rejected
		CROSS JOIN LATERAL (SELECT CASE WHEN e.asked AND m.key IS NULL AND p.meeting_id IS NOT NULL
										THEN p.broken || 'meeting_unknown'::text ELSE p.broken END AS broken) AS x),
	webinar AS MATERIALIZED (SELECT * FROM zoom_gold.verify_webinars()),
	ticket AS MATERIALIZED (SELECT * FROM zoom_gold.verify_tickets()),
	license AS MATERIALIZED (SELECT * FROM zoom_gold.verify_licenses()),
	billing AS MATERIALIZED (SELECT * FROM zoom_gold.verify_billing()),
	silver_user AS MATERIALIZED (SELECT * FROM zoom_gold.verify_user_rows()),
	-- what hangs on a meeting is stale with it
	stale AS MATERIALIZED (
		SELECT o.relation, o.day FROM stale_own AS o
		UNION
		SELECT h.relation, CASE WHEN w.whole THEN NULL ELSE h.day END
		FROM (SELECT DISTINCT 'si_feature_usage', u.day, u.meeting_day, u.unmet FROM usage AS u
			  WHERE EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings')
			  UNION ALL
			  SELECT DISTINCT 'si_participants', p.day, p.meeting_day, p.unmet FROM participant AS p
			  WHERE EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings')) AS h (relation, day, meeting_day, unmet)
		CROSS JOIN (SELECT EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings' AND day IS NULL) AS whole) AS w
		WHERE w.whole OR h.unmet
		   OR h.meeting_day IN (SELECT day FROM stale_own WHERE relation = 'si_meetings' AND day IS NOT NULL)),
	wholly_stale AS MATERIALIZED (SELECT DISTINCT relation FROM stale WHERE day IS NULL),
	--------------------------------------------------------------------------
	-- Users: their versions as they should be, and the name as of an instant.
	--------------------------------------------------------------------------
	named AS (
		SELECT 'si_meetings' AS relation, m.ordinal, m.day FROM meeting AS m WHERE NOT m.rejected
		UNION ALL SELECT 'si_support_tickets', t.ordinal, t.day FROM ticket AS t WHERE NOT t.rejected
		UNION ALL SELECT 'si_licenses', l.ordinal, l.day FROM license AS l WHERE NOT l.rejected
		UNION ALL SELECT 'si_billing_events', b.ordinal, b.day FROM billing AS b WHERE NOT b.rejected),
	first_named AS (
		SELECT n.ordinal, min(n.day) AS day,
			   bool_or(s.day IS NOT NULL OR n.relation IN (SELECT relation FROM wholly_stale)) AS stale
		FROM named AS n
		LEFT JOIN (SELECT * FROM stale WHERE day IS NOT NULL) AS s ON s.relation = n.relation AND s.day = n.day
		WHERE n.ordinal IS NOT NULL GROUP BY n.ordinal),
	-- where changes are pending the state's word is taken; facts that outlive
	-- silver may have moved it further back
	reached AS (
		SELECT v.ordinal, min(v.valid_from) AS since FROM gold_state.user_version AS v GROUP BY 1),
	folded AS MATERIALIZED (
		SELECT u.*, CASE WHEN NOT u.first THEN u.opened
						 WHEN f.stale OR EXISTS (SELECT FROM stale WHERE day IS NULL)
							  OR zoom_gold.verify_day(r.since) IN (SELECT day FROM stale WHERE day IS NOT NULL)
							  OR EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'extend_dim_user')
						 THEN least(u.opened, r.since)
						 WHEN keep_facts THEN least(u.opened, f.day::timestamp AT TIME ZONE 'UTC', r.since)
						 ELSE least(u.opened, f.day::timestamp AT TIME ZONE 'UTC') END AS valid_from
		FROM zoom_gold.verify_users() AS u
		LEFT JOIN first_named AS f USING (ordinal) LEFT JOIN reached AS r USING (ordinal)),
	-- which name holds as of an instant: from the version's start to the next
	-- one's, without gap, one before the first included
	name_span AS MATERIALIZED (
		SELECT s.ordinal, s.user_name, CASE WHEN s.first THEN timestamptz '-infinity' ELSE s.valid_from END AS since,
			   lead(s.valid_from, 1, 'infinity') OVER (PARTITION BY s.ordinal ORDER BY s.valid_from) AS until
		FROM (SELECT f.*, lag(f.user_name) OVER (PARTITION BY f.ordinal ORDER BY f.valid_from) AS before
			  FROM folded AS f) AS s
		WHERE s.before IS DISTINCT FROM s.user_name),
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
	--------------------------------------------------------------------------
	-- Facts: wanted and present, by the day.
	--------------------------------------------------------------------------
	fact_difference (table_name, day, n) AS (
		SELECT 'go_fact_meeting_usage', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT s.user_name, m.meeting_topic, m.start_time, m.end_time, m.duration_minutes, m.source_system, 1 AS n
			  FROM meeting AS m
			  LEFT JOIN name_span AS s ON s.ordinal = m.ordinal AND m.start_time >= s.since AND m.start_time < s.until
			  WHERE NOT m.rejected
			  UNION ALL
			  SELECT g.user_name, g.meeting_topic, g.start_time, g.end_time, g.duration_minutes, g.source_system, -1
			  FROM go_fact_meeting_usage AS g) AS c
		GROUP BY c.user_name, c.meeting_topic, c.start_time, c.end_time, c.duration_minutes, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_feature_usage', c.usage_date, sum(c.n)
		FROM (SELECT u.meeting_topic, u.feature_name, u.usage_count, u.usage_date, u.source_system, 1 AS n
			  FROM usage AS u WHERE NOT u.rejected
			  UNION ALL
			  SELECT g.meeting_topic, g.feature_name, g.usage_count, g.usage_date, g.source_system, -1
			  FROM go_fact_feature_usage AS g) AS c
		GROUP BY c.meeting_topic, c.feature_name, c.usage_count, c.usage_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_webinar_usage', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT w.webinar_topic, w.start_time, w.end_time, w.registrants, w.source_system, 1 AS n
			  FROM webinar AS w WHERE NOT w.rejected
			  UNION ALL
			  SELECT g.webinar_topic, g.start_time, g.end_time, g.registrants, g.source_system, -1
			  FROM go_fact_webinar_usage AS g) AS c
		GROUP BY c.webinar_topic, c.start_time, c.end_time, c.registrants, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_support_ticket', c.open_date, sum(c.n)
		FROM (SELECT s.user_name, t.ticket_type, t.resolution_status, t.open_date, t.resolved_at, t.source_system, 1 AS n
			  FROM ticket AS t
			  LEFT JOIN name_span AS s ON s.ordinal = t.ordinal
				AND (t.open_date + 1)::timestamp AT TIME ZONE 'UTC' > s.since
				AND (t.open_date + 1)::timestamp AT TIME ZONE 'UTC' <= s.until
			  WHERE NOT t.rejected
			  UNION ALL
			  SELECT g.user_name, g.ticket_type, g.resolution_status, g.open_date, g.resolved_at, g.source_system, -1
			  FROM go_fact_support_ticket AS g) AS c
		GROUP BY c.user_name, c.ticket_type, c.resolution_status, c.open_date, c.resolved_at, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_billing', c.event_date, sum(c.n)
		FROM (SELECT s.user_name, b.event_type, b.amount, b.event_date, b.source_system, 1 AS n
			  FROM billing AS b
			  LEFT JOIN name_span AS s ON s.ordinal = b.ordinal
				AND (b.event_date + 1)::timestamp AT TIME ZONE 'UTC' > s.since
				AND (b.event_date + 1)::timestamp AT TIME ZONE 'UTC' <= s.until
			  WHERE NOT b.rejected
			  UNION ALL
			  SELECT g.user_name, g.event_type, g.amount, g.event_date, g.source_system, -1
			  FROM go_fact_billing AS g) AS c
		GROUP BY c.user_name, c.event_type, c.amount, c.event_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_license_utilization', c.start_date, sum(c.n)
		FROM (SELECT s.user_name, l.license_type, l.start_date, l.end_date, l.source_system, 1 AS n
			  FROM license AS l
			  LEFT JOIN name_span AS s ON s.ordinal = l.ordinal
				AND (l.start_date + 1)::timestamp AT TIME ZONE 'UTC' > s.since
				AND (l.start_date + 1)::timestamp AT TIME ZONE 'UTC' <= s.until
			  WHERE NOT l.rejected
			  UNION ALL
			  SELECT g.user_name, g.license_type, g.start_date, g.end_date, g.source_system, -1
			  FROM go_fact_license_utilization AS g) AS c
		GROUP BY c.user_name, c.license_type, c.start_date, c.end_date, c.source_system
		HAVING sum(c.n) <> 0),
	-- days whose partition was detached
	away AS MATERIALIZED (
		SELECT f.table_name, d.from_day, d.to_day
		FROM zoom_gold.fact() AS f CROSS JOIN LATERAL zoom_gold.detached_days(f.table_name) AS d),
	-- what counts in aggregates: gold's facts, for silver may have purged theirs, and on days that are away silver's
	counted_meeting (day, duration_minutes, source_system) AS (
		SELECT zoom_gold.verify_day(g.start_time), g.duration_minutes, g.source_system FROM go_fact_meeting_usage AS g
		UNION ALL
		SELECT m.day, m.duration_minutes, m.source_system
		FROM meeting AS m JOIN away AS w ON w.table_name = 'go_fact_meeting_usage' AND m.day >= w.from_day AND m.day < w.to_day
		WHERE NOT m.rejected),
	counted_ticket (ticket_type, open_date, resolved_at, source_system) AS (
		SELECT g.ticket_type, g.open_date, g.resolved_at, g.source_system FROM go_fact_support_ticket AS g
		UNION ALL
		SELECT t.ticket_type, t.open_date, t.resolved_at, t.source_system
		FROM ticket AS t JOIN away AS w ON w.table_name = 'go_fact_support_ticket' AND t.open_date >= w.from_day AND t.open_date < w.to_day
		WHERE NOT t.rejected),
	counted_billing (event_type, amount, event_date, source_system) AS (
		SELECT g.event_type, g.amount, g.event_date, g.source_system FROM go_fact_billing AS g
		UNION ALL
		SELECT b.event_type, b.amount, b.event_date, b.source_system
		FROM billing AS b JOIN away AS w ON w.table_name = 'go_fact_billing' AND b.event_date >= w.from_day AND b.event_date < w.to_day
		WHERE NOT b.rejected),
	--------------------------------------------------------------------------
	-- What is kept beside the facts for gold_bi: wanted and present, by the day.
	--------------------------------------------------------------------------
	detail_difference (table_name, relation, day, n) AS (
		SELECT 'meeting_detail', 'si_meetings', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT m.key, m.ordinal, m.meeting_topic, m.start_time, m.end_time, m.duration_minutes, m.source_system, 1 AS n
			  FROM meeting AS m WHERE NOT m.rejected
			  UNION ALL
			  SELECT d.meeting_id, d.ordinal, d.meeting_topic, d.start_time, d.end_time, d.duration_minutes, d.source_system, -1
			  FROM gold_state.meeting_detail AS d) AS c
		GROUP BY c.key, c.ordinal, c.meeting_topic, c.start_time, c.end_time, c.duration_minutes, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'feature_detail', 'si_feature_usage', c.usage_date, sum(c.n)
		FROM (SELECT u.ordinal, u.meeting_topic, u.feature_name, u.usage_count, u.usage_date, u.source_system, 1 AS n
			  FROM usage AS u WHERE NOT u.rejected
			  UNION ALL
			  SELECT d.ordinal, d.meeting_topic, d.feature_name, d.usage_count, d.usage_date, d.source_system, -1
			  FROM gold_state.feature_detail AS d) AS c
		GROUP BY c.ordinal, c.meeting_topic, c.feature_name, c.usage_count, c.usage_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'webinar_detail', 'si_webinars', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT w.key, w.ordinal, w.webinar_topic, w.start_time, w.end_time, w.registrants, w.source_system, 1 AS n
			  FROM webinar AS w WHERE NOT w.rejected
			  UNION ALL
			  SELECT d.webinar_id, d.ordinal, d.webinar_topic, d.start_time, d.end_time, d.registrants, d.source_system, -1
			  FROM gold_state.webinar_detail AS d) AS c
		GROUP BY c.key, c.ordinal, c.webinar_topic, c.start_time, c.end_time, c.registrants, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'license_detail', 'si_licenses', c.start_date, sum(c.n)
		FROM (SELECT l.ordinal, l.license_type, l.start_date, l.end_date, l.source_system, 1 AS n
			  FROM license AS l WHERE NOT l.rejected
			  UNION ALL
			  SELECT d.ordinal, d.license_type, d.start_date, d.end_date, d.source_system, -1
			  FROM gold_state.license_detail AS d) AS c
		GROUP BY c.ordinal, c.license_type, c.start_date, c.end_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'meeting_attendance', 'si_participants', c.day, sum(c.n)
		FROM (SELECT p.meeting_id, p.day, bool_or(p.meeting_day IS DISTINCT FROM p.day) AS other_day,
					 coalesce(array_agg(DISTINCT p.ordinal) FILTER (WHERE p.ordinal IS NOT NULL), '{}') AS users,
					 count(*) FILTER (WHERE p.ordinal IS NULL) AS guests, coalesce(sum(p.seconds), 0) AS seconds, 1 AS n
			  FROM participant AS p WHERE NOT p.rejected GROUP BY 1, 2
			  UNION ALL
			  SELECT d.meeting_id, d.slice_day, d.other_day, d.users, d.guests, d.seconds, -1
			  FROM gold_state.meeting_attendance AS d) AS c
		GROUP BY c.meeting_id, c.day, c.other_day, c.users, c.guests, c.seconds
		HAVING sum(c.n) <> 0),
	--------------------------------------------------------------------------
	-- Aggregates: wanted and present, by the period, and which of them wait.
	--------------------------------------------------------------------------
	-- periods of which gold keeps facts that silver has purged: whole days keep
	-- their aggregates as well, others do not; licences concern all periods
	purged AS MATERIALIZED (
		SELECT DISTINCT d.table_name, p.period_type, p.period_start
		FROM fact_difference AS d CROSS JOIN LATERAL zoom_gold.verify_periods(d.day) AS p
		WHERE keep_facts AND d.n < 0),

	agg_difference (table_name, period_type, day, n) AS (
		SELECT 'go_agg_active_users', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT a.period_type, a.period_start, a.users, a.source_system, 1 AS n FROM active_row AS a
			  UNION ALL
			  SELECT g.period_type, g.activity_date, g.active_user_count, g.source_system, -1
			  FROM go_agg_active_users AS g) AS c
		GROUP BY c.period_type, c.period_start, c.users, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_meeting_minutes', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT p.period_type, p.period_start, sum(f.minutes) AS minutes,
					 CASE WHEN count(f.source_system) = 0 THEN NULL
						  WHEN count(f.source_system) = count(*) AND min(f.source_system) = max(f.source_system)
						  THEN min(f.source_system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM (SELECT g.day, zoom_gold.verify_brief(g.source_system) AS source_system,
						   sum(coalesce(g.duration_minutes, 0))::bigint AS minutes
					FROM counted_meeting AS g GROUP BY 1, 2) AS f
			  CROSS JOIN LATERAL zoom_gold.verify_periods(f.day) AS p
			  GROUP BY p.period_type, p.period_start
			  UNION ALL
			  SELECT g.period_type, g.activity_date, g.total_meeting_minutes, g.source_system, -1
			  FROM go_agg_meeting_minutes AS g) AS c
		GROUP BY c.period_type, c.period_start, c.minutes, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_feature_adoption', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT a.feature_name, a.period_type, a.period_start, a.rate, a.source_system, 1 AS n FROM adoption_row AS a
			  UNION ALL
			  SELECT g.feature_name, g.period_type, g.period_start, g.adoption_rate, g.source_system, -1
			  FROM go_agg_feature_adoption AS g) AS c
		GROUP BY c.feature_name, c.period_type, c.period_start, c.rate, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_ticket_resolution', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT g.ticket_type, p.period_type, p.period_start,
					 round(sum(extract(epoch FROM g.resolved_at - g.open_date::timestamp AT TIME ZONE 'UTC'))
						   / (3600 * count(*)), 2) AS hours,
					 CASE WHEN count(g.system) = 0 THEN NULL
						  WHEN count(g.system) = count(*) AND min(g.system) = max(g.system)
						  THEN min(g.system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM (SELECT f.*, zoom_gold.verify_brief(f.source_system) AS system FROM counted_ticket AS f) AS g CROSS JOIN LATERAL zoom_gold.verify_periods(g.open_date) AS p
			  WHERE g.resolved_at IS NOT NULL
			  GROUP BY g.ticket_type, p.period_type, p.period_start
			  UNION ALL
			  SELECT g.ticket_type, g.period_type, g.period_start, g.avg_resolution_time, g.source_system, -1
			  FROM go_agg_ticket_resolution AS g) AS c
		GROUP BY c.ticket_type, c.period_type, c.period_start, c.hours, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_mrr', 'Monthly', CASE WHEN c.month ~ '^\d{4}-(0[1-9]|1[0-2])$' THEN (c.month || '-01')::date END,
			   sum(c.n)
		FROM (SELECT to_char(g.event_date, 'YYYY-MM') AS month, sum(coalesce(k.mrr_sign, 0) * abs(g.amount)) AS revenue,
					 CASE WHEN count(g.system) = 0 THEN NULL
						  WHEN count(g.system) = count(*) AND min(g.system) = max(g.system)
						  THEN min(g.system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM (SELECT f.*, zoom_gold.verify_brief(f.source_system) AS system FROM counted_billing AS f) AS g LEFT JOIN gold_state.billing_event_class AS k USING (event_type)
			  GROUP BY 1
			  UNION ALL
			  SELECT g.activity_month, g.monthly_recurring_revenue, g.source_system, -1 FROM go_agg_mrr AS g) AS c
		GROUP BY c.month, c.revenue, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_license_utilization', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT l.license_type, l.period_type, l.period_start, l.rate, l.source_system, 1 AS n FROM license_row AS l
			  UNION ALL
			  SELECT g.license_type, g.period_type, g.period_start, g.utilization_rate, g.source_system, -1
			  FROM go_agg_license_utilization AS g) AS c
		GROUP BY c.license_type, c.period_type, c.period_start, c.rate, c.source_system HAVING sum(c.n) <> 0),

	-- which relations an aggregate hangs on
	agg_source (table_name, process_name, relation) AS (
		VALUES ('go_agg_active_users', 'refresh_agg_active_users', 'si_meetings'),
			   ('go_agg_active_users', 'refresh_agg_active_users', 'si_participants'),
			   ('go_agg_meeting_minutes', 'refresh_agg_meeting_minutes', 'si_meetings'),
			   ('go_agg_feature_adoption', 'refresh_agg_feature_adoption', 'si_meetings'),
			   ('go_agg_feature_adoption', 'refresh_agg_feature_adoption', 'si_participants'),
			   ('go_agg_feature_adoption', 'refresh_agg_feature_adoption', 'si_feature_usage'),
			   ('go_agg_ticket_resolution', 'refresh_agg_ticket_resolution', 'si_support_tickets'),
			   ('go_agg_mrr', 'refresh_agg_mrr', 'si_billing_events'),
			   ('go_agg_license_utilization', 'refresh_agg_license_utilization', 'si_meetings'),
			   ('go_agg_license_utilization', 'refresh_agg_license_utilization', 'si_participants'),
			   ('go_agg_license_utilization', 'refresh_agg_license_utilization', 'si_licenses')),
	agg_stale AS MATERIALIZED (
		SELECT x.table_name, p.period_type, p.period_start
		FROM (SELECT a.table_name, s.day FROM agg_source AS a JOIN stale AS s USING (relation)
			  WHERE s.day IS NOT NULL AND (a.relation <> 'si_participants' OR with_participants)
			  -- participants count on their meeting's day
			  UNION SELECT a.table_name, q.meeting_day FROM agg_source AS a
			  JOIN stale AS s USING (relation) JOIN participant AS q ON q.day = s.day
			  WHERE a.relation = 'si_participants' AND with_participants
			  UNION SELECT a.table_name, d.day FROM agg_source AS a JOIN gold_state.dirty AS d ON d.consumer = a.process_name
			  WHERE d.day IS NOT NULL) AS x
		CROSS JOIN LATERAL zoom_gold.verify_periods(x.day) AS p
		UNION
		SELECT a.table_name, NULL, NULL FROM agg_source AS a JOIN stale AS s USING (relation)
		WHERE s.day IS NULL OR a.relation = 'si_licenses' OR a.relation = 'si_participants' AND with_participants
		UNION
		SELECT a.table_name, NULL, NULL FROM agg_source AS a JOIN gold_state.dirty AS d ON d.consumer = a.process_name
		WHERE d.day IS NULL),
	--------------------------------------------------------------------------
	-- The user dimension, its labels and identities: wanted and present.
	--------------------------------------------------------------------------
	user_difference (check_name, example, n) AS (
		SELECT 'go_dim_user', 'valid_from ' || c.valid_from, sum(c.n)
		FROM (SELECT f.user_name, f.email, f.company, f.plan_type, f.own, f.source_system,
					 f.valid_from, f.closed AS valid_to, f.closed = forever AS is_current, 1 AS n
			  FROM folded AS f
			  UNION ALL
			  SELECT g.*, -1 FROM zoom_gold.verify_gold_users() AS g) AS c
		GROUP BY c.user_name, c.email, c.company, c.plan_type, c.own, c.source_system, c.valid_from, c.valid_to, c.is_current
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'user_version', 'ordinal ' || c.ordinal || ' valid_from ' || c.valid_from, sum(c.n)
		FROM (SELECT f.ordinal, f.base_name, f.user_name, f.email, f.opened, f.valid_from, f.closed AS valid_to,
					 CASE WHEN f.first THEN timestamptz '-infinity' ELSE f.valid_from END AS since,
					 lead(f.valid_from, 1, 'infinity') OVER (PARTITION BY f.ordinal ORDER BY f.valid_from) AS until, f.company, f.plan_type, 1 AS n
			  FROM folded AS f
			  UNION ALL
			  SELECT v.ordinal, v.base_name, v.user_name, v.email, v.opened, v.valid_from, v.valid_to,
					 v.holds_from, v.holds_until, v.company, v.plan_type, -1
			  FROM gold_state.user_version AS v) AS c
		GROUP BY c.ordinal, c.base_name, c.user_name, c.email, c.opened, c.valid_from, c.valid_to, c.since, c.until, c.company, c.plan_type
		HAVING sum(c.n) <> 0),
	label_difference (example, n) AS (
		SELECT 'ordinal ' || c.ordinal || CASE WHEN c.is_last THEN ' last name' ELSE ' former name' END, sum(c.n)
		FROM (SELECT f.ordinal, f.user_name, max(f.valid_from) = max(max(f.valid_from)) OVER (PARTITION BY f.ordinal) AS is_last, 1 AS n
			  FROM folded AS f GROUP BY f.ordinal, f.user_name
			  UNION ALL
			  SELECT l.ordinal, l.user_name, l.is_last, -1 FROM gold_state.user_label AS l) AS c
		GROUP BY c.ordinal, c.user_name, c.is_last
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'pseudonym of ordinal ' || l.ordinal, 1
		FROM gold_state.user_label AS l CROSS JOIN gold_state.secret AS k
		WHERE l.pseudonym IS DISTINCT FROM 'user ' || substr(encode(sha256(k.key || sha256(k.key || convert_to(l.user_name, getdatabaseencoding()))), 'hex'), 1, 32)),
	-- known is who has a version in gold, or had one accepted that was never in
	-- force; of what a transaction overwrote of one version only the last counts
	unfolded AS MATERIALIZED (
		SELECT e.ordinal, e.tx, e.op, e.version_at, e.content || e.own AS face, e.valid AND NOT e.content ? 'deleted_at' AS accepted,
			   row_number() OVER (PARTITION BY e.ordinal, e.tx ORDER BY e.seq, e.n, CASE e.op WHEN 'T' THEN 0 WHEN 'D' THEN 1 ELSE 2 END) AS place
		FROM zoom_gold.verify_user_events() AS e WHERE e.ordinal NOT IN (SELECT f.ordinal FROM folded AS f)),
	known_user AS MATERIALIZED (
		SELECT f.ordinal FROM folded AS f
		UNION
		SELECT u.ordinal FROM unfolded AS u
		WHERE u.op = 'I' AND u.accepted
		  AND NOT (EXISTS (SELECT FROM unfolded AS d WHERE d.ordinal = u.ordinal AND d.tx = u.tx AND d.place > u.place
						   AND (d.op = 'T' OR d.op = 'D' AND d.version_at = u.version_at AND d.face = u.face))
				   AND EXISTS (SELECT FROM unfolded AS n WHERE n.ordinal = u.ordinal AND n.tx = u.tx AND n.place > u.place
							   AND n.op = 'I' AND n.version_at = u.version_at))),
	identity_difference AS (
		SELECT i.ordinal
		FROM gold_state.user_identity AS i
		FULL JOIN (SELECT e.ordinal, e.ordinal IN (SELECT f.ordinal FROM known_user AS f) AS known,
						  count(*) FILTER (WHERE e.op = 'I' AND (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL))
						  - count(*) FILTER (WHERE e.op = 'D' AND (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL)) AS live_rows
				   FROM zoom_gold.verify_user_events() AS e
				   LEFT JOIN (SELECT t.ordinal, max(t.seq) AS seq FROM gold_state.user_event AS t WHERE t.op = 'T' GROUP BY 1) AS t
					 ON t.ordinal = e.ordinal
				   GROUP BY e.ordinal) AS k USING (ordinal)
		WHERE i.user_id <> '' AND octet_length(i.user_id) <= 2000 AND (i.known <> coalesce(k.known, false)
								   OR i.live_rows <> greatest(coalesce(k.live_rows, 0), 0))
		   OR i.ordinal IS NULL),
	--------------------------------------------------------------------------
	-- Members of the Type 1 dimensions: wanted and present.
	--------------------------------------------------------------------------
	member (table_name, relation, member, day, version_at, load_at, source_system) AS (
		SELECT 'go_dim_meeting', 'si_meetings', m.meeting_topic, m.day, m.version_at, m.load_at, m.source_system
		FROM meeting AS m WHERE NOT m.rejected AND m.meeting_topic IS NOT NULL
		UNION ALL
		SELECT 'go_dim_feature', 'si_feature_usage', u.feature_name, u.day, u.version_at, u.load_at, u.source_system
		FROM usage AS u WHERE NOT u.rejected
		UNION ALL
		SELECT 'go_dim_webinar', 'si_webinars', w.webinar_topic, w.day, w.version_at, w.load_at, w.source_system
		FROM webinar AS w WHERE NOT w.rejected AND w.webinar_topic IS NOT NULL
		UNION ALL
		SELECT 'go_dim_ticket_type', 'si_support_tickets', t.ticket_type, t.day, t.version_at, t.load_at, t.source_system
		FROM ticket AS t WHERE NOT t.rejected
		UNION ALL
		SELECT 'go_dim_license_type', 'si_licenses', l.license_type, l.day, l.version_at, l.load_at, l.source_system
		FROM license AS l WHERE NOT l.rejected
		UNION ALL
		SELECT 'go_dim_billing_event_type', 'si_billing_events', b.event_type, b.day, b.version_at, b.load_at, b.source_system
		FROM billing AS b WHERE NOT b.rejected),
	member_system AS (
		SELECT m.table_name, m.relation, m.member, m.source_system, max(ARRAY[m.version_at, m.load_at]) AS newest,
			   bool_or(s.day IS NULL) AS settled, bool_or(s.day IS NOT NULL) AS stale
		FROM member AS m
		LEFT JOIN (SELECT * FROM stale WHERE day IS NOT NULL) AS s ON s.relation = m.relation AND s.day = m.day
		WHERE m.relation NOT IN (SELECT relation FROM wholly_stale)
		GROUP BY m.table_name, m.relation, m.member, m.source_system),
	-- silver knows the newest row only if the state has seen none newer; of rows
	-- with the same timestamps any may be it, or one that has gone
	member_wanted AS (
		SELECT w.table_name, w.member, w.settled, w.stale,
			   CASE WHEN ARRAY[d.version_ts, d.load_ts] = w.newest THEN w.systems || d.source_system
					ELSE w.systems END AS systems,
			   d.version_ts IS NULL OR ARRAY[d.version_ts, d.load_ts] <= w.newest AS derivable
		FROM (SELECT x.table_name, x.member, max(x.newest) AS newest, bool_or(x.settled) AS settled, bool_or(x.stale) AS stale,
					 array_agg(x.source_system) FILTER (WHERE x.newest = x.top) AS systems
			  FROM (SELECT m.*, max(m.newest) OVER (PARTITION BY m.table_name, m.member) AS top
					FROM member_system AS m) AS x
			  GROUP BY x.table_name, x.member) AS w
		LEFT JOIN gold_state.dim_member AS d ON d.dimension = w.table_name AND d.member = w.member),
	member_gold (table_name, relation, member, source_system) AS (
		SELECT 'go_dim_meeting', 'si_meetings', meeting_topic, source_system FROM go_dim_meeting
		UNION ALL SELECT 'go_dim_feature', 'si_feature_usage', feature_name, source_system FROM go_dim_feature
		UNION ALL SELECT 'go_dim_webinar', 'si_webinars', webinar_topic, source_system FROM go_dim_webinar
		UNION ALL SELECT 'go_dim_ticket_type', 'si_support_tickets', ticket_type, source_system FROM go_dim_ticket_type
		UNION ALL SELECT 'go_dim_license_type', 'si_licenses', license_type, source_system FROM go_dim_license_type
		UNION ALL SELECT 'go_dim_billing_event_type', 'si_billing_events', event_type, source_system FROM go_dim_billing_event_type),
	member_difference (table_name, example, n) AS (
		SELECT x.table_name, quote_nullable(left(x.member, 40)) || coalesce(x.remedy, ''), sum(x.n)
		FROM (SELECT w.table_name, w.member, NULL AS remedy, 1 AS n FROM member_wanted AS w
			  WHERE w.settled AND NOT EXISTS (SELECT FROM member_gold AS g
											  WHERE g.table_name = w.table_name AND g.member = w.member)
			  UNION ALL
			  -- members outlive their rows, but nobody makes them up or repeats them
			  SELECT g.table_name, g.member, format(', made up: zoom_gold.rebuild(%L, members => true) removes it', g.relation), -1
			  FROM member_gold AS g
			  WHERE g.member IS NULL OR NOT EXISTS (SELECT FROM gold_state.dim_member AS d
													WHERE d.dimension = g.table_name AND d.member = g.member)
			  UNION ALL
			  SELECT g.table_name, g.member, NULL, (1 - count(*))::integer FROM member_gold AS g
			  WHERE g.member IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
			  UNION ALL
			  -- a wrong source system is one row missing and one extra
			  SELECT g.table_name, g.member, NULL, v.n
			  FROM member_gold AS g JOIN member_wanted AS w USING (table_name, member), (VALUES (1), (-1)) AS v (n)
			  WHERE NOT w.stale AND w.derivable
				AND array_position(w.systems, g.source_system) IS NULL) AS x
		WHERE NOT EXISTS (SELECT FROM gold_state.dirty AS d WHERE d.consumer = 'merge' || substr(x.table_name, 3))
		GROUP BY x.table_name, x.member, x.remedy, sign(x.n)),
	--------------------------------------------------------------------------
	-- The error log: wanted and present.
	--------------------------------------------------------------------------
	broken (relation, day, key, broken, rejected) AS (
		SELECT 'si_meetings', m.day, m.key, m.broken, m.rejected FROM meeting AS m
		WHERE m.broken <> '{}'
		UNION ALL SELECT 'si_feature_usage', u.day, u.key, u.broken, u.rejected FROM usage AS u
		WHERE u.broken <> '{}'
		UNION ALL SELECT 'si_participants', p.day, p.key, p.broken, p.rejected FROM participant AS p
		WHERE p.broken <> '{}'
		UNION ALL SELECT 'si_webinars', w.day, w.key, w.broken, w.rejected FROM webinar AS w
		WHERE w.broken <> '{}'
		UNION ALL SELECT 'si_support_tickets', t.day, t.key, t.broken, t.rejected FROM ticket AS t
		WHERE t.broken <> '{}'
		UNION ALL SELECT 'si_licenses', l.day, l.key, l.broken, l.rejected FROM license AS l
		WHERE l.broken <> '{}'
		UNION ALL SELECT 'si_billing_events', b.day, b.key, b.broken, b.rejected FROM billing AS b
		WHERE b.broken <> '{}'
		UNION ALL
		SELECT 'si_users', NULL, u.key,
			   CASE WHEN t.user_id IS NULL OR u.rejected THEN u.broken ELSE u.broken || 'name_taken'::text END, u.rejected
		FROM silver_user AS u
		LEFT JOIN (SELECT DISTINCT f.user_id, f.base_name FROM folded AS f WHERE f.user_name <> f.base_name) AS t
			ON t.user_id = u.key AND t.base_name = u.user_name
		WHERE (u.broken <> '{}' OR t.user_id IS NOT NULL)
		  AND (u.key IS NULL OR u.key NOT IN (SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.forgotten))),
	error_wanted AS (
		SELECT b.relation, b.day, x.rule, r.severity, b.key
		FROM broken AS b, unnest(b.broken) AS x (rule)
		JOIN rule AS r ON r.rule = x.rule
		WHERE r.relation = b.relation AND (r.severity = 'error') = b.rejected
		GROUP BY 1, 2, 3, 4, 5),
	error_open AS (
		SELECT l.source_table, j.info ->> 'rule' AS rule, j.info ->> 'severity' AS severity, j.info ->> 'key' AS key
		FROM go_error_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.process_audit_info) AS info) AS j
		WHERE l.status IN ('Open', 'In Progress') AND l.error_type <> 'Processing'
		  AND (l.source_table NOT LIKE '%si\_users' OR j.info ->> 'key' IS NULL OR j.info ->> 'key' NOT IN
			   (SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.forgotten))),
	error_side (source_table, rule, severity, key, day, n) AS (
		-- rows without a key are one row per relation and rule
		SELECT quote_ident(schema) || '.' || w.relation, w.rule, w.severity, w.key, w.day, 1
		FROM (SELECT w.relation, w.rule, w.severity, w.key, min(w.day) AS day FROM error_wanted AS w GROUP BY 1, 2, 3, 4) AS w
		UNION ALL
		SELECT o.source_table, o.rule, o.severity, o.key, NULL, -1 FROM error_open AS o),
	error_difference AS (
		SELECT e.source_table, e.rule, e.severity, e.key, max(e.day) AS day, sum(e.n) AS n
		FROM error_side AS e GROUP BY 1, 2, 3, 4 HAVING sum(e.n) <> 0),
	error_left AS (
		SELECT e.*
		FROM error_difference AS e
		CROSS JOIN LATERAL (SELECT substr(e.source_table, length(quote_ident(schema)) + 2) AS relation) AS r
		-- which of a user's rows with the same timestamps counts is not known here
		WHERE (r.relation = 'si_users' AND e.key IN (SELECT u.key FROM zoom_gold.verify_tied_users() AS u)) IS NOT TRUE
		  AND NOT coalesce(r.relation IN (SELECT relation FROM wholly_stale), false)
		  AND NOT EXISTS (SELECT FROM stale AS s WHERE s.relation = r.relation
						  AND (s.day = e.day OR e.key IS NULL
							   OR s.day IN (SELECT o.day FROM gold_state.open_error AS o
											WHERE o.relation = r.relation AND o.rule = e.rule AND o.key = e.key)))
		  AND NOT (r.relation = 'si_users' AND (e.key IS NULL AND EXISTS (SELECT FROM pending_user)
												OR e.key IN (SELECT user_id FROM pending_user)
												OR EXISTS (SELECT FROM pending_user WHERE op = 'T')
												OR (SELECT yes FROM users_stale)))
		  AND NOT (r.relation = 'si_support_tickets' AND e.key IN (SELECT ticket_id FROM pending_ticket))),
	--------------------------------------------------------------------------
	-- What the state keeps of days and periods: wanted and present.
	--------------------------------------------------------------------------
	-- sums of days, as aggregates take them
	partial_source (relation, day, slice_day, member, amount, ordinal, source_system) AS (
		SELECT 'si_meetings', m.day, m.day, '', coalesce(m.duration_minutes, 0)::numeric, m.ordinal, m.source_system
		FROM meeting AS m WHERE NOT m.rejected
		UNION ALL
		SELECT 'si_feature_usage', u.day, u.day, u.feature_name, 0, u.ordinal, u.source_system
		FROM usage AS u WHERE NOT u.rejected AND u.usage_count > 0
		UNION ALL
		SELECT 'si_participants', p.meeting_day, p.day, '', 0, p.ordinal, NULL
		FROM participant AS p WHERE NOT p.rejected AND p.ordinal IS NOT NULL AND p.meeting_day IS NOT NULL
		UNION ALL
		SELECT 'si_support_tickets', t.day, t.day, t.ticket_type,
			   extract(epoch FROM t.resolved_at - t.open_date::timestamp AT TIME ZONE 'UTC') * 1000000, NULL, t.source_system
		FROM ticket AS t WHERE NOT t.rejected AND t.resolved_at IS NOT NULL
		UNION ALL
		SELECT 'si_billing_events', b.day, b.day, '', coalesce(k.mrr_sign, 0) * abs(b.amount) * 100, NULL, b.source_system
		FROM billing AS b LEFT JOIN gold_state.billing_event_class AS k USING (event_type) WHERE NOT b.rejected),
	partial_difference (relation, day, n) AS (
		SELECT c.relation, c.slice_day, sum(c.n)
		FROM (SELECT p.relation, p.day, p.slice_day, p.member, count(*) AS row_count, trunc(sum(p.amount))::bigint AS total,
					 zoom_gold.verify_numbers(array_agg(p.ordinal)) AS users,
					 zoom_gold.verify_systems(array_agg(DISTINCT p.source_system)) AS systems, 1 AS n
			  FROM partial_source AS p GROUP BY 1, 2, 3, 4
			  UNION ALL
			  SELECT d.relation, d.day, d.slice_day, d.member, d.row_count, d.total,
					 zoom_gold.verify_members(d.users), zoom_gold.verify_systems(d.systems), -1
			  FROM gold_state.day_partial AS d) AS c
		GROUP BY c.relation, c.day, c.slice_day, c.member, c.row_count, c.total, c.users, c.systems
		HAVING sum(c.n) <> 0),
	-- whom and which keys a day names
	slice_source (relation, day, key, ordinal) AS (
		SELECT 'si_meetings', m.day, m.key, CASE WHEN NOT m.rejected THEN m.ordinal END FROM meeting AS m
		UNION ALL SELECT 'si_feature_usage', u.day, u.key, CASE WHEN NOT u.rejected THEN u.ordinal END FROM usage AS u
		UNION ALL SELECT 'si_participants', p.day, p.key, CASE WHEN NOT p.rejected THEN p.ordinal END FROM participant AS p
		UNION ALL SELECT 'si_webinars', w.day, w.key, CASE WHEN NOT w.rejected THEN w.ordinal END FROM webinar AS w
		UNION ALL SELECT 'si_support_tickets', t.day, t.key, CASE WHEN NOT t.rejected THEN t.ordinal END FROM ticket AS t
		UNION ALL SELECT 'si_licenses', l.day, l.key, CASE WHEN NOT l.rejected THEN l.ordinal END FROM license AS l
		UNION ALL SELECT 'si_billing_events', b.day, b.key, CASE WHEN NOT b.rejected THEN b.ordinal END FROM billing AS b),
	slice_difference (relation, day, n) AS (
		SELECT c.relation, c.day, sum(c.n)
		FROM (SELECT s.relation, s.day, count(*) AS row_count, zoom_gold.verify_numbers(array_agg(s.ordinal)) AS users,
					 zoom_gold.verify_hashes(array_agg(hashtextextended(s.key COLLATE "C", 0)) FILTER (WHERE s.key IS NOT NULL)) AS keys, 1 AS n
			  FROM slice_source AS s GROUP BY 1, 2
			  UNION ALL
			  SELECT s.relation, s.day, s.row_count, zoom_gold.verify_members(s.users),
					 zoom_gold.verify_hashes(zoom_gold.packed_numbers(s.keys, 8)), -1
			  FROM gold_state.slice AS s
			  -- of rows that say that they were deleted days know the keys
			  WHERE s.relation NOT IN (SELECT d.relation FROM zoom_gold.verify_soft_deleted() AS d)) AS c
		WHERE c.relation NOT IN (SELECT d.relation FROM zoom_gold.verify_soft_deleted() AS d)
		GROUP BY c.relation, c.day, c.row_count, c.users, c.keys
		HAVING sum(c.n) <> 0),
	span_difference (day, n) AS (
		SELECT c.day, sum(c.n)
		FROM (SELECT l.start_date AS day, l.license_type, l.source_system,
					 zoom_gold.verify_hashes(array_agg(coalesce(l.end_date - date '2000-01-01', 2147483647)::bigint << 32 | l.ordinal)) AS spans, 1 AS n
			  FROM license AS l WHERE NOT l.rejected AND l.ordinal IS NOT NULL GROUP BY 1, 2, 3
			  UNION ALL
			  SELECT s.day, s.license_type, s.source_system,
					 zoom_gold.verify_hashes(ARRAY(SELECT p.numbers[2 * i - 1] << 32 | p.numbers[2 * i]
												   FROM generate_series(1, cardinality(p.numbers) / 2) AS i)), -1
			  FROM gold_state.license_span AS s, LATERAL (SELECT zoom_gold.packed_numbers(s.spans, 4) AS numbers) AS p) AS c
		GROUP BY c.day, c.license_type, c.source_system, c.spans
		HAVING sum(c.n) <> 0),
	period_difference (period_type, day, n) AS (
		SELECT c.period_type, c.period_start, sum(c.n)
		FROM (SELECT p.period_type, p.period_start, zoom_gold.verify_numbers(array_agg(a.ordinal)) AS users, 1 AS n
			  FROM active AS a JOIN period AS p USING (period) WHERE p.period_type <> 'Daily' GROUP BY 1, 2
			  UNION ALL
			  SELECT s.period_type, s.period_start, s.users, -1
			  FROM (SELECT u.period_type, u.period_start, zoom_gold.verify_members(u.users) AS users FROM gold_state.period_users AS u) AS s
			  WHERE s.users <> '{}') AS c
		GROUP BY c.period_type, c.period_start, c.users
		HAVING sum(c.n) <> 0),
	spread_difference (relation, day, key, n) AS (
		SELECT c.relation, c.day, c.key, sum(c.n)
		FROM (SELECT k.relation, k.key, k.day, 1 AS n
			  FROM zoom_gold.verify_spread('{si_meetings,si_participants,si_feature_usage,si_webinars,si_support_tickets,si_licenses,si_billing_events}') AS k
			  UNION ALL
			  SELECT DISTINCT k.relation, k.key, k.day, -1 FROM gold_state.spread_key AS k) AS c
		GROUP BY 1, 2, 3 HAVING sum(c.n) <> 0),
	reused_difference (relation, day, key, n) AS (
		SELECT c.relation, c.day, c.key, sum(c.n)
		FROM (SELECT DISTINCT k.relation, s.day, k.key, 1 AS n
			  FROM gold_state.reused_key AS k JOIN slice_source AS s ON s.relation = k.relation AND s.key = k.key
			  UNION ALL
			  SELECT k.relation, k.day, k.key, -1 FROM gold_state.reused_key AS k) AS c
		GROUP BY 1, 2, 3 HAVING sum(c.n) <> 0),
	open_difference (relation, key, n) AS (
		SELECT c.relation, c.key, sum(c.n)
		FROM (SELECT l.source_table AS relation, j.info ->> 'rule' AS rule, j.info ->> 'severity' AS severity, j.info ->> 'key' AS key,
					 (j.info ->> 'run')::bigint AS run, 1 AS n
			  FROM go_error_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.process_audit_info) AS info) AS j
			  WHERE l.status IN ('Open', 'In Progress') AND l.error_type <> 'Processing' AND j.info ->> 'key' IS NOT NULL
			  UNION ALL
			  SELECT quote_ident(schema) || '.' || o.relation, o.rule, o.severity, o.key, o.run, -1
			  FROM gold_state.open_error AS o WHERE o.key IS NOT NULL) AS c
		GROUP BY c.relation, c.rule, c.severity, c.key, c.run
		HAVING sum(c.n) <> 0),
	state_difference (check_name, example, n) AS (
		SELECT 'day_partial', d.relation || ' ' || d.day, d.n FROM partial_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale) AND NOT keep_facts
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'slice', d.relation || ' ' || d.day, d.n FROM slice_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale) AND NOT keep_facts
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'license_span', 'day ' || d.day, d.n FROM span_difference AS d
		WHERE 'si_licenses' NOT IN (SELECT relation FROM wholly_stale) AND NOT keep_facts
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = 'si_licenses' AND k.day = d.day)
		UNION ALL
		SELECT 'period_users', d.period_type || ' ' || d.day, d.n FROM period_difference AS d
		WHERE NOT keep_facts
		  AND NOT EXISTS (SELECT FROM agg_stale AS k WHERE k.table_name = 'go_agg_active_users'
						  AND (k.period_type IS NULL OR k.period_type = d.period_type AND k.period_start = d.day))
		UNION ALL
		SELECT 'spread_key', d.relation || ' ' || d.day || ' key ' || left(d.key, 40), d.n FROM spread_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'reused_key', d.relation || ' key ' || left(d.key, 40), d.n FROM reused_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND (k.day = d.day OR d.day IS NULL))
		UNION ALL
		SELECT 'open_error', d.relation || ' key ' || left(d.key, 40), d.n FROM open_difference AS d
		UNION ALL
		SELECT 'key_spelling', s.relation || ' ' || quote_literal(left(s.spelling, 40)), 1 FROM zoom_gold.verify_spellings() AS s
		WHERE s.relation NOT IN (SELECT relation FROM stale)
		  AND (s.relation <> 'si_users' OR NOT EXISTS (SELECT FROM pending_user))
		UNION ALL
		SELECT 'tied_row', r.relation, r.tied_rows - t.n
		FROM gold_state.relation_state AS r
		CROSS JOIN LATERAL (SELECT count(*) AS n FROM gold_state.tied_row AS t WHERE t.relation = r.relation) AS t
		WHERE r.tied_rows <> t.n
		UNION ALL
		SELECT 'run', 'run ' || l.run, 1
		FROM (SELECT DISTINCT (zoom_gold.verify_json(l.audit_details) ->> 'run')::bigint AS run FROM go_process_audit_log AS l) AS l
		WHERE l.run IS NOT NULL AND l.run NOT IN (SELECT r.run FROM gold_state.run AS r)
		UNION ALL
		SELECT 'user_identity', 'forgotten, ordinal ' || i.ordinal, 1
		FROM gold_state.user_identity AS i
		WHERE NOT i.forgotten
		  AND EXISTS (SELECT FROM gold_state.user_event AS e WHERE e.ordinal = i.ordinal AND e.user_name = 'Forgotten user ' || i.ordinal)
		  AND NOT EXISTS (SELECT FROM gold_state.user_event AS e WHERE e.ordinal = i.ordinal
						  AND (e.email IS NOT NULL OR e.user_name <> 'Forgotten user ' || i.ordinal))
		UNION ALL
		SELECT 'secret', 'the key of the pseudonyms', 1 - s.n FROM (SELECT count(*) AS n FROM gold_state.secret) AS s WHERE s.n <> 1),
	--------------------------------------------------------------------------
	-- Findings: rows missing and extra, per check.
	--------------------------------------------------------------------------
	finding (check_name, example, missing, extra) AS (
		SELECT d.table_name, 'day ' || d.day, d.missing, CASE WHEN keep_facts THEN 0 ELSE d.extra END
		FROM (SELECT f.table_name, f.day, sum(greatest(f.n, 0)) AS missing, sum(greatest(-f.n, 0)) AS extra
			  FROM fact_difference AS f GROUP BY 1, 2) AS d
		JOIN step AS s USING (table_name)
		WHERE s.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = s.relation AND k.day = d.day)
		  AND NOT EXISTS (SELECT FROM away AS w WHERE w.table_name = d.table_name AND d.day >= w.from_day AND d.day < w.to_day)
		UNION ALL
		SELECT d.table_name, 'day ' || d.day, greatest(d.n, 0), CASE WHEN keep_facts THEN 0 ELSE greatest(-d.n, 0) END
		FROM detail_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'user_label', l.example, greatest(l.n, 0), greatest(-l.n, 0) FROM label_difference AS l
		WHERE NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT d.table_name, d.period_type || ' ' || d.day, d.missing, d.extra
		FROM (SELECT a.table_name, a.period_type, a.day, sum(greatest(a.n, 0)) AS missing, sum(greatest(-a.n, 0)) AS extra
			  FROM agg_difference AS a GROUP BY 1, 2, 3) AS d
		WHERE NOT EXISTS (SELECT FROM agg_stale AS k WHERE k.table_name = d.table_name
						  AND (k.period_type IS NULL OR k.period_type = d.period_type AND k.period_start = d.day))
		  AND NOT EXISTS (
			SELECT FROM purged AS p
			JOIN (VALUES ('go_fact_meeting_usage', '{go_agg_active_users,go_agg_meeting_minutes,go_agg_feature_adoption,'
												   'go_agg_license_utilization}'::text[]),
						 ('go_fact_feature_usage', '{go_agg_feature_adoption}'),
						 ('go_fact_support_ticket', '{go_agg_ticket_resolution}'),
						 ('go_fact_billing', '{go_agg_mrr}'),
						 ('go_fact_license_utilization', '{go_agg_license_utilization}')) AS u (fact, used_by)
				ON u.fact = p.table_name
			WHERE d.table_name = ANY (u.used_by)
			  AND (p.table_name = 'go_fact_license_utilization' OR p.period_type = d.period_type AND p.period_start = d.day))
		UNION ALL
		SELECT u.check_name, u.example, greatest(u.n, 0), greatest(-u.n, 0) FROM user_difference AS u
		WHERE NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT s.check_name, s.example, greatest(s.n, 0), greatest(-s.n, 0) FROM state_difference AS s
		UNION ALL
		SELECT m.table_name, m.example, greatest(m.n, 0), greatest(-m.n, 0)
		FROM member_difference AS m
		UNION ALL
		SELECT 'go_error_audit_log', concat_ws(' ', e.source_table, e.rule, e.severity, 'key', coalesce(left(e.key, 40), 'NULL')),
			   greatest(e.n, 0), greatest(-e.n, 0)
		FROM error_left AS e
		UNION ALL
		SELECT h.history || '_history', 'key ' || coalesce(left(h.key, 40), 'NULL'), greatest(h.n, 0), greatest(-h.n, 0)
		FROM zoom_gold.verify_history() AS h
		WHERE CASE h.history
			  WHEN 'user' THEN h.key NOT IN (SELECT p.user_id FROM pending_user AS p WHERE p.user_id IS NOT NULL)
				   AND NOT EXISTS (SELECT FROM pending_user AS p WHERE p.op = 'T')
				   AND h.key NOT IN (SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.forgotten)
			  ELSE h.key NOT IN (SELECT p.ticket_id FROM pending_ticket AS p WHERE p.ticket_id IS NOT NULL)
				   AND NOT EXISTS (SELECT FROM pending_ticket AS p WHERE p.op = 'T') END
		UNION ALL
		SELECT 'user_identity', 'ordinal ' || coalesce(i.ordinal::text, 'NULL'), 1, 1 FROM identity_difference AS i
		WHERE NOT (SELECT yes FROM users_stale)),
	summary AS (
		SELECT f.check_name, sum(f.missing) AS missing, sum(f.extra) AS extra, min(f.example) AS example
		FROM finding AS f WHERE f.missing > 0 OR f.extra > 0 GROUP BY 1),
	--------------------------------------------------------------------------
	-- Invariants of gold and its state: rows that break them.
	--------------------------------------------------------------------------
	fact_instant (table_name, user_name, at) AS (
		SELECT 'go_fact_meeting_usage', g.user_name, g.start_time FROM go_fact_meeting_usage AS g
		UNION ALL SELECT 'go_fact_support_ticket', g.user_name, (g.open_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM go_fact_support_ticket AS g
		UNION ALL SELECT 'go_fact_billing', g.user_name, (g.event_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM go_fact_billing AS g
		UNION ALL SELECT 'go_fact_license_utilization', g.user_name,
						 (g.start_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM go_fact_license_utilization AS g),
	-- a name's versions up to an instant: one holds, or the last was closed
	fact_version AS (
		SELECT f.table_name, count(*) AS n
		FROM fact_instant AS f
		LEFT JOIN (SELECT d.user_name, min(d.valid_from) AS since FROM go_dim_user AS d GROUP BY 1) AS d
			ON d.user_name = f.user_name AND d.since <= f.at
		WHERE f.user_name IS NOT NULL AND d.user_name IS NULL
		  AND (f.table_name, zoom_gold.verify_day(f.at)) NOT IN (SELECT s.table_name, k.day FROM stale AS k
											JOIN step AS s USING (relation) WHERE k.day IS NOT NULL AND s.table_name IS NOT NULL)
		  AND f.table_name NOT IN (SELECT s.table_name FROM step AS s JOIN wholly_stale USING (relation)
								   WHERE s.table_name IS NOT NULL)
		GROUP BY 1),
	fact_member (table_name, member, dimension) AS (
		SELECT 'go_fact_meeting_usage', g.meeting_topic, 'go_dim_meeting' FROM go_fact_meeting_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_feature_usage', g.meeting_topic, 'go_dim_meeting' FROM go_fact_feature_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_feature_usage', g.feature_name, 'go_dim_feature' FROM go_fact_feature_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_webinar_usage', g.webinar_topic, 'go_dim_webinar' FROM go_fact_webinar_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_support_ticket', g.ticket_type, 'go_dim_ticket_type' FROM go_fact_support_ticket AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_billing', g.event_type, 'go_dim_billing_event_type' FROM go_fact_billing AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_license_utilization', g.license_type, 'go_dim_license_type'
		FROM go_fact_license_utilization AS g GROUP BY 2),
	period_row (table_name, period_type, day) AS (
		SELECT 'go_agg_active_users', g.period_type, g.activity_date FROM go_agg_active_users AS g
		UNION ALL SELECT 'go_agg_meeting_minutes', g.period_type, g.activity_date FROM go_agg_meeting_minutes AS g
		UNION ALL SELECT 'go_agg_feature_adoption', g.period_type, g.period_start FROM go_agg_feature_adoption AS g
		UNION ALL SELECT 'go_agg_ticket_resolution', g.period_type, g.period_start FROM go_agg_ticket_resolution AS g
		UNION ALL SELECT 'go_agg_license_utilization', g.period_type, g.period_start FROM go_agg_license_utilization AS g),
	log_row AS MATERIALIZED (
		SELECT l.process_name, l.status, l.record_count, l.error_count, j.details, (j.details ->> 'run')::bigint AS run
		FROM go_process_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.audit_details) AS details) AS j),
	violation (check_name, example) AS (
		SELECT 'user_versions', 'overlap, ordinal ' || v.ordinal
		FROM (SELECT u.ordinal, u.valid_to, lead(u.valid_from) OVER (PARTITION BY u.ordinal ORDER BY u.valid_from) AS next
			  FROM gold_state.user_version AS u) AS v WHERE v.next < v.valid_to
		UNION ALL
		SELECT 'user_versions', 'overlap of one name at ' || v.next
		FROM (SELECT d.valid_to, lead(d.valid_from) OVER (PARTITION BY d.user_name ORDER BY d.valid_from) AS next
			  FROM go_dim_user AS d) AS v WHERE v.next < v.valid_to
		UNION ALL
		SELECT 'user_versions', 'two current, ordinal ' || v.ordinal FROM gold_state.user_version AS v
		WHERE v.valid_to = forever GROUP BY v.ordinal HAVING count(*) > 1
		UNION ALL
		SELECT 'user_versions', 'two current of one name, valid_from ' || max(d.valid_from) FROM go_dim_user AS d
		WHERE d.is_current GROUP BY d.user_name HAVING count(*) > 1
		UNION ALL
		SELECT 'user_versions', 'empty or wrongly current, valid_from ' || d.valid_from FROM go_dim_user AS d
		WHERE NOT coalesce(d.valid_from < d.valid_to AND d.is_current = (d.valid_to = forever), false)
		UNION ALL
		SELECT 'user_current', c.example FROM zoom_gold.verify_current_users() AS c WHERE NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT 'user_names', 'one name of ordinals ' || min(v.ordinal) || ' and ' || max(v.ordinal)
		FROM gold_state.user_version AS v GROUP BY v.user_name HAVING min(v.ordinal) <> max(v.ordinal)
		UNION ALL
		SELECT 'user_names', 'not to be found by its name, ordinal ' || v.ordinal
		FROM (SELECT u.ordinal, u.base_name, u.begins_name, lag(u.base_name) OVER (PARTITION BY u.ordinal ORDER BY u.opened) AS before
			  FROM gold_state.user_version AS u) AS v
		WHERE v.base_name IS DISTINCT FROM v.before AND NOT v.begins_name
		UNION ALL
		SELECT 'user_names', 'state and gold differ, valid_from ' || c.valid_from
		FROM (SELECT v.user_name, v.valid_from, v.valid_to, 1 AS n FROM gold_state.user_version AS v
			  UNION ALL SELECT d.user_name, d.valid_from, d.valid_to, -1 FROM go_dim_user AS d) AS c
		GROUP BY c.user_name, c.valid_from, c.valid_to
		HAVING sum(c.n) <> 0 AND NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT 'fact_users', f.table_name || ': ' || f.n || ' rows without a version' FROM fact_version AS f
		UNION ALL
		SELECT 'fact_members', f.table_name || ' ' || quote_literal(left(f.member, 40)) || ' not in ' || f.dimension
		FROM fact_member AS f
		WHERE f.member IS NOT NULL
		  AND NOT EXISTS (SELECT FROM member_gold AS g WHERE g.table_name = f.dimension AND g.member = f.member)
		  AND NOT EXISTS (SELECT FROM gold_state.dirty AS d WHERE d.consumer = 'merge' || substr(f.dimension, 3))
		  -- usage may have been told of a meeting before its own turn
		  AND NOT (f.table_name = 'go_fact_feature_usage' AND f.dimension = 'go_dim_meeting'
				   AND EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings'))
		UNION ALL
		SELECT 'periods', p.table_name || ' ' || coalesce(p.period_type, 'NULL') || ' ' || coalesce(p.day::text, 'NULL')
		FROM period_row AS p
		WHERE NOT coalesce((p.period_type, p.day) IN (SELECT q.period_type, q.period_start
													  FROM zoom_gold.verify_periods(p.day) AS q), false)
		UNION ALL
		SELECT 'periods', 'go_agg_mrr ' || coalesce(g.activity_month, 'NULL') FROM go_agg_mrr AS g
		WHERE NOT coalesce(g.activity_month ~ '^\d{4}-(0[1-9]|1[0-2])$', false)
		UNION ALL
		SELECT 'go_process_audit_log', 'bad row of ' || coalesce(l.process_name, 'NULL') || ', run ' || coalesce(l.run::text, 'NULL')
		FROM log_row AS l
		WHERE NOT coalesce(l.status IN ('Success', 'Warning', 'Failure') AND l.record_count >= 0 AND l.error_count >= 0
						   AND jsonb_typeof(l.details) = 'object', false)
		UNION ALL
		-- the run's row has the worst status of its steps
		SELECT 'go_process_audit_log', 'status of run ' || r.run
		FROM (SELECT l.run,
					 max(array_position('{Success,Warning,Failure}', l.status)) FILTER (WHERE l.process_name = 'refresh') AS stated,
					 max(array_position('{Success,Warning,Failure}', l.status)) FILTER (WHERE l.process_name <> 'refresh') AS worst
			  FROM log_row AS l WHERE l.run IS NOT NULL GROUP BY l.run) AS r
		WHERE r.stated < r.worst
		UNION ALL
		SELECT 'go_process_audit_log', 'error_count of ' || l.process_name || ', run ' || l.run
		FROM log_row AS l
		WHERE l.status <> 'Failure' AND jsonb_typeof(l.details) = 'object'
		  AND (l.error_count <> (l.details ->> 'rejected')::bigint + (l.details ->> 'warned')::bigint
			   OR l.error_count > 0 AND l.status = 'Success')
		UNION ALL
		SELECT 'quality_rules', format('%s of %s: %s', e.rule, e.relation, e.error) FROM zoom_gold.verify_rule_errors() AS e
		UNION ALL
		SELECT 'configuration', p.problem FROM zoom_gold.configuration_problem() AS p WHERE p.relation <> 'gold_state.tracked_column'),
	--------------------------------------------------------------------------
	-- The report.
	--------------------------------------------------------------------------
	pending AS (
		SELECT string_agg(x.what, '; ' ORDER BY x.what) AS what
		FROM (SELECT s.relation || ' ' ||
					 CASE WHEN bool_or(s.day IS NULL) THEN 'all days'
						  ELSE (array_agg(s.day ORDER BY s.day))[1:10]::text
							   || CASE WHEN count(*) > 10 THEN ' and ' || count(*) - 10 || ' days more' ELSE '' END END
			  FROM stale AS s GROUP BY s.relation
			  UNION ALL
			  SELECT 'si_users ' || CASE WHEN bool_or(u.op = 'T') THEN 'all users' ELSE count(DISTINCT u.user_id) || ' users' END
			  FROM pending_user AS u HAVING count(*) > 0
			  UNION ALL
			  SELECT d.consumer || ' ' || CASE WHEN bool_or(d.day IS NULL) THEN 'all days'
					 ELSE count(DISTINCT d.day) || ' days' END
			  FROM gold_state.dirty AS d WHERE d.consumer NOT IN (SELECT process_name FROM step)
			  GROUP BY d.consumer
			  UNION ALL
			  SELECT format('%s from %s to %s: its partition was detached', w.table_name, w.from_day, w.to_day - 1)
			  FROM away AS w) AS x (what)),
	check_list (position, check_name, what) AS (
		VALUES (2, 'user_history', NULL), (3, 'ticket_history', NULL), (4, 'user_identity', NULL),
			   (5, 'user_version', NULL), (6, 'go_dim_user', NULL), (7, 'go_dim_meeting', NULL), (8, 'go_dim_feature', NULL),
			   (9, 'go_dim_webinar', NULL), (10, 'go_dim_ticket_type', NULL), (11, 'go_dim_license_type', NULL),
			   (12, 'go_dim_billing_event_type', NULL), (13, 'go_fact_meeting_usage', NULL),
			   (14, 'go_fact_feature_usage', NULL), (15, 'go_fact_webinar_usage', NULL), (16, 'go_fact_support_ticket', NULL),
			   (17, 'go_fact_billing', NULL), (18, 'go_fact_license_utilization', NULL), (19, 'go_agg_active_users', NULL),
			   (20, 'go_agg_meeting_minutes', NULL), (21, 'go_agg_feature_adoption', NULL),
			   (22, 'go_agg_ticket_resolution', NULL), (23, 'go_agg_mrr', NULL), (24, 'go_agg_license_utilization', NULL),
			   (25, 'go_error_audit_log', NULL),
			   (26, 'user_versions', 'per user no overlap, one current version at most, no empty version'),
			   (27, 'user_names', 'one user per gold name'),
			   (28, 'fact_users', 'every fact with a user joins to a version as of its event'),
			   (29, 'fact_members', 'every topic, feature and type of a fact is a dimension member'),
			   (30, 'periods', 'every period is a day, an ISO week or a month by its first day'),
			   (31, 'go_process_audit_log', 'logs agree with themselves and the counts'),
			   (32, 'quality_rules', 'every rule of users can be computed'),
			   (33, 'user_label', NULL), (34, 'meeting_detail', NULL), (35, 'meeting_attendance', NULL),
			   (36, 'feature_detail', NULL), (37, 'webinar_detail', NULL),
			   (38, 'user_current', 'every user''s current row is the newest version of the user'),
			   (39, 'day_partial', NULL), (40, 'period_users', NULL), (41, 'slice', NULL), (42, 'license_span', NULL),
			   (43, 'open_error', NULL), (44, 'spread_key', NULL), (45, 'key_spelling', NULL), (46, 'tied_row', NULL),
			   (47, 'run', NULL), (48, 'secret', NULL), (49, 'reused_key', NULL),
			   (50, 'configuration', 'settings, built-in rules and mapped words are as their guards want them'),
			   (51, 'license_detail', NULL))
	SELECT r.check_name, r.passed, r.details
	FROM (SELECT 1, 'pending_changes', true, coalesce('left out: ' || p.what, 'nothing left out') FROM pending AS p
		  UNION ALL
		  SELECT c.position, c.check_name, s.check_name IS NULL AND v.check_name IS NULL,
				 concat_ws('; ',
					CASE WHEN s.check_name IS NOT NULL
						 THEN format('%s rows missing, %s rows extra, for example %s', s.missing, s.extra, s.example) END,
					CASE WHEN v.check_name IS NOT NULL THEN format('%s violations, for example %s', v.n, v.example) END,
					CASE WHEN s.check_name IS NULL AND v.check_name IS NULL THEN coalesce(c.what, 'no difference') END)
		  FROM check_list AS c
		  LEFT JOIN summary AS s USING (check_name)
		  LEFT JOIN (SELECT x.check_name, count(*) AS n, min(x.example) AS example FROM violation AS x GROUP BY 1) AS v
			USING (check_name)) AS r (position, check_name, passed, details)
	ORDER BY r.position;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_work() IS 'The work of verify()';

CREATE FUNCTION zoom_gold.verify() RETURNS TABLE (check_name text, passed boolean, details text)
LANGUAGE c STABLE ROWS 32 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.verify() IS
'Recomputes gold from silver and the kept versions in plain SQL and compares; days with pending changes '
'are left out. One row per check: whether it passed, and in details what was compared or the first '
'differences; where a relation or a column is missing, a row for each such relation and nothing else. '
'Reads everything, writes nothing; runs on a standby too';


/* ==========================================================================
 * Privileges: nothing of use is open to PUBLIC; grant_read() opens what reads
 * ==========================================================================
 */

REVOKE ALL ON SCHEMA zoom_gold FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA zoom_gold FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA zoom_gold FROM PUBLIC;

-- For what a view calls PostgreSQL asks who reads it, and some are let read by
-- GRANT SELECT alone.  This one tells nothing that its argument does not hold,
-- and without the schema nobody can name it.
GRANT EXECUTE ON FUNCTION zoom_gold.user_ordinals(bytea) TO PUBLIC;
