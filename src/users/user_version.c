/*-------------------------------------------------------------------------
 *
 * user_version.c
 *	  From the kept events of users to their versions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "history/compaction.h"
#include "history/timeline.h"
#include "lib/stringinfo.h"
#include "silver/own_column.h"
#include "state/ordinal.h"
#include "users/user_version.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* the place of a folded user */
typedef struct FoldEntry
{
	int32		ordinal;
	char		status;
	ZgFoldedUser *user;
} FoldEntry;

#define SH_PREFIX fold_table
#define SH_ELEMENT_TYPE FoldEntry
#define SH_KEY_TYPE int32
#define SH_KEY ordinal
#include "base/number_table.h"

struct ZgFold
{
	ZgRun	   *run;
	const ZgHistoryChange *change;
	MemoryContext context;
	ZgArena		arena;			/* of users, versions, profiles, texts */
	fold_table_hash *table;
	ZgFoldedUser **users;		/* in the order of folding */
	int			nusers;
	int			maxusers;
	ZgTracking *tracking;
	ZgRules    *rules;
	ZgCompaction *compaction;
	/* the user whose events are being read */
	ZgEvent    *events;
	int			n;
	int			max;
};

ZgFold *
zg_fold_create(ZgRun *run, const ZgHistoryChange *change)
{
	ZgFold	   *fold = palloc0(sizeof(ZgFold));

	fold->run = run;
	fold->change = change;
	fold->context = fold->arena.context = CurrentMemoryContext;
	fold->table = fold_table_create(CurrentMemoryContext, 1024, NULL);
	fold->tracking = zg_tracking_load(run);
	fold->rules = zg_rules_load(run, &zg_silver[ZG_USERS]);
	fold->max = 64;
	fold->events = palloc(fold->max * sizeof(ZgEvent));
	return fold;
}

ZgFoldedUser *
zg_fold_find(ZgFold *fold, int32 ordinal)
{
	FoldEntry  *entry = fold_table_lookup(fold->table, ordinal);

	return entry == NULL ? NULL : entry->user;
}

int
zg_fold_count(ZgFold *fold)
{
	return fold->nusers;
}

const ZgTracking *
zg_fold_tracking(ZgFold *fold)
{
	return fold->tracking;
}

ZgRules *
zg_fold_rules(ZgFold *fold)
{
	return fold->rules;
}

void
zg_fold_each(ZgFold *fold, void (*visit) (ZgFoldedUser *user, void *arg), void *arg)
{
	for (int i = 0; i < fold->nusers; i++)
		visit(fold->users[i], arg);
}

/* equality of versions */

static bool
equal_texts(const text *a, const text *b)
{
	return zg_text_compare(a, b) == 0;
}

/* Do two rows say the same of the Type 2 columns?  Unknown equals anything. */
static bool
equal_profiles(const ZgTracking *tracking, const ZgProfile *a, const ZgProfile *b)
{
	for (int i = USER_NAME; i < USER_NCOLUMNS; i++)
		if (!tracking->overwritten[i] && !equal_texts(a->columns[i], b->columns[i]))
			return false;
	for (int i = 0; i < tracking->nadded; i++)
		if (!tracking->added[i].overwritten && a->added[i].known && b->added[i].known &&
			!equal_texts(a->added[i].as_text, b->added[i].as_text))
			return false;
	return true;
}

/* Let a version know what a later row of it knows. */
static void
complete_profile(const ZgTracking *tracking, ZgProfile *into, const ZgProfile *from)
{
	for (int i = 0; i < tracking->nadded; i++)
		if (!into->added[i].known && from->added[i].known)
			into->added[i] = from->added[i];
}

/* Overwrite the Type 1 columns of every version with the newest values. */
static void
overwrite_versions(const ZgTracking *tracking, ZgFoldedUser *user, const ZgProfile *newest)
{
	for (int v = 0; v < user->nversions; v++)
	{
		ZgProfile  *profile = user->versions[v].profile;

		for (int i = USER_NAME; i < USER_NCOLUMNS; i++)
			if (tracking->overwritten[i])
				profile->columns[i] = newest->columns[i];
		for (int i = 0; i < tracking->nadded; i++)
			if (tracking->added[i].overwritten)
			{
				bool		known = profile->added[i].known;

				profile->added[i] = newest->added[i];
				profile->added[i].known = known;
			}
	}
}

