-- An independent reading of the model: what gold should be, computed from
-- silver and from a log of its users and tickets that plain row triggers
-- keep, in plain SQL that shares nothing with the engine or with verify().
-- Tables oracle.go_* carry the gold columns without load_date, update_date.
--
--   CALL oracle.attach();    after setup(), before silver is filled
--   CALL oracle.compute();   with the clock of the last refresh
--   SELECT * FROM oracle.differences();
CREATE SCHEMA oracle;

CREATE FUNCTION oracle.clock() RETURNS timestamptz LANGUAGE sql AS $$
	SELECT coalesce(nullif(current_setting('zoom_gold.clock', true), '')::timestamptz,
					clock_timestamp())
$$;

CREATE FUNCTION oracle.setting(text) RETURNS text LANGUAGE sql AS $$
	SELECT value FROM gold_state.settings WHERE name = $1
$$;

------------------------------------------------------------------------------
-- The log: every row that appeared (+1) or went (-1), in order
------------------------------------------------------------------------------

-- tracked is what versions are told apart by: NULL for a row that is no
-- version, of a row that says that its key was deleted the word alone
CREATE TABLE oracle.log (
	seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tx bigint NOT NULL, sign integer NOT NULL, at timestamptz NOT NULL,
	relation text NOT NULL, key text,
	version_ts timestamptz, load_ts timestamptz, source_system text,
	deleted_at timestamptz, tracked text[]);

-- Text as gold has it: trimmed, inner white space collapsed, empty is NULL.
CREATE FUNCTION oracle.norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT nullif(btrim(regexp_replace($1, '\s+', ' ', 'g')), '')
$$;

