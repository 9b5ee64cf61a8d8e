/*-------------------------------------------------------------------------
 *
 * history.c
 *	  Taking up what silver held: events of users and tickets.
 *
 * An event says that a row came (I) or went (D), or that all rows of a key
 * went (T).  Within one transaction events that cancel out are dropped, so
 * that reloading a table leaves no trace.  Per key the state knows how many
 * rows silver holds and the sum of their hashes, which is all that a
 * comparison with silver needs to find the keys that changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "history.h"
#include "idlist.h"
#include "scope.h"
#include "slice.h"
#include "spelling.h"
#include "text.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "writer.h"

/* names of the tables of a history */
typedef struct HistoryTables
{
	const char *identity;
	const char *key;
	const char *event;
	const char *change;
} HistoryTables;

static const HistoryTables user_tables = {"user_identity", "user_id", "user_event", "user_change"};
static const HistoryTables ticket_tables = {"ticket_identity", "ticket_id", "ticket_event", "ticket_change"};

/* a row that came or went in the transaction being taken up */
typedef struct PendingEvent
{
	struct PendingEvent *next;
	char		op;
	int64		seq;
	int64		tx;
	int32		n;				/* within its statement */
	TimestampTz captured_at;
	uint64		row_hash;
	Datum	   *values;			/* contract, load, update, system, extra */
	bool	   *nulls;
} PendingEvent;

/* a key of silver, '' for rows without one */
typedef struct KeyState
{
	text	   *key;
	uint32		hash;
	char		status;
	int32		ordinal;
	bool		stored;			/* has a row in the identity table */
	bool		forgotten;		/* name and e-mail are not to be kept */
	bool		changed;
	ItemPointerData tid;
	int32		live_rows;
	uint64		live_hash;
	int32		rows_before;	/* at the start of this run */
	/* within a transaction, or during a comparison */
	int32		came_rows;
	uint64		came_hash;
	int32		went_rows;
	uint64		went_hash;
	bool		emptied;		/* T */
	PendingEvent *events;
	PendingEvent *last;
	struct KeyState *next_touched;
} KeyState;

#define SH_PREFIX key_table
#define SH_ELEMENT_TYPE KeyState
#define SH_KEY_TYPE text *
#define SH_KEY key
#define SH_HASH_KEY(tb, key) zg_text_hash(key)
#define SH_EQUAL(tb, a, b) zg_text_equal(a, b)
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Taking
{
	ZgRun	   *run;
	const ZgSilver *silver;
	const HistoryTables *tables;
	key_table_hash *keys;
	bool		whole;			/* all identities are loaded */
	int32		next_ordinal;	/* -1 = not asked yet */
	ZgWriter   *events;
	ZgWriter   *identity;
	ItemPointerData *consumed;
	int64		nconsumed;
	int64		maxconsumed;
	/* the transaction being read */
	int64		tx;
	bool		in_tx;
	int			ntouched;
	text	  **touched;		/* its keys */
	int			maxtouched;
	MemoryContext context;		/* of the whole */
	MemoryContext tx_context;	/* of the transaction's events */
	DateADT    *days;
	int			ndays;
	int			maxdays;
	int64		read;
	text	   *no_key;
	int64		fresh_seq;		/* for what a comparison finds; 0 = none yet */
	bool		second;			/* comparison, second reading */
} Taking;

/*
 * Hash of the columns beyond the contract, those that hold something: so that
 * a column that is added changes no row until it is filled.
 */
static uint64
hash_extra(Jsonb *extra)
{
	JsonbIterator *iterator = JsonbIteratorInit(&extra->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	uint64		hash = 0;
	uint64		name = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		uint64		h = 0;

		if (token == WJB_KEY)
			name = hash_bytes_extended((unsigned char *) value.val.string.val,
									   value.val.string.len, 0);
		if (token != WJB_VALUE || value.type == jbvNull)
			continue;
		if (value.type == jbvBinary)
			h = hash_bytes_extended((unsigned char *) value.val.binary.data,
									value.val.binary.len, 0);
		else
			JsonbHashScalarValueExtended(&value, &h, 0);
		hash += hash_combine64(name, h);
	}
	return hash;
}

