/*-------------------------------------------------------------------------
 *
 * dim_user.c
 *	  go_dim_user: the fold of the kept versions of users.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/bitmap.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "history/take_up.h"
#include "port/pg_bswap.h"
#include "quality/error_log.h"
#include "state/diff.h"
#include "state/dirty.h"
#include "state/query.h"
#include "users/dim_user.h"
#include "users/extend_first_version.h"
#include "users/gold_name.h"
#include "users/user_label.h"
#include "users/user_version.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* between two days a user is called otherwise, or has become known */
typedef struct NameChange
{
	int32		ordinal;
	char		status;
	DateADT		from;
	DateADT		to;
	bool		known;
} NameChange;

#define SH_PREFIX change_table
#define SH_ELEMENT_TYPE NameChange
#define SH_KEY_TYPE int32
#define SH_KEY ordinal
#include "base/number_table.h"

typedef struct Merge
{
	ZgRun	   *run;
	ZgFold	   *fold;
	bool		all;
	ZgCounts   *counts;
	ZgErrors   *errors;
	ZgDiff	   *diff;
	const ZgTracking *tracking;
	Datum	   *values;			/* of a row of go_dim_user */
	bool	   *nulls;
	/* lists being gathered */
	Datum	   *list;
	int			nlist;
	int			maxlist;
	change_table_hash *changes;
	ZgBitmap   *changed;
	bool		keyless;		/* rows without a key were folded */
} Merge;

static void
list_add(Merge *merge, Datum value)
{
	zg_make_room(CurrentMemoryContext, merge->list, merge->nlist, merge->maxlist);
	merge->list[merge->nlist++] = value;
}

/* The list as an array of its kind; the next one begins. */
static Datum
take_list(Merge *merge, Datum (*make_array) (Datum *values, int n))
{
	Datum		array = make_array(merge->list, merge->nlist);

	merge->nlist = 0;
	return array;
}

/* reaching back */

/*
 * Must the slices be asked for the user's first event?  In a full refresh what
 * the state says of earlier versions is not relied on.
 */
static bool
needs_search(const Merge *merge, const ZgFoldedUser *user)
{
	if (user->nversions == 0 || user->is_fresh)
		return false;
	if (user->nold == 0 || merge->run->full)
		return true;
	return user->old[0].valid_from == user->old[0].opened &&
		user->versions[0].opened > user->old[0].opened;
}

static void
list_searched(ZgFoldedUser *user, void *arg)
{
	if (needs_search(arg, user))
		list_add(arg, Int32GetDatum(user->ordinal));
}

/* A first version that reached back goes on doing so. */
static void
keep_reach(ZgFoldedUser *user, void *arg)
{
	(void) arg;
	if (user->nversions > 0 && user->nold > 0 && user->old[0].valid_from < user->old[0].opened)
		user->versions[0].valid_from = Min(user->versions[0].opened, user->old[0].valid_from);
}

static void
reach_back(Merge *merge)
{
	int32	   *ordinals;
	DateADT    *days;
	int			n;

	if (!merge->run->full)
		zg_fold_each(merge->fold, keep_reach, merge);
	zg_fold_each(merge->fold, list_searched, merge);
	n = merge->nlist;
	merge->nlist = 0;
	ordinals = palloc(Max(n, 1) * sizeof(int32));
	days = palloc(Max(n, 1) * sizeof(DateADT));
	for (int i = 0; i < n; i++)
		ordinals[i] = DatumGetInt32(merge->list[i]);
	zg_first_events(merge->run, ordinals, n, days);
	for (int i = 0; i < n; i++)
	{
		ZgVersion  *first = &zg_fold_find(merge->fold, ordinals[i])->versions[0];

		if (days[i] != DATEVAL_NOEND)
			first->valid_from = Min(first->opened, zg_day_start(days[i]));
	}
}

/* errors */

