\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows of one key that tell of events on different days: perhaps the number of
-- a meeting, which recurs, was taken for its key.
CALL t.setup();
CREATE PROCEDURE t.held(id text, start timestamptz, written interval DEFAULT '1 hour') LANGUAGE sql AS $$
	INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, load_timestamp, source_system)
	VALUES (id, 'u1', 'Standup', start, start + interval '30 minutes', start + written, 'ZOOM');
$$;
CALL t.clock('2024-06-01Z');
CALL t.user('u1', 'Ana', '2024-01-01Z');
-- within one refresh
CALL t.held('number', '2024-02-01 09:00Z');
CALL t.held('number', '2024-02-08 09:00Z');
-- a plan that was moved; one that was held when and where nobody knew the time zone; the same day; two rows alike
CALL t.held('moved', '2024-02-01 09:00Z', '-3 days');
CALL t.held('moved', '2024-02-08 09:00Z');
CALL t.held('zone', '2024-02-01 20:00Z');
CALL t.held('zone', '2024-02-02 06:00Z');
CALL t.held('day', '2024-02-01 01:00Z');
CALL t.held('day', '2024-02-01 23:00Z');
CALL t.held('twice', '2024-02-01 09:00Z');
CALL t.held('twice', '2024-02-01 09:00Z');
-- what no timestamp can be reckoned with
CALL t.held('never', 'infinity', '0');
INSERT INTO silver.si_meetings (meeting_id, host_id, start_time, load_timestamp) VALUES ('never', 'u1', '-infinity', '2024-02-01Z'), ('never', 'u1', NULL, '2024-02-02Z'),
	('never', 'u1', '2024-02-01Z', 'infinity');
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_meetings number key_reused warning'], 'rows of several days are warned of');
SELECT t.same($$SELECT start_time FROM gold.go_fact_meeting_usage WHERE start_time::date IN ('2024-02-01', '2024-02-08')$$,
	ARRAY['2024-02-01 09:00', '2024-02-01 23:00', '2024-02-08 09:00', '2024-02-08 09:00', '2024-02-01 00:00'], 'of each key the newest row counts');
SELECT t.healthy('verify() sees the same');

-- against what is known
CALL t.held('later', '2024-03-01 09:00Z');
CALL t.held('corrected', '2024-03-01 09:00Z');
CALL t.refresh();
CALL t.held('later', '2024-03-08 09:00Z');
UPDATE silver.si_meetings SET start_time = '2024-03-08 09:00Z', end_time = '2024-03-08 09:30Z' WHERE meeting_id = 'corrected';
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_meetings number key_reused warning', 'si_meetings later key_reused warning'], 'also when they come one after the other; a row that is corrected is one row');
SELECT t.healthy('verify() sees the same of what came later');
DELETE FROM silver.si_meetings WHERE meeting_id IN ('later', 'number') AND extract(day FROM start_time) = 1;
CALL t.refresh();
SELECT t.errors_are('{}', 'it is over when only one is left');
SELECT t.healthy('and verify() agrees');

-- webinars; and the rule can be switched off
INSERT INTO silver.si_webinars (webinar_id, host_id, start_time, load_timestamp)
VALUES ('w1', 'u1', '2024-02-01 09:00Z', '2024-02-01 10:00Z'), ('w1', 'u1', '2024-02-15 09:00Z', '2024-02-15 10:00Z');
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_webinars w1 key_reused warning'], 'webinars');
SELECT t.healthy('verify() sees webinars');
-- of participants nothing is said
CALL t.held('m1', '2024-02-01 09:00Z');
INSERT INTO silver.si_participants (participant_id, meeting_id, join_time, load_timestamp)
VALUES ('p1', 'm1', '2024-02-01 09:00Z', '2024-02-01 10:00Z'), ('p1', 'm1', '2024-02-15 09:00Z', '2024-02-15 10:00Z');
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_webinars w1 key_reused warning'], 'but not participants');
SELECT t.healthy('which verify() knows');
UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'key_reused';
CALL t.refresh();
SELECT t.errors_are('{}', 'a rule like others');
SELECT t.healthy('gold is sound at the end');
SELECT * FROM finish();
