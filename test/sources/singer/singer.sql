\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Singer: from the tables of tap-zoom to silver and gold.
\set sample :samples '/singer.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('singer', 'tap_zoom', '{"licensed_plan": "Pro"}')$$,
	ARRAY['si_users|added', 'si_meetings|added', 'si_participants|added', 'si_webinars|added'], 'add_source copies the mappings');
SELECT t.same('SELECT t.pull()', ARRAY['pull_singer_si_users Success 2 0 0 0', 'pull_singer_si_meetings Success 1 0 0 0',
	'pull_singer_si_participants Success 2 0 0 0', 'pull_singer_si_webinars Success 1 0 0 0'], 'the first pull inserts all');
SELECT t.same('SELECT user_id, user_name, plan_type, update_timestamp FROM silver.si_users', ARRAY['aN4x-01QRqeTzpAAAAAAAA|Ana Ito|Pro|2025-03-03 02:00',
	'cY4r-03QRqeTzpCCCCCCCC|Cyrus Day|Basic|2025-03-03 02:00'], 'users have a first and a last name alone');
SELECT t.same('SELECT meeting_id, host_id, duration_minutes FROM silver.si_meetings', 'we3kLy/One+AAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|4', 'hosts by e-mail');
SELECT t.same('SELECT participant_id, user_id, join_time FROM silver.si_participants', ARRAY[
	'we3kLy/One+AAAAAAAAAA==/16778240|aN4x-01QRqeTzpAAAAAAAA|2025-02-24 15:00:42', 'we3kLy/One+AAAAAAAAAA==/16781312|-|2025-02-24 15:03:23'], 'participants by e-mail, guests without a user');
SELECT t.same('SELECT webinar_id, host_id, registrants FROM silver.si_webinars', 'w3b1narOneAAAAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|-', 'webinars whose registrants nobody syncs');
CALL t.refresh();
SELECT t.same('SELECT user_name, meeting_topic, duration_minutes FROM gold.go_fact_meeting_usage', 'Ana Ito|Weekly|4', 'gold has the meeting');
SELECT t.healthy('gold is right');
CALL t.pull_all();
SELECT t.same($$SELECT count(*) FILTER (WHERE details ? 'not_read_since'), sum(inserted + updated + deleted) FROM zoom_silver.pull()$$, '4|0', 'a pull without change reads nothing');
SELECT * FROM finish();
