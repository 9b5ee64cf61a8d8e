/*-------------------------------------------------------------------------
 *
 * tie_break.c
 *	  Of rows of one key with the same timestamps the last captured counts.
 *
 * Capture notes the prints of the rows that were written, in order.  When a pass
 * meets a tie, it asks which of the rows have prints among the changes that
 * this run takes up: those are later than all others, in that order.  Nothing
 * that a row carries of itself would do: where it lies and by which command it
 * was written is gone after an aborted DELETE, CLUSTER or ALTER TABLE.  As pending
 * changes do not last, what was found is kept in gold_state.tied_row.  Rows
 * that say the same are one, written when the last of them was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/sort.h"
#include "base/text.h"
#include "capture/pending_change.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "facts/tie_break.h"
#include "facts/write_order.h"
#include "silver/key_variant.h"
#include "silver/row_print.h"
#include "state/writer.h"
#include "utils/builtins.h"

/* kept places */

typedef struct PlaceKey
{
	text	   *key;
	int64		digest;
} PlaceKey;

typedef struct Place
{
	PlaceKey	id;
	uint32		hash;
	char		status;
	int32		place;
} Place;

#define SH_PREFIX place_table
#define SH_ELEMENT_TYPE Place
#define SH_KEY_TYPE PlaceKey
#define SH_KEY id
#define SH_HASH_KEY(tb, id) hash_combine(zg_text_hash((id).key), (uint32) (id).digest)
#define SH_EQUAL(tb, a, b) ((a).digest == (b).digest && zg_text_equal((a).key, (b).key))
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ZgTies
{
	place_table_hash *places;
};

/* Row callback: key, row_hash, place */
static void
read_place(TupleTableSlot *slot, void *arg)
{
	ZgTies	   *ties = arg;
	PlaceKey	id;
	Place	   *place;
	bool		found;

	slot_getallattrs(slot);
	id.key = DatumGetTextPP(slot->tts_values[0]);
	id.digest = DatumGetInt64(slot->tts_values[1]);
	place = place_table_insert(ties->places, id, &found);
	if (found)
		return;
	place->id.key = zg_text_copy(id.key);
	place->place = DatumGetInt32(slot->tts_values[2]);
}

ZgTies *
zg_ties_read(ZgRun *run, const ZgSilver *silver)
{
	ZgTies	   *ties = palloc(sizeof(ZgTies));
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	ties->places = place_table_create(CurrentMemoryContext, 16, NULL);
	zg_query(run, "SELECT key, row_hash, place FROM gold_state.tied_row WHERE relation = $1",
			 1, &type, &name, read_place, ties);
	return ties->places->members == 0 ? NULL : ties;
}

char *
zg_tie_digest(ZgRun *run, const ZgSilver *silver)
{
	const char *columns = zg_silver_columns(silver);
	const char *deleted = zg_silver_deleted(run, silver);
	char	   *digest = psprintf("hash_record_extended(ROW(%s), 0)", columns);

	/* that a relation gets the column changes no row's digest */
	if (deleted == NULL)
		return digest;
	return psprintf("CASE WHEN %s IS NULL THEN %s ELSE hash_record_extended(ROW(%s, %s), 0) END",
					deleted, digest, columns, deleted);
}

/* The place of a row, 0 = none. */
static int32
find_place(const ZgTies *ties, const ZgRow *row)
{
	PlaceKey	id;
	Place	   *place;
	bool		isnull;

	if (ties == NULL)
		return 0;
	id.key = zg_row_text(row, 0);
	id.digest = DatumGetInt64(slot_getattr(row->slot, row->nextra, &isnull));
	place = place_table_lookup(ties->places, id);
	return place == NULL ? 0 : place->place;
}

/* half of the ranks for either kind of row */
#define CAPTURED_RANK (UINT64CONST(1) << 63)

uint64
zg_tie_rank(const ZgTies *ties, const ZgSilver *silver, const ZgRow *row)
{
	int32		place = find_place(ties, row);

	return place > 0 ? CAPTURED_RANK + place : zg_row_hash(silver, row) >> 1;
}

/* tied rows */

