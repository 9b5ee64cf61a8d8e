-- A database as its users have made it: the sample year, columns, rules and
-- settings of their own.  The clock stands at the start of 2026.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET zoom_gold.clock = '2026-01-02 06:00Z';
CREATE EXTENSION zoom_gold;
SELECT count(*) FROM zoom_gold.setup() \g /dev/null
-- what is tested is what capture saw
UPDATE gold_state.settings SET value = '1000 years' WHERE name LIKE '%compare_interval';
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
UPDATE gold_state.settings SET value = '30' WHERE name = 'delete_guard_percent';
INSERT INTO gold_state.billing_event_class (event_type, mrr_sign) VALUES ('Chargeback', -1);
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity, error_type, enabled, description) VALUES
	('trial_licence', 'si_licenses', 'license_type = ''Trial''', 'error', 'Data Quality', true, 'Trials are not sold'),
	('long_for_us', 'si_meetings', 'duration_minutes > 480', 'warning', 'Validation', true, 'Longer than we are used to');

-- tracked, as it has the same name on both sides; and one that only gold has
ALTER TABLE silver.si_users ADD COLUMN department text;
ALTER TABLE gold.go_dim_user ADD COLUMN department text;
ALTER TABLE gold.go_fact_meeting_usage ADD COLUMN reviewed boolean;

\set sample_end '2025-12-31'
\ir ../../sample/sample.sql
