-- Absurd arguments for every function, damaged bytes for every stored set;
-- see test/fuzz/run.  Everything is drawn from the seed and the number of the
-- try alone, so that each try can be repeated.
CREATE SCHEMA fuzz;
SET search_path = fuzz, pg_catalog;

------------------------------------------------------------------------------
-- A small silver with sets of every kind
------------------------------------------------------------------------------

-- Days with a few hosts, with some (array container), with a run of
-- neighbours and with every other one (bitset); "users" hosts in all.
CREATE PROCEDURE fuzz.fill(users integer) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_users (user_id, user_name, email, plan_type, load_timestamp)
	SELECT 'u' || n, 'Name ' || n, 'u' || n || '@x.example', 'Pro', '2024-01-01Z'
	FROM generate_series(1, least(users, 2000)) AS n;
	-- the first day numbers all users in order
	INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, duration_minutes, load_timestamp)
	SELECT format('m%s.%s', d, n), 'u' || n, 'Topic', timestamptz '2024-01-01 10:00Z' + d * interval '3 days', 30, '2024-01-01Z'
	FROM generate_series(0, 7) AS d, generate_series(1, users) AS n
	WHERE CASE d WHEN 0 THEN true
				 WHEN 1 THEN n % 2 = 0
				 WHEN 2 THEN n BETWEEN 100 AND 5200
				 WHEN 3 THEN n % 97 = 0
				 WHEN 4 THEN n % 1009 < 2
				 ELSE n % 2503 = d END
	ORDER BY d, n;
	INSERT INTO silver.si_feature_usage (usage_id, meeting_id, feature_name, usage_count, usage_date, load_timestamp)
	SELECT 'f' || meeting_id, meeting_id, 'Feature ' || length(host_id), 1, '2024-01-05', '2024-01-01Z'
	FROM silver.si_meetings WHERE start_time >= '2024-01-10';
	INSERT INTO silver.si_participants (participant_id, meeting_id, user_id, join_time, load_timestamp)
	SELECT 'p' || meeting_id, meeting_id, 'u7', start_time, '2024-01-01Z'
	FROM silver.si_meetings WHERE start_time >= '2024-01-13';
	INSERT INTO silver.si_licenses (license_id, license_type, assigned_to_user_id, start_date, end_date, load_timestamp)
	SELECT 'l' || n, 'Pro', 'u' || n, date '2024-01-01' + n % 5, CASE WHEN n % 3 = 0 THEN date '2024-02-01' END, '2024-01-01Z'
	FROM generate_series(1, 40) AS n;
	INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date, load_timestamp)
	SELECT 't' || n, 'u' || n, 'Type', 'Resolved', date '2024-01-01' + n % 3, '2024-01-05Z'
	FROM generate_series(1, 40) AS n;
	INSERT INTO silver.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp)
	SELECT 'b' || n, 'u' || n, 'Subscription Fee', n, date '2024-01-01' + n % 3, '2024-01-01Z'
	FROM generate_series(1, 40) AS n;
END
$$;

-- Without a unique index on the keys these are captured, too.
CREATE PROCEDURE fuzz.drop_keys() LANGUAGE plpgsql AS $$
DECLARE
	index record;
BEGIN
	FOR index IN SELECT c.oid::regclass AS name, k.oid IS NOT NULL AS is_key, i.indrelid::regclass AS relation, k.conname
				 FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
					  LEFT JOIN pg_constraint AS k ON k.conindid = c.oid
				 WHERE c.relnamespace = 'silver'::regnamespace AND i.indisunique
	LOOP
		EXECUTE CASE WHEN index.is_key THEN format('ALTER TABLE %s DROP CONSTRAINT %I', index.relation, index.conname)
					 ELSE format('DROP INDEX %s', index.name) END;
	END LOOP;
	PERFORM * FROM zoom_gold.setup();
	PERFORM * FROM zoom_gold.refresh();
END
$$;

