\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\i :start
-- META.json is as PGXN wants it (https://pgxn.org/spec/), and everything that
-- states a version states the same.
\set root :abs_srcdir '/..'
\setenv ROOT :root
\set meta `cat "$ROOT/META.json"`
\set files `cd "$ROOT" && ls -d * doc/* zoom_silver/* | tr '\n' ' '`
\set packaged `sed -n '1s/^zoom-gold (\(.*\)-.*/\1/p' "$ROOT/debian/changelog"`
CREATE TEMPORARY TABLE dist AS
SELECT :'meta'::jsonb AS meta, string_to_array(:'files', ' ') AS files, :'packaged' AS packaged,
	'^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$' AS semantic,
	(SELECT default_version FROM pg_available_extensions WHERE name = 'zoom_gold') AS released;

SELECT t.same($$SELECT k FROM unnest('{name,version,abstract,maintainer,license,provides,meta-spec}'::text[]) AS k, dist WHERE NOT meta ? k$$,
	'{}'::text[], 'META.json has what it must have');
SELECT t.same($$SELECT k FROM dist, jsonb_object_keys(meta) AS k
	WHERE k !~ '^[xX]_' AND k <> ALL ('{name,version,abstract,description,maintainer,license,provides,meta-spec,generated_by,
		no_index,prereqs,release_status,resources,tags}'::text[])$$,
	'{}'::text[], 'and nothing unknown');
SELECT t.same($$SELECT k FROM dist, jsonb_each(meta) AS e (k, v)
	WHERE k IN ('name', 'version', 'abstract', 'description', 'generated_by') AND (jsonb_typeof(v) <> 'string' OR v #>> '{}' = '')$$,
	'{}'::text[], 'texts are texts');
SELECT t.same($$SELECT p.name, r.k FROM dist, jsonb_each(meta -> 'provides') AS p (name, v), unnest('{file,version}'::text[]) AS r (k)
	WHERE NOT v ? k UNION ALL
	SELECT p.name, f.v FROM dist, jsonb_each(meta -> 'provides') AS p (name, v), jsonb_each_text(p.v) AS f (k, v)
	WHERE f.k IN ('file', 'docfile') AND f.v <> ALL (files)$$,
	'{}'::text[], 'the files it provides are there');
SELECT t.same($$SELECT phase, relation, name, v
	FROM dist, jsonb_each(meta -> 'prereqs') AS p (phase, relations), jsonb_each(relations) AS r (relation, wanted), jsonb_each_text(wanted) AS w (name, v)
	WHERE phase NOT IN ('configure', 'build', 'test', 'runtime', 'develop')
	   OR relation NOT IN ('requires', 'recommends', 'suggests', 'conflicts') OR v !~ semantic AND v <> '0'$$,
	'{}'::text[], 'what it needs is named as PGXN names it');
SELECT t.same($$SELECT meta #>> '{meta-spec,version}', meta ->> 'license', meta ->> 'release_status' IN ('stable', 'testing', 'unstable') FROM dist$$,
	'1.0.0|postgresql|true', 'specification, licence, status');
SELECT t.same($$SELECT tag FROM dist, jsonb_array_elements_text(meta -> 'tags') AS tag GROUP BY tag
	HAVING count(*) > 1 OR length(tag) NOT BETWEEN 2 AND 255 OR tag ~ '[/\\[:cntrl:]]'$$,
	'{}'::text[], 'tags are terms');
SELECT t.same($$SELECT meta ->> 'version', meta #>> '{provides,zoom_gold,version}', packaged FROM dist, LATERAL (SELECT released || '.0') AS r (v)
	WHERE (meta ->> 'version', meta #>> '{provides,zoom_gold,version}', packaged) IS DISTINCT FROM (v, v, v)$$,
	'{}'::text[], 'META.json and debian/changelog have the version of the control file');
SELECT t.same($$SELECT 'zoom_gold--' || released || '.sql' = ANY (files), meta #>> '{provides,zoom_gold,file}' = 'zoom_gold--' || released || '.sql' FROM dist$$,
	'true|true', 'for which there is a script');
SELECT * FROM finish();
