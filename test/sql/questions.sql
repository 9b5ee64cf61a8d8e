\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- The fifteen questions of doc/QUESTIONS.md on the sample year, each answered
-- from silver as well: by its newest rows per key, users by their id.
RESET zoom_gold.clock;
CALL t.setup();
\set sample :abs_srcdir '/../sample/sample.sql'
\i :sample
CALL t.refresh();
\set doc `cat "$PG_ABS_SRCDIR/../doc/QUESTIONS.md"`
CREATE TABLE t.question AS
SELECT m[1]::integer AS n, m[2] AS title, rtrim(m[3], E';\n ') AS query
FROM regexp_matches(:'doc', '## (\d+?)\. ([^\n]*)\n```sql\n(.*?)```', 'g') AS m;
SELECT is((SELECT count(*) FROM t.question), 15::bigint, 'there are fifteen');

-- silver, row by row
SET TimeZone = 'UTC';
CREATE TABLE t.meeting AS SELECT * FROM zoom_gold.verify_meetings() WHERE NOT rejected;
CREATE TABLE t.participant AS SELECT p.*, m.key AS met FROM zoom_gold.verify_participants() p JOIN t.meeting m ON m.key = p.meeting_id WHERE NOT p.rejected;
CREATE TABLE t.usage AS SELECT u.*, m.ordinal, m.known FROM zoom_gold.verify_feature_usage() u JOIN t.meeting m ON m.key = u.meeting_id WHERE NOT u.rejected;
CREATE TABLE t.webinar AS SELECT * FROM zoom_gold.verify_webinars() WHERE NOT rejected;
CREATE TABLE t.ticket AS SELECT * FROM zoom_gold.verify_tickets() WHERE NOT rejected;
CREATE TABLE t.license AS SELECT * FROM zoom_gold.verify_licenses() WHERE NOT rejected;
CREATE TABLE t.billing AS SELECT * FROM zoom_gold.verify_billing() WHERE NOT rejected;
-- who somebody is, and what at a time; the names of gold are tested elsewhere
CREATE TABLE t.version AS
SELECT v.*, CASE WHEN row_number() OVER w = 1 THEN '-infinity' ELSE v.opened END AS since,
	coalesce(lead(v.opened) OVER w, 'infinity') AS until,
	last_value(v.user_name) OVER (PARTITION BY v.ordinal ORDER BY v.opened ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS person,
	lead(v.opened) OVER w IS NULL AS last
FROM zoom_gold.verify_users() v WINDOW w AS (PARTITION BY v.ordinal ORDER BY v.opened);
ANALYZE t.meeting, t.participant, t.usage, t.version, t.ticket, t.billing;
CREATE FUNCTION t.today() RETURNS date LANGUAGE sql AS $$ SELECT (now() AT TIME ZONE 'UTC')::date $$;
CREATE TABLE t.month AS
SELECT g::date AS month, (g + interval '1 month')::date AS until
FROM generate_series((SELECT min(date_trunc('month', day)) FROM t.meeting), date_trunc('month', greatest(t.today(), (SELECT max(day) FROM t.meeting))), interval '1 month') g;
CREATE TABLE t.active AS SELECT DISTINCT date_trunc('month', day)::date AS month, day, ordinal FROM t.meeting WHERE known;
CREATE TABLE t.last_active AS SELECT ordinal, max(day) AS day FROM t.active GROUP BY 1;
CREATE TABLE t.paid AS
SELECT CASE WHEN known THEN ordinal END AS ordinal, date_trunc('month', event_date)::date AS month,
	sum(CASE event_type WHEN 'Refund' THEN -abs(amount) ELSE abs(amount) END) AS mrr
FROM t.billing WHERE event_type IN ('Subscription Fee', 'Subscription Renewal', 'Refund') GROUP BY 1, 2;
-- a row per customer and month, those without payments among them
CREATE TABLE t.move AS
SELECT p.ordinal, m.month, coalesce(x.mrr, 0) AS mrr, coalesce(lag(x.mrr) OVER w, 0) AS before, coalesce(max(x.mrr) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) > 0 AS paid_once
FROM (SELECT DISTINCT ordinal FROM t.paid) p
CROSS JOIN (SELECT g::date AS month FROM generate_series((SELECT min(month) FROM t.paid), date_trunc('month', greatest(t.today(), (SELECT max(month) FROM t.paid))), interval '1 month') g) m
LEFT JOIN t.paid x ON x.ordinal IS NOT DISTINCT FROM p.ordinal AND x.month = m.month
WINDOW w AS (PARTITION BY p.ordinal ORDER BY m.month);

CREATE TABLE t.answer (n integer, query text);
INSERT INTO t.answer VALUES
(1, $$SELECT m.month, count(DISTINCT a.ordinal), m.until <= t.today() FROM t.month m LEFT JOIN t.active a USING (month) GROUP BY 1, m.until$$),
(2, $$SELECT m.month, round(coalesce(d.users, 0)::numeric / m.days, 2), coalesce(d.people, 0), round(100.0 * d.users / m.days / nullif(d.people, 0), 2)
	FROM (SELECT month, least(until, greatest(t.today(), (SELECT max(day) FROM t.meeting)) + 1) - greatest(month, (SELECT min(day) FROM t.meeting)) AS days FROM t.month) m
	LEFT JOIN (SELECT month, count(*) AS users, count(DISTINCT ordinal) AS people FROM t.active GROUP BY 1) d USING (month)$$),
(3, $$SELECT u.feature_name, v.plan_type, count(DISTINCT v.ordinal), sum(u.usage_count)
	FROM t.usage u LEFT JOIN t.version v ON v.ordinal = u.ordinal AND v.since < u.usage_date + 1 AND v.until >= u.usage_date + 1 WHERE u.usage_count > 0 GROUP BY 1, 2$$),
(4, $$SELECT month, sum(mrr)::numeric(10,2) FROM t.move GROUP BY 1$$),
(5, $$SELECT month,
	coalesce(sum(mrr - before) FILTER (WHERE before <= 0 AND mrr > 0 AND NOT paid_once), 0)::numeric(10,2),
	coalesce(sum(mrr - before) FILTER (WHERE mrr > before AND (before > 0 OR mrr <= 0)), 0)::numeric(10,2),
	coalesce(sum(mrr - before) FILTER (WHERE before <= 0 AND mrr > 0 AND paid_once), 0)::numeric(10,2),
	coalesce(sum(mrr - before) FILTER (WHERE mrr < before AND (before <= 0 OR mrr > 0)), 0)::numeric(10,2),
	coalesce(sum(mrr - before) FILTER (WHERE before > 0 AND mrr <= 0), 0)::numeric(10,2), sum(mrr)::numeric(10,2) FROM t.move GROUP BY 1$$),
(6, $$SELECT l.license_type, CASE WHEN l.ordinal IS NULL THEN 'Unassigned' ELSE 'Idle' END, count(*)
	FROM t.license l LEFT JOIN t.last_active a USING (ordinal)
	WHERE t.today() BETWEEN l.start_date AND coalesce(l.end_date, t.today()) AND (a.day IS NULL OR a.day <= t.today() - 30) GROUP BY 1, 2$$),
(7, $$SELECT m.month, coalesce(k.n, 0), coalesce(a.n, 0), round(1000.0 * coalesce(k.n, 0) / a.n, 2) FROM t.month m
	LEFT JOIN (SELECT date_trunc('month', open_date)::date AS month, count(*) AS n FROM t.ticket GROUP BY 1) k USING (month)
	LEFT JOIN (SELECT month, count(DISTINCT ordinal) AS n FROM t.active GROUP BY 1) a USING (month)$$),
(8, $$SELECT v.plan_type, count(*), round(avg(round(extract(epoch FROM t.resolved_at - t.open_date) / 3600, 2)), 1)
	FROM t.ticket t LEFT JOIN t.version v ON v.ordinal = t.ordinal AND v.since < t.open_date + 1 AND v.until >= t.open_date + 1 WHERE t.resolved_at IS NOT NULL GROUP BY 1$$),
(9, $$SELECT v.company, count(*), sum(m.duration_minutes) FROM t.meeting m LEFT JOIN t.version v ON v.ordinal = m.ordinal AND m.start_time >= v.since AND m.start_time < v.until
	GROUP BY 1 ORDER BY 3 DESC NULLS LAST, 1 LIMIT 10$$),
(10, $$WITH c AS (SELECT ordinal, min(month) AS cohort FROM t.active GROUP BY 1), s AS (SELECT cohort, count(*) AS n FROM c GROUP BY 1)
	SELECT s.cohort, (extract(year FROM age(m.month, s.cohort)) * 12 + extract(month FROM age(m.month, s.cohort)))::integer, s.n, count(a.ordinal), round(100.0 * count(a.ordinal) / s.n, 2)
	FROM s JOIN t.month m ON m.month >= s.cohort
	LEFT JOIN (SELECT DISTINCT c.cohort, a.month, a.ordinal FROM t.active a JOIN c USING (ordinal)) a ON a.cohort = s.cohort AND a.month = m.month GROUP BY 1, 2, 3$$),
(11, $$SELECT CASE WHEN v.closed < '9999-12-31' THEN 'deleted' WHEN seen > t.today() - 30 THEN 'active' WHEN seen > t.today() - 90 THEN 'idle' ELSE 'churned' END, count(*)
	FROM t.version v LEFT JOIN t.last_active a USING (ordinal) JOIN (SELECT ordinal, min(opened)::date AS signup FROM t.version GROUP BY 1) s USING (ordinal),
	LATERAL (SELECT coalesce(a.day, s.signup) AS seen) x WHERE v.last GROUP BY 1$$),
(12, $$SELECT extract(hour FROM start_time)::integer, count(*) FROM t.meeting GROUP BY 1$$),
(13, $$SELECT v.plan_type, count(*) FROM t.version v WHERE v.last AND v.plan_type <> 'Free' AND EXISTS (
	SELECT FROM t.meeting m JOIN t.version f ON f.ordinal = m.ordinal AND m.start_time >= f.since AND m.start_time < f.until WHERE m.ordinal = v.ordinal AND f.plan_type = 'Free') GROUP BY 1$$),
(14, $$SELECT v.person, count(*), sum(w.registrants), NULL FROM t.webinar w LEFT JOIN t.version v ON v.ordinal = w.ordinal AND v.last GROUP BY 1 ORDER BY 3 DESC NULLS LAST, 1 LIMIT 10$$),
(15, $$SELECT v.person, v.plan_type, l.license_type, a.day FROM t.license l LEFT JOIN t.version v ON v.ordinal = l.ordinal AND v.last LEFT JOIN t.last_active a ON a.ordinal = l.ordinal
	WHERE l.ordinal IS NOT NULL AND t.today() BETWEEN l.start_date AND coalesce(l.end_date, t.today()) AND (a.day IS NULL OR a.day <= t.today() - 30)$$);
SELECT t.equal(q.query, a.query, q.n || ': ' || q.title) FROM t.question q JOIN t.answer a USING (n) ORDER BY q.n;
SELECT ok((SELECT bool_and(cardinality(t.rows(q.query)) > 0) FROM t.question q), 'none is answered with nothing');

-- What it costs, right after the first refresh: the planner knows what gold and
-- its state hold, and no plan looks at rows many times over.
CREATE FUNCTION t.size(relation regclass) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s', relation) INTO n;
	RETURN n;
END
$$;
SELECT t.same($$SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	JOIN LATERAL (SELECT DISTINCT d.refobjsubid FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
		WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
			AND v.relnamespace = 'gold_bi'::regnamespace) u ON u.refobjsubid = a.attnum
	WHERE c.relkind = 'r' AND c.relname NOT LIKE 'go\_agg\_%' AND a.attname <> 'users' AND c.relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace) AND t.size(c.oid) > 1000
		AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = c.relnamespace::regnamespace::text AND s.tablename = c.relname AND s.attname = a.attname)$$,
	'{}'::text[], 'the first refresh leaves statistics of all that the views of gold_bi read of facts, dimensions and their state');
