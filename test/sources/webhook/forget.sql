\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- Erasing a person from the log of events, and from gold.
\set events :abs_srcdir '/sources/webhook/events.inc'
\i :events
CALL t.clock('2025-03-03 03:00Z');
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('webhook', NULL)$$, ARRAY['silver.si_users|ok', 'silver.si_meetings|ok', 'silver.si_participants|ok',
	'silver.si_webinars|ok', 'option licensed_plan|decision'], 'what is to be known before');
SELECT t.same($$SELECT DISTINCT verdict FROM zoom_silver.check_source('webhook', NULL, '{"licensed_plan": "Pro"}')$$, 'ok', 'and when it was stated');
SELECT t.same($$SELECT item, verdict FROM zoom_silver.check_source('csv', NULL)$$, ARRAY['silver.si_users|ok', 'silver.si_meetings|ok', 'silver.si_participants|ok',
	'silver.si_webinars|ok', 'option identity|warning', 'argument time_zone|decision'], 'of exports as well');
SELECT t.same($$SELECT count(*) FROM zoom_silver.check_source('csv', NULL) WHERE advice IS NULL$$, '0', 'each with an advice');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT count(*) FROM t.sample WHERE zoom_silver.receive(event, received_at) \g /dev/null
CALL t.refresh();
\set ana 'aN4x-01QRqeTzpAAAAAAAA'
SELECT t.same($$SELECT count(*) > 5 FROM zoom_silver_state.event WHERE body::text ~* 'Ana Ito|Ana Ono|@acme.example'$$, 'true', 'the log names her');
CREATE TEMP TABLE topic AS SELECT event_no, body #>> '{payload,object,topic}' AS topic, digest FROM zoom_silver_state.event WHERE event NOT LIKE 'user.%';
CREATE TEMP TABLE answer AS SELECT zoom_silver.forget_user(:'ana') AS told;
SELECT t.same($$SELECT (told -> 'events')::int > 5, told ? 'replaced', told ->> 'user' FROM answer$$, 'true|true|Forgotten user 0', 'what was done');
SELECT t.same($$SELECT body FROM zoom_silver_state.event WHERE body::text ~* '\mAna\M|\mIto\M|\mOno\M|(ana|ono)@acme.example'$$, '{}'::text[], 'then the log does not');
SELECT t.same($$SELECT count(*) > 0 FROM zoom_silver_state.event WHERE body::text ~* 'cyrus@acme.example'$$, 'true', 'but others still');
SELECT t.equal($$SELECT event_no, body #>> '{payload,object,topic}', digest FROM zoom_silver_state.event WHERE event NOT LIKE 'user.%'$$, 'TABLE topic', 'topics and digests are as they were');
CREATE TEMP TABLE places AS SELECT t.silver_places() AS place;
SELECT t.same('SELECT n FROM t.sample WHERE zoom_silver.receive(event, received_at + interval ''1 day'')', '{}'::text[], 'redeliveries tell nothing new');
SELECT * FROM zoom_silver.add_source('webhook', NULL, '{"licensed_plan": "Pro"}') \g /dev/null
SELECT t.equal('SELECT t.silver_places()', 'SELECT place FROM places', 'nor does folding anew write anything');
SELECT t.same($$SELECT count(*) FROM gold.go_dim_user WHERE user_name ~ 'Ana' OR email ~* 'ana|ono'$$, '0', 'gold has forgotten her');
CALL t.refresh();
SELECT t.healthy('gold is right');
SELECT t.same($$SELECT state, message FROM t.failure('SELECT zoom_silver.forget_user(''nobody'')')$$, '42704|user "nobody" is not known', 'who is not known cannot be forgotten');
SELECT * FROM finish();
