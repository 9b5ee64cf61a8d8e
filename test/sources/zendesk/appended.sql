\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Airbyte appending: every history of a ticket of five rows, each with one of three words or
-- deleted, pulled at any point of it and then at its end, leaves the versions that its rows tell:
-- of who is deleted in the end none, of who was restored those of when it was there.
CREATE SCHEMA zendesk;
CREATE TABLE zendesk.tickets (id bigint, status text, type text, requester_id bigint, created_at timestamptz, updated_at timestamptz, _airbyte_extracted_at timestamptz);
CALL t.clock('2025-03-03 03:00Z');
CREATE TABLE t.history AS
SELECT 1024 * cut + code AS ticket, n, timestamptz '2025-02-01Z' + n * interval '1 hour' AS at, ('{open,pending,solved,deleted}'::text[])[1 + ((code >> 2 * n) & 3)] AS word, cut
FROM generate_series(0, 1023, 7) code, generate_series(0, 4) n, generate_series(0, 4) cut;
CREATE FUNCTION t.told(upto integer) RETURNS void LANGUAGE sql AS $$
	DELETE FROM zendesk.tickets;
	INSERT INTO zendesk.tickets SELECT ticket, word, 'task', 1, '2025-02-01Z', at, at + interval '30 min' FROM t.history WHERE n <= coalesce(upto, cut) ORDER BY md5(ticket::text || n)
$$;
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk', '{}') \g /dev/null
SELECT zoom_gold.confirm_deletes('si_support_tickets') \g /dev/null
SELECT t.told(NULL) \g /dev/null
CALL t.pull_all();
SELECT t.equal('SELECT DISTINCT ticket_id FROM silver.si_support_tickets', 'SELECT ticket::text FROM t.history WHERE n = cut AND word <> ''deleted''', 'those that are there, up to that point');
SELECT t.told(4) \g /dev/null
CALL t.pull_all();
SELECT t.equal('SELECT ticket_id, resolution_status, update_timestamp FROM silver.si_support_tickets',
	$$SELECT ticket::text, CASE word WHEN 'open' THEN 'Open' WHEN 'solved' THEN 'Resolved' ELSE 'In Progress' END, at
	FROM (SELECT h.*, lag(word) OVER (PARTITION BY ticket ORDER BY n) AS before FROM t.history h
		WHERE word <> 'deleted' AND NOT EXISTS (SELECT FROM t.history l WHERE l.ticket = h.ticket AND l.n = 4 AND l.word = 'deleted')) AS h
	WHERE word IS DISTINCT FROM before$$, 'the versions of those that are there in the end');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL, input_digest = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
