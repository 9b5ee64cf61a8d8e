\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- verify() notices every kind of damage.
CALL t.setup();
INSERT INTO silver.si_users SELECT 'u' || n, 'User ' || n, n || '@x.example', 'C', 'Free', timestamptz '2024-01-01Z' + n * interval '1 day', NULL, 'Z' FROM generate_series(1, 8) AS n;
INSERT INTO silver.si_users SELECT user_id, user_name, email, 'D', plan_type, load_timestamp, load_timestamp + interval '20 days', 'Z' FROM silver.si_users;
INSERT INTO silver.si_meetings SELECT 'm' || n, 'u' || n % 8, 'T' || n % 3, timestamptz '2024-02-01 10:00Z' + n * interval '1 day', NULL, n, '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 40) AS n;
INSERT INTO silver.si_feature_usage SELECT 'f' || n, 'm' || n, 'F' || n % 2, n, date '2024-02-01' + n, '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 40) AS n;
INSERT INTO silver.si_webinars SELECT 'w' || n, 'u1', 'W', timestamptz '2024-02-01 10:00Z' + n * interval '1 day', NULL, n, '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 5) AS n;
INSERT INTO silver.si_support_tickets SELECT 't' || n, 'u1', 'K', 'Resolved', date '2024-02-01', '2024-02-03Z', NULL, 'Z' FROM generate_series(1, 5) AS n;
INSERT INTO silver.si_licenses SELECT 'l' || n, 'Pro', 'u' || n, date '2024-02-01', '2024-03-01', '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 5) AS n;
INSERT INTO silver.si_billing_events SELECT 'b' || n, 'u1', 'Subscription Fee', n, date '2024-02-01', '2024-03-01Z', NULL, 'Z' FROM generate_series(1, 5) AS n;
CALL t.refresh();
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'all is well');
SELECT t.same('SELECT count(*) > 10 FROM zoom_gold.verify()', 'true', 'which is a number of checks');

