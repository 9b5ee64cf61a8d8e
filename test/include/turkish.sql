-- Go on in a database of its own whose language is Turkish: the small I has no
-- dot there.  "here" is the database to go back to, "turkish" that one.
\set here :DBNAME
\set turkish :DBNAME '_turkish'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :turkish;
CREATE DATABASE :turkish TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR';
\connect :turkish
