\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Changes past the capture triggers: tables swapped by a rebuild, triggers
-- switched off or lost, partitions attached and detached.  Each is noticed by
-- the next refresh, which compares in full and warns; nothing is lost.
CREATE SCHEMA silver;
CREATE TABLE silver.si_billing_events (event_id text, user_id text, event_type text, amount numeric(10,2), event_date date,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text) PARTITION BY RANGE (event_date);
CREATE TABLE silver.billing_jan PARTITION OF silver.si_billing_events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CALL t.setup();
CREATE FUNCTION t.warnings() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', process_name, status, details ->> 'warning') FROM zoom_gold.refresh() WHERE details ? 'warning'
$$;
CREATE FUNCTION t.captures(relation text) RETURNS text LANGUAGE sql AS $$
	SELECT s.capture FROM zoom_gold.status s WHERE s.relation = captures.relation
$$;
\set gone 'capture triggers are missing or not ENABLE ALWAYS; call zoom_gold.setup(); it was compared in full'
\set changed 'the relation or its triggers were changed; it was compared in full'
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z', topic => 'One');
CALL t.meeting('m2', 'u1', '2024-01-11 10:00Z', topic => 'Two');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-10');
CALL t.billing('b1', 'u1', 'Subscription Fee', 1, '2024-01-10');
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'the first load warns of nothing');

-- rebuilt as dbt does: built beside, renamed into place, the old one dropped
BEGIN;
CREATE TABLE silver.si_meetings__new (LIKE silver.si_meetings INCLUDING ALL);
INSERT INTO silver.si_meetings__new SELECT * FROM silver.si_meetings WHERE meeting_id <> 'm1';
INSERT INTO silver.si_meetings__new VALUES ('m3', 'u1', 'Three', '2024-01-12 10:00Z', NULL, 5, '2024-01-12Z', NULL, 'ZOOM');
ALTER TABLE silver.si_meetings RENAME TO si_meetings__old;
ALTER TABLE silver.si_meetings__new RENAME TO si_meetings;
DROP TABLE silver.si_meetings__old;
COMMIT;
SELECT t.same('SELECT t.captures(''silver.si_meetings'')', 'trigger, trigger lost', 'status shows that a table was swapped');
SELECT t.same('SELECT t.warnings()', 'build_fact_meeting_usage Warning si_meetings: ' || :'gone', 'a swapped table is noticed');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Two', 'Three'], 'and compared in full');
SELECT t.same($$SELECT audit_details::jsonb ->> 'warning' FROM gold.go_process_audit_log WHERE status = 'Warning' AND process_name LIKE 'build_%'$$, 'si_meetings: ' || :'gone', 'the process log says why');
UPDATE silver.si_meetings SET meeting_topic = 'Four' WHERE meeting_id = 'm3';
SELECT t.same('SELECT t.warnings()', 'build_fact_meeting_usage Warning si_meetings: ' || :'gone', 'so is every later change');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Two', 'Four'], 'which is not lost');
CALL t.setup();
SELECT t.same('SELECT t.captures(''silver.si_meetings'')', 'trigger', 'setup() puts triggers on it');
SELECT t.same('SELECT t.warnings()', 'build_fact_meeting_usage Warning si_meetings: ' || :'changed', 'what came before them is looked for');
UPDATE silver.si_meetings SET meeting_topic = 'Five' WHERE meeting_id = 'm3';
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'then they capture');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Two', 'Five'], 'again');
SELECT t.healthy('all is consistent with a swapped table');

-- the same with users and tickets, whose past is kept
BEGIN;
CREATE TABLE silver.fresh AS SELECT user_id, user_name, email, 'Bravo' AS company, plan_type, load_timestamp, timestamptz '2024-05-01Z' AS update_timestamp, source_system FROM silver.si_users;
DROP TABLE silver.si_users;
ALTER TABLE silver.fresh RENAME TO si_users;
CREATE TABLE silver.fresh AS SELECT ticket_id, user_id, ticket_type, 'Closed' AS resolution_status, open_date, load_timestamp, timestamptz '2024-05-01Z' AS update_timestamp, source_system FROM silver.si_support_tickets;
DROP TABLE silver.si_support_tickets;
ALTER TABLE silver.fresh RENAME TO si_support_tickets;
COMMIT;
SELECT t.same('SELECT t.warnings()', ARRAY['merge_dim_user Warning si_users: ' || :'gone', 'build_fact_support_ticket Warning si_support_tickets: ' || :'gone'], 'swapped users and tickets are noticed');
SELECT t.same('SELECT company, valid_to FROM gold.go_dim_user', ARRAY['Acme|2024-05-01 00:00', 'Bravo|9999-12-31 00:00'], 'and their past is kept');
SELECT t.same('SELECT resolved_at FROM gold.go_fact_support_ticket', '2024-05-01 00:00', 'of tickets, too');
CALL t.setup();
CALL t.refresh();
SELECT t.healthy('all is consistent with swapped histories');

