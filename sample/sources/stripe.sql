-- Invoices and refunds of Stripe as Fivetran lands them, and as Airbyte does:
-- amounts in cents, or what else is the smallest coin.
CREATE SCHEMA stripe_fivetran;
CREATE TABLE stripe_fivetran.customer (id text PRIMARY KEY, email text, name text, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO stripe_fivetran.customer (id, email) VALUES ('cus_A', 'ana@acme.example'), ('cus_C', 'cyrus@acme.example');
CREATE TABLE stripe_fivetran.invoice (
	id text PRIMARY KEY, customer_id text, status text, billing_reason text, created timestamptz, status_transitions_finalized_at timestamptz,
	is_deleted boolean DEFAULT false, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO stripe_fivetran.invoice (id, customer_id, status, billing_reason, created, status_transitions_finalized_at) VALUES
	('in_1', 'cus_A', 'paid', 'subscription_create', '2025-01-31 23:30Z', '2025-02-01 00:30Z'),
	('in_2', 'cus_A', 'open', 'subscription_cycle', '2025-03-01 00:30Z', '2025-03-01 01:30Z'),
	('in_3', 'cus_C', 'paid', 'subscription_update', '2025-02-15 10:00Z', '2025-02-15 10:00Z'),
	('in_4', 'cus_C', 'paid', 'manual', '2025-02-16 10:00Z', '2025-02-16 10:00Z'),
	('in_5', 'cus_C', 'draft', 'subscription_cycle', '2025-03-02 10:00Z', NULL);
-- the line of a subscription keeps its id from invoice to invoice
CREATE TABLE stripe_fivetran.invoice_line_item (
	id text, invoice_id text, amount bigint, currency text, type text, proration boolean, plan_id text, subscription_id text, livemode boolean DEFAULT true,
	_fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO stripe_fivetran.invoice_line_item (id, invoice_id, amount, currency, type, proration, subscription_id, livemode) VALUES
	('sub_A', 'in_1', 14990, 'usd', 'subscription', false, 'sub_A', true),
	('sub_A', 'in_2', 14990, 'usd', 'subscription', false, 'sub_A', true),
	('il_3a', 'in_3', 5000, 'usd', 'subscription', true, 'sub_C', true),
	('il_3b', 'in_3', -1250, 'usd', 'invoiceitem', true, 'sub_C', true),
	('il_4', 'in_4', 4005, 'usd', 'invoiceitem', false, NULL, true),
	('il_5', 'in_5', 9900, 'usd', 'subscription', false, 'sub_C', true),
	('il_6', 'in_4', 100, 'usd', 'invoiceitem', false, NULL, false);
CREATE TABLE stripe_fivetran.charge (id text PRIMARY KEY, customer_id text, amount bigint, currency text, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO stripe_fivetran.charge (id, customer_id, amount, currency) VALUES ('ch_1', 'cus_A', 14990, 'usd');
CREATE TABLE stripe_fivetran.refund (
	id text PRIMARY KEY, charge_id text, amount bigint, currency text, created timestamptz, reason text, status text, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO stripe_fivetran.refund (id, charge_id, amount, currency, created, status) VALUES
	('re_1', 'ch_1', 4990, 'usd', '2025-02-20 10:00Z', 'succeeded'), ('re_2', 'ch_1', 10000, 'usd', '2025-02-21 10:00Z', 'failed');

CREATE SCHEMA stripe_airbyte;
CREATE TABLE stripe_airbyte.customers (_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', id varchar, email varchar);
INSERT INTO stripe_airbyte.customers (id, email) VALUES ('cus_A', 'ana@acme.example'), ('cus_C', 'cyrus@acme.example');
CREATE TABLE stripe_airbyte.invoices (
	_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', id varchar, customer varchar, status varchar, billing_reason varchar, created bigint, effective_at bigint, is_deleted boolean);
INSERT INTO stripe_airbyte.invoices (id, customer, status, billing_reason, created, effective_at)
SELECT id, customer_id, status, billing_reason, extract(epoch FROM created)::bigint, extract(epoch FROM status_transitions_finalized_at)::bigint FROM stripe_fivetran.invoice;
CREATE TABLE stripe_airbyte.invoice_line_items (
	_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', id varchar, invoice_id varchar, amount bigint, currency varchar, subscription varchar, livemode boolean, plan jsonb);
INSERT INTO stripe_airbyte.invoice_line_items (id, invoice_id, amount, currency, subscription, livemode)
SELECT id, invoice_id, amount, currency, subscription_id, livemode FROM stripe_fivetran.invoice_line_item;
CREATE TABLE stripe_airbyte.charges (_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', id varchar, customer varchar);
INSERT INTO stripe_airbyte.charges (id, customer) SELECT id, customer_id FROM stripe_fivetran.charge;
CREATE TABLE stripe_airbyte.refunds (
	_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', id varchar, charge varchar, amount bigint, currency varchar, created bigint, status varchar);
INSERT INTO stripe_airbyte.refunds (id, charge, amount, currency, created, status)
SELECT id, charge_id, amount, currency, extract(epoch FROM created)::bigint, status FROM stripe_fivetran.refund;
