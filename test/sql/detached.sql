\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Partitions of facts that are detached, dropped, attached again and replaced:
-- what was detached is not written anew, what was dropped is, and whatever takes
-- its days gets them as silver has them.
SELECT zoom_gold.setup(partition_facts => 'month') \g /dev/null
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo');
INSERT INTO silver.si_meetings
SELECT 'm' || n, 'u' || n % 2 + 1, 'topic ' || n % 7, at, at + interval '30 min', 30, '2024-01-01Z', NULL, 'ZOOM'
FROM generate_series(0, 181) AS n, LATERAL (SELECT timestamptz '2025-01-01 10:00Z' + n * interval '1 day') AS days (at);
INSERT INTO silver.si_feature_usage
SELECT 'f' || n, 'm' || n, 'Chat', 1, date '2025-01-01' + n, '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(0, 181) AS n;
INSERT INTO silver.si_webinars
SELECT 'w' || n, 'u1', 'Webinar', at, at + interval '1 h', 5, '2024-01-01Z', NULL, 'ZOOM'
FROM generate_series(0, 181) AS n, LATERAL (SELECT timestamptz '2025-01-01 23:30Z' + n * interval '1 day') AS days (at);
INSERT INTO silver.si_support_tickets
SELECT 't' || n, 'u1', 'Technical Issue', 'Open', date '2025-01-01' + n, '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(0, 181) AS n;
INSERT INTO silver.si_billing_events
SELECT 'b' || n, 'u2', 'Subscription Fee', 10, date '2025-01-01' + n, '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(0, 181) AS n;
INSERT INTO silver.si_licenses
SELECT 'l' || n, 'Pro', 'u1', date '2025-01-01' + n, date '2025-12-31', '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(0, 181) AS n;
CALL t.refresh_at('2025-07-02Z');
SELECT t.healthy('six facts in six months and a day');

-- all facts as they are, and how many rows each has of a month
CREATE FUNCTION t.facts() RETURNS TABLE (fact text, event date, row_values jsonb) LANGUAGE plpgsql AS $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT * FROM zoom_gold.fact() LOOP
		RETURN QUERY EXECUTE format($q$SELECT %L, (g.%I)::text::timestamptz::date, to_jsonb(g) - '{load_date,update_date}'::text[] FROM gold.%1$I g$q$,
			f.table_name, f.event_column);
	END LOOP;
END
$$;
SET timezone = 'UTC';
CREATE FUNCTION t.has(month date) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(DISTINCT x.n::text, ',')
	FROM (SELECT count(g.fact) AS n FROM zoom_gold.fact() f LEFT JOIN t.facts() g ON g.fact = f.table_name AND date_trunc('month', g.event::timestamp) = month
		GROUP BY f.table_name) x);
-- DDL for the partition of each fact; # is its name, ## that of the fact
CREATE PROCEDURE t.each(command text, part text DEFAULT '2025_02') LANGUAGE plpgsql AS $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT * FROM zoom_gold.fact() LOOP
		EXECUTE replace(replace(command, '##', 'gold.' || f.table_name), '#', f.table_name || '_' || part);
	END LOOP;
END
$$;
CREATE TABLE t.before AS SELECT * FROM t.facts();
CREATE FUNCTION t.aggregates() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC
	SELECT to_jsonb(a) - '{load_date,update_date}'::text[] #>> '{}' FROM gold.go_agg_active_users a
	UNION ALL SELECT to_jsonb(a) - '{load_date,update_date}'::text[] #>> '{}' FROM gold.go_agg_meeting_minutes a
	UNION ALL SELECT to_jsonb(a) - '{load_date,update_date}'::text[] #>> '{}' FROM gold.go_agg_feature_adoption a
	UNION ALL SELECT to_jsonb(a) - '{load_date,update_date}'::text[] #>> '{}' FROM gold.go_agg_mrr a
	UNION ALL SELECT to_jsonb(a) - '{load_date,update_date}'::text[] #>> '{}' FROM gold.go_agg_ticket_resolution a
	UNION ALL SELECT to_jsonb(a) - '{load_date,update_date}'::text[] #>> '{}' FROM gold.go_agg_license_utilization a;
