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

-- whole numbers with marks of thousands: what may have a decimal mark is unreadable
CREATE TABLE t.counted AS SELECT s.separator, v.value, v.count, row_number() OVER () AS n
FROM (VALUES (','), (';'), (E'\t')) AS s (separator) CROSS JOIN LATERAL (VALUES ('7', '7'), ('1234', '1234'), ('1 234', '1234'), (E'1\u00a0234', '1234'), ('1''234', '1234'), ('1,234,567', '1234567'), ('1.234.567', '1234567'),
	('1,234', CASE s.separator WHEN ',' THEN '1234' END), ('1.234', CASE s.separator WHEN ';' THEN '1234' END), ('12,34', NULL), ('0,123', NULL), ('1,2345', NULL), ('1 23', NULL), ('1,234.567', NULL), ('many', NULL)) AS v (value, count);
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM t.counted LOOP
		PERFORM FROM zoom_silver.load_csv(replace(E'Topic|Webinar ID|Actual Start Time|Actual Duration (minutes)|# Registered\n', '|', c.separator)
			|| array_to_string(ARRAY['Big', (7000 + c.n)::text, '2025-02-24 10:00', '60', '"' || c.value || '"'], c.separator), 'webinar', 'UTC');
	END LOOP;
END
$$;
SELECT t.equal('SELECT left(w.webinar_id, 4), w.registrants, w.unreadable FROM silver.si_webinars w WHERE w.webinar_id LIKE ''7%''',
	'SELECT 7000 + c.n, c.count, CASE WHEN c.count IS NULL THEN ''registrants'' END FROM t.counted c', 'numbers with marks of thousands');
SELECT t.same($$SELECT * FROM zoom_silver.load_csv(E'Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes)\n926 8877 6307,Long,2025-02-23 00:00,2025-02-24 10:00,ana@acme.example,"2,040"', 'active_hosts', 'UTC')$$,
	ARRAY['si_users|1|0|0', 'si_meetings|1|0|0'], 'a meeting of a day');
SELECT t.same($$SELECT duration_minutes FROM silver.si_meetings WHERE meeting_topic = 'Long'$$, '2040', 'and more');

-- headers and nothing below them: there is nothing to do
SELECT t.same(format('SELECT * FROM zoom_silver.load_csv(%L, %L, ''UTC'')', c.content, c.kind), '{}'::text[], c.what) FROM (VALUES
	('a header alone', 'active_hosts', 'Meeting ID,Topic,Start Time'), ('with a line break', 'active_hosts', E'Meeting ID,Topic,Start Time\r\n'),
	('two headers', 'participants', E'Meeting ID;Topic;Start Time\n\nName (Original Name);User Email;Join Time;Leave Time;Guest'),
	('a header of a webinar, and quotes', 'webinar', E'\ufeff"Topic","Webinar ID","Actual Start Time"')) AS c (what, kind, content);
SELECT * FROM finish();
