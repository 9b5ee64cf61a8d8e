-- What people do to tables, at random: the statements of kinds.sql, and a look
-- at what comes of them.
CREATE EXTENSION dblink SCHEMA ddl;
-- this database, from afar
CREATE EXTENSION postgres_fdw SCHEMA ddl;
DO $$
BEGIN
	EXECUTE format('CREATE SERVER ddl FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		current_setting('unix_socket_directories'), current_setting('port'), current_database());
END
$$;
CREATE USER MAPPING FOR CURRENT_USER SERVER ddl;
-- where there is ICU
DO $$
BEGIN
	CREATE COLLATION ddl.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN feature_not_supported THEN
	CREATE COLLATION ddl.no_case FROM "C";
END
$$;

-- what was done and not looked after yet, and what was done before
CREATE TABLE ddl.done (n integer, does text, undoes text, loses text, place integer GENERATED ALWAYS AS IDENTITY);
CREATE TABLE ddl.everything (LIKE ddl.done);

CREATE FUNCTION ddl.pick(choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT choices[1 + floor(random() * cardinality(choices))::integer]
$$;

-- One statement and its opposite.  The names are those of the model.
CREATE FUNCTION ddl.statement(OUT does text, OUT undoes text, OUT loses text) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	version integer := current_setting('server_version_num')::integer / 10000;
	kinds integer := (SELECT count(*) FROM ddl.kind AS k WHERE k.since <= version);
	kind ddl.kind;
	layer text;
	t text;
	c record;
	index_name text;
	name text[];
BEGIN
	SELECT k.* INTO kind FROM ddl.kind AS k WHERE k.since <= version
	ORDER BY k.does COLLATE "C", k.undoes COLLATE "C" OFFSET floor(random() * kinds) LIMIT 1;
	layer := CASE WHEN kind.does LIKE '%{state}%' THEN 'gold_state' WHEN kind.does ~ '{(silver|parted)}' THEN 'silver'
				  WHEN kind.does LIKE '%{gold}%' THEN 'gold' ELSE ddl.pick('{gold,gold_state,silver,silver}') END;
	t := ddl.pick(ARRAY(SELECT m.table_name FROM zoom_gold.model_table() m WHERE m.table_schema = layer
						AND (kind.does NOT LIKE '%{parted}%' OR m.table_name = ANY (ddl.may_be_partitioned()))
						AND (kind.does NOT LIKE '%DROP {column}%' OR m.table_name NOT LIKE '%\_log') ORDER BY 1));
	SELECT m.column_name, m.data_type INTO c FROM zoom_gold.model_column() m
	WHERE m.table_schema = layer AND m.table_name = t ORDER BY m.position
	OFFSET floor(random() * (SELECT count(*) FROM zoom_gold.model_column() m WHERE m.table_schema = layer AND m.table_name = t)) LIMIT 1;
	index_name := coalesce((SELECT quote_ident(i.index_name) FROM zoom_gold.model_index() i WHERE i.table_schema = layer AND i.table_name = t ORDER BY 1 LIMIT 1), 'missing');
	does := kind.does;
	undoes := kind.undoes;
	-- no change is captured where a column wants a value that it has not
	loses := CASE WHEN layer = 'gold_state' AND t IN ('user_change', 'ticket_change') AND kind.does ~ '{(table|state)}.*(NOT NULL|IDENTITY|PRIMARY KEY)' THEN 'history' ELSE kind.loses END;
	FOREACH name SLICE 1 IN ARRAY ARRAY[
		['{table}', format('%I.%I', layer, t)], ['{gold}', format('%I.%I', layer, t)], ['{state}', format('%I.%I', layer, t)],
		['{silver}', format('%I.%I', layer, t)], ['{parted}', format('%I.%I', layer, t)],
		['{schema}', layer], ['{name}', quote_ident(t)], ['{column}', quote_ident(c.column_name)], ['{type}', c.data_type],
		['{other}', CASE c.data_type WHEN 'text' THEN 'varchar(9000)' WHEN 'integer' THEN CASE layer WHEN 'silver' THEN 'integer' ELSE 'bigint' END
			WHEN 'bigint' THEN 'numeric' WHEN 'date' THEN CASE layer WHEN 'silver' THEN 'date' ELSE 'timestamp' END
			WHEN 'timestamptz' THEN CASE layer WHEN 'silver' THEN 'timestamptz' ELSE 'timestamp' END
			WHEN 'boolean' THEN 'boolean' ELSE 'numeric(30,2)' END],
		['{odd}', CASE c.data_type WHEN 'text' THEN 'varchar(9000)' ELSE 'text' END],
		['{index}', format('%I.%s', layer, index_name)], ['{index_name}', index_name],
		['{views}', 'DROP SCHEMA IF EXISTS gold_masked, gold_bi, gold_bi_masked CASCADE']]
	LOOP
		does := replace(does, name[1], name[2]);
		undoes := replace(undoes, name[1], name[2]);
	END LOOP;
END
$$;

-- The relations that the stream fills without a unique index and without asking
-- where rows lie when their past is told again.
CREATE FUNCTION ddl.may_be_partitioned() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT '{si_meetings,si_participants,si_feature_usage,si_billing_events}'::text[]
$$;

-- Make a relation of silver a partitioned one.
CREATE FUNCTION ddl.partition(relation text) RETURNS text LANGUAGE sql AS $$
	SELECT format('DROP TABLE silver.%1$I; CREATE TABLE silver.%1$I (%2$s) PARTITION BY RANGE (load_timestamp); '
		'CREATE TABLE silver.%1$s_early PARTITION OF silver.%1$I FOR VALUES FROM (MINVALUE) TO (''2024-06-01 00:00Z''); '
		'CREATE TABLE silver.%1$s_late PARTITION OF silver.%1$I FOR VALUES FROM (''2024-06-01 00:00Z'') TO (MAXVALUE); SELECT FROM zoom_gold.setup();',
		relation, string_agg(c.column_name || ' ' || c.data_type, ', ' ORDER BY c.position))
	FROM zoom_gold.silver_contract() AS c WHERE c.table_name = relation
$$;

-- Another session reads a table, and does not end its transaction before it is told to.
CREATE FUNCTION ddl.hold(relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ddl.dblink_connect('ddl', format('dbname=%s', current_database()));
	PERFORM ddl.dblink_exec('ddl', format('BEGIN; LOCK TABLE %s IN ACCESS SHARE MODE', relation));
END
$$;
CREATE FUNCTION ddl.release() RETURNS void LANGUAGE sql AS $$
	SELECT ddl.dblink_disconnect(c) FROM unnest(ddl.dblink_get_connections()) AS c
$$;

-- A statement in a transaction with a refresh, which ends so; '' = as it is.
CREATE FUNCTION ddl.in_transaction(does text, n integer, ending text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN ending = '' THEN does ELSE format(
		'BEGIN; SAVEPOINT s; %s; SELECT ''wrong in step %s: not clear: '' || f.failure FROM ddl.failures(false) AS f WHERE NOT ddl.is_clear(f.failure); %s; COMMIT', does, n, ending) END
$$;

-- The script of a seed: statements, changes of silver, and a look after each.
CREATE FUNCTION ddl.script(seed integer, steps integer) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	s record;
	ending text;
	relation text;
BEGIN
	PERFORM setseed(((seed * 7919) % 100003)::float8 / 100003);
	FOREACH relation IN ARRAY ddl.may_be_partitioned() LOOP
		IF random() < 0.3 THEN
			RETURN NEXT ddl.partition(relation);
		END IF;
	END LOOP;
	IF random() < 0.2 THEN
		RETURN NEXT 'SELECT FROM zoom_gold.setup(partition_facts => ''month'');';
	END IF;
	FOR n IN 1 .. steps LOOP
		FOR again IN 0 .. floor(random() * 3)::integer LOOP
			SELECT * INTO s FROM ddl.statement();
			ending := ddl.pick('{"","","","","","","",RELEASE s,ROLLBACK TO s,ROLLBACK}');
			IF s.does ~ '^BEGIN|VACUUM|CONCURRENTLY|FREEZE|FOREIGN' THEN
				ending := '';
			END IF;
			RETURN NEXT format(E'\\set ERROR false\n%s;\n\\if :ERROR\nROLLBACK;\n\\endif', ddl.in_transaction(s.does, n, ending));
			-- half of it may have been done
			RETURN NEXT format('INSERT INTO ddl.done (n, does, undoes, loses) VALUES (%s, %L, %L, %L);',
				n, s.does || CASE WHEN ending <> '' THEN format(' (refresh; %s)', ending) ELSE '' END, s.undoes, s.loses);
		END LOOP;
		RETURN NEXT format('CALL stream.play(%s, %s);', n * 20 - 19, n * 20);
		RETURN NEXT format('SELECT %L || what FROM ddl.look(%s) AS what;', format('wrong after step %s: ', n), n);
	END LOOP;
	RETURN NEXT format('SELECT ''wrong at the end: '' || what FROM ddl.mend(%s) AS what;', steps);
	RETURN NEXT 'SELECT ''history'' FROM ddl.everything WHERE loses = ''history'' LIMIT 1;';
END
$$;

CREATE FUNCTION ddl.verify() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT 'verify() ' || v FROM stream.verify() AS v;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT 'verify() raises ' || SQLSTATE || ' ' || SQLERRM;
END
$$;

-- What a refresh failed with: "SQLSTATE message detail", and the hint.
CREATE FUNCTION ddl.failures(full_refresh boolean) RETURNS TABLE (failure text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT concat_ws(' ', r.details ->> 'sqlstate', r.details ->> 'error', r.details ->> 'error_detail',
		-- whose expression it was
		substring(r.details ->> 'error_hint' FROM '^A default.*')), r.details ->> 'error_hint'
	FROM zoom_gold.refresh(full_refresh) r
	WHERE r.status = 'Failure' AND r.process_name <> 'refresh' AND r.details ->> 'error' NOT LIKE 'skipped because%';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, failure = MESSAGE_TEXT;
	failure := SQLSTATE || ' ' || failure;
	RETURN NEXT;
END
$$;

-- An error is clear when it names a table or column and is of a class that
-- tells of tables as they are.
CREATE FUNCTION ddl.is_clear(failure text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT failure ~ '^(23|3F000|42P01|42501|42703|42804|42809|55000|428C9|22001|22003|22012|22023)' AND failure ~ '"[^"]+"|permission denied for \w+ \w+|zoom_gold is not set up'
$$;

-- The statements that a hint names, in its order.
CREATE FUNCTION ddl.remedies(hint text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN m[1] LIKE 'ALTER%' THEN m[1] ELSE 'SELECT FROM ' || m[1] END
	FROM regexp_matches(hint, '(zoom_gold\.(?:setup|refresh)\([^()]*\)|ALTER TABLE \S+ SET SCHEMA public|ALTER TABLE \S+ ALTER COLUMN .*?(?=, then|, or put))', 'g') AS m
$$;

-- Do what the hints say, and where that has an error, what its hint says first.
-- The errors that are not clear.
CREATE FUNCTION ddl.apply(hints text[], depth integer DEFAULT 3) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	remedy text;
	before text;
BEGIN
	FOR remedy IN SELECT r FROM unnest(hints) WITH ORDINALITY AS h (hint, i), ddl.remedies(h.hint) WITH ORDINALITY AS x (r, j)
		GROUP BY r ORDER BY min(i), min(j)
	LOOP
		BEGIN
			IF remedy LIKE 'ALTER TABLE%' THEN
				DROP SCHEMA IF EXISTS gold_masked, gold_bi, gold_bi_masked CASCADE;
			END IF;
			EXECUTE remedy;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS before = PG_EXCEPTION_HINT;
			IF NOT ddl.is_clear(SQLSTATE || ' ' || SQLERRM) THEN
				RETURN NEXT format('the remedy "%s" raises %s %s', remedy, SQLSTATE, SQLERRM);
			ELSIF depth > 0 AND EXISTS (SELECT FROM ddl.remedies(before)) THEN
				RETURN QUERY SELECT ddl.apply(ARRAY[before], depth - 1);
				RETURN QUERY SELECT ddl.apply(ARRAY[remedy], depth - 1);
			END IF;
		END;
	END LOOP;
END
$$;

-- Does setup() say that something else is in the way?
CREATE FUNCTION ddl.setup_raises() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM zoom_gold.setup();
	RETURN false;
EXCEPTION WHEN OTHERS THEN
	RETURN true;
END
$$;

-- Undo all that is done, newest first; what is still wrong then?
CREATE FUNCTION ddl.mend(n integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	d ddl.done;
	lost boolean := false;
BEGIN
	-- what forbids commands goes first
	FOR d IN SELECT * FROM ddl.done ORDER BY does LIKE 'CREATE EVENT TRIGGER%' DESC, place DESC LOOP
		lost := lost OR d.loses IS NOT NULL;
		PERFORM ddl.take_back(d.undoes);
	END LOOP;
	INSERT INTO ddl.everything SELECT * FROM ddl.done;
	DELETE FROM ddl.done;
	RETURN QUERY SELECT 'mending, ' || a FROM ddl.apply('{zoom_gold.setup()}') AS a;
	PERFORM set_config('zoom_gold.clock', stream.clock(n * 20)::text, false);
	RETURN QUERY SELECT 'still ' || concat_ws(' ', f.failure, f.hint) FROM ddl.failures(lost) AS f;
	RETURN QUERY SELECT 'mended, ' || v FROM ddl.verify() AS v;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT 'mending raises ' || SQLSTATE || ' ' || SQLERRM;
END
$$;

-- Refresh: right, or clear errors that end when the cause does, by what they
-- name as the remedy or, where they name no statement, by undoing what was done.
CREATE FUNCTION ddl.look(n integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	lost boolean := EXISTS (SELECT FROM ddl.done WHERE loses IS NOT NULL);
	done text := (SELECT string_agg(does, '; ' ORDER BY place) FROM ddl.done);
	failures text[];
	hints text[];
	after text[] := '{}';
BEGIN
	PERFORM set_config('zoom_gold.clock', stream.clock(n * 20)::text, false);
	SELECT array_agg(f.failure), array_agg(f.hint) INTO failures, hints FROM ddl.failures(false) AS f;
	IF failures IS NULL THEN
		IF lost AND EXISTS (SELECT FROM ddl.verify()) THEN
			RETURN QUERY SELECT m || ', done: ' || done FROM ddl.mend(n) AS m;
		END IF;
		-- what is missing verify() names as long as it is
		RETURN QUERY SELECT v || ', done: ' || done FROM ddl.verify() AS v WHERE v NOT LIKE '%: nothing is compared';
		RETURN;
	END IF;
	RETURN QUERY SELECT 'not clear: ' || f || ', done: ' || done FROM unnest(failures) AS f WHERE NOT ddl.is_clear(f);
	IF EXISTS (SELECT FROM unnest(hints) AS h, ddl.remedies(h)) THEN
		RETURN QUERY SELECT a || ', done: ' || done FROM ddl.apply(hints) AS a;
		after := ARRAY(SELECT f.failure FROM ddl.failures(lost) AS f);
		RETURN QUERY SELECT 'the remedy does not help: ' || concat_ws(' ', f, h) || ', done: ' || done
		FROM unnest(failures, hints) AS u (f, h) WHERE f = ANY (after) AND h !~ 'to see what|tells what' AND EXISTS (SELECT FROM ddl.remedies(h)) AND NOT ddl.setup_raises();
		IF after = '{}' THEN
			RETURN QUERY SELECT 'after the remedy ' || v || ', after ' || failures[1] || ', done: ' || done
			FROM ddl.verify() AS v WHERE v NOT LIKE '%: nothing is compared';
			RETURN;
		END IF;
	END IF;
	RETURN QUERY SELECT m || ', after ' || failures[1] || ', done: ' || done FROM ddl.mend(n) AS m;
END
$$;
