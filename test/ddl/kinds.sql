-- What people do to tables: statements, and what undoes them.
--
-- In them {table} is a table of any layer, {gold}, {state} and {silver} one of
-- that layer, {parted} a relation of silver that may be partitioned; {name} is
-- its name alone, {column} and {type} one of its columns, {other} a type that
-- holds as much, {odd} one that does not do, {index} an index of it.  What a
-- column of a log held nothing gives back: they lose none.
CREATE SCHEMA ddl;
CREATE TYPE ddl.mood AS ENUM ('low', 'high');
CREATE TYPE ddl.span AS RANGE (subtype = integer);
CREATE TYPE ddl.pair AS (a integer, b text);
CREATE DOMAIN ddl.named_pair AS ddl.pair CHECK ((value).a > 0);
CREATE TABLE ddl.kind (
	does text NOT NULL,
	undoes text NOT NULL,
	since integer NOT NULL DEFAULT 15,		-- this version of PostgreSQL
	-- "values": it takes some from gold or gold_state, which only a full refresh
	-- puts back; "history": what was is not known any more, so that gold cannot
	-- equal that of a database which knows
	loses text);

-- every form of ALTER TABLE that leaves the columns alone
INSERT INTO ddl.kind (does, undoes) VALUES
	('ALTER TABLE {table} ALTER {column} SET STATISTICS 10', 'ALTER TABLE {table} ALTER {column} SET STATISTICS -1'),
	('ALTER TABLE {table} ALTER {column} SET (n_distinct = 5)', 'ALTER TABLE {table} ALTER {column} RESET (n_distinct)'),
	('ALTER TABLE {table} ALTER {column} SET STORAGE EXTERNAL', 'ALTER TABLE {table} ALTER {column} SET STORAGE EXTENDED'),
	('ALTER TABLE {table} ALTER {column} SET COMPRESSION pglz', 'ALTER TABLE {table} ALTER {column} SET COMPRESSION DEFAULT'),
	('ALTER TABLE {gold} ALTER {column} SET DEFAULT NULL', 'ALTER TABLE {gold} ALTER {column} DROP DEFAULT'),
	('ALTER TABLE {table} ALTER {column} DROP NOT NULL', ''),
	('ALTER TABLE {gold} ALTER source_system SET NOT NULL', 'ALTER TABLE {gold} ALTER source_system DROP NOT NULL'),
	('ALTER TABLE {table} ADD CONSTRAINT own_check CHECK ({column} IS NOT NULL) NO INHERIT', 'ALTER TABLE {table} DROP CONSTRAINT own_check'),
	('ALTER TABLE {table} ADD CONSTRAINT own CHECK (true) NOT VALID; ALTER TABLE {table} RENAME CONSTRAINT own TO own_check; ALTER TABLE {table} VALIDATE CONSTRAINT own_check', 'ALTER TABLE {table} DROP CONSTRAINT own_check'),
	('ALTER TABLE {gold} ADD CONSTRAINT own_bar CHECK (load_date < ''2000-01-01'') NOT VALID', 'ALTER TABLE {gold} DROP CONSTRAINT own_bar'),
	('ALTER TABLE {table} ADD CONSTRAINT own_unique UNIQUE ({column})', 'ALTER TABLE {table} DROP CONSTRAINT own_unique'),
	('CREATE UNIQUE INDEX own_index ON {table} ({column}); ALTER TABLE {table} ADD CONSTRAINT own_unique UNIQUE USING INDEX own_index DEFERRABLE', 'ALTER TABLE {table} DROP CONSTRAINT own_unique'),
	('ALTER TABLE {table} ADD CONSTRAINT own_key PRIMARY KEY ({column})', 'ALTER TABLE {table} DROP CONSTRAINT own_key; ALTER TABLE {table} ALTER {column} DROP NOT NULL'),
	('ALTER TABLE {table} ADD CONSTRAINT own_exclude EXCLUDE ({column} WITH =)', 'ALTER TABLE {table} DROP CONSTRAINT own_exclude'),
	('CREATE TABLE public.parent (own_reference text PRIMARY KEY); ALTER TABLE {table} ADD own_reference text REFERENCES public.parent; ALTER TABLE {table} ALTER CONSTRAINT {name}_own_reference_fkey DEFERRABLE', 'ALTER TABLE {table} DROP own_reference; DROP TABLE public.parent'),
	('CREATE TRIGGER own_trigger BEFORE UPDATE ON {gold} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', 'DROP TRIGGER own_trigger ON {gold}'),
	('ALTER TABLE {gold} DISABLE TRIGGER USER', 'ALTER TABLE {gold} ENABLE TRIGGER USER'),
	('CREATE RULE own_rule AS ON DELETE TO {table} DO ALSO NOTHING', 'DROP RULE own_rule ON {table}'),
	('CREATE RULE own_rule AS ON DELETE TO {table} DO ALSO NOTHING; ALTER TABLE {table} DISABLE RULE own_rule', 'DROP RULE own_rule ON {table}'),
	('ALTER TABLE {table} ENABLE ROW LEVEL SECURITY', 'ALTER TABLE {table} DISABLE ROW LEVEL SECURITY'),
	('ALTER TABLE {table} FORCE ROW LEVEL SECURITY', 'ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY'),
	('ALTER TABLE {table} CLUSTER ON {index}', 'ALTER TABLE {table} SET WITHOUT CLUSTER'),
	('ALTER TABLE {table} SET WITHOUT OIDS', ''),
	('ALTER TABLE {table} SET ACCESS METHOD heap', ''),
	('ALTER TABLE {table} SET TABLESPACE pg_default', ''),
	('ALTER TABLE {table} SET UNLOGGED', 'ALTER TABLE {table} SET LOGGED'),
	('ALTER TABLE {table} SET (fillfactor = 50, autovacuum_enabled = false, toast.autovacuum_enabled = false)', 'ALTER TABLE {table} RESET (fillfactor, autovacuum_enabled, toast.autovacuum_enabled)'),
	('CREATE TABLE public.father (LIKE {table}); ALTER TABLE {table} INHERIT public.father', 'ALTER TABLE {table} NO INHERIT public.father; DROP TABLE public.father'),
	('CREATE TABLE public.child () INHERITS ({table})', 'DROP TABLE public.child'),
	('DO $do$ BEGIN EXECUTE (SELECT format(''CREATE TYPE public.own_type AS (%s)'', string_agg(format(''%I %s'', attname, format_type(atttypid, atttypmod)), '', '' ORDER BY attnum)) FROM pg_attribute WHERE attrelid = ''{table}''::regclass AND attnum > 0 AND NOT attisdropped); END $do$; ALTER TABLE {table} OF public.own_type', 'ALTER TABLE {table} NOT OF; DROP TYPE public.own_type'),
	('ALTER TABLE {table} OWNER TO zoom_gold_ddl', 'ALTER TABLE {table} OWNER TO postgres'),
	('ALTER TABLE {table} REPLICA IDENTITY FULL', ''),
	('ALTER TABLE {table} REPLICA IDENTITY NOTHING', ''),
	('ALTER TABLE {gold} REPLICA IDENTITY NOTHING; CREATE PUBLICATION own_table FOR TABLE {gold}', 'DROP PUBLICATION own_table; ALTER TABLE {gold} REPLICA IDENTITY FULL'),
	('CREATE PUBLICATION own_gold FOR TABLES IN SCHEMA gold, gold_state', 'DROP PUBLICATION own_gold'),
	('CREATE PUBLICATION own_all FOR ALL TABLES', 'DROP PUBLICATION own_all');

