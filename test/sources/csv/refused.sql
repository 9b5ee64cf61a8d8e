\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What a file must not be loaded for: each with its SQLSTATE, nothing written.
\set participants `cat "$PG_ABS_SRCDIR/../sample/sources/participants.csv"`
\set webinar `cat "$PG_ABS_SRCDIR/../sample/sources/webinar.csv"`
CREATE TABLE file AS SELECT :'participants' AS participants, :'webinar' AS webinar;

CREATE FUNCTION t.refused(content text, want text, description text, kind text DEFAULT 'participants', zone text DEFAULT 'America/New_York',
						  date_format text DEFAULT NULL, options jsonb DEFAULT '{}') RETURNS text
LANGUAGE sql AS $$
	SELECT t.same(format('SELECT state, message FROM t.failure(%L)', format('SELECT * FROM zoom_silver.load_csv(%L, %L, %L, %L, %L)',
		content, kind, zone, date_format, options)), want, description)
$$;

SELECT t.refused(participants, '22023|time_zone is missing: Zoom''s CSV has local times', 'no zone', zone => NULL) FROM file;
SELECT t.refused(participants, '22023|time_zone is missing: Zoom''s CSV has local times', 'an empty zone', zone => ' ') FROM file;
SELECT t.refused(participants, '22023|time zone "Europe/Nowhere" not recognized', 'a zone that there is not', zone => 'Europe/Nowhere') FROM file;
SELECT t.refused(participants, '22023|there is no export of kind "meetings"', 'a kind that there is not', kind => 'meetings') FROM file;
SELECT t.refused(NULL, '22004|there is no content', 'no content');
SELECT t.refused('', '22P02|the file has no header', 'an empty file');
SELECT t.refused(participants, '22023|there is no option "zone" for kind csv', 'an option that there is not', options => '{"zone": 1}') FROM file;
SELECT t.refused(participants, '22023|option identity cannot be "name"', 'an identity that there is not', options => '{"identity": "name"}') FROM file;
SELECT t.refused(participants, '22023|date_format "HH:MI" does not tell the order of day, month and year', 'a format without a date', date_format => 'HH:MI') FROM file;
SELECT t.refused(replace(participants, '02/24/2025', '02/03/2025'), '22023|"02/03/2025 09:00:30 AM": day or month first?', 'an unclear date') FROM file;
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n1,x,01/06/2023 00:00\n2,x,15/08/2022 01:27', '22023|"01/06/2023 00:00": day or month first?', 'what another line shows is no statement');
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n1,x,15/06/2023 00:00\n2,x,08/15/2022 01:27', '22007|some dates of the file have the day first, others the month', 'dates of two orders');
SELECT t.refused(participants, '22007|line 2: "02/24/2025 09:00:30 AM" is no date and time', 'an order that does not fit', date_format => 'DMY') FROM file;
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n1,x,', '22007|line 2: "" is no date and time', 'a meeting without a start');
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\nNA,x,2025-01-01 10:00', '22P02|line 2 has no meeting number', 'a meeting without a number');
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n9.26888E+10,x,2025-01-01 10:00', '22P02|line 2: "9.26888E+10" is no meeting number', 'a number that a spreadsheet has shortened');
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n92688776306.0,x,2025-01-01 10:00', '22P02|line 2: "92688776306.0" is no meeting number', 'or made a fraction');
SELECT t.refused('Meeting ID,Topic,Topic,Start Time' || E'\n1,x,y,2025-01-01 10:00', '22P02|line 1 has two columns of one meaning: "Topic" and "Topic"', 'a column that stands twice');
SELECT t.refused(substr(participants, strpos(participants, 'Name (Orig')), '22P02|participants without a meeting: export with meeting data', 'the second block alone') FROM file;
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\nName (Original Name),User Email,Join Time\nA,a@x.example,2025-01-01 10:00', '22P02|participants without a meeting: export with meeting data', 'a first block without a meeting');
SELECT t.refused(E'\ufeff名前 (元の名前),ユーザーメール,参加時刻,退出時刻,所要時間（分）\r\n太郎,taro@x.example,2020/12/8 8:35,2020/12/8 12:39,245\r\n', '22P02|unknown header "名前 (元の名前)" in line 1', 'Japanese headers');
SELECT t.refused(E'ミーティングID,トピック,開始時間,終了時間,ユーザーメール,時間（分）,参加者\r\n1,x,2020/12/8 8:35,2020/12/8 12:39,a@x.example,245,3\r\n', '22P02|unknown header "ミーティングID" in line 1', 'Japanese headers of a meeting');
SELECT t.refused(replace(participants, 'Join Time', 'Beitritt'), '22P02|unknown header "Beitritt" in line 4', 'a header that is needed') FROM file;
SELECT t.refused(replace(participants, 'Start Time', 'Beginn'), '22P02|unknown header "Beginn" in line 1', 'another one') FROM file;
SELECT t.refused(participants, '22P02|there is no webinar in the file: no header has "Webinar ID"', 'a meeting for a webinar', kind => 'webinar') FROM file;
SELECT t.refused(webinar, '22P02|there is no meeting in the file: it tells of a webinar', 'a webinar for a meeting') FROM file;
SELECT t.refused(replace(participants, ',Join Time,Leave Time,Duration (Minutes)', ',Total Duration (Minutes),x,y'), '22P02|participants without the times of joining: export without "Show unique users"', 'unique users') FROM file;
SELECT t.refused(format(E'Meeting ID,Topic,Start Time\n1,x,2025-01-01 10:00\nName (Original Name),User Email,Join Time,Guest,In Waiting Room\nA,a@x.example,2025-01-01 10:00,%s,%s', guest, waiting),
	format('22P02|line 4: "%s" is neither Yes nor No', coalesce(nullif(guest, 'No'), waiting)), format('guest %s, waiting room %s', guest, waiting))
