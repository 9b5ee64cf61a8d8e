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
-- Words
------------------------------------------------------------------------------

-- Text as gold has it: trimmed, inner white space collapsed, empty is NULL.
CREATE FUNCTION oracle.norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT nullif(btrim(regexp_replace($1, '\s+', ' ', 'g')), '')
$$;

CREATE TABLE oracle.word (relation text, column_name text, known text[]);
INSERT INTO oracle.word VALUES
	('si_users', 'plan_type', '{Free,Basic,Pro,Business,Enterprise}'),
	('si_support_tickets', 'resolution_status', '{Open,In Progress,Resolved,Closed}'),
	('si_licenses', 'license_type', '{Basic,Pro,Business,Enterprise,Education}'),
	('si_billing_events', 'event_type', '{Subscription Fee,Subscription Renewal,Add-on Purchase,Refund}');

-- The known spelling of a value, or of what it is mapped to, else the value.
CREATE FUNCTION oracle.spell(relation text, column_name text, value text, mapped boolean DEFAULT true) RETURNS text
LANGUAGE sql STABLE AS $$
	WITH meant AS (
		SELECT coalesce((SELECT silver_value FROM gold_state.value_map m
						 WHERE mapped AND m.relation = spell.relation AND m.column_name = spell.column_name
						   AND lower(oracle.norm(m.source_value)) = lower(oracle.norm(value))),
						oracle.norm(value)) AS value)
	SELECT coalesce((SELECT k FROM oracle.word w, unnest(w.known) AS k
					 WHERE w.relation = spell.relation AND w.column_name = spell.column_name AND lower(k) = lower(meant.value)),
					(SELECT event_type FROM gold_state.billing_event_class
					 WHERE spell.relation = 'si_billing_events' AND lower(event_type) = lower(meant.value)),
					meant.value)
	FROM meant