-- switched off for a bulk load, and on again before anybody looked
ALTER TABLE silver.si_users DISABLE TRIGGER USER;
CALL t.change_user('u1', '2024-05-02Z', company => 'Charlie');
SELECT t.same('SELECT t.warnings()', 'merge_dim_user Warning si_users: ' || :'gone', 'triggers that are switched off are missed');
ALTER TABLE silver.si_users ENABLE TRIGGER USER;
SELECT t.same('SELECT t.warnings()', 'merge_dim_user Warning si_users: ' || :'gone', 'ENABLE TRIGGER USER does not put them back as they were');
ALTER TABLE silver.si_users DISABLE TRIGGER USER;
CALL t.change_user('u1', '2024-05-03Z', company => 'Delta');
ALTER TABLE silver.si_users ENABLE ALWAYS TRIGGER zoom_gold_capture_insert;
ALTER TABLE silver.si_users ENABLE ALWAYS TRIGGER zoom_gold_capture_update;
ALTER TABLE silver.si_users ENABLE ALWAYS TRIGGER zoom_gold_capture_delete;
ALTER TABLE silver.si_users ENABLE ALWAYS TRIGGER zoom_gold_capture_truncate;
SELECT t.same('SELECT t.warnings()', 'merge_dim_user Warning si_users: ' || :'changed', 'also when they are on again');
SELECT t.same('SELECT company FROM gold.go_dim_user', ARRAY['Acme', 'Bravo', 'Charlie', 'Delta'], 'nothing is lost meanwhile');
DROP TRIGGER zoom_gold_capture_insert ON silver.si_users;
CALL t.user('u2', 'Bo');
SELECT t.same('SELECT t.captures(''silver.si_users''), t.captures(''silver.si_meetings'')', 'trigger, trigger lost, scan|trigger', 'one trigger that is lost shows');
SELECT t.same('SELECT t.warnings()', 'merge_dim_user Warning si_users: ' || :'gone', 'and is missed');
SELECT t.same('SELECT count(*) FROM gold.go_dim_user WHERE user_name = ''Bo''', '1', 'but not the row');
CALL t.setup();
CALL t.refresh();
-- the role of replicas does not silence them
SET session_replication_role = replica;
CALL t.user('u3', 'Cy');
RESET session_replication_role;
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'session_replication_role changes nothing');
SELECT t.same('SELECT count(*) FROM gold.go_dim_user WHERE user_name = ''Cy''', '1', 'for capture');
SELECT t.healthy('all is consistent with triggers back');

-- partitions
CREATE TABLE silver.billing_feb (LIKE silver.si_billing_events);
INSERT INTO silver.billing_feb VALUES ('b2', 'u1', 'Subscription Fee', 2, '2024-02-10', '2024-02-10Z', NULL, 'BILL');
ALTER TABLE silver.si_billing_events ATTACH PARTITION silver.billing_feb FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
SELECT t.same('SELECT t.warnings()', 'build_fact_billing Warning si_billing_events: ' || :'gone', 'a partition that is attached is noticed');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', ARRAY['1.00', '2.00'], 'with its rows');
UPDATE silver.billing_feb SET amount = 3;
SELECT t.same('SELECT t.warnings()', 'build_fact_billing Warning si_billing_events: ' || :'gone', 'and watched');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', ARRAY['1.00', '3.00'], 'until setup()');
CALL t.setup();
CALL t.refresh();
UPDATE silver.billing_feb SET amount = 4;
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'has put triggers on it');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', ARRAY['1.00', '4.00'], 'which capture');
ALTER TABLE silver.si_billing_events DETACH PARTITION silver.billing_jan;
SELECT t.same('SELECT t.warnings()', 'build_fact_billing Warning si_billing_events: ' || :'changed', 'a partition that is detached is noticed');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '4.00', 'its rows are gone');
UPDATE silver.billing_jan SET amount = 5;
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'what happens to it then');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '4.00', 'is no matter of ours');
SELECT t.healthy('all is consistent with partitions');

-- a truncated table has another file; that is captured
TRUNCATE silver.si_support_tickets;
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'TRUNCATE is captured');
SELECT t.same('SELECT count(*) FROM gold.go_fact_support_ticket', '0', 'like all else');
SELECT t.healthy('all is consistent at the end');
SELECT * FROM finish();
