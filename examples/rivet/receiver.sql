-- A role for the receiver that can do nothing but hand in events.  Run this as
-- the owner of the tables, after add_source('webhook', ...).
CREATE ROLE zoom_receiver LOGIN;
CREATE SCHEMA zoom_hook;
CREATE FUNCTION zoom_hook.receive(body jsonb) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN zoom_silver.receive(body);
CREATE FUNCTION zoom_hook.events() RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT event FROM zoom_silver.known_event();
END;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA zoom_hook FROM PUBLIC;
GRANT USAGE ON SCHEMA zoom_hook TO zoom_receiver;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA zoom_hook TO zoom_receiver;
