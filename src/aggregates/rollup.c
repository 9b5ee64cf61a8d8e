/*-------------------------------------------------------------------------
 *
 * rollup.c
 *	  Adding day partials up to days, weeks and months.
 *
 * The partials are read by ascending day.  Of each kind one period is open; a
 * day is added to its week and month when it is complete, and a period is
 * handed out when a day beyond it comes.  Memory thus holds three periods,
 * however long the history.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aggregates/rollup.h"
#include "base/array.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "state/query.h"
#include "users/identity.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* which relation a partial is of */
typedef enum Origin
{
	FROM_MEETINGS,
	FROM_PARTICIPANTS,
	FROM_OTHERS
} Origin;

/* a member and its number */
typedef struct Member
{
	const text *name;
	int			number;
	uint32		hash;
	char		status;
} Member;

#define SH_PREFIX members
#define SH_ELEMENT_TYPE Member
#define SH_KEY_TYPE const text *
#define SH_KEY name
#include "base/text_table.h"

/* the open period of one kind */
typedef struct Level
{
	ZgPeriod	period;
	bool		open;
	bool		wanted;			/* one of the periods to compute */
	DateADT		past;
	bool		has_meeting;	/* of a day: an accepted one */
	ZgBitmap   *participants;	/* of a day: active if it has a meeting */
	ZgGroup   **by_number;		/* of the member; NULL: not in this period */
	int			maxmembers;		/* room in by_number and period.groups */
	MemoryContext context;		/* what the period holds */
} Level;

typedef struct RollupState
{
	const ZgRollup *rollup;
	const ZgPeriods *periods;
	ZgPeriodCallback callback;
	void	   *arg;
	Level		levels[ZG_PERIOD_KINDS];
	members_hash *members;
	int			nmembers;
	uint32		nordinals;		/* all users' ordinals are below */
	ZgBitmap   *known;			/* users that count */
	MemoryContext context;
	MemoryContext row_context;
} RollupState;

/* Add a system; its name is copied to the current memory context if kept. */
void
zg_system_add(ZgSystem *into, const text *name)
{
	if (into->count == ZG_MANY_SYSTEMS)
		return;
	if (into->count == ZG_NO_SYSTEM)
	{
		into->count = ZG_ONE_SYSTEM;
		into->name = name == NULL ? NULL : zg_text_copy(name);
	}
	else if (zg_text_compare(into->name, name) != 0)
		into->count = ZG_MANY_SYSTEMS;
}

static void
add_systems(ZgSystem *into, const ZgSystem *from)
{
	if (from->count == ZG_MANY_SYSTEMS)
		into->count = ZG_MANY_SYSTEMS;
	else if (from->count == ZG_ONE_SYSTEM)
		zg_system_add(into, from->name);
}

/* The same for the column "systems" of a partial. */
static void
add_system_array(ZgSystem *into, Datum array)
{
	ArrayIterator iterator;
	Datum		value;
	bool		isnull;

	iterator = array_create_iterator(DatumGetArrayTypeP(array), 0, NULL);

	while (array_iterate(iterator, &value, &isnull))
		zg_system_add(into, isnull ? NULL : DatumGetTextPP(value));
	array_free_iterator(iterator);
}

/*
 * source_system of an aggregate's row: the one that all contributing rows
 * share, else Multiple.
 */
Datum
zg_system_value(const ZgSystem *system, bool *isnull)
{
	if (system->count == ZG_MANY_SYSTEMS)
	{
		*isnull = false;
		return CStringGetTextDatum("Multiple");
	}
	*isnull = system->name == NULL;
	return PointerGetDatum(system->name);
}

/* Number a member, copying its name the first time. */
static Member *
find_member(RollupState *state, const text *name)
{
	bool		found;
	Member	   *member = members_insert(state->members, name, &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(state->context);

		member->name = zg_text_copy(name);
		member->number = state->nmembers++;
		MemoryContextSwitchTo(old);
	}
	return member;
}

static void
make_room(RollupState *state, Level *level)
{
	int			n = Max(level->maxmembers * 2, Max(state->nmembers, 16));

	if (level->by_number == NULL)
	{
		level->by_number = MemoryContextAlloc(state->context, n * sizeof(ZgGroup *));
		level->period.groups = MemoryContextAlloc(state->context, n * sizeof(ZgGroup *));
	}
	else
	{
		level->by_number = repalloc_array(level->by_number, ZgGroup *, n);
		level->period.groups = repalloc_array(level->period.groups, ZgGroup *, n);
	}
	memset(level->by_number + level->maxmembers, 0,
		   (n - level->maxmembers) * sizeof(ZgGroup *));
	level->maxmembers = n;
}

