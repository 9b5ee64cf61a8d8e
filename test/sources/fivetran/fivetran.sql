\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Fivetran: from its tables to silver and gold.
\set sample :samples '/fivetran.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('fivetran', 'zoom') WHERE verdict <> 'ok'$$, ARRAY['option licensed_plan|decision', 'zoom.webinar|empty'],
	'check_source tells what must be stated');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('fivetran', 'zoom', '{"licensed_plan": "Enterprise"}')$$,
	ARRAY['si_users|added', 'si_meetings|added', 'si_participants|added', 'si_webinars|added'], 'add_source copies the mappings');
SELECT t.same('SELECT t.pull()', ARRAY['pull_fivetran_si_users Success 2 0 0 0', 'pull_fivetran_si_meetings Success 2 0 0 0',
	'pull_fivetran_si_participants Success 4 0 0 0', 'pull_fivetran_si_webinars Success 1 0 0 0'], 'the first pull inserts all');
SELECT t.same('SELECT user_name, email, plan_type FROM silver.si_users', ARRAY['Ana Ito|ana@acme.example|Enterprise', 'Cyrus Day|cyrus@acme.example|Basic'], 'users');
SELECT t.same('SELECT meeting_id, host_id, duration_minutes FROM silver.si_meetings', ARRAY['we3kLy/One+AAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|4',
	'r00mMondayAAAAAAAAAAAA==|cY4r-03QRqeTzpCCCCCCCC|30'], 'meetings, hosts by the schedule, else by e-mail');
SELECT t.same('SELECT participant_id, user_id, join_time FROM silver.si_participants', ARRAY[
	'we3kLy/One+AAAAAAAAAA==/16778240|aN4x-01QRqeTzpAAAAAAAA|2025-02-24 15:00:42', 'we3kLy/One+AAAAAAAAAA==/16779264|cY4r-03QRqeTzpCCCCCCCC|2025-02-24 15:01',
	'we3kLy/One+AAAAAAAAAA==/16780288|cY4r-03QRqeTzpCCCCCCCC|2025-02-24 15:02:30', 'we3kLy/One+AAAAAAAAAA==/16781312|-|2025-02-24 15:03:23'],
	'participants: who rejoins twice, guests without a user, nobody who only waited');
SELECT t.same('SELECT webinar_id, host_id, registrants FROM silver.si_webinars', 'w3b1narOneAAAAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|2', 'webinars with who is still registered');
CALL t.refresh();
-- gone, but kept; a row that is missing means nothing
UPDATE zoom.users SET _fivetran_deleted = true, _fivetran_synced = '2025-03-04 02:00Z' WHERE first_name = 'Cyrus';
DELETE FROM zoom.meeting_report WHERE topic = 'Weekly';
UPDATE zoom.meeting_participant SET _fivetran_deleted = true WHERE user_id = '16780288';
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same('SELECT t.pull()', ARRAY['pull_fivetran_si_users Success 0 0 1 1', 'pull_fivetran_si_meetings Success 0 0 0 1',
	'pull_fivetran_si_participants Success 0 0 1 3', 'pull_fivetran_si_webinars Success 0 0 0 1'], 'who is marked as gone leaves silver');
SELECT t.same('SELECT user_name FROM silver.si_users', 'Ana Ito', 'all of him');
CALL t.refresh();
SELECT t.same('SELECT user_name, is_current FROM gold.go_dim_user', ARRAY['Ana Ito|true', 'Cyrus Day|false'], 'and is closed in gold');
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Ana Ito|Weekly', 'Cyrus Day|Cyrus'' room'], 'whose meetings stay his');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
SELECT t.healthy('gold is right');

-- a table user instead of users, no schedule, neither participants nor webinars
SELECT zoom_silver.drop_source('fivetran') \g /dev/null
ALTER TABLE zoom.users RENAME TO "user";
DROP TABLE zoom.meeting, zoom.meeting_participant, zoom.webinar_report;
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('fivetran', 'zoom') WHERE relation = 'si_users' AND verdict <> 'ok'$$, 'option licensed_plan|decision', 'the licensed are noticed there, too');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('fivetran', 'zoom', '{"licensed_plan": "Enterprise"}')$$,
	ARRAY['si_users|added', 'si_meetings|added', 'si_participants|left out: zoom has no meeting_participant', 'si_webinars|left out: zoom has no webinar_report'], 'what is not there is left out');
SELECT t.same('SELECT t.pull()', ARRAY['pull_fivetran_si_users Success 0 0 0 2', 'pull_fivetran_si_meetings Success 0 0 0 1'], 'the rest says the same');
-- without users of its own, those of another source are found
SELECT zoom_silver.drop_source('fivetran') \g /dev/null
DROP TABLE zoom."user";
SELECT t.same($$SELECT * FROM zoom_silver.add_source('fivetran', 'zoom', '{"relations": ["si_users", "si_meetings"]}', 'reports')$$, ARRAY['si_users|left out: zoom has no users', 'si_meetings|added'], 'users may be left out');
SELECT t.same('SELECT t.pull()', 'pull_reports_si_meetings Success 1 0 0 0', 'then meetings');
SELECT t.same($$SELECT host_id FROM silver.si_meetings WHERE source_system = 'reports'$$, 'cY4r-03QRqeTzpCCCCCCCC', 'find the users of others');
SELECT * FROM finish();
