\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What capture did not see is found month by month.
CALL t.setup();
CALL t.clock('2025-01-10 12:00Z');
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo');
INSERT INTO silver.si_meetings SELECT 'm' || n, 'u' || 1 + n % 2, 'Topic ' || n % 4, timestamptz '2024-01-05 10:00Z' + n * interval '10 days', NULL, 10, '2024-01-01Z', NULL, 'Z' FROM generate_series(0, 34) AS n;
INSERT INTO silver.si_feature_usage SELECT 'f' || n, 'm' || n, 'Chat', 1, date '2024-01-05' + n * 10 + 40, '2024-01-01Z', NULL, 'Z' FROM generate_series(0, 34) AS n;
INSERT INTO silver.si_participants SELECT 'p' || n, 'm' || n, 'u1', timestamptz '2024-01-05 10:00Z' + n * interval '10 days', NULL, '2024-01-01Z', NULL, 'Z' FROM generate_series(0, 34) AS n;
INSERT INTO silver.si_billing_events SELECT 'b' || n, 'u1', 'Subscription Fee', 10, date '2024-01-05' + n * 10, '2024-01-01Z', NULL, 'Z' FROM generate_series(0, 34) AS n;
INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, load_timestamp) VALUES ('never', 'u1', 'No day', '2024-01-01Z');
CALL t.refresh();
-- Nothing captures what follows.
CREATE PROCEDURE t.forget_changes() LANGUAGE sql AS 'DELETE FROM gold_state.slice_change';
CREATE FUNCTION t.compared() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT relation || ' ' || from_day FROM gold_state.compared_piece WHERE compared_at = current_setting('zoom_gold.clock')::timestamptz
$$;

SELECT t.same($$SELECT DISTINCT compared_since FROM zoom_gold.status$$, '2025-01-10 12:00', 'after a first load all has been compared');
CALL t.refresh_at('2025-01-11 12:00Z');
SELECT t.same('SELECT * FROM t.compared()', '{}'::text[], 'a day later nothing has its turn');
CALL t.refresh_at('2025-01-13 00:30Z');
SELECT t.same($$SELECT * FROM t.compared() AS c WHERE c LIKE 'si_meetings%'$$, 'si_meetings -infinity', 'the first of twelve months has it after a twelfth of the interval');
SELECT t.same($$SELECT status, record_count, details ->> 'inserted', details ->> 'updated', details ->> 'deleted' FROM zoom_gold.refresh() WHERE process_name <> 'refresh'$$, '{}'::text[], 'and not again in the next refresh');

-- one change of every kind, each in another month
BEGIN;
UPDATE silver.si_meetings SET duration_minutes = 25 WHERE meeting_id = 'm3';
DELETE FROM silver.si_meetings WHERE meeting_id = 'm10';
UPDATE silver.si_meetings SET meeting_topic = 'Renamed' WHERE meeting_id = 'm14';
INSERT INTO silver.si_meetings VALUES ('new', 'u1', 'New', '2024-06-02 10:00Z', NULL, 5, '2024-01-01Z', NULL, 'Z');
-- a version on another day takes the place of the older one
INSERT INTO silver.si_meetings SELECT meeting_id, host_id, meeting_topic, '2024-09-19 10:00Z', NULL, 50, '2024-01-02Z', NULL, 'Z' FROM silver.si_meetings WHERE meeting_id = 'm5';
INSERT INTO silver.si_meetings SELECT meeting_id, host_id, meeting_topic, '2024-02-19 10:00Z', NULL, 50, '2024-01-02Z', NULL, 'Z' FROM silver.si_meetings WHERE meeting_id = 'm30';
INSERT INTO silver.si_meetings VALUES ('early', 'u1', 'Early', '2003-06-02 10:00Z', NULL, 5, '2024-01-01Z', NULL, 'Z'),
	('late', 'u1', 'Late', '2029-06-02 10:00Z', NULL, 5, '2024-01-01Z', NULL, 'Z'), ('bad', 'u1', 'Bad', NULL, NULL, 5, '2024-01-01Z', NULL, 'Z');
