\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tables changed in one place and stamped anew, in another order each time: what a
-- pull wrote, and what it passed over, is all there was to write.  "make columns" tries
-- all of them.
\set matrix :abs_srcdir '/sources/matrix/matrix.inc'
\i :matrix
\set share 60
\getenv share SHARE

CREATE FUNCTION t.stamp(schema_name name) RETURNS TABLE (target regclass, stamp text) LANGUAGE sql AS $$
	SELECT a.attrelid::regclass, quote_ident(a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
	WHERE c.relkind = 'r' AND c.relnamespace = schema_name::text::regnamespace AND NOT a.attisdropped
		AND a.attname IN (SELECT k.column_name FROM zoom_silver.connector_column() k WHERE k.meaning = 'extracted_at')
$$;

-- A day later, and what was read last now first.
CREATE PROCEDURE t.restamp(schema_name name) LANGUAGE plpgsql AS $$
DECLARE
	s record;
BEGIN
	FOR s IN SELECT * FROM t.stamp(schema_name) LOOP
		EXECUTE format('UPDATE %1$s SET %2$s = m.newest + interval ''1 day'' + (m.newest - %2$s) FROM (SELECT max(%2$s) AS newest FROM %1$s) AS m', s.target, s.stamp);
	END LOOP;
END
$$;

-- A table with the same rows in each, so that stamps differ and can be turned round.
CREATE PROCEDURE t.spread(schema_name name) LANGUAGE plpgsql AS $$
DECLARE
	s record;
BEGIN
	FOR s IN SELECT * FROM t.stamp(schema_name) LOOP
		EXECUTE format('UPDATE %1$s t SET %2$s = %2$s + n * interval ''1 second'' FROM (SELECT ctid, row_number() OVER (ORDER BY ctid) AS n FROM %1$s) AS r WHERE r.ctid = t.ctid', s.target, s.stamp);
	END LOOP;
END
$$;

-- Changes of a column, and of a table where there is none.
CREATE FUNCTION t.changes(target regclass, c name, type regtype, stamp text) RETURNS TABLE (change text) LANGUAGE sql AS $$
	WITH value (other) AS (
		SELECT CASE WHEN type IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN format('%I + interval ''1 hour''', c)
			WHEN type = 'boolean'::regtype THEN format('%I IS NOT TRUE', c)
			WHEN type IN ('jsonb'::regtype, 'json'::regtype) THEN '''"other"'''
			WHEN type IN ('numeric'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN format('coalesce(%I, 0) + 1', c)
			ELSE format('CASE WHEN %1$I ~ ''^[0-9]{4}-'' THEN ''2025-02-21T10:00:00Z'' ELSE concat(%1$I, ''x'') END', c) END
	), place (at) AS (VALUES ('min'), ('max'))
	SELECT format('UPDATE %1$s SET %2$I = NULL WHERE ctid = (SELECT %3$s(ctid) FROM %1$s)', target, c, p.at) FROM place p
	UNION ALL
	SELECT format('UPDATE %1$s SET %2$I = %3$s WHERE ctid = (SELECT %4$s(ctid) FROM %1$s)', target, c, v.other, p.at) FROM value v, place p
	UNION ALL
	SELECT format('UPDATE %1$s t SET %2$I = o.%2$I FROM %1$s o, (SELECT min(ctid) AS one, max(ctid) AS other FROM %1$s) AS b WHERE t.ctid IN (b.one, b.other) AND o.ctid IN (b.one, b.other) AND t.ctid <> o.ctid', target, c)
	UNION ALL
	SELECT format('WITH n AS (INSERT INTO %1$s SELECT * FROM %1$s LIMIT 1 RETURNING 1) SELECT count(*) FROM n; UPDATE %1$s SET %2$I = %3$s%4$s WHERE ctid = (SELECT max(ctid) FROM %1$s)',
		target, c, v.other, CASE WHEN stamp IS NOT NULL AND stamp <> quote_ident(c) THEN format(', %1$s = %1$s + interval ''1 minute''', stamp) END) FROM value v
	UNION ALL
	SELECT format('DELETE FROM %1$s WHERE ctid = (SELECT %2$s(ctid) FROM %1$s)', target, p.at) FROM place p
$$;

-- What a pull that knows nothing would write now.
CREATE FUNCTION t.missed(relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said record;
BEGIN
	BEGIN
		UPDATE zoom_silver_state.source_query SET fingerprint = NULL, digest = NULL, input_digest = NULL WHERE source = 'stamped';
		SELECT * INTO said FROM zoom_silver.pull_step('stamped', relation);
		RAISE EXCEPTION USING ERRCODE = 'ZZ001';
	EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
		RETURN CASE WHEN said.inserted + said.updated + said.deleted > 0 THEN said::text END;
	END;
END
$$;

CREATE TABLE t.played (change text, relation text, missed text, passed_over boolean, knows boolean);
CREATE PROCEDURE t.play(fixture t.fixture, relation text, target regclass, change text) LANGUAGE plpgsql AS $$
DECLARE
	missed text[] := '{}';
	passed_over boolean;
	knows boolean;
	before timestamptz;
BEGIN
	EXECUTE format('CREATE TEMP TABLE as_it_was AS TABLE %s', target);
	EXECUTE change;
	CALL t.restamp(fixture.schema_name);
	PERFORM FROM zoom_silver.pull_step('stamped', relation);
	missed := missed || t.missed(relation);
	SELECT q.input_digest IS NOT NULL INTO knows FROM zoom_silver_state.source_query q WHERE q.source = 'stamped';
	UPDATE zoom_silver_state.source_query SET digest = NULL WHERE source = 'stamped';
	CALL t.restamp(fixture.schema_name);
	PERFORM FROM zoom_silver.pull_step('stamped', relation);
	missed := missed || t.missed(relation);
	SELECT q.digest IS NULL AND q.input_digest IS NOT NULL INTO passed_over FROM zoom_silver_state.source_query q WHERE q.source = 'stamped';
	EXECUTE format('DELETE FROM %s', target);
	EXECUTE format('INSERT INTO %s SELECT * FROM as_it_was', target);
	CALL t.restamp(fixture.schema_name);
	CALL t.restamp(fixture.schema_name);
	PERFORM FROM zoom_silver.pull_step('stamped', relation);
	missed := missed || t.missed(relation);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	INSERT INTO t.played VALUES (change, relation, nullif(array_to_string(missed, '; '), ''), passed_over, knows);
END
$$;

CREATE PROCEDURE t.play_all(share integer) LANGUAGE plpgsql AS $$
DECLARE
	f t.fixture;
	m record;
	c record;
	n integer := 0;
BEGIN
	FOR f IN SELECT * FROM t.fixture LOOP
		CALL t.spread(f.schema_name);
		FOR m IN SELECT DISTINCT i.relation, i.options FROM t.input_column i WHERE i.schema_name = f.schema_name ORDER BY 1 LOOP
			PERFORM FROM zoom_silver.add_source(f.kind, f.schema_name, m.options || jsonb_build_object('relations', jsonb_build_array(m.relation)), 'stamped');
			PERFORM FROM zoom_silver.pull('stamped');
			FOR c IN SELECT DISTINCT i.target, h.change FROM t.input_column i,
				t.changes(i.target, i.column_name, i.type, (SELECT min(s.stamp) FROM t.stamp(f.schema_name) s WHERE s.target = i.target)) h
				WHERE i.schema_name = f.schema_name AND i.relation = m.relation ORDER BY 1, 2
			LOOP
				n := n + 1;
				CONTINUE WHEN n % share <> 0;
				CALL t.play(f, m.relation, c.target, c.change);
			END LOOP;
			PERFORM zoom_silver.drop_source('stamped');
			EXECUTE format('DELETE FROM silver.%I WHERE source_system = $1', m.relation) USING 'stamped';
		END LOOP;
	END LOOP;
END
$$;
CALL t.play_all(:share);
SELECT t.same('SELECT relation, change, missed FROM t.played WHERE missed IS NOT NULL', '{}'::text[], 'nothing is missed');
SELECT ok(count(*) > 500 / :share, 'of many changes') FROM t.played;
SELECT ok(count(*) FILTER (WHERE passed_over) > count(*) / 2, 'most of which are passed over when stamped anew') FROM t.played;
-- a few in a hundred: a small share may have none
SELECT ok(count(*) FILTER (WHERE NOT passed_over) > 0 OR :share > 5, 'but not those that hang on the stamps') FROM t.played;
SELECT * FROM finish();
