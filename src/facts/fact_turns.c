/*-------------------------------------------------------------------------
 *
 * fact_turns.c
 *	  A pass over all of a relation that is too large for one.
 *
 * A pass keeps something of each row until its end.  Where that would be some
 * times maintenance_work_mem, the days of the relation take turns: each is a
 * pass over its days alone, as after changes to them, with the same result.
 * What a turn does not see is told beforehand: which keys have rows on other
 * days.
 *
 * A key that has moved since the last pass from the days of one turn to those of
 * another would be taken for a loss by the delete guard and fact_deletes, and
 * for a new one by the rule for reused keys.  So days whose keys are not those
 * of the last pass come first, together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/grow.h"
#include "facts/fact_turns.h"
#include "facts/moved_days.h"
#include "miscadmin.h"
#include "state/dirty.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/rel.h"

/* what a pass keeps of a row, about; doc/SCALE.md states it */
#define FIRST_ROW_BYTES 256
#define ROW_BYTES 448

/* how many times maintenance_work_mem that may be in all: turns cost time */
#define ROOM_FACTOR 4

/* days without rows that a turn passes by rather than begin a new range */
#define MAX_GAP 31

/* passes over one relation */
typedef struct Turns
{
	ZgRun	   *run;
	const ZgFact *fact;
	const ZgSilver *silver;
	bool		first;			/* nothing is known of the relation */
	int64		room;			/* for so many rows */
} Turns;

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

