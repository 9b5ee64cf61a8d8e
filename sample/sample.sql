-- One year of an invented company's Zoom data, as a silver layer delivers it:
-- some 3,000 users, 60,000 meetings, and what belongs to them.  Skewed like
-- real use (working hours in four time zones, quiet weekends and holidays, a
-- few people who host most meetings), with a history (plan changes, renames,
-- ticket states and corrections are further rows of the same key) and with
-- dirt: every built-in quality rule is broken a few times.
--
-- Fills the eight relations of the schema silver, which setup() has made:
--	psql -c 'CREATE EXTENSION zoom_gold' -c 'SELECT * FROM zoom_gold.setup()'
--	psql -f sample/sample.sql
--
-- The year ends today or up to six days ago, and what has not happened yet is
-- not there.  With -v sample_end=2025-12-31 it is the year 2025, whole, and the
-- same rows come out every time.  It is written down as 2025 and moved by whole
-- weeks, so that Mondays stay Mondays; renewals, summer and holidays keep to the
-- calendar of the days they are moved to.

\set ON_ERROR_STOP on
\if :{?sample_end}
	\set sample_asof infinity
\else
	SELECT (now() AT TIME ZONE 'UTC')::date AS sample_end, now() AS sample_asof \gset
\endif
SELECT floor((:'sample_end'::date - date '2025-12-31') / 7.0)::integer * 7 AS shift \gset
BEGIN;
SET LOCAL timezone = 'UTC';
SET LOCAL client_min_messages = warning;
SELECT setseed(0.2025) \g /dev/null

-- First as the year 2025; into silver at the end.
CREATE TEMPORARY TABLE si_users (LIKE silver.si_users) ON COMMIT DROP;
CREATE TEMPORARY TABLE si_meetings (LIKE silver.si_meetings) ON COMMIT DROP;
CREATE TEMPORARY TABLE si_participants (LIKE silver.si_participants) ON COMMIT DROP;
CREATE TEMPORARY TABLE si_feature_usage (LIKE silver.si_feature_usage) ON COMMIT DROP;
CREATE TEMPORARY TABLE si_webinars (LIKE silver.si_webinars) ON COMMIT DROP;
CREATE TEMPORARY TABLE si_support_tickets (LIKE silver.si_support_tickets) ON COMMIT DROP;
CREATE TEMPORARY TABLE si_licenses (LIKE silver.si_licenses) ON COMMIT DROP;
CREATE TEMPORARY TABLE si_billing_events (LIKE silver.si_billing_events) ON COMMIT DROP;

-- ---------------------------------------------------------------- the people

-- Numbered by the time they signed up; 1,900 of them before the year began.
CREATE TEMPORARY TABLE person ON COMMIT DROP AS
SELECT i,
	   'U' || lpad(i::text, 5, '0') AS user_id,
	   first[1 + (i * 7) % cardinality(first)] || ' ' ||
		   last[1 + i * 13 % cardinality(last)] AS name,
	   1 + floor(power(random(), 2) * 180)::integer AS company,
	   CASE WHEN i <= 1900
		   THEN timestamptz '2023-01-09' + i * interval '9 hours'
		   ELSE timestamptz '2025-01-01' + (i - 1900) * interval '7 hours 50 minutes'
	   END AS signup,
	   zones[1 + (random() * random() * cardinality(zones))::integer % cardinality(zones)] AS zone,
	   (random() * 1000)::integer AS dice,
	   random() AS luck