uint64
zg_raw_row_hash(const ZgSilver *silver, TupleTableSlot *slot, int extra_attnum)
{
	uint64		hash = 0;

	slot_getallattrs(slot);
	for (int i = 0; i < silver->ncolumns + 3; i++)
	{
		uint64		h = 1;
		Datum		value = slot->tts_values[i];
		bool		is_text = i < silver->ncolumns ? silver->columns[i].type == TEXTOID :
		i == silver->ncolumns + 2;

		if (!slot->tts_isnull[i] && is_text)
			h = zg_text_hash64(DatumGetTextPP(value));
		else if (!slot->tts_isnull[i])
			h = hash_bytes_extended((unsigned char *) &value, sizeof(value), 0);
		hash = hash_combine64(hash, h);
	}
	if (!slot->tts_isnull[extra_attnum - 1])
		hash = hash_combine64(hash, hash_extra(DatumGetJsonbP(slot->tts_values[extra_attnum - 1])));
	else
		hash = hash_combine64(hash, 0);
	return hash;
}

/* keys */

/* Row callback: ctid, key, ordinal, live_rows, live_hash, forgotten */
static void
read_key(TupleTableSlot *slot, void *arg)
{
	Taking	   *taking = arg;
	KeyState   *state;
	bool		found;

	slot_getallattrs(slot);
	state = key_table_insert(taking->keys, DatumGetTextPP(slot->tts_values[1]), &found);
	if (found)
		return;
	MemSet((char *) state + offsetof(KeyState, ordinal), 0,
		   sizeof(KeyState) - offsetof(KeyState, ordinal));
	state->key = zg_text_copy(state->key);
	state->stored = true;
	state->tid = *(ItemPointer) DatumGetPointer(slot->tts_values[0]);
	state->ordinal = DatumGetInt32(slot->tts_values[2]);
	state->live_rows = state->rows_before = DatumGetInt32(slot->tts_values[3]);
	state->live_hash = (uint64) DatumGetInt64(slot->tts_values[4]);
	state->forgotten = DatumGetBool(slot->tts_values[5]);
}

/* A query for the states of keys. */
static char *
keys_query(const HistoryTables *t)
{
	return psprintf("SELECT ctid, %s, ordinal, live_rows, live_hash, %s FROM gold_state.%s",
					t->key, t == &user_tables ? "forgotten" : "false", t->identity);
}

/*
 * Load the states of the keys of recent rows.  Returns these keys and those
 * that were loaded before.
 */
static ZgIdList *
load_recent_keys(Taking *taking, const ZgRecent *recent)
{
	ZgIdList   *keys = zg_idlist_create();
	Oid type = TEXTARRAYOID;
	Datum		named;
	key_table_iterator iterator;
	KeyState   *state;

	for (int i = 0; i < recent->n; i++)
		zg_idlist_add(keys, recent->rows[i].key == NULL ? taking->no_key : recent->rows[i].key);
	named = zg_idlist_array(keys);
	key_table_start_iterate(taking->keys, &iterator);
	while ((state = key_table_iterate(taking->keys, &iterator)) != NULL)
		zg_idlist_add(keys, state->key);
	zg_query(taking->run, psprintf("%s WHERE %s = ANY ($1)", keys_query(taking->tables), taking->tables->key),
			 1, &type, &named, NULL, read_key, taking);
	return keys;
}

/* The first ordinal that no key has. */
static int32
next_ordinal(Taking *taking)
{
	if (taking->next_ordinal < 0)
		taking->next_ordinal =
			DatumGetInt32(zg_query_value(taking->run, psprintf("SELECT max(ordinal) + 1 FROM gold_state.%s",
															   taking->tables->identity),
										 0, NULL, NULL, Int32GetDatum(0)));
	return taking->next_ordinal;
}

/* Load the states of all keys, or of those that pending changes name. */
static void
load_keys(Taking *taking, bool whole)
{
	const HistoryTables *t = taking->tables;
	char	   *sql = keys_query(t);

	taking->whole |= whole || next_ordinal(taking) == 0;
	if (next_ordinal(taking) == 0)
		return;					/* there are none */
	if (!whole)
		sql = psprintf("%s WHERE %s = ANY (ARRAY (SELECT DISTINCT coalesce(zoom_gold.normal_text(%s), '')"
					   " FROM gold_state.%s))", sql, t->key, t->key, t->change);
	zg_query(taking->run, sql, 0, NULL, NULL, NULL, read_key, taking);
}

