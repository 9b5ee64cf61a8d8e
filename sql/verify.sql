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
\ir verify/gold.sql
\ir verify/pending.sql
\ir verify/silver.sql
\ir verify/users.sql
\ir verify/activity.sql
\ir verify/license_use.sql
\ir verify/facts.sql
\ir verify/details.sql
\ir verify/aggregates.sql
\ir verify/dimensions.sql
\ir verify/members.sql
\ir verify/errors.sql
\ir verify/state.sql
\ir verify/findings.sql
\ir verify/invariants.sql
\ir verify/report.sql
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
