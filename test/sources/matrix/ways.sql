\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Columns of connectors held in every way: silver is the same, or a clear error
-- names the column, or the value is told of.  "make columns" tries all of them.
\set matrix :abs_srcdir '/sources/matrix/matrix.inc'
\i :matrix
\set share 100
\set turns 3
\getenv share SHARE
\getenv turns TURNS
SELECT t.same($$SELECT f.schema_name, i.table_name, i.column_name FROM t.fixture f, zoom_silver.chosen_mapping(f.kind, f.schema_name, f.options) m, zoom_silver.mapping_input(m.inputs) AS i
	WHERE NOT EXISTS (SELECT FROM t.input_column c WHERE c.schema_name = f.schema_name AND c.table_name = i.table_name AND c.column_name = i.column_name)$$, '{}'::text[],
	'the fixtures have every column that a mapping reads');
SELECT t.same($$SELECT q.kind, q.shape FROM zoom_silver.mapping() q WHERE NOT EXISTS (SELECT FROM t.fixture f, zoom_silver.chosen_mapping(f.kind, f.schema_name, f.options) m WHERE f.kind = q.kind AND m.shape = q.shape)$$,
	'{}'::text[], 'and there is one for every shape');
CALL t.change_together(:turns);
SELECT t.same('SELECT change, wrong FROM t.outcome WHERE wrong IS NOT NULL', '{}'::text[], 'all columns at once held in other ways say the same');
DELETE FROM t.outcome;
CALL t.change_one(:share);
SELECT t.same('SELECT change, wrong FROM t.outcome WHERE wrong IS NOT NULL', '{}'::text[], 'one column that is missing, empty or of another nature is refused or told of');
SELECT ok(count(*) > 1000 / :share, 'of many') FROM t.outcome;
SELECT * FROM finish();
