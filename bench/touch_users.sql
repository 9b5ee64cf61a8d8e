-- One user in a hundred moves to another plan.

\set ON_ERROR_STOP on
UPDATE silver.si_users
SET plan_type = CASE plan_type WHEN 'Pro' THEN 'Business' ELSE 'Pro' END,
	update_timestamp = greatest(update_timestamp, timestamptz '2025-12-30') + interval '1 hour'
WHERE abs(hashtext(user_id || :'round')) % 100 = 0;
