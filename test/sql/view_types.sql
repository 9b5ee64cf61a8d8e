\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Views for readers over columns of gold with other types than the model's: what
-- include/bi.sql finds in silver, or not made, with what to do about it.
CALL t.setup();
\set oracle :abs_srcdir '/include/oracle.sql'
\i :oracle
\set bi :abs_srcdir '/include/bi.sql'
\i :bi
CALL oracle.attach();
SET jit = off;
-- far from UTC
SET TimeZone = 'Asia/Tokyo';

-- What setup() says of views once the columns of gold have these types.
CREATE FUNCTION t.not_made_over(types jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CALL t.retype(types);
	RETURN QUERY SELECT concat_ws(': ', s.relation, s.action) FROM zoom_gold.setup() s WHERE s.action LIKE 'views not made%';
END
$$;
-- Do what the hints say until the views are made; how many there were.
CREATE FUNCTION t.follow() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	FOR n IN 0 .. 20 LOOP
		SELECT substring(s.action, '; (DROP .*); then run zoom_gold.setup') INTO command FROM zoom_gold.setup() s WHERE s.action LIKE 'views not made%';
		IF NOT FOUND THEN
			RETURN n;
		END IF;
		EXECUTE command;
	END LOOP;
END
$$;
CREATE FUNCTION t.differences(at text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CALL t.refresh_at(at);
	CALL oracle.compute();
	RETURN QUERY SELECT bi.differences();
END
$$;
CREATE DOMAIN t.word AS text CHECK (value <> 'forbidden');
CREATE DOMAIN t.yes_no AS boolean;
CREATE DOMAIN t.day AS date;
CREATE DOMAIN t.instant AS timestamptz;

CALL t.fill_days(1, 3, '2024-02-01 22:00Z');
SELECT t.same($$SELECT t.differences('2024-03-01Z')$$, '{}'::text[], 'the model''s types');
SELECT t.same(format($$SELECT t.not_made_over(%L)$$, '{"text": "varchar(3000)", "integer": "numeric", "bigint": "numeric(30,4)", "timestamptz": "timestamptz(3)",
	"numeric(5,2)": "numeric", "numeric(10,2)": "numeric(20,6)", "boolean": "t.yes_no"}'), '{}'::text[], 'views over wider types');
CALL t.fill_days(4, 6, '2024-02-01 22:00Z');
SELECT t.same($$SELECT t.differences('2024-03-02Z')$$, '{}'::text[], 'are right');
SELECT t.same(format($$SELECT t.not_made_over(%L)$$, '{"text": "t.word", "integer": "bigint", "bigint": "integer", "date": "t.day", "timestamptz": "t.instant",
	"numeric(5,2)": "float8", "numeric(10,2)": "float8"}'), '{}'::text[], 'views over domains and other numbers');
CALL t.fill_days(7, 9, '2024-02-01 22:00Z');
SELECT t.same($$SELECT t.differences('2024-03-03Z')$$, '{}'::text[], 'are right');

-- days and instants of which views cannot tell which they are
CREATE FUNCTION t.not_made(types jsonb) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(said, '^(\w+): views not made: column "(\w+)" of table "(gold\.\w+)" has type .*; ALTER TABLE \3 ALTER COLUMN \2 TYPE .*; then run zoom_gold\.setup.*', '\1 is told')
	FROM t.not_made_over(types) AS said
$$;
SELECT is(t.rows(format('SELECT t.not_made(%L)', types)), '{gold_bi is told,gold_bi_masked is told}'::text[], types)
		|| E'\n' || cmp_ok(t.follow(), '>', 0, 'with what to do')
		|| E'\n' || t.same(format('SELECT t.differences(%L)', '2024-03-04Z'), '{}'::text[], 'after which they are right')
FROM unnest(ARRAY['{"date": "timestamp"}', '{"date": "timestamptz"}', '{"timestamptz": "timestamp"}']) AS types;
SELECT t.same($$SELECT r.ev_class::regclass, d.refobjid::regclass, a.attname
	FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
	JOIN pg_class v ON v.oid = r.ev_class AND v.relnamespace IN ('gold_bi'::regnamespace, 'gold_bi_masked'::regnamespace)
	JOIN pg_class c ON c.oid = d.refobjid AND c.relnamespace = 'gold'::regnamespace
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
	WHERE a.atttypid IN ('date'::regtype, 'timestamptz'::regtype) AND c.relname NOT IN ('go_fact_support_ticket', 'go_fact_billing') AND c.relname NOT LIKE 'go\_agg\_%'$$,
	'{}'::text[], 'views read days and instants of no other table of gold');
-- where gold_bi cannot be made, gold_masked can
SELECT is(cardinality(t.rows(format('SELECT t.not_made(%L)', '{"date": "timestamp"}'))), 2, 'where they are not made');
SELECT t.same($$SELECT bi.masked_differences('gold_masked', 'gold')$$, '{}'::text[], 'gold_masked is');
SELECT t.same($$SELECT count(*) FROM bi.views('gold_masked')$$, '21', 'with all its views');
SELECT * FROM finish();
