/* ==========================================================================
 * Facts in partitions
 *
 * setup() and refreshes make partitions of a month or a year; users may attach
 * others.  What was detached stays away: its days are computed as all others,
 * but their rows are not written while no partition takes them.
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.fact() RETURNS TABLE (table_name text, relation text, event_column name)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('go_fact_meeting_usage', 'si_meetings', 'start_time'::name),
	('go_fact_feature_usage', 'si_feature_usage', 'usage_date'),
	('go_fact_webinar_usage', 'si_webinars', 'start_time'),
	('go_fact_support_ticket', 'si_support_tickets', 'open_date'),
	('go_fact_billing', 'si_billing_events', 'event_date'),
	('go_fact_license_utilization', 'si_licenses', 'start_date');
END;
COMMENT ON FUNCTION zoom_gold.fact() IS
'The facts, the silver relation of each, and its event column, by which it may be partitioned';

CREATE FUNCTION zoom_gold.fact_event(model_table text) RETURNS name
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT f.event_column FROM zoom_gold.fact() f WHERE f.table_name = model_table;
END;
COMMENT ON FUNCTION zoom_gold.fact_event(text) IS 'The event column of a fact; NULL for other tables';

CREATE FUNCTION zoom_gold.partitioned_fact() RETURNS TABLE (fact text, relid oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.table_name, p.partrelid
	FROM zoom_gold.fact() f
	JOIN pg_partitioned_table p ON p.partrelid = to_regclass(format('gold.%I', f.table_name)) AND p.partstrat = 'r' AND p.partnatts = 1
	JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] AND a.attname = f.event_column
$$;
COMMENT ON FUNCTION zoom_gold.partitioned_fact() IS 'The facts that are partitioned by RANGE on their event column alone';

-- Whoever attaches a partition writes its row of pg_inherits; restored and
-- upgraded databases have others.
CREATE FUNCTION zoom_gold.attached_partition() RETURNS TABLE (fact text, relid oid, attached text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT f.fact, i.inhrelid, concat_ws('/', (SELECT zoom_gold.catalog_id()), i.xmin)
	FROM zoom_gold.partitioned_fact() f JOIN pg_inherits i ON i.inhparent = f.relid AND NOT i.inhdetachpending
$$;
COMMENT ON FUNCTION zoom_gold.attached_partition() IS
'The partitions of those facts, and which attachment of each it is';

CREATE FUNCTION zoom_gold.partition_days(relid oid, OUT name text, OUT from_day date, OUT to_day date)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	bound text[];
BEGIN
	-- the default partition takes all
	SELECT format('%I.%I', n.nspname, c.relname), coalesce(regexp_match(pg_get_expr(c.relpartbound, c.oid),
		'^FOR VALUES FROM \(''?(.*?)''?\) TO \(''?(.*?)''?\)$'), '{MINVALUE,MAXVALUE}')
	INTO name, bound
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relid;
	from_day := CASE bound[1] WHEN 'MINVALUE' THEN '-infinity' ELSE (bound[1]::timestamptz)::date END;
	to_day := CASE bound[2] WHEN 'MAXVALUE' THEN 'infinity' ELSE (bound[2]::timestamptz - interval '1 microsecond')::date + 1 END;
END
$$;
COMMENT ON FUNCTION zoom_gold.partition_days(oid) IS
'Name of the partition of a fact, and its UTC days: from the first one up to another one, infinite where it has no bound';

CREATE FUNCTION zoom_gold.present_partition()
RETURNS TABLE (fact text, relid oid, attached text, name text, from_day date, to_day date)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.fact, a.relid, a.attached, d.name, d.from_day, d.to_day
	FROM zoom_gold.attached_partition() a CROSS JOIN LATERAL zoom_gold.partition_days(a.relid) d
$$;
COMMENT ON FUNCTION zoom_gold.present_partition() IS 'The same with their names and days, which take longer to find';

CREATE FUNCTION zoom_gold.detached_days(fact text) RETURNS TABLE (from_day date, to_day date)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT lower(r.days), upper(r.days)
	FROM unnest((SELECT range_agg(daterange(p.from_day, p.to_day)) FROM gold_state.fact_partition p WHERE p.fact = $1 AND p.detached)
		- coalesce((SELECT range_agg(daterange(p.from_day, p.to_day)) FROM zoom_gold.present_partition() p WHERE p.fact = $1), '{}')) AS r (days)
	WHERE $1 IN (SELECT f.fact FROM zoom_gold.partitioned_fact() f)
$$;
COMMENT ON FUNCTION zoom_gold.detached_days(text) IS
'The days of a fact whose partition was detached, and which no other one takes: from the first one up to another one';

-- After pg_restore and pg_upgrade the partitions are those of the same names.
CREATE FUNCTION zoom_gold.find_partitions_again() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE gold_state.fact_partition p
	SET relid = CASE WHEN NOT p.detached THEN to_regclass(p.name) END, attached = coalesce(
		(SELECT a.attached FROM zoom_gold.attached_partition() a WHERE a.fact = p.fact AND a.relid = to_regclass(p.name)),
		zoom_gold.catalog_id() || '/')
	WHERE NOT starts_with(p.attached, (SELECT zoom_gold.catalog_id()) || '/');
	UPDATE gold_state.fact_partition p SET name = (zoom_gold.partition_days(p.relid)).name
	WHERE p.name <> (zoom_gold.partition_days(p.relid)).name;
$$;
COMMENT ON FUNCTION zoom_gold.find_partitions_again() IS 'Notes the oids of partitions in a database that has others, and names that have changed';

-- One that is gone without having been seen detached is a loss; so is what a
-- partition without an upper bound had, for that is where new days come.
CREATE FUNCTION zoom_gold.note_partitions() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT EXISTS (
		SELECT FROM zoom_gold.attached_partition() a
		FULL JOIN (SELECT p.* FROM gold_state.fact_partition p WHERE NOT p.detached) p USING (fact, relid, attached)
		WHERE a.fact IS NULL OR p.fact IS NULL)
	THEN
		RETURN;
	END IF;
	PERFORM zoom_gold.find_partitions_again();
	WITH present AS MATERIALIZED (
		SELECT * FROM zoom_gold.present_partition()
	), lost AS (
		DELETE FROM gold_state.fact_partition p
		WHERE NOT p.detached AND NOT EXISTS (SELECT FROM present a WHERE a.fact = p.fact AND a.relid = p.relid)
			AND (p.to_day = 'infinity' OR NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.relid))
		RETURNING p.fact, p.from_day, p.to_day
	), away AS (
		UPDATE gold_state.fact_partition p SET detached = true
		WHERE NOT p.detached AND NOT EXISTS (SELECT FROM present a WHERE a.fact = p.fact AND a.relid = p.relid)
			AND p.to_day <> 'infinity' AND EXISTS (SELECT FROM pg_class c WHERE c.oid = p.relid)
	), taken AS (
		DELETE FROM gold_state.fact_partition p
		WHERE p.detached AND NOT EXISTS (SELECT FROM present a WHERE a.fact = p.fact AND a.relid = p.relid)
			AND daterange(p.from_day, p.to_day) <@ (SELECT range_agg(daterange(a.from_day, a.to_day)) FROM present a WHERE a.fact = p.fact)
	), back AS (
		UPDATE gold_state.fact_partition p
		SET detached = false, attached = a.attached, from_day = a.from_day, to_day = a.to_day
		FROM present a WHERE a.fact = p.fact AND a.relid = p.relid AND (p.detached OR p.attached <> a.attached)
		RETURNING p.fact, p.from_day, p.to_day
	), new AS (
		INSERT INTO gold_state.fact_partition (fact, relid, attached, name, from_day, to_day, detached)
		SELECT a.fact, a.relid, a.attached, a.name, a.from_day, a.to_day, false
		FROM present a WHERE NOT EXISTS (SELECT FROM gold_state.fact_partition p WHERE p.fact = a.fact AND p.relid = a.relid)
		RETURNING fact, from_day, to_day
	)
	INSERT INTO gold_state.dirty (consumer, day)
	SELECT DISTINCT zoom_gold.step_of(f.table_name), s.day
	FROM (TABLE lost UNION ALL TABLE back UNION ALL TABLE new) d
	JOIN zoom_gold.fact() f ON f.table_name = d.fact
	JOIN gold_state.slice s ON s.relation = f.relation AND s.day >= d.from_day AND s.day < d.to_day;
END
$$;
COMMENT ON FUNCTION zoom_gold.note_partitions() IS
'Notes which partitions of facts were attached, detached and dropped since the last refresh. The days of new ones and of those '
'that were dropped are to be computed anew; days of those that were detached stay away. For refreshes';

-- A table that is attached blocks nobody who reads, unlike one made in place.
CREATE FUNCTION zoom_gold.make_partition(fact text, unit text, from_day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET standard_conforming_strings = on
SET default_table_access_method = heap AS $$
DECLARE
	parent regclass := format('gold.%I', fact)::regclass;
	child text := format('gold.%I', fact || to_char(from_day, CASE unit WHEN 'year' THEN '_YYYY' ELSE '_YYYY_MM' END));
	to_day date := (from_day + ('1 ' || unit)::interval)::date;
	midnight text := (SELECT CASE a.atttypid WHEN 'timestamptz'::regtype THEN ' 00:00+00' ELSE '' END
		FROM pg_attribute a WHERE a.attrelid = parent AND a.attname = zoom_gold.fact_event(fact));
BEGIN
	EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY)', child, parent);
	PERFORM zoom_gold.close_to_others('TABLE', child, c.relacl, c.relowner) FROM pg_class c WHERE c.oid = child::regclass;
	EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, child,
		from_day || midnight, to_day || midnight);
	PERFORM zoom_gold.ensure_replica_identity(child::regclass);
	-- what it is to have is about to be written
	INSERT INTO gold_state.fact_partition (fact, relid, attached, name, from_day, to_day, detached)
	SELECT p.fact, p.relid, p.attached, p.name, p.from_day, p.to_day, false
	FROM zoom_gold.present_partition() p WHERE p.fact = make_partition.fact AND p.relid = child::regclass;
END
$$;
COMMENT ON FUNCTION zoom_gold.make_partition(text, text, date) IS 'Makes the partition of a fact for the month or year that begins on a day';

CREATE FUNCTION zoom_gold.make_partitions(fact text, days date[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' AS $$
DECLARE
	unit text := zoom_gold.setting('partition_facts');
BEGIN
	IF unit = '' OR fact NOT IN (SELECT f.fact FROM zoom_gold.partitioned_fact() f) THEN
		RETURN;
	END IF;
	PERFORM zoom_gold.make_partition(fact, unit, w.from_day)
	FROM (SELECT DISTINCT date_trunc(unit, d.day::timestamp)::date AS from_day FROM unnest(days) AS d (day)
		WHERE d.day >= (SELECT zoom_gold.setting('min_date')::date) AND d.day < '9999-12-31') w
	WHERE NOT EXISTS (
		SELECT FROM (
			SELECT p.from_day, p.to_day FROM zoom_gold.present_partition() p WHERE p.fact = make_partitions.fact
			UNION ALL
			SELECT d.from_day, d.to_day FROM zoom_gold.detached_days(fact) d) AS taken
		WHERE taken.from_day < w.from_day + ('1 ' || unit)::interval AND taken.to_day > w.from_day);
END
$$;
COMMENT ON FUNCTION zoom_gold.make_partitions(text, date[]) IS
'Makes the partitions that a fact lacks for some days, if the setting partition_facts asks for them: not where another partition '
'reaches into the month or year or did until it was detached, and not where the fact is partitioned otherwise than by its event column';

-- Only a fact that is empty: what it had of columns, comments and grants stays.
CREATE FUNCTION zoom_gold.partition_fact(fact text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	plain regclass := format('gold.%I', fact)::regclass;
	command text;
BEGIN
	EXECUTE format('LOCK TABLE %s', plain);
	IF zoom_gold.has_rows(plain) THEN
		RAISE EXCEPTION 'table "%" holds rows and is not partitioned', plain USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'doc/SCALE.md shows how to fill a partitioned table from it; then run zoom_gold.setup() with partition_facts again.';
	END IF;
	-- views of ours are made anew; others forbid it
	WITH RECURSIVE dependent AS (
		SELECT plain::oid AS relid
		UNION
		SELECT r.ev_class
		FROM dependent
		JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = dependent.relid AND d.classid = 'pg_rewrite'::regclass
		JOIN pg_rewrite r ON r.oid = d.objid
	)
	SELECT 'DROP VIEW ' || string_agg(c.oid::regclass::text, ', ') INTO command
	FROM dependent JOIN pg_class c ON c.oid = dependent.relid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind = 'v' AND n.nspname IN (SELECT zoom_gold.reader_schema());
	IF command IS NOT NULL THEN
		EXECUTE command;
	END IF;
	EXECUTE format('ALTER TABLE %s RENAME TO zoom_gold_plain_fact', plain);
	EXECUTE format('CREATE TABLE gold.%I (LIKE gold.zoom_gold_plain_fact INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (%I)',
		fact, zoom_gold.fact_event(fact));
	PERFORM zoom_gold.close_to_others('TABLE', format('gold.%I', fact), c.relacl, c.relowner)
	FROM pg_class c WHERE c.oid = format('gold.%I', fact)::regclass;
	FOR command IN
		SELECT format('ALTER TABLE gold.%I OWNER TO %s', fact, c.relowner::regrole) FROM pg_class c WHERE c.oid = plain
		UNION ALL
		SELECT format('COMMENT ON TABLE gold.%I IS %L', fact, obj_description(plain, 'pg_class'))
		UNION ALL
		SELECT format('GRANT %s ON gold.%I TO %s%s', a.privilege_type, fact,
			CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
			CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
		FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = plain AND a.grantee <> c.relowner
	LOOP
		EXECUTE command;
	END LOOP;
	DROP TABLE gold.zoom_gold_plain_fact;
END
$$;
COMMENT ON FUNCTION zoom_gold.partition_fact(text) IS
'Puts a partitioned table in the place of a fact that is empty, with its columns and grants, and drops the views of gold_bi and '
'gold_masked that read it. Errors when it holds rows or views of others read it';

CREATE FUNCTION zoom_gold.partition_empty_facts(unit text) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	fact record;
	current_unit text := '';
BEGIN
	IF to_regclass('gold_state.settings') IS NOT NULL THEN
		SELECT s.value INTO current_unit FROM gold_state.settings s WHERE s.name = 'partition_facts';
	END IF;
	FOR fact IN
		SELECT t.table_name AS name, c.oid, c.relkind
		FROM zoom_gold.model_table() t JOIN pg_class c ON c.oid = to_regclass(format('gold.%I', t.table_name))
		WHERE t.table_schema = 'gold' AND zoom_gold.fact_event(t.table_name) IS NOT NULL
	LOOP
		IF fact.relkind = 'p' AND current_unit NOT IN ('', unit) AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = fact.oid) THEN
			RAISE EXCEPTION 'table "%" has partitions by %', fact.oid::regclass, current_unit
				USING ERRCODE = 'object_not_in_prerequisite_state',
					HINT = format('Partition it by %s by hand, as doc/SCALE.md shows, after setting partition_facts in gold_state.settings.', unit);
		ELSIF fact.relkind = 'r' AND NOT (SELECT c.relispartition FROM pg_class c WHERE c.oid = fact.oid) THEN
			PERFORM zoom_gold.partition_fact(fact.name);
			relation := format('gold.%I', fact.name);
			action := 'partitioned';
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.partition_empty_facts(text) IS
'The part of setup() that partitions facts which are there and empty. Errors when one holds rows, or has partitions by another unit';