FROM generate_series(1, 3000) AS i,
	 (SELECT ARRAY['Ana', 'Ben', 'Chloé', 'Dmitri', 'Elif', 'Fatima', 'Günther', 'Hana', 'Ivo', 'Jun',
				   'Kwame', 'Lea', 'Mateo', 'Nadia', 'Olu', 'Priya', 'Quentin', 'Rosa', 'Søren', 'Tala',
				   'Uma', 'Victor', 'Wei', 'Ximena', 'Yusuf', 'Zofia', 'Aaron', 'Bianca', 'Carlos', 'Dana',
				   'Eero', 'Freya', 'Goran', 'Hugo', 'Ines', 'Jonas', 'Kenji', 'Lucía', 'Mina', 'Noah'] AS first,
			 ARRAY['Abebe', 'Bauer', 'Castro', 'D''Angelo', 'Eriksen', 'Fischer', 'García', 'Haddad', 'Ito',
				   'Jensen', 'Kowalska', 'Lindqvist', 'Moreau', 'Nguyen', 'O''Brien', 'Petrov', 'Quist',
				   'Rossi', 'Silva', 'Tanaka', 'Ueda', 'Vargas', 'Weber', 'Xu', 'Yilmaz', 'Zhang', 'Adeyemi',
				   'Brandt', 'Costa', 'Duarte', 'Ekström', 'Ferrari', 'Gupta', 'Hansen', 'Ivanova', 'Johnson',
				   'Khan', 'Larsen', 'Mbeki', 'Novak', 'Okafor', 'Park', 'Ramos', 'Schmidt', 'Tran', 'Usman',
				   'Virtanen', 'Wong', 'Ylönen', 'Zimmer', 'Acosta', 'Böhm', 'Chen', 'Diaz', 'Evans', 'Fontaine',
				   'Greco', 'Hoang', 'Iyer', 'Jovanović', 'Kim', 'Lopez', 'Meyer', 'Nakamura', 'Olsen', 'Patel',
				   'Reyes', 'Sato', 'Torres', 'Urban', 'Vidal', 'Wagner', 'Yamada', 'Zeman', 'Ahmed', 'Berg',
				   'Cruz', 'Dubois', 'Engel'] AS last,
			 ARRAY['America/New_York', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata'] AS zones) AS names;

-- Homonyms, an emoji, and names with awkward characters.
UPDATE person SET name = 'Maria Garcia' WHERE i IN (40, 410, 1440, 2440);
UPDATE person SET name = 'John Smith' WHERE i IN (77, 1077, 2077);
UPDATE person SET name = 'Zoë 🚀 Starr' WHERE i = 123;
UPDATE person SET name = 'Robert "100%" O\Neil' WHERE i = 321;

-- What a user looked like, from when: the first version, then changes.
CREATE TEMPORARY TABLE person_version ON COMMIT DROP AS
SELECT i, signup AS since, name, company,
	   (ARRAY['Free', 'Basic', 'Pro', 'Business', 'Enterprise'])
		   [CASE WHEN dice < 420 THEN 1 WHEN dice < 620 THEN 2 WHEN dice < 850 THEN 3 WHEN dice < 960 THEN 4 ELSE 5 END]
		   AS plan
FROM person;

-- One in four moves up a plan in the year, some of them back down again.
INSERT INTO person_version
SELECT i, greatest(signup, timestamptz '2025-01-01') + luck * 340 * interval '1 day' + interval '1 hour', name, company,
	   (ARRAY['Basic', 'Pro', 'Business', 'Enterprise', 'Enterprise'])
		   [CASE WHEN dice < 420 THEN 1 WHEN dice < 620 THEN 2 WHEN dice < 850 THEN 3 ELSE 4 END]
FROM person
WHERE i % 4 = 0 AND dice < 960
  AND greatest(signup, timestamptz '2025-01-01') + luck * 340 * interval '1 day' < '2025-12-15';

INSERT INTO person_version
SELECT v.i, v.since + interval '45 days', v.name, v.company, f.plan
FROM person_version AS v
JOIN person_version AS f ON f.i = v.i AND f.since < v.since
WHERE v.i % 20 = 0 AND v.since < '2025-10-25';

-- Some marry, some change the company; the plan stays as it is.
INSERT INTO person_version
SELECT i, at,
	   CASE WHEN i % 3 = 0 THEN split_part(name, ' ', 1) || ' ' || 'van der Berg-' || split_part(name, ' ', 2) ELSE name END,
	   CASE WHEN i % 3 = 0 THEN company ELSE company + 7 END,
	   plan
FROM (SELECT i, timestamptz '2025-02-03 10:00+00' + (i % 290) * interval '1 day' + i * interval '1 second' AS at
	  FROM person WHERE i % 17 = 5 AND i < 1900) AS moved
CROSS JOIN LATERAL (SELECT name, company, plan FROM person_version AS v
					WHERE v.i = moved.i AND v.since < moved.at ORDER BY v.since DESC LIMIT 1) AS before;

-- As delivered: with stray blanks and odd spelling.
INSERT INTO pg_temp.si_users (user_id, user_name, email, company, plan_type, load_timestamp, update_timestamp, source_system)
SELECT p.user_id,
	   CASE WHEN p.dice % 50 = 0 THEN '  ' || replace(v.name, ' ', '   ') || ' ' ELSE v.name END,
	   CASE p.dice % 40 WHEN 0 THEN upper(mail.address) WHEN 1 THEN ' ' || mail.address ELSE mail.address END,
	   'Company ' || v.company,
	   CASE p.dice % 30 WHEN 0 THEN lower(v.plan) WHEN 1 THEN upper(v.plan) || ' ' ELSE v.plan END,
	   v.since, CASE WHEN v.since > p.signup THEN v.since END, 'ZOOM_API'
FROM person_version AS v
JOIN person AS p USING (i)
CROSS JOIN LATERAL (SELECT 'user' || p.i || '@company' || v.company || '.example' AS address) AS mail
ORDER BY v.since;

INSERT INTO pg_temp.si_users (user_id, user_name, email, company, plan_type, load_timestamp, source_system) VALUES
	('U90001', 'No Mail', NULL, 'Company 3', 'Pro', '2025-02-01 08:00+00', 'ZOOM_API'),
	('U90002', 'Blank Mail', '   ', NULL, 'Free', '2025-02-01 08:00+00', 'ZOOM_API'),
	('U90003', 'Bad Mail', 'bad.mail-at-company', 'Company 3', 'Free', '2025-02-02 08:00+00', 'ZOOM_API'),
	('U90004', 'Worse Mail', 'worse@', 'Company 4', 'Basic', '2025-02-02 08:00+00', 'ZOOM_API'),
	('U90005', 'Prospect One', 'prospect1@company5.example', 'Company 5', 'Pending Customer', '2025-02-03 08:00+00', 'CRM'),
	('U90006', 'Prospect Two', 'prospect2@company5.example', 'Company 5', 'Pending Customer', '2025-02-03 08:00+00', 'CRM'),
	('U90007', 'No Plan', 'noplan@company5.example', 'Company 5', NULL, '2025-02-03 08:00+00', NULL),
	('U90008', '   ', 'noname@company6.example', 'Company 6', 'Free', '2025-02-04 08:00+00', 'ZOOM_API'),
	('U90009', NULL, 'nobody@company6.example', 'Company 6', 'Free', '2025-02-04 08:00+00', 'ZOOM_API'),
	(NULL, 'No Key', 'nokey@company6.example', 'Company 6', 'Free', '2025-02-04 08:00+00', 'ZOOM_API'),
	('  ', 'Blank Key', 'blankkey@company6.example', 'Company 6', 'Free', '2025-02-04 08:00+00', 'ZOOM_API');

-- -------------------------------------------------------------- the meetings

-- How busy a day is: weekday, holidays, summer, and a company that grows.
CREATE TEMPORARY TABLE workday ON COMMIT DROP AS
SELECT day,
	   1900 + greatest(0, least(1100, (day - date '2025-01-01') * 24 / 7.84))::integer AS people,
	   (ARRAY[1.0, 1.1, 1.12, 1.05, 0.8, 0.1, 0.07])[extract(isodow FROM day)::integer]
	   * (1 + 0.6 * (day - date '2025-01-01') / 365.0)
	   * CASE WHEN extract(month FROM day + :shift) IN (7, 8) THEN 0.7
			  WHEN to_char(day + :shift, 'MM-DD') IN ('01-01', '05-01', '12-24', '12-25', '12-26', '12-31') THEN 0.05
			  ELSE 1 END AS weight
FROM (SELECT generate_series('2025-01-01'::timestamp, '2025-12-31', '1 day')::date AS day) AS year;

CREATE TEMPORARY TABLE meeting ON COMMIT DROP AS
SELECT row_number() OVER () AS m, day, minutes, host, p.user_id AS host_id, drawn.dice, topic, series,
	   -- nine to half past five where the host lives; one in forty late at night
	   (day + CASE WHEN drawn.dice % 40 = 0 THEN interval '21 hours' ELSE interval '9 hours' END
			+ floor(clock * 102) * interval '5 minutes' + drawn.dice % 50 * interval '1 second') AT TIME ZONE p.zone AS start_time
FROM (SELECT day, random() AS clock,
			 (random() * 100000)::integer AS dice,
			 4 + floor(power(random(), 2) * 100)::integer AS minutes,
			 1 + floor(power(random(), 2) * people)::integer AS host,
			 1 + floor(power(random(), 2) * 14)::integer AS topic,
			 1 + floor(power(random(), 3) * 40)::integer AS series
	  FROM (SELECT day, people, round(60000 * weight / sum(weight) OVER ())::integer AS number FROM workday) AS d,
		   generate_series(1, d.number)) AS drawn
JOIN person AS p ON p.i = drawn.host;

INSERT INTO pg_temp.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes,
								load_timestamp, update_timestamp, source_system)
SELECT 'M' || lpad(m::text, 6, '0'),
	   CASE WHEN dice BETWEEN 100 AND 180 THEN NULL
			WHEN dice BETWEEN 200 AND 300 THEN 'U8' || lpad((dice % 37)::text, 4, '0')
			WHEN dice BETWEEN 300 AND 500 THEN ' ' || host_id
			ELSE host_id END,
	   CASE WHEN dice BETWEEN 1000 AND 1500 THEN NULL
			WHEN dice BETWEEN 1500 AND 2500 THEN '  ' || replace(words, ' ', '  ')
			ELSE words END,
	   start_time,
	   CASE WHEN dice BETWEEN 3000 AND 3200 THEN NULL                   -- never seen to end
			WHEN dice BETWEEN 3210 AND 3225 THEN start_time - interval '10 minutes'
			WHEN dice BETWEEN 3230 AND 3240 THEN start_time + interval '26 hours'
			ELSE start_time + minutes * interval '1 minute' - (dice % 60) * interval '1 second' END,
	   CASE WHEN dice BETWEEN 3000 AND 3100 THEN NULL
			WHEN dice BETWEEN 3101 AND 3103 THEN -minutes               -- without valid times: rejected
			WHEN dice BETWEEN 3230 AND 3240 THEN 26 * 60
			WHEN dice BETWEEN 3300 AND 3320 THEN -minutes
			WHEN dice BETWEEN 3330 AND 3450 THEN minutes + 15           -- the scheduled length
			WHEN dice BETWEEN 3500 AND 4200 THEN NULL
			ELSE minutes END,                                           -- Zoom rounds up
	   start_time + minutes * interval '1 minute' + interval '20 minutes',
	   CASE WHEN dice % 5 = 0 THEN start_time + interval '1 day' END,
	   CASE WHEN dice % 11 = 0 THEN 'ZOOM_REPORTS' ELSE 'ZOOM_API' END
FROM meeting
CROSS JOIN LATERAL
	(SELECT (ARRAY['1:1', 'Standup', 'Weekly sync', 'Project review', 'Customer call', 'Interview', 'Planning', 'Design review',
				   'Retro', 'All hands', 'Incident 🔥', 'Training', 'Board meeting', 'Café virtuel'])[topic]
			|| CASE WHEN topic IN (10, 13) THEN '' ELSE ' ' || (ARRAY['Atlas', 'Borealis', 'Comet', 'Delta', 'Ember'])[1 + series % 5]
			|| CASE WHEN series > 5 THEN ' ' || series ELSE '' END END AS words) AS t;

-- Corrections (another row of the key, the later one counts) and plain duplicates.
INSERT INTO pg_temp.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes,
								load_timestamp, update_timestamp, source_system)
