-- Tickets of Zendesk Support as Fivetran lands them, with their history, and
-- as Airbyte does, with their metrics.
CREATE SCHEMA zendesk_fivetran;
CREATE TABLE zendesk_fivetran.ticket (
	id bigint PRIMARY KEY, status text, type text, priority text, subject text, requester_id bigint, created_at timestamp, updated_at timestamp,
	_fivetran_synced timestamp DEFAULT '2025-03-03 02:00');
INSERT INTO zendesk_fivetran.ticket (id, status, type, requester_id, created_at, updated_at) VALUES
	(1, 'closed', 'incident', 11, '2025-02-03 09:00', '2025-02-10 12:00'),
	(2, 'open', NULL, 12, '2025-02-04 09:00', '2025-02-08 09:00'),
	(3, 'deleted', 'question', 12, '2025-02-05 09:00', '2025-02-05 09:05'),
	(4, 'solved', 'problem', 13, '2025-02-06 09:00', '2025-02-06 21:00');
CREATE TABLE zendesk_fivetran.ticket_field_history (
	ticket_id bigint, field_name text, updated timestamp, value text, user_id bigint, _fivetran_synced timestamp DEFAULT '2025-03-03 02:00');
-- 1 went from hand to hand and was closed days after, 2 was opened again
INSERT INTO zendesk_fivetran.ticket_field_history (ticket_id, field_name, updated, value) VALUES
	(1, 'status', '2025-02-03 09:00', 'new'), (1, 'priority', '2025-02-03 09:00', 'high'), (1, 'status', '2025-02-03 15:00', 'pending'),
	(1, 'status', '2025-02-04 09:00', 'solved'), (1, 'status', '2025-02-10 12:00', 'closed'),
	(2, 'status', '2025-02-04 09:00', 'open'), (2, 'status', '2025-02-05 09:00', 'solved'), (2, 'status', '2025-02-08 09:00', 'open');
CREATE TABLE zendesk_fivetran."user" (id bigint PRIMARY KEY, name text, email text, _fivetran_synced timestamp DEFAULT '2025-03-03 02:00');
INSERT INTO zendesk_fivetran."user" (id, name, email) VALUES (11, 'Ana', 'ana@acme.example'), (12, 'Cyrus', 'Cyrus@acme.example'), (13, 'Somebody', 'somebody@other.example');

CREATE SCHEMA zendesk_airbyte;
CREATE TABLE zendesk_airbyte.tickets (
	_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', id bigint, status varchar, type varchar, requester_id bigint, created_at timestamptz, updated_at timestamptz);
INSERT INTO zendesk_airbyte.tickets (id, status, type, requester_id, created_at, updated_at) VALUES
	(1, 'closed', 'incident', 11, '2025-02-03 09:00Z', '2025-02-10 12:00Z'),
	(2, 'open', NULL, 12, '2025-02-04 09:00Z', '2025-02-08 09:00Z'),
	(3, 'deleted', 'question', 12, '2025-02-05 09:00Z', '2025-02-05 09:05Z'),
	(4, 'solved', 'problem', 13, '2025-02-06 09:00Z', '2025-02-07 21:00Z');
CREATE TABLE zendesk_airbyte.ticket_metrics (_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', ticket_id bigint, solved_at timestamptz, reopens bigint);
INSERT INTO zendesk_airbyte.ticket_metrics (ticket_id, solved_at) VALUES (1, '2025-02-04 09:00Z'), (2, NULL), (4, '2025-02-06 21:00Z');
CREATE TABLE zendesk_airbyte.users (_airbyte_extracted_at timestamptz DEFAULT '2025-03-03 02:00Z', id bigint, email varchar);
INSERT INTO zendesk_airbyte.users (id, email) VALUES (11, 'ana@acme.example'), (12, 'cyrus@acme.example'), (13, 'somebody@other.example');