END;
CREATE TABLE t.aggregates_before AS SELECT * FROM t.aggregates();

-- detached: whatever comes
CREATE SCHEMA archive;
CALL t.each('ALTER TABLE ## DETACH PARTITION gold.#');
CALL t.each('ALTER TABLE gold.# SET SCHEMA archive');
CALL t.refresh_at('2025-07-02Z');
SELECT t.healthy('partitions are detached and moved');
SELECT t.same($$SELECT t.has('2025-02-01')$$, '0', 'their rows are gone');
SELECT t.same($$SELECT details LIKE '%go_fact_meeting_usage from 2025-02-01 to 2025-02-28: its partition was detached%' FROM zoom_gold.verify() WHERE check_name = 'pending_changes'$$,
	'true', 'verify() tells that it leaves them out');
CALL t.refresh(true);
SELECT t.healthy('a refresh of everything');
SELECT t.same($$SELECT t.has('2025-02-01')$$, '0', 'does not write them anew');
SELECT t.same($$SELECT DISTINCT details ->> 'detached' FROM zoom_gold.refresh(full_refresh => true) WHERE process_name LIKE 'build%'$$, '28',
	'and tells of how many rows');
UPDATE gold_state.settings SET value = '0' WHERE name LIKE '%compare_interval';
CALL t.refresh_at('2025-07-02 01:00Z');
SELECT t.healthy('a comparison');
SELECT t.same($$SELECT t.has('2025-02-01')$$, '0', 'neither');
SELECT t.equal('SELECT * FROM t.aggregates()', 'TABLE t.aggregates_before', 'aggregates are those of all days');
SELECT t.equal('SELECT * FROM t.facts()', $$SELECT * FROM t.before WHERE date_trunc('month', event::timestamp) <> '2025-02-01'$$, 'facts those of the other months');

-- changes there, and a row that leaves, one that comes
UPDATE silver.si_meetings SET meeting_topic = 'corrected', update_timestamp = '2025-07-03Z' WHERE meeting_id = 'm40';
UPDATE silver.si_meetings SET start_time = start_time + interval '60 days', end_time = end_time + interval '60 days', update_timestamp = '2025-07-03Z' WHERE meeting_id = 'm41';
UPDATE silver.si_billing_events SET event_date = '2025-02-03', update_timestamp = '2025-07-03Z' WHERE event_id = 'b100';
DELETE FROM silver.si_webinars WHERE webinar_id = 'w42';
CALL t.meeting('late', 'u1', '2025-02-10 07:00Z');
CALL t.refresh_at('2025-07-04Z');
SELECT t.healthy('changes of detached days');
SELECT t.same($$SELECT t.has('2025-02-01')$$, '0', 'are not written');
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage WHERE start_time >= '2025-04-12Z' AND start_time < '2025-04-13Z'$$, '2', 'but what has moved away');

-- attached again
CALL t.each('ALTER TABLE archive.# SET SCHEMA gold');
DO $$
DECLARE
	f record;
BEGIN
	FOR f IN SELECT * FROM zoom_gold.fact() LOOP
		EXECUTE format('ALTER TABLE gold.%I ATTACH PARTITION gold.%I FOR VALUES FROM (%L) TO (%L)', f.table_name, f.table_name || '_2025_02',
			'2025-02-01', '2025-03-01');
	END LOOP;
END
$$;
CALL t.refresh_at('2025-07-04Z');
SELECT t.healthy('attached again they are as silver has them');
SELECT t.same($$SELECT count(*), count(*) FILTER (WHERE meeting_topic = 'corrected') FROM gold.go_fact_meeting_usage WHERE start_time >= '2025-02-01Z' AND start_time < '2025-03-01Z'$$,
	'28|1', 'with what has changed meanwhile');
SELECT t.same($$SELECT details FROM zoom_gold.verify() WHERE check_name = 'pending_changes'$$, 'nothing left out', 'nothing is left out');

