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
