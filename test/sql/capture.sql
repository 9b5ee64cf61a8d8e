\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Whatever way silver is written, the next refresh has it; what was not
-- committed it has not; and no more than what changed is written.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
INSERT INTO silver.si_meetings SELECT 'm' || n, 'u1', 'T' || n, timestamptz '2024-01-01 10:00Z' + n * interval '1 day', NULL, n, '2024-01-01Z', NULL, 'Z' FROM generate_series(0, 29) AS n;
CALL t.refresh_at('2024-02-01Z');
CREATE VIEW t.now AS SELECT meeting_topic, start_time, duration_minutes FROM gold.go_fact_meeting_usage;
CREATE VIEW t.wanted AS
	SELECT meeting_topic, start_time, duration_minutes
	FROM (SELECT DISTINCT ON (meeting_id) * FROM silver.si_meetings WHERE meeting_id IS NOT NULL
		  ORDER BY meeting_id, coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC) AS s;
CREATE PROCEDURE t.keep() LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS pg_temp.kept;
	CREATE TEMP TABLE kept AS SELECT ctid AS place, meeting_topic, duration_minutes FROM gold.go_fact_meeting_usage;
END
$$;
-- Rows that stand where they stood.
CREATE FUNCTION t.stayed() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM pg_temp.kept k JOIN gold.go_fact_meeting_usage g
			ON g.ctid = k.place AND g.meeting_topic = k.meeting_topic AND g.duration_minutes = k.duration_minutes);
END
$$;
CALL t.keep();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'the first load');

UPDATE silver.si_meetings SET duration_minutes = 100 WHERE meeting_id = 'm3';
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'an UPDATE, its timestamp not moved');
SELECT t.same('SELECT t.stayed()', '29', 'leaves the other days alone');
CALL t.keep();
INSERT INTO silver.si_meetings SELECT * FROM silver.si_meetings WHERE meeting_id = 'm4';
UPDATE silver.si_meetings SET meeting_id = 'm30' WHERE ctid = (SELECT max(ctid) FROM silver.si_meetings WHERE meeting_id = 'm4');
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'a copied row of another key: the same fact twice');
DELETE FROM silver.si_meetings WHERE meeting_id = 'm4';
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'and once again');
MERGE INTO silver.si_meetings s USING (VALUES ('m5', 500), ('m6', NULL), ('m31', 31)) AS v (id, minutes) ON s.meeting_id = v.id
	WHEN MATCHED AND v.minutes IS NULL THEN DELETE
	WHEN MATCHED THEN UPDATE SET duration_minutes = v.minutes, update_timestamp = '2024-02-01Z'
	WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'u1', 'New', '2024-01-15 12:00Z', NULL, v.minutes, '2024-02-01Z', NULL, 'Z');
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'MERGE');
CREATE UNIQUE INDEX one_meeting ON silver.si_meetings (meeting_id);
INSERT INTO silver.si_meetings VALUES ('m7', 'u1', 'Conflict', '2024-01-20 12:00Z', NULL, 7, '2024-02-02Z', NULL, 'Z'), ('m32', 'u1', 'None', '2024-01-21 12:00Z', NULL, 7, '2024-02-02Z', NULL, 'Z')
	ON CONFLICT (meeting_id) DO UPDATE SET meeting_topic = excluded.meeting_topic, start_time = excluded.start_time, load_timestamp = excluded.load_timestamp;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'INSERT ... ON CONFLICT DO UPDATE');
COPY silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, duration_minutes, load_timestamp) FROM STDIN;
m40	u1	Copied	2024-01-20 10:00Z	5	2024-01-20 00:00Z
m41	u2	Copied	2024-02-20 10:00Z	5	2024-01-20 00:00Z
\.
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'COPY');
WITH gone AS (DELETE FROM silver.si_meetings WHERE meeting_id IN ('m8', 'm9') RETURNING *),
	 moved AS (UPDATE silver.si_meetings SET start_time = start_time + interval '40 days', update_timestamp = '2024-02-03Z' WHERE meeting_id IN ('m10', 'm11') RETURNING *)
