/*-------------------------------------------------------------------------
 *
 * write_order.c
 *	  In which order the rows of silver were written that a run takes up.
 *
 * The pending changes hold the prints of the rows that were written, in order;
 * of tickets the kept versions know, so that a fact shows the row that its
 * history takes for the newest.  There may be many: only those that somebody
 * asks for are kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/sort.h"
#include "capture/pending_change.h"
#include "catalog/pg_type.h"
#include "facts/write_order.h"
#include "history/ticket_history.h"
#include "state/query.h"
#include "utils/builtins.h"

typedef struct Written
{
	uint64		print;
	char		status;
	ZgMoment	last;
} Written;

#define SH_PREFIX written_table
#define SH_ELEMENT_TYPE Written
#define SH_KEY_TYPE uint64
#define SH_KEY print
#define SH_HASH_KEY(tb, key) ((uint32) (key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ZgWriteOrder
{
	written_table_hash *table;
};

ZgWriteOrder *
zg_write_order_add(ZgWriteOrder *order, uint64 print)
{
	bool		found;
	Written    *written;

	if (order == NULL)
	{
		order = palloc(sizeof(ZgWriteOrder));
		order->table = written_table_create(CurrentMemoryContext, 64, NULL);
	}
	written = written_table_insert(order->table, print, &found);
	if (!found)
		memset(&written->last, 0, sizeof(written->last));
	return order;
}

int
zg_compare_moments(const ZgMoment *a, const ZgMoment *b)
{
	int			cmp;

	if ((cmp = zg_compare_int64(a->last_seq, b->last_seq)) != 0 ||
		(cmp = zg_compare_int64(a->seq, b->seq)) != 0 ||
		(cmp = zg_compare_int64(a->n, b->n)) != 0)
		return cmp;
	return zg_compare_int64(a->place, b->place);
}

/* A row with that print was written then. */
static void
note_written(ZgWriteOrder *order, uint64 print, const ZgMoment *moment)
{
	Written    *written = written_table_lookup(order->table, print);

	if (written != NULL && zg_compare_moments(moment, &written->last) > 0)
		written->last = *moment;
}

/* columns of the queries; the last is print or prints */
enum
{
	WRITTEN_LAST_SEQ, WRITTEN_SEQ, WRITTEN_N, WRITTEN_PRINT
};

static ZgMoment
read_moment(TupleTableSlot *slot)
{
	ZgMoment	moment = {0};

	slot_getallattrs(slot);
	moment.last_seq = DatumGetInt64(slot->tts_values[WRITTEN_LAST_SEQ]);
	moment.seq = DatumGetInt64(slot->tts_values[WRITTEN_SEQ]);
	moment.n = DatumGetInt32(slot->tts_values[WRITTEN_N]);
	return moment;
}

/*
 * Visitor of tickets: their kept versions know.  A row that equals the one whose
 * place it took, in its transaction, was written when that was.
 */
static void
note_ticket(const ZgTicketHistory *ticket, void *arg)
{
	for (int i = 0; i < ticket->n; i++)
	{
		const ZgEvent *event = &ticket->events[i];
		ZgMoment	moment = {0};

		if (!event->live)
			continue;
		while (event->touch)
			event = &ticket->events[event->replaces];
		moment.last_seq = moment.seq = event->seq;
		moment.n = event->n;
		note_written(arg, ticket->events[i].content, &moment);
	}
}

/* Row callback */
static void
read_prints(TupleTableSlot *slot, void *arg)
{
	ZgMoment	moment = read_moment(slot);
	const bytea *prints = DatumGetByteaPP(slot->tts_values[WRITTEN_PRINT]);
	int			n = VARSIZE_ANY_EXHDR(prints) / sizeof(uint64);

	for (moment.place = 0; moment.place < n; moment.place++)
	{
		uint64		print;

		memcpy(&print, VARDATA_ANY(prints) + moment.place * sizeof(print), sizeof(print));
		note_written(arg, print, &moment);
	}
}

/*
 * What an earlier step of the run has consumed counts as well.  Of a
 * transaction the end is when it wrote last.
 */
static void
read_changes(ZgWriteOrder *order, ZgRun *run, const ZgSilver *silver)
{
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	zg_query_as_found(run, "SELECT t.last_seq, c.seq, c.n, c.prints FROM gold_state.slice_change c"
					  " JOIN (SELECT tx, max(seq) AS last_seq FROM gold_state.slice_change"
					  " WHERE relation = $1 GROUP BY tx) t USING (tx)"
					  " WHERE c.relation = $1 AND c.prints IS NOT NULL AND c.n IS NOT NULL",
					  1, &type, &name, read_prints, order);
}

void
zg_write_order_read(ZgWriteOrder *order, ZgRun *run, const ZgSilver *silver, ZgIdList *keys)
{
	if (zg_pending_keeps_rows(silver))
		zg_ticket_histories_read(run, "SELECT unnest($1)", 1, TEXTARRAYOID, zg_idlist_array(keys),
								 note_ticket, order);
	else
		read_changes(order, run, silver);
}

ZgMoment
zg_write_order_find(const ZgWriteOrder *order, uint64 print)
{
	return written_table_lookup(order->table, print)->last;
}
