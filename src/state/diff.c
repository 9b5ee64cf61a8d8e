/*-------------------------------------------------------------------------
 *
 * diff.c
 *	  Bringing part of a table to a wanted set of rows by writing only the
 *	  difference.
 *
 * Both sides are multisets.  A present row is known by a 128-bit hash of its
 * columns and its tuple id; wanted rows that find no twin wait in a
 * tuplestore until all are known.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "state/diff.h"
#include "state/query.h"
#include "state/store.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

typedef struct RowHash
{
	uint64		low;
	uint64		high;
} RowHash;

/* a row that the table holds now */
typedef struct PresentRow
{
	RowHash		hash;
	Oid			leaf;			/* the table or partition it is in */
	ItemPointerData tid;
	bool		taken;			/* a wanted row is its twin */
	int32		next;			/* in its bucket; -1 = last */
} PresentRow;

/* present rows by hash */
typedef struct PresentSet
{
	PresentRow *rows;
	int64		nrows;
	int64		maxrows;
	int32	   *buckets;
	uint32		mask;
} PresentSet;

/* a row with its dates */
typedef struct DatedRow
{
	Datum	   *values;
	bool	   *nulls;
} DatedRow;

struct ZgDiff
{
	ZgRun	   *run;
	ZgTarget	target;
	Oid			relid;			/* its table */
	int			ncolumns;		/* with those of users */
	const char **columns;
	DatedRow	row;			/* the one at hand */
	TupleDesc	desc;			/* of the target's columns, as they are */
	ZgStore    *store;
	ZgCoercion *coercion;		/* from the model's types to those, or NULL */
	bool		straight;		/* nothing is present: write at once */
	PresentSet	present;
	Tuplestorestate *wanted;	/* rows without a twin */
	int64		nwanted;
	int64		unchanged;
	int64		written_straight;
	StringInfoData buffer;		/* a row's bytes, for hashing */
	MemoryContext context;
};

/* Append what makes a value equal to another of its type. */
static void
append_value(StringInfo buffer, Form_pg_attribute column, Datum value)
{
	switch (column->atttypid)
	{
		case TEXTOID:
			{
				text	   *t = DatumGetTextPP(value);
				int32		len = VARSIZE_ANY_EXHDR(t);

				appendBinaryStringInfo(buffer, (char *) &len, sizeof(len));
				appendBinaryStringInfo(buffer, VARDATA_ANY(t), len);
				if ((Pointer) t != DatumGetPointer(value))
					pfree(t);
				break;
			}
		case NUMERICOID:
			{
				char	   *s = numeric_normalize(DatumGetNumeric(value));
				int32		len = strlen(s);

				appendBinaryStringInfo(buffer, (char *) &len, sizeof(len));
				appendBinaryStringInfo(buffer, s, len);
				pfree(s);
				break;
			}
		case JSONBOID:
		case BYTEAOID:
		case INT4ARRAYOID:
			{
				bytea	   *b = DatumGetByteaPP(value);
				int32		len = VARSIZE_ANY_EXHDR(b);

				appendBinaryStringInfo(buffer, (char *) &len, sizeof(len));
				appendBinaryStringInfo(buffer, VARDATA_ANY(b), len);
				if ((Pointer) b != DatumGetPointer(value))
					pfree(b);
				break;
			}
		default:
			if (column->attbyval)
				appendBinaryStringInfo(buffer, (char *) &value, sizeof(value));
			else
			{
				/* a column of the user's own: compare its text */
				Oid			output;
				bool		varlena;
				char	   *s;
				int32		len;

				getTypeOutputInfo(column->atttypid, &output, &varlena);
				s = OidOutputFunctionCall(output, value);
				len = strlen(s);
				appendBinaryStringInfo(buffer, (char *) &len, sizeof(len));
				appendBinaryStringInfo(buffer, s, len);
				pfree(s);
			}
	}
}

