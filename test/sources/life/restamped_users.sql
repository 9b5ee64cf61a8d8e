\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Users whom a sync has stamped anew: they are compared with silver where somebody has
-- said something else of one since, or may have.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-10 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro", "relations": ["si_users"]}') \g /dev/null
CALL t.pull_all();

-- what another source says of Ana as of an instant
CREATE FUNCTION t.another(at text, name text) RETURNS text LANGUAGE sql AS $$
	SELECT format('INSERT INTO silver.si_users (user_id, user_name, load_timestamp, update_timestamp, source_system) SELECT id, %L, zoom_gold.clock_now(), %L, ''another'' FROM raw_zoom.users WHERE first_name = ''Ana''', name, at)
$$;
-- A change, and then a sync as of an instant, pulled and pulled as if nothing was known.
CREATE FUNCTION t.synced(change text, at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said record;
	missed bigint;
	knew boolean;
BEGIN
	EXECUTE change;
	UPDATE raw_zoom.users u SET _airbyte_extracted_at = at + n * interval '1 second' FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM raw_zoom.users) AS r WHERE r.id = u.id;
	SELECT * INTO said FROM zoom_silver.pull();
	SELECT q.input_digest IS NOT NULL INTO knew FROM zoom_silver_state.source_query q;
	BEGIN
		UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
		SELECT p.inserted + p.updated + p.deleted INTO missed FROM zoom_silver.pull() p;
		RAISE EXCEPTION USING ERRCODE = 'ZZ001';
	EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
		NULL;
	END;
	RETURN format('%s %s %s%s, %s missed', said.status, said.inserted, said.deleted, CASE WHEN knew THEN ', known' ELSE '' END, missed);
END
$$;
SELECT t.same(format('SELECT t.synced(%L, %L)', change, at), want || ', 0 missed', what) FROM (VALUES
	(1, 'nothing else', 'SELECT', '2025-03-04 02:00Z', 'Success 0 0, known'),
	(2, 'another source knows no address', t.another('2025-03-05 00:00Z', 'Ana Ito'), '2025-03-05 02:00Z', 'Success 1 0, known'),
	(3, 'another source says something else, the sync as of later', t.another('2025-03-06 00:00Z', 'Anna'), '2025-03-06 02:00Z', 'Success 1 0, known'),
	(4, 'nothing else', 'SELECT', '2025-03-07 02:00Z', 'Success 0 0, known'),
	(5, 'another source says something else as of later than the sync', t.another('2025-03-08 12:00Z', 'Hannah'), '2025-03-08 02:00Z', 'Success 0 0'),
	(6, 'the sync after it', 'SELECT', '2025-03-09 02:00Z', 'Success 1 0, known'),
	(7, 'stamps older than before', 'SELECT', '2025-03-05 12:00Z', 'Success 0 0'),
	(8, 'and newer again', 'SELECT', '2025-03-09 03:00Z', 'Success 0 0, known'),
	(9, 'a version deleted by hand', $$DELETE FROM silver.si_users WHERE update_timestamp >= '2025-03-09 02:00Z'$$, '2025-03-09 04:00Z', 'Success 1 0, known'),
	(10, 'one without a name', $$UPDATE raw_zoom.users SET display_name = ' ', first_name = NULL, last_name = '' WHERE first_name = 'Ana'$$, '2025-03-09 05:00Z', 'Success 1 0, known'),
	(11, 'a user who is gone', $$DELETE FROM raw_zoom.users WHERE first_name = 'Cyrus'$$, '2025-03-09 06:00Z', 'Success 0 1, known'),
	(12, 'names changed about', $$UPDATE raw_zoom.users u SET display_name = o.display_name FROM (SELECT min(display_name) AS display_name FROM raw_zoom.users WHERE display_name <> ' ') AS o WHERE u.display_name = ' '$$, '2025-03-09 07:00Z', 'Success 1 0, known'),
	(13, 'no stamps at all', 'ALTER TABLE raw_zoom.users ALTER _airbyte_extracted_at DROP NOT NULL; UPDATE raw_zoom.users SET _airbyte_extracted_at = NULL', NULL, 'Success 0 0, known')
) AS c (n, what, change, at, want) ORDER BY n;
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
