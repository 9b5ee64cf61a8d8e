\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Schemas of any name, a silver of user's making: partitioned, with columns of
-- its own, in another schema.
CREATE EXTENSION zoom_silver;
CREATE SCHEMA "Silver ""2""";
CREATE TABLE "Silver ""2""".si_meetings (meeting_id varchar, host_id text, meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes integer,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text, room text DEFAULT 'none', minutes_twice integer GENERATED ALWAYS AS (2 * duration_minutes) STORED)
	PARTITION BY RANGE (start_time);
CREATE TABLE "Silver ""2""".before PARTITION OF "Silver ""2""".si_meetings FOR VALUES FROM (MINVALUE) TO ('2025-02-25Z');
CREATE TABLE "Silver ""2""".after PARTITION OF "Silver ""2""".si_meetings DEFAULT;
CREATE TABLE "Silver ""2""".si_users (user_id text, user_name text, email text, company text, plan_type text, region text,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text);
SELECT FROM zoom_gold.setup('Silver "2"') \g /dev/null
\set sample :abs_srcdir '/../sample/sources/airbyte.sql'
\i :sample
ALTER SCHEMA raw_zoom RENAME TO "raw 'zoom' {users}";
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('airbyte', 'raw ''zoom'' {users}') WHERE verdict <> 'ok'$$, 'option licensed_plan|decision', 'check_source takes any name');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw ''zoom'' {users}', '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.same('SELECT status, inserted FROM zoom_silver.pull()', ARRAY['Success|4', 'Success|3', 'Success|6', 'Success|1'], 'so does pull');
SELECT t.same($$SELECT meeting_id, tableoid::regclass::text, room, minutes_twice FROM "Silver ""2""".si_meetings$$, ARRAY['r00mMondayAAAAAAAAAAAA==|"Silver ""2""".before|none|60',
	'we3kLy/One+AAAAAAAAAA==|"Silver ""2""".before|none|8', 'r00mTuesdayAAAAAAAAAAA==|"Silver ""2""".after|none|90'], 'rows find their partitions, columns of one''s own their defaults');
UPDATE "Silver ""2""".si_users SET region = 'north';
UPDATE "raw 'zoom' {users}".users SET display_name = 'Ana Ivers', _airbyte_extracted_at = '2025-03-04 02:00Z' WHERE first_name = 'Ana';
UPDATE "raw 'zoom' {users}".report_meetings SET start_time = '2025-02-26T09:00:00Z', end_time = '2025-02-26T09:30:00Z' WHERE uuid LIKE 'r00mMonday%';
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same('SELECT status, inserted, updated FROM zoom_silver.pull() LIMIT 2', ARRAY['Success|1|0', 'Success|0|1'], 'differences too');
SELECT t.same($$SELECT user_name, region FROM "Silver ""2""".si_users WHERE email LIKE 'Ana%'$$, ARRAY['Ana Ito|north', 'Ana Ivers|north'], 'a new version keeps columns of one''s own');
SELECT t.same($$SELECT tableoid::regclass::text FROM "Silver ""2""".si_meetings WHERE meeting_id LIKE 'r00mMonday%'$$, '"Silver ""2""".after', 'a row that moves changes its partition');
SELECT t.same($$SELECT inserted + updated + deleted FROM zoom_silver.pull()$$, ARRAY['0', '0', '0', '0'], 'once more: nothing');
SELECT t.same($$SELECT details ? 'not_read_since' FROM zoom_silver.pull()$$, ARRAY['true', 'true', 'true', 'true'], 'and then nothing is read');
SELECT count(*) FROM zoom_gold.refresh() WHERE status = 'Failure' \gset failed_
SELECT t.same(format('SELECT %L', :'failed_count'), '0', 'gold is refreshed');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
