\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The dimensions of Type 1.
CALL t.setup();
-- all rows of a relation go
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z', topic => 'Sync', source => 'A');
CALL t.meeting('m2', 'u1', '2024-01-12 10:00Z', topic => ' Sync ', source => 'B');
CALL t.meeting('m3', 'u1', '2024-01-11 10:00Z', topic => 'Review', source => 'A');
CALL t.meeting('m4', 'u1', '2024-01-11 10:00Z', topic => 'Rejected', minutes => -10);
CALL t.meeting('m5', 'u1', '2024-01-11 10:00Z', topic => NULL);
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10', 0);
CALL t.usage('f2', 'nowhere', 'Ghost', '2024-01-10');
CALL t.webinar('w1', 'u1', '2024-01-10 10:00Z', NULL, topic => 'Launch');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-10');
CALL t.license('l1', 'pro', NULL, '2024-01-10');
CALL t.billing('b1', 'u1', 'Weird', 5, '2024-01-10');
CALL t.billing('b2', 'u1', 'Negative', -5, '2024-01-10');
CALL t.refresh_at('2024-02-01Z');
SELECT t.same('SELECT meeting_topic, source_system, load_date, update_date FROM gold.go_dim_meeting', ARRAY['Sync|B|2024-02-01|2024-02-01', 'Review|A|2024-02-01|2024-02-01'],
	'one member per value of accepted rows, with the source of the newest');
SELECT t.same('SELECT feature_name FROM gold.go_dim_feature', 'Chat', 'features, also those used zero times; not those of rejected rows');
SELECT t.same('SELECT webinar_topic FROM gold.go_dim_webinar', 'Launch', 'webinars');
SELECT t.same('SELECT ticket_type FROM gold.go_dim_ticket_type', 'Audio', 'ticket types');
SELECT t.same('SELECT license_type FROM gold.go_dim_license_type', 'Pro', 'licence types');
SELECT t.same('SELECT event_type FROM gold.go_dim_billing_event_type', 'Weird', 'event types, unknown ones too');

-- an older row does not change the source, a newer one does
CALL t.meeting('m6', 'u1', '2024-01-09 10:00Z', topic => 'Sync', source => 'C');
CREATE TEMP TABLE before AS SELECT ctid AS place, * FROM gold.go_dim_meeting;
CALL t.refresh_at('2024-02-02Z');
SELECT t.equal('SELECT ctid AS place, * FROM gold.go_dim_meeting', 'SELECT * FROM before', 'an older row changes nothing');
CALL t.meeting('m7', 'u1', '2024-01-20 10:00Z', topic => 'Sync', source => NULL);
CALL t.refresh_at('2024-02-03Z');
SELECT t.same('SELECT meeting_topic, source_system, load_date, update_date FROM gold.go_dim_meeting', ARRAY['Sync|-|2024-02-01|2024-02-03', 'Review|A|2024-02-01|2024-02-01'],
	'a newer row from another source updates the member');
-- members stay
DELETE FROM silver.si_meetings WHERE meeting_topic = 'Review';
DELETE FROM silver.si_meetings WHERE meeting_id = 'm7';
DELETE FROM silver.si_feature_usage;
CALL t.refresh_at('2024-02-04Z');
SELECT t.same('SELECT meeting_topic, source_system, update_date FROM gold.go_dim_meeting', ARRAY['Sync|-|2024-02-03', 'Review|A|2024-02-01'],
	'a member that no row uses any more stays, and so does the newest source seen so far');
SELECT t.same('SELECT feature_name FROM gold.go_dim_feature', 'Chat', 'a feature too');
CALL t.refresh(true);
SELECT t.same('SELECT meeting_topic, source_system, update_date FROM gold.go_dim_meeting', ARRAY['Sync|-|2024-02-03', 'Review|A|2024-02-01'], 'also after a full refresh');
CALL t.meeting('m8', 'u1', '2024-02-04 10:00Z', topic => 'review', source => 'A');
CALL t.meeting('m9', 'u1', '2024-02-04 10:00Z', topic => 'Review', source => 'Z');
CALL t.refresh_at('2024-02-05Z');
SELECT t.same('SELECT meeting_topic, source_system FROM gold.go_dim_meeting', ARRAY['Sync|-', 'Review|Z', 'review|A'], 'topics are case-sensitive');
-- the newest row altered without moving its timestamps, beside another of the same
CALL t.meeting('n1', 'u1', '2024-02-05 10:00Z', topic => 'Tied', source => 'M');
CALL t.meeting('n2', 'u1', '2024-02-05 10:00Z', topic => 'Tied', source => 'M');
CALL t.refresh_at('2024-02-06Z');
UPDATE silver.si_meetings SET source_system = 'B' WHERE meeting_id LIKE 'n_';
CALL t.refresh_at('2024-02-07Z');
SELECT t.same($$SELECT source_system FROM gold.go_dim_meeting WHERE meeting_topic = 'Tied'$$, 'B', 'an altered row tells its source anew');
UPDATE silver.si_meetings SET source_system = NULL WHERE meeting_id LIKE 'n_';
CALL t.refresh_at('2024-02-08Z');
SELECT t.same($$SELECT source_system FROM gold.go_dim_meeting WHERE meeting_topic = 'Tied'$$, '-', 'whatever it is');
CREATE TEMP TABLE tied AS SELECT * FROM t.places();
SELECT zoom_gold.invalidate('si_meetings') \g /dev/null
CALL t.refresh_at('2024-02-08Z');
SELECT t.equal('SELECT * FROM t.places()', 'TABLE tied', 'nothing else does');
SELECT t.healthy('all is consistent');

-- members that nobody but a hand wrote: verify() says what removes them
CREATE FUNCTION t.try_member(dimension text, member text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	remedy text;
BEGIN
	EXECUTE format('INSERT INTO gold.%I (%I, load_date, update_date) VALUES (''Made up'', ''2024-01-01'', ''2024-01-01'')', dimension, member);
	CALL t.refresh(true);
	SELECT substring(v.details FROM 'for example ''Made up'', made up: (.*) removes it') INTO remedy FROM zoom_gold.verify() v WHERE v.check_name = dimension;
	EXECUTE 'SELECT * FROM ' || coalesce(remedy, 'pg_sleep(0)');
	RETURN QUERY SELECT v.check_name || ' ' || v.details FROM zoom_gold.verify() v WHERE NOT v.passed;
END
$$;
SELECT t.same($$SELECT t.try_member(table_name, column_name) FROM zoom_gold.model_column()
	WHERE table_schema = 'gold' AND table_name ~ 'go_dim' AND table_name <> 'go_dim_user' AND position = 1$$, '{}'::text[], 'made-up members go by what verify() says');
-- setup() cannot tell them from those that the state has lost, and says so
INSERT INTO gold.go_dim_feature (feature_name, load_date, update_date) VALUES ('Made up', '2024-01-01', '2024-01-01'), ('Also', '2024-01-01', '2024-01-01');
SELECT t.same($$SELECT relation, action FROM zoom_gold.setup() WHERE action ~ 'members'$$,
	'gold.go_dim_feature|kept 2 members that gold alone knows; zoom_gold.rebuild(''si_feature_usage'', members => true) removes those that silver does not have', 'setup() says whom it keeps');
SELECT FROM zoom_gold.rebuild('si_feature_usage', members => true) \g /dev/null
SELECT t.same($$SELECT feature_name FROM gold.go_dim_feature WHERE feature_name IN ('Made up', 'Also')$$, '{}'::text[], 'and that removes them');
SELECT t.healthy('all is well');
SELECT * FROM finish();
