\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- plan(), targets, invalidate().
CALL t.setup();
CALL t.user('u1', 'Ana');
CALL t.user('u2', 'Bo', email => 'bo@x.example');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('m2', 'u1', '2024-01-10 11:00Z', minutes => -1);
CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-01-10');
CREATE FUNCTION t.planned() RETURNS TABLE (process_name text, inserts bigint, updates bigint, deletes bigint, rejects bigint) LANGUAGE sql AS $$
	SELECT process_name, inserts, updates, deletes, rejects FROM zoom_gold.plan()
	WHERE process_name <> 'refresh' AND inserts + updates + deletes + rejects > 0
$$;
-- What a refresh did, as plan() tells it.
CREATE FUNCTION t.done() RETURNS TABLE (process_name text, inserts bigint, updates bigint, deletes bigint, rejects bigint) LANGUAGE sql AS $$
	SELECT process_name, (details ->> 'inserted')::bigint, (details ->> 'updated')::bigint, (details ->> 'deleted')::bigint, (details ->> 'rejected')::bigint
	FROM zoom_gold.refresh()
	WHERE process_name <> 'refresh' AND (details ->> 'inserted')::bigint + (details ->> 'updated')::bigint + (details ->> 'deleted')::bigint + (details ->> 'rejected')::bigint > 0
$$;
-- Everything that the engine keeps, but for a sequence.
CREATE FUNCTION t.state() RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name regclass;
BEGIN
	FOR name IN SELECT oid FROM pg_class WHERE relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace) AND relkind = 'r'
	LOOP
		RETURN QUERY EXECUTE format('SELECT concat_ws('' '', %L, ctid, xmin, g) FROM %s AS g', name, name);
	END LOOP;
END
$$;
CREATE TEMP TABLE before AS SELECT * FROM t.state();
CREATE TEMP TABLE planned AS SELECT * FROM t.planned();
SELECT t.equal('SELECT * FROM t.state()', 'SELECT * FROM before', 'plan() writes nothing');
SELECT t.same('SELECT * FROM planned', ARRAY['merge_dim_user|2|0|0|0', 'build_fact_meeting_usage|1|0|0|1', 'merge_dim_meeting|1|0|0|0', 'build_fact_billing|1|0|0|0',
	'merge_dim_billing_event_type|1|0|0|0', 'refresh_agg_active_users|3|0|0|0', 'refresh_agg_meeting_minutes|3|0|0|0', 'refresh_agg_mrr|1|0|0|0'], 'it tells what a refresh would do');
SELECT t.equal('SELECT * FROM t.done()', 'SELECT * FROM planned', 'and that is what the refresh does');
SELECT t.same('SELECT * FROM t.planned()', '{}'::text[], 'then there is nothing left to do');
CALL t.change_user('u2', '2024-02-01Z', name => 'Bob');
UPDATE silver.si_meetings SET duration_minutes = 31, update_timestamp = '2024-02-01Z' WHERE meeting_id = 'm1';
DELETE FROM silver.si_billing_events;
CALL t.meeting('m3', 'u2', '2024-03-10 10:00Z');
TRUNCATE planned;
INSERT INTO planned SELECT * FROM t.planned();
SELECT isnt_empty('SELECT * FROM planned WHERE process_name = ''build_fact_meeting_usage'' AND inserts = 1 AND updates = 1', 'changes are planned');
SELECT t.equal('SELECT * FROM t.done()', 'SELECT * FROM planned', 'as they are made');
SELECT t.same('SELECT process_name FROM zoom_gold.plan(true) WHERE process_name <> ''refresh'' AND inserts + updates + deletes > 0', '{}'::text[], 'a full plan finds nothing to write');
UPDATE gold_state.billing_event_class SET mrr_sign = 0 WHERE event_type = 'Refund';
UPDATE gold_state.settings SET value = '2024-03-01' WHERE name = 'min_date';
SELECT t.same('SELECT * FROM t.planned() WHERE process_name = ''build_fact_meeting_usage''', 'build_fact_meeting_usage|0|0|1|2', 'what a changed setting does is planned too');
UPDATE gold_state.settings SET value = '2000-01-01' WHERE name = 'min_date';
CALL t.refresh();
SELECT t.healthy('all is consistent');