-- Changes of every relation, for the next refresh.
CREATE PROCEDURE fuzz.change() LANGUAGE plpgsql AS $$
BEGIN
	UPDATE silver.si_users SET user_name = user_name || '*', update_timestamp = '2024-02-01Z' WHERE user_id ~ '^u\d?7$';
	UPDATE silver.si_meetings SET host_id = 'u3' WHERE start_time >= '2024-01-10' AND host_id ~ '7$';
	DELETE FROM silver.si_meetings WHERE start_time >= '2024-01-16' AND host_id ~ '5$';
	UPDATE silver.si_feature_usage SET usage_count = 2 WHERE usage_id ~ '7$';
	UPDATE silver.si_licenses SET end_date = '2024-03-01' WHERE license_id ~ '2$';
	UPDATE silver.si_billing_events SET amount = amount + 1 WHERE event_id ~ '3$';
	UPDATE silver.si_support_tickets SET user_id = 'u3', update_timestamp = '2024-02-01Z' WHERE ticket_id ~ '3$';
END
$$;

------------------------------------------------------------------------------
-- Drawing
------------------------------------------------------------------------------

-- What follows is drawn from this: a seed and the number of a try.
CREATE PROCEDURE fuzz.begin(seed integer, try integer) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(2 * (('x' || left(md5(seed || '.' || try), 8))::bit(32)::bigint & 2147483647) / 2147483648.0 - 1);
END
$$;