-- columns that are added, changed, renamed and dropped
INSERT INTO ddl.kind (does, undoes) VALUES
	('ALTER TABLE {table} ADD own_column integer DEFAULT 7', 'ALTER TABLE {table} DROP own_column'),
	('ALTER TABLE {table} ADD own_column integer; ALTER TABLE {table} DROP own_column', ''),
	('ALTER TABLE {table} ADD own_number float8 DEFAULT random()', 'ALTER TABLE {table} DROP own_number'),
	('ALTER TABLE {table} ADD own_number integer GENERATED BY DEFAULT AS IDENTITY; ALTER TABLE {table} ALTER own_number SET GENERATED ALWAYS SET INCREMENT BY 2 RESTART', 'ALTER TABLE {table} ALTER own_number DROP IDENTITY; ALTER TABLE {table} DROP own_number'),
	('ALTER TABLE {table} ADD own_number integer DEFAULT 3 NOT NULL; ALTER TABLE {table} ALTER own_number DROP DEFAULT', 'ALTER TABLE {table} DROP own_number'),
	('ALTER TABLE {gold} ADD own_stored text GENERATED ALWAYS AS (upper(source_system)) STORED', 'ALTER TABLE {gold} DROP own_stored'),
	('ALTER TABLE {silver} ADD own_stored text GENERATED ALWAYS AS (upper(source_system)) STORED; ALTER TABLE {silver} ALTER own_stored DROP EXPRESSION', 'ALTER TABLE {silver} DROP own_stored'),
	('ALTER TABLE {gold} ADD own_stored integer GENERATED ALWAYS AS (1 / (length(source_system) - 4)) STORED', 'ALTER TABLE {gold} DROP own_stored'),
	('ALTER TABLE {table} ADD own_short varchar(3) NOT NULL DEFAULT ''abc''', 'ALTER TABLE {table} DROP own_short'),
	('CREATE DOMAIN public.own_domain AS text CHECK (value <> ''''); ALTER TABLE {table} ADD own_value public.own_domain', 'DROP DOMAIN public.own_domain CASCADE'),
	('{views}; ALTER TABLE {gold} ALTER {column} TYPE {other}', '{views}; ALTER TABLE {gold} ALTER {column} TYPE {type}'),
	('{views}; ALTER TABLE {gold} ALTER {column} TYPE {other}', '{views}; ALTER TABLE {gold} ALTER {column} TYPE {type}'),
	('{views}; ALTER TABLE {gold} ALTER {column} TYPE {odd}', '{views}; ALTER TABLE {gold} ALTER {column} TYPE {type} USING {column}::text::{type}'),
	('{views}; CREATE DOMAIN public.own_type AS {type}; ALTER TABLE {gold} ALTER {column} TYPE public.own_type', '{views}; ALTER TABLE {gold} ALTER {column} TYPE {type}; DROP DOMAIN public.own_type'),
	('{views}; ALTER TABLE {gold} ALTER source_system TYPE text COLLATE ddl.no_case', '{views}; ALTER TABLE {gold} ALTER source_system TYPE text COLLATE "default"'),
	('{views}; ALTER TABLE {gold} RENAME {column} TO other', 'ALTER TABLE {gold} RENAME other TO {column}'),
	('ALTER TABLE {state} ALTER {column} TYPE {other}', 'ALTER TABLE {state} ALTER {column} TYPE {type} USING {column}::{type}'),
	('ALTER TABLE {state} ALTER {column} TYPE {odd}', 'ALTER TABLE {state} ALTER {column} TYPE {type} USING {column}::text::{type}'),
	('ALTER TABLE {silver} ALTER {column} TYPE {other}', 'ALTER TABLE {silver} ALTER {column} TYPE {type}'),
	('ALTER TABLE {silver} ALTER {column} TYPE {odd} USING {column}::text::{odd}', 'ALTER TABLE {silver} ALTER {column} TYPE {type} USING {column}::text::{type}'),
	('CREATE DOMAIN public.own_type AS {type}; ALTER TABLE {silver} ALTER {column} TYPE public.own_type', 'ALTER TABLE {silver} ALTER {column} TYPE {type}; DROP DOMAIN public.own_type'),
	('ALTER TABLE {silver} ALTER source_system TYPE text COLLATE ddl.no_case', 'ALTER TABLE {silver} ALTER source_system TYPE text COLLATE "default"'),
	('ALTER TABLE {silver} RENAME {column} TO other', 'ALTER TABLE {silver} RENAME other TO {column}'),
	('ALTER TABLE silver.si_users ADD own_kept text; ALTER TABLE gold.go_dim_user ADD own_kept text; UPDATE silver.si_users SET own_kept = company', 'ALTER TABLE gold.go_dim_user DROP own_kept; ALTER TABLE silver.si_users DROP own_kept'),
	('ALTER TABLE silver.si_users ADD own_kept text DEFAULT ''x''; ALTER TABLE gold.go_dim_user ADD own_kept varchar(20); ALTER TABLE silver.si_users RENAME own_kept TO own_renamed; ALTER TABLE gold.go_dim_user RENAME own_kept TO own_renamed', 'ALTER TABLE gold.go_dim_user DROP own_renamed; ALTER TABLE silver.si_users DROP own_renamed');
-- columns of every sort of type, some without an equality
INSERT INTO ddl.kind (does, undoes)
SELECT format(d.does, t.type, t.value), 'ALTER TABLE gold.go_dim_user DROP own_sort; ALTER TABLE {table} DROP own_sort; ALTER TABLE silver.si_users DROP own_sort'
FROM (VALUES ('ALTER TABLE {table} ADD own_sort %s DEFAULT %L'),
			 ('ALTER TABLE {table} ADD own_sort %s DEFAULT %L NOT NULL'),
			 ('ALTER TABLE silver.si_users ADD own_sort %s DEFAULT %L; ALTER TABLE gold.go_dim_user ADD own_sort %1$s; UPDATE silver.si_users SET own_sort = NULL WHERE company = ''Acme''')) AS d (does),
	(VALUES ('ddl.mood', 'low'), ('ddl.mood[]', '{low,NULL}'), ('ddl.span', '[1,3)'), ('ddl.pair', '(1,"a b")'), ('ddl.pair[]', '{"(1,a)"}'),
			('ddl.named_pair', '(2,)'), ('int4multirange', '{[1,3),[5,7)}'), ('json', '{"a": 1}'), ('xml', '<a/>'), ('point', '(1,2)'), ('bit(3)', '101'), ('tsvector', 'a b'), ('"char"', 'x')) AS t (type, value);
