\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Columns of one's own, and columns of the contract that silver has narrower: a
-- value that they do not take is NULL, and said.
\set sample :samples '/airbyte.sql'
\i :sample
CALL t.clock('2025-03-03 03:00Z');
SELECT * FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}') \g /dev/null
CREATE DOMAIN public.floor AS smallint CHECK (VALUE BETWEEN -3 AND 99);
-- a column of each type, what is given, and what is read of it; - is NULL
CREATE TABLE t.own AS SELECT format('own_own_%s_%s', n, left(md5('own ' || n), 8)) AS word, o.* FROM (SELECT row_number() OVER () AS n, v.* FROM (VALUES
	('integer', '12', '12'), ('integer', 'twelve', '-'), ('integer', '3000000000', '-'), ('integer', '', '-'), ('integer', ' 7.0 ', '7'),
	('bigint', '3000000000', '3000000000'), ('bigint', 'x', '-'), ('bigint', '5.0', '5'), ('bigint', '99999999999999999999', '-'), ('smallint', '40000', '-'),
	('numeric', '1.5', '1.5'), ('numeric', '1,5', '-'), ('numeric(10,2)', '1.234', '1.23'), ('numeric(10,2)', 'free', '-'), ('numeric(4,1)', '12345', '-'),
	('double precision', '1e400', '-'), ('real', '1.5', '1.5'), ('boolean', 'yes', 'true'), ('boolean', 'perhaps', '-'), ('boolean', '1', 'true'),
	('date', '2025-02-28', '2025-02-28'), ('date', '2025-02-30', '-'), ('date', '28.02.2025', '-'), ('date', '2025-02-28T23:30:00-05:00', '2025-03-01'),
	('timestamptz', '2025-02-28T23:30:00-05:00', '2025-03-01 04:30'), ('timestamptz', 'soon', '-'),
	('timestamp', '2025-02-28T23:30:00-05:00', '2025-03-01T04:30:00'), ('timestamp', 'soon', '-'), ('time', '25:00', '-'), ('time', '23:30', '23:30:00'), ('interval', '1 fortnight', '-'),
	('varchar(5)', 'short', 'short'), ('varchar(5)', 'longer', '-'), ('char(3)', 'abc', 'abc'), ('char(3)', 'abcd', '-'), ('varchar', 'any', 'any'), ('text', '', ''),
	('uuid', 'none', '-'), ('inet', '10.0.0.7', '10.0.0.7'), ('inet', '10.0.0.777', '-'), ('jsonb', '{"a": 1}', '{"a": 1}'), ('jsonb', '{"a"', '-'), ('integer[]', '{1,2}', '[1, 2]'), ('integer[]', '1,2', '-'),
	('public.floor', '12', '12'), ('public.floor', '120', '-'), ('public.floor', 'attic', '-')) AS v (type, given, want)) AS o;
SELECT format('ALTER TABLE silver.si_meetings %s', string_agg(format('ADD "own %s" %s', n, type), ', ' ORDER BY n)) FROM t.own \gexec
SELECT format('ALTER TABLE raw_zoom.report_meetings %s', string_agg(format('ADD own_%s text DEFAULT %L', n, given), ', ' ORDER BY n)) FROM t.own \gexec
UPDATE zoom_silver_state.source_query SET query = replace(query, 'r.topic AS', (SELECT string_agg(format('r.own_%s AS "own %s", ', n, n), '' ORDER BY n) FROM t.own) || 'r.topic AS')
WHERE relation = 'si_meetings';
SELECT t.same('SELECT t.pull() OFFSET 1 LIMIT 1', 'pull_airbyte_si_meetings Warning 3 0 0 0', 'values that cannot be read do not stop the step');
SELECT t.same($$SELECT n, type, given, (to_jsonb(m) ->> format('own %s', n)) AS value FROM t.own, (SELECT * FROM silver.si_meetings LIMIT 1) AS m$$,
	(SELECT array_agg(format('%s|%s|%s|%s', n, type, given, want) ORDER BY concat(n, '|') COLLATE "C") FROM t.own), 'each is read as its type');
SELECT t.same($$SELECT DISTINCT unnest(string_to_array(unreadable, ' ')) FROM silver.si_meetings$$,
	(SELECT array_agg(word ORDER BY word COLLATE "C") FROM t.own WHERE want = '-' AND given <> ''), 'silver names those that were not');
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '3', 'gold takes the rows');
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE '%own%'$$, (SELECT array_agg(format('si_meetings %s unreadable_own warning', meeting_id) ORDER BY meeting_id COLLATE "C") FROM silver.si_meetings),
	'of so many columns one rule warns');
