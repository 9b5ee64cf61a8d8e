	--------------------------------------------------------------------------
	-- What the state keeps of days and periods: wanted and present.
	--------------------------------------------------------------------------
	-- sums of days, as aggregates take them
	partial_source (relation, day, slice_day, member, amount, ordinal, source_system) AS (
		SELECT 'si_meetings', m.day, m.day, '', coalesce(m.duration_minutes, 0)::numeric, m.ordinal, m.source_system
		FROM meeting AS m WHERE NOT m.rejected
		UNION ALL
		SELECT 'si_feature_usage', u.day, u.day, u.feature_name, 0, u.ordinal, u.source_system
		FROM usage AS u WHERE NOT u.rejected AND u.usage_count > 0
		UNION ALL
		SELECT 'si_participants', p.meeting_day, p.day, '', 0, p.ordinal, NULL
		FROM participant AS p WHERE NOT p.rejected AND p.ordinal IS NOT NULL AND p.meeting_day IS NOT NULL
		UNION ALL
		SELECT 'si_support_tickets', t.day, t.day, t.ticket_type,
			   extract(epoch FROM t.resolved_at - t.open_date::timestamp AT TIME ZONE 'UTC') * 1000000, NULL, t.source_system
		FROM ticket AS t WHERE NOT t.rejected AND t.resolved_at IS NOT NULL
		UNION ALL
		SELECT 'si_billing_events', b.day, b.day, '', coalesce(k.mrr_sign, 0) * abs(b.amount) * 100, NULL, b.source_system
		FROM billing AS b LEFT JOIN gold_state.billing_event_class AS k USING (event_type) WHERE NOT b.rejected),
	partial_difference (relation, day, n) AS (
		SELECT c.relation, c.slice_day, sum(c.n)
		FROM (SELECT p.relation, p.day, p.slice_day, p.member, count(*) AS row_count, trunc(sum(p.amount))::bigint AS total,
					 zoom_gold.verify_numbers(array_agg(p.ordinal)) AS users,
					 zoom_gold.verify_systems(array_agg(DISTINCT p.source_system)) AS systems, 1 AS n
			  FROM partial_source AS p GROUP BY 1, 2, 3, 4
			  UNION ALL
			  SELECT d.relation, d.day, d.slice_day, d.member, d.row_count, d.total,
					 zoom_gold.verify_members(d.users), zoom_gold.verify_systems(d.systems), -1
			  FROM gold_state.day_partial AS d) AS c
		GROUP BY c.relation, c.day, c.slice_day, c.member, c.row_count, c.total, c.users, c.systems
		HAVING sum(c.n) <> 0),
	-- whom and which keys a day names
	slice_source (relation, day, key, ordinal) AS (
		SELECT 'si_meetings', m.day, m.key, CASE WHEN NOT m.rejected THEN m.ordinal END FROM meeting AS m
		UNION ALL SELECT 'si_feature_usage', u.day, u.key, CASE WHEN NOT u.rejected THEN u.ordinal END FROM usage AS u
		UNION ALL SELECT 'si_participants', p.day, p.key, CASE WHEN NOT p.rejected THEN p.ordinal END FROM participant AS p
		UNION ALL SELECT 'si_webinars', w.day, w.key, CASE WHEN NOT w.rejected THEN w.ordinal END FROM webinar AS w
		UNION ALL SELECT 'si_support_tickets', t.day, t.key, CASE WHEN NOT t.rejected THEN t.ordinal END FROM ticket AS t
		UNION ALL SELECT 'si_licenses', l.day, l.key, CASE WHEN NOT l.rejected THEN l.ordinal END FROM license AS l
		UNION ALL SELECT 'si_billing_events', b.day, b.key, CASE WHEN NOT b.rejected THEN b.ordinal END FROM billing AS b),
	slice_difference (relation, day, n) AS (
		SELECT c.relation, c.day, sum(c.n)
		FROM (SELECT s.relation, s.day, count(*) AS row_count, zoom_gold.verify_numbers(array_agg(s.ordinal)) AS users,
					 zoom_gold.verify_hashes(array_agg(hashtextextended(s.key COLLATE "C", 0)) FILTER (WHERE s.key IS NOT NULL)) AS keys, 1 AS n
			  FROM slice_source AS s GROUP BY 1, 2
			  UNION ALL
			  SELECT s.relation, s.day, s.row_count, zoom_gold.verify_members(s.users),
					 zoom_gold.verify_hashes(zoom_gold.packed_numbers(s.keys, 8)), -1
			  FROM gold_state.slice AS s
			  -- of rows that say that they were deleted days know the keys
			  WHERE s.relation NOT IN (SELECT d.relation FROM zoom_gold.verify_soft_deleted() AS d)) AS c
		WHERE c.relation NOT IN (SELECT d.relation FROM zoom_gold.verify_soft_deleted() AS d)
		GROUP BY c.relation, c.day, c.row_count, c.users, c.keys
		HAVING sum(c.n) <> 0),
	span_difference (day, n) AS (
		SELECT c.day, sum(c.n)
		FROM (SELECT l.start_date AS day, l.license_type, l.source_system,
					 zoom_gold.verify_hashes(array_agg(coalesce(l.end_date - date '2000-01-01', 2147483647)::bigint << 32 | l.ordinal)) AS spans, 1 AS n
			  FROM license AS l WHERE NOT l.rejected AND l.ordinal IS NOT NULL GROUP BY 1, 2, 3
			  UNION ALL
			  SELECT s.day, s.license_type, s.source_system,
					 zoom_gold.verify_hashes(ARRAY(SELECT p.numbers[2 * i - 1] << 32 | p.numbers[2 * i]
												   FROM generate_series(1, cardinality(p.numbers) / 2) AS i)), -1
			  FROM gold_state.license_span AS s, LATERAL (SELECT zoom_gold.packed_numbers(s.spans, 4) AS numbers) AS p) AS c
		GROUP BY c.day, c.license_type, c.source_system, c.spans
		HAVING sum(c.n) <> 0),
	period_difference (period_type, day, n) AS (
		SELECT c.period_type, c.period_start, sum(c.n)
		FROM (SELECT p.period_type, p.period_start, zoom_gold.verify_numbers(array_agg(a.ordinal)) AS users, 1 AS n
			  FROM active AS a JOIN period AS p USING (period) WHERE p.period_type <> 'Daily' GROUP BY 1, 2
			  UNION ALL
			  SELECT s.period_type, s.period_start, s.users, -1
			  FROM (SELECT u.period_type, u.period_start, zoom_gold.verify_members(u.users) AS users FROM gold_state.period_users AS u) AS s
			  WHERE s.users <> '{}') AS c
		GROUP BY c.period_type, c.period_start, c.users
		HAVING sum(c.n) <> 0),
	spread_difference (relation, day, key, n) AS (
		SELECT c.relation, c.day, c.key, sum(c.n)
		FROM (SELECT k.relation, k.key, k.day, 1 AS n
			  FROM zoom_gold.verify_spread('{si_meetings,si_participants,si_feature_usage,si_webinars,si_support_tickets,si_licenses,si_billing_events}') AS k
			  UNION ALL
			  SELECT DISTINCT k.relation, k.key, k.day, -1 FROM gold_state.spread_key AS k) AS c
		GROUP BY 1, 2, 3 HAVING sum(c.n) <> 0),
	reused_difference (relation, day, key, n) AS (
		SELECT c.relation, c.day, c.key, sum(c.n)
		FROM (SELECT DISTINCT k.relation, s.day, k.key, 1 AS n
			  FROM gold_state.reused_key AS k JOIN slice_source AS s ON s.relation = k.relation AND s.key = k.key
			  UNION ALL
			  SELECT k.relation, k.day, k.key, -1 FROM gold_state.reused_key AS k) AS c
		GROUP BY 1, 2, 3 HAVING sum(c.n) <> 0),
	open_difference (relation, key, n) AS (
		SELECT c.relation, c.key, sum(c.n)
		FROM (SELECT l.source_table AS relation, j.info ->> 'rule' AS rule, j.info ->> 'severity' AS severity, j.info ->> 'key' AS key,
					 (j.info ->> 'run')::bigint AS run, 1 AS n
			  FROM go_error_audit_log AS l, LATERAL (SELECT zoom_gold.verify_json(l.process_audit_info) AS info) AS j
			  WHERE l.status IN ('Open', 'In Progress') AND l.error_type <> 'Processing' AND j.info ->> 'key' IS NOT NULL
			  UNION ALL
			  SELECT quote_ident(schema) || '.' || o.relation, o.rule, o.severity, o.key, o.run, -1
			  FROM gold_state.open_error AS o WHERE o.key IS NOT NULL) AS c
		GROUP BY c.relation, c.rule, c.severity, c.key, c.run
		HAVING sum(c.n) <> 0),
	state_difference (check_name, example, n) AS (
		SELECT 'day_partial', d.relation || ' ' || d.day, d.n FROM partial_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale) AND NOT keep_facts
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'slice', d.relation || ' ' || d.day, d.n FROM slice_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale) AND NOT keep_facts
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'license_span', 'day ' || d.day, d.n FROM span_difference AS d
		WHERE 'si_licenses' NOT IN (SELECT relation FROM wholly_stale) AND NOT keep_facts
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = 'si_licenses' AND k.day = d.day)
		UNION ALL
		SELECT 'period_users', d.period_type || ' ' || d.day, d.n FROM period_difference AS d
		WHERE NOT keep_facts
		  AND NOT EXISTS (SELECT FROM agg_stale AS k WHERE k.table_name = 'go_agg_active_users'
						  AND (k.period_type IS NULL OR k.period_type = d.period_type AND k.period_start = d.day))
		UNION ALL
		SELECT 'spread_key', d.relation || ' ' || d.day || ' key ' || left(d.key, 40), d.n FROM spread_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND k.day = d.day)
		UNION ALL
		SELECT 'reused_key', d.relation || ' key ' || left(d.key, 40), d.n FROM reused_difference AS d
		WHERE d.relation NOT IN (SELECT relation FROM wholly_stale)
		  AND NOT EXISTS (SELECT FROM stale AS k WHERE k.relation = d.relation AND (k.day = d.day OR d.day IS NULL))
		UNION ALL
		SELECT 'open_error', d.relation || ' key ' || left(d.key, 40), d.n FROM open_difference AS d
		UNION ALL
		SELECT 'key_spelling', s.relation || ' ' || quote_literal(left(s.spelling, 40)), 1 FROM zoom_gold.verify_spellings() AS s
		WHERE s.relation NOT IN (SELECT relation FROM stale)
		  AND (s.relation <> 'si_users' OR NOT EXISTS (SELECT FROM pending_user))
		UNION ALL
		SELECT 'tied_row', r.relation, r.tied_rows - t.n
		FROM gold_state.relation_state AS r
		CROSS JOIN LATERAL (SELECT count(*) AS n FROM gold_state.tied_row AS t WHERE t.relation = r.relation) AS t
		WHERE r.tied_rows <> t.n
		UNION ALL
		SELECT 'run', 'run ' || l.run, 1
		FROM (SELECT DISTINCT (zoom_gold.verify_json(l.audit_details) ->> 'run')::bigint AS run FROM go_process_audit_log AS l) AS l
		WHERE l.run IS NOT NULL AND l.run NOT IN (SELECT r.run FROM gold_state.run AS r)
		UNION ALL
		SELECT 'user_identity', 'forgotten, ordinal ' || i.ordinal, 1
		FROM gold_state.user_identity AS i
		WHERE NOT i.forgotten
		  AND EXISTS (SELECT FROM gold_state.user_event AS e WHERE e.ordinal = i.ordinal AND e.user_name = 'Forgotten user ' || i.ordinal)
		  AND NOT EXISTS (SELECT FROM gold_state.user_event AS e WHERE e.ordinal = i.ordinal
						  AND (e.email IS NOT NULL OR e.user_name <> 'Forgotten user ' || i.ordinal))
		UNION ALL
		SELECT 'secret', 'the key of the pseudonyms', 1 - s.n FROM (SELECT count(*) AS n FROM gold_state.secret) AS s WHERE s.n <> 1),
