\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- verify() compares each user's current row with the newest version, without
-- the fold: it names what is not, and accuses nothing that is right.
CALL t.setup();
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
ALTER TABLE silver.si_users ADD deleted_at timestamptz;
ALTER TABLE silver.si_users ADD seat text;
ALTER TABLE gold.go_dim_user ADD seat text;
CREATE FUNCTION t.current() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(details, '^\d+ violations, for example ', '') FROM zoom_gold.verify() WHERE check_name = 'user_current' AND NOT passed
$$;

-- What is right: a plain user; homonyms; a correction; ties; an invalid newest
-- row; a deletion, a return, one within a transaction; deleted_at; silver set back
CALL t.clock('2024-03-01Z');
CALL t.user('u1', 'Ana', '2024-01-01Z', email => 'a@x.example', plan => 'Free');
CALL t.user('u2', 'Ana', '2024-01-02Z', email => 'b@x.example', plan => 'Free');
CALL t.user('u3', 'Ana', '2024-01-03Z', email => 'b@x.example', plan => 'Free');
CALL t.user('u4', 'Bo', '2024-01-01Z', plan => 'Free');
CALL t.user('u5', 'Cy', '2024-01-01Z', plan => 'Free');
CALL t.user('u5', 'Cy', '2024-01-01Z', plan => 'Basic');
CALL t.user('u6', 'Dee', '2024-01-01Z', plan => 'Free');
CALL t.user('u6', NULL, '2024-01-05Z', plan => 'Pro');
CALL t.user('u7', 'Eve', '2024-01-01Z', plan => 'Free');
CALL t.user('u8', 'Fay', '2024-01-01Z', plan => 'Free');
CALL t.user('u9', 'Gus', '2024-01-05Z', plan => 'Free');
CALL t.user('u10', 'Hal', '2024-01-01Z', plan => 'Free');
CALL t.user('u11', 'Ian', 'infinity', plan => 'Free');
UPDATE silver.si_users SET seat = '1';
CALL t.refresh();
CALL t.clock('2024-03-02Z');
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = 'u4';
CALL t.user('u5', 'Cy', '2024-01-01Z', plan => 'Pro');
UPDATE silver.si_users SET email = email WHERE user_id = 'u5' AND plan_type = 'Basic';
DELETE FROM silver.si_users WHERE user_id = 'u7';
UPDATE silver.si_users SET plan_type = 'Pro', update_timestamp = '2024-01-03Z' WHERE user_id = 'u9';
UPDATE silver.si_users SET deleted_at = '2024-02-01Z' WHERE user_id = 'u10';
CALL t.refresh();
CALL t.clock('2024-03-03Z');
CALL t.user('u7', 'Eve', '2023-12-01Z', plan => 'Pro');
CALL t.user('u7', 'Eve', '2023-11-01Z', plan => 'Basic');
BEGIN;
TRUNCATE silver.si_webinars;
CALL t.user('u8', 'Fay', '2024-02-01Z', plan => 'Pro');
UPDATE silver.si_users SET user_name = NULL WHERE user_id = 'u8' AND plan_type = 'Pro';
COMMIT;
DELETE FROM silver.si_users WHERE user_id = 'u5' AND plan_type = 'Pro';
CALL t.refresh();
SELECT t.same('SELECT d FROM t.current() AS d', '{}'::text[], 'what is right is accused of nothing');
SELECT t.healthy('it is right');

