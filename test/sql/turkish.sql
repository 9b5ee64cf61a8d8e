\set ECHO none
\set QUIET 1
\getenv abs_srcdir PG_ABS_SRCDIR
\set in_turkish :abs_srcdir '/include/turkish.sql'
\i :in_turkish
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A database whose language has another small I.
SELECT is(lower('I'), 'ı', 'the small I has no dot here');
CALL t.setup();
INSERT INTO gold_state.value_map VALUES ('si_support_tickets', 'resolution_status', 'BİTTİ', 'CLOSED'), ('si_support_tickets', 'resolution_status', 'ISITILDI', 'In Progress');
INSERT INTO gold_state.billing_event_class VALUES ('License Addition', 1);
SELECT t.same($$SELECT message FROM t.failure('INSERT INTO gold_state.billing_event_class VALUES (''LICENSE ADDITION'', 0)')$$,
	'duplicate key value violates unique constraint "billing_event_class_one_word"', 'a type has one class, however it is written');
CALL t.user('u1', 'Ali', '2024-01-01Z', 'INFO@ACME.EXAMPLE', plan => 'BUSINESS');
CALL t.user('u2', 'Işık', '2024-01-01Z', 'IŞIK.İNAL@ACME.EXAMPLE', plan => 'ENTERPRISE');
CALL t.user('u3', 'Ali', '2024-01-02Z', 'Ismail.I@acme.example', plan => 'basic');
CALL t.meeting('m1', 'u1', '2024-01-03 10:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'IN PROGRESS', '2024-01-03');
CALL t.ticket('t2', 'u1', 'Audio', 'isitildi', '2024-01-03');
CALL t.license('l1', 'EDUCATION', 'u1', '2024-01-01');
CALL t.billing('b1', 'u1', 'SUBSCRIPTION FEE', 10, '2024-01-03');
CALL t.billing('b2', 'u1', 'license addition', 5, '2024-01-03');
CALL t.refresh();
SELECT t.same('SELECT user_name, email, plan_type FROM gold.go_dim_user', ARRAY['Ali|info@acme.example|Business', 'Işık|işik.inal@acme.example|Enterprise',
	'Ali (ismail.i@acme.example)|ismail.i@acme.example|Basic'], 'addresses and plans are the same in any language, but for letters that others do not have');
SELECT t.same('SELECT resolution_status FROM gold.go_fact_support_ticket', '{In Progress,In Progress}'::text[], 'so are states and the users'' words');
SELECT t.same('SELECT license_type FROM gold.go_fact_license_utilization', 'Education', 'types of licences');
SELECT t.same('SELECT monthly_recurring_revenue FROM gold.go_agg_mrr', '15.00', 'and types of events');
SELECT t.healthy('verify() says so, too');
SELECT ok(zoom_gold.forget_user('u1') IS NOT NULL, 'a person is forgotten');
CALL t.refresh();
SELECT t.healthy('and gold is right without');
SELECT * FROM finish();
\connect :here
DROP DATABASE :turkish;
