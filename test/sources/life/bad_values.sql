\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- A bad value costs its row; gold's error log names relation, key and column.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
INSERT INTO raw_zoom.report_meetings (uuid, id, topic, user_email, start_time, end_time, duration) VALUES
	('empty start', 1, 'x', 'ana@acme.example', '', '2025-02-28T15:30:00Z', 30),
	('no start', 2, 'x', 'ana@acme.example', NULL, '2025-02-28T15:30:00Z', 30),
	('bad start', 3, 'x', 'ana@acme.example', '28/02/2025 15:00', '2025-02-28T15:30:00Z', 30),
	('bad end', 4, 'x', 'ana@acme.example', '2025-02-28T15:00:00Z', '2025-02-30T15:30:00Z', 30),
	('empty end', 5, 'runs', 'ana@acme.example', '2025-02-28T15:00:00Z', '', NULL),
	(NULL, 6, 'no key', 'ana@acme.example', '2025-02-28T15:00:00Z', '2025-02-28T15:30:00Z', 30),
	('', 7, 'no key either', 'ana@acme.example', '2025-02-28T15:00:00Z', '2025-02-28T15:30:00Z', 30);
ALTER TABLE raw_zoom.report_meetings ALTER duration TYPE varchar;
INSERT INTO raw_zoom.report_meetings (uuid, id, topic, user_email, start_time, end_time, duration) VALUES
	('bad duration', 8, 'x', 'ana@acme.example', '2025-02-28T15:00:00Z', '2025-02-28T15:30:00Z', '30 min');
SELECT t.same($$SELECT status, inserted, details - 'read' FROM zoom_silver.pull() OFFSET 1 LIMIT 1$$, 'Warning|11|{"unreadable": 3, "without_key": 2}', 'the step says so');
CALL t.refresh();
SELECT t.same($$SELECT meeting_topic, duration_minutes FROM gold.go_fact_meeting_usage$$, ARRAY['Weekly|4', 'Cyrus'' room|30', 'Cyrus'' room|45', 'runs|-'],
	'all other rows are loaded');
SELECT t.same($$SELECT t.errors() AS e INTERSECT SELECT e FROM t.errors() e WHERE e LIKE 'si_meetings%' AND e NOT LIKE '%warning'$$, ARRAY[
	'si_meetings empty start start_time_missing error', 'si_meetings no start start_time_missing error',
	'si_meetings bad start start_time_missing error', 'si_meetings bad start start_time_unreadable error',
	'si_meetings bad end end_time_unreadable error', 'si_meetings bad duration duration_minutes_unreadable error', 'si_meetings - key_missing error'],
	'the error log names relation, key and column');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same($$SELECT status, inserted + updated + deleted FROM zoom_silver.pull() OFFSET 1 LIMIT 1$$, 'Warning|0', 'once more: nothing is written, the warning stays');
SELECT t.healthy('gold is right');

UPDATE raw_zoom.report_meetings SET uuid = topic WHERE topic LIKE 'no key%';
UPDATE raw_zoom.report_meetings SET start_time = '2025-02-28 15:00:00+01' WHERE uuid IN ('empty start', 'no start', 'bad start');
UPDATE raw_zoom.report_meetings SET end_time = '2025-02-28 15:30:00.25' WHERE uuid = 'bad end';
UPDATE raw_zoom.report_meetings SET duration = ' 30 ' WHERE uuid = 'bad duration';
SELECT t.same($$SELECT status, inserted, updated, deleted, details - 'read' FROM zoom_silver.pull() OFFSET 1 LIMIT 1$$,
	'Success|2|5|2|{"unreadable": 0, "without_key": 0}', 'mended in the source');
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM t.errors() e WHERE e LIKE 'si_meetings%' AND e NOT LIKE '%warning'$$, '0', 'gold has resolved the errors');
SELECT t.same($$SELECT meeting_id, start_time, end_time FROM silver.si_meetings WHERE meeting_id LIKE 'bad%'$$, ARRAY[
	'bad start|2025-02-28 14:00|2025-02-28 15:30', 'bad end|2025-02-28 15:00|2025-02-28 15:30:00.25', 'bad duration|2025-02-28 15:00|2025-02-28 15:30'],
	'with a zone it holds, without one it is UTC');
SELECT t.healthy('gold is right, mended');

-- words
SELECT t.same($$SELECT v, zoom_silver.to_instant(v) FROM unnest('{2024-02-29T10:00:00Z,2024-02-29,2024-02-29 10:00,2024-02-29 10:00:00.5+0530,2024-02-29t10:00:00-08,2024-02-29 10:00:00 UTC,1709200800,1709200800500," 1709200800.500000 ","  2024-12-31T23:59:59.999999Z "}'::text[]) v$$,
	ARRAY['2024-02-29T10:00:00Z|2024-02-29 10:00', '2024-02-29|2024-02-29 00:00', '2024-02-29 10:00|2024-02-29 10:00', '2024-02-29 10:00:00.5+0530|2024-02-29 04:30:00.5',
	'2024-02-29t10:00:00-08|2024-02-29 18:00', '2024-02-29 10:00:00 UTC|2024-02-29 10:00', '1709200800|2024-02-29 10:00', '1709200800500|2024-02-29 10:00:00.5', ' 1709200800.500000 |2024-02-29 10:00:00.5', '  2024-12-31T23:59:59.999999Z |2024-12-31 23:59:59.999999'], 'instants');
SELECT t.same($$SELECT v FROM unnest('{2023-02-29,2024-02-30,2024-04-31,2024-13-01,2024-00-10,1900-02-29,0000-01-01,24-01-01,2024-01-01T24:00:00Z,2024-01-01T10:60:00Z,2024-01-01T10:00:00+16,now,today,infinity,01/02/2024,20240229,202402291000,20240229100000,0,170800000,"",x}'::text[]) v
	WHERE zoom_silver.to_instant(v) IS NOT NULL$$, '{}'::text[], 'what is none is NULL');
SELECT t.same($$SELECT v, zoom_silver.to_whole(v), zoom_silver.to_amount(v) FROM unnest('{12,-3," 4.0 ",2.5,1e3,999999999,9999999999,abc,"",.5,5.}'::text[]) v$$, ARRAY[
	'12|12|12.00', '-3|-3|-3.00', ' 4.0 |4|4.00', '2.5|-|2.50', '1e3|-|-', '999999999|999999999|-', '9999999999|-|-', 'abc|-|-', '|-|-', '.5|-|0.50', '5.|5|5.00'], 'numbers');
-- every day of 800 years in two spellings, and all that PostgreSQL does not take
SELECT t.same($$SELECT count(*) FROM generate_series('1900-01-01'::timestamp, '2700-01-01', '1 day') d
	WHERE zoom_silver.to_instant(to_char(d, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) IS DISTINCT FROM d AT TIME ZONE 'UTC'
		OR zoom_silver.to_instant(to_char(d, 'YYYY-MM-DD')) IS DISTINCT FROM d AT TIME ZONE 'UTC'$$, '0', 'every day is read as PostgreSQL does');
SELECT t.same($$SELECT count(*) FROM generate_series(1, 12) m, generate_series(1, 31) d, unnest('{1900,2000,2023,2024}'::integer[]) y
	WHERE (zoom_silver.to_instant(format('%s-%s-%sT00:00:00Z', y, lpad(m::text, 2, '0'), lpad(d::text, 2, '0'))) IS NULL)
		<> (d > extract(day FROM make_date(y, m, 1) + interval '1 month - 1 day'))$$, '0', 'and no other');
SELECT * FROM finish();
