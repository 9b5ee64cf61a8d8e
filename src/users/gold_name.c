/*-------------------------------------------------------------------------
 *
 * gold_name.c
 *	  One gold name belongs to one user.
 *
 * Of the users that ever had a name, the one whose earliest version with it
 * opened first has it plain (tie: the smaller user_id); the others get
 * "Name (email)" with the e-mail of that version, or "Name (user_id)" where
 * it is missing, too long or taken.  A plain name goes before a qualified one,
 * one by e-mail before one by id.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "state/query.h"
#include "state/ordinal.h"
#include "users/gold_name.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* a user of a name */
typedef struct NameUse
{
	int32		ordinal;
	text	   *user_id;
	TimestampTz opened;			/* of its earliest version with the name */
	text	   *email;			/* of that version */
	text	   *gold;			/* the name it gets */
	text	   *stored;			/* the name it has, NULL = noted from the fold */
} NameUse;

typedef struct NameEntry
{
	text	   *base;
	uint32		hash;
	char		status;
	int			n;
	NameUse    *uses;
	bool		resolved;
} NameEntry;

#define SH_PREFIX name_table
#define SH_ELEMENT_TYPE NameEntry
#define SH_KEY base
#include "base/text_table.h"

typedef struct GivenName
{
	text	   *gold;
	uint32		hash;
	char		status;
	int32		ordinal;
} GivenName;

#define SH_PREFIX given_table
#define SH_ELEMENT_TYPE GivenName
#define SH_KEY gold
#include "base/text_table.h"

/* where the use of a name by a user stands, of names with many */
typedef struct UseKey
{
	text	   *base;			/* the entry's */
	int32		ordinal;
} UseKey;

typedef struct UsePlace
{
	UseKey		key;
	char		status;
	int			place;
} UsePlace;

#define SH_PREFIX place_table
#define SH_ELEMENT_TYPE UsePlace
#define SH_KEY_TYPE UseKey
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_combine(murmurhash32((uint32) (uintptr_t) (key).base), murmurhash32((key).ordinal))
#define SH_EQUAL(tb, a, b) ((a).base == (b).base && (a).ordinal == (b).ordinal)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* of a name with no more uses one is found by looking at all */
#define FEW_USES			16

typedef struct Naming
{
	ZgRun	   *run;
	ZgFold	   *fold;
	bool		all;
	name_table_hash *names;
	given_table_hash *given;	/* qualified names */
	place_table_hash *places;	/* of uses */
	text	  **wanted;			/* names to be loaded */
	int			nwanted;
	int			maxwanted;
	int32	   *shifted;		/* users not noted whose name changes */
	int			nshifted;
	int			maxshifted;
} Naming;

/* The entry of a name; a new one is to be loaded. */
static NameEntry *
find_name(Naming *naming, text *base)
{
	bool		found;
	NameEntry  *entry = name_table_insert(naming->names, base, &found);

	if (found)
		return entry;
	entry->n = 0;
	entry->uses = NULL;
	entry->resolved = false;
	zg_make_room(CurrentMemoryContext, naming->wanted, naming->nwanted, naming->maxwanted);
	naming->wanted[naming->nwanted++] = base;
	return entry;
}

/* Note where the uses of a name stand, from one on, if they are many. */
static void
note_places(Naming *naming, const NameEntry *entry, int from)
{
	for (int i = from; entry->n > FEW_USES && i < entry->n; i++)
	{
		UseKey		key = {entry->base, entry->uses[i].ordinal};
		bool		found;

		place_table_insert(naming->places, key, &found)->place = i;
	}
}

/* The use of a name by a user, or NULL. */
static NameUse *
find_use(const Naming *naming, const NameEntry *entry, int32 ordinal)
{
	UseKey		key = {entry->base, ordinal};
	const UsePlace *place;

	if (entry->n > FEW_USES)
	{
		place = place_table_lookup(naming->places, key);
		return place == NULL ? NULL : &entry->uses[place->place];
	}
	for (int i = 0; i < entry->n; i++)
		if (entry->uses[i].ordinal == ordinal)
			return &entry->uses[i];
	return NULL;
}

/* Note that a user has a name since an instant. */
static void
add_use(Naming *naming, text *base, NameUse use)
{
	NameEntry  *entry = find_name(naming, base);
	NameUse    *known = find_use(naming, entry, use.ordinal);

	if (known != NULL)
	{
		if (use.opened < known->opened)
			*known = use;
		return;
	}
	zg_make_lean_room(CurrentMemoryContext, entry->uses, entry->n);
	entry->uses[entry->n++] = use;
	note_places(naming, entry, entry->n == FEW_USES + 1 ? 0 : entry->n - 1);
}

