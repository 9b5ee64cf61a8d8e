/*-------------------------------------------------------------------------
 *
 * ordinal.h
 *	  The dense numbers of users and tickets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_ORDINAL_H
#define ZG_ORDINAL_H

#include "state/run.h"

/*
 * Error unless a stored number can be one: arrays are indexed by them, so that
 * a damaged one must not get that far.
 */
extern void zg_check_ordinal(int32 ordinal, const char *identity);

/* The first number that nobody of an identity table has. */
extern int32 zg_next_ordinal(ZgRun *run, const char *identity);

#endif							/* ZG_ORDINAL_H */
