\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- active_users(), rolling_active_users(): exact, over any range.
CALL t.setup();
INSERT INTO silver.si_users SELECT 'u' || n, 'User ' || n, 'u' || n || '@x.example', NULL, 'Pro', '2023-01-01Z', NULL, NULL FROM generate_series(1, 40) AS n;
-- few meetings a day, so that every day, week and month has users of its own; u41 to u44 are unknown
INSERT INTO silver.si_meetings
SELECT 'm' || n, nullif('u' || (n * 7919) % 1009 % 45, 'u0'), 'T', timestamptz '2023-12-20 00:00Z' + n * interval '17 hours', NULL, n, '2024-01-01Z', NULL, NULL
FROM generate_series(0, 180) AS n;
CALL t.refresh();
CREATE FUNCTION t.counted(from_date date, to_date date) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(DISTINCT host_id) FROM silver.si_meetings
	WHERE host_id IN (SELECT user_id FROM silver.si_users) AND (start_time AT TIME ZONE 'UTC')::date BETWEEN from_date AND to_date
$$;
CREATE VIEW t.wrong AS SELECT a, b, zoom_gold.active_users(a, b) AS active, t.counted(a, b) AS counted
FROM (SELECT date '2023-12-10' + i AS a, date '2023-12-10' + i + j AS b FROM generate_series(0, 100, 3) AS i, unnest('{0,1,5,6,13,27,40,75,200}'::integer[]) AS j
	UNION ALL VALUES (date '-infinity', date 'infinity'), ('0001-01-01 BC', '9999-12-31'), ('-infinity', '2024-01-15'), ('2024-01-15', 'infinity'),
	('0001-01-01', '2024-02-10'), ('9999-12-31', 'infinity')) AS r
WHERE zoom_gold.active_users(a, b) IS DISTINCT FROM t.counted(a, b);
SELECT t.same('TABLE t.wrong', '{}'::text[], 'active users of any range, both ends inclusive');
SELECT cmp_ok(zoom_gold.active_users('2024-01-01', '2024-01-31'), '<', zoom_gold.active_users('2023-12-01', '2024-05-31'), 'ranges differ');
SELECT t.same($$SELECT activity_date, active_user_count, t.counted(activity_date - days + 1, activity_date)
	FROM unnest('{1,7,28}'::integer[]) AS days, LATERAL zoom_gold.rolling_active_users('2023-12-31', '2024-04-10', days)
	WHERE active_user_count IS DISTINCT FROM t.counted(activity_date - days + 1, activity_date)$$, '{}'::text[], 'the trailing window of every day is exact');
SELECT t.same($$SELECT min(activity_date), max(activity_date), count(*) FROM zoom_gold.rolling_active_users('2023-12-31', '2024-04-10', 7)$$, '2023-12-31|2024-04-10|102', 'with a row for every day');
SELECT throws_ok($$SELECT * FROM zoom_gold.rolling_active_users('2024-01-01', '2024-01-31', 0)$$, NULL, NULL, 'a window of no days is an error');

-- weeks and months that wait for their step
INSERT INTO silver.si_users VALUES ('u41', 'User 41', NULL, NULL, NULL, '2024-06-01Z', NULL, NULL);
UPDATE silver.si_meetings SET host_id = 'u40', update_timestamp = '2024-06-01Z' WHERE meeting_id IN ('m30', 'm31', 'm90');
DELETE FROM silver.si_meetings WHERE meeting_id IN ('m50', 'm51');
SELECT count(*) FROM zoom_gold.refresh(targets => '{go_fact_meeting_usage}') \gset refreshed_
SELECT t.same('TABLE t.wrong', '{}'::text[], 'active users are those of the facts while go_agg_active_users waits');
CALL t.refresh();
SELECT t.same('TABLE t.wrong', '{}'::text[], 'and when it has been refreshed');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
