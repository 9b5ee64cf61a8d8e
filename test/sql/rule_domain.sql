\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A rule on users sees columns of silver's own as they were kept: what a domain of
-- theirs checks is its owner's, and is not run by a refresh.
CALL t.setup();
CREATE TABLE t.run (who text);
CREATE FUNCTION t.look(value text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO t.run VALUES (current_user); RETURN true; END';
CREATE DOMAIN t.mood AS text CHECK (t.look(value));
ALTER TABLE silver.si_users ADD COLUMN mood t.mood;
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity) VALUES ('sad', 'si_users', 'mood = ''sad''', 'warning');
CALL t.user('u1', 'Ana'); CALL t.user('u2', 'Bo');
UPDATE silver.si_users SET mood = 'sad' WHERE user_id = 'u1';
TRUNCATE t.run;
CALL t.refresh_at('2024-07-01Z');
SELECT t.errors_are(ARRAY['si_users u1 sad warning'], 'a rule reads the column');
SELECT t.same('SELECT who FROM t.run', '{}'::text[], 'and nothing of its domain is run');
SELECT * FROM finish();