/* The group of a member in the open period. */
static ZgGroup *
find_group(RollupState *state, Level *level, const text *member, int number)
{
	ZgGroup    *group;

	if (number >= level->maxmembers)
		make_room(state, level);
	group = level->by_number[number];
	if (group == NULL)
	{
		group = palloc0_object(ZgGroup);
		group->member = member;
		group->number = number;
		if (state->rollup->users)
			group->users = zg_bitmap_create();
		level->by_number[number] = group;
		level->period.groups[level->period.ngroups++] = group;
	}
	return group;
}

static void
open_level(RollupState *state, ZgPeriodKind kind, DateADT day)
{
	Level	   *level = &state->levels[kind];
	MemoryContext old = MemoryContextSwitchTo(level->context);

	level->period.kind = kind;
	level->period.start = zg_period_start(kind, day);
	level->past = zg_period_past(kind, level->period.start);
	level->wanted = (state->rollup->kinds & ZG_KIND_BIT(kind)) != 0 &&
		zg_periods_contain(state->periods, kind, level->period.start);
	level->has_meeting = false;
	if (state->rollup->active)
	{
		level->period.active = zg_bitmap_create();
		level->participants = zg_bitmap_create();
	}
	level->open = true;
	MemoryContextSwitchTo(old);
}

/* Add a complete day to its week or month. */
static void
add_day(RollupState *state, Level *level, const Level *day)
{
	MemoryContext old = MemoryContextSwitchTo(level->context);

	if (state->rollup->active)
		zg_bitmap_or(level->period.active, day->period.active);
	for (int i = 0; i < day->period.ngroups; i++)
	{
		ZgGroup    *from = day->period.groups[i];
		ZgGroup    *into = find_group(state, level, from->member, from->number);

		into->row_count += from->row_count;
		into->total += from->total;
		add_systems(&into->system, &from->system);
		if (state->rollup->users)
			zg_bitmap_or(into->users, from->users);
	}
	MemoryContextSwitchTo(old);
}

/* Hand out the open period of a level, and close it. */
static void
close_level(RollupState *state, Level *level)
{
	if (!level->open)
		return;
	if (level->wanted)
	{
		MemoryContext old = MemoryContextSwitchTo(level->context);

		state->callback(&level->period, state->arg);
		MemoryContextSwitchTo(old);
	}
	for (int i = 0; i < level->period.ngroups; i++)
		level->by_number[level->period.groups[i]->number] = NULL;
	level->period.ngroups = 0;
	level->open = false;
	MemoryContextReset(level->context);
}

/*
 * The open day is complete.
 *
 * Unknown users are left out here, so that no union of days has them.
 */
static void
close_day(RollupState *state)
{
	Level	   *day = &state->levels[ZG_DAILY];

	if (!day->open)
		return;
	if (state->rollup->active)
	{
		MemoryContext old = MemoryContextSwitchTo(day->context);

		if (day->has_meeting)
			zg_bitmap_or(day->period.active, day->participants);
		zg_bitmap_check_below(day->period.active, state->nordinals);
		zg_bitmap_and(day->period.active, state->known);
		MemoryContextSwitchTo(old);
	}
	for (int kind = ZG_WEEKLY; kind < ZG_PERIOD_KINDS; kind++)
	{
		Level	   *level = &state->levels[kind];

		if (level->open && day->period.start >= level->past)
			close_level(state, level);
		if (!level->open)
			open_level(state, kind, day->period.start);
		if (level->wanted)
			add_day(state, level, day);
	}
	close_level(state, day);
}

/* the columns of the query in read_range */
enum
{
	COLUMN_DAY = 1,
	COLUMN_ORIGIN,
	COLUMN_GROUPED,
	COLUMN_MEMBER,
	COLUMN_ROW_COUNT,
	COLUMN_TOTAL,
	COLUMN_USERS,
	COLUMN_SYSTEMS
};

static int64
slot_int64(TupleTableSlot *slot, int attnum)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, attnum, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static void
add_users(TupleTableSlot *slot, ZgBitmap *into)
{
	bool		isnull;
	Datum		users = slot_getattr(slot, COLUMN_USERS, &isnull);

	if (!isnull)
		zg_bitmap_or_serialized(into, DatumGetByteaPP(users));
}

/* Add a partial to the group of its member in the open day. */
static void
add_to_group(RollupState *state, TupleTableSlot *slot)
{
	Level	   *day = &state->levels[ZG_DAILY];
	bool		isnull;
	Datum		value = slot_getattr(slot, COLUMN_MEMBER, &isnull);
	Member	   *member = find_member(state, DatumGetTextPP(value));
	MemoryContext row = MemoryContextSwitchTo(day->context);
	ZgGroup    *group = find_group(state, day, member->name, member->number);

	group->row_count += slot_int64(slot, COLUMN_ROW_COUNT);
	group->total += slot_int64(slot, COLUMN_TOTAL);
	value = slot_getattr(slot, COLUMN_SYSTEMS, &isnull);
	if (!isnull)
		add_system_array(&group->system, value);
	MemoryContextSwitchTo(row);
	if (group->users != NULL)
		add_users(slot, group->users);
}

