/*-------------------------------------------------------------------------
 *
 * capture.c
 *	  Keeping what a statement did to a silver table, for the next refresh.
 *
 * One trigger function serves all statements on all silver tables.  It turns
 * the statement's transition tables into rows of gold_state's pending tables,
 * which the next refresh reads.  Of users and tickets every row is kept, as
 * it went and as it came; of the other relations the days and the keys that
 * the statement touched.
 *
 * The rows go straight to the heap: writers of silver need no privilege on
 * gold_state, and as the pending tables have no unique index, no writer ever
 * waits for another.  They vanish with the statement if it is rolled back.
 *
 * What capture needs to know of a silver table is kept per backend until a
 * relcache invalidation says that it may have changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "compat.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "run.h"
#include "silver.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(zg_capture);

/* what one row of gold_state.slice_change holds at most */
#define MAX_DAYS			4000
#define MAX_KEY_BYTES		(1024 * 1024)

/* as copyfrom.c: what one multi-insert holds at most */
#define MAX_BUFFERED_ROWS	1000
#define MAX_BUFFERED_BYTES	65535

/* from here on a statement is worth a ring of buffers of its own */
#define BULK_ROWS			10000

/* a pending table's own columns; all others hold a column of silver */
typedef enum Bookkeeping
{
	COLUMN_SEQ,
	COLUMN_N,
	COLUMN_TX,
	COLUMN_OP,
	COLUMN_CAPTURED_AT,
	COLUMN_EXTRA,
	COLUMN_RELATION,
	COLUMN_DAYS,
	COLUMN_KEYS
} Bookkeeping;

#define BOOKKEEPING_COUNT (COLUMN_KEYS + 1)
#define BIT(column) (1 << (column))

static const struct
{
	const char *name;
	Oid type;
}			bookkeeping[BOOKKEEPING_COUNT] =

{
	[COLUMN_SEQ] = {"seq", INT8OID},
	[COLUMN_N] = {"n", INT4OID},
	[COLUMN_TX] = {"tx", INT8OID},
	[COLUMN_OP] = {"op", CHAROID},
	[COLUMN_CAPTURED_AT] = {"captured_at", TIMESTAMPTZOID},
	[COLUMN_EXTRA] = {"extra", JSONBOID},
	[COLUMN_RELATION] = {"relation", TEXTOID},
	[COLUMN_DAYS] = {"days", DATEARRAYOID},
	[COLUMN_KEYS] = {"keys", BYTEAOID},
};

/* the three pending tables */
typedef struct PendingKind
{
	const char *table;
	uint32		bookkeeping;	/* its own columns, as bits */
} PendingKind;

#define COMMON_COLUMNS \
	(BIT(COLUMN_SEQ) | BIT(COLUMN_TX) | BIT(COLUMN_OP) | BIT(COLUMN_CAPTURED_AT))
#define VERSION_COLUMNS (COMMON_COLUMNS | BIT(COLUMN_N) | BIT(COLUMN_EXTRA))
#define SLICE_COLUMNS \
	(COMMON_COLUMNS | BIT(COLUMN_RELATION) | BIT(COLUMN_DAYS) | BIT(COLUMN_KEYS))

static const PendingKind user_change = {"user_change", VERSION_COLUMNS};
static const PendingKind ticket_change = {"ticket_change", VERSION_COLUMNS};
static const PendingKind slice_change = {"slice_change", SLICE_COLUMNS};

/* how one column of a pending table is made from a silver row */
typedef struct CapturedColumn
{
	AttrNumber	target;
	ExprState  *expr;
} CapturedColumn;

/* one silver table, as capture sees it */
typedef struct Source
{
	Oid			relid;			/* hash key; must be first */
	Oid			pending;		/* the table that takes its changes */
	bool		valid;
	MemoryContext context;		/* owns what follows */
	const ZgSilver *silver;
	AttrNumber	bookkeeping[BOOKKEEPING_COUNT];
	int			ncolumns;		/* of users and tickets: the row's columns */
	CapturedColumn *columns;
	ExprState  *extra;			/* the other columns as jsonb, or NULL */
	ExprState  *key;			/* of the other relations: key as text ... */
	ExprState  *event;			/* ... and date or timestamptz of the event */
	bool		event_is_date;
	bool		settings_matter;	/* a value goes through its text form */
} Source;

static HTAB *sources = NULL;

