\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The common ways to reload a table delete nobody.
CALL t.setup();
CALL t.user('u1', 'Ana', '2024-01-01Z');
CALL t.user('u2', 'Bo', '2024-01-01Z', email => 'bo@x.example');
CALL t.user('u3', 'Ana', '2024-01-01Z', email => 'other@x.example');
INSERT INTO silver.si_users SELECT 'n' || n, 'User ' || n, n || '@x.example', NULL, 'Free', '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(1, 50) AS n;
CALL t.meeting('m1', 'u1', '2024-01-05 10:00Z');
CALL t.refresh_at('2024-01-06Z');
CALL t.change_user('u1', '2024-02-01Z', plan => 'Pro');
CALL t.refresh_at('2024-02-02Z');
CALL t.clock('2024-02-03Z');
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.refresh_at('2024-02-04Z');
CALL t.user('u2', 'Bo', '2024-02-04Z', email => 'bo@x.example');
CALL t.refresh_at('2024-02-05Z');

CREATE TEMP TABLE before AS SELECT * FROM t.places() AS p;
CREATE TEMP TABLE copy AS SELECT * FROM silver.si_users;
CALL t.clock('2024-05-07Z');
BEGIN;
DELETE FROM silver.si_users;
INSERT INTO silver.si_users SELECT * FROM copy;
COMMIT;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'DELETE and INSERT in one transaction change nothing');
BEGIN;
TRUNCATE silver.si_users;
INSERT INTO silver.si_users SELECT * FROM copy;
COMMIT;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor do TRUNCATE and reload');
BEGIN;
TRUNCATE silver.si_users;
SAVEPOINT s;
INSERT INTO silver.si_users SELECT * FROM copy WHERE user_id < 'n3';
ROLLBACK TO s;
INSERT INTO silver.si_users SELECT * FROM copy WHERE user_id < 'n2';
INSERT INTO silver.si_users SELECT * FROM copy WHERE user_id >= 'n2';
COMMIT;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor in pieces');
UPDATE silver.si_users SET user_name = user_name;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor an update of every row to itself');
BEGIN;
CREATE TABLE silver.si_users_new (LIKE silver.si_users INCLUDING ALL);
INSERT INTO silver.si_users_new SELECT * FROM copy;
DROP TABLE silver.si_users;
ALTER TABLE silver.si_users_new RENAME TO si_users;
COMMIT;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor a swap by renaming');
CALL t.setup();
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor setup() afterwards');
CALL t.refresh(true);
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'nor a full refresh');

-- changes and gaps in a reload count
CALL t.clock('2024-05-08Z');
BEGIN;
TRUNCATE silver.si_users;
INSERT INTO silver.si_users SELECT * FROM copy WHERE user_id <> 'u2';
UPDATE silver.si_users SET plan_type = 'Business', update_timestamp = '2024-05-08Z' WHERE user_id = 'u3';
COMMIT;
CALL t.refresh_at('2024-05-09Z');
SELECT t.same($$SELECT user_name, plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE valid_to = '2024-05-08Z' OR valid_from = '2024-05-08Z'$$,
	ARRAY['Bo|Free|2024-02-04 00:00|2024-05-08 00:00', 'Ana (other@x.example)|Free|2024-01-01 00:00|2024-05-08 00:00',
		'Ana (other@x.example)|Business|2024-05-08 00:00|9999-12-31 00:00'],
	'whoever does not come back is deleted, who comes back changed has changed');
-- a swap that brings a change and loses a row: noticed at the refresh
BEGIN;
CREATE TABLE silver.si_users_new (LIKE silver.si_users INCLUDING ALL);
INSERT INTO silver.si_users_new SELECT * FROM copy WHERE user_id <> 'u3';
UPDATE silver.si_users_new SET plan_type = 'Basic', update_timestamp = '2024-05-09Z' WHERE user_id = 'u1';
DROP TABLE silver.si_users;
ALTER TABLE silver.si_users_new RENAME TO si_users;
COMMIT;
CALL t.refresh_at('2024-05-10Z');
SELECT t.same($$SELECT user_name, plan_type, valid_from, valid_to FROM gold.go_dim_user
	WHERE user_name LIKE 'Ana%' AND valid_to >= '2024-05-09Z'$$,
	ARRAY['Ana|Pro|2024-02-01 00:00|2024-05-09 00:00', 'Ana|Basic|2024-05-09 00:00|9999-12-31 00:00',
		'Ana (other@x.example)|Business|2024-05-08 00:00|2024-05-10 00:00'],
	'after a swap, changes count from their timestamps and losses from the refresh');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE is_current AND user_name = 'Bo'$$, 'Bo', 'who is in the new table is there again');
-- the new table is captured by then, or compared: either way nothing is missed
CALL t.change_user('u1', '2024-05-11Z', plan => 'Free');
CALL t.setup();
CALL t.change_user('u1', '2024-05-12Z', plan => 'Pro');
CALL t.refresh_at('2024-05-13Z');
SELECT t.same($$SELECT plan_type FROM gold.go_dim_user WHERE is_current AND user_name = 'Ana'$$, 'Pro', 'and later changes are seen');

-- a lost or disabled trigger
DO $$
DECLARE
	trigger text;
BEGIN
	FOR trigger IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'silver.si_users'::regclass AND NOT tgisinternal
	LOOP
		EXECUTE format('ALTER TABLE silver.si_users DISABLE TRIGGER %I', trigger);
	END LOOP;
END
$$;
CALL t.change_user('u1', '2024-05-14Z', plan => 'Enterprise');
CREATE TEMP TABLE outcome AS SELECT * FROM zoom_gold.refresh();
SELECT t.same($$SELECT plan_type FROM gold.go_dim_user WHERE is_current AND user_name = 'Ana'$$, 'Enterprise', 'what a disabled trigger missed is found');
SELECT t.same($$SELECT status FROM outcome WHERE process_name = 'merge_dim_user'$$, 'Warning', 'and warned of');
CALL t.setup();
DO $$
DECLARE
	trigger text;
BEGIN
	FOR trigger IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'silver.si_users'::regclass AND NOT tgisinternal
	LOOP
		EXECUTE format('DROP TRIGGER %I ON silver.si_users', trigger);
	END LOOP;
END
$$;
CALL t.change_user('u1', '2024-05-15Z', plan => 'Free');
CALL t.refresh_at('2024-05-16Z');
SELECT t.same($$SELECT plan_type FROM gold.go_dim_user WHERE is_current AND user_name = 'Ana'$$, 'Free', 'so is what a dropped one missed');
SET session_replication_role = replica;
CALL t.change_user('u1', '2024-05-17Z', plan => 'Pro');
RESET session_replication_role;
CALL t.setup();
CALL t.change_user('u2', '2024-05-17Z', plan => 'Pro');
CALL t.refresh_at('2024-05-18Z');
SELECT t.same($$SELECT user_name, plan_type FROM gold.go_dim_user WHERE is_current AND user_name IN ('Ana', 'Bo')$$, ARRAY['Ana|Pro', 'Bo|Pro'],
	'triggers fire in every session_replication_role');
SELECT t.healthy('history is sound');
SELECT * FROM finish();
