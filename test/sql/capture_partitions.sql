\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Capture on partitioned tables, whose columns are in another order and of
-- similar types, by the root and by its partitions.
CREATE SCHEMA silver;
CREATE TABLE silver.si_meetings (
	load_timestamp timestamptz NOT NULL, start_time timestamptz, duration_minutes integer, source_system varchar(20),
	meeting_id varchar(40), host_id varchar, meeting_topic text, room text, end_time timestamptz, update_timestamp timestamptz
) PARTITION BY RANGE (start_time);
CREATE TABLE silver.january (
	mistake integer, update_timestamp timestamptz, room text, meeting_topic text, host_id varchar, meeting_id varchar(40),
	load_timestamp timestamptz NOT NULL, end_time timestamptz, start_time timestamptz, duration_minutes integer,
	source_system varchar(20));
ALTER TABLE silver.january DROP COLUMN mistake;
ALTER TABLE silver.si_meetings ATTACH PARTITION silver.january
	FOR VALUES FROM ('2024-01-01 00:00Z') TO ('2024-02-01 00:00Z');
CREATE TABLE silver.february PARTITION OF silver.si_meetings FOR VALUES FROM ('2024-02-01 00:00Z') TO ('2024-03-01 00:00Z');
CREATE TABLE silver.si_users (
	plan_type varchar(20), user_name varchar(100), region text, load_timestamp timestamptz NOT NULL, user_id text,
	email text, company text, update_timestamp timestamptz, source_system text
) PARTITION BY LIST (region);
CREATE TABLE silver."Users EU" PARTITION OF silver.si_users FOR VALUES IN ('EU');
CREATE TABLE silver.users_us PARTITION OF silver.si_users FOR VALUES IN ('US');
CALL t.setup();

CREATE VIEW t.slices AS
SELECT op, array_to_string(days, ' ') AS days, encode(keys, 'escape') LIKE '%m1%' AS m1, encode(keys, 'escape') LIKE '%m2%' AS m2
FROM gold_state.slice_change;
CREATE VIEW t.users AS
SELECT op, n, user_id, user_name, plan_type, extra ->> 'region' AS region
FROM gold_state.user_change;
CREATE PROCEDURE t.forget() LANGUAGE sql AS $$
	DELETE FROM gold_state.user_change;
	DELETE FROM gold_state.slice_change;
$$;

INSERT INTO silver.si_meetings (meeting_id, start_time, load_timestamp)
VALUES ('m1', '2024-01-05 10:00Z', '2024-01-01Z'), ('m2', '2024-02-05 10:00Z', '2024-01-01Z');
UPDATE silver.si_meetings SET start_time = '2024-02-07 10:00Z' WHERE meeting_id = 'm1';
DELETE FROM silver.si_meetings WHERE meeting_id = 'm2';
SELECT t.same('TABLE t.slices', '{I|2024-01-05 2024-02-05|true|true, U|2024-01-05 2024-02-07|true|false, D|2024-02-05|false|true}'::text[],
	'by the root, across partitions');
CALL t.forget();

INSERT INTO silver.january (meeting_id, start_time, load_timestamp) VALUES ('m2', '2024-01-09 10:00Z', '2024-01-01Z');
UPDATE silver.january SET start_time = '2024-01-10 10:00Z';
DELETE FROM silver.february;
SELECT t.same('TABLE t.slices', '{I|2024-01-09|false|true, U|2024-01-09 2024-01-10|false|true, D|2024-02-07|true|false}'::text[],
	'by a partition, once');
CALL t.forget();

TRUNCATE silver.january;
SELECT t.same('TABLE t.slices', 'T||false|false', 'TRUNCATE of a partition');
CALL t.forget();

INSERT INTO silver.si_users (user_id, user_name, plan_type, region, load_timestamp)
VALUES ('u1', 'Ana', 'Pro', 'EU', '2024-01-01Z'), ('u2', 'Bo', 'Free', 'US', '2024-01-01Z');
UPDATE silver.si_users SET region = 'US' WHERE user_id = 'u1';
UPDATE silver.users_us SET plan_type = 'Basic' WHERE user_id = 'u2';
SELECT t.same('TABLE t.users', '{
	I|1|u1|Ana|Pro|EU, I|2|u2|Bo|Free|US, D|1|u1|Ana|Pro|EU, I|2|u1|Ana|Pro|US,
	D|1|u2|Bo|Free|US, I|2|u2|Bo|Basic|US}'::text[], 'users by root and partition');
CALL t.forget();

TRUNCATE silver.users_us;
SELECT t.same('TABLE t.users', '{D|1|u1|Ana|Pro|US, D|2|u2|Bo|Basic|US}'::text[], 'TRUNCATE of a partition takes its rows');
CALL t.forget();
INSERT INTO silver.si_users (user_id, user_name, region, load_timestamp) VALUES ('u1', 'Ana', 'EU', '2024-01-01Z'), ('u2', 'Bo', 'US', '2024-01-01Z');
CALL t.forget();
TRUNCATE silver.si_users;
SELECT t.same('TABLE t.users', '{D|1|u1|Ana|-|EU, D|2|u2|Bo|-|US}'::text[], 'TRUNCATE of all takes those of each');
SELECT * FROM finish();
