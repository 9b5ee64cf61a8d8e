/* ==========================================================================
 * Refreshing
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.refresh(full_refresh boolean DEFAULT false, targets text[] DEFAULT NULL,
								  wait interval DEFAULT '0')
RETURNS TABLE (process_name text, status text, record_count bigint, error_count bigint,
			   duration_ms double precision, details jsonb)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
	-- rows that a policy hides are an error, not deletions
	SET row_security = off
	-- what is looked up by key was written lately and is in memory
	SET random_page_cost = 1.1 SET jit = off
AS 'MODULE_PATHNAME', 'zg_refresh';
COMMENT ON FUNCTION zoom_gold.refresh(boolean, text[], interval) IS
'Brings gold up to date with silver, in one transaction. full_refresh: read all of silver again, not only '
'what changed. targets: only these gold tables and what they depend on; NULL is all, an array without '
'tables an error. wait: how long to '
'wait for a refresh that is running. Returns and logs one row per step that had work, and one named '
'refresh for the run: status is Success, Warning (rows were rejected or warned of, a relation was replaced, or another refresh was '
'running) or Failure; record_count counts rows read from silver, of aggregates those written, error_count '
'rows rejected or warned of. A step that fails is rolled back alone; those that depend on it are skipped. '
'Errors where setup() was not run, on a standby, for an unknown target and for a negative wait';

CREATE FUNCTION zoom_gold.run_step(step text)
RETURNS TABLE (process_name text, status text, record_count bigint, error_count bigint,
			   duration_ms double precision, details jsonb)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
	SET row_security = off SET random_page_cost = 1.1 SET jit = off
AS 'MODULE_PATHNAME', 'zg_run_step';
COMMENT ON FUNCTION zoom_gold.run_step(text) IS
'Runs one step of a refresh alone, named as in the process log, without those it depends on. Returns and '
'logs what refresh() would; does not wait for a refresh that is running. Errors for an unknown step and for NULL';

CREATE FUNCTION zoom_gold.plan(full_refresh boolean DEFAULT false)
RETURNS TABLE (process_name text, inserts bigint, updates bigint, deletes bigint, rejects bigint, guard text)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
	SET row_security = off SET random_page_cost = 1.1 SET jit = off
AS 'MODULE_PATHNAME', 'zg_plan';
COMMENT ON FUNCTION zoom_gold.plan(boolean) IS
'What refresh() would do, a row per step that has work: rows of gold it would insert, update and delete, '
'silver rows it would reject, and the message of the delete guard if that would stop it. A step that '
'would fail otherwise is a row of zeros and a warning with the reason. Does the work and rolls it back: takes as long, keeps nothing. Errors while a refresh is running, and in a read-only transaction';

CREATE FUNCTION zoom_gold.message_without_values(message text) RETURNS text
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'zg_message_without_values';
COMMENT ON FUNCTION zoom_gold.message_without_values(text) IS
'The message of a data exception (SQLSTATE 22...) of PostgreSQL as the logs have it: "..." in the place of a value, nothing where it stands at the end after a colon; names stay';

CREATE FUNCTION zoom_gold.log_run_work(run bigint, status text, error text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gold.go_process_audit_log (process_name, execution_time, status, record_count, error_count,
		audit_details, load_date, update_date, source_system)
	VALUES ('refresh', zoom_gold.clock_now(), status, 0, 0,
		jsonb_strip_nulls(jsonb_build_object('run', run, 'error', error))::text, zoom_gold.today(), zoom_gold.today(), 'zoom_gold')
$$;
COMMENT ON FUNCTION zoom_gold.log_run_work(bigint, text, text) IS 'The work of log_run()';

CREATE FUNCTION zoom_gold.log_run(run bigint, status text, error text) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.log_run(bigint, text, text) IS 'Logs a run whose own log row went with its transaction';

CREATE FUNCTION zoom_gold.known_relations(at timestamptz)
RETURNS TABLE (relation text, capture text, compared_at timestamptz, fingerprint text, is_here boolean,
			   is_truncated boolean, watermark timestamptz, recent_rows bytea, next_piece_at timestamptz, is_missed boolean)
LANGUAGE sql STABLE ROWS 8 SET search_path = pg_catalog, pg_temp AS $$
	-- nothing was known at an instant to come: a clock has gone back
	SELECT s.relation, s.capture,
		CASE WHEN greatest(s.compared_at, (SELECT max(p.compared_at) FROM gold_state.compared_piece AS p WHERE p.relation = s.relation)) <= known_relations.at
			THEN s.compared_at END,
		s.fingerprint, s.catalog = (SELECT zoom_gold.catalog_id()),
		-- all that a first load finds captured need not be read for this
		CASE WHEN s.compared_at IS NULL THEN false
			WHEN s.relation = 'si_users' THEN EXISTS (SELECT FROM gold_state.user_change WHERE op = 'T')
			WHEN s.relation = 'si_support_tickets' THEN EXISTS (SELECT FROM gold_state.ticket_change WHERE op = 'T')
			ELSE s.relation IN (SELECT c.relation FROM gold_state.slice_change AS c WHERE c.op = 'T') END,
		CASE WHEN s.watermark <= known_relations.at THEN s.watermark END, s.recent_rows, s.next_piece_at,
		EXISTS (SELECT FROM gold_state.dirty AS d WHERE d.consumer = 'capture ' || s.relation)
	FROM gold_state.relation_state AS s
$$;
COMMENT ON FUNCTION zoom_gold.known_relations(timestamptz) IS
'What the last refresh knew of the silver relations, as of an instant; compared_at and watermark are NULL where they lie after it; is_here = the fingerprint was taken in this database, '
'is_truncated = a TRUNCATE was captured since (not looked for before a first load), is_missed = a change could not be captured. For refreshes';

CREATE FUNCTION zoom_gold.log_cut_off_runs_work(own_too boolean) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	cut_off bigint;
	logged integer := 0;
BEGIN
	FOR cut_off IN
		UPDATE gold_state.run r SET status = 'Failure', finished_at = zoom_gold.clock_now()
		WHERE r.status = 'running' AND NOT EXISTS (
			-- who may not see the start of a process must take it for the same
			SELECT FROM pg_stat_get_activity(r.backend_pid) a
			WHERE coalesce(a.backend_start = r.backend_start, true)
				AND NOT (own_too AND a.pid = pg_backend_pid()))
		RETURNING r.run
	LOOP
		PERFORM zoom_gold.log_run(cut_off, 'Failure', 'run was cut off');
		logged := logged + 1;
	END LOOP;
	RETURN logged;
END
$$;
COMMENT ON FUNCTION zoom_gold.log_cut_off_runs_work(boolean) IS 'The work of log_cut_off_runs()';

CREATE FUNCTION zoom_gold.log_cut_off_runs(own_too boolean DEFAULT false) RETURNS integer
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.log_cut_off_runs(boolean) IS
'Logs runs as failed whose server process is gone; with own_too also those this process left behind. Returns how many';

-- The sequence may have been set back.
CREATE FUNCTION zoom_gold.next_run() RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT greatest(nextval('gold_state.run_seq'), (SELECT max(r.run) + 1 FROM gold_state.run r))
$$;
COMMENT ON FUNCTION zoom_gold.next_run() IS 'The number of a new run';

CREATE FUNCTION zoom_gold.begin_run_work() RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO gold_state.run (run, started_at, status, backend_pid, backend_start, change_number)
	VALUES (zoom_gold.next_run(), zoom_gold.clock_now(), 'running', pg_backend_pid(), zoom_gold.process_start(), zoom_gold.last_change_number())
	RETURNING run
$$;
COMMENT ON FUNCTION zoom_gold.begin_run_work() IS 'The work of begin_run()';

CREATE FUNCTION zoom_gold.begin_run() RETURNS bigint
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.begin_run() IS
'Marks a run as begun by this server process, for refresh() to find; returns its number';

CREATE FUNCTION zoom_gold.end_run_work(run bigint, status text) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	UPDATE gold_state.run r SET status = end_run_work.status, finished_at = zoom_gold.clock_now() WHERE r.run = end_run_work.run
$$;
COMMENT ON FUNCTION zoom_gold.end_run_work(bigint, text) IS 'The work of end_run()';

CREATE FUNCTION zoom_gold.end_run(run bigint, status text) RETURNS void
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.end_run(bigint, text) IS 'Marks a run as ended';

/*
 * Inside a subtransaction neither COMMIT nor ROLLBACK is ever possible, but
 * where the procedure could not commit anyway both fail with one and the
 * same message, in any language.  Procedures that end transactions cannot
 * have a SET clause: in this one and the next all names are qualified,
 * those of types and operators too.
 */