$$;
CREATE FUNCTION oracle.plan(text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT oracle.spell('si_users', 'plan_type', $1) $$;
CREATE FUNCTION oracle.license(text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT oracle.spell('si_licenses', 'license_type', $1) $$;
CREATE FUNCTION oracle.event(text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT oracle.spell('si_billing_events', 'event_type', $1) $$;
CREATE FUNCTION oracle.status(text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT oracle.spell('si_support_tickets', 'resolution_status', $1) $$;

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

------------------------------------------------------------------------------
-- The log: every row that appeared (+1) or went (-1), in order
------------------------------------------------------------------------------

-- what says as silver has it, content by what rows are told apart: normalised
CREATE TABLE oracle.log (
	seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tx bigint NOT NULL, sign integer NOT NULL, at timestamptz NOT NULL,
	relation text NOT NULL, key text,
	version_ts timestamptz, load_ts timestamptz, source_system text,
	deleted_at timestamptz, says jsonb, content jsonb);
CREATE INDEX ON oracle.log (relation, key, tx);

-- Where a row of silver stands among those of its key with its timestamps: a
-- touch moves nothing, nor a ticket that its transaction takes away and puts back.
CREATE TABLE oracle.place (relation text, row_at tid, seq bigint NOT NULL, PRIMARY KEY (relation, row_at));
CREATE TABLE oracle.taken (tx bigint, says jsonb, seq bigint);

CREATE FUNCTION oracle.content(of_relation text, says jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT jsonb_object_agg(e.key, CASE WHEN w.known IS NULL THEN oracle.norm(e.value)
										ELSE oracle.spell(of_relation, e.key, e.value, mapped => false) END)
	FROM jsonb_each_text(says) AS e
	LEFT JOIN oracle.word w ON w.relation = of_relation AND w.column_name = e.key
$$;

CREATE FUNCTION oracle.key_of(relation text, says jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT oracle.norm(says ->> CASE relation
		WHEN 'si_users' THEN 'user_id' WHEN 'si_meetings' THEN 'meeting_id' WHEN 'si_participants' THEN 'participant_id'
		WHEN 'si_feature_usage' THEN 'usage_id' WHEN 'si_webinars' THEN 'webinar_id' WHEN 'si_support_tickets' THEN 'ticket_id'
		WHEN 'si_licenses' THEN 'license_id' WHEN 'si_billing_events' THEN 'event_id' END)
$$;

CREATE FUNCTION oracle.note(relation text, sign integer, says jsonb) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO oracle.log (tx, sign, at, relation, key, version_ts, load_ts, source_system, deleted_at, says, content)
	SELECT txid_current(), sign, oracle.clock(), relation, oracle.key_of(relation, says),
		   coalesce(says ->> 'update_timestamp', says ->> 'load_timestamp')::timestamptz,
		   (says ->> 'load_timestamp')::timestamptz, says ->> 'source_system',
		   (says ->> 'deleted_at')::timestamptz, says, oracle.content(relation, says)
	RETURNING seq
$$;

-- Did a row that has this place come before the current transaction?
CREATE FUNCTION oracle.stood_before(place bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
	SELECT l.tx <> txid_current() FROM oracle.log AS l WHERE l.seq = place
$$;

CREATE FUNCTION oracle.capture() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	stood bigint;
	comes bigint;
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		EXECUTE format('SELECT oracle.note(%L, -1, to_jsonb(s)) FROM silver.%1$I s', TG_TABLE_NAME);
		IF TG_TABLE_NAME = 'si_support_tickets' THEN
			INSERT INTO oracle.taken
			SELECT txid_current(), to_jsonb(s), p.seq FROM silver.si_support_tickets AS s
			JOIN oracle.place AS p ON p.relation = 'si_support_tickets' AND p.row_at = s.ctid
			WHERE oracle.stood_before(p.seq);
		END IF;
		DELETE FROM oracle.place WHERE relation = TG_TABLE_NAME;
	END IF;
	IF TG_OP IN ('UPDATE', 'DELETE') THEN
		PERFORM oracle.note(TG_TABLE_NAME, -1, to_jsonb(OLD));
		DELETE FROM oracle.place WHERE relation = TG_TABLE_NAME AND row_at = OLD.ctid RETURNING seq INTO stood;
	END IF;
	IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'si_support_tickets' THEN
		INSERT INTO oracle.taken SELECT txid_current(), to_jsonb(OLD), stood WHERE oracle.stood_before(stood);
	ELSIF TG_OP = 'INSERT' AND TG_TABLE_NAME = 'si_support_tickets' THEN
		DELETE FROM oracle.taken WHERE ctid = (SELECT max(ctid) FROM oracle.taken WHERE tx = txid_current() AND says = to_jsonb(NEW))
		RETURNING seq INTO stood;
	END IF;
	IF TG_OP IN ('UPDATE', 'INSERT') THEN
		comes := oracle.note(TG_TABLE_NAME, 1, to_jsonb(NEW));
		-- of users an invalid row that is spelt otherwise is seen anew
		IF TG_OP = 'UPDATE' AND oracle.content(TG_TABLE_NAME, to_jsonb(NEW)) = oracle.content(TG_TABLE_NAME, to_jsonb(OLD))
			AND NOT (TG_TABLE_NAME = 'si_users' AND to_jsonb(NEW) <> to_jsonb(OLD)
					 AND oracle.tracked(TG_TABLE_NAME, to_jsonb(NEW)) IS NULL) THEN
			comes := coalesce(stood, comes);
		ELSIF TG_OP = 'INSERT' THEN
			comes := coalesce(stood, comes);
		END IF;
		INSERT INTO oracle.place VALUES (TG_TABLE_NAME, NEW.ctid, comes)
		ON CONFLICT (relation, row_at) DO UPDATE SET seq = excluded.seq;
	END IF;
	RETURN NULL;
END
$$;

CREATE PROCEDURE oracle.attach() LANGUAGE plpgsql AS $$
DECLARE
	relation text;
BEGIN
	FOREACH relation IN ARRAY '{si_users,si_meetings,si_participants,si_feature_usage,si_webinars,si_support_tickets,si_licenses,si_billing_events}'::text[]
	LOOP
		EXECUTE format('CREATE TRIGGER oracle_row AFTER INSERT OR UPDATE OR DELETE ON silver.%I'
					   ' FOR EACH ROW EXECUTE FUNCTION oracle.capture()', relation);
		EXECUTE format('CREATE TRIGGER oracle_truncate BEFORE TRUNCATE ON silver.%I'
					   ' FOR EACH STATEMENT EXECUTE FUNCTION oracle.capture()', relation);
	END LOOP;
END
$$;

------------------------------------------------------------------------------
-- Versions: what a row says of its key
------------------------------------------------------------------------------

-- Does a row break a rule of a user's of that severity?
CREATE FUNCTION oracle.breaks_own(of_relation text, says jsonb, of_severity text) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE
	r record;
	bad boolean;
BEGIN
	FOR r IN SELECT q.rule_name, q.condition FROM gold_state.quality_rule q
			 WHERE q.condition IS NOT NULL AND q.enabled AND q.severity = of_severity AND q.relation IN (of_relation, '*')
	LOOP
		EXECUTE format('SELECT %s FROM jsonb_populate_record(NULL::silver.%I, $1) AS s', r.condition, of_relation) INTO bad USING says;
		IF bad THEN
			RETURN NEXT r.rule_name;
		END IF;
	END LOOP;
END
$$;

-- A ticket's row as a whole, but for what stands beside it.
CREATE FUNCTION oracle.whole(says jsonb) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT (oracle.content('si_support_tickets', says) - '{resolution_status,update_timestamp}'::text[])::text
$$;

-- What versions are told apart by: NULL for a row that is no version, of a row
-- that says that its key was deleted the word alone.  An invalid row of a user is
-- none, one of a ticket says all the same what state the ticket was in.  A ticket's
-- version is its whole row.
CREATE FUNCTION oracle.tracked(relation text, says jsonb) RETURNS text[] LANGUAGE sql STABLE AS $$
	SELECT CASE
		WHEN says ->> 'deleted_at' IS NOT NULL THEN
			CASE WHEN relation = 'si_support_tickets' THEN ARRAY['deleted', oracle.whole(says)]
				 WHEN oracle.setting('delete_policy') IS DISTINCT FROM 'ignore' THEN ARRAY['deleted'] END
		WHEN relation = 'si_support_tickets' THEN ARRAY[oracle.status(says ->> 'resolution_status'), oracle.whole(says)]
		WHEN EXISTS (SELECT FROM oracle.breaks_own(relation, says, 'error')) THEN NULL
		WHEN oracle.norm(says ->> 'user_name') IS NOT NULL THEN
			ARRAY[oracle.norm(says ->> 'user_name'), lower(oracle.norm(says ->> 'email')), oracle.norm(says ->> 'company'),
				  oracle.plan(says ->> 'plan_type')] END
$$;

-- Is that a row that says that its key was deleted?
CREATE FUNCTION oracle.is_deletion(relation text, tracked text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT tracked = ARRAY['deleted'] OR relation = 'si_support_tickets' AND tracked[1] = 'deleted'
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
		  FROM (SELECT *, oracle.tracked(relation, says) AS tracked FROM oracle.log
				WHERE key IS NOT NULL AND relation IN ('si_users', 'si_support_tickets')) AS t
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
	-- what a transaction changed of a version, but for what it put back
	unlike AS MATERIALIZED (
		SELECT relation, key, tx, version_ts, max(seq) AS seq, sum(n) AS n
		FROM oracle.net GROUP BY relation, key, tx, version_ts, tracked, deleted_at HAVING sum(n) <> 0),
	placed AS (
		SELECT c.*, coalesce(c.version_ts <= c.began_after
							 AND (c.version_ts, c.load_ts) < (c.oldest_version, c.oldest_load), false) AS late,
			   -- rows of the same version that the transaction took away: alike, or others
			   -- of which it took more, from one of them on, than came since
			   coalesce(bool_or(o.tracked IS NOT DISTINCT FROM c.tracked AND o.deleted_at IS NOT DISTINCT FROM c.deleted_at), false) AS repeats,
			   coalesce(bool_or(o.seq < c.seq AND (SELECT sum(x.n) FROM unlike x
												   WHERE x.relation = c.relation AND x.key = c.key AND x.tx = c.tx AND x.version_ts = c.version_ts
													 AND x.seq >= o.seq AND x.seq < c.seq) < 0), false) AS corrects
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
	SELECT v.relation, v.key, v.opened, CASE WHEN NOT oracle.is_deletion(v.relation, v.tracked) THEN v.tracked END
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

CREATE TABLE oracle.participant (usr text, day date);
CREATE TABLE oracle.webinar (topic text, start_time timestamptz, end_time timestamptz, registrants bigint, source_system text);

CREATE TABLE oracle.known (key text);
CREATE TABLE oracle.active (period_type text, first_day date, usr text);
CREATE INDEX ON oracle.active (usr, first_day, period_type);
CREATE INDEX ON oracle.version (key, valid_from);
CREATE INDEX ON oracle.meeting (meeting_id);

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

CREATE FUNCTION oracle.is_type_1(name text) RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM gold_state.tracked_column WHERE column_name = name AND scd_type = 1)
$$;

CREATE PROCEDURE oracle.compute_versions() LANGUAGE sql AS $$
	TRUNCATE oracle.version;
	-- what is Type 1 is in every version as in the last
	WITH last_one AS (
		SELECT DISTINCT ON (key) key, tracked FROM oracle.event
		WHERE relation = 'si_users' AND tracked IS NOT NULL ORDER BY key, opened DESC),
	shown AS (
		SELECT e.key, e.opened, CASE WHEN e.tracked IS NOT NULL THEN ARRAY(
			SELECT CASE WHEN oracle.is_type_1(c.name) THEN l.tracked[c.i] ELSE e.tracked[c.i] END
			FROM unnest('{user_name,email,company,plan_type}'::text[]) WITH ORDINALITY AS c (name, i) ORDER BY c.i) END AS tracked
		FROM oracle.event e LEFT JOIN last_one l USING (key) WHERE e.relation = 'si_users')
	-- from one change to the next
	INSERT INTO oracle.version (key, base_name, email, company, plan_type, opened, closed)
	SELECT key, tracked[1], tracked[2], tracked[3], tracked[4], opened, closed
	FROM (SELECT m.*, lead(opened, 1, timestamptz '9999-12-31 00:00:00+00') OVER (PARTITION BY key ORDER BY opened) AS closed
		  FROM (SELECT e.*, lag(tracked) OVER w IS DISTINCT FROM tracked OR row_number() OVER w = 1 AS changes
				FROM shown e
				WINDOW w AS (PARTITION BY key ORDER BY opened)) AS m
		  WHERE changes) AS v
	WHERE tracked IS NOT NULL;
$$;

-- Names that users have borne, from when, and what gold calls them.
CREATE TABLE oracle.claim (key text, base_name text, opened timestamptz, email text, place bigint, gold_name text);
CREATE FUNCTION oracle.is_given(name text, usr text) RETURNS boolean LANGUAGE sql AS $$
	SELECT CASE WHEN name IS NOT NULL THEN EXISTS (SELECT FROM oracle.claim WHERE gold_name = name AND (key <> usr OR place = 1)) END
$$;

-- Who bears a name first has it plain; plain names go before those by e-mail, of
-- which who bore theirs first goes first, and these before those by id.
CREATE PROCEDURE oracle.compute_names() LANGUAGE plpgsql AS $$
DECLARE
	other oracle.claim;
	given text;
BEGIN
	TRUNCATE oracle.claim;
	INSERT INTO oracle.claim
	SELECT c.*, row_number() OVER (PARTITION BY base_name ORDER BY opened, key COLLATE "C") AS place, NULL::text AS gold_name
	FROM (SELECT DISTINCT ON (key, base_name) key, base_name, opened, email
		  FROM oracle.version ORDER BY key, base_name, opened) AS c;
	UPDATE oracle.claim SET gold_name = base_name WHERE place = 1;
	FOR other IN SELECT * FROM oracle.claim WHERE place > 1 ORDER BY opened, key COLLATE "C"
	LOOP
		given := other.base_name || ' (' || other.email || ')';
		UPDATE oracle.claim SET gold_name = given
		WHERE key = other.key AND base_name = other.base_name AND NOT oracle.is_given(given, other.key);
	END LOOP;
	FOR other IN SELECT * FROM oracle.claim WHERE gold_name IS NULL
	LOOP
		given := other.base_name;
		LOOP
			given := given || ' (' || other.key || ')';
			EXIT WHEN NOT oracle.is_given(given, other.key);
		END LOOP;
		UPDATE oracle.claim SET gold_name = given WHERE key = other.key AND base_name = other.base_name;
	END LOOP;
	UPDATE oracle.version v SET gold_name = c.gold_name FROM oracle.claim c WHERE c.key = v.key AND c.base_name = v.base_name;
END
$$;

------------------------------------------------------------------------------
-- Rules
------------------------------------------------------------------------------

-- Of each key the row that counts: the newest, of equals the last written; of
-- rows without a key all.
CREATE TABLE oracle.row_ (relation text, key text, row_at tid, version_ts timestamptz, load_ts timestamptz, says jsonb, deleted boolean,
	accepted boolean NOT NULL DEFAULT true);
CREATE INDEX ON oracle.row_ (relation, key);

CREATE TABLE oracle.broken (relation text, key text, row_at tid, rule text, severity text, own boolean NOT NULL DEFAULT false);

-- A deletion without a key does not say of what: it is judged like any other row.
CREATE PROCEDURE oracle.read_rows() LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	TRUNCATE oracle.row_, oracle.broken;
	FOR name IN SELECT DISTINCT table_name FROM zoom_gold.silver_contract()
	LOOP
		EXECUTE format('INSERT INTO oracle.row_'
			' SELECT DISTINCT ON (k.key, CASE WHEN k.key IS NULL THEN s.ctid END) %1$L, k.key, s.ctid,'
			'  coalesce(s.update_timestamp, s.load_timestamp), s.load_timestamp, to_jsonb(s), to_jsonb(s) ->> ''deleted_at'' IS NOT NULL AND k.key IS NOT NULL'
			' FROM silver.%1$I s CROSS JOIN LATERAL oracle.key_of(%1$L, to_jsonb(s)) AS k (key)'
			' LEFT JOIN oracle.place p ON p.relation = %1$L AND p.row_at = s.ctid'
			' ORDER BY k.key, CASE WHEN k.key IS NULL THEN s.ctid END, coalesce(s.update_timestamp, s.load_timestamp) DESC,'
			'  s.load_timestamp DESC, p.seq DESC', name);
	END LOOP;
END
$$;

-- What the rows of a relation break; then which of them are accepted.
CREATE PROCEDURE oracle.judge(of_relation text) LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, own.rule, q.severity, true
	FROM oracle.row_ r
	CROSS JOIN (VALUES ('error'), ('warning')) AS q (severity)
	CROSS JOIN LATERAL oracle.breaks_own(r.relation, r.says, q.severity) AS own (rule)
	WHERE r.relation = of_relation AND NOT r.deleted;
	INSERT INTO oracle.broken
	SELECT relation, NULL, row_at, 'key_missing', 'error' FROM oracle.row_ WHERE relation = of_relation AND key IS NULL AND NOT deleted;
	DELETE FROM oracle.broken b USING gold_state.quality_rule q
	WHERE b.relation = of_relation AND q.relation IN (of_relation, '*') AND q.rule_name = b.rule AND NOT q.enabled;
	UPDATE oracle.row_ r SET accepted = false
	WHERE r.relation = of_relation
	  AND (r.deleted OR EXISTS (SELECT FROM oracle.broken b WHERE b.relation = r.relation AND b.row_at = r.row_at AND b.severity = 'error'));
	DELETE FROM oracle.broken b USING oracle.row_ r
	WHERE b.relation = of_relation AND b.severity = 'warning' AND r.relation = b.relation AND r.row_at = b.row_at AND NOT r.accepted;
$$;

CREATE FUNCTION oracle.is_known(usr text) RETURNS boolean LANGUAGE sql AS $$
	SELECT usr IS NULL OR EXISTS (SELECT FROM oracle.known k WHERE k.key = usr)
$$;

-- Are there times that a duration follows from?
CREATE FUNCTION oracle.in_order(starts timestamptz, ends timestamptz) RETURNS boolean LANGUAGE sql AS $$
	SELECT coalesce(ends >= starts, false)
$$;

CREATE FUNCTION oracle.agrees(minutes integer, starts timestamptz, ends timestamptz) RETURNS boolean LANGUAGE sql AS $$
	SELECT CASE WHEN isfinite(starts) AND isfinite(ends) THEN minutes >= 0 AND abs(minutes * 60 - extract(epoch FROM ends - starts)) <= 60 END
$$;
CREATE FUNCTION oracle.minutes(minutes integer, starts timestamptz, ends timestamptz) RETURNS bigint LANGUAGE sql AS $$
	SELECT CASE WHEN NOT oracle.in_order(starts, ends) OR oracle.agrees(minutes, starts, ends) THEN minutes
				ELSE trunc(extract(epoch FROM ends - starts) / 60) END
$$;

CREATE PROCEDURE oracle.judge_users() LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_users, r.says) AS s,
	LATERAL (VALUES
		('user_name_missing', 'error', oracle.norm(s.user_name) IS NULL),
		('email_missing', 'warning', oracle.norm(s.email) IS NULL),
		('email_malformed', 'warning', oracle.norm(s.email) !~ '^[^@ ]+@[^@ ]+[.][^@ ]+$'),
		('plan_type_missing', 'warning', oracle.norm(s.plan_type) IS NULL),
		('plan_type_unknown', 'warning', oracle.plan(s.plan_type) NOT IN ('Free', 'Basic', 'Pro', 'Business', 'Enterprise')),
		('name_taken', 'warning', EXISTS (SELECT FROM oracle.version v WHERE v.key = r.key AND v.base_name = oracle.norm(s.user_name)
										  AND v.gold_name <> v.base_name))) AS b (rule, severity, holds)
	WHERE r.relation = 'si_users' AND NOT r.deleted AND b.holds;
	CALL oracle.judge('si_users');
$$;

CREATE PROCEDURE oracle.judge_meetings() LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_meetings, r.says) AS s,
	LATERAL (VALUES
		('start_time_missing', 'error', s.start_time IS NULL),
		('date_out_of_range', 'error', NOT oracle.sane(s.start_time) OR NOT oracle.sane(s.end_time)),
		('end_before_start', 'error', s.end_time < s.start_time),
		('duration_negative', 'error', s.duration_minutes < 0 AND NOT oracle.in_order(s.start_time, s.end_time)),
		('host_missing', 'warning', oracle.norm(s.host_id) IS NULL),
		('host_unknown', 'warning', NOT oracle.is_known(oracle.norm(s.host_id))),
		('duration_mismatch', 'warning', CASE WHEN oracle.in_order(s.start_time, s.end_time) THEN NOT oracle.agrees(s.duration_minutes, s.start_time, s.end_time) END),
		('meeting_too_long', 'warning', CASE WHEN isfinite(s.start_time) AND isfinite(coalesce(s.end_time, s.start_time))
											 THEN oracle.minutes(s.duration_minutes, s.start_time, s.end_time) > 1440 END)) AS b (rule, severity, holds)
	WHERE r.relation = 'si_meetings' AND NOT r.deleted AND b.holds;
	CALL oracle.judge('si_meetings');
$$;

CREATE PROCEDURE oracle.judge_of_meetings() LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_participants, r.says) AS s,
	LATERAL (VALUES
		('meeting_id_missing', 'error', oracle.norm(s.meeting_id) IS NULL),
		('join_time_missing', 'error', s.join_time IS NULL),
		('date_out_of_range', 'error', NOT oracle.sane(s.join_time) OR NOT oracle.sane(s.leave_time)),
		('leave_before_join', 'error', s.leave_time < s.join_time),
		('meeting_unknown', 'error', oracle.norm(s.meeting_id) IS NOT NULL AND NOT EXISTS (
			SELECT FROM oracle.row_ m WHERE m.relation = 'si_meetings' AND m.key = oracle.norm(s.meeting_id) AND m.accepted)),
		('user_unknown', 'warning', NOT oracle.is_known(oracle.norm(s.user_id)))) AS b (rule, severity, holds)
	WHERE r.relation = 'si_participants' AND NOT r.deleted AND b.holds;
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_feature_usage, r.says) AS s,
	LATERAL (VALUES
		('meeting_id_missing', 'error', oracle.norm(s.meeting_id) IS NULL),
		('feature_name_missing', 'error', oracle.norm(s.feature_name) IS NULL),
		('usage_count_missing', 'error', s.usage_count IS NULL),
		('usage_date_missing', 'error', s.usage_date IS NULL),
		('date_out_of_range', 'error', NOT oracle.sane(s.usage_date)),
		('count_negative', 'error', s.usage_count < 0),
		('meeting_unknown', 'error', oracle.norm(s.meeting_id) IS NOT NULL AND NOT EXISTS (
			SELECT FROM oracle.row_ m WHERE m.relation = 'si_meetings' AND m.key = oracle.norm(s.meeting_id) AND m.accepted))) AS b (rule, severity, holds)
	WHERE r.relation = 'si_feature_usage' AND NOT r.deleted AND b.holds;
	CALL oracle.judge('si_participants');
	CALL oracle.judge('si_feature_usage');
$$;

CREATE PROCEDURE oracle.judge_webinars() LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_webinars, r.says) AS s,
	LATERAL (VALUES
		('start_time_missing', 'error', s.start_time IS NULL),
		('date_out_of_range', 'error', NOT oracle.sane(s.start_time) OR NOT oracle.sane(s.end_time)),
		('end_before_start', 'error', s.end_time < s.start_time),
		('registrants_negative', 'error', s.registrants < 0),
		('host_missing', 'warning', oracle.norm(s.host_id) IS NULL),
		('host_unknown', 'warning', NOT oracle.is_known(oracle.norm(s.host_id)))) AS b (rule, severity, holds)
	WHERE r.relation = 'si_webinars' AND NOT r.deleted AND b.holds;
	CALL oracle.judge('si_webinars');
$$;

-- The start of the final unbroken run of Resolved and Closed, as long as the
-- ticket shows one of them.
CREATE FUNCTION oracle.resolved(ticket text, status text) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT min(opened) FILTER (WHERE run AND status IN ('Resolved', 'Closed'))
	FROM (SELECT opened, bool_and(coalesce(tracked[1] IN ('Resolved', 'Closed'), false)) OVER (ORDER BY opened DESC) AS run
		  FROM oracle.event e WHERE e.relation = 'si_support_tickets' AND e.key = ticket) AS h
$$;

CREATE PROCEDURE oracle.judge_tickets() LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_support_tickets, r.says) AS s,
	LATERAL (VALUES
		('ticket_type_missing', 'error', oracle.norm(s.ticket_type) IS NULL),
		('resolution_status_missing', 'error', oracle.norm(s.resolution_status) IS NULL),
		('open_date_missing', 'error', s.open_date IS NULL),
		('date_out_of_range', 'error', NOT oracle.sane(s.open_date)),
		('status_unknown', 'warning', oracle.status(s.resolution_status) NOT IN ('Open', 'In Progress', 'Resolved', 'Closed')),
		('user_missing', 'warning', oracle.norm(s.user_id) IS NULL),
		('user_unknown', 'warning', NOT oracle.is_known(oracle.norm(s.user_id))),
		('resolved_before_opened', 'warning', oracle.resolved(r.key, oracle.status(s.resolution_status)) < oracle.utc_midnight(s.open_date))) AS b (rule, severity, holds)
	WHERE r.relation = 'si_support_tickets' AND NOT r.deleted AND b.holds;
	CALL oracle.judge('si_support_tickets');
$$;

CREATE FUNCTION oracle.mrr_sign(kind text) RETURNS integer LANGUAGE sql AS $$
	SELECT coalesce((SELECT mrr_sign FROM gold_state.billing_event_class WHERE event_type = kind), 0)
$$;

CREATE PROCEDURE oracle.judge_billing() LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_billing_events, r.says) AS s,
	LATERAL (VALUES
		('event_type_missing', 'error', oracle.norm(s.event_type) IS NULL),
		('amount_missing', 'error', s.amount IS NULL),
		('event_date_missing', 'error', s.event_date IS NULL),
		('date_out_of_range', 'error', NOT oracle.sane(s.event_date)),
		('amount_negative', 'error', s.amount < 0 AND oracle.mrr_sign(oracle.event(s.event_type)) <> -1),
		('event_type_unknown', 'warning', NOT EXISTS (SELECT FROM gold_state.billing_event_class WHERE event_type = oracle.event(s.event_type))
			AND oracle.event(s.event_type) NOT IN ('Subscription Fee', 'Subscription Renewal', 'Add-on Purchase', 'Refund')),
		('user_missing', 'warning', oracle.norm(s.user_id) IS NULL),
		('user_unknown', 'warning', NOT oracle.is_known(oracle.norm(s.user_id)))) AS b (rule, severity, holds)
	WHERE r.relation = 'si_billing_events' AND NOT r.deleted AND b.holds;
	CALL oracle.judge('si_billing_events');
$$;

CREATE FUNCTION oracle.until(day date) RETURNS date LANGUAGE sql AS $$ SELECT CASE WHEN day < '9999-12-31' THEN day END $$;

CREATE PROCEDURE oracle.judge_licenses() LANGUAGE sql AS $$
	INSERT INTO oracle.broken
	SELECT r.relation, r.key, r.row_at, b.rule, b.severity
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_licenses, r.says) AS s,
	LATERAL (VALUES
		('license_type_missing', 'error', oracle.norm(s.license_type) IS NULL),
		('start_date_missing', 'error', s.start_date IS NULL),
		('date_out_of_range', 'error', NOT oracle.sane(s.start_date) OR NOT oracle.sane(oracle.until(s.end_date))),
		('end_before_start', 'error', oracle.until(s.end_date) < s.start_date),
		('license_type_unknown', 'warning', oracle.license(s.license_type) NOT IN ('Basic', 'Pro', 'Business', 'Enterprise', 'Education')),
		('user_unknown', 'warning', NOT oracle.is_known(oracle.norm(s.assigned_to_user_id)))) AS b (rule, severity, holds)
	WHERE r.relation = 'si_licenses' AND NOT r.deleted AND b.holds;
	CALL oracle.judge('si_licenses');
