\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What cannot be received, and what is odd and can.
CREATE FUNCTION t.refused(command text, want text, description text) RETURNS text LANGUAGE sql AS $$
	SELECT t.same(format('SELECT state, message FROM t.failure(%L)', command), want, description)
$$;
SELECT t.refused(format('SELECT zoom_silver.receive(%L)', body), '22023|not a Zoom webhook event', 'no event: ' || coalesce(body, 'NULL'))
FROM (VALUES (NULL), ('{}'), ('[]'), ('"meeting.ended"'), ('{"event": 1}'), ('{"payload": {"object": {}}}')) AS v (body);
SELECT t.refused($$SELECT zoom_silver.receive('{"event": "user.created", "payload": {"object": {"id": "u1"}}}')$$, '42P01|zoom_silver has no source in this database yet', 'no source');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('webhook', NULL)$$, '22023|option licensed_plan is missing: Zoom says only that a user is licensed', 'no plan');
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Gold"}')$$, '22023|option licensed_plan cannot be "Gold"', 'a plan that there is not');
SELECT * FROM zoom_silver.add_source('csv', NULL) \g /dev/null
SELECT t.refused($$SELECT zoom_silver.receive('{"event": "user.created", "payload": {"object": {"id": "u1"}}}')$$, '55000|there is no source of kind webhook', 'none of the kind');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.refused($$SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}', 'other')$$, '42710|there is a source of kind webhook already', 'two of the kind');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT t.refused($$SELECT zoom_silver.receive('{"event": "user.created", "payload": {"object": {"id": "u1"}}}')$$, '0A000|events cannot be received in a repeatable read transaction', 'a snapshot that would be too old');
COMMIT;
SELECT t.same($$SELECT zoom_silver.receive('{"event": "endpoint.url_validation", "payload": {"plainToken": "x"}}')$$, 'false', 'a validation tells nothing');
SELECT t.same('SELECT count(*) FROM zoom_silver_state.event', '0', 'and is not kept');

-- odd events, one a line: whether something was made of it
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same(format('SELECT zoom_silver.receive(%L, ''2025-03-01 12:00Z'')', body), want, description)
FROM (VALUES
	('{"event": "app.deauthorized"}', 'false', 'no payload'),
	('{"event": "meeting.ended", "payload": "x"}', 'false', 'a payload that is none'),
	('{"event": "meeting.ended", "payload": {"object": {"id": 5}}}', 'false', 'a meeting without a uuid'),
	(format('{"event": "user.created", "payload": {"object": {"id": "%s"}}}', repeat('x', 3000)), 'false', 'an id that is none'),
	('{"event": "user.updated", "event_ts": "soon", "payload": {"object": {"id": "u1", "company": "Acme"}}}', 'true', 'a stamp that is none'),
	('{"event": "user.updated", "event_ts": 1e300, "payload": {"object": {"id": "u1", "company": "Acme"}}}', 'true', 'one that is too large'),
	('{"event": "meeting.started", "event_ts": 1740819600000, "payload": {"object": {"uuid": "m1", "host_id": "u1", "start_time": "yesterday"}}}', 'true', 'a start that is none'),
	('{"event": "meeting.ended", "event_ts": 1740823200000, "payload": {"object": {"uuid": "m2", "host_id": "u1", "start_time": "2025-03-01T09:00:00Z"}}}', 'true', 'an end without a time'),
	('{"event": "meeting.participant_joined", "payload": {"object": {"uuid": "m2", "participant": {"join_time": "2025-03-01T09:00:00Z"}}}}', 'true', 'a participant without a number'),
	('{"event": "meeting.participant_left", "payload": {"object": {"uuid": "m2", "participant": null}}}', 'true', 'a participant that is none')) AS v (body, want, description);
SELECT t.same('SELECT start_time, end_time, unreadable FROM silver.si_meetings', ARRAY['-|-|start_time', '2025-03-01 09:00|2025-03-01 10:00|-'], 'who ended without a time ended when the event was sent');
CALL t.refresh();
SELECT t.same('SELECT e FROM t.errors() AS e WHERE e LIKE ''%error''', ARRAY['si_users u1 user_name_missing error', 'si_meetings m1 start_time_unreadable error', 'si_meetings m1 start_time_missing error'],
	'gold rejects what cannot be read, and says so');
-- who was not known is, as soon as somebody tells
SELECT t.same($$SELECT zoom_silver.receive('{"event": "user.created", "event_ts": 1740700000000, "payload": {"object": {"id": "u1", "email": "u1@acme.example", "type": 1}}}')$$, 'true', 'a late event');
CALL t.refresh();
SELECT t.same('SELECT user_name, company, plan_type, valid_from FROM gold.go_dim_user WHERE is_current', 'u1@acme.example|Acme|Basic|2025-03-01 12:00', 'mends what was waiting for it');
SELECT t.same('SELECT e FROM t.errors() AS e WHERE e LIKE ''si_users%error''', '{}'::text[], 'and its error');

