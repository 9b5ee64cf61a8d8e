\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A reader without PII who tries to get at it: whatever is asked, the answer, the
-- error or the plan holds no name, no address, no key of a user and not the
-- secret that pseudonyms are made with.
CALL t.drop_roles('zoom_gold_l_');
CREATE ROLE zoom_gold_l_reader;
CALL t.setup();
CALL t.user('kowalska7', 'Ana Kowalska', email => 'ana.k@x.example', company => 'Acme');
CALL t.user('nowak8', 'Bo Nowak', email => 'bo.n@x.example');
CALL t.user('nowak9', 'Bo Nowak', email => 'bo.m@x.example');
CALL t.user('broken', 'Cyd Lost', email => 'no address of cyd');
CALL t.meeting('m1', 'kowalska7', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'gone-user', '2024-01-10 10:00Z');
CALL t.ticket('ana.k@x.example', 'kowalska7', 'Bug', 'Odd', '2024-01-10');
CALL t.license('l1', 'Pro', 'nowak8', '2024-01-10');
CALL t.billing('b1', 'nowak8', 'Gift', 10, '2024-01-10');
CALL t.refresh();
-- a step that failed with a row in PostgreSQL's words
ALTER TABLE gold.go_dim_user ADD CONSTRAINT never CHECK (company <> 'Bad') NOT VALID;
CALL t.change_user('kowalska7', '2024-02-01Z', company => 'Bad');
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
ANALYZE;
SELECT zoom_gold.grant_read('zoom_gold_l_reader') \g /dev/null
GRANT USAGE, CREATE ON SCHEMA public TO zoom_gold_l_reader;
SELECT format('GRANT TEMPORARY, CREATE ON DATABASE %I TO zoom_gold_l_reader', current_database()) \gexec
CREATE FUNCTION t.secrets() RETURNS text LANGUAGE sql AS $$
	SELECT 'Kowalska|Nowak|Cyd|x\.example|address of|kowalska7|nowak|' || (SELECT encode(key, 'hex') || '|' || replace(encode(key, 'base64'), '+', '\+') FROM gold_state.secret)
$$;

