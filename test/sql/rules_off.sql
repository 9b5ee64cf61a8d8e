\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What comes in where a built-in rule is switched off tells no nonsense.
CALL t.setup();
CREATE PROCEDURE t.switch(rules text[], on_ boolean) LANGUAGE sql AS $$
	UPDATE gold_state.quality_rule SET enabled = on_ WHERE relation || ' ' || rule_name = ANY (rules);
$$;
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');

-- times that run backwards tell no duration
INSERT INTO silver.si_meetings (meeting_id, host_id, start_time, end_time, duration_minutes, load_timestamp) VALUES
	('forwards', 'u1', '2024-01-10 10:00Z', '2024-01-10 10:30Z', NULL, '2024-01-10Z'),
	('backwards', 'u1', '2024-01-11 10:00Z', '2024-01-11 09:29:30Z', NULL, '2024-01-11Z'),
	('backwards, stated', 'u1', '2024-01-12 10:00Z', '2024-01-12 09:29:30Z', 20, '2024-01-12Z'),
	('negative, too', 'u1', '2024-01-13 10:00Z', '2024-01-13 09:29:30Z', -20, '2024-01-13Z');
CALL t.participant('p1', 'forwards', 'u1', '2024-01-10 10:00Z', '2024-01-10 10:10Z');
CALL t.participant('p2', 'forwards', 'u2', '2024-01-10 10:00Z', '2024-01-10 09:59:30.5Z');
CALL t.webinar('w1', 'u1', '2024-01-10 10:00Z', '2024-01-10 09:30Z', -4);
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_meetings backwards end_before_start error', 'si_meetings backwards, stated end_before_start error', 'si_meetings negative, too end_before_start error',
	'si_meetings negative, too duration_negative error', 'si_participants p2 leave_before_join error', 'si_webinars w1 end_before_start error', 'si_webinars w1 registrants_negative error'], 'all are kept out');
CALL t.switch('{si_meetings end_before_start,si_participants leave_before_join,si_webinars end_before_start,si_webinars registrants_negative}', false);
CALL t.refresh();
SELECT t.same('SELECT start_time, end_time, duration_minutes FROM gold.go_fact_meeting_usage', ARRAY['2024-01-10 10:00|2024-01-10 10:30|30',
	'2024-01-11 10:00|2024-01-11 09:29:30|-', '2024-01-12 10:00|2024-01-12 09:29:30|20'], 'meetings that end before they start have the duration that silver states');
SELECT t.same($$SELECT total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Monthly'$$, '50', 'none is negative');
SELECT t.same($$SELECT attendees, attended_minutes FROM gold_bi.meetings WHERE start_date = '2024-01-10'$$, '2|10.00', 'nor are attended minutes');
SELECT t.same('SELECT duration_hours, registrants, attendance_rate FROM gold_bi.webinars', '-|-4|-', 'nor the hours of a webinar');
SELECT t.errors_are(ARRAY['si_meetings negative, too duration_negative error'], 'the other rules hold');
SELECT t.healthy('verify() has the same');
CALL t.switch('{si_meetings end_before_start,si_participants leave_before_join,si_webinars end_before_start,si_webinars registrants_negative}', true);
CALL t.refresh();
SELECT t.same($$SELECT total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Monthly'$$, '30', 'switched on again they go');

-- participants of webinars, which are no meetings
TRUNCATE silver.si_participants, silver.si_webinars;
CALL t.webinar('w1', 'u1', '2024-01-10 23:30Z', '2024-01-11 00:30Z', 4);
CALL t.webinar('w2', 'u1', '2024-01-12 10:00Z', '2024-01-12 11:00Z', 4);
CALL t.participant('p1', 'w1', 'u1', '2024-01-10 23:30Z', '2024-01-10 23:40Z');
CALL t.participant('p2', 'w1', 'u1', '2024-01-11 00:00Z', '2024-01-11 00:10Z');
CALL t.participant('p3', ' w1', 'u2', '2024-01-11 00:00Z', '2024-01-11 00:10Z');
CALL t.participant('p4', 'w1', NULL, '2024-01-11 00:00Z');
CALL t.participant('p5', 'forwards', 'u2', '2024-01-10 10:00Z', '2024-01-10 10:10Z');
CALL t.participant('p6', 'backwards', 'u2', '2024-01-11 10:00Z', '2024-01-11 10:10Z');
CALL t.usage('f1', 'w1', 'Chat', '2024-01-11');
SELECT t.same($$SELECT message FROM t.failure('CALL t.switch(''{si_feature_usage meeting_unknown}'', false)')$$, 'rule "meeting_unknown" cannot be switched off', 'usage needs its meeting');
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CALL t.refresh();
SELECT t.same('SELECT registrants, attendees FROM gold_bi.webinars', ARRAY['4|-', '4|-'], 'webinars whose participants are kept out have no attendees');
SELECT t.errors_are(ARRAY['si_meetings backwards end_before_start error', 'si_meetings backwards, stated end_before_start error', 'si_meetings negative, too end_before_start error',
	'si_meetings negative, too duration_negative error', 'si_feature_usage f1 meeting_unknown error', 'si_participants p1 meeting_unknown error', 'si_participants p2 meeting_unknown error',
	'si_participants p3 meeting_unknown error', 'si_participants p4 meeting_unknown error', 'si_participants p6 meeting_unknown error'], 'as the model has it');
\set doc `grep "UPDATE gold_state.quality_rule" "$PG_ABS_SRCDIR/../doc/BI.md"`
:doc;
CALL t.refresh();
SELECT t.same('SELECT webinar_topic, registrants, attendees, guests, attended_minutes, attendance_rate FROM gold_bi.webinars ORDER BY start_time',
	ARRAY['Launch|4|3|1|30.00|75.00', 'Launch|4|-|-|-|-'], 'what doc/BI.md says lets them in');
SELECT t.same($$SELECT active_user_count FROM gold.go_agg_active_users WHERE period_type = 'Monthly'$$, '2', 'they make nobody active');
SELECT t.same($$SELECT activity_date, active_user_count FROM gold.go_agg_active_users WHERE period_type = 'Daily'$$, '2024-01-10|2', 'neither do those of rejected meetings');
SELECT t.healthy('verify() has the same');
UPDATE silver.si_meetings SET end_time = '2024-01-11 10:30Z' WHERE meeting_id = 'backwards';
CALL t.refresh();
SELECT t.same($$SELECT activity_date, active_user_count FROM gold.go_agg_active_users WHERE period_type = 'Daily'$$, ARRAY['2024-01-10|2', '2024-01-11|2'], 'until those are mended');
SELECT t.healthy('and they count');
SELECT * FROM finish();
