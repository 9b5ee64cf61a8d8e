-- The next sync: a new table is filled, the old one dropped, the new one
-- renamed.  Ana has another name and address, Dora is gone; all else is as it
-- was, but stamped anew.
CREATE TABLE raw_zoom.users_airbyte_tmp (LIKE raw_zoom.users INCLUDING ALL);
INSERT INTO raw_zoom.users_airbyte_tmp
SELECT gen_random_uuid()::text, '2025-03-04 02:00Z', _airbyte_meta, 2, id, first_name, CASE first_name WHEN 'Ana' THEN 'Ivers' ELSE last_name END,
	CASE first_name WHEN 'Ana' THEN 'Ana Ivers' ELSE display_name END, CASE first_name WHEN 'Ana' THEN 'ivers@acme.example' ELSE email END,
	type, status, dept, plan_united_type, created_at, last_login_time, group_ids
FROM raw_zoom.users WHERE email <> 'dora@acme.example';
DROP TABLE raw_zoom.users;
ALTER TABLE raw_zoom.users_airbyte_tmp RENAME TO users;

CREATE TABLE raw_zoom.report_meetings_airbyte_tmp (LIKE raw_zoom.report_meetings INCLUDING ALL);
INSERT INTO raw_zoom.report_meetings_airbyte_tmp
SELECT gen_random_uuid()::text, '2025-03-04 02:00Z', _airbyte_meta, 2, uuid, id, host_id, type, topic, user_name, user_email,
	start_time, end_time, duration, total_minutes, participants_count, dept
FROM raw_zoom.report_meetings;
DROP TABLE raw_zoom.report_meetings;
ALTER TABLE raw_zoom.report_meetings_airbyte_tmp RENAME TO report_meetings;
