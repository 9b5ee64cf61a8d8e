\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- setup() against a silver that breaks the contract: one clear error.

CREATE SCHEMA silver;
CREATE TABLE silver.si_meetings (meeting_id text, host_id text, meeting_topic text, start_time timestamptz,
	end_time timestamptz, duration_minutes text, load_timestamp timestamptz NOT NULL, update_timestamp timestamptz,
	source_system text);
CREATE FUNCTION t.complaint() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	PERFORM * FROM zoom_gold.setup();
	RETURN 'none';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' ', message, detail, hint);
END
$$;
CREATE TEMP TABLE said AS SELECT t.complaint() AS text;
SELECT matches(text, 'si_meetings', 'a wrong type: the relation is named') FROM said;
SELECT matches(text, 'duration_minutes', 'the column is named') FROM said;
SELECT matches(text, 'text', 'the type found is named') FROM said;
SELECT matches(text, 'integer', 'the type wanted is named') FROM said;
SELECT hasnt_table('silver', 'si_users', 'nothing was made');
SELECT hasnt_schema('gold', 'not even gold');

ALTER TABLE silver.si_meetings DROP COLUMN duration_minutes;
UPDATE said SET text = t.complaint();
SELECT matches(text, 'si_meetings.*duration_minutes', 'a missing column: relation and column are named') FROM said;

ALTER TABLE silver.si_meetings ADD COLUMN duration_minutes integer, ADD COLUMN room text;
SELECT is(t.complaint(), 'none', 'columns may come in any order, and others may be there');
SELECT has_table('silver', 'si_users', 'what was missing has been made');

-- the contract is checked again by the refresh
CALL t.meeting('m1', NULL, '2024-01-10 10:00Z');
CALL t.refresh();
ALTER TABLE silver.si_meetings DROP COLUMN meeting_topic;
CALL t.user('u1', 'Ana Ruiz');
UPDATE silver.si_meetings SET duration_minutes = 31;
CREATE TEMP TABLE outcome AS SELECT * FROM zoom_gold.refresh();
SELECT matches((SELECT details::text FROM outcome WHERE process_name = 'build_fact_meeting_usage'),
	'meeting_topic', 'a column dropped later fails the step that reads the relation, and is named');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user$$, 'Ana Ruiz', 'other steps go on');
SELECT t.same($$SELECT meeting_topic FROM gold.go_fact_meeting_usage$$, 'Sync', 'and gold keeps what it had');
ALTER TABLE silver.si_meetings ADD COLUMN meeting_topic text DEFAULT 'Back';
CALL t.refresh(true);
SELECT t.same($$SELECT meeting_topic FROM gold.go_fact_meeting_usage$$, 'Back', 'put right, the next refresh goes through');

DROP TABLE silver.si_webinars;
CREATE TEMP TABLE outcome_2 AS SELECT * FROM zoom_gold.refresh();
SELECT t.same($$SELECT status FROM outcome_2 WHERE process_name = 'build_fact_webinar_usage'$$, 'Failure',
	'a relation that went missing fails its step');
SELECT matches((SELECT details::text FROM outcome_2 WHERE process_name = 'build_fact_webinar_usage'),
	'si_webinars', 'and is named');
CALL t.setup();
CALL t.refresh();
SELECT t.same($$SELECT status FROM zoom_gold.refresh() WHERE status = 'Failure'$$, '{}'::text[], 'setup() makes it again, and all is well');
-- any column, also where a relation is read in full because nothing captures
CALL t.meeting('m2', NULL, '2024-01-11 10:00Z');
SELECT count(*) FROM zoom_gold.teardown() \g /dev/null
CREATE FUNCTION t.refresh_without(relation text, col text, whole boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE silver.%I RENAME %I TO other', relation, col);
	RETURN QUERY SELECT details ->> 'error' FROM zoom_gold.refresh(whole)
	WHERE status = 'Failure' AND process_name <> 'refresh' AND details ->> 'error' NOT LIKE 'skipped because%';
	EXECUTE format('ALTER TABLE silver.%I RENAME other TO %I', relation, col);
END
$$;
CREATE TEMP TABLE without AS SELECT c.table_name, c.column_name, t.refresh_without(c.table_name, c.column_name) AS said FROM zoom_gold.silver_contract() AS c;
SELECT t.same('SELECT said FROM without WHERE said <> format(''relation "silver.%s" lacks column "%s"'', table_name, column_name)', '{}'::text[],
	'a missing column of any relation is named by the step that reads it');
SELECT t.equal('SELECT DISTINCT table_name, column_name FROM without', 'SELECT table_name, column_name FROM zoom_gold.silver_contract()', 'each of them');
CALL t.setup();
CALL t.refresh();
SELECT t.healthy('all is right when they are back');
-- and where changes of all relations wait
CALL t.fill_days(1, 3, '2024-01-01Z');
CALL t.refresh();
CREATE FUNCTION t.change_without(relation text, col text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	said text[];
BEGIN
	UPDATE silver.si_meetings SET meeting_topic = 'Anew', meeting_id = meeting_id || ' ';
	UPDATE silver.si_users SET company = 'Anew';
	UPDATE silver.si_participants SET leave_time = join_time;
	UPDATE silver.si_feature_usage SET usage_count = 7;
	UPDATE silver.si_webinars SET registrants = 7;
	UPDATE silver.si_support_tickets SET ticket_type = 'Anew';
	UPDATE silver.si_licenses SET license_type = 'Anew';
	UPDATE silver.si_billing_events SET amount = 7;
	said := ARRAY(SELECT t.refresh_without(relation, col, false));
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	RETURN QUERY SELECT s FROM unnest(said) AS s;
END
$$;
SELECT t.same($$SELECT c.table_name, c.column_name, s.said FROM zoom_gold.silver_contract() AS c CROSS JOIN LATERAL t.change_without(c.table_name, c.column_name) AS s (said)
	WHERE s.said <> format('relation "silver.%s" lacks column "%s"', c.table_name, c.column_name)$$, '{}'::text[], 'a missing column is named where changes wait, too');
SELECT * FROM finish();
