\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A first load that has not room for a relation at once reads some days after
-- the others, with the same result.
CREATE PROCEDURE t.fill() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_users SELECT 'u' || n, 'User ' || n % 90, n || '@x.example', 'Acme', 'Free', '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(1, 100) AS n;
	INSERT INTO silver.si_meetings SELECT 'm' || n, 'u' || n % 110, 'Topic ' || n % 50, at, at + n % 90 * interval '1 min', n % 91 - 1, at, NULL, 'ZOOM'
	FROM generate_series(1, 18000) AS n, LATERAL (SELECT timestamptz '2024-01-01 08:00Z' + n % 170 * interval '1 day') AS t (at);
	INSERT INTO silver.si_participants SELECT 'p' || n, 'm' || n % 18050, 'u' || n % 120, at, at + interval '30 min', at, NULL, 'ZOOM'
	FROM generate_series(1, 18000) AS n, LATERAL (SELECT timestamptz '2024-01-01 23:50Z' + n % 170 * interval '1 day') AS t (at);
	INSERT INTO silver.si_feature_usage SELECT 'f' || n, 'm' || n % 18050, 'Feature ' || n % 7, n % 9 - 1, date '2024-01-01' + n % 170, '2024-06-01Z', NULL, 'ZOOM' FROM generate_series(1, 18000) AS n;
	-- on other days: corrected, moved far, twice on one day, at the same instant, deleted
	INSERT INTO silver.si_meetings SELECT meeting_id, host_id, 'Moved', start_time + interval '60 days', end_time + interval '60 days', 1, load_timestamp, '2024-06-02Z', 'ZOOM' FROM silver.si_meetings WHERE meeting_id IN ('m5', 'm100', 'm9999');
	INSERT INTO silver.si_meetings SELECT meeting_id, host_id, 'Earlier', start_time - interval '60 days', end_time, 1, load_timestamp - interval '1 year', NULL, 'ZOOM' FROM silver.si_meetings WHERE meeting_id IN ('m120', 'm121');
	INSERT INTO silver.si_meetings SELECT meeting_id, host_id, 'Tie', start_time + n * interval '30 days', end_time + n * interval '30 days', n, load_timestamp, NULL, 'ZOOM' FROM silver.si_meetings, generate_series(1, 2) AS n WHERE meeting_id = 'm40';
	INSERT INTO silver.si_feature_usage SELECT usage_id, meeting_id, feature_name, 50, usage_date + 90, load_timestamp, '2024-06-02Z', 'ZOOM' FROM silver.si_feature_usage WHERE usage_id IN ('f7', 'f8');
	-- without a day, of odd days, without a key, repeated
	INSERT INTO silver.si_meetings VALUES ('odd1', 'u1', 'T', NULL, NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), ('odd2', 'u1', 'T', 'infinity', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'),
		('odd3', 'u1', 'T', '-infinity', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), ('odd4', 'u1', 'T', '1816-01-01Z', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), ('odd5', 'u1', 'T', '4024-01-01Z', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'),
		(NULL, 'u1', 'T', '2024-01-05Z', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), (NULL, 'u1', 'T', '2024-06-05Z', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), ('m1 ', 'u2', 'Odd spelling', '2024-01-02 09:00Z', NULL, 5, '2024-01-03Z', NULL, 'ZOOM');
	INSERT INTO silver.si_participants SELECT * FROM silver.si_participants WHERE participant_id IN ('p1', 'p2');
END
$$;
-- What a first load makes, in a gold of its own.
CREATE PROCEDURE t.load(memory text) LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	DROP SCHEMA IF EXISTS gold, gold_state, gold_masked, gold_bi, gold_bi_masked CASCADE;
	PERFORM FROM zoom_gold.setup();
	PERFORM set_config('maintenance_work_mem', memory, false);
	CALL t.refresh();
	DELETE FROM t.result WHERE result.memory = load.memory;
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'gold' AND table_name <> 'go_process_audit_log' LOOP
		EXECUTE format('INSERT INTO t.result SELECT $1, $2, to_jsonb(g)::text FROM gold.%I g', name) USING memory, name;
	END LOOP;
	INSERT INTO t.result SELECT memory, 'log', process_name || status || record_count || error_count FROM gold.go_process_audit_log;
	INSERT INTO t.result SELECT memory, 'spread', concat_ws(' ', relation, key, day) FROM (SELECT DISTINCT * FROM gold_state.spread_key) s;
	INSERT INTO t.result SELECT memory, 'tied', concat_ws(' ', relation, key) FROM gold_state.tied_row;
	INSERT INTO t.result SELECT memory, 'slice', concat_ws(' ', relation, day, row_count, keys, accepted_hash, usage_hash, meetings) FROM gold_state.slice;
	INSERT INTO t.result SELECT memory, 'attendance', concat_ws(' ', meeting_id, slice_day, other_day, cardinality(users), guests, seconds) FROM gold_state.meeting_attendance;
	INSERT INTO t.result SELECT memory, 'spelling', concat_ws(' ', s) FROM gold_state.key_spelling s;
END
$$;
CREATE TABLE t.result (memory text, name text, content text);
-- Are all rows of the first days before those of the last?  Silver has them mixed.
CREATE FUNCTION t.turns() RETURNS SETOF boolean LANGUAGE plpgsql AS $$
DECLARE
	name text;
	day text;
	mixed boolean;
BEGIN
	FOR name, day IN VALUES ('gold.go_fact_meeting_usage', 'start_time'), ('gold.go_fact_feature_usage', 'usage_date'), ('gold_state.meeting_attendance', 'slice_day') LOOP
		EXECUTE format('SELECT max(f.ctid) FILTER (WHERE f.%1$I < ''2024-01-15'') > min(f.ctid) FILTER (WHERE f.%1$I > ''2024-06-10'') FROM %2$s f', day, name) INTO mixed;
		RETURN NEXT NOT mixed;
	END LOOP;
END
$$;
CREATE FUNCTION t.alike(name text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT t.equal(format('SELECT content FROM t.result WHERE memory = ''1MB'' AND name = %L', n), format('SELECT content FROM t.result WHERE memory = ''1GB'' AND name = %L', n), n || ' is the same ' || name)
	FROM (SELECT DISTINCT r.name AS n FROM t.result r) AS x ORDER BY n
$$;

CALL t.setup();
CALL t.fill();
CALL t.load('1GB');
SELECT t.same('SELECT t.turns()', ARRAY['false', 'false', 'false'], 'with room for all there is one pass');
CALL t.load('1MB');
SELECT t.same('SELECT t.turns()', ARRAY['true', 'true', 'true'], 'without there are several');
SELECT t.alike('as of one pass');
SELECT t.healthy('and consistent');

-- a key with another spelling on another day
INSERT INTO silver.si_meetings VALUES ('m2 ', 'u2', 'Odd day', '2024-05-02 09:00Z', NULL, 5, '2024-05-03Z', NULL, 'ZOOM');
CALL t.load('1GB');
CALL t.load('1MB');
SELECT t.same('SELECT t.turns()', ARRAY['false', 'true', 'true'], 'what nobody could find in turns is read at once');
SELECT t.alike('with such a key');
SELECT t.healthy('and consistent as well');
RESET maintenance_work_mem;
SELECT * FROM finish();
