/*-------------------------------------------------------------------------
 *
 * take_up.c
 *	  Taking up what silver held: events of users and tickets.
 *
 * An event says that a row came (I) or went (D), or that all rows of a key
 * went (T).  Within one transaction events that cancel out are dropped, so
 * that reloading a table leaves no trace.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/text.h"
#include "history/full_compare.h"
#include "history/take_up.h"
#include "silver/key_variant.h"
#include "state/delete_guard.h"
#include "state/dirty.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* pending changes */

static void
append_event(ZgKeyState *state, ZgRawEvent *event)
{
	if (state->last == NULL)
		state->events = event;
	else
		state->last->next = event;
	state->last = event;
}

/* Remember that a transaction touches a key. */
static void
touch(ZgTaking *taking, ZgKeyState *state)
{
	if (state->events != NULL || state->emptied)
		return;
	zg_make_room(taking->context, taking->touched, taking->ntouched, taking->maxtouched);
	taking->touched[taking->ntouched++] = state->key;
}

static void
note_loss(ZgTaking *taking, const ZgKeyState *state, const ZgRawEvent *event)
{
	zg_make_room(taking->context, taking->losses, taking->nlosses, taking->maxlosses);
	taking->losses[taking->nlosses++] = (ZgUnseenLoss)
	{
		.ordinal = state->ordinal,
			.n = event->n,
			.seq = event->seq,
			.tx = event->tx,
			.captured_at = event->captured_at,
	};
}

/*
 * A row that goes without having come was there before capture began, or in
 * a table that has taken silver's place: write that it came.  Or it is the one
 * that is known and looks different by now, as an enum's value was renamed: a
 * comparison in full is to tell.  Not told apart are rows of a key of which
 * several were there.
 */
static void
write_unseen(ZgTaking *taking, ZgKeyState *state)
{
	uint64	   *there;
	int			n = 0;
	int			max = 1;

	if (state->live_rows > 1 || state->emptied)
		return;
	for (ZgRawEvent *e = state->events; e != NULL; e = e->next)
		max++;
	there = palloc(max * sizeof(uint64));
	if (state->live_rows == 1)
		there[n++] = state->live_hash;
	for (ZgRawEvent *e = state->events; e != NULL; e = e->next)
	{
		int			i = 0;

		if (e->op == 'I')
		{
			there[n++] = e->row_hash;
			continue;
		}
		while (i < n && there[i] != e->row_hash)
			i++;
		if (i < n)
			there[i] = there[--n];
		else
		{
			ZgRawEvent	came = *e;

			came.op = 'I';
			came.seq = came.tx = came.n = 0;
			zg_taking_write_event(taking, state, &came);
			note_loss(taking, state, e);
			state->live_rows++;
			state->live_hash += e->row_hash;
		}
	}
	pfree(there);
}

/* Write what one transaction did to one key, unless it cancels out. */
static void
end_key(ZgTaking *taking, ZgKeyState *state)
{
	int32		went_rows = state->went_rows;
	uint64		went_hash = state->went_hash;

	if (went_rows != state->came_rows || went_hash != state->came_hash)
	{
		write_unseen(taking, state);
		for (ZgRawEvent *e = state->events; e != NULL; e = e->next)
			zg_taking_write_event(taking, state, e);
		state->changed = true;
		/* -1: rebuild() has forgotten what there was */
		state->live_rows = Max(Max(state->live_rows, 0) + state->came_rows - went_rows, 0);
		state->live_hash = state->live_rows == 0 ? 0 :
			state->live_hash + state->came_hash - went_hash;
	}
	state->came_rows = state->went_rows = 0;
	state->came_hash = state->went_hash = 0;
	state->emptied = false;
	state->events = state->last = NULL;
}

static void
end_transaction(ZgTaking *taking)
{
	for (int i = 0; i < taking->ntouched; i++)
		end_key(taking, zg_key_table_lookup(taking->keys, taking->touched[i]));
	taking->ntouched = 0;
	MemoryContextReset(taking->tx_context);
}

