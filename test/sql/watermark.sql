\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Views are read by the timestamps of their rows: what that finds and what it
-- leaves to the comparison in full, once a day.
CREATE SCHEMA raw;
CREATE SCHEMA silver;
CALL t.create_views();
SELECT t.same($$SELECT relation, action FROM zoom_gold.setup() WHERE relation LIKE 'silver.si_m%'$$,
	ARRAY['silver.si_meetings|checked', 'silver.si_meetings|attached (watermark)'], 'setup() reads views by watermark');
UPDATE gold_state.settings SET value = '1 hour' WHERE name = 'watermark_margin';
SELECT t.same('SELECT capture, count(*), count(pending_changes) FROM zoom_gold.status GROUP BY 1', 'watermark|8|0', 'status says so');

-- What the steps of one refresh did, that of the run apart.
CREATE FUNCTION t.steps() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', process_name, status, details ->> 'warning') FROM zoom_gold.refresh() WHERE process_name <> 'refresh'
$$;
CREATE FUNCTION t.compared(relation text) RETURNS boolean LANGUAGE sql AS $$
	SELECT compared_at = zoom_gold.clock_now() FROM gold_state.relation_state r WHERE r.relation = compared.relation
$$;
CREATE VIEW t.meetings AS SELECT user_name, meeting_topic, (start_time AT TIME ZONE 'UTC')::date AS day FROM gold.go_fact_meeting_usage;
CREATE VIEW t.minutes AS SELECT activity_date, total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Daily';
CREATE PROCEDURE t.meeting_at(id text, host text, start timestamptz, loaded timestamptz, topic text DEFAULT 'Sync') LANGUAGE sql AS $$
	INSERT INTO raw.si_meetings VALUES (id, host, topic, start, NULL, 10, loaded, NULL, 'Z')
$$;

INSERT INTO raw.si_users VALUES ('u1', 'Ana', 'ana@x.example', 'Acme', 'Free', '2024-01-01Z', NULL, 'Z'), ('u2', 'Bo', 'bo@x.example', 'Acme', 'Free', '2024-01-01Z', NULL, 'Z');
INSERT INTO raw.si_meetings SELECT 'old' || n, 'u1', 'Old', '2024-01-10 10:00Z', NULL, 1, timestamptz '2024-01-10Z', NULL, 'Z' FROM generate_series(1, 50) AS n;
CALL t.meeting_at('m1', 'u1', '2024-01-11 10:00Z', '2024-02-29 23:00Z');
CALL t.clock('2024-03-01 00:00Z');
CALL t.refresh();
SELECT t.same('SELECT activity_date, total_meeting_minutes FROM t.minutes', ARRAY['2024-01-10|50', '2024-01-11|10'], 'the first load reads everything');
SELECT t.same('SELECT relation, watermark FROM gold_state.relation_state WHERE watermark > ''-infinity''', ARRAY['si_users|2024-01-01 00:00', 'si_meetings|2024-02-29 23:00'],
	'the newest timestamp is kept');
CALL t.clock('2024-03-01 01:00Z');
CREATE TEMP TABLE before AS SELECT * FROM t.places();
CREATE TEMP TABLE state AS SELECT ctid AS place, * FROM gold_state.relation_state;
SELECT t.same('SELECT t.steps()', '{}'::text[], 'then nothing is new');
SELECT t.equal('SELECT * FROM t.places()', 'TABLE before', 'and nothing written');
SELECT t.same('SELECT relation FROM gold_state.relation_state JOIN state USING (relation, watermark, recent_rows, compared_at)', (SELECT array_agg(table_name) FROM zoom_gold.model_table() WHERE table_schema = 'silver'),
	'nor remembered otherwise');

