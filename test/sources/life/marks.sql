\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What connectors mark their rows with: of types that say nothing, and with texts that
-- are no times, neither yes nor no.
\set sample :samples '/airbyte.sql'
\i :sample
\set sample :samples '/fivetran.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
SELECT * FROM zoom_silver.add_source('fivetran', 'zoom', '{"licensed_plan": "Pro", "relations": ["si_users"]}') \g /dev/null
SELECT * FROM zoom_silver.add_source('stripe', 'stripe_fivetran') \g /dev/null
CALL t.pull_all();
CALL t.refresh();

-- types: a clear verdict, and nothing written
CREATE FUNCTION t.verdicts(kind text, target regclass, mark text, type text, value text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	options jsonb := CASE kind WHEN 'stripe' THEN '{}'::jsonb ELSE '{"licensed_plan": "Pro"}' END;
	schema_name name := split_part(target::text, '.', 1);
BEGIN
	EXECUTE format('ALTER TABLE %1$s DROP COLUMN IF EXISTS %2$I, ADD COLUMN %2$I %3$s DEFAULT %4$s', target, mark, type, value);
	RETURN NEXT (SELECT DISTINCT concat_ws(' ', c.verdict, split_part(c.advice, '. ', 1)) FROM zoom_silver.check_source(kind, schema_name, options) c WHERE c.verdict = 'type');
	BEGIN
		PERFORM zoom_silver.add_source(kind, schema_name, options, 'another');
	EXCEPTION WHEN undefined_column THEN
		RETURN NEXT SQLSTATE || ' ' || SQLERRM;
	END;
	RETURN NEXT (SELECT p.details ->> 'error' FROM zoom_silver.pull(kind) p LIMIT 1);
	RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
	RETURN;
END
$$;
CREATE TABLE t.place AS SELECT t.silver_places() AS line;
SELECT t.same(format('SELECT * FROM t.verdicts(%L, %L, %L, %L, %L)', kind, target, mark, type, value),
	ARRAY[format('type %1$s.%2$s is of type %3$s, which is no %4$s', target, mark, said, nature),
		format('42703 source "another": %s.%s is of type %s, which is no %s', target, mark, said, nature),
		format('source "%s": %s.%s is of type %s, which is no %s', kind, target, mark, said, nature)], format('%s of type %s', mark, type))
FROM (VALUES
	('airbyte', 'raw_zoom.users', '_airbyte_extracted_at', 'bytea', '''\x00''', 'bytea', 'time'),
	('airbyte', 'raw_zoom.users', '_airbyte_emitted_at', 'timestamptz[]', '''{2025-01-01}''', 'timestamp with time zone[]', 'time'),
	('airbyte', 'raw_zoom.users', '_ab_cdc_deleted_at', 'boolean', 'false', 'boolean', 'time'),
	('airbyte', 'raw_zoom.users', '_sdc_deleted_at', 'interval', '''1 day''', 'interval', 'time'),
	('fivetran', 'zoom.users', '_fivetran_synced', 'text[]', '''{2025-01-01}''', 'text[]', 'time'),
	('fivetran', 'zoom.users', '_fivetran_deleted', 'bytea', '''\x00''', 'bytea', 'boolean'),
	('fivetran', 'zoom.users', '_fivetran_deleted', 'timestamptz', '''2025-01-01''', 'timestamp with time zone', 'boolean'),
	('stripe', 'stripe_fivetran.invoice_line_item', '_fivetran_synced', 'boolean', 'true', 'boolean', 'time')) AS v (kind, target, mark, type, value, said, nature);
SELECT t.equal('SELECT t.silver_places()', 'SELECT line FROM t.place', 'and nothing is written');

-- texts
SELECT t.same($$SELECT DISTINCT t.pull() LIKE '% Success 0 0 0 %'$$, 'true', 'all is as it was');
ALTER TABLE raw_zoom.users ALTER _airbyte_extracted_at TYPE text USING CASE first_name WHEN 'Ana' THEN 'this morning' ELSE '2025-03-03T02:00:00Z' END;
UPDATE raw_zoom.users SET display_name = 'Ana Ono' WHERE first_name = 'Ana';
ALTER TABLE zoom.users ALTER _fivetran_deleted TYPE text USING CASE first_name WHEN 'Cyrus' THEN 'perhaps' ELSE initcap(_fivetran_deleted::text) END;
ALTER TABLE stripe_fivetran.invoice_line_item ALTER livemode TYPE text USING CASE id WHEN 'il_4' THEN 'live' ELSE livemode::text END;
ALTER TABLE stripe_fivetran.invoice ALTER is_deleted TYPE text USING CASE id WHEN 'in_1' THEN 'no idea' ELSE is_deleted::text END;
CALL t.clock('2025-03-04 03:00Z');
SELECT t.same($$SELECT process_name, status FROM zoom_silver.pull() WHERE process_name ~ 'users|billing'$$,
	ARRAY['pull_airbyte_si_users|Warning', 'pull_fivetran_si_users|Warning', 'pull_stripe_si_billing_events|Warning'], 'the pull warns');
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE '%\_unreadable %'$$, ARRAY[
	(SELECT format('si_users %s update_timestamp_unreadable warning', id) FROM raw_zoom.users WHERE first_name = 'Ana'),
	(SELECT format('si_users %s gone_unreadable error', id) FROM zoom.users WHERE first_name = 'Cyrus'),
	'si_billing_events in_4/il_4 gone_unreadable error', 'si_billing_events in_1/sub_A gone_unreadable error'], 'gold tells: a time that nobody asks for is a warning');
