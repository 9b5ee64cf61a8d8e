\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Participants count as active on the day on which their meeting starts,
-- whenever they join and become known.
CALL t.setup();
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
UPDATE gold_state.settings SET value = '1000 years' WHERE name LIKE '%compare_interval';
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 23:00Z', minutes => 1000);
CALL t.participant('p1', 'm1', 'u2', '2024-01-11 01:00Z');
CALL t.refresh();
SELECT t.same('SELECT activity_date, active_user_count FROM gold.go_agg_active_users WHERE period_type = ''Daily''', '2024-01-10|1', 'an unknown participant is no active user');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.refresh();
SELECT t.same('SELECT activity_date, active_user_count FROM gold.go_agg_active_users WHERE period_type = ''Daily''', '2024-01-10|2', 'who becomes known is one, on the day of the meeting');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10');
CALL t.license('l2', 'Pro', 'u2', '2024-01-10', '2024-01-10');
CALL t.refresh();
SELECT t.same('SELECT utilization_rate FROM gold.go_agg_license_utilization WHERE period_type = ''Daily''', '100.00', 'and uses a licence');
SELECT t.same('SELECT adoption_rate FROM gold.go_agg_feature_adoption WHERE period_type = ''Daily''', '50.00', 'and is one of two to adopt a feature');
SELECT t.healthy('all is consistent');
UPDATE silver.si_meetings SET start_time = '2024-01-09 23:00Z', update_timestamp = '2024-02-01Z';
CALL t.refresh();
SELECT t.same('SELECT activity_date, active_user_count FROM gold.go_agg_active_users WHERE period_type = ''Daily''', '2024-01-09|2', 'a meeting that moves takes its participants along');
SELECT t.healthy('all is consistent in the end');
SELECT * FROM finish();
