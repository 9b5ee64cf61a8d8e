\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Every history of five changes between two words, pulled at any point of it and then at
-- its end, leaves the same versions: each that is another than the one before.
\set sample :samples '/zendesk.sql'
\i :sample
DELETE FROM zendesk_fivetran.ticket;
DELETE FROM zendesk_fivetran.ticket_field_history;
CALL t.clock('2025-03-03 03:00Z');
CREATE TABLE t.history AS
SELECT 100 * cut + code AS ticket, n, timestamp '2025-02-01' + n * interval '1 hour' AS at, CASE (code >> n) & 1 WHEN 0 THEN 'open' ELSE 'solved' END AS word, cut
FROM generate_series(0, 31) code, generate_series(0, 4) n, generate_series(0, 4) cut;
CREATE FUNCTION t.told(upto integer) RETURNS void LANGUAGE sql AS $$
	DELETE FROM zendesk_fivetran.ticket;
	DELETE FROM zendesk_fivetran.ticket_field_history;
	INSERT INTO zendesk_fivetran.ticket_field_history (ticket_id, field_name, updated, value)
		SELECT ticket, 'status', at, word FROM t.history WHERE n <= coalesce(upto, cut);
	INSERT INTO zendesk_fivetran.ticket (id, status, created_at, updated_at)
		SELECT DISTINCT ON (ticket) ticket, word, timestamp '2025-02-01', at FROM t.history WHERE n <= coalesce(upto, cut) ORDER BY ticket, n DESC;
$$;
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_fivetran', '{}') \g /dev/null
SELECT t.told(NULL) \g /dev/null
CALL t.pull_all();
SELECT t.told(4) \g /dev/null
CALL t.pull_all();
SELECT t.equal($$SELECT ticket_id, resolution_status, update_timestamp FROM silver.si_support_tickets$$,
	$$SELECT ticket::text, CASE word WHEN 'open' THEN 'Open' ELSE 'Resolved' END, at AT TIME ZONE 'UTC'
	FROM (SELECT h.*, lag(word) OVER (PARTITION BY ticket ORDER BY n) AS before FROM t.history h) AS h WHERE word IS DISTINCT FROM before$$, 'the versions');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL, input_digest = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
