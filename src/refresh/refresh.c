/*-------------------------------------------------------------------------
 *
 * refresh.c
 *	  refresh() and its relatives: lock, snapshot, settings, steps.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/subtransaction.h"
#include "base/text.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "refresh/invalidation.h"
#include "refresh/step.h"
#include "state/model.h"
#include "state/owner.h"
#include "state/query.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/wait_event.h"

PG_FUNCTION_INFO_V1(zg_refresh);
PG_FUNCTION_INFO_V1(zg_run_step);
PG_FUNCTION_INFO_V1(zg_plan);
PG_FUNCTION_INFO_V1(zg_unnoticed_changes);
PG_FUNCTION_INFO_V1(zg_lock_runs);
PG_FUNCTION_INFO_V1(zg_lock_word);

/* how often a waiting refresh looks again */
#define LOCK_POLL_MS 50

/* the numbers of our locks */
#define RUNS_LOCK 1
#define WORD_LOCK 2

/*
 * Lock an object of a schema's kind with a number behind it that no command of
 * SQL gives, to the end of the transaction: nobody comes to it but through our
 * functions, while an advisory lock is anybody's who may connect.  Returns
 * whether it was got; it always is by who waits.
 */
static bool
lock_object(Oid object, uint16 number, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, NamespaceRelationId, object, number);
	return LockAcquire(&tag, ExclusiveLock, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
}

/* Lock what setup() and every refresh hold: the schema of the extension. */
static bool
lock_runs(bool wait)
{
	return lock_object(get_namespace_oid("zoom_gold", false), RUNS_LOCK, wait);
}

/* lock_runs(): waits until no refresh and no setup() is running. */
Datum
zg_lock_runs(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	lock_runs(true);
	PG_RETURN_VOID();
}

/*
 * lock_word(word text): waits for who holds the lock of the same word.  Words of
 * one hash share theirs.
 */
Datum
zg_lock_word(PG_FUNCTION_ARGS)
{
	lock_object(zg_text_hash(PG_GETARG_TEXT_PP(0)), WORD_LOCK, true);
	PG_RETURN_VOID();
}

/* An interval in microseconds, months taken as 31 days; none if negative, ages at most. */
static int64
interval_span(const Interval *interval)
{
	double		days = interval->month * 31.0 + interval->day;

	return (int64) Max(Min(days * USECS_PER_DAY + interval->time, 1e18), 0);
}

/* Take the lock, waiting at most so long; false when another run holds it. */
static bool
take_lock(const Interval *wait)
{
	TimestampTz until = GetCurrentTimestamp() + interval_span(wait);

	while (!lock_runs(false))
	{
		if (GetCurrentTimestamp() >= until)
			return false;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 LOCK_POLL_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	return true;
}

/* settings */

static Interval *
read_interval(char *value)
{
	return DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(value),
												 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

static void
apply_setting(ZgSettings *settings, const char *name, char *value)
{
	if (strcmp(name, "silver_schema") == 0)
		settings->silver_schema = value;
	else if (strcmp(name, "active_user") == 0)
		settings->host_or_participant = strcmp(value, "host_or_participant") == 0;
	else if (strcmp(name, "delete_policy") == 0)
		settings->ignore_deletes = strcmp(value, "ignore") == 0;
	else if (strcmp(name, "fact_deletes") == 0)
		settings->keep_deleted_facts = strcmp(value, "keep") == 0;
	else if (strcmp(name, "delete_guard_percent") == 0)
		settings->guard_percent = atof(value);
	else if (strcmp(name, "delete_guard_rows") == 0)
		settings->guard_rows = atoll(value);
	else if (strcmp(name, "min_date") == 0)
		settings->min_date = DatumGetDateADT(DirectFunctionCall1(date_in, CStringGetDatum(value)));
	else if (strcmp(name, "full_compare_interval") == 0)
		settings->full_compare_interval = read_interval(value);
	else if (strcmp(name, "captured_compare_interval") == 0)
		settings->captured_compare_interval = read_interval(value);
	else if (strcmp(name, "watermark_margin") == 0)
		settings->watermark_margin = interval_span(read_interval(value));
	else if (strcmp(name, "log_retention_days") == 0)
		settings->log_retention_days = atoi(value);
	else if (strcmp(name, "partition_facts") == 0)
		settings->makes_partitions = value[0] != '\0';
}

static void
read_setting(TupleTableSlot *slot, void *arg)
{
	slot_getallattrs(slot);
	apply_setting(arg, TextDatumGetCString(slot->tts_values[0]),
				  TextDatumGetCString(slot->tts_values[1]));
}

/*
 * The state may be one that an earlier version made: look for what came last.
 * Or it has been changed.
 */
static void
check_state(void)
{
	if (get_attnum(zg_table_oid("gold_state", "slice_change"), "prints") == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"gold_state\" was made by an earlier version of zoom_gold"),
				 errhint("ALTER EXTENSION zoom_gold UPDATE, then SELECT * FROM zoom_gold.setup(). Changes of silver are captured meanwhile.")));
	zg_model_check_state();
}

