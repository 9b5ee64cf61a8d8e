/* ==========================================================================
 * Mending what the state has lost
 * ==========================================================================
 *
 * A refresh of all computes anew what follows from silver and from the kept
 * versions.  Before that it puts back what ties the two together.  What gold
 * alone remembers setup() takes from there: rebuild() is a refresh of all as
 * well, and forgets it.
 */

-- They outlive their rows.  Any row of silver counts as newer.
CREATE FUNCTION zoom_gold.mend_members() RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target record;
	n bigint;
BEGIN
	FOR target IN SELECT m.table_name, d.* FROM zoom_gold.model_table() m, zoom_gold.relation_dimension(m.table_name) d WHERE m.table_schema = 'silver' LOOP
		EXECUTE format($q$
			INSERT INTO gold_state.dim_member (dimension, member, version_ts, load_ts, key_hash, source_system)
			SELECT DISTINCT ON (g.member) $1, g.member, '-infinity', '-infinity', 0, g.source_system
			FROM (SELECT x.%1$I::text AS member, x.source_system::text FROM gold.%2$I x) g
			WHERE g.member IS NOT NULL
				AND NOT EXISTS (SELECT FROM gold_state.dim_member d WHERE d.dimension = $1 AND d.member = g.member)$q$,
			target.member_column, target.dimension) USING target.dimension;
		GET DIAGNOSTICS n = ROW_COUNT;
		IF n > 0 THEN
			relation := format('gold.%I', target.dimension);
			action := format('kept %s members that gold alone knows; zoom_gold.rebuild(%L, members => true) removes those that silver does not have', n, target.table_name);
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_members() IS
'Puts back the members of Type 1 dimensions that gold has and gold_state has lost; says of how many';

