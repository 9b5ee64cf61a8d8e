/*-------------------------------------------------------------------------
 *
 * period.c
 *	  Days, ISO weeks and months, and which of them an aggregate has to
 *	  compute anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aggregates/period.h"
#include "base/array.h"
#include "base/grow.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "state/dirty.h"
#include "state/query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#define DAYS_PER_WEEK	7

/* The period of that kind in which a day lies: its first day. */
DateADT
zg_period_start(ZgPeriodKind kind, DateADT day)
{
	int			year,
				month,
				mday;

	switch (kind)
	{
		case ZG_DAILY:
			break;
		case ZG_WEEKLY:
			/* julian day 0 was a Monday */
			return day - (day + POSTGRES_EPOCH_JDATE) % DAYS_PER_WEEK;
		case ZG_MONTHLY:
			j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
			return day - (mday - 1);
	}
	return day;
}

/* The day after the period that starts on a day. */
DateADT
zg_period_past(ZgPeriodKind kind, DateADT start)
{
	switch (kind)
	{
		case ZG_DAILY:
			break;
		case ZG_WEEKLY:
			return start + DAYS_PER_WEEK;
		case ZG_MONTHLY:
			return zg_period_start(ZG_MONTHLY, start + 31);
	}
	return start + 1;
}

/* The name of a kind, as period_type has it. */
const char *
zg_period_name(ZgPeriodKind kind)
{
	static const char *const names[ZG_PERIOD_KINDS] = {"Daily", "Weekly", "Monthly"};

	return names[kind];
}

/* the marks of one consumer */
typedef struct Marks
{
	bool		everything;
	int			ndays;
	DateADT    *days;			/* marks with a finite day */
	int			maxdays;
	int			nmarks;
	ItemPointerData *tids;		/* all marks */
	int			maxmarks;
} Marks;

/* Row callback: ctid, day. */
static void
read_mark(TupleTableSlot *slot, void *arg)
{
	Marks	   *marks = arg;
	bool		isnull;
	DateADT		day;

	zg_make_room(CurrentMemoryContext, marks->days, marks->ndays, marks->maxdays);
	zg_make_room(CurrentMemoryContext, marks->tids, marks->nmarks, marks->maxmarks);
	marks->tids[marks->nmarks++] =
		*(ItemPointer) DatumGetPointer(slot_getattr(slot, 1, &isnull));
	day = DatumGetDateADT(slot_getattr(slot, 2, &isnull));
	if (isnull)
		marks->everything = true;
	else if (!DATE_NOT_FINITE(day))
		marks->days[marks->ndays++] = day;
}

/*
 * Delete the marks that were read, and no others: one that another session
 * committed meanwhile speaks of what this run does not see.
 */
static void
delete_marks(ZgStepId consumer, const Marks *marks)
{
	Oid			types[] = {TEXTOID, TIDARRAYOID};
	Datum		values[2];
	Datum	   *tids = palloc_array(Datum, marks->nmarks);

	for (int i = 0; i < marks->nmarks; i++)
		tids[i] = PointerGetDatum(&marks->tids[i]);
	values[0] = CStringGetTextDatum(zg_steps[consumer].process);
	values[1] = PointerGetDatum(construct_array(tids, marks->nmarks, TIDOID,
												sizeof(ItemPointerData), false,
												TYPALIGN_SHORT));
	zg_execute("DELETE FROM gold_state.dirty WHERE consumer = $1 AND ctid = ANY ($2)",
			   2, types, values, NULL);
	pfree(tids);
}

/*
 * Take the dirty marks of a consumer, which deletes them, for the periods in
 * which the marked days lie.
 *
 * Marks for rows without a day touch no period.
 */
ZgPeriods *
zg_periods_take(ZgRun *run, ZgStepId consumer)
{
	ZgPeriods  *periods = palloc0_object(ZgPeriods);
	Marks		marks = {0};
	Oid			argtype = TEXTOID;
	Datum		value = CStringGetTextDatum(zg_steps[consumer].process);

	zg_query(run, "SELECT ctid, day FROM gold_state.dirty WHERE consumer = $1",
			 1, &argtype, &value, read_mark, &marks);
	if (marks.nmarks > 0)
		delete_marks(consumer, &marks);
	periods->everything = marks.everything || run->full;
	periods->since = DATEVAL_NOEND;
	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
	{
		DateADT    *starts = palloc_array(DateADT, Max(marks.ndays, 1));

		for (int i = 0; i < marks.ndays; i++)
			starts[i] = zg_period_start(kind, marks.days[i]);
		periods->nstarts[kind] = zg_days_sort(starts, marks.ndays);
		periods->starts[kind] = starts;
	}
	return periods;
}