$$;

CREATE PROCEDURE oracle.compute_rows() LANGUAGE sql AS $$
	-- known: a version was accepted, in force or not
	TRUNCATE oracle.known;
	INSERT INTO oracle.known
	SELECT DISTINCT key FROM oracle.version_in_life WHERE relation = 'si_users' AND tracked <> ARRAY['deleted'];

	CALL oracle.read_rows();
	CALL oracle.judge_users();
	CALL oracle.judge_meetings();
	CALL oracle.judge_of_meetings();
	CALL oracle.judge_webinars();
	CALL oracle.judge_tickets();
	CALL oracle.judge_billing();
	CALL oracle.judge_licenses();

	TRUNCATE oracle.meeting, oracle.participant, oracle.usage, oracle.webinar, oracle.ticket, oracle.billing, oracle.license;
	INSERT INTO oracle.meeting
	SELECT r.key, oracle.norm(host_id), oracle.norm(meeting_topic), start_time, end_time,
		   oracle.minutes(duration_minutes, start_time, end_time), oracle.utc_day(start_time), oracle.norm(source_system)
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_meetings, r.says) AS s
	WHERE r.relation = 'si_meetings' AND r.accepted;
	INSERT INTO oracle.participant
	SELECT oracle.norm(user_id), m.day
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_participants, r.says) AS s, oracle.meeting m
	WHERE r.relation = 'si_participants' AND r.accepted AND m.meeting_id = oracle.norm(s.meeting_id);
	INSERT INTO oracle.usage
	SELECT r.key, m.host, m.topic, oracle.norm(feature_name), usage_count, usage_date, oracle.norm(s.source_system)
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_feature_usage, r.says) AS s, oracle.meeting m
	WHERE r.relation = 'si_feature_usage' AND r.accepted AND m.meeting_id = oracle.norm(s.meeting_id);
	INSERT INTO oracle.webinar
	SELECT oracle.norm(webinar_topic), start_time, end_time, registrants, oracle.norm(source_system)
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_webinars, r.says) AS s
	WHERE r.relation = 'si_webinars' AND r.accepted;
	INSERT INTO oracle.ticket
	SELECT r.key, oracle.norm(user_id), oracle.norm(ticket_type), status, open_date,
		   CASE WHEN resolved >= oracle.utc_midnight(open_date) THEN resolved END, oracle.norm(source_system)
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_support_tickets, r.says) AS s,
		 LATERAL oracle.status(resolution_status) AS status, LATERAL oracle.resolved(r.key, status) AS resolved
	WHERE r.relation = 'si_support_tickets' AND r.accepted;
	INSERT INTO oracle.billing
	SELECT r.key, oracle.norm(user_id), kind, CASE WHEN oracle.mrr_sign(kind) = -1 THEN -abs(amount) ELSE amount END,
		   event_date, oracle.norm(source_system)
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_billing_events, r.says) AS s, LATERAL oracle.event(event_type) AS kind
	WHERE r.relation = 'si_billing_events' AND r.accepted;
	INSERT INTO oracle.license
	SELECT r.key, oracle.norm(assigned_to_user_id), oracle.license(license_type), start_date, oracle.until(end_date), oracle.norm(source_system)
	FROM oracle.row_ r, jsonb_populate_record(NULL::silver.si_licenses, r.says) AS s
	WHERE r.relation = 'si_licenses' AND r.accepted;
