\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Clocks that go wrong, midnight in the midst of a refresh, and years far away.
CALL t.setup();
CREATE PROCEDURE t.fill() LANGUAGE sql AS $$
	CALL t.user('u1', 'Ana');
	CALL t.user('u2', 'Bo', email => 'bo@x.example');
	CALL t.meeting('m1', 'u1', '2024-05-10 10:00Z');
	CALL t.meeting('m2', 'u2', '2024-06-10 10:00Z');
	CALL t.participant('p1', 'm1', 'u2', '2024-05-10 10:05Z');
	CALL t.usage('f1', 'm1', 'Chat', '2024-05-10');
	CALL t.ticket('t1', 'u1', 'Bug', 'Open', '2024-06-01');
	CALL t.license('l1', 'Pro', 'u1', '2024-06-01', '2024-09-01');
	CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-06-01');
$$;
CALL t.fill();
CALL t.refresh();

-- one that was far ahead for a while: what nothing captured is found all the same
CREATE PROCEDURE t.unseen(topic text) LANGUAGE sql AS $$
	UPDATE silver.si_meetings SET meeting_topic = topic;
	UPDATE silver.si_users SET company = topic, update_timestamp = '2024-06-29Z' WHERE user_id = 'u1';
	UPDATE silver.si_support_tickets SET resolution_status = CASE topic WHEN 'New' THEN 'Closed' ELSE 'Open' END, update_timestamp = '2024-06-29Z';
	DELETE FROM gold_state.slice_change;
	DELETE FROM gold_state.user_change;
	DELETE FROM gold_state.ticket_change;
$$;
CALL t.refresh_at('2051-01-01Z');
CALL t.clock('2024-07-01 12:00Z');
CALL t.unseen('New');
CALL t.refresh();
SELECT t.same('SELECT DISTINCT meeting_topic FROM gold.go_fact_meeting_usage', 'New', 'a clock that was ahead keeps no meeting from being compared');
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE user_name = 'Ana' AND is_current$$, 'New', 'no user');
SELECT t.same('SELECT resolution_status FROM gold.go_fact_support_ticket', 'Closed', 'and no ticket');
SELECT t.healthy('all is right');
CALL t.unseen('Newer');
CALL t.refresh_at('2024-07-01 12:01Z');
SELECT t.same('SELECT DISTINCT meeting_topic FROM gold.go_fact_meeting_usage', 'New', 'once: then the interval counts as ever');
CALL t.refresh_at('2024-09-01 12:01Z');
SELECT t.same('SELECT DISTINCT meeting_topic FROM gold.go_fact_meeting_usage', 'Newer', 'and is over some day');
-- one month of several was compared by it
INSERT INTO gold_state.compared_piece VALUES ('si_meetings', '2024-06-01', '2024-09-20Z');
CALL t.unseen('Newest');
CALL t.refresh_at('2024-09-01 12:02Z');
SELECT t.same('SELECT DISTINCT meeting_topic FROM gold.go_fact_meeting_usage', 'Newest', 'neither of a month');
CALL t.refresh(true);
SELECT t.healthy('all is right');

-- one that goes back between changes: the order of capture stands
CALL t.clock('2024-09-02 12:00Z');
UPDATE silver.si_users SET company = 'First' WHERE user_id = 'u2';
CALL t.refresh();
CALL t.clock('2024-09-01 06:00Z');
UPDATE silver.si_users SET company = 'Second' WHERE user_id = 'u2';
UPDATE silver.si_support_tickets SET resolution_status = 'Closed' WHERE ticket_id = 't1';
CALL t.refresh();
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE user_name = 'Bo' AND is_current$$, 'Second', 'a correction by an earlier clock is the last all the same');
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.clock('2024-08-01Z');
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM gold.go_dim_user WHERE user_name = 'Bo' AND is_current$$, '0', 'so is a deletion');
CALL t.user('u2', 'Bo', '2024-07-15Z', email => 'bo@x.example', company => 'Back');
CALL t.refresh_at('2024-07-20Z');
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE user_name = 'Bo' AND is_current$$, 'Back', 'and who comes back');
SELECT t.healthy('all is right');
CREATE TEMPORARY TABLE before AS SELECT p FROM t.places() AS p WHERE p NOT LIKE 'go_agg_license%';
CALL t.refresh_at('2024-07-19Z');
SELECT t.equal('SELECT p FROM t.places() AS p WHERE p NOT LIKE ''go_agg_license%''', 'TABLE before', 'nothing is written anew, but for what runs to today');
SELECT t.healthy('all is right');

