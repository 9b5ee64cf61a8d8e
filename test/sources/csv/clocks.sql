\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Local times: how they are written, and what happens when clocks are turned.
SELECT t.same($$SELECT v, zoom_silver.csv_date_order(v), zoom_silver.csv_local(v, 'MDY'), zoom_silver.csv_local(v, 'DMY') FROM (VALUES
	('11/19/2021 9:54:15 AM'), ('11/19/2021 12:01:59 PM'), ('11/12/2021 12:05 AM'), ('2020/12/8 8:35'), ('01.02.2023 23:59'), ('5/5/2023'),
	('Mar 28, 2020 8:07 AM'), ('March 1, 2020 17:14:45'), ('2024-02-29T10:00:00'), ('2023-02-29 10:00'), ('01/06/2023 24:00'), ('01/06/2023 13:00 PM'),
	('01/06/2023 00:00 AM'), ('13/13/2023 10:00'), ('NA'), ('10:00'), ('01/06/23 10:00'), ('Foo 28, 2020 8:07 AM')) AS x (v)$$, ARRAY[
	'11/19/2021 9:54:15 AM|MDY|2021-11-19T09:54:15|-', '11/19/2021 12:01:59 PM|MDY|2021-11-19T12:01:59|-', '11/12/2021 12:05 AM|unclear|2021-11-12T00:05:00|2021-12-11T00:05:00',
	'2020/12/8 8:35|YMD|2020-12-08T08:35:00|2020-12-08T08:35:00', '01.02.2023 23:59|unclear|2023-01-02T23:59:00|2023-02-01T23:59:00', '5/5/2023|any|2023-05-05T00:00:00|2023-05-05T00:00:00',
	'Mar 28, 2020 8:07 AM|any|2020-03-28T08:07:00|2020-03-28T08:07:00', 'March 1, 2020 17:14:45|any|2020-03-01T17:14:45|2020-03-01T17:14:45',
	'2024-02-29T10:00:00|YMD|2024-02-29T10:00:00|2024-02-29T10:00:00', '2023-02-29 10:00|YMD|-|-', '01/06/2023 24:00|unclear|-|-', '01/06/2023 13:00 PM|unclear|-|-',
	'01/06/2023 00:00 AM|unclear|-|-', '13/13/2023 10:00|DMY|-|-', 'NA|-|-|-', '10:00|-|-|-', '01/06/23 10:00|-|-|-', 'Foo 28, 2020 8:07 AM|any|-|-'], 'ways to write a time');

SELECT t.same($$SELECT i.at, i.turned FROM (VALUES
	('2025-03-30 01:59', 'Europe/Berlin'), ('2025-03-30 02:30', 'Europe/Berlin'), ('2025-03-30 03:00', 'Europe/Berlin'),
	('2025-10-26 01:59', 'Europe/Berlin'), ('2025-10-26 02:30', 'Europe/Berlin'), ('2025-10-26 03:00', 'Europe/Berlin'),
	('2025-11-02 01:30', 'America/New_York'), ('2025-03-09 02:30', 'America/New_York'), ('2025-04-06 01:45', 'Australia/Lord_Howe'),
	('2025-07-01 12:00', 'UTC'), ('2011-12-30 12:00', 'Pacific/Apia')) AS x (local, zone), zoom_silver.csv_instant(local::timestamp, zone) AS i$$, ARRAY[
	'2025-03-30 00:59|-', '2025-03-30 01:30|gap', '2025-03-30 01:00|-', '2025-10-25 23:59|-', '2025-10-26 00:30|fold', '2025-10-26 02:00|-',
	'2025-11-02 05:30|fold', '2025-03-09 07:30|gap', '2025-04-05 14:45|fold', '2025-07-01 12:00|-', '2011-12-30 22:00|gap'], 'clocks that are turned: the first of two, none moved on');
SELECT t.same($$SELECT count(*) FROM (SELECT n, zone, i.at, i.turned, (timestamp '2025-01-01' + n * interval '13 minutes') AS local
	FROM generate_series(1, 40000) AS n, (VALUES ('Europe/Berlin'), ('America/St_Johns'), ('Australia/Lord_Howe'), ('Asia/Kolkata')) AS z (zone),
	zoom_silver.csv_instant(timestamp '2025-01-01' + n * interval '13 minutes', zone) AS i) AS x
	WHERE (at AT TIME ZONE zone <> local) <> (turned IS NOT DISTINCT FROM 'gap')$$, '0', 'what is no gap reads back as it was written');

-- a file at the turn of clocks, and the same local times as PostgreSQL reads them
CALL t.clock('2025-12-01Z');
SELECT t.same(format('SELECT relation, inserted FROM zoom_silver.load_csv(%L, %L, %L)', E'Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
1,Night,2025-10-26 02:30,2025-10-26 02:50,ana@acme.example,20,1

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
Ana,ana@acme.example,2025-10-26 01:30,2025-10-26 02:50,80,No
Ben,,2025-10-26 02:30,when they left,20,Yes
Cyd,,2025-10-32 02:30,,20,Yes', 'participants', 'Europe/Berlin'), ARRAY['si_users|1', 'si_meetings|1', 'si_participants|3'], 'a file at the turn of clocks');
SELECT t.same('SELECT start_time, end_time FROM silver.si_meetings', '2025-10-26 00:30|2025-10-26 00:50', 'what comes twice is the first');
SELECT t.same(format('SELECT relation, inserted FROM zoom_silver.load_csv(%L, %L, %L)', E'Meeting ID,Topic,Start Time,End Time
2,Into the second,2025-10-26 02:50,2025-10-26 02:10
3,With its zone,2025-10-26T02:50:00+02:00,2025-10-26T01:10:00Z

Name (Original Name),User Email,Join Time,Leave Time
Dan,,2025-10-26 02:55,2025-10-26 02:05', 'participants', 'Europe/Berlin'), ARRAY['si_meetings|2', 'si_participants|1'], 'a meeting that goes on while clocks are turned');
SELECT t.same($$SELECT start_time, end_time FROM silver.si_meetings WHERE meeting_topic <> 'Night'$$, '{2025-10-26 00:50|2025-10-26 01:10,2025-10-26 00:50|2025-10-26 01:10}'::text[],
	'ends after it began; what says its zone is taken by it');
SELECT t.same($$SELECT join_time, leave_time FROM silver.si_participants WHERE meeting_id LIKE '3@%'$$, '2025-10-26 00:55|2025-10-26 01:05', 'nobody leaves before he joined');
CALL t.refresh();
SELECT t.same('SELECT split_part(e, '' '', 1), split_part(e, '' '', 3), split_part(e, '' '', 4) FROM t.errors() AS e WHERE e LIKE ''%participants%''', ARRAY['si_participants|join_time_unreadable|error',
	'si_participants|join_time_missing|error', 'si_participants|leave_time_unreadable|error'], 'a bad time costs its row and is named');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
