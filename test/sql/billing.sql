\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- go_fact_billing and go_agg_mrr.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.billing('b1', 'u1', 'Subscription Fee', 15.99, '2024-01-01');
CALL t.billing('b2', 'u1', 'Subscription Renewal', 21.99, '2024-01-31');
CALL t.billing('b3', 'u1', 'Add-on Purchase', 50, '2024-01-10');
CALL t.billing('b4', 'u1', 'Refund', 5, '2024-01-20');
CALL t.billing('b5', 'u1', 'refund', -3, '2024-01-21');
CALL t.billing('b6', 'u1', 'Refund', 15.99, '2024-02-02');
CALL t.billing('b7', 'u1', 'Subscription Renewal', 10, '2024-02-03', 'OTHER');
CALL t.billing('b8', 'u1', 'Add-on Purchase', 7, '2024-03-31');
CALL t.billing('b9', 'u1', 'Gift', 7, '2024-04-30');
CALL t.billing('b10', 'u1', 'Refund', 0, '2024-05-31');
CALL t.billing('b11', NULL, 'Subscription Fee', 0.01, '2024-12-31');
CALL t.billing('b12', 'u9', 'Subscription Fee', 0.02, '2025-01-01');
CALL t.billing('x1', 'u1', 'Subscription Fee', -0.01, '2024-06-01');
CALL t.billing('x2', 'u1', 'Gift', -1, '2024-06-01');
CALL t.billing('x3', 'u1', NULL, 1, '2024-06-01');
CALL t.billing('x4', 'u1', 'Gift', NULL, '2024-06-01');
CALL t.billing('x5', 'u1', 'Gift', 1, NULL);
CALL t.refresh_at('2024-06-02Z');
SELECT t.same('SELECT user_name, event_type, amount, event_date FROM gold.go_fact_billing', ARRAY['Ana|Subscription Fee|15.99|2024-01-01',
	'Ana|Subscription Renewal|21.99|2024-01-31', 'Ana|Add-on Purchase|50.00|2024-01-10', 'Ana|Refund|-5.00|2024-01-20', 'Ana|Refund|-3.00|2024-01-21',
	'Ana|Refund|-15.99|2024-02-02', 'Ana|Subscription Renewal|10.00|2024-02-03', 'Ana|Add-on Purchase|7.00|2024-03-31', 'Ana|Gift|7.00|2024-04-30',
	'Ana|Refund|0.00|2024-05-31', '-|Subscription Fee|0.01|2024-12-31', '-|Subscription Fee|0.02|2025-01-01'], 'refunds are negative whatever their sign in silver');
SELECT t.same('SELECT activity_month, monthly_recurring_revenue, source_system FROM gold.go_agg_mrr', ARRAY['2024-01|29.98|BILL', '2024-02|-5.99|Multiple',
	'2024-03|0.00|BILL', '2024-04|0.00|BILL', '2024-05|0.00|BILL', '2024-12|0.01|BILL', '2025-01|0.02|BILL'],
	'fees and renewals less refunds; a month with other events alone has 0.00, one without events no row');
SELECT t.errors_are(ARRAY['si_billing_events b9 event_type_unknown warning', 'si_billing_events b11 user_missing warning', 'si_billing_events b12 user_unknown warning',
	'si_billing_events x1 amount_negative error', 'si_billing_events x2 amount_negative error', 'si_billing_events x3 event_type_missing error',
	'si_billing_events x4 amount_missing error', 'si_billing_events x5 event_date_missing error'], 'what was wrong');

-- which events count is a table
UPDATE gold_state.billing_event_class SET mrr_sign = 1 WHERE event_type = 'Add-on Purchase';
INSERT INTO gold_state.billing_event_class VALUES ('Gift', -1);
CALL t.refresh_at('2024-06-03Z');
SELECT t.same('SELECT activity_month, monthly_recurring_revenue FROM gold.go_agg_mrr WHERE activity_month < ''2024-12''', ARRAY['2024-01|79.98', '2024-02|-5.99',
	'2024-03|7.00', '2024-04|-7.00', '2024-05|0.00', '2024-06|-1.00'], 'a changed class counts at the next refresh');
SELECT t.same('SELECT amount, event_date FROM gold.go_fact_billing WHERE event_type = ''Gift''', ARRAY['-7.00|2024-04-30', '-1.00|2024-06-01'],
	'a type of sign -1 is a refund: stored negative, and may be so in silver');
UPDATE gold_state.billing_event_class SET mrr_sign = 0 WHERE event_type = 'Refund';
CALL t.refresh_at('2024-06-04Z');
SELECT t.same('SELECT activity_month, monthly_recurring_revenue FROM gold.go_agg_mrr WHERE activity_month < ''2024-03''', ARRAY['2024-01|87.98', '2024-02|10.00'],
	'a refund may be taken out of MRR');
SELECT t.healthy('all is consistent');
UPDATE gold_state.billing_event_class SET mrr_sign = -1 WHERE event_type = 'Refund';

-- moved, changed, gone
UPDATE silver.si_billing_events SET event_date = '2023-12-31', update_timestamp = '2024-06-04Z' WHERE event_id = 'b1';
UPDATE silver.si_billing_events SET amount = 11, update_timestamp = '2024-06-04Z' WHERE event_id = 'b7';
DELETE FROM silver.si_billing_events WHERE event_id IN ('b8', 'b11');
CALL t.refresh_at('2024-06-05Z');
SELECT t.same('SELECT activity_month, monthly_recurring_revenue FROM gold.go_agg_mrr WHERE activity_month < ''2025-01''', ARRAY['2023-12|15.99', '2024-01|63.99',
	'2024-02|-4.99', '2024-04|-7.00', '2024-05|0.00', '2024-06|-1.00'], 'months follow their events, and go with them');
-- sums beyond what one amount can hold
INSERT INTO silver.si_billing_events SELECT 'max' || n, 'u1', 'Subscription Fee', 99999999.99, '2024-05-01', '2024-05-01Z', NULL, 'BILL' FROM generate_series(1, 12) AS n;
CALL t.clock('2024-06-06Z');
SELECT t.same($$SELECT status, details ->> 'error' FROM zoom_gold.refresh() WHERE process_name = 'refresh_agg_mrr'$$,
	'Failure|a sum is too large for column "monthly_recurring_revenue" of table "gold.go_agg_mrr"', 'a sum that the column cannot hold is no silent one');
CALL t.drop_views();
ALTER TABLE gold.go_agg_mrr ALTER COLUMN monthly_recurring_revenue TYPE numeric(16,2);
CALL t.refresh();
SELECT t.same('SELECT monthly_recurring_revenue FROM gold.go_agg_mrr WHERE activity_month = ''2024-05''', '1199999999.88', 'twelve amounts at the limit');
SELECT t.healthy('all is consistent after changes');
-- not a number
INSERT INTO silver.si_billing_events VALUES ('nan', 'u1', 'Refund', 'NaN', '2024-05-01', '2024-05-01Z', NULL, 'BILL');
CALL t.refresh();
SELECT t.same('SELECT e FROM t.errors() AS e WHERE e LIKE ''%nan%''', 'si_billing_events nan amount_missing error', 'NaN is no amount');
SELECT t.healthy('nor is it for verify()');
SELECT * FROM finish();
