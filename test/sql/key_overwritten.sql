\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A key's row that is overwritten by what looks like another meeting: the number
-- of a recurring meeting was taken for the key, and a connector upserts.
CALL t.setup();
CALL t.clock('2024-06-01Z');
CREATE PROCEDURE t.put(relation text, id text, start timestamptz, finish timestamptz, topic text, minutes integer, stamp timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	kind text := CASE relation WHEN 'si_meetings' THEN 'meeting' ELSE 'webinar' END;
	found_rows bigint;
BEGIN
	-- as a connector does on a table without a key
	EXECUTE format('UPDATE silver.%1$I SET start_time = $2, end_time = $3, %2$I = $4, update_timestamp = $6%4$s WHERE %3$I = $1',
		relation, kind || '_topic', kind || '_id', CASE kind WHEN 'meeting' THEN ', duration_minutes = $5' ELSE '' END)
		USING id, start, finish, topic, minutes, stamp;
	GET DIAGNOSTICS found_rows = ROW_COUNT;
	IF found_rows = 0 THEN
		EXECUTE format('INSERT INTO silver.%1$I (%3$I, host_id, start_time, end_time, %2$I, %4$s load_timestamp, update_timestamp)'
			' SELECT $1, ''u1'', $2, $3, $4, %5$s $6, $6 WHERE $5 IS NOT DISTINCT FROM $5',
			relation, kind || '_topic', kind || '_id', CASE kind WHEN 'meeting' THEN 'duration_minutes,' ELSE '' END,
			CASE kind WHEN 'meeting' THEN '$5,' ELSE '' END)
			USING id, start, finish, topic, minutes, stamp;
	END IF;
END
$$;
CALL t.user('u1', 'Ana', '2024-01-01Z');

-- A row, and what it is overwritten with an hour after that ended: "reused" says
-- whether it looks like another meeting.
CREATE TABLE t.overwriting (name text, reused boolean,
	start timestamptz, finish timestamptz, topic text, minutes integer, stamp timestamptz,
	start2 timestamptz, finish2 timestamptz, topic2 text, minutes2 integer, stamp2 timestamptz);
INSERT INTO t.overwriting VALUES
	('the next occurrence', true, '2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 10:00Z',
		'2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-02-08 10:00Z'),
	('one that took longer', true, '2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 10:00Z',
		'2024-02-02 09:00Z', '2024-02-02 09:37Z', 'Standup', 37, '2024-02-02 10:00Z'),
	('an earlier one', true, '2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-02-08 10:00Z',
		'2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-08 11:00Z'),
	('no end, another topic', true, '2024-02-01 09:00Z', NULL, 'Standup', 30, '2024-02-01 10:00Z',
		'2024-02-08 09:00Z', NULL, 'Review', 30, '2024-02-08 10:00Z'),
	('no end, another duration', true, '2024-02-01 09:00Z', NULL, 'Standup', 30, '2024-02-01 10:00Z',
		'2024-02-08 09:00Z', NULL, 'Standup', 45, '2024-02-08 10:00Z'),
	('the start alone', false, '2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-02-08 10:00Z',
		'2024-02-07 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-02-08 11:00Z'),
	('the start alone, no end', false, '2024-02-08 09:00Z', NULL, 'Standup', 30, '2024-02-08 10:00Z',
		'2024-02-01 09:00Z', NULL, ' Standup ', 30, '2024-02-08 11:00Z'),
	('the start and a duration that follows from it', false, '2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-02-08 10:00Z',
		'2024-02-07 09:00Z', '2024-02-08 09:30Z', 'Standup', 1470, '2024-02-08 11:00Z'),
	('another time zone', false, '2024-02-01 20:00Z', '2024-02-01 20:30Z', 'Standup', 30, '2024-02-02 10:00Z',
		'2024-02-02 06:00Z', '2024-02-02 06:30Z', 'Standup', 30, '2024-02-02 11:00Z'),
	('the same day', false, '2024-02-01 01:00Z', '2024-02-01 01:30Z', 'Standup', 30, '2024-02-01 02:00Z',
		'2024-02-01 22:00Z', '2024-02-01 22:37Z', 'Review', 37, '2024-02-01 23:00Z'),
	('a plan that is moved', false, '2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-01-01 10:00Z',
		'2024-02-15 09:00Z', '2024-02-15 09:45Z', 'Standup', 45, '2024-02-01 10:00Z'),
	('a plan that is held early', false, '2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-01-01 10:00Z',
		'2024-02-01 09:00Z', '2024-02-01 09:45Z', 'Standup', 45, '2024-02-01 10:00Z'),
	('all restamped', false, '2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 10:00Z',
		'2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-03-01 10:00Z'),
	('the end comes', false, '2024-02-01 09:00Z', NULL, 'Standup', NULL, '2024-02-01 09:00Z',
		'2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 10:00Z'),
	('another topic', false, '2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 09:00Z',
		'2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Review', 30, '2024-02-01 10:00Z'),
	('no start any more', false, '2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 09:00Z',
		NULL, '2024-02-08 09:30Z', 'Review', 30, '2024-02-09 10:00Z'),
	('for ever', false, '2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 09:00Z',
		'infinity', 'infinity', 'Review', 30, 'infinity');
CREATE PROCEDURE t.play(second boolean, prefix text) LANGUAGE plpgsql AS $$
DECLARE
	o t.overwriting;
	relation text;
BEGIN
	FOR o IN SELECT * FROM t.overwriting ORDER BY name LOOP
		FOR relation IN SELECT unnest('{si_meetings,si_webinars}'::text[]) LOOP
			IF second THEN
				CALL t.put(relation, prefix || o.name, o.start2, o.finish2, o.topic2, o.minutes2, o.stamp2);
			ELSE
				CALL t.put(relation, prefix || o.name, o.start, o.finish, o.topic, o.minutes, o.stamp);
			END IF;
		END LOOP;
	END LOOP;
END
$$;
-- what is warned of; a webinar has no duration
CREATE FUNCTION t.reused(prefixes text[]) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(r || ' ' || p || o.name || ' key_reused warning')
	FROM unnest(prefixes) AS p, t.overwriting AS o, unnest('{si_meetings,si_webinars}'::text[]) AS r
	WHERE o.reused AND NOT (r = 'si_webinars' AND o.name = 'no end, another duration')
$$;
CREATE FUNCTION t.warned() RETURNS SETOF text LANGUAGE sql AS $$ SELECT e FROM t.errors() AS e WHERE e LIKE '%key_reused%' $$;

-- within one transaction, in two before a refresh, and across refreshes
BEGIN;
CALL t.play(false, 'a ');
CALL t.play(true, 'a ');
COMMIT;
CALL t.play(false, 'b ');
CALL t.play(true, 'b ');
CALL t.play(false, 'c ');
CALL t.refresh();
SELECT t.same('SELECT t.warned()', t.reused('{"a ","b "}'), 'what is overwritten before a refresh sees it');
SELECT t.healthy('verify() says the same');
CALL t.play(true, 'c ');
CALL t.refresh();
SELECT t.same('SELECT t.warned()', t.reused('{"a ","b ","c "}'), 'and afterwards');
SELECT t.healthy('verify() says the same of that');
CALL t.refresh(true);
SELECT t.same('SELECT t.warned()', t.reused('{"a ","b ","c "}'), 'a full refresh knows it still');

-- it stays as long as the key does: with later changes, on another day, rejected
UPDATE silver.si_meetings SET meeting_topic = 'Other' WHERE meeting_id = 'a the next occurrence';
UPDATE silver.si_meetings SET start_time = '2024-02-07 09:00Z' WHERE meeting_id = 'b the next occurrence';
UPDATE silver.si_meetings SET end_time = '2024-01-01Z' WHERE meeting_id = 'c the next occurrence';
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.warned() AS e WHERE e LIKE '%si_meetings%the next%'$$,
	ARRAY['si_meetings a the next occurrence key_reused warning', 'si_meetings b the next occurrence key_reused warning'], 'a row that is rejected has no warnings');