-- a row at the watermark, one an hour behind it, one further behind
CALL t.meeting_at('m2', 'u2', '2024-01-12 10:00Z', '2024-02-29 23:00Z');
CALL t.meeting_at('m3', 'u2', '2024-01-13 10:00Z', '2024-02-29 22:00Z');
CALL t.meeting_at('m4', 'u2', '2024-01-14 10:00Z', '2024-02-29 21:59Z');
SELECT t.same('SELECT relation FROM zoom_gold.unnoticed_changes()', 'si_meetings', 'what is new can be asked for');
BEGIN READ ONLY;
SELECT t.same('SELECT check_name FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'and is left out by verify(), which writes nothing');
COMMIT;
SELECT t.same('SELECT left(details, 30) FROM zoom_gold.verify() LIMIT 1', 'left out: si_meetings all days', 'which says so');
SELECT t.same('SELECT process_name, inserts FROM zoom_gold.plan() WHERE inserts > 0 AND process_name LIKE ''build%''', 'build_fact_meeting_usage|2', 'plan() counts it');
CALL t.refresh();
SELECT t.same('SELECT day FROM t.meetings WHERE user_name = ''Bo''', ARRAY['2024-01-12', '2024-01-13'],
	'a row with the timestamp of the watermark is found, and one that is an hour late');
SELECT t.same('SELECT t.compared(''si_meetings'')', 'false', 'without a comparison in full');
SELECT isnt_empty('SELECT FROM zoom_gold.verify() WHERE NOT passed', 'one that is later is not, as verify() notices');
CALL t.refresh_at('2024-03-02 00:00Z');
SELECT t.same('SELECT day FROM t.meetings WHERE user_name = ''Bo''', ARRAY['2024-01-12', '2024-01-13', '2024-01-14'], 'until all is compared after full_compare_interval');
SELECT t.same('SELECT t.compared(''si_meetings'')', 'true', 'as it is then');
SELECT t.healthy('all is consistent');

-- moves, from a day whose rows are old
CALL t.clock('2024-03-02 01:00Z');
UPDATE raw.si_meetings SET start_time = '2024-01-20 10:00Z', update_timestamp = '2024-03-02 00:30Z' WHERE meeting_id = 'old1';
INSERT INTO raw.si_feature_usage VALUES ('f1', 'm9', 'Chat', 1, '2024-01-20', '2024-03-02 00:30Z', NULL, 'Z');
CALL t.refresh();
SELECT t.same('SELECT activity_date, total_meeting_minutes FROM t.minutes WHERE activity_date IN (''2024-01-10'', ''2024-01-20'')', ARRAY['2024-01-10|49', '2024-01-20|1'],
	'a meeting that moves leaves its day');
SELECT t.same('SELECT t.errors()', 'si_feature_usage f1 meeting_unknown error', 'a usage without its meeting is rejected');
CALL t.meeting_at('m9', 'u2', '2024-01-20 11:00Z', '2024-03-02 00:40Z', 'Late');
CALL t.refresh();
SELECT t.same('SELECT meeting_topic, feature_name FROM gold.go_fact_feature_usage', 'Late|Chat', 'it heals when the meeting comes');
UPDATE raw.si_meetings SET meeting_topic = 'Renamed', host_id = 'u1', update_timestamp = '2024-03-02 00:50Z' WHERE meeting_id = 'm9';
CALL t.refresh();
SELECT t.same('SELECT meeting_topic, feature_name FROM gold.go_fact_feature_usage', 'Renamed|Chat', 'and follows it');
-- an older version that arrives does not count; one of several rows that moves does
CALL t.meeting_at('m9', 'u2', '2024-01-21 11:00Z', '2024-03-02 00:30Z', 'Older');
CALL t.meeting_at('m9', 'u2', '2024-01-22 11:00Z', '2024-03-02 00:55Z', 'Newer');
CALL t.refresh();
SELECT t.same('SELECT meeting_topic, day FROM t.meetings WHERE meeting_topic ~ ''^(Older|Newer|Renamed)''', 'Newer|2024-01-22', 'of several rows of a key the newest counts');
UPDATE raw.si_meetings SET start_time = '2024-01-23 11:00Z', update_timestamp = '2024-03-02 00:56Z' WHERE meeting_topic = 'Newer';
CALL t.refresh();
SELECT t.same('SELECT meeting_topic, day FROM t.meetings WHERE meeting_topic ~ ''^(Older|Newer|Renamed)''', 'Newer|2024-01-23', 'and moves alone');
SELECT t.same('SELECT DISTINCT compared_at FROM gold_state.relation_state', '2024-03-02 00:00', 'all that without a comparison in full');
SELECT t.healthy('all is consistent after moves');

-- timestamps that are none: in the future, infinite, missing
CALL t.clock('2024-03-02 02:00Z');
INSERT INTO raw.si_webinars VALUES ('w1', 'u1', 'Future', '2024-01-10 10:00Z', NULL, 1, '2024-03-02 01:00Z', '2999-01-01Z', 'Z'),
	('w2', 'u1', 'Endless', '2024-01-10 10:00Z', NULL, 1, '2024-03-02 01:10Z', 'infinity', 'Z'), ('w3', 'u1', 'Endless too', '2024-01-10 10:00Z', NULL, 1, 'infinity', NULL, 'Z'),
	('w4', 'u1', 'Ever', '2024-01-10 10:00Z', NULL, 1, '-infinity', NULL, 'Z'), ('w5', 'u1', 'None', '2024-01-10 10:00Z', NULL, 1, NULL, NULL, 'Z');
CALL t.refresh();
SELECT t.same('SELECT webinar_topic FROM gold.go_fact_webinar_usage', ARRAY['Future', 'Endless', 'Endless too', 'Ever', 'None'], 'whatever the timestamps, rows count');
SELECT t.same('SELECT watermark FROM gold_state.relation_state WHERE relation = ''si_webinars''', '2024-03-02 01:10', 'the watermark stays behind now');
SELECT t.same('SELECT t.steps()', '{}'::text[], 'such rows are taken up once');
INSERT INTO raw.si_webinars VALUES ('w6', 'u1', 'Plain', '2024-01-11 10:00Z', NULL, 1, '2024-03-02 01:20Z', NULL, 'Z');
UPDATE raw.si_webinars SET webinar_topic = 'Future too' WHERE webinar_id = 'w1';
CALL t.refresh();
SELECT t.same('SELECT webinar_topic FROM gold.go_fact_webinar_usage WHERE webinar_topic ~ ''Future|Plain''', ARRAY['Future too', 'Plain'], 'they hide no others, and are watched themselves');
INSERT INTO raw.si_webinars VALUES ('w7', 'u1', 'None too', '2024-01-12 10:00Z', NULL, 1, NULL, NULL, 'Z');
SELECT t.same('SELECT t.steps()', '{}'::text[], 'a row without timestamps waits');
CALL t.refresh_at('2024-03-03 02:00Z');
SELECT t.same('SELECT count(*) FROM gold.go_fact_webinar_usage', '7', 'for the comparison in full');

-- what goes
CALL t.clock('2024-03-03 03:00Z');
CALL t.meeting_at('m10', 'u2', '2024-01-25 11:00Z', '2024-03-03 02:30Z', 'Brief');
CALL t.refresh();
DELETE FROM raw.si_meetings WHERE meeting_id IN ('m10', 'old2');
CALL t.refresh();
SELECT t.same('SELECT meeting_topic FROM t.meetings WHERE meeting_topic = ''Brief''', '{}'::text[], 'a row that goes while it is recent is missed at once');
SELECT t.same('SELECT t.compared(''si_meetings''), t.compared(''si_webinars'')', 'true|false', 'and has its relation compared in full');
SELECT t.same('SELECT total_meeting_minutes FROM t.minutes WHERE activity_date = ''2024-01-10''', '48', 'which finds older losses as well');
DELETE FROM raw.si_meetings WHERE meeting_id = 'old3';
SELECT t.same('SELECT t.steps()', '{}'::text[], 'an old row that goes leaves no trace');
CALL t.refresh_at('2024-03-04 03:00Z');
SELECT t.same('SELECT total_meeting_minutes FROM t.minutes WHERE activity_date = ''2024-01-10''', '47', 'until all is compared');
DELETE FROM raw.si_meetings WHERE meeting_topic = 'Old';
CALL t.clock('2024-03-05 03:00Z');
SELECT matches((SELECT s FROM t.steps() AS s WHERE s LIKE 'build_fact_meeting_usage%'), 'Failure', 'the delete guard holds');
SELECT t.same('SELECT t.compared(''si_meetings''), t.compared(''si_webinars'')', 'false|true', 'and that comparison does not count');
SELECT zoom_gold.confirm_deletes('si_meetings') \g /dev/null
CALL t.refresh();
SELECT t.same('SELECT t.compared(''si_meetings'')', 'true', 'it is made again when the loss is confirmed');
SELECT t.healthy('all is consistent after deletions');

-- users and tickets: versions, also of one key within one refresh
CALL t.clock('2024-03-05 04:00Z');
UPDATE raw.si_users SET plan_type = 'Pro', update_timestamp = '2024-03-05 03:30Z' WHERE user_id = 'u1';
INSERT INTO raw.si_users VALUES (' u3 ', 'Cy', 'cy@x.example', 'Acme', 'Free', '2024-03-05 03:00Z', NULL, 'Z'), ('u3', 'Cy', 'cy@x.example', 'Acme', 'Pro', '2024-03-05 03:20Z', NULL, 'Z'),
	(NULL, 'Nobody', NULL, NULL, NULL, '2024-03-05 03:20Z', NULL, 'Z');
INSERT INTO raw.si_support_tickets VALUES ('t1', 'u3', 'Audio', 'Open', '2024-03-01', '2024-03-05 03:00Z', NULL, 'Z');
CALL t.refresh();
SELECT t.same('SELECT user_name, plan_type, is_current FROM gold.go_dim_user WHERE user_name <> ''Bo''', ARRAY['Ana|Free|false', 'Ana|Pro|true', 'Cy|Free|false', 'Cy|Pro|true'],
	'versions of users are kept');
UPDATE raw.si_support_tickets SET resolution_status = 'Closed', update_timestamp = '2024-03-05 03:40Z';
DELETE FROM raw.si_users WHERE plan_type = 'Free' AND user_name = 'Cy';
CALL t.refresh();
SELECT t.same('SELECT user_name, resolved_at FROM gold.go_fact_support_ticket', 'Cy|2024-03-05 03:40', 'and of tickets');
SELECT t.same('SELECT user_name, plan_type FROM gold.go_dim_user WHERE user_name = ''Cy''', ARRAY['Cy|Free', 'Cy|Pro'], 'also when one of several rows goes');
SELECT t.same('SELECT e FROM t.errors() AS e WHERE e LIKE ''%si_users -%''', 'si_users - key_missing error', 'rows without a key are logged');
SELECT t.healthy('all is consistent with versions');
DELETE FROM raw.si_users WHERE user_id = 'u3';
CALL t.refresh_at('2024-03-05 05:00Z');
SELECT t.same('SELECT valid_to FROM gold.go_dim_user WHERE user_name = ''Cy'' AND plan_type = ''Pro''', '2024-03-05 05:00', 'a recent user who goes is missed at once');

-- a step that fails, or that nobody asked for, loses nothing
CALL t.meeting_at('m20', 'u1', '2024-02-20 10:00Z', '2024-03-05 04:30Z', 'Held up');
ALTER TABLE gold.go_fact_meeting_usage ADD CONSTRAINT no_such CHECK (meeting_topic <> 'Held up') NOT VALID;
CREATE TEMP TABLE marks AS SELECT watermark, recent_rows FROM gold_state.relation_state WHERE relation = 'si_meetings';
SELECT t.same('SELECT process_name FROM zoom_gold.refresh() WHERE status = ''Failure'' AND process_name LIKE ''build_fact_m%''', 'build_fact_meeting_usage', 'a step fails');
SELECT t.same('SELECT count(*) FROM gold_state.relation_state JOIN marks USING (watermark, recent_rows) WHERE relation = ''si_meetings''', '1', 'its watermark stays');
ALTER TABLE gold.go_fact_meeting_usage DROP CONSTRAINT no_such;
CALL t.refresh(targets => '{go_fact_billing}');
SELECT t.same('SELECT count(*) FROM gold_state.relation_state JOIN marks USING (watermark, recent_rows) WHERE relation = ''si_meetings''', '1', 'also when others are asked for');
CALL t.refresh(targets => '{go_fact_meeting_usage}');
SELECT t.same('SELECT meeting_topic FROM t.meetings WHERE meeting_topic = ''Held up''', 'Held up', 'then the row is there');
CALL t.refresh();
SELECT t.same('SELECT total_meeting_minutes FROM t.minutes WHERE activity_date = ''2024-02-20''', '10', 'and counts, later');
SELECT t.healthy('nothing is lost');

-- another view
CREATE OR REPLACE VIEW silver.si_meetings AS SELECT meeting_id, host_id, upper(meeting_topic) AS meeting_topic, start_time, end_time, duration_minutes, load_timestamp, update_timestamp, source_system FROM raw.si_meetings;
SELECT matches((SELECT s FROM t.steps() AS s WHERE s LIKE 'build_fact_meeting_usage%'), 'Warning si_meetings: the relation or its triggers were changed; it was compared in full', 'a view that is another now is noticed');
SELECT t.same('SELECT DISTINCT meeting_topic FROM t.meetings WHERE meeting_topic <> upper(meeting_topic)', '{}'::text[], 'and read as a whole');

-- the operator knows better; setup() respects it
UPDATE gold_state.relation_state SET capture = 'full' WHERE relation = 'si_meetings';
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE relation = 'silver.si_meetings' AND action LIKE 'att%'$$, 'attached (full)', 'a view can be compared in full every time');
CALL t.refresh_at('2024-03-05 06:00Z');
DELETE FROM raw.si_meetings WHERE meeting_id = 'm1';
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM t.meetings WHERE day = ''2024-01-11''', '0', 'then a row that goes is missed at once');
SELECT throws_ok($$UPDATE gold_state.relation_state SET capture = 'guess'$$, '23514', NULL::text, 'other ways there are none');
UPDATE gold_state.relation_state SET capture = 'watermark' WHERE relation = 'si_meetings';
CALL t.refresh_at('2024-03-05 07:00Z');
SELECT t.same('SELECT t.compared(''si_meetings'')', 'true', 'back again, all is compared once');
CALL t.refresh_at('2024-03-05 08:00Z');
SELECT t.same('SELECT t.compared(''si_meetings'')', 'false', 'and then no more');

-- the margin
UPDATE gold_state.settings SET value = '10 days' WHERE name = 'watermark_margin';
CALL t.refresh();
CALL t.meeting_at('m30', 'u1', '2024-02-25 10:00Z', '2024-02-26 00:00Z', 'Very late');
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM t.meetings WHERE day = ''2024-02-25''', '1', 'a wide margin finds later rows');
SELECT t.same('SELECT t.compared(''si_meetings'')', 'false', 'without comparing in full');
UPDATE gold_state.settings SET value = '1000000 years' WHERE name = 'watermark_margin';
CALL t.refresh();
UPDATE gold_state.settings SET value = '1 hour' WHERE name = 'watermark_margin';
CALL t.refresh();
SELECT t.same('SELECT t.compared(''si_meetings'')', 'true', 'when it shrinks, what it covered no more is compared once');
SELECT throws_ok($$UPDATE gold_state.settings SET value = '-1 hour' WHERE name = 'watermark_margin'$$, '22023', NULL::text, 'a negative one is refused');

