\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Loads that stamp users and tickets anew, and change nothing else, in every way in
-- which a load can write: what is kept of them does not grow, history stays as it
-- was, and what comes later finds what it would have found.  Random histories, most
-- of them of such loads, end in the same gold whether a refresh follows each
-- transaction or one all of them.
CALL t.setup();
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';

-- %1$s: relation, %2$s: its columns but load_timestamp
CREATE TABLE t.way (name text, does text);
INSERT INTO t.way VALUES
	('update', 'UPDATE silver.%1$s SET load_timestamp = load_timestamp + interval ''1 day'''),
	('upsert', 'MERGE INTO silver.%1$s AS s USING (SELECT s.ctid AS place FROM silver.%1$s AS s) AS n ON s.ctid = n.place WHEN MATCHED THEN UPDATE SET load_timestamp = s.load_timestamp + interval ''1 day'''),
	('delete and insert', 'WITH gone AS (DELETE FROM silver.%1$s RETURNING *) INSERT INTO silver.%1$s (%2$s, load_timestamp) SELECT %2$s, load_timestamp + interval ''1 day'' FROM gone'),
	('insert and delete', 'INSERT INTO silver.%1$s (%2$s, load_timestamp) SELECT %2$s, load_timestamp + interval ''1 day'' FROM silver.%1$s;'
		' DELETE FROM silver.%1$s AS s WHERE EXISTS (SELECT FROM silver.%1$s AS n WHERE (n.*) IS DISTINCT FROM (s.*) AND n.load_timestamp = s.load_timestamp + interval ''1 day'' AND to_jsonb(n) - ''load_timestamp'' = to_jsonb(s) - ''load_timestamp'')'),
	('truncate', 'CREATE TEMP TABLE n AS SELECT %2$s, load_timestamp + interval ''1 day'' AS load_timestamp FROM silver.%1$s; TRUNCATE silver.%1$s; INSERT INTO silver.%1$s (%2$s, load_timestamp) TABLE n; DROP TABLE n'),
	('delete and truncate', 'CREATE TEMP TABLE n AS SELECT %2$s, load_timestamp + interval ''1 day'' AS load_timestamp FROM silver.%1$s; DELETE FROM silver.%1$s WHERE update_timestamp < ''2024-03-02Z'';'
		' TRUNCATE silver.%1$s; TRUNCATE silver.%1$s; INSERT INTO silver.%1$s (%2$s, load_timestamp) TABLE n; DROP TABLE n'),
	('unseen', 'SET LOCAL session_replication_role = replica; UPDATE silver.%1$s SET load_timestamp = load_timestamp + interval ''1 day''; SET LOCAL session_replication_role = origin');
CREATE TABLE t.relation (name text, columns text);
INSERT INTO t.relation SELECT c.relation, string_agg(c.column_name, ', ') FROM
	(SELECT table_name::text AS relation, column_name::text FROM information_schema.columns
	 WHERE table_schema = 'silver' AND table_name IN ('si_users', 'si_support_tickets') AND column_name <> 'load_timestamp') AS c
GROUP BY c.relation;

-- users and tickets: of one row, of several versions, of one that breaks a rule, that
-- was corrected, of two that tie, that is deleted by its own word
INSERT INTO silver.si_users VALUES
	('one', 'One', 'one@x.example', 'X', 'Pro', '2024-03-02Z', '2024-03-01Z', 'S'),
	('versions', 'Versions', 'versions@x.example', 'X', 'Pro', '2024-03-02Z', '2024-03-01Z', 'S'),
	('versions', 'Versions', 'versions@x.example', 'Y', 'Pro', '2024-03-03Z', '2024-03-02Z', 'S'),
	('versions', 'Versions', 'versions@x.example', 'X', 'Pro', '2024-03-04Z', '2024-03-03Z', 'S'),
	('invalid', NULL, 'invalid@x.example', 'X', 'Pro', '2024-03-02Z', '2024-03-01Z', 'S'),
	('corrected', 'Corrected', 'corrected@x.example', 'X', 'Pro', '2024-03-02Z', '2024-03-01Z', 'S'),
	('tie', 'Tie', 'tie@x.example', 'X', 'Pro', '2024-03-02Z', '2024-03-01Z', 'S'),
	('tie', 'Tie', 'tie@x.example', 'Y', 'Pro', '2024-03-03Z', '2024-03-01Z', 'S'),
	('deleted', 'Deleted', 'deleted@x.example', 'X', 'Pro', '2024-03-02Z', '2024-03-01Z', 'S');
