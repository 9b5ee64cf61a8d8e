/*-------------------------------------------------------------------------
 *
 * change_buffer.c
 *	  Changes of silver that the transaction has made and not written down yet.
 *
 * A transaction of many small statements would pay for a row of a pending table
 * each, and a number of the sequence.  So changes are kept in memory and written
 * in bulk: before the transaction commits or is prepared, when they are many,
 * and before something in the transaction may read or alter the pending tables.
 * Rows written together bear the command of the newest change: a query of the
 * transaction that began before that sees none of them, which is all that tells
 * this from writing at once.
 *
 * Changes belong to the subtransaction that made them.  What an outer one made
 * may have to be written by an inner one, whose rollback undoes that: so it is
 * kept until the subtransaction that wrote it has ended.
 *
 * A statement that would succeed without us must not fail because of us, be a
 * column of the contract gone or a table of the state.  What cannot be captured
 * or written is let through, and a mark has the next refresh compare the
 * relation in full.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "base/subtransaction.h"
#include "capture/change_buffer.h"
#include "capture/change_number.h"
#include "capture/pending_change.h"
#include "capture/touched.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "silver/event_look.h"
#include "state/dirty.h"
#include "state/owner.h"
#include "state/run.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* kept in memory before they are written, in bytes */
#define MAX_BYTES			(1024 * 1024)

/* what a list of changes takes beside them */
#define LEVEL_BYTES			(1024)

/* pending tables */
#define TABLE_COUNT			3

/* one pending row to be */
typedef struct Change
{
	struct Change *next;
	const ZgSilver *silver;
	char		op;
	TimestampTz captured_at;
	HeapTuple	row;			/* of users and tickets */
	ZgTouched  *touched;		/* of the others */
} Change;

/* the changes of one level of nested subtransactions */
typedef struct Level
{
	struct Level *outer;
	int			nest;			/* nesting level; 1 = no subtransaction */
	int			written;		/* nesting level at which all was written; 0 =
								 * was not */
	MemoryContext context;		/* of the changes */
	Size		bytes;
	Change	   *first;
	Change	   *last;
	Change	   *open[ZG_SILVER_COUNT];	/* takes more days and keys, or NULL */
	Change	   *reused[ZG_SILVER_COUNT];	/* likewise, of ZG_OP_REUSED */
	Oid			tables[TABLE_COUNT];	/* locked, or 0 */
} Level;

static Level *innermost = NULL;

/* the command that made the newest change */
static CommandId newest;

/* something written was rolled back: nothing is where it seems to be */
static bool undone = false;

/* the transaction is ending: nothing may wait any more */
static bool ending = false;

static ExecutorStart_hook_type next_executor_start = NULL;
static ProcessUtility_hook_type next_utility = NULL;

static int
table_place(const ZgSilver *silver)
{
	return silver == &zg_silver[ZG_USERS] ? 0 : silver == &zg_silver[ZG_TICKETS] ? 1 : 2;
}

/* ----------------------------------------------------------------
 *		Adding changes
 * ----------------------------------------------------------------
 */

/* The level of the current subtransaction. */
static Level *
current_level(void)
{
	int			nest = GetCurrentTransactionNestLevel();
	Level	   *level;

	if (innermost != NULL && innermost->nest == nest)
		return innermost;
	level = MemoryContextAllocZero(TopTransactionContext, sizeof(Level));
	level->context = AllocSetContextCreate(TopTransactionContext, "zoom_gold changes",
										   ALLOCSET_SMALL_SIZES);
	level->nest = nest;
	level->bytes = LEVEL_BYTES;
	level->outer = innermost;
	/* outer locks last at least as long */
	if (innermost != NULL)
		memcpy(level->tables, innermost->tables, sizeof(level->tables));
	innermost = level;
	return level;
}

Oid
zg_change_table(const ZgSilver *silver)
{
	Oid		   *table = &current_level()->tables[table_place(silver)];

	if (!OidIsValid(*table))
		*table = zg_pending_find(silver);
	return *table;
}

Oid
zg_change_statement(const ZgSilver *silver)
{
	Oid			table = zg_change_table(silver);

	newest = GetCurrentCommandId(true);
	return OidIsValid(table) ? table : zg_pending_lock(silver);
}

