\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Tables that were renamed keep the names of their indexes; those in their place
-- get theirs all the same.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-03-05 10:00Z');
CALL t.webinar('w1', 'u1', '2024-03-05 10:00Z', '2024-03-05 11:00Z');
CALL t.refresh();
CREATE VIEW t.indexes AS
SELECT i.indrelid::regclass AS relation, regexp_replace(pg_get_indexdef(i.indexrelid), '.*USING btree ', '') AS on, i.indisunique AS is_unique
FROM pg_index i WHERE i.indrelid IN (to_regclass('gold.go_fact_meeting_usage'), to_regclass('gold.go_fact_webinar_usage'), to_regclass('gold.go_dim_feature'));
CREATE TABLE t.wanted AS SELECT t.rows('TABLE t.indexes') AS indexes;
CALL t.drop_views();
ALTER TABLE gold.go_fact_meeting_usage RENAME TO old_meetings;
CREATE TABLE gold.go_fact_meeting_usage (LIKE gold.old_meetings INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (start_time);
CREATE TABLE gold.meetings_2024 PARTITION OF gold.go_fact_meeting_usage FOR VALUES FROM ('2024-01-01Z') TO ('2025-01-01Z');
INSERT INTO gold.go_fact_meeting_usage SELECT * FROM gold.old_meetings;
ALTER TABLE gold.go_fact_webinar_usage RENAME TO old_webinars;
CREATE TABLE gold.go_fact_webinar_usage AS TABLE gold.old_webinars;
ALTER TABLE gold.go_dim_feature RENAME TO old_features;
CREATE TABLE gold.go_dim_feature AS TABLE gold.old_features;
SELECT count(*) FROM zoom_gold.setup() \g /dev/null
UPDATE silver.si_meetings SET duration_minutes = 40;
CALL t.refresh();
SELECT t.same('TABLE t.indexes', (SELECT indexes FROM t.wanted), 'the indexes are made under other names');
CREATE TABLE t.oids AS SELECT indexrelid FROM pg_index;
SELECT count(*) FROM zoom_gold.setup() \g /dev/null
UPDATE silver.si_meetings SET duration_minutes = 50;
CALL t.refresh();
SELECT is_empty($$SELECT indexrelid::regclass FROM pg_index JOIN pg_class c ON c.oid = indexrelid
	WHERE c.relnamespace = 'gold'::regnamespace AND indexrelid NOT IN (TABLE t.oids)$$, 'and made once');
SELECT t.healthy('all is consistent');

-- each table, with its keys and constraints; gold remembers the members that
-- silver has no more
SET client_min_messages = error;
CREATE FUNCTION t.wrong_without(relation text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	lines text[];
BEGIN
	EXECUTE format('ALTER TABLE %s RENAME TO away', relation);
	CALL t.setup();
	CALL t.setup();
	lines := ARRAY(SELECT concat_ws(' ', relation, 'fails', r.process_name, r.details ->> 'error') FROM zoom_gold.refresh(full_refresh => true) r WHERE r.status = 'Failure');
	lines := lines || ARRAY(SELECT concat_ws(' ', relation, v.check_name, v.details) FROM zoom_gold.verify() v WHERE NOT v.passed);
	RAISE EXCEPTION 'undo' USING ERRCODE = 'ZG000';
EXCEPTION WHEN SQLSTATE 'ZG000' THEN
	RETURN QUERY SELECT * FROM unnest(lines);
END
$$;
CALL t.user('u2', 'Bo');
CALL t.usage('f1', 'm1', 'Chat', '2024-03-05');
CALL t.usage('f2', 'm1', 'Gone', '2024-03-05');
CALL t.ticket('t1', 'u1', 'Bug', 'Open', '2024-03-05');
CALL t.license('l1', 'Pro', 'u1', '2024-03-05');
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-03-05');
CALL t.refresh();
DELETE FROM silver.si_feature_usage WHERE usage_id = 'f2';
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.refresh();
CALL t.drop_views();
SELECT t.same($$SELECT w FROM zoom_gold.model_table() m, t.wrong_without(format('%I.%I', m.table_schema, m.table_name)) w
	WHERE m.table_schema IN ('gold', 'gold_state')$$, '{}'::text[], 'in the place of any table of gold or gold_state that was renamed another is made, and filled');
SELECT * FROM finish();
