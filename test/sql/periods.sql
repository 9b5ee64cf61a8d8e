\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Days, ISO weeks and months in UTC; active users, minutes, adoption.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.user('u3', 'Ana', email => 'ana3@x.example');
INSERT INTO silver.si_meetings SELECT 'm' || n, host, 'T', at, NULL, minutes, at, NULL, source
FROM (VALUES (1, 'u1', timestamptz '2023-12-31 23:59:59.999999Z', 1, 'A'), (2, 'u1', '2024-01-01 00:00Z', 2, 'A'), (3, 'u2', '2024-01-01 23:59:59.999999Z', 4, 'A'),
	(4, 'u1', '2024-01-07 23:59:59Z', 8, 'A'), (5, 'u1', '2024-01-08 00:00Z', 16, 'B'), (6, 'u9', '2024-01-09 00:00Z', 32, 'A'), (7, NULL, '2024-01-10 00:00Z', NULL, 'A'),
	(8, 'u1', '2024-02-29 12:00Z', 64, NULL), (9, 'u3', '2024-02-29 12:00Z', 128, NULL), (10, 'u1', '2024-12-30 00:00Z', 256, 'A'), (11, 'u2', '2025-01-05 23:00Z', 512, NULL),
	(12, 'u1', '2020-12-31 12:00Z', 1024, 'A'), (13, 'u1', '2021-01-03 12:00Z', 2048, 'A'), (14, 'u1', '2021-01-04 12:00Z', 4096, 'A')) AS v (n, host, at, minutes, source);
CALL t.refresh_at('2025-02-01Z');
SELECT t.same('SELECT period_type, activity_date, active_user_count, source_system FROM gold.go_agg_active_users', ARRAY[
	'Daily|2020-12-31|1|A', 'Daily|2021-01-03|1|A', 'Daily|2021-01-04|1|A', 'Daily|2023-12-31|1|A', 'Daily|2024-01-01|2|A', 'Daily|2024-01-07|1|A', 'Daily|2024-01-08|1|B',
	'Daily|2024-01-09|0|A', 'Daily|2024-01-10|0|A', 'Daily|2024-02-29|2|-', 'Daily|2024-12-30|1|A', 'Daily|2025-01-05|1|-',
	'Weekly|2020-12-28|1|A', 'Weekly|2021-01-04|1|A', 'Weekly|2023-12-25|1|A', 'Weekly|2024-01-01|2|A', 'Weekly|2024-01-08|1|Multiple', 'Weekly|2024-02-26|2|-',
	'Weekly|2024-12-30|2|Multiple', 'Monthly|2020-12-01|1|A', 'Monthly|2021-01-01|1|A', 'Monthly|2023-12-01|1|A', 'Monthly|2024-01-01|2|Multiple', 'Monthly|2024-02-01|2|-',
	'Monthly|2024-12-01|1|A', 'Monthly|2025-01-01|1|-'],
	'active users: distinct users, not names; 0 where no host is known; one system, NULL among them, or Multiple');
SELECT t.same('SELECT period_type, activity_date, total_meeting_minutes FROM gold.go_agg_meeting_minutes', ARRAY[
	'Daily|2020-12-31|1024', 'Daily|2021-01-03|2048', 'Daily|2021-01-04|4096', 'Daily|2023-12-31|1', 'Daily|2024-01-01|6', 'Daily|2024-01-07|8', 'Daily|2024-01-08|16', 'Daily|2024-01-09|32',
	'Daily|2024-01-10|0', 'Daily|2024-02-29|192', 'Daily|2024-12-30|256', 'Daily|2025-01-05|512',
	'Weekly|2020-12-28|3072', 'Weekly|2021-01-04|4096', 'Weekly|2023-12-25|1', 'Weekly|2024-01-01|14', 'Weekly|2024-01-08|48', 'Weekly|2024-02-26|192', 'Weekly|2024-12-30|768',
	'Monthly|2020-12-01|1024', 'Monthly|2021-01-01|6144', 'Monthly|2023-12-01|1', 'Monthly|2024-01-01|62', 'Monthly|2024-02-01|192', 'Monthly|2024-12-01|256', 'Monthly|2025-01-01|512'],
	'minutes by start, NULL counts 0');

