/*-------------------------------------------------------------------------
 *
 * fact.c
 *	  The facts by the silver relation they are built from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/fact.h"

static const ZgFact *const facts[ZG_SILVER_COUNT] = {
	[ZG_MEETINGS] = &zg_fact_meeting_usage,
	[ZG_PARTICIPANTS] = &zg_fact_participants,
	[ZG_FEATURE_USAGE] = &zg_fact_feature_usage,
	[ZG_WEBINARS] = &zg_fact_webinar_usage,
	[ZG_TICKETS] = &zg_fact_support_ticket,
	[ZG_LICENSES] = &zg_fact_license_utilization,
	[ZG_BILLING] = &zg_fact_billing,
};

const ZgFact *
zg_fact_of(ZgSilverId id)
{
	return facts[id];
}