SELECT t.same($$SELECT user_name, valid_from FROM gold.go_dim_user WHERE is_current AND user_name = 'Ana Ono'$$, 'Ana Ono|2025-03-04 03:00', 'which counts as of the pull');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT sum(inserted + updated + deleted) FROM zoom_silver.pull()', '0', 'read again, it writes nothing');
SELECT t.healthy('gold is right');
UPDATE raw_zoom.users SET _airbyte_extracted_at = '2025-03-04T04:00:00Z';
UPDATE zoom.users SET _fivetran_deleted = 'False', _fivetran_synced = '2025-03-04 04:00';
UPDATE stripe_fivetran.invoice_line_item SET livemode = 'true' WHERE livemode = 'live';
UPDATE stripe_fivetran.invoice SET is_deleted = 'false';
CALL t.clock('2025-03-05 03:00Z');
SELECT t.same($$SELECT DISTINCT status FROM zoom_silver.pull()$$, 'Success', 'mended in the source');
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE '%\_unreadable %'$$, '{}'::text[], 'gold has resolved the errors');
SELECT t.healthy('gold is right, mended');

-- a query of one's own: what it gives as a time, and what it says of itself
UPDATE zoom_silver_state.source_query SET query = $$SELECT u.id AS user_id, u.display_name AS user_name, u.email, 'no time' AS update_timestamp FROM {users} u$$
WHERE source = 'airbyte' AND relation = 'si_users';
SELECT t.same($$SELECT status FROM zoom_silver.pull('airbyte') LIMIT 1$$, 'Warning', 'a query whose update_timestamp is none');
UPDATE zoom_silver_state.source_query SET query = $$SELECT u.id AS user_id, u.display_name AS user_name, u.email, u.extracted_at + interval '2 days' AS update_timestamp, 'gone'::text AS unreadable FROM {users} u$$
WHERE source = 'airbyte' AND relation = 'si_users';
CALL t.pull_all();
SELECT t.same($$SELECT DISTINCT ON (user_id) unreadable FROM silver.si_users WHERE source_system = 'airbyte' ORDER BY user_id, update_timestamp DESC LIMIT 1$$, 'gone', 'one that says what it could not read');
SELECT * FROM finish();
