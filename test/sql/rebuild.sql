\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- rebuild(): what a wrong load left is gone, gold is that of a first load.
-- teardown(true): begin again.
CALL t.setup();
\set gold_rows :abs_srcdir '/include/gold_rows.sql'
\i :gold_rows
-- Everything that the engine keeps, but for a sequence.
CREATE FUNCTION t.state() RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name regclass;
BEGIN
	FOR name IN SELECT oid FROM pg_class WHERE relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace) AND relkind = 'r'
	LOOP
		RETURN QUERY EXECUTE format('SELECT concat_ws('' '', %L, ctid, xmin, g) FROM %s AS g', name, name);
	END LOOP;
END
$$;
INSERT INTO silver.si_users SELECT 'n' || n, 'User ' || n % 35, n || '@x.example', NULL, 'Free', '2024-01-02Z', NULL, 'ZOOM' FROM generate_series(1, 40) AS n;
CALL t.user('u1', 'Ana', '2024-01-01Z');
CALL t.user('u2', 'Bo', '2024-01-01Z', email => 'bo@x.example');
CALL t.user('u3', 'Ana', '2024-01-01Z', email => 'other@x.example');
CALL t.user('u4', 'Phantom', '2024-01-01Z', email => 'ph@x.example');
CALL t.user('ghost', 'Ghost', '2024-01-01Z', email => 'ghost@x.example');
CALL t.ticket('ghost', 'u1', 'Audio', 'Open', '2024-01-05');
CALL t.meeting('m1', 'u1', '2024-01-05 10:00Z');
CALL t.meeting('m2', 'u3', '2023-12-05 10:00Z', topic => 'Phantom topic');
CALL t.meeting('m3', 'u4', '2024-01-05 10:00Z', topic => 'Kept', source => 'PHANTOM');
INSERT INTO silver.si_meetings SELECT 'p' || n, 'n' || n, 'Phantom ' || n, timestamptz '2024-01-06Z' + n * interval '1 hour', NULL, 30, '2024-01-06Z', NULL, 'ZOOM'
FROM generate_series(1, 30) AS n;
CALL t.participant('q1', 'm1', 'u2', '2024-01-05 10:00Z', '2024-01-05 10:20Z');
CALL t.participant('q2', 'm1', 'stranger', '2024-01-05 10:00Z', '2024-01-05 10:20Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-05');
CALL t.usage('f2', 'm2', 'Poll', '2024-01-06');
CALL t.webinar('w1', 'u2', '2024-01-07 10:00Z', '2024-01-07 11:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-05');
CALL t.license('l1', 'Pro', 'u1', '2024-01-01');
CALL t.license('l2', 'Pro', 'u4', '2024-01-01', '2024-03-01');
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-01-10');
CALL t.billing('b2', 'n3', 'Subscription Fee', 20, '2024-03-10');
CALL t.refresh_at('2024-01-20Z');
-- a wrong mapping gives everybody a plan that is none, and a name
UPDATE silver.si_users SET plan_type = 'plan:' || user_id, user_name = 'X ' || user_id, update_timestamp = '2024-02-01Z';
CALL t.refresh_at('2024-02-02Z');
UPDATE silver.si_users SET plan_type = 'Free', user_name = CASE WHEN user_id IN ('u1', 'u3') THEN 'Ana' ELSE 'Name ' || user_id END, update_timestamp = '2024-02-03Z';
CALL t.ticket_status('t1', 'Resolved', '2024-02-03Z');
CALL t.refresh_at('2024-02-04Z');
CALL t.ticket_status('t1', 'Open', '2024-02-05Z');
CALL t.refresh_at('2024-02-06Z');
CALL t.clock('2024-06-30Z');
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = 'u2';
CALL t.refresh();

-- the mapping is mended, and silver with it; some of it is pending
UPDATE silver.si_users SET update_timestamp = '2024-01-15Z', plan_type = 'Basic' WHERE user_id <> 'u4';
DELETE FROM silver.si_users WHERE user_id IN ('u4', 'ghost') OR user_id LIKE 'n2%';
DELETE FROM silver.si_support_tickets WHERE ticket_id = 'ghost';
CREATE TEMP TABLE before AS SELECT * FROM t.state();
CREATE TEMP TABLE planned AS SELECT * FROM zoom_gold.rebuild('silver.si_users', plan => true);
SELECT t.equal('SELECT * FROM t.state()', 'SELECT * FROM before', 'a planned rebuild writes nothing');
SELECT isnt_empty($$SELECT FROM planned WHERE item = 'gold_state.user_event' AND rows > 100$$, 'and tells what history is lost');
SELECT t.equal($$SELECT * FROM zoom_gold.rebuild('si_users')$$, 'SELECT * FROM planned', 'which is what the rebuild does');
SELECT t.healthy('users are sound');
SELECT t.same($$SELECT user_id FROM gold_state.user_identity WHERE user_id <> '' AND user_id NOT IN (SELECT user_id FROM silver.si_users UNION SELECT host_id FROM silver.si_meetings
	UNION SELECT host_id FROM silver.si_webinars UNION SELECT user_id FROM silver.si_participants UNION SELECT user_id FROM silver.si_support_tickets
	UNION SELECT assigned_to_user_id FROM silver.si_licenses UNION SELECT user_id FROM silver.si_billing_events)$$, '{}'::text[], 'nobody is known whom silver does not name');
