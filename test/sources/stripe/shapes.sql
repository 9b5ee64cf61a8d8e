\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Columns of other types and words in other letters say the same; what has no currency is told.
\set sample :samples '/stripe.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SET DateStyle = 'ISO';
SELECT * FROM zoom_silver.add_source('stripe', 'stripe_airbyte') \g /dev/null
CALL t.pull_all();
CREATE TABLE t.before AS SELECT t.silver_places() AS line;
ALTER TABLE stripe_airbyte.invoices ALTER created TYPE text USING (created::bigint * 1000)::text, ALTER effective_at TYPE timestamptz USING to_timestamp(effective_at);
ALTER TABLE stripe_airbyte.invoice_line_items ALTER amount TYPE text USING amount || '.0', ALTER livemode TYPE text USING initcap(livemode::text), ALTER currency TYPE text USING upper(currency);
ALTER TABLE stripe_airbyte.refunds ALTER created TYPE numeric(38, 9), ALTER amount TYPE jsonb USING to_jsonb(amount), ALTER status TYPE text USING initcap(status);
UPDATE stripe_airbyte.invoices SET status = initcap(status);
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('stripe', 'stripe_airbyte') WHERE verdict <> 'ok'$$, '{}'::text[], 'check_source finds nothing');
SELECT t.same('SELECT t.pull()', (SELECT format('pull_stripe_si_billing_events Success 0 0 0 %s', count(*)) FROM (SELECT FROM stripe_airbyte.invoice_line_items WHERE livemode = 'True' UNION ALL SELECT FROM stripe_airbyte.refunds) AS s), 'all of it is read as before');
SELECT t.equal('SELECT t.silver_places()', 'SELECT line FROM t.before', 'and nothing is written');
INSERT INTO stripe_airbyte.invoice_line_items (id, invoice_id, amount, currency) VALUES ('il_none', 'in_1', 100, NULL), ('il_free', 'in_1', 'free', 'usd');
CALL t.pull_all();
SELECT t.same($$SELECT event_id, amount FROM silver.si_billing_events WHERE event_id LIKE 'in_1/il%'$$, ARRAY['in_1/il_none|-', 'in_1/il_free|-'], 'an amount of no currency is none; one currency alone is no question');
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE '%in_1/il%error'$$, ARRAY['si_billing_events in_1/il_free amount_missing error', 'si_billing_events in_1/il_free amount_unreadable error', 'si_billing_events in_1/il_none amount_missing error'], 'which gold tells');
SELECT t.healthy('gold is right');
SELECT t.same($$SELECT c, zoom_silver.to_amount(zoom_silver.from_minor('12345', c)::text) FROM unnest('{usd,EUR,jpy,KRW,clp,vnd,kwd,Bhd,isk,ugx,huf,twd}'::text[]) c$$,
	ARRAY['usd|123.45', 'EUR|123.45', 'jpy|12345.00', 'KRW|12345.00', 'clp|12345.00', 'vnd|12345.00', 'kwd|12.35', 'Bhd|12.35', 'isk|123.45', 'ugx|123.45', 'huf|123.45', 'twd|123.45'],
	'the smallest coin of a currency is what Stripe counts in');

-- variants of both connectors: what is test data, whose it is and what was bought is told in more than one place
SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran', '{}', 'fivetran') \g /dev/null
ALTER TABLE stripe_fivetran.charge ADD livemode boolean;
INSERT INTO stripe_fivetran.charge (id, customer_id, livemode) VALUES ('ch_test', 'cus_A', false), ('ch_live', 'cus_A', true);
INSERT INTO stripe_fivetran.refund (id, charge_id, amount, currency, created, status) VALUES ('re_test', 'ch_test', 100, 'usd', '2025-02-20 11:00Z', 'succeeded'),
	('re_live', 'ch_live', 100, 'USD', '2025-02-20 11:00Z', 'Succeeded'), ('re_pending', 'ch_live', 100, 'usd', '2025-02-20 11:00Z', 'pending'), ('re_canceled', 'ch_live', 100, 'usd', '2025-02-20 11:00Z', 'canceled');
