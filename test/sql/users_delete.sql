\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Deletion and reappearance of users.
CALL t.setup();
CREATE FUNCTION t.plans(name text) RETURNS TABLE (plan text, valid_from timestamptz, valid_to timestamptz, is_current boolean)
LANGUAGE sql AS $$SELECT plan_type, valid_from, valid_to, is_current FROM gold.go_dim_user WHERE user_name = $1$$;

CALL t.user('u1', 'Ana', '2024-01-01Z');
CALL t.meeting('m1', 'u1', '2024-01-05 10:00Z');
CALL t.refresh_at('2024-01-06Z');
CALL t.clock('2024-02-01 10:00Z');
DELETE FROM silver.si_users WHERE user_id = 'u1';
CALL t.refresh_at('2024-02-02Z');
SELECT t.same($$SELECT * FROM t.plans('Ana')$$, 'Free|2024-01-01 00:00|2024-02-01 10:00|false', 'a deletion closes the version at its capture, not at the refresh');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', 'Ana', 'facts keep the name');
CALL t.meeting('m2', 'u1', '2024-02-05 10:00Z');
CALL t.refresh_at('2024-02-06Z');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', ARRAY['Ana', 'Ana'], 'a fact after the deletion has the last name before it');
SELECT t.same($$SELECT active_user_count FROM gold.go_agg_active_users WHERE activity_date = '2024-02-05' AND period_type = 'Daily'$$, '1',
	'a deleted user stays known');
SELECT t.errors_are('{}', 'and is not warned of');

-- back again, the same as before
CALL t.clock('2024-03-01Z');
CALL t.user('u1', 'Ana', '2024-03-01Z');
CALL t.refresh_at('2024-03-02Z');
SELECT t.same($$SELECT * FROM t.plans('Ana')$$, ARRAY['Free|2024-01-01 00:00|2024-02-01 10:00|false', 'Free|2024-03-01 00:00|9999-12-31 00:00|true'],
	'a user who comes back opens a version after the gap, though nothing changed');

-- with an old timestamp: from its own capture
CALL t.clock('2024-04-01 12:00Z');
DELETE FROM silver.si_users WHERE user_id = 'u1';
CALL t.clock('2024-05-01 12:00Z');
CALL t.user('u1', 'Ana', '2024-03-01Z', plan => 'Pro');
CALL t.refresh_at('2024-05-02Z');
SELECT t.same($$SELECT * FROM t.plans('Ana') WHERE valid_from >= '2024-03-01Z'$$, ARRAY['Free|2024-03-01 00:00|2024-04-01 12:00|false',
	'Pro|2024-05-01 12:00|9999-12-31 00:00|true'], 'a row that reappears with an old timestamp counts from its own capture');
-- and then a version older than that, which is one of before the deletion
CALL t.user('u1', 'Ana', '2024-02-28Z', plan => 'Basic');
CALL t.refresh_at('2024-05-03Z');
SELECT t.same($$SELECT * FROM t.plans('Ana') WHERE valid_from >= '2024-02-28Z'$$, ARRAY['Basic|2024-02-28 00:00|2024-03-01 00:00|false',
	'Free|2024-03-01 00:00|2024-04-01 12:00|false', 'Pro|2024-05-01 12:00|9999-12-31 00:00|true'],
	'when the user is there again, an older version is a late one and goes before the deletion');
-- and one that is newer, though not than the deletion
CALL t.clock('2024-05-03 12:00Z');
CALL t.user('u1', 'Ana', '2024-03-15Z', plan => 'Basic');
CALL t.refresh_at('2024-05-04Z');
SELECT t.same($$SELECT * FROM t.plans('Ana') WHERE valid_from >= '2024-03-01Z'$$, ARRAY['Free|2024-03-01 00:00|2024-04-01 12:00|false',
	'Pro|2024-05-01 12:00|2024-05-03 12:00|false', 'Basic|2024-05-03 12:00|9999-12-31 00:00|true'],
	'a newer one is of the new life, from its own capture');

