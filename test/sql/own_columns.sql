\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Columns of the user's own may have any name, any type and be any number;
-- columns may be dropped and change their type.

-- columns dropped before setup() and in every position
CREATE SCHEMA silver;
DO $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'silver' LOOP
		EXECUTE format('CREATE TABLE silver.%I (d0 int, %s)', name,
			(SELECT string_agg(format('%s %s, d%s int', column_name, data_type, position), ', ' ORDER BY position)
			 FROM zoom_gold.silver_contract() WHERE table_name = name));
		EXECUTE (SELECT string_agg(format('ALTER TABLE silver.%I DROP COLUMN %I', name, a.attname), '; ')
			FROM pg_attribute a WHERE a.attrelid = format('silver.%I', name)::regclass AND a.attname ~ '^d\d');
	END LOOP;
END
$$;
CALL t.setup();
CALL t.user('u1', 'Ana', '2024-01-01Z');
CALL t.meeting('m1', 'u1', '2024-02-10 10:00Z');
CALL t.participant('p1', 'm1', 'u1', '2024-02-10 10:00Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-02-10');
CALL t.webinar('w1', 'u1', '2024-02-10 10:00Z', '2024-02-10 11:00Z');
CALL t.ticket('t1', 'u1', 'Bug', 'Open', '2024-02-10');
CALL t.license('l1', 'Pro', 'u1', '2024-02-10');
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-02-10');
CALL t.refresh_at('2024-02-11Z');
SELECT t.healthy('columns dropped before setup() in every position of silver');
CREATE TEMP TABLE dropped AS
	SELECT format('ALTER TABLE %s DROP COLUMN zoom_d', c.oid::regclass) AS command, format('ALTER TABLE %s ADD COLUMN zoom_d int', c.oid::regclass) AS before
	FROM pg_class c WHERE relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace, 'silver'::regnamespace) AND relkind = 'r';
DO $$
DECLARE
	d record;
BEGIN
	FOR d IN SELECT * FROM dropped LOOP
		EXECUTE d.before;
		EXECUTE d.command;
	END LOOP;
END
$$;
CALL t.change_user('u1', '2024-02-11Z', plan => 'Pro');
CALL t.ticket_status('t1', 'Resolved', '2024-02-11Z');
CALL t.meeting('m2', 'u1', '2024-02-11 10:00Z');
CALL t.refresh_at('2024-02-12Z');
SELECT t.healthy('columns dropped from every table of silver, gold and gold_state');
SELECT t.same('SELECT plan_type FROM gold.go_dim_user', ARRAY['Free', 'Pro'], 'and what came then is there');
CALL t.refresh(true);
SELECT t.healthy('a refresh of all as well');

-- names: those that the engine uses for itself, and whatever else is legal
CREATE TEMP TABLE odd (name text);
INSERT INTO odd SELECT column_name FROM zoom_gold.state_model() WHERE table_name IN ('user_event', 'user_change', 'user_identity', 'user_version')
	AND column_name NOT IN (SELECT column_name FROM zoom_gold.silver_contract() UNION SELECT column_name FROM zoom_gold.gold_model())
	UNION SELECT unnest(ARRAY['s', 'e', 'r', 't', 'raw', 'key', 'rules', 'broken', 'zoom_gold_forgotten', 'own', 'own_rules', 'face',
		'version_at', 'load_at', 'place', 'Select', 'a"b', 'it''s', '$1', '%s', 'é 😀', ' ', repeat('x', 63), 'value', 'valid', 'row_hash']);
DO $$
DECLARE
	o record;
	relation regclass;
