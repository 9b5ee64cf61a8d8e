/*-------------------------------------------------------------------------
 *
 * writer.c
 *	  Bulk writing to one plain table.
 *
 * Rows are inserted by table_multi_insert, as COPY does, and indexed
 * afterwards; a table that is filled gets whole pages (new_pages.c).  Whatever
 * the executor would have done for an INSERT and this path does not (triggers,
 * foreign keys, rules, row security, partition routing) is refused when the
 * table is opened; defaults, generated columns, NOT NULL and CHECK constraints
 * are honoured.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupconvert.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/subtransaction.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "state/new_pages.h"
#include "state/writer.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* as copyfrom.c: what one multi-insert holds at most */
#define MAX_BUFFERED_ROWS	1000
#define MAX_BUFFERED_BYTES	65535

/* whole pages that are kept before they are written, 4 MB or 256 kB */
#define TABLE_PAGES		512
#define PARTITION_PAGES	32

struct ZgWriter
{
	Relation	rel;
	EState	   *estate;
	ResultRelInfo *result;
	BulkInsertState bistate;
	int			ncolumns;
	AttrNumber *attnums;		/* of the named columns */
	ZgCoercion *coercion;		/* of their values, or NULL */
	bool		coerced;		/* the caller has done it */
	Datum	   *values;			/* of the named columns, cast */
	bool	   *nulls;
	ExprState **defaults;		/* per attribute, or NULL */
	bool		has_defaults;
	bool		has_constraints;
	bool		has_generated;
	bool		may_defer;		/* leave index entries to the end if many come */
	bool		deferred;		/* entries are missing */
	int			fill_pages;		/* of a table to be filled, to keep; else 0 */
	ZgNewPages *pages;			/* where rows go now, or NULL */
	TupleTableSlot *slots[MAX_BUFFERED_ROWS];
	int			nslots;
	Size		nbytes;
	TupleTableSlot *old_slot;	/* for updates */
	TupleTableSlot *new_slot;
	MemoryContext context;		/* of the writer itself */
};

struct ZgTaken
{
	HeapTuple	tuple;
	TupleDesc	desc;			/* of the table it was taken from */
};

/* Refuse a table for what it has or is; the remedy is a sentence. */
pg_noreturn static void
refuse(Relation rel, const char *what, const char *remedy)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot write to table \"%s.%s\"",
					get_namespace_name(RelationGetNamespace(rel)),
					RelationGetRelationName(rel)),
			 errdetail("It %s, which bulk writing would bypass.", what),
			 errhint("%s", remedy)));
}

static char *
sql_name(Relation rel)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
									  RelationGetRelationName(rel));
}

/* pg_class goes on saying that a table has rules when the last one is dropped. */
void
zg_writer_refuse_bypassed(Relation rel)
{
	if (rel->rd_rules != NULL)
		refuse(rel, "has rewrite rules",
			   psprintf("DROP RULE, or put it on a table of your own that reads %s.", sql_name(rel)));
	if (rel->rd_rel->relrowsecurity)
		refuse(rel, "has row security enabled",
			   psprintf("ALTER TABLE %s DISABLE ROW LEVEL SECURITY, and let readers have views with conditions instead.",
						sql_name(rel)));
}

/* Row triggers and constraints that need some. */
static void
refuse_trigger(Relation rel, const Trigger *trigger)
{
	if (trigger->tgisinternal)
		refuse(rel, "takes part in a foreign key or deferrable constraint",
			   OidIsValid(trigger->tgconstraint) && get_constraint_name(trigger->tgconstraint) != NULL ?
			   psprintf("Drop constraint %s.", quote_identifier(get_constraint_name(trigger->tgconstraint))) :
			   "Drop the constraint.");
	refuse(rel, "has triggers",
		   psprintf("DROP TRIGGER %s ON %s, or put it on a table of your own that reads this one.",
					quote_identifier(trigger->tgname), sql_name(rel)));
}

