\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Airbyte: from its tables to silver and gold, and what its syncs do to them.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same($$SELECT relation, item, verdict FROM zoom_silver.check_source('airbyte', 'raw_zoom') WHERE verdict <> 'ok'$$,
	'si_users|option licensed_plan|decision', 'check_source tells what must be stated');
SELECT t.same($$SELECT verdict, advice FROM zoom_silver.check_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') WHERE item = 'raw_zoom.meetings'$$,
	'ok|meetings are scheduled meetings, which are not meetings held: they are not read.', 'and what is not read');
SELECT t.same($$SELECT count(*) FROM pg_namespace WHERE nspname = 'zoom_silver_state'$$, '0', 'it writes nothing');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "business"}')$$,
	ARRAY['si_users|added', 'si_meetings|added', 'si_participants|added', 'si_webinars|added'], 'add_source copies the mappings');
SELECT t.same('SELECT t.pull()', ARRAY['pull_airbyte_si_users Success 4 0 0 0', 'pull_airbyte_si_meetings Success 3 0 0 0',
	'pull_airbyte_si_participants Success 6 0 0 0', 'pull_airbyte_si_webinars Success 1 0 0 0'], 'the first pull inserts all');
SELECT t.healthy('which gold does not know of yet');

SELECT t.same('SELECT user_id, user_name, email, company, plan_type, load_timestamp, update_timestamp, source_system FROM silver.si_users', ARRAY[
	'aN4x-01QRqeTzpAAAAAAAA|Ana Ito|Ana@acme.example|-|Business|2025-03-03 03:00|2025-03-03 02:00|airbyte',
	'bE0n-02QRqeTzpBBBBBBBB|ben@acme.example|ben@acme.example|-|Basic|2025-03-03 03:00|2025-03-03 02:00|airbyte',
	'cY4r-03QRqeTzpCCCCCCCC|Cyrus Day|cyrus@acme.example|-|Basic|2025-03-03 03:00|2025-03-03 02:00|airbyte',
	'dO6a-04QRqeTzpDDDDDDDD|Dora Epp|dora@acme.example|-|-|2025-03-03 03:00|2025-03-03 02:00|airbyte'],
	'users: the plan as stated, a name for everybody, no company');
SELECT t.same('SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes FROM silver.si_meetings', ARRAY[
	'we3kLy/One+AAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|Weekly|2025-02-24 15:00:42|2025-02-24 15:04:32|4',
	'r00mMondayAAAAAAAAAAAA==|cY4r-03QRqeTzpCCCCCCCC|Cyrus'' room|2025-02-24 09:00|2025-02-24 09:30|30',
	'r00mTuesdayAAAAAAAAAAA==|cY4r-03QRqeTzpCCCCCCCC|Cyrus'' room|2025-02-25 23:45|2025-02-26 00:29:10|45'],
	'meetings: those that took place, by their uuid, the host by e-mail where there is no id');
SELECT t.same('SELECT participant_id, user_id, join_time, leave_time FROM silver.si_participants', ARRAY[
	'we3kLy/One+AAAAAAAAAA==/16778240|aN4x-01QRqeTzpAAAAAAAA|2025-02-24 15:00:42|2025-02-24 15:04:32',
	'we3kLy/One+AAAAAAAAAA==/16779264|cY4r-03QRqeTzpCCCCCCCC|2025-02-24 15:01|2025-02-24 15:02',
	'we3kLy/One+AAAAAAAAAA==/16780288|cY4r-03QRqeTzpCCCCCCCC|2025-02-24 15:02:30|2025-02-24 15:04',
	'we3kLy/One+AAAAAAAAAA==/16781312|-|2025-02-24 15:03:23|2025-02-24 15:04:31',
	'r00mMondayAAAAAAAAAAAA==/16778240|cY4r-03QRqeTzpCCCCCCCC|2025-02-24 08:59:50|2025-02-24 09:30',
	'r00mTuesdayAAAAAAAAAAA==/16778240|cY4r-03QRqeTzpCCCCCCCC|2025-02-25 23:45|2025-02-26 00:29:10'],
	'participants: of the instance that was on, guests without a user, nobody who only waited');
SELECT t.same('SELECT webinar_id, host_id, webinar_topic, start_time, end_time, registrants FROM silver.si_webinars',
	'w3b1narOneAAAAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|Launch|2025-02-27 17:00|2025-02-27 18:00|2', 'webinars: with those who registered');

CALL t.refresh();
SELECT t.same('SELECT user_name, meeting_topic, start_time, duration_minutes FROM gold.go_fact_meeting_usage', ARRAY[
	'Ana Ito|Weekly|2025-02-24 15:00:42|4', 'Cyrus Day|Cyrus'' room|2025-02-24 09:00|30', 'Cyrus Day|Cyrus'' room|2025-02-25 23:45|45'],
	'gold: minutes as Zoom rounds them, up');
