\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A copy of the database, as pg_restore and pg_upgrade make it: other oids and
-- transactions, the same triggers and pending changes.
CALL t.setup();
CREATE PROCEDURE t.copy() LANGUAGE sql AS $$
	UPDATE gold_state.relation_state SET catalog = 'elsewhere/1', fingerprint = 'of that place' || fingerprint;
$$;
-- what the last refresh compared in full, and what it said of it
CREATE FUNCTION t.compared() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT relation FROM gold_state.relation_state WHERE compared_at = current_setting('zoom_gold.clock')::timestamptz
	UNION ALL
	SELECT process_name || ' warns' FROM gold.go_process_audit_log
	WHERE execution_time = current_setting('zoom_gold.clock')::timestamptz AND audit_details LIKE '%compared in full%'
$$;
UPDATE gold_state.settings SET value = '1000 years' WHERE name LIKE '%compare_interval';
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-10');
CALL t.refresh();

CALL t.user('u2', 'Bo');
CALL t.meeting('m2', 'u2', '2024-01-11 10:00Z');
CALL t.copy();
CALL t.refresh_at('2024-07-01Z');
SELECT t.same('SELECT * FROM t.compared()', '{}'::text[], 'a copy is not compared');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', '{Ana, Bo}'::text[], 'what was pending in it is taken up');
SELECT t.healthy('and all is well');

CALL t.copy();
CALL t.refresh_at('2024-07-02Z');
SELECT t.same('SELECT DISTINCT catalog = zoom_gold.catalog_id() FROM gold_state.relation_state', 'true', 'an idle refresh makes itself at home');
ALTER TABLE silver.si_users DISABLE TRIGGER zoom_gold_capture_insert;
CALL t.user('u3', 'Cy');
ALTER TABLE silver.si_users ENABLE ALWAYS TRIGGER zoom_gold_capture_insert;
CALL t.refresh_at('2024-07-03Z');
SELECT t.same('SELECT * FROM t.compared()', '{merge_dim_user warns, si_users}'::text[], 'and misses nothing from then on');

CALL t.copy();
DROP TRIGGER zoom_gold_capture_update ON silver.si_meetings;
ALTER TABLE silver.si_users DISABLE TRIGGER zoom_gold_capture_delete;
UPDATE silver.si_meetings SET host_id = 'u3' WHERE meeting_id = 'm2';
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.refresh_at('2024-07-04Z');
SELECT t.same('SELECT relation FROM t.compared() AS relation WHERE relation LIKE ''si%''', '{si_meetings, si_users}'::text[], 'a copy without all its triggers is compared');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', '{Ana, Cy}'::text[], 'and gold follows');

UPDATE silver.si_meetings SET host_id = 'u1' WHERE meeting_id = 'm2';
CALL t.refresh_at('2024-07-05Z');
SELECT t.same('SELECT relation FROM t.compared() AS relation WHERE relation LIKE ''si%''', '{si_meetings, si_users}'::text[], 'as often as they are lacking');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', '{Ana, Ana}'::text[], 'and gold follows');

CALL t.copy();
UPDATE silver.si_meetings SET host_id = 'u3' WHERE meeting_id = 'm2';
CALL t.setup();
CALL t.refresh_at('2024-07-06Z');
SELECT t.same('SELECT relation FROM t.compared() AS relation WHERE relation LIKE ''si%''', '{si_meetings, si_users}'::text[], 'also when setup() put them back');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', '{Ana, Cy}'::text[], 'and gold follows');
CALL t.meeting('m3', 'u1', '2024-01-12 10:00Z');
CALL t.refresh_at('2024-07-07Z');
SELECT t.same('SELECT * FROM t.compared()', '{}'::text[], 'once, and no more');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