/* Refuse a table on which writing straight to the heap would skip something. */
static void
check_plain_table(Relation rel)
{
	TriggerDesc *triggers = rel->trigdesc;
	Oid			own_schema = get_namespace_oid("zoom_gold", true);

	if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relispartition)
		refuse(rel, "is not a plain table",
			   "DETACH this partition, and attach a plain table in its place: the next refresh writes what it lacks.");
	if (rel->rd_rel->relkind != RELKIND_RELATION)
		refuse(rel, "is not a plain table", "Rename it, and call zoom_gold.setup() to have a plain one made.");
	if (rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		refuse(rel, "does not use the heap access method",
			   psprintf("ALTER TABLE %s SET ACCESS METHOD heap.", sql_name(rel)));
	zg_writer_refuse_bypassed(rel);
	if (rel->rd_rel->relhassubclass &&
		find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		refuse(rel, "has inheritance children",
			   psprintf("ALTER TABLE each of them NO INHERIT %s.", sql_name(rel)));
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (trigger->tgisinternal || get_func_namespace(trigger->tgfoid) != own_schema)
			refuse_trigger(rel, trigger);
	}
}

void
zg_writer_find_columns(Relation rel, const char *const *columns, int ncolumns,
					   AttrNumber *attnums)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < ncolumns; i++)
	{
		attnums[i] = get_attnum(RelationGetRelid(rel), columns[i]);
		if (attnums[i] <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("table \"%s.%s\" lacks column \"%s\"",
							get_namespace_name(RelationGetNamespace(rel)),
							RelationGetRelationName(rel), columns[i]),
					 errhint("Call zoom_gold.setup() to see what is missing.")));
		if (TupleDescAttr(desc, attnums[i] - 1)->attgenerated != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_GENERATED_ALWAYS),
					 errmsg("cannot write to generated column \"%s\" of table \"%s\"",
							columns[i], RelationGetRelationName(rel))));
	}
}

/*
 * Refuse a partition that rows belong in by a column which the caller does not
 * name: what defaults make of that is not known when a partition is looked for.
 */
static void
check_partition_key(const ZgWriter *writer)
{
	Bitmapset  *columns = NULL;
	int			column;

	pull_varattnos((Node *) RelationGetPartitionQual(writer->rel), 1, &columns);
	for (int i = 0; i < writer->ncolumns; i++)
		columns = bms_del_member(columns, writer->attnums[i] - FirstLowInvalidHeapAttributeNumber);
	column = bms_next_member(columns, -1);
	if (column >= 0)
		refuse(writer->rel,
			   psprintf("is a partition by column \"%s\"",
						get_attname(RelationGetRelid(writer->rel),
									column + FirstLowInvalidHeapAttributeNumber, false)),
			   "Partition the table by columns of the model alone, the best of which is that of the event.");
}

/* Prepare the defaults of the columns that the caller does not name. */
static void
prepare_defaults(ZgWriter *writer)
{
	TupleDesc	desc = RelationGetDescr(writer->rel);
	bool	   *named = palloc0(desc->natts * sizeof(bool));

	for (int i = 0; i < writer->ncolumns; i++)
		named[writer->attnums[i] - 1] = true;
	writer->defaults = palloc0(desc->natts * sizeof(ExprState *));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Node	   *expr;

		if (named[i] || att->attisdropped || att->attgenerated != '\0')
			continue;
		expr = build_column_default(writer->rel, i + 1);
		if (expr == NULL)
			continue;
		writer->defaults[i] = ExecPrepareExpr((Expr *) expr, writer->estate);
		writer->has_defaults = true;
	}
	pfree(named);
}

/*
 * Open a table for writing by the named columns.
 *
 * Holds RowExclusiveLock to the end of the transaction.  The writer lives in
 * a context below the current one and is freed by zg_writer_close.
 */
