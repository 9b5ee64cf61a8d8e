\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A user is known when at least one of its versions was accepted, whether gold
-- shows it or not.
CALL t.setup();
ALTER TABLE silver.si_users ADD deleted_at timestamptz;
CALL t.setup();
CALL t.clock('2024-06-01Z');
-- one meeting each; which of them have a known host
CREATE FUNCTION t.known() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT i.user_id FROM gold_state.user_identity AS i WHERE i.known AND i.user_id <> ''
$$;
INSERT INTO silver.si_users (user_id, user_name, email, plan_type, load_timestamp, deleted_at) VALUES
	('plain', 'Ana', 'a@x.example', 'Free', '2024-01-02Z', NULL),
	('nameless', NULL, 'b@x.example', 'Free', '2024-01-02Z', NULL),
	-- deleted before it took effect: no version is ever in force
	('never', 'Cy', 'c@x.example', 'Free', '2024-01-02Z', NULL), ('never', 'Cy', 'c@x.example', 'Free', '2024-01-03Z', '2024-01-01Z'),
	-- a deletion is no version
	('deletion', 'Dee', 'd@x.example', 'Free', '2024-01-02Z', '2024-01-01Z'),
	('nameless, deleted', NULL, 'e@x.example', 'Free', '2024-01-02Z', NULL), ('nameless, deleted', 'Eve', 'e@x.example', 'Free', '2024-01-03Z', '2024-01-01Z');
-- written over within the transaction
BEGIN;
INSERT INTO silver.si_users (user_id, user_name, email, plan_type, load_timestamp) VALUES ('unseen', 'Fay', 'f@x.example', 'Free', '2024-01-02Z'),
	('seen', 'Gus', 'g@x.example', 'Free', '2024-01-02Z');
UPDATE silver.si_users SET user_name = NULL WHERE user_id = 'unseen';
COMMIT;
UPDATE silver.si_users SET user_name = NULL WHERE user_id = 'seen';
INSERT INTO silver.si_meetings (meeting_id, host_id, start_time, load_timestamp)
	SELECT 'm ' || u, u, '2024-02-01 09:00Z', '2024-02-01 09:00Z'
	FROM unnest('{plain,nameless,never,deletion,"nameless, deleted",unseen,seen,nobody}'::text[]) AS u;
CALL t.refresh();
SELECT t.same('SELECT t.known()', '{plain,never,seen}'::text[], 'who is known');
SELECT t.errors_are(ARRAY['si_meetings m nameless host_unknown warning', 'si_meetings m deletion host_unknown warning',
	'si_meetings m nameless, deleted host_unknown warning', 'si_meetings m unseen host_unknown warning', 'si_meetings m nobody host_unknown warning',
	'si_users nameless user_name_missing error', 'si_users unseen user_name_missing error', 'si_users seen user_name_missing error'],
	'and who is warned of');
SELECT t.same('SELECT DISTINCT active_user_count FROM gold.go_agg_active_users', '3', 'they are counted');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user$$, '{Ana,Gus}'::text[], 'gold shows those who were somebody at some time');
SELECT t.healthy('verify() knows the same');
CALL t.refresh(true);
SELECT t.same('SELECT t.known()', '{plain,never,seen}'::text[], 'a full refresh says the same');

-- what is taken away again stays known
DELETE FROM silver.si_users WHERE user_id IN ('plain', 'never');
UPDATE silver.si_users SET user_name = 'Bo' WHERE user_id = 'nameless';
CALL t.refresh();
SELECT t.same('SELECT t.known()', '{plain,never,seen,nameless}'::text[], 'who is deleted stays known');
SELECT t.healthy('gold is sound at the end');
SELECT * FROM finish();
