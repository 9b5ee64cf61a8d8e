\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What is the same for all rows of a query is asked once, not for each row,
-- whatever plan there is.
\set asked :abs_srcdir '/include/asked.sql'
\i :asked
SET track_functions = 'all';
CALL t.setup();
CALL t.user('u1', 'Ana');
ALTER TABLE silver.si_users ADD COLUMN region text, ADD COLUMN deleted_at timestamptz;
ALTER TABLE gold.go_dim_user ADD COLUMN region text;
INSERT INTO gold_state.quality_rule (relation, rule_name, severity, condition) VALUES ('si_users', 'no_region', 'warning', 'region IS NULL');
UPDATE gold_state.settings SET value = 'month' WHERE name = 'partition_facts';
INSERT INTO silver.si_meetings SELECT 'm' || n, 'u1', 'T' || n, '2024-03-01 10:00Z'::timestamptz + n * interval '1 day', NULL, 30, '2024-03-01Z', NULL, NULL FROM generate_series(1, 50) AS n;
-- tied, spread over days, spelt in two ways, of types that nobody knows
INSERT INTO silver.si_feature_usage SELECT 'f' || n % 20, ' m' || n, 'Chat', 1, date '2024-03-01' + n, '2024-03-01Z', NULL, NULL FROM generate_series(1, 50) AS n;
INSERT INTO silver.si_billing_events SELECT 'b' || n, 'u1', 'Type ' || n, 1, '2024-03-01', '2024-03-01Z', NULL, NULL FROM generate_series(1, 50) AS n;
CALL t.refresh();
CREATE PROCEDURE t.change() LANGUAGE plpgsql AS $$
BEGIN
	UPDATE silver.si_meetings SET duration_minutes = duration_minutes + 1;
	UPDATE silver.si_users SET company = concat(company, 'x');
	PERFORM zoom_gold.refresh();
END
$$;
SELECT t.same(format('SELECT t.asked(%L)', statement), '{}'::text[], statement) FROM (VALUES
	('SELECT FROM zoom_gold.verify()'), ('SELECT FROM zoom_gold.setup()'), ('CALL t.change()'), ('SELECT FROM zoom_gold.refresh(true)'),
	('SELECT FROM zoom_gold.plan(true)'), ('TABLE zoom_gold.status'), ('TABLE zoom_gold.unknown_value')) AS s (statement);

BEGIN;
SELECT zoom_gold.setting('min_date') \g /dev/null
SELECT is((SELECT n FROM t.asked_so_far() WHERE name LIKE '%.setting%'), 1::bigint, 'calls are counted');
COMMIT;
-- What queries are made of is asked no more often where there are more rows or
-- columns.  Functions of SQL, and what words mean, are for rows.
CREATE FUNCTION t.called(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	counting text := 'SELECT coalesce(sum(f.calls), 0) FROM pg_stat_xact_user_functions AS f JOIN pg_proc AS p ON p.oid = f.funcid
		WHERE p.prolang = (SELECT oid FROM pg_language WHERE lanname = ''plpgsql'') AND f.schemaname = ''zoom_gold'' AND f.funcname <> ''verify_json''';
	before bigint;
	result bigint;
BEGIN
	EXECUTE counting INTO before;
	EXECUTE statement;
	EXECUTE counting INTO result;
	RETURN result - before;
END
$$;
SELECT t.called('SELECT FROM zoom_gold.verify()') AS usual \gset
DO $$
BEGIN
	FOR n IN 1 .. 40 LOOP
		EXECUTE format('ALTER TABLE silver.si_users ADD own_%1$s integer; ALTER TABLE gold.go_dim_user ADD own_%1$s integer', n);
		CALL t.user('v' || n, 'Vic ' || n);
	END LOOP;
	UPDATE silver.si_users SET region = user_id, own_1 = 1, own_40 = length(user_name);
END
$$;
CALL t.refresh();
SELECT t.called('SELECT FROM zoom_gold.verify()') AS many \gset
SELECT ok(:many < :usual + 100, 'verify() of many users and columns calls no function for each');
SELECT * FROM finish();
