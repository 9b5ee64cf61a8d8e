\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- One person, two sources: the address of a file is a user of another source.
\set file `cat "$PG_ABS_SRCDIR/../sample/sources/participants.csv"`
CREATE TABLE file AS SELECT :'file' AS content;
CREATE FUNCTION t.load(day text, options jsonb) RETURNS text[] LANGUAGE sql AS $$
	SELECT t.rows(format('SELECT relation, inserted FROM zoom_silver.load_csv(%L, %L, %L, options => %L)', replace(content, '02/24/2025', day), 'participants', 'America/New_York', options)) FROM file
$$;
CALL t.clock('2025-03-03 03:00Z');
-- Ana was Ana@acme.example until she married; Bea has that address now
INSERT INTO silver.si_users VALUES
	('api-1', 'Ana Ito', 'Ana@acme.example', NULL, 'Pro', '2025-01-01Z', '2025-01-01Z', 'airbyte'),
	('api-1', 'Ana Ono', 'ono@acme.example', NULL, 'Pro', '2025-02-26Z', '2025-02-26Z', 'airbyte'),
	('api-2', 'Bea', 'ana@acme.example ', NULL, 'Pro', '2025-02-27Z', '2025-02-27Z', 'airbyte');

SELECT t.same('SELECT unnest(t.load(''02/24/2025'', ''{"identity": "email"}''))', ARRAY['si_users|1', 'si_meetings|1', 'si_participants|6'], 'only who is not known is a new user');
SELECT t.same('SELECT unnest(t.load(''02/28/2025'', ''{"identity": "email"}''))', ARRAY['si_users|0', 'si_meetings|1', 'si_participants|6'], 'another file');
SELECT t.same('SELECT unnest(t.load(''12/24/2024'', ''{"identity": "email"}''))', ARRAY['si_users|1', 'si_meetings|1', 'si_participants|6'], 'one from before');
SELECT t.same('SELECT start_time::date, host_id FROM silver.si_meetings', ARRAY['2024-12-24|api-1', '2025-02-24|api-1', '2025-02-28|api-2'],
	'the host is who had the address then, or the first who has it later');
SELECT t.same($$SELECT DISTINCT user_id FROM silver.si_participants WHERE user_id LIKE '%acme%'$$, 'cyrus@acme.example', 'an address that no other source knows stays one');
CALL t.refresh();
SELECT t.same('SELECT start_time::date, user_name FROM gold.go_fact_meeting_usage', ARRAY['2024-12-24|Ana Ito', '2025-02-24|Ana Ito', '2025-02-28|Bea'], 'gold names them as of then');
SELECT t.same($$SELECT max(active_user_count) FROM gold.go_agg_active_users WHERE period_type = 'Monthly'$$, '2', 'and counts a person once');
SELECT t.healthy('gold is right');

-- stated once for all files
SELECT t.same($$SELECT * FROM zoom_silver.add_source('csv', NULL, '{"identity": "EMAIL"}')$$, ARRAY['si_users|filled by load_csv()', 'si_meetings|filled by load_csv()',
	'si_participants|filled by load_csv()', 'si_webinars|filled by load_csv()'], 'add_source() keeps options');
SELECT t.same('SELECT unnest(t.load(''02/23/2025'', ''{}''))', ARRAY['si_users|0', 'si_meetings|1', 'si_participants|6'], 'for files that state none');
SELECT t.same($$SELECT host_id FROM silver.si_meetings WHERE start_time::date = '2025-02-23'$$, 'api-1', 'they count');
SELECT t.same($$SELECT state FROM t.failure('SELECT * FROM zoom_silver.add_source(''csv'', NULL, ''{}'', ''portal'')')$$, '22023', 'there is one source of exports');
SELECT * FROM zoom_silver.drop_source('csv') \g /dev/null
SELECT t.same('SELECT unnest(t.load(''02/22/2025'', ''{}''))', ARRAY['si_users|1', 'si_meetings|1', 'si_participants|6'], 'else an address is a user of its own');
SELECT t.same($$SELECT host_id FROM silver.si_meetings WHERE start_time::date = '2025-02-22'$$, 'ana@acme.example', 'of that name');

-- a file that does not tell who is a guest
SELECT t.same(format('SELECT relation, inserted FROM zoom_silver.load_csv(%L, %L, %L)', E'Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
9,Old,2025-01-10 02:30,2025-01-10 02:50,,20,1

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)
Cyrus,CYRUS@acme.example,2025-01-10 02:30,2025-01-10 02:50,20
Who,who@acme.example,2025-01-10 02:30,2025-01-10 02:50,20', 'participants', 'UTC'), ARRAY['si_users|0', 'si_meetings|1', 'si_participants|2'], 'no column Guest');
SELECT t.same($$SELECT user_id FROM silver.si_participants WHERE meeting_id LIKE '9@%'$$, ARRAY['cyrus@acme.example', '-'], 'users are those whom silver knows');
SELECT t.same($$SELECT host_id FROM silver.si_meetings WHERE meeting_id LIKE '9@%'$$, '-', 'and a host who is not there is none');
SELECT * FROM finish();
