/*-------------------------------------------------------------------------
 *
 * slice.c
 *	  Keys and users of the days of a relation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/sort.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "facts/slice.h"
#include "facts/slice_search.h"
#include "state/delete_guard.h"
#include "state/query.h"
#include "state/writer.h"
#include "users/extend_first_version.h"
#include "utils/builtins.h"

typedef struct Slice
{
	DateADT		day;
	char		status;
	int32		row_count;
	int32		nkeys;
	int32		maxkeys;
	uint64	   *keys;			/* sorted once the pass is over */
	int32		nmeetings;
	int32		maxmeetings;
	uint64	   *meetings;		/* to which its rows refer, likewise */
	ZgBitmap   *users;
	uint64		accepted;		/* meetings: accepted_hash */
	uint64		usage;			/* meetings: usage_hash */
	bool		compared;		/* the state has the day */
	bool		unchanged;		/* as the state has it */
} Slice;

#define SH_PREFIX slice_table
#define SH_ELEMENT_TYPE Slice
#define SH_KEY_TYPE DateADT
#define SH_KEY day
#include "base/number_table.h"

/* keys that a day had and has no more, or the other way round */
typedef struct KeyList
{
	uint64	   *keys;
	int64		n;
	int64		max;
} KeyList;

/* a key that a day has no more */
typedef struct GoneKey
{
	uint64		key;
	DateADT		day;
} GoneKey;

struct ZgSlices
{
	ZgRun	   *run;
	const ZgSilver *silver;
	slice_table_hash *table;
	MemoryContext context;
	GoneKey    *gone;
	int64		ngone;
	int64		maxgone;
	KeyList		come;
	DateADT    *lost_days;		/* days with keys that are gone altogether */
	int			nlost_days;
	bool		prepared;		/* keys and meetings are sorted and distinct */
	bool		keeps_meetings;
	/* during save */
	ZgWriter   *writer;
	ZgUsers    *users;
};

ZgSlices *
zg_slices_create(ZgRun *run, const ZgSilver *silver)
{
	ZgSlices   *slices = palloc0(sizeof(ZgSlices));

	slices->run = run;
	slices->silver = silver;
	slices->context = CurrentMemoryContext;
	slices->keeps_meetings = zg_slices_keep_meetings(run, silver);
	slices->table = slice_table_create(CurrentMemoryContext, 512, NULL);
	return slices;
}

void
zg_slices_add(ZgSlices *slices, DateADT day, bool has_key, uint64 key_hash, int32 ordinal)
{
	MemoryContext old = MemoryContextSwitchTo(slices->context);
	bool		found;
	Slice	   *slice = slice_table_insert(slices->table, day, &found);

	if (!found)
	{
		slice->row_count = 0;
		slice->nkeys = 0;
		slice->maxkeys = 16;
		slice->keys = palloc(slice->maxkeys * sizeof(uint64));
		slice->nmeetings = slice->maxmeetings = 0;
		slice->meetings = NULL;
		slice->users = zg_bitmap_create();
		slice->accepted = slice->usage = 0;
		slice->compared = slice->unchanged = false;
	}
	slice->row_count++;
	if (has_key)
	{
		zg_make_room(CurrentMemoryContext, slice->keys, slice->nkeys, slice->maxkeys);
		slice->keys[slice->nkeys++] = key_hash;
	}
	if (ordinal >= 0)
		zg_bitmap_add(slice->users, ordinal);
	MemoryContextSwitchTo(old);
}

void
zg_slices_refer(ZgSlices *slices, DateADT day, uint64 meeting_hash)
{
	Slice	   *slice;

	if (!slices->keeps_meetings)
		return;
	slice = slice_table_lookup(slices->table, day);
	zg_make_room(slices->context, slice->meetings, slice->nmeetings, slice->maxmeetings);
	slice->meetings[slice->nmeetings++] = meeting_hash;
}