ALTER TABLE silver.si_users ADD deleted_at timestamptz;
ALTER TABLE silver.si_support_tickets ADD deleted_at timestamptz;
UPDATE t.relation SET columns = columns || ', deleted_at';
INSERT INTO silver.si_support_tickets
SELECT user_id, NULL, user_id, CASE company WHEN 'X' THEN 'Resolved' ELSE 'Open' END, '2024-03-01', load_timestamp, update_timestamp, source_system FROM silver.si_users;
SELECT zoom_gold.setup() \g /dev/null
CREATE PROCEDURE t.correct() LANGUAGE plpgsql AS $$
BEGIN
	CALL t.refresh_at('2024-03-10 12:00Z');
	UPDATE silver.si_users SET company = 'Z', load_timestamp = '2024-03-11Z' WHERE user_id = 'corrected';
	UPDATE silver.si_support_tickets SET resolution_status = 'Closed', load_timestamp = '2024-03-11Z' WHERE ticket_id = 'corrected';
	UPDATE silver.si_users SET deleted_at = '2024-03-11Z', update_timestamp = '2024-03-11Z' WHERE user_id = 'deleted';
	UPDATE silver.si_support_tickets SET deleted_at = '2024-03-11Z', update_timestamp = '2024-03-11Z' WHERE ticket_id = 'deleted';
	COMMIT;
	CALL t.refresh_at('2024-03-11 12:00Z');
	COMMIT;
END
$$;
CALL t.correct();
CREATE VIEW t.gold AS
SELECT concat_ws('|', user_name, company, valid_from AT TIME ZONE 'UTC', valid_to AT TIME ZONE 'UTC', is_current) AS said FROM gold.go_dim_user
UNION ALL
SELECT concat_ws('|', ticket_type, resolution_status, resolved_at AT TIME ZONE 'UTC') FROM gold.go_fact_support_ticket;
CREATE TABLE t.before AS TABLE t.gold;
CREATE VIEW t.kept AS
SELECT i.user_id AS key, count(*) AS n FROM gold_state.user_event AS e JOIN gold_state.user_identity AS i USING (ordinal) GROUP BY 1
UNION ALL
SELECT 'ticket ' || i.ticket_id, count(*) FROM gold_state.ticket_event AS e JOIN gold_state.ticket_identity AS i USING (ordinal) GROUP BY 1;
CREATE TABLE t.found (way text, what text);
CREATE PROCEDURE t.load_anew() LANGUAGE plpgsql AS $$
DECLARE
	w t.way;
	were jsonb;
	day date := '2024-03-11';
BEGIN
	FOR w IN SELECT * FROM t.way UNION ALL SELECT * FROM t.way LOOP
		FOR i IN 1 .. 4 LOOP
			day := day + 1;
			CALL t.clock(to_char(day, 'YYYY-MM-DD') || ' 12:00Z');
			EXECUTE (SELECT string_agg(format(w.does, r.name, r.columns), '; ') FROM t.relation AS r);
			COMMIT;
			IF w.name = 'unseen' OR i <> 2 THEN
				CALL t.refresh(full_refresh => w.name = 'unseen');
			END IF;
			COMMIT;
			IF i = 3 THEN
				were := (SELECT jsonb_object_agg(key, n) FROM t.kept);
			ELSIF i = 4 THEN
				INSERT INTO t.found SELECT w.name, format('of %s %s events, and one load later %s', key, were -> key, n) FROM t.kept
				WHERE key NOT IN ('tie', 'ticket tie') AND n > (were ->> key)::integer;
			END IF;
		END LOOP;
		INSERT INTO t.found SELECT w.name, said FROM (TABLE t.before EXCEPT ALL TABLE t.gold) AS d
			UNION ALL SELECT w.name, said FROM (TABLE t.gold EXCEPT ALL TABLE t.before) AS d;
		INSERT INTO t.found SELECT w.name, check_name || details FROM zoom_gold.verify() WHERE NOT passed;
	END LOOP;
