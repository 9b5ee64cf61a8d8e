\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/sources/start.sql'
\i :start
-- What is the same for all rows of a query is asked once, not for each row,
-- whatever plan there is: in a pull, and in what tells of sources.
\set asked :abs_srcdir '/include/asked.sql'
\i :asked
SET track_functions = 'all';
\set sample :samples '/airbyte.sql'
\i :sample
\set sample :samples '/stripe.sql'
\i :sample
CREATE PROCEDURE t.pull_anew() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM zoom_silver.drop_source('stripe-fivetran'), zoom_silver.drop_source('raw-zoom');
	PERFORM zoom_gold.confirm_deletes(r) FROM unnest('{si_users,si_meetings,si_participants,si_webinars,si_billing_events}'::text[]) r;
	TRUNCATE silver.si_users, silver.si_meetings, silver.si_participants, silver.si_webinars, silver.si_billing_events;
	PERFORM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}', 'raw-zoom');
	PERFORM zoom_silver.add_source('stripe', 'stripe_fivetran', '{}', 'stripe-fivetran');
	CALL t.pull_all();
END
$$;
SELECT FROM zoom_silver.add_source('airbyte', 'raw_zoom', '{"licensed_plan": "Pro"}', 'raw-zoom') AS a, zoom_silver.add_source('stripe', 'stripe_fivetran', '{}', 'stripe-fivetran') AS b \g /dev/null
CALL t.pull_anew();
SELECT t.same(format('SELECT t.asked(%L)', statement), '{}'::text[], statement) FROM (VALUES
	('CALL t.pull_anew()'), ('SELECT FROM zoom_silver.pull()'),
	('SELECT FROM zoom_silver.check_source(''airbyte'', ''raw_zoom'', ''{"licensed_plan": "Pro"}'')')) AS s (statement);
BEGIN;
SELECT zoom_gold.setting('min_date') \g /dev/null
SELECT is((SELECT n FROM t.asked_so_far() WHERE name LIKE '%.setting%'), 1::bigint, 'calls are counted');
COMMIT;
SELECT * FROM finish();
