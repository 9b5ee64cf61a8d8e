/*-------------------------------------------------------------------------
 *
 * extend_first_version.c
 *	  The first version of a user reaches back to the first day on which a
 *	  fact names the user.
 *
 * Passes note which days begin or cease to name which users.  A step after
 * the facts moves the first versions that must.  A user whose first version
 * reaches back has its first event in valid_from; otherwise the first event,
 * if there is one, is not before the version opened.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "state/dirty.h"
#include "state/query.h"
#include "state/writer.h"
#include "users/extend_first_version.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

typedef struct ReachNote
{
	int32		ordinal;
	char		status;
	DateADT		named;			/* first day that names it of late; NOEND =
								 * none */
	bool		unnamed;		/* its first day names it no more */
} ReachNote;

#define SH_PREFIX reach_table
#define SH_ELEMENT_TYPE ReachNote
#define SH_KEY_TYPE int32
#define SH_KEY ordinal
#include "base/number_table.h"

struct ZgReach
{
	reach_table_hash *notes;
	bool		all;			/* notes were lost: look at everybody */
	bool		marked;
};


/* The notes of this run are doubtful: the step then looks at all users. */
static void
forget_reach(ZgRun *run)
{
	if (run->reach == NULL)
		return;
	run->reach->all = true;
	run->reach->marked = false;
}

static struct ZgReach *
reach_of(ZgRun *run)
{
	if (run->reach == NULL)
	{
		run->reach = MemoryContextAllocZero(run->context, sizeof(struct ZgReach));
		run->reach->notes = reach_table_create(run->context, 256, NULL);
		run->reach->all = !zg_scope_is_empty(zg_scope_of_marks(run, ZG_STEP_EXTEND_USER));
		run->reach->marked = run->reach->all;
		zg_run_found(run, forget_reach, ZG_FOUND_BY_STEP);
	}
	return run->reach;
}

void
zg_reach_note(ZgRun *run, const ZgUser *user, int32 ordinal, DateADT day, bool named)
{
	ReachNote  *note;
	bool		found;

	if (user != NULL)
	{
		/* what cannot move the first version is not worth a note */
		if (user->nspans == 0)
			return;
		if (named ? zg_day_start(day) >= user->spans[0].valid_from
			: zg_day_start(day) != user->spans[0].valid_from)
			return;
	}
	note = reach_table_insert(reach_of(run)->notes, ordinal, &found);
	if (!found)
	{
		note->named = DATEVAL_NOEND;
		note->unnamed = false;
	}
	if (named)
		note->named = Min(note->named, day);
	else
		note->unnamed = true;
}

void
zg_reach_save(ZgRun *run)
{
	if (run->reach == NULL || run->reach->marked || run->reach->notes->members == 0)
		return;
	zg_mark_all(ZG_STEP_EXTEND_USER);
	run->reach->marked = true;
}

/* first events */

typedef struct FirstEvents
{
	reach_table_hash *wanted;	/* named = the day found */
	ZgBitmap   *left;			/* ordinals without one yet */
} FirstEvents;

/* Row callback: day, users; days ascending.  False when nobody is left. */
static bool
search_slice(TupleTableSlot *slot, void *arg)
{
	FirstEvents *search = arg;
	ZgBitmap   *users;
	uint32	   *members;
	uint64		nmembers;

	slot_getallattrs(slot);
	users = zg_bitmap_deserialize(DatumGetByteaP(slot->tts_values[1]));
	zg_bitmap_and(users, search->left);
	members = zg_bitmap_members(users, &nmembers);
	for (uint64 i = 0; i < nmembers; i++)
		reach_table_lookup(search->wanted, members[i])->named =
			DatumGetDateADT(slot->tts_values[0]);
	zg_bitmap_andnot(search->left, users);
	pfree(members);
	zg_bitmap_free(users);
	return zg_bitmap_count(search->left) > 0;
}

void
zg_first_events(ZgRun *run, const int32 *ordinals, int n, DateADT *days)
{
	FirstEvents search;

	if (n == 0)
		return;
	search.wanted = reach_table_create(CurrentMemoryContext, n, NULL);
	search.left = zg_bitmap_create();
	for (int i = 0; i < n; i++)
	{
		bool		found;

		reach_table_insert(search.wanted, ordinals[i], &found)->named = DATEVAL_NOEND;
		zg_bitmap_add(search.left, ordinals[i]);
	}
	zg_query_until(run, "SELECT day, users FROM gold_state.slice WHERE relation IN"
				   " ('si_meetings', 'si_support_tickets', 'si_billing_events', 'si_licenses')"
				   " AND day > '-infinity' ORDER BY day",
				   0, NULL, NULL, search_slice, &search);
	for (int i = 0; i < n; i++)
		days[i] = reach_table_lookup(search.wanted, ordinals[i])->named;
	zg_bitmap_free(search.left);
}

/* the step */

typedef struct Extension
{
	ZgRun	   *run;
	struct ZgReach *reach;
	ZgWriter   *state;
	ZgWriter   *gold;
	ZgCounts   *counts;
} Extension;

