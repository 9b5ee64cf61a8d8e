/*-------------------------------------------------------------------------
 *
 * period.h
 *	  Days, ISO weeks and months, and which of them an aggregate has to
 *	  compute anew.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_PERIOD_H
#define ZG_PERIOD_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "state/diff.h"
#include "state/run.h"

typedef enum ZgPeriodKind
{
	ZG_DAILY,
	ZG_WEEKLY,
	ZG_MONTHLY
} ZgPeriodKind;

#define ZG_PERIOD_KINDS	3

/* sets of kinds */
#define ZG_KIND_BIT(kind)	(1U << (kind))
#define ZG_ALL_KINDS	(ZG_KIND_BIT(ZG_PERIOD_KINDS) - 1)

/* the first day that the type date can hold */
#define ZG_FIRST_DATE	((DateADT) (DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE))

/* The period of that kind in which a day lies: its first day. */
extern DateADT zg_period_start(ZgPeriodKind kind, DateADT day);

/* The day after the period that starts on a day. */
extern DateADT zg_period_past(ZgPeriodKind kind, DateADT start);

/* Daily, Weekly, Monthly */
extern const char *zg_period_name(ZgPeriodKind kind);

/* the periods to compute anew */
typedef struct ZgPeriods
{
	bool		everything;
	DateADT		since;			/* besides, all that end after this day;
								 * DATEVAL_NOEND: none */
	int			nstarts[ZG_PERIOD_KINDS];
	DateADT    *starts[ZG_PERIOD_KINDS];	/* ascending */
} ZgPeriods;

/* days from a first one up to, but not including, another */
typedef struct ZgDayRange
{
	DateADT		first;
	DateADT		past;
} ZgDayRange;

/*
 * Take the dirty marks of a consumer, which deletes them, for the periods in
 * which the marked days lie.
 */
extern ZgPeriods *zg_periods_take(ZgRun *run, ZgStepId consumer);
extern bool zg_periods_empty(const ZgPeriods *periods);
extern bool zg_periods_contain(const ZgPeriods *periods, ZgPeriodKind kind,
							   DateADT start);

/* Their days, in order and disjoint; returns the number of ranges. */
extern int	zg_periods_ranges(const ZgPeriods *periods, uint32 kinds,
							  ZgDayRange **ranges);

/*
 * Begin the difference of an aggregate table over these periods.  The table
 * has period_type and the given date column, or, where that is NULL, the
 * months as text in activity_month.
 */
extern ZgDiff *zg_periods_diff(ZgRun *run, const ZgPeriods *periods,
							   const ZgTarget *target,
							   const char *date_column);

#endif							/* ZG_PERIOD_H */