/* The first version after one that has another name. */
static int
end_of_name(const ZgVersion *versions, int n, int i)
{
	const text *base = versions[i].profile->columns[USER_NAME];

	do
		i++;
	while (i < n && zg_text_equal(versions[i].profile->columns[USER_NAME], base));
	return i;
}

/*
 * Does a folded user have the names that it had, since the same instants and
 * with the same e-mails?  Then nobody is called otherwise because of it.
 */
static bool
keeps_names(const ZgFoldedUser *user)
{
	int			o = 0;
	int			v = 0;

	while (o < user->nold && v < user->nversions)
	{
		const ZgVersion *old = &user->old[o];
		const ZgVersion *version = &user->versions[v];

		if (old->opened != version->opened ||
			zg_text_compare(old->profile->columns[USER_NAME], version->profile->columns[USER_NAME]) != 0 ||
			zg_text_compare(old->profile->columns[USER_EMAIL], version->profile->columns[USER_EMAIL]) != 0)
			return false;
		o = end_of_name(user->old, user->nold, o);
		v = end_of_name(user->versions, user->nversions, v);
	}
	return o == user->nold && v == user->nversions;
}

/*
 * The names of a folded user, those that it had and those that it has.  One
 * that keeps them counts as if it had not been folded.
 */
static void
note_user(ZgFoldedUser *user, void *arg)
{
	Naming	   *naming = arg;

	if (!naming->all && keeps_names(user))
		return;
	for (int i = 0; i < user->nold; i++)
		find_name(naming, user->old[i].profile->columns[USER_NAME]);
	for (int i = 0; i < user->nversions; i++)
	{
		ZgProfile  *profile = user->versions[i].profile;
		NameUse		use = {0};

		use.ordinal = user->ordinal;
		use.user_id = user->user_id;
		use.opened = user->versions[i].opened;
		use.email = profile->columns[USER_EMAIL];
		add_use(naming, profile->columns[USER_NAME], use);
	}
}

/* columns of the query of uses of a name */
enum
{
	USE_ORDINAL, USE_BASE_NAME, USE_OPENED, USE_EMAIL, USE_USER_NAME,
	USE_USER_ID
};

/* Row callback */
static void
read_use(TupleTableSlot *slot, void *arg)
{
	Naming	   *naming = arg;
	NameUse		use = {0};
	ZgFoldedUser *folded;

	slot_getallattrs(slot);
	use.ordinal = DatumGetInt32(slot->tts_values[USE_ORDINAL]);
	folded = zg_fold_find(naming->fold, use.ordinal);
	if (folded != NULL && !keeps_names(folded))
		return;
	if (slot->tts_isnull[USE_USER_ID])
		zg_report_lost_identities("user_identity");
	use.opened = DatumGetTimestampTz(slot->tts_values[USE_OPENED]);
	use.email = slot->tts_isnull[USE_EMAIL] ? NULL : zg_text_copy(DatumGetTextPP(slot->tts_values[USE_EMAIL]));
	use.stored = zg_text_copy(DatumGetTextPP(slot->tts_values[USE_USER_NAME]));
	use.user_id = zg_text_copy(DatumGetTextPP(slot->tts_values[USE_USER_ID]));
	add_use(naming, zg_text_copy(DatumGetTextPP(slot->tts_values[USE_BASE_NAME])), use);
}

/* Row callback: a base name whose users may have to be named anew */
static void
read_related(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	find_name(arg, zg_text_copy(DatumGetTextPP(slot_getattr(slot, 1, &isnull))));
}

/*
 * Names that a name could have been qualified to: what stands before each
 * " (" of one that ends with ")".
 */
static void
want_prefixes(Naming *naming, const text *name)
{
	const char *p = VARDATA_ANY(name);
	int			len = VARSIZE_ANY_EXHDR(name);

	if (len < 4 || p[len - 1] != ')')
		return;
	for (int i = 1; i < len - 2; i++)
		if (p[i] == ' ' && p[i + 1] == '(')
			find_name(naming, cstring_to_text_with_len(p, i));
}

/*
 * Load the users not noted that share the names wanted, and the names
 * that are related to them by qualification, until there are no more.
 */
static void
load_names(Naming *naming)
{
	while (naming->nwanted > 0 && !naming->all)
	{
		Oid			type = TEXTARRAYOID;
		Datum	   *values = palloc(naming->nwanted * sizeof(Datum));
		int			n = naming->nwanted;
		Datum		list;

		for (int i = 0; i < n; i++)
			values[i] = PointerGetDatum(naming->wanted[i]);
		list = zg_text_array(values, n);
		naming->nwanted = 0;
		zg_query(naming->run, "SELECT v.ordinal, v.base_name, v.opened, v.email, v.user_name, i.user_id"
				 " FROM gold_state.user_version v LEFT JOIN gold_state.user_identity i USING (ordinal)"
				 " WHERE v.base_name COLLATE \"C\" = ANY ($1) AND v.begins_name", 1, &type, &list, read_use, naming);
		zg_query(naming->run, "SELECT DISTINCT base_name FROM gold_state.user_version"
				 " WHERE user_name COLLATE \"C\" = ANY ($1) AND base_name <> user_name",
				 1, &type, &list, read_related, naming);
		for (int i = 0; i < n; i++)
			want_prefixes(naming, (text *) DatumGetPointer(values[i]));
	}
	naming->nwanted = 0;
}

