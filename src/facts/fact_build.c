/*-------------------------------------------------------------------------
 *
 * fact_build.c
 *	  One pass over a silver relation.
 *
 * Keys are taken to be unique until one repeats; then the pass is given up
 * and made again with the newest row of every key known beforehand.  (Most
 * silvers hold one row per key, and finding that out beforehand would cost a
 * scan.)  Of a key with rows on several days the state knows the days, see
 * spread_key in invalidation.c, so that a pass over some days finds all its rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/grow.h"
#include "base/sort.h"
#include "base/subtransaction.h"
#include "base/text.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/progress.h"
#include "facts/detached_days.h"
#include "facts/fact_build.h"
#include "facts/fact_row.h"
#include "facts/newest_row.h"
#include "facts/reused_key.h"
#include "facts/tie_break.h"
#include "miscadmin.h"
#include "silver/key_variant.h"
#include "users/extend_first_version.h"
#include "utils/backend_progress.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* the hashes of all keys met, while keys are taken to be unique */
struct ZgSeenKeys
{
	uint64	   *hashes;
	int64		n;
	int64		max;
};

static void
note_seen(struct ZgSeenKeys *seen, uint64 hash)
{
	zg_make_room(CurrentMemoryContext, seen->hashes, seen->n, seen->max);
	seen->hashes[seen->n++] = hash;
}

static struct ZgSeenKeys *
create_seen(void)
{
	struct ZgSeenKeys *seen = palloc(sizeof(struct ZgSeenKeys));

	seen->n = 0;
	seen->max = 4096;
	seen->hashes = palloc(seen->max * sizeof(uint64));
	return seen;
}

/* Did a key repeat?  Equal hashes of different keys only cost a second pass. */
static bool
keys_repeat(struct ZgSeenKeys *seen)
{
	zg_sort_hashes(seen->hashes, seen->n);
	return zg_unique_hashes(seen->hashes, seen->n) < seen->n;
}

/* Is this the row of its key that counts? */
static bool
row_counts(ZgPass *pass, const ZgRow *row, text *key, uint64 key_hash)
{
	if (key == NULL)
		return true;
	if (pass->winners != NULL)
		return zg_newest_rows_take(pass->winners, row);
	note_seen(pass->seen, key_hash);
	return true;
}

/* how often progress is reported */
#define PROGRESS_ROWS 4096

/* Show how far the pass is in pg_stat_progress_copy. */
static void
report_progress(const ZgCounts *counts)
{
	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, counts->processed);
	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_EXCLUDED, counts->rejected);
}

static void
hash_column(ZgRow *row, int column)
{
	text	   *value = column < 0 ? NULL : zg_row_text(row, column);

	if (value != NULL)
		row->hashes[column] = zg_text_hash64(value);
}

/* Fetch what some rows refer to; the steps are those of zg_users_prefetch. */
static void
prefetch_rows(ZgPass *pass, const ZgRow *rows, int n, int step)
{
	int			user = pass->users == NULL ? -1 : pass->silver->user_column;
	int			meeting = pass->meetings == NULL ? -1 : Max(pass->silver->meeting_column, 0);
	int			member = pass->members == NULL ? -1 : pass->fact->member_column;

	for (int i = 0; i < n; i++)
	{
		const ZgRow *row = &rows[i];

		if (user >= 0 && !row->nulls[user])
			zg_users_prefetch(pass->users, row->hashes[user], step);
		if (meeting >= 0 && step < 2 && !row->nulls[meeting])
			zg_meetings_prefetch(pass->meetings, row->hashes[meeting], step);
		if (member >= 0 && step < 2 && !row->nulls[member])
			zg_members_prefetch(pass->members, row->hashes[member], step);
	}
}

/*
 * Look-ahead.  Users, meetings and members are too many for the processor's
 * cache, and to wait for one after the other takes longer than anything else
 * that is done with a row.
 */
