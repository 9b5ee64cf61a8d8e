\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- go_fact_webinar_usage.
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.webinar('w1', 'u1', '2024-01-10 10:00Z', '2024-01-10 11:00Z', 100, ' Big  Launch');
CALL t.webinar('w2', 'u1', '2024-01-10 10:00Z', NULL, NULL, NULL);
CALL t.webinar('w3', 'u1', '2024-01-10 10:00Z', '2024-01-10 10:00Z', 0);
CALL t.webinar('w4', 'u1', '2024-01-10 10:00Z', '2024-01-10 09:59Z', 10);
CALL t.webinar('w5', 'u1', '2024-01-10 10:00Z', '2024-01-10 11:00Z', -1);
CALL t.webinar('w6', 'u1', NULL, '2024-01-10 11:00Z', 10);
CALL t.webinar('w7', NULL, '2024-01-10 10:00Z', '2024-01-10 11:00Z', 7, 'No host');
CALL t.webinar('w8', 'u9', '2024-01-10 10:00Z', '2024-01-10 11:00Z', 8, 'Unknown host');
CALL t.webinar('w9', 'u9', '2024-01-10 10:00Z', '2024-01-10 09:00Z', -8, 'All wrong');
CALL t.refresh_at('2024-02-01Z');
SELECT t.same('SELECT webinar_topic, start_time, end_time, registrants FROM gold.go_fact_webinar_usage', ARRAY[
	'Big Launch|2024-01-10 10:00|2024-01-10 11:00|100', '-|2024-01-10 10:00|-|-', 'Launch|2024-01-10 10:00|2024-01-10 10:00|0',
	'No host|2024-01-10 10:00|2024-01-10 11:00|7', 'Unknown host|2024-01-10 10:00|2024-01-10 11:00|8'], 'accepted webinars');
SELECT t.errors_are(ARRAY['si_webinars w4 end_before_start error', 'si_webinars w5 registrants_negative error', 'si_webinars w6 start_time_missing error',
	'si_webinars w7 host_missing warning', 'si_webinars w8 host_unknown warning', 'si_webinars w9 end_before_start error', 'si_webinars w9 registrants_negative error'],
	'a rejected row logs its errors and no warnings');
UPDATE silver.si_webinars SET registrants = 120, update_timestamp = '2024-02-02Z' WHERE webinar_id = 'w1';
UPDATE silver.si_webinars SET start_time = '2024-03-10 10:00Z', end_time = '2024-03-10 11:00Z', update_timestamp = '2024-02-02Z' WHERE webinar_id = 'w8';
DELETE FROM silver.si_webinars WHERE webinar_id = 'w7';
CALL t.user('u9', 'Zed', '2024-02-02Z', email => 'zed@x.example');
CALL t.refresh_at('2024-02-03Z');
SELECT t.same('SELECT webinar_topic, start_time, registrants, load_date, update_date FROM gold.go_fact_webinar_usage WHERE registrants > 0', ARRAY[
	'Big Launch|2024-01-10 10:00|120|2024-02-01|2024-02-03', 'Unknown host|2024-03-10 10:00|8|2024-02-03|2024-02-03'], 'changed, moved and deleted ones');
SELECT t.errors_are(ARRAY['si_webinars w4 end_before_start error', 'si_webinars w5 registrants_negative error', 'si_webinars w6 start_time_missing error',
	'si_webinars w9 end_before_start error', 'si_webinars w9 registrants_negative error'], 'warnings go with their cause');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