INSERT INTO ddl.kind (does, undoes) VALUES
	('ALTER TABLE silver.si_users ADD own_number integer GENERATED ALWAYS AS IDENTITY; ALTER TABLE gold.go_dim_user ADD own_number integer', 'ALTER TABLE gold.go_dim_user DROP own_number; ALTER TABLE silver.si_users DROP own_number'),
	('ALTER TABLE silver.si_users ADD own_stored text GENERATED ALWAYS AS (upper(company)) STORED; ALTER TABLE gold.go_dim_user ADD own_stored text', 'ALTER TABLE gold.go_dim_user DROP own_stored; ALTER TABLE silver.si_users DROP own_stored'),
	('ALTER TABLE silver.si_users ADD own_stored text DEFAULT ''x''; ALTER TABLE gold.go_dim_user ADD own_stored text GENERATED ALWAYS AS (upper(company)) STORED', 'ALTER TABLE gold.go_dim_user DROP own_stored; ALTER TABLE silver.si_users DROP own_stored'),
	('ALTER TABLE silver.si_users ADD own_number integer DEFAULT 1; ALTER TABLE gold.go_dim_user ADD own_number integer GENERATED ALWAYS AS IDENTITY', 'ALTER TABLE gold.go_dim_user DROP own_number; ALTER TABLE silver.si_users DROP own_number');
INSERT INTO ddl.kind (does, undoes, loses) VALUES
	('ALTER TABLE {state} RENAME {column} TO other', 'ALTER TABLE {state} RENAME other TO {column}', 'history'),
	('ALTER TABLE {gold} DROP {column} CASCADE', 'ALTER TABLE {gold} ADD {column} {type}', 'values'),
	('ALTER TABLE {state} DROP {column} CASCADE', 'SELECT FROM zoom_gold.setup()', 'history'),
	('ALTER TABLE {silver} DROP {column} CASCADE', 'ALTER TABLE {silver} ADD {column} {type}', 'history');