/* Is a qualified name to be had for a user? */
static bool
is_free(Naming *naming, text *gold, int32 ordinal)
{
	NameEntry  *plain;
	GivenName  *given;

	(void) find_name(naming, gold);
	load_names(naming);
	plain = name_table_lookup(naming->names, gold);
	if (plain != NULL && plain->n > 0)
		return false;
	given = given_table_lookup(naming->given, gold);
	return given == NULL || given->ordinal == ordinal;
}

/*
 * What a btree entry holds at most, with something to spare.  doc/SILVER.md
 * states what a longer name becomes, and verify() computes it from there.
 */
#define MAX_GOLD_NAME 2500

/* so many hexadecimal digits stand for an id that is too long */
#define SHORT_ID_DIGITS 16

static text *
qualify(const text *base, const char *by, int len)
{
	text	   *result;
	int			base_len = VARSIZE_ANY_EXHDR(base);

	if (base_len + len + 3 > MAX_GOLD_NAME)
		return NULL;
	result = palloc(VARHDRSZ + base_len + len + 3);
	SET_VARSIZE(result, VARHDRSZ + base_len + len + 3);
	memcpy(VARDATA(result), VARDATA_ANY(base), base_len);
	memcpy(VARDATA(result) + base_len, " (", 2);
	memcpy(VARDATA(result) + base_len + 2, by, len);
	VARDATA(result)[base_len + len + 2] = ')';
	return result;
}

/* The name of a user by the e-mail; NULL where it is missing, too long or taken. */
static text *
name_by_email(Naming *naming, const text *base, const NameUse *use)
{
	text	   *gold = NULL;

	if (use->email != NULL)
		gold = qualify(base, VARDATA_ANY(use->email), VARSIZE_ANY_EXHDR(use->email));
	return gold != NULL && is_free(naming, gold, use->ordinal) ? gold : NULL;
}

/* The begin of an id's SHA-256 in hexadecimal digits. */
static void
shorten_id(const text *user_id, char *digits)
{
	bytea	   *hash = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(user_id)));

	(void) hex_encode(VARDATA_ANY(hash), SHORT_ID_DIGITS / 2, digits);
	pfree(hash);
}

/* The name of a user by the id, again and again where that is taken too. */
static text *
name_by_id(Naming *naming, const text *base, const NameUse *use)
{
	const text *name = base;
	char		short_id[SHORT_ID_DIGITS];

	shorten_id(use->user_id, short_id);
	for (;;)
	{
		text	   *gold = qualify(name, VARDATA_ANY(use->user_id), VARSIZE_ANY_EXHDR(use->user_id));

		if (gold == NULL)
			gold = qualify(name, short_id, SHORT_ID_DIGITS);
		if (gold == NULL || is_free(naming, gold, use->ordinal))
			return gold == NULL ? (text *) name : gold;
		name = gold;
	}
}

static int
by_opening(const void *a, const void *b)
{
	const NameUse *x = a;
	const NameUse *y = b;

	if (x->opened != y->opened)
		return x->opened < y->opened ? -1 : 1;
	return zg_text_compare(x->user_id, y->user_id);
}

static void
note_shifted(Naming *naming, int32 ordinal)
{
	zg_make_room(CurrentMemoryContext, naming->shifted, naming->nshifted, naming->maxshifted);
	naming->shifted[naming->nshifted++] = ordinal;
}

/* Call a homonym by a qualified name, unless it has none. */
static void
give_name(Naming *naming, NameUse *use, text *gold)
{
	bool		found;

	use->gold = gold;
	if (gold != NULL)
		given_table_insert(naming->given, gold, &found)->ordinal = use->ordinal;
}

/* Settle who has a name plain, and who of the others is called by the e-mail. */
static void
resolve_name(Naming *naming, text *base)
{
	NameEntry  *entry = name_table_lookup(naming->names, base);
	NameUse    *uses = entry->uses;
	int			n = entry->n;

	entry->resolved = true;
	if (n > 1)
		qsort(uses, n, sizeof(NameUse), by_opening);
	note_places(naming, entry, 0);
	/* looking for a free name may move the entry, not its uses */
	for (int i = 1; i < n; i++)
		give_name(naming, &uses[i], name_by_email(naming, base, &uses[i]));
	if (n > 0)
		uses[0].gold = base;
}

