\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What syncs do to the tables that a source is read from.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
CALL t.pull_all();
CALL t.refresh();
CREATE TABLE t.before AS SELECT t.silver_places() AS line;

-- in the middle of a sync
BEGIN;
TRUNCATE raw_zoom.users, raw_zoom.report_meetings;
SELECT t.same('SELECT t.pull()', ARRAY[
	'pull_airbyte_si_users Failure 0 0 0 0 55000 raw_zoom.users has lost 4 of 4 users: a sync is running or failed',
	'pull_airbyte_si_meetings Failure 0 0 0 0 55000 raw_zoom.report_meetings has lost 3 of 3 meetings: a sync is running or failed',
	'pull_airbyte_si_participants Failure 0 0 0 0 55000 raw_zoom.report_meetings has lost 3 of 3 rows: a sync is running or failed',
	'pull_airbyte_si_webinars Success 0 0 0 1'], 'an empty table is refused, and what needs it');
ROLLBACK;
BEGIN;
DROP TABLE raw_zoom.users;
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Failure 0 0 0 0 42P01 source "airbyte": schema "raw_zoom" lacks table "users"', 'a lost table is refused');
ROLLBACK;
SELECT t.equal('SELECT t.silver_places()', 'SELECT line FROM t.before', 'silver is as it was');

-- appended instead of overwritten: all rows twice, one of them changed
INSERT INTO raw_zoom.users (_airbyte_extracted_at, id, display_name, first_name, last_name, email, type)
SELECT '2025-03-04 02:00Z', id, display_name, first_name, CASE first_name WHEN 'Cyrus' THEN 'Dale' ELSE last_name END, email, type FROM raw_zoom.users;
INSERT INTO raw_zoom.report_meetings (_airbyte_extracted_at, uuid, id, host_id, topic, user_email, start_time, end_time, duration)
SELECT '2025-03-04 02:00Z', uuid, id, host_id, CASE topic WHEN 'Weekly' THEN 'Weekly, renamed' ELSE topic END, user_email, start_time, end_time, duration
FROM raw_zoom.report_meetings;
INSERT INTO raw_zoom.webinar_registrants (_airbyte_extracted_at, id, webinar_id, email, status)
SELECT '2025-03-04 02:00Z', id, webinar_id, email, status FROM raw_zoom.webinar_registrants;
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same('SELECT t.pull()', ARRAY['pull_airbyte_si_users Success 1 0 0 7', 'pull_airbyte_si_meetings Success 0 1 0 5',
	'pull_airbyte_si_participants Success 0 0 0 6', 'pull_airbyte_si_webinars Success 0 0 0 1'], 'of rows appended the newest count');
SELECT t.same($$SELECT user_name, update_timestamp FROM silver.si_users WHERE email LIKE 'cyrus%'$$, ARRAY['Cyrus Day|2025-03-03 02:00', 'Cyrus Dale|2025-03-04 02:00'], 'users: as versions');
SELECT t.same($$SELECT meeting_topic FROM silver.si_meetings WHERE meeting_topic LIKE 'Weekly%'$$, 'Weekly, renamed', 'meetings: in their place');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'and read again, they write nothing');
DELETE FROM raw_zoom.users WHERE _airbyte_extracted_at < '2025-03-04Z';
DELETE FROM raw_zoom.report_meetings WHERE _airbyte_extracted_at < '2025-03-04Z';

