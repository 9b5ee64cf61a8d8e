-- A long stream of changes over all relations, for what a refresh makes of
-- the days that were touched.  Users and tickets are appended to, so that
-- silver holds in the end whatever it held.
CREATE PROCEDURE property.changes(operations integer, batches integer) LANGUAGE plpgsql AS $$
DECLARE
	users integer := greatest(operations / 100, 10);
	meetings integer := greatest(operations / 10, 10);
	dice float8;
	at timestamptz;
	key text;
	usr text;
	wrong record;
BEGIN
	PERFORM setseed(0.4);
	FOR i IN 1 .. operations
	LOOP
		at := '2024-01-01 00:00Z'::timestamptz + i * (interval '300 days' / operations);
		PERFORM set_config('zoom_gold.clock', at::text, false);
		-- most changes are of late, some of long ago
		at := at - random() ^ 4 * (at - '2024-01-01 00:00Z'::timestamptz);
		usr := CASE WHEN random() < 0.95 THEN 'u' || property.between(1, users) END;
		dice := random();
		IF dice < 0.10 THEN
			INSERT INTO silver.si_users
			VALUES (usr, 'Name ' || property.between(1, users), property.between(1, users) || '@x.example', property.pick('{A,B}', 0.25),
					property.pick('{Free,Pro,Odd}', 0.25), at, NULL, property.pick('{S,T}', 0.1));
		ELSIF dice < 0.14 THEN
			INSERT INTO silver.si_support_tickets
			VALUES ('t' || property.between(1, users), usr, property.pick('{Audio,Video}', 0.02),
					property.pick('{Open,In Progress,Resolved,Closed}'), (at AT TIME ZONE 'UTC')::date - property.between(0, 3), at, NULL, 'D');
		ELSIF dice < 0.45 THEN
			key := 'm' || property.between(1, meetings);
			IF random() < 0.15 THEN
				DELETE FROM silver.si_meetings WHERE meeting_id = key;
			ELSIF random() < 0.3 THEN
				UPDATE silver.si_meetings SET host_id = usr, duration_minutes = property.between(-1, 50), update_timestamp = at WHERE meeting_id = key;
			ELSIF random() < 0.2 THEN
				-- moves between days
				UPDATE silver.si_meetings SET start_time = at, end_time = NULL, update_timestamp = at WHERE meeting_id = key;
			ELSE
				INSERT INTO silver.si_meetings
				VALUES (key, usr, 'T' || property.between(1, 30), at, CASE WHEN random() < 0.8 THEN at + property.between(-5, 100) * interval '1 minute' END,
						property.between(-1, 60), at, NULL, property.pick('{A,B}', 0.1));
			END IF;
		ELSIF dice < 0.55 THEN
			key := 'p' || property.between(1, meetings);
			IF random() < 0.3 THEN
				DELETE FROM silver.si_participants WHERE participant_id = key;
			ELSE
				INSERT INTO silver.si_participants VALUES (key, 'm' || property.between(1, meetings), usr, at, NULL, at, NULL, 'A');
			END IF;
		ELSIF dice < 0.80 THEN
			key := 'f' || property.between(1, meetings);
			IF random() < 0.2 THEN
				DELETE FROM silver.si_feature_usage WHERE usage_id = key;
			ELSIF random() < 0.3 THEN
				UPDATE silver.si_feature_usage SET usage_count = property.between(-1, 9), meeting_id = 'm' || property.between(1, meetings), update_timestamp = at
				WHERE usage_id = key;
			ELSE
				INSERT INTO silver.si_feature_usage
				VALUES (key, 'm' || property.between(1, meetings), 'F' || property.between(1, 5), property.between(-1, 9), (at AT TIME ZONE 'UTC')::date, at, NULL, property.pick('{A,B}'));
			END IF;
		ELSIF dice < 0.85 THEN
			INSERT INTO silver.si_webinars VALUES ('w' || property.between(1, users), usr, 'W' || property.between(1, 9), at, NULL, property.between(-1, 99), at, NULL, 'A');
		ELSIF dice < 0.92 THEN
			key := 'l' || property.between(1, users);
			IF random() < 0.2 THEN
				DELETE FROM silver.si_licenses WHERE license_id = key;
			ELSE
				INSERT INTO silver.si_licenses
				VALUES (key, property.pick('{Basic,Pro,Odd}'), usr, (at AT TIME ZONE 'UTC')::date,
						CASE WHEN random() < 0.7 THEN (at AT TIME ZONE 'UTC')::date + property.between(-1, 90) END, at, NULL, property.pick('{A,B}'));
			END IF;
		ELSE
			key := 'b' || property.between(1, meetings);
			IF random() < 0.2 THEN
				UPDATE silver.si_billing_events SET event_date = (at AT TIME ZONE 'UTC')::date, update_timestamp = at WHERE event_id = key;
			ELSE
				INSERT INTO silver.si_billing_events
				VALUES (key, usr, property.pick('{Subscription Fee,Subscription Renewal,refund,Gift}'), property.between(-5, 100), (at AT TIME ZONE 'UTC')::date, at, NULL, property.pick('{A,B}'));
			END IF;
		END IF;
		COMMIT;
		IF i % greatest(operations / batches, 1) = 0 THEN
			CALL property.refresh();
			COMMIT;
			FOR wrong IN SELECT * FROM zoom_gold.verify() WHERE NOT passed
			LOOP
				RAISE WARNING 'batch %: verify: %: %', i * batches / operations, wrong.check_name, wrong.details;
			END LOOP;
		END IF;
	END LOOP;
END
$$;
