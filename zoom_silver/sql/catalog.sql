/* ==========================================================================
 * The kinds of sources as data
 *
 * How a silver relation is read from what a connector lands: the columns it
 * needs and a SELECT, which add_source() copies to where people may edit it.
 * In a query
 *
 *   {users}          stands for the table of that name in the source's schema,
 *                    with the columns declared here (text, but for times and
 *                    days that have such a type), and three more, from what
 *                    every connector spells its own way:
 *                      extracted_at   when the connector read the row
 *                      removed        true: the connector says it was deleted
 *                      unreadable     what of these two it says and cannot be
 *                                     read: update_timestamp or gone
 *   {licensed_plan}  for the option of that name, NULL when it was not stated
 *   {email_owner}    for the users known to silver and gold by their e-mails,
 *                    former ones and those of users gone included: email (lower
 *                    case), user_id, during (when it was that user's: an address
 *                    is handed on)
 *
 * Inputs are written "table(column, column? one|other ...)": a question mark means
 * that it may be missing, and is NULL or without rows then, a bar that one of them
 * must be there; :time and :number say what the values are.  The first table is the
 * one that the rows come from.
 * Of several shapes of one kind the first is taken whose tables are there.
 * ==========================================================================
 */

CREATE FUNCTION zoom_silver.mapping()
RETURNS TABLE (kind text, relation text, shape text, deletes text, inputs text, query text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
-- Airbyte's source-zoom and Singer's tap-zoom land the answers of Zoom's API.
SELECT k.kind, m.relation, k.shape, m.deletes, replace(m.inputs, 'display_name', k.display_name), m.query
FROM (VALUES
	('airbyte', 'source-zoom 1.2, destination-postgres 2.0', 'display_name'),
	-- which did not know it before 2024
	('singer', 'tap-zoom 2.0', 'display_name?')
) AS k (kind, shape, display_name)
CROSS JOIN (VALUES
	('si_users', 'mirror',
	 'users(id, email, type:number, display_name, first_name, last_name)',
$q$-- Who is pending has no name yet.  Type 2 is licensed: what the licence is,
-- only the account's bill says; 4, 5 and 99 have none.
SELECT u.id AS user_id,
	coalesce(nullif(btrim(u.display_name), ''), nullif(btrim(concat_ws(' ', u.first_name, u.last_name)), ''), u.email) AS user_name,
	u.email,
	CASE zoom_silver.to_whole(u.type) WHEN 1 THEN 'Basic' WHEN 2 THEN {licensed_plan} END AS plan_type,
	u.extracted_at AS update_timestamp,
	u.removed AS gone,
	u.unreadable
FROM {users} u$q$),
	('si_meetings', 'keep',
	 'report_meetings(uuid, topic, start_time:time, end_time:time, duration:number, user_email, host_id?)',
$q$-- What took place: the table meetings is the schedule.
SELECT r.uuid AS meeting_id,
	coalesce(nullif(btrim(r.host_id), ''), e.user_id) AS host_id,
	r.topic AS meeting_topic,
	r.start_time,
	r.end_time,
	r.duration AS duration_minutes,
	r.extracted_at AS update_timestamp,
	r.unreadable
FROM {report_meetings} r
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(r.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)$q$),
	('si_participants', 'keep',
	 'report_meeting_participants(meeting_id, user_id, join_time:time, leave_time:time, id?, participant_user_id?, user_email?, status?, meeting_uuid?) '
	 'report_meetings(uuid, start_time:time, end_time:time, id|meeting_id)',
$q$-- Participants name the meeting by its number: the instance is the one that
-- was on when they joined; who has none yet waits for it.  id is empty for
-- guests and repeats when somebody rejoins; user_id is one's number in the
-- meeting.
WITH instance AS (
	SELECT DISTINCT ON (r.uuid) r.uuid, coalesce(r.id, r.meeting_id) AS number,
		zoom_silver.to_instant(r.start_time) AS started, zoom_silver.to_instant(r.end_time) AS ended
	FROM {report_meetings} r
	ORDER BY r.uuid, r.extracted_at DESC NULLS LAST, r.removed
), opening AS MATERIALIZED (
	SELECT i.*, greatest(i.started - interval '1 hour', lag(i.ended) OVER (PARTITION BY i.number ORDER BY i.started)) AS opened
	FROM instance i
), participant AS MATERIALIZED (
	SELECT p.*, zoom_silver.to_instant(p.join_time) AS joined,
		coalesce(nullif(btrim(p.participant_user_id), ''), nullif(btrim(p.id), '')) AS account_user
	FROM {report_meeting_participants} p
	-- the others only waited to be let in
	WHERE coalesce(nullif(zoom_silver.to_word(p.status), ''), 'in_meeting') = 'in_meeting'
)
SELECT coalesce(i.uuid, o.uuid, p.meeting_uuid) || '/' || coalesce(nullif(btrim(p.user_id), ''), concat_ws('@', p.account_user, p.join_time)) AS participant_id,
	coalesce(i.uuid, o.uuid, p.meeting_uuid) AS meeting_id,
	coalesce(p.account_user, e.user_id) AS user_id,
	p.join_time,
	p.leave_time,
	p.extracted_at AS update_timestamp,
	p.unreadable
FROM participant p
LEFT JOIN instance i ON i.uuid = coalesce(p.meeting_uuid, p.meeting_id)
LEFT JOIN opening o ON o.number = p.meeting_id AND i.uuid IS NULL
	AND p.joined > o.opened AND p.joined <= coalesce(o.ended, 'infinity')
LEFT JOIN {email_owner} e ON e.email = CASE WHEN p.account_user IS NULL THEN zoom_silver.to_email(p.user_email) END AND e.during @> p.joined
-- who joined nobody knows when, or what, waits for nothing: gold is to reject the row
WHERE coalesce(i.uuid, o.uuid, p.meeting_uuid) IS NOT NULL OR p.joined IS NULL OR coalesce(btrim(p.meeting_id), '') = ''$q$),
	('si_webinars', 'keep',
	 'report_webinars(uuid, topic, start_time:time, end_time:time, user_email, host_id?, id?, webinar_id?) '
	 'webinar_registrants?(webinar_id, id?, email?, status?)',
$q$-- Registrants are known by the webinar's number; one who is there twice, as
-- where syncs are appended, counts once, as was said last.
SELECT r.uuid AS webinar_id,
	coalesce(nullif(btrim(r.host_id), ''), e.user_id) AS host_id,
	r.topic AS webinar_topic,
	r.start_time,
	r.end_time,
	g.registrants,
	r.extracted_at AS update_timestamp,
	concat_ws(' ', r.unreadable, g.unreadable) AS unreadable
FROM {report_webinars} r
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(r.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)
LEFT JOIN (
	SELECT w.webinar_id, count(*) FILTER (WHERE coalesce(nullif(zoom_silver.to_word(w.status), ''), 'approved') = 'approved' AND w.removed IS NOT TRUE) AS registrants,
		CASE WHEN max(w.doubtful) > 0 THEN 'lookup' END AS unreadable
	FROM (SELECT DISTINCT ON (a.webinar_id, a.registrant) a.*, count(a.unreadable) OVER (PARTITION BY a.webinar_id) AS doubtful
		FROM (SELECT g.*, coalesce(g.id, zoom_silver.to_email(g.email), gen_random_uuid()::text) AS registrant FROM {webinar_registrants} g) AS a
		ORDER BY a.webinar_id, a.registrant, a.extracted_at DESC NULLS LAST, a.removed) AS w
	GROUP BY w.webinar_id
) AS g ON g.webinar_id = coalesce(r.id, r.webinar_id)$q$)
) AS m (relation, deletes, inputs, query)
UNION ALL VALUES
	('fivetran', 'si_meetings', 'Zoom connector', 'keep',
	 'meeting_report(uuid, topic, start_time:time, end_time:time, duration:number, user_email) meeting?(uuid, host_id)',
$q$-- What took place: the table meeting is the schedule, but knows hosts by their ids.
SELECT r.uuid AS meeting_id,
	coalesce(nullif(btrim(m.host_id), ''), e.user_id) AS host_id,
	r.topic AS meeting_topic,
	r.start_time,
	r.end_time,
	r.duration AS duration_minutes,
	r.extracted_at AS update_timestamp,
	r.unreadable
FROM {meeting_report} r
LEFT JOIN {meeting} m ON m.uuid = r.uuid
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(m.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)
WHERE r.removed IS NOT TRUE$q$),
	('fivetran', 'si_participants', 'Zoom connector', 'keep',
	 'meeting_participant(meeting_uuid, user_id, join_time:time, leave_time:time, participant_user_id?, user_email?, status?)',
$q$-- user_id is one's number in the meeting: somebody who rejoins has another one.
SELECT p.meeting_uuid || '/' || p.user_id AS participant_id,
	p.meeting_uuid AS meeting_id,
	coalesce(nullif(btrim(p.participant_user_id), ''), e.user_id) AS user_id,
	p.join_time,
	p.leave_time,
	p.extracted_at AS update_timestamp,
	p.removed AS gone,
	p.unreadable
FROM {meeting_participant} p
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(p.participant_user_id), '') = '' THEN zoom_silver.to_email(p.user_email) END AND e.during @> zoom_silver.to_instant(p.join_time)
-- the others only waited to be let in
WHERE coalesce(nullif(zoom_silver.to_word(p.status), ''), 'in_meeting') = 'in_meeting'$q$),
	('fivetran', 'si_webinars', 'Zoom connector', 'keep',
	 'webinar_report(uuid, topic, start_time:time, end_time:time, user_email) webinar?(uuid, host_id) webinar_registrant?(webinar_uuid)',
$q$SELECT r.uuid AS webinar_id,
	coalesce(nullif(btrim(w.host_id), ''), e.user_id) AS host_id,
	r.topic AS webinar_topic,
	r.start_time,
	r.end_time,
	g.registrants,
	r.extracted_at AS update_timestamp,
	concat_ws(' ', r.unreadable, g.unreadable) AS unreadable
FROM {webinar_report} r
LEFT JOIN {webinar} w ON w.uuid = r.uuid
LEFT JOIN {email_owner} e ON e.email = CASE WHEN coalesce(btrim(w.host_id), '') = '' THEN zoom_silver.to_email(r.user_email) END AND e.during @> zoom_silver.to_instant(r.start_time)
LEFT JOIN (
	SELECT p.webinar_uuid, count(*) FILTER (WHERE p.removed IS NOT TRUE) AS registrants, CASE WHEN count(p.unreadable) > 0 THEN 'lookup' END AS unreadable
	FROM {webinar_registrant} p
	GROUP BY p.webinar_uuid
) AS g ON g.webinar_uuid = r.uuid
WHERE r.removed IS NOT TRUE$q$)
UNION ALL
SELECT 'fivetran', 'si_users', 'Zoom connector' || u.suffix, 'keep',
	replace('users(id, email, type:number, display_name?, first_name?, last_name?)', 'users', u.users),
	replace(
$q$-- A user who is gone is marked, not missing.
SELECT u.id AS user_id,
	coalesce(nullif(btrim(u.display_name), ''), nullif(btrim(concat_ws(' ', u.first_name, u.last_name)), ''), u.email) AS user_name,
	u.email,
	CASE zoom_silver.to_whole(u.type) WHEN 1 THEN 'Basic' WHEN 2 THEN {licensed_plan} END AS plan_type,
	u.extracted_at AS update_timestamp,
	u.removed AS gone,
	u.unreadable
FROM {users} u$q$, 'users', u.users)
FROM (VALUES ('users', ''), ('user', ', table user')) AS u (users, suffix)
UNION ALL
-- Zendesk: how each connector tells of changes of the status.
SELECT 'zendesk', 'si_support_tickets', z.shape, 'keep', z.inputs,
	replace(replace(z.told ||
$q$, change AS (
	-- a ticket may have been solved when it was made
	SELECT DISTINCT ON (d.id, d.at) d.id, d.status, d.at FROM told d ORDER BY d.id, d.at, d.place, d.extracted_at DESC NULLS LAST
), word (status, resolution_status) AS (
	VALUES ('new', 'Open'), ('open', 'Open'), ('pending', 'In Progress'), ('hold', 'In Progress'), ('on-hold', 'In Progress'),
		('solved', 'Resolved'), ('closed', 'Closed')
)
SELECT t.id AS ticket_id,
	e.user_id,
	coalesce(zoom_silver.to_title(t.type), 'Not Stated') AS ticket_type,
	coalesce(w.resolution_status, c.status) AS resolution_status,
	t.created_at AS open_date,
	c.at AS update_timestamp,
	zoom_silver.to_word(t.status) = 'deleted' OR t.removed AS gone,
	coalesce(u.unreadable, t.unreadable) AS unreadable
FROM change c
-- who was deleted and is restored was never
JOIN ticket t ON t.id = c.id AND (zoom_silver.to_word(c.status) <> 'deleted' OR zoom_silver.to_word(t.status) = 'deleted') IS NOT FALSE
LEFT JOIN unclear u ON u.id = t.id
LEFT JOIN word w ON w.status = zoom_silver.to_word(c.status)
LEFT JOIN (SELECT DISTINCT ON (r.id) r.id, r.email FROM {users} r ORDER BY r.id, r.extracted_at DESC NULLS LAST, r.removed) AS r ON r.id = t.requester_id
LEFT JOIN {email_owner} e ON e.email = zoom_silver.to_email(r.email) AND e.during @> zoom_silver.to_instant(t.created_at)
UNION ALL
-- nobody can say of what has no id that it changed
SELECT t.id, NULL, coalesce(zoom_silver.to_title(t.type), 'Not Stated'), coalesce(w.resolution_status, t.status), t.created_at,
	zoom_silver.to_instant(t.updated_at), t.removed, t.unreadable
FROM ticket t
LEFT JOIN word w ON w.status = zoom_silver.to_word(t.status)
WHERE t.id IS NULL$q$,
		'{tickets}', z.tickets), '{users}', z.users)
