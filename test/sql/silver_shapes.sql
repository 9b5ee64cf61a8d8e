\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Silver as views, partitioned and foreign tables.
CREATE SCHEMA silver;
CREATE SCHEMA raw;
-- a view with other names beneath
CREATE TABLE raw.people (id integer PRIMARY KEY, full_name text, mail varchar(100), firm text, tier text, seen timestamptz NOT NULL);
CREATE VIEW silver.si_users AS SELECT id::text AS user_id, full_name AS user_name, mail::text AS email, firm AS company, tier AS plan_type,
	seen AS load_timestamp, seen AS update_timestamp, 'CRM'::text AS source_system FROM raw.people;
-- a partitioned table, two levels deep, with a column dropped and a leaf of another column order
CREATE TABLE silver.si_meetings (meeting_id text, host_id text, gone integer, meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes integer,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text) PARTITION BY RANGE (start_time);
CREATE TABLE silver.meetings_jan PARTITION OF silver.si_meetings FOR VALUES FROM ('2024-01-01Z') TO ('2024-02-01Z');
CREATE TABLE silver.meetings_feb PARTITION OF silver.si_meetings FOR VALUES FROM ('2024-02-01Z') TO ('2024-03-01Z') PARTITION BY LIST (host_id);
CREATE TABLE silver.meetings_feb_1 PARTITION OF silver.meetings_feb FOR VALUES IN ('1');
ALTER TABLE silver.si_meetings DROP COLUMN gone;
CREATE TABLE silver.meetings_feb_other (source_system text, update_timestamp timestamptz, load_timestamp timestamptz NOT NULL, duration_minutes integer, end_time timestamptz,
	start_time timestamptz, meeting_topic text, host_id text, meeting_id text);
ALTER TABLE silver.meetings_feb ATTACH PARTITION silver.meetings_feb_other DEFAULT;