BEGIN
	FOR o IN SELECT name FROM odd LOOP
		FOREACH relation IN ARRAY ARRAY(SELECT c.oid FROM pg_class c WHERE relnamespace = 'silver'::regnamespace AND relkind = 'r') || 'gold.go_dim_user'::regclass LOOP
			EXECUTE format('ALTER TABLE %s ADD COLUMN %I text', relation, o.name);
		END LOOP;
		INSERT INTO gold_state.quality_rule (rule_name, relation, condition) SELECT 'odd_' || md5(o.name), r, format('%I = ''bad''', o.name)
			FROM unnest('{si_users,si_meetings,si_participants,si_feature_usage,si_webinars,si_support_tickets,si_licenses,si_billing_events}'::text[]) r;
	END LOOP;
END
$$;
CALL t.clock('2024-02-13Z');
DO $$
BEGIN
	EXECUTE (SELECT string_agg(format('UPDATE silver.%I SET %s, update_timestamp = ''2024-02-13Z''', c.relname,
			(SELECT string_agg(format('%I = ''bad''', name), ', ') FROM odd)), ';')
		FROM pg_class c WHERE relnamespace = 'silver'::regnamespace AND relkind = 'r');
END
$$;
CALL t.refresh_at('2024-02-13Z');
SELECT t.healthy('columns of any name, tracked and with rules');
SELECT t.same($$SELECT "a""b" AS a, n, seq, "Select" FROM gold.go_dim_user WHERE is_current$$, 'bad|bad|bad|bad', 'their values are taken');
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE process_audit_info::jsonb ->> 'rule' LIKE 'odd\_%' AND status = 'Open'$$,
	(SELECT (count(*) * 9)::text FROM odd), 'rules see them in every relation');
DELETE FROM gold_state.quality_rule WHERE rule_name LIKE 'odd\_%';
CALL t.refresh_at('2024-02-14Z');
SELECT t.healthy('rules that are gone');

-- more columns than a function has arguments, tracked ones as well
DO $$
BEGIN
	EXECUTE (SELECT 'ALTER TABLE silver.si_users ' || string_agg(format('ADD COLUMN c%s int', i), ', ') FROM generate_series(1, 600) i);
	EXECUTE (SELECT 'ALTER TABLE gold.go_dim_user ' || string_agg(format('ADD COLUMN c%s int', i), ', ') FROM generate_series(1, 110) i);
END
$$;
CALL t.refresh_at('2024-02-15Z');
UPDATE silver.si_users SET c1 = 1, c70 = 70, c110 = 110, c600 = 600, update_timestamp = '2024-02-15Z';
CALL t.refresh_at('2024-02-15Z');
CALL t.refresh(true);
SELECT t.same($$SELECT c1, c2, c70, c110, valid_from FROM gold.go_dim_user WHERE is_current$$, '1|-|70|110|2024-02-11 00:00', 'there may be as many as a table holds');
SELECT t.healthy('with 600 columns of the user''s own');

DO $$
BEGIN
	EXECUTE (SELECT 'ALTER TABLE silver.si_users ' || string_agg(format('DROP COLUMN c%s', i), ', ') FROM generate_series(1, 600) i);
	EXECUTE (SELECT 'ALTER TABLE gold.go_dim_user ' || string_agg(format('DROP COLUMN c%s', i), ', ') FROM generate_series(1, 110) i);
END
$$;

