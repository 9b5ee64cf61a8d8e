/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Where the rows of a table lie: in itself, or in its partitions.
 *
 * PostgreSQL's own routing says in which partition a new row belongs, whatever
 * the bounds and the levels; each partition has a writer of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "executor/execPartition.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "state/coercion.h"
#include "state/store.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* the writer of a partition */
typedef struct Leaf
{
	Oid			relid;			/* hash key, must be first */
	ZgWriter   *writer;
} Leaf;

/* finding the partition of a new row */
typedef struct Routing
{
	EState	   *estate;
	ModifyTableState *mtstate;
	PartitionTupleRouting *proute;
	TupleTableSlot *slot;		/* of the partitioned table */
} Routing;

struct ZgStore
{
	Oid			relid;
	const char **columns;
	int			ncolumns;
	ZgCoercion *coercion;
	bool		fills;			/* many rows may come to partitions */
	ZgWriter   *whole;			/* of a plain table; NULL = partitioned */
	Relation	rel;			/* the partitioned table */
	AttrNumber *attnums;		/* of the columns in it */
	Routing		routing;
	HTAB	   *leaves;			/* Leaf */
	MemoryContext context;		/* of all this */
};

/* Prepare routing as COPY does. */
static void
prepare_routing(ZgStore *store)
{
	Routing    *routing = &store->routing;
	ResultRelInfo *root = makeNode(ResultRelInfo);

	routing->estate = CreateExecutorState();
	InitResultRelInfo(root, store->rel, 0, NULL, 0);
	routing->mtstate = makeNode(ModifyTableState);
	routing->mtstate->ps.state = routing->estate;
	routing->mtstate->operation = CMD_INSERT;
	routing->mtstate->mt_nrels = 1;
	routing->mtstate->resultRelInfo = root;
	routing->mtstate->rootResultRelInfo = root;
	routing->proute = ExecSetupPartitionTupleRouting(routing->estate, store->rel);
	routing->slot = MakeSingleTupleTableSlot(RelationGetDescr(store->rel), &TTSOpsVirtual);
}

static void
open_partitioned(ZgStore *store)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Leaf),.hcxt = store->context};

	/* what lies above the partitions would be bypassed as well */
	zg_writer_refuse_bypassed(store->rel);
	store->attnums = palloc(store->ncolumns * sizeof(AttrNumber));
	zg_writer_find_columns(store->rel, store->columns, store->ncolumns, store->attnums);
	store->coercion = zg_coercion_create(store->rel, store->attnums, store->ncolumns);
	store->leaves = hash_create("zoom_gold partitions", 32, &control,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	prepare_routing(store);
}

ZgStore *
zg_store_open(Oid relid, const char *const *columns, int ncolumns)
{
	ZgStore    *store = palloc0(sizeof(ZgStore));

	store->context = CurrentMemoryContext;
	store->relid = relid;
	store->columns = palloc(ncolumns * sizeof(char *));
	memcpy(store->columns, columns, ncolumns * sizeof(char *));
	store->ncolumns = ncolumns;
	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
	{
		store->rel = table_open(relid, RowExclusiveLock);
		open_partitioned(store);
		return store;
	}
	store->whole = zg_writer_open(relid, columns, ncolumns);
	store->coercion = zg_writer_hand_over_coercion(store->whole);
	return store;
}

void
zg_store_fill(ZgStore *store)
{
	store->fills = true;
	if (store->whole != NULL)
		zg_writer_fill(store->whole, false);
}

ZgCoercion *
zg_store_coercion(ZgStore *store)
{
	return store->coercion;
}

ZgWriter *
zg_store_leaf(ZgStore *store, Oid leaf)
{
	Leaf	   *entry;
	MemoryContext old;

	if (store->whole != NULL)
		return store->whole;
	entry = hash_search(store->leaves, &leaf, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->writer;
	old = MemoryContextSwitchTo(store->context);
	entry = hash_search(store->leaves, &leaf, HASH_ENTER, NULL);
	entry->writer = zg_writer_open(leaf, store->columns, store->ncolumns);
	(void) zg_writer_hand_over_coercion(entry->writer);
	if (store->fills)
		zg_writer_fill(entry->writer, true);
	MemoryContextSwitchTo(old);
	return entry->writer;
}

/* Error context: what to do where no partition takes a row. */
static void
hint_at_partition(void *arg)
{
	Relation	rel = ((ZgStore *) arg)->rel;

	if (geterrcode() == ERRCODE_CHECK_VIOLATION)
		errhint("CREATE TABLE ... PARTITION OF %s.%s for the period that is missing, and refresh again.",
				get_namespace_name(RelationGetNamespace(rel)), RelationGetRelationName(rel));
}

ZgWriter *
zg_store_place(ZgStore *store, const Datum *values, const bool *nulls)
{
	Routing    *routing = &store->routing;
	ErrorContextCallback callback = {error_context_stack, hint_at_partition, store};
	ResultRelInfo *found;

	if (store->whole != NULL)
		return store->whole;
	ExecClearTuple(routing->slot);
	memset(routing->slot->tts_isnull, true, routing->slot->tts_tupleDescriptor->natts * sizeof(bool));
	for (int i = 0; i < store->ncolumns; i++)
	{
		routing->slot->tts_values[store->attnums[i] - 1] = values[i];
		routing->slot->tts_isnull[store->attnums[i] - 1] = nulls[i];
	}
	ExecStoreVirtualTuple(routing->slot);
	error_context_stack = &callback;
	found = ExecFindPartition(routing->mtstate, routing->mtstate->rootResultRelInfo, routing->proute,
							  routing->slot, routing->estate);
	error_context_stack = callback.previous;
	ResetPerTupleExprContext(routing->estate);
	return zg_store_leaf(store, RelationGetRelid(found->ri_RelationDesc));
}

static void
close_partitioned(ZgStore *store)
{
	HASH_SEQ_STATUS scan;
	Leaf	   *leaf;

	hash_seq_init(&scan, store->leaves);
	while ((leaf = hash_seq_search(&scan)) != NULL)
		zg_writer_close(leaf->writer);
	hash_destroy(store->leaves);
	ExecDropSingleTupleTableSlot(store->routing.slot);
	ExecResetTupleTable(store->routing.estate->es_tupleTable, false);
	ExecCleanupTupleRouting(store->routing.mtstate, store->routing.proute);
	FreeExecutorState(store->routing.estate);
	zg_coercion_free(store->coercion);
	table_close(store->rel, NoLock);
}

void
zg_store_close(ZgStore *store)
{
	if (store->whole != NULL)
		zg_writer_close(store->whole);
	else
		close_partitioned(store);
	pfree(store->columns);
	pfree(store);
}
