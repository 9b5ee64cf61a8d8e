-- What the opponent needs to find its slices; made after the full build, at no
-- cost to it.

\set ON_ERROR_STOP on
CREATE INDEX ON base.fact_meeting (start_time);
CREATE INDEX ON base.fact_feature (usage_date);
CREATE INDEX ON base.err (source_table, key);
CREATE INDEX ON base.agg_active (p, d);
CREATE INDEX ON base.agg_feature (p, d);
CREATE INDEX ON base.active_day (d);
CREATE INDEX ON base.active_period (p, d);
CREATE INDEX ON base.fact_license (sk);
CREATE INDEX ON base.lic_used (p, d);
CREATE INDEX ON base.agg_license (p, d);
VACUUM (ANALYZE) base.fact_meeting, base.fact_feature, base.err, base.agg_active, base.agg_feature,
	base.active_day, base.active_period, base.fact_license, base.lic_used, base.agg_license, base.dim_user;
