\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The law of succession: of the versions of a key's present life the newest is
-- current, however they came.
CALL t.setup();
CREATE FUNCTION t.history(id text) RETURNS TABLE (plan text, email text, valid_from timestamptz, valid_to timestamptz)
LANGUAGE sql AS $$
	SELECT g.plan_type, left(g.email, 1), g.valid_from, g.valid_to
	FROM gold_state.user_identity i
	JOIN gold_state.user_version v USING (ordinal)
	JOIN gold.go_dim_user g ON g.user_name = v.user_name AND g.valid_from = v.valid_from
	WHERE i.user_id = id
$$;

-- A correction without a newer timestamp, then a version older than that
CALL t.clock('2026-11-28 12:00Z');
CALL t.user('u1', 'Ann', '2026-11-28 09:00Z', email => 'a@x.example', plan => 'Basic');
CALL t.refresh();
CALL t.clock('2026-11-28 13:00Z');
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = 'u1';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u1')$$, ARRAY['Basic|a|2026-11-28 09:00|2026-11-28 13:00', 'Pro|a|2026-11-28 13:00|9999-12-31 00:00'],
	'a correction counts from its capture');
CALL t.clock('2026-11-28 14:00Z');
UPDATE silver.si_users SET email = 'b@x.example', update_timestamp = '2026-11-28 09:30Z' WHERE user_id = 'u1';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u1')$$, ARRAY['Basic|a|2026-11-28 09:00|2026-11-28 09:30', 'Pro|b|2026-11-28 09:30|9999-12-31 00:00'],
	'until the next version takes effect, though that be earlier: then it was in force at no time');
SELECT t.healthy('history is sound');
CALL t.clock('2026-11-28 15:00Z');
CALL t.user('u1', 'Ann', '2026-11-28 09:15Z', email => 'c@x.example', plan => 'Free');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u1')$$, ARRAY['Basic|a|2026-11-28 09:00|2026-11-28 09:15', 'Free|c|2026-11-28 09:15|2026-11-28 09:30',
	'Pro|b|2026-11-28 09:30|9999-12-31 00:00'], 'a late version never overwrites the newest');
UPDATE silver.si_users SET plan_type = 'Business' WHERE user_id = 'u1' AND plan_type = 'Free';
CALL t.refresh_at('2026-11-28 16:00Z');
SELECT t.same($$SELECT plan, email FROM t.history('u1') WHERE valid_to > '9999-01-01Z'$$, 'Pro|b',
	'nor does a correction of a version that is not the newest');

-- Every order in which the three can come leads to the same newest version
CREATE PROCEDURE t.play(id text, steps text[]) LANGUAGE plpgsql AS $$
DECLARE
	step text;
	at timestamptz := '2026-11-28 12:00Z';
BEGIN
	FOREACH step IN ARRAY steps LOOP
		at := at + interval '1 hour';
		CALL t.clock(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI"Z"'));
		IF step = 'first' THEN
			CALL t.user(id, id, '2026-11-28 09:00Z', email => 'a@x.example', plan => 'Basic');
		ELSIF step = 'newer' THEN
			CALL t.user(id, id, '2026-11-28 09:30Z', email => 'b@x.example', plan => 'Enterprise');
		ELSIF step = 'correct' THEN
			UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = id AND update_timestamp = '2026-11-28 09:00Z';
		ELSE
			CALL t.refresh();
		END IF;
		COMMIT;
	END LOOP;
END
$$;
CALL t.play('o1', '{first,refresh,correct,refresh,newer,refresh}');
CALL t.play('o2', '{first,correct,newer,refresh}');
CALL t.play('o3', '{first,refresh,newer,refresh,correct,refresh}');
CALL t.play('o4', '{first,newer,correct,refresh}');
CALL t.play('o5', '{newer,refresh,first,refresh,correct,refresh}');
CALL t.play('o6', '{newer,first,correct,refresh}');
SELECT t.same(format('SELECT * FROM t.history(%L)', id), ARRAY['Basic|a|2026-11-28 09:00|2026-11-28 09:30',
	'Enterprise|b|2026-11-28 09:30|9999-12-31 00:00'], 'a correction and a newer version in the order ' || id)
FROM unnest('{o1,o2,o3,o4,o5,o6}'::text[]) AS id;

-- Deleted on the 5th, back on the 6th with a timestamp of the 2nd, updated in
-- place on the 7th with one of the 4th
CALL t.clock('2026-03-01 12:00Z');
CALL t.user('u2', 'Bo', '2026-03-01 00:00Z', email => 'a@y.example', plan => 'Free');
CALL t.refresh();
CALL t.clock('2026-03-05 00:00Z');
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.refresh();
CALL t.clock('2026-03-06 00:00Z');
CALL t.user('u2', 'Bo', '2026-03-02 00:00Z', email => 'b@y.example', plan => 'Basic');
CALL t.refresh();
CALL t.clock('2026-03-07 00:00Z');
UPDATE silver.si_users SET plan_type = 'Pro', update_timestamp = '2026-03-04 00:00Z' WHERE user_id = 'u2';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u2')$$, ARRAY['Free|a|2026-03-01 00:00|2026-03-05 00:00', 'Basic|b|2026-03-06 00:00|2026-03-07 00:00',
	'Pro|b|2026-03-07 00:00|9999-12-31 00:00'], 'the versions of a new life count from their own captures');
