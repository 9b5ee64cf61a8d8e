/* ==========================================================================
 * Exports as CSV
 *
 * load_csv() reads a file in steps, each into a temporary table: records as
 * they stand (csv_record), rows with their cells under the names below
 * (zoom_silver_csv), every local time once (zoom_silver_csv_time), and from
 * these the rows of silver, which write_rows() writes.
 *
 * A file has no user ids, no uuids and no zone.  So a meeting's key is its
 * number and its start in UTC, a user is an e-mail address, and somebody who
 * was there is told by the time of joining, name and address.
 * ==========================================================================
 */

-- --------------------------------------------------------------------------
-- The file as records: RFC 4180
-- --------------------------------------------------------------------------

-- A line break ends a record where an even number of quotes stands before it.
CREATE FUNCTION zoom_silver.csv_record(content text)
RETURNS TABLE (line integer, content text)
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.line, rtrim(string_agg(r.words, E'\n' ORDER BY r.n), E'\r')
	FROM (
		SELECT o.n, o.words, max(o.n) FILTER (WHERE o.quotes % 2 = 0) OVER (ORDER BY o.n)::integer AS line
		FROM (
			SELECT l.n, l.words, coalesce(sum(length(l.words) - length(replace(l.words, '"', '')))
				OVER (ORDER BY l.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS quotes
			FROM string_to_table(csv_record.content, E'\n') WITH ORDINALITY AS l (words, n)) AS o) AS r
	GROUP BY r.line
$$;
COMMENT ON FUNCTION zoom_silver.csv_record(text) IS
'The records of a CSV text, each with the line on which it begins; line breaks within quotes belong to the record';

-- NULL: a quote stands where none may, or is not closed.
CREATE FUNCTION zoom_silver.csv_field(record text, separator text DEFAULT ',') RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN sum(length(f.part[1])) = length(record) + 1 THEN
		array_agg(btrim(CASE WHEN f.part[2] ~ '^\s*"' THEN replace(substr(btrim(f.part[2]), 2, length(btrim(f.part[2])) - 2), '""', '"')
			ELSE f.part[2] END) ORDER BY f.n) END
	FROM regexp_matches(record || separator, replace(CASE separator WHEN E'\t' THEN '(( *"(?:[^"]|"")*" *|[^",][^",]*|),)'
		ELSE '((\s*"(?:[^"]|"")*"\s*|[^",][^",]*|),)' END, ',', separator), 'g') WITH ORDINALITY AS f (part, n)
$$;
COMMENT ON FUNCTION zoom_silver.csv_field(text, text) IS
'The fields of a record of a CSV text without quotes and surrounding blanks; NULL where quotes are misplaced';

-- Where numbers have commas, Excel separates by semicolons.
CREATE FUNCTION zoom_silver.csv_separator(content text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.separator FROM (VALUES (1, ','), (2, ';'), (3, E'\t')) AS s (n, separator)
	CROSS JOIN LATERAL (
		SELECT max(h.known) FROM (SELECT * FROM string_to_table(csv_separator.content, E'\n') LIMIT 30) AS l (line)
		CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE n.known)
			FROM zoom_silver.csv_header(zoom_silver.csv_field(rtrim(l.line, E'\r'), s.separator)) n) AS h (known)) AS k (known)
	ORDER BY k.known DESC NULLS LAST, s.n LIMIT 1
$$;
COMMENT ON FUNCTION zoom_silver.csv_separator(text) IS
'What separates the fields of a CSV text: comma, semicolon or tab, whichever makes a header of one of its first lines';

-- --------------------------------------------------------------------------
-- The names of columns
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.csv_column()
RETURNS TABLE (part text, header text, cell text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('head', 'meetingid', 'number'),
	('head', 'id', 'number'),
	('head', 'webinarid', 'webinar'),
	('head', 'topic', 'topic'),
	('head', 'starttime', 'start'),
	('head', 'actualstarttime', 'start'),
	('head', 'endtime', 'end'),
	('head', 'durationminutes', 'minutes'),
	('head', 'actualdurationminutes', 'minutes'),
	('head', 'useremail', 'host_email'),
	('head', 'hostemail', 'host_email'),
	('head', 'email', 'host_email'),
	('head', 'username', 'host_name'),
	('head', 'hostname', 'host_name'),
	('head', 'registered', 'registered'),
	('head', 'participants', NULL),
	('head', 'attended', NULL),
	('head', 'firstname', NULL),
	('head', 'lastname', NULL),
	('head', 'jointime', NULL),
	('head', 'leavetime', NULL),
	('participant', 'nameoriginalname', 'name'),
	('participant', 'useremail', 'email'),
	('participant', 'email', 'email'),
	('participant', 'jointime', 'join'),
	('participant', 'leavetime', 'leave'),
	('participant', 'durationminutes', NULL),
	('participant', 'guest', 'guest'),
	('participant', 'inwaitingroom', 'waiting');
END;
COMMENT ON FUNCTION zoom_silver.csv_column() IS
'Columns of exports: whether they stand at the head of a meeting or tell of a participant, the header in small letters without blanks and signs, and what the cell is called here; NULL is known and not needed';

-- Where one header has the columns of the meeting and of the participant, some
-- names come twice: User Email, the second behind Name (Original Name), or
-- User_Email_1 and User_Email_2.
CREATE FUNCTION zoom_silver.csv_header(fields text[])
RETURNS TABLE (n bigint, field text, known boolean, cell text)
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT h.n, h.field, c.header IS NOT NULL, c.cell
	FROM (SELECT f.n, f.field, w.word, right(f.field, 2) AS suffix,
			count(*) OVER (PARTITION BY w.word) AS times,
			bool_or(w.word = 'nameoriginalname') OVER () AS has_participant,
			bool_or(w.word IN ('meetingid', 'webinarid', 'topic', 'starttime', 'actualstarttime')) OVER () AS has_meeting,
			bool_or(w.word = 'nameoriginalname') OVER (ORDER BY f.n) AS is_behind
		  FROM unnest(fields) WITH ORDINALITY AS f (field, n)
		  CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(zoom_silver.to_word(f.field), '_[12]$', ''), '[][\s_()#?.,:;/-]', '', 'g')) AS w (word)) AS h
	CROSS JOIN LATERAL (SELECT CASE
			WHEN NOT h.has_participant OR h.has_meeting AND h.suffix = '_1' THEN 'head'
			WHEN NOT h.has_meeting OR h.suffix = '_2' THEN 'participant'
			ELSE coalesce((SELECT min(o.part) FROM zoom_silver.csv_column() o WHERE o.header = h.word AND o.cell IS NOT NULL HAVING count(*) = 1 AND h.times = 1),
				CASE WHEN h.is_behind THEN 'participant' ELSE 'head' END) END) AS p (part)
	LEFT JOIN zoom_silver.csv_column() c ON c.header = h.word AND c.part = p.part