-- timestamps that tell nothing: one for all rows, another at each look
CREATE OR REPLACE VIEW silver.si_billing_events AS SELECT event_id, user_id, event_type, amount, event_date, timestamptz '2024-01-01Z' AS load_timestamp, NULL::timestamptz AS update_timestamp, source_system FROM raw.si_billing_events;
CREATE OR REPLACE VIEW silver.si_licenses AS SELECT license_id, license_type, assigned_to_user_id, start_date, end_date, clock_timestamp() AS load_timestamp, NULL::timestamptz AS update_timestamp, source_system FROM raw.si_licenses;
INSERT INTO raw.si_billing_events SELECT 'b' || n, 'u1', 'Subscription Fee', n, '2024-02-01', NULL, NULL, 'Z' FROM generate_series(1, 5) AS n;
INSERT INTO raw.si_licenses SELECT 'l' || n, 'Pro', 'u1', '2024-02-01', NULL, NULL, NULL, 'Z' FROM generate_series(1, 5) AS n;
CALL t.refresh_at('2024-03-05 09:00Z');
UPDATE raw.si_billing_events SET amount = 100, event_date = '2024-02-02' WHERE event_id = 'b1';
DELETE FROM raw.si_billing_events WHERE event_id = 'b2';
UPDATE raw.si_licenses SET start_date = '2024-02-03' WHERE license_id = 'l1';
DELETE FROM raw.si_licenses WHERE license_id = 'l2';
CALL t.refresh();
SELECT t.same('SELECT event_date, sum(amount) FROM gold.go_fact_billing GROUP BY 1', ARRAY['2024-02-01|12.00', '2024-02-02|100.00'], 'one timestamp for all rows: every refresh reads them all');
SELECT t.same('SELECT start_date, count(*) FROM gold.go_fact_license_utilization GROUP BY 1', ARRAY['2024-02-01|3', '2024-02-03|1'], 'so it does when they are new each time');
SELECT t.healthy('all is consistent without timestamps');