/* Append a change, in the level's context. */
static Change *
append_change(Level *level, const ZgSilver *silver, char op, Size bytes)
{
	Change	   *change = MemoryContextAllocZero(level->context, sizeof(Change));

	change->silver = silver;
	change->op = op;
	change->captured_at = zg_clock_now();
	if (level->last == NULL)
		level->first = change;
	else
		level->last->next = change;
	level->last = change;
	level->bytes += sizeof(Change) + bytes;
	return change;
}

static void
write_when_full(void)
{
	if (innermost->bytes > MAX_BYTES)
		zg_change_buffer_write();
}

void
zg_change_add_row(const ZgSilver *silver, char op, HeapTuple row)
{
	Level	   *level = current_level();
	Change	   *change = append_change(level, silver, op, HEAPTUPLESIZE + row->t_len);
	MemoryContext old = MemoryContextSwitchTo(level->context);

	change->row = heap_copytuple(row);
	MemoryContextSwitchTo(old);
	write_when_full();
}

/* Where the change is that takes days and keys of a relation. */
static Change **
open_place(Level *level, const ZgSilver *silver, char op)
{
	return &(op == ZG_OP_REUSED ? level->reused : level->open)[silver - zg_silver];
}

static Change *
open_change(Level *level, const ZgSilver *silver, char op)
{
	Change	  **open = open_place(level, silver, op);

	if (*open == NULL || (*open)->op != op)
	{
		*open = append_change(level, silver, op, ZG_TOUCHED_BYTES);
		(*open)->touched = zg_touched_create();
	}
	return *open;
}

/* Add a key and a print; a change that is full of them leaves its days to the next. */
static void
add_key(Level *level, Change *change, const text *key, const uint64 *print)
{
	Change	   *next;

	if (VARSIZE_ANY(key) > ZG_TOUCHED_BYTES)
		level->bytes += VARSIZE_ANY(key);
	if (zg_touched_key(change->touched, key, print))
		return;
	next = append_change(level, change->silver, change->op, ZG_TOUCHED_BYTES);
	next->touched = zg_touched_split(change->touched);
	(void) zg_touched_key(next->touched, key, print);
	*open_place(level, change->silver, change->op) = next;
}

void
zg_change_touch(const ZgSilver *silver, char op, DateADT day, const text *key,
				const uint64 *print)
{
	Level	   *level = current_level();
	MemoryContext old = MemoryContextSwitchTo(level->context);
	Change	   *change = open_change(level, silver, op);

	if (!zg_touched_day(change->touched, day))
	{
		*open_place(level, silver, op) = NULL;
		change = open_change(level, silver, op);
		(void) zg_touched_day(change->touched, day);
	}
	if (key != NULL)
		add_key(level, change, key, print);
	MemoryContextSwitchTo(old);
	write_when_full();
}

void
zg_change_truncate(const ZgSilver *silver)
{
	Level	   *level = current_level();
	MemoryContext old = MemoryContextSwitchTo(level->context);

	(void) open_change(level, silver, 'T');
	MemoryContextSwitchTo(old);
}

/* ----------------------------------------------------------------
 *		Writing them
 * ----------------------------------------------------------------
 */

/* one writing of all that waits */
typedef struct Writing
{
	int64		seq;
	int64		tx;
	int32		nrows;			/* of users and tickets */
	int32		nslices;		/* of the others */
	ZgPending  *pending[TABLE_COUNT];	/* or NULL */
	MemoryContext context;
	MemoryContext row;			/* reset for every row */
} Writing;

static ZgPending *
pending_of(Writing *writing, const ZgSilver *silver)
{
	ZgPending **pending = &writing->pending[table_place(silver)];
	MemoryContext old = MemoryContextSwitchTo(writing->context);

	if (*pending == NULL)
		*pending = zg_pending_open(zg_pending_lock(silver), writing->seq, writing->tx, newest);
	MemoryContextSwitchTo(old);
	return *pending;
}

/* Set what only users and tickets have. */
static void
set_row(ZgPending *pending, const Change *change, int32 n)
{
	zg_pending_set_row(pending, change->row);
	zg_pending_set(pending, ZG_PENDING_N, Int32GetDatum(n));
}

