/*
 * Erasure works on what history is folded from: with the name replaced there,
 * a refresh replaces it in every version.  The mark on the identity keeps the
 * name out when silver still holds it.  Facts are relabelled at once, while
 * their names belong to the person alone: afterwards a namesake may be called
 * so, and days that silver has purged are not computed anew.
 */

CREATE FUNCTION zoom_gold.forgotten_name(person integer) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN 'Forgotten user ' || person;
COMMENT ON FUNCTION zoom_gold.forgotten_name(integer) IS 'What a user of that ordinal is called once forgotten; the engine says the same';

-- Once a person was forgotten, only silver may know the name.
CREATE FUNCTION zoom_gold.person_pattern(person integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	pattern text;
BEGIN
	EXECUTE format($q$
		SELECT '(?<!\w)(?:' || string_agg(regexp_replace(w.word, '([][\\.^$*+?(){}|])', '\\\1', 'g'), '|' ORDER BY length(w.word) DESC) || ')(?!\w)'
		FROM (
			SELECT unnest(ARRAY[v.user_name, v.base_name, v.email]) FROM gold_state.user_version v WHERE v.ordinal = $1
			UNION
			SELECT unnest(ARRAY[n.name, n.email, lower(lower(n.email COLLATE "C") COLLATE "default")])
			FROM (
				SELECT e.user_name, e.email FROM gold_state.user_event e WHERE e.ordinal = $1
				UNION ALL
				SELECT s.user_name::text, s.email::text
				FROM %I.si_users s JOIN gold_state.user_identity i ON i.user_id = zoom_gold.normal_text(s.user_id::text)
				WHERE i.ordinal = $1) AS r
			CROSS JOIN LATERAL (SELECT zoom_gold.normal_text(r.user_name), zoom_gold.normal_text(r.email)) AS n (name, email)) AS w (word)
		WHERE w.word <> zoom_gold.forgotten_name($1)$q$, zoom_gold.setting('silver_schema'))
	INTO pattern USING person;
	RETURN pattern;
END
$$;
COMMENT ON FUNCTION zoom_gold.person_pattern(integer) IS
'Regular expression for the names and e-mails that a user ever had, in the state and in silver; NULL when there are none';

CREATE FUNCTION zoom_gold.forget_in_facts(person integer) RETURNS TABLE (relation text, replaced bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	names text[] := ARRAY(SELECT DISTINCT v.user_name FROM gold_state.user_version v
		WHERE v.ordinal = person AND v.user_name <> zoom_gold.forgotten_name(person));
BEGIN
	FOR relation IN
		SELECT 'gold.' || m.table_name FROM zoom_gold.gold_model() m
		WHERE m.table_name LIKE 'go\_fact\_%' AND m.column_name = 'user_name'
	LOOP
		EXECUTE format('UPDATE %s SET user_name = $1, update_date = zoom_gold.today() WHERE user_name = ANY ($2)', relation)
			USING zoom_gold.forgotten_name(person), names;
		GET DIAGNOSTICS replaced = ROW_COUNT;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_facts(integer) IS 'Replaces the names of a user in the facts';

-- A row that is rejected stays so, without a name, whatever rules say of a
-- row without an e-mail.
CREATE FUNCTION zoom_gold.forget_in_history(person integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	replaced bigint;
BEGIN
	UPDATE gold_state.user_identity SET forgotten = true WHERE ordinal = person AND NOT forgotten;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	EXECUTE format($q$
		UPDATE gold_state.user_event AS e
		SET user_name = CASE WHEN v.accepted THEN zoom_gold.forgotten_name(e.ordinal) END, email = NULL,
			extra = CASE WHEN e.extra ? 'deleted_at' THEN jsonb_build_object('deleted_at', e.extra -> 'deleted_at') END
		FROM (SELECT s.ctid, octet_length(zoom_gold.normal_text(s.user_name)) <= 2000 AND NOT %s && %L::text[]
			  FROM gold_state.user_event AS s WHERE s.ordinal = $1 AND s.op <> 'T') AS v (place, accepted)
		WHERE e.ctid = v.place$q$,
		zoom_gold.verify_kept_conditions(),
		ARRAY(SELECT r.rule FROM zoom_gold.verify_rules() AS r WHERE r.relation = 'si_users' AND r.severity = 'error')) USING person;
	GET DIAGNOSTICS replaced = ROW_COUNT;
	INSERT INTO gold_state.dirty (consumer) VALUES ('merge_dim_user');
	RETURN replaced;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_history(integer) IS
'Replaces the names of a user in the kept versions, drops e-mails and further columns, and marks the user as forgotten';

CREATE FUNCTION zoom_gold.forget_in_details(details text, pattern text, pseudonym text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (d.json || jsonb_object_agg(e.key, regexp_replace(e.value, pattern, pseudonym, 'g')))::text
	FROM (SELECT zoom_gold.verify_json(details)) AS d (json)
	CROSS JOIN LATERAL jsonb_each_text(d.json) AS e
	WHERE e.key LIKE 'error%' AND e.value ~ pattern
	GROUP BY d.json
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_details(text, text, text) IS
'audit_details with names replaced in what errors said; NULL when there is nothing to replace';

-- What failed steps were told may quote a row.
CREATE FUNCTION zoom_gold.forget_in_logs(person integer, pattern text) RETURNS TABLE (relation text, replaced bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	pseudonym text := zoom_gold.forgotten_name(person);
	command text;
	found boolean;
BEGIN
	FOR relation, command IN VALUES
		('gold.go_error_audit_log',
		 'UPDATE gold.go_error_audit_log SET error_description = regexp_replace(error_description, $1, $2, ''g'') '
		 || 'WHERE error_type = ''Processing'' AND error_description ~ $1'),
		('gold.go_process_audit_log',
		 'UPDATE gold.go_process_audit_log SET audit_details = zoom_gold.forget_in_details(audit_details, $1, $2) '
		 || 'WHERE audit_details LIKE ''%"error%'' AND zoom_gold.forget_in_details(audit_details, $1, $2) IS NOT NULL')
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %s)', relation, split_part(command, ' WHERE ', 2))
			USING pattern, pseudonym INTO found;
		replaced := 0;
		IF found THEN
			-- the guards let nobody change what was logged
			EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', relation);
			EXECUTE command USING pattern, pseudonym;
			GET DIAGNOSTICS replaced = ROW_COUNT;
			EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', relation);
		END IF;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_logs(integer, text) IS 'Replaces the names of a user in messages of the logs';

CREATE FUNCTION zoom_gold.forget_in_statistics(pattern text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text;
BEGIN
	FOR target IN
		SELECT DISTINCT format('%I.%I', s.schemaname, s.tablename) FROM pg_stats s
		WHERE s.schemaname IN ('gold', 'gold_state')
			AND (s.most_common_vals::text ~ pattern OR s.histogram_bounds::text ~ pattern)
	LOOP
		EXECUTE 'ANALYZE ' || target;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_in_statistics(text) IS 'Gathers anew the planner''s statistics that quote the user';

CREATE FUNCTION zoom_gold.mentions(pattern text) RETURNS TABLE (relation text, "rows" bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	said text;
BEGIN
	FOR relation, said IN
		SELECT format('%I.%I', n.nspname, c.relname), string_agg(format('g.%I', a.attname), ', ')
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (t.typcategory = 'S' OR t.oid IN ('json'::regtype, 'jsonb'::regtype))
			AND (n.nspname, c.relname) IN (
				SELECT CASE m.table_schema WHEN 'silver' THEN zoom_gold.setting('silver_schema') ELSE m.table_schema END, m.table_name
				FROM zoom_gold.model_table() m)
		GROUP BY 1 ORDER BY 1
	LOOP
		EXECUTE format('SELECT count(*) FROM %s g WHERE concat_ws('' '', %s) ~ $1', relation, said) USING pattern INTO rows;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.mentions(text) IS
'Rows of gold, gold_state and silver in which a text matches a pattern';

CREATE FUNCTION zoom_gold.forget_user_work(user_id text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	person integer;
	pattern text;
	events bigint;
	replaced jsonb;
	failed text[];
BEGIN
	PERFORM zoom_gold.lock_runs();
	-- what is pending goes into history first
	failed := ARRAY(SELECT r.process_name FROM zoom_gold.refresh(targets => '{go_dim_user}') r WHERE r.status = 'Failure');
	SELECT i.ordinal INTO person FROM gold_state.user_identity i
	WHERE i.user_id = zoom_gold.normal_text(forget_user_work.user_id) AND i.user_id <> '';
	IF NOT FOUND AND NOT 'merge_dim_user' = ANY (failed) THEN
		RAISE EXCEPTION 'user % is not known', coalesce('"' || user_id || '"', 'NULL') USING ERRCODE = 'undefined_object',
			HINT = 'Pass the user_id as silver has it.';
	END IF;
	pattern := zoom_gold.person_pattern(person);
	SELECT jsonb_object_agg(r.relation, r.replaced) INTO replaced FROM (
		SELECT * FROM zoom_gold.forget_in_facts(person)
		UNION ALL SELECT * FROM zoom_gold.forget_in_logs(person, pattern)) AS r;
	events := zoom_gold.forget_in_history(person);
	failed := failed || ARRAY(SELECT r.process_name FROM zoom_gold.refresh() r
		WHERE r.status = 'Failure' AND r.process_name <> 'refresh');
	IF 'merge_dim_user' = ANY (failed) THEN
		RAISE EXCEPTION 'user was not forgotten: merge_dim_user failed' USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Nothing was changed. See gold.go_process_audit_log after SELECT * FROM zoom_gold.refresh().';
	END IF;
	PERFORM zoom_gold.forget_in_statistics(pattern);
	RETURN jsonb_build_object('user', zoom_gold.forgotten_name(person), 'at', zoom_gold.clock_now(),
		'replaced', replaced || jsonb_build_object('gold_state.user_event', events),
		'versions', (SELECT count(*) FROM gold_state.user_version v WHERE v.ordinal = person),
		'mentioned_still', CASE WHEN pattern IS NOT NULL THEN
			(SELECT coalesce(jsonb_object_agg(m.relation, m.rows), '{}') FROM zoom_gold.mentions(pattern) m) END,
		'failed', to_jsonb(failed));
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_user_work(text) IS 'The work of forget_user()';

CREATE FUNCTION zoom_gold.forget_user(user_id text) RETURNS jsonb
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.forget_user(text) IS
'Erases a person: the name becomes a pseudonym and the e-mail goes in every version and fact, in the state and in messages of the logs, also when silver holds them still. Returns what was replaced and which relations mention the name still: silver, namesakes, topics, columns of yours. When a person was forgotten before, only the names that silver still has can be looked for; where no name is known, mentioned_still is null';
