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
