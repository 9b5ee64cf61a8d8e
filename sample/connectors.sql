-- The year of sample.sql as connectors land it: what Airbyte makes of Zoom,
-- Zendesk and Stripe, in the schemas raw_zoom, zendesk and stripe, and two
-- tables that a script of one's own may have made.  Leaves nothing else.
--	psql -f sample/connectors.sql
--
-- A connector knows how things are, not how they were: of each key the newest
-- row, all read at one time.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION zoom_gold;
SELECT FROM zoom_gold.setup() \g /dev/null
\ir sample.sql
BEGIN;
SET LOCAL timezone = 'UTC';
CREATE FUNCTION pg_temp.iso(at timestamptz) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$
	SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- all read when the last of it had been loaded
SELECT max(load_timestamp) AS extracted FROM silver.si_meetings \gset

CREATE SCHEMA raw_zoom;
CREATE TABLE raw_zoom.users AS
SELECT DISTINCT ON (u.user_id) gen_random_uuid()::varchar AS _airbyte_raw_id, :'extracted'::timestamptz AS _airbyte_extracted_at,
	u.user_id::varchar AS id, u.user_name::varchar AS display_name, NULL::varchar AS first_name, NULL::varchar AS last_name, u.email::varchar,
	CASE WHEN lower(u.plan_type) IN ('pro', 'business', 'enterprise') THEN 2 ELSE 1 END::numeric AS type,
	'active'::varchar AS status, u.company::varchar AS dept, pg_temp.iso(u.load_timestamp) AS created_at
FROM silver.si_users u ORDER BY u.user_id, coalesce(u.update_timestamp, u.load_timestamp) DESC, u.load_timestamp DESC;

CREATE TABLE raw_zoom.report_meetings AS
SELECT DISTINCT ON (m.meeting_id) gen_random_uuid()::varchar AS _airbyte_raw_id, :'extracted'::timestamptz AS _airbyte_extracted_at,
	m.meeting_id::varchar AS uuid, (90000000000 + row_number() OVER (ORDER BY m.meeting_id))::numeric AS id, m.host_id::varchar, m.meeting_topic::varchar AS topic,
	NULL::varchar AS user_email, pg_temp.iso(m.start_time) AS start_time, pg_temp.iso(m.end_time) AS end_time, m.duration_minutes::numeric AS duration
FROM silver.si_meetings m ORDER BY m.meeting_id, coalesce(m.update_timestamp, m.load_timestamp) DESC, m.load_timestamp DESC;

-- the schedule: nothing of it took place
CREATE TABLE raw_zoom.meetings AS
SELECT m.uuid || 'next' AS uuid, m.id, m.host_id, m.topic, 'waiting'::varchar AS status, pg_temp.iso(:'extracted'::timestamptz + interval '31 days') AS start_time, 30::numeric AS duration
FROM raw_zoom.report_meetings m LIMIT 500;

CREATE TABLE raw_zoom.report_meeting_participants AS
SELECT gen_random_uuid()::varchar AS _airbyte_raw_id, :'extracted'::timestamptz AS _airbyte_extracted_at,
	coalesce(p.user_id, '')::varchar AS id, (16777216 + row_number() OVER (PARTITION BY p.meeting_id ORDER BY p.join_time, p.participant_id))::varchar AS user_id,
	pg_temp.iso(p.join_time) AS join_time, pg_temp.iso(p.leave_time) AS leave_time, 'in_meeting'::varchar AS status, m.id::bigint AS meeting_id, m.uuid AS meeting_uuid
FROM silver.si_participants p JOIN raw_zoom.report_meetings m ON m.uuid = p.meeting_id;

CREATE TABLE raw_zoom.report_webinars AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, w.webinar_id::varchar AS uuid, (80000000000 + row_number() OVER (ORDER BY w.webinar_id))::numeric AS id,
	w.host_id::varchar, w.webinar_topic::varchar AS topic, NULL::varchar AS user_email, pg_temp.iso(w.start_time) AS start_time, pg_temp.iso(w.end_time) AS end_time,
	greatest(w.registrants, 0) AS registrants