/* one statement being captured: its number, and the pending rows it makes */
typedef struct Capture
{
	const Source *source;
	Relation	pending;
	ExprContext *econtext;		/* its per-tuple memory lasts one batch */
	Datum	   *values;			/* of the row to be written */
	bool	   *nulls;
	int32		n;				/* rows of the statement so far */
	BulkInsertState bistate;	/* or NULL */
	EState	   *estate;			/* for indexes; NULL = there are none */
	ResultRelInfo *result;
	TupleTableSlot *slots[MAX_BUFFERED_ROWS];
	int			nslots;
	Size		nbytes;
} Capture;

/* set of days */
typedef struct DayEntry
{
	DateADT		day;
	char		status;
} DayEntry;

#define SH_PREFIX days
#define SH_ELEMENT_TYPE DayEntry
#define SH_KEY_TYPE DateADT
#define SH_KEY day
#define SH_HASH_KEY(table, key) murmurhash32((uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* what a statement touched, as far as it is not written yet */
typedef struct Touched
{
	days_hash  *days;
	DateADT		last_day;
	bool		any;			/* last_day is set */
	StringInfoData keys;		/* a bytea: room for its header comes first */
	int			last_key;		/* offset of the last key, 0 = none */
} Touched;

/* ----------------------------------------------------------------
 *		What is known of a silver table
 * ----------------------------------------------------------------
 */

static char *
relation_name(Relation rel)
{
	return psprintf("%s.%s", get_namespace_name(RelationGetNamespace(rel)),
					RelationGetRelationName(rel));
}

/*
 * Relcache callback: a table of silver or one of ours may have changed;
 * InvalidOid is any table.
 */
static void
forget_table(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	Source	   *source;

	(void) arg;
	hash_seq_init(&scan, sources);
	while ((source = hash_seq_search(&scan)) != NULL)
		if (!OidIsValid(relid) || source->relid == relid || source->pending == relid)
			source->valid = false;
}

/* Syscache callback: a cast that an expression uses may have changed. */
static void
forget_casts(Datum arg, int cacheid, uint32 hashvalue)
{
	(void) cacheid;
	(void) hashvalue;
	forget_table(arg, InvalidOid);
}

static void
create_sources(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Source)};

	sources = hash_create("zoom_gold silver tables", 16, &control,
						  HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(forget_table, (Datum) 0);
	CacheRegisterSyscacheCallback(CASTSOURCETARGET, forget_casts, (Datum) 0);
}

/* The attribute of that name; errors when the table lacks it. */
static Form_pg_attribute
find_attribute(Relation rel, const char *name)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("relation \"%s\" lacks column \"%s\"", relation_name(rel), name),
			 errdetail("Changes of silver cannot be captured without it."),
			 errhint("Put the column back, or call zoom_gold.teardown() to stop capturing.")));
}

static Var *
attribute_var(Form_pg_attribute att)
{
	return makeVar(1, att->attnum, att->atttypid, att->atttypmod,
				   att->attcollation, 0);
}

/*
 * Prepare reading a column of silver as the given type.
 */
static ExprState *
prepare_column(Source *source, Relation rel, Form_pg_attribute att,
			   Oid type, int32 typmod)
{
	Node	   *expr = coerce_to_target_type(NULL, (Node *) attribute_var(att),
											 att->atttypid, type, typmod,
											 COERCION_EXPLICIT,
											 COERCE_EXPLICIT_CAST, -1);

	if (zg_is_virtual(att))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of relation \"%s\" is a virtual generated column",
						NameStr(att->attname), relation_name(rel)),
				 errdetail("Triggers do not see its value."),
				 errhint("Make it a stored one, or call zoom_gold.teardown() to stop capturing.")));
	if (expr == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, which cannot be read as %s",
						NameStr(att->attname), relation_name(rel),
						format_type_be(att->atttypid), format_type_be(type)),
				 errhint("Change the column's type, or call zoom_gold.teardown() to stop capturing.")));
	if (!IsA(expr, Var) && !IsA(expr, RelabelType))
		source->settings_matter = true;
	return ExecInitExpr(expression_planner((Expr *) expr), NULL);
}

/*
 * Prepare reading the columns that are not set in "contract", by attribute,
 * as one jsonb object; NULL when there are none.
 */
