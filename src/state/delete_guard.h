/*-------------------------------------------------------------------------
 *
 * delete_guard.h
 *	  Refusing to lose too many keys of a relation at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_DELETE_GUARD_H
#define ZG_DELETE_GUARD_H

#include "state/run.h"

/*
 * Error when more than so many per cent and more than so many keys of a
 * relation are lost at once, or all of several, unless that was confirmed.
 */
extern void zg_guard_check(ZgRun *run, const char *relation, int64 lost, int64 live);

#endif							/* ZG_DELETE_GUARD_H */
