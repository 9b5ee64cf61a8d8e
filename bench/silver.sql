-- Silver data for the benchmark: :n meetings, as many participants and feature
-- usages, :u users, the rest in proportion; one year, skewed, 0.5 % bad rows.  The
-- relations exist and are empty.

\set ON_ERROR_STOP on
SET timezone = 'UTC';
SELECT setseed(0.42) \g /dev/null

INSERT INTO silver.si_users
	(user_id, user_name, email, company, plan_type, load_timestamp, update_timestamp, source_system)
SELECT 'USR' || lpad(i::text, 7, '0'),
	   'User ' || md5(i::text)::varchar(12),
	   'u' || i || '@example' || (i % 500) || '.com',
	   'Company ' || (i % 5000),
	   (ARRAY['Free', 'Basic', 'Pro', 'Business', 'Enterprise'])[1 + (power(random(), 2) * 5)::int % 5],
	   '2024-12-20',
	   '2024-12-20'::timestamptz + random() * interval '5 days',
	   'ZOOM'
FROM generate_series(1, :u) AS i;

INSERT INTO silver.si_meetings
	(meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes,
	 load_timestamp, update_timestamp, source_system)
SELECT 'MTG' || lpad(i::text, 9, '0'),
	   CASE WHEN r < 0.001 THEN 'USRX' || lpad((i % 1000)::text, 6, '0')
			ELSE 'USR' || lpad((1 + floor(power(random(), 2.2) * :u))::text, 7, '0') END,
	   (ARRAY['Weekly sync', 'Standup', 'Project review', '1:1',
			  'All hands', 'Customer call', 'Interview', 'Planning'])[1 + t % 8] || ' ' || t,
	   st,
	   CASE WHEN r >= 0.002 AND r < 0.0035 THEN st - interval '10 min'
			ELSE st + d * interval '1 min' END,
	   CASE WHEN r >= 0.0035 AND r < 0.005 THEN -d ELSE d END,
	   st + interval '1 hour',
	   st + interval '2 hours',
	   'ZOOM'
FROM (SELECT i,
			 random() AS r,
			 floor(power(random(), 3) * 20000)::int AS t,
			 '2025-01-01'::timestamptz + (i::bigint * 365 / (:n + 1)) * interval '1 day'
				+ interval '7 hours' + floor(random() * 43200) * interval '1 sec' AS st,
			 5 + floor(power(random(), 2) * 115)::int AS d
	  FROM generate_series(1, :n) AS i) AS drawn;

INSERT INTO silver.si_feature_usage
	(usage_id, meeting_id, feature_name, usage_count, usage_date,
	 load_timestamp, update_timestamp, source_system)
SELECT 'FU' || lpad(i::text, 9, '0'),
	   CASE WHEN random() < 0.002 THEN 'MTGX' || i ELSE m.meeting_id END,
	   (ARRAY['Screen Share', 'Chat', 'Recording', 'Breakout Rooms', 'Whiteboard', 'Polls', 'Captions',
			  'Virtual Background', 'Reactions', 'Annotation'])[1 + (power(random(), 1.8) * 10)::int % 10],
	   CASE WHEN random() < 0.001 THEN -1 ELSE 1 + floor(power(random(), 3) * 20)::int END,
	   (m.start_time AT TIME ZONE 'UTC')::date,
	   m.load_timestamp, m.update_timestamp, 'ZOOM'
FROM (SELECT i,
			 'MTG' || lpad((1 + (i::bigint + floor(power(random(), 2) * 2000)::bigint) % :n)::text, 9, '0')
				AS meeting_id
	  FROM generate_series(1, :n) AS i) AS f
JOIN silver.si_meetings AS m USING (meeting_id);

INSERT INTO silver.si_webinars
	(webinar_id, host_id, webinar_topic, start_time, end_time, registrants,
	 load_timestamp, update_timestamp, source_system)
