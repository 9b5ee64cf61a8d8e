-- Poison: each column of each silver relation with each extreme value of its
-- type, the user's own columns of si_users included.
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
		'9999-12-30 23:59:59+00', '0001-01-01 00:00+00', '2000-01-01 00:00+00', '2038-01-19 03:14:08+00'])
	UNION ALL SELECT 'float8', unnest(ARRAY[NULL, 'NaN', '-Infinity', '-0', '1e-308', '1.7976931348623157e308'])
	UNION ALL SELECT 'numeric', unnest(ARRAY[NULL, 'NaN', 'Infinity', '1e1000', '1e-1000'])
	UNION ALL SELECT 'json', unnest(ARRAY[NULL, 'null', '{"a": "\u0000"}', '{"a": "\ud800"}', '{"a": 1, "a": 2}', '[]']);
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

-- Columns of the user's own, on both sides; the names must not matter.
CREATE TABLE t.own_column (column_name text, data_type text);
INSERT INTO t.own_column VALUES ('seq', 'text'), ('Own Number', 'float8'), ('n', 'numeric'), ('extra', 'json'), ('own_date', 'date'), ('own_at', 'timestamptz');
CREATE PROCEDURE t.add_own_columns() LANGUAGE plpgsql AS $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM t.own_column LOOP
		EXECUTE format('ALTER TABLE silver.si_users ADD %I %s', c.column_name, c.data_type);
		EXECUTE format('ALTER TABLE gold.go_dim_user ADD %I %s', c.column_name, c.data_type);
	END LOOP;
END
$$;
CALL t.add_own_columns();

-- the rows; keys stay apart
CREATE TABLE t.poison AS
SELECT row_number() OVER (ORDER BY g.table_name, c.position, x.value) AS n, g.table_name, c.column_name,
	g.row || jsonb_build_object('load_timestamp', '2024-02-10 12:00Z', 'update_timestamp', NULL, 'source_system', 'ZOOM')
		|| jsonb_build_object(k.column_name, g.row ->> k.column_name || row_number() OVER (ORDER BY g.table_name, c.position, x.value)) AS row,
	x.value
FROM t.good g
JOIN (SELECT s.table_name, s.column_name, s.position, s.data_type FROM zoom_gold.silver_contract() s
	UNION ALL SELECT 'si_users', o.column_name, 1000, o.data_type FROM t.own_column o) AS c USING (table_name)
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
-- The rows from one number to another of a relation.  Values come as text, as
-- JSON does not hold all.
CREATE PROCEDURE t.insert_poison(relation text, first bigint, last bigint) LANGUAGE plpgsql AS $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT * FROM t.poison WHERE table_name = relation AND n BETWEEN first AND last ORDER BY n LOOP
		EXECUTE (SELECT format('INSERT INTO silver.%I (%s) VALUES (%s)', relation, string_agg(quote_ident(name), ', '),
				string_agg(quote_nullable(CASE WHEN name = p.column_name THEN p.value ELSE p.row ->> name END), ', '))
			FROM (SELECT jsonb_object_keys(p.row) UNION SELECT p.column_name) AS c (name));
	END LOOP;
END
$$;
-- what a refresh says of steps that fail
CREATE FUNCTION t.failures() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT process_name || ': ' || (details ->> 'error') FROM zoom_gold.refresh() WHERE status = 'Failure' AND process_name <> 'refresh'
$$;