-- The known spelling of a value, else the value.
CREATE FUNCTION oracle.spell(value text, known text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce((SELECT k FROM unnest(known) AS k WHERE lower(k) = lower(oracle.norm(value))),
					oracle.norm(value))
$$;
CREATE FUNCTION oracle.plan(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT oracle.spell($1, '{Free,Basic,Pro,Business,Enterprise}') $$;
CREATE FUNCTION oracle.license(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT oracle.spell($1, '{Basic,Pro,Business,Enterprise,Education}') $$;
CREATE FUNCTION oracle.event(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT oracle.spell($1,
		'{Subscription Fee,Subscription Renewal,Add-on Purchase,Refund}') $$;
CREATE FUNCTION oracle.status(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT oracle.spell($1, '{Open,In Progress,Resolved,Closed}') $$;

CREATE FUNCTION oracle.tracked(relation text, row_ jsonb) RETURNS text[] LANGUAGE sql STABLE AS $$
	SELECT CASE
		WHEN row_ ->> 'deleted_at' IS NOT NULL THEN
			CASE WHEN relation = 'si_support_tickets' OR oracle.setting('delete_policy') IS DISTINCT FROM 'ignore' THEN ARRAY['deleted'] END
		WHEN relation = 'si_users' THEN
			CASE WHEN oracle.norm(row_ ->> 'user_name') IS NOT NULL THEN
				ARRAY[oracle.norm(row_ ->> 'user_name'), lower(oracle.norm(row_ ->> 'email')), oracle.norm(row_ ->> 'company'),
					  oracle.plan(row_ ->> 'plan_type')] END
		WHEN oracle.norm(row_ ->> 'ticket_type') IS NOT NULL AND row_ ->> 'open_date' IS NOT NULL THEN
			ARRAY[oracle.status(row_ ->> 'resolution_status')] END
$$;

CREATE FUNCTION oracle.note(relation text, sign integer, row_ jsonb) RETURNS void LANGUAGE sql AS $$
	INSERT INTO oracle.log (tx, sign, at, relation, key, version_ts, load_ts, source_system, deleted_at, tracked)
	SELECT txid_current(), sign, oracle.clock(), relation,
		   oracle.norm(coalesce(row_ ->> 'ticket_id', row_ ->> 'user_id')),
		   coalesce(row_ ->> 'update_timestamp', row_ ->> 'load_timestamp')::timestamptz,
		   (row_ ->> 'load_timestamp')::timestamptz, row_ ->> 'source_system',
		   (row_ ->> 'deleted_at')::timestamptz, oracle.tracked(relation, row_)
$$;

CREATE FUNCTION oracle.capture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		EXECUTE format('SELECT oracle.note(%L, -1, to_jsonb(s)) FROM silver.%1$I s', TG_TABLE_NAME);
	END IF;
	IF TG_OP IN ('UPDATE', 'DELETE') THEN
		PERFORM oracle.note(TG_TABLE_NAME, -1, to_jsonb(OLD));
	END IF;
	IF TG_OP IN ('UPDATE', 'INSERT') THEN
		PERFORM oracle.note(TG_TABLE_NAME, 1, to_jsonb(NEW));
	END IF;
	RETURN NULL;
END
$$;

CREATE PROCEDURE oracle.attach() LANGUAGE plpgsql AS $$
DECLARE
	relation text;
BEGIN
	FOREACH relation IN ARRAY '{si_users,si_support_tickets}'::text[]
	LOOP
		EXECUTE format('CREATE TRIGGER oracle_row AFTER INSERT OR UPDATE OR DELETE ON silver.%I'
					   ' FOR EACH ROW EXECUTE FUNCTION oracle.capture()', relation);
		EXECUTE format('CREATE TRIGGER oracle_truncate BEFORE TRUNCATE ON silver.%I'
					   ' FOR EACH STATEMENT EXECUTE FUNCTION oracle.capture()', relation);
	END LOOP;
END
$$;

------------------------------------------------------------------------------
-- The law of succession
------------------------------------------------------------------------------

-- What a transaction did on the whole: +n rows came, -n went; "turn" is the
-- order of the transactions of a key.
CREATE TABLE oracle.net (relation text, key text, tx bigint, turn bigint, seq bigint, at timestamptz, n bigint,
	version_ts timestamptz, load_ts timestamptz, deleted_at timestamptz, tracked text[]);
CREATE INDEX ON oracle.net (relation, key, tx);

-- The ends of lives: transactions that leave none of a key's rows.
CREATE TABLE oracle.deletion (relation text, key text, turn bigint, at timestamptz, life bigint);

-- Versions by the life in which they count, and from when.
CREATE TABLE oracle.version_in_life (relation text, key text, life bigint, opened timestamptz,
	version_ts timestamptz, load_ts timestamptz, seq bigint, tracked text[]);
CREATE INDEX ON oracle.version_in_life (relation, key, life);

-- What was in force when; tracked NULL = nothing, as the key was deleted.
CREATE TABLE oracle.event (relation text, key text, opened timestamptz, tracked text[]);
CREATE INDEX ON oracle.event (relation, key);

CREATE PROCEDURE oracle.compute_lives() LANGUAGE sql AS $$
	TRUNCATE oracle.net, oracle.deletion;
	-- of several states under one timestamp within a transaction none but the last was there
	INSERT INTO oracle.net
	SELECT relation, key, tx, dense_rank() OVER (PARTITION BY relation, key ORDER BY last_seq), seq, at, n,
		   version_ts, load_ts, deleted_at, tracked
	FROM (SELECT relation, key, tx, max(seq) AS seq, max(at) AS at, sum(sign) AS n,
				 version_ts, load_ts, deleted_at, tracked, max(max(seq)) OVER (PARTITION BY relation, key, tx) AS last_seq
		  FROM oracle.log WHERE key IS NOT NULL
		  GROUP BY relation, key, tx, version_ts, load_ts, source_system, deleted_at, tracked) AS l
	WHERE n <> 0;
	INSERT INTO oracle.deletion
	SELECT relation, key, turn,
		   greatest(went_at, newest + interval '1 microsecond'),
		   row_number() OVER (PARTITION BY relation, key ORDER BY turn)
	FROM (SELECT relation, key, turn, max(at) FILTER (WHERE n < 0) AS went_at, sum(sum(n)) OVER w AS left_,
				 max(max(version_ts) FILTER (WHERE n > 0 AND tracked IS NOT NULL)) OVER w AS newest
		  FROM oracle.net GROUP BY relation, key, turn
		  WINDOW w AS (PARTITION BY relation, key ORDER BY turn)) AS t
	WHERE left_ = 0 AND went_at IS NOT NULL
	  AND NOT (relation = 'si_users' AND oracle.setting('delete_policy') IS NOT DISTINCT FROM 'ignore');
$$;

CREATE PROCEDURE oracle.compute_events() LANGUAGE sql AS $$
	TRUNCATE oracle.version_in_life, oracle.event;
	INSERT INTO oracle.version_in_life
	WITH came AS (
		SELECT c.*, l.life, l.began_after,
			   first_value(c.version_ts) OVER w AS oldest_version, first_value(c.load_ts) OVER w AS oldest_load
		FROM oracle.net c
		CROSS JOIN LATERAL (SELECT count(*) AS life, max(d.at) AS began_after FROM oracle.deletion d
							WHERE d.relation = c.relation AND d.key = c.key AND d.turn < c.turn) AS l
		WHERE c.n > 0
		WINDOW w AS (PARTITION BY c.relation, c.key, l.life ORDER BY c.turn, c.version_ts, c.load_ts)),
	placed AS (
		SELECT c.*, coalesce(c.version_ts <= c.began_after
							 AND (c.version_ts, c.load_ts) < (c.oldest_version, c.oldest_load), false) AS late,
			   -- rows of the same version that the transaction took away: alike, or others
			   coalesce(bool_or(o.tracked IS NOT DISTINCT FROM c.tracked AND o.deleted_at IS NOT DISTINCT FROM c.deleted_at), false) AS repeats,
			   count(o.key) > 0 AS corrects
		FROM came c
		LEFT JOIN oracle.net o ON o.relation = c.relation AND o.key = c.key AND o.tx = c.tx AND o.n < 0
			AND o.version_ts = c.version_ts
		WHERE c.tracked IS NOT NULL
		GROUP BY c.relation, c.key, c.tx, c.turn, c.seq, c.at, c.n, c.version_ts, c.load_ts, c.deleted_at, c.tracked,
				 c.life, c.began_after, c.oldest_version, c.oldest_load)
	SELECT p.relation, p.key, l.life,
		   CASE WHEN p.deleted_at IS NOT NULL THEN greatest(p.deleted_at, l.began_after + interval '1 microsecond')
				WHEN p.version_ts <= l.began_after THEN greatest(p.at, l.began_after + interval '1 microsecond')
				WHEN p.corrects THEN greatest(p.version_ts, p.at)
				ELSE p.version_ts END,
		   p.version_ts, p.load_ts, p.seq, p.tracked
	FROM placed p
	CROSS JOIN LATERAL (SELECT count(*) AS life, max(d.at) AS began_after FROM oracle.deletion d
						WHERE d.relation = p.relation AND d.key = p.key
						  AND CASE WHEN p.late THEN d.at < p.version_ts ELSE d.life <= p.life END) AS l
	WHERE NOT p.repeats;
	ANALYZE oracle.version_in_life;
	-- one that a newer version of its life, or the life's end, forestalls was in
	-- force at no time
	INSERT INTO oracle.event
	SELECT v.relation, v.key, v.opened, CASE WHEN v.tracked <> ARRAY['deleted'] THEN v.tracked END
	FROM oracle.version_in_life v
	LEFT JOIN oracle.deletion d ON d.relation = v.relation AND d.key = v.key AND d.life = v.life + 1
	WHERE (v.opened < d.at) IS NOT FALSE
	  AND NOT EXISTS (SELECT FROM oracle.version_in_life o
					  WHERE o.relation = v.relation AND o.key = v.key AND o.life = v.life AND o.opened <= v.opened
						AND (o.version_ts, o.load_ts, o.seq) > (v.version_ts, v.load_ts, v.seq))
	UNION ALL
	SELECT relation, key, at, NULL FROM oracle.deletion;
$$;

------------------------------------------------------------------------------
-- Gold
------------------------------------------------------------------------------

CREATE TABLE oracle.go_dim_user (user_name text, email text, company text, plan_type text,
	source_system text, valid_from timestamptz, valid_to timestamptz, is_current boolean);
CREATE TABLE oracle.go_fact_meeting_usage (user_name text, meeting_topic text,
	start_time timestamptz, end_time timestamptz, duration_minutes bigint, source_system text);
CREATE TABLE oracle.go_fact_feature_usage (meeting_topic text, feature_name text,
	usage_count bigint, usage_date date, source_system text);
CREATE TABLE oracle.go_fact_webinar_usage (webinar_topic text, start_time timestamptz,
	end_time timestamptz, registrants bigint, source_system text);
CREATE TABLE oracle.go_fact_support_ticket (user_name text, ticket_type text,
	resolution_status text, open_date date, source_system text, resolved_at timestamptz);
CREATE TABLE oracle.go_fact_billing (user_name text, event_type text, amount numeric,
	event_date date, source_system text);
CREATE TABLE oracle.go_fact_license_utilization (user_name text, license_type text,
	start_date date, end_date date, source_system text);
CREATE TABLE oracle.go_agg_active_users (activity_date date, active_user_count bigint,
	period_type text, source_system text);
CREATE TABLE oracle.go_agg_meeting_minutes (activity_date date, total_meeting_minutes bigint,
	period_type text, source_system text);
CREATE TABLE oracle.go_agg_feature_adoption (feature_name text, adoption_rate numeric,
	period_type text, period_start date, source_system text);
CREATE TABLE oracle.go_agg_ticket_resolution (ticket_type text, avg_resolution_time numeric,
	period_type text, period_start date, source_system text);
CREATE TABLE oracle.go_agg_mrr (activity_month text, monthly_recurring_revenue numeric,
	source_system text);
CREATE TABLE oracle.go_agg_license_utilization (license_type text, utilization_rate numeric,
	period_type text, period_start date, source_system text);

-- with the keys that gold does not have
CREATE TABLE oracle.version (key text, base_name text, email text, company text, plan_type text,
	source_system text, opened timestamptz, closed timestamptz, gold_name text,
	valid_from timestamptz);
CREATE TABLE oracle.meeting (meeting_id text, host text, topic text, start_time timestamptz,
	end_time timestamptz, minutes bigint, day date, source_system text);
CREATE TABLE oracle.usage (usage_id text, host text, topic text, feature text, times bigint,
	day date, source_system text);
CREATE TABLE oracle.ticket (ticket_id text, usr text, kind text, status text, day date,
	resolved_at timestamptz, source_system text);
CREATE TABLE oracle.billing (event_id text, usr text, kind text, amount numeric, day date,
	source_system text);
CREATE TABLE oracle.license (license_id text, usr text, kind text, day date, until date,
	source_system text);

CREATE TABLE oracle.known (key text);
CREATE TABLE oracle.active (period_type text, first_day date, usr text);
CREATE INDEX ON oracle.active (usr, first_day, period_type);
CREATE INDEX ON oracle.version (key, valid_from);
CREATE INDEX ON oracle.meeting (meeting_id);

CREATE FUNCTION oracle.utc_day(timestamptz) RETURNS date LANGUAGE sql AS $$
	SELECT ($1 AT TIME ZONE 'UTC')::date $$;
CREATE FUNCTION oracle.utc_midnight(date) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT $1::timestamp AT TIME ZONE 'UTC' $$;

-- Is a day within the bounds of the model?
CREATE FUNCTION oracle.sane(day date) RETURNS boolean LANGUAGE sql AS $$
	SELECT day IS NULL
		OR (isfinite(day) AND day >= oracle.setting('min_date')::date AND day < '9999-12-31')
$$;
CREATE FUNCTION oracle.sane(at timestamptz) RETURNS boolean LANGUAGE sql AS $$
	SELECT at IS NULL
		OR (isfinite(at) AND at >= oracle.utc_midnight(oracle.setting('min_date')::date)
			AND at < '9999-12-31 00:00Z')
$$;

-- A user's gold name as of an instant (exclusive, as end of a day is).
CREATE FUNCTION oracle.name_before(usr text, at timestamptz) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(
		(SELECT gold_name FROM oracle.version
		 WHERE key = usr AND valid_from < at ORDER BY valid_from DESC LIMIT 1),
		(SELECT gold_name FROM oracle.version
		 WHERE key = usr ORDER BY valid_from LIMIT 1))
$$;

-- The last day of the week and month that run today: they count whole.
CREATE FUNCTION oracle.running_until() RETURNS date LANGUAGE sql AS $$
	SELECT greatest(date_trunc('week', today::timestamp)::date + 6,
					(date_trunc('month', today::timestamp) + interval '1 month')::date - 1)
	FROM oracle.utc_day(oracle.clock()) AS today
$$;

-- The periods of a day, and the one system of many.
CREATE FUNCTION oracle.periods(day date) RETURNS TABLE (period_type text, first_day date)
LANGUAGE sql AS $$
	VALUES ('Daily', day),
		   ('Weekly', date_trunc('week', day::timestamp)::date),
		   ('Monthly', date_trunc('month', day::timestamp)::date)
$$;
CREATE FUNCTION oracle.one_system(systems text[]) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN count(DISTINCT coalesce('=' || s, '')) = 1 THEN max(s) ELSE 'Multiple' END
	FROM unnest(systems) AS s
$$;

CREATE PROCEDURE oracle.compute_versions() LANGUAGE sql AS $$
	TRUNCATE oracle.version;
	-- from one change to the next
	INSERT INTO oracle.version (key, base_name, email, company, plan_type, opened, closed)
	SELECT key, tracked[1], tracked[2], tracked[3], tracked[4], opened, closed
	FROM (SELECT m.*, lead(opened, 1, timestamptz '9999-12-31 00:00:00+00') OVER (PARTITION BY key ORDER BY opened) AS closed
		  FROM (SELECT e.*, lag(tracked) OVER w IS DISTINCT FROM tracked OR row_number() OVER w = 1 AS changes
				FROM oracle.event e WHERE relation = 'si_users'
				WINDOW w AS (PARTITION BY key ORDER BY opened)) AS m
		  WHERE changes) AS v
	WHERE tracked IS NOT NULL;
$$;

CREATE PROCEDURE oracle.compute_names() LANGUAGE sql AS $$
	-- who bears a name first has it plain; plain names win over qualified ones
	WITH claim AS (
		SELECT DISTINCT ON (key, base_name) key, base_name, opened, email
		FROM oracle.version ORDER BY key, base_name, opened),
	ranked AS (
		SELECT c.*, row_number() OVER (PARTITION BY base_name
									   ORDER BY opened, key COLLATE "C") AS place
		FROM claim c),
	tried AS (
		SELECT r.*, base_name || ' (' || email || ')' AS by_email FROM ranked r),
	judged AS (
		SELECT t.*,
			   place > 1
			   AND email IS NOT NULL
			   AND NOT EXISTS (SELECT FROM ranked p WHERE p.place = 1 AND p.base_name = t.by_email)
			   AND NOT EXISTS (SELECT FROM tried q
							   WHERE q.place > 1 AND q.by_email = t.by_email
								 AND (q.opened, q.key COLLATE "C") < (t.opened, t.key COLLATE "C"))
			   AS email_free
		FROM tried t)
	UPDATE oracle.version v
	SET gold_name = CASE WHEN j.place = 1 THEN j.base_name
						 WHEN j.email_free THEN j.by_email
						 ELSE j.base_name || ' (' || j.key || ')' END
	FROM judged j WHERE j.key = v.key AND j.base_name = v.base_name;
$$;

CREATE PROCEDURE oracle.compute_rows() LANGUAGE sql AS $$
	TRUNCATE oracle.meeting, oracle.usage, oracle.ticket, oracle.billing, oracle.license;
	-- the newest row of a key counts, of equals the last written; when it is
	-- invalid there is none
	INSERT INTO oracle.meeting
	SELECT key, host, topic, start_time, end_time,
		   CASE WHEN end_time IS NULL THEN minutes
				WHEN minutes >= 0
				 AND abs(minutes * 60 - extract(epoch FROM end_time - start_time)) <= 60 THEN minutes
				ELSE floor(extract(epoch FROM end_time - start_time) / 60) END,
		   oracle.utc_day(start_time), source_system
	FROM (SELECT DISTINCT ON (oracle.norm(meeting_id))
				 oracle.norm(meeting_id) AS key, oracle.norm(host_id) AS host,
				 oracle.norm(meeting_topic) AS topic, start_time, end_time,
				 duration_minutes AS minutes, source_system
		  FROM silver.si_meetings WHERE oracle.norm(meeting_id) IS NOT NULL
		  ORDER BY oracle.norm(meeting_id),
				   coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC,
				   xmin::text::bigint DESC) AS m
	WHERE start_time IS NOT NULL AND oracle.sane(start_time) AND oracle.sane(end_time)
	  AND (end_time IS NULL OR end_time >= start_time)
	  AND NOT (coalesce(minutes, 0) < 0 AND end_time IS NULL);

	INSERT INTO oracle.usage
	SELECT u.key, m.host, m.topic, feature, times, u.day, u.source_system
	FROM (SELECT DISTINCT ON (oracle.norm(usage_id))
				 oracle.norm(usage_id) AS key, oracle.norm(meeting_id) AS meeting,
				 oracle.norm(feature_name) AS feature, usage_count AS times, usage_date AS day,
				 source_system
		  FROM silver.si_feature_usage WHERE oracle.norm(usage_id) IS NOT NULL
		  ORDER BY oracle.norm(usage_id),
				   coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC,
				   xmin::text::bigint DESC) AS u
	JOIN oracle.meeting m ON m.meeting_id = u.meeting
	WHERE feature IS NOT NULL AND times >= 0 AND u.day IS NOT NULL AND oracle.sane(u.day);

	INSERT INTO oracle.ticket
	SELECT t.key, usr, kind, status, day,
		   CASE WHEN r.at >= oracle.utc_midnight(day) THEN r.at END, source_system
	FROM (SELECT DISTINCT ON (oracle.norm(ticket_id))
				 oracle.norm(ticket_id) AS key, oracle.norm(user_id) AS usr,
				 oracle.norm(ticket_type) AS kind, oracle.status(resolution_status) AS status,
				 open_date AS day, source_system, to_jsonb(s) ->> 'deleted_at' AS deleted_at
		  FROM silver.si_support_tickets AS s WHERE oracle.norm(ticket_id) IS NOT NULL
		  ORDER BY oracle.norm(ticket_id),
				   coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC,
				   xmin::text::bigint DESC) AS t
	LEFT JOIN LATERAL (
		-- the start of the final unbroken run of Resolved and Closed, as long as
		-- the ticket shows one of them
		SELECT min(opened) AS at
		FROM (SELECT opened, bool_and(coalesce(tracked[1] IN ('Resolved', 'Closed'), false)) OVER (ORDER BY opened DESC) AS run
			  FROM oracle.event e WHERE e.relation = 'si_support_tickets' AND e.key = t.key) AS h
		WHERE run AND t.status IN ('Resolved', 'Closed')) AS r ON true
	WHERE kind IS NOT NULL AND status IS NOT NULL AND day IS NOT NULL AND oracle.sane(day) AND deleted_at IS NULL;

	INSERT INTO oracle.billing
	SELECT b.key, usr, kind,
		   CASE WHEN coalesce(c.mrr_sign, 0) = -1 THEN -abs(b.amount) ELSE b.amount END,
		   day, source_system
	FROM (SELECT DISTINCT ON (oracle.norm(event_id))
				 oracle.norm(event_id) AS key, oracle.norm(user_id) AS usr,
				 oracle.event(event_type) AS kind, amount, event_date AS day, source_system
		  FROM silver.si_billing_events WHERE oracle.norm(event_id) IS NOT NULL
		  ORDER BY oracle.norm(event_id),
				   coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC,
				   xmin::text::bigint DESC) AS b
	LEFT JOIN gold_state.billing_event_class c ON c.event_type = b.kind
	WHERE kind IS NOT NULL AND amount IS NOT NULL AND day IS NOT NULL AND oracle.sane(day)
	  AND (amount >= 0 OR coalesce(c.mrr_sign, 0) = -1);

	INSERT INTO oracle.license
	SELECT * FROM (
		SELECT DISTINCT ON (oracle.norm(license_id))
			   oracle.norm(license_id) AS key, oracle.norm(assigned_to_user_id) AS usr,
			   oracle.license(license_type) AS kind, start_date AS day,
			   CASE WHEN end_date < '9999-12-31' THEN end_date END AS until, source_system
		FROM silver.si_licenses WHERE oracle.norm(license_id) IS NOT NULL
		ORDER BY oracle.norm(license_id),
				 coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC,
				   xmin::text::bigint DESC) AS l
	WHERE kind IS NOT NULL AND day IS NOT NULL AND oracle.sane(day) AND oracle.sane(until)
	  AND (until IS NULL OR until >= day);
$$;

CREATE PROCEDURE oracle.compute_facts() LANGUAGE sql AS $$
	-- the first version reaches back to the first day that names the user
	WITH first_day AS (
		SELECT usr, min(day) AS day
		FROM (SELECT host AS usr, day FROM oracle.meeting
			  UNION ALL SELECT usr, day FROM oracle.ticket
			  UNION ALL SELECT usr, day FROM oracle.billing
			  UNION ALL SELECT usr, day FROM oracle.license) AS f
		GROUP BY usr),
	first_version AS (
		SELECT key, min(opened) AS opened FROM oracle.version GROUP BY key)
	UPDATE oracle.version v
	SET valid_from = CASE WHEN v.opened = f.opened
						  THEN least(v.opened, oracle.utc_midnight(d.day)) ELSE v.opened END
	FROM first_version f LEFT JOIN first_day d ON d.usr = f.key
	WHERE f.key = v.key;

	TRUNCATE oracle.go_dim_user, oracle.go_fact_meeting_usage, oracle.go_fact_feature_usage,
		oracle.go_fact_webinar_usage, oracle.go_fact_support_ticket, oracle.go_fact_billing,
		oracle.go_fact_license_utilization;
	INSERT INTO oracle.go_dim_user
	SELECT gold_name, email, company, plan_type, source_system, valid_from, closed,
		   closed = '9999-12-31 00:00:00+00'
	FROM oracle.version;
	INSERT INTO oracle.go_fact_meeting_usage
	SELECT oracle.name_before(host, start_time + interval '1 microsecond'), topic, start_time,
		   end_time, minutes, source_system
	FROM oracle.meeting;
	INSERT INTO oracle.go_fact_feature_usage
	SELECT topic, feature, times, day, source_system FROM oracle.usage;
	INSERT INTO oracle.go_fact_webinar_usage
	SELECT topic, start_time, end_time, registrants, source_system
	FROM (SELECT DISTINCT ON (oracle.norm(webinar_id))
				 oracle.norm(webinar_topic) AS topic, start_time, end_time, registrants,
				 source_system
		  FROM silver.si_webinars WHERE oracle.norm(webinar_id) IS NOT NULL
		  ORDER BY oracle.norm(webinar_id),
				   coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC,
				   xmin::text::bigint DESC) AS w
	WHERE start_time IS NOT NULL AND oracle.sane(start_time) AND oracle.sane(end_time)
	  AND (end_time IS NULL OR end_time >= start_time) AND coalesce(registrants, 0) >= 0;
	INSERT INTO oracle.go_fact_support_ticket
	SELECT oracle.name_before(usr, oracle.utc_midnight(day + 1)), kind, status, day,
		   source_system, resolved_at
	FROM oracle.ticket;
	INSERT INTO oracle.go_fact_billing
	SELECT oracle.name_before(usr, oracle.utc_midnight(day + 1)), kind, amount, day, source_system
	FROM oracle.billing;
	INSERT INTO oracle.go_fact_license_utilization
	SELECT oracle.name_before(usr, oracle.utc_midnight(day + 1)), kind, day, until, source_system
	FROM oracle.license;
$$;

CREATE PROCEDURE oracle.compute_aggregates() LANGUAGE sql AS $$
	TRUNCATE oracle.known, oracle.active, oracle.go_agg_active_users, oracle.go_agg_meeting_minutes,
		oracle.go_agg_feature_adoption, oracle.go_agg_ticket_resolution, oracle.go_agg_mrr,
		oracle.go_agg_license_utilization;
	-- known: a version was accepted, in force or not
	INSERT INTO oracle.known
	SELECT DISTINCT key FROM oracle.version_in_life WHERE relation = 'si_users' AND tracked <> ARRAY['deleted'];
	INSERT INTO oracle.active
	SELECT DISTINCT p.period_type, p.first_day, a.usr
	FROM (SELECT host AS usr, day FROM oracle.meeting
		  UNION
		  SELECT oracle.norm(s.user_id), m.day
		  FROM (SELECT DISTINCT ON (oracle.norm(participant_id)) *
				FROM silver.si_participants WHERE oracle.norm(participant_id) IS NOT NULL
				ORDER BY oracle.norm(participant_id),
						 coalesce(update_timestamp, load_timestamp) DESC, load_timestamp DESC,
				   xmin::text::bigint DESC) AS s
		  JOIN oracle.meeting m ON m.meeting_id = oracle.norm(s.meeting_id)
		  WHERE oracle.setting('active_user') = 'host_or_participant'
			AND s.join_time IS NOT NULL AND oracle.sane(s.join_time)
			AND oracle.sane(s.leave_time)
			AND (s.leave_time IS NULL OR s.leave_time >= s.join_time)) AS a
		 JOIN oracle.known k ON k.key = a.usr,
		 LATERAL oracle.periods(a.day) AS p;

	INSERT INTO oracle.go_agg_meeting_minutes
	SELECT p.first_day, coalesce(sum(minutes), 0), p.period_type,
		   oracle.one_system(array_agg(source_system))
	FROM oracle.meeting m, LATERAL oracle.periods(m.day) AS p GROUP BY p.first_day, p.period_type;

	INSERT INTO oracle.go_agg_active_users
	SELECT g.activity_date, coalesce(a.users, 0), g.period_type, g.source_system
	FROM oracle.go_agg_meeting_minutes g
	LEFT JOIN (SELECT first_day, period_type, count(*) AS users FROM oracle.active GROUP BY 1, 2) AS a
		ON a.first_day = g.activity_date AND a.period_type = g.period_type;

	INSERT INTO oracle.go_agg_feature_adoption
	SELECT u.feature, round(100.0 * u.users / a.users, 2), u.period_type, u.first_day, u.system
	FROM (SELECT u.feature, p.period_type, p.first_day, oracle.one_system(array_agg(source_system)) AS system,
				 count(DISTINCT u.host) FILTER (
					WHERE EXISTS (SELECT FROM oracle.active a WHERE a.usr = u.host
								  AND a.period_type = p.period_type
								  AND a.first_day = p.first_day)) AS users
		  FROM oracle.usage u, LATERAL oracle.periods(u.day) AS p
		  WHERE u.times > 0 GROUP BY 1, 2, 3) AS u
	JOIN (SELECT first_day, period_type, count(*) AS users FROM oracle.active GROUP BY 1, 2) AS a
		USING (first_day, period_type);

	INSERT INTO oracle.go_agg_ticket_resolution
	SELECT kind, round(avg(extract(epoch FROM resolved_at - oracle.utc_midnight(day)) / 3600), 2),
		   p.period_type, p.first_day, oracle.one_system(array_agg(source_system))
	FROM oracle.ticket t, LATERAL oracle.periods(t.day) AS p
	WHERE resolved_at IS NOT NULL GROUP BY kind, p.period_type, p.first_day;

	INSERT INTO oracle.go_agg_mrr
	SELECT to_char(day, 'YYYY-MM'), sum(coalesce(c.mrr_sign, 0) * abs(amount)),
		   oracle.one_system(array_agg(source_system))
	FROM oracle.billing b LEFT JOIN gold_state.billing_event_class c ON c.event_type = b.kind
	GROUP BY 1;

	INSERT INTO oracle.go_agg_license_utilization
	SELECT kind, round(100.0 * count(*) FILTER (
				WHERE EXISTS (SELECT FROM oracle.active a WHERE a.usr = l.usr
							  AND a.period_type = p.period_type
							  AND a.first_day = p.first_day)) / count(*), 2),
		   p.period_type, p.first_day, oracle.one_system(array_agg(source_system))
	FROM oracle.license l,
		 LATERAL (SELECT DISTINCT d.period_type, d.first_day
				  FROM generate_series(l.day::timestamp,
									   least(coalesce(l.until, 'infinity'),
											 oracle.running_until())::timestamp,
									   interval '1 day') AS g,
					   LATERAL oracle.periods(g::date) AS d
				  WHERE d.first_day <= oracle.utc_day(oracle.clock())
					AND (d.period_type <> 'Daily'
						 OR d.first_day <= oracle.utc_day(oracle.clock()))) AS p
	WHERE l.usr IS NOT NULL
	GROUP BY kind, p.period_type, p.first_day;
$$;

CREATE PROCEDURE oracle.compute() LANGUAGE plpgsql AS $$
BEGIN
	CALL oracle.compute_lives();
	ANALYZE oracle.net; ANALYZE oracle.deletion;
	CALL oracle.compute_events();
	CALL oracle.compute_versions();
	CALL oracle.compute_names();
	ANALYZE oracle.version;
	CALL oracle.compute_rows();
	ANALYZE oracle.meeting; ANALYZE oracle.usage;
	CALL oracle.compute_facts();
	CALL oracle.compute_aggregates();
END
$$;

-- Where gold and the oracle differ: one line per table and side, with one of
-- the rows.  Tables that the oracle does not have are left out; a version's
-- source_system is not compared.
CREATE FUNCTION oracle.differences() RETURNS SETOF text LANGUAGE plpgsql
SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
	columns text;
	n bigint;
	one text;
BEGIN
	FOR name IN SELECT relname FROM pg_class
				WHERE relnamespace = 'oracle'::regnamespace AND relname LIKE 'go\_%'
				ORDER BY relname
	LOOP
		SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
		FROM pg_attribute
		WHERE attrelid = format('oracle.%I', name)::regclass AND attnum > 0
		  AND NOT (name = 'go_dim_user' AND attname = 'source_system');
		EXECUTE format('SELECT count(*), min(d::text) FROM'
			' (SELECT %1$s FROM gold.%2$I EXCEPT ALL SELECT %1$s FROM oracle.%2$I) AS d', columns, name)
			INTO n, one;
		IF n > 0 THEN
			RETURN NEXT format('%s: %s row(s) too many, as %s', name, n, one);
		END IF;
		EXECUTE format('SELECT count(*), min(d::text) FROM'
			' (SELECT %1$s FROM oracle.%2$I EXCEPT ALL SELECT %1$s FROM gold.%2$I) AS d', columns, name)
			INTO n, one;
		IF n > 0 THEN
			RETURN NEXT format('%s: %s row(s) missing, as %s', name, n, one);
		END IF;
	END LOOP;
END
$$;
