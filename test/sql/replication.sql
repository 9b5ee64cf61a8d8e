\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Silver filled by logical replication, which fires no statement triggers.
SELECT current_setting('wal_level') <> 'logical' AS skipped \gset
\if :skipped
SELECT skip('wal_level is not logical', 1);
SELECT * FROM finish();
\quit
\endif
CREATE SCHEMA far;
CREATE EXTENSION dblink SCHEMA far;
DROP DATABASE IF EXISTS zoom_gold_publisher;
CREATE DATABASE zoom_gold_publisher;
SELECT format('host=%s port=%s dbname=zoom_gold_publisher', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')) AS publisher \gset
-- Run a statement there.
CREATE PROCEDURE t.there(statement text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM far.dblink_exec('publisher', statement);
END
$$;
SELECT far.dblink_connect('publisher', :'publisher') \g /dev/null
CALL t.there('CREATE SCHEMA silver');
CALL t.there('CREATE TABLE silver.si_meetings (meeting_id text PRIMARY KEY, host_id text, meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes integer,
	load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text)');
CALL t.there('CREATE TABLE silver.si_users (user_id text PRIMARY KEY, user_name text, email text, company text, plan_type text, load_timestamp timestamptz NOT NULL, update_timestamp timestamptz, source_system text)');
CALL t.there('CREATE PUBLICATION zoom_gold_test FOR ALL TABLES');
SELECT * FROM far.dblink('publisher', $$SELECT slot_name FROM pg_create_logical_replication_slot('zoom_gold_test', 'pgoutput')$$) AS s (name text) \g /dev/null
-- Wait until what was done there has come: until silver has a row like that.
CREATE PROCEDURE t.wait_for(relation text, condition text, here boolean DEFAULT true) LANGUAGE plpgsql AS $$
DECLARE
	found boolean;
BEGIN
	FOR i IN 1 .. 600 LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM silver.%I WHERE %s)', relation, condition) INTO found;
		EXIT WHEN found = here;
		COMMIT;
		PERFORM pg_sleep(0.1);
	END LOOP;
END
$$;
CREATE FUNCTION t.warnings() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', process_name, status, details ->> 'warning') FROM zoom_gold.refresh() WHERE details ? 'warning'
$$;
\set changed 'the relation or its triggers were changed; it was compared in full'
\set gap 'a subscription fills it, past the capture triggers; call zoom_gold.setup(); it was compared in full'

CALL t.setup();
ALTER TABLE silver.si_users ADD PRIMARY KEY (user_id);
ALTER TABLE silver.si_meetings ADD PRIMARY KEY (meeting_id);
CALL t.user('u1', 'Ana');
CALL t.refresh();
SELECT format('CREATE SUBSCRIPTION zoom_gold_test CONNECTION %L PUBLICATION zoom_gold_test WITH (create_slot = false, slot_name = zoom_gold_test, copy_data = false)', :'publisher') AS subscribe \gset
\set unsubscribe 'ALTER SUBSCRIPTION zoom_gold_test DISABLE; ALTER SUBSCRIPTION zoom_gold_test SET (slot_name = NONE); DROP SUBSCRIPTION zoom_gold_test;'
:subscribe;
CALL t.there($$INSERT INTO silver.si_meetings VALUES ('m1', 'u1', 'One', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', NULL, 'Z'), ('m2', 'u2', 'Two', '2024-01-10 10:00Z', NULL, 10, '2024-01-10Z', NULL, 'Z')$$);
CALL t.there($$INSERT INTO silver.si_users VALUES ('u2', 'Bo', 'bo@x.example', 'Acme', 'Free', '2024-01-01Z', NULL, 'Z')$$);
CALL t.wait_for('si_meetings', 'meeting_id = ''m2''');
CALL t.wait_for('si_users', 'user_id = ''u2''');
SELECT t.same('SELECT capture FROM zoom_gold.status WHERE relation IN (''silver.si_users'', ''silver.si_meetings'')', ARRAY['trigger, trigger lost', 'trigger, trigger lost'], 'status shows that capture misses what a subscription applies');
SELECT t.same('SELECT t.warnings()', ARRAY['merge_dim_user Warning si_users: ' || :'gap', 'build_fact_meeting_usage Warning si_meetings: ' || :'gap'], 'a refresh notices');
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage', ARRAY['Ana|One', 'Bo|Two'], 'replicated rows are there');
CALL t.there($$UPDATE silver.si_meetings SET meeting_topic = 'Changed' WHERE meeting_id = 'm1'$$);
CALL t.there($$DELETE FROM silver.si_meetings WHERE meeting_id = 'm2'$$);
CALL t.wait_for('si_meetings', 'meeting_topic = ''Changed''');
CALL t.wait_for('si_meetings', 'meeting_id = ''m2''', here => false);
CALL t.refresh();
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', 'Changed', 'replicated changes and deletions are, too');
SELECT t.healthy('all is consistent');

-- setup() takes note: no triggers, compared in full by every refresh
SELECT t.same($$SELECT relation, action FROM zoom_gold.setup() WHERE action LIKE '%tached%' AND relation ~ 'si_(users|meetings|webinars)'$$, ARRAY['silver.si_users|attached (full)', 'silver.si_users|detached',
	'silver.si_meetings|attached (full)', 'silver.si_meetings|detached', 'silver.si_webinars|attached (trigger)'], 'setup() reads such tables in full');
CALL t.refresh();
CALL t.there($$UPDATE silver.si_meetings SET meeting_topic = 'Silently' WHERE meeting_id = 'm1'$$);
CALL t.wait_for('si_meetings', 'meeting_topic = ''Silently''');
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'then it is no news');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', 'Silently', 'and every change is found');

-- or, if one prefers, by watermark
UPDATE gold_state.relation_state SET capture = 'watermark' WHERE relation = 'si_meetings';
CALL t.refresh();
CALL t.there($$UPDATE silver.si_meetings SET meeting_topic = 'Stamped', update_timestamp = '2024-06-30 11:00Z' WHERE meeting_id = 'm1'$$);
CALL t.wait_for('si_meetings', 'meeting_topic = ''Stamped''');
CALL t.clock('2024-06-30 12:01Z');
SELECT t.same('SELECT t.warnings()', '{}'::text[], 'by watermark');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', 'Stamped', 'what has a timestamp is found');
SELECT t.same('SELECT relation FROM gold_state.relation_state WHERE compared_at = ''2024-06-30 12:01Z''', 'si_users', 'without a comparison in full');
SELECT t.healthy('all is consistent at the end');

:unsubscribe
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE action LIKE 'attached%' AND relation ~ 'si_(users|meetings)'$$, ARRAY['attached (trigger)', 'attached (trigger)'], 'without the subscription triggers are put back');

-- one that goes before setup() took note of it
CALL t.refresh();
:subscribe;
CALL t.there($$INSERT INTO silver.si_meetings VALUES ('m3', 'u1', 'Three', '2024-01-11 10:00Z', NULL, 10, '2024-01-11Z', NULL, 'Z')$$);
CALL t.wait_for('si_meetings', 'meeting_id = ''m3''');
CALL t.refresh();
CALL t.there($$UPDATE silver.si_meetings SET meeting_topic = 'Last' WHERE meeting_id = 'm3'$$);
CALL t.there($$DELETE FROM silver.si_users WHERE user_id = 'u2'$$);
CALL t.wait_for('si_meetings', 'meeting_topic = ''Last''');
CALL t.wait_for('si_users', 'user_id = ''u2''', here => false);
:unsubscribe
SELECT t.same('SELECT t.warnings()', ARRAY['merge_dim_user Warning si_users: ' || :'changed', 'build_fact_meeting_usage Warning si_meetings: ' || :'changed'], 'that a subscription has gone is noticed');
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_meeting_usage', '{Last,Stamped}'::text[], 'what it applied last is found');
SELECT t.healthy('all is consistent without it');
SELECT far.dblink_disconnect('publisher') \g /dev/null
DO $$
BEGIN
	-- the sender may need a moment to let go
	FOR i IN 1 .. 100 LOOP
		EXIT WHEN NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'zoom_gold_test' AND active);
		PERFORM pg_sleep(0.1);
	END LOOP;
END
$$;
SELECT pg_drop_replication_slot('zoom_gold_test') \g /dev/null
DROP DATABASE zoom_gold_publisher;
DROP EXTENSION dblink;
SELECT * FROM finish();
