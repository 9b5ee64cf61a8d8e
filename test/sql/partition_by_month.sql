\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- setup() that partitions facts, and refreshes that make their partitions.
SELECT t.same($$SELECT state, message FROM t.failure($q$SELECT zoom_gold.setup(partition_facts => 'week')$q$)$$,
	'22023|facts cannot be partitioned by "week"', 'by months and years only');
SELECT zoom_gold.setup() \g /dev/null
SELECT t.same($$SELECT DISTINCT action FROM zoom_gold.setup(partition_facts => 'month') WHERE relation LIKE 'gold.go\_fact%'$$,
	ARRAY['partitioned', 'checked'], 'facts that are empty are replaced');
SELECT t.same($$SELECT DISTINCT action FROM zoom_gold.setup(partition_facts => 'month') WHERE relation LIKE 'gold.%'$$, 'checked', 'once');
SELECT t.same($$SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'gold'::regnamespace AND c.relname LIKE 'go\_fact\_%' AND c.relkind = 'p' AND c.relreplident = 'f'$$,
	'6', 'all six, with a replica identity');

CALL t.user('u1', 'Ana');
INSERT INTO silver.si_meetings
SELECT 'm' || n, 'u1', 'topic ' || n % 7, at, at + interval '30 min', 30, '2024-01-01Z', NULL, 'ZOOM'
FROM generate_series(0, 99) AS n, LATERAL (SELECT timestamptz '2021-12-31 23:30Z' + n * interval '10 days') AS days (at);
INSERT INTO silver.si_feature_usage
SELECT 'f' || n, 'm' || n, 'Chat', 1, date '2022-01-01' + n * 10, '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(0, 99) AS n;
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-02-29');
CALL t.billing('b2', 'u1', 'Subscription Fee', 10, '9999-12-30');
CALL t.billing('b3', 'u1', 'Subscription Fee', 10, '1999-12-31');
CALL t.ticket('t1', 'u1', 'Technical Issue', 'Open', '2024-12-31');
CALL t.refresh_at('2025-02-01Z');
SELECT t.healthy('a first load makes the months that silver has');
CREATE FUNCTION t.parts(fact text) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(i.inhrelid::regclass || ' ' || pg_get_expr(c.relpartbound, c.oid), ', ' ORDER BY i.inhrelid::regclass::text)
	FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = fact::regclass);
SELECT t.same($$SELECT t.parts('gold.go_fact_billing')$$,
	$$gold.go_fact_billing_2024_02 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01'), gold.go_fact_billing_9999_12 FOR VALUES FROM ('9999-12-01') TO ('10000-01-01')$$,
	'those and no other');
SELECT t.same($$SELECT DISTINCT f.tableoid::regclass FROM gold.go_fact_meeting_usage f WHERE f.start_time < '2022-01-15Z'$$,
	ARRAY['gold.go_fact_meeting_usage_2021_12', 'gold.go_fact_meeting_usage_2022_01'], 'months are those of UTC');
SELECT t.same($$SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
	WHERE i.inhparent = 'gold.go_fact_meeting_usage'::regclass AND (c.relreplident <> 'f' OR NOT c.relhasindex)$$, '0',
	'partitions have the replica identity and the index');

-- later
SET timezone = 'Asia/Tokyo';
CALL t.meeting('late', 'u1', '2025-01-31 23:30Z');
CALL t.meeting('later', 'u1', '2025-02-28 23:30Z');
UPDATE silver.si_billing_events SET event_date = '2023-07-04' WHERE event_id = 'b1';
CALL t.refresh_at('2025-03-01Z');
SELECT t.healthy('a month that comes later, a row that moves to one');
SELECT t.same($$SELECT DISTINCT f.tableoid::regclass FROM gold.go_fact_meeting_usage f WHERE f.start_time >= '2025-01-01Z'$$,
	ARRAY['gold.go_fact_meeting_usage_2025_01', 'gold.go_fact_meeting_usage_2025_02'], 'is made');
CALL t.refresh(true);
SELECT t.healthy('and again in full');
SELECT t.same($$SELECT DISTINCT action FROM zoom_gold.setup() WHERE relation LIKE 'gold.%'$$, 'checked', 'setup() has nothing to do');

