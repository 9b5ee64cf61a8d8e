-- The views of gold_bi computed by themselves, over what include/oracle.sql finds
-- in silver: users by their keys, months and days counted one by one.
--
--   CALL oracle.compute();   with the clock of the last refresh
--   SELECT * FROM bi.differences();
--
-- gold_bi must be these rows, and gold_bi_masked must be gold_bi with pseudonyms
-- for names and no e-mails, and nothing else.
CREATE SCHEMA bi;

CREATE FUNCTION bi.today() RETURNS date LANGUAGE sql AS $$ SELECT oracle.utc_day(oracle.clock()) $$;

-- The user of a key as of an instant, exclusive; and whom the key names today.
CREATE FUNCTION bi.user_before(usr text, at timestamptz) RETURNS TABLE (person text, company text, plan_type text) LANGUAGE sql AS $$
	SELECT l.gold_name, v.company, v.plan_type
	FROM (SELECT company, plan_type FROM oracle.version WHERE key = usr ORDER BY valid_from < at DESC, CASE WHEN valid_from < at THEN valid_from END DESC, valid_from LIMIT 1) AS v,
		 (SELECT gold_name FROM oracle.version WHERE key = usr ORDER BY opened DESC LIMIT 1) AS l
$$;
CREATE FUNCTION bi.user_at_end_of(usr text, day date) RETURNS TABLE (person text, company text, plan_type text) LANGUAGE sql AS $$
	SELECT * FROM bi.user_before(usr, oracle.utc_midnight(day + 1))
$$;
CREATE FUNCTION bi.last_active(usr text) RETURNS date LANGUAGE sql AS $$
	SELECT max(first_day) FROM oracle.active a WHERE a.usr = last_active.usr AND a.period_type = 'Daily'
$$;

-- Who took part in what bears a meeting's or a webinar's id.
CREATE TABLE bi.participation (met text, usr text, minutes numeric);
CREATE VIEW bi.attendance AS
SELECT met, count(DISTINCT usr) + count(*) FILTER (WHERE usr IS NULL) AS attendees, count(*) FILTER (WHERE usr IS NULL) AS guests,
	round(coalesce(sum(minutes), 0), 2) AS minutes
FROM bi.participation GROUP BY met;
CREATE TABLE bi.webinar (id text, host text, topic text, start_time timestamptz, end_time timestamptz, registrants integer, source_system text);
CREATE PROCEDURE bi.compute() LANGUAGE sql AS $$
	TRUNCATE bi.participation, bi.webinar;
	INSERT INTO bi.participation
	SELECT oracle.norm(s.meeting_id), oracle.norm(s.user_id), greatest(extract(epoch FROM s.leave_time - s.join_time), 0) / 60
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_participants, r.says) AS s WHERE r.relation = 'si_participants' AND r.accepted;
	INSERT INTO bi.webinar
	SELECT r.key, oracle.norm(s.host_id), oracle.norm(s.webinar_topic), s.start_time, s.end_time, s.registrants, oracle.norm(s.source_system)
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_webinars, r.says) AS s WHERE r.relation = 'si_webinars' AND r.accepted;
$$;

-- The first days of the periods from one to that of today, and of later ones
-- among those given.
CREATE FUNCTION bi.periods(type text, days date[]) RETURNS TABLE (day date, ended boolean) LANGUAGE sql AS $$
	SELECT DISTINCT p.first_day, bi.today() >= CASE type WHEN 'Daily' THEN p.first_day + 1 WHEN 'Weekly' THEN p.first_day + 7
		ELSE (p.first_day + interval '1 month')::date END
	FROM (SELECT (SELECT min(d) FROM unnest(days) d) + n AS day FROM generate_series(0, bi.today() - (SELECT min(d) FROM unnest(days) d)) n
		UNION SELECT d FROM unnest(days) d WHERE d > bi.today()) AS e, LATERAL oracle.periods(e.day) AS p
	WHERE p.period_type = type AND p.first_day >= (SELECT min(d) FROM unnest(days) d)
