-- What two databases are compared by, a row a line; dates of bookkeeping, what
-- nothing in silver uses any more and errors that were resolved apart.
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
CREATE FUNCTION pg_temp.rows_of(relation regclass, without text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE (
		SELECT format('SELECT %L || '' '' || ROW(%s)::text FROM %s', relation,
			string_agg(quote_ident(attname), ', ' ORDER BY attname), relation)
		FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND NOT attname = ANY (without));
END
$$;
SELECT pg_temp.rows_of(c.oid, '{load_date,update_date,reviewed}')
FROM pg_class c
WHERE c.relkind = 'r' AND (c.relnamespace = 'silver'::regnamespace
	OR c.relnamespace = 'gold'::regnamespace AND c.relname ~ '^go_(fact|agg|dim_user)')
UNION ALL
SELECT concat_ws(' ', 'error', source_table, coalesce(info ->> 'key', 'none'), info ->> 'rule', info ->> 'severity', error_type, error_description)
FROM gold.go_error_audit_log, LATERAL (SELECT process_audit_info::jsonb AS info) AS i
WHERE status <> 'Resolved'
UNION ALL
SELECT pg_temp.rows_of(t, '{}')
FROM unnest('{gold_state.settings,gold_state.quality_rule,gold_state.billing_event_class}'::regclass[]) AS t;
