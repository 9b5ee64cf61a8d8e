/*-------------------------------------------------------------------------
 *
 * rollup.h
 *	  Adding day partials up to days, weeks and months.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_ROLLUP_H
#define ZG_ROLLUP_H

#include "aggregates/period.h"
#include "base/bitmap.h"
#include "state/run.h"

/* the source system that all rows so far share */
typedef struct ZgSystem
{
	enum
	{
		ZG_NO_SYSTEM,			/* no rows yet */
		ZG_ONE_SYSTEM,
		ZG_MANY_SYSTEMS
	}			count;
	const text *name;			/* of the one; NULL is a system of its own */
} ZgSystem;

/* Add a system; its name is copied to the current memory context if kept. */
extern void zg_system_add(ZgSystem *into, const text *name);

/* source_system of an aggregate's row. */
extern Datum zg_system_value(const ZgSystem *system, bool *isnull);

/* what the partials of one member (feature, ticket type) add up to */
typedef struct ZgGroup
{
	const text *member;
	int			number;			/* of the member, dense */
	int64		row_count;
	int128		total;
	ZgBitmap   *users;			/* NULL unless asked for */
	ZgSystem	system;
} ZgGroup;

/* one period */
typedef struct ZgPeriod
{
	ZgPeriodKind kind;
	DateADT		start;
	ZgBitmap   *active;			/* known active users; NULL unless asked for */
	int			ngroups;
	ZgGroup   **groups;
} ZgPeriod;

/*
 * Called per period that has partials, by ascending start within each kind,
 * in a memory context that is reset afterwards.
 */
typedef void (*ZgPeriodCallback) (ZgPeriod *period, void *arg);

/* what to add up */
typedef struct ZgRollup
{
	const char *relation;		/* group its partials by member; may be NULL */
	bool		users;			/* with the groups' users */
	bool		active;			/* with the active users of the period */
	uint32		kinds;			/* which kinds of period */
} ZgRollup;

extern void zg_rollup(ZgRun *run, const ZgRollup *rollup,
					  const ZgPeriods *periods, ZgPeriodCallback callback,
					  void *arg);

#endif							/* ZG_ROLLUP_H */
