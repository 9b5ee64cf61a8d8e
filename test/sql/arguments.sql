\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- What makes no sense is an error that says what to do.
CREATE FUNCTION t.says(command text, want text, description text) RETURNS text LANGUAGE sql AS $$
	SELECT t.same(format('SELECT state, message, hint FROM t.failure(%L)', command), want, description)
$$;

-- before setup()
SELECT t.says('SELECT * FROM zoom_gold.user_as_of(now())', '42P01|zoom_gold has no tables in this database yet|Run SELECT * FROM zoom_gold.setup().', 'before setup() nobody is known');
SELECT t.says(format('SELECT * FROM zoom_gold.setup(%s)', coalesce(quote_literal(name), 'NULL')),
	format('22023|%s cannot be the silver layer|Name the schema of your silver relations; setup() takes the schema silver.', coalesce('schema "' || name || '"', 'NULL')),
	'setup() refuses ' || coalesce(nullif(name, ''), 'no schema'))
FROM unnest('{NULL,"",gold,gold_state,gold_masked,zoom_gold,pg_catalog,pg_temp,information_schema}'::text[]) AS name;
SELECT t.same($$SELECT nspname FROM pg_namespace WHERE nspname IN ('gold', 'gold_state')$$, '{}'::text[], 'and makes nothing');

CALL t.setup();
SELECT t.says('SELECT * FROM zoom_gold.teardown(NULL)', '22004|argument "drop_gold" must not be null|teardown() keeps all data; teardown(drop_gold => true) drops what setup() made but silver.', 'a teardown of nobody knows what');
SELECT t.says('SELECT * FROM zoom_gold.run_step(NULL)', '22004|argument "step" must not be null|Steps are named as in the process log, such as merge_dim_user or refresh_agg_mrr.', 'a step that has no name');
SELECT t.says('SELECT * FROM zoom_gold.run_step(''x'')', '42704|there is no step "x"|Steps are named as in the process log, such as merge_dim_user or refresh_agg_mrr.', 'or an unknown one');
SELECT t.says(format('SELECT * FROM zoom_gold.refresh(targets => %L)', targets), '22023|argument "targets" must not be empty or contain nulls|Leave it out for all of gold.', 'targets: ' || targets)
FROM unnest('{"{}","{NULL}","{go_agg_mrr,NULL}"}'::text[]) AS targets;
SELECT t.says('SELECT * FROM zoom_gold.refresh(targets => ''{si_users}'')', '42P01|"si_users" is not a table that a refresh maintains|Targets are names of gold tables, such as go_agg_mrr or go_fact_billing.',
	'or what is no table of gold');
SELECT t.says(format('SELECT * FROM zoom_gold.refresh(targets => %L)', ARRAY[target]), format('42P01|"%s" is not a table that a refresh maintains|Names are in lower case: %s.', regexp_replace(target, '^gold\.', '', 'i'), meant),
	'or what would be one in lower case: ' || target)
FROM (VALUES ('Go_Agg_MRR', 'go_agg_mrr'), ('GOLD.GO_DIM_USER', 'go_dim_user'), ('gold.Go_Fact_Billing', 'go_fact_billing')) AS c (target, meant);
SELECT t.says(format('SELECT * FROM zoom_gold.refresh(wait => %L)', wait), '22023|argument "wait" must not be negative|Leave it out not to wait for a refresh that is running.', 'waiting ' || wait)
FROM unnest('{-1 second,-1 month,1 day -25 hours}'::text[]) AS wait;

-- tables that people edit: the constraint says what is allowed
SELECT matches((SELECT message FROM t.failure(command)), '"' || name || '"$', name) FROM (VALUES
	('INSERT INTO gold_state.quality_rule (rule_name, relation, condition, severity) VALUES (''r'', ''si_users'', ''true'', ''fatal'')', 'quality_rule_severity_error_or_warning'),
	('INSERT INTO gold_state.quality_rule (rule_name, relation, condition, error_type) VALUES (''r'', ''si_users'', ''true'', ''Other'')',
	 'quality_rule_error_type_data_quality_validation_processing'),
	('INSERT INTO gold_state.billing_event_class VALUES (''X'', 2)', 'billing_event_class_mrr_sign_1_0_or_minus_1'),
	('INSERT INTO gold_state.tracked_column VALUES (''company'', 3)', 'tracked_column_scd_type_1_or_2'),
	('UPDATE gold_state.relation_state SET capture = ''rows''', 'relation_state_capture_trigger_watermark_or_full')) AS c (command, name);

-- odd ones for each argument of each function in turn
\set calls :abs_srcdir '/include/calls.sql'
\i :calls
CALL t.user('u1', 'Ana');
CALL t.meeting('m1', 'u1', '2024-05-01 10:00Z');
CALL t.refresh();
CREATE ROLE zoom_gold_reader;
SELECT t.same(format($$SELECT t.bare_calls(jsonb_build_object('zoom_gold.' || %1$L, CASE %1$L
		WHEN 'invalidate' THEN '{"relation": "si_users"}' WHEN 'rebuild' THEN '{"relation": "si_users"}' WHEN 'grant_read' THEN '{"role": "zoom_gold_reader"}'
		WHEN 'active_users' THEN '{"from_date": "2024-05-01", "to_date": "2024-05-02"}'
		WHEN 'rolling_active_users' THEN '{"from_date": "2024-05-01", "to_date": "2024-05-02", "days": "7"}' ELSE '{}' END::jsonb))$$, name), '{}'::text[], 'odd arguments of ' || name)
FROM unnest('{setup,teardown,refresh,run_step,plan,invalidate,confirm_deletes,rebuild,user_as_of,active_users,rolling_active_users,grant_read,forget_user}'::text[]) AS name;
DROP OWNED BY zoom_gold_reader;
DROP ROLE zoom_gold_reader;
SELECT t.same($$SELECT zoom_gold.type_fits(o, -1, 'text') FROM unnest('{0,25,4294967295}'::oid[]) AS o$$, ARRAY['false', 'false', 'true'], 'a type that is not there fits nothing');
SELECT * FROM finish();
