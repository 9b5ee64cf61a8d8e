\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Whatever stands before pg_catalog in the search path of who writes silver or
-- calls a function: here all of it once more, functions, operators, aggregates,
-- types and tables, and none of it works.
CREATE SCHEMA silver;
CREATE SCHEMA shadow;
CREATE FUNCTION t.try(command text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN true;
EXCEPTION WHEN OTHERS THEN
	RETURN false;
END
$$;
CREATE TABLE t.shadow AS
SELECT 'function' AS kind, t.try(format('CREATE FUNCTION shadow.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', proname, pg_get_function_identity_arguments(oid), pg_get_function_result(oid),
	format('BEGIN RAISE EXCEPTION ''shadow of %s''; END', proname))) AS made
FROM pg_proc WHERE pronamespace IN ('pg_catalog'::regnamespace, 'zoom_gold'::regnamespace) AND prokind = 'f'
UNION ALL
SELECT 'operator', t.try(format('CREATE FUNCTION shadow.operator_%s(%s) RETURNS %s LANGUAGE plpgsql AS %L', oid, concat_ws(', ', nullif(oprleft, 0)::regtype, oprright::regtype), oprresult::regtype,
		format('BEGIN RAISE EXCEPTION ''shadow of %s''; END', oprname)))
	AND t.try(format('CREATE OPERATOR shadow.%s (FUNCTION = shadow.operator_%s%s, RIGHTARG = %s)', oprname, oid, ', LEFTARG = ' || nullif(oprleft, 0)::regtype, oprright::regtype))
FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
UNION ALL
SELECT 'aggregate', t.try(format('CREATE FUNCTION shadow.step_%s(text%s) RETURNS text LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION ''''shadow of an aggregate''''; END''', oid, coalesce(', ' || nullif(pg_get_function_identity_arguments(oid), ''), '')))
	AND t.try(format('CREATE AGGREGATE shadow.%I (%s) (SFUNC = shadow.step_%s, STYPE = text)', proname, coalesce(nullif(pg_get_function_identity_arguments(oid), ''), '*'), oid))
FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'a'
UNION ALL
SELECT 'table', t.try(format('CREATE TABLE shadow.%I (shadow integer)', relname))
FROM (SELECT relname FROM pg_class WHERE relnamespace IN ('pg_catalog'::regnamespace, 'zoom_gold'::regnamespace) AND relkind IN ('r', 'v') UNION SELECT table_name FROM zoom_gold.model_table()) AS r
UNION ALL
SELECT 'type', t.try(format('CREATE TYPE shadow.%I AS ENUM (''shadow'')', typname))
FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r') AND typelem = 0;
SELECT t.same('SELECT kind FROM t.shadow GROUP BY kind HAVING count(*) FILTER (WHERE made) > 50', '{aggregate,function,operator,table,type}'::text[], 'there are shadows of each kind');

-- What a statement says under them, in its first row; its own names are written out.
CREATE FUNCTION t.under(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
	failure text;
BEGIN
	PERFORM set_config('search_path', 'shadow, pg_catalog', true);
	BEGIN
		EXECUTE statement INTO said;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
	END;
	PERFORM pg_catalog.set_config('search_path', 'tap, public', true);
	RETURN coalesce('fails: ' || failure, said, '-');
END
$$;
CREATE FUNCTION t.unders(VARIADIC statements text[]) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT s.said FROM (SELECT t.under(u.statement) AS said FROM unnest(statements) WITH ORDINALITY AS u (statement, n) ORDER BY u.n) s WHERE s.said <> '-'
$$;
SELECT t.same($$SELECT t.under('SELECT pg_catalog.lower(''A'')') UNION ALL SELECT t.under('SELECT lower(''A'')') UNION ALL SELECT t.under('SELECT 1 + 1')$$,
	'{a,fails: shadow of lower,fails: shadow of +}'::text[], 'they stand before the right ones');
CREATE FUNCTION t.refresh_under() RETURNS text LANGUAGE sql AS $$
	SELECT t.under('SELECT pg_catalog.string_agg(process_name, '','') FROM zoom_gold.refresh() WHERE status OPERATOR(pg_catalog.=) ''Failure''')
$$;
SELECT t.same($q$SELECT t.unders('SELECT pg_catalog.string_agg(action, '','') FROM zoom_gold.setup() WHERE action OPERATOR(pg_catalog.!~) ''^(created|attached|index missing)''',
	'SELECT pg_catalog.string_agg(action, '','') FROM zoom_gold.setup() WHERE action OPERATOR(pg_catalog.!~) ''^(checked|attached|index missing)''')$q$, '{}'::text[], 'setup() makes and checks gold');
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
SELECT t.same($q$SELECT t.unders('INSERT INTO silver.si_users VALUES (''u1'', ''Ana'', ''ANA@x.example'', ''Acme'', '' pro'', ''2024-01-01Z'', NULL, ''Z''), (''u2'', ''Ana'', ''bo@x.example'', NULL, ''odd'', ''2024-01-02Z'', NULL, ''Z''), (''u3'', ''Cy'', ''c'', NULL, NULL, ''2024-01-02Z'', NULL, ''Z'') RETURNING NULL',
	'INSERT INTO silver.si_meetings VALUES (''m1'', ''u1'', ''T'', ''2024-02-01 10:00Z'', ''2024-02-01 10:30Z'', 30, ''2024-02-01Z'', NULL, ''Z''), (''m2'', ''u2'', ''T'', ''2024-02-02 10:00Z'', ''2024-02-02 10:30Z'', 50, ''2024-02-01Z'', NULL, ''Z''), (''m2'', ''u2'', ''T'', ''2024-02-02 10:00Z'', NULL, -1, ''2024-02-01Z'', NULL, ''Z'') RETURNING NULL',
	'INSERT INTO silver.si_participants VALUES (''p1'', ''m1'', ''u2'', ''2024-02-01 10:00Z'', NULL, ''2024-02-01Z'', NULL, ''Z'') RETURNING NULL',
	'INSERT INTO silver.si_feature_usage VALUES (''f1'', ''m1'', ''Chat'', 2, ''2024-02-01'', ''2024-02-01Z'', NULL, ''Z'') RETURNING NULL',
	'INSERT INTO silver.si_webinars VALUES (''w1'', ''u1'', ''W'', ''2024-02-01 10:00Z'', NULL, 5, ''2024-02-01Z'', NULL, ''Z'') RETURNING NULL',
	'INSERT INTO silver.si_support_tickets VALUES (''t1'', ''u1'', ''Bug'', ''Open'', ''2024-02-01'', ''2024-02-01Z'', NULL, ''Z'') RETURNING NULL',
	'INSERT INTO silver.si_licenses VALUES (''l1'', ''Pro'', ''u1'', ''2024-02-01'', NULL, ''2024-02-01Z'', NULL, ''Z'') RETURNING NULL',
	'INSERT INTO silver.si_billing_events VALUES (''b1'', ''u1'', ''Refund'', 5, ''2024-02-01'', ''2024-02-01Z'', NULL, ''Z'') RETURNING NULL')$q$, '{}'::text[], 'silver is written');
SELECT is(t.refresh_under(), '-', 'refresh() takes it up');
SELECT t.healthy('right');
SELECT t.same($q$SELECT t.unders('UPDATE silver.si_users SET company = ''New'', update_timestamp = ''2024-03-01Z'' WHERE user_id OPERATOR(pg_catalog.=) ''u1'' RETURNING NULL',
	'DELETE FROM silver.si_users WHERE user_id OPERATOR(pg_catalog.=) ''u2'' RETURNING NULL', 'UPDATE silver.si_meetings SET host_id = ''u3'', update_timestamp = ''2024-03-01Z'' WHERE meeting_id OPERATOR(pg_catalog.=) ''m1'' RETURNING NULL',
	'UPDATE silver.si_support_tickets SET resolution_status = ''Closed'', update_timestamp = ''2024-03-01Z'' RETURNING NULL', 'DELETE FROM silver.si_billing_events RETURNING NULL')$q$, '{}'::text[], 'changed');
SELECT t.same($q$SELECT t.under('SELECT pg_catalog.max(process_name) FROM zoom_gold.plan()') <> '-'$q$, 'true', 'planned');
SELECT is(t.refresh_under(), '-', 'and taken up again');
SELECT t.healthy('right again');
SELECT t.same($q$SELECT name || ' ' || said FROM (SELECT v.schemaname || '.' || v.viewname AS name, t.under(format('SELECT pg_catalog.count(x) FROM (SELECT * FROM %I.%I) x', v.schemaname, v.viewname)) AS said
	FROM pg_views v WHERE v.schemaname IN ('zoom_gold', 'gold_masked', 'gold_bi', 'gold_bi_masked')) AS s WHERE said !~ '^\d+$'$q$, '{}'::text[], 'every view can be read');
SELECT t.same($q$SELECT t.unders('SELECT pg_catalog.max(check_name) FROM zoom_gold.verify() WHERE NOT passed', 'SELECT NULL FROM zoom_gold.rebuild(''si_users'', plan => true)', 'SELECT NULL FROM zoom_gold.rebuild(''si_meetings'')',
	'SELECT NULL FROM zoom_gold.invalidate(''si_meetings'', ''2024-02-01'', ''2024-02-20'')', 'SELECT NULL FROM zoom_gold.run_step(''build_fact_meeting_usage'')', 'SELECT NULL FROM zoom_gold.confirm_deletes(''si_meetings'')',
	'SELECT NULL FROM zoom_gold.user_as_of(''2024-02-01Z'')', 'SELECT NULL FROM zoom_gold.rolling_active_users(''2024-02-01'', ''2024-02-03'', 2)', 'SELECT NULL FROM zoom_gold.active_users(''2024-02-01'', ''2024-02-03'')',
	'SELECT NULL FROM zoom_gold.forget_user(''u3'')')$q$, '{}'::text[], 'and every function called');
CALL t.refresh();
SELECT t.healthy('which leaves gold right');
SELECT t.same($q$SELECT t.unders('SELECT NULL FROM zoom_gold.teardown(drop_gold => true)')$q$, '{}'::text[], 'until it is taken away');
SELECT * FROM finish();
