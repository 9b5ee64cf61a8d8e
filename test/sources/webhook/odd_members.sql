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
CREATE FUNCTION t.paths(body jsonb, path text[] DEFAULT '{}') RETURNS SETOF text[] LANGUAGE sql AS $$
	SELECT path || m.key FROM jsonb_each(CASE jsonb_typeof(body) WHEN 'object' THEN body ELSE '{}' END) m
	UNION ALL
	SELECT t.paths(m.value, path || m.key) FROM jsonb_each(CASE jsonb_typeof(body) WHEN 'object' THEN body ELSE '{}' END) m
$$;
CREATE TABLE t.odd AS SELECT CASE WHEN value IS NULL THEN s.event #- path ELSE jsonb_set(s.event, path, value) END AS body
FROM t.sample s, t.paths(s.event) path, unnest(ARRAY[NULL, 'null', '-1.50', '" "', '"infinity"', '["a", 1]', '{"a": 1}']::jsonb[]) AS value
WHERE path <> '{event}'
UNION ALL
SELECT jsonb_set(event, '{payload,object,topic}', to_jsonb(repeat('x', 1000000))) FROM t.sample WHERE n = 4;
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
