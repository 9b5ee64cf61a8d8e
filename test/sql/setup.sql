\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- setup(): what it makes, and that it changes nothing the second time.

CREATE TEMP TABLE first AS SELECT * FROM zoom_gold.setup();

CREATE TEMP TABLE want (tab text, columns text);
INSERT INTO want VALUES
('go_dim_user', 'user_name text, email text, company text, plan_type text, load_date date, update_date date, source_system text, valid_from timestamptz, valid_to timestamptz, is_current boolean'),
('go_dim_meeting', 'meeting_topic text, load_date date, update_date date, source_system text'),
('go_dim_feature', 'feature_name text, load_date date, update_date date, source_system text'),
('go_dim_webinar', 'webinar_topic text, load_date date, update_date date, source_system text'),
('go_dim_ticket_type', 'ticket_type text, load_date date, update_date date, source_system text'),
('go_dim_license_type', 'license_type text, load_date date, update_date date, source_system text'),
('go_dim_billing_event_type', 'event_type text, load_date date, update_date date, source_system text'),
('go_fact_meeting_usage', 'user_name text, meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes count, load_date date, update_date date, source_system text'),
('go_fact_feature_usage', 'meeting_topic text, feature_name text, usage_count count, usage_date date, load_date date, update_date date, source_system text'),
('go_fact_webinar_usage', 'webinar_topic text, start_time timestamptz, end_time timestamptz, registrants count, load_date date, update_date date, source_system text'),
('go_fact_support_ticket', 'user_name text, ticket_type text, resolution_status text, open_date date, load_date date, update_date date, source_system text, resolved_at timestamptz'),
('go_fact_billing', 'user_name text, event_type text, amount numeric(10,2), event_date date, load_date date, update_date date, source_system text'),
('go_fact_license_utilization', 'user_name text, license_type text, start_date date, end_date date, load_date date, update_date date, source_system text'),
('go_agg_active_users', 'activity_date date, active_user_count count, period_type text, load_date date, update_date date, source_system text'),
('go_agg_meeting_minutes', 'activity_date date, total_meeting_minutes count, period_type text, load_date date, update_date date, source_system text'),
('go_agg_feature_adoption', 'feature_name text, adoption_rate numeric(5,2), period_type text, load_date date, update_date date, source_system text, period_start date'),
('go_agg_ticket_resolution', 'ticket_type text, avg_resolution_time numeric(10,2), period_type text, load_date date, update_date date, source_system text, period_start date'),
('go_agg_mrr', 'activity_month text, monthly_recurring_revenue numeric, load_date date, update_date date, source_system text'),
('go_agg_license_utilization', 'license_type text, utilization_rate numeric(5,2), period_type text, load_date date, update_date date, source_system text, period_start date'),
('go_process_audit_log', 'process_name text, execution_time timestamptz, status text, record_count count, error_count count, audit_details text, load_date date, update_date date, source_system text'),
('go_error_audit_log', 'error_type text, error_description text, source_table text, error_timestamp timestamptz, process_audit_info text, status text, load_date date, update_date date, source_system text');

SELECT t.equal($$
	SELECT relname, string_agg(attname || ' ' ||
		CASE WHEN attname LIKE 'monthly%' AND atttypid = 'numeric'::regtype THEN 'numeric'
			 WHEN atttypid IN ('int4'::regtype, 'int8'::regtype) THEN 'count'
			 ELSE replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz') END,
		', ' ORDER BY attnum)
	FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
	WHERE relnamespace = 'gold'::regnamespace AND relkind IN ('r', 'p', 'v') AND attnum > 0 AND NOT attisdropped
	GROUP BY relname$$,
	'SELECT * FROM want', 'gold has its 21 tables with the columns of the model, in order');
SELECT t.same($$
	SELECT nspname, relname, attname
	FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = pg_class.oid
	WHERE nspname IN ('zoom_gold', 'gold', 'gold_state', 'silver') AND relkind IN ('r', 'v') AND attnum > 0
	  AND NOT attisdropped AND coalesce(col_description(attrelid, attnum), '') = ''$$,
	'{}'::text[], 'every column has a comment');
SELECT t.same($$
	SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
	WHERE nspname IN ('zoom_gold', 'gold', 'gold_state', 'silver') AND relkind IN ('r', 'v', 'S')
	  AND coalesce(obj_description(pg_class.oid, 'pg_class'), '') = ''$$,
	'{}'::text[], 'so has every table, view and sequence');
