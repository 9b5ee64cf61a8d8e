/* ==========================================================================
 * Privileges: nothing of use is open to PUBLIC; grant_read() opens what reads
 * ==========================================================================
 */

REVOKE ALL ON SCHEMA zoom_gold FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA zoom_gold FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA zoom_gold FROM PUBLIC;

-- For what a view calls PostgreSQL asks who reads it, and some are let read by
-- GRANT SELECT alone.  This one tells nothing that its argument does not hold,
-- and without the schema nobody can name it.
GRANT EXECUTE ON FUNCTION zoom_gold.user_ordinals(bytea) TO PUBLIC;
