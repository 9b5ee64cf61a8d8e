\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Versions of a user: change, touch, revert, several changes at a time.
CALL t.setup();
CREATE VIEW t.versions AS
	SELECT user_name, email, company, plan_type, valid_from, valid_to, is_current FROM gold.go_dim_user;
CREATE VIEW t.plans AS
	SELECT user_name, plan_type, valid_from, valid_to, is_current FROM gold.go_dim_user;

CALL t.user('u1', 'Ana Ruiz', '2024-01-01 09:00Z');
CALL t.refresh_at('2024-01-01 10:00Z');
SELECT t.same('SELECT * FROM t.versions',
	'Ana Ruiz|ana@x.example|Acme|Free|2024-01-01 09:00|9999-12-31 00:00|true', 'a user has one version, open-ended and current');
SELECT t.same('SELECT load_date, update_date, source_system FROM gold.go_dim_user', '2024-01-01|2024-01-01|ZOOM',
	'its bookkeeping is the day of the load and the source');

-- a touch
CALL t.change_user('u1', '2024-01-15 09:00Z');
CALL t.refresh_at('2024-01-15 10:00Z');
SELECT t.same('SELECT * FROM t.plans', 'Ana Ruiz|Free|2024-01-01 09:00|9999-12-31 00:00|true', 'a touch opens nothing');
SELECT t.same('SELECT load_date, update_date FROM gold.go_dim_user', '2024-01-01|2024-01-01', 'and writes nothing');
CALL t.change_user('u1', '2024-01-16 09:00Z', name => '  Ana  Ruiz ', email => 'ANA@X.EXAMPLE ', plan => 'free');
CALL t.refresh_at('2024-01-16 10:00Z');
SELECT t.same('SELECT * FROM t.plans', 'Ana Ruiz|Free|2024-01-01 09:00|9999-12-31 00:00|true', 'nor does another spelling of the same');

-- a change
CALL t.change_user('u1', '2024-02-01 10:00Z', plan => 'Pro');
CALL t.refresh_at('2024-02-02 10:00Z');
SELECT t.same('SELECT * FROM t.plans', ARRAY['Ana Ruiz|Free|2024-01-01 09:00|2024-02-01 10:00|false',
	'Ana Ruiz|Pro|2024-02-01 10:00|9999-12-31 00:00|true'], 'a change closes the version and opens the next at one instant');
SELECT t.same('SELECT plan_type, load_date, update_date FROM gold.go_dim_user', ARRAY['Free|2024-01-01|2024-02-02', 'Pro|2024-02-02|2024-02-02'],
	'the closed one is updated, the new one loaded that day');

-- a revert
CALL t.change_user('u1', '2024-03-01 10:00Z', plan => 'Free');
CALL t.refresh_at('2024-03-02 10:00Z');
SELECT t.same('SELECT * FROM t.plans', ARRAY['Ana Ruiz|Free|2024-01-01 09:00|2024-02-01 10:00|false',
	'Ana Ruiz|Pro|2024-02-01 10:00|2024-03-01 10:00|false', 'Ana Ruiz|Free|2024-03-01 10:00|9999-12-31 00:00|true'],
	'a revert opens a version of its own');

-- several between two refreshes, in transactions of their own and in one
CALL t.change_user('u1', '2024-04-01 08:00Z', plan => 'Basic');
CALL t.change_user('u1', '2024-04-01 12:00Z', plan => 'Business');
BEGIN;
CALL t.change_user('u1', '2024-04-01 16:00Z', company => 'Bravo');
CALL t.change_user('u1', '2024-04-01 20:00Z', company => 'Charlie');
COMMIT;
CALL t.refresh_at('2024-04-02 10:00Z');
SELECT t.same($$SELECT company, plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE valid_from >= '2024-03-01Z'$$, ARRAY[
	'Acme|Free|2024-03-01 10:00|2024-04-01 08:00', 'Acme|Basic|2024-04-01 08:00|2024-04-01 12:00', 'Acme|Business|2024-04-01 12:00|2024-04-01 16:00',
	'Bravo|Business|2024-04-01 16:00|2024-04-01 20:00', 'Charlie|Business|2024-04-01 20:00|9999-12-31 00:00'],
	'every version that silver held is kept');

-- to and fro between two refreshes leaves a trace as well
CALL t.change_user('u1', '2024-05-01 08:00Z', plan => 'Pro');
CALL t.change_user('u1', '2024-05-01 09:00Z', plan => 'Business');
CALL t.refresh_at('2024-05-02 10:00Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE valid_from >= '2024-04-01 20:00Z'$$, ARRAY[
	'Business|2024-04-01 20:00|2024-05-01 08:00', 'Pro|2024-05-01 08:00|2024-05-01 09:00', 'Business|2024-05-01 09:00|9999-12-31 00:00'],
	'a change and its revert between two refreshes are seen');

