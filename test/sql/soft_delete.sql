\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- deleted_at, where a relation has it: the row is a deletion at that instant.
CALL t.setup();
ALTER TABLE silver.si_users ADD deleted_at text;
SELECT t.same($$SELECT message FROM t.failure('SELECT zoom_gold.setup()')$$,
	'column "deleted_at" of relation "silver.si_users" has type text, not timestamp with time zone', 'the contract knows its type');
ALTER TABLE silver.si_users DROP deleted_at;
ALTER TABLE silver.si_users ADD deleted_at timestamptz;
ALTER TABLE silver.si_support_tickets ADD deleted_at timestamptz;
ALTER TABLE silver.si_meetings ADD deleted_at timestamptz;
ALTER TABLE silver.si_billing_events ADD deleted_at timestamptz;
CREATE FUNCTION t.history(id text) RETURNS TABLE (plan text, valid_from timestamptz, valid_to timestamptz)
LANGUAGE sql AS $$
	SELECT g.plan_type, g.valid_from, g.valid_to
	FROM gold_state.user_identity i
	JOIN gold_state.user_version v USING (ordinal)
	JOIN gold.go_dim_user g ON g.user_name = v.user_name AND g.valid_from = v.valid_from
	WHERE i.user_id = id
$$;
CREATE PROCEDURE t.version(id text, plan text, at timestamptz, deleted timestamptz DEFAULT NULL) LANGUAGE sql AS $$
	INSERT INTO silver.si_users (user_id, user_name, email, company, plan_type, load_timestamp, update_timestamp, source_system, deleted_at)
	VALUES (id, CASE WHEN deleted IS NULL THEN id END, id || '@x.example', 'Acme', plan, at, at, 'ZOOM', deleted);
$$;
CALL t.clock('2024-06-01Z');
-- an event in each order: created, changed, deleted, created again
CALL t.version('u1', 'Free', '2024-01-01Z');
CALL t.version('u1', 'Pro', '2024-02-01Z');
CALL t.refresh();
CALL t.version('u1', NULL, '2024-03-01Z', '2024-03-01Z');
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u1')$$, ARRAY['Free|2024-01-01 00:00|2024-02-01 00:00', 'Pro|2024-02-01 00:00|2024-03-01 00:00'],
	'a user is closed at the instant that the row says');
CALL t.version('u1', 'Basic', '2024-04-01Z');
CALL t.refresh();
CALL t.version('u2', 'Basic', '2024-04-01Z');
CALL t.version('u2', NULL, '2024-03-01Z', '2024-03-01Z');
CALL t.refresh();
CALL t.version('u2', 'Pro', '2024-02-01Z');
CALL t.version('u2', 'Free', '2024-01-01Z');
CALL t.refresh();
CALL t.version('u3', NULL, '2024-03-01Z', '2024-03-01Z');
CALL t.refresh();
SELECT t.same($$SELECT known FROM gold_state.user_identity WHERE user_id = 'u3'$$, 'false', 'a deletion alone makes nobody known');
CALL t.version('u3', 'Pro', '2024-02-01Z');
CALL t.version('u3', 'Basic', '2024-04-01Z');
CALL t.refresh();
CALL t.version('u3', 'Free', '2024-01-01Z');
CALL t.refresh();
SELECT t.same(format('SELECT * FROM t.history(%L)', id), ARRAY['Free|2024-01-01 00:00|2024-02-01 00:00', 'Pro|2024-02-01 00:00|2024-03-01 00:00',
	'Basic|2024-04-01 00:00|9999-12-31 00:00'], 'in any order with other versions: ' || id)
FROM unnest('{u1,u2,u3}'::text[]) AS id;
SELECT t.errors_are('{}', 'a deletion is not judged: it breaks no rule');
SELECT t.healthy('history is sound with deletions in every order');
-- set in place, and taken back
CALL t.version('u4', 'Free', '2024-01-01Z');
CALL t.refresh();
CALL t.clock('2024-06-02Z');
UPDATE silver.si_users SET deleted_at = '2024-05-01Z' WHERE user_id = 'u4';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u4')$$, 'Free|2024-01-01 00:00|2024-05-01 00:00', 'a flag without a newer timestamp counts from what it says');
CALL t.clock('2024-06-03Z');
UPDATE silver.si_users SET deleted_at = NULL WHERE user_id = 'u4';
CALL t.refresh();
SELECT t.same($$SELECT * FROM t.history('u4')$$, ARRAY['Free|2024-01-01 00:00|2024-05-01 00:00', 'Free|2024-06-03 00:00|9999-12-31 00:00'],
	'and its removal from the capture');
CALL t.clock('2024-06-04Z');
UPDATE silver.si_users SET deleted_at = '2024-06-04Z', update_timestamp = '2024-06-04 01:00Z' WHERE user_id = 'u4';
DELETE FROM silver.si_users WHERE user_id = 'u4';
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM t.history('u4') WHERE valid_to > '9999-01-01Z'$$, '0', 'a row that goes after that changes nothing');
-- who is forgotten stays deleted
SELECT count(*) FROM zoom_gold.forget_user('u1') \g /dev/null
CALL t.refresh();
SELECT t.same($$SELECT valid_from, valid_to FROM gold.go_dim_user WHERE user_name LIKE 'Forgotten%'$$,
	ARRAY['2024-01-01 00:00|2024-02-01 00:00', '2024-02-01 00:00|2024-03-01 00:00', '2024-04-01 00:00|9999-12-31 00:00'], 'forgetting keeps the deletion');
