	--------------------------------------------------------------------------
	-- Findings: rows missing and extra, per check.
	--------------------------------------------------------------------------
	finding (check_name, example, missing, extra) AS (
		SELECT d.table_name, 'day ' || d.day, d.missing, CASE WHEN keep_facts THEN 0 ELSE d.extra END
		FROM (SELECT f.table_name, f.day, sum(greatest(f.n, 0)) AS missing, sum(greatest(-f.n, 0)) AS extra
			  FROM fact_difference AS f GROUP BY 1, 2) AS d
		JOIN step AS s USING (table_name)
		WHERE s.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = s.relation AND k.day = d.day)
		  AND NOT EXISTS (SELECT FROM away AS w WHERE w.table_name = d.table_name AND d.day >= w.from_day AND d.day < w.to_day)
		UNION ALL
		SELECT d.table_name, 'day ' || d.day, greatest(d.n, 0), CASE WHEN keep_facts THEN 0 ELSE greatest(-d.n, 0) END
		FROM detail_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'user_label', l.example, greatest(l.n, 0), greatest(-l.n, 0) FROM label_difference AS l
		WHERE NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT d.table_name, d.period_type || ' ' || d.day, d.missing, d.extra
		FROM (SELECT a.table_name, a.period_type, a.day, sum(greatest(a.n, 0)) AS missing, sum(greatest(-a.n, 0)) AS extra
			  FROM agg_difference AS a GROUP BY 1, 2, 3) AS d
		WHERE NOT EXISTS (SELECT FROM agg_stale AS k WHERE k.table_name = d.table_name
						  AND (k.period_type IS NULL OR k.period_type = d.period_type AND k.period_start = d.day))
		  AND NOT EXISTS (
			SELECT FROM purged AS p
			JOIN (VALUES ('go_fact_meeting_usage', '{go_agg_active_users,go_agg_meeting_minutes,go_agg_feature_adoption,'
												   'go_agg_license_utilization}'::text[]),
						 ('go_fact_feature_usage', '{go_agg_feature_adoption}'),
						 ('go_fact_support_ticket', '{go_agg_ticket_resolution}'),
						 ('go_fact_billing', '{go_agg_mrr}'),
						 ('go_fact_license_utilization', '{go_agg_license_utilization}')) AS u (fact, used_by)
				ON u.fact = p.table_name
			WHERE d.table_name = ANY (u.used_by)
			  AND (p.table_name = 'go_fact_license_utilization' OR p.period_type = d.period_type AND p.period_start = d.day))
		UNION ALL
		SELECT u.check_name, u.example, greatest(u.n, 0), greatest(-u.n, 0) FROM user_difference AS u
		WHERE NOT (SELECT yes FROM users_stale)
		UNION ALL
		SELECT s.check_name, s.example, greatest(s.n, 0), greatest(-s.n, 0) FROM state_difference AS s
		UNION ALL
		SELECT m.table_name, m.example, greatest(m.n, 0), greatest(-m.n, 0)
		FROM member_difference AS m
		UNION ALL
		SELECT 'go_error_audit_log', concat_ws(' ', e.source_table, e.rule, e.severity, 'key', coalesce(left(e.key, 40), 'NULL')),
			   greatest(e.n, 0), greatest(-e.n, 0)
		FROM error_left AS e
		UNION ALL
		SELECT h.history || '_history', 'key ' || coalesce(left(h.key, 40), 'NULL'), greatest(h.n, 0), greatest(-h.n, 0)
		FROM zoom_gold.verify_history() AS h
		WHERE CASE h.history
			  WHEN 'user' THEN h.key NOT IN (SELECT p.user_id FROM pending_user AS p WHERE p.user_id IS NOT NULL)
				   AND NOT EXISTS (SELECT FROM pending_user AS p WHERE p.op = 'T')
				   AND h.key NOT IN (SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.forgotten)
			  ELSE h.key NOT IN (SELECT p.ticket_id FROM pending_ticket AS p WHERE p.ticket_id IS NOT NULL)
				   AND NOT EXISTS (SELECT FROM pending_ticket AS p WHERE p.op = 'T') END
		UNION ALL
		SELECT 'user_identity', 'ordinal ' || coalesce(i.ordinal::text, 'NULL'), 1, 1 FROM identity_difference AS i
		WHERE NOT (SELECT yes FROM users_stale)),
	summary AS (
		SELECT f.check_name, sum(f.missing) AS missing, sum(f.extra) AS extra, min(f.example) AS example
		FROM finding AS f WHERE f.missing > 0 OR f.extra > 0 GROUP BY 1),