-- each attribute is tracked; NULL is a value like others (the dbt situations)
CALL t.user('u2', 'Bo Lee', '2024-01-01 09:00Z', email => 'bo@x.example', company => NULL);
UPDATE silver.si_users SET company = 'Delta', update_timestamp = '2024-02-01Z' WHERE user_id = 'u2';
UPDATE silver.si_users SET company = ' ', update_timestamp = '2024-03-01Z' WHERE user_id = 'u2';
UPDATE silver.si_users SET email = NULL, update_timestamp = '2024-04-01Z' WHERE user_id = 'u2';
UPDATE silver.si_users SET plan_type = NULL, update_timestamp = '2024-05-01Z' WHERE user_id = 'u2';
UPDATE silver.si_users SET plan_type = 'Free', update_timestamp = '2024-05-02Z' WHERE user_id = 'u2';
UPDATE silver.si_users SET user_name = 'Bo M. Lee', update_timestamp = '2024-06-01Z' WHERE user_id = 'u2';
CALL t.refresh_at('2024-06-02 10:00Z');
SELECT t.same($$SELECT user_name, email, company, plan_type, valid_from FROM gold.go_dim_user WHERE user_name LIKE 'Bo%'$$, ARRAY[
	'Bo Lee|bo@x.example|-|Free|2024-01-01 09:00', 'Bo Lee|bo@x.example|Delta|Free|2024-02-01 00:00', 'Bo Lee|bo@x.example|-|Free|2024-03-01 00:00',
	'Bo Lee|-|-|Free|2024-04-01 00:00', 'Bo Lee|-|-|-|2024-05-01 00:00', 'Bo Lee|-|-|Free|2024-05-02 00:00', 'Bo M. Lee|-|-|Free|2024-06-01 00:00'],
	'NULL to value and back is a change each time, in every attribute');

-- the version timestamp is update_timestamp, or load_timestamp without one
INSERT INTO silver.si_users (user_id, user_name, email, plan_type, load_timestamp) VALUES ('u3', 'Cy', 'cy@x.example', 'Free', '2024-01-05 06:00Z');
CALL t.refresh_at('2024-06-03 10:00Z');
SELECT t.same($$SELECT valid_from, source_system FROM gold.go_dim_user WHERE user_name = 'Cy'$$, '2024-01-05 06:00|-', 'without update_timestamp the version opens at load_timestamp');

-- without moving timestamps a change counts from its capture
CALL t.clock('2024-06-04 07:00Z');
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = 'u3';
CALL t.clock('2024-06-04 08:00Z');
UPDATE silver.si_users SET plan_type = 'Business' WHERE user_id = 'u3';
UPDATE silver.si_users SET source_system = 'X' WHERE user_id = 'u3';
CALL t.refresh_at('2024-06-04 10:00Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Cy'$$,
	ARRAY['Free|2024-01-05 06:00|2024-06-04 07:00', 'Pro|2024-06-04 07:00|2024-06-04 08:00', 'Business|2024-06-04 08:00|9999-12-31 00:00'],
	'a change that does not move the timestamp counts from its capture');

-- an invalid row is no version
CALL t.user('u4', 'Di', '2024-01-05 06:00Z', email => 'di@x.example');
UPDATE silver.si_users SET user_name = '  ', plan_type = 'Pro', update_timestamp = '2024-02-05Z' WHERE user_id = 'u4';
CALL t.refresh_at('2024-06-05 10:00Z');
SELECT t.same($$SELECT user_name, plan_type, valid_to FROM gold.go_dim_user WHERE email = 'di@x.example'$$, 'Di|Free|9999-12-31 00:00',
	'an invalid row is no version: the one before stays open');
UPDATE silver.si_users SET user_name = 'Di', update_timestamp = '2024-03-05Z' WHERE user_id = 'u4';
CALL t.refresh_at('2024-06-06 10:00Z');
SELECT t.same($$SELECT user_name, plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE email = 'di@x.example'$$,
	ARRAY['Di|Free|2024-01-05 06:00|2024-03-05 00:00', 'Di|Pro|2024-03-05 00:00|9999-12-31 00:00'], 'mended, it counts from then');

-- numeric and text equality: only the text matters
UPDATE silver.si_users SET company = '1.0', update_timestamp = '2024-06-07Z' WHERE user_id = 'u4';
UPDATE silver.si_users SET company = '1.00', update_timestamp = '2024-06-08Z' WHERE user_id = 'u4';
CALL t.refresh_at('2024-06-09 10:00Z');
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE email = 'di@x.example' AND valid_from >= '2024-06-01Z'$$, ARRAY['1.0', '1.00'],
	'texts that are equal as numbers are different values');
SELECT t.healthy('history is sound');
CALL t.refresh(true);
SELECT t.same('SELECT count(*) FROM gold.go_dim_user', '23', 'a full refresh finds nothing else');
SELECT t.healthy('history is sound after a full refresh');
SELECT * FROM finish();
