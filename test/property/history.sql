-- Random histories for the property test: operations on silver, what the
-- model makes of their log, and the audit of slowly changing dimensions.
--
--   CALL history.draw(seed);           operations and rows
--   CALL history.play(seed, shuffled); silver and refreshes
--   CALL history.compute();            the fold, in plain SQL
--   SELECT * FROM history.differences();
--   SELECT * FROM history.audit();
--   SELECT * FROM history.gold();
--   CALL history.wipe();               silver is empty for the next seed
--
-- All rows of a seed carry its source_system, 'S17', by which gold is told
-- apart.  Instants of capture end in 30 seconds and are all different;
-- version timestamps are full minutes and never later than the capture.
--
-- A seed draws the same whatever was drawn before it: random() stands last
-- where it shares a condition, as constant folding would skip it otherwise.
CREATE SCHEMA history;

-- A row of silver, as an operation wrote it; those that reloads bring back
-- unchanged keep their number.
CREATE TABLE history.row (
	rid integer PRIMARY KEY,
	relation text NOT NULL,
	key text NOT NULL,
	version_ts timestamptz NOT NULL,
	load_ts timestamptz NOT NULL,
	body jsonb NOT NULL,			-- the whole row
	replaces integer,				-- the row in whose place it came
	live boolean NOT NULL);
CREATE INDEX ON history.row (relation, key);

CREATE TABLE history.op (
	n integer PRIMARY KEY,
	tx integer NOT NULL,
	at timestamptz NOT NULL,		-- the clock
	relation text NOT NULL,
	kind text NOT NULL,				-- insert, update, delete, empty, truncate
	key text,						-- NULL = of all keys
	comes integer[] NOT NULL,		-- rows
	goes integer[] NOT NULL,
	loose boolean NOT NULL,			-- a version that may arrive in another's place
	shuffled integer[]);			-- the rows that come when it does

CREATE FUNCTION history.pick(texts text[], chance_of_null float8 DEFAULT 0) RETURNS text
LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() >= chance_of_null
				THEN texts[1 + floor(random() * cardinality(texts))::integer] END
$$;
CREATE FUNCTION history.between(low integer, high integer) RETURNS integer
LANGUAGE sql VOLATILE AS $$ SELECT low + floor(random() * (high - low + 1))::integer $$;

------------------------------------------------------------------------------
-- Drawing
------------------------------------------------------------------------------

