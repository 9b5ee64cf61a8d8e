-- The opponent after changes to meetings and feature usages of the days :days:
-- the slices are deleted and inserted, the touched periods grouped anew.  It
-- is told the days; finding them out costs it nothing.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;

CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
SELECT unnest(:'days'::date[]) AS d;
CREATE TEMPORARY TABLE touched_period ON COMMIT DROP AS
SELECT DISTINCT p, name, date_trunc(p, d::timestamp)::date AS d,
	   (date_trunc(p, d::timestamp) + ('1 ' || p)::interval)::date AS next
FROM touched, (VALUES ('day', 'Daily'), ('week', 'Weekly'), ('month', 'Monthly')) AS v (p, name);
ANALYZE touched, touched_period;

CREATE TEMPORARY TABLE touched_meeting ON COMMIT DROP AS
SELECT m.*, u.sk, u.user_name
FROM touched AS t
JOIN silver.si_meetings AS m ON m.start_time >= t.d AND m.start_time < t.d + 1
LEFT JOIN base.dim_user AS u ON u.user_id = m.host_id AND u.is_current;
CREATE TEMPORARY TABLE touched_usage ON COMMIT DROP AS
SELECT f.usage_id, f.feature_name, f.usage_count, f.usage_date, f.source_system,
	   m.meeting_id, m.meeting_topic, u.sk
FROM touched AS t
JOIN silver.si_feature_usage AS f ON f.usage_date = t.d
LEFT JOIN silver.si_meetings AS m ON m.meeting_id = f.meeting_id AND m.end_time >= m.start_time
LEFT JOIN base.dim_user AS u ON u.user_id = m.host_id AND u.is_current;
ANALYZE touched_meeting, touched_usage;

DELETE FROM base.fact_meeting AS f USING touched AS t WHERE f.start_time >= t.d AND f.start_time < t.d + 1;
INSERT INTO base.fact_meeting
SELECT sk, user_name, nullif(regexp_replace(btrim(meeting_topic), '\s+', ' ', 'g'), ''), start_time, end_time,
	   CASE WHEN duration_minutes >= 0 AND abs(duration_minutes - extract(epoch FROM end_time - start_time) / 60) <= 1
			THEN duration_minutes
			ELSE floor(extract(epoch FROM end_time - start_time) / 60) END,
	   current_date, current_date, source_system
FROM touched_meeting
WHERE meeting_id IS NOT NULL AND end_time >= start_time;

DELETE FROM base.err USING touched_meeting AS m WHERE source_table = 'si_meetings' AND key = m.meeting_id;
INSERT INTO base.err
SELECT 'si_meetings', meeting_id,
	   CASE WHEN end_time < start_time THEN 'end before start' WHEN sk IS NULL THEN 'host unknown' ELSE 'duration' END,
	   now()
FROM touched_meeting
WHERE sk IS NULL OR end_time < start_time OR duration_minutes < 0
	OR abs(duration_minutes - extract(epoch FROM end_time - start_time) / 60) > 1;

DELETE FROM base.fact_feature AS f USING touched AS t WHERE f.usage_date = t.d;
INSERT INTO base.fact_feature
SELECT sk, meeting_topic, feature_name, usage_count, usage_date, current_date, current_date, source_system
FROM touched_usage
WHERE meeting_id IS NOT NULL AND usage_count >= 0 AND feature_name IS NOT NULL;

DELETE FROM base.err USING touched_usage AS f WHERE source_table = 'si_feature_usage' AND key = f.usage_id;
INSERT INTO base.err
SELECT 'si_feature_usage', usage_id, CASE WHEN usage_count < 0 THEN 'count' ELSE 'meeting unknown' END, now()
FROM touched_usage
WHERE meeting_id IS NULL OR usage_count < 0;

DELETE FROM base.agg_active AS a USING touched_period AS t WHERE a.p = t.name AND a.d = t.d;
INSERT INTO base.agg_active
SELECT t.name, t.d, count(DISTINCT f.sk), sum(f.duration_minutes)
FROM touched_period AS t
JOIN base.fact_meeting AS f ON f.start_time >= t.d AND f.start_time < t.next
GROUP BY 1, 2;

DELETE FROM base.agg_feature AS a USING touched_period AS t WHERE a.p = t.name AND a.d = t.d;
INSERT INTO base.agg_feature
SELECT x.p, x.d, x.feature_name, x.u, round(100.0 * x.u / nullif(a.n, 0), 2)
FROM (SELECT t.name AS p, t.d, f.feature_name, count(DISTINCT f.sk) AS u
	  FROM touched_period AS t
	  JOIN base.fact_feature AS f ON f.usage_date >= t.d AND f.usage_date < t.next AND f.usage_count > 0
	  GROUP BY 1, 2, 3) AS x
JOIN base.agg_active AS a ON a.p = x.p AND a.d = x.d;

DELETE FROM base.active_day AS a USING touched AS t WHERE a.d = t.d;
INSERT INTO base.active_day
SELECT DISTINCT f.sk, t.d
FROM touched AS t
JOIN base.fact_meeting AS f ON f.start_time >= t.d AND f.start_time < t.d + 1
WHERE f.sk IS NOT NULL;
DELETE FROM base.active_period AS a USING touched_period AS t WHERE a.p = t.p AND a.d = t.d;
INSERT INTO base.active_period
SELECT DISTINCT t.p, t.d, a.sk
FROM touched_period AS t
JOIN base.active_day AS a ON a.d >= t.d AND a.d < t.next;

DELETE FROM base.lic_used AS l USING touched_period AS t WHERE l.p = t.p AND l.d = t.d;
INSERT INTO base.lic_used
SELECT t.p, t.d, l.license_type, count(*)
FROM touched_period AS t
JOIN base.active_period AS a ON a.p = t.p AND a.d = t.d
JOIN base.fact_license AS l ON l.sk = a.sk AND l.assigned
WHERE l.start_date < t.next AND (l.end_date IS NULL OR l.end_date >= t.d)
GROUP BY 1, 2, 3;
DELETE FROM base.agg_license AS a USING touched_period AS t WHERE a.p = t.p AND a.d = t.d;
INSERT INTO base.agg_license
SELECT t.p, a.license_type, t.d, round(100.0 * coalesce(u.n, 0) / nullif(a.st - b.en, 0), 2)
FROM touched_period AS t
JOIN base.lic_cum AS a ON a.d = t.next - 1
JOIN base.lic_cum AS b ON b.license_type = a.license_type AND b.d = t.d - 1
LEFT JOIN base.lic_used AS u ON u.p = t.p AND u.d = t.d AND u.license_type = a.license_type;

COMMIT;
