\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Webhook events in the order of their receipt: to silver and to gold.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "pro"}')$$, ARRAY['si_users|filled by receive()',
	'si_meetings|filled by receive()', 'si_participants|filled by receive()', 'si_webinars|filled by receive()'], 'a source');
SELECT t.same($$SELECT relation, query IS NULL, options LIKE 'licensed_plan: %' FROM zoom_silver.source_catalog WHERE kind = 'webhook'$$,
	ARRAY['si_users|true|true', 'si_meetings|true|true', 'si_participants|true|true', 'si_webinars|true|true'], 'the catalogue tells of it');
SELECT t.same('SELECT n, event ->> ''event'' FROM t.sample WHERE NOT zoom_silver.receive(event, received_at)', ARRAY['3|meeting.created',
	'10|meeting.ended', '16|meeting.deleted', '17|endpoint.url_validation', '19|user.signed_in'],
	'true for what is new: not for a redelivery, the schedule, a validation, an unknown event');
SELECT t.same('SELECT event, count(*) FROM zoom_silver_state.event WHERE object IS NULL GROUP BY 1', ARRAY['meeting.created|1', 'meeting.deleted|1', 'user.signed_in|1'],
	'what tells nothing of silver is kept all the same, but for a validation');
SELECT t.same('SELECT DISTINCT ON (user_id, update_timestamp) user_id, user_name, email, company, plan_type, update_timestamp, deleted_at FROM silver.si_users ORDER BY user_id, update_timestamp, load_timestamp DESC', ARRAY[
	'aN4x-01QRqeTzpAAAAAAAA|Ana Ito|Ana@acme.example|-|Basic|2025-02-24 08:00|-',
	'aN4x-01QRqeTzpAAAAAAAA|Ana Ito|Ana@acme.example|-|Pro|2025-02-25 07:00|-',
	'aN4x-01QRqeTzpAAAAAAAA|Ana Ito|Ana@acme.example|Acme|Pro|2025-02-25 09:00|-',
	'aN4x-01QRqeTzpAAAAAAAA|Ana Ono|ono@acme.example|Acme|Pro|2025-02-26 09:00|-',
	'cY4r-03QRqeTzpCCCCCCCC|Cyrus Day|cyrus@acme.example|-|Pro|2025-02-24 08:05|-',
	'cY4r-03QRqeTzpCCCCCCCC|Cyrus Day|cyrus@acme.example|-|Pro|2025-03-01 09:00|2025-03-01 09:00'], 'users: a version per event, whatever came first, and a deletion');
SELECT t.same('SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes, source_system FROM silver.si_meetings', ARRAY[
	'we3kLy/One+AAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|Weekly|2025-02-24 15:00:42|2025-02-24 15:04:32|-|webhook',
	'01dOn3FFoQOKgAB99DlDb9g==|cY4r-03QRqeTzpCCCCCCCC|Old client|2025-02-28 09:00|-|-|webhook'], 'meetings: those that took place; the planned duration is none');
SELECT t.same('SELECT participant_id, meeting_id, user_id, join_time, leave_time FROM silver.si_participants', ARRAY[
	'we3kLy/One+AAAAAAAAAA==/16778240|we3kLy/One+AAAAAAAAAA==|aN4x-01QRqeTzpAAAAAAAA|2025-02-24 15:00:42|2025-02-24 15:04:32',
	'we3kLy/One+AAAAAAAAAA==/16779264|we3kLy/One+AAAAAAAAAA==|-|2025-02-24 15:03:23|2025-02-24 15:04:31'], 'participants: a guest has no user');
SELECT t.same('SELECT webinar_id, host_id, webinar_topic, start_time, end_time, registrants FROM silver.si_webinars',
	'w3b1narOneAAAAAAAAAAAA==|cY4r-03QRqeTzpCCCCCCCC|Launch|2025-02-27 17:00|2025-02-27 18:02|-', 'webinars');
CALL t.refresh();
SELECT t.same($$SELECT user_name, email, company, plan_type, valid_from, valid_to FROM gold.go_dim_user$$, ARRAY[
	'Cyrus Day|cyrus@acme.example|-|Pro|2025-02-24 08:05|2025-03-01 09:00',
	'Ana Ito|ana@acme.example|-|Basic|2025-02-24 00:00|2025-02-25 07:00', 'Ana Ito|ana@acme.example|-|Pro|2025-02-25 07:00|2025-02-25 09:00',
	'Ana Ito|ana@acme.example|Acme|Pro|2025-02-25 09:00|2025-02-26 09:00', 'Ana Ono|ono@acme.example|Acme|Pro|2025-02-26 09:00|9999-12-31 00:00'], 'gold: histories; who was deleted was so from then on');
SELECT t.same('SELECT user_name, meeting_topic, start_time, duration_minutes FROM gold.go_fact_meeting_usage WHERE end_time IS NOT NULL',
	'Ana Ito|Weekly|2025-02-24 15:00:42|3', 'gold: a meeting, its host as of then');
CREATE TEMP TABLE places AS SELECT t.silver_places() AS place;
SELECT t.same('SELECT count(*) FROM t.sample WHERE zoom_silver.receive(event, received_at + interval ''1 hour'')', '0', 'all of it delivered again tells nothing new');
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM places', 'and writes nothing');
SELECT t.same($$SELECT action FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') LIMIT 1$$, 'filled by receive()', 'the source told of again');
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM places', 'folds all and writes nothing');
SELECT t.healthy('gold is right');

-- what was stated wrongly is mended
CALL t.clock('2025-03-04 03:00Z');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Enterprise"}') \g /dev/null
CALL t.refresh();
SELECT t.same($$SELECT plan_type, valid_from FROM gold.go_dim_user WHERE user_name LIKE 'Ana%' AND plan_type <> 'Basic'$$, ARRAY['Enterprise|2025-02-25 07:00', 'Enterprise|2025-02-25 09:00',
	'Enterprise|2025-02-26 09:00'], 'another plan holds from when it was licensed');
SELECT t.healthy('gold is right then');
SELECT * FROM finish();
