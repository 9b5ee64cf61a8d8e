/*-------------------------------------------------------------------------
 *
 * license_utilization.c
 *	  The step that keeps gold.go_agg_license_utilization.
 *
 * A licence counts in every period that its span overlaps, so the table is no
 * union of days.  Per kind of period a sweep goes from the first licence to
 * today: licences enter with the period in which they start and leave with
 * the one after their end, which gives the assigned ones.  The used ones are
 * found from the active users of the period, each of whom leads to the
 * licences it holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aggregates/aggregate.h"
#include "aggregates/period.h"
#include "aggregates/rollup.h"
#include "base/bitmap.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "state/diff.h"
#include "state/query.h"
#include "users/identity.h"
#include "utils/builtins.h"
#include "utils/memutils.h"


/* license_span.spans: pairs of int32 end date and int32 ordinal */
#define SPAN_BYTES		8

typedef struct License
{
	DateADT		start;
	DateADT		end;			/* inclusive; PG_INT32_MAX: open-ended */
	uint32		ordinal;		/* of its user */
	uint32		group;			/* in Licenses.groups */
} License;

/* licences of one type and source system; ordered by type */
typedef struct LicenseGroup
{
	const text *type;
	const text *system;
	uint32		type_number;
} LicenseGroup;

typedef struct Licenses
{
	License    *items;
	int64		nitems;
	int64		maxitems;
	LicenseGroup *groups;
	uint32		ngroups;
	uint32		maxgroups;
	uint32		ntypes;
	DateADT		first_start;	/* DATEVAL_NOEND: there is none */
	uint32	   *of_user;		/* per ordinal: its first in "by_user" */
	License    *by_user;		/* the items, by ordinal */
	ZgBitmap   *users;			/* who holds any */
	uint32		nordinals;		/* all users' ordinals are below */
} Licenses;

/* things by the number of their bucket */
typedef struct Buckets
{
	uint32	   *first;			/* per bucket, and one past the last */
	uint32	   *groups;
} Buckets;

/* the periods of one kind, in order */
typedef struct Sweep
{
	ZgPeriodKind kind;
	DateADT		base;			/* start of period 0 */
	int32		nperiods;
	int32	   *numbers;		/* of its period, per day from the base on */
	int32		next;			/* the period to come */
	DateADT		start;			/* its first day */
	Buckets		opening;		/* per period: groups of licences that enter */
	Buckets		closing;		/* ... and that leave */
	int32	   *assigned;		/* per group, in the period to come */
} Sweep;

typedef struct Utilization
{
	ZgRun	   *run;
	ZgPeriods  *periods;
	ZgDiff	   *diff;
	Licenses	licenses;
	Sweep		sweeps[ZG_PERIOD_KINDS];
	int64	   *used;			/* per type */
	uint32	   *active;			/* room for the holders that are active */
	MemoryContext row_context;
} Utilization;

static const ZgTarget target = {
	.schema = "gold",
	.table = "go_agg_license_utilization",
	.ncolumns = 5,
	.columns = {"license_type", "utilization_rate", "period_type", "source_system", "period_start"},
	.pair_columns = 1 << 0 | 1 << 2 | 1 << 4
};

/* The group of a row of license_span; rows come ordered by group. */
static uint32
find_license_group(Licenses *licenses, const text *type, const text *system)
{
	LicenseGroup *last = NULL;
	LicenseGroup *group;
	bool		same_type;

	if (licenses->ngroups > 0)
		last = &licenses->groups[licenses->ngroups - 1];
	same_type = last != NULL && zg_text_equal(last->type, type);
	if (same_type && zg_text_compare(last->system, system) == 0)
		return licenses->ngroups - 1;
	zg_make_room(CurrentMemoryContext, licenses->groups, licenses->ngroups, licenses->maxgroups);
	last = &licenses->groups[Max(licenses->ngroups, 1) - 1];
	group = &licenses->groups[licenses->ngroups];
	group->type = same_type ? last->type : zg_text_copy(type);
	group->system = system == NULL ? NULL : zg_text_copy(system);
	if (!same_type)
		licenses->ntypes++;
	group->type_number = licenses->ntypes - 1;
	return licenses->ngroups++;
}

