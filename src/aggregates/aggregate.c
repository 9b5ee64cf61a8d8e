/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  The steps that keep the aggregate tables, licences apart.
 *
 * A step is a row of what to add up and a function that makes the gold rows
 * of one period; one function runs them all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aggregates/aggregate.h"
#include "aggregates/period.h"
#include "aggregates/rollup.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "state/diff.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#define USECS_IN_AN_HOUR	INT64CONST(3600000000)

typedef struct Aggregate
{
	ZgStepId	step;
	ZgRollup	rollup;
	const char *date_column;	/* first day of the period; NULL: see
								 * zg_periods_diff */
	ZgPeriodCallback write_rows;	/* its argument is an Output */
	const ZgTarget *users;		/* where it writes the users, or NULL */
	ZgTarget	target;
} Aggregate;

/* where the rows of a step go */
typedef struct Output
{
	ZgDiff	   *diff;
	const ZgTarget *target;
	int32		typmod;			/* of the value, the target's column 1 */
	ZgDiff	   *users;			/* of gold_state.period_users, or NULL */
} Output;

/*
 * dividend / divisor with two decimals, rounded half away from zero.
 */
Datum
zg_rounded_ratio(int128 dividend, int128 divisor)
{
	int128		twice = (dividend < 0 ? -dividend : dividend) * 200;
	int128		hundredths = (twice + divisor) / (2 * divisor);

	if (hundredths > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of an aggregate is out of range")));
	if (dividend < 0)
		hundredths = -hundredths;
	return NumericGetDatum(int64_div_fast_to_numeric((int64) hundredths, 2));
}

/*
 * The same, as the column of the table holds it.
 *
 * Rows go straight to the heap, so nobody else says that a value is too large
 * for the column's precision.
 */
static Datum
rounded_value(const Output *output, int128 dividend, int128 divisor)
{
	Datum		value = zg_rounded_ratio(dividend, divisor);
	int			precision = ((output->typmod - VARHDRSZ) >> 16) & 0xffff;
	int			scale = (output->typmod - VARHDRSZ) & 0x7ff;
	int128		limit = 1;

	if (output->typmod < 0)
		return value;
	for (int i = scale; i < precision && i < scale + 30; i++)
		limit *= 10;
	if (dividend / divisor >= limit || dividend / divisor <= -limit)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a sum is too large for column \"%s\" of table \"gold.%s\"",
						output->target->columns[1], output->target->table),
				 errdetail("The column holds numbers of precision %d, scale %d.", precision, scale),
				 errhint("Drop the schemas gold_masked, gold_bi and gold_bi_masked, whose views hold the type; "
						 "ALTER TABLE gold.%s ALTER COLUMN %s TYPE numeric(%d,%d); then refresh again, "
						 "and run zoom_gold.setup() and zoom_gold.grant_read() for the views.",
						 output->target->table, output->target->columns[1], precision + 6, scale)));
	return DirectFunctionCall2(numeric, value, Int32GetDatum(output->typmod));
}

/* A sum as bigint. */
static Datum
int64_sum(int128 sum)
{
	if (sum > PG_INT64_MAX || sum < PG_INT64_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of an aggregate is out of range")));
	return Int64GetDatum((int64) sum);
}

/* columns of gold_state.period_users */
enum
{
	USERS_TYPE, USERS_START, USERS_SET
};

static const ZgTarget period_users = {
	.schema = "gold_state",.table = "period_users",.undated = true,.ncolumns = 3,
	.columns = {"period_type", "period_start", "users"},
	.pair_columns = 1 << USERS_TYPE | 1 << USERS_START
};

/* Keep the users of a week or month, for the function active_users(). */
static void
write_period_users(const ZgPeriod *period, ZgDiff *diff)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	if (period->kind == ZG_DAILY)
		return;					/* its partials have them */
	values[USERS_TYPE] = CStringGetTextDatum(zg_period_name(period->kind));
	values[USERS_START] = DateADTGetDatum(period->start);
	values[USERS_SET] = PointerGetDatum(zg_bitmap_serialize(period->active));
	zg_diff_row(diff, values, nulls);
}

/* columns of go_agg_active_users and go_agg_meeting_minutes */
enum
{
	ACTIVITY_DATE, ACTIVITY_AMOUNT, ACTIVITY_PERIOD, ACTIVITY_SYSTEM
};

/* activity_date, active_user_count, period_type, source_system */
static void
write_active_users(ZgPeriod *period, void *arg)
{
	Output	   *output = arg;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (period->ngroups == 0)
		return;					/* participants alone make no period */
	values[ACTIVITY_DATE] = DateADTGetDatum(period->start);
	values[ACTIVITY_AMOUNT] = Int64GetDatum((int64) zg_bitmap_count(period->active));
	values[ACTIVITY_PERIOD] = CStringGetTextDatum(zg_period_name(period->kind));
	values[ACTIVITY_SYSTEM] = zg_system_value(&period->groups[0]->system, &nulls[ACTIVITY_SYSTEM]);
	zg_diff_row(output->diff, values, nulls);
	write_period_users(period, output->users);
}

