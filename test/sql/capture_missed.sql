\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A statement on silver that would succeed without us succeeds, whatever is
-- wrong with silver, gold_state or a type; once that is mended the next refresh
-- has what capture missed.
SET client_min_messages = error;
CALL t.setup();
CREATE FUNCTION t.failures() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT process_name || ': ' || (details ->> 'error') FROM zoom_gold.refresh() WHERE status = 'Failure' AND process_name <> 'refresh'
$$;
CREATE TABLE t.written (n integer);
INSERT INTO t.written VALUES (0);
-- rows in all relations, rows that go, rows that change
CREATE PROCEDURE t.write_silver() LANGUAGE plpgsql AS $$
DECLARE
	i integer;
BEGIN
	UPDATE t.written SET n = n + 1 RETURNING n INTO i;
	INSERT INTO silver.si_users (user_id, user_name, load_timestamp) SELECT 'u' || i || '-' || k, 'User ' || i || '-' || k, '2024-01-01Z' FROM generate_series(1, 30) k;
	DELETE FROM silver.si_users WHERE user_id = 'u' || i - 1 || '-1';
	UPDATE silver.si_users SET user_name = user_name || '.', update_timestamp = '2024-01-02Z' WHERE user_id = 'u' || i - 1 || '-2';
	INSERT INTO silver.si_meetings (meeting_id, host_id, start_time, duration_minutes, load_timestamp)
	SELECT 'm' || i || '-' || k, 'u' || i || '-2', '2024-01-05Z', 10, '2024-01-05Z' FROM generate_series(1, 30) k;
	DELETE FROM silver.si_meetings WHERE meeting_id = 'm' || i - 1 || '-1';
	UPDATE silver.si_meetings SET start_time = '2024-01-08Z' WHERE meeting_id = 'm' || i - 1 || '-2';
	INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date, load_timestamp)
	SELECT 't' || i || '-' || k, 'u' || i || '-2', 'Bug', 'Open', '2024-01-05', '2024-01-05Z' FROM generate_series(1, 30) k;
	DELETE FROM silver.si_support_tickets WHERE ticket_id = 't' || i - 1 || '-1';
	UPDATE silver.si_support_tickets SET resolution_status = 'Closed', update_timestamp = '2024-01-09Z' WHERE ticket_id = 't' || i - 1 || '-2';