ZgWriter *
zg_writer_open(Oid relid, const char *const *columns, int ncolumns)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "zoom_gold writer",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ZgWriter   *writer = palloc0(sizeof(ZgWriter));
	TupleDesc	desc;

	writer->context = context;
	/* a callback cannot have one assigned while its query has workers */
	(void) GetCurrentTransactionId();
	writer->rel = table_open(relid, RowExclusiveLock);
	check_plain_table(writer->rel);
	writer->ncolumns = ncolumns;
	writer->attnums = palloc(ncolumns * sizeof(AttrNumber));
	zg_writer_find_columns(writer->rel, columns, ncolumns, writer->attnums);
	if (writer->rel->rd_rel->relispartition)
		check_partition_key(writer);
	writer->coercion = zg_coercion_create(writer->rel, writer->attnums, ncolumns);
	writer->values = palloc(ncolumns * sizeof(Datum));
	writer->nulls = palloc(ncolumns * sizeof(bool));
	desc = RelationGetDescr(writer->rel);
	writer->has_constraints = desc->constr != NULL &&
		(desc->constr->has_not_null || desc->constr->num_check > 0);
	writer->has_generated = desc->constr != NULL &&
		desc->constr->has_generated_stored;
	writer->estate = CreateExecutorState();
	writer->result = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->result, writer->rel, 0, NULL, 0);
	ExecOpenIndices(writer->result, false);
	prepare_defaults(writer);
	writer->bistate = GetBulkInsertState();
	MemoryContextSwitchTo(old);
	return writer;
}

ZgCoercion *
zg_writer_hand_over_coercion(ZgWriter *writer)
{
	writer->coerced = true;
	return writer->coercion;
}

/* Lock the indexes for building them anew; false = somebody uses one. */
static bool
lock_indexes(ZgWriter *writer)
{
	for (int i = 0; i < writer->result->ri_NumIndices; i++)
	{
		Relation	index = writer->result->ri_IndexRelationDescs[i];

		if (index->rd_refcnt > 1 ||
			!ConditionalLockRelationOid(RelationGetRelid(index), AccessExclusiveLock))
			return false;
	}
	return ConditionalLockRelation(writer->rel, ShareLock);
}

void
zg_writer_defer_indexes(ZgWriter *writer)
{
	writer->may_defer = RelationGetNumberOfBlocks(writer->rel) == 0 &&
		lock_indexes(writer);
	if (writer->may_defer)
		zg_writer_fill(writer, false);
}

void
zg_writer_fill(ZgWriter *writer, bool is_partition)
{
	if (zg_new_pages_suit(writer->rel))
		writer->fill_pages = is_partition ? PARTITION_PAGES : TABLE_PAGES;
}

/* Build the indexes that have been left behind. */
static void
build_deferred(ZgWriter *writer)
{
	MemoryContext old;

	if (!writer->deferred)
		return;
	writer->deferred = false;
	ExecCloseIndices(writer->result);
	CommandCounterIncrement();
	zg_reindex_table(RelationGetRelid(writer->rel));
	CommandCounterIncrement();
	old = MemoryContextSwitchTo(writer->context);
	ExecOpenIndices(writer->result, false);
	MemoryContextSwitchTo(old);
}

/* Fill a slot's named columns. */
static void
set_columns(ZgWriter *writer, TupleTableSlot *slot,
			const Datum *values, const bool *nulls)
{
	if (writer->coercion != NULL && !writer->coerced)
	{
		memcpy(writer->values, values, writer->ncolumns * sizeof(Datum));
		memcpy(writer->nulls, nulls, writer->ncolumns * sizeof(bool));
		zg_coerce(writer->coercion, 0, writer->ncolumns, writer->values, writer->nulls);
		values = writer->values;
		nulls = writer->nulls;
	}
	for (int i = 0; i < writer->ncolumns; i++)
	{
		slot->tts_values[writer->attnums[i] - 1] = values[i];
		slot->tts_isnull[writer->attnums[i] - 1] = nulls[i];
	}
}

