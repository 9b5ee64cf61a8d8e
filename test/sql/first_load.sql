\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A first load of many rows builds the indexes at its end.
CREATE PROCEDURE t.fill() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_users SELECT 'u' || n, 'User ' || n % 2000, n || '@x.example', 'Acme', 'Free', '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(1, 3000) AS n;
	INSERT INTO silver.si_support_tickets SELECT 't' || n, 'u' || n % 3100, 'Audio', 'Open', '2024-01-01', '2024-01-02Z', NULL, 'DESK' FROM generate_series(1, 3000) AS n;
END
$$;
CALL t.clock('2024-06-30Z');
CALL t.setup();
CALL t.fill();

-- The tables whose indexes are built at the end.
CREATE VIEW t.filled AS SELECT * FROM unnest('{gold_state.user_identity,gold_state.user_version,gold_state.user_event,gold_state.ticket_identity}'::text[]) AS name;
-- Indexes that do not find all their rows.
CREATE FUNCTION t.lost() RETURNS SETOF text LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
DECLARE
	i record;
	found_all boolean;
BEGIN
	FOR i IN
		SELECT indexrelid::regclass AS index, name, coalesce(pg_get_expr(indpred, indrelid), 'true') AS condition,
			(SELECT string_agg(format('b.%I = a.%1$I', attname), ' AND ') FROM pg_attribute WHERE attrelid = indexrelid) AS equal
		FROM pg_index, t.filled WHERE indrelid = name::regclass
	LOOP
		EXECUTE format('SELECT bool_and(EXISTS (SELECT FROM %1$s AS b WHERE %2$s AND %3$s)) FROM %1$s AS a WHERE %3$s', i.name, i.equal, i.condition) INTO found_all;
		IF NOT found_all THEN
			RETURN NEXT i.index;
		END IF;
	END LOOP;
END
$$;
-- what is built anew is another file
CREATE FUNCTION t.files() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT indexrelid::regclass || ' ' || pg_relation_filenode(indexrelid) FROM pg_index, t.filled WHERE indrelid = name::regclass
$$;

CREATE TEMP TABLE before AS SELECT * FROM t.files() AS file;
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM (SELECT file FROM before INTERSECT SELECT t.files()) AS f', '0', 'all are built anew');
SELECT t.same('SELECT t.lost()', '{}'::text[], 'and find all rows');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'the first load is right');
SELECT throws_ok($$INSERT INTO gold_state.user_identity SELECT * FROM gold_state.user_identity LIMIT 1$$, '23505', NULL, 'keys are unique');

TRUNCATE before;
INSERT INTO before SELECT t.files();
UPDATE silver.si_users SET plan_type = 'Pro', update_timestamp = '2024-02-01Z' WHERE hashtext(user_id) % 3 = 0;
UPDATE silver.si_support_tickets SET resolution_status = 'Closed', update_timestamp = '2024-02-01Z' WHERE hashtext(ticket_id) % 3 = 0;
DELETE FROM silver.si_users WHERE hashtext(user_id) % 7 = 0;
CALL t.refresh_at('2024-06-30 01:00Z');
SELECT t.equal('SELECT t.files()', 'SELECT file FROM before', 'later refreshes keep the indexes');
SELECT t.same('SELECT t.lost()', '{}'::text[], 'and find all rows by them');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'and are right');

-- a query that reads an empty table is not disturbed by what it calls
DROP SCHEMA gold, gold_state, silver CASCADE;
CALL t.setup();
CALL t.fill();
TRUNCATE before;
INSERT INTO before SELECT t.files();
BEGIN;
SET LOCAL enable_seqscan = off;
DECLARE reader CURSOR FOR SELECT FROM gold_state.user_identity WHERE user_id = 'u1';
FETCH reader;
CALL t.refresh_at('2024-06-30Z');
FETCH reader;
COMMIT;
SELECT t.same('SELECT count(*) FROM (SELECT file FROM before INTERSECT SELECT t.files() WHERE true) AS f', '3', 'the indexes of its table are filled entry by entry');
SELECT t.same('SELECT t.lost()', '{}'::text[], 'and find all rows');
SELECT * FROM finish();
