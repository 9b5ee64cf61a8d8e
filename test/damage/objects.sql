-- What setup() makes, one object after the other, from the catalogue: renamed and
-- named back, gone, and in its place something of somebody else.
--
-- Changes of silver and a refresh come in between.  Then gold is right, or a step
-- fails clearly, or verify() says so; and when the object is back, or setup() has
-- made it again, gold is as if nothing had happened.  Each try is undone.
CREATE SCHEMA objects;
CREATE FUNCTION objects.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

-- Every object, and what it says.
CREATE VIEW objects.object AS
WITH relation AS (
	SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS name
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname IN ('gold', 'gold_state', 'gold_bi', 'gold_masked', 'gold_bi_masked', 'silver'))
SELECT 'schema' AS kind, n.nspname::text AS place, quote_ident(n.nspname) AS object, obj_description(n.oid, 'pg_namespace') AS says
FROM pg_namespace n WHERE n.nspname IN ('gold', 'gold_state', 'gold_bi', 'gold_masked', 'gold_bi_masked')
UNION ALL
SELECT CASE r.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END, r.name, quote_ident(r.relname),
	concat_ws(' ', obj_description(r.oid, 'pg_class'), CASE r.relkind WHEN 'v' THEN pg_get_viewdef(r.oid)
		WHEN 'S' THEN (SELECT concat_ws(' ', s.seqtypid::regtype, s.seqincrement, s.seqmax, s.seqcache, s.seqcycle) FROM pg_sequence s WHERE s.seqrelid = r.oid)
		ELSE r.reloptions::text END)
FROM relation r WHERE r.relkind IN ('r', 'p', 'v', 'S') AND r.nspname <> 'silver'
UNION ALL
SELECT 'index', r.name, quote_ident(i.relname), regexp_replace(pg_get_indexdef(i.oid), 'INDEX \S+', 'INDEX')
FROM relation r JOIN pg_index x ON x.indrelid = r.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE r.nspname <> 'silver' AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid)
UNION ALL
SELECT 'constraint', r.name, quote_ident(c.conname), pg_get_constraintdef(c.oid)
FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid WHERE r.nspname <> 'silver' AND c.contype <> 'n'
UNION ALL
SELECT 'trigger', r.name, quote_ident(g.tgname), g.tgenabled::text || pg_get_triggerdef(g.oid)
FROM relation r JOIN pg_trigger g ON g.tgrelid = r.oid WHERE NOT g.tgisinternal
UNION ALL
SELECT 'column', r.name, quote_ident(a.attname), concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
	'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), col_description(r.oid, a.attnum))
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum WHERE r.nspname IN ('gold', 'gold_state') AND r.relkind IN ('r', 'p');

