-- The user's own columns: those that si_users and go_dim_user have beyond the
-- contract under one name.  What a kept version does not have is unknown.
CREATE FUNCTION zoom_gold.verify_own_columns() RETURNS TABLE (column_name text, column_type text)
LANGUAGE plpgsql STABLE ROWS 4
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT d.attname::text, format_type(d.atttypid, d.atttypmod)
	FROM pg_attribute AS d
	JOIN pg_attribute AS s ON s.attname = d.attname AND NOT s.attisdropped AND s.attnum > 0
	WHERE d.attrelid = 'gold.go_dim_user'::regclass AND d.attnum > 0 AND NOT d.attisdropped
	  AND s.attrelid = format('%I.si_users', zoom_gold.setting('silver_schema'))::regclass
	  AND d.attname <> ALL ('{user_id,user_name,email,company,plan_type,source_system,load_timestamp,update_timestamp}'::name[])
	  AND d.attname <> ALL ('{load_date,update_date,valid_from,valid_to,is_current}'::name[]);
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_own_columns() IS
'The columns that users added to si_users and go_dim_user alike. For verify().';

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

-- The tracked values of a user's row s, normalised.
CREATE FUNCTION zoom_gold.verify_user_columns() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN $q$zoom_gold.verify_text(s.user_name::text) AS user_name,
	lower(zoom_gold.verify_text(s.email::text)) AS email,
	zoom_gold.verify_text(s.company::text) AS company,
	zoom_gold.verify_spelling(zoom_gold.verify_text(s.plan_type::text),
							  '{Free,Basic,Pro,Business,Enterprise}') AS plan_type$q$;
COMMENT ON FUNCTION zoom_gold.verify_user_columns() IS
'SQL for the tracked columns of a user''s row, normalised. For verify().';

-- What silver says of users now; their errors hang on it.
CREATE FUNCTION zoom_gold.verify_user_rows()
RETURNS TABLE (key text, version_at timestamptz, load_at timestamptz, source_system text,
			   broken text[], rejected boolean, tied boolean, user_name text)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE zoom_gold.verify_newest('si_users', 'user_id', zoom_gold.verify_user_columns(),
			'', 'NULL AS nothing', zoom_gold.verify_user_tests(), 't.user_name',
			'go_dim_user', 't.email, t.company, t.plan_type, t.source_system, true',
			'g.email, g.company, g.plan_type, g.source_system, g.is_current');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_user_rows() IS
'The newest row of every user in silver, with the rules it breaks. For verify().';

CREATE FUNCTION zoom_gold.verify_extra_columns() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(string_agg(format(', (e.extra ->> %1$L)::%2$s AS %1$I', a.attname, format_type(a.atttypid, a.atttypmod)), ''), '')
		FROM pg_attribute AS a
		WHERE a.attrelid = format('%I.si_users', zoom_gold.setting('silver_schema'))::regclass
		  AND a.attnum > 0 AND NOT a.attisdropped
		  AND a.attname <> ALL ('{user_id,user_name,email,company,plan_type,source_system,load_timestamp,update_timestamp}'::name[]));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_extra_columns() IS
'SQL for the columns of a kept version, alias e, beyond the contract, which the rules of users may name. For verify().';

-- The kept events of users: I a row came, D it went, T all went.  What is
-- tracked is JSON, apart the user's own columns, of which only the known are
-- there.  Rows that silver holds without a key are nobody's.
CREATE FUNCTION zoom_gold.verify_user_events()
RETURNS TABLE (ordinal integer, seq bigint, n integer, tx bigint, op "char", captured_at timestamptz,
			   version_at timestamptz, load_at timestamptz, source_system text, valid boolean,
			   content jsonb, own jsonb)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	own_columns text;
