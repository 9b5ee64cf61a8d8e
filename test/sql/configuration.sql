\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What is written into settings, rules, words and tracked columns while their
-- guards are away: setup() names it with what mends it, a refresh is not misled.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-05-01 10:00Z');
CALL t.meeting(NULL, 'u1', '2024-05-01 10:00Z');
CALL t.refresh();
CREATE FUNCTION t.problems() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	PERFORM * FROM zoom_gold.setup();
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN QUERY SELECT unnest(string_to_array(rtrim(replace(detail, 'In gold_state is wrong: ', ''), '.'), '; '));
END
$$;
-- Do what the hint says.
CREATE PROCEDURE t.mend() LANGUAGE plpgsql AS $$
DECLARE
	command text;
BEGIN
	FOREACH command IN ARRAY string_to_array((SELECT substring(hint, 'by: (.*); then run') FROM t.failure('SELECT * FROM zoom_gold.setup()')), '; ') LOOP
		EXECUTE command;
	END LOOP;
END
$$;

-- with triggers off
SET session_replication_role = replica;
UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'key_missing' OR relation = 'si_meetings' AND rule_name = 'start_time_missing';
UPDATE gold_state.quality_rule SET severity = 'warning' WHERE relation = 'si_meetings' AND rule_name = 'end_before_start';
RESET session_replication_role;
INSERT INTO silver.si_meetings (meeting_id, host_id, load_timestamp) VALUES ('m2', 'u1', '2024-05-01Z');
CALL t.meeting('m3', 'u1', '2024-05-02 10:00Z', -5);
CALL t.refresh(true);
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '1', 'what the contract and the logical model refuse is refused');
SELECT t.errors_are(ARRAY['si_meetings - key_missing error', 'si_meetings m2 start_time_missing error', 'si_meetings m3 end_before_start error'], 'and logged');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed',
	'configuration|3 violations, for example rule "end_before_start" of "si_meetings" is built in, and was changed', 'verify() tells the cause and is content with gold');
SELECT t.same('SELECT * FROM t.problems()', ARRAY['rule "end_before_start" of "si_meetings" is built in, and was changed',
	'rule "key_missing" of "*" cannot be switched off', 'rule "start_time_missing" of "si_meetings" cannot be switched off'], 'setup() names each');
CALL t.mend();
SELECT t.same('SELECT * FROM t.problems()', '{}'::text[], 'what its hint says mends them');
SELECT t.healthy('all is well');

BEGIN;
DROP TABLE gold_state.value_map;
SELECT t.same('SELECT details FROM zoom_gold.verify()', 'relation "gold_state.value_map" is missing: nothing is compared', 'a table that is gone goes before');
ROLLBACK;

-- after a teardown
SELECT * FROM zoom_gold.teardown() \g /dev/null
UPDATE gold_state.settings SET value = 'often' WHERE name = 'full_compare_interval';
SELECT t.same($$SELECT state, message, hint FROM t.failure('SELECT * FROM zoom_gold.refresh()')$$,
	'22023|invalid value for setting "full_compare_interval": "often"|In gold_state.settings it takes an interval from 0.', 'a refresh names the setting');
UPDATE gold_state.settings SET value = '-3' WHERE name = 'delete_guard_percent';
SELECT t.same('SELECT check_name, passed, details FROM zoom_gold.verify()', ARRAY[
	'settings|false|invalid value for setting "delete_guard_percent": "-3": nothing is compared',
	'settings|false|invalid value for setting "full_compare_interval": "often": nothing is compared'], 'so does verify()');
INSERT INTO gold_state.settings VALUES ('colour', 'blue', '');
DELETE FROM gold_state.quality_rule WHERE rule_name = 'host_unknown';
UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'host_missing';
INSERT INTO gold_state.quality_rule (relation, rule_name, condition) VALUES ('si_meetings', 'odd', 'nothing > 1'), ('si_users', 'empty', NULL),
	('si_webinars', 'sub', '(SELECT true)'), ('si_licenses', 'sound', 'license_type = ''x'''),
	('*', 'twice', 'false'), ('si_users', 'twice', 'false'), ('si_licenses', 'value_too_long', 'false'), ('*', 'host_missing', 'false');
INSERT INTO gold_state.value_map VALUES ('si_users', 'plan_type', '2', 'Licensed'), ('si_users', 'company', 'a', 'b'), ('si_users', 'plan_type', ' 1', 'Pro'),
	('si_users', 'plan_type', '3', 'Pro');
INSERT INTO gold_state.tracked_column VALUES ('compny', 1), ('company', 1);
SELECT t.same('SELECT * FROM t.problems()', ARRAY['invalid value for setting "full_compare_interval": "often"', 'invalid value for setting "delete_guard_percent": "-3"',
	'unknown setting "colour"', 'invalid condition of rule "odd" on "si_meetings": column "nothing" does not exist', 'rule "empty" of "si_users" has no condition',
	'invalid condition of rule "sub" on "si_webinars": cannot use subquery in check constraint', '"2" cannot be mapped to "Licensed" in column "plan_type" of "si_users"',
	'"a" cannot be mapped to "b" in column "company" of "si_users"', '" 1" cannot be mapped to "Pro" in column "plan_type" of "si_users"',
	'rule "twice" of "si_users" has the name of one of "*"', 'rule "value_too_long" of "si_licenses" has the name of one of "*"',
	'rule "host_missing" of "*" has the name of one of "si_meetings", "si_webinars"',
	'"compny" is not a tracked column of "gold.go_dim_user"'], 'setup() names whatever the guards would have refused');