/* Rows may be missing where gold_state was restored in part. */
static void
read_settings(ZgRun *run)
{
	/*
	 * defaults are valid; that the silver schema is gone is told of its
	 * relations
	 */
	zg_query(run, "SELECT s.name, s.value, CASE WHEN s.name <> 'silver_schema'"
			 " AND s.value IS DISTINCT FROM d.value THEN zoom_gold.check_setting(s.name, s.value) END"
			 " FROM gold_state.settings s JOIN zoom_gold.default_setting() d ON d.name = s.name",
			 0, NULL, NULL, read_setting, &run->settings);
	if (run->settings.silver_schema == NULL || run->settings.full_compare_interval == NULL ||
		run->settings.captured_compare_interval == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("settings are missing in \"gold_state.settings\""),
				 errhint("zoom_gold.setup() puts back those that have a default.")));
}

/* the run's row */

/*
 * The number of the run: of the marker that refresh_proc left for this
 * backend, else a new one.
 */
static int64
find_run(ZgRun *run, bool *own)
{
	Oid			types[] = {INT4OID, TIMESTAMPTZOID};
	Datum		args[] = {Int32GetDatum(MyProcPid), TimestampTzGetDatum(MyStartTimestamp)};
	int64		number =
	DatumGetInt64(zg_query_value(run, "SELECT run FROM gold_state.run WHERE status = 'running'"
								 " AND backend_pid = $1 AND backend_start = $2 ORDER BY run DESC LIMIT 1",
								 2, types, args, Int64GetDatum(0)));

	*own = number == 0;
	if (number != 0)
		return number;
	return DatumGetInt64(zg_query_value(run, "SELECT zoom_gold.next_run()", 0, NULL, NULL,
										Int64GetDatum(0)));
}

static void
log_run(ZgRun *run, bool failed, bool own)
{
	Oid			types[] = {INT8OID, TIMESTAMPTZOID, TEXTOID, INT4OID, TIMESTAMPTZOID};
	Datum		args[] = {Int64GetDatum(run->run), TimestampTzGetDatum(run->now),
		CStringGetTextDatum(failed ? "Failure" : "Success"),
	Int32GetDatum(MyProcPid), TimestampTzGetDatum(MyStartTimestamp)};

	if (own)
		zg_execute("INSERT INTO gold_state.run (run, started_at, finished_at, status, backend_pid, backend_start, change_number)"
				   " VALUES ($1, $2, zoom_gold.clock_now(), $3, $4, $5, zoom_gold.last_change_number())", 5, types, args, NULL);
}

/* begin and end */

/*
 * One snapshot for all reads, taken after the lock.  In a transaction that
 * reads by an older one it must not be older than the last refresh.
 */
static void
take_snapshot(ZgRun *run)
{
	if (IsolationUsesXactSnapshot())
		run->snapshot = RegisterSnapshot(GetTransactionSnapshot());
	else
		run->snapshot = RegisterSnapshot(GetLatestSnapshot());
}

static void
check_snapshot_is_current(ZgRun *run)
{
	int64		seen;
	int64		last;
	Snapshot	mine = run->snapshot;
	const char *sql = "SELECT max(run) FROM gold_state.run";

	if (!IsolationUsesXactSnapshot())
		return;
	seen = DatumGetInt64(zg_query_value(run, sql, 0, NULL, NULL, Int64GetDatum(0)));
	run->snapshot = RegisterSnapshot(GetLatestSnapshot());
	last = DatumGetInt64(zg_query_value(run, sql, 0, NULL, NULL, Int64GetDatum(0)));
	UnregisterSnapshot(run->snapshot);
	run->snapshot = mine;
	if (seen != last)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent refresh"),
				 errhint("Run the refresh again in a new transaction.")));
}