static void
look_ahead(ZgRow *rows, int n, void *arg)
{
	ZgPass	   *pass = arg;

	for (int i = 0; i < n; i++)
	{
		hash_column(&rows[i], 0);
		hash_column(&rows[i], pass->silver->user_column);
		hash_column(&rows[i], pass->silver->meeting_column);
		hash_column(&rows[i], pass->members == NULL ? -1 : pass->fact->member_column);
	}
	for (int step = 0; step < 3; step++)
		prefetch_rows(pass, rows, n, step);
}

/*
 * The newest row of a key says that it was deleted: its day knows the key, so
 * that it is not missed, but it is neither judged nor loaded.
 */
static void
note_deleted(ZgPass *pass, ZgRow *row, text *key, uint64 key_hash)
{
	zg_slices_add(pass->slices, row->day, key != NULL, key_hash, -1);
	if (pass->fact->note != NULL && key != NULL)
		pass->fact->note(pass, row, false, -1);
}

/* Row handler. */
static void
pass_row(ZgRow *row, void *arg)
{
	ZgPass	   *pass = arg;
	text	   *key = zg_row_text(row, 0);
	uint64		key_hash = key == NULL ? 0 : row->hashes[0];
	ZgBroken	broken = {.user_rules = row->user_rules};
	int32		ordinal = -1;
	int64		warned;
	bool		rejected;

	/* of rows that do not count, too: they may tomorrow */
	if (pass->silver->meeting_column >= 0)
		zg_key_variant_note(pass->run, pass->silver, pass->silver->meeting_column,
							row->raw_meeting, zg_row_text(row, pass->silver->meeting_column));
	if (!row_counts(pass, row, key, key_hash))
		return;
	pass->counts->processed++;
	if (pass->counts->processed % PROGRESS_ROWS == 0)
		report_progress(pass->counts);
	zg_key_variant_note(pass->run, pass->silver, 0, row->raw_key, key);
	if (row->deleted)
	{
		note_deleted(pass, row, key, key_hash);
		return;
	}
	pass->key_reused = pass->reused != NULL && key != NULL &&
		zg_reused_keys_see(pass->reused, key, row->day);
	pass->fact->check(pass, row, &broken);
	zg_rules_check_contract(pass->run, pass->silver, row, &broken);
	rejected = zg_rules_rejects(pass->rules, &broken);
	if (!rejected)
		ordinal = pass->fact->resolve(pass, row, &broken);
	warned = pass->counts->warned;
	rejected = zg_errors_note(pass->errors, &broken, row->day, key,
							  row->source_system, pass->counts);
	row->warned = pass->counts->warned > warned;
	if (rejected)
		ordinal = -1;
	zg_slices_add(pass->slices, row->day, key != NULL, key_hash, ordinal);
	if (pass->silver->meeting_column >= 0 && !row->nulls[pass->silver->meeting_column])
		zg_slices_refer(pass->slices, row->day, row->hashes[pass->silver->meeting_column]);
	if (pass->fact->note != NULL && key != NULL)
		pass->fact->note(pass, row, !rejected, ordinal);
	if (!rejected)
		pass->fact->emit(pass, row, ordinal);
}

/* Begin to bring a table's slices to what the pass will want. */
static ZgDiff *
begin_diff(ZgPass *pass, const ZgTarget *target, const char *day, bool empty)
{
	const char *restriction = NULL;

	if (target->table == NULL)
		return NULL;
	/* without a day of its own it has its event column under silver's name */
	if (!empty)
		restriction = pass->scope->whole ? "true" :
			day != NULL ? psprintf("%s = ANY ('%s'::date[])", day,
								   OidOutputFunctionCall(F_ARRAY_OUT, zg_scope_days(pass->scope))) :
			zg_silver_day_restriction(pass->silver, pass->scope->days, pass->scope->ndays);
	return zg_diff_begin(pass->run, target, restriction, 0, NULL, NULL);
}

