-- What Fivetran's Zoom connector lands: hosts by e-mail, rows that are gone
-- marked.
CREATE SCHEMA zoom;

CREATE TABLE zoom."user" (
	id text, first_name text, last_name text, email text, type bigint, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z', _fivetran_deleted boolean DEFAULT false);
INSERT INTO zoom."user" (id, first_name, last_name, email, type) VALUES
	('aN4x-01QRqeTzpAAAAAAAA', 'Ana', 'Ito', 'ana@acme.example', 2),
	('cY4r-03QRqeTzpCCCCCCCC', 'Cyrus', 'Day', 'cyrus@acme.example', 1);

-- the schedule
CREATE TABLE zoom.meeting (uuid text, host_id text, id bigint, topic text, start_time timestamptz, duration bigint, _fivetran_synced timestamptz);

CREATE TABLE zoom.meeting_report (
	uuid text PRIMARY KEY, dept text, duration bigint, end_time timestamptz, meeting_id bigint, participants_count bigint, start_time timestamptz,
	topic text, total_minutes bigint, type text, user_email text, user_name text, _fivetran_synced timestamptz DEFAULT '2025-03-03 02:00Z');
INSERT INTO zoom.meeting_report (uuid, topic, meeting_id, user_email, user_name, start_time, end_time, duration) VALUES
	('we3kLy/One+AAAAAAAAAA==', 'Weekly', 92688776306, 'ana@acme.example', 'Ana Ito', '2025-02-24 15:00:42Z', '2025-02-24 15:04:32Z', 4),
	('r00mMondayAAAAAAAAAAAA==', 'Cyrus'' room', 5550001111, 'cyrus@acme.example', 'Cyrus Day', '2025-02-24 09:00Z', '2025-02-24 09:30Z', 30);