CREATE FUNCTION t.looked_at(plan jsonb) RETURNS numeric LANGUAGE sql AS $$
	SELECT sum((n ->> 'Actual Loops')::numeric * ((n ->> 'Actual Rows')::numeric
		+ coalesce((n ->> 'Rows Removed by Filter')::numeric, 0) + coalesce((n ->> 'Rows Removed by Join Filter')::numeric, 0)))
	FROM jsonb_path_query(plan, 'lax $.**{1 to last} ? (exists(@."Actual Rows"))') n
$$;
CREATE FUNCTION t.rows_looked_at(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO plan;
	RETURN t.looked_at(plan);
END
$$;
SELECT t.same(format('SELECT n, title FROM t.question WHERE t.rows_looked_at(query) > 20 * %s',
		(SELECT count(*) FROM gold.go_fact_meeting_usage) + (SELECT count(*) FROM gold.go_fact_feature_usage)),
	'{}'::text[], 'and no question passes 20 times the rows that there are from node to node');

-- attendance, which no question sums up by itself
SELECT t.equal('SELECT count(*), sum(attendees), sum(guests), sum(attended_minutes) FROM gold_bi.meetings',
	$$SELECT (SELECT count(*) FROM t.meeting), sum(n), sum(guests), sum(round(seconds / 60.0, 2))
	FROM (SELECT count(DISTINCT ordinal) + count(*) FILTER (WHERE ordinal IS NULL) AS n, count(*) FILTER (WHERE ordinal IS NULL) AS guests, coalesce(sum(seconds), 0) AS seconds
		FROM t.participant GROUP BY meeting_id) a$$, 'attendance of meetings');
SELECT t.same('SELECT * FROM gold_bi.mrr_movements WHERE starting_mrr + new_mrr + expansion_mrr + reactivation_mrr + contraction_mrr + churned_mrr <> ending_mrr', '{}'::text[],
	'movements lead from each month to the next, to the cent');
SELECT t.equal('SELECT to_char(month_start, ''YYYY-MM''), ending_mrr FROM gold_bi.mrr_movements', $$SELECT to_char(m.month_start, 'YYYY-MM'), coalesce(g.monthly_recurring_revenue, 0.00)
	FROM gold_bi.mrr_monthly m LEFT JOIN gold.go_agg_mrr g ON g.activity_month = to_char(m.month_start, 'YYYY-MM')$$, 'and they are those of gold');

-- what is older than all meetings, or to come: sums over a view are those of the facts
BEGIN;
SELECT t.same($$SELECT sum(tickets) = (SELECT count(*) FROM gold.go_fact_support_ticket) FROM gold_bi.tickets_per_1000_active_users$$, 'true', 'no ticket is lost');
INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date, load_timestamp)
SELECT 'far' || n, NULL, 'Far', 'Open', (date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date, now() FROM unnest('{-20,-17,2}'::integer[]) n;
INSERT INTO silver.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp)
SELECT 'far' || n, NULL, 'Subscription Fee', 10, (date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date, now() FROM unnest('{-20,2}'::integer[]) n;
CALL t.refresh();
SELECT t.same($$SELECT sum(tickets) = (SELECT count(*) FROM gold.go_fact_support_ticket), max(active_users) FILTER (WHERE month_start = (SELECT min(open_month) FROM gold_bi.tickets)),
		min(month_start) = (SELECT min(open_month) FROM gold_bi.tickets), max(month_start) = (SELECT max(open_month) FROM gold_bi.tickets), count(*), bool_or(is_complete AND month_start > now())
	FROM gold_bi.tickets_per_1000_active_users$$, 'true|0|true|true|22|false', 'nor one in a month without users');
SELECT t.same($$SELECT sum(monthly_recurring_revenue) = (SELECT sum(mrr_amount) FROM gold_bi.billing), count(*) FROM gold_bi.mrr_monthly$$, 'true|22', 'nor revenue');
SELECT t.same($$SELECT DISTINCT sum(meeting_minutes) = (SELECT sum(duration_minutes) FROM gold_bi.meetings) FROM (SELECT 1, meeting_minutes FROM gold_bi.meeting_minutes_daily
	UNION ALL SELECT 2, meeting_minutes FROM gold_bi.meeting_minutes_weekly UNION ALL SELECT 3, meeting_minutes FROM gold_bi.meeting_minutes_monthly) m (k, meeting_minutes) GROUP BY k$$, 'true', 'nor minutes');
ROLLBACK;

-- the sample year itself
SELECT t.same($$SELECT ticket_type FROM gold_bi.ticket_resolution_monthly WHERE average_resolution_hours IS NOT NULL GROUP BY ticket_type
	HAVING max(average_resolution_hours) > 2 * percentile_cont(0.5) WITHIN GROUP (ORDER BY average_resolution_hours)$$, '{}'::text[], 'no month of the sample took twice the usual time to resolve tickets');
SELECT t.same('SELECT max(start_time) BETWEEN now() - interval ''8 days'' AND now() FROM gold.go_fact_meeting_usage', 'true', 'and it ends today, cut by whole weeks');

-- masked: the same but for who it is, in every column of every view
\set oracle :abs_srcdir '/include/oracle.sql'
\i :oracle
\set bi :abs_srcdir '/include/bi.sql'
\i :bi
SELECT t.same('SELECT bi.masked_differences(''gold_bi_masked'', ''gold_bi'')', '{}'::text[], 'gold_bi_masked is gold_bi with pseudonyms and without e-mails');
SELECT t.same('SELECT bi.masked_differences(''gold_masked'', ''gold'')', '{}'::text[], 'and so is gold_masked');
SELECT t.same($$SELECT DISTINCT person ~ '^user [0-9a-f]{32}$' FROM gold_bi_masked.users$$, 'true', 'all pseudonyms');
SELECT * FROM finish();
