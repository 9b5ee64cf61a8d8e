/* ==========================================================================
 * Guards: what people may change in gold and gold_state
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.guard_error_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (NEW.error_type, NEW.error_description, NEW.source_table, NEW.error_timestamp, NEW.process_audit_info,
		NEW.load_date, NEW.update_date, NEW.source_system) IS DISTINCT FROM
	   (OLD.error_type, OLD.error_description, OLD.source_table, OLD.error_timestamp, OLD.process_audit_info,
		OLD.load_date, OLD.update_date, OLD.source_system)
	THEN
		RAISE EXCEPTION 'only the status of an error can be changed' USING ERRCODE = 'check_violation';
	END IF;
	IF NEW.status IS DISTINCT FROM OLD.status THEN
		IF (OLD.status, NEW.status) NOT IN (('Open', 'In Progress'), ('In Progress', 'Open')) THEN
			RAISE EXCEPTION 'an error with status "%" cannot be set to "%"', OLD.status, NEW.status
				USING ERRCODE = 'check_violation',
					DETAIL = 'People move errors between Open and In Progress; Resolved is set by a refresh.',
					HINT = 'Mend the row in silver: the next refresh resolves its errors.';
		END IF;
		NEW.update_date := zoom_gold.today();
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_error_log() IS
'Trigger on go_error_audit_log: people may move a row between Open and In Progress, nothing else';

CREATE FUNCTION zoom_gold.guard_error_rows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'errors are not deleted' USING ERRCODE = 'object_not_in_prerequisite_state',
		HINT = 'Mend the row in silver: the next refresh resolves its errors. Resolved ones leave after log_retention_days of gold_state.settings.';
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_error_rows() IS
'Trigger on go_error_audit_log: a refresh knows which errors it has logged and would not log them again';

CREATE FUNCTION zoom_gold.guard_process_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'the process log is append-only' USING ERRCODE = 'object_not_in_prerequisite_state',
		HINT = 'To keep it short, set log_retention_days in gold_state.settings.';
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_process_log() IS 'Trigger on go_process_audit_log: it is append-only';

CREATE FUNCTION zoom_gold.setting_is_valid(name text, value text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
BEGIN
	RETURN CASE name
		WHEN 'silver_schema' THEN to_regnamespace(quote_ident(value)) IS NOT NULL
		WHEN 'active_user' THEN value IN ('host', 'host_or_participant')
		WHEN 'delete_policy' THEN value IN ('close', 'ignore')
		WHEN 'fact_deletes' THEN value IN ('mirror', 'keep')
		WHEN 'delete_guard_percent' THEN value ~ '^\d{1,3}(\.\d{1,6})?$' AND value::numeric <= 100
		WHEN 'delete_guard_rows' THEN value ~ '^\d{1,18}$'
		WHEN 'min_date' THEN value ~ '^\d{4}-\d{2}-\d{2}$' AND value::date < '9999-12-31'
		WHEN 'full_compare_interval' THEN value::interval >= '0'
		WHEN 'captured_compare_interval' THEN value::interval >= '0'
		WHEN 'watermark_margin' THEN value::interval >= '0'
		WHEN 'log_retention_days' THEN value ~ '^\d{1,6}$'
		WHEN 'partition_facts' THEN value IN ('', 'month', 'year')
		ELSE false
	END;
EXCEPTION WHEN data_exception THEN
	RETURN false;
END
$$;
COMMENT ON FUNCTION zoom_gold.setting_is_valid(text, text) IS 'Whether a setting may take a value';

CREATE FUNCTION zoom_gold.check_setting(name text, value text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known record;
BEGIN
	IF zoom_gold.setting_is_valid(name, value) THEN
		RETURN;
	END IF;
	SELECT * INTO known FROM zoom_gold.default_setting() d WHERE d.name = check_setting.name;
	IF known IS NULL THEN
		RAISE EXCEPTION 'unknown setting "%"', name USING ERRCODE = 'undefined_object',
			HINT = format('The settings are %s.', (SELECT string_agg(d.name, ', ') FROM zoom_gold.default_setting() d));
	END IF;
	RAISE EXCEPTION 'invalid value for setting "%": "%"', name, value
		USING ERRCODE = 'invalid_parameter_value', HINT = format('In gold_state.settings it takes %s.', known.allowed);
END
$$;
COMMENT ON FUNCTION zoom_gold.check_setting(text, text) IS 'Fails for an unknown setting and for a value that it may not take';

CREATE FUNCTION zoom_gold.guard_setting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' AND OLD.name NOT IN (SELECT d.name FROM zoom_gold.default_setting() d) THEN
		RETURN OLD;
	ELSIF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND NEW.name <> OLD.name THEN
		RAISE EXCEPTION 'setting "%" cannot be removed', OLD.name USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Update its value.';
	END IF;
	PERFORM zoom_gold.check_setting(NEW.name, NEW.value);
	IF NEW.name = 'silver_schema' AND TG_OP = 'UPDATE' THEN
		PERFORM zoom_gold.refuse_moved_silver(NEW.value::name);
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_setting() IS 'Trigger on settings: known names and valid values only';

CREATE FUNCTION zoom_gold.is_tracked_column(column_name text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN column_name NOT IN ('load_date', 'update_date', 'source_system', 'valid_from', 'valid_to', 'is_current')
		AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = 'gold.go_dim_user'::regclass
			AND a.attname = is_tracked_column.column_name AND a.attnum > 0 AND NOT a.attisdropped);
END
$$;
COMMENT ON FUNCTION zoom_gold.is_tracked_column(text) IS 'Whether go_dim_user has a column whose changes may open versions';

CREATE FUNCTION zoom_gold.guard_tracked_column() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF zoom_gold.is_tracked_column(NEW.column_name) IS NOT TRUE THEN
		RAISE EXCEPTION '"%" is not a tracked column of "gold.go_dim_user"', NEW.column_name
			USING ERRCODE = 'undefined_column',
				HINT = 'Tracked are user_name, email, company, plan_type and columns that users added to silver and gold.';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_tracked_column() IS 'Trigger on tracked_column: the column must exist';

-- Event types that the user added to billing_event_class are known as well.
CREATE FUNCTION zoom_gold.listed_values(relation text, column_name text) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN (SELECT v.known || CASE WHEN v.column_name = 'event_type' THEN ARRAY(SELECT c.event_type FROM gold_state.billing_event_class c ORDER BY 1) END
		FROM zoom_gold.known_value() v WHERE v.relation = listed_values.relation AND v.column_name = listed_values.column_name);
END
$$;
COMMENT ON FUNCTION zoom_gold.listed_values(text, text) IS 'The values that words may be mapped to in a column of silver; NULL for columns whose values are not listed';

CREATE FUNCTION zoom_gold.guard_value_map() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	listed text[];
	meaning text;
BEGIN
	NEW.relation := zoom_gold.contract_name(NEW.relation);
	listed := zoom_gold.listed_values(NEW.relation, NEW.column_name);
	IF listed IS NULL THEN
		RAISE EXCEPTION 'values of column "%" of "%" cannot be mapped', NEW.column_name, NEW.relation USING ERRCODE = 'undefined_column',
			HINT = format('It can be done with %s.', (SELECT string_agg(v.column_name || ' of ' || v.relation, ', ') FROM zoom_gold.known_value() v));
	END IF;
	NEW.source_value := zoom_gold.normal_text(NEW.source_value);
	IF NEW.source_value IS NULL THEN
		RAISE EXCEPTION 'source_value is empty' USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'What is NULL or empty in silver stays unknown.';
	END IF;
	meaning := (SELECT k FROM unnest(listed) AS k WHERE lower(k COLLATE "C") = lower(zoom_gold.normal_text(NEW.silver_value) COLLATE "C") LIMIT 1);
	IF meaning IS NULL THEN
		RAISE EXCEPTION '"%" is not a known value of column "%"', NEW.silver_value, NEW.column_name USING ERRCODE = 'invalid_parameter_value',
			HINT = format('The values are %s.', (SELECT string_agg(DISTINCT k, ', ') FROM unnest(listed) AS k));
	END IF;
	NEW.silver_value := meaning;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_value_map() IS
'Trigger on value_map: the column must be one of those whose values are listed, the value one of these; both are brought to their normal form';

/*
 * A condition is pasted into the query that reads silver, so it must be one
 * expression and nothing else.  Opening a cursor parses it as part of a
 * single SELECT: a second statement is refused before any is run, and no row
 * is fetched.  A CHECK constraint on an empty copy of the relation then
 * refuses whatever leaves the parentheses, sub-selects, aggregates and
 * set-returning functions; the stored expression names its functions.
 */