/* An empty profile with room for the added columns. */
static ZgProfile *
new_profile(ZgFold *fold)
{
	int			nadded = fold->tracking->nadded;
	Size		size = sizeof(ZgProfile) + nadded * sizeof(ZgAddedValue);
	ZgProfile  *profile = zg_arena_alloc(&fold->arena, size);

	MemSet(profile, 0, size);
	if (nadded > 0)
		profile->added = (ZgAddedValue *) (profile + 1);
	return profile;
}

static ZgProfile *
copy_profile(ZgFold *fold, const ZgProfile *profile)
{
	ZgProfile  *copy = new_profile(fold);
	ZgAddedValue *added = copy->added;

	*copy = *profile;
	copy->added = added;
	if (added != NULL)
		memcpy(added, profile->added, fold->tracking->nadded * sizeof(ZgAddedValue));
	return copy;
}

static text *
keep_text(ZgFold *fold, const text *value)
{
	text	   *kept = zg_arena_alloc(&fold->arena, VARHDRSZ + VARSIZE_ANY_EXHDR(value));

	zg_text_copy_to(kept, value);
	return kept;
}

/* Make versions of a timeline. */
static void
fold_points(ZgFold *fold, ZgFoldedUser *user, const ZgPoint *points, int n)
{
	ZgVersion  *current = NULL;
	ZgProfile  *newest = NULL;

	user->versions = zg_arena_alloc(&fold->arena, Max(n, 1) * sizeof(ZgVersion));
	for (int i = 0; i < n; i++)
	{
		ZgProfile  *profile = points[i].event == NULL ? NULL : points[i].event->payload;

		if (profile != NULL)
			newest = profile;
		if (profile != NULL && current != NULL &&
			equal_profiles(fold->tracking, current->profile, profile))
		{
			complete_profile(fold->tracking, current->profile, profile);
			continue;
		}
		if (current != NULL)
			current->valid_to = points[i].at;
		current = NULL;
		if (profile == NULL)
			continue;
		current = &user->versions[user->nversions++];
		MemSet(current, 0, sizeof(ZgVersion));
		current->opened = current->valid_from = points[i].at;
		current->valid_to = ZG_OPEN_END;
		/* one that is changed must be its version's own */
		current->profile = n == 1 ? profile : copy_profile(fold, profile);
	}
	if (newest != NULL)
		overwrite_versions(fold->tracking, user, newest);
}

/* Add a user at the end, which keeps the order of ordinals. */
static ZgFoldedUser *
add_user(ZgFold *fold, int32 ordinal)
{
	ZgFoldedUser *user = zg_arena_alloc(&fold->arena, sizeof(ZgFoldedUser));
	bool		found;

	MemSet(user, 0, sizeof(ZgFoldedUser));
	user->ordinal = ordinal;
	fold_table_insert(fold->table, ordinal, &found)->user = user;
	zg_make_room(CurrentMemoryContext, fold->users, fold->nusers, fold->maxusers);
	fold->users[fold->nusers++] = user;
	return user;
}

/* Is it a row that is kept as one without a key, as its key is too long? */
static text *
long_key(const ZgEvent *event)
{
	ZgProfile  *profile = event->payload;
	text	   *key = profile == NULL ? NULL : profile->columns[USER_ID];

	return key != NULL && VARSIZE_ANY_EXHDR(key) > ZG_MAX_VALUE_LENGTH ? key : NULL;
}

/* The keys too long for one, of rows that are there or were. */
static void
note_long_keys(ZgFold *fold, ZgFoldedUser *user)
{
	for (int i = 0; i < fold->n; i++)
		user->nlong_keys += long_key(&fold->events[i]) != NULL;
	if (user->nlong_keys == 0)
		return;
	user->long_keys = zg_arena_alloc(&fold->arena, user->nlong_keys * sizeof(text *));
	user->nlong_keys = 0;
	for (int i = 0; i < fold->n; i++)
		if (long_key(&fold->events[i]) != NULL)
			user->long_keys[user->nlong_keys++] = long_key(&fold->events[i]);
}

/* Which rows of a user are there, and the newest of them. */
static void
note_live_rows(ZgFold *fold, ZgFoldedUser *user)
{
	ZgEvent    *newest = NULL;

	for (int i = 0; i < fold->n; i++)
		if (fold->events[i].live)
		{
			user->nlive += !fold->events[i].deletion;
			if (newest == NULL || zg_event_compare(&fold->events[i], newest) > 0)
				newest = &fold->events[i];
		}
	if (newest == NULL)
		return;
	user->newest = newest->payload;
	user->live = &user->newest;
	if (user->nlive == 1 && user->newest != NULL)
		return;
	user->live = zg_arena_alloc(&fold->arena, Max(user->nlive, 1) * sizeof(ZgProfile *));
	user->nlive = 0;
	for (int i = 0; i < fold->n; i++)
		if (fold->events[i].live && !fold->events[i].deletion)
			user->live[user->nlive++] = fold->events[i].payload;
}

