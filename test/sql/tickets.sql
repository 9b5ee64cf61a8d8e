\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- go_fact_support_ticket: when a ticket was resolved.
CALL t.setup();
-- all tickets go
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CALL t.user('u1', 'Ana');
CREATE VIEW t.resolved AS SELECT ticket_type, resolution_status, resolved_at FROM gold.go_fact_support_ticket;
CALL t.ticket('open', 'u1', 'open', 'Open', '2024-01-10');
CALL t.ticket('straight', 'u1', 'straight', 'Open', '2024-01-10');
CALL t.ticket('closed', 'u1', 'closed', 'Open', '2024-01-10');
CALL t.ticket('reopened', 'u1', 'reopened', 'Open', '2024-01-10');
CALL t.ticket('again', 'u1', 'again', 'Open', '2024-01-10');
CALL t.ticket('born', 'u1', 'born', 'Resolved', '2024-01-10', '2024-01-12 08:00Z');
CALL t.refresh_at('2024-01-12 12:00Z');
SELECT t.same('SELECT * FROM t.resolved', ARRAY['open|Open|-', 'straight|Open|-', 'closed|Open|-', 'reopened|Open|-', 'again|Open|-', 'born|Resolved|2024-01-12 08:00'],
	'resolved_at is the instant of the version that is resolved');
CALL t.ticket_status('straight', 'resolved', '2024-01-13 08:00Z');
CALL t.ticket_status('closed', 'Resolved', '2024-01-13 08:00Z');
CALL t.ticket_status('closed', 'Closed', '2024-01-14 08:00Z');
CALL t.ticket_status('reopened', 'Resolved', '2024-01-13 08:00Z');
CALL t.ticket_status('reopened', 'In Progress', '2024-01-14 08:00Z');
CALL t.ticket_status('again', 'Closed', '2024-01-13 08:00Z');
CALL t.ticket_status('again', 'Open', '2024-01-14 08:00Z');
CALL t.ticket_status('again', 'Closed', '2024-01-15 08:00Z');
CALL t.refresh_at('2024-01-16 12:00Z');
SELECT t.same('SELECT * FROM t.resolved', ARRAY['open|Open|-', 'straight|Resolved|2024-01-13 08:00', 'closed|Closed|2024-01-13 08:00', 'reopened|In Progress|-',
	'again|Closed|2024-01-15 08:00', 'born|Resolved|2024-01-12 08:00'], 'resolved then closed keeps the first instant, reopened loses it, resolved again has the new one');
CALL t.ticket_status('again', 'Resolved', '2024-01-20 08:00Z');
CALL t.ticket_status('reopened', 'Pending Customer', '2024-01-20 08:00Z');
UPDATE silver.si_support_tickets SET user_id = 'u2', update_timestamp = '2024-01-21 08:00Z' WHERE ticket_id = 'straight';
CALL t.refresh_at('2024-01-22 12:00Z');
SELECT t.same('SELECT * FROM t.resolved', ARRAY['open|Open|-', 'straight|Resolved|2024-01-13 08:00', 'closed|Closed|2024-01-13 08:00', 'reopened|Pending Customer|-',
	'again|Resolved|2024-01-15 08:00', 'born|Resolved|2024-01-12 08:00'], 'the run is unbroken as long as it is resolved or closed');
-- versions that arrive late
INSERT INTO silver.si_support_tickets VALUES
	('straight', 'u1', 'straight', 'Open', '2024-01-10', '2024-01-10Z', '2024-01-17 08:00Z', 'DESK'),
	('again', 'u1', 'again', 'In Progress', '2024-01-10', '2024-01-10Z', '2024-01-18 08:00Z', 'DESK'),
	('open', 'u1', 'open', 'Resolved', '2024-01-10', '2024-01-09Z', '2024-01-09 08:00Z', 'DESK');
CALL t.refresh_at('2024-01-23 12:00Z');
SELECT t.same('SELECT * FROM t.resolved WHERE ticket_type IN (''straight'', ''again'', ''open'')', ARRAY['open|Open|-', 'straight|Resolved|2024-01-21 08:00',
	'again|Resolved|2024-01-20 08:00'], 'a late version that is not resolved breaks the run, an older one that is does not resolve');
