/*-------------------------------------------------------------------------
 *
 * moved_days.c
 *	  Days of a relation to which keys came, or from which they went.
 *
 * What a key's move means is told by seeing both its days.  Days whose keys
 * are those of their slices can be passed over one without the other.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/sort.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "facts/moved_days.h"
#include "facts/newest_row.h"
#include "silver/day_key.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* a key on a day, as its hash */
typedef struct DayKey
{
	DateADT		day;
	uint64		key;
} DayKey;

typedef struct DayKeys
{
	DayKey	   *values;
	int64		n;
	int64		max;
} DayKeys;

struct ZgMovedDays
{
	ZgRun	   *run;
	const ZgSilver *silver;
	MemoryContext context;
	ZgHashes	spread;			/* keys with rows on several days */
	DayKeys		newest;			/* where the newest row of each of them is */
	struct ZgNewestRows *winners;	/* while they are read */
	ZgHashes	unplaced;		/* reused keys whose day no pass has found */
	DayKeys		keys;			/* of the days that are compared */
	int64		next;			/* the first of them not compared yet */
	ZgScope		found;
};

static void
add_key(ZgMovedDays *moved, DayKeys *keys, DateADT day, uint64 key)
{
	zg_make_room(moved->context, keys->values, keys->n, keys->max);
	keys->values[keys->n].day = day;
	keys->values[keys->n++].key = key;
}

static void
add_day(ZgMovedDays *moved, DateADT day)
{
	MemoryContext old;

	if (moved->found.ndays > 0 && moved->found.days[moved->found.ndays - 1] == day)
		return;
	old = MemoryContextSwitchTo(moved->context);
	zg_make_lean_room(moved->context, moved->found.days, moved->found.ndays);
	moved->found.days[moved->found.ndays++] = day;
	MemoryContextSwitchTo(old);
}

/* Row handler: a row of a key with rows on several days */
static void
note_spread(ZgRow *row, void *arg)
{
	ZgMovedDays *moved = arg;
	text	   *key = zg_row_text(row, 0);
	uint64		hash;

	if (key == NULL)
		return;
	hash = zg_text_hash64(key);
	zg_hashes_add(&moved->spread, moved->context, hash);
	if (zg_newest_rows_take(moved->winners, row))
		add_key(moved, &moved->newest, row->day, hash);
}

/* Of keys with rows on several days the slices know the newest row's. */
static void
find_newest(ZgMovedDays *moved)
{
	const ZgSilver *silver = moved->silver;
	MemoryContext context;
	MemoryContext old;
	ZgScope		all = {.whole = true};
	ZgSource	source = {
		.silver = silver,
		.from = psprintf("%s s", zg_silver_name(moved->run, silver)),
		.deleted = zg_silver_deleted(moved->run, silver),
		.where = zg_silver_equals(moved->run, silver, 0,
								  psprintf("= ANY (ARRAY (SELECT DISTINCT key FROM gold_state.spread_key"
										   " WHERE relation = '%s'))", silver->name)),
	};

	if (!zg_spread_in_scope(moved->run, silver, &all))
		return;
	context = AllocSetContextCreate(moved->context, "zoom_gold newest rows", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	moved->winners = zg_newest_rows_find(moved->run, silver, source.where, false);
	zg_source_read(moved->run, &source, note_spread, moved);
	moved->winners = NULL;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	zg_hashes_settle(&moved->spread);
}

/* Row callback: a key */
static void
note_unplaced(TupleTableSlot *slot, void *arg)
{
	ZgMovedDays *moved = arg;
	bool		isnull;

	zg_hashes_add(&moved->unplaced, moved->context,
				  zg_text_hash64(DatumGetTextPP(slot_getattr(slot, 1, &isnull))));
}

static void
find_unplaced(ZgMovedDays *moved)
{
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(moved->silver->name);

	zg_query(moved->run, "SELECT key FROM gold_state.reused_key WHERE relation = $1 AND day IS NULL",
			 1, &type, &name, note_unplaced, moved);
	zg_hashes_settle(&moved->unplaced);
}

ZgMovedDays *
zg_moved_days_begin(ZgRun *run, const ZgSilver *silver)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold moved days",
												  ALLOCSET_DEFAULT_SIZES);
	ZgMovedDays *moved = MemoryContextAllocZero(context, sizeof(ZgMovedDays));

	moved->run = run;
	moved->silver = silver;
	moved->context = context;
	find_newest(moved);
	find_unplaced(moved);
	return moved;
}

