\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Columns of gold and gold_state that are renamed, dropped and put back, and what
-- users demand of those that they add: what is in the way is told, and ends with
-- what a hint names.
CALL t.setup();
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
CALL t.user('u1', 'Ana'); CALL t.user('u2', 'Bo'); CALL t.user(' u3', 'Cy');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z'); CALL t.meeting('m2', 'u2', '2024-01-11 10:00Z');
CALL t.participant('p1', 'm1', 'u2', '2024-01-10 10:00Z', '2024-01-10 10:10Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10'); CALL t.webinar('w1', 'u1', '2024-01-15 10:00Z', '2024-01-15 11:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-10'); CALL t.license('l1', 'Pro', 'u1', '2024-01-01');
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-01-10'); CALL t.billing('b1', 'u1', 'Subscription Fee', 11, '2024-01-10');
CALL t.refresh_at('2024-03-01 00:00Z');
CALL t.ticket_status('t1', 'Resolved', '2024-03-01Z');
CALL t.refresh_at('2024-03-02 00:00Z');

-- What a query says, or the error that it ends with, and hints.
CREATE FUNCTION t.said(command text, OUT said text, OUT hint text) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE command;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	said := SQLSTATE || ' ' || SQLERRM;
	RETURN NEXT;
END
$$;
CREATE FUNCTION t.setup_says(OUT said text, OUT hint text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT * FROM t.said('SELECT NULL::text, NULL::text FROM zoom_gold.setup() WHERE action = ''never''')
$$;
CREATE FUNCTION t.refresh_says(OUT said text, OUT hint text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT * FROM t.said($q$SELECT r.details ->> 'error', r.details ->> 'error_hint' FROM zoom_gold.refresh(full_refresh => true) r
		WHERE r.status = 'Failure' AND r.process_name <> 'refresh' AND r.details ->> 'error' NOT LIKE 'skipped because %'$q$)
$$;

------------------------------------------------------------------------------
-- A column of the state that must not be empty
------------------------------------------------------------------------------
-- Harm a table, do what is said, look; all is undone.  Only what is wrong is told.
CREATE FUNCTION t.try_lost(name text, harm text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	answer record;
	remedy text;
BEGIN
	BEGIN
		EXECUTE harm;
		SELECT * INTO answer FROM t.setup_says();
		IF answer.said LIKE '23502 column "%" of relation "' || name || '" contains null values' IS NOT TRUE THEN
			wrong := wrong || coalesce(answer.said, 'setup() says nothing');
		ELSE
			remedy := substring(answer.hint, 'ALTER TABLE \S+ SET SCHEMA public');
			IF remedy IS NULL THEN
			RETURN QUERY SELECT concat_ws(' ', 'no remedy:', s.said, s.hint) FROM t.setup_says() s;
			RAISE EXCEPTION USING ERRCODE = 'YYYYY';
		END IF;
		EXECUTE remedy;
			wrong := wrong || ARRAY(SELECT concat_ws(' ', s.said, s.hint) FROM t.setup_says() s);
			wrong := wrong || ARRAY(SELECT concat_ws(' ', s.said, s.hint) FROM t.refresh_says() s);
			CALL t.refresh();
			wrong := wrong || ARRAY(SELECT v.check_name || ': ' || v.details FROM zoom_gold.verify() v WHERE NOT v.passed);
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT w FROM unnest(wrong) w;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION t.lost_tables() RETURNS TABLE (name text, column_name text) LANGUAGE sql AS $$
	SELECT 'settings', unnest('{name,value}'::text[]) UNION ALL
	(SELECT DISTINCT ON (m.table_name) m.table_name, m.column_name FROM zoom_gold.state_model() m
	WHERE m.options = 'NOT NULL' AND m.table_name IN ('relation_state', 'user_identity', 'user_version', 'user_event', 'ticket_event', 'slice', 'day_partial', 'dim_member', 'tied_row')
		AND t.row_count(format('gold_state.%I', m.table_name)) > 0
	ORDER BY m.table_name, m.position DESC)
$$;
SELECT is((SELECT count(*) FROM t.lost_tables()), 11::bigint, 'tables of the state have rows');
SELECT t.same('SELECT l.name, w FROM t.lost_tables() l, LATERAL t.try_lost(l.name, format(''ALTER TABLE gold_state.%I DROP COLUMN %I CASCADE'', l.name, l.column_name)) w',
	'{}'::text[], 'one that was dropped: setup() says which table to move away, and a full refresh fills another one');

ALTER TABLE gold_state.slice RENAME row_count TO other;
SELECT matches((SELECT hint FROM t.setup_says()), '^Rename a column back that was renamed', 'one that was renamed: setup() says so');
ALTER TABLE gold_state.slice RENAME other TO row_count;
SELECT t.same('SELECT * FROM t.setup_says()', '{}'::text[], 'which heals');

------------------------------------------------------------------------------
-- A column beyond the model that must not be empty
------------------------------------------------------------------------------
ALTER TABLE gold_state.slice ADD COLUMN other integer NOT NULL DEFAULT 1;
ALTER TABLE gold_state.slice ALTER COLUMN other DROP DEFAULT;
CALL t.meeting('m3', 'u1', '2024-01-12 10:00Z');
SELECT t.same('SELECT * FROM t.refresh_says()', 'null value in column "other" of relation "slice" violates not-null constraint|'
	'zoom_gold.setup() lets the columns of gold_state be empty that are not its own.', 'in the state: the error names it');
CALL t.setup();
SELECT t.same('SELECT * FROM t.refresh_says()', '{}'::text[], 'and setup() heals');

ALTER TABLE gold.go_fact_billing ADD COLUMN other integer;
UPDATE gold.go_fact_billing SET other = 1;
ALTER TABLE gold.go_fact_billing ALTER COLUMN other SET NOT NULL;
CALL t.billing('b2', 'u1', 'Subscription Fee', 10, '2024-01-10');
SELECT t.same('SELECT * FROM t.refresh_says()', 'null value in column "other" of relation "go_fact_billing" violates not-null constraint|'
	'Drop the column''s NOT NULL, or give it a default if it is not one of the model.', 'in gold: the error names it');
ALTER TABLE gold.go_fact_billing ALTER COLUMN other SET DEFAULT 2;
SELECT t.same('SELECT * FROM t.refresh_says()', '{}'::text[], 'and a default heals');

------------------------------------------------------------------------------
-- Columns of gold that were dropped and put back
------------------------------------------------------------------------------
CREATE FUNCTION t.try_gold(name text, lost text, type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	answer record;
BEGIN
	BEGIN
		CALL t.drop_views();
		EXECUTE format('ALTER TABLE gold.%I DROP COLUMN %I CASCADE; ALTER TABLE gold.%1$I ADD COLUMN %2$I %3$s', name, lost, type);
		SELECT * INTO answer FROM t.setup_says();
		IF answer.said IS DISTINCT FROM format('23502 column "%s" of relation "%s" contains null values', lost, name)
			OR answer.hint IS DISTINCT FROM 'zoom_gold.refresh(full_refresh => true) writes all rows as they should be; call zoom_gold.setup() again after it.'
		THEN
			wrong := wrong || concat_ws(' ', answer.said, answer.hint, '?');
		END IF;
		wrong := wrong || ARRAY(SELECT concat_ws(' ', s.said, s.hint) FROM t.refresh_says() s);
		wrong := wrong || ARRAY(SELECT concat_ws(' ', s.said, s.hint) FROM t.setup_says() s);
		wrong := wrong || ARRAY(SELECT v.check_name || ': ' || v.details FROM zoom_gold.verify() v WHERE NOT v.passed);
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT w FROM unnest(wrong) w;
END
$$;
SELECT t.same($$SELECT m.table_name, w FROM (SELECT DISTINCT ON (g.table_name) g.* FROM zoom_gold.model_column() g
		WHERE g.table_schema = 'gold' AND g.options = 'NOT NULL' AND g.table_name !~ 'audit|dim_(license|webinar|ticket|billing)' ORDER BY g.table_name, g.position) m,
	LATERAL t.try_gold(m.table_name, m.column_name, m.data_type) w$$, '{}'::text[], 'setup() says that a full refresh fills them');

-- the logs are history, which nothing gives back
CREATE FUNCTION t.try_log(name text, lost text, type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	remedy text;
BEGIN
	BEGIN
		CALL t.drop_views();
		EXECUTE format('ALTER TABLE gold.%I DROP COLUMN %I CASCADE; ALTER TABLE gold.%1$I ADD COLUMN %2$I %3$s', name, lost, type);
		SELECT substring(s.hint FROM 'ALTER TABLE gold.\w+ RENAME TO \w+') INTO remedy FROM t.setup_says() s;
		IF remedy IS NULL THEN
			RETURN QUERY SELECT concat_ws(' ', 'no remedy:', s.said, s.hint) FROM t.setup_says() s;
			RAISE EXCEPTION USING ERRCODE = 'YYYYY';
		END IF;
		EXECUTE remedy;
		wrong := wrong || ARRAY(SELECT concat_ws(' ', s.said, s.hint) FROM t.setup_says() s);
		wrong := wrong || ARRAY(SELECT concat_ws(' ', s.said, s.hint) FROM t.refresh_says() s);
		wrong := wrong || ARRAY(SELECT v.check_name || ': ' || v.details FROM zoom_gold.verify() v WHERE NOT v.passed);
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT w FROM unnest(wrong) w;
END
$$;
CALL t.meeting('backwards', 'u1', '2024-01-12 10:00Z', minutes => -1);
CALL t.refresh();
SELECT t.same($$SELECT m.table_name, m.column_name, w FROM zoom_gold.model_column() m, LATERAL t.try_log(m.table_name, m.column_name, m.data_type) w
	WHERE m.table_schema = 'gold' AND m.options = 'NOT NULL' AND m.table_name ~ 'audit'$$, '{}'::text[], 'setup() says how to begin a log anew, and that heals');

------------------------------------------------------------------------------
-- A unique constraint that is not the model's
------------------------------------------------------------------------------
ALTER TABLE gold.go_fact_webinar_usage ADD CONSTRAINT own_key UNIQUE (registrants);
CALL t.webinar('w2', 'u1', '2024-01-16 10:00Z', '2024-01-16 11:00Z');
SELECT t.same('SELECT * FROM t.refresh_says()', 'duplicate key value violates unique constraint "own_key"|'
	'The constraint or index is not one of the model, by which there may be such rows: drop it.', 'is told to be dropped');
ALTER TABLE gold.go_fact_webinar_usage DROP CONSTRAINT own_key;
SELECT t.same('SELECT * FROM t.refresh_says()', '{}'::text[], 'which heals');
SELECT t.healthy('all is right');

------------------------------------------------------------------------------
-- Columns that stand elsewhere than in the model
------------------------------------------------------------------------------
DO $$
DECLARE
	moved record;
BEGIN
	CALL t.drop_views();
	FOR moved IN SELECT m.table_name, m.column_name, m.data_type FROM zoom_gold.state_model() m WHERE m.position = 1 AND m.table_name NOT IN ('settings', 'quality_rule') LOOP
		EXECUTE format('ALTER TABLE gold_state.%1$I RENAME %2$I TO old; ALTER TABLE gold_state.%1$I ADD %2$I %3$s; UPDATE gold_state.%1$I SET %2$I = old; ALTER TABLE gold_state.%1$I DROP old CASCADE',
			moved.table_name, moved.column_name, moved.data_type);
	END LOOP;
END
$$;
CALL t.setup();
CALL t.change_user('u1', '2024-03-20Z', plan => 'Pro'); CALL t.ticket_status('t1', 'Open', '2024-03-20Z'); CALL t.meeting('m3', 'u1', '2024-03-20 10:00Z');
SELECT t.same('SELECT process_name FROM zoom_gold.refresh() WHERE status = ''Failure''', '{}'::text[], 'the first column of each table of the state stands last');
CALL t.clock('2024-06-01 00:00Z');
SELECT t.same('SELECT process_name FROM zoom_gold.refresh() WHERE status = ''Failure''', '{}'::text[], 'also where it is time to compare');
CALL t.refresh(true);
SELECT t.healthy('all is right');
ALTER TABLE gold_state.quality_rule DROP error_type, DROP severity;
SELECT t.same('SELECT * FROM t.setup_says()', '{}'::text[], 'columns of the built-in rules get back what they said');
CALL t.refresh(true);
SELECT t.healthy('all is right');
SELECT * FROM finish();
