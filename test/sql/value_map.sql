\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- value_map: the users' words for plans, states, types of licences and events.
CALL t.setup();
CREATE FUNCTION t.versions(id text) RETURNS TABLE (plan text, valid_from timestamptz, valid_to timestamptz) LANGUAGE sql AS $$
	SELECT g.plan_type, g.valid_from, g.valid_to
	FROM gold_state.user_identity i JOIN gold_state.user_version v USING (ordinal)
	JOIN gold.go_dim_user g ON g.user_name = v.user_name AND g.valid_from = v.valid_from WHERE i.user_id = id
$$;

-- What can be mapped
SELECT t.same($$SELECT message, hint FROM t.failure('INSERT INTO gold_state.value_map VALUES (''si_users'', ''company'', ''a'', ''b'')')$$,
	'values of column "company" of "si_users" cannot be mapped|It can be done with plan_type of si_users, resolution_status of si_support_tickets, '
	|| 'license_type of si_licenses, event_type of si_billing_events.', 'columns whose values are listed');
SELECT t.same($$SELECT message, hint FROM t.failure('INSERT INTO gold_state.value_map VALUES (''si_users'', ''plan_type'', ''2'', ''Licensed'')')$$,
	'"Licensed" is not a known value of column "plan_type"|The values are Basic, Business, Enterprise, Free, Pro.', 'to one of the list');
SELECT t.same($$SELECT message FROM t.failure('INSERT INTO gold_state.value_map VALUES (''si_users'', ''plan_type'', '' '', ''Pro'')')$$,
	'source_value is empty', 'something');
SELECT t.same($$SELECT message FROM t.failure('INSERT INTO gold_state.value_map VALUES (''nothing'', ''plan_type'', ''2'', ''Pro'')')$$,
	'"nothing" is not a silver relation of zoom_gold', 'of a silver relation');
INSERT INTO gold_state.value_map VALUES ('silver.si_support_tickets', 'resolution_status', '  Gelöst  und zu ', 'closed');
SELECT t.same('SELECT * FROM gold_state.value_map', 'si_support_tickets|resolution_status|Gelöst und zu|Closed', 'both are brought to their normal form');
SELECT t.same($$SELECT message FROM t.failure('INSERT INTO gold_state.value_map VALUES (''si_support_tickets'', ''resolution_status'', ''GELöST und zu'', ''Open'')')$$,
	'duplicate key value violates unique constraint "value_map_one_meaning"', 'a word has one meaning');

-- Words that were unknown get a meaning: what is kept is read with it
CALL t.clock('2024-03-01 00:00Z');
CALL t.user('u1', 'Ana', '2024-01-01Z', plan => '1');
CALL t.user('u1', 'Ana', '2024-01-05Z', plan => 'basic ');
CALL t.user('u1', 'Ana', '2024-02-01Z', plan => '2');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-01', '2024-01-01 08:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'SOLVED', '2024-01-01', '2024-01-02 00:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'gelöst und ZU', '2024-01-01', '2024-01-03 00:00Z');
CALL t.license('l1', 'Seat', 'u1', '2024-01-01');
CALL t.billing('b1', 'u1', 'Charge', 10, '2024-01-01');
CALL t.billing('b2', 'u1', 'Credit Note', 3, '2024-01-01');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.versions('u1')$$, ARRAY['1|2024-01-01 00:00|2024-01-05 00:00', 'Basic|2024-01-05 00:00|2024-02-01 00:00',
	'2|2024-02-01 00:00|9999-12-31 00:00'], 'unknown words are kept');
SELECT t.same('SELECT resolution_status, resolved_at FROM gold.go_fact_support_ticket', 'Closed|2024-01-03 00:00', 'known ones are understood');
SELECT t.healthy('gold is sound with one word');
SELECT t.same('TABLE zoom_gold.unknown_value', ARRAY['silver.si_users|plan_type|2|1', 'silver.si_licenses|license_type|Seat|1',
	'silver.si_billing_events|event_type|Charge|1', 'silver.si_billing_events|event_type|Credit Note|1'], 'what is unknown is listed');
