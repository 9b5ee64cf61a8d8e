\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Tracked columns of the user's own that are renamed: what is kept of them is
-- kept, however and whenever silver and gold get the new name.
CALL t.setup();
ALTER TABLE silver.si_users ADD COLUMN region text, ADD COLUMN grade int;
ALTER TABLE gold.go_dim_user ADD COLUMN region text, ADD COLUMN grade int;
ALTER TABLE gold_state.tracked_column ADD COLUMN reason text, ADD COLUMN in_capitals text GENERATED ALWAYS AS (upper(reason)) STORED,
	ADD COLUMN numbered int GENERATED ALWAYS AS IDENTITY (START 7);
INSERT INTO gold_state.tracked_column (column_name, scd_type, reason) VALUES ('grade', 1, 'Nobody asks');
CREATE PROCEDURE t.region(id text, at timestamptz, value text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('UPDATE silver.si_users SET %I = $2, update_timestamp = $3 WHERE user_id = $1',
		(SELECT attname FROM pg_attribute WHERE attrelid = 'silver.si_users'::regclass AND attname IN ('region', 'area', 'grade2', 'middle')
		 ORDER BY attnum LIMIT 1)) USING id, value, at;
END
$$;
CREATE VIEW t.history AS SELECT user_name, valid_from, valid_to, to_jsonb(g) - '{load_date,update_date,user_name,valid_from,valid_to,is_current,email,company,plan_type,source_system}'::text[] AS own
FROM gold.go_dim_user g;
INSERT INTO silver.si_users (user_id, user_name, email, plan_type, load_timestamp, region, grade)
VALUES ('u1', 'Ana', 'ana@x.example', 'Free', '2024-01-01Z', 'North', 1), ('u2', 'Bo', 'bo@x.example', 'Free', '2024-01-01Z', 'North', 2),
	('u3', 'Cy', 'cy@x.example', 'Free', '2024-01-01Z', NULL, NULL);
CALL t.refresh_at('2024-01-02Z');
CALL t.region('u1', '2024-02-01Z', 'South');
CALL t.region('u2', '2024-02-01Z', 'East');
CALL t.refresh_at('2024-02-02Z');
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.refresh_at('2024-02-03Z');
CREATE TEMP TABLE before AS SELECT user_name, valid_from, valid_to, own ->> 'region' AS region, own ->> 'grade' AS grade FROM t.history;
CREATE TEMP TABLE places AS SELECT ctid AS place, user_name FROM gold.go_dim_user;
SELECT t.same('SELECT count(*) FROM before', '5', 'there is a history');

-- on both sides
ALTER TABLE silver.si_users RENAME region TO area;
ALTER TABLE gold.go_dim_user RENAME region TO area;
SELECT t.healthy('a rename that no refresh has seen is nothing wrong');
CALL t.refresh_at('2024-02-04Z');
SELECT t.equal($$SELECT user_name, valid_from, valid_to, own ->> 'area', own ->> 'grade' FROM t.history$$, 'SELECT * FROM before', 'a column renamed on both sides keeps its history');
SELECT t.equal('SELECT ctid, user_name FROM gold.go_dim_user', 'SELECT * FROM places', 'and no row of gold is written');
SELECT t.healthy('verify() agrees');
CALL t.refresh(true);
SELECT t.same($$SELECT count(*) FROM gold_state.user_event WHERE op = 'D'$$, '3', 'a full comparison finds silver as it was');
UPDATE silver.si_users SET plan_type = 'Pro', update_timestamp = '2024-02-05Z' WHERE user_id = 'u1';
CALL t.refresh_at('2024-02-06Z');
SELECT t.same($$SELECT valid_from, own ->> 'area' FROM t.history WHERE user_name = 'Ana'$$, ARRAY['2024-01-01 00:00|North', '2024-02-01 00:00|South', '2024-02-05 00:00|South'], 'the next version follows');
SELECT t.same($$SELECT count(*) FROM gold_state.user_event$$, '10', 'the sums of what silver holds have followed');
SELECT t.healthy('history is sound');

-- writers before, between and after two renames of one interval
CALL t.region('u1', '2024-03-01Z', 'First');
ALTER TABLE silver.si_users RENAME area TO middle;
CALL t.region('u1', '2024-03-02Z', 'Second');
ALTER TABLE silver.si_users RENAME middle TO region;
ALTER TABLE gold.go_dim_user RENAME area TO region;
CALL t.region('u1', '2024-03-03Z', 'Third');
CALL t.refresh_at('2024-03-04Z');
SELECT t.same($$SELECT valid_from, own ->> 'region' FROM t.history WHERE user_name = 'Ana' AND valid_from >= '2024-02-05Z'$$,
	ARRAY['2024-02-05 00:00|South', '2024-03-01 00:00|First', '2024-03-02 00:00|Second', '2024-03-03 00:00|Third'], 'what is pending follows, whatever the name was when it was captured');
SELECT t.healthy('history is sound');

-- two that change names, with writers on either side of it
ALTER TABLE silver.si_users ADD COLUMN place text;
ALTER TABLE gold.go_dim_user ADD COLUMN place text;
UPDATE silver.si_users SET place = 'p1', update_timestamp = '2024-03-10Z' WHERE user_id = 'u1';
CALL t.refresh_at('2024-03-11Z');
UPDATE silver.si_users SET place = 'p2', update_timestamp = '2024-03-12Z' WHERE user_id = 'u1';
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY '{silver.si_users,gold.go_dim_user}'::text[] LOOP
		EXECUTE format('ALTER TABLE %s RENAME region TO swap', name);
		EXECUTE format('ALTER TABLE %s RENAME place TO region', name);
		EXECUTE format('ALTER TABLE %s RENAME swap TO place', name);
	END LOOP;
END
$$;
UPDATE silver.si_users SET region = 'p3', update_timestamp = '2024-03-13Z' WHERE user_id = 'u1';
CALL t.refresh_at('2024-03-14Z');
SELECT t.same($$SELECT valid_from, own ->> 'region', own ->> 'place' FROM t.history WHERE user_name = 'Ana' AND valid_from >= '2024-03-03Z'$$,
	ARRAY['2024-03-03 00:00|p1|Third', '2024-03-12 00:00|p2|Third', '2024-03-13 00:00|p3|Third'], 'two columns change names');
SELECT t.healthy('history is sound');

-- what is declared follows gold's name
ALTER TABLE silver.si_users RENAME grade TO rank;
ALTER TABLE gold.go_dim_user RENAME grade TO rank;
CALL t.refresh_at('2024-03-15Z');
SELECT t.same('SELECT column_name, scd_type, reason, in_capitals, numbered FROM gold_state.tracked_column', 'rank|1|Nobody asks|NOBODY ASKS|7',
	'a Type 1 column stays one, with what users noted beside it');
SELECT t.same($$SELECT DISTINCT own ->> 'rank' FROM t.history WHERE user_name = 'Ana'$$, '1', 'with its values');
SELECT t.healthy('history is sound');

-- on one side: as if the column were gone, until the other follows
CREATE TEMP TABLE full_history AS SELECT user_name, valid_from, valid_to, own ->> 'place' AS place, own ->> 'region' AS region FROM t.history;
ALTER TABLE silver.si_users RENAME place TO district;
CALL t.refresh_at('2024-03-16Z');
SELECT t.same($$SELECT valid_from FROM t.history WHERE user_name = 'Bo'$$, '2024-01-01 00:00', 'renamed in silver alone it is not tracked');
SELECT t.healthy('which is sound');
ALTER TABLE gold.go_dim_user RENAME place TO district;
CALL t.refresh_at('2024-03-17Z');
SELECT t.equal($$SELECT user_name, valid_from, valid_to, own ->> 'district', own ->> 'region' FROM t.history$$, 'SELECT * FROM full_history', 'when gold follows history is back');
SELECT t.healthy('history is sound');
ALTER TABLE gold.go_dim_user RENAME district TO quarter;
CALL t.refresh_at('2024-03-18Z');
SELECT t.healthy('renamed in gold alone it is not tracked either');
ALTER TABLE silver.si_users RENAME district TO quarter;
CALL t.refresh_at('2024-03-19Z');
SELECT t.equal($$SELECT user_name, valid_from, valid_to, own ->> 'quarter', own ->> 'region' FROM t.history$$, 'SELECT * FROM full_history', 'and back again');
SELECT t.healthy('history is sound');

-- dropped and added again in gold: it is filled from what is kept
CALL t.drop_views();
ALTER TABLE gold.go_dim_user DROP COLUMN quarter;
ALTER TABLE gold.go_dim_user ADD COLUMN quarter text;
CALL t.refresh_at('2024-03-20Z');
SELECT t.equal($$SELECT user_name, valid_from, valid_to, own ->> 'quarter', own ->> 'region' FROM t.history$$, 'SELECT * FROM full_history', 'a column of gold that was dropped and added again is filled');
SELECT t.healthy('history is sound');

-- another table, or another catalog: no rename is made up
ALTER TABLE silver.si_users RENAME TO former;
CREATE TABLE silver.si_users AS SELECT load_timestamp, update_timestamp, source_system, region AS note, user_id, user_name, email, company, plan_type, quarter, region, rank FROM silver.former;
CALL t.setup();
CALL t.refresh_at('2024-03-21Z');
SELECT t.equal($$SELECT user_name, valid_from, valid_to, own ->> 'quarter', own ->> 'region' FROM t.history$$, 'SELECT * FROM full_history', 'a table with other numbers in the place of silver');
SELECT t.healthy('history is sound');
UPDATE gold_state.relation_state SET catalog = 'elsewhere', own_layout = jsonb_set(own_layout, '{columns,region}', own_layout #> '{columns,quarter}') #- '{columns,quarter}';
CALL t.refresh_at('2024-03-22Z');
SELECT t.equal($$SELECT user_name, valid_from, valid_to, own ->> 'quarter', own ->> 'region' FROM t.history$$, 'SELECT * FROM full_history', 'numbers of another catalog say nothing');

-- partitions, which have numbers of their own
CALL t.drop_views();
DROP TABLE silver.si_users;
CREATE TABLE silver.si_users (LIKE silver.former) PARTITION BY LIST (user_id);
CREATE TABLE silver.part (zz int, LIKE silver.former);
ALTER TABLE silver.part DROP COLUMN zz;
ALTER TABLE silver.si_users ATTACH PARTITION silver.part DEFAULT;
INSERT INTO silver.si_users SELECT * FROM silver.former;
CALL t.setup();
CALL t.refresh_at('2024-03-23Z');
SELECT t.healthy('a partitioned table takes the place');
UPDATE silver.part SET quarter = 'last', update_timestamp = '2024-03-24Z' WHERE user_id = 'u1';
ALTER TABLE silver.si_users RENAME quarter TO block;
ALTER TABLE gold.go_dim_user RENAME quarter TO block;
UPDATE silver.part SET block = 'very last', update_timestamp = '2024-03-25Z' WHERE user_id = 'u1';
CALL t.refresh_at('2024-03-26Z');
SELECT t.same($$SELECT valid_from, own ->> 'block' FROM t.history WHERE user_name = 'Ana' AND valid_from >= '2024-03-13Z'$$,
	ARRAY['2024-03-13 00:00|Third', '2024-03-24 00:00|last', '2024-03-25 00:00|very last'], 'a partition written directly follows');
SELECT t.healthy('history is sound');
SELECT * FROM finish();
