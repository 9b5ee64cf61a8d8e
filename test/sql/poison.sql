\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Poison rows: whatever one row of silver holds in whatever column, no other
-- row is lost for it and no step fails.  Values are extreme: the limits of the
-- types, long texts that do not compress, odd characters.
CALL t.setup();
CREATE FUNCTION t.noise(bytes integer) RETURNS text LANGUAGE sql AS $$
	SELECT left(string_agg(md5(i::text || 'noise'), ''), bytes) FROM generate_series(1, bytes / 32 + 1) i
$$;
CREATE TABLE t.extreme (type text, value text);
INSERT INTO t.extreme
	SELECT 'text', unnest(ARRAY[NULL, '', ' ', E'\t\n', t.noise(2001), t.noise(2700), t.noise(2705), t.noise(8192), t.noise(300000), repeat('x', 1000000),
		repeat(' ', 100000), E'\u200b', E'\u0378', E'\uFEFFx', E'x\u0301', E'\U0010FFFF', E'\u00a0\u2003', '\u0000', '{', '\', '''', '"', '%s$1', '-infinity', 'NaN'])
	UNION ALL SELECT 'integer', unnest(ARRAY[NULL, '0', '-1', '-2147483648', '2147483647'])
	UNION ALL SELECT 'numeric(10,2)', unnest(ARRAY[NULL, '0', '-0.00', '-99999999.99', 'NaN'])
	UNION ALL SELECT 'date', unnest(ARRAY[NULL, 'infinity', '-infinity', '4713-01-01 BC', '5874897-12-31', '9999-12-31', '9999-12-30', '0001-01-01', '2000-01-01'])
	UNION ALL SELECT 'timestamptz', unnest(ARRAY[NULL, 'infinity', '-infinity', '4713-01-01 00:00+00 BC', '294276-12-31 23:59:59.999999+00', '9999-12-31 00:00+00',
		'9999-12-30 23:59:59.999999+00', '0001-01-01 00:00+00', '2000-01-01 00:00+00', '2038-01-19 03:14:08+00']);
CREATE TABLE t.good (table_name text, row jsonb);
INSERT INTO t.good VALUES
	('si_users', '{"user_id": "U", "user_name": "Name", "email": "a@x.example", "company": "C", "plan_type": "Pro"}'),
	('si_meetings', '{"meeting_id": "M", "host_id": "u1", "meeting_topic": "T", "start_time": "2024-02-10 10:00Z", "end_time": "2024-02-10 10:30Z", "duration_minutes": 30}'),
	('si_participants', '{"participant_id": "P", "meeting_id": "m1", "user_id": "u1", "join_time": "2024-02-10 10:00Z", "leave_time": "2024-02-10 10:10Z"}'),
	('si_feature_usage', '{"usage_id": "F", "meeting_id": "m1", "feature_name": "Chat", "usage_count": 1, "usage_date": "2024-02-10"}'),
	('si_webinars', '{"webinar_id": "W", "host_id": "u1", "webinar_topic": "T", "start_time": "2024-02-10 10:00Z", "end_time": "2024-02-10 10:30Z", "registrants": 3}'),
	('si_support_tickets', '{"ticket_id": "T", "user_id": "u1", "ticket_type": "Bug", "resolution_status": "Resolved", "open_date": "2024-02-10"}'),
	('si_licenses', '{"license_id": "L", "license_type": "Pro", "assigned_to_user_id": "u1", "start_date": "2024-02-10", "end_date": "2024-03-10"}'),
	('si_billing_events', '{"event_id": "B", "user_id": "u1", "event_type": "Subscription Fee", "amount": 10, "event_date": "2024-02-10"}');
-- each column of each relation with each value of its type; keys stay apart
CREATE TABLE t.poison AS
SELECT row_number() OVER (ORDER BY g.table_name, c.position, x.value) AS n, g.table_name, c.column_name,
	g.row || jsonb_build_object('load_timestamp', '2024-02-10 12:00Z', 'update_timestamp', NULL, 'source_system', 'ZOOM')
		|| jsonb_build_object(k.column_name, g.row ->> k.column_name || row_number() OVER (ORDER BY g.table_name, c.position, x.value))
		|| jsonb_build_object(c.column_name, x.value) AS row
FROM t.good g
JOIN zoom_gold.silver_contract() c USING (table_name)
JOIN zoom_gold.silver_contract() k ON k.table_name = g.table_name AND k.position = 1
JOIN t.extreme x ON x.type = c.data_type AND NOT (c.column_name = 'load_timestamp' AND x.value IS NULL);
CREATE PROCEDURE t.good_rows() LANGUAGE plpgsql AS $$
BEGIN
	CALL t.user('u1', 'Ana', '2024-01-01Z');
	CALL t.meeting('m1', 'u1', '2024-02-10 10:00Z');
	CALL t.participant('p1', 'm1', 'u1', '2024-02-10 10:00Z');
	CALL t.usage('f1', 'm1', 'Chat', '2024-02-10');
	CALL t.webinar('w1', 'u1', '2024-02-10 10:00Z', '2024-02-10 11:00Z');
	CALL t.ticket('t1', 'u1', 'Bug', 'Open', '2024-02-10');
	CALL t.license('l1', 'Pro', 'u1', '2024-02-10', '2024-03-10');
	CALL t.billing('b1', 'u1', 'Subscription Fee', 10, '2024-02-10');
END
$$;
CREATE PROCEDURE t.insert_poison(relation text, first bigint, last bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO silver.%1$I SELECT r.* FROM t.poison p, jsonb_populate_record(NULL::silver.%1$I, p.row) r WHERE table_name = %1$L AND n BETWEEN $1 AND $2',
		relation) USING first, last;
END
$$;
-- what a refresh says of steps that fail
CREATE FUNCTION t.failures() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT process_name || ': ' || (details ->> 'error') FROM zoom_gold.refresh() WHERE status = 'Failure' AND process_name <> 'refresh'
$$;
CALL t.clock('2024-02-11Z');
CALL t.good_rows();
CALL t.refresh();

-- all of a relation together, then all relations
CREATE FUNCTION t.poisoned(relation text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CALL t.insert_poison(relation, 1, 1000000);
	RETURN QUERY SELECT t.failures();
END
$$;
SELECT t.same(format('SELECT t.poisoned(%L)', table_name), NULL::text[], 'poison in every column of ' || table_name) FROM t.good ORDER BY table_name;
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE source_table = 'silver.si_users' AND status = 'Open' AND process_audit_info::jsonb ->> 'rule' = 'value_too_long'$$,
	(SELECT count(*)::text FROM t.poison WHERE table_name = 'si_users' AND column_name IN ('user_id', 'user_name') AND octet_length(zoom_gold.normal_text(row ->> column_name)) > 2000),
	'keys and names that no index holds are logged, one row each');
SELECT t.same($$SELECT user_name FROM gold.go_dim_user WHERE user_name = 'Ana'$$, 'Ana', 'the good user is there');
SELECT t.same($$SELECT count(*) > 0 FROM gold.go_fact_meeting_usage WHERE user_name = 'Ana' AND meeting_topic = 'Sync'$$, 'true', 'and the good meeting');
SELECT t.same($$SELECT DISTINCT process_name FROM zoom_gold.refresh(true) WHERE status = 'Failure'$$, NULL::text[], 'all read anew');
-- what came goes
SELECT zoom_gold.confirm_deletes(table_name) FROM t.good \g /dev/null
DO $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT * FROM t.good LOOP
		EXECUTE format('TRUNCATE silver.%I', g.table_name);
	END LOOP;
	CALL t.good_rows();
END
$$;
SELECT t.same('SELECT t.failures()', NULL::text[], 'poison that goes');
SELECT t.same($$SELECT count(*) FROM gold.go_error_audit_log WHERE source_table = 'silver.si_users' AND status = 'Open' AND process_audit_info::jsonb ->> 'rule' = 'value_too_long'$$,
	'0', 'and with it its errors');
SELECT t.same($$SELECT count(*) FROM gold.go_fact_meeting_usage$$, '1', 'of facts only the good remain');

-- a first load of poison
DROP SCHEMA gold, gold_state CASCADE;
CALL t.setup();
DO $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT * FROM t.good LOOP
		CALL t.insert_poison(g.table_name, 1, 1000000);
	END LOOP;
END
$$;
SELECT t.same('SELECT t.failures()', NULL::text[], 'a first load with poison');
SELECT * FROM finish();
