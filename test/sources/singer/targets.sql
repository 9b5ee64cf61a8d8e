\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What targets make of Singer's taps: rows of former versions of a table marked as deleted,
-- child tables, times without a zone; and tickets and invoices by its taps, which say what
-- Airbyte's sources do.
\set sample :samples '/singer.sql'
\i :sample
\set sample :samples '/zendesk.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
-- Meltano's target, appending: a new version of a table marks the rows of those before
SELECT format('ALTER TABLE tap_zoom.%I RENAME _sdc_batched_at TO _sdc_extracted_at', table_name) FROM unnest('{users,report_meetings,report_meeting_participants,report_webinars}'::text[]) AS t (table_name) \gexec
SELECT format('ALTER TABLE tap_zoom.%1$I ADD _sdc_received_at timestamp DEFAULT ''2025-03-03 02:01'', ADD _sdc_batched_at timestamp DEFAULT ''2025-03-03 02:02'', ADD _sdc_deleted_at timestamp, ADD _sdc_sync_started_at bigint', table_name)
FROM unnest('{users,report_meetings,report_meeting_participants,report_webinars}'::text[]) AS t (table_name) \gexec
CREATE TABLE tap_zoom.meetings__settings (_sdc_source_key_uuid text, _sdc_level_0_id bigint, host_video boolean);
SELECT FROM zoom_silver.add_source('singer', 'tap_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
CALL t.pull_all();
CALL t.refresh();
CREATE TABLE t.before AS SELECT l AS line FROM t.silver_places() l WHERE l NOT LIKE 'log%';
-- the same once more, and one who is gone
CREATE PROCEDURE t.sync(at timestamp, gone text) LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY '{users,report_meetings,report_meeting_participants,report_webinars}'::text[] LOOP
		EXECUTE format('UPDATE tap_zoom.%I SET _sdc_deleted_at = $1 + interval ''5 min'' WHERE _sdc_deleted_at IS NULL', name) USING at;
		EXECUTE format('INSERT INTO tap_zoom.%1$I SELECT (jsonb_populate_record(t, jsonb_build_object(''_sdc_extracted_at'', $1, ''_sdc_deleted_at'', NULL))).* FROM tap_zoom.%1$I AS t
			WHERE _sdc_deleted_at = $1 + interval ''5 min'' AND %2$s', name, CASE name WHEN 'users' THEN 'first_name IS DISTINCT FROM ' || quote_nullable(gone) ELSE 'true' END) USING at;
	END LOOP;
END
$$;
CALL t.sync('2025-03-04 02:00', NULL);
CALL t.clock('2025-03-04 03:00Z');
CALL t.pull_all();
SELECT t.equal($$SELECT l FROM t.silver_places() l WHERE l NOT LIKE 'log%'$$, 'SELECT line FROM t.before', 'a version that says the same writes nothing');
CALL t.sync('2025-03-05 02:00', 'Cyrus');
CALL t.clock('2025-03-05 03:00Z');
SELECT t.same('SELECT t.pull()', ARRAY['pull_singer_si_users Success 0 0 1 4', 'pull_singer_si_meetings Success 0 0 0 3', 'pull_singer_si_participants Success 0 0 0 6', 'pull_singer_si_webinars Success 0 0 0 3'],
	'who is only in former ones is gone; meetings stay');
CALL t.refresh();
SELECT t.same('SELECT user_name, valid_from, valid_to FROM gold.go_dim_user', ARRAY['Ana Ito|2025-02-24 00:00|9999-12-31 00:00', 'Cyrus Day|2025-03-03 02:00|2025-03-05 03:00'], 'gold knows when');
SELECT t.healthy('gold is right');

-- tap-zendesk
CREATE SCHEMA tap_zendesk;
CREATE TABLE tap_zendesk.tickets AS SELECT id, status, type, requester_id, created_at AT TIME ZONE 'UTC' AS created_at, updated_at AT TIME ZONE 'UTC' AS updated_at, '[]'::jsonb AS custom_fields,
	timestamp '2025-03-03 02:00' AS _sdc_batched_at, NULL::text AS _sdc_deleted_at FROM zendesk_airbyte.tickets;
CREATE TABLE tap_zendesk.ticket_metrics AS SELECT 100 + ticket_id AS id, ticket_id, to_char(solved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS solved_at, timestamp '2025-03-03 02:00' AS _sdc_batched_at FROM zendesk_airbyte.ticket_metrics;
CREATE TABLE tap_zendesk.users AS SELECT id, email, timestamp '2025-03-03 02:00' AS _sdc_batched_at FROM zendesk_airbyte.users;
SELECT FROM zoom_silver.add_source('zendesk', 'zendesk_airbyte', '{}', 'zendesk-airbyte') \g /dev/null
SELECT FROM zoom_silver.add_source('zendesk', 'tap_zendesk', '{}', 'zendesk-singer') \g /dev/null
-- tap-stripe: lines name their invoice otherwise, times are times
CREATE SCHEMA tap_stripe;
CREATE TABLE tap_stripe.invoice_line_items AS SELECT id, invoice_id AS invoice, amount, currency, subscription, livemode, timestamp '2025-03-03 02:00' AS _sdc_batched_at FROM stripe_airbyte.invoice_line_items;
CREATE TABLE tap_stripe.invoices AS SELECT id, customer, status, billing_reason, to_timestamp(created) AT TIME ZONE 'UTC' AS created, NULL::bigint AS finalized_at,
	jsonb_build_object('finalized_at', to_timestamp(effective_at), 'paid_at', NULL) AS status_transitions, timestamp '2025-03-03 02:00' AS _sdc_batched_at FROM stripe_airbyte.invoices;
CREATE TABLE tap_stripe.customers AS SELECT id, email, timestamp '2025-03-03 02:00' AS _sdc_batched_at FROM stripe_airbyte.customers;
CREATE TABLE tap_stripe.charges AS SELECT id, customer, timestamp '2025-03-03 02:00' AS _sdc_batched_at FROM stripe_airbyte.charges;
CREATE TABLE tap_stripe.refunds AS SELECT id, charge, amount, currency, to_timestamp(created) AT TIME ZONE 'UTC' AS created, status, timestamp '2025-03-03 02:00' AS _sdc_batched_at FROM stripe_airbyte.refunds;
SELECT FROM zoom_silver.add_source('stripe', 'stripe_airbyte', '{}', 'stripe-airbyte') \g /dev/null
SELECT FROM zoom_silver.add_source('stripe', 'tap_stripe', '{}', 'stripe-singer') \g /dev/null
SELECT t.same($$SELECT k.kind, c.item, c.verdict FROM (VALUES ('zendesk', 'tap_zendesk'), ('stripe', 'tap_stripe')) AS k (kind, schema_name), zoom_silver.check_source(k.kind, k.schema_name) c WHERE c.verdict <> 'ok'$$,
	'{}'::text[], 'check_source finds nothing');
CALL t.pull_all();
SELECT t.equal($$SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' FROM silver.si_support_tickets s WHERE source_system = 'zendesk-singer'$$,
	$$SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' FROM silver.si_support_tickets s WHERE source_system = 'zendesk-airbyte'$$, 'tickets by a tap are those by Airbyte');
SELECT t.equal($$SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' FROM silver.si_billing_events s WHERE source_system = 'stripe-singer'$$,
	$$SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' FROM silver.si_billing_events s WHERE source_system = 'stripe-airbyte'$$, 'and invoices, of the day on which they became final');
SELECT t.same($$SELECT count(*) FROM silver.si_billing_events WHERE source_system = 'stripe-singer'$$, '6', 'all of them');
ALTER TABLE tap_stripe.invoice_line_items RENAME invoice TO bill;
SELECT t.same($$SELECT t.pull('stripe-singer')$$, 'pull_stripe-singer_si_billing_events Failure 0 0 0 0 42703 source "stripe-singer": tap_stripe.invoice_line_items lacks "invoice_id" and "invoice"', 'of two names one must be there');
SELECT * FROM finish();