$$;

-- Members seen so far, with the rows that they were seen in.
CREATE TABLE oracle.seen (member text, value text, version_ts timestamptz, load_ts timestamptz, source_system text);
CREATE PROCEDURE oracle.compute_members() LANGUAGE sql AS $$
	INSERT INTO oracle.seen
	SELECT m.member, m.value, r.version_ts, r.load_ts, oracle.norm(r.says ->> 'source_system')
	FROM oracle.row_ r, LATERAL (VALUES
		('si_meetings', 'go_dim_meeting', oracle.norm(r.says ->> 'meeting_topic')),
		('si_feature_usage', 'go_dim_feature', oracle.norm(r.says ->> 'feature_name')),
		('si_webinars', 'go_dim_webinar', oracle.norm(r.says ->> 'webinar_topic')),
		('si_support_tickets', 'go_dim_ticket_type', oracle.norm(r.says ->> 'ticket_type')),
		('si_licenses', 'go_dim_license_type', oracle.license(r.says ->> 'license_type')),
		('si_billing_events', 'go_dim_billing_event_type', oracle.event(r.says ->> 'event_type'))) AS m (relation, member, value)
	WHERE r.relation = m.relation AND r.accepted AND m.value IS NOT NULL;
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
	SELECT topic, start_time, end_time, registrants, source_system FROM oracle.webinar;
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
	TRUNCATE oracle.active, oracle.go_agg_active_users, oracle.go_agg_meeting_minutes,
		oracle.go_agg_feature_adoption, oracle.go_agg_ticket_resolution, oracle.go_agg_mrr,
		oracle.go_agg_license_utilization;
	INSERT INTO oracle.active
	SELECT DISTINCT p.period_type, p.first_day, a.usr
	FROM (SELECT host AS usr, day FROM oracle.meeting
		  UNION
		  SELECT usr, day FROM oracle.participant WHERE oracle.setting('active_user') = 'host_or_participant') AS a
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
	CALL oracle.compute_members();
	ANALYZE oracle.meeting; ANALYZE oracle.usage;
	CALL oracle.compute_facts();
	CALL oracle.compute_aggregates();
