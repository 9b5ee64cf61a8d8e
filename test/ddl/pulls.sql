-- What people do to the tables that zoom_silver reads, keeps and writes, at
-- random, between changes of the source, events and pulls.
\getenv sources PG_SAMPLE
\set airbyte :sources '/airbyte.sql'
\i :airbyte
\set lines `cat "$PG_SAMPLE/webhook_events.jsonl"`
CREATE SCHEMA pulls;
CREATE TABLE pulls.event AS
SELECT n::integer, line::jsonb -> 'event' AS event, (line::jsonb ->> 'received_at')::timestamptz AS received_at
FROM string_to_table(:'lines', E'\n') WITH ORDINALITY AS l (line, n);
SELECT zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}'), zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}', 'hook') \g /dev/null

-- what was done and not undone yet; what was done before; what silver is to hold
CREATE TABLE pulls.done (n integer, does text, undoes text, place integer GENERATED ALWAYS AS IDENTITY);
CREATE TABLE pulls.everything (LIKE pulls.done);
CREATE TABLE pulls.wanted (n integer, line text);
-- what connectors and Zoom have not brought yet: they try again, in order
CREATE TABLE pulls.waiting (sender text, statement text, place integer GENERATED ALWAYS AS IDENTITY);

-- {read}: a table that is read, {kept}: one of zoom_silver_state, {written}: one
-- of silver, with its {column}; {name} is its name without the schema.
CREATE TABLE pulls.kind (does text, undoes text, since integer NOT NULL DEFAULT 15);
INSERT INTO pulls.kind (does, undoes) VALUES
	('ALTER TABLE {read} RENAME TO away', 'ALTER TABLE raw_zoom.away RENAME TO {name}'),
	('ALTER TABLE {read} SET SCHEMA public', 'ALTER TABLE public.{name} SET SCHEMA raw_zoom'),
	('ALTER TABLE {read} RENAME {column} TO away', 'ALTER TABLE {read} RENAME away TO {column}'),
	('ALTER TABLE {read} RENAME {column} TO "Away"', 'ALTER TABLE {read} RENAME "Away" TO {column}'),
	('ALTER TABLE {read} ADD own_column text DEFAULT ''x''', 'ALTER TABLE {read} DROP own_column'),
	('ALTER TABLE {read} ALTER {column} TYPE text', ''),
	('ALTER TABLE {read} ALTER {column} TYPE jsonb USING to_jsonb({column})', 'ALTER TABLE {read} ALTER {column} TYPE {type} USING ({column} #>> ''{}'')::{type}'),
	('ALTER TABLE {read} ADD kept {type}; UPDATE {read} SET kept = {column}; ALTER TABLE {read} DROP {column}', 'ALTER TABLE {read} RENAME kept TO {column}'),
	('BEGIN; CREATE TABLE raw_zoom.fresh (LIKE {read} INCLUDING ALL); INSERT INTO raw_zoom.fresh SELECT * FROM {read} ORDER BY random(); DROP TABLE {read}; ALTER TABLE raw_zoom.fresh RENAME TO {name}; COMMIT', ''),
	('ALTER TABLE {read} RENAME TO base; CREATE VIEW {read} AS SELECT * FROM raw_zoom.base', 'DROP VIEW {read}; ALTER TABLE raw_zoom.base RENAME TO {name}'),
	('ALTER TABLE {read} RENAME TO base; CREATE TABLE {read} (LIKE raw_zoom.base INCLUDING DEFAULTS) PARTITION BY HASH (_airbyte_raw_id); CREATE TABLE raw_zoom.part_0 PARTITION OF {read} FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE raw_zoom.part_1 PARTITION OF {read} FOR VALUES WITH (MODULUS 2, REMAINDER 1); INSERT INTO {read} SELECT * FROM raw_zoom.base', 'TRUNCATE raw_zoom.base; INSERT INTO raw_zoom.base SELECT * FROM {read}; DROP TABLE {read}; ALTER TABLE raw_zoom.base RENAME TO {name}'),
	('BEGIN; CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE {read}; TRUNCATE {read}; INSERT INTO {read} SELECT * FROM kept; COMMIT', ''),
	('CREATE TABLE public.kept AS TABLE {read}; TRUNCATE {read}; SELECT FROM zoom_silver.pull(); INSERT INTO {read} SELECT * FROM public.kept; DROP TABLE public.kept', ''),
	('CREATE TABLE raw_zoom.child () INHERITS ({read}); WITH gone AS (DELETE FROM ONLY {read} RETURNING *) INSERT INTO raw_zoom.child SELECT * FROM gone', 'WITH gone AS (DELETE FROM raw_zoom.child RETURNING *) INSERT INTO {read} SELECT * FROM gone; DROP TABLE raw_zoom.child'),
	('ALTER TABLE {read} SET UNLOGGED', 'ALTER TABLE {read} SET LOGGED'),
	('CREATE INDEX own_index ON {read} ({column})', 'DROP INDEX raw_zoom.own_index'),
	('VACUUM FULL {read}', ''), ('ANALYZE {read}', ''),
	('UPDATE {read} SET {column} = {column}', ''),
	('ALTER SCHEMA raw_zoom RENAME TO away', 'ALTER SCHEMA away RENAME TO raw_zoom'),
	('SELECT pg_stat_reset()', ''),

	('ALTER TABLE {kept} RENAME TO away', 'ALTER TABLE zoom_silver_state.away RENAME TO {name}'),
	('ALTER TABLE {kept} SET SCHEMA public', 'ALTER TABLE public.{name} SET SCHEMA zoom_silver_state'),
	('ALTER TABLE {kept} RENAME {column} TO away', 'ALTER TABLE {kept} RENAME away TO {column}'),
	('ALTER TABLE {kept} ADD own_column text', 'ALTER TABLE {kept} DROP own_column'),
	('ALTER TABLE {kept} ADD own_column text NOT NULL DEFAULT ''x''', 'ALTER TABLE {kept} DROP own_column'),
	('ALTER TABLE {kept} DROP CONSTRAINT IF EXISTS {name}_pkey CASCADE', 'SELECT pulls.put_keys_back()'),
	('BEGIN; CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE zoom_silver_state.source_query; DELETE FROM zoom_silver_state.source_query; INSERT INTO zoom_silver_state.source_query SELECT * FROM kept; COMMIT', ''),
	('DELETE FROM zoom_silver_state.source_query WHERE source = ''airbyte'' AND relation <> ''si_users''', 'SELECT pulls.add_again()'),
	('SELECT zoom_silver.drop_source(''airbyte'')', 'SELECT pulls.add_again()'),
	('DROP TABLE zoom_silver_state.source CASCADE', 'DROP TABLE zoom_silver_state.source_query; SELECT pulls.add_again()'),
	('DROP TABLE zoom_silver_state.source_query', 'DROP TABLE zoom_silver_state.source; SELECT pulls.add_again()'),
	('UPDATE zoom_silver_state.source_query SET fingerprint = NULL', ''), ('UPDATE zoom_silver_state.source_query SET fingerprint = ''x'', read_at = ''infinity''', ''),
	('UPDATE zoom_silver_state.source_query SET lookup_counts = ''{}'', row_count = NULL', ''),
	('UPDATE zoom_silver_state.source_query SET row_count = 1000000', 'UPDATE zoom_silver_state.source_query SET row_count = NULL'),
	('UPDATE zoom_silver_state.source_query SET enabled = false', 'UPDATE zoom_silver_state.source_query SET enabled = true'),
	('UPDATE zoom_silver_state.source_query SET shape = NULL WHERE source = ''airbyte''', 'SELECT pulls.add_again()'),
	('VACUUM FULL {kept}', ''), ('REINDEX TABLE {kept}', ''),
	('ALTER TABLE {kept} DISABLE TRIGGER ALL', 'ALTER TABLE {kept} ENABLE TRIGGER ALL'),
	('ALTER TABLE {kept} ENABLE ROW LEVEL SECURITY', 'ALTER TABLE {kept} DISABLE ROW LEVEL SECURITY'),
	('ALTER SCHEMA zoom_silver_state RENAME TO away', 'DROP SCHEMA IF EXISTS zoom_silver_state CASCADE; ALTER SCHEMA away RENAME TO zoom_silver_state'),
	('ALTER SCHEMA zoom_silver_state OWNER TO zoom_gold_ddl', 'ALTER SCHEMA zoom_silver_state OWNER TO postgres'),
	('DROP EXTENSION zoom_silver; CREATE EXTENSION zoom_silver', ''),
	('DROP EXTENSION zoom_silver', 'CREATE EXTENSION zoom_silver'),

	('ALTER TABLE {written} RENAME TO away', 'ALTER TABLE silver.away RENAME TO {name}'),
	('ALTER TABLE {written} SET SCHEMA public', 'ALTER TABLE public.{name} SET SCHEMA silver'),
	('ALTER SCHEMA silver RENAME TO away', 'ALTER SCHEMA away RENAME TO silver'),
	('ALTER TABLE {written} RENAME {column} TO away', 'ALTER TABLE {written} RENAME away TO {column}'),
	('ALTER TABLE {written} ADD own_column text DEFAULT ''x''', 'ALTER TABLE {written} DROP own_column'),
	('ALTER TABLE {written} ADD own_column text NOT NULL', 'ALTER TABLE {written} DROP own_column'),
	('ALTER TABLE {written} ADD own_number bigint GENERATED ALWAYS AS IDENTITY', 'ALTER TABLE {written} DROP own_number'),
	('ALTER TABLE {written} ADD own_length integer GENERATED ALWAYS AS (length(source_system)) STORED', 'ALTER TABLE {written} DROP own_length'),
	('ALTER TABLE {written} ADD CONSTRAINT own_check CHECK (source_system <> ''airbyte'') NOT VALID', 'ALTER TABLE {written} DROP CONSTRAINT own_check'),
	('ALTER TABLE {written} ADD CONSTRAINT own_check CHECK (load_timestamp < ''2025-03-01Z'') NOT VALID', 'ALTER TABLE {written} DROP CONSTRAINT own_check'),
	('ALTER TABLE {written} DROP COLUMN own_column', ''),
	('BEGIN; CREATE TABLE silver.fresh (LIKE {written} INCLUDING ALL); INSERT INTO silver.fresh SELECT * FROM {written} ORDER BY random(); DROP TABLE {written}; ALTER TABLE silver.fresh RENAME TO {name}; SELECT FROM zoom_gold.setup(); COMMIT', ''),
	('BEGIN; ALTER TABLE {written} RENAME TO base; CREATE TABLE {written} (LIKE silver.base INCLUDING DEFAULTS) PARTITION BY LIST (source_system); CREATE TABLE silver.part_hook PARTITION OF {written} FOR VALUES IN (''hook''); CREATE TABLE silver.part_other PARTITION OF {written} DEFAULT; INSERT INTO {written} SELECT * FROM silver.base; DROP TABLE silver.base; SELECT FROM zoom_gold.setup(); COMMIT', 'SELECT pulls.make_plain(''{name}'')'),
	('ALTER TABLE {written} RENAME TO base; CREATE VIEW {written} AS SELECT * FROM silver.base; SELECT FROM zoom_gold.setup()', 'DROP VIEW {written}; ALTER TABLE silver.base RENAME TO {name}'),
	('ALTER TABLE {written} RENAME TO base; CREATE VIEW {written} AS SELECT * FROM silver.base UNION ALL SELECT * FROM silver.base WHERE false; SELECT FROM zoom_gold.setup()', 'DROP VIEW {written}; ALTER TABLE silver.base RENAME TO {name}'),
	('CREATE RULE own_rule AS ON INSERT TO {written} DO INSTEAD NOTHING', 'DROP RULE own_rule ON {written}; SELECT pulls.read_again()'),
	('CREATE TRIGGER own_trigger BEFORE INSERT OR UPDATE ON {written} FOR EACH ROW EXECUTE FUNCTION pulls.nothing()', 'DROP TRIGGER own_trigger ON {written}; SELECT pulls.read_again()'),
	('CREATE TRIGGER own_trigger BEFORE INSERT OR UPDATE OR DELETE ON {written} FOR EACH ROW EXECUTE FUNCTION pulls.forbid()', 'DROP TRIGGER own_trigger ON {written}'),
	('ALTER TABLE {written} DISABLE TRIGGER ALL', 'ALTER TABLE {written} ENABLE TRIGGER ALL; SELECT FROM zoom_gold.setup()'),
	('CREATE UNIQUE INDEX own_index ON {written} (source_system, load_timestamp)', 'DROP INDEX silver.own_index'),
	('ALTER TABLE {written} ENABLE ROW LEVEL SECURITY', 'ALTER TABLE {written} DISABLE ROW LEVEL SECURITY'),
	('DELETE FROM {written}', 'SELECT pulls.read_again()'), ('TRUNCATE {written}', 'SELECT pulls.read_again()'),
	('DELETE FROM {written} WHERE random() < 0.5', 'SELECT pulls.read_again()'),
	('UPDATE {written} SET source_system = source_system', ''),
	('VACUUM FULL {written}', ''), ('REINDEX TABLE {written}', ''), ('SELECT FROM zoom_gold.setup()', ''),
	('SELECT FROM zoom_gold.teardown()', 'SELECT FROM zoom_gold.setup()'),
	('BEGIN; DELETE FROM {written}; SELECT FROM zoom_silver.pull(); ROLLBACK', '');