-- what later versions know
INSERT INTO ddl.kind (does, undoes, since) VALUES
	('ALTER TABLE {table} ALTER {column} SET STORAGE DEFAULT', '', 16),
	('ALTER TABLE {gold} ADD own_stored text GENERATED ALWAYS AS (upper(source_system)) STORED; ALTER TABLE {gold} ALTER own_stored SET EXPRESSION AS (lower(source_system))', 'ALTER TABLE {gold} DROP own_stored', 17),
	('ALTER TABLE {silver} ADD own_stored text GENERATED ALWAYS AS (upper(source_system)) STORED; ALTER TABLE {silver} ALTER own_stored SET EXPRESSION AS (1 / 0)', 'ALTER TABLE {silver} DROP own_stored', 17),
	('ALTER TABLE silver.si_users ADD own_kept text GENERATED ALWAYS AS (upper(company)) STORED; ALTER TABLE gold.go_dim_user ADD own_kept text; ALTER TABLE silver.si_users ALTER own_kept SET EXPRESSION AS (lower(company))', 'ALTER TABLE gold.go_dim_user DROP own_kept; ALTER TABLE silver.si_users DROP own_kept', 17),
	('ALTER TABLE {table} SET ACCESS METHOD DEFAULT; ALTER TABLE {table} ALTER {column} SET STATISTICS DEFAULT', '', 17),
	('ALTER TABLE {table} ADD own_virtual integer GENERATED ALWAYS AS (1) VIRTUAL', 'ALTER TABLE {table} DROP own_virtual', 18),
	('ALTER TABLE silver.si_users ADD own_virtual text GENERATED ALWAYS AS (upper(company)) VIRTUAL; ALTER TABLE gold.go_dim_user ADD own_virtual text', 'ALTER TABLE gold.go_dim_user DROP own_virtual; ALTER TABLE silver.si_users DROP own_virtual', 18),
	('ALTER TABLE {table} ADD CONSTRAINT own_check CHECK (true) NOT ENFORCED', 'ALTER TABLE {table} DROP CONSTRAINT own_check', 18),
	('ALTER TABLE {gold} ADD CONSTRAINT own_bar CHECK (load_date < ''2000-01-01'') NOT ENFORCED', 'ALTER TABLE {gold} DROP CONSTRAINT own_bar', 18),
	('CREATE TABLE public.parent (own_reference text PRIMARY KEY); ALTER TABLE {table} ADD own_reference text DEFAULT ''none''; ALTER TABLE {table} ADD CONSTRAINT own_fk FOREIGN KEY (own_reference) REFERENCES public.parent NOT ENFORCED', 'ALTER TABLE {table} DROP own_reference; DROP TABLE public.parent', 18),
	('ALTER TABLE {table} ADD own_integer integer NOT NULL DEFAULT 1; ALTER TABLE {table} ADD CONSTRAINT own_not_null NOT NULL own_integer NOT VALID', 'ALTER TABLE {table} DROP own_integer', 18),
	('ALTER TABLE {table} ADD CONSTRAINT own_not_null NOT NULL {column} NOT VALID', 'ALTER TABLE {table} DROP CONSTRAINT own_not_null', 18),
	('ALTER TABLE {gold} ADD own_integer integer DEFAULT 1; ALTER TABLE {gold} ADD CONSTRAINT own_not_null NOT NULL own_integer NO INHERIT; ALTER TABLE {gold} ALTER CONSTRAINT own_not_null INHERIT', 'ALTER TABLE {gold} DROP own_integer', 18),
	('VACUUM (FULL, ANALYZE) ONLY {parted}; ANALYZE ONLY {parted}', '', 18),
	('REVOKE MAINTAIN ON {table} FROM CURRENT_USER', 'GRANT MAINTAIN ON {table} TO CURRENT_USER', 17),
	('ALTER TABLE {parted} ADD CONSTRAINT own_exclude EXCLUDE (load_timestamp WITH =, {column} WITH =)', 'ALTER TABLE {parted} DROP CONSTRAINT own_exclude', 17),
	('MERGE INTO {parted} AS t USING (SELECT DISTINCT load_timestamp FROM {parted} WHERE source_system = ''DESK'') AS s ON t.load_timestamp = s.load_timestamp WHEN MATCHED THEN UPDATE SET source_system = ''PHONE'' WHEN NOT MATCHED BY SOURCE AND t.source_system = ''BULK'' THEN DELETE RETURNING merge_action()', '', 17),
	('DO $do$ BEGIN EXECUTE format(''COPY silver.si_licenses TO %1$L; DELETE FROM silver.si_licenses; COPY silver.si_licenses FROM %1$L (ON_ERROR ignore)'', current_setting(''data_directory'') || ''/own.copy''); END $do$', '', 17),
	('UPDATE {parted} SET source_system = ''PHONE'' WHERE source_system = ''DESK'' RETURNING old.source_system, new.*', '', 18),
	('ALTER TABLE {table} ADD own_of int4range, ADD own_during daterange; ALTER TABLE {table} ADD CONSTRAINT own_unique UNIQUE (own_of, own_during WITHOUT OVERLAPS)', 'ALTER TABLE {table} DROP own_of, DROP own_during', 18),
	('ALTER TABLE {table} ADD own_of int4range DEFAULT int4range((random() * 1e9)::integer, NULL), ADD own_during daterange DEFAULT ''(,)''; ALTER TABLE {table} ADD CONSTRAINT own_key PRIMARY KEY (own_of, own_during WITHOUT OVERLAPS)', 'ALTER TABLE {table} DROP own_of, DROP own_during', 18),
	('ALTER TABLE {gold} ADD own_of int4range; ALTER TABLE {gold} ALTER own_of SET DEFAULT ''[1,2)'', ADD own_during daterange DEFAULT ''(,)''; ALTER TABLE {gold} ADD CONSTRAINT own_unique UNIQUE (own_of, own_during WITHOUT OVERLAPS)', 'ALTER TABLE {gold} DROP own_of, DROP own_during', 18),
	('CREATE TABLE public.parent (own_of int4range, own_during daterange, UNIQUE (own_of, own_during WITHOUT OVERLAPS)); ALTER TABLE {table} ADD own_of int4range, ADD own_during daterange; ALTER TABLE {table} ADD CONSTRAINT own_fk FOREIGN KEY (own_of, PERIOD own_during) REFERENCES public.parent (own_of, PERIOD own_during)', 'ALTER TABLE {table} DROP own_of, DROP own_during; DROP TABLE public.parent', 18),
	('CREATE TABLE public.parent (own_reference text PRIMARY KEY); ALTER TABLE {table} ADD own_reference text; ALTER TABLE {table} ADD CONSTRAINT own_fk FOREIGN KEY (own_reference) REFERENCES public.parent NOT ENFORCED; ALTER TABLE {table} ALTER CONSTRAINT own_fk ENFORCED', 'ALTER TABLE {table} DROP own_reference; DROP TABLE public.parent', 18),
	('ALTER TABLE {gold} ADD own_virtual text GENERATED ALWAYS AS (nullif(source_system, ''DESK'')) VIRTUAL NOT NULL', 'ALTER TABLE {gold} DROP own_virtual', 18),
	('ALTER TABLE {gold} ADD own_virtual text GENERATED ALWAYS AS (lower(source_system)) VIRTUAL; ALTER TABLE {gold} ADD CONSTRAINT own_check CHECK (own_virtual <> ''desk'') NOT VALID', 'ALTER TABLE {gold} DROP own_virtual', 18),
	('ALTER TABLE {table} ADD own_virtual integer GENERATED ALWAYS AS (1) VIRTUAL; ALTER TABLE {table} ALTER own_virtual SET EXPRESSION AS (1 / 0)', 'ALTER TABLE {table} DROP own_virtual', 18),
	('ALTER TABLE silver.si_users ADD own_virtual integer GENERATED ALWAYS AS (1 / (length(company) - 4)) VIRTUAL; ALTER TABLE gold.go_dim_user ADD own_virtual integer', 'ALTER TABLE gold.go_dim_user DROP own_virtual; ALTER TABLE silver.si_users DROP own_virtual', 18),
	('CREATE PUBLICATION own_generated FOR TABLES IN SCHEMA gold, gold_state WITH (publish_generated_columns = stored)', 'DROP PUBLICATION own_generated', 18),
	-- what ANALYZE would never say
	('SELECT FROM pg_restore_relation_stats(''schemaname'', ''{schema}'', ''relname'', ''{name}'', ''relpages'', 2000000000, ''reltuples'', 1e15::real)', 'ANALYZE {table}', 18);
