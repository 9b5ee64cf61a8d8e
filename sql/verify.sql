-- Rows of silver users and tickets against the live ones among the kept
-- versions, both raw; n > 0 = silver has more.
CREATE FUNCTION zoom_gold.verify_history() RETURNS TABLE (history text, key text, n bigint)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT 'user', zoom_gold.verify_text(c.user_id), sum(c.n)::bigint
		FROM (SELECT s.user_id::text, s.user_name::text, s.email::text, s.company::text, s.plan_type::text,
					 s.load_timestamp, s.update_timestamp, s.source_system::text, 1 AS n
			  FROM %1$I.si_users AS s WHERE octet_length(zoom_gold.verify_text(s.user_id::text)) <= 2000
			  UNION ALL
			  SELECT e.user_id, e.user_name, e.email, e.company, e.plan_type,
					 e.load_timestamp, e.update_timestamp, e.source_system, CASE e.op WHEN 'I' THEN -1 ELSE 1 END
			  FROM gold_state.user_event AS e
			  LEFT JOIN (SELECT t.ordinal, max(t.seq) AS seq FROM gold_state.user_event AS t WHERE t.op = 'T' GROUP BY 1) AS t
				ON t.ordinal = e.ordinal
			  WHERE (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL) AND octet_length(zoom_gold.verify_text(e.user_id)) <= 2000) AS c
		GROUP BY c.user_id, c.user_name, c.email, c.company, c.plan_type,
				 c.load_timestamp, c.update_timestamp, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'ticket', zoom_gold.verify_text(c.ticket_id), sum(c.n)::bigint
		FROM (SELECT s.ticket_id::text, s.user_id::text, s.ticket_type::text, s.resolution_status::text, s.open_date,
					 s.load_timestamp, s.update_timestamp, s.source_system::text, 1 AS n
			  FROM %1$I.si_support_tickets AS s WHERE octet_length(zoom_gold.verify_text(s.ticket_id::text)) <= 2000
			  UNION ALL
			  SELECT e.ticket_id, e.user_id, e.ticket_type, e.resolution_status, e.open_date,
					 e.load_timestamp, e.update_timestamp, e.source_system, CASE e.op WHEN 'I' THEN -1 ELSE 1 END
			  FROM gold_state.ticket_event AS e
			  LEFT JOIN (SELECT t.ordinal, max(t.seq) AS seq FROM gold_state.ticket_event AS t WHERE t.op = 'T' GROUP BY 1) AS t
				ON t.ordinal = e.ordinal
			  WHERE (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL) AND octet_length(zoom_gold.verify_text(e.ticket_id)) <= 2000) AS c
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
			FROM (SELECT zoom_gold.verify_text(s.%1$I::text) AS key,
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

-- One query, so that it reads silver once and sees one state.  Each table is
-- compared as a multiset in one pass: wanted rows count +1, present ones -1,
-- and what does not cancel out differs; that is EXCEPT ALL both ways.
CREATE FUNCTION zoom_gold.verify_work() RETURNS TABLE (check_name text, passed boolean, details text)
LANGUAGE plpgsql STABLE ROWS 32
SET search_path = pg_catalog, pg_temp SET row_security = off
SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres' SET standard_conforming_strings = on SET quote_all_identifiers = off SET jit = off SET work_mem = '128MB' SET hash_mem_multiplier = 4
SET enable_mergejoin = off SET enable_nestloop = off SET enable_sort = off SET join_collapse_limit = 1
SET parallel_tuple_cost = 0.005
AS $$
#variable_conflict use_column
DECLARE
	schema text := zoom_gold.setting('silver_schema');
	with_participants boolean := zoom_gold.setting('active_user') = 'host_or_participant';
	keep_facts boolean := zoom_gold.setting('fact_deletes') = 'keep';
	forever timestamptz := '9999-12-31 00:00:00+00';
	-- first of all: errors where a silver relation is missing, briefly
	unnoticed_relations text[] := ARRAY(SELECT u.relation FROM zoom_gold.unnoticed_changes() AS u);
BEGIN
	RETURN QUERY
	WITH
	--------------------------------------------------------------------------
	-- What is left out: days with pending changes or dirty marks
	--------------------------------------------------------------------------
	step (process_name, relation, table_name) AS MATERIALIZED (
		VALUES ('build_fact_meeting_usage', 'si_meetings', 'go_fact_meeting_usage'),
			   ('build_fact_feature_usage', 'si_feature_usage', 'go_fact_feature_usage'),
			   ('build_fact_webinar_usage', 'si_webinars', 'go_fact_webinar_usage'),
			   ('build_fact_support_ticket', 'si_support_tickets', 'go_fact_support_ticket'),
			   ('build_fact_billing', 'si_billing_events', 'go_fact_billing'),
			   ('build_fact_license_utilization', 'si_licenses', 'go_fact_license_utilization'),
			   ('refresh_agg_active_users', 'si_participants', NULL)),
	-- what has changed behind views and foreign tables, as a whole
	unnoticed AS MATERIALIZED (SELECT u.relation FROM unnest(unnoticed_relations) AS u (relation)),
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
		SELECT EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'merge_dim_user') AS yes),

	--------------------------------------------------------------------------
	-- Silver
	--------------------------------------------------------------------------
	rule AS MATERIALIZED (
		SELECT r.relation, r.rule, r.severity FROM zoom_gold.verify_rules() AS r),
	meeting AS MATERIALIZED (
		SELECT * FROM zoom_gold.verify_meetings()),
	usage AS MATERIALIZED (
		SELECT u.key, u.version_at, u.load_at, u.source_system, u.day, u.feature_name, u.usage_count, u.usage_date,
			   m.meeting_topic, m.ordinal, m.known, x.broken, x.broken && e.rejecting AS rejected, u.tied,
			   m.key IS NULL AS unmet, m.day AS meeting_day
		FROM zoom_gold.verify_feature_usage() AS u
		CROSS JOIN (SELECT coalesce(array_agg(r.rule) FILTER (WHERE r.severity = 'error'), '{}') AS rejecting,
						   coalesce(bool_or(r.rule = 'meeting_unknown'), false) AS asked
					FROM rule AS r WHERE r.relation = 'si_feature_usage') AS e
		LEFT JOIN meeting AS m ON m.key = u.meeting_id AND NOT m.rejected
		CROSS JOIN LATERAL (SELECT CASE WHEN e.asked AND m.key IS NULL AND u.meeting_id IS NOT NULL
										THEN u.broken || 'meeting_unknown'::text ELSE u.broken END AS broken) AS x),
	participant AS MATERIALIZED (
		SELECT p.key, p.day, p.ordinal, p.known, p.meeting_id, p.seconds, x.broken, x.broken && e.rejecting AS rejected, p.tied,
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
	-- Users
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
	-- Activity
	--------------------------------------------------------------------------
	day_meetings AS MATERIALIZED (
		SELECT m.day, m.source_system FROM meeting AS m WHERE NOT m.rejected GROUP BY 1, 2),
	day_usage AS MATERIALIZED (
		SELECT u.feature_name, u.day, u.source_system, CASE WHEN u.known THEN u.ordinal END AS ordinal
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
	-- today, as the step that builds the table took it last
	today AS MATERIALIZED (
		SELECT zoom_gold.verify_day(coalesce(
			(SELECT l.execution_time FROM gold.go_process_audit_log AS l
			 WHERE l.process_name = 'refresh_agg_license_utilization' AND l.status IN ('Success', 'Warning')
			 ORDER BY (zoom_gold.verify_json(l.audit_details) ->> 'run')::bigint DESC NULLS LAST LIMIT 1),
			(SELECT r.started_at FROM gold_state.run AS r ORDER BY r.run DESC LIMIT 1))) AS day),
	-- licences by the periods in which they start and end
	held AS MATERIALIZED (
		SELECT l.license_type, l.source_system, p.period_type, p.period_start AS since, e.period_start AS until
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
	-- Wanted and present, table by table
	--------------------------------------------------------------------------
	fact_difference (table_name, day, n) AS (
		SELECT 'go_fact_meeting_usage', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT s.user_name, m.meeting_topic, m.start_time, m.end_time, m.duration_minutes, m.source_system, 1 AS n
			  FROM meeting AS m
			  LEFT JOIN name_span AS s ON s.ordinal = m.ordinal AND m.start_time >= s.since AND m.start_time < s.until
			  WHERE NOT m.rejected
			  UNION ALL
			  SELECT g.user_name, g.meeting_topic, g.start_time, g.end_time, g.duration_minutes, g.source_system, -1
			  FROM gold.go_fact_meeting_usage AS g) AS c
		GROUP BY c.user_name, c.meeting_topic, c.start_time, c.end_time, c.duration_minutes, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_feature_usage', c.usage_date, sum(c.n)
		FROM (SELECT u.meeting_topic, u.feature_name, u.usage_count, u.usage_date, u.source_system, 1 AS n
			  FROM usage AS u WHERE NOT u.rejected
			  UNION ALL
			  SELECT g.meeting_topic, g.feature_name, g.usage_count, g.usage_date, g.source_system, -1
			  FROM gold.go_fact_feature_usage AS g) AS c
		GROUP BY c.meeting_topic, c.feature_name, c.usage_count, c.usage_date, c.source_system
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_fact_webinar_usage', zoom_gold.verify_day(c.start_time), sum(c.n)
		FROM (SELECT w.webinar_topic, w.start_time, w.end_time, w.registrants, w.source_system, 1 AS n
			  FROM webinar AS w WHERE NOT w.rejected
			  UNION ALL
			  SELECT g.webinar_topic, g.start_time, g.end_time, g.registrants, g.source_system, -1
			  FROM gold.go_fact_webinar_usage AS g) AS c
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
			  FROM gold.go_fact_support_ticket AS g) AS c
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
			  FROM gold.go_fact_billing AS g) AS c
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
			  FROM gold.go_fact_license_utilization AS g) AS c
		GROUP BY c.user_name, c.license_type, c.start_date, c.end_date, c.source_system
		HAVING sum(c.n) <> 0),
	-- of rows that tie, gold need not have taken the one found here
	tied_day AS MATERIALIZED (
		SELECT 'si_meetings' AS relation, m.day FROM meeting AS m WHERE m.tied
		UNION SELECT 'si_feature_usage', u.day FROM usage AS u WHERE u.tied
		UNION SELECT 'si_webinars', w.day FROM webinar AS w WHERE w.tied
		UNION SELECT 'si_participants', p.day FROM participant AS p WHERE p.tied),
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
			  FROM gold.go_agg_active_users AS g) AS c
		GROUP BY c.period_type, c.period_start, c.users, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_meeting_minutes', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT p.period_type, p.period_start, sum(f.minutes) AS minutes,
					 CASE WHEN count(f.source_system) = 0 THEN NULL
						  WHEN count(f.source_system) = count(*) AND min(f.source_system) = max(f.source_system)
						  THEN min(f.source_system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM (SELECT zoom_gold.verify_day(g.start_time) AS day, g.source_system,
						   sum(coalesce(g.duration_minutes, 0))::bigint AS minutes
					FROM gold.go_fact_meeting_usage AS g GROUP BY 1, 2) AS f
			  CROSS JOIN LATERAL zoom_gold.verify_periods(f.day) AS p
			  GROUP BY p.period_type, p.period_start
			  UNION ALL
			  SELECT g.period_type, g.activity_date, g.total_meeting_minutes, g.source_system, -1
			  FROM gold.go_agg_meeting_minutes AS g) AS c
		GROUP BY c.period_type, c.period_start, c.minutes, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_feature_adoption', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT a.feature_name, a.period_type, a.period_start, a.rate, a.source_system, 1 AS n FROM adoption_row AS a
			  UNION ALL
			  SELECT g.feature_name, g.period_type, g.period_start, g.adoption_rate, g.source_system, -1
			  FROM gold.go_agg_feature_adoption AS g) AS c
		GROUP BY c.feature_name, c.period_type, c.period_start, c.rate, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_ticket_resolution', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT g.ticket_type, p.period_type, p.period_start,
					 round(sum(extract(epoch FROM g.resolved_at - g.open_date::timestamp AT TIME ZONE 'UTC'))
						   / (3600 * count(*)), 2) AS hours,
					 CASE WHEN count(g.source_system) = 0 THEN NULL
						  WHEN count(g.source_system) = count(*) AND min(g.source_system) = max(g.source_system)
						  THEN min(g.source_system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM gold.go_fact_support_ticket AS g CROSS JOIN LATERAL zoom_gold.verify_periods(g.open_date) AS p
			  WHERE g.resolved_at IS NOT NULL
			  GROUP BY g.ticket_type, p.period_type, p.period_start
			  UNION ALL
			  SELECT g.ticket_type, g.period_type, g.period_start, g.avg_resolution_time, g.source_system, -1
			  FROM gold.go_agg_ticket_resolution AS g) AS c
		GROUP BY c.ticket_type, c.period_type, c.period_start, c.hours, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_mrr', 'Monthly', CASE WHEN c.month ~ '^\d{4}-(0[1-9]|1[0-2])$' THEN (c.month || '-01')::date END,
			   sum(c.n)
		FROM (SELECT to_char(g.event_date, 'YYYY-MM') AS month, sum(coalesce(k.mrr_sign, 0) * abs(g.amount)) AS revenue,
					 CASE WHEN count(g.source_system) = 0 THEN NULL
						  WHEN count(g.source_system) = count(*) AND min(g.source_system) = max(g.source_system)
						  THEN min(g.source_system) ELSE 'Multiple' END AS source_system, 1 AS n
			  FROM gold.go_fact_billing AS g LEFT JOIN gold_state.billing_event_class AS k USING (event_type)
			  GROUP BY 1
			  UNION ALL
			  SELECT g.activity_month, g.monthly_recurring_revenue, g.source_system, -1 FROM gold.go_agg_mrr AS g) AS c
		GROUP BY c.month, c.revenue, c.source_system HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'go_agg_license_utilization', c.period_type, c.period_start, sum(c.n)
		FROM (SELECT l.license_type, l.period_type, l.period_start, l.rate, l.source_system, 1 AS n FROM license_row AS l
			  UNION ALL
			  SELECT g.license_type, g.period_type, g.period_start, g.utilization_rate, g.source_system, -1
			  FROM gold.go_agg_license_utilization AS g) AS c
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
	-- Dimensions
	--------------------------------------------------------------------------
	user_difference (check_name, example, n) AS (
		SELECT 'go_dim_user', 'valid_from ' || c.valid_from, sum(c.n)
		FROM (SELECT f.user_name, f.email, f.company, f.plan_type, zoom_gold.verify_own_values(f.own) AS own, f.source_system,
					 f.valid_from, f.closed AS valid_to, f.closed = forever AS is_current, 1 AS n
			  FROM folded AS f
			  UNION ALL
			  SELECT g.*, -1 FROM zoom_gold.verify_gold_users() AS g) AS c
		GROUP BY c.user_name, c.email, c.company, c.plan_type, c.own, c.source_system, c.valid_from, c.valid_to, c.is_current
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'user_version', 'ordinal ' || c.ordinal || ' valid_from ' || c.valid_from, sum(c.n)
		FROM (SELECT f.ordinal, f.base_name, f.user_name, f.email, f.opened, f.valid_from, f.closed AS valid_to, 1 AS n
			  FROM folded AS f
			  UNION ALL
			  SELECT v.ordinal, v.base_name, v.user_name, v.email, v.opened, v.valid_from, v.valid_to, -1
			  FROM gold_state.user_version AS v) AS c
		GROUP BY c.ordinal, c.base_name, c.user_name, c.email, c.opened, c.valid_from, c.valid_to
		HAVING sum(c.n) <> 0),
	label_difference (example, n) AS (
		SELECT 'ordinal ' || c.ordinal || ' holds_from ' || c.since, sum(c.n)
		FROM (SELECT f.ordinal, CASE WHEN f.first THEN timestamptz '-infinity' ELSE f.valid_from END AS since,
					 coalesce(min(f.valid_from) OVER (later ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING), 'infinity') AS until,
					 f.user_name, first_value(f.user_name) OVER recent AS person, f.company, f.plan_type,
					 row_number() OVER recent = 1 AS is_last,
					 row_number() OVER (PARTITION BY f.ordinal, f.user_name ORDER BY f.valid_from DESC) = 1 AS is_name, 1 AS n
			  FROM folded AS f
			  WINDOW later AS (PARTITION BY f.ordinal ORDER BY f.valid_from), recent AS (PARTITION BY f.ordinal ORDER BY f.valid_from DESC)
			  UNION ALL
			  SELECT l.ordinal, l.holds_from, l.holds_until, l.user_name, l.person, l.company, l.plan_type, l.is_last, l.is_name, -1
			  FROM gold_state.user_label AS l) AS c
		GROUP BY c.ordinal, c.since, c.until, c.user_name, c.person, c.company, c.plan_type, c.is_last, c.is_name
		HAVING sum(c.n) <> 0
		UNION ALL
		SELECT 'pseudonym of ordinal ' || l.ordinal, 1
		FROM gold_state.user_label AS l CROSS JOIN gold_state.secret AS k
		CROSS JOIN LATERAL (VALUES (l.user_name, l.pseudonym), (l.person, l.person_pseudonym)) AS p (name, pseudonym)
		WHERE p.pseudonym <> 'user ' || substr(encode(sha256(k.key || sha256(k.key || convert_to(p.name, 'UTF8'))), 'hex'), 1, 32)),
	identity_difference AS (
		SELECT i.ordinal
		FROM gold_state.user_identity AS i
		FULL JOIN (SELECT e.ordinal, e.ordinal IN (SELECT f.ordinal FROM folded AS f) AS known,
						  count(*) FILTER (WHERE e.op = 'I' AND (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL))
						  - count(*) FILTER (WHERE e.op = 'D' AND (greatest(e.seq, e.tx) > t.seq OR t.seq IS NULL)) AS live_rows
				   FROM zoom_gold.verify_user_events() AS e
				   LEFT JOIN (SELECT t.ordinal, max(t.seq) AS seq FROM gold_state.user_event AS t WHERE t.op = 'T' GROUP BY 1) AS t
					 ON t.ordinal = e.ordinal
				   GROUP BY e.ordinal) AS k USING (ordinal)
		WHERE i.user_id <> '' AND octet_length(i.user_id) <= 2000 AND (i.known <> coalesce(k.known, false)
								   OR i.live_rows <> greatest(coalesce(k.live_rows, 0), 0))
		   OR i.ordinal IS NULL),
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
	member_gold (table_name, member, source_system) AS (
		SELECT 'go_dim_meeting', meeting_topic, source_system FROM gold.go_dim_meeting
		UNION ALL SELECT 'go_dim_feature', feature_name, source_system FROM gold.go_dim_feature
		UNION ALL SELECT 'go_dim_webinar', webinar_topic, source_system FROM gold.go_dim_webinar
		UNION ALL SELECT 'go_dim_ticket_type', ticket_type, source_system FROM gold.go_dim_ticket_type
		UNION ALL SELECT 'go_dim_license_type', license_type, source_system FROM gold.go_dim_license_type
		UNION ALL SELECT 'go_dim_billing_event_type', event_type, source_system FROM gold.go_dim_billing_event_type),
	member_difference (table_name, example, n) AS (
		SELECT x.table_name, x.member, sum(x.n)
		FROM (SELECT w.table_name, w.member, 1 AS n FROM member_wanted AS w
			  WHERE w.settled AND NOT EXISTS (SELECT FROM member_gold AS g
											  WHERE g.table_name = w.table_name AND g.member = w.member)
			  UNION ALL
			  -- members outlive their rows, but nobody makes them up or repeats them
			  SELECT g.table_name, g.member, -1 FROM member_gold AS g
			  WHERE g.member IS NULL OR NOT EXISTS (SELECT FROM gold_state.dim_member AS d
													WHERE d.dimension = g.table_name AND d.member = g.member)
			  UNION ALL
			  SELECT g.table_name, g.member, (1 - count(*))::integer FROM member_gold AS g
			  WHERE g.member IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1
			  UNION ALL
			  -- a wrong source system is one row missing and one extra
			  SELECT g.table_name, g.member, v.n
			  FROM member_gold AS g JOIN member_wanted AS w USING (table_name, member), (VALUES (1), (-1)) AS v (n)
			  WHERE NOT w.stale AND w.derivable
				AND array_position(w.systems, g.source_system) IS NULL) AS x
		WHERE NOT EXISTS (SELECT FROM gold_state.dirty AS d WHERE d.consumer = 'merge' || substr(x.table_name, 3))
		GROUP BY x.table_name, x.member, sign(x.n)),

	--------------------------------------------------------------------------
	-- Errors
	--------------------------------------------------------------------------
	broken (relation, day, key, broken, rejected, tied) AS (
		SELECT 'si_meetings', m.day, m.key, m.broken, m.rejected, m.tied FROM meeting AS m
		WHERE m.broken <> '{}' OR m.tied
		UNION ALL SELECT 'si_feature_usage', u.day, u.key, u.broken, u.rejected, u.tied FROM usage AS u
		WHERE u.broken <> '{}' OR u.tied
		UNION ALL SELECT 'si_participants', p.day, p.key, p.broken, p.rejected, p.tied FROM participant AS p
		WHERE p.broken <> '{}' OR p.tied
		UNION ALL SELECT 'si_webinars', w.day, w.key, w.broken, w.rejected, w.tied FROM webinar AS w
		WHERE w.broken <> '{}' OR w.tied
		UNION ALL SELECT 'si_support_tickets', t.day, t.key, t.broken, t.rejected, t.tied FROM ticket AS t
		WHERE t.broken <> '{}' OR t.tied
		UNION ALL SELECT 'si_licenses', l.day, l.key, l.broken, l.rejected, l.tied FROM license AS l
		WHERE l.broken <> '{}' OR l.tied
		UNION ALL SELECT 'si_billing_events', b.day, b.key, b.broken, b.rejected, b.tied FROM billing AS b
		WHERE b.broken <> '{}' OR b.tied
		UNION ALL
		SELECT 'si_users', NULL, u.key,
			   CASE WHEN t.user_id IS NULL OR u.rejected THEN u.broken ELSE u.broken || 'name_taken'::text END, u.rejected, u.tied
		FROM silver_user AS u
		LEFT JOIN (SELECT DISTINCT f.user_id, f.base_name FROM folded AS f WHERE f.user_name <> f.base_name) AS t
			ON t.user_id = u.key AND t.base_name = u.user_name
		WHERE (u.broken <> '{}' OR u.tied OR t.user_id IS NOT NULL)
		  AND (u.key IS NULL OR u.key NOT IN (SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.forgotten))),
	error_wanted AS (
		SELECT b.relation, b.day, x.rule, r.severity, b.key
		FROM broken AS b, unnest(b.broken) AS x (rule)
		JOIN rule AS r ON r.rule = x.rule
		WHERE r.relation = b.relation AND (r.severity = 'error') = b.rejected
		GROUP BY 1, 2, 3, 4, 5),
	error_open AS (
		SELECT l.source_table, j.info ->> 'rule' AS rule, j.info ->> 'severity' AS severity, j.info ->> 'key' AS key
		FROM gold.go_error_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.process_audit_info) AS info) AS j
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
		-- which of rows with the same timestamps counts is not known here
		WHERE (r.relation, e.key) NOT IN (SELECT b.relation, b.key FROM broken AS b WHERE b.tied AND b.key IS NOT NULL)
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
	-- Findings: rows missing and extra, per check
	--------------------------------------------------------------------------
	finding (check_name, example, missing, extra) AS (
		SELECT d.table_name, 'day ' || d.day, d.missing, CASE WHEN keep_facts THEN 0 ELSE d.extra END
		FROM (SELECT f.table_name, f.day, sum(greatest(f.n, 0)) AS missing, sum(greatest(-f.n, 0)) AS extra
			  FROM fact_difference AS f GROUP BY 1, 2) AS d
		JOIN step AS s USING (table_name)
		WHERE s.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = s.relation AND k.day = d.day)
		UNION ALL
		SELECT d.table_name, 'day ' || d.day, greatest(d.n, 0), CASE WHEN keep_facts THEN 0 ELSE greatest(-d.n, 0) END
		FROM detail_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		  AND NOT EXISTS (SELECT FROM tied_day AS k WHERE k.relation = d.relation AND k.day = d.day)
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
		SELECT m.table_name, quote_literal(left(m.example, 40)), greatest(m.n, 0), greatest(-m.n, 0)
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
	-- Invariants of gold and its state: rows that break them
	--------------------------------------------------------------------------
	fact_instant (table_name, user_name, at) AS (
		SELECT 'go_fact_meeting_usage', g.user_name, g.start_time FROM gold.go_fact_meeting_usage AS g
		UNION ALL SELECT 'go_fact_support_ticket', g.user_name, (g.open_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM gold.go_fact_support_ticket AS g
		UNION ALL SELECT 'go_fact_billing', g.user_name, (g.event_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM gold.go_fact_billing AS g
		UNION ALL SELECT 'go_fact_license_utilization', g.user_name,
						 (g.start_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM gold.go_fact_license_utilization AS g),
	-- a name's versions up to an instant: one holds, or the last was closed
	fact_version AS (
		SELECT f.table_name, count(*) AS n
		FROM fact_instant AS f
		LEFT JOIN (SELECT d.user_name, min(d.valid_from) AS since FROM gold.go_dim_user AS d GROUP BY 1) AS d
			ON d.user_name = f.user_name AND d.since <= f.at
		WHERE f.user_name IS NOT NULL AND d.user_name IS NULL
		  AND (f.table_name, zoom_gold.verify_day(f.at)) NOT IN (SELECT s.table_name, k.day FROM stale AS k
											JOIN step AS s USING (relation) WHERE k.day IS NOT NULL AND s.table_name IS NOT NULL)
		  AND f.table_name NOT IN (SELECT s.table_name FROM step AS s JOIN wholly_stale USING (relation)
								   WHERE s.table_name IS NOT NULL)
		GROUP BY 1),
	fact_member (table_name, member, dimension) AS (
		SELECT 'go_fact_meeting_usage', g.meeting_topic, 'go_dim_meeting' FROM gold.go_fact_meeting_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_feature_usage', g.meeting_topic, 'go_dim_meeting' FROM gold.go_fact_feature_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_feature_usage', g.feature_name, 'go_dim_feature' FROM gold.go_fact_feature_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_webinar_usage', g.webinar_topic, 'go_dim_webinar' FROM gold.go_fact_webinar_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_support_ticket', g.ticket_type, 'go_dim_ticket_type' FROM gold.go_fact_support_ticket AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_billing', g.event_type, 'go_dim_billing_event_type' FROM gold.go_fact_billing AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_license_utilization', g.license_type, 'go_dim_license_type'
		FROM gold.go_fact_license_utilization AS g GROUP BY 2),
	period_row (table_name, period_type, day) AS (
		SELECT 'go_agg_active_users', g.period_type, g.activity_date FROM gold.go_agg_active_users AS g
		UNION ALL SELECT 'go_agg_meeting_minutes', g.period_type, g.activity_date FROM gold.go_agg_meeting_minutes AS g
		UNION ALL SELECT 'go_agg_feature_adoption', g.period_type, g.period_start FROM gold.go_agg_feature_adoption AS g
		UNION ALL SELECT 'go_agg_ticket_resolution', g.period_type, g.period_start FROM gold.go_agg_ticket_resolution AS g
		UNION ALL SELECT 'go_agg_license_utilization', g.period_type, g.period_start FROM gold.go_agg_license_utilization AS g),
	log_row AS MATERIALIZED (
		SELECT l.process_name, l.status, l.record_count, l.error_count, j.details, (j.details ->> 'run')::bigint AS run
		FROM gold.go_process_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.audit_details) AS details) AS j),
	violation (check_name, example) AS (
		SELECT 'user_versions', 'overlap, ordinal ' || v.ordinal
		FROM (SELECT u.*, lead(u.valid_from) OVER (PARTITION BY u.ordinal ORDER BY u.valid_from) AS next
			  FROM gold_state.user_version AS u) AS v WHERE v.next < v.valid_to
		UNION ALL
		SELECT 'user_versions', 'overlap of one name at ' || v.next
		FROM (SELECT d.valid_to, lead(d.valid_from) OVER (PARTITION BY d.user_name ORDER BY d.valid_from) AS next
			  FROM gold.go_dim_user AS d) AS v WHERE v.next < v.valid_to
		UNION ALL
		SELECT 'user_versions', 'two current, ordinal ' || v.ordinal FROM gold_state.user_version AS v
		WHERE v.valid_to = forever GROUP BY v.ordinal HAVING count(*) > 1
		UNION ALL
		SELECT 'user_versions', 'two current of one name, valid_from ' || max(d.valid_from) FROM gold.go_dim_user AS d
		WHERE d.is_current GROUP BY d.user_name HAVING count(*) > 1
		UNION ALL
		SELECT 'user_versions', 'empty or wrongly current, valid_from ' || d.valid_from FROM gold.go_dim_user AS d
		WHERE NOT coalesce(d.valid_from < d.valid_to AND d.is_current = (d.valid_to = forever), false)
		UNION ALL
		SELECT 'user_names', 'one name of ordinals ' || min(v.ordinal) || ' and ' || max(v.ordinal)
		FROM gold_state.user_version AS v GROUP BY v.user_name HAVING min(v.ordinal) <> max(v.ordinal)
		UNION ALL
		SELECT 'user_names', 'not to be found by its name, ordinal ' || v.ordinal
		FROM (SELECT u.*, lag(u.base_name) OVER (PARTITION BY u.ordinal ORDER BY u.opened) AS before
			  FROM gold_state.user_version AS u) AS v
		WHERE v.base_name IS DISTINCT FROM v.before AND NOT v.begins_name
		UNION ALL
		SELECT 'user_names', 'state and gold differ, valid_from ' || c.valid_from
		FROM (SELECT v.user_name, v.valid_from, v.valid_to, 1 AS n FROM gold_state.user_version AS v
			  UNION ALL SELECT d.user_name, d.valid_from, d.valid_to, -1 FROM gold.go_dim_user AS d) AS c
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
		UNION ALL
		SELECT 'periods', p.table_name || ' ' || coalesce(p.period_type, 'NULL') || ' ' || coalesce(p.day::text, 'NULL')
		FROM period_row AS p
		WHERE NOT coalesce((p.period_type, p.day) IN (SELECT q.period_type, q.period_start
													  FROM zoom_gold.verify_periods(p.day) AS q), false)
		UNION ALL
		SELECT 'periods', 'go_agg_mrr ' || coalesce(g.activity_month, 'NULL') FROM gold.go_agg_mrr AS g
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
		SELECT 'quality_rules', format('%s of %s: %s', e.rule, e.relation, e.error) FROM zoom_gold.verify_rule_errors() AS e),
	--------------------------------------------------------------------------
	-- Report
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
			  FROM gold_state.dirty AS d WHERE d.consumer NOT IN (SELECT process_name FROM step WHERE table_name IS NOT NULL)
			  GROUP BY d.consumer) AS x (what)),
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
			   (36, 'feature_detail', NULL), (37, 'webinar_detail', NULL))
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
'differences. Reads everything, writes nothing; runs on a standby too';
