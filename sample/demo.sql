-- The main job on the sample data, told step by step; run by "make demo".

\set ON_ERROR_STOP on
\pset footer off
\pset border 1
\pset linestyle unicode
\pset unicode_header_linestyle single
\pset null '·'
SET client_min_messages = warning;

\echo
\echo '== CREATE EXTENSION; SELECT * FROM zoom_gold.setup()'
CREATE EXTENSION zoom_gold;
SELECT split_part(relation, '.', 1) AS schema, action, count(*) AS relations
FROM zoom_gold.setup()
GROUP BY 1, 2
ORDER BY 1, 2;

\echo '== A year of silver data (sample/sample.sql)'
\ir sample.sql
SELECT relation, rows FROM (
	SELECT 1, 'si_users', count(*) FROM silver.si_users UNION ALL
	SELECT 2, 'si_meetings', count(*) FROM silver.si_meetings UNION ALL
	SELECT 3, 'si_participants', count(*) FROM silver.si_participants UNION ALL
	SELECT 4, 'si_feature_usage', count(*) FROM silver.si_feature_usage UNION ALL
	SELECT 5, 'si_webinars', count(*) FROM silver.si_webinars UNION ALL
	SELECT 6, 'si_support_tickets', count(*) FROM silver.si_support_tickets UNION ALL
	SELECT 7, 'si_licenses', count(*) FROM silver.si_licenses UNION ALL
	SELECT 8, 'si_billing_events', count(*) FROM silver.si_billing_events
) AS loaded (place, relation, rows) ORDER BY place;

\echo '== The main job: SELECT * FROM zoom_gold.refresh()'
SELECT process_name, status, record_count, error_count, round(duration_ms::numeric, 1) AS ms
FROM zoom_gold.refresh();

\ir kpis.sql

\echo '== Silver changes: a user moves to another plan, a meeting is corrected, tickets are closed'
UPDATE silver.si_users
SET plan_type = 'Enterprise', update_timestamp = now()
WHERE user_id = 'U00002';
UPDATE silver.si_meetings
SET end_time = end_time + interval '15 minutes', duration_minutes = duration_minutes + 15, update_timestamp = now()
WHERE meeting_id = 'M030000';
INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date,
									   load_timestamp, update_timestamp, source_system)
SELECT ticket_id, user_id, ticket_type, 'Closed', open_date, load_timestamp,
	   least(now(), coalesce(update_timestamp, load_timestamp) + interval '5 hours'), source_system
FROM (SELECT DISTINCT ON (ticket_id) * FROM silver.si_support_tickets
	  ORDER BY ticket_id, coalesce(update_timestamp, load_timestamp) DESC) AS newest
WHERE resolution_status = 'In Progress'
ORDER BY load_timestamp DESC LIMIT 3;

\echo '== and the next refresh does no more than that'
SELECT process_name, status, record_count,
	   (details ->> 'inserted')::bigint AS inserted, (details ->> 'updated')::bigint AS updated,
	   (details ->> 'deleted')::bigint AS deleted, round(duration_ms::numeric, 1) AS ms
FROM zoom_gold.refresh();

SELECT user_name, plan_type, valid_from::date, valid_to::date, is_current
FROM gold.go_dim_user
WHERE user_name = (SELECT DISTINCT btrim(user_name) FROM silver.si_users WHERE user_id = 'U00002')
ORDER BY valid_from;

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
