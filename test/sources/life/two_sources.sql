\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Several sources beside each other: of one person, of one meeting, of one kind.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
-- another one has told of Ana before, with a company that Airbyte knows nothing of, and of her meeting
INSERT INTO silver.si_users VALUES ('aN4x-01QRqeTzpAAAAAAAA', 'Ana Ito', 'Ana@acme.example', 'Acme', 'Pro', '2025-03-01Z', '2025-03-01Z', 'hooks');
INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, load_timestamp, update_timestamp, source_system)
VALUES ('we3kLy/One+AAAAAAAAAA==', 'aN4x-01QRqeTzpAAAAAAAA', 'Weekly', '2025-02-24 15:00:42Z', '2025-02-24 15:04:30Z', '2025-02-24Z', '2025-02-24 15:04:30Z', 'hooks');
CALL t.pull_all();
SELECT t.same($$SELECT company, source_system FROM silver.si_users WHERE user_name = 'Ana Ito'$$, ARRAY['Acme|hooks', 'Acme|airbyte'],
	'a source has rows of its own, and keeps what it does not know');
CALL t.refresh();
SELECT t.same($$SELECT user_name, company, valid_to FROM gold.go_dim_user WHERE user_name = 'Ana Ito'$$, 'Ana Ito|Acme|9999-12-31 00:00', 'gold: one version of one person');
SELECT t.same($$SELECT meeting_topic, end_time FROM gold.go_fact_meeting_usage WHERE meeting_topic = 'Weekly'$$, 'Weekly|2025-02-24 15:04:32', 'gold: one meeting, as was said last');

-- a change that the other tells first
INSERT INTO silver.si_users VALUES ('aN4x-01QRqeTzpAAAAAAAA', 'Ana Ivers', 'Ana@acme.example', 'Acme', 'Pro', '2025-03-03 10:00Z', '2025-03-03 10:00Z', 'hooks');
CALL t.clock('2025-03-03 11:00Z');
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 0 0 0 4', 'a sync from before it tells nothing new');
UPDATE raw_zoom.users SET _airbyte_extracted_at = '2025-03-04 02:00Z', display_name = CASE first_name WHEN 'Ana' THEN 'Ana Ivers' ELSE display_name END;
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 0 0 0 4', 'nor does one that says the same');
UPDATE raw_zoom.users SET _airbyte_extracted_at = '2025-03-05 02:00Z', display_name = 'Ana Iverson' WHERE first_name = 'Ana';
CALL t.clock('2025-03-05 03:00Z');
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Success 1 0 0 3', 'one that says something else does');
CALL t.refresh();
SELECT t.same($$SELECT user_name, company, valid_from, valid_to FROM gold.go_dim_user WHERE user_name LIKE 'Ana%'$$, ARRAY['Ana Ito|Acme|2025-02-24 00:00|2025-03-03 10:00',
	'Ana Ivers|Acme|2025-03-03 10:00|2025-03-05 02:00', 'Ana Iverson|Acme|2025-03-05 02:00|9999-12-31 00:00'], 'gold: one history of both');
-- who leaves one source stays in the other
DELETE FROM raw_zoom.users WHERE first_name = 'Ana';
CALL t.pull_all();
SELECT t.same($$SELECT DISTINCT source_system FROM silver.si_users WHERE user_name LIKE 'Ana%'$$, 'hooks', 'a source deletes rows of its own');
CALL t.refresh();
SELECT t.healthy('gold is right');

-- two accounts by one connector
CREATE SCHEMA raw_other;
CREATE TABLE raw_other.users AS TABLE raw_zoom.users;
CREATE TABLE raw_other.report_meetings AS TABLE raw_zoom.report_meetings;
UPDATE raw_other.users SET id = 'other-' || id, email = 'x' || email, display_name = first_name || ' of the others';
UPDATE raw_other.report_meetings SET uuid = 'other-' || uuid, host_id = NULL, user_email = 'x' || user_email;
SELECT t.same($$SELECT * FROM zoom_silver.add_source('airbyte', 'raw_other', '{"licensed_plan": "Enterprise", "relations": ["si_users", "si_meetings"]}', 'airbyte-emea')$$,
	ARRAY['si_users|added', 'si_meetings|added'], 'a second account under another name');
SELECT t.same($$SELECT t.pull('airbyte-emea')$$, ARRAY['pull_airbyte-emea_si_users Success 3 0 0 0', 'pull_airbyte-emea_si_meetings Success 3 0 0 0'], 'is pulled by its name');
SELECT t.same($$SELECT source_system, count(*) FROM silver.si_users GROUP BY 1$$, ARRAY['airbyte|3', 'airbyte-emea|3', 'hooks|2'], 'and leaves the first alone');
SELECT t.same($$SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()$$, '0', 'both together: nothing to do');

