\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows of one key with the same timestamps, in transactions that write some, alter
-- some and load all of them anew in another order: history and fact take the same
-- row for the newest, and verify() agrees with both.  No row is lost here, so a
-- ticket's fact says that it is resolved where its history does, and only there.
CALL t.setup();
CREATE TABLE t.wrong (seed integer, log text, what text);

-- %1$s: relation, %2$s: another column than those that tell the rows apart
CREATE TABLE t.change (n integer GENERATED ALWAYS AS IDENTITY, sql text);
INSERT INTO t.change (sql) VALUES
	('%3$s'), ('%3$s'),
	('UPDATE silver.%1$s SET %2$s = ''Y'' WHERE %4$s'),
	('UPDATE silver.%1$s SET source_system = source_system WHERE %4$s'),
	('WITH gone AS (DELETE FROM silver.%1$s WHERE %4$s RETURNING *) INSERT INTO silver.%1$s SELECT * FROM gone'),
	('WITH gone AS (DELETE FROM silver.%1$s RETURNING *) INSERT INTO silver.%1$s SELECT * FROM gone ORDER BY random()'),
	('CREATE TEMP TABLE kept AS SELECT * FROM silver.%1$s ORDER BY random(); TRUNCATE silver.%1$s;'
	 ' INSERT INTO silver.%1$s SELECT * FROM kept; DROP TABLE kept');

-- The statements of a transaction, one of A, B, C and D each.
CREATE FUNCTION t.draw(relation text, statements integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT string_agg(format(c.sql, relation, CASE relation WHEN 'si_users' THEN 'company' ELSE 'source_system' END,
		CASE relation WHEN 'si_users' THEN
				format('INSERT INTO silver.si_users VALUES (''u'', %L, ''%2$s@x.example'', ''X'', ''Pro'', ''2024-03-0%3$sZ'', NULL, ''X'')', x.value, x.value, x.day)
			ELSE format('INSERT INTO silver.si_support_tickets VALUES (''t'', NULL, %L, %L, ''2024-03-01'', ''2024-03-0%sZ'', NULL, ''X'')', x.value,
						CASE WHEN x.value < 'C' THEN 'Open' ELSE 'Resolved' END, x.day) END,
		format('%s = %L', CASE relation WHEN 'si_users' THEN 'user_name' ELSE 'ticket_type' END, x.value)), E';\n' ORDER BY x.i)
	FROM (SELECT i, chr(65 + floor(random() * 4)::integer) AS value, CASE WHEN random() < 0.8 THEN 4 ELSE 5 END AS day,
				 1 + floor(random() * 7)::integer AS n
		  FROM generate_series(1, statements) AS i) AS x
	JOIN t.change AS c USING (n)
$$;

CREATE FUNCTION t.contradictions() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(what, '; ')
	FROM (SELECT concat_ws(' ', ticket_type, resolution_status, resolved_at) AS what FROM gold.go_fact_support_ticket
		  WHERE (resolution_status = 'Resolved') <> (resolved_at IS NOT NULL)
		  UNION ALL
		  SELECT concat_ws(' ', check_name, details) FROM zoom_gold.verify() WHERE NOT passed) AS w
$$;

CREATE PROCEDURE t.play(seed integer) LANGUAGE plpgsql AS $$
DECLARE
	relation text := CASE seed % 3 WHEN 0 THEN 'si_users' ELSE 'si_support_tickets' END;
	log text := '';
	statements text;
BEGIN
	TRUNCATE silver.si_users, silver.si_support_tickets;
	CALL t.user('other', 'Ann');
	INSERT INTO silver.si_support_tickets VALUES ('other', NULL, 'x', 'Open', '2024-03-01', '2024-03-03Z', NULL, 'X');
	COMMIT;
	CALL t.refresh();
	PERFORM setseed(seed / 1000.0);
	FOR i IN 1 .. 5
	LOOP
		statements := t.draw(relation, 1 + floor(random() * 3)::integer);
		log := log || statements || E';\nCOMMIT;\n';
		EXECUTE statements;
		COMMIT;
		IF random() < 0.5 OR i = 5 THEN
			CALL t.refresh();
			log := log || E'refresh;\n';
			INSERT INTO t.wrong SELECT seed, log, c FROM t.contradictions() AS c WHERE c IS NOT NULL;
			EXIT WHEN FOUND;
			COMMIT;
		END IF;
	END LOOP;
END
$$;
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
DO $$
BEGIN
	FOR seed IN 1 .. 40
	LOOP
		CALL t.play(seed);
	END LOOP;
END
$$;
SELECT is_empty('TABLE t.wrong', 'history, fact and verify() take the same of tied rows for the newest, however they were loaded again');

-- The same by hand: what alters the loser makes it the newest, in all that a ticket shows.
TRUNCATE silver.si_support_tickets;
INSERT INTO silver.si_support_tickets VALUES ('v', NULL, 'Audio', 'Resolved', '2024-03-01', '2024-03-04Z', NULL, 'X');
INSERT INTO silver.si_support_tickets VALUES ('v', NULL, 'Video', 'Open', '2024-03-01', '2024-03-04Z', NULL, 'X');
CALL t.refresh();
SELECT results_eq('SELECT ticket_type, resolved_at FROM gold.go_fact_support_ticket', $$VALUES ('Video', NULL::timestamptz)$$,
				  'of tied rows the later written counts');
UPDATE silver.si_support_tickets SET source_system = 'Y' WHERE ticket_type = 'Audio';
CALL t.refresh();
SELECT results_eq('SELECT ticket_type, resolved_at FROM gold.go_fact_support_ticket', $$VALUES ('Audio', timestamptz '2024-06-30 12:00Z')$$,
				  'an UPDATE of the other makes that one count, from when it was captured');
SELECT t.healthy('and verify() agrees');
SELECT * FROM finish();