-- older than the newest of the new life, newer than its first: in force at no time
CALL t.clock('2026-03-08 00:00Z');
CALL t.user('u2', 'Bo', '2026-03-03 00:00Z', email => 'c@y.example', plan => 'Business');
CALL t.refresh();
SELECT t.same($$SELECT plan, valid_from FROM t.history('u2') WHERE valid_from > '2026-03-05Z'$$, ARRAY['Basic|2026-03-06 00:00',
	'Pro|2026-03-07 00:00'], 'of the new life the newest is current');
-- older than every one of it
CALL t.user('u2', 'Bo', '2026-03-01 12:00Z', email => 'd@y.example', plan => 'Enterprise');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u2') WHERE valid_from < '2026-03-06Z'$$, ARRAY['Free|a|2026-03-01 00:00|2026-03-01 12:00',
	'Enterprise|d|2026-03-01 12:00|2026-03-05 00:00'], 'one older than all of the new life is a late one of the life before');
SELECT t.same($$SELECT plan FROM t.history('u2') WHERE valid_to > '9999-01-01Z'$$, 'Pro', 'and changes nothing of the new');
-- a correction of what belongs to the life before
UPDATE silver.si_users SET plan_type = 'Free' WHERE user_id = 'u2' AND plan_type = 'Enterprise';
CALL t.refresh_at('2026-03-09 00:00Z');
SELECT t.same($$SELECT plan FROM t.history('u2') WHERE valid_to > '9999-01-01Z'$$, 'Pro', 'nor does its correction');
-- a newer version after the deletion counts from its own timestamp
CALL t.user('u2', 'Bo', '2026-03-06 12:00Z', email => 'e@y.example', plan => 'Business');
CALL t.refresh_at('2026-03-10 00:00Z');
SELECT t.same($$SELECT plan, valid_from, valid_to FROM t.history('u2') WHERE valid_from > '2026-03-05Z'$$, ARRAY['Basic|2026-03-06 00:00|2026-03-06 12:00',
	'Business|2026-03-06 12:00|9999-12-31 00:00'], 'a version later than the deletion forestalls those that are not');
SELECT t.healthy('history is sound with lives');
-- the same in one batch
CALL t.clock('2026-03-01 12:00Z');
CALL t.user('u3', 'Cy', '2026-03-01 00:00Z', plan => 'Free');
CALL t.clock('2026-03-05 00:00Z');
DELETE FROM silver.si_users WHERE user_id = 'u3';
CALL t.clock('2026-03-06 00:00Z');
CALL t.user('u3', 'Cy', '2026-03-02 00:00Z', plan => 'Basic');
CALL t.clock('2026-03-07 00:00Z');
UPDATE silver.si_users SET plan_type = 'Pro', update_timestamp = '2026-03-04 00:00Z' WHERE user_id = 'u3';
CALL t.refresh();
SELECT t.same($$SELECT plan, valid_from, valid_to FROM t.history('u3')$$, ARRAY['Free|2026-03-01 00:00|2026-03-05 00:00',
	'Basic|2026-03-06 00:00|2026-03-07 00:00', 'Pro|2026-03-07 00:00|9999-12-31 00:00'], 'in one batch as in four');
-- a deletion never ends what has not begun, nor does what begins then lack a current row
CALL t.clock('2026-03-01 12:00Z');
CALL t.user('u4', 'Dee', '2026-03-20 00:00Z', plan => 'Free');
CALL t.clock('2026-03-05 00:00Z');
DELETE FROM silver.si_users WHERE user_id = 'u4';
CALL t.clock('2026-03-06 00:00Z');
CALL t.user('u4', 'Dee', '2026-03-06 00:00Z', plan => 'Pro');
CALL t.refresh();
SELECT t.same($$SELECT plan FROM t.history('u4') WHERE valid_to > '9999-01-01Z'$$, 'Pro',
	'who comes back after a deletion that waits for a future version is current');

-- Within a transaction: of several states under one timestamp the last
CALL t.clock('2026-04-01 00:00Z');
BEGIN;
CALL t.user('u5', 'Eve', '2026-03-30 00:00Z', plan => 'Free');
UPDATE silver.si_users SET plan_type = 'Basic' WHERE user_id = 'u5';
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = 'u5';
COMMIT;
CALL t.refresh();
SELECT t.same($$SELECT plan, valid_from, valid_to FROM t.history('u5')$$, 'Pro|2026-03-30 00:00|9999-12-31 00:00',
	'a row that is overwritten before anybody sees it leaves no version');