INSERT INTO stripe_fivetran.invoice (id, customer_id, status, billing_reason, created, status_transitions_finalized_at) VALUES
	('in_bad', 'cus_A', 'uncollectible', 'subscription_cycle', '2025-02-01 00:30Z', '2025-02-01 01:30Z'), ('in_void', 'cus_A', 'void', 'subscription_cycle', '2025-02-01 00:30Z', '2025-02-01 01:30Z'),
	('in_trial', 'cus_A', 'paid', 'subscription_create', '2025-02-01 00:30Z', '2025-02-01 01:30Z'), ('in_new', 'cus_A', 'paid', 'Subscription_Cycle', '2025-02-01 00:30Z', '2025-02-01 01:30Z');
INSERT INTO stripe_fivetran.invoice_line_item (id, invoice_id, amount, currency, type, subscription_id) VALUES ('il_bad', 'in_bad', 100, 'usd', 'subscription', 'sub_A'), ('il_void', 'in_void', 100, 'usd', 'subscription', 'sub_A'),
	('il_trial', 'in_trial', 0, 'usd', 'subscription', 'sub_A'), ('il_new', 'in_new', 100, 'usd', 'Subscription', NULL), ('il_item', 'in_new', 100, 'usd', 'invoiceitem', NULL);
CREATE TABLE t.wanted AS SELECT * FROM (VALUES ('re_live', 'Refund', 1.00), ('in_bad/il_bad', 'Subscription Renewal', 1.00), ('in_trial/il_trial', 'Subscription Fee', 0.00),
	('in_new/il_new', 'Subscription Renewal', 1.00), ('in_new/il_item', 'Add-on Purchase', 1.00)) AS w (event_id, event_type, amount);
CREATE FUNCTION t.variants(source text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws('|', b.event_id, b.event_type, b.amount) FROM silver.si_billing_events b WHERE b.source_system = source AND b.event_id ~ '(test|live|pending|canceled|bad|void|trial|new|item)$'
$$;
CALL t.pull_all();
SELECT t.equal($$SELECT * FROM t.variants('fivetran')$$, 'SELECT concat_ws(''|'', w.event_id, w.event_type, w.amount) FROM t.wanted w', 'as Fivetran lands them');
INSERT INTO stripe_airbyte.charges (id, customer) SELECT id, customer_id FROM stripe_fivetran.charge;
ALTER TABLE stripe_airbyte.charges ADD livemode text;
UPDATE stripe_airbyte.charges c SET livemode = f.livemode FROM stripe_fivetran.charge f WHERE f.id = c.id;
INSERT INTO stripe_airbyte.refunds (id, charge, amount, currency, created, status) SELECT id, charge_id, to_jsonb(amount), currency, extract(epoch FROM created), status FROM stripe_fivetran.refund WHERE id ~ '(test|live|pending|canceled)$';
INSERT INTO stripe_airbyte.invoices (id, customer, status, billing_reason, created, effective_at)
SELECT id, customer_id, status, billing_reason, extract(epoch FROM created)::bigint, status_transitions_finalized_at FROM stripe_fivetran.invoice WHERE id ~ '(bad|void|trial|new)$';
ALTER TABLE stripe_airbyte.invoice_line_items ADD invoice text, ADD type text;
INSERT INTO stripe_airbyte.invoice_line_items (id, invoice, amount, currency, type, subscription, livemode)
SELECT id, invoice_id, amount, currency, type, subscription_id, livemode FROM stripe_fivetran.invoice_line_item WHERE invoice_id ~ '(bad|void|trial|new)$';
CALL t.pull_all();
SELECT t.equal($$SELECT * FROM t.variants('stripe')$$, 'SELECT concat_ws(''|'', w.event_id, w.event_type, w.amount) FROM t.wanted w', 'as Airbyte does');
UPDATE stripe_airbyte.charges SET livemode = 'perhaps' WHERE id = 'ch_live';
CALL t.pull_all();
SELECT t.same($$SELECT event_id, unreadable FROM silver.si_billing_events WHERE source_system = 'stripe' AND event_id = 're_live'$$, 're_live|gone', 'who does not tell whether a charge is test data tells nothing');
SELECT * FROM finish();