static void
add_license(Licenses *licenses, const License *license)
{
	zg_make_room(CurrentMemoryContext, licenses->items, licenses->nitems, licenses->maxitems);
	licenses->items[licenses->nitems++] = *license;
	licenses->first_start = Min(licenses->first_start, license->start);
}

static void
report_damage(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored licence spans are damaged"),
			 errhint("Build them anew with zoom_gold.refresh(full_refresh => true).")));
}

/* columns of the query of license_span */
enum
{
	SPAN_TYPE, SPAN_SYSTEM, SPAN_DAY, SPAN_PACKED
};

/* Row callback */
static void
read_spans(TupleTableSlot *slot, void *arg)
{
	Licenses   *licenses = arg;
	License		license;
	text	   *type_name;
	Datum		system;
	Datum		packed;
	bytea	   *spans;
	uint32		size;
	bool		isnull;

	type_name = DatumGetTextPP(slot_getattr(slot, SPAN_TYPE + 1, &isnull));
	system = slot_getattr(slot, SPAN_SYSTEM + 1, &isnull);
	license.group = find_license_group(licenses, type_name,
									   isnull ? NULL : DatumGetTextPP(system));
	license.start = DatumGetDateADT(slot_getattr(slot, SPAN_DAY + 1, &isnull));
	packed = slot_getattr(slot, SPAN_PACKED + 1, &isnull);
	spans = DatumGetByteaPP(packed);
	size = VARSIZE_ANY_EXHDR(spans);
	if (size % SPAN_BYTES != 0)
		report_damage();
	for (uint32 at = 0; at < size; at += SPAN_BYTES)
	{
		int32		pair[2];

		memcpy(pair, VARDATA_ANY(spans) + at, SPAN_BYTES);
		license.end = pair[0];
		license.ordinal = (uint32) pair[1];
		if (license.end < license.start || license.ordinal >= licenses->nordinals)
			report_damage();
		add_license(licenses, &license);
	}
	if ((Pointer) spans != DatumGetPointer(packed))
		pfree(spans);
}

