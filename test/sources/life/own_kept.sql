\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Columns of one's own beside users and tickets, which no source tells of: a version that a
-- pull or an event writes keeps what the one before it had, as of then; where there is none
-- the column has its default.
CALL t.clock('2025-03-10 03:00Z');
CREATE SCHEMA raw_zoom;
CREATE TABLE raw_zoom.users (id text, email text, type integer, display_name text, first_name text, last_name text, _airbyte_extracted_at timestamptz);
CREATE SCHEMA zendesk;
CREATE TABLE zendesk.tickets (id bigint, status text, type text, requester_id bigint, created_at timestamptz, updated_at timestamptz, _airbyte_extracted_at timestamptz);
SELECT zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro", "relations": ["si_users"]}'), zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}'),
	zoom_silver.add_source('zendesk', 'zendesk', '{}') \g /dev/null
SELECT format('ALTER TABLE silver.%I ADD row_no bigint GENERATED ALWAYS AS IDENTITY, ADD team text NOT NULL DEFAULT ''none'', ADD "17" text, ADD code text NOT NULL DEFAULT gen_random_uuid()::text UNIQUE', r)
FROM (VALUES ('si_users'), ('si_support_tickets')) AS v (r) \gexec

-- Ten keys of each kind, some told of by both: in what hours they are told of.
CREATE TABLE t.told AS SELECT key, hour, md5(concat(key, hour, 'w')) < '8' AS by_event, md5(concat(key, hour, 't'))::text AS word, 1 + ('x' || left(md5(concat(key, hour)), 4))::bit(16)::integer % 4 AS turn
FROM generate_series(1, 40) key, generate_series(1, 12) hour WHERE md5(concat(key, hour, 's')) < '8';
CREATE PROCEDURE t.play(turn integer) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM zoom_silver.receive(jsonb_build_object('event', 'user.updated', 'event_ts', 1740787200000 + s.hour * 3600000, 'payload', jsonb_build_object('object', jsonb_build_object('id', 'u' || s.key, 'display_name', s.word))))
	FROM t.told s WHERE s.by_event AND s.turn = play.turn;
	INSERT INTO raw_zoom.users (id, email, type, display_name, _airbyte_extracted_at)
	SELECT 'u' || s.key, 'u' || s.key || '@acme.example', 1, s.word, timestamptz '2025-03-01Z' + s.hour * interval '1 hour' FROM t.told s WHERE NOT s.by_event AND s.turn = play.turn;
	INSERT INTO zendesk.tickets SELECT s.key, CASE s.hour % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'pending' ELSE 'closed' END, 'task', 1, '2025-03-01Z', timestamptz '2025-03-01Z' + s.hour * interval '1 hour', timestamptz '2025-03-01Z' + s.hour * interval '1 hour'
	FROM t.told s WHERE s.turn = play.turn;
	CALL t.pull_all();
END
$$;
-- What a row does not have of the one before it that had been written.
CREATE FUNCTION t.amiss(relation text, key text, since bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT concat_ws(' ', s.%2$I, s.update_timestamp, s.source_system, s.team, s."17") FROM silver.%1$I s
		LEFT JOIN LATERAL (SELECT b.* FROM silver.%1$I b WHERE b.%2$I = s.%2$I AND b.row_no < s.row_no AND b.update_timestamp <= s.update_timestamp
			ORDER BY b.update_timestamp DESC, b.load_timestamp DESC LIMIT 1) AS b ON true
		WHERE s.row_no > $1 AND (s.team, s."17") IS DISTINCT FROM (coalesce(b.team, 'none'), b."17")$q$, relation, key) USING since;
END
$$;
CALL t.play(1);
SELECT t.same('SELECT DISTINCT team, "17" FROM silver.si_users UNION ALL SELECT DISTINCT team, "17" FROM silver.si_support_tickets', '{none|-,none|-}'::text[], 'what is new has the defaults');
CALL t.clock('2025-03-10 04:00Z');
UPDATE silver.si_users SET team = 'team ' || row_no, "17" = row_no;
UPDATE silver.si_support_tickets SET team = 'team ' || row_no, "17" = row_no;
SELECT max(row_no) AS users FROM silver.si_users \gset
SELECT max(row_no) AS tickets FROM silver.si_support_tickets \gset
CALL t.play(2);
CALL t.clock('2025-03-10 05:00Z');
CALL t.play(3);
CALL t.play(4);
SELECT t.same(format($$SELECT min(n) > 20 FROM (SELECT count(*) AS n FROM silver.si_users WHERE row_no > %s AND team <> 'none' GROUP BY source_system
	UNION ALL SELECT count(*) FROM silver.si_support_tickets WHERE row_no > %s AND team <> 'none') AS c$$, :users, :tickets), 'true', 'much was written after much that had been filled in');
SELECT t.same(format('SELECT t.amiss(''si_users'', ''user_id'', %s)', :users), '{}'::text[], 'users keep what they had');
SELECT t.same(format('SELECT t.amiss(''si_support_tickets'', ''ticket_id'', %s)', :tickets), '{}'::text[], 'so do tickets');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
