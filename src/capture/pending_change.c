/*-------------------------------------------------------------------------
 *
 * pending_change.c
 *	  Writing the pending tables: what silver changed and no refresh has
 *	  consumed yet.
 *
 * Rows go straight to the heap: writers of silver need no privilege on
 * gold_state, and as the pending tables have no unique index, no writer ever
 * waits for another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "capture/change_number.h"
#include "capture/pending_change.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* as copyfrom.c: what one multi-insert holds at most */
#define MAX_BUFFERED_ROWS	1000
#define MAX_BUFFERED_BYTES	65535

typedef struct OwnColumn
{
	const char *name;
	Oid			type;
	bool		of_rows;		/* where rows are kept */
	bool		of_slices;		/* elsewhere */
	bool		newer;			/* setup() adds it to what an earlier version
								 * made; until then writers do without */
} OwnColumn;

static const OwnColumn own_columns[ZG_PENDING_COLUMN_COUNT] = {
	[ZG_PENDING_SEQ] = {"seq", INT8OID, true, true},
	[ZG_PENDING_N] = {"n", INT4OID, true, false},
	[ZG_PENDING_TX] = {"tx", INT8OID, true, true},
	[ZG_PENDING_OP] = {"op", CHAROID, true, true},
	[ZG_PENDING_CAPTURED_AT] = {"captured_at", TIMESTAMPTZOID, true, true},
	[ZG_PENDING_EXTRA] = {"extra", JSONBOID, true, false},
	[ZG_PENDING_LAYOUT] = {"layout", JSONBOID, true, false, true},
	[ZG_PENDING_RELATION] = {"relation", TEXTOID, false, true},
	[ZG_PENDING_SLICE_N] = {"n", INT4OID, false, true, true},
	[ZG_PENDING_DAYS] = {"days", DATEARRAYOID, false, true},
	[ZG_PENDING_KEYS] = {"keys", BYTEAOID, false, true},
	[ZG_PENDING_PRINTS] = {"prints", BYTEAOID, false, true, true},
};

/* a column that was not looked for */
#define UNKNOWN_COLUMN ((AttrNumber) -1)

struct ZgPending
{
	Relation	rel;
	AttrNumber	own[ZG_PENDING_COLUMN_COUNT];	/* 0 = has no such column yet */
	int64		seq;
	int64		tx;
	CommandId	command;		/* that the rows are of */
	Datum	   *values;			/* of the row to be written */
	bool	   *nulls;
	EState	   *estate;			/* for indexes; NULL = there are none */
	ResultRelInfo *result;
	TupleTableSlot *slots[MAX_BUFFERED_ROWS];
	int			nslots;
	Size		nbytes;
	MemoryContext context;		/* of all this */
	MemoryContext batch;		/* what a multi-insert leaves behind */
};

const char *
zg_pending_name(const ZgSilver *silver)
{
	if (silver == &zg_silver[ZG_USERS])
		return "user_change";
	if (silver == &zg_silver[ZG_TICKETS])
		return "ticket_change";
	return "slice_change";
}

bool
zg_pending_keeps_rows(const ZgSilver *silver)
{
	return silver == &zg_silver[ZG_USERS] || silver == &zg_silver[ZG_TICKETS];
}

bool
zg_pending_owns(const char *column)
{
	for (int i = 0; i < ZG_PENDING_COLUMN_COUNT; i++)
		if (strcmp(own_columns[i].name, column) == 0)
			return true;
	return false;
}

/* Found without regard to privileges; InvalidOid = it is not there, or no table. */
static Oid
find_table(const char *name)
{
	Oid			schema = get_namespace_oid("gold_state", true);
	Oid			relid = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;

	return OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_RELATION ? relid : InvalidOid;
}

Oid
zg_pending_find(const ZgSilver *silver)
{
	const char *name = zg_pending_name(silver);
	Oid			table = find_table(name);

	if (!OidIsValid(table))
		return InvalidOid;
	LockRelationOid(table, RowExclusiveLock);
	return find_table(name) == table ? table : InvalidOid;
}

Oid
zg_pending_lock(const ZgSilver *silver)
{
	Oid			table = zg_pending_find(silver);

	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"gold_state.%s\" does not exist", zg_pending_name(silver)),
				 errdetail("Changes of silver are kept there for the next refresh."),
				 errhint("Call zoom_gold.setup() to make it, or zoom_gold.teardown() to stop capturing.")));
	return table;
}

/* Find one of the table's own columns; a wrong type would be written as garbage. */
static AttrNumber
find_column(Relation rel, ZgPendingColumn column)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->atttypid == own_columns[column].type &&
			strcmp(NameStr(att->attname), own_columns[column].name) == 0)
			return att->attnum;
	}
	return InvalidAttrNumber;
}

bool
zg_pending_is_plain(Relation rel, const ZgSilver *silver)
{
	bool		rows = zg_pending_keeps_rows(silver);

	for (int i = 0; i < ZG_PENDING_COLUMN_COUNT; i++)
		if (!own_columns[i].newer && (rows ? own_columns[i].of_rows : own_columns[i].of_slices) &&
			find_column(rel, i) == InvalidAttrNumber)
			return false;
	return !rel->rd_rel->relhasindex;
}

