-- A generated stream of changes to silver.
--
-- Operation n of a seed is one SQL statement, drawn from (seed, n) and from
-- what silver holds, so that a stream is the same every time.  A row's
-- timestamps are its own, to the microsecond: which of two rows counts is
-- never a tie.  What is done to users and tickets, whose past counts, is
-- written down for a second database to play.
CREATE SCHEMA stream;

CREATE TABLE stream.length (seed integer NOT NULL, operations integer NOT NULL);
CREATE TABLE stream.log (
	n integer PRIMARY KEY,
	transaction integer NOT NULL,
	clock timestamptz NOT NULL,
	statement text NOT NULL);

-- relation, its key, the letter its keys start with, its share of the
-- operations, operations per key, the columns in between
CREATE TABLE stream.shape (relation text PRIMARY KEY, key text, letter text, share float8, thin integer, columns text[]);
INSERT INTO stream.shape VALUES
	('si_users', 'user_id', 'u', 0.12, 60, '{user_name,email,company,plan_type}'),
	('si_meetings', 'meeting_id', 'm', 0.28, 10, '{host_id,meeting_topic,start_time,end_time,duration_minutes}'),
	('si_participants', 'participant_id', 'p', 0.12, 15, '{meeting_id,user_id,join_time,leave_time}'),
	('si_feature_usage', 'usage_id', 'f', 0.20, 10, '{meeting_id,feature_name,usage_count,usage_date}'),
	('si_webinars', 'webinar_id', 'w', 0.06, 40, '{host_id,webinar_topic,start_time,end_time,registrants}'),
	('si_support_tickets', 'ticket_id', 't', 0.07, 40, '{user_id,ticket_type,resolution_status,open_date}'),
	('si_licenses', 'license_id', 'l', 0.06, 40, '{license_type,assigned_to_user_id,start_date,end_date}'),
	('si_billing_events', 'event_id', 'b', 0.09, 25, '{user_id,event_type,amount,event_date}');

-- Two relations have a primary key, so that capture notes no keys there.
ALTER TABLE silver.si_webinars ADD PRIMARY KEY (webinar_id);
ALTER TABLE silver.si_licenses ADD PRIMARY KEY (license_id);

------------------------------------------------------------------------------
-- Drawing
------------------------------------------------------------------------------

CREATE FUNCTION stream.chance(p float8) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT random() < p $$;
CREATE FUNCTION stream.between(low integer, high integer) RETURNS integer LANGUAGE sql VOLATILE AS $$
	SELECT low + floor(random() * (high - low + 1))::integer
$$;
CREATE FUNCTION stream.pick(texts text[], chance_of_null float8 DEFAULT 0) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() >= chance_of_null THEN texts[1 + floor(random() * cardinality(texts))::integer] END
$$;

