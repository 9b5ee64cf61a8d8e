-- Much of one thing: schema "sizes".  Each procedure fills silver with so much of
-- it; what it returns is looked at by the program.
CREATE SCHEMA sizes;

-- Refresh; tells the steps that failed.
CREATE FUNCTION sizes.refresh(full_refresh boolean DEFAULT false) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT r.process_name || ': ' || (r.details ->> 'error') FROM zoom_gold.refresh(full_refresh) AS r WHERE r.status = 'Failure'
$$;

CREATE PROCEDURE sizes.users(n integer) LANGUAGE sql AS $$
	INSERT INTO silver.si_users
	SELECT 'u' || i, 'User ' || i, 'u' || i || '@x.example', 'Acme', 'Pro', '2024-01-01Z', NULL, 'X' FROM generate_series(1, n) AS i
$$;

-- versions of one user, each other than the one before
CREATE PROCEDURE sizes.versions(n integer) LANGUAGE sql AS $$
	INSERT INTO silver.si_users
	SELECT 'u1', 'User', 'u@x.example', 'Company ' || i % 7, 'Pro', timestamptz '2020-01-01Z' + i * interval '1 minute', NULL, 'X'
	FROM generate_series(1, n) AS i
$$;

-- corrections of one version, a transaction each
CREATE PROCEDURE sizes.corrections(n integer) LANGUAGE plpgsql AS $$
BEGIN
	CALL sizes.users(1);
	FOR i IN 1 .. n
	LOOP
		UPDATE silver.si_users SET company = 'Company ' || i;
		COMMIT;
	END LOOP;
END
$$;

-- users with one name, half of them with one e-mail as well
CREATE PROCEDURE sizes.homonyms(n integer) LANGUAGE sql AS $$
	INSERT INTO silver.si_users
	SELECT 'u' || i, 'Ana Silva', CASE WHEN i % 2 = 0 THEN 'ana@x.example' ELSE 'ana' || i || '@x.example' END, 'Acme', 'Pro',
		timestamptz '2024-01-01Z' + i * interval '1 second', NULL, 'X' FROM generate_series(1, n) AS i
$$;

CREATE PROCEDURE sizes.meetings_of_a_day(n integer) LANGUAGE plpgsql AS $$
BEGIN
	CALL sizes.users(1000);
	INSERT INTO silver.si_meetings
	SELECT 'm' || i, 'u' || 1 + i % 1000, 'Topic ' || i % 100, timestamptz '2024-02-01Z' + i % 86400 * interval '1 second', NULL, 30,
		'2024-02-02Z', NULL, 'X' FROM generate_series(1, n) AS i;
END
$$;

CREATE PROCEDURE sizes.participants_of_a_meeting(n integer) LANGUAGE plpgsql AS $$
BEGIN
	CALL sizes.users(1000);
	INSERT INTO silver.si_meetings VALUES ('m', 'u1', 'All hands', '2024-02-01 10:00Z', NULL, 60, '2024-02-02Z', NULL, 'X');
	INSERT INTO silver.si_participants
	SELECT 'p' || i, 'm', CASE WHEN i % 3 > 0 THEN 'u' || i END, '2024-02-01 10:00Z', '2024-02-01 10:30Z', '2024-02-02Z', NULL, 'X'
	FROM generate_series(1, n) AS i;
END
$$;

CREATE PROCEDURE sizes.topics(n integer) LANGUAGE plpgsql AS $$
BEGIN
	CALL sizes.users(1000);
	INSERT INTO silver.si_meetings
	SELECT 'm' || i, 'u' || 1 + i % 1000, 'Topic ' || i, timestamptz '2024-01-01Z' + i % 300 * interval '1 day', NULL, 30,
		'2025-01-01Z', NULL, 'X' FROM generate_series(1, n) AS i;
END
$$;

-- a row of each of so many days changes
CREATE PROCEDURE sizes.days(n integer) LANGUAGE plpgsql AS $$
BEGIN
	CALL sizes.users(100);
	INSERT INTO silver.si_meetings
	SELECT 'm' || i, 'u' || 1 + i % 100, 'Topic ' || i % 10, timestamptz '2014-01-01Z' + i % n * interval '1 day', NULL, 30,
		'2024-01-01Z', NULL, 'X' FROM generate_series(1, 20 * n) AS i;
	COMMIT;
	PERFORM sizes.refresh();
	COMMIT;
	UPDATE silver.si_meetings SET duration_minutes = 31 WHERE substr(meeting_id, 2)::integer <= n;
END
$$;

-- statements of one transaction
CREATE PROCEDURE sizes.statements(n integer) LANGUAGE plpgsql AS $$
BEGIN
	CALL sizes.users(1000);
	FOR i IN 1 .. n / 2
	LOOP
		INSERT INTO silver.si_meetings VALUES ('m' || i, 'u' || 1 + i % 1000, 'Sync', timestamptz '2024-02-01Z' + i * interval '1 minute', NULL, 30, '2024-05-01Z', NULL, 'X');
		UPDATE silver.si_users SET company = 'Company ' || i, update_timestamp = timestamptz '2024-05-01Z' + i * interval '1 second' WHERE user_id = 'u' || 1 + i % 1000;
	END LOOP;
END
$$;

-- keys of which two rows tie
CREATE PROCEDURE sizes.ties(n integer) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_billing_events
	SELECT 'b' || i % n, NULL, 'Refund', i % 100, '2024-02-01', '2024-02-02Z', NULL, 'X' FROM generate_series(1, 2 * n) AS i;
END
$$;

-- rows of one key that tie
CREATE PROCEDURE sizes.tied_rows(n integer) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_billing_events
	SELECT 'b', NULL, 'Refund', i, date '2024-02-01' + i % 30, '2024-02-02Z', NULL, 'X' FROM generate_series(1, n) AS i;
END
$$;

-- versions of one ticket
CREATE PROCEDURE sizes.ticket_versions(n integer) LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO silver.si_support_tickets
	SELECT 't', NULL, 'Audio', (ARRAY['Open', 'Closed'])[1 + i % 2], '2024-02-01', timestamptz '2024-02-02Z' + i * interval '1 second', NULL, 'X'
	FROM generate_series(1, n) AS i;
END
$$;

-- What wall time tells badly on a busy machine: the processor's, in ms.
CREATE FUNCTION sizes.busy() RETURNS bigint LANGUAGE sql AS $$
	SELECT 10 * (f[14]::bigint + f[15]::bigint + f[16]::bigint + f[17]::bigint)
	FROM regexp_split_to_array(regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/stat', 0, 4000), '\(.*\)', 'name'), ' ') AS f
$$;