/* Set what only the other relations have. */
static void
set_touched(ZgPending *pending, const Change *change, int32 n)
{
	zg_pending_set(pending, ZG_PENDING_RELATION, CStringGetTextDatum(change->silver->name));
	zg_pending_set(pending, ZG_PENDING_SLICE_N, Int32GetDatum(n));
	zg_pending_set(pending, ZG_PENDING_DAYS, zg_touched_days(change->touched));
	zg_pending_set(pending, ZG_PENDING_KEYS, zg_touched_keys(change->touched));
	zg_pending_set(pending, ZG_PENDING_PRINTS, zg_touched_prints(change->touched));
}

/* Number what comes now apart from what went before. */
static void
renumber(Writing *writing)
{
	writing->seq = zg_pending_number(&writing->tx);
	for (int i = 0; i < TABLE_COUNT; i++)
		if (writing->pending[i] != NULL)
			zg_pending_renumber(writing->pending[i], writing->seq);
}

static void
write_change(Writing *writing, const Change *change)
{
	ZgPending  *pending = pending_of(writing, change->silver);

	/* what a TRUNCATE takes is told by the number */
	bool		sweeps = change->op == 'T' && change->touched == NULL;
	MemoryContext old = MemoryContextSwitchTo(writing->row);

	if (sweeps && writing->nrows > 0)
		renumber(writing);
	if (change->touched != NULL)
		set_touched(pending, change, ++writing->nslices);
	else
		set_row(pending, change, ++writing->nrows);
	zg_pending_set(pending, ZG_PENDING_OP, CharGetDatum(change->op));
	zg_pending_set(pending, ZG_PENDING_CAPTURED_AT, TimestampTzGetDatum(change->captured_at));
	zg_pending_write(pending);
	if (sweeps)
		renumber(writing);
	MemoryContextSwitchTo(old);
	MemoryContextReset(writing->row);
}

/* Write what waits of a level and those around it, in the order of capture. */
static void
write_levels(Writing *writing, Level *level)
{
	if (level->outer != NULL)
		write_levels(writing, level->outer);
	if (level->written != 0)
		return;
	for (const Change *change = level->first; change != NULL; change = change->next)
	{
		CHECK_FOR_INTERRUPTS();
		write_change(writing, change);
	}
	level->written = GetCurrentTransactionNestLevel();
}

/* Forget the changes of a level. */
static void
forget_changes(Level *level)
{
	MemoryContextReset(level->context);
	level->first = level->last = NULL;
	memset(level->open, 0, sizeof(level->open));
	memset(level->reused, 0, sizeof(level->reused));
	level->bytes = LEVEL_BYTES;
	level->written = 0;
}

/* Forget what was written by the level that made it: they end together. */
static void
forget_written(void)
{
	for (Level *level = innermost; level != NULL; level = level->outer)
		if (level->written == level->nest)
			forget_changes(level);
}

static bool
anything_waits(void)
{
	for (const Level *level = innermost; level != NULL; level = level->outer)
		if (level->written == 0 && level->first != NULL)
			return true;
	return false;
}

static void
write_all(void)
{
	Writing		writing = {0};

	writing.context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold changes being written",
											ALLOCSET_DEFAULT_SIZES);
	writing.row = AllocSetContextCreate(writing.context, "zoom_gold change", ALLOCSET_SMALL_SIZES);
	writing.seq = zg_pending_number(&writing.tx);
	write_levels(&writing, innermost);
	for (int i = 0; i < TABLE_COUNT; i++)
		if (writing.pending[i] != NULL)
			zg_pending_close(writing.pending[i]);
	MemoryContextDelete(writing.context);
	forget_written();
	undone = false;
}

/* ----------------------------------------------------------------
 *		What cannot be captured
 * ----------------------------------------------------------------
 */

/* Running out of disk or being cancelled are nothing that a mark helps with. */
static bool
is_fatal(const ErrorData *error)
{
	return zg_must_raise(error->sqlerrcode) ||
		ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INSUFFICIENT_RESOURCES;
}

/* Subtransaction: the relation's mark, written with the rights of the state's owner */
static bool
mark_missed(void *arg)
{
	const ZgSilver *silver = arg;
	ZgCaller	caller;

	zg_enter_owner(&caller);
	zg_mark_missed(silver->name);
	zg_leave_owner(&caller);
	return true;
}