CALL t.clock('2026-04-02 00:00Z');
BEGIN;
UPDATE silver.si_users SET plan_type = 'Free' WHERE user_id = 'u5';
DELETE FROM silver.si_users WHERE user_id = 'u5';
CALL t.user('u5', 'Eve', '2026-03-30 00:00Z', plan => 'Business');
COMMIT;
CALL t.refresh();
SELECT t.same($$SELECT plan, valid_from, valid_to FROM t.history('u5')$$, ARRAY['Pro|2026-03-30 00:00|2026-04-02 00:00',
	'Business|2026-04-02 00:00|9999-12-31 00:00'], 'a correction in two steps is one');
BEGIN;
UPDATE silver.si_users SET plan_type = 'Free' WHERE user_id = 'u5';
UPDATE silver.si_users SET plan_type = 'Business', company = 'Acme ' WHERE user_id = 'u5';
COMMIT;
CALL t.refresh_at('2026-04-03 00:00Z');
SELECT t.same($$SELECT count(*) FROM t.history('u5')$$, '2', 'there and back is none');
BEGIN;
CALL t.user('u5', 'Eve', '2026-04-02 12:00Z', plan => 'Enterprise');
UPDATE silver.si_users SET user_name = NULL WHERE user_id = 'u5' AND plan_type = 'Enterprise';
COMMIT;
CALL t.refresh_at('2026-04-04 00:00Z');
SELECT t.same($$SELECT plan FROM t.history('u5') WHERE valid_to > '9999-01-01Z'$$, 'Business', 'the last state counts, invalid or not');

-- Tickets: when they were resolved
CALL t.clock('2026-05-01 12:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2026-05-01', '2026-05-01 09:00Z');
CALL t.refresh();
CALL t.clock('2026-05-03 00:00Z');
UPDATE silver.si_support_tickets SET resolution_status = 'Closed' WHERE ticket_id = 't1';
CALL t.refresh();
SELECT t.same('SELECT resolved_at FROM gold.go_fact_support_ticket', '2026-05-03 00:00', 'a ticket is resolved when a correction is captured');
CALL t.clock('2026-05-04 00:00Z');
UPDATE silver.si_support_tickets SET resolution_status = 'Resolved', update_timestamp = '2026-05-02 00:00Z' WHERE ticket_id = 't1';
CALL t.refresh();
SELECT t.same('SELECT resolved_at FROM gold.go_fact_support_ticket', '2026-05-02 00:00', 'or at the newer version that forestalls it');
CALL t.clock('2026-05-05 00:00Z');
UPDATE silver.si_support_tickets SET resolution_status = 'Open' WHERE ticket_id = 't1';
CALL t.refresh();
SELECT t.same('SELECT resolution_status, resolved_at FROM gold.go_fact_support_ticket', 'Open|-', 'reopened by a correction');
CALL t.clock('2026-05-06 00:00Z');
DELETE FROM silver.si_support_tickets;
CALL t.clock('2026-05-07 00:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2026-05-01', '2026-05-02 12:00Z');
CALL t.clock('2026-05-08 00:00Z');
UPDATE silver.si_support_tickets SET resolution_status = 'Closed', update_timestamp = '2026-05-04 00:00Z' WHERE ticket_id = 't1';
CALL t.refresh();
SELECT t.same('SELECT resolved_at FROM gold.go_fact_support_ticket', '2026-05-08 00:00', 'in a new life it is resolved when that is captured');

-- a version that is announced for later, and corrected before its time has come
CALL t.user('u20', 'Eve', '2026-05-01 09:00Z', email => 'e@x.example', plan => 'Free');
CALL t.user('u20', 'Eve', '2026-12-10 00:00Z', email => 'e@x.example', plan => 'Basic');
CALL t.refresh();
CALL t.clock('2026-05-09 00:00Z');
UPDATE silver.si_users SET plan_type = 'Pro' WHERE user_id = 'u20' AND plan_type = 'Basic';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u20')$$, ARRAY['Free|e|2026-05-01 09:00|2026-12-10 00:00', 'Pro|e|2026-12-10 00:00|9999-12-31 00:00'],
	'a correction counts from the version''s own timestamp where that is yet to come');

-- of two that tie the one that came first is touched
CALL t.user('u21', 'Fay', '2026-05-01 09:00Z', email => 'f@x.example', plan => 'Basic');
CALL t.refresh();
CALL t.user('u21', 'Fay', '2026-05-01 09:00Z', email => 'f@x.example', plan => 'Pro');
CALL t.refresh();
CALL t.clock('2026-05-10 00:00Z');
UPDATE silver.si_users SET plan_type = plan_type WHERE user_id = 'u21' AND plan_type = 'Basic';
CALL t.refresh();
UPDATE silver.si_users SET company = company || ' ' WHERE user_id = 'u21' AND plan_type = 'Basic';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u21')$$, ARRAY['Pro|f|2026-05-01 09:00|9999-12-31 00:00'], 'a row that says what it said is no version, and wins no tie');
SELECT t.healthy('history is sound at the end');
SELECT * FROM finish();