$$;
COMMENT ON FUNCTION zoom_silver.csv_header(text[]) IS 'What the fields of a record would be as headers of columns';

CREATE FUNCTION zoom_silver.makes_csv_header(known_names bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN known_names >= 3;
COMMENT ON FUNCTION zoom_silver.makes_csv_header(bigint) IS 'Whether a record with so many known names of columns is a header';

CREATE FUNCTION zoom_silver.is_csv_header(line text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT zoom_silver.makes_csv_header(count(*) FILTER (WHERE h.known))
	FROM zoom_silver.csv_header(zoom_silver.csv_field(btrim(line, E' \r\n'), zoom_silver.csv_separator(line))) h
$$;
COMMENT ON FUNCTION zoom_silver.is_csv_header(text) IS 'Whether a line of a CSV text is a header';

CREATE FUNCTION zoom_silver.csv_kind()
RETURNS TABLE (kind text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('participants', 'usage report of a meeting, "Export with meeting data": a block with the meeting, a block with its participants'),
	('active_hosts', 'active hosts, detail: meeting and participant in every row'),
	('webinar', 'attendee report of a webinar: blocks of the webinar, its host, panelists, attendees');
END;
COMMENT ON FUNCTION zoom_silver.csv_kind() IS 'Exports that load_csv() reads';

-- --------------------------------------------------------------------------
-- Reading rows
-- --------------------------------------------------------------------------

-- Excel says in a first line what separates; a lone carriage return ends a line
-- where nothing else does.
CREATE FUNCTION zoom_silver.plain_csv(content text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
	IF getdatabaseencoding() = 'UTF8' THEN
		-- the byte order mark; blanks that break no line, as before AM and PM
		content := translate(ltrim(content, chr(65279)), chr(160) || chr(8201) || chr(8239), '   ');
	END IF;
	IF strpos(content, E'\n') = 0 THEN
		content := replace(content, E'\r', E'\n');
	END IF;
	RETURN regexp_replace(content, '^"?sep=[^\n]*', '');
END
$$;
COMMENT ON FUNCTION zoom_silver.plain_csv(text) IS 'A CSV text without what programs put in front of it, with plain blanks and ends of lines';

-- A line of totals tells of nobody.
CREATE FUNCTION zoom_silver.is_csv_total(fields text[], cells jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN zoom_silver.to_word((array_remove(fields, ''))[1]) ~ '^(grand )?totals?:?$' AND concat(cells ->> 'number', cells ->> 'webinar', cells ->> 'start', cells ->> 'join') !~ '[0-9]';
COMMENT ON FUNCTION zoom_silver.is_csv_total(text[], jsonb) IS 'Whether a row of a CSV text is no meeting and no participant, but adds up those above';

CREATE FUNCTION zoom_silver.read_csv(content text, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain text := zoom_silver.plain_csv(content);
	separator text := zoom_silver.csv_separator(plain);
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_record ON COMMIT DROP AS
		SELECT r.*, max(r.line) FILTER (WHERE r.is_header) OVER (ORDER BY r.line) AS header,
			CASE WHEN lag(r.filled) OVER (ORDER BY r.line) = 1 THEN lag(r.fields[1]) OVER (ORDER BY r.line) END AS title
		FROM (SELECT c.line, f.fields, cardinality(array_remove(f.fields, '')) AS filled, h.cells, coalesce(h.is_header, false) AS is_header
			FROM zoom_silver.csv_record(plain) c
			CROSS JOIN LATERAL (SELECT zoom_silver.csv_field(c.content, separator) AS fields OFFSET 0) AS f
			CROSS JOIN LATERAL (SELECT array_agg(n.cell ORDER BY n.n) AS cells, zoom_silver.makes_csv_header(count(*) FILTER (WHERE n.known)) AS is_header
				FROM zoom_silver.csv_header(f.fields) n) AS h
			WHERE btrim(c.content, E',; \t\r') <> '') AS r;
	PERFORM zoom_silver.check_csv_headers(CASE kind WHEN 'webinar' THEN 'webinar' ELSE 'number' END);
	PERFORM zoom_silver.check_csv_rows();
	CREATE TEMPORARY TABLE zoom_silver_csv ON COMMIT DROP AS
		SELECT r.line, h.title, h.cells AS columns, v.cells
		FROM pg_temp.zoom_silver_csv_record r
		JOIN pg_temp.zoom_silver_csv_record h ON h.line = r.header
		CROSS JOIN LATERAL (SELECT coalesce(jsonb_object_agg(c.cell,
				CASE WHEN c.cell IN ('minutes', 'registered') THEN zoom_silver.csv_count(r.fields[c.n], separator) ELSE r.fields[c.n] END), '{}') AS cells
			FROM unnest(h.cells) WITH ORDINALITY AS c (cell, n)
			WHERE c.cell IS NOT NULL AND r.fields[c.n] NOT IN ('', 'NA', '-')) AS v
		WHERE NOT r.is_header AND r.filled > 1 AND zoom_silver.is_csv_total(r.fields, v.cells) IS NOT TRUE;
	PERFORM zoom_silver.check_csv_flags();
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv(text, text) IS
'Reads a CSV text into the temporary table zoom_silver_csv: the line of each row, the title above its header, the columns it has and its cells. Fails on misplaced quotes and on headers it does not know';

-- A header is a record with three known names.  What must be there is the
-- number ("number", "webinar") and the start; participants need their joining.
CREATE FUNCTION zoom_silver.check_csv_headers(number_cell text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong record;
	first_header integer;
BEGIN
	SELECT min(r.line) INTO wrong FROM pg_temp.zoom_silver_csv_record r WHERE r.fields IS NULL;
	IF wrong.min IS NOT NULL THEN
		RAISE EXCEPTION 'misplaced quote in the record of line %', wrong.min USING ERRCODE = 'invalid_text_representation',
			HINT = 'A quote within quotes stands twice. Load the file as it was exported.';
	END IF;
	SELECT min(r.line) INTO first_header FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header;
	IF number_cell = 'number' AND EXISTS (SELECT FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header AND r.cells @> '{webinar,start}' AND NOT r.cells @> '{number}') THEN
		RAISE EXCEPTION 'there is no meeting in the file: it tells of a webinar' USING ERRCODE = 'invalid_text_representation',
			HINT = 'Load it as kind ''webinar''.';
	END IF;
	-- only titles may stand above the first header
	SELECT r.line, r.fields INTO wrong FROM pg_temp.zoom_silver_csv_record r
	WHERE (first_header IS NULL OR r.line < first_header) AND (r.filled > 2 OR number_cell <> 'webinar') ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		PERFORM zoom_silver.refuse_csv_header(wrong.line, wrong.fields);
	ELSIF first_header IS NULL THEN
		RAISE EXCEPTION 'the file has no header' USING ERRCODE = 'invalid_text_representation',
			HINT = 'Pass the file as the Zoom portal exports it, its headers included.';
	ELSIF number_cell = 'webinar' AND NOT EXISTS (SELECT FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header AND 'webinar' = ANY (r.cells)) THEN
		RAISE EXCEPTION 'there is no webinar in the file: no header has "Webinar ID"' USING ERRCODE = 'invalid_text_representation',
			HINT = 'Reports of meetings are of kind participants or active_hosts.';
	ELSIF NOT EXISTS (SELECT FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header AND r.cells && '{number,webinar,topic,start}'::text[]) THEN
		RAISE EXCEPTION 'participants without a meeting: export with meeting data' USING ERRCODE = 'invalid_text_representation',
			DETAIL = format('The header of line %s has no "Meeting ID", and no header above it has.', first_header),
			HINT = 'Tick "Export with meeting data" when exporting the participants.';
	END IF;
	-- who was there several times is a single row then
	SELECT min(r.line) AS line INTO wrong FROM pg_temp.zoom_silver_csv_record r CROSS JOIN LATERAL unnest(r.fields) AS f (field)
	WHERE r.is_header AND r.cells @> '{name}' AND NOT r.cells @> '{join}' AND zoom_silver.to_word(f.field) LIKE 'total duration%';
	IF wrong.line IS NOT NULL THEN
		RAISE EXCEPTION 'participants without the times of joining: export without "Show unique users"' USING ERRCODE = 'invalid_text_representation',
			DETAIL = format('The header of line %s has no "Join Time".', wrong.line);
	END IF;
	SELECT r.line, r.fields INTO wrong FROM pg_temp.zoom_silver_csv_record r
	WHERE r.is_header AND (r.cells @> '{name}' AND NOT r.cells @> '{join}'
		OR r.cells && '{topic,start}'::text[] AND NOT r.cells @> ARRAY[number_cell, 'start']) ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		PERFORM zoom_silver.refuse_csv_header(wrong.line, wrong.fields);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_headers(text) IS
'Fails where the records of a CSV text are not under headers with what is needed';

-- Under a header each cell has one place.
CREATE FUNCTION zoom_silver.check_csv_rows() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong record;
BEGIN
	SELECT r.line, min(r.fields[c.n]) AS one, max(r.fields[c.n]) AS other INTO wrong
	FROM pg_temp.zoom_silver_csv_record r CROSS JOIN LATERAL unnest(r.cells) WITH ORDINALITY AS c (cell, n)
	WHERE r.is_header AND c.cell IS NOT NULL GROUP BY r.line, c.cell HAVING count(*) > 1 ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line % has two columns of one meaning: "%" and "%"', wrong.line, wrong.one, wrong.other
			USING ERRCODE = 'invalid_text_representation', HINT = 'Load the file as it was exported.';
	END IF;
	SELECT r.line, cardinality(r.fields) AS width, cardinality(h.fields) AS header_width INTO wrong
	FROM pg_temp.zoom_silver_csv_record r
	JOIN pg_temp.zoom_silver_csv_record h ON h.line = r.header
	WHERE NOT r.is_header AND array_remove(r.fields[cardinality(h.fields) + 1:], '') <> '{}' ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line % has % fields, its header %', wrong.line, wrong.width, wrong.header_width
			USING ERRCODE = 'invalid_text_representation', HINT = 'A text with a comma must stand in quotes.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_rows() IS
'Fails where the records of a CSV text have more fields than their header, or a header has a column twice';

-- Taken for a no, a guest would be a user.
CREATE FUNCTION zoom_silver.check_csv_flags() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong record;
BEGIN
	SELECT r.line, c.value INTO wrong FROM pg_temp.zoom_silver_csv r CROSS JOIN LATERAL jsonb_each_text(r.cells) AS c
	WHERE c.key IN ('guest', 'waiting') AND zoom_silver.no_truth(c.value) ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line %: "%" is neither Yes nor No', wrong.line, wrong.value USING ERRCODE = 'invalid_text_representation',
			HINT = 'Set the language of the Zoom portal to English and export again.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_flags() IS 'Fails where a CSV text does not tell whether a participant was a guest, or in the waiting room';

CREATE FUNCTION zoom_silver.refuse_csv_header(line integer, fields text[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'unknown header "%" in line %', coalesce((SELECT c.field FROM zoom_silver.csv_header(fields) c
			WHERE NOT c.known AND c.field <> '' ORDER BY c.n LIMIT 1), fields[1]), line
		USING ERRCODE = 'invalid_text_representation',
			DETAIL = 'Needed are "Meeting ID" (or "Webinar ID") and "Start Time"; "Name (Original Name)" needs "Join Time".',
			HINT = 'Set the language of the Zoom portal to English and export again.';
END
$$;
COMMENT ON FUNCTION zoom_silver.refuse_csv_header(integer, text[]) IS 'Fails, naming the first header of a record that is not known';

-- --------------------------------------------------------------------------
-- Local times
-- --------------------------------------------------------------------------

-- What a text shows of the order of its date: DMY, MDY, YMD, "any" where day
-- and month are the same, "unclear"; NULL: it is no date.
CREATE FUNCTION zoom_silver.csv_date_order(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN value ~ '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(\D|$)' THEN 'YMD'
		WHEN value ~ '^[A-Za-z]{3,9}\.? \d{1,2}, ?\d{4}(\D|$)' THEN 'any'
		WHEN d.part IS NULL THEN NULL
		WHEN d.part[1]::integer > 12 THEN 'DMY'
		WHEN d.part[2]::integer > 12 THEN 'MDY'
		WHEN d.part[1]::integer = d.part[2]::integer THEN 'any'
		ELSE 'unclear'
	END
	FROM regexp_match(value, '^(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(?:\D|$)') AS d (part)
$$;
COMMENT ON FUNCTION zoom_silver.csv_date_order(text) IS
'The order of day, month and year that a text shows by itself: DMY, MDY, YMD, any, unclear, or NULL where it is no date';

CREATE FUNCTION zoom_silver.csv_local(value text, date_order text) RETURNS timestamp
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT zoom_silver.to_instant(format('%s-%s-%s %s:%s:%s', lpad(d.year, 4, '0'), lpad(d.month, 2, '0'), lpad(d.day, 2, '0'),
		lpad(CASE WHEN t.half IS NULL THEN t.hour WHEN t.hour::integer NOT BETWEEN 1 AND 12 THEN '99'
			ELSE (t.hour::integer % 12 + CASE zoom_silver.to_word(t.half) WHEN 'p' THEN 12 ELSE 0 END)::text END, 2, '0'),
		t.minute, coalesce(t.second, '00'))) AT TIME ZONE 'UTC'
	FROM regexp_match(value, '^(.*?)(?:,?[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp])\.?[Mm]\.?)?)?$') AS m (part)
	CROSS JOIN LATERAL (SELECT coalesce(m.part[2], '00'), coalesce(m.part[3], '00'), m.part[4], m.part[5]) AS t (hour, minute, second, half)
	CROSS JOIN LATERAL (
		SELECT p[1], p[2], p[3] FROM regexp_match(m.part[1], '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$') AS y (p) WHERE p IS NOT NULL
		UNION ALL
		SELECT p[3], p[CASE date_order WHEN 'DMY' THEN 2 ELSE 1 END], p[CASE date_order WHEN 'DMY' THEN 1 ELSE 2 END]
		FROM regexp_match(m.part[1], '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$') AS y (p) WHERE p IS NOT NULL
		UNION ALL
		SELECT p[3], ((strpos('janfebmaraprmayjunjulaugsepoctnovdec', zoom_silver.to_word(left(p[1], 3))) + 2) / 3)::text, p[2]
		FROM regexp_match(m.part[1], '^([A-Za-z]{3,9})\.? (\d{1,2}), ?(\d{4})$') AS y (p)
		WHERE zoom_silver.to_word(left(p[1], 3)) IN ('jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec')
	) AS d (year, month, day)
$$;
COMMENT ON FUNCTION zoom_silver.csv_local(text, text) IS
'The local time a text of an export names, its date in the order DMY or MDY unless it begins with the year or names the month; NULL for any other text';

-- When clocks are turned, some local times come twice and some not at all.
-- The offsets of the day before and after give all instants that may be meant.
CREATE FUNCTION zoom_silver.csv_instant(local timestamp, zone text, OUT at timestamptz, OUT turned text, OUT again timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(min(c.instant) FILTER (WHERE c.fits), local AT TIME ZONE zone),
		CASE WHEN local IS NOT NULL THEN CASE count(DISTINCT c.instant) FILTER (WHERE c.fits) WHEN 0 THEN 'gap' WHEN 2 THEN 'fold' END END,
		CASE WHEN count(DISTINCT c.instant) FILTER (WHERE c.fits) = 2 THEN max(c.instant) FILTER (WHERE c.fits) END
	FROM (SELECT i.instant, i.instant AT TIME ZONE zone = local AS fits
		FROM (VALUES (interval '-24 hours'), (interval '24 hours')) AS d (distance)
		CROSS JOIN LATERAL (SELECT (local AT TIME ZONE zone) + d.distance) AS n (near)
		CROSS JOIN LATERAL (SELECT (local - ((n.near AT TIME ZONE zone) - (n.near AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC') AS i (instant)) AS c
$$;
COMMENT ON FUNCTION zoom_silver.csv_instant(timestamp, text) IS
'The instant of a local time in a zone; turned says "fold" where it comes twice (the first is given, and again is the second), "gap" where clocks leave it out';

-- What says its zone needs none.
CREATE FUNCTION zoom_silver.csv_zoned(value text) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN value ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*([Zz]|[+-]\d\d(:?\d\d)?)$' THEN zoom_silver.to_instant(value) END
$$;
COMMENT ON FUNCTION zoom_silver.csv_zoned(text) IS 'The instant of a text that says its zone itself; NULL for any other text';

-- The order that was stated, as letters: DD.MM.YYYY says the same as DMY.
CREATE FUNCTION zoom_silver.csv_stated_order(date_format text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stated text;
BEGIN
	SELECT string_agg(l.letter, '' ORDER BY strpos(zoom_silver.to_word(date_format), zoom_silver.to_word(l.letter))) INTO stated
	FROM (VALUES ('D'), ('M'), ('Y')) AS l (letter) WHERE strpos(zoom_silver.to_word(date_format), zoom_silver.to_word(l.letter)) > 0;
	IF date_format IS NOT NULL AND (stated IS NULL OR stated NOT IN ('DMY', 'MDY', 'YMD')) THEN
		RAISE EXCEPTION 'date_format "%" does not tell the order of day, month and year', date_format
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Say DMY, MDY or YMD.';
	END IF;
	RETURN stated;
END
$$;
COMMENT ON FUNCTION zoom_silver.csv_stated_order(text) IS 'DMY, MDY or YMD, as the argument date_format of load_csv() says; fails where it does not';

CREATE FUNCTION zoom_silver.read_csv_times(zone text, date_format text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stated text := zoom_silver.csv_stated_order(date_format);
	unclear record;
	shown text[];
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_time ON COMMIT DROP AS
		SELECT t.*, zoom_silver.csv_date_order(t.value) AS date_order
		FROM (SELECT c.value, array_agg(DISTINCT r.line) AS lines FROM pg_temp.zoom_silver_csv r
			CROSS JOIN LATERAL jsonb_each_text(r.cells) AS c WHERE c.key IN ('start', 'end', 'join', 'leave') GROUP BY c.value) AS t;
	IF stated IS NULL OR stated = 'YMD' THEN
		SELECT t.value, t.lines[1] AS line INTO unclear FROM pg_temp.zoom_silver_csv_time t
		WHERE t.date_order = 'unclear' ORDER BY t.lines[1], t.value LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION '"%": day or month first?', unclear.value USING ERRCODE = 'invalid_parameter_value',
				DETAIL = format('The date stands in line %s.', unclear.line), HINT = 'Say date_format => ''DMY'' or ''MDY''.';
		END IF;
		SELECT array_agg(DISTINCT t.date_order) INTO shown FROM pg_temp.zoom_silver_csv_time t WHERE t.date_order IN ('DMY', 'MDY');
		IF cardinality(shown) > 1 THEN
			RAISE EXCEPTION 'some dates of the file have the day first, others the month' USING ERRCODE = 'invalid_datetime_format';
		END IF;
	END IF;
	CREATE TEMPORARY TABLE zoom_silver_csv_instant ON COMMIT DROP AS
		SELECT t.value, t.lines, coalesce(z.at AT TIME ZONE zone, l.local) AS local, coalesce(z.at, i.at) AS at, i.turned, i.again
		FROM pg_temp.zoom_silver_csv_time t
		CROSS JOIN LATERAL (SELECT zoom_silver.csv_zoned(t.value) AS at OFFSET 0) AS z
		CROSS JOIN LATERAL (SELECT CASE WHEN z.at IS NULL THEN zoom_silver.csv_local(t.value, coalesce(nullif(stated, 'YMD'), shown[1])) END AS local OFFSET 0) AS l
		CROSS JOIN LATERAL zoom_silver.csv_instant(l.local, zone) AS i;
	PERFORM zoom_silver.warn_of_turned_clocks(zone);
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_times(text, text) IS
'Reads every local time of zoom_silver_csv into the temporary table zoom_silver_csv_instant. Fails where a date does not tell whether day or month comes first; warns where clocks were turned';

CREATE FUNCTION zoom_silver.warn_of_turned_clocks(zone text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
BEGIN
	FOR found IN
		SELECT i.turned, string_agg(DISTINCT i.value, ', ') AS times, array_to_string(array_agg(DISTINCT l.line), ', ') AS lines
		FROM pg_temp.zoom_silver_csv_instant i CROSS JOIN unnest(i.lines) AS l (line)
		WHERE i.turned IS NOT NULL GROUP BY i.turned ORDER BY i.turned
	LOOP
		IF found.turned = 'fold' THEN
			RAISE WARNING 'local times that come twice in "%", taken for the first: line %', zone, found.lines USING DETAIL = found.times;
		ELSE
			RAISE WARNING 'local times that clocks leave out in "%", taken as if they had not been turned: line %', zone, found.lines USING DETAIL = found.times;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.warn_of_turned_clocks(text) IS 'Warns of local times that come twice or not at all, naming their lines';

-- --------------------------------------------------------------------------
-- Meetings, webinars, people
-- --------------------------------------------------------------------------

-- Digits, in groups; ="123 456", where they were kept from being reckoned with.
CREATE FUNCTION zoom_silver.csv_number(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN value ~ '^="[0-9 -]+"$' OR value ~ '^[0-9 -]+$' THEN nullif(regexp_replace(value, '[^0-9]', '', 'g'), '') END
$$;
COMMENT ON FUNCTION zoom_silver.csv_number(text) IS 'The number of a meeting in an export, digits alone; NULL for any other text';

-- Where semicolons separate fields, a comma is the decimal one; where commas do, a
-- point is.  The same mark twice can only be that of thousands.
CREATE FUNCTION zoom_silver.csv_count(value text, separator text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN value ~ '^[1-9][0-9]{0,2}(?:[ ''][0-9]{3})+$' OR value ~ '^[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})+$'
			OR value ~ CASE separator WHEN ',' THEN '^[1-9][0-9]{0,2},[0-9]{3}$' WHEN ';' THEN '^[1-9][0-9]{0,2}[.][0-9]{3}$' END
		THEN regexp_replace(value, '[^0-9]', '', 'g') ELSE value END
$$;
COMMENT ON FUNCTION zoom_silver.csv_count(text, text) IS
'A whole number of an export without marks of thousands; any other text as it is, one that may have a decimal mark, too';

-- Rows of one meeting, as active hosts have them, tell the same.  Nothing ends
-- before it began: a local time that comes twice is the second one then.
CREATE FUNCTION zoom_silver.read_csv_meetings(kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	number_cell text := CASE kind WHEN 'webinar' THEN 'webinar' ELSE 'number' END;
	wrong record;
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_meeting ON COMMIT DROP AS
		SELECT r.line, r.cells ->> number_cell AS number_text, n.number, r.cells ->> 'topic' AS topic,
			r.cells ->> 'start' AS start_text, s.local AS start_local, s.at AS start_time,
			coalesce(CASE WHEN e.at < s.at THEN e.again::text END, e.at::text, r.cells ->> 'end') AS end_time, r.cells ->> 'minutes' AS minutes, r.cells ->> 'registered' AS registered,
			zoom_silver.to_email(r.cells ->> 'host_email') AS host_email, r.cells ->> 'host_name' AS host_name,
			n.number || '@' || to_char(s.at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') AS key
		FROM pg_temp.zoom_silver_csv r
		CROSS JOIN LATERAL (SELECT zoom_silver.csv_number(r.cells ->> number_cell)) AS n (number)
		LEFT JOIN pg_temp.zoom_silver_csv_instant s ON s.value = r.cells ->> 'start'
		LEFT JOIN pg_temp.zoom_silver_csv_instant e ON e.value = r.cells ->> 'end'
		WHERE number_cell = ANY (r.columns);
	SELECT m.line, m.start_text INTO wrong FROM pg_temp.zoom_silver_csv_meeting m WHERE m.start_time IS NULL ORDER BY m.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line %: "%" is no date and time', wrong.line, coalesce(wrong.start_text, '')
			USING ERRCODE = 'invalid_datetime_format', HINT = 'Without its start a meeting cannot be told from others of its number.';
	END IF;
	SELECT m.line, m.number_text INTO wrong FROM pg_temp.zoom_silver_csv_meeting m WHERE m.number IS NULL ORDER BY m.line LIMIT 1;
	IF wrong.number_text IS NOT NULL THEN
		RAISE EXCEPTION 'line %: "%" is no meeting number', wrong.line, wrong.number_text USING ERRCODE = 'invalid_text_representation',
			HINT = 'Spreadsheets shorten numbers when they save a file: load it as it was exported.';
	ELSIF FOUND THEN
		RAISE EXCEPTION 'line % has no meeting number', wrong.line USING ERRCODE = 'invalid_text_representation';
	END IF;
	IF kind = 'webinar' THEN	-- the host stands in a block of its own
		UPDATE pg_temp.zoom_silver_csv_meeting m SET host_email = zoom_silver.to_email(h.cells ->> 'host_email'), host_name = h.cells ->> 'host_name'
		FROM (SELECT DISTINCT ON (x.key) x.key, r.cells FROM pg_temp.zoom_silver_csv r
			CROSS JOIN LATERAL (SELECT w.key FROM pg_temp.zoom_silver_csv_meeting w WHERE w.line < r.line ORDER BY w.line DESC LIMIT 1) AS x
			WHERE r.title = 'Host Details' ORDER BY x.key, r.line) AS h
		WHERE h.key = m.key;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_meetings(text) IS
'Reads the meetings or webinars of zoom_silver_csv into the temporary table zoom_silver_csv_meeting; fails where one has no number or no start';

-- A row belongs to the meeting of the same row or else to the last one above.
-- Who never left the waiting room was not there.
CREATE FUNCTION zoom_silver.read_csv_participants() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong integer;
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_participant ON COMMIT DROP AS
		SELECT r.line, m.key AS meeting_key, m.start_time, r.cells ->> 'name' AS name, zoom_silver.to_email(r.cells ->> 'email') AS email,
			zoom_silver.to_truth(r.cells ->> 'guest') AS is_guest, coalesce(j.at::text, r.cells ->> 'join') AS join_time,
			coalesce(CASE WHEN l.at < j.at THEN l.again::text END, l.at::text, r.cells ->> 'leave') AS leave_time
		FROM pg_temp.zoom_silver_csv r
		LEFT JOIN LATERAL (SELECT p.key, p.start_time FROM pg_temp.zoom_silver_csv_meeting p WHERE p.line <= r.line ORDER BY p.line DESC LIMIT 1) AS m ON true
		LEFT JOIN pg_temp.zoom_silver_csv_instant j ON j.value = r.cells ->> 'join'
		LEFT JOIN pg_temp.zoom_silver_csv_instant l ON l.value = r.cells ->> 'leave'
		WHERE 'name' = ANY (r.columns) AND r.cells ?| ARRAY['name', 'email', 'join', 'leave']
			AND zoom_silver.to_truth(r.cells ->> 'waiting') IS NOT TRUE;
	SELECT min(p.line) INTO wrong FROM pg_temp.zoom_silver_csv_participant p WHERE p.meeting_key IS NULL;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'participants without a meeting: export with meeting data' USING ERRCODE = 'invalid_text_representation',
			DETAIL = format('No meeting stands above line %s.', wrong);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_participants() IS
'Reads the participants of zoom_silver_csv into the temporary table zoom_silver_csv_participant; fails where no meeting stands above them';

-- Who is a user: hosts, participants that are no guests, and of files that do
-- not tell who is a guest those whom silver knows.  By "identity": "email" the
-- user is the one of any source who had the address last at that time, else
-- the first who has it later.  In the exports of participants a user has no
-- name but the address; one that silver has is not to be lost for it.
CREATE FUNCTION zoom_silver.read_csv_users(by_email boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format($q$
		CREATE TEMPORARY TABLE zoom_silver_csv_user ON COMMIT DROP AS
		WITH named AS (
			SELECT m.host_email AS email, m.start_time AS at, max(m.host_name) AS name, true AS is_member
			FROM pg_temp.zoom_silver_csv_meeting m WHERE m.host_email IS NOT NULL GROUP BY m.host_email, m.start_time
			UNION ALL
			SELECT p.email, p.start_time, NULL, bool_or(p.is_guest IS NOT NULL)
			FROM pg_temp.zoom_silver_csv_participant p WHERE p.email IS NOT NULL AND p.is_guest IS NOT TRUE GROUP BY p.email, p.start_time
		), person AS (
			SELECT n.email, n.at, max(n.name) AS name, bool_or(n.is_member) AS is_member FROM named n GROUP BY n.email, n.at
		), silver AS (
			SELECT btrim(u.user_id) AS user_id, zoom_silver.to_email(u.email) AS email, u.user_name,
				coalesce(u.update_timestamp, u.load_timestamp) AS at, u.load_timestamp
			FROM %s u
		), holder AS (
			SELECT DISTINCT ON (p.email, p.at) p.email, p.at, s.user_id, s.user_name
			FROM person p JOIN silver s ON s.email = p.email AND (%L OR s.user_id = p.email)
			ORDER BY p.email, p.at, s.user_id = p.email, s.at > p.at, abs(extract(epoch FROM s.at - p.at)), s.load_timestamp DESC, s.user_id COLLATE "C"
		)
		SELECT p.email, p.at, coalesce(h.user_id, p.email) AS user_id, coalesce(p.name, h.user_name, p.email) AS name
		FROM person p LEFT JOIN holder h USING (email, at) WHERE p.is_member OR h.user_id IS NOT NULL
		$q$, zoom_silver.silver_table('si_users'), by_email);
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_users(boolean) IS
'Finds the users whom the meetings and participants of a CSV text name, into the temporary table zoom_silver_csv_user';

-- --------------------------------------------------------------------------
-- One file, two zones
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.ensure_csv_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_silver.ensure_state();
	PERFORM zoom_silver.make_state_table('csv_start');
END
$$;
COMMENT ON FUNCTION zoom_silver.ensure_csv_state() IS 'Makes the table zoom_silver_state.csv_start where it is missing';

CREATE FUNCTION zoom_silver.keep_csv_starts(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	other record;
	pattern text;
BEGIN
	EXECUTE format('SELECT m.number, s.key, s.start_time AS before, m.start_time AS now
		FROM pg_temp.zoom_silver_csv_meeting m
		JOIN zoom_silver_state.csv_start s ON s.relation = $1 AND s.number = m.number AND s.start_time <> m.start_time
			AND (s.start_text = m.start_text OR s.start_local = m.start_local)
		WHERE EXISTS (SELECT FROM %s t WHERE t.%s = s.key)
		ORDER BY m.line LIMIT 1', target, zoom_silver.key_column(relation)) INTO other USING relation;
	IF other.key IS NOT NULL THEN
		pattern := CASE WHEN (other.before AT TIME ZONE 'UTC')::date = (other.now AT TIME ZONE 'UTC')::date THEN '' ELSE 'YYYY-MM-DD ' END || 'HH24:MI';
		RAISE EXCEPTION '% % was loaded as % UTC, this says %', CASE relation WHEN 'si_webinars' THEN 'webinar' ELSE 'meeting' END, other.number,
			to_char(other.before AT TIME ZONE 'UTC', pattern), to_char(other.now AT TIME ZONE 'UTC', pattern)
			USING ERRCODE = 'unique_violation', DETAIL = 'The file was loaded with another time_zone or date_format.',
				HINT = format('If that was wrong, take out what it loaded first: DELETE FROM %s WHERE %s = %L.', target, zoom_silver.key_column(relation), other.key)
					|| CASE relation WHEN 'si_meetings' THEN format(' The same for %s.', zoom_silver.silver_table('si_participants')) ELSE '' END;
	END IF;
	INSERT INTO zoom_silver_state.csv_start (relation, key, number, start_text, start_local, start_time)
	SELECT DISTINCT ON (m.key) keep_csv_starts.relation, m.key, m.number, m.start_text, m.start_local, m.start_time
	FROM pg_temp.zoom_silver_csv_meeting m ORDER BY m.key, m.line
	ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION zoom_silver.keep_csv_starts(text) IS
'Keeps how the starts of meetings stood in their file; fails where silver has one of the same local start at another instant';

-- --------------------------------------------------------------------------
-- Loading
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.check_csv_arguments(content text, kind text, time_zone text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
	wanted text := 'Pass the text of the file, not its name; in psql: \set content `cat FILE`, then :''content''.';
BEGIN
	IF kind IS NULL OR kind NOT IN (SELECT k.kind FROM zoom_silver.csv_kind() k) THEN
		RAISE EXCEPTION 'there is no export of kind %', coalesce('"' || kind || '"', 'NULL') USING ERRCODE = 'invalid_parameter_value',
			HINT = format('Say one of: %s.', (SELECT string_agg(k.kind, ', ' ORDER BY k.kind) FROM zoom_silver.csv_kind() k));
	ELSIF coalesce(btrim(time_zone), '') = '' THEN
		RAISE EXCEPTION 'time_zone is missing: Zoom''s CSV has local times' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Say the zone of the person who exported it, for instance ''Europe/Berlin''.';
	ELSIF content IS NULL THEN
		RAISE EXCEPTION 'there is no content' USING ERRCODE = 'null_value_not_allowed', HINT = wanted;
	ELSIF btrim(content) <> '' AND btrim(content, E' \r\n') !~ E'[\r\n]' AND NOT zoom_silver.is_csv_header(zoom_silver.plain_csv(content)) THEN
		RAISE EXCEPTION 'the content is a single line' USING ERRCODE = 'invalid_text_representation', HINT = wanted;
	END IF;
	BEGIN
		PERFORM now() AT TIME ZONE time_zone;
	EXCEPTION WHEN invalid_parameter_value THEN
		RAISE EXCEPTION 'time zone "%" not recognized', time_zone USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Say one of the names in pg_timezone_names, for instance ''Europe/Berlin''.';
	END;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_arguments(text, text, text) IS 'Fails where an argument of load_csv() is missing or unknown';

CREATE FUNCTION zoom_silver.add_csv(source text, options jsonb) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF source <> 'csv' THEN
		RAISE EXCEPTION 'a source of kind csv has the name "csv"' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Leave the argument "source" out.';
	END IF;
	PERFORM zoom_silver.ensure_csv_state();
	RETURN QUERY SELECT h.relation, 'filled by load_csv()' FROM zoom_silver.handed_in() h WHERE h.kind = 'csv';
END
$$;
COMMENT ON FUNCTION zoom_silver.add_csv(text, jsonb) IS
'The part of add_source() for exports: options stated there are those that load_csv() takes where it is given none';

CREATE FUNCTION zoom_silver.write_csv(relation text, query text) RETURNS TABLE (relation text, inserted bigint, updated bigint, unchanged bigint)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT write_csv.relation, w.inserted, w.updated, w.unchanged
	FROM zoom_silver.write_rows(write_csv.relation, write_csv.query, 'csv', 'keep', 'CSV') w
$$;
COMMENT ON FUNCTION zoom_silver.write_csv(text, text) IS 'Writes the rows of a query into silver, as the source "csv"';

CREATE FUNCTION zoom_silver.load_csv(content text, kind text, time_zone text, date_format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (relation text, inserted bigint, updated bigint, unchanged bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' AS $$
#variable_conflict use_variable
DECLARE
	target text := CASE kind WHEN 'webinar' THEN 'si_webinars' ELSE 'si_meetings' END;
BEGIN
	PERFORM zoom_silver.check_csv_arguments(content, kind, time_zone);
	PERFORM zoom_silver.ensure_csv_state();
	options := coalesce((SELECT s.options FROM zoom_silver_state.source s WHERE s.name = 'csv'), '{}') || zoom_silver.normal_options('csv', options);
	-- two loads of one file, one after the other
	LOCK TABLE zoom_silver_state.csv_start IN SHARE ROW EXCLUSIVE MODE;
	PERFORM zoom_silver.read_csv(content, kind);
	PERFORM zoom_silver.read_csv_times(time_zone, date_format);
	PERFORM zoom_silver.read_csv_meetings(kind);
	PERFORM zoom_silver.read_csv_participants();
	PERFORM zoom_silver.read_csv_users(options ->> 'identity' = 'email');
	PERFORM zoom_silver.keep_csv_starts(target);
	IF NOT EXISTS (SELECT FROM pg_temp.zoom_silver_csv) THEN
		RAISE NOTICE 'the file has no rows below its headers';
	END IF;
	IF EXISTS (SELECT FROM pg_temp.zoom_silver_csv_user u WHERE u.user_id = u.email) THEN
		RETURN QUERY SELECT * FROM zoom_silver.write_csv('si_users', zoom_silver.csv_user_query());
	END IF;
	IF EXISTS (SELECT FROM pg_temp.zoom_silver_csv_meeting) THEN
		RETURN QUERY SELECT * FROM zoom_silver.write_csv(target, zoom_silver.csv_meeting_query(kind));
	END IF;
	IF EXISTS (SELECT FROM pg_temp.zoom_silver_csv_participant) THEN
		RETURN QUERY SELECT * FROM zoom_silver.write_csv('si_participants', zoom_silver.csv_participant_query());
	END IF;
	DROP TABLE pg_temp.zoom_silver_csv_record, pg_temp.zoom_silver_csv, pg_temp.zoom_silver_csv_time, pg_temp.zoom_silver_csv_instant,
		pg_temp.zoom_silver_csv_meeting, pg_temp.zoom_silver_csv_participant, pg_temp.zoom_silver_csv_user;
EXCEPTION WHEN lock_not_available THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_silver.lock_hint();
END
$$;
COMMENT ON FUNCTION zoom_silver.load_csv(text, text, text, text, jsonb) IS
'Loads an export of the Zoom portal into silver: kind participants, active_hosts or webinar, the zone of its local times, and DMY or MDY where a date does not tell. '
'{"identity": "email"} finds users of other sources by their address, former ones included. Returns the rows written per relation. '
'Errors where the zone is missing, a date is unclear, a header unknown, or the same meeting was loaded with another zone; then nothing is loaded';

CREATE FUNCTION zoom_silver.csv_user_query() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN $$SELECT u.user_id, u.name AS user_name, u.email, u.at AS update_timestamp
	FROM pg_temp.zoom_silver_csv_user u WHERE u.user_id = u.email$$;
COMMENT ON FUNCTION zoom_silver.csv_user_query() IS 'SELECT of the users that only the CSV knows';

CREATE FUNCTION zoom_silver.csv_meeting_query(kind text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE kind
	WHEN 'webinar' THEN $$SELECT DISTINCT ON (m.key) m.key AS webinar_id, u.user_id AS host_id, m.topic AS webinar_topic, m.start_time,
		coalesce(m.end_time, (m.start_time + zoom_silver.to_whole(m.minutes) * interval '1 minute')::text, m.minutes) AS end_time, m.registered AS registrants
	FROM pg_temp.zoom_silver_csv_meeting m LEFT JOIN pg_temp.zoom_silver_csv_user u ON u.email = m.host_email AND u.at = m.start_time
	ORDER BY m.key, m.line$$
	ELSE $$SELECT DISTINCT ON (m.key) m.key AS meeting_id, u.user_id AS host_id, m.topic AS meeting_topic, m.start_time, m.end_time, m.minutes AS duration_minutes
	FROM pg_temp.zoom_silver_csv_meeting m LEFT JOIN pg_temp.zoom_silver_csv_user u ON u.email = m.host_email AND u.at = m.start_time
	ORDER BY m.key, m.line$$
END;
COMMENT ON FUNCTION zoom_silver.csv_meeting_query(text) IS 'SELECT of the meetings or webinars of a CSV text';

CREATE FUNCTION zoom_silver.csv_participant_query() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN $$SELECT k.meeting_key || '/' || k.hash || CASE WHEN k.n > 1 THEN '#' || k.n ELSE '' END AS participant_id,
		k.meeting_key AS meeting_id, k.user_id, k.join_time, k.leave_time
	FROM (SELECT h.*, row_number() OVER (PARTITION BY h.meeting_key, h.hash ORDER BY h.leave_time, h.line) AS n
		FROM (SELECT p.*, CASE WHEN p.is_guest IS NOT TRUE THEN u.user_id END AS user_id,
				left(md5(ROW(p.join_time, p.email, p.name)::text), 16) AS hash
			FROM pg_temp.zoom_silver_csv_participant p
			LEFT JOIN pg_temp.zoom_silver_csv_user u ON u.email = p.email AND u.at = p.start_time) AS h) AS k$$;
COMMENT ON FUNCTION zoom_silver.csv_participant_query() IS 'SELECT of the participants of a CSV text';