/* chosen columns: the first 32 by a bit each, the others all or none */
#define ALL_COLUMNS PG_UINT32_MAX

/* Hash the chosen columns of a row. */
static RowHash
hash_row(ZgDiff *diff, const Datum *values, const bool *nulls, uint32 columns)
{
	StringInfo	buffer = &diff->buffer;
	RowHash		hash;

	resetStringInfo(buffer);
	for (int i = 0; i < diff->ncolumns; i++)
	{
		if (i < 32 ? (columns & (UINT32_C(1) << i)) == 0 : columns != ALL_COLUMNS)
			continue;
		appendStringInfoCharMacro(buffer, nulls[i] ? '\1' : '\0');
		if (!nulls[i])
			append_value(buffer, TupleDescAttr(diff->desc, i), values[i]);
	}
	hash.low = hash_bytes_extended((unsigned char *) buffer->data, buffer->len,
								   UINT64CONST(0x9E3779B97F4A7C15));
	hash.high = hash_bytes_extended((unsigned char *) buffer->data, buffer->len,
									UINT64CONST(0xC2B2AE3D27D4EB4F));
	return hash;
}

static void
present_add(PresentSet *set, RowHash hash, Oid leaf, ItemPointer tid)
{
	PresentRow *row;

	if (set->nrows == set->maxrows)
	{
		set->maxrows = set->maxrows == 0 ? 256 : set->maxrows * 2;
		if (set->maxrows > PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("cannot compare more than %d rows at once", PG_INT32_MAX)));
		set->rows = set->rows == NULL ?
			palloc(set->maxrows * sizeof(PresentRow)) :
			repalloc_huge(set->rows, set->maxrows * sizeof(PresentRow));
	}
	row = &set->rows[set->nrows++];
	row->hash = hash;
	row->leaf = leaf;
	row->tid = *tid;
	row->taken = false;
}

/* Build the buckets over all rows added so far that are not taken. */
static void
present_index(PresentSet *set)
{
	uint64		nbuckets = pg_nextpower2_64(Max(set->nrows, 16));

	set->mask = nbuckets - 1;
	set->buckets = MemoryContextAllocHuge(CurrentMemoryContext, nbuckets * sizeof(int32));
	memset(set->buckets, -1, nbuckets * sizeof(int32));
	for (int64 i = set->nrows - 1; i >= 0; i--)
	{
		uint32		bucket = set->rows[i].hash.low & set->mask;

		if (set->rows[i].taken)
			continue;
		set->rows[i].next = set->buckets[bucket];
		set->buckets[bucket] = i;
	}
}

/* Take a row of that hash out of the set, or return NULL. */
static PresentRow *
present_take(PresentSet *set, RowHash hash)
{
	int32	   *link = &set->buckets[hash.low & set->mask];

	while (*link >= 0)
	{
		PresentRow *row = &set->rows[*link];

		if (row->hash.low == hash.low && row->hash.high == hash.high)
		{
			*link = row->next;
			row->taken = true;
			return row;
		}
		link = &row->next;
	}
	return NULL;
}

static void
note_present(ZgDiff *diff, Oid leaf, ItemPointer tid, const Datum *values, const bool *nulls)
{
	MemoryContext old = MemoryContextSwitchTo(diff->context);

	present_add(&diff->present, hash_row(diff, values, nulls, ALL_COLUMNS), leaf, tid);
	MemoryContextSwitchTo(old);
}

void
zg_diff_present(ZgDiff *diff, ItemPointer tid, const Datum *values, const bool *nulls)
{
	note_present(diff, diff->relid, tid, values, nulls);
}

/* Row callback: tableoid, ctid, then the target's columns. */
static void
read_present(TupleTableSlot *slot, void *arg)
{
	slot_getallattrs(slot);
	note_present(arg, DatumGetObjectId(slot->tts_values[0]),
				 (ItemPointer) DatumGetPointer(slot->tts_values[1]),
				 slot->tts_values + 2, slot->tts_isnull + 2);
}