-- by other bounds
SELECT t.same($$SELECT state, message FROM t.failure($q$SELECT zoom_gold.setup(partition_facts => 'year')$q$)$$,
	'55000|table "gold.go_fact_meeting_usage" has partitions by month', 'months do not become years');
CREATE TABLE gold.spring PARTITION OF gold.go_fact_meeting_usage FOR VALUES FROM ('2025-03-01Z') TO ('2025-06-01Z');
CALL t.meeting('spring', 'u1', '2025-04-15 10:00Z');
CALL t.refresh_at('2025-05-01Z');
SELECT t.same($$SELECT f.tableoid::regclass FROM gold.go_fact_meeting_usage f WHERE f.start_time >= '2025-04-01Z'$$, 'gold.spring',
	'partitions of one''s own are used');
SELECT zoom_gold.setup(partition_facts => '') \g /dev/null
CALL t.meeting('autumn', 'u1', '2025-09-15 10:00Z');
SELECT t.same($$SELECT status, details ->> 'error' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_meeting_usage'$$,
	'Failure|no partition of relation "go_fact_meeting_usage" found for row', 'without the setting none is made');
UPDATE gold_state.settings SET value = 'month' WHERE name = 'partition_facts';
CALL t.refresh_at('2025-10-01Z');
SELECT t.healthy('and with it the next refresh makes up for it');

-- a lost fact is made in partitions again; plain ones have the same rows
CREATE VIEW t.columns AS SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM gold.go_fact_meeting_usage;
CREATE TABLE t.facts AS TABLE t.columns;
DROP VIEW t.columns;
CALL t.drop_views();
DROP TABLE gold.go_fact_meeting_usage;
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE relation = 'gold.go_fact_meeting_usage'$$, 'created', 'a fact is lost');
CALL t.refresh();
SELECT t.same($$SELECT relkind FROM pg_class WHERE oid = 'gold.go_fact_meeting_usage'::regclass$$, 'p', 'and partitioned again');
SELECT t.equal('SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM gold.go_fact_meeting_usage',
	'TABLE t.facts', 'with the same rows');
SELECT zoom_gold.setup(partition_facts => '') \g /dev/null
CALL t.drop_views();
DROP TABLE gold.go_fact_meeting_usage;
SELECT zoom_gold.setup() \g /dev/null
CALL t.refresh();
SELECT t.equal('SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM gold.go_fact_meeting_usage',
	'TABLE t.facts', 'the same rows as in a plain table');
SELECT t.same($$SELECT state, message FROM t.failure($q$SELECT zoom_gold.setup(partition_facts => 'month')$q$)$$,
	'55000|table "gold.go_fact_meeting_usage" holds rows and is not partitioned', 'a fact that holds rows is refused');

-- what an empty one has stays
DELETE FROM silver.si_webinars;
CALL t.drop_views();
DROP TABLE gold.go_fact_webinar_usage, gold.go_fact_meeting_usage;
SELECT zoom_gold.setup() \g /dev/null
ALTER TABLE gold.go_fact_webinar_usage ADD COLUMN note text DEFAULT 'none';
CREATE VIEW t.theirs AS SELECT * FROM gold.go_fact_webinar_usage;
SELECT t.same($$SELECT state FROM t.failure($q$SELECT zoom_gold.setup(partition_facts => 'month')$q$)$$, '2BP01', 'views of others forbid it');
DROP VIEW t.theirs;
GRANT SELECT ON gold.go_fact_webinar_usage TO PUBLIC;
SELECT zoom_gold.setup(partition_facts => 'month') \g /dev/null
SELECT t.same($$SELECT relkind, has_table_privilege('pg_monitor', oid, 'SELECT'), EXISTS (SELECT FROM pg_attribute WHERE attrelid = oid AND attname = 'note')
	FROM pg_class WHERE oid = 'gold.go_fact_webinar_usage'::regclass$$, 'p|true|true', 'columns and grants stay');
CALL t.refresh();
SELECT t.healthy('and all is right');
SELECT * FROM finish();
