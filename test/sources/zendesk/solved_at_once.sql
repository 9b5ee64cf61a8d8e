\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Tickets that were solved when they were made, or have stamps that go back; words in capitals.
\set sample :samples '/zendesk.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
TRUNCATE zendesk_fivetran.ticket, zendesk_fivetran.ticket_field_history, zendesk_airbyte.tickets, zendesk_airbyte.ticket_metrics;
INSERT INTO zendesk_fivetran.ticket (id, status, type, requester_id, created_at, updated_at) VALUES
	(1, 'solved', 'incident', 11, '2025-02-03 09:00', '2025-02-03 09:00'), (2, 'Solved', 'Incident', 11, '2025-02-03 09:00', '2025-02-03 08:59'),
	(3, 'pending', 'incident', 11, '2025-02-03 09:00', '2025-02-03 09:00'), (4, 'DELETED', 'incident', 11, '2025-02-03 09:00', '2025-02-03 09:00'),
	(5, 'closed', 'incident', 11, '2025-02-03 09:00', '2025-02-04 09:00'), (6, 'solved', 'incident', 11, '2025-02-03 09:00', NULL);
INSERT INTO zendesk_airbyte.tickets (id, status, type, requester_id, created_at, updated_at)
SELECT 10 + id, status, type, requester_id, created_at AT TIME ZONE 'UTC', updated_at AT TIME ZONE 'UTC' FROM zendesk_fivetran.ticket;
INSERT INTO zendesk_fivetran.ticket_field_history (ticket_id, field_name, updated, value) VALUES (5, 'status', '2025-02-03 09:00', 'Solved'), (5, 'status', '2025-02-04 09:00', 'Closed');
INSERT INTO zendesk_airbyte.ticket_metrics (ticket_id, solved_at) VALUES (15, '2025-02-03 09:00Z');
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_fivetran') \g /dev/null
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_airbyte', '{}', 'other') \g /dev/null
CALL t.pull_all();
SELECT t.same('SELECT ticket_id::integer % 10, source_system, resolution_status, update_timestamp FROM silver.si_support_tickets', (SELECT array_agg(l ORDER BY l COLLATE "C") FROM (
	SELECT replace(l, 'S', s) FROM unnest('{zendesk,other}'::text[]) s, unnest(ARRAY['1|S|Resolved|2025-02-03 09:00', '2|S|Resolved|2025-02-03 09:00', '3|S|In Progress|2025-02-03 09:00',
	'5|S|Resolved|2025-02-03 09:00', '5|S|Closed|2025-02-04 09:00', '6|S|Open|2025-02-03 09:00', '6|S|Resolved|2025-03-03 02:00']) l) AS x (l)), 'what is solved is not open');
CALL t.refresh();
SELECT t.same('SELECT resolution_status, resolved_at, count(*) FROM gold.go_fact_support_ticket GROUP BY 1, 2', ARRAY['Closed|2025-02-03 09:00|2', 'In Progress|-|2', 'Resolved|2025-02-03 09:00|4', 'Resolved|2025-03-03 02:00|2'], 'nor in gold');
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'a pull without change writes nothing');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