void
zg_slices_tell(ZgSlices *slices, DateADT day, uint64 key_hash, uint64 topic_hash, int32 host)
{
	Slice	   *slice = slice_table_lookup(slices->table, day);
	uint64		told[] = {key_hash, topic_hash, (uint64) host};

	slice->accepted += key_hash;
	slice->usage += hash_bytes_extended((unsigned char *) told, sizeof(told), 0);
}

static int64
sort_keys(uint64 *keys, int64 nkeys)
{
	zg_sort_hashes(keys, nkeys);
	return zg_unique_hashes(keys, nkeys);
}

/* Sort every day's keys and meetings, once. */
static void
prepare(ZgSlices *slices)
{
	slice_table_iterator iterator;
	Slice	   *slice;

	if (slices->prepared)
		return;
	slices->prepared = true;
	slice_table_start_iterate(slices->table, &iterator);
	while ((slice = slice_table_iterate(slices->table, &iterator)) != NULL)
	{
		slice->nkeys = sort_keys(slice->keys, slice->nkeys);
		slice->nmeetings = sort_keys(slice->meetings, slice->nmeetings);
	}
}

static void
list_add(KeyList *list, uint64 key)
{
	zg_make_room(CurrentMemoryContext, list->keys, list->n, list->max);
	list->keys[list->n++] = key;
}

static void
add_gone(ZgSlices *slices, uint64 key, DateADT day)
{
	zg_make_room(CurrentMemoryContext, slices->gone, slices->ngone, slices->maxgone);
	slices->gone[slices->ngone].key = key;
	slices->gone[slices->ngone++].day = day;
}

/* Note which keys a day has lost and gained. */
static void
compare_day(ZgSlices *slices, DateADT day, const uint64 *before, int nbefore,
			const uint64 *after, int nafter)
{
	int			i = 0,
				j = 0;

	if (nbefore == nafter && nafter > 0 && memcmp(before, after, nbefore * sizeof(uint64)) == 0)
		return;
	while (i < nbefore || j < nafter)
	{
		if (j == nafter || (i < nbefore && before[i] < after[j]))
			add_gone(slices, before[i++], day);
		else if (i == nbefore || after[j] < before[i])
			list_add(&slices->come, after[j++]);
		else
		{
			i++;
			j++;
		}
	}
}

/* Row callback: day, keys */
static void
compare_slice_keys(TupleTableSlot *slot, void *arg)
{
	ZgSlices   *slices = arg;
	Slice	   *slice;
	bytea	   *bytes;
	uint64	   *before;
	int			nbefore;
	MemoryContext old = MemoryContextSwitchTo(slices->context);

	slot_getallattrs(slot);
	bytes = DatumGetByteaP(slot->tts_values[1]);
	nbefore = VARSIZE_ANY_EXHDR(bytes) / sizeof(uint64);
	before = palloc(Max(nbefore, 1) * sizeof(uint64));
	memcpy(before, VARDATA_ANY(bytes), nbefore * sizeof(uint64));
	slice = slice_table_lookup(slices->table, DatumGetDateADT(slot->tts_values[0]));
	if (slice != NULL)
		slice->compared = true;
	compare_day(slices, DatumGetDateADT(slot->tts_values[0]), before, nbefore, slice == NULL ? NULL : slice->keys,
				slice == NULL ? 0 : slice->nkeys);
	pfree(before);
	MemoryContextSwitchTo(old);
}

/*
 * Of the keys that days have no more, find those that came to no other day;
 * returns how many there are and notes the days.
 */
static int64
find_lost(ZgSlices *slices)
{
	int64		lost = 0;

	slices->lost_days = palloc(Max(slices->ngone, 1) * sizeof(DateADT));
	for (int64 i = 0; i < slices->ngone; i++)
	{
		GoneKey    *gone = &slices->gone[i];

		if (zg_hashes_contain(slices->come.keys, slices->come.n, gone->key))
			continue;
		lost++;
		if (slices->nlost_days == 0 || slices->lost_days[slices->nlost_days - 1] != gone->day)
			slices->lost_days[slices->nlost_days++] = gone->day;
	}
	slices->nlost_days = zg_days_sort(slices->lost_days, slices->nlost_days);
	return lost;
}

