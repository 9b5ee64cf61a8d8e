/*-------------------------------------------------------------------------
 *
 * fact_turns.c
 *	  A first pass over a relation that is too large for one.
 *
 * A pass keeps something of each row until its end.  Where that would be some
 * times maintenance_work_mem, the days of the relation take turns: each is a
 * pass over its days alone, as after changes to them, with the same result.
 * What a turn does not see is told beforehand: which keys have rows on other
 * days.
 *
 * Only a first pass is made so.  In later ones a key may have moved from the
 * days of one turn to those of another, which the delete guard and fact_deletes
 * would take for a loss.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/grow.h"
#include "facts/fact_turns.h"
#include "miscadmin.h"
#include "state/dirty.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/rel.h"

/* what a pass keeps of a row, about; doc/SCALE.md states it */
#define ROW_BYTES 256

/* how many times maintenance_work_mem that may be in all: turns cost time */
#define ROOM_FACTOR 4

/* days without rows that a turn passes by rather than begin a new range */
#define MAX_GAP 31

/* the days of a relation, with the number of their rows */
typedef struct DayCount
{
	DateADT		day;
	int64		rows;
} DayCount;

typedef struct DayCounts
{
	DayCount   *counts;
	int			n;
	int			max;
	int64		rows;
} DayCounts;

/* Row callback: day, number of rows */
static void
read_count(TupleTableSlot *slot, void *arg)
{
	DayCounts  *days = arg;

	slot_getallattrs(slot);
	zg_make_room(CurrentMemoryContext, days->counts, days->n, days->max);
	days->counts[days->n].day = DatumGetDateADT(slot->tts_values[0]);
	days->counts[days->n].rows = DatumGetInt64(slot->tts_values[1]);
	days->rows += days->counts[days->n++].rows;
}

/* How many rows of a pass have room. */
static int64
row_room(void)
{
	return Max((int64) ROOM_FACTOR * maintenance_work_mem * 1024 / ROW_BYTES, 1);
}

/* Can a relation be read by the day?  Else each turn would read all of it. */
static bool
has_index_by_day(ZgRun *run, const ZgSilver *silver)
{
	Relation	rel = table_open(zg_silver_relid(run, silver), AccessShareLock);
	bool		found = (rel->rd_rel->relkind == RELKIND_RELATION ||
						 rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) &&
	zg_has_index_on(rel, silver->columns[silver->event_column].name);

	table_close(rel, NoLock);
	return found;
}

/* May a relation have more rows than have room?  On disk a row takes a quarter of that at least. */
static bool
may_be_large(ZgRun *run, const ZgSilver *silver)
{
	Oid			type = OIDOID;
	Datum		relid = ObjectIdGetDatum(zg_silver_relid(run, silver));

	/* of a plain table the tree is empty */
	int64		bytes = DatumGetInt64(zg_query_value(run, "SELECT coalesce(sum(pg_relation_size(t.relid)), pg_relation_size($1))::bigint"
													 " FROM pg_partition_tree($1::regclass) t", 1, &type, &relid, Int64GetDatum(0)));

	return bytes / (ROW_BYTES / 4) > row_room();
}

/* Is nothing known of the relation? */
static bool
is_first(ZgRun *run, const ZgFact *fact, const ZgSilver *silver)
{
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	return !zg_query_finds(run, "SELECT FROM gold_state.slice WHERE relation = $1", 1, &type, &name) &&
		!zg_query_finds(run, "SELECT FROM gold_state.reused_key WHERE relation = $1", 1, &type, &name) &&
		zg_target_is_empty(run, &fact->target) && zg_target_is_empty(run, &fact->detail);
}

/*
 * List the keys with rows on several days in gold_state.spread_key.  Returns
 * false if one of them is spelled in several ways: their rows on other days
 * would be looked for by spellings that nobody has seen yet.
 */
static bool
list_spread_keys(ZgRun *run, const ZgSilver *silver)
{
	const char *name = zg_silver_name(run, silver);
	const char *key = silver->columns[0].name;
	const char *day = zg_silver_day(silver, "s");
	Oid			type = TEXTOID;
	Datum		relation = CStringGetTextDatum(silver->name);

	zg_execute("DELETE FROM gold_state.spread_key WHERE relation = $1", 1, &type, &relation, NULL);
	zg_execute(psprintf("INSERT INTO gold_state.spread_key (relation, key, day) SELECT DISTINCT $1, k.key, %s"
						" FROM (SELECT zoom_gold.normal_text(s.%s::text) AS key FROM %s s GROUP BY 1"
						" HAVING min(%s) <> max(%s)) k JOIN %s s ON zoom_gold.normal_text(s.%s::text) = k.key",
						day, key, name, day, day, name, key), 1, &type, &relation, NULL);
	return !zg_query_finds(run, psprintf("SELECT FROM gold_state.spread_key k JOIN %s s"
										 " ON zoom_gold.normal_text(s.%s::text) = k.key"
										 " WHERE k.relation = $1 AND s.%s::text <> k.key", name, key, key),
						   1, &type, &relation);
}

/* Add a day to a turn, with those before it that have no rows. */
static void
add_day(ZgScope *turn, DateADT day)
{
	DateADT		last = turn->ndays == 0 ? day : turn->days[turn->ndays - 1];
	DateADT		first = last >= day || DATE_NOT_FINITE(last) || day - last > MAX_GAP ? day : last + 1;

	for (DateADT d = first; d < day; d++)
	{
		zg_make_lean_room(CurrentMemoryContext, turn->days, turn->ndays);
		turn->days[turn->ndays++] = d;
	}
	zg_make_lean_room(CurrentMemoryContext, turn->days, turn->ndays);
	turn->days[turn->ndays++] = day;
}

/* Make the turns, each with as many days as have room. */
static void
take_turns(ZgRun *run, const ZgFact *fact, const DayCounts *days, ZgCounts *counts)
{
	uint32		told = 0;
	int			i = 0;

	while (i < days->n)
	{
		ZgScope		turn = {0};
		int64		rows = 0;

		for (; i < days->n && (turn.ndays == 0 || rows + days->counts[i].rows <= row_room()); i++)
		{
			add_day(&turn, days->counts[i].day);
			rows += days->counts[i].rows;
		}
		/* what the turn before has read */
		zg_run_forget(run, ZG_FOUND_BY_ATTEMPT);
		zg_build_fact(run, fact, &turn, counts);
		told |= run->told;
	}
	run->told = told;
	zg_run_forget(run, ZG_FOUND_BY_ATTEMPT);
}

void
zg_build_fact_in_turns(ZgRun *run, const ZgFact *fact, ZgScope *scope, ZgCounts *counts)
{
	const ZgSilver *silver = &zg_silver[zg_steps[fact->step].relation];
	DayCounts	days = {0};

	if (scope->whole && has_index_by_day(run, silver) && may_be_large(run, silver) && is_first(run, fact, silver))
		zg_query(run, psprintf("SELECT %s, count(*) FROM %s s GROUP BY 1 ORDER BY 1",
							   zg_silver_day(silver, "s"), zg_silver_name(run, silver)),
				 0, NULL, NULL, read_count, &days);
	if (days.rows > row_room() && list_spread_keys(run, silver))
		take_turns(run, fact, &days, counts);
	else
		zg_build_fact(run, fact, scope, counts);
}
