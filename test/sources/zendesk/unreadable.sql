\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- A time that is none costs its ticket, and is told; mended, the ticket is right.
\set sample :samples '/zendesk.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
TRUNCATE zendesk_fivetran.ticket, zendesk_fivetran.ticket_field_history, zendesk_airbyte.tickets, zendesk_airbyte.ticket_metrics;
ALTER TABLE zendesk_fivetran.ticket ALTER created_at TYPE text, ALTER updated_at TYPE text;
ALTER TABLE zendesk_fivetran.ticket_field_history ALTER updated TYPE text;
ALTER TABLE zendesk_airbyte.tickets ALTER created_at TYPE text, ALTER updated_at TYPE text;
ALTER TABLE zendesk_airbyte.ticket_metrics ALTER solved_at TYPE text;
INSERT INTO zendesk_fivetran.ticket (id, status, type, created_at, updated_at)
SELECT i, 'solved', 'incident', '2025-02-03 09:00', '2025-02-0' || i || ' 09:00' FROM generate_series(4, 9) i;
INSERT INTO zendesk_airbyte.tickets (id, status, type, created_at, updated_at) SELECT 10 + id, status, 'Problem', created_at, updated_at FROM zendesk_fivetran.ticket;
INSERT INTO zendesk_fivetran.ticket_field_history (ticket_id, field_name, updated, value) VALUES
	(8, 'status', '2025-02-03 09:00', 'new'), (8, 'status', '2025-02-05 09:00', 'solved'), (9, 'status', '2025-02-03 09:00', 'new'), (9, 'status', '2025-02-05 09:00', 'pending'), (9, 'status', '2025-02-06 09:00', 'solved');
INSERT INTO zendesk_airbyte.ticket_metrics (ticket_id, solved_at) VALUES (18, '2025-02-05 09:00'), (19, '2025-02-06 09:00');
CREATE TABLE t.ticket AS TABLE zendesk_fivetran.ticket;
CREATE TABLE t.history AS TABLE zendesk_fivetran.ticket_field_history;
CREATE TABLE t.tickets AS TABLE zendesk_airbyte.tickets;
CREATE TABLE t.metrics AS TABLE zendesk_airbyte.ticket_metrics;
-- 4 stays as it is; each other one has another time that is none
UPDATE zendesk_fivetran.ticket SET updated_at = 'yesterday' WHERE id IN (5, 7);
UPDATE zendesk_fivetran.ticket SET created_at = '02/03/2025' WHERE id IN (6, 7);
UPDATE zendesk_airbyte.tickets SET updated_at = 'yesterday' WHERE id IN (15, 17);
UPDATE zendesk_airbyte.tickets SET created_at = '02/03/2025' WHERE id IN (16, 17);
UPDATE zendesk_fivetran.ticket_field_history SET updated = '5 Feb' WHERE updated = '2025-02-05 09:00';
UPDATE zendesk_airbyte.ticket_metrics SET solved_at = '5 Feb' WHERE ticket_id IN (18, 19);
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_fivetran') \g /dev/null
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_airbyte', '{}', 'other') \g /dev/null
SELECT t.same('SELECT process_name, status FROM zoom_silver.pull()', ARRAY['pull_other_si_support_tickets|Warning', 'pull_zendesk_si_support_tickets|Warning'], 'the pull warns');
CALL t.refresh();
SELECT t.same('SELECT ticket_type, resolved_at FROM gold.go_fact_support_ticket', ARRAY['Incident|2025-02-04 09:00', 'Problem|2025-02-04 09:00'], 'gold has those whose times are known');
SELECT t.same($$SELECT DISTINCT e FROM t.errors() e WHERE e LIKE '%unreadable%'$$, (SELECT array_agg(format('si_support_tickets %s %s_unreadable error', n + m, w)) FROM (VALUES
	(5, 'update_timestamp'), (6, 'open_date'), (7, 'open_date'), (7, 'update_timestamp'), (8, 'update_timestamp'), (9, 'update_timestamp')) AS v (n, w), (VALUES (0), (10)) AS o (m)), 'and tells of the others');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
SELECT t.healthy('gold is right');

UPDATE zendesk_fivetran.ticket d SET created_at = s.created_at, updated_at = s.updated_at FROM t.ticket s WHERE s.id = d.id;
UPDATE zendesk_airbyte.tickets d SET created_at = s.created_at, updated_at = s.updated_at FROM t.tickets s WHERE s.id = d.id;
TRUNCATE zendesk_fivetran.ticket_field_history, zendesk_airbyte.ticket_metrics;
INSERT INTO zendesk_fivetran.ticket_field_history SELECT * FROM t.history;
INSERT INTO zendesk_airbyte.ticket_metrics SELECT * FROM t.metrics;
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same('SELECT process_name, status FROM zoom_silver.pull()', ARRAY['pull_other_si_support_tickets|Success', 'pull_zendesk_si_support_tickets|Success'], 'mended in the source');
CALL t.refresh();
SELECT t.same('SELECT ticket_type, resolved_at FROM gold.go_fact_support_ticket', ARRAY(SELECT format('%s|2025-02-0%s 09:00', w, n) FROM unnest('{Incident,Problem}'::text[]) w,
	unnest('{4,5,6,7,5,6}'::integer[]) n), 'gold has all of them');
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE '%unreadable%'$$, '{}'::text[], 'and has resolved the errors');
SELECT t.healthy('gold is right, mended');
SELECT * FROM finish();