SELECT 'W' || i, 'USR' || lpad((1 + i % :u)::text, 7, '0'), 'Webinar ' || i % 700,
	   st, st + interval '1 hour', i % 900, st, st, 'ZOOM'
FROM (SELECT i, '2025-01-01'::timestamptz + random() * 364 * interval '1 day' AS st
	  FROM generate_series(1, :n / 50) AS i) AS drawn;

INSERT INTO silver.si_support_tickets
	(ticket_id, user_id, ticket_type, resolution_status, open_date,
	 load_timestamp, update_timestamp, source_system)
SELECT 'T' || i, 'USR' || lpad((1 + i % :u)::text, 7, '0'),
	   (ARRAY['Technical Issue', 'Billing Question', 'Feature Request'])[1 + i % 3],
	   (ARRAY['Open', 'In Progress', 'Resolved', 'Closed'])[1 + (random() * 4)::int % 4],
	   d, d, d + random() * interval '9 days', 'DESK'
FROM (SELECT i, '2025-01-01'::date + (random() * 350)::int AS d
	  FROM generate_series(1, :n / 20) AS i) AS drawn;

INSERT INTO silver.si_licenses
	(license_id, license_type, assigned_to_user_id, start_date, end_date,
	 load_timestamp, update_timestamp, source_system)
SELECT 'L' || i, (ARRAY['Basic', 'Pro', 'Business', 'Enterprise', 'Education'])[1 + i % 5],
	   CASE WHEN i % 11 <> 0 THEN 'USR' || lpad((1 + i % :u)::text, 7, '0') END,
	   d, CASE WHEN i % 3 <> 0 THEN d + 180 END, d, d, 'BILL'
FROM (SELECT i, '2025-01-01'::date + (random() * 300)::int AS d
	  FROM generate_series(1, :n / 20) AS i) AS drawn;

INSERT INTO silver.si_billing_events
	(event_id, user_id, event_type, amount, event_date,
	 load_timestamp, update_timestamp, source_system)
SELECT 'B' || i, 'USR' || lpad((1 + i % :u)::text, 7, '0'),
	   (ARRAY['Subscription Fee', 'Subscription Renewal', 'Subscription Renewal',
			  'Add-on Purchase', 'Refund'])[1 + i % 5],
	   round((10 + random() * 90)::numeric, 2), d, d, d, 'BILL'
FROM (SELECT i, '2025-01-01'::date + (random() * 364)::int AS d
	  FROM generate_series(1, :n / 5) AS i) AS drawn;

INSERT INTO silver.si_participants
	(participant_id, meeting_id, user_id, join_time, leave_time,
	 load_timestamp, update_timestamp, source_system)
SELECT 'P' || lpad(i::text, 9, '0'),
	   CASE WHEN r < 0.002 THEN 'MTGX' || i ELSE m.meeting_id END,
	   CASE WHEN r >= 0.9 THEN NULL
			WHEN r >= 0.899 THEN 'USRX' || lpad((i % 1000)::text, 6, '0')
			ELSE 'USR' || lpad((1 + floor(power(random(), 2.2) * :u))::text, 7, '0') END,
	   m.start_time + late,
	   CASE WHEN r >= 0.002 AND r < 0.0035 THEN m.start_time ELSE m.start_time + late + interval '20 min' END,
	   m.load_timestamp, m.update_timestamp, 'ZOOM'
FROM (SELECT i, random() AS r, (1 + floor(random() * 240)) * interval '1 sec' AS late,
			 'MTG' || lpad((1 + (i::bigint + floor(power(random(), 2) * 2000)::bigint) % :n)::text, 9, '0')
				AS meeting_id
	  FROM generate_series(1, :n) AS i) AS p
JOIN silver.si_meetings AS m USING (meeting_id);

VACUUM (ANALYZE) silver.si_users, silver.si_meetings, silver.si_participants, silver.si_feature_usage, silver.si_webinars,
	silver.si_support_tickets, silver.si_licenses, silver.si_billing_events;