SELECT t.same($$
	SELECT pg_describe_object(d.classid, d.objid, 0)
	FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid
	WHERE d.deptype = 'e' AND e.extname = 'zoom_gold' AND coalesce(obj_description(d.objid, d.classid::regclass::name), '') = ''
	  -- the row types of views
	  AND NOT EXISTS (SELECT FROM pg_type WHERE d.classid = 'pg_type'::regclass AND oid = d.objid AND (typtype = 'c' OR typcategory = 'A'))
	UNION ALL
	SELECT nspname FROM pg_namespace
	WHERE nspname IN ('zoom_gold', 'gold', 'gold_state', 'silver') AND coalesce(obj_description(oid, 'pg_namespace'), '') = ''$$,
	'{}'::text[], 'and every object of the extension, and every schema');
SELECT t.same($$
	SELECT conname FROM pg_constraint JOIN pg_class ON conrelid = pg_class.oid
	WHERE relnamespace = 'gold'::regnamespace AND contype IN ('p', 'f')$$,
	'{}'::text[], 'gold has no primary or foreign keys');
SELECT t.same($$SELECT relname FROM pg_class JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND objid = pg_class.oid
	WHERE deptype = 'e' AND relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace, 'silver'::regnamespace)$$,
	'{}'::text[], 'the tables do not belong to the extension');
SELECT t.same($$SELECT r FROM unnest('{si_users,si_meetings,si_participants,si_feature_usage,si_webinars,si_support_tickets,si_licenses,si_billing_events}'::text[]) AS r
	WHERE NOT EXISTS (SELECT FROM first WHERE relation LIKE '%' || r AND action LIKE 'created%')$$,
	'{}'::text[], 'setup() says that it made the eight relations of silver');

