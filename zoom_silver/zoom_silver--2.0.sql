-- Made by "make install-script" from the files of zoom_silver/sql/: edit those.

/*
 * zoom_silver 2.0: fills the silver layer of zoom_gold.
 *
 * What connectors land is read when it is asked for and written to silver as
 * differences: no object of the database depends on a connector's table, so
 * that it may be dropped, renamed and made anew at every sync.  The extension
 * owns code only; what it keeps lies in ordinary tables of the schema
 * zoom_silver_state, which pg_dump carries whole.
 */

-- complain if the script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION zoom_silver" to load this file. \quit

COMMENT ON SCHEMA zoom_silver IS 'Code of the zoom_silver extension: check_source(), add_source(), pull() and friends';


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


/* ==========================================================================
 * Words: text as instants, numbers and money
 *
 * A text that is none gives NULL and no error, so that it costs its row and
 * not the step.  (Catching errors in plpgsql costs five times as much.)
 * Functions without a SET clause melt into the queries that use them.
 * ==========================================================================
 */

-- Words are those of programs, not of a language: in Turkish the small I has no
-- dot.  Only letters of an address beyond ASCII are those of the database.
CREATE FUNCTION zoom_silver.to_word(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(value) COLLATE "C");
COMMENT ON FUNCTION zoom_silver.to_word(text) IS
'A text without surrounding blanks, its ASCII letters small: what words of sources are compared by';

