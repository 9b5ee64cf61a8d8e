\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Columns of silver that are others under the same name, though no row was
-- written: every column of the contract is dropped and added again, empty or with
-- a value, and neighbours of one type change names.  The next refresh follows.
CALL t.setup();
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
ALTER TABLE silver.si_users ADD COLUMN region text DEFAULT 'North';
ALTER TABLE gold.go_dim_user ADD COLUMN region text;
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo');
CALL t.meeting('m1', 'u1', '2024-01-10 09:00Z');
CALL t.meeting('m2', 'u2', '2024-01-11 09:00Z');
CALL t.participant('p1', 'm1', 'u2', '2024-01-10 09:05Z', '2024-01-10 09:25Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10');
CALL t.webinar('w1', 'u1', '2024-01-12 09:00Z', '2024-01-12 10:00Z');
CALL t.ticket('t1', 'u1', 'Technical', 'Open', '2024-01-13');
CALL t.license('l1', 'Pro', 'u1', '2024-01-01');
CALL t.billing('b1', 'u2', 'Subscription Fee', 10, '2024-01-14');
CALL t.refresh();
SELECT t.healthy('before');

-- What is wrong after a change of silver and a refresh; both are undone.
CREATE FUNCTION t.after(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	wrong text;
BEGIN
	EXECUTE change;
	PERFORM FROM zoom_gold.refresh();
	SELECT string_agg(v.check_name || ': ' || v.details, '; ') INTO wrong FROM zoom_gold.verify() v WHERE NOT v.passed;
	RAISE EXCEPTION '%', coalesce(wrong, 'right') USING ERRCODE = 'ZG000';
EXCEPTION WHEN SQLSTATE 'ZG000' THEN
	RETURN nullif(SQLERRM, 'right');
END
$$;
CREATE VIEW t.silver_column AS
SELECT c.oid::regclass AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnum % 2 = 1 AND a.attname <> 'load_timestamp' AS gets_empty,
	CASE a.atttypid::regtype::text WHEN 'text' THEN 'other' WHEN 'integer' THEN '7' WHEN 'numeric' THEN '7'
		WHEN 'date' THEN '2024-02-01' ELSE '2024-02-01 10:00Z' END AS value
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'silver'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped;
CREATE VIEW t.change AS
SELECT format('ALTER TABLE %s DROP COLUMN %I, ADD COLUMN %2$I %s', relation, name, type)
	|| CASE WHEN gets_empty THEN '' ELSE format(' DEFAULT %L', value) END AS change FROM t.silver_column
UNION ALL
SELECT format('ALTER TABLE %1$s RENAME %2$I TO swapped; ALTER TABLE %1$s RENAME %3$I TO %2$I; ALTER TABLE %1$s RENAME swapped TO %3$I', relation, name, next)
FROM (SELECT *, lead(name) OVER (PARTITION BY relation, type ORDER BY name) AS next FROM t.silver_column) AS x WHERE next IS NOT NULL
UNION ALL
SELECT format('ALTER TABLE %s ADD COLUMN deleted_at timestamptz DEFAULT %L', relation, '2024-02-01 10:00Z') FROM t.silver_column WHERE name = 'load_timestamp';
SELECT t.same('SELECT count(*) > 100 FROM t.change', 'true', 'many changes');
SELECT t.same('SELECT change, w FROM t.change, t.after(change) w WHERE w IS NOT NULL', '{}'::text[], 'gold follows each');
SELECT t.healthy('after');

-- a column that is gone is named, though there is nothing else to be done
ALTER TABLE silver.si_meetings DROP COLUMN meeting_topic;
SELECT t.same($$SELECT process_name, details ->> 'error' FROM zoom_gold.refresh() WHERE status = 'Failure' AND details ->> 'error' NOT LIKE 'skipped%'$$,
	'build_fact_meeting_usage|relation "silver.si_meetings" lacks column "meeting_topic"', 'a column that is gone');
ALTER TABLE silver.si_meetings ADD COLUMN meeting_topic text;
CALL t.refresh();
SELECT t.healthy('is put back');
SELECT * FROM finish();
