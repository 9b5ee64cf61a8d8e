\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- Rows of gold damaged: verify() notices.  Of all damages a share; test/damage/gold
-- tries each.
CALL t.setup();
\set damage :abs_srcdir '/include/damage.sql'
\i :damage
\set gold :abs_srcdir '/include/gold_damage.sql'
\i :gold
SELECT t.healthy('sound before');
SELECT t.same($$SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'gold'::regnamespace AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM damage.gold_rows(c.relname))$$, '{}'::text[], 'every table has rows');
CREATE TEMP TABLE tried AS SELECT d.name, w.* FROM damage.gold_damage d, LATERAL damage.try_gold(d.name, d.place, d.row_kind, d.how, d.value) w
WHERE abs(hashtextextended(concat_ws(' ', d.name, d.how, d.value), 0) % 16) = 0;
SELECT t.same('SELECT wrong FROM tried WHERE wrong IS NOT NULL', '{}'::text[], 'verify() notices each');
SELECT ok(count(*) FILTER (WHERE tried) > 15, 'of some') FROM tried;
SELECT t.healthy('each was undone');
SELECT * FROM finish();
