\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Changes wait in memory for the end of their transaction.  Nobody may be able to
-- tell, and none may be lost with a savepoint that wrote others' changes down.
CALL t.setup();
CREATE VIEW t.users AS SELECT user_id, op FROM gold_state.user_change;
CREATE VIEW t.slices AS SELECT relation, op, array_to_string(days, ' ') AS days, encode(keys, 'escape') AS keys FROM gold_state.slice_change;
CREATE PROCEDURE t.put(VARIADIC ids text[]) LANGUAGE sql AS $$
	INSERT INTO silver.si_users (user_id, user_name, load_timestamp) SELECT id, id, '2024-01-01Z' FROM unnest(ids) AS id
$$;
CREATE PROCEDURE t.forget() LANGUAGE sql AS 'DELETE FROM gold_state.user_change; DELETE FROM gold_state.slice_change';

-- who looks, within the transaction

BEGIN;
CALL t.put('a');
SELECT t.same('TABLE t.users', 'a|I', 'a query sees what its transaction did before');
CALL t.put('b');
DECLARE before CURSOR FOR TABLE t.users;
CALL t.put('c');
SELECT t.same('TABLE t.users', '{a|I, b|I, c|I}'::text[], 'the next one sees more');
MOVE ALL IN before;
MOVE BACKWARD 3 IN before;
CREATE TABLE t.copied AS TABLE t.users;
FETCH ALL IN before \g /dev/null
SELECT t.same('TABLE t.copied', '{a|I, b|I, c|I}'::text[], 'so does a command');
COMMIT;
SELECT t.same('TABLE t.users', '{a|I, b|I, c|I}'::text[], 'nothing is written twice');
CALL t.forget();

CREATE FUNCTION t.waiting() RETURNS bigint STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM gold_state.user_change); END';
BEGIN;
CALL t.put('a');
SELECT is(t.waiting(), 1::bigint, 'a function sees them, though the query that calls it names no table');
PREPARE look AS SELECT count(*) FROM t.users;
EXECUTE look \g /dev/null
CALL t.put('b');
EXECUTE look \g /dev/null
DELETE FROM gold_state.user_change;
CALL t.put('c');
COMMIT;
SELECT t.same('TABLE t.users', 'c|I', 'what was deleted does not come back');
CALL t.forget();

-- savepoints

BEGIN;
CALL t.put('a');
SAVEPOINT s;
CALL t.put('b');
SELECT t.same('TABLE t.users', '{a|I, b|I}'::text[], 'a savepoint writes what was done before it');
ROLLBACK TO s;
SELECT t.same('TABLE t.users', 'a|I', 'when it is rolled back that is written again');
SAVEPOINT s2;
SAVEPOINT s3;
CALL t.put('c');
SELECT count(*) FROM t.users \g /dev/null
RELEASE s3;
CALL t.put('d');
ROLLBACK TO s2;
CALL t.put('e');
SAVEPOINT s4;
CALL t.put('f');
SAVEPOINT s5;
CALL t.put('g');
SELECT count(*) FROM t.users \g /dev/null
RELEASE s4;
COMMIT;
SELECT t.same('TABLE t.users', '{a|I, e|I, f|I, g|I}'::text[], 'at any depth');
CALL t.forget();

BEGIN;
CALL t.put('a');
DO $$
BEGIN
	CALL t.put('b');
	BEGIN
		CALL t.put('c');
		PERFORM FROM gold_state.user_change;
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero THEN
		CALL t.put('d');
	END;
	FOR i IN 1 .. 3000 LOOP
		BEGIN
			CALL t.put('x' || i);
			IF i % 3 = 0 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
	END LOOP;
END
$$;
COMMIT;
SELECT t.same($$SELECT user_id, op FROM gold_state.user_change WHERE user_id NOT LIKE 'x%'$$, '{a|I, b|I, d|I}'::text[],
	'blocks with exceptions');
SELECT t.same($$
	SELECT count(*), count(DISTINCT user_id), bool_or(substr(user_id, 2)::integer % 3 = 0) FROM gold_state.user_change
	WHERE user_id LIKE 'x%'$$, '2000|2000|false', 'and thousands of them');
SELECT t.same($$
	SELECT count(*) FROM (SELECT user_id, row_number() OVER (ORDER BY seq, n) - 3 AS place FROM gold_state.user_change) AS c
	WHERE user_id LIKE 'x%' AND substr(user_id, 2)::integer <> (place - 1) / 2 * 3 + 1 + (place - 1) % 2$$, '0',
	'in the order in which they were done');
CALL t.forget();

-- many small statements become few rows of days and keys; relations and
-- operations stay apart

-- a session's first statement on a table stands apart
INSERT INTO silver.si_webinars (webinar_id, start_time, load_timestamp) VALUES ('w0', '2024-01-01Z', '2024-01-01Z');
CALL t.forget();
BEGIN;
DO $$
BEGIN
	FOR i IN 1 .. 100 LOOP
		INSERT INTO silver.si_webinars (webinar_id, start_time, load_timestamp) VALUES ('w' || i, timestamptz '2024-01-01Z' + i % 3 * interval '1 day', '2024-01-01Z');
	END LOOP;