FROM (VALUES
	('Fivetran''s Zendesk Support connector', '{ticket}', '{user}',
	 'ticket(id, status, created_at:time, updated_at:time, requester_id, type?) user?(id, email) '
	 'ticket_field_history?(ticket_id, field_name, value, updated:time)',
$q$-- A version per change of the status.  Without a history a ticket was open from
-- the beginning and is since updated_at what it is.  While a time cannot be read,
-- nothing is said as of later than what will be once it can.
WITH ticket AS (
	SELECT t.id, t.status, t.created_at, t.updated_at, t.requester_id, t.type, t.extracted_at, t.removed, t.unreadable FROM {ticket} t
), unclear AS (
	SELECT s.id, 'update_timestamp' AS unreadable FROM (
		SELECT t.id FROM ticket t WHERE zoom_silver.no_instant(t.updated_at::text)
		UNION
		SELECT h.ticket_id FROM {ticket_field_history} h WHERE zoom_silver.to_word(h.field_name) = 'status' AND zoom_silver.no_instant(h.updated::text)) AS s
), told AS (
	SELECT t.id, 'open' AS status, zoom_silver.to_instant(t.created_at) AS at, 2 AS place, t.extracted_at
	FROM ticket t WHERE zoom_silver.to_instant(t.created_at) IS NOT NULL
	UNION ALL
	SELECT h.ticket_id, h.value, zoom_silver.to_instant(h.updated), 1, h.extracted_at
	FROM {ticket_field_history} h WHERE zoom_silver.to_word(h.field_name) = 'status' AND zoom_silver.to_instant(h.updated) IS NOT NULL
	UNION ALL
	SELECT t.id, t.status, CASE WHEN u.id IS NOT NULL THEN coalesce(zoom_silver.to_instant(t.created_at), '-infinity')
		ELSE greatest(coalesce(zoom_silver.to_instant(t.updated_at), t.extracted_at), zoom_silver.to_instant(t.created_at)) END, 0, t.extracted_at
	FROM ticket t LEFT JOIN unclear u ON u.id = t.id
	WHERE NOT EXISTS (SELECT FROM {ticket_field_history} h WHERE h.ticket_id = t.id AND zoom_silver.to_word(h.field_name) = 'status' AND zoom_silver.to_word(h.value) = zoom_silver.to_word(t.status)
		AND zoom_silver.to_instant(h.updated) IS NOT NULL)
)$q$),
	('Airbyte''s source-zendesk-support', '{tickets}', '{users}',
	 'tickets(id, status, created_at:time, updated_at:time, requester_id, type?) users?(id, email) '
	 'ticket_metrics?(ticket_id, solved_at:time?)',
$q$-- A ticket was open from the beginning, solved when its metrics say so, and is
-- since updated_at what it is; where syncs append, what was read before tells of
-- what it was.  While a time cannot be read, nothing is said as of later than what
-- will be once it can.
WITH ticket AS (
	SELECT DISTINCT ON (t.id, CASE WHEN t.id IS NULL THEN t::text END) t.id, t.status, t.created_at, t.updated_at, t.requester_id, t.type, t.extracted_at, t.removed, t.unreadable
	FROM {tickets} t ORDER BY t.id, CASE WHEN t.id IS NULL THEN t::text END, t.extracted_at DESC NULLS LAST, t.removed, zoom_silver.to_instant(t.updated_at) DESC NULLS LAST
), metric AS (
	SELECT DISTINCT ON (m.ticket_id) m.ticket_id, m.solved_at, m.extracted_at FROM {ticket_metrics} m ORDER BY m.ticket_id, m.extracted_at DESC NULLS LAST, m.removed
), unclear AS (
	SELECT s.id, 'update_timestamp' AS unreadable FROM (
		SELECT t.id FROM ticket t WHERE zoom_silver.no_instant(t.updated_at::text)
		UNION
		SELECT m.ticket_id FROM metric m WHERE zoom_silver.no_instant(m.solved_at::text)) AS s
), told AS (
	SELECT t.id, 'open' AS status, zoom_silver.to_instant(t.created_at) AS at, 2 AS place, t.extracted_at
	FROM ticket t WHERE zoom_silver.to_instant(t.created_at) IS NOT NULL
	UNION ALL
	SELECT t.id, 'solved', zoom_silver.to_instant(m.solved_at), 1, m.extracted_at
	FROM ticket t JOIN metric m ON m.ticket_id = t.id
	WHERE zoom_silver.to_word(t.status) IN ('solved', 'closed') AND zoom_silver.to_instant(m.solved_at) IS NOT NULL
	UNION ALL
	SELECT t.id, t.status, CASE WHEN u.id IS NOT NULL THEN coalesce(zoom_silver.to_instant(t.created_at), '-infinity')
		ELSE greatest(coalesce(zoom_silver.to_instant(t.updated_at), t.extracted_at), zoom_silver.to_instant(t.created_at)) END, 0, t.extracted_at
	FROM ticket t LEFT JOIN unclear u ON u.id = t.id
	WHERE zoom_silver.to_word(t.status) IS DISTINCT FROM 'solved'
		OR NOT EXISTS (SELECT FROM metric m WHERE m.ticket_id = t.id AND zoom_silver.to_instant(m.solved_at) IS NOT NULL)
	UNION ALL
	SELECT f.id, f.status, zoom_silver.to_instant(f.updated_at), 0, f.extracted_at
	FROM {tickets} f JOIN ticket t ON t.id = f.id AND zoom_silver.to_instant(f.updated_at) < zoom_silver.to_instant(t.updated_at) LEFT JOIN unclear u ON u.id = t.id
	WHERE u.id IS NULL
)$q$)
) AS z (shape, tickets, users, inputs, told)
UNION ALL
-- Stripe: how each connector calls the same.
SELECT 'stripe', 'si_billing_events', z.shape, 'keep', z.inputs,
	z.named ||
