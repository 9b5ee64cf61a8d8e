\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables that users, dates and counts are looked up in: a sync is at them, too.
\set sample :samples '/airbyte.sql'
\i :sample
\set sample :samples '/fivetran.sql'
\i :sample
\set sample :samples '/zendesk.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CREATE TABLE t.sample AS SELECT * FROM (VALUES ('airbyte', 'raw_zoom'), ('fivetran', 'zoom'), ('zendesk', 'zendesk_fivetran'),
	('zendesk', 'zendesk_airbyte'), ('stripe', 'stripe_fivetran'), ('stripe', 'stripe_airbyte')) AS s (kind, schema_name);
SELECT FROM t.sample s, zoom_silver.add_source(s.kind, s.schema_name,
	CASE WHEN s.kind IN ('zendesk', 'stripe') THEN '{}' ELSE '{"licensed_plan": "Pro"}' END::jsonb, replace(s.schema_name, '_', '-')) \g /dev/null
CALL t.pull_all();
CREATE TABLE t.before AS SELECT l AS line FROM t.silver_places() l WHERE l NOT LIKE 'log%';

-- each in turn is empty
CREATE FUNCTION t.emptied() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	item record;
BEGIN
	FOR item IN SELECT DISTINCT s.schema_name, i.table_name FROM t.sample s JOIN zoom_silver.mapping() m USING (kind), zoom_silver.mapping_input(m.inputs) i
		WHERE i.n > 1 AND zoom_silver.source_table(s.schema_name, i.table_name) IS NOT NULL ORDER BY 1, 2
	LOOP
		BEGIN
			EXECUTE format('DELETE FROM %I.%I', item.schema_name, item.table_name);
			RETURN QUERY SELECT concat_ws(' ', item.schema_name, item.table_name, p.status, p.details ->> 'sqlstate', p.details ->> 'error')
			FROM zoom_silver.pull(replace(item.schema_name, '_', '-')) p WHERE p.status <> 'Success' OR p.inserted + p.updated + p.deleted > 0;
			RAISE EXCEPTION 'undo' USING ERRCODE = 'TT000';
		EXCEPTION WHEN SQLSTATE 'TT000' THEN
			NULL;
		END;
	END LOOP;
END
$$;
SELECT t.same('SELECT l FROM t.emptied() l WHERE l NOT LIKE ''% meetings: %''', ARRAY[
	'raw_zoom report_meetings Failure 55000 raw_zoom.report_meetings has lost 3 of 3 rows: a sync is running or failed',
	'raw_zoom webinar_registrants Failure 55000 raw_zoom.webinar_registrants has lost 3 of 3 rows: a sync is running or failed',
	'stripe_airbyte charges Failure 55000 stripe_airbyte.charges has lost 1 of 1 rows: a sync is running or failed',
	'stripe_airbyte customers Failure 55000 stripe_airbyte.customers has lost 2 of 2 rows: a sync is running or failed',
	'stripe_airbyte invoices Failure 55000 stripe_airbyte.invoices has lost 5 of 5 rows: a sync is running or failed',
	'stripe_airbyte refunds Failure 55000 stripe_airbyte.refunds has lost 2 of 2 rows: a sync is running or failed',
	'stripe_fivetran charge Failure 55000 stripe_fivetran.charge has lost 1 of 1 rows: a sync is running or failed',
	'stripe_fivetran customer Failure 55000 stripe_fivetran.customer has lost 2 of 2 rows: a sync is running or failed',
	'stripe_fivetran invoice Failure 55000 stripe_fivetran.invoice has lost 5 of 5 rows: a sync is running or failed',
	'stripe_fivetran refund Failure 55000 stripe_fivetran.refund has lost 2 of 2 rows: a sync is running or failed',
	'zendesk_airbyte ticket_metrics Failure 55000 zendesk_airbyte.ticket_metrics has lost 3 of 3 rows: a sync is running or failed',
	'zendesk_airbyte users Failure 55000 zendesk_airbyte.users has lost 3 of 3 rows: a sync is running or failed',
	'zendesk_fivetran ticket_field_history Failure 55000 zendesk_fivetran.ticket_field_history has lost 8 of 8 rows: a sync is running or failed',
	'zendesk_fivetran user Failure 55000 zendesk_fivetran."user" has lost 3 of 3 rows: a sync is running or failed',
	'zoom meeting Failure 55000 zoom.meeting has lost 2 of 2 rows: a sync is running or failed',
	'zoom webinar_registrant Failure 55000 zoom.webinar_registrant has lost 3 of 3 rows: a sync is running or failed'], 'an empty one is refused');
SELECT t.equal($$SELECT l FROM t.silver_places() l WHERE l NOT LIKE 'log%'$$, 'SELECT line FROM t.before', 'silver is as it was');

-- half of it
INSERT INTO stripe_fivetran.customer (id, email) SELECT 'cus_' || i, 'c' || i || '@acme.example' FROM generate_series(1, 100) i;
SELECT t.same($$SELECT t.pull('stripe-fivetran')$$, 'pull_stripe-fivetran_si_billing_events Success 0 0 0 8', 'it grows');
DELETE FROM stripe_fivetran.customer WHERE right(id, 1) IN ('1', '2', '3');
SELECT t.same($$SELECT t.pull('stripe-fivetran')$$, 'pull_stripe-fivetran_si_billing_events Failure 0 0 0 0 55000 stripe_fivetran.customer has lost 30 of 102 rows: a sync is running or failed', 'one that has shrunk is refused');
SELECT zoom_gold.confirm_deletes('si_billing_events') \g /dev/null
SELECT t.same($$SELECT t.pull('stripe-fivetran')$$, 'pull_stripe-fivetran_si_billing_events Success 0 0 0 8', 'unless that was confirmed');
CALL t.refresh();
DELETE FROM stripe_fivetran.customer WHERE right(id, 1) = '4';
SELECT t.same($$SELECT t.pull('stripe-fivetran')$$, 'pull_stripe-fivetran_si_billing_events Success 0 0 0 8', 'ten may go');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
