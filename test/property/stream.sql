-- Random streams of changes for the property test.
--
-- A stream is a table of operations.  Versions of users and tickets have an
-- instant at which they hold and one at which they arrive: later, and before
-- the key's next deletion, some in the life after; so arrival is shuffled.
-- What counts from its capture keeps its place: ties, deletions, corrections
-- without a newer timestamp, and rows with which a deleted key comes back under
-- a timestamp that is not later than the deletion.
CREATE SCHEMA property;

CREATE TABLE property.op (
	seed integer NOT NULL,
	n integer NOT NULL,				-- the order in which it was drawn
	relation text NOT NULL,
	kind text NOT NULL,				-- insert, replace (the newest row), weave (some row), correct, delete
	key text NOT NULL,
	holds timestamptz NOT NULL,		-- version timestamp, or instant of the deletion, correction or return
	arrives timestamptz NOT NULL,
	columns text[],					-- the row's text columns after the key, as drawn
	loaded timestamptz,
	moved boolean,					-- has an update_timestamp
	life integer,					-- of its key, from 0
	stamp timestamptz,				-- version timestamp of the row, of a correction that of what it corrects
	deleted timestamptz);			-- its deleted_at
CREATE INDEX ON property.op (seed, arrives, n);

CREATE FUNCTION property.pick(texts text[], chance_of_null float8 DEFAULT 0) RETURNS text
LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() >= chance_of_null
				THEN texts[1 + floor(random() * cardinality(texts))::integer] END
$$;
CREATE FUNCTION property.between(low integer, high integer) RETURNS integer
LANGUAGE sql VOLATILE AS $$ SELECT low + floor(random() * (high - low + 1))::integer $$;

-- The text columns of a row.
CREATE FUNCTION property.columns(relation text, prefix text) RETURNS text[] LANGUAGE sql VOLATILE AS $$
	SELECT CASE relation
		WHEN 'si_users' THEN ARRAY[
			prefix || property.pick('{Ana,Bo,Cy,Dee,Eve}', 0.25),
			property.pick('{a@x.example,b@x.example,C@x.example,nonsense}', 0.25),
			property.pick('{Acme,Bravo," Acme "}', 0.25),
			property.pick('{Free,pro,Business,Odd}', 0.25)]
		ELSE ARRAY[
			property.pick(ARRAY[prefix || '1', prefix || '2', prefix || '3', 'nobody']),
			property.pick('{Audio,Video}'),
			property.pick('{Open,In Progress,resolved,Resolved,Closed}'),
			(date '2024-01-01' + property.between(0, 100))::text] END
$$;

-- Rows that come back after a deletion: before all others of the new life,
-- under timestamps not later than it, in any order.
CREATE PROCEDURE property.draw_returns(seed integer, relation text, key text, life integer, INOUT instant timestamptz,
									   INOUT n integer) LANGUAGE plpgsql AS $$
DECLARE
	deleted_at timestamptz := instant;
	stamp timestamptz;
BEGIN
	FOR i IN 1 .. property.between(1, 3)
	LOOP
		n := n + 1;
		instant := instant + property.between(1, 4) * interval '6 hours';
		stamp := CASE WHEN i = 1 AND random() < 0.1 THEN deleted_at
					  ELSE deleted_at - property.between(0, 60) * interval '6 hours' - n * interval '1 ms' END;
		INSERT INTO property.op
		VALUES (seed, n, relation, 'insert', key, instant, instant, property.columns(relation, 'S' || seed || ' '),
				stamp - property.between(0, 1) * interval '1 day', true, life, stamp);
	END LOOP;
END
$$;

-- A row is altered without moving its timestamp: one of the life's, which has
-- arrived by then.  Those of tickets have no ties, of which any might be it.
-- Whether it is still there is the same: a version that took its place holds
-- already.
CREATE PROCEDURE property.draw_correction(seed integer, relation text, key text, life integer, INOUT n integer) LANGUAGE plpgsql AS $$
DECLARE
	corrected property.op;
	at timestamptz;