/* Sort the licences by user, and note who holds any. */
static void
index_by_user(Licenses *licenses)
{
	uint32		nusers = 0;
	uint32	   *next;

	for (int64 i = 0; i < licenses->nitems; i++)
		nusers = Max(nusers, licenses->items[i].ordinal + 1);
	next = MemoryContextAllocExtended(CurrentMemoryContext,
									  ((Size) nusers + 2) * sizeof(uint32),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	/* count two places ahead: filling moves "next" on to the true starts */
	for (int64 i = 0; i < licenses->nitems; i++)
		next[licenses->items[i].ordinal + 2]++;
	licenses->users = zg_bitmap_create();
	for (uint32 user = 0; user < nusers; user++)
	{
		if (next[user + 2] > 0)
			zg_bitmap_add(licenses->users, user);
		next[user + 2] += next[user + 1];
	}
	licenses->by_user = MemoryContextAllocHuge(CurrentMemoryContext,
											   Max(licenses->nitems, 1) * sizeof(License));
	for (int64 i = 0; i < licenses->nitems; i++)
		licenses->by_user[next[licenses->items[i].ordinal + 1]++] = licenses->items[i];
	licenses->of_user = next;
}

/*
 * Load the assigned licences that start before a day.
 */
static void
load_licenses(ZgRun *run, Licenses *licenses, DateADT past)
{
	Oid			argtype = DATEOID;
	Datum		value = DateADTGetDatum(past);

	memset(licenses, 0, sizeof(*licenses));
	licenses->first_start = DATEVAL_NOEND;
	licenses->maxitems = 1024;
	licenses->items = palloc_array(License, licenses->maxitems);
	licenses->maxgroups = 16;
	licenses->groups = palloc_array(LicenseGroup, licenses->maxgroups);
	licenses->nordinals = (uint32) zg_users_next_ordinal(run);
	zg_query(run,
			 "SELECT license_type, source_system, day, spans"
			 " FROM gold_state.license_span WHERE day < $1"
			 " ORDER BY license_type COLLATE \"C\", source_system COLLATE \"C\"",
			 1, &argtype, &value, read_spans, licenses);
	index_by_user(licenses);
}

/* Number the periods from that of the base to the last before a day. */
static void
number_periods(Sweep *sweep, DateADT past)
{
	sweep->nperiods = 0;
	if (sweep->base >= past)
		return;
	sweep->numbers = MemoryContextAllocHuge(CurrentMemoryContext,
											(Size) (past - sweep->base) * sizeof(int32));
	for (DateADT day = sweep->base; day < past; day++)
	{
		if (day == zg_period_start(sweep->kind, day))
			sweep->nperiods++;
		sweep->numbers[day - sweep->base] = sweep->nperiods - 1;
	}
}

/* The number of the period in which a day lies; the first ones have 0. */
static int32
period_number(const Sweep *sweep, DateADT day)
{
	return sweep->numbers[Max(day, sweep->base) - sweep->base];
}

/* The period with which a licence enters; nperiods: none. */
static int32
opening_period(const Sweep *sweep, const License *license, DateADT past)
{
	if (license->end < sweep->base || license->start >= past)
		return sweep->nperiods;
	return period_number(sweep, license->start);
}

/* The period with which it leaves again; nperiods: none. */
static int32
closing_period(const Sweep *sweep, const License *license, DateADT past)
{
	if (license->end < sweep->base || license->end >= past)
		return sweep->nperiods;
	return period_number(sweep, license->end) + 1;
}

/* Sort the groups of the licences by the period of an event. */
static void
fill_buckets(Buckets *buckets, const Sweep *sweep, const Licenses *licenses,
			 DateADT past,
			 int32 (*period_of) (const Sweep *, const License *, DateADT))
{
	uint32	   *next = palloc0_array(uint32, sweep->nperiods + 3);

	for (int64 i = 0; i < licenses->nitems; i++)
		next[period_of(sweep, &licenses->items[i], past) + 2]++;
	for (int32 i = 0; i <= sweep->nperiods; i++)
		next[i + 2] += next[i + 1];
	buckets->groups = MemoryContextAllocHuge(CurrentMemoryContext,
											 Max(licenses->nitems, 1) * sizeof(uint32));
	for (int64 i = 0; i < licenses->nitems; i++)
		buckets->groups[next[period_of(sweep, &licenses->items[i], past) + 1]++] =
			licenses->items[i].group;
	buckets->first = next;
}

/* Prepare the sweep over the periods from that of a day to that of today. */
static void
begin_sweep(Utilization *utilization, ZgPeriodKind kind, DateADT from)
{
	Sweep	   *sweep = &utilization->sweeps[kind];
	DateADT		today = utilization->run->today;
	DateADT		past = zg_period_past(kind, zg_period_start(kind, today));

	sweep->kind = kind;
	sweep->base = sweep->start = zg_period_start(kind, from);
	sweep->next = 0;
	number_periods(sweep, past);
	sweep->assigned = palloc0_array(int32, Max(utilization->licenses.ngroups, 1));
	if (sweep->nperiods == 0)
		return;
	fill_buckets(&sweep->opening, sweep, &utilization->licenses, past, opening_period);
	fill_buckets(&sweep->closing, sweep, &utilization->licenses, past, closing_period);
}

/* Count, per type, the licences of a period that active users hold. */
static void
count_used(Utilization *utilization, DateADT start, DateADT past, ZgBitmap *active)
{
	Licenses   *licenses = &utilization->licenses;
	uint64		nholders;

	memset(utilization->used, 0, licenses->ntypes * sizeof(int64));
	if (active == NULL)
		return;
	/* "active" is ours until the period is closed */
	zg_bitmap_and(active, licenses->users);
	nholders = zg_bitmap_count(active);
	roaring_bitmap_to_uint32_array(zg_bitmap_roaring(active), utilization->active);
	for (uint64 i = 0; i < nholders; i++)
	{
		uint32		user = utilization->active[i];

		for (uint32 at = licenses->of_user[user]; at < licenses->of_user[user + 1]; at++)
		{
			License    *license = &licenses->by_user[at];

			if (license->start < past && license->end >= start)
				utilization->used[licenses->groups[license->group].type_number]++;
		}
	}
}

/* columns of go_agg_license_utilization */
enum
{
	RATE_TYPE, RATE_VALUE, RATE_PERIOD, RATE_SYSTEM, RATE_START
};

/* license_type, utilization_rate, period_type, source_system, period_start */
static void
write_utilization(Utilization *utilization, const Sweep *sweep, const LicenseGroup *type,
				  int64 assigned, const ZgSystem *system)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[RATE_TYPE] = PointerGetDatum(type->type);
	values[RATE_VALUE] = zg_rounded_ratio(100 * utilization->used[type->type_number], assigned);
	values[RATE_PERIOD] = CStringGetTextDatum(zg_period_name(sweep->kind));
	values[RATE_SYSTEM] = zg_system_value(system, &nulls[RATE_SYSTEM]);
	values[RATE_START] = DateADTGetDatum(sweep->start);
	zg_diff_row(utilization->diff, values, nulls);
}

