\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- All of silver read again without room for it at once: some days after the
-- others, with the same result, whatever moved from one day to another.
CREATE PROCEDURE t.fill() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_users SELECT 'u' || n, 'User ' || n % 90, n || '@x.example', 'Acme', 'Free', '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(1, 100) AS n;
	INSERT INTO silver.si_meetings SELECT 'm' || n, 'u' || n % 100 + 1, 'Topic ' || n % 50, at, at + n % 90 * interval '1 min', n % 90, at, NULL, 'ZOOM'
	FROM generate_series(1, 10000) AS n, LATERAL (SELECT timestamptz '2024-01-01 08:00Z' + n % 170 * interval '1 day') AS t (at);
	INSERT INTO silver.si_participants SELECT 'p' || n, 'm' || n, 'u' || n % 101 + 1, at, at + interval '30 min', at, NULL, 'ZOOM'
	FROM generate_series(1, 10000) AS n, LATERAL (SELECT timestamptz '2024-01-01 23:50Z' + n % 170 * interval '1 day') AS t (at);
	INSERT INTO silver.si_feature_usage SELECT 'f' || n, 'm' || n, 'Feature ' || n % 7, n % 9, date '2024-01-01' + n % 170, '2024-06-01Z', NULL, 'ZOOM' FROM generate_series(1, 10000) AS n;
	INSERT INTO silver.si_billing_events SELECT 'b' || n, 'u' || n % 100 + 1, 'Subscription Fee', n % 50, date '2024-01-01' + n % 170, '2024-06-01Z', NULL, 'ZOOM' FROM generate_series(1, 10000) AS n;
	INSERT INTO silver.si_licenses SELECT 'l' || n, 'Pro', 'u' || n % 100 + 1, date '2024-01-01' + n % 170, date '2024-02-01' + n % 170, '2024-06-01Z', NULL, 'ZOOM' FROM generate_series(1, 10000) AS n;
	-- on several days, at one instant, without a day, on odd days, without a key
	INSERT INTO silver.si_meetings SELECT meeting_id, host_id, 'Moved', start_time + interval '60 days', end_time + interval '60 days', 1, load_timestamp, '2024-06-02Z', 'ZOOM' FROM silver.si_meetings WHERE meeting_id IN ('m5', 'm100', 'm3');
	INSERT INTO silver.si_meetings SELECT meeting_id, host_id, 'Tie', start_time + n * interval '30 days', end_time + n * interval '30 days', n, load_timestamp, NULL, 'ZOOM' FROM silver.si_meetings, generate_series(1, 2) AS n WHERE meeting_id = 'm40';
	INSERT INTO silver.si_feature_usage SELECT usage_id, meeting_id, feature_name, 50, usage_date + 90, load_timestamp, '2024-06-02Z', 'ZOOM' FROM silver.si_feature_usage WHERE usage_id IN ('f7', 'f8');
	INSERT INTO silver.si_meetings VALUES ('odd1', 'u1', 'T', NULL, NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), ('odd2', 'u1', 'T', 'infinity', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), ('odd3', 'u1', 'T', '1816-01-01Z', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'),
		(NULL, 'u1', 'T', '2024-01-05Z', NULL, 5, '2024-01-01Z', NULL, 'ZOOM'), ('gone ', 'u2', 'T', '2024-01-02 09:00Z', NULL, 5, '2024-01-03Z', NULL, 'ZOOM');
END
$$;
-- Every row says something else, and some are elsewhere.
CREATE PROCEDURE t.change() LANGUAGE plpgsql AS $$
BEGIN
	UPDATE silver.si_meetings SET meeting_topic = meeting_topic || '!';
	UPDATE silver.si_participants SET leave_time = leave_time + interval '1 min';
	UPDATE silver.si_feature_usage SET usage_count = usage_count + 1;
	UPDATE silver.si_billing_events SET amount = amount + 1;
	UPDATE silver.si_licenses SET license_type = 'Business';
	-- moved, far and near; another event under the key; a day of its own
	UPDATE silver.si_meetings SET start_time = start_time + interval '70 days', end_time = end_time + interval '70 days' WHERE meeting_id IN ('m11', 'm12', 'm13');
	UPDATE silver.si_meetings SET start_time = start_time - interval '1 day', end_time = end_time - interval '1 day' WHERE meeting_id IN ('m21', 'm22');
	UPDATE silver.si_meetings SET start_time = start_time + interval '80 days', end_time = end_time + interval '80 days', meeting_topic = 'Another', duration_minutes = 77 WHERE meeting_id IN ('m31', 'm32');
	UPDATE silver.si_meetings SET start_time = start_time + interval '80 days', end_time = end_time + interval '80 days', meeting_topic = 'Another' WHERE meeting_id IN ('m81', 'm82');
	UPDATE silver.si_meetings SET start_time = start_time - interval '80 days', end_time = end_time - interval '80 days', meeting_topic = 'Back' WHERE meeting_id = 'm81';
	UPDATE silver.si_meetings SET start_time = '2025-01-01 09:00Z', end_time = '2025-01-01 09:10Z' WHERE meeting_id = 'm41';
	UPDATE silver.si_participants SET join_time = join_time + interval '50 days', leave_time = leave_time + interval '50 days' WHERE participant_id IN ('p51', 'p52');
	UPDATE silver.si_feature_usage SET usage_date = usage_date - 30 WHERE usage_id IN ('f150', 'f151');
	UPDATE silver.si_billing_events SET event_date = event_date + 30 WHERE event_id IN ('b10', 'b11');
	UPDATE silver.si_licenses SET start_date = start_date - 200 WHERE license_id IN ('l10', 'l11');
	-- gone, one with its day; new, one of them with the key of one that is gone
	DELETE FROM silver.si_meetings WHERE meeting_id IN ('m61', 'm62', 'odd3', 'gone ');
	DELETE FROM silver.si_feature_usage WHERE usage_id IN ('f61', 'f62');
	INSERT INTO silver.si_meetings VALUES ('new1', 'u1', 'New', '2024-03-05 08:00Z', NULL, 5, '2024-06-01Z', NULL, 'ZOOM'), ('m62', 'u5', 'Born again', '2024-06-01 08:00Z', '2024-06-01 09:00Z', 60, '2024-06-01Z', NULL, 'ZOOM');
	-- another row is the newest of a key with several days, or the only one
	DELETE FROM silver.si_meetings WHERE meeting_id = 'm5' AND meeting_topic = 'Moved!';
	UPDATE silver.si_meetings SET update_timestamp = '2024-06-03Z' WHERE meeting_id = 'm100' AND meeting_topic <> 'Moved!';
	UPDATE silver.si_meetings SET load_timestamp = '2024-06-04Z' WHERE meeting_id = 'm40' AND meeting_topic <> 'Tie!';
	INSERT INTO silver.si_meetings SELECT meeting_id, host_id, 'Later', start_time + interval '40 days', end_time + interval '40 days', 1, load_timestamp, '2024-06-02Z', 'ZOOM' FROM silver.si_meetings WHERE meeting_id IN ('m71', 'm72');
END
$$;
-- Rows of gold that nobody wants, and some that are lacking.
CREATE PROCEDURE t.spoil() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO gold.go_fact_meeting_usage (start_time, duration_minutes) VALUES ('1999-05-05Z', 5), ('2024-02-02Z', 6);
	DELETE FROM gold.go_fact_feature_usage;
	UPDATE gold.go_fact_billing SET amount = 0 WHERE event_date = '2024-03-03';
END
$$;
CREATE TABLE t.result (what text, memory text, name text, content text);
-- What a load of what was there before, and all read again after the changes, make.
CREATE PROCEDURE t.load(what text, memory text, captured boolean, deletes text DEFAULT 'mirror') LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	DROP SCHEMA IF EXISTS gold, gold_state, gold_masked, gold_bi, gold_bi_masked CASCADE;
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'base'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('TRUNCATE silver.%1$I; INSERT INTO silver.%1$I SELECT * FROM base.%1$I', name);
	END LOOP;
	PERFORM FROM zoom_gold.setup();
	UPDATE gold_state.settings s SET value = deletes WHERE s.name = 'fact_deletes';
	SET maintenance_work_mem = '1GB';
	CALL t.refresh_at('2024-06-29 12:00Z');
	IF NOT captured THEN
		FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'base'::regnamespace AND relkind = 'r' LOOP
			EXECUTE format('ALTER TABLE silver.%I DISABLE TRIGGER ALL', name);
		END LOOP;
	END IF;
	CALL t.change();
	CALL t.spoil();
	PERFORM FROM zoom_gold.setup();
	PERFORM set_config('maintenance_work_mem', memory, false);
	CALL t.clock('2024-06-30 12:00Z');
	CALL t.refresh(full_refresh => true);
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'gold' AND table_name <> 'go_process_audit_log' LOOP
		EXECUTE format('INSERT INTO t.result SELECT $1, $2, $3, to_jsonb(g)::text FROM gold.%I g', name) USING what, memory, name;
	END LOOP;
	INSERT INTO t.result SELECT what, memory, 'log', concat_ws(' ', process_name, status, record_count, error_count) FROM gold.go_process_audit_log WHERE process_name !~ '^merge_dim_(?!user)|^refresh$';
	INSERT INTO t.result SELECT what, memory, 'spread', concat_ws(' ', relation, key, day) FROM (SELECT DISTINCT * FROM gold_state.spread_key) s;
	INSERT INTO t.result SELECT what, memory, 'reused', concat_ws(' ', relation, key, day) FROM gold_state.reused_key;
	INSERT INTO t.result SELECT what, memory, 'slice', concat_ws(' ', relation, day, row_count, keys, users, accepted_hash, usage_hash, meetings) FROM gold_state.slice;
	INSERT INTO t.result SELECT what, memory, 'partial', concat_ws(' ', relation, day, slice_day, member, row_count, total, users, systems) FROM gold_state.day_partial;
	INSERT INTO t.result SELECT what, memory, 'detail', d::text FROM gold_state.meeting_detail d;
	INSERT INTO t.result SELECT what, memory, 'attendance', concat_ws(' ', meeting_id, slice_day, other_day, cardinality(users), guests, seconds) FROM gold_state.meeting_attendance;
	INSERT INTO t.result SELECT what, memory, 'span', s::text FROM gold_state.license_span s;
END
$$;
-- Were all rows of the first days written before those of the last?  Silver has them mixed.
CREATE FUNCTION t.turns() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN max(ctid) FILTER (WHERE usage_date < '2024-01-08') < min(ctid) FILTER (WHERE usage_date > '2024-06-15') FROM gold.go_fact_feature_usage;
END
$$;
CREATE FUNCTION t.alike(what text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT t.equal(format('SELECT content FROM t.result WHERE what = %L AND memory = ''1MB'' AND name = %L', what, n), format('SELECT content FROM t.result WHERE what = %L AND memory = ''1GB'' AND name = %L', what, n), n || ' is the same, ' || what)
	FROM (SELECT DISTINCT r.name AS n FROM t.result r WHERE r.what = alike.what) AS x ORDER BY n
$$;

SET client_min_messages = error;
CALL t.setup();
CALL t.fill();
CREATE SCHEMA base;
SELECT format('CREATE TABLE base.%1$I AS TABLE silver.%1$I', table_name) FROM information_schema.tables WHERE table_schema = 'silver' \gexec

CALL t.load('unseen', '1GB', false);
SELECT ok(NOT t.turns(), 'with room for all there is one pass');
CALL t.load('unseen', '1MB', false);
SELECT ok(t.turns(), 'without there are several');
SELECT t.alike('unseen');
SELECT t.healthy('and consistent');

CALL t.load('captured, kept', '1GB', true, 'keep');
CALL t.load('captured, kept', '1MB', true, 'keep');
SELECT t.alike('captured, kept');

-- of the first and of the last days more keys are gone than may, though not of either
ALTER TABLE silver.si_billing_events DISABLE TRIGGER ALL;
UPDATE gold_state.settings SET value = 'mirror' WHERE name = 'fact_deletes';
UPDATE gold_state.settings SET value = '5' WHERE name = 'delete_guard_percent';
DELETE FROM silver.si_billing_events e USING (SELECT event_id, row_number() OVER (PARTITION BY event_date ORDER BY event_id) AS n FROM silver.si_billing_events) r
WHERE e.event_id = r.event_id AND (event_date > '2024-06-12' AND n > 20 OR event_date BETWEEN '2024-01-03' AND '2024-01-07');
SELECT FROM zoom_gold.setup() \g /dev/null
SELECT t.same($$SELECT status || coalesce(substring(details->>'error' FROM 'has lost \d+ of its \d+ keys'), '') FROM zoom_gold.refresh(full_refresh => true) WHERE process_name = 'build_fact_billing'$$,
	ARRAY['Failurehas lost 523 of its 10000 keys'], 'what all turns lose together is more than the delete guard allows');
RESET maintenance_work_mem;
SELECT * FROM finish();