bool
zg_slices_keep(ZgSlices *slices, DateADT day)
{
	return slices->run->settings.keep_deleted_facts &&
		zg_days_contain(slices->lost_days, slices->nlost_days, day);
}

/* Days that the state does not have: all their keys have come. */
static void
add_new_days(ZgSlices *slices)
{
	slice_table_iterator iterator;
	Slice	   *slice;

	slice_table_start_iterate(slices->table, &iterator);
	while ((slice = slice_table_iterate(slices->table, &iterator)) != NULL)
		for (int i = 0; i < slice->nkeys && !slice->compared; i++)
			list_add(&slices->come, slice->keys[i]);
}

void
zg_slices_guard(ZgSlices *slices, const ZgScope *scope)
{
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(slices->silver->name), zg_scope_days(scope)};
	int64		lost = 0;
	int64		live;

	prepare(slices);
	zg_query(slices->run,
			 psprintf("SELECT day, keys FROM gold_state.slice WHERE relation = $1 AND %s",
					  zg_scope_condition(scope, "day")),
			 2, types, args, compare_slice_keys, slices);
	if (slices->ngone > 0)
		add_new_days(slices);
	slices->come.n = sort_keys(slices->come.keys, slices->come.n);
	lost = find_lost(slices);
	if (slices->run->settings.keep_deleted_facts)
		return;
	if (lost == 0)
		return;
	live = DatumGetInt64(zg_query_value(slices->run, "SELECT sum(octet_length(keys) / 8)::bigint"
										" FROM gold_state.slice WHERE relation = $1",
										1, types, args, Int64GetDatum(0)));
	zg_guard_check(slices->run, slices->silver->name, lost, live);
}

/* Note for the members of a that b lacks that a day names them, or no more. */
static void
note_difference(ZgSlices *slices, ZgBitmap *a, ZgBitmap *b, DateADT day, bool named)
{
	uint64		nmembers;
	uint32	   *members = zg_bitmap_members(a, &nmembers);

	for (uint64 i = 0; i < nmembers; i++)
		if (b == NULL || !zg_bitmap_contains(b, members[i]))
			zg_reach_note(slices->run, zg_users_by_ordinal(slices->users, members[i]),
						  members[i], day, named);
	pfree(members);
}

/* Do other rows refer to those of the relation? */
static bool
tells(const ZgSlices *slices)
{
	return slices->silver == &zg_silver[ZG_MEETINGS];
}

#define TOLD_ALL (UINT32_C(1) << ZG_PARTICIPANTS | UINT32_C(1) << ZG_FEATURE_USAGE)

/*
 * To which relations a day of meetings tells what the state's accepted_hash and
 * usage_hash do not know, as bits; slice NULL = it tells no more.
 */
static uint32
told_anew(const ZgSlices *slices, const Slice *slice, const Datum *hashes, const bool *nulls)
{
	uint32		told = 0;

	if (!tells(slices))
		return 0;
	if (slice == NULL)
		return TOLD_ALL;
	if (nulls[0] || (uint64) DatumGetInt64(hashes[0]) != slice->accepted)
		told |= UINT32_C(1) << ZG_PARTICIPANTS;
	if (nulls[1] || (uint64) DatumGetInt64(hashes[1]) != slice->usage)
		told |= UINT32_C(1) << ZG_FEATURE_USAGE;
	return told;
}

/* Hashes as they are stored. */
static bytea *
hashes_bytes(const uint64 *hashes, int32 n)
{
	bytea	   *bytes = palloc(VARHDRSZ + n * sizeof(uint64));

	SET_VARSIZE(bytes, VARHDRSZ + n * sizeof(uint64));
	if (n > 0)
		memcpy(VARDATA(bytes), hashes, n * sizeof(uint64));
	return bytes;
}