CREATE PROCEDURE zoom_gold.require_own_transaction()
LANGUAGE plpgsql AS $$
DECLARE
	on_commit pg_catalog.text;
	on_rollback pg_catalog.text;
BEGIN
	BEGIN
		COMMIT;
	EXCEPTION WHEN invalid_transaction_termination THEN
		on_commit := SQLERRM;
	END;
	BEGIN
		ROLLBACK;
	EXCEPTION WHEN invalid_transaction_termination THEN
		on_rollback := SQLERRM;
	END;
	IF on_commit OPERATOR(pg_catalog.=) on_rollback THEN
		RAISE EXCEPTION 'refresh_proc cannot run inside a transaction block or a function'
			USING ERRCODE = 'active_sql_transaction',
				DETAIL = 'It commits the marker of its run, its steps and its end one by one.',
				HINT = 'Use SELECT * FROM zoom_gold.refresh() inside a transaction.';
	END IF;
END
$$;
COMMENT ON PROCEDURE zoom_gold.require_own_transaction() IS 'Fails where the calling procedure could not commit';

CREATE PROCEDURE zoom_gold.refresh_proc(full_refresh boolean DEFAULT false, targets text[] DEFAULT NULL,
										wait interval DEFAULT '0')
LANGUAGE plpgsql AS $$
DECLARE
	run bigint;
	status pg_catalog.text;
	failed pg_catalog.text;
	error_state pg_catalog.text;
	error_message pg_catalog.text;
	error_detail pg_catalog.text;
	error_hint pg_catalog.text;
