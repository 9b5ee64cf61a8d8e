\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Rows of silver that somebody deletes or changes by hand come back as their source
-- has them; what it has no more does not, and nothing else is touched.
\set sample :samples '/airbyte.sql'
\i :sample
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
CALL t.clock('2025-03-03 03:00Z');
SELECT zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}'), zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT zoom_silver.receive(event, received_at) FROM t.sample ORDER BY n \g /dev/null
CALL t.pull_all();
CALL t.refresh();
-- what counts of each key and source, without when it was loaded
CREATE FUNCTION t.silver() RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT c.table_name, min(c.column_name) FILTER (WHERE c.role = 'key') AS key FROM zoom_gold.silver_contract() c GROUP BY c.table_name LOOP
		RETURN QUERY EXECUTE format('SELECT DISTINCT ON (s.%2$I, s.source_system) concat_ws('' '', %1$L, to_jsonb(s) - ''{load_timestamp,update_timestamp}''::text[])
			FROM silver.%1$I AS s ORDER BY s.%2$I, s.source_system, coalesce(s.update_timestamp, s.load_timestamp) DESC, s.load_timestamp DESC', r.table_name, r.key);
	END LOOP;
END
$$;
CREATE TABLE t.wanted AS SELECT t.silver() AS line;
CREATE TABLE t.harm (place integer GENERATED ALWAYS AS IDENTITY, relation text, does text);
INSERT INTO t.harm (relation, does) SELECT r.name, replace(h.does, '{key}', r.key)
FROM (VALUES ('si_users', 'user_id'), ('si_meetings', 'meeting_id'), ('si_participants', 'participant_id'), ('si_webinars', 'webinar_id')) AS r (name, key),
	(VALUES ('TRUNCATE silver.%I'), ('DELETE FROM silver.%I WHERE source_system = ''airbyte'''), ('DELETE FROM silver.%I WHERE hashtext({key}) %% 2 = 0'),
	('UPDATE silver.%I SET {key} = ''other '' || {key}'), ('UPDATE silver.%I SET source_system = ''mine'''), ('UPDATE silver.%I SET {key} = NULL WHERE hashtext({key}) %% 2 = 0')) AS h (does)
-- a list of users that lacks some of silver's is refused
WHERE NOT (r.name = 'si_users' AND h.does LIKE '%other%')
UNION ALL
SELECT c.table_name, format('UPDATE silver.%%I SET %I = %s', c.column_name, CASE c.data_type WHEN 'text' THEN format('concat(%I, ''x'')', c.column_name) WHEN 'integer' THEN '77' ELSE '''2025-02-01''' END)
	-- webhooks do not know these two
	|| CASE WHEN c.column_name IN ('duration_minutes', 'registrants') THEN ' WHERE source_system = ''airbyte''' ELSE '' END
FROM zoom_gold.silver_contract() c WHERE c.table_name IN ('si_users', 'si_meetings', 'si_participants', 'si_webinars') AND c.role IS DISTINCT FROM 'key'
	AND c.column_name NOT IN ('company', 'load_timestamp', 'update_timestamp', 'source_system');
-- What is done, a refresh or none, what the docs say; then what is wrong.
CREATE FUNCTION t.try(h t.harm, refreshed boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[];
BEGIN
	EXECUTE format(h.does, h.relation);
	IF refreshed THEN
		PERFORM zoom_gold.confirm_deletes(r) FROM unnest('{si_users,si_meetings,si_participants,si_webinars}'::text[]) AS r;
		CALL t.refresh();
	END IF;
	PERFORM set_config('zoom_gold.clock', '2025-03-03 04:00Z', false);
	PERFORM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}');
	wrong := ARRAY(SELECT l FROM t.pull() AS l WHERE l !~ ' Success ');
	wrong := wrong || ARRAY((SELECT 'missing ' || w.line FROM (SELECT line FROM t.wanted EXCEPT SELECT t.silver()) AS w LIMIT 2));
	-- what was given another key, or another source, belongs to who did that
	IF h.does !~ 'other|mine|NULL' THEN
		wrong := wrong || ARRAY((SELECT 'too many ' || w.line FROM (SELECT t.silver() EXCEPT SELECT line FROM t.wanted) AS w (line) LIMIT 2));
	END IF;
	wrong := wrong || ARRAY(SELECT l FROM t.pull() AS l WHERE l !~ ' Success 0 0 0 ');
	PERFORM zoom_gold.confirm_deletes(r) FROM unnest('{si_users,si_meetings,si_participants,si_webinars}'::text[]) AS r;
	CALL t.refresh();
	wrong := wrong || ARRAY(SELECT concat_ws(' ', 'verify()', v.check_name, v.details) FROM zoom_gold.verify() v WHERE NOT v.passed);
	RAISE EXCEPTION USING ERRCODE = 'ZG000';
EXCEPTION
	WHEN SQLSTATE 'ZG000' THEN
		RETURN QUERY SELECT concat_ws(' ', format(h.does, h.relation), CASE WHEN refreshed THEN 'and refreshed' END || ':', w) FROM unnest(wrong) AS w;
	WHEN OTHERS THEN
		RETURN NEXT concat_ws(' ', format(h.does, h.relation), SQLSTATE, SQLERRM);
END
$$;
SELECT t.same('SELECT w FROM t.harm h CROSS JOIN LATERAL t.try(h, h.place % 2 = 0) AS w', '{}'::text[], (SELECT format('all is put back after each of %s statements', count(*)) FROM t.harm));
BEGIN;
UPDATE silver.si_users SET user_id = 'other ' || user_id WHERE source_system = 'airbyte';
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Failure 0 0 0 0 55000 raw_zoom.users has lost 4 of 4 users: a sync is running or failed', 'users under other keys are lost ones');
DELETE FROM silver.si_users WHERE user_id LIKE 'other%';
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 4 0 0 0', 'until they are deleted');
SELECT t.same('SELECT t.silver() EXCEPT TABLE t.wanted', '{}'::text[], 'then all is as it was');
ROLLBACK;
SELECT * FROM finish();