/* TRUNCATE: every row that is there now goes. */
static void
empty_keys(ZgTaking *taking, int64 seq, int64 tx, TimestampTz captured_at)
{
	zg_key_table_iterator iterator;
	ZgKeyState *state;
	MemoryContext old = MemoryContextSwitchTo(taking->tx_context);

	zg_key_table_start_iterate(taking->keys, &iterator);
	while ((state = zg_key_table_iterate(taking->keys, &iterator)) != NULL)
	{
		ZgRawEvent *event;

		if (state->live_rows + state->came_rows - state->went_rows <= 0)
			continue;
		touch(taking, state);
		event = palloc0(sizeof(ZgRawEvent));
		event->op = 'T';
		event->seq = seq;
		event->tx = tx;
		event->captured_at = captured_at;
		append_event(state, event);
		state->emptied = true;
		state->went_rows = state->live_rows + state->came_rows;
		state->went_hash = state->live_hash + state->came_hash;
	}
	MemoryContextSwitchTo(old);
}

static void
consume(ZgTaking *taking, ItemPointer tid)
{
	zg_make_room(taking->context, taking->consumed, taking->nconsumed, taking->maxconsumed);
	taking->consumed[taking->nconsumed++] = *tid;
}

/* Row handler over the pending table, read with ZG_PENDING_COLUMNS. */
static void
take_pending(ZgRow *row, void *arg)
{
	ZgTaking   *taking = arg;
	int64		seq = DatumGetInt64(zg_event_value(row, ZG_EVENT_SEQ));
	int64		tx = DatumGetInt64(zg_event_value(row, ZG_EVENT_TX));
	char		op = DatumGetChar(zg_event_value(row, ZG_EVENT_OP));
	TimestampTz captured_at = DatumGetTimestampTz(zg_event_value(row, ZG_EVENT_CAPTURED_AT));
	int			extra_attnum = zg_event_attnum(row, ZG_EVENT_EXTRA);
	ZgKeyState *state;
	ZgRawEvent *event;
	MemoryContext old;

	consume(taking, (ItemPointer) DatumGetPointer(zg_event_value(row, ZG_EVENT_ORDINAL)));
	if (taking->in_tx && tx != taking->tx)
		end_transaction(taking);
	taking->tx = tx;
	taking->in_tx = true;
	if (op == 'T')
	{
		empty_keys(taking, seq, tx, captured_at);
		return;
	}
	taking->read += op == 'I';
	zg_taking_note_day(taking, row->day);
	zg_key_variant_note(taking->run, taking->silver, 0, row->raw_key, zg_row_text(row, 0));
	state = zg_taking_find_key(taking, zg_row_text(row, 0));
	touch(taking, state);
	old = MemoryContextSwitchTo(taking->tx_context);
	event = palloc0(sizeof(ZgRawEvent));
	event->op = op;
	event->seq = seq;
	event->tx = tx;
	event->n = DatumGetInt32(zg_event_value(row, ZG_EVENT_N));
	event->captured_at = captured_at;
	event->row_hash = zg_raw_row_hash(taking->silver, row->slot, extra_attnum, NULL);
	zg_event_copy_row(taking->silver, row->slot, extra_attnum, event);
	append_event(state, event);
	MemoryContextSwitchTo(old);
	if (op == 'I')
	{
		state->came_rows++;
		state->came_hash += event->row_hash;
	}
	else
	{
		state->went_rows++;
		state->went_hash += event->row_hash;
	}
}

/*
 * Take up the pending changes, transaction by transaction in the order in
 * which they ended writing.  Statements are numbered in that order first, so
 * that rows are sorted by one number: several times faster than by four.
 */
static void
take_changes(ZgTaking *taking)
{
	ZgSource	source = {
		.silver = taking->silver,
		.from = psprintf("gold_state.%s s JOIN (SELECT seq, row_number() OVER (ORDER BY last_seq, tx, seq) AS place"
						 " FROM (SELECT seq, tx, max(seq) OVER (PARTITION BY tx) AS last_seq"
						 " FROM (SELECT seq, min(tx) AS tx FROM gold_state.%s GROUP BY seq) d) e) t ON t.seq = s.seq",
						 taking->tables->change, taking->tables->change),
		.extra = ZG_PENDING_COLUMNS,
		.order = "(t.place << 32) + coalesce(s.n, 0)",
	};

	zg_taking_load_keys(taking, zg_query_finds(taking->run, psprintf("SELECT FROM gold_state.%s WHERE op = 'T'",
																	 taking->tables->change), 0, NULL, NULL));
	zg_source_read(taking->run, &source, take_pending, taking);
	if (taking->in_tx)
		end_transaction(taking);
}