-- rows read by their timestamps
DROP SCHEMA gold, gold_state, gold_masked, gold_bi, gold_bi_masked, silver CASCADE;
CREATE SCHEMA raw;
CREATE SCHEMA silver;
CALL t.create_views();
CALL t.setup();
CALL t.clock('2024-07-01Z');
CALL t.fill();
CALL t.refresh();
CALL t.meeting('m3', 'u1', '2024-06-11 10:00Z');
UPDATE raw.si_meetings SET load_timestamp = '2041-01-01Z', update_timestamp = NULL WHERE meeting_id = 'm3';
CALL t.refresh_at('2041-01-02Z');
CALL t.meeting('m4', 'u1', '2024-07-03 10:00Z');
CALL t.refresh_at('2024-07-04Z');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '4', 'a clock that was ahead hides no new row');
CALL t.meeting('m5', 'u1', '2024-07-05 10:00Z');
CALL t.refresh_at('2024-07-05 11:00Z');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '5', 'nor later ones');
SELECT t.healthy('all is right');

-- midnight, and the end of a month, while a relation is being read
CREATE FUNCTION t.pass() RETURNS boolean LANGUAGE sql AS $$ SELECT set_config('zoom_gold.clock', '2024-08-01 00:00:00+00', false) IS NOT NULL $$;
CREATE OR REPLACE VIEW silver.si_meetings AS SELECT * FROM raw.si_meetings WHERE current_setting('zoom_gold.clock') = '' OR t.pass();
CALL t.meeting('m6', 'u1', '2024-07-31 23:59:59Z');
CALL t.license('l2', 'Pro', 'u2', '2024-07-31');
CALL t.refresh_at('2024-07-31 23:59:59.9Z');
SELECT t.same('SELECT DISTINCT zoom_gold.today()', '2024-08-01', 'the day ends within a refresh');
SELECT t.same($$SELECT DISTINCT load_date FROM gold.go_fact_meeting_usage WHERE start_time > '2024-07-31Z'$$, '2024-07-31', 'all of it is of the day on which it began');
CREATE OR REPLACE VIEW silver.si_meetings AS SELECT * FROM raw.si_meetings;
CALL t.refresh();
SELECT t.healthy('the next one makes up for the new day');
SELECT t.same($$SELECT max(period_start) FROM gold.go_agg_license_utilization WHERE period_type = 'Daily'$$, '2024-08-01', 'with its aggregates');

-- years far away
DROP SCHEMA gold, gold_state, gold_masked, gold_bi, gold_bi_masked, silver, raw CASCADE;
CALL t.setup();
CREATE PROCEDURE t.year(year text) LANGUAGE plpgsql AS $$
BEGIN
	CALL t.user('u' || year, 'User of ' || year, (year || '-01-19 03:14:07Z')::timestamptz, email => year || '@x.example');
	CALL t.meeting('m' || year, 'u' || year, (year || '-01-19 03:14:08Z')::timestamptz);
	CALL t.participant('p' || year, 'm' || year, 'u' || year, (year || '-01-19 03:14:08Z')::timestamptz, (year || '-02-07 06:28:16Z')::timestamptz);
	CALL t.usage('f' || year, 'm' || year, 'Chat', (year || '-01-19')::date);
	CALL t.webinar('w' || year, 'u' || year, (year || '-12-30 23:00Z')::timestamptz, (year || '-12-30 23:59:59.999999Z')::timestamptz);
	CALL t.ticket('t' || year, 'u' || year, 'Bug', 'Open', (year || '-12-29')::date);
	CALL t.ticket_status('t' || year, 'Closed', (year || '-12-30 12:00Z')::timestamptz);
	CALL t.license('l' || year, 'Pro', 'u' || year, (year || '-12-01')::date, (year || '-12-30')::date);
	CALL t.billing('b' || year, 'u' || year, 'Subscription Fee', 10, (year || '-12-30')::date);
	CALL t.refresh_at(year || '-12-30 23:59:59.999999Z');
END
$$;
CALL t.year('2038');
CALL t.year('2106');
SELECT t.healthy('all is right');
-- verify() looks at every day from the first licence on
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
DELETE FROM silver.si_licenses;
CALL t.year('9998');
SELECT t.same($$SELECT user_name, meeting_topic, to_char(start_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS at FROM gold.go_fact_meeting_usage$$,
	ARRAY['User of 2038|Sync|2038-01-19 03:14:08', 'User of 2106|Sync|2106-01-19 03:14:08', 'User of 9998|Sync|9998-01-19 03:14:08'], 'meetings after 2038, after 2106, in 9998');
SELECT t.same('SELECT count(*) FROM (SELECT activity_month FROM gold.go_agg_mrr GROUP BY 1) AS m', '3', 'and their months');
SELECT t.healthy('all is right');
UPDATE silver.si_users SET company = 'Late' WHERE user_id = 'u9998';
CALL t.refresh_at('9999-12-30 23:59:59.999999Z');
SELECT t.same($$SELECT count(*) FROM gold.go_dim_user WHERE company = 'Late' AND is_current$$, '1', 'a correction in the last year');
SELECT t.healthy('all is right');
SELECT * FROM finish();
