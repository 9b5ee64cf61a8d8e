\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- go_fact_feature_usage: through the meeting, and with it.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z', topic => 'One');
CALL t.meeting('m2', 'u1', '2024-01-11 10:00Z', topic => 'Two');
CALL t.meeting('m3', 'u1', '2024-01-11 10:00Z', minutes => -5, topic => 'Bad');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10', 3);
CALL t.usage('f2', 'm1', 'Chat', '2024-01-10', 0);
CALL t.usage('f3', 'm1', 'Chat', '2024-01-10', -1);
CALL t.usage('f4', 'm3', 'Chat', '2024-01-10', 1);
CALL t.usage('f5', 'm9', 'Chat', '2024-01-10', 1);
CALL t.usage('f6', 'm2', ' ', '2024-01-10', 1);
CALL t.usage('f7', NULL, 'Chat', '2024-01-10', 1);
CALL t.usage('f8', 'm2', 'Recording', '2024-02-10', 2147483647);
INSERT INTO silver.si_feature_usage VALUES ('f9', 'm2', 'Chat', NULL, '2024-01-10', '2024-01-10Z', NULL, NULL), ('f10', 'm2', 'Chat', 1, NULL, '2024-01-10Z', NULL, NULL);
CALL t.refresh_at('2024-02-11Z');
CREATE VIEW t.used AS SELECT meeting_topic, feature_name, usage_count, usage_date FROM gold.go_fact_feature_usage;
SELECT t.same('SELECT * FROM t.used', ARRAY['One|Chat|3|2024-01-10', 'One|Chat|0|2024-01-10', 'Two|Recording|2147483647|2024-02-10'], 'accepted usages, with the topic of their meeting');
SELECT t.errors_are(ARRAY['si_meetings m3 end_before_start error', 'si_feature_usage f3 count_negative error', 'si_feature_usage f4 meeting_unknown error',
	'si_feature_usage f5 meeting_unknown error', 'si_feature_usage f6 feature_name_missing error', 'si_feature_usage f7 meeting_id_missing error',
	'si_feature_usage f9 usage_count_missing error', 'si_feature_usage f10 usage_date_missing error'], 'the others are rejected');

-- the meeting changes: its usages follow, without being touched in silver
UPDATE silver.si_meetings SET meeting_topic = 'Uno', update_timestamp = '2024-02-11Z' WHERE meeting_id = 'm1';
CALL t.refresh_at('2024-02-12Z');
SELECT t.same('SELECT * FROM t.used', ARRAY['Uno|Chat|3|2024-01-10', 'Uno|Chat|0|2024-01-10', 'Two|Recording|2147483647|2024-02-10'], 'a new topic goes through');
CALL t.meeting('m9', 'u1', '2024-03-01 10:00Z', topic => 'Nine');
CALL t.refresh_at('2024-03-02Z');
SELECT t.same($$SELECT * FROM t.used WHERE meeting_topic = 'Nine'$$, 'Nine|Chat|1|2024-01-10', 'a meeting that arrives heals the orphan');
UPDATE silver.si_meetings SET end_time = start_time + interval '5 min', duration_minutes = 5, update_timestamp = '2024-03-02Z' WHERE meeting_id = 'm3';
CALL t.refresh_at('2024-03-03Z');
SELECT t.same($$SELECT * FROM t.used WHERE meeting_topic = 'Bad'$$, 'Bad|Chat|1|2024-01-10', 'so does one that is mended');
UPDATE silver.si_meetings SET end_time = start_time - interval '5 min', update_timestamp = '2024-03-03Z' WHERE meeting_id = 'm2';
CALL t.refresh_at('2024-03-04Z');
SELECT t.same($$SELECT * FROM t.used WHERE meeting_topic = 'Two'$$, '{}'::text[], 'a meeting that becomes invalid takes its usages along');
DELETE FROM silver.si_meetings WHERE meeting_id = 'm1';
CALL t.refresh_at('2024-03-05Z');
SELECT t.same('SELECT * FROM t.used', ARRAY['Nine|Chat|1|2024-01-10', 'Bad|Chat|1|2024-01-10'], 'and one that is deleted');
SELECT t.errors_are(ARRAY['si_meetings m2 end_before_start error', 'si_feature_usage f1 meeting_unknown error', 'si_feature_usage f2 meeting_unknown error',
	'si_feature_usage f3 meeting_unknown error', 'si_feature_usage f3 count_negative error', 'si_feature_usage f6 feature_name_missing error',
	'si_feature_usage f6 meeting_unknown error', 'si_feature_usage f7 meeting_id_missing error', 'si_feature_usage f8 meeting_unknown error',
	'si_feature_usage f9 usage_count_missing error', 'si_feature_usage f9 meeting_unknown error',
	'si_feature_usage f10 usage_date_missing error', 'si_feature_usage f10 meeting_unknown error'], 'with every error they break');
-- a usage moves to another meeting and another day
UPDATE silver.si_feature_usage SET meeting_id = 'm3', usage_date = '2024-01-11', update_timestamp = '2024-03-05Z' WHERE usage_id = 'f5';
CALL t.refresh_at('2024-03-06Z');
SELECT t.same('SELECT * FROM t.used', ARRAY['Bad|Chat|1|2024-01-11', 'Bad|Chat|1|2024-01-10'], 'a usage that moves');
-- a meeting that has a newer row of its own elsewhere
INSERT INTO silver.si_meetings VALUES ('m3', 'u1', 'Moved', '2024-05-01 10:00Z', NULL, 10, '2024-03-06Z', '2024-03-06Z', 'ZOOM');
CALL t.refresh_at('2024-03-07Z');
SELECT t.same('SELECT * FROM t.used', ARRAY['Moved|Chat|1|2024-01-11', 'Moved|Chat|1|2024-01-10'], 'the newest row of a meeting gives the topic');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
