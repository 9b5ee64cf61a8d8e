\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- The export of a meeting's participants: byte order mark, CRLF, commas, quotes
-- and line breaks in fields, guests, somebody who rejoins, one never let in.
\set file `cat "$PG_ABS_SRCDIR/../sample/sources/participants.csv"`
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same(format('SELECT * FROM zoom_silver.load_csv(%L, %L, %L)', :'file', 'participants', 'America/New_York'),
	ARRAY['si_users|2|0|0', 'si_meetings|1|0|0', 'si_participants|6|0|0'], 'a file is loaded');
SELECT t.same('SELECT user_id, user_name, email, company, plan_type, update_timestamp, source_system FROM silver.si_users', ARRAY[
	'ana@acme.example|ana@acme.example|ana@acme.example|-|-|2025-02-24 14:00:30|csv',
	'cyrus@acme.example|cyrus@acme.example|cyrus@acme.example|-|-|2025-02-24 14:00:30|csv'], 'users are addresses: host and participants that are no guests');
SELECT t.same('SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes, source_system FROM silver.si_meetings',
	'92688776306@20250224T140030Z|ana@acme.example|Planning, part "two"|2025-02-24 14:00:30|2025-02-24 14:45:10|45|csv', 'the meeting, by number and start');
SELECT t.same('SELECT meeting_id, user_id, join_time, leave_time FROM silver.si_participants', ARRAY[
	'92688776306@20250224T140030Z|ana@acme.example|2025-02-24 13:59:50|2025-02-24 14:45:10',
	'92688776306@20250224T140030Z|cyrus@acme.example|2025-02-24 14:01|2025-02-24 14:10',
	'92688776306@20250224T140030Z|cyrus@acme.example|2025-02-24 14:12|2025-02-24 14:45:10',
	'92688776306@20250224T140030Z|-|2025-02-24 14:02|2025-02-24 14:30',
	'92688776306@20250224T140030Z|-|2025-02-24 14:03|2025-02-24 14:04',
	'92688776306@20250224T140030Z|-|2025-02-24 14:03|2025-02-24 14:04'], 'participants: guests have no user, who was not let in is not there');
SELECT t.same('SELECT count(DISTINCT participant_id) FROM silver.si_participants', '6', 'two guests who look alike are two');
CALL t.refresh();
SELECT t.same('SELECT user_name, meeting_topic, start_time, end_time, duration_minutes FROM gold.go_fact_meeting_usage',
	'ana@acme.example|Planning, part "two"|2025-02-24 14:00:30|2025-02-24 14:45:10|45', 'gold has the meeting, minutes rounded up');
SELECT t.errors_are(ARRAY['si_users ana@acme.example plan_type_missing warning', 'si_users cyrus@acme.example plan_type_missing warning'],
	'a file knows no plans');

CREATE TEMP TABLE places AS SELECT t.silver_places() AS place;
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same(format('SELECT * FROM zoom_silver.load_csv(%L, %L, %L)', :'file', 'participants', 'America/New_York'),
	ARRAY['si_users|0|0|2', 'si_meetings|0|0|1', 'si_participants|0|0|6'], 'the same file again differs in nothing');
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM places', 'and writes nothing');

-- a later export: rows in another order, one left later
SELECT t.same(format('SELECT * FROM zoom_silver.load_csv(%L, %L, %L)', replace(replace(:'file', '09:30:00 AM', '09:31:00 AM'), E'\r\nAna Ito,', E'\r\nDora,dora@acme.example,02/24/2025 09:00:40 AM,02/24/2025 09:00:50 AM,1,No,Y,No\r\nAna Ito,'),
	'participants', 'America/New_York'), ARRAY['si_users|1|0|2', 'si_meetings|0|0|1', 'si_participants|1|1|5'], 'another export of the meeting: what differs');
SELECT t.same($$SELECT leave_time FROM silver.si_participants WHERE join_time = '2025-02-24 14:02Z'$$, '2025-02-24 14:31', 'is written');

-- a name that is better known is not lost for an address
INSERT INTO silver.si_users VALUES ('cyrus@acme.example', 'Cyrus Day', 'cyrus@acme.example', 'Acme', 'Pro', '2025-02-24 00:00Z', '2025-02-24 00:00Z', 'by hand');
SELECT t.same(format('SELECT relation, inserted FROM zoom_silver.load_csv(%L, %L, %L)', replace(:'file', '02/24/2025', '02/25/2025'), 'participants', 'America/New_York'),
	ARRAY['si_users|0', 'si_meetings|1', 'si_participants|6'], 'the next day''s meeting of the same number is another');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
