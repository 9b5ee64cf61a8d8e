\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Whatever the session has set, gold is the same: each case fills silver, loads,
-- changes, refreshes and verifies it under settings of its own.

-- Rows about the hours that zones skip or repeat, midnights of UTC, ends of ISO
-- years; own columns whose text depends on settings, on both sides.
CREATE TABLE t.at (n integer, at timestamptz);
INSERT INTO t.at SELECT row_number() OVER (ORDER BY e.at, o.offset_), e.at + o.offset_
FROM unnest('{2024-01-01 00:00Z,2024-03-10 07:00Z,2024-03-31 01:00Z,2024-04-06 15:00Z,2024-05-01 10:00Z,2023-01-02 12:00Z,2021-01-03 23:59Z}'::timestamptz[]) AS e (at),
	unnest('{-1 microsecond,0,-1 hour,59 minutes 59.999999 seconds,12 hours}'::interval[]) AS o (offset_);
CREATE PROCEDURE t.fill() LANGUAGE plpgsql AS $$
DECLARE
	side text;
BEGIN
	FOREACH side IN ARRAY '{silver.si_users,gold.go_dim_user}'::text[] LOOP
		EXECUTE format('ALTER TABLE %s ADD COLUMN took interval, ADD COLUMN seen timestamptz, ADD COLUMN born date, ADD COLUMN ratio float8, ADD COLUMN print bytea, ADD COLUMN parts real[], ADD COLUMN fee money', side);
	END LOOP;
	INSERT INTO silver.si_users SELECT 'u' || n, 'User ' || n % 20, 'U' || n || '@x.example', E'A\\b''c"d', 'pro', at, NULL, 'X',
		'1 year 2 mons -3 days 04:05:06', at, (at AT TIME ZONE 'UTC')::date, 1.0 / n, decode(md5(n::text), 'hex') || E'\\\\'::bytea, ARRAY[n / 3.0, NULL], n * 1.5::numeric FROM t.at;
	INSERT INTO silver.si_meetings SELECT 'm' || n, 'u' || n % 30, E'T\\' || n % 5, at, at + n * interval '7 minutes', n * 7, at, NULL, 'X' FROM t.at;
	INSERT INTO silver.si_participants SELECT 'p' || n, 'm' || n, 'u' || 1 + n % 40, at, at + interval '90 minutes', at, NULL, 'X' FROM t.at;
	INSERT INTO silver.si_feature_usage SELECT 'f' || n, 'm' || n, 'F' || n % 4, n, (at AT TIME ZONE 'UTC')::date, at, NULL, 'X' FROM t.at;
	INSERT INTO silver.si_webinars SELECT 'w' || n, 'u' || n, 'W', at, at + interval '24 hours', n, at, NULL, 'X' FROM t.at;
	INSERT INTO silver.si_support_tickets SELECT 't' || n, 'u' || n, 'Bug', 'Open', (at AT TIME ZONE 'UTC')::date, at, NULL, 'X' FROM t.at;
	INSERT INTO silver.si_licenses SELECT 'l' || n, 'Pro', 'u' || n, (at AT TIME ZONE 'UTC')::date, NULL, at, NULL, 'X' FROM t.at;
	INSERT INTO silver.si_billing_events SELECT 'b' || n, 'u' || n, (ARRAY['Refund', 'Subscription Fee'])[1 + n % 2], n / 7.0, (at AT TIME ZONE 'UTC')::date, at, NULL, 'X' FROM t.at;
	INSERT INTO gold_state.quality_rule (relation, rule_name, severity, condition) VALUES
		('si_meetings', 'in_march', 'warning', $rule$start_time::date::text LIKE '2024-03-%'$rule$), ('si_meetings', 'on_may_first', 'error', $rule$start_time >= '05/01/2024 12:00'$rule$),
		('si_users', 'took_long', 'warning', $rule$took::text = '1 year 2 mons -3 days +04:05:06'$rule$), ('si_users', 'third', 'warning', $rule$ratio::text = '0.3333333333333333'$rule$),
		('si_users', 'print', 'warning', $rule$print::text LIKE '\\xa%' OR company LIKE '%\\\\b%'$rule$);
	UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
