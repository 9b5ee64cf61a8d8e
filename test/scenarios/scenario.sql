-- One worked example: its steps are applied to a fresh silver, each operation
-- in a transaction of its own, and what it expects is compared with gold.
-- The file comes in the psql variable "scenario"; "once" says whether there is
-- one refresh at the end instead of one per step.  Prints nothing when all is
-- as expected, else what is not.
\set QUIET 1
\set ON_ERROR_STOP 1
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = warning;
SET TimeZone = 'UTC';

DO $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT nspname FROM pg_namespace
				WHERE nspname IN ('gold', 'gold_state', 'gold_masked', 'silver', 'scenario', 'oracle')
	LOOP
		EXECUTE format('DROP SCHEMA %I CASCADE', name);
	END LOOP;
END
$$;
CREATE EXTENSION IF NOT EXISTS zoom_gold;
CREATE SCHEMA scenario;
CREATE TABLE scenario.file (content jsonb NOT NULL);
INSERT INTO scenario.file VALUES (:'scenario');

SELECT FROM zoom_gold.setup() \g /dev/null
\ir ../include/oracle.sql
CALL oracle.attach();

-- Insert, update or delete one row; an update older than the stored row is a
-- further row of the same key.
CREATE PROCEDURE scenario.apply(op jsonb) LANGUAGE plpgsql AS $$
DECLARE
	relation regclass := format('silver.%I', op ->> 'table');
	key text := (SELECT attname FROM pg_attribute WHERE attrelid = relation AND attnum = 1);
	columns text := (SELECT string_agg(quote_ident(c), ', ') FROM jsonb_object_keys(op -> 'row') AS c);
	older boolean := false;
BEGIN
	IF op ->> 'op' = 'update' THEN
		EXECUTE format('SELECT coalesce(bool_or(coalesce(s.update_timestamp, s.load_timestamp)'
					   ' > coalesce(n.update_timestamp, n.load_timestamp)), false)'
					   ' FROM %s AS s, jsonb_populate_record(NULL::%1$s, $1) AS n WHERE s.%2$I = $2',
					   relation, key)
			USING op -> 'row', op ->> 'id' INTO older;
	END IF;
	CASE
	WHEN op ->> 'op' = 'delete' THEN
		EXECUTE format('DELETE FROM %s WHERE %I = $1', relation, key) USING op ->> 'id';
	WHEN op ->> 'op' = 'update' AND NOT older THEN
		EXECUTE format('UPDATE %s SET (%s) = (SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1))'
					   ' WHERE %3$I = $2', relation, columns, key)
			USING op -> 'row', op ->> 'id';
	WHEN op ->> 'op' IN ('insert', 'update') THEN
		EXECUTE format('INSERT INTO %s (%s) SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1)',
					   relation, columns)
			USING op -> 'row';
	ELSE
		RAISE EXCEPTION 'unknown operation "%"', op ->> 'op';
	END CASE;
END
$$;

-- With a refresh after every step, or only after the last.
CREATE PROCEDURE scenario.play(once boolean) LANGUAGE plpgsql AS $$
DECLARE
	step jsonb;
	n integer;
	op jsonb;
	outcome record;
	today text := (SELECT content ->> 'as_of' FROM scenario.file);
BEGIN
	FOR step, n IN SELECT s, i FROM scenario.file,
						 jsonb_array_elements(content -> 'steps') WITH ORDINALITY AS s(s, i)
	LOOP
		PERFORM set_config('zoom_gold.clock', step ->> 'at', false);
		FOR op IN SELECT o FROM jsonb_array_elements(step -> 'ops') AS o
		LOOP
			CALL scenario.apply(op);
			COMMIT;
		END LOOP;
		CONTINUE WHEN once AND n < (SELECT jsonb_array_length(content -> 'steps') FROM scenario.file);
		FOR outcome IN SELECT * FROM zoom_gold.refresh() WHERE status = 'Failure'
		LOOP
			RAISE WARNING 'step % failed: %', outcome.process_name, outcome.details;
		END LOOP;
		COMMIT;
	END LOOP;
	IF today IS NOT NULL THEN
		PERFORM set_config('zoom_gold.clock', today || ' 23:59:59Z', false);
		PERFORM * FROM zoom_gold.refresh();
	END IF;
END
$$;
CALL scenario.play(:'once');

-- The rows of gold, and of the table "errors" that the examples speak of.
CREATE VIEW scenario.errors AS
SELECT DISTINCT process_audit_info::jsonb ->> 'key' AS row_id,
	   CASE process_audit_info::jsonb ->> 'severity'
	   WHEN 'error' THEN 'REJECT' ELSE 'WARN' END AS severity
FROM gold.go_error_audit_log WHERE status <> 'Resolved';

CREATE FUNCTION scenario.compare(expectation jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	errors boolean := expectation ->> 'table' = 'errors';
	relation regclass := CASE WHEN errors THEN 'scenario.errors'
							  ELSE format('gold.%I', expectation ->> 'table') END;
	have_list text := '';
	want_list text := '';
	filter text := 'true';
	have text[];
	want text[];
	c record;
BEGIN
	FOR c IN
		SELECT e.name, e.position - 1 AS position, a.attname, format_type(a.atttypid, a.atttypmod) AS type
		FROM jsonb_array_elements_text(expectation -> 'columns') WITH ORDINALITY AS e(name, position)
		JOIN pg_attribute a ON a.attrelid = relation AND a.attnum > 0
			AND a.attname = CASE e.name WHEN 'rate_used' THEN 'utilization_rate' ELSE e.name END
		ORDER BY e.position
	LOOP
		have_list := have_list || format(', %I', c.attname);
		want_list := want_list || CASE WHEN c.name = 'valid_to'
			THEN format(', coalesce((r ->> %s)::%s, ''9999-12-31 00:00Z'')', c.position, c.type)
			ELSE format(', (r ->> %s)::%s', c.position, c.type) END;
	END LOOP;
	IF have_list = '' THEN
		RETURN NEXT format('%s: no column to compare', expectation ->> 'table');
		RETURN;
	END IF;
	SELECT coalesce(string_agg(format('%I IS NOT DISTINCT FROM %L', key, value), ' AND '), 'true')
	INTO filter FROM jsonb_each_text(coalesce(expectation -> 'where', '{}'));
	EXECUTE format('SELECT array_agg(h::text ORDER BY h::text) FROM (SELECT %s FROM %s WHERE %s) AS h',
				   ltrim(have_list, ', '), relation, filter) INTO have;
	EXECUTE format('SELECT array_agg(w::text ORDER BY w::text) FROM (SELECT %s %s'
				   ' FROM jsonb_array_elements($1) AS r) AS w',
				   CASE WHEN errors THEN 'DISTINCT' ELSE '' END, ltrim(want_list, ', '))
		USING expectation -> 'rows' INTO want;
	IF have IS DISTINCT FROM want THEN
		RETURN NEXT format(E'%s where %s:\n  have %s\n  want %s', relation, filter, have, want);
	END IF;
END
$$;

SELECT d FROM scenario.file, jsonb_array_elements(content -> 'expect') AS e,
			  LATERAL scenario.compare(e) AS d;
SELECT 'verify: ' || check_name || ': ' || coalesce(details, '') FROM zoom_gold.verify() WHERE NOT passed;
CALL oracle.compute();
SELECT 'oracle: ' || d FROM oracle.differences() AS d;
