/* ==========================================================================
 * Webhook events
 *
 * receive() appends an event to a log and folds all events of its object anew,
 * in the order of what they say of when, whatever the order in which they came;
 * what differs is written to silver.  So late events, redeliveries and batches
 * all lead to one and the same.
 *
 * Objects are users, meetings and webinars; those who take part are parts of
 * their meeting.  What is said of the schedule (meeting.created, .updated,
 * .deleted) is kept and not folded: it is not what took place.
 * ==========================================================================
 */

CREATE FUNCTION zoom_silver.known_event()
RETURNS TABLE (event text, object text, identity text[], happened_at text[])
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('user.created', 'user', '{payload,object,id}'::text[], NULL::text[]),
	('user.invitation_accepted', 'user', '{payload,object,id}', NULL),
	('user.updated', 'user', '{payload,object,id}', NULL),
	('user.activated', 'user', '{payload,object,id}', NULL),
	('user.deactivated', 'user', '{payload,object,id}', NULL),
	('user.disassociated', 'user', '{payload,object,id}', NULL),
	('user.deleted', 'user', '{payload,object,id}', NULL),
	('meeting.started', 'meeting', '{payload,object,uuid}', '{payload,object,start_time}'),
	('meeting.ended', 'meeting', '{payload,object,uuid}', '{payload,object,end_time}'),
	('meeting.participant_joined', 'participant', '{payload,object,uuid}', '{payload,object,participant,join_time}'),
	('meeting.participant_left', 'participant', '{payload,object,uuid}', '{payload,object,participant,leave_time}'),
	('webinar.started', 'webinar', '{payload,object,uuid}', '{payload,object,start_time}'),
	('webinar.ended', 'webinar', '{payload,object,uuid}', '{payload,object,end_time}');
END;
COMMENT ON FUNCTION zoom_silver.known_event() IS
'Events that are folded into silver: what they speak of, where they name it, and where they say when it happened';

-- --------------------------------------------------------------------------
-- The log
-- --------------------------------------------------------------------------

