\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Events with any one member missing, NULL, or of another kind than it should be:
-- none is an error, and gold comes right.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
\set odd :abs_srcdir '/sources/webhook/odd.inc'
\i :odd
CREATE FUNCTION t.received() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	odd record;
BEGIN
	FOR odd IN SELECT body FROM t.odd LOOP
		BEGIN
			PERFORM zoom_silver.receive(odd.body, '2025-03-01 12:00Z');
		EXCEPTION WHEN OTHERS THEN
			RETURN NEXT format('%s: %s', SQLERRM, left(odd.body::text, 1000));
		END;
	END LOOP;
END
$$;
SELECT t.same('SELECT t.received()', '{}'::text[], 'no event is an error');
SELECT t.same('SELECT count(*) FROM zoom_silver_state.event', (SELECT count(DISTINCT body)::text FROM t.odd WHERE body ->> 'event' <> 'endpoint.url_validation'), 'each is kept once');
CREATE TEMP TABLE places AS SELECT t.silver_places() AS place;
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM places', 'all of them folded at once say the same');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
