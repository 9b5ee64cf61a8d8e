/*-------------------------------------------------------------------------
 *
 * capture.c
 *	  Keeping what a statement did to a silver table, for the next refresh.
 *
 * One trigger function serves all statements on all silver tables.  It turns
 * the statement's transition tables into pending rows: of users and tickets
 * every row, as it went and as it came; of the other relations the days and
 * the keys that the statement touched.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heaptoast.h"
#include "base/array.h"
#include "base/neutral_settings.h"
#include "capture/capture_map.h"
#include "capture/pending_change.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "state/dirty.h"
#include "state/run.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(zg_capture);

/*
 * What one row of gold_state.slice_change holds at most.  Keys are cut so
 * that the row needs no TOAST, which would cost a bulk load several times as
 * much as the rows do.
 */
#define MAX_DAYS			4000
#define MAX_KEY_BYTES		(TOAST_TUPLE_THRESHOLD - 160)

/* from here on a statement's rows are written like a bulk load's */
#define MANY_ROWS			10000

/* one statement being captured */
typedef struct Capture
{
	Relation	rel;
	const ZgSilver *silver;
	const ZgCaptureMap *map;
	ZgPending  *pending;
	ExprContext *econtext;		/* reset for every row */
	TupleTableSlot *slot;		/* the row of silver at hand */
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
	bool		any_day;		/* last_day is set */
	StringInfoData keys;		/* a bytea: room for its header comes first */
	int			last_key;		/* offset of the last key, 0 = none */
} Touched;

static void
start_reading(Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows, 0);
	tuplestore_rescan(rows);
}

static bool
read_row(Capture *capture, Tuplestorestate *rows)
{
	CHECK_FOR_INTERRUPTS();
	ResetExprContext(capture->econtext);
	return tuplestore_gettupleslot(rows, true, false, capture->slot);
}

/* ----------------------------------------------------------------
 *		Users and tickets: every row
 * ----------------------------------------------------------------
 */

static void
set_columns(Capture *capture)
{
	const ZgCaptureMap *map = capture->map;
	Datum		value;
	bool		isnull;

	for (int i = 0; i < map->ncolumns; i++)
	{
		value = ExecEvalExprSwitchContext(map->columns[i].expr,
										  capture->econtext, &isnull);
		zg_pending_set_attribute(capture->pending, map->columns[i].target,
								 value, isnull);
	}
	if (map->extra != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(capture->econtext->ecxt_per_tuple_memory);

		slot_getallattrs(capture->slot);
		value = zg_own_keep(map->extra, capture->slot->tts_values, capture->slot->tts_isnull);
		zg_pending_set(capture->pending, ZG_PENDING_EXTRA, value);
		if (map->layout != 0)
			zg_pending_set(capture->pending, ZG_PENDING_LAYOUT, map->layout);
		MemoryContextSwitchTo(old);
	}
}

/*
 * One pending row per row of a transition table, numbered on from n.  Returns
 * the last number.
 */
static int32
capture_rows(Capture *capture, Tuplestorestate *rows, char op, int32 n)
{
	if (rows == NULL)
		return n;
	start_reading(rows);
	while (read_row(capture, rows))
	{
		set_columns(capture);
		zg_pending_set(capture->pending, ZG_PENDING_N, Int32GetDatum(++n));
		zg_pending_write(capture->pending, op);
	}
	return n;
}

/*
 * All rows went.  TRUNCATE of a partition alone took only its own: "extra"
 * then names it, {"partition": "silver.si_users_2024"}.
 */
static void
capture_truncated_rows(Capture *capture)
{
	zg_pending_set(capture->pending, ZG_PENDING_N, Int32GetDatum(1));
	if (capture->rel->rd_rel->relispartition)
	{
		StringInfoData object;

		initStringInfo(&object);
		appendStringInfoString(&object, "{\"partition\": ");
		escape_json(&object,
					psprintf("%s.%s",
							 get_namespace_name(RelationGetNamespace(capture->rel)),
							 RelationGetRelationName(capture->rel)));
		appendStringInfoChar(&object, '}');
		zg_pending_set(capture->pending, ZG_PENDING_EXTRA,
					   DirectFunctionCall1(jsonb_in, CStringGetDatum(object.data)));
	}
	zg_pending_write(capture->pending, 'T');
}

/* ----------------------------------------------------------------
 *		The other relations: days and keys
 * ----------------------------------------------------------------
 */

static Datum
days_array(days_hash *set)
{
	DateADT    *days = palloc(set->members * sizeof(DateADT));
	days_iterator iterator;
	DayEntry   *entry;
	int			n = 0;

	days_start_iterate(set, &iterator);
	while ((entry = days_iterate(set, &iterator)) != NULL)
		days[n++] = entry->day;
	return zg_date_array(days, zg_days_sort(days, n));
}

static void
forget_days(Touched *touched)
{
	days_reset(touched->days);
	touched->any_day = false;
}

static void
forget_keys(Touched *touched)
{
	resetStringInfo(&touched->keys);
	touched->keys.len = VARHDRSZ;
	touched->last_key = 0;
}

static void
init_touched(Touched *touched)
{
	touched->days = days_create(CurrentMemoryContext, 64, NULL);
	initStringInfo(&touched->keys);
	forget_days(touched);
	forget_keys(touched);
}

