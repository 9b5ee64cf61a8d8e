\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- active_users(), rolling_active_users(): exact, over any range.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.user('u3', 'Cy', email => 'cy@x.example');
INSERT INTO silver.si_meetings
SELECT 'm' || n, (ARRAY['u1', 'u2', 'u3', 'u9', NULL])[1 + (n * 7) % 5], 'T', timestamptz '2024-01-01 00:00Z' + n * interval '37 hours', NULL, n, '2024-01-01Z', NULL, NULL
FROM generate_series(0, 60) AS n;
CALL t.refresh();
CREATE FUNCTION t.counted(from_date date, to_date date) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(DISTINCT host_id) FROM silver.si_meetings
	WHERE host_id <> 'u9' AND (start_time AT TIME ZONE 'UTC')::date BETWEEN from_date AND to_date
$$;
SELECT t.same($$SELECT a, b, zoom_gold.active_users(a, b), t.counted(a, b)
	FROM (SELECT date '2023-12-25' + i AS a, date '2023-12-25' + i + j AS b FROM generate_series(0, 100, 9) AS i, unnest('{0,1,6,29,200}'::integer[]) AS j) AS r
	WHERE zoom_gold.active_users(a, b) IS DISTINCT FROM t.counted(a, b)$$, '{}'::text[], 'active users of any range, both ends inclusive');
SELECT t.same('SELECT zoom_gold.active_users(''0001-01-01 BC'', ''9999-12-31'')', '3', 'all of time has them all');
SELECT t.same($$SELECT activity_date, active_user_count, t.counted(activity_date - days + 1, activity_date)
	FROM unnest('{1,7,28}'::integer[]) AS days, LATERAL zoom_gold.rolling_active_users('2023-12-31', '2024-04-10', days)
	WHERE active_user_count IS DISTINCT FROM t.counted(activity_date - days + 1, activity_date)$$, '{}'::text[], 'the trailing window of every day is exact');
SELECT t.same($$SELECT min(activity_date), max(activity_date), count(*) FROM zoom_gold.rolling_active_users('2023-12-31', '2024-04-10', 7)$$, '2023-12-31|2024-04-10|102', 'with a row for every day');
SELECT throws_ok($$SELECT * FROM zoom_gold.rolling_active_users('2024-01-01', '2024-01-31', 0)$$, NULL, NULL, 'a window of no days is an error');
SELECT * FROM finish();