static ExprState *
prepare_extra(Relation rel, const bool *contract)
{
	TupleDesc	desc = RelationGetDescr(rel);
	RowExpr    *row = makeNode(RowExpr);
	FuncExpr   *object;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || contract[i] || zg_is_virtual(att))
			continue;
		row->args = lappend(row->args, attribute_var(att));
		row->colnames = lappend(row->colnames,
								makeString(pstrdup(NameStr(att->attname))));
	}
	if (row->args == NIL)
		return NULL;
	row->row_typeid = RECORDOID;
	row->row_format = COERCE_EXPLICIT_CALL;
	row->location = -1;
	object = makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(row), InvalidOid,
						  InvalidOid, COERCE_EXPLICIT_CALL);
	return ExecInitExpr(expression_planner((Expr *) object), NULL);
}

/* Find the pending table's own columns. */
static void
find_bookkeeping(Source *source, Relation pending, uint32 wanted)
{
	for (int i = 0; i < BOOKKEEPING_COUNT; i++)
	{
		Form_pg_attribute att;

		source->bookkeeping[i] = InvalidAttrNumber;
		if ((wanted & BIT(i)) == 0)
			continue;
		att = find_attribute(pending, bookkeeping[i].name);
		if (att->atttypid != bookkeeping[i].type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of relation \"%s\" has type %s, not %s",
							bookkeeping[i].name, relation_name(pending),
							format_type_be(att->atttypid),
							format_type_be(bookkeeping[i].type))));
		source->bookkeeping[i] = att->attnum;
	}
}

static bool
is_bookkeeping(const Source *source, AttrNumber attnum)
{
	for (int i = 0; i < BOOKKEEPING_COUNT; i++)
		if (source->bookkeeping[i] == attnum)
			return true;
	return false;
}

/* Users and tickets: every column of the pending table that silver fills. */
static void
prepare_version(Source *source, Relation rel, Relation pending)
{
	TupleDesc	desc = RelationGetDescr(pending);
	bool	   *contract = palloc0(RelationGetNumberOfAttributes(rel) * sizeof(bool));

	source->columns = palloc(desc->natts * sizeof(CapturedColumn));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute target = TupleDescAttr(desc, i);
		CapturedColumn *column = &source->columns[source->ncolumns];
		Form_pg_attribute att;

		if (target->attisdropped || is_bookkeeping(source, target->attnum))
			continue;
		att = find_attribute(rel, NameStr(target->attname));
		contract[att->attnum - 1] = true;
		column->target = target->attnum;
		column->expr = prepare_column(source, rel, att, target->atttypid,
									  target->atttypmod);
		source->ncolumns++;
	}
	source->extra = prepare_extra(rel, contract);
	if (source->extra != NULL)
		source->settings_matter = true;
}

/* The other relations: the key and the event. */
static void
prepare_slice(Source *source, Relation rel)
{
	const ZgSilverColumn *key = &source->silver->columns[0];
	const ZgSilverColumn *event = &source->silver->columns[source->silver->event_column];

	source->key = prepare_column(source, rel, find_attribute(rel, key->name),
								 TEXTOID, -1);
	source->event = prepare_column(source, rel, find_attribute(rel, event->name),
								   event->type, -1);
	source->event_is_date = event->type == DATEOID;
}

static const PendingKind *
pending_kind(const ZgSilver *silver)
{
	if (silver == &zg_silver[ZG_USERS])
		return &user_change;
	if (silver == &zg_silver[ZG_TICKETS])
		return &ticket_change;
	return &slice_change;
}

/*
 * What is known of a silver table, looked up anew when it may have changed.
 *
 * Both tables are locked by the caller, so that it stays true during the
 * statement.
 */