static void
describe_columns(ZgDiff *diff)
{
	diff->desc = CreateTemplateTupleDesc(diff->ncolumns);
	for (int i = 0; i < diff->ncolumns; i++)
	{
		AttrNumber	attnum = get_attnum(diff->relid, diff->columns[i]);
		Oid			type;
		int32		typmod;
		Oid			collation;

		if (attnum == InvalidAttrNumber)
			continue;			/* the writer has said so */
		get_atttypetypmodcoll(diff->relid, attnum, &type, &typmod, &collation);
		TupleDescInitEntry(diff->desc, i + 1, diff->columns[i], type, typmod, 0);
	}
}

static void
open_store(ZgDiff *diff)
{
	const ZgTarget *target = &diff->target;

	diff->ncolumns = target->ncolumns + target->nown;
	diff->columns = palloc((diff->ncolumns + 2) * sizeof(char *));
	memcpy(diff->columns, target->columns, target->ncolumns * sizeof(char *));
	for (int i = 0; i < target->nown; i++)
		diff->columns[target->ncolumns + i] = target->own_columns[i];
	diff->columns[diff->ncolumns] = "load_date";
	diff->columns[diff->ncolumns + 1] = "update_date";
	diff->row.values = palloc((diff->ncolumns + 2) * sizeof(Datum));
	diff->row.nulls = palloc((diff->ncolumns + 2) * sizeof(bool));
	diff->store = zg_store_open(diff->relid, diff->columns, diff->ncolumns + (target->undated ? 0 : 2));
	diff->coercion = zg_store_coercion(diff->store);
}

static ZgDiff *
create_diff(ZgRun *run, const ZgTarget *target, bool straight)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "zoom_gold diff",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ZgDiff	   *diff = palloc0(sizeof(ZgDiff));

	diff->run = run;
	diff->relid = zg_table_oid(target->schema, target->table);
	diff->target = *target;
	diff->context = context;
	open_store(diff);
	describe_columns(diff);
	initStringInfo(&diff->buffer);
	diff->straight = straight;
	if (straight && target->undated)
		zg_writer_defer_indexes(zg_store_leaf(diff->store, diff->relid));
	else if (straight)
		zg_store_fill(diff->store);
	if (!straight)
		diff->wanted = tuplestore_begin_heap(false, false, work_mem);
	MemoryContextSwitchTo(old);
	return diff;
}

/*
 * Begin to bring the part of a table that the restriction selects to a wanted
 * set of rows; NULL says that the part is empty.
 */
ZgDiff *
zg_diff_begin(ZgRun *run, const ZgTarget *target, const char *restriction,
			  int nargs, const Oid *argtypes, const Datum *values)
{
	ZgDiff	   *diff = create_diff(run, target, restriction == NULL);
	StringInfoData sql;

	if (diff->straight)
		return diff;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT tableoid, ctid");
	for (int i = 0; i < diff->ncolumns; i++)
		appendStringInfo(&sql, ", %s", quote_identifier(diff->columns[i]));
	appendStringInfo(&sql, " FROM %s s WHERE %s",
					 quote_qualified_identifier(target->schema, target->table),
					 restriction);
	zg_query(run, sql.data, nargs, argtypes, values, read_present, diff);
	pfree(sql.data);
	return diff;
}

bool
zg_target_is_empty(ZgRun *run, const ZgTarget *target)
{
	return target->table == NULL ||
		!zg_query_finds(run, psprintf("SELECT FROM %s.%s", target->schema, target->table), 0, NULL, NULL);
}

ZgDiff *
zg_diff_begin_read(ZgRun *run, const ZgTarget *target)
{
	return create_diff(run, target, false);
}

bool
zg_diff_is_straight(const ZgDiff *diff)
{
	return diff->straight;
}

