/*-------------------------------------------------------------------------
 *
 * capture.c
 *	  Keeping what a statement did to a silver table, for the next refresh.
 *
 * One trigger function serves all statements on all silver tables.  Of the
 * statement's transition tables it notes, of users and tickets, every row as it
 * went and as it came; of the other relations the days and the keys that were
 * touched, and the prints of the rows that were written (row_print.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "base/neutral_settings.h"
#include "base/subtransaction.h"
#include "base/text.h"
#include "capture/capture_map.h"
#include "capture/change_buffer.h"
#include "capture/pending_change.h"
#include "catalog/pg_inherits.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "silver/event_look.h"
#include "state/run.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(zg_capture);

/* a statement to be captured */
typedef struct Statement
{
	const TriggerData *trigger;
	const ZgSilver *silver;
	char		op;				/* what it did: I, U, D or T */
} Statement;

/* one statement being captured */
typedef struct Capture
{
	Relation	rel;
	const ZgSilver *silver;
	ZgCaptureMap *map;
	char		op;				/* what it did */
} Capture;

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
	ResetExprContext(capture->map->econtext);
	return tuplestore_gettupleslot(rows, true, false, capture->map->slot);
}

/* ----------------------------------------------------------------
 *		Users and tickets: every row
 * ----------------------------------------------------------------
 */

/* What a column holds that is in no row of silver. */
static void
set_own(ZgCaptureMap *map, AttrNumber target, Datum value)
{
	if (target == InvalidAttrNumber)
		return;
	map->values[target - 1] = value;
	map->nulls[target - 1] = false;
}

static void
set_columns(ZgCaptureMap *map)
{
	for (int i = 0; i < map->ncolumns; i++)
	{
		int			place = map->columns[i].target - 1;

		map->values[place] = ExecEvalExpr(map->columns[i].expr, map->econtext, &map->nulls[place]);
	}
	if (map->extra == NULL)
		return;
	slot_getallattrs(map->slot);
	set_own(map, map->extra_target,
			zg_own_keep(map->extra, map->slot->tts_values, map->slot->tts_isnull));
	if (map->layout != 0)
		set_own(map, map->layout_target, map->layout);
}

/* Add the row that is set, and forget it. */
static void
add_row(Capture *capture, char op)
{
	ZgCaptureMap *map = capture->map;

	zg_change_add_row(capture->silver, op, heap_form_tuple(map->desc, map->values, map->nulls));
	memset(map->nulls, true, map->desc->natts * sizeof(bool));
}

/* Add the row at hand. */
static void
capture_row(Capture *capture, char op)
{
	MemoryContext old = MemoryContextSwitchTo(capture->map->econtext->ecxt_per_tuple_memory);

	set_columns(capture->map);
	add_row(capture, op);
	MemoryContextSwitchTo(old);
}

static void
capture_rows(Capture *capture, Tuplestorestate *rows, char op)
{
	if (rows == NULL)
		return;
	start_reading(rows);
	while (read_row(capture, rows))
		capture_row(capture, op);
}

/*
 * Every row that a table is about to lose, its heirs' not among them.  The table
 * is locked: what has been committed since the snapshot of the query goes too.
 */
static void
capture_table(Capture *capture)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(capture->rel, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(capture->rel, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(capture->map->econtext);
		ExecCopySlot(capture->map->slot, slot);
		capture_row(capture, 'D');
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
}

/* Is a table all that there is of its relation? */
static bool
stands_alone(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	return !rel->rd_rel->relispartition && !has_superclass(relid) &&
		(!rel->rd_rel->relhassubclass || find_inheritance_children(relid, NoLock) == NIL);
}

/*
 * TRUNCATE.  Of a table that stands alone all rows go; elsewhere others stay, so
 * that each is noted.  A partitioned table has none, and its partitions tell.
 */
static void
capture_truncated_rows(Capture *capture, const TriggerData *trigger)
{
	if (capture->rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return;
	if (stands_alone(capture->rel))
		add_row(capture, 'T');
	else if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
		capture_table(capture);
	else
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" cannot tell which rows of relation \"%s\" are gone",
						trigger->tg_trigger->tgname, RelationGetRelationName(capture->rel)),
				 errhint("Call zoom_gold.setup() to have the triggers made anew.")));
}

/* ----------------------------------------------------------------
 *		The other relations: days, keys and prints
 * ----------------------------------------------------------------
 */

/* The print of the row at hand. */
static uint64
print_row(ZgCaptureMap *map)
{
	slot_getallattrs(map->slot);
	return zg_row_print(map->print, map->slot->tts_values, map->slot->tts_isnull);
}