-- a table takes the place of a view, and the other way round
BEGIN;
DROP VIEW silver.si_webinars;
ALTER TABLE raw.si_webinars SET SCHEMA silver;
COMMIT;
UPDATE silver.si_webinars SET webinar_topic = 'Table' WHERE webinar_id = 'w7';
CALL t.refresh_at('2024-03-05 10:00Z');
SELECT t.same('SELECT count(*) FROM gold.go_fact_webinar_usage WHERE webinar_topic = ''Table''', '1', 'a table in the place of a view is noticed');
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE relation = 'silver.si_webinars' AND action LIKE 'att%'$$, 'attached (trigger)', 'setup() puts triggers on it');
UPDATE silver.si_webinars SET webinar_topic = 'Captured' WHERE webinar_id = 'w7';
CALL t.refresh();
UPDATE silver.si_webinars SET webinar_topic = 'Captured twice' WHERE webinar_id = 'w7';
CALL t.refresh_at('2024-03-05 11:00Z');
SELECT t.same('SELECT count(*), bool_or(t.compared(''si_webinars'')) FROM gold.go_fact_webinar_usage WHERE webinar_topic = ''Captured twice''', '1|false', 'which capture');
BEGIN;
ALTER TABLE silver.si_webinars SET SCHEMA raw;
CREATE VIEW silver.si_webinars AS SELECT * FROM raw.si_webinars;
COMMIT;
SELECT matches((SELECT s FROM t.steps() AS s WHERE s LIKE 'build_fact_webinar%'), 'call zoom_gold.setup', 'a view in the place of a table is, too');
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE relation = 'silver.si_webinars' AND action LIKE 'att%'$$, 'attached (watermark)', 'and read by watermark then');
CALL t.refresh();
UPDATE raw.si_webinars SET webinar_topic = 'Seen', update_timestamp = '2024-03-05 10:59Z' WHERE webinar_id = 'w7';
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_webinar_usage WHERE webinar_topic = ''Seen''', '1', 'which sees');

-- materialized views
DROP VIEW silver.si_support_tickets;
CREATE MATERIALIZED VIEW silver.si_support_tickets AS SELECT * FROM raw.si_support_tickets;
CALL t.setup();
CALL t.refresh_at('2024-03-05 12:00Z');
UPDATE raw.si_support_tickets SET ticket_type = 'Video', update_timestamp = '2024-03-05 11:30Z';
REFRESH MATERIALIZED VIEW silver.si_support_tickets;
CALL t.clock('2024-03-05 13:00Z');
SELECT t.same('SELECT s FROM t.steps() AS s WHERE s NOT LIKE ''%license%''', ARRAY['build_fact_support_ticket Success', 'merge_dim_ticket_type Success', 'refresh_agg_ticket_resolution Success'], 'REFRESH MATERIALIZED VIEW is no change of the view');
SELECT t.same('SELECT ticket_type FROM gold.go_fact_support_ticket', 'Video', 'but of its rows');
SELECT t.same('SELECT t.compared(''si_support_tickets'')', 'false', 'which are read by watermark');
SELECT t.healthy('all is consistent at the end');

