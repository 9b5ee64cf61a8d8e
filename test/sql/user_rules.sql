\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rules of the user's own.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z', topic => 'Good');
CALL t.meeting('m2', 'u1', '2024-01-11 10:00Z', topic => 'test me');
CALL t.meeting('m3', 'u1', '2024-01-12 10:00Z', minutes => 200, topic => 'Long');
CALL t.meeting('m4', 'u1', '2024-01-13 10:00Z', topic => NULL);
CALL t.refresh();
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description) VALUES
	('test_meeting', 'si_meetings', 'meeting_topic ILIKE ''test%''', 'error', 'Data Quality', true, 'A meeting made for a test'),
	('long_for_us', 'si_meetings', 'duration_minutes > 120', 'warning', 'Validation', true, 'Longer than we are used to'),
	('off', 'si_meetings', 'true', 'error', 'Data Quality', false, 'Off');
CALL t.refresh_at('2024-07-01Z');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Good', 'Long', '-'], 'a rule of severity error keeps rows out; a condition that is NULL is not broken');
SELECT t.errors_are(ARRAY['si_meetings m2 test_meeting error', 'si_meetings m3 long_for_us warning'], 'what they find is logged');
SELECT t.same($$SELECT error_type FROM gold.go_error_audit_log WHERE process_audit_info::jsonb ->> 'rule' = 'long_for_us'$$, 'Validation', 'with their type');
SELECT t.same($$SELECT total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Monthly'$$, '260', 'aggregates follow');
CALL t.usage('f1', 'm2', 'Chat', '2024-01-11');
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_meetings m2 test_meeting error', 'si_meetings m3 long_for_us warning', 'si_feature_usage f1 meeting_unknown error'], 'a meeting that they reject is rejected');
UPDATE gold_state.quality_rule SET severity = 'warning' WHERE rule_name = 'test_meeting';
UPDATE gold_state.quality_rule SET condition = 'duration_minutes > 300' WHERE rule_name = 'long_for_us';
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_meetings m2 test_meeting warning'], 'changed rules count at the next refresh');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_feature_usage', 'test me', 'and let rows in');
DELETE FROM gold_state.quality_rule WHERE condition IS NOT NULL;
CALL t.refresh();
SELECT t.errors_are('{}', 'deleted ones resolve what they found');
SELECT t.healthy('all is consistent');

-- on every relation, on columns of the user's own, with functions
ALTER TABLE silver.si_users ADD COLUMN score integer;
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description)
SELECT 'mine', r, c, 'warning', 'Data Quality', true, 'Mine' FROM (VALUES ('si_users', 'score > 5'), ('si_participants', 'user_id = ''u1'''), ('si_feature_usage', 'usage_count > 0'),
	('si_webinars', 'registrants > length(webinar_topic)'), ('si_support_tickets', 'open_date > date ''2024-01-01'''), ('si_licenses', 'end_date - start_date > 10'), ('si_billing_events', 'amount >= 10.00')) AS v (r, c);
UPDATE silver.si_users SET score = 6, update_timestamp = '2024-06-02Z';
CALL t.participant('p1', 'm1', 'u1', '2024-01-10 10:00Z');
CALL t.webinar('w1', 'u1', '2024-01-10 10:00Z', NULL, 100);
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-10');
CALL t.license('l1', 'Pro', 'u1', '2024-01-10', '2024-01-30');
CALL t.billing('b1', 'u1', 'Refund', 10, '2024-01-10');
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_users u1 mine warning', 'si_participants p1 mine warning', 'si_feature_usage f1 mine warning', 'si_webinars w1 mine warning', 'si_support_tickets t1 mine warning',
	'si_licenses l1 mine warning', 'si_billing_events b1 mine warning'], 'every relation takes rules');
UPDATE gold_state.quality_rule SET severity = 'error' WHERE rule_name = 'mine';
CALL t.refresh();
SELECT t.same('SELECT * FROM t.sizes() AS s WHERE s LIKE ''go_fact%''', 'go_fact_meeting_usage 4', 'as errors they keep rows out');
SELECT t.healthy('all is consistent with errors');
DELETE FROM gold_state.quality_rule WHERE rule_name = 'mine';
CALL t.refresh();
SELECT t.errors_are('{}', 'until they are gone');
SELECT t.healthy('all is consistent without');

