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