INSERT INTO pulls.kind (does, undoes, since) VALUES
	('ALTER TABLE {written} ADD own_length integer GENERATED ALWAYS AS (length(source_system)) VIRTUAL', 'ALTER TABLE {written} DROP own_length', 18),
	('ALTER TABLE {written} ADD CONSTRAINT own_check CHECK (source_system <> ''airbyte'') NOT ENFORCED', 'ALTER TABLE {written} DROP CONSTRAINT own_check', 18);

CREATE FUNCTION pulls.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION pulls.forbid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'nothing is written to "%"', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION pulls.put_keys_back() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'source_pkey') THEN
		ALTER TABLE zoom_silver_state.source ADD CONSTRAINT source_pkey PRIMARY KEY (name);
		ALTER TABLE zoom_silver_state.source_query ADD CONSTRAINT source_query_of_source FOREIGN KEY (source) REFERENCES zoom_silver_state.source ON DELETE CASCADE;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'source_query_pkey') THEN
		ALTER TABLE zoom_silver_state.source_query ADD CONSTRAINT source_query_pkey PRIMARY KEY (source, relation);
	END IF;
END
$$;
-- As the hints say; the state may be there in part.
CREATE FUNCTION pulls.add_again() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}');
	PERFORM FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}', 'hook');
