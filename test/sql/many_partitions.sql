\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Silver in many partitions: the slices tell where keys can be, and only there they
-- are looked for.
CREATE SCHEMA silver;
CREATE TABLE silver.si_meetings (meeting_id text, host_id text, meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes integer,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text) PARTITION BY RANGE (start_time);
CREATE TABLE silver.si_participants (participant_id text, meeting_id text, user_id text, join_time timestamptz, leave_time timestamptz,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text) PARTITION BY RANGE (join_time);
CREATE TABLE silver.si_feature_usage (usage_id text, meeting_id text, feature_name text, usage_count integer, usage_date date,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text) PARTITION BY RANGE (usage_date);
SELECT format('CREATE TABLE silver.%I PARTITION OF silver.%I FOR VALUES FROM (%L) TO (%L)', relation || '_' || day, relation,
	date '2024-01-01' + day || midnight, date '2024-01-02' + day || midnight)
FROM (VALUES ('si_meetings', ' 00:00Z'), ('si_participants', ' 00:00Z'), ('si_feature_usage', '')) AS r (relation, midnight),
	generate_series(0, 39) AS day \gexec
SELECT format('CREATE TABLE silver.%I PARTITION OF silver.%I DEFAULT', relation || '_other', relation)
FROM unnest('{si_meetings, si_participants, si_feature_usage}'::text[]) AS relation \gexec
CALL t.setup();

DO $$
BEGIN
	FOR i IN 1 .. 3 LOOP
		CALL t.user('u' || i, 'User ' || i);
	END LOOP;
	FOR i IN 0 .. 39 LOOP
		CALL t.meeting('m' || i, 'u' || 1 + i % 3, timestamptz '2024-01-01 10:00Z' + i * interval '1 day');
		CALL t.participant('p' || i, 'm' || i, 'u' || 1 + i % 2, timestamptz '2024-01-01 10:05Z' + i * interval '1 day');
		CALL t.usage('f' || i, 'm' || i, 'Chat', date '2024-01-01' + i);
	END LOOP;
END
$$;
CALL t.participant('p90', 'late', 'u1', '2024-01-20 10:00Z');
CALL t.usage('f90', 'late', 'Chat', '2024-01-21');
CALL t.refresh();
SELECT t.healthy('a first load');

-- How often partitions of some days were looked into, from an instant that does
-- not move within a transaction.
CREATE FUNCTION t.looked(first integer, last integer) RETURNS bigint LANGUAGE sql AS $$
	SELECT sum(pg_stat_get_xact_numscans(t.oid) + coalesce(i.scans, 0))::bigint
	FROM generate_series(first, last) AS day, unnest('{si_meetings, si_participants, si_feature_usage}'::text[]) AS relation,
		LATERAL (SELECT to_regclass('silver.' || relation || '_' || day)::oid AS oid) AS t,
		LATERAL (SELECT sum(pg_stat_get_xact_numscans(indexrelid)) AS scans FROM pg_index WHERE indrelid = t.oid) AS i
$$;

-- where is looked

BEGIN;
SELECT t.looked(0, 4) + t.looked(6, 39) AS elsewhere, t.looked(5, 5) AS here \gset before_
UPDATE silver.si_meetings SET duration_minutes = 31, update_timestamp = '2024-03-01Z' WHERE start_time >= '2024-01-06Z' AND start_time < '2024-01-07Z';
CALL t.meeting('new', 'u2', '2024-01-06 12:00Z');
CALL t.participant('new', 'new', 'u3', '2024-01-06 12:05Z');
CALL t.usage('new', 'new', 'Chat', '2024-01-06');
CALL t.refresh();
SELECT is(t.looked(0, 4) + t.looked(6, 39), :before_elsewhere::bigint, 'changes and new rows of a day need no look at others');
SELECT ok(t.looked(5, 5) > :before_here, 'but at this one');
COMMIT;
SELECT t.same($$SELECT count(*), sum(duration_minutes) FROM gold.go_fact_meeting_usage WHERE start_time BETWEEN '2024-01-06Z' AND '2024-01-07Z'$$,
	'2|61', 'which are seen');
SELECT t.healthy('all is consistent');

-- where rows of a key are that did not change

CALL t.meeting('m3', 'u1', '2024-01-15 10:00Z', 45);
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage WHERE start_time::date = '2024-01-04'$$, '0', 'a newer row on another day replaces the one before');
DELETE FROM silver.si_meetings WHERE meeting_id = 'm3' AND duration_minutes = 45;
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage WHERE start_time::date = '2024-01-04'$$, '1', 'which is back when the newer one is gone');
INSERT INTO silver.si_meetings SELECT ' M4 ', host_id, 'Newer', start_time + interval '20 days', end_time + interval '20 days', duration_minutes,
	load_timestamp, '2024-03-02Z', source_system FROM silver.si_meetings WHERE meeting_id = 'm4';
UPDATE silver.si_meetings SET meeting_id = 'm4' WHERE meeting_id = ' M4 ';
INSERT INTO silver.si_meetings SELECT ' m5 ', host_id, 'Newer', start_time + interval '20 days', end_time + interval '20 days', duration_minutes,
	load_timestamp, '2024-03-02Z', source_system FROM silver.si_meetings WHERE meeting_id = 'm5';
