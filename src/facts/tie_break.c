/*-------------------------------------------------------------------------
 *
 * tie_break.c
 *	  Of rows of one key with the same timestamps the last captured counts.
 *
 * A row of a table tells by itself when it was written: by which transaction
 * (xmin), command and in which place.  The transactions of captured statements
 * stand in the pending changes.  So capture needs not look at rows, and the
 * order is asked for only when a pass meets a tie.  As neither pending changes
 * nor system columns last, what was found is kept in gold_state.tied_row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/sort.h"
#include "base/text.h"
#include "capture/pending_change.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "facts/tie_break.h"
#include "silver/key_variant.h"
#include "state/writer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

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

/* captured transactions */

typedef struct Capture
{
	TransactionId xid;
	char		status;
	int64		last_seq;		/* of the whole transaction */
	int64		first_seq;		/* of the subtransaction */
} Capture;

#define SH_PREFIX capture_table
#define SH_ELEMENT_TYPE Capture
#define SH_KEY_TYPE TransactionId
#define SH_KEY xid
#include "base/number_table.h"

/* Row callback: xid, last_seq, first_seq */
static void
read_capture(TupleTableSlot *slot, void *arg)
{
	Capture    *capture;
	bool		found;

	slot_getallattrs(slot);
	if (slot->tts_isnull[0])
		return;
	capture = capture_table_insert(arg, DatumGetTransactionId(slot->tts_values[0]), &found);
	capture->last_seq = DatumGetInt64(slot->tts_values[1]);
	capture->first_seq = DatumGetInt64(slot->tts_values[2]);
}

/*
 * The captured transactions that this run takes up or has taken up.  None of
 * a relation that is not a table any more.
 */
static capture_table_hash *
read_captures(ZgRun *run, const ZgSilver *silver)
{
	capture_table_hash *captures = capture_table_create(CurrentMemoryContext, 64, NULL);
	bool		keeps_rows = zg_pending_keeps_rows(silver);
	char		relkind = get_rel_relkind(zg_silver_relid(run, silver));
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	if (relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE)
		zg_query_as_found(run,
						  psprintf("SELECT xid, max(max(seq)) OVER (PARTITION BY tx), min(seq)"
								   " FROM gold_state.%s%s GROUP BY tx, xid", zg_pending_name(silver),
								   keeps_rows ? "" : " WHERE relation = $1"),
						  keeps_rows ? 0 : 1, &type, &name, read_capture, captures);
	return captures;
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
	const Capture *capture;		/* in this run, or NULL */
	CommandId	command;
	ItemPointerData tid;
} TiedRow;

typedef struct Settling
{
	const ZgSilver *silver;
	ZgTies	   *ties;
	capture_table_hash *captures;
	TiedRow    *rows;
	int			n;
	int			max;
} Settling;

/* Row handler; extra: digest and, where there are captures, xmin, cmin, ctid */
static void
collect_row(ZgRow *row, void *arg)
{
	Settling   *settling = arg;
	Datum	   *extra = row->slot->tts_values + row->nextra - 1;
	TiedRow    *tied;

	if (row->nulls[0])
		return;
	zg_make_room(CurrentMemoryContext, settling->rows, settling->n, settling->max);
	tied = &settling->rows[settling->n++];
	tied->key = zg_text_copy(zg_row_text(row, 0));
	tied->version_at = row->version_at;
	tied->load_at = row->load_at;
	tied->content = zg_row_hash(settling->silver, row);
	tied->digest = DatumGetInt64(extra[0]);
	tied->place = find_place(settling->ties, row);
	tied->capture = NULL;
	if (settling->captures->members == 0)
		return;
	tied->capture = capture_table_lookup(settling->captures, DatumGetTransactionId(extra[1]));
	tied->command = DatumGetCommandId(extra[2]);
	tied->tid = *(ItemPointer) DatumGetPointer(extra[3]);
}

/* The order in which two captured rows were written. */
static int
compare_captures(const TiedRow *x, const TiedRow *y)
{
	int			cmp;

	if ((cmp = zg_compare_int64(x->capture->last_seq, y->capture->last_seq)) != 0 ||
		(cmp = zg_compare_int64(x->capture->first_seq, y->capture->first_seq)) != 0 ||
		(cmp = zg_compare_int64(x->command, y->command)) != 0)
		return cmp;
	return ItemPointerCompare((ItemPointer) &x->tid, (ItemPointer) &y->tid);
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
		(cmp = (x->capture != NULL) - (y->capture != NULL)) != 0)
		return cmp;
	if (x->capture != NULL)
		return compare_captures(x, y);
	if (x->place != y->place)
		return zg_compare_int64(x->place, y->place);
	return (x->content > y->content) - (x->content < y->content);
}

static bool
are_tied(const TiedRow *x, const TiedRow *y)
{
	return x->version_at == y->version_at && x->load_at == y->load_at &&
		zg_text_equal(x->key, y->key);
}

/* Read the rows of the keys, in order. */
static void
collect_rows(Settling *settling, ZgRun *run, ZgIdList *keys)
{
	const ZgSilver *silver = settling->silver;
	ZgSource	source = {
		.silver = silver,
		.from = psprintf("unnest($1) AS zoom_gold_ids (zoom_gold_id) JOIN %s s ON s.%s = zoom_gold_id",
						 zg_silver_name(run, silver), silver->columns[0].name),
		.deleted = zg_silver_deleted(run, silver),
		.extra = zg_tie_digest(run, silver),
		.nargs = 1,
		.argtypes = {TEXTARRAYOID},
	};

	if (settling->captures->members > 0)
		source.extra = psprintf("%s, s.xmin, s.cmin, s.ctid", source.extra);
	zg_key_variants_add(run, silver, 0, keys);
	source.args[0] = zg_idlist_array(keys);
	zg_source_read(run, &source, collect_row, settling);
	qsort(settling->rows, settling->n, sizeof(TiedRow), compare_rows);
}

/* Keep the order of the captured ones among rows that tie. */
static void
keep_places(Settling *settling, ZgWriter *writer, int first, int last)
{
	int32		place = 0;

	for (int i = first; i < last; i++)
	{
		TiedRow    *row = &settling->rows[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		if (row->capture == NULL && row->place == 0)
			continue;
		/* of equal rows the last stands for all */
		for (int j = i + 1; j < last && row != NULL; j++)
			if (settling->rows[j].digest == row->digest)
				row = NULL;
		if (row == NULL)
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
		.captures = read_captures(run, silver),
		.max = 64,
	};

	settling.rows = palloc(settling.max * sizeof(TiedRow));
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