-- deleted and back between two refreshes
CALL t.user('u2', 'Bo', '2024-01-01Z', email => 'bo@x.example');
CALL t.refresh_at('2024-05-04Z');
CALL t.clock('2024-05-05 01:00Z');
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.clock('2024-05-05 02:00Z');
CALL t.user('u2', 'Bo', '2024-05-05 02:00Z', email => 'bo@x.example');
CALL t.refresh_at('2024-05-06Z');
SELECT t.same($$SELECT * FROM t.plans('Bo')$$, ARRAY['Free|2024-01-01 00:00|2024-05-05 01:00|false', 'Free|2024-05-05 02:00|9999-12-31 00:00|true'],
	'gone and back between two refreshes leaves the gap');

-- a deletion that is rolled back never was
CALL t.clock('2024-05-10Z');
BEGIN;
DELETE FROM silver.si_users;
ROLLBACK;
BEGIN;
SAVEPOINT s;
DELETE FROM silver.si_users;
ROLLBACK TO s;
CALL t.user('u3', 'Cy', '2024-05-10Z', email => 'cy@x.example');
COMMIT;
CALL t.refresh();
SELECT t.same('SELECT user_name FROM gold.go_dim_user WHERE is_current', ARRAY['Ana', 'Bo', 'Cy'], 'what was rolled back never was');

-- a key that is changed
CALL t.clock('2024-05-11Z');
UPDATE silver.si_users SET user_id = 'u4', user_name = 'Dee', update_timestamp = '2024-05-11Z' WHERE user_id = 'u3';
CALL t.refresh();
SELECT t.same($$SELECT user_name, valid_from, valid_to FROM gold.go_dim_user WHERE user_name IN ('Cy', 'Dee')$$,
	ARRAY['Cy|2024-05-10 00:00|2024-05-11 00:00', 'Dee|2024-05-11 00:00|9999-12-31 00:00'], 'a new key is another user, the old one is gone');

-- delete and a changed column in one run
CALL t.user('u5', 'Eve', '2024-05-01Z', email => 'eve@x.example');
CALL t.user('u6', 'Fay', '2024-05-01Z', email => 'fay@x.example');
CALL t.refresh_at('2024-05-12Z');
CALL t.clock('2024-05-13Z');
CALL t.change_user('u5', '2024-05-12 12:00Z', plan => 'Pro');
DELETE FROM silver.si_users WHERE user_id IN ('u5', 'u6');
CALL t.refresh();
SELECT t.same($$SELECT user_name, plan_type, valid_from, valid_to, is_current FROM gold.go_dim_user WHERE user_name IN ('Eve', 'Fay')$$,
	ARRAY['Eve|Free|2024-05-01 00:00|2024-05-12 12:00|false', 'Eve|Pro|2024-05-12 12:00|2024-05-13 00:00|false', 'Fay|Free|2024-05-01 00:00|2024-05-13 00:00|false'],
	'a change and a deletion between two refreshes both count');
SELECT t.healthy('history is sound');

-- delete_policy = ignore
UPDATE gold_state.settings SET value = 'ignore' WHERE name = 'delete_policy';
CALL t.refresh();
SELECT t.same($$SELECT user_name, valid_to FROM gold.go_dim_user WHERE is_current$$,
	ARRAY['Ana|9999-12-31 00:00', 'Bo|9999-12-31 00:00', 'Cy|9999-12-31 00:00', 'Dee|9999-12-31 00:00', 'Eve|9999-12-31 00:00', 'Fay|9999-12-31 00:00'],
	'where deletions are ignored all versions stay open');
SELECT t.healthy('history is sound without deletions');
UPDATE gold_state.settings SET value = 'close' WHERE name = 'delete_policy';
CALL t.refresh();
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE is_current$$, ARRAY['Ana', 'Bo', 'Dee'], 'and closed when they count again: nothing was forgotten');
SELECT t.healthy('history is sound again');
SELECT * FROM finish();