INSERT INTO ddl.kind (does, undoes, since, loses) VALUES
	('BEGIN; ALTER TABLE {silver} ADD own_origin {type}; UPDATE {silver} SET own_origin = {column}; ALTER TABLE {silver} DROP {column} CASCADE; ALTER TABLE {silver} ADD {column} {type} GENERATED ALWAYS AS (own_origin) VIRTUAL; COMMIT', 'ALTER TABLE {silver} RENAME own_origin TO own_back;ALTER TABLE {silver} DROP {column};ALTER TABLE {silver} RENAME own_back TO {column}', 18, 'history');

-- whole tables, and what belongs to them
INSERT INTO ddl.kind (does, undoes) VALUES
	('CREATE INDEX own_index ON {table} ({column})', 'DROP INDEX {schema}.own_index'),
	('CREATE INDEX CONCURRENTLY own_index ON {table} ({column})', 'DROP INDEX {schema}.own_index'),
	('CREATE INDEX own_index ON {silver} (upper(source_system)) WHERE load_timestamp > ''2024-02-01 00:00Z''', 'DROP INDEX silver.own_index'),
	('CREATE INDEX own_index ON {gold} ((1 / (length(source_system) - 4)))', 'DROP INDEX gold.own_index'),
	('ALTER INDEX {index} RENAME TO other_index', 'ALTER INDEX {schema}.other_index RENAME TO {index_name}'),
	('DROP INDEX {index}', 'SELECT FROM zoom_gold.setup()'),
	('CREATE STATISTICS public.own_statistics ON {column}, source_system FROM {silver}', 'DROP STATISTICS public.own_statistics'),
	('COMMENT ON TABLE {table} IS ''ours''; GRANT SELECT ON {table} TO zoom_gold_ddl', 'REVOKE ALL ON {table} FROM zoom_gold_ddl'),
	('REVOKE ALL ON {table} FROM CURRENT_USER', 'GRANT ALL ON {table} TO CURRENT_USER'),
	('VACUUM FULL {table}', ''), ('VACUUM FULL {table}', ''), ('VACUUM (FREEZE, ANALYZE) {table}', ''),
	('CLUSTER {table} USING {index_name}', ''), ('REINDEX TABLE {table}', ''), ('REINDEX TABLE CONCURRENTLY {table}', ''),
	('VACUUM FULL', ''), ('REINDEX SCHEMA gold_state', ''),
	('SELECT FROM zoom_gold.setup()', ''),
	('ALTER EXTENSION zoom_gold UPDATE', ''),
	('BEGIN; DROP EXTENSION zoom_gold CASCADE; CREATE EXTENSION zoom_gold; SELECT FROM zoom_gold.setup(); COMMIT', '');