BEGIN
	PERFORM zoom_gold.require_primary();
	CALL zoom_gold.require_own_transaction();
	PERFORM zoom_gold.require_setup();
	PERFORM zoom_gold.log_cut_off_runs(own_too => true);
	run := zoom_gold.begin_run();
	COMMIT;

	BEGIN
		SELECT r.failed, r.status INTO failed, status FROM zoom_gold.refresh_status(full_refresh, targets, wait) r;
	EXCEPTION WHEN query_canceled OR OTHERS THEN
		GET STACKED DIAGNOSTICS error_state = RETURNED_SQLSTATE, error_message = MESSAGE_TEXT,
			error_detail = PG_EXCEPTION_DETAIL, error_hint = PG_EXCEPTION_HINT;
	END;
	COMMIT;

	IF error_message IS NOT NULL THEN
		status := 'Failure';
		PERFORM zoom_gold.log_run(run, status, error_message);
	END IF;
	PERFORM zoom_gold.end_run(run, status);
	COMMIT;

	IF error_message IS NOT NULL THEN
		RAISE EXCEPTION '%', error_message USING ERRCODE = error_state,
			DETAIL = CASE WHEN error_detail OPERATOR(pg_catalog.=) '' THEN pg_catalog.format('Run %s is logged as failed.', run) ELSE error_detail END,
			HINT = CASE WHEN error_hint OPERATOR(pg_catalog.=) '' THEN 'The next refresh does its work.' ELSE error_hint END;
	ELSIF failed IS NOT NULL THEN
		RAISE EXCEPTION 'refresh failed in %', failed USING
			DETAIL = 'What did not depend on it is committed; the rest is redone by the next refresh.',
			HINT = 'See gold.go_process_audit_log and gold.go_error_audit_log.';
	END IF;
END
$$;
COMMENT ON PROCEDURE zoom_gold.refresh_proc(boolean, text[], interval) IS
'The same as refresh(), for schedulers. Commits the marker of its run, the steps and the end of the run '
'one by one, so that the log tells of a run whatever happens to it. Ends with an ERROR if a step failed; '
'that another refresh was running is a Warning in the log alone. Errors inside a transaction block or a '
'function';

CREATE FUNCTION zoom_gold.refresh_status(full_refresh boolean, targets text[], wait interval,
										 OUT failed text, OUT status text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(r.process_name, ', ') FILTER (WHERE r.status = 'Failure' AND r.process_name <> 'refresh'),
		coalesce(max(r.status) FILTER (WHERE r.process_name = 'refresh'), 'Success')
	FROM zoom_gold.refresh(full_refresh, targets, wait) r
$$;
COMMENT ON FUNCTION zoom_gold.refresh_status(boolean, text[], interval) IS
'Runs refresh(); returns the steps that failed and the status of the run';
