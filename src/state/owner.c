/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  With whose rights the engine works.
 *
 * A refresh runs what others wrote: conditions of quality rules, views in
 * silver's place, constraints and expressions on the tables of gold.  As
 * REFRESH MATERIALIZED VIEW does, it therefore runs with the rights of the
 * owner of its tables, whoever calls it, and in a security-restricted
 * operation, which nothing can leave: an owner, or an author of rules, gains
 * nothing by a superuser's refresh.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "base/neutral_settings.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "state/owner.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(zg_as_owner);
PG_FUNCTION_INFO_V1(zg_for_readers);
PG_FUNCTION_INFO_V1(zg_require_owner);
PG_FUNCTION_INFO_V1(zg_require_primary_sql);

/* The owner of the state, whose rules are what runs; invalid where there is none. */
static Oid
find_state_owner(void)
{
	Oid			schema = get_namespace_oid("gold_state", true);
	Oid			relid = OidIsValid(schema) ? get_relname_relid("settings", schema) : InvalidOid;
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static Oid
state_owner(void)
{
	Oid			owner = find_state_owner();

	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("zoom_gold is not set up in this database"),
				 errhint("SELECT * FROM zoom_gold.setup();")));
	return owner;
}

static void
check_rights(Oid owner)
{
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must have the rights of role \"%s\"",
						GetUserNameFromId(owner, false)),
				 errdetail("It owns the schema \"gold_state\", and zoom_gold works with its rights."),
				 errhint("Let role \"%s\" make the call, or grant it to role \"%s\".",
						 GetUserNameFromId(owner, false),
						 GetUserNameFromId(GetUserId(), false))));
}

/* Whether the error that is raised has a hint. */
static bool
has_hint(void)
{
	MemoryContext old = MemoryContextSwitchTo(CurTransactionContext);
	ErrorData  *error = CopyErrorData();
	bool		has = error->hint != NULL;

	FreeErrorData(error);
	MemoryContextSwitchTo(old);
	return has;
}

/*
 * PostgreSQL names the object, but not the role, which is not the one that
 * called: a superuser may be told "permission denied".
 */
static void
hint_at_owner(void *arg)
{
	const ZgCaller *caller = arg;

	if (geterrcode() == ERRCODE_INSUFFICIENT_PRIVILEGE && !has_hint())
		errhint("zoom_gold works with the rights of role \"%s\", the owner of gold_state: it must own all that is in gold and gold_state, and may use zoom_gold and read silver.",
				caller->owner);
}

static void
become(Oid owner, ZgCaller *caller)
{
	GetUserIdAndSecContext(&caller->user, &caller->security);
	SetUserIdAndSecContext(owner, caller->security | SECURITY_RESTRICTED_OPERATION);
	caller->settings = zg_neutral_enter();
	caller->owner = GetUserNameFromId(owner, false);
	caller->callback = (ErrorContextCallback)
	{
		error_context_stack, hint_at_owner, caller
	};
	error_context_stack = &caller->callback;
}

void
zg_enter_owner(ZgCaller *caller)
{
	become(state_owner(), caller);
}

void
zg_enter_owner_checked(ZgCaller *caller)
{
	Oid			owner = state_owner();

	check_rights(owner);
	become(owner, caller);
}

/* require_owner(): before setup() everybody will do. */
Datum
zg_require_owner(PG_FUNCTION_ARGS)
{
	Oid			owner = find_state_owner();

	(void) fcinfo;
	if (OidIsValid(owner))
		check_rights(owner);
	PG_RETURN_VOID();
}

void
zg_leave_owner(const ZgCaller *caller)
{
	error_context_stack = caller->callback.previous;
	zg_neutral_leave(caller->settings);
	SetUserIdAndSecContext(caller->user, caller->security);
}

void
zg_require_primary(void)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot change gold on a standby"),
				 errhint("Call it on the primary; gold is replicated from there.")));
	PreventCommandIfReadOnly("functions of zoom_gold that write");
}

/* require_primary() */
Datum
zg_require_primary_sql(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	zg_require_primary();
	PG_RETURN_VOID();
}

/* ----------------------------------------------------------------
 *		Functions whose work is SQL
 * ----------------------------------------------------------------
 */

/* SELECT * FROM zoom_gold.<name of the function called>_work($1, ...) */
static char *
work_query(FunctionCallInfo fcinfo)
{
	StringInfoData sql;
	char	   *name = get_func_name(fcinfo->flinfo->fn_oid);

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT * FROM zoom_gold.%s(",
					 quote_identifier(psprintf("%s_work", name)));
	for (int i = 0; i < PG_NARGS(); i++)
		appendStringInfo(&sql, i == 0 ? "$%d" : ", $%d", i + 1);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static void
run_work(FunctionCallInfo fcinfo)
{
	Oid			types[FUNC_MAX_ARGS];
	Datum		values[FUNC_MAX_ARGS];
	char		nulls[FUNC_MAX_ARGS];
	char	   *sql = work_query(fcinfo);
	bool		writes = func_volatile(fcinfo->flinfo->fn_oid) == PROVOLATILE_VOLATILE;

	for (int i = 0; i < PG_NARGS(); i++)
	{
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, i);
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	if (SPI_execute_with_args(sql, PG_NARGS(), types, values, nulls, !writes, 0) < 0)
		elog(ERROR, "query \"%s\" failed", sql);
}

/* Hand on the rows, or the one value, that the work gave. */
static Datum
return_work(FunctionCallInfo fcinfo, MemoryContext caller)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int16		typlen;
	bool		typbyval;
	Datum		value;

	if (fcinfo->flinfo->fn_retset)
	{
		for (uint64 i = 0; i < SPI_processed; i++)
			tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
		return (Datum) 0;
	}
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &fcinfo->isnull);
	if (fcinfo->isnull)
		return (Datum) 0;
	get_typlenbyval(SPI_gettypeid(SPI_tuptable->tupdesc, 1), &typlen, &typbyval);
	MemoryContextSwitchTo(caller);
	return datumCopy(value, typbyval, typlen);
}

static Datum
call_work(FunctionCallInfo fcinfo, void (*enter) (ZgCaller *caller))
{
	MemoryContext context = CurrentMemoryContext;
	ZgCaller	caller;
	Datum		result;

	if (fcinfo->flinfo->fn_retset)
		InitMaterializedSRF(fcinfo, 0);
	if (func_volatile(fcinfo->flinfo->fn_oid) == PROVOLATILE_VOLATILE)
		zg_require_primary();
	enter(&caller);
	SPI_connect();
	run_work(fcinfo);
	result = return_work(fcinfo, context);
	SPI_finish();
	zg_leave_owner(&caller);
	return result;
}

/*
 * Run the function of the same name and arguments, "_work" added, with the
 * rights of the owner of gold_state, which the caller must have too.
 */
Datum
zg_as_owner(PG_FUNCTION_ARGS)
{
	return call_work(fcinfo, zg_enter_owner_checked);
}

/* The same for all who may execute the function: it tells no more than it should. */
Datum
zg_for_readers(PG_FUNCTION_ARGS)
{
	return call_work(fcinfo, zg_enter_owner);
}
