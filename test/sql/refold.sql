\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Kept versions that an earlier version of zoom_gold folded by another law are
-- folded anew once, and the log tells.
CALL t.setup();
CREATE FUNCTION t.told() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT process_name || ': ' || (audit_details::jsonb ->> 'warning') FROM gold.go_process_audit_log
	WHERE audit_details::jsonb ->> 'run' = (SELECT max(run)::text FROM gold_state.run) AND audit_details::jsonb ->> 'warning' IS NOT NULL
$$;
-- the history of succession.sql's first example, in gold and its state as the former fold left it
CALL t.clock('2026-11-28 12:00Z');
CALL t.user('u1', 'Ann', '2026-11-28 09:00Z', email => 'a@x.example', plan => 'Basic');
CALL t.user('u2', 'Bo', '2026-11-28 09:00Z', email => 'b@x.example');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2026-11-27', '2026-11-28 09:00Z');
CALL t.ticket('t2', 'u1', 'Audio', 'Closed', '2026-11-27', '2026-11-28 09:00Z');
CALL t.refresh();
SELECT t.same('SELECT t.told()', '{}'::text[], 'of a first load nothing is told');
CALL t.clock('2026-11-28 13:00Z');
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = 'u1';
UPDATE silver.si_support_tickets SET resolution_status = 'Closed' WHERE ticket_id = 't1';
CALL t.refresh();
CALL t.clock('2026-11-28 14:00Z');
UPDATE silver.si_users SET email = 'b@x.example', update_timestamp = '2026-11-28 09:30Z' WHERE user_id = 'u1';
UPDATE silver.si_support_tickets SET resolution_status = 'Resolved', update_timestamp = '2026-11-28 09:30Z' WHERE ticket_id = 't1';
CALL t.refresh();
CREATE TABLE t.users AS SELECT * FROM gold.go_dim_user;
CREATE TABLE t.tickets AS SELECT * FROM gold.go_fact_support_ticket;
UPDATE gold.go_dim_user SET valid_to = '2026-11-28 13:00Z' WHERE user_name = 'Ann' AND NOT is_current;
UPDATE gold.go_dim_user SET valid_from = '2026-11-28 13:00Z', email = 'a@x.example' WHERE user_name = 'Ann' AND is_current;
UPDATE gold_state.user_version SET valid_to = '2026-11-28 13:00Z' WHERE user_name = 'Ann' AND valid_to < '9999-01-01Z';
UPDATE gold_state.user_version SET opened = '2026-11-28 13:00Z', valid_from = '2026-11-28 13:00Z', email = 'a@x.example' WHERE user_name = 'Ann' AND valid_to > '9999-01-01Z';
UPDATE gold.go_fact_support_ticket SET resolved_at = '2026-11-28 13:00Z' WHERE resolution_status = 'Resolved';
CALL t.refresh();
SELECT isnt_empty('TABLE t.users EXCEPT TABLE gold.go_dim_user', 'an ordinary refresh does not look at it');
-- an upgrade adds the column
ALTER TABLE gold_state.relation_state DROP COLUMN fold;
SELECT t.same($$SELECT message FROM t.failure('SELECT * FROM zoom_gold.refresh()')$$, 'table "gold_state.relation_state" lacks column "fold"',
	'the state is to be completed first');
CALL t.setup();
CALL t.refresh();
SELECT is_empty('TABLE t.users EXCEPT TABLE gold.go_dim_user', 'then users are folded anew');
SELECT is_empty('TABLE t.tickets EXCEPT TABLE gold.go_fact_support_ticket', 'and tickets');
SELECT t.same('SELECT t.told()', ARRAY['merge_dim_user: si_users: an earlier version of zoom_gold read its kept versions; all were read anew',
	'build_fact_support_ticket: si_support_tickets: an earlier version of zoom_gold read its kept versions; all were read anew'], 'which the log tells');
SELECT t.healthy('gold is sound');
CALL t.refresh();
SELECT t.same('SELECT t.told()', '{}'::text[], 'once');
SELECT * FROM finish();