SELECT t.same('SELECT webinar_topic, registrants FROM gold.go_fact_webinar_usage', 'Launch|2', 'gold: webinars');
SELECT t.same($$SELECT activity_date, active_user_count FROM gold.go_agg_active_users WHERE period_type = 'Daily'$$,
	ARRAY['2025-02-24|2', '2025-02-25|1'], 'gold: active users');
SELECT t.errors_are(ARRAY['si_users dO6a-04QRqeTzpDDDDDDDD plan_type_missing warning'], 'gold warns of who has no plan alone');
SELECT t.healthy('gold is right');

-- without change
CALL t.pull_all();
CREATE TABLE t.before AS SELECT t.silver_places() AS line;
CREATE TABLE t.gold_before AS SELECT t.places() AS line;
CALL t.clock('2025-03-03 04:00Z');
SELECT t.same($$SELECT details ? 'not_read_since', unchanged, inserted FROM zoom_silver.pull()$$, ARRAY['true|4|0', 'true|3|0', 'true|6|0', 'true|1|0'],
	'a pull of tables that are as they were reads nothing');
BEGIN;
SELECT count(*) FROM zoom_silver.pull() \g /dev/null
SELECT pg_current_xact_id_if_assigned() IS NULL AS unwritten \gset
COMMIT;
SELECT ok(:'unwritten', 'and writes nothing at all');
UPDATE raw_zoom.users SET _airbyte_extracted_at = '2025-03-03 03:30Z';
UPDATE raw_zoom.report_meetings SET _airbyte_extracted_at = '2025-03-03 03:30Z';
UPDATE raw_zoom.report_meeting_participants SET _airbyte_extracted_at = '2025-03-03 03:30Z';
SELECT t.same($$SELECT details ? 'read', unchanged, inserted FROM zoom_silver.pull()$$, ARRAY['true|4|0', 'true|3|0', 'true|6|0', 'false|1|0'],
	'one of tables that were stamped anew reads them');
CALL t.refresh();
SELECT t.equal('SELECT t.silver_places()', 'SELECT line FROM t.before', 'neither writes anything to silver or the log');
SELECT t.equal('SELECT t.places()', 'SELECT line FROM t.gold_before', 'nor does the refresh to gold');

-- the next sync
\set next :samples '/airbyte_next.sql'
\i :next
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same('SELECT t.pull()', ARRAY['pull_airbyte_si_users Success 1 0 1 2', 'pull_airbyte_si_meetings Success 0 0 0 3',
	'pull_airbyte_si_participants Success 0 0 0 6', 'pull_airbyte_si_webinars Success 0 0 0 1'],
	'dropped and renamed: a version is added, a user gone, and by their former e-mails meetings keep their hosts');
CALL t.refresh();
SELECT t.same('SELECT user_name, valid_from, valid_to, is_current FROM gold.go_dim_user', ARRAY[
	'Ana Ito|2025-02-24 00:00|2025-03-04 02:00|false', 'Ana Ivers|2025-03-04 02:00|9999-12-31 00:00|true', 'Cyrus Day|2025-02-24 00:00|9999-12-31 00:00|true',
	'ben@acme.example|2025-03-03 02:00|9999-12-31 00:00|true', 'Dora Epp|2025-03-03 02:00|2025-03-04 03:00|false'],
	'gold: the change holds from when it was read, who is gone from when that was found');
-- what nobody gave an id comes in by the old address
INSERT INTO raw_zoom.report_meetings (_airbyte_extracted_at, uuid, id, topic, user_email, start_time, end_time, duration)
VALUES ('2025-03-04 02:00Z', 'oldAddressAAAAAAAAAAAA==', 1, 'Old address', 'ana@acme.example', '2025-03-01T10:00:00Z', '2025-03-01T10:10:00Z', 10),
	('2025-03-04 02:00Z', 'g0neAddressAAAAAAAAAAA==', 2, 'Of one gone', 'dora@acme.example', '2025-03-01T11:00:00Z', '2025-03-01T11:10:00Z', 10);
CALL t.pull_all();
SELECT t.same($$SELECT meeting_id, host_id FROM silver.si_meetings WHERE start_time >= '2025-03-01Z'$$,
	ARRAY['oldAddressAAAAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA', 'g0neAddressAAAAAAAAAAA==|dO6a-04QRqeTzpDDDDDDDD'],
	'users are found by former e-mails, and when they are gone');
CALL t.refresh();
SELECT t.healthy('gold is right after the next sync');
SELECT * FROM finish();