END
$$;
-- What others took from silver comes back when it is read again; events are folded again.
CREATE FUNCTION pulls.read_again() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
	PERFORM zoom_silver.drop_source('hook');
	PERFORM pulls.add_again();
END
$$;
CREATE FUNCTION pulls.make_plain(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE silver.plain (LIKE silver.%1$I INCLUDING DEFAULTS); INSERT INTO silver.plain SELECT * FROM silver.%1$I; DROP TABLE silver.%1$I; ALTER TABLE silver.plain RENAME TO %1$I', name);
	PERFORM FROM zoom_gold.setup();
END
$$;

CREATE FUNCTION pulls.pick(choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT choices[1 + floor(random() * cardinality(choices))::integer]
$$;

-- One statement and its opposite.
CREATE FUNCTION pulls.statement(OUT does text, OUT undoes text) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	version integer := current_setting('server_version_num')::integer / 10000;
	place text;
	t text;
	c record;
	name text[];
BEGIN
	SELECT k.does, k.undoes INTO does, undoes FROM pulls.kind AS k WHERE k.since <= version ORDER BY k.does COLLATE "C"
	OFFSET floor(random() * (SELECT count(*) FROM pulls.kind AS k WHERE k.since <= version)) LIMIT 1;
	place := CASE WHEN does LIKE '%{read}%' THEN 'raw_zoom' WHEN does LIKE '%{kept}%' THEN 'zoom_silver_state' ELSE 'silver' END;
	t := pulls.pick(CASE place WHEN 'raw_zoom' THEN '{users,report_meetings,report_meeting_participants,report_webinars}'
		WHEN 'silver' THEN '{si_users,si_meetings,si_participants,si_webinars}' ELSE '{source,source_query,event}' END::text[]);
	SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type INTO c FROM pg_attribute a
	WHERE a.attrelid = format('%I.%I', place, t)::regclass AND a.attnum > 0 ORDER BY random() LIMIT 1;
	FOREACH name SLICE 1 IN ARRAY ARRAY[['{read}', format('%I.%I', place, t)], ['{kept}', format('%I.%I', place, t)], ['{written}', format('%I.%I', place, t)],
		['{name}', t], ['{column}', quote_ident(c.attname)], ['{type}', c.type]]
	LOOP
		does := replace(does, name[1], name[2]);
		undoes := replace(undoes, name[1], name[2]);
	END LOOP;
END
$$;

-- What a step brings: changes of the source, as a sync lands them, and events.
CREATE FUNCTION pulls.changes(n integer) RETURNS TABLE (sender text, statement text) LANGUAGE sql AS $$
	VALUES
	('airbyte', format($q$INSERT INTO raw_zoom.users (_airbyte_extracted_at, id, first_name, last_name, email, type, status) VALUES (pulls.clock(%1$s), 'u%1$s', 'User', '%1$s', 'u%1$s@acme.example', 1 + %1$s %% 2, 'active')$q$, n)),
	('airbyte', format($q$UPDATE raw_zoom.users SET last_name = '%1$s later', _airbyte_extracted_at = pulls.clock(%1$s) WHERE id = 'u%2$s'$q$, n, n - 2)),
	('airbyte', format($q$DELETE FROM raw_zoom.users WHERE id = 'u%s'$q$, n - 5)),
	('airbyte', format($q$INSERT INTO raw_zoom.report_meetings (_airbyte_extracted_at, uuid, id, host_id, topic, user_email, start_time, end_time, duration) VALUES (pulls.clock(%1$s), 'm%1$s==', 70000000000 + %1$s, 'u%1$s', 'Topic %1$s', 'u%1$s@acme.example', '2025-03-0%2$sT10:00:00Z', '2025-03-0%2$sT10:30:00Z', 30)$q$, n, 1 + n % 3)),
	('airbyte', format($q$UPDATE raw_zoom.report_meetings SET topic = 'Topic %1$s', _airbyte_extracted_at = pulls.clock(%1$s) WHERE uuid = 'm%2$s=='$q$, n, n - 1)),
	('airbyte', format($q$DELETE FROM raw_zoom.report_meetings WHERE uuid = 'm%s=='$q$, n - 4)),
	('airbyte', format($q$INSERT INTO raw_zoom.report_meeting_participants (_airbyte_extracted_at, id, user_id, name, user_email, join_time, leave_time, duration, status, meeting_id) VALUES (pulls.clock(%1$s), 'u%1$s', '167%1$s', 'User', 'u%1$s@acme.example', '2025-03-0%2$sT10:01:00Z', '2025-03-0%2$sT10:20:00Z', 1140, 'in_meeting', 70000000000 + %1$s)$q$, n, 1 + n % 3))
	UNION ALL
	SELECT 'zoom', format('SELECT zoom_silver.receive(%L, %L)', e.event, e.received_at) FROM (SELECT * FROM pulls.event e WHERE e.n % 8 = changes.n % 8 ORDER BY e.n) AS e
$$;
CREATE FUNCTION pulls.clock(n integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
	SELECT timestamptz '2025-03-04 03:00Z' + n * interval '1 hour'
$$;

-- Whoever sends tries all that waits, in order, up to what fails.
CREATE PROCEDURE pulls.bring() LANGUAGE plpgsql AS $$
DECLARE
	w pulls.waiting;
	stopped text[] := '{}';
BEGIN
	FOR w IN SELECT * FROM pulls.waiting ORDER BY place LOOP
		CONTINUE WHEN w.sender = ANY (stopped);
		BEGIN
			EXECUTE w.statement;
			DELETE FROM pulls.waiting WHERE place = w.place;
		EXCEPTION WHEN OTHERS THEN
			stopped := stopped || w.sender;
			IF w.sender = 'zoom' AND NOT pulls.is_clear(SQLSTATE || ' ' || SQLERRM) THEN
				INSERT INTO pulls.unclear VALUES ('receive(): ' || SQLSTATE || ' ' || SQLERRM);
			END IF;
		END;
	END LOOP;
END
$$;
CREATE TABLE pulls.unclear (line text);

CREATE FUNCTION pulls.is_clear(failure text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT failure ~ '^(23|3F000|42|55000|22|0A000|428C9)' AND failure ~ '"[^"]+"|raw_zoom|permission denied|not set up|has no source|zoom_silver\.|silver\.'
$$;

-- What a pull fails with.
CREATE FUNCTION pulls.failures() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT concat_ws(' ', p.details ->> 'sqlstate', p.details ->> 'error', p.details ->> 'error_detail', 'HINT ' || (p.details ->> 'error_hint'))
	FROM zoom_silver.pull() p WHERE p.status = 'Failure';
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT SQLSTATE || ' ' || SQLERRM;
END
$$;

-- The newest row of every key, without when it was loaded and what others added.
CREATE FUNCTION pulls.silver() RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	relation record;
BEGIN
	FOR relation IN SELECT c.table_name, string_agg('s.' || c.column_name, ', ' ORDER BY c.position) FILTER (WHERE c.column_name NOT IN ('load_timestamp', 'update_timestamp')) AS columns,
			min(c.column_name) FILTER (WHERE c.position = 1) AS key
		FROM zoom_gold.silver_contract() c WHERE c.table_name IN ('si_users', 'si_meetings', 'si_participants', 'si_webinars') GROUP BY c.table_name
	LOOP
		RETURN QUERY EXECUTE format('SELECT DISTINCT ON (s.%1$I, s.source_system) %2$L || '' '' || row(%3$s)::text FROM silver.%2$I AS s
			ORDER BY s.%1$I, s.source_system, coalesce(s.update_timestamp, s.load_timestamp) DESC, s.load_timestamp DESC', relation.key, relation.table_name, relation.columns);
	END LOOP;
END
$$;
-- Without that column nothing tells who only waited to be let in: when it is back, its
-- rows of silver are deleted, for the pull to bring those that ought to be there.
CREATE FUNCTION pulls.lets_in(does text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT does ~ '^ALTER TABLE raw_zoom\.report_meeting_participants .*(\mstatus TO |DROP status$)'
$$;
CREATE FUNCTION pulls.takes(does text, relation text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT does ~ format('^(DELETE FROM|TRUNCATE) silver\.%s', relation) OR relation = 'si_participants' AND pulls.lets_in(does)
$$;
-- What the source has no more does not come back when somebody has taken it from
-- silver (doc/SOURCES.md): meetings that it has purged, and those who took part.
CREATE FUNCTION pulls.is_lost(line text, at integer) RETURNS boolean LANGUAGE sql AS $$
	SELECT line LIKE '%,airbyte)' AND substring(line FROM '^si_(?:meetings|participants) \(m(\d+)==')::integer <= at - 4 AND EXISTS (
		SELECT FROM (TABLE pulls.done UNION ALL TABLE pulls.everything) AS d WHERE pulls.takes(d.does, split_part(line, ' ', 1)))
$$;
CREATE FUNCTION pulls.differs(at integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY (SELECT 'too many: ' || d FROM (SELECT pulls.silver() EXCEPT ALL SELECT line FROM pulls.wanted WHERE n = at) AS d (d) LIMIT 3);
	RETURN QUERY (SELECT 'missing: ' || d FROM (SELECT line FROM pulls.wanted WHERE n = at EXCEPT ALL SELECT pulls.silver()) AS d (d) WHERE NOT coalesce(pulls.is_lost(d, at), false) LIMIT 3);
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT SQLSTATE || ' ' || SQLERRM;
END
$$;

-- Undo all that is done, newest first.
CREATE PROCEDURE pulls.undo() LANGUAGE plpgsql AS $$
DECLARE
	d pulls.done;
BEGIN
	FOR d IN SELECT * FROM pulls.done ORDER BY place DESC LOOP
		PERFORM pulls.take_back(d.undoes);
	END LOOP;
	PERFORM FROM zoom_gold.setup();
	-- which may have failed while another thing was in the way
	IF EXISTS (SELECT FROM pulls.done AS t WHERE t.undoes LIKE '%read_again%') THEN
		PERFORM pulls.read_again();
	ELSIF EXISTS (SELECT FROM pulls.done AS t WHERE t.undoes LIKE '%add_again%') THEN
		PERFORM pulls.add_again();
	END IF;
	IF EXISTS (SELECT FROM pulls.done AS t WHERE pulls.lets_in(t.does)) THEN
		DELETE FROM silver.si_participants WHERE source_system = 'airbyte';
	END IF;
	INSERT INTO pulls.everything SELECT * FROM pulls.done;
	DELETE FROM pulls.done;
END
$$;

-- Silver is right, or errors say clearly what is in the way; when that is undone, it is right.
CREATE FUNCTION pulls.look(n integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	failures text[];
	wrong text[];
BEGIN
	CALL pulls.bring();
	failures := ARRAY(SELECT pulls.failures());
	wrong := ARRAY(SELECT line FROM pulls.unclear);
	DELETE FROM pulls.unclear;
	RETURN QUERY SELECT 'not clear: ' || f FROM unnest(failures || wrong) AS f WHERE NOT pulls.is_clear(f);
	IF failures = '{}' AND NOT EXISTS (SELECT FROM pulls.waiting) AND NOT EXISTS (SELECT pulls.differs(n)) THEN
		RETURN;
	END IF;
	-- nothing said that anything is in the way: nothing may be
	IF failures = '{}' AND NOT EXISTS (SELECT FROM pulls.waiting) AND NOT pulls.was_told() THEN
		RETURN QUERY SELECT 'silently ' || d FROM pulls.differs(n) AS d;
	END IF;
	CALL pulls.undo();
	CALL pulls.bring();
	RETURN QUERY SELECT 'waits: ' || w.statement FROM pulls.waiting w LIMIT 1;
	RETURN QUERY SELECT 'mended: ' || f FROM pulls.failures() AS f;
	RETURN QUERY SELECT 'mended: ' || d FROM pulls.differs(n) AS d;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT 'mending raises ' || SQLSTATE || ' ' || SQLERRM;
END
$$;
-- What others did to silver's own rows, or told zoom_silver not to read, is theirs.
CREATE FUNCTION pulls.was_told() RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM pulls.done d WHERE pulls.lets_in(d.does) OR d.does ~ '^(DELETE FROM silver|TRUNCATE silver|CREATE RULE|CREATE TRIGGER|UPDATE zoom_silver_state|DELETE FROM zoom_silver_state|SELECT zoom_silver.drop_source)')
$$;

-- The script of a seed; without DDL it writes down what silver is to hold.
CREATE FUNCTION pulls.script(seed integer, steps integer, quiet boolean) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	s record;
BEGIN
	PERFORM setseed(((seed * 7919) % 100003)::float8 / 100003);
	FOR n IN 1 .. steps LOOP
		RETURN NEXT format('SET zoom_gold.clock = %L;', pulls.clock(n));
		FOR again IN 0 .. floor(random() * 2)::integer LOOP
			SELECT * INTO s FROM pulls.statement();
			CONTINUE WHEN quiet;
			RETURN NEXT format('INSERT INTO pulls.done (n, does, undoes) VALUES (%s, %L, %L);', n, s.does, s.undoes);
			RETURN NEXT format(E'\\set ERROR false\n%s;\n\\if :ERROR\nROLLBACK;\n\\endif', s.does);
		END LOOP;
		RETURN NEXT format('INSERT INTO pulls.waiting SELECT * FROM pulls.changes(%s);', n);
		IF quiet THEN
			RETURN NEXT 'CALL pulls.bring(); SELECT ''wrong in the quiet: '' || f FROM pulls.failures() AS f; SELECT ''wrong in the quiet: '' || statement FROM pulls.waiting;';
			RETURN NEXT format('INSERT INTO pulls.wanted SELECT %s, pulls.silver();', n);
		ELSE
			RETURN NEXT format('SELECT %L || what FROM pulls.look(%s) AS what;', format('wrong after step %s: ', n), n);
		END IF;
	END LOOP;
	IF NOT quiet THEN
		RETURN NEXT 'SELECT ''wrong at the end: '' || concat_ws('' '', r.process_name, r.details ->> ''error'') FROM zoom_gold.refresh(true) r WHERE r.status = ''Failure'' AND NOT EXISTS (SELECT FROM pulls.done);';
	END IF;
END
$$;
