/*-------------------------------------------------------------------------
 *
 * moved_days.h
 *	  Days of a relation to which keys came, or from which they went.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_MOVED_DAYS_H
#define ZG_MOVED_DAYS_H

#include "silver/silver.h"
#include "state/dirty.h"

typedef struct ZgMovedDays ZgMovedDays;

/*
 * Begin to look for them; keys with rows on several days must be in
 * gold_state.spread_key, spelled in one way each.
 */
extern ZgMovedDays *zg_moved_days_begin(ZgRun *run, const ZgSilver *silver);

/* Compare some days with what the state has of them; some 20 bytes of memory a row. */
extern void zg_moved_days_compare(ZgMovedDays *moved, const ZgScope *days);

/* The days found, in the caller's context; ends the search. */
extern ZgScope *zg_moved_days_end(ZgMovedDays *moved);

#endif							/* ZG_MOVED_DAYS_H */