static void
note_errors(ZgFoldedUser *user, void *arg)
{
	Merge	   *merge = arg;

	if (user->is_keyless)
	{
		merge->keyless = true;
		for (int i = 0; i < user->nlive; i++)
			zg_errors_note(merge->errors, &user->live[i]->broken, DATEVAL_NOBEGIN,
						   user->live[i]->columns[USER_ID], user->live[i]->source_system, merge->counts);
		for (int i = 0; i < user->nlong_keys; i++)
			list_add(merge, PointerGetDatum(user->long_keys[i]));
		return;
	}
	list_add(merge, PointerGetDatum(user->user_id));
	/* nobody is to mend what is missing of the forgotten */
	if (user->newest == NULL || user->forgotten)
		return;
	for (int i = 0; i < user->nversions; i++)
		if (user->newest->columns[USER_NAME] != NULL &&
			zg_text_equal(user->newest->columns[USER_NAME], user->versions[i].profile->columns[USER_NAME]) &&
			!zg_text_equal(user->versions[i].user_name, user->versions[i].profile->columns[USER_NAME]))
			zg_break(&user->newest->broken, ZG_RULE_NAME_TAKEN);
	zg_errors_note(merge->errors, &user->newest->broken, DATEVAL_NOBEGIN, user->user_id,
				   user->newest->source_system, merge->counts);
}

static void
save_errors(Merge *merge)
{
	merge->errors = zg_errors_create(merge->run, zg_fold_rules(merge->fold));
	zg_fold_each(merge->fold, note_errors, merge);
	zg_errors_save_keys(merge->errors, merge->all ? (Datum) 0 : take_list(merge, zg_text_array),
						merge->keyless);
	merge->nlist = 0;
}

/* gold_state.user_version */

#define NSTATE_COLUMNS 12

/* columns of gold_state.user_version */
enum
{
	STATE_ORDINAL, STATE_BASE_NAME, STATE_USER_NAME, STATE_EMAIL, STATE_OPENED,
	STATE_VALID_FROM, STATE_VALID_TO, STATE_BEGINS_NAME, STATE_HOLDS_FROM,
	STATE_HOLDS_UNTIL, STATE_COMPANY, STATE_PLAN
};

static void
state_version(const ZgFoldedUser *user, const ZgVersion *version, Datum *values, bool *nulls)
{
	memset(nulls, false, NSTATE_COLUMNS * sizeof(bool));
	values[STATE_ORDINAL] = Int32GetDatum(user->ordinal);
	zg_put_text(values, nulls, STATE_BASE_NAME, version->profile->columns[USER_NAME]);
	zg_put_text(values, nulls, STATE_USER_NAME, version->user_name);
	zg_put_text(values, nulls, STATE_EMAIL, version->profile->columns[USER_EMAIL]);
	values[STATE_OPENED] = TimestampTzGetDatum(version->opened);
	values[STATE_VALID_FROM] = TimestampTzGetDatum(version->valid_from);
	values[STATE_VALID_TO] = TimestampTzGetDatum(version->valid_to);
	values[STATE_BEGINS_NAME] = BoolGetDatum(version->begins_name);
	values[STATE_HOLDS_FROM] = TimestampTzGetDatum(version->holds_from);
	values[STATE_HOLDS_UNTIL] = TimestampTzGetDatum(version->holds_until);
	zg_put_text(values, nulls, STATE_COMPANY, version->profile->columns[USER_COMPANY]);
	zg_put_text(values, nulls, STATE_PLAN, version->profile->columns[USER_PLAN]);
}

static void
tell_old_versions(ZgFoldedUser *user, void *arg)
{
	Merge	   *merge = arg;
	Datum		values[NSTATE_COLUMNS];
	bool		nulls[NSTATE_COLUMNS];

	for (int i = 0; i < user->nold; i++)
	{
		state_version(user, &user->old[i], values, nulls);
		zg_diff_present(merge->diff, &user->old[i].tid, values, nulls);
	}
}

/* Say of a version what the ones before and after it settle. */
static void
place_version(ZgFoldedUser *user, int i)
{
	ZgVersion  *version = &user->versions[i];
	bool		first = i == 0;
	bool		last = i == user->nversions - 1;

	version->begins_name = first ||
		!zg_text_equal(version->profile->columns[USER_NAME], version[-1].profile->columns[USER_NAME]);
	version->holds_from = first ? DT_NOBEGIN : version->valid_from;
	version->holds_until = last ? DT_NOEND : version[1].valid_from;
}

