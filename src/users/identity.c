/*-------------------------------------------------------------------------
 *
 * identity.c
 *	  From a user's id to the ordinal and the gold name as of an instant.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/grow.h"
#include "base/prefetch.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "state/ordinal.h"
#include "state/writer.h"
#include "users/identity.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* of an id that was looked for and is not there */
#define NO_ORDINAL (-1)

typedef struct UserEntry
{
	ZgUser	   *user;
	uint32		hash;
	char		status;
} UserEntry;

#define SH_PREFIX user_table
#define SH_ELEMENT_TYPE UserEntry
#define SH_KEY_TYPE ZgUser *
#define SH_KEY user
#define SH_HASH_KEY(tb, key) zg_text_hash((key)->user_id)
#define SH_EQUAL(tb, a, b) zg_text_equal((a)->user_id, (b)->user_id)
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ZgUsers
{
	ZgRun	   *run;
	MemoryContext context;
	ZgArena		arena;			/* of users and their names */
	user_table_hash *table;
	bool		whole;			/* all identities are in the table */
	ZgUser	  **by_ordinal;
	int32		nordinals;		/* room in by_ordinal */
	int32		next_ordinal;	/* first free one; -1 = not asked yet */
	ZgUser	  **fresh;			/* to be written */
	int			nfresh;
	int			maxfresh;
};

/* An empty set with room for so many users. */
/* Free the run's users. */
static void
forget_users(ZgRun *run)
{
	if (run->users != NULL)
		MemoryContextDelete(run->users->context);
	run->users = NULL;
}

static ZgUsers *
users_create(ZgRun *run, uint32 nusers)
{
	MemoryContext context = AllocSetContextCreate(run->context, "zoom_gold users",
												  ALLOCSET_DEFAULT_SIZES);
	ZgUsers    *users = MemoryContextAllocZero(context, sizeof(ZgUsers));

	users->run = run;
	users->context = context;
	users->arena.context = context;
	users->table = user_table_create(context, nusers, NULL);
	users->next_ordinal = -1;
	run->users = users;
	zg_run_found(run, forget_users, ZG_FOUND_BY_ATTEMPT);
	return users;
}

static void
index_ordinal(ZgUsers *users, ZgUser *user)
{
	if (user->ordinal >= users->nordinals)
	{
		int32		n = Max(1024, users->nordinals);

		while (n <= user->ordinal)
			n *= 2;
		users->by_ordinal = users->by_ordinal == NULL ?
			MemoryContextAllocExtended(users->context, n * sizeof(ZgUser *), MCXT_ALLOC_HUGE) :
			repalloc_huge(users->by_ordinal, n * sizeof(ZgUser *));
		memset(users->by_ordinal + users->nordinals, 0,
			   (n - users->nordinals) * sizeof(ZgUser *));
		users->nordinals = n;
	}
	users->by_ordinal[user->ordinal] = user;
}

static ZgUser *
add_user(ZgUsers *users, const text *user_id, int32 ordinal, bool known)
{
	MemoryContext old = MemoryContextSwitchTo(users->context);
	ZgUser		key = {.user_id = (text *) user_id};
	bool		found;
	UserEntry  *entry = user_table_insert(users->table, &key, &found);

	if (!found)
	{
		/* what a look-up touches lies together */
		entry->user = zg_arena_alloc(&users->arena, sizeof(ZgUser) + VARHDRSZ +
									 VARSIZE_ANY_EXHDR(user_id));
		MemSet(entry->user, 0, sizeof(ZgUser));
		entry->user->user_id = (text *) (entry->user + 1);
		zg_text_copy_to(entry->user->user_id, user_id);
		entry->user->ordinal = ordinal;
		entry->user->known = known;
		if (ordinal != NO_ORDINAL)
			index_ordinal(users, entry->user);
	}
	MemoryContextSwitchTo(old);
	return entry->user;
}

#define ALL_IDENTITIES "SELECT user_id, ordinal, known FROM gold_state.user_identity"
#define ALL_SPANS "SELECT ordinal, opened, valid_from, user_name FROM gold_state.user_version"

/* Row callback of ALL_IDENTITIES */
static void
read_identity(TupleTableSlot *slot, void *arg)
{
	int32		ordinal;

	slot_getallattrs(slot);
	ordinal = DatumGetInt32(slot->tts_values[1]);
	zg_check_ordinal(ordinal, "user_identity");
	add_user(arg, DatumGetTextPP(slot->tts_values[0]), ordinal, DatumGetBool(slot->tts_values[2]));
}

/* Insert a version among those of its user, by its start. */
static void
add_span(ZgUsers *users, ZgUser *user, ZgNameSpan span)
{
	int			i;

	if (user->nspans == 0)
		user->spans = &user->first;
	else if (user->nspans == 1)
	{
		user->spans = MemoryContextAlloc(users->context, 2 * sizeof(ZgNameSpan));
		user->spans[0] = user->first;
	}
	else if ((user->nspans & (user->nspans - 1)) == 0)
		user->spans = repalloc(user->spans, 2 * user->nspans * sizeof(ZgNameSpan));
	for (i = user->nspans; i > 0 && user->spans[i - 1].opened > span.opened; i--)
		user->spans[i] = user->spans[i - 1];
	user->spans[i] = span;
	user->nspans++;
}