UPDATE silver.si_meetings SET end_time = start_time + interval '30 minutes' WHERE meeting_id LIKE '_ the next occurrence';
CALL t.refresh();
SELECT t.same('SELECT t.warned()', t.reused('{"a ","b ","c "}'), 'it is the same when the row is mended');
SELECT t.healthy('which verify() knows');
DELETE FROM silver.si_meetings WHERE meeting_id = 'a the next occurrence';
UPDATE silver.si_meetings SET meeting_id = 'renamed' WHERE meeting_id = 'b the next occurrence';
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.warned() AS e WHERE e LIKE '%si_meetings%the next%' OR e LIKE '%renamed%'$$,
	'si_meetings c the next occurrence key_reused warning', 'it goes with the key');
CALL t.put('si_meetings', 'a the next occurrence', '2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-02-08 10:00Z');
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.warned() AS e WHERE e LIKE '%si_meetings a the next%'$$, '{}'::text[], 'and does not come back with it');
SELECT t.healthy('verify() agrees');
SELECT t.same($$SELECT sum(rows) > 0 FROM zoom_gold.rebuild('si_meetings') WHERE item = 'gold_state.reused_key'$$, 'true', 'a rebuild forgets it');
SELECT t.same($$SELECT e FROM t.warned() AS e WHERE e LIKE 'si_meetings%'$$, '{}'::text[], 'as a first load knows nothing of it');
SELECT t.healthy('verify() after that');