typedef struct TiedRow
{
	text	   *key;
	TimestampTz version_at;
	TimestampTz load_at;
	uint64		content;
	int64		digest;
	int32		place;			/* kept, 0 = none */
	uint64		print;
	ZgMoment	written;
	bool		stands;			/* the last of equal ones */
} TiedRow;

/* a digest that was seen */
typedef struct Digest
{
	int64		digest;
	char		status;
} Digest;

#define SH_PREFIX digest_table
#define SH_ELEMENT_TYPE Digest
#define SH_KEY_TYPE int64
#define SH_KEY digest
#include "base/number_table.h"

typedef struct Settling
{
	const ZgSilver *silver;
	ZgTies	   *ties;
	ZgRowPrint *print;			/* NULL = no row was seen yet */
	ZgWriteOrder *order;
	MemoryContext context;
	TiedRow    *rows;
	int			n;
	int			max;
} Settling;

/* The print of a row: its columns stand behind the digest. */
static uint64
print_row(Settling *settling, const ZgRow *row)
{
	TupleTableSlot *slot = row->slot;

	if (zg_pending_keeps_rows(settling->silver))
		return zg_row_stamped_hash(row, zg_row_hash(settling->silver, row));
	if (settling->print == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(settling->context);

		settling->print = zg_row_print_prepare(settling->silver, slot->tts_tupleDescriptor,
											   row->nextra + 1);
		MemoryContextSwitchTo(old);
	}
	return zg_row_print(settling->print, slot->tts_values, slot->tts_isnull);
}

/* Row handler; extra: digest and the printed columns */
static void
collect_row(ZgRow *row, void *arg)
{
	Settling   *settling = arg;
	TiedRow    *tied;

	if (row->nulls[0])
		return;
	zg_make_room(settling->context, settling->rows, settling->n, settling->max);
	tied = &settling->rows[settling->n++];
	tied->key = zg_text_copy(zg_row_text(row, 0));
	tied->version_at = row->version_at;
	tied->load_at = row->load_at;
	tied->content = zg_row_hash(settling->silver, row);
	tied->digest = DatumGetInt64(row->slot->tts_values[row->nextra - 1]);
	tied->place = find_place(settling->ties, row);
	tied->print = print_row(settling, row);
}

/* By key and timestamps; then seen by a scan, captured before, captured now. */
static int
compare_rows(const void *a, const void *b)
{
	const TiedRow *x = a;
	const TiedRow *y = b;
	int			cmp;

	if ((cmp = zg_text_compare(x->key, y->key)) != 0 ||
		(cmp = zg_compare_int64(x->version_at, y->version_at)) != 0 ||
		(cmp = zg_compare_int64(x->load_at, y->load_at)) != 0 ||
		(cmp = zg_compare_moments(&x->written, &y->written)) != 0 ||
		(cmp = zg_compare_int64(x->place, y->place)) != 0)
		return cmp;
	return (x->content > y->content) - (x->content < y->content);
}

static bool
are_tied(const TiedRow *x, const TiedRow *y)
{
	return x->version_at == y->version_at && x->load_at == y->load_at &&
		zg_text_equal(x->key, y->key);
}

/* Find out when the rows were written. */
static void
find_moments(Settling *settling, ZgRun *run, ZgIdList *keys)
{
	for (int i = 0; i < settling->n; i++)
		settling->order = zg_write_order_add(settling->order, settling->rows[i].print);
	if (settling->n > 0)
		zg_write_order_read(settling->order, run, settling->silver, keys);
	for (int i = 0; i < settling->n; i++)
		settling->rows[i].written = zg_write_order_find(settling->order, settling->rows[i].print);
}

/* Read the rows of the keys, in order. */
static void
collect_rows(Settling *settling, ZgRun *run, ZgIdList *keys)
{
	const ZgSilver *silver = settling->silver;
	ZgSource	source = {
		.silver = silver,
		.from = psprintf("unnest($1) AS zoom_gold_ids (zoom_gold_id) JOIN %s s ON s.%s = zoom_gold_ids.zoom_gold_id",
						 zg_silver_name(run, silver), silver->columns[0].name),
		.deleted = zg_silver_deleted(run, silver),
		.extra = psprintf("%s, %s", zg_tie_digest(run, silver), zg_row_print_columns(run, silver)),
		.nargs = 1,
		.argtypes = {TEXTARRAYOID},
	};

	zg_key_variants_add(run, silver, 0, keys);
	source.args[0] = zg_idlist_array(keys);
	zg_source_read(run, &source, collect_row, settling);
	find_moments(settling, run, keys);
	qsort(settling->rows, settling->n, sizeof(TiedRow), compare_rows);
}

