/* ==========================================================================
 * Privileges: nothing is open to PUBLIC
 * ==========================================================================
 */

REVOKE ALL ON SCHEMA zoom_silver FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA zoom_silver FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA zoom_silver FROM PUBLIC;
