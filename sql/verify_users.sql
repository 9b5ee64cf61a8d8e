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