BEGIN
	SELECT string_agg(format('CASE WHEN s.extra ? %1$L THEN jsonb_build_object(%1$L, s.extra ->> %1$L) ELSE ''{}'' END',
							 c.column_name), ' || ')
	INTO own_columns FROM zoom_gold.verify_own_columns() AS c;
	RETURN QUERY EXECUTE format($q$
		SELECT r.ordinal, r.seq, r.n, r.tx, r.op, r.captured_at, r.version_at, r.load_at, r.source_system,
			   r.op <> 'T' AND NOT (ARRAY[%s] || r.own_rules) && %L::text[],
			   jsonb_build_object('user_name', r.user_name, 'email', r.email, 'company', r.company,
								  'plan_type', r.plan_type), r.own
		FROM (SELECT s.ordinal, s.seq, s.n, s.tx, s.op, s.captured_at,
					 zoom_gold.verify_instant(coalesce(s.update_timestamp, s.load_timestamp), s.captured_at) AS version_at,
					 zoom_gold.verify_instant(s.load_timestamp, s.captured_at) AS load_at,
					 zoom_gold.verify_text(s.source_system) AS source_system, %s,
					 %s AS own,
					 -- what rules say of those who were forgotten does not count
					 CASE WHEN s.zoom_gold_forgotten THEN '{}' ELSE %s END AS own_rules
			  FROM %s AS s OFFSET 0) AS r$q$,
		zoom_gold.verify_user_tests(),
		ARRAY(SELECT r.rule FROM zoom_gold.verify_rules() AS r
			  WHERE r.relation = 'si_users' AND r.severity = 'error'),
		zoom_gold.verify_user_columns(), coalesce(own_columns, '''{}''::jsonb'),
		zoom_gold.verify_conditions('si_users'), zoom_gold.verify_user_source());
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_user_events() IS
'The kept versions and deletions of users, normalised and tested. For verify().';

CREATE FUNCTION zoom_gold.verify_ticket_events()
RETURNS TABLE (ordinal integer, seq bigint, n integer, tx bigint, op "char", captured_at timestamptz,
			   version_at timestamptz, load_at timestamptz, source_system text, valid boolean,
			   content jsonb, own jsonb)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT e.ordinal, e.seq, e.n, e.tx, e.op, e.captured_at,
		   zoom_gold.verify_instant(coalesce(e.update_timestamp, e.load_timestamp), e.captured_at),
		   zoom_gold.verify_instant(e.load_timestamp, e.captured_at), NULL::text, e.op <> 'T',
		   jsonb_build_object('status', zoom_gold.verify_spelling(zoom_gold.verify_text(e.resolution_status),
																  '{Open,In Progress,Resolved,Closed}')), jsonb '{}'
	FROM gold_state.ticket_event AS e;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_ticket_events() IS
'The kept versions and deletions of tickets, normalised. For verify().';

-- Versions and deletions of each key on one line of time, in order.
--
-- A version takes effect at its version timestamp, but at the instant of its
-- capture when it altered a row without moving the timestamp, or when it came
-- after the key had been deleted with a timestamp not later than that; a row
-- that came in place of an equal one tells nothing.  A key
-- is deleted by a transaction that leaves none of its rows; the deletion is
-- never earlier than just after the versions before it.  Of points with one
-- instant the last stands.
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
		SELECT e.* FROM zoom_gold.verify_user_events() AS e WHERE history = 'user'
		UNION ALL
		SELECT e.* FROM zoom_gold.verify_ticket_events() AS e WHERE history = 'ticket'),
	-- the keys that lost a row ever: transactions by their last event, in them
	-- events by statement, what went before what came
	ordered AS (
		SELECT e.*, max(e.seq) OVER (PARTITION BY e.ordinal, e.tx) AS position,
			   CASE e.op WHEN 'T' THEN 0 WHEN 'D' THEN 1 ELSE 2 END AS turn
		FROM event AS e WHERE e.ordinal IN (SELECT ordinal FROM event WHERE op <> 'I')),
	emptied AS (
		SELECT o.*, count(*) FILTER (WHERE o.op = 'T') OVER (PARTITION BY o.ordinal
					ORDER BY o.position, o.tx, o.seq, o.turn) AS filling
		FROM ordered AS o),
	replayed AS MATERIALIZED (
		SELECT m.*, sum(CASE m.op WHEN 'I' THEN 1 WHEN 'D' THEN -1 ELSE 0 END)
						OVER (PARTITION BY m.ordinal, m.filling
							  ORDER BY m.position, m.tx, m.seq, m.turn) AS live,
			   max(m.captured_at) FILTER (WHERE m.op <> 'I') OVER (PARTITION BY m.ordinal, m.tx) AS went_at,
			   row_number() OVER (PARTITION BY m.ordinal, m.tx
								  ORDER BY m.seq DESC, m.turn DESC, m.filling DESC) = 1 AS is_end
		FROM emptied AS m),
	ended AS (
		SELECT r.ordinal, r.tx, r.position, r.went_at, r.live <= 0 AS is_gone,
			   r.live <= 0 AND r.went_at IS NOT NULL AND NOT ignore_deletes AS deletes
		FROM replayed AS r WHERE r.is_end),
	transaction AS MATERIALIZED (
		SELECT d.*, lag(d.is_gone) OVER w AS was_gone,
			   max(d.went_at) FILTER (WHERE d.deletes) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS deleted_at
		FROM ended AS d
		WINDOW w AS (PARTITION BY d.ordinal ORDER BY d.position, d.tx)),
	-- rows that a statement took away; an update puts others in their place
	removed AS MATERIALIZED (
		SELECT r.ordinal, r.tx, r.seq, r.version_at, r.content || r.own AS face, r.valid,
			   EXISTS (SELECT FROM replayed AS i WHERE i.ordinal = r.ordinal AND i.tx = r.tx AND i.seq = r.seq
							   AND i.op = 'I') AS is_update
		FROM replayed AS r WHERE r.op = 'D'
		UNION ALL
		SELECT t.ordinal, t.tx, t.seq, l.version_at, l.face, l.valid, false
		FROM (SELECT r.ordinal, r.filling, r.version_at, r.content || r.own AS face, bool_or(r.valid) AS valid
			  FROM replayed AS r
			  WHERE r.op <> 'T' AND r.ordinal IN (SELECT ordinal FROM event WHERE op = 'T')
			  GROUP BY 1, 2, 3, 4
			  HAVING count(*) FILTER (WHERE r.op = 'I') > count(*) FILTER (WHERE r.op = 'D')) AS l
		JOIN replayed AS t ON t.ordinal = l.ordinal AND t.op = 'T' AND t.filling = l.filling + 1),
	-- what came in place of rows of the same version: of those that the same
	-- statement took, else of those that the transaction deleted before
	replacing AS (
		SELECT c.ordinal, c.tx, c.seq, c.version_at, c.face,
			   bool_or(c.same) AS is_touch, bool_or(c.same AND c.valid) AS tells_nothing
		FROM (SELECT r.ordinal, r.tx, r.seq, r.version_at, r.content || r.own AS face,
					 d.face = r.content || r.own AS same, d.valid,
					 rank() OVER (PARTITION BY r.ordinal, r.tx, r.seq, r.version_at, r.content || r.own
								  ORDER BY d.seq = r.seq DESC) AS rank
			  FROM replayed AS r
			  JOIN removed AS d ON d.ordinal = r.ordinal AND d.tx = r.tx AND d.version_at = r.version_at
				AND (d.seq = r.seq OR d.seq < r.seq AND NOT d.is_update)
			  WHERE r.op = 'I') AS c
		WHERE c.rank = 1
		GROUP BY 1, 2, 3, 4, 5),
	version AS MATERIALIZED (
		SELECT r.ordinal, r.tx, r.seq, r.n, r.valid, r.version_at, r.load_at, r.source_system, r.content, r.own,
			   CASE WHEN t.was_gone AND r.version_at <= t.deleted_at 
						THEN greatest(r.captured_at, t.deleted_at + interval '1 microsecond')
					WHEN NOT a.is_touch THEN greatest(r.version_at, r.captured_at)
					ELSE r.version_at END AS effective_at
		FROM replayed AS r
		JOIN transaction AS t ON t.ordinal = r.ordinal AND t.tx = r.tx
		LEFT JOIN replacing AS a ON a.ordinal = r.ordinal AND a.tx = r.tx AND a.seq = r.seq
			AND a.version_at = r.version_at AND a.face = r.content || r.own
		WHERE r.op = 'I' AND (a.tells_nothing IS NOT TRUE OR coalesce(t.was_gone AND r.version_at <= t.deleted_at, false))
		UNION ALL
		SELECT e.ordinal, e.tx, e.seq, e.n, e.valid, e.version_at, e.load_at, e.source_system, e.content, e.own, e.version_at
		FROM event AS e WHERE e.ordinal NOT IN (SELECT r.ordinal FROM replayed AS r)),
	deletion AS (
		SELECT t.ordinal, t.position, t.deletes,
			   greatest(t.went_at, max(v.newest) OVER (PARTITION BY t.ordinal ORDER BY t.position, t.tx)
								   + interval '1 microsecond') AS at
		FROM transaction AS t
		LEFT JOIN (SELECT v.ordinal, v.tx, max(v.effective_at) AS newest FROM version AS v GROUP BY 1, 2) AS v
			ON v.ordinal = t.ordinal AND v.tx = t.tx),
	point AS (
		SELECT v.ordinal, v.effective_at, false AS deletion, v.version_at, v.load_at, v.seq, v.n, v.source_system, v.content, v.own
		FROM version AS v WHERE v.valid
		UNION ALL
		SELECT d.ordinal, d.at, true, NULL, NULL, d.position, NULL, NULL, NULL, NULL FROM deletion AS d WHERE d.deletes),
	contested AS (
		SELECT p.*, bool_or(p.deletion) OVER (PARTITION BY p.ordinal, p.effective_at) AS ends,
			   count(*) OVER (PARTITION BY p.ordinal, p.effective_at, p.version_at, p.load_at, p.seq, p.n) > 1
			   AND NOT p.deletion AS tied
		FROM point AS p),
	-- of rows that a scan saw with the same timestamps any may stand: one that gold shows
	placed AS (
		SELECT c.*, row_number() OVER w AS place,
			   lead(c.effective_at) OVER w IS DISTINCT FROM c.effective_at AS stands
		FROM (SELECT c.*, c.tied AND history = 'user' AND EXISTS (
					SELECT FROM gold.go_dim_user AS g
					WHERE g.valid_from <= c.effective_at AND c.effective_at < g.valid_to
					  AND starts_with(g.user_name, c.content ->> 'user_name')
					  AND (g.email, g.company, g.plan_type) IS NOT DISTINCT FROM
						  (c.content ->> 'email', c.content ->> 'company', c.content ->> 'plan_type')) AS shown
			  FROM contested AS c) AS c
		WINDOW w AS (PARTITION BY c.ordinal
					 ORDER BY c.effective_at, CASE WHEN NOT c.ends THEN c.version_at END,
							  CASE WHEN NOT c.ends THEN c.load_at END, c.seq, c.deletion,
							  c.n, c.shown, c.content::text COLLATE "C"))
	SELECT p.ordinal, p.place, p.effective_at, p.deletion, p.source_system, p.content, p.own
	FROM placed AS p WHERE p.stands;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_timeline(text) IS
'The kept versions and deletions of users or tickets in order of effect. For verify().';

-- The versions of users, with the gold name of each: of users with one name
-- the first has it plain, the others with their e-mail or, where that is
-- missing or taken too, their id.
CREATE FUNCTION zoom_gold.verify_users()
RETURNS TABLE (ordinal integer, user_id text, base_name text, user_name text, email text, company text,
			   plan_type text, own jsonb, source_system text, opened timestamptz, closed timestamptz,
			   first boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
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
			   v.base_name || ' (' || v.email || ')' AS by_email
		FROM version AS v ORDER BY v.base_name, v.ordinal, v.opened),
	ranked AS (
		SELECT h.*, row_number() OVER (PARTITION BY h.base_name ORDER BY h.opened, h.user_id COLLATE "C") AS rank
		FROM holder AS h),
	qualified AS (
		SELECT r.ordinal, r.base_name, r.user_id, r.by_email,
			   row_number() OVER (PARTITION BY r.by_email ORDER BY r.opened, r.user_id COLLATE "C") AS turn
		FROM ranked AS r WHERE r.rank > 1),
	by_email AS (
		SELECT q.ordinal, q.base_name, q.by_email AS user_name
		FROM qualified AS q
		WHERE q.by_email IS NOT NULL AND q.turn = 1
		  AND NOT EXISTS (SELECT FROM holder AS h WHERE h.base_name = q.by_email)),
	-- by the id, again and again where even that is another's name
	named AS (
		SELECT q.ordinal, q.base_name, coalesce(e.user_name, i.user_name) AS user_name
		FROM qualified AS q
		LEFT JOIN by_email AS e USING (ordinal, base_name)
		LEFT JOIN LATERAL (
			SELECT c.name AS user_name
			FROM generate_series(1, 9) AS n
			CROSS JOIN LATERAL (SELECT q.base_name || repeat(' (' || q.user_id || ')', n) AS name) AS c
			WHERE e.ordinal IS NULL AND NOT EXISTS (SELECT FROM holder AS h WHERE h.base_name = c.name)
			  AND NOT EXISTS (SELECT FROM by_email AS o WHERE o.user_name = c.name)
			ORDER BY n LIMIT 1) AS i ON true)
	SELECT v.ordinal, v.user_id, v.base_name, coalesce(n.user_name, v.base_name), v.email, v.company,
		   v.plan_type, v.own, v.source_system, v.opened, v.closed, v.first
	FROM version AS v
	LEFT JOIN named AS n ON n.ordinal = v.ordinal AND n.base_name = v.base_name;
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
CREATE FUNCTION zoom_gold.verify_own_values(own jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
	result jsonb;
BEGIN
	IF own = '{}' THEN
		RETURN own;
	END IF;
	EXECUTE format('SELECT jsonb_strip_nulls(jsonb_build_object(%s))',
				   (SELECT string_agg(format('%1$L, ($1 ->> %1$L)::%2$s::text', c.column_name, c.column_type), ', ')
					FROM zoom_gold.verify_own_columns() AS c)) INTO result USING own;
	RETURN result;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_own_values(jsonb) IS
'The users'' own columns as go_dim_user''s types show them. For verify().';

CREATE FUNCTION zoom_gold.verify_gold_users()
RETURNS TABLE (user_name text, email text, company text, plan_type text, own jsonb, source_system text,
			   valid_from timestamptz, valid_to timestamptz, is_current boolean)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT d.user_name, d.email, d.company, d.plan_type, jsonb_strip_nulls(jsonb_build_object(%s)),
			   d.source_system, d.valid_from, d.valid_to, d.is_current
		FROM gold.go_dim_user AS d$q$,
		(SELECT string_agg(format('%1$L, d.%1$I::text', c.column_name), ', ')
		 FROM zoom_gold.verify_own_columns() AS c));
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_gold_users() IS
'go_dim_user with the users'' own columns as JSON. For verify().';