/* Key handler: of silver */
static void
read_key(DateADT day, text *raw, text *key, void *arg)
{
	ZgMovedDays *moved = arg;
	uint64		hash;

	(void) raw;
	if (key == NULL)
		return;
	hash = zg_text_hash64(key);
	if (zg_hashes_contain(moved->unplaced.values, moved->unplaced.n, hash))
		add_day(moved, day);
	if (!zg_hashes_contain(moved->spread.values, moved->spread.n, hash))
		add_key(moved, &moved->keys, day, hash);
}

static int
compare_day_keys(const void *a, const void *b)
{
	const DayKey *left = a;
	const DayKey *right = b;

	if (left->day != right->day)
		return left->day < right->day ? -1 : 1;
	return (left->key > right->key) - (left->key < right->key);
}

/* The keys of a day from the next one on; returns how many, each once, in their places. */
static int64
take_keys(DayKeys *keys, int64 next, DateADT day)
{
	int64		n = 0;

	for (int64 i = next; i < keys->n && keys->values[i].day == day; i++)
		if (n == 0 || keys->values[i].key != keys->values[next + n - 1].key)
			keys->values[next + n++] = keys->values[i];
	return n;
}

/* Pass over the keys of days before one, which have no slices. */
static void
pass_until(ZgMovedDays *moved, DateADT day)
{
	for (; moved->next < moved->keys.n && moved->keys.values[moved->next].day < day; moved->next++)
		add_day(moved, moved->keys.values[moved->next].day);
}

/* Row callback: day, keys; of the state, by day */
static void
compare_slice(TupleTableSlot *slot, void *arg)
{
	ZgMovedDays *moved = arg;
	DayKeys    *keys = &moved->keys;
	DateADT		day;
	bytea	   *bytes;
	int64		n;
	bool		same;

	slot_getallattrs(slot);
	day = DatumGetDateADT(slot->tts_values[0]);
	bytes = DatumGetByteaPCopy(slot->tts_values[1]);
	pass_until(moved, day);
	n = take_keys(keys, moved->next, day);
	same = n == VARSIZE_ANY_EXHDR(bytes) / sizeof(uint64);
	for (int64 i = 0; i < n && same; i++)
		same = memcmp(&keys->values[moved->next + i].key, VARDATA_ANY(bytes) + i * sizeof(uint64),
					  sizeof(uint64)) == 0;
	if (!same)
		add_day(moved, day);
	while (moved->next < keys->n && keys->values[moved->next].day <= day)
		moved->next++;
	pfree(bytes);
}

void
zg_moved_days_compare(ZgMovedDays *moved, const ZgScope *days)
{
	const ZgSilver *silver = moved->silver;
	DayKeys    *keys = &moved->keys;
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), zg_scope_days(days)};

	keys->n = moved->next = 0;
	zg_silver_read_keys(moved->run, silver, zg_silver_day_restriction(silver, days->days, days->ndays),
						read_key, moved);
	for (int64 i = 0; i < moved->newest.n; i++)
		if (zg_days_contain(days->days, days->ndays, moved->newest.values[i].day))
			add_key(moved, keys, moved->newest.values[i].day, moved->newest.values[i].key);
	qsort(keys->values, keys->n, sizeof(DayKey), compare_day_keys);
	zg_query(moved->run, "SELECT day, keys FROM gold_state.slice"
			 " WHERE relation = $1 AND day = ANY ($2) ORDER BY day",
			 2, types, args, compare_slice, moved);
	while (moved->next < keys->n)
		add_day(moved, keys->values[moved->next++].day);
}

ZgScope *
zg_moved_days_end(ZgMovedDays *moved)
{
	ZgScope    *found = palloc0(sizeof(ZgScope));
	int			n = zg_days_sort(moved->found.days, moved->found.ndays);

	found->ndays = n;
	found->days = palloc(Max(n, 1) * sizeof(DateADT));
	if (n > 0)
		memcpy(found->days, moved->found.days, n * sizeof(DateADT));
	MemoryContextDelete(moved->context);
	return found;
}