SELECT t.same($$SELECT DISTINCT plan_type FROM gold.go_dim_user$$, 'Basic', 'wrong versions are gone');

DELETE FROM silver.si_meetings WHERE meeting_id LIKE 'p%' OR meeting_id = 'm2';
UPDATE silver.si_meetings SET source_system = 'ZOOM', update_timestamp = '2024-01-01Z' WHERE meeting_id = 'm3';
SELECT count(*) FROM zoom_gold.rebuild('si_meetings') \g /dev/null
SELECT t.same($$SELECT count(*) FROM gold.go_dim_meeting WHERE meeting_topic LIKE 'Phantom%'$$, '31', 'members stay where nobody asks, past the delete guard');
SELECT t.same($$SELECT rows FROM zoom_gold.rebuild('si_meetings', members => true) WHERE item = 'gold.go_dim_meeting'$$, '31', 'and go for who does');
SELECT t.same($$SELECT meeting_topic, source_system FROM gold.go_dim_meeting$$, ARRAY['Kept|ZOOM', 'Sync|ZOOM'], 'those in use stay, as silver has them');
SELECT t.healthy('meetings are sound');
SELECT isnt_empty($$SELECT FROM zoom_gold.rebuild('si_support_tickets', members => true) WHERE item = 'gold_state.ticket_event' AND rows > 0$$, 'resolutions are forgotten');
SELECT t.healthy('tickets are sound');
SELECT t.same('SELECT ticket_id FROM gold_state.ticket_identity', 't1', 'no ticket is known that silver does not have');
SELECT t.same($$SELECT count(*) FROM zoom_gold.rebuild('si_support_tickets') WHERE rows <> 0$$, '0', 'once more loses nothing');
SELECT t.same($$SELECT relation FROM gold_state.relation_state WHERE deletes_confirmed$$, '{}'::text[], 'the guard is up again');
SELECT t.same($$SELECT user_id FROM gold_state.user_identity WHERE live_rows < 0$$, '{}'::text[], 'no user is left between');

-- the usage of a meeting that is gone is not accepted any more, but its member came with another relation
SELECT t.same($$SELECT rows FROM zoom_gold.rebuild('si_feature_usage', members => true) WHERE item = 'gold.go_dim_feature'$$, '1', 'members go with the relation they come with');

-- against a first load
CREATE TEMP TABLE rebuilt AS SELECT * FROM t.gold() AS g;
CREATE TEMP TABLE silver_before AS SELECT u FROM silver.si_users AS u;
CREATE VIEW public.theirs AS SELECT user_name FROM gold.go_dim_user;
SELECT throws_matching('SELECT * FROM zoom_gold.teardown(true)', 'outside gold', 'gold is not dropped under views of others');
DROP VIEW public.theirs;
SELECT t.same($$SELECT relation FROM zoom_gold.teardown(true) WHERE relation IN ('gold', 'gold_state', 'gold_masked', 'gold_bi', 'gold_bi_masked')$$,
	'{gold,gold_state,gold_masked,gold_bi,gold_bi_masked}'::text[], 'teardown(true) drops what setup() made');
SELECT t.same($$SELECT nspname FROM pg_namespace WHERE nspname LIKE 'gold%'$$, '{}'::text[], 'nothing of gold is left');
SELECT t.same($$SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'silver'::regnamespace AND NOT t.tgisinternal$$, '{}'::text[], 'nor triggers on silver');
SELECT t.equal('SELECT u FROM silver.si_users AS u', 'SELECT * FROM silver_before', 'silver stays');
CALL t.setup();
CALL t.refresh();
SELECT t.equal('SELECT * FROM rebuilt', 'SELECT * FROM t.gold() AS g', 'gold was that of a first load');
SELECT isnt_empty('SELECT FROM rebuilt', 'which is not empty');

-- a failing step keeps everything
ALTER TABLE gold.go_fact_billing ADD CONSTRAINT small CHECK (amount < 15) NOT VALID;
CALL t.billing('b9', 'u1', 'Subscription Fee', 16, '2024-03-10');
CREATE TEMP TABLE before_failure AS SELECT * FROM t.state();
SELECT throws_matching($$SELECT * FROM zoom_gold.rebuild('si_users')$$, 'build_fact_billing', 'a step that fails is named');
SELECT t.equal('SELECT * FROM t.state()', 'SELECT * FROM before_failure', 'and nothing is changed');
SELECT throws_matching($$SELECT * FROM zoom_gold.rebuild('si_nonsense')$$, 'si_nonsense', 'an unknown relation is an error that names it');
CREATE ROLE rebuild_reader;
GRANT USAGE ON SCHEMA zoom_gold TO rebuild_reader;
GRANT EXECUTE ON FUNCTION zoom_gold.rebuild(text, boolean, boolean) TO rebuild_reader;
SET ROLE rebuild_reader;
SELECT count(*) FROM zoom_gold.rebuild('si_users');
RESET ROLE;
DROP OWNED BY rebuild_reader;
DROP ROLE rebuild_reader;
SELECT * FROM finish();
