\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows of a user or ticket with one version timestamp, of which load_timestamp says which is the
-- newest, rewritten two times in whatever way: that row is current, also where it says
-- what another one has said before and was loaded later only.
CALL t.setup();
-- what of a user and of a ticket stands for A and B
CREATE TABLE t.relation (relation text, key text, said text, names text, last text, head text, tail text, a text, b text);
INSERT INTO t.relation VALUES ('si_users', 'user_id', 'company', 'user_id, user_name, email', 'plan_type', '%1$L, %1$L, ''a@x.example''', '''Pro''', 'A', 'B'),
	('si_support_tickets', 'ticket_id', 'resolution_status', 'ticket_id, user_id, ticket_type', 'open_date', '%1$L, NULL, %1$L', 'date ''2026-03-01''', 'Open', 'Resolved');
CREATE FUNCTION t.of(r t.relation, does text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(replace(replace(replace(replace(replace(replace(replace(does, '{relation}', r.relation), '{key}', r.key), '{said}', r.said),
		'{names}', r.names), '{last}', r.last), '{head}', r.head), '{tail}', r.tail), '{A}', r.a), '{B}', r.b)
$$;
CREATE TABLE t.begin (n integer, does text);
INSERT INTO t.begin VALUES (1, 'INSERT INTO silver.{relation} SELECT {head}, c, {tail}, l::timestamptz, ''2026-03-01 02:00Z'', ''s'' FROM (VALUES (''{A}'', ''2026-03-01 03:00Z'')) AS v (c, l)'),
	(2, 'INSERT INTO silver.{relation} SELECT {head}, c, {tail}, l::timestamptz, ''2026-03-01 02:00Z'', ''s'' FROM (VALUES (''{A}'', ''2026-03-01 03:00Z''), (''{B}'', ''2026-03-01 04:00Z'')) AS v (c, l)'),
	(3, 'INSERT INTO silver.{relation} SELECT {head}, c, {tail}, l::timestamptz, ''2026-03-01 02:00Z'', ''s'' FROM (VALUES (''{A}'', ''2026-03-01 04:00Z''), (''{B}'', ''2026-03-01 03:00Z'')) AS v (c, l)');
CREATE TABLE t.way (n integer GENERATED ALWAYS AS IDENTITY, does text);
INSERT INTO t.way (does) VALUES
	('UPDATE silver.{relation} SET {said} = ''{B}'' WHERE {key} = %1$L AND {said} = ''{A}'''),
	('UPDATE silver.{relation} SET {said} = ''{A}'' WHERE {key} = %1$L AND {said} = ''{B}'''),
	('UPDATE silver.{relation} SET load_timestamp = load_timestamp + interval ''2 hours'' WHERE {key} = %1$L AND {said} = ''{A}'''),
	('UPDATE silver.{relation} SET load_timestamp = load_timestamp + interval ''150 minutes'' WHERE {key} = %1$L AND {said} = ''{B}'''),
	('UPDATE silver.{relation} SET load_timestamp = ''2026-03-01 02:30Z'' WHERE {key} = %1$L AND {said} = ''{A}'''),
	('INSERT INTO silver.{relation} VALUES ({head}, ''{A}'', {tail}, ''2026-03-01 06:00Z'', ''2026-03-01 02:00Z'', ''s'')'),
	('INSERT INTO silver.{relation} VALUES ({head}, ''{B}'', {tail}, ''2026-03-01 06:30Z'', ''2026-03-01 02:00Z'', ''s'')'),
	('INSERT INTO silver.{relation} VALUES ({head}, ''{A}'', {tail}, ''2026-03-01 03:30Z'', ''2026-03-01 02:00Z'', ''s'')'),
	('WITH gone AS (DELETE FROM silver.{relation} WHERE {key} = %1$L RETURNING *) INSERT INTO silver.{relation} SELECT {names}, {said}, {last}, load_timestamp + interval ''7 hours'', update_timestamp, source_system FROM gone'),
	('WITH gone AS (DELETE FROM silver.{relation} WHERE {key} = %1$L RETURNING *) INSERT INTO silver.{relation} SELECT {names}, CASE {said} WHEN ''{A}'' THEN ''{B}'' ELSE ''{A}'' END, {last}, load_timestamp + interval ''7 hours'', update_timestamp, source_system FROM gone'),
	('DELETE FROM silver.{relation} WHERE {key} = %1$L AND {said} = ''{A}'''),
	('UPDATE silver.{relation} SET source_system = source_system WHERE {key} = %1$L');