void
zg_change_missed(const ZgSilver *silver, ErrorData *why)
{
	ErrorData  *error;

	if (is_fatal(why))
		ReThrowError(why);
	error = zg_subtransaction(mark_missed, unconstify(ZgSilver *, silver), CurrentMemoryContext);
	if (error != NULL && is_fatal(error))
		ReThrowError(error);
	ereport(WARNING,
			(errcode(why->sqlerrcode),
			 errmsg("a change of relation \"%s\" cannot be captured", silver->name),
			 errdetail("%s.", why->message),
			 error == NULL ?
			 errhint("The next refresh compares the relation in full.  To see what is wrong: SELECT * FROM zoom_gold.setup().  To stop capturing: zoom_gold.teardown().") :
			 errhint("SELECT * FROM zoom_gold.setup(), then SELECT * FROM zoom_gold.refresh(true).  To stop capturing: zoom_gold.teardown().")));
}

/* The relations of which changes wait, as bits. */
static uint32
waiting_relations(void)
{
	uint32		relations = 0;

	for (const Level *level = innermost; level != NULL; level = level->outer)
		if (level->written == 0)
			for (const Change *change = level->first; change != NULL; change = change->next)
				relations |= UINT32_C(1) << (change->silver - zg_silver);
	return relations;
}

static bool
is_plain(const ZgSilver *silver)
{
	Oid			table = zg_pending_find(silver);
	Relation	rel;
	bool		plain;

	if (!OidIsValid(table))
		return false;
	rel = table_open(table, NoLock);
	plain = zg_pending_is_plain(rel, silver);
	table_close(rel, NoLock);
	return plain;
}

/* Is all as setup() made it that the changes of some relations are written to? */
static bool
all_plain(uint32 relations)
{
	bool		plain = zg_change_number_possible();

	for (int id = 0; id < ZG_SILVER_COUNT; id++)
		if ((relations & UINT32_C(1) << id) != 0)
			plain = plain && is_plain(&zg_silver[id]);
	return plain;
}

/* Subtransaction */
static bool
try_writing(void *arg)
{
	(void) arg;
	write_all();
	return true;
}

/* All that waits is missed, as long as this subtransaction is not rolled back. */
static void
miss_all(uint32 relations, ErrorData *why)
{
	for (Level *level = innermost; level != NULL; level = level->outer)
		if (level->written == 0)
			level->written = GetCurrentTransactionNestLevel();
	forget_written();
	for (int id = 0; id < ZG_SILVER_COUNT; id++)
		if ((relations & UINT32_C(1) << id) != 0)
			zg_change_missed(&zg_silver[id], why);
}

static void
write_or_miss(void)
{
	uint32		relations = waiting_relations();
	ErrorData  *error;

	if (all_plain(relations))
	{
		write_all();
		return;
	}
	error = zg_subtransaction(try_writing, NULL, CurrentMemoryContext);
	if (error != NULL)
		miss_all(relations, error);
}

/* Error context: the statement at hand may have nothing to do with it. */
static void
write_error(void *arg)
{
	(void) arg;
	errcontext("writing down the captured changes of silver");
}

void
zg_change_buffer_write(void)
{
	ErrorContextCallback callback = {.callback = write_error};
	bool		needs_snapshot = !ActiveSnapshotSet();

	if (!anything_waits())
		return;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	/* when the transaction commits there is none */
	if (needs_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	write_or_miss();
	if (needs_snapshot)
		PopActiveSnapshot();
	error_context_stack = callback.previous;
}

void
zg_change_statement_ends(void)
{
	if (ending)
		zg_change_buffer_write();
}

/* ----------------------------------------------------------------
 *		When: before the transaction ends
 * ----------------------------------------------------------------
 */

/* All memory goes with the transaction. */
static void
forget_transaction(void)
{
	innermost = NULL;
	undone = ending = false;
}

static void
transaction_event(XactEvent event, void *arg)
{
	(void) arg;
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			zg_change_buffer_write();
			ending = true;
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_ABORT:
			forget_transaction();
			break;
		default:
			break;
	}
}

/*
 * Give the changes of a level to the one around it.  What follows is later than
 * all of them.
 */