-- gone, and back
CALL t.pull_all();
CREATE TABLE t.gone AS SELECT * FROM raw_zoom.users WHERE first_name = 'Cyrus';
DELETE FROM raw_zoom.users WHERE first_name = 'Cyrus';
CALL t.clock('2025-03-05 03:00Z');
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 0 0 1 3', 'a user who is gone leaves silver');
CALL t.refresh();
INSERT INTO raw_zoom.users SELECT * FROM t.gone;
UPDATE raw_zoom.users SET _airbyte_extracted_at = '2025-03-06 02:00Z';
CALL t.clock('2025-03-06 03:00Z');
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 1 0 0 3', 'and comes back');
CALL t.refresh();
SELECT t.same($$SELECT user_name, valid_from, valid_to FROM gold.go_dim_user WHERE user_name LIKE 'Cyrus%'$$, ARRAY['Cyrus Day|2025-02-24 00:00|2025-03-04 02:00',
	'Cyrus Dale|2025-03-04 02:00|2025-03-05 03:00', 'Cyrus Dale|2025-03-06 02:00|9999-12-31 00:00'], 'gold knows the gap');
SELECT t.same('SELECT count(*) FROM silver.si_meetings WHERE host_id IS NULL', '0', 'whose meetings have kept their host');

-- a sync of long ago restored: nothing new of a time that is known
UPDATE raw_zoom.users SET _airbyte_extracted_at = '2025-03-03 02:00Z', display_name = 'Ana Ito' WHERE first_name = 'Ana';
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 0 0 0 4', 'what was known as of then is not said again');

-- columns come and go
ALTER TABLE raw_zoom.users DROP COLUMN dept, DROP COLUMN last_login_time;
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 0 0 0 4', 'what nobody reads may go');
ALTER TABLE raw_zoom.report_webinars DROP COLUMN webinar_id;
DROP TABLE raw_zoom.webinar_registrants;
SELECT t.same($$SELECT t.pull() AS line OFFSET 3$$, 'pull_airbyte_si_webinars Success 0 1 0 0', 'so may what is not needed: it is NULL then');
ALTER TABLE raw_zoom.users RENAME display_name TO full_name;
ALTER TABLE raw_zoom.users DROP COLUMN type;
SELECT t.same($$SELECT status, details ->> 'sqlstate', details ->> 'error', details ->> 'error_detail' FROM zoom_silver.pull() LIMIT 1$$,
	'Failure|42703|source "airbyte": raw_zoom.users lacks "display_name"|raw_zoom.users lacks "display_name"; raw_zoom.users lacks "type".',
	'a column that is needed may not: all that are lacking are named');
UPDATE zoom_silver_state.source_query SET query = $$SELECT u.id AS user_id, coalesce(u.full_name, u.email) AS user_name, u.email, u.extracted_at AS update_timestamp FROM {users} u$$
WHERE relation = 'si_users';
UPDATE raw_zoom.users SET _airbyte_extracted_at = '2025-03-07 02:00Z', full_name = initcap(split_part(email, '@', 1));
CALL t.clock('2025-03-07 03:00Z');
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 4 0 0 0', 'people mend it by editing the query');
SELECT t.same($$SELECT DISTINCT ON (user_id) user_name, plan_type FROM silver.si_users ORDER BY user_id, update_timestamp DESC$$,
	ARRAY['Ana|Pro', 'Ben|Basic', 'Cyrus|Basic', 'Dora|-'], 'what their query does not tell of is kept');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') LIMIT 1$$, 'si_users|kept: the query was edited', 'and it is kept');
ALTER TABLE raw_zoom.report_meetings ALTER start_time TYPE boolean USING false;
SELECT t.same($$SELECT t.pull() AS line OFFSET 1 LIMIT 1$$,
	'pull_airbyte_si_meetings Failure 0 0 0 0 42703 source "airbyte": raw_zoom.report_meetings.start_time is of type boolean, which is no time',
	'a column of a type that cannot be read is refused');
ALTER TABLE raw_zoom.report_meetings ALTER start_time TYPE timestamptz USING '2025-02-24 09:00Z', ALTER duration TYPE text USING duration || '.0', ALTER id TYPE numeric(38, 9);
SELECT t.same($$SELECT t.pull() AS line OFFSET 1 LIMIT 1$$, 'pull_airbyte_si_meetings Success 0 2 0 1', 'one of another type that can be read is read');
CALL t.refresh();
SELECT t.healthy('gold is right after all that');
SELECT * FROM finish();
