\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What capture keeps of users and tickets: every row, as it went and came.
CALL t.setup();

-- number, transaction (the first number of the same), place, op, key, name,
-- company, other columns; the numbers from 1
CREATE VIEW t.changes AS
SELECT dense_rank() OVER (ORDER BY seq) AS number,
	   (SELECT count(DISTINCT o.seq) FROM gold_state.user_change o WHERE o.seq <= c.tx) AS tx,
	   n, op, user_id, user_name, company, extra
FROM gold_state.user_change c;
CREATE PROCEDURE t.forget() LANGUAGE sql AS $$
	DELETE FROM gold_state.user_change;
	DELETE FROM gold_state.ticket_change;
$$;

-- INSERT, UPDATE, DELETE

INSERT INTO silver.si_users VALUES
	(' u1 ', 'Ana', 'ANA@x.example', NULL, 'pro', '2024-01-01Z', NULL, 'ZOOM'),
	('u2', 'Bo', NULL, 'Acme', NULL, '2024-01-01Z', '2024-01-02Z', NULL),
	(NULL, NULL, NULL, NULL, NULL, '2024-01-01Z', NULL, NULL);
UPDATE silver.si_users SET company = 'Beta' WHERE user_id IS NOT NULL;
DELETE FROM silver.si_users WHERE user_id IS NULL;
SELECT t.same('TABLE t.changes', '{
	1|1|1|I| u1 |Ana|-|-, 1|1|2|I|u2|Bo|Acme|-, 1|1|3|I|-|-|-|-,
	2|2|1|D| u1 |Ana|-|-, 2|2|2|D|u2|Bo|Acme|-, 2|2|3|I| u1 |Ana|Beta|-, 2|2|4|I|u2|Bo|Beta|-,
	3|3|1|D|-|-|-|-}'::text[], 'rows are kept raw, old before new');
SELECT t.same($$
	SELECT captured_at, email, plan_type, load_timestamp, update_timestamp, source_system
	FROM gold_state.user_change WHERE op = 'I' AND company IS DISTINCT FROM 'Beta'$$, '{
	2024-06-30 12:00|ANA@x.example|pro|2024-01-01 00:00|-|ZOOM,
	2024-06-30 12:00|-|-|2024-01-01 00:00|2024-01-02 00:00|-,
	2024-06-30 12:00|-|-|2024-01-01 00:00|-|-}'::text[], 'with all columns and the instant of the clock');
CALL t.forget();

UPDATE silver.si_users SET company = 'x' WHERE user_id = 'nobody';
DELETE FROM silver.si_users WHERE false;
INSERT INTO silver.si_users SELECT * FROM silver.si_users WHERE false;
SELECT t.same('TABLE t.changes', '{}'::text[], 'a statement that touches no row leaves nothing');

-- transactions

BEGIN;
DELETE FROM silver.si_users WHERE user_id = 'u2';
SAVEPOINT s;
INSERT INTO silver.si_users VALUES ('u3', 'Cy', NULL, NULL, NULL, '2024-01-01Z');
ROLLBACK TO s;
INSERT INTO silver.si_users VALUES ('u4', 'Di', NULL, NULL, NULL, '2024-01-01Z');
SAVEPOINT s;
INSERT INTO silver.si_users VALUES ('u5', 'Ed', NULL, NULL, NULL, '2024-01-01Z');
RELEASE s;
COMMIT;
BEGIN;
INSERT INTO silver.si_users VALUES ('u6', 'Fay', NULL, NULL, NULL, '2024-01-01Z');
ROLLBACK;
INSERT INTO silver.si_users VALUES ('u7', 'Gil', NULL, NULL, NULL, '2024-01-01Z');
SELECT t.same('TABLE t.changes', '{1|1|1|D|u2|Bo|Beta|-, 1|1|2|I|u4|Di|-|-, 1|1|3|I|u5|Ed|-|-, 2|2|1|I|u7|Gil|-|-}'::text[],
	'what is rolled back leaves nothing; a transaction keeps one number');
CALL t.forget();

