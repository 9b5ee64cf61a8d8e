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
