\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- go_fact_license_utilization and its aggregate.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.license('l1', 'Pro', 'u1', '2024-01-10');
CALL t.license('l2', 'Pro', 'u2', '2024-01-10', '2024-01-12');
CALL t.license('l3', 'Pro', NULL, '2024-01-10');
CALL t.license('l4', 'Site', 'u9', '2024-01-12', '2024-01-12');
CALL t.license('l5', 'Basic', 'u1', '2024-01-17', '9999-12-31');
CALL t.license('l6', 'Basic', 'u1', '2024-01-17', 'infinity', 'OTHER');
CALL t.license('x1', 'Pro', 'u1', '2024-01-12', '2024-01-11');
CALL t.license('x2', NULL, 'u1', '2024-01-12');
CALL t.license('x3', 'Pro', 'u1', NULL);
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'u2', '2024-01-12 10:00Z');
CALL t.meeting('m3', 'u2', '2024-01-13 10:00Z');
CALL t.refresh_at('2024-01-18 12:00Z');
SELECT t.same('SELECT user_name, license_type, start_date, end_date FROM gold.go_fact_license_utilization', ARRAY['Ana|Pro|2024-01-10|-', 'Bo|Pro|2024-01-10|2024-01-12',
	'-|Pro|2024-01-10|-', '-|Site|2024-01-12|2024-01-12', 'Ana|Basic|2024-01-17|-', 'Ana|Basic|2024-01-17|-'], 'licences; an end on 9999-12-31 or later is none');
SELECT t.errors_are(ARRAY['si_licenses l4 license_type_unknown warning', 'si_licenses l4 user_unknown warning', 'si_licenses x1 end_before_start error',
	'si_licenses x2 license_type_missing error', 'si_licenses x3 start_date_missing error'], 'a free seat is legal');
CREATE VIEW t.rates AS SELECT license_type, period_type, period_start, utilization_rate, source_system FROM gold.go_agg_license_utilization;
SELECT t.same('SELECT * FROM t.rates WHERE license_type = ''Pro'' AND period_type = ''Daily''', ARRAY['Pro|Daily|2024-01-10|50.00|ZOOM', 'Pro|Daily|2024-01-11|0.00|ZOOM',
	'Pro|Daily|2024-01-12|50.00|ZOOM', 'Pro|Daily|2024-01-13|0.00|ZOOM', 'Pro|Daily|2024-01-14|0.00|ZOOM', 'Pro|Daily|2024-01-15|0.00|ZOOM', 'Pro|Daily|2024-01-16|0.00|ZOOM',
	'Pro|Daily|2024-01-17|0.00|ZOOM', 'Pro|Daily|2024-01-18|0.00|ZOOM'], 'every day up to today: assigned licences that overlap it, ends inclusive');
SELECT t.same('SELECT * FROM t.rates WHERE license_type = ''Pro'' AND period_type <> ''Daily''', ARRAY['Pro|Weekly|2024-01-08|100.00|ZOOM', 'Pro|Weekly|2024-01-15|0.00|ZOOM',
	'Pro|Monthly|2024-01-01|100.00|ZOOM'], 'a week or month is no union of days: active anywhere in the period');
SELECT t.same('SELECT * FROM t.rates WHERE license_type = ''Site''', ARRAY['Site|Daily|2024-01-12|0.00|ZOOM', 'Site|Weekly|2024-01-08|0.00|ZOOM', 'Site|Monthly|2024-01-01|0.00|ZOOM'],
	'a licence of an unknown user is assigned');
SELECT t.same('SELECT * FROM t.rates WHERE license_type = ''Basic''', ARRAY['Basic|Daily|2024-01-17|0.00|Multiple', 'Basic|Daily|2024-01-18|0.00|Multiple',
	'Basic|Weekly|2024-01-15|0.00|Multiple', 'Basic|Monthly|2024-01-01|100.00|Multiple'], 'two licences of one user are two');

-- a licence that starts later in the running week and month is in them
CALL t.license('l7', 'Enterprise', 'u1', '2024-01-20');
CALL t.license('l8', 'Education', 'u1', '2024-01-25');
CALL t.license('l9', 'Free Trial', 'u1', '2024-02-01');
CALL t.license('l10', 'Vacant', NULL, '2024-01-10');
CALL t.refresh_at('2024-01-18 13:00Z');
SELECT t.same('SELECT * FROM t.rates WHERE license_type IN (''Enterprise'', ''Education'', ''Free Trial'', ''Vacant'')', ARRAY['Enterprise|Weekly|2024-01-15|0.00|ZOOM',
	'Enterprise|Monthly|2024-01-01|100.00|ZOOM', 'Education|Monthly|2024-01-01|100.00|ZOOM'], 'a running period counts whole; nothing assigned, no row');
SELECT t.healthy('all is consistent');

