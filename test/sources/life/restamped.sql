\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables that a sync has stamped anew are read; what they give is compared with silver
-- where either is not as it was.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CALL t.user('h1', 'Hana', '2025-01-01Z', 'hana@acme.example');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro", "relations": ["si_meetings"]}') \g /dev/null
UPDATE raw_zoom.report_meetings SET host_id = NULL, user_email = 'hana@acme.example' WHERE topic = 'Weekly';
CALL t.pull_all();
CALL t.pull_all();

-- stamped anew, with another change; pulled, and then pulled as if nothing was known:
-- what the first one wrote is all there was to write
CREATE FUNCTION t.restamped(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	missed bigint;
BEGIN
	UPDATE raw_zoom.report_meetings SET _airbyte_extracted_at = _airbyte_extracted_at + interval '1 day';
	EXECUTE change;
	SELECT format('%s %s %s %s', p.status, p.inserted, p.updated, p.deleted) INTO said FROM zoom_silver.pull() p;
	UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
	SELECT p.inserted + p.updated + p.deleted INTO missed FROM zoom_silver.pull() p;
	PERFORM FROM zoom_silver.pull();
	RETURN concat_ws(', ', said, missed || ' missed');
END
$$;
CREATE FUNCTION t.compared() RETURNS text LANGUAGE sql AS 'SELECT digest IS NOT NULL FROM zoom_silver_state.source_query';
SELECT t.same(format('SELECT t.restamped(%L)', change), want || ', 0 missed', what) FROM (VALUES
	(1, 'nothing else', 'SELECT', 'Success 0 0 0'),
	(2, 'a topic', $$UPDATE raw_zoom.report_meetings SET topic = 'Renamed' WHERE topic = 'Weekly'$$, 'Success 0 1 0'),
	(3, 'two topics changed about', $$UPDATE raw_zoom.report_meetings SET topic = CASE duration WHEN 4 THEN 'Cyrus'' room' WHEN 30 THEN 'Renamed' ELSE topic END$$, 'Success 0 2 0'),
	(4, 'a row of silver changed by hand', $$UPDATE silver.si_meetings SET meeting_topic = 'by hand' WHERE duration_minutes = 30$$, 'Success 0 1 0'),
	(5, 'a row of silver deleted', $$DELETE FROM silver.si_meetings WHERE duration_minutes = 30$$, 'Success 1 0 0'),
	(6, 'a host who has another address now', $$UPDATE silver.si_users SET email = 'other@acme.example'$$, 'Success 0 1 0'),
	(7, 'a time that is none', $$UPDATE raw_zoom.report_meetings SET end_time = 'late' WHERE duration = 30$$, 'Warning 0 1 0'),
	(8, 'nothing else while one is none', 'SELECT', 'Warning 0 0 0'),
	(9, 'the time mended', $$UPDATE raw_zoom.report_meetings SET end_time = '2025-02-24T09:30:00Z' WHERE duration = 30$$, 'Success 0 1 0'),
	(10, 'a column of silver that was dropped and made anew', 'ALTER TABLE silver.si_meetings DROP COLUMN duration_minutes, ADD COLUMN duration_minutes integer', 'Success 0 3 0'),
	(11, 'rows twice, one of them with another topic', $$INSERT INTO raw_zoom.report_meetings SELECT r.* FROM raw_zoom.report_meetings r;
		UPDATE raw_zoom.report_meetings SET topic = 'Newest', _airbyte_extracted_at = _airbyte_extracted_at + interval '1 hour' WHERE ctid IN (SELECT max(ctid) FROM raw_zoom.report_meetings WHERE duration = 4)$$, 'Success 0 1 0'),
	(12, 'the other of the two newest', $$UPDATE raw_zoom.report_meetings SET _airbyte_extracted_at = _airbyte_extracted_at + interval '3 hours' WHERE duration = 4 AND topic <> 'Newest'$$, 'Success 0 1 0'),
	(13, 'a mark that it is gone', $$ALTER TABLE raw_zoom.report_meetings ADD COLUMN _fivetran_deleted boolean$$, 'Success 0 0 0')
) AS c (n, what, change, want) ORDER BY n;
SELECT t.same('SELECT t.compared()', 'false', 'where keys come twice, all is compared');
DELETE FROM raw_zoom.report_meetings r USING raw_zoom.report_meetings s WHERE r.uuid = s.uuid AND (r._airbyte_extracted_at, r.ctid) < (s._airbyte_extracted_at, s.ctid);
SELECT t.same($$SELECT t.restamped('SELECT')$$, 'Success 0 0 0, 0 missed', 'no more');
SELECT t.same('SELECT t.compared()', 'true', 'where they do not, it need not be');
CALL t.clock('2025-06-03 03:00Z');
UPDATE raw_zoom.report_meetings SET _airbyte_extracted_at = '2025-06-02 02:00Z';
CALL t.pull_all();
SELECT t.same('SELECT read_at FROM zoom_silver_state.source_query', '2025-06-03 03:00', 'it is, once in an interval');
CALL t.clock('2025-06-03 04:00Z');
UPDATE raw_zoom.report_meetings SET _airbyte_extracted_at = '2025-06-03 02:00Z';
CALL t.pull_all();
SELECT t.same('SELECT read_at FROM zoom_silver_state.source_query', '2025-06-03 03:00', 'and not again');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