/* Row callback of ALL_SPANS */
static void
read_span(TupleTableSlot *slot, void *arg)
{
	ZgUsers    *users = arg;
	ZgUser	   *user;
	ZgNameSpan	span;
	text	   *name;

	slot_getallattrs(slot);
	user = zg_users_by_ordinal(users, DatumGetInt32(slot->tts_values[0]));
	if (user == NULL)
		return;
	span.opened = DatumGetTimestampTz(slot->tts_values[1]);
	span.valid_from = DatumGetTimestampTz(slot->tts_values[2]);
	name = DatumGetTextPP(slot->tts_values[3]);
	if (user->nspans > 0 && zg_text_equal(user->spans[0].user_name, name))
		span.user_name = user->spans[0].user_name;
	else
	{
		span.user_name = zg_arena_alloc(&users->arena, VARHDRSZ + VARSIZE_ANY_EXHDR(name));
		zg_text_copy_to(span.user_name, name);
	}
	add_span(users, user, span);
}

/* identities that were read, for their versions to be read */
typedef struct OrdinalList
{
	ZgUsers    *users;
	Datum	   *ordinals;
	int			n;
} OrdinalList;

/* Row callback: as read_identity */
static void
read_listed_identity(TupleTableSlot *slot, void *arg)
{
	OrdinalList *list = arg;

	read_identity(slot, list->users);
	list->ordinals[list->n++] = slot->tts_values[1];
}

/* Does the set have an id already? */
static bool
has_user(const text *user_id, void *arg)
{
	ZgUsers    *users = arg;
	ZgUser		key = {.user_id = (text *) user_id};

	return user_table_lookup(users->table, &key) != NULL;
}

ZgUsers *
zg_users_whole(ZgRun *run)
{
	ZgUsers    *users = run->users;

	if (users != NULL && users->whole)
		return users;
	users = users_create(run, Max(1024, zg_users_next_ordinal(run)));
	zg_query(run, ALL_IDENTITIES, 0, NULL, NULL, read_identity, users);
	zg_query(run, ALL_SPANS, 0, NULL, NULL, read_span, users);
	users->whole = true;
	return users;
}

/*
 * Read the identities and versions of n users that the set lacks, by their
 * ids (text[]) or ordinals (int4[]).
 */
static void
read_users(ZgUsers *users, Oid type, Datum keys, int n)
{
	Oid			int4array = INT4ARRAYOID;
	OrdinalList found = {users, palloc(n * sizeof(Datum)), 0};
	Datum		ordinals;

	zg_query(users->run, type == TEXTARRAYOID ?
			 ALL_IDENTITIES " WHERE user_id = " ZG_ANY($1) :
			 ALL_IDENTITIES " WHERE ordinal = " ZG_ANY($1),
			 1, &type, &keys, read_listed_identity, &found);
	ordinals = zg_int4_array(found.ordinals, found.n);
	if (found.n > 0)
		zg_query(users->run, ALL_SPANS " WHERE ordinal = " ZG_ANY($1),
				 1, &int4array, &ordinals, read_span, users);
	pfree(found.ordinals);
}

/* The first free ordinal, asked for once. */
static int32
next_ordinal(ZgUsers *users)
{
	if (users->next_ordinal < 0)
		users->next_ordinal = zg_users_next_ordinal(users->run);
	return users->next_ordinal;
}

/* reading all users to keep some */
typedef struct WantedUsers
{
	ZgUsers    *users;
	const bool *ordinals;		/* by ordinal: is it wanted? */
	int32		nordinals;
	int			ordinal_column;
	ZgRowCallback read;			/* for rows of those wanted */
} WantedUsers;

/* Row callback */
static void
read_wanted(TupleTableSlot *slot, void *arg)
{
	WantedUsers *wanted = arg;
	int32		ordinal;

	slot_getallattrs(slot);
	ordinal = DatumGetInt32(slot->tts_values[wanted->ordinal_column]);
	if (ordinal >= 0 && ordinal < wanted->nordinals && wanted->ordinals[ordinal])
		wanted->read(slot, wanted->users);
}

