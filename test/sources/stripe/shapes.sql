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
SELECT * FROM finish();