/* Write the rows of the period that a sweep has reached. */
static void
write_period(Utilization *utilization, const Sweep *sweep, ZgBitmap *active)
{
	Licenses   *licenses = &utilization->licenses;
	MemoryContext old = MemoryContextSwitchTo(utilization->row_context);
	uint32		group = 0;

	count_used(utilization, sweep->start,
			   zg_period_past(sweep->kind, sweep->start), active);
	while (group < licenses->ngroups)
	{
		LicenseGroup *type = &licenses->groups[group];
		ZgSystem	system = {ZG_NO_SYSTEM, NULL};
		int64		assigned = 0;

		for (; group < licenses->ngroups &&
			 licenses->groups[group].type_number == type->type_number; group++)
		{
			if (sweep->assigned[group] == 0)
				continue;
			assigned += sweep->assigned[group];
			zg_system_add(&system, licenses->groups[group].system);
		}
		if (assigned > 0)
			write_utilization(utilization, sweep, type, assigned, &system);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(utilization->row_context);
}

/* Let licences enter and leave for the period that comes next. */
static void
enter_period(Sweep *sweep)
{
	const Buckets *opening = &sweep->opening;
	const Buckets *closing = &sweep->closing;

	for (uint32 i = opening->first[sweep->next]; i < opening->first[sweep->next + 1]; i++)
		sweep->assigned[opening->groups[i]]++;
	for (uint32 i = closing->first[sweep->next]; i < closing->first[sweep->next + 1]; i++)
		sweep->assigned[closing->groups[i]]--;
}

/*
 * Go through the periods up to, and not including, the one that starts on a
 * day; nobody is active in them.
 */
static void
sweep_to(Utilization *utilization, Sweep *sweep, DateADT day)
{
	while (sweep->next < sweep->nperiods && sweep->start < day)
	{
		CHECK_FOR_INTERRUPTS();
		enter_period(sweep);
		if (zg_periods_contain(utilization->periods, sweep->kind, sweep->start))
			write_period(utilization, sweep, NULL);
		sweep->next++;
		sweep->start = zg_period_past(sweep->kind, sweep->start);
	}
}

/* Rollup callback: a period with active users, and those before it. */
static void
sweep_active_period(ZgPeriod *period, void *arg)
{
	Utilization *utilization = arg;
	Sweep	   *sweep = &utilization->sweeps[period->kind];

	sweep_to(utilization, sweep, period->start);
	if (sweep->next == sweep->nperiods || sweep->start != period->start)
		return;					/* before the first licence, or after today */
	enter_period(sweep);
	write_period(utilization, sweep, period->active);
	sweep->next++;
	sweep->start = zg_period_past(sweep->kind, sweep->start);
}

/*
 * Add the periods that have begun since the last refresh, and those that ran
 * then, to the ones to compute.
 *
 * How far the last refresh came is read from gold: the newest day with a row
 * is not later than that.  If that is today, nothing has begun.
 */
static void
add_running_periods(ZgRun *run, ZgPeriods *periods)
{
	DateADT		newest =
	DatumGetDateADT(zg_query_value(run,
								   "SELECT max(period_start)::date FROM gold.go_agg_license_utilization"
								   " WHERE period_type = 'Daily'",
								   0, NULL, NULL, DateADTGetDatum(DATEVAL_NOBEGIN)));

	if (DATE_NOT_FINITE(newest))
		periods->everything = true;
	else if (newest != run->today)
		periods->since = Min(newest, run->today);
}

/* The first day of the periods to compute, licences permitting. */
static DateADT
first_day(const ZgPeriods *periods, const Licenses *licenses)
{
	DateADT		first = periods->since;

	if (periods->everything)
		return licenses->first_start;
	if (periods->nstarts[ZG_DAILY] > 0)
		first = Min(first, periods->starts[ZG_DAILY][0]);
	return Max(first, licenses->first_start);
}

/* Prepare everything but the difference. */
static void
begin_utilization(ZgRun *run, Utilization *utilization)
{
	Licenses   *licenses = &utilization->licenses;
	DateADT		past = run->today;

	utilization->row_context = AllocSetContextCreate(CurrentMemoryContext,
													 "zoom_gold licence rows",
													 ALLOCSET_SMALL_SIZES);
	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
		past = Max(past, zg_period_past(kind, zg_period_start(kind, run->today)));
	load_licenses(run, licenses, past);
	utilization->used = palloc_array(int64, Max(licenses->ntypes, 1));
	utilization->active = MemoryContextAllocHuge(CurrentMemoryContext,
												 Max(zg_bitmap_count(licenses->users), 1) *
												 sizeof(uint32));
	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
		begin_sweep(utilization, kind,
					licenses->nitems == 0 ? past : first_day(utilization->periods, licenses));
}

static void
refresh_periods(ZgRun *run, ZgPeriods *periods, ZgCounts *counts)
{
	static const ZgRollup rollup = {
		.active = true,
		.kinds = ZG_ALL_KINDS
	};
	Utilization utilization = {.run = run,.periods = periods};
	ZgPeriods	active_periods;

	begin_utilization(run, &utilization);
	utilization.diff = zg_periods_diff(run, utilization.periods, &target, "period_start");
	active_periods = *utilization.periods;
	if (active_periods.everything)
	{
		/* who was active before the first licence does not matter */
		active_periods.everything = false;
		active_periods.since = utilization.licenses.first_start;
	}
	if (utilization.licenses.nitems > 0)
		zg_rollup(run, &rollup, &active_periods, sweep_active_period, &utilization);
	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
		sweep_to(&utilization, &utilization.sweeps[kind], DATEVAL_NOEND);
	zg_diff_end(utilization.diff, NULL, NULL, counts);
}

/* Keep gold.go_agg_license_utilization. */
void
zg_refresh_agg_license_utilization(ZgRun *run, ZgCounts *counts)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "zoom_gold licence utilization",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ZgPeriods  *periods = zg_periods_take(run, ZG_STEP_AGG_LICENSE);

	add_running_periods(run, periods);
	if (!zg_periods_empty(periods))
		refresh_periods(run, periods, counts);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
