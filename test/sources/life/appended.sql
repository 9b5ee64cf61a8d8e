\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Syncs that append: every history of a user of four rows, each with one of two names and
-- of one that is there or is gone, pulled at any point of it and then at its end, leaves
-- what the last row says.
CALL t.clock('2025-03-10 03:00Z');
CREATE SCHEMA zoom;
CREATE TABLE zoom.users (id text, email text, type integer, display_name text, _fivetran_synced timestamptz, _fivetran_deleted boolean);
CREATE TABLE zoom.meeting_report (uuid text, topic text, start_time text, end_time text, duration integer, user_email text);
CREATE TABLE t.history AS
SELECT format('u%s-%s', cut, code) AS id, n, CASE (code >> 2 * n) & 1 WHEN 0 THEN 'Ana' ELSE 'Ben' END AS name, (code >> 2 * n + 1) & 1 = 1 AS gone, cut
FROM generate_series(0, 255) code, generate_series(0, 3) n, generate_series(0, 3) cut;
CREATE FUNCTION t.told(upto integer) RETURNS void LANGUAGE sql AS $$
	DELETE FROM zoom.users;
	INSERT INTO zoom.users SELECT id, id || '@acme.example', 1, name, timestamptz '2025-03-01Z' + n * interval '1 day', gone FROM t.history WHERE n <= coalesce(upto, cut) ORDER BY md5(id || n)
$$;
SELECT * FROM zoom_silver.add_source('fivetran', 'zoom', '{"relations": ["si_users"]}') \g /dev/null
SELECT zoom_gold.confirm_deletes('si_users') \g /dev/null
SELECT t.told(NULL) \g /dev/null
CALL t.pull_all();
SELECT t.equal('SELECT DISTINCT ON (user_id) user_id, user_name FROM silver.si_users ORDER BY user_id, update_timestamp DESC, load_timestamp DESC',
	'SELECT id, name FROM t.history WHERE n = cut AND NOT gone', 'who is there, up to that point');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL, input_digest = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
SELECT t.told(3) \g /dev/null
CALL t.pull_all();
SELECT t.equal('SELECT DISTINCT ON (user_id) user_id, user_name FROM silver.si_users ORDER BY user_id, update_timestamp DESC, load_timestamp DESC',
	'SELECT id, name FROM t.history WHERE n = 3 AND NOT gone', 'who is there in the end');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL, input_digest = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
