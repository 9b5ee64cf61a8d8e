\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows of one user with one version timestamp, of which load_timestamp says which is the
-- newest, rewritten two times in whatever way: that row is current, also where it says
-- what another one has said before and was loaded later only.
CALL t.setup();
CREATE TABLE t.begin (n integer, does text);
INSERT INTO t.begin VALUES (1, 'INSERT INTO silver.si_users SELECT %1$L, %1$L, ''a@x.example'', c, ''Pro'', l::timestamptz, ''2026-03-01 02:00Z'', ''s'' FROM (VALUES (''A'', ''2026-03-01 03:00Z'')) AS v (c, l)'),
	(2, 'INSERT INTO silver.si_users SELECT %1$L, %1$L, ''a@x.example'', c, ''Pro'', l::timestamptz, ''2026-03-01 02:00Z'', ''s'' FROM (VALUES (''A'', ''2026-03-01 03:00Z''), (''B'', ''2026-03-01 04:00Z'')) AS v (c, l)'),
	(3, 'INSERT INTO silver.si_users SELECT %1$L, %1$L, ''a@x.example'', c, ''Pro'', l::timestamptz, ''2026-03-01 02:00Z'', ''s'' FROM (VALUES (''A'', ''2026-03-01 04:00Z''), (''B'', ''2026-03-01 03:00Z'')) AS v (c, l)');
CREATE TABLE t.way (n integer GENERATED ALWAYS AS IDENTITY, does text);
INSERT INTO t.way (does) VALUES
	('UPDATE silver.si_users SET company = ''B'' WHERE user_id = %1$L AND company = ''A'''),
	('UPDATE silver.si_users SET company = ''A'' WHERE user_id = %1$L AND company = ''B'''),
	('UPDATE silver.si_users SET load_timestamp = load_timestamp + interval ''2 hours'' WHERE user_id = %1$L AND company = ''A'''),
	('UPDATE silver.si_users SET load_timestamp = load_timestamp + interval ''150 minutes'' WHERE user_id = %1$L AND company = ''B'''),
	('UPDATE silver.si_users SET load_timestamp = ''2026-03-01 02:30Z'' WHERE user_id = %1$L AND company = ''A'''),
	('INSERT INTO silver.si_users VALUES (%1$L, %1$L, ''a@x.example'', ''A'', ''Pro'', ''2026-03-01 06:00Z'', ''2026-03-01 02:00Z'', ''s'')'),
	('INSERT INTO silver.si_users VALUES (%1$L, %1$L, ''a@x.example'', ''B'', ''Pro'', ''2026-03-01 06:30Z'', ''2026-03-01 02:00Z'', ''s'')'),
	('INSERT INTO silver.si_users VALUES (%1$L, %1$L, ''a@x.example'', ''A'', ''Pro'', ''2026-03-01 03:30Z'', ''2026-03-01 02:00Z'', ''s'')'),
	('WITH gone AS (DELETE FROM silver.si_users WHERE user_id = %1$L RETURNING *) INSERT INTO silver.si_users SELECT user_id, user_name, email, company, plan_type, load_timestamp + interval ''7 hours'', update_timestamp, source_system FROM gone'),
	('WITH gone AS (DELETE FROM silver.si_users WHERE user_id = %1$L RETURNING *) INSERT INTO silver.si_users SELECT user_id, user_name, email, CASE company WHEN ''A'' THEN ''B'' ELSE ''A'' END, plan_type, load_timestamp + interval ''7 hours'', update_timestamp, source_system FROM gone'),
	('DELETE FROM silver.si_users WHERE user_id = %1$L AND company = ''A'''),
	('UPDATE silver.si_users SET source_system = source_system WHERE user_id = %1$L');
-- each way after each, in one transaction, in two, and with a refresh between
CREATE TABLE t.case AS
SELECT format('u%s.%s.%s.%s', b.n, one.n, two.n, h.how) AS id, b.does AS begins, one.does AS does, two.does AS then_does, h.how
FROM t.begin b, t.way one, t.way two, unnest('{1,2,3}'::integer[]) AS h (how);
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
	PERFORM zoom_gold.confirm_deletes('si_users');
	CALL t.refresh();
	COMMIT;
	CALL t.clock('2026-03-01 14:00Z');
	FOR c IN SELECT * FROM t.case WHERE how = 3 LOOP
		EXECUTE format(c.then_does, c.id);
		COMMIT;
	END LOOP;
	PERFORM zoom_gold.confirm_deletes('si_users');
	CALL t.refresh();
END
$$;
CALL t.play();
-- of those of whom no row went or was loaded earlier: such a version stays the newest
SELECT t.same($$SELECT c.begins, c.does, c.then_does, c.how, n.companies, g.company FROM t.case c
	JOIN LATERAL (SELECT array_agg(DISTINCT s.company) AS companies FROM silver.si_users s WHERE s.user_id = c.id GROUP BY s.load_timestamp ORDER BY s.load_timestamp DESC LIMIT 1) AS n ON true
	LEFT JOIN gold.go_dim_user g ON g.user_name = c.id AND g.is_current WHERE (g.company = ANY (n.companies)) IS NOT TRUE AND NOT (c.does ~ '^DELETE|02:30Z' OR c.then_does ~ '^DELETE|02:30Z')$$, '{}'::text[],
	(SELECT format('of %s users the newest row is current', count(*)) FROM t.case));
SELECT t.same($$SELECT g.user_name FROM gold.go_dim_user g WHERE g.is_current AND NOT EXISTS (SELECT FROM silver.si_users s WHERE s.user_id = g.user_name)$$, '{}'::text[], 'and of those without a row none');
SELECT t.healthy('which verify() says, too');
SELECT * FROM zoom_gold.refresh(true) \g /dev/null
SELECT t.healthy('also after a refresh of all');
SELECT * FROM finish();
