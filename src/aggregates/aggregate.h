/*-------------------------------------------------------------------------
 *
 * aggregate.h
 *	  The six steps that keep the aggregate tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_AGGREGATE_H
#define ZG_AGGREGATE_H

#include "state/run.h"

extern void zg_refresh_agg_active_users(ZgRun *run, ZgCounts *counts);
extern void zg_refresh_agg_meeting_minutes(ZgRun *run, ZgCounts *counts);
extern void zg_refresh_agg_feature_adoption(ZgRun *run, ZgCounts *counts);
extern void zg_refresh_agg_ticket_resolution(ZgRun *run, ZgCounts *counts);
extern void zg_refresh_agg_mrr(ZgRun *run, ZgCounts *counts);
extern void zg_refresh_agg_license_utilization(ZgRun *run, ZgCounts *counts);

/*
 * dividend / divisor with two decimals, rounded half away from zero, as a
 * palloc'd numeric; the divisor is positive.
 */
extern Datum zg_rounded_ratio(int128 dividend, int128 divisor);

#endif							/* ZG_AGGREGATE_H */
