/* ==========================================================================
 * Change capture
 * ==========================================================================
 */

-- Writes straight to the heap: writers of silver need no right on gold_state.
CREATE FUNCTION zoom_gold.capture() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'zg_capture';
COMMENT ON FUNCTION zoom_gold.capture() IS
'Trigger on silver tables: notes what a statement changed; its argument is the relation''s contract name';

CREATE FUNCTION zoom_gold.relation_capture(root regclass) RETURNS TABLE (capture text)
LANGUAGE sql STABLE
BEGIN ATOMIC
	-- a foreign table or partition cannot have triggers with transition tables,
	-- and what logical replication applies fires none
	SELECT CASE WHEN NOT bool_and(relkind IN ('r', 'p')) THEN 'watermark'
		WHEN bool_or(EXISTS (SELECT FROM pg_subscription_rel s WHERE s.srrelid = relid)) THEN 'full'
		ELSE 'trigger' END
	FROM zoom_gold.relation_tree(root);
END;
COMMENT ON FUNCTION zoom_gold.relation_capture(regclass) IS
'How setup() has changes of a relation found: trigger for tables, watermark for what cannot have capture triggers (views, foreign tables and partitions), full for what a subscription fills';

-- A statement fires only the triggers of the table it names: a partition
-- needs them as well as its root.  TRUNCATE is told of before, where rows are
-- kept: of one partition of many somebody has to read them.  What rows a MERGE moves
-- to another partition only the library knows, which has to be there then.
CREATE FUNCTION zoom_gold.capture_triggers(relation text, root regclass)
RETURNS TABLE (target regclass, trigger_name text, definition text, attached boolean)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT t.relid::regclass, e.trigger_name,
		format('CREATE OR REPLACE TRIGGER %I %s %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION zoom_gold.capture(%L)',
			e.trigger_name, e.timing, e.event, t.relid::regclass, e.transition, relation),
		EXISTS (SELECT FROM pg_trigger g
			WHERE g.tgrelid = t.relid AND g.tgname = e.trigger_name AND g.tgenabled = 'A'
				AND g.tgfoid = 'zoom_gold.capture()'::regprocedure
				AND (g.tgtype & 2 <> 0) = (e.timing = 'BEFORE')
				AND g.tgargs = convert_to(relation, 'UTF8') || decode('00', 'hex'))
	FROM zoom_gold.relation_tree(root) t
	CROSS JOIN (VALUES
		('zoom_gold_capture_insert', 'AFTER', 'INSERT', 'REFERENCING NEW TABLE AS new_rows'),
		('zoom_gold_capture_update', 'AFTER', 'UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
		('zoom_gold_capture_delete', 'AFTER', 'DELETE', 'REFERENCING OLD TABLE AS old_rows'),
		('zoom_gold_capture_truncate', CASE WHEN zoom_gold.has_versions(relation) THEN 'BEFORE' ELSE 'AFTER' END, 'TRUNCATE', ''),
		('zoom_gold_capture_merge', 'BEFORE', 'UPDATE', '')) AS e (trigger_name, timing, event, transition)
	WHERE t.relkind = 'p' OR (t.relkind = 'r' AND e.trigger_name <> 'zoom_gold_capture_merge');
END;
COMMENT ON FUNCTION zoom_gold.capture_triggers(text, regclass) IS
'The capture triggers a silver table and its partitions must have, and whether they are there and switched on';

CREATE FUNCTION zoom_gold.capture_gap(relation text, root regclass) RETURNS text
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'zg_capture_gap';
COMMENT ON FUNCTION zoom_gold.capture_gap(text, regclass) IS
'Why capture triggers miss changes of a silver relation; NULL when they do not';

CREATE FUNCTION zoom_gold.attach_capture(relation text, root regclass) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing record;
	attached integer := 0;
BEGIN
	FOR missing IN SELECT * FROM zoom_gold.capture_triggers(relation, root) t WHERE NOT t.attached LOOP
		BEGIN
			EXECUTE missing.definition;
			EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', missing.target, missing.trigger_name);
		EXCEPTION
			WHEN insufficient_privilege OR lock_not_available OR transaction_rollback OR undefined_table THEN
				RAISE;
			WHEN OTHERS THEN
				RAISE EXCEPTION 'table "%" takes no trigger', missing.target USING ERRCODE = SQLSTATE, DETAIL = format('%s.', rtrim(SQLERRM, '.')),
					HINT = format('Put a view in its place, whose changes are found by their timestamps: ALTER TABLE %1$s RENAME TO %2$I; CREATE VIEW %1$s AS SELECT * FROM %3$I.%2$I',
						root, (SELECT c.relname || '_stored' FROM pg_class c WHERE c.oid = root), (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = root));
		END;
		attached := attached + 1;
	END LOOP;
	RETURN attached;
END
$$;
COMMENT ON FUNCTION zoom_gold.attach_capture(text, regclass) IS
'Puts the missing capture triggers on a silver table and its partitions; returns how many there were';

CREATE FUNCTION zoom_gold.drop_triggers(keep regclass[] DEFAULT '{}', functions regproc[] DEFAULT '{zoom_gold.capture}')
RETURNS SETOF regclass
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target record;
BEGIN
	FOR target IN
		SELECT g.tgrelid::regclass AS relation, array_agg(g.tgname) AS names
		FROM pg_trigger g
		-- none of another name, so that no change is captured twice
		WHERE g.tgfoid = ANY (functions::oid[]) AND NOT (g.tgrelid = ANY (keep::oid[]) AND starts_with(g.tgname, 'zoom_gold_capture_')) AND g.tgparentid = 0
		GROUP BY g.tgrelid ORDER BY g.tgrelid
	LOOP
		EXECUTE (SELECT string_agg(format('DROP TRIGGER %I ON %s', name, target.relation), '; ')
			FROM unnest(target.names) AS name);
		RETURN NEXT target.relation;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_triggers(regclass[], regproc[]) IS
'Drops the triggers that call the functions from all tables but those to keep; returns the tables';

CREATE FUNCTION zoom_gold.relation_fingerprint(relation regclass) RETURNS text
LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'zg_relation_fingerprint';
COMMENT ON FUNCTION zoom_gold.relation_fingerprint(regclass) IS
'Changes whenever a silver relation may have become another, or may have changed without its capture triggers: oid, relfilenode, kind, definition and triggers of it and its partitions';

-- pg_restore gives every table another oid; pg_upgrade keeps those of tables,
-- but makes a cluster with an identifier of its own.
CREATE FUNCTION zoom_gold.catalog_id() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT c.system_identifier || '/' || 'gold_state.relation_state'::regclass::oid FROM pg_control_system() c
$$;
COMMENT ON FUNCTION zoom_gold.catalog_id() IS
'The catalog that oids and transactions of a fingerprint belong to; another one after pg_restore and pg_upgrade';
