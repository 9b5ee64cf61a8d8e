/*-------------------------------------------------------------------------
 *
 * detached_days.c
 *	  The days of a fact whose partition was detached.
 *
 * Who detaches a partition wants to have its rows elsewhere, or no more, and
 * not back.  Its days are read like all others, so that aggregates and what
 * else is computed of them stay right; only the rows of the fact are left out,
 * until a partition is there that takes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "catalog/pg_type.h"
#include "facts/detached_days.h"
#include "state/query.h"
#include "utils/builtins.h"

/* from a day up to another one */
typedef struct DayRange
{
	DateADT		from;
	DateADT		to;
} DayRange;

struct ZgDetachedDays
{
	DayRange   *ranges;			/* few */
	int			n;
	int			max;
};

/* Row callback: from_day, to_day */
static void
read_range(TupleTableSlot *slot, void *arg)
{
	ZgDetachedDays *detached = arg;
	DayRange   *range;

	slot_getallattrs(slot);
	zg_make_room(CurrentMemoryContext, detached->ranges, detached->n, detached->max);
	range = &detached->ranges[detached->n++];
	range->from = DatumGetDateADT(slot->tts_values[0]);
	range->to = DatumGetDateADT(slot->tts_values[1]);
}

ZgDetachedDays *
zg_detached_days_load(ZgRun *run, const char *fact)
{
	ZgDetachedDays *detached = palloc0(sizeof(ZgDetachedDays));
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(fact);

	zg_query(run, "SELECT from_day, to_day FROM zoom_gold.detached_days($1)", 1, &type, &name,
			 read_range, detached);
	return detached;
}

bool
zg_detached_days_contain(const ZgDetachedDays *detached, DateADT day)
{
	for (int i = 0; i < detached->n; i++)
		if (day >= detached->ranges[i].from && day < detached->ranges[i].to)
			return true;
	return false;
}
