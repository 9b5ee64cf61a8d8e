-- A database of one KIND for a dashboard, read by a role that sees names.
\o /dev/null
SET client_min_messages = warning;
CREATE EXTENSION zoom_gold;
SELECT FROM zoom_gold.setup();
SELECT :'kind' IN ('user', 'unbilled', 'odd') AS with_user, :'kind' IN ('unbilled', 'odd') AS with_meetings, :'kind' = 'odd' AS with_odd \gset
\if :with_user
INSERT INTO silver.si_users (user_id, user_name, email, plan_type, load_timestamp) VALUES ('u1', 'Ana', 'ana@x.example', 'Pro', now() - interval '60 days');
\endif
\if :with_meetings
INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, duration_minutes, load_timestamp)
SELECT 'm' || n, 'u1', 'Sync', now() - n * interval '3 days', 30, now() FROM generate_series(0, 40) n;
INSERT INTO silver.si_feature_usage (usage_id, meeting_id, feature_name, usage_count, usage_date, load_timestamp)
SELECT 'f' || n, 'm' || n, 'Chat', 1, (now() AT TIME ZONE 'UTC')::date - 3 * n, now() FROM generate_series(0, 40) n;
\endif
\if :with_odd
INSERT INTO silver.si_users (user_id, user_name, email, company, load_timestamp) VALUES
	('u2', 'בועז ‏🦉 الليل', 'owl@x.example', 'חברה', now()), ('u3', repeat('Long ', 100), NULL, repeat('x', 500), now()), ('u4', '<script>alert("Bo")</script>', 'x@x.example', '</script><!--', now());
CREATE TABLE word AS SELECT n, word FROM unnest(ARRAY['</script><script>alert(1)</script>', 'שיתוף מסך', '👩‍👩‍👧‍👦 🦉', repeat('Very long ', 60), '-1', 'a"b&amp;<b>', E'one\\two', '$&', 'מ12 abc (ה)']) WITH ORDINALITY AS w (word, n);
INSERT INTO silver.si_feature_usage (usage_id, meeting_id, feature_name, usage_count, usage_date, load_timestamp)
SELECT 'w' || n, 'm1', word, 1, (now() AT TIME ZONE 'UTC')::date - 3, now() FROM word;
INSERT INTO silver.si_support_tickets (ticket_id, user_id, ticket_type, resolution_status, open_date, load_timestamp)
SELECT 't' || n, 'u' || n, word, CASE WHEN n % 3 > 0 THEN 'Closed' ELSE word END, (now() AT TIME ZONE 'UTC')::date - 40 - n::integer, now() FROM word;
INSERT INTO silver.si_licenses (license_id, license_type, assigned_to_user_id, start_date, load_timestamp)
SELECT 'l' || n, word, CASE WHEN n < 8 THEN 'u' || n END, (now() AT TIME ZONE 'UTC')::date - 40, now() FROM word;
INSERT INTO silver.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp)
SELECT 'b' || n, 'u' || n, CASE WHEN n % 2 = 0 THEN 'Subscription Fee' ELSE 'Refund' END, 99999999.99 / n, (now() AT TIME ZONE 'UTC')::date - 35 * n::integer, now() FROM word;
-- of years to come
INSERT INTO silver.si_meetings (meeting_id, host_id, meeting_topic, start_time, duration_minutes, load_timestamp) VALUES
	('tomorrow', 'u2', NULL, now() + interval '1 day', 2147483647, now()), ('far', 'u2', NULL, '9998-12-31Z', NULL, now());
INSERT INTO silver.si_support_tickets (ticket_id, ticket_type, resolution_status, open_date, load_timestamp) VALUES ('far', 'Bug', 'Open', '9999-12-30', now());
INSERT INTO silver.si_billing_events (event_id, user_id, event_type, amount, event_date, load_timestamp) VALUES ('far', 'u2', 'Subscription Fee', 1, '9999-12-30', now());
\endif
SELECT FROM zoom_gold.refresh();
DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN
		CREATE ROLE reader LOGIN;
	END IF;
END $$;
SELECT zoom_gold.grant_read('reader', pii => true);
