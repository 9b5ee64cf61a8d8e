\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows of one key with the same timestamps: the last captured counts, however
-- changes are batched.  Silver's column "written" is the test's own: it numbers
-- rows as they are written.
CREATE SEQUENCE t.writing;
CREATE PROCEDURE t.start() LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	DROP SCHEMA IF EXISTS gold, gold_state, gold_masked, silver CASCADE;
	CALL t.setup();
	FOR name IN SELECT DISTINCT c.table_name FROM zoom_gold.silver_contract() AS c
	LOOP
		EXECUTE format('ALTER TABLE silver.%I ADD written bigint DEFAULT nextval(''t.writing'')', name);
	END LOOP;
	UPDATE gold_state.settings SET value = '100' WHERE settings.name = 'delete_guard_percent';
	CALL t.user('u1', 'Ana');
	CALL t.meeting('m', 'u1', '2024-02-01 10:00Z');
	CALL t.refresh();
END
$$;

-- Facts as the newest rows of silver make them; what tells the rows apart is
-- the value named.
CREATE TABLE t.relation (name text, key text, value text, event text, fact text, columns text, row text);
INSERT INTO t.relation VALUES
	('si_meetings', 'meeting_id', 'meeting_topic', 'start_time', 'go_fact_meeting_usage', 'meeting_topic, start_time',
	 $$'u1', %3$L, '%4$s 10:00Z', NULL, 10$$),
	('si_webinars', 'webinar_id', 'webinar_topic', 'start_time', 'go_fact_webinar_usage', 'webinar_topic, start_time',
	 $$'u1', %3$L, '%4$s 10:00Z', NULL, 10$$),
	('si_feature_usage', 'usage_id', 'feature_name', 'usage_date', 'go_fact_feature_usage', 'feature_name, usage_date',
	 $$'m', %3$L, 3, %4$L$$),
	('si_support_tickets', 'ticket_id', 'ticket_type', 'open_date', 'go_fact_support_ticket', 'ticket_type, open_date',
	 $$'u1', %3$L, 'Open', %4$L$$),
	('si_licenses', 'license_id', 'license_type', 'start_date', 'go_fact_license_utilization', 'license_type, start_date',
	 $$%3$L, 'u1', %4$L, NULL$$),
	('si_billing_events', 'event_id', 'event_type', 'event_date', 'go_fact_billing', 'event_type, event_date',
	 $$'u1', %3$L, 5, %4$L$$);
CREATE FUNCTION t.newest(r t.relation) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT %3$s FROM (SELECT DISTINCT ON (btrim(%2$I)) * FROM silver.%1$I ORDER BY btrim(%2$I),'
				  ' coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC, written DESC) AS s'
				  ' WHERE btrim(%2$I) <> ''m''', r.name, r.key, r.columns)
$$;
CREATE FUNCTION t.facts(r t.relation) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT %s FROM gold.%I%s', r.columns, r.fact,
				  CASE r.name WHEN 'si_meetings' THEN ' WHERE meeting_topic <> ''Sync''' ELSE '' END)
$$;
CREATE FUNCTION t.wrong() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	r t.relation;
BEGIN
	FOR r IN TABLE t.relation
	LOOP
		RETURN QUERY SELECT r.name || ' wanted ' || w FROM (SELECT unnest(t.rows(t.newest(r))) EXCEPT ALL SELECT unnest(t.rows(t.facts(r)))) AS x (w);
		RETURN QUERY SELECT r.name || ' has ' || w FROM (SELECT unnest(t.rows(t.facts(r))) EXCEPT ALL SELECT unnest(t.rows(t.newest(r)))) AS x (w);
	END LOOP;