INSERT INTO ddl.kind (does, undoes, loses) VALUES
	-- where setup() has made an empty one, as a hint says, that is what silver holds
	('ALTER TABLE {silver} SET SCHEMA public', 'ALTER TABLE public.{name} SET SCHEMA silver', 'history'),
	('ALTER TABLE {silver} RENAME TO away', 'ALTER TABLE silver.away RENAME TO {name}', 'history'),
	-- without triggers
	('ALTER TABLE {silver} RENAME TO away; CREATE TABLE {silver} (LIKE silver.away INCLUDING ALL); INSERT INTO {silver} SELECT * FROM silver.away; DROP TABLE silver.away', 'SELECT FROM zoom_gold.setup()', 'history'),
	('DROP EXTENSION zoom_gold CASCADE; CREATE EXTENSION zoom_gold', 'SELECT FROM zoom_gold.setup()', 'history'),
	('TRUNCATE {gold}', '', 'values'),
	('DROP TABLE {gold} CASCADE', 'SELECT FROM zoom_gold.setup()', 'values'),
	-- setup() makes empty ones in their place
	('ALTER TABLE {gold} SET SCHEMA public', 'SELECT FROM zoom_gold.setup(); DROP TABLE public.{name}', 'values'),
	('ALTER TABLE {state} SET SCHEMA public', 'SELECT FROM zoom_gold.setup(); DROP TABLE public.{name}', 'history'),
	('ALTER TABLE {state} RENAME TO away', 'SELECT FROM zoom_gold.setup(); DROP TABLE gold_state.away', 'history'),
	('SELECT FROM zoom_gold.teardown()', 'SELECT FROM zoom_gold.setup()', 'history'),
	('ALTER TABLE {silver} DISABLE TRIGGER USER', 'ALTER TABLE {silver} ENABLE TRIGGER USER; SELECT FROM zoom_gold.setup()', 'history'),
	('ALTER TABLE {silver} DISABLE TRIGGER ALL', 'ALTER TABLE {silver} ENABLE TRIGGER ALL; SELECT FROM zoom_gold.setup()', 'history'),
	('ALTER TABLE {silver} ENABLE REPLICA TRIGGER zoom_gold_capture_insert', 'SELECT FROM zoom_gold.setup()', 'history'),
	('ALTER TABLE {silver} ENABLE TRIGGER zoom_gold_capture_update', 'SELECT FROM zoom_gold.setup()', NULL),
	('DROP TRIGGER zoom_gold_capture_update ON {silver}', 'SELECT FROM zoom_gold.setup()', 'history'),
	('ALTER TABLE {silver} RENAME TO base; CREATE VIEW {silver} AS SELECT * FROM silver.base', 'DROP VIEW {silver}; ALTER TABLE silver.base RENAME TO {name}', 'history');

-- other relations in the place of silver's, with the same rows
INSERT INTO ddl.kind (does, undoes) VALUES
	('BEGIN; ALTER TABLE {parted} RENAME TO plain; CREATE TABLE {parted} (LIKE silver.plain INCLUDING DEFAULTS) PARTITION BY LIST (source_system); CREATE TABLE {parted}_zoom PARTITION OF {parted} FOR VALUES IN (''ZOOM'', NULL); CREATE TABLE {parted}_other PARTITION OF {parted} DEFAULT; INSERT INTO {parted} SELECT * FROM silver.plain; DROP TABLE silver.plain; SELECT FROM zoom_gold.setup(); COMMIT', ''),
	('BEGIN; ALTER TABLE {parted} RENAME TO parts; CREATE TABLE {parted} (LIKE silver.parts INCLUDING DEFAULTS); INSERT INTO {parted} SELECT * FROM silver.parts; DROP TABLE silver.parts; SELECT FROM zoom_gold.setup(); COMMIT', ''),
	('ALTER TABLE {silver} SET SCHEMA public; IMPORT FOREIGN SCHEMA public LIMIT TO ({name}) FROM SERVER ddl INTO silver; SELECT FROM zoom_gold.setup(); SELECT FROM zoom_gold.refresh(); DROP FOREIGN TABLE {silver}; ALTER TABLE public.{name} SET SCHEMA silver; SELECT FROM zoom_gold.setup()', 'DROP FOREIGN TABLE {silver}; ALTER TABLE public.{name} SET SCHEMA silver'),
	('ALTER TABLE {silver} RENAME TO base; CREATE VIEW {silver} AS SELECT * FROM silver.base; SELECT FROM zoom_gold.setup(); SELECT FROM zoom_gold.refresh(); DROP VIEW {silver}; ALTER TABLE silver.base RENAME TO {name}; SELECT FROM zoom_gold.setup()', 'DROP VIEW {silver}; ALTER TABLE silver.base RENAME TO {name}'),
	('BEGIN; CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE {table}; TRUNCATE {table}; INSERT INTO {table} SELECT * FROM kept; COMMIT', ''),
	('BEGIN; CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE {silver}; DELETE FROM {silver}; INSERT INTO {silver} SELECT * FROM kept ORDER BY random(); COMMIT', ''),
	('BEGIN; ALTER TABLE {silver} ADD kept text; UPDATE {silver} SET kept = {column}::text; ALTER TABLE {silver} DROP {column}; ALTER TABLE {silver} ADD {column} {type}; UPDATE {silver} SET {column} = kept::{type}; ALTER TABLE {silver} DROP kept; COMMIT', ''),
	('CREATE RULE own_rule AS ON INSERT TO {table} DO INSTEAD NOTHING', 'DROP RULE own_rule ON {table}'),
	('CREATE TABLE public.noted (at timestamptz); CREATE RULE own_rule AS ON UPDATE TO {parted} DO ALSO INSERT INTO public.noted VALUES (now())', 'DROP RULE own_rule ON {parted}; DROP TABLE public.noted'),
	('ALTER TABLE {state} DISABLE TRIGGER ALL', 'ALTER TABLE {state} ENABLE TRIGGER ALL; SELECT FROM zoom_gold.setup()'),
	('ALTER TABLE {gold} DISABLE TRIGGER ALL', 'ALTER TABLE {gold} ENABLE TRIGGER ALL'),
	('ALTER TABLE {table} REPLICA IDENTITY USING INDEX {index_name}; DROP INDEX {index}', 'SELECT FROM zoom_gold.setup()'),
	('CREATE PUBLICATION own_state FOR TABLE {state} ; ALTER TABLE {state} REPLICA IDENTITY NOTHING', 'DROP PUBLICATION own_state; ALTER TABLE {state} REPLICA IDENTITY FULL'),
	('ALTER INDEX {index} SET TABLESPACE zoom_gold_ddl', 'ALTER INDEX {index} SET TABLESPACE pg_default'),
	('ALTER TABLE ALL IN TABLESPACE pg_default OWNED BY CURRENT_USER SET TABLESPACE zoom_gold_ddl', 'ALTER TABLE ALL IN TABLESPACE zoom_gold_ddl SET TABLESPACE pg_default'),
	('ALTER SCHEMA gold OWNER TO zoom_gold_ddl', 'ALTER SCHEMA gold OWNER TO postgres'),
	('ALTER SCHEMA gold_state OWNER TO zoom_gold_ddl', 'ALTER SCHEMA gold_state OWNER TO postgres'),
	('ALTER FUNCTION zoom_gold.capture() OWNER TO zoom_gold_ddl', 'ALTER FUNCTION zoom_gold.capture() OWNER TO postgres'),
	('COMMENT ON COLUMN {table}.{column} IS NULL; COMMENT ON TABLE {table} IS NULL', 'SELECT FROM zoom_gold.setup()'),
	('CREATE STATISTICS public.own_statistics ON {column}, load_date FROM {gold}; ALTER TABLE {gold} ALTER {column} SET STATISTICS 0; ANALYZE {gold}', 'DROP STATISTICS public.own_statistics; ALTER TABLE {gold} ALTER {column} SET STATISTICS -1'),
	('CREATE EVENT TRIGGER own_rewrite ON table_rewrite EXECUTE FUNCTION ddl.forbid()', 'DROP EVENT TRIGGER own_rewrite'),
	('CREATE EVENT TRIGGER own_forbid ON ddl_command_start EXECUTE FUNCTION ddl.forbid()', 'DROP EVENT TRIGGER own_forbid'),
	('CREATE EVENT TRIGGER own_drop ON sql_drop EXECUTE FUNCTION ddl.forbid()', 'DROP EVENT TRIGGER own_drop');