SELECT meeting_id, host_id, coalesce(meeting_topic, 'Untitled') || ' (corrected)', start_time,
	   start_time + interval '31 minutes', 31, load_timestamp, start_time + interval '2 days', source_system
FROM pg_temp.si_meetings WHERE meeting_id LIKE 'M%333' AND end_time >= start_time;
INSERT INTO pg_temp.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes,
								load_timestamp, update_timestamp, source_system)
SELECT meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes, load_timestamp, update_timestamp, source_system
FROM pg_temp.si_meetings WHERE meeting_id LIKE 'M%777';

INSERT INTO pg_temp.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, duration_minutes, load_timestamp, source_system) VALUES
	(NULL, 'U00001', 'No key', '2025-03-03 09:00+00', '2025-03-03 09:30+00', 30, '2025-03-03 10:00+00', 'ZOOM_API'),
	('M900001', 'U00001', 'No start', NULL, '2025-03-03 09:30+00', 30, '2025-03-03 10:00+00', 'ZOOM_API'),
	('M900002', 'U00001', 'Year one', '0001-01-01 09:00+00', NULL, 30, '2025-03-03 10:00+00', 'ZOOM_API'),
	('M900003', 'U00001', 'For ever', '2025-03-03 09:00+00', 'infinity', NULL, '2025-03-03 10:00+00', 'ZOOM_API'),
	('M900004', 'U00002', 'Tokyo, New Year''s Eve', '2026-01-01 08:00+09', '2026-01-01 10:00+09', 120, '2026-01-01 03:00+00', 'ZOOM_API'),
	('M900005', 'U00002', 'Sunday in Honolulu', '2025-06-01 20:00-10', '2025-06-01 20:45-10', 45, '2025-06-02 08:00+00', 'ZOOM_API');

