\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Columns of one's own in silver, called as zoom_silver's statements call anything, told
-- by queries or not: the columns of the contract are written as without them, those that
-- are told as they are told, and those that are not are kept.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
\set participants `cat "$PG_ABS_SRCDIR/../sample/sources/participants.csv"`
\set identifiers :abs_srcdir '/sources/life/identifiers.inc'
\i :identifiers
\set gold_rows :abs_srcdir '/include/gold_rows.sql'
\i :gold_rows
\set sql `cd "$PG_ABS_SRCDIR/../zoom_silver/sql" && cat write.sql webhook.sql pull.sql csv.sql source.sql state.sql | sed 's/--.*//'`

-- Of names that agree in 59 letters a longer one made of them is cut to the same.
CREATE TABLE t.word AS
SELECT w.word, row_number() OVER (ORDER BY w.word) AS n FROM (
	SELECT word FROM t.identifier(:'sql') AS word
	UNION SELECT repeat('long', 15) || l || 'x' FROM unnest('{a,b,c,d}'::text[]) AS l
	UNION SELECT x.word FROM unnest(ARRAY['raw user_name', 'raw match', 'Match', 'a"b', '%s', '%n', '1', '2', '3', '4', '5', 'c.match']) AS x (word)) AS w
WHERE w.word NOT IN (SELECT m.column_name FROM zoom_gold.model_column() m WHERE m.table_schema = 'silver') AND w.word NOT IN ('unreadable', 'deleted_at');
SELECT cmp_ok((SELECT count(*) FROM t.word), '>', 300::bigint, 'there are many');

-- The words of one half are told by queries, as numbers that texts are read as, those of the
-- other have a type without operators.  None is a column in the round "plain".
CREATE FUNCTION t.is_told(word text, n bigint) RETURNS boolean LANGUAGE sql
RETURN word <> 'gone' AND n % 2 = CASE current_setting('t.round') WHEN 'even' THEN 0 ELSE 1 END;
CREATE PROCEDURE t.add_words() LANGUAGE plpgsql AS $$
DECLARE
	added text := (SELECT string_agg(format('ADD %I %s', w.word, CASE WHEN t.is_told(w.word, w.n) THEN 'integer' ELSE 'point' END), ', ') FROM t.word w);
	told text := (SELECT string_agg(format(', ''%s'' AS %I', w.n, w.word), '') FROM t.word w WHERE t.is_told(w.word, w.n));
	name text;
BEGIN
	IF current_setting('t.round') <> 'plain' THEN
		FOR name IN SELECT m.table_name FROM zoom_gold.model_table() m WHERE m.table_schema = 'silver' LOOP
			EXECUTE format('ALTER TABLE silver.%I %s', name, added);
		END LOOP;
	END IF;
	UPDATE zoom_silver_state.source_query SET query = format('SELECT q.*%s FROM (%s) AS q', CASE WHEN current_setting('t.round') <> 'plain' THEN told END, query);
END
$$;
-- What rows of connectors have in columns of one's own other than they were given.
CREATE FUNCTION t.wrong(relation text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT concat_ws(' ', v.key, w.word, v.given ->> w.word)
		FROM (SELECT "a row".%2$I AS key, to_jsonb("a row") AS given FROM silver.%1$I AS "a row") AS v CROSS JOIN t.word w
		WHERE v.given ->> 'source_system' IN ('airbyte', 'zendesk') AND v.given ->> w.word IS DISTINCT FROM
			CASE WHEN t.is_told(w.word, w.n) THEN w.n::text WHEN v.key IN (SELECT m.key FROM t.marked m) THEN format('(%%s,%%s)', w.n, w.n) END$q$,
		relation, zoom_silver.key_column(relation));
END
$$;
CREATE TABLE t.marked (key text);
CREATE PROCEDURE t.mark() LANGUAGE plpgsql AS $$
DECLARE
	marks text := (SELECT string_agg(format('%I = point(%s, %2$s)', w.word, w.n), ', ') FROM t.word w WHERE NOT t.is_told(w.word, w.n));
BEGIN
	IF current_setting('t.round') <> 'plain' THEN
		EXECUTE format('UPDATE silver.si_users SET %s', marks);
		EXECUTE format('UPDATE silver.si_support_tickets SET %s', marks);
	END IF;
	TRUNCATE t.marked;
	INSERT INTO t.marked SELECT user_id FROM silver.si_users UNION SELECT ticket_id FROM silver.si_support_tickets;
END
$$;

\set heard :abs_srcdir '/sources/life/heard.inc'
\i :heard
-- Silver's columns of the contract.
CREATE PROCEDURE t.hear_silver(call text) LANGUAGE plpgsql AS $$
DECLARE
	relation record;
BEGIN
	FOR relation IN SELECT m.table_name AS name, string_agg(quote_ident(m.column_name), ', ' ORDER BY m.position) AS columns FROM zoom_gold.model_column() m
		WHERE m.table_schema = 'silver' AND m.table_name IN ('si_users', 'si_meetings', 'si_participants', 'si_webinars', 'si_support_tickets') GROUP BY 1
	LOOP
		CALL t.hear(concat_ws(' ', call, relation.name), format('SELECT %s, unreadable FROM silver.%I', relation.columns, relation.name));
	END LOOP;
END
$$;

\set life :abs_srcdir '/sources/life/own_words.inc'
\set round plain
\i :life
\set round even
\i :life
\set round odd
\i :life
SELECT t.same('SELECT count(*) > 100 FROM t.heard WHERE round = ''plain''', 'true', 'much is said');
SELECT t.same('SELECT call, line FROM t.heard WHERE line ~ ''Failure|^[0-9A-Z]{5} ''', '{}'::text[], 'nothing fails');
SELECT t.equal(format('SELECT call, line FROM t.heard WHERE round = %L', r), 'SELECT call, line FROM t.heard WHERE round = ''plain''', format('silver with words, the %s ones told, is written as without', r))
FROM unnest('{even,odd}'::text[]) AS r;
SELECT * FROM finish();
