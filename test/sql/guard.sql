\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The guard against sources that lost their rows.
CALL t.setup();
INSERT INTO silver.si_users
SELECT 'u' || n, 'User ' || n, 'u' || n || '@x.example', NULL, 'Free', '2024-01-01Z', '2024-01-01Z', 'ZOOM' FROM generate_series(1, 100) AS n;
INSERT INTO silver.si_meetings
SELECT 'm' || n, 'u' || n, 'Sync', '2024-01-10 10:00Z', '2024-01-10 10:30Z', 30, '2024-01-10Z', '2024-01-10Z', 'ZOOM' FROM generate_series(1, 100) AS n;
INSERT INTO silver.si_participants
SELECT 'p' || n, 'm' || n, 'u' || n, '2024-01-10 10:00Z', NULL, '2024-01-10Z', '2024-01-10Z', 'ZOOM' FROM generate_series(1, 100) AS n;
CALL t.refresh_at('2024-02-01Z');

CREATE FUNCTION t.failed() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT process_name FROM zoom_gold.refresh() WHERE status = 'Failure'
$$;
-- 20 of 100 go: not more than 20 %
CALL t.clock('2024-02-02Z');
DELETE FROM silver.si_users WHERE substr(user_id, 2)::integer > 80;
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'twenty per cent may go');
SELECT t.same('SELECT count(*) FROM gold.go_dim_user WHERE is_current', '80', 'and are gone');
-- 17 of 80 are
DELETE FROM silver.si_users WHERE substr(user_id, 2)::integer > 63;
CREATE TEMP TABLE before AS SELECT * FROM t.places() AS p WHERE p NOT LIKE 'go_error%';
SELECT t.same('SELECT guard IS NOT NULL FROM zoom_gold.plan() WHERE process_name = ''merge_dim_user''', 'true', 'plan() tells of it');
CREATE TEMP TABLE outcome AS SELECT * FROM zoom_gold.refresh();
SELECT t.same($$SELECT process_name FROM outcome WHERE status = 'Failure' AND process_name = 'merge_dim_user'$$, 'merge_dim_user', 'more than that fails the step');
SELECT matches((SELECT details::text FROM outcome WHERE process_name = 'merge_dim_user'), 'confirm_deletes', 'it says how to confirm');
SELECT t.equal($$SELECT * FROM t.places() AS p WHERE p NOT LIKE 'go_error%'$$, 'SELECT * FROM before', 'and nothing was written');
SELECT t.same($$SELECT status FROM gold.go_process_audit_log WHERE process_name = 'merge_dim_user' ORDER BY execution_time DESC, ctid DESC LIMIT 1$$, 'Failure', 'but the log');
SELECT t.same($$SELECT error_type, status FROM gold.go_error_audit_log WHERE error_type = 'Processing'$$, 'Processing|Open', 'and a Processing error');
SELECT t.same($$SELECT process_name FROM t.failed() AS process_name WHERE process_name = 'merge_dim_user'$$, 'merge_dim_user', 'it goes on failing');
-- the rows come back
CALL t.clock('2024-02-02 12:00Z');
INSERT INTO silver.si_users
SELECT 'u' || n, 'User ' || n, 'u' || n || '@x.example', NULL, 'Free', '2024-01-01Z', '2024-01-01Z', 'ZOOM' FROM generate_series(64, 80) AS n;
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'until the rows are there again');
-- confirmed
CALL t.clock('2024-02-03Z');
DELETE FROM silver.si_users WHERE substr(user_id, 2)::integer > 40;
SELECT t.same($$SELECT process_name FROM t.failed() AS process_name WHERE process_name = 'merge_dim_user'$$, 'merge_dim_user', 'forty of eighty are too many');
CALL t.clock('2024-02-04Z');
SELECT zoom_gold.confirm_deletes('si_users') \g /dev/null
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'confirm_deletes() lets them pass');
SELECT t.same('SELECT count(*), max(valid_to) FILTER (WHERE NOT is_current) FROM gold.go_dim_user WHERE is_current OR user_name = ''User 41''', '41|2024-02-03 00:00', 'stamped with their own instant');
DELETE FROM silver.si_users WHERE substr(user_id, 2)::integer > 20;
SELECT t.same($$SELECT process_name FROM t.failed() AS process_name WHERE process_name = 'merge_dim_user'$$, 'merge_dim_user', 'but only once');
SELECT zoom_gold.confirm_deletes('si_users') \g /dev/null
CALL t.refresh();
-- small sources: ten rows at most are never too many
DELETE FROM silver.si_users WHERE substr(user_id, 2)::integer > 10;
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'ten rows are never too many');