static Source *
find_source(Relation rel, const ZgSilver *silver, Relation pending)
{
	Oid			relid = RelationGetRelid(rel);
	const PendingKind *kind = pending_kind(silver);
	MemoryContext old;
	Source	   *source;
	bool		found;

	if (sources == NULL)
		create_sources();
	source = hash_search(sources, &relid, HASH_ENTER, &found);
	if (!found)
	{
		source->valid = false;
		source->context = NULL;
	}
	if (source->valid && source->silver == silver &&
		source->pending == RelationGetRelid(pending))
		return source;

	source->valid = false;
	if (source->context == NULL)
		source->context = AllocSetContextCreate(CacheMemoryContext,
												"zoom_gold silver table",
												ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(source->context);
	source->silver = silver;
	source->pending = RelationGetRelid(pending);
	source->ncolumns = 0;
	source->settings_matter = false;
	old = MemoryContextSwitchTo(source->context);
	find_bookkeeping(source, pending, kind->bookkeeping);
	if (kind == &slice_change)
		prepare_slice(source, rel);
	else
		prepare_version(source, rel, pending);
	MemoryContextSwitchTo(old);
	source->valid = true;
	return source;
}

/* ----------------------------------------------------------------
 *		Writing pending rows
 * ----------------------------------------------------------------
 */

/*
 * The oid of one of our own tables, found without regard to privileges.
 */
static Oid
state_relation(const char *name)
{
	Oid			schema = get_namespace_oid("gold_state", true);
	Oid			relid = InvalidOid;

	if (OidIsValid(schema))
		relid = get_relname_relid(name, schema);
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"gold_state.%s\" does not exist", name),
				 errdetail("Changes of silver are kept there for the next refresh."),
				 errhint("Call zoom_gold.setup() to make it, or zoom_gold.teardown() to stop capturing.")));
	return relid;
}

static Relation
open_pending(const PendingKind *kind)
{
	Relation	pending = table_open(state_relation(kind->table), RowExclusiveLock);

	if (pending->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation \"%s\" is not a plain table", relation_name(pending)),
				 errhint("Call zoom_gold.teardown() to stop capturing.")));
	return pending;
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

static void
set_column(Capture *capture, Bookkeeping column, Datum value)
{
	AttrNumber	attnum = capture->source->bookkeeping[column];

	capture->values[attnum - 1] = value;
	capture->nulls[attnum - 1] = false;
}

/*
 * Begin the pending rows of one statement.
 *
 * Everything is palloc'd in the current context; the pending table stays
 * locked to the end of the transaction.
 */
static Capture *
begin_capture(Relation rel, const ZgSilver *silver)
{
	Capture    *capture = palloc0(sizeof(Capture));
	int64		seq;
	int			natts;

	capture->pending = open_pending(pending_kind(silver));
	capture->source = find_source(rel, silver, capture->pending);
	capture->econtext = CreateStandaloneExprContext();
	natts = RelationGetNumberOfAttributes(capture->pending);
	capture->values = palloc0(natts * sizeof(Datum));
	capture->nulls = palloc(natts * sizeof(bool));
	memset(capture->nulls, true, natts * sizeof(bool));
	if (capture->pending->rd_rel->relhasindex)
	{
		capture->estate = CreateExecutorState();
		capture->result = makeNode(ResultRelInfo);
		InitResultRelInfo(capture->result, capture->pending, 0, NULL, 0);
		ExecOpenIndices(capture->result, false);
	}

	seq = nextval_internal(state_relation("change_seq"), false);
	set_column(capture, COLUMN_SEQ, Int64GetDatum(seq));
	set_column(capture, COLUMN_TX, Int64GetDatum(transaction_number(seq)));
	set_column(capture, COLUMN_CAPTURED_AT, TimestampTzGetDatum(zg_clock_now()));
	return capture;
}

/* Write the buffered rows and forget all memory of the batch. */
static void
flush_rows(Capture *capture)
{
	MemoryContext old;

	if (capture->nslots == 0)
		return;
	/* table_multi_insert may leak */
	old = MemoryContextSwitchTo(capture->econtext->ecxt_per_tuple_memory);
	table_multi_insert(capture->pending, capture->slots, capture->nslots,
					   GetCurrentCommandId(true), 0, capture->bistate);
	MemoryContextSwitchTo(old);
	for (int i = 0; i < capture->nslots; i++)
	{
		if (capture->estate != NULL)
		{
			zg_insert_index_tuples(capture->result, capture->slots[i],
								   capture->estate, ZG_INDEX_ALL);
			ResetPerTupleExprContext(capture->estate);
		}
		ExecClearTuple(capture->slots[i]);
	}
	capture->nslots = 0;
	capture->nbytes = 0;
	ResetExprContext(capture->econtext);
}

/*
 * Write one row of the values set so far, possibly later; by-reference values
 * are copied.  May reset the batch's memory.
 */
