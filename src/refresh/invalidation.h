/*-------------------------------------------------------------------------
 *
 * invalidation.h
 *	  From what capture noted to dirty marks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_INVALIDATION_H
#define ZG_INVALIDATION_H

#include "silver/silver.h"
#include "silver/watermark.h"

/* How a relation is to be read in this run. */
typedef struct ZgRelationState
{
	bool		compare;		/* all of it, see the reason */
	const char *reason;			/* why it is compared in full; NULL = as
								 * planned */
	char	   *fingerprint;	/* as it is now */
	bool		noted;			/* that is what the state holds already */
	ZgRecent   *recent;			/* what its timestamps tell; NULL = they are
								 * not asked */
} ZgRelationState;

extern ZgRelationState zg_relation_state(ZgRun *run, const ZgSilver *silver);

/*
 * Do its timestamps tell of changes since the last refresh?  False when it is
 * not read by watermark.
 */
extern bool zg_has_unnoticed(ZgRun *run, const ZgSilver *silver);

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

/* Remember that the relation was taken up. */
extern void zg_intake_done(ZgRun *run, const ZgSilver *silver, const ZgRelationState *state);

#endif							/* ZG_INVALIDATION_H */
