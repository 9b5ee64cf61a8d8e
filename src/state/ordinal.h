/*-------------------------------------------------------------------------
 *
 * ordinal.h
 *	  The dense numbers of users and tickets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_ORDINAL_H
#define ZG_ORDINAL_H

#include "base/compat.h"
#include "state/run.h"

/*
 * Error unless a stored number can be one: arrays are indexed by them, so that
 * a damaged one must not get that far.
 */
extern void zg_check_ordinal(int32 ordinal, const char *identity);

/* Error: there are versions whose number nobody of an identity table has. */
pg_noreturn extern void zg_report_lost_identities(const char *identity);

/* The first number that nobody of an identity table has, nor a row of its table of events. */
extern int32 zg_next_ordinal(ZgRun *run, const char *identity, const char *event);

#endif							/* ZG_ORDINAL_H */