static void
write_row(Capture *capture, char op)
{
	TupleDesc	desc = RelationGetDescr(capture->pending);
	TupleTableSlot *slot = capture->slots[capture->nslots];
	HeapTuple	tuple;

	if (slot == NULL)
	{
		slot = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
		capture->slots[capture->nslots] = slot;
	}
	set_column(capture, COLUMN_OP, CharGetDatum(op));
	tuple = heap_form_tuple(desc, capture->values, capture->nulls);
	ExecStoreHeapTuple(tuple, slot, true);
	capture->nslots++;
	capture->nbytes += tuple->t_len;
	if (capture->nslots == MAX_BUFFERED_ROWS || capture->nbytes > MAX_BUFFERED_BYTES)
		flush_rows(capture);
}

static void
end_capture(Capture *capture)
{
	flush_rows(capture);
	for (int i = 0; i < MAX_BUFFERED_ROWS && capture->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(capture->slots[i]);
	if (capture->bistate != NULL)
		FreeBulkInsertState(capture->bistate);
	if (capture->estate != NULL)
	{
		ExecCloseIndices(capture->result);
		FreeExecutorState(capture->estate);
	}
	FreeExprContext(capture->econtext, true);
	table_close(capture->pending, NoLock);
}

/* ----------------------------------------------------------------
 *		Users and tickets: every row
 * ----------------------------------------------------------------
 */

static void
start_reading(Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows, 0);
	tuplestore_rescan(rows);
}

static bool
read_row(Tuplestorestate *rows, TupleTableSlot *slot)
{
	return tuplestore_gettupleslot(rows, true, false, slot);
}

static void
set_columns_of_row(Capture *capture, TupleTableSlot *slot)
{
	const Source *source = capture->source;

	capture->econtext->ecxt_scantuple = slot;
	for (int i = 0; i < source->ncolumns; i++)
	{
		int			target = source->columns[i].target - 1;

		capture->values[target] = ExecEvalExprSwitchContext(source->columns[i].expr,
															capture->econtext,
															&capture->nulls[target]);
	}
	if (source->extra != NULL)
	{
		int			target = source->bookkeeping[COLUMN_EXTRA] - 1;

		capture->values[target] = ExecEvalExprSwitchContext(source->extra,
															capture->econtext,
															&capture->nulls[target]);
	}
}

/* One pending row per row of a transition table. */
static void
capture_versions(Capture *capture, Tuplestorestate *rows, TupleTableSlot *slot, char op)
{
	if (rows == NULL)
		return;
	start_reading(rows);
	while (read_row(rows, slot))
	{
		CHECK_FOR_INTERRUPTS();
		set_columns_of_row(capture, slot);
		set_column(capture, COLUMN_N, Int32GetDatum(++capture->n));
		write_row(capture, op);
	}
}

/*
 * All rows went.  TRUNCATE of a partition alone took only its own: "extra"
 * then names it, {"partition": "silver.si_users_2024"}.
 */
static void
capture_truncated_versions(Capture *capture, Relation rel)
{
	set_column(capture, COLUMN_N, Int32GetDatum(++capture->n));
	if (rel->rd_rel->relispartition)
	{
		StringInfoData object;

		initStringInfo(&object);
		appendStringInfoString(&object, "{\"partition\": ");
		escape_json(&object, relation_name(rel));
		appendStringInfoChar(&object, '}');
		set_column(capture, COLUMN_EXTRA,
				   DirectFunctionCall1(jsonb_in, CStringGetDatum(object.data)));
	}
	write_row(capture, 'T');
}

/* ----------------------------------------------------------------
 *		The other relations: days and keys
 * ----------------------------------------------------------------
 */

static int
compare_days(const void *a, const void *b)
{
	DateADT		left = DatumGetDateADT(*(const Datum *) a);
	DateADT		right = DatumGetDateADT(*(const Datum *) b);

	return left < right ? -1 : left > right;
}

static Datum
days_array(days_hash * set)
{
	Datum	   *elements = palloc(set->members * sizeof(Datum));
	days_iterator iterator;
	DayEntry   *entry;
	int			n = 0;

	days_start_iterate(set, &iterator);
	while ((entry = days_iterate(set, &iterator)) != NULL)
		elements[n++] = DateADTGetDatum(entry->day);
	qsort(elements, n, sizeof(Datum), compare_days);
	return PointerGetDatum(construct_array(elements, n, DATEOID, sizeof(DateADT),
										   true, TYPALIGN_INT));
}

static void
clear_touched(Touched *touched)
{
	days_reset(touched->days);
	touched->any = false;
	resetStringInfo(&touched->keys);
	touched->keys.len = VARHDRSZ;
	touched->last_key = 0;
}