/* Row callback: ordinal.  Every user with a version is wanted. */
static void
want_all(TupleTableSlot *slot, void *arg)
{
	Extension  *extension = arg;
	bool		isnull;
	bool		found;
	ReachNote  *note = reach_table_insert(extension->reach->notes,
										  DatumGetInt32(slot_getattr(slot, 1, &isnull)), &found);

	note->unnamed = true;
	note->named = DATEVAL_NOEND;
}

/* Search the first events that the notes do not tell. */
static void
search_first_events(Extension *extension)
{
	reach_table_iterator iterator;
	ReachNote  *note;
	int32	   *ordinals = palloc(Max(extension->reach->notes->members, 1) * sizeof(int32));
	DateADT    *days = palloc(Max(extension->reach->notes->members, 1) * sizeof(DateADT));
	int			n = 0;

	reach_table_start_iterate(extension->reach->notes, &iterator);
	while ((note = reach_table_iterate(extension->reach->notes, &iterator)) != NULL)
		if (note->unnamed)
			ordinals[n++] = note->ordinal;
	zg_first_events(extension->run, ordinals, n, days);
	for (int i = 0; i < n; i++)
		reach_table_lookup(extension->reach->notes, ordinals[i])->named = days[i];
}

/* columns of the query of versions that may move */
enum
{
	MOVE_STATE_TID, MOVE_ORDINAL, MOVE_OPENED, MOVE_VALID_FROM, MOVE_GOLD_TID
};

/* Row callback */
static void
move_version(TupleTableSlot *slot, void *arg)
{
	Extension  *extension = arg;
	ReachNote  *note;
	TimestampTz opened;
	TimestampTz valid_from;
	TimestampTz wanted;
	Datum		values[2];
	bool		nulls[2] = {false};

	slot_getallattrs(slot);
	note = reach_table_lookup(extension->reach->notes, DatumGetInt32(slot->tts_values[MOVE_ORDINAL]));
	opened = DatumGetTimestampTz(slot->tts_values[MOVE_OPENED]);
	valid_from = DatumGetTimestampTz(slot->tts_values[MOVE_VALID_FROM]);
	if (note == NULL)
		return;
	wanted = Min(opened, note->named == DATEVAL_NOEND ? DT_NOEND : zg_day_start(note->named));
	if (!note->unnamed)
		wanted = Min(wanted, valid_from);
	if (wanted == valid_from)
		return;
	values[0] = TimestampTzGetDatum(wanted);
	values[1] = DateADTGetDatum(extension->run->today);
	zg_writer_update(extension->state, (ItemPointer) DatumGetPointer(slot->tts_values[MOVE_STATE_TID]), values, nulls);
	zg_writer_update(extension->gold, (ItemPointer) DatumGetPointer(slot->tts_values[MOVE_GOLD_TID]), values, nulls);
	extension->counts->updated++;
	extension->counts->processed++;
}

/* The type of go_dim_user.valid_from, which may be of less precision than ours. */
static char *
gold_start_type(void)
{
	Oid			gold = zg_table_oid("gold", "go_dim_user");
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(gold, get_attnum(gold, "valid_from"), &type, &typmod, &collation);
	return format_type_with_typemod(type, typmod);
}

static void
move_versions(Extension *extension)
{
	static const char *const columns[] = {"valid_from", "update_date"};
	reach_table_iterator iterator;
	ReachNote  *note;
	Datum	   *values = palloc(Max(extension->reach->notes->members, 1) * sizeof(Datum));
	int			n = 0;
	Oid			type = INT4ARRAYOID;
	Datum		list;

	reach_table_start_iterate(extension->reach->notes, &iterator);
	while ((note = reach_table_iterate(extension->reach->notes, &iterator)) != NULL)
		values[n++] = Int32GetDatum(note->ordinal);
	list = zg_int4_array(values, n);
	extension->state = zg_writer_open(zg_table_oid("gold_state", "user_version"),
									  columns, 1);
	extension->gold = zg_writer_open(zg_table_oid("gold", "go_dim_user"),
									 columns, 2);
	zg_query_to_write(extension->run,
					  psprintf("SELECT v.ctid, v.ordinal, v.opened, v.valid_from, g.ctid"
							   " FROM (SELECT DISTINCT ON (ordinal) ctid, ordinal, opened, valid_from, user_name"
							   " FROM gold_state.user_version WHERE ordinal = " ZG_ANY($1) " ORDER BY ordinal, opened) v"
							   " JOIN gold.go_dim_user g ON g.user_name = v.user_name AND g.valid_from = v.valid_from::%s",
							   gold_start_type()),
					  1, &type, &list, move_version, extension);
	zg_writer_close(extension->state);
	zg_writer_close(extension->gold);
}

void
zg_extend_dim_user(ZgRun *run, ZgCounts *counts)
{
	Extension	extension = {
		.run = run,
		.reach = reach_of(run),
		.counts = counts,
	};

	if (extension.reach->all)
		zg_query(run, "SELECT DISTINCT ordinal FROM gold_state.user_version",
				 0, NULL, NULL, want_all, &extension);
	if (extension.reach->notes->members > 0)
	{
		search_first_events(&extension);
		move_versions(&extension);
	}
	zg_clear_marks(ZG_STEP_EXTEND_USER);
}