-- a status without a moved timestamp counts from its capture
CALL t.clock('2024-01-24 06:00Z');
UPDATE silver.si_support_tickets SET resolution_status = 'Closed' WHERE ticket_id = 'reopened';
CALL t.refresh_at('2024-01-24 12:00Z');
SELECT t.same('SELECT * FROM t.resolved WHERE ticket_type = ''reopened''', 'reopened|Closed|2024-01-24 06:00', 'a status that changes without its timestamp counts from its capture');
-- deleted and back: the versions since then
CALL t.clock('2024-01-25 06:00Z');
DELETE FROM silver.si_support_tickets WHERE ticket_id IN ('closed', 'born');
CALL t.refresh();
SELECT t.same('SELECT ticket_type FROM t.resolved', ARRAY['open', 'straight', 'reopened', 'again'], 'a deleted ticket is gone');
CALL t.clock('2024-01-26 06:00Z');
CALL t.ticket('closed', 'u1', 'closed', 'Closed', '2024-01-10', '2024-01-26 05:00Z');
CALL t.ticket('born', 'u1', 'born', 'Resolved', '2024-01-10', '2024-01-12 08:00Z');
CALL t.refresh();
SELECT t.same('SELECT * FROM t.resolved WHERE ticket_type IN (''closed'', ''born'')', ARRAY['closed|Closed|2024-01-26 05:00', 'born|Resolved|2024-01-26 06:00'],
	'back again, only the versions since the deletion count');
-- resolved before it was opened
CALL t.ticket('early', 'u1', 'early', 'Resolved', '2024-01-27', '2024-01-26 23:59:59Z');
CALL t.ticket('midnight', 'u1', 'midnight', 'Resolved', '2024-01-27', '2024-01-27 00:00Z');
CALL t.refresh_at('2024-01-28Z');
SELECT t.same('SELECT * FROM t.resolved WHERE ticket_type IN (''early'', ''midnight'')', ARRAY['early|Resolved|-', 'midnight|Resolved|2024-01-27 00:00'],
	'a resolution before the opening is none');
SELECT t.same($$SELECT e FROM t.errors() AS e WHERE e LIKE '%resolved%'$$, 'si_support_tickets early resolved_before_opened warning', 'and warned of');
UPDATE silver.si_support_tickets SET open_date = '2024-01-26', update_timestamp = '2024-01-28Z' WHERE ticket_id = 'early';
CALL t.refresh_at('2024-01-29Z');
SELECT t.same('SELECT * FROM t.resolved WHERE ticket_type = ''early''', 'early|Resolved|2024-01-26 23:59:59', 'corrected, it counts');
SELECT t.errors_are(ARRAY['si_support_tickets straight user_unknown warning'], 'nothing else is amiss but an unknown user');

-- the aggregate: hours from the opening, by its period
SELECT t.equal($$SELECT ticket_type, period_type, period_start, avg_resolution_time FROM gold.go_agg_ticket_resolution$$,
	$$SELECT ticket_type, p.type, p.start, round(avg(extract(epoch FROM resolved_at - open_date::timestamp AT TIME ZONE 'UTC') / 3600), 2)
	  FROM gold.go_fact_support_ticket, LATERAL (VALUES ('Daily', open_date), ('Weekly', date_trunc('week', open_date::timestamp)::date),
		('Monthly', date_trunc('month', open_date::timestamp)::date)) AS p (type, start)
	  WHERE resolved_at IS NOT NULL GROUP BY ticket_type, p.type, p.start$$, 'average hours by period of opening and type');
SELECT t.same($$SELECT ticket_type, avg_resolution_time FROM gold.go_agg_ticket_resolution WHERE period_type = 'Daily' AND ticket_type IN ('again', 'midnight', 'early', 'open')$$,
	ARRAY['again|248.00', 'midnight|0.00', 'early|24.00'], 'whole hours, zero hours, none');
-- rounding half away from zero: 36 s = 0.01 h; 18 s = 0.005 h
TRUNCATE silver.si_support_tickets;
INSERT INTO silver.si_support_tickets VALUES
	('a', 'u1', 'half', 'Resolved', '2024-01-01', '2024-01-01 00:00:18Z', NULL, 'DESK'),
	('b', 'u1', 'less', 'Resolved', '2024-01-01', '2024-01-01 00:00:17.999999Z', NULL, 'DESK'),
	('c', 'u1', 'three', 'Resolved', '2024-01-01', '2024-01-01 01:00Z', NULL, 'DESK'),
	('d', 'u1', 'three', 'Resolved', '2024-01-01', '2024-01-01 01:00Z', NULL, 'DESK2'),
	('e', 'u1', 'three', 'Resolved', '2024-01-01', '2024-01-01 03:00Z', NULL, 'DESK'),
	('f', 'u1', 'three', 'Open', '2024-01-01', '2024-01-01 09:00Z', NULL, 'DESK3'),
	('g', 'u1', 'unresolved', 'Open', '2024-01-01', '2024-01-01 09:00Z', NULL, 'DESK');
CALL t.refresh_at('2024-02-01Z');
SELECT t.same($$SELECT ticket_type, avg_resolution_time, source_system FROM gold.go_agg_ticket_resolution WHERE period_type = 'Monthly'$$,
	ARRAY['half|0.01|DESK', 'less|0.00|DESK', 'three|1.67|Multiple'], 'rounded half away from zero; unresolved tickets are left out, a type without resolved ones has no row');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
