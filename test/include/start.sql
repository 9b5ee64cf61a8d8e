-- The common start of every test: a quiet psql whose output is the TAP lines
-- alone, an empty database but for the extension, the helpers of schema "t".
\set QUIET 1
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only true
\pset pager off
\pset null ''
SET client_min_messages = warning;
-- days are cut in UTC, whatever the session's zone: as far from it as it goes
SET TimeZone = 'Pacific/Kiritimati';
SET DateStyle = 'German';
SET IntervalStyle = 'sql_standard';

DO $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT nspname FROM pg_namespace
				WHERE nspname NOT LIKE 'pg\_%'
				  AND nspname NOT IN ('information_schema', 'public', 'zoom_gold', 'tap')
	LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', name);
	END LOOP;
END
$$;
CREATE SCHEMA IF NOT EXISTS tap;
CREATE EXTENSION IF NOT EXISTS pgtap SCHEMA tap;
CREATE EXTENSION IF NOT EXISTS zoom_gold;
SET search_path = tap, public;

\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir '/include/helpers.sql'
\i :helpers
CALL t.clock('2024-06-30 12:00Z');
SELECT * FROM no_plan() \g /dev/null
