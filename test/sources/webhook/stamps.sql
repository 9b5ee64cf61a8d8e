\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Events whose stamps cannot be read: each is kept, counts as of another time that it
-- has, and silver and gold tell of it.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
CREATE FUNCTION t.told() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'user' FROM silver.si_users WHERE unreadable = 'update_timestamp'
	UNION SELECT 'meeting' FROM silver.si_meetings WHERE unreadable = 'update_timestamp'
	UNION SELECT 'participant' FROM silver.si_participants WHERE unreadable = 'update_timestamp'
	UNION SELECT 'webinar' FROM silver.si_webinars WHERE unreadable = 'update_timestamp'
$$;
-- What an event alone says with another value in one of its stamps: the tables that tell,
-- and where it has its place.
CREATE FUNCTION t.stamped(event jsonb, path text[], value jsonb, OUT told text, OUT at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM zoom_silver.receive(CASE WHEN value IS NULL THEN event #- path ELSE jsonb_set(event, path, value) END, '2025-03-01 12:00Z');
	told := (SELECT string_agg(l, ' ' ORDER BY l) FROM t.told() l);
	at := (SELECT e.event_at FROM zoom_silver_state.event e);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	NULL;
END
$$;
CREATE TABLE t.seen AS
SELECT s.n, s.event ->> 'event' AS event, p.path, v.value, v.class, w.*, k.object,
	coalesce(zoom_silver.from_epoch(s.event #>> CASE p.path WHEN '{event_ts}' THEN '{payload,time_stamp}' ELSE '{event_ts}' END::text[]), zoom_silver.to_instant(s.event #>> k.happened_at), '2025-03-01 12:00Z') AS else_at
FROM (SELECT DISTINCT ON (s.event ->> 'event') s.* FROM t.sample s ORDER BY s.event ->> 'event', s.n) AS s
JOIN zoom_silver.known_event() k ON k.event = s.event ->> 'event'
CROSS JOIN (VALUES ('{event_ts}'::text[]), ('{payload,time_stamp}')) AS p (path)
CROSS JOIN (VALUES ('readable', '1740830400'::jsonb), ('readable', '"1740830400"'), ('readable', '1740830400000'), ('readable', '"2025-03-01T12:00:00Z"'), ('readable', '"2025-03-01T13:00:00+01:00"'),
	('none', 'null'), ('none', '""'), ('none', NULL), ('unreadable', '"yesterday"'), ('unreadable', '0'), ('unreadable', '17408304'), ('unreadable', 'true'), ('unreadable', '{"seconds": 1740830400}'), ('unreadable', '"2025-02-30T12:00:00Z"')) AS v (class, value)
CROSS JOIN LATERAL t.stamped(s.event, p.path, v.value) w;
SELECT t.same($$SELECT event, path, value, told FROM t.seen WHERE class <> 'unreadable' AND told IS NOT NULL$$, '{}'::text[], 'of a stamp that can be read, or is not there, nothing is told');
SELECT t.same($$SELECT event, path, value, told FROM t.seen WHERE class = 'unreadable' AND told IS DISTINCT FROM CASE object WHEN 'participant' THEN 'meeting participant' ELSE object END$$, '{}'::text[], 'of one that cannot, all that is made of it tells');
SELECT t.same($$SELECT event, path, value, at, else_at FROM t.seen WHERE class <> 'readable' AND at IS DISTINCT FROM else_at$$, '{}'::text[], 'it counts as of the other one, else of the time it tells of, else of its receipt');
SELECT t.same($$SELECT event, path, value, at FROM t.seen WHERE class = 'readable' AND path = '{payload,time_stamp}' AND at <> '2025-03-01 12:00Z'$$, '{}'::text[], 'one that can be read counts, however it is written');
SELECT ok(count(DISTINCT object) = 4 AND count(*) > 100, 'events of users, meetings, participants and webinars') FROM t.seen;

-- all the events, one of them with such a stamp: gold is the same but for a warning
SELECT zoom_silver.receive(event, received_at) FROM t.sample ORDER BY n \g /dev/null
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE '%\_unreadable %'$$, '{}'::text[], 'nothing is told of the sample');
SELECT zoom_silver.receive(jsonb_set(event, '{event_ts}', '"soon"'), received_at) FROM t.sample WHERE event ->> 'event' = 'user.updated' OR event ->> 'event' = 'meeting.ended' ORDER BY n \g /dev/null
CALL t.refresh();
SELECT t.same($$SELECT DISTINCT split_part(e, ' ', 1) || ' ' || substr(e, strpos(e, 'update_timestamp')) FROM t.errors() e WHERE e LIKE '%\_unreadable %'$$,
	ARRAY['si_meetings update_timestamp_unreadable warning', 'si_users update_timestamp_unreadable warning'], 'gold warns');
CREATE TABLE t.place AS SELECT t.silver_places() AS place;
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM t.place', 'folded anew, nothing is written');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
