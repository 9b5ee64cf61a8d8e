/*-------------------------------------------------------------------------
 *
 * member.c
 *	  Members of the Type 1 dimensions.
 *
 * A pass over silver notes every value of its accepted rows with the newest
 * row that carried it (by version order, then by key so that the order of
 * reading does not matter).  gold_state.dim_member keeps that; the gold
 * dimension is written from it by a step of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/prefetch.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "facts/member.h"
#include "silver/silver.h"
#include "state/diff.h"
#include "state/dirty.h"
#include "state/query.h"
#include "state/writer.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* which column, and the step that writes it */
static const struct
{
	ZgStepId	step;
	const char *column;
}			dimensions[ZG_DIMENSION_COUNT] = {
	[ZG_DIM_MEETING] = {ZG_STEP_DIM_MEETING, "meeting_topic"},
	[ZG_DIM_FEATURE] = {ZG_STEP_DIM_FEATURE, "feature_name"},
	[ZG_DIM_WEBINAR] = {ZG_STEP_DIM_WEBINAR, "webinar_topic"},
	[ZG_DIM_TICKET_TYPE] = {ZG_STEP_DIM_TICKET, "ticket_type"},
	[ZG_DIM_BILLING_EVENT_TYPE] = {ZG_STEP_DIM_BILLING, "event_type"},
	[ZG_DIM_LICENSE_TYPE] = {ZG_STEP_DIM_LICENSE, "license_type"},
};

typedef struct MemberEntry
{
	ZgMember   *member;
	uint32		hash;
	char		status;
} MemberEntry;

#define SH_PREFIX member_table
#define SH_ELEMENT_TYPE MemberEntry
#define SH_KEY_TYPE ZgMember *
#define SH_KEY member
#define SH_HASH_KEY(tb, key) zg_text_hash((key)->value)
#define SH_EQUAL(tb, a, b) zg_text_equal((a)->value, (b)->value)
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ZgMembers
{
	ZgRun	   *run;
	ZgDimension dimension;
	member_table_hash *table;
	MemoryContext context;
	ZgMember   *last;			/* the previous row's */
};

ZgMembers *
zg_members_create(ZgRun *run, ZgDimension dimension)
{
	ZgMembers  *members = palloc0(sizeof(ZgMembers));

	members->run = run;
	members->dimension = dimension;
	members->context = CurrentMemoryContext;
	members->table = member_table_create(CurrentMemoryContext, 64, NULL);
	return members;
}

/*
 * Is a row newer, in version order, than the one that a member stands for?
 * The same row is when it was altered.
 */
static bool
is_newer(const ZgMember *member, TimestampTz version_at, TimestampTz load_at,
		 uint64 key_hash, const text *source_system)
{
	int			cmp = zg_compare_versions(version_at, load_at, member->version_at, member->load_at);

	if (cmp != 0)
		return cmp > 0;
	if (key_hash != member->key_hash)
		return key_hash > member->key_hash;
	return zg_text_compare(source_system, member->source_system) != 0;
}

static void
set_newest(ZgMember *member, TimestampTz version_at, TimestampTz load_at,
		   uint64 key_hash, const text *source_system)
{
	member->version_at = version_at;
	member->load_at = load_at;
	member->key_hash = key_hash;
	if (source_system == NULL)
		member->source_system = NULL;
	else if (member->source_system == NULL ||
			 !zg_text_equal(member->source_system, source_system))
		member->source_system = zg_text_copy(source_system);
	member->changed = true;
}

ZgMember *
zg_members_see(ZgMembers *members, const text *value, uint32 hash,
			   TimestampTz version_at, TimestampTz load_at, uint64 key_hash,
			   const text *source_system)
{
	ZgMember   *member = members->last;
	MemoryContext old;

	if (member == NULL || !zg_text_equal(member->value, value))
	{
		ZgMember	key = {.value = (text *) value};
		bool		found;
		MemberEntry *entry = member_table_insert_hash(members->table, &key, hash, &found);

		if (!found)
		{
			old = MemoryContextSwitchTo(members->context);
			entry->member = palloc0(sizeof(ZgMember) + VARHDRSZ + VARSIZE_ANY_EXHDR(value));
			entry->member->value = (text *) (entry->member + 1);
			zg_text_copy_to(entry->member->value, value);
			set_newest(entry->member, version_at, load_at, key_hash, source_system);
			MemoryContextSwitchTo(old);
		}
		members->last = member = entry->member;
		if (!found)
			return member;
	}
	if (is_newer(member, version_at, load_at, key_hash, source_system))
	{
		old = MemoryContextSwitchTo(members->context);
		set_newest(member, version_at, load_at, key_hash, source_system);
		MemoryContextSwitchTo(old);
	}
	return member;
}

