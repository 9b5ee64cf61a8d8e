-- Tables and procedures of the test with published data.
SET client_min_messages = warning;
CREATE EXTENSION zoom_gold;
SELECT FROM zoom_gold.setup() \g /dev/null
CREATE SCHEMA data;
CREATE SCHEMA log;
CREATE SCHEMA expected;

-- A table of texts with the columns of a CSV file.
CREATE PROCEDURE data.make_table(schema text, name text, columns text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I.%I (%s)', schema, name,
				   (SELECT string_agg(format('%I text', c), ', ')
					FROM unnest(string_to_array(columns, ',')) AS c));
END
$$;

CREATE PROCEDURE data.refresh(clock text) LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	PERFORM set_config('zoom_gold.clock', clock, false);
	FOR step IN SELECT * FROM zoom_gold.refresh()
	LOOP
		IF step.status = 'Failure' THEN
			RAISE WARNING 'step % failed: %', step.process_name, step.details;
		END IF;
	END LOOP;
END
$$;

-- Apply the log in order, each change in its own transaction at its own
-- instant, with a refresh after each of the first batches (the last one is
-- the caller's).  A change to a row that silver does not have inserts it.
CREATE PROCEDURE data.replay(batches integer) LANGUAGE plpgsql AS $$
DECLARE
	relation text;
	columns text;
	key text;
	change record;
	done bigint := 0;
	total bigint;
	batch integer := 1;
	rows bigint;
BEGIN
	CREATE TABLE data.change (seq bigint PRIMARY KEY, op text, at text, relation text, key text);
	CREATE TABLE data.shape (relation text PRIMARY KEY, key_column text, columns text, typed text);
	FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = 'log'::regnamespace
	LOOP
		SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
			   (array_agg(a.attname ORDER BY a.attnum))[1]
		INTO columns, key
		FROM pg_attribute a
		WHERE a.attrelid = format('silver.%I', relation)::regclass AND a.attnum > 0
		  AND EXISTS (SELECT FROM pg_attribute l
					  WHERE l.attrelid = format('log.%I', relation)::regclass
						AND l.attname = a.attname);
		INSERT INTO data.shape
		SELECT relation, key, columns,
			   string_agg(format('%I::%s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
		FROM pg_attribute
		WHERE attrelid = format('silver.%I', relation)::regclass AND attnum > 0
		  AND attname = ANY (string_to_array(columns, ', '));
		EXECUTE format('INSERT INTO data.change SELECT _seq::bigint, _op, _at, %L, %I FROM log.%I',
					   relation, key, relation);
		EXECUTE format('CREATE INDEX ON log.%I (_seq)', relation);
	END LOOP;
	SELECT count(*) INTO total FROM data.change;
	COMMIT;
	FOR change IN SELECT * FROM data.change JOIN data.shape USING (relation) ORDER BY seq
	LOOP
		PERFORM set_config('zoom_gold.clock', change.at, false);
		rows := 0;
		IF change.op = 'D' THEN
			EXECUTE format('DELETE FROM silver.%I WHERE %I = $1', change.relation, change.key_column)
				USING change.key;
		ELSE
			IF change.op = 'U' THEN
				EXECUTE format('UPDATE silver.%I SET (%s) = (SELECT %s FROM log.%1$I WHERE _seq = $1)'
							   ' WHERE %4$I = $2', change.relation, change.columns, change.typed, change.key_column)
					USING change.seq::text, change.key;
				GET DIAGNOSTICS rows = ROW_COUNT;
			END IF;
			IF rows = 0 THEN
				EXECUTE format('INSERT INTO silver.%I (%s) SELECT %s FROM log.%1$I WHERE _seq = $1',
							   change.relation, change.columns, change.typed)
					USING change.seq::text;
			END IF;
		END IF;
		COMMIT;
		done := done + 1;
		IF batch < batches AND done >= total * batch / batches THEN
			CALL data.refresh(change.at);
			COMMIT;
			batch := batch + 1;
		END IF;
	END LOOP;
END
$$;

-- Compare every expected table with gold on the columns that both have.
CREATE FUNCTION data.check(name text) RETURNS SETOF text LANGUAGE plpgsql
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	relation text;
	c record;
	gold_list text;
	want_list text;
	missing bigint;
	extra bigint;
	sample text;
BEGIN
	FOR relation IN SELECT relname FROM pg_class
					WHERE relnamespace = 'expected'::regnamespace AND relname LIKE 'go\_%'
					ORDER BY relname
	LOOP
		gold_list := '';
		want_list := '';
		FOR c IN SELECT e.attname AS theirs, g.attname AS ours,
						format_type(g.atttypid, g.atttypmod) AS type
				 FROM pg_attribute e
				 JOIN pg_attribute g
				   ON g.attrelid = format('gold.%I', relation)::regclass AND g.attnum > 0
				  AND g.attname = CASE e.attname WHEN 'rate_used' THEN 'utilization_rate'
												 ELSE e.attname END
				 WHERE e.attrelid = format('expected.%I', relation)::regclass AND e.attnum > 0
				 ORDER BY e.attnum
		LOOP
			gold_list := gold_list || format(', %I', c.ours);
			want_list := want_list || format(', coalesce(%I, %L)::%s', c.theirs,
				CASE c.ours WHEN 'valid_to' THEN '9999-12-31 00:00:00+00' END, c.type);
		END LOOP;
		gold_list := ltrim(gold_list, ', ');
		want_list := ltrim(want_list, ', ');
		EXECUTE format('SELECT count(*), min(d::text) FROM'
			' (SELECT %s FROM expected.%I EXCEPT ALL SELECT %s FROM gold.%2$I) AS d',
			want_list, relation, gold_list)
			INTO missing, sample;
		-- members that no row uses any more are not listed there
		EXECUTE format('SELECT count(*), coalesce($1, min(d::text)) FROM'
			' (SELECT %1$s FROM gold.%2$I EXCEPT ALL SELECT %3$s FROM expected.%2$I) AS d'
			' WHERE %4$s', gold_list, relation, want_list,
			CASE WHEN relation LIKE 'go\_dim\_%' AND relation <> 'go_dim_user'
			THEN format('d.%I IN (SELECT %1$I FROM gold.%I UNION ALL SELECT %1$I FROM gold.%3$I)',
				split_part(gold_list, ', ', 1),
				CASE relation WHEN 'go_dim_meeting' THEN 'go_fact_meeting_usage'
							  WHEN 'go_dim_feature' THEN 'go_fact_feature_usage'
							  WHEN 'go_dim_webinar' THEN 'go_fact_webinar_usage'
							  WHEN 'go_dim_ticket_type' THEN 'go_fact_support_ticket'
							  WHEN 'go_dim_license_type' THEN 'go_fact_license_utilization'
							  ELSE 'go_fact_billing' END,
				relation)
			ELSE 'true' END)
			USING sample INTO extra, sample;
		RETURN NEXT format('%sok %s: %s%s', CASE WHEN missing + extra > 0 THEN 'not ' END, name, relation,
			CASE WHEN missing + extra > 0
				 THEN format(' (%s missing, %s too many, as %s)', missing, extra, sample) END);
	END LOOP;

	-- the month's tickets and active users
	IF to_regclass('expected.kpi_monthly') IS NOT NULL THEN
		SELECT count(*), min(k::text) INTO missing, sample
		FROM expected.kpi_monthly AS k,
			 LATERAL (SELECT count(*) AS n FROM gold.go_fact_support_ticket
					  WHERE date_trunc('month', open_date::timestamp)::date = k.month::date) AS t,
			 LATERAL (SELECT coalesce(max(active_user_count), 0) AS n FROM gold.go_agg_active_users
					  WHERE period_type = 'Monthly' AND activity_date = k.month::date) AS u
		WHERE (k.tickets::bigint, k.active_users::bigint, k.tickets_per_1000_active::numeric)
			  IS DISTINCT FROM (t.n, u.n, round(1000.0 * t.n / nullif(u.n, 0), 2));
		RETURN NEXT format('%sok %s: kpi_monthly%s', CASE WHEN missing > 0 THEN 'not ' END, name,
			CASE WHEN missing > 0 THEN format(' (%s months differ, as %s)', missing, sample) END);
	END IF;

	-- the rows with open errors
	IF to_regclass('expected.errors') IS NOT NULL THEN
		SELECT string_agg(d::text, ' ') INTO sample FROM (
			(SELECT regexp_replace(source_table, '^.*\.', ''), process_audit_info::jsonb ->> 'key',
					process_audit_info::jsonb ->> 'severity'
			 FROM gold.go_error_audit_log WHERE status <> 'Resolved'
			 EXCEPT SELECT source_table, row_id,
						   CASE severity WHEN 'REJECT' THEN 'error' ELSE 'warning' END
			 FROM expected.errors)
			UNION ALL
			(SELECT source_table, row_id, CASE severity WHEN 'REJECT' THEN 'error' ELSE 'warning' END
			 FROM expected.errors
			 EXCEPT SELECT regexp_replace(source_table, '^.*\.', ''),
						   process_audit_info::jsonb ->> 'key', process_audit_info::jsonb ->> 'severity'
			 FROM gold.go_error_audit_log WHERE status <> 'Resolved')) AS d;
		RETURN NEXT format('%sok %s: errors%s', CASE WHEN sample IS NOT NULL THEN 'not ' END, name,
						   ' (' || sample || ')');
	END IF;

	-- every row of silver that is accepted is in gold
	RETURN QUERY
	SELECT format('%sok %s: verify %s%s', CASE WHEN NOT passed THEN 'not ' END, name, check_name,
				  CASE WHEN NOT passed THEN ' (' || details || ')' END)
	FROM zoom_gold.verify();
END
$$;
