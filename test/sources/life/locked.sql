\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Calls that wait for what others have locked, each in turn, until lock_timeout or
-- statement_timeout: nothing is written by half, and the next call is right.  A prepared
-- transaction holds the lock.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
SELECT FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT FROM zoom_silver.add_source('csv', NULL) \g /dev/null
CALL t.pull_all();
CALL t.refresh();
DELETE FROM raw_zoom.report_meeting_participants WHERE status <> 'in_meeting';
SELECT zoom_silver.receive('{"event": "meeting.participant_joined", "payload": {"object": {"uuid": "hook", "participant": {"user_id": "1", "join_time": "2025-03-01T00:00:00Z"}}}}') \g /dev/null

-- All of what is said is said anew, with the number of the turn in it.
CREATE SEQUENCE t.turn;
CREATE FUNCTION t.turn_time() RETURNS text LANGUAGE sql AS $$
	SELECT to_char(timestamp '2025-03-01' + last_value * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM t.turn
$$;
CREATE FUNCTION t.next_turn() RETURNS void LANGUAGE sql AS $$
	SELECT nextval('t.turn');
	UPDATE raw_zoom.users SET display_name = 'User ' || currval('t.turn'), _airbyte_extracted_at = timestamptz '2025-03-03 02:00Z' + currval('t.turn') * interval '1 hour';
	UPDATE raw_zoom.report_meetings SET topic = 'Meeting ' || currval('t.turn');
	UPDATE raw_zoom.report_meeting_participants SET leave_time = t.turn_time();
	UPDATE raw_zoom.report_webinars SET topic = 'Webinar ' || currval('t.turn');
$$;
CREATE FUNCTION t.turn_event(event text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('event', event, 'event_ts', 1741000000000 + 1000 * last_value, 'payload', jsonb_build_object('object', CASE event
		WHEN 'user.updated' THEN jsonb_build_object('id', 'hook', 'display_name', 'User ' || last_value, 'email', 'hook@acme.example')
		ELSE jsonb_build_object('uuid', 'hook', 'id', 1, 'host_id', 'hook', 'topic', 'Meeting ' || last_value, 'start_time', '2025-03-01T00:00:00Z',
			'participant', jsonb_build_object('user_id', '1', 'join_time', '2025-03-01T00:00:00Z', 'leave_time', t.turn_time())) END)) FROM t.turn
$$;
CREATE FUNCTION t.turn_file() RETURNS text LANGUAGE sql AS $$
	SELECT format(E'Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\n926 8877 6306,Meeting %s,03/13/2025 10:00:00 AM,03/13/2025 10:30:00 AM,file@acme.example,30,1\n\n'
		'Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\nUser %1$s,user%1$s@acme.example,03/13/2025 10:00:00 AM,03/13/2025 10:20:00 AM,20,No\n', last_value) FROM t.turn
$$;

-- What silver has of each source: the turns whose words it has, of the newest of each key.
CREATE FUNCTION t.turns() RETURNS TABLE (source text, relation text, turns text) LANGUAGE sql AS $$
	SELECT s.source_system, 'si_users', string_agg(DISTINCT substring(s.user_name, '\d+'), ' ') FROM (SELECT DISTINCT ON (user_id) * FROM silver.si_users WHERE source_system <> 'csv'
		ORDER BY user_id, update_timestamp DESC, load_timestamp DESC) AS s GROUP BY 1
	UNION ALL SELECT s.source_system, 'si_meetings', string_agg(DISTINCT substring(s.meeting_topic, '\d+'), ' ') FROM silver.si_meetings s GROUP BY 1
	UNION ALL SELECT s.source_system, 'si_participants', string_agg(DISTINCT extract(epoch FROM s.leave_time - '2025-03-01Z')::integer::text, ' ') FROM silver.si_participants s WHERE source_system <> 'csv' GROUP BY 1
	UNION ALL SELECT s.source_system, 'si_webinars', string_agg(DISTINCT substring(s.webinar_topic, '\d+'), ' ') FROM silver.si_webinars s GROUP BY 1
	UNION ALL SELECT 'webhook', split_part(e.event, '.', 2), extract(epoch FROM max(e.event_at) - '2025-03-03 11:06:40Z')::integer::text FROM zoom_silver_state.event e WHERE e.event <> 'meeting.participant_joined' GROUP BY e.event
	UNION ALL SELECT 'csv', 'si_users', max(substring(s.user_id, '\d+')::integer)::text FROM silver.si_users s WHERE source_system = 'csv'
	UNION ALL SELECT 'csv', 'si_participants', count(*)::text FROM silver.si_participants s WHERE source_system = 'csv'
$$;
SELECT t.next_turn() \g /dev/null
CALL t.pull_all();
CREATE TABLE t.calls (source text, command text, PRIMARY KEY (source, command));
INSERT INTO t.calls VALUES ('airbyte', 'SELECT string_agg(concat_ws('' '', p.process_name, p.details ->> ''sqlstate'', p.details ->> ''error_hint''), ''; '') FROM zoom_silver.pull(''airbyte'') p WHERE p.status = ''Failure'''),
	('webhook', 'SELECT nullif(zoom_silver.receive(t.turn_event(''user.updated'')), true)::text'), ('webhook', 'SELECT nullif(zoom_silver.receive(t.turn_event(''meeting.started'')), true)::text'),
	('webhook', 'SELECT nullif(zoom_silver.receive(t.turn_event(''meeting.participant_left'')), true)::text'),
	('csv', 'SELECT nullif(count(*), 3)::text FROM zoom_silver.load_csv(t.turn_file(), ''participants'', ''UTC'', ''MDY'')');
CREATE TABLE t.outcome (n integer GENERATED ALWAYS AS IDENTITY, source text, command text, locked text, timeout text, before text[], said text, wrong text);

CREATE PROCEDURE t.begin(source text, command text, locked text, timeout text) LANGUAGE sql AS $$
	SELECT t.next_turn();
	INSERT INTO t.outcome (source, command, locked, timeout, before) VALUES (begin.source, begin.command, begin.locked, begin.timeout, ARRAY(SELECT u::text FROM t.turns() u WHERE u.source = begin.source));
$$;
CREATE PROCEDURE t.call() LANGUAGE plpgsql AS $$
DECLARE
	sent text := (SELECT o.command FROM t.outcome o ORDER BY o.n DESC LIMIT 1);
	answer text;
	hinted text;
BEGIN
	BEGIN
		EXECUTE sent INTO answer;
	EXCEPTION WHEN query_canceled OR lock_not_available THEN
		GET STACKED DIAGNOSTICS hinted = PG_EXCEPTION_HINT;
		answer := concat_ws(' ', SQLSTATE, nullif(hinted, ''));
	END;
	UPDATE t.outcome SET said = answer WHERE n = (SELECT max(n) FROM t.outcome);
END
$$;
-- What was refused as a whole has written nothing, what was refused in part nothing by half;
-- once more, with nobody in its way, all of it is there.
CREATE FUNCTION t.wanted(relation text, source text, command text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN source = 'csv' AND relation = 'si_participants' OR source = 'webhook' AND strpos(command, CASE relation WHEN 'si_users' THEN 'updated' WHEN 'si_meetings' THEN 'started' ELSE relation END) = 0 THEN NULL
		ELSE last_value::text END FROM t.turn
$$;
CREATE PROCEDURE t.judge() LANGUAGE plpgsql AS $$
DECLARE
	o t.outcome := (SELECT u FROM t.outcome u ORDER BY u.n DESC LIMIT 1);
	answer text;
BEGIN
	o.wrong := (SELECT string_agg(w::text, ' and ') FROM t.turns() w WHERE w.source = o.source AND (strpos(w.turns, ' ') > 0 OR o.said ~ '^\d{5}' AND w::text <> ALL (o.before)
		OR o.said IS NULL AND w.turns <> t.wanted(w.relation, o.source, o.command)));
	EXECUTE o.command INTO answer;
	o.wrong := concat_ws('; ', o.wrong, 'again: ' || CASE WHEN o.said IS NULL AND o.source = 'webhook' THEN NULL ELSE answer END, (SELECT 'then ' || string_agg(w::text, ' and ') FROM t.turns() w
		WHERE w.source = o.source AND w.turns <> t.wanted(w.relation, o.source, o.command)));
	UPDATE t.outcome u SET wrong = o.wrong WHERE u.n = o.n;
END
$$;
CREATE TABLE t.lockable AS
SELECT c.oid::regclass AS target, m.mode FROM pg_class c, (VALUES ('ACCESS EXCLUSIVE'), ('SHARE')) AS m (mode)
WHERE c.oid::regclass::text IN ('raw_zoom.users', 'raw_zoom.report_meetings', 'silver.si_users', 'silver.si_meetings', 'silver.si_participants',
	'zoom_silver_state.source', 'zoom_silver_state.source_query', 'zoom_silver_state.event', 'zoom_silver_state.csv_start',
	'gold.go_process_audit_log', 'gold_state.quality_rule')
	AND m.mode = ANY (CASE WHEN c.relnamespace = 'raw_zoom'::regnamespace THEN '{ACCESS EXCLUSIVE}' WHEN c.relnamespace::regnamespace::text LIKE 'gold%' THEN '{SHARE}' ELSE '{SHARE,ACCESS EXCLUSIVE}' END::text[]);
SELECT u.command FROM t.calls c, t.lockable l, (VALUES ('lock_timeout'), ('statement_timeout')) AS s (setting), LATERAL (VALUES
	(1, format('CALL t.begin(%L, %L, %L, %L)', c.source, c.command, l.target || ' ' || l.mode, s.setting)), (2, 'BEGIN'), (3, format('LOCK TABLE %s IN %s MODE', l.target, l.mode)), (4, 'PREPARE TRANSACTION ''held'''),
	(5, format('SET %s = ''%s''', s.setting, CASE s.setting WHEN 'lock_timeout' THEN '10ms' ELSE '300ms' END)), (6, 'CALL t.call()'), (7, format('RESET %s', s.setting)),
	(8, 'ROLLBACK PREPARED ''held'''), (9, 'CALL t.judge()')) AS u (n, command)
WHERE l.target::text !~ CASE c.source WHEN 'airbyte' THEN 'event|csv' WHEN 'webhook' THEN 'raw|csv|query|log|rule' ELSE 'raw|event|query|log' END
	AND (s.setting = 'lock_timeout' OR l.mode = 'SHARE' OR l.target::text LIKE 'raw%')
ORDER BY c.source, c.command, l.target::text, l.mode, s.setting, u.n \gexec
SELECT t.same('SELECT source, left(command, 90), locked, timeout, said, wrong FROM t.outcome WHERE wrong <> ''''', '{}'::text[], 'nothing is written by half, and the next call is right');
SELECT t.same($$SELECT source, left(command, 90), locked, said FROM t.outcome WHERE timeout = 'lock_timeout' AND locked LIKE 'silver%' AND said NOT LIKE '%Locked now: ' || split_part(locked, ' ', 1) || ' by a prepared transaction.%'$$,
	'{}'::text[], 'what others have locked is named');
SELECT ok(count(said) > 40, 'of many calls that were refused') FROM t.outcome;
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