/* The clock, the settings, what the run allocates; a snapshot is to follow. */
static ZgRun *
make_run(bool full)
{
	ZgRun	   *run = palloc0(sizeof(ZgRun));

	run->context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold run",
										 ALLOCSET_DEFAULT_SIZES);
	run->now = zg_clock_now();
	run->today = zg_utc_day(run->now);
	run->full = full;
	return run;
}

static ZgRun *
begin_run(bool full)
{
	ZgRun	   *run = make_run(full);

	/* a transaction id of our own, before any query may use parallel workers */
	(void) GetCurrentTransactionId();
	check_state();
	zg_execute("SELECT zoom_gold.mend_change_numbers()", 0, NULL, NULL, NULL);
	zg_execute("SELECT zoom_gold.note_partitions()", 0, NULL, NULL, NULL);
	take_snapshot(run);
	MemoryContextSwitchTo(run->context);
	read_settings(run);
	check_snapshot_is_current(run);
	return run;
}

static void
end_run(ZgRun *run)
{
	UnregisterSnapshot(run->snapshot);
}

/* results */

static void
return_result(const ZgStepResult *result, void *arg)
{
	ReturnSetInfo *rsinfo = arg;
	Datum		values[6] = {
		CStringGetTextDatum(result->process), CStringGetTextDatum(result->status),
		Int64GetDatum(result->record_count), Int64GetDatum(result->error_count),
		Float8GetDatum(result->duration_ms),
	DirectFunctionCall1(jsonb_in, CStringGetDatum(result->details))};
	bool		nulls[6] = {false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* Tell listeners of a run that did not go well. */
static void
notify(const ZgStepResult *result)
{
	if (strcmp(result->process, "refresh") == 0 && strcmp(result->status, "Success") != 0)
		Async_Notify("zoom_gold",
					 psprintf("{\"process\": \"refresh\", \"status\": \"%s\", \"error_count\": " INT64_FORMAT "}",
							  result->status, result->error_count));
}

/* Another run holds the lock: say so, in the result and in the log. */
static void
return_busy(ReturnSetInfo *rsinfo)
{
	ZgStepResult busy = {
		.process = "refresh",
		.status = "Warning",
		.details = "{\"error\": \"another refresh is running\"}",
	};

	zg_execute("SELECT zoom_gold.log_run_work(NULL, 'Warning', 'another refresh is running')",
			   0, NULL, NULL, NULL);
	notify(&busy);
	return_result(&busy, rsinfo);
}

static void
visit_refresh(const ZgStepResult *result, void *arg)
{
	return_result(result, arg);
	notify(result);
}

/* Run some steps, with the lock held. */
static void
run_wanted(ReturnSetInfo *rsinfo, bool full, uint32 wanted)
{
	MemoryContext caller = CurrentMemoryContext;
	ZgRun	   *run;
	bool		own;
	bool		failed;

	zg_execute("SELECT zoom_gold.log_cut_off_runs()"
			   " WHERE EXISTS (SELECT FROM gold_state.run WHERE status = 'running')", 0, NULL, NULL, NULL);
	run = begin_run(full);
	run->run = find_run(run, &own);
	failed = zg_run_steps(run, wanted, visit_refresh, rsinfo);
	log_run(run, failed, own);
	end_run(run);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(run->context);
}

/* Run some steps, unless another refresh does not end in time. */
static void
refresh_steps(FunctionCallInfo fcinfo, bool full, uint32 wanted, const Interval *wait)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ZgCaller	caller;

	InitMaterializedSRF(fcinfo, 0);
	zg_require_primary();
	zg_enter_owner_checked(&caller);
	if (take_lock(wait))
		run_wanted(rsinfo, full, wanted);
	else
		return_busy(rsinfo);
	zg_leave_owner(&caller);
}

static bool
is_negative(const Interval *interval)
{
	Interval	none = {0};

	return DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(interval), IntervalPGetDatum(&none)));
}

