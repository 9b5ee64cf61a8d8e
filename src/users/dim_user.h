/*-------------------------------------------------------------------------
 *
 * dim_user.h
 *	  go_dim_user: the fold of the kept versions of users.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_DIM_USER_H
#define ZG_DIM_USER_H

#include "silver/watermark.h"

/*
 * The step: take up changes, fold the users that changed, write the
 * difference, mark the facts whose user names change.  compare = read all of
 * si_users; recent = what its timestamps tell, or NULL; refold = fold all
 * users, also those without changes.
 */
extern void zg_merge_dim_user(ZgRun *run, bool compare, const ZgRecent *recent,
							  bool refold, ZgCounts *counts);

#endif							/* ZG_DIM_USER_H */
