\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Values that each are right, and sums that no column of gold holds: the right
-- number, or an error of the step that says which and what helps; never a wrong
-- number, and the other steps work.
CALL t.setup();
CREATE FUNCTION t.failures() RETURNS TABLE (failure text, hint text) LANGUAGE sql AS $$
	SELECT process_name || ': ' || (details ->> 'error'), details ->> 'error_hint'
	FROM zoom_gold.refresh() WHERE status = 'Failure' AND process_name <> 'refresh'
$$;
CREATE FUNCTION t.mrr() RETURNS TABLE (month text, mrr numeric) LANGUAGE sql AS $$
	SELECT activity_month, monthly_recurring_revenue FROM gold.go_agg_mrr
$$;
CALL t.clock('2024-04-01Z');

-- money

CALL t.user('u1', 'Ana', '2024-01-01Z');
CALL t.billing('b1', 'u1', 'Subscription Fee', 99999999.99, '2024-02-01');
CALL t.billing('b2', 'u1', 'Subscription Renewal', 99999999.99, '2024-02-02');
CALL t.billing('b3', 'u1', 'Refund', -99999999.99, '2024-02-03');
CALL t.billing('b4', 'u1', 'Subscription Fee', 5, '2024-03-03');
SELECT t.same('SELECT * FROM t.failures()', NULL::text[], 'a sum overflows on its way only');
SELECT t.same('SELECT * FROM t.mrr()', '{2024-02|99999999.99, 2024-03|5.00}'::text[], 'it is right');
DELETE FROM silver.si_billing_events WHERE event_id = 'b3';
CALL t.billing('b5', 'u1', 'Subscription Fee', 7, '2024-03-04');
SELECT t.same('SELECT * FROM t.failures()',
	'refresh_agg_mrr: a sum is too large for column "monthly_recurring_revenue" of table "gold.go_agg_mrr"|Drop the schemas gold_masked, gold_bi and gold_bi_masked, whose views hold the type; '
	|| 'ALTER TABLE gold.go_agg_mrr ALTER COLUMN monthly_recurring_revenue TYPE numeric(16,2); then refresh again, and run zoom_gold.setup() and zoom_gold.grant_read() for the views.',
	'a month that overflows is an error of its step');
SELECT t.same('SELECT count(*), sum(amount) FROM gold.go_fact_billing', '4|200000011.98', 'the facts are there');
SELECT t.healthy('and what is shown is right');
SET client_min_messages = error;
DROP SCHEMA gold_masked, gold_bi, gold_bi_masked CASCADE;
RESET client_min_messages;
ALTER TABLE gold.go_agg_mrr ALTER COLUMN monthly_recurring_revenue TYPE numeric(16,2);
SELECT t.same('SELECT * FROM t.failures()', NULL::text[], 'the remedy helps');
SELECT t.same('SELECT * FROM t.mrr()', '{2024-02|199999999.98, 2024-03|12.00}'::text[], 'the month is right');
SELECT t.healthy('and all else');
CALL t.setup();
SELECT t.same('SELECT month_start, monthly_recurring_revenue FROM gold_bi.mrr_monthly WHERE month_start < ''2024-04-01''', '{2024-02-01|199999999.98,2024-03-01|12.00}'::text[], 'views show it');
SELECT t.same('SELECT month_start, new_mrr, contraction_mrr, ending_mrr FROM gold_bi.mrr_movements WHERE month_start < ''2024-04-01''',
	'{2024-02-01|199999999.98|0.00|199999999.98,2024-03-01|0.00|-199999987.98|12.00}'::text[], 'with what moved');
-- sums of some customers may be larger than what they come to
CALL t.user('u2', 'Bo', '2024-01-01Z', email => 'bo@x.example');
CALL t.billing('b6', 'u2', 'Refund', 99999999.99, '2024-05-01');
CALL t.billing('b7', 'u2', 'Refund', 99999999.99, '2024-05-01');
CALL t.billing('b8', 'u1', 'Subscription Fee', 99999999.99, '2024-05-01');
CALL t.billing('b9', 'u1', 'Subscription Fee', 99999999.99, '2024-05-01');
CALL t.refresh();
SELECT t.same('SELECT reactivation_mrr, contraction_mrr, ending_mrr FROM gold_bi.mrr_movements WHERE month_start = ''2024-05-01''', '199999999.98|-199999999.98|0.00', 'of each kind');

-- counts and minutes at the limits of integers

INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, duration_minutes, load_timestamp)
SELECT 'm' || i, 'u1', 'Long', '2024-02-10 10:00Z', 2147483647, '2024-02-10Z' FROM generate_series(1, 5) AS i;
INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, end_time, load_timestamp)
SELECT 'x' || i, 'u1', 'Long', '2000-01-01Z', '9999-12-30 23:59Z', '2024-02-10Z' FROM generate_series(1, 3) AS i;
INSERT INTO silver.si_feature_usage (usage_id, meeting_id, feature_name, usage_count, usage_date, load_timestamp)
SELECT 'f' || i, 'm1', 'Chat', 2147483647, '2024-02-10', '2024-02-10Z' FROM generate_series(1, 5) AS i;
INSERT INTO silver.si_participants (participant_id, meeting_id, user_id, join_time, leave_time, load_timestamp)
SELECT 'p' || i, 'm1', 'u1', '2000-01-01Z', '9999-12-30Z', '2024-02-10Z' FROM generate_series(1, 50) AS i;
INSERT INTO silver.si_webinars (webinar_id, host_id, webinar_topic, start_time, registrants, load_timestamp)
SELECT 'w' || i, 'u1', 'Launch', '2024-02-10 10:00Z', 2147483647, '2024-02-10Z' FROM generate_series(1, 5) AS i;
SELECT t.same('SELECT * FROM t.failures()', NULL::text[], 'counts and minutes');
SELECT t.same('SELECT activity_date, total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = ''Monthly''',
	(SELECT array_agg(line) FROM (
		SELECT to_char(start_time AT TIME ZONE 'UTC', 'YYYY-MM-01') || '|'
			|| sum(coalesce(duration_minutes, extract(epoch FROM end_time - start_time)::bigint / 60)) AS line
		FROM silver.si_meetings GROUP BY to_char(start_time AT TIME ZONE 'UTC', 'YYYY-MM-01')) AS l),
	'minutes beyond an integer are added up');
SELECT t.healthy('and are right');

-- hours between timestamps that lie as far apart as they can

INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date, load_timestamp)
SELECT 't' || i, 'u1', 'Bug', 'Resolved', '2000-01-01', '9999-12-30Z' FROM generate_series(1, 10) AS i;
SELECT t.same('SELECT * FROM t.failures()', NULL::text[], 'tickets of 8,000 years');
SELECT t.healthy('are right');
INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date, load_timestamp)
SELECT 'many' || i, 'u1', 'Bug', 'Resolved', '2000-01-01', '9999-12-30Z' FROM generate_series(1, 100) AS i;
SELECT t.same('SELECT failure FROM t.failures() WHERE failure NOT LIKE ''%skipped%''',
	'build_fact_support_ticket: a sum of relation "si_support_tickets" over the day 2000-01-01 is too large', 'too many of them are an error of their step');
SELECT t.healthy('and nothing is wrong');
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity)
VALUES ('resolved_in_the_future', 'si_support_tickets', 'load_timestamp > ''2100-01-01''', 'error');
SELECT t.same('SELECT * FROM t.failures()', NULL::text[], 'a rule that rejects them helps');
SELECT t.healthy('and all is right');
SELECT * FROM finish();
