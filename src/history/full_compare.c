/*-------------------------------------------------------------------------
 *
 * full_compare.c
 *	  Comparing what the state holds of users and tickets with silver.
 *
 * The number of a key's rows and the sum of their hashes tell whether it
 * changed; only of those that did are the rows compared one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "capture/change_number.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "history/full_compare.h"
#include "silver/key_variant.h"
#include "silver/own_column.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* a row that the state believes to be in silver, or one that is */
typedef struct HeldRow
{
	struct HeldRow *next;
	uint64		row_hash;
	int64		came;			/* its place among the events of its key */
	ZgRawEvent	event;
} HeldRow;

/* Write that a row came or went. */
static void
write_found(ZgTaking *taking, const ZgKeyState *state, HeldRow *row, char op, int64 seq, int64 tx)
{
	row->event.op = op;
	row->event.seq = seq;
	row->event.tx = tx;
	row->event.captured_at = taking->run->now;
	zg_taking_write_event(taking, state, &row->event);
}

/* Row handler: add up the rows of each key; a new key's rows are kept. */
static void
compare_row(ZgRow *row, void *arg)
{
	ZgTaking   *taking = arg;
	ZgKeyState *state = zg_taking_find_key(taking, zg_row_text(row, 0));
	uint64		hash = zg_raw_row_hash(taking->silver, row->slot, row->nextra, NULL);

	zg_key_variant_note(taking->run, taking->silver, 0, row->raw_key, zg_row_text(row, 0));
	taking->read++;
	state->came_rows++;
	state->came_hash += hash;
	if (!state->stored && !state->changed)
	{
		/* never seen before: nothing to compare with */
		MemoryContext old = MemoryContextSwitchTo(taking->tx_context);
		HeldRow		fresh = {0};

		zg_event_copy_row(taking->silver, row->slot, row->nextra, &fresh.event);
		write_found(taking, state, &fresh, 'I', 0, 0);
		MemoryContextSwitchTo(old);
		MemoryContextReset(taking->tx_context);
		zg_taking_note_day(taking, row->day);
	}
}

/* the two sides of a key that differs */
typedef struct KeyDifference
{
	int32		ordinal;
	char		status;
	ZgKeyState *state;
	HeldRow    *held;
	HeldRow    *present;
	HeldRow    *unseen;			/* went without having come */
	const ZgUnseenLoss *loss;	/* when one last did, of what this run takes
								 * up */
	bool		emptied;		/* T */
} KeyDifference;

#define SH_PREFIX difference_table
#define SH_ELEMENT_TYPE KeyDifference
#define SH_KEY_TYPE int32
#define SH_KEY ordinal
#include "base/number_table.h"

typedef struct Comparison
{
	ZgTaking   *taking;
	difference_table_hash *differences;
} Comparison;

static HeldRow *
make_held(ZgTaking *taking, TupleTableSlot *slot, int extra_attnum)
{
	HeldRow    *held = palloc0(sizeof(HeldRow));

	held->row_hash = zg_raw_row_hash(taking->silver, slot, extra_attnum, NULL);
	zg_event_copy_row(taking->silver, slot, extra_attnum, &held->event);
	return held;
}

static void
push_held(HeldRow **list, HeldRow *row)
{
	row->next = *list;
	*list = row;
}

/* Take a row of that hash out of a list. */
static bool
remove_held(HeldRow **list, uint64 row_hash)
{
	for (; *list != NULL; list = &(*list)->next)
		if ((*list)->row_hash == row_hash)
		{
			*list = (*list)->next;
			return true;
		}
	return false;
}

/* Row handler over the event table, in order: replay what silver held. */
static void
replay_event(ZgRow *row, void *arg)
{
	Comparison *comparison = arg;
	KeyDifference *difference;
	ZgEvent		event;

	zg_event_read(comparison->taking->silver, row, &event);
	difference = difference_table_lookup(comparison->differences, event.ordinal);
	if (difference == NULL)
		return;
	if (event.op == 'T')
	{
		difference->held = NULL;
		difference->emptied = true;
	}
	else if (event.op == 'I')
	{
		HeldRow    *held = make_held(comparison->taking, row->slot, zg_event_attnum(row, ZG_EVENT_EXTRA));

		held->came = Max(event.seq, event.tx);
		push_held(&difference->held, held);
	}
	else if (!remove_held(&difference->held, event.row_hash) && !difference->emptied)
		push_held(&difference->unseen, make_held(comparison->taking, row->slot,
												 zg_event_attnum(row, ZG_EVENT_EXTRA)));
}

/* Row handler over silver: the rows of the keys that differ. */
static void
collect_present(ZgRow *row, void *arg)
{
	Comparison *comparison = arg;
	ZgTaking   *taking = comparison->taking;
	ZgKeyState *state = zg_taking_find_key(taking, zg_row_text(row, 0));
	KeyDifference *difference = difference_table_lookup(comparison->differences, state->ordinal);

	if (difference == NULL)
		return;
	push_held(&difference->present, make_held(taking, row->slot, row->nextra));
	zg_taking_note_day(taking, row->day);
}

