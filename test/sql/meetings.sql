\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- go_fact_meeting_usage: which rows, which duration, which day.
CALL t.setup();
CALL t.user('u1', 'Ana');
CREATE PROCEDURE t.held(topic text, start text, finish text, minutes integer) LANGUAGE sql AS $$
	INSERT INTO silver.si_meetings VALUES (topic, 'u1', topic, start::timestamptz, finish::timestamptz, minutes, '2024-01-20Z', NULL, 'ZOOM')
$$;
CREATE VIEW t.minutes AS SELECT meeting_topic, duration_minutes FROM gold.go_fact_meeting_usage;
CALL t.held('exact', '2024-01-10 10:00Z', '2024-01-10 10:30Z', 30);
CALL t.held('rounded up', '2024-01-10 10:00Z', '2024-01-10 10:29:01Z', 30);
CALL t.held('a minute more', '2024-01-10 10:00Z', '2024-01-10 10:30Z', 31);
CALL t.held('a minute less', '2024-01-10 10:00Z', '2024-01-10 10:30Z', 29);
CALL t.held('61 seconds more', '2024-01-10 10:00Z', '2024-01-10 10:28:59Z', 30);
CALL t.held('61 seconds less', '2024-01-10 10:00Z', '2024-01-10 10:31:01Z', 30);
CALL t.held('two more', '2024-01-10 10:00Z', '2024-01-10 10:30Z', 32);
CALL t.held('scheduled, not held', '2024-01-10 10:00Z', '2024-01-10 10:05Z', 0);
CALL t.held('none', '2024-01-10 10:00Z', '2024-01-10 10:30:59Z', NULL);
CALL t.held('negative', '2024-01-10 10:00Z', '2024-01-10 10:20:30Z', -20);
CALL t.held('minus one, near', '2024-01-10 10:00Z', '2024-01-10 10:00Z', -1);
CALL t.held('zero', '2024-01-10 10:00Z', '2024-01-10 10:00Z', 0);
CALL t.held('a minute of zero', '2024-01-10 10:00Z', '2024-01-10 10:00Z', 1);
CALL t.held('no end', '2024-01-10 10:00Z', NULL, 25);
CALL t.held('no end, none', '2024-01-10 10:00Z', NULL, NULL);
CALL t.held('no end, zero', '2024-01-10 10:00Z', NULL, 0);
CALL t.held('a day', '2024-01-10 10:00Z', '2024-01-11 10:00Z', 1440);
CALL t.held('more than a day', '2024-01-10 10:00Z', '2024-01-11 10:01Z', 1441);
CALL t.held('microseconds', '2024-01-10 10:00:00.000001Z', '2024-01-10 10:01:00Z', NULL);
-- rejected
CALL t.held('backwards', '2024-01-10 10:00Z', '2024-01-10 09:59:59.999999Z', 10);
CALL t.held('no end, negative', '2024-01-10 10:00Z', NULL, -1);
CALL t.held('no start', NULL, '2024-01-10 10:00Z', 10);
CALL t.refresh_at('2024-02-01Z');
SELECT t.same('SELECT * FROM t.minutes', ARRAY['exact|30', 'rounded up|30', 'a minute more|31', 'a minute less|29', '61 seconds more|28', '61 seconds less|31',
	'two more|30', 'scheduled, not held|5', 'none|30', 'negative|20', 'minus one, near|0', 'zero|0', 'a minute of zero|1', 'no end|25', 'no end, none|-', 'no end, zero|0',
	'a day|1440', 'more than a day|1441', 'microseconds|0'],
	'silver''s duration when not negative and within a minute of the times, else the whole minutes between them');
SELECT t.errors_are(ARRAY['si_meetings 61 seconds more duration_mismatch warning', 'si_meetings 61 seconds less duration_mismatch warning',
	'si_meetings two more duration_mismatch warning', 'si_meetings scheduled, not held duration_mismatch warning', 'si_meetings negative duration_mismatch warning',
	'si_meetings minus one, near duration_mismatch warning', 'si_meetings more than a day meeting_too_long warning',
	'si_meetings backwards end_before_start error', 'si_meetings no end, negative duration_negative error', 'si_meetings no start start_time_missing error'],
	'a value that was not used is warned of');
SELECT t.same($$SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, load_date, update_date, source_system
	FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'exact'$$,
	'Ana|exact|2024-01-10 10:00|2024-01-10 10:30|30|2024-02-01|2024-02-01|ZOOM', 'all columns');

