/* ==========================================================================
 * Pulling
 *
 * A step per source and silver relation, each in a subtransaction: one that
 * fails is rolled back alone.  A step whose tables are as they were when it
 * last read them reads nothing; they are told by their columns, their files and
 * by what the server's statistics count, which are never ahead of what can be seen.
 * One that reads the same rows as last time, stamped anew, does not compare them
 * with silver that is as it was, either.  Once in full_compare_interval all is
 * read and compared.
 * ==========================================================================
 */

-- NULL: cannot be told.
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

-- What a step reads and writes: its tables, silver's, and users by e-mail, of
-- whom gold keeps those who are gone.
CREATE FUNCTION zoom_silver.fingerprint(query text, kind text, schema_name name, relation text, options jsonb, deletes text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass;
	mark text;
	marks text := concat_ws(' ', query, options, deletes);
BEGIN
	IF NOT current_setting('track_counts')::boolean THEN
		RETURN NULL;
	END IF;
	PERFORM pg_stat_clear_snapshot();
	FOR target IN
		SELECT zoom_silver.source_table(schema_name, p.name) FROM zoom_silver.placeholder(query) p
		WHERE p.name <> 'email_owner' AND NOT zoom_silver.is_option(kind, options, p.name)
		UNION SELECT zoom_gold.silver_relation(relation)
		UNION SELECT unnest(ARRAY[zoom_gold.silver_relation('si_users'), 'gold_state.user_version']) WHERE query LIKE '%{email_owner}%'
	LOOP
		mark := CASE WHEN target IS NULL THEN 'missing' ELSE zoom_silver.table_mark(target) END;
		IF mark IS NULL THEN
			RETURN NULL;
		END IF;
		marks := concat_ws(' ', marks, mark);
	END LOOP;
	RETURN md5(marks);
END
$$;
COMMENT ON FUNCTION zoom_silver.fingerprint(text, text, name, text, jsonb, text) IS
'What a step of a pull is told by: with the same one there is nothing to read. NULL where that cannot be told';

-- Queries that nobody has edited follow the extension.
CREATE FUNCTION zoom_silver.renew_query(source text, relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE zoom_silver_state.source_query q SET query = m.query, shipped = md5(m.query)
	FROM zoom_silver_state.source s, zoom_silver.mapping() m
	WHERE q.source = renew_query.source AND q.relation = renew_query.relation AND s.name = q.source
		AND m.kind = s.kind AND m.relation = q.relation AND m.shape = q.shape
		AND q.shipped = md5(q.query) AND q.query <> m.query;
END
$$;
COMMENT ON FUNCTION zoom_silver.renew_query(text, text) IS 'Replaces a query that is as shipped by what is shipped now';

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

CREATE FUNCTION zoom_silver.pull_work(source text, relation text, OUT fingerprint text, OUT inserted bigint, OUT updated bigint,
									  OUT deleted bigint, OUT unchanged bigint, OUT details jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET enable_nestloop = off SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
	step record;
	origin text;
	counts jsonb;
	is_due boolean;
	pull_digest text;
BEGIN
	PERFORM zoom_silver.renew_query(source, relation);
	SELECT s.kind, s.schema_name, s.options, q.query, q.deletes, q.fingerprint, q.digest, q.row_count, q.lookup_counts, q.read_at,
		CASE WHEN q.shipped IS DISTINCT FROM md5(q.query) THEN q.query END AS edited_query,
		(SELECT m.inputs FROM zoom_silver.mapping() m WHERE m.kind = s.kind AND m.relation = q.relation AND m.shape = q.shape) AS inputs INTO step
	FROM zoom_silver_state.source s JOIN zoom_silver_state.source_query q ON q.source = s.name
	WHERE s.name = pull_work.source AND q.relation = pull_work.relation;
	-- in the catalogue only: also where there is nothing to read
	PERFORM zoom_silver.require_schema(step.schema_name);
	PERFORM zoom_silver.require_placeholders(source, relation, step.edited_query, step.kind, step.schema_name, step.inputs, step.options);
	PERFORM zoom_silver.require_inputs(source, step.schema_name, step.inputs, step.edited_query);
	fingerprint := zoom_silver.fingerprint(step.query, step.kind, step.schema_name, relation, step.options, step.deletes);
	is_due := coalesce(step.fingerprint IS NULL OR step.read_at <= zoom_gold.clock_now() - zoom_gold.setting('full_compare_interval')::interval, true);
	IF fingerprint = step.fingerprint AND NOT is_due THEN
		SELECT 0, 0, 0, step.row_count, jsonb_build_object('not_read_since', step.read_at) INTO inserted, updated, deleted, unchanged, details;
		RETURN;
	END IF;
	-- pulls at the same time wait for each other
	PERFORM FROM zoom_silver_state.source_query q WHERE q.source = pull_work.source AND q.relation = pull_work.relation FOR UPDATE;
	PERFORM zoom_silver.require_options(step.kind, relation, step.schema_name, step.inputs, step.options);
	counts := zoom_silver.count_lookups(step.query, step.kind, step.schema_name, step.inputs, step.options);
	PERFORM zoom_silver.guard_lookups(relation, step.schema_name, step.lookup_counts, counts);
	origin := coalesce((SELECT format('%I.%I', step.schema_name, i.table_name) FROM zoom_silver.mapping_input(step.inputs) i ORDER BY i.n LIMIT 1), source);
	SELECT w.* INTO inserted, updated, deleted, unchanged, details, pull_digest
	FROM zoom_silver.write_rows(relation, zoom_silver.expand_query(step.query, step.kind, step.schema_name, step.inputs, step.options),
		source, step.deletes, origin, CASE WHEN NOT is_due THEN step.digest END) w;
	UPDATE zoom_silver_state.source_query q
	SET fingerprint = pull_work.fingerprint, digest = pull_digest,
		read_at = CASE WHEN NOT is_due AND pull_digest = step.digest THEN step.read_at ELSE zoom_gold.clock_now() END,
		row_count = pull_work.inserted + pull_work.updated + pull_work.unchanged, lookup_counts = counts
	WHERE q.source = pull_work.source AND q.relation = pull_work.relation;
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

CREATE FUNCTION zoom_silver.log_step(process_name text, status text, inserted bigint, updated bigint, deleted bigint, unchanged bigint, details jsonb)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO gold.go_process_audit_log (process_name, execution_time, status, record_count, error_count,
		audit_details, load_date, update_date, source_system)
	VALUES (process_name, zoom_gold.clock_now(), status, coalesce((details ->> 'read')::bigint, 0),
		coalesce((details ->> 'unreadable')::bigint + (details ->> 'without_key')::bigint, 0),
		(jsonb_build_object('inserted', inserted, 'updated', updated, 'deleted', deleted, 'unchanged', unchanged) || details)::text,
		zoom_gold.today(), zoom_gold.today(), 'zoom_silver');
END
$$;
COMMENT ON FUNCTION zoom_silver.log_step(text, text, bigint, bigint, bigint, bigint, jsonb) IS 'Logs a step of a pull in gold''s process log';

CREATE FUNCTION zoom_silver.pull_order(source text) RETURNS TABLE (source_name text, relation text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM zoom_gold.require_primary();
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