/*
 * Error context: what users put on a table may raise an error that names
 * nothing.  Violations of constraints do, but what to do about a column that
 * must not be empty they do not say; limits have a hint of their own.
 */
static void
hint_at_table(void *arg)
{
	Relation	rel = arg;
	int			code = geterrcode();
	const char *schema = get_namespace_name(RelationGetNamespace(rel));

	if (code == ERRCODE_NOT_NULL_VIOLATION && strcmp(schema, "gold_state") == 0)
		errhint("zoom_gold.setup() lets the columns of gold_state be empty that are not its own.");
	else if (code == ERRCODE_NOT_NULL_VIOLATION)
		errhint("Drop the column's NOT NULL, or give it a default if it is not one of the model.");
	else if (ERRCODE_TO_CATEGORY(code) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION &&
			 code != ERRCODE_PROGRAM_LIMIT_EXCEEDED && !zg_must_raise(code))
		errhint("A default, generated column, constraint or index of table \"%s.%s\" raised it.",
				schema, RelationGetRelationName(rel));
}

static void
set_defaults(ZgWriter *writer, TupleTableSlot *slot)
{
	int			natts = slot->tts_tupleDescriptor->natts;
	ErrorContextCallback callback = {error_context_stack, hint_at_table, writer->rel};

	memset(slot->tts_isnull, true, natts * sizeof(bool));
	memset(slot->tts_values, 0, natts * sizeof(Datum));
	if (!writer->has_defaults)
		return;
	error_context_stack = &callback;
	for (int i = 0; i < natts; i++)
		if (writer->defaults[i] != NULL)
			slot->tts_values[i] =
				ExecEvalExprSwitchContext(writer->defaults[i],
										  GetPerTupleExprContext(writer->estate),
										  &slot->tts_isnull[i]);
	error_context_stack = callback.previous;
}

/* Make a filled slot a tuple of its own: generated columns, constraints. */
static void
finish_slot(ZgWriter *writer, TupleTableSlot *slot)
{
	ErrorContextCallback callback = {error_context_stack, hint_at_table, writer->rel};

	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(writer->rel);
	error_context_stack = &callback;
	if (writer->has_generated)
		ExecComputeStoredGenerated(writer->result, writer->estate, slot,
								   CMD_INSERT);
	if (writer->has_constraints)
		ExecConstraints(writer->result, slot, writer->estate);
	error_context_stack = callback.previous;
	ExecMaterializeSlot(slot);
}

static TupleTableSlot *
next_slot(ZgWriter *writer)
{
	TupleTableSlot *slot = writer->slots[writer->nslots];

	if (slot == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(writer->context);

		slot = table_slot_create(writer->rel, NULL);
		writer->slots[writer->nslots] = slot;
		MemoryContextSwitchTo(old);
	}
	else
		ExecClearTuple(slot);
	return slot;
}

static void
insert_index_entries(ZgWriter *writer, TupleTableSlot *slot, ZgIndexUpdate which)
{
	ErrorContextCallback callback = {error_context_stack, hint_at_table, writer->rel};

	error_context_stack = &callback;
	if (writer->result->ri_NumIndices > 0)
		list_free(zg_insert_index_tuples(writer->result, slot, writer->estate, which));
	error_context_stack = callback.previous;
	ResetPerTupleExprContext(writer->estate);
}

/* Write the buffered rows and, unless those are deferred, their index entries. */
static void
write_buffered(ZgWriter *writer)
{
	MemoryContext old;

	if (writer->nslots == 0)
		return;
	/* table_multi_insert may leak: a context that is reset below */
	old = MemoryContextSwitchTo(GetPerTupleMemoryContext(writer->estate));
	table_multi_insert(writer->rel, writer->slots, writer->nslots,
					   GetCurrentCommandId(true), 0, writer->bistate);
	MemoryContextSwitchTo(old);
	ResetPerTupleExprContext(writer->estate);
	writer->may_defer = false;
	for (int i = 0; i < writer->nslots && !writer->deferred; i++)
		insert_index_entries(writer, writer->slots[i], ZG_INDEX_ALL);
	writer->nslots = 0;
	writer->nbytes = 0;
}