/* Was a version of a user accepted, whether it was ever in force or not? */
static bool
any_accepted(const ZgEvent *events, int n)
{
	for (int i = 0; i < n; i++)
		if (events[i].op == 'I' && !events[i].rejected && !events[i].deletion && !events[i].passing)
			return true;
	return false;
}

/* Fold the user whose events were read. */
static void
end_user(ZgFold *fold)
{
	if (fold->n > 0 && zg_fold_find(fold, fold->events[0].ordinal) == NULL)
	{
		ZgFoldedUser *user = add_user(fold, fold->events[0].ordinal);
		int			npoints;
		ZgPoint    *points = zg_history_timeline(fold->run->settings.ignore_deletes,
												 fold->events, fold->n, &npoints);

		fold_points(fold, user, points, npoints);
		user->known = any_accepted(fold->events, fold->n);
		pfree(points);
		note_live_rows(fold, user);
		note_long_keys(fold, user);
		zg_compaction_note(fold->compaction, fold->events, fold->n);
	}
	fold->n = 0;
}

/* Check a user's row as far as it can be judged alone. */
static void
check_user(ZgFold *fold, ZgRow *row, ZgBroken *broken)
{
	text	   *email = zg_row_text(row, USER_EMAIL);
	text	   *plan = zg_row_text(row, USER_PLAN);

	broken->user_rules = row->user_rules;
	if (email == NULL)
		zg_break(broken, ZG_RULE_EMAIL_MISSING);
	else if (!zg_text_is_email(email))
		zg_break(broken, ZG_RULE_EMAIL_MALFORMED);
	if (plan == NULL)
		zg_break(broken, ZG_RULE_PLAN_TYPE_MISSING);
	else if (zg_text_spelling(plan, zg_silver[ZG_USERS].columns[USER_PLAN].spellings) == NULL)
		zg_break(broken, ZG_RULE_PLAN_TYPE_UNKNOWN);
	zg_rules_check_contract(fold->run, &zg_silver[ZG_USERS], row, broken);
}

static uint64
profile_hash(const ZgTracking *tracking, const ZgProfile *profile)
{
	uint64		hash = 0;

	for (int i = USER_NAME; i < USER_NCOLUMNS; i++)
		hash = hash_combine64(hash, profile->columns[i] == NULL ? 1 :
							  zg_text_hash64(profile->columns[i]));
	for (int i = 0; i < tracking->nadded; i++)
		hash = hash_combine64(hash, profile->added[i].as_text == NULL ?
							  (profile->added[i].known ? 1 : 2) :
							  zg_text_hash64(profile->added[i].as_text));
	return hash;
}

/* What a row says, with copies of its values. */
static ZgProfile *
make_profile(ZgFold *fold, ZgRow *row)
{
	ZgProfile  *profile = new_profile(fold);
	int			extra = zg_event_attnum(row, ZG_EVENT_EXTRA) - 1;

	if (!row->nulls[USER_EMAIL])
		row->values[USER_EMAIL] = PointerGetDatum(zg_text_lower(zg_row_text(row, USER_EMAIL)));
	for (int i = 0; i < USER_NCOLUMNS; i++)
		if (!row->nulls[i])
			profile->columns[i] = keep_text(fold, zg_row_text(row, i));
	profile->source_system = row->source_system == NULL ? NULL : keep_text(fold, row->source_system);
	zg_tracking_read(fold->tracking, row->slot->tts_isnull[extra] ? NULL :
					 PG_DETOAST_DATUM(row->slot->tts_values[extra]), profile->added);
	check_user(fold, row, &profile->broken);
	return profile;
}

/* Row handler over gold_state.user_event, ordered by user. */
static void
read_event(ZgRow *row, void *arg)
{
	ZgFold	   *fold = arg;
	ZgEvent		event;
	ZgProfile  *profile;

	zg_event_read(&zg_silver[ZG_USERS], row, &event);
	if (fold->n > 0 && fold->events[0].ordinal != event.ordinal)
		end_user(fold);
	zg_make_room(CurrentMemoryContext, fold->events, fold->n, fold->max);
	if (event.deletion)
	{
		/* nothing else of the row counts */
		event.says = event.content = zg_event_deletion_hash(&event);
		event.rejected = fold->run->settings.ignore_deletes;
	}
	else if (event.op != 'T')
	{
		ZgBroken	broken;

		profile = make_profile(fold, row);
		broken = profile->broken;
		event.payload = profile;
		event.says = event.content = profile_hash(fold->tracking, profile);
		event.rejected = zg_rules_rejects(fold->rules, &broken);
	}
	fold->events[fold->n++] = event;
}