BEGIN
	SELECT o.* INTO corrected
	FROM property.op o
	WHERE o.seed = draw_correction.seed AND o.relation = draw_correction.relation AND o.key = draw_correction.key
	  AND o.life = draw_correction.life AND o.kind NOT IN ('delete', 'correct')
	  AND (o.relation = 'si_users' OR 1 = (SELECT count(*) FROM property.op t
										   WHERE t.seed = o.seed AND t.relation = o.relation AND t.key = o.key AND t.stamp = o.stamp))
	ORDER BY md5(o.n || 'correct' || draw_correction.n) LIMIT 1;
	IF corrected.n IS NOT NULL THEN
		n := n + 1;
		SELECT max(o.holds) + property.between(1, 60) * interval '6 hours' + draw_correction.n * interval '1 ms' INTO at
		FROM property.op o
		WHERE o.seed = draw_correction.seed AND o.relation = draw_correction.relation AND o.key = draw_correction.key AND o.stamp = corrected.stamp;
		INSERT INTO property.op
		VALUES (seed, n, relation, 'correct', key, at, at, property.columns(relation, 'S' || seed || ' '), NULL, NULL, life, corrected.stamp,
				CASE WHEN random() < 0.15 THEN at + property.between(0, 3) * interval '6 hours' END);
		UPDATE property.op o SET columns[3] = 'Corrected ' || o.n WHERE o.seed = draw_correction.seed AND o.n = draw_correction.n AND o.relation = 'si_users';
	END IF;
END
$$;

-- The operation with which a life begins.
CREATE FUNCTION property.first_arrival(of_seed integer, of_relation text, of_key text, of_life integer) RETURNS property.op
LANGUAGE sql STABLE AS $$
	SELECT o FROM property.op o
	WHERE o.seed = of_seed AND o.relation = of_relation AND o.key = of_key AND o.life = of_life AND o.kind <> 'delete'
	ORDER BY o.arrives, o.n LIMIT 1
$$;