INSERT INTO ddl.kind (does, undoes, loses) VALUES
	('CREATE TABLE public.child (LIKE {silver}); INSERT INTO public.child SELECT * FROM {silver} WHERE random() < 0.2; ALTER TABLE public.child INHERIT {silver}', 'ALTER TABLE public.child NO INHERIT {silver}; DROP TABLE public.child', 'history'),
	('CREATE TABLE public.child () INHERITS ({gold}); INSERT INTO public.child SELECT * FROM ONLY {gold} LIMIT 2', 'DROP TABLE public.child', 'values'),
	('ALTER SCHEMA gold RENAME TO away', 'DO $do$ BEGIN IF to_regnamespace(''gold'') IS NULL THEN ALTER SCHEMA away RENAME TO gold;ELSE DROP SCHEMA away CASCADE;END IF;END $do$', 'values');

-- partitions of silver, where ddl.partition made some
INSERT INTO ddl.kind (does, undoes, loses) VALUES
	('ALTER TABLE {parted} DETACH PARTITION {parted}_late', 'ALTER TABLE {parted} ATTACH PARTITION {parted}_late FOR VALUES FROM (''2024-06-01 00:00Z'') TO (MAXVALUE)', NULL),
	('ALTER TABLE {parted} DETACH PARTITION {parted}_early CONCURRENTLY', 'ALTER TABLE {parted} ATTACH PARTITION {parted}_early FOR VALUES FROM (MINVALUE) TO (''2024-06-01 00:00Z'')', NULL),
	('BEGIN; ALTER TABLE {parted} DETACH PARTITION {parted}_early; DELETE FROM {parted}_early WHERE random() < 0.2; ALTER TABLE {parted} ATTACH PARTITION {parted}_early FOR VALUES FROM (MINVALUE) TO (''2024-06-01 00:00Z''); COMMIT', '', NULL),
	('CREATE TABLE silver.new_late (LIKE {parted}); INSERT INTO silver.new_late SELECT * FROM {parted}_late WHERE random() < 0.9; DROP TABLE {parted}_late; ALTER TABLE silver.new_late RENAME TO {name}_late; ALTER TABLE {parted} ATTACH PARTITION {parted}_late FOR VALUES FROM (''2024-06-01 00:00Z'') TO (MAXVALUE)', '', NULL),
	('TRUNCATE {parted}_late', '', NULL),
	-- cut off half way, it waits for the other session
	('SELECT ddl.hold(''{parted}''); SET statement_timeout = 300; ALTER TABLE {parted} DETACH PARTITION {parted}_late CONCURRENTLY; RESET statement_timeout; SELECT ddl.release()', 'ALTER TABLE {parted} DETACH PARTITION {parted}_late FINALIZE; ALTER TABLE {parted} ATTACH PARTITION {parted}_late FOR VALUES FROM (''2024-06-01 00:00Z'') TO (MAXVALUE)', NULL);