/* the end */

/* Refuse to lose too many keys at once. */
static void
check_guard(ZgTaking *taking)
{
	zg_key_table_iterator iterator;
	ZgKeyState *state;
	int64		lost = 0;
	int64		live;

	if (taking->run->settings.ignore_deletes && taking->silver->event_column < 0)
		return;
	zg_key_table_start_iterate(taking->keys, &iterator);
	while ((state = zg_key_table_iterate(taking->keys, &iterator)) != NULL)
		lost += state->rows_before > 0 && state->live_rows == 0 && VARSIZE_ANY_EXHDR(state->key) > 0;
	if (lost == 0)
		return;
	live = DatumGetInt64(zg_query_value(taking->run,
										psprintf("SELECT count(*) FROM (SELECT FROM gold_state.%s"
												 " WHERE live_rows > 0 AND %s <> ''%s) x",
												 taking->tables->identity, taking->tables->key,
	/* few are too many only if they are all */
												 lost > taking->run->settings.guard_rows ? "" :
												 psprintf(" LIMIT " INT64_FORMAT, lost + 1)),
										0, NULL, NULL, Int64GetDatum(0)));
	zg_guard_check(taking->run, taking->silver->name, lost, live);
}

static int
by_ordinal(const void *a, const void *b)
{
	int32		x = (*(ZgKeyState *const *) a)->ordinal;
	int32		y = (*(ZgKeyState *const *) b)->ordinal;

	return (x > y) - (x < y);
}

/* The keys to be written, by ordinal; returns how many. */
static int
changed_keys(ZgTaking *taking, ZgKeyState **changed)
{
	zg_key_table_iterator iterator;
	ZgKeyState *state;
	int			n = 0;

	zg_key_table_start_iterate(taking->keys, &iterator);
	while ((state = zg_key_table_iterate(taking->keys, &iterator)) != NULL)
		if (state->changed || (!state->stored && state->live_rows > 0))
			changed[n++] = state;
	qsort(changed, n, sizeof(ZgKeyState *), by_ordinal);
	return n;
}

/* columns of a table of identities */
enum
{
	IDENTITY_KEY, IDENTITY_ORDINAL, IDENTITY_LIVE_ROWS, IDENTITY_LIVE_HASH,
	IDENTITY_KNOWN
};

static void
key_values(Datum *values, const text *key, int32 ordinal, int32 live_rows, uint64 live_hash)
{
	values[IDENTITY_KEY] = PointerGetDatum(key);
	values[IDENTITY_ORDINAL] = Int32GetDatum(ordinal);
	values[IDENTITY_LIVE_ROWS] = Int32GetDatum(live_rows);
	values[IDENTITY_LIVE_HASH] = Int64GetDatum((int64) live_hash);
}

static ZgChangedKey
changed_key(const ZgKeyState *state)
{
	ZgChangedKey key = {
		.ordinal = state->ordinal,
		.live_rows = state->live_rows,
		.key = state->key,
		.live_hash = state->live_hash,
		.stored = state->stored,
		.known = state->known,
		.forgotten = state->forgotten,
	};

	return key;
}

/*
 * Write the states of the keys that changed.  New users wait until it is
 * found out whether they are known.
 */