/*
 * refresh(full_refresh, targets, wait): the main job.
 *
 * Returns a row per step that had work, and one for the run.  Errors when
 * zoom_gold is not set up, on a standby, for an unknown target and for a
 * negative wait.
 */
Datum
zg_refresh(PG_FUNCTION_ARGS)
{
	bool		full = !PG_ARGISNULL(0) && PG_GETARG_BOOL(0);
	ArrayType  *targets = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
	Interval	no_wait = {0};
	Interval   *wait = PG_ARGISNULL(2) ? &no_wait : PG_GETARG_INTERVAL_P(2);

	if (is_negative(wait))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be negative", "wait"),
				 errhint("Leave it out not to wait for a refresh that is running.")));
	refresh_steps(fcinfo, full, zg_steps_of_targets(targets), wait);
	PG_RETURN_NULL();
}

/*
 * run_step(process): one step alone, without those it depends on.
 *
 * Returns and logs what refresh would.  Errors for an unknown name, and for NULL.
 */
Datum
zg_run_step(PG_FUNCTION_ARGS)
{
	uint32		wanted = zg_step_named(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Interval	no_wait = {0};

	refresh_steps(fcinfo, false, wanted, &no_wait);
	PG_RETURN_NULL();
}

static void
return_plan(const ZgStepResult *result, void *arg)
{
	ReturnSetInfo *rsinfo = arg;
	Datum		values[6] = {
		CStringGetTextDatum(result->process), Int64GetDatum(result->counts.inserted),
		Int64GetDatum(result->counts.updated), Int64GetDatum(result->counts.deleted),
	Int64GetDatum(result->counts.rejected)};
	bool		nulls[6] = {false};

	nulls[5] = result->guard == NULL;
	if (result->guard != NULL)
		values[5] = CStringGetTextDatum(result->guard);
	if (strcmp(result->process, "refresh") == 0)
		return;
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	if (result->error != NULL)
		ereport(WARNING,
				(errmsg("step %s would fail: %s", result->process, result->error)));
}

/* what plan() does and undoes */
typedef struct Rehearsal
{
	bool		full;
	ReturnSetInfo *rsinfo;
} Rehearsal;

static bool
rehearse(void *arg)
{
	Rehearsal  *rehearsal = arg;
	ZgRun	   *run = begin_run(rehearsal->full);

	zg_run_steps(run, zg_steps_of_targets(NULL), return_plan, rehearsal->rsinfo);
	end_run(run);
	return false;
}

/*
 * plan(full_refresh): the counts of what refresh would do, found by doing it
 * in a subtransaction that is rolled back.
 */
Datum
zg_plan(PG_FUNCTION_ARGS)
{
	Rehearsal	rehearsal = {
		.full = !PG_ARGISNULL(0) && PG_GETARG_BOOL(0),
		.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo,
	};
	Interval	no_wait = {0};
	ZgCaller	caller;
	ErrorData  *error;

	InitMaterializedSRF(fcinfo, 0);
	zg_require_primary();
	zg_enter_owner_checked(&caller);
	if (!take_lock(&no_wait))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("another refresh is running"),
				 errhint("Try again when it has ended.")));
	error = zg_subtransaction(rehearse, &rehearsal, CurrentMemoryContext);
	if (error != NULL)
		ReThrowError(error);
	zg_leave_owner(&caller);
	PG_RETURN_NULL();
}

/*
 * unnoticed_changes(): the relations read by watermark that have changed since
 * the last refresh, as far as their timestamps tell.  Writes nothing, and sees
 * what the calling statement sees.
 */
Datum
zg_unnoticed_changes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ZgCaller	caller;
	ZgRun	   *run;
	MemoryContext old;

	zg_enter_owner(&caller);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	run = make_run(false);
	run->snapshot = GetActiveSnapshot();
	old = MemoryContextSwitchTo(run->context);
	check_state();
	read_settings(run);
	for (int id = 0; id < ZG_SILVER_COUNT; id++)
	{
		Datum		name = CStringGetTextDatum(zg_silver[id].name);
		bool		isnull = false;

		if (zg_has_unnoticed(run, &zg_silver[id]))
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &name, &isnull);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(run->context);
	zg_leave_owner(&caller);
	PG_RETURN_NULL();
}
