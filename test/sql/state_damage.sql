\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows lost from gold_state: verify() names the damage, and setup() with a
-- refresh of all mends it.  test/damage/columns does the same with each column.
CALL t.setup();
\set damage :abs_srcdir '/include/damage.sql'
\i :damage
SELECT t.healthy('sound before');
SELECT t.same($$SELECT name FROM (SELECT c.relname AS name, t.row_count(c.oid::regclass::text) AS n
	FROM pg_class c WHERE c.relnamespace = 'gold_state'::regnamespace AND c.relkind = 'r') x WHERE n = 0 AND name NOT IN ('dirty', 'compared_piece', 'fact_partition', 'value_map', 'user_change', 'ticket_change', 'slice_change', 'reused_key')$$,
	'{}'::text[], 'every table of the state has rows, but for those that people or changes fill');
SELECT t.same($$SELECT w FROM pg_class c CROSS JOIN unnest('{all,half}'::text[]) AS h (how), LATERAL damage.try(c.relname, h.how, damage.is_unseen(c.relname, h.how)) AS w
	WHERE c.relnamespace = 'gold_state'::regnamespace AND c.relkind = 'r'$$, '{}'::text[], 'all rows or half of them lost, of every table');
SELECT t.same($$SELECT w FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
	LATERAL damage.try(c.relname, a.attname, damage.is_unseen(c.relname, a.attname)) AS w
	WHERE c.relnamespace = 'gold_state'::regnamespace AND c.relkind = 'r' AND (c.relname, a.attname) IN (('slice', 'users'), ('slice', 'keys'), ('day_partial', 'users'),
		('day_partial', 'relation'), ('user_identity', 'ordinal'), ('user_identity', 'user_id'), ('user_event', 'ordinal'), ('user_version', 'ordinal'), ('ticket_identity', 'ordinal'),
		('license_span', 'spans'), ('period_users', 'users'), ('key_spelling', 'key'), ('open_error', 'key'), ('meeting_detail', 'ordinal'))$$, '{}'::text[], 'one value damaged');

-- what is left tells what is lost
CREATE TEMP TABLE before AS SELECT user_name, valid_from, valid_to, plan_type FROM gold.go_dim_user;
DELETE FROM gold_state.user_identity WHERE user_id IN ('u1', 'u6', 'nobody');
DELETE FROM gold_state.ticket_identity;
UPDATE gold_state.user_identity SET forgotten = false;
CALL t.refresh(true);
SELECT t.equal('SELECT user_name, valid_from, valid_to, plan_type FROM gold.go_dim_user', 'SELECT * FROM before', 'identities come back from the versions, with their history');
SELECT t.same('SELECT user_id FROM gold_state.user_identity WHERE forgotten', 'u7', 'who was forgotten stays so');
SELECT t.healthy('and all is sound');
CREATE TEMP TABLE resolved AS SELECT ticket_type, resolved_at FROM gold.go_fact_support_ticket;
DELETE FROM gold_state.ticket_event WHERE op = 'I' AND resolution_status = 'Open';
CALL t.refresh(true);
SELECT t.equal('SELECT ticket_type, resolved_at FROM gold.go_fact_support_ticket', 'SELECT * FROM resolved', 'a version of which the end is kept comes back');
SELECT t.healthy('and all is sound');

-- an ordinary refresh after the loss, which has mixed numbers up
DELETE FROM gold_state.user_identity WHERE user_id IN ('u1', 'u2');
CALL t.change_user('u1', '2024-03-05Z', plan => 'Basic');
CALL t.meeting('m9', 'newcomer', '2024-02-06 10:00Z');
CALL t.clock('2024-03-06Z');
SELECT t.same($$SELECT status FROM zoom_gold.refresh() WHERE process_name = 'merge_dim_user'$$, 'Failure', 'a step that would give a number twice fails');
CALL t.refresh(true);
SELECT t.healthy('and a refresh of all mends it');
DELETE FROM gold_state.secret;
SELECT t.same($$SELECT status FROM zoom_gold.refresh(full_refresh => true) WHERE process_name = 'merge_dim_user'$$, 'Failure', 'without the key of the pseudonyms the step fails');
CALL t.setup();
CALL t.refresh(true);
SELECT t.healthy('setup() makes another');

-- a key in what is kept that is nobody's
UPDATE gold_state.user_event SET user_id = user_id || 'x' WHERE ctid = (SELECT max(ctid) FROM gold_state.user_event);
UPDATE gold_state.ticket_event SET ticket_id = ticket_id || 'x' WHERE ctid = (SELECT max(ctid) FROM gold_state.ticket_event);
CALL t.refresh(true);
SELECT t.healthy('the number tells whose it was');
SELECT * FROM finish();
