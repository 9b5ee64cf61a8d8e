\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Files as programs and people write them, drawn by chance: each says what the file
-- with its times in UTC says, or is refused with a reason.
\set files 12
\getenv files FILES
CALL t.clock('2026-03-03 03:00Z');
-- the rules for what cannot be read, which each load that is taken back would make anew
SELECT zoom_silver.prepare_silver(r) FROM unnest('{si_users,si_meetings,si_participants,si_webinars}'::text[]) AS r \g /dev/null

-- The blocks of each kind of export: a title, headers, rows.  @1, @2 ... are instants.
CREATE TABLE t.block (kind text, n integer, title text, headers text[], lines jsonb);
INSERT INTO t.block VALUES
	('participants', 1, NULL, '{Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants}', '[["926 8877 6306", "Q1, \"Q2\"; Q3", "@1", "@2", "ana@acme.example", "30", "3"]]'),
	('participants', 2, NULL, '{Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room}',
	 '[["Ana \"A\" Ito", "Ana@acme.example", "@1", "@2", "30", "No", "No"], ["By, phone", "", "@1", "@2", "30", "Yes", ""], ["Eva; Ort", "eva@other.example", "@3", "@2", "30", "Yes", "No"], ["Waits", "", "@3", "@2", "30", "Yes", "Yes"]]'),
	('active_hosts', 1, NULL, '{Topic,Meeting ID,User Name,User_Email_1,Start Time,End Time,Duration (Minutes)_1,Participants,Name (Original Name),User_Email_2,Join Time,Leave Time,Duration (Minutes)_2,Guest}',
	 '[["1:1, \"x\"", "852 1848 6288", "Cyrus Day", "cyrus@acme.example", "@1", "@2", "22", "2", "Cyrus", "cyrus@acme.example", "@1", "@2", "22", "No"],
	   ["1:1, \"x\"", "852 1848 6288", "Cyrus Day", "cyrus@acme.example", "@1", "@2", "22", "2", "Gus; G", "", "@3", "@2", "22", "Yes"],
	   ["Alone", "555-000-1111", "Ana Ito", "ana@acme.example", "@3", "@4", "60", "0", "", "", "", "", "", ""]]'),
	('webinar', 1, 'Attendee Report', '{Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered,# Cancelled,Unique Viewers}', '[["Launch, \"2025\"; x", "328-972-509", "@1", "62", "461", "0", "446"]]'),
	('webinar', 2, 'Host Details', '{Attended,User Name,Email,Join Time,Leave Time,Time in Session (minutes)}', '[["Yes", "Ana Ito", "Ana@acme.example", "@1", "@2", "63"]]'),
	('webinar', 3, 'Attendee Details', '{Attended,First Name,Last Name,Email,Registration Time,Approval Status,Join Time,Leave Time}',
	 '[["Yes", "Eva", "Ort", "eva@other.example", "@1", "approved", "@3", "@4"], ["No", "Fay", "Roy", "fay@other.example", "NA", "NA", "--", "--"]]');

-- How a file is written.  date_format: the argument, where it is stated.
CREATE TABLE t.manner (n serial, kind text, zone text, format text, stated text, separator text, line_end text, mark boolean, quoted boolean, turned boolean, surplus integer, empty_fields integer, empty_lines integer, totals boolean);
SELECT setseed(0.5) \g /dev/null
INSERT INTO t.manner (kind, zone, format, stated, separator, line_end, mark, quoted, turned, surplus, empty_fields, empty_lines, totals)
SELECT k.kind, (ARRAY['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Auckland'])[1 + floor(7 * random())], f.format,
	CASE WHEN random() < 0.7 THEN f.date_order END, (ARRAY[',', ';', E'\t'])[1 + floor(3 * random())], (ARRAY[E'\n', E'\r\n', E'\r'])[1 + floor(3 * random())],
	random() < 0.5, random() < 0.3, random() < 0.5, floor(3 * random()), floor(3 * random()), floor(3 * random()), random() < 0.3