-- A number belongs to the key that it has by its versions, and versions to the
-- number that their key has.  What is left without one is given a number when
-- silver or a fact names it.
CREATE FUNCTION zoom_gold.mend_identities(identity name, key name, event name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- more would not fit into memory
	max_ordinal integer := 99999999;
	is_sound boolean;
BEGIN
	EXECUTE format($q$
		SELECT NOT EXISTS (SELECT FROM gold_state.%1$I i WHERE i.ordinal NOT BETWEEN 0 AND $1)
			AND NOT EXISTS (SELECT FROM gold_state.%3$I e LEFT JOIN gold_state.%1$I i ON i.ordinal = e.ordinal
				WHERE e.op <> 'T' AND zoom_gold.identity_key(e.%2$I) IS DISTINCT FROM i.%2$I)$q$, identity, key, event)
	INTO is_sound USING max_ordinal;
	IF is_sound THEN
		RETURN;
	END IF;
	EXECUTE format($q$
		WITH held AS (SELECT DISTINCT e.ordinal, zoom_gold.identity_key(e.%2$I) AS key FROM gold_state.%3$I e WHERE e.op <> 'T')
		DELETE FROM gold_state.%1$I i
		WHERE i.ordinal NOT BETWEEN 0 AND $1
			OR i.ordinal IN (SELECT h.ordinal FROM held h) AND (i.ordinal, i.%2$I) NOT IN (SELECT h.ordinal, h.key FROM held h)%4$s$q$,
		identity, key, event,
		-- who was forgotten stays so
		CASE WHEN key = 'user_id' THEN ' AND NOT i.forgotten' ELSE '' END)
	USING max_ordinal;
	EXECUTE format($q$
		WITH held AS (SELECT e.ordinal, zoom_gold.identity_key(e.%2$I) AS key, count(*) AS n
			FROM gold_state.%3$I e WHERE e.op <> 'T' AND e.ordinal BETWEEN 0 AND $1 GROUP BY 1, 2),
		likely AS (SELECT DISTINCT ON (h.ordinal) h.* FROM held h ORDER BY h.ordinal, h.n DESC, h.key)
		INSERT INTO gold_state.%1$I (%2$I, ordinal, live_rows, live_hash%4$s)
		SELECT DISTINCT ON (l.key) l.key, l.ordinal, 0, 0%5$s FROM likely l
		WHERE l.ordinal NOT IN (SELECT i.ordinal FROM gold_state.%1$I i) AND l.key NOT IN (SELECT i.%2$I FROM gold_state.%1$I i)
		ORDER BY l.key, l.ordinal$q$, identity, key, event,
		CASE WHEN key = 'user_id' THEN ', known' ELSE '' END, CASE WHEN key = 'user_id' THEN ', false' ELSE '' END)
	USING max_ordinal;
	EXECUTE format($q$
		UPDATE gold_state.%3$I e SET ordinal = i.ordinal FROM gold_state.%1$I i
		WHERE e.op <> 'T' AND i.%2$I = zoom_gold.identity_key(e.%2$I) AND e.ordinal <> i.ordinal$q$, identity, key, event);
	-- a key that is nobody's was that of the number
	EXECUTE format($q$
		UPDATE gold_state.%3$I e SET %2$I = i.%2$I FROM gold_state.%1$I i
		WHERE e.op <> 'T' AND i.ordinal = e.ordinal AND i.%2$I <> zoom_gold.identity_key(e.%2$I)$q$, identity, key, event);
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_identities(name, name, name) IS
'Puts back the identities of users or tickets that are lost or contradict the kept versions';

-- A row that went had come.  It counts as seen by a scan, or by the TRUNCATE
-- after which it must have come.  A column that was added meanwhile and holds
-- nothing makes no other row of it.
CREATE FUNCTION zoom_gold.mend_events(event name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	kept text;
	row_face text;
BEGIN
	SELECT string_agg(quote_ident(m.column_name), ', ' ORDER BY m.position),
		string_agg(CASE m.column_name WHEN 'extra' THEN 'coalesce(jsonb_strip_nulls(extra), ''{}'')' ELSE quote_ident(m.column_name) END, ', ' ORDER BY m.position)
	INTO kept, row_face FROM zoom_gold.state_model() m
	WHERE m.table_name = event AND m.column_name <> ALL ('{ordinal,seq,n,tx,op,captured_at}');
	EXECUTE format($q$
		WITH swept AS (
			SELECT e.ordinal, e.seq, e.n, e.tx, e.op, e.captured_at, %2$s, greatest(e.seq, e.tx) AS place,
				count(*) FILTER (WHERE e.op = 'T') OVER w AS sweep,
				max(e.seq) FILTER (WHERE e.op = 'T') OVER w AS sweep_seq, max(e.tx) FILTER (WHERE e.op = 'T') OVER w AS sweep_tx,
				max(e.n) FILTER (WHERE e.op = 'T') OVER w AS sweep_n
			FROM gold_state.%1$I e
			WHERE e.ordinal IN (SELECT d.ordinal FROM gold_state.%1$I d WHERE d.op = 'D')
			WINDOW w AS (PARTITION BY e.ordinal ORDER BY greatest(e.seq, e.tx), e.n, e.op <> 'T', e.op <> 'D')),
		balanced AS (
			SELECT s.*, sum(CASE s.op WHEN 'I' THEN 1 ELSE -1 END)
				OVER (PARTITION BY s.ordinal, s.sweep, %3$s ORDER BY s.place, s.n, s.op <> 'D') AS balance
			FROM swept s WHERE s.op <> 'T'),
		lacking AS (
			SELECT DISTINCT ON (b.ordinal, b.sweep, %3$s) b.* FROM balanced b WHERE b.balance < 0
			ORDER BY b.ordinal, b.sweep, %3$s, b.balance)
		INSERT INTO gold_state.%1$I (ordinal, seq, n, tx, op, captured_at, %2$s)
		SELECT l.ordinal, coalesce(l.sweep_seq, 0), coalesce(l.sweep_n, 0), coalesce(l.sweep_tx, 0), 'I', l.captured_at, %2$s
		FROM lacking l, generate_series(1, -l.balance)$q$, event, kept, row_face);
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_events(name) IS
'Puts back the kept versions of which only the end is left';

-- What is open in the log is known; what is not in the log is logged anew.
CREATE FUNCTION zoom_gold.mend_open_errors() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	DELETE FROM gold_state.open_error o
	WHERE o.key IS NOT NULL AND NOT EXISTS (
		SELECT FROM zoom_gold.logged_errors() l
		WHERE (l.relation, l.rule, l.key, l.severity, l.run) = (o.relation, o.rule, o.key, o.severity, o.run));
	INSERT INTO gold_state.open_error (relation, rule, key, row_count, severity, run)
	SELECT l.relation, l.rule, l.key, 1, l.severity, l.run FROM zoom_gold.logged_errors() l
	WHERE NOT EXISTS (
		SELECT FROM gold_state.open_error o
		WHERE (o.relation, o.rule, o.key, o.severity, o.run) = (l.relation, l.rule, l.key, l.severity, l.run));
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_open_errors() IS 'Makes open_error agree with the log about rows that have a key';

CREATE FUNCTION zoom_gold.logged_errors() RETURNS TABLE (relation text, rule text, key text, severity text, run bigint)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	silver_schema text := zoom_gold.setting('silver_schema');
BEGIN
	RETURN QUERY
	SELECT DISTINCT c.table_name, i.info ->> 'rule', i.info ->> 'key', i.info ->> 'severity', (i.info ->> 'run')::bigint
	FROM gold.go_error_audit_log l
	JOIN (SELECT DISTINCT t.table_name FROM zoom_gold.silver_contract() t) c
		ON l.source_table = format('%I.%I', silver_schema, c.table_name)
	CROSS JOIN LATERAL (SELECT l.process_audit_info::jsonb AS info) i
	WHERE l.status <> 'Resolved' AND i.info ->> 'key' IS NOT NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.logged_errors() IS 'The errors of rows with a key that are open in the log';

CREATE FUNCTION zoom_gold.mend_runs() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO gold_state.run (run, started_at, finished_at, status, backend_pid, backend_start)
	SELECT l.run, min(l.execution_time), max(l.execution_time),
		CASE WHEN bool_or(l.status = 'Failure') THEN 'Failure' ELSE 'Success' END, 0, min(l.execution_time)
	FROM (SELECT p.execution_time, p.status, substring(p.audit_details FROM '"run": *([0-9]{1,18})')::bigint AS run FROM gold.go_process_audit_log p) l
	-- pulls log, too
	WHERE l.run IS NOT NULL AND l.run NOT IN (SELECT r.run FROM gold_state.run r)
	GROUP BY l.run;
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_runs() IS 'Puts back the runs that only the process log remembers';

-- Rows of which no pass over a relation would know, and wrong normal forms.
CREATE FUNCTION zoom_gold.mend_relations() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target name;
BEGIN
	FOR target IN SELECT m.table_name FROM zoom_gold.state_model() m WHERE m.column_name = 'relation'
		AND m.table_name NOT IN ('quality_rule', 'relation_state', 'slice_change') LOOP
		EXECUTE format('DELETE FROM gold_state.%I r WHERE r.relation NOT IN (SELECT c.table_name FROM zoom_gold.silver_contract() c)', target);
	END LOOP;
	DELETE FROM gold_state.key_spelling k WHERE k.key IS DISTINCT FROM zoom_gold.normal_text(k.spelling);
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_relations() IS 'Deletes from the state what belongs to no silver relation';

CREATE FUNCTION zoom_gold.mend_state() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_gold.mend_identities('user_identity', 'user_id', 'user_event');
	PERFORM zoom_gold.mend_identities('ticket_identity', 'ticket_id', 'ticket_event');
	PERFORM zoom_gold.mend_events('user_event');
	PERFORM zoom_gold.mend_events('ticket_event');
	UPDATE gold_state.user_identity i SET known = false
	WHERE i.known AND NOT EXISTS (SELECT FROM gold_state.user_event e WHERE e.ordinal = i.ordinal);
	-- forget_user() leaves this of a name
	UPDATE gold_state.user_identity i SET forgotten = true
	WHERE NOT i.forgotten
		AND EXISTS (SELECT FROM gold_state.user_event e WHERE e.ordinal = i.ordinal AND e.user_name = 'Forgotten user ' || i.ordinal)
		AND NOT EXISTS (SELECT FROM gold_state.user_event e WHERE e.ordinal = i.ordinal
			AND (e.email IS NOT NULL OR e.user_name <> 'Forgotten user ' || i.ordinal));
	PERFORM zoom_gold.mend_relations();
	PERFORM zoom_gold.mend_open_errors();
	PERFORM zoom_gold.mend_runs();
END
$$;
COMMENT ON FUNCTION zoom_gold.mend_state() IS
'What a refresh of all does first: puts back what gold_state has lost and neither silver nor the kept versions alone give back';
