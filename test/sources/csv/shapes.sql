\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What programs and people make of a file before it is loaded: all say the same.
CALL t.clock('2025-03-03 03:00Z');
CREATE FUNCTION t.said(content text, kind text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	said text[];
BEGIN
	-- whatever the session makes of backslashes
	SET standard_conforming_strings = off;
	PERFORM FROM zoom_silver.load_csv(content, kind, 'Europe/Berlin');
	SET standard_conforming_strings = on;
	said := t.rows('SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes FROM silver.si_meetings')
		|| t.rows('SELECT participant_id, user_id, join_time, leave_time FROM silver.si_participants') || t.rows('SELECT user_id, user_name FROM silver.si_users');
	DELETE FROM silver.si_meetings;
	DELETE FROM silver.si_participants;
	DELETE FROM silver.si_users;
	RETURN ARRAY(SELECT l FROM unnest(said) l ORDER BY l COLLATE "C");
END
$$;
CREATE TABLE t.file AS SELECT E'Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
926 8877 6306,"Q1, Q2",2025-02-24 10:00:00 AM,2025-02-24 10:30:00 AM,ana@acme.example,30,2

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
Ana,ana@acme.example,2025-02-24 10:00:00 AM,2025-02-24 10:30:00 AM,30,No
"Gus ""G"" Gray",,2025-02-24 10:05:00 AM,2025-02-24 10:30:00 AM,25,Yes
' AS content;
CREATE TABLE t.want AS SELECT t.said(content, 'participants') AS said FROM t.file;
SELECT t.same('SELECT cardinality(said) FROM t.want', '4', 'as it is exported');
SELECT t.same(format('SELECT unnest(t.said(%L, %L))', change, 'participants'), said, what) FROM t.file, t.want, LATERAL (VALUES
	('with a byte order mark and carriage returns', E'\ufeff' || replace(content, E'\n', E'\r\n')),
	('with carriage returns alone', replace(content, E'\n', E'\r')),
	('with semicolons, as Excel saves it where numbers have commas', replace(replace(content, ',', ';'), 'Q1; Q2', 'Q1, Q2')),
	('with semicolons and a line that says so', E'sep=;\n' || replace(replace(content, ',', ';'), 'Q1; Q2', 'Q1, Q2')),
	('with tabs, fields of which are empty', replace(replace(content, ',', E'\t'), E'Q1\t Q2', 'Q1, Q2')),
	('with quotes around all', replace(replace(regexp_replace(replace(replace(replace(content, '"Q1, Q2"', 'Q1|Q2'), '"Gus ""G"" Gray"', 'Gus #G# Gray'), ',', '","'), E'(?n)^(.+)$', E'"\\1"', 'g'), 'Q1|Q2', 'Q1, Q2'), '#G#', '""G""')),
	('with blanks that break no line before AM', replace(content, ' AM', E'\u202fAM')),
	('with a line of totals', content || E'Total,,,,55,\n'),
	('with booleans, as a spreadsheet makes them', replace(replace(content, ',No', ',FALSE'), ',Yes', ',TRUE')),
	('with words of one letter', replace(replace(content, ',No', ',n'), ',Yes', ',Y')),
	('with another header amidst', replace(content, '"Gus', E'Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"Gus')),
	('with columns in another order', E'Topic,User Email,Cost Center,Meeting ID,Duration (Minutes),End Time,Start Time
"Q1, Q2",ana@acme.example,77,92688776306,30,2025-02-24 10:30:00,2025-02-24 10:00:00
Guest,Leave Time,User Email,Join Time,Name (Original Name),Recording Consent
No,2025-02-24 10:30,ana@acme.example,2025-02-24 10:00,Ana,
Yes,2025-02-24 10:30,,2025-02-24 10:05,"Gus ""G"" Gray",Y
'),
	('with a number kept from being reckoned with', replace(content, '926 8877 6306', '"=""926 8877 6306"""'))) AS c (what, change);

-- meeting and participant in a row, columns in another order
SELECT t.same(format('SELECT unnest(t.said(%L, %L))', E'Join Time,Meeting ID,Guest,User Email,Name (Original Name),User Email,Topic,Leave Time,Start Time,End Time,Duration (Minutes)
2025-02-24 10:00,926 8877 6306,No,ana@acme.example,Ana,ana@acme.example,"Q1, Q2",2025-02-24 10:30,2025-02-24 10:00,2025-02-24 10:30,30
2025-02-24 10:05,926 8877 6306,Yes,ana@acme.example,"Gus ""G"" Gray",,"Q1, Q2",2025-02-24 10:30,2025-02-24 10:00,2025-02-24 10:30,30
Total,,,,,,,,,,60', 'active_hosts'), (SELECT said FROM t.want), 'active hosts in another order');
SELECT * FROM finish();