/* From now on rows go to whole pages; those in the buffer are the first. */
static void
begin_pages(ZgWriter *writer)
{
	MemoryContext old = MemoryContextSwitchTo(writer->context);
	int			n = writer->nslots;

	writer->pages = zg_new_pages_begin(writer->rel, writer->fill_pages);
	MemoryContextSwitchTo(old);
	writer->nslots = 0;
	for (int i = 0; i < n; i++)
	{
		TupleTableSlot *slot = writer->slots[i];

		if (zg_new_pages_add(writer->pages, ExecFetchSlotHeapTuple(slot, false, NULL)))
			continue;
		writer->slots[i] = writer->slots[writer->nslots];
		writer->slots[writer->nslots++] = slot;
	}
}

/* The buffer is full. */
static void
empty_buffer(ZgWriter *writer)
{
	writer->deferred |= writer->may_defer;
	if (writer->pages == NULL && writer->fill_pages > 0 &&
		(writer->deferred || writer->result->ri_NumIndices == 0))
		begin_pages(writer);
	write_buffered(writer);
}

static void
buffer_slot(ZgWriter *writer, TupleTableSlot *slot)
{
	HeapTuple	tuple;

	finish_slot(writer, slot);
	tuple = ExecFetchSlotHeapTuple(slot, false, NULL);
	if (writer->pages != NULL && zg_new_pages_add(writer->pages, tuple))
	{
		ResetPerTupleExprContext(writer->estate);
		return;
	}
	writer->nslots++;
	writer->nbytes += tuple->t_len;
	if (writer->nslots == MAX_BUFFERED_ROWS || writer->nbytes > MAX_BUFFERED_BYTES)
		empty_buffer(writer);
}

/* Insert one row; the values are copied. */
void
zg_writer_insert(ZgWriter *writer, const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot = next_slot(writer);

	set_defaults(writer, slot);
	set_columns(writer, slot, values, nulls);
	buffer_slot(writer, slot);
}

void
zg_writer_flush(ZgWriter *writer)
{
	write_buffered(writer);
	if (writer->pages != NULL)
		zg_new_pages_write(writer->pages);
	build_deferred(writer);
}

/* A row that another transaction changed under us: let the caller retry. */
static void
check_write_result(ZgWriter *writer, TM_Result result)
{
	if (result == TM_Ok)
		return;
	if (result == TM_Invisible || result == TM_SelfModified)
		elog(ERROR, "row of table \"%s\" was written twice by one command",
			 RelationGetRelationName(writer->rel));
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not write to table \"%s.%s\" due to a concurrent change",
					get_namespace_name(RelationGetNamespace(writer->rel)),
					RelationGetRelationName(writer->rel)),
			 errhint("Run the refresh again.")));
}

static void
fetch_old_row(ZgWriter *writer, ItemPointer tid)
{
	if (writer->old_slot == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(writer->context);

		writer->old_slot = table_slot_create(writer->rel, NULL);
		writer->new_slot = table_slot_create(writer->rel, NULL);
		MemoryContextSwitchTo(old);
	}
	if (!table_tuple_fetch_row_version(writer->rel, tid, SnapshotAny, writer->old_slot))
		check_write_result(writer, TM_Deleted);
	slot_getallattrs(writer->old_slot);
}

/* Copy all columns of the old row into another slot, then the named ones. */
static void
copy_row(ZgWriter *writer, TupleTableSlot *from, TupleTableSlot *into,
		 const Datum *values, const bool *nulls)
{
	int			natts = into->tts_tupleDescriptor->natts;

	memcpy(into->tts_values, from->tts_values, natts * sizeof(Datum));
	memcpy(into->tts_isnull, from->tts_isnull, natts * sizeof(bool));
	set_columns(writer, into, values, nulls);
}