/* The number of this comparison, as if it were a transaction. */
static int64
comparison_tx(ZgTaking *taking)
{
	if (taking->fresh_seq == 0)
		taking->fresh_seq = zg_change_number();
	return taking->fresh_seq;
}

/*
 * Write that a row went: when one was seen to go that had not come, as that is
 * what it looked like by then, and now where nothing was seen or the row did not
 * come before.
 */
static void
write_gone(ZgTaking *taking, KeyDifference *difference, HeldRow *row, int64 now)
{
	const ZgUnseenLoss *loss = difference->loss;

	if (loss == NULL || row->came >= Max(loss->seq, loss->tx))
	{
		write_found(taking, difference->state, row, 'D', now, now);
		return;
	}
	row->event.op = 'D';
	row->event.n = loss->n;
	row->event.seq = loss->seq;
	row->event.tx = loss->tx;
	row->event.captured_at = loss->captured_at;
	zg_taking_write_event(taking, difference->state, &row->event);
}

/*
 * Write the events that lead from what the state held to what silver holds.
 * Mere additions to a living key count as seen by a scan, which goes before
 * what is captured with the same timestamps; what replaces or revives
 * something was captured now.  A row that went without having come was one of
 * several that were there, or looked different when it came.  A key with -1 rows is not known: rebuild() has it
 * taken as if for the first time.
 */
static void
write_difference(ZgTaking *taking, KeyDifference *difference)
{
	ZgKeyState *state = difference->state;
	bool		revived = state->live_rows == 0 && state->stored;
	HeldRow    *gone = NULL;
	int64		tx = comparison_tx(taking);
	int64		seq;

	while (difference->held != NULL)
	{
		HeldRow    *held = difference->held;

		difference->held = held->next;
		if (!remove_held(&difference->present, held->row_hash))
			push_held(&gone, held);
	}
	for (HeldRow *row = difference->unseen; row != NULL; row = row->next)
		write_found(taking, state, row, 'I', 0, 0);
	seq = gone != NULL || revived ? tx : 0;
	for (HeldRow *row = gone; row != NULL; row = row->next)
	{
		write_gone(taking, difference, row, tx);
		if (taking->silver->event_column >= 0 && !row->event.nulls[taking->silver->event_column])
			zg_taking_note_day(taking, DatumGetDateADT(row->event.values[taking->silver->event_column]));
	}
	for (HeldRow *row = difference->present; row != NULL; row = row->next)
		write_found(taking, state, row, 'I', seq, tx);
}

/*
 * Have only the rows of some keys read.  All their spellings go into one
 * constant list: an index serves it, a scan hashes it, a foreign server takes
 * it.
 */
static void
restrict_to_keys(ZgTaking *taking, ZgSource *source, ZgIdList *keys)
{
	zg_key_variants_add(taking->run, taking->silver, 0, keys);
	source->where = psprintf("(%s OR ('' = ANY ($1) AND zoom_gold.identity_key(s.%s) = ''))",
							 zg_silver_equals(taking->run, taking->silver, 0, "= ANY ($1)"), taking->tables->key);
	source->nargs = 1;
	source->argtypes[0] = TEXTARRAYOID;
	source->args[0] = zg_idlist_array(keys);
}

/* Find out row by row what differs for the keys whose sums do. */
static void
compare_keys(ZgTaking *taking, difference_table_hash *differences, ZgSource *silver_source)
{
	Comparison	comparison = {taking, differences};
	Datum	   *ordinals = palloc(differences->members * sizeof(Datum));
	ZgIdList   *keys = zg_idlist_create();
	difference_table_iterator iterator;
	KeyDifference *difference;
	ZgSource	events = {
		.silver = taking->silver,
		.from = psprintf("gold_state.%s s", taking->tables->event),
		.where = "s.ordinal = " ZG_ANY($1),
		.extra = ZG_EVENT_COLUMNS,
		.order = "greatest(s.seq, s.tx), s.n, s.op <> 'T', s.op <> 'D'",
		.nargs = 1,
		.argtypes = {INT4ARRAYOID},
	};
	int			n = 0;

	difference_table_start_iterate(differences, &iterator);
	while ((difference = difference_table_iterate(differences, &iterator)) != NULL)
	{
		ordinals[n++] = Int32GetDatum(difference->ordinal);
		zg_idlist_add(keys, difference->state->key);
	}
	for (int64 i = 0; i < taking->nlosses; i++)
	{
		difference = difference_table_lookup(differences, taking->losses[i].ordinal);
		if (difference != NULL)
			difference->loss = &taking->losses[i];
	}
	events.args[0] = zg_int4_array(ordinals, n);
	zg_source_read(taking->run, &events, replay_event, &comparison);
	zg_key_variants_save(taking->run);
	if (n <= 1000)
		restrict_to_keys(taking, silver_source, keys);
	zg_source_read(taking->run, silver_source, collect_present, &comparison);
	difference_table_start_iterate(differences, &iterator);
	while ((difference = difference_table_iterate(differences, &iterator)) != NULL)
		write_difference(taking, difference);
}

