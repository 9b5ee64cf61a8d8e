/* ==========================================================================
 * Reading
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.user_as_of(at timestamptz)
RETURNS TABLE (user_name text, email text, company text, plan_type text, valid_from timestamptz,
			   valid_to timestamptz, source_system text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	-- runs with the caller's rights, who may not call require_setup()
	IF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'gold' AND NOT has_schema_privilege(n.oid, 'USAGE'))
		OR NOT has_table_privilege(to_regclass('gold.go_dim_user'), 'SELECT')
	THEN
		RAISE EXCEPTION 'role "%" may not read gold', current_user USING ERRCODE = 'insufficient_privilege',
			HINT = format('As the owner of gold: SELECT zoom_gold.grant_read(%L, pii => true).', current_user);
	ELSIF to_regclass('gold.go_dim_user') IS NULL THEN
		RAISE EXCEPTION 'zoom_gold has no tables in this database yet'
			USING ERRCODE = 'undefined_table', HINT = 'Run SELECT * FROM zoom_gold.setup().';
	END IF;
	RETURN QUERY
	SELECT u.user_name, u.email, u.company, u.plan_type, u.valid_from, u.valid_to, u.source_system
	FROM gold.go_dim_user u
	WHERE u.valid_from <= user_as_of.at AND user_as_of.at < u.valid_to;
END
$$;
COMMENT ON FUNCTION zoom_gold.user_as_of(timestamptz) IS
'The versions of go_dim_user that held at an instant, at most one per user. Errors where setup() was not run, and for those who may not read gold';

-- The next ones read gold_state with its owner's rights and return counts only.
CREATE FUNCTION zoom_gold.active_users(from_date date, to_date date) RETURNS bigint
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_active_users';
COMMENT ON FUNCTION zoom_gold.active_users(date, date) IS
'Exact number of distinct active users in a range of UTC days, both ends included, from what the last '
'refresh left; 0 where there are none. Errors for a NULL and for an empty range';

CREATE FUNCTION zoom_gold.rolling_active_users(from_date date, to_date date, days integer)
RETURNS TABLE (activity_date date, active_user_count bigint)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_rolling_active_users';
COMMENT ON FUNCTION zoom_gold.rolling_active_users(date, date, integer) IS
'For each UTC day of a range, both ends included: exact number of distinct active users in the days (a '
'number of at least 1) that end with it. Errors for a NULL, for an empty range and for one without end';

CREATE FUNCTION zoom_gold.user_ordinals(users bytea) RETURNS integer[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_user_ordinals';
COMMENT ON FUNCTION zoom_gold.user_ordinals(bytea) IS
'The members of a set of users that gold_state keeps, in order. Errors where the bytes are damaged';

CREATE FUNCTION zoom_gold.packed_numbers(bytes bytea, width integer) RETURNS bigint[]
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_packed_numbers';
COMMENT ON FUNCTION zoom_gold.packed_numbers(bytea, integer) IS
'The integers, of 4 or 8 bytes each, that gold_state keeps packed in a value. Errors for another width; bytes that make no whole number are left out';

CREATE FUNCTION zoom_gold.pending_changes() RETURNS TABLE (relation text, pending bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'si_users', count(*) FROM gold_state.user_change
	UNION ALL
	SELECT 'si_support_tickets', count(*) FROM gold_state.ticket_change
	UNION ALL
	SELECT c.relation, count(*) FROM gold_state.slice_change c GROUP BY c.relation
$$;
COMMENT ON FUNCTION zoom_gold.pending_changes() IS
'Captured changes that wait for a refresh: rows of users and tickets, statements of the others';

CREATE FUNCTION zoom_gold.unnoticed_changes() RETURNS TABLE (relation text)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_unnoticed_changes';
COMMENT ON FUNCTION zoom_gold.unnoticed_changes() IS
'The silver relations read by watermark whose timestamps tell of changes since the last refresh; reads the recent rows of each';

CREATE FUNCTION zoom_gold.relation_status_work()
RETURNS TABLE (relation text, capture text, "rows" bigint, last_refresh timestamptz, last_status text,
			   pending_changes bigint, open_errors bigint, staleness interval)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT format('%I.%I', zoom_gold.setting('silver_schema'), r.relation),
		concat_ws(', ', r.capture,
			CASE WHEN t.target IS NULL THEN 'relation missing' END,
			CASE WHEN r.capture = 'trigger' AND zoom_gold.capture_gap(r.relation, t.target) IS NOT NULL
				THEN 'trigger lost' END,
			CASE WHEN EXISTS (SELECT FROM zoom_gold.missing_indexes(r.relation, t.target)) THEN 'scan' END),
		(SELECT sum(c.reltuples)::bigint FROM zoom_gold.relation_tree(t.target) p JOIN pg_class c ON c.oid = p.relid
		 WHERE c.relkind IN ('r', 'm', 'f') HAVING min(c.reltuples) >= 0),
		r.refreshed_at, r.status,
		CASE r.capture WHEN 'trigger' THEN coalesce(p.pending, 0) END,
		(SELECT count(*) FROM gold_state.open_error e WHERE e.relation = r.relation),
		zoom_gold.clock_now() - r.refreshed_at
	FROM gold_state.relation_state r
	CROSS JOIN LATERAL zoom_gold.silver_relation(r.relation) AS t (target)
	LEFT JOIN zoom_gold.pending_changes() p ON p.relation = r.relation
	ORDER BY 1;
END
$$;
COMMENT ON FUNCTION zoom_gold.relation_status_work() IS 'The work of relation_status()';

CREATE FUNCTION zoom_gold.relation_status()
RETURNS TABLE (relation text, capture text, "rows" bigint, last_refresh timestamptz, last_status text,
			   pending_changes bigint, open_errors bigint, staleness interval)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_for_readers';
COMMENT ON FUNCTION zoom_gold.relation_status() IS 'Rows of the view status';

CREATE FUNCTION zoom_gold.relation_comparison_work() RETURNS TABLE (relation text, compared_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('%I.%I', zoom_gold.setting('silver_schema'), r.relation), r.compared_at
	FROM gold_state.relation_state r
$$;
COMMENT ON FUNCTION zoom_gold.relation_comparison_work() IS 'The work of relation_comparison()';

CREATE FUNCTION zoom_gold.relation_comparison() RETURNS TABLE (relation text, compared_at timestamptz)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_for_readers';
COMMENT ON FUNCTION zoom_gold.relation_comparison() IS
'The silver relations, and since when all of each has been compared with gold. For the view status';

CREATE VIEW zoom_gold.status AS
SELECT s.relation, s.capture, s."rows", s.last_refresh, s.last_status, s.pending_changes, s.open_errors, s.staleness,
	c.compared_at AS compared_since
FROM zoom_gold.relation_status() AS s
LEFT JOIN zoom_gold.relation_comparison() AS c ON c.relation = s.relation
ORDER BY s.relation;
COMMENT ON VIEW zoom_gold.status IS 'How each silver relation is watched, when it was last read, and what waits';
COMMENT ON COLUMN zoom_gold.status.relation IS 'Silver relation';
COMMENT ON COLUMN zoom_gold.status.capture IS
'How changes are found: trigger; watermark: by its timestamps, and a month after the other within full_compare_interval; full: by comparing it in full each time. With "scan" where an index is missing, "trigger lost" where capture triggers are gone or see nothing';
COMMENT ON COLUMN zoom_gold.status.rows IS 'Estimated rows, from the last ANALYZE; NULL when unknown';
COMMENT ON COLUMN zoom_gold.status.last_refresh IS 'Last refresh that read it';
COMMENT ON COLUMN zoom_gold.status.last_status IS 'Its status';
COMMENT ON COLUMN zoom_gold.status.pending_changes IS
'Captured changes that wait: rows of users and tickets, statements of the others; NULL where nothing captures';
COMMENT ON COLUMN zoom_gold.status.open_errors IS 'Errors and warnings that are not resolved';
COMMENT ON COLUMN zoom_gold.status.staleness IS 'Time since the last refresh that read it';
COMMENT ON COLUMN zoom_gold.status.compared_since IS
'Since when all of it has been compared with gold, whatever capture told: the age of the month that was compared longest ago; NULL = never';

-- Columns of gold may have other types than the model's.
CREATE FUNCTION zoom_gold.unknown_values_work()
RETURNS TABLE (relation text, column_name text, value text, "rows" bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	SELECT format('%I.%I', (SELECT zoom_gold.setting('silver_schema')), k.relation), k.column_name, g.value, g.n
	FROM zoom_gold.known_value() k
	JOIN (SELECT 'si_users', u.plan_type::text, count(*) FROM gold.go_dim_user u WHERE u.is_current GROUP BY 2
		  UNION ALL
		  SELECT 'si_support_tickets', t.resolution_status::text, count(*) FROM gold.go_fact_support_ticket t GROUP BY 2
		  UNION ALL
		  SELECT 'si_licenses', l.license_type::text, count(*) FROM gold.go_fact_license_utilization l GROUP BY 2
		  UNION ALL
		  SELECT 'si_billing_events', b.event_type::text, count(*) FROM gold.go_fact_billing b GROUP BY 2) AS g (relation, value, n)
		ON g.relation = k.relation
	WHERE g.value <> ALL (k.known)
		AND NOT (k.column_name = 'event_type' AND EXISTS (SELECT FROM gold_state.billing_event_class c WHERE c.event_type = g.value))
	ORDER BY 4 DESC, 1, g.value COLLATE "C";
END
$$;
COMMENT ON FUNCTION zoom_gold.unknown_values_work() IS 'The work of unknown_values()';

CREATE FUNCTION zoom_gold.unknown_values()
RETURNS TABLE (relation text, column_name text, value text, "rows" bigint)
LANGUAGE c STABLE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_for_readers';
COMMENT ON FUNCTION zoom_gold.unknown_values() IS 'Rows of the view unknown_value';

CREATE VIEW zoom_gold.unknown_value AS
SELECT u.relation, u.column_name, u.value, u."rows"
FROM zoom_gold.unknown_values() AS u;
COMMENT ON VIEW zoom_gold.unknown_value IS
'Plans, states of tickets, types of licences and of billing events that gold shows and the logical model does not list, the most frequent first: they do not count as what they may mean. gold_state.value_map says what they mean';
COMMENT ON COLUMN zoom_gold.unknown_value.relation IS 'Silver relation';
COMMENT ON COLUMN zoom_gold.unknown_value.column_name IS 'Its column';
COMMENT ON COLUMN zoom_gold.unknown_value.value IS 'The value, as gold shows it';
COMMENT ON COLUMN zoom_gold.unknown_value.rows IS 'How many current users or facts have it';

CREATE VIEW zoom_gold.data_dictionary AS
SELECT m.table_name, m.column_name, m.data_type, m.description, m.pii AS pii_class, m.source
FROM zoom_gold.gold_model() m
UNION ALL
SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
	pg_catalog.col_description(c.oid, a.attnum), 'Unknown', 'column of users'
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'gold'
JOIN zoom_gold.model_table() t ON t.table_schema = 'gold' AND t.table_name = c.relname
WHERE a.attnum > 0 AND NOT a.attisdropped
	AND NOT EXISTS (SELECT FROM zoom_gold.gold_model() m WHERE m.table_name = c.relname AND m.column_name = a.attname);
COMMENT ON VIEW zoom_gold.data_dictionary IS 'Every column of gold, with type, description, PII class and source';
COMMENT ON COLUMN zoom_gold.data_dictionary.table_name IS 'Table of the schema gold';
COMMENT ON COLUMN zoom_gold.data_dictionary.column_name IS 'Its column';
COMMENT ON COLUMN zoom_gold.data_dictionary.data_type IS 'SQL type';
COMMENT ON COLUMN zoom_gold.data_dictionary.description IS 'What it holds';
COMMENT ON COLUMN zoom_gold.data_dictionary.pii_class IS
'Class of personal data in the logical model; Unknown for columns that users added';
COMMENT ON COLUMN zoom_gold.data_dictionary.source IS 'Where the value comes from';
