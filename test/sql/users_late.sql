\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Versions that arrive late or together, ties, several rows of one user.
CALL t.setup();
CREATE VIEW t.plans AS
	SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user;
CREATE PROCEDURE t.row(id text, plan text, at timestamptz, loaded timestamptz DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_users VALUES (id, 'Ana ' || id, id || '@x.example', 'Acme', plan, coalesce(loaded, at), at, 'ZOOM');
END
$$;

-- silver keeps all versions, and one comes late
CALL t.row('u1', 'Free', '2024-01-01Z');
CALL t.row('u1', 'Business', '2024-03-01Z');
CALL t.refresh_at('2024-03-02Z');
SELECT t.same('SELECT * FROM t.plans', ARRAY['Free|2024-01-01 00:00|2024-03-01 00:00', 'Business|2024-03-01 00:00|9999-12-31 00:00'],
	'several rows of one user are its versions');
CALL t.row('u1', 'Pro', '2024-02-01Z');
CALL t.refresh_at('2024-03-03Z');
SELECT t.same('SELECT * FROM t.plans', ARRAY['Free|2024-01-01 00:00|2024-02-01 00:00', 'Pro|2024-02-01 00:00|2024-03-01 00:00',
	'Business|2024-03-01 00:00|9999-12-31 00:00'], 'a late version takes its place');
SELECT t.same($$SELECT plan_type FROM gold.go_dim_user WHERE is_current$$, 'Business', 'and never overwrites the newest');
CALL t.row('u1', 'Pro', '2023-12-01Z');
CALL t.refresh_at('2024-03-04Z');
SELECT t.same('SELECT * FROM t.plans', ARRAY['Pro|2023-12-01 00:00|2024-01-01 00:00', 'Free|2024-01-01 00:00|2024-02-01 00:00',
	'Pro|2024-02-01 00:00|2024-03-01 00:00', 'Business|2024-03-01 00:00|9999-12-31 00:00'], 'one older than all goes before all');

-- equal neighbours merge, also when what parted them changes
CALL t.row('u1', 'Business', '2024-04-01Z');
CALL t.refresh_at('2024-04-02Z');
SELECT t.same('SELECT count(*) FROM t.plans', '4', 'an equal version at the end merges with its neighbour');
CALL t.row('u1', 'Pro', '2024-02-20Z');
CALL t.refresh_at('2024-04-03Z');
SELECT t.same('SELECT count(*) FROM t.plans', '4', 'so does a late one that equals the one before it');
CALL t.row('u1', 'Free', '2024-03-15Z');
CALL t.refresh_at('2024-04-04Z');
SELECT t.same($$SELECT * FROM t.plans WHERE valid_from >= '2024-03-01Z'$$, ARRAY['Business|2024-03-01 00:00|2024-03-15 00:00',
	'Free|2024-03-15 00:00|2024-04-01 00:00', 'Business|2024-04-01 00:00|9999-12-31 00:00'],
	'a late one between merged ones parts them at the instant that was merged away');

-- ties: the later captured wins, and the loser leaves no trace
CALL t.row('u2', 'Free', '2024-01-01Z');
CALL t.row('u2', 'Pro', '2024-01-01Z');
CALL t.row('u2', 'Basic', '2024-01-01Z');
CALL t.refresh_at('2024-04-05Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana u2'$$,
	'Basic|2024-01-01 00:00|9999-12-31 00:00', 'of versions with one timestamp the last captured wins');
CALL t.row('u2', 'Business', '2024-01-01Z');
CALL t.refresh_at('2024-04-06Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana u2'$$,
	'Business|2024-01-01 00:00|9999-12-31 00:00', 'also when a refresh lies between');
CALL t.row('u3', 'Pro', '2024-01-01Z', loaded => '2024-01-02Z');
CALL t.row('u3', 'Basic', '2024-01-01Z', loaded => '2024-01-01Z');
CALL t.refresh_at('2024-04-07Z');
SELECT t.same($$SELECT plan_type, valid_from FROM gold.go_dim_user WHERE user_name = 'Ana u3'$$,
	'Pro|2024-01-01 00:00', 'before capture, load_timestamp decides');
-- A, then B and A with one timestamp: B is empty, A and A merge
CALL t.row('u4', 'Free', '2024-01-01Z');
CALL t.row('u4', 'Pro', '2024-02-01Z');
CALL t.row('u4', 'Free', '2024-02-01Z');
CALL t.refresh_at('2024-04-08Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana u4'$$,
	'Free|2024-01-01 00:00|9999-12-31 00:00', 'what a tie leaves empty does not part its neighbours');

-- exact duplicates, in one batch and in two
CALL t.row('u5', 'Free', '2024-01-01Z');
CALL t.row('u5', 'Free', '2024-01-01Z');
CALL t.row('u5', 'Pro', '2024-02-01Z');
CALL t.row('u5', 'Pro', '2024-02-01Z');
CALL t.refresh_at('2024-04-09Z');
CALL t.row('u5', 'Free', '2024-01-01Z');
CALL t.refresh_at('2024-04-10Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana u5'$$,
	ARRAY['Free|2024-01-01 00:00|2024-02-01 00:00', 'Pro|2024-02-01 00:00|9999-12-31 00:00'], 'duplicates change nothing');

-- rows of one user written in one statement, newest first
INSERT INTO silver.si_users
SELECT 'u6', 'Ana u6', 'u6@x.example', 'Acme', plan, at, at, 'ZOOM'
FROM (VALUES ('Business', timestamptz '2024-03-01Z'), ('Free', '2024-01-01Z'), ('Pro', '2024-02-01Z')) AS v (plan, at);
CALL t.refresh_at('2024-04-11Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana u6'$$,
	ARRAY['Free|2024-01-01 00:00|2024-02-01 00:00', 'Pro|2024-02-01 00:00|2024-03-01 00:00', 'Business|2024-03-01 00:00|9999-12-31 00:00'],
	'the order of arrival within a statement does not matter');

-- an update that sets an older timestamp weaves in
UPDATE silver.si_users SET plan_type = 'Enterprise', update_timestamp = '2024-01-15Z' WHERE user_id = 'u3' AND plan_type = 'Pro';
CALL t.refresh_at('2024-04-12Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana u3'$$,
	ARRAY['Pro|2024-01-01 00:00|2024-01-15 00:00', 'Enterprise|2024-01-15 00:00|9999-12-31 00:00'], 'an update at a later instant');
UPDATE silver.si_users SET plan_type = 'Free', update_timestamp = '2024-01-10Z' WHERE user_id = 'u3' AND plan_type = 'Enterprise';
CALL t.refresh_at('2024-04-13Z');
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana u3'$$,
	ARRAY['Pro|2024-01-01 00:00|2024-01-10 00:00', 'Free|2024-01-10 00:00|2024-01-15 00:00', 'Enterprise|2024-01-15 00:00|9999-12-31 00:00'],
	'an update to an older instant weaves into the history');

