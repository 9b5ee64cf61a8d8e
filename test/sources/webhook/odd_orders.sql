\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Events with odd members in any order, twice, and with refreshes in between lead to
-- the gold of their own order, but for topics that gold has seen: members stay.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
\set odd :abs_srcdir '/sources/webhook/odd.inc'
\i :odd
\set play :abs_srcdir '/sources/webhook/play.inc'
\i :play
\set seeds 2
\getenv seeds SEEDS
CREATE TABLE t.event AS SELECT s.event, s.received_at FROM t.sample s;
CREATE PROCEDURE t.draw(seed integer) LANGUAGE sql AS $$
	DELETE FROM t.event;
	INSERT INTO t.event SELECT s.event, s.received_at FROM t.sample s;
	INSERT INTO t.event SELECT o.body, timestamptz '2025-03-02Z' + o.n * interval '1 second' FROM t.odd o ORDER BY hashint8extended(o.n, seed) LIMIT 60
$$;
SELECT format('CALL t.draw(%s)', n), 'CALL t.play(0)', 'DROP TABLE IF EXISTS t.wanted', 'CREATE TABLE t.wanted AS SELECT t.gold() AS line', format('CALL t.play(%s)', n),
	format('SELECT t.equal(%L, %L, %L)', 'SELECT line FROM t.gold() AS line WHERE line !~ ''^go_dim_(meeting|webinar)''', 'SELECT line FROM t.wanted WHERE line !~ ''^go_dim_(meeting|webinar)''', 'odd events in another order ' || n), 'SELECT t.healthy(''gold is right'')'
FROM generate_series(1, :seeds) AS n \gexec
SELECT * FROM finish();
