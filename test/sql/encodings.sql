\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set start :abs_srcdir '/include/start.sql'
\set in_encoding :abs_srcdir '/include/encoding.sql'
\set here :DBNAME
\set database :DBNAME '_encoding'
-- Databases may have other encodings than UTF8, which let in what UTF8 has no
-- equivalent of: nothing that is computed of a value may depend on one.
\set encoding SQL_ASCII
\set bytes c3
\i :in_encoding
\set encoding WIN1252
\set bytes 81
\i :in_encoding
\set encoding EUC_JP
\set bytes a9a1
\i :in_encoding
