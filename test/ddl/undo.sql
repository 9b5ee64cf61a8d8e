-- Statements that undo something, separated by semicolons, in the schema named.
CREATE FUNCTION :"schema".take_back(undoes text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	undo text;
BEGIN
	FOREACH undo IN ARRAY string_to_array(undoes, '; ') LOOP
		CONTINUE WHEN undo = '';
		BEGIN
			EXECUTE undo;
		EXCEPTION WHEN OTHERS THEN
			NULL;				-- another one has undone it, or it was not done
		END;
	END LOOP;
END
$$;