CALL t.refresh();
SELECT t.healthy('keys on several days, and as others write them');
UPDATE silver.si_meetings SET start_time = NULL WHERE meeting_id = 'm6';
UPDATE silver.si_meetings SET start_time = 'infinity' WHERE meeting_id = 'm7';
CALL t.refresh();
UPDATE silver.si_meetings SET start_time = '2024-01-08 10:00Z' WHERE meeting_id IN ('m6', 'm7');
CALL t.refresh();
SELECT t.healthy('rows without a day, and back');

-- what refers to meetings

CALL t.meeting('late', 'u3', '2024-02-01 09:00Z', 30, 'Late');
CALL t.refresh();
SELECT t.same($$SELECT meeting_topic FROM gold.go_fact_feature_usage WHERE usage_date = '2024-01-21' AND meeting_topic = 'Late'$$, 'Late',
	'a meeting that comes after what refers to it');
UPDATE silver.si_meetings SET meeting_topic = 'Other' WHERE meeting_id = 'm20';
UPDATE silver.si_feature_usage SET meeting_id = 'm21' WHERE usage_id = 'f30';
CALL t.refresh();
UPDATE silver.si_meetings SET meeting_topic = 'Third', host_id = 'u1' WHERE meeting_id = 'm21';
DELETE FROM silver.si_meetings WHERE meeting_id = 'm22';
CALL t.refresh();
SELECT t.same($$SELECT usage_date, meeting_topic FROM gold.go_fact_feature_usage WHERE meeting_topic IN ('Other', 'Third')$$,
	'{2024-01-21|Other, 2024-01-22|Third, 2024-01-31|Third}'::text[], 'what refers to a meeting follows it, also when it did not before');
SELECT t.healthy('and goes with it');

-- steps that fail, or are not asked for

ALTER TABLE gold.go_fact_meeting_usage ADD CONSTRAINT refused CHECK (meeting_topic <> 'Refused');
CALL t.meeting('m41', 'u1', '2024-01-25 12:00Z', 30, 'Refused');
CALL t.meeting('m42', 'u1', '2024-01-26 12:00Z');
CALL t.usage('f41', 'm42', 'Chat', '2024-01-26');
SET client_min_messages = error;
CALL t.refresh();
CALL t.usage('f42', 'm42', 'Chat', '2024-01-27');
CALL t.meeting('m41', 'u1', '2024-01-28 12:00Z', 30, 'Newer');
CALL t.refresh();
SET client_min_messages = warning;
ALTER TABLE gold.go_fact_meeting_usage DROP CONSTRAINT refused;
CALL t.refresh(targets => '{go_fact_feature_usage}');
CALL t.refresh();
SELECT t.same($$SELECT usage_date, meeting_topic FROM gold.go_fact_feature_usage WHERE usage_date IN ('2024-01-26', '2024-01-27')$$,
	'{2024-01-26|Sync, 2024-01-26|Sync, 2024-01-27|Sync, 2024-01-27|Sync}'::text[], 'what is marked already is looked at as well');
SELECT t.healthy('after failures and single targets');

-- at random

SELECT setseed(0.18) \g /dev/null
DO $$
DECLARE
	relation text;
	event text;
	step text;
BEGIN
	FOR round IN 1 .. 60 LOOP
		SELECT r.* INTO relation, event, step
		FROM (VALUES ('si_meetings', 'start_time', 'interval ''1 day'''), ('si_participants', 'join_time', 'interval ''1 day'''),
			('si_feature_usage', 'usage_date', '1')) AS r (relation, event, step)
		ORDER BY random() LIMIT 1;
		CASE (random() * 4)::integer
			WHEN 0 THEN
				EXECUTE format('INSERT INTO silver.%I SELECT * FROM silver.%1$I WHERE random() < 0.05', relation);
			WHEN 1 THEN
				EXECUTE format('DELETE FROM silver.%I WHERE random() < 0.03', relation);
			WHEN 2 THEN
				EXECUTE format('UPDATE silver.%I SET %I = %2$I + (random() * 9 - 4)::integer * %s, update_timestamp = %L WHERE random() < 0.05',
					relation, event, step, timestamptz '2024-04-01Z' + round * interval '1 hour');
			WHEN 3 THEN
				EXECUTE format('UPDATE silver.%I SET meeting_id = ''m'' || (random() * 50)::integer, update_timestamp = %L WHERE random() < 0.05',
					relation, timestamptz '2024-04-01Z' + round * interval '1 hour');
			ELSE
				UPDATE silver.si_meetings SET meeting_topic = 'Topic ' || round WHERE random() < 0.05;
		END CASE;
		IF round % 3 = 0 THEN
			CALL t.refresh();
		END IF;
	END LOOP;
END
$$;
SELECT t.healthy('twenty refreshes at random');
CREATE TABLE t.before AS SELECT t.places() AS row;
CALL t.refresh(true);
SELECT is_empty('SELECT t.places() EXCEPT ALL TABLE t.before', 'a refresh in full finds nothing to write');
SELECT * FROM finish();
