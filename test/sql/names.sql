\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- One gold name belongs to one user.
CALL t.setup();
CREATE FUNCTION t.names() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT DISTINCT user_name || ' <' || coalesce(email, '-') || '>' FROM gold.go_dim_user
$$;
CALL t.user('u2', 'Ana Ruiz', '2024-01-02Z', email => 'second@x.example');
CALL t.user('u1', 'Ana Ruiz', '2024-01-01Z', email => 'first@x.example');
CALL t.refresh_at('2024-01-03Z');
SELECT t.same('SELECT * FROM t.names()', ARRAY['Ana Ruiz <first@x.example>', 'Ana Ruiz (second@x.example) <second@x.example>'],
	'whose version opened first has the name plain, whatever the order of arrival');
SELECT t.errors_are(ARRAY['si_users u2 name_taken warning'], 'the other is warned of');

CALL t.user('u4', 'Ana Ruiz', '2024-01-04Z', email => NULL);
CALL t.user('u3', 'Ana Ruiz', '2024-01-05Z', email => 'second@x.example');
CALL t.user('u5', 'Ana  ruiz', '2024-01-05Z', email => 'second@x.example');
CALL t.refresh_at('2024-01-06Z');
SELECT t.same('SELECT user_name FROM gold.go_dim_user', ARRAY['Ana Ruiz', 'Ana Ruiz (second@x.example)', 'Ana Ruiz (u4)', 'Ana Ruiz (u3)', 'Ana ruiz'],
	'without an e-mail, or when that name is taken too, the user_id; names are case-sensitive');

-- ties go by user_id, bytewise
CALL t.user('b', 'Tie', '2024-01-01Z', email => 'b@x.example');
CALL t.user('a', 'Tie', '2024-01-01Z', email => 'a@x.example');
CALL t.user('B', 'Tie', '2024-01-01Z', email => 'bb@x.example');
CALL t.refresh_at('2024-01-07Z');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE user_name LIKE 'Tie%'$$, ARRAY['Tie', 'Tie (b@x.example)', 'Tie (a@x.example)'],
	'of users who took a name at one instant the smaller user_id in C collation has it plain');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE email = 'bb@x.example'$$, 'Tie', 'which is B before a');

-- the e-mail is that of the first version under the name
CALL t.change_user('u2', '2024-02-01Z', email => 'new@x.example');
CALL t.refresh_at('2024-02-02Z');
SELECT t.same($$SELECT user_name, email, valid_from FROM gold.go_dim_user WHERE email IN ('new@x.example', 'second@x.example') AND user_name NOT LIKE '%u3%' AND user_name LIKE '%R%'$$,
	ARRAY['Ana Ruiz (second@x.example)|second@x.example|2024-01-02 00:00', 'Ana Ruiz (second@x.example)|new@x.example|2024-02-01 00:00'],
	'a new e-mail does not change the gold name');

-- a plain name that equals a qualified one goes before it
CALL t.user('x1', 'Bob', '2024-01-01Z', email => 'one@x.example');
CALL t.user('x2', 'Bob', '2024-01-02Z', email => 'two@x.example');
CALL t.refresh_at('2024-02-03Z');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE user_name LIKE 'Bob%'$$, ARRAY['Bob', 'Bob (two@x.example)'], 'a qualified name');
CALL t.user('x3', 'Bob (two@x.example)', '2024-02-01Z', email => 'three@x.example');
CALL t.refresh_at('2024-02-04Z');
SELECT t.same($$SELECT user_name, email FROM gold.go_dim_user WHERE user_name LIKE 'Bob%'$$,
	ARRAY['Bob|one@x.example', 'Bob (two@x.example)|three@x.example', 'Bob (x2)|two@x.example'], 'gives way to a user of whom it is the plain name');

-- a name by id that is a plain name as well: by id again
CALL t.user('x4', 'Bob (x2)', '2024-02-03Z', email => 'four@x.example');
CALL t.user('x5', 'Bob (x2) (x2)', '2024-02-03Z', email => 'five@x.example');
CALL t.refresh_at('2024-02-04 12:00Z');
SELECT t.same($$SELECT user_name, email FROM gold.go_dim_user WHERE user_name LIKE 'Bob%'$$,
	ARRAY['Bob|one@x.example', 'Bob (two@x.example)|three@x.example', 'Bob (x2) (x2) (x2)|two@x.example', 'Bob (x2)|four@x.example', 'Bob (x2) (x2)|five@x.example'],
	'however often');
SELECT t.healthy('verify() thinks so, too');
DELETE FROM silver.si_users WHERE user_id IN ('x4', 'x5');
-- whose name is qualified by the e-mail goes before who is called by the id, also
-- where they are homonyms of others
CALL t.user('y1', 'Cid', '2024-01-01Z', email => 'cid@x.example');
CALL t.user('y2', 'Cid', '2024-01-02Z', email => 'y2');
CALL t.user('y3', 'Cid (y2)', '2024-01-03Z', email => 'three@x.example');
CALL t.user('y4', 'Cid (y2)', '2024-01-04Z', email => 'y2');
CALL t.refresh_at('2024-02-04 13:00Z');
SELECT t.same($$SELECT user_name, load_date FROM gold.go_dim_user WHERE user_name LIKE 'Cid%'$$,
	ARRAY['Cid|2024-02-04', 'Cid (y2) (y2) (y2)|2024-02-04', 'Cid (y2)|2024-02-04', 'Cid (y2) (y2)|2024-02-04'], 'names by id that are names by e-mail');