/* Write the keys, and the days if wanted, as one pending row. */
static void
write_touched(Capture *capture, Touched *touched, char op, bool with_days)
{
	Datum		days;

	if (with_days)
	{
		days = days_array(touched->days);
		forget_days(touched);
	}
	else
		days = PointerGetDatum(construct_empty_array(DATEOID));
	SET_VARSIZE(touched->keys.data, touched->keys.len);
	zg_pending_set(capture->pending, ZG_PENDING_DAYS, days);
	zg_pending_set(capture->pending, ZG_PENDING_KEYS,
				   PointerGetDatum(touched->keys.data));
	zg_pending_write(capture->pending, op);
	pfree(DatumGetPointer(days));
	forget_keys(touched);
}

static void
touch_day(Touched *touched, DateADT day)
{
	bool		found;

	if (touched->any_day && touched->last_day == day)
		return;
	days_insert(touched->days, day, &found);
	touched->last_day = day;
	touched->any_day = true;
}

/*
 * Add a key: its length and its bytes.  An update's old and new row come one
 * after the other, so that comparing with the last key finds most duplicates.
 */
static void
touch_key(Capture *capture, Touched *touched, const text *key, char op)
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
	if (keys->len + sizeof(length) + length > MAX_KEY_BYTES && touched->last_key > 0)
		write_touched(capture, touched, op, false);
	touched->last_key = keys->len;
	appendBinaryStringInfo(keys, (const char *) &length, sizeof(length));
	appendBinaryStringInfo(keys, VARDATA_ANY(key), length);
}

static void
touch_row(Capture *capture, Touched *touched, char op)
{
	const ZgCaptureMap *map = capture->map;
	ExprContext *econtext = capture->econtext;
	MemoryContext old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	Datum		value;
	bool		isnull;

	value = ExecEvalExpr(map->event, econtext, &isnull);
	touch_day(touched, isnull ? DATEVAL_NOBEGIN :
			  map->event_is_date ? DatumGetDateADT(value) :
			  zg_utc_day(DatumGetTimestampTz(value)));
	value = ExecEvalExpr(map->key, econtext, &isnull);
	if (!isnull)
		touch_key(capture, touched, DatumGetTextPP(value), op);
	MemoryContextSwitchTo(old);
}

/*
 * The days and keys of a statement's rows, before and after, in as many
 * pending rows as they need; the days come with the last keys.
 */
static void
capture_slices(Capture *capture, Tuplestorestate *old_rows,
			   Tuplestorestate *new_rows, char op)
{
	Tuplestorestate *sides[] = {old_rows, new_rows};
	Touched		touched;
	bool		more;

	init_touched(&touched);
	zg_pending_set(capture->pending, ZG_PENDING_RELATION,
				   CStringGetTextDatum(capture->silver->name));
	for (int i = 0; i < lengthof(sides); i++)
		if (sides[i] != NULL)
			start_reading(sides[i]);
	do
	{
		more = false;
		for (int i = 0; i < lengthof(sides); i++)
			if (sides[i] != NULL && read_row(capture, sides[i]))
			{
				touch_row(capture, &touched, op);
				more = true;
			}
		if (touched.any_day && (!more || touched.days->members >= MAX_DAYS))
			write_touched(capture, &touched, op, true);
	} while (more);
}

/* All rows went: no days, no keys. */
static void
capture_truncated_slices(Capture *capture)
{
	Touched		touched;

	init_touched(&touched);
	zg_pending_set(capture->pending, ZG_PENDING_RELATION,
				   CStringGetTextDatum(capture->silver->name));
	write_touched(capture, &touched, 'T', true);
}

/* ----------------------------------------------------------------
 *		The trigger
 * ----------------------------------------------------------------
 */

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
	const ZgSilver *silver = trigger->tgnargs == 1 ? zg_silver_of(trigger->tgargs[0]) : NULL;

	if (silver == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" does not name a relation of the silver contract",
						trigger->tgname),
				 errhint("Call zoom_gold.setup() to have the triggers made anew.")));
	return silver;
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

/* Write the pending rows of a statement; op says what it did. */
static void
capture_changes(Capture *capture, const TriggerData *trigger, char op)
{
	bool		keeps_rows = zg_pending_keeps_rows(capture->silver);

	if (op == 'T' && keeps_rows)
		capture_truncated_rows(capture);
	else if (op == 'T')
		capture_truncated_slices(capture);
	else if (keeps_rows)
	{
		int32		n = capture_rows(capture, trigger->tg_oldtable, 'D', 0);

		(void) capture_rows(capture, trigger->tg_newtable, 'I', n);
	}
	else
		capture_slices(capture, trigger->tg_oldtable, trigger->tg_newtable, op);
}

/* Capture a statement that touched nrows rows. */
static void
capture_statement(const TriggerData *trigger, char op, int64 nrows)
{
	Capture		capture = {.rel = trigger->tg_relation};
	int			level = 0;

	capture.silver = trigger_silver(trigger->tg_trigger);
	capture.pending = zg_pending_open(capture.silver);
	capture.map = zg_capture_map(capture.rel, capture.silver,
								 zg_pending_table(capture.pending));
	if (capture.map->retired)
	{
		zg_pending_close(capture.pending);
		return;
	}
	capture.slot = MakeSingleTupleTableSlot(RelationGetDescr(capture.rel),
											&TTSOpsMinimalTuple);
	capture.econtext = CreateStandaloneExprContext();
	capture.econtext->ecxt_scantuple = capture.slot;
	if (nrows >= MANY_ROWS && zg_pending_keeps_rows(capture.silver))
		zg_pending_expect_many(capture.pending);

	if (capture.map->neutral)
		level = zg_neutral_enter();
	capture_changes(&capture, trigger, op);
	zg_neutral_leave(level);

	FreeExprContext(capture.econtext, true);
	ExecDropSingleTupleTableSlot(capture.slot);
	zg_pending_close(capture.pending);
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
