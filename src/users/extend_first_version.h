/*-------------------------------------------------------------------------
 *
 * extend_first_version.h
 *	  The first version of a user reaches back to the first day on which a
 *	  fact names the user.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_EXTEND_FIRST_VERSION_H
#define ZG_EXTEND_FIRST_VERSION_H

#include "users/identity.h"

/*
 * Note that a day names a user of late, or no more.  user is what the pass
 * knows of it, NULL = nothing.
 */
extern void zg_reach_note(ZgRun *run, const ZgUser *user, int32 ordinal,
						  DateADT day, bool named);

/* Make the notes outlast the step: called before it ends. */
extern void zg_reach_save(ZgRun *run);

/* The step: move the first versions that must. */
extern void zg_extend_dim_user(ZgRun *run, ZgCounts *counts);

/*
 * The first day on which a fact names each of the ordinals, found in the
 * slices: fills days[i] for ordinals[i], DATEVAL_NOEND = none.
 */
extern void zg_first_events(ZgRun *run, const int32 *ordinals, int n, DateADT *days);

#endif							/* ZG_EXTEND_FIRST_VERSION_H */
