/*-------------------------------------------------------------------------
 *
 * slice_search.c
 *	  On which days keys of a relation are, as its slices know.
 *
 * A query that looks for keys asks each partition of a relation.  With a thousand
 * of them that costs more than to read what the slices know and to ask the few
 * partitions that can have the keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "base/array.h"
#include "base/grow.h"
#include "base/sort.h"
#include "base/text.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "facts/slice_search.h"
#include "partitioning/partdesc.h"
#include "state/dirty.h"
#include "state/query.h"
#include "state/writer.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* from here on partitions may cost more than slices */
#define MANY_PARTITIONS		32

/* pages of slices that are read in the time in which a partition is asked */
#define PAGES_PER_PARTITION	5

/* keys whose days are looked for */
typedef struct Search
{
	uint64	   *hashes;			/* sorted */
	int			n;
	ZgDayHandler handler;
	void	   *arg;
} Search;

/* Have two sorted lists a hash in common? */
static bool
meet(const Search *search, const bytea *list)
{
	int			n = VARSIZE_ANY_EXHDR(list) / sizeof(uint64);

	for (int i = 0, j = 0; i < n && j < search->n;)
	{
		uint64		key;

		memcpy(&key, VARDATA_ANY(list) + i * sizeof(uint64), sizeof(uint64));
		if (key == search->hashes[j])
			return true;
		if (key < search->hashes[j])
			i++;
		else
			j++;
	}
	return false;
}

/* Row callback: day, hashes */
static void
search_slice(TupleTableSlot *slot, void *arg)
{
	Search	   *search = arg;
	bytea	   *list;

	slot_getallattrs(slot);
	list = DatumGetByteaPCopy(slot->tts_values[1]);
	if (meet(search, list))
		search->handler(DatumGetDateADT(slot->tts_values[0]), search->arg);
	pfree(list);
}

/* Search a column of a relation's slices. */
static void
search_slices(ZgRun *run, const ZgSilver *silver, const char *column, uint64 *hashes, int n,
			  ZgDayHandler handler, void *arg)
{
	Search		search = {.hashes = hashes,.handler = handler,.arg = arg};
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	zg_sort_hashes(hashes, n);
	search.n = zg_unique_hashes(hashes, n);
	zg_query(run, psprintf("SELECT day, %s FROM gold_state.slice WHERE relation = $1", column),
			 1, &type, &name, search_slice, &search);
}

void
zg_slices_find(ZgRun *run, const ZgSilver *silver, uint64 *hashes, int n,
			   ZgDayHandler handler, void *arg)
{
	search_slices(run, silver, "keys", hashes, n, handler, arg);
}

/* How many partitions has a relation, those of partitions not counted? */
static int
count_partitions(ZgRun *run, const ZgSilver *silver)
{
	Relation	rel = table_open(zg_silver_relid(run, silver), AccessShareLock);
	int			n = 0;

	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		n = RelationGetPartitionDesc(rel, true)->nparts;
	table_close(rel, NoLock);
	return n;
}

/* The pages of the slices of all relations. */
static int64
count_slice_pages(void)
{
	Relation	rel = table_open(zg_table_oid("gold_state", "slice"), AccessShareLock);
	int64		pages = RelationGetNumberOfBlocks(rel);

	if (OidIsValid(rel->rd_rel->reltoastrelid))
	{
		Relation	toast = table_open(rel->rd_rel->reltoastrelid, AccessShareLock);

		pages += RelationGetNumberOfBlocks(toast);
		table_close(toast, NoLock);
	}
	table_close(rel, NoLock);
	return pages;
}

/* Do slices tell where keys are in less time than the partitions? */
static bool
slices_are_faster(ZgRun *run, const ZgSilver *silver)
{
	int64		partitions = count_partitions(run, silver);

	return partitions >= MANY_PARTITIONS && count_slice_pages() <= partitions * PAGES_PER_PARTITION;
}

bool
zg_slices_keep_meetings(ZgRun *run, const ZgSilver *silver)
{
	return silver->meeting_column >= 0 && count_partitions(run, silver) >= MANY_PARTITIONS;
}

bool
zg_slices_find_referring(ZgRun *run, const ZgSilver *silver, uint64 *hashes, int n,
						 ZgDayHandler handler, void *arg)
{
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(silver->name);

	if (!slices_are_faster(run, silver) ||
		zg_query_finds(run, "SELECT FROM gold_state.slice WHERE relation = $1 AND meetings IS NULL",
					   1, &type, &name))
		return false;
	search_slices(run, silver, "meetings", hashes, n, handler, arg);
	return true;
}

/* days that are being listed */
typedef struct Days
{
	DateADT    *days;
	int			n;
	int			max;
} Days;

/* Day handler */
static void
list_day(DateADT day, void *arg)
{
	Days	   *list = arg;

	zg_make_room(CurrentMemoryContext, list->days, list->n, list->max);
	list->days[list->n++] = day;
}

/* Row callback: day */
static void
read_day(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	list_day(DatumGetDateADT(slot_getattr(slot, 1, &isnull)), arg);
}

/* List the days on which the state has one of some keys. */
static void
list_days_of_keys(ZgRun *run, const ZgSilver *silver, const Datum *keys, int n, Days *list)
{
	Oid			types[] = {TEXTOID, TEXTARRAYOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), zg_text_array((Datum *) keys, n)};
	uint64	   *hashes = palloc(n * sizeof(uint64));

	for (int i = 0; i < n; i++)
		hashes[i] = zg_text_hash64(DatumGetTextPP(keys[i]));
	zg_slices_find(run, silver, hashes, n, list_day, list);
	pfree(hashes);
	/* a slice has no older rows */
	zg_query(run, "SELECT day FROM gold_state.spread_key WHERE relation = $1 AND key = ANY ($2)",
			 2, types, args, read_day, list);
}

const char *
zg_slices_restriction(ZgRun *run, const ZgSilver *silver, const Datum *keys, int n,
					  const DateADT *days, int ndays)
{
	Days		list = {0};
	ZgScope    *marked;

	if (!slices_are_faster(run, silver))
		return NULL;
	marked = zg_scope_of_marks(run, zg_step_of_relation(silver - zg_silver));
	if (marked->whole)
		return NULL;
	for (int i = 0; i < marked->ndays; i++)
		list_day(marked->days[i], &list);
	for (int i = 0; i < ndays; i++)
		list_day(days[i], &list);
	list_days_of_keys(run, silver, keys, n, &list);
	list.n = zg_days_sort(list.days, list.n);
	return list.n == 0 ? "false" : zg_silver_day_restriction(silver, list.days, list.n);
}
