\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Addresses that are handed on, given back, and spelled in several ways.
\set sample :samples '/singer.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
\set sample :samples '/zendesk.sql'
\i :sample
UPDATE tap_zoom.users SET _sdc_batched_at = '2025-01-01';
UPDATE tap_zoom.users SET email = 'desk@acme.example' WHERE first_name = 'Ana';
TRUNCATE tap_zoom.report_meetings, tap_zoom.report_meeting_participants, tap_zoom.report_webinars;
INSERT INTO tap_zoom.report_meetings (meeting_id, uuid, id, topic, user_email, start_time, end_time, duration)
SELECT n, 'm' || n, n, 'Month ' || n, 'DESK@acme.example', make_timestamptz(2025, n, 15, 10, 0, 0, 'UTC'), make_timestamptz(2025, n, 15, 10, 30, 0, 'UTC'), 30 FROM generate_series(1, 5) n;
INSERT INTO tap_zoom.report_meeting_participants (id, user_id, meeting_id, user_email, join_time, leave_time, status)
SELECT '', '1', n, 'Desk@acme.example', start_time, end_time, 'in_meeting' FROM tap_zoom.report_meetings, LATERAL (SELECT meeting_id) AS n (n);
INSERT INTO tap_zoom.report_webinars (uuid, id, topic, user_email, start_time, end_time) SELECT 'w' || uuid, id, topic, user_email, start_time, end_time FROM tap_zoom.report_meetings;
UPDATE stripe_fivetran.customer SET email = 'desk@acme.example' WHERE id = 'cus_A';
UPDATE zendesk_fivetran."user" SET email = 'desk@acme.example';
UPDATE zendesk_fivetran.ticket SET created_at = make_timestamp(2025, id::integer, 20, 9, 0, 0), status = 'open' WHERE id <= 4;
TRUNCATE zendesk_fivetran.ticket_field_history;
CALL t.clock('2025-01-02Z');
SELECT * FROM zoom_silver.add_source('singer', 'tap_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran') \g /dev/null
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_fivetran') \g /dev/null
CALL t.pull_all();
CALL t.refresh();
-- in February Ana leaves and Cyrus gets the address, in April Eve does
DELETE FROM tap_zoom.users WHERE first_name = 'Ana';
UPDATE tap_zoom.users SET email = 'Desk@Acme.example', _sdc_batched_at = '2025-02-01' WHERE first_name = 'Cyrus';
CALL t.clock('2025-02-01 01:00Z');
CALL t.pull_all();
CALL t.refresh();
UPDATE tap_zoom.users SET email = 'cyrus@acme.example', _sdc_batched_at = '2025-04-01' WHERE first_name = 'Cyrus';
INSERT INTO tap_zoom.users (id, first_name, last_name, email, type, _sdc_batched_at) VALUES ('eV3e', 'Eve', 'Fox', 'desk@acme.example', 1, '2025-04-01');
CALL t.clock('2025-04-01 01:00Z');
CALL t.pull_all();
CALL t.refresh();
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Ana Ito|Month 1', 'Cyrus Day|Month 2', 'Cyrus Day|Month 3', 'Eve Fox|Month 4', 'Eve Fox|Month 5'], 'a meeting is of who had the address then');
SELECT t.same('SELECT webinar_id, host_id FROM silver.si_webinars', ARRAY['wm1|aN4x-01QRqeTzpAAAAAAAA', 'wm2|cY4r-03QRqeTzpCCCCCCCC', 'wm3|cY4r-03QRqeTzpCCCCCCCC', 'wm4|eV3e', 'wm5|eV3e'], 'a webinar too');
SELECT t.same('SELECT meeting_id, user_id FROM silver.si_participants', ARRAY['m1|aN4x-01QRqeTzpAAAAAAAA', 'm2|cY4r-03QRqeTzpCCCCCCCC', 'm3|cY4r-03QRqeTzpCCCCCCCC', 'm4|eV3e', 'm5|eV3e'], 'participants');
SELECT t.same('SELECT user_name, open_date FROM gold.go_fact_support_ticket', ARRAY['Ana Ito|2025-01-20', 'Cyrus Day|2025-02-20', 'Cyrus Day|2025-03-20', 'Eve Fox|2025-04-20'], 'tickets');
SELECT t.same($$SELECT event_id, user_id FROM silver.si_billing_events WHERE event_id IN ('in_1/sub_A', 'in_2/sub_A')$$, ARRAY['in_1/sub_A|cY4r-03QRqeTzpCCCCCCCC', 'in_2/sub_A|cY4r-03QRqeTzpCCCCCCCC'], 'billing events');
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'a pull without change writes nothing');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
