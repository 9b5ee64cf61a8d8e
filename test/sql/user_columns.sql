\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Columns of the user's own, and tracked columns of Type 1.
CALL t.setup();
CALL t.user('u1', 'Ana', '2024-01-01Z');
CALL t.user('u2', 'Bo', '2024-01-01Z', email => 'bo@x.example');
CALL t.change_user('u2', '2024-02-01Z', plan => 'Pro');
CALL t.refresh_at('2024-02-02Z');

-- a column on one side only is left alone
ALTER TABLE silver.si_users ADD COLUMN shoe_size integer;
ALTER TABLE gold.go_dim_user ADD COLUMN note text;
UPDATE gold.go_dim_user SET note = 'kept ' || user_name || ' ' || plan_type;
CREATE TEMP TABLE before AS SELECT ctid AS place, * FROM gold.go_dim_user;
CALL t.refresh_at('2024-02-03Z');
SELECT t.equal('SELECT ctid AS place, * FROM gold.go_dim_user', 'SELECT * FROM before', 'columns of the user''s on one side change nothing');
CALL t.change_user('u1', '2024-02-04Z', plan => 'Pro');
UPDATE silver.si_users SET shoe_size = 43, update_timestamp = '2024-02-04Z' WHERE user_id = 'u2';
CALL t.refresh_at('2024-02-05Z');
SELECT t.same('SELECT user_name, plan_type, note, valid_to FROM gold.go_dim_user', ARRAY['Ana|Free|kept Ana Free|2024-02-04 00:00', 'Ana|Pro|-|9999-12-31 00:00',
	'Bo|Free|kept Bo Free|2024-02-01 00:00', 'Bo|Pro|kept Bo Pro|9999-12-31 00:00'], 'a column of gold survives updates, one of silver opens no version');

-- a column on both sides is tracked
ALTER TABLE silver.si_users ADD COLUMN region text;
ALTER TABLE gold.go_dim_user ADD COLUMN region text;
CALL t.refresh_at('2024-02-06Z');
SELECT t.same('SELECT count(*) FROM gold.go_dim_user', '4', 'adding one opens no version');
CALL t.clock('2024-02-07Z');
UPDATE silver.si_users SET region = 'North', update_timestamp = '2024-02-07Z';
CALL t.refresh_at('2024-02-08Z');
SELECT t.same('SELECT user_name, region FROM gold.go_dim_user WHERE is_current', ARRAY['Ana|North', 'Bo|North'], 'a value in it is taken');
UPDATE silver.si_users SET region = 'South', update_timestamp = '2024-02-09Z' WHERE user_id = 'u1';
DELETE FROM silver.si_users WHERE user_id = 'u2';
CALL t.refresh_at('2024-02-10Z');
SELECT t.same($$SELECT user_name, region, valid_to FROM gold.go_dim_user WHERE valid_to > '2024-02-07Z'$$,
	ARRAY['Ana|North|2024-02-09 00:00', 'Ana|South|9999-12-31 00:00', 'Bo|North|2024-02-08 00:00'],
	'changes of it open versions; a deletion in the same run closes');
SELECT t.healthy('history is sound');

-- Type 1: overwritten in every version
INSERT INTO gold_state.tracked_column (column_name, scd_type) VALUES ('company', 1);
CALL t.user('u3', 'Cy', '2024-01-01Z', email => 'cy@x.example', company => 'One');
CALL t.change_user('u3', '2024-02-01Z', plan => 'Pro');
CALL t.change_user('u3', '2024-02-02Z', company => 'Two');
CALL t.refresh_at('2024-02-11Z');
SELECT t.same($$SELECT company, plan_type, valid_from FROM gold.go_dim_user WHERE user_name = 'Cy'$$, ARRAY['Two|Free|2024-01-01 00:00', 'Two|Pro|2024-02-01 00:00'],
	'a Type 1 column has its newest value in every version, closed ones too, and opens none');
CALL t.change_user('u3', '2024-02-12Z', company => 'Three');
CALL t.refresh_at('2024-02-12Z');
SELECT t.same($$SELECT company, plan_type, valid_to FROM gold.go_dim_user WHERE user_name = 'Cy'$$, ARRAY['Three|Free|2024-02-01 00:00', 'Three|Pro|9999-12-31 00:00'],
	'a change overwrites it everywhere');
INSERT INTO silver.si_users (user_id, user_name, email, company, plan_type, load_timestamp) VALUES ('u3', 'Cy', 'cy@x.example', 'Old', 'Basic', '2024-01-15Z');
CALL t.refresh_at('2024-02-13Z');
SELECT t.same($$SELECT company, plan_type, valid_from FROM gold.go_dim_user WHERE user_name = 'Cy'$$,
	ARRAY['Three|Free|2024-01-01 00:00', 'Three|Basic|2024-01-15 00:00', 'Three|Pro|2024-02-01 00:00'], 'a late version does not');
INSERT INTO gold_state.tracked_column (column_name, scd_type) VALUES ('region', 1);
CALL t.refresh_at('2024-02-14Z');
SELECT t.same($$SELECT region, valid_from FROM gold.go_dim_user WHERE user_name = 'Ana' AND valid_from >= '2024-02-04Z'$$, 'South|2024-02-04 00:00',
	'declaring a column of one''s own Type 1 folds its versions');
DELETE FROM gold_state.tracked_column;
CALL t.refresh_at('2024-02-15Z');
SELECT t.same($$SELECT company, plan_type, valid_from FROM gold.go_dim_user WHERE user_name = 'Cy'$$,
	ARRAY['One|Free|2024-01-01 00:00', 'Old|Basic|2024-01-15 00:00', 'One|Pro|2024-02-01 00:00', 'Two|Pro|2024-02-02 00:00', 'Three|Pro|2024-02-12 00:00'],
	'declared Type 2 again, history is there: nothing was forgotten');
SELECT t.healthy('history is sound');

-- facts and aggregates with columns of the user's
ALTER TABLE gold.go_fact_meeting_usage ADD COLUMN mark integer;
ALTER TABLE gold.go_agg_meeting_minutes ADD COLUMN mark integer DEFAULT 7;
ALTER TABLE silver.si_meetings ADD COLUMN room text;
CALL t.meeting('m1', 'u1', '2024-02-10 10:00Z');
CALL t.meeting('m2', 'u1', '2024-02-10 11:00Z', topic => 'Other');
CALL t.refresh_at('2024-02-16Z');
SELECT t.same($$SELECT mark, total_meeting_minutes FROM gold.go_agg_meeting_minutes WHERE period_type = 'Daily'$$, '7|60', 'defaults of gold columns hold');
UPDATE gold.go_fact_meeting_usage SET mark = 5;
UPDATE silver.si_meetings SET room = 'A', update_timestamp = '2024-02-16Z' WHERE meeting_id = 'm2';
CALL t.meeting('m3', 'u1', '2024-02-10 12:00Z', topic => 'Third');
CALL t.refresh_at('2024-02-17Z');
SELECT t.same('SELECT meeting_topic, mark FROM gold.go_fact_meeting_usage', ARRAY['Sync|5', 'Other|5', 'Third|-'], 'unchanged rows keep a user''s column');
ALTER TABLE gold.go_fact_meeting_usage DROP COLUMN mark;
CALL t.meeting('m4', 'u1', '2024-02-10 13:00Z', topic => 'Fourth');
CALL t.refresh_at('2024-02-18Z');
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '4', 'and may drop it again');
SELECT t.healthy('all is consistent');
SELECT * FROM finish();