-- numbers mean what they are, however a receiver wrote them on their way
SELECT t.same($$SELECT zoom_silver.receive(v::jsonb) FROM unnest('{}'::text[] || '{"event": "user.created", "event_ts": 1740823200000, "payload": {"object": {"id": "u9", "email": "u9@acme.example", "type": 1, "x": [0.5]}}}'::text
	|| '{"payload": {"object": {"x": [0.50], "type": 1.0, "email": "u9@acme.example", "id": "u9"}}, "event": "user.created", "event_ts": 1.7408232e12}'::text
	|| '{"event": "user.created", "event_ts": 1740823200000.000, "payload": {"object": {"id": "u9", "email": "u9@acme.example", "type": 1, "x": [0.5]}}}'::text) AS v$$,
	ARRAY['false', 'false', 'true'], 'one event in three forms is one');
SELECT t.same($$SELECT zoom_silver.receive('{"event": "user.created", "event_ts": 1740823200000.0, "payload": {"object": {"id": "u8", "email": "u8@acme.example", "type": 2.0}}}')$$, 'true', 'another one in the third form alone');
SELECT t.same($$SELECT user_id, plan_type, update_timestamp FROM silver.si_users WHERE user_id IN ('u8', 'u9')$$, ARRAY['u8|Pro|2025-03-01 10:00', 'u9|Basic|2025-03-01 10:00'], 'is read as what it says');

-- what another source told of a user is what an update adds to
INSERT INTO silver.si_users VALUES ('u2', 'Bea Fox', 'bea@acme.example', NULL, 'Pro', '2025-02-01Z', '2025-02-01Z', 'airbyte');
SELECT t.same($$SELECT zoom_silver.receive('{"event": "user.updated", "event_ts": 1740700000000, "payload": {"object": {"id": "u2", "company": "Acme"}}}')$$, 'true', 'an update of a user of another source');
CALL t.refresh();
SELECT t.same('SELECT user_name, email, company, plan_type, valid_from FROM gold.go_dim_user WHERE user_name = ''Bea Fox''', ARRAY['Bea Fox|bea@acme.example|-|Pro|2025-02-01 00:00',
	'Bea Fox|bea@acme.example|Acme|Pro|2025-02-27 23:46:40'], 'keeps what it does not tell of');
-- and who was deleted is back as soon as another source says so again
CREATE FUNCTION t.sync(at text) RETURNS bigint LANGUAGE sql AS $$
	SELECT inserted FROM zoom_silver.write_rows('si_users', format('SELECT %L AS user_id, %L AS user_name, %L AS email, %L AS plan_type, %L AS update_timestamp',
		'u2', 'Bea Fox', 'bea@acme.example', 'Pro', at), 'airbyte')
$$;
SELECT t.same($$SELECT zoom_silver.receive('{"event": "user.deleted", "event_ts": 1740700800000, "payload": {"object": {"id": "u2"}}}')$$, 'true', 'a deletion of a user of another source');
SELECT t.same($$SELECT t.sync('2025-02-27 23:50Z')$$, '0', 'a sync that lags behind it tells nothing new');
CALL t.refresh();
SELECT t.same('SELECT company, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = ''Bea Fox''', ARRAY['-|2025-02-01 00:00|2025-02-27 23:46:40',
	'Acme|2025-02-27 23:46:40|2025-02-28 00:00'], 'the user is gone as of the event');
SELECT t.same($$SELECT t.sync('2025-02-28 12:00Z'), t.sync('2025-02-28 12:00Z')$$, '1|0', 'a sync after it has the user again');
CALL t.refresh();
SELECT t.same('SELECT company, valid_from FROM gold.go_dim_user WHERE user_name = ''Bea Fox'' AND is_current', 'Acme|2025-02-28 12:00', 'as of then');
SELECT t.healthy('gold is right');

-- nothing is open to everybody
CREATE ROLE zoom_gold_test_stranger;
SELECT t.same($$SELECT has_function_privilege('zoom_gold_test_stranger', 'zoom_silver.receive(jsonb, timestamptz)', 'EXECUTE'),
	has_schema_privilege('zoom_gold_test_stranger', 'zoom_silver', 'USAGE'), has_table_privilege('zoom_gold_test_stranger', 'zoom_silver_state.event', 'SELECT')$$, 'false|false|false', 'a stranger receives nothing');
DROP ROLE zoom_gold_test_stranger;
SELECT * FROM finish();
