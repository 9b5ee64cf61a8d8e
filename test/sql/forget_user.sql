\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Erasure.  Ana Kowalska is to be forgotten, wherever she is.
CALL t.setup();
ALTER TABLE silver.si_users ADD COLUMN nickname text;
ALTER TABLE gold.go_dim_user ADD COLUMN nickname text, ADD COLUMN note text;
CALL t.user('u1', 'Ana Kowalska', email => 'Ana.K@x.example');
UPDATE silver.si_users SET nickname = 'Ana Kowalska the first';
CALL t.change_user('u1', '2024-02-01Z', company => 'Beta');
CALL t.change_user('u1', '2024-03-01Z', name => 'Ana  Nowak', email => 'nowak@x.example');
CALL t.user('u2', 'Ana Kowalska', '2024-01-02 09:00Z', email => 'other@x.example');	-- a namesake
CALL t.user('u3', 'Cy', email => 'cy@x.example');
-- named by others only after her: Name (email)
CALL t.user('u4', 'Cy', '2024-01-03Z', email => 'cy4@x.example');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'u1', '2024-03-10 10:00Z', topic => 'Talk with Ana Nowak');
CALL t.meeting('m3', 'u2', '2024-01-11 10:00Z');
CALL t.meeting('m4', 'u3', '2024-01-11 12:00Z');
CALL t.participant('p1', 'm3', 'u1', '2024-01-11 10:00Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-01-10');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-02-10');
CALL t.ticket_status('t1', 'Resolved', '2024-02-11Z');
CALL t.license('l1', 'Pro', 'u1', '2024-01-10', '2024-03-30');
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-01-10');
CALL t.billing('b2', 'u2', 'Subscription Fee', 20, '2024-01-10');
CALL t.refresh();
SELECT t.same('SELECT DISTINCT user_name FROM gold.go_dim_user', ARRAY['Ana Kowalska', 'Ana Nowak', 'Ana Kowalska (other@x.example)', 'Cy', 'Cy (cy4@x.example)'], 'she is there');

-- a failed step quotes her, in the words of a function of the user's
CREATE FUNCTION t.judge(name text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'cannot judge "%"', name; END $$;
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('casts', 'si_users', 't.judge(user_name)');
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
DELETE FROM gold_state.quality_rule WHERE rule_name = 'casts';
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity) VALUES ('casts', 'si_users', 't.judge(coalesce(email, ''none''))', 'warning');
SELECT count(*) FROM zoom_gold.refresh() \g /dev/null
DELETE FROM gold_state.quality_rule WHERE rule_name = 'casts';
-- a rule for which a row without an e-mail is bad
INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity) VALUES ('no_mail', 'si_users', 'email IS NULL OR nickname = ''bad''', 'error');
CALL t.refresh();
-- a version that this rule rejects, and one that has no name
UPDATE silver.si_users SET nickname = 'bad', company = 'Rejected', update_timestamp = '2024-03-02Z' WHERE user_id = 'u1';
CALL t.refresh();
UPDATE silver.si_users SET nickname = 'Annie', company = 'Nameless', user_name = ' ', update_timestamp = '2024-03-03Z' WHERE user_id = 'u1';
CALL t.refresh();
UPDATE silver.si_users SET user_name = 'Ana Nowak', company = 'Gamma', update_timestamp = '2024-03-04Z' WHERE user_id = 'u1';
CALL t.refresh();
UPDATE gold.go_dim_user SET note = 'calls herself Ana Nowak' WHERE user_name = 'Cy';
ANALYZE;

-- where a name or e-mail of hers is, namesakes apart
CREATE FUNCTION t.mentions() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	target regclass;
	n bigint;
BEGIN
	FOR target IN SELECT oid FROM pg_class WHERE relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace) AND relkind = 'r' ORDER BY oid::regclass::text LOOP
		EXECUTE format('SELECT count(*) FROM %s AS g WHERE g::text ~* ''Kowalska|Nowak|ana.k@|nowak@|Annie''', target) INTO n;
		IF n > 0 THEN
			RETURN NEXT target || ' ' || n;
		END IF;
	END LOOP;
	RETURN QUERY SELECT 'statistics of ' || schemaname || '.' || tablename || '.' || attname FROM pg_stats
		WHERE schemaname LIKE 'gold%' AND attname NOT IN ('meeting_topic', 'member') AND (most_common_vals::text ~* 'Nowak|ana.k@' OR histogram_bounds::text ~* 'Nowak|ana.k@');
