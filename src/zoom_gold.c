/*-------------------------------------------------------------------------
 *
 * zoom_gold.c
 *	  What PostgreSQL sees first: the module magic and the settings of the
 *	  server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capture/change_buffer.h"
#include "capture/merge_moves.h"
#include "fmgr.h"
#include "state/run.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/*
 * Define zoom_gold.clock, and watch over what transactions change in silver.
 * The clock's value is checked at use, not here: a session may set it before the
 * time zone database or the extension is there.
 */
void
_PG_init(void)
{
	DefineCustomStringVariable("zoom_gold.clock",
							   "The instant zoom_gold takes for \"now\".",
							   "An ISO timestamp with time zone; empty means the wall clock. For replays and tests.",
							   &zg_clock_setting,
							   "",
							   PGC_SUSET,
							   0,
							   NULL, NULL, NULL);
	MarkGUCPrefixReserved("zoom_gold");
	zg_change_buffer_init();
	zg_merge_moves_init();
}
