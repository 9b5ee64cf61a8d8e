	--------------------------------------------------------------------------
	-- Invariants of gold and its state: rows that break them.
	--------------------------------------------------------------------------
	fact_instant (table_name, user_name, at) AS (
		SELECT 'go_fact_meeting_usage', g.user_name, g.start_time FROM go_fact_meeting_usage AS g
		UNION ALL SELECT 'go_fact_support_ticket', g.user_name, (g.open_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM go_fact_support_ticket AS g
		UNION ALL SELECT 'go_fact_billing', g.user_name, (g.event_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM go_fact_billing AS g
		UNION ALL SELECT 'go_fact_license_utilization', g.user_name,
						 (g.start_date + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 us'
		FROM go_fact_license_utilization AS g),
	-- a name's versions up to an instant: one holds, or the last was closed
	fact_version AS (
		SELECT f.table_name, count(*) AS n
		FROM fact_instant AS f
		LEFT JOIN (SELECT d.user_name, min(d.valid_from) AS since FROM go_dim_user AS d GROUP BY 1) AS d
			ON d.user_name = f.user_name AND d.since <= f.at
		WHERE f.user_name IS NOT NULL AND d.user_name IS NULL
		  AND (f.table_name, zoom_gold.verify_day(f.at)) NOT IN (SELECT s.table_name, k.day FROM stale AS k
											JOIN step AS s USING (relation) WHERE k.day IS NOT NULL AND s.table_name IS NOT NULL)
		  AND f.table_name NOT IN (SELECT s.table_name FROM step AS s JOIN wholly_stale USING (relation)
								   WHERE s.table_name IS NOT NULL)
		GROUP BY 1),
	fact_member (table_name, member, dimension) AS (
		SELECT 'go_fact_meeting_usage', g.meeting_topic, 'go_dim_meeting' FROM go_fact_meeting_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_feature_usage', g.meeting_topic, 'go_dim_meeting' FROM go_fact_feature_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_feature_usage', g.feature_name, 'go_dim_feature' FROM go_fact_feature_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_webinar_usage', g.webinar_topic, 'go_dim_webinar' FROM go_fact_webinar_usage AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_support_ticket', g.ticket_type, 'go_dim_ticket_type' FROM go_fact_support_ticket AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_billing', g.event_type, 'go_dim_billing_event_type' FROM go_fact_billing AS g GROUP BY 2
		UNION ALL SELECT 'go_fact_license_utilization', g.license_type, 'go_dim_license_type'
		FROM go_fact_license_utilization AS g GROUP BY 2),
	period_row (table_name, period_type, day) AS (
		SELECT 'go_agg_active_users', g.period_type, g.activity_date FROM go_agg_active_users AS g
		UNION ALL SELECT 'go_agg_meeting_minutes', g.period_type, g.activity_date FROM go_agg_meeting_minutes AS g
		UNION ALL SELECT 'go_agg_feature_adoption', g.period_type, g.period_start FROM go_agg_feature_adoption AS g
		UNION ALL SELECT 'go_agg_ticket_resolution', g.period_type, g.period_start FROM go_agg_ticket_resolution AS g
		UNION ALL SELECT 'go_agg_license_utilization', g.period_type, g.period_start FROM go_agg_license_utilization AS g),
	log_row AS MATERIALIZED (
		SELECT l.process_name, l.status, l.record_count, l.error_count, j.details, (j.details ->> 'run')::bigint AS run
		FROM go_process_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.audit_details) AS details) AS j),
	violation (check_name, example) AS (
		SELECT 'user_versions', 'overlap, ordinal ' || v.ordinal
		FROM (SELECT u.ordinal, u.valid_to, lead(u.valid_from) OVER (PARTITION BY u.ordinal ORDER BY u.valid_from) AS next
			  FROM gold_state.user_version AS u) AS v WHERE v.next < v.valid_to
		UNION ALL
		SELECT 'user_versions', 'overlap of one name at ' || v.next
		FROM (SELECT d.valid_to, lead(d.valid_from) OVER (PARTITION BY d.user_name ORDER BY d.valid_from) AS next
			  FROM go_dim_user AS d) AS v WHERE v.next < v.valid_to
		UNION ALL
		SELECT 'user_versions', 'two current, ordinal ' || v.ordinal FROM gold_state.user_version AS v
		WHERE v.valid_to = forever GROUP BY v.ordinal HAVING count(*) > 1
		UNION ALL
		SELECT 'user_versions', 'two current of one name, valid_from ' || max(d.valid_from) FROM go_dim_user AS d
		WHERE d.is_current GROUP BY d.user_name HAVING count(*) > 1
		UNION ALL
		SELECT 'user_versions', 'empty or wrongly current, valid_from ' || d.valid_from FROM go_dim_user AS d
		WHERE NOT coalesce(d.valid_from < d.valid_to AND d.is_current = (d.valid_to = forever), false)
		UNION ALL
		SELECT 'user_current', c.example FROM zoom_gold.verify_current_users() AS c WHERE NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT 'user_names', 'one name of ordinals ' || min(v.ordinal) || ' and ' || max(v.ordinal)
		FROM gold_state.user_version AS v GROUP BY v.user_name HAVING min(v.ordinal) <> max(v.ordinal)
		UNION ALL
		SELECT 'user_names', 'not to be found by its name, ordinal ' || v.ordinal
		FROM (SELECT u.ordinal, u.base_name, u.begins_name, lag(u.base_name) OVER (PARTITION BY u.ordinal ORDER BY u.opened) AS before
			  FROM gold_state.user_version AS u) AS v
		WHERE v.base_name IS DISTINCT FROM v.before AND NOT v.begins_name
		UNION ALL
		SELECT 'user_names', 'state and gold differ, valid_from ' || c.valid_from
		FROM (SELECT v.user_name, v.valid_from, v.valid_to, 1 AS n FROM gold_state.user_version AS v
			  UNION ALL SELECT d.user_name, d.valid_from, d.valid_to, -1 FROM go_dim_user AS d) AS c
		GROUP BY c.user_name, c.valid_from, c.valid_to
		HAVING sum(c.n) <> 0 AND NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT 'fact_users', f.table_name || ': ' || f.n || ' rows without a version' FROM fact_version AS f
		UNION ALL
		SELECT 'fact_members', f.table_name || ' ' || quote_literal(left(f.member, 40)) || ' not in ' || f.dimension
		FROM fact_member AS f
		WHERE f.member IS NOT NULL
		  AND NOT EXISTS (SELECT FROM member_gold AS g WHERE g.table_name = f.dimension AND g.member = f.member)
		  AND NOT EXISTS (SELECT FROM gold_state.dirty AS d WHERE d.consumer = 'merge' || substr(f.dimension, 3))
		  -- usage may have been told of a meeting before its own turn
		  AND NOT (f.table_name = 'go_fact_feature_usage' AND f.dimension = 'go_dim_meeting'
				   AND EXISTS (SELECT FROM stale_own WHERE relation = 'si_meetings'))
		UNION ALL
		SELECT 'periods', p.table_name || ' ' || coalesce(p.period_type, 'NULL') || ' ' || coalesce(p.day::text, 'NULL')
		FROM period_row AS p
		WHERE NOT coalesce((p.period_type, p.day) IN (SELECT q.period_type, q.period_start
													  FROM zoom_gold.verify_periods(p.day) AS q), false)
		UNION ALL
		SELECT 'periods', 'go_agg_mrr ' || coalesce(g.activity_month, 'NULL') FROM go_agg_mrr AS g
		WHERE NOT coalesce(g.activity_month ~ '^\d{4}-(0[1-9]|1[0-2])$', false)
		UNION ALL
		SELECT 'go_process_audit_log', 'bad row of ' || coalesce(l.process_name, 'NULL') || ', run ' || coalesce(l.run::text, 'NULL')
		FROM log_row AS l
		WHERE NOT coalesce(l.status IN ('Success', 'Warning', 'Failure') AND l.record_count >= 0 AND l.error_count >= 0
						   AND jsonb_typeof(l.details) = 'object', false)
		UNION ALL
		-- the run's row has the worst status of its steps
		SELECT 'go_process_audit_log', 'status of run ' || r.run
		FROM (SELECT l.run,
					 max(array_position('{Success,Warning,Failure}', l.status)) FILTER (WHERE l.process_name = 'refresh') AS stated,
					 max(array_position('{Success,Warning,Failure}', l.status)) FILTER (WHERE l.process_name <> 'refresh') AS worst
			  FROM log_row AS l WHERE l.run IS NOT NULL GROUP BY l.run) AS r
		WHERE r.stated < r.worst
		UNION ALL
		SELECT 'go_process_audit_log', 'error_count of ' || l.process_name || ', run ' || l.run
		FROM log_row AS l
		WHERE l.status <> 'Failure' AND jsonb_typeof(l.details) = 'object'
		  AND (l.error_count <> (l.details ->> 'rejected')::bigint + (l.details ->> 'warned')::bigint
			   OR l.error_count > 0 AND l.status = 'Success')
		UNION ALL
		SELECT 'quality_rules', format('%s of %s: %s', e.rule, e.relation, e.error) FROM zoom_gold.verify_rule_errors() AS e
		UNION ALL
		SELECT 'configuration', p.problem FROM zoom_gold.configuration_problem() AS p WHERE p.relation <> 'gold_state.tracked_column'),
