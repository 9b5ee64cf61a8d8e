\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- A table of silver that somebody drops, with the rules that zoom_silver and people have
-- for it: setup() makes it anew, and says which rules wait; refreshes fail in its steps until a
-- pull has filled it, and events once their source was added again; then all is as it was.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
\set sample :samples '/airbyte.sql'
\i :sample
\set sample :samples '/zendesk.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
\set gold_rows :abs_srcdir '/include/gold_rows.sql'
\i :gold_rows
CALL t.clock('2025-03-03 03:00Z');
SELECT zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}'), zoom_silver.add_source('zendesk', 'zendesk_fivetran'),
	zoom_silver.add_source('stripe', 'stripe_airbyte', '{"currency": "usd"}'), zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
CREATE TABLE raw_zoom.licence_list AS SELECT 'l1' AS id, 'Pro' AS plan, 'aN4x-01QRqeTzpAAAAAAAA' AS user_id, '2025-02-01' AS since, NULL::text AS until;
CREATE TABLE raw_zoom.usage_list AS SELECT 'f1' AS id, 'we3kLy/One+AAAAAAAAAA==' AS meeting, 'Chat' AS name, '3' AS n, '2025-02-24' AS day;
INSERT INTO zoom_silver_state.source_query (source, relation, deletes, query) VALUES
	('airbyte', 'si_licenses', 'mirror', 'SELECT l.id AS license_id, l.plan AS license_type, l.user_id AS assigned_to_user_id, l.since AS start_date, l.until AS end_date FROM {licence_list} l'),
	('airbyte', 'si_feature_usage', 'mirror', 'SELECT l.id AS usage_id, l.meeting AS meeting_id, l.name AS feature_name, l.n AS usage_count, l.day AS usage_date FROM {usage_list} l');
CALL t.pull_all();
SELECT zoom_silver.receive(s.event, s.received_at) FROM t.sample s \g /dev/null
CALL t.pull_all();
-- a column of one's own in each, and rules of it: of each relation, and of all
SELECT format('ALTER TABLE silver.%I ADD mine integer', table_name) FROM zoom_gold.model_table() WHERE table_schema = 'silver' \gexec
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) SELECT 'mine', table_name, 'mine > 3' FROM zoom_gold.model_table() WHERE table_schema = 'silver';
INSERT INTO gold_state.quality_rule (rule_name, relation, condition) VALUES ('mine_as_well', '*', 'mine > 4');
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
CALL t.refresh();
SELECT t.healthy('gold is right');
CREATE TABLE t.whole AS SELECT g AS line FROM t.gold() g UNION ALL SELECT e FROM t.errors() e;

-- What goes otherwise than it ought to when a table is dropped.
CREATE FUNCTION t.outcome(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	said text[] := '{}';
BEGIN
	EXECUTE format('DROP TABLE silver.%I CASCADE', name);
	FOR n IN 1 .. 2 LOOP
		said := said || ARRAY(SELECT format('setup %s: %s', n, s.relation) FROM zoom_gold.setup() s WHERE s.action LIKE '%column is back' AND s.relation <> 'silver.' || name);
		IF NOT EXISTS (SELECT FROM zoom_gold.setup() s WHERE s.relation = 'silver.' || name AND s.action LIKE '%"mine" does not exist: its steps fail%') THEN
			said := said || 'setup() is silent'::text;
		END IF;
	END LOOP;
	IF NOT EXISTS (SELECT FROM zoom_gold.refresh() r WHERE r.status = 'Failure' AND (r.details ->> 'error_hint' LIKE 'Rules that may have raised it: %mine%' OR r.details ->> 'error_hint' LIKE '%confirm_deletes%')) THEN
		said := said || 'a refresh goes on without the column and its rows'::text;
	END IF;
	said := said || ARRAY(SELECT 'lost at once: ' || w.line FROM t.whole w WHERE w.line NOT LIKE 'go_agg%' EXCEPT ALL (SELECT 'lost at once: ' || g FROM t.gold() g UNION ALL SELECT 'lost at once: ' || e FROM t.errors() e));
	EXECUTE format('ALTER TABLE silver.%I ADD mine integer', name);
	PERFORM FROM zoom_silver.pull();
	IF name IN ('si_users', 'si_meetings', 'si_participants', 'si_webinars') THEN
		DECLARE
			hint text;
		BEGIN
			PERFORM zoom_silver.receive(s.event || jsonb_build_object('once', 'more'), s.received_at) FROM t.sample s;
			IF name = 'si_users' THEN
				said := said || 'an event goes on without the column'::text;
			END IF;
		EXCEPTION WHEN undefined_column THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
			EXECUTE substring(hint FROM 'made anew: (.*)\.$');
		END;
		EXECUTE zoom_silver.webhook_command();
		PERFORM FROM zoom_silver.pull();
	END IF;
	said := said || ARRAY(SELECT concat_ws(' ', r.process_name, r.status, r.details ->> 'error') FROM zoom_gold.refresh() r WHERE r.status = 'Failure');
	said := said || ARRAY(SELECT 'lost: ' || w.line FROM t.whole w EXCEPT ALL (SELECT 'lost: ' || g FROM t.gold() g UNION ALL SELECT 'lost: ' || e FROM t.errors() e));
	said := said || ARRAY((SELECT 'more: ' || g FROM t.gold() g UNION ALL SELECT 'more: ' || e FROM t.errors() e) EXCEPT ALL SELECT 'more: ' || w.line FROM t.whole w);
	said := said || ARRAY(SELECT concat_ws(' ', v.check_name, v.details) FROM zoom_gold.verify() v WHERE NOT v.passed);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	RETURN QUERY SELECT unnest(said);
END
$$;
SELECT t.same(format('SELECT t.outcome(%L)', table_name), '{}'::text[], format('%s, dropped and filled again, is as it was', table_name)) FROM zoom_gold.model_table() WHERE table_schema = 'silver';
SELECT * FROM finish();