static const Aggregate active_users = {
	.step = ZG_STEP_AGG_ACTIVE_USERS,
	.rollup = {
		.relation = "si_meetings",
		.active = true,
		.kinds = ZG_ALL_KINDS
	},
	.date_column = "activity_date",
	.write_rows = write_active_users,
	.users = &period_users,
	.target = {
		.schema = "gold",
		.table = "go_agg_active_users",
		.ncolumns = 4,
		.columns = {"activity_date", "active_user_count", "period_type", "source_system"},
		.pair_columns = 1 << ACTIVITY_DATE | 1 << ACTIVITY_PERIOD
	}
};

/* activity_date, total_meeting_minutes, period_type, source_system */
static void
write_meeting_minutes(ZgPeriod *period, void *arg)
{
	Output	   *output = arg;
	Datum		values[4];
	bool		nulls[4] = {false};

	values[ACTIVITY_DATE] = DateADTGetDatum(period->start);
	values[ACTIVITY_AMOUNT] = int64_sum(period->groups[0]->total);
	values[ACTIVITY_PERIOD] = CStringGetTextDatum(zg_period_name(period->kind));
	values[ACTIVITY_SYSTEM] = zg_system_value(&period->groups[0]->system, &nulls[ACTIVITY_SYSTEM]);
	zg_diff_row(output->diff, values, nulls);
}

static const Aggregate meeting_minutes = {
	.step = ZG_STEP_AGG_MINUTES,
	.rollup = {
		.relation = "si_meetings",
		.kinds = ZG_ALL_KINDS
	},
	.date_column = "activity_date",
	.write_rows = write_meeting_minutes,
	.target = {
		.schema = "gold",
		.table = "go_agg_meeting_minutes",
		.ncolumns = 4,
		.columns = {"activity_date", "total_meeting_minutes", "period_type", "source_system"},
		.pair_columns = 1 << ACTIVITY_DATE | 1 << ACTIVITY_PERIOD
	}
};

/* columns of go_agg_feature_adoption and go_agg_ticket_resolution */
enum
{
	MEMBER_NAME, MEMBER_RATE, MEMBER_PERIOD, MEMBER_SYSTEM, MEMBER_START
};

/* feature_name, adoption_rate, period_type, source_system, period_start */
static void
write_feature_adoption(ZgPeriod *period, void *arg)
{
	Output	   *output = arg;
	int64		nactive = (int64) zg_bitmap_count(period->active);

	for (int i = 0; i < period->ngroups && nactive > 0; i++)
	{
		ZgGroup    *feature = period->groups[i];
		int64		nusers = (int64) zg_bitmap_and_count(period->active, feature->users);
		Datum		values[5];
		bool		nulls[5] = {false};

		values[MEMBER_NAME] = PointerGetDatum(feature->member);
		values[MEMBER_RATE] = rounded_value(output, 100 * nusers, nactive);
		values[MEMBER_PERIOD] = CStringGetTextDatum(zg_period_name(period->kind));
		values[MEMBER_SYSTEM] = zg_system_value(&feature->system, &nulls[MEMBER_SYSTEM]);
		values[MEMBER_START] = DateADTGetDatum(period->start);
		zg_diff_row(output->diff, values, nulls);
	}
}

static const Aggregate feature_adoption = {
	.step = ZG_STEP_AGG_ADOPTION,
	.rollup = {
		.relation = "si_feature_usage",
		.users = true,
		.active = true,
		.kinds = ZG_ALL_KINDS
	},
	.date_column = "period_start",
	.write_rows = write_feature_adoption,
	.target = {
		.schema = "gold",
		.table = "go_agg_feature_adoption",
		.ncolumns = 5,
		.columns = {"feature_name", "adoption_rate", "period_type", "source_system", "period_start"},
		.pair_columns = 1 << MEMBER_NAME | 1 << MEMBER_PERIOD | 1 << MEMBER_START
	}
};