-- what a refresh reads follows the change, not the relation; rows are written anew,
-- as indexes on updated ones are not used while an older transaction runs
CREATE TEMP TABLE kept AS TABLE raw.si_meetings;
TRUNCATE raw.si_meetings;
INSERT INTO raw.si_meetings TABLE kept;
CREATE INDEX ON raw.si_meetings (load_timestamp);
CREATE INDEX ON raw.si_meetings (update_timestamp);
CREATE INDEX ON raw.si_meetings (start_time);
CREATE INDEX ON raw.si_meetings (meeting_id);
INSERT INTO raw.si_meetings SELECT 'many' || n, 'u1', 'Many', timestamptz '2024-01-01 10:00Z' + n % 50 * interval '1 day', NULL, 1, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 10000) AS n;
ANALYZE raw.si_meetings;
CALL t.refresh(true);
UPDATE raw.si_meetings SET start_time = start_time + interval '1 day', update_timestamp = '2024-03-05 12:30Z' WHERE meeting_id IN ('many1', 'many51', 'many7');
BEGIN;
-- what earlier transactions have not told the statistics yet counts as well
CREATE TEMP TABLE read AS SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = 'raw.si_meetings'::regclass;
CALL t.refresh();
SELECT t.same('SELECT s.seq_tup_read - read.seq_tup_read, s.idx_tup_fetch - read.idx_tup_fetch BETWEEN 800 AND 2000
	FROM pg_stat_xact_user_tables s, read WHERE s.relid = ''raw.si_meetings''::regclass', '0|true',
	'three of 10,000 meetings move between days of 200: few days are read, by the indexes');
COMMIT;
SELECT t.same('SELECT activity_date, total_meeting_minutes FROM t.minutes WHERE activity_date BETWEEN ''2024-01-01'' AND ''2024-01-09''', ARRAY['2024-01-01|200', '2024-01-02|198', '2024-01-03|202',
	'2024-01-04|200', '2024-01-05|200', '2024-01-06|200', '2024-01-07|200', '2024-01-08|199', '2024-01-09|201'], 'and they have moved');
SELECT * FROM finish();
