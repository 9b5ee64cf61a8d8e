/*-------------------------------------------------------------------------
 *
 * step_graph.c
 *	  The steps of a refresh, and what each computes from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "state/step_graph.h"

const ZgStep zg_steps[ZG_NODE_COUNT] = {
	[ZG_STEP_DIM_USER] = {
		.process = "merge_dim_user",.table = "go_dim_user",
		.relation = ZG_USERS,
	},
	[ZG_STEP_FACT_MEETING] = {
		.process = "build_fact_meeting_usage",.table = "go_fact_meeting_usage",
		.relation = ZG_MEETINGS,.names_users = true,
		.after = ZG_BIT(ZG_STEP_DIM_USER),
	},
	[ZG_STEP_DIM_MEETING] = {
		.process = "merge_dim_meeting",.table = "go_dim_meeting",
		.relation = -1,
		.after = ZG_BIT(ZG_STEP_FACT_MEETING),
	},
	[ZG_STEP_FACT_FEATURE] = {
		.process = "build_fact_feature_usage",.table = "go_fact_feature_usage",
		.relation = ZG_FEATURE_USAGE,.uses_meetings = true,
		.after = ZG_BIT(ZG_STEP_FACT_MEETING),
	},
	[ZG_STEP_DIM_FEATURE] = {
		.process = "merge_dim_feature",.table = "go_dim_feature",
		.relation = -1,
		.after = ZG_BIT(ZG_STEP_FACT_FEATURE),
	},
	[ZG_STEP_FACT_WEBINAR] = {
		.process = "build_fact_webinar_usage",.table = "go_fact_webinar_usage",
		.relation = ZG_WEBINARS,.names_users = true,
	},
	[ZG_STEP_DIM_WEBINAR] = {
		.process = "merge_dim_webinar",.table = "go_dim_webinar",
		.relation = -1,
		.after = ZG_BIT(ZG_STEP_FACT_WEBINAR),
	},
	[ZG_STEP_FACT_TICKET] = {
		.process = "build_fact_support_ticket",.table = "go_fact_support_ticket",
		.relation = ZG_TICKETS,.names_users = true,
		.after = ZG_BIT(ZG_STEP_DIM_USER),
	},
	[ZG_STEP_DIM_TICKET] = {
		.process = "merge_dim_ticket_type",.table = "go_dim_ticket_type",
		.relation = -1,
		.after = ZG_BIT(ZG_STEP_FACT_TICKET),
	},
	[ZG_STEP_FACT_BILLING] = {
		.process = "build_fact_billing",.table = "go_fact_billing",
		.relation = ZG_BILLING,.names_users = true,
		.after = ZG_BIT(ZG_STEP_DIM_USER),
	},
	[ZG_STEP_DIM_BILLING] = {
		.process = "merge_dim_billing_event_type",.table = "go_dim_billing_event_type",
		.relation = -1,
		.after = ZG_BIT(ZG_STEP_FACT_BILLING),
	},
	[ZG_STEP_FACT_LICENSE] = {
		.process = "build_fact_license_utilization",.table = "go_fact_license_utilization",
		.relation = ZG_LICENSES,.names_users = true,
		.after = ZG_BIT(ZG_STEP_DIM_USER),
	},
	[ZG_STEP_DIM_LICENSE] = {
		.process = "merge_dim_license_type",.table = "go_dim_license_type",
		.relation = -1,
		.after = ZG_BIT(ZG_STEP_FACT_LICENSE),
	},
	[ZG_STEP_EXTEND_USER] = {
		.process = "extend_dim_user",
		.relation = -1,
		.after = ZG_BIT(ZG_STEP_DIM_USER),
	},
	[ZG_STEP_AGG_ACTIVE_USERS] = {
		.process = "refresh_agg_active_users",.table = "go_agg_active_users",
		.relation = -1,.counts_users = true,
		.from = ZG_BIT(ZG_STEP_FACT_MEETING) | ZG_BIT(ZG_PASS_PARTICIPANTS),
	},
	[ZG_STEP_AGG_MINUTES] = {
		.process = "refresh_agg_meeting_minutes",.table = "go_agg_meeting_minutes",
		.relation = -1,
		.from = ZG_BIT(ZG_STEP_FACT_MEETING),
	},
	[ZG_STEP_AGG_ADOPTION] = {
		.process = "refresh_agg_feature_adoption",.table = "go_agg_feature_adoption",
		.relation = -1,.counts_users = true,
		.from = ZG_BIT(ZG_STEP_FACT_MEETING) | ZG_BIT(ZG_STEP_FACT_FEATURE) |
		ZG_BIT(ZG_PASS_PARTICIPANTS),
	},
	[ZG_STEP_AGG_RESOLUTION] = {
		.process = "refresh_agg_ticket_resolution",.table = "go_agg_ticket_resolution",
		.relation = -1,
		.from = ZG_BIT(ZG_STEP_FACT_TICKET),
	},
	[ZG_STEP_AGG_MRR] = {
		.process = "refresh_agg_mrr",.table = "go_agg_mrr",
		.relation = -1,
		.from = ZG_BIT(ZG_STEP_FACT_BILLING),
	},
	[ZG_STEP_AGG_LICENSE] = {
		.process = "refresh_agg_license_utilization",.table = "go_agg_license_utilization",
		.relation = -1,.counts_users = true,
		.from = ZG_BIT(ZG_STEP_FACT_MEETING) | ZG_BIT(ZG_STEP_FACT_LICENSE) |
		ZG_BIT(ZG_PASS_PARTICIPANTS),
	},
	[ZG_PASS_PARTICIPANTS] = {
		.process = "si_participants",
		.relation = ZG_PARTICIPANTS,.uses_meetings = true,.names_users = true,
	},
};

/* The relations of one node of the graph. */
static uint32
relations_of(const ZgStep *step)
{
	return (step->relation < 0 ? 0 : ZG_BIT(step->relation)) |
		(step->uses_meetings ? ZG_BIT(ZG_MEETINGS) : 0);
}

uint32
zg_step_relations(ZgStepId id)
{
	return relations_of(&zg_steps[id]) |
		(id == ZG_STEP_AGG_ACTIVE_USERS ? relations_of(&zg_steps[ZG_PASS_PARTICIPANTS]) : 0);
}

uint32
zg_step_dependencies(ZgStepId id, bool participants_count)
{
	uint32		steps = zg_steps[id].from | zg_steps[id].after;

	if (participants_count && (steps & ZG_BIT(ZG_PASS_PARTICIPANTS)))
		steps |= ZG_BIT(ZG_STEP_AGG_ACTIVE_USERS);
	return steps & ~(ZG_BIT(ZG_PASS_PARTICIPANTS) | ZG_BIT(id));
}

ZgStepId
zg_step_of_relation(ZgSilverId id)
{
	int			step = 0;

	while (zg_steps[step].relation != (int) id)
		step++;
	return step;
}