-- facts
CALL t.meeting('m1', 'u2', '2024-02-10 10:00Z');
CALL t.meeting('m2', 'u2', '2024-02-10 12:00Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-02-10');
CALL t.billing('b1', 'u2', 'Subscription Fee', 10, '2024-02-10');
CALL t.ticket('t1', 'u2', 'Audio', 'Closed', '2024-02-10', '2024-02-11Z');
CALL t.refresh();
UPDATE silver.si_meetings SET deleted_at = now() WHERE meeting_id = 'm1';
INSERT INTO silver.si_billing_events (event_id, load_timestamp, event_date, deleted_at) VALUES ('b1', '2024-03-01Z', '2024-02-10', '2024-03-01Z');
UPDATE silver.si_support_tickets SET deleted_at = '2024-03-01Z';
CALL t.refresh_at('2024-06-05Z');
SELECT t.same('SELECT start_time FROM gold.go_fact_meeting_usage', '2024-02-10 12:00', 'a meeting that was deleted is no fact');
SELECT t.same('SELECT count(*) FROM gold.go_fact_feature_usage', '0', 'nor is what names it');
SELECT t.same('SELECT count(*) FROM gold.go_fact_billing', '0', 'the newest row of a key counts');
SELECT t.same('SELECT count(*) FROM gold.go_fact_support_ticket', '0', 'a ticket goes, too');
SELECT t.healthy('gold is sound');
UPDATE silver.si_support_tickets SET deleted_at = NULL;
UPDATE silver.si_meetings SET deleted_at = NULL;
CALL t.refresh_at('2024-06-06 00:00Z');
SELECT t.same('SELECT resolution_status, resolved_at FROM gold.go_fact_support_ticket', 'Closed|2024-06-05 00:00', 'and comes back');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '2', 'as a meeting does');
-- rows alike in all but that, with the same timestamps: the last captured counts
CALL t.meeting('m3', 'u2', '2024-02-11 10:00Z');
CALL t.meeting('m4', 'u2', '2024-02-11 12:00Z');
UPDATE silver.si_meetings SET deleted_at = '2024-06-01Z' WHERE meeting_id = 'm4';
CALL t.refresh();
INSERT INTO silver.si_meetings SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes, load_timestamp, update_timestamp, source_system,
	CASE meeting_id WHEN 'm3' THEN '2024-06-01Z'::timestamptz END FROM silver.si_meetings WHERE meeting_id IN ('m3', 'm4');
CALL t.refresh();
SELECT t.same($$SELECT start_time FROM gold.go_fact_meeting_usage WHERE start_time > '2024-02-11Z'$$, '2024-02-11 12:00', 'of rows alike but for deleted_at the last counts');
SELECT t.healthy('for verify() as well');
CALL t.refresh(true);
SELECT t.same($$SELECT start_time FROM gold.go_fact_meeting_usage WHERE start_time > '2024-02-11Z'$$, '2024-02-11 12:00', 'and whenever they are read');
SELECT t.healthy('gold is sound at the end');
-- one that does not say of what: a row without a key like any other
DO $$
DECLARE
	relation text;
BEGIN
	FOR relation IN SELECT DISTINCT table_name FROM zoom_gold.silver_contract() LOOP
		EXECUTE format('ALTER TABLE silver.%I ADD COLUMN IF NOT EXISTS deleted_at timestamptz', relation);
		EXECUTE format($q$INSERT INTO silver.%I (load_timestamp, deleted_at) VALUES ('2024-03-01Z', '2024-03-01Z')$q$, relation);
	END LOOP;
END
$$;
CALL t.setup();
CALL t.refresh();
CREATE VIEW t.keyless AS
SELECT source_table, count(*) FROM gold.go_error_audit_log
WHERE status = 'Open' AND process_audit_info::jsonb ->> 'rule' = 'key_missing' AND process_audit_info::jsonb ->> 'key' IS NULL GROUP BY 1;
SELECT t.equal('TABLE t.keyless', $$SELECT DISTINCT 'silver.' || table_name, 1 FROM zoom_gold.silver_contract()$$, 'a deletion without a key is told in every relation');
SELECT t.healthy('verify() tells it, too');
CALL t.refresh(true);
SELECT t.equal('TABLE t.keyless', $$SELECT DISTINCT 'silver.' || table_name, 1 FROM zoom_gold.silver_contract()$$, 'once');
UPDATE silver.si_users SET user_id = 'u2' WHERE user_id IS NULL;
DELETE FROM silver.si_webinars WHERE webinar_id IS NULL;
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM t.keyless', '6', 'until it has one, or is gone');
SELECT t.healthy('gold is sound without them');
SELECT * FROM finish();