static void
save_keys(ZgTaking *taking, ZgHistoryChange *change)
{
	const char *columns[] = {taking->tables->key, "ordinal", "live_rows", "live_hash"};
	bool		users = taking->silver->event_column < 0;
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold_state", taking->tables->identity),
										columns, 4);
	ZgKeyState **changed = palloc(Max(taking->keys->members, 1) * sizeof(ZgKeyState *));
	int			n = changed_keys(taking, changed);

	zg_writer_defer_indexes(writer);
	change->ordinals = palloc(Max(n, 1) * sizeof(int32));
	if (users)
		change->keys = palloc(Max(n, 1) * sizeof(ZgChangedKey));
	for (int i = 0; i < n; i++)
	{
		ZgKeyState *state = changed[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		change->ordinals[i] = state->ordinal;
		if (users)
			change->keys[i] = changed_key(state);
		key_values(values, state->key, state->ordinal, state->live_rows, state->live_hash);
		if (state->stored)
			zg_writer_update(writer, &state->tid, values, nulls);
		else if (!users)
			zg_writer_insert(writer, values, nulls);
	}
	change->n = n;
	zg_writer_close(writer);
	pfree(changed);
}

/* so many new users make new statistics */
#define MIN_ANALYZE 10000

void
zg_history_save_fresh(const ZgHistoryChange *change,
					  bool (*is_known) (int32 ordinal, void *arg), void *arg)
{
	static const char *const columns[] = {"user_id", "ordinal", "live_rows", "live_hash", "known"};
	ZgWriter   *writer;
	int			nfresh = 0;

	for (int i = 0; i < change->n; i++)
		nfresh += !change->keys[i].stored;
	if (nfresh == 0)
		return;
	writer = zg_writer_open(zg_table_oid("gold_state", "user_identity"),
							columns, lengthof(columns));
	zg_writer_defer_indexes(writer);
	for (int i = 0; i < change->n; i++)
	{
		const ZgChangedKey *fresh = &change->keys[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		if (fresh->stored)
			continue;
		key_values(values, fresh->key, fresh->ordinal, fresh->live_rows, fresh->live_hash);
		values[IDENTITY_KNOWN] = BoolGetDatum(is_known(fresh->ordinal, arg));
		zg_writer_insert(writer, values, nulls);
	}
	zg_writer_close(writer);
	if (nfresh > MIN_ANALYZE)
	{
		zg_analyze("gold_state", "user_identity", "user_id, ordinal");
		zg_analyze("gold_state", "user_event", "ordinal");
	}
}

static void
delete_consumed(ZgTaking *taking)
{
	static const char *const columns[] = {"seq"};
	ZgWriter   *writer;

	if (taking->nconsumed == 0)
		return;
	writer = zg_writer_open(zg_table_oid("gold_state", taking->tables->change),
							columns, 1);
	for (int64 i = 0; i < taking->nconsumed; i++)
		zg_writer_delete(writer, &taking->consumed[i]);
	zg_writer_close(writer);
}

/* with more recent rows than this, those of all keys are compared */
#define MAX_RECENT 100000

/*
 * Take up what silver held since the last refresh.  The result is allocated
 * in the current context.  Errors when the delete guard refuses.
 */
ZgHistoryChange *
zg_history_take(ZgRun *run, const ZgSilver *silver, bool compare, const ZgRecent *recent)
{
	ZgHistoryChange *change = palloc0(sizeof(ZgHistoryChange));
	ZgTaking	taking = {
		.run = run,
		.silver = silver,
		.tables = silver->event_column < 0 ? &zg_user_tables : &zg_ticket_tables,
		.next_ordinal = -1,
		.context = CurrentMemoryContext,
		.no_key = cstring_to_text(""),
	};

	taking.tx_context = GenerationContextCreate(CurrentMemoryContext, "zoom_gold transaction",
												ALLOCSET_DEFAULT_SIZES);
	taking.keys = zg_key_table_create(CurrentMemoryContext, 1024, NULL);
	taking.events = zg_event_open(silver, taking.tables->event);
	take_changes(&taking);
	zg_writer_flush(taking.events);
	if (compare || taking.nlosses > 0)
		zg_taking_compare(&taking, NULL);
	else if (recent != NULL && recent->n > 0)
		zg_taking_compare(&taking, recent->n <= MAX_RECENT ? recent : NULL);
	zg_writer_close(taking.events);
	check_guard(&taking);
	save_keys(&taking, change);
	delete_consumed(&taking);
	zg_taking_free(&taking);
	zg_key_variants_save(run);
	change->read = taking.read;
	change->ndays = zg_days_sort(taking.days, taking.ndays);
	change->days = taking.days;
	return change;
}
