-- Calls with odd arguments: each argument of each function in turn, the others
-- as in a call that makes sense.
CREATE FUNCTION t.odd_values(type regtype) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT coalesce(quote_literal(v), 'NULL') FROM unnest(CASE
		WHEN type = 'boolean'::regtype THEN '{NULL}'
		WHEN type = 'integer'::regtype THEN '{NULL,0,-1,2147483647,-2147483648}'
		WHEN type = 'date'::regtype THEN '{NULL,infinity,-infinity,4713-11-24 BC}'
		WHEN type = 'timestamptz'::regtype THEN '{NULL,infinity,-infinity,4713-11-24 BC,294276-12-31}'
		WHEN type = 'interval'::regtype THEN '{NULL,-1 day,178000000 years,0}'
		WHEN type = 'jsonb'::regtype THEN ARRAY[NULL, '{}', '[]', 'null', '"x"', '1', '{"x": 1}', '{"": ""}', '{"relations": "si_users"}', '{"relations": []}', '{"relations": [null]}',
			'{"relations": ["x"]}', '{"relations": [1]}', '{"relations": null}', '{"licensed_plan": null}', '{"licensed_plan": ["Pro"]}', '{"event": 1}', '{"event": "user.created", "payload": 1}',
			'{"event": "meeting.started", "payload": {"object": {"uuid": {"x": 1}}}}', '{"event": ""}', '{"event": "user.created", "event_ts": "x", "payload": {"object": []}}']
		WHEN type = 'text[]'::regtype THEN ARRAY[NULL, '{}', '{NULL}', '{""}', '{x}', '{{go_agg_mrr},{x}}']
		ELSE ARRAY[NULL, '', ' ', 'x', repeat('y', 5000), 'a"b', 'gold', '\'] END) AS v
$$;

CREATE FUNCTION t.odd_commands(sensible jsonb) RETURNS TABLE (command text) LANGUAGE sql AS $$
	SELECT format('SELECT * FROM %s(%s)', f.oid::regproc, string_agg(format('%I => %s', a.name,
		CASE WHEN a.n = odd.n THEN odd.value ELSE quote_nullable(f.arguments ->> a.name) END), ', ' ORDER BY a.n)
		FILTER (WHERE a.n = odd.n OR f.arguments ? a.name)) AS command
	FROM (SELECT p.*, s.value AS arguments FROM jsonb_each(sensible) AS s JOIN pg_proc p ON p.oid = s.key::regproc) AS f
	JOIN LATERAL (SELECT o.n, v AS value, row_number() OVER () AS place FROM unnest(f.proargnames[:f.pronargs]) WITH ORDINALITY AS o (name, n)
		CROSS JOIN LATERAL t.odd_values(f.proargtypes[o.n - 1]::regtype) AS v) AS odd ON true
	CROSS JOIN LATERAL unnest(f.proargnames[:f.pronargs]) WITH ORDINALITY AS a (name, n)
	GROUP BY f.oid, odd.n, odd.place ORDER BY f.oid::regproc::text, odd.n, odd.place
$$;

-- What those say that fail; a call leaves nothing behind.
CREATE FUNCTION t.odd_calls(sensible jsonb) RETURNS TABLE (command text, state text, message text, hint text)
LANGUAGE plpgsql AS $$
DECLARE
	call record;
BEGIN
	FOR call IN SELECT * FROM t.odd_commands(sensible)
	LOOP
		command := call.command;
		SELECT NULL, NULL, NULL INTO state, message, hint;
		BEGIN
			EXECUTE command;
			RAISE SQLSTATE 'ZZ000';
		EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
			NULL;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
		END;
		IF state IS NOT NULL THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;

-- Those of them that do not say what to do, in words of ours.
CREATE FUNCTION t.bare_calls(sensible jsonb) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', left(c.command, 200), c.state, left(c.message, 200)) FROM t.odd_calls(sensible) c
	WHERE c.state NOT IN ('22023', '22004', '22P02', '3F000', '42602', '42704', '42P01', '55000') OR c.hint = '' AND c.message NOT LIKE 'argument%'
$$;
