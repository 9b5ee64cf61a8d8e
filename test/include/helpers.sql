-- Helpers of the tests, in schema "t".  Procedures print nothing.
CREATE SCHEMA t;

------------------------------------------------------------------------------
-- Running
------------------------------------------------------------------------------

-- "Now", for capture, refresh and logs alike.
CREATE PROCEDURE t.clock(at text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('zoom_gold.clock', at, false);
END
$$;

-- Put partitioned tables in the place of the facts, which are empty: the months
-- of 2024, and what is before and after.
CREATE PROCEDURE t.partition_facts() LANGUAGE plpgsql AS $$
DECLARE
	fact record;
BEGIN
	CALL t.drop_views();
	FOR fact IN
		SELECT DISTINCT ON (c.table_name) c.table_name AS name, c.column_name AS event,
			CASE c.data_type WHEN 'date' THEN '' ELSE ' 00:00+00' END AS midnight
		FROM zoom_gold.gold_model() c
		WHERE c.table_name LIKE 'go\_fact\_%' AND c.column_name IN ('start_time', 'usage_date', 'open_date', 'event_date', 'start_date')
		ORDER BY c.table_name, c.position
	LOOP
		EXECUTE format('ALTER TABLE gold.%I RENAME TO plain', fact.name);
		EXECUTE format('CREATE TABLE gold.%I (LIKE gold.plain INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (%I)', fact.name, fact.event);
		DROP TABLE gold.plain;
		EXECUTE format('CREATE TABLE gold.%I PARTITION OF gold.%I FOR VALUES FROM (MINVALUE) TO (%L)',
			fact.name || '_before', fact.name, '2024-01-01' || fact.midnight);
		FOR month IN 1 .. 12 LOOP
			EXECUTE format('CREATE TABLE gold.%I PARTITION OF gold.%I FOR VALUES FROM (%L) TO (%L)',
				fact.name || '_' || month, fact.name, to_char(make_date(2024, month, 1), 'YYYY-MM-DD') || fact.midnight,
				to_char(make_date(2024, month, 1) + interval '1 month', 'YYYY-MM-DD') || fact.midnight);
		END LOOP;
		EXECUTE format('CREATE TABLE gold.%I PARTITION OF gold.%I FOR VALUES FROM (%L) TO (MAXVALUE)',
			fact.name || '_after', fact.name, '2025-01-01' || fact.midnight);
	END LOOP;
END
$$;

-- Make the tables; what setup() says is tested in setup.sql.  With the setting
-- t.partitioned, for instance by PGOPTIONS, the facts are partitioned.
CREATE PROCEDURE t.setup(silver name DEFAULT 'silver') LANGUAGE plpgsql AS $$
DECLARE
	is_new boolean := to_regclass('gold.go_fact_billing') IS NULL;
BEGIN
	PERFORM * FROM zoom_gold.setup(silver);
	IF is_new AND coalesce(current_setting('t.partitioned', true), '') = 'on' THEN
		CALL t.partition_facts();
		PERFORM * FROM zoom_gold.setup(silver);
	END IF;
END
$$;

-- Silver as views over tables of the schema raw; both schemas are there.
CREATE PROCEDURE t.create_views() LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'silver' LOOP
		EXECUTE format('CREATE TABLE raw.%I (%s)', name, (SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY position)
			FROM zoom_gold.silver_contract() WHERE table_name = name));
		EXECUTE format('CREATE VIEW silver.%I AS SELECT * FROM raw.%1$I', name);
	END LOOP;
END
$$;