BEGIN;
SAVEPOINT s;
DELETE FROM silver.si_users WHERE user_id = 'u4';
ROLLBACK TO s;
DELETE FROM silver.si_users WHERE user_id = 'u4';
DELETE FROM silver.si_users WHERE user_id = 'u5';
COMMIT;
DELETE FROM silver.si_users WHERE user_id = 'u7';
SELECT t.same('SELECT count(DISTINCT tx), min(op), max(op) FROM gold_state.user_change', '2|D|D',
	'also when it drew the number in a savepoint that was rolled back');
CALL t.forget();

-- the statements that are several at once

CREATE UNIQUE INDEX one_row_per_user ON silver.si_users (user_id);
INSERT INTO silver.si_users VALUES ('u2', 'Bo', NULL, NULL, NULL, '2024-01-01Z'), ('u3', 'Cy', NULL, NULL, NULL, '2024-01-01Z')
	ON CONFLICT (user_id) DO NOTHING;
CALL t.forget();
INSERT INTO silver.si_users VALUES ('u2', 'Bob', NULL, NULL, NULL, '2024-01-01Z'), ('u8', 'Hal', NULL, NULL, NULL, '2024-01-01Z')
	ON CONFLICT (user_id) DO UPDATE SET user_name = excluded.user_name;
SELECT t.same('SELECT tx, n, op, user_id, user_name FROM t.changes', '{1|1|D|u2|Bo, 1|2|I|u2|Bob, 1|3|I|u8|Hal}'::text[],
	'INSERT ON CONFLICT DO UPDATE');
CALL t.forget();
INSERT INTO silver.si_users VALUES ('u2', 'Zoe', NULL, NULL, NULL, '2024-01-01Z') ON CONFLICT DO NOTHING;
SELECT t.same('TABLE t.changes', '{}'::text[], 'INSERT ON CONFLICT DO NOTHING');

MERGE INTO silver.si_users s USING (VALUES ('u2'), ('u3'), ('u9')) AS new (id) ON s.user_id = new.id
	WHEN MATCHED AND id = 'u2' THEN UPDATE SET company = 'Gamma'
	WHEN MATCHED THEN DELETE
	WHEN NOT MATCHED THEN INSERT (user_id, user_name, load_timestamp) VALUES (id, 'Ike', '2024-01-01Z');
SELECT t.same('SELECT tx, n, op, user_id, user_name, company FROM t.changes',
	'{1|1|D|u3|Cy|-, 1|2|D|u2|Bob|-, 1|3|I|u2|Bob|Gamma, 1|4|I|u9|Ike|-}'::text[], 'MERGE');
CALL t.forget();

WITH gone AS (DELETE FROM silver.si_users WHERE user_id = 'u9' RETURNING *)
INSERT INTO silver.si_users SELECT 'u10', user_name, email, company, plan_type, load_timestamp FROM gone;
SELECT t.same('SELECT op, user_id, user_name FROM t.changes', '{D|u9|Ike, I|u10|Ike}'::text[], 'a query that writes twice');
CALL t.forget();

SET session_replication_role = replica;
COPY silver.si_users (user_id, user_name, load_timestamp) FROM stdin;
u11	Jo	2024-01-01 00:00+00
u12	Kai	2024-01-01 00:00+00
\.
RESET session_replication_role;
SELECT t.same('SELECT n, op, user_id, user_name FROM t.changes', '{1|I|u11|Jo, 2|I|u12|Kai}'::text[], 'COPY, also of a replica');
CALL t.forget();

TRUNCATE silver.si_users;
SELECT t.same('SELECT seq = tx AS one, n, op, captured_at, user_id, load_timestamp, extra FROM gold_state.user_change',
	'true|1|T|2024-06-30 12:00|-|-|-', 'TRUNCATE');
CALL t.forget();

-- tickets are kept alike

CALL t.ticket('t1', 'u1', 'Audio', 'open', '2024-03-01');
UPDATE silver.si_support_tickets SET resolution_status = 'Closed';
TRUNCATE silver.si_support_tickets;
SELECT t.same('SELECT n, op, ticket_id, user_id, ticket_type, resolution_status, open_date, extra FROM gold_state.ticket_change', '{
	1|I|t1|u1|Audio|open|2024-03-01|-, 1|D|t1|u1|Audio|open|2024-03-01|-, 2|I|t1|u1|Audio|Closed|2024-03-01|-,
	1|T|-|-|-|-|-|-}'::text[], 'every row of tickets is kept');
