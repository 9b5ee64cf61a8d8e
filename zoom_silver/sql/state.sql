/* ==========================================================================
 * State: which sources there are
 *
 * Ordinary tables, made when they are first needed.
 * ==========================================================================
 */

CREATE FUNCTION zoom_silver.require_owner() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner name := (SELECT r.rolname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
		WHERE n.nspname = 'zoom_silver_state' AND NOT has_schema_privilege(n.oid, 'USAGE'));
BEGIN
	IF owner IS NOT NULL THEN
		RAISE EXCEPTION 'must have the rights of role "%"', owner USING ERRCODE = 'insufficient_privilege',
			DETAIL = 'It owns the schema "zoom_silver_state".',
			HINT = format('Let role "%s" make the call, or grant it to role "%s".', owner, current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_owner() IS 'Fails with a hint for those who may not look into zoom_silver_state';

-- In the order in which ensure_state() and ensure_webhook_state() make them; what
-- to add where one is gone, NULL where nothing but a backup has it.
CREATE FUNCTION zoom_silver.state_column() RETURNS TABLE (table_name text, "position" integer, column_name text, added text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('source', 1, 'name', NULL), ('source', 2, 'kind', NULL), ('source', 3, 'schema_name', NULL), ('source', 4, 'options', NULL),
	('source_query', 1, 'source', NULL), ('source_query', 2, 'relation', NULL), ('source_query', 3, 'query', NULL), ('source_query', 4, 'deletes', NULL),
	('source_query', 5, 'enabled', 'boolean NOT NULL DEFAULT true'), ('source_query', 6, 'shape', 'text'), ('source_query', 7, 'shipped', 'text'),
	('source_query', 8, 'fingerprint', 'text'), ('source_query', 9, 'digest', 'text'), ('source_query', 10, 'read_at', 'timestamptz'),
	('source_query', 11, 'row_count', 'bigint'), ('source_query', 12, 'lookup_counts', 'jsonb NOT NULL DEFAULT ''{}'''),
	('source_query', 13, 'input_digest', 'text'),
	('event', 1, 'event_no', NULL), ('event', 2, 'received_at', NULL), ('event', 3, 'event_at', NULL), ('event', 4, 'event', NULL),
	('event', 5, 'object', NULL), ('event', 6, 'object_id', NULL), ('event', 7, 'part_id', NULL), ('event', 8, 'body', NULL), ('event', 9, 'digest', NULL);
END;
COMMENT ON FUNCTION zoom_silver.state_column() IS 'The columns of the tables of zoom_silver_state';

CREATE FUNCTION zoom_silver.require_state_columns() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gone record;
BEGIN
	SELECT c.table_name, c.column_name, c.added, n.now_named
	INTO gone
	FROM zoom_silver.state_column() c
	CROSS JOIN LATERAL (SELECT to_regclass('zoom_silver_state.' || c.table_name)) AS t (relation)
	CROSS JOIN LATERAL (SELECT (SELECT a.attname FROM pg_attribute a
		 WHERE a.attrelid = t.relation AND a.attnum = c.position AND NOT a.attisdropped
			AND a.attname NOT IN (SELECT o.column_name FROM zoom_silver.state_column() o WHERE o.table_name = c.table_name))) AS n (now_named)
	WHERE t.relation IS NOT NULL
		AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.relation AND a.attname = c.column_name AND NOT a.attisdropped)
	ORDER BY n.now_named IS NULL LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of table "zoom_silver_state.%" %', gone.column_name, gone.table_name,
			CASE WHEN gone.now_named IS NULL THEN 'is gone' ELSE 'was renamed' END USING ERRCODE = 'undefined_column',
			HINT = CASE
				WHEN gone.now_named IS NOT NULL THEN format('ALTER TABLE zoom_silver_state.%I RENAME COLUMN %I TO %I.', gone.table_name, gone.now_named, gone.column_name)
				WHEN gone.added IS NOT NULL THEN format('ALTER TABLE zoom_silver_state.%I ADD %I %s.', gone.table_name, gone.column_name, gone.added)
				WHEN gone.table_name = 'event' THEN 'Bring it back from a backup, or DROP TABLE zoom_silver_state.event; silver keeps what was received.'
				ELSE 'Bring it back from a backup, or DROP TABLE zoom_silver_state.source_query, zoom_silver_state.source and add each source again with zoom_silver.add_source(); silver keeps its rows.' END;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_state_columns() IS 'Fails with a hint where a column of zoom_silver_state was renamed or is gone';

-- A part of the state that is gone is not made anew beside what is left of it.
CREATE FUNCTION zoom_silver.require_whole_state() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gone text;
	place text;
BEGIN
	SELECT t.name, i.indrelid::regclass INTO gone, place
	FROM unnest('{source,source_query,event}'::text[]) AS t (name)
	JOIN pg_index i ON i.indexrelid = to_regclass(format('zoom_silver_state.%I', t.name || '_pkey'))
	WHERE to_regclass(format('zoom_silver_state.%I', t.name)) IS NULL;
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
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_gold.require_setup();
	PERFORM zoom_silver.require_owner();
	PERFORM zoom_silver.require_whole_state();
	IF to_regclass('zoom_silver_state.source_query') IS NOT NULL THEN
		RETURN;
	END IF;
	PERFORM zoom_silver.ensure_state_schema();
	CREATE TABLE zoom_silver_state.source (
		name text CONSTRAINT source_pkey PRIMARY KEY,
		kind text NOT NULL,
		schema_name name,
		options jsonb NOT NULL DEFAULT '{}',
		CONSTRAINT source_name_lower_case CHECK (name ~ '^[a-z][a-z0-9_-]{0,31}$')
	);
	COMMENT ON TABLE zoom_silver_state.source IS 'Sources that add_source() was told of';
	COMMENT ON COLUMN zoom_silver_state.source.name IS 'Name of the source: the source_system of its rows in silver';
	COMMENT ON COLUMN zoom_silver_state.source.kind IS 'Kind, one of zoom_silver.source_catalog';
	COMMENT ON COLUMN zoom_silver_state.source.schema_name IS 'Schema of the tables it is read from; NULL where there are none';
	COMMENT ON COLUMN zoom_silver_state.source.options IS 'What was stated about it';
	CREATE TABLE zoom_silver_state.source_query (
		source text NOT NULL CONSTRAINT source_query_of_source REFERENCES zoom_silver_state.source ON DELETE CASCADE,
		relation text NOT NULL,
		query text NOT NULL,
		deletes text NOT NULL,
		enabled boolean NOT NULL DEFAULT true,
		shape text,
		shipped text,
		fingerprint text,
		digest text,
		read_at timestamptz,
		row_count bigint,
		lookup_counts jsonb NOT NULL DEFAULT '{}',
		input_digest text,
		CONSTRAINT source_query_pkey PRIMARY KEY (source, relation),
		CONSTRAINT source_query_deletes_mirror_or_keep CHECK (deletes IN ('mirror', 'keep'))
	);
	COMMENT ON TABLE zoom_silver_state.source_query IS
	'How each silver relation is read from a source; query, deletes and enabled are yours to edit';
	COMMENT ON COLUMN zoom_silver_state.source_query.source IS 'Source';
	COMMENT ON COLUMN zoom_silver_state.source_query.relation IS 'Silver relation, without its schema';
	COMMENT ON COLUMN zoom_silver_state.source_query.query IS
	'SELECT of the silver columns; {table} stands for a table of the source, {option} for what was stated';
	COMMENT ON COLUMN zoom_silver_state.source_query.deletes IS
	'mirror: what the query does not give any more leaves silver; keep: absence means nothing';
	COMMENT ON COLUMN zoom_silver_state.source_query.enabled IS 'Whether pull() reads it';
	COMMENT ON COLUMN zoom_silver_state.source_query.shape IS
	'Shape of zoom_silver.source_catalog it was made from; NULL for a query of your own';
	COMMENT ON COLUMN zoom_silver_state.source_query.shipped IS
	'Digest of the query as shipped: while it fits, a new version of the extension may replace the query';
	COMMENT ON COLUMN zoom_silver_state.source_query.fingerprint IS
	'What its tables were like when they were last read; NULL = read again';
	COMMENT ON COLUMN zoom_silver_state.source_query.digest IS
	'What the query gave and silver was like then, when it was told apart by its keys and could all be read; NULL = compare';
	COMMENT ON COLUMN zoom_silver_state.source_query.read_at IS 'When it was last compared with silver';
	COMMENT ON COLUMN zoom_silver_state.source_query.row_count IS 'Keys it gave then';
	COMMENT ON COLUMN zoom_silver_state.source_query.lookup_counts IS 'Rows that the tables it looks things up in had then';
	COMMENT ON COLUMN zoom_silver_state.source_query.input_digest IS
	'What its tables said and silver was like when there was nothing to write, apart from when a connector read the rows; NULL = read and compare';
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
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_gold.require_setup();
	PERFORM zoom_silver.require_owner();
	PERFORM zoom_silver.require_whole_state();
	IF to_regclass('zoom_silver_state.source_query') IS NULL THEN
		RAISE EXCEPTION 'zoom_silver has no source in this database yet'
			USING ERRCODE = 'undefined_table',
				HINT = 'Run SELECT * FROM zoom_silver.add_source(...), see zoom_silver.source_catalog.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.require_state() IS 'Fails with a hint where no source was added';