-- What is done to it: %1$s is the object's table, or it itself with its schema,
-- %2$s its name alone, %3$s the schema.  What is put in the place of a name stays.
CREATE TABLE objects.way (kind text, way text, does text, undoes text);
INSERT INTO objects.way VALUES
	('schema', 'renamed', 'ALTER SCHEMA %2$s RENAME TO away', 'ALTER SCHEMA away RENAME TO %2$s'),
	('schema', 'another', 'ALTER SCHEMA %2$s RENAME TO away; CREATE SCHEMA %2$s', 'DROP SCHEMA %2$s CASCADE; ALTER SCHEMA away RENAME TO %2$s'),
	('schema', 'theirs', 'ALTER SCHEMA %2$s OWNER TO zoom_gold_objects', 'ALTER SCHEMA %2$s OWNER TO CURRENT_USER'),
	('table', 'renamed', 'ALTER TABLE %1$s RENAME TO away', 'ALTER TABLE %3$s.away RENAME TO %2$s'),
	('table', 'moved', 'ALTER TABLE %1$s SET SCHEMA public', 'ALTER TABLE public.%2$s SET SCHEMA %3$s'),
	('table', 'gone', 'DROP TABLE %1$s CASCADE', NULL),
	('table', 'theirs', 'ALTER TABLE %1$s OWNER TO zoom_gold_objects', 'ALTER TABLE %1$s OWNER TO CURRENT_USER'),
	('table', 'a view', 'ALTER TABLE %1$s RENAME TO away; CREATE VIEW %1$s AS SELECT * FROM %3$s.away', 'DROP VIEW %1$s; ALTER TABLE %3$s.away RENAME TO %2$s'),
	('table', 'another', 'ALTER TABLE %1$s RENAME TO away; CREATE TABLE %1$s AS SELECT * FROM %3$s.away', 'DROP TABLE %1$s; ALTER TABLE %3$s.away RENAME TO %2$s'),
	('view', 'renamed', 'ALTER VIEW %1$s RENAME TO away', 'ALTER VIEW %3$s.away RENAME TO %2$s'),
	('view', 'gone', 'DROP VIEW %1$s CASCADE', NULL),
	('view', 'another', 'ALTER VIEW %1$s RENAME TO away; CREATE VIEW %1$s AS SELECT 1 AS one', 'DROP VIEW %1$s; ALTER VIEW %3$s.away RENAME TO %2$s'),
	('sequence', 'renamed', 'ALTER SEQUENCE %1$s RENAME TO away', 'ALTER SEQUENCE %3$s.away RENAME TO %2$s'),
	('sequence', 'gone', 'DROP SEQUENCE %1$s CASCADE', NULL),
	('sequence', 'set back', 'ALTER SEQUENCE %1$s RESTART', NULL),
	('sequence', 'otherwise', 'ALTER SEQUENCE %1$s AS smallint INCREMENT BY -1 CACHE 50 CYCLE', NULL),
	('sequence', 'another', 'DROP SEQUENCE %1$s; CREATE SEQUENCE %1$s; COMMENT ON SEQUENCE %1$s IS ''theirs''', NULL),
	('index', 'renamed', 'ALTER INDEX %3$s.%2$s RENAME TO away', 'ALTER INDEX %3$s.away RENAME TO %2$s'),
	('index', 'gone', 'DROP INDEX %3$s.%2$s', NULL),
	('index', 'of another', 'DROP INDEX %3$s.%2$s; CREATE UNIQUE INDEX %2$s ON gold_state.secret (key)', NULL),
	('index', 'on others', 'DROP INDEX %3$s.%2$s; CREATE INDEX %2$s ON %1$s ((1))', NULL),
	('constraint', 'weaker', 'ALTER TABLE %1$s DROP CONSTRAINT %2$s, ADD CONSTRAINT %2$s CHECK (true)', NULL),
	('constraint', 'renamed', 'ALTER TABLE %1$s RENAME CONSTRAINT %2$s TO away', 'ALTER TABLE %1$s RENAME CONSTRAINT away TO %2$s'),
	('constraint', 'gone', 'ALTER TABLE %1$s DROP CONSTRAINT %2$s', NULL),
	('trigger', 'renamed', 'ALTER TRIGGER %2$s ON %1$s RENAME TO away', 'ALTER TRIGGER away ON %1$s RENAME TO %2$s'),
	('trigger', 'renamed for good', 'ALTER TRIGGER %2$s ON %1$s RENAME TO away', NULL),
	('trigger', 'gone', 'DROP TRIGGER %2$s ON %1$s', NULL),
	('trigger', 'off', 'ALTER TABLE %1$s DISABLE TRIGGER %2$s', NULL),
	('trigger', 'another', 'DROP TRIGGER %2$s ON %1$s; CREATE TRIGGER %2$s AFTER INSERT ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION objects.nothing()', NULL),
	('column', 'no default', 'ALTER TABLE %1$s ALTER %2$s DROP DEFAULT', NULL),
	('column', 'nullable', 'ALTER TABLE %1$s ALTER %2$s DROP NOT NULL', NULL);

