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

\set play :abs_srcdir '/sources/webhook/play.inc'
\i :play
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
