\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Facts partitioned by month: which partition has a row, rows that move, missing
-- and unusual partitions.
CALL t.setup();
CALL t.partition_facts();
SELECT t.same($$SELECT DISTINCT action FROM zoom_gold.setup() WHERE relation LIKE 'gold.go\_fact%'$$, 'checked', 'setup() takes partitioned facts');

-- columns elsewhere, a default, a column of one's own
ALTER TABLE gold.go_fact_meeting_usage DETACH PARTITION gold.go_fact_meeting_usage_3;
DROP TABLE gold.go_fact_meeting_usage_3;
CREATE TABLE gold.march (
	mistake integer, duration_minutes bigint, source_system text, load_date date NOT NULL, update_date date NOT NULL,
	start_time timestamptz NOT NULL, user_name text, end_time timestamptz, meeting_topic text);
ALTER TABLE gold.march DROP COLUMN mistake;
ALTER TABLE gold.go_fact_meeting_usage ATTACH PARTITION gold.march FOR VALUES FROM ('2024-03-01 00:00Z') TO ('2024-04-01 00:00Z');
ALTER TABLE gold.go_fact_meeting_usage ADD COLUMN note text DEFAULT 'none';

CALL t.user('u1', 'Ana');
INSERT INTO silver.si_meetings
SELECT 'm' || n, 'u1', 'topic ' || n % 7, at, at + interval '30 min', 30, '2024-01-01Z', NULL, 'ZOOM'
FROM generate_series(0, 399) AS n, LATERAL (SELECT timestamptz '2023-12-20 23:30Z' + n * interval '1 day') AS days (at);
INSERT INTO silver.si_feature_usage
SELECT 'f' || n, 'm' || n, 'Chat', 1, date '2023-12-20' + n, '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(0, 399) AS n;
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-02-29');
CALL t.ticket('t1', 'u1', 'Technical Issue', 'Open', '2024-12-31');
CALL t.refresh_at('2025-02-01Z');
CREATE FUNCTION t.where_is(meeting timestamptz) RETURNS text LANGUAGE sql
RETURN (SELECT f.tableoid::regclass::text || ' ' || f.note FROM gold.go_fact_meeting_usage f WHERE f.start_time = meeting);
SELECT t.same($$VALUES (t.where_is('2023-12-31 23:30Z')), (t.where_is('2024-02-29 23:30Z')), (t.where_is('2024-03-01 23:30Z')), (t.where_is('2025-01-01 23:30Z'))$$,
	ARRAY['gold.go_fact_meeting_usage_before none', 'gold.go_fact_meeting_usage_2 none', 'gold.march none', 'gold.go_fact_meeting_usage_after none'],
	'a first load fills the partitions, by days in UTC');
SELECT t.healthy('and is right');
SELECT t.same($$SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname LIKE 'go\_fact\_meeting\_usage%' OR c.relname = 'march'$$, '15',
	'each partition has the index on the day');

CREATE TABLE t.before AS SELECT * FROM t.places();
CALL t.refresh(true);
SELECT t.equal('SELECT * FROM t.places()', 'TABLE t.before', 'a comparison in full touches nothing');

-- corrected in place, moved within and between partitions
UPDATE gold.go_fact_meeting_usage SET note = 'mine' WHERE start_time < '2024-05-01Z';
UPDATE silver.si_meetings SET end_time = end_time + interval '5 min', duration_minutes = 35 WHERE meeting_id IN ('m30', 'm80');
UPDATE silver.si_meetings SET start_time = '2024-03-20 08:00Z', end_time = '2024-03-20 09:00Z', duration_minutes = 60 WHERE meeting_id = 'm20';
DELETE FROM silver.si_meetings WHERE meeting_id IN ('m100', 'm300');
CALL t.refresh_at('2025-02-02Z');
SELECT t.healthy('changes in several partitions');
SELECT t.same($$SELECT meeting_topic, duration_minutes, note, load_date, update_date, tableoid::regclass FROM gold.go_fact_meeting_usage WHERE update_date = '2025-02-02'$$,
	ARRAY['topic 2|35|mine|2025-02-01|2025-02-02|gold.go_fact_meeting_usage_1', 'topic 3|35|mine|2025-02-01|2025-02-02|gold.march',
		'topic 6|60|none|2025-02-02|2025-02-02|gold.march'],
	'rows are updated where they are, or are deleted there and inserted elsewhere');