-- The host, and one to six others; one in eight is a guest without an account.
INSERT INTO pg_temp.si_participants (participant_id, meeting_id, user_id, join_time, leave_time, load_timestamp, source_system)
SELECT 'P' || row_number() OVER (),
	   CASE WHEN dice BETWEEN 10 AND 29 THEN 'M8' || dice ELSE 'M' || lpad(m::text, 6, '0') END,
	   CASE WHEN seat = 0 THEN host_id
			WHEN dice BETWEEN 40 AND 70 THEN 'U8' || dice
			WHEN dice % 8 = 0 THEN NULL
			ELSE 'U' || lpad(guest::text, 5, '0') END,
	   start_time + seat * interval '40 seconds',
	   CASE WHEN dice BETWEEN 80 AND 90 THEN start_time - interval '1 minute'
			WHEN dice BETWEEN 100 AND 600 THEN NULL
			ELSE start_time + greatest(seat, minutes - dice % 4) * interval '1 minute' END,
	   start_time + minutes * interval '1 minute' + interval '20 minutes', 'ZOOM_API'
FROM (SELECT m.m, m.host_id, m.start_time, m.minutes, seat, (random() * 100000)::integer AS dice,
			 1 + floor(power(random(), 1.5) * d.people)::integer AS guest
	  FROM meeting AS m
	  JOIN workday AS d USING (day)
	  CROSS JOIN generate_series(0, 1 + (m.dice % 7) * (m.dice % 3) / 3) AS seat) AS attended;
