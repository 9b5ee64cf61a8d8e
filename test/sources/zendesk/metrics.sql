\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Zendesk by Airbyte: tickets with their metrics, and without.
\set sample :samples '/zendesk.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
CALL t.user('u1', 'Ana Ito', '2025-01-01Z', 'ana@acme.example');
CALL t.user('u2', 'Cyrus Day', '2025-01-01Z', 'cyrus@acme.example');
SELECT t.same($$SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_airbyte')$$, 'si_support_tickets|added', 'add_source knows the tables of Airbyte');
SELECT t.same('SELECT t.pull()', 'pull_zendesk_si_support_tickets Success 6 0 0 3', 'versions of what is told');
SELECT t.same('SELECT ticket_id, resolution_status, update_timestamp FROM silver.si_support_tickets', ARRAY[
	'1|Open|2025-02-03 09:00', '1|Resolved|2025-02-04 09:00', '1|Closed|2025-02-10 12:00', '2|Open|2025-02-04 09:00',
	'4|Open|2025-02-06 09:00', '4|Resolved|2025-02-06 21:00'], 'solved as the metrics say');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
DROP TABLE zendesk_airbyte.ticket_metrics;
UPDATE zendesk_airbyte.tickets SET status = 'solved', updated_at = '2025-03-03 11:00Z' WHERE id = 2;
CALL t.pull_all();
CALL t.refresh();
SELECT t.same($$SELECT resolution_status, resolved_at FROM gold.go_fact_support_ticket WHERE ticket_type = 'Not Stated'$$, 'Resolved|2025-03-03 11:00', 'and without metrics as of the last change');
SELECT t.healthy('gold is right');
SELECT * FROM finish();
