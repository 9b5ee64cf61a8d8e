\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows of one key with the same timestamps of which nobody saw which came last:
-- their content decides, of all relations and of what follows from them alike.
CREATE SCHEMA silver;
CREATE SCHEMA raw;
CALL t.create_views();
CALL t.setup();
CALL t.clock('2024-06-30 12:00Z');
INSERT INTO raw.si_users SELECT 'u' || i, 'N' || i + k % 2, 'E' || k || '@X.example', 'C' || k % 2, 'pro', '2024-01-02Z', NULL, nullif('Z' || k, 'Z2') FROM generate_series(1, 20) i, generate_series(1, 3) k;
INSERT INTO raw.si_meetings SELECT 'm' || i, 'u' || k, 'T' || k % 2, timestamptz '2024-01-01Z' + k * interval '1 day', NULL, k - 2, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 20) i, generate_series(1, 3) k;
INSERT INTO raw.si_participants SELECT 'p' || i, ' m' || i, nullif('u' || k, 'u2'), timestamptz '2024-01-01Z' + k * interval '1 day', NULL, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 20) i, generate_series(1, 3) k;
INSERT INTO raw.si_feature_usage SELECT 'f' || i, 'm' || i, 'F' || k % 2, k - 2, date '2024-01-01' + k, '2024-01-02Z', NULL, nullif('Z' || k, 'Z2') FROM generate_series(1, 20) i, generate_series(1, 3) k;
INSERT INTO raw.si_webinars SELECT 'w' || i, 'u' || i, 'T' || k % 2, timestamptz '2024-01-01Z' + k * interval '1 day', NULL, k - 2, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 20) i, generate_series(1, 3) k;
INSERT INTO raw.si_support_tickets SELECT 't' || i, 'u' || i, 'Audio', s, '2024-01-01', '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 40) i, unnest('{Open,closed,Odd}'::text[]) AS s;
INSERT INTO raw.si_licenses SELECT 'l' || i, 'PRO', 'u' || k, date '2024-01-01' + k, CASE k WHEN 1 THEN 'infinity' WHEN 3 THEN date '2024-02-01' END, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 20) i, generate_series(1, 3) k;
INSERT INTO raw.si_billing_events SELECT 'b' || i, 'u' || k, 'refund', CASE k WHEN 3 THEN 'NaN' ELSE k * 1.5 END, date '2024-01-01' + k, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 20) i, generate_series(1, 3) k;
CALL t.refresh();
SELECT t.equal('SELECT resolution_status, count(*), count(resolved_at) FROM gold.go_fact_support_ticket GROUP BY 1',
	$$SELECT resolution_status, count(*), count(*) FILTER (WHERE resolution_status = 'Closed') FROM gold.go_fact_support_ticket GROUP BY 1$$, 'tickets that show Closed were closed, the others were not');
SELECT t.same('SELECT count(*), count(DISTINCT resolution_status) FROM gold.go_fact_support_ticket', '40|3', 'now one counts, now another');
SELECT t.same('SELECT count(DISTINCT user_name), count(*) FROM gold.go_dim_user', '20|20', 'users have a version each');
SELECT t.healthy('verify() finds the same rows');
CREATE TABLE t.first AS SELECT user_name, resolution_status, resolved_at FROM gold.go_fact_support_ticket;

-- their words may come to mean something else
INSERT INTO gold_state.value_map VALUES ('si_support_tickets', 'resolution_status', 'odd', 'Resolved');
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM gold.go_fact_support_ticket WHERE resolution_status IN ('Resolved', 'Closed') AND resolved_at IS NULL$$, '0', 'mapped words resolve as well');
SELECT t.healthy('for verify(), too');
DELETE FROM gold_state.value_map;
CALL t.refresh();
SELECT t.equal('SELECT user_name, resolution_status, resolved_at FROM gold.go_fact_support_ticket', 'TABLE t.first', 'and no longer');

-- in whatever order they are seen
CREATE TEMP TABLE half AS SELECT * FROM raw.si_support_tickets WHERE resolution_status <> 'Open';
DELETE FROM raw.si_support_tickets WHERE resolution_status <> 'Open';
SELECT FROM zoom_gold.rebuild('si_support_tickets') \g /dev/null
INSERT INTO raw.si_support_tickets SELECT * FROM half;
CALL t.refresh(true);
SELECT t.equal('SELECT user_name, resolution_status, resolved_at FROM gold.go_fact_support_ticket', 'TABLE t.first', 'it is the same when some come later');
SELECT t.healthy('and is right');

-- users who are gone, as silver was purged of them
UPDATE gold_state.settings SET value = 'ignore' WHERE name = 'delete_policy';
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
DELETE FROM raw.si_users;
CALL t.refresh(true);
SELECT t.same('SELECT count(*) FROM gold.go_dim_user WHERE is_current', '20', 'users whose deletion is ignored stay');
SELECT t.healthy('as they were');
SELECT * FROM finish();