static void
merge_level(Level *level)
{
	Level	   *outer = level->outer;

	if (level->first != NULL && outer->last == NULL)
		outer->first = level->first;
	else if (level->first != NULL)
		outer->last->next = level->first;
	if (level->last != NULL)
		outer->last = level->last;
	outer->bytes += level->bytes;
	memcpy(outer->tables, level->tables, sizeof(outer->tables));
	memset(outer->open, 0, sizeof(outer->open));
	MemoryContextSetParent(level->context, outer->context);
	innermost = outer;
	pfree(level);
}

/*
 * A subtransaction commits.  What it wrote for those around it is written by
 * the one around it now.
 */
static void
subtransaction_commits(int nest)
{
	for (Level *level = innermost; level != NULL; level = level->outer)
		if (level->written == nest)
			level->written = nest - 1;
	forget_written();
	if (innermost->nest < nest)
		return;
	if (innermost->outer != NULL && innermost->outer->nest == nest - 1)
		merge_level(innermost);
	else
		innermost->nest = nest - 1;
}

/* A subtransaction is rolled back, and with it what it did and wrote. */
static void
subtransaction_aborts(int nest)
{
	while (innermost != NULL && innermost->nest >= nest)
	{
		Level	   *level = innermost;

		innermost = level->outer;
		MemoryContextDelete(level->context);
		pfree(level);
	}
	for (Level *level = innermost; level != NULL; level = level->outer)
		if (level->written >= nest)
		{
			level->written = 0;
			undone = true;
		}
}

static void
subtransaction_event(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	(void) id;
	(void) parent;
	(void) arg;
	if (innermost == NULL)
		return;
	if (event == SUBXACT_EVENT_COMMIT_SUB)
		subtransaction_commits(GetCurrentTransactionNestLevel());
	else if (event == SUBXACT_EVENT_ABORT_SUB)
		subtransaction_aborts(GetCurrentTransactionNestLevel());
}

/* ----------------------------------------------------------------
 *		When: before somebody looks
 * ----------------------------------------------------------------
 */

/*
 * May a query read or write a pending table?  What its workers call does not
 * show.
 */
static bool
looks_at_changes(const PlannedStmt *statement)
{
	ListCell   *cell;

	if (undone || statement->parallelModeNeeded)
		return true;
	foreach(cell, statement->rtable)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);

		if (entry->rtekind == RTE_RELATION)
			for (int i = 0; i < TABLE_COUNT; i++)
				if (entry->relid == innermost->tables[i])
					return true;
	}
	return false;
}

/*
 * The query's snapshot is taken already.  It sees the rows, as they are those of
 * a command before.
 */
static void
executor_start(QueryDesc *query, int flags)
{
	if (innermost != NULL && looks_at_changes(query->plannedstmt))
		zg_change_buffer_write();
	if (next_executor_start != NULL)
		next_executor_start(query, flags);
	else
		standard_ExecutorStart(query, flags);
}

/*
 * A command may do anything to the pending tables, such as make them anew, but
 * for those that run others at most, which come here themselves.
 */
static bool
may_alter_tables(const Node *command)
{
	switch (nodeTag(command))
	{
		case T_TransactionStmt:
		case T_VariableSetStmt:
		case T_CallStmt:
		case T_DoStmt:
		case T_ExecuteStmt:
			return false;
		default:
			return true;
	}
}

static void
write_before_command(void)
{
	zg_change_buffer_write();
	for (Level *level = innermost; level != NULL; level = level->outer)
		memset(level->tables, 0, sizeof(level->tables));
}

static void
utility(PlannedStmt *statement, const char *text, bool read_only, ProcessUtilityContext context,
		ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
		QueryCompletion *completion)
{
	if (innermost != NULL && may_alter_tables(statement->utilityStmt))
		write_before_command();
	if (next_utility != NULL)
		next_utility(statement, text, read_only, context, params, environment, dest, completion);
	else
		standard_ProcessUtility(statement, text, read_only, context, params, environment, dest,
								completion);
}

void
zg_change_buffer_init(void)
{
	RegisterXactCallback(transaction_event, NULL);
	RegisterSubXactCallback(subtransaction_event, NULL);
	next_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = executor_start;
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = utility;
}
