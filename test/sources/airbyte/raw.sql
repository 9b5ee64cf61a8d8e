\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables of Airbyte in other shapes: those of destinations before version 2, rows that were
-- left as JSON, names with a prefix.  What check_source() advises is run, and tells the same.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}', 'first') \g /dev/null
CALL t.pull_all();
CREATE FUNCTION t.said(source text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' || '{"r": "u"}' FROM silver.si_users s WHERE source_system = source
	UNION ALL SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' || '{"r": "m"}' FROM silver.si_meetings s WHERE source_system = source
	UNION ALL SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' || '{"r": "p"}' FROM silver.si_participants s WHERE source_system = source
	UNION ALL SELECT to_jsonb(s) - 'load_timestamp' - 'source_system' || '{"r": "w"}' FROM silver.si_webinars s WHERE source_system = source
$$;
CREATE TABLE t.stream AS SELECT relname FROM pg_class WHERE relnamespace = 'raw_zoom'::regnamespace AND relkind = 'r';

-- normalised: times are times, numbers double precision, and rows have a hash
CREATE SCHEMA normalized;
SELECT format('CREATE TABLE normalized.%I AS SELECT _airbyte_raw_id AS _airbyte_ab_id, _airbyte_extracted_at AS _airbyte_emitted_at, now() AS _airbyte_normalized_at, md5(t::text) AS %I, %s FROM raw_zoom.%1$I t',
	s.relname, '_airbyte_' || s.relname || '_hashid', (SELECT string_agg(CASE WHEN a.attname LIKE '%\_time' THEN format('nullif(%1$I, '''')::timestamptz AS %1$I', a.attname)
		WHEN a.atttypid IN ('numeric'::regtype, 'bigint'::regtype) THEN format('%1$I::double precision', a.attname) ELSE quote_ident(a.attname) END, ', ')
		FROM pg_attribute a WHERE a.attrelid = format('raw_zoom.%I', s.relname)::regclass AND a.attnum > 0 AND a.attname NOT LIKE '\_airbyte%'))
FROM t.stream s \gexec
SELECT format('CREATE TABLE normalized.%I AS SELECT _airbyte_raw_id AS _airbyte_ab_id, to_jsonb(t) AS _airbyte_data, _airbyte_extracted_at AS _airbyte_emitted_at FROM raw_zoom.%I t', '_airbyte_raw_' || relname, relname) FROM t.stream \gexec
SELECT t.same($$SELECT c.item, c.verdict FROM zoom_silver.check_source('airbyte', 'normalized', '{"licensed_plan": "Pro"}') c WHERE c.verdict <> 'ok'$$, '{}'::text[], 'normalised tables are read as they are');
SELECT FROM zoom_silver.add_source('airbyte', 'normalized', '{"licensed_plan": "Pro"}', 'normalized') \g /dev/null
CALL t.pull_all();
SELECT t.equal($$SELECT t.said('normalized')$$, $$SELECT t.said('first')$$, 'and say the same');

-- A schema whose tables have other names: none of them is read, and the advice is.
CREATE FUNCTION t.advised(schema_name name) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	RETURN QUERY SELECT * FROM tap.throws_ok(format('SELECT FROM zoom_silver.add_source(''airbyte'', %L, ''{"licensed_plan": "Pro"}'')', schema_name), '42P01', format('schema "%s" has no tables of kind airbyte', schema_name), schema_name || ' has no tables to be read');
	FOR command IN SELECT substring(c.advice, '(CREATE SCHEMA.*)\.$') FROM zoom_silver.check_source('airbyte', schema_name) c WHERE c.verdict IN ('missing', 'warning') LOOP
		EXECUTE command;
	END LOOP;
	RETURN QUERY SELECT t.same(format('SELECT c.item, c.verdict FROM zoom_silver.check_source(''airbyte'', %L, ''{"licensed_plan": "Pro"}'') c WHERE c.verdict <> ''ok''', schema_name || '_views'), '{}'::text[], 'what is advised helps');
	PERFORM FROM zoom_silver.add_source('airbyte', schema_name || '_views', '{"licensed_plan": "Pro"}', replace(schema_name, '_', '-'));
	CALL t.pull_all();
	RETURN QUERY SELECT t.equal(format('SELECT t.said(%L)', replace(schema_name, '_', '-')), $q$SELECT t.said('first')$q$, 'and says the same');
END
$$;
-- before version 2
CREATE SCHEMA raw_one;
SELECT format('ALTER TABLE normalized.%I SET SCHEMA raw_one', '_airbyte_raw_' || relname) FROM t.stream \gexec
SELECT t.advised('raw_one');
-- of version 2, as text or as jsonb, in a schema of their own
CREATE SCHEMA airbyte_internal;
CREATE SCHEMA raw_two;
SELECT format('CREATE TABLE airbyte_internal.%I AS SELECT _airbyte_raw_id, to_jsonb(t)%s AS _airbyte_data, _airbyte_extracted_at, NULL::timestamptz AS _airbyte_loaded_at, _airbyte_meta, _airbyte_generation_id FROM raw_zoom.%I t',
	'raw_two_raw__stream_' || relname, CASE WHEN relname LIKE 'report%' THEN '::text' ELSE '' END, relname) FROM t.stream \gexec
SELECT t.advised('raw_two');
SELECT t.advised('airbyte_internal');
CREATE TABLE airbyte_internal.raw_other_raw__stream_users AS TABLE airbyte_internal.raw_two_raw__stream_users;
SELECT t.same($$SELECT c.advice FROM zoom_silver.check_source('airbyte', 'airbyte_internal') c WHERE c.item = 'airbyte_internal.users'$$, 'Schema "airbyte_internal" lacks table "users". Have the connector sync it; without it si_users is left out.', 'of two nothing is said');
-- a prefix; what has other columns is another table
CREATE SCHEMA prefixed;
SELECT format('CREATE TABLE prefixed.%I AS TABLE raw_zoom.%I', 'Zoom_' || relname, relname) FROM t.stream \gexec
CREATE TABLE prefixed.group_users (id text, email text);
SELECT t.advised('prefixed');
SELECT t.same($$SELECT left(c.advice, 95) FROM zoom_silver.check_source('airbyte', 'prefixed') c WHERE c.item = 'prefixed.users'$$, 'Schema "prefixed" lacks table "users". prefixed."Zoom_users" may be it: have the connector call', 'it is named');
SELECT * FROM finish();
