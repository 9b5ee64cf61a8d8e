\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- verify() where columns have other types or collations than the model's: it
-- compares what it can read, and names what it cannot.
CALL t.setup();
UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user';
CALL t.user('u1', 'Ana Ruiz', email => 'Ana@X.Example');
CALL t.change_user('u1', '2024-02-01 10:00Z', company => 'acme');
CALL t.user('u2', 'ana ruiz', email => 'ANA@x.example', company => 'ACME', plan => 'pro');
CALL t.user('U1', 'Bo', email => 'bo@x.example');
CALL t.meeting('m1', 'u1', '2024-01-10 10:00Z');
CALL t.meeting('M1', 'U1', '2024-01-10 10:00Z', topic => 'SYNC', source => 'zoom');
CALL t.participant('p1', 'm1', 'u2', '2024-01-10 10:00Z', '2024-01-10 10:20Z');
CALL t.usage('f1', 'M1', 'Chat', '2024-01-10');
CALL t.usage('F1', 'm1', 'chat', '2024-01-11', source => 'zoom');
CALL t.webinar('w1', 'u1', '2024-01-11 10:00Z', '2024-01-11 11:00Z');
CALL t.ticket('t1', 'u1', 'Audio', 'Open', '2024-01-12');
CALL t.ticket_status('t1', 'Resolved', '2024-01-13 10:00Z');
CALL t.ticket('T1', 'u2', 'AUDIO', 'Closed', '2024-01-12');
CALL t.license('l1', 'Pro', 'u1', '2024-01-01', '2024-05-01');
CALL t.billing('b1', 'u1', 'Subscription Fee', 10.5, '2024-01-14');
CALL t.billing('b2', 'u2', 'Gift', 3, '2024-01-14');
CALL t.refresh();
SELECT t.healthy('as the model has it');

-- Give all columns of one layer that a type's pattern takes another type.
CREATE PROCEDURE t.retype(layer text, type text, becomes text) LANGUAGE plpgsql SET TimeZone = 'UTC' AS $$
DECLARE
	c record;
BEGIN
	CALL t.drop_views();
	FOR c IN SELECT * FROM zoom_gold.model_column() WHERE table_schema = layer AND data_type = type LOOP
		BEGIN
			EXECUTE format('ALTER TABLE %I.%I ALTER %I TYPE %s', layer, c.table_name, c.column_name, becomes);
		EXCEPTION WHEN feature_not_supported OR unique_violation OR exclusion_violation THEN
			NULL;		-- an index on it does not take such a collation
		END;
	END LOOP;