-- Do the damage, look, undo it: did a check fail?
CREATE FUNCTION t.noticed(damage text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	noticed boolean;
	rows bigint;
BEGIN
	BEGIN
		EXECUTE damage;
		GET DIAGNOSTICS rows = ROW_COUNT;
		IF rows = 0 THEN
			RAISE EXCEPTION 'no damage done: %', damage;
		END IF;
		SELECT NOT bool_and(passed) INTO noticed FROM zoom_gold.verify();
		RAISE EXCEPTION SQLSTATE 'ZZUND';
	EXCEPTION WHEN SQLSTATE 'ZZUND' THEN
		RETURN noticed;
	WHEN unique_violation OR check_violation OR exclusion_violation THEN
		RETURN true;
	END;
END
$$;
SELECT ok(t.noticed(damage), kind) FROM (VALUES
	('a version deleted', $$DELETE FROM gold.go_dim_user WHERE user_name = 'User 1' AND is_current$$),
	('a closed version deleted', $$DELETE FROM gold.go_dim_user WHERE user_name = 'User 1' AND NOT is_current$$),
	('a version invented', $$INSERT INTO gold.go_dim_user (user_name, valid_from, valid_to, is_current) VALUES ('Nobody', '2024-01-01Z', '9999-12-31 00:00Z', true)$$),
	('an attribute changed', $$UPDATE gold.go_dim_user SET plan_type = 'Pro' WHERE user_name = 'User 1' AND is_current$$),
	('an attribute nulled', $$UPDATE gold.go_dim_user SET email = NULL WHERE user_name = 'User 1' AND is_current$$),
	('a version that opens later', $$UPDATE gold.go_dim_user SET valid_from = valid_from + interval '1 us' WHERE user_name = 'User 1' AND is_current$$),
	('a version that closes earlier', $$UPDATE gold.go_dim_user SET valid_to = valid_to - interval '1 us' WHERE user_name = 'User 1' AND NOT is_current$$),
	('versions that overlap', $$UPDATE gold.go_dim_user SET valid_to = valid_to + interval '1 day' WHERE user_name = 'User 1' AND NOT is_current$$),
	('an empty version', $$INSERT INTO gold.go_dim_user (user_name, valid_from, valid_to, is_current) VALUES ('User 1', '2023-01-01Z', '2023-01-01Z', false)$$),
	('no current version', $$UPDATE gold.go_dim_user SET is_current = false WHERE user_name = 'User 1' AND is_current$$),
	('a name of another user', $$UPDATE gold.go_dim_user SET user_name = 'User 2 ' WHERE user_name = 'User 1'$$),
	('a meeting deleted', $$DELETE FROM gold.go_fact_meeting_usage WHERE duration_minutes = 7$$),
	('a meeting doubled', $$INSERT INTO gold.go_fact_meeting_usage SELECT * FROM gold.go_fact_meeting_usage WHERE duration_minutes = 7$$),
	('a meeting of another host', $$UPDATE gold.go_fact_meeting_usage SET user_name = 'User 2' WHERE duration_minutes = 7$$),
	('a meeting without host', $$UPDATE gold.go_fact_meeting_usage SET user_name = NULL WHERE duration_minutes = 7$$),
	('a meeting moved', $$UPDATE gold.go_fact_meeting_usage SET start_time = start_time + interval '1 hour' WHERE duration_minutes = 7$$),
	('a meeting made longer', $$UPDATE gold.go_fact_meeting_usage SET duration_minutes = 8 WHERE duration_minutes = 7$$),
	('two meetings exchanged their durations', $$UPDATE gold.go_fact_meeting_usage SET duration_minutes = 15 - duration_minutes WHERE duration_minutes IN (7, 8)$$),
	('a topic changed', $$UPDATE gold.go_fact_meeting_usage SET meeting_topic = 'T0' WHERE duration_minutes = 7$$),
	('a source changed', $$UPDATE gold.go_fact_meeting_usage SET source_system = 'Y' WHERE duration_minutes = 7$$),
	('a usage deleted', 'DELETE FROM gold.go_fact_feature_usage WHERE usage_count = 7'),
	('a usage counted twice', 'UPDATE gold.go_fact_feature_usage SET usage_count = 14 WHERE usage_count = 7'),
	('a webinar deleted', 'DELETE FROM gold.go_fact_webinar_usage WHERE registrants = 3'),
	('a ticket deleted', 'DELETE FROM gold.go_fact_support_ticket WHERE ctid = (SELECT min(ctid) FROM gold.go_fact_support_ticket)'),
	('a ticket resolved later', 'UPDATE gold.go_fact_support_ticket SET resolved_at = resolved_at + interval ''1 hour'' WHERE ctid = (SELECT min(ctid) FROM gold.go_fact_support_ticket)'),
	('an event deleted', 'DELETE FROM gold.go_fact_billing WHERE amount = 3'),
	('an amount changed', 'UPDATE gold.go_fact_billing SET amount = 3.01 WHERE amount = 3'),
	('a licence deleted', 'DELETE FROM gold.go_fact_license_utilization WHERE user_name = ''User 3'''),
	('a licence that ends later', 'UPDATE gold.go_fact_license_utilization SET end_date = end_date + 1 WHERE user_name = ''User 3'''),
	('a name not to be looked up', 'UPDATE gold_state.user_version SET begins_name = false WHERE base_name = ''User 3'''),
	('a topic without member', 'DELETE FROM gold.go_dim_meeting WHERE meeting_topic = ''T1'''),
	('a feature without member', 'DELETE FROM gold.go_dim_feature WHERE feature_name = ''F1'''),
	('a webinar without member', 'DELETE FROM gold.go_dim_webinar'),
	('a ticket type without member', 'DELETE FROM gold.go_dim_ticket_type'),
	('a licence type without member', 'DELETE FROM gold.go_dim_license_type'),
	('an event type without member', 'DELETE FROM gold.go_dim_billing_event_type'),
	('a day of active users deleted', $$DELETE FROM gold.go_agg_active_users WHERE activity_date = '2024-02-10' AND period_type = 'Daily'$$),
	('active users changed', $$UPDATE gold.go_agg_active_users SET active_user_count = active_user_count + 1 WHERE period_type = 'Weekly' AND activity_date = '2024-02-12'$$),
	('active users of a month without data', $$INSERT INTO gold.go_agg_active_users (activity_date, active_user_count, period_type) VALUES ('2023-02-01', 0, 'Monthly')$$),
	('minutes changed', $$UPDATE gold.go_agg_meeting_minutes SET total_meeting_minutes = total_meeting_minutes + 1 WHERE period_type = 'Monthly'$$),
	('a week of minutes deleted', $$DELETE FROM gold.go_agg_meeting_minutes WHERE period_type = 'Weekly' AND activity_date = '2024-02-12'$$),
	('a source of minutes changed', $$UPDATE gold.go_agg_meeting_minutes SET source_system = 'Y' WHERE period_type = 'Weekly' AND activity_date = '2024-02-12'$$),
	('adoption changed', $$UPDATE gold.go_agg_feature_adoption SET adoption_rate = adoption_rate - 0.01 WHERE period_type = 'Monthly'$$),
	('adoption deleted', $$DELETE FROM gold.go_agg_feature_adoption WHERE period_type = 'Daily' AND period_start = '2024-02-10'$$),
	('a resolution time changed', 'UPDATE gold.go_agg_ticket_resolution SET avg_resolution_time = avg_resolution_time + 0.01'),
	('MRR changed', 'UPDATE gold.go_agg_mrr SET monthly_recurring_revenue = monthly_recurring_revenue + 0.01'),
	('MRR deleted', 'DELETE FROM gold.go_agg_mrr'),
	('utilization changed', $$UPDATE gold.go_agg_license_utilization SET utilization_rate = utilization_rate + 0.01 WHERE period_type = 'Weekly'$$),
	('utilization deleted', $$DELETE FROM gold.go_agg_license_utilization WHERE period_type = 'Monthly'$$)
) AS d (kind, damage);
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'undone, all is well again');

