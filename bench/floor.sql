-- What no engine can be faster than by much: reading each silver relation once
-- and writing the fact rows with COPY into tables without indexes.  The files
-- :'folder'/go_fact_*.copy are there.

\set ON_ERROR_STOP on
SELECT count(*) FROM silver.si_users \g /dev/null
SELECT count(*) FROM silver.si_meetings \g /dev/null
SELECT count(*) FROM silver.si_participants \g /dev/null
SELECT count(*) FROM silver.si_feature_usage \g /dev/null
SELECT count(*) FROM silver.si_webinars \g /dev/null
SELECT count(*) FROM silver.si_support_tickets \g /dev/null
SELECT count(*) FROM silver.si_licenses \g /dev/null
SELECT count(*) FROM silver.si_billing_events \g /dev/null
SELECT format('COPY bench.%I FROM %L', table_name, :'folder' || '/' || table_name || '.copy')
FROM information_schema.tables
WHERE table_schema = 'bench' AND table_name LIKE 'go_fact_%' \gexec