FROM silver.si_webinars w;
CREATE TABLE raw_zoom.webinar_registrants AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, n::varchar AS id, w.id::varchar AS webinar_id, 'approved'::varchar AS status
FROM raw_zoom.report_webinars w CROSS JOIN generate_series(1, w.registrants) n;
ALTER TABLE raw_zoom.report_webinars DROP COLUMN registrants;

-- what a script of one's own might have made of the account's licences and logs
CREATE TABLE raw_zoom.license_list AS SELECT l.* FROM silver.si_licenses l;
CREATE TABLE raw_zoom.feature_log AS SELECT f.* FROM silver.si_feature_usage f;

CREATE SCHEMA zendesk;
CREATE TABLE zendesk.users AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, row_number() OVER (ORDER BY u.id) AS id, u.email, u.id AS zoom_id FROM raw_zoom.users u;
CREATE TABLE zendesk.tickets AS
SELECT DISTINCT ON (t.ticket_id) :'extracted'::timestamptz AS _airbyte_extracted_at, t.ticket_id::varchar AS id,
	CASE lower(t.resolution_status) WHEN 'resolved' THEN 'solved' WHEN 'in progress' THEN 'pending' ELSE lower(t.resolution_status) END::varchar AS status,
	lower(t.ticket_type)::varchar AS type, u.id AS requester_id, t.open_date::timestamp AT TIME ZONE 'UTC' AS created_at,
	coalesce(t.update_timestamp, t.load_timestamp) AS updated_at
FROM silver.si_support_tickets t LEFT JOIN zendesk.users u ON u.zoom_id = t.user_id
ORDER BY t.ticket_id, coalesce(t.update_timestamp, t.load_timestamp) DESC;
ALTER TABLE zendesk.users DROP COLUMN zoom_id;
CREATE TABLE zendesk.ticket_metrics AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, t.id AS ticket_id, max(s.update_timestamp) AS solved_at
FROM zendesk.tickets t JOIN silver.si_support_tickets s ON s.ticket_id = t.id AND lower(s.resolution_status) = 'resolved'
WHERE t.status IN ('solved', 'closed') GROUP BY t.id;

CREATE SCHEMA stripe;
CREATE TABLE stripe.customers AS SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, 'cus_' || u.id AS id, u.email FROM raw_zoom.users u;
CREATE TABLE stripe.invoices AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, 'in_' || b.event_id AS id, 'cus_' || b.user_id AS customer, 'paid'::varchar AS status,
	CASE WHEN lower(b.event_type) LIKE '%renewal' THEN 'subscription_cycle' WHEN b.event_type = 'Subscription Fee' THEN 'subscription_create' ELSE 'manual' END::varchar AS billing_reason,
	extract(epoch FROM b.event_date::timestamp AT TIME ZONE 'UTC')::bigint AS created
FROM silver.si_billing_events b WHERE b.event_type <> 'Refund';
CREATE TABLE stripe.invoice_line_items AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, 'il_' || b.event_id AS id, 'in_' || b.event_id AS invoice_id, (100 * b.amount)::bigint AS amount,
	'usd'::varchar AS currency, CASE WHEN lower(b.event_type) LIKE 'subscription%' THEN 'sub_' || b.user_id END AS subscription, true AS livemode
FROM silver.si_billing_events b WHERE b.event_type <> 'Refund';
CREATE TABLE stripe.charges AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, 'ch_' || b.event_id AS id, 'cus_' || b.user_id AS customer FROM silver.si_billing_events b WHERE b.event_type = 'Refund';
CREATE TABLE stripe.refunds AS
SELECT :'extracted'::timestamptz AS _airbyte_extracted_at, 're_' || b.event_id AS id, 'ch_' || b.event_id AS charge, abs(100 * b.amount)::bigint AS amount,
	'usd'::varchar AS currency, extract(epoch FROM b.event_date::timestamp AT TIME ZONE 'UTC')::bigint AS created, 'succeeded'::varchar AS status
FROM silver.si_billing_events b WHERE b.event_type = 'Refund';

DROP SCHEMA silver, gold, gold_state CASCADE;
COMMIT;
DROP EXTENSION zoom_gold;
