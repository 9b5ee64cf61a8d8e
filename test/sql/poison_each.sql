\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Poison rows one at a time, a refresh after each: no step fails for it, and
-- in the end gold is right, while they are there and when they are gone.
CALL t.setup();
\set poison :abs_srcdir '/include/poison.sql'
\i :poison
CALL t.clock('2024-02-11Z');
CALL t.good_rows();
CALL t.refresh();
CREATE FUNCTION t.poisoned(relation text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	p record;
BEGIN
	FOR p IN
		SELECT * FROM t.poison
		WHERE table_name = relation AND (value IS NULL OR length(value) < 10000 AND value !~ '^[[:ascii:]]{1,3}$') ORDER BY n
	LOOP
		CALL t.insert_poison(relation, p.n, p.n);
		RETURN QUERY SELECT format('%s %L: %s', p.column_name, left(p.value, 20), f) FROM t.failures() AS f;
	END LOOP;
END
$$;
SELECT t.same(format('SELECT t.poisoned(%L)', table_name), NULL::text[], 'poison in ' || table_name) FROM t.good ORDER BY table_name;
SELECT t.healthy('gold is right with all of it');
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CREATE PROCEDURE t.remove_poison() LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT g.table_name, c.column_name FROM t.good g JOIN zoom_gold.silver_contract() c ON c.table_name = g.table_name AND c.position = 1 LOOP
		EXECUTE format('DELETE FROM silver.%I WHERE coalesce(%I !~ ''^[a-z]1$'', true)', r.table_name, r.column_name);
	END LOOP;
END
$$;
CALL t.remove_poison();
SELECT t.same('SELECT t.failures()', NULL::text[], 'poison that goes');
SELECT t.healthy('gold is right without it');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '1', 'of facts only the good remain');
SELECT * FROM finish();
