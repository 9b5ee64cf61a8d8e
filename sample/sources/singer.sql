-- What Singer's tap-zoom lands with a target that appends or overwrites: no
-- host_id, participants by the meeting's number, times as the target likes.
CREATE SCHEMA tap_zoom;

CREATE TABLE tap_zoom.users (
	id text, first_name text, last_name text, email text, type bigint, status text, dept text, pmi bigint, created_at timestamptz, verified bigint,
	_sdc_batched_at timestamp DEFAULT '2025-03-03 02:00', _sdc_sequence bigint, _sdc_table_version bigint);
INSERT INTO tap_zoom.users (id, first_name, last_name, email, type, status) VALUES
	('aN4x-01QRqeTzpAAAAAAAA', 'Ana', 'Ito', 'ana@acme.example', 2, 'active'),
	('cY4r-03QRqeTzpCCCCCCCC', 'Cyrus', 'Day', 'cyrus@acme.example', 1, 'active');

-- the schedule
CREATE TABLE tap_zoom.meetings (uuid text, id bigint, host_id text, topic text, start_time timestamptz, duration bigint);

CREATE TABLE tap_zoom.report_meetings (
	meeting_id text, uuid text, id bigint, type bigint, topic text, user_name text, user_email text, start_time timestamptz, end_time timestamptz,
	duration bigint, total_minutes bigint, participants_count bigint, _sdc_batched_at timestamp DEFAULT '2025-03-03 02:00');
INSERT INTO tap_zoom.report_meetings (meeting_id, uuid, id, topic, user_name, user_email, start_time, end_time, duration) VALUES
	('92688776306', 'we3kLy/One+AAAAAAAAAA==', 92688776306, 'Weekly', 'Ana Ito', 'ana@acme.example', '2025-02-24 15:00:42Z', '2025-02-24 15:04:32Z', 4);

CREATE TABLE tap_zoom.report_meeting_participants (
	id text, user_id text, meeting_id text, name text, user_email text, join_time timestamptz, leave_time timestamptz, duration bigint,
	status text, _sdc_batched_at timestamp DEFAULT '2025-03-03 02:00');
INSERT INTO tap_zoom.report_meeting_participants (id, user_id, meeting_id, name, user_email, join_time, leave_time, status) VALUES
	('', '16778240', '92688776306', 'Ana Ito', 'ana@acme.example', '2025-02-24 15:00:42Z', '2025-02-24 15:04:32Z', 'in_meeting'),
	('', '16781312', '92688776306', 'Guest', '', '2025-02-24 15:03:23Z', '2025-02-24 15:04:31Z', 'in_meeting');

CREATE TABLE tap_zoom.report_webinars (
	uuid text, id bigint, topic text, user_name text, user_email text, start_time timestamptz, end_time timestamptz, duration bigint,
	_sdc_batched_at timestamp DEFAULT '2025-03-03 02:00');
INSERT INTO tap_zoom.report_webinars (uuid, id, topic, user_email, start_time, end_time, duration) VALUES
	('w3b1narOneAAAAAAAAAAAA==', 81117772222, 'Launch', 'ana@acme.example', '2025-02-27 17:00Z', '2025-02-27 18:00Z', 60);