/* Put the dates behind a row's columns. */
static void
date_row(ZgDiff *diff, DatedRow *row, DateADT load_date)
{
	int			n = diff->ncolumns;

	if (diff->target.undated)
		return;
	row->values[n] = DateADTGetDatum(load_date);
	row->values[n + 1] = DateADTGetDatum(diff->run->today);
	row->nulls[n] = row->nulls[n + 1] = false;
	zg_coerce(diff->coercion, n, 2, &row->values[n], &row->nulls[n]);
}

/* Put a new row, cast already, into the table, dated today. */
static void
insert_row(ZgDiff *diff, DatedRow *row)
{
	date_row(diff, row, diff->run->today);
	zg_writer_insert(zg_store_place(diff->store, row->values, row->nulls), row->values, row->nulls);
}

/* A row of the target's columns, as these hold it, if it needs a cast. */
static void
cast_row(ZgDiff *diff, DatedRow *row, const Datum *values, const bool *nulls)
{
	int			n = diff->ncolumns;

	memcpy(row->values, values, n * sizeof(Datum));
	memcpy(row->nulls, nulls, n * sizeof(bool));
	zg_coerce(diff->coercion, 0, n, row->values, row->nulls);
}

/* Take a wanted row into the store unless it has a twin among the present ones. */
static bool
want_row(ZgDiff *diff, DatedRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(diff->context);
	bool		is_new;

	if (diff->present.buckets == NULL)
		present_index(&diff->present);
	is_new = present_take(&diff->present,
						  hash_row(diff, row->values, row->nulls, ALL_COLUMNS)) == NULL;
	if (is_new)
	{
		tuplestore_putvalues(diff->wanted, diff->desc, row->values, row->nulls);
		diff->nwanted++;
	}
	else
		diff->unchanged++;
	MemoryContextSwitchTo(old);
	return is_new;
}

bool
zg_diff_row(ZgDiff *diff, const Datum *values, const bool *nulls)
{
	cast_row(diff, &diff->row, values, nulls);
	if (!diff->straight)
		return want_row(diff, &diff->row);
	insert_row(diff, &diff->row);
	diff->written_straight++;
	return false;
}

/* a row that changes: where it is, or what it was if it was taken out */
typedef struct Pair
{
	bool		paired;
	Oid			leaf;
	ItemPointerData tid;
	ZgTaken    *taken;
	DateADT		load_date;
} Pair;

/* what a row without a twin has beside its hash */
typedef struct Leftover
{
	RowHash		unique_hash;	/* of the columns with unique values */
	DateADT		load_date;
	bool		kept;
} Leftover;

/* what read_leftover needs */
typedef struct LeftoverRead
{
	ZgDiff	   *diff;
	PresentSet	leftovers;		/* by the hash of their pair columns */
	Leftover   *details;		/* beside leftovers.rows */
	Oid			leaf;			/* whose are being read */
	ZgKeepRow	keep;
	void	   *keep_arg;
} LeftoverRead;

static void
read_leftover(TupleTableSlot *slot, void *arg)
{
	LeftoverRead *read = arg;
	ZgDiff	   *diff = read->diff;
	int			n = diff->ncolumns;
	const Datum *values = slot->tts_values + 1;
	const bool *nulls = slot->tts_isnull + 1;
	int64		max = read->leftovers.maxrows;
	Leftover   *details;

	slot_getallattrs(slot);
	present_add(&read->leftovers, hash_row(diff, values, nulls, diff->target.pair_columns),
				read->leaf, (ItemPointer) DatumGetPointer(slot->tts_values[0]));
	if (read->leftovers.maxrows > max)
		read->details = zg_resize(CurrentMemoryContext, read->details,
								  read->leftovers.maxrows * sizeof(Leftover));
	details = &read->details[read->leftovers.nrows - 1];
	details->unique_hash = hash_row(diff, values, nulls, diff->target.unique_columns);
	details->load_date = diff->target.undated ? diff->run->today : DatumGetDateADT(values[n]);
	/* behind load_date the columns come again, with the model's types */
	details->kept = read->keep != NULL && read->keep(values + n + 1, nulls + n + 1, read->keep_arg);
}

