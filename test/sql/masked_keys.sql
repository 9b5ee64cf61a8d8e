\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Readers without PII see the log of errors, but nobody in its keys: neither
-- users nor an e-mail address that is the key of something else.
CALL t.setup();
INSERT INTO silver.si_users (user_id, load_timestamp) VALUES ('ana', '2024-01-01Z');
INSERT INTO silver.si_licenses (license_id, load_timestamp) VALUES ('Ana@x.example', '2024-01-01Z'), ('l1', '2024-01-01Z');
INSERT INTO silver.si_support_tickets (ticket_id, load_timestamp) VALUES ('desk:ana@x.example', '2024-01-01Z');
INSERT INTO silver.si_billing_events (event_id, load_timestamp) VALUES ('ana@x.example', '2024-01-01Z'), ('b1', '2024-01-01Z');
CALL t.refresh();
CREATE VIEW t.key AS
	SELECT source_table, process_audit_info::jsonb ->> 'key' AS key, process_audit_info::jsonb ->> 'rule' AS rule FROM gold_masked.go_error_audit_log;
SELECT is_empty('SELECT * FROM gold_masked.go_error_audit_log AS g WHERE g::text ~* ''ana''', 'nobody is named');
SELECT t.same('SELECT DISTINCT source_table, key FROM t.key WHERE key !~ ''^user [0-9a-f]{32}$''', '{silver.si_licenses|l1, silver.si_billing_events|b1}'::text[],
	'other keys are as they are');
SELECT t.same('SELECT source_table, count(DISTINCT key) FROM t.key GROUP BY 1',
	'{silver.si_users|1, silver.si_licenses|2, silver.si_support_tickets|1, silver.si_billing_events|2}'::text[], 'rows of one key are still told from others');
SELECT t.equal('SELECT source_table, rule FROM t.key', 'SELECT source_table, process_audit_info::jsonb ->> ''rule'' FROM gold.go_error_audit_log', 'and what is wrong with them');
SELECT * FROM finish();
