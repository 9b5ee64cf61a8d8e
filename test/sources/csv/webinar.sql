\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- The attendee report of a webinar: five blocks, months by name.
\set file `cat "$PG_ABS_SRCDIR/../sample/sources/webinar.csv"`
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same(format('SELECT * FROM zoom_silver.load_csv(%L, %L, %L)', :'file', 'webinar', 'Europe/Berlin'),
	ARRAY['si_users|1|0|0', 'si_webinars|1|0|0'], 'a file is loaded');
SELECT t.same('SELECT user_id, user_name, email FROM silver.si_users', 'ana@acme.example|Ana Ito|ana@acme.example', 'the host is a user; panelists and attendees are none');
SELECT t.same('SELECT webinar_id, host_id, webinar_topic, start_time, end_time, registrants FROM silver.si_webinars',
	'328972509@20250227T110000Z|ana@acme.example|Launch, 2025|2025-02-27 11:00|2025-02-27 12:02|461', 'the webinar, with those who registered');
SELECT t.same('SELECT count(*) FROM silver.si_meetings', '0', 'it is no meeting');
CALL t.refresh();
SELECT t.same('SELECT webinar_topic, start_time, end_time, registrants FROM gold.go_fact_webinar_usage',
	'Launch, 2025|2025-02-27 11:00|2025-02-27 12:02|461', 'gold has it');
CREATE TEMP TABLE places AS SELECT t.silver_places() AS place;
SELECT t.same(format('SELECT relation, unchanged FROM zoom_silver.load_csv(%L, %L, %L)', :'file', 'webinar', 'Europe/Berlin'),
	ARRAY['si_users|1', 'si_webinars|1'], 'the same file again differs in nothing');
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM places', 'and writes nothing');
SELECT t.same(format('SELECT updated FROM zoom_silver.load_csv(%L, %L, %L) WHERE relation = %L', replace(:'file', ' 461,', ' 462,'), 'webinar', 'Europe/Berlin', 'si_webinars'),
	'1', 'a later report with more registrants updates it');
CALL t.refresh();
SELECT t.same(format('SELECT updated FROM zoom_silver.load_csv(%L, %L, %L) WHERE relation = %L', replace(:'file', ' 62, 461,', 'an hour,many,'), 'webinar', 'Europe/Berlin', 'si_webinars'), '1', 'one whose numbers are none');
CALL t.refresh();
SELECT t.errors_are(ARRAY['si_users ana@acme.example plan_type_missing warning', 'si_webinars 328972509@20250227T110000Z end_time_unreadable error', 'si_webinars 328972509@20250227T110000Z registrants_unreadable error'], 'is told of');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
