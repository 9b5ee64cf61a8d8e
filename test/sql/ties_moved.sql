\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Two rows of a key with the same timestamps: the later written one counts,
-- whatever was done to the table or rolled back before the refresh, between two
-- or after.  The values tell which was meant to be the last.
CALL t.setup();
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CALL t.user('u1', 'Ana');
CALL t.meeting('m', 'u1', '2024-02-01 10:00Z');

-- %1$s: key, %2$s: value, %3$s: day
CREATE TABLE t.relation (name text, key text, value text, number text, row text, shown text);
INSERT INTO t.relation VALUES
	('si_users', 'user_id', 'user_name', NULL, $$('%1$s', '%2$s', 'a@x.example', 'Acme', 'Pro', '2024-01-01Z', NULL, 'X')$$,
	 'SELECT user_name FROM gold.go_dim_user WHERE is_current'),
	('si_meetings', 'meeting_id', 'meeting_topic', 'duration_minutes', $$('%1$s', 'u1', '%2$s', '%3$s 10:00Z', NULL, 10, '2024-01-01Z', NULL, 'X')$$,
	 'SELECT meeting_topic FROM gold.go_fact_meeting_usage'),
	('si_participants', 'participant_id', 'user_id', NULL, $$('%1$s', 'none on %3$s', '%2$s', '%3$s 10:00Z', NULL, '2024-01-01Z', NULL, 'X')$$,
	 $$SELECT activity_date || CASE WHEN active_user_count = 0 THEN ' guest' ELSE ' u1' END FROM gold.go_agg_active_users WHERE period_type = 'Daily'$$),
	('si_feature_usage', 'usage_id', 'feature_name', 'usage_count', $$('%1$s', 'm', '%2$s', 3, '%3$s', '2024-01-01Z', NULL, 'X')$$,
	 'SELECT feature_name FROM gold.go_fact_feature_usage'),
	('si_webinars', 'webinar_id', 'webinar_topic', 'registrants', $$('%1$s', 'u1', '%2$s', '%3$s 10:00Z', NULL, 10, '2024-01-01Z', NULL, 'X')$$,
	 'SELECT webinar_topic FROM gold.go_fact_webinar_usage'),
	('si_support_tickets', 'ticket_id', 'ticket_type', NULL, $$('%1$s', 'u1', '%2$s', 'Open', '%3$s', '2024-01-01Z', NULL, 'X')$$,
	 'SELECT ticket_type FROM gold.go_fact_support_ticket'),
	('si_licenses', 'license_id', 'license_type', NULL, $$('%1$s', '%2$s', 'u1', '%3$s', NULL, '2024-01-01Z', NULL, 'X')$$,
	 'SELECT license_type FROM gold.go_fact_license_utilization'),
	('si_billing_events', 'event_id', 'event_type', 'amount', $$('%1$s', 'u1', '%2$s', 5.25, '%3$s', '2024-01-01Z', NULL, 'X')$$,
	 'SELECT event_type FROM gold.go_fact_billing');
SELECT format('CREATE INDEX %1$s_by_value ON silver.%1$s (%2$s DESC)', name, value) FROM t.relation \gexec
SELECT format('CREATE UNIQUE INDEX ON silver.%I (%I, %I)', name, key, value) FROM t.relation \gexec

