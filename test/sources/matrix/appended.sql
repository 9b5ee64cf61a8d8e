\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
\set matrix :abs_srcdir '/sources/matrix/matrix.inc'
\i :matrix
-- Syncs that append: every table of a source has each of its rows once more, read a day
-- before and saying something else in one column, or in all of them; and once more as gone,
-- read at the same time.  Silver's newest rows are those of the tables without that.
-- (Fivetran's tables have keys.)  "make columns" tries each column.
\set share 120
\getenv share SHARE
-- What tells rows apart, and what is said of a row that is another one: when a ticket
-- changed, and that a participant only waits.
CREATE TABLE t.key_column AS SELECT * FROM (VALUES ('users', '{id}'::text[]), ('report_meetings', '{uuid}'), ('report_webinars', '{uuid}'),
	('report_meeting_participants', '{user_id,meeting_id,meeting_uuid,join_time,status}'), ('webinar_registrants', '{id,webinar_id}'),
	('tickets', '{id,updated_at}'), ('ticket_metrics', '{ticket_id}'), ('invoice_line_items', '{id,invoice_id,invoice}'), ('invoices', '{id}'),
	('customers', '{id}'), ('charges', '{id}'), ('refunds', '{id}')) AS k (table_name, columns);
CREATE FUNCTION t.newest(source text, relation text) RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT (to_jsonb(n) - ''load_timestamp'' - ''source_system'')::text FROM (
		SELECT DISTINCT ON (s.%1$s) s.* FROM silver.%2$I s WHERE source_system = $1 ORDER BY s.%1$s, s.update_timestamp DESC, s.load_timestamp DESC) AS n',
		zoom_silver.key_column(relation), relation) USING source;
END
$$;
-- targets: tables; changed: for each what rows of alias t said besides, as a JSON object
CREATE FUNCTION t.appended(kind text, schema_name name, options jsonb, relation text, targets regclass[], changed text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	command text;
	said text;
BEGIN
	options := options || jsonb_build_object('relations', jsonb_build_array(relation));
	PERFORM FROM zoom_silver.add_source(kind, schema_name, options, 'once');
	PERFORM FROM zoom_silver.pull('once');
	FOR command IN SELECT format('INSERT INTO %1$s SELECT (jsonb_populate_record(t, %2$s)).* FROM %1$s t', c.target, c.change) FROM unnest(targets, changed) AS c (target, change) LOOP
		EXECUTE command;
	END LOOP;
	PERFORM FROM zoom_silver.add_source(kind, schema_name, options, 'twice');
	said := (SELECT string_agg(p.details ->> 'error', ' ') FROM zoom_silver.pull('twice') p);
	said := coalesce(said, (SELECT string_agg(d.l, E'\n') FROM (
		(SELECT 'once ' || l FROM t.newest('once', relation) l EXCEPT SELECT 'once ' || l FROM t.newest('twice', relation) l)
		UNION ALL (SELECT 'twice ' || l FROM t.newest('twice', relation) l EXCEPT SELECT 'twice ' || l FROM t.newest('once', relation) l)) AS d (l)), 'the same');
	UPDATE zoom_silver_state.source_query SET fingerprint = NULL, digest = NULL, input_digest = NULL WHERE source = 'twice';
	said := said || coalesce((SELECT ', written again: ' || sum(p.inserted + p.updated + p.deleted) FROM zoom_silver.pull('twice') p HAVING sum(p.inserted + p.updated + p.deleted) > 0), '');
	RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = said;
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	RETURN SQLERRM;
END
$$;
-- A column of a row: what another row has, or nothing; a day before.
CREATE TABLE t.change AS
SELECT c.kind, c.schema_name, c.options, c.relation, c.n, c.target, c.column_name, w.way, format(CASE w.way WHEN 'nothing' THEN 'jsonb_build_object(%1$L, NULL)'
		ELSE 'jsonb_build_object(%1$L, (SELECT max(o.%1$I::text) FROM %2$s o WHERE o.%1$I::text IS DISTINCT FROM t.%1$I::text))' END, c.column_name, c.target) AS sql,
	(SELECT format('jsonb_build_object(%1$L, t.%1$I - interval ''1 day'')', s.spelling) FROM zoom_silver.connector_column() k JOIN zoom_silver.table_column(c.target) s USING (column_name)
		WHERE k.meaning = 'extracted_at' ORDER BY k.place LIMIT 1) AS stamp
FROM t.input_column c JOIN t.key_column k USING (table_name), (VALUES ('nothing'), ('what another row has')) AS w (way)
WHERE c.nature <> 'stamp' AND c.column_name <> ALL (k.columns) AND c.schema_name NOT LIKE '%fivetran' AND c.schema_name NOT LIKE 'zoom%';
SELECT t.same(format('SELECT t.appended(%L, %L, %L, %L, %L, %L)', kind, schema_name, options, relation, ARRAY[target], ARRAY[changed]), 'the same', concat_ws(' ', relation, target, name))
FROM (
	SELECT kind, schema_name, options, relation, n, target, concat_ws(' ', column_name, 'was', way) AS name, concat_ws(' || ', stamp, sql) AS changed FROM t.change
	WHERE abs(hashtextextended(concat(target, column_name, way, relation), 0) % :share) = 0
	UNION ALL
	SELECT kind, schema_name, options, relation, n, target, 'all was ' || way, concat_ws(' || ', stamp, string_agg(sql, ' || ')) FROM t.change GROUP BY kind, schema_name, options, relation, n, target, way, stamp
) AS c ORDER BY schema_name, relation, n, name;

SELECT format('ALTER TABLE %s ADD IF NOT EXISTS _sdc_deleted_at text', target) FROM (SELECT DISTINCT target FROM t.change) AS c \gexec
SELECT t.same(format('SELECT t.appended(%L, %L, %L, %L, %L, %L)', kind, schema_name, options, relation, array_agg(DISTINCT target), array_agg('jsonb_build_object(''_sdc_deleted_at'', ''2025-03-03'')'::text)
	FILTER (WHERE nth = 1)), 'the same', concat_ws(' ', schema_name, relation, 'gone, and not'))
FROM (SELECT c.*, row_number() OVER (PARTITION BY c.schema_name, c.relation, c.target) AS nth FROM t.change c) AS c GROUP BY kind, schema_name, options, relation ORDER BY schema_name, relation;
SELECT * FROM finish();