END
$$;
CREATE FUNCTION t.numbers() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'active ' || (a.activity_date, a.active_user_count, a.period_type)::text FROM gold.go_agg_active_users a
	UNION ALL SELECT 'minutes ' || (a.activity_date, a.total_meeting_minutes, a.period_type)::text FROM gold.go_agg_meeting_minutes a
	UNION ALL SELECT 'adoption ' || (a.feature_name, a.adoption_rate, a.period_type, a.period_start)::text FROM gold.go_agg_feature_adoption a
	UNION ALL SELECT 'resolution ' || (a.ticket_type, a.avg_resolution_time, a.period_type, a.period_start)::text FROM gold.go_agg_ticket_resolution a
	UNION ALL SELECT 'mrr ' || (a.activity_month, a.monthly_recurring_revenue)::text FROM gold.go_agg_mrr a
	UNION ALL SELECT 'licences ' || (a.license_type, a.utilization_rate, a.period_type, a.period_start)::text FROM gold.go_agg_license_utilization a
	UNION ALL SELECT 'meeting ' || (m.meeting_topic, m.start_time, m.duration_minutes, m.user_name IS NULL)::text FROM gold.go_fact_meeting_usage m
	UNION ALL SELECT 'rows ' || s FROM t.sizes() AS s WHERE s NOT LIKE 'go_dim_user%'
$$;
CREATE TABLE t.before AS SELECT t.rows('SELECT t.numbers()') AS n;
SELECT ok((SELECT count(*) > 8 FROM t.mentions()), 'she is in many tables and in the statistics');

-- pending changes that no refresh has seen
UPDATE silver.si_users SET user_name = 'Ana Nowak-Kowalska', nickname = 'Annie', update_timestamp = '2024-04-01Z' WHERE user_id = 'u1';
CREATE TABLE t.proof AS SELECT zoom_gold.forget_user(' u1 ') AS proof;
SELECT t.same('SELECT t.mentions()', ARRAY['gold.go_dim_meeting 1', 'gold.go_dim_user 2', 'gold.go_fact_billing 1', 'gold.go_fact_meeting_usage 2', 'gold_state.dim_member 1',
	'gold_state.meeting_detail 1', 'gold_state.user_event 1', 'gold_state.user_label 1', 'gold_state.user_version 1'], 'she is nowhere; what is left is a namesake, a topic and a note of the user''s');
SELECT t.same($$SELECT user_name, email, company, nickname, (valid_from AT TIME ZONE 'UTC')::date, (valid_to AT TIME ZONE 'UTC')::date FROM gold.go_dim_user WHERE user_name LIKE 'Forgotten%'$$,
	ARRAY['Forgotten user 0|-|Acme|-|2024-01-01|2024-02-01', 'Forgotten user 0|-|Beta|-|2024-02-01|2024-03-04', 'Forgotten user 0|-|Gamma|-|2024-03-04|9999-12-31'],
	'every version has a pseudonym and no e-mail; what was rejected still is');
SELECT t.same('SELECT t.numbers()', (SELECT n FROM t.before), 'all counts and aggregates are as they were');
SELECT t.same($$SELECT user_name, count(*) FROM gold.go_fact_meeting_usage GROUP BY 1$$, ARRAY['Forgotten user 0|2', 'Ana Kowalska|1', 'Cy|1'], 'facts bear the pseudonym, the namesake has its plain name');
SELECT t.same('SELECT user_name, amount FROM gold.go_fact_billing', ARRAY['Forgotten user 0|10.00', 'Ana Kowalska|20.00'], 'all of them');
SELECT t.same($$SELECT user_name FROM gold.go_fact_support_ticket UNION ALL SELECT user_name FROM gold.go_fact_license_utilization$$, ARRAY['Forgotten user 0', 'Forgotten user 0'], 'of every kind');
SELECT t.same($$SELECT proof ->> 'user', proof -> 'replaced' ->> 'gold.go_fact_meeting_usage', proof -> 'replaced' ->> 'gold.go_fact_support_ticket', proof -> 'replaced' ->> 'gold.go_fact_billing',
	proof -> 'replaced' ->> 'gold.go_fact_license_utilization', (proof -> 'replaced' ->> 'gold.go_error_audit_log')::integer > 0, (proof -> 'replaced' ->> 'gold.go_process_audit_log')::integer > 0,
	(proof -> 'replaced' ->> 'gold_state.user_event')::integer > 6, proof ->> 'versions', proof ->> 'failed' FROM t.proof$$,
	'Forgotten user 0|2|1|1|1|true|true|true|3|[]', 'the proof tells what was replaced');