END
$$;
CALL t.load_anew();
SELECT t.same('TABLE t.found', '{}'::text[], (SELECT format('loaded anew in %s ways, over and over', count(*)) FROM t.way));
SELECT t.same($$SELECT key, n FROM t.kept WHERE key ~ 'one|invalid'$$, '{invalid|3,one|3,ticket invalid|3,ticket one|3}'::text[], 'what is kept: the first and the last load');

------------------------------------------------------------------------------
-- Random histories
------------------------------------------------------------------------------

-- %1$s: relation, %2$s: its columns but load_timestamp, %3$s and %4$s: the key's
-- column and the key, %5$s: what it says, %6$s: a value, %7$s: a number that is never
-- given twice, %8$s: the columns but for what it says
CREATE TABLE t.change (n integer GENERATED ALWAYS AS IDENTITY, does text);
INSERT INTO t.change (does) VALUES
	('UPDATE silver.%1$s SET load_timestamp = load_timestamp + interval ''1 day'' WHERE %3$s = %4$L'),
	('UPDATE silver.%1$s SET load_timestamp = load_timestamp + interval ''1 day'' WHERE %3$s = %4$L'),
	('WITH gone AS (DELETE FROM silver.%1$s WHERE %3$s = %4$L RETURNING *) INSERT INTO silver.%1$s (%2$s, load_timestamp) SELECT %2$s, load_timestamp + interval ''1 day'' FROM gone ORDER BY load_timestamp'),
	('INSERT INTO silver.%1$s (%2$s, load_timestamp) SELECT %2$s, load_timestamp + interval ''50 days'' FROM silver.%1$s WHERE %3$s = %4$L ORDER BY load_timestamp;'
		' DELETE FROM silver.%1$s WHERE %3$s = %4$L AND load_timestamp < (SELECT max(load_timestamp) FROM silver.%1$s WHERE %3$s = %4$L) - interval ''49 days'''),
	('UPDATE silver.%1$s SET %5$s = %6$L, load_timestamp = load_timestamp + interval ''1 day'' WHERE %3$s = %4$L'),
	('UPDATE silver.%1$s SET %5$s = %6$L WHERE %3$s = %4$L'),
	('UPDATE silver.%1$s SET %5$s = %6$L, load_timestamp = load_timestamp - interval ''60 hours'' WHERE %3$s = %4$L'),
	('UPDATE silver.%1$s SET load_timestamp = load_timestamp - interval ''60 hours'' WHERE %3$s = %4$L'),
	('INSERT INTO silver.%1$s (%2$s, load_timestamp) SELECT %8$s, update_timestamp + %7$s * interval ''1 second'' FROM silver.%1$s WHERE %3$s = %4$L ORDER BY load_timestamp LIMIT 1'),
	('INSERT INTO silver.%1$s (%2$s, load_timestamp) SELECT %8$s, load_timestamp - interval ''30 hours'' + %7$s * interval ''1 second'' FROM silver.%1$s WHERE %3$s = %4$L ORDER BY load_timestamp DESC LIMIT 1'),
	('UPDATE silver.%1$s SET %5$s = %6$L, update_timestamp = update_timestamp + interval ''1 hour'' WHERE %3$s = %4$L'),
	('UPDATE silver.%1$s SET source_system = ''T'' WHERE %3$s = %4$L'),
	('DELETE FROM silver.%1$s WHERE %3$s = %4$L');
CREATE TABLE t.step (n integer GENERATED ALWAYS AS IDENTITY, step integer, does text);
CREATE PROCEDURE t.draw(phase text, seed integer) LANGUAGE plpgsql AS $$
DECLARE
	r record;
	number integer := 0;