UPDATE zoom_silver_state.source_query SET fingerprint = NULL;
SELECT t.same('SELECT t.pull() OFFSET 1 LIMIT 1', 'pull_airbyte_si_meetings Warning 0 0 0 3', 'once more: nothing is written, the warning stays');
UPDATE raw_zoom.report_meetings SET own_2 = '2';
SELECT t.same('SELECT t.pull() OFFSET 1 LIMIT 1', 'pull_airbyte_si_meetings Warning 0 3 0 0', 'what is mended');
SELECT t.same($$SELECT count(*) FROM silver.si_meetings, t.own WHERE n = 2 AND word = ANY (string_to_array(unreadable, ' '))$$, '0', 'is named no more');
-- whoever wants such rows rejected says so
UPDATE gold_state.quality_rule SET severity = 'error' WHERE rule_name = 'unreadable_own';
CALL t.pull_all();
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '0', 'a rule that people made stricter stays so');
UPDATE gold_state.quality_rule SET enabled = false WHERE rule_name = 'unreadable_own';
CALL t.refresh();
SELECT t.same('SELECT count(*) FROM gold.go_fact_meeting_usage', '3', 'or looser');
SELECT t.healthy('gold is right');

-- a column of users that gold tracks
ALTER TABLE silver.si_users ADD COLUMN seats integer;
CALL t.drop_views();
ALTER TABLE gold.go_dim_user ADD COLUMN seats integer;
ALTER TABLE raw_zoom.users ADD COLUMN seats text;
UPDATE raw_zoom.users SET seats = CASE first_name WHEN 'Ana' THEN 'four' ELSE '4' END;
UPDATE zoom_silver_state.source_query SET query = replace(query, 'u.email,', 'u.seats, u.email,') WHERE relation = 'si_users';
SELECT t.same('SELECT t.pull() LIMIT 1', 'pull_airbyte_si_users Warning 4 0 0 0', 'users');
CALL t.refresh();
SELECT t.same($$SELECT user_name, seats FROM gold.go_dim_user WHERE is_current$$, ARRAY['Ana Ito|-', 'ben@acme.example|4', 'Cyrus Day|4', 'Dora Epp|4'], 'are there without what cannot be read');
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE '%seats%'$$, 'si_users aN4x-01QRqeTzpAAAAAAAA seats_unreadable warning', 'which is warned of');
SELECT t.same($$SELECT e.source_table, e.error_description LIKE '%what the source has in seats is not of type integer%' FROM gold.go_error_audit_log e WHERE e.process_audit_info::jsonb ->> 'rule' = 'seats_unreadable'$$,
	'silver.si_users|true', 'in words');
UPDATE raw_zoom.users SET seats = '4';
CALL t.pull_all();
CALL t.refresh();
SELECT t.same($$SELECT DISTINCT status FROM gold.go_error_audit_log e WHERE e.process_audit_info::jsonb ->> 'rule' = 'seats_unreadable'$$, 'Resolved', 'what is mended is resolved');
SELECT t.healthy('gold is right');

-- columns of the contract that silver has narrower
ALTER TABLE silver.si_webinars ALTER webinar_topic TYPE varchar(20), ALTER registrants TYPE smallint;
UPDATE raw_zoom.report_webinars SET topic = 'Far too long for such a column';
INSERT INTO raw_zoom.webinar_registrants (webinar_id, status) SELECT webinar_id, 'approved' FROM (SELECT webinar_id FROM raw_zoom.webinar_registrants LIMIT 1) AS w, generate_series(1, 40000);
SELECT t.same($$SELECT l FROM t.pull() AS l WHERE l LIKE '%webinars%'$$, 'pull_airbyte_si_webinars Warning 0 1 0 0', 'a value too long, a number too great');
CALL t.refresh();
SELECT t.same($$SELECT e FROM t.errors() e WHERE e LIKE 'si_webinars%' AND e NOT LIKE '%warning'$$, (SELECT ARRAY[format('si_webinars %s registrants_unreadable error', uuid), format('si_webinars %s webinar_topic_unreadable error', uuid)] FROM raw_zoom.report_webinars),
	'cost the row');
-- what the server fills itself
ALTER TABLE silver.si_webinars ADD COLUMN twice integer GENERATED ALWAYS AS (2 * registrants) STORED;
UPDATE zoom_silver_state.source_query SET query = replace(query, 'r.topic AS', '1 AS twice, r.topic AS') WHERE relation = 'si_webinars';
SELECT t.same($$SELECT l FROM t.pull() AS l WHERE l LIKE '%webinars%'$$,
	'pull_airbyte_si_webinars Failure 0 0 0 0 42703 source "airbyte": the query of si_webinars gives columns that are not to be written: twice', 'a generated column is not to be given');
SELECT * FROM finish();
