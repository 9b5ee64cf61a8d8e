/*-------------------------------------------------------------------------
 *
 * change_number.c
 *	  The order of captured changes.
 *
 * The numbers are those of the sequence gold_state.change_seq, which survives
 * a dump and an upgrade.  But a statement of a session that knows nothing of
 * us must not move the session's lastval(), as nextval() would: an application
 * may ask for the id of the row that it has just written.  So the sequence is
 * set, under a lock, to the number after its last.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "capture/change_number.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The sequence, found without regard to privileges; InvalidOid = not there. */
static Oid
find_sequence(void)
{
	Oid			schema = get_namespace_oid("gold_state", true);
	Oid			relid = OidIsValid(schema) ? get_relname_relid("change_seq", schema) : InvalidOid;

	return OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_SEQUENCE ? relid : InvalidOid;
}

static Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* The last number, 0 when none was drawn. */
static int64
last_number(Oid sequence)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		result;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = ObjectIdGetDatum(sequence);
	fcinfo->args[0].isnull = false;
	result = pg_sequence_last_value(fcinfo);
	return fcinfo->isnull ? 0 : DatumGetInt64(result);
}

/*
 * The lock is on the sequence as an object, which nobody else locks, and is
 * let go at once; on an error it goes with the subtransaction.
 */
int64
zg_change_number(void)
{
	Oid			sequence = find_sequence();
	Oid			user;
	int			security;
	int64		number;

	if (!OidIsValid(sequence))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("sequence \"gold_state.change_seq\" does not exist"),
				 errhint("SELECT * FROM zoom_gold.setup();")));
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(owner_of(sequence), security | SECURITY_LOCAL_USERID_CHANGE);
	LockDatabaseObject(RelationRelationId, sequence, 0, ExclusiveLock);
	number = last_number(sequence) + 1;
	DirectFunctionCall2(setval_oid, ObjectIdGetDatum(sequence), Int64GetDatum(number));
	UnlockDatabaseObject(RelationRelationId, sequence, 0, ExclusiveLock);
	SetUserIdAndSecContext(user, security);
	return number;
}

bool
zg_change_number_possible(void)
{
	return OidIsValid(find_sequence());
}