$$;
-- Likewise those of each thing that is counted by periods.
CREATE FUNCTION bi.series(type text, table_name text, named text, begins text, counted text) RETURNS TABLE (day date, name text, value numeric, ended boolean)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		WITH present AS (SELECT %1$s AS day, %2$s::text AS name, %3$s::numeric AS value FROM oracle.%4$I WHERE period_type = %5$L)
		SELECT p.day, n.name, v.value, p.ended
		FROM bi.periods(%5$L, (SELECT array_agg(day) FROM present)) p
		JOIN (SELECT name, min(day) AS since FROM present GROUP BY name) n ON n.since <= p.day
		LEFT JOIN present v ON v.day = p.day AND v.name = n.name$q$, begins, named, counted, table_name, type);
END
$$;

-- MRR by customer, who is nobody where gold knows no name, and by month, and
-- what it was in the months around.
CREATE FUNCTION bi.month_of(day date) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT day - extract(day FROM day)::integer + 1 $$;
CREATE FUNCTION bi.customer() RETURNS TABLE (usr text, month date, mrr numeric) LANGUAGE sql AS $$
	SELECT (SELECT min(v.key) FROM oracle.version v WHERE v.key = b.usr), bi.month_of(b.day), sum(oracle.mrr_sign(b.kind) * abs(b.amount))
	FROM oracle.billing b GROUP BY 1, 2
$$;
CREATE FUNCTION bi.movement() RETURNS TABLE (month date, start numeric, new numeric, expansion numeric, reactivation numeric, contraction numeric, churned numeric, ending numeric, ended boolean)
LANGUAGE sql AS $$
	WITH paid AS (SELECT * FROM bi.customer()),
	month AS (SELECT * FROM bi.periods('Monthly', (SELECT array_agg(month) FROM paid))),
	change AS (
		SELECT m.day, coalesce(a.mrr, 0) AS before, coalesce(b.mrr, 0) AS after,
			EXISTS (SELECT FROM paid o WHERE o.usr IS NOT DISTINCT FROM c.usr AND o.month < m.day AND o.mrr > 0) AS once
		FROM month m CROSS JOIN (SELECT DISTINCT usr FROM paid) c
		LEFT JOIN paid b ON b.usr IS NOT DISTINCT FROM c.usr AND b.month = m.day
		-- those of a month that has no row moved in that
		LEFT JOIN paid a ON a.usr IS NOT DISTINCT FROM c.usr AND a.month = bi.month_of(m.day - 1)),
	kind AS (
		SELECT day, before, after, after - before AS amount,
			CASE WHEN after = before THEN '' WHEN before <= 0 AND after > 0 THEN CASE WHEN once THEN 'back' ELSE 'new' END
				WHEN before > 0 AND after <= 0 THEN 'gone' WHEN after > before THEN 'more' ELSE 'less' END AS kind FROM change)
	SELECT day, coalesce(sum(before), 0), coalesce(sum(amount) FILTER (WHERE kind = 'new'), 0), coalesce(sum(amount) FILTER (WHERE kind = 'more'), 0),
		coalesce(sum(amount) FILTER (WHERE kind = 'back'), 0), coalesce(sum(amount) FILTER (WHERE kind = 'less'), 0), coalesce(sum(amount) FILTER (WHERE kind = 'gone'), 0),
		coalesce(sum(after), 0), m.ended
	FROM month m LEFT JOIN kind USING (day) GROUP BY m.day, m.ended
$$;

CREATE TABLE bi.answer (view_name text, query text);
INSERT INTO bi.answer VALUES
('meetings', $$SELECT u.person, u.company, u.plan_type, m.topic, m.start_time, m.end_time, m.start_time AT TIME ZONE 'UTC', m.end_time AT TIME ZONE 'UTC', m.day,
		extract(hour FROM m.start_time AT TIME ZONE 'UTC'), m.minutes, round(m.minutes / 60.0, 2), coalesce(a.attendees, 0), coalesce(a.guests, 0), coalesce(a.minutes, 0), m.source_system
	FROM oracle.meeting m LEFT JOIN LATERAL bi.user_before(m.host, m.start_time + interval '1 microsecond') u ON true LEFT JOIN bi.attendance a ON a.met = m.meeting_id$$),
