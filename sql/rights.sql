/* ==========================================================================
 * Who may read
 * ==========================================================================
 */

-- A keyed hash, in built-in functions only: the reader of a view runs its
-- functions, but not its tables, with rights of their own.
CREATE FUNCTION zoom_gold.pseudonym_expression(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('''user '' || left(encode(sha256(s.key || sha256(s.key || convert_to(%s, ''UTF8''))), ''hex''), 32)', value)
$$;
COMMENT ON FUNCTION zoom_gold.pseudonym_expression(text) IS
'SQL that turns a value into its pseudonym under the key of gold_state.secret, alias s; NULL stays NULL';

CREATE FUNCTION zoom_gold.masked_expression(column_name text, pii text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT CASE
		WHEN pii LIKE '%Personal Identifier' THEN zoom_gold.pseudonym_expression(format('t.%I', column_name))
		WHEN pii LIKE 'Yes%' THEN 'NULL::text'
		-- what a failed step was told may quote a row
		WHEN column_name = 'error_description' THEN
			'CASE t.error_type WHEN ''Processing'' THEN concat_ws('' '', substring(t.error_description, ''^\w+''), ''failed'', '
			|| 'substring(t.error_description, ''\(SQLSTATE \w+\)$'')) ELSE t.error_description END'
		WHEN column_name = 'audit_details' THEN
			'CASE WHEN t.audit_details LIKE ''{%'' THEN (t.audit_details::jsonb '
			|| '- ''{error,error_detail,error_hint,error_context}''::text[])::text END'
		WHEN column_name = 'process_audit_info' THEN format(
			'CASE WHEN t.source_table LIKE ''%%si\_users'' AND t.process_audit_info LIKE ''{%%'' '
			|| 'THEN jsonb_set(t.process_audit_info::jsonb, ''{key}'', coalesce(to_jsonb(%s), ''null''))::text '
			|| 'ELSE t.process_audit_info END',
			zoom_gold.pseudonym_expression('(t.process_audit_info::jsonb ->> ''key'')'))
		ELSE format('t.%I', column_name)
	END
$$;
COMMENT ON FUNCTION zoom_gold.masked_expression(text, text) IS
'SQL for a column of gold as readers without PII see it';

CREATE FUNCTION zoom_gold.create_masked_views() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
	command text;
BEGIN
	PERFORM zoom_gold.ensure_schema('gold_masked', 'The schema gold without PII: names are pseudonyms, e-mails NULL');
	-- columns that users added are left out: nobody said whether they are PII
	FOR command IN
		SELECT format('CREATE OR REPLACE VIEW gold_masked.%1$I WITH (security_barrier) AS '
				|| 'SELECT %2$s FROM gold.%1$I t CROSS JOIN gold_state.secret s; '
				|| 'COMMENT ON VIEW gold_masked.%1$I IS %3$L', t.table_name,
			string_agg(format('%s AS %I', zoom_gold.masked_expression(m.column_name, m.pii), m.column_name),
				', ' ORDER BY m.position),
			t.description)
		FROM zoom_gold.model_table() t JOIN zoom_gold.gold_model() m USING (table_name)
		WHERE t.table_schema = 'gold'
		GROUP BY t.table_name, t.description
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
	WHERE n.nspname IN ('gold', 'gold_state') AND c.relkind IN ('r', 'v', 'm') AND has_schema_privilege(role, n.oid, 'USAGE')
		AND has_any_column_privilege(role, c.oid, 'SELECT')
	ORDER BY c.relname
$$;
COMMENT ON FUNCTION zoom_gold.pii_access(name) IS 'Tables of gold and gold_state that a role can read, by whatever grant';

CREATE FUNCTION zoom_gold.revoke_pii(role name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	readable regclass;
BEGIN
	EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA gold, gold_state FROM %I', role);
	EXECUTE format('REVOKE ALL ON SCHEMA gold, gold_state FROM %I', role);
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

CREATE FUNCTION zoom_gold.grant_read(role name, pii boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	granted text := CASE WHEN pii THEN 'gold' ELSE 'gold_masked' END;
	command text;
BEGIN
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_gold.require_setup();
	PERFORM zoom_gold.require_grant_options();
	IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role) THEN
		RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
	END IF;
	PERFORM zoom_gold.create_masked_views();
	EXECUTE format('GRANT USAGE ON SCHEMA %I, zoom_gold TO %I', granted, role);
	FOR command IN
		SELECT format('GRANT SELECT ON %I.%I TO %I', granted, t.table_name, role)
		FROM zoom_gold.model_table() t WHERE t.table_schema = 'gold'
	LOOP
		EXECUTE command;
	END LOOP;
	EXECUTE format('GRANT SELECT ON zoom_gold.status, zoom_gold.data_dictionary TO %I', role);
	EXECUTE format('GRANT EXECUTE ON FUNCTION zoom_gold.relation_status(), zoom_gold.relation_comparison(), zoom_gold.gold_model(), '
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
'Lets a role read gold, or without PII only gold_masked, the same tables with pseudonyms for names and no e-mails';