/* Read n users that the set lacks as read_users does, but in one go through all. */
static void
scan_users(ZgUsers *users, const Datum *ordinals, int n)
{
	int32		nordinals = next_ordinal(users);
	bool	   *wanted = MemoryContextAllocExtended(CurrentMemoryContext, Max(nordinals, 1) * sizeof(bool),
													MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	WantedUsers identities = {users, wanted, nordinals, 1, read_identity};
	WantedUsers spans = {users, wanted, nordinals, 0, read_span};

	for (int i = 0; i < n; i++)
		if (DatumGetInt32(ordinals[i]) < nordinals)
			wanted[DatumGetInt32(ordinals[i])] = true;
	zg_query(users->run, ALL_IDENTITIES, 0, NULL, NULL, read_wanted, &identities);
	zg_query(users->run, ALL_SPANS, 0, NULL, NULL, read_wanted, &spans);
	pfree(wanted);
}

/* to look up one user takes as long as to pass by so many */
#define SCANNED_PER_LOOKUP 16

void
zg_users_expect(ZgRun *run, ZgBitmap *ordinals)
{
	ZgUsers    *users = run->users != NULL ? run->users : users_create(run, 1024);
	uint64		nmembers;
	uint32	   *members = zg_bitmap_members(ordinals, &nmembers);
	Datum	   *lacking = palloc(Max(nmembers, 1) * sizeof(Datum));
	int			n = 0;

	for (uint64 i = 0; i < nmembers && !users->whole; i++)
		if (zg_users_by_ordinal(users, members[i]) == NULL)
			lacking[n++] = Int32GetDatum(members[i]);
	if (n > 0 && (int64) n * SCANNED_PER_LOOKUP > next_ordinal(users))
		scan_users(users, lacking, n);
	else if (n > 0)
		read_users(users, INT4ARRAYOID, zg_int4_array(lacking, n), n);
	pfree(lacking);
	pfree(members);
}

ZgUsers *
zg_users_of(ZgRun *run, ZgIdList *ids)
{
	ZgUsers    *users = run->users;
	Datum	   *lacking;
	int			n;

	if (users != NULL && users->whole)
		return users;
	if (users == NULL)
		users = users_create(run, 1024);
	n = zg_idlist_lacking(ids, has_user, users, &lacking);
	if (n > 0)
		read_users(users, TEXTARRAYOID, zg_text_array(lacking, n), n);
	for (int i = 0; i < n; i++)
		add_user(users, DatumGetTextPP(lacking[i]), NO_ORDINAL, false);
	return users;
}

ZgUser *
zg_users_by_ordinal(ZgUsers *users, int32 ordinal)
{
	return ordinal >= 0 && ordinal < users->nordinals ? users->by_ordinal[ordinal] : NULL;
}

int32
zg_users_next_ordinal(ZgRun *run)
{
	return zg_next_ordinal(run, "user_identity", "user_event");
}

/* Give an id that nobody has seen an ordinal. */
static void
give_ordinal(ZgUsers *users, ZgUser *user)
{
	user->ordinal = next_ordinal(users);
	users->next_ordinal++;
	index_ordinal(users, user);
	zg_make_room(users->context, users->fresh, users->nfresh, users->maxfresh);
	users->fresh[users->nfresh++] = user;
}

ZgUser *
zg_users_find(ZgUsers *users, const text *user_id, uint32 hash)
{
	ZgUser		key = {.user_id = (text *) user_id};
	UserEntry  *entry = user_table_lookup_hash(users->table, &key, hash);
	Datum		value = PointerGetDatum(user_id);
	ZgUser	   *user;

	if (entry == NULL && !users->whole)
	{
		read_users(users, TEXTARRAYOID, zg_text_array(&value, 1), 1);
		entry = user_table_lookup_hash(users->table, &key, hash);
	}
	user = entry != NULL ? entry->user : add_user(users, user_id, NO_ORDINAL, false);
	if (user->ordinal == NO_ORDINAL)
		give_ordinal(users, user);
	return user;
}

void
zg_users_prefetch(const ZgUsers *users, uint32 hash, int step)
{
	const UserEntry *entry = &users->table->data[hash & users->table->sizemask];
	bool		used = step > 0 && entry->status == user_table_SH_IN_USE;

	if (step == 0)
		zg_prefetch(entry, sizeof(UserEntry));
	else if (used && step == 1)
		zg_prefetch(entry->user, sizeof(ZgUser) + 1);
	else if (used)
		zg_prefetch(entry->user->first.user_name, 1);
}

/*
 * The gold name as of an instant: before the first version the first, in a
 * gap or after a deletion the last before it; NULL when there is no version.
 */
text *
zg_user_name_at(const ZgUser *user, TimestampTz at)
{
	if (user->nspans == 0)
		return NULL;
	for (int i = user->nspans - 1; i > 0; i--)
		if (user->spans[i].opened <= at)
			return user->spans[i].user_name;
	return user->spans[0].user_name;
}

void
zg_users_save(ZgUsers *users)
{
	static const char *const columns[] =
	{"user_id", "ordinal", "known", "live_rows", "live_hash"};
	ZgWriter   *writer;

	if (users->nfresh == 0)
		return;
	writer = zg_writer_open(zg_table_oid("gold_state", "user_identity"),
							columns, lengthof(columns));
	for (int i = 0; i < users->nfresh; i++)
	{
		Datum		values[5] = {PointerGetDatum(users->fresh[i]->user_id),
			Int32GetDatum(users->fresh[i]->ordinal), BoolGetDatum(false),
		Int32GetDatum(0), Int64GetDatum(0)};
		bool		nulls[5] = {false};

		zg_writer_insert(writer, values, nulls);
	}
	zg_writer_close(writer);
	users->nfresh = 0;
}
