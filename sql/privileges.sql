/* ==========================================================================
 * Privileges: nothing is open to PUBLIC; grant_read() opens what reads
 * ==========================================================================
 */

REVOKE ALL ON SCHEMA zoom_gold FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA zoom_gold FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA zoom_gold FROM PUBLIC;