/* ticket_type, avg_resolution_time, period_type, source_system, period_start */
static void
write_ticket_resolution(ZgPeriod *period, void *arg)
{
	Output	   *output = arg;

	for (int i = 0; i < period->ngroups; i++)
	{
		ZgGroup    *tickets = period->groups[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		if (tickets->row_count == 0)
			continue;
		values[MEMBER_NAME] = PointerGetDatum(tickets->member);
		values[MEMBER_RATE] = rounded_value(output, tickets->total,
											(int128) USECS_IN_AN_HOUR * tickets->row_count);
		values[MEMBER_PERIOD] = CStringGetTextDatum(zg_period_name(period->kind));
		values[MEMBER_SYSTEM] = zg_system_value(&tickets->system, &nulls[MEMBER_SYSTEM]);
		values[MEMBER_START] = DateADTGetDatum(period->start);
		zg_diff_row(output->diff, values, nulls);
	}
}

static const Aggregate ticket_resolution = {
	.step = ZG_STEP_AGG_RESOLUTION,
	.rollup = {
		.relation = "si_support_tickets",
		.kinds = ZG_ALL_KINDS
	},
	.date_column = "period_start",
	.write_rows = write_ticket_resolution,
	.target = {
		.schema = "gold",
		.table = "go_agg_ticket_resolution",
		.ncolumns = 5,
		.columns = {"ticket_type", "avg_resolution_time", "period_type", "source_system", "period_start"},
		.pair_columns = 1 << MEMBER_NAME | 1 << MEMBER_PERIOD | 1 << MEMBER_START
	}
};

/* columns of go_agg_mrr */
enum
{
	MRR_MONTH, MRR_REVENUE, MRR_SYSTEM
};

/* activity_month, monthly_recurring_revenue, source_system */
static void
write_mrr(ZgPeriod *period, void *arg)
{
	Output	   *output = arg;
	Datum		values[3];
	bool		nulls[3] = {false};
	int			year,
				month,
				mday;

	j2date(period->start + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	values[MRR_MONTH] = CStringGetTextDatum(psprintf("%04d-%02d", year, month));
	values[MRR_REVENUE] = rounded_value(output, period->groups[0]->total, 100);
	values[MRR_SYSTEM] = zg_system_value(&period->groups[0]->system, &nulls[MRR_SYSTEM]);
	zg_diff_row(output->diff, values, nulls);
}

static const Aggregate mrr = {
	.step = ZG_STEP_AGG_MRR,
	.rollup = {
		.relation = "si_billing_events",
		.kinds = ZG_KIND_BIT(ZG_MONTHLY)
	},
	.write_rows = write_mrr,
	.target = {
		.schema = "gold",
		.table = "go_agg_mrr",
		.ncolumns = 3,
		.columns = {"activity_month", "monthly_recurring_revenue", "source_system"},
		.pair_columns = 1 << 0
	}
};

/*
 * The precision of the value: the type modifier of column 1, after what it is
 * the value of, if that is numeric.  The writer tells when it is missing.
 */
static int32
value_typmod(const ZgTarget *target)
{
	Oid			relid = zg_table_oid(target->schema, target->table);
	AttrNumber	attnum = get_attnum(relid, target->columns[1]);
	Oid			atttype = InvalidOid;
	int32		typmod;
	Oid			collation;

	if (attnum != InvalidAttrNumber)
		get_atttypetypmodcoll(relid, attnum, &atttype, &typmod, &collation);
	return atttype == NUMERICOID ? typmod : -1;
}

/*
 * Bring an aggregate table up to date in the periods that its dirty marks
 * touch.
 */
static void
refresh_aggregate(ZgRun *run, ZgCounts *counts, const Aggregate *aggregate)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "zoom_gold aggregate",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ZgPeriods  *periods = zg_periods_take(run, aggregate->step);

	if (!zg_periods_empty(periods))
	{
		Output		output = {
			.diff = zg_periods_diff(run, periods, &aggregate->target, aggregate->date_column),
			.target = &aggregate->target,
			.typmod = value_typmod(&aggregate->target),
		};
		ZgCounts	ignored = {0};

		if (aggregate->users != NULL)
			output.users = zg_periods_diff(run, periods, aggregate->users, "period_start");
		zg_rollup(run, &aggregate->rollup, periods, aggregate->write_rows, &output);
		zg_diff_end(output.diff, NULL, NULL, counts);
		if (output.users != NULL)
			zg_diff_end(output.users, NULL, NULL, &ignored);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* Keep gold.go_agg_active_users. */
void
zg_refresh_agg_active_users(ZgRun *run, ZgCounts *counts)
{
	refresh_aggregate(run, counts, &active_users);
}

/* Keep gold.go_agg_meeting_minutes. */
void
zg_refresh_agg_meeting_minutes(ZgRun *run, ZgCounts *counts)
{
	refresh_aggregate(run, counts, &meeting_minutes);
}

/* Keep gold.go_agg_feature_adoption. */
void
zg_refresh_agg_feature_adoption(ZgRun *run, ZgCounts *counts)
{
	refresh_aggregate(run, counts, &feature_adoption);
}

/* Keep gold.go_agg_ticket_resolution. */
void
zg_refresh_agg_ticket_resolution(ZgRun *run, ZgCounts *counts)
{
	refresh_aggregate(run, counts, &ticket_resolution);
}

/* Keep gold.go_agg_mrr. */
void
zg_refresh_agg_mrr(ZgRun *run, ZgCounts *counts)
{
	refresh_aggregate(run, counts, &mrr);
}
