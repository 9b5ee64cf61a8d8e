\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Sources that lose everything, however little it was.
CREATE SCHEMA raw;
CREATE SCHEMA silver;
CALL t.create_views();
CALL t.setup();
INSERT INTO raw.si_users SELECT 'u' || n, 'User ' || n, NULL, NULL, 'Free', '2024-01-01Z', NULL, 'ZOOM' FROM generate_series(1, 3) AS n;
INSERT INTO raw.si_meetings SELECT 'm' || n, 'u1', 'Sync', '2024-01-10 10:00Z', NULL, 30, '2024-01-10Z', NULL, 'ZOOM' FROM generate_series(1, 3) AS n;
INSERT INTO raw.si_support_tickets SELECT 't' || n, 'u1', 'Kind', 'Open', '2024-01-10', '2024-01-10Z', NULL, 'DESK' FROM generate_series(1, 3) AS n;
INSERT INTO raw.si_webinars SELECT 'w1', 'u1', 'Launch', '2024-01-10 10:00Z', NULL, 30, '2024-01-10Z', NULL, 'ZOOM';
CALL t.refresh_at('2024-02-01Z');

-- a view that went with its table is not replaced by an empty table
DROP TABLE raw.si_users CASCADE;
SELECT t.same('SELECT state, message, hint LIKE ''Create it again.%'' FROM t.failure(''SELECT FROM zoom_gold.setup()'')',
	'42P01|relation "silver.si_users" is gone|true', 'setup() makes no table in place of a view');
SELECT t.same('SELECT status FROM zoom_gold.refresh() WHERE process_name = ''merge_dim_user''', 'Failure', 'nor does a refresh go on without');
DROP TABLE raw.si_meetings, raw.si_support_tickets, raw.si_webinars CASCADE;
CREATE TABLE silver.si_users (user_id text, user_name text, email text, company text, plan_type text,
	load_timestamp timestamptz, update_timestamp timestamptz, source_system text);
CREATE TABLE silver.si_meetings (meeting_id text, host_id text, meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes integer,
	load_timestamp timestamptz, update_timestamp timestamptz, source_system text);
CREATE TABLE silver.si_support_tickets (ticket_id text, user_id text, ticket_type text, resolution_status text, open_date date,
	load_timestamp timestamptz, update_timestamp timestamptz, source_system text);
CREATE TABLE silver.si_webinars (webinar_id text, host_id text, webinar_topic text, start_time timestamptz, end_time timestamptz, registrants integer,
	load_timestamp timestamptz, update_timestamp timestamptz, source_system text);
CALL t.setup();
CALL t.clock('2024-02-02Z');
SELECT t.same('SELECT process_name, details ->> ''error'' FROM zoom_gold.refresh() WHERE status = ''Failure'' AND details ->> ''error'' NOT LIKE ''skipped%''',
	'merge_dim_user|relation "silver.si_users" has lost 3 of its 3 keys', 'an empty table someone made loses no more');
SELECT t.same($$SELECT count(*) FROM gold.go_dim_user WHERE is_current$$, '3', 'gold is as it was');
SELECT zoom_gold.confirm_deletes('si_users') \g /dev/null
SELECT t.same('SELECT process_name, details ->> ''error'' FROM zoom_gold.refresh() WHERE status = ''Failure'' AND details ->> ''error'' NOT LIKE ''skipped%''',
	ARRAY['build_fact_meeting_usage|relation "silver.si_meetings" has lost 3 of its 3 keys',
		'build_fact_support_ticket|relation "silver.si_support_tickets" has lost 3 of its 3 keys'],
	'nor do the facts');
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage UNION ALL SELECT count(*) FROM gold.go_dim_user WHERE is_current$$, '{3,0}'::text[], 'which wait');
SELECT zoom_gold.confirm_deletes(r) FROM unnest('{si_meetings,si_support_tickets}'::text[]) AS r \g /dev/null
CALL t.refresh();
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage UNION ALL SELECT count(*) FROM gold.go_dim_user WHERE is_current$$, '{0,0}'::text[], 'until that is confirmed');
SELECT t.healthy('all is right');

-- some of a few may go, a single one too
CALL t.user('a', 'Ana', '2024-02-03Z');
CALL t.user('b', 'Bo', '2024-02-03Z');
CALL t.refresh_at('2024-02-03Z');
DELETE FROM silver.si_users WHERE user_id = 'a';
SELECT t.same('SELECT status FROM zoom_gold.refresh() WHERE process_name = ''merge_dim_user''', 'Success', 'one of two may go');
DELETE FROM silver.si_users WHERE user_id = 'b';
SELECT t.same('SELECT status FROM zoom_gold.refresh() WHERE process_name = ''merge_dim_user''', 'Success', 'so may a single one');
-- and the guard can be switched off
CALL t.user('a', 'Ana', '2024-02-05Z');
CALL t.user('b', 'Bo', '2024-02-05Z');
CALL t.refresh_at('2024-02-05Z');
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
TRUNCATE silver.si_users;
SELECT t.same('SELECT status FROM zoom_gold.refresh() WHERE process_name = ''merge_dim_user''', 'Success', 'a hundred per cent let all go');
SELECT t.healthy('all is right');
SELECT * FROM finish();
