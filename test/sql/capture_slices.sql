\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What capture keeps of the six relations of events: the days and the keys
-- that a statement touched.
CALL t.setup();

-- "Length in the machine's order, bytes", again and again.
CREATE FUNCTION t.unpack(packed bytea) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	result text[] := '{}';
	at integer := 0;
	length integer;
BEGIN
	WHILE at < octet_length(packed) LOOP
		length := get_byte(packed, at) + (get_byte(packed, at + 1) << 8)
			+ (get_byte(packed, at + 2) << 16) + (get_byte(packed, at + 3) << 24);
		result := result || convert_from(substr(packed, at + 5, length), 'UTF8');
		at := at + 4 + length;
	END LOOP;
	RETURN result;
END
$$;
CREATE VIEW t.changes AS
SELECT relation, op, array_to_string(days, ' ') AS days, array_to_string(t.unpack(keys), ' ') AS keys
FROM gold_state.slice_change;
CREATE PROCEDURE t.forget() LANGUAGE sql AS 'DELETE FROM gold_state.slice_change';

-- every relation, by its own event

CALL t.meeting('m1', 'u1', '2024-01-05 10:00Z');
CALL t.participant('p1', 'm1', 'u2', '2024-01-06 10:00Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-07');
CALL t.webinar('w1', 'u1', '2024-01-08 10:00Z', '2024-01-08 11:00Z');
CALL t.license('l1', 'Pro', 'u1', '2024-01-09', '2024-12-31');
CALL t.billing('b1', 'u1', 'Refund', 5, '2024-01-10');
SELECT t.same('TABLE t.changes', '{
	si_meetings|I|2024-01-05|m1, si_participants|I|2024-01-06|p1, si_feature_usage|I|2024-01-07|f1,
	si_webinars|I|2024-01-08|w1, si_licenses|I|2024-01-09|l1, si_billing_events|I|2024-01-10|b1}'::text[],
	'each relation has its days');
CALL t.forget();

-- before and after

UPDATE silver.si_meetings SET start_time = '2024-02-01 10:00Z';
UPDATE silver.si_meetings SET meeting_id = 'm2';
UPDATE silver.si_meetings SET meeting_topic = 'Other';
DELETE FROM silver.si_meetings;
DELETE FROM silver.si_meetings;
TRUNCATE silver.si_meetings;
SELECT t.same('SELECT op, days, keys FROM t.changes', '{
	U|2024-01-05 2024-02-01|m1, U|2024-02-01|m1 m2, U|2024-02-01|m2, D|2024-02-01|m2, T||}'::text[],
	'days and keys before and after the change');
SELECT t.same($$
	SELECT count(*), count(DISTINCT seq), bool_and(seq = tx) AS alone, min(captured_at), max(captured_at)
	FROM gold_state.slice_change$$, '5|5|true|2024-06-30 12:00|2024-06-30 12:00', 'each statement has its number and instant');
CALL t.forget();

BEGIN;
CALL t.usage('f2', 'm1', 'Chat', '2024-01-07');
SAVEPOINT s;
CALL t.usage('f3', 'm1', 'Chat', '2024-01-08');
ROLLBACK TO s;
CALL t.usage('f4', 'm1', 'Chat', '2024-01-09');
COMMIT;
SELECT t.same('SELECT op, days, keys FROM t.changes', '{I|2024-01-07|f2, I|2024-01-09|f4}'::text[], 'what is rolled back leaves nothing');
SELECT t.same('SELECT count(DISTINCT tx) FROM gold_state.slice_change', '1', 'a transaction keeps one number');
CALL t.forget();

-- days in UTC, odd days, odd keys

SET TimeZone = 'Asia/Kolkata';
INSERT INTO silver.si_meetings (meeting_id, start_time, load_timestamp) VALUES
	('a', '2023-12-31 23:59:59.999999Z', '2024-01-01Z'), ('b', '2024-01-01Z', '2024-01-01Z'),
	('c', '1999-12-31 23:59:59Z', '2024-01-01Z'), ('d', '0044-03-15 12:00Z BC', '2024-01-01Z'),
	('e', NULL, '2024-01-01Z'), ('f', '-infinity', '2024-01-01Z'), ('g', 'infinity', '2024-01-01Z'),
	(NULL, '2024-01-02Z', '2024-01-01Z'), ('', '2024-01-03Z', '2024-01-01Z'), (' ü ', '2024-01-03Z', '2024-01-01Z');
SELECT t.same($$SELECT array_to_json(days), array_to_json(t.unpack(keys)) FROM gold_state.slice_change$$, ARRAY[
	'["-infinity","0044-03-15 BC","1999-12-31","2023-12-31","2024-01-01","2024-01-02","2024-01-03","infinity"]|["a","b","c","d","e","f","g",""," ü "]'],
	'days are cut in UTC, rows without one are on -infinity, rows without a key have none');
CALL t.forget();
INSERT INTO silver.si_billing_events (event_id, event_date, load_timestamp) VALUES
	(NULL, NULL, '2024-01-01Z'), (NULL, 'infinity', '2024-01-01Z'), (NULL, '-infinity', '2024-01-01Z'), (NULL, '0001-01-01', '2024-01-01Z');
SELECT t.same('SELECT op, days, keys FROM t.changes', 'I|-infinity 0001-01-01 infinity|', 'so it is with dates');
CALL t.forget();

-- many

TRUNCATE silver.si_webinars;
CALL t.forget();
INSERT INTO silver.si_webinars (webinar_id, start_time, load_timestamp)
SELECT 'w' || i, timestamptz '2010-01-01Z' + i * interval '1 day', '2024-01-01Z' FROM generate_series(1, 9000) AS i;
INSERT INTO silver.si_webinars (webinar_id, start_time, load_timestamp) VALUES
	(repeat('long', 5000), '2009-01-01Z', '2024-01-01Z'), ('short', '2009-01-01Z', '2024-01-01Z');
SELECT t.same($$
	SELECT count(*), count(DISTINCT day), max(size) <= 4000
	FROM gold_state.slice_change, unnest(days) AS day, cardinality(days) AS size$$, '9001|9001|true',
	'a row holds at most 4,000 days; no day is lost or told twice');
CREATE VIEW t.wrong_keys AS
SELECT key, count(*) AS told, (SELECT count(*) FROM silver.si_webinars WHERE webinar_id = key) AS rows
FROM (SELECT unnest(t.unpack(keys)) AS key FROM gold_state.slice_change
	  UNION ALL SELECT webinar_id FROM silver.si_webinars) AS k
GROUP BY key HAVING count(*) <> 2;
SELECT t.same('SELECT left(key, 10), told, rows FROM t.wrong_keys LIMIT 5', '{}'::text[], 'nor is a key');
SELECT t.same($$SELECT count(DISTINCT seq), count(DISTINCT tx), bool_or(relation <> 'si_webinars' OR op <> 'I') FROM gold_state.slice_change$$,
	'2|2|false', 'the rows of one statement have its number');
CALL t.forget();
UPDATE silver.si_webinars SET registrants = 1;
SELECT t.same('SELECT left(key, 10), told, rows FROM t.wrong_keys LIMIT 5', '{}'::text[], 'an update tells each key once');
SELECT * FROM finish();