-- rows of one key: the newest counts, wherever it lies
TRUNCATE silver.si_meetings;
SELECT zoom_gold.confirm_deletes('si_meetings') \g /dev/null
INSERT INTO silver.si_meetings VALUES
	('m1', 'u1', 'first', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', '2024-01-10Z', 'ZOOM'),
	('m1', 'u1', 'second', '2024-01-12 10:00Z', NULL, 20, '2024-01-12Z', '2024-01-12Z', 'ZOOM'),
	('m1', 'u1', 'late', '2024-01-11 10:00Z', NULL, 30, '2024-01-11Z', '2024-01-11Z', 'ZOOM'),
	('m2', 'u1', 'good', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', '2024-01-10Z', 'ZOOM'),
	(' m2', 'u1', 'bad', '2024-01-12 10:00Z', '2024-01-12 09:00Z', 20, '2024-01-12Z', '2024-01-12Z', 'ZOOM'),
	('m3', 'u1', 'same', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', '2024-01-10Z', 'ZOOM'),
	('m3', 'u1', 'same', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', '2024-01-10Z', 'ZOOM'),
	('m4', 'u1', 'loaded later', '2024-01-10 10:00Z', NULL, 10, '2024-01-11Z', '2024-01-11Z', 'ZOOM'),
	('m4', 'u1', 'loaded earlier', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', '2024-01-11Z', 'ZOOM');
CALL t.refresh_at('2024-02-02Z');
SELECT t.same('SELECT * FROM t.minutes', ARRAY['second|20', 'same|10', 'loaded later|10'],
	'of several rows of a key the newest counts; when it is invalid the key has no fact');
SELECT t.errors_are(ARRAY['si_meetings m2 end_before_start error'], 'with its error');
SELECT t.equal($$SELECT activity_date, total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Daily'$$,
	$$VALUES ('2024-01-12'::date, 20), ('2024-01-10', 20)$$, 'the older rows'' days have nothing of it');
-- the newest goes: the one before counts again
DELETE FROM silver.si_meetings WHERE meeting_topic IN ('second', 'bad');
CALL t.refresh_at('2024-02-03Z');
SELECT t.same('SELECT * FROM t.minutes', ARRAY['late|30', 'good|10', 'same|10', 'loaded later|10'], 'when the newest goes the one before it counts');
SELECT t.errors_are('{}', 'and its error is resolved');
-- a late older row never overwrites
INSERT INTO silver.si_meetings VALUES ('m1', 'u1', 'older', '2024-01-09 10:00Z', NULL, 5, '2024-01-09Z', '2024-01-09Z', 'ZOOM');
CREATE TEMP TABLE before AS SELECT ctid AS place, * FROM gold.go_fact_meeting_usage;
CALL t.refresh_at('2024-02-04Z');
SELECT t.equal('SELECT ctid AS place, * FROM gold.go_fact_meeting_usage', 'SELECT * FROM before', 'an older row that comes late changes nothing');
-- a correction replaces, in place, keeping its load_date
UPDATE silver.si_meetings SET duration_minutes = 12, update_timestamp = '2024-02-04Z' WHERE meeting_id = 'm2';
CALL t.refresh_at('2024-02-05Z');
SELECT t.same($$SELECT duration_minutes, load_date, update_date FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'good'$$, '12|2024-02-03|2024-02-05',
	'a corrected row is updated: its load_date stays');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage WHERE update_date = ''2024-02-05''', '1', 'and no other is touched');

-- what is summed follows when nothing else of the day has changed
SELECT t.same($$SELECT period_type, total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Monthly'$$, 'Monthly|62', 'the sums of the month');
UPDATE silver.si_meetings SET duration_minutes = 13, update_timestamp = '2024-02-05Z' WHERE meeting_id = 'm2';
CALL t.refresh_at('2024-02-05 10:00Z');
SELECT t.same($$SELECT period_type, total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Monthly'$$, 'Monthly|63', 'a duration corrected alone is seen in the minutes');
SELECT t.healthy('and in all periods');
UPDATE silver.si_meetings SET duration_minutes = 12, update_timestamp = '2024-02-05 01:00Z' WHERE meeting_id = 'm2';

-- fact_deletes = keep
UPDATE gold_state.settings SET value = 'keep' WHERE name = 'fact_deletes';
CALL t.refresh_at('2024-02-06Z');
DELETE FROM silver.si_meetings WHERE meeting_id = 'm2';
CALL t.refresh_at('2024-02-07Z');
SELECT t.same('SELECT * FROM t.minutes', ARRAY['late|30', 'good|12', 'same|10', 'loaded later|10'], 'a purged row stays in gold where silver is purged');
SELECT t.healthy('which verify() grants, and what is derived from it');
UPDATE gold_state.settings SET value = 'mirror' WHERE name = 'fact_deletes';
CALL t.refresh_at('2024-02-08Z');
SELECT t.same('SELECT * FROM t.minutes', ARRAY['late|30', 'same|10', 'loaded later|10'], 'and goes where silver is mirrored');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
