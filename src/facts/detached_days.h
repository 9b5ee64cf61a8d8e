/*-------------------------------------------------------------------------
 *
 * detached_days.h
 *	  The days of a fact whose partition was detached.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_DETACHED_DAYS_H
#define ZG_DETACHED_DAYS_H

#include "state/run.h"
#include "utils/date.h"

typedef struct ZgDetachedDays ZgDetachedDays;

/* Read the days of a fact that no partition takes, as theirs was detached. */
extern ZgDetachedDays *zg_detached_days_load(ZgRun *run, const char *fact);

extern bool zg_detached_days_contain(const ZgDetachedDays *detached, DateADT day);

#endif							/* ZG_DETACHED_DAYS_H */
