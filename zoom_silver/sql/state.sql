/* ==========================================================================
 * State: which sources there are
 *
 * Ordinary tables, made when they are first needed.
 * ==========================================================================
 */

-- What owns gold has rights on zoom_gold; who was granted zoom_silver alone has not.
CREATE FUNCTION zoom_silver.require_gold() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT has_schema_privilege('zoom_gold', 'USAGE') OR NOT has_function_privilege('zoom_gold.require_setup()', 'EXECUTE') THEN
		RAISE EXCEPTION 'permission denied for schema "zoom_gold"' USING ERRCODE = 'insufficient_privilege',
			HINT = format('As its owner: GRANT USAGE ON SCHEMA zoom_gold TO %1$I; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO %1$I.', current_user);
	END IF;
	PERFORM zoom_gold.require_setup();
END
$$;
COMMENT ON FUNCTION zoom_silver.require_gold() IS 'Fails with a hint where the caller may not use zoom_gold, or its setup() was not run';

CREATE FUNCTION zoom_silver.require_owner(wanted text DEFAULT 'USAGE') RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner name := (SELECT r.rolname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
		WHERE n.nspname = 'zoom_silver_state' AND (NOT has_schema_privilege(n.oid, wanted)
			OR EXISTS (SELECT FROM pg_class c JOIN zoom_silver.state_table() t ON t.table_name = c.relname
				WHERE c.relnamespace = n.oid AND NOT has_table_privilege(c.oid, 'SELECT'))));