static void
want_state_versions(ZgFoldedUser *user, void *arg)
{
	Merge	   *merge = arg;
	Datum		values[NSTATE_COLUMNS];
	bool		nulls[NSTATE_COLUMNS];

	for (int i = 0; i < user->nversions; i++)
	{
		place_version(user, i);
		state_version(user, &user->versions[i], values, nulls);
		zg_diff_row(merge->diff, values, nulls);
	}
}

static void
save_state_versions(Merge *merge, bool empty)
{
	static const ZgTarget target = {
		.schema = "gold_state",.table = "user_version",.undated = true,.ncolumns = NSTATE_COLUMNS,
		.columns = {"ordinal", "base_name", "user_name", "email", "opened", "valid_from", "valid_to",
		"begins_name", "holds_from", "holds_until", "company", "plan_type"},
		.pair_columns = 1 << 0 | 1 << 4,
		.unique_columns = 1 << 0 | 1 << 5
	};
	ZgCounts	counts = {0};

	if (empty || merge->all)
		merge->diff = zg_diff_begin(merge->run, &target, empty ? NULL : "true", 0, NULL, NULL);
	else
	{
		merge->diff = zg_diff_begin_read(merge->run, &target);
		zg_fold_each(merge->fold, tell_old_versions, merge);
	}
	zg_fold_each(merge->fold, want_state_versions, merge);
	zg_diff_end(merge->diff, NULL, NULL, &counts);
}

/* gold.go_dim_user */

#define NGOLD_COLUMNS 8			/* without those of users */

/* a version, to be sorted by its gold name */
typedef struct NamedVersion
{
	uint64		prefix;			/* of the name */
	ZgVersion  *version;
} NamedVersion;

static int	by_name(const NamedVersion *a, const NamedVersion *b);

#define ST_SORT sort_named_versions
#define ST_ELEMENT_TYPE NamedVersion
#define ST_COMPARE(a, b) by_name(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* List the gold names of versions, one that several have in a row once. */
static void
list_names_of(Merge *merge, const ZgVersion *versions, int n)
{
	for (int i = 0; i < n; i++)
		if (merge->nlist == 0 ||
			!zg_text_equal((text *) DatumGetPointer(merge->list[merge->nlist - 1]), versions[i].user_name))
			list_add(merge, PointerGetDatum(versions[i].user_name));
}

static void
list_names(ZgFoldedUser *user, void *arg)
{
	list_names_of(arg, user->old, user->nold);
	list_names_of(arg, user->versions, user->nversions);
}

/* columns of go_dim_user, before those that were added */
enum
{
	GOLD_USER_NAME, GOLD_EMAIL, GOLD_COMPANY, GOLD_PLAN, GOLD_SYSTEM,
	GOLD_VALID_FROM, GOLD_VALID_TO, GOLD_IS_CURRENT
};

static void
want_gold_version(Merge *merge, const ZgVersion *version)
{
	const ZgProfile *profile = version->profile;
	Datum	   *values = merge->values;
	bool	   *nulls = merge->nulls;

	zg_put_text(values, nulls, GOLD_USER_NAME, version->user_name);
	zg_put_text(values, nulls, GOLD_EMAIL, profile->columns[USER_EMAIL]);
	zg_put_text(values, nulls, GOLD_COMPANY, profile->columns[USER_COMPANY]);
	zg_put_text(values, nulls, GOLD_PLAN, profile->columns[USER_PLAN]);
	zg_put_text(values, nulls, GOLD_SYSTEM, profile->source_system);
	values[GOLD_VALID_FROM] = TimestampTzGetDatum(version->valid_from);
	values[GOLD_VALID_TO] = TimestampTzGetDatum(version->valid_to);
	values[GOLD_IS_CURRENT] = BoolGetDatum(version->valid_to == ZG_OPEN_END);
	nulls[GOLD_VALID_FROM] = nulls[GOLD_VALID_TO] = nulls[GOLD_IS_CURRENT] = false;
	for (int c = 0; c < merge->tracking->nadded; c++)
	{
		values[NGOLD_COLUMNS + c] = profile->added[c].value;
		nulls[NGOLD_COLUMNS + c] = profile->added[c].isnull || !profile->added[c].known;
	}
	zg_diff_row(merge->diff, values, nulls);
}

