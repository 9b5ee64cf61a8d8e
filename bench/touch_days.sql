-- Correct 2 % of the meetings and feature usages of the days :days (a date
-- array literal): longer, more often, and every tenth by another host.

\set ON_ERROR_STOP on
UPDATE silver.si_meetings AS m
SET end_time = end_time + interval '3 minutes',
	duration_minutes = duration_minutes + 3,
	host_id = CASE WHEN m.meeting_id LIKE '%7' THEN 'USR0000077' ELSE host_id END,
	update_timestamp = update_timestamp + interval '1 hour'
FROM unnest(:'days'::date[]) AS touched (day)
WHERE m.start_time >= day AND m.start_time < day + 1
	AND abs(hashtext(m.meeting_id || :'round')) % 50 = 0;

UPDATE silver.si_feature_usage AS f
SET usage_count = usage_count + 1,
	update_timestamp = update_timestamp + interval '1 hour'
FROM unnest(:'days'::date[]) AS touched (day)
WHERE f.usage_date = day AND abs(hashtext(f.usage_id || :'round')) % 50 = 0;