$q$, event AS (
	-- lines of invoices and refunds; what a proration gives back is a refund
	SELECT l.invoice_id || '/' || l.id AS event_id, i.customer,
		CASE WHEN zoom_silver.to_number(l.amount) < 0 THEN 'Refund'
			WHEN l.subscription IS NULL AND zoom_silver.to_word(l.type) IS DISTINCT FROM 'subscription' THEN 'Add-on Purchase'
			WHEN zoom_silver.to_word(i.billing_reason) = 'subscription_cycle' THEN 'Subscription Renewal'
			ELSE 'Subscription Fee' END AS event_type,
		l.amount, l.currency, coalesce(i.dated, l.dated) AS event_date,
		greatest(l.extracted_at, i.extracted_at) AS extracted_at,
		coalesce(zoom_silver.to_word(i.status), '') IN ('draft', 'void') OR zoom_silver.to_truth(i.is_deleted) IS TRUE OR i.removed OR l.removed AS gone,
		CASE WHEN zoom_silver.no_truth(i.is_deleted) OR zoom_silver.no_truth(l.livemode) THEN 'gone' ELSE coalesce(l.unreadable, i.unreadable) END AS unreadable
	FROM line l LEFT JOIN invoice i ON i.id = l.invoice_id
	WHERE zoom_silver.to_truth(l.livemode) IS NOT FALSE
	UNION ALL
	SELECT r.id, r.customer, 'Refund', r.amount, r.currency, r.dated, r.extracted_at, zoom_silver.to_word(r.status) <> 'succeeded' OR r.removed,
		CASE WHEN zoom_silver.no_truth(r.livemode) THEN 'gone' ELSE r.unreadable END
	FROM refund r
	WHERE zoom_silver.to_truth(r.livemode) IS NOT FALSE
)
-- amounts are whole cents, or what else is the smallest coin
SELECT v.event_id,
	e.user_id,
	v.event_type,
	CASE WHEN zoom_silver.to_number(v.amount) IS NULL THEN v.amount ELSE zoom_silver.from_minor(v.amount, v.currency)::text END AS amount,
	v.event_date,
	v.extracted_at AS update_timestamp,
	v.gone,
	v.unreadable