/* A row's slice and key, which lives until the next row is read. */
typedef struct TouchedRow
{
	DateADT		day;
	text	   *key;			/* NULL = none */
	TimestampTz start;			/* DT_NOBEGIN = has none, or a day only */
	uint64		print;			/* 0 = not asked for */
} TouchedRow;

/* Is a row what the former one was? */
static bool
is_same_row(const TouchedRow *former, const TouchedRow *latter)
{
	return former != NULL && former->print == latter->print;
}

/*
 * A row as it went or, written, as it came.  An update that left it as the
 * former row was has not written it anew.
 */
static TouchedRow
touch_row(Capture *capture, bool written, const TouchedRow *former)
{
	ZgCaptureMap *map = capture->map;
	MemoryContext old = MemoryContextSwitchTo(map->econtext->ecxt_per_tuple_memory);
	TouchedRow	row = {DATEVAL_NOBEGIN, NULL, DT_NOBEGIN, 0};
	Datum		event;
	Datum		key;
	bool		no_event;
	bool		no_key;

	event = ExecEvalExpr(map->event, map->econtext, &no_event);
	key = ExecEvalExpr(map->key, map->econtext, &no_key);
	if (!no_key)
		row.key = DatumGetTextPP(key);
	if (!no_event && map->event_is_date)
		row.day = DatumGetDateADT(event);
	else if (!no_event)
	{
		row.start = DatumGetTimestampTz(event);
		row.day = zg_utc_day(row.start);
	}
	if (!no_key && (written || capture->op == 'U'))
		row.print = print_row(map);
	zg_change_touch(capture->silver, capture->op, row.day, row.key,
					no_key || !written || is_same_row(former, &row) ? NULL : &row.print);
	MemoryContextSwitchTo(old);
	return row;
}

/* A column of the row at hand that may not be there. */
static Datum
column_value(const ZgCaptureMap *map, ExprState *column, Datum otherwise)
{
	bool		isnull = true;
	Datum		value = column == NULL ? (Datum) 0 : ExecEvalExpr(column, map->econtext, &isnull);

	return isnull ? otherwise : value;
}

/* What the row at hand tells of its event. */
static ZgEventLook
look_at_row(const ZgCaptureMap *map, TimestampTz start)
{
	MemoryContext old = MemoryContextSwitchTo(map->econtext->ecxt_per_tuple_memory);
	Datum		raw = column_value(map, map->topic, (Datum) 0);
	text	   *topic = raw == (Datum) 0 ? NULL : zg_text_normalize(DatumGetTextPP(raw));
	ZgEventLook look = {
		.start = start,
		.end = DatumGetTimestampTz(column_value(map, map->end, TimestampTzGetDatum(DT_NOEND))),
		.topic = topic == NULL ? 0 : zg_text_hash64(topic),
		.minutes = DatumGetInt32(column_value(map, map->minutes, Int32GetDatum(-1))),
	};

	MemoryContextSwitchTo(old);
	return look;
}

/* an updated row as it was */
typedef struct FormerRow
{
	DateADT		day;
	uint64		key;			/* hash, 0 = none */
	ZgEventLook look;
} FormerRow;

static void
look_at_former(const Capture *capture, const TouchedRow *row, FormerRow *former)
{
	former->day = row->day;
	former->key = row->key == NULL ? 0 : zg_text_hash64(row->key);
	former->look = look_at_row(capture->map, row->start);
}

/* The row at hand took the place of the former: does it seem another event's? */
static void
look_at_latter(const Capture *capture, const TouchedRow *row, const FormerRow *former)
{
	const ZgCaptureMap *map = capture->map;
	ZgEventLook look;
	Datum		loaded;
	Datum		written;

	if (row->key == NULL || row->day == former->day || zg_text_hash64(row->key) != former->key)
		return;
	look = look_at_row(map, row->start);
	loaded = column_value(map, map->loaded, TimestampTzGetDatum(DT_NOBEGIN));
	written = column_value(map, map->updated, loaded);
	if (zg_looks_like_another(&former->look, &look, DatumGetTimestampTz(written)))
		zg_change_touch(capture->silver, ZG_OP_REUSED, row->day, row->key, NULL);
}