FROM t.block k CROSS JOIN generate_series(1, :files) AS g
CROSS JOIN LATERAL (SELECT * FROM (VALUES ('YYYY-MM-DD HH24:MI:SS', NULL), ('YYYY-MM-DD"T"HH24:MI', NULL), ('YYYY/MM/DD FMHH24:MI', NULL), ('YYYY-MM-DD HH12:MI:SS AM', NULL),
	('MM/DD/YYYY HH12:MI:SS AM', 'MDY'), ('FMMM/FMDD/YYYY FMHH12:MI pm', 'MDY'), ('MM/DD/YYYY HH24:MI', 'MM/DD/YYYY'), ('DD/MM/YYYY HH24:MI', 'DMY'), ('DD.MM.YYYY HH24:MI:SS', 'DD.MM.YYYY'), ('DD-MM-YYYY FMHH12:MI a.m.', 'DMY'),
	('Mon DD, YYYY HH12:MI AM', NULL), ('FMMonth FMDD, YYYY HH24:MI:SS', NULL)) AS f (format, date_order) WHERE g IS NOT NULL AND k.n = 1 ORDER BY random() LIMIT 1) AS f;

-- Four instants: any of the year, or next to where clocks are turned; none that
-- reads as an earlier one does, but for ends that would come before their start.
CREATE FUNCTION t.is_second(at timestamptz, zone text, since timestamptz DEFAULT '-infinity') RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM unnest('{30,60}'::integer[]) AS m WHERE (at - m * interval '1 minute') AT TIME ZONE zone = at AT TIME ZONE zone AND at - m * interval '1 minute' >= since)
$$;
CREATE FUNCTION t.instants(zone text, seed integer) RETURNS timestamptz[] LANGUAGE plpgsql AS $$
DECLARE
	turns timestamptz[] := ARRAY(SELECT h FROM generate_series('2025-01-01Z'::timestamptz, '2025-12-31Z', '30 minutes') AS h
		WHERE (h AT TIME ZONE zone) - ((h - interval '30 minutes') AT TIME ZONE zone) <> interval '30 minutes');
	one timestamptz;
	two timestamptz;
	three timestamptz;
	four timestamptz;
BEGIN
	LOOP
		one := CASE WHEN seed % 2 = 0 OR turns = '{}' THEN timestamptz '2025-01-01Z' + floor(random() * 525000) * interval '1 minute'
			ELSE turns[1 + floor(cardinality(turns) * random())] + (floor(random() * 180) - 120) * interval '1 minute' END;
		three := one + floor(random() * 20) * interval '1 minute';
		two := three + floor(1 + random() * 80) * interval '1 minute';
		four := three + floor(1 + random() * 60) * interval '1 minute';
		EXIT WHEN NOT t.is_second(one, zone) AND NOT t.is_second(three, zone) AND NOT t.is_second(two, zone, three) AND NOT t.is_second(two, zone, one) AND NOT t.is_second(four, zone, three);
	END LOOP;
	RETURN ARRAY[one, two, three, four];
END
$$;

CREATE FUNCTION t.field(value text, manner t.manner) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN manner.quoted OR value ~ '[",;\t]' THEN '"' || replace(value, '"', '""') || '"' ELSE value END
$$;

