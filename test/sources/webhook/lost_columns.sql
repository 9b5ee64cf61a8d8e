\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Columns of silver that are renamed: an event that needs them fails, says which and what tells more, and is taken when they are back.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null

-- Silver's rows, without when they were loaded.
CREATE FUNCTION t.silver() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY '{si_users,si_meetings,si_participants,si_webinars}'::text[] LOOP
		RETURN QUERY EXECUTE format('SELECT %L || (to_jsonb(s) - ''load_timestamp'')::text FROM silver.%1$I AS s', name);
	END LOOP;
END
$$;
-- All events, and those that fail once more when the damage is undone; what is unclear, and
-- what silver lacks then.
CREATE FUNCTION t.outcome(damage text, remedy text, column_name text, OUT failures bigint, OUT unclear text[], OUT differs bigint) LANGUAGE plpgsql AS $$
DECLARE
	one record;
	failed jsonb[] := '{}';
BEGIN
	failures := 0;
	unclear := '{}';
	EXECUTE damage;
	FOR one IN SELECT s.* FROM t.sample s ORDER BY s.n LOOP
		DECLARE
			hint text;
		BEGIN
			PERFORM zoom_silver.receive(one.event, one.received_at);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
			failures := failures + 1;
			failed := failed || to_jsonb(one);
			IF SQLERRM NOT LIKE 'source "webhook": events of a % cannot be written to silver: %' || column_name || '%' OR hint NOT LIKE '%zoom_gold.setup()%' THEN
				unclear := unclear || (SQLSTATE || ' ' || SQLERRM);
			END IF;
		END;
	END LOOP;
	EXECUTE remedy;
	PERFORM zoom_silver.receive(e -> 'event', (e ->> 'received_at')::timestamptz) FROM unnest(failed) AS e;
	differs := (SELECT count(*) FROM ((TABLE t.whole EXCEPT ALL SELECT t.silver()) UNION ALL (SELECT t.silver() EXCEPT ALL TABLE t.whole)) AS d);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	NULL;
END
$$;
CREATE TABLE t.whole (line text);
DO $$
BEGIN
	PERFORM zoom_silver.receive(s.event, s.received_at) FROM t.sample s;
	INSERT INTO t.whole SELECT t.silver();
END
$$;
DELETE FROM zoom_silver_state.event;
DELETE FROM silver.si_users;
DELETE FROM silver.si_meetings;
DELETE FROM silver.si_participants;
DELETE FROM silver.si_webinars;
CREATE TABLE t.damage AS
SELECT r.relname || '.' || a.attname AS name, a.attname::text AS column_name, format('ALTER TABLE silver.%I RENAME %I TO away', r.relname, a.attname) AS damage,
	format('ALTER TABLE silver.%I RENAME away TO %I', r.relname, a.attname) AS remedy, NULL::bigint AS failures, NULL::text[] AS unclear, NULL::bigint AS differs
FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid
WHERE a.attnum > 0 AND NOT a.attisdropped AND r.relnamespace = 'silver'::regnamespace AND r.relname IN ('si_users', 'si_meetings', 'si_participants', 'si_webinars')
	AND a.attname NOT IN ('duration_minutes', 'registrants');
UPDATE t.damage d SET (failures, unclear, differs) = (SELECT o.failures, o.unclear, o.differs FROM t.outcome(d.damage, d.remedy, d.column_name) AS o);
SELECT t.same('SELECT name FROM t.damage WHERE failures = 0', '{}'::text[], 'each column of silver is needed by an event');
SELECT t.same('SELECT name, unclear FROM t.damage WHERE unclear <> ''{}''', '{}'::text[], 'that says so, and what tells more');
SELECT t.same('SELECT name FROM t.damage WHERE differs > 0', '{}'::text[], 'and is taken when the column is back');
SELECT * FROM finish();