-- detached, dropped after a refresh: stays away; another one takes its days
CALL t.each('ALTER TABLE ## DETACH PARTITION gold.#');
CALL t.refresh_at('2025-07-05Z');
CALL t.each('DROP TABLE gold.#');
CALL t.refresh(true);
SELECT t.healthy('a partition that was detached is dropped');
SELECT t.same($$SELECT t.has('2025-02-01')$$, '0', 'and stays away');
SET zoom_gold.clock = '2025-07-05Z';
CALL t.each($$CREATE TABLE gold.new_# PARTITION OF ## FOR VALUES FROM ('2025-02-01') TO ('2025-02-15')$$);
CALL t.refresh_at('2025-07-06Z');
SELECT t.healthy('a new partition for half of its days');
SELECT t.same($$SELECT DISTINCT extract(day FROM max(event)) FROM t.facts() WHERE event >= '2025-02-01' AND event < '2025-03-01' GROUP BY fact$$, '14',
	'gets these');
CALL t.each($$CREATE TABLE gold.new2_# PARTITION OF ## FOR VALUES FROM ('2025-02-15') TO ('2025-03-01')$$);
CALL t.refresh_at('2025-07-07Z');
SELECT t.healthy('and another one for the rest');
SELECT t.same($$SELECT details FROM zoom_gold.verify() WHERE check_name = 'pending_changes'$$, 'nothing left out', 'takes all');
SELECT t.same($$SELECT count(*) FROM gold_state.fact_partition WHERE detached$$, '0', 'and what was detached is forgotten');

-- dropped in its place: a loss
CALL t.each('DROP TABLE gold.#', '2025_05');
CALL t.refresh_at('2025-07-08Z');
SELECT t.healthy('a partition that is dropped is made again');
SELECT zoom_gold.setup(partition_facts => '') \g /dev/null
CALL t.each('DROP TABLE gold.#', '2025_05');
SELECT t.same($$SELECT DISTINCT status, details ->> 'error_hint' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_billing'$$,
	'Failure|CREATE TABLE ... PARTITION OF gold.go_fact_billing for the period that is missing, and refresh again.', 'or refused, where none is to be made');
CALL t.each($$CREATE TABLE gold.# PARTITION OF ## FOR VALUES FROM ('2025-05-01') TO ('2025-06-01')$$, '2025_05');
CALL t.refresh_at('2025-07-09Z');
SELECT t.healthy('and written when it is there');

-- the last one, without an upper bound: new days come there
CALL t.each($$CREATE TABLE gold.rest_# PARTITION OF ## FOR VALUES FROM ('2025-08-01') TO (MAXVALUE)$$, 'x');
CALL t.meeting('august', 'u1', '2025-08-10 07:00Z');
CALL t.refresh_at('2025-08-11Z');
CALL t.each('ALTER TABLE ## DETACH PARTITION gold.rest_#', 'x');
SELECT t.same($$SELECT DISTINCT status FROM zoom_gold.refresh() WHERE process_name = 'build_fact_meeting_usage'$$, 'Failure', 'detached it is missed');
UPDATE gold_state.settings SET value = 'month' WHERE name = 'partition_facts';
CALL t.refresh_at('2025-08-12Z');
SELECT t.healthy('or replaced');
SELECT t.same($$SELECT tableoid::regclass FROM gold.go_fact_meeting_usage WHERE start_time > '2025-08-01Z'$$, 'gold.go_fact_meeting_usage_2025_08', 'by a month');

-- a fact that is lost with its partitions, one of which was detached before
ALTER TABLE gold.go_fact_meeting_usage DETACH PARTITION gold.go_fact_meeting_usage_2025_03;
CALL t.refresh_at('2025-08-13Z');
CALL t.drop_views();
DROP TABLE gold.go_fact_meeting_usage;
SELECT zoom_gold.setup() \g /dev/null
CALL t.refresh_at('2025-08-13Z');
SELECT t.healthy('a fact that is lost is made again');
SELECT t.same($$SELECT min(start_time)::date, max(start_time)::date, count(*) FILTER (WHERE start_time >= '2025-03-01Z' AND start_time < '2025-04-01Z') FROM gold.go_fact_meeting_usage$$,
	'2025-01-01|2025-08-10|0', 'but for what was detached');
ALTER TABLE gold.go_fact_meeting_usage ATTACH PARTITION gold.go_fact_meeting_usage_2025_03 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');
CALL t.refresh_at('2025-08-14Z');
SELECT t.healthy('which comes back');

-- another database: other oids
UPDATE gold_state.fact_partition SET attached = 'elsewhere/1', relid = CASE WHEN NOT detached THEN 1 END;
SELECT t.same($$SELECT count(*) FROM zoom_gold.refresh() WHERE process_name LIKE 'build%' AND (details ->> 'inserted')::integer + (details ->> 'deleted')::integer > 0$$, '0',
	'a restored database has nothing to write');
SELECT t.same($$SELECT count(*) FILTER (WHERE p.relid IS NULL), count(*) FROM gold_state.fact_partition p FULL JOIN zoom_gold.attached_partition() USING (fact, relid, attached)$$,
	'0|' || (SELECT count(*) FROM zoom_gold.attached_partition()), 'and knows its partitions');
ALTER TABLE gold.go_fact_billing DETACH PARTITION gold.go_fact_billing_2025_04;
SELECT FROM zoom_gold.refresh() \g /dev/null
UPDATE gold_state.fact_partition SET attached = 'elsewhere/1', relid = 1;
SELECT FROM zoom_gold.refresh(full_refresh => true) \g /dev/null
SELECT t.same($$SELECT count(*) FROM gold.go_fact_billing WHERE event_date >= '2025-04-01' AND event_date < '2025-05-01'$$, '0', 'and what was detached in the other');
SELECT t.healthy('all is right');

-- an old month lies elsewhere
CREATE EXTENSION postgres_fdw;
DO $$
BEGIN
	EXECUTE format('CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
END
$$;
CREATE USER MAPPING FOR CURRENT_USER SERVER here;
ALTER TABLE gold.go_fact_billing DETACH PARTITION gold.go_fact_billing_2025_03;
ALTER TABLE gold.go_fact_billing_2025_03 SET SCHEMA archive;
CREATE FOREIGN TABLE gold.march PARTITION OF gold.go_fact_billing FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')
	SERVER here OPTIONS (schema_name 'archive', table_name 'go_fact_billing_2025_03');
CALL t.refresh(true);
SELECT t.healthy('a partition may be foreign');
UPDATE silver.si_billing_events SET amount = 11, update_timestamp = '2025-08-14Z' WHERE event_id = 'b60';
SELECT t.same($$SELECT details ->> 'error', details ->> 'error_hint' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_billing'$$,
	'cannot write to table "gold.march"|DETACH this partition, and attach a plain table in its place: the next refresh writes what it lacks.',
	'until a row of it changes');
ALTER TABLE gold.go_fact_billing DETACH PARTITION gold.march;
CREATE TABLE gold.plain_march PARTITION OF gold.go_fact_billing FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');
CALL t.refresh_at('2025-08-15Z');
SELECT t.healthy('a plain one in its place');

-- partitioned otherwise: no days are detached, as any of its partitions may take them
ALTER TABLE gold.go_fact_webinar_usage DETACH PARTITION gold.go_fact_webinar_usage_2025_04;
CALL t.refresh();
CALL t.drop_views();
ALTER TABLE gold.go_fact_webinar_usage RENAME TO by_month;
CREATE TABLE gold.go_fact_webinar_usage (LIKE gold.by_month INCLUDING ALL EXCLUDING INDEXES) PARTITION BY LIST (source_system);
CREATE TABLE gold.webinars_of_all PARTITION OF gold.go_fact_webinar_usage DEFAULT;
SELECT FROM zoom_gold.setup() \g /dev/null
CALL t.refresh(true);
SELECT t.healthy('a fact that is partitioned otherwise has all days');
SELECT t.same($$SELECT count(*) FROM gold.go_fact_webinar_usage WHERE start_time >= '2025-04-01Z' AND start_time < '2025-05-01Z'$$, '30', 'those of what was detached, too');
SELECT * FROM finish();
