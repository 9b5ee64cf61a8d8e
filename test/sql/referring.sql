\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Usages and participants are read again when a meeting of theirs tells them
-- something new, and only then.
CALL t.setup();
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
UPDATE gold_state.settings SET value = '1000 years' WHERE name LIKE '%compare_interval';
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.meeting('m1', 'u1', '2024-01-10 09:00Z');
CALL t.meeting('m2', 'u2', '2024-01-10 10:00Z', topic => 'Plan');
CALL t.meeting('m3', 'u2', '2024-01-12 10:00Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10');
CALL t.usage('f2', 'm2', 'Chat', '2024-01-11');
CALL t.participant('p1', 'm1', 'u2', '2024-01-10 09:01Z');
CALL t.participant('p2', 'm2', 'u1', '2024-01-11 00:01Z');
CALL t.refresh();

-- Makes a change and has meetings read; the days of usages and participants
-- that are to be read again then.
CREATE FUNCTION t.told(change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change;
	CALL t.refresh(targets => '{go_fact_meeting_usage}');
	RETURN QUERY SELECT CASE consumer WHEN 'si_participants' THEN 'participants ' ELSE 'usages ' END || coalesce(to_char(day, 'DD'), 'all')
		FROM gold_state.dirty WHERE consumer IN ('build_fact_feature_usage', 'si_participants');
	CALL t.refresh();
END
$$;
CREATE FUNCTION t.tells(change text, told text[], what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT t.same(format('SELECT t.told(%L)', change), told, what);
	RETURN NEXT t.healthy(what || ': all is well');
END
$$;

SELECT t.tells($$UPDATE silver.si_meetings SET end_time = end_time + interval '5 min', duration_minutes = 35 WHERE meeting_id = 'm1'$$,
	'{}', 'a longer meeting');
SELECT t.tells($$UPDATE silver.si_meetings SET meeting_topic = 'New' WHERE meeting_id = 'm1'$$,
	'{usages 10}', 'another topic');
SELECT t.tells($$UPDATE silver.si_meetings SET meeting_topic = NULL WHERE meeting_id = 'm2'$$,
	'{usages 11}', 'no topic');
SELECT t.tells($$UPDATE silver.si_meetings SET host_id = 'u1' WHERE meeting_id = 'm2'$$,
	'{usages 11}', 'another host');
SELECT t.tells($$UPDATE silver.si_meetings SET host_id = 'stranger' WHERE meeting_id = 'm2'$$,
	'{usages 11}', 'an unknown host');
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = start_time - interval '1 min' WHERE meeting_id = 'm2'$$,
	'{participants 11,usages 11}', 'a meeting that is rejected');
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = start_time + interval '9 min' WHERE meeting_id = 'm2'$$,
	'{participants 11,usages 11}', 'and accepted again');
SELECT t.tells($$UPDATE silver.si_meetings SET start_time = start_time - interval '1 day' WHERE meeting_id = 'm1'$$,
	'{participants 10,usages 10}', 'a meeting that moves');
SELECT t.tells($$DELETE FROM silver.si_meetings WHERE meeting_id = 'm1'$$,
	'{participants 10,usages 10}', 'a meeting that is deleted');
SELECT t.tells($$CALL t.meeting('m1', 'u1', '2024-01-10 09:00Z')$$,
	'{participants 10,usages 10}', 'and comes back');
SELECT t.tells($$DELETE FROM silver.si_meetings; CALL t.meeting('m1', 'u1', '2024-01-10 09:00Z'); CALL t.meeting('m2', 'stranger', '2024-01-10 10:00Z', 9, NULL); CALL t.meeting('m3', 'u2', '2024-01-12 10:00Z')$$,
	'{}', 'a relation loaded anew');
-- two at once, one going and one coming
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = start_time - (meeting_id = 'm1')::integer * interval '1 min' WHERE meeting_id IN ('m1', 'm2')$$,
	'{participants 10,participants 11,usages 10,usages 11}', 'one of two is rejected');
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = start_time - (meeting_id = 'm2')::integer * interval '1 min' WHERE meeting_id IN ('m1', 'm2')$$,
	'{participants 10,participants 11,usages 10,usages 11}', 'and then the other one instead');
SELECT t.tells($$UPDATE silver.si_meetings SET meeting_topic = CASE meeting_id WHEN 'm1' THEN 'B' ELSE 'A' END, end_time = start_time$$,
	'{participants 10,participants 11,usages 10,usages 11}', 'all are accepted');
SELECT t.tells($$UPDATE silver.si_meetings SET meeting_topic = CASE meeting_id WHEN 'm1' THEN 'A' ELSE 'B' END$$,
	'{usages 10,usages 11}', 'topics that are exchanged');

