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