-- whole schemas, types and tablespaces, and who looks on
CREATE FUNCTION ddl.look_on() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM count(*) FROM pg_event_trigger_ddl_commands(); END $$;
CREATE FUNCTION ddl.forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'command "%" is forbidden here', TG_TAG USING ERRCODE = 'insufficient_privilege';
END
$$;
INSERT INTO ddl.kind (does, undoes, loses) VALUES
	('ALTER SCHEMA silver RENAME TO away', 'ALTER SCHEMA away RENAME TO silver', NULL),
	('ALTER SCHEMA silver OWNER TO zoom_gold_ddl', 'ALTER SCHEMA silver OWNER TO postgres', NULL),
	('ALTER SCHEMA gold_state RENAME TO away', 'ALTER SCHEMA away RENAME TO gold_state', 'history'),
	('ALTER TABLE {table} SET TABLESPACE zoom_gold_ddl', 'ALTER TABLE {table} SET TABLESPACE pg_default', NULL),
	('CREATE DOMAIN public.own_type AS text; ALTER TABLE {silver} ALTER source_system TYPE public.own_type; ALTER DOMAIN public.own_type ADD CONSTRAINT own_check CHECK (value <> ''Q'')', 'ALTER TABLE {silver} ALTER source_system TYPE text; DROP DOMAIN public.own_type', NULL),
	('CREATE TYPE public.own_enum AS ENUM (''a'', ''b''); ALTER TABLE silver.si_users ADD own_enum public.own_enum DEFAULT ''a''; ALTER TABLE gold.go_dim_user ADD own_enum public.own_enum; ALTER TYPE public.own_enum RENAME VALUE ''a'' TO ''c''', 'ALTER TABLE gold.go_dim_user DROP own_enum; ALTER TABLE silver.si_users DROP own_enum; DROP TYPE public.own_enum', NULL),
	('CREATE EVENT TRIGGER own_event ON ddl_command_end EXECUTE FUNCTION ddl.look_on()', 'DROP EVENT TRIGGER own_event', NULL),
	('CREATE POLICY own_policy ON {silver} USING (false); ALTER TABLE {silver} ENABLE ROW LEVEL SECURITY', 'DROP POLICY own_policy ON {silver}; ALTER TABLE {silver} DISABLE ROW LEVEL SECURITY', NULL);

-- the ways that rows are written in
INSERT INTO ddl.kind (does, undoes) VALUES
	('BEGIN; SET LOCAL session_replication_role = replica; UPDATE {parted} SET source_system = ''DESK'' WHERE source_system IS NULL; COMMIT', ''),
	('BEGIN; UPDATE {parted} SET source_system = ''DESK'' WHERE source_system IS NULL; PREPARE TRANSACTION ''own''; SELECT FROM zoom_gold.refresh(); COMMIT PREPARED ''own''', ''),
	('BEGIN; DELETE FROM {parted}; PREPARE TRANSACTION ''own''; SELECT FROM zoom_gold.refresh(); ROLLBACK PREPARED ''own''', ''),
	('WITH gone AS (DELETE FROM {parted} WHERE source_system = ''DESK'' RETURNING *) INSERT INTO {parted} SELECT * FROM gone', ''),
	('MERGE INTO {parted} AS t USING (SELECT DISTINCT source_system FROM {parted}) AS s ON t.source_system = s.source_system WHEN MATCHED AND t.source_system = ''BULK'' THEN DELETE WHEN MATCHED THEN UPDATE SET source_system = ''ZOOM''', ''),
	('MERGE INTO {parted} AS t USING (SELECT interval ''200 days'' AS far) AS s ON t.source_system = ''BULK'' WHEN MATCHED THEN UPDATE SET load_timestamp = CASE WHEN t.load_timestamp < ''2024-06-01 00:00Z'' THEN t.load_timestamp + s.far ELSE t.load_timestamp - s.far END', ''),
	('DO $do$ BEGIN EXECUTE format(''COPY silver.si_licenses TO %1$L; TRUNCATE silver.si_licenses; COPY silver.si_licenses FROM %1$L (FREEZE)'', current_setting(''data_directory'') || ''/own.copy''); END $do$', ''),
	('CREATE TABLE public.source (id text PRIMARY KEY); INSERT INTO public.source SELECT DISTINCT source_system FROM {parted} WHERE source_system IS NOT NULL; ALTER TABLE {parted} ADD CONSTRAINT own_source FOREIGN KEY (source_system) REFERENCES public.source ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED; UPDATE public.source SET id = ''PHONE'' WHERE id = ''DESK''; DELETE FROM public.source WHERE id = ''BULK''',
	 'ALTER TABLE {parted} DROP CONSTRAINT own_source; DROP TABLE public.source');

-- what is taken back before it is done
INSERT INTO ddl.kind (does, undoes) VALUES
	('BEGIN; DELETE FROM {silver}; ROLLBACK', ''),
	('BEGIN; TRUNCATE {table}; ROLLBACK', ''),
	('BEGIN; DROP TABLE {table} CASCADE; ROLLBACK', ''),
	('BEGIN; ALTER TABLE {silver} DROP {column} CASCADE; INSERT INTO {silver} SELECT * FROM {silver}; ROLLBACK', ''),
	('BEGIN; SAVEPOINT s; UPDATE {silver} SET source_system = ''X''; TRUNCATE {silver}; ROLLBACK TO s; COMMIT', ''),
	('BEGIN; SAVEPOINT s; ALTER TABLE {silver} ADD own_column text DEFAULT ''y''; UPDATE {silver} SET source_system = own_column; ROLLBACK TO s; DELETE FROM {silver} WHERE source_system IS NULL; COMMIT', '');