-- A rolled back overwriting is none; keys that are spelled otherwise are one
CALL t.put('si_meetings', 'undone', '2024-02-01 09:00Z', '2024-02-01 09:30Z', 'Standup', 30, '2024-02-01 10:00Z');
BEGIN;
SAVEPOINT s;
CALL t.put('si_meetings', 'undone', '2024-02-08 09:00Z', '2024-02-08 09:30Z', 'Standup', 30, '2024-02-08 10:00Z');
ROLLBACK TO s;
CALL t.put('si_meetings', 'undone', '2024-02-01 09:00Z', '2024-02-01 09:45Z', 'Standup', 45, '2024-02-08 10:00Z');
COMMIT;
CREATE UNIQUE INDEX ON silver.si_meetings (meeting_id);
INSERT INTO silver.si_meetings (meeting_id, meeting_topic, start_time, end_time, load_timestamp) VALUES (' upsert  it ', 'Standup', '2024-02-01 09:00Z', '2024-02-01 09:30Z', '2024-02-01 10:00Z')
	ON CONFLICT (meeting_id) DO UPDATE SET start_time = excluded.start_time, end_time = excluded.end_time, load_timestamp = excluded.load_timestamp;
INSERT INTO silver.si_meetings (meeting_id, meeting_topic, start_time, end_time, load_timestamp) VALUES (' upsert  it ', 'Standup', '2024-02-08 09:00Z', '2024-02-08 09:30Z', '2024-02-08 10:00Z')
	ON CONFLICT (meeting_id) DO UPDATE SET start_time = excluded.start_time, end_time = excluded.end_time, load_timestamp = excluded.load_timestamp;
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.warned() AS e WHERE e LIKE 'si_meetings%'$$, 'si_meetings upsert it key_reused warning', 'what is undone does not count');
SELECT t.healthy('verify() of that');
-- deleted and inserted in one transaction; not where it comes back in a later one
INSERT INTO silver.si_meetings (meeting_id, start_time, end_time, load_timestamp)
	SELECT i, '2024-02-01 09:00Z', '2024-02-01 09:30Z', '2024-02-01 10:00Z' FROM unnest('{deleted and inserted,"comes back","back in time"}'::text[]) i;
CALL t.refresh();
BEGIN;
DELETE FROM silver.si_meetings WHERE meeting_id = 'deleted and inserted';
INSERT INTO silver.si_meetings (meeting_id, start_time, end_time, load_timestamp) VALUES ('deleted and inserted', '2024-02-08 09:00Z', '2024-02-08 09:30Z', '2024-02-08 10:00Z');
COMMIT;
DELETE FROM silver.si_meetings WHERE meeting_id IN ('comes back', 'back in time');
INSERT INTO silver.si_meetings (meeting_id, start_time, end_time, load_timestamp) VALUES ('comes back', '2024-02-08 09:00Z', '2024-02-08 09:30Z', '2024-02-08 10:00Z');
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.warned() AS e WHERE e LIKE 'si_meetings%'$$, ARRAY['si_meetings upsert it key_reused warning', 'si_meetings deleted and inserted key_reused warning'],
	'deleted and inserted is overwritten, too');