FROM event v
LEFT JOIN customer u ON u.id = v.customer
LEFT JOIN {email_owner} e ON e.email = zoom_silver.to_email(u.email) AND e.during @> zoom_silver.to_instant(v.event_date)
WHERE zoom_silver.to_word(v.currency) = zoom_silver.to_word(coalesce({currency}, v.currency)) IS NOT FALSE$q$
FROM (VALUES
	('Fivetran''s Stripe connector',
	 'invoice_line_item(id, invoice_id, amount:number, currency, type?, subscription_id?, livemode?, period_start:time?) '
	 'invoice(id, customer_id, status?, billing_reason?, created:time?, date:time?, status_transitions_finalized_at:time?, is_deleted?) '
	 'customer(id, email) charge?(id, customer_id, livemode?) refund?(id, charge_id, amount:number, currency, created:time, status)',
$q$-- An invoice is of the day on which it became final.
WITH line AS (
	SELECT l.id, l.invoice_id, l.amount, l.currency, l.type, l.subscription_id AS subscription, l.livemode, l.period_start::text AS dated,
		l.extracted_at, l.removed, l.unreadable FROM {invoice_line_item} l
), invoice AS (
	SELECT i.id, i.customer_id AS customer, i.status, i.billing_reason, i.is_deleted, coalesce(i.status_transitions_finalized_at::text, i.created::text, i.date::text) AS dated,
		i.extracted_at, i.removed, i.unreadable FROM {invoice} i
), refund AS (
	SELECT r.id, c.customer_id AS customer, r.amount, r.currency, r.status, c.livemode, r.created::text AS dated,
		r.extracted_at, r.removed, r.unreadable FROM {refund} r LEFT JOIN {charge} c ON c.id = r.charge_id
), customer AS (
	SELECT c.id, c.email FROM {customer} c
)$q$),
	('Airbyte''s source-stripe',
	 'invoice_line_items(id, invoice_id|invoice, amount:number, currency, type?, subscription?, livemode?, created:time?) '
	 'invoices(id, customer, status?, billing_reason?, created:time?, effective_at:time?, finalized_at:time?, status_transitions?, date:time?, is_deleted?) '
	 'customers(id, email) charges?(id, customer, livemode?) refunds?(id, charge, amount:number, currency, created:time, status)',
$q$-- An invoice is of the day on which it became final.  Where syncs append, what was
-- read last counts.
WITH line AS (
	SELECT DISTINCT ON (coalesce(l.invoice_id, l.invoice), l.id, CASE WHEN coalesce(l.invoice_id, l.invoice) IS NULL OR l.id IS NULL THEN l::text END)
		l.id, coalesce(l.invoice_id, l.invoice) AS invoice_id, l.amount, l.currency, l.type, l.subscription, l.livemode, l.created::text AS dated,
		l.extracted_at, l.removed, l.unreadable FROM {invoice_line_items} l
	ORDER BY coalesce(l.invoice_id, l.invoice), l.id, CASE WHEN coalesce(l.invoice_id, l.invoice) IS NULL OR l.id IS NULL THEN l::text END, l.extracted_at DESC NULLS LAST, l.removed
), invoice AS (
	SELECT DISTINCT ON (i.id) i.id, i.customer, i.status, i.billing_reason, i.is_deleted,
		coalesce(i.effective_at::text, i.finalized_at::text, substring(i.status_transitions from '"finalized_at" *: *"?([^",}]*[0-9Z])'), i.created::text, i.date::text) AS dated,
		i.extracted_at, i.removed, i.unreadable FROM {invoices} i
	ORDER BY i.id, i.extracted_at DESC NULLS LAST, i.removed
), charge AS (
	SELECT DISTINCT ON (c.id) c.id, c.customer, c.livemode FROM {charges} c ORDER BY c.id, c.extracted_at DESC NULLS LAST, c.removed
), refund AS (
	SELECT r.id, c.customer, r.amount, r.currency, r.status, c.livemode, r.created::text AS dated,
		r.extracted_at, r.removed, r.unreadable FROM {refunds} r LEFT JOIN charge c ON c.id = r.charge
), customer AS (
	SELECT DISTINCT ON (c.id) c.id, c.email FROM {customers} c ORDER BY c.id, c.extracted_at DESC NULLS LAST, c.removed
)$q$)
) AS z (shape, inputs, named);
END;
COMMENT ON FUNCTION zoom_silver.mapping() IS
'How silver relations are read from the tables of each kind of source: shape tested, what absence means, inputs, query';