/* Of equal rows the last stands for all. */
static void
find_equal(TiedRow *rows, int first, int last)
{
	digest_table_hash *digests = digest_table_create(CurrentMemoryContext, 2 * (last - first), NULL);
	bool		found;

	for (int i = last - 1; i >= first; i--)
	{
		(void) digest_table_insert(digests, rows[i].digest, &found);
		rows[i].stands = !found;
	}
	digest_table_destroy(digests);
}

/* Keep the order of the captured ones among rows that tie. */
static void
keep_places(Settling *settling, ZgWriter *writer, int first, int last)
{
	int32		place = 0;

	find_equal(settling->rows, first, last);
	for (int i = first; i < last; i++)
	{
		TiedRow    *row = &settling->rows[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		if (!row->stands || (row->written.last_seq == 0 && row->place == 0))
			continue;
		values[0] = CStringGetTextDatum(settling->silver->name);
		values[1] = PointerGetDatum(row->key);
		values[2] = Int64GetDatum(row->digest);
		values[3] = Int32GetDatum(++place);
		zg_writer_insert(writer, values, nulls);
	}
}

/* Replace the kept places of some keys, or of the relation. */
static void
save_places(Settling *settling, ZgIdList *keys, bool all)
{
	static const char *const columns[] = {"relation", "key", "row_hash", "place"};
	Oid			types[] = {TEXTOID, TEXTARRAYOID};
	Datum		args[] = {CStringGetTextDatum(settling->silver->name), zg_idlist_array(keys)};
	ZgWriter   *writer;

	if (settling->ties != NULL)
		zg_execute(all ? "DELETE FROM gold_state.tied_row WHERE relation = $1" :
				   "DELETE FROM gold_state.tied_row WHERE relation = $1 AND key = ANY ($2)",
				   all ? 1 : 2, types, args, NULL);
	writer = zg_writer_open(zg_table_oid("gold_state", "tied_row"),
							columns, lengthof(columns));
	for (int first = 0, last; first < settling->n; first = last)
	{
		for (last = first + 1; last < settling->n &&
			 are_tied(&settling->rows[first], &settling->rows[last]); last++)
			 /* the tie goes on */ ;
		if (last - first > 1)
			keep_places(settling, writer, first, last);
	}
	zg_writer_close(writer);
}

/* Keep how many places are kept: verify() asks whether some were lost. */
static void
count_places(const ZgSilver *silver)
{
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	zg_execute("UPDATE gold_state.relation_state r SET tied_rows = t.n"
			   " FROM (SELECT count(*) AS n FROM gold_state.tied_row WHERE relation = $1) t"
			   " WHERE r.relation = $1 AND r.tied_rows IS DISTINCT FROM t.n", 1, &type, &name, NULL);
}

void
zg_ties_settle(ZgRun *run, const ZgSilver *silver, ZgIdList *keys, bool all,
			   ZgNewestVisitor visit, void *arg)
{
	Settling	settling = {
		.silver = silver,
		.ties = zg_ties_read(run, silver),
		.context = CurrentMemoryContext,
	};

	collect_rows(&settling, run, keys);
	save_places(&settling, keys, all);
	count_places(silver);
	for (int i = 0; i < settling.n; i++)
	{
		TiedRow    *row = &settling.rows[i];

		if (i + 1 == settling.n || !zg_text_equal(row->key, row[1].key))
			visit(row->key, row->version_at, row->load_at, row->content, arg);
	}
}

void
zg_ties_forget(const ZgSilver *silver)
{
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	zg_execute("DELETE FROM gold_state.tied_row WHERE relation = $1", 1, &type, &name, NULL);
	count_places(silver);
}