/* Does silver hold other rows of a key than the state believes? */
static bool
differs(const ZgKeyState *state)
{
	return state->came_rows != state->live_rows || state->came_hash != state->live_hash;
}

/* keys whose events are counted, by ordinal */
typedef struct Recount
{
	const ZgSilver *silver;
	ZgKeyState **states;		/* NULL = is not counted */
	bool	   *found;			/* has events */
	int32	   *rows;			/* that they leave */
	int32		n;
} Recount;

/* Row handler over events after the last T of their key. */
static void
count_event(ZgRow *row, void *arg)
{
	Recount    *recount = arg;
	ZgKeyState *state;
	ZgEvent		event;

	zg_event_read(recount->silver, row, &event);
	if (event.ordinal < 0 || event.ordinal >= recount->n || recount->states[event.ordinal] == NULL)
		return;
	state = recount->states[event.ordinal];
	recount->found[event.ordinal] = true;
	recount->rows[event.ordinal] += event.op == 'I' ? 1 : -1;
	if (!state->forgotten)
		state->live_hash += event.op == 'I' ? event.row_hash : -event.row_hash;
}

/*
 * Take what the state believes to be in silver from the events themselves, not
 * from the sums kept beside them.  A key of silver without events is taken as
 * if for the first time.  Of the forgotten events tell how many rows silver holds,
 * but not what they say.
 */
static void
recount_events(ZgTaking *taking)
{
	const char *table = taking->tables->event;
	ZgSource	events = {
		.silver = taking->silver,
		.from = psprintf("gold_state.%s s LEFT JOIN (SELECT ordinal, max(seq) AS seq FROM gold_state.%s"
						 " WHERE op = 'T' GROUP BY ordinal) t ON t.ordinal = s.ordinal", table, table),
		.where = "s.op <> 'T' AND (greatest(s.seq, s.tx) > t.seq) IS NOT FALSE",
		.extra = ZG_EVENT_COLUMNS,
	};
	Recount		recount = {.silver = taking->silver,.n = taking->next_ordinal};
	zg_key_table_iterator iterator;
	ZgKeyState *state;

	recount.states = palloc_extended((Size) recount.n * sizeof(ZgKeyState *) + 1, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	recount.found = palloc_extended((Size) recount.n * sizeof(bool) + 1, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	recount.rows = palloc_extended((Size) recount.n * sizeof(int32) + 1, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	zg_key_table_start_iterate(taking->keys, &iterator);
	while ((state = zg_key_table_iterate(taking->keys, &iterator)) != NULL)
	{
		if (!state->stored || state->rows_before < 0)
			continue;
		recount.states[state->ordinal] = state;
		if (!state->forgotten)
			state->live_hash = 0;
	}
	zg_source_read(taking->run, &events, count_event, &recount);
	for (int32 i = 0; i < recount.n; i++)
	{
		state = recount.states[i];
		if (state != NULL)
			state->live_rows = !recount.found[i] && state->came_rows > 0 ? -1 : recount.rows[i];
	}
	pfree(recount.states);
	pfree(recount.found);
	pfree(recount.rows);
}

void
zg_taking_compare(ZgTaking *taking, const ZgRecent *recent)
{
	ZgSource	source = {
		.silver = taking->silver,
		.from = psprintf("%s s", zg_silver_name(taking->run, taking->silver)),
		.extra = zg_own_expression(taking->run, taking->silver),
	};
	difference_table_hash *differences = difference_table_create(taking->context, 64, NULL);
	zg_key_table_iterator iterator;
	ZgKeyState *state;

	if (recent != NULL)
	{
		zg_key_variants_save(taking->run);
		restrict_to_keys(taking, &source, zg_taking_load_recent_keys(taking, recent));
	}
	else if (!taking->whole)
		zg_taking_load_keys(taking, true);
	taking->read = 0;			/* captured rows are among those read now */
	zg_source_read(taking->run, &source, compare_row, taking);
	if (taking->run->full && recent == NULL)
		recount_events(taking);
	zg_key_table_start_iterate(taking->keys, &iterator);
	while ((state = zg_key_table_iterate(taking->keys, &iterator)) != NULL)
		if (differs(state) && (state->stored || state->changed))
		{
			bool		found;
			KeyDifference *difference = difference_table_insert(differences, state->ordinal, &found);

			difference->state = state;
			difference->held = difference->present = difference->unseen = NULL;
			difference->loss = NULL;
			difference->emptied = false;
		}
	if (differences->members > 0)
		compare_keys(taking, differences, &source);
	zg_key_table_start_iterate(taking->keys, &iterator);
	while ((state = zg_key_table_iterate(taking->keys, &iterator)) != NULL)
	{
		state->live_rows = state->came_rows;
		state->live_hash = state->live_rows == 0 ? 0 : state->came_hash;
		state->changed |= state->live_rows != state->rows_before || state->live_hash != state->hash_before;
	}
}
