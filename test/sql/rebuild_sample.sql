\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The sample year behind views that map it wrongly: a plan '2' as a version for ever,
-- scheduled meetings with topics of their own.  When the views are mended, two
-- calls of rebuild() lead to what a first load of them would give.
RESET zoom_gold.clock;
\set gold_rows :abs_srcdir '/include/gold_rows.sql'
\i :gold_rows
CALL t.setup();
\set sample :abs_srcdir '/../sample/sample.sql'
\i :sample
SELECT count(*) FROM zoom_gold.teardown(true) \g /dev/null
CREATE SCHEMA landed;
ALTER TABLE silver.si_users SET SCHEMA landed;
ALTER TABLE silver.si_meetings SET SCHEMA landed;

CREATE PROCEDURE t.map(wrongly boolean) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE OR REPLACE VIEW silver.si_users AS SELECT user_id, user_name, email, company, %s AS plan_type, load_timestamp, update_timestamp, source_system FROM landed.si_users',
				   CASE WHEN wrongly THEN 'CASE plan_type WHEN ''Pro'' THEN ''2'' ELSE plan_type END' ELSE 'plan_type' END);
	EXECUTE 'CREATE OR REPLACE VIEW silver.si_meetings AS SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes, load_timestamp, update_timestamp, source_system FROM landed.si_meetings'
		|| CASE WHEN wrongly THEN ' UNION ALL SELECT meeting_id || '' scheduled'', host_id, ''Scheduled: '' || meeting_topic, start_time, end_time, duration_minutes, load_timestamp, update_timestamp, source_system'
			' FROM landed.si_meetings WHERE meeting_id < ''M00200''' ELSE '' END;
END
$$;
CALL t.map(wrongly => true);
CALL t.setup();
CALL t.refresh();
SELECT isnt_empty($$SELECT FROM gold.go_dim_user WHERE plan_type = '2'$$, 'the wrong mapping has made versions');
SELECT isnt_empty($$SELECT FROM gold.go_dim_meeting WHERE meeting_topic LIKE 'Scheduled: %'$$, 'and topics');

CALL t.map(wrongly => false);
SELECT zoom_gold.confirm_deletes('si_meetings') \g /dev/null
CALL t.refresh(true);
SELECT isnt_empty($$SELECT FROM gold.go_dim_user WHERE plan_type = '2'$$, 'which a refresh of all keeps, as what silver once said');
SELECT count(*) FROM zoom_gold.rebuild('si_users') \g /dev/null
SELECT count(*) FROM zoom_gold.rebuild('si_meetings', members => true) \g /dev/null
SELECT t.healthy('all is sound after two calls of rebuild()');

CREATE TEMP TABLE rebuilt AS SELECT * FROM t.gold() AS g;
SELECT count(*) FROM zoom_gold.teardown(true) \g /dev/null
CALL t.setup();
CALL t.refresh();
SELECT t.equal('SELECT * FROM rebuilt', 'SELECT * FROM t.gold() AS g', 'gold was that of a first load');
SELECT cmp_ok((SELECT count(*) FROM rebuilt), '>', 5000::bigint, 'of the whole year');
SELECT * FROM finish();