static void
init_touched(Touched *touched)
{
	touched->days = days_create(CurrentMemoryContext, 64, NULL);
	initStringInfo(&touched->keys);
	clear_touched(touched);
}

/* Write what was touched as one pending row, and start anew. */
static void
write_touched(Capture *capture, Touched *touched, char op)
{
	SET_VARSIZE(touched->keys.data, touched->keys.len);
	set_column(capture, COLUMN_RELATION,
			   CStringGetTextDatum(capture->source->silver->name));
	set_column(capture, COLUMN_DAYS, days_array(touched->days));
	set_column(capture, COLUMN_KEYS, PointerGetDatum(touched->keys.data));
	write_row(capture, op);
	clear_touched(touched);
}

static void
touch_day(Touched *touched, DateADT day)
{
	bool		found;

	if (touched->any && touched->last_day == day)
		return;
	days_insert(touched->days, day, &found);
	touched->last_day = day;
	touched->any = true;
}

/*
 * Add a key: its length and its bytes.  An update's old and new row come one
 * after the other, so that comparing with the last key finds most duplicates.
 */
static void
touch_key(Touched *touched, const text *key)
{
	StringInfo	keys = &touched->keys;
	uint32		length = VARSIZE_ANY_EXHDR(key);
	uint32		last_length;

	if (touched->last_key > 0)
	{
		const char *last = keys->data + touched->last_key;

		memcpy(&last_length, last, sizeof(last_length));
		if (length == last_length &&
			memcmp(last + sizeof(last_length), VARDATA_ANY(key), length) == 0)
			return;
	}
	touched->last_key = keys->len;
	appendBinaryStringInfo(keys, (const char *) &length, sizeof(length));
	appendBinaryStringInfo(keys, VARDATA_ANY(key), length);
}

static void
touch_row(Capture *capture, Touched *touched, TupleTableSlot *slot)
{
	const Source *source = capture->source;
	ExprContext *econtext = capture->econtext;
	MemoryContext old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	Datum		value;
	bool		isnull;

	econtext->ecxt_scantuple = slot;
	value = ExecEvalExpr(source->event, econtext, &isnull);
	touch_day(touched, isnull ? DATEVAL_NOBEGIN :
			  source->event_is_date ? DatumGetDateADT(value) :
			  zg_utc_day(DatumGetTimestampTz(value)));
	value = ExecEvalExpr(source->key, econtext, &isnull);
	if (!isnull)
		touch_key(touched, DatumGetTextPP(value));
	MemoryContextSwitchTo(old);
	ResetExprContext(econtext);
}

/*
 * The days and keys of a statement's rows, before and after, in one pending
 * row, or several when there are very many.
 */
static void
capture_slices(Capture *capture, Tuplestorestate *old_rows,
			   Tuplestorestate *new_rows, TupleTableSlot *slot, char op)
{
	Tuplestorestate *sides[] = {old_rows, new_rows};
	Touched		touched;
	bool		more;

	init_touched(&touched);
	for (int i = 0; i < lengthof(sides); i++)
		if (sides[i] != NULL)
			start_reading(sides[i]);
	do
	{
		CHECK_FOR_INTERRUPTS();
		more = false;
		for (int i = 0; i < lengthof(sides); i++)
			if (sides[i] != NULL && read_row(sides[i], slot))
			{
				touch_row(capture, &touched, slot);
				more = true;
			}
		if (touched.any && (!more || touched.days->members >= MAX_DAYS ||
							touched.keys.len >= MAX_KEY_BYTES))
			write_touched(capture, &touched, op);
	} while (more);
}

static void
capture_truncated_slices(Capture *capture)
{
	Touched		touched;

	init_touched(&touched);
	write_touched(capture, &touched, 'T');
}

/* ----------------------------------------------------------------
 *		The trigger
 * ----------------------------------------------------------------
 */

/*
 * Settings under which a value has the same text whoever writes it.  What
 * reads silver to compare it with captured rows uses the same.
 */
static const struct
{
	const char *name;
	const char *value;
}			neutral_settings[] =

{
	{"TimeZone", "UTC"},
	{"DateStyle", "ISO, MDY"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "1"},
	{"bytea_output", "hex"},
};

/*
 * Set them.  Returns the nest level to leave with AtEOXact_GUC, 0 when
 * nothing had to be set.
 */