/* The scope as SQL, NULL = all. */
static char *
scope_restriction(ZgPass *pass)
{
	if (pass->scope->whole)
		return NULL;
	return zg_silver_day_restriction(pass->silver, pass->scope->days, pass->scope->ndays);
}

/* The same; with spread keys, their rows on other days as well. */
static char *
winner_restriction(ZgPass *pass, bool spread)
{
	char	   *keys;

	if (pass->scope->whole || !spread)
		return scope_restriction(pass);
	keys = psprintf("ARRAY (SELECT key FROM gold_state.spread_key WHERE relation = '%s' AND day = ANY ('%s'::date[]))",
					pass->silver->name,
					OidOutputFunctionCall(F_ARRAY_OUT, zg_scope_days(pass->scope)));
	return psprintf("(%s OR %s)", scope_restriction(pass),
					zg_silver_equals(pass->run, pass->silver, 0,
									 psprintf("= ANY (%s)", zg_key_variants_sql(pass->silver, 0, keys))));
}

static void
create_parts(ZgPass *pass)
{
	ZgRun	   *run = pass->run;

	pass->rules = zg_rules_load(run, pass->silver);
	pass->errors = zg_errors_create(run, pass->rules);
	pass->slices = zg_slices_create(run, pass->silver);
	pass->partials = zg_partials_create(run, pass->silver);
	if (pass->fact->dimension >= 0)
		pass->members = zg_members_create(run, pass->fact->dimension);
	if (zg_events_recur(pass->silver))
		pass->reused = zg_reused_keys_load(run, pass->silver, pass->scope);
}

/* Read the relation once. */
static void
read_relation(ZgPass *pass, bool empty)
{
	ZgSource	source = {
		.silver = pass->silver,
		.from = psprintf("%s s", zg_silver_name(pass->run, pass->silver)),
		.rules = zg_rules_mask_expression(pass->run, pass->silver),
		.deleted = zg_silver_deleted(pass->run, pass->silver),
		.look_ahead = look_ahead,
	};

	pass->where = source.where = scope_restriction(pass);
	create_parts(pass);
	pass->fact->prepare(pass);
	pass->diff = begin_diff(pass, &pass->fact->target, NULL, empty);
	pass->detail = begin_diff(pass, &pass->fact->detail, pass->fact->detail_day,
							  zg_target_is_empty(pass->run, &pass->fact->detail));
	pass->looks = pass->reused != NULL && zg_looks_back(pass);
	source.without_workers = pass->diff != NULL && zg_diff_is_straight(pass->diff);
	pgstat_progress_start_command(PROGRESS_COMMAND_COPY,
								  zg_silver_relid(pass->run, pass->silver));
	zg_source_read(pass->run, &source, pass_row, pass);
	pgstat_progress_end_command();
}

bool
zg_has_index_on(Relation rel, const char *column)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(rel), column);
	List	   *indexes = RelationGetIndexList(rel);
	bool		found = false;

	for (int i = 0; i < list_length(indexes) && !found; i++)
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(list_nth_oid(indexes, i)));
		Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);

		found = index->indkey.values[0] == attnum && index->indisvalid &&
			heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
		ReleaseSysCache(tuple);
	}
	list_free(indexes);
	return found;
}

/*
 * Make the fact's index on its day unless it is there.  It is not made with
 * the table: after the first load it is built by sorting, which is several
 * times faster than row by row.  Blocks nobody who reads.
 */
