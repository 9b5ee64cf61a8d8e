/*-------------------------------------------------------------------------
 *
 * user_label.c
 *	  gold_state.user_label: what the views of gold_masked and gold_bi call a
 *	  user without computing it from row to row.
 *
 * A name has one label, however many versions of its user have it.  So a
 * version that changes no name, as most do, writes nothing here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "state/diff.h"
#include "state/query.h"
#include "users/user_label.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* as many hexadecimal digits are a pseudonym */
#define PSEUDONYM_DIGITS 32

#define NLABEL_COLUMNS 4

typedef struct Labels
{
	ZgDiff	   *diff;
	bytea	   *key;			/* of the pseudonyms */
	MemoryContext scratch;		/* of one user */
	bool		all;			/* users are folded, whether changed or not */
	/* names of users whose names changed */
	Datum	   *names;
	int			nnames;
	int			maxnames;
} Labels;

static bytea *
keyed_hash(const bytea *key, const char *bytes, int len)
{
	bytea	   *message = palloc(VARSIZE(key) + len);

	SET_VARSIZE(message, VARSIZE(key) + len);
	memcpy(VARDATA(message), VARDATA(key), VARSIZE(key) - VARHDRSZ);
	memcpy(VARDATA(message) + VARSIZE(key) - VARHDRSZ, bytes, len);
	return DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(message)));
}

/* What zoom_gold.pseudonym_expression() computes: the same name in either. */
static text *
pseudonym_of(const Labels *labels, const text *name)
{
	bytea	   *inner = keyed_hash(labels->key, VARDATA_ANY(name), (int) VARSIZE_ANY_EXHDR(name));
	bytea	   *outer = keyed_hash(labels->key, VARDATA_ANY(inner), PG_SHA256_DIGEST_LENGTH);
	char		digits[PSEUDONYM_DIGITS + 1] = {0};

	hex_encode(VARDATA_ANY(outer), PSEUDONYM_DIGITS / 2, digits);
	return cstring_to_text(psprintf("user %s", digits));
}

/* The first version after one that has another gold name. */
static int
end_of_name(const ZgVersion *versions, int n, int i)
{
	const text *name = versions[i].user_name;

	do
		i++;
	while (i < n && zg_text_equal(versions[i].user_name, name));
	return i;
}

/* Has a user the gold names that it had, in the same order? */
static bool
keeps_labels(const ZgFoldedUser *user)
{
	int			o = 0;
	int			v = 0;

	while (o < user->nold && v < user->nversions)
	{
		if (!zg_text_equal(user->old[o].user_name, user->versions[v].user_name))
			return false;
		o = end_of_name(user->old, user->nold, o);
		v = end_of_name(user->versions, user->nversions, v);
	}
	return o == user->nold && v == user->nversions;
}

static void
list_names(Labels *labels, const ZgVersion *versions, int n)
{
	for (int i = 0; i < n; i = end_of_name(versions, n, i))
	{
		zg_make_room(CurrentMemoryContext, labels->names, labels->nnames, labels->maxnames);
		labels->names[labels->nnames++] = PointerGetDatum(versions[i].user_name);
	}
}

/* Visitor: list the names that a user had and has, if they changed. */
static void
list_changed_names(ZgFoldedUser *user, void *arg)
{
	if (keeps_labels(user))
		return;
	list_names(arg, user->old, user->nold);
	list_names(arg, user->versions, user->nversions);
}

/* Does a later version have the gold name of this one? */
static bool
name_comes_again(const ZgFoldedUser *user, int version)
{
	for (int i = version + 1; i < user->nversions; i++)
		if (zg_text_equal(user->versions[i].user_name, user->versions[version].user_name))
			return true;
	return false;
}

/* Visitor: want the labels of a user. */
static void
want_labels(ZgFoldedUser *user, void *arg)
{
	Labels	   *labels = arg;
	MemoryContext old;

	if (!labels->all && keeps_labels(user))
		return;
	old = MemoryContextSwitchTo(labels->scratch);
	for (int i = 0; i < user->nversions; i++)
	{
		text	   *name = user->versions[i].user_name;
		Datum		values[NLABEL_COLUMNS];
		bool		nulls[NLABEL_COLUMNS] = {false};

		if (name_comes_again(user, i))
			continue;
		values[0] = Int32GetDatum(user->ordinal);
		values[1] = PointerGetDatum(name);
		values[2] = PointerGetDatum(pseudonym_of(labels, name));
		values[3] = BoolGetDatum(i == user->nversions - 1);
		zg_diff_row(labels->diff, values, nulls);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(labels->scratch);
}

/* Row callback: key */
static void
read_key(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	*(bytea **) arg = DatumGetByteaPCopy(slot_getattr(slot, 1, &isnull));
}

/* The key of the pseudonyms. */
static bytea *
load_key(ZgRun *run)
{
	bytea	   *key = NULL;

	zg_query(run, "SELECT key FROM gold_state.secret", 0, NULL, NULL, read_key, &key);
	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the key of the pseudonyms is missing in \"gold_state.secret\""),
				 errhint("zoom_gold.setup() makes another, with which all pseudonyms change.")));
	return key;
}

/* Begin with the labels that the table has of the names that may change. */
static ZgDiff *
begin_diff(ZgRun *run, const Labels *labels)
{
	static const ZgTarget target = {
		.schema = "gold_state",.table = "user_label",.undated = true,.ncolumns = NLABEL_COLUMNS,
		.columns = {"ordinal", "user_name", "pseudonym", "is_last"},
		.pair_columns = 1 << 1,
		.unique_columns = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3
	};
	Oid			type = TEXTARRAYOID;
	Datum		names;

	if (zg_target_is_empty(run, &target))
		return zg_diff_begin(run, &target, NULL, 0, NULL, NULL);
	if (labels->all)
		return zg_diff_begin(run, &target, "true", 0, NULL, NULL);
	names = zg_text_array(labels->names, labels->nnames);
	return zg_diff_begin(run, &target, "user_name = " ZG_ANY($1), 1, &type, &names);
}

void
zg_save_user_labels(ZgRun *run, ZgFold *fold, bool all)
{
	Labels		labels = {.all = all};
	ZgCounts	counts = {0};

	labels.key = load_key(run);
	if (!all)
		zg_fold_each(fold, list_changed_names, &labels);
	if (!all && labels.nnames == 0)
		return;
	labels.scratch = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold label",
										   ALLOCSET_SMALL_SIZES);
	labels.diff = begin_diff(run, &labels);
	zg_fold_each(fold, want_labels, &labels);
	zg_diff_end(labels.diff, NULL, NULL, &counts);
	MemoryContextDelete(labels.scratch);
}
