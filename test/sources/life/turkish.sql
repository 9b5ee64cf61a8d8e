\set ECHO none
\set QUIET 1
\getenv abs_srcdir PG_ABS_SRCDIR
\set in_turkish :abs_srcdir '/include/turkish.sql'
\i :in_turkish
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Sources write English, whatever the language of the database: headers, states,
-- currencies and addresses with the letter I.
CALL t.clock('2025-03-03 03:00Z');
\set file `sed 's/ana@acme.example/MIRA.I@ACME.EXAMPLE/I' "$PG_ABS_SRCDIR/../sample/sources/participants.csv"`
CALL t.user('u1', 'Mira', '2025-01-01Z', 'MIRA.I@ACME.EXAMPLE');
SELECT t.same(format($$SELECT relation FROM zoom_silver.load_csv(%L, 'participants', 'America/New_York', options => '{"identity": "EMAIL"}')$$, :'file'),
	ARRAY['si_users', 'si_meetings', 'si_participants'], 'headers of a file are known');
SELECT t.same('SELECT host_id FROM silver.si_meetings', 'u1', 'its addresses are those of users');
SELECT is(zoom_silver.csv_local('JUNI 3, 2025 1:00', NULL), '2025-06-03 01:00'::timestamp, 'months have their names');

\set sample :samples '/zendesk.sql'
\i :sample
UPDATE zendesk_fivetran.ticket SET type = 'INCIDENT';
UPDATE zendesk_fivetran."user" SET email = 'Mira.I@acme.example';
SELECT * FROM zoom_silver.add_source('zendesk', 'zendesk_fivetran') \g /dev/null
\set sample :samples '/stripe.sql'
\i :sample
UPDATE stripe_fivetran.invoice_line_item SET currency = 'BIF';
UPDATE stripe_fivetran.refund SET currency = 'bif';
SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran', '{"currency": "Bif"}') \g /dev/null
CALL t.pull_all();
SELECT t.same('SELECT DISTINCT user_id, ticket_type FROM silver.si_support_tickets', 'u1|Incident', 'tickets have their type and their user');
SELECT t.same($$SELECT event_id, amount FROM silver.si_billing_events WHERE event_id IN ('in_1/sub_A', 're_1')$$,
	(SELECT array_agg(format('%s|%s.00', id, amount)) FROM (SELECT invoice_id || '/' || subscription_id AS id, amount FROM stripe_fivetran.invoice_line_item WHERE invoice_id = 'in_1'
		UNION ALL SELECT id, amount FROM stripe_fivetran.refund WHERE id = 're_1') AS s), 'francs have no cents');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT * FROM finish();
\connect :here
DROP DATABASE :turkish;