/* The state of a key, NULL key = rows without one; made when it is new. */
static KeyState *
find_key(Taking *taking, const text *key)
{
	MemoryContext old = MemoryContextSwitchTo(taking->context);
	bool		found;
	KeyState   *state = key_table_insert(taking->keys,
										 key == NULL ? taking->no_key : (text *) key, &found);

	if (!found)
	{
		MemSet((char *) state + offsetof(KeyState, ordinal), 0,
			   sizeof(KeyState) - offsetof(KeyState, ordinal));
		state->key = zg_text_copy(state->key);
		state->ordinal = next_ordinal(taking);
		taking->next_ordinal++;
	}
	MemoryContextSwitchTo(old);
	return state;
}

/* writing events */

/* Does a name, raw, not make its row be rejected? */
static bool
is_usable_name(Datum raw, bool isnull)
{
	text	   *name = isnull ? NULL : zg_text_normalize(DatumGetTextPP(raw));

	return name != NULL && VARSIZE_ANY_EXHDR(name) <= ZG_MAX_VALUE_LENGTH;
}

static void
write_event(Taking *taking, const KeyState *state, const PendingEvent *event)
{
	int			n = taking->silver->ncolumns + 4;
	Datum		values[5 + ZG_MAX_SILVER_COLUMNS + 5];
	bool		nulls[5 + ZG_MAX_SILVER_COLUMNS + 5] = {false};

	values[0] = Int32GetDatum(state->ordinal);
	values[1] = Int64GetDatum(event->seq);
	values[2] = Int64GetDatum(event->tx);
	values[3] = CharGetDatum(event->op);
	values[4] = TimestampTzGetDatum(event->captured_at);
	values[5 + n] = Int32GetDatum(event->n);
	if (event->values != NULL)
	{
		memcpy(values + 5, event->values, n * sizeof(Datum));
		memcpy(nulls + 5, event->nulls, n * sizeof(bool));
	}
	else
		memset(nulls + 5, true, n * sizeof(bool));
	if (state->forgotten && event->values != NULL)
	{
		/* as forget_user() has left the others: rejected ones have no name */
		nulls[5 + USER_NAME] = !is_usable_name(values[5 + USER_NAME], nulls[5 + USER_NAME]);
		values[5 + USER_NAME] = CStringGetTextDatum(psprintf("Forgotten user %d", state->ordinal));
		nulls[5 + USER_EMAIL] = nulls[5 + n - 1] = true;
	}
	zg_writer_insert(taking->events, values, nulls);
}

static void
open_event_writer(Taking *taking)
{
	const char *columns[5 + ZG_MAX_SILVER_COLUMNS + 5] =
	{"ordinal", "seq", "tx", "op", "captured_at"};
	int			n = 5;

	for (int i = 0; i < taking->silver->ncolumns; i++)
		columns[n++] = taking->silver->columns[i].name;
	columns[n++] = "load_timestamp";
	columns[n++] = "update_timestamp";
	columns[n++] = "source_system";
	columns[n++] = "extra";
	columns[n++] = "n";
	taking->events = zg_writer_open(zg_table_oid("gold_state", taking->tables->event),
									columns, n);
}

/* Copy a row's stored columns into the current context. */
static void
copy_row(Taking *taking, TupleTableSlot *slot, int extra_attnum, PendingEvent *event)
{
	int			n = taking->silver->ncolumns + 3;

	event->values = palloc((n + 1) * sizeof(Datum));
	event->nulls = palloc((n + 1) * sizeof(bool));
	for (int i = 0; i <= n; i++)
	{
		int			c = i == n ? extra_attnum - 1 : i;
		bool		is_text = i == n || i == n - 1 ||
		(i < taking->silver->ncolumns && taking->silver->columns[i].type == TEXTOID);

		event->nulls[i] = slot->tts_isnull[c];
		event->values[i] = slot->tts_isnull[c] || !is_text ? slot->tts_values[c] :
			PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[c]));
	}
}

static void
append_event(KeyState *state, PendingEvent *event)
{
	if (state->last == NULL)
		state->events = event;
	else
		state->last->next = event;
	state->last = event;
}

