\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Rows without the column that their key is made of: none goes without a word, each
-- is itself.
\set matrix :abs_srcdir '/sources/matrix/matrix.inc'
\i :matrix

-- Rows more of a mapping's first table, two where it has two, like what it has but for NULLs in what
-- the key is made of: what the step says of them, where that is not that all have none.
CREATE FUNCTION t.keyless(kind text, schema_name name, options jsonb, relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	first record;
	said jsonb;
	added bigint;
BEGIN
	SELECT i.target, i.column_name INTO first FROM t.input_column i
	WHERE (i.kind, i.schema_name, i.relation) = (keyless.kind, keyless.schema_name, keyless.relation) AND i.required AND i.n = 1 LIMIT 1;
	PERFORM FROM zoom_silver.add_source(kind, schema_name, options || jsonb_build_object('relations', jsonb_build_array(relation)), 'tried');
	EXECUTE format('INSERT INTO %1$s SELECT (jsonb_populate_record(NULL::%1$s, to_jsonb(r) || jsonb_build_object(%2$L, NULL, ''meeting_uuid'', NULL))).* FROM %1$s r ORDER BY %3$I LIMIT 2',
		first.target, first.column_name, first.column_name);
	GET DIAGNOSTICS added = ROW_COUNT;
	SELECT p.details - 'read' INTO said FROM zoom_silver.pull('tried') p WHERE p.process_name = 'pull_tried_' || relation;
	EXECUTE format('DELETE FROM %s WHERE %I IS NULL', first.target, first.column_name);
	PERFORM zoom_silver.drop_source('tried');
	RETURN CASE WHEN (said ->> 'without_key')::bigint IS DISTINCT FROM added THEN concat_ws(' ', schema_name, relation, first.column_name, said) END;
END
$$;
SELECT t.same($$
	SELECT k FROM (SELECT DISTINCT kind, schema_name, options, relation FROM t.input_column) i, t.keyless(i.kind, i.schema_name, i.options, i.relation) k
	WHERE k IS NOT NULL$$, '{}'::text[], 'each step tells of all rows');
SELECT * FROM finish();
