\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A refresh without changes writes nothing; one with changes only those.
CALL t.setup();
INSERT INTO silver.si_users SELECT 'u' || n, 'User ' || n % 40, CASE WHEN n % 7 > 0 THEN n || '@x.example' END, NULL, (ARRAY['Free', 'pro', 'Odd', NULL])[1 + n % 4],
	timestamptz '2024-01-01Z' + n * interval '1 hour', NULL, 'Z' FROM generate_series(1, 50) AS n;
INSERT INTO silver.si_users SELECT user_id, user_name, email, 'Later', plan_type, load_timestamp, load_timestamp + interval '30 days', 'Z' FROM silver.si_users;
INSERT INTO silver.si_meetings SELECT 'm' || n, CASE WHEN n % 9 > 0 THEN 'u' || n % 60 END, 'Topic ' || n % 11, timestamptz '2024-01-01Z' + n * interval '5 hours',
	CASE WHEN n % 3 > 0 THEN timestamptz '2024-01-01Z' + n * interval '5 hours' + interval '1 min' * (n % 70 - 5) END, n % 50 - 2, '2024-03-01Z', NULL, (ARRAY['A', 'B', NULL])[1 + n % 3]
	FROM generate_series(1, 300) AS n;
-- identical facts, and several rows of one key
INSERT INTO silver.si_meetings SELECT meeting_id || 'x', host_id, meeting_topic, start_time, end_time, duration_minutes, load_timestamp, NULL, source_system FROM silver.si_meetings WHERE meeting_id LIKE '%7';
INSERT INTO silver.si_meetings SELECT meeting_id, host_id, 'Corrected', start_time + interval '1 day', NULL, 10, load_timestamp + interval '1 day', NULL, source_system FROM silver.si_meetings WHERE meeting_id LIKE '%3';
INSERT INTO silver.si_participants SELECT 'p' || n, 'm' || n % 310, 'u' || n % 70, timestamptz '2024-01-01Z' + n * interval '5 hours', NULL, '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 100) AS n;
INSERT INTO silver.si_feature_usage SELECT 'f' || n, 'm' || n % 320, 'Feature ' || n % 6, n % 5 - 1, date '2024-01-01' + n % 60, '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 300) AS n;
INSERT INTO silver.si_webinars SELECT 'w' || n, 'u' || n % 55, 'Webinar ' || n % 5, timestamptz '2024-01-01Z' + n * interval '1 day', NULL, n - 3, '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 40) AS n;
INSERT INTO silver.si_support_tickets SELECT 't' || n, 'u' || n % 55, 'Type ' || n % 4, (ARRAY['open', 'Resolved', 'CLOSED', 'Odd'])[1 + n % 4], date '2024-01-01' + n, timestamptz '2024-02-01Z', NULL, 'Z' FROM generate_series(1, 60) AS n;
INSERT INTO silver.si_licenses SELECT 'l' || n, (ARRAY['basic', 'Pro', 'Odd'])[1 + n % 3], CASE WHEN n % 4 > 0 THEN 'u' || n END, date '2024-01-01' + n, date '2024-06-01' + n * (n % 3 - 1) * 100, '2024-02-01Z', NULL, 'Z' FROM generate_series(1, 40) AS n;
INSERT INTO silver.si_billing_events SELECT 'b' || n, 'u' || n % 55, (ARRAY['Refund', 'subscription fee', 'Subscription Renewal', 'Odd'])[1 + n % 4], n - 5, date '2024-01-01' + n * 3, '2024-02-01Z', NULL, 'Z' FROM generate_series(1, 60) AS n;
CALL t.refresh_at('2024-06-30 12:00Z');
SELECT t.healthy('the first load is right');
SELECT isnt_empty('SELECT t.places()', 'gold is filled');

CREATE TEMP TABLE before AS SELECT * FROM t.places() AS place;
CREATE TEMP TABLE said AS SELECT * FROM zoom_gold.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'a second refresh writes nothing: every row of gold is the same version at the same place');
SELECT t.same('SELECT process_name, status FROM said', 'refresh|Success', 'and says that there was nothing to do');
CALL t.refresh(true);
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor does a full refresh');
SELECT zoom_gold.invalidate(r) FROM unnest('{si_users,si_meetings,si_participants,si_feature_usage,si_webinars,si_support_tickets,si_licenses,si_billing_events}'::text[]) AS r \g /dev/null
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor does one after everything was invalidated');
CALL t.setup();
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor does setup()');
CALL t.drop_roles('zoom_gold_u_');
CREATE ROLE zoom_gold_u_bi;
CREATE ROLE zoom_gold_u_finance;
SELECT zoom_gold.grant_read('zoom_gold_u_bi'), zoom_gold.grant_read('zoom_gold_u_bi'), zoom_gold.grant_read('zoom_gold_u_finance', pii => true) \g /dev/null
SELECT t.same('SELECT process_name, status FROM zoom_gold.refresh()', 'refresh|Success', 'who lets others read has nothing compared');
CALL t.drop_roles('zoom_gold_u_');
BEGIN;
CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM silver.si_meetings ORDER BY md5(meeting_id || start_time);
TRUNCATE silver.si_meetings;
INSERT INTO silver.si_meetings SELECT * FROM copy;
CREATE TEMP TABLE copy_2 ON COMMIT DROP AS SELECT * FROM silver.si_billing_events ORDER BY md5(event_id);
DELETE FROM silver.si_billing_events;
INSERT INTO silver.si_billing_events SELECT * FROM copy_2;
COMMIT;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor does a reload of silver in another order');
CALL t.refresh_at('2024-06-30 23:59Z');
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor does the time of day');
-- each of gold's tables is noticed when it differs, and only what differs is written
DELETE FROM gold.go_fact_meeting_usage WHERE start_time = (SELECT min(start_time) FROM gold.go_fact_meeting_usage);
UPDATE gold.go_agg_meeting_minutes SET total_meeting_minutes = -1 WHERE activity_date = '2024-01-15';
UPDATE gold.go_fact_billing SET amount = amount + 1 WHERE event_date = (SELECT max(event_date) FROM gold.go_fact_billing);
CALL t.refresh(true);
-- the log cannot know of rows that others wrote
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed AND check_name <> ''go_process_audit_log''', '{}'::text[],
	'what was damaged is repaired by a full refresh');
CREATE TEMP TABLE after AS SELECT * FROM t.places() AS place;
SELECT t.same('SELECT count(*) <= 6 FROM (SELECT * FROM after EXCEPT SELECT * FROM before) AS d', 'true', 'and nothing else is written');
SELECT * FROM finish();