-- types: what is kept comes back as it was
CREATE TYPE t.pair AS (a int, b text);
CREATE TYPE t.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN t.positive AS int CHECK (VALUE > 0);
CREATE TEMP TABLE typed (name text, type text, value text);
INSERT INTO typed VALUES ('t_json', 'json', $$'{"a": "x\u0000y",  "b": 1e999999}'$$), ('t_lone', 'json', $$'["\ud800", "\udc00\ud800"]'$$),
	('t_jsonb', 'jsonb', $$'{"a": [1, null]}'$$), ('t_scalar', 'jsonb', $$'"text"'$$), ('t_null', 'jsonb', $$'null'$$),
	('t_array', 'text[]', $$'{a,"b,c",NULL,"\"{"}'$$), ('t_jsons', 'json[]', $$ARRAY['"\u0000"']::json[]$$), ('t_pair', 't.pair', $$'(1,"x, y")'$$),
	('t_mood', 't.mood', $$'ok'$$), ('t_positive', 't.positive', '7'), ('t_nan', 'numeric', $$'NaN'$$), ('t_inf', 'float8', $$'-Infinity'$$),
	('t_third', 'float8', '1::float8 / 3'), ('t_short', 'varchar(3)', $$'abc'$$), ('t_char', 'char(4)', $$'ab'$$), ('t_scaled', 'numeric(6,1)', '99999.9'),
	('t_bytes', 'bytea', $$'\x00ff'$$), ('t_when', 'timestamptz', $$'2024-02-15 12:00:00.123456+05'$$), ('t_ever', 'timestamp', $$'infinity'$$),
	('t_bc', 'date', $$'4713-01-01 BC'$$), ('t_span', 'interval', $$'1 mon -2 days 03:04:05.6'$$), ('t_range', 'tstzrange', $$'[2024-01-01 00:00+00,)'$$),
	('t_flag', 'boolean', 'true'), ('t_uuid', 'uuid', $$'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'$$), ('t_point', 'point', $$'(1.5,-2)'$$),
	('t_large', 'text', $$repeat('x', 1000000)$$);
-- where there is XML
DO $$
BEGIN
	EXECUTE 'SELECT ''<a>1</a>''::xml';
	INSERT INTO typed VALUES ('t_xml', 'xml', $x$'<a>1</a>'$x$);
EXCEPTION WHEN feature_not_supported THEN
	NULL;
END
$$;
DO $$
BEGIN
	EXECUTE (SELECT string_agg(format('ALTER TABLE silver.si_users ADD COLUMN %1$I %2$s; ALTER TABLE gold.go_dim_user ADD COLUMN %1$I %2$s', name, type), ';') FROM typed);
END
$$;
CALL t.refresh_at('2024-02-16Z');
DO $$
BEGIN
	EXECUTE (SELECT format('UPDATE silver.si_users SET %s, update_timestamp = ''2024-02-16Z''', string_agg(format('%I = %s', name, value), ', ')) FROM typed);
END
$$;
CALL t.refresh_at('2024-02-16Z');
CREATE FUNCTION t.differing() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	v record;
BEGIN
	FOR v IN SELECT name FROM typed LOOP
		RETURN QUERY EXECUTE format('SELECT %1$L::text WHERE (SELECT %1$I::text FROM gold.go_dim_user WHERE is_current) IS DISTINCT FROM (SELECT %1$I::text FROM silver.si_users)', v.name);
	END LOOP;
END
$$;
SELECT t.same('SELECT t.differing()', NULL::text[], 'values of every type arrive as they are, json that jsonb refuses too');
SELECT t.healthy('whatever their types');
CREATE TEMP TABLE before AS SELECT t.places();
CALL t.refresh(true);
SELECT t.equal('SELECT t.places()', 'SELECT * FROM before', 'a comparison finds what capture kept');

-- types that change
ALTER TABLE silver.si_users ADD COLUMN level text, ADD COLUMN feeling t.mood, ADD COLUMN gone int;
ALTER TABLE gold.go_dim_user ADD COLUMN level text, ADD COLUMN feeling t.mood;
CALL t.refresh_at('2024-02-17Z');
UPDATE silver.si_users SET level = 'high', feeling = 'sad', update_timestamp = '2024-02-17Z';
CALL t.refresh_at('2024-02-17Z');
UPDATE silver.si_users SET level = '5', feeling = 'ok', update_timestamp = '2024-02-18Z';
CALL t.refresh_at('2024-02-18Z');
SELECT t.same($$SELECT level, feeling, valid_from FROM gold.go_dim_user WHERE valid_to > '2024-02-17Z'$$,
	ARRAY['high|sad|2024-02-11 00:00', '5|ok|2024-02-18 00:00'], 'two versions');