-- what is pending is left out and named
CALL t.meeting('m99', 'u1', '2024-02-10 10:00Z', topic => 'Pending');
SELECT t.same('SELECT check_name, details FROM zoom_gold.verify() WHERE NOT passed', '{}'::text[], 'what is pending is no damage');
SELECT matches((SELECT details FROM zoom_gold.verify() LIMIT 1), '2024-02-10', 'its days are named in the first row');
CALL t.refresh();
SELECT t.healthy('all is well');

-- what is missing is named
ALTER TABLE silver.si_webinars RENAME TO webinars;
ALTER TABLE silver.si_users RENAME company TO firm;
ALTER TABLE gold.go_agg_mrr RENAME TO mrr;
ALTER TABLE gold_state.slice RENAME row_count TO rows;
SELECT t.same('SELECT check_name, passed, details FROM zoom_gold.verify()', '{
	"si_webinars|false|relation \"silver.si_webinars\" is missing: nothing is compared",
	"si_users|false|relation \"silver.si_users\" lacks column \"company\": nothing is compared",
	"go_agg_mrr|false|relation \"gold.go_agg_mrr\" is missing: nothing is compared",
	"slice|false|relation \"gold_state.slice\" lacks column \"row_count\": nothing is compared"}'::text[], 'what is missing is named');
ALTER TABLE silver.webinars RENAME TO si_webinars;
ALTER TABLE silver.si_users RENAME firm TO company;
ALTER TABLE gold.mrr RENAME TO go_agg_mrr;
ALTER TABLE gold_state.slice RENAME rows TO row_count;
SELECT t.healthy('all is there again');
SELECT * FROM finish();
