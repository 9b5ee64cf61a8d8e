/*
 * zoom_gold 2.0: the gold layer of Zoom analytics.
 *
 * The extension owns code only.  Every table is made by zoom_gold.setup() as
 * an ordinary table, so that pg_dump carries it whole, DROP EXTENSION leaves
 * it, and users may add columns to it.  What setup() makes is described as
 * data in the first section; nothing is said twice.
 */

-- complain if the script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION zoom_gold" to load this file. \quit

COMMENT ON SCHEMA zoom_gold IS 'Code of the zoom_gold extension: setup(), refresh(), verify(), status and friends';