-- time passes without a change
CALL t.refresh_at('2024-02-01 00:00Z');
SELECT t.same('SELECT * FROM t.rates WHERE license_type IN (''Free Trial'', ''Education'') OR license_type = ''Pro'' AND period_start >= ''2024-01-31''', ARRAY[
	'Pro|Daily|2024-01-31|0.00|ZOOM', 'Pro|Daily|2024-02-01|0.00|ZOOM', 'Pro|Monthly|2024-02-01|0.00|ZOOM',
	'Education|Monthly|2024-01-01|100.00|ZOOM', 'Education|Monthly|2024-02-01|0.00|ZOOM', 'Education|Weekly|2024-01-22|0.00|ZOOM', 'Education|Weekly|2024-01-29|0.00|ZOOM',
	'Education|Daily|2024-01-25|0.00|ZOOM', 'Education|Daily|2024-01-26|0.00|ZOOM', 'Education|Daily|2024-01-27|0.00|ZOOM', 'Education|Daily|2024-01-28|0.00|ZOOM',
	'Education|Daily|2024-01-29|0.00|ZOOM', 'Education|Daily|2024-01-30|0.00|ZOOM', 'Education|Daily|2024-01-31|0.00|ZOOM', 'Education|Daily|2024-02-01|0.00|ZOOM',
	'Free Trial|Daily|2024-02-01|0.00|ZOOM', 'Free Trial|Weekly|2024-01-29|0.00|ZOOM', 'Free Trial|Monthly|2024-02-01|0.00|ZOOM'], 'new days appear as time passes');
SELECT t.healthy('all is consistent as time passes');

-- a user becomes active, a licence is handed on, ends, goes
CALL t.meeting('m4', 'u1', '2024-01-30 10:00Z');
UPDATE silver.si_licenses SET assigned_to_user_id = 'u2', update_timestamp = '2024-02-01Z' WHERE license_id = 'l8';
UPDATE silver.si_licenses SET end_date = '2024-01-31', update_timestamp = '2024-02-01Z' WHERE license_id = 'l1';
DELETE FROM silver.si_licenses WHERE license_id = 'l9';
CALL t.refresh_at('2024-02-01 01:00Z');
SELECT t.same('SELECT * FROM t.rates WHERE license_type = ''Pro'' AND period_start >= ''2024-01-29''', ARRAY['Pro|Daily|2024-01-29|0.00|ZOOM', 'Pro|Daily|2024-01-30|100.00|ZOOM',
	'Pro|Daily|2024-01-31|0.00|ZOOM', 'Pro|Weekly|2024-01-29|100.00|ZOOM'], 'an end date cuts the periods after it, a meeting makes its host active');
SELECT t.same('SELECT * FROM t.rates WHERE license_type IN (''Education'', ''Free Trial'') AND period_type = ''Monthly''', ARRAY['Education|Monthly|2024-01-01|100.00|ZOOM',
	'Education|Monthly|2024-02-01|0.00|ZOOM'], 'handed on, it is the new user''s; a deleted one has no rows');
SELECT t.healthy('all is consistent after changes');
-- thirds
CALL t.license('t1', 'Third', 'u1', '2024-01-30', '2024-01-30');
CALL t.license('t2', 'Third', 'u2', '2024-01-30', '2024-01-30');
CALL t.license('t3', 'Third', 'u2', '2024-01-30', '2024-01-30');
CALL t.refresh_at('2024-02-01 02:00Z');
SELECT t.same('SELECT period_type, utilization_rate FROM t.rates WHERE license_type = ''Third''', ARRAY['Daily|33.33', 'Weekly|33.33', 'Monthly|100.00'], 'rounded to two decimals');

-- seats for analysts: assigned is what the rates count as assigned, also to whom silver never had
CALL t.license('s1', 'Seat', 'u1', '2024-01-30');
CALL t.license('s2', 'Seat', 'nobody', '2024-01-30');
CALL t.license('s3', 'Seat', NULL, '2024-01-30');
CALL t.refresh_at('2024-02-01 03:00Z');
SELECT t.same('SELECT utilization_rate FROM t.rates WHERE license_type = ''Seat'' AND period_start = ''2024-01-30''', '50.00', 'one of two');
SELECT t.same('SELECT person IS NULL, is_assigned FROM gold_bi.licenses WHERE license_type = ''Seat''', ARRAY['false|true', 'true|true', 'true|false'], 'two are assigned');
SELECT t.same('SELECT seat_status FROM gold_bi.license_seats_idle WHERE license_type = ''Seat''', ARRAY['Idle', 'Unassigned'], 'one seat is free, one of the two is used');
SELECT t.equal('SELECT license_type, is_assigned, count(*) FROM gold_bi_masked.licenses GROUP BY 1, 2',
	'SELECT license_type, ordinal IS NOT NULL, count(*) FROM zoom_gold.verify_licenses() WHERE NOT rejected GROUP BY 1, 2', 'of each type, masked as well');
-- lost, it is made anew by the step that keeps it
DROP TABLE gold_state.license_detail CASCADE;
SELECT FROM zoom_gold.setup() \g /dev/null
CALL t.refresh();
SELECT t.healthy('verify() compares what is kept of licences');
SELECT t.same('SELECT count(*) FROM gold_bi.licenses WHERE license_type = ''Seat''', '3', 'views are back');
UPDATE gold_state.license_detail SET ordinal = NULL WHERE license_type = 'Seat';
SELECT t.same('SELECT check_name FROM zoom_gold.verify() WHERE NOT passed', 'license_detail', 'and notices another user');
SELECT zoom_gold.invalidate('si_licenses') \g /dev/null
CALL t.refresh();

-- long names of systems, which each period repeats
UPDATE silver.si_licenses SET source_system = repeat('system ', 50) || CASE WHEN license_type = 'Pro' THEN '1' ELSE '2' END;
CALL t.refresh();
SELECT t.healthy('long names of systems are one thing or another');
UPDATE gold.go_agg_license_utilization SET source_system = repeat('system ', 50) || '3' WHERE source_system LIKE 'system%' AND period_type = 'Monthly';
SELECT t.same('SELECT check_name FROM zoom_gold.verify() WHERE NOT passed', 'go_agg_license_utilization', 'verify() tells them apart');
SELECT * FROM finish();