-- What a statement tells: its rows, or its error with all that comes with it.
CREATE FUNCTION t.told(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line record;
	detail text; hint text; context text;
BEGIN
	IF command !~ '^(SELECT|EXPLAIN)' THEN
		EXECUTE command;
		RETURN NEXT 'done';
		RETURN;
	END IF;
	FOR line IN EXECUTE command LOOP
		RETURN NEXT line::text;
	END LOOP;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT concat_ws(' ', 'ERROR', SQLSTATE, SQLERRM, detail, hint);
END
$$;
CREATE TABLE t.heard (words text);
GRANT USAGE ON SCHEMA t, tap TO PUBLIC;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA t, tap TO PUBLIC;
GRANT INSERT, SELECT ON t.heard TO PUBLIC;

SET ROLE zoom_gold_l_reader;
CREATE SCHEMA zoom_gold_l_reader;
CREATE FUNCTION zoom_gold_l_reader.listen(words text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
	INSERT INTO t.heard VALUES (words);
	RAISE NOTICE '%', words;
	RETURN true;
END
$$;
CREATE FUNCTION zoom_gold_l_reader.same(a text, b text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
	INSERT INTO t.heard VALUES (a), (b);
	RETURN true;
END
$$;
CREATE OPERATOR zoom_gold_l_reader.<<<< (FUNCTION = zoom_gold_l_reader.same, LEFTARG = text, RIGHTARG = text, RESTRICT = eqsel, JOIN = eqjoinsel);
RESET ROLE;

CREATE TABLE t.attempt (what text, command text);
INSERT INTO t.attempt
SELECT format(a.what, v.oid::regclass), format(a.command, v.oid::regclass)
FROM pg_class v, (VALUES
	('all of %s', 'SELECT * FROM %s AS g'),
	('%s as a row', 'SELECT g::text FROM %s AS g'),
	('%s as JSON', 'SELECT to_jsonb(g) FROM %s AS g'),
	('a predicate that listens, on %s', 'SELECT g FROM %s AS g WHERE zoom_gold_l_reader.listen(g::text)'),
	('an operator that listens, on %s', 'SELECT g FROM %s AS g WHERE g::text OPERATOR(zoom_gold_l_reader.<<<<) ''x'''),
	('an error in a cast, on %s', 'SELECT count(*) FROM %s AS g WHERE g::text::integer = 1'),
	('the plan of %s', 'EXPLAIN (VERBOSE, ANALYZE, COSTS, TIMING off, SUMMARY off) SELECT * FROM %s AS g WHERE g::text <> ''x'''),
	('the definition of %s', 'SELECT pg_get_viewdef(''%s''::regclass)'),
	('a sample of %s', 'SELECT * FROM %s AS g TABLESAMPLE SYSTEM (100)'),
	('another''s row of %s', 'SELECT ctid, xmin, g FROM %s AS g')) AS a (what, command)
WHERE v.relnamespace IN ('gold_masked'::regnamespace, 'gold_bi_masked'::regnamespace) AND v.relkind = 'v';
-- and of each of their columns
INSERT INTO t.attempt
SELECT format(a.what, v.oid::regclass || '.' || c.attname), format(a.command, v.oid::regclass, quote_ident(c.attname))
FROM pg_class v JOIN pg_attribute c ON c.attrelid = v.oid AND c.attnum > 0, (VALUES
	('a predicate that listens, on %s', 'SELECT g.%2$s FROM %1$s AS g WHERE zoom_gold_l_reader.listen(g.%2$s::text)'),
	('an operator that listens, in a join on %s', 'SELECT count(*) FROM %1$s AS g JOIN (VALUES (''x'')) AS x (x) ON g.%2$s::text OPERATOR(zoom_gold_l_reader.<<<<) x.x'),
	('an error in a cast of %s', 'SELECT count(*) FROM %1$s AS g WHERE g.%2$s::text::uuid = g.%2$s::text::uuid'),
	('an error in a sum of %s', 'SELECT sum(g.%2$s::text::numeric) FROM %1$s AS g'),
	('the plan of a search for %s', 'EXPLAIN (VERBOSE, ANALYZE, COSTS, TIMING off, SUMMARY off) SELECT g.%2$s FROM %1$s AS g WHERE g.%2$s::text > ''A'' ORDER BY 1'),
	('the ends of %s', 'SELECT min(g.%2$s::text), max(g.%2$s::text) FROM %1$s AS g')) AS a (what, command)
WHERE v.relnamespace IN ('gold_masked'::regnamespace, 'gold_bi_masked'::regnamespace) AND v.relkind = 'v';
INSERT INTO t.attempt VALUES
	('the clock', 'SET zoom_gold.clock = ''2020-01-01Z'''),
	('statistics of parts of tables', 'SELECT * FROM pg_stats_ext_exprs'),
	('statistics of one''s own', 'CREATE STATISTICS zoom_gold_l_reader.s ON user_name, email FROM gold.go_dim_user'),
	('statistics', 'SELECT schemaname, tablename, attname, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename <> ''pg_description'''),	-- PostgreSQL's own comments say "address of"
	('statistics of expressions', 'SELECT * FROM pg_stats_ext'),
	('statistics themselves', 'SELECT * FROM pg_statistic'),
	('what others do', 'SELECT query FROM pg_stat_activity'),
	('settings of the pseudonyms', 'SELECT * FROM gold_state.secret'),
	('labels', 'SELECT * FROM gold_state.user_label'),
	('identities', 'SELECT user_id FROM gold_state.user_identity'),
	('versions kept', 'SELECT * FROM gold_state.user_event'),
	('gold itself', 'SELECT * FROM gold.go_dim_user'),
	('a column of gold', 'SELECT user_name FROM gold.go_dim_user'),
	('gold with PII for BI', 'SELECT * FROM gold_bi.dim_user'),
	('silver', 'SELECT * FROM silver.si_users'),
	('COPY of gold', 'COPY gold.go_dim_user TO STDOUT'),
	('versions by a function', 'SELECT * FROM zoom_gold.user_as_of(now())'),
	('verify()''s functions', 'SELECT * FROM zoom_gold.verify_gold_users()'),
	('verify()', 'SELECT * FROM zoom_gold.verify()'),
	('a view of one''s own over gold', 'CREATE VIEW zoom_gold_l_reader.v AS SELECT * FROM gold.go_dim_user'),
	('inheritance from gold', 'CREATE TABLE zoom_gold_l_reader.c () INHERITS (gold.go_dim_user)'),
	('a foreign key that asks', 'CREATE TABLE zoom_gold_l_reader.r (n text REFERENCES gold.go_dim_user (user_name))'),
	('a replaced view', 'CREATE OR REPLACE VIEW gold_masked.go_dim_user AS SELECT * FROM gold.go_dim_user'),
	('a lock', 'LOCK TABLE gold.go_dim_user IN ACCESS SHARE MODE'),
	('sizes of toast', 'SELECT * FROM pg_toast.pg_toast_1260'),
	('status', 'SELECT * FROM zoom_gold.status'),
	('the dictionary', 'SELECT * FROM zoom_gold.data_dictionary'),
	('active users', 'SELECT zoom_gold.active_users(''2024-01-01'', ''2024-12-31'')');
GRANT SELECT ON t.attempt TO PUBLIC;
SET client_min_messages = error;
CREATE TEMP TABLE answer (what text, said text);
GRANT ALL ON answer TO PUBLIC;
SET ROLE zoom_gold_l_reader;
INSERT INTO answer SELECT a.what, s.said FROM t.attempt AS a, t.told(a.command) AS s (said);
RESET ROLE;
RESET client_min_messages;
SELECT t.same(format('SELECT a.what, left(a.said, 200) FROM answer AS a WHERE a.said ~ %L', t.secrets()), '{}'::text[], 'no answer tells who somebody is');
SELECT t.same(format('SELECT left(words, 200) FROM t.heard WHERE words ~ %L', t.secrets()), '{}'::text[], 'nor is one''s own predicate or operator told');
SELECT t.same('SELECT count(*) > 100 FROM t.heard', 'true', 'though they were asked');
SELECT t.same('SELECT what FROM answer GROUP BY what HAVING bool_and(said LIKE ''ERROR%'') AND what ~ ''^(all of|the plan|the definition)''', '{}'::text[], 'what may be read was read');
SELECT t.same('SELECT DISTINCT what FROM answer WHERE said LIKE ''ERROR 42501%'' AND what !~ ''gold_''', ARRAY['the clock', 'statistics of one''s own', 'statistics themselves', 'settings of the pseudonyms', 'labels', 'identities', 'versions kept', 'gold itself',
	'a column of gold', 'gold with PII for BI', 'silver', 'versions by a function', 'verify()''s functions', 'verify()', 'a view of one''s own over gold', 'inheritance from gold', 'a foreign key that asks', 'a replaced view', 'a lock', 'sizes of toast'], 'what may not be is denied');
-- those who may read with PII see it by the same means: the attempts would show it
SELECT zoom_gold.grant_read('zoom_gold_l_reader', pii => true) \g /dev/null
SET ROLE zoom_gold_l_reader;
SELECT cmp_ok((SELECT count(*) FROM t.told('SELECT * FROM gold.go_dim_user') AS s (said) WHERE said ~ 'Kowalska'), '>', 0::bigint, 'with PII they are seen');
RESET ROLE;
SET client_min_messages = error;
CALL t.drop_roles('zoom_gold_l_');
SELECT * FROM finish();