SELECT t.same($$SELECT key || ' ' || value FROM t.proof, jsonb_each_text(proof -> 'mentioned_still')$$, ARRAY['gold.go_dim_meeting 1', 'gold.go_dim_user 2', 'gold.go_fact_billing 1',
	'gold.go_fact_meeting_usage 2', 'gold_state.dim_member 1', 'gold_state.meeting_detail 1', 'gold_state.user_event 1', 'gold_state.user_label 1', 'gold_state.user_version 1', 'silver.si_meetings 1', 'silver.si_users 2'], 'and where such a name still is');
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE error_description LIKE '%"Forgotten user 0"%'$$, '1', 'messages of failed steps say so much');
SELECT throws_ok('DELETE FROM gold.go_process_audit_log', NULL, NULL, 'the logs are guarded as before');
SELECT t.healthy('all is consistent');
SELECT t.same($$SELECT * FROM zoom_gold.plan()$$, '{}'::text[], 'nothing is left to do');

-- she does not come back
CREATE FUNCTION t.known() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM t.mentions() AS m WHERE m NOT IN ('gold.go_dim_meeting 1', 'gold.go_dim_user 2', 'gold.go_fact_billing 1', 'gold.go_fact_meeting_usage 2', 'gold_state.dim_member 1',
		'gold_state.meeting_detail 1', 'gold_state.user_event 1', 'gold_state.user_label 1', 'gold_state.user_version 1')
$$;
CALL t.refresh(true);
SELECT is(t.known(), 0::bigint, 'not by reading all of silver');
CALL t.change_user('u1', '2024-05-01Z', company => 'Delta', email => 'ana.k@x.example');
CALL t.refresh();
SELECT is(t.known(), 0::bigint, 'not by a change of the row');
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE is_current AND user_name = 'Forgotten user 0'$$, 'Delta', 'which shows all the same');
ALTER TABLE silver.si_users DISABLE TRIGGER ALL;
CALL t.change_user('u1', '2024-05-02Z', company => 'Epsilon', name => 'Ana Nowak');
CALL t.refresh();
ALTER TABLE silver.si_users ENABLE TRIGGER ALL;
SELECT count(*) FROM zoom_gold.setup() \g /dev/null
CALL t.refresh(true);
SELECT is(t.known(), 0::bigint, 'not by a comparison');
DELETE FROM silver.si_users WHERE user_id = 'u1';
CALL t.refresh_at('2024-07-01 12:00Z');
SELECT t.same($$SELECT count(*) FROM gold.go_dim_user WHERE is_current AND user_name LIKE 'Forgotten%'$$, '0', 'deleted like anyone');
CALL t.user('u1', 'Ana Kowalska', '2024-07-02Z', email => 'ana.k@x.example');
CALL t.refresh_at('2024-07-03 12:00Z');
SELECT is(t.known(), 0::bigint, 'not by coming back');
SELECT t.same($$SELECT company FROM gold.go_dim_user WHERE is_current AND user_name = 'Forgotten user 0'$$, 'Acme', 'which she did');
BEGIN;
TRUNCATE silver.si_users;
CALL t.user('u1', 'Ana Kowalska', '2024-07-04Z', email => 'ana.k@x.example', company => 'Zeta');
CALL t.user('u2', 'Ana Kowalska', '2024-01-02 09:00Z', email => 'other@x.example');
CALL t.user('u3', 'Cy', email => 'cy@x.example');
CALL t.user('u4', 'Cy', '2024-01-03Z', email => 'cy4@x.example');
COMMIT;
CALL t.refresh_at('2024-07-05 12:00Z');
SELECT is(t.known(), 0::bigint, 'not by a reload');
SELECT t.healthy('all is consistent still');

