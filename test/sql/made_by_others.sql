\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What setup() makes, changed by others, or something of theirs under its name.
-- test/damage/objects does that with every object.
SET client_min_messages = error;
CALL t.setup();
UPDATE gold_state.settings SET value = '1000 years' WHERE name LIKE '%compare_interval';
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';

------------------------------------------------------------------------------
-- Sequences
------------------------------------------------------------------------------
CREATE FUNCTION t.current() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', user_name, company) FROM gold.go_dim_user WHERE is_current
$$;
-- Sets the numbers of changes back; then one user goes, another one changes.
CREATE PROCEDURE t.set_back(how text, at text, company text) LANGUAGE plpgsql AS $$
BEGIN
	CALL t.user('u1', 'Ana');
	CALL t.user('u2', 'Bo');
	CALL t.refresh();
	EXECUTE how;
	CALL t.clock(at);
	DELETE FROM silver.si_users WHERE user_id = 'u1';
	UPDATE silver.si_users SET company = set_back.company WHERE user_id = 'u2';
	INSERT INTO silver.si_users SELECT * FROM silver.si_users WHERE user_id = 'u2';
	CALL t.refresh();
END
$$;
CALL t.set_back('ALTER SEQUENCE gold_state.change_seq RESTART', '2024-07-01 12:00Z', 'One');
SELECT t.same('SELECT t.current()', 'Bo One', 'numbers of changes begin again: what came since counts as newer');
SELECT t.healthy('all is right');
CALL t.set_back('ALTER SEQUENCE gold_state.change_seq RENAME TO away; CREATE SEQUENCE gold_state.change_seq', '2024-07-02 12:00Z', 'Two');
SELECT t.same('SELECT t.current()', 'Bo Two', 'so it does with another sequence');
SELECT t.healthy('all is right');
INSERT INTO silver.si_users SELECT * FROM silver.si_users;
CALL t.refresh();
SELECT setval('gold_state.change_seq', 1) \g /dev/null
CALL t.clock('2024-07-03 12:00Z');
DELETE FROM silver.si_users;
CALL t.setup();
CALL t.refresh();
SELECT t.same('SELECT t.current()', '{}'::text[], 'and after setup()');
SELECT t.healthy('all is right');
ALTER SEQUENCE gold_state.run_seq RESTART;
CALL t.refresh();
SELECT is((SELECT count(DISTINCT run) FROM gold_state.run), (SELECT count(*) FROM gold_state.run), 'runs have numbers of their own, whatever the sequence says');

ALTER SEQUENCE gold_state.change_seq AS smallint INCREMENT BY -1 MAXVALUE 1000 CACHE 50 CYCLE;
CALL t.setup();
SELECT t.same($$SELECT seqtypid::regtype, seqincrement, seqmax, seqcache, seqcycle FROM pg_sequence WHERE seqrelid = 'gold_state.change_seq'::regclass$$,
	'bigint|1|9223372036854775807|1|false', 'setup() has a sequence count by one again');
ALTER SEQUENCE gold_state.change_seq RENAME TO kept;
CREATE TABLE gold_state.change_seq ();
SELECT t.same('SELECT state, message FROM t.failure(''CALL t.setup()'')', '42809|"gold_state.change_seq" is not a sequence', 'and says what is in its place');
DROP TABLE gold_state.change_seq;
ALTER SEQUENCE gold_state.kept RENAME TO change_seq;

------------------------------------------------------------------------------
-- Triggers, constraints, indexes, defaults
------------------------------------------------------------------------------
CREATE VIEW t.triggers AS
SELECT tgrelid::regclass, tgname, tgfoid::regproc, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text ~ '^(gold|gold_state|silver)\.';
CREATE TABLE t.wanted AS SELECT t.rows('TABLE t.triggers') AS triggers;
CREATE FUNCTION t.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
ALTER TRIGGER zoom_gold_capture_insert ON silver.si_users RENAME TO away;
ALTER TRIGGER zoom_gold_mark_dirty ON gold_state.settings RENAME TO away;
ALTER TABLE gold_state.settings DISABLE TRIGGER zoom_gold_guard_value;
CREATE OR REPLACE TRIGGER zoom_gold_guard_rule AFTER INSERT ON gold_state.quality_rule EXECUTE FUNCTION t.nothing();
CREATE OR REPLACE TRIGGER zoom_gold_guard_rows AFTER INSERT ON gold.go_error_audit_log EXECUTE FUNCTION t.nothing();
CALL t.setup();
SELECT t.same('TABLE t.triggers', (SELECT triggers FROM t.wanted), 'triggers that were renamed, switched off or replaced are what they were');

CREATE FUNCTION t.wrong() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT x.relation FROM (VALUES ('gold.go_dim_user', '(user_name) WHERE is_current'), ('gold.go_agg_mrr', '(activity_month)'), ('gold_state.slice', '(relation, day)')) AS x (relation, definition)
	WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = x.relation::regclass AND i.indisunique AND pg_get_indexdef(i.indexrelid) LIKE '%' || x.definition)
$$;
DROP INDEX gold.go_dim_user_one_current, gold.go_agg_mrr_one_row_per_month;
CREATE INDEX go_dim_user_one_current ON gold.go_dim_user (user_name) WHERE is_current;
CREATE TABLE gold.theirs (n integer);
CREATE UNIQUE INDEX go_agg_mrr_one_row_per_month ON gold.theirs (n);
ALTER TABLE gold_state.slice DROP CONSTRAINT slice_pkey, ADD CONSTRAINT slice_pkey CHECK (true);
CALL t.setup();
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'what is to be unique is, where something else has the name of its index');
CREATE TABLE t.oids AS SELECT oid FROM pg_class;
CALL t.setup();
SELECT is_empty($$SELECT oid::regclass FROM pg_class WHERE relkind = 'i' AND relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace) AND oid NOT IN (TABLE t.oids)$$,
	'by one index');

ALTER TABLE gold_state.quality_rule ALTER enabled DROP DEFAULT;
ALTER TABLE gold.go_fact_billing ALTER load_date DROP DEFAULT;
CALL t.setup();
SELECT t.same($$SELECT a.attname FROM pg_attribute a WHERE (a.attrelid, a.attname) IN (('gold_state.quality_rule'::regclass, 'enabled'), ('gold.go_fact_billing'::regclass, 'load_date')) AND a.atthasdef$$,
	'{enabled,load_date}'::text[], 'defaults come back');
CALL t.user('u1', 'Ana');
CALL t.refresh();
SELECT t.healthy('all is right');
SELECT * FROM finish();
