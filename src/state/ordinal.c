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

int32
zg_next_ordinal(ZgRun *run, const char *identity)
{
	int32		last = DatumGetInt32(zg_query_value(run, psprintf("SELECT max(ordinal) FROM gold_state.%s", identity),
													0, NULL, NULL, Int32GetDatum(-1)));

	if (last >= 0)
		zg_check_ordinal(last, identity);
	return last + 1;
}