-- twice, and those that are not there
CREATE FUNCTION t.again() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', p ->> 'user', p -> 'replaced' ->> 'gold.go_fact_meeting_usage', p -> 'replaced' ->> 'gold_state.user_event', coalesce(p ->> 'mentioned_still', 'nothing to look for'))
	FROM zoom_gold.forget_user('u1') AS p
$$;
SELECT t.same('SELECT t.again()', 'Forgotten user 0 0 0 {"silver.si_users": 2, "gold.go_dim_user": 1, "gold.go_fact_billing": 1, "gold_state.user_event": 1, "gold_state.user_label": 1, "gold_state.user_version": 1, "gold.go_fact_meeting_usage": 1}',
	'a second time does no harm, and looks for the name that silver has still');
BEGIN;
UPDATE silver.si_users SET user_name = 'Forgotten user 0', email = ' ' WHERE user_id = 'u1';
SELECT t.same('SELECT t.again()', 'Forgotten user 0 0 0 nothing to look for', 'erased there too, no name is known to look for');
ROLLBACK;
SELECT t.healthy('and changes nothing');
SELECT throws_ok($$SELECT zoom_gold.forget_user('u999')$$, '42704', 'user "u999" is not known', 'an unknown id is an error');
SELECT throws_ok($$SELECT zoom_gold.forget_user(NULL)$$, '42704', NULL, 'so is none');
SELECT throws_ok($$SELECT zoom_gold.forget_user('')$$, '42704', NULL, 'or an empty one');

-- before any refresh has seen the person, and before silver has
CALL t.user('u5', 'Eva Lis', email => 'eva@x.example');
CALL t.meeting('m5', 'u5', '2024-05-10 10:00Z');
SELECT t.same($$SELECT zoom_gold.forget_user('u5') ->> 'user'$$, 'Forgotten user 4', 'one whom no refresh has seen');
CALL t.meeting('m6', 'u6', '2024-05-11 10:00Z');
CALL t.refresh();
SELECT zoom_gold.forget_user('u6') \g /dev/null
CALL t.user('u6', 'Flo Rys', email => 'flo@x.example');
CALL t.refresh();
SELECT t.same($$SELECT user_name, count(*) FROM gold.go_fact_meeting_usage WHERE start_time >= '2024-05-01Z' GROUP BY 1$$, ARRAY['Forgotten user 4|1', 'Forgotten user 5|1'], 'and one known by a meeting only, who comes later');
SELECT t.same($$SELECT t.told FROM (SELECT g::text AS told FROM gold_state.user_event g UNION ALL SELECT g::text FROM gold.go_dim_user g) AS t WHERE told ~ 'Eva|Flo'$$, '{}'::text[], 'no name was kept');

-- facts of days that silver has purged
UPDATE gold_state.settings SET value = 'keep' WHERE name = 'fact_deletes';
CALL t.refresh();
DELETE FROM silver.si_meetings WHERE meeting_id IN ('m3', 'm4');
CALL t.refresh();
SELECT zoom_gold.forget_user('u3') \g /dev/null
SELECT t.same($$SELECT user_name FROM gold.go_fact_meeting_usage WHERE start_time < '2024-01-12Z'$$, ARRAY['Ana Kowalska', 'Forgotten user 0', 'Forgotten user 2'], 'are relabelled as well');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE user_name LIKE 'Cy%'$$, 'Cy', 'the other with the name has it plain now');
-- (aggregates of purged days rest on what silver has no more)
SELECT t.same($$SELECT check_name FROM zoom_gold.verify() WHERE NOT passed AND check_name NOT LIKE 'go_agg%'$$, '{}'::text[], 'all is consistent in the end');

-- while another refresh runs it waits; where one cannot be run it fails
UPDATE gold_state.settings SET value = '0' WHERE name IN ('delete_guard_percent', 'delete_guard_rows');
DELETE FROM silver.si_users WHERE user_id = 'u2';
SELECT throws_ok($$SELECT zoom_gold.forget_user('u4')$$, '55000', 'user was not forgotten: merge_dim_user failed', 'without a refresh of users nobody is forgotten');
SELECT t.same($$SELECT forgotten FROM gold_state.user_identity WHERE user_id = 'u4'$$, 'false', 'and nothing changed');
SELECT * FROM finish();