INSERT INTO pg_temp.si_participants (participant_id, meeting_id, user_id, join_time, load_timestamp, source_system) VALUES
	('P900001', 'M000001', 'U00001', NULL, '2025-01-02 10:00+00', 'ZOOM_API'),
	('P900002', NULL, 'U00001', '2025-01-02 09:00+00', '2025-01-02 10:00+00', 'ZOOM_API');

-- The companion is launched in May and catches on.
INSERT INTO pg_temp.si_feature_usage (usage_id, meeting_id, feature_name, usage_count, usage_date, load_timestamp, source_system)
SELECT 'F' || row_number() OVER (),
	   CASE WHEN dice BETWEEN 10 AND 24 THEN 'M8' || dice ELSE 'M' || lpad(m::text, 6, '0') END,
	   CASE WHEN dice BETWEEN 30 AND 32 THEN NULL WHEN dice BETWEEN 100 AND 900 THEN feature || '  ' ELSE feature END,
	   CASE WHEN dice BETWEEN 40 AND 46 THEN -1 WHEN dice BETWEEN 1000 AND 1400 THEN 0 ELSE 1 + dice % 9 * (dice % 5) / 4 END,
	   (start_time AT TIME ZONE 'UTC')::date, start_time + interval '3 hours', 'ZOOM_API'
FROM (SELECT m, start_time, feature, random() AS draw, (random() * 100000)::integer AS dice,
			 CASE WHEN feature <> 'AI Companion' THEN share
				  WHEN day >= '2025-05-12' THEN share * (day - date '2025-05-12') / 233.0
				  ELSE 0 END AS share
	  FROM meeting
	  CROSS JOIN (VALUES ('Screen Share', 0.45), ('Chat', 0.3), ('Recording', 0.14), ('Reactions', 0.1), ('Whiteboard', 0.05),
						 ('Breakout Rooms', 0.04), ('Polls', 0.02), ('Captions', 0.03), ('AI Companion', 0.35))
		  AS f (feature, share)) AS tossed