('feature_usage', $$SELECT u.person, u.company, u.plan_type, f.feature, f.times, f.day, bi.month_of(f.day), f.topic, f.source_system
	FROM oracle.usage f LEFT JOIN LATERAL bi.user_at_end_of(f.host, f.day) u ON true$$),
('webinars', $$SELECT u.person, u.company, u.plan_type, w.topic, w.start_time, w.end_time, w.start_time AT TIME ZONE 'UTC', w.end_time AT TIME ZONE 'UTC', oracle.utc_day(w.start_time),
		extract(hour FROM w.start_time AT TIME ZONE 'UTC'), round(extract(epoch FROM w.end_time - w.start_time) / 3600, 2), w.registrants, a.attendees, a.guests, a.minutes,
		round(100.0 * a.attendees / nullif(w.registrants, 0), 2), w.source_system
	FROM bi.webinar w LEFT JOIN LATERAL bi.user_before(w.host, w.start_time + interval '1 microsecond') u ON true LEFT JOIN bi.attendance a ON a.met = w.id$$),
('tickets', $$SELECT u.person, u.company, u.plan_type, t.kind, t.status, t.day, bi.month_of(t.day), t.resolved_at, t.resolved_at AT TIME ZONE 'UTC', oracle.utc_day(t.resolved_at),
		t.resolved_at IS NOT NULL, round(extract(epoch FROM t.resolved_at - oracle.utc_midnight(t.day)) / 3600, 2), t.source_system
	FROM oracle.ticket t LEFT JOIN LATERAL bi.user_at_end_of(t.usr, t.day) u ON true$$),
('billing', $$SELECT u.person, u.company, u.plan_type, b.kind, b.amount, b.day, bi.month_of(b.day), oracle.mrr_sign(b.kind) * abs(b.amount), b.source_system
	FROM oracle.billing b LEFT JOIN LATERAL bi.user_at_end_of(b.usr, b.day) u ON true$$),
('licenses', $$SELECT u.person, u.company, u.plan_type, l.kind, l.day, l.until, l.usr IS NOT NULL, bi.today() BETWEEN l.day AND coalesce(l.until, 'infinity'), l.source_system
	FROM oracle.license l LEFT JOIN LATERAL bi.user_at_end_of(l.usr, l.day) u ON true$$),
('users', $$SELECT v.gold_name, v.email, v.company, v.plan_type, s.day, bi.last_active(v.key), CASE WHEN v.closed < '9999-12-31 00:00Z' THEN 'deleted'
		WHEN bi.today() - coalesce(bi.last_active(v.key), s.day) < 30 THEN 'active' WHEN bi.today() - coalesce(bi.last_active(v.key), s.day) < 90 THEN 'idle' ELSE 'churned' END
	FROM oracle.version v JOIN (SELECT key, max(opened) AS opened, oracle.utc_day(min(opened)) AS day FROM oracle.version GROUP BY key) s USING (key, opened)$$),
('license_seats_idle', $$SELECT u.person, u.company, u.plan_type, l.kind, l.day, l.until, CASE WHEN l.usr IS NULL THEN 'Unassigned' ELSE 'Idle' END,
		CASE WHEN u.person IS NOT NULL THEN bi.last_active(l.usr) END, CASE WHEN u.person IS NOT NULL THEN bi.today() - bi.last_active(l.usr) END
	FROM oracle.license l LEFT JOIN LATERAL bi.user_before(l.usr, 'infinity') u ON true
	WHERE bi.today() BETWEEN l.day AND coalesce(l.until, 'infinity') AND NOT coalesce(bi.today() - bi.last_active(l.usr) < 30, false)$$),