ALTER TABLE silver.si_users ALTER level TYPE integer USING level::integer;
ALTER TABLE gold.go_dim_user ALTER level TYPE integer USING CASE WHEN level ~ '^\d+$' THEN level::integer END;
ALTER TYPE t.mood RENAME VALUE 'sad' TO 'unhappy';
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('level_high', 'si_users', 'level > 3 OR feeling = ''unhappy''');
SET client_min_messages = error;
CALL t.refresh_at('2024-02-19Z');
SELECT t.same($$SELECT level, feeling, valid_from FROM gold.go_dim_user WHERE valid_to > '2024-02-17Z'$$,
	ARRAY['5|ok|2024-02-11 00:00'], 'what does not fit its type any more is unknown');
SELECT t.healthy('with types that changed');
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE process_audit_info::jsonb ->> 'rule' = 'level_high' AND status = 'Open'$$,
	'1', 'rules go on');
UPDATE silver.si_users SET level = 6, update_timestamp = '2024-02-20Z';
DELETE FROM silver.si_users;
CALL t.refresh_at('2024-02-20Z');
CALL t.refresh(true);
SELECT t.healthy('changes and deletions go on');
-- what goes need not look as what is kept of its coming: a column was added with
-- a default, dropped, or shows its values by other words
CREATE TYPE t.grade AS ENUM ('low', 'high');
ALTER TABLE silver.si_users ADD own_grade t.grade DEFAULT 'low';
ALTER TABLE gold.go_dim_user ADD own_grade t.grade;
CALL t.user('g1', 'Gil One'); CALL t.user('g2', 'Gil Two'); CALL t.user('g3', 'Gil Three');
CALL t.user('g3', 'Gil Three', '2024-01-02 09:00Z', company => 'Second row');
CALL t.refresh();
CREATE PROCEDURE t.change_them(round integer) LANGUAGE sql AS $$
	UPDATE silver.si_users SET company = 'Company ' || round, update_timestamp = update_timestamp + interval '30 days' WHERE user_id = 'g1';
	UPDATE silver.si_users SET company = 'Company ' || round, update_timestamp = update_timestamp + interval '30 days' WHERE user_id = 'g3' AND company <> 'Acme';
$$;
ALTER TABLE silver.si_users ADD own_new text DEFAULT 'x';
ALTER TABLE gold.go_dim_user ADD own_new text;
CALL t.change_them(1);
CALL t.refresh_at('2024-06-30 13:00Z');
SELECT t.healthy('a column was added with a default, and a row changed');
ALTER TYPE t.grade RENAME VALUE 'low' TO 'poor';
CALL t.change_them(2);
CALL t.refresh_at('2024-06-30 14:00Z');
SELECT t.healthy('a value was renamed, and a row changed');
ALTER TABLE silver.si_users DROP own_new;
CALL t.change_them(3);
CALL t.refresh_at('2024-06-30 15:00Z');
SELECT t.healthy('a column was dropped, and a row changed');
ALTER TABLE gold.go_dim_user DROP own_new;
ALTER TABLE silver.si_users ADD own_new text DEFAULT 'y';
ALTER TABLE gold.go_dim_user ADD own_new text;
CALL t.clock('2024-06-30 15:30Z');
DELETE FROM silver.si_users WHERE user_id IN ('g1', 'g2') OR company = 'Acme' AND user_id = 'g3';
CALL t.refresh_at('2024-06-30 16:00Z');
SELECT t.healthy('a column was added with a default, and rows deleted');
SELECT t.same($$SELECT user_name, company FROM gold.go_dim_user WHERE is_current AND user_name LIKE 'Gil%'$$, 'Gil Three|Company 3', 'deleted users are closed');
SELECT t.same($$SELECT max(valid_to) FROM gold.go_dim_user WHERE user_name IN ('Gil One', 'Gil Two') GROUP BY user_name$$,
	ARRAY['2024-06-30 15:30', '2024-06-30 15:30'], 'when they were deleted');