void
zg_members_prefetch(const ZgMembers *members, uint32 hash, int step)
{
	const MemberEntry *entry = &members->table->data[hash & members->table->sizemask];

	if (step == 0)
		zg_prefetch(entry, sizeof(MemberEntry));
	else if (entry->status == member_table_SH_IN_USE)
		zg_prefetch(entry->member, sizeof(ZgMember) + 1);
}

/* the state's side of zg_members_save */
typedef struct SaveState
{
	ZgMembers  *members;
	ZgWriter   *writer;
	Datum	   *changed;		/* values whose member changed */
	int			nchanged;
} SaveState;

static void
note_changed(SaveState *save, const ZgMember *member)
{
	save->changed[save->nchanged++] = PointerGetDatum(member->value);
}

/* columns of gold_state.dim_member; a ctid takes the place of the first when read */
enum
{
	MEMBER_DIMENSION, MEMBER_VALUE, MEMBER_VERSION, MEMBER_LOAD,
	MEMBER_KEY_HASH, MEMBER_SYSTEM
};

static void
member_values(ZgMembers *members, const ZgMember *member, Datum *values, bool *nulls)
{
	memset(nulls, 0, 6);
	values[MEMBER_DIMENSION] = CStringGetTextDatum(zg_steps[dimensions[members->dimension].step].table);
	values[MEMBER_VALUE] = PointerGetDatum(member->value);
	values[MEMBER_VERSION] = TimestampTzGetDatum(member->version_at);
	values[MEMBER_LOAD] = TimestampTzGetDatum(member->load_at);
	values[MEMBER_KEY_HASH] = Int64GetDatum((int64) member->key_hash);
	values[MEMBER_SYSTEM] = PointerGetDatum(member->source_system);
	nulls[MEMBER_SYSTEM] = member->source_system == NULL;
}

/* Row callback: ctid, member, version_ts, load_ts, key_hash, source_system */
static void
compare_saved(TupleTableSlot *slot, void *arg)
{
	SaveState  *save = arg;
	ZgMember	saved = {0};
	MemberEntry *entry;
	Datum		values[6];
	bool		nulls[6];

	slot_getallattrs(slot);
	saved.value = DatumGetTextPP(slot->tts_values[MEMBER_VALUE]);
	saved.version_at = DatumGetTimestampTz(slot->tts_values[MEMBER_VERSION]);
	saved.load_at = DatumGetTimestampTz(slot->tts_values[MEMBER_LOAD]);
	saved.key_hash = (uint64) DatumGetInt64(slot->tts_values[MEMBER_KEY_HASH]);
	saved.source_system = slot->tts_isnull[MEMBER_SYSTEM] ? NULL : DatumGetTextPP(slot->tts_values[MEMBER_SYSTEM]);
	entry = member_table_lookup(save->members->table, &saved);
	if (entry == NULL || !entry->member->changed)
		return;
	entry->member->changed = false;
	if (!is_newer(&saved, entry->member->version_at, entry->member->load_at,
				  entry->member->key_hash, entry->member->source_system))
		return;
	member_values(save->members, entry->member, values, nulls);
	zg_writer_update(save->writer, (ItemPointer) DatumGetPointer(slot->tts_values[0]),
					 values, nulls);
	note_changed(save, entry->member);
}

/* All values noted, as a text[]. */
static Datum
member_array(ZgMembers *members)
{
	Datum	   *values = palloc(Max(members->table->members, 1) * sizeof(Datum));
	int			n = 0;
	member_table_iterator iterator;
	MemberEntry *entry;

	member_table_start_iterate(members->table, &iterator);
	while ((entry = member_table_iterate(members->table, &iterator)) != NULL)
		values[n++] = PointerGetDatum(entry->member->value);
	return zg_text_array(values, n);
}

/* above this many values all of the dimension is read */
#define MAX_MEMBER_LIST 2000

/* per dimension, the values that this run has changed, text[]; 0 = unknown */
struct ZgChangedMembers
{
	Datum		values[ZG_DIMENSION_COUNT];
};

static void
forget_changed(ZgRun *run)
{
	run->changed_members = NULL;
}

static struct ZgChangedMembers *
changed_members(ZgRun *run)
{
	if (run->changed_members == NULL)
	{
		run->changed_members = MemoryContextAllocZero(run->context, sizeof(struct ZgChangedMembers));
		zg_run_found(run, forget_changed, ZG_FOUND_BY_STEP);
	}
	return run->changed_members;
}

