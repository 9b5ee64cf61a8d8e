-- The common start of the tests of zoom_silver: that of all tests, zoom_silver
-- beside it, gold set up.
\set start :abs_srcdir '/include/start.sql'
\i :start
CREATE EXTENSION zoom_silver;
CALL t.setup();
\set samples :abs_srcdir '/../sample/sources'

-- A pull in lines: step, status, inserted, updated, deleted, unchanged, and
-- the error where there is one.
CREATE FUNCTION t.pull(source text DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', p.process_name, p.status, p.inserted, p.updated, p.deleted, p.unchanged, p.details ->> 'sqlstate', p.details ->> 'error')
	FROM zoom_silver.pull(source) p
$$;

-- A pull whose steps all succeed.
CREATE PROCEDURE t.pull_all() LANGUAGE plpgsql AS $$
DECLARE
	step text;
BEGIN
	FOR step IN SELECT * FROM t.pull() LOOP
		IF step LIKE '% Failure %' THEN
			RAISE WARNING '%', step;
		END IF;
	END LOOP;
END
$$;

-- Every row of silver with its place: what a pull without change must not touch.
CREATE FUNCTION t.silver_places() RETURNS SETOF text
LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'silver' LOOP
		RETURN QUERY EXECUTE format('SELECT concat_ws('' '', %L, ctid, xmin, s) FROM silver.%1$I AS s', name);
	END LOOP;
	RETURN QUERY SELECT concat_ws(' ', 'log', count(*)) FROM gold.go_process_audit_log WHERE process_name LIKE 'pull%';
END
$$;