/*
 * What users' rules find in kept rows: the conditions see the row as silver
 * had it, and none of the columns that an event has beside.  What was kept in
 * an own column counts as unknown where it does not fit its type any more.
 */
static char *
event_rules(ZgRun *run)
{
	const ZgSilver *silver = &zg_silver[ZG_USERS];
	char	   *mask = zg_rules_mask_expression(run, silver);
	int			n;
	ZgOwnColumn *own = zg_silver_own_columns(run, silver, &n);
	StringInfoData sql;

	if (mask == NULL)
		return NULL;
	initStringInfo(&sql);
	appendStringInfo(&sql, "(SELECT %s FROM (SELECT ", mask);
	for (int i = 0; i < silver->ncolumns; i++)
		appendStringInfo(&sql, "s.%s, ", silver->columns[i].name);
	appendStringInfoString(&sql, "s.load_timestamp, s.update_timestamp, s.source_system");
	for (int i = 0; i < n; i++)
	{
		/* the constraints of a domain are whoever's that owns silver */
		int32		typmod = own[i].typmod;
		Oid			base = getBaseTypeAndTypmod(own[i].type, &typmod);

		appendStringInfo(&sql, ", zoom_gold.cast_or_null(s.extra ->> %s, NULL::%s, %d) AS %s",
						 quote_literal_cstr(own[i].name), format_type_with_typemod(base, typmod),
						 typmod, quote_identifier(own[i].name));
	}
	appendStringInfoString(&sql, ") s)");
	return sql.data;
}

static void
set_identity(ZgFoldedUser *user, text *user_id, bool known, bool forgotten)
{
	user->user_id = user_id;
	user->known_before = known;
	user->forgotten = forgotten;
	user->is_keyless = VARSIZE_ANY_EXHDR(user_id) == 0;
}

/* columns of the query of identities */
enum
{
	IDENTITY_ORDINAL, IDENTITY_USER_ID, IDENTITY_KNOWN, IDENTITY_FORGOTTEN
};

/* Row callback */
static void
read_identity(TupleTableSlot *slot, void *arg)
{
	ZgFold	   *fold = arg;
	ZgFoldedUser *user;

	slot_getallattrs(slot);
	user = zg_fold_find(fold, DatumGetInt32(slot->tts_values[IDENTITY_ORDINAL]));
	if (user != NULL && user->user_id == NULL)
		set_identity(user, zg_text_copy(DatumGetTextPP(slot->tts_values[IDENTITY_USER_ID])),
					 DatumGetBool(slot->tts_values[IDENTITY_KNOWN]), DatumGetBool(slot->tts_values[IDENTITY_FORGOTTEN]));
}

/* Let the users folded whose identities are known have them. */
static void
set_changed_identities(ZgFold *fold)
{
	for (int i = 0; i < fold->change->n; i++)
	{
		const ZgChangedKey *key = &fold->change->keys[i];
		ZgFoldedUser *user = zg_fold_find(fold, key->ordinal);

		if (user == NULL)
			continue;
		user->is_fresh = !key->stored;
		set_identity(user, key->key, key->stored ? key->known : user->known, key->forgotten);
	}
}

static bool
lacks_identities(const ZgFold *fold)
{
	for (int i = 0; i < fold->nusers; i++)
		if (fold->users[i]->user_id == NULL)
			return true;
	return false;
}

/* Read the identities of the users folded that lack them: all, or those listed. */
static void
read_identities(ZgFold *fold, bool all, Datum list)
{
	Oid			type = INT4ARRAYOID;

	if (!lacks_identities(fold))
		return;
	zg_query(fold->run, psprintf("SELECT ordinal, user_id, known, forgotten FROM gold_state.user_identity%s",
								 all ? "" : " WHERE ordinal = " ZG_ANY($1)),
			 all ? 0 : 1, &type, &list, read_identity, fold);
	if (lacks_identities(fold))
		zg_report_lost_identities("user_identity");
}

/* columns of the query of versions as they are */
enum
{
	OLD_TID, OLD_ORDINAL, OLD_BASE_NAME, OLD_USER_NAME, OLD_EMAIL, OLD_OPENED,
	OLD_VALID_FROM, OLD_VALID_TO, OLD_BEGINS_NAME, OLD_HOLDS_FROM,
	OLD_HOLDS_UNTIL, OLD_COMPANY, OLD_PLAN
};

