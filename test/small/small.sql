-- Small databases in which everything collides: a handful of users, some
-- meetings, a few days, and few words, spellings and timestamps for all of them.
--
-- A seed is a sequence of statements on silver and on what users edit, in
-- transactions, with refreshes in between.  After each refresh gold is compared
-- with include/oracle.sql, its views for readers with include/bi.sql, all with what
-- plan() announced and with its own log, and verify() must pass.  What is wrong is kept in small.wrong, what was done in
-- small.log; a seed ends where something is wrong.
CREATE SCHEMA small;

CREATE TABLE small.log (n integer GENERATED ALWAYS AS IDENTITY, clock timestamptz, statement text);
CREATE TABLE small.wrong (n integer, what text);
CREATE TABLE small.first_day (day date);

-- What a row of each gold table was before a refresh.
CREATE TABLE small.row_ (after boolean, name text, content text, identity text, load_date date, update_date date);

------------------------------------------------------------------------------
-- Drawing
------------------------------------------------------------------------------

CREATE FUNCTION small.chance(p float8) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT random() < p $$;
CREATE FUNCTION small.between(low integer, high integer) RETURNS integer LANGUAGE sql VOLATILE AS $$
	SELECT low + floor(random() * (high - low + 1))::integer
$$;
CREATE FUNCTION small.pick(texts text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT texts[1 + floor(random() * cardinality(texts))::integer]
$$;

-- A key, in one of its spellings, or one that is another's but for its case.
CREATE FUNCTION small.key(letter text, keys integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() < 0.85 THEN k WHEN random() < 0.5 THEN ' ' || k || E'\t' ELSE upper(k) END
	FROM (SELECT letter || small.between(1, keys)) AS x (k)
$$;

-- An instant of a coarse grid.
CREATE FUNCTION small.stamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
	SELECT day::timestamp AT TIME ZONE 'UTC' + small.between(0, 16) * interval '6 hours' FROM small.first_day
$$;
CREATE FUNCTION small.day(low integer, high integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() < 0.03 THEN small.pick('{infinity,-infinity,1999-12-31,9999-12-31,9999-12-30,0044-03-15 BC,2000-01-01}')
				ELSE (day + small.between(low, high))::text END FROM small.first_day
$$;
CREATE FUNCTION small.instant(low integer, high integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() < 0.03 THEN small.pick('{infinity,-infinity,1999-12-31 23:59:59Z,9999-12-31 00:00Z,0044-03-15 00:00Z BC}')
				ELSE day + small.between(low, high) || small.pick('{" 00:00Z"," 10:00Z"," 10:00:30Z"," 10:02:29Z"," 23:59:59.999999Z"," 23:30Z"}') END
	FROM small.first_day
$$;

-- A value of a column.
CREATE FUNCTION small.value(relation text, name text) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE
		WHEN name IN ('host_id', 'user_id', 'assigned_to_user_id') THEN CASE WHEN random() < 0.9 THEN small.key('u', 6) ELSE small.pick('{NULL,""," "}') END
		WHEN name = 'meeting_id' THEN CASE WHEN random() < 0.95 THEN small.key('m', 13) END
		WHEN name = 'user_name' THEN small.pick('{Bo,Bo," Bo ",Cy,Cy,bo,Bo (a@x.example),Bo (u2),Bo (u2) (u3),Dee,Bo  Lee,NULL,""}')
		WHEN name = 'email' THEN small.pick('{a@x.example,"A@X.example ",b@x.example,c@y.example,u2,U2,nonsense,NULL,""}')
		WHEN name = 'company' THEN small.pick('{Acme," Acme ",Bravo,NULL}')
		WHEN name = 'plan_type' THEN small.pick('{Free,pro,Pro,BUSINESS,2,Odd,odd,NULL}')
		WHEN name IN ('meeting_topic', 'webinar_topic') THEN small.pick('{Sync,sync," Sync ",Plan  B,Plan B,NULL,""}')
		WHEN name IN ('start_time', 'join_time') THEN CASE WHEN random() < 0.98 THEN small.instant(0, 3) END
		WHEN name IN ('end_time', 'leave_time') THEN CASE WHEN random() < 0.8 THEN small.instant(0, 4) END
		WHEN name = 'duration_minutes' THEN small.pick('{NULL,0,1,2,3,-1,29,30,31,1440,1441,60}')
		WHEN name IN ('usage_date', 'event_date') THEN CASE WHEN random() < 0.98 THEN small.day(0, 3) END
		WHEN name = 'open_date' THEN CASE WHEN random() < 0.98 THEN small.day(-1, 3) END
		WHEN name = 'start_date' THEN CASE WHEN random() < 0.98 THEN small.day(-40, 8) END
		WHEN name = 'end_date' THEN CASE WHEN random() < 0.8 THEN small.day(-8, 40) END
		WHEN name = 'feature_name' THEN small.pick('{Chat,Chat," Chat",Polls,chat,NULL}')
		WHEN name IN ('usage_count', 'registrants') THEN small.pick('{0,0,1,2,5,-1,NULL}')
		WHEN name = 'ticket_type' THEN small.pick('{Audio,Audio,Video," Audio",NULL}')
		WHEN name = 'resolution_status' THEN small.pick('{Open,In Progress,in  progress,resolved,Resolved,Closed,CLOSED,solved,Odd,NULL}')
		WHEN name = 'license_type' THEN small.pick('{Basic,PRO,Pro,Odd,odd,seat,NULL}')
		WHEN name = 'event_type' THEN small.pick('{Subscription Fee,subscription  renewal,Add-on Purchase,Refund,refund,Gift,gift,fee,NULL}')
		WHEN name = 'amount' THEN small.pick('{0,10,10.05,-10,9999999.99,-0.01,0.01,33.33,NULL}')
		WHEN name = 'source_system' THEN small.pick('{A,A,A,B," A",NULL,""}')
	END
$$;
CREATE FUNCTION small.literal(relation text, name text) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT quote_nullable(nullif(small.value(relation, name), 'NULL'))
$$;

CREATE TABLE small.shape (relation text, key text, letter text, keys integer, share float8, columns text[]);
INSERT INTO small.shape
SELECT r.relation, r.key, r.letter, r.keys, r.share,
	   ARRAY(SELECT c.column_name FROM zoom_gold.silver_contract() c
			 WHERE c.table_name = r.relation AND c.column_name NOT IN (r.key, 'load_timestamp', 'update_timestamp') ORDER BY c.position)
FROM (VALUES ('si_users', 'user_id', 'u', 5, 0.28), ('si_meetings', 'meeting_id', 'm', 12, 0.2), ('si_participants', 'participant_id', 'p', 8, 0.08),
			 ('si_feature_usage', 'usage_id', 'f', 10, 0.12), ('si_webinars', 'webinar_id', 'w', 4, 0.05), ('si_support_tickets', 'ticket_id', 't', 4, 0.12),
			 ('si_licenses', 'license_id', 'l', 6, 0.08), ('si_billing_events', 'event_id', 'b', 8, 0.07)) AS r (relation, key, letter, keys, share);

-- Some row, of those that the key is of.
CREATE FUNCTION small.some_row(s small.shape) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT format('ctid = (SELECT ctid FROM silver.%I AS r ORDER BY r::text COLLATE "C", ctid OFFSET (SELECT floor(%s * count(*)) FROM silver.%1$I) LIMIT 1)',
				  s.relation, round(random()::numeric, 3))
$$;

CREATE FUNCTION small.insert(s small.shape) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	loaded timestamptz := small.stamp();
BEGIN
	RETURN format('INSERT INTO silver.%I (%I, %s, load_timestamp, update_timestamp, deleted_at) VALUES (%L, %s, %L, %L, %L)',
				  s.relation, s.key, array_to_string(s.columns, ', '),
				  CASE WHEN random() < 0.98 THEN small.key(s.letter, s.keys) ELSE nullif(small.pick('{NULL,""," "}'), 'NULL') END,
				  (SELECT string_agg(small.literal(s.relation, c), ', ' ORDER BY i) FROM unnest(s.columns) WITH ORDINALITY AS u (c, i)),
				  loaded, CASE WHEN random() < 0.5 THEN loaded + small.between(-1, 3) * interval '6 hours' END,
				  CASE WHEN random() < 0.04 THEN small.stamp() END);
END
$$;

CREATE FUNCTION small.update(s small.shape) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	chosen text[] := ARRAY(SELECT c FROM unnest(s.columns) AS c ORDER BY random() LIMIT small.between(1, 3));
BEGIN
	RETURN format('UPDATE silver.%I SET %s%s WHERE %s', s.relation,
				  (SELECT string_agg(format('%I = %s', c, small.literal(s.relation, c)), ', ' ORDER BY i) FROM unnest(chosen) WITH ORDINALITY AS u (c, i)),
				  CASE WHEN random() < 0.6 THEN format(', update_timestamp = %L', small.stamp()) ELSE '' END, small.some_row(s));
END
$$;

CREATE FUNCTION small.change(s small.shape) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	dice float8 := random();
BEGIN
	RETURN CASE
		WHEN dice < 0.5 THEN small.update(s)
		WHEN dice < 0.6 THEN format('DELETE FROM silver.%I WHERE oracle.norm(%I) = %L', s.relation, s.key, s.letter || small.between(1, s.keys))
		WHEN dice < 0.68 THEN format('DELETE FROM silver.%I WHERE %s', s.relation, small.some_row(s))
		WHEN dice < 0.74 THEN format('UPDATE silver.%I SET source_system = source_system WHERE %s', s.relation, small.some_row(s))
		WHEN dice < 0.8 THEN format('WITH gone AS (DELETE FROM silver.%I WHERE %s RETURNING *) INSERT INTO silver.%1$I SELECT * FROM gone', s.relation, small.some_row(s))
		WHEN dice < 0.85 THEN format('UPDATE silver.%I SET %I = %L WHERE %s', s.relation, s.key, small.key(s.letter, s.keys), small.some_row(s))
		WHEN dice < 0.9 THEN format('UPDATE silver.%I SET deleted_at = %L WHERE %s', s.relation, small.stamp(), small.some_row(s))
		WHEN dice < 0.94 THEN format('UPDATE silver.%I SET deleted_at = NULL', s.relation)
		WHEN dice < 0.96 THEN format('INSERT INTO silver.%I SELECT * FROM silver.%1$I WHERE %s', s.relation, small.some_row(s))
		WHEN dice < 0.98 THEN format('UPDATE silver.%I SET load_timestamp = %L WHERE %s', s.relation, small.stamp(), small.some_row(s))
		WHEN dice < 0.985 THEN format('WITH gone AS (DELETE FROM silver.%I RETURNING *) INSERT INTO silver.%1$I SELECT * FROM gone', s.relation)
		WHEN dice < 0.995 THEN format('CREATE TEMP TABLE kept AS SELECT * FROM silver.%I ORDER BY md5(ctid::text || %L); TRUNCATE silver.%1$I;'
									  ' INSERT INTO silver.%1$I SELECT * FROM kept; DROP TABLE kept', s.relation, random())
		ELSE format('TRUNCATE silver.%I', s.relation) END;
END
$$;

-- What users edit.
CREATE FUNCTION small.edit() RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE small.between(1, 12)
		WHEN 1 THEN format('UPDATE gold_state.settings SET value = %L WHERE name = ''active_user''', small.pick('{host,host_or_participant}'))
		WHEN 2 THEN format('UPDATE gold_state.settings SET value = %L WHERE name = ''delete_policy''', small.pick('{close,ignore}'))
		WHEN 3 THEN format('UPDATE gold_state.settings SET value = %L WHERE name = ''min_date''', small.pick(ARRAY['2000-01-01', '1990-01-01', (SELECT day + 1 FROM small.first_day)::text]))
		WHEN 4 THEN format('UPDATE gold_state.quality_rule SET enabled = NOT enabled WHERE (relation, rule_name) = (%L, %L)', r.relation, r.rule_name)
		WHEN 5 THEN format('UPDATE gold_state.quality_rule SET enabled = NOT enabled WHERE (relation, rule_name) = (%L, %L)', r.relation, r.rule_name)
		WHEN 6 THEN format('INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity) VALUES (%L, %L, %L, %L)'
						   ' ON CONFLICT (relation, rule_name) DO UPDATE SET condition = excluded.condition, severity = excluded.severity, enabled = NOT quality_rule.enabled',
						   'own_' || o.n || CASE WHEN o.relation = '*' THEN 'all' ELSE o.relation END, o.relation, o.condition,
						   -- of users, what is no version says so by what is tracked
						   CASE WHEN o.relation IN ('*', 'si_users') AND o.condition <> 'email IS NULL' THEN 'warning' ELSE small.pick('{error,warning}') END)
		WHEN 7 THEN 'DELETE FROM gold_state.quality_rule WHERE condition IS NOT NULL'
		WHEN 8 THEN format('INSERT INTO gold_state.value_map VALUES (%s) ON CONFLICT DO NOTHING', small.pick('{"''si_users'', ''plan_type'', ''2'', ''Pro''","''si_users'', ''plan_type'', ''ODD'', ''Free''","''si_support_tickets'', ''resolution_status'', ''solved'', ''Resolved''","''si_support_tickets'', ''resolution_status'', ''Open'', ''Closed''","''si_licenses'', ''license_type'', '' Seat '', ''Education''","''si_billing_events'', ''event_type'', ''fee'', ''Subscription Fee''","''si_billing_events'', ''event_type'', ''gift'', ''Refund''"}'))
		WHEN 9 THEN 'DELETE FROM gold_state.value_map'
		WHEN 10 THEN format('INSERT INTO gold_state.billing_event_class VALUES (%L, %s) ON CONFLICT (event_type) DO UPDATE SET mrr_sign = excluded.mrr_sign',
							small.pick('{Gift,Add-on Purchase,Refund,Subscription Fee}'), small.between(-1, 1))
		WHEN 11 THEN format('INSERT INTO gold_state.tracked_column VALUES (%L, %s) ON CONFLICT (column_name) DO UPDATE SET scd_type = excluded.scd_type',
							small.pick('{user_name,email,company,plan_type}'), small.between(1, 2))
		ELSE 'DELETE FROM gold_state.billing_event_class WHERE event_type = ''Gift''' END
	FROM (SELECT relation, rule_name FROM zoom_gold.builtin_rule() WHERE NOT contract ORDER BY random() LIMIT 1) AS r,
	LATERAL (SELECT small.between(1, 2) AS n, p.relation,
					CASE WHEN p.relation = 'si_users' AND random() < 0.5 THEN 'email IS NULL'
						 ELSE small.pick('{"source_system = ''B''","update_timestamp < load_timestamp","source_system IS NULL"}') END AS condition
			 FROM small.pick('{*,si_users,si_meetings,si_feature_usage,si_support_tickets,si_licenses}') AS p (relation)) AS o
$$;

CREATE FUNCTION small.statement() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	dice float8 := random();
	s small.shape;
BEGIN
	IF small.chance(0.04) THEN
		RETURN small.edit();
	END IF;
	FOR s IN SELECT * FROM small.shape ORDER BY relation
	LOOP
		EXIT WHEN dice < s.share;
		dice := dice - s.share;
	END LOOP;
	RETURN CASE WHEN small.chance(0.5) THEN small.insert(s) ELSE small.change(s) END;
END
$$;

------------------------------------------------------------------------------
-- Comparing
------------------------------------------------------------------------------

-- By what a row of a table is the same one before and after, as far as gold says.
CREATE FUNCTION small.identity(name text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN name IN ('go_agg_active_users', 'go_agg_meeting_minutes') THEN 'concat(activity_date, period_type)'
		WHEN name = 'go_agg_feature_adoption' THEN 'concat(feature_name, ''/'', period_start, period_type)'
		WHEN name = 'go_agg_ticket_resolution' THEN 'concat(ticket_type, ''/'', period_start, period_type)'
		WHEN name = 'go_agg_license_utilization' THEN 'concat(license_type, ''/'', period_start, period_type)'
		WHEN name = 'go_agg_mrr' THEN 'activity_month'
		WHEN name ~ '^go_dim_(?!user)' THEN '(to_jsonb(g) - ''{load_date,update_date,source_system}''::text[])::text'
		ELSE 'NULL' END
$$;

CREATE PROCEDURE small.look(after boolean) LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	DELETE FROM small.row_ r WHERE r.after = look.after;
	FOR name IN SELECT DISTINCT table_name FROM zoom_gold.gold_model() WHERE table_name ~ '^go_(dim|fact|agg)'
	LOOP
		EXECUTE format('INSERT INTO small.row_ SELECT %L, %L, (to_jsonb(g) - ''{load_date,update_date}''::text[])::text, %s, load_date, update_date FROM gold.%I AS g',
					   after, name, small.identity(name), name);
	END LOOP;
END
$$;

-- A row that is as before bears the dates of before, another that of today; one
-- that is changed came when it came.
CREATE FUNCTION small.wrong_dates(today date) RETURNS SETOF text LANGUAGE sql AS $$
	WITH content AS (
		SELECT name, content, count(*) FILTER (WHERE NOT after) AS before, count(*) FILTER (WHERE after) AS after,
			   array_agg(ARRAY[load_date, update_date] ORDER BY load_date, update_date) FILTER (WHERE NOT after) AS dates_before,
			   array_agg(ARRAY[load_date, update_date] ORDER BY load_date, update_date) FILTER (WHERE after) AS dates_after
		FROM small.row_ GROUP BY name, content)
	SELECT format('%s: dates %s became %s: %s', name, dates_before, dates_after, content) FROM content
	WHERE before = after AND dates_before <> dates_after
	UNION ALL
	SELECT format('%s: dates of a new row are %s %s: %s', name, load_date, update_date, content) FROM small.row_
	WHERE after AND NOT EXISTS (SELECT FROM content c WHERE c.name = row_.name AND c.content = row_.content AND c.before > 0)
	  AND (update_date <> today OR load_date > today) IS NOT FALSE
	UNION ALL
	SELECT format('%s: loaded %s, before %s: %s', a.name, a.load_date, b.load_date, a.content)
	FROM small.row_ a LEFT JOIN small.row_ b ON b.name = a.name AND b.identity = a.identity AND NOT b.after
	WHERE a.after AND a.identity IS NOT NULL AND a.load_date IS DISTINCT FROM coalesce(b.load_date, today)
$$;

CREATE TABLE small.planned (process_name text, inserts bigint, updates bigint, deletes bigint, rejects bigint);
CREATE TABLE small.done (process_name text, status text, record_count bigint, error_count bigint, details jsonb);

CREATE FUNCTION small.wrong_counts() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('%s failed: %s', process_name, details) FROM small.done WHERE status = 'Failure'
	UNION ALL
	SELECT format('plan() says %s, refresh did %s', p, d)
	FROM small.planned p FULL JOIN (SELECT * FROM small.done WHERE process_name <> 'refresh') AS d USING (process_name)
	WHERE (coalesce(p.inserts, 0), coalesce(p.updates, 0), coalesce(p.deletes, 0), coalesce(p.rejects, 0))
		<> (coalesce((d.details ->> 'inserted')::bigint, 0), coalesce((d.details ->> 'updated')::bigint, 0),
			coalesce((d.details ->> 'deleted')::bigint, 0), coalesce((d.details ->> 'rejected')::bigint, 0))
	UNION ALL
	SELECT format('%s says %s, but the table has %s more rows', d.process_name, d.details, r.more)
	FROM small.done d
	JOIN (SELECT name, count(*) FILTER (WHERE after) - count(*) FILTER (WHERE NOT after) AS more FROM small.row_ GROUP BY name) AS r
		ON r.name = 'go_' || regexp_replace(d.process_name, '^(build|merge|refresh)_', '')
	WHERE (d.details ->> 'inserted')::bigint - (d.details ->> 'deleted')::bigint <> r.more
$$;

CREATE FUNCTION small.wrong(verified boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CALL oracle.compute();
	RETURN QUERY SELECT small.wrong_counts();
	RETURN QUERY SELECT oracle.differences();
	RETURN QUERY SELECT bi.differences();
	RETURN QUERY SELECT small.wrong_dates(oracle.utc_day(oracle.clock()));
	RETURN QUERY SELECT format('verify(): %s: %s', check_name, details) FROM zoom_gold.verify() WHERE verified AND NOT passed;
END
$$;

------------------------------------------------------------------------------
-- Playing
------------------------------------------------------------------------------

CREATE PROCEDURE small.do(statement text) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO small.log (clock, statement) VALUES (oracle.clock(), statement);
	EXECUTE statement;
EXCEPTION WHEN unique_violation OR check_violation OR invalid_parameter_value OR object_not_in_prerequisite_state OR feature_not_supported THEN
	INSERT INTO small.log (clock, statement) VALUES (oracle.clock(), format('-- refused, %s: %s', SQLERRM, statement));
END
$$;

CREATE PROCEDURE small.refresh(verified boolean) LANGUAGE plpgsql AS $$
DECLARE
	dice float8 := random();
	first text;
BEGIN
	IF dice < 0.08 THEN
		first := format('SELECT zoom_gold.invalidate(%L)', (SELECT relation FROM small.shape ORDER BY random() LIMIT 1));
	ELSIF dice < 0.2 THEN
		first := format('SELECT FROM zoom_gold.refresh(targets => %L)',
						(SELECT ARRAY[table_name] FROM zoom_gold.gold_model() WHERE table_name ~ '^go_(dim|fact|agg)' ORDER BY random() LIMIT 1));
	END IF;
	IF first IS NOT NULL THEN
		CALL small.do(first);
	END IF;
	DELETE FROM small.planned;
	DELETE FROM small.done;
	CALL small.look(false);
	INSERT INTO small.planned SELECT process_name, inserts, updates, deletes, rejects FROM zoom_gold.plan(dice > 0.92);
	INSERT INTO small.log (clock, statement) VALUES (oracle.clock(), CASE WHEN dice > 0.92 THEN 'SELECT zoom_gold.refresh(true)' ELSE 'SELECT zoom_gold.refresh()' END);
	INSERT INTO small.done SELECT process_name, status, record_count, error_count, details FROM zoom_gold.refresh(dice > 0.92);
	CALL small.look(true);
	INSERT INTO small.wrong SELECT (SELECT max(n) FROM small.log), w FROM small.wrong(verified) AS w;
END
$$;

CREATE PROCEDURE small.play(seed integer, statements integer) LANGUAGE plpgsql AS $$
DECLARE
	clock timestamptz;
	refreshes float8;
	statement text;
	relation text;
	touched text[] := '{}';		-- by the open transaction: what it does to one row is netted
BEGIN
	PERFORM setseed((seed % 1000000) / 1000000.0);
	DELETE FROM small.first_day;
	INSERT INTO small.first_day VALUES (small.pick('{2020-12-30,2024-12-29,2023-12-31,2024-02-28,2026-03-30,2021-01-02}')::date);
	clock := (SELECT day + 1 FROM small.first_day)::timestamp AT TIME ZONE 'UTC';
	refreshes := random() ^ 2 * 0.3 + 0.02;
	FOR i IN 0 .. statements
	LOOP
		statement := small.statement();
		relation := substring(statement FROM '(?:silver|gold_state)[.]\w+');
		IF i = statements OR random() < 0.7 OR relation = ANY (touched) THEN
			COMMIT;
			touched := '{}';
			clock := clock + small.between(0, 6) ^ 2 * interval '15 minutes 1 second';
			PERFORM set_config('zoom_gold.clock', clock::text, false);
			IF i = statements OR random() < refreshes THEN
				CALL small.refresh(i = statements OR random() < 0.2);
				COMMIT;
				EXIT WHEN i = statements OR EXISTS (SELECT FROM small.wrong);
			END IF;
		END IF;
		CALL small.do(statement);
		touched := touched || relation;
	END LOOP;
END
$$;