END
$$;
-- corrected, touched, moved to another day, deleted, resolved
CREATE PROCEDURE t.change() LANGUAGE plpgsql AS $$
BEGIN
	UPDATE silver.si_users SET company = 'New', update_timestamp = load_timestamp + interval '2400 hours' WHERE user_id LIKE 'u%3';
	UPDATE silver.si_users SET took = took + interval '1 second', ratio = ratio * (1 + 1e-15), update_timestamp = load_timestamp + interval '2424 hours' WHERE user_id LIKE 'u%4';
	UPDATE silver.si_users SET seen = seen, fee = fee, print = print, update_timestamp = load_timestamp + interval '2448 hours' WHERE user_id LIKE 'u%5';
	DELETE FROM silver.si_users WHERE user_id LIKE 'u%6';
	UPDATE silver.si_meetings SET start_time = start_time + interval '24 hours', update_timestamp = load_timestamp + interval '24 hours' WHERE meeting_id LIKE 'm%2';
	DELETE FROM silver.si_meetings WHERE meeting_id LIKE 'm%7';
	UPDATE silver.si_support_tickets SET resolution_status = 'Closed', update_timestamp = load_timestamp + interval '30 hours' WHERE ticket_id LIKE 't%1';
	UPDATE silver.si_billing_events SET amount = amount + 1, update_timestamp = load_timestamp + interval '1 hour' WHERE event_id LIKE 'b%2';
	UPDATE silver.si_licenses SET end_date = start_date + 60, update_timestamp = load_timestamp + interval '1 hour' WHERE license_id LIKE 'l%3';
END
$$;

-- Gold as it says itself, without what tells of the runs.
CREATE FUNCTION t.gold() RETURNS SETOF text LANGUAGE plpgsql
SET TimeZone = 'UTC' SET DateStyle = 'ISO, MDY' SET IntervalStyle = 'postgres' SET extra_float_digits = 1 SET bytea_output = 'hex' SET standard_conforming_strings = on SET lc_monetary = 'C' AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'gold' AND table_name <> 'go_process_audit_log' ORDER BY 1 LOOP
		RETURN QUERY EXECUTE format('SELECT %L || ''|'' || to_jsonb(g) FROM gold.%I g', name, name);
	END LOOP;
	RETURN QUERY SELECT concat_ws('|', 'go_process_audit_log', process_name, status, record_count, error_count) FROM gold.go_process_audit_log;
