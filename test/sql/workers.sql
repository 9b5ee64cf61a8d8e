\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Passes over some days whose query has parallel workers: what a row refers to
-- and was not read ahead is looked up while they are at work; and passes that
-- write meanwhile.
CALL t.clock('2024-06-30Z');
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.refresh();
-- Parallel operations forbid as much where no worker is free to be launched, which
-- takes most of the time: two passes have them.
CREATE PROCEDURE t.refresh_by_workers(launched integer DEFAULT 0) LANGUAGE plpgsql
SET max_parallel_workers_per_gather = 1 SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0 SET min_parallel_table_scan_size = 0 SET enable_indexscan = off SET enable_bitmapscan = off AS $$
BEGIN
	PERFORM set_config('max_parallel_workers', launched::text, true);
	CALL t.refresh();
END
$$;
INSERT INTO silver.si_meetings SELECT 'm' || n, CASE WHEN n % 10 = 0 THEN 'u1' ELSE 'x' || n % 7 END, 'T', timestamptz '2024-03-01 10:00Z' + n % 3 * interval '1 day', NULL, n, '2024-03-01Z', NULL, 'Z'
FROM generate_series(1, 200) AS n;
INSERT INTO silver.si_feature_usage SELECT 'f' || n, 'm' || n, 'Chat', 1, '2024-03-01', '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 250) AS n;
ANALYZE silver.si_meetings, silver.si_feature_usage;
CALL t.refresh_by_workers(4);
SELECT t.same('SELECT user_name, count(*) FROM gold.go_fact_meeting_usage GROUP BY 1', ARRAY['Ana|20', '-|180'], 'unknown users are looked up while an empty fact is filled');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'and all is right');
INSERT INTO silver.si_meetings SELECT 'n' || n, 'y' || n % 5, 'T', timestamptz '2024-03-01 10:00Z' + n % 2 * interval '1 day', NULL, n, '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 20) AS n;
UPDATE silver.si_meetings SET host_id = 'z', update_timestamp = '2024-03-02Z' WHERE meeting_id = 'm1';
CALL t.refresh_by_workers();
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'nor does it matter in a filled one');
CALL t.user('x1', 'Xi');
CALL t.user('z', 'Zoe');
CALL t.refresh_by_workers();
SELECT t.same('SELECT user_name, count(*) FROM gold.go_fact_meeting_usage GROUP BY 1', ARRAY['Ana|20', 'Xi|25', 'Zoe|1', '-|174'], 'they have their names as soon as they are known');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'as verify() finds');

-- who takes part is looked up from the pass over participants
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
INSERT INTO silver.si_participants SELECT 'p' || n, 'm' || n, CASE n % 4 WHEN 0 THEN 'u1' WHEN 1 THEN 'x1' WHEN 2 THEN 'z' ELSE 'w' || n % 7 END,
	timestamptz '2024-03-01 10:05Z' + n % 3 * interval '1 day', timestamptz '2024-03-01 10:30Z' + n % 3 * interval '1 day', '2024-03-03Z', NULL, 'Z'
FROM generate_series(1, 200) AS n;
ANALYZE silver.si_participants;
CALL t.refresh_by_workers(4);
SELECT t.same($$SELECT activity_date, active_user_count FROM gold.go_agg_active_users WHERE period_type = 'Daily'$$,
	ARRAY['2024-03-01|3', '2024-03-02|3', '2024-03-03|3'], 'participants are found among the users while workers read');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'as verify() finds');

-- more rows than are kept before they are written, users' changes among them
CREATE FUNCTION t.harmless(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		PERFORM 1;
	EXCEPTION WHEN others THEN
		NULL;
	END;
	RETURN true;
END
$$;
ALTER TABLE gold.go_fact_billing ADD my_id bigserial, ADD CHECK (t.harmless(event_type));
INSERT INTO silver.si_billing_events SELECT 'b' || n, 'v' || n, 'Renewal', n, '2024-03-01', '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 3000) AS n;
INSERT INTO silver.si_support_tickets SELECT 't' || n, 'v' || n, 'Audio', 'Open', '2024-03-01', '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 3000) AS n;
ANALYZE silver.si_billing_events, silver.si_support_tickets;
CALL t.refresh_by_workers();
SELECT t.same('SELECT count(*), count(DISTINCT my_id) FROM gold.go_fact_billing', '3000|3000', 'empty facts are filled, defaults and constraints computed');
-- users found by comparison: their events are written as they are read
ALTER TABLE silver.si_users DISABLE TRIGGER ALL;
INSERT INTO silver.si_users SELECT 'v' || n, 'Name ' || n, n || '@x.example', NULL, 'Free', '2024-01-01Z', NULL, 'Z' FROM generate_series(1, 3000) AS n;
ALTER TABLE silver.si_users ENABLE TRIGGER ALL;
ANALYZE silver.si_users;
CALL t.refresh_by_workers(4);
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'users that a comparison finds are there');
SELECT t.same('SELECT count(*) FROM gold.go_fact_billing WHERE user_name IS NOT NULL', '3000', 'and named');
SELECT * FROM finish();