WHERE draw < share;

-- ------------------------------------------ webinars, support, licences, money

INSERT INTO pg_temp.si_webinars (webinar_id, host_id, webinar_topic, start_time, end_time, registrants, load_timestamp, source_system)
SELECT 'W' || lpad(w::text, 4, '0'),
	   CASE WHEN w IN (50, 51) THEN NULL WHEN w IN (60, 61) THEN 'U80000' ELSE 'U' || lpad((1 + w * 5 % 1900)::text, 5, '0') END,
	   CASE WHEN w % 90 = 7 THEN NULL ELSE
		   (ARRAY['Product tour', 'Getting started', 'Security at work', 'Customer stories', 'Roadmap', 'Ask us anything'])[1 + w % 6]
		   || CASE WHEN w % 5 = 0 THEN ' (DACH)' ELSE '' END END,
	   start_time,
	   CASE WHEN w IN (70, 71) THEN start_time - interval '1 hour' WHEN w % 40 = 0 THEN NULL
			ELSE start_time + (45 + w % 3 * 15) * interval '1 minute' END,
	   CASE WHEN w IN (80, 81) THEN -5 WHEN w % 33 = 0 THEN NULL ELSE 12 + floor(power(random(), 3) * 900)::integer END,
	   start_time + interval '4 hours', 'ZOOM_API'
FROM generate_series(1, 420) AS w
CROSS JOIN LATERAL (SELECT timestamptz '2025-01-07 15:00+00' + (w * 20 / 24) * interval '1 day' + w % 4 * interval '1 hour' AS start_time) AS t;

-- A ticket's states are rows of one key: opened, worked on, resolved, closed;
-- some come back, some stay open.
CREATE TEMPORARY TABLE ticket ON COMMIT DROP AS
SELECT t, 'T' || lpad(t::text, 5, '0') AS ticket_id, kind,
	   'U' || lpad((1 + floor(power(random(), 1.4) * 1900))::text, 5, '0') AS user_id,
	   timestamptz '2025-01-01' + opened * interval '1 second' AS opened,
	   (0.5 + power(random(), 2) * CASE kind WHEN 'Technical Issue' THEN 130 WHEN 'Billing Question' THEN 40 ELSE 400 END)
		   * interval '1 hour' AS effort,
	   (random() * 1000)::integer AS dice
FROM (SELECT t, (ARRAY['Technical Issue', 'Technical Issue', 'Technical Issue', 'Billing Question', 'Billing Question', 'Feature Request'])
					[1 + floor(random() * 6)::integer] AS kind,
			 floor(power(random(), 0.85) * 364 * 86400) AS opened
	  FROM generate_series(1, 2600) AS t) AS raised;

INSERT INTO pg_temp.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date,
									   load_timestamp, update_timestamp, source_system)
SELECT ticket_id,
	   CASE WHEN t IN (100, 101, 102) THEN NULL WHEN t IN (110, 111) THEN 'U80001' ELSE user_id END,
	   CASE WHEN dice % 70 = 0 THEN '  ' || kind ELSE kind END,
	   CASE WHEN t BETWEEN 120 AND 124 THEN 'Escalated'
			WHEN dice % 45 = 0 THEN upper(status) ELSE status END,
	   CASE WHEN t IN (130, 131) THEN (opened AT TIME ZONE 'UTC')::date + 90 ELSE (opened AT TIME ZONE 'UTC')::date END,
	   opened, CASE WHEN step > 1 THEN at END, 'DESK'
FROM ticket
CROSS JOIN LATERAL (VALUES (1, 'Open', opened),
						   (2, 'In Progress', opened + effort * 0.3),
						   (3, 'Resolved', opened + effort),
						   (4, CASE WHEN t % 19 = 0 THEN 'In Progress' ELSE 'Closed' END, opened + effort + interval '3 days'),
						   (5, 'Resolved', opened + effort + interval '5 days')) AS s (step, status, at)
