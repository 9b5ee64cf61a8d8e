-- The opponent after changes to users: a full-join staging of silver and the
-- current versions, then MERGE.  Closing and opening are two statements, as
-- the unique index on current versions is checked at once.

\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;

CREATE TEMPORARY TABLE stage ON COMMIT DROP AS
SELECT s.*, d.sk
FROM (SELECT user_id,
			 regexp_replace(btrim(user_name), '\s+', ' ', 'g') AS user_name,
			 lower(btrim(email)) AS email,
			 btrim(company) AS company,
			 plan_type,
			 coalesce(update_timestamp, load_timestamp) AS at,
			 source_system
	  FROM silver.si_users
	  WHERE user_id IS NOT NULL AND btrim(user_name) <> '') AS s
FULL JOIN (SELECT * FROM base.dim_user WHERE is_current) AS d USING (user_id)
WHERE (s.user_name, s.email, s.company, s.plan_type) IS DISTINCT FROM (d.user_name, d.email, d.company, d.plan_type);
ANALYZE stage;

MERGE INTO base.dim_user AS d
USING stage AS s ON d.user_id = s.user_id AND d.is_current
WHEN MATCHED THEN
	UPDATE SET valid_to = coalesce(s.at, now()), is_current = false, update_date = current_date;

INSERT INTO base.dim_user
	(sk, user_id, user_name, email, company, plan_type, valid_from, valid_to, is_current,
	 load_date, update_date, source_system)
SELECT sk, user_id, user_name, email, company, plan_type, at, 'infinity', true,
	   current_date, current_date, source_system
FROM stage
WHERE user_name IS NOT NULL;

COMMIT;
