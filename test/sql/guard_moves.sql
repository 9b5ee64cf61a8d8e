\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Keys that move to days of which gold has nothing yet are not lost.
CALL t.setup();
CALL t.user('u1', 'Ana Ruiz');
INSERT INTO silver.si_meetings SELECT 'm' || n, 'u1', 'T' || n, '2024-01-10 10:00Z', NULL, n, '2024-01-11Z', '2024-01-11Z', 'ZOOM' FROM generate_series(1, 30) AS n;
CALL t.refresh();
UPDATE silver.si_meetings SET start_time = start_time + interval '40 days', update_timestamp = '2024-03-01Z';
SELECT t.same($$SELECT status FROM zoom_gold.refresh() WHERE process_name = 'build_fact_meeting_usage'$$, 'Success', 'thirty meetings move to another day');
SELECT t.same('SELECT activity_date, total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = ''Daily''', '2024-02-19|465', 'and are counted there');
-- where gold keeps what silver purges, a correction is still none of it
UPDATE gold_state.settings SET value = 'keep' WHERE name = 'fact_deletes';
CALL t.refresh();
UPDATE silver.si_meetings SET start_time = start_time + interval '40 days', update_timestamp = '2024-05-01Z' WHERE meeting_id = 'm1';
CALL t.refresh();
DELETE FROM silver.si_meetings WHERE meeting_id = 'm2';
CALL t.refresh();
SELECT t.same('SELECT meeting_topic, (start_time AT TIME ZONE ''UTC'')::date FROM gold.go_fact_meeting_usage WHERE meeting_topic IN (''T1'', ''T2'')',
	ARRAY['T1|2024-03-30', 'T2|2024-02-19'], 'a row that moved is there once, one that was purged stays');
UPDATE silver.si_meetings SET duration_minutes = 99, update_timestamp = '2024-05-02Z' WHERE meeting_id = 'm3';
CALL t.refresh();
SELECT t.same('SELECT meeting_topic, duration_minutes FROM gold.go_fact_meeting_usage WHERE meeting_topic IN (''T2'', ''T3'')',
	ARRAY['T2|2', 'T3|99'], 'also when its day changes again');
SELECT * FROM finish();