END
$$;
CREATE PROCEDURE t.write(r t.relation, key text, value text, day text, at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO silver.%1$I SELECT %2$L, ' || r.row || ', %5$L, NULL, ''X''', r.name, key, value, day, at);
END
$$;

-- by hand, in every relation and batching

CREATE PROCEDURE t.play(refreshes boolean) LANGUAGE plpgsql AS $$
DECLARE
	r t.relation;
	step integer;
	one bigint;
BEGIN
	FOR step IN 1 .. 9
	LOOP
		FOR r IN TABLE t.relation
		LOOP
			IF step <= 4 THEN
				-- whatever their contents' order is, it is not that of "abcd"
				CALL t.write(r, 'k' || step % 2, substr('abcd', step, 1), '2024-03-0' || step, '2024-01-01Z');
				CALL t.write(r, 'l' || step % 2, substr('dcba', step, 1), '2024-03-0' || step, '2024-01-01Z');
			ELSIF step = 5 THEN
				EXECUTE format('UPDATE silver.%1$I SET written = nextval(''t.writing''), source_system = ''Y'' WHERE %2$I IN (''a'', ''d'')',
							   r.name, r.value);
			ELSIF step = 6 THEN
				-- the first of a tie again, in the place of another
				EXECUTE format('DELETE FROM silver.%1$I WHERE %2$I = ''c''', r.name, r.value);
				CALL t.write(r, ' k1 ', 'e', '2024-03-05', '2024-01-01Z');
			ELSIF step = 7 THEN
				-- a newer row comes and goes
				CALL t.write(r, 'k0', 'f', '2024-03-06', '2024-01-02Z');
			ELSIF step = 8 THEN
				EXECUTE format('DELETE FROM silver.%1$I WHERE %2$I = ''f''', r.name, r.value);
			ELSE
				-- rows that are updated and stay as they are, the last written first
				FOR one IN EXECUTE format('SELECT written FROM silver.%I ORDER BY 1 DESC', r.name)
				LOOP
					EXECUTE format('UPDATE silver.%I SET source_system = source_system WHERE written = %s', r.name, one);
				END LOOP;
				-- of tickets, that have a history, also those that go and come again
				IF r.name = 'si_support_tickets' THEN
					FOR one IN SELECT s.written FROM silver.si_support_tickets AS s ORDER BY 1 DESC
					LOOP
						WITH gone AS (DELETE FROM silver.si_support_tickets AS s WHERE s.written = one RETURNING *)
						INSERT INTO silver.si_support_tickets SELECT * FROM gone;
					END LOOP;
				END IF;
			END IF;
		END LOOP;
		COMMIT;
		IF refreshes THEN
			CALL t.refresh();
			COMMIT;
			IF EXISTS (SELECT FROM t.wrong()) THEN
				RAISE WARNING 'step %: %', step, ARRAY(SELECT t.wrong());
			END IF;
		END IF;
	END LOOP;
	IF NOT refreshes THEN
		CALL t.refresh();
	END IF;
END
$$;
CALL t.start();
CALL t.play(true);
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'the last captured counts after every step');
SELECT t.healthy('and verify() knows it');
CALL t.refresh(true);
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'reading all of silver again changes nothing');
SELECT zoom_gold.invalidate(name) FROM t.relation \g /dev/null
CALL t.refresh();
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'nor does computing anew');
CALL t.start();
CALL t.play(false);
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'one refresh for all steps gives the same');
SELECT t.healthy('and verify() knows it again');

-- verify() does not take another row for the newest

UPDATE gold_state.tied_row SET place = -place;
SELECT ok((SELECT count(*) >= 6 FROM zoom_gold.verify() WHERE NOT passed AND check_name LIKE 'go_fact%'), 'verify() notices a wrong order');

CREATE PROCEDURE t.webinar_at_once(topic text) LANGUAGE plpgsql AS $$
DECLARE
	r t.relation;
BEGIN
	SELECT * INTO r FROM t.relation WHERE name = 'si_webinars';
	CALL t.write(r, 'w', topic, '2024-03-01', '2024-01-01Z');
END
$$;

-- rows that nothing captured come before captured ones, and stay in an order of their own

CALL t.start();
ALTER TABLE silver.si_webinars DISABLE TRIGGER ALL;
CALL t.webinar_at_once('x');
CALL t.webinar_at_once('y');
CALL t.refresh(true);
CREATE TABLE t.first AS SELECT webinar_topic FROM gold.go_fact_webinar_usage;
DELETE FROM silver.si_webinars;
CALL t.webinar_at_once('y');
CALL t.webinar_at_once('x');
CALL t.refresh(true);
SELECT t.equal('SELECT webinar_topic FROM gold.go_fact_webinar_usage', 'TABLE t.first', 'rows seen by a scan go by content');
CALL t.setup();
CALL t.refresh();
UPDATE silver.si_webinars SET registrants = 11, written = nextval('t.writing') WHERE webinar_topic <> (TABLE t.first);
CALL t.refresh();
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'a captured one goes before them');
SELECT t.healthy('all is well');