WHERE at < '2026-01-01'
  AND step <= CASE WHEN dice < 60 THEN 1 WHEN dice < 130 THEN 2 WHEN dice < 200 THEN 3 WHEN t % 19 = 0 AND dice < 700 THEN 5 ELSE 4 END;
INSERT INTO pg_temp.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date, load_timestamp, source_system) VALUES
	('T90001', 'U00005', NULL, 'Open', '2025-04-01', '2025-04-01 09:00+00', 'DESK'),
	('T90002', 'U00005', 'Technical Issue', '  ', '2025-04-01', '2025-04-01 09:00+00', 'DESK'),
	('T90003', 'U00005', 'Technical Issue', 'Open', NULL, '2025-04-01 09:00+00', 'DESK');

-- Seats: one for who pays or belongs to a school, and a stock of free ones.
INSERT INTO pg_temp.si_licenses (license_id, license_type, assigned_to_user_id, start_date, end_date, load_timestamp, source_system)
SELECT 'L' || lpad(row_number() OVER (ORDER BY p.i)::text, 5, '0'),
	   CASE WHEN p.dice % 60 = 0 THEN lower(kind) ELSE kind END,
	   CASE WHEN p.dice % 9 = 0 THEN NULL ELSE p.user_id END,
	   start_date,
	   CASE WHEN p.dice % 7 = 0 THEN NULL
			WHEN p.dice % 50 = 3 THEN date '9999-12-31'
			ELSE start_date + 364 END,
	   start_date, 'BILLING'
FROM person AS p
JOIN person_version AS v ON v.i = p.i AND v.since = p.signup
CROSS JOIN LATERAL (SELECT CASE WHEN v.plan = 'Free' THEN 'Education' ELSE v.plan END AS kind,
						   greatest(p.signup, timestamptz '2024-09-01' + p.i % 120 * interval '1 day')::date AS start_date) AS l
WHERE v.plan <> 'Free' OR p.i % 9 = 0;

INSERT INTO pg_temp.si_licenses (license_id, license_type, assigned_to_user_id, start_date, end_date, load_timestamp, source_system) VALUES
	('L90001', 'Pro', 'U00020', '2025-05-01', '2025-04-01', '2025-05-01 06:00+00', 'BILLING'),
	('L90002', 'Pro', 'U00021', '2025-05-01', '2024-05-01', '2025-05-01 06:00+00', 'BILLING'),
	('L90003', 'Trial', 'U00022', '2025-05-01', '2025-05-30', '2025-05-01 06:00+00', 'BILLING'),
	('L90004', 'Trial', NULL, '2025-05-01', '2025-05-30', '2025-05-01 06:00+00', 'BILLING'),
	('L90005', 'Pro', 'U80002', '2025-05-01', NULL, '2025-05-01 06:00+00', 'BILLING');

-- A fee at the start of a paid plan, then a renewal on the same day of each month.
INSERT INTO pg_temp.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp, source_system)
SELECT 'B' || lpad(row_number() OVER (ORDER BY event_date, i)::text, 6, '0'), user_id,
	   CASE WHEN nth = 0 THEN 'Subscription Fee' WHEN dice % 80 = 1 THEN 'subscription  renewal' ELSE 'Subscription Renewal' END,
	   price, event_date, event_date + interval '6 hours', 'BILLING'
FROM (SELECT p.i, p.user_id, p.dice, nth, price, (v.since + :shift * interval '1 day' + nth * interval '1 month')::date - :shift AS event_date, v.until
	  FROM (SELECT i, plan, since, lead(since, 1, 'infinity') OVER (PARTITION BY i ORDER BY since) AS until
			FROM (SELECT i, plan, since, plan IS DISTINCT FROM lag(plan) OVER (PARTITION BY i ORDER BY since) AS changed
				  FROM person_version) AS all_versions
			WHERE changed) AS v
	  JOIN person AS p USING (i)
	  JOIN (VALUES ('Basic', 12.00), ('Pro', 19.90), ('Business', 34.50), ('Enterprise', 59.00)) AS price (plan, price) USING (plan)
	  CROSS JOIN generate_series(0, 36) AS nth
	  WHERE p.dice % 13 <> 0) AS due
WHERE event_date >= '2025-01-01' AND event_date < least(until, timestamptz '2026-01-01');

