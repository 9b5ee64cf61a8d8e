/* ==========================================================================
 * Undoing: a silver relation taken anew
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.relation_dimension(relation text)
RETURNS TABLE (dimension text, member_column text, fact text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.dimension, d.member_column, d.fact
	FROM (VALUES ('si_meetings', 'go_dim_meeting', 'meeting_topic', 'go_fact_meeting_usage'),
		('si_feature_usage', 'go_dim_feature', 'feature_name', 'go_fact_feature_usage'),
		('si_webinars', 'go_dim_webinar', 'webinar_topic', 'go_fact_webinar_usage'),
		('si_support_tickets', 'go_dim_ticket_type', 'ticket_type', 'go_fact_support_ticket'),
		('si_billing_events', 'go_dim_billing_event_type', 'event_type', 'go_fact_billing'),
		('si_licenses', 'go_dim_license_type', 'license_type', 'go_fact_license_utilization'))
		AS d (relation, dimension, member_column, fact)
	WHERE d.relation = relation_dimension.relation
$$;
COMMENT ON FUNCTION zoom_gold.relation_dimension(text) IS
'The Type 1 dimension whose members come with a silver relation, the column that names them, and the fact that uses them; no row where there is none';

-- The numbers of users and tickets stay: bitmaps hold them.  Rows that are
-- pending tell of a past that is not wanted either; who writes meanwhile is
-- captured as before a first load.
CREATE FUNCTION zoom_gold.forget_history(relation text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	CASE relation
		WHEN 'si_users' THEN
			DELETE FROM gold_state.user_change;
			DELETE FROM gold_state.user_event;
			UPDATE gold_state.user_identity SET live_rows = -1, live_hash = 0, known = false;
		WHEN 'si_support_tickets' THEN
			DELETE FROM gold_state.ticket_change;
			DELETE FROM gold_state.ticket_event;
			UPDATE gold_state.ticket_identity SET live_rows = -1, live_hash = 0;
		ELSE
			DELETE FROM gold_state.slice_change c WHERE c.relation = forget_history.relation;
	END CASE;
	DELETE FROM gold_state.tied_row r WHERE r.relation = forget_history.relation;
	DELETE FROM gold_state.reused_key r WHERE r.relation = forget_history.relation;
	UPDATE gold_state.relation_state r SET compared_at = NULL, watermark = NULL, recent_rows = NULL, deletes_confirmed = true
	WHERE r.relation = forget_history.relation;
	PERFORM zoom_gold.invalidate_work(relation, NULL, NULL);
END
$$;
COMMENT ON FUNCTION zoom_gold.forget_history(text) IS
'Deletes from the state what is kept of a silver relation beyond what silver holds, and marks all that comes from it';

CREATE FUNCTION zoom_gold.count_history(relation text) RETURNS TABLE (item text, "rows" bigint, meaning text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	CASE relation
		WHEN 'si_users' THEN
			RETURN QUERY SELECT 'gold_state.user_event', count(*), 'kept versions of users' FROM gold_state.user_event;
			RETURN QUERY SELECT 'gold_state.user_version', count(*), 'versions folded from them' FROM gold_state.user_version;
		WHEN 'si_support_tickets' THEN
			RETURN QUERY SELECT 'gold_state.ticket_event', count(*), 'kept versions of tickets' FROM gold_state.ticket_event;
		ELSE
			NULL;
	END CASE;
	RETURN QUERY SELECT 'gold_state.tied_row', count(*), 'places of rows with the same timestamps'
		FROM gold_state.tied_row r WHERE r.relation = count_history.relation AND r.place IS NOT NULL;
	RETURN QUERY SELECT 'gold_state.reused_key', count(*), 'keys whose row another event''s took the place of'
		FROM gold_state.reused_key r WHERE r.relation = count_history.relation;
END
$$;
COMMENT ON FUNCTION zoom_gold.count_history(text) IS 'Rows of history that the state keeps of a silver relation';

-- Members of facts that are kept without a silver row are in use as well.
CREATE FUNCTION zoom_gold.drop_unused_members(relation text, former jsonb) RETURNS TABLE (item text, "rows" bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	target record;
BEGIN
	FOR target IN SELECT * FROM zoom_gold.relation_dimension(relation) LOOP
		EXECUTE format($q$
			INSERT INTO gold_state.dim_member (dimension, member, version_ts, load_ts, key_hash, source_system)
			SELECT $1, m.member, m.version_ts, m.load_ts, m.key_hash, m.source_system
			FROM jsonb_to_recordset($2) AS m (member text, version_ts timestamptz, load_ts timestamptz, key_hash bigint, source_system text)
			WHERE EXISTS (SELECT FROM gold.%I f WHERE f.%I::text = m.member)
				AND NOT EXISTS (SELECT FROM gold_state.dim_member d WHERE d.dimension = $1 AND d.member = m.member)$q$,
			target.fact, target.member_column) USING target.dimension, former;
		EXECUTE format('DELETE FROM gold.%I g WHERE NOT EXISTS (SELECT FROM gold_state.dim_member d WHERE d.dimension = $1 AND d.member = g.%I::text)',
			target.dimension, target.member_column) USING target.dimension;
		GET DIAGNOSTICS rows = ROW_COUNT;
		item := 'gold.' || target.dimension;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_unused_members(text, jsonb) IS
'Deletes the members of a relation''s dimension that no accepted row uses; of the former ones keeps those that facts use';

-- Those whom only the history knew.  Whom anything refers to stays: facts that
-- are kept without a silver row, meetings of hosts who are no users.  Who was
-- forgotten stays so.
CREATE FUNCTION zoom_gold.drop_unused_identities(relation text) RETURNS TABLE (item text, "rows" bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	IF relation = 'si_users' THEN
		DELETE FROM gold_state.user_identity i WHERE NOT i.forgotten AND i.ordinal NOT IN (
			SELECT e.ordinal FROM gold_state.user_event e
			UNION ALL SELECT unnest(zoom_gold.user_ordinals(s.users)) FROM gold_state.slice s
			UNION ALL SELECT unnest(zoom_gold.user_ordinals(d.users)) FROM gold_state.day_partial d
			UNION ALL SELECT unnest(zoom_gold.user_ordinals(p.users)) FROM gold_state.period_users p
			UNION ALL SELECT m.ordinal FROM gold_state.meeting_detail m WHERE m.ordinal IS NOT NULL
			UNION ALL SELECT f.ordinal FROM gold_state.feature_detail f WHERE f.ordinal IS NOT NULL
			UNION ALL SELECT w.ordinal FROM gold_state.webinar_detail w WHERE w.ordinal IS NOT NULL
			UNION ALL SELECT d.ordinal FROM gold_state.license_detail d WHERE d.ordinal IS NOT NULL
			UNION ALL SELECT n.number FROM gold_state.license_span l
				CROSS JOIN LATERAL unnest(zoom_gold.packed_numbers(l.spans, 4)) WITH ORDINALITY AS n (number, place) WHERE n.place % 2 = 0);
		item := 'gold_state.user_identity';
	ELSIF relation = 'si_support_tickets' THEN
		DELETE FROM gold_state.ticket_identity i WHERE i.ordinal NOT IN (SELECT e.ordinal FROM gold_state.ticket_event e);
		item := 'gold_state.ticket_identity';
	END IF;
	GET DIAGNOSTICS rows = ROW_COUNT;
	IF item IS NOT NULL AND rows > 0 THEN
		RETURN NEXT;
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_gold.drop_unused_identities(text) IS
'Deletes from the state the users or tickets that nothing refers to any more; returns how many, no row for none';

CREATE FUNCTION zoom_gold.rebuild_relation(relation text, members boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	before jsonb := (SELECT jsonb_object_agg(c.item, c.rows) FROM zoom_gold.count_history(relation) c);
	former jsonb;
	steps jsonb;
	failed text;
	result jsonb;
BEGIN
	PERFORM zoom_gold.forget_history(relation);
	IF members THEN
		SELECT coalesce(jsonb_agg(to_jsonb(m.*)), '[]') INTO former
		FROM gold_state.dim_member m JOIN zoom_gold.relation_dimension(relation) d ON d.dimension = m.dimension;
		DELETE FROM gold_state.dim_member m USING zoom_gold.relation_dimension(relation) d WHERE d.dimension = m.dimension;
	END IF;
	SELECT string_agg(r.process_name, ', ') FILTER (WHERE r.status = 'Failure' AND r.process_name <> 'refresh'),
		jsonb_agg(jsonb_build_object('item', r.process_name, 'rows', coalesce((r.details ->> 'deleted')::bigint, 0),
			'details', format('rows of gold: %s deleted, %s updated, %s inserted',
				r.details ->> 'deleted', r.details ->> 'updated', r.details ->> 'inserted')))
			FILTER (WHERE r.process_name <> 'refresh' AND coalesce((r.details ->> 'deleted')::bigint, 0)
				+ coalesce((r.details ->> 'updated')::bigint, 0) + coalesce((r.details ->> 'inserted')::bigint, 0) > 0)
	INTO failed, steps FROM zoom_gold.refresh(full_refresh => true) r;
	IF failed IS NOT NULL THEN
		RAISE EXCEPTION 'relation "%" was not rebuilt: % failed', relation, failed USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Nothing was changed. See gold.go_process_audit_log after SELECT * FROM zoom_gold.refresh(true).';
	END IF;
	SELECT jsonb_agg(jsonb_build_object('item', c.item, 'rows', (before ->> c.item)::bigint - c.rows,
			'details', format('%s: %s before, %s taken from silver', c.meaning, before ->> c.item, c.rows)))
	INTO result FROM zoom_gold.count_history(relation) c;
	result := coalesce(result, '[]') || coalesce(steps, '[]') || (SELECT coalesce(jsonb_agg(jsonb_build_object('item', u.item, 'rows', u.rows,
			'details', 'keys that nothing refers to any more')), '[]')
		FROM zoom_gold.drop_unused_identities(relation) u);
	IF members THEN
		result := result || (SELECT coalesce(jsonb_agg(jsonb_build_object('item', u.item, 'rows', u.rows,
				'details', 'members that no accepted row uses')), '[]')
			FROM zoom_gold.drop_unused_members(relation, former) u);
	END IF;
	RETURN result;
END
$$;
COMMENT ON FUNCTION zoom_gold.rebuild_relation(text, boolean) IS
'Forgets what is kept of a silver relation and takes it anew; returns what was lost and changed';

-- As plan() does: the work is done, and undone.
CREATE FUNCTION zoom_gold.rebuild_work(relation text, members boolean, plan boolean)
RETURNS TABLE (item text, "rows" bigint, details text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target text := zoom_gold.contract_name(relation);
	result jsonb;
BEGIN
	PERFORM zoom_gold.require_setup();
	IF members IS NULL OR plan IS NULL THEN
		RAISE EXCEPTION 'argument "%" must not be null', CASE WHEN members IS NULL THEN 'members' ELSE 'plan' END
			USING ERRCODE = 'null_value_not_allowed', HINT = 'Leave it out for false.';
	END IF;
	PERFORM zoom_gold.lock_runs();
	BEGIN
		result := zoom_gold.rebuild_relation(target, members);
		IF plan THEN
			RAISE EXCEPTION 'planned' USING ERRCODE = 'ZGPLN';
		END IF;
	EXCEPTION WHEN SQLSTATE 'ZGPLN' THEN
		NULL;
	END;
	RETURN QUERY SELECT r.item, r.rows, r.details FROM jsonb_to_recordset(result) AS r (item text, "rows" bigint, details text);
END
$$;
COMMENT ON FUNCTION zoom_gold.rebuild_work(text, boolean, boolean) IS 'The work of rebuild()';

CREATE FUNCTION zoom_gold.rebuild(relation text, members boolean DEFAULT false, plan boolean DEFAULT false)
RETURNS TABLE (item text, "rows" bigint, details text)
LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'zg_as_owner';
COMMENT ON FUNCTION zoom_gold.rebuild(text, boolean, boolean) IS
'Forgets what was kept of a silver relation, users'' versions, resolutions of tickets, the order in which tied '
'rows came, and takes it from silver as a first load would, with a full refresh, in the same transaction. With '
'members it also deletes the Type 1 members that come with the relation and that no accepted row uses any '
'more. With plan it tells what would happen and keeps nothing: does the work and rolls it back. Passes the '
'delete guard of that relation; readers do not wait. Waits for a refresh that is running. Returns a row per kind of history, with the '
'rows lost, and per step of the refresh that changed gold, with the rows deleted. Who was forgotten stays '
'so, and with fact_deletes = keep so do facts that were kept. Errors, and changes nothing, where a step fails and for a name that is no silver relation';