-- refused when entered
CREATE FUNCTION t.side_effect() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$BEGIN DELETE FROM silver.si_users; RETURN true; END$$;
CREATE FUNCTION t.enter(condition text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description) VALUES ('bad', 'si_users', condition, 'warning', 'Data Quality', true, 'Bad');
	RETURN 'taken';
EXCEPTION WHEN others THEN
	RETURN 'refused';
END
$$;
SELECT t.same($$SELECT c, t.enter(c) FROM unnest(ARRAY['user_name =', 'nonsense > 1', 'user_name', '1', 't.side_effect()', 'true; DELETE FROM silver.si_users', 'true) OR (SELECT true', 'count(*) > 1',
		'EXISTS (SELECT 1 FROM silver.si_users)', 'generate_series(1, 2) > 1', 'setval(''gold_state.change_seq'', 1) > 0', '$1', '', 'true --', 'true /*']) AS c WHERE t.enter(c) = 'taken'$$,
	'{}'::text[], 'a syntax error, an unknown column, what is no condition, a side effect or a subquery is refused when it is entered');
SELECT throws_ok($$INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description) VALUES ('bad', 'si_nonsense', 'true', 'warning', 'Data Quality', true, 'Bad')$$,
	NULL, NULL, 'so is an unknown relation');
SELECT throws_ok($$INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description) VALUES ('bad', 'si_users', 'true', 'fatal', 'Data Quality', true, 'Bad')$$,
	'23514', NULL, 'and an unknown severity');
-- a rule that fails while it runs
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description) VALUES ('divides', 'si_billing_events', '1 / (amount - 10) > 0', 'warning', 'Data Quality', true, 'Divides');
CREATE TEMP TABLE outcome AS SELECT * FROM zoom_gold.refresh();
SELECT t.same($$SELECT process_name FROM outcome WHERE status = 'Failure' AND process_name LIKE 'build%'$$, 'build_fact_billing', 'a rule that fails on a row fails the step');
SELECT matches((SELECT details::text FROM outcome WHERE process_name = 'build_fact_billing'), '22012', 'with its SQLSTATE');
SELECT t.same($$SELECT details ->> 'error', details ->> 'error_hint' FROM outcome WHERE process_name = 'build_fact_billing'$$,
	'division by zero|Rules that may have raised it: divides of si_billing_events. zoom_gold.verify() tells which.', 'and names the rules that it computed');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '-10.00', 'and gold keeps what it had');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed',
	'quality_rules|1 violations, for example divides of si_billing_events: division by zero (SQLSTATE 22012)', 'verify() says which rule it is');
DELETE FROM gold_state.quality_rule WHERE rule_name = 'divides';
CALL t.refresh();
SELECT t.healthy('until it is gone');
-- one that fails on a version of a user which silver has no more
CALL t.user('u9', 'Nine', '2024-01-01Z', company => '0');
CALL t.change_user('u9', '2024-01-02Z', company => '2');
CALL t.refresh();
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('divides', 'si_users', 'user_id = ''u9'' AND 1 / company::integer > 1');
SELECT t.same($$SELECT process_name FROM zoom_gold.refresh() WHERE status = 'Failure' AND details ->> 'error' NOT LIKE 'skipped%'$$, 'merge_dim_user', 'a version fails a rule');
SELECT t.same('SELECT check_name FROM zoom_gold.verify() WHERE NOT passed', 'quality_rules', 'verify() names it');
-- what fails tells the logs no values
UPDATE gold_state.quality_rule SET condition = 'company::integer > 1' WHERE rule_name = 'divides';
CALL t.change_user('u9', '2024-01-03Z', company => 'Secret');
SELECT t.same($$SELECT details ->> 'error' FROM zoom_gold.refresh() WHERE process_name = 'merge_dim_user'$$, 'invalid input syntax for type integer', 'what a value is, the log does not say');
UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'divides';
ALTER TABLE gold.go_dim_user ADD CONSTRAINT no_secret CHECK (company <> 'Secret');
SELECT t.same($$SELECT details ->> 'error', details ->> 'error_hint' FROM zoom_gold.refresh() WHERE process_name = 'merge_dim_user'$$,
	'new row for relation "go_dim_user" violates check constraint "no_secret"|-', 'nor which row broke a constraint');