-- One refresh; a step that fails shows in the output and fails the test.
CREATE PROCEDURE t.refresh(full_refresh boolean DEFAULT false,
						   targets text[] DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	FOR step IN SELECT * FROM zoom_gold.refresh(full_refresh, targets)
	LOOP
		IF step.status = 'Failure' THEN
			RAISE WARNING 'step % failed: %', step.process_name, step.details;
		END IF;
	END LOOP;
END
$$;

-- Set the clock, then refresh.
CREATE PROCEDURE t.refresh_at(at text) LANGUAGE plpgsql AS $$
BEGIN
	CALL t.clock(at);
	CALL t.refresh();
END
$$;

-- Roles are the server's: those of one test, by what their names begin with.
CREATE PROCEDURE t.drop_roles(prefix text) LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT rolname FROM pg_roles WHERE starts_with(rolname, prefix) LOOP
		EXECUTE format('DROP OWNED BY %1$I CASCADE; DROP ROLE %1$I', name);
	END LOOP;
END
$$;

-- Views for readers hold the types of what they show.
CREATE PROCEDURE t.drop_views() LANGUAGE plpgsql AS $$
BEGIN
	DROP SCHEMA IF EXISTS gold_masked, gold_bi, gold_bi_masked CASCADE;
END
$$;

-- Rows of every relation, one of each 31 hours after another, those of the numbers
-- given; a user without a name with each.
CREATE PROCEDURE t.fill_days(first integer, last integer, begins timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz;
BEGIN
	FOR n IN first .. last LOOP
		at := begins + n * interval '31 hours';
		CALL t.user('u' || n, 'User ' || n, at, email => 'u' || n || '@x.example');
		CALL t.meeting('m' || n, 'u' || n, at, n + 17, 'Topic ' || n);
		CALL t.participant('p' || n, 'm' || n, 'u' || n, at);
		CALL t.usage('f' || n, 'm' || n, 'Feature ' || n % 3, at::date);
		CALL t.webinar('w' || n, 'u' || n, at, at + interval '1 hour', n, 'Webinar ' || n);
		CALL t.ticket('t' || n, 'u' || n, 'Kind ' || n % 2, 'Open', at::date, at);
		CALL t.ticket_status('t' || n, 'Resolved', at + interval '100 minutes');
		CALL t.license('l' || n, 'Pro', 'u' || n, at::date);
		CALL t.billing('b' || n, 'u' || n, 'Subscription Fee', 12.34 + n, at::date);
		CALL t.user('bad' || n, NULL, at);
	END LOOP;
END
$$;

-- Give every column of gold the type that the map has for the model's, else the
-- model's own; views over them and an index over a condition are not kept.
CREATE PROCEDURE t.retype(types jsonb) LANGUAGE plpgsql SET TimeZone = 'UTC' AS $$
DECLARE
	command text;
BEGIN
	CALL t.drop_views();
	DROP INDEX IF EXISTS gold.go_error_audit_log_open_without_key;
	FOR command IN
		SELECT format('ALTER TABLE gold.%I %s', m.table_name, string_agg(format('ALTER COLUMN %I TYPE %s', m.column_name,
			coalesce(types ->> m.data_type, m.data_type)), ', '))
		FROM zoom_gold.gold_model() m GROUP BY m.table_name ORDER BY m.table_name
	LOOP
		EXECUTE command;
	END LOOP;
END
$$;

------------------------------------------------------------------------------
-- Looking
------------------------------------------------------------------------------

-- The rows of a query, columns joined by "|", NULL as "-", instants in UTC
-- without needless seconds, sorted bytewise.
CREATE FUNCTION t.rows(query text) RETURNS text[]
LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	result text[];
BEGIN
	EXECUTE format($q$
		SELECT coalesce(array_agg(line ORDER BY line COLLATE "C"), '{}')
		FROM (SELECT (SELECT string_agg(
							coalesce(regexp_replace(regexp_replace(value,
								'^(\d{4,}-\d\d-\d\d)T(.*)\+00:00( BC)?$', '\1 \2\3'),
								'^(\d{4,}-\d\d-\d\d \d\d:\d\d):00( BC)?$', '\1\2'), '-'),
							'|' ORDER BY position)
					  FROM json_each_text(row_to_json(query_row_))
						   WITH ORDINALITY AS c(name, value, position)) AS line
			  FROM (%s) AS query_row_) AS l$q$, query)
	INTO result;
	RETURN result;
END
$$;

-- The query's rows are these, as a multiset; a NULL or no line means none.
CREATE FUNCTION t.same(query text, want text[], description text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	have text[] := t.rows(query);
	wanted text[];
	differences text[];
BEGIN
	SELECT coalesce(array_agg(w ORDER BY w COLLATE "C"), '{}') INTO wanted
	FROM unnest(want) AS w;
	IF have = wanted THEN
		RETURN ok(true, description);
	END IF;
	SELECT array_agg(line) INTO differences FROM (
		(SELECT '+ ' || h AS line FROM (SELECT unnest(have) EXCEPT ALL SELECT unnest(wanted)) AS d(h) ORDER BY 1 LIMIT 10)
		UNION ALL
		(SELECT '- ' || w FROM (SELECT unnest(wanted) EXCEPT ALL SELECT unnest(have)) AS d(w) ORDER BY 1 LIMIT 10)) AS l;
	RETURN ok(false, description)
		|| E'\n' || diag(format(E'%s rows for %s; too many (+), missing (-):\n%s', cardinality(have),
							   cardinality(wanted), array_to_string(differences, E'\n')));
END
$$;

-- One line only.
CREATE FUNCTION t.same(query text, want text, description text) RETURNS text
LANGUAGE sql AS $$
	SELECT t.same(query, ARRAY[want], description)
$$;

-- Two queries give the same multiset of rows.
CREATE FUNCTION t.equal(query text, other text, description text) RETURNS text
LANGUAGE sql AS $$
	SELECT t.same(query, t.rows(other), description)
$$;

-- Open errors: "relation key rule severity" ("-" where there is no key).
CREATE FUNCTION t.errors() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT concat_ws(' ', regexp_replace(l.source_table, '^.*\.', ''),
					 coalesce(i.info ->> 'key', '-'), i.info ->> 'rule', i.info ->> 'severity')
	FROM gold.go_error_audit_log AS l,
		 LATERAL (SELECT l.process_audit_info::jsonb AS info) AS i
	WHERE l.status <> 'Resolved';
END
$$;

-- The open errors are these.
CREATE FUNCTION t.errors_are(want text[], description text) RETURNS text
LANGUAGE sql AS $$
	SELECT t.same('SELECT t.errors()', want, description)
$$;

-- What a command says when it fails; no row when it does not.
CREATE FUNCTION t.failure(command text) RETURNS TABLE (state text, message text, hint text, context text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT,
		context = PG_EXCEPTION_CONTEXT;
	RETURN NEXT;
END
$$;

-- What ought to hold of go_dim_user after every refresh, as TPC-DI audits it,
-- and verify() on top.
CREATE FUNCTION t.healthy(description text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	r record;
BEGIN
	IF EXISTS (SELECT FROM gold.go_dim_user WHERE valid_from >= valid_to) THEN
		wrong := wrong || 'empty version'::text;
	END IF;
	IF EXISTS (SELECT FROM gold.go_dim_user a JOIN gold.go_dim_user b
			   ON a.user_name = b.user_name AND a.ctid < b.ctid
			   AND a.valid_from < b.valid_to AND b.valid_from < a.valid_to) THEN
		wrong := wrong || 'overlapping versions'::text;
	END IF;
	IF EXISTS (SELECT FROM gold.go_dim_user
			   WHERE is_current <> (valid_to = '9999-12-31 00:00:00+00')) THEN
		wrong := wrong || 'is_current contradicts valid_to'::text;
	END IF;
	IF EXISTS (SELECT FROM gold.go_dim_user WHERE is_current
			   GROUP BY user_name HAVING count(*) > 1) THEN
		wrong := wrong || 'two current versions'::text;
	END IF;
	FOR r IN SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed
	LOOP
		wrong := wrong || format('verify: %s: %s', r.check_name, r.details);
	END LOOP;
	RETURN t.same(format('SELECT unnest(%L::text[])', wrong), '{}'::text[], description);
END
$$;

-- Every row of gold with its place, but for the logs of runs: what a refresh
-- must not touch.
CREATE FUNCTION t.places() RETURNS SETOF text
LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT relname FROM pg_class
				WHERE relnamespace = 'gold'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
				  AND relname <> 'go_process_audit_log'
	LOOP
		RETURN QUERY EXECUTE format(
			'SELECT concat_ws('' '', %L, ctid, xmin, g) FROM gold.%I AS g', name, name);
	END LOOP;
END
$$;

-- Rows of a table.
CREATE FUNCTION t.row_count(relation text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE 'SELECT count(*) FROM ' || relation INTO result;
	RETURN result;
END
$$;

-- Rows per gold table, empty ones left out.
CREATE FUNCTION t.sizes() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	name text;
	rows bigint;
BEGIN
	FOR name IN SELECT relname FROM pg_class
				WHERE relnamespace = 'gold'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
				  AND relname NOT LIKE '%audit\_log'
	LOOP
		EXECUTE format('SELECT count(*) FROM gold.%I', name) INTO rows;
		IF rows > 0 THEN
			RETURN NEXT name || ' ' || rows;
		END IF;
	END LOOP;
END
$$;

------------------------------------------------------------------------------
-- Filling silver
------------------------------------------------------------------------------

CREATE PROCEDURE t.user(id text, name text, at timestamptz DEFAULT '2024-01-01 09:00Z',
						email text DEFAULT 'ana@x.example', company text DEFAULT 'Acme',
						plan text DEFAULT 'Free') LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_users (user_id, user_name, email, company, plan_type,
								 load_timestamp, update_timestamp, source_system)
	VALUES (id, name, email, company, plan, at, at, 'ZOOM');
END
$$;

-- A user's row replaced by one with a later timestamp; NULL keeps a value.
CREATE PROCEDURE t.change_user(id text, at timestamptz, name text DEFAULT NULL,
							   email text DEFAULT NULL, company text DEFAULT NULL,
							   plan text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	UPDATE silver.si_users s
	SET user_name = coalesce(change_user.name, s.user_name),
		email = coalesce(change_user.email, s.email),
		company = coalesce(change_user.company, s.company),
		plan_type = coalesce(change_user.plan, s.plan_type),
		update_timestamp = change_user.at
	WHERE s.user_id = change_user.id;
END
$$;

CREATE PROCEDURE t.meeting(id text, host text, start timestamptz,
						   minutes integer DEFAULT 30, topic text DEFAULT 'Sync',
						   source text DEFAULT 'ZOOM') LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time,
									duration_minutes, load_timestamp, update_timestamp,
									source_system)
	-- with negative minutes the end lies before the start
	VALUES (id, host, topic, start, start + minutes * interval '1 minute',
			CASE WHEN minutes >= 0 THEN minutes END,
			start, start, source);
END
$$;

CREATE PROCEDURE t.participant(id text, meeting text, usr text, joined timestamptz,
							   gone timestamptz DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_participants (participant_id, meeting_id, user_id, join_time,
										leave_time, load_timestamp, update_timestamp,
										source_system)
	VALUES (id, meeting, usr, joined, gone, joined, joined, 'ZOOM');
END
$$;

CREATE PROCEDURE t.usage(id text, meeting text, feature text, day date,
						 times integer DEFAULT 1, source text DEFAULT 'ZOOM')
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_feature_usage (usage_id, meeting_id, feature_name, usage_count,
										 usage_date, load_timestamp, update_timestamp,
										 source_system)
	VALUES (id, meeting, feature, times, day, day::timestamp AT TIME ZONE 'UTC',
			day::timestamp AT TIME ZONE 'UTC', source);
END
$$;

CREATE PROCEDURE t.webinar(id text, host text, start timestamptz, finish timestamptz,
						   registrants integer DEFAULT 10, topic text DEFAULT 'Launch')
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_webinars (webinar_id, host_id, webinar_topic, start_time, end_time,
									registrants, load_timestamp, update_timestamp,
									source_system)
	VALUES (id, host, topic, start, finish, registrants, coalesce(start, finish), NULL, 'ZOOM');
END
$$;

CREATE PROCEDURE t.ticket(id text, usr text, kind text, status text, day date,
						  at timestamptz DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type,
										   resolution_status, open_date, load_timestamp,
										   update_timestamp, source_system)
	VALUES (id, usr, kind, status, day,
			coalesce(at, day::timestamp AT TIME ZONE 'UTC'),
			coalesce(at, day::timestamp AT TIME ZONE 'UTC'), 'DESK');
END
$$;

CREATE PROCEDURE t.ticket_status(id text, status text, at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE silver.si_support_tickets s
	SET resolution_status = ticket_status.status, update_timestamp = ticket_status.at
	WHERE s.ticket_id = ticket_status.id;
END
$$;

CREATE PROCEDURE t.license(id text, kind text, usr text, start date,
						   finish date DEFAULT NULL, source text DEFAULT 'ZOOM')
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_licenses (license_id, license_type, assigned_to_user_id,
									start_date, end_date, load_timestamp, update_timestamp,
									source_system)
	VALUES (id, kind, usr, start, finish, '2024-01-01 00:00Z', '2024-01-01 00:00Z', source);
END
$$;

CREATE PROCEDURE t.billing(id text, usr text, kind text, amount numeric, day date,
						   source text DEFAULT 'BILL') LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_billing_events (event_id, user_id, event_type, amount, event_date,
										  load_timestamp, update_timestamp, source_system)
	VALUES (id, usr, kind, billing.amount, day, coalesce(day, '2024-01-01')::timestamp AT TIME ZONE 'UTC',
			NULL, source);
END
$$;
