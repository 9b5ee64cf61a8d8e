-- State that is damaged: schema "damage", over a silver in which every state
-- table has rows.  Each try is undone.
CREATE SCHEMA damage;
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';
ALTER TABLE silver.si_users ADD COLUMN region text;
ALTER TABLE gold.go_dim_user ADD COLUMN region text;
INSERT INTO gold_state.tracked_column VALUES ('region', 1);
CALL t.user('u1', 'Ana'); CALL t.user('u2', 'Bo'); CALL t.user('u3', 'Ana', email => 'ana3@x.example'); CALL t.user('u4', NULL);
CALL t.user(' u5', 'Dee'); CALL t.user('u6', 'Eve', '2024-01-01Z'); CALL t.user('u6', 'Eva', '2024-01-01Z'); CALL t.user('u7', 'Fay');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z'); CALL t.meeting('m2', 'u2', '2024-01-10 23:50Z'); CALL t.meeting('m3', 'nobody', '2024-01-20 10:00Z', topic => 'Plan');
CALL t.meeting(' m4', 'u5', '2024-02-01 10:00Z', source => 'X'); CALL t.meeting('m5', 'u3', '2024-02-01 10:00Z', -5); CALL t.meeting(NULL, 'u3', '2024-02-01 10:00Z');
CALL t.participant('p1', 'm1', 'u2', '2024-01-10 10:00Z', '2024-01-10 10:10Z'); CALL t.participant('p2', 'm2', 'u3', '2024-01-11 00:05Z');
CALL t.participant('p3', 'm9', 'u3', '2024-01-11 00:05Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10'); CALL t.usage('f2', 'm2', 'Poll', '2024-01-11'); CALL t.usage('f3', 'm4', 'Chat', '2024-02-01');
CALL t.webinar('w1', 'u1', '2024-01-15 10:00Z', '2024-01-15 11:00Z'); CALL t.webinar('w2', 'u2', '2024-01-16 10:00Z', '2024-01-16 11:00Z', topic => 'Second');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-10'); CALL t.ticket('t2', 'u2', 'Video', 'Open', '2024-01-12'); CALL t.ticket('t3', 'u2', 'Video', 'Closed', '2024-01-12');
CALL t.license('l1', 'Pro', 'u1', '2024-01-01'); CALL t.license('l2', 'Basic', 'u2', '2024-01-05', '2024-02-05'); CALL t.license('l3', 'Pro', NULL, '2024-01-07');
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-01-10'); CALL t.billing('b2', 'u2', 'Refund', 5, '2024-01-11'); CALL t.billing('b3', 'u3', 'Oddity', 5, '2024-01-11');
CALL t.refresh_at('2024-03-01 00:00Z');
UPDATE silver.si_users SET region = 'North', plan_type = 'Pro', update_timestamp = '2024-03-01Z' WHERE user_id IN ('u1', 'u2');
CALL t.ticket_status('t1', 'Resolved', '2024-03-01Z'); CALL t.ticket_status('t2', 'Closed', '2024-03-01Z');
DELETE FROM silver.si_users WHERE user_id = 'u3';
-- keys with rows on two days, and rows that tie
CALL t.meeting('m6', 'u1', '2024-02-02 10:00Z', topic => 'Old'); CALL t.meeting('m6', 'u1', '2024-02-02 10:00Z', topic => 'New');
CALL t.meeting('m7', 'u1', '2024-02-02 10:00Z', topic => 'Old'); CALL t.meeting('m7', 'u1', '2024-02-03 10:00Z', topic => 'Moved');
CALL t.billing('b4', 'u1', 'Subscription Fee', 10, '2024-01-12'); CALL t.billing('b4', 'u1', 'Subscription Fee', 10, '2024-01-13');
CALL t.refresh_at('2024-03-02 00:00Z');
SELECT count(*) FROM zoom_gold.forget_user('u7') \g /dev/null
CALL t.refresh_at('2024-03-02 01:00Z');

-- For a while that no refresh has seen yet: what is pending can be lost.
CREATE PROCEDURE damage.change() LANGUAGE plpgsql AS $$
BEGIN
	CALL t.change_user('u1', '2024-03-03Z', company => 'Other');
	CALL t.ticket_status('t3', 'Open', '2024-03-03Z');
	CALL t.meeting('m8', 'u2', '2024-02-05 10:00Z');
	UPDATE silver.si_billing_events SET amount = 11, update_timestamp = '2024-03-03Z' WHERE event_id = 'b1';
END
$$;