SELECT t.same($$
	SELECT relname, string_agg(attname || CASE WHEN attnotnull THEN '!' ELSE '' END || ' '
		|| replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz'), ', ' ORDER BY attnum)
	FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
	WHERE relnamespace = 'silver'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
	GROUP BY relname$$,
	ARRAY['si_users|user_id text, user_name text, email text, company text, plan_type text, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text',
		'si_meetings|meeting_id text, host_id text, meeting_topic text, start_time timestamptz, end_time timestamptz, duration_minutes integer, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text',
		'si_participants|participant_id text, meeting_id text, user_id text, join_time timestamptz, leave_time timestamptz, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text',
		'si_feature_usage|usage_id text, meeting_id text, feature_name text, usage_count integer, usage_date date, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text',
		'si_webinars|webinar_id text, host_id text, webinar_topic text, start_time timestamptz, end_time timestamptz, registrants integer, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text',
		'si_support_tickets|ticket_id text, user_id text, ticket_type text, resolution_status text, open_date date, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text',
		'si_licenses|license_id text, license_type text, assigned_to_user_id text, start_date date, end_date date, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text',
		'si_billing_events|event_id text, user_id text, event_type text, amount numeric(10,2), event_date date, load_timestamp! timestamptz, update_timestamp timestamptz, source_system text'],
	'silver is made to the contract: nothing but load_timestamp must be there');

-- again
CREATE FUNCTION t.catalog() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', 'class', c.oid, c.xmin, relname, relfilenode, relacl)
	FROM pg_class c WHERE relnamespace::regnamespace::text IN ('gold', 'gold_state', 'silver')
	UNION ALL
	SELECT concat_ws(' ', 'attribute', a.xmin, attrelid, attname)
	FROM pg_attribute a JOIN pg_class c ON attrelid = c.oid
	WHERE relnamespace::regnamespace::text IN ('gold', 'gold_state', 'silver')
	UNION ALL
	SELECT concat_ws(' ', 'trigger', t.oid, tgrelid, tgname, tgenabled)
	FROM pg_trigger t JOIN pg_class c ON tgrelid = c.oid
	WHERE relnamespace::regnamespace::text IN ('gold', 'gold_state', 'silver')
	UNION ALL
	SELECT concat_ws(' ', 'setting', s.ctid, s) FROM gold_state.settings s
	UNION ALL
	SELECT concat_ws(' ', 'rule', s.ctid, s) FROM gold_state.quality_rule s
	UNION ALL
	SELECT concat_ws(' ', 'class', s.ctid, s) FROM gold_state.billing_event_class s
$$;
CREATE TEMP TABLE before AS SELECT * FROM t.catalog();
CREATE TEMP TABLE second AS SELECT * FROM zoom_gold.setup();
SELECT t.equal('SELECT * FROM t.catalog()', 'SELECT * FROM before', 'a second setup() changes nothing');
SELECT t.same($$SELECT relation, action FROM second WHERE action LIKE 'created%'$$, '{}'::text[],
	'and says that it created nothing');

-- what people changed in the meantime survives
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
DELETE FROM gold_state.billing_event_class WHERE event_type = 'Add-on Purchase';
ALTER TABLE gold.go_dim_user ADD COLUMN region text;
DROP TABLE silver.si_webinars;
CALL t.setup();
SELECT t.same($$SELECT value FROM gold_state.settings WHERE name = 'active_user'$$, 'host_or_participant',
	'a changed setting survives setup()');
SELECT t.same('SELECT count(*) FROM gold_state.billing_event_class', '3', 'so does a deleted row of a table that users edit');
SELECT has_table('silver', 'si_webinars', 'a relation of silver that went missing is made again');
SELECT has_column('gold', 'go_dim_user', 'region', 'a column of the user''s stays');

-- the ways of the database itself
SELECT throws_ok($$INSERT INTO gold.go_dim_user (user_name, valid_from, valid_to, is_current)
	VALUES ('Ana', '2024-01-01Z', '9999-12-31 00:00Z', true), ('Ana', '2024-02-01Z', '9999-12-31 00:00Z', true)$$,
	'23505', NULL, 'gold refuses two current versions of one name');
SELECT throws_ok($$INSERT INTO gold.go_dim_user (user_name, valid_from, valid_to, is_current)
	VALUES ('Ana', '2024-01-01Z', '2024-02-01Z', false), ('Ana', '2024-01-01Z', '2024-03-01Z', false)$$,
	'23505', NULL, 'and two versions of one name that open together');
SELECT lives_ok($$INSERT INTO gold.go_dim_meeting (meeting_topic) VALUES (repeat('x', 10000))$$,
	'a long topic fits the unique index');
SELECT throws_matching($$INSERT INTO gold.go_dim_meeting (meeting_topic) VALUES (repeat('x', 10000))$$,
	'duplicate|conflicting', 'which refuses it a second time');
SELECT throws_ok(format('INSERT INTO gold.%I (%I, period_type%s) SELECT %s FROM generate_series(1, 2)', tab, column_1,
		CASE WHEN column_2 <> '' THEN ', ' || column_2 ELSE '' END,
		CASE WHEN column_2 <> '' THEN '''Pro'', ''Daily'', date ''2024-01-01''' ELSE 'date ''2024-01-01'', ''Daily''' END),
	'23505', NULL, tab || ' has one row per period')
FROM (VALUES ('go_agg_active_users', 'activity_date', ''), ('go_agg_meeting_minutes', 'activity_date', ''),
		('go_agg_feature_adoption', 'feature_name', 'period_start'), ('go_agg_ticket_resolution', 'ticket_type', 'period_start'),
		('go_agg_license_utilization', 'license_type', 'period_start')) AS v (tab, column_1, column_2);

-- a session in which a backslash in a string escapes
CREATE ROLE zoom_gold_setup_bi;
SELECT zoom_gold.grant_read('zoom_gold_setup_bi') \g /dev/null
CREATE TEMPORARY TABLE views AS SELECT viewname, definition FROM pg_views WHERE schemaname = 'gold_masked';
DROP SCHEMA gold, gold_state, gold_masked CASCADE;
SET standard_conforming_strings = off;
SET escape_string_warning = off;
DROP EXTENSION zoom_gold CASCADE;
CREATE EXTENSION zoom_gold;
CALL t.setup();
SELECT zoom_gold.grant_read('zoom_gold_setup_bi') \g /dev/null
CALL t.user('u1', 'Ana');
CALL t.refresh();
UPDATE gold_state.settings SET value = '7' WHERE name = 'log_retention_days';
SELECT zoom_gold.invalidate('si_meetings', '2024-01-01', '2024-01-31') \g /dev/null
CALL t.refresh();
SELECT t.healthy('installing, setup and refresh do not mind');
RESET standard_conforming_strings;
RESET escape_string_warning;
SELECT t.equal('SELECT viewname, definition FROM pg_views WHERE schemaname = ''gold_masked''', 'TABLE views', 'nor do the masked views');
DROP OWNED BY zoom_gold_setup_bi;
DROP ROLE zoom_gold_setup_bi;
SELECT t.same($$SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang WHERE p.pronamespace = 'zoom_gold'::regnamespace
	AND right(p.proname, 5) <> '_work' AND l.lanname IN ('sql', 'plpgsql') AND p.prosrc LIKE '%\\%' AND NOT coalesce('standard_conforming_strings=on' = ANY (p.proconfig), false)$$, '{}'::text[],
	'no function is left to that');

-- what is not is made once more to be compared, with every setup()
SELECT t.same($$SELECT m.constraint_name FROM zoom_gold.model_constraint() m WHERE m.definition LIKE 'CHECK%'
	AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = m.constraint_name AND pg_get_constraintdef(c.oid) = m.definition)$$,
	'go_dim_user_current_is_open', 'the model writes constraints as PostgreSQL does, where the types of gold allow it');

-- gold without its state
DROP SCHEMA gold_state CASCADE;
SELECT throws_matching('SELECT * FROM zoom_gold.setup()', 'gold_state', 'a filled gold without its state is refused');
SELECT * FROM finish();
