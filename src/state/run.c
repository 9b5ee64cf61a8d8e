/*-------------------------------------------------------------------------
 *
 * run.c
 *	  The clock of a run, the days it cuts, the process it runs in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "state/run.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(zg_clock_now_sql);
PG_FUNCTION_INFO_V1(zg_process_start);

char	   *zg_clock_setting = NULL;

/* how to forget one finding, and with what */
typedef struct Finding
{
	ZgForget	forget;
	ZgFoundBy	by;
} Finding;

void
zg_run_found(ZgRun *run, ZgForget forget, ZgFoundBy by)
{
	MemoryContext old;
	Finding    *finding;

	for (int i = 0; i < list_length(run->findings); i++)
	{
		finding = list_nth(run->findings, i);
		if (finding->forget == forget)
			return;
	}
	old = MemoryContextSwitchTo(run->context);
	finding = palloc_object(Finding);
	finding->forget = forget;
	finding->by = by;
	run->findings = lappend(run->findings, finding);
	MemoryContextSwitchTo(old);
}

void
zg_run_forget(ZgRun *run, ZgFoundBy by)
{
	for (int i = 0; i < list_length(run->findings); i++)
	{
		Finding    *finding = list_nth(run->findings, i);

		if (by == ZG_FOUND_BY_STEP || finding->by == by)
			finding->forget(run);
	}
}

void
zg_run_show(const char *name, const char *decided)
{
	ereport(DEBUG1, (errmsg_internal("zoom_gold: %s: %s", name, decided), errhidestmt(true), errhidecontext(true)));
}

/*
 * The instant taken for "now".
 *
 * Errors when zoom_gold.clock holds no finite timestamp.
 */
TimestampTz
zg_clock_now(void)
{
	TimestampTz at;

	if (zg_clock_setting == NULL || zg_clock_setting[0] == '\0')
		return GetCurrentTimestamp();
	at = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
												 CStringGetDatum(zg_clock_setting),
												 ObjectIdGetDatum(InvalidOid),
												 Int32GetDatum(-1)));
	if (TIMESTAMP_NOT_FINITE(at))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parameter \"zoom_gold.clock\" is not a finite instant"),
				 errhint("Set it to an ISO timestamp with time zone, or to '' for the wall clock.")));
	return at;
}

/* clock_now() RETURNS timestamptz: the same for SQL. */
Datum
zg_clock_now_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(zg_clock_now());
}

/*
 * process_start() RETURNS timestamptz: backend_start of this process, which
 * pg_stat_activity hides from who took another role by SET ROLE.
 */
Datum
zg_process_start(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(MyStartTimestamp);
}

/*
 * The day on which an instant falls in UTC; the infinities map to those of
 * date.
 */
DateADT
zg_utc_day(TimestampTz at)
{
	int64		day;

	if (TIMESTAMP_IS_NOBEGIN(at))
		return DATEVAL_NOBEGIN;
	if (TIMESTAMP_IS_NOEND(at))
		return DATEVAL_NOEND;
	day = at / USECS_PER_DAY;
	if (at % USECS_PER_DAY < 0)
		day--;
	return (DateADT) day;
}

/* 00:00 UTC of a day, saturating at the infinities. */
TimestampTz
zg_day_start(DateADT day)
{
	if (DATE_IS_NOBEGIN(day))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(day) || day >= (DateADT) (INT64CONST(9223371331200000000) / USECS_PER_DAY))
		return DT_NOEND;
	return (TimestampTz) day * USECS_PER_DAY;
}