-- one of several rows goes: the versions stay, the user is not deleted
DELETE FROM silver.si_users WHERE user_id = 'u1' AND update_timestamp = '2024-04-01Z';
CALL t.refresh_at('2024-04-14Z');
SELECT t.same($$SELECT plan_type, valid_from, is_current FROM gold.go_dim_user WHERE user_name = 'Ana u1' AND valid_from >= '2024-03-15Z'$$,
	ARRAY['Free|2024-03-15 00:00|false', 'Business|2024-04-01 00:00|true'], 'a user of whom a row is left is not deleted, and versions are kept');
SELECT t.healthy('history is sound');
-- one statement: its rows come in its order
INSERT INTO silver.si_users VALUES
	('s1', 'One', 's1@x.example', 'A', 'Free', '2024-01-01Z', NULL, 'Z'), ('s2', 'Two', 's2@x.example', 'B', 'Free', '2024-01-01Z', NULL, 'Z'),
	('s1', 'One', 's1@x.example', 'B', 'Free', '2024-01-01Z', NULL, 'Z'), ('s2', 'Two', 's2@x.example', 'A', 'Free', '2024-01-01Z', NULL, 'Z');
INSERT INTO silver.si_support_tickets VALUES
	('s1', 's1', 'K', 'Open', '2024-01-01', '2024-01-02Z', NULL, 'Z'), ('s2', 's1', 'L', 'Resolved', '2024-01-01', '2024-01-02Z', NULL, 'Z'),
	('s1', 's1', 'K', 'Resolved', '2024-01-01', '2024-01-02Z', NULL, 'Z'), ('s2', 's1', 'L', 'Open', '2024-01-01', '2024-01-02Z', NULL, 'Z');
CALL t.refresh();
SELECT t.same('SELECT user_name, company FROM gold.go_dim_user WHERE user_name IN (''One'', ''Two'')', '{One|B,Two|A}'::text[], 'of one statement the last row counts');
SELECT t.same('SELECT ticket_type, resolution_status, resolved_at FROM gold.go_fact_support_ticket', '{K|Resolved|2024-01-02 00:00,L|Open|-}'::text[], 'so it is with tickets');
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id LIKE 's_';
CALL t.refresh();
SELECT t.same('SELECT user_name, company FROM gold.go_dim_user WHERE user_name IN (''One'', ''Two'') AND is_current', '{One|B,Two|A}'::text[], 'an update of both keeps their order');
SELECT t.healthy('verify() thinks so, too');
SELECT * FROM finish();
