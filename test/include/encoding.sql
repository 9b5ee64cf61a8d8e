-- All of it in a database of its own with the encoding in "encoding", whose
-- keys, names and words hold the bytes in "bytes", in hexadecimal digits, which
-- have no equivalent in UTF8.
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :database;
CREATE DATABASE :database TEMPLATE template0 ENCODING :'encoding' LOCALE 'C';
\connect :database
\i :start
CREATE TABLE t.odd AS SELECT convert_from(decode('4f' || :'bytes', 'hex'), getdatabaseencoding()) AS text;
CREATE FUNCTION t.odd(which text) RETURNS text LANGUAGE sql AS $$ SELECT o.text || which FROM t.odd o $$;
SELECT t.same($$SELECT state IS NOT NULL FROM t.failure('SELECT convert_to(text, ''UTF8'') FROM t.odd')$$, 'true', :'encoding' || ': what cannot be converted');
CALL t.setup();
ALTER TABLE silver.si_users ADD own text, ADD told json;
ALTER TABLE gold.go_dim_user ADD own text, ADD told json;
INSERT INTO gold_state.value_map VALUES ('si_users', 'plan_type', t.odd('plan'), 'Pro');
CREATE PROCEDURE t.user_row(id text, name text, at timestamptz) LANGUAGE sql AS $$
	INSERT INTO silver.si_users VALUES (id, name, t.odd('@x.example'), t.odd(' '), t.odd('PLAN'), at, NULL, t.odd('s'), t.odd('own'), to_json(t.odd('told')))
$$;
CALL t.user_row(t.odd('u1'), t.odd('n'), '2024-01-01Z');
CALL t.user_row(t.odd('u2'), t.odd('n'), '2024-01-02Z');
CALL t.user('u3', 'Ana');
INSERT INTO silver.si_meetings VALUES (t.odd('m1'), t.odd('u1'), t.odd('t'), '2024-01-10 10:00Z', NULL, 5, '2024-01-10Z', NULL, t.odd('s')),
	(t.odd('m2'), t.odd('nobody'), t.odd('t'), '2024-01-10 10:00Z', NULL, 5, '2024-01-10Z', NULL, t.odd('s')), (t.odd('m3'), 'u3', t.odd('t'), '2024-01-10 10:00Z', NULL, -5, '2024-01-10Z', NULL, NULL);
INSERT INTO silver.si_participants VALUES (t.odd('p'), t.odd('m1'), t.odd('u2'), '2024-01-10 10:00Z', NULL, '2024-01-10Z', NULL, t.odd('s'));
INSERT INTO silver.si_feature_usage VALUES (t.odd('f'), t.odd('m1'), t.odd('F'), 1, '2024-01-10', '2024-01-10Z', NULL, t.odd('s'));
INSERT INTO silver.si_webinars VALUES (t.odd('w'), t.odd('u1'), t.odd('W'), '2024-01-10 10:00Z', NULL, 5, '2024-01-10Z', NULL, t.odd('s'));
INSERT INTO silver.si_support_tickets VALUES (t.odd('k@'), t.odd('u1'), t.odd('T'), t.odd('R'), '2024-01-10', '2024-01-10Z', NULL, t.odd('s'));
INSERT INTO silver.si_licenses VALUES (t.odd('l'), t.odd('L'), t.odd('u1'), '2024-01-10', NULL, '2024-01-10Z', NULL, t.odd('s'));
INSERT INTO silver.si_billing_events VALUES (t.odd('b@'), t.odd('u1'), t.odd('B'), 5, '2024-01-10', '2024-01-10Z', NULL, t.odd('s'));
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage UNION ALL SELECT count(*) FROM gold.go_fact_billing WHERE user_name = t.odd(''n'')', '{2,1}'::text[], 'is loaded');
SELECT t.healthy('right');
UPDATE silver.si_users SET company = t.odd('c'), own = t.odd('o'), update_timestamp = '2024-02-01Z';
UPDATE silver.si_support_tickets SET resolution_status = 'Closed', update_timestamp = '2024-02-01Z';
DELETE FROM silver.si_meetings WHERE meeting_id = t.odd('m2');
CALL t.refresh();
CALL t.refresh(full_refresh => true);
SELECT t.healthy('kept up');
CREATE FUNCTION t.unreadable() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT v.schemaname || '.' || v.viewname || ': ' || f.message
	FROM pg_views v, t.failure(format('SELECT count(x::text) FROM %I.%I x', v.schemaname, v.viewname)) f
	WHERE v.schemaname IN ('zoom_gold', 'gold_masked', 'gold_bi', 'gold_bi_masked')
$$;
SELECT t.same('SELECT t.unreadable()', '{}'::text[], 'readable in every view');
SELECT count(*) FROM zoom_gold.rebuild('si_users') \g /dev/null
SELECT zoom_gold.forget_user(t.odd('u1')) IS NOT NULL \g /dev/null
CALL t.refresh();
SELECT t.healthy('made anew and forgotten');
CREATE EXTENSION zoom_silver;
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.same($$SELECT zoom_silver.receive(jsonb_build_object('event', 'user.created', 'event_ts', 1700000000000, 'payload', jsonb_build_object('account_id', 'A',
	'object', jsonb_build_object('id', t.odd('w'), 'email', t.odd('@h.example'), 'first_name', t.odd('f'), 'type', 1))))$$, 'true', 'told by a webhook');
SELECT * FROM finish();
\connect :here
DROP DATABASE :database;
