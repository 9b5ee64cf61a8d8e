\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Stripe: invoices and refunds, by two connectors.
\set sample :samples '/stripe.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CALL t.user('u1', 'Ana Ito', '2025-01-01Z', 'ana@acme.example');
CREATE TABLE t.want AS SELECT unnest(ARRAY[
	'in_1/sub_A|u1|Subscription Fee|149.90|2025-02-01', 'in_2/sub_A|u1|Subscription Renewal|149.90|2025-03-01',
	'in_3/il_3a|-|Subscription Fee|50.00|2025-02-15', 'in_3/il_3b|-|Refund|-12.50|2025-02-15', 'in_4/il_4|-|Add-on Purchase|40.05|2025-02-16',
	're_1|u1|Refund|49.90|2025-02-20']) AS line;
SELECT t.same($$SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran')$$, 'si_billing_events|added', 'add_source knows the tables of Fivetran');
SELECT t.same('SELECT t.pull()', 'pull_stripe_si_billing_events Success 6 0 0 2', 'neither drafts, nor tests, nor what failed');
SELECT t.same('SELECT event_id, user_id, event_type, amount, event_date FROM silver.si_billing_events', (SELECT array_agg(line) FROM t.want), 'money, not cents; the day on which an invoice was final');
CALL t.refresh();
SELECT t.same('SELECT activity_month, monthly_recurring_revenue FROM gold.go_agg_mrr', ARRAY['2025-02|137.50', '2025-03|149.90'], 'gold: fees and renewals less refunds');
SELECT t.healthy('gold is right');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
-- an invoice is voided, a customer becomes known
UPDATE stripe_fivetran.invoice SET status = 'void' WHERE id = 'in_2';
CALL t.user('u2', 'Cyrus Day', '2025-01-01Z', 'cyrus@acme.example');
SELECT t.same('SELECT t.pull()', 'pull_stripe_si_billing_events Success 0 3 1 4', 'what is void leaves, who is known is named');

-- several currencies
INSERT INTO stripe_fivetran.invoice_line_item (id, invoice_id, amount, currency, subscription_id) VALUES ('il_jpy', 'in_1', 5000, 'jpy', 'sub_J'), ('il_kwd', 'in_1', 5000, 'kwd', 'sub_K');
SELECT t.same('SELECT t.pull()', 'pull_stripe_si_billing_events Failure 0 0 0 0 22023 option currency is missing: there are amounts of several currencies, and silver has one',
	'silver holds one currency');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran', '{"currency": "USD"}')$$, 'si_billing_events|checked', 'which is stated');
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'others are left out');
SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran', '{"currency": "jpy"}', 'stripe-jp') \g /dev/null
SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran', '{"currency": "kwd"}', 'stripe-kw') \g /dev/null
CALL t.pull_all();
SELECT t.same($$SELECT event_id, amount, source_system FROM silver.si_billing_events WHERE source_system LIKE 'stripe-%'$$, ARRAY['in_1/il_jpy|5000.00|stripe-jp', 'in_1/il_kwd|5.00|stripe-kw'],
	'another source may take another: yen have no cents, dinars thousands');

SELECT zoom_silver.drop_source(name) FROM zoom_silver_state.source \g /dev/null
DELETE FROM silver.si_billing_events;
DELETE FROM silver.si_users WHERE user_id = 'u2';
SELECT zoom_gold.confirm_deletes('si_billing_events') \g /dev/null
CALL t.refresh();
SELECT t.same($$SELECT * FROM zoom_silver.add_source('stripe', 'stripe_airbyte')$$, 'si_billing_events|added', 'add_source knows the tables of Airbyte');
CALL t.pull_all();
SELECT t.same('SELECT event_id, CASE user_id WHEN ''u2'' THEN NULL ELSE user_id END, event_type, amount, event_date FROM silver.si_billing_events', (SELECT array_agg(line) FROM t.want), 'which say the same');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
