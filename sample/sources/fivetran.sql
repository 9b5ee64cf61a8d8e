-- What Fivetran's Zoom connector lands: rows that are gone are marked, the
-- report of a meeting has no host_id, but the schedule has.
CREATE SCHEMA zoom;

CREATE TABLE zoom.users (
	id text PRIMARY KEY, first_name text, last_name text, email text, type bigint, dept text, plan_united_type text, created_at timestamptz, status text,
	_fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z', _fivetran_deleted boolean DEFAULT false);
INSERT INTO zoom.users (id, first_name, last_name, email, type) VALUES
	('aN4x-01QRqeTzpAAAAAAAA', 'Ana', 'Ito', 'ana@acme.example', 2),
	('cY4r-03QRqeTzpCCCCCCCC', 'Cyrus', 'Day', 'cyrus@acme.example', 1);

-- the schedule; of a personal room it knows nothing
CREATE TABLE zoom.meeting (
	uuid text PRIMARY KEY, host_id text, id bigint, topic text, type bigint, start_time timestamptz, duration bigint, timezone text, created_at timestamptz, join_url text,
	_fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO zoom.meeting (uuid, host_id, id, topic, type, start_time, duration) VALUES
	('we3kLy/One+AAAAAAAAAA==', 'aN4x-01QRqeTzpAAAAAAAA', 92688776306, 'Weekly', 8, '2025-02-24 15:00Z', 30),
	('sCh3dul3dTw0AAAAAAAAA==', 'cY4r-03QRqeTzpCCCCCCCC', 98217683973, 'Never held', 2, '2025-03-12 15:00Z', 60);

CREATE TABLE zoom.meeting_report (
	uuid text PRIMARY KEY, dept text, duration bigint, end_time timestamptz, meeting_id bigint, participants_count bigint, start_time timestamptz,
	topic text, total_minutes bigint, type text, user_email text, user_name text, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO zoom.meeting_report (uuid, topic, meeting_id, user_email, user_name, start_time, end_time, duration) VALUES
	('we3kLy/One+AAAAAAAAAA==', 'Weekly', 92688776306, NULL, 'Ana Ito', '2025-02-24 15:00:42Z', '2025-02-24 15:04:32Z', 4),
	('r00mMondayAAAAAAAAAAAA==', 'Cyrus'' room', 5550001111, 'cyrus@acme.example', 'Cyrus Day', '2025-02-24 09:00Z', '2025-02-24 09:30Z', 30);

-- Cyrus drops out and rejoins, a guest comes, somebody waits to be let in
CREATE TABLE zoom.meeting_participant (
	meeting_uuid text, user_id text, participant_user_id text, name text, user_email text, join_time timestamptz, leave_time timestamptz, duration bigint, status text,
	registrant_id text, customer_key text, failover boolean, bo_mtg_id text, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z',
	_fivetran_deleted boolean DEFAULT false, PRIMARY KEY (meeting_uuid, user_id));
INSERT INTO zoom.meeting_participant (meeting_uuid, user_id, participant_user_id, name, user_email, join_time, leave_time, duration, status) VALUES
	('we3kLy/One+AAAAAAAAAA==', '16778240', 'aN4x-01QRqeTzpAAAAAAAA', 'Ana Ito', 'ana@acme.example', '2025-02-24 15:00:42Z', '2025-02-24 15:04:32Z', 230, 'in_meeting'),
	('we3kLy/One+AAAAAAAAAA==', '16779264', NULL, 'Cyrus Day', 'CYRUS@acme.example', '2025-02-24 15:01:00Z', '2025-02-24 15:02:00Z', 60, 'in_meeting'),
	('we3kLy/One+AAAAAAAAAA==', '16780288', NULL, 'Cyrus Day', 'cyrus@acme.example', '2025-02-24 15:02:30Z', '2025-02-24 15:04:00Z', 90, 'in_meeting'),
	('we3kLy/One+AAAAAAAAAA==', '16781312', '', 'Guest', '', '2025-02-24 15:03:23Z', '2025-02-24 15:04:31Z', 68, 'in_meeting'),
	('we3kLy/One+AAAAAAAAAA==', '16782336', '', 'Guest', '', '2025-02-24 15:03:00Z', '2025-02-24 15:03:23Z', 23, 'in_waiting_room');

CREATE TABLE zoom.webinar (uuid text PRIMARY KEY, host_id text, id bigint, topic text, start_time timestamptz, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
CREATE TABLE zoom.webinar_report (
	uuid text PRIMARY KEY, id text, topic text, user_email text, user_name text, start_time timestamptz, end_time timestamptz, duration bigint, total_minutes bigint,
	participants_count bigint, dept text, type text, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO zoom.webinar_report (uuid, id, topic, user_email, start_time, end_time, duration) VALUES
	('w3b1narOneAAAAAAAAAAAA==', '81117772222', 'Launch', 'ana@acme.example', '2025-02-27 17:00Z', '2025-02-27 18:00Z', 60);
CREATE TABLE zoom.webinar_registrant (
	user_id text, webinar_uuid text, email text, create_time timestamptz, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z',
	_fivetran_deleted boolean DEFAULT false, PRIMARY KEY (user_id, webinar_uuid));
INSERT INTO zoom.webinar_registrant (user_id, webinar_uuid, email, _fivetran_deleted) VALUES
	('r1', 'w3b1narOneAAAAAAAAAAAA==', 'ana@acme.example', false), ('r2', 'w3b1narOneAAAAAAAAAAAA==', 'x@other.example', false),
	('r3', 'w3b1narOneAAAAAAAAAAAA==', 'y@other.example', true);
