-- Writers beside refreshes: the operations of the generated stream
-- (test/stream/stream.sql), one to a transaction, on the wall clock.
CREATE SEQUENCE stream.written;
INSERT INTO stream.length VALUES (1, 20000);
CREATE OR REPLACE FUNCTION stream.clock(n integer) RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
	SELECT clock_timestamp()
$$;

-- Statements on many rows do not meet others, lest writers deadlock among
-- themselves.  With keep_past what silver held of users and tickets stays.
CREATE FUNCTION stream.write(keep_past boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	statement text := stream.operation(nextval('stream.written')::integer);
BEGIN
	IF keep_past AND statement ~ '^(UPDATE|DELETE FROM) silver\.si_(users|support_tickets)' THEN
		RETURN;
	END IF;
	IF statement ~ '^(INSERT INTO \S+ \(|UPDATE \S+ SET .* WHERE ctid|DELETE FROM \S+ WHERE ctid)' THEN
		PERFORM pg_advisory_xact_lock_shared(1);
	ELSE
		PERFORM pg_advisory_xact_lock(1);
	END IF;
	EXECUTE statement;
END
$$;
