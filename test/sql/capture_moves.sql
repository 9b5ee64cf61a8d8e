\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows that one statement moves from partition to partition, and tables of a tree
-- that are emptied while others stay: the rows that go are those, whatever tells of
-- them, and what stays is as it was.
CREATE SCHEMA silver;

-- Every relation in parts by source: "desk" a plain one with its columns in another
-- order, "other" one of two.
CREATE PROCEDURE t.partition_silver() LANGUAGE plpgsql AS $$
DECLARE
	name text;
	columns text;
	turned text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'silver' LOOP
		SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY position), string_agg(column_name || ' ' || data_type, ', ' ORDER BY position DESC)
		INTO columns, turned
		FROM zoom_gold.silver_contract() WHERE table_name = name;
		EXECUTE format('CREATE TABLE silver.%1$I (%2$s) PARTITION BY LIST (source_system);
			CREATE TABLE silver.%1$s_desk (gone integer, %3$s); ALTER TABLE silver.%1$s_desk DROP gone;
			ALTER TABLE silver.%1$I ATTACH PARTITION silver.%1$s_desk FOR VALUES IN (''DESK'');
			CREATE TABLE silver.%1$s_other PARTITION OF silver.%1$I DEFAULT PARTITION BY LIST (source_system);
			CREATE TABLE silver.%1$s_zoom PARTITION OF silver.%1$s_other FOR VALUES IN (''ZOOM'');
			CREATE TABLE silver.%1$s_rest PARTITION OF silver.%1$s_other DEFAULT', name, columns, turned);
	END LOOP;
END
$$;
-- The same as parents, and heirs with columns of their own.
CREATE PROCEDURE t.bequeath_silver() LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'silver' LOOP
		EXECUTE format('CREATE TABLE silver.%1$I (%2$s); CREATE TABLE silver.%1$s_desk (own integer, LIKE silver.%1$I); ALTER TABLE silver.%1$s_desk INHERIT silver.%1$I;
			CREATE TABLE silver.%1$s_other () INHERITS (silver.%1$I); CREATE TABLE silver.%1$s_zoom () INHERITS (silver.%1$s_other)', name,
			(SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY position) FROM zoom_gold.silver_contract() WHERE table_name = name));
	END LOOP;
END
$$;

-- A statement about each relation: {} in it is the name, {event} its event.
CREATE PROCEDURE t.each(statement text) LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT table_name AS name, coalesce(min(column_name) FILTER (WHERE column_name IN ('start_time', 'join_time')), 'update_timestamp') AS event
			 FROM zoom_gold.silver_contract() GROUP BY 1 ORDER BY 1 LOOP
		EXECUTE replace(replace(statement, '{}', r.name), '{event}', r.event);
	END LOOP;
END
$$;
CREATE PROCEDURE t.fill() LANGUAGE plpgsql AS $$
BEGIN
	CALL t.setup();
	CALL t.fill_days(1, 12, '2024-01-20 00:00Z');
	CALL t.each($s$UPDATE silver.{} SET source_system = (ARRAY['DESK', 'ZOOM', 'BILL'])[1 + extract(day FROM load_timestamp)::integer % 3]$s$);
	UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
	CALL t.refresh_at('2024-03-01 00:00Z');
