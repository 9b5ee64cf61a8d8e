\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- One stream of changes, behind views read by watermark and on tables with
-- triggers: gold is the same after every refresh.
CREATE SCHEMA raw;

-- The stream: rows that come late, out of order, move between days, change
-- their host or topic, are invalid for a while, up to an hour behind; keys with
-- several rows, untidy ones and none.  What
-- only a comparison in full sees comes last: deletions, silent changes.
CREATE TABLE t.change (batch integer, n integer, statement text);
CREATE FUNCTION t.clock_of(batch integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
	SELECT timestamptz '2024-03-01 00:00Z' + batch * interval '1 hour'
$$;
CREATE FUNCTION t.pick(texts text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT texts[1 + floor(random() * cardinality(texts))::integer]
$$;
CREATE FUNCTION t.up_to(n integer) RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT 1 + floor(random() * n)::integer $$;

CREATE PROCEDURE t.draw(batch integer, size integer) LANGUAGE plpgsql AS $$
DECLARE
	shape record;
	at timestamptz;
	day date;
	key integer;
	said text;
BEGIN
	FOR n IN 1 .. size LOOP
		at := t.clock_of(batch) - random() * interval '115 minutes' + (batch * 1000 + n) * interval '1 us';
		day := date '2024-02-01' + t.up_to(28);
		SELECT * INTO shape FROM (VALUES
			('si_users', 'user_id', 'u', 40, 'user_name, email, company, plan_type', format('%L, %L, %L, %L',
				'Name ' || t.up_to(30), t.pick('{ana@x.example,bo@x.example,nonsense}'), t.pick('{Acme,Bravo}'), t.pick('{Free,pro,Odd}'))),
			('si_meetings', 'meeting_id', 'm', 60, 'host_id, meeting_topic, start_time, duration_minutes', format('%L, %L, %L, %L',
				'u' || t.up_to(45), 'Topic ' || t.up_to(5), day + time '10:00', t.up_to(60) - 3)),
			('si_participants', 'participant_id', 'p', 60, 'meeting_id, user_id, join_time', format('%L, %L, %L',
				'm' || t.up_to(65), 'u' || t.up_to(45), day + time '10:05')),
			('si_feature_usage', 'usage_id', 'f', 80, 'meeting_id, feature_name, usage_count, usage_date', format('%L, %L, %L, %L',
				'm' || t.up_to(65), t.pick('{Chat,Polls}'), t.up_to(5) - 2, day)),
			('si_webinars', 'webinar_id', 'w', 20, 'host_id, webinar_topic, start_time, registrants', format('%L, %L, %L, %L',
				'u' || t.up_to(45), 'Web ' || t.up_to(5), day + time '12:00', t.up_to(60) - 3)),
			('si_support_tickets', 'ticket_id', 't', 40, 'user_id, ticket_type, resolution_status, open_date', format('%L, %L, %L, %L',
				'u' || t.up_to(45), t.pick('{Audio,Video}'), t.pick('{Open,Resolved,Closed}'), day)),
			('si_licenses', 'license_id', 'l', 30, 'license_type, assigned_to_user_id, start_date, end_date', format('%L, %L, %L, %L',
				t.pick('{Pro,Basic}'), 'u' || t.up_to(45), day, day + t.up_to(40) - 2)),
			('si_billing_events', 'event_id', 'b', 40, 'user_id, event_type, amount, event_date', format('%L, %L, %L, %L',
				'u' || t.up_to(45), t.pick('{Subscription Fee,Refund,Gift}'), t.up_to(9000) / 100.0 - 2, day))
			) AS s (relation, key, letter, keys, columns, "values") ORDER BY random() LIMIT 1;
		-- of users and tickets, whose past counts, a key changes once per refresh
		key := CASE WHEN shape.letter IN ('u', 't') THEN 1 + n % shape.keys ELSE t.up_to(shape.keys) END;
		CONTINUE WHEN shape.letter IN ('u', 't') AND n > shape.keys;
		said := CASE
			WHEN batch = 9 AND random() < 0.5 THEN 'DELETE FROM raw.%1$I WHERE %2$I = %3$L'
			-- without a timestamp
			WHEN batch = 9 AND shape.letter NOT IN ('u', 't') THEN 'UPDATE raw.%1$I SET (%4$s) = ROW (%5$s) WHERE %2$I = %3$L'
			-- all rows of a key in place, or the first one
			WHEN random() < 0.85 THEN 'UPDATE raw.%1$I SET (%4$s, update_timestamp, source_system) = ROW (%5$s, %6$L, %7$L) WHERE %2$I = %3$L; '
				'INSERT INTO raw.%1$I (%2$I, %4$s, load_timestamp) SELECT %3$L, %5$s, %6$L '
				'WHERE NOT EXISTS (SELECT FROM raw.%1$I WHERE %2$I = %3$L)'
			-- one more version
			ELSE 'INSERT INTO raw.%1$I (%2$I, %4$s, load_timestamp, source_system) VALUES (%3$L, %5$s, %6$L, %7$L)' END;
		said := format(said, shape.relation, shape.key, CASE WHEN random() < 0.7 OR said LIKE 'UPDATE%' THEN shape.letter || key WHEN random() < 0.7 THEN ' ' || shape.letter || key END,
			shape.columns, shape.values, at, t.pick('{A,B}'));
		INSERT INTO t.change VALUES (batch, n, said);
	END LOOP;
END
$$;
SELECT setseed(0.5) \g /dev/null
CALL t.draw(0, 400);
CALL t.draw(1, 60);
CALL t.draw(2, 10);
CALL t.draw(3, 60);
CALL t.draw(4, 3);
CALL t.draw(5, 100);
CALL t.draw(6, 20);
CALL t.draw(7, 20);
CALL t.draw(8, 60);
CALL t.draw(9, 60);

-- Gold as lines of text, without the days of loading.
CREATE FUNCTION t.gold() RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
	columns text;
BEGIN
	FOR name, columns IN
		SELECT c.relname, string_agg('g.' || quote_ident(a.attname), ', ' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attname NOT IN ('load_date', 'update_date')
		WHERE c.relnamespace = 'gold'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '%audit\_log' GROUP BY 1
	LOOP
		RETURN QUERY EXECUTE format('SELECT %L || ROW(%s)::text FROM gold.%I AS g', name, columns, name);
	END LOOP;
	-- what a row has overwritten between two refreshes triggers alone can tell
	RETURN QUERY SELECT 'error ' || e FROM t.errors() AS e WHERE e NOT LIKE '%key_reused%';
END
$$;

-- Play it, with a refresh after every batch; keep what gold was and, behind
-- views, what plan() and verify() had to say.
CREATE TABLE t.seen (how text, batch integer, line text);
CREATE TABLE t.complaint (how text, batch integer, what text);
CREATE PROCEDURE t.play(how text) LANGUAGE plpgsql AS $$
DECLARE
	change t.change;
BEGIN
	FOR this IN 0 .. 9 LOOP
		PERFORM set_config('zoom_gold.clock', to_json(t.clock_of(CASE WHEN this = 9 THEN 40 ELSE this END)) #>> '{}', false);
		FOR change IN SELECT * FROM t.change c WHERE c.batch = this ORDER BY c.n LOOP
			EXECUTE change.statement;
			COMMIT;
		END LOOP;
		CREATE TEMP TABLE planned (process_name text, inserts bigint, updates bigint, deletes bigint, rejects bigint);
		IF how = 'view' THEN
			INSERT INTO planned SELECT process_name, inserts, updates, deletes, rejects FROM zoom_gold.plan() WHERE process_name <> 'refresh';
		END IF;
		CREATE TEMP TABLE done AS SELECT process_name, status, record_count, (details ->> 'inserted')::bigint AS inserts, (details ->> 'updated')::bigint AS updates,
			(details ->> 'deleted')::bigint AS deletes, (details ->> 'rejected')::bigint AS rejects FROM zoom_gold.refresh() WHERE process_name <> 'refresh';
		INSERT INTO t.complaint SELECT how, this, 'failed: ' || process_name FROM done WHERE status = 'Failure'
			UNION ALL SELECT how, this, 'not as planned: ' || p FROM (TABLE planned EXCEPT SELECT process_name, inserts, updates, deletes, rejects FROM done) AS p
			UNION ALL SELECT how, this, 'compared in full: ' || relation FROM gold_state.relation_state WHERE this < 9 AND compared_at > t.clock_of(0)
			UNION ALL SELECT how, this, check_name || ': ' || details FROM zoom_gold.verify() WHERE NOT passed AND how = 'view';
		INSERT INTO t.seen SELECT how, this, line FROM t.gold() AS line;
		DROP TABLE planned, done;
		COMMIT;
	END LOOP;
END
$$;

-- behind views
CREATE SCHEMA silver;
CALL t.create_views();
CALL t.setup();
SELECT t.same('SELECT DISTINCT capture FROM zoom_gold.status', 'watermark', 'views are read by watermark');
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CALL t.play('view');

-- on tables
DROP SCHEMA silver, gold, gold_state CASCADE;
DO $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'silver' LOOP
		EXECUTE format('TRUNCATE raw.%I', name);
	END LOOP;
END
$$;
SELECT count(*) FROM zoom_gold.setup('raw') \g /dev/null
SELECT t.same('SELECT DISTINCT capture FROM zoom_gold.status', ARRAY['trigger, scan'], 'tables by triggers');
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
CALL t.play('table');

SELECT t.same('TABLE t.complaint', '{}'::text[], 'each refresh did what was planned, without comparing in full, and verify() passes after it');
SELECT t.same('SELECT batch, line FROM t.seen WHERE how = ''view'' EXCEPT ALL SELECT batch, line FROM t.seen WHERE how = ''table''', '{}'::text[],
	'behind views gold has nothing that it has not on tables, after any refresh');
SELECT t.same('SELECT batch, line FROM t.seen WHERE how = ''table'' EXCEPT ALL SELECT batch, line FROM t.seen WHERE how = ''view''', '{}'::text[],
	'nor the other way round');
SELECT t.same('SELECT count(*) > 3000, count(DISTINCT left(line, 20)) > 20 FROM t.seen', 'true|true', 'and that is not little');
SELECT * FROM finish();
