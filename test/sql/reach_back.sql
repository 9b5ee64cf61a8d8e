\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The first version reaches back to the first day on which a fact names the user.
CALL t.setup();
CREATE FUNCTION t.first(name text) RETURNS SETOF text LANGUAGE sql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
	SELECT valid_from::text FROM gold.go_dim_user WHERE user_name = $1 ORDER BY valid_from LIMIT 1
$$;
CALL t.user('u1', 'Ana', '2024-02-01 09:00Z');
CALL t.change_user('u1', '2024-03-01 09:00Z', plan => 'Pro');
CALL t.refresh_at('2024-03-02Z');
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-02-01 09:00:00+00', 'without facts it opens at its own timestamp');
CALL t.meeting('m1', 'u1', '2024-02-01 23:00Z');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-02-01 00:00:00+00', 'a fact of the same day takes it to 00:00 UTC');
CALL t.billing('b1', 'u1', 'Refund', 1, '2024-01-20');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-01-20 00:00:00+00', 'an earlier one further');
CALL t.license('l1', 'Pro', 'u1', '2024-01-10');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-01-10 00:00:00+00', 'a licence too');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-05');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-01-05 00:00:00+00', 'and a ticket');
CALL t.meeting('m2', 'u1', '2024-01-02 10:00Z', minutes => -10);
CALL t.billing('b2', 'u1', 'Subscription Fee', -1, '2024-01-01');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-01-05 00:00:00+00', 'a rejected row does not count');
CALL t.billing('b3', 'u1', 'Refund', 1, '2024-06-01');
CALL t.refresh();
SELECT t.same($$SELECT plan_type, valid_from, valid_to FROM gold.go_dim_user$$, ARRAY['Free|2024-01-05 00:00|2024-03-01 09:00', 'Pro|2024-03-01 09:00|9999-12-31 00:00'],
	'only the first version moves');

-- it moves with the data
DELETE FROM silver.si_support_tickets;
DELETE FROM silver.si_licenses;
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-01-20 00:00:00+00', 'when those facts go it moves forward');
UPDATE silver.si_billing_events SET user_id = 'u2', update_timestamp = '2024-03-02Z' WHERE event_id = 'b1';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-02-01 00:00:00+00', 'when they name someone else as well');
DELETE FROM silver.si_meetings WHERE meeting_id = 'm1';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Ana')$$, '2024-02-01 09:00:00+00', 'to its own timestamp at the latest');

-- a user who arrives after his facts
CALL t.user('u2', 'Bo', '2024-02-10 09:00Z', email => 'bo@x.example');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.first('Bo')$$, '2024-01-20 00:00:00+00', 'an earlier fact waits for the user');
SELECT t.same($$SELECT user_name FROM gold.go_fact_billing WHERE event_date = '2024-01-20'$$, 'Bo', 'and is healed');
-- a late first version
INSERT INTO silver.si_users VALUES ('u2', 'Bob', 'bo@x.example', 'Acme', 'Free', '2024-01-15 10:00Z', '2024-01-15 10:00Z', 'ZOOM');
CALL t.refresh();
SELECT t.same($$SELECT user_name, valid_from, valid_to FROM gold.go_dim_user WHERE email = 'bo@x.example'$$,
	ARRAY['Bob|2024-01-15 10:00|2024-02-10 09:00', 'Bo|2024-02-10 09:00|9999-12-31 00:00'], 'a version that opens before the fact needs no reaching');
SELECT t.same($$SELECT user_name FROM gold.go_fact_billing WHERE event_date = '2024-01-20'$$, 'Bob', 'and is the one of the fact');

-- the reach decides no claim to a name
CALL t.user('u3', 'Same', '2024-02-02Z', email => 'three@x.example');
CALL t.user('u4', 'Same', '2024-02-01Z', email => 'four@x.example');
CALL t.meeting('m3', 'u3', '2024-01-01 10:00Z');
CALL t.refresh();
SELECT t.same($$SELECT user_name, email, valid_from FROM gold.go_dim_user WHERE user_name LIKE 'Same%'$$,
	ARRAY['Same|four@x.example|2024-02-01 00:00', 'Same (three@x.example)|three@x.example|2024-01-01 00:00'], 'claims to a name go by own timestamps');
-- every fact with a user lies in exactly one version
SELECT t.same($$SELECT user_name, n FROM (
		SELECT f.user_name, (SELECT count(*) FROM gold.go_dim_user d WHERE d.user_name = f.user_name AND f.at >= d.valid_from AND f.at < d.valid_to) AS n
		FROM (SELECT user_name, start_time AS at FROM gold.go_fact_meeting_usage UNION ALL
			  SELECT user_name, (event_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us' FROM gold.go_fact_billing) AS f) AS j WHERE n <> 1$$,
	'{}'::text[], 'an as-of join loses no fact');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