-- What is done to a relation.  %1$s: relation, %2$s: its key, %3$s: the column of
-- the value, %4$s: one of numbers, %5$s: rows of the round, %6$s: those written
-- first, %7$s: the round,
-- %8$s: another column, %9$s: the type of the numbers
CREATE TABLE t.disturbance (name text, last boolean, sql text);
INSERT INTO t.disturbance VALUES
	('nothing', true, 'SELECT'),
	('DELETE of the last undone', true, 'CALL t.undone($q$DELETE FROM silver.%1$s WHERE %5$s AND NOT %6$s$q$)'),
	('DELETE of all undone', true, 'CALL t.undone($q$DELETE FROM silver.%1$s$q$)'),
	('UPDATE of the first undone', true, $$CALL t.undone($q$UPDATE silver.%1$s SET source_system = 'Y' WHERE %5$s AND %6$s$q$)$$),
	('savepoint undone', true, 'CALL t.rolled_back($q$DELETE FROM silver.%1$s WHERE %5$s AND NOT %6$s; INSERT INTO silver.%1$s TABLE silver.%1$s$q$)'),
	('CLUSTER', true, 'CLUSTER silver.%1$s USING %1$s_by_value'),
	('VACUUM FULL', true, 'VACUUM FULL silver.%1$s'),
	('VACUUM FREEZE', true, 'VACUUM FREEZE silver.%1$s'),
	('SET UNLOGGED, LOGGED', true, 'ALTER TABLE silver.%1$s SET UNLOGGED; ALTER TABLE silver.%1$s SET LOGGED'),
	('ADD COLUMN', true, 'ALTER TABLE silver.%1$s ADD own_%7$s float8 DEFAULT random()'),
	('ALTER TYPE of the value', true, 'ALTER TABLE silver.%1$s ALTER %3$s TYPE text; ALTER TABLE silver.%1$s ALTER %3$s TYPE varchar(90)'),
	('ALTER TYPE of a timestamp', true, 'ALTER TABLE silver.%1$s ALTER load_timestamp TYPE timestamptz; ALTER TABLE silver.%1$s ALTER load_timestamp TYPE timestamptz(3)'),
	('ALTER TYPE of a number', true, 'ALTER TABLE silver.%1$s ALTER %4$s TYPE numeric(12,3); ALTER TABLE silver.%1$s ALTER %4$s TYPE %9$s'),
	('written anew', false, $$UPDATE silver.%1$s SET %8$s = 'Z' WHERE %5$s AND %6$s; CLUSTER silver.%1$s USING %1$s_by_value$$),
	('INSERT ... ON CONFLICT', false, $$INSERT INTO silver.%1$s SELECT * FROM silver.%1$s WHERE %5$s AND %6$s ON CONFLICT (%2$s, %3$s) DO UPDATE SET %8$s = 'Z'; VACUUM FULL silver.%1$s$$),
	('deleted and put back', false, $$CALL t.put_back('%1$s', $q$%5$s AND %6$s$q$); ALTER TABLE silver.%1$s SET UNLOGGED; ALTER TABLE silver.%1$s SET LOGGED$$);

