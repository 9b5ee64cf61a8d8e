-- Gold but for the logs and the days on which rows were written.
CREATE FUNCTION t.gold() RETURNS SETOF text LANGUAGE plpgsql SET TimeZone = 'UTC' SET DateStyle = 'ISO' AS $$
DECLARE
	name text;
BEGIN
	FOR name IN SELECT table_name FROM zoom_gold.model_table() WHERE table_schema = 'gold' AND table_name NOT LIKE '%audit\_log' LOOP
		RETURN QUERY EXECUTE format('SELECT %L || (to_jsonb(g.*) - ''{load_date,update_date}''::text[])::text FROM gold.%1$I AS g', name);
	END LOOP;
END
$$;
