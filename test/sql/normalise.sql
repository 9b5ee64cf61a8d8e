\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- How text is brought to one form.
CALL t.setup();
-- all rows of a relation go
UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent';

CALL t.user('  u1 ', E'\t Ana   \n Ruiz ', email => '  ANA@X.Example ', company => '', plan => ' bUSINESS ');
CALL t.user('u2', 'bo lee', email => 'bo@x.example', company => '  ', plan => 'Platinum');
CALL t.user('U2', 'Bo Lee', email => 'bo@y.example', plan => 'enterprise');
CALL t.refresh();
SELECT t.same('SELECT user_name, email, company, plan_type FROM gold.go_dim_user', ARRAY[
	'Ana Ruiz|ana@x.example|-|Business',
	'bo lee|bo@x.example|-|Platinum',
	'Bo Lee|bo@y.example|Acme|Enterprise'],
	'names are trimmed and collapsed, e-mail lower-cased, plans spelled as known, case kept elsewhere');

CALL t.meeting(' m1', 'u1  ', '2024-01-10 10:00Z', topic => E'  Weekly \t Sync ');
CALL t.meeting('m2', ' ', '2024-01-10 11:00Z', topic => ' ');
CALL t.usage('f1', 'm1 ', ' Screen   Sharing', '2024-01-10');
CALL t.usage('f2', 'm1', 'screen sharing', '2024-01-10');
CALL t.webinar('w1', 'u1', '2024-01-10 10:00Z', '2024-01-10 11:00Z', topic => '  Big  Day ');
CALL t.ticket('t1', ' u1', ' Audio  Issue ', ' in   PROGRESS ', '2024-01-10');
CALL t.license('l1', ' ENTERPRISE ', 'u1', '2024-01-10');
CALL t.license('l2', 'Site  License', ' ', '2024-01-10');
CALL t.billing('b1', 'u1 ', ' subscription   FEE', 10, '2024-01-10');
CALL t.billing('b2', 'u1', 'One-off', 10, '2024-01-10');
CALL t.refresh();
SELECT t.same('SELECT user_name, meeting_topic FROM gold.go_fact_meeting_usage',
	ARRAY['Ana Ruiz|Weekly Sync', '-|-'], 'keys are normalised too, an empty host is no host, an empty topic NULL');
SELECT t.same('SELECT meeting_topic, feature_name FROM gold.go_fact_feature_usage',
	ARRAY['Weekly Sync|Screen Sharing', 'Weekly Sync|screen sharing'], 'features are case-sensitive');
SELECT t.same('SELECT webinar_topic FROM gold.go_fact_webinar_usage', 'Big Day', 'webinar topics');
SELECT t.same('SELECT user_name, ticket_type, resolution_status FROM gold.go_fact_support_ticket',
	'Ana Ruiz|Audio Issue|In Progress', 'a status is spelled as known');
SELECT t.same('SELECT user_name, license_type FROM gold.go_fact_license_utilization',
	ARRAY['Ana Ruiz|Enterprise', '-|Site License'], 'licence types are spelled as known, unknown ones kept');
SELECT t.same('SELECT user_name, event_type FROM gold.go_fact_billing',
	ARRAY['Ana Ruiz|Subscription Fee', 'Ana Ruiz|One-off'], 'so are event types');
SELECT t.same('SELECT monthly_recurring_revenue FROM gold.go_agg_mrr', '10.00', 'a fee is a fee in any spelling');
SELECT t.same('SELECT meeting_topic FROM gold.go_dim_meeting', 'Weekly Sync', 'NULL is no member of a dimension');
SELECT t.same('SELECT license_type FROM gold.go_dim_license_type', ARRAY['Enterprise', 'Site License'], 'dimensions hold the normalised values');

-- every known spelling
TRUNCATE silver.si_users, silver.si_support_tickets, silver.si_licenses, silver.si_billing_events;
INSERT INTO silver.si_users SELECT 'p' || v, v, v || '@x.example', NULL, upper(v), '2024-06-29Z', '2024-06-29Z', NULL
FROM unnest('{Free,Basic,Pro,Business,Enterprise}'::text[]) AS v;
INSERT INTO silver.si_support_tickets SELECT v, 'pPro', 'T', lower(v), '2024-01-02', '2024-06-29Z', '2024-06-29Z', NULL
FROM unnest('{Open,In Progress,Resolved,Closed}'::text[]) AS v;
INSERT INTO silver.si_licenses SELECT v, upper(v), 'pPro', '2024-01-02', NULL, '2024-06-29Z', '2024-06-29Z', NULL
FROM unnest('{Basic,Pro,Business,Enterprise,Education}'::text[]) AS v;
INSERT INTO silver.si_billing_events SELECT v, 'pPro', upper(v), 1, '2024-01-02', '2024-06-29Z', '2024-06-29Z', NULL
FROM unnest('{Subscription Fee,Subscription Renewal,Add-on Purchase,Refund}'::text[]) AS v;
CALL t.refresh();
SELECT t.same('SELECT plan_type FROM gold.go_dim_user WHERE user_name = plan_type', '{Free,Basic,Pro,Business,Enterprise}'::text[], 'known plans');
SELECT t.same('SELECT resolution_status FROM gold.go_fact_support_ticket', '{Open,In Progress,Resolved,Closed}'::text[], 'known states of a ticket');
SELECT t.same('SELECT license_type FROM gold.go_fact_license_utilization', '{Basic,Pro,Business,Enterprise,Education}'::text[], 'known licence types');
SELECT t.same('SELECT event_type FROM gold.go_fact_billing', '{Subscription Fee,Subscription Renewal,Add-on Purchase,Refund}'::text[], 'known billing events');
SELECT t.errors_are(ARRAY['si_meetings m2 host_missing warning'], 'known values are not warned of');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