static void
note_day(Taking *taking, DateADT day)
{
	if (taking->silver->event_column < 0 ||
		(taking->ndays > 0 && taking->days[taking->ndays - 1] == day))
		return;
	if (taking->ndays == taking->maxdays)
	{
		taking->maxdays = taking->maxdays == 0 ? 256 : taking->maxdays * 2;
		taking->days = taking->days == NULL ?
			MemoryContextAlloc(taking->context, taking->maxdays * sizeof(DateADT)) :
			repalloc(taking->days, taking->maxdays * sizeof(DateADT));
	}
	taking->days[taking->ndays++] = day;
}

/* pending changes */

/* Remember that a transaction touches a key. */
static void
touch(Taking *taking, KeyState *state)
{
	if (state->events != NULL || state->emptied)
		return;
	if (taking->ntouched == taking->maxtouched)
	{
		taking->maxtouched = taking->maxtouched == 0 ? 256 : taking->maxtouched * 2;
		taking->touched = taking->touched == NULL ?
			MemoryContextAllocHuge(taking->context, taking->maxtouched * sizeof(text *)) :
			repalloc_huge(taking->touched, taking->maxtouched * sizeof(text *));
	}
	taking->touched[taking->ntouched++] = state->key;
}

/*
 * A row that goes without having come was there before capture began, or in
 * a table that has taken silver's place: write that it came.  Not told apart
 * are rows of a key of which several were there.
 */
static void
write_unseen(Taking *taking, KeyState *state)
{
	uint64	   *there;
	int			n = 0;
	int			max = 1;

	if (state->live_rows > 1 || state->emptied)
		return;
	for (PendingEvent *e = state->events; e != NULL; e = e->next)
		max++;
	there = palloc(max * sizeof(uint64));
	if (state->live_rows == 1)
		there[n++] = state->live_hash;
	for (PendingEvent *e = state->events; e != NULL; e = e->next)
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
			PendingEvent came = *e;

			came.op = 'I';
			came.seq = came.tx = came.n = 0;
			write_event(taking, state, &came);
			state->live_rows++;
			state->live_hash += e->row_hash;
		}
	}
	pfree(there);
}

/* Write what one transaction did to one key, unless it cancels out. */
static void
end_key(Taking *taking, KeyState *state)
{
	int32		went_rows = state->went_rows;
	uint64		went_hash = state->went_hash;

	if (went_rows != state->came_rows || went_hash != state->came_hash)
	{
		write_unseen(taking, state);
		for (PendingEvent *e = state->events; e != NULL; e = e->next)
			write_event(taking, state, e);
		state->changed = true;
		state->live_rows = Max(state->live_rows + state->came_rows - went_rows, 0);
		state->live_hash = state->live_rows == 0 ? 0 :
			state->live_hash + state->came_hash - went_hash;
	}
	state->came_rows = state->went_rows = 0;
	state->came_hash = state->went_hash = 0;
	state->emptied = false;
	state->events = state->last = NULL;
}

static void
end_transaction(Taking *taking)
{
	for (int i = 0; i < taking->ntouched; i++)
		end_key(taking, key_table_lookup(taking->keys, taking->touched[i]));
	taking->ntouched = 0;
	MemoryContextReset(taking->tx_context);
}