-- one account twice, of which two sources say different things as of one instant: the one that comes last counts
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Enterprise", "relations": ["si_users"]}', 'again') \g /dev/null
SELECT t.same($$SELECT l FROM t.pull() AS l WHERE l LIKE '%again%'$$, (SELECT format('pull_again_si_users Success %s 0 0 0', count(*)) FROM raw_zoom.users), 'a second source of one account');
SELECT t.same('SELECT t.pull() OFFSET 1 LIMIT 2', ARRAY['pull_airbyte-emea_si_users Success 0 0 0 3', 'pull_airbyte_si_users Success 0 0 0 3'], 'does not make the first one say it again');
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'nor itself');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT zoom_silver.drop_source('again') \g /dev/null
DELETE FROM silver.si_users WHERE source_system = 'again';

-- a query of one's own beside the shipped ones
CREATE TABLE raw_zoom."Feature Usage" ("Id" integer, meeting varchar, feature varchar, uses varchar, day varchar, _airbyte_extracted_at timestamptz);
INSERT INTO raw_zoom."Feature Usage" VALUES (1, 'we3kLy/One+AAAAAAAAAA==', 'Screen Share', '3', '2025-02-24', '2025-03-05 02:00Z'), (2, 'we3kLy/One+AAAAAAAAAA==', 'Chat', 'many', '24.02.2025', '2025-03-05 02:00Z');
ALTER TABLE raw_zoom."Feature Usage" RENAME TO feature_usage;
INSERT INTO zoom_silver_state.source_query (source, relation, deletes, query) VALUES ('airbyte', 'si_feature_usage', 'mirror',
	'SELECT f."Id" AS usage_id, f.meeting AS meeting_id, f.feature AS feature_name, f.uses AS usage_count, f.day AS usage_date, f.extracted_at AS update_timestamp FROM {feature_usage} f');
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$, 'pull_airbyte_si_feature_usage Warning 2 0 0 0', 'is pulled as well; what it cannot read is said');
SELECT t.same('SELECT usage_id, feature_name, usage_count, usage_date FROM silver.si_feature_usage', ARRAY['1|Screen Share|3|2025-02-24', '2|Chat|-|-'], 'with all it needs');

-- of a complete list, rows go that it does not give any more: with their key or without one
INSERT INTO raw_zoom.feature_usage SELECT n, 'we3kLy/One+AAAAAAAAAA==', 'Chat', '1', '2025-02-24', timestamptz '2025-03-05 02:00Z' FROM generate_series(3, 40) n
UNION ALL SELECT NULL, 'we3kLy/One+AAAAAAAAAA==', 'Whiteboard', '1', '2025-02-24', timestamptz '2025-03-05 02:00Z';
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$, 'pull_airbyte_si_feature_usage Warning 39 0 0 2', 'a longer list');
DELETE FROM raw_zoom.feature_usage WHERE "Id" = 7 OR "Id" IS NULL;
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$, 'pull_airbyte_si_feature_usage Warning 0 0 2 39', 'what it does not give any more goes');
SELECT t.same($$SELECT usage_id FROM silver.si_feature_usage EXCEPT ALL SELECT "Id"::text FROM raw_zoom.feature_usage$$, '{}'::text[], 'and nothing else');
DELETE FROM raw_zoom.feature_usage WHERE "Id" > 2 AND "Id" < 30;
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$,
	'pull_airbyte_si_feature_usage Failure 0 0 0 0 55000 airbyte has lost 26 of 39 feature usage: a sync is running or failed', 'a list that has shrunk is refused');
SELECT t.same('SELECT count(*) FROM silver.si_feature_usage', '39', 'before anything goes');
SELECT zoom_gold.confirm_deletes('si_feature_usage') \g /dev/null
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$, 'pull_airbyte_si_feature_usage Warning 0 0 26 13', 'unless it was confirmed');
UPDATE zoom_silver_state.source_query SET query = query || ' WHERE nonsense' WHERE relation = 'si_feature_usage';
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$, 'pull_airbyte_si_feature_usage Failure 0 0 0 0 42703 source "airbyte": the query of si_feature_usage fails: column "nonsense" does not exist', 'what is wrong with it fails alone');
UPDATE zoom_silver_state.source_query SET query = 'SELECT 1 AS usage_id, 2 AS favourite_colour' WHERE relation = 'si_feature_usage';
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$,
	'pull_airbyte_si_feature_usage Failure 0 0 0 0 42703 source "airbyte": the query of si_feature_usage gives columns that are not to be written: favourite_colour', 'a column that silver does not have is refused');
UPDATE zoom_silver_state.source_query SET enabled = false WHERE relation = 'si_feature_usage';
SELECT t.same($$SELECT l FROM t.pull('airbyte') l WHERE l LIKE '%feature%'$$, '{}'::text[], 'what is switched off is not pulled');
SELECT * FROM finish();