static int
enter_neutral_settings(void)
{
	int			level = 0;

	for (int i = 0; i < lengthof(neutral_settings); i++)
	{
		const char *name = neutral_settings[i].name;
		const char *value = neutral_settings[i].value;

		if (strcmp(GetConfigOption(name, false, false), value) == 0)
			continue;
		if (level == 0)
			level = NewGUCNestLevel();
		(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	}
	return level;
}

/* Error context: whose change it was. */
static void
capture_error(void *arg)
{
	errcontext("capture of a change of relation \"%s\"",
			   RelationGetRelationName((Relation) arg));
}

/* The contract relation that the trigger's argument names. */
static const ZgSilver *
trigger_silver(const Trigger *trigger)
{
	if (trigger->tgnargs == 1)
		for (int i = 0; i < ZG_SILVER_COUNT; i++)
			if (strcmp(zg_silver[i].name, trigger->tgargs[0]) == 0)
				return &zg_silver[i];
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("trigger \"%s\" does not name a relation of the silver contract",
					trigger->tgname),
			 errhint("Call zoom_gold.setup() to have the triggers made anew.")));
}

/* Refuse a trigger that setup() would not have made. */
static void
check_trigger(const TriggerData *trigger)
{
	TriggerEvent event = trigger->tg_event;

	if (!TRIGGER_FIRED_AFTER(event) || !TRIGGER_FIRED_FOR_STATEMENT(event) ||
		(trigger->tg_newtable == NULL &&
		 (TRIGGER_FIRED_BY_INSERT(event) || TRIGGER_FIRED_BY_UPDATE(event))) ||
		(trigger->tg_oldtable == NULL &&
		 (TRIGGER_FIRED_BY_DELETE(event) || TRIGGER_FIRED_BY_UPDATE(event))))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" is not an AFTER statement trigger with transition tables",
						trigger->tg_trigger->tgname),
				 errhint("Call zoom_gold.setup() to have the triggers made anew.")));
}

static char
event_op(TriggerEvent event)
{
	return TRIGGER_FIRED_BY_INSERT(event) ? 'I' :
		TRIGGER_FIRED_BY_UPDATE(event) ? 'U' :
		TRIGGER_FIRED_BY_DELETE(event) ? 'D' : 'T';
}

/* Capture a statement that touched nrows rows, or all of them (op T). */
static void
capture_statement(const TriggerData *trigger, char op, int64 nrows)
{
	Relation	rel = trigger->tg_relation;
	const ZgSilver *silver = trigger_silver(trigger->tg_trigger);
	Capture    *capture = begin_capture(rel, silver);
	bool		versions = pending_kind(silver) != &slice_change;
	int			level = capture->source->settings_matter ? enter_neutral_settings() : 0;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel),
													&TTSOpsMinimalTuple);

	if (versions && nrows >= BULK_ROWS)
		capture->bistate = GetBulkInsertState();
	if (op == 'T' && versions)
		capture_truncated_versions(capture, rel);
	else if (op == 'T')
		capture_truncated_slices(capture);
	else if (versions)
	{
		capture_versions(capture, trigger->tg_oldtable, slot, 'D');
		capture_versions(capture, trigger->tg_newtable, slot, 'I');
	}
	else
		capture_slices(capture, trigger->tg_oldtable, trigger->tg_newtable,
					   slot, op);
	ExecDropSingleTupleTableSlot(slot);
	if (level > 0)
		AtEOXact_GUC(true, level);
	end_capture(capture);
}

/*
 * capture() RETURNS trigger: note what the statement did.
 *
 * AFTER ... FOR EACH STATEMENT, with the contract relation's name as its
 * argument, and transition tables except for TRUNCATE.  Note that drawing a
 * number moves the session's lastval().
 */
Datum
zg_capture(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	ErrorContextCallback callback = {.callback = capture_error};
	int64		nrows = 0;
	char		op;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("capture of changes was not called by the trigger manager")));
	check_trigger(trigger);
	op = event_op(trigger->tg_event);
	if (trigger->tg_oldtable != NULL)
		nrows += tuplestore_tuple_count(trigger->tg_oldtable);
	if (trigger->tg_newtable != NULL)
		nrows += tuplestore_tuple_count(trigger->tg_newtable);
	if (nrows > 0 || op == 'T')
	{
		callback.arg = trigger->tg_relation;
		callback.previous = error_context_stack;
		error_context_stack = &callback;
		capture_statement(trigger, op, nrows);
		error_context_stack = callback.previous;
	}
	return PointerGetDatum(NULL);
}
