\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- A connector and webhooks tell of the same users: whatever the order of two pulls and
-- four events, also of pulls of what was read before events that came already, a user's
-- history is the one that comes of them in the order of when they tell of.
CALL t.clock('2025-03-10 03:00Z');
CREATE SCHEMA raw_zoom;
CREATE TABLE raw_zoom.users (id text, email text, type integer, display_name text, first_name text, last_name text, _airbyte_extracted_at timestamptz);
CREATE TABLE raw_zoom.report_meetings (uuid text, topic text, start_time text, end_time text, duration integer, user_email text);
SELECT zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro", "relations": ["si_users"]}'), zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null

-- What is told at which hour: kinds of users, of each one for every slot of the four
-- events: before, between or after the pulls.
CREATE TABLE t.told AS SELECT * FROM (VALUES
	('updated', 'event', 5, 'user.updated', '{"company": "Acme"}'), ('updated', 'pull', 10, '', '{"name": "Ana", "type": 1}'), ('updated', 'event', 20, 'user.updated', '{"company": "Bolt"}'),
	('updated', 'event', 25, 'user.updated', '{"display_name": "Ana Ito"}'), ('updated', 'pull', 30, '', '{"name": "Ana Ito", "type": 2}'), ('updated', 'event', 40, 'user.updated', '{"company": "Core"}'),
	('created', 'event', 5, 'user.created', '{"display_name": "Ben", "type": 1}'), ('created', 'pull', 10, '', '{"name": "Ben", "type": 1}'), ('created', 'event', 20, 'user.updated', '{"company": "Bolt"}'),
	('created', 'event', 25, 'user.updated', '{"type": 2}'), ('created', 'pull', 30, '', '{"name": "Benno", "type": 1}'), ('created', 'event', 40, 'user.updated', '{"company": null}'),
	('before', 'pull', 1, '', '{"name": "Cy", "type": 1}'), ('before', 'pull', 2, '', '{"name": "Cyrus", "type": 1}'), ('before', 'event', 5, 'user.updated', '{"company": "Acme"}'), ('before', 'event', 20, 'user.updated', '{"type": 2}'),
	('before', 'event', 25, 'user.updated', '{"company": "Bolt"}'), ('before', 'event', 40, 'user.updated', '{"display_name": "Cyrus Day"}'),
	('deleted', 'event', 5, 'user.updated', '{"company": "Acme"}'), ('deleted', 'pull', 10, '', '{"name": "Dora", "type": 2}'), ('deleted', 'event', 20, 'user.deleted', '{}'),
	('deleted', 'event', 25, 'user.created', '{"display_name": "Dora Epp", "type": 1}'), ('deleted', 'pull', 30, '', '{"name": "Dora E.", "type": 1}'), ('deleted', 'event', 40, 'user.updated', '{"company": "Core"}')
) AS k (kind, way, hour, event, says);
CREATE TABLE t.item AS
SELECT format('%s-%s', t.kind, code) AS id, t.kind, t.way, timestamptz '2025-03-01Z' + t.hour * interval '1 hour' AS at, t.event, t.says::jsonb,
	CASE t.way WHEN 'pull' THEN t.nth ELSE code / (3 ^ (t.nth - 1))::integer % 3 END AS slot, md5(concat(t.kind, code, t.hour)) AS place
FROM (SELECT k.*, row_number() OVER (PARTITION BY kind, way ORDER BY hour) AS nth FROM t.told k) AS t, generate_series(0, 80) code;
CREATE PROCEDURE t.receive(slot integer) LANGUAGE sql AS $$
	SELECT zoom_silver.receive(jsonb_build_object('event', i.event, 'event_ts', (extract(epoch FROM i.at) * 1000)::bigint, 'payload', jsonb_build_object('object', i.says || jsonb_build_object('id', i.id, 'email', i.id || '@acme.example'))))
	FROM (SELECT * FROM t.item i WHERE i.way = 'event' AND i.slot = receive.slot ORDER BY i.place OFFSET 0) AS i
$$;
CREATE PROCEDURE t.pull(nth integer) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM raw_zoom.users;
	INSERT INTO raw_zoom.users (id, email, type, display_name, _airbyte_extracted_at)
	SELECT i.id, i.id || '@acme.example', (i.says ->> 'type')::integer, i.says ->> 'name', i.at FROM t.item i WHERE i.way = 'pull' AND i.slot = nth;
	CALL t.pull_all();
END
$$;
-- The histories as silver has them: of one instant the newest row, of rows that say the same the first.
CREATE VIEW t.history AS
SELECT id, kind, array_agg(concat_ws(' ', to_char(at AT TIME ZONE 'UTC', 'DD HH24'), said) ORDER BY at) AS history FROM (
	SELECT n.*, lag(said) OVER (PARTITION BY id ORDER BY at) IS DISTINCT FROM said AS is_new FROM (
		SELECT DISTINCT ON (s.user_id, s.update_timestamp) s.user_id AS id, split_part(s.user_id, '-', 1) AS kind, s.update_timestamp AS at,
			CASE WHEN s.deleted_at IS NOT NULL THEN 'deleted' ELSE ROW(s.user_name, s.company, s.plan_type)::text END AS said
		FROM silver.si_users s ORDER BY s.user_id, s.update_timestamp, s.load_timestamp DESC) AS n) AS c
WHERE is_new GROUP BY id, kind;

CALL t.receive(0);
CALL t.pull(1);
CALL t.clock('2025-03-10 04:00Z');
CALL t.receive(1);
CALL t.pull(2);
CALL t.clock('2025-03-10 05:00Z');
CALL t.receive(2);
-- What was told last of each member up to each hour.
CREATE TABLE t.wanted AS
SELECT id, kind, array_agg(concat_ws(' ', to_char(at AT TIME ZONE 'UTC', 'DD HH24'), said) ORDER BY at) AS history FROM (
	SELECT w.*, lag(w.said) OVER (PARTITION BY w.id ORDER BY w.at) IS DISTINCT FROM w.said AS is_new FROM (
		SELECT i.id, i.kind, i.at, CASE WHEN i.event = 'user.deleted' THEN 'deleted' ELSE ROW(
			coalesce((SELECT coalesce(o.says ->> 'name', o.says ->> 'display_name') FROM t.item o WHERE o.id = i.id AND o.at <= i.at AND o.says ?| '{name,display_name}' ORDER BY o.at DESC LIMIT 1), i.id || '@acme.example'),
			(SELECT o.says ->> 'company' FROM t.item o WHERE o.id = i.id AND o.at <= i.at AND o.says ? 'company' ORDER BY o.at DESC LIMIT 1),
			(SELECT CASE o.says ->> 'type' WHEN '1' THEN 'Basic' ELSE 'Pro' END FROM t.item o WHERE o.id = i.id AND o.at <= i.at AND o.says ? 'type' ORDER BY o.at DESC LIMIT 1))::text END AS said
		FROM t.item i) AS w) AS c
WHERE is_new GROUP BY id, kind;
SELECT t.equal(format('SELECT id, history FROM t.history WHERE kind = %L', kind), format('SELECT id, history FROM t.wanted WHERE kind = %L', kind), kind || ': all come to the same')
FROM (SELECT DISTINCT kind FROM t.told) AS k ORDER BY kind;
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