CREATE TEMP TABLE kept AS TABLE gold_state.user_event;
CALL t.clock('2024-06-30 16:30Z');
CALL t.refresh(true);
SELECT t.equal('TABLE gold_state.user_event', 'TABLE kept', 'a refresh of all finds that every row that went had come');
-- columns that come and go between two refreshes, and rows that had them
CALL t.user('g8', 'Gil Eight', '2024-06-01 09:00Z');
CALL t.refresh_at('2024-06-30 17:00Z');
ALTER TABLE silver.si_users ADD own_brief text DEFAULT 'x';
ALTER TABLE gold.go_dim_user ADD own_brief text;
UPDATE silver.si_users SET own_brief = NULL WHERE user_id = 'g8';
CALL t.user('g8', 'Gil Ocho', '2024-06-02 09:00Z');
CALL t.user('g9', 'Gil Nine', '2024-06-01 09:00Z');
ALTER TABLE gold.go_dim_user DROP own_brief;
ALTER TABLE silver.si_users DROP own_brief;
CALL t.refresh_at('2024-06-30 18:00Z');
SELECT t.healthy('columns came and went, and rows with them');
CALL t.clock('2024-06-30 18:30Z');
DELETE FROM silver.si_users WHERE user_id IN ('g8', 'g9');
CALL t.refresh_at('2024-06-30 19:00Z');
SELECT t.same($$SELECT user_name, valid_to FROM gold.go_dim_user WHERE user_name IN ('Gil Ocho', 'Gil Nine')$$,
	ARRAY['Gil Nine|2024-06-30 18:30', 'Gil Ocho|2024-06-30 18:30'], 'which are closed when they are deleted');
-- a column that is computed when it is read, where the server has such, and cannot be
DO $$
BEGIN
	EXECUTE 'ALTER TABLE silver.si_users ADD "own Computed" integer'
		|| CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN ' GENERATED ALWAYS AS (1 / (length(user_id) - 3)) VIRTUAL' ELSE '' END;
END
$$;
ALTER TABLE silver.si_users ADD own_stored integer GENERATED ALWAYS AS (length(user_id)) STORED;
ALTER TABLE gold.go_dim_user ADD own_stored integer;
CALL t.user('g10', 'Gil Ten', '2024-06-01 09:00Z');
CALL t.refresh_at('2024-06-30 20:00Z');
SELECT t.same($$SELECT own_stored FROM gold.go_dim_user WHERE user_name = 'Gil Ten'$$, '3', 'a column that cannot be read is in nobody''s way');
SELECT t.healthy('all is right');
-- columns of silver that are called as columns of gold are, and are of other types
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT format('silver.%I', t.table_name) AS relation, g.column_name
			 FROM (SELECT DISTINCT s.table_name FROM zoom_gold.silver_contract() s) AS t
			 CROSS JOIN (SELECT DISTINCT m.column_name FROM zoom_gold.gold_model() m) AS g
			 WHERE NOT EXISTS (SELECT FROM zoom_gold.silver_contract() s WHERE (s.table_name, s.column_name) = (t.table_name, g.column_name)) LOOP
		EXECUTE format('ALTER TABLE %s ADD %I text DEFAULT ''own''', c.relation, c.column_name);
	END LOOP;
END
$$;
CALL t.change_user('g10', '2024-06-10 09:00Z', plan => 'Enterprise');
CALL t.ticket_status('t1', 'Closed', '2024-06-10Z');
CALL t.refresh_at('2024-06-30 21:00Z');
SELECT t.same($$SELECT plan_type, valid_from, is_current FROM gold.go_dim_user WHERE user_name = 'Gil Ten'$$,
	ARRAY['Enterprise|2024-06-10 09:00|true', 'Free|2024-06-01 09:00|false'], 'columns of silver that are called as those of gold');
CALL t.refresh(true);
SELECT t.healthy('tell gold nothing');
RESET client_min_messages;
SELECT * FROM finish();