-- each way after each, in one transaction, in two, and with a refresh between
CREATE TABLE t.case AS
SELECT r.relation, format('%s.%s.%s.%s', b.n, one.n, two.n, h.how) AS id, t.of(r, b.does) AS begins, t.of(r, one.does) AS does, t.of(r, two.does) AS then_does, h.how,
	-- no row went, or was loaded earlier: such a version stays the newest
	NOT (one.does ~ '^DELETE|02:30Z' OR two.does ~ '^DELETE|02:30Z') AS is_plain
FROM t.relation r, t.begin b, t.way one, t.way two, unnest('{1,2,3}'::integer[]) AS h (how);
CREATE PROCEDURE t.play() LANGUAGE plpgsql AS $$
DECLARE
	c t.case;
BEGIN
	CALL t.clock('2026-03-01 12:00Z');
	FOR c IN TABLE t.case LOOP
		EXECUTE format(c.begins, c.id);
	END LOOP;
	CALL t.refresh();
	COMMIT;
	CALL t.clock('2026-03-01 13:00Z');
	FOR c IN TABLE t.case LOOP
		EXECUTE format(c.does, c.id);
		IF c.how = 1 THEN
			EXECUTE format(c.then_does, c.id);
		END IF;
		COMMIT;
		IF c.how = 2 THEN
			EXECUTE format(c.then_does, c.id);
			COMMIT;
		END IF;
	END LOOP;
	PERFORM zoom_gold.confirm_deletes(r.relation) FROM t.relation r;
	CALL t.refresh();
	COMMIT;
	CALL t.clock('2026-03-01 14:00Z');
	FOR c IN SELECT * FROM t.case WHERE how = 3 LOOP
		EXECUTE format(c.then_does, c.id);
		COMMIT;
	END LOOP;
	PERFORM zoom_gold.confirm_deletes(r.relation) FROM t.relation r;
	CALL t.refresh();
END
$$;
CALL t.play();
SELECT t.same($$SELECT c.begins, c.does, c.then_does, c.how, n.companies, g.company FROM t.case c
	JOIN LATERAL (SELECT array_agg(DISTINCT s.company) AS companies FROM silver.si_users s WHERE s.user_id = c.id GROUP BY s.load_timestamp ORDER BY s.load_timestamp DESC LIMIT 1) AS n ON true
	LEFT JOIN gold.go_dim_user g ON g.user_name = c.id AND g.is_current WHERE c.is_plain AND c.relation = 'si_users' AND (g.company = ANY (n.companies)) IS NOT TRUE$$, '{}'::text[],
	(SELECT format('of %s users the newest row is current', count(*)) FROM t.case WHERE is_plain AND relation = 'si_users'));
SELECT t.same($$SELECT g.user_name FROM gold.go_dim_user g WHERE g.is_current AND NOT EXISTS (SELECT FROM silver.si_users s WHERE s.user_id = g.user_name)$$, '{}'::text[], 'and of those without a row none');
SELECT t.same($$SELECT c.begins, c.does, c.then_does, c.how, f.resolution_status, f.resolved_at FROM t.case c JOIN gold.go_fact_support_ticket f ON f.ticket_type = c.id
	WHERE c.is_plain AND c.relation = 'si_support_tickets' AND (f.resolution_status = 'Resolved') <> (f.resolved_at IS NOT NULL)$$, '{}'::text[], 'tickets are resolved where the newest row says so');
SELECT t.healthy('which verify() says, too');
SELECT * FROM zoom_gold.refresh(true) \g /dev/null
SELECT t.healthy('also after a refresh of all');
SELECT * FROM finish();
