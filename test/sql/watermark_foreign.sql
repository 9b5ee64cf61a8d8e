\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Foreign tables are read by the timestamps of their rows, and of the rows
-- elsewhere only those come that a refresh needs.
CREATE SCHEMA far;
CREATE SCHEMA silver;
CREATE SCHEMA fdw;
CREATE EXTENSION postgres_fdw SCHEMA fdw;
DO $$
BEGIN
	EXECUTE format('CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
END
$$;
CREATE USER MAPPING FOR CURRENT_USER SERVER here;
-- Elsewhere each relation is a table with the usual indexes under a view that
-- counts the rows it hands out.
CREATE FUNCTION far.counted(relation text) RETURNS boolean LANGUAGE sql VOLATILE COST 100000 AS $$
	SELECT nextval(format('far.read_%s', relation)) > 0
$$;
DO $$
DECLARE
	name text;
	columns text;
BEGIN
	FOR name, columns IN SELECT table_name, string_agg(column_name || ' ' || data_type, ', ' ORDER BY position)
		FROM zoom_gold.silver_contract() GROUP BY 1
	LOOP
		EXECUTE format('CREATE TABLE far.%1$I (%2$s, PRIMARY KEY (%3$I)); CREATE INDEX ON far.%1$I (load_timestamp); CREATE INDEX ON far.%1$I (update_timestamp);'
			'CREATE SEQUENCE far.%4$I; CREATE VIEW far.%5$I AS SELECT * FROM far.%1$I WHERE far.counted(%1$L);'
			'CREATE FOREIGN TABLE silver.%1$I (%2$s) SERVER here OPTIONS (schema_name ''far'', table_name %5$L)',
			name, columns, split_part(columns, ' ', 1), 'read_' || name, 'view_' || name);
	END LOOP;
END
$$;
CREATE INDEX ON far.si_meetings (start_time);
CREATE INDEX ON far.si_feature_usage (usage_date);
CREATE INDEX ON far.si_feature_usage (meeting_id);
CREATE INDEX ON far.si_participants (meeting_id);
CREATE INDEX ON far.si_billing_events (event_date);
-- How many rows of a relation were handed out since the last look.
CREATE FUNCTION t.read(relation text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	total bigint;
BEGIN
	EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM far.%I', 'read_' || relation) INTO total;
	EXECUTE format('SELECT setval(%L, 1, false)', 'far.read_' || relation);
	RETURN total;
END
$$;

INSERT INTO far.si_users SELECT 'u' || n, 'User ' || n, n || '@x.example', 'Acme', 'Free', '2024-01-01Z', NULL, 'Z' FROM generate_series(1, 1000) AS n;
INSERT INTO far.si_meetings SELECT 'm' || n, 'u' || n % 1000 + 1, 'T', timestamptz '2024-01-01 10:00Z' + n % 100 * interval '1 day', NULL, 10, '2024-01-02Z', NULL, 'Z'
	FROM generate_series(1, 5000) AS n;
INSERT INTO far.si_feature_usage SELECT 'f' || n, 'm' || n, 'Chat', 1, date '2024-01-01' + n % 100, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 5000) AS n;
INSERT INTO far.si_billing_events SELECT 'b' || n, 'u' || n % 1000 + 1, 'Subscription Fee', 1, date '2024-01-01' + n % 100, '2024-01-02Z', NULL, 'Z' FROM generate_series(1, 5000) AS n;
-- a row of its own far from the others
INSERT INTO far.si_users VALUES ('u0', 'User', NULL, NULL, 'Free', '2024-05-01Z', NULL, 'Z');
INSERT INTO far.si_meetings VALUES ('m0', 'u0', 'T', '2024-01-01 10:00Z', NULL, 10, '2024-05-01Z', NULL, 'Z');
INSERT INTO far.si_feature_usage VALUES ('f0', 'm0', 'Chat', 1, '2024-01-01', '2024-05-01Z', NULL, 'Z');
INSERT INTO far.si_billing_events VALUES ('b0', 'u0', 'Subscription Fee', 1, '2024-01-01', '2024-05-01Z', NULL, 'Z');
ANALYZE;
SELECT t.same($$SELECT DISTINCT action FROM zoom_gold.setup() WHERE relation LIKE 'silver.%'$$, ARRAY['checked', 'attached (watermark)'], 'foreign tables are read by watermark');
CALL t.refresh();
SELECT t.same('SELECT t.sizes()', ARRAY['go_dim_user 1001', 'go_dim_meeting 1', 'go_dim_feature 1', 'go_dim_billing_event_type 1', 'go_fact_meeting_usage 5001', 'go_fact_feature_usage 5001',
	'go_fact_billing 5001', 'go_agg_active_users 119', 'go_agg_meeting_minutes 119', 'go_agg_feature_adoption 119', 'go_agg_mrr 4'], 'all is loaded');
SELECT t.healthy('and right');

-- what little changes brings little
SELECT sum(t.read(table_name)) FROM zoom_gold.model_table() WHERE table_schema = 'silver' \g /dev/null
CALL t.refresh();
SELECT t.same($$SELECT table_name, t.read(table_name) FROM zoom_gold.model_table() WHERE table_schema = 'silver'$$, ARRAY['si_users|1', 'si_meetings|1', 'si_feature_usage|1', 'si_billing_events|1',
	'si_participants|0', 'si_webinars|0', 'si_support_tickets|0', 'si_licenses|0'], 'without changes only rows at the watermark are read');
UPDATE far.si_meetings SET start_time = start_time + interval '1 day', update_timestamp = '2024-05-01 01:00Z' WHERE meeting_id IN ('m10', 'm210', 'm1050');
UPDATE far.si_users SET plan_type = 'Pro', update_timestamp = '2024-05-01 01:00Z' WHERE user_id IN ('u7', 'u8');
INSERT INTO far.si_billing_events VALUES ('new', 'u7', 'Refund', 1, '2024-01-05', '2024-05-01 01:00Z', NULL, 'Z');
CALL t.refresh();
SELECT t.same('SELECT (start_time AT TIME ZONE ''UTC'')::date, count(*) FROM gold.go_fact_meeting_usage WHERE start_time >= ''2024-01-11Z'' AND start_time < ''2024-01-13Z'' OR start_time >= ''2024-02-20Z'' AND start_time < ''2024-02-22Z'' GROUP BY 1',
	ARRAY['2024-01-11|48', '2024-01-12|52', '2024-02-20|49', '2024-02-21|51'], 'meetings that move are moved');
SELECT t.same('SELECT user_name FROM gold.go_dim_user WHERE plan_type = ''Pro'' AND is_current', ARRAY['User 7', 'User 8'], 'users are changed');
CREATE TEMP TABLE cost AS SELECT table_name, t.read(table_name) AS rows FROM zoom_gold.model_table() WHERE table_schema = 'silver';
SELECT t.same($$SELECT table_name, rows <= 10 FROM cost WHERE table_name = 'si_users' $$, 'si_users|true', 'of the users those that changed are read');
SELECT t.same($$SELECT table_name, rows <= 600 FROM cost WHERE table_name IN ('si_meetings', 'si_feature_usage', 'si_billing_events')$$,
	ARRAY['si_meetings|true', 'si_feature_usage|true', 'si_billing_events|true'], 'of the others the days that they touch');
SELECT t.healthy('all is consistent');

-- what is behind fails; several rows of a key
ALTER TABLE far.si_meetings DROP CONSTRAINT si_meetings_pkey;
INSERT INTO far.si_meetings VALUES ('m20', 'u1', 'Again', '2024-03-20 10:00Z', NULL, 10, '2024-05-01 00:30Z', '2024-05-01 00:30Z', 'Z');
ALTER VIEW far.view_si_meetings RENAME TO away;
SELECT t.same('SELECT process_name, details ->> ''error'' FROM zoom_gold.refresh() WHERE status = ''Failure'' AND details ->> ''error'' !~ ''^skipped''',
	ARRAY['build_fact_meeting_usage|relation "far.view_si_meetings" does not exist'], 'a relation that cannot be reached fails its step');
ALTER VIEW far.away RENAME TO view_si_meetings;
CALL t.refresh();
SELECT t.same('SELECT (start_time AT TIME ZONE ''UTC'')::date, count(*) FROM gold.go_fact_meeting_usage WHERE start_time >= ''2024-03-20Z'' AND start_time < ''2024-03-21Z'' OR start_time >= ''2024-01-21Z'' AND start_time < ''2024-01-22Z'' GROUP BY 1',
	ARRAY['2024-03-20|51', '2024-01-21|49'], 'and is read when it can be, the newest row of each key');
SELECT t.healthy('all is consistent after a failure');

-- the table behind is another one
CREATE TABLE far.elsewhere AS SELECT * FROM far.si_billing_events WHERE event_id = 'new';
ALTER FOREIGN TABLE silver.si_billing_events OPTIONS (SET table_name 'elsewhere');
SELECT zoom_gold.confirm_deletes('si_billing_events') \g /dev/null
SELECT matches((SELECT details ->> 'warning' FROM zoom_gold.refresh() WHERE process_name = 'build_fact_billing'), 'compared in full', 'other options are noticed');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '-1.00', 'and what is there is read');