BEGIN
	TRUNCATE t.step;
	PERFORM setseed(seed / 100.0);
	FOR step IN 1 .. 12 LOOP
		FOR r IN SELECT t.name, t.columns, v.key_column, v.says, k, v.words
				 FROM t.relation t
				 JOIN (VALUES ('si_users', 'user_id', 'company', '{X,Y,Z}'::text[]),
							  ('si_support_tickets', 'ticket_id', 'resolution_status', '{Open,Resolved,Closed}')) AS v (name, key_column, says, words) USING (name),
					  generate_series(1, 25) AS k
				 ORDER BY t.name, k LOOP
			number := number + 1;
			-- most are loads, some keys have no other
			INSERT INTO t.step (step, does)
			SELECT step, format(c.does, r.name, r.columns, r.key_column, phase || r.k, r.says, r.words[w.one], number, replace(r.columns, r.says, quote_literal(r.words[w.two])))
			FROM (SELECT 1 + floor(random() * 3)::integer AS one, 1 + floor(random() * 3)::integer AS two,
						 1 + floor(random() * CASE WHEN r.k % 5 = 0 OR random() < 0.55 THEN 4 ELSE 13 END)::integer AS n OFFSET 0) AS w
			JOIN t.change c USING (n);
		END LOOP;
	END LOOP;
END
$$;
-- Play the steps, a transaction each, with a refresh after each or after the last.
CREATE PROCEDURE t.play(phase text, often boolean) LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	day date := '2024-05-01';
BEGIN
	TRUNCATE silver.si_users, silver.si_support_tickets;
	CALL t.clock('2024-05-01 12:00Z');
	CALL t.refresh();
	COMMIT;
	INSERT INTO silver.si_users (user_id, user_name, email, company, plan_type, load_timestamp, update_timestamp, source_system)
	SELECT phase || k, phase || k, 'a@x.example', 'X', 'Pro', '2024-03-02Z', '2024-03-01Z', 'S' FROM generate_series(1, 25) AS k;
	INSERT INTO silver.si_support_tickets (ticket_id, ticket_type, resolution_status, open_date, load_timestamp, update_timestamp, source_system)
	SELECT phase || k, phase || k, 'Open', '2024-03-01', '2024-03-02Z', '2024-03-01Z', 'S' FROM generate_series(1, 25) AS k;
	COMMIT;
	FOR i IN 1 .. 12 LOOP
		day := day + 1;
		CALL t.clock(to_char(day, 'YYYY-MM-DD') || ' 12:00Z');
		FOR statement IN SELECT s.does FROM t.step s WHERE s.step = i ORDER BY s.n LOOP
			EXECUTE statement;
		END LOOP;
		COMMIT;
		IF often OR i = 12 THEN
			CALL t.refresh();
			COMMIT;
		END IF;
	END LOOP;
	INSERT INTO t.found SELECT phase, check_name || details FROM zoom_gold.verify() WHERE NOT passed;
END
$$;
TRUNCATE t.found;
CREATE TABLE t.seen (phase text, said text);
CREATE PROCEDURE t.play_all(seeds integer) LANGUAGE plpgsql AS $$
DECLARE
	phase text;
BEGIN
	FOR seed IN 1 .. seeds LOOP
		FOREACH phase IN ARRAY '{a,b}'::text[] LOOP
			CALL t.draw(phase || seed || '-', seed);
			CALL t.play(phase || seed || '-', phase = 'a');
			INSERT INTO t.seen SELECT phase, substr(said, 2) FROM t.gold WHERE starts_with(said, phase || seed || '-');
			COMMIT;
		END LOOP;
	END LOOP;
END
$$;
CALL t.play_all(3);
SELECT t.same('TABLE t.found', '{}'::text[], 'verify() agrees');
SELECT t.equal($$SELECT s.said FROM t.seen s WHERE phase = 'a'$$, $$SELECT s.said FROM t.seen s WHERE phase = 'b'$$, 'as many refreshes as transactions, or one');
SELECT * FROM finish();