END
$$;
-- Gold after a statement about each relation, and what verify() finds; then all is undone.
CREATE FUNCTION t.after(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	name text;
	lines text[];
BEGIN
	CALL t.clock('2024-03-02 00:00Z');
	CALL t.each(statement);
	CALL t.clock('2024-03-03 00:00Z');
	lines := ARRAY(SELECT 'failed: ' || r.details::text FROM zoom_gold.refresh() r WHERE r.status = 'Failure');
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'gold' AND table_name NOT LIKE '%\_log' LOOP
		EXECUTE format('SELECT $1 || ARRAY(SELECT %L || to_jsonb(g)::text FROM gold.%1$I g)', name) INTO lines USING lines;
	END LOOP;
	lines := lines || ARRAY(SELECT 'verify: ' || v.check_name || v.details FROM zoom_gold.verify() v WHERE NOT v.passed);
	RAISE EXCEPTION 'undo' USING ERRCODE = 'ZG000';
EXCEPTION WHEN SQLSTATE 'ZG000' THEN
	RETURN QUERY SELECT l FROM unnest(lines) AS l;
END
$$;
-- A way, and the plain one, which gold equals.
CREATE TABLE t.way (place integer GENERATED ALWAYS AS IDENTITY, odd text, plain text);

CALL t.partition_silver();
CALL t.fill();
-- the library is not loaded when a session's first statement begins
\c
SET search_path = tap, public;
SELECT * FROM no_plan() \g /dev/null
MERGE INTO silver.si_meetings t USING (VALUES ('DESK')) v (a) ON t.source_system = v.a
WHEN MATCHED THEN UPDATE SET source_system = 'ZOOM', start_time = start_time + interval '250 hours', end_time = end_time + interval '250 hours';
SELECT t.same('SELECT op::text, cardinality(days) FROM gold_state.slice_change', '{D|5,I|5}'::text[], 'moved by the first statement of a session');
CALL t.refresh_at('2024-03-01 00:00Z');
SELECT cmp_ok((SELECT count(*) FROM t.after('SELECT'))::integer, '>', 150, 'there are rows');
INSERT INTO t.way (odd, plain) VALUES
	($$MERGE INTO silver.{} t USING (VALUES ('DESK', 'ZOOM'), ('ZOOM', 'FAR')) v (a, b) ON t.source_system = v.a WHEN MATCHED THEN UPDATE SET source_system = v.b$$,
	 $$UPDATE silver.{} SET source_system = CASE source_system WHEN 'DESK' THEN 'ZOOM' ELSE 'FAR' END WHERE source_system IN ('DESK', 'ZOOM')$$),
	($$MERGE INTO silver.{} t USING (VALUES ('DESK'), ('none')) v (a) ON t.source_system = v.a WHEN MATCHED THEN UPDATE SET source_system = 'BILL', {event} = {event} + interval '25 hours' WHEN NOT MATCHED THEN INSERT (load_timestamp, source_system) VALUES ('2024-02-01 00:00Z', 'DESK')$$,
	 $$UPDATE silver.{} SET source_system = 'BILL', {event} = {event} + interval '25 hours' WHERE source_system = 'DESK'; INSERT INTO silver.{} (load_timestamp, source_system) VALUES ('2024-02-01 00:00Z', 'DESK')$$),
	($$MERGE INTO silver.{} t USING (VALUES ('DESK'), ('ZOOM')) v (a) ON t.source_system = v.a WHEN MATCHED AND v.a = 'ZOOM' THEN DELETE WHEN MATCHED THEN UPDATE SET source_system = 'ZOOM'$$,
	 $$DELETE FROM silver.{} WHERE source_system = 'ZOOM'; UPDATE silver.{} SET source_system = 'ZOOM' WHERE source_system = 'DESK'$$),
	($$MERGE INTO silver.{}_other t USING (VALUES ('BILL')) v (a) ON t.source_system = v.a WHEN MATCHED THEN UPDATE SET source_system = 'ZOOM', {event} = {event} + interval '25 hours'$$,
	 $$UPDATE silver.{} SET source_system = 'ZOOM', {event} = {event} + interval '25 hours' WHERE source_system = 'BILL'$$),
	($$MERGE INTO silver.{}_desk t USING (VALUES ('DESK')) v (a) ON t.source_system = v.a WHEN MATCHED THEN UPDATE SET {event} = {event} + interval '25 hours'$$,
	 $$UPDATE silver.{} SET {event} = {event} + interval '25 hours' WHERE source_system = 'DESK'$$),
	($$TRUNCATE silver.{}_desk$$, $$DELETE FROM silver.{} WHERE source_system = 'DESK'$$),
	($$TRUNCATE silver.{}_other$$, $$DELETE FROM silver.{} WHERE source_system <> 'DESK'$$),
	($$TRUNCATE silver.{}_desk, silver.{}_rest$$, $$DELETE FROM silver.{} WHERE source_system <> 'ZOOM'$$),
	($$TRUNCATE silver.{}$$, $$DELETE FROM silver.{}$$),
	($$CREATE TEMP TABLE kept AS TABLE silver.{}_desk; TRUNCATE silver.{}_desk; INSERT INTO silver.{}_desk SELECT * FROM kept WHERE load_timestamp < '2024-01-28 00:00Z'; DROP TABLE kept$$,
	 $$DELETE FROM silver.{} WHERE source_system = 'DESK' AND load_timestamp >= '2024-01-28 00:00Z'$$);
SELECT t.equal(format('SELECT t.after(%L)', odd), format('SELECT t.after(%L)', plain), 'partitions: ' || odd) FROM t.way ORDER BY place;

-- triggers of others fire as if we were not there
CREATE FUNCTION t.say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fired by %', TG_OP; END $$;
CREATE TRIGGER own_delete AFTER DELETE ON silver.si_users REFERENCING OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION t.say();
CREATE TRIGGER own_insert AFTER INSERT ON silver.si_users REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION t.say();
SELECT t.equal(format('SELECT t.after(%L)', odd), format('SELECT t.after(%L)', plain), 'beside other triggers: ' || odd) FROM t.way ORDER BY place LIMIT 1;

-- parents and heirs
DROP SCHEMA silver CASCADE;
CREATE SCHEMA silver;
CALL t.bequeath_silver();
CALL t.fill();
INSERT INTO silver.si_users_desk SELECT 1, * FROM ONLY silver.si_users WHERE source_system = 'DESK';
CALL t.each($s$INSERT INTO silver.{}_zoom SELECT * FROM ONLY silver.{} WHERE source_system = 'ZOOM'; DELETE FROM ONLY silver.{} WHERE source_system = 'ZOOM'$s$);
CALL t.refresh();
TRUNCATE t.way;
INSERT INTO t.way (odd, plain) VALUES
	($$TRUNCATE ONLY silver.{}$$, $$DELETE FROM ONLY silver.{}$$),
	($$TRUNCATE silver.{}$$, $$DELETE FROM silver.{}$$),
	($$TRUNCATE silver.{}_desk$$, $$DELETE FROM silver.{}_desk$$),
	($$TRUNCATE silver.{}_zoom$$, $$DELETE FROM silver.{}_zoom$$),
	($$TRUNCATE silver.{}_other$$, $$DELETE FROM silver.{}_other$$),
	($$TRUNCATE ONLY silver.{}_other$$, $$SELECT$$),
	-- one that setup() does not know yet
	($$CREATE TABLE silver.{}_new () INHERITS (silver.{}); INSERT INTO silver.{}_new SELECT * FROM silver.{}_zoom; TRUNCATE silver.{}_new; DROP TABLE silver.{}_new$$, $$SELECT$$);
SELECT t.equal(format('SELECT t.after(%L)', odd), format('SELECT t.after(%L)', plain), 'heirs: ' || odd) FROM t.way ORDER BY place;
SELECT * FROM finish();