DELETE FROM silver.si_meetings WHERE meeting_id = 'never';
DELETE FROM silver.si_billing_events WHERE event_id = 'b20';
INSERT INTO silver.si_billing_events VALUES ('b_new', 'u1', 'Refund', 3, '2024-11-20', '2024-01-01Z', NULL, 'Z');
CALL t.forget_changes();
COMMIT;
SELECT t.same($$SELECT DISTINCT passed FROM zoom_gold.verify() WHERE check_name = 'go_fact_meeting_usage'$$, 'false', 'gold is not right any more');

-- every refresh takes its share, and all is found within the interval
CREATE TEMPORARY TABLE turn (n integer, compared text);
CREATE PROCEDURE t.days(from_day integer, to_day integer) LANGUAGE plpgsql AS $$
BEGIN
	FOR n IN from_day .. to_day LOOP
		CALL t.refresh_at(to_json(timestamptz '2025-01-13 00:30Z' + n * interval '1 day') #>> '{}');
		INSERT INTO turn SELECT n, c FROM t.compared() AS c;
	END LOOP;
END
$$;
CALL t.days(1, 32);
SELECT t.same($$SELECT max(n) FROM (SELECT count(*) AS n FROM turn WHERE compared LIKE 'si_meetings%' GROUP BY n) AS t$$, '1', 'no refresh compares more than a month of meetings');
SELECT ok((SELECT count(DISTINCT compared) >= 12 FROM turn WHERE compared LIKE 'si_meetings%'), 'each has its turn');
SELECT t.healthy('and gold is right again');
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage$$,
	(SELECT count(DISTINCT meeting_id)::text FROM silver.si_meetings WHERE start_time IS NOT NULL), 'with one row per meeting');
SELECT t.same($$SELECT DISTINCT clock.at - compared_since <= interval '33 days' FROM zoom_gold.status, zoom_gold.clock_now() AS clock (at)
	WHERE relation <> ALL ('{silver.si_users,silver.si_support_tickets}')$$, 'true', 'the oldest month is not older than the interval, and a refresh');
SELECT t.same($$SELECT process_name, audit_details::jsonb ->> 'warning' FROM gold.go_process_audit_log WHERE audit_details LIKE '%compared in full%'$$, '{}'::text[], 'nothing was compared in full');

-- what refers to a meeting that is found to be gone follows it at once
BEGIN;
DELETE FROM silver.si_meetings WHERE meeting_id = 'm20';
CALL t.forget_changes();
COMMIT;
CREATE PROCEDURE t.refresh_until(condition text) LANGUAGE plpgsql AS $$
DECLARE
	met boolean := false;
BEGIN
	WHILE NOT met LOOP
		CALL t.refresh_at(to_json(zoom_gold.clock_now() + interval '1 day') #>> '{}');
		EXECUTE 'SELECT ' || condition INTO met;
	END LOOP;
END
$$;
CALL t.refresh_until($$NOT EXISTS (SELECT FROM gold.go_fact_meeting_usage WHERE start_time = timestamptz '2024-01-05 10:00Z' + 20 * interval '10 days')$$);
SELECT t.same($$SELECT check_name FROM zoom_gold.verify() WHERE NOT passed$$, '{}'::text[], 'usages of a meeting that is gone are rejected with it');
-- so does the day on which a key had another row
BEGIN;
INSERT INTO silver.si_billing_events SELECT event_id, user_id, event_type, 77, event_date + 62, load_timestamp, '2024-12-30Z', 'Z' FROM silver.si_billing_events WHERE event_id = 'b12';
CALL t.forget_changes();
COMMIT;
CALL t.refresh_until('EXISTS (SELECT FROM gold.go_fact_billing WHERE amount = 77)');
SELECT t.same($$SELECT check_name FROM zoom_gold.verify() WHERE NOT passed$$, '{}'::text[], 'a newer row on another day takes the place of the older at once');

-- a shorter interval holds at once; one of nothing is all, every time
UPDATE gold_state.settings SET value = '12 hours' WHERE name = 'captured_compare_interval';
CALL t.refresh();
SELECT t.same($$SELECT min(compared_since) = zoom_gold.clock_now() FROM zoom_gold.status$$, 'true', 'with a shorter interval all that is older is compared');
BEGIN;
UPDATE silver.si_billing_events SET amount = 99 WHERE event_id = 'b7';
CALL t.forget_changes();
COMMIT;
UPDATE gold_state.settings SET value = '0' WHERE name = 'captured_compare_interval';
CALL t.refresh();
SELECT t.healthy('an interval of nothing compares everything');
SELECT * FROM finish();