/*
 * Replace the named columns of the row at tid.
 *
 * The row must have been written by an earlier command.
 */
void
zg_writer_update(ZgWriter *writer, ItemPointer tid,
				 const Datum *values, const bool *nulls)
{
	TM_FailureData failure;
	LockTupleMode lockmode;
	ZgIndexUpdate indexes;

	CheckCmdReplicaIdentity(writer->rel, CMD_UPDATE);
	fetch_old_row(writer, tid);
	ExecClearTuple(writer->new_slot);
	copy_row(writer, writer->old_slot, writer->new_slot, values, nulls);
	finish_slot(writer, writer->new_slot);
	check_write_result(writer,
					   zg_table_tuple_update(writer->rel, tid, writer->new_slot,
											 GetCurrentCommandId(true),
											 &failure, &lockmode,
											 &indexes));
	if (indexes != ZG_INDEX_NONE)
		insert_index_entries(writer, writer->new_slot, indexes);
}

/* Delete the row at tid, which an earlier command wrote. */
void
zg_writer_delete(ZgWriter *writer, ItemPointer tid)
{
	TM_FailureData failure;

	CheckCmdReplicaIdentity(writer->rel, CMD_DELETE);
	check_write_result(writer,
					   table_tuple_delete(writer->rel, tid,
										  GetCurrentCommandId(true),
										  InvalidSnapshot, InvalidSnapshot,
										  true, &failure, false));
}

/*
 * Delete the row at tid and keep it for zg_writer_put; palloc'd in the
 * current context.
 */
ZgTaken *
zg_writer_take(ZgWriter *writer, ItemPointer tid)
{
	ZgTaken    *taken = palloc(sizeof(ZgTaken));

	fetch_old_row(writer, tid);
	taken->tuple = ExecCopySlotHeapTuple(writer->old_slot);
	taken->desc = RelationGetDescr(writer->rel);
	zg_writer_delete(writer, tid);
	return taken;
}

/* A taken row as a row of another partition, which may have its columns elsewhere. */
static void
move_taken(ZgWriter *writer, ZgTaken *taken)
{
	TupleConversionMap *map;
	HeapTuple	moved;

	if (taken->desc == RelationGetDescr(writer->rel))
		return;
	map = convert_tuples_by_name(taken->desc, RelationGetDescr(writer->rel));
	if (map == NULL)
		return;
	moved = execute_attr_map_tuple(taken->tuple, map);
	heap_freetuple(taken->tuple);
	taken->tuple = moved;
	free_conversion_map(map);
}

/* Insert a taken row again, with the named columns replaced. */
void
zg_writer_put(ZgWriter *writer, ZgTaken *taken,
			  const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot = next_slot(writer);

	move_taken(writer, taken);
	heap_deform_tuple(taken->tuple, RelationGetDescr(writer->rel),
					  slot->tts_values, slot->tts_isnull);
	set_columns(writer, slot, values, nulls);
	buffer_slot(writer, slot);
	heap_freetuple(taken->tuple);
	pfree(taken);
}

/* Write what is pending and free the writer; the table stays locked. */
void
zg_writer_close(ZgWriter *writer)
{
	zg_writer_flush(writer);
	if (writer->pages != NULL)
		zg_new_pages_end(writer->pages);
	FreeBulkInsertState(writer->bistate);
	table_finish_bulk_insert(writer->rel, 0);
	for (int i = 0; i < MAX_BUFFERED_ROWS && writer->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(writer->slots[i]);
	if (writer->old_slot != NULL)
	{
		ExecDropSingleTupleTableSlot(writer->old_slot);
		ExecDropSingleTupleTableSlot(writer->new_slot);
	}
	ExecCloseIndices(writer->result);
	zg_coercion_free(writer->coercion);
	FreeExecutorState(writer->estate);
	table_close(writer->rel, NoLock);
	MemoryContextDelete(writer->context);
}