CREATE FUNCTION t.written(manner t.manner, instants timestamptz[], in_utc boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	block record;
	places integer[];
	lines text[] := '{}';
	line jsonb;
BEGIN
	FOR block IN SELECT * FROM t.block b WHERE b.kind = manner.kind ORDER BY b.n LOOP
		IF block.title IS NOT NULL THEN
			lines := lines || (block.title || manner.separator);
		END IF;
		SELECT array_agg(i ORDER BY CASE WHEN manner.turned THEN md5(concat(i, manner.n)) END, i) INTO places FROM generate_subscripts(block.headers, 1) AS i;
		lines := lines || (SELECT string_agg(t.field(block.headers[p.i], manner), manner.separator ORDER BY p.n) FROM unnest(places) WITH ORDINALITY AS p (i, n))
			|| (SELECT coalesce(string_agg(manner.separator || 'Cost Centre ' || s, ''), '') FROM generate_series(1, manner.surplus) AS s);
		lines[cardinality(lines) - 1] := lines[cardinality(lines) - 1] || lines[cardinality(lines)] || repeat(manner.separator, manner.empty_fields);
		lines := trim_array(lines, 1);
		FOR line IN SELECT l.value FROM jsonb_array_elements(block.lines) WITH ORDINALITY AS l (value, n) ORDER BY l.n LOOP
			lines := lines || ((SELECT string_agg(t.field(CASE WHEN line ->> (p.i - 1) NOT LIKE '@%' THEN line ->> (p.i - 1)
						WHEN in_utc THEN to_char(instants[substr(line ->> (p.i - 1), 2)::integer] AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
						ELSE to_char(instants[substr(line ->> (p.i - 1), 2)::integer] AT TIME ZONE manner.zone, manner.format) END, manner), manner.separator ORDER BY p.n)
					FROM unnest(places) WITH ORDINALITY AS p (i, n))
				|| repeat(manner.separator || '77', manner.surplus) || repeat(manner.separator, manner.empty_fields));
		END LOOP;
		IF manner.totals THEN
			lines := lines || ('Total' || repeat(manner.separator, 5));
		END IF;
		lines := lines || array_fill(repeat(manner.separator, manner.empty_fields), ARRAY[CASE manner.kind WHEN 'webinar' THEN 0 ELSE 1 END]);
	END LOOP;
	RETURN CASE WHEN manner.mark THEN E'\ufeff' ELSE '' END || array_to_string(lines, manner.line_end) || repeat(manner.line_end, manner.empty_lines);
END
$$;

-- What silver has after a load, which is taken back, or the error.
CREATE FUNCTION t.loaded(content text, manner t.manner, OUT said text[]) LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
BEGIN
	PERFORM FROM zoom_silver.load_csv(content, manner.kind, manner.zone, manner.stated);
	SELECT array_agg(l ORDER BY l COLLATE "C") INTO said FROM (
		SELECT to_jsonb(s) FROM silver.si_users s UNION ALL SELECT to_jsonb(s) FROM silver.si_meetings s
		UNION ALL SELECT to_jsonb(s) FROM silver.si_participants s UNION ALL SELECT to_jsonb(s) FROM silver.si_webinars s) AS a (o), LATERAL (SELECT (a.o - 'load_timestamp')::text) AS t (l);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	NULL;
WHEN OTHERS THEN
	said := ARRAY[SQLERRM];
END
$$;

SET client_min_messages = error;
CREATE TABLE t.file AS
SELECT m AS manner, t.written(m, i.instants, false) AS content, t.loaded(t.written(m, i.instants, false), m) AS said, t.loaded(t.written(m, i.instants, true), m) AS wanted
FROM t.manner m CROSS JOIN LATERAL (SELECT t.instants(m.zone, m.n) AS instants OFFSET 0) AS i;
SELECT t.same($$SELECT wanted FROM t.file WHERE wanted[1] NOT LIKE '{%' OR array_to_string(wanted, ' ') ~ '(start|join)_time": null'$$, '{}'::text[], 'files with times in UTC are loaded');
SELECT t.same($$SELECT (manner).format, said, content FROM t.file WHERE said <> wanted AND NOT ((manner).stated IS NULL AND (manner).format ~ '^(FM)?(MM|DD)' AND said[1] LIKE '%day or month first?')$$,
	'{}'::text[], 'however a file is written it says the same, or asks which number is the day');
SELECT ok(bool_or(said = wanted AND (manner).stated IS NULL) AND bool_or(said[1] LIKE '%day or month first?'), 'both happen') FROM t.file;
SELECT * FROM finish();