/* The days and keys of a statement's rows; of an update before and after in turn. */
static void
capture_slices(Capture *capture, Tuplestorestate *old_rows, Tuplestorestate *new_rows)
{
	Tuplestorestate *sides[] = {old_rows, new_rows};
	bool		looks = capture->op == 'U' && zg_events_recur(capture->silver);
	FormerRow	former = {0};
	TouchedRow	rows[lengthof(sides)];
	bool		more;

	for (int i = 0; i < lengthof(sides); i++)
		if (sides[i] != NULL)
			start_reading(sides[i]);
	do
	{
		more = false;
		for (int i = 0; i < lengthof(sides); i++)
			if (sides[i] != NULL && read_row(capture, sides[i]))
			{
				rows[i] = touch_row(capture, sides[i] == new_rows,
									capture->op == 'U' && i == 1 ? &rows[0] : NULL);
				if (looks && i == 0)
					look_at_former(capture, &rows[i], &former);
				else if (looks)
					look_at_latter(capture, &rows[i], &former);
				more = true;
			}
	} while (more);
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

	if (TRIGGER_FIRED_FOR_STATEMENT(event) && TRIGGER_FIRED_BEFORE(event) &&
		(TRIGGER_FIRED_BY_UPDATE(event) || TRIGGER_FIRED_BY_TRUNCATE(event)))
		return;
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

static void
capture_changes(Capture *capture, const TriggerData *trigger)
{
	bool		keeps_rows = zg_pending_keeps_rows(capture->silver);

	if (capture->op == 'T' && keeps_rows)
		capture_truncated_rows(capture, trigger);
	else if (capture->op == 'T')
		zg_change_truncate(capture->silver);
	else if (keeps_rows)
	{
		capture_rows(capture, trigger->tg_oldtable, 'D');
		capture_rows(capture, trigger->tg_newtable, 'I');
	}
	else
		capture_slices(capture, trigger->tg_oldtable, trigger->tg_newtable);
}

/* Forget a row that an error has left behind, whose memory is gone. */
static void
clear_row(ZgCaptureMap *map)
{
	map->slot->tts_flags &= ~TTS_FLAG_SHOULDFREE;
	ExecClearTuple(map->slot);
	if (map->desc != NULL)
		memset(map->nulls, true, map->desc->natts * sizeof(bool));
}

static void
capture_statement(const Statement *statement)
{
	const TriggerData *trigger = statement->trigger;
	Capture		capture = {.rel = trigger->tg_relation,.op = statement->op,.silver = statement->silver};
	int			level = 0;

	capture.map = zg_capture_map(capture.rel, capture.silver, zg_change_statement(capture.silver));
	if (capture.map->retired)
		return;
	clear_row(capture.map);
	if (capture.map->neutral)
		level = zg_neutral_enter();
	capture_changes(&capture, trigger);
	zg_neutral_leave(level);
}

/* Subtransaction */
static bool
try_capture(void *arg)
{
	capture_statement(arg);
	return true;
}

/*
 * The first statement after something changed is tried in a subtransaction, and
 * every one where code of others runs or the state is not as setup() made it.
 * So is TRUNCATE, which may have none of the triggers that it needs.
 */
static void
capture_or_miss(Statement *statement)
{
	const ZgSilver *silver = statement->silver;
	ErrorData  *error;

	if (statement->op != 'T' &&
		zg_capture_is_plain(statement->trigger->tg_relation, silver, zg_change_table(silver)))
		capture_statement(statement);
	else
	{
		/* a clock that is none is refused, whoever set it */
		(void) zg_clock_now();
		error = zg_subtransaction(try_capture, statement, CurrentMemoryContext);
		if (error != NULL)
			zg_change_missed(silver, error);
	}
	zg_change_statement_ends();
}

/* Did the statement touch any row?  Of TRUNCATE nothing tells. */
static bool
touched_rows(const TriggerData *trigger)
{
	return (trigger->tg_oldtable != NULL && tuplestore_tuple_count(trigger->tg_oldtable) > 0) ||
		(trigger->tg_newtable != NULL && tuplestore_tuple_count(trigger->tg_newtable) > 0);
}

/*
 * capture() RETURNS trigger: note what the statement did.
 *
 * AFTER ... FOR EACH STATEMENT, with the contract relation's name as its
 * argument, and transition tables except for TRUNCATE, which is also told of
 * BEFORE, where rows are kept.  BEFORE an UPDATE there is nothing to note: it has
 * the library loaded in time for the rows that a MERGE moves.
 */
Datum
zg_capture(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	ErrorContextCallback callback = {.callback = capture_error};
	Statement	statement = {.trigger = trigger};

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("capture of changes was not called by the trigger manager")));
	check_trigger(trigger);
	statement.op = event_op(trigger->tg_event);
	if (statement.op == 'T' || (TRIGGER_FIRED_AFTER(trigger->tg_event) && touched_rows(trigger)))
	{
		callback.arg = trigger->tg_relation;
		callback.previous = error_context_stack;
		error_context_stack = &callback;
		statement.silver = trigger_silver(trigger->tg_trigger);
		capture_or_miss(&statement);
		error_context_stack = callback.previous;
	}
	return PointerGetDatum(NULL);
}