-- a table with a foreign partition is no longer captured
DROP FOREIGN TABLE silver.si_webinars;
CREATE TABLE silver.si_webinars (webinar_id text, host_id text, webinar_topic text, start_time timestamptz, end_time timestamptz, registrants integer, load_timestamp timestamptz NOT NULL,
	update_timestamp timestamptz, source_system text) PARTITION BY LIST (source_system);
CREATE TABLE silver.near PARTITION OF silver.si_webinars FOR VALUES IN ('near');
CREATE FOREIGN TABLE silver.far PARTITION OF silver.si_webinars FOR VALUES IN ('far') SERVER here OPTIONS (schema_name 'far', table_name 'si_webinars');
SELECT t.same($$SELECT action FROM zoom_gold.setup() WHERE relation = 'silver.si_webinars' AND action LIKE 'att%'$$, 'attached (watermark)', 'a table with a foreign partition is read by watermark');
INSERT INTO silver.si_webinars VALUES ('w1', 'u1', 'Near', '2024-01-01Z', NULL, 1, '2024-01-01Z', NULL, 'near'), ('w2', 'u1', 'Far', '2024-01-01Z', NULL, 1, '2024-01-01Z', NULL, 'far');
CALL t.refresh();
UPDATE silver.si_webinars SET webinar_topic = webinar_topic || ' too', update_timestamp = '2024-01-02Z';
CALL t.refresh();
SELECT t.same('SELECT webinar_topic FROM gold.go_fact_webinar_usage', ARRAY['Near too', 'Far too'], 'rows of both are found');
SELECT t.healthy('all is consistent at the end');
DROP EXTENSION postgres_fdw CASCADE;
SELECT * FROM finish();