/* TRUNCATE: every row that is there now goes. */
static void
empty_keys(Taking *taking, int64 seq, int64 tx, TimestampTz captured_at)
{
	key_table_iterator iterator;
	KeyState   *state;
	MemoryContext old = MemoryContextSwitchTo(taking->tx_context);

	key_table_start_iterate(taking->keys, &iterator);
	while ((state = key_table_iterate(taking->keys, &iterator)) != NULL)
	{
		PendingEvent *event;

		if (state->live_rows + state->came_rows - state->went_rows <= 0)
			continue;
		touch(taking, state);
		event = palloc0(sizeof(PendingEvent));
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
consume(Taking *taking, ItemPointer tid)
{
	if (taking->nconsumed == taking->maxconsumed)
	{
		taking->maxconsumed = taking->maxconsumed == 0 ? 256 : taking->maxconsumed * 2;
		taking->consumed = taking->consumed == NULL ?
			MemoryContextAllocHuge(taking->context, taking->maxconsumed * sizeof(ItemPointerData)) :
			repalloc_huge(taking->consumed, taking->maxconsumed * sizeof(ItemPointerData));
	}
	taking->consumed[taking->nconsumed++] = *tid;
}

/* Row handler over the pending table; extra: ctid, seq, tx, op, captured_at, extra, n */
static void
take_pending(ZgRow *row, void *arg)
{
	Taking	   *taking = arg;
	Datum	   *extra = row->slot->tts_values + row->nextra - 1;
	int64		seq = DatumGetInt64(extra[1]);
	int64		tx = DatumGetInt64(extra[2]);
	char		op = DatumGetChar(extra[3]);
	TimestampTz captured_at = DatumGetTimestampTz(extra[4]);
	KeyState   *state;
	PendingEvent *event;
	MemoryContext old;

	consume(taking, (ItemPointer) DatumGetPointer(extra[0]));
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
	note_day(taking, row->day);
	zg_spelling_note(taking->run, taking->silver, 0, row->raw_key, zg_row_text(row, 0));
	state = find_key(taking, zg_row_text(row, 0));
	touch(taking, state);
	old = MemoryContextSwitchTo(taking->tx_context);
	event = palloc0(sizeof(PendingEvent));
	event->op = op;
	event->seq = seq;
	event->tx = tx;
	event->n = DatumGetInt32(extra[6]);
	event->captured_at = captured_at;
	event->row_hash = zg_raw_row_hash(taking->silver, row->slot, row->nextra + 5);
	copy_row(taking, row->slot, row->nextra + 5, event);
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
take_changes(Taking *taking)
{
	ZgSource	source = {
		.silver = taking->silver,
		.from = psprintf("(SELECT c.ctid, c.*, (t.place << 32) + coalesce(c.n, 0) AS place"
						 " FROM gold_state.%s c JOIN (SELECT seq, row_number() OVER (ORDER BY last_seq, tx, seq) AS place"
						 " FROM (SELECT seq, tx, max(seq) OVER (PARTITION BY tx) AS last_seq"
						 " FROM (SELECT DISTINCT seq, tx FROM gold_state.%s) d) e) t USING (seq)) s",
						 taking->tables->change, taking->tables->change),
		.extra = "s.ctid, s.seq, s.tx, s.op, s.captured_at, s.extra, s.n",
		.order = "s.place",
	};

	load_keys(taking, zg_query_finds(taking->run, psprintf("SELECT FROM gold_state.%s WHERE op = 'T'",
														   taking->tables->change), 0, NULL, NULL));
	zg_source_read(taking->run, &source, take_pending, taking);
	if (taking->in_tx)
		end_transaction(taking);
}

/* comparison with all of silver */

/* SQL of a jsonb with the columns of a silver relation beyond the contract. */
static char *
extra_columns(ZgRun *run, const ZgSilver *silver)
{
	Oid			relid = zg_silver_relid(run, silver);
	StringInfoData sql;
	int			natts = zg_relation_natts(relid);
	int			n = 0;

	initStringInfo(&sql);
	for (int i = 1; i <= natts; i++)
	{
		char	   *name = get_attname(relid, i, true);

		if (name == NULL || zg_silver_has_column(silver, name))
			continue;
		appendStringInfo(&sql, "%s%s, s.%s", n++ == 0 ? "jsonb_build_object(" : ", ",
						 quote_literal_cstr(name), quote_identifier(name));
	}
	appendStringInfoString(&sql, n == 0 ? "NULL::jsonb" : ")");
	return sql.data;
}

/* An event that the comparison found, at the run's instant. */
static PendingEvent *
make_found_event(Taking *taking, char op, int64 seq)
{
	PendingEvent *event = palloc0(sizeof(PendingEvent));

	event->op = op;
	event->seq = event->tx = seq;
	event->captured_at = taking->run->now;
	return event;
}

/* Row handler: add up the rows of each key; a new key's rows are kept. */
static void
compare_row(ZgRow *row, void *arg)
{
	Taking	   *taking = arg;
	KeyState   *state = find_key(taking, zg_row_text(row, 0));
	uint64		hash = zg_raw_row_hash(taking->silver, row->slot, row->nextra);

	zg_spelling_note(taking->run, taking->silver, 0, row->raw_key, zg_row_text(row, 0));
	if (!taking->second)
		taking->read++;
	state->came_rows++;
	state->came_hash += hash;
	if (!state->stored && !state->changed)
	{
		/* never seen before: nothing to compare with */
		MemoryContext old = MemoryContextSwitchTo(taking->tx_context);
		PendingEvent *event = make_found_event(taking, 'I', 0);

		copy_row(taking, row->slot, row->nextra, event);
		write_event(taking, state, event);
		MemoryContextSwitchTo(old);
		MemoryContextReset(taking->tx_context);
		note_day(taking, row->day);
	}
}

/* a row that the state believes to be in silver, and one that is */
typedef struct HeldRow
{
	struct HeldRow *next;
	uint64		row_hash;
	PendingEvent event;
} HeldRow;

/* the two sides of a key that differs */
typedef struct KeyDifference
{
	int32		ordinal;
	char		status;
	KeyState   *state;
	HeldRow    *held;
	HeldRow    *present;
} KeyDifference;

#define SH_PREFIX difference_table
#define SH_ELEMENT_TYPE KeyDifference
#define SH_KEY_TYPE int32
#define SH_KEY ordinal
#define SH_HASH_KEY(tb, key) murmurhash32(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Comparison
{
	Taking	   *taking;
	difference_table_hash *differences;
} Comparison;

static HeldRow *
make_held(Taking *taking, TupleTableSlot *slot, int extra_attnum)
{
	HeldRow    *held = palloc0(sizeof(HeldRow));

	held->row_hash = zg_raw_row_hash(taking->silver, slot, extra_attnum);
	copy_row(taking, slot, extra_attnum, &held->event);
	return held;
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

	zg_history_event(comparison->taking->silver, row, &event);
	difference = difference_table_lookup(comparison->differences, event.ordinal);
	if (difference == NULL)
		return;
	if (event.op == 'T')
		difference->held = NULL;
	else if (event.op == 'D')
		remove_held(&difference->held, event.row_hash);
	else
	{
		HeldRow    *held = make_held(comparison->taking, row->slot, row->nextra + 5);

		held->next = difference->held;
		difference->held = held;
	}
}

/* Row handler over silver: the rows of the keys that differ. */
static void
collect_present(ZgRow *row, void *arg)
{
	Comparison *comparison = arg;
	Taking	   *taking = comparison->taking;
	KeyState   *state = find_key(taking, zg_row_text(row, 0));
	KeyDifference *difference = difference_table_lookup(comparison->differences, state->ordinal);
	HeldRow    *present;

	if (difference == NULL)
		return;
	present = make_held(taking, row->slot, row->nextra);
	present->next = difference->present;
	difference->present = present;
	note_day(taking, row->day);
}

static int64
fresh_seq(Taking *taking)
{
	if (taking->fresh_seq == 0)
		taking->fresh_seq = nextval_internal(zg_table_oid("gold_state", "change_seq"),
											 false);
	return taking->fresh_seq;
}

/*
 * Write the events that lead from what the state held to what silver holds.
 * Mere additions to a living key count as seen by a scan; what replaces or
 * revives something was captured now.
 */
static void
write_difference(Taking *taking, KeyDifference *difference)
{
	KeyState   *state = difference->state;
	bool		revived = state->live_rows == 0 && state->stored;
	HeldRow    *gone = NULL;
	int64		seq;

	while (difference->held != NULL)
	{
		HeldRow    *held = difference->held;

		difference->held = held->next;
		if (!remove_held(&difference->present, held->row_hash))
		{
			held->next = gone;
			gone = held;
		}
	}
	seq = gone != NULL || revived ? fresh_seq(taking) : 0;
	for (HeldRow *row = gone; row != NULL; row = row->next)
	{
		row->event.op = 'D';
		row->event.seq = row->event.tx = seq;
		row->event.captured_at = taking->run->now;
		write_event(taking, state, &row->event);
		if (taking->silver->event_column >= 0 && !row->event.nulls[taking->silver->event_column])
			note_day(taking, DatumGetDateADT(row->event.values[taking->silver->event_column]));
	}
	for (HeldRow *row = difference->present; row != NULL; row = row->next)
	{
		row->event.op = 'I';
		row->event.seq = row->event.tx = seq;
		row->event.captured_at = taking->run->now;
		write_event(taking, state, &row->event);
	}
}

static int
compare_ints(const void *a, const void *b)
{
	return (*(const int32 *) a > *(const int32 *) b) - (*(const int32 *) a < *(const int32 *) b);
}

/*
 * Have only the rows of some keys read.  All their spellings go into one
 * constant list: an index serves it, a scan hashes it, a foreign server takes
 * it.
 */
static void
restrict_to_keys(Taking *taking, ZgSource *source, ZgIdList *keys)
{
	zg_spellings_add(taking->run, taking->silver, 0, keys);
	source->where = psprintf("(s.%s = ANY ($1) OR (zoom_gold.normal_text(s.%s) IS NULL AND '' = ANY ($1)))",
							 taking->tables->key, taking->tables->key);
	source->nargs = 1;
	source->argtypes[0] = TEXTARRAYOID;
	source->args[0] = zg_idlist_array(keys);
}

/* Find out row by row what differs for the keys whose sums do. */
static void
compare_keys(Taking *taking, difference_table_hash * differences, ZgSource *silver_source)
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
		.order = "s.seq, s.n, s.op <> 'T', s.op <> 'D'",
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
	events.args[0] = PointerGetDatum(construct_array(ordinals, n, INT4OID, sizeof(int32),
													 true, TYPALIGN_INT));
	zg_source_read(taking->run, &events, replay_event, &comparison);
	zg_spellings_save(taking->run);
	if (n <= 1000)
		restrict_to_keys(taking, silver_source, keys);
	zg_source_read(taking->run, silver_source, collect_present, &comparison);
	difference_table_start_iterate(differences, &iterator);
	while ((difference = difference_table_iterate(differences, &iterator)) != NULL)
		write_difference(taking, difference);
}

/*
 * Compare what the state holds with all of silver, or with its rows of the
 * recent keys.
 */
static void
compare_silver(Taking *taking, const ZgRecent *recent)
{
	ZgSource	source = {
		.silver = taking->silver,
		.from = psprintf("%s s", zg_silver_name(taking->run, taking->silver)),
		.extra = extra_columns(taking->run, taking->silver),
	};
	difference_table_hash *differences = difference_table_create(taking->context, 64, NULL);
	key_table_iterator iterator;
	KeyState   *state;

	if (recent != NULL)
	{
		zg_spellings_save(taking->run);
		restrict_to_keys(taking, &source, load_recent_keys(taking, recent));
	}
	else if (!taking->whole)
		load_keys(taking, true);
	taking->read = 0;			/* captured rows are among those read now */
	zg_source_read(taking->run, &source, compare_row, taking);
	key_table_start_iterate(taking->keys, &iterator);
	while ((state = key_table_iterate(taking->keys, &iterator)) != NULL)
	{
		bool		found;
		KeyDifference *difference;

		if (state->came_rows != state->live_rows || state->came_hash != state->live_hash)
		{
			if (state->stored || state->changed)
			{
				difference = difference_table_insert(differences, state->ordinal, &found);
				difference->state = state;
				difference->held = difference->present = NULL;
			}
		}
	}
	if (differences->members > 0)
		compare_keys(taking, differences, &source);
	key_table_start_iterate(taking->keys, &iterator);
	while ((state = key_table_iterate(taking->keys, &iterator)) != NULL)
	{
		if (state->came_rows != state->live_rows || state->came_hash != state->live_hash)
			state->changed = true;
		state->live_rows = state->came_rows;
		state->live_hash = state->live_rows == 0 ? 0 : state->came_hash;
	}
}

/* the end */

/* Refuse to lose too many keys at once. */
static void
check_guard(Taking *taking)
{
	key_table_iterator iterator;
	KeyState   *state;
	int64		lost = 0;
	int64		live;

	if (taking->run->settings.ignore_deletes && taking->silver->event_column < 0)
		return;
	key_table_start_iterate(taking->keys, &iterator);
	while ((state = key_table_iterate(taking->keys, &iterator)) != NULL)
		lost += state->rows_before > 0 && state->live_rows == 0 && VARSIZE_ANY_EXHDR(state->key) > 0;
	if (lost <= taking->run->settings.guard_rows)
		return;
	live = DatumGetInt64(zg_query_value(taking->run,
										psprintf("SELECT count(*) FROM gold_state.%s WHERE live_rows > 0",
												 taking->tables->identity),
										0, NULL, NULL, Int64GetDatum(0)));
	zg_guard_check(taking->run, taking->silver->name, lost, live);
}

static int
by_ordinal(const void *a, const void *b)
{
	return compare_ints(&(*(KeyState *const *) a)->ordinal, &(*(KeyState *const *) b)->ordinal);
}

/* The keys to be written, by ordinal; returns how many. */
static int
changed_keys(Taking *taking, KeyState **changed)
{
	key_table_iterator iterator;
	KeyState   *state;
	int			n = 0;

	key_table_start_iterate(taking->keys, &iterator);
	while ((state = key_table_iterate(taking->keys, &iterator)) != NULL)
		if (state->changed || (!state->stored && state->live_rows > 0))
			changed[n++] = state;
	qsort(changed, n, sizeof(KeyState *), by_ordinal);
	return n;
}

static void
key_values(Datum *values, const text *key, int32 ordinal, int32 live_rows, uint64 live_hash)
{
	values[0] = PointerGetDatum(key);
	values[1] = Int32GetDatum(ordinal);
	values[2] = Int32GetDatum(live_rows);
	values[3] = Int64GetDatum((int64) live_hash);
}

static void
add_fresh(ZgHistoryChange *change, const KeyState *state)
{
	ZgFreshKey *fresh = &change->fresh[change->nfresh++];

	fresh->ordinal = state->ordinal;
	fresh->key = state->key;
	fresh->live_rows = state->live_rows;
	fresh->live_hash = state->live_hash;
}

/*
 * Write the states of the keys that changed.  New users wait until it is
 * found out whether they are known.
 */
static void
save_keys(Taking *taking, ZgHistoryChange *change)
{
	const char *columns[] = {taking->tables->key, "ordinal", "live_rows", "live_hash"};
	bool		users = taking->silver->event_column < 0;
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold_state", taking->tables->identity),
										columns, 4);
	KeyState  **changed = palloc(Max(taking->keys->members, 1) * sizeof(KeyState *));
	int			n = changed_keys(taking, changed);

	change->ordinals = palloc(Max(n, 1) * sizeof(int32));
	change->fresh = palloc(Max(n, 1) * sizeof(ZgFreshKey));
	for (int i = 0; i < n; i++)
	{
		KeyState   *state = changed[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		change->ordinals[change->n++] = state->ordinal;
		key_values(values, state->key, state->ordinal, state->live_rows, state->live_hash);
		if (state->stored)
			zg_writer_update(writer, &state->tid, values, nulls);
		else if (users)
			add_fresh(change, state);
		else
			zg_writer_insert(writer, values, nulls);
	}
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

	if (change->nfresh == 0)
		return;
	writer = zg_writer_open(zg_table_oid("gold_state", "user_identity"),
							columns, lengthof(columns));
	for (int i = 0; i < change->nfresh; i++)
	{
		const ZgFreshKey *fresh = &change->fresh[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		key_values(values, fresh->key, fresh->ordinal, fresh->live_rows, fresh->live_hash);
		values[4] = BoolGetDatum(is_known(fresh->ordinal, arg));
		zg_writer_insert(writer, values, nulls);
	}
	zg_writer_close(writer);
	if (change->nfresh > MIN_ANALYZE)
	{
		zg_analyze("gold_state", "user_identity", "user_id, ordinal");
		zg_analyze("gold_state", "user_event", "ordinal");
	}
}

static void
delete_consumed(Taking *taking)
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
	Taking		taking = {
		.run = run,
		.silver = silver,
		.tables = silver->event_column < 0 ? &user_tables : &ticket_tables,
		.next_ordinal = -1,
		.context = CurrentMemoryContext,
		.no_key = cstring_to_text(""),
	};

	taking.tx_context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold transaction",
											  ALLOCSET_DEFAULT_SIZES);
	taking.keys = key_table_create(CurrentMemoryContext, 1024, NULL);
	open_event_writer(&taking);
	take_changes(&taking);
	zg_writer_flush(taking.events);
	if (compare)
		compare_silver(&taking, NULL);
	else if (recent != NULL && recent->n > 0)
		compare_silver(&taking, recent->n <= MAX_RECENT ? recent : NULL);
	zg_writer_close(taking.events);
	check_guard(&taking);
	save_keys(&taking, change);
	delete_consumed(&taking);
	zg_spellings_save(run);
	change->read = taking.read;
	change->ndays = zg_days_sort(taking.days, taking.ndays);
	change->days = taking.days;
	return change;
}
