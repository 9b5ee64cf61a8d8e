	--------------------------------------------------------------------------
	-- The error log: wanted and present.
	--------------------------------------------------------------------------
	broken (relation, day, key, broken, rejected) AS (
		SELECT 'si_meetings', m.day, m.key, m.broken, m.rejected FROM meeting AS m
		WHERE m.broken <> '{}'
		UNION ALL SELECT 'si_feature_usage', u.day, u.key, u.broken, u.rejected FROM usage AS u
		WHERE u.broken <> '{}'
		UNION ALL SELECT 'si_participants', p.day, p.key, p.broken, p.rejected FROM participant AS p
		WHERE p.broken <> '{}'
		UNION ALL SELECT 'si_webinars', w.day, w.key, w.broken, w.rejected FROM webinar AS w
		WHERE w.broken <> '{}'
		UNION ALL SELECT 'si_support_tickets', t.day, t.key, t.broken, t.rejected FROM ticket AS t
		WHERE t.broken <> '{}'
		UNION ALL SELECT 'si_licenses', l.day, l.key, l.broken, l.rejected FROM license AS l
		WHERE l.broken <> '{}'
		UNION ALL SELECT 'si_billing_events', b.day, b.key, b.broken, b.rejected FROM billing AS b
		WHERE b.broken <> '{}'
		UNION ALL
		SELECT 'si_users', NULL, u.key,
			   CASE WHEN t.user_id IS NULL OR u.rejected THEN u.broken ELSE u.broken || 'name_taken'::text END, u.rejected
		FROM silver_user AS u
		LEFT JOIN (SELECT DISTINCT f.user_id, f.base_name FROM folded AS f WHERE f.user_name <> f.base_name) AS t
			ON t.user_id = u.key AND t.base_name = u.user_name
		WHERE (u.broken <> '{}' OR t.user_id IS NOT NULL)
		  AND (u.key IS NULL OR u.key NOT IN (SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.forgotten))),
	error_wanted AS (
		SELECT b.relation, b.day, x.rule, r.severity, b.key
		FROM broken AS b, unnest(b.broken) AS x (rule)
		JOIN rule AS r ON r.rule = x.rule
		WHERE r.relation = b.relation AND (r.severity = 'error') = b.rejected
		GROUP BY 1, 2, 3, 4, 5),
	error_open AS (
		SELECT l.source_table, j.info ->> 'rule' AS rule, j.info ->> 'severity' AS severity, j.info ->> 'key' AS key
		FROM go_error_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.process_audit_info) AS info) AS j
		WHERE l.status IN ('Open', 'In Progress') AND l.error_type <> 'Processing'
		  AND (l.source_table NOT LIKE '%si\_users' OR j.info ->> 'key' IS NULL OR j.info ->> 'key' NOT IN
			   (SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.forgotten))),
	error_side (source_table, rule, severity, key, day, n) AS (
		-- rows without a key are one row per relation and rule
		SELECT quote_ident(schema) || '.' || w.relation, w.rule, w.severity, w.key, w.day, 1
		FROM (SELECT w.relation, w.rule, w.severity, w.key, min(w.day) AS day FROM error_wanted AS w GROUP BY 1, 2, 3, 4) AS w
		UNION ALL
		SELECT o.source_table, o.rule, o.severity, o.key, NULL, -1 FROM error_open AS o),
	error_difference AS (
		SELECT e.source_table, e.rule, e.severity, e.key, max(e.day) AS day, sum(e.n) AS n
		FROM error_side AS e GROUP BY 1, 2, 3, 4 HAVING sum(e.n) <> 0),
	error_left AS (
		SELECT e.*
		FROM error_difference AS e
		CROSS JOIN LATERAL (SELECT substr(e.source_table, length(quote_ident(schema)) + 2) AS relation) AS r
		-- which of a user's rows with the same timestamps counts is not known here
		WHERE (r.relation = 'si_users' AND e.key IN (SELECT u.key FROM zoom_gold.verify_tied_users() AS u)) IS NOT TRUE
		  AND NOT coalesce(r.relation IN (SELECT relation FROM wholly_stale), false)
		  AND NOT EXISTS (SELECT FROM stale AS s WHERE s.relation = r.relation
						  AND (s.day = e.day OR e.key IS NULL
							   OR s.day IN (SELECT o.day FROM gold_state.open_error AS o
											WHERE o.relation = r.relation AND o.rule = e.rule AND o.key = e.key)))
		  AND NOT (r.relation = 'si_users' AND (e.key IS NULL AND EXISTS (SELECT FROM pending_user)
												OR e.key IN (SELECT user_id FROM pending_user)
												OR EXISTS (SELECT FROM pending_user WHERE op = 'T')
												OR (SELECT yes FROM users_stale)))
		  AND NOT (r.relation = 'si_support_tickets' AND e.key IN (SELECT ticket_id FROM pending_ticket))),