/* Call who is left by the id, and note whose name is not what it was. */
static void
complete_name(Naming *naming, text *base)
{
	NameEntry  *entry = name_table_lookup(naming->names, base);
	NameUse    *uses = entry->uses;
	int			n = entry->n;

	for (int i = 1; i < n; i++)
		if (uses[i].gold == NULL)
			give_name(naming, &uses[i], name_by_id(naming, base, &uses[i]));
	for (int i = 0; i < n; i++)
		if (uses[i].stored != NULL && !zg_text_equal(uses[i].stored, uses[i].gold))
			note_shifted(naming, uses[i].ordinal);
}

/*
 * Load the names that homonyms may be given, all at once: to ask for one when
 * it is wanted takes a query each.
 */
static void
load_qualified_names(Naming *naming)
{
	List	   *golds = NIL;
	ListCell   *lc;
	name_table_iterator iterator;
	NameEntry  *entry;

	if (naming->all)
		return;
	name_table_start_iterate(naming->names, &iterator);
	while ((entry = name_table_iterate(naming->names, &iterator)) != NULL)
		for (int i = 0; entry->n > 1 && i < entry->n; i++)
		{
			const NameUse *use = &entry->uses[i];
			const text *by = use->email != NULL ? use->email : use->user_id;
			text	   *gold = qualify(entry->base, VARDATA_ANY(by), VARSIZE_ANY_EXHDR(by));

			if (gold != NULL)
				golds = lappend(golds, gold);
		}
	foreach(lc, golds)
		(void) find_name(naming, lfirst(lc));
	list_free(golds);
	load_names(naming);
}

static int
by_base(const ListCell *a, const ListCell *b)
{
	return zg_text_compare(lfirst(a), lfirst(b));
}

/* Of the names loaded resolve those without homonyms; the others, in their order. */
static List *
unresolved_names(Naming *naming)
{
	List	   *names = NIL;
	name_table_iterator iterator;
	NameEntry  *entry;

	name_table_start_iterate(naming->names, &iterator);
	while ((entry = name_table_iterate(naming->names, &iterator)) != NULL)
	{
		if (entry->resolved)
			continue;
		if (entry->n > 1)
			names = lappend(names, entry->base);
		else
		{
			resolve_name(naming, entry->base);
			complete_name(naming, entry->base);
		}
	}
	list_sort(names, by_base);
	return names;
}

/*
 * Resolve all names loaded: whoever is called by the e-mail before anybody is
 * called by the id.  Both load names that are asked for on the way.
 */
static void
resolve_names(Naming *naming)
{
	List	   *resolved = NIL;

	for (;;)
	{
		List	   *names = unresolved_names(naming);
		ListCell   *lc;

		if (names == NIL && resolved == NIL)
			return;
		foreach(lc, names)
			resolve_name(naming, lfirst(lc));
		if (names == NIL)
		{
			foreach(lc, resolved)
				complete_name(naming, lfirst(lc));
			list_free(resolved);
			resolved = NIL;
		}
		else
			resolved = list_concat(resolved, names);
	}
}

/* Give the versions of a folded user their gold names. */
static void
name_versions(ZgFoldedUser *user, void *arg)
{
	Naming	   *naming = arg;

	for (int v = 0; v < user->nversions; v++)
	{
		text	   *base = user->versions[v].profile->columns[USER_NAME];
		NameEntry  *entry = name_table_lookup(naming->names, base);
		const NameUse *use = entry == NULL ? NULL : find_use(naming, entry, user->ordinal);

		if (use != NULL)
			user->versions[v].user_name = zg_text_equal(use->gold, base) ? base : zg_text_copy(use->gold);
		for (int i = 0; user->versions[v].user_name == NULL && i < user->nold; i++)
			if (zg_text_equal(user->old[i].profile->columns[USER_NAME], base))
				user->versions[v].user_name = user->old[i].user_name;
		if (user->versions[v].user_name == NULL)
			user->versions[v].user_name = base;
	}
}

void
zg_name_users(ZgRun *run, ZgFold *fold, bool all)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold names",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Naming		naming = {
		.run = run,
		.fold = fold,
		.all = all,
	};

	naming.names = name_table_create(CurrentMemoryContext, Max(zg_fold_count(fold), 64), NULL);
	naming.given = given_table_create(CurrentMemoryContext, 64, NULL);
	naming.places = place_table_create(CurrentMemoryContext, 64, NULL);
	zg_fold_each(fold, note_user, &naming);
	load_names(&naming);
	load_qualified_names(&naming);
	resolve_names(&naming);
	if (naming.nshifted > 0)
		zg_fold_read(fold, false, naming.shifted, naming.nshifted);
	MemoryContextSwitchTo(old);
	zg_fold_each(fold, name_versions, &naming);
	MemoryContextDelete(context);
}