END
$$;
CREATE FUNCTION t.failures(full_refresh boolean DEFAULT false) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'failed: ' || process_name || details::text FROM zoom_gold.refresh(full_refresh) WHERE status = 'Failure'
$$;
-- All of it under settings, then undone; "anew" makes gold and silver as well.
CREATE FUNCTION t.live(settings text[], verified boolean, anew boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	lines text[];
	setting text;
BEGIN
	FOREACH setting IN ARRAY settings LOOP
		PERFORM set_config(split_part(setting, '=', 1), split_part(setting, '=', 2), true);
	END LOOP;
	IF anew THEN
		DROP SCHEMA gold, gold_masked, gold_bi, gold_bi_masked, gold_state, silver CASCADE;
		PERFORM FROM zoom_gold.setup();
	END IF;
	CALL t.fill();
	PERFORM set_config('zoom_gold.clock', '2024-10-01 00:00:00+00', true);
	lines := ARRAY(SELECT t.failures());
	CALL t.change();
	PERFORM set_config('zoom_gold.clock', '2024-10-02 00:00:00+00', true);
	lines := lines || ARRAY(SELECT t.failures()) || ARRAY(SELECT t.gold()) || ARRAY(SELECT t.failures(true)) || ARRAY(SELECT t.gold());
	IF verified THEN
		lines := lines || ARRAY(SELECT 'verify: ' || check_name || details FROM zoom_gold.verify() WHERE NOT passed);
	END IF;
	RAISE EXCEPTION 'undo' USING ERRCODE = 'ZG000';
EXCEPTION WHEN SQLSTATE 'ZG000' THEN
	RETURN QUERY SELECT regexp_replace(l, 'run\\\\?": \d+', 'run') FROM unnest(lines) AS l;
END
$$;
CALL t.setup();
CREATE TABLE t.plain AS SELECT t.live('{TimeZone=UTC,"DateStyle=ISO, MDY",IntervalStyle=postgres}', true, false) AS line;
SELECT t.same($$SELECT DISTINCT split_part(line, '|', 1) FROM t.plain$$, (SELECT array_agg(table_name) FROM zoom_gold.model_table() WHERE table_schema = 'gold'), 'rows in all 21 tables of gold, no failure, nothing that verify() finds');
-- a transaction for each, as what is undone stays in the way until its end
SELECT format($$SELECT t.same(%L, NULL::text[], %L)$$, format('SELECT line FROM (SELECT t.live(%L, %L, %L) AS line, 1 AS n UNION ALL SELECT line, -1 FROM t.plain) AS l GROUP BY line HAVING sum(n) <> 0',
	settings, verified, anew), array_to_string(settings, ', ')) FROM (VALUES
	-- what texts are read and written by
	('{TimeZone=Pacific/Kiritimati,"DateStyle=SQL, DMY"}'::text[], true, false),
	('{TimeZone=Etc/GMT+12,"DateStyle=German, YMD",IntervalStyle=sql_standard}', false, false),
	('{TimeZone=America/New_York,"DateStyle=Postgres, DMY",IntervalStyle=iso_8601}', true, false),
	('{TimeZone=Australia/Lord_Howe,IntervalStyle=postgres_verbose}', false, false),
	('{TimeZone=<odd>-13:37}', false, false),
	('{extra_float_digits=-15,bytea_output=escape}', true, false),
	('{extra_float_digits=3,lc_monetary=POSIX,lc_numeric=C,lc_time=C,lc_messages=C}', false, false),
	('{client_encoding=LATIN1,xmlbinary=hex,xmloption=document,default_text_search_config=simple}', false, false),
	-- what statements mean
	('{standard_conforming_strings=off,backslash_quote=off,escape_string_warning=off,"search_path=t, tap, pg_temp",quote_all_identifiers=on}', true, true),
	('{search_path=,transform_null_equals=on,array_nulls=off,check_function_bodies=off,default_toast_compression=pglz}', true, true),
	('{row_security=off,session_replication_role=replica}', false, false),
	('{session_replication_role=local,default_transaction_isolation=serializable,default_transaction_deferrable=on}', false, false),
	('{statement_timeout=1h,lock_timeout=1h,idle_in_transaction_session_timeout=1h}', false, false),
	-- how they are done
	('{work_mem=64kB,maintenance_work_mem=1MB,hash_mem_multiplier=1}', true, false),
	('{jit=on,jit_above_cost=0}', false, false),
	('{enable_seqscan=off,enable_sort=off,enable_hashjoin=off,enable_mergejoin=off,enable_material=off}', false, false),
	('{enable_indexscan=off,enable_bitmapscan=off,enable_indexonlyscan=off,enable_tidscan=off,enable_nestloop=off,enable_hashagg=off,enable_memoize=off}', false, false),
	('{geqo_threshold=2,from_collapse_limit=1,join_collapse_limit=1,plan_cache_mode=force_generic_plan,cursor_tuple_fraction=0}', false, false),
	('{plan_cache_mode=force_custom_plan,gin_fuzzy_search_limit=1,synchronize_seqscans=off}', false, false)
	) AS session (settings, verified, anew) \gexec

-- Settings as the catalogue has them, each as far from what it is as it goes, some
-- of them at once.  Left out is what stops, says more, or only takes its time.
CREATE TABLE t.extreme AS
SELECT s.name, v.value, row_number() OVER (PARTITION BY s.name ORDER BY v.value) AS n, count(*) OVER (PARTITION BY s.name) AS values
FROM pg_settings s
CROSS JOIN LATERAL unnest(CASE s.vartype WHEN 'bool' THEN '{on,off}' WHEN 'enum' THEN s.enumvals WHEN 'string' THEN '{}' ELSE ARRAY[s.min_val, s.max_val] END::text[]) AS v (value)
WHERE s.context IN ('user', 'superuser') AND v.value <> s.setting AND s.name !~ '^(log|debug|trace|track|client_min|commit_delay|vacuum|transaction|jit|zero_damaged|ignore|exit_on|post_auth)'
	AND s.name !~ 'parallel|^temp_buffers$|^max_stack_depth$' AND NOT (s.name ~ 'timeout$' AND v.value = '1');
SELECT cmp_ok((SELECT count(DISTINCT name) FROM t.extreme)::integer, '>', 80, 'there are many');
SELECT format($$SELECT t.same(%L, NULL::text[], %L)$$, format('SELECT line FROM (SELECT t.live(%L, false, false) AS line, 1 AS n UNION ALL SELECT line, -1 FROM t.plain) AS l GROUP BY line HAVING sum(n) <> 0',
	array_agg(e.name || '=' || e.value ORDER BY e.name)), 'settings at an extreme, ' || draw)
FROM generate_series(1, 4) AS draw JOIN t.extreme e ON abs(hashtext(e.name || ' ' || draw)) % 3 = 0 AND (abs(hashtext(draw || e.name)) / 7) % e.values + 1 = e.n
GROUP BY draw ORDER BY draw \gexec
SELECT * FROM finish();