/* A text of a row as it is, kept; NULL when it has none. */
static text *
keep_column(ZgFold *fold, TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? NULL : keep_text(fold, DatumGetTextPP(slot->tts_values[column]));
}

/* Row callback */
static void
read_old_version(TupleTableSlot *slot, void *arg)
{
	ZgFold	   *fold = arg;
	ZgFoldedUser *user;
	ZgVersion  *version;

	slot_getallattrs(slot);
	user = zg_fold_find(fold, DatumGetInt32(slot->tts_values[OLD_ORDINAL]));
	if (user == NULL)
		return;
	zg_make_lean_room(CurrentMemoryContext, user->old, user->nold);
	version = &user->old[user->nold++];
	MemSet(version, 0, sizeof(ZgVersion));
	version->profile = new_profile(fold);
	version->tid = *(ItemPointer) DatumGetPointer(slot->tts_values[OLD_TID]);
	version->profile->columns[USER_NAME] = keep_column(fold, slot, OLD_BASE_NAME);
	version->profile->columns[USER_EMAIL] = keep_column(fold, slot, OLD_EMAIL);
	version->profile->columns[USER_COMPANY] = keep_column(fold, slot, OLD_COMPANY);
	version->profile->columns[USER_PLAN] = keep_column(fold, slot, OLD_PLAN);
	version->user_name = keep_column(fold, slot, OLD_USER_NAME);
	version->opened = DatumGetTimestampTz(slot->tts_values[OLD_OPENED]);
	version->valid_from = DatumGetTimestampTz(slot->tts_values[OLD_VALID_FROM]);
	version->valid_to = DatumGetTimestampTz(slot->tts_values[OLD_VALID_TO]);
	version->holds_from = DatumGetTimestampTz(slot->tts_values[OLD_HOLDS_FROM]);
	version->holds_until = DatumGetTimestampTz(slot->tts_values[OLD_HOLDS_UNTIL]);
	version->begins_name = DatumGetBool(slot->tts_values[OLD_BEGINS_NAME]);
}

/* The ordinals not folded yet, as int4[]. */
static Datum
new_ordinals(ZgFold *fold, const int32 *ordinals, int n, int *nnew)
{
	Datum	   *values = palloc(Max(n, 1) * sizeof(Datum));

	*nnew = 0;
	for (int i = 0; i < n; i++)
		if (zg_fold_find(fold, ordinals[i]) == NULL)
			values[(*nnew)++] = Int32GetDatum(ordinals[i]);
	return zg_int4_array(values, *nnew);
}

void
zg_fold_read(ZgFold *fold, bool all, const int32 *ordinals, int n)
{
	MemoryContext old = MemoryContextSwitchTo(fold->context);
	Oid			type = INT4ARRAYOID;
	int			nnew = 0;
	Datum		list = all ? (Datum) 0 : new_ordinals(fold, ordinals, n, &nnew);
	ZgSource	source = {
		.silver = &zg_silver[ZG_USERS],
		.from = "gold_state.user_event s",
		.where = all ? NULL : "s.ordinal = " ZG_ANY($1),
		.deleted = ZG_EVENT_DELETED,
		.extra = ZG_EVENT_COLUMNS,
		.order = "s.ordinal",
		.rules = event_rules(fold->run),
		.exempt = "s.ordinal IN (SELECT ordinal FROM gold_state.user_identity WHERE forgotten)",
		/* values are cast in subtransactions */
		.without_workers = fold->tracking->nadded > 0,
		.nargs = all ? 0 : 1,
		.argtypes = {INT4ARRAYOID},
		.args = {list},
	};

	if (all || nnew > 0)
	{
		fold->compaction = zg_compaction_begin(&zg_silver[ZG_USERS]);
		zg_source_read(fold->run, &source, read_event, fold);
		end_user(fold);
		zg_compaction_end(fold->compaction);
		set_changed_identities(fold);
		read_identities(fold, all, list);
		zg_query(fold->run, psprintf("SELECT ctid, ordinal, base_name, user_name, email, opened, valid_from, valid_to,"
									 " begins_name, holds_from, holds_until, company, plan_type"
									 " FROM gold_state.user_version%s ORDER BY ordinal, opened",
									 all ? "" : " WHERE ordinal = " ZG_ANY($1)),
				 all ? 0 : 1, &type, &list, read_old_version, fold);
	}
	MemoryContextSwitchTo(old);
}
