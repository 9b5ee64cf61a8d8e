-- From the tables of connectors to the dashboard's figures, told step by step;
-- run by "make demo SOURCE=airbyte", after connectors.sql.

\set ON_ERROR_STOP on
\pset footer off
\pset border 1
\pset linestyle unicode
\pset unicode_header_linestyle single
\pset null '·'
SET client_min_messages = warning;

\echo
\echo '== What Airbyte has landed: Zoom, Zendesk, Stripe (sample/connectors.sql)'
SELECT n.nspname AS schema, c.relname AS "table", (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %s', c.oid::regclass), false, true, '')))[1]::text::bigint AS rows
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('raw_zoom', 'zendesk', 'stripe') AND c.relkind = 'r'
ORDER BY 1, 2;

\echo '== CREATE EXTENSION zoom_silver CASCADE; SELECT * FROM zoom_gold.setup()'
CREATE EXTENSION zoom_silver CASCADE;
SELECT FROM zoom_gold.setup() \g /dev/null

\echo '== Will it do? SELECT * FROM zoom_silver.check_source(''airbyte'', ''raw_zoom'')'
SELECT relation, item, verdict, CASE WHEN length(advice) > 60 THEN left(advice, 59) || '…' ELSE advice END AS advice
FROM zoom_silver.check_source('airbyte', 'raw_zoom');

\echo '== SELECT * FROM zoom_silver.add_source(...): what is licensed is Pro'
SELECT 'airbyte' AS kind, * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}')
UNION ALL SELECT 'zendesk', * FROM zoom_silver.add_source('zendesk', 'zendesk')
UNION ALL SELECT 'stripe', * FROM zoom_silver.add_source('stripe', 'stripe');

\echo '== Licences and features are in tables of our own: two queries more'
INSERT INTO zoom_silver_state.source_query (source, relation, deletes, query) VALUES
	('airbyte', 'si_licenses', 'mirror', 'SELECT l.license_id, l.license_type, l.assigned_to_user_id, l.start_date, l.end_date FROM {license_list} l'),
	('airbyte', 'si_feature_usage', 'keep', 'SELECT f.usage_id, f.meeting_id, f.feature_name, f.usage_count, f.usage_date FROM {feature_log} f');

\echo '== SELECT * FROM zoom_silver.pull()'
SELECT process_name, status, inserted, updated, deleted, unchanged FROM zoom_silver.pull();

\echo '== SELECT * FROM zoom_gold.refresh()'
SELECT process_name, status, record_count, error_count, round(duration_ms::numeric, 1) AS ms
FROM zoom_gold.refresh();

\ir kpis.sql

\echo '== The next sync: new tables, the old ones dropped, the new ones renamed; one user moves to another plan, one is gone'
BEGIN;
CREATE TABLE raw_zoom.users_airbyte_tmp AS TABLE raw_zoom.users;
UPDATE raw_zoom.users_airbyte_tmp SET _airbyte_extracted_at = now(), type = CASE id WHEN 'U00004' THEN 3 - type ELSE type END;
DELETE FROM raw_zoom.users_airbyte_tmp WHERE id = 'U00007';
DROP TABLE raw_zoom.users;
ALTER TABLE raw_zoom.users_airbyte_tmp RENAME TO users;
COMMIT;
SELECT process_name, status, inserted, updated, deleted, unchanged FROM zoom_silver.pull('airbyte');
SELECT process_name, status, record_count, (details ->> 'inserted')::bigint AS inserted, (details ->> 'updated')::bigint AS updated
FROM zoom_gold.refresh();
SELECT user_name, plan_type, valid_from::date, valid_to::date, is_current
FROM gold.go_dim_user
WHERE user_name IN (SELECT btrim(user_name) FROM silver.si_users WHERE user_id = 'U00004') OR NOT is_current AND valid_to > now() - interval '1 hour'
ORDER BY user_name, valid_from;

\echo '== Nothing new: SELECT * FROM zoom_silver.pull()'
SELECT FROM zoom_silver.pull() \g /dev/null
SELECT process_name, status, inserted, updated, deleted, unchanged FROM zoom_silver.pull();

\echo '== Is gold right? SELECT * FROM zoom_gold.verify()'
CREATE TEMPORARY TABLE verified AS SELECT * FROM zoom_gold.verify();
SELECT check_name, CASE WHEN passed THEN 'passed' ELSE 'FAILED' END AS result,
	   CASE WHEN length(details) > 72 THEN left(details, 71) || '…' ELSE details END AS details
FROM verified;

DO $$
BEGIN
	IF EXISTS (SELECT FROM gold.go_process_audit_log WHERE status = 'Failure') THEN
		RAISE EXCEPTION 'a step of the main job failed';
	ELSIF NOT (SELECT bool_and(passed) FROM verified) THEN
		RAISE EXCEPTION 'gold is not what silver says';
	END IF;
END
$$;