-- targets: some tables with what they depend on; the rest waits and loses nothing
CALL t.billing('b2', 'u1', 'Subscription Fee', 20, '2024-02-10');
CALL t.meeting('m4', 'u1', '2024-02-10 10:00Z');
CALL t.usage('f1', 'm4', 'Chat', '2024-02-10');
CALL t.refresh(targets => '{go_agg_mrr}');
SELECT t.same('SELECT activity_month FROM gold.go_agg_mrr', '2024-02', 'the target is brought up to date');
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '20.00', 'with what it depends on');
SELECT t.same('SELECT event_type FROM gold.go_dim_billing_event_type WHERE event_type = ''Subscription Fee''', 'Subscription Fee', 'and the members of its facts');
SELECT t.same($$SELECT * FROM gold.go_fact_meeting_usage WHERE start_time >= '2024-02-01Z' AND start_time < '2024-03-01Z'$$, '{}'::text[], 'the rest is left');
CALL t.meeting('m5', 'u1', '2024-02-11 10:00Z');
CALL t.refresh(targets => '{go_fact_meeting_usage,go_fact_feature_usage}');
SELECT t.same($$SELECT start_time FROM gold.go_fact_meeting_usage WHERE start_time >= '2024-02-01Z' AND start_time < '2024-03-01Z'$$, ARRAY['2024-02-10 10:00', '2024-02-11 10:00'], 'until it is its turn');
SELECT t.same('SELECT feature_name FROM gold.go_fact_feature_usage', 'Chat', 'several targets');
SELECT t.same($$SELECT * FROM gold.go_agg_meeting_minutes WHERE activity_date >= '2024-02-01' AND activity_date < '2024-03-01'$$, '{}'::text[], 'what depends on a target waits on');
CALL t.refresh(targets => '{go_agg_active_users}');
SELECT t.same($$SELECT activity_date FROM gold.go_agg_active_users WHERE activity_date >= '2024-02-01' AND period_type = 'Daily'$$, ARRAY['2024-02-10', '2024-02-11', '2024-03-10'], 'an aggregate takes what its fact left');
CALL t.refresh();
SELECT t.same($$SELECT total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE activity_date = '2024-02-01'$$, '60', 'the other one too, later');
SELECT t.same('SELECT feature_name FROM gold.go_agg_feature_adoption WHERE period_type = ''Daily''', 'Chat', 'and adoption');
SELECT t.healthy('nothing is lost');
SELECT lives_ok('SELECT * FROM zoom_gold.refresh(targets => ''{gold.go_agg_mrr}'')', 'a target may be named with its schema');
SELECT throws_matching('SELECT * FROM zoom_gold.refresh(targets => ''{go_nonsense}'')', 'go_nonsense', 'an unknown target is an error that names it');
CALL t.user('u3', 'Cy', email => 'cy@x.example');
CALL t.refresh(targets => '{go_dim_user}');
SELECT t.same('SELECT user_name FROM gold.go_dim_user WHERE user_name = ''Cy''', 'Cy', 'a dimension as target');
SELECT t.same('SELECT process_name FROM zoom_gold.refresh(true, targets => ''{go_fact_billing}'')',
	'{merge_dim_user,build_fact_billing,merge_dim_billing_event_type,refresh}'::text[], 'a fact brings its dimensions');
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
CALL t.refresh();
CALL t.participant('p1', 'm4', 'u3', '2024-02-10 10:00Z');
CALL t.refresh(targets => '{go_agg_feature_adoption}');
SELECT t.same('SELECT adoption_rate FROM gold.go_agg_feature_adoption WHERE period_type = ''Daily''', '50.00', 'adoption takes the participants along');
UPDATE gold_state.settings SET value = 'host' WHERE name = 'active_user';
CALL t.refresh();

-- invalidate: days are computed anew
UPDATE gold.go_fact_billing SET amount = 1;
UPDATE gold.go_fact_meeting_usage SET duration_minutes = 1;
CALL t.refresh();
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '1.00', 'a refresh does not look where nothing changed');
SELECT zoom_gold.invalidate('si_billing_events') \g /dev/null
SELECT zoom_gold.invalidate('si_meetings', '2024-02-01', '2024-02-10') \g /dev/null
SELECT t.same('SELECT updates FROM t.planned() WHERE process_name IN (''build_fact_billing'', ''build_fact_meeting_usage'')', ARRAY['1', '1'], 'what is invalidated is planned');
CALL t.refresh();
SELECT t.same('SELECT amount FROM gold.go_fact_billing', '20.00', 'and computed anew');
SELECT t.same('SELECT start_time, duration_minutes FROM gold.go_fact_meeting_usage', ARRAY['2024-01-10 10:00|1', '2024-02-10 10:00|30', '2024-02-11 10:00|1', '2024-03-10 10:00|1'], 'within the days given, both included');
SELECT zoom_gold.invalidate('si_meetings', '2024-02-11') \g /dev/null
CALL t.refresh();
SELECT t.same('SELECT start_time, duration_minutes FROM gold.go_fact_meeting_usage WHERE duration_minutes = 1', '2024-01-10 10:00|1', 'or from one on');
SELECT zoom_gold.invalidate('si_meetings', NULL, '2024-01-31') \g /dev/null
CALL t.refresh();
SELECT t.healthy('or up to one');
SELECT throws_matching('SELECT zoom_gold.invalidate(''si_nonsense'')', 'si_nonsense', 'an unknown relation is an error that names it');

-- A step that would fail: pgTAP does not see warnings, the expected output does.
ALTER TABLE gold.go_fact_billing ADD CONSTRAINT small CHECK (amount < 15) NOT VALID;
CALL t.billing('b9', 'u1', 'Subscription Fee', 16, '2024-03-10');
SELECT t.same('SELECT * FROM t.planned()', '{}'::text[], 'a step that would fail plans nothing, and says so');
ALTER TABLE gold.go_fact_billing DROP CONSTRAINT small;
SELECT t.same('SELECT inserts FROM t.planned() WHERE process_name = ''build_fact_billing''', '1', 'until it can work');
CALL t.refresh();

-- overlap in one session cannot be; status
SELECT t.same($$SELECT count(*), bool_and(last_refresh = '2024-06-30 12:00Z') FROM zoom_gold.status$$, '8|true', 'status has one row per relation, with the last refresh');
SELECT * FROM finish();