CREATE FUNCTION zoom_gold.check_condition(condition text, relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
	-- as it will be computed
	SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres' SET standard_conforming_strings = on SET quote_all_identifiers = off AS $$
DECLARE
	probe refcursor;
	volatile_function regproc;
BEGIN
	OPEN probe NO SCROLL FOR EXECUTE format('SELECT (%s) FROM %s WHERE false', condition, relation);
	CLOSE probe;
	EXECUTE format('CREATE TEMPORARY TABLE zoom_gold_condition (LIKE %s) ON COMMIT DROP', relation);
	EXECUTE format('ALTER TABLE pg_temp.zoom_gold_condition ADD CONSTRAINT condition CHECK (%s)', condition);
	SELECT p.oid INTO volatile_function
	FROM pg_constraint c
	CROSS JOIN LATERAL regexp_matches(c.conbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS f (match)
	JOIN pg_proc p ON p.oid = f.match[1]::oid
	WHERE c.conrelid = 'pg_temp.zoom_gold_condition'::regclass AND c.contype = 'c' AND p.provolatile = 'v' LIMIT 1;
	DROP TABLE pg_temp.zoom_gold_condition;
	IF volatile_function IS NOT NULL THEN
		RAISE EXCEPTION 'function % is volatile', volatile_function USING ERRCODE = 'invalid_object_definition';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.check_condition(text, regclass) IS
'Fails unless the text is one boolean expression over the columns of the relation, without sub-selects, aggregates and volatile functions';

CREATE FUNCTION zoom_gold.guard_quality_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	builtin record;
	other text;
BEGIN
	-- '*' stands for all relations: a name is taken when it is there or here
	SELECT * INTO builtin FROM zoom_gold.builtin_rule() b
	WHERE (TG_OP = 'INSERT' AND b.rule_name = NEW.rule_name
			AND (b.relation = NEW.relation OR '*' IN (b.relation, NEW.relation)))
		OR (TG_OP <> 'INSERT' AND b.rule_name = OLD.rule_name AND b.relation = OLD.relation)
	ORDER BY b.relation = coalesce(NEW.relation, OLD.relation) DESC LIMIT 1;

	IF builtin IS NOT NULL THEN
		IF TG_OP = 'DELETE' THEN
			RAISE EXCEPTION 'rule "%" is built in and cannot be removed', OLD.rule_name
				USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Set enabled to false instead.';
		ELSIF (NEW.relation, NEW.rule_name, NEW.condition, NEW.severity, NEW.error_type) IS DISTINCT FROM
			(builtin.relation, builtin.rule_name, NULL::text, builtin.severity, builtin.error_type)
		THEN
			RAISE EXCEPTION 'rule "%" is built in: only enabled and description can be changed', builtin.rule_name
				USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Add a rule of another name.';
		ELSIF builtin.contract AND NOT NEW.enabled THEN
			RAISE EXCEPTION 'rule "%" cannot be switched off', builtin.rule_name
				USING ERRCODE = 'object_not_in_prerequisite_state',
					DETAIL = 'Gold cannot hold rows that break it.';
		END IF;
		RETURN NEW;
	ELSIF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;

	IF NEW.rule_name !~ '^[a-z][a-z0-9_]{0,62}$' THEN
		RAISE EXCEPTION 'invalid name of a rule: "%"', NEW.rule_name USING ERRCODE = 'invalid_name',
			HINT = 'It takes lower-case letters, digits and underscores.';
	ELSIF NEW.condition IS NULL THEN
		RAISE EXCEPTION 'rule "%" needs a condition', NEW.rule_name USING ERRCODE = 'null_value_not_allowed',
			HINT = 'For instance: duration_minutes > 600.';
	END IF;
	IF NEW.relation <> '*' THEN
		NEW.relation := zoom_gold.contract_name(NEW.relation);
	END IF;
	-- the log names a rule and a relation
	SELECT q.relation INTO other FROM gold_state.quality_rule q
	WHERE q.rule_name = NEW.rule_name AND q.relation <> NEW.relation AND '*' IN (q.relation, NEW.relation)
		AND (TG_OP = 'INSERT' OR (q.relation, q.rule_name) <> (OLD.relation, OLD.rule_name));
	IF FOUND THEN
		RAISE EXCEPTION 'relation "%" has a rule "%"', other, NEW.rule_name USING ERRCODE = 'unique_violation',
			DETAIL = 'The relation * stands for all of them.', HINT = 'Choose another name.';
	END IF;
	-- what does not hold can always be switched off
	IF NEW.enabled THEN
		PERFORM zoom_gold.check_rule_condition(NEW.rule_name, NEW.relation, NEW.condition);
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION zoom_gold.guard_quality_rule() IS
'Trigger on quality_rule: built-in rules keep their meaning, conditions of users must be sound';

CREATE FUNCTION zoom_gold.check_rule_condition(rule_name text, relation text, condition text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text;
BEGIN
	FOR target IN
		SELECT t.table_name FROM zoom_gold.model_table() t
		WHERE t.table_schema = 'silver' AND relation IN (t.table_name, '*')
	LOOP
		IF zoom_gold.silver_relation(target) IS NULL THEN
			RAISE EXCEPTION 'the relation does not exist' USING ERRCODE = 'undefined_table';
		END IF;
		PERFORM zoom_gold.check_condition(condition, zoom_gold.silver_relation(target));
	END LOOP;
EXCEPTION WHEN OTHERS THEN
	RAISE EXCEPTION 'invalid condition of rule "%" on "%": %', rule_name, target, SQLERRM
		USING ERRCODE = SQLSTATE,
			DETAIL = 'A condition is one boolean expression over the columns of the silver row; true means bad.',
			HINT = 'Name columns without the relation, functions that are not PostgreSQL''s own with their schema. '
				|| 'Sub-selects, aggregates and volatile functions do not work.';
END
$$;
COMMENT ON FUNCTION zoom_gold.check_rule_condition(text, text, text) IS
'Fails with the reason when a condition is unsound for a relation it applies to';

-- --------------------------------------------------------------------------
-- What was changed while the guards were away: between teardown() and setup(),
-- or with triggers off
-- --------------------------------------------------------------------------

-- The silver schema is looked for where it is read.
CREATE FUNCTION zoom_gold.configuration_problem() RETURNS TABLE (relation text, problem text, remedy text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT 'gold_state.settings', format('invalid value for setting "%s": "%s"', s.name, s.value),
		format('UPDATE gold_state.settings SET value = %L WHERE name = %L', d.value, s.name)
	FROM gold_state.settings s JOIN zoom_gold.default_setting() d USING (name)
	WHERE s.name <> 'silver_schema' AND zoom_gold.setting_is_valid(s.name, s.value) IS NOT TRUE
	UNION ALL
	SELECT 'gold_state.settings', format('unknown setting "%s"', s.name), format('DELETE FROM gold_state.settings WHERE name = %L', s.name)
	FROM gold_state.settings s WHERE s.name NOT IN (SELECT d.name FROM zoom_gold.default_setting() d)
	UNION ALL
	SELECT 'gold_state.quality_rule', CASE WHEN c.changed THEN format('rule "%s" of "%s" is built in, and was changed', b.rule_name, b.relation)
			ELSE format('rule "%s" of "%s" cannot be switched off', b.rule_name, b.relation) END,
		format('UPDATE gold_state.quality_rule SET %s WHERE relation = %L AND rule_name = %L', concat_ws(', ',
			CASE WHEN c.changed THEN format('condition = NULL, severity = %L, error_type = %L', b.severity, b.error_type) END,
			CASE WHEN b.contract AND NOT q.enabled THEN 'enabled = true' END), b.relation, b.rule_name)
	FROM gold_state.quality_rule q JOIN zoom_gold.builtin_rule() b USING (relation, rule_name)
	CROSS JOIN LATERAL (SELECT (q.condition, q.severity, q.error_type) IS DISTINCT FROM (NULL::text, b.severity, b.error_type)) AS c (changed)
	WHERE c.changed OR b.contract AND NOT q.enabled
	UNION ALL
	SELECT 'gold_state.quality_rule', format('rule "%s" of "%s" has no condition', q.rule_name, q.relation),
		format('DELETE FROM gold_state.quality_rule WHERE relation = %L AND rule_name = %L', q.relation, q.rule_name)
	FROM gold_state.quality_rule q
	WHERE q.condition IS NULL AND NOT EXISTS (SELECT FROM zoom_gold.builtin_rule() b WHERE b.relation = q.relation AND b.rule_name = q.rule_name)
	UNION ALL
	SELECT 'gold_state.quality_rule', format('rule "%s" of "%s" has the name of one of "%s"', q.rule_name, q.relation, string_agg(o.relation, '", "' ORDER BY o.relation)),
		format('UPDATE gold_state.quality_rule SET rule_name = %L WHERE relation = %L AND rule_name = %L',
			left(q.rule_name, 60 - length(q.relation)) || CASE q.relation WHEN '*' THEN '_all' ELSE '_' || q.relation END, q.relation, q.rule_name)
	FROM gold_state.quality_rule q JOIN gold_state.quality_rule o USING (rule_name)
	WHERE q.condition IS NOT NULL AND q.relation <> o.relation
		AND (o.relation = '*' OR q.relation = '*' AND o.condition IS NULL)
	GROUP BY q.relation, q.rule_name
	UNION ALL
	SELECT 'gold_state.value_map', format('"%s" cannot be mapped to "%s" in column "%s" of "%s"', m.source_value, m.silver_value, m.column_name, m.relation),
		format('DELETE FROM gold_state.value_map WHERE relation = %L AND column_name = %L AND source_value = %L', m.relation, m.column_name, m.source_value)
	FROM gold_state.value_map m
	WHERE (m.silver_value = ANY (zoom_gold.listed_values(m.relation, m.column_name)) AND m.source_value = zoom_gold.normal_text(m.source_value)) IS NOT TRUE
	UNION ALL
	SELECT 'gold_state.tracked_column', format('"%s" is not a tracked column of "gold.go_dim_user"', t.column_name),
		format('DELETE FROM gold_state.tracked_column WHERE column_name = %L', t.column_name)
	FROM gold_state.tracked_column t
	-- a refresh follows what was renamed
	WHERE NOT zoom_gold.is_tracked_column(t.column_name) AND NOT zoom_gold.verify_renamed();
END
$$;
COMMENT ON FUNCTION zoom_gold.configuration_problem() IS
'What in the tables that users edit their guards would have refused, with the command that mends it; conditions of rules apart';

CREATE FUNCTION zoom_gold.is_empty_table(target regclass) RETURNS boolean
LANGUAGE sql STABLE
RETURN CASE WHEN (SELECT c.relkind IN ('r', 'p') FROM pg_class c WHERE c.oid = target) THEN NOT zoom_gold.has_rows(target) ELSE false END;
COMMENT ON FUNCTION zoom_gold.is_empty_table(regclass) IS 'Whether a relation is a table that has no rows';

-- A table that was made anew has none of the columns that users gave it, and no row
-- to judge: a rule that names one of them waits until it is back.
CREATE FUNCTION zoom_gold.condition_problem() RETURNS TABLE (relation text, problem text, remedy text, waits boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	rule record;
	target text;
BEGIN
	FOR rule IN SELECT q.* FROM gold_state.quality_rule q WHERE q.enabled AND q.condition IS NOT NULL ORDER BY q.relation, q.rule_name LOOP
		FOR target IN SELECT t.table_name FROM zoom_gold.model_table() t WHERE t.table_schema = 'silver' AND rule.relation IN (t.table_name, '*') LOOP
			BEGIN
				PERFORM zoom_gold.check_rule_condition(rule.rule_name, target, rule.condition);
				CONTINUE;
			EXCEPTION WHEN OTHERS THEN
				IF SQLSTATE ~ '^(40|57|53)' THEN
					RAISE;
				END IF;
				problem := SQLERRM;
				waits := SQLSTATE = '42703' AND zoom_gold.is_empty_table(zoom_gold.silver_relation(target));
			END;
			relation := CASE WHEN waits THEN zoom_gold.silver_relation(target)::text ELSE 'gold_state.quality_rule' END;
			remedy := format('UPDATE gold_state.quality_rule SET enabled = false WHERE relation = %L AND rule_name = %L', rule.relation, rule.rule_name);
			RETURN NEXT;
			EXIT WHEN NOT waits;
		END LOOP;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.condition_problem() IS
'The rules of users whose conditions cannot be computed, with the command that switches them off; waits: of an empty table that lacks a column';

CREATE FUNCTION zoom_gold.require_sound_configuration() RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one record;
	problems text[] := '{}';
	remedies text[] := '{}';
BEGIN
	FOR one IN SELECT c.*, false AS waits FROM zoom_gold.configuration_problem() c UNION ALL SELECT * FROM zoom_gold.condition_problem() LOOP
		IF one.waits THEN
			RETURN QUERY SELECT one.relation, one.problem || ': its steps fail until the column is back';
		ELSE
			problems := problems || one.problem::text;
			remedies := remedies || one.remedy::text;
		END IF;
	END LOOP;
	IF problems <> '{}' THEN
		RAISE EXCEPTION '%', problems[1] USING ERRCODE = 'invalid_parameter_value',
			DETAIL = format('In gold_state is wrong: %s.', array_to_string(problems, '; ')),
			HINT = format('Mend it, for instance by: %s; then run zoom_gold.setup() again.', array_to_string(remedies, '; '));
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_sound_configuration() IS
'Fails, naming all and what mends it, where the tables that users edit hold what their guards would have refused; returns the rules of empty tables that wait for a column. For setup()';

CREATE FUNCTION zoom_gold.mark_configured(table_name text, changed jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO gold_state.dirty (consumer)
	SELECT DISTINCT s.process_name
	FROM zoom_gold.step_input() s
	WHERE CASE table_name
		WHEN 'settings' THEN coalesce(s.input = 'setting ' || (changed ->> 'name'), s.input LIKE 'setting %')
		WHEN 'value_map' THEN coalesce(s.input = changed ->> 'relation', s.input LIKE 'si\_%')
		WHEN 'quality_rule' THEN coalesce(s.input = nullif(changed ->> 'relation', '*'), s.input LIKE 'si\_%')
		ELSE s.input = table_name END;
	-- the next turn is reckoned with the new interval
	IF table_name = 'settings' AND (changed ->> 'name' IN ('full_compare_interval', 'captured_compare_interval')) IS NOT FALSE THEN
		UPDATE gold_state.relation_state SET next_piece_at = NULL;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.mark_configured(text, jsonb) IS
'Marks the steps dirty that depend on a row of a table that users edit, or for NULL on any of its rows';

CREATE FUNCTION zoom_gold.mark_dependents() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		PERFORM zoom_gold.mark_configured(TG_TABLE_NAME, NULL);
	ELSIF to_jsonb(OLD) - 'description' IS DISTINCT FROM to_jsonb(NEW) - 'description' THEN
		PERFORM zoom_gold.mark_configured(TG_TABLE_NAME, c.changed)
		FROM unnest(ARRAY[to_jsonb(OLD), to_jsonb(NEW)]) AS c (changed) WHERE c.changed IS NOT NULL;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.mark_dependents() IS
'Trigger on tables that users edit: marks the steps that depend on a changed row dirty, after TRUNCATE on any row';
