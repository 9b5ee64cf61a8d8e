\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Views for readers over odd silvers: after each step every view of gold_bi is
-- what include/bi.sql finds in silver, and the masked ones are the same but for
-- names and e-mails.
CALL t.setup();
\set oracle :abs_srcdir '/include/oracle.sql'
\i :oracle
\set bi :abs_srcdir '/include/bi.sql'
\i :bi
CALL oracle.attach();
SET jit = off;
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CREATE FUNCTION t.differences() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CALL oracle.compute();
	RETURN QUERY SELECT oracle.differences();
	RETURN QUERY SELECT bi.differences();
END
$$;
-- What is done at a time, and how gold_bi looks after the refresh.
CREATE FUNCTION t.step(at text, description text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	CALL t.refresh_at(at);
	RETURN t.same('SELECT t.differences()', '{}'::text[], description);
END
$$;
SELECT t.step('2024-01-10 12:00Z', 'nothing in silver');
SELECT t.same('SELECT count(*), min(date), bool_or(is_month_complete) FROM gold_bi.calendar', '31|2024-01-01|false', 'the calendar has the running month');
CALL t.user('u1', 'Ana', '2024-01-09Z');
SELECT t.step('2024-01-10 13:00Z', 'one user');
CALL t.license('l1', 'Pro', 'u1', '2024-01-10');
CALL t.license('l2', 'Pro', NULL, '2024-01-11');
CALL t.license('l3', 'Odd', 'nobody', '2023-12-31', '2024-01-10');
SELECT t.step('2024-01-10 14:00Z', 'licences of one who does nothing, of nobody, and of nobody known');
CALL t.ticket('t1', 'u1', 'Bug', 'Open', '2023-11-30');
CALL t.ticket('t2', NULL, 'Idea', 'Open', '2023-11-01');
SELECT t.step('2024-01-10 15:00Z', 'tickets without any meeting');
SELECT t.same('SELECT month_start, tickets, active_users, tickets_per_1000, is_complete FROM gold_bi.tickets_per_1000_active_users',
	'{2023-11-01|2|0|-|true,2023-12-01|0|0|-|true,2024-01-01|0|0|-|false}'::text[], 'count by the month up to the running one');
CALL t.meeting('m1', 'nobody', '2024-01-08 10:00Z');
CALL t.participant('p1', 'm1', NULL, '2024-01-08 10:00Z', '2024-01-08 10:10Z');
CALL t.participant('p2', 'm1', NULL, '2024-01-08 10:00Z');
SELECT t.step('2024-01-10 16:00Z', 'a meeting of nobody known, with guests');
SELECT t.same('SELECT month_start, monthly_active_users, stickiness_rate FROM gold_bi.stickiness', '2024-01-01|0|-', 'is a month without anybody active');

-- people
CALL t.user('u2', 'Ana', '2024-01-10 17:00Z', email => NULL, company => NULL, plan => NULL);
CALL t.user('u3', 'Bo', '2024-01-10 17:00Z', email => 'ana@x.example');
CALL t.user('u4', 'בועז 🦉 الليل', '2024-01-10 17:00Z', email => 'owl@x.example', company => 'חברה');
CALL t.user('u5', repeat('Long ', 300) || 'Name', '2024-01-10 17:00Z', email => 'long@x.example', company => repeat('x', 2000));
CALL t.meeting('m2', 'u2', '2024-01-10 10:00Z');
CALL t.meeting('m3', 'u5', '2024-01-10 10:00Z', topic => NULL);
SELECT t.step('2024-01-10 18:00Z', 'two of one name, one without anything, two of one address, names of any script and length');
CALL t.change_user('u1', '2024-01-11Z', name => 'Bo', plan => 'Pro');
CALL t.change_user('u3', '2024-01-11Z', name => 'Ana', email => 'bo@x.example', company => 'Bravo');
CALL t.meeting('m4', 'u1', '2024-01-11 10:00Z');
CALL t.meeting('m5', 'u3', '2024-01-10 23:59:59.999999Z');
CALL t.meeting('m0', 'u3', '2024-01-11Z');
CALL t.webinar('w0', 'u3', '2024-01-11Z', '2024-01-11 01:00Z');
CALL t.usage('f0', 'm0', 'Chat', '2024-01-10');
CALL t.usage('f00', 'm0', 'Chat', '2024-01-11');
CALL t.ticket('t0', 'u3', 'Bug', 'Open', '2024-01-10');
CALL t.ticket('t00', 'u3', 'Bug', 'Open', '2024-01-11');
CALL t.license('l0', 'Pro', 'u3', '2024-01-10', '2024-01-11');
CALL t.license('l00', 'Pro', 'u3', '2024-01-11', '2024-01-11');
CALL t.billing('b0', 'u3', 'Add-on Purchase', 1, '2024-01-10');
CALL t.billing('b00', 'u3', 'Add-on Purchase', 1, '2024-01-11');
SELECT t.step('2024-01-12Z', 'names exchanged, with events on that day and at that instant');
DELETE FROM silver.si_users WHERE user_id = 'u2';
SELECT t.step('2024-01-13Z', 'one deleted');
CALL t.user('u2', 'Ana', '2024-01-14Z', email => 'back@x.example', plan => 'Business');
CALL t.meeting('m6', 'u2', '2024-01-13 12:00Z');
SELECT t.step('2024-01-15Z', 'and back, with a meeting in between');

-- time
CALL t.meeting('m7', 'u4', '2024-02-29 23:30Z', 60);
CALL t.participant('p3', 'm7', 'u1', '2024-02-29 23:30:00.4Z', '2024-02-29 23:31:00Z');
CALL t.participant('p4', 'm7', 'u1', '2024-03-01 00:00:00.4Z', '2024-03-01 00:01:00Z');
CALL t.participant('p5', 'm7', 'u1', '2024-03-01 00:10:00Z', '2024-03-01 00:10:00.9Z');
CALL t.participant('p6', 'm7', NULL, '2024-03-01 00:10:00Z', '2024-03-01 00:10:00.9Z');
CALL t.participant('p7', 'm7', 'gone', '2024-02-29 23:30:00Z', '2024-02-29 23:30:00Z');
CALL t.meeting('m8', 'u4', '2024-03-31 00:30Z', 120);
CALL t.meeting('m9', 'u4', '2023-12-31 23:59Z', 2);
CALL t.usage('f1', 'm7', 'Chat', '2024-03-01');
CALL t.usage('f2', 'm7', 'Chat', '2024-02-29', 0);
CALL t.usage('f3', 'm8', 'Poll', '2024-03-31');
SELECT t.step('2024-04-02Z', 'midnight, a leap day, ends of months and of a year, clocks turned');
SELECT t.same('SELECT attendees, guests, attended_minutes FROM gold_bi.meetings WHERE start_date = ''2024-02-29''', '3|1|2.02', 'attended time is summed to the microsecond and rounded once');

-- money
INSERT INTO gold_state.billing_event_class (event_type, mrr_sign) VALUES ('Credit', -1);
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2023-10-31');
CALL t.billing('b2', 'u1', 'Refund', 30.01, '2023-11-01');
CALL t.billing('b3', 'u1', 'Subscription Fee', 10, '2024-02-01');
CALL t.billing('b4', 'u2', 'Refund', 5, '2023-10-01');
CALL t.billing('b5', 'u2', 'Refund', 3, '2023-11-01');
CALL t.billing('b6', 'u3', 'Subscription Renewal', 120, '2024-01-31');
CALL t.billing('b7', NULL, 'Add-on Purchase', 7, '2023-08-01');
CALL t.billing('b8', 'nobody', 'Subscription Fee', 0.01, '2024-03-01');
CALL t.billing('b9', 'u3', 'credit', 0.02, '2024-03-01');
CALL t.billing('b10', 'u3', 'Gift', 1000, '2024-03-01');
CALL t.billing('b11', 'u4', 'Subscription Fee', 99.99, '2024-04-02');
SELECT t.step('2024-04-02 01:00Z', 'refunds that pass the fees, months without any, customers who come back');
SELECT t.same($$SELECT * FROM (SELECT *, lag(ending_mrr, 1, 0.00) OVER (ORDER BY month_start) AS before FROM gold_bi.mrr_movements) m
	WHERE starting_mrr <> before OR starting_mrr + new_mrr + expansion_mrr + reactivation_mrr + contraction_mrr + churned_mrr <> ending_mrr$$, '{}'::text[], 'each month leads to the next, to the cent');

-- tickets, webinars
CALL t.ticket_status('t1', 'Resolved', '2024-01-20Z');
CALL t.ticket_status('t1', 'Open', '2024-01-21Z');
CALL t.ticket('t3', 'u4', 'Bug', 'Closed', '2024-02-28');
CALL t.ticket('t4', 'gone', 'Bug', 'Resolved', '2024-02-28');
CALL t.webinar('w1', 'u4', '2024-03-31 00:59Z', '2024-03-31 01:01Z', NULL);
CALL t.webinar('w2', 'u1', '2024-02-29 23:00Z', '2024-03-01 01:00Z', 0);
CALL t.webinar('w3', 'nobody', '2023-07-01 01:00Z', NULL, 3);
SELECT t.step('2024-04-03Z', 'tickets opened anew, webinars without registrations, without an end');
UPDATE gold_state.quality_rule SET enabled = false WHERE relation = 'si_participants' AND rule_name = 'meeting_unknown';
CALL t.participant('p8', 'w2', 'u1', '2024-02-29 23:00Z', '2024-03-01 00:59:59.5Z');
CALL t.participant('p9', 'w2', 'u1', '2024-03-01 00:00Z', '2024-03-01 00:00:00.5Z');
CALL t.participant('p10', 'w3', NULL, '2023-07-01 01:00Z');
CALL t.participant('p11', 'nothing', 'u1', '2024-03-01 00:00Z', '2024-03-01 01:00Z');
SELECT t.step('2024-04-04Z', 'and attended over midnight');
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
SELECT t.step('2024-04-05Z', 'participants count as active');

-- the clock: all of gold_bi goes by that of the refresh
CALL t.license('l4', 'Basic', 'u4', '2024-04-01', '2024-04-30');
SELECT t.step(day, description) FROM (VALUES
	('2024-04-29 23:59:59.999999Z', '29 days after the last activity'), ('2024-04-30Z', 'and 30'), ('2024-05-01Z', 'a month later, the licence gone'),
	('2024-06-28Z', '89 days'), ('2024-06-29Z', 'and 90'), ('2024-12-31 23:59Z', 'the last minute of a year'), ('2025-01-01Z', 'and the first of the next')) AS s (day, description);
SELECT t.same($$SELECT lifecycle, count(*) FROM gold_bi.users GROUP BY 1$$, 'churned|5', 'all have left by then');

-- what is to come
CALL t.meeting('m10', 'u4', '2025-01-20 10:00Z');
CALL t.meeting('m11', 'u4', '2025-04-01 10:00Z');
CALL t.meeting('m12', 'u5', '9998-12-31 10:00Z');
CALL t.ticket('t5', 'u1', 'Bug', 'Open', '9999-12-30');
CALL t.billing('b12', 'u1', 'Subscription Fee', 10, '2025-03-01');
CALL t.billing('b13', 'u2', 'Subscription Fee', 10, '2025-04-01');
CALL t.billing('b14', 'u2', 'Subscription Fee', 20, '9999-12-30');
CALL t.usage('f4', 'm12', 'Chat', '9998-12-31');
CALL t.license('l5', 'Basic', 'u4', '2030-01-01');
CALL t.webinar('w4', 'u4', '2026-07-01 00:00Z', '2026-07-01 01:00Z', 5);
SELECT t.step('2025-01-02Z', 'meetings, tickets, money, webinars and licences of years to come');
SELECT t.same($$SELECT view_name FROM bi.views('gold_bi') v WHERE t.row_count('gold_bi.' || view_name) > 2000$$, '{}'::text[], 'fill no millennia with nothing');
SELECT t.same($$SELECT starting_mrr + new_mrr + expansion_mrr + reactivation_mrr + contraction_mrr + churned_mrr <> ending_mrr, count(*) FROM gold_bi.mrr_movements GROUP BY 1$$, 'false|21', 'each month to come stands for itself');

-- zones of readers
CREATE FUNCTION t.in_zone(zone text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	RETURN QUERY SELECT bi.differences();
END
$$;
SELECT t.same(format('SELECT t.in_zone(%L)', zone), '{}'::text[], zone || ' reads the same') FROM unnest('{UTC,America/New_York,Asia/Kathmandu,Pacific/Pago_Pago}'::text[]) zone;

-- and nobody
DELETE FROM silver.si_users;
SELECT t.step('2025-01-03Z', 'all users deleted');
SELECT t.same($$SELECT lifecycle, count(*), count(DISTINCT person) FROM gold_bi.users GROUP BY 1$$, 'deleted|5|5', 'are known as such');
TRUNCATE silver.si_meetings, silver.si_participants, silver.si_feature_usage, silver.si_webinars, silver.si_support_tickets, silver.si_licenses, silver.si_billing_events;
SELECT t.step('2025-01-04Z', 'nothing left');

-- a clock that is none, and the wall clock
SELECT set_config('zoom_gold.clock', 'infinity', false) \g /dev/null
SELECT throws_ok('SELECT * FROM gold_bi.calendar', '0A000', NULL, 'a clock that is none is told to readers');
RESET zoom_gold.clock;
SELECT t.same('SELECT max(month_start) FILTER (WHERE NOT is_complete) = date_trunc(''month'', now() AT TIME ZONE ''UTC'')::date FROM gold_bi.calendar', 'true', 'without one today is today');
SELECT * FROM finish();
