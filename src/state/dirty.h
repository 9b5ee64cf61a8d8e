/*-------------------------------------------------------------------------
 *
 * dirty.h
 *	  Which slices (days) of a relation a step works on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_DIRTY_H
#define ZG_DIRTY_H

#include "state/run.h"

typedef struct ZgScope
{
	bool		whole;			/* all days; the list is empty then */
	int			ndays;
	DateADT    *days;			/* sorted, distinct; -infinity = no day */
} ZgScope;

/* The dirty marks of a consumer as a scope. */
extern ZgScope *zg_scope_of_marks(ZgRun *run, ZgStepId consumer);
extern bool zg_scope_is_empty(const ZgScope *scope);

/* For messages: "everything", "3 days from 2025-01-01 to 2025-02-01". */
extern char *zg_scope_describe(const ZgScope *scope);

/* Sort and dedupe a list of days in place; returns how many remain. */
extern int	zg_days_sort(DateADT *days, int ndays);

/* Is a day among sorted ones? */
extern bool zg_days_contain(const DateADT *days, int ndays, DateADT day);

/* The scope's days as a date[] Datum, for "day = ANY ($n)". */
extern Datum zg_scope_days(const ZgScope *scope);

/* SQL condition on a column with $2 = zg_scope_days: true when whole. */
extern const char *zg_scope_condition(const ZgScope *scope, const char *column);

/* Mark days of a consumer dirty; whole marks everything. */
extern void zg_mark_days(ZgStepId consumer, const DateADT *days, int ndays);
extern void zg_mark_all(ZgStepId consumer);

/*
 * Mark a relation as one of whose changes capture missed some, and forget the
 * marks that the run sees.
 */
extern void zg_mark_missed(const char *relation);
extern void zg_clear_missed(ZgRun *run, const char *relation);

/* Forget the marks of a consumer. */
extern void zg_clear_marks(ZgStepId consumer);

#endif							/* ZG_DIRTY_H */