CREATE PROCEDURE t.undone(command text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	ROLLBACK;
END
$$;
CREATE PROCEDURE t.rolled_back(command text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RAISE division_by_zero;
EXCEPTION WHEN division_by_zero OR unique_violation THEN
END
$$;

-- Deleted and put back, in a transaction.
CREATE PROCEDURE t.put_back(relation text, which text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE kept AS SELECT * FROM silver.%I WHERE %s', relation, which);
	EXECUTE format('DELETE FROM silver.%I WHERE %s', relation, which);
	EXECUTE format('INSERT INTO silver.%I TABLE kept', relation);
	DROP TABLE kept;
END
$$;

-- Each round has two keys per relation, the values of which are written in
-- opposite orders, so that no order of contents is right for both.  The rows
-- of participants tell a user and a guest, on a day of which nobody was a host.
CREATE TABLE t.round AS
SELECT row_number() OVER (ORDER BY w.n, d.name COLLATE "C")::integer AS round, w.at, d.name AS disturbance, d.last, d.sql,
	w.at <> 'between' AND (row_number() OVER (ORDER BY w.n, d.name COLLATE "C") + w.n) % 2 = 0 AS at_once
FROM t.disturbance AS d CROSS JOIN (VALUES (1, 'before'), (2, 'between'), (3, 'after')) AS w (n, at);
CREATE FUNCTION t.day(relation text, round integer, key text) RETURNS date LANGUAGE sql AS $$
	SELECT CASE relation WHEN 'si_participants' THEN date '2023-01-01' ELSE date '2024-01-01' END + 2 * round + (key LIKE 'b%')::integer
$$;
CREATE FUNCTION t.value(relation text, key text, first boolean) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN relation <> 'si_participants' THEN CASE WHEN first = (key LIKE 'a%') THEN 'x' ELSE 'y' END || key
		WHEN first = (key LIKE 'a%') THEN 'u1' ELSE 'guest' END
$$;
CREATE FUNCTION t.write(r t.relation, key text, first boolean, round integer) RETURNS text LANGUAGE sql AS $$
	SELECT 'INSERT INTO silver.' || r.name || ' VALUES ' || format(r.row, key, t.value(r.name, key, first), t.day(r.name, round, key))
$$;
CREATE FUNCTION t.disturb(r t.relation, d t.round) RETURNS text LANGUAGE sql AS $$
	SELECT format(d.sql, r.name, r.key, r.value, r.number, format('%s IN (''a%2$s'', ''b%2$s'')', r.key, d.round),
				  format('(%s LIKE ''a%%'') = (%s IN (%L, %L))', r.key, r.value, t.value(r.name, 'a' || d.round, true),
						 t.value(r.name, 'b' || d.round, false)), d.round,
				  CASE r.name WHEN 'si_users' THEN 'company' ELSE 'source_system' END,
				  CASE r.number WHEN 'amount' THEN 'numeric(10,2)' ELSE 'integer' END)
$$;
-- Does the first count?  Of what has a history, that which a transaction takes and puts
-- back was not touched.
CREATE FUNCTION t.first_counts(r t.relation, d t.round) RETURNS boolean LANGUAGE sql AS $$
	SELECT NOT d.last AND NOT (r.name IN ('si_users', 'si_support_tickets') AND d.disturbance = 'deleted and put back')
$$;

-- in this order all is done
CREATE TABLE t.script (n integer GENERATED ALWAYS AS IDENTITY, sql text);
CREATE TABLE t.expected (relation text, value text, round integer);
CREATE PROCEDURE t.prepare(d t.round) LANGUAGE plpgsql AS $$
DECLARE
	firsts text[];
	lasts text[];
	disturbances text[];
BEGIN
	SELECT array_agg(t.write(r, k, true, d.round)), array_agg(t.write(r, k, false, d.round))
	INTO firsts, lasts FROM t.relation AS r, unnest(ARRAY['a' || d.round, 'b' || d.round]) AS k;
	SELECT array_agg(part) INTO disturbances
	FROM t.relation AS r, regexp_split_to_table(t.disturb(r, d), '; (?=[ACV])') AS part
	WHERE r.number IS NOT NULL OR d.sql NOT LIKE '%4$s%';
	INSERT INTO t.expected
	SELECT r.name, CASE r.name WHEN 'si_participants' THEN t.day('si_participants', d.round, k) || ' ' ELSE '' END
		|| t.value(r.name, k, t.first_counts(r, d)), d.round
	FROM t.relation AS r, unnest(ARRAY['a' || d.round, 'b' || d.round]) AS k;
	INSERT INTO t.script (sql)
	SELECT format('CALL t.meeting(%L, NULL, %L)', 'none on ' || t.day('si_participants', d.round, k), t.day('si_participants', d.round, k) || ' 09:00Z')
	FROM unnest('{a,b}'::text[]) AS k;
	IF d.at_once THEN
		-- commands have other numbers than those that undo
		firsts := ARRAY[format('DO %L', 'BEGIN ' || array_to_string('CREATE TABLE t.nothing (); DROP TABLE t.nothing'::text || firsts || lasts, '; ') || '; END')];
		lasts := '{}';
	END IF;
	INSERT INTO t.script (sql) SELECT unnest(firsts);
	INSERT INTO t.script (sql) SELECT 'CALL t.refresh()' WHERE d.at = 'between';
	INSERT INTO t.script (sql) SELECT unnest(lasts);
	INSERT INTO t.script (sql) SELECT 'CALL t.refresh()' WHERE d.at = 'after';
	INSERT INTO t.script (sql) SELECT unnest(disturbances);
	INSERT INTO t.script (sql) VALUES ('CALL t.refresh()'), ('CALL t.look()');
END
$$;
DO $$
DECLARE
	d t.round;
BEGIN
	FOR d IN TABLE t.round ORDER BY round
	LOOP
		CALL t.prepare(d);
	END LOOP;
END
$$;

-- The values that are not shown, as far as the script has come.
CREATE TABLE t.wrong (line text);
CREATE PROCEDURE t.look() LANGUAGE plpgsql AS $$
DECLARE
	r t.relation;
BEGIN
	FOR r IN TABLE t.relation
	LOOP
		EXECUTE format('INSERT INTO t.wrong SELECT concat_ws('', '', %L, d.at, d.disturbance, CASE WHEN d.at_once THEN ''at once'' END, e.value)'
			' FROM t.expected AS e JOIN t.round AS d USING (round) WHERE e.relation = %1$L AND e.round <= $1'
			' AND NOT EXISTS (SELECT FROM (%s) AS s (value) WHERE s.value = e.value)', r.name, r.shown)
		USING (SELECT count(*) FROM silver.si_users WHERE user_id LIKE 'a%') / 2;
	END LOOP;
END
$$;
SELECT sql FROM t.script ORDER BY n \gexec
SELECT t.same('SELECT DISTINCT line FROM t.wrong', '{}'::text[], 'the last written counts in every case');
SELECT t.healthy('and verify() agrees');
SELECT * FROM finish();
