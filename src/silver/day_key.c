/*-------------------------------------------------------------------------
 *
 * day_key.c
 *	  Keys and days of the rows of a silver relation, and nothing else of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "silver/day_key.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct KeyRead
{
	ZgDayKeyHandler handler;
	void	   *arg;
	MemoryContext row_context;	/* of the row at hand */
} KeyRead;

/* Row callback: key, day */
static void
read_row(TupleTableSlot *slot, void *arg)
{
	KeyRead    *read = arg;
	MemoryContext old = MemoryContextSwitchTo(read->row_context);
	text	   *raw;
	text	   *key;

	slot_getallattrs(slot);
	raw = slot->tts_isnull[0] ? NULL : DatumGetTextPP(slot->tts_values[0]);
	key = raw == NULL ? NULL : zg_text_normalize(raw);
	MemoryContextSwitchTo(old);
	read->handler(DatumGetDateADT(slot->tts_values[1]), key == NULL ? NULL : raw, key, read->arg);
	MemoryContextReset(read->row_context);
}

void
zg_silver_read_keys(ZgRun *run, const ZgSilver *silver, const char *where,
					ZgDayKeyHandler handler, void *arg)
{
	KeyRead		read = {
		.handler = handler,
		.arg = arg,
		.row_context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold key", ALLOCSET_SMALL_SIZES),
	};

	zg_query(run,
			 psprintf("SELECT s.%s::text, %s FROM %s s WHERE %s", silver->columns[0].name,
					  zg_silver_day(silver, "s"), zg_silver_name(run, silver), where),
			 0, NULL, NULL, read_row, &read);
	MemoryContextDelete(read.row_context);
}