CREATE FUNCTION zoom_silver.to_email(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(zoom_silver.to_word(value) COLLATE "default");
COMMENT ON FUNCTION zoom_silver.to_email(text) IS
'An e-mail address as gold writes it: without surrounding blanks, in small letters';

CREATE FUNCTION zoom_silver.to_title(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(upper(left(zoom_silver.to_word(value), 1) COLLATE "C") || substr(zoom_silver.to_word(value), 2), '');
COMMENT ON FUNCTION zoom_silver.to_title(text) IS
'A word of a source in small letters with a capital one; NULL when it is empty';

-- What Zoom writes is told in a tenth of the time of a regular expression.
CREATE FUNCTION zoom_silver.plain_instant(value text) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS '$libdir/zoom_gold', 'zg_plain_instant';
COMMENT ON FUNCTION zoom_silver.plain_instant(text) IS
'The instant a text names as 2025-02-24T15:00:42Z; NULL for any other text';

-- From 2001 on; other digits may be a day and a time of day.
CREATE FUNCTION zoom_silver.from_epoch(value text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN value ~ '^\s*[1-9][0-9]{9}(?:\.[0-9]*)?\s*$' THEN to_timestamp(value::double precision)
	WHEN value ~ '^\s*[1-9][0-9]{12}(?:\.[0-9]*)?\s*$' THEN to_timestamp(value::double precision / 1000)
END;
COMMENT ON FUNCTION zoom_silver.from_epoch(text) IS
'The instant a text names as seconds since 1970, of ten digits, or milliseconds, of 13. NULL for any other text';

CREATE FUNCTION zoom_silver.to_instant(value text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(zoom_silver.plain_instant(value), CASE
	WHEN value !~ ('^\s*(?:[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))'
		'|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[13579][26]|[2468][048])00)-02-29)'
		'(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)? ?(?:[Zz]|UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?\s*$') THEN zoom_silver.from_epoch(value)
	WHEN value ~ '(?:[Zz]|UTC|:[0-9.]+ ?[+-][0-9:]+)\s*$' THEN value::timestamptz
	ELSE value::timestamp AT TIME ZONE 'UTC'
END);
COMMENT ON FUNCTION zoom_silver.to_instant(text) IS
'The instant a text names, year first, without a zone in UTC, or as seconds or milliseconds since 1970. NULL for any other text';

CREATE FUNCTION zoom_silver.no_instant(value text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN btrim(value) <> '' AND zoom_silver.to_instant(value) IS NULL;
COMMENT ON FUNCTION zoom_silver.no_instant(text) IS 'Whether a text says something that is no instant; NULL where there is no text';

-- Queries need not know which of their columns a connector lands as text.
CREATE FUNCTION zoom_silver.to_instant(value timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value;
COMMENT ON FUNCTION zoom_silver.to_instant(timestamptz) IS 'The instant itself';

CREATE FUNCTION zoom_silver.to_instant(value timestamp) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value AT TIME ZONE 'UTC';
COMMENT ON FUNCTION zoom_silver.to_instant(timestamp) IS 'The instant of a time in UTC';

CREATE FUNCTION zoom_silver.to_whole(value text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value ~ '^[0-9]{1,9}$' THEN value::integer
	WHEN value ~ '^\s*[+-]?[0-9]{1,9}(?:\.0*)?\s*$' THEN value::numeric::integer END;
COMMENT ON FUNCTION zoom_silver.to_whole(text) IS
'The whole number of up to nine digits that a text is, NULL for any other text';

CREATE FUNCTION zoom_silver.to_number(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value ~ '^\s*[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})\s*$' THEN value::numeric END;
COMMENT ON FUNCTION zoom_silver.to_number(text) IS
'The number that a text is, of up to 18 digits before the point; NULL for any other text';

CREATE FUNCTION zoom_silver.to_amount(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN abs(zoom_silver.to_number(value)) < 99999999.995 THEN round(zoom_silver.to_number(value), 2) END;
COMMENT ON FUNCTION zoom_silver.to_amount(text) IS
'The amount of money that a text is, to two decimals; NULL for any other text';

CREATE FUNCTION zoom_silver.without_zeros(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(value, '\.0*\s*$', '');
COMMENT ON FUNCTION zoom_silver.without_zeros(text) IS
'A text without a point and zeros at its end: a whole number as whole numbers are written';

CREATE FUNCTION zoom_silver.to_truth(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN zoom_silver.to_word(zoom_silver.without_zeros(value)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
	WHEN zoom_silver.to_word(zoom_silver.without_zeros(value)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false
END;
COMMENT ON FUNCTION zoom_silver.to_truth(text) IS
'Whether a text says yes, as a word or as 1; NULL for one that says neither yes nor no';

CREATE FUNCTION zoom_silver.no_truth(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(value) <> '' AND zoom_silver.to_truth(value) IS NULL;
COMMENT ON FUNCTION zoom_silver.no_truth(text) IS 'Whether a text says something that is neither yes nor no; NULL where there is no text';

-- Stripe's list of the currencies without cents, and of those with thousands; ISK and
-- UGX have no cents, but are told in hundredths.
CREATE FUNCTION zoom_silver.from_minor(value text, currency text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN zoom_silver.to_number(value) / CASE
	WHEN currency IS NULL THEN NULL
	WHEN zoom_silver.to_word(currency) IN ('bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf') THEN 1
	WHEN zoom_silver.to_word(currency) IN ('bhd', 'jod', 'kwd', 'omr', 'tnd') THEN 1000
	ELSE 100 END;
COMMENT ON FUNCTION zoom_silver.from_minor(text, text) IS
'An amount of money of which a text counts the smallest coins; NULL for a text that is no number, and where the currency is not known';

-- The SQL that reads an expression of any type as a type of the contract, or as
-- a timestamp in UTC.
CREATE FUNCTION zoom_silver.cast_expression(expression text, type regtype, wanted text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN wanted = 'text' THEN words
		WHEN wanted = 'timestamptz' AND type = 'timestamptz'::regtype THEN expression
		WHEN wanted = 'timestamptz' AND type IN ('timestamp'::regtype, 'date'::regtype)
			THEN format('%s::timestamp AT TIME ZONE ''UTC''', expression)
		WHEN wanted = 'timestamptz' THEN format('zoom_silver.to_instant(%s)', words)
		WHEN wanted = 'timestamp' AND type = 'timestamp'::regtype THEN expression
		WHEN wanted = 'timestamp' THEN format('((%s) AT TIME ZONE ''UTC'')', zoom_silver.cast_expression(expression, type, 'timestamptz'))
		WHEN wanted = 'date' AND type = 'date'::regtype THEN expression
		WHEN wanted = 'date' THEN format('((%s) AT TIME ZONE ''UTC'')::date', zoom_silver.cast_expression(expression, type, 'timestamptz'))
		WHEN wanted = 'integer' AND type IN ('integer'::regtype, 'smallint'::regtype) THEN format('%s::integer', expression)
		WHEN wanted = 'integer' THEN format('zoom_silver.to_whole(%s)', words)
		WHEN wanted = 'numeric(10,2)' THEN format('zoom_silver.to_amount(%s)::numeric(10,2)', words)
		WHEN type = 'text'::regtype THEN format('%s::%s', words, wanted)
		ELSE format('%s::%s', expression, wanted)
	END
	FROM zoom_silver.text_expression(expression, type) AS t (words)
$$;
COMMENT ON FUNCTION zoom_silver.cast_expression(text, regtype, text) IS
'SQL that reads an expression of a type as a type of silver; what cannot be read as an instant, a day or a number is NULL';

-- People add columns to silver, and give those of the contract other types: what
-- such a column does not take is NULL, too.  (The cast that does not fail costs
-- a subtransaction, so only what needs one gets it.)
CREATE FUNCTION zoom_silver.column_expression(expression text, type regtype, contract_type text, column_type oid, typmod integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	column_base record := zoom_gold.base_type(column_type, typmod);
	known text := coalesce(contract_type, CASE column_base.base WHEN 'timestamptz'::regtype THEN 'timestamptz' WHEN 'timestamp'::regtype THEN 'timestamp'
		WHEN 'date'::regtype THEN 'date' WHEN 'integer'::regtype THEN 'integer' END);
	value text := CASE WHEN known IS NULL THEN expression ELSE zoom_silver.cast_expression(expression, type, known) END;
	value_type regtype := coalesce(known::regtype, type);
	words text := zoom_silver.text_expression(value, value_type);
BEGIN
	IF column_type = value_type AND (typmod = -1 OR format_type(column_type, typmod) = known) THEN
		RETURN value;
	ELSIF column_base.base IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) THEN
		IF column_base.base_typmod > 0 THEN
			words := format('CASE WHEN char_length(%1$s) <= %2$s THEN %1$s END', words, column_base.base_typmod - 4);
		END IF;
		IF column_base.base = column_type THEN
			RETURN words;
		END IF;
	ELSIF known IS NULL AND column_base.base IN ('smallint'::regtype, 'bigint'::regtype) THEN
		words := format('zoom_silver.without_zeros(%s)', words);
	ELSIF value_type IN ('json'::regtype, 'jsonb'::regtype) AND column_base.base IN ('json'::regtype, 'jsonb'::regtype) THEN
		words := value || '::text';
	END IF;
	RETURN format('zoom_gold.cast_or_null(%s, NULL::%s, %s)', words, column_type::regtype, typmod);
END
$$;
COMMENT ON FUNCTION zoom_silver.column_expression(text, regtype, text, oid, integer) IS
'SQL that reads an expression of a type as a column of silver, of the type of the contract where that has it; NULL where the column does not take it';

CREATE FUNCTION zoom_silver.text_expression(expression text, type regtype) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN type IN ('json'::regtype, 'jsonb'::regtype) THEN format('(%s #>> ''{}'')', expression)
		WHEN type = 'text'::regtype THEN expression
		ELSE format('%s::text', expression)
	END
$$;
COMMENT ON FUNCTION zoom_silver.text_expression(text, regtype) IS 'SQL that reads an expression of a type as text';


/* ==========================================================================
 * Writing differences into silver
 *
 *   write_rows(relation, query, source_system, deletes, origin)
 *
 * is the one way into silver, for pulls, webhooks and exports alike:
 *
 * - query: a SELECT of columns of the silver relation, in any order and of any
 *   type; text is read as instants, days and numbers.  The key must be among
 *   them.  A column it leaves out is not known to the source: what silver has
 *   is kept.  Three columns are read in a way of their own:
 *     update_timestamp   when the source said so (now, where NULL or missing)
 *     gone boolean       true: the key was deleted
 *     unreadable         columns, separated by blanks, for which the source has
 *                        something that the query could not read
 * - source_system: the name of the source.  A source updates and deletes only
 *   rows of its own.
 * - deletes: 'mirror': a key that the query does not give any more is deleted;
 *   'keep': its absence means nothing.
 * - origin: what errors call the input, for instance raw_zoom.users.
 * - known_digest: what the last call gave as digest; with the same one there is
 *   nothing to compare.
 *
 * Users and tickets have versions: one is added where what is said differs
 * from what silver holds as of that update_timestamp, whoever said that; none
 * is ever updated, for an update counts from its capture only (doc/SOURCES.md).
 * Of the other relations a source has one row per key, which is inserted or
 * updated.  What does not differ is not written.
 *
 * Statements call a column of silver by its number there, as "7", where it stands
 * beside what they have of their own: silver's columns are called as people like.
 *
 * Rows are read once, into a temporary table; whoever calls it sets TimeZone =
 * UTC, DateStyle = ISO and lets joins be hashed: silver may look empty to the
 * planner when it is not.
 * ==========================================================================
 */

CREATE FUNCTION zoom_silver.write_rows(relation text, query text, source_system text, deletes text DEFAULT 'keep',
									   origin text DEFAULT NULL, known_digest text DEFAULT NULL, OUT inserted bigint, OUT updated bigint,
									   OUT deleted bigint, OUT unchanged bigint, OUT details jsonb, OUT digest text, OUT is_plain boolean, OUT told text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET enable_nestloop = off SET enable_mergejoin = off SET jit = off SET standard_conforming_strings = on SET quote_all_identifiers = off
AS $$
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	row_count bigint;
	has_duplicates boolean := false;
	caught_up bigint := 0;
	held record;
BEGIN
	row_count := zoom_silver.read_rows(relation, query, source_system);
	digest := zoom_silver.read_digest(relation, target, deletes);
	IF digest = known_digest THEN
		SELECT 0, 0, 0, row_count, jsonb_build_object('read', row_count, 'unreadable', 0, 'without_key', 0) INTO inserted, updated, deleted, unchanged, details;
		is_plain := true;
		DROP TABLE pg_temp.zoom_silver_read;
		RETURN;
	END IF;
	PERFORM zoom_silver.prepare_silver(relation, ARRAY(SELECT c.column_name FROM zoom_silver.read_column(relation) c WHERE c.may_fail));
	told := zoom_silver.content_columns(relation);
	IF zoom_gold.has_versions(relation) THEN
		caught_up := zoom_silver.catch_up(relation, target, source_system, told);
		PERFORM zoom_silver.find_versions(relation, target, source_system);
	ELSE
		has_duplicates := zoom_silver.has_duplicates(relation);
		PERFORM zoom_silver.find_differences(relation, target, source_system, deletes, has_duplicates);
	END IF;
	PERFORM zoom_silver.guard_rows(relation, target, source_system, deletes, coalesce(origin, source_system), row_count);
	unchanged := row_count - (SELECT count(*) FROM pg_temp.zoom_silver_changed c WHERE c.action <> 'A');
	deleted := zoom_silver.delete_rows(relation, target, source_system, deletes);
	updated := zoom_silver.update_rows(relation, target, source_system);
	inserted := caught_up + zoom_silver.insert_rows(relation, target, source_system);
	held := zoom_silver.count_doubtful(relation, target, source_system);
	details := jsonb_build_object('read', row_count, 'without_key', CASE WHEN held.keyless THEN zoom_silver.count_keyless(relation) ELSE 0 END,
		'unreadable', held.unreadable);
	is_plain := held.unreadable = 0 AND held.keyless IS NOT TRUE AND NOT has_duplicates;
	IF NOT is_plain THEN
		digest := NULL;
	END IF;
	DROP TABLE pg_temp.zoom_silver_read, pg_temp.zoom_silver_changed;
END
$$;
COMMENT ON FUNCTION zoom_silver.write_rows(text, text, text, text, text, text) IS
'Writes what a query says to a silver relation, as differences: versions of users and tickets are added, rows of the '
'others inserted and updated. Returns what was written, how many rows changed nothing and, as details, the rows read, those without a key '
'and those of silver with a value that could not be read; a digest for the next call, where that may rely on it; whether all could be read and had keys, one row each where there are no versions; and the columns that were compared. Errors, before anything is '
'written, where the query lacks the key or gives a column that silver does not have, and where too much is gone';

-- Which lock it was the error does not say.
CREATE FUNCTION zoom_silver.lock_hint() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce(format('Locked now: %s. Try again when that has ended, or with a longer lock_timeout.', nullif(zoom_gold.lock_holders(), '')),
	'Another session may be at it: try again after it, or with a longer lock_timeout.');
COMMENT ON FUNCTION zoom_silver.lock_hint() IS 'What to do after waiting longer than lock_timeout: which relations others have locked';

CREATE FUNCTION zoom_silver.table_instead(target regclass, relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN format('Put a table in its place: DROP %s %s; %s; then run zoom_gold.setup().',
	(SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'FOREIGN TABLE' END FROM pg_class c WHERE c.oid = target),
	target, zoom_gold.create_silver_command(target::text, relation));
COMMENT ON FUNCTION zoom_silver.table_instead(regclass, text) IS 'How to put a table in the place of a silver relation that is none';

CREATE FUNCTION zoom_silver.silver_table(relation text) RETURNS regclass
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_gold.silver_relation(zoom_gold.contract_name(relation));
BEGIN
	IF target IS NULL THEN
		RAISE EXCEPTION 'relation "%.%" does not exist', zoom_gold.setting('silver_schema'), relation
			USING ERRCODE = 'undefined_table', HINT = 'Run SELECT * FROM zoom_gold.setup().';
	ELSIF (SELECT c.relkind NOT IN ('r', 'p') FROM pg_class c WHERE c.oid = target) THEN
		RAISE EXCEPTION '% is a %; a pull writes tables', target, (SELECT CASE c.relkind WHEN 'v' THEN 'view'
				WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END FROM pg_class c WHERE c.oid = target)
			USING ERRCODE = 'wrong_object_type',
				HINT = zoom_silver.table_instead(target, relation);
	ELSIF NOT (has_table_privilege(target, 'SELECT') AND has_table_privilege(target, 'INSERT') AND has_table_privilege(target, 'UPDATE')) THEN
		RAISE EXCEPTION 'permission denied for table %', target USING ERRCODE = 'insufficient_privilege',
			HINT = format('As its owner: GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I.', target, current_user);
	END IF;
	RETURN target;
END
$$;
COMMENT ON FUNCTION zoom_silver.silver_table(text) IS 'The silver table of that name; fails where it is missing, no table, or may not be written';

CREATE FUNCTION zoom_silver.add_silver_column(relation text, column_name text, data_type text, description text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	command text := format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS %I %s', target, column_name, data_type);
BEGIN
	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = column_name AND NOT a.attisdropped) THEN
		RETURN;
	ELSIF NOT (SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = target) THEN
		RAISE EXCEPTION 'must be owner of table % to add column "%"', target, column_name USING ERRCODE = 'insufficient_privilege',
			HINT = format('As its owner: %s.', command);
	END IF;
	EXECUTE command;
	EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, column_name, description);
END
$$;
COMMENT ON FUNCTION zoom_silver.add_silver_column(text, text, text, text) IS
'Gives a silver table a column where it is missing; fails with a hint for those who do not own the table';

-- unreadable: which columns could not be read.  The rules of gold say so in its
-- error log, and reject the row where the column is of the contract; they resolve
-- it, too, when it is mended.
CREATE FUNCTION zoom_silver.prepare_silver(relation text, own_columns text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.add_silver_column(relation, 'unreadable', 'text',
		'Columns, separated by blanks, that do not take what the source has in them; filled by zoom_silver');
	INSERT INTO gold_state.quality_rule (relation, rule_name, condition, severity, description)
	SELECT prepare_silver.relation, r.rule_name, r.condition, r.severity, r.description
	FROM zoom_silver.unreadable_rule(relation, own_columns) r
	WHERE NOT EXISTS (SELECT FROM gold_state.quality_rule q
		WHERE q.relation = prepare_silver.relation AND q.rule_name = r.rule_name)
	-- nor by somebody else meanwhile
	ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION zoom_silver.prepare_silver(text, text[]) IS
'Gives a silver table the column that names what could not be read, and gold the rules for such rows: of the contract''s columns and of some others; fails where the relation is no table';

-- Gold does without what it does not ask for: a column of one's own costs no row,
-- nor does update_timestamp but of tickets, which it tells when they were resolved.
-- Gold has room for 64 rules of a relation: of many columns there is one.
CREATE FUNCTION zoom_silver.unreadable_rule(relation text, own_columns text[])
RETURNS TABLE (rule_name text, condition text, severity text, description text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	WITH own AS (
		SELECT o.column_name, count(*) OVER () > 32 AS are_many FROM unnest(own_columns) AS o (column_name)
		WHERE o.column_name NOT IN (SELECT c.column_name FROM zoom_silver.silver_column(relation) c WHERE c.contract_type IS NOT NULL)
	)
	SELECT w.word || '_unreadable', format('%L = ANY (string_to_array(unreadable, '' ''))', w.word),
		CASE WHEN c.contract_type IS NULL OR c.column_name = 'update_timestamp' AND relation <> 'si_support_tickets' THEN 'warning' ELSE 'error' END,
		CASE c.contract_type WHEN 'timestamptz' THEN format('%s of the source is not an instant', c.column_name)
			WHEN 'date' THEN format('%s of the source is not a day', c.column_name)
			WHEN 'integer' THEN format('%s of the source is not a whole number', c.column_name)
			WHEN 'numeric(10,2)' THEN format('%s of the source is not an amount', c.column_name)
			ELSE format('what the source has in %s is not of type %s', c.column_name, c.silver_type) END
	FROM zoom_silver.silver_column(relation) c CROSS JOIN LATERAL zoom_silver.unreadable_word(c.column_name) AS w (word)
	WHERE c.contract_type <> 'text' AND c.column_name <> 'load_timestamp'
		OR c.column_name = ANY (own_columns) AND c.column_name NOT IN (SELECT o.column_name FROM own o WHERE o.are_many)
	UNION ALL
	SELECT 'unreadable_own', format('NOT string_to_array(unreadable, '' '') <@ %L::text[]', array_agg(c.column_name ORDER BY c.column_name COLLATE "C") || '{gone,lookup}'::text[]),
		'warning', 'what the source has in columns of your own, which unreadable names, is not of their types'
	FROM zoom_silver.silver_column(relation) c WHERE c.contract_type IS NOT NULL AND EXISTS (SELECT FROM own o WHERE o.are_many)
	HAVING count(*) > 0
	UNION ALL
	VALUES ('gone_unreadable', '''gone'' = ANY (string_to_array(unreadable, '' ''))', 'error', 'the source does not tell whether the row is gone')
	UNION ALL
	-- registrants are counted
	SELECT 'lookup_unreadable', '''lookup'' = ANY (string_to_array(unreadable, '' ''))', 'warning', 'the source does not tell whether a registrant is gone, or when it was read'
	WHERE relation = 'si_webinars'
$$;
COMMENT ON FUNCTION zoom_silver.unreadable_rule(text, text[]) IS
'Quality rules for values of a silver relation that could not be read: in typed columns of the contract, and in some others';

-- Rules have plain names of up to 63 letters, and a word no blanks; none is that of another column.
CREATE FUNCTION zoom_silver.unreadable_word(column_name text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN column_name ~ '^[a-z][a-z0-9_]{0,51}$' THEN column_name
	ELSE 'own_' || left(regexp_replace(lower(column_name COLLATE "C"), '[^a-z0-9]+', '_', 'g'), 39) || '_' || left(md5(column_name), 8) END;
COMMENT ON FUNCTION zoom_silver.unreadable_word(text) IS 'What a column is called in the column unreadable of silver, and by rules';

-- In plpgsql, which plans a query once in a session: with the contract written
-- into it, planning takes longer than the rest of a step.
CREATE FUNCTION zoom_silver.silver_column(relation text)
RETURNS TABLE (column_name text, attnum smallint, contract_type text, silver_type text, type oid, typmod integer, role text, generated boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT a.attname::text, a.attnum, c.data_type, format_type(a.atttypid, a.atttypmod), a.atttypid, a.atttypmod, c.role, a.attgenerated <> '' OR a.attidentity = 'a'
		FROM pg_attribute a
		LEFT JOIN zoom_gold.silver_contract() c ON c.table_name = silver_column.relation AND c.column_name = a.attname
		WHERE a.attrelid = (SELECT zoom_gold.silver_relation(silver_column.relation)) AND a.attnum > 0 AND NOT a.attisdropped;
END
$$;
COMMENT ON FUNCTION zoom_silver.silver_column(text) IS
'Columns of a silver table: their numbers, the type that the contract has for each, its own, and whether the server fills it';

CREATE FUNCTION zoom_silver.load_step(target regclass) RETURNS interval
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN make_interval(secs => 10 ^ -coalesce((SELECT nullif(a.atttypmod, -1) FROM pg_attribute a WHERE a.attrelid = target AND a.attname = 'load_timestamp'), 6));
END
$$;
COMMENT ON FUNCTION zoom_silver.load_step(regclass) IS 'By how much load_timestamp of a silver table must be later at least to be another one';

-- Where silver has other types than the contract, or narrower ones.
CREATE FUNCTION zoom_silver.fit_columns(relation text, columns text[], alias text, OUT fitted text, OUT unreadable text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	SELECT string_agg(format('%s AS %I', e.expression, c.column_name), ', ' ORDER BY t.n),
		format('nullif(concat_ws('' '', %I.unreadable%s), '''')', alias,
			coalesce(string_agg(format(', CASE WHEN %s IS NULL AND %s IS NOT NULL THEN %L END', e.expression, g.given, c.column_name), '' ORDER BY t.n)
				FILTER (WHERE e.expression <> g.given), ''))
	INTO fitted, unreadable
	FROM unnest(columns) WITH ORDINALITY AS t (name, n)
	JOIN zoom_silver.silver_column(relation) c ON c.column_name = t.name
	CROSS JOIN LATERAL (SELECT format('%I.%I', alias, c.column_name)) AS g (given)
	CROSS JOIN LATERAL (SELECT coalesce(c.contract_type, 'timestamptz')) AS d (declared)
	CROSS JOIN LATERAL (SELECT CASE WHEN c.type = d.declared::regtype AND c.typmod = -1 THEN g.given
		ELSE zoom_silver.column_expression(g.given, d.declared::regtype, d.declared, c.type, c.typmod) END) AS e (expression);
END
$$;
COMMENT ON FUNCTION zoom_silver.fit_columns(text, text[], text) IS
'SQL that reads columns of the contract''s types (deleted_at is a timestamptz) as silver''s own, NULL where those do not take a value, and that adds their names to the column unreadable';

-- --------------------------------------------------------------------------
-- Reading: zoom_silver_read holds what the query gave, of any types
-- --------------------------------------------------------------------------

-- People edit queries: what the server says of one is told with its source.
CREATE FUNCTION zoom_silver.read_rows(relation text, query text, source_system text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	row_count bigint;
BEGIN
	BEGIN
		EXECUTE 'CREATE TEMPORARY TABLE zoom_silver_read ON COMMIT DROP AS ' || query;
		GET DIAGNOSTICS row_count = ROW_COUNT;
	EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception OR cardinality_violation THEN
		RAISE EXCEPTION 'source "%": the query of % fails: %', source_system, relation, SQLERRM USING ERRCODE = SQLSTATE,
			HINT = 'Edit it in zoom_silver_state.source_query. drop_source() and add_source() bring back the one that is shipped.';
	END;
	PERFORM zoom_silver.check_columns(relation, source_system);
	PERFORM zoom_silver.check_gone(relation, source_system);
	RETURN row_count;
END
$$;
COMMENT ON FUNCTION zoom_silver.read_rows(text, text, text) IS
'Reads a query into the temporary table zoom_silver_read; returns how many rows it gave. Fails, naming the source, where the query fails or gives other columns than silver''s';

-- Where there are versions it counts, too, when something is said.  (The hash of a
-- record is a sum of its columns': that of all would not tell who has which.)
CREATE FUNCTION zoom_silver.read_digest(relation text, target regclass, deletes text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names text[] := ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a
		WHERE a.attrelid = 'pg_temp.zoom_silver_read'::regclass AND a.attnum > 0 AND a.attname <> 'update_timestamp' ORDER BY a.attnum);
	digest text;
BEGIN
	IF zoom_gold.has_versions(relation) OR NOT current_setting('track_counts')::boolean THEN
		RETURN NULL;
	END IF;
	EXECUTE format('SELECT concat_ws('' '', count(*), sum(hashtextextended(ROW(%s)::text, 0))) FROM pg_temp.zoom_silver_read r', zoom_silver.each_column('r.%s', names, target))
		INTO digest;
	RETURN md5(concat_ws(' ', digest, names, deletes)) || md5(zoom_silver.table_mark(target));
END
$$;
COMMENT ON FUNCTION zoom_silver.read_digest(text, regclass, text) IS
'What zoom_silver_read and the silver table are told by: with the same one, and no key twice, there is nothing to write. NULL where that cannot be told';

-- Of a row that does not tell whether its key is gone nothing is known.
CREATE FUNCTION zoom_silver.check_gone(relation text, source_system text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	expression text := (SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.column_name = 'gone');
BEGIN
	IF expression IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT count(%s) FROM pg_temp.zoom_silver_read r', expression);
EXCEPTION WHEN data_exception OR syntax_error_or_access_rule_violation THEN
	RAISE EXCEPTION 'source "%": column "gone" that the query of % gives cannot be read: %', source_system, relation, SQLERRM
		USING ERRCODE = SQLSTATE, HINT = 'Edit the query in zoom_silver_state.source_query.';
END
$$;
COMMENT ON FUNCTION zoom_silver.check_gone(text, text) IS 'Fails where zoom_silver_read has a column "gone" that is neither true nor false';

CREATE FUNCTION zoom_silver.count_keyless(relation text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM pg_temp.zoom_silver_read r WHERE %s IS NULL',
		(SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.is_key)) INTO found;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_silver.count_keyless(text) IS 'How many rows of zoom_silver_read have no key';

CREATE FUNCTION zoom_silver.read_column(relation text)
RETURNS TABLE (column_name text, place text, expression text, is_key boolean, may_fail boolean, words text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.attname::text, CASE WHEN a.attname IN ('update_timestamp', 'gone') THEN a.attname::text ELSE c.attnum::text END, e.expression, coalesce(c.role = 'key', false),
		c.role IS DISTINCT FROM 'key' AND a.attname <> 'gone' AND e.expression NOT IN (g.given, w.words), w.words
	FROM pg_attribute a
	LEFT JOIN zoom_silver.silver_column(relation) c ON c.column_name = a.attname
	CROSS JOIN LATERAL (SELECT format('r.%I', a.attname)) AS g (given)
	CROSS JOIN LATERAL zoom_silver.text_expression(g.given, a.atttypid) AS w (words)
	CROSS JOIN LATERAL (SELECT CASE WHEN c.role = 'key' THEN format('nullif(btrim(%s), '''')', w.words)
		WHEN a.attname = 'gone' THEN zoom_silver.cast_expression(g.given, a.atttypid, 'boolean')
		WHEN a.attname = 'unreadable' THEN w.words
		WHEN NOT c.generated THEN zoom_silver.column_expression(g.given, a.atttypid, c.contract_type, c.type, c.typmod) END) AS e (expression)
	WHERE a.attrelid = 'pg_temp.zoom_silver_read'::regclass AND a.attnum > 0
$$;
COMMENT ON FUNCTION zoom_silver.read_column(text) IS
'Columns of zoom_silver_read, what statements call them, and the SQL that reads them (of alias r) as silver''s type, and as text; NULL for those that silver does not have or fills itself. may_fail: it is NULL for some texts';

CREATE FUNCTION zoom_silver.check_columns(relation text, source_system text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	surplus text;
	key text;
BEGIN
	SELECT string_agg(quote_ident(c.column_name), ', ') FILTER (WHERE c.expression IS NULL OR c.column_name IN ('load_timestamp', 'source_system')),
		max(c.column_name) FILTER (WHERE c.is_key) INTO surplus, key
	FROM zoom_silver.read_column(relation) c;
	IF key IS NULL THEN
		RAISE EXCEPTION 'source "%": the query of % lacks the key, column "%"', source_system, relation,
				(SELECT c.column_name FROM zoom_gold.silver_contract() c WHERE c.table_name = relation AND c.role = 'key')
			USING ERRCODE = 'undefined_column', HINT = 'Edit it in zoom_silver_state.source_query.';
	ELSIF surplus IS NOT NULL THEN
		RAISE EXCEPTION 'source "%": the query of % gives columns that are not to be written: %', source_system, relation, surplus
			USING ERRCODE = 'undefined_column',
				HINT = 'Edit it in zoom_silver_state.source_query, or add the columns to the silver table.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_columns(text, text) IS
'Fails when zoom_silver_read lacks the key or has columns that silver has not or that zoom_silver fills itself';

CREATE FUNCTION zoom_silver.key_column(relation text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	RETURN (SELECT quote_ident(c.column_name) FROM zoom_gold.silver_contract() c WHERE c.table_name = relation AND c.role = 'key');
END
$$;
COMMENT ON FUNCTION zoom_silver.key_column(text) IS 'Name of the key of a silver relation';

-- What is compared: neither the key nor the bookkeeping.  The table is another one
-- for each relation, and a plan may outlive it.
CREATE FUNCTION zoom_silver.content_columns(relation text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(quote_ident(r.attname) ORDER BY r.attname)
		|| (SELECT array_agg(a.attname::text) FROM pg_attribute a
			WHERE a.attrelid = (SELECT zoom_gold.silver_relation(relation)) AND a.attname = 'unreadable' AND NOT a.attisdropped)
	FROM pg_attribute r
	WHERE r.attrelid = to_regclass('pg_temp.zoom_silver_read') AND r.attnum > 0
		AND quote_ident(r.attname) <> (SELECT zoom_silver.key_column(relation)) AND r.attname NOT IN ('update_timestamp', 'gone', 'unreadable')
$$;
COMMENT ON FUNCTION zoom_silver.content_columns(text) IS 'Columns of silver that zoom_silver_read tells of, keys and timestamps apart';

-- A row without a key is itself: it is told by its content, so that it is
-- written once, for gold to reject, and goes when the source mends it.
CREATE FUNCTION zoom_silver.match_expression(relation text, pattern text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('coalesce(nullif(btrim(%s), ''''), E''\x01'' || md5(ROW(%s)::text)) COLLATE "C"',
		zoom_silver.each_column(pattern, ARRAY[zoom_silver.key_column(relation)], t.target), zoom_silver.each_column(pattern, zoom_silver.content_columns(relation), t.target))
	FROM zoom_gold.silver_relation(relation) AS t (target)
$$;
COMMENT ON FUNCTION zoom_silver.match_expression(text, text) IS 'SQL for what rows of a silver relation are told apart by, columns written as in the pattern';

-- SQL of what was read, as silver's types: its columns by their numbers,
-- update_timestamp, gone and match.
CREATE FUNCTION zoom_silver.read_query(relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT c.*, %s AS match FROM (SELECT %s%s FROM (SELECT %s OFFSET 0) AS c OFFSET 0) AS c OFFSET 0',
		zoom_silver.match_expression(relation, 'c.%n'),
		string_agg(format('c.%I', c.place), ', ') FILTER (WHERE c.column_name <> 'unreadable')
			|| CASE WHEN bool_or(c.column_name = 'update_timestamp') THEN '' ELSE ', NULL::timestamptz AS update_timestamp' END
			|| CASE WHEN bool_or(c.column_name = 'gone') THEN '' ELSE ', false AS gone' END,
		format(', nullif(array_to_string(ARRAY[%s%s], '' ''), '''') AS %I', coalesce(max(format('c.%I', c.place)) FILTER (WHERE c.column_name = 'unreadable'), 'NULL::text'),
			string_agg(format(', CASE WHEN c.%1$I IS NULL AND btrim(c.%2$I) <> '''' THEN %3$L END', c.place, 'raw ' || c.place,
				zoom_silver.unreadable_word(c.column_name)), '') FILTER (WHERE c.may_fail),
			(SELECT s.attnum FROM zoom_silver.silver_column(relation) s WHERE s.column_name = 'unreadable')),
		string_agg(format('%s AS %I', c.expression, c.place), ', ')
			|| coalesce(string_agg(format(', %s AS %I', c.words, 'raw ' || c.place), '') FILTER (WHERE c.may_fail), '')
			|| ' FROM pg_temp.zoom_silver_read AS r')
	FROM zoom_silver.read_column(relation) c
$$;
COMMENT ON FUNCTION zoom_silver.read_query(text) IS 'SQL that gives zoom_silver_read in silver''s types; each text is read once';

-- Of a key with versions the newest counts: what could not be read before is mended.
CREATE FUNCTION zoom_silver.count_doubtful(relation text, target regclass, source_system text, OUT unreadable bigint, OUT keyless boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('SELECT count(t.unreadable), bool_or(nullif(btrim(t.%1$s), '''') IS NULL) FROM (
			SELECT %2$s t.%1$s, t.unreadable FROM %3$s t WHERE t.source_system = $1 %4$s) AS t',
		zoom_silver.key_column(relation), CASE WHEN zoom_gold.has_versions(relation) THEN format('DISTINCT ON (%s)', zoom_silver.match_expression(relation, 't.%s')) END,
		target, CASE WHEN zoom_gold.has_versions(relation) THEN format('ORDER BY %s, coalesce(t.update_timestamp, t.load_timestamp) DESC, t.load_timestamp DESC',
			zoom_silver.match_expression(relation, 't.%s')) END)
		USING source_system INTO unreadable, keyless;
END
$$;
COMMENT ON FUNCTION zoom_silver.count_doubtful(text, regclass, text) IS
'How many rows silver has from a source with a value that could not be read, and whether it has some without a key';

-- --------------------------------------------------------------------------
-- Guarding: what is lost is refused before silver is touched
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.deletes_confirmed(relation text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN coalesce((SELECT r.deletes_confirmed FROM gold_state.relation_state r WHERE r.relation = deletes_confirmed.relation), false);
END
$$;
COMMENT ON FUNCTION zoom_silver.deletes_confirmed(text) IS 'Whether confirm_deletes() was called for a silver relation since the last refresh';

CREATE FUNCTION zoom_silver.refuse_loss(relation text, origin text, lost bigint, held bigint, things text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF lost = held
		OR lost > zoom_gold.setting('delete_guard_rows')::numeric AND 100 * lost > zoom_gold.setting('delete_guard_percent')::numeric * held
	THEN
		RAISE EXCEPTION '% has lost % of % %: a sync is running or failed', origin, lost, held, things
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'Nothing was written to silver.',
				HINT = format('Pull again after the sync. If they are gone indeed: SELECT zoom_gold.confirm_deletes(%L), then pull and refresh.', relation);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.refuse_loss(text, text, bigint, bigint, text) IS 'Fails when all is lost, or more than gold''s delete guard allows';

CREATE FUNCTION zoom_silver.guard_rows(relation text, target regclass, source_system text, deletes text, origin text, row_count bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	things text := replace(substr(relation, 4), '_', ' ');
	held bigint;
	lost bigint;
BEGIN
	IF zoom_silver.deletes_confirmed(relation) OR (deletes = 'keep' AND row_count > 0) THEN
		RETURN;
	END IF;
	IF zoom_gold.has_versions(relation) OR row_count = 0 THEN
		lost := zoom_silver.count_lost(relation, target, source_system);
	ELSE
		lost := (SELECT count(DISTINCT c.held) FROM pg_temp.zoom_silver_changed c WHERE c.action = 'A' AND left(c.held, 1) <> chr(1));
	END IF;
	IF lost = 0 THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT count(DISTINCT btrim(t.%1$s)) FROM %2$s t WHERE t.source_system = $1 AND btrim(t.%1$s) <> ''''',
		zoom_silver.key_column(relation), target) USING source_system INTO held;
	PERFORM zoom_silver.refuse_loss(relation, origin, lost, held, things);
END
$$;
COMMENT ON FUNCTION zoom_silver.guard_rows(text, regclass, text, text, text, bigint) IS
'Fails when a source lacks all, or more than gold''s delete guard allows, of the keys that silver has from it, unless confirm_deletes() was called';

CREATE FUNCTION zoom_silver.count_lost(relation text, target regclass, source_system text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lost bigint;
BEGIN
	EXECUTE format('SELECT count(DISTINCT btrim(t.%2$s)) FROM %3$s t
		WHERE t.source_system = $1 AND btrim(t.%2$s) <> ''''
			AND NOT EXISTS (SELECT FROM pg_temp.zoom_silver_read r WHERE %1$s = btrim(t.%2$s))',
		(SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.is_key), zoom_silver.key_column(relation), target)
		USING source_system INTO lost;
	RETURN lost;
END
$$;
COMMENT ON FUNCTION zoom_silver.count_lost(text, regclass, text) IS
'How many keys silver has from the source that zoom_silver_read does not give';

-- --------------------------------------------------------------------------
-- Finding: zoom_silver_changed holds what is to be written.  action: I, U, D, and
-- A for what silver has under "held" and was not read
-- --------------------------------------------------------------------------

-- Of the rows of one key the newest counts, of several as of one instant one that is
-- not gone.  Where nothing differs, there is no need to know which it is.
CREATE FUNCTION zoom_silver.find_differences(relation text, target regclass, source_system text, deletes text, has_duplicates boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_silver.compare_rows(relation, target, source_system, deletes, zoom_silver.read_query(relation));
	IF has_duplicates AND EXISTS (SELECT FROM pg_temp.zoom_silver_changed) THEN
		DROP TABLE pg_temp.zoom_silver_changed;
		PERFORM zoom_silver.compare_rows(relation, target, source_system, deletes, format('SELECT DISTINCT ON (d.match) d.* FROM (%s) AS d
			ORDER BY d.match, d.update_timestamp DESC NULLS LAST, d.gone IS TRUE, d::text COLLATE "C"', zoom_silver.read_query(relation)));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.find_differences(text, regclass, text, text, boolean) IS
'Compares what was read with the rows silver has from the source, one per key, into zoom_silver_changed';

-- Hashes are sorted in a fifth of the time that texts are grouped in; two that meet by
-- chance only cost more.
CREATE FUNCTION zoom_silver.has_duplicates(relation text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found boolean;
BEGIN
	EXECUTE format('SELECT count(*) > count(DISTINCT hashtextextended(%s, 0)) FROM pg_temp.zoom_silver_read r',
		(SELECT c.expression FROM zoom_silver.read_column(relation) c WHERE c.is_key)) INTO found;
	RETURN found;
END
$$;
COMMENT ON FUNCTION zoom_silver.has_duplicates(text) IS 'Whether zoom_silver_read has several rows of one key, or some without one; it may say so of others';

-- Both are read once: what was not read any more is found by the same join.  Of
-- what is no complete list, rows without a key alone can be missed.
CREATE FUNCTION zoom_silver.compare_rows(relation text, target regclass, source_system text, deletes text, read_query text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	content text[] := zoom_silver.content_columns(relation);
BEGIN
	EXECUTE format($q$
		CREATE TEMPORARY TABLE zoom_silver_changed ON COMMIT DROP AS
		SELECT n.*, CASE WHEN n.match IS NULL THEN 'A' WHEN n.gone THEN 'D' WHEN h.match IS NULL THEN 'I' ELSE 'U' END AS action,
			$1::timestamptz AS load_timestamp, h.match AS held
		FROM (%1$s) AS n
		FULL JOIN (SELECT %2$s AS match, %3$s, t.%8$s IS NULL AS is_keyless FROM %4$s t WHERE t.source_system = %5$L OFFSET 0) AS h ON n.match = h.match
		WHERE CASE WHEN n.match IS NULL THEN h.is_keyless OR %9$L <> 'keep'
			WHEN n.gone THEN h.match IS NOT NULL
			ELSE h.match IS NULL OR ROW(%6$s) IS DISTINCT FROM ROW(%7$s) END
		$q$,
		read_query, zoom_silver.match_expression(relation, 't.%s'),
		zoom_silver.each_column('t.%s AS %n', content, target), target, source_system,
		zoom_silver.each_column('n.%n', content, target), zoom_silver.each_column('h.%n', content, target),
		zoom_silver.key_column(relation), deletes)
		USING zoom_gold.clock_now();
END
$$;
COMMENT ON FUNCTION zoom_silver.compare_rows(text, regclass, text, text, text) IS
'Puts into zoom_silver_changed those rows of a query that differ from silver''s and, of a complete list, those of silver that it does not give';

CREATE FUNCTION zoom_silver.each_column(pattern text, columns text[], target regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(string_agg(replace(replace(pattern, '%n', format('"%s"', a.attnum)), '%s', c.name), ', ' ORDER BY c.n), 'NULL')
	FROM unnest(columns) WITH ORDINALITY AS c (name, n)
	LEFT JOIN pg_attribute a ON a.attrelid = target AND quote_ident(a.attname) = c.name AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION zoom_silver.each_column(text, text[], regclass) IS
'A pattern filled with each of the columns of a table, as a list: %s is the column, %n what statements call it beside what they have of their own';

-- Compared is with the version that holds as of what is said, whose ever it
-- is: a sync that lags behind a webhook tells nothing new.  Of versions that
-- say the same one after the other the first is enough, and what a source has said
-- of an instant it does not say again because another one contradicts.  A source has a row of
-- each of its keys, though: only so can it delete it.  Keys of which all that was
-- read is what silver's newest version says are passed over at once.  What follows
-- another one that was read, with none of silver's between them, is compared with that.
-- Who is gone in the end is gone, and who is not was never; who is both as of one
-- instant is not.
CREATE FUNCTION zoom_silver.find_versions(relation text, target regclass, source_system text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	content text[] := zoom_silver.content_columns(relation);
	kept text[] := zoom_silver.kept_columns(relation, content);
BEGIN
	EXECUTE format($q$
		CREATE TEMPORARY TABLE zoom_silver_changed ON COMMIT DROP AS
		WITH read AS MATERIALIZED (
			SELECT n.*, coalesce(n.update_timestamp, $1::timestamptz) AS effective FROM (%1$s) AS n
		), held AS MATERIALIZED (
			SELECT %3$s AS match, %4$s, coalesce(t.update_timestamp, t.load_timestamp) AS held_at, t.load_timestamp AS held_load,
				t.source_system IS NOT DISTINCT FROM %5$L AS own, %10$s AS is_deletion
			FROM %6$s t
		), newest AS (
			SELECT DISTINCT ON (h.match) h.* FROM held h ORDER BY h.match, h.held_at DESC, h.held_load DESC
		), own AS (
			SELECT h.match, true AS is_own FROM held h WHERE h.own GROUP BY h.match
		), open AS (
			SELECT DISTINCT r.match FROM read r
			LEFT JOIN newest h ON h.match = r.match AND h.held_at <= r.effective AND NOT h.is_deletion AND ROW(%11$s) IS NOT DISTINCT FROM ROW(%9$s)
			LEFT JOIN own ON own.match = r.match
			WHERE h.match IS NULL OR own.match IS NULL OR r.gone
		), said AS (
			SELECT DISTINCT ON (r.match, r.effective) r.*
			FROM read r JOIN open USING (match)
			ORDER BY r.match, r.effective, r.gone IS TRUE, r::text COLLATE "C"
		), ending AS (
			SELECT s.*, lead(s.effective) OVER key IS NULL AS is_last, last_value(s.gone IS TRUE) OVER (key ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS ends_gone
			FROM said s WINDOW key AS (PARTITION BY s.match ORDER BY s.effective)
		), told AS (
			SELECT s.*, lag(s.effective) OVER key AS before, lag(md5(ROW(%2$s)::text)) OVER key = md5(ROW(%2$s)::text) AS again
			FROM ending s WHERE CASE WHEN s.ends_gone THEN s.is_last ELSE s.gone IS NOT TRUE END
			WINDOW key AS (PARTITION BY s.match ORDER BY s.effective)
		), said_before AS (
			SELECT DISTINCT ON (h.match, h.held_at) h.* FROM held h JOIN open USING (match) WHERE h.own ORDER BY h.match, h.held_at, h.held_load DESC
		), judged AS (
			SELECT DISTINCT ON (n.match, n.effective) n.*, %7$s, h.held_at, h.held_load,
				h.match IS NULL OR h.is_deletion OR ROW(%8$s) IS DISTINCT FROM ROW(%9$s) AS differs,
				h.is_deletion IS NOT TRUE AND b.match IS NOT NULL AND ROW(%8$s) IS NOT DISTINCT FROM ROW(%12$s) AS was_said
			FROM told n LEFT JOIN held h ON h.match = n.match AND h.held_at <= n.effective
			LEFT JOIN said_before b ON b.match = n.match AND b.held_at = n.effective
			ORDER BY n.match, n.effective, h.held_at DESC NULLS LAST, h.held_load DESC NULLS LAST
		), placed AS (
			SELECT j.*, coalesce(j.before > j.held_at OR j.before = j.held_at AND NOT lag(j.was_said) OVER key, j.before IS NOT NULL) AS follows
			FROM judged j WINDOW key AS (PARTITION BY j.match ORDER BY j.effective)
		)
		SELECT j.*, CASE WHEN j.gone THEN 'D' ELSE 'I' END AS action, j.match AS held,
			greatest($1, j.held_load + $2) AS load_timestamp
		FROM placed j LEFT JOIN own USING (match)
		WHERE CASE WHEN j.gone THEN own.is_own
			WHEN j.follows THEN NOT j.again
			ELSE j.differs AND NOT j.was_said OR own.is_own IS NULL END
		$q$,
		zoom_silver.read_query(relation), zoom_silver.each_column('s.%n', content, target), zoom_silver.match_expression(relation, 't.%s'),
		zoom_silver.each_column('t.%s AS %n', content || kept, target), source_system, target, zoom_silver.each_column('h.%n', kept, target),
		zoom_silver.each_column('n.%n', content, target), zoom_silver.each_column('h.%n', content, target), zoom_silver.deletion_expression(target, content),
		zoom_silver.each_column('r.%n', content, target), zoom_silver.each_column('b.%n', content, target))
		USING zoom_gold.clock_now(), zoom_silver.load_step(target);
END
$$;
COMMENT ON FUNCTION zoom_silver.find_versions(text, regclass, text) IS
'Compares what was read with the version that silver has as of its update_timestamp, into zoom_silver_changed';

-- A version keeps what its source does not know.  What of the contract's columns somebody
-- else tells late, as of before it, it was to keep, too: those that were loaded before that
-- get a version more as of the same time, with what the last of others has who know.
CREATE FUNCTION zoom_silver.catch_up(relation text, target regclass, source_system text, told text[], keys text[] DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	kept text[] := zoom_silver.kept_columns(relation, told);
	taken text[] := ARRAY(SELECT k.name FROM unnest(kept) AS k (name)
		WHERE k.name IN (SELECT c.column_name FROM zoom_gold.silver_contract() c WHERE c.table_name = relation));
	own text[] := zoom_silver.key_column(relation)
		|| ARRAY(SELECT t.name FROM unnest(told) AS t (name) WHERE t.name IN (SELECT quote_ident(c.column_name) FROM zoom_silver.silver_column(relation) c))
		|| ARRAY(SELECT k.name FROM unnest(kept) AS k (name) WHERE k.name <> ALL (taken));
	inserted bigint;
BEGIN
	IF taken = '{}' THEN
		RETURN 0;
	END IF;
	EXECUTE format($q$
		WITH held AS MATERIALIZED (
			SELECT %1$s AS match, %2$s, coalesce(t.update_timestamp, t.load_timestamp) AS held_at, t.load_timestamp AS held_load,
				t.source_system IS NOT DISTINCT FROM $2 AS own
			FROM %3$s t
			WHERE ($3 IS NULL OR t.%10$s = ANY ($3)) AND EXISTS (SELECT FROM %3$s o WHERE o.source_system IS DISTINCT FROM $2)
				AND coalesce(t.source_system, '') <> ALL (SELECT q.source FROM zoom_silver_state.source_query q
					WHERE q.relation = %8$L AND q.source <> $2 AND NOT q.columns_told && %9$L)
		), late AS (
			SELECT h.match FROM held h GROUP BY h.match
			HAVING max(h.held_load) FILTER (WHERE NOT h.own) >= min(h.held_load) FILTER (WHERE h.own)
		), placed AS (
			SELECT h.*, count(*) FILTER (WHERE NOT h.own) OVER (PARTITION BY h.match ORDER BY h.held_at, h.held_load, h.own ROWS UNBOUNDED PRECEDING) AS after
			FROM held h JOIN late USING (match)
		), newest AS (
			SELECT DISTINCT ON (p.match, p.held_at) p.* FROM placed p WHERE p.own ORDER BY p.match, p.held_at, p.held_load DESC
		)
		INSERT INTO %3$s (%4$s, load_timestamp, update_timestamp, source_system)
		SELECT %5$s, greatest($1, n.held_load + $4, o.held_load + $4), n.held_at, $2
		FROM newest n JOIN placed o ON o.match = n.match AND o.after = n.after AND NOT o.own
		WHERE o.held_load >= n.held_load AND ROW(%6$s) IS DISTINCT FROM ROW(%7$s)
		$q$,
		zoom_silver.match_expression(relation, 't.%s'), zoom_silver.each_column('t.%s AS %n', own || taken, target), target, zoom_silver.each_column('%s', own || taken, target),
		zoom_silver.each_column('n.%n', own, target) || ', ' || zoom_silver.each_column('o.%n', taken, target),
		zoom_silver.each_column('n.%n', taken, target), zoom_silver.each_column('o.%n', taken, target), relation, taken, zoom_silver.key_column(relation))
		USING zoom_gold.clock_now(), source_system, keys, zoom_silver.load_step(target);
	GET DIAGNOSTICS inserted = ROW_COUNT;
	RETURN inserted;
END
$$;
COMMENT ON FUNCTION zoom_silver.catch_up(text, regclass, text, text[], text[]) IS
'Gives versions of a source, of all its keys or of some, what others told late, as of before them, of the contract''s columns that are not among those it tells; returns how many were added';

-- Who is told of after a deletion is back.
CREATE FUNCTION zoom_silver.deletion_expression(target regclass, content text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN NOT content @> '{deleted_at}' AND EXISTS (SELECT FROM pg_attribute a
	WHERE a.attrelid = target AND a.attname = 'deleted_at' AND NOT a.attisdropped) THEN 't.deleted_at IS NOT NULL' ELSE 'false' END;
COMMENT ON FUNCTION zoom_silver.deletion_expression(regclass, text[]) IS
'SQL for whether a row of silver, of alias t, is a deletion that the source cannot have said';

-- Columns of one's own that tell rows apart are each row's own: identities, and what is in
-- a unique index or an exclusion constraint that two versions of one key could not both be in.
CREATE FUNCTION zoom_silver.kept_columns(relation text, told text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_gold.silver_relation(relation);
BEGIN
	RETURN (WITH only_one (attnums) AS (
		-- columns of expressions and predicates among them
		SELECT array_agg(d.refobjsubid) FROM pg_index x
		LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.conrelid = x.indrelid
		JOIN pg_depend d ON (d.classid, d.objid) IN (('pg_class'::regclass, x.indexrelid), ('pg_constraint'::regclass, c.oid))
			AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid AND d.refobjsubid > 0
		WHERE x.indrelid = target AND (x.indisunique OR x.indisexclusion)
		GROUP BY x.indexrelid
		HAVING NOT EXISTS (SELECT FROM pg_attribute s WHERE s.attrelid = target
			AND s.attnum = ANY (array_agg(d.refobjsubid)) AND s.attname IN ('load_timestamp', 'update_timestamp'))
	)
	SELECT coalesce(array_agg(quote_ident(a.attname) ORDER BY a.attnum), '{}') FROM pg_attribute a
	WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
		AND a.attname NOT IN ('load_timestamp', 'update_timestamp', 'source_system', 'unreadable',
			-- of whom something is said is there
			'deleted_at')
		AND quote_ident(a.attname) <> ALL (told || zoom_silver.key_column(relation))
		AND (a.attname IN (SELECT c.column_name FROM zoom_gold.silver_contract() c WHERE c.table_name = relation)
			OR NOT EXISTS (SELECT FROM only_one o WHERE a.attnum = ANY (o.attnums))));
END
$$;
COMMENT ON FUNCTION zoom_silver.kept_columns(text, text[]) IS
'Columns of silver that are not among those that a source tells: a new version keeps them';

-- --------------------------------------------------------------------------
-- Writing
-- --------------------------------------------------------------------------

-- Rows without a key go with what they were written for.
CREATE FUNCTION zoom_silver.delete_rows(relation text, target regclass, source_system text, deletes text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	deleted bigint;
	absent bigint;
BEGIN
	EXECUTE format('WITH d AS (
			DELETE FROM %1$s t USING pg_temp.zoom_silver_changed c
			WHERE c.action IN (''A'', ''D'') AND t.source_system = $1 AND %2$s = c.held RETURNING c.held)
		SELECT count(DISTINCT d.held) FROM d', target, zoom_silver.match_expression(relation, 't.%s'))
		USING source_system INTO deleted;
	IF NOT zoom_gold.has_versions(relation) THEN
		RETURN deleted;
	END IF;
	EXECUTE format('WITH d AS (
			DELETE FROM %1$s t WHERE t.source_system = $1%2$s
				AND NOT EXISTS (SELECT FROM (%3$s) AS n WHERE n.match = %4$s)
			RETURNING %4$s AS match)
		SELECT count(DISTINCT d.match) FROM d',
		target, CASE WHEN deletes = 'keep' THEN format(' AND t.%s IS NULL', zoom_silver.key_column(relation)) ELSE '' END,
		zoom_silver.read_query(relation), zoom_silver.match_expression(relation, 't.%s'))
		USING source_system INTO absent;
	RETURN deleted + absent;
END
$$;
COMMENT ON FUNCTION zoom_silver.delete_rows(text, regclass, text, text) IS
'Deletes from silver what a source says is gone and, of a complete list, what it does not give any more; returns the number of keys';

CREATE FUNCTION zoom_silver.update_rows(relation text, target regclass, source_system text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	updated bigint;
BEGIN
	EXECUTE format('UPDATE %1$s AS t SET %2$s, update_timestamp = coalesce(c.update_timestamp, c.load_timestamp)
		FROM pg_temp.zoom_silver_changed c WHERE c.action = ''U'' AND t.source_system = $1 AND %3$s = c.match',
		target, zoom_silver.each_column('%s = c.%n', zoom_silver.content_columns(relation), target),
		zoom_silver.match_expression(relation, 't.%s'))
		USING source_system;
	GET DIAGNOSTICS updated = ROW_COUNT;
	RETURN updated;
END
$$;
COMMENT ON FUNCTION zoom_silver.update_rows(text, regclass, text) IS
'Updates the rows of silver that zoom_silver_changed says; returns how many';

-- Columns that the source does not know have their defaults where there is nothing
-- to be kept.
CREATE FUNCTION zoom_silver.insert_rows(relation text, target regclass, source_system text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	told text[] := zoom_silver.key_column(relation) || zoom_silver.content_columns(relation);
	way record;
	written bigint;
	inserted bigint := 0;
BEGIN
	FOR way IN
		SELECT told AS columns, CASE WHEN zoom_gold.has_versions(relation) THEN 'c.held_at IS NULL' ELSE 'true' END AS condition
		UNION ALL
		SELECT told || zoom_silver.kept_columns(relation, told), 'c.held_at IS NOT NULL' WHERE zoom_gold.has_versions(relation)
	LOOP
		EXECUTE format('INSERT INTO %1$s (%2$s, load_timestamp, update_timestamp, source_system)
			SELECT %3$s, c.load_timestamp, coalesce(c.update_timestamp, c.load_timestamp), $1
			FROM pg_temp.zoom_silver_changed c WHERE c.action = ''I'' AND %4$s',
			target, zoom_silver.each_column('%s', way.columns, target), zoom_silver.each_column('c.%n', way.columns, target), way.condition)
			USING source_system;
		GET DIAGNOSTICS written = ROW_COUNT;
		inserted := inserted + written;
	END LOOP;
	RETURN inserted;
END
$$;
COMMENT ON FUNCTION zoom_silver.insert_rows(text, regclass, text) IS
'Inserts into silver what zoom_silver_changed says; returns how many rows';


/* ==========================================================================
 * The kinds of sources as data
 *
 * How a silver relation is read from what a connector lands: the columns it
 * needs and a SELECT, which add_source() copies to where people may edit it.
 * In a query
 *
 *   {users}          stands for the table of that name in the source's schema,
 *                    with the columns declared here (text, but for times and
 *                    days that have such a type), and three more, from what
 *                    every connector spells its own way:
 *                      extracted_at   when the connector read the row
 *                      removed        true: the connector says it was deleted
 *                      unreadable     what of these two it says and cannot be
 *                                     read: update_timestamp or gone
 *   {licensed_plan}  for the option of that name, NULL when it was not stated
 *   {email_owner}    for the users known to silver and gold by their e-mails,
 *                    former ones and those of users gone included: email (lower
 *                    case), user_id, during (when it was that user's: an address
 *                    is handed on)
 *
 * Inputs are written "table(column, column? one|other ...)": a question mark means
 * that it may be missing, and is NULL or without rows then, a bar that one of them
 * must be there; :time and :number say what the values are.  The first table is the
 * one that the rows come from.
 * Of several shapes of one kind the first is taken whose tables are there.
 * ==========================================================================
 */

CREATE FUNCTION zoom_silver.mapping()
RETURNS TABLE (kind text, relation text, shape text, deletes text, inputs text, query text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
-- Airbyte's source-zoom and Singer's tap-zoom land the answers of Zoom's API.
SELECT k.kind, m.relation, k.shape, m.deletes, replace(m.inputs, 'display_name', k.display_name), m.query
FROM (VALUES
	('airbyte', 'source-zoom 1.2, destination-postgres 2.0', 'display_name'),
	-- which did not know it before 2024
	('singer', 'tap-zoom 2.0', 'display_name?')
) AS k (kind, shape, display_name)
CROSS JOIN (VALUES
	('si_users', 'mirror',
	 'users(id, email, type:number, display_name, first_name, last_name)',
$q$-- Who is pending has no name yet.  Type 2 is licensed: what the licence is,
-- only the account's bill says; 4, 5 and 99 have none.
SELECT u.id AS user_id,
	coalesce(nullif(btrim(u.display_name), ''), nullif(btrim(concat_ws(' ', u.first_name, u.last_name)), ''), u.email) AS user_name,
	u.email,
	CASE zoom_silver.to_whole(u.type) WHEN 1 THEN 'Basic' WHEN 2 THEN {licensed_plan} END AS plan_type,
	u.extracted_at AS update_timestamp,
	u.removed AS gone,
	u.unreadable
FROM {users} u$q$),
	('si_meetings', 'keep',
	 'report_meetings(uuid, topic, start_time:time, end_time:time, duration:number, user_email, host_id?)',
$q$-- What took place: the table meetings is the schedule.
SELECT r.uuid AS meeting_id,
	coalesce(nullif(btrim(r.host_id), ''), e.user_id) AS host_id,
	r.topic AS meeting_topic,
	r.start_time,
	r.end_time,
	r.duration AS duration_minutes,
	r.extracted_at AS update_timestamp,
	r.unreadable
FROM {report_meetings} r
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(r.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)$q$),
	('si_participants', 'keep',
	 'report_meeting_participants(meeting_id, user_id, join_time:time, leave_time:time, id?, participant_user_id?, user_email?, status?, meeting_uuid?) '
	 'report_meetings(uuid, start_time:time, end_time:time, id|meeting_id)',
$q$-- Participants name the meeting by its number: the instance is the one that
-- was on when they joined; who has none yet waits for it.  id is empty for
-- guests and repeats when somebody rejoins; user_id is one's number in the
-- meeting.
WITH instance AS (
	SELECT DISTINCT ON (r.uuid) r.uuid, coalesce(r.id, r.meeting_id) AS number,
		zoom_silver.to_instant(r.start_time) AS started, zoom_silver.to_instant(r.end_time) AS ended
	FROM {report_meetings} r
	ORDER BY r.uuid, r.extracted_at DESC NULLS LAST, r.removed
), opening AS MATERIALIZED (
	SELECT i.*, greatest(i.started - interval '1 hour', lag(i.ended) OVER (PARTITION BY i.number ORDER BY i.started)) AS opened
	FROM instance i
), participant AS MATERIALIZED (
	SELECT p.*, zoom_silver.to_instant(p.join_time) AS joined,
		coalesce(nullif(btrim(p.participant_user_id), ''), nullif(btrim(p.id), '')) AS account_user
	FROM {report_meeting_participants} p
	-- the others only waited to be let in
	WHERE coalesce(nullif(zoom_silver.to_word(p.status), ''), 'in_meeting') = 'in_meeting'
)
SELECT coalesce(i.uuid, o.uuid, p.meeting_uuid) || '/' || coalesce(nullif(btrim(p.user_id), ''), concat_ws('@', p.account_user, p.join_time)) AS participant_id,
	coalesce(i.uuid, o.uuid, p.meeting_uuid) AS meeting_id,
	coalesce(p.account_user, e.user_id) AS user_id,
	p.join_time,
	p.leave_time,
	p.extracted_at AS update_timestamp,
	p.unreadable
FROM participant p
LEFT JOIN instance i ON i.uuid = coalesce(p.meeting_uuid, p.meeting_id)
LEFT JOIN opening o ON o.number = p.meeting_id AND i.uuid IS NULL
	AND p.joined > o.opened AND p.joined <= coalesce(o.ended, 'infinity')
LEFT JOIN {email_owner} e ON e.email = CASE WHEN p.account_user IS NULL THEN zoom_silver.to_email(p.user_email) END AND e.during @> p.joined
-- who joined nobody knows when, or what, waits for nothing: gold is to reject the row
WHERE coalesce(i.uuid, o.uuid, p.meeting_uuid) IS NOT NULL OR p.joined IS NULL OR coalesce(btrim(p.meeting_id), '') = ''$q$),
	('si_webinars', 'keep',
	 'report_webinars(uuid, topic, start_time:time, end_time:time, user_email, host_id?, id?, webinar_id?) '
	 'webinar_registrants?(webinar_id, id?, email?, status?)',
$q$-- Registrants are known by the webinar's number; one who is there twice, as
-- where syncs are appended, counts once, as was said last.
SELECT r.uuid AS webinar_id,
	coalesce(nullif(btrim(r.host_id), ''), e.user_id) AS host_id,
	r.topic AS webinar_topic,
	r.start_time,
	r.end_time,
	g.registrants,
	r.extracted_at AS update_timestamp,
	concat_ws(' ', r.unreadable, g.unreadable) AS unreadable
FROM {report_webinars} r
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(r.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)
LEFT JOIN (
	SELECT w.webinar_id, count(*) FILTER (WHERE coalesce(nullif(zoom_silver.to_word(w.status), ''), 'approved') = 'approved' AND w.removed IS NOT TRUE) AS registrants,
		CASE WHEN max(w.doubtful) > 0 THEN 'lookup' END AS unreadable
	FROM (SELECT DISTINCT ON (a.webinar_id, a.registrant) a.*, count(a.unreadable) OVER (PARTITION BY a.webinar_id) AS doubtful
		FROM (SELECT g.*, coalesce(g.id, zoom_silver.to_email(g.email), gen_random_uuid()::text) AS registrant FROM {webinar_registrants} g) AS a
		ORDER BY a.webinar_id, a.registrant, a.extracted_at DESC NULLS LAST, a.removed) AS w
	GROUP BY w.webinar_id
) AS g ON g.webinar_id = coalesce(r.id, r.webinar_id)$q$)
) AS m (relation, deletes, inputs, query)
UNION ALL VALUES
	('fivetran', 'si_meetings', 'Zoom connector', 'keep',
	 'meeting_report(uuid, topic, start_time:time, end_time:time, duration:number, user_email) meeting?(uuid, host_id)',
$q$-- What took place: the table meeting is the schedule, but knows hosts by their ids.
SELECT r.uuid AS meeting_id,
	coalesce(nullif(btrim(m.host_id), ''), e.user_id) AS host_id,
	r.topic AS meeting_topic,
	r.start_time,
	r.end_time,
	r.duration AS duration_minutes,
	r.extracted_at AS update_timestamp,
	r.unreadable
FROM {meeting_report} r
LEFT JOIN {meeting} m ON m.uuid = r.uuid
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(m.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)
WHERE r.removed IS NOT TRUE$q$),
	('fivetran', 'si_participants', 'Zoom connector', 'keep',
	 'meeting_participant(meeting_uuid, user_id, join_time:time, leave_time:time, participant_user_id?, user_email?, status?)',
$q$-- user_id is one's number in the meeting: somebody who rejoins has another one.
SELECT p.meeting_uuid || '/' || p.user_id AS participant_id,
	p.meeting_uuid AS meeting_id,
	coalesce(nullif(btrim(p.participant_user_id), ''), e.user_id) AS user_id,
	p.join_time,
	p.leave_time,
	p.extracted_at AS update_timestamp,
	p.removed AS gone,
	p.unreadable
FROM {meeting_participant} p
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(p.participant_user_id), '') = '' THEN zoom_silver.to_email(p.user_email) END AND e.during @> zoom_silver.to_instant(p.join_time)
-- the others only waited to be let in
WHERE coalesce(nullif(zoom_silver.to_word(p.status), ''), 'in_meeting') = 'in_meeting'$q$),
	('fivetran', 'si_webinars', 'Zoom connector', 'keep',
	 'webinar_report(uuid, topic, start_time:time, end_time:time, user_email) webinar?(uuid, host_id) webinar_registrant?(webinar_uuid)',
$q$SELECT r.uuid AS webinar_id,
	coalesce(nullif(btrim(w.host_id), ''), e.user_id) AS host_id,
	r.topic AS webinar_topic,
	r.start_time,
	r.end_time,
	g.registrants,
	r.extracted_at AS update_timestamp,
	concat_ws(' ', r.unreadable, g.unreadable) AS unreadable
FROM {webinar_report} r
LEFT JOIN {webinar} w ON w.uuid = r.uuid
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(w.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)
LEFT JOIN (
	SELECT p.webinar_uuid, count(*) FILTER (WHERE p.removed IS NOT TRUE) AS registrants, CASE WHEN count(p.unreadable) > 0 THEN 'lookup' END AS unreadable
	FROM {webinar_registrant} p
	GROUP BY p.webinar_uuid
) AS g ON g.webinar_uuid = r.uuid
WHERE r.removed IS NOT TRUE$q$)
UNION ALL
SELECT 'fivetran', 'si_users', 'Zoom connector' || u.suffix, 'keep',
	replace('users(id, email, type:number, display_name?, first_name?, last_name?)', 'users', u.users),
	replace(
$q$-- A user who is gone is marked, not missing.
SELECT u.id AS user_id,
	coalesce(nullif(btrim(u.display_name), ''), nullif(btrim(concat_ws(' ', u.first_name, u.last_name)), ''), u.email) AS user_name,
	u.email,
	CASE zoom_silver.to_whole(u.type) WHEN 1 THEN 'Basic' WHEN 2 THEN {licensed_plan} END AS plan_type,
	u.extracted_at AS update_timestamp,
	u.removed AS gone,
	u.unreadable
FROM {users} u$q$, 'users', u.users)
FROM (VALUES ('users', ''), ('user', ', table user')) AS u (users, suffix)
UNION ALL
-- Zendesk: how each connector tells of changes of the status.
SELECT 'zendesk', 'si_support_tickets', z.shape, 'keep', z.inputs,
	replace(replace(z.told ||
$q$, change AS (
	-- a ticket may have been solved when it was made
	SELECT DISTINCT ON (d.id, d.at) d.id, d.status, d.at FROM told d ORDER BY d.id, d.at, d.place, d.extracted_at DESC NULLS LAST
), word (status, resolution_status) AS (
	VALUES ('new', 'Open'), ('open', 'Open'), ('pending', 'In Progress'), ('hold', 'In Progress'), ('on-hold', 'In Progress'),
		('solved', 'Resolved'), ('closed', 'Closed')
)
SELECT t.id AS ticket_id,
	e.user_id,
	coalesce(zoom_silver.to_title(t.type), 'Not Stated') AS ticket_type,
	coalesce(w.resolution_status, c.status) AS resolution_status,
	t.created_at AS open_date,
	c.at AS update_timestamp,
	zoom_silver.to_word(t.status) = 'deleted' OR t.removed AS gone,
	coalesce(u.unreadable, t.unreadable) AS unreadable
FROM change c
-- who was deleted and is restored was never
JOIN ticket t ON t.id = c.id AND (zoom_silver.to_word(c.status) <> 'deleted' OR zoom_silver.to_word(t.status) = 'deleted') IS NOT FALSE
LEFT JOIN unclear u ON u.id = t.id
LEFT JOIN word w ON w.status = zoom_silver.to_word(c.status)
LEFT JOIN (SELECT DISTINCT ON (r.id) r.id, r.email FROM {users} r ORDER BY r.id, r.extracted_at DESC NULLS LAST, r.removed) AS r ON r.id = t.requester_id
LEFT JOIN {email_owner} e ON e.email = zoom_silver.to_email(r.email) AND e.during @> zoom_silver.to_instant(t.created_at)
UNION ALL
-- nobody can say of what has no id that it changed
SELECT t.id, NULL, coalesce(zoom_silver.to_title(t.type), 'Not Stated'), coalesce(w.resolution_status, t.status), t.created_at,
	zoom_silver.to_instant(t.updated_at), t.removed, t.unreadable
FROM ticket t
LEFT JOIN word w ON w.status = zoom_silver.to_word(t.status)
WHERE t.id IS NULL$q$,
		'{tickets}', z.tickets), '{users}', z.users)
FROM (VALUES
	('Fivetran''s Zendesk Support connector', '{ticket}', '{user}',
	 'ticket(id, status, created_at:time, updated_at:time, requester_id, type?) user?(id, email) '
	 'ticket_field_history?(ticket_id, field_name, value, updated:time)',
$q$-- A version per change of the status.  Without a history a ticket was open from
-- the beginning and is since updated_at what it is.  While a time cannot be read,
-- nothing is said as of later than what will be once it can.
WITH ticket AS (
	SELECT t.id, t.status, t.created_at, t.updated_at, t.requester_id, t.type, t.extracted_at, t.removed, t.unreadable FROM {ticket} t
), unclear AS (
	SELECT s.id, 'update_timestamp' AS unreadable FROM (
		SELECT t.id FROM ticket t WHERE zoom_silver.no_instant(t.updated_at::text)
		UNION
		SELECT h.ticket_id FROM {ticket_field_history} h WHERE zoom_silver.to_word(h.field_name) = 'status' AND zoom_silver.no_instant(h.updated::text)) AS s
), told AS (
	SELECT t.id, 'open' AS status, zoom_silver.to_instant(t.created_at) AS at, 2 AS place, t.extracted_at
	FROM ticket t WHERE zoom_silver.to_instant(t.created_at) IS NOT NULL
	UNION ALL
	SELECT h.ticket_id, h.value, zoom_silver.to_instant(h.updated), 1, h.extracted_at
	FROM {ticket_field_history} h WHERE zoom_silver.to_word(h.field_name) = 'status' AND zoom_silver.to_instant(h.updated) IS NOT NULL
	UNION ALL
	SELECT t.id, t.status, CASE WHEN u.id IS NOT NULL THEN coalesce(zoom_silver.to_instant(t.created_at), '-infinity')
		ELSE greatest(coalesce(zoom_silver.to_instant(t.updated_at), t.extracted_at), zoom_silver.to_instant(t.created_at)) END, 0, t.extracted_at
	FROM ticket t LEFT JOIN unclear u ON u.id = t.id
	WHERE NOT EXISTS (SELECT FROM {ticket_field_history} h WHERE h.ticket_id = t.id AND zoom_silver.to_word(h.field_name) = 'status' AND zoom_silver.to_word(h.value) = zoom_silver.to_word(t.status)
		AND zoom_silver.to_instant(h.updated) IS NOT NULL)
)$q$),
	('Airbyte''s source-zendesk-support', '{tickets}', '{users}',
	 'tickets(id, status, created_at:time, updated_at:time, requester_id, type?) users?(id, email) '
	 'ticket_metrics?(ticket_id, solved_at:time?)',
$q$-- A ticket was open from the beginning, solved when its metrics say so, and is
-- since updated_at what it is; where syncs append, what was read before tells of
-- what it was.  While a time cannot be read, nothing is said as of later than what
-- will be once it can.
WITH ticket AS (
	SELECT DISTINCT ON (t.id, CASE WHEN t.id IS NULL THEN t::text END) t.id, t.status, t.created_at, t.updated_at, t.requester_id, t.type, t.extracted_at, t.removed, t.unreadable
	FROM {tickets} t ORDER BY t.id, CASE WHEN t.id IS NULL THEN t::text END, t.extracted_at DESC NULLS LAST, t.removed, zoom_silver.to_instant(t.updated_at) DESC NULLS LAST
), metric AS (
	SELECT DISTINCT ON (m.ticket_id) m.ticket_id, m.solved_at, m.extracted_at FROM {ticket_metrics} m ORDER BY m.ticket_id, m.extracted_at DESC NULLS LAST, m.removed
), unclear AS (
	SELECT s.id, 'update_timestamp' AS unreadable FROM (
		SELECT t.id FROM ticket t WHERE zoom_silver.no_instant(t.updated_at::text)
		UNION
		SELECT m.ticket_id FROM metric m WHERE zoom_silver.no_instant(m.solved_at::text)) AS s
), told AS (
	SELECT t.id, 'open' AS status, zoom_silver.to_instant(t.created_at) AS at, 2 AS place, t.extracted_at
	FROM ticket t WHERE zoom_silver.to_instant(t.created_at) IS NOT NULL
	UNION ALL
	SELECT t.id, 'solved', zoom_silver.to_instant(m.solved_at), 1, m.extracted_at
	FROM ticket t JOIN metric m ON m.ticket_id = t.id
	WHERE zoom_silver.to_word(t.status) IN ('solved', 'closed') AND zoom_silver.to_instant(m.solved_at) IS NOT NULL
	UNION ALL
	SELECT t.id, t.status, CASE WHEN u.id IS NOT NULL THEN coalesce(zoom_silver.to_instant(t.created_at), '-infinity')
		ELSE greatest(coalesce(zoom_silver.to_instant(t.updated_at), t.extracted_at), zoom_silver.to_instant(t.created_at)) END, 0, t.extracted_at
	FROM ticket t LEFT JOIN unclear u ON u.id = t.id
	WHERE zoom_silver.to_word(t.status) IS DISTINCT FROM 'solved'
		OR NOT EXISTS (SELECT FROM metric m WHERE m.ticket_id = t.id AND zoom_silver.to_instant(m.solved_at) IS NOT NULL)
	UNION ALL
	SELECT f.id, f.status, zoom_silver.to_instant(f.updated_at), 0, f.extracted_at
	FROM {tickets} f JOIN ticket t ON t.id = f.id AND zoom_silver.to_instant(f.updated_at) < zoom_silver.to_instant(t.updated_at) LEFT JOIN unclear u ON u.id = t.id
	WHERE u.id IS NULL
)$q$)
) AS z (shape, tickets, users, inputs, told)
UNION ALL
-- Stripe: how each connector calls the same.
SELECT 'stripe', 'si_billing_events', z.shape, 'keep', z.inputs,
	z.named ||
$q$, event AS (
	-- lines of invoices and refunds; what a proration gives back is a refund
	SELECT l.invoice_id || '/' || l.id AS event_id, i.customer,
		CASE WHEN zoom_silver.to_number(l.amount) < 0 THEN 'Refund'
			WHEN l.subscription IS NULL AND zoom_silver.to_word(l.type) IS DISTINCT FROM 'subscription' THEN 'Add-on Purchase'
			WHEN zoom_silver.to_word(i.billing_reason) = 'subscription_cycle' THEN 'Subscription Renewal'
			ELSE 'Subscription Fee' END AS event_type,
		l.amount, l.currency, coalesce(i.dated, l.dated) AS event_date,
		greatest(l.extracted_at, i.extracted_at) AS extracted_at,
		coalesce(zoom_silver.to_word(i.status), '') IN ('draft', 'void') OR zoom_silver.to_truth(i.is_deleted) IS TRUE OR i.removed OR l.removed AS gone,
		CASE WHEN zoom_silver.no_truth(i.is_deleted) OR zoom_silver.no_truth(l.livemode) THEN 'gone' ELSE coalesce(l.unreadable, i.unreadable) END AS unreadable
	FROM line l LEFT JOIN invoice i ON i.id = l.invoice_id
	WHERE zoom_silver.to_truth(l.livemode) IS NOT FALSE
	UNION ALL
	SELECT r.id, r.customer, 'Refund', r.amount, r.currency, r.dated, r.extracted_at, zoom_silver.to_word(r.status) <> 'succeeded' OR r.removed,
		CASE WHEN zoom_silver.no_truth(r.livemode) THEN 'gone' ELSE r.unreadable END
	FROM refund r
	WHERE zoom_silver.to_truth(r.livemode) IS NOT FALSE
)
-- amounts are whole cents, or what else is the smallest coin
SELECT v.event_id,
	e.user_id,
	v.event_type,
	CASE WHEN zoom_silver.to_number(v.amount) IS NULL THEN v.amount ELSE zoom_silver.from_minor(v.amount, v.currency)::text END AS amount,
	v.event_date,
	v.extracted_at AS update_timestamp,
	v.gone,
	v.unreadable
FROM event v
LEFT JOIN customer u ON u.id = v.customer
LEFT JOIN {email_owner} e ON e.email = zoom_silver.to_email(u.email) AND e.during @> zoom_silver.to_instant(v.event_date)
WHERE zoom_silver.to_word(v.currency) = zoom_silver.to_word(coalesce({currency}, v.currency)) IS NOT FALSE$q$
FROM (VALUES
	('Fivetran''s Stripe connector',
	 'invoice_line_item(id, invoice_id, amount:number, currency, type?, subscription_id?, livemode?, period_start:time?) '
	 'invoice(id, customer_id, status?, billing_reason?, created:time?, date:time?, status_transitions_finalized_at:time?, is_deleted?) '
	 'customer(id, email) charge?(id, customer_id, livemode?) refund?(id, charge_id, amount:number, currency, created:time, status)',
$q$-- An invoice is of the day on which it became final.
WITH line AS (
	SELECT l.id, l.invoice_id, l.amount, l.currency, l.type, l.subscription_id AS subscription, l.livemode, l.period_start::text AS dated,
		l.extracted_at, l.removed, l.unreadable FROM {invoice_line_item} l
), invoice AS (
	SELECT i.id, i.customer_id AS customer, i.status, i.billing_reason, i.is_deleted, coalesce(i.status_transitions_finalized_at::text, i.created::text, i.date::text) AS dated,
		i.extracted_at, i.removed, i.unreadable FROM {invoice} i
), refund AS (
	SELECT r.id, c.customer_id AS customer, r.amount, r.currency, r.status, c.livemode, r.created::text AS dated,
		r.extracted_at, r.removed, r.unreadable FROM {refund} r LEFT JOIN {charge} c ON c.id = r.charge_id
), customer AS (
	SELECT c.id, c.email FROM {customer} c
)$q$),
	('Airbyte''s source-stripe',
	 'invoice_line_items(id, invoice_id|invoice, amount:number, currency, type?, subscription?, livemode?, created:time?) '
	 'invoices(id, customer, status?, billing_reason?, created:time?, effective_at:time?, finalized_at:time?, status_transitions?, date:time?, is_deleted?) '
	 'customers(id, email) charges?(id, customer, livemode?) refunds?(id, charge, amount:number, currency, created:time, status)',
$q$-- An invoice is of the day on which it became final.  Where syncs append, what was
-- read last counts.
WITH line AS (
	SELECT DISTINCT ON (coalesce(l.invoice_id, l.invoice), l.id, CASE WHEN coalesce(l.invoice_id, l.invoice) IS NULL OR l.id IS NULL THEN l::text END)
		l.id, coalesce(l.invoice_id, l.invoice) AS invoice_id, l.amount, l.currency, l.type, l.subscription, l.livemode, l.created::text AS dated,
		l.extracted_at, l.removed, l.unreadable FROM {invoice_line_items} l
	ORDER BY coalesce(l.invoice_id, l.invoice), l.id, CASE WHEN coalesce(l.invoice_id, l.invoice) IS NULL OR l.id IS NULL THEN l::text END, l.extracted_at DESC NULLS LAST, l.removed
), invoice AS (
	SELECT DISTINCT ON (i.id) i.id, i.customer, i.status, i.billing_reason, i.is_deleted,
		coalesce(i.effective_at::text, i.finalized_at::text, substring(i.status_transitions from '"finalized_at" *: *"?([^",}]*[0-9Z])'), i.created::text, i.date::text) AS dated,
		i.extracted_at, i.removed, i.unreadable FROM {invoices} i
	ORDER BY i.id, i.extracted_at DESC NULLS LAST, i.removed
), charge AS (
	SELECT DISTINCT ON (c.id) c.id, c.customer, c.livemode FROM {charges} c ORDER BY c.id, c.extracted_at DESC NULLS LAST, c.removed
), refund AS (
	SELECT r.id, c.customer, r.amount, r.currency, r.status, c.livemode, r.created::text AS dated,
		r.extracted_at, r.removed, r.unreadable FROM {refunds} r LEFT JOIN charge c ON c.id = r.charge
), customer AS (
	SELECT DISTINCT ON (c.id) c.id, c.email FROM {customers} c ORDER BY c.id, c.extracted_at DESC NULLS LAST, c.removed
)$q$)
) AS z (shape, inputs, named);
END;
COMMENT ON FUNCTION zoom_silver.mapping() IS
'How silver relations are read from the tables of each kind of source: shape tested, what absence means, inputs, query';

-- What a source cannot say must be stated.  unstated: a query of the source
-- that has rows when it matters.
CREATE FUNCTION zoom_silver.source_option()
RETURNS TABLE (kind text, name text, allowed text[], relation text, unstated text, message text, hint text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
SELECT k.kind, 'licensed_plan', '{Pro,Business,Enterprise}'::text[], 'si_users',
	format('SELECT FROM {%s} u WHERE zoom_silver.to_whole(u.type) = 2', k.users),
	'option licensed_plan is missing: Zoom says only that a user is licensed',
	'State it, for instance {"licensed_plan": "Pro"}: Pro, Business or Enterprise.',
	'Plan of licensed users, as the account bought it: Pro, Business or Enterprise'
FROM (VALUES ('airbyte', 'users'), ('singer', 'users'), ('fivetran', 'users'), ('fivetran', 'user')) AS k (kind, users)
UNION ALL
-- who will be licensed is not known yet
SELECT 'webhook', 'licensed_plan', '{Pro,Business,Enterprise}', NULL, NULL,
	'option licensed_plan is missing: Zoom says only that a user is licensed',
	'State it, for instance {"licensed_plan": "Pro"}: Pro, Business or Enterprise.',
	'Plan of licensed users, as the account bought it: Pro, Business or Enterprise; must be stated'
UNION ALL
SELECT 'csv', 'identity', '{email}', NULL, NULL, NULL, NULL,
	'email: users are those of other sources who have or had the address; else an address is a user of its own'
UNION ALL
SELECT 'stripe', 'currency', NULL, 'si_billing_events',
	format('SELECT FROM (SELECT zoom_silver.to_word(l.currency) FROM {%s} l UNION SELECT zoom_silver.to_word(r.currency) FROM {%s} r) AS c (currency) HAVING count(c.currency) > 1', k.lines, k.refunds),
	'option currency is missing: there are amounts of several currencies, and silver has one',
	'State the one to load, for instance {"currency": "usd"}.',
	'Currency to load; only needed where there are several'
FROM (VALUES ('invoice_line_item', 'refund'), ('invoice_line_items', 'refunds')) AS k (lines, refunds)
UNION ALL
SELECT k.kind, 'relations', NULL, NULL, NULL, NULL, NULL, 'Array of the silver relations to fill; all of the kind when it is not stated'
FROM (VALUES ('airbyte'), ('singer'), ('fivetran'), ('zendesk'), ('stripe')) AS k (kind);
END;
COMMENT ON FUNCTION zoom_silver.source_option() IS
'Options of each kind of source, and how to tell that one must be stated';

-- A schedule says nothing of what took place.
CREATE FUNCTION zoom_silver.schedule_table() RETURNS TABLE (kind text, schedule text, held text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES ('airbyte', 'meetings', 'report_meetings'), ('singer', 'meetings', 'report_meetings'), ('fivetran', 'meeting', 'meeting_report');
END;
COMMENT ON FUNCTION zoom_silver.schedule_table() IS
'Tables that hold scheduled meetings, and those that hold what took place';

CREATE FUNCTION zoom_silver.mapping_input(inputs text)
RETURNS TABLE (n bigint, table_name text, table_required boolean, column_name text, nature text, column_required boolean, alternatives text[])
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT t.n, t.part[1], t.part[2] = '', c.part[1], coalesce(c.part[2], 'text'), c.part[3] = '' AND strpos(e.entry, '|') = 0,
		CASE WHEN strpos(e.entry, '|') > 0 THEN string_to_array(e.entry, '|') END
	FROM regexp_matches(inputs, '(\w+)(\??)\(([^)]*)\)', 'g') WITH ORDINALITY AS t (part, n)
	CROSS JOIN LATERAL regexp_split_to_table(t.part[3], ',\s*') AS e (entry)
	CROSS JOIN LATERAL regexp_matches(e.entry, '(\w+)(?::(\w+))?(\??)', 'g') AS c (part)
$$;
COMMENT ON FUNCTION zoom_silver.mapping_input(text) IS 'Tables and columns that the inputs of a mapping name; alternatives: columns one of which must be there';

CREATE FUNCTION zoom_silver.source_kind() RETURNS TABLE (kind text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES ('airbyte'), ('webhook'), ('csv'), ('singer'), ('fivetran'), ('zendesk'), ('stripe');
END;
COMMENT ON FUNCTION zoom_silver.source_kind() IS 'Kinds of sources';

-- What is not pulled.
CREATE FUNCTION zoom_silver.handed_in()
RETURNS TABLE (kind text, relation text, inputs text, shape text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('webhook', 'si_users', 'user.created user.invitation_accepted user.updated user.activated user.deactivated user.disassociated user.deleted', '@zoom/rivet 0.4.0'),
	('webhook', 'si_meetings', 'meeting.started meeting.ended meeting.participant_joined meeting.participant_left', '@zoom/rivet 0.4.0'),
	('webhook', 'si_participants', 'meeting.participant_joined meeting.participant_left', '@zoom/rivet 0.4.0'),
	('webhook', 'si_webinars', 'webinar.started webinar.ended', '@zoom/rivet 0.4.0'),
	('csv', 'si_users', 'participants active_hosts webinar', 'English exports of the Zoom portal'),
	('csv', 'si_meetings', 'participants active_hosts', 'English exports of the Zoom portal'),
	('csv', 'si_participants', 'participants active_hosts', 'English exports of the Zoom portal'),
	('csv', 'si_webinars', 'webinar', 'English exports of the Zoom portal');
END;
COMMENT ON FUNCTION zoom_silver.handed_in() IS
'Silver relations that receive() fills from events and load_csv() from kinds of exports';

CREATE VIEW zoom_silver.source_catalog AS
SELECT k.kind, m.relation, m.inputs,
	(SELECT string_agg(DISTINCT format('%s: %s', o.name, o.description), E'\n') FROM zoom_silver.source_option() o WHERE o.kind = k.kind) AS options,
	m.query, m.shape
FROM zoom_silver.source_kind() k LEFT JOIN (
	SELECT p.kind, p.relation, p.inputs, p.query, p.shape FROM zoom_silver.mapping() p
	UNION ALL
	SELECT h.kind, h.relation, h.inputs, NULL, h.shape FROM zoom_silver.handed_in() h) m USING (kind);
COMMENT ON VIEW zoom_silver.source_catalog IS 'What add_source() and pull() know to read';
COMMENT ON COLUMN zoom_silver.source_catalog.kind IS 'Kind of source';
COMMENT ON COLUMN zoom_silver.source_catalog.relation IS 'Silver relation that it fills';
COMMENT ON COLUMN zoom_silver.source_catalog.inputs IS
'Tables and columns it is read from; a question mark: may be missing, a bar: one of them must be there, :time and :number: what the values are. Of webhooks the events, of CSV the kinds of exports';
COMMENT ON COLUMN zoom_silver.source_catalog.options IS 'Options that may or must be stated';
COMMENT ON COLUMN zoom_silver.source_catalog.query IS 'SELECT that reads it; add_source() copies it to zoom_silver_state.source_query. NULL where receive() or load_csv() fills it';
COMMENT ON COLUMN zoom_silver.source_catalog.shape IS 'Connector with the version that this was tried with';


/* ==========================================================================
 * Telling of a source
 *
 * add_source() copies the mappings of a kind to zoom_silver_state.source_query
 * and refuses what would go wrong; check_source() says the same beforehand and
 * writes nothing.  Both read the catalogue for what the schema holds now.
 * ==========================================================================
 */

-- --------------------------------------------------------------------------
-- A query with its placeholders filled
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.require_schema(schema_name name) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF schema_name IS NULL OR NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = schema_name) THEN
		RAISE EXCEPTION 'schema % does not exist', coalesce('"' || schema_name || '"', 'NULL') USING ERRCODE = 'invalid_schema_name',
			HINT = 'Name the schema that the connector writes to.';
	ELSIF NOT has_schema_privilege(schema_name::text, 'USAGE') THEN
		RAISE EXCEPTION 'permission denied for schema "%"', schema_name USING ERRCODE = 'insufficient_privilege',
			HINT = format('As its owner: GRANT USAGE ON SCHEMA %1$I TO %2$I; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I.', schema_name, current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_schema(name) IS 'Fails for a schema that is not there or that the caller may not look into';

-- Some destinations write names in capitals.
CREATE FUNCTION zoom_silver.source_table(schema_name name, table_name text) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce(to_regclass(format('%I.%I', schema_name, table_name)),
	(SELECT min(c.oid)::regclass FROM pg_class c
	WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = schema_name) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		AND zoom_silver.to_word(c.relname::text) = table_name HAVING count(*) = 1));
COMMENT ON FUNCTION zoom_silver.source_table(name, text) IS
'The table of a source, also where it is spelled with capitals and there is only one; NULL when it is not there';

CREATE FUNCTION zoom_silver.table_column(target regclass) RETURNS TABLE (column_name text, type regtype, spelling text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH attribute AS (
		SELECT a.attname::text AS spelling, zoom_silver.to_word(a.attname::text) AS word, b.base::regtype AS type
		FROM pg_attribute a CROSS JOIN LATERAL zoom_gold.base_type(a.atttypid, a.atttypmod) b
		WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
	)
	SELECT a.spelling, a.type, a.spelling FROM attribute a
	UNION ALL
	SELECT a.word, min(a.type::oid)::regtype, min(a.spelling) FROM attribute a
	GROUP BY a.word HAVING count(*) = 1 AND min(a.spelling) <> a.word
$$;
COMMENT ON FUNCTION zoom_silver.table_column(regclass) IS
'Columns of a table with their types, under domains; those with capitals by their names in small letters, too';

-- What connectors mark rows with: when they read them, and that they are gone.
CREATE FUNCTION zoom_silver.connector_column() RETURNS TABLE (place integer, meaning text, column_name text, nature text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES (1, 'extracted_at', '_airbyte_extracted_at', 'time'), (2, 'extracted_at', '_airbyte_emitted_at', 'time'),
	(3, 'extracted_at', '_sdc_extracted_at', 'time'), (4, 'extracted_at', '_sdc_batched_at', 'time'),
	(5, 'extracted_at', '_sdc_received_at', 'time'), (6, 'extracted_at', '_fivetran_synced', 'time'),
	(7, 'removed', '_fivetran_deleted', 'boolean'), (8, 'removed', '_sdc_deleted_at', 'time'), (9, 'removed', '_ab_cdc_deleted_at', 'time');
END;
COMMENT ON FUNCTION zoom_silver.connector_column() IS
'Columns in which connectors say when they read a row, of several the first counts, and that it was deleted; nature is what they hold';

-- Who says when a row was deleted says that it was, whatever else it says.
CREATE FUNCTION zoom_silver.connector_mark(target regclass) RETURNS TABLE (place integer, meaning text, value text, doubt text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.place, k.meaning, r.value, r.doubt
	FROM zoom_silver.connector_column() k JOIN zoom_silver.table_column(target) c USING (column_name)
	CROSS JOIN LATERAL (SELECT format('t.%I', c.spelling), c.type IN ('boolean'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)) AS g (given, is_typed)
	CROSS JOIN LATERAL zoom_silver.text_expression(g.given, c.type) AS w (words)
	CROSS JOIN LATERAL (SELECT CASE
			WHEN k.nature = 'boolean' THEN format('coalesce(%s, false)', CASE WHEN g.is_typed THEN g.given ELSE format('zoom_silver.to_truth(%s)', w.words) END)
			WHEN k.meaning = 'removed' THEN format('coalesce(btrim(%s), '''') <> ''''', w.words)
			ELSE zoom_silver.cast_expression(g.given, c.type, 'timestamptz') END,
		CASE WHEN g.is_typed THEN NULL WHEN k.nature = 'boolean' THEN format('zoom_silver.no_truth(%s)', w.words)
			WHEN k.meaning = 'extracted_at' THEN format('zoom_silver.no_instant(%s)', w.words) END) AS r (value, doubt)
	WHERE zoom_silver.type_suits(k.nature, c.type)
$$;
COMMENT ON FUNCTION zoom_silver.connector_mark(regclass) IS
'SQL that reads the marks of a connector in a table with alias t, and that tells where one cannot be read';

CREATE FUNCTION zoom_silver.connector_expression(target regclass, OUT extracted_at text, OUT removed text, OUT unreadable text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('coalesce(%s)', concat_ws(', ', string_agg(m.value, ', ' ORDER BY m.place) FILTER (WHERE m.meaning = 'extracted_at'), 'NULL::timestamptz')),
		coalesce(string_agg(m.value, ' OR ' ORDER BY m.place) FILTER (WHERE m.meaning = 'removed'), 'false'),
		format('CASE %s END', concat_ws(' ', string_agg(format('WHEN %s THEN %L', m.doubt, CASE m.meaning WHEN 'removed' THEN 'gone' ELSE 'update_timestamp' END), ' '
			ORDER BY m.meaning DESC, m.place) FILTER (WHERE m.doubt IS NOT NULL), 'WHEN false THEN NULL'))
	FROM zoom_silver.connector_mark(target) m
$$;
COMMENT ON FUNCTION zoom_silver.connector_expression(regclass) IS
'SQL for extracted_at, removed and unreadable of a table with alias t, or of none; the last names what of silver the other two are to say and do not';

-- Numbers lose zeros that a connector's precision adds: keys are compared.  Of
-- columns that a mapping declares it says which are times, and an empty text is
-- NULL: some connectors land the one, some the other.
CREATE FUNCTION zoom_silver.input_expression(column_name text, type regtype, nature text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN coalesce(nature, 'time') = 'time' AND type IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN format('t.%I', column_name)
		WHEN type = 'numeric'::regtype THEN format('trim_scale(t.%I)::text', column_name)
		WHEN nature IS NULL THEN zoom_silver.text_expression(format('t.%I', column_name), type)
		ELSE format('nullif(%s, '''')', zoom_silver.text_expression(format('t.%I', column_name), type))
	END
$$;
COMMENT ON FUNCTION zoom_silver.input_expression(text, regtype, text) IS 'SQL for a column of a source as queries see it';

-- All its columns, and those that may be missing; a table that may be missing
-- has no rows then.
CREATE FUNCTION zoom_silver.table_expression(schema_name name, table_name text, inputs text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('(SELECT %s%s AS extracted_at, %s AS removed, %s AS unreadable%s)',
		(SELECT string_agg(CASE WHEN c.column_name IS NULL THEN 'NULL::text' ELSE zoom_silver.input_expression(c.spelling, c.type, i.nature) END
				|| format(' AS %I, ', coalesce(c.column_name, i.column_name)), '')
			FROM zoom_silver.table_column(s.target) c
			FULL JOIN (SELECT m.column_name, m.nature, s.target IS NULL OR NOT m.column_required AS may_be_missing FROM zoom_silver.mapping_input(inputs) m
				WHERE m.table_name = table_expression.table_name) i USING (column_name)
			WHERE (c.column_name IS NOT NULL OR i.may_be_missing) AND coalesce(c.column_name, i.column_name) NOT IN ('extracted_at', 'removed', 'unreadable')),
		k.extracted_at, k.removed, k.unreadable,
		CASE WHEN s.target IS NULL THEN ' WHERE false' ELSE format(' FROM %s AS t', s.target) END)
	FROM (SELECT zoom_silver.source_table(schema_name, table_name) OFFSET 0) AS s (target) CROSS JOIN LATERAL zoom_silver.connector_expression(s.target) k
$$;
COMMENT ON FUNCTION zoom_silver.table_expression(name, text, text) IS 'SQL that a table of a source stands for in queries';

-- A user whose key is the e-mail itself comes from a source that knows no
-- better: another one with that e-mail goes before.  Whoever had an address first
-- had it always, until somebody else has it.
CREATE FUNCTION zoom_silver.email_owner_query() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('(SELECT o.email, o.user_id, tstzrange(CASE WHEN o.former IS NOT NULL THEN o.at END, lead(o.at) OVER (PARTITION BY o.email ORDER BY o.at, o.user_id COLLATE "C" DESC)) AS during
		FROM (SELECT c.*, lag(c.user_id) OVER (PARTITION BY c.email ORDER BY c.at, c.user_id COLLATE "C" DESC) AS former
			FROM (SELECT k.*, bool_and(k.is_address) OVER (PARTITION BY k.email) AS knows_no_better
				FROM (SELECT v.*, strpos(v.user_id, ''@'') > 0 AND zoom_silver.to_email(v.user_id) = v.email AS is_address FROM (
					SELECT zoom_silver.to_email(s.email) AS email, s.user_id, coalesce(s.update_timestamp, s.load_timestamp) AS at FROM %s s
					UNION ALL
					SELECT v.email, i.user_id, v.opened FROM gold_state.user_version v JOIN gold_state.user_identity i USING (ordinal)) AS v
					WHERE v.email <> '''' AND v.user_id IS NOT NULL) AS k) AS c
			WHERE c.knows_no_better OR NOT c.is_address) AS o
		WHERE o.former IS DISTINCT FROM o.user_id)',
		zoom_gold.silver_relation('si_users'))
$$;
COMMENT ON FUNCTION zoom_silver.email_owner_query() IS
'SQL for whose an e-mail was when: of silver''s users and of gold''s kept versions';

CREATE FUNCTION zoom_silver.placeholder(query text) RETURNS TABLE (name text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT DISTINCT m[1] FROM regexp_matches(query, '\{([a-z_][a-z0-9_]*)\}', 'g') m
$$;
COMMENT ON FUNCTION zoom_silver.placeholder(text) IS 'Names in braces in a query';

CREATE FUNCTION zoom_silver.is_option(kind text, options jsonb, name text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN options ? name OR EXISTS (SELECT FROM zoom_silver.source_option() o WHERE o.kind = is_option.kind AND o.name = is_option.name);
COMMENT ON FUNCTION zoom_silver.is_option(text, jsonb, text) IS 'Whether a name in braces is an option, not a table';

CREATE FUNCTION zoom_silver.expand_query(query text, kind text, schema_name name, inputs text, options jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	placeholder text;
	expanded text := query;
BEGIN
	FOR placeholder IN SELECT p.name FROM zoom_silver.placeholder(query) p LOOP
		expanded := replace(expanded, format('{%s}', placeholder), CASE
			WHEN placeholder = 'email_owner' THEN zoom_silver.email_owner_query()
			WHEN zoom_silver.is_option(kind, options, placeholder) THEN quote_nullable(options ->> placeholder)
			ELSE zoom_silver.table_expression(schema_name, placeholder, inputs) END);
	END LOOP;
	RETURN expanded;
END
$$;
COMMENT ON FUNCTION zoom_silver.expand_query(text, text, name, text, jsonb) IS 'A query with all its placeholders filled';

-- --------------------------------------------------------------------------
-- What is wrong with a source
-- --------------------------------------------------------------------------

-- What a value of a nature can be read from: categories of pg_type.
CREATE FUNCTION zoom_silver.type_suits(nature text, type regtype) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT t.oid IN ('json'::regtype, 'jsonb'::regtype) OR CASE nature
		WHEN 'time' THEN t.typcategory IN ('S', 'N', 'D') AND t.oid NOT IN ('time'::regtype, 'timetz'::regtype)
		WHEN 'number' THEN t.typcategory IN ('S', 'N')
		WHEN 'boolean' THEN t.typcategory IN ('S', 'N', 'B')
		ELSE t.typcategory IN ('S', 'N', 'D', 'B', 'E') OR t.oid = 'uuid'::regtype END
	FROM pg_type t WHERE t.oid = type
$$;
COMMENT ON FUNCTION zoom_silver.type_suits(text, regtype) IS 'Whether text, a time, a number or a boolean can be read from a type';

-- The catalogue is asked once for each table.
CREATE FUNCTION zoom_silver.input_problem(schema_name name, inputs text)
RETURNS TABLE (table_name text, column_name text, item text, verdict text, problem text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH mapped AS MATERIALIZED (
		SELECT * FROM zoom_silver.mapping_input(inputs)
	), found AS MATERIALIZED (
		SELECT t.*, zoom_silver.source_table(schema_name, t.table_name) AS target FROM (SELECT DISTINCT m.n, m.table_name, m.table_required FROM mapped m) AS t
	), named AS MATERIALIZED (
		SELECT f.*, coalesce(f.target::text, format('%I.%I', schema_name, f.table_name)) AS name FROM found f
	), has AS MATERIALIZED (
		SELECT f.n, c.column_name, c.type FROM found f CROSS JOIN LATERAL zoom_silver.table_column(f.target) c
	), input AS (
		SELECT m.n, m.table_name, m.column_name, m.nature, m.column_required, m.alternatives, n.target, n.name, h.type
		FROM mapped m JOIN named n USING (n) LEFT JOIN has h USING (n, column_name)
		UNION ALL
		SELECT n.n, n.table_name, k.column_name, k.nature, false, NULL, n.target, n.name, h.type
		FROM named n JOIN has h USING (n) JOIN zoom_silver.connector_column() k USING (column_name)
	)
	SELECT p.table_name, p.column_name, p.item, p.verdict, p.problem FROM (
		SELECT n.n, n.table_name, NULL::text AS column_name, n.name AS item, 'no table' AS verdict, format('schema "%s" lacks table "%s"', schema_name, n.table_name) AS problem
		FROM named n WHERE n.target IS NULL AND n.table_required
		UNION ALL
		SELECT n.n, n.table_name, NULL, n.name, 'denied', format('%s may not be read', n.name)
		FROM named n WHERE NOT has_table_privilege(n.target, 'SELECT')
		UNION ALL
		SELECT i.n, i.table_name, i.column_name, format('%s.%I', i.name, i.column_name), 'missing', format('%s lacks "%s"', i.name, i.column_name)
		FROM input i WHERE i.target IS NOT NULL AND i.column_required AND i.type IS NULL
		UNION ALL
		SELECT DISTINCT i.n, i.table_name, i.alternatives[1], format('%s.%I', i.name, i.alternatives[1]), 'missing', format('%s lacks "%s"', i.name, array_to_string(i.alternatives, '" and "'))
		FROM input i WHERE i.target IS NOT NULL AND i.alternatives IS NOT NULL
			AND NOT EXISTS (SELECT FROM has h WHERE h.n = i.n AND h.column_name = ANY (i.alternatives))
		UNION ALL
		SELECT i.n, i.table_name, i.column_name, format('%s.%I', i.name, i.column_name), 'type',
			format('%s.%I is of type %s, which is no %s', i.name, i.column_name, i.type, i.nature)
		FROM input i WHERE NOT zoom_silver.type_suits(i.nature, i.type)
		UNION ALL
		-- a table of Fivetran's history mode has a row per version
		SELECT n.n, n.table_name, h.column_name, format('%s.%I', n.name, h.column_name), 'history', format('%s is in history mode: it holds what rows were before', n.name)
		FROM named n JOIN has h USING (n) WHERE h.column_name = '_fivetran_active'
	) AS p ORDER BY p.verdict = 'type', p.n, p.column_name NULLS FIRST
$$;
COMMENT ON FUNCTION zoom_silver.input_problem(name, text) IS
'Tables and columns of a mapping that are missing, may not be read, are of a type that cannot be read, or hold old rows as well';

-- What an edited query names in braces: shipped ones are known to be right.
CREATE FUNCTION zoom_silver.require_placeholders(source text, relation text, query text, kind text, schema_name name, inputs text, options jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unknown text := (SELECT string_agg(format('{%s}', p.name), ', ') FROM zoom_silver.placeholder(query) p
		WHERE p.name <> 'email_owner' AND NOT zoom_silver.is_option(kind, options, p.name)
			AND p.name NOT IN (SELECT i.table_name FROM zoom_silver.mapping_input(inputs) i)
			AND zoom_silver.source_table(schema_name, p.name) IS NULL);
BEGIN
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION 'source "%": the query of % names %, which is no table of schema "%" and no option', source, relation, unknown, schema_name
			USING ERRCODE = 'undefined_table',
				HINT = concat_ws(' ', 'Edit it in zoom_silver_state.source_query.',
					(SELECT format('As shipped it names %s; other tables of the schema may be named as well.', string_agg(DISTINCT format('{%s}', i.table_name), ', '))
					FROM zoom_silver.mapping_input(inputs) i HAVING count(*) > 0));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_placeholders(text, text, text, text, name, text, jsonb) IS
'Fails where a query names in braces what is neither a table nor an option';

CREATE FUNCTION zoom_silver.fills_others(kind text, relation text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN EXISTS (SELECT FROM zoom_silver.mapping() m WHERE m.kind = fills_others.kind AND m.relation <> fills_others.relation);
COMMENT ON FUNCTION zoom_silver.fills_others(text, text) IS 'Whether the option "relations" can leave a relation out: a kind fills others, too';

-- A query can be edited once add_source() has copied it, which it does only of
-- tables that can be read.
CREATE FUNCTION zoom_silver.input_advice(verdict text, item text, kind text, relation text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN CASE
	WHEN verdict = 'denied' THEN format('GRANT SELECT ON %s TO %I', item, current_user)
	WHEN verdict = 'history' THEN 'Have Fivetran sync it in soft delete mode, or name a schema with views of its other columns, of the rows that are _fivetran_active'
	WHEN verdict = 'no table' THEN 'Have the connector sync it'
		|| CASE WHEN zoom_silver.fills_others(kind, relation) THEN format('; without it %s is left out', relation) ELSE '' END
	WHEN zoom_silver.fills_others(kind, relation) THEN format('Leave %s out with the option "relations"; after add_source(), insert a query of your own into '
		'zoom_silver_state.source_query, which may read another column', relation)
	ELSE 'Name a schema with a view of the table that has the column as it is to be, and views of the others'
END;
COMMENT ON FUNCTION zoom_silver.input_advice(text, text, text, text) IS 'What to do about a problem that input_problem() finds, before the source is added';

-- A prefix is configured, or Airbyte was told to leave its rows as JSON: tables of
-- names that end alike, if there is one.
CREATE FUNCTION zoom_silver.similar_table(schema_name name, table_name text, inputs text, OUT target regclass, OUT is_raw boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT min(c.oid)::regclass, bool_or(h.names @> '{_airbyte_data}')
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL (SELECT array_agg(k.column_name) FROM zoom_silver.table_column(c.oid) k) AS h (names)
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
		AND (n.nspname = schema_name AND right(zoom_silver.to_word(c.relname::text), length(table_name) + 1) = '_' || table_name
			OR n.nspname = 'airbyte_internal' AND c.relname = schema_name || '_raw__stream_' || table_name)
		AND (h.names @> '{_airbyte_data}' OR NOT EXISTS (SELECT FROM zoom_silver.mapping_input(inputs) i
			WHERE i.table_name = similar_table.table_name AND CASE WHEN i.alternatives IS NULL THEN i.column_required AND i.column_name <> ALL (h.names) ELSE NOT i.alternatives && h.names END))
	HAVING count(*) = 1
$$;
COMMENT ON FUNCTION zoom_silver.similar_table(name, text, text) IS
'The one table that may be the one that a schema lacks: its name ends alike and it has its columns, or holds its rows as JSON (is_raw). Nothing where there is none, or several';

CREATE FUNCTION zoom_silver.similar_advice(kind text, schema_name name, table_name text, inputs text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%s; or, where syncs do not make tables anew, name a schema with views: CREATE SCHEMA IF NOT EXISTS %I; CREATE OR REPLACE VIEW %2$I.%I AS SELECT %s FROM %s t',
		format(CASE WHEN s.is_raw THEN '%s may hold its rows, as JSON: have Airbyte make tables of them' ELSE '%s may be it: have the connector call it %I' END, s.target, table_name),
		left(schema_name, 57) || '_views', table_name,
		CASE WHEN s.is_raw THEN (
			SELECT string_agg(c.sql, ', ' ORDER BY c.n, c.sql) FROM (
				SELECT 0 AS n, format('t.%I', k.column_name) AS sql FROM zoom_silver.connector_column() k JOIN zoom_silver.table_column(s.target) USING (column_name)
				UNION ALL
				-- all that the kind reads of it, whatever for
				SELECT DISTINCT 1, format('t._airbyte_data::jsonb -> %L AS %I', i.column_name, i.column_name)
				FROM zoom_silver.mapping() m CROSS JOIN LATERAL zoom_silver.mapping_input(m.inputs) i WHERE m.kind = similar_advice.kind AND i.table_name = similar_advice.table_name) AS c)
			ELSE 't.*' END,
		s.target)
	FROM zoom_silver.similar_table(schema_name, table_name, inputs) s WHERE s.target IS NOT NULL
$$;
COMMENT ON FUNCTION zoom_silver.similar_advice(text, name, text, text) IS 'What to do where a table is missing and similar_table() finds one; NULL where it does not';

CREATE FUNCTION zoom_silver.check_similar(kind text, schema_name name, inputs text) RETURNS TABLE (item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%I.%I', schema_name, m.table_name), 'warning', format('Schema "%s" lacks table "%s", which may be missing. %s.', schema_name, m.table_name, a.advice)
	FROM (SELECT DISTINCT i.n, i.table_name FROM zoom_silver.mapping_input(inputs) i WHERE NOT i.table_required) AS m
	CROSS JOIN LATERAL (SELECT zoom_silver.similar_advice(kind, schema_name, m.table_name, inputs)) AS a (advice)
	WHERE zoom_silver.source_table(schema_name, m.table_name) IS NULL AND a.advice IS NOT NULL ORDER BY m.n
$$;
COMMENT ON FUNCTION zoom_silver.check_similar(text, name, text) IS 'Of the tables of a mapping that may be missing and are: those for which similar_table() finds one';

-- What one connector has marked is no other's, even where their tables are alike.
CREATE FUNCTION zoom_silver.likely_kind(kind text, schema_name name) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH readable AS (
		SELECT k.kind, count(*) AS n
		FROM zoom_silver.source_kind() k CROSS JOIN LATERAL zoom_silver.chosen_mapping(k.kind, schema_name, '{}') m
		WHERE NOT EXISTS (SELECT FROM zoom_silver.input_problem(schema_name, m.inputs) p WHERE p.verdict <> 'denied')
		GROUP BY k.kind
	), marked AS (
		SELECT m.kind FROM (VALUES ('airbyte', '_airbyte_'), ('singer', '_sdc_'), ('fivetran', '_fivetran_')) AS m (kind, prefix)
		WHERE EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND NOT a.attisdropped AND starts_with(lower(a.attname), m.prefix))
	)
	SELECT r.kind FROM readable r
	WHERE r.kind <> likely_kind.kind AND r.n > coalesce((SELECT o.n FROM readable o WHERE o.kind = likely_kind.kind), 0)
		AND (r.kind IN ('zendesk', 'stripe') OR r.kind IN (SELECT m.kind FROM marked m) OR NOT EXISTS (SELECT FROM marked))
	ORDER BY r.n DESC LIMIT 1
$$;
COMMENT ON FUNCTION zoom_silver.likely_kind(text, name) IS
'The kind of source that a schema seems to be of, if it is another one: more relations of silver can be read from it so. NULL where there is none';

CREATE FUNCTION zoom_silver.likely_advice(kind text, schema_name name) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN 'Schema "' || schema_name || '" looks like one of kind ' || zoom_silver.likely_kind(kind, schema_name) || ': name that kind';
COMMENT ON FUNCTION zoom_silver.likely_advice(text, name) IS 'What to do where a schema seems to be of another kind; NULL where it does not';

-- All in one error.  An edited query needs what it names, not what the shipped
-- one did.
CREATE FUNCTION zoom_silver.require_inputs(source text, kind text, relation text, schema_name name, inputs text, edited_query text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	wrong record;
	is_known boolean;
	likely text;
BEGIN
	SELECT array_agg(p.problem) AS problems, (array_agg(p.verdict))[1] AS verdict, (array_agg(p.item))[1] AS item,
		bool_or(p.verdict = 'no table') AS lacks_table INTO wrong
	FROM zoom_silver.input_problem(schema_name, inputs) p
	WHERE edited_query IS NULL OR p.column_name IS NULL AND p.table_name IN (SELECT n.name FROM zoom_silver.placeholder(edited_query) n);
	IF wrong.problems IS NULL THEN
		RETURN;
	END IF;
	is_known := EXISTS (SELECT FROM zoom_silver_state.source_query q WHERE q.source = require_inputs.source AND q.relation = require_inputs.relation);
	IF NOT is_known THEN
		likely := zoom_silver.likely_advice(kind, schema_name);
	END IF;
	IF wrong.lacks_table THEN
		RAISE EXCEPTION 'source "%": %', source, wrong.problems[1] USING ERRCODE = 'undefined_table',
			DETAIL = array_to_string(wrong.problems, '; ') || '.',
			HINT = coalesce(likely || '.', 'A sync is running, or the connector names its tables in another way: zoom_silver.check_source() tells.');
	ELSIF wrong.verdict = 'denied' THEN
		RAISE EXCEPTION 'source "%": permission denied for table %', source, wrong.item USING ERRCODE = 'insufficient_privilege',
			DETAIL = array_to_string(wrong.problems, '; ') || '.',
			HINT = format('A connector that makes a table anew takes its grants away. As its owner: GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I; '
				|| 'ALTER DEFAULT PRIVILEGES IN SCHEMA %1$I GRANT SELECT ON TABLES TO %2$I.', schema_name, current_user);
	ELSIF wrong.verdict = 'history' THEN
		RAISE EXCEPTION 'source "%": %', source, wrong.problems[1] USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = array_to_string(wrong.problems, '; ') || '.',
			HINT = zoom_silver.input_advice(wrong.verdict, wrong.item, kind, relation) || '.';
	END IF;
	RAISE EXCEPTION 'source "%": %', source, wrong.problems[1] USING ERRCODE = 'undefined_column',
		DETAIL = array_to_string(wrong.problems, '; ') || '.',
		HINT = CASE WHEN is_known
			THEN 'Edit the query in zoom_silver_state.source_query: what it reads there it may read from another column.'
			ELSE coalesce(likely, zoom_silver.input_advice(wrong.verdict, wrong.item, kind, relation)) || '.' END;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_inputs(text, text, text, name, text, text) IS
'Fails when tables or columns of a mapping are missing or cannot be read, naming all';

CREATE FUNCTION zoom_silver.asks_only(query text, inputs text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN NOT EXISTS (SELECT FROM zoom_silver.placeholder(query) p WHERE p.name NOT IN (SELECT i.table_name FROM zoom_silver.mapping_input(inputs) i));
COMMENT ON FUNCTION zoom_silver.asks_only(text, text) IS 'Whether the names in braces in a query are tables of a mapping';

CREATE FUNCTION zoom_silver.unstated_option(kind text, relation text, schema_name name, inputs text, options jsonb)
RETURNS TABLE (name text, message text, hint text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	option record;
	matters boolean;
BEGIN
	FOR option IN
		SELECT o.* FROM zoom_silver.source_option() o
		WHERE o.kind = unstated_option.kind AND o.relation = unstated_option.relation AND NOT options ? o.name
			AND zoom_silver.asks_only(o.unstated, inputs)
	LOOP
		EXECUTE format('SELECT EXISTS (%s)', zoom_silver.expand_query(option.unstated, kind, schema_name, inputs, options)) INTO matters;
		IF matters THEN
			RETURN QUERY SELECT option.name, option.message, option.hint;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.unstated_option(text, text, name, text, jsonb) IS
'Options that a source''s tables say must be stated, and were not';

CREATE FUNCTION zoom_silver.require_options(kind text, relation text, schema_name name, inputs text, options jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unstated record;
BEGIN
	FOR unstated IN SELECT * FROM zoom_silver.unstated_option(kind, relation, schema_name, inputs, options) LOOP
		RAISE EXCEPTION '%', unstated.message USING ERRCODE = 'invalid_parameter_value', HINT = unstated.hint;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_options(text, text, name, text, jsonb) IS 'Fails when an option must be stated and was not';

CREATE FUNCTION zoom_silver.require_kind(kind text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM zoom_silver.source_kind() k WHERE k.kind = require_kind.kind) OR kind IS NULL THEN
		RAISE EXCEPTION 'there is no kind of source %', coalesce(quote_ident(kind), 'NULL') USING ERRCODE = 'invalid_parameter_value',
			HINT = format('The kinds are %s.', (SELECT string_agg(k.kind, ', ') FROM zoom_silver.source_kind() k));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_kind(text) IS 'Fails for a kind of source that zoom_silver does not know';

-- Options in their known spelling; an unknown one is an error.
CREATE FUNCTION zoom_silver.normal_options(kind text, options jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given record;
	known record;
	value text;
	normal jsonb := '{}';
BEGIN
	IF jsonb_typeof(options) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'options are no JSON object' USING ERRCODE = 'invalid_parameter_value',
			HINT = coalesce((SELECT format('A source of kind %s takes an object with %s; {} states nothing.', normal_options.kind, string_agg(DISTINCT o.name, ', '))
				FROM zoom_silver.source_option() o WHERE o.kind = normal_options.kind), '{} states nothing.');
	END IF;
	FOR given IN SELECT * FROM jsonb_each(options) LOOP
		SELECT o.* INTO known FROM zoom_silver.source_option() o WHERE o.kind = normal_options.kind AND o.name = given.key;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'there is no option "%" for kind %', given.key, kind USING ERRCODE = 'invalid_parameter_value',
				HINT = coalesce((SELECT format('There are %s.', string_agg(DISTINCT o.name, ', ')) FROM zoom_silver.source_option() o
					WHERE o.kind = normal_options.kind), 'It has none.');
		ELSIF known.allowed IS NOT NULL THEN
			SELECT a.word INTO value FROM unnest(known.allowed) a (word) WHERE zoom_silver.to_word(a.word) = zoom_silver.to_word(options ->> given.key);
			IF NOT FOUND THEN
				RAISE EXCEPTION 'option % cannot be %', given.key, given.value USING ERRCODE = 'invalid_parameter_value', HINT = coalesce(known.hint, known.description || '.');
			END IF;
			normal := normal || jsonb_build_object(given.key, value);
		ELSE
			IF given.key = 'relations' THEN
				PERFORM zoom_silver.check_relations(kind, given.value);
			ELSIF jsonb_typeof(given.value) <> 'string' OR btrim(given.value #>> '{}') = '' THEN
				RAISE EXCEPTION 'option % cannot be %', given.key, given.value USING ERRCODE = 'invalid_parameter_value', HINT = coalesce(known.hint, known.description || '.');
			END IF;
			normal := normal || jsonb_build_object(given.key, given.value);
		END IF;
	END LOOP;
	RETURN normal;
END
$$;
COMMENT ON FUNCTION zoom_silver.normal_options(text, jsonb) IS 'Options in their known spelling; fails for unknown options and values';

CREATE FUNCTION zoom_silver.check_relations(kind text, value jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	fillable text[] := ARRAY(SELECT DISTINCT m.relation FROM zoom_silver.mapping() m WHERE m.kind = check_relations.kind ORDER BY 1);
	surplus text;
BEGIN
	IF jsonb_typeof(value) <> 'array' OR value = '[]' THEN
		surplus := value::text;
	ELSE
		SELECT e.element::text INTO surplus FROM jsonb_array_elements(value) e (element)
		WHERE jsonb_typeof(e.element) <> 'string' OR e.element #>> '{}' <> ALL (fillable) LIMIT 1;
	END IF;
	IF surplus IS NOT NULL THEN
		RAISE EXCEPTION 'option relations cannot be %: a source of kind % does not fill that', surplus, kind USING ERRCODE = 'invalid_parameter_value',
			HINT = format('It takes an array of %s, for instance {"relations": ["%s"]}.', array_to_string(fillable, ', '), fillable[1]);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_relations(text, jsonb) IS 'Fails where the option relations is no array of silver relations that a kind of source fills';

CREATE FUNCTION zoom_silver.wanted(options jsonb, relation text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN NOT options ? 'relations' OR options -> 'relations' ? relation;
COMMENT ON FUNCTION zoom_silver.wanted(jsonb, text) IS 'Whether options want a silver relation filled';

-- The first shape of each relation whose tables are there, else the first.
CREATE FUNCTION zoom_silver.chosen_mapping(kind text, schema_name name, options jsonb)
RETURNS TABLE (relation text, shape text, deletes text, inputs text, query text, lacking text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT DISTINCT ON (c.position) m.relation, m.shape, m.deletes, m.inputs, m.query, l.lacking
	FROM zoom_silver.mapping() WITH ORDINALITY AS m (kind, relation, shape, deletes, inputs, query, n)
	JOIN (SELECT t.table_name, t.position FROM zoom_gold.model_table() WITH ORDINALITY AS t (table_schema, table_name, kind, description, position)
		WHERE t.table_schema = 'silver') AS c ON c.table_name = m.relation
	CROSS JOIN LATERAL (
		SELECT array_agg(i.table_name ORDER BY i.table_name) FILTER (WHERE zoom_silver.source_table(schema_name, i.table_name) IS NULL)
		FROM (SELECT DISTINCT p.table_name FROM zoom_silver.mapping_input(m.inputs) p WHERE p.table_required) AS i) AS l (lacking)
	WHERE m.kind = chosen_mapping.kind AND zoom_silver.wanted(options, m.relation)
	ORDER BY c.position, l.lacking IS NOT NULL, m.n
$$;
COMMENT ON FUNCTION zoom_silver.chosen_mapping(text, name, jsonb) IS
'The mappings of a kind that fit the tables of a schema, in the order in which to pull; lacking names the tables that are missing';

CREATE FUNCTION zoom_silver.require_tables(kind text, schema_name name, options jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plan record;
BEGIN
	PERFORM zoom_silver.require_schema(schema_name);
	SELECT s.* INTO plan FROM zoom_silver.schedule_table() s
	WHERE s.kind = require_tables.kind AND zoom_silver.source_table(schema_name, s.schedule) IS NOT NULL
		AND zoom_silver.source_table(schema_name, s.held) IS NULL AND zoom_silver.wanted(options, 'si_meetings');
	IF FOUND THEN
		RAISE EXCEPTION '% has % but no %: scheduled meetings are not meetings held', schema_name, plan.schedule, plan.held
			USING ERRCODE = 'undefined_table',
				HINT = format('Have the connector sync %s as well, or leave meetings out with the option "relations".', plan.held);
	END IF;
	IF NOT EXISTS (SELECT FROM zoom_silver.chosen_mapping(kind, schema_name, options) m WHERE m.lacking IS NULL) THEN
		RAISE EXCEPTION 'schema "%" has no tables of kind %', schema_name, kind USING ERRCODE = 'undefined_table',
			HINT = coalesce(zoom_silver.likely_advice(kind, schema_name) || '.',
				format('SELECT * FROM zoom_silver.check_source(%L, %L) tells what is missing.', kind, schema_name));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_tables(text, name, jsonb) IS
'Fails when a schema has no tables of a kind, or of meetings only the schedule';

-- --------------------------------------------------------------------------
-- check_source(), add_source(), drop_source()
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.check_table(schema_name name, inputs text) RETURNS TABLE (item text, verdict text, advice text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	target regclass;
	is_foreign boolean;
BEGIN
	FOR item, target, is_foreign IN
		SELECT DISTINCT ON (i.n) c.oid::regclass::text, c.oid, c.relkind = 'f'
		FROM zoom_silver.mapping_input(inputs) i JOIN pg_class c ON c.oid = zoom_silver.source_table(schema_name, i.table_name) ORDER BY i.n
	LOOP
		CONTINUE WHEN NOT has_table_privilege(target, 'SELECT');
		verdict := CASE WHEN is_foreign THEN 'warning' WHEN zoom_gold.has_rows(target) THEN 'ok' ELSE 'empty' END;
		advice := CASE verdict WHEN 'empty' THEN 'It has no rows: a sync has not ended, or the account has nothing of it.'
			WHEN 'warning' THEN 'It is a foreign table: each pull reads it whole, and where it stands for an API each pull calls that; such tables know no past meetings.' END;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_table(name, text) IS 'Of the tables of a mapping that are there: whether they have rows, and what to know of them';

CREATE FUNCTION zoom_silver.check_silver(kind text, relation text) RETURNS TABLE (item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(s.target::text, format('%I.%I', zoom_gold.setting('silver_schema'), relation)),
		CASE WHEN s.target IS NULL THEN 'missing' WHEN c.relkind NOT IN ('r', 'p') THEN 'type' ELSE 'ok' END,
		CASE WHEN s.target IS NULL THEN 'Run SELECT * FROM zoom_gold.setup().'
			WHEN c.relkind NOT IN ('r', 'p') THEN 'It is no table, and a pull writes tables. ' || zoom_silver.table_instead(s.target, relation)
				|| CASE WHEN zoom_silver.fills_others(kind, relation) THEN ' Or leave the relation out with the option "relations".' ELSE '' END END
	FROM zoom_gold.silver_relation(relation) AS s (target) LEFT JOIN pg_class c ON c.oid = s.target
$$;
COMMENT ON FUNCTION zoom_silver.check_silver(text, text) IS 'Whether a silver relation is a table that a pull can write';

CREATE FUNCTION zoom_silver.check_schedule(kind text, schema_name name) RETURNS TABLE (relation text, item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'si_meetings', format('%I.%I', schema_name, s.schedule), CASE WHEN h.held IS NULL THEN 'missing' ELSE 'ok' END,
		format('%s are scheduled meetings, which are not meetings held: they are not read.%s', s.schedule,
			CASE WHEN h.held IS NULL THEN format(' Have the connector sync %s.', s.held) ELSE '' END)
	FROM zoom_silver.schedule_table() s CROSS JOIN LATERAL (SELECT zoom_silver.source_table(schema_name, s.held)) AS h (held)
	WHERE s.kind = check_schedule.kind AND zoom_silver.source_table(schema_name, s.schedule) IS NOT NULL
$$;
COMMENT ON FUNCTION zoom_silver.check_schedule(text, name) IS 'What to know of a table of scheduled meetings';

CREATE FUNCTION zoom_silver.sentence(message text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN message ~ '^[a-z]+ ' THEN upper(left(message, 1) COLLATE "C") || substr(message, 2) ELSE message END;
COMMENT ON FUNCTION zoom_silver.sentence(text) IS 'A message with a capital letter, unless it begins with a name';

-- What is handed in has no tables to look at: what it fills, and what must be stated.
CREATE FUNCTION zoom_silver.check_handed_in(kind text, options jsonb) RETURNS TABLE (relation text, item text, verdict text, advice text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT h.relation, s.item, s.verdict, coalesce(s.advice, format(CASE h.kind WHEN 'csv' THEN 'load_csv() fills it from exports of kind %s.'
			ELSE 'receive() fills it from %s.' END, replace(h.inputs, ' ', ', ')))
	FROM zoom_silver.handed_in() h CROSS JOIN LATERAL zoom_silver.check_silver(h.kind, h.relation) s
	WHERE h.kind = check_handed_in.kind
	UNION ALL
	SELECT 'si_users', 'option ' || o.name, CASE WHEN o.message IS NULL THEN 'warning' ELSE 'decision' END,
		coalesce(zoom_silver.sentence(o.message) || '. ' || o.hint, format('It is not stated, as {"%s": "%s"}. %s.', o.name, o.allowed[1], zoom_silver.sentence(o.description)))
	FROM zoom_silver.source_option() o
	WHERE o.kind = check_handed_in.kind AND NOT options ? o.name AND o.kind IN (SELECT h.kind FROM zoom_silver.handed_in() h)
	UNION ALL
	SELECT 'si_meetings', 'argument time_zone', 'decision', 'Exports have local times without a zone: say with each load_csv() that of the person who exported it.'
	WHERE check_handed_in.kind = 'csv'
$$;
COMMENT ON FUNCTION zoom_silver.check_handed_in(text, jsonb) IS 'The part of check_source() for kinds that are handed in: webhook and csv';

-- To compile what asks the catalogue takes twenty times as long as to run it.
CREATE FUNCTION zoom_silver.check_source(kind text, schema_name name, options jsonb DEFAULT '{}')
RETURNS TABLE (relation text, item text, verdict text, advice text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET jit = off AS $$
#variable_conflict use_column
DECLARE
	m record;
BEGIN
	PERFORM zoom_silver.require_gold();
	PERFORM zoom_silver.require_kind(kind);
	options := zoom_silver.normal_options(kind, options);
	IF kind NOT IN (SELECT h.kind FROM zoom_silver.handed_in() h) THEN
		PERFORM zoom_silver.require_schema(schema_name);
	END IF;
	FOR m IN SELECT * FROM zoom_silver.chosen_mapping(kind, schema_name, options) LOOP
		RETURN QUERY SELECT m.relation, s.* FROM zoom_silver.check_silver(kind, m.relation) s;
		RETURN QUERY SELECT m.relation, t.* FROM zoom_silver.check_table(schema_name, m.inputs) t;
		RETURN QUERY SELECT m.relation, p.item, CASE WHEN p.verdict IN ('denied', 'no table') THEN 'missing' WHEN p.verdict = 'history' THEN 'type' ELSE p.verdict END,
				zoom_silver.sentence(p.problem) || CASE p.verdict WHEN 'denied' THEN ': ' ELSE '. ' END
				-- asked at most once of all that is wrong
				|| coalesce(CASE WHEN p.verdict IN ('no table', 'missing') THEN (SELECT zoom_silver.likely_advice(kind, schema_name)) END,
					CASE p.verdict WHEN 'no table' THEN zoom_silver.similar_advice(kind, schema_name, p.table_name, m.inputs) END,
					zoom_silver.input_advice(p.verdict, p.item, kind, m.relation)) || '.'
			FROM zoom_silver.input_problem(schema_name, m.inputs) p;
		RETURN QUERY SELECT m.relation, s.* FROM zoom_silver.check_similar(kind, schema_name, m.inputs) s;
		IF NOT EXISTS (SELECT FROM zoom_silver.input_problem(schema_name, m.inputs)) THEN
			RETURN QUERY SELECT m.relation, 'option ' || o.name, 'decision', zoom_silver.sentence(o.message) || '. ' || o.hint
				FROM zoom_silver.unstated_option(kind, m.relation, schema_name, m.inputs, options) o;
		END IF;
	END LOOP;
	RETURN QUERY SELECT * FROM zoom_silver.check_schedule(kind, schema_name);
	RETURN QUERY SELECT * FROM zoom_silver.check_handed_in(kind, options);
END
$$;
COMMENT ON FUNCTION zoom_silver.check_source(text, name, jsonb) IS
'What add_source() and pull() will find: a row per table, column in question and decision, with a verdict: ok, missing, type '
'(it cannot be read or written), decision (an option must be stated), empty or warning. Writes nothing. Errors where '
'zoom_gold.setup() was not run, for an unknown kind or option, and for a schema that is not there or may not be looked into';

CREATE FUNCTION zoom_silver.add_mapping(source text, kind text, schema_name name, options jsonb)
RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	m record;
	known record;
BEGIN
	PERFORM zoom_silver.require_tables(kind, schema_name, options);
	FOR m IN SELECT * FROM zoom_silver.chosen_mapping(kind, schema_name, options) LOOP
		relation := m.relation;
		SELECT q.query, q.shipped INTO known FROM zoom_silver_state.source_query q WHERE q.source = add_mapping.source AND q.relation = m.relation;
		IF FOUND AND known.shipped IS DISTINCT FROM md5(known.query) THEN
			action := 'kept: the query was edited';
		ELSIF m.lacking IS NOT NULL THEN
			action := concat_ws('. ', format('left out: %s has no %s', schema_name, array_to_string(m.lacking, ', ')), zoom_silver.likely_advice(kind, schema_name));
		ELSE
			PERFORM zoom_silver.prepare_silver(m.relation);
			PERFORM zoom_silver.require_inputs(source, kind, m.relation, schema_name, m.inputs);
			PERFORM zoom_silver.require_options(kind, m.relation, schema_name, m.inputs, options);
			INSERT INTO zoom_silver_state.source_query AS q (source, relation, query, deletes, shape, shipped)
			VALUES (source, m.relation, m.query, m.deletes, m.shape, md5(m.query))
			ON CONFLICT ON CONSTRAINT source_query_pkey DO UPDATE
			SET query = excluded.query, shape = excluded.shape, shipped = excluded.shipped, fingerprint = NULL;
			action := CASE WHEN known.query IS NULL THEN 'added' WHEN known.query = m.query THEN 'checked' ELSE 'updated' END;
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.add_mapping(text, text, name, jsonb) IS
'The part of add_source() for kinds that are pulled: copies their mappings, unless people have edited them';

CREATE FUNCTION zoom_silver.check_source_name(source text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- as the constraint of zoom_silver_state.source says
	IF source !~ '^[a-z][a-z0-9_-]{0,31}$' THEN
		RAISE EXCEPTION 'invalid name of a source: "%"', source USING ERRCODE = 'invalid_name',
			HINT = 'It takes up to 32 lower-case letters, digits, hyphens and underscores, and begins with a letter.';
	END IF;
	RETURN source;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_source_name(text) IS 'The name of a source; fails where it cannot be one';

CREATE FUNCTION zoom_silver.add_source(kind text, schema_name name, options jsonb DEFAULT '{}', source text DEFAULT NULL)
RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET jit = off AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_kind(kind);
	PERFORM zoom_silver.ensure_state();
	source := zoom_silver.check_source_name(coalesce(source, kind));
	options := zoom_silver.normal_options(kind, options);
	IF EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.name = source AND s.kind <> add_source.kind) THEN
		RAISE EXCEPTION 'source "%" is there already, of another kind', source USING ERRCODE = 'duplicate_object',
			HINT = 'Give this one another name: it will be the source_system of its rows.';
	END IF;
	INSERT INTO zoom_silver_state.source AS s (name, kind, schema_name, options)
	VALUES (source, kind, schema_name, options)
	ON CONFLICT ON CONSTRAINT source_pkey DO UPDATE SET schema_name = excluded.schema_name, options = excluded.options;
	IF kind = 'webhook' THEN
		RETURN QUERY SELECT * FROM zoom_silver.add_webhook(source, options);
	ELSIF kind = 'csv' THEN
		RETURN QUERY SELECT * FROM zoom_silver.add_csv(source, options);
	ELSE
		RETURN QUERY SELECT * FROM zoom_silver.add_mapping(source, kind, schema_name, options);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.add_source(text, name, jsonb, text) IS
'Tells of a source: its kind (see source_catalog), the schema that a connector writes to, options, and a name where there are '
'several of one kind, which becomes the source_system of its rows. Returns a row per silver relation: added, checked, updated, kept (its query was edited) or left out, '
'and why. May be run again to change schema and options. Errors, with nothing changed, where tables or columns are missing, '
'where only scheduled meetings are there, where an option must be stated, and where silver is no table';

CREATE FUNCTION zoom_silver.require_source(source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_state();
	IF NOT EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.name = source) THEN
		RAISE EXCEPTION 'there is no source %', coalesce('"' || source || '"', 'NULL') USING ERRCODE = 'undefined_object',
			HINT = coalesce((SELECT format('There are %s.', string_agg(s.name, ', ')) FROM zoom_silver_state.source s),
				'Run SELECT * FROM zoom_silver.add_source(...).');
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_source(text) IS 'Fails for a source that was not added';

CREATE FUNCTION zoom_silver.drop_source(source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_source(source);
	DELETE FROM zoom_silver_state.source s WHERE s.name = source;
END
$$;
COMMENT ON FUNCTION zoom_silver.drop_source(text) IS
'Forgets a source and its queries; its rows stay in silver. Errors for a source that was not added';


/* ==========================================================================
 * Pulling
 *
 * A step per source and silver relation, each in a subtransaction: one that
 * fails is rolled back alone.  A step whose tables are as they were when it
 * last read them reads nothing; they are told by their columns, their files and
 * by what the server's statistics count, which are never ahead of what can be seen.
 * One whose tables say the same as last time, stamped anew, looks at what they say
 * and no more; one whose query gives the same does not compare that with silver that is
 * as it was, either.  Once in full_compare_interval all is read and compared.
 * ==========================================================================
 */

-- What other sessions did to it, as far as the server has counted that.  NULL: cannot be told.
CREATE FUNCTION zoom_silver.counted_mark(target regclass) RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN bool_and(t.relkind IN ('r', 'm', 'p')) THEN string_agg(format('%s/%s/%s', t.relid, t.relfilenode,
		pg_stat_get_tuples_inserted(t.relid) + pg_stat_get_tuples_updated(t.relid) + pg_stat_get_tuples_deleted(t.relid)), ' ' ORDER BY t.relid) END
	FROM zoom_gold.relation_tree(target) t
$$;
COMMENT ON FUNCTION zoom_silver.counted_mark(regclass) IS
'What a table with its partitions is told by as long as this session alone writes to it. NULL for views and foreign tables';

CREATE FUNCTION zoom_silver.table_mark(target regclass) RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN bool_and(t.relkind IN ('r', 'm', 'p')) THEN string_agg(format('%s/%s/%s/%s', t.relid, t.relfilenode,
		CASE WHEN t.relkind <> 'p' THEN pg_relation_size(t.relid) END,
		pg_stat_get_tuples_inserted(t.relid) + pg_stat_get_tuples_updated(t.relid) + pg_stat_get_tuples_deleted(t.relid)
		-- of this session, which the server does not count yet
		+ pg_stat_get_xact_tuples_inserted(t.relid) + pg_stat_get_xact_tuples_updated(t.relid) + pg_stat_get_xact_tuples_deleted(t.relid)),
		' ' ORDER BY t.relid) END
		|| (SELECT md5(string_agg(concat_ws(' ', a.attname, a.atttypid, a.attmissingval), ',' ORDER BY a.attnum)) FROM pg_attribute a
			WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped)
	FROM zoom_gold.relation_tree(target) t
$$;
COMMENT ON FUNCTION zoom_silver.table_mark(regclass) IS
'What a table with its partitions and columns is told by: another mark means that it may have changed. NULL for views and foreign tables';

CREATE FUNCTION zoom_silver.step_table(source text, relation text) RETURNS TABLE (target regclass, is_source boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT zoom_silver.source_table(s.schema_name, p.name), true
	FROM zoom_silver_state.source_query q JOIN zoom_silver_state.source s ON s.name = q.source CROSS JOIN LATERAL zoom_silver.placeholder(q.query) p
	WHERE q.source = step_table.source AND q.relation = step_table.relation AND p.name <> 'email_owner' AND NOT zoom_silver.is_option(s.kind, s.options, p.name)
	UNION ALL
	SELECT o.target, false
	FROM zoom_silver_state.source_query q CROSS JOIN LATERAL (
		SELECT zoom_gold.silver_relation(step_table.relation)
		UNION
		-- gold has the addresses of users who are gone
		SELECT unnest(ARRAY[zoom_gold.silver_relation('si_users'), 'gold_state.user_version']) WHERE q.query LIKE '%{email_owner}%') AS o (target)
	WHERE q.source = step_table.source AND q.relation = step_table.relation;
END
$$;
COMMENT ON FUNCTION zoom_silver.step_table(text, text) IS
'Tables that a step of a pull reads and writes: those of the source, NULL for one that is missing, and those of silver and gold';

-- part: "all" of its tables, its "own", which are those of silver and gold, or what
-- "others" did to all of them.
CREATE FUNCTION zoom_silver.step_mark(part text, source text, relation text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	marks text;
BEGIN
	IF NOT current_setting('track_counts')::boolean THEN
		RETURN NULL;
	END IF;
	PERFORM pg_stat_clear_snapshot();
	SELECT CASE WHEN bool_and(m.mark IS NOT NULL) THEN string_agg(m.mark, ' ' ORDER BY m.mark COLLATE "C") END INTO marks
	FROM (SELECT CASE WHEN t.target IS NULL THEN 'missing' WHEN part = 'others' THEN zoom_silver.counted_mark(t.target) ELSE zoom_silver.table_mark(t.target) END AS mark
		FROM zoom_silver.step_table(source, relation) t WHERE part <> 'own' OR NOT t.is_source) AS m;
	RETURN (SELECT md5(marks || concat_ws(' ', '', q.query, s.options, q.deletes))
		FROM zoom_silver_state.source_query q JOIN zoom_silver_state.source s ON s.name = q.source
		WHERE q.source = step_mark.source AND q.relation = step_mark.relation);
END
$$;
COMMENT ON FUNCTION zoom_silver.step_mark(text, text, text) IS
'What a step of a pull is told by: its query, what was stated, and its tables. With the same one of all there is nothing to read. NULL where that cannot be told';

-- Queries that nobody has edited follow the extension.
CREATE FUNCTION zoom_silver.renew_query(source text, relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	UPDATE zoom_silver_state.source_query q SET query = m.query, shipped = md5(m.query)
	FROM zoom_silver_state.source s, zoom_silver.mapping() m
	WHERE q.source = renew_query.source AND q.relation = renew_query.relation AND s.name = q.source
		AND m.kind = s.kind AND m.relation = q.relation AND m.shape = q.shape
		AND q.shipped = md5(q.query) AND q.query <> m.query;
END
$$;
COMMENT ON FUNCTION zoom_silver.renew_query(text, text) IS 'Replaces a query that is as shipped by what is shipped now';

-- --------------------------------------------------------------------------
-- Tables that a sync has stamped anew: what they say is told by a digest of the
-- columns that the mapping declares, without when the connector read a row
-- --------------------------------------------------------------------------

-- Words are told by their bytes, whatever their collation and type take for the
-- same.  (The hash of a record is a sum of its columns': without another one over it,
-- the sum of all would not tell who has which.)
CREATE FUNCTION zoom_silver.content_query(target regclass, table_name text, inputs text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT concat_ws('' '', %L, count(*), sum(hashtextextended(hash_record_extended(ROW(%s, %s, %s COLLATE "C"), 0)::text, 0))), min(coalesce(%s, %L)) FROM %s AS t',
		d.declared, d.told, k.removed, k.unreadable, k.extracted_at, zoom_gold.clock_now(), target)
	FROM (SELECT string_agg(format('%s %s', c.column_name, c.type), ', ' ORDER BY c.column_name COLLATE "C"),
			string_agg(CASE WHEN c.type IN ('boolean'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'numeric'::regtype,
					'uuid'::regtype, 'date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN format('t.%I', c.spelling)
				ELSE zoom_silver.text_expression(format('t.%I', c.spelling), c.type) || ' COLLATE "C"' END, ', ' ORDER BY c.column_name COLLATE "C")
		FROM zoom_silver.mapping_input(inputs) i JOIN zoom_silver.table_column(target) c USING (column_name)
		WHERE i.table_name = content_query.table_name) AS d (declared, told)
	CROSS JOIN zoom_silver.connector_expression(target) k
$$;
COMMENT ON FUNCTION zoom_silver.content_query(regclass, text, text) IS
'SQL for what a table of a source says to a mapping, as text that differs where that does, and the oldest time at which a row of it was read';

-- Where there are versions, what a source says again as of later is nothing new as long
-- as no version is newer.
CREATE FUNCTION zoom_silver.input_content(schema_name name, relation text, inputs text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' AS $$
DECLARE
	input record;
	content text;
	contents text := '';
	stamp timestamptz;
	oldest timestamptz;
	newest timestamptz;
BEGIN
	FOR input IN
		SELECT DISTINCT i.table_name, zoom_silver.source_table(schema_name, i.table_name) AS target FROM zoom_silver.mapping_input(inputs) i ORDER BY 1
	LOOP
		CONTINUE WHEN input.target IS NULL;
		EXECUTE zoom_silver.content_query(input.target, input.table_name, inputs) INTO content, stamp;
		contents := concat_ws(' ', contents, input.table_name, content);
		oldest := least(oldest, stamp);
	END LOOP;
	IF zoom_gold.has_versions(relation) THEN
		EXECUTE format('SELECT max(coalesce(s.update_timestamp, s.load_timestamp)) FROM %s s', zoom_silver.silver_table(relation)) INTO newest;
	END IF;
	RETURN CASE WHEN newest > oldest THEN NULL ELSE md5(contents) END;
END
$$;
COMMENT ON FUNCTION zoom_silver.input_content(name, text, text) IS
'What the tables of a mapping say, apart from when a connector read the rows: where that and silver are as they were there is nothing to write, unless hangs_on_stamps(). NULL where that cannot be told';

-- Of rows that are there twice the newest counts, and a query looks for it itself in
-- these; a ticket that does not tell when it changed has changed when it was read.
CREATE FUNCTION zoom_silver.stamp_doubt() RETURNS TABLE (relation text, doubt text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
SELECT k.relation, format('SELECT FROM {%s} t HAVING count(*) > count(DISTINCT hashtextextended(%s, 0))', k.table_name, k.key)
FROM (VALUES ('si_users', 'users', 't.id'), ('si_users', 'user', 't.id'), ('si_participants', 'report_meetings', 't.uuid'),
	('si_webinars', 'webinar_registrants', 'ROW(t.webinar_id, coalesce(t.id, zoom_silver.to_email(t.email)))::text'),
	('si_support_tickets', 'tickets', 't.id'), ('si_support_tickets', 'ticket_metrics', 't.ticket_id'),
	('si_support_tickets', 'users', 't.id'), ('si_support_tickets', 'user', 't.id'),
	('si_billing_events', 'invoice_line_items', 'ROW(coalesce(t.invoice_id, t.invoice), t.id)::text'), ('si_billing_events', 'invoices', 't.id'),
	('si_billing_events', 'charges', 't.id'), ('si_billing_events', 'customers', 't.id')) AS k (relation, table_name, key)
UNION ALL VALUES
	('si_support_tickets', 'SELECT FROM {ticket} t WHERE zoom_silver.to_instant(t.updated_at) IS NULL'),
	('si_support_tickets', 'SELECT FROM {tickets} t WHERE zoom_silver.to_instant(t.updated_at) IS NULL');
END;
COMMENT ON FUNCTION zoom_silver.stamp_doubt() IS
'Queries that have rows where more than update_timestamp hangs on when a connector read rows, beside several rows of one key of a relation without versions';

CREATE FUNCTION zoom_silver.hangs_on_stamps(relation text, kind text, schema_name name, inputs text, options jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	doubt text;
	found boolean;
BEGIN
	FOR doubt IN
		SELECT d.doubt FROM zoom_silver.stamp_doubt() d
		WHERE d.relation = hangs_on_stamps.relation AND zoom_silver.asks_only(d.doubt, inputs)
	LOOP
		EXECUTE format('SELECT EXISTS (%s)', zoom_silver.expand_query(doubt, kind, schema_name, inputs, options)) INTO found;
		IF found THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END
$$;
COMMENT ON FUNCTION zoom_silver.hangs_on_stamps(text, text, name, text, jsonb) IS
'Whether what a mapping gives, update_timestamp apart, hangs on when the connector read the rows';

-- The tables that a query looks things up in, apart from the one its rows come
-- from: without those, rows would lose their users or their dates.
CREATE FUNCTION zoom_silver.count_lookups(query text, kind text, schema_name name, inputs text, options jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	main text := coalesce((SELECT i.table_name FROM zoom_silver.mapping_input(inputs) i ORDER BY i.n LIMIT 1),
		(SELECT p.name FROM zoom_silver.placeholder(query) p ORDER BY strpos(query, format('{%s}', p.name)) LIMIT 1));
	lookup record;
	row_count bigint;
	counts jsonb := '{}';
BEGIN
	FOR lookup IN
		SELECT p.name, zoom_silver.source_table(schema_name, p.name) AS target FROM zoom_silver.placeholder(query) p
		WHERE p.name NOT IN ('email_owner', main) AND NOT zoom_silver.is_option(kind, options, p.name)
	LOOP
		CONTINUE WHEN lookup.target IS NULL;
		EXECUTE format('SELECT count(*) FROM %s', lookup.target) INTO row_count;
		counts := counts || jsonb_build_object(lookup.name, row_count);
	END LOOP;
	RETURN counts;
END
$$;
COMMENT ON FUNCTION zoom_silver.count_lookups(text, text, name, text, jsonb) IS
'Rows of each table that a query looks things up in; a table that may be missing and is does not count';

CREATE FUNCTION zoom_silver.guard_lookups(relation text, schema_name name, before jsonb, counts jsonb) RETURNS void
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT zoom_silver.refuse_loss(relation, zoom_silver.source_table(schema_name, c.key)::text, b.value::bigint - c.value::bigint, b.value::bigint, 'rows')
	FROM jsonb_each_text(counts) c JOIN jsonb_each_text(before) b USING (key)
	WHERE c.value::bigint < b.value::bigint AND NOT zoom_silver.deletes_confirmed(relation)
$$;
COMMENT ON FUNCTION zoom_silver.guard_lookups(text, name, jsonb, jsonb) IS
'Fails when a table that things are looked up in has lost all its rows, or more than gold''s delete guard allows, unless confirm_deletes() was called';

CREATE FUNCTION zoom_silver.require_found(is_found boolean, source text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT is_found THEN
		RAISE EXCEPTION 'source "%" was dropped while it was pulled', source USING ERRCODE = 'undefined_object',
			HINT = 'What its other steps wrote before stays in silver.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_found(boolean, text) IS 'Fails for a step whose source is there no more';

CREATE FUNCTION zoom_silver.pull_work(source text, relation text, OUT inserted bigint, OUT updated bigint,
									  OUT deleted bigint, OUT unchanged bigint, OUT details jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET enable_nestloop = off SET enable_mergejoin = off SET jit = off SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
	step record;
	step_fingerprint text;
	others text;
	content text;
	counts jsonb;
	is_due boolean;
	wrote record;
	begun timestamptz := zoom_gold.clock_now();
BEGIN
	PERFORM zoom_silver.renew_query(source, relation);
	SELECT s.kind, s.schema_name, s.options, q.query, q.deletes, q.fingerprint, q.digest, q.input_digest, q.row_count, q.lookup_counts, q.read_at,
		CASE WHEN q.shipped IS DISTINCT FROM md5(q.query) THEN q.query END AS edited_query,
		(SELECT m.inputs FROM zoom_silver.mapping() m WHERE m.kind = s.kind AND m.relation = q.relation AND m.shape = q.shape) AS inputs INTO step
	FROM zoom_silver_state.source s JOIN zoom_silver_state.source_query q ON q.source = s.name
	WHERE s.name = pull_work.source AND q.relation = pull_work.relation;
	PERFORM zoom_silver.require_found(FOUND, source);
	-- in the catalogue only: also where there is nothing to read
	PERFORM zoom_silver.require_schema(step.schema_name);
	PERFORM zoom_silver.require_placeholders(source, relation, step.edited_query, step.kind, step.schema_name, step.inputs, step.options);
	PERFORM zoom_silver.require_inputs(source, step.kind, relation, step.schema_name, step.inputs, step.edited_query);
	step_fingerprint := zoom_silver.step_mark('all', source, relation);
	is_due := coalesce(step.fingerprint IS NULL OR step.read_at <= zoom_gold.clock_now() - zoom_gold.setting('full_compare_interval')::interval, true);
	SELECT 0, 0, 0, step.row_count INTO inserted, updated, deleted, unchanged;
	IF step_fingerprint = step.fingerprint AND NOT is_due THEN
		details := jsonb_build_object('not_read_since', step.read_at);
		RETURN;
	END IF;
	-- pulls at the same time wait for each other
	PERFORM FROM zoom_silver_state.source_query q WHERE q.source = pull_work.source AND q.relation = pull_work.relation FOR UPDATE;
	PERFORM zoom_silver.require_found(FOUND, source);
	PERFORM zoom_silver.require_options(step.kind, relation, step.schema_name, step.inputs, step.options);
	others := zoom_silver.step_mark('others', source, relation);
	IF others IS NOT NULL AND step.edited_query IS NULL THEN
		content := zoom_silver.input_content(step.schema_name, relation, step.inputs);
	END IF;
	IF content || zoom_silver.step_mark('own', source, relation) = step.input_digest AND NOT is_due THEN
		details := jsonb_build_object('read', step.row_count, 'unreadable', 0, 'without_key', 0);
		UPDATE zoom_silver_state.source_query q SET fingerprint = step_fingerprint WHERE q.source = pull_work.source AND q.relation = pull_work.relation;
		RETURN;
	END IF;
	counts := zoom_silver.count_lookups(step.query, step.kind, step.schema_name, step.inputs, step.options);
	PERFORM zoom_silver.guard_lookups(relation, step.schema_name, step.lookup_counts, counts);
	SELECT w.* INTO wrote
	FROM zoom_silver.write_rows(relation, zoom_silver.expand_query(step.query, step.kind, step.schema_name, step.inputs, step.options), source, step.deletes,
		coalesce((SELECT format('%I.%I', step.schema_name, i.table_name) FROM zoom_silver.mapping_input(step.inputs) i ORDER BY i.n LIMIT 1), source),
		CASE WHEN NOT is_due THEN step.digest END) w;
	SELECT wrote.inserted, wrote.updated, wrote.deleted, wrote.unchanged, wrote.details INTO inserted, updated, deleted, unchanged, details;
	-- what others did meanwhile was not compared
	IF NOT wrote.is_plain OR zoom_silver.step_mark('others', source, relation) IS DISTINCT FROM others
		OR zoom_silver.hangs_on_stamps(relation, step.kind, step.schema_name, step.inputs, step.options)
	THEN
		content := NULL;
	END IF;
	UPDATE zoom_silver_state.source_query q
	SET fingerprint = step_fingerprint, digest = wrote.digest, input_digest = content || zoom_silver.step_mark('own', source, relation),
		read_at = CASE WHEN NOT is_due AND wrote.digest = step.digest THEN step.read_at ELSE zoom_gold.clock_now() END,
		row_count = pull_work.inserted + pull_work.updated + pull_work.unchanged, lookup_counts = counts,
		columns_told = coalesce(wrote.told, q.columns_told)
	WHERE q.source = pull_work.source AND q.relation = pull_work.relation;
	IF relation = 'si_users' AND inserted > 0 THEN
		PERFORM zoom_silver.fold_late(source, begun);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.pull_work(text, text) IS
'The work of a step of a pull: reads what a source has of a silver relation, unless it is as it was, and writes what differs';

-- Cancels, serialization failures and out-of-memory are not absorbed.
CREATE FUNCTION zoom_silver.pull_step(source text, relation text, OUT process_name text, OUT status text, OUT inserted bigint,
									  OUT updated bigint, OUT deleted bigint, OUT unchanged bigint, OUT details jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	error_message text;
	error_detail text;
	error_hint text;
BEGIN
	process_name := format('pull_%s_%s', source, relation);
	BEGIN
		SELECT w.inserted, w.updated, w.deleted, w.unchanged, w.details INTO inserted, updated, deleted, unchanged, details
		FROM zoom_silver.pull_work(source, relation) w;
		status := CASE WHEN coalesce((details ->> 'unreadable')::bigint + (details ->> 'without_key')::bigint, 0) > 0 THEN 'Warning' ELSE 'Success' END;
	EXCEPTION WHEN OTHERS THEN
		IF SQLSTATE ~ '^(40|57|53200)' THEN
			RAISE;
		END IF;
		GET STACKED DIAGNOSTICS error_message = MESSAGE_TEXT, error_detail = PG_EXCEPTION_DETAIL, error_hint = PG_EXCEPTION_HINT;
		IF SQLSTATE = '55P03' THEN
			error_hint := zoom_silver.lock_hint();
		END IF;
		status := 'Failure';
		SELECT 0, 0, 0, 0 INTO inserted, updated, deleted, unchanged;
		details := jsonb_strip_nulls(jsonb_build_object('error', error_message, 'error_detail', nullif(error_detail, ''),
			'error_hint', nullif(error_hint, ''), 'sqlstate', SQLSTATE));
	END;
	IF status = 'Failure' OR inserted + updated + deleted > 0 THEN
		PERFORM zoom_silver.log_step(process_name, status, inserted, updated, deleted, unchanged, details);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.pull_step(text, text) IS
'One step of a pull, whose failure is returned and logged and does no harm to others';

-- Whoever may read the log may not read the source: values are left out, as
-- zoom_gold does; what says which source it is stays.
CREATE FUNCTION zoom_silver.details_for_log(details jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN details ->> 'sqlstate' LIKE '22%' THEN details - 'error_detail'
			|| jsonb_build_object('error', o.origin || zoom_gold.message_without_values(substr(details ->> 'error', length(o.origin) + 1)))
		WHEN details ->> 'sqlstate' LIKE '23%' THEN details - 'error_detail'
		ELSE details END
	FROM (SELECT coalesce(substring(details ->> 'error', '^source "[^"]*": '), '')) AS o (origin)
$$;
COMMENT ON FUNCTION zoom_silver.details_for_log(jsonb) IS 'Details of a step of a pull without values that an error quotes';

CREATE FUNCTION zoom_silver.log_step(process_name text, status text, inserted bigint, updated bigint, deleted bigint, unchanged bigint, details jsonb)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO gold.go_process_audit_log (process_name, execution_time, status, record_count, error_count,
		audit_details, load_date, update_date, source_system)
	VALUES (process_name, zoom_gold.clock_now(), status, coalesce((details ->> 'read')::bigint, 0),
		coalesce((details ->> 'unreadable')::bigint + (details ->> 'without_key')::bigint, 0),
		(jsonb_build_object('inserted', inserted, 'updated', updated, 'deleted', deleted, 'unchanged', unchanged) || zoom_silver.details_for_log(details))::text,
		zoom_gold.today(), zoom_gold.today(), 'zoom_silver');
END
$$;
COMMENT ON FUNCTION zoom_silver.log_step(text, text, bigint, bigint, bigint, bigint, jsonb) IS 'Logs a step of a pull in gold''s process log';

CREATE FUNCTION zoom_silver.pull_order(source text) RETURNS TABLE (source_name text, relation text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_state();
	IF source IS NOT NULL THEN
		PERFORM zoom_silver.require_source(source);
	END IF;
	-- users first: others are looked up by their e-mails
	RETURN QUERY SELECT q.source, q.relation FROM zoom_silver_state.source_query q
		WHERE q.enabled AND q.source = coalesce(pull_order.source, q.source)
		ORDER BY q.relation <> 'si_users', q.source COLLATE "C", q.relation COLLATE "C";
END
$$;
COMMENT ON FUNCTION zoom_silver.pull_order(text) IS 'The steps of a pull, in order; errors for a source that was not added';

CREATE FUNCTION zoom_silver.pull(source text DEFAULT NULL)
RETURNS TABLE (process_name text, status text, inserted bigint, updated bigint, deleted bigint, unchanged bigint, details jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	step record;
BEGIN
	FOR step IN SELECT * FROM zoom_silver.pull_order(source) LOOP
		RETURN QUERY SELECT p.* FROM zoom_silver.pull_step(step.source_name, step.relation) p;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.pull(text) IS
'Reads a source, or all of them, and writes to silver what differs. Returns a row per source and silver relation: status is Success, Warning '
'(values could not be read, or rows have no key: gold rejects the rows and says why) or Failure, with the error in details; a step that fails has changed '
'nothing and does not stop the others. Steps that wrote or failed are logged in gold.go_process_audit_log. Errors '
'where no source was added, for an unknown source, and on a standby';

-- Procedures that end transactions cannot have a SET clause: all names are
-- qualified, those of types and operators too.
CREATE PROCEDURE zoom_silver.pull_proc(source text DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
	step pg_catalog.record;
	said pg_catalog.record;
	failed pg_catalog.text[] := '{}';
	first pg_catalog.jsonb;
BEGIN
	FOR step IN SELECT * FROM zoom_silver.pull_order(source) LOOP
		SELECT * INTO said FROM zoom_silver.pull_step(step.source_name, step.relation);
		COMMIT;
		IF said.status OPERATOR(pg_catalog.=) 'Failure' THEN
			failed := pg_catalog.array_append(failed, said.process_name);
			first := COALESCE(first, said.details);
		END IF;
	END LOOP;
	IF first IS NOT NULL THEN
		RAISE EXCEPTION '%', first OPERATOR(pg_catalog.->>) 'error' USING
			ERRCODE = first OPERATOR(pg_catalog.->>) 'sqlstate',
			DETAIL = pg_catalog.format('Failed: %s. What the others wrote is committed.', pg_catalog.array_to_string(failed, ', ')),
			HINT = COALESCE(first OPERATOR(pg_catalog.->>) 'error_hint', 'See gold.go_process_audit_log.');
	END IF;
END
$$;
COMMENT ON PROCEDURE zoom_silver.pull_proc(text) IS
'The same as pull(), for schedulers: commits after each step, and ends with the error of the first step that failed. Errors '
'inside a transaction block or a function';


/* ==========================================================================
 * Webhook events
 *
 * receive() appends an event to a log and folds all events of its object anew,
 * in the order of what they say of when, whatever the order in which they came;
 * what differs is written to silver.  So late events, redeliveries and batches
 * all lead to one and the same.
 *
 * Objects are users, meetings and webinars; those who take part are parts of
 * their meeting.  What is said of the schedule (meeting.created, .updated,
 * .deleted) is kept and not folded: it is not what took place.
 * ==========================================================================
 */

CREATE FUNCTION zoom_silver.known_event()
RETURNS TABLE (event text, object text, identity text[], happened_at text[])
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('user.created', 'user', '{payload,object,id}'::text[], NULL::text[]),
	('user.invitation_accepted', 'user', '{payload,object,id}', NULL),
	('user.updated', 'user', '{payload,object,id}', NULL),
	('user.activated', 'user', '{payload,object,id}', NULL),
	('user.deactivated', 'user', '{payload,object,id}', NULL),
	('user.disassociated', 'user', '{payload,object,id}', NULL),
	('user.deleted', 'user', '{payload,object,id}', NULL),
	('meeting.started', 'meeting', '{payload,object,uuid}', '{payload,object,start_time}'),
	('meeting.ended', 'meeting', '{payload,object,uuid}', '{payload,object,end_time}'),
	('meeting.participant_joined', 'participant', '{payload,object,uuid}', '{payload,object,participant,join_time}'),
	('meeting.participant_left', 'participant', '{payload,object,uuid}', '{payload,object,participant,leave_time}'),
	('webinar.started', 'webinar', '{payload,object,uuid}', '{payload,object,start_time}'),
	('webinar.ended', 'webinar', '{payload,object,uuid}', '{payload,object,end_time}');
END;
COMMENT ON FUNCTION zoom_silver.known_event() IS
'Events that are folded into silver: what they speak of, where they name it, and where they say when it happened';

-- --------------------------------------------------------------------------
-- The log
-- --------------------------------------------------------------------------

-- time_stamp is that of a change, event_ts that of the message, in milliseconds,
-- of some old events in seconds; others have
-- neither, and some do not even say when it happened.
CREATE FUNCTION zoom_silver.stated_at(body jsonb, happened_at text[]) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(zoom_silver.to_instant(body #>> '{payload,time_stamp}'), zoom_silver.to_instant(body ->> 'event_ts'),
	zoom_silver.to_instant(body #>> happened_at));
COMMENT ON FUNCTION zoom_silver.stated_at(jsonb, text[]) IS 'When what an event tells of happened, as it says; NULL where it does not';

CREATE FUNCTION zoom_silver.unreadable_stamp(body jsonb) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN zoom_silver.no_instant(body #>> '{payload,time_stamp}') OR zoom_silver.no_instant(body ->> 'event_ts') THEN 'update_timestamp' END;
COMMENT ON FUNCTION zoom_silver.unreadable_stamp(jsonb) IS 'For the column unreadable of silver: whether an event has a stamp that is no instant';

-- A user who joins again gets another number.
CREATE FUNCTION zoom_silver.participant_number(participant jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(coalesce(nullif(participant ->> 'user_id', ''), nullif(participant ->> 'participant_uuid', ''), nullif(participant ->> 'id', ''), '?'), 200);
COMMENT ON FUNCTION zoom_silver.participant_number(jsonb) IS 'What tells a participant from others of the meeting';

-- An index entry holds some 2,700 bytes; ids are some 24 characters.
CREATE FUNCTION zoom_silver.log_event(body jsonb, received_at timestamptz, OUT object text, OUT object_id text, OUT part_id text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO zoom_silver_state.event AS e (received_at, event_at, event, object, object_id, part_id, body, digest)
	SELECT received_at, coalesce(zoom_silver.stated_at(body, k.happened_at), received_at), body ->> 'event',
		CASE WHEN i.usable THEN k.object END, CASE WHEN i.usable THEN i.id END,
		CASE WHEN i.usable AND k.object = 'participant' THEN i.id || '/' || zoom_silver.participant_number(body #> '{payload,object,participant}') END,
		body, zoom_silver.event_digest(body)
	FROM (VALUES (true)) AS one
	LEFT JOIN zoom_silver.known_event() k ON k.event = body ->> 'event'
	CROSS JOIN LATERAL (SELECT body #>> k.identity AS id, length(btrim(body #>> k.identity)) BETWEEN 1 AND 200 AS usable) AS i
	ON CONFLICT ON CONSTRAINT event_once DO NOTHING
	RETURNING coalesce(e.object, ''), e.object_id, e.part_id
$$;
COMMENT ON FUNCTION zoom_silver.log_event(jsonb, timestamptz) IS
'Appends an event to the log and returns what it speaks of: object is empty where nothing is to be made of it, NULL where the log had it';

-- 5.0 is 5, whoever has read and written the event on its way.
CREATE FUNCTION zoom_silver.with_plain_numbers(body jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE jsonb_typeof(body)
		WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(m.key, zoom_silver.with_plain_numbers(m.value)), '{}') FROM jsonb_each(body) m)
		WHEN 'array' THEN (SELECT coalesce(jsonb_agg(zoom_silver.with_plain_numbers(m.value) ORDER BY m.n), '[]')
			FROM jsonb_array_elements(body) WITH ORDINALITY AS m (value, n))
		WHEN 'number' THEN to_jsonb(trim_scale((body #>> '{}')::numeric))
		ELSE body END
$$;
COMMENT ON FUNCTION zoom_silver.with_plain_numbers(jsonb) IS 'A JSON value whose numbers end in no zeros behind a point';

CREATE FUNCTION zoom_silver.event_digest(body jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(convert_to(CASE WHEN body::text ~ '[0-9][.][0-9]*0[],}]' THEN zoom_silver.with_plain_numbers(body) ELSE body END::text, getdatabaseencoding()));
COMMENT ON FUNCTION zoom_silver.event_digest(jsonb) IS 'What an event is told by: SHA-256 of its text with members in one order and numbers in one form';

-- --------------------------------------------------------------------------
-- Folding
-- --------------------------------------------------------------------------

CREATE AGGREGATE zoom_silver.told(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');
COMMENT ON AGGREGATE zoom_silver.told(jsonb) IS 'What was told last of each member of JSON objects';

-- What an event tells of a user.  user.updated has only what changed, and NULL
-- in it is a change.  Type 2 is licensed; what the licence is was stated.
CREATE FUNCTION zoom_silver.user_told(event text, object jsonb, licensed_plan text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE event WHEN 'user.updated' THEN object ELSE jsonb_strip_nulls(object) END
	|| CASE WHEN object ? 'type' THEN jsonb_build_object('plan', CASE zoom_silver.to_whole(object ->> 'type') WHEN 1 THEN 'Basic' WHEN 2 THEN licensed_plan END)
		ELSE '{}' END;
COMMENT ON FUNCTION zoom_silver.user_told(text, jsonb, text) IS 'What an event tells of a user: the members of its object, and the plan';

CREATE FUNCTION zoom_silver.insert_lacking(target regclass, told text[], kept text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text := zoom_silver.each_column('%s', told, target);
BEGIN
	IF kept = '{}' THEN
		RETURN format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM lacking', target, columns);
	END IF;
	RETURN format($q$, held AS (
			SELECT t.user_id AS of_user, coalesce(t.update_timestamp, t.load_timestamp) AS held_at, t.load_timestamp AS held_load, %3$s
			FROM %1$s t WHERE t.user_id = ANY ($1)
		), placed AS (
			SELECT DISTINCT ON (l.user_id, l.update_timestamp) l.*, h.*
			FROM lacking l LEFT JOIN held h ON h.of_user = l.user_id AND h.held_at <= l.update_timestamp
			ORDER BY l.user_id, l.update_timestamp, h.held_at DESC NULLS LAST, h.held_load DESC NULLS LAST
		), first AS (
			INSERT INTO %1$s (%2$s) SELECT %2$s FROM placed WHERE held_at IS NULL
		)
		INSERT INTO %1$s (%2$s, %4$s) SELECT %2$s, %5$s FROM placed WHERE held_at IS NOT NULL$q$, target, columns,
		zoom_silver.each_column('t.%s AS %n', kept, target), zoom_silver.each_column('%s', kept, target), zoom_silver.each_column('%n', kept, target));
END
$$;
COMMENT ON FUNCTION zoom_silver.insert_lacking(regclass, text[], text[]) IS
'The end of a statement that inserts its rows "lacking" into si_users: columns that are kept as the version before has them, where there is none by default';

-- A row per event, whether or not it changed something, and one with deleted_at
-- for a deletion: of the rows silver has, only one that says something else
-- than it ought to is followed by a corrected one of the same update_timestamp.
-- (An UPDATE or DELETE would count from when it was captured.)  What other
-- sources have told of a user, not what they kept, is what user.updated adds to.
-- Rows are loaded in the order in which they are written, within one instant, too.
-- Columns of one's own are kept, as versions of connectors keep them.
CREATE FUNCTION zoom_silver.fold_users(ids text[], source text, licensed_plan text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_silver.silver_table('si_users');
	told text[] := '{user_id,user_name,email,company,plan_type,deleted_at,unreadable,load_timestamp,update_timestamp,source_system}';
	kept text[] := zoom_silver.kept_columns('si_users', told);
	fit record := zoom_silver.fit_columns('si_users', '{user_name,email,company,plan_type,deleted_at,update_timestamp}', 'w');
BEGIN
	EXECUTE format($q$
		WITH said AS (
			SELECT e.object_id AS user_id, e.event_at AS at, e.digest, e.event, e.event IN ('user.deleted', 'user.disassociated') AS deletes,
				zoom_silver.user_told(e.event, e.body #> '{payload,object}', $3) AS told,
				max(zoom_silver.unreadable_stamp(e.body)) OVER (PARTITION BY e.object_id, e.event_at) AS unreadable
			FROM zoom_silver_state.event e
			WHERE e.object = 'user' AND e.object_id = ANY ($1)
			UNION ALL
			SELECT t.user_id, coalesce(t.update_timestamp, t.load_timestamp), NULL, NULL, false,
				jsonb_strip_nulls(jsonb_build_object('display_name', t.user_name, 'email', t.email, 'company', t.company, 'plan', t.plan_type))
					- CASE WHEN q.columns_told IS NULL THEN '{}' ELSE ARRAY(SELECT c.member FROM (VALUES ('display_name', 'user_name'), ('email', 'email'), ('company', 'company'), ('plan', 'plan_type')) AS c (member, name)
						WHERE c.name <> ALL (q.columns_told)) END, NULL
			FROM %1$s t LEFT JOIN zoom_silver_state.source_query q ON q.source = t.source_system AND q.relation = 'si_users'
			WHERE t.user_id = ANY ($1) AND t.source_system IS DISTINCT FROM $2 AND t.deleted_at IS NULL
		), known AS (
			SELECT s.user_id, s.at, s.event, s.deletes, s.digest, s.unreadable,
				zoom_silver.told(s.told) OVER (PARTITION BY s.user_id ORDER BY s.at, s.deletes, s.digest NULLS FIRST) AS told
			FROM said s
		), wanted AS (
			SELECT DISTINCT ON (k.user_id, k.at) k.user_id, k.at AS update_timestamp,
				coalesce(nullif(btrim(k.told ->> 'display_name'), ''),
					nullif(btrim(concat_ws(' ', k.told ->> 'first_name', k.told ->> 'last_name')), ''), k.told ->> 'email') AS user_name,
				k.told ->> 'email' AS email, k.told ->> 'company' AS company, k.told ->> 'plan' AS plan_type,
				CASE WHEN k.deletes THEN k.at END AS deleted_at, k.unreadable
			FROM known k
			WHERE k.event IS NOT NULL
			ORDER BY k.user_id, k.at, k.deletes DESC, k.digest DESC
		), fitted AS (
			SELECT DISTINCT ON (w.user_id, f.update_timestamp) w.user_id, f.*
			FROM wanted w CROSS JOIN LATERAL (SELECT %3$s, %4$s AS unreadable) AS f
			ORDER BY w.user_id, f.update_timestamp, w.update_timestamp DESC
		), stored AS (
			SELECT DISTINCT ON (t.user_id, t.update_timestamp) t.*
			FROM %1$s t
			WHERE t.user_id = ANY ($1) AND t.source_system = $2
			ORDER BY t.user_id, t.update_timestamp, t.load_timestamp DESC
		), loaded AS (
			SELECT t.user_id, max(t.load_timestamp) AS last FROM %1$s t WHERE t.user_id = ANY ($1) GROUP BY t.user_id
		), lacking AS (
			SELECT w.user_id, w.user_name, w.email, w.company, w.plan_type, w.deleted_at, w.unreadable,
				greatest($4, s.load_timestamp + $5, l.last) AS load_timestamp, w.update_timestamp, $2 AS source_system
			FROM fitted w LEFT JOIN stored s ON s.user_id = w.user_id AND s.update_timestamp = w.update_timestamp LEFT JOIN loaded l ON l.user_id = w.user_id
			WHERE s.user_id IS NULL OR (s.user_name, s.email, s.company, s.plan_type, s.deleted_at, s.unreadable)
				IS DISTINCT FROM (w.user_name, w.email, w.company, w.plan_type, w.deleted_at, w.unreadable)
		) %2$s
		$q$, target, zoom_silver.insert_lacking(target, told, kept), fit.fitted, fit.unreadable)
		USING ids, source, licensed_plan, zoom_gold.clock_now(), zoom_silver.load_step(target);
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_users(text[], text, text) IS
'Folds all events of some users and writes the versions and deletions that silver lacks';

-- What started and ended say counts; who took part tells of a meeting only
-- until one of them is there.  An old event that ended without a time ended
-- when it was sent.  The duration is the planned one and stays out.
CREATE FUNCTION zoom_silver.fold_meetings(kind text, ids text[], source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.write_folded(CASE kind WHEN 'webinar' THEN 'si_webinars' ELSE 'si_meetings' END, format($q$
		SELECT f.object_id AS %1$I, f.told ->> 'host_id' AS host_id, f.told ->> 'topic' AS %2$I,
			zoom_silver.to_instant(f.told ->> 'start_time') AS start_time, zoom_silver.to_instant(f.told ->> 'end_time') AS end_time,
			nullif(concat_ws(' ', zoom_silver.unreadable_instants(f.told, '{start_time,end_time}'), f.unreadable), '') AS unreadable, f.at
		FROM (SELECT e.object_id, max(e.event_at) AS at, max(zoom_silver.unreadable_stamp(e.body)) AS unreadable,
				zoom_silver.told(jsonb_strip_nulls(e.body #> '{payload,object}')
					|| CASE WHEN e.event LIKE '%%.ended' AND coalesce(e.body #>> '{payload,object,end_time}', '') = ''
						AND zoom_silver.stated_at(e.body, NULL) IS NOT NULL
						THEN jsonb_build_object('end_time', to_char(e.event_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) ELSE '{}' END
					ORDER BY e.object = 'participant' DESC, e.event_at, e.digest) AS told
			FROM (
				SELECT * FROM zoom_silver_state.event m WHERE m.object = %3$L AND m.object_id = ANY ($1)
				UNION ALL
				SELECT p.* FROM unnest($1) AS i (id) CROSS JOIN LATERAL (SELECT * FROM zoom_silver_state.event f
					WHERE f.object = 'participant' AND f.object_id = i.id AND %3$L = 'meeting' ORDER BY f.event_at, f.digest LIMIT 1) AS p
			) AS e GROUP BY e.object_id) AS f$q$,
		kind || '_id', kind || '_topic', kind), ids, source);
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_meetings(text, text[], text) IS
'Folds all events of some meetings or webinars and writes what silver has otherwise';

CREATE FUNCTION zoom_silver.unreadable_instants(told jsonb, members text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(m.name, ' ' ORDER BY m.n) FROM unnest(members) WITH ORDINALITY AS m (name, n)
	WHERE zoom_silver.no_instant(told ->> m.name)
$$;
COMMENT ON FUNCTION zoom_silver.unreadable_instants(jsonb, text[]) IS 'Which of the members are no instants, for the column unreadable of silver';

CREATE FUNCTION zoom_silver.fold_participants(ids text[], source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.write_folded('si_participants', $q$
		SELECT f.participant_id, f.meeting_id, f.user_id, f.joined AS join_time,
			CASE WHEN f.gone >= f.joined_last OR f.joined_last IS NULL THEN f.gone END AS leave_time, f.unreadable, f.at
		FROM (SELECT e.part_id AS participant_id, e.object_id AS meeting_id, max(e.event_at) AS at,
				min(zoom_silver.to_instant(p.told ->> 'join_time')) AS joined, max(zoom_silver.to_instant(p.told ->> 'join_time')) AS joined_last,
				max(zoom_silver.to_instant(p.told ->> 'leave_time')) AS gone,
				(array_agg(p.id ORDER BY e.event_at DESC, e.digest) FILTER (WHERE p.id IS NOT NULL))[1] AS user_id,
				nullif(concat_ws(' ', string_agg(DISTINCT zoom_silver.unreadable_instants(p.told, '{join_time,leave_time}'), ' '), max(zoom_silver.unreadable_stamp(e.body))), '') AS unreadable
			FROM zoom_silver_state.event e
			CROSS JOIN LATERAL (SELECT e.body #> '{payload,object,participant}' AS told,
				coalesce(nullif(btrim(e.body #>> '{payload,object,participant,participant_user_id}'), ''),
					nullif(btrim(e.body #>> '{payload,object,participant,id}'), '')) AS id) AS p
			WHERE e.part_id = ANY ($1)
			GROUP BY e.part_id, e.object_id) AS f$q$, ids, source);
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_participants(text[], text) IS
'Folds all events of some participants and writes what silver has otherwise; guests have no user';

CREATE FUNCTION zoom_silver.write_folded(relation text, query text, ids text[], source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	key text := zoom_silver.key_column(relation);
	content text[] := (SELECT array_agg(c.column_name ORDER BY c.position) FROM zoom_gold.silver_contract() c
		WHERE c.table_name = relation AND c.role IS DISTINCT FROM 'key' AND c.column_name NOT IN ('load_timestamp', 'update_timestamp', 'source_system',
			'duration_minutes', 'registrants'));
	fit record := zoom_silver.fit_columns(relation, content, 't');
BEGIN
	content := content || 'unreadable'::text;
	EXECUTE format($q$
		WITH told AS MATERIALIZED (SELECT t.%3$s, %7$s, %8$s AS unreadable, t.at FROM (%1$s) AS t), changed AS (
			UPDATE %2$s t SET (%4$s, update_timestamp) = ROW(%6$s, w.at) FROM told w
			WHERE t.%3$s = w.%3$s AND t.source_system = $2 AND ROW(%5$s) IS DISTINCT FROM ROW(%6$s)
		)
		INSERT INTO %2$s (%3$s, %4$s, load_timestamp, update_timestamp, source_system)
		SELECT w.%3$s, %6$s, $3, w.at, $2 FROM told w
		WHERE NOT EXISTS (SELECT FROM %2$s t WHERE t.%3$s = w.%3$s AND t.source_system = $2)
		$q$, query, target, key, zoom_silver.each_column('%s', content, target),
		zoom_silver.each_column('t.%s', content, target), zoom_silver.each_column('w.%s', content, target), fit.fitted, fit.unreadable)
		USING ids, source, zoom_gold.clock_now();
END
$$;
COMMENT ON FUNCTION zoom_silver.write_folded(text, text, text[], text) IS
'Updates and inserts rows of some keys, as a query of $1, the keys, gives them: the columns of silver, unreadable, and at for update_timestamp';

CREATE FUNCTION zoom_silver.webhook_command() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT format('SELECT * FROM zoom_silver.add_source(%L, NULL, %L, %L)', s.kind, s.options, s.name)
		FROM zoom_silver_state.source s WHERE s.kind = 'webhook');
END
$$;
COMMENT ON FUNCTION zoom_silver.webhook_command() IS 'The call that adds the source of webhooks once more, which folds all events';

CREATE FUNCTION zoom_silver.fold_objects(object text, ids text[], part_ids text[], source text, options jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET quote_all_identifiers = off AS $$
#variable_conflict use_variable
BEGIN
	CASE object
		WHEN 'user' THEN
			PERFORM zoom_silver.fold_users(ids, source, options ->> 'licensed_plan');
			-- what an event tells late is what versions of connectors after it keep
			PERFORM zoom_silver.catch_up(q.relation, zoom_silver.silver_table(q.relation), q.source, q.columns_told, ids)
			FROM zoom_silver_state.source_query q WHERE q.relation = 'si_users' AND q.columns_told IS NOT NULL;
		WHEN 'participant' THEN
			PERFORM zoom_silver.fold_meetings('meeting', ids, source);
			PERFORM zoom_silver.fold_participants(part_ids, source);
		ELSE
			PERFORM zoom_silver.fold_meetings(object, ids, source);
	END CASE;
EXCEPTION WHEN undefined_column OR undefined_function OR datatype_mismatch OR generated_always THEN
	RAISE EXCEPTION 'source "%": events of a % cannot be written to silver: %', source, object, SQLERRM USING ERRCODE = SQLSTATE,
		HINT = format('SELECT * FROM zoom_gold.setup() tells which column of silver is not as it was. Where a table was made anew: %s.', zoom_silver.webhook_command());
WHEN lock_not_available THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_silver.lock_hint();
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_objects(text, text[], text[], text, jsonb) IS
'Folds all events of some objects of a kind into silver; errors, with what helps, where a table of silver has lost a column or its type, or is locked';

-- What a connector read before events that came already is what those add to.  Silver
-- without deleted_at has nothing of events.  Whoever receives now is waited for, and
-- whoever does so later waits: neither would see what the other one writes.
CREATE FUNCTION zoom_silver.fold_late(source text, since timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_silver.silver_table('si_users');
	ids text[];
BEGIN
	IF to_regclass('zoom_silver_state.event') IS NULL
		OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = 'deleted_at' AND NOT a.attisdropped)
	THEN
		RETURN;
	END IF;
	LOCK TABLE zoom_silver_state.event IN SHARE ROW EXCLUSIVE MODE;
	EXECUTE format('SELECT array_agg(DISTINCT t.user_id) FROM %s t JOIN zoom_silver_state.event e ON e.object_id = t.user_id
		WHERE e.object = ''user'' AND t.source_system = $1 AND t.load_timestamp >= $2', target)
		INTO ids USING source, since;
	IF ids IS NOT NULL THEN
		PERFORM zoom_silver.fold_objects('user', ids, NULL, s.name, s.options) FROM zoom_silver_state.source s WHERE s.kind = 'webhook';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_late(text, timestamptz) IS
'Folds the events of users of whom a source has written something since an instant, and has receivers wait until the transaction ends; errors as fold_objects() does';

-- --------------------------------------------------------------------------
-- Receiving
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.add_webhook(source text, options jsonb) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	kind text;
BEGIN
	IF NOT options ? 'licensed_plan' THEN
		RAISE EXCEPTION '%', (SELECT o.message FROM zoom_silver.source_option() o WHERE o.kind = 'webhook' AND o.name = 'licensed_plan')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = (SELECT o.hint FROM zoom_silver.source_option() o WHERE o.kind = 'webhook' AND o.name = 'licensed_plan');
	ELSIF EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.kind = 'webhook' AND s.name <> source) THEN
		RAISE EXCEPTION 'there is a source of kind webhook already' USING ERRCODE = 'duplicate_object',
			DETAIL = 'An event does not say which source it belongs to.';
	END IF;
	PERFORM zoom_silver.make_state_table('event');
	PERFORM zoom_silver.prepare_silver(h.relation) FROM zoom_silver.handed_in() h WHERE h.kind = 'webhook';
	-- a deletion knows when it happened; see the silver contract
	PERFORM zoom_silver.add_silver_column('si_users', 'deleted_at', 'timestamptz', 'The row says that its key was deleted then; NULL: it is a version');
	-- what was received before, folded by the options of today; whoever
	-- receives meanwhile waits
	LOCK TABLE zoom_silver_state.event IN SHARE ROW EXCLUSIVE MODE;
	FOREACH kind IN ARRAY '{user,meeting,participant,webinar}'::text[] LOOP
		PERFORM zoom_silver.fold_objects(kind, (SELECT array_agg(DISTINCT e.object_id) FROM zoom_silver_state.event e WHERE e.object = kind),
			(SELECT array_agg(DISTINCT e.part_id) FROM zoom_silver_state.event e WHERE e.part_id IS NOT NULL), source, options);
	END LOOP;
	RETURN QUERY SELECT h.relation, 'filled by receive()' FROM zoom_silver.handed_in() h WHERE h.kind = 'webhook';
END
$$;
COMMENT ON FUNCTION zoom_silver.add_webhook(text, jsonb) IS
'The part of add_source() for webhooks: makes the log and folds what it holds. Fails without the option licensed_plan and where there is another source of the kind';

CREATE FUNCTION zoom_silver.check_event(event jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF jsonb_typeof(event) IS DISTINCT FROM 'object' OR jsonb_typeof(event -> 'event') IS DISTINCT FROM 'string' OR btrim(event ->> 'event') = '' THEN
		RAISE EXCEPTION 'not a Zoom webhook event' USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'It is no JSON object with a member "event" that names one.', HINT = 'Pass the body of the request as it came.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_event(jsonb) IS 'Fails where what was received is no event';

CREATE FUNCTION zoom_silver.check_receiver() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_state();
	IF current_setting('transaction_isolation') = 'repeatable read' THEN
		-- the snapshot is older than the lock: events committed between would not be seen
		RAISE EXCEPTION 'events cannot be received in a repeatable read transaction' USING ERRCODE = 'feature_not_supported',
			HINT = 'Use READ COMMITTED or SERIALIZABLE.';
	ELSIF NOT EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.kind = 'webhook') THEN
		RAISE EXCEPTION 'there is no source of kind webhook' USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Run SELECT * FROM zoom_silver.add_source(''webhook'', NULL, ''{"licensed_plan": "Pro"}''), with the plan of your account.';
	ELSIF to_regclass('zoom_silver_state.event') IS NULL THEN
		RAISE EXCEPTION 'table "zoom_silver_state.event" is gone' USING ERRCODE = 'undefined_table',
			HINT = format('Bring it back from a backup, or make an empty one: %s. Silver keeps its rows.', zoom_silver.webhook_command());
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_receiver() IS 'Fails where no event can be received: no source of the kind, no log, or a snapshot that would be too old';

-- What is said of whom it does not name cannot be told, and is not to be sent again.
CREATE FUNCTION zoom_silver.warn_of_nameless(event text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_what text := (SELECT CASE k.object WHEN 'participant' THEN 'meeting' ELSE k.object END FROM zoom_silver.known_event() k WHERE k.event = warn_of_nameless.event);
BEGIN
	IF of_what IS NOT NULL THEN
		RAISE WARNING 'event "%" names no %: it is kept, and nothing is made of it', event, of_what
			USING HINT = 'Pass the body of the request as it came.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.warn_of_nameless(text) IS 'Warns of an event of which nothing is made although its name is known: it does not say of which user, meeting or webinar it tells';

-- The lock comes first and the fold reads with a snapshot taken after it: of two
-- sessions with events of one object the second folds both.
CREATE FUNCTION zoom_silver.receive(event jsonb, received_at timestamptz DEFAULT clock_timestamp()) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	logged record;
BEGIN
	PERFORM zoom_silver.check_event(event);
	IF NOT isfinite(received_at) THEN
		RAISE EXCEPTION 'argument "received_at" must be finite' USING ERRCODE = 'invalid_parameter_value', HINT = 'Leave it out for now.';
	END IF;
	IF event ->> 'event' = 'endpoint.url_validation' THEN
		RETURN false;	-- the receiver answers it
	END IF;
	PERFORM zoom_silver.check_receiver();
	PERFORM zoom_gold.lock_word('zoom_silver ' || (receive.event #>> k.identity))
	FROM zoom_silver.known_event() k WHERE k.event = receive.event ->> 'event' AND receive.event #>> k.identity IS NOT NULL;
	SELECT l.* INTO logged FROM zoom_silver.log_event(event, coalesce(received_at, clock_timestamp())) l;
	IF logged.object = '' THEN
		PERFORM zoom_silver.warn_of_nameless(event ->> 'event');
	END IF;
	IF coalesce(logged.object, '') = '' THEN
		RETURN false;
	END IF;
	PERFORM zoom_silver.fold_objects(logged.object, ARRAY[logged.object_id], ARRAY[logged.part_id], s.name, s.options)
	FROM zoom_silver_state.source s WHERE s.kind = 'webhook';
	RETURN true;
END
$$;
COMMENT ON FUNCTION zoom_silver.receive(jsonb, timestamptz) IS
'Takes a webhook event of Zoom, the body of the request: keeps it, folds all events of its user, meeting or webinar in the order of when they happened, and writes to silver what differs. '
'Events may come late, twice, and in any order. Returns whether it told something new: false for one that is there already, for one that tells nothing of silver (kept all the same, with a warning where it ought to, and does not say of whom) and for endpoint.url_validation. '
'Errors for what is no event, and where no source of kind webhook was added';

-- --------------------------------------------------------------------------
-- Forgetting a person
-- --------------------------------------------------------------------------

-- Topics may be anything, and stay.
CREATE FUNCTION zoom_silver.without_values(body jsonb, words text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE jsonb_typeof(body)
		WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(m.key, CASE m.key WHEN 'topic' THEN m.value ELSE zoom_silver.without_values(m.value, words) END), '{}')
			FROM jsonb_each(body) m)
		WHEN 'array' THEN (SELECT coalesce(jsonb_agg(zoom_silver.without_values(m.value, words) ORDER BY m.n), '[]')
			FROM jsonb_array_elements(body) WITH ORDINALITY AS m (value, n))
		WHEN 'string' THEN CASE WHEN zoom_silver.to_email(body #>> '{}') = ANY (words) THEN 'null' ELSE body END
		ELSE body END
$$;
COMMENT ON FUNCTION zoom_silver.without_values(jsonb, text[]) IS
'A JSON value in which strings that are one of some words, in small letters, are NULL, but for topics';

CREATE FUNCTION zoom_silver.words_of_user(user_id text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(DISTINCT zoom_silver.to_email(w.word)), '{}')
	FROM (
		SELECT unnest(ARRAY[o.told ->> 'display_name', o.told ->> 'email', concat_ws(' ', o.told ->> 'first_name', o.told ->> 'last_name')])
		FROM zoom_silver_state.event e CROSS JOIN LATERAL (VALUES (e.body #> '{payload,object}'), (e.body #> '{payload,old_object}')) AS o (told)
		WHERE e.object = 'user' AND e.object_id = words_of_user.user_id
		UNION ALL
		SELECT unnest(ARRAY[p.told ->> 'user_name', p.told ->> 'email'])
		FROM zoom_silver_state.event e CROSS JOIN LATERAL (SELECT e.body #> '{payload,object,participant}') AS p (told)
		WHERE e.object = 'participant' AND words_of_user.user_id IN (p.told ->> 'participant_user_id', p.told ->> 'id')
	) AS w (word) WHERE btrim(w.word) <> ''
$$;
COMMENT ON FUNCTION zoom_silver.words_of_user(text) IS
'Names and e-mails of a user in the log of events, in small letters: what it says of the user, and of the participant with the id';

-- The digest stays, so that a redelivery tells nothing new.  Events of the user
-- are nothing to be folded any more; those of meetings are, for of participants
-- folds take ids and times alone.
CREATE FUNCTION zoom_silver.forget_events(user_id text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	words text[] := zoom_silver.words_of_user(user_id);
	own bigint;
	others bigint;
BEGIN
	UPDATE zoom_silver_state.event e SET object = NULL, object_id = NULL, body = jsonb_build_object('event', e.event)
	WHERE e.event LIKE 'user.%' AND forget_events.user_id IN (e.object_id, e.body #>> '{payload,object,id}');
	GET DIAGNOSTICS own = ROW_COUNT;
	UPDATE zoom_silver_state.event e SET body = jsonb_set(e.body, '{payload}', n.payload)
	FROM zoom_silver_state.event o, zoom_silver.without_values(o.body -> 'payload', words) AS n (payload)
	WHERE o.event_no = e.event_no AND o.body ? 'payload' AND n.payload <> o.body -> 'payload';
	GET DIAGNOSTICS others = ROW_COUNT;
	RETURN own + others;
END
$$;
COMMENT ON FUNCTION zoom_silver.forget_events(text) IS
'Erases a user from the log of events: what users'' events of the user say, and in all others the names and e-mails that those told; returns the number of events';

CREATE FUNCTION zoom_silver.forget_user(user_id text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	events bigint := 0;
BEGIN
	PERFORM zoom_silver.require_gold();
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_silver.require_owner();
	IF to_regclass('zoom_silver_state.event') IS NOT NULL THEN
		LOCK TABLE zoom_silver_state.event IN SHARE ROW EXCLUSIVE MODE;
		events := zoom_silver.forget_events(user_id);
	END IF;
	RETURN zoom_gold.forget_user(user_id) || jsonb_build_object('events', events);
END
$$;
COMMENT ON FUNCTION zoom_silver.forget_user(text) IS
'Erases a person from the log of webhook events and by zoom_gold.forget_user() from gold; returns what that returned, and as events how many were changed. '
'Silver is yours to erase: mentioned_still tells where. Errors as zoom_gold.forget_user() does, with nothing changed';


/* ==========================================================================
 * Exports as CSV
 *
 * load_csv() reads a file in steps, each into a temporary table: records as
 * they stand (csv_record), rows with their cells under the names below
 * (zoom_silver_csv), every local time once (zoom_silver_csv_time), and from
 * these the rows of silver, which write_rows() writes.
 *
 * A file has no user ids, no uuids and no zone.  So a meeting's key is its
 * number and its start in UTC, a user is an e-mail address, and somebody who
 * was there is told by the time of joining, name and address.
 * ==========================================================================
 */

-- --------------------------------------------------------------------------
-- The file as records: RFC 4180
-- --------------------------------------------------------------------------

-- A line break ends a record where an even number of quotes stands before it.
CREATE FUNCTION zoom_silver.csv_record(content text)
RETURNS TABLE (line integer, content text)
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.line, rtrim(string_agg(r.words, E'\n' ORDER BY r.n), E'\r')
	FROM (
		SELECT o.n, o.words, max(o.n) FILTER (WHERE o.quotes % 2 = 0) OVER (ORDER BY o.n)::integer AS line
		FROM (
			SELECT l.n, l.words, coalesce(sum(length(l.words) - length(replace(l.words, '"', '')))
				OVER (ORDER BY l.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS quotes
			FROM string_to_table(csv_record.content, E'\n') WITH ORDINALITY AS l (words, n)) AS o) AS r
	GROUP BY r.line
$$;
COMMENT ON FUNCTION zoom_silver.csv_record(text) IS
'The records of a CSV text, each with the line on which it begins; line breaks within quotes belong to the record';

-- NULL: a quote stands where none may, or is not closed.
CREATE FUNCTION zoom_silver.csv_field(record text, separator text DEFAULT ',') RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN sum(length(f.part[1])) = length(record) + 1 THEN
		array_agg(btrim(CASE WHEN f.part[2] ~ '^\s*"' THEN replace(substr(btrim(f.part[2]), 2, length(btrim(f.part[2])) - 2), '""', '"')
			ELSE f.part[2] END) ORDER BY f.n) END
	FROM regexp_matches(record || separator, replace(CASE separator WHEN E'\t' THEN '(( *"(?:[^"]|"")*" *|[^",][^",]*|),)'
		ELSE '((\s*"(?:[^"]|"")*"\s*|[^",][^",]*|),)' END, ',', separator), 'g') WITH ORDINALITY AS f (part, n)
$$;
COMMENT ON FUNCTION zoom_silver.csv_field(text, text) IS
'The fields of a record of a CSV text without quotes and surrounding blanks; NULL where quotes are misplaced';

-- Where numbers have commas, Excel separates by semicolons.
CREATE FUNCTION zoom_silver.csv_separator(content text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.separator FROM (VALUES (1, ','), (2, ';'), (3, E'\t')) AS s (n, separator)
	CROSS JOIN LATERAL (
		SELECT max(h.known) FROM (SELECT * FROM string_to_table(csv_separator.content, E'\n') LIMIT 30) AS l (line)
		CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE n.known)
			FROM zoom_silver.csv_header(zoom_silver.csv_field(rtrim(l.line, E'\r'), s.separator)) n) AS h (known)) AS k (known)
	ORDER BY k.known DESC NULLS LAST, s.n LIMIT 1
$$;
COMMENT ON FUNCTION zoom_silver.csv_separator(text) IS
'What separates the fields of a CSV text: comma, semicolon or tab, whichever makes a header of one of its first lines';

-- --------------------------------------------------------------------------
-- The names of columns
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.csv_column()
RETURNS TABLE (part text, header text, cell text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('head', 'meetingid', 'number'),
	('head', 'id', 'number'),
	('head', 'webinarid', 'webinar'),
	('head', 'topic', 'topic'),
	('head', 'starttime', 'start'),
	('head', 'actualstarttime', 'start'),
	('head', 'endtime', 'end'),
	('head', 'durationminutes', 'minutes'),
	('head', 'actualdurationminutes', 'minutes'),
	('head', 'useremail', 'host_email'),
	('head', 'hostemail', 'host_email'),
	('head', 'email', 'host_email'),
	('head', 'username', 'host_name'),
	('head', 'hostname', 'host_name'),
	('head', 'registered', 'registered'),
	('head', 'participants', NULL),
	('head', 'attended', NULL),
	('head', 'firstname', NULL),
	('head', 'lastname', NULL),
	('head', 'jointime', NULL),
	('head', 'leavetime', NULL),
	('participant', 'nameoriginalname', 'name'),
	('participant', 'useremail', 'email'),
	('participant', 'email', 'email'),
	('participant', 'jointime', 'join'),
	('participant', 'leavetime', 'leave'),
	('participant', 'durationminutes', NULL),
	('participant', 'guest', 'guest'),
	('participant', 'inwaitingroom', 'waiting');
END;
COMMENT ON FUNCTION zoom_silver.csv_column() IS
'Columns of exports: whether they stand at the head of a meeting or tell of a participant, the header in small letters without blanks and signs, and what the cell is called here; NULL is known and not needed';

-- Where one header has the columns of the meeting and of the participant, some
-- names come twice: User Email, the second behind Name (Original Name), or
-- User_Email_1 and User_Email_2.
CREATE FUNCTION zoom_silver.csv_header(fields text[])
RETURNS TABLE (n bigint, field text, known boolean, cell text)
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT h.n, h.field, c.header IS NOT NULL, c.cell
	FROM (SELECT f.n, f.field, w.word, right(f.field, 2) AS suffix,
			count(*) OVER (PARTITION BY w.word) AS times,
			bool_or(w.word = 'nameoriginalname') OVER () AS has_participant,
			bool_or(w.word IN ('meetingid', 'webinarid', 'topic', 'starttime', 'actualstarttime')) OVER () AS has_meeting,
			bool_or(w.word = 'nameoriginalname') OVER (ORDER BY f.n) AS is_behind
		  FROM unnest(fields) WITH ORDINALITY AS f (field, n)
		  CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(zoom_silver.to_word(f.field), '_[12]$', ''), '[][\s_()#?.,:;/-]', '', 'g')) AS w (word)) AS h
	CROSS JOIN LATERAL (SELECT CASE
			WHEN NOT h.has_participant OR h.has_meeting AND h.suffix = '_1' THEN 'head'
			WHEN NOT h.has_meeting OR h.suffix = '_2' THEN 'participant'
			ELSE coalesce((SELECT min(o.part) FROM zoom_silver.csv_column() o WHERE o.header = h.word AND o.cell IS NOT NULL HAVING count(*) = 1 AND h.times = 1),
				CASE WHEN h.is_behind THEN 'participant' ELSE 'head' END) END) AS p (part)
	LEFT JOIN zoom_silver.csv_column() c ON c.header = h.word AND c.part = p.part
$$;
COMMENT ON FUNCTION zoom_silver.csv_header(text[]) IS 'What the fields of a record would be as headers of columns';

CREATE FUNCTION zoom_silver.makes_csv_header(known_names bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN known_names >= 3;
COMMENT ON FUNCTION zoom_silver.makes_csv_header(bigint) IS 'Whether a record with so many known names of columns is a header';

CREATE FUNCTION zoom_silver.is_csv_header(line text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT zoom_silver.makes_csv_header(count(*) FILTER (WHERE h.known))
	FROM zoom_silver.csv_header(zoom_silver.csv_field(btrim(line, E' \r\n'), zoom_silver.csv_separator(line))) h
$$;
COMMENT ON FUNCTION zoom_silver.is_csv_header(text) IS 'Whether a line of a CSV text is a header';

CREATE FUNCTION zoom_silver.csv_kind()
RETURNS TABLE (kind text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('participants', 'usage report of a meeting, "Export with meeting data": a block with the meeting, a block with its participants'),
	('active_hosts', 'active hosts, detail: meeting and participant in every row'),
	('webinar', 'attendee report of a webinar: blocks of the webinar, its host, panelists, attendees');
END;
COMMENT ON FUNCTION zoom_silver.csv_kind() IS 'Exports that load_csv() reads';

-- --------------------------------------------------------------------------
-- Reading rows
-- --------------------------------------------------------------------------

-- Excel says in a first line what separates; a lone carriage return ends a line
-- where nothing else does.
CREATE FUNCTION zoom_silver.plain_csv(content text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
	IF getdatabaseencoding() = 'UTF8' THEN
		-- the byte order mark; blanks that break no line, as before AM and PM
		content := translate(ltrim(content, chr(65279)), chr(160) || chr(8201) || chr(8239), '   ');
	END IF;
	IF strpos(content, E'\n') = 0 THEN
		content := replace(content, E'\r', E'\n');
	END IF;
	RETURN regexp_replace(content, '^"?sep=[^\n]*', '');
END
$$;
COMMENT ON FUNCTION zoom_silver.plain_csv(text) IS 'A CSV text without what programs put in front of it, with plain blanks and ends of lines';

-- A line of totals tells of nobody.
CREATE FUNCTION zoom_silver.is_csv_total(fields text[], cells jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN zoom_silver.to_word((array_remove(fields, ''))[1]) ~ '^(grand )?totals?:?$' AND concat(cells ->> 'number', cells ->> 'webinar', cells ->> 'start', cells ->> 'join') !~ '[0-9]';
COMMENT ON FUNCTION zoom_silver.is_csv_total(text[], jsonb) IS 'Whether a row of a CSV text is no meeting and no participant, but adds up those above';

CREATE FUNCTION zoom_silver.read_csv(content text, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	plain text := zoom_silver.plain_csv(content);
	separator text := zoom_silver.csv_separator(plain);
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_record ON COMMIT DROP AS
		SELECT r.*, max(r.line) FILTER (WHERE r.is_header) OVER (ORDER BY r.line) AS header,
			CASE WHEN lag(r.filled) OVER (ORDER BY r.line) = 1 THEN lag(r.fields[1]) OVER (ORDER BY r.line) END AS title
		FROM (SELECT c.line, f.fields, cardinality(array_remove(f.fields, '')) AS filled, h.cells, coalesce(h.is_header, false) AS is_header
			FROM zoom_silver.csv_record(plain) c
			CROSS JOIN LATERAL (SELECT zoom_silver.csv_field(c.content, separator) AS fields OFFSET 0) AS f
			CROSS JOIN LATERAL (SELECT array_agg(n.cell ORDER BY n.n) AS cells, zoom_silver.makes_csv_header(count(*) FILTER (WHERE n.known)) AS is_header
				FROM zoom_silver.csv_header(f.fields) n) AS h
			WHERE btrim(c.content, E',; \t\r') <> '') AS r;
	PERFORM zoom_silver.check_csv_headers(CASE kind WHEN 'webinar' THEN 'webinar' ELSE 'number' END);
	PERFORM zoom_silver.check_csv_rows();
	CREATE TEMPORARY TABLE zoom_silver_csv ON COMMIT DROP AS
		SELECT r.line, h.title, h.cells AS columns, v.cells
		FROM pg_temp.zoom_silver_csv_record r
		JOIN pg_temp.zoom_silver_csv_record h ON h.line = r.header
		CROSS JOIN LATERAL (SELECT coalesce(jsonb_object_agg(c.cell,
				CASE WHEN c.cell IN ('minutes', 'registered') THEN zoom_silver.csv_count(r.fields[c.n], separator) ELSE r.fields[c.n] END), '{}') AS cells
			FROM unnest(h.cells) WITH ORDINALITY AS c (cell, n)
			WHERE c.cell IS NOT NULL AND r.fields[c.n] NOT IN ('', 'NA', '-')) AS v
		WHERE NOT r.is_header AND r.filled > 1 AND zoom_silver.is_csv_total(r.fields, v.cells) IS NOT TRUE;
	PERFORM zoom_silver.check_csv_flags();
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv(text, text) IS
'Reads a CSV text into the temporary table zoom_silver_csv: the line of each row, the title above its header, the columns it has and its cells. Fails on misplaced quotes and on headers it does not know';

-- A header is a record with three known names.  What must be there is the
-- number ("number", "webinar") and the start; participants need their joining.
CREATE FUNCTION zoom_silver.check_csv_headers(number_cell text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong record;
	first_header integer;
BEGIN
	SELECT min(r.line) INTO wrong FROM pg_temp.zoom_silver_csv_record r WHERE r.fields IS NULL;
	IF wrong.min IS NOT NULL THEN
		RAISE EXCEPTION 'misplaced quote in the record of line %', wrong.min USING ERRCODE = 'invalid_text_representation',
			HINT = 'A quote within quotes stands twice. Load the file as it was exported.';
	END IF;
	SELECT min(r.line) INTO first_header FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header;
	IF number_cell = 'number' AND EXISTS (SELECT FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header AND r.cells @> '{webinar,start}' AND NOT r.cells @> '{number}') THEN
		RAISE EXCEPTION 'there is no meeting in the file: it tells of a webinar' USING ERRCODE = 'invalid_text_representation',
			HINT = 'Load it as kind ''webinar''.';
	END IF;
	-- only titles may stand above the first header
	SELECT r.line, r.fields INTO wrong FROM pg_temp.zoom_silver_csv_record r
	WHERE (first_header IS NULL OR r.line < first_header) AND (r.filled > 2 OR number_cell <> 'webinar') ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		PERFORM zoom_silver.refuse_csv_header(wrong.line, wrong.fields);
	ELSIF first_header IS NULL THEN
		RAISE EXCEPTION 'the file has no header' USING ERRCODE = 'invalid_text_representation',
			HINT = 'Pass the file as the Zoom portal exports it, its headers included.';
	ELSIF number_cell = 'webinar' AND NOT EXISTS (SELECT FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header AND 'webinar' = ANY (r.cells)) THEN
		RAISE EXCEPTION 'there is no webinar in the file: no header has "Webinar ID"' USING ERRCODE = 'invalid_text_representation',
			HINT = 'Reports of meetings are of kind participants or active_hosts.';
	ELSIF NOT EXISTS (SELECT FROM pg_temp.zoom_silver_csv_record r WHERE r.is_header AND r.cells && '{number,webinar,topic,start}'::text[]) THEN
		RAISE EXCEPTION 'participants without a meeting: export with meeting data' USING ERRCODE = 'invalid_text_representation',
			DETAIL = format('The header of line %s has no "Meeting ID", and no header above it has.', first_header),
			HINT = 'Tick "Export with meeting data" when exporting the participants.';
	END IF;
	-- who was there several times is a single row then
	SELECT min(r.line) AS line INTO wrong FROM pg_temp.zoom_silver_csv_record r CROSS JOIN LATERAL unnest(r.fields) AS f (field)
	WHERE r.is_header AND r.cells @> '{name}' AND NOT r.cells @> '{join}' AND zoom_silver.to_word(f.field) LIKE 'total duration%';
	IF wrong.line IS NOT NULL THEN
		RAISE EXCEPTION 'participants without the times of joining: export without "Show unique users"' USING ERRCODE = 'invalid_text_representation',
			DETAIL = format('The header of line %s has no "Join Time".', wrong.line);
	END IF;
	SELECT r.line, r.fields INTO wrong FROM pg_temp.zoom_silver_csv_record r
	WHERE r.is_header AND (r.cells @> '{name}' AND NOT r.cells @> '{join}'
		OR r.cells && '{topic,start}'::text[] AND NOT r.cells @> ARRAY[number_cell, 'start']) ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		PERFORM zoom_silver.refuse_csv_header(wrong.line, wrong.fields);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_headers(text) IS
'Fails where the records of a CSV text are not under headers with what is needed';

-- Under a header each cell has one place.
CREATE FUNCTION zoom_silver.check_csv_rows() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong record;
BEGIN
	SELECT r.line, min(r.fields[c.n]) AS one, max(r.fields[c.n]) AS other INTO wrong
	FROM pg_temp.zoom_silver_csv_record r CROSS JOIN LATERAL unnest(r.cells) WITH ORDINALITY AS c (cell, n)
	WHERE r.is_header AND c.cell IS NOT NULL GROUP BY r.line, c.cell HAVING count(*) > 1 ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line % has two columns of one meaning: "%" and "%"', wrong.line, wrong.one, wrong.other
			USING ERRCODE = 'invalid_text_representation', HINT = 'Load the file as it was exported.';
	END IF;
	SELECT r.line, cardinality(r.fields) AS width, cardinality(h.fields) AS header_width INTO wrong
	FROM pg_temp.zoom_silver_csv_record r
	JOIN pg_temp.zoom_silver_csv_record h ON h.line = r.header
	WHERE NOT r.is_header AND array_remove(r.fields[cardinality(h.fields) + 1:], '') <> '{}' ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line % has % fields, its header %', wrong.line, wrong.width, wrong.header_width
			USING ERRCODE = 'invalid_text_representation', HINT = 'A text with a comma must stand in quotes.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_rows() IS
'Fails where the records of a CSV text have more fields than their header, or a header has a column twice';

-- Taken for a no, a guest would be a user.
CREATE FUNCTION zoom_silver.check_csv_flags() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong record;
BEGIN
	SELECT r.line, c.value INTO wrong FROM pg_temp.zoom_silver_csv r CROSS JOIN LATERAL jsonb_each_text(r.cells) AS c
	WHERE c.key IN ('guest', 'waiting') AND zoom_silver.no_truth(c.value) ORDER BY r.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line %: "%" is neither Yes nor No', wrong.line, wrong.value USING ERRCODE = 'invalid_text_representation',
			HINT = 'Set the language of the Zoom portal to English and export again.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_flags() IS 'Fails where a CSV text does not tell whether a participant was a guest, or in the waiting room';

CREATE FUNCTION zoom_silver.refuse_csv_header(line integer, fields text[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'unknown header "%" in line %', coalesce((SELECT c.field FROM zoom_silver.csv_header(fields) c
			WHERE NOT c.known AND c.field <> '' ORDER BY c.n LIMIT 1), fields[1]), line
		USING ERRCODE = 'invalid_text_representation',
			DETAIL = 'Needed are "Meeting ID" (or "Webinar ID") and "Start Time"; "Name (Original Name)" needs "Join Time".',
			HINT = 'Set the language of the Zoom portal to English and export again.';
END
$$;
COMMENT ON FUNCTION zoom_silver.refuse_csv_header(integer, text[]) IS 'Fails, naming the first header of a record that is not known';

-- --------------------------------------------------------------------------
-- Local times
-- --------------------------------------------------------------------------

-- What a text shows of the order of its date: DMY, MDY, YMD, "any" where day
-- and month are the same, "unclear"; NULL: it is no date.
CREATE FUNCTION zoom_silver.csv_date_order(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN value ~ '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(\D|$)' THEN 'YMD'
		WHEN value ~ '^[A-Za-z]{3,9}\.? \d{1,2}, ?\d{4}(\D|$)' THEN 'any'
		WHEN d.part IS NULL THEN NULL
		WHEN d.part[1]::integer > 12 THEN 'DMY'
		WHEN d.part[2]::integer > 12 THEN 'MDY'
		WHEN d.part[1]::integer = d.part[2]::integer THEN 'any'
		ELSE 'unclear'
	END
	FROM regexp_match(value, '^(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(?:\D|$)') AS d (part)
$$;
COMMENT ON FUNCTION zoom_silver.csv_date_order(text) IS
'The order of day, month and year that a text shows by itself: DMY, MDY, YMD, any, unclear, or NULL where it is no date';

CREATE FUNCTION zoom_silver.csv_local(value text, date_order text) RETURNS timestamp
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT zoom_silver.to_instant(format('%s-%s-%s %s:%s:%s', lpad(d.year, 4, '0'), lpad(d.month, 2, '0'), lpad(d.day, 2, '0'),
		lpad(CASE WHEN t.half IS NULL THEN t.hour WHEN t.hour::integer NOT BETWEEN 1 AND 12 THEN '99'
			ELSE (t.hour::integer % 12 + CASE zoom_silver.to_word(t.half) WHEN 'p' THEN 12 ELSE 0 END)::text END, 2, '0'),
		t.minute, coalesce(t.second, '00'))) AT TIME ZONE 'UTC'
	FROM regexp_match(value, '^(.*?)(?:,?[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp])\.?[Mm]\.?)?)?$') AS m (part)
	CROSS JOIN LATERAL (SELECT coalesce(m.part[2], '00'), coalesce(m.part[3], '00'), m.part[4], m.part[5]) AS t (hour, minute, second, half)
	CROSS JOIN LATERAL (
		SELECT p[1], p[2], p[3] FROM regexp_match(m.part[1], '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$') AS y (p) WHERE p IS NOT NULL
		UNION ALL
		SELECT p[3], p[CASE date_order WHEN 'DMY' THEN 2 ELSE 1 END], p[CASE date_order WHEN 'DMY' THEN 1 ELSE 2 END]
		FROM regexp_match(m.part[1], '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$') AS y (p) WHERE p IS NOT NULL
		UNION ALL
		SELECT p[3], ((strpos('janfebmaraprmayjunjulaugsepoctnovdec', zoom_silver.to_word(left(p[1], 3))) + 2) / 3)::text, p[2]
		FROM regexp_match(m.part[1], '^([A-Za-z]{3,9})\.? (\d{1,2}), ?(\d{4})$') AS y (p)
		WHERE zoom_silver.to_word(left(p[1], 3)) IN ('jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec')
	) AS d (year, month, day)
$$;
COMMENT ON FUNCTION zoom_silver.csv_local(text, text) IS
'The local time a text of an export names, its date in the order DMY or MDY unless it begins with the year or names the month; NULL for any other text';

-- When clocks are turned, some local times come twice and some not at all.
-- The offsets of the day before and after give all instants that may be meant.
CREATE FUNCTION zoom_silver.csv_instant(local timestamp, zone text, OUT at timestamptz, OUT turned text, OUT again timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(min(c.instant) FILTER (WHERE c.fits), local AT TIME ZONE zone),
		CASE WHEN local IS NOT NULL THEN CASE count(DISTINCT c.instant) FILTER (WHERE c.fits) WHEN 0 THEN 'gap' WHEN 2 THEN 'fold' END END,
		CASE WHEN count(DISTINCT c.instant) FILTER (WHERE c.fits) = 2 THEN max(c.instant) FILTER (WHERE c.fits) END
	FROM (SELECT i.instant, i.instant AT TIME ZONE zone = local AS fits
		FROM (VALUES (interval '-24 hours'), (interval '24 hours')) AS d (distance)
		CROSS JOIN LATERAL (SELECT (local AT TIME ZONE zone) + d.distance) AS n (near)
		CROSS JOIN LATERAL (SELECT (local - ((n.near AT TIME ZONE zone) - (n.near AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC') AS i (instant)) AS c
$$;
COMMENT ON FUNCTION zoom_silver.csv_instant(timestamp, text) IS
'The instant of a local time in a zone; turned says "fold" where it comes twice (the first is given, and again is the second), "gap" where clocks leave it out';

-- What says its zone needs none.
CREATE FUNCTION zoom_silver.csv_zoned(value text) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN value ~ '^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*([Zz]|[+-]\d\d(:?\d\d)?)$' THEN zoom_silver.to_instant(value) END
$$;
COMMENT ON FUNCTION zoom_silver.csv_zoned(text) IS 'The instant of a text that says its zone itself; NULL for any other text';

-- The order that was stated, as letters: DD.MM.YYYY says the same as DMY.
CREATE FUNCTION zoom_silver.csv_stated_order(date_format text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stated text;
BEGIN
	SELECT string_agg(l.letter, '' ORDER BY strpos(zoom_silver.to_word(date_format), zoom_silver.to_word(l.letter))) INTO stated
	FROM (VALUES ('D'), ('M'), ('Y')) AS l (letter) WHERE strpos(zoom_silver.to_word(date_format), zoom_silver.to_word(l.letter)) > 0;
	IF date_format IS NOT NULL AND (stated IS NULL OR stated NOT IN ('DMY', 'MDY', 'YMD')) THEN
		RAISE EXCEPTION 'date_format "%" does not tell the order of day, month and year', date_format
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Say DMY, MDY or YMD.';
	END IF;
	RETURN stated;
END
$$;
COMMENT ON FUNCTION zoom_silver.csv_stated_order(text) IS 'DMY, MDY or YMD, as the argument date_format of load_csv() says; fails where it does not';

CREATE FUNCTION zoom_silver.read_csv_times(zone text, date_format text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stated text := zoom_silver.csv_stated_order(date_format);
	unclear record;
	shown text[];
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_time ON COMMIT DROP AS
		SELECT t.*, zoom_silver.csv_date_order(t.value) AS date_order
		FROM (SELECT c.value, array_agg(DISTINCT r.line) AS lines FROM pg_temp.zoom_silver_csv r
			CROSS JOIN LATERAL jsonb_each_text(r.cells) AS c WHERE c.key IN ('start', 'end', 'join', 'leave') GROUP BY c.value) AS t;
	IF stated IS NULL OR stated = 'YMD' THEN
		SELECT t.value, t.lines[1] AS line INTO unclear FROM pg_temp.zoom_silver_csv_time t
		WHERE t.date_order = 'unclear' ORDER BY t.lines[1], t.value LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION '"%": day or month first?', unclear.value USING ERRCODE = 'invalid_parameter_value',
				DETAIL = format('The date stands in line %s.', unclear.line), HINT = 'Say date_format => ''DMY'' or ''MDY''.';
		END IF;
		SELECT array_agg(DISTINCT t.date_order) INTO shown FROM pg_temp.zoom_silver_csv_time t WHERE t.date_order IN ('DMY', 'MDY');
		IF cardinality(shown) > 1 THEN
			RAISE EXCEPTION 'some dates of the file have the day first, others the month' USING ERRCODE = 'invalid_datetime_format';
		END IF;
	END IF;
	CREATE TEMPORARY TABLE zoom_silver_csv_instant ON COMMIT DROP AS
		SELECT t.value, t.lines, coalesce(z.at AT TIME ZONE zone, l.local) AS local, coalesce(z.at, i.at) AS at, i.turned, i.again
		FROM pg_temp.zoom_silver_csv_time t
		CROSS JOIN LATERAL (SELECT zoom_silver.csv_zoned(t.value) AS at OFFSET 0) AS z
		CROSS JOIN LATERAL (SELECT CASE WHEN z.at IS NULL THEN zoom_silver.csv_local(t.value, coalesce(nullif(stated, 'YMD'), shown[1])) END AS local OFFSET 0) AS l
		CROSS JOIN LATERAL zoom_silver.csv_instant(l.local, zone) AS i;
	PERFORM zoom_silver.warn_of_turned_clocks(zone);
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_times(text, text) IS
'Reads every local time of zoom_silver_csv into the temporary table zoom_silver_csv_instant. Fails where a date does not tell whether day or month comes first; warns where clocks were turned';

CREATE FUNCTION zoom_silver.warn_of_turned_clocks(zone text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
BEGIN
	FOR found IN
		SELECT i.turned, string_agg(DISTINCT i.value, ', ') AS times, array_to_string(array_agg(DISTINCT l.line), ', ') AS lines
		FROM pg_temp.zoom_silver_csv_instant i CROSS JOIN unnest(i.lines) AS l (line)
		WHERE i.turned IS NOT NULL GROUP BY i.turned ORDER BY i.turned
	LOOP
		IF found.turned = 'fold' THEN
			RAISE WARNING 'local times that come twice in "%", taken for the first: line %', zone, found.lines USING DETAIL = found.times;
		ELSE
			RAISE WARNING 'local times that clocks leave out in "%", taken as if they had not been turned: line %', zone, found.lines USING DETAIL = found.times;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_silver.warn_of_turned_clocks(text) IS 'Warns of local times that come twice or not at all, naming their lines';

-- --------------------------------------------------------------------------
-- Meetings, webinars, people
-- --------------------------------------------------------------------------

-- Digits, in groups; ="123 456", where they were kept from being reckoned with.
CREATE FUNCTION zoom_silver.csv_number(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN value ~ '^="[0-9 -]+"$' OR value ~ '^[0-9 -]+$' THEN nullif(regexp_replace(value, '[^0-9]', '', 'g'), '') END
$$;
COMMENT ON FUNCTION zoom_silver.csv_number(text) IS 'The number of a meeting in an export, digits alone; NULL for any other text';

-- Where semicolons separate fields, a comma is the decimal one; where commas do, a
-- point is.  The same mark twice can only be that of thousands.
CREATE FUNCTION zoom_silver.csv_count(value text, separator text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE WHEN value ~ '^[1-9][0-9]{0,2}(?:[ ''][0-9]{3})+$' OR value ~ '^[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})+$'
			OR value ~ CASE separator WHEN ',' THEN '^[1-9][0-9]{0,2},[0-9]{3}$' WHEN ';' THEN '^[1-9][0-9]{0,2}[.][0-9]{3}$' END
		THEN regexp_replace(value, '[^0-9]', '', 'g') ELSE value END
$$;
COMMENT ON FUNCTION zoom_silver.csv_count(text, text) IS
'A whole number of an export without marks of thousands; any other text as it is, one that may have a decimal mark, too';

-- Rows of one meeting, as active hosts have them, tell the same.  Nothing ends
-- before it began: a local time that comes twice is the second one then.
CREATE FUNCTION zoom_silver.read_csv_meetings(kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	number_cell text := CASE kind WHEN 'webinar' THEN 'webinar' ELSE 'number' END;
	wrong record;
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_meeting ON COMMIT DROP AS
		SELECT r.line, r.cells ->> number_cell AS number_text, n.number, r.cells ->> 'topic' AS topic,
			r.cells ->> 'start' AS start_text, s.local AS start_local, s.at AS start_time,
			coalesce(CASE WHEN e.at < s.at THEN e.again::text END, e.at::text, r.cells ->> 'end') AS end_time, r.cells ->> 'minutes' AS minutes, r.cells ->> 'registered' AS registered,
			zoom_silver.to_email(r.cells ->> 'host_email') AS host_email, r.cells ->> 'host_name' AS host_name,
			n.number || '@' || to_char(s.at AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') AS key
		FROM pg_temp.zoom_silver_csv r
		CROSS JOIN LATERAL (SELECT zoom_silver.csv_number(r.cells ->> number_cell)) AS n (number)
		LEFT JOIN pg_temp.zoom_silver_csv_instant s ON s.value = r.cells ->> 'start'
		LEFT JOIN pg_temp.zoom_silver_csv_instant e ON e.value = r.cells ->> 'end'
		WHERE number_cell = ANY (r.columns);
	SELECT m.line, m.start_text INTO wrong FROM pg_temp.zoom_silver_csv_meeting m WHERE m.start_time IS NULL ORDER BY m.line LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'line %: "%" is no date and time', wrong.line, coalesce(wrong.start_text, '')
			USING ERRCODE = 'invalid_datetime_format', HINT = 'Without its start a meeting cannot be told from others of its number.';
	END IF;
	SELECT m.line, m.number_text INTO wrong FROM pg_temp.zoom_silver_csv_meeting m WHERE m.number IS NULL ORDER BY m.line LIMIT 1;
	IF wrong.number_text IS NOT NULL THEN
		RAISE EXCEPTION 'line %: "%" is no meeting number', wrong.line, wrong.number_text USING ERRCODE = 'invalid_text_representation',
			HINT = 'Spreadsheets shorten numbers when they save a file: load it as it was exported.';
	ELSIF FOUND THEN
		RAISE EXCEPTION 'line % has no meeting number', wrong.line USING ERRCODE = 'invalid_text_representation';
	END IF;
	IF kind = 'webinar' THEN	-- the host stands in a block of its own
		UPDATE pg_temp.zoom_silver_csv_meeting m SET host_email = zoom_silver.to_email(h.cells ->> 'host_email'), host_name = h.cells ->> 'host_name'
		FROM (SELECT DISTINCT ON (x.key) x.key, r.cells FROM pg_temp.zoom_silver_csv r
			CROSS JOIN LATERAL (SELECT w.key FROM pg_temp.zoom_silver_csv_meeting w WHERE w.line < r.line ORDER BY w.line DESC LIMIT 1) AS x
			WHERE r.title = 'Host Details' ORDER BY x.key, r.line) AS h
		WHERE h.key = m.key;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_meetings(text) IS
'Reads the meetings or webinars of zoom_silver_csv into the temporary table zoom_silver_csv_meeting; fails where one has no number or no start';

-- A row belongs to the meeting of the same row or else to the last one above.
-- Who never left the waiting room was not there.
CREATE FUNCTION zoom_silver.read_csv_participants() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong integer;
BEGIN
	CREATE TEMPORARY TABLE zoom_silver_csv_participant ON COMMIT DROP AS
		SELECT r.line, m.key AS meeting_key, m.start_time, r.cells ->> 'name' AS name, zoom_silver.to_email(r.cells ->> 'email') AS email,
			zoom_silver.to_truth(r.cells ->> 'guest') AS is_guest, coalesce(j.at::text, r.cells ->> 'join') AS join_time,
			coalesce(CASE WHEN l.at < j.at THEN l.again::text END, l.at::text, r.cells ->> 'leave') AS leave_time
		FROM pg_temp.zoom_silver_csv r
		LEFT JOIN LATERAL (SELECT p.key, p.start_time FROM pg_temp.zoom_silver_csv_meeting p WHERE p.line <= r.line ORDER BY p.line DESC LIMIT 1) AS m ON true
		LEFT JOIN pg_temp.zoom_silver_csv_instant j ON j.value = r.cells ->> 'join'
		LEFT JOIN pg_temp.zoom_silver_csv_instant l ON l.value = r.cells ->> 'leave'
		WHERE 'name' = ANY (r.columns) AND r.cells ?| ARRAY['name', 'email', 'join', 'leave']
			AND zoom_silver.to_truth(r.cells ->> 'waiting') IS NOT TRUE;
	SELECT min(p.line) INTO wrong FROM pg_temp.zoom_silver_csv_participant p WHERE p.meeting_key IS NULL;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'participants without a meeting: export with meeting data' USING ERRCODE = 'invalid_text_representation',
			DETAIL = format('No meeting stands above line %s.', wrong);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_participants() IS
'Reads the participants of zoom_silver_csv into the temporary table zoom_silver_csv_participant; fails where no meeting stands above them';

-- Who is a user: hosts, participants that are no guests, and of files that do
-- not tell who is a guest those whom silver knows.  By "identity": "email" the
-- user is the one of any source who had the address last at that time, else
-- the first who has it later.  In the exports of participants a user has no
-- name but the address; one that silver has is not to be lost for it.
CREATE FUNCTION zoom_silver.read_csv_users(by_email boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format($q$
		CREATE TEMPORARY TABLE zoom_silver_csv_user ON COMMIT DROP AS
		WITH named AS (
			SELECT m.host_email AS email, m.start_time AS at, max(m.host_name) AS name, true AS is_member
			FROM pg_temp.zoom_silver_csv_meeting m WHERE m.host_email IS NOT NULL GROUP BY m.host_email, m.start_time
			UNION ALL
			SELECT p.email, p.start_time, NULL, bool_or(p.is_guest IS NOT NULL)
			FROM pg_temp.zoom_silver_csv_participant p WHERE p.email IS NOT NULL AND p.is_guest IS NOT TRUE GROUP BY p.email, p.start_time
		), person AS (
			SELECT n.email, n.at, max(n.name) AS name, bool_or(n.is_member) AS is_member FROM named n GROUP BY n.email, n.at
		), silver AS (
			SELECT btrim(u.user_id) AS user_id, zoom_silver.to_email(u.email) AS email, u.user_name,
				coalesce(u.update_timestamp, u.load_timestamp) AS at, u.load_timestamp
			FROM %s u
		), holder AS (
			SELECT DISTINCT ON (p.email, p.at) p.email, p.at, s.user_id, s.user_name
			FROM person p JOIN silver s ON s.email = p.email AND (%L OR s.user_id = p.email)
			ORDER BY p.email, p.at, s.user_id = p.email, s.at > p.at, abs(extract(epoch FROM s.at - p.at)), s.load_timestamp DESC, s.user_id COLLATE "C"
		)
		SELECT p.email, p.at, coalesce(h.user_id, p.email) AS user_id, coalesce(p.name, h.user_name, p.email) AS name
		FROM person p LEFT JOIN holder h USING (email, at) WHERE p.is_member OR h.user_id IS NOT NULL
		$q$, zoom_silver.silver_table('si_users'), by_email);
END
$$;
COMMENT ON FUNCTION zoom_silver.read_csv_users(boolean) IS
'Finds the users whom the meetings and participants of a CSV text name, into the temporary table zoom_silver_csv_user';

-- --------------------------------------------------------------------------
-- One file, two zones
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.ensure_csv_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_silver.ensure_state();
	PERFORM zoom_silver.make_state_table('csv_start');
END
$$;
COMMENT ON FUNCTION zoom_silver.ensure_csv_state() IS 'Makes the table zoom_silver_state.csv_start where it is missing';

CREATE FUNCTION zoom_silver.keep_csv_starts(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	other record;
	pattern text;
BEGIN
	EXECUTE format('SELECT m.number, s.key, s.start_time AS before, m.start_time AS now
		FROM pg_temp.zoom_silver_csv_meeting m
		JOIN zoom_silver_state.csv_start s ON s.relation = $1 AND s.number = m.number AND s.start_time <> m.start_time
			AND (s.start_text = m.start_text OR s.start_local = m.start_local)
		WHERE EXISTS (SELECT FROM %s t WHERE t.%s = s.key)
		ORDER BY m.line LIMIT 1', target, zoom_silver.key_column(relation)) INTO other USING relation;
	IF other.key IS NOT NULL THEN
		pattern := CASE WHEN (other.before AT TIME ZONE 'UTC')::date = (other.now AT TIME ZONE 'UTC')::date THEN '' ELSE 'YYYY-MM-DD ' END || 'HH24:MI';
		RAISE EXCEPTION '% % was loaded as % UTC, this says %', CASE relation WHEN 'si_webinars' THEN 'webinar' ELSE 'meeting' END, other.number,
			to_char(other.before AT TIME ZONE 'UTC', pattern), to_char(other.now AT TIME ZONE 'UTC', pattern)
			USING ERRCODE = 'unique_violation', DETAIL = 'The file was loaded with another time_zone or date_format.',
				HINT = format('If that was wrong, take out what it loaded first: DELETE FROM %s WHERE %s = %L.', target, zoom_silver.key_column(relation), other.key)
					|| CASE relation WHEN 'si_meetings' THEN format(' The same for %s.', zoom_silver.silver_table('si_participants')) ELSE '' END;
	END IF;
	INSERT INTO zoom_silver_state.csv_start (relation, key, number, start_text, start_local, start_time)
	SELECT DISTINCT ON (m.key) keep_csv_starts.relation, m.key, m.number, m.start_text, m.start_local, m.start_time
	FROM pg_temp.zoom_silver_csv_meeting m ORDER BY m.key, m.line
	ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION zoom_silver.keep_csv_starts(text) IS
'Keeps how the starts of meetings stood in their file; fails where silver has one of the same local start at another instant';

-- --------------------------------------------------------------------------
-- Loading
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.check_csv_arguments(content text, kind text, time_zone text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
	wanted text := 'Pass the text of the file, not its name; in psql: \set content `cat FILE`, then :''content''.';
BEGIN
	IF kind IS NULL OR kind NOT IN (SELECT k.kind FROM zoom_silver.csv_kind() k) THEN
		RAISE EXCEPTION 'there is no export of kind %', coalesce('"' || kind || '"', 'NULL') USING ERRCODE = 'invalid_parameter_value',
			HINT = format('Say one of: %s.', (SELECT string_agg(k.kind, ', ' ORDER BY k.kind) FROM zoom_silver.csv_kind() k));
	ELSIF coalesce(btrim(time_zone), '') = '' THEN
		RAISE EXCEPTION 'time_zone is missing: Zoom''s CSV has local times' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Say the zone of the person who exported it, for instance ''Europe/Berlin''.';
	ELSIF content IS NULL THEN
		RAISE EXCEPTION 'there is no content' USING ERRCODE = 'null_value_not_allowed', HINT = wanted;
	ELSIF btrim(content) <> '' AND btrim(content, E' \r\n') !~ E'[\r\n]' AND NOT zoom_silver.is_csv_header(zoom_silver.plain_csv(content)) THEN
		RAISE EXCEPTION 'the content is a single line' USING ERRCODE = 'invalid_text_representation', HINT = wanted;
	END IF;
	BEGIN
		PERFORM now() AT TIME ZONE time_zone;
	EXCEPTION WHEN invalid_parameter_value THEN
		RAISE EXCEPTION 'time zone "%" not recognized', time_zone USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Say one of the names in pg_timezone_names, for instance ''Europe/Berlin''.';
	END;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_csv_arguments(text, text, text) IS 'Fails where an argument of load_csv() is missing or unknown';

CREATE FUNCTION zoom_silver.add_csv(source text, options jsonb) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF source <> 'csv' THEN
		RAISE EXCEPTION 'a source of kind csv has the name "csv"' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Leave the argument "source" out.';
	END IF;
	PERFORM zoom_silver.ensure_csv_state();
	RETURN QUERY SELECT h.relation, 'filled by load_csv()' FROM zoom_silver.handed_in() h WHERE h.kind = 'csv';
END
$$;
COMMENT ON FUNCTION zoom_silver.add_csv(text, jsonb) IS
'The part of add_source() for exports: options stated there are those that load_csv() takes where it is given none';

CREATE FUNCTION zoom_silver.write_csv(relation text, query text) RETURNS TABLE (relation text, inserted bigint, updated bigint, unchanged bigint)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT write_csv.relation, w.inserted, w.updated, w.unchanged
	FROM zoom_silver.write_rows(write_csv.relation, write_csv.query, 'csv', 'keep', 'CSV') w
$$;
COMMENT ON FUNCTION zoom_silver.write_csv(text, text) IS 'Writes the rows of a query into silver, as the source "csv"';

CREATE FUNCTION zoom_silver.load_csv(content text, kind text, time_zone text, date_format text DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (relation text, inserted bigint, updated bigint, unchanged bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' AS $$
#variable_conflict use_variable
DECLARE
	target text := CASE kind WHEN 'webinar' THEN 'si_webinars' ELSE 'si_meetings' END;
BEGIN
	PERFORM zoom_silver.check_csv_arguments(content, kind, time_zone);
	PERFORM zoom_silver.ensure_csv_state();
	options := coalesce((SELECT s.options FROM zoom_silver_state.source s WHERE s.name = 'csv'), '{}') || zoom_silver.normal_options('csv', options);
	-- two loads of one file, one after the other
	LOCK TABLE zoom_silver_state.csv_start IN SHARE ROW EXCLUSIVE MODE;
	PERFORM zoom_silver.read_csv(content, kind);
	PERFORM zoom_silver.read_csv_times(time_zone, date_format);
	PERFORM zoom_silver.read_csv_meetings(kind);
	PERFORM zoom_silver.read_csv_participants();
	PERFORM zoom_silver.read_csv_users(options ->> 'identity' = 'email');
	PERFORM zoom_silver.keep_csv_starts(target);
	IF NOT EXISTS (SELECT FROM pg_temp.zoom_silver_csv) THEN
		RAISE NOTICE 'the file has no rows below its headers';
	END IF;
	IF EXISTS (SELECT FROM pg_temp.zoom_silver_csv_user u WHERE u.user_id = u.email) THEN
		RETURN QUERY SELECT * FROM zoom_silver.write_csv('si_users', zoom_silver.csv_user_query());
	END IF;
	IF EXISTS (SELECT FROM pg_temp.zoom_silver_csv_meeting) THEN
		RETURN QUERY SELECT * FROM zoom_silver.write_csv(target, zoom_silver.csv_meeting_query(kind));
	END IF;
	IF EXISTS (SELECT FROM pg_temp.zoom_silver_csv_participant) THEN
		RETURN QUERY SELECT * FROM zoom_silver.write_csv('si_participants', zoom_silver.csv_participant_query());
	END IF;
	DROP TABLE pg_temp.zoom_silver_csv_record, pg_temp.zoom_silver_csv, pg_temp.zoom_silver_csv_time, pg_temp.zoom_silver_csv_instant,
		pg_temp.zoom_silver_csv_meeting, pg_temp.zoom_silver_csv_participant, pg_temp.zoom_silver_csv_user;
EXCEPTION WHEN lock_not_available THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_silver.lock_hint();
END
$$;
COMMENT ON FUNCTION zoom_silver.load_csv(text, text, text, text, jsonb) IS
'Loads an export of the Zoom portal into silver: kind participants, active_hosts or webinar, the zone of its local times, and DMY or MDY where a date does not tell. '
'{"identity": "email"} finds users of other sources by their address, former ones included. Returns the rows written per relation. '
'Errors where the zone is missing, a date is unclear, a header unknown, or the same meeting was loaded with another zone; then nothing is loaded';

CREATE FUNCTION zoom_silver.csv_user_query() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN $$SELECT u.user_id, u.name AS user_name, u.email, u.at AS update_timestamp
	FROM pg_temp.zoom_silver_csv_user u WHERE u.user_id = u.email$$;
COMMENT ON FUNCTION zoom_silver.csv_user_query() IS 'SELECT of the users that only the CSV knows';

CREATE FUNCTION zoom_silver.csv_meeting_query(kind text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE kind
	WHEN 'webinar' THEN $$SELECT DISTINCT ON (m.key) m.key AS webinar_id, u.user_id AS host_id, m.topic AS webinar_topic, m.start_time,
		coalesce(m.end_time, (m.start_time + zoom_silver.to_whole(m.minutes) * interval '1 minute')::text, m.minutes) AS end_time, m.registered AS registrants
	FROM pg_temp.zoom_silver_csv_meeting m LEFT JOIN pg_temp.zoom_silver_csv_user u ON u.email = m.host_email AND u.at = m.start_time
	ORDER BY m.key, m.line$$
	ELSE $$SELECT DISTINCT ON (m.key) m.key AS meeting_id, u.user_id AS host_id, m.topic AS meeting_topic, m.start_time, m.end_time, m.minutes AS duration_minutes
	FROM pg_temp.zoom_silver_csv_meeting m LEFT JOIN pg_temp.zoom_silver_csv_user u ON u.email = m.host_email AND u.at = m.start_time
	ORDER BY m.key, m.line$$
END;
COMMENT ON FUNCTION zoom_silver.csv_meeting_query(text) IS 'SELECT of the meetings or webinars of a CSV text';

CREATE FUNCTION zoom_silver.csv_participant_query() RETURNS text
LANGUAGE sql IMMUTABLE
RETURN $$SELECT k.meeting_key || '/' || k.hash || CASE WHEN k.n > 1 THEN '#' || k.n ELSE '' END AS participant_id,
		k.meeting_key AS meeting_id, k.user_id, k.join_time, k.leave_time
	FROM (SELECT h.*, row_number() OVER (PARTITION BY h.meeting_key, h.hash ORDER BY h.leave_time, h.line) AS n
		FROM (SELECT p.*, CASE WHEN p.is_guest IS NOT TRUE THEN u.user_id END AS user_id,
				left(md5(ROW(p.join_time, p.email, p.name)::text), 16) AS hash
			FROM pg_temp.zoom_silver_csv_participant p
			LEFT JOIN pg_temp.zoom_silver_csv_user u ON u.email = p.email AND u.at = p.start_time) AS h) AS k$$;
COMMENT ON FUNCTION zoom_silver.csv_participant_query() IS 'SELECT of the participants of a CSV text';


/* ==========================================================================
 * Privileges: nothing is open to PUBLIC
 * ==========================================================================
 */

REVOKE ALL ON SCHEMA zoom_silver FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA zoom_silver FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA zoom_silver FROM PUBLIC;