-- What a source cannot say must be stated.  unstated: a query of the source
-- that has rows when it matters.
CREATE FUNCTION zoom_silver.source_option()
RETURNS TABLE (kind text, name text, allowed text[], relation text, unstated text, message text, hint text, description text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
SELECT k.kind, 'licensed_plan', '{Pro,Business,Enterprise}'::text[], 'si_users',
	format('SELECT FROM {%s} u WHERE zoom_silver.to_whole(u.type) = 2', k.users),
	'option licensed_plan is missing: Zoom says only that a user is licensed',
	'State it, for instance {"licensed_plan": "Pro"}: Pro, Business or Enterprise.',
	'Plan of licensed users, as the account bought it: Pro, Business or Enterprise'
FROM (VALUES ('airbyte', 'users'), ('singer', 'users'), ('fivetran', 'users'), ('fivetran', 'user')) AS k (kind, users)
UNION ALL
-- who will be licensed is not known yet
SELECT 'webhook', 'licensed_plan', '{Pro,Business,Enterprise}', NULL, NULL,
	'option licensed_plan is missing: Zoom says only that a user is licensed',
	'State it, for instance {"licensed_plan": "Pro"}: Pro, Business or Enterprise.',
	'Plan of licensed users, as the account bought it: Pro, Business or Enterprise; must be stated'
UNION ALL
SELECT 'csv', 'identity', '{email}', NULL, NULL, NULL, NULL,
	'email: users are those of other sources who have or had the address; else an address is a user of its own'
UNION ALL
SELECT 'stripe', 'currency', NULL, 'si_billing_events',
	format('SELECT FROM (SELECT zoom_silver.to_word(l.currency) FROM {%s} l UNION SELECT zoom_silver.to_word(r.currency) FROM {%s} r) AS c (currency) HAVING count(c.currency) > 1', k.lines, k.refunds),
	'option currency is missing: there are amounts of several currencies, and silver has one',
	'State the one to load, for instance {"currency": "usd"}.',
	'Currency to load; only needed where there are several'
FROM (VALUES ('invoice_line_item', 'refund'), ('invoice_line_items', 'refunds')) AS k (lines, refunds)
UNION ALL
SELECT k.kind, 'relations', NULL, NULL, NULL, NULL, NULL, 'Array of the silver relations to fill; all of the kind when it is not stated'
FROM (VALUES ('airbyte'), ('singer'), ('fivetran'), ('zendesk'), ('stripe')) AS k (kind);
END;
COMMENT ON FUNCTION zoom_silver.source_option() IS
'Options of each kind of source, and how to tell that one must be stated';

-- A schedule says nothing of what took place.
CREATE FUNCTION zoom_silver.schedule_table() RETURNS TABLE (kind text, schedule text, held text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES ('airbyte', 'meetings', 'report_meetings'), ('singer', 'meetings', 'report_meetings'), ('fivetran', 'meeting', 'meeting_report');
END;
COMMENT ON FUNCTION zoom_silver.schedule_table() IS
'Tables that hold scheduled meetings, and those that hold what took place';

CREATE FUNCTION zoom_silver.mapping_input(inputs text)
RETURNS TABLE (n bigint, table_name text, table_required boolean, column_name text, nature text, column_required boolean, alternatives text[])
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
	SELECT t.n, t.part[1], t.part[2] = '', c.part[1], coalesce(c.part[2], 'text'), c.part[3] = '' AND strpos(e.entry, '|') = 0,
		CASE WHEN strpos(e.entry, '|') > 0 THEN string_to_array(e.entry, '|') END
	FROM regexp_matches(inputs, '(\w+)(\??)\(([^)]*)\)', 'g') WITH ORDINALITY AS t (part, n)
	CROSS JOIN LATERAL regexp_split_to_table(t.part[3], ',\s*') AS e (entry)
	CROSS JOIN LATERAL regexp_matches(e.entry, '(\w+)(?::(\w+))?(\??)', 'g') AS c (part)
$$;
COMMENT ON FUNCTION zoom_silver.mapping_input(text) IS 'Tables and columns that the inputs of a mapping name; alternatives: columns one of which must be there';

CREATE FUNCTION zoom_silver.source_kind() RETURNS TABLE (kind text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES ('airbyte'), ('webhook'), ('csv'), ('singer'), ('fivetran'), ('zendesk'), ('stripe');
END;
COMMENT ON FUNCTION zoom_silver.source_kind() IS 'Kinds of sources';

-- What is not pulled.
CREATE FUNCTION zoom_silver.handed_in()
RETURNS TABLE (kind text, relation text, inputs text, shape text)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
VALUES
	('webhook', 'si_users', 'user.created user.invitation_accepted user.updated user.activated user.deactivated user.disassociated user.deleted', '@zoom/rivet 0.4.0'),
	('webhook', 'si_meetings', 'meeting.started meeting.ended meeting.participant_joined meeting.participant_left', '@zoom/rivet 0.4.0'),
	('webhook', 'si_participants', 'meeting.participant_joined meeting.participant_left', '@zoom/rivet 0.4.0'),
	('webhook', 'si_webinars', 'webinar.started webinar.ended', '@zoom/rivet 0.4.0'),
	('csv', 'si_users', 'participants active_hosts webinar', 'English exports of the Zoom portal'),
	('csv', 'si_meetings', 'participants active_hosts', 'English exports of the Zoom portal'),
	('csv', 'si_participants', 'participants active_hosts', 'English exports of the Zoom portal'),
	('csv', 'si_webinars', 'webinar', 'English exports of the Zoom portal');
END;
COMMENT ON FUNCTION zoom_silver.handed_in() IS
'Silver relations that receive() fills from events and load_csv() from kinds of exports';

CREATE VIEW zoom_silver.source_catalog AS
SELECT k.kind, m.relation, m.inputs,
	(SELECT string_agg(DISTINCT format('%s: %s', o.name, o.description), E'\n') FROM zoom_silver.source_option() o WHERE o.kind = k.kind) AS options,
	m.query, m.shape
FROM zoom_silver.source_kind() k LEFT JOIN (
	SELECT p.kind, p.relation, p.inputs, p.query, p.shape FROM zoom_silver.mapping() p
	UNION ALL
	SELECT h.kind, h.relation, h.inputs, NULL, h.shape FROM zoom_silver.handed_in() h) m USING (kind);
COMMENT ON VIEW zoom_silver.source_catalog IS 'What add_source() and pull() know to read';
COMMENT ON COLUMN zoom_silver.source_catalog.kind IS 'Kind of source';
COMMENT ON COLUMN zoom_silver.source_catalog.relation IS 'Silver relation that it fills';
COMMENT ON COLUMN zoom_silver.source_catalog.inputs IS
'Tables and columns it is read from; a question mark: may be missing, a bar: one of them must be there, :time and :number: what the values are. Of webhooks the events, of CSV the kinds of exports';
COMMENT ON COLUMN zoom_silver.source_catalog.options IS 'Options that may or must be stated';
COMMENT ON COLUMN zoom_silver.source_catalog.query IS 'SELECT that reads it; add_source() copies it to zoom_silver_state.source_query. NULL where receive() or load_csv() fills it';
COMMENT ON COLUMN zoom_silver.source_catalog.shape IS 'Connector with the version that this was tried with';
