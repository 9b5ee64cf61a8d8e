	--------------------------------------------------------------------------
	-- The report.
	--------------------------------------------------------------------------
	pending AS (
		SELECT string_agg(x.what, '; ' ORDER BY x.what) AS what
		FROM (SELECT s.relation || ' ' ||
					 CASE WHEN bool_or(s.day IS NULL) THEN 'all days'
						  ELSE (array_agg(s.day ORDER BY s.day))[1:10]::text
							   || CASE WHEN count(*) > 10 THEN ' and ' || count(*) - 10 || ' days more' ELSE '' END END
			  FROM stale AS s GROUP BY s.relation
			  UNION ALL
			  SELECT 'si_users ' || CASE WHEN bool_or(u.op = 'T') THEN 'all users' ELSE count(DISTINCT u.user_id) || ' users' END
			  FROM pending_user AS u HAVING count(*) > 0
			  UNION ALL
			  SELECT d.consumer || ' ' || CASE WHEN bool_or(d.day IS NULL) THEN 'all days'
					 ELSE count(DISTINCT d.day) || ' days' END
			  FROM gold_state.dirty AS d WHERE d.consumer NOT IN (SELECT process_name FROM step)
			  GROUP BY d.consumer
			  UNION ALL
			  SELECT format('%s from %s to %s: its partition was detached', w.table_name, w.from_day, w.to_day - 1)
			  FROM away AS w) AS x (what)),
	check_list (position, check_name, what) AS (
		VALUES (2, 'user_history', NULL), (3, 'ticket_history', NULL), (4, 'user_identity', NULL),
			   (5, 'user_version', NULL), (6, 'go_dim_user', NULL), (7, 'go_dim_meeting', NULL), (8, 'go_dim_feature', NULL),
			   (9, 'go_dim_webinar', NULL), (10, 'go_dim_ticket_type', NULL), (11, 'go_dim_license_type', NULL),
			   (12, 'go_dim_billing_event_type', NULL), (13, 'go_fact_meeting_usage', NULL),
			   (14, 'go_fact_feature_usage', NULL), (15, 'go_fact_webinar_usage', NULL), (16, 'go_fact_support_ticket', NULL),
			   (17, 'go_fact_billing', NULL), (18, 'go_fact_license_utilization', NULL), (19, 'go_agg_active_users', NULL),
			   (20, 'go_agg_meeting_minutes', NULL), (21, 'go_agg_feature_adoption', NULL),
			   (22, 'go_agg_ticket_resolution', NULL), (23, 'go_agg_mrr', NULL), (24, 'go_agg_license_utilization', NULL),
			   (25, 'go_error_audit_log', NULL),
			   (26, 'user_versions', 'per user no overlap, one current version at most, no empty version'),
			   (27, 'user_names', 'one user per gold name'),
			   (28, 'fact_users', 'every fact with a user joins to a version as of its event'),
			   (29, 'fact_members', 'every topic, feature and type of a fact is a dimension member'),
			   (30, 'periods', 'every period is a day, an ISO week or a month by its first day'),
			   (31, 'go_process_audit_log', 'logs agree with themselves and the counts'),
			   (32, 'quality_rules', 'every rule of users can be computed'),
			   (33, 'user_label', NULL), (34, 'meeting_detail', NULL), (35, 'meeting_attendance', NULL),
			   (36, 'feature_detail', NULL), (37, 'webinar_detail', NULL),
			   (38, 'user_current', 'every user''s current row is the newest version of the user'),
			   (39, 'day_partial', NULL), (40, 'period_users', NULL), (41, 'slice', NULL), (42, 'license_span', NULL),
			   (43, 'open_error', NULL), (44, 'spread_key', NULL), (45, 'key_spelling', NULL), (46, 'tied_row', NULL),
			   (47, 'run', NULL), (48, 'secret', NULL), (49, 'reused_key', NULL),
			   (50, 'configuration', 'settings, built-in rules and mapped words are as their guards want them'),
			   (51, 'license_detail', NULL))
	SELECT r.check_name, r.passed, r.details
	FROM (SELECT 1, 'pending_changes', true, coalesce('left out: ' || p.what, 'nothing left out') FROM pending AS p
		  UNION ALL
		  SELECT c.position, c.check_name, s.check_name IS NULL AND v.check_name IS NULL,
				 concat_ws('; ',
					CASE WHEN s.check_name IS NOT NULL
						 THEN format('%s rows missing, %s rows extra, for example %s', s.missing, s.extra, s.example) END,
					CASE WHEN v.check_name IS NOT NULL THEN format('%s violations, for example %s', v.n, v.example) END,
					CASE WHEN s.check_name IS NULL AND v.check_name IS NULL THEN coalesce(c.what, 'no difference') END)
		  FROM check_list AS c
		  LEFT JOIN summary AS s USING (check_name)
		  LEFT JOIN (SELECT x.check_name, count(*) AS n, min(x.example) AS example FROM violation AS x GROUP BY 1) AS v
			USING (check_name)) AS r (position, check_name, passed, details)
	ORDER BY r.position;
