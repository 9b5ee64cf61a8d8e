-- What Airbyte's source-zoom lands in PostgreSQL, in little: strings without a
-- format are varchar, integers numeric, and nothing has a key.
CREATE SCHEMA raw_zoom;

CREATE TABLE raw_zoom.users (
	_airbyte_raw_id varchar(36) NOT NULL DEFAULT gen_random_uuid()::text,
	_airbyte_extracted_at timestamptz NOT NULL DEFAULT '2025-03-03 02:00Z',
	_airbyte_meta jsonb NOT NULL DEFAULT '{"changes": []}',
	_airbyte_generation_id bigint DEFAULT 1,
	id varchar, first_name varchar, last_name varchar, display_name varchar, email varchar, type numeric, status varchar,
	dept varchar, plan_united_type varchar, created_at varchar, last_login_time varchar, group_ids jsonb);
-- Ben's invitation is pending, Dora has no licence
INSERT INTO raw_zoom.users (id, first_name, last_name, display_name, email, type, status, dept, created_at) VALUES
	('aN4x-01QRqeTzpAAAAAAAA', 'Ana', 'Ito', 'Ana Ito', 'Ana@acme.example', 2, 'active', 'Sales', '2024-02-12T11:06:04Z'),
	('bE0n-02QRqeTzpBBBBBBBB', '', '', NULL, 'ben@acme.example', 1, 'pending', '', '2025-02-25T11:06:04Z'),
	('cY4r-03QRqeTzpCCCCCCCC', 'Cyrus', 'Day', '', 'cyrus@acme.example', 1, 'active', 'Sales', '2024-02-12T11:06:04Z'),
	('dO6a-04QRqeTzpDDDDDDDD', 'Dora', 'Epp', 'Dora Epp', 'dora@acme.example', 99, 'active', NULL, '2024-02-12T11:06:04Z');

-- the schedule: nothing of it took place
CREATE TABLE raw_zoom.meetings (
	_airbyte_raw_id varchar(36) NOT NULL DEFAULT gen_random_uuid()::text,
	_airbyte_extracted_at timestamptz NOT NULL DEFAULT '2025-03-03 02:00Z',
	_airbyte_meta jsonb NOT NULL DEFAULT '{"changes": []}',
	_airbyte_generation_id bigint DEFAULT 1,
	uuid varchar, id numeric, host_id varchar, topic varchar, type numeric, status varchar, start_time varchar, duration numeric);
INSERT INTO raw_zoom.meetings (uuid, id, host_id, topic, type, status, start_time, duration) VALUES
	('sCh3dul3dOn3AAAAAAAAA==', 92688776306, 'aN4x-01QRqeTzpAAAAAAAA', 'Weekly', 8, 'waiting', '2025-03-10T15:00:00Z', 30),
	('sCh3dul3dTw0AAAAAAAAA==', 98217683973, 'cY4r-03QRqeTzpCCCCCCCC', 'Never held', 2, 'waiting', '2025-03-12T15:00:00Z', 60);

-- what took place; the second line of the personal room runs into the next day
CREATE TABLE raw_zoom.report_meetings (
	_airbyte_raw_id varchar(36) NOT NULL DEFAULT gen_random_uuid()::text,
	_airbyte_extracted_at timestamptz NOT NULL DEFAULT '2025-03-03 02:00Z',
	_airbyte_meta jsonb NOT NULL DEFAULT '{"changes": []}',
	_airbyte_generation_id bigint DEFAULT 1,
	uuid varchar, id numeric, host_id varchar, type numeric, topic varchar, user_name varchar, user_email varchar,
	start_time varchar, end_time varchar, duration numeric, total_minutes numeric, participants_count numeric, dept varchar);
INSERT INTO raw_zoom.report_meetings (uuid, id, host_id, topic, user_name, user_email, start_time, end_time, duration, total_minutes, participants_count) VALUES
	('we3kLy/One+AAAAAAAAAA==', 92688776306, 'aN4x-01QRqeTzpAAAAAAAA', 'Weekly', 'Ana Ito', 'ana@acme.example', '2025-02-24T15:00:42Z', '2025-02-24T15:04:32Z', 4, 9, 3),
	('r00mMondayAAAAAAAAAAAA==', 5550001111, NULL, 'Cyrus'' room', 'Cyrus Day', 'CYRUS@acme.example', '2025-02-24T09:00:00Z', '2025-02-24T09:30:00Z', 30, 60, 2),
	('r00mTuesdayAAAAAAAAAAA==', 5550001111, NULL, 'Cyrus'' room', 'Cyrus Day', 'cyrus@acme.example', '2025-02-25T23:45:00Z', '2025-02-26T00:29:10Z', 45, 45, 1);