-- Where the pass over meetings has no part, all that refers to them is read;
-- and when they are as they were, all is read once more.
CREATE PROCEDURE t.step(name text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM zoom_gold.run_step(name);
END
$$;
UPDATE silver.si_meetings SET meeting_topic = 'C' WHERE meeting_id = 'm1';
CALL t.step('build_fact_feature_usage');
SELECT t.same('SELECT meeting_topic, usage_date FROM gold.go_fact_feature_usage', ARRAY['B|2024-01-11', 'C|2024-01-10'], 'usages by themselves see the topic that there is');
SELECT t.tells($$UPDATE silver.si_meetings SET meeting_topic = 'A' WHERE meeting_id = 'm1'$$,
	'{participants 10,participants 10,usages 10}', 'and the topic that is back');
UPDATE silver.si_meetings SET end_time = start_time - interval '1 min' WHERE meeting_id = 'm1';
CALL t.step('refresh_agg_active_users');
SELECT t.same('SELECT e FROM t.errors() AS e WHERE e LIKE ''si_participants%''', 'si_participants p1 meeting_unknown error', 'participants by themselves see that a meeting is rejected');
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = start_time WHERE meeting_id = 'm1'$$,
	'{participants 10,usages 10,usages 10}', 'and that it is back');
UPDATE gold_state.relation_state SET compared_at = NULL WHERE relation = 'si_meetings';
UPDATE silver.si_meetings SET meeting_topic = 'C' WHERE meeting_id = 'm1';
CALL t.step('build_fact_feature_usage');
SELECT t.tells($$UPDATE silver.si_meetings SET meeting_topic = 'A' WHERE meeting_id = 'm1'$$,
	'{participants all,participants 10,usages 10}', 'as well after a comparison in full');
-- what was told is not known, as before an upgrade
UPDATE gold_state.slice SET accepted_hash = NULL, usage_hash = NULL;
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = end_time + interval '1 min' WHERE meeting_id = 'm1'$$,
	'{participants 10,usages 10}', 'a longer meeting of a day of which nothing is known');
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = end_time + interval '1 min' WHERE meeting_id = 'm1'$$,
	'{}', 'but once');
-- the aggregates of meetings that count users do not look at minutes
UPDATE silver.si_meetings SET end_time = end_time + interval '1 min' WHERE meeting_id = 'm1';
CALL t.refresh(targets => '{go_fact_meeting_usage}');
SELECT t.same('SELECT DISTINCT consumer FROM gold_state.dirty', 'refresh_agg_meeting_minutes', 'a longer meeting is news for the minutes alone');
CALL t.refresh();
SELECT t.healthy('which have it then');
-- where not every change of meetings is noticed, all is read
UPDATE gold_state.relation_state SET capture = 'watermark' WHERE relation = 'si_meetings';
CALL t.refresh();
UPDATE silver.si_meetings SET meeting_topic = 'C' WHERE meeting_id = 'm1';
CALL t.usage('f3', 'm1', 'Chat', '2024-01-10');
CALL t.refresh_at('2024-06-30 12:15Z');
UPDATE silver.si_meetings SET meeting_topic = 'A', update_timestamp = '2024-06-30 12:20Z' WHERE meeting_id = 'm1';
CALL t.refresh_at('2024-06-30 12:30Z');
SELECT t.same('SELECT DISTINCT meeting_topic FROM gold.go_fact_feature_usage WHERE usage_date = ''2024-01-10''', 'A', 'a topic that is noticed when it is back');
SELECT t.healthy('and all is well');
UPDATE gold_state.relation_state SET capture = 'trigger' WHERE relation = 'si_meetings';
CALL t.refresh();
-- participants whose meetings change while it is the turn of others
CALL t.participant('late', 'to come', 'u1', '2024-01-20 10:00Z');
CALL t.refresh();
CALL t.meeting('to come', 'u1', '2024-01-21 10:00Z');
CALL t.refresh(targets => '{go_agg_meeting_minutes}');
SELECT t.same('SELECT consumer, day FROM gold_state.dirty WHERE consumer = ''si_participants''', 'si_participants|2024-01-20', 'participants wait for their turn');
SELECT t.healthy('and are not looked at until then');
CALL t.refresh();
SELECT t.same('SELECT attendees FROM gold_bi.meetings WHERE start_date = ''2024-01-21''', '1', 'which comes');
SELECT t.healthy('all of them are right');
-- usage whose meeting waits for its turn
CALL t.meeting('pending', 'u1', '2024-01-22 10:00Z', topic => 'Pending');
CALL t.usage('early', 'pending', 'Chat', '2024-01-22');
SELECT FROM zoom_gold.run_step('build_fact_feature_usage') \g /dev/null
SELECT t.same($$SELECT meeting_topic FROM gold.go_fact_feature_usage WHERE usage_date = '2024-01-22'$$, 'Pending', 'usage knows of a meeting whose turn is to come');
SELECT t.healthy('whose topic is no member yet');
CALL t.refresh();
SELECT t.healthy('in the end it is');
-- what gold keeps
UPDATE gold_state.settings SET value = 'keep' WHERE name = 'fact_deletes';
CALL t.refresh();
SELECT t.tells($$UPDATE silver.si_meetings SET end_time = end_time + interval '1 min' WHERE meeting_id = 'm1'$$,
	'{participants 10,usages 10}', 'where gold keeps what silver deletes, all is read');
SELECT * FROM finish();