AttrNumber
zg_pending_column(Relation rel, ZgPendingColumn column)
{
	AttrNumber	attnum = find_column(rel, column);

	if (attnum == InvalidAttrNumber && !own_columns[column].newer)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("relation \"gold_state.%s\" lacks column \"%s\" of type %s",
						RelationGetRelationName(rel),
						own_columns[column].name,
						format_type_be(own_columns[column].type)),
				 errhint("Call zoom_gold.setup() to see what is wrong, or zoom_gold.teardown() to stop capturing.")));
	return attnum;
}

/*
 * The number of the current transaction: the first that it drew.
 *
 * A number drawn in a subtransaction that was rolled back serves as well, as
 * sequences do not go back.
 */
static int64
transaction_number(int64 seq)
{
	static FullTransactionId transaction;
	static int64 number;
	FullTransactionId current = GetTopFullTransactionId();

	if (!FullTransactionIdEquals(current, transaction))
	{
		transaction = current;
		number = seq;
	}
	return number;
}

int64
zg_pending_number(int64 *tx)
{
	int64		seq = zg_change_number();

	*tx = transaction_number(seq);
	return seq;
}

void
zg_pending_set(ZgPending *pending, ZgPendingColumn column, Datum value)
{
	AttrNumber *attnum = &pending->own[column];

	if (*attnum == UNKNOWN_COLUMN)
		*attnum = zg_pending_column(pending->rel, column);
	if (*attnum == InvalidAttrNumber)
		return;
	pending->values[*attnum - 1] = value;
	pending->nulls[*attnum - 1] = false;
}

void
zg_pending_set_row(ZgPending *pending, HeapTuple row)
{
	heap_deform_tuple(row, RelationGetDescr(pending->rel), pending->values, pending->nulls);
}

/* All columns are unset. */
static void
forget_values(ZgPending *pending)
{
	memset(pending->nulls, true, RelationGetNumberOfAttributes(pending->rel) * sizeof(bool));
}

/*
 * Everything is palloc'd in the current context; the table stays locked to the
 * end of the transaction.
 */
ZgPending *
zg_pending_open(Oid table, int64 seq, int64 tx, CommandId command)
{
	ZgPending  *pending = palloc0(sizeof(ZgPending));
	int			natts;

	pending->context = CurrentMemoryContext;
	pending->rel = table_open(table, RowExclusiveLock);
	pending->seq = seq;
	pending->tx = tx;
	pending->command = command;
	for (int i = 0; i < ZG_PENDING_COLUMN_COUNT; i++)
		pending->own[i] = UNKNOWN_COLUMN;
	natts = RelationGetNumberOfAttributes(pending->rel);
	pending->values = palloc0(natts * sizeof(Datum));
	pending->nulls = palloc(natts * sizeof(bool));
	forget_values(pending);
	pending->batch = AllocSetContextCreate(CurrentMemoryContext,
										   "zoom_gold pending rows",
										   ALLOCSET_DEFAULT_SIZES);
	if (pending->rel->rd_rel->relhasindex)
	{
		pending->estate = CreateExecutorState();
		pending->result = makeNode(ResultRelInfo);
		InitResultRelInfo(pending->result, pending->rel, 0, NULL, 0);
		ExecOpenIndices(pending->result, false);
	}
	return pending;
}

/* Write the buffered rows. */
static void
flush(ZgPending *pending)
{
	MemoryContext old;

	if (pending->nslots == 0)
		return;
	old = MemoryContextSwitchTo(pending->batch);
	table_multi_insert(pending->rel, pending->slots, pending->nslots,
					   pending->command, 0, NULL);
	MemoryContextSwitchTo(old);
	MemoryContextReset(pending->batch);
	for (int i = 0; i < pending->nslots; i++)
	{
		if (pending->estate != NULL)
		{
			zg_insert_index_tuples(pending->result, pending->slots[i],
								   pending->estate, ZG_INDEX_ALL);
			ResetPerTupleExprContext(pending->estate);
		}
		ExecClearTuple(pending->slots[i]);
	}
	pending->nslots = 0;
	pending->nbytes = 0;
}

void
zg_pending_renumber(ZgPending *pending, int64 seq)
{
	pending->seq = seq;
}

void
zg_pending_write(ZgPending *pending)
{
	TupleDesc	desc = RelationGetDescr(pending->rel);
	TupleTableSlot *slot = pending->slots[pending->nslots];
	MemoryContext old = MemoryContextSwitchTo(pending->context);
	HeapTuple	tuple;

	if (slot == NULL)
	{
		slot = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
		pending->slots[pending->nslots] = slot;
	}
	zg_pending_set(pending, ZG_PENDING_SEQ, Int64GetDatum(pending->seq));
	zg_pending_set(pending, ZG_PENDING_TX, Int64GetDatum(pending->tx));
	tuple = heap_form_tuple(desc, pending->values, pending->nulls);
	forget_values(pending);
	ExecStoreHeapTuple(tuple, slot, true);
	pending->nslots++;
	pending->nbytes += tuple->t_len;
	if (pending->nslots == MAX_BUFFERED_ROWS || pending->nbytes > MAX_BUFFERED_BYTES)
		flush(pending);
	MemoryContextSwitchTo(old);
}

/* Write what is buffered and free everything. */
void
zg_pending_close(ZgPending *pending)
{
	flush(pending);
	for (int i = 0; i < MAX_BUFFERED_ROWS && pending->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(pending->slots[i]);
	if (pending->estate != NULL)
	{
		ExecCloseIndices(pending->result);
		FreeExecutorState(pending->estate);
	}
	MemoryContextDelete(pending->batch);
	table_close(pending->rel, NoLock);
	pfree(pending);
}
