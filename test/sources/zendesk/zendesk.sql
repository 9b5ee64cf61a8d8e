\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Zendesk by Fivetran: tickets with the history of their status.
\set sample :samples '/zendesk.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CALL t.user('u1', 'Ana Ito', '2025-01-01Z', 'ana@acme.example');
CALL t.user('u2', 'Cyrus Day', '2025-01-01Z', 'cyrus@acme.example');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_fivetran', '{"relations": ["si_support_tickets"]}')$$, 'si_support_tickets|added', 'add_source knows the tables of Fivetran');
SELECT t.same('SELECT shape FROM zoom_silver_state.source_query', 'Fivetran''s Zendesk Support connector', 'by their names');
SELECT t.same('SELECT t.pull()', 'pull_zendesk_si_support_tickets Success 9 0 0 2', 'a version per change of the status');
SELECT t.same('SELECT ticket_id, user_id, ticket_type, resolution_status, open_date, update_timestamp FROM silver.si_support_tickets', ARRAY[
	'1|u1|Incident|Open|2025-02-03|2025-02-03 09:00', '1|u1|Incident|In Progress|2025-02-03|2025-02-03 15:00',
	'1|u1|Incident|Resolved|2025-02-03|2025-02-04 09:00', '1|u1|Incident|Closed|2025-02-03|2025-02-10 12:00',
	'2|u2|Not Stated|Open|2025-02-04|2025-02-04 09:00', '2|u2|Not Stated|Resolved|2025-02-04|2025-02-05 09:00', '2|u2|Not Stated|Open|2025-02-04|2025-02-08 09:00',
	'4|-|Problem|Open|2025-02-06|2025-02-06 09:00', '4|-|Problem|Resolved|2025-02-06|2025-02-06 21:00'], 'in gold''s words, users by e-mail, deleted ones left out');
CALL t.refresh();
SELECT t.same('SELECT ticket_type, resolution_status, resolved_at FROM gold.go_fact_support_ticket', ARRAY[
	'Incident|Closed|2025-02-04 09:00', 'Not Stated|Open|-', 'Problem|Resolved|2025-02-06 21:00'], 'gold: resolved when it was solved, not when it was closed; opened again is open');
SELECT t.same($$SELECT ticket_type, avg_resolution_time FROM gold.go_agg_ticket_resolution WHERE period_type = 'Monthly'$$, ARRAY['Incident|33.00', 'Problem|21.00'], 'gold: hours from the day of opening');
SELECT t.healthy('gold is right');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
-- life goes on
UPDATE zendesk_fivetran.ticket SET status = 'solved', updated_at = '2025-03-03 10:00' WHERE id = 2;
INSERT INTO zendesk_fivetran.ticket_field_history (ticket_id, field_name, updated, value) VALUES (2, 'status', '2025-03-03 10:00', 'solved');
UPDATE zendesk_fivetran.ticket SET status = 'deleted', updated_at = '2025-03-03 10:00' WHERE id = 4;
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same('SELECT t.pull()', 'pull_zendesk_si_support_tickets Success 1 0 1 10', 'solved again, and deleted');
CALL t.refresh();
SELECT t.same('SELECT ticket_type, resolution_status, resolved_at FROM gold.go_fact_support_ticket', ARRAY[
	'Incident|Closed|2025-02-04 09:00', 'Not Stated|Resolved|2025-03-03 10:00'], 'gold follows');
SELECT zoom_silver.drop_source('zendesk') \g /dev/null
SELECT t.same('SELECT count(*) FROM silver.si_support_tickets', '8', 'a source that is dropped leaves its rows in silver');
SELECT * FROM finish();