/* Bytes that a pass may keep. */
static int64
room_bytes(void)
{
	return (int64) ROOM_FACTOR * maintenance_work_mem * 1024;
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

/*
 * May a relation have more rows than have room?  On disk one takes an eighth of
 * what is kept of it at least.
 */
static bool
may_be_large(const Turns *turns)
{
	Oid			type = OIDOID;
	Datum		relid = ObjectIdGetDatum(zg_silver_relid(turns->run, turns->silver));

	/* of a plain table the tree is empty */
	int64		bytes = DatumGetInt64(zg_query_value(turns->run, "SELECT coalesce(sum(pg_relation_size(t.relid)), pg_relation_size($1))::bigint"
													 " FROM pg_partition_tree($1::regclass) t", 1, &type, &relid, Int64GetDatum(0)));

	return bytes > room_bytes() / 8;
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

/* The day of a row of a table that a pass writes, as SQL. */
static char *
target_day(const Turns *turns, const ZgTarget *target)
{
	const ZgFact *fact = turns->fact;

	return target == &fact->detail && fact->detail_day != NULL ? psprintf("s.%s", fact->detail_day) :
		zg_silver_day(turns->silver, "s");
}

/* What a pass over all would clear away: days that silver does not have, with no rows. */
static void
append_written_days(const Turns *turns, StringInfo sql)
{
	const ZgTarget *targets[] = {&turns->fact->target, &turns->fact->detail};

	if (turns->first)
		return;
	appendStringInfo(sql, " UNION ALL SELECT day, 0 FROM gold_state.slice WHERE relation = '%1$s'"
					 " UNION ALL SELECT slice_day, 0 FROM gold_state.day_partial WHERE relation = '%1$s'"
					 " UNION ALL SELECT day, 0 FROM gold_state.open_error WHERE relation = '%1$s'",
					 turns->silver->name);
	for (int i = 0; i < lengthof(targets); i++)
		if (targets[i]->table != NULL)
			appendStringInfo(sql, " UNION ALL SELECT DISTINCT %s, 0 FROM %s.%s s",
							 target_day(turns, targets[i]), targets[i]->schema, targets[i]->table);
}

/* Count the rows of each day. */
static void
count_days(const Turns *turns, DayCounts *days)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT d.day, sum(d.n)::bigint FROM (SELECT %s AS day, count(*) AS n FROM %s s GROUP BY 1",
					 zg_silver_day(turns->silver, "s"), zg_silver_name(turns->run, turns->silver));
	append_written_days(turns, &sql);
	appendStringInfoString(&sql, ") d GROUP BY 1 ORDER BY 1");
	zg_query(turns->run, sql.data, 0, NULL, NULL, read_count, days);
}

static void
append_day(ZgScope *turn, DateADT day)
{
	zg_make_lean_room(CurrentMemoryContext, turn->days, turn->ndays);
	turn->days[turn->ndays++] = day;
}

/* Add a day to a turn, with those before it that have no rows and are not passed over. */
static void
add_day(ZgScope *turn, DateADT day, const ZgScope *passed)
{
	DateADT		last = turn->ndays == 0 ? day : turn->days[turn->ndays - 1];

	if (!DATE_NOT_FINITE(last) && !DATE_NOT_FINITE(day) && day - last <= MAX_GAP)
		for (DateADT d = last + 1; d < day; d++)
			if (!zg_days_contain(passed->days, passed->ndays, d))
				append_day(turn, d);
	append_day(turn, day);
}

/*
 * The next turn, of as many days as have room, but those to be passed over;
 * *i is the first day to look at.  Empty when there is none.
 */
static ZgScope
next_turn(const Turns *turns, const DayCounts *days, int *i, const ZgScope *passed)
{
	ZgScope		turn = {0};
	int64		rows = 0;

	for (; *i < days->n; (*i)++)
	{
		const DayCount *count = &days->counts[*i];

		if (zg_days_contain(passed->days, passed->ndays, count->day))
			continue;
		if (turn.ndays > 0 && rows + count->rows > turns->room)
			break;
		add_day(&turn, count->day, passed);
		rows += count->rows;
	}
	return turn;
}

/* The days whose keys are not those of the last pass. */
static ZgScope *
find_moved(const Turns *turns, const DayCounts *days)
{
	static const ZgScope none = {0};
	ZgMovedDays *moved = zg_moved_days_begin(turns->run, turns->silver);
	ZgScope		turn;

	for (int i = 0; (turn = next_turn(turns, days, &i, &none)).ndays > 0;)
		zg_moved_days_compare(moved, &turn);
	return zg_moved_days_end(moved);
}

/* Make the pass over the days of a turn; what the one before has read goes. */
static void
take_turn(const Turns *turns, ZgScope *turn, ZgCounts *counts, uint32 *told)
{
	zg_run_forget(turns->run, ZG_FOUND_BY_ATTEMPT);
	zg_run_show(zg_steps[turns->fact->step].process, psprintf("a turn, %s", zg_scope_describe(turn)));
	zg_build_fact(turns->run, turns->fact, turn, counts);
	*told |= turns->run->told;
}

static void
take_turns(const Turns *turns, const DayCounts *days, ZgCounts *counts)
{
	ZgScope		none = {0};
	ZgScope    *moved = turns->first ? &none : find_moved(turns, days);
	ZgScope		turn;
	uint32		told = 0;

	if (moved->ndays > 0)
		take_turn(turns, moved, counts, &told);
	for (int i = 0; (turn = next_turn(turns, days, &i, moved)).ndays > 0;)
		take_turn(turns, &turn, counts, &told);
	turns->run->told = told;
	zg_run_forget(turns->run, ZG_FOUND_BY_ATTEMPT);
}

/* Has the state rows that belong to no day?  A pass over all clears them away. */
static bool
has_rows_without_day(const Turns *turns)
{
	const ZgFact *fact = turns->fact;
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(turns->silver->name);

	return zg_query_finds(turns->run, "SELECT FROM gold_state.open_error WHERE relation = $1 AND day IS NULL",
						  1, &type, &name) ||
		(fact->detail_day != NULL &&
		 zg_query_finds(turns->run, psprintf("SELECT FROM %s.%s WHERE %s IS NULL", fact->detail.schema,
											 fact->detail.table, fact->detail_day), 0, NULL, NULL));
}

/* Can a pass over all be made in turns, if it is too large for one? */
static bool
can_turn(const Turns *turns)
{
	return has_index_by_day(turns->run, turns->silver) && may_be_large(turns) && !has_rows_without_day(turns);
}

void
zg_build_fact_in_turns(ZgRun *run, const ZgFact *fact, ZgScope *scope, ZgCounts *counts)
{
	Turns		turns = {.run = run,.fact = fact,.silver = &zg_silver[zg_steps[fact->step].relation]};
	DayCounts	days = {0};

	if (scope->whole && can_turn(&turns))
	{
		turns.first = is_first(run, fact, turns.silver);
		turns.room = Max(room_bytes() / (turns.first ? FIRST_ROW_BYTES : ROW_BYTES), 1);
		count_days(&turns, &days);
	}
	if (days.rows > turns.room && list_spread_keys(run, turns.silver))
		take_turns(&turns, &days, counts);
	else
		zg_build_fact(run, fact, scope, counts);
}
