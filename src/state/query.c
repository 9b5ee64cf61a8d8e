/*-------------------------------------------------------------------------
 *
 * query.c
 *	  Reading and writing through the executor, under the run's snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "nodes/params.h"
#include "state/query.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

typedef struct CallbackReceiver
{
	DestReceiver pub;
	ZgRowFilter callback;
	void	   *arg;
	MemoryContext context;		/* the caller's */
	uint64		nrows;
} CallbackReceiver;

/* Hand one row to the callback, in the caller's memory context. */
static bool
receive_slot(TupleTableSlot *slot, DestReceiver *self)
{
	CallbackReceiver *receiver = (CallbackReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);
	bool		more;

	receiver->nrows++;
	more = receiver->callback(slot, receiver->arg);
	MemoryContextSwitchTo(old);
	return more;
}

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	(void) self;
	(void) operation;
	(void) desc;
}

static void
receiver_nothing(DestReceiver *self)
{
	(void) self;
}

static ParamListInfo
make_params(int nargs, const Oid *argtypes, const Datum *values, const char *nulls)
{
	ParamListInfo params;

	if (nargs == 0)
		return NULL;
	params = makeParamList(nargs);
	for (int i = 0; i < nargs; i++)
	{
		params->params[i].value = values[i];
		params->params[i].isnull = nulls != NULL && nulls[i] == 'n';
		params->params[i].pflags = PARAM_FLAG_CONST;
		params->params[i].ptype = argtypes[i];
	}
	return params;
}

/* how a query is run */
#define SEES_OWN_WRITES	1		/* what the run itself has written, too */
#define WITHOUT_WORKERS	2

/*
 * Push the snapshot under which a query is to run.  While workers are at work,
 * for a query whose callback is running, the command counter must stand still:
 * the new query sees what that one sees.
 */
static void
push_snapshot(ZgRun *run, bool sees_own_writes)
{
	if (IsInParallelMode())
	{
		PushCopiedSnapshot(sees_own_writes ? GetActiveSnapshot() : run->snapshot);
		return;
	}
	CommandCounterIncrement();
	PushCopiedSnapshot(run->snapshot);
	if (sees_own_writes)
		UpdateActiveSnapshotCommandId();
}

/* Show a statement to those who look on, without what it is called from. */
static void
show_statement(const char *sql)
{
	ereport(DEBUG2, (errmsg_internal("zoom_gold: %s", sql), errhidestmt(true), errhidecontext(true)));
}

/* Run a SELECT. */
static uint64
run_query(ZgRun *run, int how, const char *sql, int nargs,
		  const Oid *argtypes, const Datum *values, ZgRowFilter callback, void *arg)
{
	CallbackReceiver receiver = {
		.pub = {receive_slot, receiver_startup, receiver_nothing,
		receiver_nothing, DestNone},
		.callback = callback,
		.arg = arg,
		.context = CurrentMemoryContext,
	};
	SPIExecuteOptions options = {
		.read_only = true,
		.dest = &receiver.pub,
	};
	int			rc;

	show_statement(sql);
	push_snapshot(run, how & SEES_OWN_WRITES);
	SPI_connect();
	options.params = make_params(nargs, argtypes, values, NULL);
	if (how & WITHOUT_WORKERS)
		rc = SPI_execute_plan_extended(SPI_prepare(sql, nargs, unconstify(Oid *, argtypes)), &options);
	else
		rc = SPI_execute_extended(sql, &options);
	if (rc < 0)
		elog(ERROR, "query \"%s\" failed: %s", sql, SPI_result_code_string(rc));
	SPI_finish();
	PopActiveSnapshot();
	return receiver.nrows;
}

/*
 * As zg_query, but the callback says whether it wants more rows.
 */
uint64
zg_query_until(ZgRun *run, const char *sql, int nargs, const Oid *argtypes,
			   const Datum *values, ZgRowFilter callback, void *arg)
{
	return run_query(run, SEES_OWN_WRITES, sql, nargs, argtypes, values, callback, arg);
}

typedef struct PlainCallback
{
	ZgRowCallback callback;
	void	   *arg;
} PlainCallback;