/* Row callback: one partial. */
static void
read_partial(TupleTableSlot *slot, void *arg)
{
	RollupState *state = arg;
	Level	   *day = &state->levels[ZG_DAILY];
	MemoryContext old;
	DateADT		date;
	Origin		origin;
	bool		isnull;

	date = DatumGetDateADT(slot_getattr(slot, COLUMN_DAY, &isnull));
	origin = DatumGetInt32(slot_getattr(slot, COLUMN_ORIGIN, &isnull));
	if (day->open && date != day->period.start)
		close_day(state);
	if (!day->open)
		open_level(state, ZG_DAILY, date);
	MemoryContextReset(state->row_context);
	old = MemoryContextSwitchTo(state->row_context);
	if (state->rollup->active && origin == FROM_MEETINGS)
	{
		day->has_meeting = true;
		add_users(slot, day->period.active);
	}
	else if (state->rollup->active && origin == FROM_PARTICIPANTS)
		add_users(slot, day->participants);
	if (DatumGetBool(slot_getattr(slot, COLUMN_GROUPED, &isnull)))
		add_to_group(state, slot);
	MemoryContextSwitchTo(old);
}

/* Read the partials of some days. */
static void
read_range(ZgRun *run, RollupState *state, const ZgDayRange *range)
{
	const ZgRollup *rollup = state->rollup;
	Oid			types[] = {TEXTARRAYOID, TEXTOID, DATEOID, DATEOID};
	Datum		values[4];
	Datum		relations[3];
	int			nrelations = 0;

	if (rollup->relation != NULL)
		relations[nrelations++] = CStringGetTextDatum(rollup->relation);
	if (rollup->active)
		relations[nrelations++] = CStringGetTextDatum("si_meetings");
	if (rollup->active && run->settings.host_or_participant)
		relations[nrelations++] = CStringGetTextDatum("si_participants");
	values[0] = zg_text_array(relations, nrelations);
	values[1] = CStringGetTextDatum(rollup->relation != NULL ? rollup->relation : "");
	values[2] = DateADTGetDatum(range->first);
	values[3] = DateADTGetDatum(range->past);
	zg_query(run,
			 psprintf("SELECT day,"
					  " CASE relation WHEN 'si_meetings' THEN %d"
					  " WHEN 'si_participants' THEN %d ELSE %d END,"
					  " relation = $2, member, row_count, total, %s, systems"
					  " FROM gold_state.day_partial"
					  " WHERE relation = ANY ($1) AND day >= $3 AND day < $4"
					  " ORDER BY day",
					  FROM_MEETINGS, FROM_PARTICIPANTS, FROM_OTHERS,
					  rollup->users || rollup->active ? "users" : "NULL::bytea"),
			 lengthof(types), types, values, read_partial, state);
}

/* Row callback: the ordinal of an unknown user. */
static void
read_unknown(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	zg_bitmap_add(arg, (uint32) DatumGetInt32(slot_getattr(slot, 1, &isnull)));
}

/*
 * The users of whom a version was accepted: the complement of the few ids of
 * whom none was, as reading those takes an index instead of the whole table.
 */
static void
read_known(ZgRun *run, RollupState *state)
{
	state->nordinals = (uint32) zg_users_next_ordinal(run);
	state->known = zg_bitmap_create();
	zg_query(run, "SELECT ordinal FROM gold_state.user_identity WHERE NOT known",
			 0, NULL, NULL, read_unknown, state->known);
	zg_bitmap_complement(state->known, state->nordinals);
}

/*
 * Add up the day partials of some periods, calling back for each of them that
 * has any.
 */
void
zg_rollup(ZgRun *run, const ZgRollup *rollup, const ZgPeriods *periods,
		  ZgPeriodCallback callback, void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "zoom_gold rollup",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	RollupState state = {
		.rollup = rollup,
		.periods = periods,
		.callback = callback,
		.arg = arg,
		.context = context,
	};
	ZgDayRange *ranges;
	int			nranges = zg_periods_ranges(periods, rollup->kinds, &ranges);

	state.row_context = AllocSetContextCreate(context, "zoom_gold partial",
											  ALLOCSET_DEFAULT_SIZES);
	state.members = members_create(context, 64, NULL);
	for (int kind = 0; kind < ZG_PERIOD_KINDS; kind++)
		state.levels[kind].context = AllocSetContextCreate(context,
														   "zoom_gold period",
														   ALLOCSET_DEFAULT_SIZES);
	if (rollup->active)
		read_known(run, &state);
	for (int i = 0; i < nranges; i++)
		read_range(run, &state, &ranges[i]);
	close_day(&state);
	for (int kind = ZG_WEEKLY; kind < ZG_PERIOD_KINDS; kind++)
		close_level(&state, &state.levels[kind]);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
