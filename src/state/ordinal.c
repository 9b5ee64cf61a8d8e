/*-------------------------------------------------------------------------
 *
 * ordinal.c
 *	  The dense numbers of users and tickets.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "state/ordinal.h"
#include "state/query.h"

/* more users would not fit into memory; mend_identities() knows it, too */
#define MAX_ORDINAL 99999999

void
zg_check_ordinal(int32 ordinal, const char *identity)
{
	if (ordinal < 0 || ordinal > MAX_ORDINAL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("table \"gold_state.%s\" is damaged", identity),
				 errdetail("%d is no number of a user or ticket.", ordinal),
				 errhint("SELECT * FROM zoom_gold.refresh(full_refresh => true) mends it.")));
}

void
zg_report_lost_identities(const char *identity)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("table \"gold_state.%s\" has lost rows", identity),
			 errdetail("There are versions that belong to nobody in it."),
			 errhint("SELECT * FROM zoom_gold.refresh(full_refresh => true) mends it.")));
}

/* The greatest number in a table, -1 = it is empty. */
static int32
last_ordinal(ZgRun *run, const char *table)
{
	return DatumGetInt32(zg_query_value(run, psprintf("SELECT max(ordinal) FROM gold_state.%s", table),
										0, NULL, NULL, Int32GetDatum(-1)));
}

int32
zg_next_ordinal(ZgRun *run, const char *identity, const char *event)
{
	int32		last = last_ordinal(run, identity);

	if (last >= 0)
		zg_check_ordinal(last, identity);
	if (last_ordinal(run, event) > last)
		zg_report_lost_identities(identity);
	return last + 1;
}
