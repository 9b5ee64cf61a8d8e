/*-------------------------------------------------------------------------
 *
 * user_label.c
 *	  gold_state.user_label: what the views of gold_masked and gold_bi tell
 *	  of a user without computing it from row to row.
 *
 * A label spans what facts find between two versions: the first begins before
 * all time, each holds through a gap until the next one opens, and the last
 * for ever.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "state/diff.h"
#include "state/query.h"
#include "users/user_label.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* as many hexadecimal digits are a pseudonym */
#define PSEUDONYM_DIGITS 32

#define NLABEL_COLUMNS 11

typedef struct Labels
{
	ZgDiff	   *diff;
	bytea	   *key;			/* of the pseudonyms */
	MemoryContext scratch;		/* of one user */
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
	char	   *utf8 = pg_server_to_any(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), PG_UTF8);
	int			len = utf8 == VARDATA_ANY(name) ? (int) VARSIZE_ANY_EXHDR(name) : (int) strlen(utf8);
	bytea	   *inner = keyed_hash(labels->key, utf8, len);
	bytea	   *outer = keyed_hash(labels->key, VARDATA_ANY(inner), PG_SHA256_DIGEST_LENGTH);
	char		digits[PSEUDONYM_DIGITS + 1] = {0};

	hex_encode(VARDATA_ANY(outer), PSEUDONYM_DIGITS / 2, digits);
	return cstring_to_text(psprintf("user %s", digits));
}

/* Is this the version by which a gold name is looked up? */
static bool
is_last_of_name(const ZgFoldedUser *user, int version)
{
	for (int i = version + 1; i < user->nversions; i++)
		if (zg_text_equal(user->versions[i].user_name, user->versions[version].user_name))
			return false;
	return true;
}

/* Visitor: want the labels of a user. */
static void
want_labels(ZgFoldedUser *user, void *arg)
{
	Labels	   *labels = arg;
	MemoryContext old;
	const ZgVersion *last = user->versions + user->nversions - 1;
	text	   *person_pseudonym;

	if (user->is_keyless || user->nversions == 0)
		return;
	old = MemoryContextSwitchTo(labels->scratch);
	person_pseudonym = pseudonym_of(labels, last->user_name);
	for (int i = 0; i < user->nversions; i++)
	{
		const ZgVersion *version = &user->versions[i];
		bool		is_looked_up = is_last_of_name(user, i);
		Datum		values[NLABEL_COLUMNS];
		bool		nulls[NLABEL_COLUMNS] = {false};

		values[0] = Int32GetDatum(user->ordinal);
		values[1] = TimestampTzGetDatum(i == 0 ? DT_NOBEGIN : version->valid_from);
		values[2] = TimestampTzGetDatum(version == last ? DT_NOEND : version[1].valid_from);
		zg_put_text(values, nulls, 3, version->user_name);
		zg_put_text(values, nulls, 4, is_looked_up ? pseudonym_of(labels, version->user_name) : NULL);
		zg_put_text(values, nulls, 5, last->user_name);
		zg_put_text(values, nulls, 6, person_pseudonym);
		zg_put_text(values, nulls, 7, version->profile->columns[USER_COMPANY]);
		zg_put_text(values, nulls, 8, version->profile->columns[USER_PLAN]);
		values[9] = BoolGetDatum(version == last);
		zg_put_text(values, nulls, 10, is_looked_up ? version->user_name : NULL);
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

void
zg_save_user_labels(ZgRun *run, ZgFold *fold, bool all, Datum ordinals)
{
	/* a target has room for eight of its own */
	static const char *const further[] = {"plan_type", "is_last", "lookup_name"};
	static const ZgTarget target = {
		.schema = "gold_state",.table = "user_label",.undated = true,.ncolumns = NLABEL_COLUMNS - lengthof(further),
		.columns = {"ordinal", "holds_from", "holds_until", "user_name", "pseudonym", "person",
		"person_pseudonym", "company"},
		.nown = lengthof(further),.own_columns = further,
		.pair_columns = 1 << 0 | 1 << 1,
		.unique_columns = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 9 | 1 << 10,
		.lookup_columns = "ordinal, user_name, pseudonym, person, person_pseudonym, company, plan_type, is_last, lookup_name",
	};
	Oid			type = INT4ARRAYOID;
	bool		empty = !zg_query_finds(run, "SELECT FROM gold_state.user_label", 0, NULL, NULL);
	Labels		labels = {0};
	ZgCounts	counts = {0};

	zg_query(run, "SELECT key FROM gold_state.secret", 0, NULL, NULL, read_key, &labels.key);
	if (labels.key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the key of the pseudonyms is missing in \"gold_state.secret\""),
				 errhint("zoom_gold.setup() makes another, with which all pseudonyms change.")));
	labels.scratch = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold label",
										   ALLOCSET_SMALL_SIZES);
	labels.diff = empty || all ? zg_diff_begin(run, &target, empty ? NULL : "true", 0, NULL, NULL) :
		zg_diff_begin(run, &target, "ordinal = ANY ($1)", 1, &type, &ordinals);
	zg_fold_each(fold, want_labels, &labels);
	zg_diff_end(labels.diff, NULL, NULL, &counts);
	MemoryContextDelete(labels.scratch);
}
