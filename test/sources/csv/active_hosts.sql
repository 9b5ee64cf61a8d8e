\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Active hosts, detail: meeting and participant in a row, day before month.
\set file `cat "$PG_ABS_SRCDIR/../sample/sources/active_hosts.csv"`
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same(format('SELECT * FROM zoom_silver.load_csv(%L, %L, %L, %L)', :'file', 'active_hosts', 'Europe/Berlin', 'DD/MM/YYYY HH24:MI'),
	ARRAY['si_users|3|0|1', 'si_meetings|3|0|0', 'si_participants|2|0|0'], 'a file is loaded; Cyrus is told of at two starts');
SELECT t.same('SELECT user_id, user_name, update_timestamp FROM silver.si_users', ARRAY['cyrus@acme.example|Cyrus Day|2025-02-02 23:00',
	'dora@acme.example|dora@acme.example|2025-02-02 23:00', 'ana@acme.example|Ana Ito|2025-02-28 15:00'], 'hosts with their names');
SELECT t.same('SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes FROM silver.si_meetings', ARRAY[
	'85218486288@20250202T230000Z|cyrus@acme.example|1:1 Cyrus / Dora|2025-02-02 23:00|2025-02-02 23:21|22',
	'85218486288@20250203T230000Z|cyrus@acme.example|1:1 Cyrus / Dora|2025-02-03 23:00|2025-02-03 23:30|30',
	'5550001111@20250228T150000Z|ana@acme.example|All hands|2025-02-28 15:00|2025-02-28 16:00|60'], 'a meeting is told once; one number on two days is two');
SELECT t.same('SELECT meeting_id, user_id, join_time, leave_time FROM silver.si_participants', ARRAY[
	'85218486288@20250202T230000Z|cyrus@acme.example|2025-02-02 23:00|2025-02-02 23:21',
	'85218486288@20250202T230000Z|dora@acme.example|2025-02-02 23:00|2025-02-02 23:21'], 'participants of their meetings, nobody who only waited');
CALL t.refresh();
SELECT t.same('SELECT user_name, start_time, duration_minutes FROM gold.go_fact_meeting_usage', ARRAY['Cyrus Day|2025-02-02 23:00|22',
	'Cyrus Day|2025-02-03 23:00|30', 'Ana Ito|2025-02-28 15:00|60'], 'gold has the meetings');
CREATE TEMP TABLE places AS SELECT t.silver_places() AS place;
SELECT t.same(format('SELECT relation, unchanged FROM zoom_silver.load_csv(%L, %L, %L, %L)', :'file', 'active_hosts', 'Europe/Berlin', 'dmy'),
	ARRAY['si_users|4', 'si_meetings|3', 'si_participants|2'], 'the same file again differs in nothing');
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM places', 'and writes nothing');
-- as another report of the same portal names the columns
SELECT t.same(format('SELECT relation, unchanged FROM zoom_silver.load_csv(%L, %L, %L, %L)', regexp_replace(:'file', '^[^\n]*',
	'Topic,MeetingID,User_Name,User_Email_1,Department,Group,HasZoomRooms,Creation_Time,Start_Time,End_Time,Duration_Minutes_1,Participants,NameOriginalName,User_Email_2,Join_Time,Leave_Time,Duration_Minutes_2,Guest,RecordingConsent,InWaitingRoom'),
	'active_hosts', 'Europe/Berlin', 'DMY'), ARRAY['si_users|4', 'si_meetings|3', 'si_participants|2'], 'headers with underscores are the same headers');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