-- What is wrong, one after the other
CREATE FUNCTION t.named(damage text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	named text;
	rows bigint;
BEGIN
	EXECUTE damage;
	GET DIAGNOSTICS rows = ROW_COUNT;
	IF rows = 0 THEN
		RAISE EXCEPTION 'no damage done: %', damage;
	END IF;
	named := CASE WHEN EXISTS (SELECT FROM t.current()) THEN (SELECT string_agg(split_part(example, ',', 1), ', ' ORDER BY example)
		|| coalesce(' ' || max(i.user_id), '')
		FROM zoom_gold.verify_current_users()
		LEFT JOIN gold_state.user_identity AS i ON i.ordinal = substring(example FROM 'ordinal (\d+)')::integer) END;
	RAISE EXCEPTION SQLSTATE 'ZZUND';
EXCEPTION WHEN SQLSTATE 'ZZUND' THEN
	RETURN named;
END
$$;
SELECT is(t.named(damage), want, kind) FROM (VALUES
	('another plan', $$UPDATE gold.go_dim_user SET plan_type = 'Free' WHERE user_name = 'Bo' AND is_current$$, 'not silver''s newest row, not the newest kept version u4'),
	('an older company', $$UPDATE gold.go_dim_user SET company = 'Old' WHERE user_name = 'Eve' AND is_current$$, 'not silver''s newest row, not the newest kept version u7'),
	('another value of one''s own', $$UPDATE gold.go_dim_user SET seat = '2' WHERE user_name = 'Gus' AND is_current$$, 'not the newest kept version u9'),
	('another''s name', $$UPDATE gold_state.user_version SET user_name = 'Zoe' WHERE user_name = 'Bo'; UPDATE gold.go_dim_user SET user_name = 'Zoe' WHERE user_name = 'Bo'$$,
	 'not silver''s newest row, not the newest kept version u4'),
	('a current row that is closed', $$UPDATE gold.go_dim_user SET valid_to = '2024-04-01Z', is_current = false WHERE user_name = 'Dee' AND is_current$$, 'not current u6'),
	('a deleted user who is current',
	 $$UPDATE gold_state.user_version SET valid_to = '9999-12-31 00:00Z' WHERE user_name = 'Hal'; UPDATE gold.go_dim_user SET valid_to = '9999-12-31 00:00Z', is_current = true WHERE user_name = 'Hal'$$,
	 'current though deleted u10'),
	('the current row of nobody', $$INSERT INTO gold.go_dim_user (user_name, valid_from, valid_to, is_current) VALUES ('Zoe', '2024-01-01Z', '9999-12-31 00:00Z', true)$$,
	 'current without a version'),
	('a kept version that is lost with what came of it',
	 $$DELETE FROM gold_state.user_event WHERE user_id = 'u4' AND captured_at >= '2024-03-02Z'; UPDATE gold.go_dim_user SET plan_type = 'Free' WHERE user_name = 'Bo' AND is_current$$,
	 'not silver''s newest row u4')
) AS d (kind, damage, want);

-- Other policies: deletions that do not count, columns that are overwritten
UPDATE gold_state.settings SET value = 'ignore' WHERE name = 'delete_policy';
UPDATE gold_state.tracked_column SET scd_type = 1 WHERE column_name IN ('company', 'seat');
CALL t.refresh();
SELECT t.same('SELECT d FROM t.current() AS d', '{}'::text[], 'nor is what other settings make right');
DELETE FROM silver.si_users WHERE user_id = 'u1';
SELECT t.same('SELECT d FROM t.current() AS d', '{}'::text[], 'what is pending is not compared');
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM gold.go_dim_user WHERE user_name = 'Ana' AND is_current$$, '1', 'who is not deleted');
SELECT t.healthy('is current');

-- errors of users whose newest rows tie with a deletion, and of keys that are nobody's
CALL t.setup();
INSERT INTO silver.si_users (user_id, user_name, email, load_timestamp, deleted_at) VALUES ('tied', 'Tied', NULL, '2024-03-01Z', '2024-03-02Z');
INSERT INTO silver.si_users (user_id, user_name, email, load_timestamp) VALUES ('tied', NULL, 'bad', '2024-03-01Z');
INSERT INTO silver.si_users (user_id, user_name, load_timestamp, deleted_at)
SELECT repeat('long', 600), n.name, n.at, n.gone FROM (VALUES (NULL, timestamptz '2024-03-01Z', NULL::timestamptz), ('Long', '2024-03-02Z', NULL), ('Long', '2024-03-03Z', '2024-03-04Z')) AS n (name, at, gone);
CALL t.refresh();
SELECT t.healthy('errors of tied users and of long keys are as the engine has them');
SELECT * FROM finish();
