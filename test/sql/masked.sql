\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- gold_masked says what gold says, but for who somebody is, and costs the same.
CALL t.setup();
CALL t.user('u1', 'Ana Kowalska', '2024-01-01Z', email => 'ana@x.example');
CALL t.user('u1', 'Ana Nowak', '2024-03-01Z', email => 'ana@x.example');
CALL t.user('u2', 'Bo Kowalska', '2024-01-01Z', email => 'bo@x.example');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'u1', '2024-03-10 10:00Z');
CALL t.meeting('m3', 'u2', '2024-03-10 10:00Z');
CALL t.meeting('m4', 'nobody', '2024-03-10 10:00Z');
CALL t.ticket('t1', 'u1', 'Bug', 'Open', '2024-01-10');
CALL t.license('l1', 'Pro', 'u2', '2024-01-10');
CALL t.license('l2', 'Pro', NULL, '2024-01-10');
CALL t.billing('b1', 'u2', 'Subscription Fee', 10, '2024-01-10');
CALL t.refresh_at('2024-04-01Z');
SELECT t.healthy('the labels are consistent');

CREATE FUNCTION t.pseudonym(name text) RETURNS text LANGUAGE sql AS $$
	SELECT 'user ' || left(encode(sha256(key || sha256(key || convert_to(name, 'UTF8'))), 'hex'), 32) FROM gold_state.secret $$;
SELECT t.equal('SELECT user_name, start_time, duration_minutes FROM gold_masked.go_fact_meeting_usage',
	'SELECT t.pseudonym(user_name), start_time, duration_minutes FROM gold.go_fact_meeting_usage', 'a fact has the pseudonym of its name');
SELECT t.equal('SELECT user_name, email, valid_from, valid_to FROM gold_masked.go_dim_user',
	'SELECT t.pseudonym(user_name), NULL::text, valid_from, valid_to FROM gold.go_dim_user', 'and so has a version');
SELECT t.equal('SELECT license_type, count(*) FROM gold_masked.go_fact_license_utilization WHERE user_name IS NULL GROUP BY 1',
	'SELECT license_type, count(*) FROM gold.go_fact_license_utilization WHERE user_name IS NULL GROUP BY 1', 'nobody stays nobody');
SELECT t.equal('SELECT count(*) FROM gold_masked.go_fact_meeting_usage m JOIN gold_masked.go_dim_user u ON u.user_name = m.user_name AND m.start_time >= u.valid_from AND m.start_time < u.valid_to',
	'SELECT count(*) FROM gold.go_fact_meeting_usage m JOIN gold.go_dim_user u ON u.user_name = m.user_name AND m.start_time >= u.valid_from AND m.start_time < u.valid_to', 'names join');

-- what the planner makes of it
CREATE FUNCTION t.planned(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		lines := concat_ws(E'\n', lines, line);
	END LOOP;
	RETURN lines;
END
$$;
SELECT unalike(t.planned(format('SELECT count(*), min(load_date) FROM gold_masked.%I', c.relname)), '%user_label%', c.relname || ': where no name is asked for, none is looked up')
FROM pg_class c WHERE c.relnamespace = 'gold_masked'::regnamespace AND c.relname LIKE 'go\_fact%' ORDER BY c.relname;
SET enable_seqscan = off;
SELECT alike(t.planned('SELECT count(DISTINCT user_name) FROM gold_masked.go_fact_meeting_usage WHERE start_time >= current_date - 30'), '%Index Cond: (start_time >= (CURRENT_DATE - 30))%',
	'a condition meets the index, whether or not its operator could leak');
RESET enable_seqscan;

-- what a predicate is told, however early the planner asks it
CREATE TABLE t.heard (words text);
CREATE FUNCTION t.listen(words text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
	INSERT INTO t.heard VALUES (words);
	RETURN true;
END
$$;
CREATE FUNCTION t.listen_to(schema name) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	view name;
BEGIN
	TRUNCATE t.heard;
	FOR view IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = schema::regnamespace LOOP
		EXECUTE format('SELECT FROM %I.%I AS g WHERE t.listen(g::text) AND t.listen(row_to_json(g)::text)', schema, view);
	END LOOP;
	RETURN QUERY SELECT words FROM t.heard WHERE words ~ 'Ana|Bo|x\.example';
END
$$;
SELECT t.same(format('SELECT t.listen_to(%L)', schema), '{}'::text[], schema || ' tells a predicate no name and no e-mail') FROM unnest('{gold_masked,gold_bi_masked}'::text[]) AS schema;
SELECT t.same('SELECT count(*) > 20 FROM t.heard', 'true', 'though it was asked');
SELECT t.same('SELECT count(*) > 0 FROM t.listen_to(''gold_bi'')', 'true', 'as gold_bi does');

-- a label belongs to a name
CREATE TABLE t.label AS SELECT ctid AS place, l.* FROM gold_state.user_label l;
CALL t.user('u2', 'Bo Kowalska', '2024-04-02Z', email => 'bo@x.example', plan => 'Business');
CALL t.refresh_at('2024-05-01Z');
SELECT t.equal('SELECT ctid AS place, l.* FROM gold_state.user_label l', 'SELECT * FROM t.label', 'a change that alters no name writes no label');
SELECT t.same('SELECT plan_type FROM gold_bi.users WHERE person = ''Bo Kowalska''', 'Business', 'though it is told');
CALL t.user('u2', 'Bo Nowak', '2024-05-02Z', email => 'bo@x.example', plan => 'Business');
CALL t.refresh_at('2024-06-01Z');
SELECT t.same('SELECT user_name, is_last, pseudonym = t.pseudonym(user_name) FROM gold_state.user_label JOIN gold_state.user_identity USING (ordinal) WHERE user_id = ''u2''',
	ARRAY['Bo Kowalska|false|true', 'Bo Nowak|true|true'], 'one that does leaves the former name its label');
SELECT t.healthy('and the labels are consistent');

------------------------------------------------------------------------------
-- Views of an earlier release, whose columns are others
------------------------------------------------------------------------------
CREATE FUNCTION t.old_view(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	remedy text;
BEGIN
	EXECUTE format('DROP VIEW %s CASCADE', name);
	EXECUTE format('CREATE VIEW %s AS SELECT 1 AS earlier', name);
	SELECT substring(s.action, '; (DROP SCHEMA .* CASCADE), then run zoom_gold.setup') INTO remedy
	FROM zoom_gold.setup() s WHERE s.action LIKE 'views not made: %';
	EXECUTE remedy;
	RETURN QUERY SELECT concat_ws(' ', name, s.action) FROM zoom_gold.setup() s WHERE s.action LIKE 'views not made: %';
	EXECUTE format('SELECT FROM %s', name);
END
$$;
SELECT t.same($$SELECT t.old_view(name) FROM unnest('{gold_masked.go_dim_user,gold_bi.mrr_monthly,gold_bi_masked.users}'::text[]) name$$,
	'{}'::text[], 'are told with what to do about them, which heals');
SELECT * FROM finish();