END
$$;

-- Members of gold's Type 1 dimensions that are not those seen so far, each once,
-- with a source system of a newest row that was seen with it.
CREATE FUNCTION oracle.wrong_members() RETURNS SETOF text LANGUAGE sql AS $$
	WITH gold AS (
		SELECT 'go_dim_meeting' AS member, meeting_topic AS value, source_system FROM gold.go_dim_meeting
		UNION ALL SELECT 'go_dim_feature', feature_name, source_system FROM gold.go_dim_feature
		UNION ALL SELECT 'go_dim_webinar', webinar_topic, source_system FROM gold.go_dim_webinar
		UNION ALL SELECT 'go_dim_ticket_type', ticket_type, source_system FROM gold.go_dim_ticket_type
		UNION ALL SELECT 'go_dim_license_type', license_type, source_system FROM gold.go_dim_license_type
		UNION ALL SELECT 'go_dim_billing_event_type', event_type, source_system FROM gold.go_dim_billing_event_type),
	newest AS (
		SELECT DISTINCT member, value, source_system
		FROM (SELECT *, rank() OVER (PARTITION BY member, value ORDER BY version_ts DESC, load_ts DESC) AS age FROM oracle.seen) AS s
		WHERE age = 1),
	differing AS (
		(SELECT member, value FROM gold EXCEPT ALL SELECT DISTINCT member, value FROM newest)
		UNION ALL (SELECT DISTINCT member, value FROM newest EXCEPT ALL SELECT member, value FROM gold))
	SELECT format('%s: member %s', member, value) FROM differing
	UNION ALL
	SELECT format('%s: %s from %s', member, value, source_system)
	FROM (SELECT member, value, source_system FROM gold EXCEPT SELECT member, value, source_system FROM newest) AS g
$$;

-- Errors that are open in gold and those of the rows that count.  Of keys that
-- are reused the oracle knows nothing.
CREATE FUNCTION oracle.wrong_errors() RETURNS SETOF text LANGUAGE sql AS $$
	WITH gold AS (
		SELECT split_part(source_table, '.', 2) AS relation, info ->> 'key' AS key, info ->> 'rule' AS rule, info ->> 'severity' AS severity
		FROM gold.go_error_audit_log, LATERAL (SELECT process_audit_info::jsonb AS info) AS i
		WHERE status <> 'Resolved' AND info ->> 'rule' <> 'key_reused'),
	wanted AS (SELECT DISTINCT relation, key, rule, severity FROM oracle.broken)
	SELECT format('go_error_audit_log: too many: %s', g) FROM (TABLE gold EXCEPT ALL TABLE wanted) AS g
	UNION ALL SELECT format('go_error_audit_log: missing: %s', w) FROM (TABLE wanted EXCEPT ALL TABLE gold) AS w
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
	RETURN QUERY SELECT oracle.wrong_members();
	RETURN QUERY SELECT oracle.wrong_errors();
END
$$;