-- time_stamp is that of a change, event_ts that of the message, in milliseconds,
-- of some old events in seconds; others have
-- neither, and some do not even say when it happened.
CREATE FUNCTION zoom_silver.stated_at(body jsonb, happened_at text[]) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(zoom_silver.to_instant(body #>> '{payload,time_stamp}'), zoom_silver.to_instant(body ->> 'event_ts'),
	zoom_silver.to_instant(body #>> happened_at));
COMMENT ON FUNCTION zoom_silver.stated_at(jsonb, text[]) IS 'When what an event tells of happened, as it says; NULL where it does not';

CREATE FUNCTION zoom_silver.unreadable_stamp(body jsonb) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN zoom_silver.no_instant(body #>> '{payload,time_stamp}') OR zoom_silver.no_instant(body ->> 'event_ts') THEN 'update_timestamp' END;
COMMENT ON FUNCTION zoom_silver.unreadable_stamp(jsonb) IS 'For the column unreadable of silver: whether an event has a stamp that is no instant';

-- A user who joins again gets another number.
CREATE FUNCTION zoom_silver.participant_number(participant jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(coalesce(nullif(participant ->> 'user_id', ''), nullif(participant ->> 'participant_uuid', ''), nullif(participant ->> 'id', ''), '?'), 200);
COMMENT ON FUNCTION zoom_silver.participant_number(jsonb) IS 'What tells a participant from others of the meeting';

-- An index entry holds some 2,700 bytes; ids are some 24 characters.
CREATE FUNCTION zoom_silver.log_event(body jsonb, received_at timestamptz, OUT object text, OUT object_id text, OUT part_id text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO zoom_silver_state.event AS e (received_at, event_at, event, object, object_id, part_id, body, digest)
	SELECT received_at, coalesce(zoom_silver.stated_at(body, k.happened_at), received_at), body ->> 'event',
		CASE WHEN i.usable THEN k.object END, CASE WHEN i.usable THEN i.id END,
		CASE WHEN i.usable AND k.object = 'participant' THEN i.id || '/' || zoom_silver.participant_number(body #> '{payload,object,participant}') END,
		body, zoom_silver.event_digest(body)
	FROM (VALUES (true)) AS one
	LEFT JOIN zoom_silver.known_event() k ON k.event = body ->> 'event'
	CROSS JOIN LATERAL (SELECT body #>> k.identity AS id, length(btrim(body #>> k.identity)) BETWEEN 1 AND 200 AS usable) AS i
	ON CONFLICT ON CONSTRAINT event_once DO NOTHING
	RETURNING coalesce(e.object, ''), e.object_id, e.part_id
$$;
COMMENT ON FUNCTION zoom_silver.log_event(jsonb, timestamptz) IS
'Appends an event to the log and returns what it speaks of: object is empty where nothing is to be made of it, NULL where the log had it';

-- 5.0 is 5, whoever has read and written the event on its way.
CREATE FUNCTION zoom_silver.with_plain_numbers(body jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE jsonb_typeof(body)
		WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(m.key, zoom_silver.with_plain_numbers(m.value)), '{}') FROM jsonb_each(body) m)
		WHEN 'array' THEN (SELECT coalesce(jsonb_agg(zoom_silver.with_plain_numbers(m.value) ORDER BY m.n), '[]')
			FROM jsonb_array_elements(body) WITH ORDINALITY AS m (value, n))
		WHEN 'number' THEN to_jsonb(trim_scale((body #>> '{}')::numeric))
		ELSE body END
$$;
COMMENT ON FUNCTION zoom_silver.with_plain_numbers(jsonb) IS 'A JSON value whose numbers end in no zeros behind a point';

CREATE FUNCTION zoom_silver.event_digest(body jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(convert_to(CASE WHEN body::text ~ '[0-9][.][0-9]*0[],}]' THEN zoom_silver.with_plain_numbers(body) ELSE body END::text, getdatabaseencoding()));
COMMENT ON FUNCTION zoom_silver.event_digest(jsonb) IS 'What an event is told by: SHA-256 of its text with members in one order and numbers in one form';

-- --------------------------------------------------------------------------
-- Folding
-- --------------------------------------------------------------------------

CREATE AGGREGATE zoom_silver.told(jsonb) (SFUNC = jsonb_concat, STYPE = jsonb, INITCOND = '{}');
COMMENT ON AGGREGATE zoom_silver.told(jsonb) IS 'What was told last of each member of JSON objects';

-- What an event tells of a user.  user.updated has only what changed, and NULL
-- in it is a change.  Type 2 is licensed; what the licence is was stated.
CREATE FUNCTION zoom_silver.user_told(event text, object jsonb, licensed_plan text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE event WHEN 'user.updated' THEN object ELSE jsonb_strip_nulls(object) END
	|| CASE WHEN object ? 'type' THEN jsonb_build_object('plan', CASE zoom_silver.to_whole(object ->> 'type') WHEN 1 THEN 'Basic' WHEN 2 THEN licensed_plan END)
		ELSE '{}' END;
COMMENT ON FUNCTION zoom_silver.user_told(text, jsonb, text) IS 'What an event tells of a user: the members of its object, and the plan';

CREATE FUNCTION zoom_silver.insert_lacking(target regclass, told text[], kept text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text := zoom_silver.each_column('%s', told, target);
BEGIN
	IF kept = '{}' THEN
		RETURN format('INSERT INTO %1$s (%2$s) SELECT %2$s FROM lacking', target, columns);
	END IF;
	RETURN format($q$, held AS (
			SELECT t.user_id AS of_user, coalesce(t.update_timestamp, t.load_timestamp) AS held_at, t.load_timestamp AS held_load, %3$s
			FROM %1$s t WHERE t.user_id = ANY ($1)
		), placed AS (
			SELECT DISTINCT ON (l.user_id, l.update_timestamp) l.*, h.*
			FROM lacking l LEFT JOIN held h ON h.of_user = l.user_id AND h.held_at <= l.update_timestamp
			ORDER BY l.user_id, l.update_timestamp, h.held_at DESC NULLS LAST, h.held_load DESC NULLS LAST
		), first AS (
			INSERT INTO %1$s (%2$s) SELECT %2$s FROM placed WHERE held_at IS NULL
		)
		INSERT INTO %1$s (%2$s, %4$s) SELECT %2$s, %5$s FROM placed WHERE held_at IS NOT NULL$q$, target, columns,
		zoom_silver.each_column('t.%s AS %n', kept, target), zoom_silver.each_column('%s', kept, target), zoom_silver.each_column('%n', kept, target));
END
$$;
COMMENT ON FUNCTION zoom_silver.insert_lacking(regclass, text[], text[]) IS
'The end of a statement that inserts its rows "lacking" into si_users: columns that are kept as the version before has them, where there is none by default';

-- A row per event, whether or not it changed something, and one with deleted_at
-- for a deletion: of the rows silver has, only one that says something else
-- than it ought to is followed by a corrected one of the same update_timestamp.
-- (An UPDATE or DELETE would count from when it was captured.)  What other
-- sources have told of a user, not what they kept, is what user.updated adds to.
-- Rows are loaded in the order in which they are written, within one instant, too.
-- Columns of one's own are kept, as versions of connectors keep them.
CREATE FUNCTION zoom_silver.fold_users(ids text[], source text, licensed_plan text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_silver.silver_table('si_users');
	told text[] := '{user_id,user_name,email,company,plan_type,deleted_at,unreadable,load_timestamp,update_timestamp,source_system}';
	kept text[] := zoom_silver.kept_columns('si_users', told);
	fit record := zoom_silver.fit_columns('si_users', '{user_name,email,company,plan_type,deleted_at,update_timestamp}', 'w');
BEGIN
	EXECUTE format($q$
		WITH said AS (
			SELECT e.object_id AS user_id, e.event_at AS at, e.digest, e.event, e.event IN ('user.deleted', 'user.disassociated') AS deletes,
				zoom_silver.user_told(e.event, e.body #> '{payload,object}', $3) AS told,
				max(zoom_silver.unreadable_stamp(e.body)) OVER (PARTITION BY e.object_id, e.event_at) AS unreadable
			FROM zoom_silver_state.event e
			WHERE e.object = 'user' AND e.object_id = ANY ($1)
			UNION ALL
			SELECT t.user_id, coalesce(t.update_timestamp, t.load_timestamp), NULL, NULL, false,
				jsonb_strip_nulls(jsonb_build_object('display_name', t.user_name, 'email', t.email, 'company', t.company, 'plan', t.plan_type))
					- CASE WHEN q.columns_told IS NULL THEN '{}' ELSE ARRAY(SELECT c.member FROM (VALUES ('display_name', 'user_name'), ('email', 'email'), ('company', 'company'), ('plan', 'plan_type')) AS c (member, name)
						WHERE c.name <> ALL (q.columns_told)) END, NULL
			FROM %1$s t LEFT JOIN zoom_silver_state.source_query q ON q.source = t.source_system AND q.relation = 'si_users'
			WHERE t.user_id = ANY ($1) AND t.source_system IS DISTINCT FROM $2 AND t.deleted_at IS NULL
		), known AS (
			SELECT s.user_id, s.at, s.event, s.deletes, s.digest, s.unreadable,
				zoom_silver.told(s.told) OVER (PARTITION BY s.user_id ORDER BY s.at, s.deletes, s.digest NULLS FIRST) AS told
			FROM said s
		), wanted AS (
			SELECT DISTINCT ON (k.user_id, k.at) k.user_id, k.at AS update_timestamp,
				coalesce(nullif(btrim(k.told ->> 'display_name'), ''),
					nullif(btrim(concat_ws(' ', k.told ->> 'first_name', k.told ->> 'last_name')), ''), k.told ->> 'email') AS user_name,
				k.told ->> 'email' AS email, k.told ->> 'company' AS company, k.told ->> 'plan' AS plan_type,
				CASE WHEN k.deletes THEN k.at END AS deleted_at, k.unreadable
			FROM known k
			WHERE k.event IS NOT NULL
			ORDER BY k.user_id, k.at, k.deletes DESC, k.digest DESC
		), fitted AS (
			SELECT DISTINCT ON (w.user_id, f.update_timestamp) w.user_id, f.*
			FROM wanted w CROSS JOIN LATERAL (SELECT %3$s, %4$s AS unreadable) AS f
			ORDER BY w.user_id, f.update_timestamp, w.update_timestamp DESC
		), stored AS (
			SELECT DISTINCT ON (t.user_id, t.update_timestamp) t.*
			FROM %1$s t
			WHERE t.user_id = ANY ($1) AND t.source_system = $2
			ORDER BY t.user_id, t.update_timestamp, t.load_timestamp DESC
		), loaded AS (
			SELECT t.user_id, max(t.load_timestamp) AS last FROM %1$s t WHERE t.user_id = ANY ($1) GROUP BY t.user_id
		), lacking AS (
			SELECT w.user_id, w.user_name, w.email, w.company, w.plan_type, w.deleted_at, w.unreadable,
				greatest($4, s.load_timestamp + $5, l.last) AS load_timestamp, w.update_timestamp, $2 AS source_system
			FROM fitted w LEFT JOIN stored s ON s.user_id = w.user_id AND s.update_timestamp = w.update_timestamp LEFT JOIN loaded l ON l.user_id = w.user_id
			WHERE s.user_id IS NULL OR (s.user_name, s.email, s.company, s.plan_type, s.deleted_at, s.unreadable)
				IS DISTINCT FROM (w.user_name, w.email, w.company, w.plan_type, w.deleted_at, w.unreadable)
		) %2$s
		$q$, target, zoom_silver.insert_lacking(target, told, kept), fit.fitted, fit.unreadable)
		USING ids, source, licensed_plan, zoom_gold.clock_now(), zoom_silver.load_step(target);
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_users(text[], text, text) IS
'Folds all events of some users and writes the versions and deletions that silver lacks';

-- What started and ended say counts; who took part tells of a meeting only
-- until one of them is there.  An old event that ended without a time ended
-- when it was sent.  The duration is the planned one and stays out.
CREATE FUNCTION zoom_silver.fold_meetings(kind text, ids text[], source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.write_folded(CASE kind WHEN 'webinar' THEN 'si_webinars' ELSE 'si_meetings' END, format($q$
		SELECT f.object_id AS %1$I, f.told ->> 'host_id' AS host_id, f.told ->> 'topic' AS %2$I,
			zoom_silver.to_instant(f.told ->> 'start_time') AS start_time, zoom_silver.to_instant(f.told ->> 'end_time') AS end_time,
			nullif(concat_ws(' ', zoom_silver.unreadable_instants(f.told, '{start_time,end_time}'), f.unreadable), '') AS unreadable, f.at
		FROM (SELECT e.object_id, max(e.event_at) AS at, max(zoom_silver.unreadable_stamp(e.body)) AS unreadable,
				zoom_silver.told(jsonb_strip_nulls(e.body #> '{payload,object}')
					|| CASE WHEN e.event LIKE '%%.ended' AND coalesce(e.body #>> '{payload,object,end_time}', '') = ''
						AND zoom_silver.stated_at(e.body, NULL) IS NOT NULL
						THEN jsonb_build_object('end_time', to_char(e.event_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) ELSE '{}' END
					ORDER BY e.object = 'participant' DESC, e.event_at, e.digest) AS told
			FROM (
				SELECT * FROM zoom_silver_state.event m WHERE m.object = %3$L AND m.object_id = ANY ($1)
				UNION ALL
				SELECT p.* FROM unnest($1) AS i (id) CROSS JOIN LATERAL (SELECT * FROM zoom_silver_state.event f
					WHERE f.object = 'participant' AND f.object_id = i.id AND %3$L = 'meeting' ORDER BY f.event_at, f.digest LIMIT 1) AS p
			) AS e GROUP BY e.object_id) AS f$q$,
		kind || '_id', kind || '_topic', kind), ids, source);
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_meetings(text, text[], text) IS
'Folds all events of some meetings or webinars and writes what silver has otherwise';

CREATE FUNCTION zoom_silver.unreadable_instants(told jsonb, members text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(m.name, ' ' ORDER BY m.n) FROM unnest(members) WITH ORDINALITY AS m (name, n)
	WHERE zoom_silver.no_instant(told ->> m.name)
$$;
COMMENT ON FUNCTION zoom_silver.unreadable_instants(jsonb, text[]) IS 'Which of the members are no instants, for the column unreadable of silver';

CREATE FUNCTION zoom_silver.fold_participants(ids text[], source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.write_folded('si_participants', $q$
		SELECT f.participant_id, f.meeting_id, f.user_id, f.joined AS join_time,
			CASE WHEN f.gone >= f.joined_last OR f.joined_last IS NULL THEN f.gone END AS leave_time, f.unreadable, f.at
		FROM (SELECT e.part_id AS participant_id, e.object_id AS meeting_id, max(e.event_at) AS at,
				min(zoom_silver.to_instant(p.told ->> 'join_time')) AS joined, max(zoom_silver.to_instant(p.told ->> 'join_time')) AS joined_last,
				max(zoom_silver.to_instant(p.told ->> 'leave_time')) AS gone,
				(array_agg(p.id ORDER BY e.event_at DESC, e.digest) FILTER (WHERE p.id IS NOT NULL))[1] AS user_id,
				nullif(concat_ws(' ', string_agg(DISTINCT zoom_silver.unreadable_instants(p.told, '{join_time,leave_time}'), ' '), max(zoom_silver.unreadable_stamp(e.body))), '') AS unreadable
			FROM zoom_silver_state.event e
			CROSS JOIN LATERAL (SELECT e.body #> '{payload,object,participant}' AS told,
				coalesce(nullif(btrim(e.body #>> '{payload,object,participant,participant_user_id}'), ''),
					nullif(btrim(e.body #>> '{payload,object,participant,id}'), '')) AS id) AS p
			WHERE e.part_id = ANY ($1)
			GROUP BY e.part_id, e.object_id) AS f$q$, ids, source);
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_participants(text[], text) IS
'Folds all events of some participants and writes what silver has otherwise; guests have no user';

CREATE FUNCTION zoom_silver.write_folded(relation text, query text, ids text[], source text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target regclass := zoom_silver.silver_table(relation);
	key text := zoom_silver.key_column(relation);
	content text[] := (SELECT array_agg(c.column_name ORDER BY c.position) FROM zoom_gold.silver_contract() c
		WHERE c.table_name = relation AND c.role IS DISTINCT FROM 'key' AND c.column_name NOT IN ('load_timestamp', 'update_timestamp', 'source_system',
			'duration_minutes', 'registrants'));
	fit record := zoom_silver.fit_columns(relation, content, 't');
BEGIN
	content := content || 'unreadable'::text;
	EXECUTE format($q$
		WITH told AS MATERIALIZED (SELECT t.%3$s, %7$s, %8$s AS unreadable, t.at FROM (%1$s) AS t), changed AS (
			UPDATE %2$s t SET (%4$s, update_timestamp) = ROW(%6$s, w.at) FROM told w
			WHERE t.%3$s = w.%3$s AND t.source_system = $2 AND ROW(%5$s) IS DISTINCT FROM ROW(%6$s)
		)
		INSERT INTO %2$s (%3$s, %4$s, load_timestamp, update_timestamp, source_system)
		SELECT w.%3$s, %6$s, $3, w.at, $2 FROM told w
		WHERE NOT EXISTS (SELECT FROM %2$s t WHERE t.%3$s = w.%3$s AND t.source_system = $2)
		$q$, query, target, key, zoom_silver.each_column('%s', content, target),
		zoom_silver.each_column('t.%s', content, target), zoom_silver.each_column('w.%s', content, target), fit.fitted, fit.unreadable)
		USING ids, source, zoom_gold.clock_now();
END
$$;
COMMENT ON FUNCTION zoom_silver.write_folded(text, text, text[], text) IS
'Updates and inserts rows of some keys, as a query of $1, the keys, gives them: the columns of silver, unreadable, and at for update_timestamp';

CREATE FUNCTION zoom_silver.webhook_command() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT format('SELECT * FROM zoom_silver.add_source(%L, NULL, %L, %L)', s.kind, s.options, s.name)
		FROM zoom_silver_state.source s WHERE s.kind = 'webhook');
END
$$;
COMMENT ON FUNCTION zoom_silver.webhook_command() IS 'The call that adds the source of webhooks once more, which folds all events';

CREATE FUNCTION zoom_silver.fold_objects(object text, ids text[], part_ids text[], source text, options jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET quote_all_identifiers = off AS $$
#variable_conflict use_variable
BEGIN
	CASE object
		WHEN 'user' THEN
			PERFORM zoom_silver.fold_users(ids, source, options ->> 'licensed_plan');
			-- what an event tells late is what versions of connectors after it keep
			PERFORM zoom_silver.catch_up(q.relation, zoom_silver.silver_table(q.relation), q.source, q.columns_told, ids)
			FROM zoom_silver_state.source_query q WHERE q.relation = 'si_users' AND q.columns_told IS NOT NULL;
		WHEN 'participant' THEN
			PERFORM zoom_silver.fold_meetings('meeting', ids, source);
			PERFORM zoom_silver.fold_participants(part_ids, source);
		ELSE
			PERFORM zoom_silver.fold_meetings(object, ids, source);
	END CASE;
EXCEPTION WHEN undefined_column OR undefined_function OR datatype_mismatch OR generated_always THEN
	RAISE EXCEPTION 'source "%": events of a % cannot be written to silver: %', source, object, SQLERRM USING ERRCODE = SQLSTATE,
		HINT = format('SELECT * FROM zoom_gold.setup() tells which column of silver is not as it was. Where a table was made anew: %s.', zoom_silver.webhook_command());
WHEN lock_not_available THEN
	RAISE EXCEPTION '%', SQLERRM USING ERRCODE = SQLSTATE, HINT = zoom_silver.lock_hint();
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_objects(text, text[], text[], text, jsonb) IS
'Folds all events of some objects of a kind into silver; errors, with what helps, where a table of silver has lost a column or its type, or is locked';

-- What a connector read before events that came already is what those add to.  Silver
-- without deleted_at has nothing of events.  Whoever receives now is waited for, and
-- whoever does so later waits: neither would see what the other one writes.
CREATE FUNCTION zoom_silver.fold_late(source text, since timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	target regclass := zoom_silver.silver_table('si_users');
	ids text[];
BEGIN
	IF to_regclass('zoom_silver_state.event') IS NULL
		OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = 'deleted_at' AND NOT a.attisdropped)
	THEN
		RETURN;
	END IF;
	LOCK TABLE zoom_silver_state.event IN SHARE ROW EXCLUSIVE MODE;
	EXECUTE format('SELECT array_agg(DISTINCT t.user_id) FROM %s t JOIN zoom_silver_state.event e ON e.object_id = t.user_id
		WHERE e.object = ''user'' AND t.source_system = $1 AND t.load_timestamp >= $2', target)
		INTO ids USING source, since;
	IF ids IS NOT NULL THEN
		PERFORM zoom_silver.fold_objects('user', ids, NULL, s.name, s.options) FROM zoom_silver_state.source s WHERE s.kind = 'webhook';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.fold_late(text, timestamptz) IS
'Folds the events of users of whom a source has written something since an instant, and has receivers wait until the transaction ends; errors as fold_objects() does';

-- --------------------------------------------------------------------------
-- Receiving
-- --------------------------------------------------------------------------

CREATE FUNCTION zoom_silver.add_webhook(source text, options jsonb) RETURNS TABLE (relation text, action text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	kind text;
BEGIN
	IF NOT options ? 'licensed_plan' THEN
		RAISE EXCEPTION '%', (SELECT o.message FROM zoom_silver.source_option() o WHERE o.kind = 'webhook' AND o.name = 'licensed_plan')
			USING ERRCODE = 'invalid_parameter_value',
				HINT = (SELECT o.hint FROM zoom_silver.source_option() o WHERE o.kind = 'webhook' AND o.name = 'licensed_plan');
	ELSIF EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.kind = 'webhook' AND s.name <> source) THEN
		RAISE EXCEPTION 'there is a source of kind webhook already' USING ERRCODE = 'duplicate_object',
			DETAIL = 'An event does not say which source it belongs to.';
	END IF;
	PERFORM zoom_silver.make_state_table('event');
	PERFORM zoom_silver.prepare_silver(h.relation) FROM zoom_silver.handed_in() h WHERE h.kind = 'webhook';
	-- a deletion knows when it happened; see the silver contract
	PERFORM zoom_silver.add_silver_column('si_users', 'deleted_at', 'timestamptz', 'The row says that its key was deleted then; NULL: it is a version');
	-- what was received before, folded by the options of today; whoever
	-- receives meanwhile waits
	LOCK TABLE zoom_silver_state.event IN SHARE ROW EXCLUSIVE MODE;
	FOREACH kind IN ARRAY '{user,meeting,participant,webinar}'::text[] LOOP
		PERFORM zoom_silver.fold_objects(kind, (SELECT array_agg(DISTINCT e.object_id) FROM zoom_silver_state.event e WHERE e.object = kind),
			(SELECT array_agg(DISTINCT e.part_id) FROM zoom_silver_state.event e WHERE e.part_id IS NOT NULL), source, options);
	END LOOP;
	RETURN QUERY SELECT h.relation, 'filled by receive()' FROM zoom_silver.handed_in() h WHERE h.kind = 'webhook';
END
$$;
COMMENT ON FUNCTION zoom_silver.add_webhook(text, jsonb) IS
'The part of add_source() for webhooks: makes the log and folds what it holds. Fails without the option licensed_plan and where there is another source of the kind';

CREATE FUNCTION zoom_silver.check_event(event jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF jsonb_typeof(event) IS DISTINCT FROM 'object' OR jsonb_typeof(event -> 'event') IS DISTINCT FROM 'string' OR btrim(event ->> 'event') = '' THEN
		RAISE EXCEPTION 'not a Zoom webhook event' USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'It is no JSON object with a member "event" that names one.', HINT = 'Pass the body of the request as it came.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_event(jsonb) IS 'Fails where what was received is no event';

CREATE FUNCTION zoom_silver.check_receiver() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	PERFORM zoom_silver.require_state();
	IF current_setting('transaction_isolation') = 'repeatable read' THEN
		-- the snapshot is older than the lock: events committed between would not be seen
		RAISE EXCEPTION 'events cannot be received in a repeatable read transaction' USING ERRCODE = 'feature_not_supported',
			HINT = 'Use READ COMMITTED or SERIALIZABLE.';
	ELSIF NOT EXISTS (SELECT FROM zoom_silver_state.source s WHERE s.kind = 'webhook') THEN
		RAISE EXCEPTION 'there is no source of kind webhook' USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Run SELECT * FROM zoom_silver.add_source(''webhook'', NULL, ''{"licensed_plan": "Pro"}''), with the plan of your account.';
	ELSIF to_regclass('zoom_silver_state.event') IS NULL THEN
		RAISE EXCEPTION 'table "zoom_silver_state.event" is gone' USING ERRCODE = 'undefined_table',
			HINT = format('Bring it back from a backup, or make an empty one: %s. Silver keeps its rows.', zoom_silver.webhook_command());
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.check_receiver() IS 'Fails where no event can be received: no source of the kind, no log, or a snapshot that would be too old';

-- What is said of whom it does not name cannot be told, and is not to be sent again.
CREATE FUNCTION zoom_silver.warn_of_nameless(event text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_what text := (SELECT CASE k.object WHEN 'participant' THEN 'meeting' ELSE k.object END FROM zoom_silver.known_event() k WHERE k.event = warn_of_nameless.event);
BEGIN
	IF of_what IS NOT NULL THEN
		RAISE WARNING 'event "%" names no %: it is kept, and nothing is made of it', event, of_what
			USING HINT = 'Pass the body of the request as it came.';
	END IF;
END
$$;
COMMENT ON FUNCTION zoom_silver.warn_of_nameless(text) IS 'Warns of an event of which nothing is made although its name is known: it does not say of which user, meeting or webinar it tells';

-- The lock comes first and the fold reads with a snapshot taken after it: of two
-- sessions with events of one object the second folds both.
CREATE FUNCTION zoom_silver.receive(event jsonb, received_at timestamptz DEFAULT clock_timestamp()) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	logged record;
BEGIN
	PERFORM zoom_silver.check_event(event);
	IF NOT isfinite(received_at) THEN
		RAISE EXCEPTION 'argument "received_at" must be finite' USING ERRCODE = 'invalid_parameter_value', HINT = 'Leave it out for now.';
	END IF;
	IF event ->> 'event' = 'endpoint.url_validation' THEN
		RETURN false;	-- the receiver answers it
	END IF;
	PERFORM zoom_silver.check_receiver();
	PERFORM zoom_gold.lock_word('zoom_silver ' || (receive.event #>> k.identity))
	FROM zoom_silver.known_event() k WHERE k.event = receive.event ->> 'event' AND receive.event #>> k.identity IS NOT NULL;
	SELECT l.* INTO logged FROM zoom_silver.log_event(event, coalesce(received_at, clock_timestamp())) l;
	IF logged.object = '' THEN
		PERFORM zoom_silver.warn_of_nameless(event ->> 'event');
	END IF;
	IF coalesce(logged.object, '') = '' THEN
		RETURN false;
	END IF;
	PERFORM zoom_silver.fold_objects(logged.object, ARRAY[logged.object_id], ARRAY[logged.part_id], s.name, s.options)
	FROM zoom_silver_state.source s WHERE s.kind = 'webhook';
	RETURN true;
END
$$;
COMMENT ON FUNCTION zoom_silver.receive(jsonb, timestamptz) IS
'Takes a webhook event of Zoom, the body of the request: keeps it, folds all events of its user, meeting or webinar in the order of when they happened, and writes to silver what differs. '
'Events may come late, twice, and in any order. Returns whether it told something new: false for one that is there already, for one that tells nothing of silver (kept all the same, with a warning where it ought to, and does not say of whom) and for endpoint.url_validation. '
'Errors for what is no event, and where no source of kind webhook was added';

-- --------------------------------------------------------------------------
-- Forgetting a person
-- --------------------------------------------------------------------------

-- Topics may be anything, and stay.
CREATE FUNCTION zoom_silver.without_values(body jsonb, words text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE jsonb_typeof(body)
		WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(m.key, CASE m.key WHEN 'topic' THEN m.value ELSE zoom_silver.without_values(m.value, words) END), '{}')
			FROM jsonb_each(body) m)
		WHEN 'array' THEN (SELECT coalesce(jsonb_agg(zoom_silver.without_values(m.value, words) ORDER BY m.n), '[]')
			FROM jsonb_array_elements(body) WITH ORDINALITY AS m (value, n))
		WHEN 'string' THEN CASE WHEN zoom_silver.to_email(body #>> '{}') = ANY (words) THEN 'null' ELSE body END
		ELSE body END
$$;
COMMENT ON FUNCTION zoom_silver.without_values(jsonb, text[]) IS
'A JSON value in which strings that are one of some words, in small letters, are NULL, but for topics';

CREATE FUNCTION zoom_silver.words_of_user(user_id text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(DISTINCT zoom_silver.to_email(w.word)), '{}')
	FROM (
		SELECT unnest(ARRAY[o.told ->> 'display_name', o.told ->> 'email', concat_ws(' ', o.told ->> 'first_name', o.told ->> 'last_name')])
		FROM zoom_silver_state.event e CROSS JOIN LATERAL (VALUES (e.body #> '{payload,object}'), (e.body #> '{payload,old_object}')) AS o (told)
		WHERE e.object = 'user' AND e.object_id = words_of_user.user_id
		UNION ALL
		SELECT unnest(ARRAY[p.told ->> 'user_name', p.told ->> 'email'])
		FROM zoom_silver_state.event e CROSS JOIN LATERAL (SELECT e.body #> '{payload,object,participant}') AS p (told)
		WHERE e.object = 'participant' AND words_of_user.user_id IN (p.told ->> 'participant_user_id', p.told ->> 'id')
	) AS w (word) WHERE btrim(w.word) <> ''
$$;
COMMENT ON FUNCTION zoom_silver.words_of_user(text) IS
'Names and e-mails of a user in the log of events, in small letters: what it says of the user, and of the participant with the id';

-- The digest stays, so that a redelivery tells nothing new.  Events of the user
-- are nothing to be folded any more; those of meetings are, for of participants
-- folds take ids and times alone.
CREATE FUNCTION zoom_silver.forget_events(user_id text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	words text[] := zoom_silver.words_of_user(user_id);
	own bigint;
	others bigint;
BEGIN
	UPDATE zoom_silver_state.event e SET object = NULL, object_id = NULL, body = jsonb_build_object('event', e.event)
	WHERE e.event LIKE 'user.%' AND forget_events.user_id IN (e.object_id, e.body #>> '{payload,object,id}');
	GET DIAGNOSTICS own = ROW_COUNT;
	UPDATE zoom_silver_state.event e SET body = jsonb_set(e.body, '{payload}', n.payload)
	FROM zoom_silver_state.event o, zoom_silver.without_values(o.body -> 'payload', words) AS n (payload)
	WHERE o.event_no = e.event_no AND o.body ? 'payload' AND n.payload <> o.body -> 'payload';
	GET DIAGNOSTICS others = ROW_COUNT;
	RETURN own + others;
END
$$;
COMMENT ON FUNCTION zoom_silver.forget_events(text) IS
'Erases a user from the log of events: what users'' events of the user say, and in all others the names and e-mails that those told; returns the number of events';

CREATE FUNCTION zoom_silver.forget_user(user_id text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	events bigint := 0;
BEGIN
	PERFORM zoom_silver.require_gold();
	PERFORM zoom_gold.require_primary();
	PERFORM zoom_silver.require_owner();
	IF to_regclass('zoom_silver_state.event') IS NOT NULL THEN
		LOCK TABLE zoom_silver_state.event IN SHARE ROW EXCLUSIVE MODE;
		events := zoom_silver.forget_events(user_id);
	END IF;
	RETURN zoom_gold.forget_user(user_id) || jsonb_build_object('events', events);
END
$$;
COMMENT ON FUNCTION zoom_silver.forget_user(text) IS
'Erases a person from the log of webhook events and by zoom_gold.forget_user() from gold; returns what that returned, and as events how many were changed. '
'Silver is yours to erase: mentioned_still tells where. Errors as zoom_gold.forget_user() does, with nothing changed';