static void
write_slice(ZgSlices *slices, const Slice *slice, ItemPointer tid, bytea *users)
{
	bytea	   *keys = hashes_bytes(slice->keys, slice->nkeys);
	bytea	   *meetings = hashes_bytes(slice->meetings, slice->nmeetings);
	Datum		values[8] = {
		CStringGetTextDatum(slices->silver->name), DateADTGetDatum(slice->day),
		Int32GetDatum(slice->row_count), PointerGetDatum(users),
		PointerGetDatum(keys), Int64GetDatum((int64) slice->accepted),
	Int64GetDatum((int64) slice->usage), PointerGetDatum(meetings)};
	bool		nulls[8] = {false};

	nulls[5] = nulls[6] = !tells(slices);
	nulls[7] = !slices->keeps_meetings;
	if (tid == NULL)
		zg_writer_insert(slices->writer, values, nulls);
	else
		zg_writer_update(slices->writer, tid, values, nulls);
	pfree(keys);
	pfree(meetings);
}

/*
 * What gold keeps although silver has lost it belongs to the day as before:
 * its keys, so that it goes on being told from corrections, and its users.
 */
static void
keep_lost(ZgSlices *slices, Slice *slice, bytea *old_keys, bytea *old_users)
{
	MemoryContext old = MemoryContextSwitchTo(slices->context);
	int			n = VARSIZE_ANY_EXHDR(old_keys) / sizeof(uint64);
	int			nkeys = slice->nkeys;
	bool		lost = false;

	slice->keys = repalloc_huge(slice->keys, (nkeys + n + 1) * sizeof(uint64));
	for (int i = 0; i < n; i++)
	{
		uint64		key;

		memcpy(&key, VARDATA_ANY(old_keys) + i * sizeof(uint64), sizeof(uint64));
		if (zg_hashes_contain(slice->keys, nkeys, key) ||
			zg_hashes_contain(slices->come.keys, slices->come.n, key))
			continue;
		slice->keys[slice->nkeys++] = key;
		lost = true;
	}
	slice->nkeys = sort_keys(slice->keys, slice->nkeys);
	if (lost)
		zg_bitmap_or_serialized(slice->users, old_users);
	MemoryContextSwitchTo(old);
}

/* columns of the query of slice that replace_slice() reads */
enum
{
	SLICE_TID, SLICE_DAY, SLICE_ROWS, SLICE_USERS, SLICE_KEYS, SLICE_ACCEPTED,
	SLICE_USAGE, SLICE_MEETINGS
};

/* Does the state have the meetings that a day refers to, if it keeps any? */
static bool
refers_as_before(const ZgSlices *slices, const Slice *slice, const TupleTableSlot *slot)
{
	bytea	   *meetings;

	if (slot->tts_isnull[SLICE_MEETINGS] || !slices->keeps_meetings)
		return slot->tts_isnull[SLICE_MEETINGS] && !slices->keeps_meetings;
	meetings = DatumGetByteaPP(slot->tts_values[SLICE_MEETINGS]);
	return slice->nmeetings == VARSIZE_ANY_EXHDR(meetings) / sizeof(uint64) &&
		(slice->nmeetings == 0 ||
		 memcmp(slice->meetings, VARDATA_ANY(meetings), slice->nmeetings * sizeof(uint64)) == 0);
}

