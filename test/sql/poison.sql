\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Poison rows: whatever one row of silver holds in whatever column, no other
-- row is lost for it and no step fails.  Values are extreme: the limits of the
-- types, long texts that do not compress, odd characters.
CALL t.setup();
\set poison :abs_srcdir '/include/poison.sql'
\i :poison
CALL t.clock('2024-02-11Z');
CALL t.good_rows();
CALL t.refresh();

-- all of a relation together, then all relations
CREATE FUNCTION t.poisoned(relation text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CALL t.insert_poison(relation, 1, 1000000);
	RETURN QUERY SELECT t.failures();
END
$$;
SELECT t.same(format('SELECT t.poisoned(%L)', table_name), NULL::text[], 'poison in every column of ' || table_name) FROM t.good ORDER BY table_name;
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE source_table = 'silver.si_users' AND status = 'Open' AND process_audit_info::jsonb ->> 'rule' = 'value_too_long'$$,
	(SELECT count(*)::text FROM t.poison WHERE table_name = 'si_users' AND column_name IN ('user_id', 'user_name') AND octet_length(zoom_gold.normal_text(value)) > 2000),
	'keys and names that no index holds are logged, one row each');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE user_name = 'Ana'$$, 'Ana', 'the good user is there');
SELECT t.same($$SELECT count(*) > 0 FROM gold.go_fact_meeting_usage WHERE user_name = 'Ana' AND meeting_topic = 'Sync'$$, 'true', 'and the good meeting');
SELECT t.same($$SELECT DISTINCT process_name FROM zoom_gold.refresh(true) WHERE status = 'Failure'$$, NULL::text[], 'all read anew');
-- what came goes
SELECT zoom_gold.confirm_deletes(table_name) FROM t.good \g /dev/null
DO $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT * FROM t.good LOOP
		EXECUTE format('TRUNCATE silver.%I', g.table_name);
	END LOOP;
	CALL t.good_rows();
END
$$;
SELECT t.same('SELECT t.failures()', NULL::text[], 'poison that goes');
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE source_table = 'silver.si_users' AND status = 'Open' AND process_audit_info::jsonb ->> 'rule' = 'value_too_long'$$,
	'0', 'and with it its errors');
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage$$, '1', 'of facts only the good remain');
SELECT t.healthy('and gold is right');

-- a first load of poison
DROP SCHEMA gold, gold_state CASCADE;
DROP TABLE silver.si_users;
CALL t.setup();
CALL t.add_own_columns();
DO $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT * FROM t.good LOOP
		CALL t.insert_poison(g.table_name, 1, 1000000);
	END LOOP;
END
$$;
SELECT t.same('SELECT t.failures()', NULL::text[], 'a first load with poison');
SELECT * FROM finish();