-- Another value of the same type, as SQL of the column, %1$I.
CREATE FUNCTION damage.other(type text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE type
		WHEN 'boolean' THEN 'NOT %1$I' WHEN 'smallint' THEN '-%1$I' WHEN 'integer' THEN '%1$I # -2147483644' WHEN 'bigint' THEN '%1$I # 4'
		WHEN 'date' THEN '%1$I + 1' WHEN 'timestamp with time zone' THEN '%1$I + interval ''1 day'''
		WHEN 'numeric' THEN '%1$I + 1' WHEN 'bytea' THEN 'set_byte(%1$I, length(%1$I) - 1, get_byte(%1$I, length(%1$I) - 1) # 1)'
		WHEN 'text' THEN '%1$I || ''x''' WHEN '"char"' THEN 'translate(%1$I::text, ''IDT'', ''DID'')::"char"'
		WHEN 'jsonb' THEN '%1$I || ''{"region": "Elsewhere", "columns": {}}''' WHEN 'text[]' THEN '%1$I || ''x''::text'
		WHEN 'integer[]' THEN '%1$I || 9' WHEN 'date[]' THEN '%1$I || date ''2020-01-01''' END
$$;

-- Damage a table of the state: "all" or "half" of its rows are lost, or a value
-- of the column of that name is another.  Returns the number of rows.
CREATE FUNCTION damage.damage(name text, how text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	-- past what guards the tables from people
	SET LOCAL session_replication_role = replica;
	IF how = 'all' THEN
		EXECUTE format('DELETE FROM gold_state.%I', name);
	ELSIF how = 'half' THEN
		EXECUTE format('DELETE FROM gold_state.%I WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (ORDER BY ctid) AS n FROM gold_state.%1$I) x WHERE n %% 2 = 1)', name);
	ELSE
		EXECUTE (SELECT format('UPDATE gold_state.%I SET %I = ' || format(damage.other(format_type(a.atttypid, NULL)), how)
				|| ' WHERE ctid = (SELECT max(ctid) FROM gold_state.%1$I WHERE %2$I IS NOT NULL)', name, how)
			FROM pg_attribute a WHERE a.attrelid = format('gold_state.%I', name)::regclass AND a.attname = how);
	END IF;
	GET DIAGNOSTICS n = ROW_COUNT;
	SET LOCAL session_replication_role = origin;
	RETURN n;
EXCEPTION WHEN integrity_constraint_violation THEN
	RETURN 0;
END
$$;

-- What verify() says is wrong, NULL for nothing.
CREATE FUNCTION damage.named() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT string_agg(v.check_name, ' ') FROM zoom_gold.verify() v WHERE NOT v.passed);
EXCEPTION WHEN object_not_in_prerequisite_state THEN
	RETURN SQLERRM;
END
$$;

CREATE FUNCTION damage.is_edited(name text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN name IN ('quality_rule', 'tracked_column', 'billing_event_class', 'settings', 'value_map');

-- Damage, look and mend as the documentation says; only what is wrong is told.
CREATE FUNCTION damage.try(name text, how text, unseen boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	said text;
BEGIN
	BEGIN
		IF name LIKE '%\_change' THEN
			CALL damage.change();
		END IF;
		IF damage.damage(name, how) > 0 THEN
			IF damage.named() IS NULL AND NOT unseen THEN
				wrong := wrong || 'verify() sees nothing'::text;
			END IF;
			PERFORM * FROM zoom_gold.setup();
			SELECT string_agg(r.process_name || ': ' || (r.details ->> 'error'), '; ') INTO said
			FROM zoom_gold.refresh(full_refresh => true) r WHERE r.status = 'Failure';
			wrong := wrong || said || damage.named();
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT format('%s %s: %s', name, how, w) FROM unnest(wrong) AS w WHERE w IS NOT NULL;
EXCEPTION WHEN OTHERS THEN
	-- what people edit is theirs to mend: an error names it
	IF NOT (SQLSTATE = '22023' AND damage.is_edited(name) AND SQLERRM LIKE '%"%') THEN
		RETURN NEXT format('%s %s: %s %s', name, how, SQLSTATE, SQLERRM);
	END IF;
END
$$;

-- What only tells when and in which order something is to be done, what nothing
-- else tells, and what is as people want it.
CREATE FUNCTION damage.is_unseen(name text, how text) RETURNS boolean LANGUAGE sql AS $$
	SELECT name IN ('compared_piece', 'dirty') OR damage.is_edited(name)
		-- whose changes are half known counts as pending
		OR name IN ('user_change', 'ticket_change') AND how = 'half'
		OR name IN ('relation_state', 'run', 'user_event', 'ticket_event', 'user_change', 'ticket_change', 'slice_change', 'dim_member', 'open_error', 'tied_row')
			AND how NOT IN ('all', 'half')
		OR (name, how) IN (('slice', 'accepted_hash'), ('slice', 'usage_hash'), ('user_identity', 'live_hash'), ('ticket_identity', 'live_rows'),
			('ticket_identity', 'live_hash'), ('user_identity', 'live_rows'), ('user_identity', 'forgotten'), ('user_version', 'holds_from'), ('user_version', 'holds_until'), ('user_version', 'begins_name'))
$$;
