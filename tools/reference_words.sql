-- What the scripts of the references share.
\set QUIET 1
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset pager off
\pset null ''
SET client_min_messages = warning;
SET search_path = pg_catalog;
-- what constants in definitions look like
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET IntervalStyle = 'postgres';

-- A line of a table; what would end a cell is escaped.
CREATE FUNCTION pg_temp.cells(VARIADIC texts text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT '| ' || string_agg(regexp_replace(coalesce(t, ''), '([|<])', '\\\1', 'g'), ' | ' ORDER BY n) || ' |'
	FROM unnest(texts) WITH ORDINALITY AS u (t, n)
$$;
CREATE FUNCTION pg_temp.code(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT '`' || $1 || '`'
$$;
-- Comments in the style of the catalogue have no full stop.
CREATE FUNCTION pg_temp.sentence(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT rtrim(upper(left($1, 1)) || substr($1, 2), '.') || '.'
$$;