-- a day that no partition takes
ALTER TABLE gold.go_fact_meeting_usage DETACH PARTITION gold.go_fact_meeting_usage_after;
DROP TABLE gold.go_fact_meeting_usage_after;
DELETE FROM silver.si_meetings WHERE start_time >= '2025-01-01Z';
CALL t.refresh_at('2025-02-03Z');
SELECT t.healthy('a partition that is gone, of days that silver has no more');
CALL t.meeting('late', 'u1', '2025-02-01 10:00Z');
SELECT t.same($$SELECT status, details ->> 'error', details ->> 'error_hint' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_meeting_usage'$$,
	'Failure|no partition of relation "go_fact_meeting_usage" found for row|CREATE TABLE ... PARTITION OF gold.go_fact_meeting_usage for the period that is missing, and refresh again.',
	'a missing partition fails the step and says what to do');
CREATE TABLE gold.february PARTITION OF gold.go_fact_meeting_usage FOR VALUES FROM ('2025-02-01Z') TO ('2025-03-01Z');
CALL t.refresh_at('2025-02-04Z');
SELECT t.healthy('and nothing is lost when it is there');

-- old partitions may be of any kind as long as nothing in them changes
ALTER TABLE gold.go_fact_meeting_usage_1 ENABLE ROW LEVEL SECURITY;
CALL t.refresh(true);
SELECT t.healthy('a partition that cannot be written to, compared in full');
CALL t.meeting('more', 'u1', '2024-03-05 10:00Z');
CALL t.refresh_at('2025-02-05Z');
SELECT t.healthy('and another one written to');
UPDATE silver.si_meetings SET meeting_topic = 'renamed' WHERE meeting_id = 'm30';
SELECT t.same($$SELECT status, details ->> 'error' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_meeting_usage'$$,
	'Failure|cannot write to table "gold.go_fact_meeting_usage_1"', 'a change in it fails the step, which names it');
ALTER TABLE gold.go_fact_meeting_usage_1 DISABLE ROW LEVEL SECURITY;
CALL t.refresh_at('2025-02-06Z');
SELECT t.healthy('and is made up for');

-- the whole as plain tables would have it
CREATE VIEW t.columns AS SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM gold.go_fact_meeting_usage;
CREATE TABLE t.facts AS TABLE t.columns;
DROP VIEW t.columns;
DROP FUNCTION t.where_is;
CALL t.drop_views();
DROP TABLE gold.go_fact_meeting_usage;
SELECT zoom_gold.setup() \g /dev/null
CALL t.refresh_at('2025-02-07Z');
SELECT t.equal('SELECT user_name, meeting_topic, start_time, end_time, duration_minutes, source_system FROM gold.go_fact_meeting_usage',
	'TABLE t.facts', 'the same rows as in a plain table');

-- only facts
-- partitions by a column of one's own: which one a default would lead to is not known
ALTER TABLE gold.go_fact_billing ADD own_region text DEFAULT 'EU';
DROP TABLE gold.go_fact_billing_2;
CREATE TABLE gold.billing_2 PARTITION OF gold.go_fact_billing FOR VALUES FROM ('2024-02-01') TO ('2024-03-01') PARTITION BY LIST (own_region);
CREATE TABLE gold.billing_2_eu PARTITION OF gold.billing_2 FOR VALUES IN ('EU');
CREATE TABLE gold.billing_2_other PARTITION OF gold.billing_2 DEFAULT;
CALL t.billing('b9', 'u1', 'Subscription Fee', 20, '2024-02-28');
CALL t.clock('2025-03-01Z');
SELECT t.same($$SELECT details ->> 'error', details ->> 'error_detail' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_billing'$$,
	'cannot write to table "gold.billing_2_other"|It is a partition by column "own_region", which bulk writing would bypass.', 'are refused');
DROP TABLE gold.billing_2;
CREATE TABLE gold.billing_2 PARTITION OF gold.go_fact_billing FOR VALUES FROM ('2024-02-01') TO ('2024-03-01') PARTITION BY LIST (source_system);
CREATE TABLE gold.billing_2_zoom PARTITION OF gold.billing_2 FOR VALUES IN ('ZOOM', NULL);
CREATE TABLE gold.billing_2_other PARTITION OF gold.billing_2 DEFAULT;
CALL t.refresh(true);
SELECT t.healthy('by one of the model they do');
ALTER TABLE gold.go_agg_mrr RENAME TO plain;
CREATE TABLE gold.go_agg_mrr (LIKE gold.plain) PARTITION BY LIST (activity_month);
SELECT t.same($$SELECT state, message FROM t.failure('SELECT zoom_gold.setup()')$$, '42809|"gold.go_agg_mrr" is not a plain table', 'an aggregate is refused');
SELECT * FROM finish();