UPDATE silver.si_support_tickets SET resolution_status = 'pending' WHERE resolution_status = 'gelöst und ZU';
CALL t.ticket('t2', 'u1', 'Audio', ' pending ', '2024-01-01', '2024-01-03 00:00Z');
CALL t.refresh();
SELECT is((SELECT u::text FROM zoom_gold.unknown_value AS u LIMIT 1), '(silver.si_support_tickets,resolution_status,pending,2)', 'the most frequent first');
UPDATE silver.si_support_tickets SET resolution_status = 'gelöst und ZU' WHERE resolution_status = 'pending';
DELETE FROM silver.si_support_tickets WHERE ticket_id = 't2';
CALL t.refresh();
INSERT INTO gold_state.value_map VALUES
	('si_users', 'plan_type', '1', 'Basic'), ('si_users', 'plan_type', '2', 'Pro'), ('si_support_tickets', 'resolution_status', 'Solved', 'Resolved'),
	('si_licenses', 'license_type', 'seat', 'Pro'), ('si_billing_events', 'event_type', 'charge', 'Subscription Fee'),
	('si_billing_events', 'event_type', 'credit note', 'Refund');
SELECT t.same('SELECT DISTINCT consumer FROM gold_state.dirty', '{merge_dim_user,build_fact_support_ticket,build_fact_billing,build_fact_license_utilization}'::text[],
	'a change marks what depends on it');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.versions('u1')$$, ARRAY['Basic|2024-01-01 00:00|2024-02-01 00:00', 'Pro|2024-02-01 00:00|9999-12-31 00:00'],
	'kept versions are as if they had come so: equal neighbours merge');
SELECT t.same('SELECT resolution_status, resolved_at FROM gold.go_fact_support_ticket', 'Closed|2024-01-02 00:00', 'resolved when it was solved');
SELECT t.same('SELECT DISTINCT avg_resolution_time FROM gold.go_agg_ticket_resolution', '24.00', 'which counts');
SELECT t.same('SELECT license_type FROM gold.go_fact_license_utilization', 'Pro', 'a licence');
SELECT t.same('SELECT event_type, amount FROM gold.go_fact_billing', ARRAY['Subscription Fee|10.00', 'Refund|-3.00'], 'billing events, a refund negative');
SELECT t.same('SELECT monthly_recurring_revenue FROM gold.go_agg_mrr', '7.00', 'which count');
SELECT t.same('SELECT plan_type FROM gold_masked.go_dim_user WHERE is_current', 'Pro', 'readers see their meaning');
SELECT t.errors_are('{}', 'they are not warned of any more');
SELECT is_empty('TABLE zoom_gold.unknown_value', 'nor unknown');
SELECT t.healthy('gold is sound with many words');

-- What comes later, and comes back
CALL t.clock('2024-03-02 00:00Z');
CALL t.user('u2', 'Bo', '2024-02-01Z', plan => ' 2 ');
UPDATE silver.si_users SET plan_type = 'PRO' WHERE user_id = 'u1' AND plan_type = '2';
CALL t.refresh();
SELECT t.same($$SELECT plan FROM t.versions('u2')$$, 'Pro', 'a new row is read with it');
SELECT t.same($$SELECT count(*) FROM t.versions('u1')$$, '2', 'another word for the same is no version');
CALL t.refresh(true);
SELECT t.same('SELECT count(*) FROM gold_state.dirty', '0', 'nothing waits');
-- one meaning is changed, one taken away
UPDATE gold_state.value_map SET silver_value = 'Enterprise' WHERE source_value = '2';
DELETE FROM gold_state.value_map WHERE source_value IN ('1', 'Solved', 'credit note');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.versions('u1')$$, ARRAY['1|2024-01-01 00:00|2024-01-05 00:00', 'Basic|2024-01-05 00:00|2024-02-01 00:00',
	'Enterprise|2024-02-01 00:00|2024-03-02 00:00', 'Pro|2024-03-02 00:00|9999-12-31 00:00'], 'what was kept is as it came');
SELECT t.same('SELECT resolution_status, resolved_at FROM gold.go_fact_support_ticket', 'Closed|2024-01-03 00:00', 'in tickets, too');
SELECT t.same('SELECT event_type, amount FROM gold.go_fact_billing', ARRAY['Subscription Fee|10.00', 'Credit Note|3.00'], 'and in facts');
SELECT t.healthy('gold is sound with other words');
-- a type of one's own; a known value may mean another
INSERT INTO gold_state.billing_event_class VALUES ('Usage Fee', 1);
INSERT INTO gold_state.value_map VALUES ('si_billing_events', 'event_type', 'CREDIT NOTE', 'usage fee'), ('si_users', 'plan_type', 'Basic', 'Free');
CALL t.refresh();
SELECT t.same('SELECT event_type FROM gold.go_fact_billing', '{Subscription Fee,Usage Fee}'::text[], 'to a type of one''s own');
SELECT t.same($$SELECT plan FROM t.versions('u1') WHERE valid_from < '2024-02-01Z'$$, '{1,Free}'::text[], 'from a known value');
SELECT t.healthy('gold is sound at the end');
SELECT * FROM finish();