('calendar', $$SELECT d, date_trunc('week', d::timestamp)::date, bi.month_of(d), to_char(d, 'IYYY')::integer, to_char(d, 'IW')::integer, to_char(d, 'ID')::integer, to_char(d, 'ID') IN ('6', '7'),
		d < bi.today(), date_trunc('week', d::timestamp)::date + 6 < bi.today(), bi.month_of(bi.month_of(d) + 31) <= bi.today()
	FROM bi.periods('Monthly', (SELECT array_agg(bi.month_of(day)) FROM (SELECT bi.today() AS day UNION ALL SELECT day FROM oracle.meeting UNION ALL SELECT day FROM oracle.participant
		UNION ALL SELECT day FROM oracle.usage WHERE times > 0 UNION ALL SELECT oracle.utc_day(start_time) FROM bi.webinar UNION ALL SELECT day FROM oracle.ticket UNION ALL SELECT day FROM oracle.billing
		UNION ALL SELECT day FROM oracle.license) e)) p, LATERAL (SELECT p.day + n AS d FROM generate_series(0, 30) n) x WHERE bi.month_of(d) = p.day$$),
('mrr_monthly', 'SELECT month, ending, ended FROM bi.movement()'),
('mrr_movements', 'SELECT month, start, new, expansion, reactivation, contraction, churned, ending, ended FROM bi.movement()'),
('retention_cohorts', $$WITH active AS (SELECT usr, first_day AS month FROM oracle.active WHERE period_type = 'Monthly'),
	cohort AS (SELECT usr, min(month) AS month FROM active GROUP BY usr), size AS (SELECT month, count(*) AS n FROM cohort GROUP BY month)
	SELECT s.month, p.day, (extract(year FROM age(p.day, s.month)) * 12 + extract(month FROM age(p.day, s.month)))::integer, s.n, k.n, round(100.0 * k.n / s.n, 2), p.ended
	FROM size s JOIN bi.periods('Monthly', (SELECT array_agg(activity_date) FROM oracle.go_agg_active_users WHERE period_type = 'Monthly')) p ON p.day >= s.month,
	LATERAL (SELECT count(*) AS n FROM cohort c JOIN active a USING (usr) WHERE c.month = s.month AND a.month = p.day) k$$),
('stickiness', $$SELECT p.day, round(a.n::numeric / d.days, 2), m.n, round(100.0 * a.n / d.days / nullif(m.n, 0), 2), p.ended
	FROM bi.periods('Monthly', (SELECT array_agg(bi.month_of(day)) FROM oracle.meeting)) p,
	LATERAL (SELECT least(bi.month_of(p.day + 31), bi.today() + 1) - greatest(p.day, (SELECT min(day) FROM oracle.meeting)) AS days) d,
	LATERAL (SELECT count(*) AS n FROM oracle.active WHERE period_type = 'Daily' AND bi.month_of(first_day) = p.day AND first_day <= bi.today()) a,
	LATERAL (SELECT count(DISTINCT usr) AS n FROM oracle.active WHERE period_type = 'Daily' AND bi.month_of(first_day) = p.day) m
	WHERE d.days > 0$$),
('tickets_per_1000_active_users', $$SELECT p.day, t.n, a.n, CASE WHEN a.n > 0 THEN round(1000.0 * t.n / a.n, 2) END, p.ended
	FROM bi.periods('Monthly', (SELECT array_agg(bi.month_of(day)) FROM (SELECT day FROM oracle.ticket UNION ALL SELECT day FROM oracle.meeting) e)) p,
	LATERAL (SELECT count(*) AS n FROM oracle.ticket WHERE bi.month_of(day) = p.day) t,
	LATERAL (SELECT count(*) AS n FROM oracle.active WHERE period_type = 'Monthly' AND first_day = p.day) a$$);
INSERT INTO bi.answer
SELECT format('%s_%s', v.name, lower(p.type)), format('SELECT %s FROM bi.series(%L, %L, %L, %L, %L)', v.columns, p.type, 'go_agg_' || v.name, v.of, v.day, v.value)
FROM unnest('{Daily,Weekly,Monthly}'::text[]) AS p (type), (VALUES
	('active_users', '''all''', 'activity_date', 'active_user_count', 'day, coalesce(value, 0), ended'),
	('meeting_minutes', '''all''', 'activity_date', 'total_meeting_minutes', 'day, coalesce(value, 0), ended'),
	('feature_adoption', 'feature_name', 'period_start', 'adoption_rate', 'day, name, coalesce(value, 0), ended'),
	('ticket_resolution', 'ticket_type', 'period_start', 'avg_resolution_time', 'day, name, value, ended'),
	('license_utilization', 'license_type', 'period_start', 'utilization_rate', 'day, name, value, ended')) AS v (name, of, day, value, columns);

