\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables and columns that a destination writes in capitals, and of types that
-- another version of the connector has.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}', 'first') \g /dev/null
CALL t.pull_all();
CREATE FUNCTION t.said(source text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws('|', 'u', user_id, user_name, email, plan_type, update_timestamp) FROM silver.si_users WHERE source_system = source
	UNION ALL SELECT concat_ws('|', 'm', meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes) FROM silver.si_meetings WHERE source_system = source
	UNION ALL SELECT concat_ws('|', 'p', participant_id, meeting_id, user_id, join_time, leave_time) FROM silver.si_participants WHERE source_system = source
	UNION ALL SELECT concat_ws('|', 'w', webinar_id, host_id, webinar_topic, start_time, end_time, registrants) FROM silver.si_webinars WHERE source_system = source
$$;
CREATE FUNCTION t.says_the_same(kind text, name text, description text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM zoom_silver.add_source(kind, 'raw_zoom', '{"licensed_plan": "Pro"}', name);
	PERFORM FROM zoom_silver.pull(name);
	RETURN NEXT t.equal(format('SELECT t.said(%L)', name), $q$SELECT t.said('first')$q$, description);
END
$$;

BEGIN;
SELECT format('ALTER TABLE raw_zoom.%I RENAME %I TO %I', c.relname, a.attname, upper(a.attname)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'raw_zoom'::regnamespace AND a.attnum > 0 \gexec
SELECT format('ALTER TABLE raw_zoom.%I RENAME TO %I', relname, initcap(relname)) FROM pg_class WHERE relnamespace = 'raw_zoom'::regnamespace \gexec
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('airbyte', 'raw_zoom') WHERE item LIKE 'raw_zoom%' AND relation = 'si_users' OR verdict = 'missing'$$, 'raw_zoom."Users"|ok', 'check_source finds tables in capitals');
SELECT t.says_the_same('airbyte', 'capitals', 'names in capitals');
ALTER TABLE raw_zoom."Users" RENAME "DISPLAY_NAME" TO "NICK";
SELECT t.same($$SELECT t.pull('capitals') LIMIT 1$$, 'pull_capitals_si_users Failure 0 0 0 0 42703 source "capitals": raw_zoom."Users" lacks "display_name"', 'messages name them as they are');
ALTER TABLE raw_zoom."Users" RENAME "NICK" TO "Display_Name";
CREATE TABLE raw_zoom.USERS AS SELECT * FROM raw_zoom."Users" LIMIT 2;
SELECT t.same($$SELECT t.pull('capitals') LIMIT 1$$, 'pull_capitals_si_users Success 0 0 2 2', 'of two tables that in small letters is the one');
ROLLBACK;

BEGIN;
ALTER TABLE raw_zoom.users ALTER type TYPE jsonb USING to_jsonb(type), ALTER email TYPE json USING to_json(email), ALTER id TYPE jsonb USING to_jsonb(id);
ALTER TABLE raw_zoom.report_meetings ALTER start_time TYPE timestamp USING start_time::timestamptz AT TIME ZONE 'UTC', ALTER end_time TYPE jsonb USING to_jsonb(end_time),
	ALTER duration TYPE text USING duration || '.0', ALTER id TYPE text USING id::text, ALTER topic TYPE name,
	-- all of it is NULL, and a destination has guessed
	ALTER host_id TYPE date USING NULL;
ALTER TABLE raw_zoom.report_meeting_participants ALTER meeting_id TYPE numeric(38,9), ALTER user_id TYPE bigint USING user_id::bigint,
	ALTER join_time TYPE timestamptz USING join_time::timestamptz, ALTER leave_time TYPE varchar USING replace(leave_time, 'Z', '+00');
ALTER TABLE raw_zoom.report_webinars ALTER start_time TYPE jsonb USING to_jsonb(start_time), ALTER webinar_id TYPE double precision USING webinar_id::double precision;
SELECT t.says_the_same('airbyte', 'types', 'JSON, numbers and times of any kind');
ROLLBACK;

-- whatever the session makes of backslashes
BEGIN;
SET standard_conforming_strings = off;
SELECT FROM zoom_silver.check_source('airbyte', 'raw_zoom') \g /dev/null
SELECT FROM zoom_silver.add_source('airbyte', 'raw_zoom', E'{"licensed_plan": "Pro"}', 'off') \g /dev/null
UPDATE zoom_silver_state.source_query SET query = query || E' WHERE u.email ~ \'\\w@acme\\.example$\'' WHERE source = 'off' AND relation = 'si_users';
SELECT FROM zoom_silver.pull('off') \g /dev/null
SET standard_conforming_strings = on;
SELECT t.equal($$SELECT t.said('off')$$, $$SELECT t.said('first')$$, 'backslashes are themselves');
ROLLBACK;

-- who goes before gold has seen him: the host is known again as soon as gold is refreshed
DELETE FROM raw_zoom.users WHERE first_name = 'Cyrus';
CALL t.pull_all();
SELECT t.same('SELECT count(*) FROM silver.si_meetings WHERE host_id IS NULL', '2', 'nobody knows his address');
CALL t.refresh();
SELECT t.same('SELECT t.pull() OFFSET 1 LIMIT 1', 'pull_first_si_meetings Success 0 2 0 1', 'but gold, which kept him');
CALL t.refresh();
SELECT t.same($$SELECT user_name, count(*) FROM gold.go_fact_meeting_usage GROUP BY 1$$, ARRAY['Ana Ito|1', 'Cyrus Day|2'], 'his meetings are his');
SELECT t.same('SELECT count(*) FROM zoom_silver.pull() WHERE inserted + updated + deleted > 0', '0', 'then there is nothing to do');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
