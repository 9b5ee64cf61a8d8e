\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Tables of silver that are no part of it for a while: what is done to them
-- meanwhile is noticed when they are back.
CREATE SCHEMA silver;
CREATE TABLE silver.si_billing_events (event_id text, user_id text, event_type text, amount numeric(10,2), event_date date,
	load_timestamp timestamptz, update_timestamp timestamptz, source_system text) PARTITION BY RANGE (load_timestamp);
CREATE TABLE silver.early PARTITION OF silver.si_billing_events FOR VALUES FROM (MINVALUE) TO ('2024-06-01Z');
CREATE TABLE silver.late PARTITION OF silver.si_billing_events FOR VALUES FROM ('2024-06-01Z') TO (MAXVALUE);
CALL t.setup();
CREATE PROCEDURE t.check(description text) LANGUAGE plpgsql AS $$
BEGIN
	CALL t.refresh();
	INSERT INTO t.told (line) SELECT t.equal('SELECT ''b'' || amount::integer FROM gold.go_fact_billing', 'SELECT event_id FROM silver.si_billing_events', description);
	INSERT INTO t.told (line) SELECT t.healthy(description || ': all is right');
END
$$;
CREATE TABLE t.told (place integer GENERATED ALWAYS AS IDENTITY, line text);
DO $$BEGIN FOR n IN 1 .. 8 LOOP CALL t.billing('b' || n, NULL, 'Add-on Purchase', n, date '2024-01-10' + n); END LOOP; END$$;
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
UPDATE gold_state.settings SET value = '1000 years' WHERE name = 'captured_compare_interval';
CALL t.refresh_at('2024-03-01Z');

BEGIN;
ALTER TABLE silver.si_billing_events DETACH PARTITION silver.early;
DELETE FROM silver.early WHERE event_id = 'b1';
ALTER TABLE silver.si_billing_events ATTACH PARTITION silver.early FOR VALUES FROM (MINVALUE) TO ('2024-06-01Z');
COMMIT;
CALL t.check('a partition that is detached and attached in one transaction');

ALTER TABLE silver.si_billing_events DETACH PARTITION silver.early;
DELETE FROM silver.early WHERE event_id = 'b2';
UPDATE silver.early SET event_date = '2024-02-02' WHERE event_id = 'b3';
ALTER TABLE silver.si_billing_events ATTACH PARTITION silver.early FOR VALUES FROM (MINVALUE) TO ('2024-06-01Z');
CALL t.check('and in several');

ALTER TABLE silver.si_billing_events RENAME TO away;
DELETE FROM silver.away WHERE event_id = 'b4';
ALTER TABLE silver.away RENAME TO si_billing_events;
CALL t.check('a relation that is renamed, and renamed back');

ALTER TABLE silver.si_billing_events SET SCHEMA public;
DELETE FROM si_billing_events WHERE event_id = 'b5';
ALTER TABLE si_billing_events SET SCHEMA silver;
CALL t.check('that goes to another schema, and back');

ALTER SCHEMA silver RENAME TO away;
DELETE FROM away.si_billing_events WHERE event_id = 'b6';
ALTER SCHEMA away RENAME TO silver;
CALL t.check('whose schema is renamed, and renamed back');

CREATE TABLE t.heir (LIKE silver.si_users);
SELECT line FROM t.told ORDER BY place;

-- the same of a child
ALTER TABLE t.heir INHERIT silver.si_users;
CALL t.setup();
INSERT INTO t.heir (user_id, user_name, load_timestamp) VALUES ('u1', 'Ana', '2024-01-01Z'), ('u2', 'Bo', '2024-01-01Z');
CALL t.refresh();
ALTER TABLE t.heir NO INHERIT silver.si_users;
DELETE FROM t.heir WHERE user_id = 'u1';
ALTER TABLE t.heir INHERIT silver.si_users;
CALL t.refresh();
SELECT t.same('SELECT user_name FROM gold.go_dim_user WHERE is_current', 'Bo', 'a child that does not inherit for a while');
SELECT t.healthy('all is right');
SELECT * FROM finish();