ALTER TABLE gold.go_dim_user DROP CONSTRAINT no_secret;
SELECT t.same($$SELECT 1 FROM gold.go_error_audit_log WHERE error_description LIKE '%Secret%' UNION ALL SELECT 1 FROM gold.go_process_audit_log WHERE audit_details LIKE '%Secret%'$$,
	'{}'::text[], 'nothing of it is in the logs');
DELETE FROM gold_state.quality_rule WHERE rule_name = 'divides';
CALL t.refresh();
-- a condition means the same, whoever's session it is: this one is in Kiritimati
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES
	('night', 'si_meetings', 'extract(hour FROM start_time) < 5'), ('dotted', 'si_meetings', 'meeting_topic ~ ''^\.'''),
	('day', 'si_meetings', 'start_time::text LIKE ''2024-01-20%'' AND start_time < ''02/01/2024'''),
	('span', 'si_meetings', 'meeting_id = ''m8'' AND (end_time - start_time + ''1 day'')::text = ''1 day 00:30:00''');
CALL t.meeting('m8', 'u1', '2024-01-20 03:00Z', topic => 'By night');
CALL t.meeting('m9', 'u1', '2024-01-20 10:00Z', topic => '. by day');
SET standard_conforming_strings = off;
CALL t.refresh();
RESET standard_conforming_strings;
SELECT t.same($$SELECT e FROM t.errors() AS e WHERE e ~ 'night|dotted|day|span'$$, ARRAY['si_meetings m8 night warning', 'si_meetings m9 dotted warning', 'si_meetings m8 day warning', 'si_meetings m9 day warning',
	'si_meetings m8 span warning'], 'a condition is computed with UTC, plain strings, ISO dates and PostgreSQL''s intervals');
SELECT throws_ok($$INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('german', 'si_meetings', 'start_time < ''20.01.2024''')$$, '22008', NULL, 'and judged so when it is entered');
-- the log names relation and rule: what stands for all relations shares no name with a rule of one
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('everywhere', '*', 'false'), ('here', 'si_users', 'false'), ('here', 'si_meetings', 'false');
SELECT t.same(format('SELECT state, message, hint FROM t.failure(%L)', command), format('23505|relation "%s" has a rule "%s"|Choose another name.', relation, name), command)
FROM (VALUES
	($$INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('everywhere', 'silver.si_users', 'false')$$, '*', 'everywhere'),
	($$INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('both', '*', 'false'), ('both', 'si_users', 'false')$$, '*', 'both'),
	($$UPDATE gold_state.quality_rule SET rule_name = 'everywhere' WHERE rule_name = 'here' AND relation = 'si_users'$$, '*', 'everywhere'),
	($$UPDATE gold_state.quality_rule SET relation = '*' WHERE rule_name = 'here' AND relation = 'si_users'$$, 'si_meetings', 'here'),
	($$UPDATE gold_state.quality_rule SET rule_name = 'date_out_of_range' WHERE rule_name = 'here' AND relation = 'si_users'$$, '*', 'date_out_of_range'),
	($$UPDATE gold_state.quality_rule SET rule_name = 'count_negative' WHERE rule_name = 'everywhere'$$, 'si_feature_usage', 'count_negative')) AS c (command, relation, name);
UPDATE gold_state.quality_rule SET relation = 'si_users' WHERE rule_name = 'everywhere';
UPDATE gold_state.quality_rule SET relation = '*', enabled = false WHERE rule_name = 'everywhere';
DELETE FROM gold_state.quality_rule WHERE rule_name IN ('everywhere', 'here');
SELECT t.healthy('in the end all is well');
SELECT * FROM finish();
