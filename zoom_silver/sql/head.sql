/*
 * zoom_silver 2.0: fills the silver layer of zoom_gold.
 *
 * What connectors land is read when it is asked for and written to silver as
 * differences: no object of the database depends on a connector's table, so
 * that it may be dropped, renamed and made anew at every sync.  The extension
 * owns code only; what it keeps lies in ordinary tables of the schema
 * zoom_silver_state, which pg_dump carries whole.
 */

-- complain if the script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION zoom_silver" to load this file. \quit

COMMENT ON SCHEMA zoom_silver IS 'Code of the zoom_silver extension: check_source(), add_source(), pull() and friends';