SELECT t.same($$SELECT email FROM gold.go_dim_user WHERE user_name = 'Cid (y2) (y2)'$$, 'y2', 'and are those of others');
SELECT t.healthy('verify() thinks so, too');
-- and of one user two names may be qualified to the same
CALL t.user('z1', 'Dan', '2024-01-01Z', email => 'dan@x.example');
CALL t.user('z2', 'Dan (z2)', '2024-01-03Z', email => 'z2');
CALL t.user('z3', 'Dan (z2)', '2024-01-02Z', email => 'three@x.example');
CALL t.refresh_at('2024-02-04 14:00Z');
CALL t.change_user('z2', '2024-01-05Z', name => 'Dan');
CALL t.refresh_at('2024-02-04 15:00Z');
SELECT t.same($$SELECT user_name, valid_from FROM gold.go_dim_user WHERE email = 'z2'$$,
	ARRAY['Dan (z2) (z2)|2024-01-03 00:00', 'Dan (z2) (z2)|2024-01-05 00:00'], 'two names of one user that come to the same');
SELECT t.healthy('verify() thinks so, too');
DELETE FROM silver.si_users WHERE user_id LIKE 'y_' OR user_id LIKE 'z_';

-- renames: the name of each version, facts re-labelled when it shifts
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'u2', '2024-01-10 11:00Z');
CALL t.refresh_at('2024-02-05Z');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', ARRAY['Ana Ruiz', 'Ana Ruiz (second@x.example)'], 'facts have the gold names');
CALL t.user('u0', 'Ana Ruiz', '2023-12-01Z', email => 'zero@x.example');
CALL t.refresh_at('2024-02-06Z');
SELECT t.same($$SELECT user_name, email FROM gold.go_dim_user WHERE user_name LIKE 'Ana R%' AND email IN ('zero@x.example', 'first@x.example')$$,
	ARRAY['Ana Ruiz|zero@x.example', 'Ana Ruiz (first@x.example)|first@x.example'], 'an earlier bearer of the name who arrives late takes it');
SELECT t.same('SELECT user_name FROM gold.go_fact_meeting_usage', ARRAY['Ana Ruiz (first@x.example)', 'Ana Ruiz (second@x.example)'], 'and facts follow');
SELECT t.errors_are(ARRAY['si_users u1 name_taken warning', 'si_users u2 name_taken warning', 'si_users u3 name_taken warning', 'si_users u4 name_taken warning',
	'si_users u4 email_missing warning', 'si_users a name_taken warning', 'si_users b name_taken warning', 'si_users x2 name_taken warning'], 'so do the warnings');
-- who had a name once keeps his claim to it for the versions of then
CALL t.change_user('u0', '2024-03-01Z', name => 'Zoe');
CALL t.refresh_at('2024-03-02Z');
SELECT t.same($$SELECT user_name, valid_from FROM gold.go_dim_user WHERE email = 'zero@x.example'$$,
	ARRAY['Ana Ruiz|2023-12-01 00:00', 'Zoe|2024-03-01 00:00'], 'a rename leaves the old versions their name');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE email = 'first@x.example'$$, 'Ana Ruiz (first@x.example)', 'which stays taken');
-- swapped names
CALL t.user('s1', 'Left', '2024-01-01Z', email => 's1@x.example');
CALL t.user('s2', 'Right', '2024-01-01Z', email => 's2@x.example');
CALL t.refresh_at('2024-03-03Z');
BEGIN;
CALL t.change_user('s1', '2024-03-04Z', name => 'Right');
CALL t.change_user('s2', '2024-03-04Z', name => 'Left');
COMMIT;
CALL t.refresh_at('2024-03-05Z');
SELECT t.same($$SELECT user_name, email FROM gold.go_dim_user WHERE email LIKE 's_@%'$$,
	ARRAY['Left|s1@x.example', 'Right|s2@x.example', 'Right (s1@x.example)|s1@x.example', 'Left (s2@x.example)|s2@x.example'], 'two users who swap their names');
-- a late version moves the claim
INSERT INTO silver.si_users VALUES ('s1', 'Right', 's1@x.example', 'Acme', 'Free', '2023-06-01Z', '2023-06-01Z', 'ZOOM');
CALL t.refresh_at('2024-03-06Z');
SELECT t.same($$SELECT user_name, valid_from FROM gold.go_dim_user WHERE email LIKE 's_@%' ORDER BY 2$$,
	ARRAY['Right|2023-06-01 00:00', 'Left|2024-01-01 00:00', 'Right|2024-03-04 00:00', 'Right (s2@x.example)|2024-01-01 00:00', 'Left (s2@x.example)|2024-03-04 00:00'],
	'a late version under a name can take it from another');
SELECT t.same($$SELECT DISTINCT error_description ~ '@' FROM gold.go_error_audit_log$$, 'false', 'no e-mail in the log');
SELECT t.healthy('all is consistent');
CREATE TEMP TABLE before AS SELECT * FROM t.places();
CALL t.refresh(true);
SELECT t.equal('SELECT * FROM t.places()', 'SELECT * FROM before', 'a full refresh comes to the same');
SELECT * FROM finish();
