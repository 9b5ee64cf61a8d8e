/*-------------------------------------------------------------------------
 *
 * log_retention.c
 *	  How long the logs keep their rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "quality/log_retention.h"
#include "state/query.h"
#include "state/writer.h"

/* Row callback: ctid */
static void
delete_row(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	zg_writer_delete(arg, (ItemPointer) DatumGetPointer(slot_getattr(slot, 1, &isnull)));
}

static void
delete_rows(ZgRun *run, const char *table, const char *sql)
{
	static const char *const columns[] = {"status"};
	Oid			type = DATEOID;
	Datum		since = DateADTGetDatum(run->today - run->settings.log_retention_days);
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold", table),
										columns, 1);

	zg_query_to_write(run, sql, 1, &type, &since, delete_row, writer);
	zg_writer_close(writer);
}

void
zg_apply_retention(ZgRun *run)
{
	if (run->settings.log_retention_days == 0)
		return;
	delete_rows(run, "go_error_audit_log", "SELECT ctid FROM gold.go_error_audit_log"
				" WHERE status = 'Resolved' AND update_date < $1");
	delete_rows(run, "go_process_audit_log", "SELECT ctid FROM gold.go_process_audit_log"
				" WHERE execution_time < $1::timestamp AT TIME ZONE 'UTC'");
}