------------------------------------------------------------------------------
-- Comparing
------------------------------------------------------------------------------

-- Rows of either query that the other does not have as often: a line per side,
-- with one of them.  Types may differ.
CREATE FUNCTION bi.compared(what text, query text, wanted text) RETURNS SETOF text LANGUAGE plpgsql
SET DateStyle = 'ISO' AS $$
DECLARE
	side record;
BEGIN
	FOR side IN EXECUTE format('WITH g AS MATERIALIZED (%1$s), w AS MATERIALIZED (%2$s)
		SELECT ''too many'' AS name, count(*) AS n, min(d::text) AS one FROM (TABLE g EXCEPT ALL TABLE w) d
		UNION ALL SELECT ''missing'', count(*), min(d::text) FROM (TABLE w EXCEPT ALL TABLE g) d', query, wanted)
	LOOP
		IF side.n > 0 THEN
			RETURN NEXT format('%s: %s row(s) %s, as %s', what, side.n, side.name, side.one);
		END IF;
	END LOOP;
END
$$;

CREATE FUNCTION bi.views(schema name) RETURNS TABLE (view_name text) LANGUAGE sql AS $$
	SELECT relname::text FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind = 'v' ORDER BY 1
$$;

CREATE FUNCTION bi.pseudonym(name text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT 'user ' || substr(encode(sha256(key || sha256(key || convert_to(name, 'UTF8'))), 'hex'), 1, 32) FROM gold_state.secret
$$;

-- The masked views of a schema and the plain ones, column by column.
CREATE FUNCTION bi.masked_differences(masked name, plain name) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	v text;
	columns text;
	exchanged text;
BEGIN
	RETURN QUERY SELECT format('%s.%s has no twin', masked, view_name) FROM bi.views(masked)
		WHERE to_regclass(format('%I.%I', plain, view_name)) IS NULL;
	FOR v IN SELECT view_name FROM bi.views(masked) LOOP
		SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum),
			string_agg(CASE WHEN a.attname IN ('person', 'user_name') THEN format('bi.pseudonym(%I)', a.attname) WHEN a.attname = 'email' THEN 'NULL::text'
				ELSE format('%I', a.attname) END, ', ' ORDER BY a.attnum)
		INTO columns, exchanged
		FROM pg_attribute a WHERE a.attrelid = format('%I.%I', plain, v)::regclass AND a.attnum > 0 AND NOT a.attisdropped
			-- the others of gold's are the users' own, of whom nobody said what they are
			AND (plain <> 'gold' OR EXISTS (SELECT FROM zoom_gold.gold_model() m WHERE m.table_name = v AND m.column_name = a.attname));
		RETURN QUERY SELECT bi.compared(format('%s.%s', masked, v), format('SELECT %s FROM %I.%I', CASE plain WHEN 'gold' THEN columns ELSE '*' END, masked, v),
			format('SELECT %s FROM %I.%I', exchanged, plain, v))
			-- logs are masked by what their texts say
			WHERE v NOT LIKE '%audit_log';
	END LOOP;
END
$$;

CREATE FUNCTION bi.differences() RETURNS SETOF text LANGUAGE plpgsql SET jit = off AS $$
BEGIN
	CALL bi.compute();
	RETURN QUERY SELECT format('gold_bi.%s is computed nowhere', view_name) FROM bi.views('gold_bi') v WHERE NOT EXISTS (SELECT FROM bi.answer a WHERE a.view_name = v.view_name);
	RETURN QUERY SELECT format('gold_bi has no %s', view_name) FROM bi.answer WHERE to_regclass('gold_bi.' || view_name) IS NULL;
	RETURN QUERY SELECT d FROM bi.answer a, bi.compared('gold_bi.' || a.view_name, 'SELECT * FROM gold_bi.' || a.view_name, a.query) d;
	RETURN QUERY SELECT bi.masked_differences('gold_bi_masked', 'gold_bi');
	RETURN QUERY SELECT bi.masked_differences('gold_masked', 'gold');
END
$$;
