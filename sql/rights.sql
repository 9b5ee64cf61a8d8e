/* ==========================================================================
 * Who may read
 * ==========================================================================
 */

-- A keyed hash, in built-in functions only: the reader of a view runs its
-- functions, but not its tables, with rights of their own.  The key is a scalar,
-- not a join: a table of one row is never analyzed, and the planner takes it
-- for a thousand.  What is hashed are the bytes that the database has: not all
-- that an encoding other than UTF8 lets in can be converted to UTF8.
CREATE FUNCTION zoom_gold.pseudonym_expression(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('''user '' || left(encode(sha256(%1$s || sha256(%1$s || convert_to(%2$s, getdatabaseencoding()))), ''hex''), 32)',
		'(SELECT s.key FROM gold_state.secret s)', value)
$$;
COMMENT ON FUNCTION zoom_gold.pseudonym_expression(text) IS
'SQL that turns a value into its pseudonym under the key of gold_state.secret; NULL stays NULL';

-- The name of a fact is an expression, not the column itself, of which the
-- planner would know that it is unique: it would take it that everybody is named
-- by every fact, and that of those whom a query excludes from others one is left.
-- go_dim_user has it as it is, for joins with it.
CREATE FUNCTION zoom_gold.masked_expression(gold_table text, column_name text, pii text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN pii LIKE '%Personal Identifier' THEN CASE gold_table WHEN 'go_dim_user' THEN 'l.pseudonym' ELSE 'l.pseudonym || ''''' END
		WHEN pii LIKE 'Yes%' THEN 'NULL::text'
		-- what a failed step was told may quote a row
		WHEN column_name = 'error_description' THEN
			'CASE t.error_type WHEN ''Processing'' THEN concat_ws('' '', substring(t.error_description, ''^\w+''), ''failed'', '
			|| 'substring(t.error_description, ''\(SQLSTATE \w+\)$'')) ELSE t.error_description END'
		WHEN column_name = 'audit_details' THEN
			'CASE WHEN t.audit_details LIKE ''{%'' THEN (t.audit_details::jsonb '
			|| '- ''{error,error_detail,error_hint,error_context}''::text[])::text END'
		-- users are told by their keys, as anything is whose key is an e-mail address
		WHEN column_name = 'process_audit_info' THEN format(
			'CASE WHEN (t.source_table LIKE ''%%si\_users'' OR t.process_audit_info LIKE ''%%@%%'') AND t.process_audit_info LIKE ''{%%'' '
			|| 'THEN jsonb_set(t.process_audit_info::jsonb, ''{key}'', coalesce(to_jsonb(%s), ''null''))::text '
			|| 'ELSE t.process_audit_info END',
			zoom_gold.pseudonym_expression('(t.process_audit_info::jsonb ->> ''key'')'))
		ELSE format('t.%I', column_name)
	END
$$;
COMMENT ON FUNCTION zoom_gold.masked_expression(text, text, text) IS
'SQL for a column of gold, alias t, as readers without PII see it; l is the label of its name';

-- No view leaves out a row, so that no predicate can be told what the view does
-- not show: a security barrier would only keep conditions from indexes, and the
-- join with the labels where no name is asked for.
CREATE FUNCTION zoom_gold.masked_view(gold_table text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('CREATE OR REPLACE VIEW gold_masked.%1$I AS SELECT %2$s FROM gold.%1$I t %3$s',
		gold_table,
		-- columns that users added are left out: nobody said whether they are PII
		string_agg(format('%s AS %I', zoom_gold.masked_expression(m.table_name, m.column_name, m.pii), m.column_name), ', ' ORDER BY m.position),
		string_agg(format('LEFT JOIN gold_state.user_label l ON l.user_name = t.%I', m.column_name), '')
			FILTER (WHERE m.pii LIKE '%Personal Identifier'))
	FROM zoom_gold.gold_model() m WHERE m.table_name = gold_table
$$;
COMMENT ON FUNCTION zoom_gold.masked_view(text) IS 'The command that makes a view of gold_masked';

CREATE FUNCTION zoom_gold.create_masked_views() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
	command text;
BEGIN
	PERFORM zoom_gold.ensure_schema('gold_masked', 'The schema gold without PII: names are pseudonyms, e-mails NULL');
	FOR command IN
		SELECT zoom_gold.masked_view(t.table_name) FROM zoom_gold.model_table() t WHERE t.table_schema = 'gold'
		UNION ALL
		SELECT format('COMMENT ON VIEW gold_masked.%I IS %L', t.table_name, t.description)
		FROM zoom_gold.model_table() t WHERE t.table_schema = 'gold'
		UNION ALL
		SELECT format('COMMENT ON COLUMN gold_masked.%I.%I IS %L', m.table_name, m.column_name,
			m.description || CASE WHEN m.pii LIKE '%Personal Identifier' THEN '; a pseudonym'
								  WHEN m.pii LIKE 'Yes%' THEN '; NULL here' ELSE '' END)
		FROM zoom_gold.gold_model() m
	LOOP
		EXECUTE command;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.create_masked_views() IS 'Makes the views of gold_masked';

CREATE FUNCTION zoom_gold.pii_access(role name) RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.oid::regclass
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('gold', 'gold_state', 'gold_bi') AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND has_schema_privilege(role, n.oid, 'USAGE')
		AND has_any_column_privilege(role, c.oid, 'SELECT')
	ORDER BY c.relname
$$;
COMMENT ON FUNCTION zoom_gold.pii_access(name) IS 'Tables of gold and gold_state and views of gold_bi that a role can read, by whatever grant';

CREATE FUNCTION zoom_gold.revoke_pii(role name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	readable regclass;
	granted name;
BEGIN
	EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA gold, gold_state, gold_bi FROM %I', role);
	-- The catalog's row of gold_state is not touched without need: what touches it
	-- could have renamed the schema away and back.
	FOR granted IN
		SELECT n.nspname FROM pg_namespace n
		WHERE n.nspname IN ('gold', 'gold_state', 'gold_bi')
			AND EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee = (SELECT r.oid FROM pg_roles r WHERE r.rolname = role))
	LOOP
		EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', granted, role);
	END LOOP;
	EXECUTE format('REVOKE ALL ON FUNCTION zoom_gold.user_as_of(timestamptz) FROM %I', role);
	SELECT p INTO readable FROM zoom_gold.pii_access(role) p LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'role "%" can read table "%" all the same', role, readable
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = 'It is a superuser, or has the right through another role, through PUBLIC, or by the grant of somebody else.',
				HINT = 'Take that right away, or grant with pii => true.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.revoke_pii(name) IS
'Takes from a role what lets it read gold itself; fails when it still can';

-- Without a grant option GRANT only warns that it granted nothing.
CREATE FUNCTION zoom_gold.require_grant_options() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT has_schema_privilege('zoom_gold', 'USAGE WITH GRANT OPTION')
		OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'zoom_gold'::regnamespace
			AND NOT has_function_privilege(p.oid, 'EXECUTE WITH GRANT OPTION'))
		OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'zoom_gold'::regnamespace AND c.relkind = 'v'
			AND NOT has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION'))
	THEN
		RAISE EXCEPTION 'role "%" may not grant what is in schema "zoom_gold"', current_user
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Let a superuser run: GRANT USAGE ON SCHEMA zoom_gold TO %1$I WITH GRANT OPTION; '
					|| 'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA zoom_gold TO %1$I WITH GRANT OPTION; '
					|| 'GRANT SELECT ON ALL TABLES IN SCHEMA zoom_gold TO %1$I WITH GRANT OPTION.', current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.require_grant_options() IS
'Fails, naming the grants, where the caller cannot grant what readers need of the schema zoom_gold';

-- Who was let read by an earlier version shall read what has come since.
CREATE FUNCTION zoom_gold.renew_grants() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	reader text;
BEGIN
	IF NOT (has_function_privilege('zoom_gold.relation_comparison()', 'EXECUTE WITH GRANT OPTION')
			AND has_function_privilege('zoom_gold.unknown_values()', 'EXECUTE WITH GRANT OPTION')
			AND has_table_privilege('zoom_gold.unknown_value', 'SELECT WITH GRANT OPTION')) THEN
		RETURN;
	END IF;
	FOR reader IN
		SELECT DISTINCT a.grantee::regrole::text
		FROM pg_proc p, aclexplode(p.proacl) a
		WHERE p.oid = 'zoom_gold.relation_status()'::regprocedure AND a.privilege_type = 'EXECUTE' AND NOT a.is_grantable
			AND a.grantee NOT IN (0, p.proowner)
	LOOP
		EXECUTE 'GRANT EXECUTE ON FUNCTION zoom_gold.relation_comparison(), zoom_gold.unknown_values() TO ' || reader;
		EXECUTE 'GRANT SELECT ON zoom_gold.unknown_value TO ' || reader;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.renew_grants() IS
'Grants what readers need and earlier versions did not have to the roles that may read the status. For setup()';

-- Those who were let read before the extension was dropped and made anew: both
-- schemas are theirs still, and no function is.
CREATE FUNCTION zoom_gold.missing_grants() RETURNS TABLE (relation text, action text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'zoom_gold', format('grants missing: SELECT zoom_gold.grant_read(%L, pii => %s)', r.rolname, CASE WHEN k.pii THEN 'true' ELSE 'false' END)
	FROM (VALUES (true, 'gold', 'gold_bi'), (false, 'gold_masked', 'gold_bi_masked')) AS k (pii, tables, views)
	JOIN pg_roles r ON NOT has_function_privilege(r.oid, 'zoom_gold.relation_status()', 'EXECUTE')
	WHERE (SELECT count(*) FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
		WHERE n.nspname IN (k.tables, k.views) AND a.grantee = r.oid AND a.privilege_type = 'USAGE') = 2
	ORDER BY r.rolname
$$;
COMMENT ON FUNCTION zoom_gold.missing_grants() IS
'Roles that grant_read() let read gold and that may not call the extension''s functions, as rows of setup()';

CREATE FUNCTION zoom_gold.grant_read(role name, pii boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	granted text := CASE WHEN pii THEN 'gold' ELSE 'gold_masked' END;
	granted_bi text := CASE WHEN pii THEN 'gold_bi' ELSE 'gold_bi_masked' END;
	command text;
BEGIN
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_gold.require_setup();
	PERFORM zoom_gold.require_owner();
	PERFORM zoom_gold.require_grant_options();
	IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role) THEN
		RAISE EXCEPTION 'role % does not exist', coalesce('"' || role || '"', 'NULL') USING ERRCODE = 'undefined_object',
			HINT = 'CREATE ROLE makes one; zoom_gold.grant_read() makes none.';
	ELSIF pii IS NULL THEN
		RAISE EXCEPTION 'argument "pii" must not be null' USING ERRCODE = 'null_value_not_allowed',
			HINT = 'pii => true lets the role read names and e-mails, pii => false pseudonyms.';
	END IF;
	PERFORM zoom_gold.create_reader_views(s) FROM zoom_gold.reader_schema() s;
	EXECUTE format('GRANT USAGE ON SCHEMA %I, %I, zoom_gold TO %I', granted, granted_bi, role);
	FOR command IN
		SELECT format('GRANT SELECT ON %I.%I TO %I', granted, t.table_name, role)
		FROM zoom_gold.model_table() t WHERE t.table_schema = 'gold'
		UNION ALL
		SELECT format('GRANT SELECT ON %I.%I TO %I', granted_bi, b.view_name, role) FROM zoom_gold.bi_view() b
	LOOP
		EXECUTE command;
	END LOOP;
	EXECUTE format('GRANT SELECT ON zoom_gold.status, zoom_gold.unknown_value, zoom_gold.data_dictionary TO %I', role);
	EXECUTE format('GRANT EXECUTE ON FUNCTION zoom_gold.relation_status(), zoom_gold.relation_comparison(), zoom_gold.unknown_values(), zoom_gold.gold_model(), '
		|| 'zoom_gold.model_table(), zoom_gold.active_users(date, date), '
		|| 'zoom_gold.rolling_active_users(date, date, integer) TO %I', role);
	IF pii THEN
		EXECUTE format('GRANT EXECUTE ON FUNCTION zoom_gold.user_as_of(timestamptz) TO %I', role);
	ELSE
		PERFORM zoom_gold.revoke_pii(role);
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.grant_read(name, boolean) IS
'Lets a role read gold and gold_bi, or without PII only gold_masked and gold_bi_masked, the same with pseudonyms for names and no e-mails';