/* What read_leftover reads: ctid, the columns, load_date, the columns to keep by. */
static char *
leftovers_query(ZgDiff *diff, Oid leaf, bool keeps)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ctid");
	for (int i = 0; i < diff->ncolumns; i++)
		appendStringInfo(&sql, ", %s", quote_identifier(diff->columns[i]));
	appendStringInfoString(&sql, diff->target.undated ? ", NULL" : ", load_date::date");
	for (int i = 0; keeps && i < diff->ncolumns; i++)
	{
		Oid			type = zg_coercion_type(diff->coercion, i);

		appendStringInfo(&sql, ", %s", quote_identifier(diff->columns[i]));
		if (OidIsValid(type))
			appendStringInfo(&sql, "::%s", format_type_be(type));
	}
	appendStringInfo(&sql, " FROM %s WHERE ctid = ANY ($1)",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(leaf)),
												get_rel_name(leaf)));
	return sql.data;
}

static int
compare_leaves(const void *a, const void *b)
{
	const PresentRow *x = *(PresentRow *const *) a;
	const PresentRow *y = *(PresentRow *const *) b;

	return (x->leaf > y->leaf) - (x->leaf < y->leaf);
}

/* Read rows of one table or partition again. */
static void
read_leftovers_of(ZgDiff *diff, LeftoverRead *read, PresentRow **rows, int n)
{
	Datum	   *tids = palloc(n * sizeof(Datum));
	Oid			type = TIDARRAYOID;
	Datum		array;

	for (int i = 0; i < n; i++)
		tids[i] = PointerGetDatum(&rows[i]->tid);
	array = PointerGetDatum(construct_array(tids, n, TIDOID,
											sizeof(ItemPointerData), false, TYPALIGN_SHORT));
	read->leaf = rows[0]->leaf;
	zg_query(diff->run, leftovers_query(diff, read->leaf, read->keep != NULL), 1, &type, &array,
			 read_leftover, read);
}

/* Read the rows that have no twin again, by tuple id. */
static void
read_leftovers(ZgDiff *diff, LeftoverRead *read)
{
	PresentRow **rows = MemoryContextAllocHuge(CurrentMemoryContext,
											   Max(diff->present.nrows, 1) * sizeof(PresentRow *));
	int			n = 0;

	for (int64 i = 0; i < diff->present.nrows; i++)
		if (!diff->present.rows[i].taken)
			rows[n++] = &diff->present.rows[i];
	qsort(rows, n, sizeof(PresentRow *), compare_leaves);
	for (int first = 0, last; first < n; first = last)
	{
		for (last = first + 1; last < n && rows[last]->leaf == rows[first]->leaf; last++)
			 /* the run goes on */ ;
		read_leftovers_of(diff, read, rows + first, last - first);
	}
	present_index(&read->leftovers);
}