INSERT INTO pg_temp.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp, source_system)
SELECT 'A' || row_number() OVER (ORDER BY event_id), user_id, 'Add-on Purchase', (random() * 400)::numeric(10,2),
	   event_date, load_timestamp, source_system
FROM pg_temp.si_billing_events WHERE event_id LIKE 'B%17';

-- Refunds come with either sign; gold has one.
INSERT INTO pg_temp.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp, source_system)
SELECT 'R' || row_number() OVER (ORDER BY event_id), user_id, 'Refund', CASE WHEN event_id LIKE '%6' THEN -amount ELSE amount END,
	   event_date + 9, load_timestamp + interval '9 days', source_system
FROM pg_temp.si_billing_events
WHERE event_id LIKE 'B%' AND right(event_id, 2) IN ('03', '06', '53') AND event_date < '2025-12-20';

INSERT INTO pg_temp.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp, source_system) VALUES
	('B900001', 'U00009', 'Chargeback', 19.90, '2025-08-04', '2025-08-04 09:00+00', 'BILLING'),
	('B900002', 'U00010', 'Chargeback', 34.50, '2025-08-05', '2025-08-05 09:00+00', 'BILLING'),
	('B900004', 'U00012', 'Subscription Renewal', -19.90, '2025-08-05', '2025-08-05 09:00+00', 'BILLING'),
	('B900005', 'U00013', 'Add-on Purchase', -5.00, '2025-08-06', '2025-08-06 09:00+00', 'BILLING'),
	('B900006', NULL, 'Add-on Purchase', 12.00, '2025-08-06', '2025-08-06 09:00+00', 'BILLING'),
	('B900007', 'U80003', 'Add-on Purchase', 12.00, '2025-08-06', '2025-08-06 09:00+00', 'BILLING'),
	('B900008', 'U00014', 'Add-on Purchase', NULL, '2025-08-06', '2025-08-06 09:00+00', 'BILLING'),
	('B900003', 'U00011', 'Add-on Purchase', 99999999.99, '1999-12-31', '2025-08-05 09:00+00', 'BILLING');

-- ------------------------------------------------------------------ into silver

-- What is meant to be out of all bounds stays where it is.
CREATE FUNCTION pg_temp.moved(at timestamptz, days integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN at > '2000-01-01' AND at < '2100-01-01' THEN at + days * interval '1 day' ELSE at END
$$;
CREATE FUNCTION pg_temp.moved(day date, days integer) RETURNS date LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN day > '2000-01-01' AND day < '2100-01-01' THEN day + days ELSE day END
$$;
-- a change yet to come is a row that is not there, or has not been changed
DELETE FROM pg_temp.si_meetings
WHERE meeting_topic LIKE '% (corrected)' AND update_timestamp + :shift * interval '1 day' > :'sample_asof';
UPDATE pg_temp.si_meetings SET update_timestamp = NULL WHERE update_timestamp + :shift * interval '1 day' > :'sample_asof';
SELECT format('INSERT INTO silver.%1$I (%2$s) SELECT %3$s FROM pg_temp.%1$I WHERE greatest(load_timestamp, update_timestamp) + %4$s * interval ''1 day'' <= %5$L',
			  relation, string_agg(quote_ident(attname), ', ' ORDER BY attnum),
			  string_agg(CASE WHEN atttypid IN ('date'::regtype, 'timestamptz'::regtype)
							  THEN format('pg_temp.moved(%I, %s)', attname, :shift) ELSE quote_ident(attname) END, ', ' ORDER BY attnum),
			  :shift, :'sample_asof')
FROM unnest(ARRAY['si_users', 'si_meetings', 'si_participants', 'si_feature_usage', 'si_webinars', 'si_support_tickets',
				  'si_licenses', 'si_billing_events']) WITH ORDINALITY AS r (relation, place)
JOIN pg_attribute ON attrelid = ('pg_temp.' || relation)::regclass AND attnum > 0 AND NOT attisdropped
GROUP BY relation, place ORDER BY place \gexec
DROP FUNCTION pg_temp.moved(timestamptz, integer), pg_temp.moved(date, integer);
COMMIT;

ANALYZE silver.si_users, silver.si_meetings, silver.si_participants, silver.si_feature_usage,
		silver.si_webinars, silver.si_support_tickets, silver.si_licenses, silver.si_billing_events;