CREATE TABLE raw_zoom.report_meeting_participants (
	_airbyte_raw_id varchar(36) NOT NULL DEFAULT gen_random_uuid()::text,
	_airbyte_extracted_at timestamptz NOT NULL DEFAULT '2025-03-03 02:00Z',
	_airbyte_meta jsonb NOT NULL DEFAULT '{"changes": []}',
	_airbyte_generation_id bigint DEFAULT 1,
	id varchar, user_id varchar, name varchar, user_email varchar, join_time varchar, leave_time varchar, duration numeric,
	status varchar, participant_user_id varchar, meeting_id bigint);
-- Cyrus drops out and rejoins, a guest comes, somebody waits to be let in
INSERT INTO raw_zoom.report_meeting_participants (id, user_id, name, user_email, join_time, leave_time, duration, status, participant_user_id, meeting_id) VALUES
	('aN4x-01QRqeTzpAAAAAAAA', '16778240', 'Ana Ito', 'ana@acme.example', '2025-02-24T15:00:42Z', '2025-02-24T15:04:32Z', 230, 'in_meeting', 'aN4x-01QRqeTzpAAAAAAAA', 92688776306),
	('cY4r-03QRqeTzpCCCCCCCC', '16779264', 'Cyrus Day', 'cyrus@acme.example', '2025-02-24T15:01:00Z', '2025-02-24T15:02:00Z', 60, 'in_meeting', NULL, 92688776306),
	('cY4r-03QRqeTzpCCCCCCCC', '16780288', 'Cyrus Day', 'cyrus@acme.example', '2025-02-24T15:02:30Z', '2025-02-24T15:04:00Z', 90, 'in_meeting', NULL, 92688776306),
	('', '16781312', 'Guest', '', '2025-02-24T15:03:23Z', '2025-02-24T15:04:31Z', 68, 'in_meeting', NULL, 92688776306),
	('', '16782336', 'Guest', '', '2025-02-24T15:03:00Z', '2025-02-24T15:03:23Z', 23, 'in_waiting_room', NULL, 92688776306),
	('', '16778240', 'Cyrus Day', 'cyrus@acme.example', '2025-02-24T08:59:50Z', '2025-02-24T09:30:00Z', 1810, 'in_meeting', NULL, 5550001111),
	('', '16778240', 'Cyrus Day', 'cyrus@acme.example', '2025-02-25T23:45:00Z', '2025-02-26T00:29:10Z', 2650, 'in_meeting', NULL, 5550001111);

CREATE TABLE raw_zoom.report_webinars (
	_airbyte_raw_id varchar(36) NOT NULL DEFAULT gen_random_uuid()::text,
	_airbyte_extracted_at timestamptz NOT NULL DEFAULT '2025-03-03 02:00Z',
	_airbyte_meta jsonb NOT NULL DEFAULT '{"changes": []}',
	_airbyte_generation_id bigint DEFAULT 1,
	uuid varchar, webinar_id varchar, id numeric, topic varchar, user_email varchar, start_time varchar, end_time varchar, duration numeric);
INSERT INTO raw_zoom.report_webinars (uuid, webinar_id, id, topic, user_email, start_time, end_time, duration) VALUES
	('w3b1narOneAAAAAAAAAAAA==', '81117772222', 81117772222, 'Launch', 'ana@acme.example', '2025-02-27T17:00:00Z', '2025-02-27T18:00:00Z', 60);

CREATE TABLE raw_zoom.webinar_registrants (
	_airbyte_raw_id varchar(36) NOT NULL DEFAULT gen_random_uuid()::text,
	_airbyte_extracted_at timestamptz NOT NULL DEFAULT '2025-03-03 02:00Z',
	_airbyte_meta jsonb NOT NULL DEFAULT '{"changes": []}',
	_airbyte_generation_id bigint DEFAULT 1,
	id varchar, webinar_id varchar, email varchar, status varchar);
INSERT INTO raw_zoom.webinar_registrants (id, webinar_id, email, status) VALUES
	('1', '81117772222', 'ana@acme.example', 'approved'), ('2', '81117772222', 'x@other.example', 'approved'), ('3', '81117772222', 'y@other.example', 'denied');