-- rows of a meeting tell what feature usage is called

CALL t.start();
CALL t.usage('f1', 'm2', 'Chat', '2024-03-01');
CALL t.meeting('m2', 'u1', '2024-03-01 10:00Z', 30, 'one');
CALL t.meeting('m2', 'u1', '2024-03-01 10:00Z', 30, 'two');
CALL t.meeting('m2', 'u1', '2024-03-01 10:00Z', 30, 'three');
CALL t.refresh();
SELECT t.same('SELECT meeting_topic FROM gold.go_fact_feature_usage', 'three', 'the topic is that of the last');
CALL t.usage('f2', 'm2', 'Chat', '2024-03-02');
CALL t.refresh();
SELECT t.same('SELECT DISTINCT meeting_topic FROM gold.go_fact_feature_usage', 'three', 'for what comes later, too');
UPDATE silver.si_meetings SET duration_minutes = 29 WHERE meeting_topic = 'two';
CALL t.refresh();
SELECT t.same('SELECT DISTINCT meeting_topic FROM gold.go_fact_feature_usage', 'two', 'an altered row is captured later');
SELECT t.healthy('all is well again');

-- participants: who is active

CALL t.start();
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
CALL t.participant('p', 'm', 'u1', '2024-02-01 10:00Z');
CALL t.participant('p', 'm', 'u2', '2024-02-01 10:00Z');
CALL t.user('u2', 'Bo');
CALL t.user('u3', 'Cy');
CALL t.participant('p', 'm', 'u3', '2024-02-01 10:00Z');
CALL t.participant('p', 'm', NULL, '2024-02-01 10:00Z');
CALL t.refresh();
SELECT t.same($$SELECT active_user_count FROM gold.go_agg_active_users WHERE period_type = 'Daily'$$, '1', 'the guest is the last');
UPDATE silver.si_participants SET leave_time = '2024-02-01 10:05Z' WHERE user_id = 'u3';
CALL t.refresh();
SELECT t.same($$SELECT active_user_count FROM gold.go_agg_active_users WHERE period_type = 'Daily'$$, '2', 'then it is another');

-- reloads, rolled back work, one statement

CALL t.start();
CREATE PROCEDURE t.reload(r t.relation) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE copy AS TABLE silver.%I', r.name);
	EXECUTE format('TRUNCATE silver.%I', r.name);
	-- what is kept of tickets, as of users, equals what comes back
	IF r.name <> 'si_support_tickets' THEN
		ALTER TABLE copy DROP written;
	END IF;
	EXECUTE format('INSERT INTO silver.%I SELECT * FROM copy ORDER BY %I DESC', r.name, r.value);
	DROP TABLE copy;
END
$$;
CREATE PROCEDURE t.reload_all(refreshes boolean) LANGUAGE plpgsql AS $$
DECLARE
	r t.relation;
BEGIN
	FOR r IN TABLE t.relation
	LOOP
		-- one statement
		EXECUTE format('INSERT INTO silver.%1$I VALUES (''k'', ' || r.row || ', %5$L, NULL, ''X''), (''l'', ' || r.row || ', %5$L, NULL, ''X'')',
					   r.name, NULL, 'a', '2024-03-01', '2024-01-01Z');
		CALL t.write(r, 'k', 'b', '2024-03-01', '2024-01-01Z');
		CALL t.write(r, 'l', 'c', '2024-03-02', '2024-01-01Z');
		BEGIN
			CALL t.write(r, 'k', 'd', '2024-03-03', '2024-01-01Z');
			RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN
			CALL t.write(r, 'k', '0', '2024-03-04', '2024-01-01Z');
		END;
		CALL t.write(r, 'k', 'e', '2024-03-04', '2024-01-01Z');
		COMMIT;
		IF refreshes THEN
			CALL t.refresh();
		END IF;
		CALL t.reload(r);
		COMMIT;
		IF refreshes THEN
			CALL t.refresh();
		END IF;
	END LOOP;
	CALL t.refresh();
END
$$;
CALL t.reload_all(true);
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'a reload writes all rows anew, of which no versions are kept');
SELECT t.healthy('all is well after reloads');
CALL t.start();
CALL t.reload_all(false);
SELECT t.same('SELECT t.wrong()', '{}'::text[], 'so it does in one batch');