END
$$;
CREATE FUNCTION t.agree(description text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE silver.si_meetings SET duration_minutes = duration_minutes + 1;
	INSERT INTO silver.si_feature_usage SELECT usage_id || 'x', meeting_id, feature_name, usage_count, usage_date, load_timestamp, update_timestamp, source_system FROM silver.si_feature_usage;
	UPDATE silver.si_users SET plan_type = 'Free', update_timestamp = update_timestamp + interval '1 day';
	UPDATE silver.si_billing_events SET amount = amount + 1;
	CALL t.refresh();
	RETURN NEXT t.healthy(description);
END
$$;

CREATE DOMAIN t.text_domain AS text;
CREATE DOMAIN t.timestamptz_domain AS timestamptz;
CREATE DOMAIN t.date_domain AS date;
CREATE DOMAIN t.integer_domain AS integer;
CREATE DOMAIN t.bigint_domain AS bigint;
CREATE DOMAIN t.boolean_domain AS boolean;
CREATE DOMAIN t.numeric_domain AS numeric(10,2);
CALL t.retype('silver', 'text', 't.text_domain');
CALL t.retype('silver', 'timestamptz', 't.timestamptz_domain');
CALL t.retype('silver', 'date', 't.date_domain');
CALL t.retype('silver', 'integer', 't.integer_domain');
CALL t.retype('silver', 'numeric(10,2)', 't.numeric_domain');
SELECT t.agree('domains in silver');
CALL t.retype('gold', 'text', 't.text_domain');
CALL t.retype('gold', 'timestamptz', 't.timestamptz_domain');
CALL t.retype('gold', 'date', 't.date_domain');
CALL t.retype('gold', 'integer', 't.integer_domain');
CALL t.retype('gold', 'bigint', 't.bigint_domain');
CALL t.retype('gold', 'boolean', 't.boolean_domain');
CALL t.retype('gold', 'numeric(10,2)', 't.numeric_domain');
SELECT t.agree('domains in gold');
CALL t.retype('silver', 'text', 'varchar(3000)');
CALL t.retype('silver', 'timestamptz', 'timestamptz(3)');
CALL t.retype('silver', 'date', 'date');
CALL t.retype('silver', 'integer', 'smallint');
CALL t.retype('silver', 'numeric(10,2)', 'integer');
SELECT t.agree('narrower types in silver');
CALL t.retype('gold', 'text', 'varchar(3000)');
CALL t.retype('gold', 'timestamptz', 'timestamp');
CALL t.retype('gold', 'date', 'timestamp');
CALL t.retype('gold', 'integer', 'numeric');
CALL t.retype('gold', 'bigint', 'numeric');
CALL t.retype('gold', 'boolean', 'boolean');
CALL t.retype('gold', 'numeric(10,2)', 'numeric');
CALL t.retype('gold', 'numeric(5,2)', 'numeric(30,10)');
SELECT t.agree('wider types in gold');

-- collations that take different texts for the same
SELECT count(*) > 0 AS with_icu FROM pg_collation WHERE collprovider = 'i' \gset
\if :with_icu
CREATE COLLATION t.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
\else
CREATE COLLATION t.no_case FROM "C";
\endif
CALL t.retype('silver', 'text', 'text COLLATE t.no_case');
SELECT t.agree('a non-deterministic collation in silver');
CALL t.retype('gold', 'text', 'text COLLATE t.no_case');
SELECT t.agree('and in gold');
ALTER TABLE silver.si_users ADD own_column text COLLATE t.no_case DEFAULT 'x';
ALTER TABLE gold.go_dim_user ADD own_column text COLLATE t.no_case;
UPDATE silver.si_users SET own_column = 'X', update_timestamp = update_timestamp + interval '1 day';
SELECT t.agree('and of an own column');
CALL t.retype('silver', 'text', 'text COLLATE "C"');
CALL t.retype('gold', 'text', 'text COLLATE "C"');
SELECT t.agree('and back');
SELECT t.same('SELECT count(*) FROM zoom_gold.refresh(true) WHERE status = ''Failure''', '0', 'in full');
SELECT t.healthy('it is as right');

-- types that cannot be read are named
-- What verify() finds when a column has such a type, and all is as before.
CREATE FUNCTION t.verify_of(relation text, col text, type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text[];
BEGIN
	EXECUTE format('ALTER TABLE %s ALTER %I DROP NOT NULL', relation, col);
	EXECUTE format('ALTER TABLE %s ALTER %I TYPE %s USING NULL', relation, col, type);
	said := ARRAY(SELECT concat_ws('|', check_name, passed, details) FROM zoom_gold.verify() WHERE NOT passed);
	RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = array_to_string(said, E'\n');
EXCEPTION WHEN SQLSTATE 'P0099' THEN
	RETURN SQLERRM;
END
$$;
SELECT is(t.verify_of(relation, col, type), said, format('column %s of %s as %s', col, relation, type)) FROM (VALUES
	('silver.si_meetings', 'start_time', 'text', 'si_meetings|f|relation "silver.si_meetings" has column "start_time" of type text, not timestamp with time zone: nothing is compared'),
	('silver.si_meetings', 'start_time', 'timestamp', 'si_meetings|f|relation "silver.si_meetings" has column "start_time" of type timestamp without time zone, not timestamp with time zone: nothing is compared'),
	('silver.si_billing_events', 'amount', 'text', 'si_billing_events|f|relation "silver.si_billing_events" has column "amount" of type text, not numeric: nothing is compared'),
	('silver.si_users', 'user_id', 'bigint', 'si_users|f|relation "silver.si_users" has column "user_id" of type bigint, not text: nothing is compared'),
	('gold_state.slice', 'row_count', 'numeric', 'slice|f|relation "gold_state.slice" has column "row_count" of type numeric, not integer: nothing is compared')) AS c (relation, col, type, said);
SELECT * FROM finish();
