\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Settings and the tables that users edit.
CALL t.setup();
SELECT t.same($$SELECT n FROM unnest('{silver_schema,active_user,delete_policy,fact_deletes,delete_guard_percent,min_date,full_compare_interval,log_retention_days}'::text[]) AS n
	WHERE NOT EXISTS (SELECT FROM gold_state.settings s WHERE s.name = n AND s.value <> '' AND s.description <> '')$$, '{}'::text[], 'every setting has a value and a description');
SELECT t.same($$SELECT name, value FROM gold_state.settings WHERE name IN ('silver_schema', 'active_user', 'delete_policy', 'fact_deletes', 'delete_guard_percent', 'min_date')$$,
	ARRAY['silver_schema|silver', 'active_user|host', 'delete_policy|close', 'fact_deletes|mirror', 'delete_guard_percent|20', 'min_date|2000-01-01'], 'the defaults');
SELECT t.same('SELECT event_type, mrr_sign FROM gold_state.billing_event_class', ARRAY['Subscription Fee|1', 'Subscription Renewal|1', 'Add-on Purchase|0', 'Refund|-1'], 'the classes of billing events');
SELECT t.same($$SELECT rule_name FROM gold_state.quality_rule WHERE relation = 'si_meetings' AND severity = 'warning'$$, ARRAY['host_missing', 'host_unknown', 'duration_mismatch', 'meeting_too_long', 'key_reused'], 'built-in rules are listed');
SELECT t.same('SELECT DISTINCT enabled FROM gold_state.quality_rule', 'true', 'and on');
SELECT throws_ok('INSERT INTO gold_state.billing_event_class VALUES (''X'', 2)', '23514', NULL, 'a sign is -1, 0 or 1');

-- min_date
CALL t.user('u1', 'Ana', '2024-05-01Z');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'u1', '2024-02-10 10:00Z');
CALL t.refresh();
UPDATE gold_state.settings SET value = '2024-02-01' WHERE name = 'min_date';
CALL t.refresh();
SELECT t.same('SELECT start_time FROM gold.go_fact_meeting_usage', '2024-02-10 10:00', 'a changed min_date counts at the next refresh');
SELECT t.errors_are(ARRAY['si_meetings m1 date_out_of_range error'], 'with its errors');
SELECT t.same('SELECT valid_from FROM gold.go_dim_user', '2024-02-10 00:00', 'and the reach of the user');
SELECT t.healthy('all is consistent');
UPDATE gold_state.settings SET value = '2000-01-01' WHERE name = 'min_date';
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '2', 'and back');
SELECT t.healthy('all is consistent again');
-- a setting that does not matter changes nothing
CREATE TEMP TABLE before AS SELECT * FROM t.places();
UPDATE gold_state.settings SET value = '30' WHERE name = 'delete_guard_percent';
UPDATE gold_state.settings SET value = value;
CALL t.refresh();
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'a setting that changes nothing writes nothing');

-- the clock
CALL t.clock('not a time');
SELECT throws_ok('SELECT * FROM zoom_gold.refresh()', NULL, NULL, 'a clock that is no time is an error');
SELECT throws_ok($$INSERT INTO silver.si_users (user_id, user_name, load_timestamp) VALUES ('u2', 'Bo', '2024-01-01Z')$$, NULL, NULL, 'for the capture too');
CALL t.clock('');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.refresh();
SELECT t.same($$SELECT load_date = (now() AT TIME ZONE 'UTC')::date FROM gold.go_dim_user WHERE user_name = 'Bo'$$, 'true', 'without one it is now');
CREATE ROLE zoom_gold_nobody;
CREATE FUNCTION t.set_clock() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE zoom_gold_nobody;
	SET zoom_gold.clock = '2024-01-01Z';
	RETURN 'set';
EXCEPTION WHEN insufficient_privilege THEN
	RETURN 'refused';
END
$$;
SELECT is(t.set_clock(), 'refused', 'only a superuser sets it');
DROP ROLE zoom_gold_nobody;
SELECT * FROM finish();