/* Is there nothing to compute? */
bool
zg_periods_empty(const ZgPeriods *periods)
{
	return !periods->everything && DATE_IS_NOEND(periods->since) &&
		periods->nstarts[ZG_DAILY] == 0;
}

/* Is the period that starts on this day to be computed? */
bool
zg_periods_contain(const ZgPeriods *periods, ZgPeriodKind kind, DateADT start)
{
	return periods->everything ||
		zg_period_past(kind, start) > periods->since ||
		zg_days_contain(periods->starts[kind], periods->nstarts[kind], start);
}

static int
compare_ranges(const void *a, const void *b)
{
	const ZgDayRange *x = a;
	const ZgDayRange *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Join ranges that meet; they are sorted. */
static int
join_ranges(ZgDayRange *ranges, int nranges)
{
	int			n = 0;

	for (int i = 0; i < nranges; i++)
	{
		if (n > 0 && ranges[i].first <= ranges[n - 1].past)
			ranges[n - 1].past = Max(ranges[n - 1].past, ranges[i].past);
		else
			ranges[n++] = ranges[i];
	}
	return n;
}

/*
 * The days of these periods, in order and disjoint.
 *
 * Returns the number of ranges, palloc'd.
 */
int
zg_periods_ranges(const ZgPeriods *periods, uint32 kinds, ZgDayRange **ranges)
{
	int			n = ZG_PERIOD_KINDS;
	ZgDayRange *next;

	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
		n += periods->nstarts[kind];
	*ranges = next = palloc_array(ZgDayRange, n);
	if (periods->everything)
	{
		next->first = ZG_FIRST_DATE;
		next->past = DATEVAL_NOEND;
		return 1;
	}
	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
	{
		if ((kinds & ZG_KIND_BIT(kind)) == 0)
			continue;
		for (int i = 0; i < periods->nstarts[kind]; i++, next++)
		{
			next->first = periods->starts[kind][i];
			next->past = zg_period_past(kind, next->first);
		}
		if (!DATE_IS_NOEND(periods->since))
		{
			next->first = zg_period_start(kind, periods->since);
			next->past = DATEVAL_NOEND;
			next++;
		}
	}
	qsort(*ranges, next - *ranges, sizeof(ZgDayRange), compare_ranges);
	return join_ranges(*ranges, next - *ranges);
}

/* What selects the rows of these periods: SQL over their first days. */
static char *
periods_condition(const ZgPeriods *periods, const char *date_column)
{
	StringInfoData sql;

	initStringInfo(&sql);
	if (periods->everything)
		appendStringInfoString(&sql, "true");
	else if (date_column == NULL)
		appendStringInfo(&sql,
						 "activity_month IN (SELECT to_char(m, 'YYYY-MM') FROM unnest($%d) m)",
						 ZG_MONTHLY + 1);
	else
		for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
		{
			appendStringInfo(&sql, "%s(period_type = '%s' AND %s = ANY ($%d))",
							 kind == 0 ? "" : " OR ", zg_period_name(kind),
							 date_column, kind + 1);
			if (!DATE_IS_NOEND(periods->since))
				appendStringInfo(&sql, " OR (period_type = '%s' AND %s >= $%d)",
								 zg_period_name(kind), date_column,
								 ZG_PERIOD_KINDS + kind + 1);
		}
	return sql.data;
}

/*
 * Begin the difference of an aggregate table over these periods.
 */
ZgDiff *
zg_periods_diff(ZgRun *run, const ZgPeriods *periods, const ZgTarget *target,
				const char *date_column)
{
	Oid			types[2 * ZG_PERIOD_KINDS];
	Datum		values[2 * ZG_PERIOD_KINDS];

	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
	{
		types[kind] = DATEARRAYOID;
		values[kind] = zg_date_array(periods->starts[kind], periods->nstarts[kind]);
		types[ZG_PERIOD_KINDS + kind] = DATEOID;
		values[ZG_PERIOD_KINDS + kind] =
			DateADTGetDatum(DATE_IS_NOEND(periods->since) ? periods->since :
							zg_period_start(kind, periods->since));
	}
	return zg_diff_begin(run, target, periods_condition(periods, date_column),
						 lengthof(types), types, values);
}