static bool
call_and_go_on(TupleTableSlot *slot, void *arg)
{
	PlainCallback *plain = arg;

	plain->callback(slot, plain->arg);
	return true;
}

/*
 * Run a SELECT under the run's snapshot and hand every row to the callback.
 */
uint64
zg_query(ZgRun *run, const char *sql, int nargs, const Oid *argtypes,
		 const Datum *values, ZgRowCallback callback, void *arg)
{
	PlainCallback plain = {callback, arg};

	return zg_query_until(run, sql, nargs, argtypes, values, call_and_go_on, &plain);
}

/*
 * As zg_query, but as the run found things: what it has consumed since is
 * still there.
 */
uint64
zg_query_as_found(ZgRun *run, const char *sql, int nargs, const Oid *argtypes,
				  const Datum *values, ZgRowCallback callback, void *arg)
{
	PlainCallback plain = {callback, arg};

	return run_query(run, 0, sql, nargs, argtypes, values, call_and_go_on, &plain);
}

/*
 * As zg_query, for a callback that updates or deletes rows, which PostgreSQL
 * forbids as long as parallel workers are at work.
 */
uint64
zg_query_to_write(ZgRun *run, const char *sql, int nargs, const Oid *argtypes,
				  const Datum *values, ZgRowCallback callback, void *arg)
{
	PlainCallback plain = {callback, arg};

	return run_query(run, SEES_OWN_WRITES | WITHOUT_WORKERS, sql, nargs, argtypes, values,
					 call_and_go_on, &plain);
}

static bool
stop_at_once(TupleTableSlot *slot, void *arg)
{
	(void) slot;
	(void) arg;
	return false;
}

bool
zg_query_finds(ZgRun *run, const char *sql, int nargs, const Oid *argtypes, const Datum *values)
{
	return zg_query_until(run, sql, nargs, argtypes, values, stop_at_once, NULL) > 0;
}

static bool
take_value(TupleTableSlot *slot, void *arg)
{
	Form_pg_attribute att = TupleDescAttr(slot->tts_tupleDescriptor, 0);
	bool		isnull;
	Datum		value = slot_getattr(slot, 1, &isnull);

	/* what the query has made goes with it */
	if (!isnull)
		*(Datum *) arg = datumCopy(value, att->attbyval, att->attlen);
	return false;
}

Datum
zg_query_value(ZgRun *run, const char *sql, int nargs, const Oid *argtypes, const Datum *values,
			   Datum otherwise)
{
	zg_query_until(run, sql, nargs, argtypes, values, take_value, &otherwise);
	return otherwise;
}

Oid
zg_table_oid(const char *schema, const char *table)
{
	Oid			relid = RangeVarGetRelid(makeRangeVar(pstrdup(schema), pstrdup(table), -1),
										 AccessShareLock, true);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s.%s\" does not exist", schema, table),
				 errhint("Put it back, or call zoom_gold.setup() and zoom_gold.refresh(full_refresh => true).")));
	return relid;
}

/*
 * Run a statement that writes; returns the number of rows it touched.
 */
uint64
zg_execute(const char *sql, int nargs, const Oid *argtypes,
		   const Datum *values, const char *nulls)
{
	SPIExecuteOptions options = {0};
	int			rc;
	uint64		nrows;

	show_statement(sql);
	CommandCounterIncrement();
	SPI_connect();
	options.params = make_params(nargs, argtypes, values, nulls);
	rc = SPI_execute_extended(sql, &options);
	if (rc < 0)
		elog(ERROR, "statement \"%s\" failed: %s", sql, SPI_result_code_string(rc));
	nrows = SPI_processed;
	SPI_finish();
	CommandCounterIncrement();
	return nrows;
}

void
zg_analyze(const char *schema, const char *table, const char *columns)
{
	int			nest = NewGUCNestLevel();

	/* a sample of 3000 rows tells how many values there are about */
	set_config_option("default_statistics_target", "10", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	zg_execute(psprintf("ANALYZE %s (%s)", quote_qualified_identifier(schema, table), columns),
			   0, NULL, NULL, NULL);
	AtEOXact_GUC(true, nest);
}