static void
ensure_day_index(ZgPass *pass)
{
	const char *table = pass->fact->target.table;
	const char *column = pass->silver->columns[pass->silver->event_column].name;
	char	   *name;
	Relation	rel;
	bool		has_index;
	bool		in_use;
	Oid			user;
	int			sec_context;

	if (table == NULL)
		return;
	rel = table_open(zg_table_oid("gold", table), AccessShareLock);
	has_index = zg_has_index_on(rel, column);
	in_use = rel->rd_refcnt > 1;	/* by the query that called us: next time */
	GetUserIdAndSecContext(&user, &sec_context);
	SetUserIdAndSecContext(rel->rd_rel->relowner, sec_context | SECURITY_LOCAL_USERID_CHANGE);
	table_close(rel, NoLock);
	/* a table that was renamed keeps the name of its index */
	name = psprintf("%s_%s", table, column);
	if (OidIsValid(get_relname_relid(name, get_namespace_oid("gold", false))))
		name = "";
	if (!has_index && !in_use)
		zg_execute(psprintf("CREATE INDEX %s ON gold.%s (%s)", name, table, column), 0, NULL, NULL, NULL);
	SetUserIdAndSecContext(user, sec_context);
}

/* whose rows may be kept */
typedef struct KeptRows
{
	ZgPass	   *pass;
	const ZgTarget *target;
	const char *day;			/* its column with the day or event */
	bool		is_instant;
} KeptRows;

/*
 * With fact_deletes = keep: a row that nothing wants stays when silver has lost
 * keys of its day altogether; otherwise it was corrected, or has moved.
 */
static bool
keep_purged(const Datum *values, const bool *nulls, void *arg)
{
	const KeptRows *kept = arg;

	for (int i = 0; i < kept->target->ncolumns; i++)
		if (strcmp(kept->target->columns[i], kept->day) == 0)
			return !nulls[i] &&
				zg_slices_keep(kept->pass->slices, kept->is_instant ?
							   zg_utc_day(DatumGetTimestampTz(values[i])) :
							   DatumGetDateADT(values[i]));
	return false;
}

/* The same, of what the state keeps beside: a row that is gone or changes is looked at. */
static bool
look_back(const Datum *values, const bool *nulls, void *arg)
{
	const KeptRows *kept = arg;

	zg_note_replaced(kept->pass, values, nulls);
	return kept->pass->run->settings.keep_deleted_facts && keep_purged(values, nulls, arg);
}

static ZgKeepRow
choose_keep(const ZgPass *pass, const ZgDiff *diff)
{
	if (diff == pass->detail && pass->looks)
		return look_back;
	return pass->run->settings.keep_deleted_facts ? keep_purged : NULL;
}

/* Write what has changed of a table; day as for begin_diff. */
static void
end_diff(ZgPass *pass, ZgDiff *diff, const ZgTarget *target, const char *day, ZgCounts *counts)
{
	const ZgSilverColumn *event = &pass->silver->columns[pass->silver->event_column];
	KeptRows	kept = {pass, target, day != NULL ? day : event->name, day == NULL && event->type != DATEOID};

	if (diff != NULL)
		zg_diff_end(diff, choose_keep(pass, diff), &kept, counts);
}

static void
save_pass(ZgPass *pass)
{
	ZgUsers    *users = pass->fact->names_users ? pass->users : NULL;
	ZgCounts	detail_counts = {0};	/* nobody is told */

	if (pass->fact->finish != NULL)
		pass->fact->finish(pass);
	zg_slices_guard(pass->slices, pass->scope);
	if (pass->users != NULL)
		zg_users_save(pass->users);
	end_diff(pass, pass->diff, &pass->fact->target, NULL, pass->counts);
	end_diff(pass, pass->detail, &pass->fact->detail, pass->fact->detail_day, &detail_counts);
	ensure_day_index(pass);
	if (pass->reused != NULL)
		zg_reused_keys_save(pass->reused, pass->scope);
	zg_errors_save(pass->errors, pass->scope);
	if (pass->members != NULL)
		zg_members_save(pass->members);
	zg_slices_save(pass->slices, pass->scope, users);
	zg_partials_save(pass->partials, pass->scope, pass->slices, pass->fact->step);
	if (pass->winners != NULL && pass->scope->whole)
		zg_newest_rows_save_spread(pass->winners);
	zg_key_variants_save(pass->run);
	zg_reach_save(pass->run);
}