CREATE FUNCTION history.key_of(relation text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE relation WHEN 'si_users' THEN 'user_id' WHEN 'si_support_tickets' THEN 'ticket_id'
		WHEN 'si_meetings' THEN 'meeting_id' WHEN 'si_billing_events' THEN 'event_id'
		WHEN 'si_licenses' THEN 'license_id' END
$$;

-- What a row says besides its key and timestamps.
CREATE FUNCTION history.content(relation text, prefix text, users integer) RETURNS jsonb
LANGUAGE sql VOLATILE AS $$
	SELECT CASE relation
		WHEN 'si_users' THEN jsonb_build_object(
			'user_name', prefix || ' ' || history.pick('{Ana,Bo,"Bo (a@x.example)",Cy,Dee," Ana "}', 0.25),
			'email', history.pick('{a@x.example,b@x.example," A@x.example",c@x.example}', 0.25),
			'company', history.pick('{Acme,Bravo," Acme "}', 0.25),
			'plan_type', history.pick('{Free,pro,Business,Odd}', 0.25))
		WHEN 'si_support_tickets' THEN jsonb_build_object(
			'user_id', prefix || ' ' || history.between(1, users + 1),
			'ticket_type', 'Audio',
			'resolution_status', history.pick('{Open,In Progress,Resolved,resolved,Closed}'),
			'open_date', date '2024-01-01' + history.between(0, 60))
		WHEN 'si_meetings' THEN jsonb_build_object(
			'host_id', prefix || ' ' || history.between(1, users + 1),
			'meeting_topic', history.pick('{T,U}'),
			'start_time', timestamptz '2023-12-15 00:00Z' + history.between(0, 1500) * interval '6 hours')
		WHEN 'si_billing_events' THEN jsonb_build_object(
			'user_id', prefix || ' ' || history.between(1, users + 1),
			'event_type', 'Refund', 'amount', 1,
			'event_date', date '2023-12-15' + history.between(0, 380))
		ELSE jsonb_build_object(
			'license_type', 'Pro',
			'assigned_to_user_id', prefix || ' ' || history.between(1, users + 1),
			'start_date', date '2023-12-15' + history.between(0, 380)) END
$$;

-- Write a row down; returns its number.
CREATE FUNCTION history.make_row(relation text, key text, version_ts timestamptz, content jsonb, prefix text,
								 in_place_of integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	-- without update_timestamp, loaded then, or loaded before
	form integer := history.between(1, 3);
	stamps jsonb;
	number integer := (SELECT coalesce(max(rid), 0) + 1 FROM history.row);
	loaded timestamptz := version_ts - CASE form WHEN 3 THEN interval '1 day' ELSE interval '0' END;
BEGIN
	stamps := jsonb_build_object('load_timestamp', loaded, 'source_system', prefix, history.key_of(relation), key,
								 'update_timestamp', CASE WHEN form > 1 THEN version_ts END);
	IF in_place_of IS NOT NULL THEN
		-- in place, with the timestamps of what was there
		SELECT r.load_ts, stamps || jsonb_build_object('load_timestamp', r.body -> 'load_timestamp',
													   'update_timestamp', r.body -> 'update_timestamp')
		INTO loaded, stamps FROM history.row r WHERE r.rid = in_place_of;
	END IF;
	INSERT INTO history.row VALUES (number, relation, key, version_ts, loaded, content || stamps, in_place_of, false);
	RETURN number;
END
$$;

-- Note an operation, and who lives now.
CREATE PROCEDURE history.note(tx integer, at timestamptz, relation text, kind text, key text,
							  comes integer[], goes integer[],
							  loose boolean DEFAULT false) LANGUAGE sql AS $$
	INSERT INTO history.op
	SELECT coalesce(max(o.n), 0) + 1, note.tx, note.at, note.relation, note.kind, note.key, note.comes, note.goes,
		   note.loose
	FROM history.op o;
	UPDATE history.row SET live = rid = ANY (comes) WHERE rid = ANY (comes || goes);
$$;

-- Reload a relation, or one key: all rows go and come back, but for some that
-- are altered, newer or left out; in one transaction or, committed, in two.
CREATE PROCEDURE history.reload(INOUT tx integer, INOUT at timestamptz, of_relation text, of_key text, committed boolean,
								prefix text, users integer) LANGUAGE plpgsql AS $$
DECLARE
	old integer[];
	new integer[] := '{}';
	item record;
	left_out text := '';
BEGIN
	old := ARRAY(SELECT rid FROM history.row r
				 WHERE r.live AND r.relation = of_relation AND (of_key IS NULL OR r.key = of_key) ORDER BY rid);
	FOR item IN SELECT r.*, count(*) OVER (PARTITION BY r.key, r.version_ts) > 1 AS tied,
					   row_number() OVER (PARTITION BY r.key, r.version_ts ORDER BY r.rid) AS rank
				FROM history.row r WHERE rid = ANY (old) ORDER BY key COLLATE "C", rid
	LOOP
		CONTINUE WHEN item.key = left_out;
		IF of_key IS NULL AND random() < 0.03 THEN
			left_out := item.key;
		ELSIF committed AND item.rank > 1 THEN
			NULL;	-- rows of one statement know no order
		ELSIF item.rank = 1 AND (of_relation = 'si_users' OR NOT item.tied) AND random() < 0.15 THEN
			new := new || history.make_row(of_relation, item.key, item.version_ts,
										   history.content(of_relation, prefix, users), prefix, item.rid);
		ELSIF of_key IS NOT NULL AND random() < 0.1
			AND NOT EXISTS (SELECT FROM history.row r WHERE r.relation = of_relation AND r.key = of_key
							AND r.version_ts = date_trunc('minute', at)) THEN
			new := new || history.make_row(of_relation, item.key, date_trunc('minute', at),
										   history.content(of_relation, prefix, users), prefix);
		ELSE
			new := new || item.rid;
		END IF;
	END LOOP;
	CALL history.note(tx, at, of_relation,
					  CASE WHEN of_key IS NULL THEN history.pick('{empty,truncate}') ELSE 'delete' END,
					  of_key, '{}', old);
	IF committed THEN
		tx := tx + 1;
		at := at + interval '7 minutes';
	END IF;
	IF cardinality(new) > 0 THEN
		CALL history.note(tx, at, of_relation, 'insert', of_key, new, '{}');
	END IF;
END
$$;

-- Overwrite a row in the transaction that wrote it: it is as if it had come so.
CREATE PROCEDURE history.rewrite(tx integer, at timestamptz, passing integer, content jsonb, prefix text) LANGUAGE plpgsql AS $$
DECLARE
	old history.row := (SELECT r FROM history.row r WHERE rid = passing);
	new integer := history.make_row(old.relation, old.key, old.version_ts, content, prefix, passing);
BEGIN
	UPDATE history.row SET replaces = old.replaces WHERE rid = new;
	CALL history.note(tx, at, old.relation, 'update', old.key, ARRAY[new], ARRAY[passing]);
END
$$;

-- One operation on one key of users or tickets.
CREATE PROCEDURE history.draw_change(tx integer, at timestamptz, of_relation text, of_key text, prefix text,
									 users integer) LANGUAGE plpgsql AS $$
DECLARE
	newest record;			-- living rows: the newest, and any
	other record;
	rows integer[] := ARRAY(SELECT rid FROM history.row r WHERE r.relation = of_relation AND r.key = of_key AND r.live ORDER BY rid);
	deleted timestamptz := (SELECT o.at FROM history.op o
							WHERE o.relation = of_relation AND (o.key = of_key OR o.key IS NULL)
							  AND o.kind IN ('delete', 'empty', 'truncate') ORDER BY n DESC LIMIT 1);
	fresh timestamptz;
	content jsonb := history.content(of_relation, prefix, users);
	-- some keys are hardly touched but for new versions
	dice float8 := CASE WHEN of_key ~ '[258]$' AND random() < 0.8 THEN 1 ELSE random() END;
	is_user boolean := of_relation = 'si_users';
	number integer;
BEGIN
	-- a full minute that the key has not had, late now and then
	LOOP
		fresh := date_trunc('minute', at) - CASE WHEN random() < 0.25 THEN random() * interval '60 days'
												 ELSE random() * interval '2 hours' END;
		fresh := date_trunc('minute', fresh);
		EXIT WHEN NOT EXISTS (SELECT FROM history.row r
							  WHERE r.relation = of_relation AND r.key = of_key AND r.version_ts = fresh);
	END LOOP;
	IF cardinality(rows) = 0 THEN
		-- it comes, or comes back; perhaps with the very instant of its deletion
		IF deleted IS NOT NULL AND random() < 0.1
			AND NOT EXISTS (SELECT FROM history.row r
							WHERE r.relation = of_relation AND r.key = of_key AND r.version_ts = deleted) THEN
			fresh := deleted;
		END IF;
		CALL history.note(tx, at, of_relation, 'insert', of_key,
						  ARRAY[history.make_row(of_relation, of_key, fresh, content, prefix)], '{}', true);
		RETURN;
	END IF;
	SELECT * INTO newest FROM history.row WHERE rid = ANY (rows) ORDER BY version_ts DESC, load_ts DESC, rid DESC LIMIT 1;
	number := rows[history.between(1, cardinality(rows))];
	SELECT * INTO other FROM history.row WHERE rid = number;
	IF dice < 0.20 THEN
		CALL history.note(tx, at, of_relation, 'delete', of_key, '{}', rows);
	ELSIF dice < 0.35 THEN
		-- an exact duplicate
		IF extract(second FROM other.version_ts) = 0 THEN
			INSERT INTO history.row
			SELECT max(rid) + 1, of_relation, of_key, other.version_ts, other.load_ts, other.body, NULL, false FROM history.row
			RETURNING rid INTO number;
			CALL history.note(tx, at, of_relation, 'insert', of_key, ARRAY[number], '{}');
		END IF;
	ELSIF dice < 0.45 AND is_user THEN
		-- a tie
		IF extract(second FROM other.version_ts) = 0 THEN
			CALL history.note(tx, at, of_relation, 'insert', of_key,
							  ARRAY[history.make_row(of_relation, of_key, other.version_ts, content, prefix)], '{}');
		END IF;
	ELSIF dice < 0.57 THEN
		-- an update; now and then of another row than the newest, or a touch
		IF random() < 0.2 THEN
			newest := other;
		END IF;
		IF random() < 0.2 THEN
			content := newest.body;
		END IF;
		CALL history.note(tx, at, of_relation, 'update', of_key,
						  ARRAY[history.make_row(of_relation, of_key, fresh, content, prefix)], ARRAY[newest.rid]);
	ELSIF dice < 0.65 THEN
		-- an update that does not move the timestamp
		IF is_user AND random() < 0.3 THEN
			newest := other;
		END IF;
		IF is_user OR (SELECT count(*) FROM history.row WHERE rid = ANY (rows) AND version_ts = newest.version_ts) = 1 THEN
			number := history.make_row(of_relation, of_key, newest.version_ts, content, prefix, newest.rid);
			CALL history.note(tx, at, of_relation, 'update', of_key, ARRAY[number], ARRAY[newest.rid]);
			IF random() < 0.2 THEN
				CALL history.rewrite(tx, at, number, history.content(of_relation, prefix, users), prefix);
			END IF;
		END IF;
	ELSIF dice < 0.70 AND cardinality(rows) > 1 THEN
		CALL history.note(tx, at, of_relation, 'delete_row', of_key, '{}', ARRAY[other.rid]);
	ELSIF dice < 0.72 THEN
		-- a version that is overwritten before anybody sees it
		number := history.make_row(of_relation, of_key, fresh, content, prefix);
		CALL history.note(tx, at, of_relation, 'insert', of_key, ARRAY[number], '{}');
		CALL history.rewrite(tx, at, number, history.content(of_relation, prefix, users), prefix);
	ELSIF dice < 0.76 THEN
		CALL history.reload(tx, at, of_relation, of_key, false, prefix, users);
	ELSE
		CALL history.note(tx, at, of_relation, 'insert', of_key,
						  ARRAY[history.make_row(of_relation, of_key, fresh, content, prefix)], '{}', true);
	END IF;
END
$$;

-- Of rows that tie one is altered, and comes back before the others do, unchanged:
-- these it must not be taken for.  Drawn last, so that it changes no other draw.
CREATE PROCEDURE history.draw_touches(tx integer, at timestamptz, prefix text, users integer) LANGUAGE plpgsql AS $$
DECLARE
	item record;
BEGIN
	FOR item IN SELECT r.key, min(r.rid) FILTER (WHERE r.is_newest) AS first, max(r.version_ts) AS version_ts, array_agg(r.rid ORDER BY r.rid) AS rids
				FROM (SELECT r.*, rank() OVER (PARTITION BY r.key ORDER BY r.version_ts DESC, r.load_ts DESC) = 1 AS is_newest
					  FROM history.row r WHERE r.live AND r.relation = 'si_users') AS r
				GROUP BY r.key HAVING count(DISTINCT r.body) FILTER (WHERE r.is_newest) > 1
				ORDER BY r.key COLLATE "C" LIMIT 3
	LOOP
		tx := tx + 1;
		at := at + interval '1 minute';
		CALL history.note(tx, at, 'si_users', 'delete', item.key, '{}', item.rids);
		CALL history.note(tx, at, 'si_users', 'insert', item.key,
						  ARRAY[history.make_row('si_users', item.key, item.version_ts, history.content('si_users', prefix, users), prefix,
												 item.first)], '{}');
		CALL history.note(tx, at, 'si_users', 'insert', item.key, array_remove(item.rids, item.first), '{}');
	END LOOP;
END
$$;

-- One operation on a fact's row: it comes, is corrected, goes.
CREATE PROCEDURE history.draw_fact(tx integer, at timestamptz, of_relation text, of_key text, prefix text,
								   users integer) LANGUAGE plpgsql AS $$
DECLARE
	old integer := (SELECT rid FROM history.row r WHERE r.relation = of_relation AND r.key = of_key AND r.live);
	new integer;
BEGIN
	IF old IS NOT NULL AND random() < 0.4 THEN
		CALL history.note(tx, at, of_relation, 'delete', of_key, '{}', ARRAY[old]);
		RETURN;
	END IF;
	new := history.make_row(of_relation, of_key, date_trunc('minute', at), history.content(of_relation, prefix, users), prefix);
	CALL history.note(tx, at, of_relation, CASE WHEN old IS NULL THEN 'insert' ELSE 'update' END, of_key,
					  ARRAY[new], CASE WHEN old IS NULL THEN '{}' ELSE ARRAY[old] END);
END
$$;

-- What a transaction did to a row on the whole: +1 it came, -1 it went.
CREATE VIEW history.net AS
SELECT r.relation, r.key, o.tx, r.rid, max(o.n) AS n, max(o.at) AS at, sum(o.sign) AS sign
FROM (SELECT n, tx, at, unnest(comes) AS rid, 1 AS sign FROM history.op
	  UNION ALL SELECT n, tx, at, unnest(goes), -1 FROM history.op) AS o
JOIN history.row r USING (rid)
GROUP BY r.relation, r.key, o.tx, r.rid
HAVING sum(o.sign) <> 0;

-- How many rows of a key were there before and after a transaction.
CREATE VIEW history.balance AS
SELECT relation, key, tx, min(at) FILTER (WHERE sign < 0) AS went_at, max(at) FILTER (WHERE sign < 0) AS gone_at,
	   sum(sum(sign)) OVER w AS after, sum(sum(sign)) OVER w - sum(sign) AS before
FROM history.net GROUP BY relation, key, tx
WINDOW w AS (PARTITION BY relation, key ORDER BY tx);

-- Versions may come in each other's place between the other operations on
-- their key: those whose timestamp the key has but once, and which is later
-- than the deletion before, as others count from their capture.
CREATE PROCEDURE history.shuffle() LANGUAGE sql AS $$
	UPDATE history.op SET shuffled = comes;
	WITH ends AS MATERIALIZED (
		SELECT relation, key, tx, gone_at AS at FROM history.balance WHERE before > 0 AND after = 0),
	movable AS (
		SELECT o.n, o.relation, o.key, o.comes[1] AS rid,
			   (SELECT count(*) FROM history.op f
				WHERE f.n < o.n AND f.relation = o.relation AND (f.key = o.key OR f.key IS NULL)
				  AND NOT (f.kind = 'insert' AND cardinality(f.comes) = 1)) AS span
		FROM history.op o JOIN history.row r ON r.rid = o.comes[1]
		WHERE o.loose
		  AND (SELECT count(*) FROM history.row s
			   WHERE s.relation = r.relation AND s.key = r.key AND s.version_ts = r.version_ts) = 1
		  AND NOT EXISTS (SELECT FROM ends e WHERE e.relation = o.relation AND e.key = o.key AND e.tx < o.tx
						  AND e.at >= r.version_ts)),
	slots AS (
		SELECT m.*, row_number() OVER (PARTITION BY relation, key, span ORDER BY n) AS place,
			   row_number() OVER (PARTITION BY relation, key, span ORDER BY md5(rid || 'shuffle')) AS drawn
		FROM movable m)
	UPDATE history.op o SET shuffled = ARRAY[b.rid]
	FROM slots a JOIN slots b ON b.relation = a.relation AND b.key = a.key AND b.span = a.span AND b.drawn = a.place
	WHERE o.n = a.n;
$$;

CREATE PROCEDURE history.draw(seed integer) LANGUAGE plpgsql AS $$
DECLARE
	prefix text := 'S' || seed;
	users integer;
	operations integer;
	at timestamptz := '2024-01-01 00:00:30Z';
	tx integer := 1;
	touched text[] := '{}';
	of_relation text;
	of_key text;
	reloads float8;
BEGIN
	PERFORM setseed((seed % 1000000) / 1000000.0);
	TRUNCATE history.row, history.op;
	users := history.between(5, 50);
	operations := users * history.between(4, 20);
	-- half of the histories know no reloads
	reloads := history.between(0, 1) * 2.0 / operations;
	FOR i IN 1 .. operations
	LOOP
		at := at + interval '1 minute' + date_trunc('minute', random() * 2 * interval '330 days' / operations);
		-- users at the front have long histories
		of_relation := CASE WHEN random() < 0.75 THEN 'si_users' WHEN random() < 0.4 THEN 'si_support_tickets'
						 ELSE history.pick('{si_meetings,si_billing_events,si_licenses}') END;
		of_key := prefix || ' ' || 1 + floor(users * CASE of_relation WHEN 'si_users' THEN random() ^ 2
													  WHEN 'si_support_tickets' THEN random() / 3
													  ELSE random() END)::integer;
		-- several operations per transaction now and then, on different keys
		IF of_relation || of_key = ANY (touched) OR random() < 0.8 THEN
			tx := tx + 1;
			touched := '{}';
		END IF;
		touched := touched || (of_relation || of_key);
		IF of_relation IN ('si_users', 'si_support_tickets') AND random() < reloads THEN
			tx := tx + 1;
			CALL history.reload(tx, at, of_relation, NULL, random() < 0.4, prefix, users);
			tx := tx + 1;
		ELSIF of_relation IN ('si_users', 'si_support_tickets') THEN
			CONTINUE WHEN (SELECT count(*) FROM history.row r WHERE r.relation = of_relation AND r.key = of_key) >= 80;
			CALL history.draw_change(tx, at, of_relation, of_key, prefix, users);
		ELSE
			CALL history.draw_fact(tx, at, of_relation, of_key, prefix, users);
		END IF;
	END LOOP;
	CALL history.draw_touches(tx + 1, at, prefix, users);
	CALL history.shuffle();
	ANALYZE history.row, history.op;
END
$$;

------------------------------------------------------------------------------
-- Playing
------------------------------------------------------------------------------

CREATE PROCEDURE history.apply(o history.op, comes integer[]) LANGUAGE plpgsql AS $$
DECLARE
	table_name text := format('silver.%I', o.relation);
	key_name text := history.key_of(o.relation);
	gone integer;
BEGIN
	IF o.kind = 'insert' THEN
		EXECUTE format('INSERT INTO %1$s SELECT (jsonb_populate_record(NULL::%1$s, body)).*'
					   ' FROM history.row WHERE rid = ANY ($1) ORDER BY rid', table_name) USING comes;
	ELSIF o.kind = 'truncate' THEN
		EXECUTE format('TRUNCATE %s', table_name);
	ELSIF o.kind = 'empty' THEN
		EXECUTE format('DELETE FROM %s', table_name);
	ELSIF o.kind = 'delete' THEN
		EXECUTE format('DELETE FROM %s WHERE %I = $1', table_name, key_name) USING o.key;
	ELSE
		-- one of the rows that are as it was written
		EXECUTE format(CASE o.kind WHEN 'delete_row' THEN 'DELETE FROM %1$s'
						ELSE 'UPDATE %1$s SET (%3$s) = (SELECT %3$s FROM jsonb_populate_record(NULL::%1$s, $3))' END
					   || ' WHERE ctid = (SELECT s.ctid FROM %1$s s WHERE %2$I = $1'
						  ' AND s.* IS NOT DISTINCT FROM jsonb_populate_record(NULL::%1$s, $2) LIMIT 1)',
					   table_name, key_name,
					   (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
						WHERE attrelid = table_name::regclass AND attnum > 0))
			USING o.key, (SELECT body FROM history.row WHERE rid = o.goes[1]), (SELECT body FROM history.row WHERE rid = comes[1]);
		GET DIAGNOSTICS gone = ROW_COUNT;
		IF gone <> 1 THEN
			RAISE EXCEPTION 'operation % did not find its row', o.n;
		END IF;
	END IF;
END
$$;

CREATE PROCEDURE history.refresh(whole boolean) LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	FOR step IN SELECT * FROM zoom_gold.refresh(whole, '{go_dim_user,go_fact_meeting_usage,go_fact_support_ticket,go_fact_billing,go_fact_license_utilization}')
				WHERE status = 'Failure'
	LOOP
		RAISE WARNING 'step % failed: %', step.process_name, step.details;
	END LOOP;
END
$$;

-- Each transaction of the log, with refreshes at random places in between.
CREATE PROCEDURE history.play(seed integer, shuffled boolean) LANGUAGE plpgsql AS $$
DECLARE
	o history.op;
	tx integer := 0;
	refreshes float8;
BEGIN
	PERFORM setseed(((seed + CASE WHEN shuffled THEN 300000 ELSE 600000 END) % 1000000) / 1000000.0);
	refreshes := 10 ^ (random() * 1.3) / (SELECT max(n) FROM history.op);
	FOR o IN SELECT * FROM history.op ORDER BY n
	LOOP
		IF o.tx <> tx THEN
			COMMIT;
			tx := o.tx;
			IF random() < refreshes THEN
				CALL history.refresh(random() < 0.02);
				COMMIT;
			END IF;
		END IF;
		PERFORM set_config('zoom_gold.clock', o.at::text, false);
		CALL history.apply(o, CASE WHEN shuffled THEN o.shuffled ELSE o.comes END);
	END LOOP;
	COMMIT;
	PERFORM set_config('zoom_gold.clock', '2025-01-01 12:00Z', false);
	CALL history.refresh(shuffled AND seed % 10 = 0);
END
$$;

CREATE PROCEDURE history.wipe() LANGUAGE sql AS $$
	TRUNCATE silver.si_users, silver.si_support_tickets, silver.si_meetings, silver.si_billing_events,
		silver.si_licenses
$$;

------------------------------------------------------------------------------
-- What the model makes of the log
------------------------------------------------------------------------------

CREATE FUNCTION history.norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT nullif(btrim(regexp_replace($1, '\s+', ' ', 'g')), '')
$$;
CREATE FUNCTION history.spell(value text, known text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce((SELECT k FROM unnest(known) AS k WHERE lower(k) = lower(history.norm(value))), history.norm(value))
$$;
CREATE FUNCTION history.midnight(day date) RETURNS timestamptz LANGUAGE sql STABLE AS $$
	SELECT day::timestamp AT TIME ZONE 'UTC'
$$;

-- The tracked columns of a user or ticket.
CREATE FUNCTION history.tracked(relation text, body jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE relation WHEN 'si_users'
		THEN ARRAY[history.norm(body ->> 'user_name'), lower(history.norm(body ->> 'email')), history.norm(body ->> 'company'),
				   history.spell(body ->> 'plan_type', '{Free,Basic,Pro,Business,Enterprise}')]
		ELSE ARRAY[history.spell(body ->> 'resolution_status', '{Open,In Progress,Resolved,Closed}')] END
$$;

CREATE TABLE history.deletion (relation text, key text, tx integer, at timestamptz);

-- Versions and deletions with the instant from which they count.
CREATE TABLE history.point (relation text, key text, at timestamptz, version_ts timestamptz, load_ts timestamptz,
	n integer, rid integer, tracked text[]);

CREATE TABLE history.version (key text, name text, email text, company text, plan_type text,
	opened timestamptz, valid_from timestamptz, valid_to timestamptz, gold_name text);
CREATE TABLE history.fact (relation text, usr text, day date, at timestamptz, body jsonb, resolved_at timestamptz);

-- Versions by the life in which they count, from when, and in their order.
CREATE VIEW history.counting AS
SELECT v.relation, v.key, v.rid, v.n, v.version_ts, v.load_ts, v.tracked,
	   CASE WHEN v.late THEN (SELECT count(*) FROM history.deletion d
							  WHERE d.relation = v.relation AND d.key = v.key AND d.at < v.version_ts)
			ELSE v.life END AS life,
	   CASE WHEN v.corrects OR v.version_ts <= v.deleted_at AND NOT v.late THEN v.at ELSE v.version_ts END AS at
FROM (SELECT c.*, coalesce(c.version_ts <= c.deleted_at
						   AND (c.version_ts, c.load_ts) < (first_value(c.version_ts) OVER w, first_value(c.load_ts) OVER w),
						   false) AS late
	  FROM (SELECT c.relation, c.key, c.tx, c.at, c.n, c.rid, r.version_ts, r.load_ts, d.life, d.deleted_at,
				   history.tracked(c.relation, r.body) AS tracked, old.rid IS NOT NULL AS corrects,
				   history.tracked(c.relation, old.body) AS tracked_before
			FROM history.net c
			JOIN history.row r USING (rid)
			JOIN history.balance b ON b.relation = c.relation AND b.key = c.key AND b.tx = c.tx
			CROSS JOIN LATERAL (SELECT count(*) AS life, max(d.at) AS deleted_at FROM history.deletion d
								WHERE d.relation = c.relation AND d.key = c.key AND d.tx < c.tx) AS d
			-- in whose place it came, if that was there
			LEFT JOIN history.row old ON old.rid = r.replaces AND b.before > 0 AND old.version_ts = r.version_ts
			WHERE c.sign = 1 AND c.relation IN ('si_users', 'si_support_tickets')) AS c
	  WINDOW w AS (PARTITION BY c.relation, c.key, c.life ORDER BY c.tx, c.version_ts, c.load_ts)) AS v
WHERE NOT coalesce(v.tracked = v.tracked_before, false)
  -- an invalid user row is no version
  AND NOT (v.relation = 'si_users' AND v.tracked[1] IS NULL);

CREATE PROCEDURE history.compute_points() LANGUAGE sql AS $$
	TRUNCATE history.deletion, history.point;
	INSERT INTO history.deletion
	SELECT relation, key, tx, gone_at FROM history.balance WHERE before > 0 AND after = 0;
	INSERT INTO history.point
	SELECT relation, key, at, NULL, NULL, NULL, NULL, NULL FROM history.deletion
	WHERE relation IN ('si_users', 'si_support_tickets');
	-- the law: one that a newer version of its life, or the life's end, forestalls
	-- was in force at no time
	INSERT INTO history.point
	WITH counting AS MATERIALIZED (SELECT * FROM history.counting)
	SELECT v.relation, v.key, v.at, v.version_ts, v.load_ts, v.n, v.rid, v.tracked
	FROM counting v
	WHERE NOT EXISTS (SELECT FROM counting w
					  WHERE w.relation = v.relation AND w.key = v.key AND w.life = v.life AND w.at <= v.at
						AND (w.version_ts, w.load_ts, w.n) > (v.version_ts, v.load_ts, v.n))
	  AND v.at < ALL (SELECT d.at FROM history.deletion d
					  WHERE d.relation = v.relation AND d.key = v.key
					  ORDER BY d.tx OFFSET v.life LIMIT 1);
$$;

CREATE PROCEDURE history.compute_users() LANGUAGE sql AS $$
	TRUNCATE history.version;
	INSERT INTO history.version (key, name, email, company, plan_type, opened, valid_from, valid_to)
	SELECT key, tracked[1], tracked[2], tracked[3], tracked[4], at, at, until
	FROM (SELECT key, tracked, at, lead(at, 1, '9999-12-31 00:00Z') OVER (PARTITION BY key ORDER BY at) AS until
		  FROM (SELECT p.*, lag(tracked) OVER w AS before, row_number() OVER w AS place
				FROM history.point p WHERE relation = 'si_users'
				WINDOW w AS (PARTITION BY key ORDER BY at)) AS p
		  WHERE place = 1 OR tracked IS DISTINCT FROM before) AS changes
	WHERE tracked IS NOT NULL;
	-- names: who opened first with it has it plain, the others qualified
	WITH claim AS (
		SELECT c.*, row_number() OVER (PARTITION BY name ORDER BY opened, key COLLATE "C") AS place,
			   name || ' (' || email || ')' AS by_email
		FROM (SELECT DISTINCT ON (key, name) key, name, email, opened FROM history.version ORDER BY key, name, opened) AS c),
	named AS (
		SELECT key, name,
			   CASE WHEN place = 1 THEN name
					WHEN by_email IS NULL OR by_email IN (SELECT name FROM claim)
						OR row_number() OVER (PARTITION BY by_email, place = 1 ORDER BY opened, key COLLATE "C") > 1
					THEN name || ' (' || key || ')' ELSE by_email END AS gold_name
		FROM claim)
	UPDATE history.version v SET gold_name = n.gold_name FROM named n WHERE n.key = v.key AND n.name = v.name;
$$;

CREATE PROCEDURE history.compute_facts() LANGUAGE sql AS $$
	TRUNCATE history.fact;
	-- the newest living row of a key
	INSERT INTO history.fact
	SELECT relation, usr, day, coalesce(start, history.midnight(day + 1) - interval '1 microsecond'), body,
		   -- as long as the fact shows a ticket that is resolved
		   CASE WHEN relation = 'si_support_tickets' AND (history.tracked(relation, body))[1] IN ('Resolved', 'Closed') THEN
				(SELECT CASE WHEN min(run.at) >= history.midnight(day) THEN min(run.at) END
				 FROM (SELECT at, bool_and(coalesce(tracked[1] IN ('Resolved', 'Closed'), false)) OVER (ORDER BY at DESC) AS unbroken
					   FROM history.point p WHERE p.relation = newest.relation AND p.key = newest.key) AS run
				 WHERE unbroken) END
	FROM (SELECT DISTINCT ON (relation, key) relation, key, body,
				 history.norm(coalesce(body ->> 'user_id', body ->> 'host_id', body ->> 'assigned_to_user_id')) AS usr,
				 (body ->> 'start_time')::timestamptz AS start,
				 coalesce(((body ->> 'start_time')::timestamptz AT TIME ZONE 'UTC')::date,
						  coalesce(body ->> 'open_date', body ->> 'event_date', body ->> 'start_date')::date) AS day
		  FROM history.row r WHERE live AND relation <> 'si_users'
		  ORDER BY relation, key, version_ts DESC, load_ts DESC) AS newest;
	-- the first version reaches back to the first fact
	UPDATE history.version v SET valid_from = history.midnight(f.day)
	FROM (SELECT usr, min(day) AS day FROM history.fact GROUP BY usr) AS f
	WHERE f.usr = v.key AND history.midnight(f.day) < v.opened
	  AND v.opened = (SELECT min(w.opened) FROM history.version w WHERE w.key = v.key);
$$;

CREATE FUNCTION history.name_at(of_user text, instant timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT gold_name FROM history.version
	WHERE key = of_user ORDER BY opened <= instant DESC, CASE WHEN opened <= instant THEN -extract(epoch FROM opened)
																ELSE extract(epoch FROM opened) END LIMIT 1
$$;

CREATE PROCEDURE history.compute() LANGUAGE plpgsql AS $$
BEGIN
	CALL history.compute_points();
	CALL history.compute_users();
	CALL history.compute_facts();
END
$$;

-- What gold should hold, and what it holds, as lines of text.
CREATE FUNCTION history.expected() RETURNS TABLE (line text) LANGUAGE sql STABLE
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
	SELECT ROW('user', gold_name, email, company, plan_type, valid_from, valid_to, valid_to = '9999-12-31 00:00Z')::text
	FROM history.version
	UNION ALL
	SELECT CASE relation
		WHEN 'si_meetings' THEN ROW('meeting', u, body ->> 'meeting_topic', at, NULL, NULL)::text
		WHEN 'si_billing_events' THEN ROW('billing', u, body ->> 'event_type', -1.00, day)::text
		WHEN 'si_licenses' THEN ROW('license', u, body ->> 'license_type', day, NULL)::text
		ELSE ROW('ticket', u, body ->> 'ticket_type', (history.tracked(relation, body))[1], day, resolved_at)::text END
	FROM (SELECT f.*, history.name_at(usr, at) AS u FROM history.fact f) AS f
$$;
CREATE FUNCTION history.gold(seed integer) RETURNS TABLE (line text) LANGUAGE sql STABLE
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
	SELECT ROW('user', user_name, email, company, plan_type, valid_from, valid_to, is_current)::text
	FROM gold.go_dim_user WHERE source_system = 'S' || seed
	UNION ALL
	SELECT ROW('meeting', user_name, meeting_topic, start_time, end_time, duration_minutes)::text
	FROM gold.go_fact_meeting_usage WHERE source_system = 'S' || seed
	UNION ALL
	SELECT ROW('billing', user_name, event_type, amount, event_date)::text
	FROM gold.go_fact_billing WHERE source_system = 'S' || seed
	UNION ALL
	SELECT ROW('license', user_name, license_type, start_date, end_date)::text
	FROM gold.go_fact_license_utilization WHERE source_system = 'S' || seed
	UNION ALL
	SELECT ROW('ticket', user_name, ticket_type, resolution_status, open_date, resolved_at)::text
	FROM gold.go_fact_support_ticket WHERE source_system = 'S' || seed
$$;

CREATE FUNCTION history.differences(seed integer) RETURNS SETOF text LANGUAGE sql AS $$
	WITH gold AS MATERIALIZED (SELECT * FROM history.gold(seed)),
		 expected AS MATERIALIZED (SELECT * FROM history.expected())
	SELECT 'too many: ' || line FROM (SELECT * FROM gold EXCEPT ALL SELECT * FROM expected) AS d
	UNION ALL
	SELECT 'missing: ' || line FROM (SELECT * FROM expected EXCEPT ALL SELECT * FROM gold) AS d
$$;

------------------------------------------------------------------------------
-- The audit, of gold itself; whose a version is says the engine's state
------------------------------------------------------------------------------

CREATE FUNCTION history.audit(seed integer) RETURNS SETOF text LANGUAGE sql
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
	WITH version AS MATERIALIZED (
		SELECT i.user_id AS key, g.user_name, g.valid_from, g.valid_to, g.is_current,
			   lead(g.valid_from) OVER (PARTITION BY i.user_id ORDER BY g.valid_from) AS next
		FROM gold.go_dim_user g
		LEFT JOIN gold_state.user_version v ON v.user_name = g.user_name AND v.valid_from = g.valid_from
		LEFT JOIN gold_state.user_identity i USING (ordinal)
		WHERE g.source_system = 'S' || seed),
	fact AS MATERIALIZED (
		SELECT user_name, start_time AS at FROM gold.go_fact_meeting_usage WHERE source_system = 'S' || seed
		UNION ALL
		SELECT user_name, history.midnight(day + 1) - interval '1 microsecond'
		FROM (SELECT user_name, event_date AS day, source_system FROM gold.go_fact_billing
			  UNION ALL SELECT user_name, start_date, source_system FROM gold.go_fact_license_utilization
			  UNION ALL SELECT user_name, open_date, source_system FROM gold.go_fact_support_ticket) AS f
		WHERE source_system = 'S' || seed),
	-- whether there is a row, and a version since the last deletion
	alive AS MATERIALIZED (
		SELECT p.key, EXISTS (SELECT FROM silver.si_users s WHERE s.user_id = p.key) AS lives,
			   bool_or(p.rid IS NOT NULL AND (d.at IS NULL OR p.at > d.at)) AS has_version
		FROM history.point p
		LEFT JOIN (SELECT key, max(at) AS at FROM history.deletion WHERE relation = 'si_users' GROUP BY key) AS d USING (key)
		WHERE p.relation = 'si_users' GROUP BY p.key)
	SELECT 'belongs to nobody: ' || v::text FROM version v WHERE key IS NULL
	UNION ALL
	SELECT 'no length: ' || v::text FROM version v WHERE valid_from >= valid_to
	UNION ALL
	SELECT 'overlap: ' || v::text FROM version v WHERE next < valid_to
	UNION ALL
	SELECT 'gap without a deletion: ' || v::text FROM version v
	WHERE coalesce(next > valid_to, NOT is_current)
	  AND NOT EXISTS (SELECT FROM history.deletion d WHERE d.relation = 'si_users' AND d.key = v.key AND d.at = v.valid_to)
	UNION ALL
	SELECT 'current and closed: ' || v::text FROM version v WHERE is_current <> (valid_to = '9999-12-31 00:00Z')
	UNION ALL
	SELECT 'current versions of ' || a.key || ': ' || n
	FROM alive a CROSS JOIN LATERAL (SELECT count(*) AS n FROM version v WHERE v.key = a.key AND v.is_current) AS c
	WHERE n <> (lives AND has_version)::integer
	UNION ALL
	SELECT 'a name of two users: ' || user_name FROM version GROUP BY user_name HAVING count(DISTINCT key) > 1
	UNION ALL
	-- deleted users apart
	SELECT 'fact in ' || n || ' versions: ' || f::text
	FROM fact f CROSS JOIN LATERAL (SELECT count(*) AS n FROM version v
									WHERE v.user_name = f.user_name AND v.valid_from <= f.at AND v.valid_to > f.at) AS c
	WHERE f.user_name IS NOT NULL AND n <> 1
	  AND NOT (n = 0 AND EXISTS (SELECT FROM version v WHERE v.user_name = f.user_name AND v.valid_to <= f.at
								 AND coalesce(v.next, 'infinity') > f.at
								 AND EXISTS (SELECT FROM history.deletion d WHERE d.relation = 'si_users'
											 AND d.key = v.key AND d.at = v.valid_to)))
$$;

-- What gold held at the end of every seed, and how much was drawn.
CREATE TABLE history.kept (seed integer, line text);
CREATE TABLE history.drawn (seed integer, count bigint);
