\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- A column of silver gets another type after setup(): it is read where setup()
-- would take it, and refused otherwise, whatever it holds.
CALL t.setup();
CALL t.user('u1', 'Ana'); CALL t.meeting('m1', 'u1', '2024-02-01 10:00Z'); CALL t.participant('p1', 'm1', 'u1', '2024-02-01 10:00Z');
CALL t.usage('f1', 'm1', 'Chat', '2024-02-01'); CALL t.webinar('w1', 'u1', '2024-02-01 10:00Z', '2024-02-01 11:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-02-01'); CALL t.license('l1', 'Pro', 'u1', '2024-02-01'); CALL t.billing('b1', 'u1', 'Refund', 5, '2024-02-01');
CALL t.refresh_at('2024-03-01Z');
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
CALL t.refresh();

CREATE FUNCTION t.types(wanted text) RETURNS text[] LANGUAGE sql AS $$
	SELECT CASE WHEN wanted = 'timestamptz' THEN '{text,timestamp,date,t.instant}' WHEN wanted = 'date' THEN '{text,timestamptz,timestamp}'
		WHEN wanted = 'text' THEN '{bytea,t.word,varchar,char(30)}' WHEN wanted = 'integer' THEN '{bigint,smallint,text,"numeric(9,2)"}'
		ELSE '{integer,"numeric(12,3)",numeric,text,float8}' END::text[]
$$;
CREATE DOMAIN t.instant AS timestamptz;
CREATE DOMAIN t.word AS varchar(100);
-- The relation changes in other ways meanwhile, so that it is compared in full.
CREATE FUNCTION t.try(relation text, name text, wanted text, type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[] := '{}';
	said text[];
	remedy text;
	refused boolean := NOT zoom_gold.type_fits(split_part(type, '(', 1)::regtype, CASE WHEN type LIKE '%,3)' THEN ((12 << 16) | 3) + 4 ELSE -1 END, wanted);
BEGIN
	BEGIN
		EXECUTE format('ALTER TABLE silver.%I ALTER COLUMN %I TYPE %s USING %2$I::text::%3$s', relation, name, type);
		SELECT array_agg(DISTINCT r.details ->> 'error'), max(substring(r.details ->> 'error_hint', '(ALTER TABLE .*), or put a view')) INTO said, remedy
		FROM zoom_gold.refresh() r
		WHERE r.status = 'Failure' AND r.process_name <> 'refresh' AND r.details ->> 'error' NOT LIKE 'skipped because %';
		IF NOT refused AND said IS NOT NULL OR refused AND (cardinality(said) = 1
			AND said[1] LIKE format('column "%s" of relation "silver.%s" has type %%, not %%', name, relation)) IS NOT TRUE
		THEN
			wrong := wrong || format('refused: %s; %s', refused, said);
		END IF;
		EXECUTE coalesce(remedy, format('ALTER TABLE silver.%I ALTER COLUMN %I TYPE %s USING %2$I::text::%3$s', relation, name, wanted));
		wrong := wrong || ARRAY(SELECT 'then ' || (r.details ->> 'error') FROM zoom_gold.refresh() r WHERE r.status = 'Failure');
		IF NOT refused THEN
			wrong := wrong || ARRAY(SELECT v.check_name || ': ' || v.details FROM zoom_gold.verify() v WHERE NOT v.passed);
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'YYYYY';
	EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
		NULL;
	END;
	RETURN QUERY SELECT w FROM unnest(wrong) w;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT SQLERRM;
END
$$;
-- every column once, in turn with another type
SELECT t.same($$SELECT c.table_name, c.column_name, y.types[1 + c.n % cardinality(y.types)], w
	FROM (SELECT *, row_number() OVER (PARTITION BY data_type ORDER BY table_name, position)::integer AS n FROM zoom_gold.silver_contract()) c
	CROSS JOIN LATERAL t.types(c.data_type) AS y (types), LATERAL t.try(c.table_name, c.column_name, c.data_type, y.types[1 + c.n % cardinality(y.types)]) w$$,
	'{}'::text[], 'a refresh reads what setup() takes, and refuses the rest by name');

-- a deletion's instant, which is not wanted of anybody
ALTER TABLE silver.si_billing_events ADD COLUMN deleted_at text;
SELECT t.same($$SELECT r.details ->> 'error' FROM zoom_gold.refresh() r WHERE r.process_name = 'build_fact_billing'$$,
	'column "deleted_at" of relation "silver.si_billing_events" has type text, not timestamp with time zone', 'deleted_at, too');
ALTER TABLE silver.si_billing_events DROP COLUMN deleted_at;
CALL t.refresh();
SELECT t.healthy('all is right');
SELECT * FROM finish();
