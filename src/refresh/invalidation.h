/*-------------------------------------------------------------------------
 *
 * invalidation.h
 *	  From what capture noted to dirty marks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_INVALIDATION_H
#define ZG_INVALIDATION_H

#include "refresh/relation_state.h"

/*
 * Take up the pending changes of a relation with slices: turn them into dirty
 * marks of the steps that depend on it.  Those of rows that refer to meetings
 * wait for zg_mark_referring.
 */
extern void zg_intake(ZgRun *run, ZgSilverId id, const ZgRelationState *state);

/*
 * Mark the days on which rows refer to the meetings that were taken up.  After
 * a pass over these, only rows of relations that they tell something new (the
 * run's "told") need be read again; without one all are.
 */
extern void zg_mark_referring(ZgRun *run, bool passed);

#endif							/* ZG_INVALIDATION_H */