/*
 * Mark the dimension's step.  What changed is remembered for this run, unless
 * an earlier run has left work or the list is long: then all is compared.
 */
static void
mark_changed(ZgMembers *members, SaveState *save)
{
	ZgRun	   *run = members->run;
	ZgStepId	step = dimensions[members->dimension].step;
	Datum	   *changed = &changed_members(run)->values[members->dimension];
	bool		clean = zg_scope_is_empty(zg_scope_of_marks(run, step));

	*changed = (Datum) 0;
	if (clean && save->nchanged <= MAX_MEMBER_LIST)
	{
		MemoryContext old = MemoryContextSwitchTo(run->context);

		*changed = zg_text_array(save->changed, save->nchanged);
		MemoryContextSwitchTo(old);
	}
	zg_mark_all(step);
}

void
zg_members_save(ZgMembers *members)
{
	static const char *const columns[] =
	{"dimension", "member", "version_ts", "load_ts", "key_hash", "source_system"};
	SaveState	save = {.members = members};
	bool		few = members->table->members <= MAX_MEMBER_LIST;
	Oid			types[] = {TEXTOID, TEXTARRAYOID};
	Datum		args[2];
	member_table_iterator iterator;
	MemberEntry *entry;
	Datum		values[6];
	bool		nulls[6];

	if (members->table->members == 0)
		return;
	save.changed = palloc(members->table->members * sizeof(Datum));
	save.writer = zg_writer_open(zg_table_oid("gold_state", "dim_member"),
								 columns, lengthof(columns));
	args[0] = CStringGetTextDatum(zg_steps[dimensions[members->dimension].step].table);
	args[1] = few ? member_array(members) : (Datum) 0;
	zg_query_to_write(members->run,
					  few ? "SELECT ctid, member, version_ts, load_ts, key_hash, source_system FROM gold_state.dim_member"
					  " WHERE dimension = $1 AND member = ANY ($2)"
					  : "SELECT ctid, member, version_ts, load_ts, key_hash, source_system FROM gold_state.dim_member"
					  " WHERE dimension = $1",
					  few ? 2 : 1, types, args, compare_saved, &save);
	member_table_start_iterate(members->table, &iterator);
	while ((entry = member_table_iterate(members->table, &iterator)) != NULL)
		if (entry->member->changed)
		{
			member_values(members, entry->member, values, nulls);
			zg_writer_insert(save.writer, values, nulls);
			note_changed(&save, entry->member);
		}
	zg_writer_close(save.writer);
	if (save.nchanged > 0)
		mark_changed(members, &save);
}

static void
want_member(TupleTableSlot *slot, void *arg)
{
	slot_getallattrs(slot);
	zg_diff_row((ZgDiff *) arg, slot->tts_values, slot->tts_isnull);
}

/* Members never disappear: what the state does not know stays, if it has a name. */
static bool
keep_named(const Datum *values, const bool *nulls, void *arg)
{
	(void) values;
	(void) arg;
	return !nulls[0];
}

void
zg_merge_dimension(ZgRun *run, ZgDimension dimension, ZgCounts *counts)
{
	ZgTarget	target = {
		.schema = "gold",
		.table = zg_steps[dimensions[dimension].step].table,
		.ncolumns = 2,
		.columns = {dimensions[dimension].column, "source_system"},
		.pair_columns = 1
	};
	Oid			types[] = {TEXTOID, TEXTARRAYOID};
	Datum		changed = changed_members(run)->values[dimension];
	Datum		args[] = {CStringGetTextDatum(zg_steps[dimensions[dimension].step].table), changed};
	bool		all = changed == (Datum) 0;
	ZgDiff	   *diff;

	diff = all ? zg_diff_begin(run, &target, "true", 0, NULL, NULL) :
		zg_diff_begin(run, &target, psprintf("%s = ANY ($1)", dimensions[dimension].column),
					  1, types + 1, args + 1);
	counts->processed +=
		zg_query(run, all ? "SELECT member, source_system FROM gold_state.dim_member"
				 " WHERE dimension = $1"
				 : "SELECT member, source_system FROM gold_state.dim_member"
				 " WHERE dimension = $1 AND member = ANY ($2)",
				 all ? 1 : 2, types, args, want_member, diff);
	zg_diff_end(diff, keep_named, NULL, counts);
	zg_clear_marks(dimensions[dimension].step);
}