INSERT INTO silver.si_meetings SELECT meeting_id || 'a', host_id, meeting_topic, start_time + interval '1 day', end_time, duration_minutes, load_timestamp, NULL, 'Z' FROM gone;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'all three in one statement, rows that move between days');
UPDATE silver.si_meetings SET meeting_id = meeting_id || 'x', update_timestamp = '2024-02-04Z' WHERE meeting_id LIKE 'm1_';
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'keys that change');
-- without a unique index a row of the same key may lie on another day
DROP INDEX silver.one_meeting;
CALL t.setup();
INSERT INTO silver.si_meetings VALUES ('m20', 'u1', 'Newest', '2024-03-01 10:00Z', NULL, 1, '2024-02-05Z', NULL, 'Z'), ('m21', 'u1', 'Older', '2024-03-02 10:00Z', NULL, 1, '2023-02-05Z', NULL, 'Z');
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'a newer row on another day takes the key along, an older one does not');
UPDATE silver.si_meetings SET load_timestamp = '2024-02-06Z' WHERE meeting_topic = 'Older';
DELETE FROM silver.si_meetings WHERE meeting_topic = 'Newest';
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'and back again');
-- transactions
BEGIN;
UPDATE silver.si_meetings SET duration_minutes = 999;
ROLLBACK;
BEGIN;
UPDATE silver.si_meetings SET duration_minutes = 998 WHERE meeting_id = 'm22';
SAVEPOINT s;
UPDATE silver.si_meetings SET duration_minutes = 997 WHERE meeting_id = 'm23';
ROLLBACK TO s;
UPDATE silver.si_meetings SET duration_minutes = 996 WHERE meeting_id = 'm24';
COMMIT;
CALL t.keep();
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'what is rolled back was never there');
SELECT t.same('SELECT count(*) - t.stayed() FROM pg_temp.kept', '2', 'and only what was not is written');
-- a refresh that is rolled back loses nothing
UPDATE silver.si_meetings SET duration_minutes = 900 WHERE meeting_id = 'm25';
BEGIN;
CALL t.refresh();
ROLLBACK;
BEGIN;
SAVEPOINT s;
CALL t.refresh();
ROLLBACK TO s;
COMMIT;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'a refresh that is rolled back loses nothing');
-- a refresh sees what its own transaction wrote
BEGIN;
DELETE FROM silver.si_meetings WHERE meeting_id = 'm26';
CALL t.refresh();
INSERT INTO silver.si_meetings VALUES ('m26', 'u1', 'Same transaction', '2024-01-27 10:00Z', NULL, 1, '2024-02-07Z', NULL, 'Z');
CALL t.refresh();
COMMIT;
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'two refreshes and writes in one transaction');
-- TRUNCATE
CREATE TEMP TABLE copy AS SELECT * FROM silver.si_meetings;
TRUNCATE silver.si_meetings;
SELECT zoom_gold.confirm_deletes('si_meetings') \g /dev/null
CALL t.refresh();
SELECT t.same('SELECT * FROM t.now', '{}'::text[], 'TRUNCATE');
SELECT t.same('SELECT * FROM t.sizes() AS s WHERE s LIKE ''go_agg%''', '{}'::text[], 'takes the aggregates along');
BEGIN;
INSERT INTO silver.si_meetings SELECT * FROM copy;
TRUNCATE silver.si_meetings;
INSERT INTO silver.si_meetings SELECT * FROM copy LIMIT 5;
COMMIT;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'in the midst of a transaction');
SELECT t.healthy('all is consistent');

-- pending changes belong to who wrote them: a writer needs no rights on the state
CREATE ROLE zoom_gold_writer;
GRANT USAGE ON SCHEMA silver TO zoom_gold_writer;
GRANT ALL ON ALL TABLES IN SCHEMA silver TO zoom_gold_writer;
SET ROLE zoom_gold_writer;
INSERT INTO silver.si_meetings VALUES ('w1', 'u1', 'Writer', '2024-01-27 10:00Z', NULL, 1, '2024-02-07Z', NULL, 'Z');
INSERT INTO silver.si_users VALUES ('w1', 'Writer', 'w@x.example', NULL, 'Free', '2024-01-27 10:00Z', NULL, 'Z');
UPDATE silver.si_meetings SET meeting_topic = 'Writer 2' WHERE meeting_id = 'w1';
DELETE FROM silver.si_meetings WHERE meeting_topic LIKE 'Copied';
TRUNCATE silver.si_licenses;
RESET ROLE;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.now', 'SELECT * FROM t.wanted', 'whoever may write silver is captured');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE user_name = 'Writer'$$, 'Writer', 'users too');
DROP OWNED BY zoom_gold_writer;
DROP ROLE zoom_gold_writer;
SELECT * FROM finish();