SELECT t.healthy('verify() of that, too');
-- TRUNCATE and COPY
BEGIN;
CREATE TEMPORARY TABLE loaded ON COMMIT DROP AS TABLE silver.si_meetings;
UPDATE loaded SET start_time = '2024-03-08 09:00Z', end_time = '2024-03-08 09:30Z', load_timestamp = '2024-03-08 10:00Z' WHERE meeting_id = 'comes back';
TRUNCATE silver.si_meetings;
INSERT INTO silver.si_meetings TABLE loaded;
COMMIT;
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.warned() AS e WHERE e LIKE 'si_meetings%'$$, ARRAY['si_meetings upsert it key_reused warning', 'si_meetings deleted and inserted key_reused warning',
	'si_meetings comes back key_reused warning'], 'and so is what all was loaded anew');
SELECT t.healthy('verify() of what was loaded anew');
DROP INDEX silver.si_meetings_meeting_id_idx;

-- Where nothing captures, what gold had of the row tells
DROP SCHEMA gold, gold_state, gold_masked, gold_bi, gold_bi_masked, silver CASCADE;
CREATE SCHEMA silver;
CREATE SCHEMA raw;
CALL t.create_views();
CALL t.setup();
INSERT INTO raw.si_users (user_id, user_name, email, plan_type, load_timestamp) VALUES ('u1', 'Ana', 'a@x.example', 'Free', '2024-01-01Z');
CALL t.play(false, 'd ');
INSERT INTO raw.si_meetings (meeting_id, host_id, start_time, end_time, load_timestamp) VALUES ('two', 'u1', '2024-02-01 09:00Z', '2024-02-01 10:00Z', '2024-02-01 10:00Z');
CALL t.refresh();
SELECT t.same('SELECT t.warned()', '{}'::text[], 'views: nothing yet');
CALL t.play(true, 'd ');
INSERT INTO raw.si_meetings (meeting_id, host_id, start_time, end_time, load_timestamp) VALUES ('two', 'u1', '2024-02-08 09:00Z', '2024-02-08 10:00Z', '2024-02-08 10:00Z');
CALL t.refresh(true);
SELECT t.same('SELECT t.warned()', t.reused('{"d "}') || 'si_meetings two key_reused warning'::text, 'views: what is overwritten between refreshes');
SELECT t.healthy('views: verify() says the same');
-- a row with several warnings is one row
INSERT INTO raw.si_meetings (meeting_id, host_id, start_time, end_time, load_timestamp) VALUES ('long', 'u1', '2024-03-01 09:00Z', '2024-03-03 10:00Z', '2024-03-03 10:00Z');
CALL t.refresh();
UPDATE raw.si_meetings SET start_time = '2024-03-08 09:00Z', end_time = '2024-03-10 10:00Z', load_timestamp = '2024-03-10 10:00Z' WHERE meeting_id = 'long';
SELECT t.same($$SELECT details ->> 'warned' FROM zoom_gold.refresh(targets => '{go_fact_meeting_usage}') WHERE process_name = 'build_fact_meeting_usage'$$, '1', 'views: a row with two warnings counts once');
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE 'si_meetings long %'$$, ARRAY['si_meetings long key_reused warning', 'si_meetings long meeting_too_long warning'], 'views: and both are logged');
DELETE FROM raw.si_meetings WHERE meeting_id = 'long';
CALL t.refresh();
DELETE FROM raw.si_meetings WHERE meeting_id = 'two' AND start_time < '2024-02-05Z';
CALL t.refresh(true);
SELECT t.same('SELECT t.warned()', t.reused('{"d "}'), 'views: of several rows one is left');
SELECT t.healthy('views: gold is sound at the end');
SELECT * FROM finish();