static void
list_versions(ZgFoldedUser *user, void *arg)
{
	for (int i = 0; i < user->nversions; i++)
		list_add(arg, PointerGetDatum(&user->versions[i]));
}

static int
by_name(const NamedVersion *a, const NamedVersion *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	return zg_text_compare(a->version->user_name, b->version->user_name);
}

/* The first bytes of a text as a number that sorts as they do. */
static uint64
text_prefix(const text *value)
{
	uint64		prefix = 0;

	memcpy(&prefix, VARDATA_ANY(value), Min(VARSIZE_ANY_EXHDR(value), sizeof(prefix)));
	return pg_ntoh64(prefix);
}

/*
 * Want the versions of all users folded, in the order of the indexes on
 * go_dim_user: a first load then fills these from left to right, which is
 * several times faster than all over the place.
 */
static void
want_gold_versions(Merge *merge)
{
	NamedVersion *versions;
	int			n;

	zg_fold_each(merge->fold, list_versions, merge);
	n = merge->nlist;
	merge->nlist = 0;
	versions = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(NamedVersion));
	for (int i = 0; i < n; i++)
	{
		versions[i].version = (ZgVersion *) DatumGetPointer(merge->list[i]);
		versions[i].prefix = text_prefix(versions[i].version->user_name);
	}
	sort_named_versions(versions, n);
	for (int i = 0; i < n; i++)
		want_gold_version(merge, versions[i].version);
	pfree(versions);
}

static void
save_gold_versions(Merge *merge, bool empty)
{
	ZgTarget	target = {
		.schema = "gold",.table = "go_dim_user",.ncolumns = NGOLD_COLUMNS,
		.columns = {"user_name", "email", "company", "plan_type", "source_system",
		"valid_from", "valid_to", "is_current"},
		.pair_columns = 1 << 0 | 1 << 5,
		.unique_columns = 1 << 0 | 1 << 5 | 1 << 7
	};
	const char **own = palloc(Max(merge->tracking->nadded, 1) * sizeof(char *));
	Oid			type = TEXTARRAYOID;
	Datum		list;

	target.own_columns = own;
	target.nown = merge->tracking->nadded;
	for (int i = 0; i < merge->tracking->nadded; i++)
		own[i] = merge->tracking->added[i].name;
	zg_fold_each(merge->fold, list_names, merge);
	list = take_list(merge, zg_text_array);
	merge->diff = empty ? zg_diff_begin(merge->run, &target, NULL, 0, NULL, NULL) :
		merge->all ? zg_diff_begin(merge->run, &target, "true", 0, NULL, NULL) :
		zg_diff_begin(merge->run, &target, "user_name = " ZG_ANY($1), 1, &type, &list);
	want_gold_versions(merge);
	zg_diff_end(merge->diff, NULL, NULL, merge->counts);
}

/* whom facts and aggregates see otherwise */

/* When does the version after the one at i open?  DT_NOEND = never. */
static TimestampTz
next_opened(const ZgVersion *versions, int n, int i)
{
	return i + 1 < n ? versions[i + 1].opened : DT_NOEND;
}

/*
 * The range of time [*from, *to) in which a user bears other names than
 * before.  Versions are in the order in which they opened; before the first
 * its name holds.
 */
static void
compare_names(const ZgFoldedUser *user, TimestampTz *from, TimestampTz *to)
{
	TimestampTz end;
	int			was = 0;
	int			is = 0;

	for (TimestampTz at = DT_NOBEGIN; at < DT_NOEND; at = end)
	{
		TimestampTz was_until = next_opened(user->old, user->nold, was);
		TimestampTz is_until = next_opened(user->versions, user->nversions, is);

		end = Min(was_until, is_until);
		if (zg_text_compare(user->nold == 0 ? NULL : user->old[was].user_name,
							user->nversions == 0 ? NULL : user->versions[is].user_name) != 0)
		{
			*from = Min(*from, at);
			*to = end;
		}
		was += was_until == end;
		is += is_until == end;
	}
}