CALL t.mend();
SELECT t.same('SELECT * FROM t.problems()', '{}'::text[], 'what its hint says mends all of it');
SELECT t.same($$SELECT message, hint FROM t.failure('UPDATE gold_state.quality_rule SET enabled = true WHERE rule_name = ''odd''')$$,
	'invalid condition of rule "odd" on "si_meetings": column "nothing" does not exist|Name columns without the relation, functions that are not PostgreSQL''s own with their schema. '
	|| 'Sub-selects, aggregates and volatile functions do not work.', 'the guards are back');
SELECT t.same($$SELECT name, value FROM gold_state.settings WHERE name ~ 'full|percent'$$, ARRAY['delete_guard_percent|20', 'full_compare_interval|1 day'], 'with their defaults');
CALL t.refresh();
SELECT t.healthy('and all is well');

-- what is right, but another: gold follows, whichever way nobody looked
INSERT INTO silver.si_users (user_id, user_name, plan_type, load_timestamp) VALUES ('u2', 'Bo', 'Gold', '2024-05-01Z');
CALL t.participant('p1', 'm1', 'u2', '2024-05-01 10:00Z');
CALL t.billing('b1', 'u1', 'Add-on Purchase', 10, '2024-05-03');
CALL t.refresh();
CREATE TABLE t.unseen (away text);
INSERT INTO t.unseen VALUES ('SELECT FROM zoom_gold.teardown()'), ('ALTER TABLE gold_state.%I DISABLE TRIGGER USER'),
	('DROP TRIGGER zoom_gold_mark_dirty ON gold_state.%I');
CREATE TABLE t.change (table_name text, command text);
INSERT INTO t.change VALUES
	('settings', $$UPDATE gold_state.settings SET value = CASE value WHEN 'host' THEN 'host_or_participant' ELSE 'host' END WHERE name = 'active_user'$$),
	('value_map', $$INSERT INTO gold_state.value_map VALUES ('si_users', 'plan_type', 'Gold', 'Pro')$$),
	('value_map', $$DELETE FROM gold_state.value_map WHERE source_value = 'Gold'$$),
	('quality_rule', $$INSERT INTO gold_state.quality_rule (relation, rule_name, severity, condition) VALUES ('si_meetings', 'unwanted', 'error', 'meeting_id = ''m1''')$$),
	('quality_rule', $$DELETE FROM gold_state.quality_rule WHERE rule_name = 'unwanted'$$),
	('billing_event_class', $$UPDATE gold_state.billing_event_class SET mrr_sign = 1 - mrr_sign WHERE event_type = 'Add-on Purchase'$$),
	('tracked_column', $$INSERT INTO gold_state.tracked_column VALUES ('email', 2)$$),
	('tracked_column', $$DELETE FROM gold_state.tracked_column WHERE column_name = 'email'$$);
INSERT INTO t.change VALUES
	('value_map', $$INSERT INTO gold_state.value_map VALUES ('si_users', 'plan_type', 'Gold', 'Pro')$$),
	('value_map', 'TRUNCATE gold_state.value_map'),
	('tracked_column', $$INSERT INTO gold_state.tracked_column VALUES ('email', 1)$$),
	('tracked_column', 'TRUNCATE gold_state.tracked_column');
CREATE TABLE t.wrong (away text, command text, check_name text);
CREATE PROCEDURE t.change_unseen(set_up boolean) LANGUAGE plpgsql AS $$
DECLARE
	unseen record;
BEGIN
	FOR unseen IN SELECT u.away, c.* FROM t.unseen u CROSS JOIN t.change c LOOP
		EXECUTE format(unseen.away, unseen.table_name);
		EXECUTE unseen.command;
		RESET session_replication_role;
		IF set_up THEN
			PERFORM * FROM zoom_gold.setup();
		END IF;
		CALL t.refresh();
		INSERT INTO t.wrong SELECT unseen.away, unseen.command, v.check_name FROM zoom_gold.verify() v WHERE NOT v.passed;
		-- a transaction of all of them would hold more locks than there is room for
		COMMIT;
	END LOOP;
END
$$;
CALL t.change_unseen(true);
SELECT t.same('SELECT * FROM t.wrong', '{}'::text[], 'valid changes that no trigger saw are followed as well');
DELETE FROM t.unseen;
INSERT INTO t.unseen VALUES ('SET session_replication_role = replica'), ('SET session_replication_role = origin');
CALL t.change_unseen(false);
SELECT t.same('SELECT * FROM t.wrong', '{}'::text[], 'by the next refresh in every session_replication_role, TRUNCATE too');
SELECT t.same($$SELECT process_name FROM zoom_gold.refresh()$$, 'refresh', 'and then no more');
SELECT * FROM finish();
