\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Who may write to silver, and which triggers capture refuses.  What it cannot
-- capture is tested in capture_missed.sql.
CALL t.setup();

-- a writer who knows nothing of us

CREATE ROLE zoom_gold_test_writer;
GRANT USAGE ON SCHEMA silver TO zoom_gold_test_writer;
GRANT ALL ON ALL TABLES IN SCHEMA silver TO zoom_gold_test_writer;
SET ROLE zoom_gold_test_writer;
INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('u1', 'Ana', '2024-01-01Z');
INSERT INTO silver.si_billing_events (event_id, event_date, load_timestamp) VALUES ('b1', '2024-01-01', '2024-01-01Z');
TRUNCATE silver.si_meetings;
RESET ROLE;
SELECT ok(NOT has_schema_privilege('zoom_gold_test_writer', 'gold_state', 'USAGE'), 'a writer of silver may not look into gold_state');
DROP OWNED BY zoom_gold_test_writer;
DROP ROLE zoom_gold_test_writer;
SELECT t.same($$
	SELECT 'si_users' AS relation, op FROM gold_state.user_change UNION ALL SELECT relation, op FROM gold_state.slice_change$$,
	'{si_users|I, si_billing_events|I, si_meetings|T}'::text[], 'what such a writer writes is captured');

-- the shape of silver changes while a session writes

ALTER TABLE silver.si_users ADD COLUMN region text DEFAULT 'EU';
INSERT INTO silver.si_users (user_id, load_timestamp) VALUES ('u2', '2024-01-01Z');
ALTER TABLE silver.si_users DROP COLUMN email, ADD COLUMN email varchar(50) DEFAULT 'bo@x.example', DROP COLUMN region;
INSERT INTO silver.si_users (user_id, load_timestamp) VALUES ('u3', '2024-01-01Z');
SELECT t.same($$SELECT user_id, email, extra FROM gold_state.user_change WHERE user_id > 'u1'$$,
	ARRAY['u2|-|{"region": "EU"}', 'u3|bo@x.example|-'], 'columns that come and go are seen at once');
INSERT INTO silver.si_users (user_id, company, load_timestamp) VALUES ('u4', 'Acme', '2024-01-01Z');
ALTER TABLE silver.si_users ALTER COLUMN company TYPE integer USING 7;
INSERT INTO silver.si_users (user_id, company, load_timestamp) VALUES ('u5', 8, '2024-01-01Z');
SELECT t.same($$SELECT user_id, company FROM gold_state.user_change WHERE user_id > 'u3'$$, '{u4|Acme, u5|8}'::text[],
	'a column of the contract is read whatever its type');

-- an index that someone put on a pending table

DELETE FROM gold_state.user_change;
CREATE INDEX ON gold_state.user_change (user_id);
INSERT INTO silver.si_users (user_id, load_timestamp) SELECT 'i' || i, '2024-01-01Z' FROM generate_series(1, 3000) AS i;
SET enable_seqscan = off;
SELECT t.same($$SELECT count(*) FROM gold_state.user_change WHERE user_id BETWEEN 'i1' AND 'i2'$$, '1112', 'an index is kept up');
RESET enable_seqscan;

-- triggers that setup() did not make

CREATE TABLE t.other (LIKE silver.si_users);
CREATE TRIGGER wrong AFTER INSERT ON t.other FOR EACH ROW EXECUTE FUNCTION zoom_gold.capture('si_users');
SELECT throws_ok($$INSERT INTO t.other (load_timestamp) VALUES ('2024-01-01Z')$$, '39P01',
	'trigger "wrong" is not an AFTER statement trigger with transition tables', 'a row trigger is refused');
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON t.other FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold.capture('si_users');
SELECT throws_ok($$INSERT INTO t.other (load_timestamp) VALUES ('2024-01-01Z')$$, '39P01',
	'trigger "wrong" is not an AFTER statement trigger with transition tables', 'so is one without transition tables');
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON t.other REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold.capture('other');
SELECT throws_ok($$INSERT INTO t.other (load_timestamp) VALUES ('2024-01-01Z')$$, '39P01',
	'trigger "wrong" does not name a relation of the silver contract', 'and one for a relation that is not of the contract');

-- a clock that is none

SET zoom_gold.clock = 'noon';
SELECT throws_ok($$DELETE FROM silver.si_users WHERE user_id = 'u1'$$, '22007', NULL::text, 'a clock that is none is refused');
SELECT * FROM finish();