-- "Now" at operation n: a year for the whole stream.
CREATE FUNCTION stream.clock(n integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
	SELECT date_trunc('second', timestamptz '2024-01-01 00:00Z' + n * (interval '366 days' / operations)) + n * interval '1 microsecond'
	FROM stream.length
$$;

-- An instant up to then: mostly of late, sometimes long ago; a row's own.
CREATE FUNCTION stream.instant(n integer) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
	SELECT date_trunc('second', c - random() ^ 4 * (c - timestamptz '2023-12-20 00:00Z')) + n * interval '1 microsecond'
	FROM stream.clock(n) AS c
$$;

-- How a key may be written: plain, and untidily.
CREATE FUNCTION stream.spellings(letter text, number integer) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN number % 10 = 0 THEN ARRAY[letter || ' ' || number, letter || E' \t' || number]
				ELSE ARRAY[letter || number, ' ' || letter || number || ' '] END
$$;
CREATE FUNCTION stream.spell(letter text, number integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT (stream.spellings(letter, number))[CASE WHEN random() < 0.05 THEN 2 ELSE 1 END]
$$;

-- A number of a key of a relation; "beyond" reaches for keys that never come.
CREATE FUNCTION stream.number(letter text, beyond float8 DEFAULT 1) RETURNS integer LANGUAGE sql VOLATILE AS $$
	SELECT stream.between(1, greatest(10, (l.operations * beyond / s.thin)::integer))
	FROM stream.shape AS s, stream.length AS l WHERE s.letter = number.letter
$$;

CREATE FUNCTION stream.reference(letter text, chance_of_null float8) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() >= chance_of_null THEN stream.spell(letter, stream.number(letter, 1.03)) END
$$;

-- A value of a column of a row about that instant.
CREATE FUNCTION stream.value(name text, at timestamptz) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN CASE
		WHEN name IN ('host_id', 'user_id', 'assigned_to_user_id') THEN stream.reference('u', 0.05)
		WHEN name = 'meeting_id' THEN stream.reference('m', 0.02)
		-- half as many names as users
		WHEN name = 'user_name' THEN CASE WHEN stream.chance(0.97) THEN stream.pick('{"",""," "}') || 'Name ' || stream.number('u', 0.5) END
		WHEN name = 'email' THEN stream.pick('{ana@x.example,Bo@x.example," cy@x.example",nonsense,dee@y.example}', 0.1)
		WHEN name = 'company' THEN stream.pick('{Acme,Bravo," Acme  Corp "}', 0.2)
		WHEN name = 'plan_type' THEN stream.pick('{Free,pro,BUSINESS,Enterprise,Odd}', 0.1)
		WHEN name IN ('meeting_topic', 'webinar_topic') THEN CASE WHEN stream.chance(0.95) THEN stream.pick('{"",""," "}') || 'Topic ' || stream.between(1, 40) END
		WHEN name IN ('start_time', 'join_time') AND stream.chance(0.02) THEN stream.pick('{infinity,-infinity,1999-12-31 23:59Z,9999-12-31 00:00Z,0044-03-15 00:00Z BC}', 0.5)
		WHEN name IN ('start_time', 'join_time') THEN at::text
		WHEN name IN ('end_time', 'leave_time') AND stream.chance(0.01) THEN stream.pick('{infinity,1999-01-01 00:00Z}')
		WHEN name IN ('end_time', 'leave_time') THEN CASE WHEN stream.chance(0.8) THEN (at + stream.between(-3, 90) * interval '61 seconds')::text END
		WHEN name = 'duration_minutes' THEN CASE WHEN stream.chance(0.8) THEN stream.between(-2, 90)::text END
		WHEN name IN ('usage_date', 'open_date', 'start_date', 'event_date') AND stream.chance(0.02) THEN stream.pick('{infinity,-infinity,1999-12-31,9999-12-31,0044-03-15 BC}', 0.5)
		WHEN name IN ('usage_date', 'open_date', 'start_date', 'event_date') THEN ((at AT TIME ZONE 'UTC')::date - stream.between(0, 2))::text
		WHEN name = 'end_date' THEN CASE WHEN stream.chance(0.8) THEN ((at AT TIME ZONE 'UTC')::date + stream.between(-5, 120))::text
										 ELSE stream.pick('{infinity,9999-12-31}', 0.7) END
		WHEN name = 'feature_name' THEN stream.pick('{Chat,Polls,Share," Chat",Record,Whiteboard}', 0.02)
		WHEN name IN ('usage_count', 'registrants') THEN CASE WHEN stream.chance(0.97) THEN stream.between(-1, 20)::text END
		WHEN name = 'ticket_type' THEN stream.pick('{Audio,Video,Billing," Audio "}', 0.02)
		WHEN name = 'resolution_status' THEN stream.pick('{Open,In Progress,resolved,Resolved,Closed,Odd}', 0.01)
		WHEN name = 'license_type' THEN stream.pick('{Basic,PRO,Pro,Enterprise,Odd}', 0.02)
		WHEN name = 'event_type' THEN stream.pick('{Subscription Fee,subscription renewal,Add-on Purchase,Refund,Refund,Gift}', 0.02)
		WHEN name = 'amount' THEN CASE WHEN stream.chance(0.97) THEN (stream.between(-2000, 50000) / 100.0)::text END
	END;
END
$$;

-- The newest row of a key, as a condition.
CREATE FUNCTION stream.newest(s stream.shape, number integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT format('ctid = (SELECT ctid FROM silver.%I AS r WHERE %I = ANY (%L)'
				  ' ORDER BY coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC, r::text LIMIT 1)',
				  s.relation, s.key, stream.spellings(s.letter, number)::text)
$$;

-- A new row; a key that is not to repeat is replaced.
CREATE FUNCTION stream.insert(s stream.shape, number integer, n integer) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	at timestamptz := stream.instant(n);
	has_key boolean := s.relation IN ('si_webinars', 'si_licenses');
	loaded timestamptz := CASE WHEN stream.chance(0.3) THEN at - interval '1 day' ELSE at END;
BEGIN
	RETURN format('INSERT INTO silver.%I (%I, %s, load_timestamp, update_timestamp, source_system) VALUES (%L, %s, %L, %L, %L)',
				  s.relation, s.key, array_to_string(s.columns, ', '),
				  CASE WHEN has_key OR stream.chance(0.99) THEN stream.spell(s.letter, number) END,
				  (SELECT string_agg(quote_nullable(stream.value(c, at)), ', ' ORDER BY i) FROM unnest(s.columns) WITH ORDINALITY AS u (c, i)),
				  loaded, CASE WHEN loaded < at OR stream.chance(0.5) THEN at END, stream.pick('{ZOOM,DESK}', 0.1))
		|| CASE WHEN has_key
				THEN format(' ON CONFLICT (%I) DO UPDATE SET (%s, load_timestamp, update_timestamp, source_system)'
							' = ROW (%s, excluded.load_timestamp, excluded.update_timestamp, excluded.source_system)',
							s.key, array_to_string(s.columns, ', '),
							(SELECT string_agg('excluded.' || c, ', ' ORDER BY i) FROM unnest(s.columns) WITH ORDINALITY AS u (c, i)))
				ELSE '' END;
END
$$;

-- Operations on one key.
CREATE FUNCTION stream.change(s stream.shape, number integer, n integer) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	at timestamptz := stream.instant(n);
	dice float8 := random();
	chosen text[];
	same text := format('%I = ANY (%L)', s.key, stream.spellings(s.letter, number)::text);
	unique_key boolean := s.relation IN ('si_webinars', 'si_licenses');
BEGIN
	IF dice < 0.45 THEN
		-- correct the newest row: another host, day, status ...
		chosen := ARRAY(SELECT c FROM unnest(s.columns) AS c ORDER BY random() LIMIT stream.between(1, 3));
		RETURN format('UPDATE silver.%I SET %s, update_timestamp = %L WHERE %s', s.relation,
					  (SELECT string_agg(format('%I = %L', c, stream.value(c, at)), ', ' ORDER BY i) FROM unnest(chosen) WITH ORDINALITY AS u (c, i)),
					  at, stream.newest(s, number));
	ELSIF dice < 0.55 THEN
		RETURN format('UPDATE silver.%I SET source_system = %L, update_timestamp = %L WHERE %s', s.relation,
					  stream.pick('{ZOOM,DESK}', 0.2), at, stream.newest(s, number));
	ELSIF dice < 0.61 AND s.relation NOT IN ('si_users', 'si_support_tickets') THEN
		-- a correction that does not move the timestamp
		chosen := ARRAY(SELECT c FROM unnest(s.columns) AS c ORDER BY random() LIMIT 1);
		RETURN format('UPDATE silver.%I SET %I = %L WHERE %s', s.relation, chosen[1], stream.value(chosen[1], at), same);
	ELSIF dice < 0.61 AND s.relation = 'si_users' THEN
		RETURN format('UPDATE silver.%I SET company = %L WHERE %s', s.relation, stream.value('company', at), stream.newest(s, number));
	ELSIF dice < 0.67 AND NOT unique_key THEN
		-- the row becomes another key's
		RETURN format('UPDATE silver.%I SET %I = %L, update_timestamp = %L WHERE %s', s.relation, s.key,
					  stream.spell(s.letter, stream.number(s.letter)), at, stream.newest(s, number));
	ELSIF dice < 0.72 THEN
		RETURN format('DELETE FROM silver.%I WHERE %s', s.relation, stream.newest(s, number));
	ELSIF dice < 0.75 AND NOT unique_key THEN
		-- once more
		RETURN format('INSERT INTO silver.%I SELECT * FROM silver.%1$I WHERE %s', s.relation, stream.newest(s, number));
	ELSE
		RETURN format('DELETE FROM silver.%I WHERE %s', s.relation, same);
	END IF;
END
$$;

-- Operations on many rows.
CREATE FUNCTION stream.bulk(n integer) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	at timestamptz := stream.instant(n);
	day date := (at AT TIME ZONE 'UTC')::date;
BEGIN
	RETURN CASE stream.between(1, 8)
		WHEN 1 THEN format('UPDATE silver.si_meetings SET meeting_topic = %L WHERE meeting_topic = %L',
						   'Topic ' || stream.between(1, 40), 'Topic ' || stream.between(1, 40))
		WHEN 2 THEN format('DELETE FROM silver.si_feature_usage WHERE usage_date = %L', day)
		WHEN 3 THEN format($q$INSERT INTO silver.si_feature_usage SELECT 'f' || i, 'm' || i %% 97, 'Chat', i %% 3, %L::date - i %% 5, %L, NULL, 'BULK'
							  FROM generate_series(%s, %1$s + 40) AS i$q$, day, at, stream.number('f'))
		WHEN 4 THEN format($q$UPDATE silver.si_meetings SET start_time = start_time + interval '1 day', end_time = end_time + interval '1 day'
							  WHERE isfinite(start_time) AND (start_time AT TIME ZONE 'UTC')::date = %L$q$, day)
		WHEN 5 THEN format($q$UPDATE silver.si_billing_events SET amount = -amount WHERE event_date = %L$q$, day)
		WHEN 6 THEN format($q$WITH gone AS (DELETE FROM silver.si_participants WHERE (join_time AT TIME ZONE 'UTC')::date = %L RETURNING *)
							  INSERT INTO silver.si_participants SELECT * FROM gone WHERE leave_time IS NOT NULL$q$, day)
		WHEN 7 THEN 'TRUNCATE silver.si_webinars'
		ELSE format($q$UPDATE silver.si_licenses SET end_date = %L WHERE end_date IS NULL AND start_date < %1$L::date - 60$q$, day) END;
END
$$;

-- Operation n of the stream.
CREATE FUNCTION stream.operation(n integer) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	s stream.shape;
	number integer;
	seed integer;
	dice float8;
BEGIN
	SELECT l.seed INTO seed FROM stream.length AS l;
	PERFORM setseed(hashint8extended(n, seed) / 9223372036854775808.0);
	IF stream.chance(0.001) THEN
		RETURN stream.bulk(n);
	END IF;
	dice := random();
	FOR s IN SELECT * FROM stream.shape ORDER BY relation
	LOOP
		EXIT WHEN dice < s.share;
		dice := dice - s.share;
	END LOOP;
	number := stream.number(s.letter);
	IF stream.chance(CASE s.relation WHEN 'si_users' THEN 0.4 ELSE 0.55 END) THEN
		RETURN stream.insert(s, number, n);
	END IF;
	RETURN stream.change(s, number, n);
END
$$;

------------------------------------------------------------------------------
-- Playing
------------------------------------------------------------------------------

-- Operations first to last, some of them in one transaction.
CREATE PROCEDURE stream.play(first integer, last integer) LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	transaction integer := first;
BEGIN
	FOR n IN first .. last
	LOOP
		statement := stream.operation(n);
		PERFORM set_config('zoom_gold.clock', stream.clock(n)::text, false);
		EXECUTE statement;
		IF statement ~ 'silver\.si_(users|support_tickets)' THEN
			INSERT INTO stream.log VALUES (n, transaction, stream.clock(n), statement);
		END IF;
		IF stream.chance(0.7) THEN
			COMMIT;
			transaction := n + 1;
		END IF;
	END LOOP;
END
$$;

-- What was written down, in the same transactions.
CREATE PROCEDURE stream.play_log() LANGUAGE plpgsql AS $$
DECLARE
	l stream.log;
	previous integer;
BEGIN
	FOR l IN SELECT * FROM stream.log ORDER BY n
	LOOP
		IF l.transaction <> previous THEN
			COMMIT;
		END IF;
		previous := l.transaction;
		PERFORM set_config('zoom_gold.clock', l.clock::text, false);
		EXECUTE l.statement;
	END LOOP;
END
$$;

-- Settings, rules and classes of events change a few times.
CREATE PROCEDURE stream.change_settings(batch integer) LANGUAGE plpgsql AS $$
BEGIN
	CASE batch
	WHEN 3 THEN UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
	WHEN 5 THEN INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity)
				VALUES ('popular_topic', 'si_meetings', 'meeting_topic LIKE ''%1%''', 'warning');
	WHEN 6 THEN UPDATE gold_state.billing_event_class SET mrr_sign = 1 WHERE event_type = 'Add-on Purchase';
	WHEN 8 THEN UPDATE gold_state.quality_rule SET severity = 'error' WHERE rule_name = 'popular_topic';
				UPDATE gold_state.settings SET value = 'ignore' WHERE name = 'delete_policy';
	WHEN 9 THEN INSERT INTO gold_state.tracked_column VALUES ('company', 1);
	WHEN 11 THEN UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'popular_topic';
				 UPDATE gold_state.settings SET value = 'close' WHERE name = 'delete_policy';
	WHEN 12 THEN UPDATE gold_state.settings SET value = '2024-02-01' WHERE name = 'min_date';
	WHEN 14 THEN UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'count_negative';
	WHEN 15 THEN UPDATE gold_state.settings SET value = '2000-01-01' WHERE name = 'min_date';
				 DELETE FROM gold_state.tracked_column;
	WHEN 17 THEN UPDATE gold_state.settings SET value = 'host' WHERE name = 'active_user';
				 UPDATE gold_state.quality_rule SET enabled = true, relation = '*', condition = 'source_system = ''DESK'''
				 WHERE rule_name = 'popular_topic';
	ELSE
	END CASE;
END
$$;

-- What a refresh or verify() has to complain of.
CREATE FUNCTION stream.refresh(full_refresh boolean DEFAULT false) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT process_name || ': ' || details FROM zoom_gold.refresh(full_refresh) WHERE status = 'Failure'
$$;
CREATE FUNCTION stream.verify() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT check_name || ': ' || details FROM zoom_gold.verify() WHERE NOT passed
$$;

-- Gold as lines of text, without what tells when it was loaded, and without
-- members (and their last source) that no row has any more, and warnings of what
-- silver has overwritten.
CREATE FUNCTION stream.gold() RETURNS SETOF text LANGUAGE plpgsql
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
	columns text;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'gold'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname ~ '^go_(fact|agg|dim_user)'
	LOOP
		-- a column that was dropped and put back is where it was
		SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY m.position, a.attnum) INTO columns
		FROM pg_attribute a LEFT JOIN zoom_gold.gold_model() m ON m.table_name = name AND m.column_name = a.attname
		WHERE a.attrelid = format('gold.%I', name)::regclass AND a.attnum > 0 AND NOT a.attisdropped
		  AND a.attname NOT IN ('load_date', 'update_date');
		RETURN QUERY EXECUTE format('SELECT %L || '' '' || ROW(%s)::text FROM gold.%I', name, columns, name);
	END LOOP;
	RETURN QUERY
	SELECT DISTINCT 'member ' || m FROM (
		SELECT 'meeting ' || meeting_topic FROM gold.go_dim_meeting JOIN gold.go_fact_meeting_usage USING (meeting_topic)
		UNION ALL SELECT 'feature ' || feature_name FROM gold.go_dim_feature JOIN gold.go_fact_feature_usage USING (feature_name)
		UNION ALL SELECT 'webinar ' || webinar_topic FROM gold.go_dim_webinar JOIN gold.go_fact_webinar_usage USING (webinar_topic)
		UNION ALL SELECT 'ticket ' || ticket_type FROM gold.go_dim_ticket_type JOIN gold.go_fact_support_ticket USING (ticket_type)
		UNION ALL SELECT 'license ' || license_type FROM gold.go_dim_license_type JOIN gold.go_fact_license_utilization USING (license_type)
		UNION ALL SELECT 'event ' || event_type FROM gold.go_dim_billing_event_type JOIN gold.go_fact_billing USING (event_type)) AS x (m);
	RETURN QUERY
	SELECT concat_ws(' ', 'error', source_table, coalesce(info ->> 'key', 'none'), info ->> 'rule', info ->> 'severity', error_type, error_description)
	FROM gold.go_error_audit_log, LATERAL (SELECT process_audit_info::jsonb AS info) AS i
	WHERE status <> 'Resolved' AND info ->> 'rule' <> 'key_reused';
END
$$;

-- Every row of gold with its place but for the process log: what a full
-- refresh must leave alone.
CREATE FUNCTION stream.places() RETURNS SETOF text LANGUAGE plpgsql
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'gold'::regnamespace AND relkind = 'r' AND relname <> 'go_process_audit_log'
	LOOP
		RETURN QUERY EXECUTE format('SELECT concat_ws('' '', %L, ctid, g) FROM gold.%I AS g', name, name);
	END LOOP;
END
$$;