CALL t.forget();

-- columns of the user's own, in the same words whatever the session's settings

ALTER TABLE silver.si_users ADD COLUMN region text, ADD COLUMN "Last ""seen""" timestamptz,
	ADD COLUMN score float8, ADD COLUMN trial interval, ADD COLUMN photo bytea, ADD COLUMN gone integer,
	ADD COLUMN tags date[], ADD COLUMN doubled float8 GENERATED ALWAYS AS (score * 2) STORED;
INSERT INTO silver.si_users (user_id, load_timestamp) VALUES ('u1', '2024-01-01Z');
ALTER TABLE silver.si_users DROP COLUMN gone;
SET extra_float_digits = -10;
SET bytea_output = 'escape';
INSERT INTO silver.si_users (user_id, load_timestamp, region, "Last ""seen""", score, trial, photo, tags)
VALUES ('u2', '2024-01-01Z', 'EU', '2024-01-01Z', 0.1234567890123, '1 day 02:00', '\x00ff', '{2024-12-31}');
SELECT t.same('SELECT user_id, extra FROM t.changes', ARRAY[
	'u1|{"gone": null, "tags": null, "photo": null, "score": null, "trial": null, "region": null, "doubled": null, "Last \"seen\"": null}',
	'u2|{"tags": "{2024-12-31}", "photo": "\\x00ff", "score": 0.1234567890123, "trial": "1 day 02:00:00", "region": "EU", "doubled": 0.2469135780246, "Last \"seen\"": "2024-01-01T00:00:00+00:00"}'],
	'other columns are kept as they are written in UTC and ISO');
SELECT is(current_setting('TimeZone') || current_setting('DateStyle') || current_setting('bytea_output'),
	'Pacific/KiritimatiGerman, DMYescape', 'the session keeps its settings');
CALL t.forget();
RESET extra_float_digits;
RESET bytea_output;

-- large

SET work_mem = '64kB';
INSERT INTO silver.si_users (user_id, user_name, load_timestamp)
SELECT 'u' || i, (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 400) AS j), '2024-01-01Z'
FROM generate_series(101, 200) AS i;
UPDATE silver.si_users SET company = 'Acme' WHERE length(user_name) > 10000;
INSERT INTO silver.si_users (user_id, load_timestamp) SELECT 'v' || i, '2024-01-01Z' FROM generate_series(1, 25000) AS i;
SELECT t.same($$
	SELECT op, company, length(user_name), count(*), count(DISTINCT user_id), count(DISTINCT (seq, n)), count(DISTINCT tx)
	FROM gold_state.user_change GROUP BY op, company, length(user_name)$$, '{
	I|-|12800|100|100|100|1, D|-|12800|100|100|100|1, I|Acme|12800|100|100|100|1, I|-|-|25000|25000|25000|1}'::text[],
	'values out of line, rows that spill to disk, bulk loads');
SELECT t.same($$
	SELECT count(*) FROM gold_state.user_change c JOIN silver.si_users s USING (user_id)
	WHERE c.user_name IS DISTINCT FROM s.user_name OR c.op = 'I' AND c.company <> s.company$$, '0', 'come through whole');

-- columns of one's own beside what is kept, of any name, silver's too
ALTER TABLE gold_state.user_change ADD own text, ADD level point DEFAULT '(1,2)';
ALTER TABLE gold_state.ticket_change ADD own integer;
ALTER TABLE silver.si_users ADD level integer;
CALL t.refresh();
BEGIN;
CALL t.user('w1', 'Passing', '2024-01-02Z');
CALL t.ticket('w1', 'w1', 'Kind', 'Open', '2024-01-02', '2024-01-02Z');
COMMIT;
DELETE FROM silver.si_users WHERE user_id = 'w1';
SELECT t.same('SELECT op, user_name FROM gold_state.user_change', '{I|Passing,D|Passing}'::text[], 'columns of one''s own hinder no capture');
SELECT t.same('SELECT ticket_id FROM gold_state.ticket_change', 'w1', 'of tickets neither');
SELECT t.same('SELECT consumer FROM gold_state.dirty', '{}'::text[], 'nothing was missed');
SELECT * FROM finish();
