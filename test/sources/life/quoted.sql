\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Sessions that have all names quoted: what they read and receive is what others do.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SET quote_all_identifiers = on;
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}', 'hook') \g /dev/null
SELECT t.same('SELECT process_name FROM zoom_silver.pull() WHERE status <> ''Success''', '{}'::text[], 'pulls read all');
SELECT t.same($$SELECT zoom_silver.receive('{"event": "user.created", "event_ts": 1740960000000, "payload": {"object": {"id": "u9", "email": "u9@x.example", "type": 1}}}')$$, 'true', 'an event is received');
SELECT t.same($$SELECT zoom_silver.receive('{"event": "user.updated", "event_ts": 1740960000000, "payload": {"object": {"id": "aN4x-01QRqeTzpAAAAAAAA", "company": "Acme"}}}')$$, 'true', 'and one that is older than what was read');
SELECT t.same('SELECT DISTINCT company FROM silver.si_users WHERE user_id = ''aN4x-01QRqeTzpAAAAAAAA'' AND update_timestamp >= ''2025-03-03Z'' AND load_timestamp = (SELECT max(load_timestamp) FROM silver.si_users)', 'Acme', 'which that keeps');
CALL t.refresh();
SELECT t.same('SELECT count(*) > 3 FROM silver.si_participants', 'true', 'silver has what there is');
UPDATE raw_zoom.users SET display_name = display_name || ' X';
SELECT t.same('SELECT process_name FROM zoom_silver.pull() WHERE status <> ''Success''', '{}'::text[], 'and again');
RESET quote_all_identifiers;
UPDATE zoom_silver_state.source_query SET fingerprint = NULL, digest = NULL, input_digest = NULL;
SELECT t.same('SELECT process_name FROM zoom_silver.pull() WHERE status <> ''Success'' OR inserted + updated + deleted > 0', '{}'::text[], 'others find nothing to write');
SELECT * FROM finish();