/* a pass that may be given up */
typedef struct Attempt
{
	ZgPass	   *pass;
	bool		empty;
} Attempt;

/* Make the pass on the assumption that keys are unique; false = they are not. */
static bool
attempt_unique(void *arg)
{
	Attempt    *attempt = arg;
	ZgPass	   *pass = attempt->pass;

	pass->seen = create_seen();
	read_relation(pass, attempt->empty);
	pass->repeated = keys_repeat(pass->seen);
	if (pass->repeated)
		return false;
	pfree(pass->seen->hashes);
	if (pass->scope->whole)
		zg_ties_forget(pass->silver);
	save_pass(pass);
	return true;
}

/* Undo what an attempt found out; what it wrote is rolled back. */
static void
forget_attempt(ZgPass *pass, const ZgCounts *counts)
{
	*pass->counts = *counts;
	zg_run_forget(pass->run, ZG_FOUND_BY_ATTEMPT);
	pass->users = NULL;
	pass->meetings = NULL;
	pass->diff = NULL;
	pass->detail = NULL;
	pass->seen = NULL;
	pass->repeated = false;
}

static bool
try_unique(ZgPass *pass, bool empty)
{
	Attempt		attempt = {pass, empty};
	ZgCounts	before = *pass->counts;
	ErrorData  *error = zg_subtransaction(attempt_unique, &attempt, CurrentMemoryContext);

	if (error != NULL)
		ReThrowError(error);
	if (!pass->repeated)
		return true;
	forget_attempt(pass, &before);
	return false;
}

/* The days of the scope; of all of silver, one of each month. */
static Datum
days_to_place(ZgPass *pass)
{
	const ZgSilverColumn *event = &pass->silver->columns[pass->silver->event_column];
	char	   *min_date;

	if (!pass->scope->whole)
		return zg_scope_days(pass->scope);
	min_date = DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(pass->run->settings.min_date)));
	return zg_query_value(pass->run,
						  psprintf("SELECT coalesce(array_agg(m.day), '{}') FROM"
								   " (SELECT DISTINCT greatest(date_trunc('month', s.%s%s)::date, '%s') AS day"
								   " FROM %s s WHERE s.%s >= '%s') m",
								   event->name, event->type == DATEOID ? "::timestamp" : " AT TIME ZONE 'UTC'",
								   min_date, zg_silver_name(pass->run, pass->silver), event->name, min_date),
						  0, NULL, NULL, (Datum) 0);
}

/* With the setting partition_facts: make the partitions that the pass may need. */
static void
make_partitions(ZgPass *pass)
{
	const char *table = pass->fact->target.table;
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		values[2];

	if (!pass->run->settings.makes_partitions)
		return;
	values[0] = CStringGetTextDatum(table);
	values[1] = days_to_place(pass);
	zg_execute("SELECT zoom_gold.make_partitions($1, $2)", 2, types, values, NULL);
}

static bool
is_partitioned(const ZgTarget *target)
{
	return target->table != NULL &&
		get_rel_relkind(zg_table_oid("gold", target->table)) == RELKIND_PARTITIONED_TABLE;
}

void
zg_build_fact(ZgRun *run, const ZgFact *fact, ZgScope *scope, ZgCounts *counts)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold pass",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ZgPass		pass = {
		.run = run,
		.fact = fact,
		.silver = &zg_silver[zg_steps[fact->step].relation],
		.scope = scope,
		.counts = counts,
	};
	bool		empty = zg_target_is_empty(run, &fact->target);
	bool		spread = zg_spread_in_scope(run, pass.silver, scope);

	if (is_partitioned(&fact->target))
	{
		pass.detached = zg_detached_days_load(run, fact->target.table);
		make_partitions(&pass);
	}
	if (spread || !try_unique(&pass, empty))
	{
		pass.winners = zg_newest_rows_find(run, pass.silver, winner_restriction(&pass, spread),
										   scope->whole);
		read_relation(&pass, empty);
		save_pass(&pass);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