-- at random

CREATE PROCEDURE t.stream(seed float8, batches float8) LANGUAGE plpgsql AS $$
DECLARE
	r t.relation;
	key text;
	other text;
	at timestamptz;
BEGIN
	PERFORM setseed(seed);
	FOR i IN 1 .. 60
	LOOP
		SELECT * INTO r FROM t.relation ORDER BY random() LIMIT 1;
		key := 'k' || floor(random() * 3);
		at := timestamptz '2024-01-01Z' + floor(random() * 2) * interval '1 day';
		CASE floor(random() * 5)
		WHEN 0 THEN
			EXECUTE format('UPDATE silver.%1$I SET written = nextval(''t.writing''), source_system = %2$L WHERE ctid ='
						   ' (SELECT ctid FROM silver.%1$I WHERE %3$I <> ''m'' ORDER BY random() LIMIT 1)', r.name, i, r.key);
		WHEN 1 THEN
			EXECUTE format('DELETE FROM silver.%1$I WHERE ctid = (SELECT ctid FROM silver.%1$I WHERE %2$I <> ''m'' ORDER BY random() LIMIT 1)',
						   r.name, r.key);
		ELSE
			CALL t.write(r, key, 'v' || floor(random() * 6), '2024-03-0' || 1 + floor(random() * 3), at);
		END CASE;
		IF random() < 0.5 THEN
			COMMIT;
			IF random() < batches THEN
				CALL t.refresh(random() < 0.1);
				COMMIT;
				IF EXISTS (SELECT FROM t.wrong()) THEN
					RAISE WARNING 'seed %, operation %: %', seed, i, ARRAY(SELECT t.wrong());
				END IF;
			END IF;
		END IF;
	END LOOP;
	COMMIT;
	CALL t.refresh();
END
$$;
CREATE TABLE t.outcome (batches float8, line text);
CREATE PROCEDURE t.streams(batches float8) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 2
	LOOP
		CALL t.start();
		COMMIT;
		CALL t.stream(i / 10.0, batches);
		INSERT INTO t.outcome SELECT batches, i || ' ' || w FROM t.wrong() AS w;
		INSERT INTO t.outcome SELECT batches, i || ' verify ' || check_name || details FROM zoom_gold.verify() WHERE NOT passed;
	END LOOP;
END
$$;
CALL t.streams(0.3);
SELECT t.same('TABLE t.outcome', '{}'::text[], 'random streams with a refresh every now and then');
CALL t.streams(0);
SELECT t.same('TABLE t.outcome', '{}'::text[], 'and with one at the end');

-- a meeting spelled in two ways: usage has the topic of the row that counts,
-- whichever of the two had to be looked up for it
CALL t.start();
CREATE PROCEDURE t.spelled(spelling text, topic text) LANGUAGE plpgsql AS $$
BEGIN
	CALL t.meeting(spelling, 'u1', '2024-02-02 10:00Z', topic => spelled.topic);
END
$$;
CALL t.spelled('s1 ', 'Old'); CALL t.spelled('s1', 'New');
CALL t.spelled('s2', 'Old'); CALL t.spelled('s2 ', 'New');
CALL t.usage('s1', 's1', 'Chat', '2024-02-02');
CALL t.usage('s2', 's2', 'Chat', '2024-02-02');
CALL t.refresh();
SELECT t.same($$SELECT meeting_topic FROM gold.go_fact_meeting_usage WHERE meeting_topic <> 'Sync'
	UNION ALL SELECT meeting_topic FROM gold.go_fact_feature_usage$$, '{New,New,New,New}'::text[], 'the last written row counts, however it is spelled');
SELECT t.healthy('and verify() agrees');

-- meetings read for what refers to them, with a tie and a row without a key
CALL t.start();
CALL t.spelled('s1', 'Old'); CALL t.spelled('s1', 'New'); CALL t.spelled(NULL, 'None');
CALL t.participant('p1', 's1', 'u1', '2024-02-02 10:00Z'); CALL t.participant('p1', 's1', 'u1', '2024-02-02 10:01Z');
CALL t.refresh();
CALL t.refresh(true);
SELECT t.healthy('a row without a key takes no part in ties');
SELECT * FROM finish();
