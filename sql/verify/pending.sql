	--------------------------------------------------------------------------
	-- What is left out: days with pending changes or dirty marks.
	--------------------------------------------------------------------------
	step (process_name, relation, table_name) AS MATERIALIZED (
		SELECT zoom_gold.step_of(f.table_name), f.relation, f.table_name FROM zoom_gold.fact() AS f
		UNION ALL VALUES ('si_participants', 'si_participants', NULL)),
	-- what has changed behind views and foreign tables, as a whole
	unnoticed AS MATERIALIZED (
		SELECT u.relation FROM unnest(unnoticed_relations) AS u (relation)
		UNION
		SELECT substr(d.consumer, 9) FROM gold_state.dirty AS d WHERE starts_with(d.consumer, 'capture ')),
	-- day NULL = all of the relation
	noted AS MATERIALIZED (
		SELECT c.relation, d.day FROM gold_state.slice_change AS c, unnest(c.days) AS d (day) WHERE c.op <> 'T'
		UNION
		SELECT c.relation, NULL FROM gold_state.slice_change AS c WHERE c.op = 'T' OR coalesce(cardinality(c.days), 0) = 0
		UNION
		SELECT 'si_support_tickets', CASE WHEN c.op <> 'T' THEN coalesce(c.open_date, date '-infinity') END
		FROM gold_state.ticket_change AS c
		UNION
		SELECT s.relation, d.day FROM gold_state.dirty AS d JOIN step AS s ON s.process_name = d.consumer
		UNION
		SELECT u.relation, NULL FROM unnoticed AS u
		UNION
		SELECT s.relation, NULL FROM step AS s WHERE EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'merge_dim_user')),
	-- a key with rows on other days as well may change there too
	spread AS MATERIALIZED (
		SELECT k.relation, k.key, k.day
		FROM zoom_gold.verify_spread(ARRAY(SELECT DISTINCT n.relation FROM noted AS n WHERE n.day IS NOT NULL)) AS k
		UNION
		SELECT k.relation, k.key, k.day FROM gold_state.spread_key AS k),
	stale_own AS MATERIALIZED (
		SELECT n.relation, n.day FROM noted AS n
		UNION
		SELECT o.relation, o.day
		FROM noted AS n
		JOIN spread AS k ON k.relation = n.relation AND k.day = n.day
		JOIN spread AS o ON o.relation = k.relation AND o.key = k.key),
	pending_user AS MATERIALIZED (
		SELECT DISTINCT c.op, zoom_gold.verify_text(c.user_id) AS user_id FROM gold_state.user_change AS c
		UNION
		SELECT 'T', NULL FROM unnoticed AS u WHERE u.relation = 'si_users'),
	pending_ticket AS MATERIALIZED (
		SELECT DISTINCT c.op, zoom_gold.verify_text(c.ticket_id) AS ticket_id FROM gold_state.ticket_change AS c
		UNION
		SELECT 'T', NULL FROM unnoticed AS u WHERE u.relation = 'si_support_tickets'),
	users_stale AS MATERIALIZED (
		SELECT EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'merge_dim_user') OR zoom_gold.verify_renamed() AS yes),