CREATE FUNCTION fuzz.below(n bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
	SELECT floor(random() * n)::bigint
$$;

CREATE FUNCTION fuzz.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT choices[1 + fuzz.below(cardinality(choices))]
$$;

-- A literal of a type, as likely NULL or absurd as sensible.
CREATE FUNCTION fuzz.literal(type text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	value text;
BEGIN
	IF fuzz.below(8) = 0 THEN
		RETURN 'NULL::' || type;
	END IF;
	IF type LIKE '%[]' THEN
		IF fuzz.below(6) = 0 THEN
			RETURN quote_literal(fuzz.one_of('{}', '{NULL}')) || '::' || type;
		END IF;
		SELECT string_agg(fuzz.literal(left(type, -2)), ', ') INTO value
		FROM generate_series(1, 1 + fuzz.below(3));
		RETURN format(fuzz.one_of('ARRAY[%1$s]', 'ARRAY[[%1$s], [%1$s]]', 'array_fill((ARRAY[%1$s])[1], ARRAY[2], ARRAY[0])'), value);
	END IF;
	value := CASE type
		WHEN 'boolean' THEN fuzz.one_of('true', 'false')
		WHEN 'integer' THEN fuzz.one_of('-2147483648', '-1', '0', '1', '7', '366', '2147483647')
		WHEN 'bigint' THEN fuzz.one_of('-9223372036854775808', '-1', '0', '1', '4294967296', '9223372036854775807')
		WHEN 'date' THEN fuzz.one_of('-infinity', 'infinity', '4713-01-01 BC', '0001-01-01', '1999-12-31',
									 '2024-01-04', '2024-01-31', '9999-12-31', '5874897-12-31')
		WHEN 'timestamp with time zone' THEN fuzz.one_of('-infinity', 'infinity', '4713-01-01 BC', '2000-01-01Z', '2024-01-15Z',
									 '9999-12-31 00:00Z', '294276-12-31 23:59:59.999999Z')
		WHEN 'interval' THEN fuzz.one_of('0', '-1 second', '1 microsecond', '-178000000 years', '178000000 years',
									 '2562047788:00:54.775807', '1 month -1 day')
		WHEN 'regclass' THEN fuzz.one_of('0', '4294967295', '1', 'pg_class', 'pg_toast.pg_toast_1255', 'pg_class_oid_index',
									 'zoom_gold.status', 'silver.si_users', 'silver.si_meetings', 'gold.go_dim_user', 'gold_state.slice')
		WHEN 'regproc' THEN fuzz.one_of('0', '4294967295', 'zoom_gold.capture', 'zoom_gold.guard_setting')
		WHEN 'oid' THEN fuzz.one_of('0', '1', '25', '1184', '4294967295')
		WHEN 'jsonb' THEN fuzz.one_of('null', '{}', '[]', '"x"', '1e300', '{"plan_type": [1, {"a": null}]}')
		WHEN 'text' THEN NULL
		WHEN 'name' THEN NULL
		ELSE 'unknown type'
	END;
	value := coalesce(value, fuzz.one_of('', ' ', E'\t', '''', '"', '\', '%s %I $1', E'\u00e9\u200b', repeat('x', 63), repeat('long ', 20000),
		'x"; SELECT 1; --', 'pg_class', 'silver', 'gold', 'gold_state', 'zoom_gold', 'pg_temp', 'postgres', 'public',
		'si_users', 'si_meetings', 'silver.si_meetings', 'si_support_tickets', 'si_nothing', 'go_dim_user', 'go_agg_mrr', 'gold.go_agg_mrr', 'go_dim_date',
		'user_event', 'ticket_event', 'refresh', 'merge_dim_user', 'refresh_agg_mrr', 'active_user', 'min_date', 'log_retention_days', 'host',
		'u1', 'u7', 'nobody', 'true', 'NULL', '1', '99999999999999999999', 'infinity', '{}', '{"a": 1}', 'user_id', 'user_id IS NULL', 'Running'));
	RETURN quote_literal(value) || '::' || type;
END
$$;

-- The functions of the schema that can be called: which, and with what.
CREATE VIEW fuzz.callable AS
SELECT row_number() OVER (ORDER BY p.oid::regprocedure::text COLLATE "C") - 1 AS n,
	   p.oid::regprocedure AS function, p.prokind = 'p' AS is_procedure,
	   p.proretset, p.prorettype = 'trigger'::regtype AS is_trigger, p.oid::regproc AS name,
	   ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, i) ORDER BY i) AS types
FROM pg_proc AS p
WHERE p.pronamespace = 'zoom_gold'::regnamespace
  AND NOT 'internal'::regtype = ANY (p.proargtypes);

-- A statement that calls one of them.
CREATE FUNCTION fuzz.call_statement(f fuzz.callable) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	arguments text := (SELECT string_agg(fuzz.literal(t), ', ' ORDER BY i) FROM unnest(f.types) WITH ORDINALITY AS a (t, i));
	call text := format('%s(%s)', f.name, arguments);
	tables text := fuzz.one_of('fuzz.plain', 'silver.si_users', 'silver.si_meetings', 'silver.si_support_tickets', 'gold.go_dim_user',
							   'gold.go_error_audit_log', 'gold_state.settings', 'gold_state.quality_rule', 'gold_state.dirty');
	level text := fuzz.one_of('ROW', 'STATEMENT');
	event text := fuzz.one_of('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE');
BEGIN
	IF f.is_trigger THEN
		RETURN format('CREATE TRIGGER fuzz %s %s ON %s %s FOR EACH %s EXECUTE FUNCTION %s(%s); INSERT INTO %3$s SELECT * FROM %3$s LIMIT 2; '
					  'UPDATE %3$s SET %s = DEFAULT WHERE false; DELETE FROM %3$s WHERE ctid < ''(0,3)''; TRUNCATE %3$s',
					  fuzz.one_of('BEFORE', 'AFTER'), event, tables,
					  CASE event WHEN 'INSERT' THEN fuzz.one_of('', 'REFERENCING NEW TABLE AS new_rows', 'REFERENCING NEW TABLE AS x')
								 WHEN 'DELETE' THEN fuzz.one_of('', 'REFERENCING OLD TABLE AS old_rows', 'REFERENCING OLD TABLE AS x')
								 ELSE '' END,
					  level, f.name, fuzz.one_of('', '''si_users''', '''si_meetings''', '''nonsense''', '''si_users'', ''x'''),
					  (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = tables::regclass AND attnum = 1));
	END IF;
	RETURN CASE WHEN f.is_procedure THEN 'CALL ' WHEN f.proretset THEN 'SELECT * FROM ' ELSE 'SELECT ' END || call;
END
$$;
CREATE TABLE fuzz.plain (a integer, b text);

-- What no caller should see, whatever the arguments: errors that cannot
-- happen, damage, crashes.
CREATE FUNCTION fuzz.is_wrong(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT state ~ '^(XX|58|57P|53200)' OR state = 'P0004'
$$;

-- Call a function with arguments of the seed's; NULL, or what is wrong with
-- how it failed.  Nothing stays, whether it succeeds or not.
CREATE FUNCTION fuzz.call(seed integer, try integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	f fuzz.callable;
	statement text;
BEGIN
	CALL fuzz.begin(seed, try);
	SELECT c.* INTO f FROM fuzz.callable AS c WHERE c.n = try % (SELECT count(*) FROM fuzz.callable);
	statement := fuzz.call_statement(f);
	BEGIN
		EXECUTE statement;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
		INSERT INTO fuzz.outcome VALUES (SQLSTATE, f.name::text) ON CONFLICT DO NOTHING;
		-- any bytes but a stored set are damage
		IF fuzz.is_wrong(SQLSTATE) AND NOT (f.name::text ~ 'user_ordinals' AND SQLSTATE = 'XX001') THEN
			RETURN format('%s %s: %s', SQLSTATE, SQLERRM, left(statement, 300));
		END IF;
	END;
	RETURN NULL;
END
$$;
-- The same for a procedure, whose commits need a statement of its own; it says
-- itself how it fails.
CREATE FUNCTION fuzz.call_procedure(seed integer, try integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	f fuzz.callable;
BEGIN
	CALL fuzz.begin(seed, try);
	SELECT c.* INTO f FROM fuzz.callable AS c WHERE is_procedure ORDER BY c.n OFFSET try % (SELECT count(*) FROM fuzz.callable WHERE is_procedure) LIMIT 1;
	RETURN fuzz.call_statement(f);
END
$$;
CREATE TABLE fuzz.outcome (state text, of text, PRIMARY KEY (state, of));

------------------------------------------------------------------------------
-- Damaged bytes
------------------------------------------------------------------------------

-- Where the state keeps bytes that the engine takes apart.
CREATE TABLE fuzz.place (n serial, "table" regclass, "column" name);
INSERT INTO fuzz.place ("table", "column") VALUES
	('gold_state.day_partial', 'users'), ('gold_state.period_users', 'users'), ('gold_state.slice', 'users'), ('gold_state.slice', 'keys'),
	('gold_state.license_span', 'spans'), ('gold_state.slice_change', 'keys');

CREATE FUNCTION fuzz.random_bytes(n bigint) RETURNS bytea LANGUAGE sql VOLATILE AS $$
	SELECT coalesce(string_agg(set_byte('\x00', 0, fuzz.below(256)::integer), ''), '') FROM generate_series(1, n)
$$;

-- These bytes, damaged in one way or another; "other" are those of another row.
CREATE FUNCTION fuzz.damaged(bytes bytea, other bytea) RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	n integer := length(bytes);
	at integer := fuzz.below(n);
BEGIN
	-- headers are where it hurts
	IF n > 40 AND fuzz.below(2) = 0 THEN
		at := fuzz.below(40);
	END IF;
	CASE fuzz.below(9)
	WHEN 0, 1 THEN			-- some bits flip
		FOR i IN 0 .. fuzz.below(3) LOOP
			at := least(at * 8 + fuzz.below(64), n * 8 - 1);
			bytes := set_bit(bytes, at, 1 - get_bit(bytes, at));
			at := at / 8;
		END LOOP;
		RETURN bytes;
	WHEN 2 THEN				-- the end is missing
		RETURN substring(bytes FOR at);
	WHEN 3 THEN				-- something follows
		RETURN bytes || fuzz.random_bytes(1 + fuzz.below(20));
	WHEN 4 THEN				-- the parts change places
		RETURN substring(bytes FROM at + 1) || substring(bytes FOR at);
	WHEN 5 THEN				-- another row's
		RETURN CASE fuzz.below(2) WHEN 0 THEN other ELSE substring(bytes FOR at) || substring(other FROM at + 1) END;
	WHEN 6 THEN				-- noise, sometimes behind the right beginning
		RETURN substring(bytes FOR (fuzz.below(2) * at)::integer) || fuzz.random_bytes(fuzz.below(64));
	WHEN 7 THEN				-- a number out of all bounds
		RETURN overlay(bytes PLACING decode(fuzz.one_of('ffffffff', '00000080', 'ffffff7f', '00000000', 'ffff', '0000'), 'hex') FROM at + 1);
	ELSE					-- a valid set of users who do not exist
		RETURN decode('3a30000001000000' || fuzz.one_of('ffff', 'ff7f', '0080', '0300') || '000010000000ffff', 'hex');
	END CASE;
END
$$;

-- Damage the bytes of one row that the try draws; NULL if there is none.
CREATE FUNCTION fuzz.damage(place fuzz.place) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	row_at tid;
	bytes bytea;
	other bytea;
BEGIN
	EXECUTE format('SELECT ctid, %I FROM %s WHERE length(%1$I) > 0 ORDER BY %1$I, ctid OFFSET fuzz.below((SELECT count(*) FROM %2$s WHERE length(%1$I) > 0)) LIMIT 1',
				   place."column", place."table") INTO row_at, bytes;
	EXECUTE format('SELECT %I FROM %s WHERE ctid <> $1 ORDER BY %1$I LIMIT 1', place."column", place."table") USING row_at INTO other;
	IF row_at IS NULL THEN
		RETURN NULL;
	END IF;
	other := fuzz.damaged(bytes, coalesce(other, ''));
	EXECUTE format('UPDATE %s SET %I = $1 WHERE ctid = $2', place."table", place."column") USING other, row_at;
	RETURN format('%s.%s %s for %s', place."table", place."column", left(other::text, 200), left(bytes::text, 200));
END
$$;

-- Run what reads the damage.  The states of the errors, and of failed steps.
CREATE FUNCTION fuzz.states_of(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	states text[];
BEGIN
	IF statement ~ '\.refresh\(' THEN
		EXECUTE format('SELECT array_agg(DISTINCT details ->> ''sqlstate'') FROM (%s) AS r WHERE status = ''Failure'' AND details ? ''sqlstate''', statement)
			INTO states;
	ELSE
		EXECUTE statement;
	END IF;
	RETURN states;
EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
	RETURN ARRAY[SQLSTATE || ' ' || SQLERRM];
END
$$;

-- Damage a place and read it in every way; or, if "thorough" is false, only by
-- the functions that look at sets of users alone.  Only data_corrupted may come
-- of it, and what the hints say heals.
CREATE FUNCTION fuzz.read_damaged(seed integer, try integer, thorough boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	place fuzz.place;
	damage text;
	statement text;
	state text;
	statements text[] := ARRAY['SELECT zoom_gold.active_users(''2000-01-01'', ''2100-01-01'')',
		'SELECT max(active_user_count) FROM zoom_gold.rolling_active_users(''2024-01-01'', ''2024-02-01'', 7)'];
BEGIN
	CALL fuzz.begin(seed, try);
	SELECT * INTO place FROM fuzz.place WHERE n = CASE WHEN thorough THEN 1 + try % 5 ELSE 1 END;
	IF thorough THEN
		CALL fuzz.change();
		statements := statements || ARRAY['SELECT count(*) FROM zoom_gold.plan()', 'SELECT count(*) FROM zoom_gold.verify()',
			'SELECT * FROM zoom_gold.refresh()', 'SELECT zoom_gold.forget_user(''u7'')',
			-- as the hints say
			'TRUNCATE gold_state.slice, gold_state.slice_change', 'SELECT * FROM zoom_gold.refresh(true)',
			'SELECT 1 / (count(*) = 0)::integer AS healed FROM zoom_gold.verify() WHERE NOT passed'];
	END IF;
	damage := fuzz.damage(place);
	FOREACH statement IN ARRAY statements LOOP
		FOREACH state IN ARRAY coalesce(fuzz.states_of(statement), '{}') LOOP
			
			-- 55000: what depends on a step that failed
			IF left(state, 5) NOT IN ('XX001', '55000') OR statement ~ 'true|healed' THEN
				RETURN NEXT format('%s: %s after %s', state, statement, damage);
			END IF;
		END LOOP;
	END LOOP;
END
$$;