END
$$;
CALL t.usage('f1', 'm1', 'Chat', '2024-01-07');
DELETE FROM silver.si_webinars WHERE webinar_id = 'w7';
TRUNCATE silver.si_licenses;
COMMIT;
SELECT t.same('SELECT relation, op, days, length(keys) > 600 AS many FROM t.slices', '{
	si_webinars|I|2024-01-01 2024-01-02 2024-01-03|true, si_webinars|D|2024-01-02|false,
	si_feature_usage|I|2024-01-07|false, si_licenses|T||false}'::text[], 'small statements share a row');
CALL t.forget();

-- more than may wait

BEGIN;
DO $$
BEGIN
	FOR i IN 1 .. 20000 LOOP
		CALL t.put('u' || i);
	END LOOP;
END
$$;
SAVEPOINT s;
INSERT INTO silver.si_users (user_id, load_timestamp) SELECT 'v' || i, '2024-01-01Z' FROM generate_series(1, 20000) AS i;
ROLLBACK TO s;
INSERT INTO silver.si_users (user_id, load_timestamp) SELECT 'w' || i, '2024-01-01Z' FROM generate_series(1, 20000) AS i;
COMMIT;
SELECT t.same('SELECT left(user_id, 1), count(*), count(DISTINCT user_id), count(DISTINCT (seq, n)), count(DISTINCT tx) FROM gold_state.user_change GROUP BY 1',
	'{u|20000|20000|20000|1, w|20000|20000|20000|1}'::text[], 'more than may wait in memory');
CALL t.forget();

-- the ways in which a transaction ends

BEGIN;
CALL t.put('a');
PREPARE TRANSACTION 'zoom_gold_test';
SELECT t.same('TABLE t.users', '{}'::text[], 'a prepared transaction');
COMMIT PREPARED 'zoom_gold_test';
SELECT t.same('TABLE t.users', 'a|I', 'is written when it is committed');
DO $$
BEGIN
	CALL t.put('b');
	COMMIT;
	CALL t.put('c');
	ROLLBACK;
	CALL t.put('d');
END
$$;
SELECT t.same('TABLE t.users', '{a|I, b|I, d|I}'::text[], 'a procedure that commits and rolls back');
CALL t.forget();

CREATE TABLE t.late (id text);
CREATE FUNCTION t.put_late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN CALL t.put(new.id); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t.late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION t.put_late();
INSERT INTO t.late VALUES ('a'), ('b');
SELECT t.same('TABLE t.users', '{a|I, b|I}'::text[], 'deferred triggers');
CALL t.forget();

-- what cannot be written is done all the same, with a mark

TRUNCATE silver.si_users;
CREATE INDEX refusing ON gold_state.user_change ((1 / (user_id <> 'refused')::integer));
CALL t.put('a', 'refused');
SELECT t.same('SELECT user_id FROM silver.si_users', '{a, refused}'::text[], 'a change that cannot be written is made');
SELECT t.same('SELECT consumer FROM gold_state.dirty', 'capture si_users', 'its relation is marked');
DROP INDEX gold_state.refusing;

-- refreshes and commands of the same transaction

CALL t.forget();
TRUNCATE silver.si_users;
CALL t.refresh();
BEGIN;
CALL t.put('a');
CALL t.refresh();
CALL t.put('b');
SAVEPOINT s;
CALL t.refresh();
ROLLBACK TO s;
SELECT t.same('SELECT user_name FROM gold.go_dim_user', 'a', 'a refresh takes up what its transaction did, and loses it with its savepoint');
COMMIT;
SELECT t.same('TABLE t.users', 'b|I', 'which keeps it for the next');
BEGIN;
CALL t.put('c');
SELECT is((SELECT sum(pending_changes) FROM zoom_gold.status), 2::numeric, 'the status counts it');
CALL t.refresh();
SELECT is_empty('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', 'and verify() agrees');
ROLLBACK;
CALL t.refresh();
SELECT t.same('SELECT user_name FROM gold.go_dim_user', '{a, b}'::text[], 'what is rolled back is in no table');
BEGIN;
CALL t.put('d');
SELECT count(*) FROM zoom_gold.teardown() \g /dev/null
CALL t.put('e');
SELECT count(*) FROM zoom_gold.setup() \g /dev/null
CALL t.put('f');
COMMIT;
CALL t.refresh();
SELECT t.same('SELECT user_name FROM gold.go_dim_user', '{a, b, d, e, f}'::text[], 'tables that the transaction makes anew');
BEGIN;
CALL t.put('g');
ALTER TABLE gold_state.user_change RENAME TO elsewhere;
CREATE TABLE gold_state.user_change (LIKE gold_state.elsewhere);
CALL t.put('h');
COMMIT;
SELECT t.same('SELECT 1, user_id FROM gold_state.elsewhere UNION ALL SELECT 2, user_id FROM gold_state.user_change', '{1|g, 2|h}'::text[],
	'a change goes where it would have gone at once');
SELECT * FROM finish();