FROM (VALUES ('Ja', 'No'), ('はい', 'No'), ('Guest', 'No'), ('No', 'Oui'), ('No', '2')) AS w (guest, waiting);
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n1,a,b,2025-01-01 10:00', '22P02|line 2 has 4 fields, its header 3', 'a comma without quotes');
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n1,"a,2025-01-01 10:00\n2,b,2025-01-01 10:00\n', '22P02|misplaced quote in the record of line 2', 'a quote that is not closed');
SELECT t.refused('Meeting ID,Topic,Start Time' || E'\n1,"a" b,2025-01-01 10:00\n2,"b",2025-01-01 10:00\n', '22P02|misplaced quote in the record of line 2', 'a quote in the middle');
SELECT t.same('SELECT count(*) FROM (SELECT FROM silver.si_users UNION ALL SELECT FROM silver.si_meetings UNION ALL SELECT FROM silver.si_participants) AS s', '0', 'nothing is written');

-- one file, another zone
SELECT t.same(format('SELECT relation FROM zoom_silver.load_csv(%L, %L, %L)', participants, 'participants', 'America/New_York'), ARRAY['si_users', 'si_meetings', 'si_participants'], 'loaded') FROM file;
SELECT t.refused(participants, '23505|meeting 92688776306 was loaded as 14:00 UTC, this says 08:00', 'the same file in another zone', zone => 'Europe/Berlin') FROM file;
SELECT t.refused(participants, '23505|meeting 92688776306 was loaded as 2025-02-24 14:00 UTC, this says 2025-02-23 19:00', 'on another day', zone => 'Pacific/Kiritimati') FROM file;
SELECT t.refused(replace(participants, '02/24/2025 09:00:30 AM', '2025-02-24 09:00:30'), '23505|meeting 92688776306 was loaded as 14:00 UTC, this says 08:00', 'written otherwise', zone => 'Europe/Berlin') FROM file;
DELETE FROM silver.si_meetings;
DELETE FROM silver.si_participants;
SELECT t.same(format('SELECT relation, inserted FROM zoom_silver.load_csv(%L, %L, %L)', participants, 'participants', 'Europe/Berlin'),
	ARRAY['si_users|2', 'si_meetings|1', 'si_participants|6'], 'it can be loaded when the first one was taken out') FROM file;
SELECT t.same(format('SELECT relation FROM zoom_silver.load_csv(%L, %L, %L)', webinar, 'webinar', 'Europe/Berlin'), ARRAY['si_users', 'si_webinars'], 'loaded') FROM file;
SELECT t.refused(webinar, '23505|webinar 328972509 was loaded as 11:00 UTC, this says 12:00', 'a webinar in another zone', kind => 'webinar', zone => 'UTC') FROM file;

-- silver that cannot be written
DROP TABLE silver.si_participants;
CREATE VIEW silver.si_participants AS SELECT ''::text AS participant_id;
SELECT t.refused(replace(participants, '02/24/2025', '02/25/2025'), '42809|silver.si_participants is a view; a pull writes tables', 'a view') FROM file;
SELECT * FROM finish();