INSERT INTO raw.people VALUES (1, 'Ana', 'ana@x.example', 'Acme', 'Free', '2024-01-01Z'), (2, 'Bo', 'bo@x.example', 'Acme', 'Pro', '2024-01-02Z');
INSERT INTO silver.si_meetings VALUES ('m1', '1', 'Jan', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', NULL, 'Z'), ('m2', '1', 'Feb', '2024-02-10 10:00Z', NULL, 10, '2024-02-10Z', NULL, 'Z'),
	('m3', '2', 'Feb', '2024-02-10 10:00Z', NULL, 10, '2024-02-10Z', NULL, 'Z');
CREATE TEMP TABLE said AS SELECT * FROM zoom_gold.setup();
CALL t.refresh_at('2024-03-01Z');
SELECT t.same('SELECT user_name, email, plan_type, valid_from, source_system FROM gold.go_dim_user', ARRAY['Ana|ana@x.example|Free|2024-01-01 00:00|CRM', 'Bo|bo@x.example|Pro|2024-01-02 00:00|CRM'], 'a view is read');
SELECT t.same('SELECT user_name, meeting_topic, start_time FROM gold.go_fact_meeting_usage', ARRAY['Ana|Jan|2024-01-10 10:00', 'Ana|Feb|2024-02-10 10:00', 'Bo|Feb|2024-02-10 10:00'], 'a partitioned table is read');
SELECT t.healthy('all is consistent');

-- the view: changes count from their timestamps, losses from the refresh that saw them
UPDATE raw.people SET tier = 'Business', seen = '2024-03-02Z' WHERE id = 1;
INSERT INTO raw.people VALUES (3, 'Cy', 'cy@x.example', 'Acme', 'Free', '2024-03-02 01:00Z');
CALL t.refresh_at('2024-03-03Z');
SELECT t.same($$SELECT user_name, plan_type, valid_from, valid_to FROM gold.go_dim_user WHERE user_name <> 'Bo'$$, ARRAY['Ana|Free|2024-01-01 00:00|2024-03-02 00:00',
	'Ana|Business|2024-03-02 00:00|9999-12-31 00:00', 'Cy|Free|2024-03-02 01:00|9999-12-31 00:00'], 'changes of a view are seen by their timestamps');
DELETE FROM raw.people WHERE id = 2;
CALL t.clock('2024-03-10Z');
CALL t.refresh(true);
SELECT t.same($$SELECT valid_to FROM gold.go_dim_user WHERE user_name = 'Bo'$$, '2024-03-10 00:00', 'what is gone from a view is closed by a comparison, at its instant');
UPDATE raw.people SET firm = 'Bravo' WHERE id = 3;
CALL t.clock('2024-03-11Z');
CALL t.refresh(true);
SELECT t.same($$SELECT company, valid_from FROM gold.go_dim_user WHERE user_name = 'Cy'$$, ARRAY['Acme|2024-03-02 01:00', 'Bravo|2024-03-11 00:00'], 'a change that moved no timestamp counts from the comparison');
UPDATE raw.people SET firm = 'Charlie', seen = '2024-03-11 12:00Z' WHERE id = 3;
-- full_compare_interval has passed: compared in full without being told
DELETE FROM raw.people WHERE id = 1;
CALL t.refresh_at('2024-03-20Z');
SELECT t.same($$SELECT user_name, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana' AND valid_to > '2024-03-02Z'$$, 'Ana|2024-03-20 00:00', 'at least every full_compare_interval a view is compared in full');

-- partitions: through the root, through a leaf, moved between leaves, truncated
INSERT INTO silver.meetings_feb_other VALUES ('Z', NULL, '2024-02-11Z', 20, NULL, '2024-02-11 10:00Z', 'Leaf', '3', 'm4');
UPDATE silver.si_meetings SET start_time = '2024-02-12 10:00Z', update_timestamp = '2024-03-20Z' WHERE meeting_id = 'm1';
UPDATE silver.meetings_feb SET host_id = '1', update_timestamp = '2024-03-20Z' WHERE meeting_id = 'm3';
CALL t.refresh();
SELECT t.same('SELECT user_name, meeting_topic, start_time FROM gold.go_fact_meeting_usage', ARRAY['Ana|Jan|2024-02-12 10:00', 'Ana|Feb|2024-02-10 10:00', 'Ana|Feb|2024-02-10 10:00',
	'Cy|Leaf|2024-02-11 10:00'], 'writes to leaves and moves between them are captured');
SELECT t.healthy('all is consistent after moves');
TRUNCATE silver.meetings_feb_other;
COPY silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, duration_minutes, load_timestamp) FROM STDIN;
m5	1	Copied	2024-01-20 10:00Z	5	2024-01-20 00:00Z
m6	3	Copied	2024-02-20 10:00Z	5	2024-01-20 00:00Z
\.
CALL t.refresh();
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Ana|Jan', 'Ana|Feb', 'Ana|Feb', 'Ana|Copied', 'Cy|Copied'], 'so are a truncated leaf and a COPY');
-- attached and detached
CREATE TABLE silver.meetings_mar (LIKE silver.si_meetings);
INSERT INTO silver.meetings_mar VALUES ('m7', '1', 'March', '2024-03-10 10:00Z', NULL, 10, '2024-03-10Z', NULL, 'Z');
ALTER TABLE silver.si_meetings ATTACH PARTITION silver.meetings_mar FOR VALUES FROM ('2024-03-01Z') TO ('2024-04-01Z');
CALL t.refresh();
SELECT t.same($$SELECT meeting_topic FROM gold.go_fact_meeting_usage WHERE start_time > '2024-03-01Z'$$, 'March', 'a partition that is attached is noticed');
ALTER TABLE silver.si_meetings DETACH PARTITION silver.meetings_jan;
CALL t.refresh();
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Jan', 'Feb', 'Feb', 'Copied', 'March'], 'so is one that is detached');
INSERT INTO silver.meetings_mar VALUES ('m8', '1', 'March 2', '2024-03-11 10:00Z', NULL, 10, '2024-03-10Z', NULL, 'Z');
CREATE TABLE silver.meetings_apr PARTITION OF silver.si_meetings FOR VALUES FROM ('2024-04-01Z') TO ('2024-05-01Z');
INSERT INTO silver.si_meetings VALUES ('m9', '1', 'April', '2024-04-11 10:00Z', NULL, 10, '2024-04-10Z', NULL, 'Z');
CALL t.refresh();
SELECT t.same($$SELECT meeting_topic FROM gold.go_fact_meeting_usage WHERE start_time > '2024-03-01Z'$$, ARRAY['March', 'March 2', 'April'], 'and rows of new leaves');
SELECT t.healthy('all is consistent with partitions');

-- a plain table in the place of the view
BEGIN;
DROP VIEW silver.si_users;
CREATE TABLE silver.si_users AS SELECT id::text AS user_id, full_name AS user_name, mail::text AS email, firm AS company, tier AS plan_type,
	seen AS load_timestamp, seen AS update_timestamp, 'CRM'::text AS source_system FROM raw.people;
ALTER TABLE silver.si_users ALTER COLUMN load_timestamp SET NOT NULL;
COMMIT;
CALL t.setup();
CALL t.refresh_at('2024-03-21Z');
CALL t.change_user('3', '2024-03-21Z', company => 'Delta');
CALL t.refresh_at('2024-03-22Z');
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE is_current$$, 'Delta', 'a table may take the place of a view');
SELECT t.healthy('all is consistent with a table in its place');
SELECT t.same($$SELECT count(*) FROM zoom_gold.status WHERE relation LIKE '%si_%'$$, '8', 'status has a row for every relation');
SELECT * FROM finish();