-- adoption: users active in the period who used the feature in it
CALL t.usage('f1', 'm2', 'Chat', '2024-01-01');
CALL t.usage('f2', 'm2', 'Chat', '2024-01-01', 5);
CALL t.usage('f3', 'm3', 'Rec', '2024-01-01', 0);
CALL t.usage('f4', 'm3', 'Rec', '2024-01-09', 1);
CALL t.usage('f5', 'm6', 'Poll', '2024-01-01', 1, 'B');
CALL t.usage('f6', 'm2', 'Late', '2024-03-15');
CALL t.usage('f7', 'm11', 'Chat', '2024-01-01', 1, 'B');
CALL t.usage('f8', 'm7', 'Chat', '2024-01-07');
CALL t.usage('f9', 'm9', 'Chat', '2024-01-03');
CALL t.refresh_at('2025-02-02Z');
SELECT t.same('SELECT feature_name, period_type, period_start, adoption_rate, source_system FROM gold.go_agg_feature_adoption', ARRAY[
	'Chat|Daily|2024-01-01|100.00|Multiple', 'Poll|Daily|2024-01-01|0.00|B', 'Chat|Daily|2024-01-07|0.00|ZOOM',
	'Chat|Weekly|2024-01-01|100.00|Multiple', 'Poll|Weekly|2024-01-01|0.00|B', 'Rec|Weekly|2024-01-08|0.00|ZOOM',
	'Chat|Monthly|2024-01-01|100.00|Multiple', 'Poll|Monthly|2024-01-01|0.00|B', 'Rec|Monthly|2024-01-01|50.00|ZOOM'],
	'adoption: a feature used in a period with active users has a row; only its users who were active count');
SELECT t.healthy('all is consistent');

-- a user who becomes known counts, one who was deleted stays
CALL t.user('u9', 'Zed', '2025-02-02Z', email => 'zed@x.example');
DELETE FROM silver.si_users WHERE user_id = 'u1';
CALL t.refresh_at('2025-02-03Z');
SELECT t.same($$SELECT period_type, activity_date, active_user_count FROM gold.go_agg_active_users WHERE activity_date IN ('2024-01-01', '2024-01-08', '2024-01-09')$$,
	ARRAY['Daily|2024-01-01|2', 'Weekly|2024-01-01|2', 'Monthly|2024-01-01|3', 'Daily|2024-01-08|1', 'Weekly|2024-01-08|2', 'Daily|2024-01-09|1'], 'known is who ever had an accepted version');
SELECT t.same($$SELECT adoption_rate, period_type FROM gold.go_agg_feature_adoption WHERE feature_name = 'Poll'$$, ARRAY['0.00|Daily', '0.00|Weekly', '33.33|Monthly'], 'adoption follows');
-- the last meeting of a period goes: its rows go
DELETE FROM silver.si_meetings WHERE meeting_id IN ('m6', 'm7', 'm12');
CALL t.refresh_at('2025-02-04Z');
SELECT t.same($$SELECT period_type, activity_date FROM gold.go_agg_active_users WHERE activity_date IN ('2024-01-09', '2024-01-10', '2020-12-28', '2020-12-31', '2020-12-01')$$,
	'Weekly|2020-12-28', 'periods without data have no row');
SELECT t.healthy('all is consistent after changes');

-- participants
CALL t.participant('p1', 'm2', 'u3', '2024-01-01 00:10Z', '2024-01-01 00:20Z');
CALL t.participant('p2', 'm2', NULL, '2024-01-01 00:10Z');
CALL t.participant('p3', 'm2', 'guest', '2024-01-01 00:10Z');
CALL t.participant('p4', 'm99', 'u3', '2024-01-07 00:10Z');
CALL t.participant('p5', 'm4', 'u3', '2024-01-07 00:10Z', '2024-01-07 00:09Z');
CALL t.participant('p6', 'm1', 'u2', '2024-01-01 00:05Z');
CALL t.refresh_at('2025-02-05Z');
SELECT t.same($$SELECT period_type, activity_date, active_user_count FROM gold.go_agg_active_users WHERE activity_date BETWEEN '2023-12-01' AND '2024-01-01'$$,
	ARRAY['Monthly|2023-12-01|1', 'Weekly|2023-12-25|1', 'Daily|2023-12-31|1', 'Daily|2024-01-01|2', 'Weekly|2024-01-01|2', 'Monthly|2024-01-01|2'], 'participants do not count as hosts do');
SELECT t.errors_are(ARRAY['si_users u3 name_taken warning', 'si_meetings m13 meeting_too_long warning', 'si_meetings m14 meeting_too_long warning', 'si_participants p3 user_unknown warning', 'si_participants p4 meeting_unknown error', 'si_participants p5 leave_before_join error',
	'si_feature_usage f5 meeting_unknown error', 'si_feature_usage f8 meeting_unknown error'], 'a guest is legal, an unknown user is warned of');
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
CALL t.refresh_at('2025-02-06Z');
SELECT t.same($$SELECT period_type, activity_date, active_user_count FROM gold.go_agg_active_users WHERE activity_date BETWEEN '2023-12-01' AND '2024-01-01'$$,
	ARRAY['Monthly|2023-12-01|2', 'Weekly|2023-12-25|2', 'Daily|2023-12-31|2', 'Daily|2024-01-01|3', 'Weekly|2024-01-01|3', 'Monthly|2024-01-01|3'],
	'unless the setting says so: then they do, on the day on which the meeting starts');
SELECT t.healthy('all is consistent with participants');
SELECT * FROM finish();