BEGIN
	IF owner IS NOT NULL THEN
		RAISE EXCEPTION 'must have the rights of role "%"', owner USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'It owns the schema "zoom_silver_state".',
			HINT = format('Let role "%s" make the call, or grant it to role "%s".', owner, current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_owner(text) IS 'Fails with a hint for those who do not have the right named on zoom_silver_state, or may not read its tables';

-- can_be_added: where the column is gone its options tell what it is to hold; of the
-- others nothing but a backup does.
CREATE FUNCTION zoom_silver.state_column()
RETURNS TABLE (table_name text, "position" integer, column_name text, data_type text, options text, can_be_added boolean, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('source', 1, 'name', 'text', 'NOT NULL', false, 'Name of the source: the source_system of its rows in silver'),
	('source', 2, 'kind', 'text', 'NOT NULL', false, 'Kind, one of zoom_silver.source_catalog'),
	('source', 3, 'schema_name', 'name', NULL, false, 'Schema of the tables it is read from; NULL where there are none'),
	('source', 4, 'options', 'jsonb', 'NOT NULL DEFAULT ''{}''', false, 'What was stated about it'),
	('source_query', 1, 'source', 'text', 'NOT NULL', false, 'Source'),
	('source_query', 2, 'relation', 'text', 'NOT NULL', false, 'Silver relation, without its schema'),
	('source_query', 3, 'query', 'text', 'NOT NULL', false,
	 'SELECT of the silver columns; {table} stands for a table of the source, {option} for what was stated'),
	('source_query', 4, 'deletes', 'text', 'NOT NULL', false,
	 'mirror: what the query does not give any more leaves silver; keep: absence means nothing'),
	('source_query', 5, 'enabled', 'boolean', 'NOT NULL DEFAULT true', true, 'Whether pull() reads it'),
	('source_query', 6, 'shape', 'text', NULL, true, 'Shape of zoom_silver.source_catalog it was made from; NULL for a query of your own'),
	('source_query', 7, 'shipped', 'text', NULL, true,
	 'Digest of the query as shipped: while it fits, a new version of the extension may replace the query'),
	('source_query', 8, 'fingerprint', 'text', NULL, true, 'What its tables were like when they were last read; NULL = read again'),
	('source_query', 9, 'digest', 'text', NULL, true,
	 'What the query gave and silver was like then, when it was told apart by its keys and could all be read; NULL = compare'),
	('source_query', 10, 'read_at', 'timestamp with time zone', NULL, true, 'When it was last compared with silver'),
	('source_query', 11, 'row_count', 'bigint', NULL, true, 'Keys it gave then'),
	('source_query', 12, 'lookup_counts', 'jsonb', 'NOT NULL DEFAULT ''{}''', true, 'Rows that the tables it looks things up in had then'),
	('source_query', 13, 'input_digest', 'text', NULL, true,
	 'What its tables said and silver was like when there was nothing to write, apart from when a connector read the rows; NULL = read and compare'),
	('source_query', 14, 'columns_told', 'text[]', NULL, true, 'Columns of silver that it gave when it was last compared; NULL = take it that it gives all'),
	('event', 1, 'event_no', 'bigint', 'GENERATED ALWAYS AS IDENTITY', false, 'Number in the order of receipt'),
	('event', 2, 'received_at', 'timestamp with time zone', 'NOT NULL', false, 'When it was received first'),
	('event', 3, 'event_at', 'timestamp with time zone', 'NOT NULL', false, 'When what it tells of happened: its place in the order'),
	('event', 4, 'event', 'text', 'NOT NULL', false, 'Name of the event'),
	('event', 5, 'object', 'text', NULL, false, 'What it speaks of: user, meeting, participant, webinar; NULL where nothing is made of it'),
	('event', 6, 'object_id', 'text', NULL, false, 'Id of the user, uuid of the meeting or webinar'),
	('event', 7, 'part_id', 'text', NULL, false, 'Who took part: the meeting and the number within it'),
	('event', 8, 'body', 'jsonb', 'NOT NULL', false, 'The event as received'),
	('event', 9, 'digest', 'bytea', 'NOT NULL', false, 'SHA-256 of the body, whatever the order of its members'),
	('csv_start', 1, 'relation', 'text', 'NOT NULL', false, 'Silver relation, without its schema'),
	('csv_start', 2, 'key', 'text', 'NOT NULL', false, 'Key in that relation'),
	('csv_start', 3, 'number', 'text', 'NOT NULL', false, 'Number of the meeting or webinar'),
	('csv_start', 4, 'start_text', 'text', 'NOT NULL', false, 'The start as it stood there'),
	('csv_start', 5, 'start_local', 'timestamp without time zone', 'NOT NULL', false, 'The start as it was read, local time'),
	('csv_start', 6, 'start_time', 'timestamp with time zone', 'NOT NULL', false, 'The start as it was read, as an instant');
END;
COMMENT ON FUNCTION zoom_silver.state_column() IS 'The columns of the tables of zoom_silver_state';

CREATE FUNCTION zoom_silver.state_table() RETURNS TABLE (table_name text, constraints text, indexes text[], description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('source', 'CONSTRAINT source_pkey PRIMARY KEY (name), CONSTRAINT source_name_lower_case CHECK (name ~ ''^[a-z][a-z0-9_-]{0,31}$'')', '{}'::text[],
	 'Sources that add_source() was told of'),
	('source_query', 'CONSTRAINT source_query_of_source FOREIGN KEY (source) REFERENCES zoom_silver_state.source ON DELETE CASCADE, '
		'CONSTRAINT source_query_pkey PRIMARY KEY (source, relation), CONSTRAINT source_query_deletes_mirror_or_keep CHECK (deletes IN (''mirror'', ''keep''))', '{}',
	 'How each silver relation is read from a source; query, deletes and enabled are yours to edit'),
	('event', 'CONSTRAINT event_pkey PRIMARY KEY (event_no), CONSTRAINT event_once UNIQUE (digest)',
	 ARRAY['event_of_part ON zoom_silver_state.event (part_id) WHERE part_id IS NOT NULL', 'event_in_order ON zoom_silver_state.event (object_id, object, event_at, digest)'],
	 'Log of webhook events; receive() appends to it and never changes a row'),
	('csv_start', 'CONSTRAINT csv_start_pkey PRIMARY KEY (relation, key)', ARRAY['csv_start_of_number ON zoom_silver_state.csv_start (relation, number)'],
	 'How the start of each meeting stood in its export, so that the same file read with another zone is noticed');
END;
COMMENT ON FUNCTION zoom_silver.state_table() IS 'The tables of zoom_silver_state';

-- Of two sessions that make it at once, the second finds it made.
CREATE FUNCTION zoom_silver.lock_state() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
RETURN zoom_gold.lock_word('zoom_silver_state');
COMMENT ON FUNCTION zoom_silver.lock_state() IS 'Waits for others who make tables of zoom_silver_state; held to the end of the transaction';

CREATE FUNCTION zoom_silver.make_state_table(state_table text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made record;
	command text;
BEGIN
	IF to_regclass('zoom_silver_state.' || state_table) IS NOT NULL THEN
		RETURN;
	END IF;
	PERFORM zoom_silver.require_owner('CREATE');
	PERFORM zoom_silver.lock_state();
	IF to_regclass('zoom_silver_state.' || state_table) IS NOT NULL THEN
		RETURN;
	END IF;
	SELECT t.* INTO made FROM zoom_silver.state_table() t WHERE t.table_name = state_table;
	EXECUTE format('CREATE TABLE zoom_silver_state.%I (%s, %s)', state_table,
		(SELECT string_agg(concat_ws(' ', c.column_name, c.data_type, c.options), ', ' ORDER BY c.position)
			FROM zoom_silver.state_column() c WHERE c.table_name = state_table), made.constraints);
	FOREACH command IN ARRAY made.indexes LOOP
		EXECUTE 'CREATE INDEX ' || command;
	END LOOP;
	EXECUTE format('COMMENT ON TABLE zoom_silver_state.%I IS %L', state_table, made.description);
	PERFORM zoom_silver.describe_state_column(state_table, c.column_name) FROM zoom_silver.state_column() c WHERE c.table_name = state_table;
END
$$;
COMMENT ON FUNCTION zoom_silver.make_state_table(text) IS 'Makes a table of zoom_silver_state where it is missing';

CREATE FUNCTION zoom_silver.describe_state_column(state_table text, state_column text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE (SELECT format('COMMENT ON COLUMN zoom_silver_state.%I.%I IS %L', c.table_name, c.column_name, c.description)
		FROM zoom_silver.state_column() c WHERE c.table_name = state_table AND c.column_name = state_column);
END
$$;
COMMENT ON FUNCTION zoom_silver.describe_state_column(text, text) IS 'Gives a column of zoom_silver_state its comment';

-- Where a table has a column that is none of ours, and of the type of one that is
-- gone, that one was renamed.
CREATE FUNCTION zoom_silver.missing_column()
RETURNS TABLE (table_name text, column_name text, data_type text, options text, can_be_added boolean, now_named text, is_owner boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT c.table_name, c.column_name, c.data_type, c.options, c.can_be_added,
			(SELECT a.attname::text FROM pg_attribute a
				WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND format_type(a.atttypid, a.atttypmod) = c.data_type
					AND a.attname NOT IN (SELECT o.column_name FROM zoom_silver.state_column() o WHERE o.table_name = c.table_name)
				ORDER BY a.attnum <> c.position, a.attnum LIMIT 1),
			pg_has_role(t.relowner, 'USAGE')
		FROM zoom_silver.state_column() c
		JOIN pg_class t ON t.oid = to_regclass('zoom_silver_state.' || c.table_name)
		WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = c.column_name AND NOT a.attisdropped)
		ORDER BY c.table_name COLLATE "C", c.position;
END
$$;
COMMENT ON FUNCTION zoom_silver.missing_column() IS
'Columns that the tables of zoom_silver_state lack: what one may be called now, and whether the caller may add it';

CREATE FUNCTION zoom_silver.require_state_columns() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	gone record;
BEGIN
	SELECT m.* INTO gone FROM zoom_silver.missing_column() m
	WHERE m.now_named IS NOT NULL OR NOT m.can_be_added OR NOT m.is_owner ORDER BY m.now_named IS NULL LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of table "zoom_silver_state.%" %', gone.column_name, gone.table_name,
			CASE WHEN gone.now_named IS NULL THEN 'is gone' ELSE 'was renamed' END USING ERRCODE = 'undefined_column',
			HINT = CASE
				WHEN gone.now_named IS NOT NULL THEN format('ALTER TABLE zoom_silver_state.%I RENAME COLUMN %I TO %I.', gone.table_name, gone.now_named, gone.column_name)
				WHEN gone.can_be_added THEN format('As the owner of the table: ALTER TABLE zoom_silver_state.%I ADD %I %s.', gone.table_name, gone.column_name, concat_ws(' ', gone.data_type, gone.options))
				WHEN gone.table_name LIKE 'source%' THEN 'Bring it back from a backup, or DROP TABLE zoom_silver_state.source_query, zoom_silver_state.source and add each source again with zoom_silver.add_source(); silver keeps its rows.'
				ELSE format('Bring it back from a backup, or DROP TABLE zoom_silver_state.%I; silver keeps what it told.', gone.table_name) END;
	END IF;
	PERFORM zoom_silver.add_state_columns();
END
$$;
COMMENT ON FUNCTION zoom_silver.require_state_columns() IS
'Adds the columns that zoom_silver_state lacks; fails with a hint where one was renamed, nothing but a backup has its values, or the caller may not add it';

-- As setup() of zoom_gold does.
CREATE FUNCTION zoom_silver.add_state_columns() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	gone record;
BEGIN
	FOR gone IN SELECT * FROM zoom_silver.missing_column() LOOP
		EXECUTE format('ALTER TABLE zoom_silver_state.%I ADD COLUMN IF NOT EXISTS %I %s %s', gone.table_name, gone.column_name, gone.data_type, gone.options);
		PERFORM zoom_silver.describe_state_column(gone.table_name, gone.column_name);
	END LOOP;
	IF FOUND THEN
		-- of shipped queries it is known what they were made from
		UPDATE zoom_silver_state.source_query q SET shape = m.shape, shipped = md5(m.query)
		FROM zoom_silver_state.source s, zoom_silver.mapping() m
		WHERE s.name = q.source AND m.kind = s.kind AND m.relation = q.relation AND m.query = q.query
			AND (q.shape IS NULL OR q.shipped IS NULL);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.add_state_columns() IS
'Adds to the tables of zoom_silver_state the columns that they lack, such as those that an earlier version did not have';

-- A part of the state that is gone is not made anew beside what is left of it.
CREATE FUNCTION zoom_silver.require_whole_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gone text;
	place text;
BEGIN
	SELECT t.name, i.indrelid::regclass INTO gone, place
	FROM (SELECT s.table_name FROM zoom_silver.state_table() s) AS t (name)
	JOIN pg_index i ON i.indexrelid = to_regclass('zoom_silver_state.' || t.name || '_pkey')
	WHERE to_regclass('zoom_silver_state.' || t.name) IS NULL;
	IF FOUND THEN
		RAISE EXCEPTION 'table "zoom_silver_state.%" was renamed', gone USING ERRCODE = 'undefined_table',
			HINT = format('ALTER TABLE %s RENAME TO %I.', place, gone);
	END IF;
	SELECT t.name, t.beside INTO gone, place
	FROM (VALUES ('source', 'source_query'), ('source_query', 'source')) AS t (name, beside)
	WHERE to_regclass('zoom_silver_state.' || t.name) IS NULL AND to_regclass('zoom_silver_state.' || t.beside) IS NOT NULL;
	IF FOUND THEN
		RAISE EXCEPTION 'table "zoom_silver_state.%" is gone', gone USING ERRCODE = 'undefined_table',
			HINT = format('Bring it back from a backup, or DROP TABLE zoom_silver_state.%I and add each source again with zoom_silver.add_source(); silver keeps its rows.', place);
	END IF;
	PERFORM zoom_silver.require_state_columns();
END
$$;
COMMENT ON FUNCTION zoom_silver.require_whole_state() IS
'Fails with a hint where a table of zoom_silver_state was renamed, of the two that tell of sources one is gone, or columns are';

CREATE FUNCTION zoom_silver.ensure_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_silver.require_gold();
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_silver.require_owner();
	PERFORM zoom_silver.require_whole_state();
	IF to_regclass('zoom_silver_state.source_query') IS NOT NULL THEN
		RETURN;
	END IF;
	PERFORM zoom_silver.lock_state();
	PERFORM zoom_silver.ensure_state_schema();
	PERFORM zoom_silver.make_state_table('source');
	PERFORM zoom_silver.make_state_table('source_query');
END
$$;
COMMENT ON FUNCTION zoom_silver.ensure_state() IS
'Makes the schema zoom_silver_state and its tables where they are missing; fails where zoom_gold.setup() was not run';

-- Whoever may create schemas could have made it before, with triggers that
-- wait for a superuser.
CREATE FUNCTION zoom_silver.ensure_state_schema() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner name;
BEGIN
	SELECT r.rolname INTO owner FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
	WHERE n.nspname = 'zoom_silver_state' AND r.rolname <> current_user AND NOT r.rolsuper;
	IF FOUND THEN
		RAISE EXCEPTION 'schema "zoom_silver_state" belongs to role "%"', owner
			USING ERRCODE = 'insufficient_privilege', HINT = format('Do this as its owner: SET ROLE %I.', owner);
	END IF;
	PERFORM zoom_gold.ensure_schema('zoom_silver_state', 'What zoom_silver keeps: sources, how they are read, webhook events');
END
$$;
COMMENT ON FUNCTION zoom_silver.ensure_state_schema() IS
'Makes the schema zoom_silver_state; fails when it belongs to somebody else who is no superuser';

CREATE FUNCTION zoom_silver.require_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_silver.require_gold();
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_silver.require_owner();
	PERFORM zoom_silver.require_whole_state();
	IF to_regclass('zoom_silver_state.source_query') IS NULL THEN
		RAISE EXCEPTION 'zoom_silver has no source in this database yet'
			USING ERRCODE = 'undefined_table',
				HINT = 'Run SELECT * FROM zoom_silver.add_source(...), see zoom_silver.source_catalog.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_state() IS 'Fails with a hint where no source was added, on a standby and in a read-only transaction';
