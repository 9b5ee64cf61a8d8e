-- What happens to silver after the last refresh before the upgrade: all kinds
-- of statements on all relations, history and repeated changes included.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET zoom_gold.clock = '2026-01-03 06:00Z';
UPDATE silver.si_users SET department = 'Sales', update_timestamp = '2026-01-03 01:00Z' WHERE user_id < 'U00040';
UPDATE silver.si_users SET user_name = 'Renamed ' || user_id, update_timestamp = '2026-01-03 02:00Z' WHERE user_id BETWEEN 'U00030' AND 'U00050';
-- late, at the same timestamp, gone, gone and back
INSERT INTO silver.si_users (user_id, user_name, email, company, plan_type, load_timestamp, update_timestamp, source_system)
SELECT DISTINCT ON (user_id) user_id, user_name, email, company, 'Education', '2025-02-02Z', '2025-02-02Z', 'LATE'
FROM silver.si_users WHERE user_id BETWEEN 'U00100' AND 'U00120' ORDER BY user_id, load_timestamp;
UPDATE silver.si_users SET company = 'Moved without a timestamp' WHERE user_id BETWEEN 'U00200' AND 'U00205';
DELETE FROM silver.si_users WHERE user_id BETWEEN 'U00300' AND 'U00305';
DELETE FROM silver.si_users WHERE user_id BETWEEN 'U00310' AND 'U00312';
SET zoom_gold.clock = '2026-01-03 07:00Z';
INSERT INTO silver.si_users (user_id, user_name, email, load_timestamp, department)
SELECT 'U0031' || i, 'Back again ' || i, 'back' || i || '@example.com', '2026-01-03 06:30Z', 'Returned' FROM generate_series(0, 2) AS i;
INSERT INTO silver.si_users (user_id, user_name, email, load_timestamp)
SELECT 'U8000' || i, 'Late guest ' || i, 'guest' || i || '@example.com', '2026-01-03 06:30Z' FROM generate_series(0, 3) AS i;

UPDATE silver.si_meetings SET start_time = start_time - interval '30 days', end_time = end_time - interval '30 days' WHERE meeting_id LIKE 'M%555';
UPDATE silver.si_meetings SET meeting_topic = 'Moved', host_id = 'U00001' WHERE meeting_id LIKE 'M%556';
DELETE FROM silver.si_meetings WHERE meeting_id LIKE 'M%557';
INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, load_timestamp, source_system)
SELECT 'N' || i, 'U80000', 'A new topic', '2026-01-02 10:00Z'::timestamptz + i * interval '1 minute', '2026-01-02 11:00Z', '2026-01-02 12:00Z', 'ZOOM_API'
FROM generate_series(1, 30) AS i;
INSERT INTO silver.si_participants (participant_id, meeting_id, user_id, join_time, load_timestamp, source_system)
SELECT 'N' || i, 'N' || i, 'U00311', '2026-01-02 10:30Z', '2026-01-02 12:00Z', 'ZOOM_API' FROM generate_series(1, 30) AS i;
DELETE FROM silver.si_participants WHERE participant_id LIKE 'P%99';
UPDATE silver.si_feature_usage SET usage_count = usage_count + 1 WHERE usage_id LIKE 'F%88';
UPDATE silver.si_feature_usage SET usage_date = usage_date + 1 WHERE usage_id LIKE 'F%77';

-- a reload in one transaction gives the table another file
BEGIN;
CREATE TEMPORARY TABLE reload AS SELECT * FROM silver.si_webinars WHERE webinar_id NOT LIKE 'W%9';
TRUNCATE silver.si_webinars;
INSERT INTO silver.si_webinars SELECT * FROM reload;
COMMIT;

UPDATE silver.si_support_tickets SET resolution_status = 'Closed', update_timestamp = '2026-01-03 03:00Z' WHERE ticket_id LIKE 'T%7' AND resolution_status = 'Open';
DELETE FROM silver.si_support_tickets WHERE ticket_id LIKE 'T%88';
UPDATE silver.si_licenses SET assigned_to_user_id = 'U00311' WHERE license_id LIKE 'L%22';
DELETE FROM silver.si_licenses WHERE license_id LIKE 'L%33';
UPDATE silver.si_billing_events SET amount = 1.00 WHERE event_id LIKE 'B%44';
DELETE FROM silver.si_billing_events WHERE event_id LIKE 'B%45';
-- written and never committed
BEGIN;
DELETE FROM silver.si_licenses;
UPDATE silver.si_users SET user_name = 'Nobody';
ROLLBACK;