static void
note_change(ZgFoldedUser *user, void *arg)
{
	Merge	   *merge = arg;
	TimestampTz from = DT_NOEND;
	TimestampTz to = DT_NOBEGIN;
	bool		known = user->known;
	NameChange *change;
	bool		found;

	if (user->is_keyless)
		return;
	compare_names(user, &from, &to);
	if (user->is_fresh || (from >= to && known == user->known_before))
		return;
	change = change_table_insert(merge->changes, user->ordinal, &found);
	change->known = known != user->known_before;
	change->from = change->known ? DATEVAL_NOBEGIN : zg_utc_day(from);
	change->to = change->known ? DATEVAL_NOEND : zg_utc_day(to);
	zg_bitmap_add(merge->changed, user->ordinal);
}

/* the days of each relation that name users who changed */
typedef struct SliceMarks
{
	Merge	   *merge;
	DateADT    *named[ZG_SILVER_COUNT];
	int			nnamed[ZG_SILVER_COUNT];
	DateADT    *known[ZG_SILVER_COUNT];
	int			nknown[ZG_SILVER_COUNT];
} SliceMarks;

static void
push_day(DateADT **days, int *n, DateADT day)
{
	zg_make_lean_room(CurrentMemoryContext, *days, *n);
	(*days)[(*n)++] = day;
}

/* Row callback: relation, day, users */
static void
match_slice(TupleTableSlot *slot, void *arg)
{
	SliceMarks *marks = arg;
	Merge	   *merge = marks->merge;
	ZgBitmap   *users;
	char	   *relation;
	DateADT		day;
	int			d;
	bool		named = false;
	bool		known = false;
	uint32	   *members;
	uint64		nmembers;

	slot_getallattrs(slot);
	relation = TextDatumGetCString(slot->tts_values[0]);
	day = DatumGetDateADT(slot->tts_values[1]);
	for (d = 0; d < ZG_SILVER_COUNT; d++)
		if (strcmp(zg_silver[d].name, relation) == 0)
			break;
	if (d == ZG_SILVER_COUNT)
		return;
	users = zg_bitmap_deserialize(DatumGetByteaP(slot->tts_values[2]));
	zg_bitmap_and(users, merge->changed);
	members = zg_bitmap_members(users, &nmembers);
	for (uint64 i = 0; i < nmembers; i++)
	{
		NameChange *change = change_table_lookup(merge->changes, members[i]);

		known |= change->known;
		named |= day >= change->from && day <= change->to;
	}
	pfree(members);
	zg_bitmap_free(users);
	if (named)
		push_day(&marks->named[d], &marks->nnamed[d], day);
	if (known)
		push_day(&marks->known[d], &marks->nknown[d], day);
}

/* Row callback: a day */
static void
read_known_day(TupleTableSlot *slot, void *arg)
{
	SliceMarks *marks = arg;
	bool		isnull;

	push_day(&marks->known[ZG_PARTICIPANTS], &marks->nknown[ZG_PARTICIPANTS],
			 DatumGetDateADT(slot_getattr(slot, 1, &isnull)));
}

/* Participants are active when their meetings start, not when they join. */
static void
use_meeting_days(SliceMarks *marks)
{
	const int	d = ZG_PARTICIPANTS;
	Oid			type = DATEARRAYOID;
	Datum		list = zg_date_array(marks->known[d], marks->nknown[d]);

	marks->nknown[d] = 0;
	if (marks->merge->run->settings.host_or_participant)
		zg_query(marks->merge->run, "SELECT DISTINCT day FROM gold_state.day_partial"
				 " WHERE relation = 'si_participants' AND slice_day = ANY ($1)",
				 1, &type, &list, read_known_day, marks);
}

/*
 * Mark the days of a relation for the step that finds out whom its rows name,
 * and for those that count them.
 */
