/*-------------------------------------------------------------------------
 *
 * delete_guard.c
 *	  Refusing to lose too many keys of a relation at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "state/delete_guard.h"
#include "state/query.h"
#include "utils/builtins.h"

void
zg_guard_check(ZgRun *run, const char *relation, int64 lost, int64 live)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(relation);

	bool		all = lost >= live && live > 1;

	if ((lost <= run->settings.guard_rows && !all) ||
		(double) lost * 100 <= run->settings.guard_percent * (double) live)
		return;
	if (zg_query_finds(run, "SELECT FROM gold_state.relation_state"
					   " WHERE relation = $1 AND deletes_confirmed", 1, &type, &value))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("relation \"%s.%s\" has lost " INT64_FORMAT " of its " INT64_FORMAT " keys",
					run->settings.silver_schema, relation, lost, live),
			 all ? errdetail("All keys are gone since the last refresh; nothing was written.") :
			 errdetail("More than %g %% and more than " INT64_FORMAT " keys are gone since the last refresh; nothing was written.",
					   run->settings.guard_percent, run->settings.guard_rows),
			 errhint("If they are meant to be gone, SELECT zoom_gold.confirm_deletes('%s') and refresh again.",
					 relation)));
}