END
$$;
-- Something is done, silver is written, it is undone: a row for what went wrong.
CREATE FUNCTION t.missed(does text, undoes text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE does;
	BEGIN
		CALL t.write_silver();
	EXCEPTION WHEN OTHERS THEN
		RETURN NEXT 'writing fails: ' || SQLERRM;
	END;
	EXECUTE undoes;
	-- what follows is captured; the refresh must not stop at that
	CALL t.write_silver();
	RETURN QUERY SELECT t.failures();
	RETURN QUERY SELECT 'verify: ' || check_name || ' ' || details FROM zoom_gold.verify() WHERE NOT passed;
	RETURN QUERY SELECT 'gold lacks ' || user_id FROM silver.si_users s
		WHERE NOT EXISTS (SELECT FROM gold.go_dim_user d WHERE d.user_name = s.user_name AND d.is_current);
END
$$;
CALL t.clock('2024-06-30 12:00Z');
CALL t.write_silver();
CALL t.refresh();
CREATE TABLE t.damage (n integer GENERATED ALWAYS AS IDENTITY, does text, undoes text);
INSERT INTO t.damage (does, undoes) VALUES
	('ALTER TABLE silver.si_users RENAME company TO firm', 'ALTER TABLE silver.si_users RENAME firm TO company'),
	('ALTER TABLE silver.si_users ALTER update_timestamp TYPE text', 'ALTER TABLE silver.si_users ALTER update_timestamp TYPE timestamptz USING update_timestamp::timestamptz'),
	('ALTER TABLE gold_state.user_change RENAME TO away', 'ALTER TABLE gold_state.away RENAME TO user_change'),
	('ALTER TABLE gold_state.slice_change RENAME TO away', 'ALTER TABLE gold_state.away RENAME TO slice_change'),
	('ALTER TABLE gold_state.user_change RENAME email TO away', 'ALTER TABLE gold_state.user_change RENAME away TO email'),
	('ALTER TABLE gold_state.slice_change RENAME keys TO away', 'ALTER TABLE gold_state.slice_change RENAME away TO keys'),
	('ALTER TABLE gold_state.ticket_change ALTER seq TYPE numeric', 'ALTER TABLE gold_state.ticket_change ALTER seq TYPE bigint'),
	('ALTER TABLE gold_state.ticket_change DROP resolution_status', 'SELECT FROM zoom_gold.setup()'),
	('DROP TABLE gold_state.ticket_change', 'SELECT FROM zoom_gold.setup()'),
	('DROP TABLE gold_state.slice_change, gold_state.user_change', 'SELECT FROM zoom_gold.setup()'),
	('DROP TABLE gold_state.user_change, gold_state.dirty', 'SELECT FROM zoom_gold.setup()'),
	('DROP SEQUENCE gold_state.change_seq, gold_state.run_seq', 'SELECT FROM zoom_gold.setup()'),
	('ALTER SCHEMA gold_state RENAME TO elsewhere', 'ALTER SCHEMA elsewhere RENAME TO gold_state'),
	('CREATE VIEW t.user_change AS SELECT * FROM gold_state.user_change; ALTER TABLE gold_state.user_change SET SCHEMA t_away; CREATE VIEW gold_state.user_change AS SELECT 1 AS one',
	 'DROP VIEW gold_state.user_change, t.user_change; ALTER TABLE t_away.user_change SET SCHEMA gold_state'),
	('ALTER TABLE gold_state.user_change ADD own text DEFAULT ''x'' NOT NULL', 'ALTER TABLE gold_state.user_change ALTER COLUMN own DROP NOT NULL'),
	('ALTER TABLE gold_state.ticket_change ALTER ticket_type SET NOT NULL', 'ALTER TABLE gold_state.ticket_change ALTER ticket_type DROP NOT NULL'),
	('ALTER TABLE gold_state.slice_change ADD own text DEFAULT ''x'' NOT NULL', 'ALTER TABLE gold_state.slice_change ALTER COLUMN own DROP NOT NULL'),
	('CREATE UNIQUE INDEX own_unique ON gold_state.user_change (op)', 'DROP INDEX gold_state.own_unique'),
	('CREATE UNIQUE INDEX own_unique ON gold_state.slice_change (relation)', 'DROP INDEX gold_state.own_unique'),
	('ALTER TABLE silver.si_users ADD mood t.mood DEFAULT ''fine''', 'ALTER TABLE silver.si_users DROP mood');
CREATE SCHEMA t_away;
-- a type whose output fails
CREATE TYPE t.mood;
CREATE FUNCTION t.mood_in(cstring) RETURNS t.mood LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION t.mood_out(t.mood) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4_avg_combine';
CREATE TYPE t.mood (INPUT = t.mood_in, OUTPUT = t.mood_out, LIKE = text);
SELECT format('SELECT t.same(%L, NULL::text[], %L)', format('SELECT t.missed(%L, %L)', does, undoes), left(does, 70)) FROM t.damage ORDER BY n
\gexec

-- what cannot be written when the transaction ends, nor before something looks

DROP SEQUENCE gold_state.change_seq;
BEGIN;
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('s1', 'Outer', '2024-01-01Z');
SAVEPOINT s;
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('s2', 'Inner', '2024-01-01Z');
SELECT count(*) FROM gold_state.user_change \g /dev/null
ROLLBACK TO s;
COMMIT;
SELECT t.same('SELECT user_id FROM silver.si_users WHERE user_id LIKE ''s_''', 's1', 'the transaction commits');
SELECT t.same('SELECT consumer FROM gold_state.dirty', 'capture si_users', 'and is marked');
SELECT FROM zoom_gold.setup() \g /dev/null
CALL t.refresh();
SELECT t.healthy('what it did is there');

-- what a writer is told

ALTER TABLE silver.si_billing_events RENAME event_date TO day;
SET client_min_messages = warning;
INSERT INTO silver.si_billing_events (event_id, load_timestamp) VALUES ('b1', '2024-01-01Z');
SET client_min_messages = error;
ALTER TABLE silver.si_billing_events RENAME day TO event_date;
SELECT t.same('SELECT consumer FROM gold_state.dirty', 'capture si_billing_events', 'the relation is marked');
SELECT t.same('SELECT details FROM zoom_gold.verify() WHERE check_name = ''pending_changes''',
	'left out: capture si_billing_events all days; si_billing_events all days', 'verify() leaves it out');
CALL t.refresh();
SELECT t.same('SELECT consumer FROM gold_state.dirty', NULL::text[], 'until the refresh has compared it');
SELECT t.same('SELECT e FROM t.errors() AS e WHERE e LIKE ''si_billing%''', '{si_billing_events b1 event_type_missing error, si_billing_events b1 amount_missing error, si_billing_events b1 event_date_missing error}'::text[], 'its row is read');

-- a writer who has no rights on gold_state marks it as well

CREATE ROLE zoom_gold_test_writer;
GRANT USAGE ON SCHEMA silver TO zoom_gold_test_writer;
GRANT ALL ON ALL TABLES IN SCHEMA silver TO zoom_gold_test_writer;
DROP TABLE gold_state.user_change;
SET ROLE zoom_gold_test_writer;
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('w1', 'Writer', '2024-01-01Z');
RESET ROLE;
DROP OWNED BY zoom_gold_test_writer;
DROP ROLE zoom_gold_test_writer;
SELECT t.same('SELECT consumer FROM gold_state.dirty', 'capture si_users', 'a writer without rights marks it');

-- what was there before us is as it was

CREATE TABLE t.own (id integer GENERATED ALWAYS AS IDENTITY);
INSERT INTO t.own DEFAULT VALUES;
SELECT FROM zoom_gold.setup() \g /dev/null
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('w2', 'Writer', '2024-01-01Z');
SELECT lastval() AS last \gset
SELECT is(:last, 1, 'lastval() is that of the writer''s own table, not ours');

-- nothing is left of gold_state

DROP SCHEMA gold_state CASCADE;
SELECT lives_ok($$DELETE FROM silver.si_users WHERE user_id = 'u1-1'$$, 'without gold_state silver is written');
SELECT lives_ok($$TRUNCATE silver.si_meetings, silver.si_users$$, 'and emptied');
SELECT lives_ok('SELECT * FROM zoom_gold.teardown()', 'teardown() stops capture');
SELECT * FROM finish();