/* Call a function for every waiting row, with its place in the order. */
static void
each_wanted(ZgDiff *diff, LeftoverRead *read, Pair *pairs,
			void (*visit) (ZgDiff *, LeftoverRead *, Pair *, const Datum *, const bool *))
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(diff->desc, &TTSOpsMinimalTuple);
	int64		n = 0;

	tuplestore_rescan(diff->wanted);
	while (tuplestore_gettupleslot(diff->wanted, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		visit(diff, read, &pairs[n++], slot->tts_values, slot->tts_isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* Make a wanted row the one at hand, dated; returns where it belongs. */
static ZgWriter *
place_row(ZgDiff *diff, const Datum *values, const bool *nulls, DateADT load_date)
{
	DatedRow   *row = &diff->row;

	memcpy(row->values, values, diff->ncolumns * sizeof(Datum));
	memcpy(row->nulls, nulls, diff->ncolumns * sizeof(bool));
	date_row(diff, row, load_date);
	return zg_store_place(diff->store, row->values, row->nulls);
}

static void
find_pair(ZgDiff *diff, LeftoverRead *read, Pair *pair,
		  const Datum *values, const bool *nulls)
{
	PresentRow *row = present_take(&read->leftovers,
								   hash_row(diff, values, nulls, diff->target.pair_columns));
	const Leftover *details;
	RowHash		hash;
	ZgWriter   *writer;

	if (row == NULL)
		return;
	details = &read->details[row - read->leftovers.rows];
	pair->paired = true;
	pair->leaf = row->leaf;
	pair->tid = row->tid;
	pair->load_date = details->load_date;
	hash = hash_row(diff, values, nulls, diff->target.unique_columns);
	writer = zg_store_leaf(diff->store, row->leaf);
	if (hash.low != details->unique_hash.low || hash.high != details->unique_hash.high ||
		writer != place_row(diff, values, nulls, pair->load_date))
		pair->taken = zg_writer_take(writer, &row->tid);
}

static void
write_wanted(ZgDiff *diff, LeftoverRead *read, Pair *pair,
			 const Datum *values, const bool *nulls)
{
	const DatedRow *row = &diff->row;
	ZgWriter   *writer = place_row(diff, values, nulls,
								   pair->paired ? pair->load_date : diff->run->today);

	(void) read;
	if (!pair->paired)
		zg_writer_insert(writer, row->values, row->nulls);
	else if (pair->taken != NULL)
		zg_writer_put(writer, pair->taken, row->values, row->nulls);
	else
		zg_writer_update(writer, &pair->tid, row->values, row->nulls);
}

/* a table filled with more rows than this is analyzed at once */
#define MIN_ANALYZE 1000

/* Write deletes, then updates and inserts. */
static void
write_difference(ZgDiff *diff, ZgKeepRow keep, void *keep_arg, ZgCounts *counts)
{
	LeftoverRead read = {.diff = diff,.keep = keep,.keep_arg = keep_arg};
	Pair	   *pairs = MemoryContextAllocExtended(CurrentMemoryContext,
												   Max(diff->nwanted, 1) * sizeof(Pair),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int64		npairs = 0;

	read_leftovers(diff, &read);
	each_wanted(diff, &read, pairs, find_pair);
	for (int64 i = 0; i < diff->nwanted; i++)
		npairs += pairs[i].paired;
	for (int64 i = 0; i < read.leftovers.nrows; i++)
		if (!read.leftovers.rows[i].taken && !read.details[i].kept)
		{
			zg_writer_delete(zg_store_leaf(diff->store, read.leftovers.rows[i].leaf),
							 &read.leftovers.rows[i].tid);
			counts->deleted++;
		}
	each_wanted(diff, &read, pairs, write_wanted);
	counts->updated += npairs;
	counts->inserted += diff->nwanted - npairs;
}

/*
 * All columns of ours: those who ask gold and its views put conditions on any.
 * Those of others are not our business, nor what is computed from them.
 */
static void
analyze_target(const ZgTarget *target)
{
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < target->ncolumns; i++)
		appendStringInfo(&columns, "%s%s", i > 0 ? ", " : "", quote_identifier(target->columns[i]));
	zg_analyze(target->schema, target->table, columns.data);
}

/*
 * Write the difference, add to counts, free the diff.  Rows that nothing
 * wants and that keep says to keep stay.
 */
void
zg_diff_end(ZgDiff *diff, ZgKeepRow keep, void *keep_arg, ZgCounts *counts)
{
	MemoryContext old = MemoryContextSwitchTo(diff->context);

	if (diff->straight)
		counts->inserted += diff->written_straight;
	else
	{
		write_difference(diff, keep, keep_arg, counts);
		counts->unchanged += diff->unchanged;
		tuplestore_end(diff->wanted);
	}
	zg_store_close(diff->store);
	if (diff->written_straight > MIN_ANALYZE)
		analyze_target(&diff->target);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(diff->context);
}
