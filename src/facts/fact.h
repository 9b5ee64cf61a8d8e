/*-------------------------------------------------------------------------
 *
 * fact.h
 *	  The six facts, and participants, which have no fact table; a file each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_FACT_H
#define ZG_FACT_H

#include "facts/fact_build.h"

extern const ZgFact zg_fact_meeting_usage;
extern const ZgFact zg_fact_participants;
extern const ZgFact zg_fact_feature_usage;
extern const ZgFact zg_fact_webinar_usage;
extern const ZgFact zg_fact_support_ticket;
extern const ZgFact zg_fact_license_utilization;
extern const ZgFact zg_fact_billing;

/* Of a silver relation; NULL for si_users. */
extern const ZgFact *zg_fact_of(ZgSilverId id);

#endif							/* ZG_FACT_H */
