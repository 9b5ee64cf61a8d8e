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
