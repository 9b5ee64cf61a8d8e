/*-------------------------------------------------------------------------
 *
 * gold_name.h
 *	  One gold name belongs to one user.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_GOLD_NAME_H
#define ZG_GOLD_NAME_H

#include "users/user_version.h"

/*
 * Give every version of the folded users its gold name.  Users whose gold
 * name shifts because of them are folded as well.  all = every user is folded.
 */
extern void zg_name_users(ZgRun *run, ZgFold *fold, bool all);

#endif							/* ZG_GOLD_NAME_H */