static void
mark_readers(const SliceMarks *marks, ZgSilverId relation)
{
	ZgStepId	reader = zg_step_of_relation(relation);

	if (zg_steps[reader].names_users)
		zg_mark_days(reader, marks->named[relation], marks->nnamed[relation]);
	for (int id = 0; id < ZG_STEP_COUNT; id++)
		if (zg_steps[id].counts_users && (zg_steps[id].from & ZG_BIT(reader)))
			zg_mark_days(id, marks->known[relation], marks->nknown[relation]);
}

/* Mark the days whose facts name a user that is called otherwise now. */
static void
mark_dependents(Merge *merge)
{
	SliceMarks	marks = {.merge = merge};

	merge->changes = change_table_create(CurrentMemoryContext, 256, NULL);
	merge->changed = zg_bitmap_create();
	zg_fold_each(merge->fold, note_change, merge);
	if (merge->changes->members > 0)
		zg_query(merge->run, "SELECT relation, day, users FROM gold_state.slice",
				 0, NULL, NULL, match_slice, &marks);
	if (marks.nknown[ZG_PARTICIPANTS] > 0)
		use_meeting_days(&marks);
	for (int id = 0; id < ZG_SILVER_COUNT; id++)
		mark_readers(&marks, id);
	zg_bitmap_free(merge->changed);
}

/* Write who has become known, or unknown. */
static void
save_known(Merge *merge)
{
	for (int known = 0; known <= 1; known++)
	{
		Oid			types[] = {INT4ARRAYOID, BOOLOID};
		Datum		args[2];
		change_table_iterator iterator;
		NameChange *change;

		merge->nlist = 0;
		change_table_start_iterate(merge->changes, &iterator);
		while ((change = change_table_iterate(merge->changes, &iterator)) != NULL)
			if (change->known && zg_fold_find(merge->fold, change->ordinal)->known == known)
				list_add(merge, Int32GetDatum(change->ordinal));
		if (merge->nlist == 0)
			continue;
		args[0] = take_list(merge, zg_int4_array);
		args[1] = BoolGetDatum(known);
		zg_execute("UPDATE gold_state.user_identity SET known = $2 WHERE ordinal = ANY ($1)",
				   2, types, args, NULL);
	}
}

static bool
is_known(int32 ordinal, void *arg)
{
	ZgFoldedUser *user = zg_fold_find(arg, ordinal);

	return user != NULL && user->known;
}

/* above this many changed users all are folded */
#define MAX_CHANGED_USERS 100000

void
zg_merge_dim_user(ZgRun *run, bool compare, const ZgRecent *recent, bool refold,
				  ZgCounts *counts)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold users",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ZgHistoryChange *change = zg_history_take(run, &zg_silver[ZG_USERS], compare, recent);
	bool		state_empty = !zg_query_finds(run, "SELECT FROM gold_state.user_version", 0, NULL, NULL);
	bool		gold_empty = !zg_query_finds(run, "SELECT FROM gold.go_dim_user", 0, NULL, NULL);
	Merge		merge = {
		.run = run,
		.all = refold || state_empty || change->n > MAX_CHANGED_USERS,
		.counts = counts,
	};

	zg_run_show(zg_steps[ZG_STEP_DIM_USER].process,
				psprintf("%d changed, %s folded", change->n, merge.all ? "all users are" : "these are"));
	counts->processed += change->read;
	merge.fold = zg_fold_create(run, change);
	merge.tracking = zg_fold_tracking(merge.fold);
	merge.values = palloc((NGOLD_COLUMNS + merge.tracking->nadded) * sizeof(Datum));
	merge.nulls = palloc((NGOLD_COLUMNS + merge.tracking->nadded) * sizeof(bool));
	zg_fold_read(merge.fold, merge.all, change->ordinals, change->n);
	zg_name_users(run, merge.fold, merge.all);
	reach_back(&merge);
	save_errors(&merge);
	save_state_versions(&merge, state_empty);
	save_gold_versions(&merge, gold_empty);
	zg_save_user_labels(run, merge.fold, merge.all);
	mark_dependents(&merge);
	save_known(&merge);
	zg_history_save_fresh(change, is_known, merge.fold);
	zg_tracking_warn(merge.tracking);
	zg_clear_marks(ZG_STEP_DIM_USER);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