-- every relation is guarded
DELETE FROM silver.si_meetings WHERE substr(meeting_id, 2)::integer > 70;
CREATE TEMP TABLE outcome_2 AS SELECT * FROM zoom_gold.refresh();
SELECT t.same($$SELECT process_name FROM outcome_2 WHERE status = 'Failure' AND process_name = 'build_fact_meeting_usage'$$, 'build_fact_meeting_usage', 'meetings are guarded');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '100', 'and stay');
SELECT t.same('SELECT relation FROM gold_state.relation_state WHERE status = ''Failure''', ARRAY['si_meetings', 'si_participants', 'si_feature_usage'], 'the state tells it, and who waits for them');
SELECT zoom_gold.confirm_deletes('si_meetings') \g /dev/null
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '70', 'until confirmed');
SELECT t.same('SELECT relation FROM gold_state.relation_state WHERE status = ''Failure''', '{}'::text[], 'and all is well with all');
TRUNCATE silver.si_participants;
CREATE TEMP TABLE outcome_3 AS SELECT * FROM zoom_gold.refresh();
SELECT t.same($$SELECT process_name FROM outcome_3 WHERE status = 'Failure' AND process_name = 'refresh_agg_active_users'$$, 'refresh_agg_active_users',
	'participants are guarded by the step that reads them');
SELECT zoom_gold.confirm_deletes('si_participants') \g /dev/null
CALL t.refresh();

-- an empty source end-dates nobody
INSERT INTO silver.si_users
SELECT 'n' || n, 'New ' || n, 'n' || n || '@x.example', NULL, 'Free', '2024-02-04Z', '2024-02-04Z', 'ZOOM' FROM generate_series(1, 20) AS n;
CALL t.refresh();
CREATE TEMP TABLE copy AS SELECT * FROM silver.si_users;
CALL t.clock('2024-02-05Z');
TRUNCATE silver.si_users;
SELECT t.same($$SELECT process_name FROM t.failed() AS process_name WHERE process_name = 'merge_dim_user'$$, 'merge_dim_user', 'a source that is suddenly empty');
SELECT t.same('SELECT count(*) FROM gold.go_dim_user WHERE is_current', '30', 'end-dates nobody');
CALL t.clock('2024-02-06Z');
INSERT INTO silver.si_users SELECT * FROM copy;
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'refilled, it goes through');
SELECT t.same('SELECT count(*) FROM gold.go_dim_user WHERE is_current', '30', 'with everybody');

-- the settings
UPDATE gold_state.settings SET value = '5' WHERE name = 'delete_guard_percent';
DELETE FROM silver.si_users WHERE user_id IN (SELECT 'n' || n FROM generate_series(1, 8) AS n);
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'eight rows are not more than ten');
UPDATE gold_state.settings SET value = '50' WHERE name = 'delete_guard_percent';
DELETE FROM silver.si_users WHERE user_id IN (SELECT 'n' || n FROM generate_series(9, 19) AS n);
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'eleven of 22 are not more than 50 per cent');
-- more than ten keys, of users and of a relation in slices
UPDATE gold_state.settings SET value = '20' WHERE name = 'delete_guard_percent';
INSERT INTO silver.si_webinars (webinar_id, start_time, load_timestamp) SELECT 'w' || n, '2024-01-10 10:00Z', '2024-01-10Z' FROM generate_series(1, 30) AS n;
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) SELECT 'o' || n, 'Other ' || n, '2024-01-10Z' FROM generate_series(1, 30) AS n;
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'new rows');
DELETE FROM silver.si_webinars WHERE webinar_id IN (SELECT 'w' || n FROM generate_series(1, 11) AS n);
DELETE FROM silver.si_users WHERE user_id IN (SELECT 'o' || n FROM generate_series(1, 11) AS n);
SELECT t.same('SELECT * FROM t.failed() AS f WHERE f IN (''merge_dim_user'', ''build_fact_webinar_usage'') ORDER BY 1', '{build_fact_webinar_usage,merge_dim_user}'::text[], 'eleven rows are more than ten');
INSERT INTO silver.si_webinars (webinar_id, start_time, load_timestamp) VALUES ('w11', '2024-01-10 10:00Z', '2024-01-10Z');
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('o11', 'Other 11', '2024-01-10Z');
SELECT t.same('SELECT * FROM t.failed()', '{}'::text[], 'ten are not');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