-- What silver held is lost with these while they are away: gold is right by what
-- is kept, not as if nothing had happened.
CREATE FUNCTION objects.loses(kind text, place text, way text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT way NOT IN ('theirs', 'set back', 'otherwise', 'another') AND (kind = 'schema' AND place = 'gold_state' OR kind = 'sequence')
		OR kind = 'table' AND place LIKE 'gold\_state.%' AND way IN ('gone', 'renamed', 'moved', 'a view', 'another')
		OR kind = 'trigger' AND place LIKE 'silver.%'
$$;

CREATE VIEW objects.case AS
SELECT o.kind, o.place, o.object, w.way, format(w.does, o.place, o.object, split_part(o.place, '.', 1)) AS does,
	format(w.undoes, o.place, o.object, split_part(o.place, '.', 1)) AS undoes, objects.loses(o.kind, o.place, w.way) AS loses
FROM objects.object o JOIN objects.way w USING (kind)
WHERE o.kind <> 'column' OR o.says ~ CASE w.way WHEN 'nullable' THEN 'NOT NULL' ELSE 'DEFAULT' END;

-- Changes of silver; what fails of them.
CREATE FUNCTION objects.work(first integer, last integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	FOR n IN first .. last LOOP
		PERFORM set_config('zoom_gold.clock', stream.clock(n)::text, false);
		BEGIN
			EXECUTE stream.operation(n);
		EXCEPTION WHEN OTHERS THEN
			RETURN NEXT concat_ws(' ', 'a statement fails:', SQLSTATE, SQLERRM);
		END;
	END LOOP;
END
$$;
CREATE FUNCTION objects.failures(full_refresh boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT concat_ws(' ', r.process_name, 'fails:', r.details ->> 'sqlstate', r.details ->> 'error', r.details ->> 'error_detail')
	FROM zoom_gold.refresh(full_refresh) r WHERE r.status = 'Failure' AND r.process_name <> 'refresh' AND r.details ->> 'error' NOT LIKE 'skipped because%';
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT concat_ws(' ', 'refresh() raises', SQLSTATE, SQLERRM);
END
$$;
CREATE FUNCTION objects.is_clear(failure text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT failure ~ '\m(23\w{3}|3F000|42\w{3}|55000|22\w{3})\M' AND failure ~ '"[^"]+"|permission denied for \w+ \w+|zoom_gold is not set up'
$$;
CREATE FUNCTION objects.verify() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT 'verify() ' || v FROM stream.verify() AS v;
EXCEPTION WHEN OTHERS THEN
	RETURN NEXT concat_ws(' ', 'verify() raises', SQLSTATE, SQLERRM);
END
$$;

CREATE TABLE objects.wanted (line text);
CREATE FUNCTION objects.differs() RETURNS SETOF text LANGUAGE sql AS $$
	(SELECT 'too many: ' || d FROM (SELECT stream.gold() EXCEPT ALL SELECT line FROM objects.wanted) AS d (d) LIMIT 2)
	UNION ALL
	(SELECT 'missing: ' || d FROM (SELECT line FROM objects.wanted EXCEPT ALL SELECT stream.gold()) AS d (d) LIMIT 2)
$$;
CREATE FUNCTION objects.catalog() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', o.kind, o.place, CASE WHEN o.kind NOT IN ('index', 'constraint') THEN o.object END, o.says) FROM objects.object o
$$;

-- With the object harmed.
CREATE FUNCTION objects.while_away() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	fails text[] := ARRAY(SELECT objects.work(201, 230));
	failures text[] := ARRAY(SELECT objects.failures(false));
	told text[] := ARRAY(SELECT objects.verify());
BEGIN
	RETURN QUERY SELECT f FROM unnest(fails) AS f;
	RETURN QUERY SELECT 'not clear: ' || f FROM unnest(failures) AS f WHERE NOT objects.is_clear(f);
	RETURN QUERY SELECT t FROM unnest(told) AS t WHERE t LIKE '%raises%' AND NOT objects.is_clear(t);
END
$$;
-- When it is back, as it was or by setup(); what verify() names goes with a refresh of all.
CREATE FUNCTION objects.when_back(undoes text, loses boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	failures text[];
BEGIN
	IF undoes IS NOT NULL THEN
		EXECUTE undoes;
	ELSE
		PERFORM zoom_gold.setup();
	END IF;
	failures := ARRAY(SELECT objects.failures(false));
	IF failures <> '{}' OR EXISTS (SELECT objects.verify()) THEN
		PERFORM zoom_gold.setup();
		failures := ARRAY(SELECT objects.failures(true));
	END IF;
	RETURN QUERY SELECT 'back: ' || f FROM unnest(failures) AS f;
	RETURN QUERY SELECT 'back: ' || v FROM objects.verify() AS v;
	IF NOT loses THEN
		RETURN QUERY SELECT 'back: ' || d FROM objects.differs() AS d;
	END IF;
END
$$;

CREATE FUNCTION objects.try(c objects.case) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	wrong text[];
	before text[] := ARRAY(SELECT objects.catalog());
BEGIN
	BEGIN
		EXECUTE c.does;
	EXCEPTION WHEN invalid_table_definition THEN		-- PostgreSQL forbids it
		RAISE EXCEPTION USING ERRCODE = 'ZG000';
	END;
	wrong := ARRAY(SELECT objects.while_away());
	wrong := wrong || ARRAY(SELECT objects.when_back(c.undoes, c.loses));
	IF c.way NOT LIKE 'of another' AND NOT (c.kind = 'sequence' AND c.way = 'another') THEN
		wrong := wrong || ARRAY(SELECT 'is not put back: ' || d FROM (SELECT unnest(before) EXCEPT SELECT objects.catalog()) AS d (d) LIMIT 2);
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'ZG000';
EXCEPTION
	WHEN SQLSTATE 'ZG000' THEN
		RETURN QUERY SELECT concat_ws(' ', c.kind, c.place, c.object, c.way || ':', w) FROM unnest(wrong) AS w;
	WHEN OTHERS THEN
		RETURN NEXT concat_ws(' ', c.kind, c.place, c.object, c.way, 'raises', SQLSTATE, SQLERRM);
END
$$;

DO 'BEGIN CREATE ROLE zoom_gold_objects; EXCEPTION WHEN duplicate_object THEN NULL; END';
SELECT objects.work(1, 200);
SELECT stream.refresh();
-- what there is when nothing was done
DO $$
DECLARE
	lines text[];
BEGIN
	PERFORM objects.work(201, 230);
	PERFORM stream.refresh();
	lines := ARRAY(SELECT stream.gold());
	RAISE EXCEPTION USING ERRCODE = 'ZG000';
EXCEPTION WHEN SQLSTATE 'ZG000' THEN
	INSERT INTO objects.wanted SELECT unnest(lines);
END
$$;
