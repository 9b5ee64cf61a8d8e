\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Events that come late, after pulls of what a connector read later: the connector
-- does not know companies, and its versions have that which was told last before
-- them.  Whatever the order in which events come between pulls, the end is the same.
CREATE SCHEMA raw_zoom;
CREATE TABLE raw_zoom.users (_airbyte_extracted_at timestamptz, id text, email text, type integer, display_name text, first_name text, last_name text);
INSERT INTO raw_zoom.users VALUES (NULL, 'u1', 'a@x.example', 2, NULL, NULL, NULL);
CREATE TABLE t.step (n integer, event jsonb);
INSERT INTO t.step SELECT n, CASE WHEN told IS NOT NULL THEN jsonb_build_object('event', 'user.updated', 'event_ts', extract(epoch FROM timestamptz '2025-03-01Z' + n * interval '1 hour') * 1000,
	'payload', jsonb_build_object('object', told || '{"id": "u1"}')) END
FROM (VALUES (1, NULL::jsonb), (2, '{"company": "Acme"}'), (3, NULL), (4, '{"company": "Bolt"}'), (5, NULL), (6, '{"dept": "Sales"}'), (7, NULL)) AS s (n, told);

-- What silver has as of each step, whoever said it.
CREATE FUNCTION t.held() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws('|', s.n, v.user_name, v.company) FROM t.step s LEFT JOIN LATERAL (SELECT * FROM silver.si_users u
		WHERE coalesce(u.update_timestamp, u.load_timestamp) <= timestamptz '2025-03-01Z' + s.n * interval '1 hour'
		ORDER BY coalesce(u.update_timestamp, u.load_timestamp) DESC, u.load_timestamp DESC LIMIT 1) AS v ON true ORDER BY s.n
$$;
-- Steps in an order; a step without an event is a pull of what was read then.
CREATE FUNCTION t.play(steps integer[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	s record;
	held text[];
BEGIN
	FOR s IN SELECT t.n, t.event, o.place FROM unnest(steps) WITH ORDINALITY AS o (n, place) JOIN t.step t USING (n) ORDER BY o.place LOOP
		PERFORM set_config('zoom_gold.clock', (timestamptz '2025-03-02Z' + s.place * interval '1 hour')::text, false);
		IF s.event IS NOT NULL THEN
			PERFORM zoom_silver.receive(s.event, zoom_gold.clock_now());
		ELSE
			UPDATE raw_zoom.users SET display_name = 'Name ' || least(s.n, 5), _airbyte_extracted_at = timestamptz '2025-03-01Z' + s.n * interval '1 hour';
			RETURN QUERY SELECT p.details ->> 'error' FROM zoom_silver.pull() p WHERE p.status <> 'Success';
		END IF;
	END LOOP;
	held := ARRAY(SELECT t.held());
	RAISE EXCEPTION USING ERRCODE = 'ZG000';
EXCEPTION WHEN SQLSTATE 'ZG000' THEN
	RETURN QUERY SELECT unnest(held);
END
$$;
SELECT zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro", "relations": ["si_users"]}'), zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.same($$SELECT t.play('{1,2,3,4,5,6,7}')$$, ARRAY['1|Name 1', '2|Name 1|Acme', '3|Name 3|Acme', '4|Name 3|Bolt', '5|Name 5|Bolt', '6|Name 5|Bolt', '7|Name 5|Bolt'], 'events and pulls in the order of time');
-- pulls in their order, the last one last; events wherever they may come
CREATE TABLE t.orders AS
WITH RECURSIVE o AS (
	SELECT ARRAY[n] AS steps FROM t.step WHERE n < 7
	UNION ALL
	SELECT o.steps || s.n FROM o JOIN t.step s ON s.n < 7 AND s.n <> ALL (o.steps)
), whole AS (
	SELECT steps || 7 AS steps FROM o WHERE cardinality(steps) = 6
)
SELECT steps FROM whole WHERE array_position(steps, 1) < array_position(steps, 3) AND array_position(steps, 3) < array_position(steps, 5);
CREATE TABLE t.played AS SELECT o.steps, p.line FROM t.orders o CROSS JOIN LATERAL t.play(o.steps) AS p (line) WHERE hashtextextended(o.steps::text, 1) % 4 = 0;
SELECT t.same($$SELECT steps, line FROM t.played WHERE line LIKE '7|%' AND line NOT LIKE '%|Bolt'$$, '{}'::text[],
	(SELECT format('in %s other orders the company is that which was told last', count(DISTINCT steps)) FROM t.played));
SELECT t.same($$SELECT steps, line FROM t.played WHERE split_part(line, '|', 1)::integer % 2 = 1 AND line NOT IN (SELECT t.play('{1,2,3,4,5,6,7}'))$$,
	'{}'::text[], 'as of each pull, too');

-- who knows no better tells nothing: neither an event of columns of one's own, nor another connector
ALTER TABLE silver.si_users ADD region json DEFAULT '{}';
SELECT zoom_silver.receive((SELECT event FROM t.step WHERE n = 2), '2025-03-02Z') \g /dev/null
CREATE SCHEMA raw_other;
CREATE TABLE raw_other.users AS SELECT timestamptz '2025-03-01 02:30Z' AS _airbyte_extracted_at, id, email, type, 'Name 0' AS display_name, first_name, last_name FROM raw_zoom.users;
UPDATE raw_zoom.users SET display_name = 'Name 3', _airbyte_extracted_at = '2025-03-01 03:00Z';
CALL t.clock('2025-03-02 03:00Z');
CALL t.pull_all();
UPDATE silver.si_users SET company = 'By hand', region = '{"a": 1}' WHERE source_system = 'airbyte';
SELECT zoom_silver.add_source('airbyte', 'raw_other', '{"licensed_plan": "Pro", "relations": ["si_users"]}', 'other') \g /dev/null
CALL t.clock('2025-03-02 04:00Z');
CALL t.pull_all();
CALL t.clock('2025-03-02 05:00Z');
CALL t.pull_all();
SELECT t.same($$SELECT source_system, company, region FROM silver.si_users WHERE source_system <> 'webhook'$$, ARRAY['airbyte|By hand|{"a": 1}', 'other|Acme|{}'],
	'another source that does not know the company leaves it alone');
UPDATE t.step SET event = jsonb_set(event, '{payload,object,company}', '"Bolt"') WHERE n = 2;
SELECT zoom_silver.receive(jsonb_set(event, '{event_ts}', '1740797400000'), '2025-03-02Z') FROM t.step WHERE n = 2 \g /dev/null
CALL t.clock('2025-03-02 06:00Z');
CALL t.pull_all();
SELECT t.same($$SELECT source_system, company, region FROM silver.si_users WHERE source_system = 'airbyte' ORDER BY load_timestamp DESC LIMIT 1$$, 'airbyte|Bolt|{"a": 1}',
	'an event that tells it does not, but of the company');
SELECT * FROM finish();
