/*-------------------------------------------------------------------------
 *
 * naming.h
 *	  One gold name belongs to one user.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_NAMING_H
#define ZG_NAMING_H

#include "fold.h"

/*
 * Give every version of the folded users its gold name.  Users whose gold
 * name shifts because of them are folded as well.  all = every user is folded.
 */
extern void zg_name_users(ZgRun *run, ZgFold *fold, bool all);

#endif							/* ZG_NAMING_H */