-- The operations of a life arrive after they hold and before it ends; some of
-- the life before not until this one has begun, if they are older than the rows
-- with which it began.  What counts from its capture stays where it is, and
-- what is corrected has arrived.
CREATE PROCEDURE property.draw_arrivals(of_seed integer, of_relation text, of_key text, of_life integer, until timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	began property.op;
BEGIN
	UPDATE property.op o SET arrives = o.holds + random() * (until - o.holds)
	WHERE o.seed = of_seed AND o.relation = of_relation AND o.key = of_key AND o.life = of_life
	  AND o.stamp = o.holds AND o.kind NOT IN ('delete', 'correct');
	UPDATE property.op o SET arrives = least(o.arrives, c.first - interval '1 second')
	FROM (SELECT p.stamp, min(p.holds) AS first FROM property.op p
		  WHERE p.seed = of_seed AND p.relation = of_relation AND p.key = of_key AND p.life = of_life AND p.kind = 'correct' GROUP BY 1) AS c
	WHERE o.seed = of_seed AND o.relation = of_relation AND o.key = of_key AND o.life = of_life
	  AND o.stamp = c.stamp AND o.stamp = o.holds AND o.kind <> 'correct';
	-- ties arrive in their order
	UPDATE property.op o SET arrives = later.arrives
	FROM (SELECT p.n, max(p.arrives) OVER (PARTITION BY p.holds ORDER BY p.n) AS arrives
		  FROM property.op p
		  WHERE p.seed = of_seed AND p.relation = of_relation AND p.key = of_key AND p.life = of_life) AS later
	WHERE o.seed = of_seed AND o.n = later.n;
	began := property.first_arrival(of_seed, of_relation, of_key, of_life);
	UPDATE property.op o SET kind = 'insert', arrives = began.arrives + (0.1 + 0.9 * random()) * (until - began.arrives)
	WHERE o.seed = of_seed AND o.relation = of_relation AND o.key = of_key AND o.life = of_life - 1
	  AND o.kind IN ('insert', 'replace', 'weave') AND o.stamp = o.holds AND o.stamp < began.stamp
	  AND o.n <> (property.first_arrival(of_seed, of_relation, of_key, of_life - 1)).n
	  AND 1 = (SELECT count(*) FROM property.op t
			   WHERE t.seed = of_seed AND t.relation = of_relation AND t.key = of_key AND t.stamp = o.stamp)
	  AND hashint4(o.n) % 3 = 0;
END
$$;

-- The lives of one key: versions, ties, exact duplicates, corrections, rows
-- that say that it is deleted, deletions, returns.
CREATE PROCEDURE property.draw_key(seed integer, relation text, key text, versions integer,
								   deletions float8, INOUT n integer) LANGUAGE plpgsql AS $$
DECLARE
	-- a coarse grid, so that instants of different keys coincide
	instant timestamptz := '2024-01-01 00:00Z'::timestamptz + property.between(0, 400) * interval '6 hours';
	life integer := 0;
	-- a row that is set back cannot be corrected any more
	corrections float8 := CASE WHEN random() < 0.5 THEN 0.2 ELSE 0 END;
	values text[];
	loaded timestamptz;
	deleted timestamptz;
	moved boolean;
	kind text;
BEGIN
	FOR i IN 1 .. versions
	LOOP
		IF values IS NOT NULL AND random() < deletions THEN
			n := n + 1;
			SELECT max(o.holds) + property.between(1, 40) * interval '6 hours' + interval '1 second' INTO instant
			FROM property.op o WHERE o.seed = draw_key.seed AND o.relation = draw_key.relation AND o.key = draw_key.key;
			INSERT INTO property.op (seed, n, relation, kind, key, holds, arrives, life)
			VALUES (seed, n, relation, 'delete', key, instant, instant, life);
			CALL property.draw_arrivals(seed, relation, key, life, instant - interval '1 second');
			life := life + 1;
			IF random() < 0.4 THEN
				CALL property.draw_returns(seed, relation, key, life, instant, n);
			END IF;
			values := NULL;
			CONTINUE;
		END IF;
		IF values IS NOT NULL AND random() < corrections THEN
			CALL property.draw_correction(seed, relation, key, life, n);
			kind := 'new';
		ELSE
			kind := CASE WHEN values IS NULL THEN 'new'
						 WHEN random() < 0.15 THEN 'duplicate'
						 WHEN random() < 0.15 THEN 'tie'
						 ELSE 'new' END;
		END IF;
		n := n + 1;
		IF kind = 'new' THEN
			instant := instant + property.between(1, 30) * interval '6 hours';
			moved := random() < 0.9;
			loaded := CASE WHEN moved AND random() < 0.5 THEN instant - interval '1 day' ELSE instant END;
		END IF;
		IF kind <> 'duplicate' THEN
			values := property.columns(relation, 'S' || seed || ' ');
			deleted := CASE WHEN random() < 0.07 THEN instant + property.between(-3, 3) * interval '6 hours' END;
		END IF;
		INSERT INTO property.op
		VALUES (seed, n, relation,
				-- what takes the place of a row that is to be corrected is newer, and in force
				CASE WHEN random() < 0.5 OR deleted IS NOT NULL OR corrections > 0 AND values[1] IS NULL THEN 'insert' WHEN random() < 0.8 OR corrections > 0 THEN 'replace' ELSE 'weave' END,
				key, instant, instant, values, loaded, moved, life, instant, deleted);
	END LOOP;
	SELECT max(o.holds) + interval '60 days' INTO instant
	FROM property.op o WHERE o.seed = draw_key.seed AND o.relation = draw_key.relation AND o.key = draw_key.key;
	CALL property.draw_arrivals(seed, relation, key, life, instant);
END
$$;

-- A stream: users with their versions, tickets with theirs, and rows of the
-- other relations that name the users, corrected and deleted.
CREATE PROCEDURE property.draw(seed integer) LANGUAGE plpgsql AS $$
DECLARE
	users integer;
	n integer := 0;
	prefix text := 'S' || seed || ' ';
	at timestamptz;
	usr text;
BEGIN
	PERFORM setseed((seed % 1000000) / 1000000.0);
	users := property.between(5, 50);
	FOR u IN 1 .. users
	LOOP
		CALL property.draw_key(seed, 'si_users', prefix || u,
							   1 + floor(80 * random() ^ 3)::integer, 0.2, n);
	END LOOP;
	FOR t IN 1 .. users / 4
	LOOP
		CALL property.draw_key(seed, 'si_support_tickets', prefix || t,
							   1 + floor(10 * random() ^ 2)::integer, 0.1, n);
	END LOOP;
	FOR i IN 1 .. users * 3
	LOOP
		at := '2023-12-20 00:00Z'::timestamptz + property.between(0, 600) * interval '6 hours';
		-- a fact is drawn, perhaps corrected, perhaps deleted
		FOR change IN 0 .. property.between(0, 2)
		LOOP
			n := n + 1;
			usr := CASE WHEN random() < 0.9 THEN prefix || property.between(1, users + 2) END;
			INSERT INTO property.op
			SELECT seed, n, r,
				   CASE WHEN change > 0 AND random() < 0.3 THEN 'delete'
						WHEN change > 0 AND random() < 0.5 THEN 'replace' ELSE 'insert' END,
				   prefix || i, at, at + change * interval '1 hour' + random() * interval '30 days',
				   CASE r WHEN 'si_meetings' THEN ARRAY[usr, 'T' || property.between(1, 4), at::text, NULL, '10']
						  WHEN 'si_billing_events' THEN ARRAY[usr, 'Refund', '1', (at AT TIME ZONE 'UTC')::date::text]
						  WHEN 'si_licenses' THEN ARRAY['Pro', usr, (at AT TIME ZONE 'UTC')::date::text, NULL] END,
				   at + change * interval '1 hour', false, NULL, at
			FROM property.pick('{si_meetings,si_billing_events,si_licenses}') AS r
			WHERE change = 0 OR NOT EXISTS (SELECT FROM property.op o WHERE o.seed = draw.seed AND o.key = prefix || i
											AND o.relation = r AND o.kind = 'delete');
			at := at + property.between(0, 8) * interval '6 hours';
		END LOOP;
	END LOOP;
	-- changes of one fact arrive in their order
	UPDATE property.op o SET arrives = later.arrives
	FROM (SELECT p.n, max(p.arrives) OVER (PARTITION BY p.relation, p.key ORDER BY p.n) AS arrives
		  FROM property.op p
		  WHERE p.seed = draw.seed AND p.relation NOT IN ('si_users', 'si_support_tickets')) AS later
	WHERE o.seed = draw.seed AND o.n = later.n;
END
$$;

-- Write one operation to silver.  A row that cannot replace is inserted: it
-- is a further row of its key.  One that is not there any more, as a newer
-- version took its place, is not corrected.
CREATE PROCEDURE property.apply(o property.op) LANGUAGE plpgsql AS $$
DECLARE
	newest record;
	moved timestamptz := CASE WHEN o.moved THEN o.stamp END;
	relation text := format('silver.%I', o.relation);
	has_history boolean := o.relation IN ('si_users', 'si_support_tickets');
	done bigint := 0;
BEGIN
	IF o.kind = 'delete' THEN
		EXECUTE format('DELETE FROM %s WHERE %I = $1', relation, property.key_of(o.relation)) USING o.key;
		RETURN;
	ELSIF o.kind = 'correct' THEN
		EXECUTE format('UPDATE %1$s SET (%2$s, deleted_at) = ROW(%3$s, $3) WHERE ctid ='
					   ' (SELECT ctid FROM %1$s WHERE %4$I = $2 AND coalesce(update_timestamp, load_timestamp) = $4 LIMIT 1)',
					   relation, property.columns_of(o.relation), property.values_of(o.relation), property.key_of(o.relation))
			USING o.columns, o.key, o.deleted, o.stamp;
		RETURN;
	END IF;
	IF o.kind <> 'insert' THEN
		-- replace the newest row by a newer one; "weave" sets another row back
		EXECUTE format('SELECT ctid, coalesce(update_timestamp, load_timestamp) AS stamp FROM %s WHERE %I = $1'
					   ' ORDER BY 2 %s, load_timestamp, ctid LIMIT 1', relation, property.key_of(o.relation),
					   CASE o.kind WHEN 'weave' THEN '' ELSE 'DESC' END)
			USING o.key INTO newest;
		IF newest.stamp < o.stamp AND o.kind = 'replace'
			OR newest.stamp > o.stamp AND o.kind = 'weave' AND o.relation = 'si_users'
		THEN
			EXECUTE format('UPDATE %s SET (%s, load_timestamp, update_timestamp%s) = ROW(%s, $2, $3%s) WHERE ctid = $4',
						   relation, property.columns_of(o.relation), CASE WHEN has_history THEN ', deleted_at' ELSE '' END,
						   property.values_of(o.relation), CASE WHEN has_history THEN ', $5' ELSE '' END)
				USING o.columns, o.loaded, moved, newest.ctid, o.deleted;
			GET DIAGNOSTICS done = ROW_COUNT;
		END IF;
	END IF;
	IF done = 0 THEN
		EXECUTE format('INSERT INTO %s (%s, load_timestamp, update_timestamp, source_system, %I%s)'
					   ' SELECT %s, $2, $3, ''Z'', $4%s',
					   relation, property.columns_of(o.relation), property.key_of(o.relation), CASE WHEN has_history THEN ', deleted_at' ELSE '' END,
					   property.values_of(o.relation), CASE WHEN has_history THEN ', $5' ELSE '' END)
			USING o.columns, o.loaded, moved, o.key, o.deleted;
	END IF;
END
$$;
CREATE FUNCTION property.key_of(relation text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE relation WHEN 'si_users' THEN 'user_id' WHEN 'si_meetings' THEN 'meeting_id'
		WHEN 'si_billing_events' THEN 'event_id' WHEN 'si_licenses' THEN 'license_id'
		WHEN 'si_support_tickets' THEN 'ticket_id' END $$;
CREATE FUNCTION property.columns_of(relation text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE relation WHEN 'si_users' THEN 'user_name, email, company, plan_type'
		WHEN 'si_meetings' THEN 'host_id, meeting_topic, start_time, end_time, duration_minutes'
		WHEN 'si_billing_events' THEN 'user_id, event_type, amount, event_date'
		WHEN 'si_licenses' THEN 'license_type, assigned_to_user_id, start_date, end_date'
		WHEN 'si_support_tickets' THEN 'user_id, ticket_type, resolution_status, open_date' END $$;
CREATE FUNCTION property.values_of(relation text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE relation WHEN 'si_users' THEN '$1[1], $1[2], $1[3], $1[4]'
		WHEN 'si_meetings' THEN '$1[1], $1[2], $1[3]::timestamptz, $1[4]::timestamptz, $1[5]::integer'
		WHEN 'si_billing_events' THEN '$1[1], $1[2], $1[3]::numeric, $1[4]::date'
		WHEN 'si_licenses' THEN '$1[1], $1[2], $1[3]::date, $1[4]::date'
		WHEN 'si_support_tickets' THEN '$1[1], $1[2], $1[3], $1[4]::date' END $$;

CREATE PROCEDURE property.refresh() LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	FOR step IN SELECT * FROM zoom_gold.refresh() WHERE status = 'Failure'
	LOOP
		RAISE WARNING 'step % failed: %', step.process_name, step.details;
	END LOOP;
END
$$;

-- Shuffled: as the operations arrive, in transactions and batches at random.
CREATE PROCEDURE property.play_shuffled(seed integer) LANGUAGE plpgsql AS $$
DECLARE
	o property.op;
	batches float8;
	touched text[] := '{}';		-- keys that the open transaction wrote
BEGIN
	PERFORM setseed(((seed + 500000) % 1000000) / 1000000.0);
	-- one refresh for 2 to 2,000 operations
	batches := 1 / (2 * 10 ^ (3 * random()));
	FOR o IN SELECT * FROM property.op p WHERE p.seed = play_shuffled.seed ORDER BY p.arrives, p.n
	LOOP
		-- what a transaction does to one key is netted: here it does one thing
		IF o.kind = 'delete' OR random() < 0.5 OR o.relation || o.key = ANY (touched) THEN
			COMMIT;
			touched := '{}';
		END IF;
		touched := touched || (o.relation || o.key);
		PERFORM set_config('zoom_gold.clock', o.arrives::text, false);
		CALL property.apply(o);
		IF o.kind = 'delete' THEN
			COMMIT;
			touched := '{}';
		END IF;
		IF random() < batches THEN
			COMMIT;
			touched := '{}';
			CALL property.refresh();
			COMMIT;
		END IF;
	END LOOP;
	COMMIT;
	CALL property.refresh();
END
$$;

-- Sorted: as the operations hold, each in a transaction of its own; refreshed
-- once, by the caller.
CREATE PROCEDURE property.play_sorted(seed integer) LANGUAGE plpgsql AS $$
DECLARE
	o property.op;
BEGIN
	FOR o IN SELECT * FROM property.op p WHERE p.seed = play_sorted.seed
			 ORDER BY CASE WHEN relation IN ('si_users', 'si_support_tickets') THEN holds ELSE arrives END, p.n
	LOOP
		PERFORM set_config('zoom_gold.clock', greatest(o.holds, o.loaded)::text, false);
		CALL property.apply(o);
		COMMIT;
	END LOOP;
END
$$;

-- Gold as lines of text, without what depends on when it was loaded and
-- without members that no row uses any more.
CREATE FUNCTION property.gold() RETURNS SETOF text LANGUAGE plpgsql
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
	columns text;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'gold'::regnamespace AND relkind = 'r'
				AND relname ~ '^go_(fact|agg|dim_user)'
	LOOP
		SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
		FROM pg_attribute WHERE attrelid = format('gold.%I', name)::regclass AND attnum > 0 AND NOT attisdropped
		  AND attname NOT IN ('load_date', 'update_date') AND NOT (name = 'go_dim_user' AND attname = 'source_system');
		RETURN QUERY EXECUTE format('SELECT %L || '' '' || ROW(%s)::text FROM gold.%I', name, columns, name);
	END LOOP;
	RETURN QUERY SELECT concat_ws(' ', source_table, process_audit_info::jsonb ->> 'key',
								  process_audit_info::jsonb ->> 'rule', process_audit_info::jsonb ->> 'severity')
		FROM gold.go_error_audit_log
		-- those of a user are those of the newest row, which an update may have set back
		WHERE status <> 'Resolved' AND source_table <> 'silver.si_users';
END
$$;