/* Row callback */
static void
replace_slice(TupleTableSlot *slot, void *arg)
{
	ZgSlices   *slices = arg;
	ItemPointer tid;
	DateADT		day;
	bytea	   *old_users;
	bytea	   *old_keys;
	bytea	   *users;
	Slice	   *slice;
	uint32		told;
	ZgBitmap   *before;

	slot_getallattrs(slot);
	tid = (ItemPointer) DatumGetPointer(slot->tts_values[SLICE_TID]);
	day = DatumGetDateADT(slot->tts_values[SLICE_DAY]);
	old_users = DatumGetByteaP(slot->tts_values[SLICE_USERS]);
	old_keys = DatumGetByteaP(slot->tts_values[SLICE_KEYS]);
	slice = slice_table_lookup(slices->table, day);
	if (slice != NULL && slices->run->settings.keep_deleted_facts)
		keep_lost(slices, slice, old_keys, old_users);
	users = slice == NULL ? NULL : zg_bitmap_serialize(slice->users);
	if (slice == NULL && zg_slices_keep(slices, day))
		return;					/* purged from silver: gold keeps it */
	told = told_anew(slices, slice, slot->tts_values + 5, slot->tts_isnull + 5);
	slices->run->told |= told;
	if (slice != NULL)
		slice->unchanged = true;
	if (slice != NULL && told == 0 && refers_as_before(slices, slice, slot) && slice->row_count == DatumGetInt32(slot->tts_values[SLICE_ROWS]) &&
		slice->nkeys == VARSIZE_ANY_EXHDR(old_keys) / sizeof(uint64) &&
		memcmp(slice->keys, VARDATA_ANY(old_keys), slice->nkeys * sizeof(uint64)) == 0 &&
		VARSIZE(users) == VARSIZE_ANY_EXHDR(old_users) + VARHDRSZ &&
		memcmp(VARDATA(users), VARDATA_ANY(old_users), VARSIZE_ANY_EXHDR(old_users)) == 0)
		return;
	if (slices->users != NULL)
	{
		before = zg_bitmap_deserialize(old_users);
		note_difference(slices, before, slice == NULL ? NULL : slice->users, day, false);
		if (slice != NULL)
			note_difference(slices, slice->users, before, day, true);
		zg_bitmap_free(before);
	}
	if (slice == NULL)
		zg_writer_delete(slices->writer, tid);
	else
		write_slice(slices, slice, tid, users);
}

/* Row callback: users */
static void
add_named(TupleTableSlot *slot, void *arg)
{
	bool		isnull;
	Datum		users = slot_getattr(slot, 1, &isnull);

	if (!isnull)
		zg_bitmap_or_serialized(arg, DatumGetByteaPP(users));
}

ZgBitmap *
zg_slices_named(ZgRun *run, const ZgSilver *silver, const ZgScope *scope)
{
	ZgBitmap   *users = zg_bitmap_create();
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), zg_scope_days(scope)};

	zg_query(run, psprintf("SELECT users FROM gold_state.slice WHERE relation = $1 AND %s",
						   zg_scope_condition(scope, "day")),
			 2, types, args, add_named, users);
	return users;
}

void
zg_slices_save(ZgSlices *slices, const ZgScope *scope, ZgUsers *users)
{
	static const char *const columns[] = {"relation", "day", "row_count", "users", "keys",
	"accepted_hash", "usage_hash", "meetings"};
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(slices->silver->name), zg_scope_days(scope)};
	slice_table_iterator iterator;
	Slice	   *slice;

	prepare(slices);
	if (tells(slices))
		/* what gold keeps of a purged day is not in the hashes */
		slices->run->told = slices->run->settings.keep_deleted_facts ? TOLD_ALL : 0;
	slices->users = users;
	slices->writer = zg_writer_open(zg_table_oid("gold_state", "slice"),
									columns, lengthof(columns));
	zg_query_to_write(slices->run,
					  psprintf("SELECT ctid, day, row_count, users, keys, accepted_hash, usage_hash, meetings"
							   " FROM gold_state.slice WHERE relation = $1 AND %s", zg_scope_condition(scope, "day")),
					  2, types, args, replace_slice, slices);
	slice_table_start_iterate(slices->table, &iterator);
	while ((slice = slice_table_iterate(slices->table, &iterator)) != NULL)
	{
		if (slice->unchanged)
			continue;
		if (tells(slices))
			slices->run->told = TOLD_ALL;
		write_slice(slices, slice, NULL, zg_bitmap_serialize(slice->users));
		if (users != NULL)
			note_difference(slices, slice->users, NULL, slice->day, true);
	}
	zg_writer_close(slices->writer);
}
