\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Any order of the events, any duplicates, any batches and any refreshes in
-- between lead to the gold of the events in their own order, refreshed once.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events

-- The sample, and more of the kind that orders matter to.
CREATE TABLE t.event AS
SELECT event, received_at FROM t.sample
UNION ALL
SELECT jsonb_build_object('event', 'user.updated', 'event_ts', 1740500000000 + n * 60000, 'payload', jsonb_build_object('object',
		jsonb_build_object('id', 'cY4r-03QRqeTzpCCCCCCCC') || CASE n % 4 WHEN 0 THEN jsonb_build_object('company', 'Acme ' || n / 8)
			WHEN 1 THEN jsonb_build_object('type', 1 + n / 4 % 2) WHEN 2 THEN jsonb_build_object('last_name', 'Day ' || n / 8)
			ELSE jsonb_build_object('email', format('cyrus%s@acme.example', n / 8 % 2)) END)), to_timestamp(1740500000 + n * 60)
FROM generate_series(1, 16) AS n
UNION ALL
-- two of one instant
SELECT format('{"event": "user.updated", "event_ts": 1740600000000, "payload": {"object": {"id": "aN4x-01QRqeTzpAAAAAAAA", "company": "Ono %s"}}}', n)::jsonb, to_timestamp(1740600000 + n)
FROM generate_series(1, 2) AS n
UNION ALL
-- somebody who goes and comes back, and of whom more is told meanwhile
SELECT format('{"event": "user.%s", "event_ts": %s, "payload": {"object": {"id": "dO6a-04QRqeTzpDDDDDDDD"%s}}}', what, 1740600000000 + hour * 3600000, told)::jsonb, to_timestamp(1740600000 + hour * 3600)
FROM (VALUES ('created', 0, ', "display_name": "Dora Epp", "email": "dora@acme.example", "type": 1'), ('updated', 1, ', "type": 2'), ('deleted', 2, ', "email": "dora@acme.example"'),
	('created', 10, ', "display_name": "Dora Fay", "email": "dora@acme.example", "type": 1'), ('updated', 11, ', "company": "Acme"'), ('disassociated', 12, ''),
	('updated', 12, ', "company": "Same instant"'), ('created', 20, ', "display_name": "Dora Fay", "email": "dora@acme.example", "type": 2')) AS d (what, hour, told)
UNION ALL
-- a meeting of which only those who took part tell, and one that nobody left
SELECT format('{"event": "meeting.participant_%s", "event_ts": %s, "payload": {"object": {"uuid": "%s", "topic": "Lost", "host_id": "cY4r-03QRqeTzpCCCCCCCC",
	"start_time": "2025-02-26T09:00:00Z", "participant": {"user_id": "%s", "id": "aN4x-01QRqeTzpAAAAAAAA", "%s_time": "2025-02-26T09:%s:00Z"}}}}',
	way, 1740560400000 + minute::integer * 60000, meeting, who, CASE way WHEN 'joined' THEN 'join' ELSE 'leave' END, minute)::jsonb, to_timestamp(1740560400 + minute::integer * 60)
FROM (VALUES ('joined', 'l0st+MeetingAAAAAAAAAA==', '1', '00'), ('left', 'l0st+MeetingAAAAAAAAAA==', '1', '10'), ('joined', 'l0st+MeetingAAAAAAAAAA==', '1', '12'),
	('joined', 'l0st+MeetingAAAAAAAAAA==', '2', '05'), ('left', 'l0st+MeetingAAAAAAAAAA==', '2', '20')) AS p (way, meeting, who, minute);

-- All of gold but its bookkeeping.
CREATE FUNCTION t.gold() RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'gold' AND table_name NOT LIKE '%log' LOOP
		RETURN QUERY EXECUTE format('SELECT %L || '' '' || (to_jsonb(g) - ''load_date'' - ''update_date'')::text FROM gold.%1$I AS g', name);
	END LOOP;
	RETURN QUERY SELECT t.errors();
END
$$;

-- Play the events in an order by seed, 0 being their own, each with a chance
-- to come twice, in batches of one transaction.
CREATE PROCEDURE t.play(seed integer) LANGUAGE plpgsql AS $$
DECLARE
	e record;
BEGIN
	DROP SCHEMA IF EXISTS gold, gold_state, gold_masked, silver, zoom_silver_state CASCADE;
	CALL t.clock('2025-03-03 03:00Z');
	CALL t.setup();
	PERFORM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}');
	COMMIT;
	PERFORM setseed(seed / 1000.0);
	FOR e IN
		SELECT x.event, x.received_at, random() AS fate, row_number() OVER () AS n
		FROM (SELECT * FROM (
			SELECT event, received_at, random() AS place FROM t.event
			UNION ALL
			SELECT event, received_at + interval '5 minutes', random() FROM t.event WHERE seed > 0 AND random() < 0.3) AS d
			ORDER BY CASE WHEN seed > 0 THEN place ELSE extract(epoch FROM received_at) END) AS x
	LOOP
		PERFORM zoom_silver.receive(e.event, e.received_at);
		IF seed > 0 AND e.fate < 0.6 THEN
			COMMIT;
			CALL t.clock((timestamptz '2025-03-03 03:00Z' + e.n * interval '1 minute')::text);
			IF e.fate < 0.3 THEN
				CALL t.refresh();
				COMMIT;
			END IF;
		END IF;
	END LOOP;
	CALL t.clock('2025-03-04 03:00Z');
	CALL t.refresh();
	COMMIT;
END
$$;

CALL t.play(0);
CREATE TABLE t.wanted AS SELECT t.gold() AS line;
SELECT t.same($$SELECT count(*) > 30, count(DISTINCT split_part(line, ' ', 1)) > 6 FROM t.wanted$$, 'true|true', 'there is a gold to compare with');
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE is_current AND user_name LIKE 'Ana%'$$, (SELECT event #>> '{payload,object,company}' FROM t.event
	WHERE event #>> '{payload,object,company}' LIKE 'Ono%' ORDER BY sha256(convert_to(event::text, 'UTF8')) DESC LIMIT 1), 'of two of one instant the digest decides');
SELECT t.same($$SELECT user_name, start_time FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'Lost'$$, 'Cyrus Day 1|2025-02-26 09:00', 'a meeting whose start was lost is there');
SELECT t.same($$SELECT user_name, plan_type, company, valid_from, valid_to FROM gold.go_dim_user WHERE user_name LIKE 'Dora%'$$, ARRAY['Dora Epp|Basic|-|2025-02-26 20:00|2025-02-26 21:00',
	'Dora Epp|Pro|-|2025-02-26 21:00|2025-02-26 22:00', 'Dora Fay|Basic|-|2025-02-27 06:00|2025-02-27 07:00', 'Dora Fay|Basic|Acme|2025-02-27 07:00|2025-02-27 08:00',
	'Dora Fay|Pro|Same instant|2025-02-27 16:00|9999-12-31 00:00'], 'lives of a user who went and came back');
SELECT t.same($$SELECT join_time, leave_time FROM silver.si_participants WHERE meeting_id LIKE 'l0st%'$$, ARRAY['2025-02-26 09:00|-', '2025-02-26 09:05|2025-02-26 09:20'],
	'who joined again has not left');
SELECT t.healthy('it is right');
SELECT format('CALL t.play(%s)', n), format('SELECT t.equal(%L, %L, %L)', 'SELECT t.gold()', 'SELECT line FROM t.wanted', 'shuffle ' || n),
	'SELECT t.healthy(''which is right'')'
FROM generate_series(1, 8) AS n \gexec
SELECT * FROM finish();
