/*-------------------------------------------------------------------------
 *
 * invalidation.c
 *	  From what capture noted to dirty marks.
 *
 * A captured statement names the days it touched, before and after, and the
 * keys.  Other rows of these keys may lie on other days, which then have to
 * be looked at as well; spread_key remembers which keys do, so that a pass
 * over a day knows whose rows to look for elsewhere.  Feature usage and
 * participants depend on meetings through the meeting's key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "base/sort.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "facts/reused_key.h"
#include "facts/slice_search.h"
#include "history/take_up.h"
#include "refresh/compare_piece.h"
#include "refresh/invalidation.h"
#include "silver/idlist.h"
#include "silver/key_variant.h"
#include "state/dirty.h"
#include "state/writer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* pending changes of one relation */
typedef struct ZgIntake
{
	ZgRun	   *run;
	const ZgSilver *silver;
	bool		whole;			/* days and keys do not matter */
	bool		by_watermark;	/* not every change is told */
	bool		lost;			/* a key is gone, which one is not known */
	DateADT    *days;
	int			ndays;
	int			maxdays;
	Datum	   *keys;			/* normal */
	Datum	   *raws;			/* as stored */
	int			nkeys;
	int			maxkeys;
	int			maxraws;
	bool		truncated;
	ZgIdList   *reused;			/* keys of which capture says so */
	ItemPointerData *consumed;
	int			nconsumed;
	int			maxconsumed;
	ZgWriter   *spread;
	/* the key whose days are being read */
	text	   *key;
	DateADT		first_day;
	int			nkey_days;
} ZgIntake;

static void
add_day(ZgIntake *intake, DateADT day)
{
	zg_make_room(CurrentMemoryContext, intake->days, intake->ndays, intake->maxdays);
	intake->days[intake->ndays++] = day;
	if (intake->ndays % 65536 == 0)
		intake->ndays = zg_days_sort(intake->days, intake->ndays);
}

static void
add_key(ZgIntake *intake, text *key, text *raw)
{
	zg_make_room(CurrentMemoryContext, intake->keys, intake->nkeys, intake->maxkeys);
	zg_make_room(CurrentMemoryContext, intake->raws, intake->nkeys, intake->maxraws);
	intake->keys[intake->nkeys] = PointerGetDatum(key);
	intake->raws[intake->nkeys++] = PointerGetDatum(raw);
}

/* Key handler: a key as silver has it */
static void
add_stored_key(text *raw, void *arg)
{
	ZgIntake   *intake = arg;
	text	   *key = zg_text_normalize(raw);

	if (key == NULL)
		return;
	zg_key_variant_note(intake->run, intake->silver, 0, raw, key);
	add_key(intake, key, raw);
	if (key != raw)
		add_key(intake, key, key);
}

/* Key handler: one that capture says to be reused */
static void
add_reused_key(text *raw, void *arg)
{
	ZgIntake   *intake = arg;
	text	   *key = zg_text_normalize(raw);

	if (key != NULL)
		zg_idlist_add(intake->reused, key);
}

/* Unpack the keys of a statement: uint32 length and bytes each. */
static void
each_key(const ZgSilver *silver, const bytea *packed, void (*visit) (text *raw, void *arg), void *arg)
{
	const char *p = VARDATA_ANY(packed);
	const char *end = p + VARSIZE_ANY_EXHDR(packed);

	while (end - p >= (ptrdiff_t) sizeof(uint32))
	{
		uint32		len;
		text	   *raw;

		memcpy(&len, p, sizeof(len));
		p += sizeof(len);
		if (len > end - p)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("pending changes of relation \"%s\" are damaged", silver->name),
					 errhint("TRUNCATE gold_state.slice_change and SELECT * FROM zoom_gold.refresh(true).")));
		raw = cstring_to_text_with_len(p, len);
		p += len;
		visit(raw, arg);
	}
}

/* columns of the query of slice_change; where all is compared those of ZG_OP_REUSED only */
enum
{
	CHANGE_TID, CHANGE_OP, CHANGE_DAYS, CHANGE_KEYS
};

/* Row callback */
static void
read_change(TupleTableSlot *slot, void *arg)
{
	ZgIntake   *intake = arg;
	char		op;

	slot_getallattrs(slot);
	zg_make_room(CurrentMemoryContext, intake->consumed, intake->nconsumed, intake->maxconsumed);
	intake->consumed[intake->nconsumed++] = *(ItemPointer) DatumGetPointer(slot->tts_values[CHANGE_TID]);
	op = DatumGetChar(slot->tts_values[CHANGE_OP]);
	if (op == 'T')
		intake->whole = intake->truncated = true;
	if (op == ZG_OP_REUSED && !slot->tts_isnull[CHANGE_KEYS])
		each_key(intake->silver, DatumGetByteaPP(slot->tts_values[CHANGE_KEYS]), add_reused_key, intake);
	if (intake->whole)
		return;
	if (!slot->tts_isnull[CHANGE_DAYS])
	{
		Datum	   *days;
		int			n;

		deconstruct_array(DatumGetArrayTypeP(slot->tts_values[CHANGE_DAYS]), DATEOID, sizeof(DateADT),
						  true, TYPALIGN_INT, &days, NULL, &n);
		for (int i = 0; i < n; i++)
			add_day(intake, DatumGetDateADT(days[i]));
		pfree(days);
	}
	if (!slot->tts_isnull[CHANGE_KEYS])
		each_key(intake->silver, DatumGetByteaPP(slot->tts_values[CHANGE_KEYS]), add_stored_key, intake);
}

static void
delete_consumed(ZgIntake *intake)
{
	static const char *const columns[] = {"relation"};
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold_state", "slice_change"),
										columns, 1);

	for (int i = 0; i < intake->nconsumed; i++)
		zg_writer_delete(writer, &intake->consumed[i]);
	zg_writer_close(writer);
}

/* The captured keys ($1 normal, $2 stored) with their other spellings. */
static char *
keys_query(const ZgSilver *silver, int column)
{
	return psprintf("(SELECT * FROM unnest($1, $2) AS u (key, raw)"
					" UNION SELECT p.key, p.spelling FROM gold_state.key_spelling p"
					" WHERE p.relation = '%s' AND p.column_name = '%s' AND p.key IN (SELECT unnest($1))) k",
					silver->name, silver->columns[column].name);
}

/* The captured keys in all spellings of a column, as text[]. */
static Datum
list_spellings(ZgIntake *intake, const ZgSilver *silver, int column)
{
	ZgIdList   *list = zg_idlist_create();

	for (int i = 0; i < intake->nkeys; i++)
	{
		zg_idlist_add(list, DatumGetTextPP(intake->keys[i]));
		zg_idlist_add(list, DatumGetTextPP(intake->raws[i]));
	}
	zg_key_variants_add(intake->run, silver, column, list);
	return zg_idlist_array(list);
}

/* A condition with the same list ($3, set here) where that helps a join. */
static const char *
list_condition(ZgIntake *intake, const ZgSilver *silver, int column, Datum *list)
{
	bool		helps = zg_silver_takes_list(intake->run, silver, intake->nkeys);

	*list = helps ? list_spellings(intake, silver, column) : (Datum) 0;
	return helps ? psprintf(" AND s.%s = ANY ($3)", silver->columns[column].name) : "";
}

static void
add_spread(ZgIntake *intake, text *key, DateADT day)
{
	Datum		values[3] = {CStringGetTextDatum(intake->silver->name), PointerGetDatum(key),
	DateADTGetDatum(day)};
	bool		nulls[3] = {false};

	zg_writer_insert(intake->spread, values, nulls);
}

/* Row callback: key, day; sorted and distinct */
static void
read_key_day(TupleTableSlot *slot, void *arg)
{
	ZgIntake   *intake = arg;
	text	   *key;
	DateADT		day;

	slot_getallattrs(slot);
	key = DatumGetTextPP(slot->tts_values[0]);
	day = DatumGetDateADT(slot->tts_values[1]);
	add_day(intake, day);
	if (intake->key == NULL || !zg_text_equal(intake->key, key))
	{
		intake->nkey_days = 0;
		intake->key = zg_text_copy(key);
	}
	if (intake->nkey_days++ == 0)
	{
		intake->first_day = day;
		return;
	}
	if (intake->nkey_days == 2)
		add_spread(intake, intake->key, intake->first_day);
	add_spread(intake, intake->key, day);
}

/* Day handler: a slice that has one of the keys */
static void
note_day(DateADT day, void *arg)
{
	add_day(arg, day);
}

static void
read_day(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	add_day(arg, DatumGetDateADT(slot_getattr(slot, 1, &isnull)));
}

/* Where rows with the captured keys can be, as a further condition. */
static const char *
where_keys_are(const ZgIntake *intake)
{
	const char *restriction = NULL;

	if ((intake->run->followed & UINT32_C(1) << (intake->silver - zg_silver)) != 0)
		restriction = zg_slices_restriction(intake->run, intake->silver, intake->keys, intake->nkeys,
											intake->days, intake->ndays);
	return restriction == NULL ? "" : psprintf(" AND %s", restriction);
}

/* Find the other days of the captured keys. */
static void
find_spread(ZgIntake *intake, Datum *args)
{
	static const char *const columns[] = {"relation", "key", "day"};
	Oid			types[] = {TEXTARRAYOID, TEXTARRAYOID, TEXTOID};
	Oid			list_types[] = {TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID};
	const char *condition;
	const char *where = where_keys_are(intake);

	args[2] = CStringGetTextDatum(intake->silver->name);
	zg_execute("DELETE FROM gold_state.spread_key WHERE relation = $3 AND key = ANY ($1) AND $2 IS NOT NULL",
			   3, types, args, NULL);
	intake->spread = zg_writer_open(zg_table_oid("gold_state", "spread_key"),
									columns, lengthof(columns));
	condition = list_condition(intake, intake->silver, 0, &args[2]);
	zg_query(intake->run,
			 psprintf("SELECT DISTINCT k.key, %s FROM %s JOIN %s s ON %s%s%s ORDER BY 1, 2",
					  zg_silver_day(intake->silver, "s"), keys_query(intake->silver, 0),
					  zg_silver_name(intake->run, intake->silver),
					  zg_silver_equals(intake->run, intake->silver, 0, "= k.raw"),
					  condition, where),
			 *condition == '\0' ? 2 : 3, list_types, args, read_key_day, intake);
	zg_writer_close(intake->spread);
}

/*
 * The new rows of a relation read by watermark: their days, those that their
 * keys were on, and the keys.
 */
static void
add_recent(ZgIntake *intake, const ZgRecent *recent)
{
	uint64	   *hashes = palloc(Max(recent->n, 1) * sizeof(uint64));
	int			n = 0;

	for (int i = 0; i < recent->n; i++)
	{
		const ZgRecentRow *row = &recent->rows[i];

		add_day(intake, row->day);
		if (row->key == NULL)
			continue;
		hashes[n++] = zg_text_hash64(row->key);
		add_key(intake, row->key, row->raw);
		if (!zg_text_equal(row->key, row->raw))
			add_key(intake, row->key, row->key);
	}
	if (n > 0)
		zg_slices_find(intake->run, intake->silver, hashes, n, note_day, intake);
}

/*
 * The pieces that have their turn: their days, and the keys whose other days
 * are not known.  What refers to a meeting may do so from anywhere; where one
 * is gone only its hash is known, and all that refers is read again.
 */
static void
add_pieces(ZgIntake *intake, const ZgPieces *pieces)
{
	ZgPieceVisitor visitor = {
		.day = note_day,
		.key = add_stored_key,
		.every_key = intake->silver == &zg_silver[ZG_MEETINGS],
		.arg = intake,
	};

	intake->lost = zg_pieces_read(intake->run, intake->silver, pieces, &visitor);
}

/* Add the days whose rows spoke of the captured meetings; false = nobody knows. */
static bool
add_referring_days(ZgIntake *intake, const ZgSilver *silver, ZgIntake *days)
{
	uint64	   *hashes = palloc(intake->nkeys * sizeof(uint64));
	bool		known;

	for (int i = 0; i < intake->nkeys; i++)
		hashes[i] = zg_text_hash64(DatumGetTextPP(intake->keys[i]));
	known = zg_slices_find_referring(intake->run, silver, hashes, intake->nkeys, note_day, days);
	pfree(hashes);
	return known;
}

/*
 * Mark the days on which rows of a relation speak of the captured meetings.  Those
 * of rows that its slices do not know yet are marked by its own changes.
 */
static void
mark_dependent(ZgIntake *intake, ZgSilverId id, Datum *args)
{
	const ZgSilver *silver = &zg_silver[id];
	ZgIntake	days = {.run = intake->run};
	Oid			types[] = {TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID};
	const char *condition;

	if (!add_referring_days(intake, silver, &days))
	{
		condition = list_condition(intake, silver, silver->meeting_column, &args[2]);
		zg_query(intake->run,
				 psprintf("SELECT DISTINCT %s FROM %s JOIN %s s ON %s%s",
						  zg_silver_day(silver, "s"), keys_query(silver, silver->meeting_column),
						  zg_silver_name(intake->run, silver),
						  zg_silver_equals(intake->run, silver, silver->meeting_column, "= k.raw"), condition),
				 *condition == '\0' ? 2 : 3, types, args, read_day, &days);
	}
	zg_mark_days(zg_step_of_relation(id), days.days, zg_days_sort(days.days, days.ndays));
}

/*
 * Rows that refer to meetings of some days are about to see what no pass over
 * these has seen: what the days have told is not known any more.
 */
static void
forget_told(const ZgIntake *intake)
{
	Oid			type = DATEARRAYOID;
	Datum		days = intake->whole ? (Datum) 0 : zg_date_array(intake->days, intake->ndays);

	zg_execute("UPDATE gold_state.slice SET accepted_hash = NULL, usage_hash = NULL"
			   " WHERE relation = 'si_meetings' AND ($1 IS NULL OR day = ANY ($1))",
			   1, &type, &days, intake->whole ? "n" : NULL);
}

void
zg_mark_referring(ZgRun *run, bool passed)
{
	static const ZgSilverId referring[] = {ZG_FEATURE_USAGE, ZG_PARTICIPANTS};
	ZgIntake   *intake = run->meetings_taken;
	uint32		told = PG_UINT32_MAX;
	Datum		args[3];

	if (intake == NULL)
		return;
	run->meetings_taken = NULL;
	if (!passed)
		forget_told(intake);
	else if (!intake->by_watermark)
		told = run->told;
	args[0] = zg_text_array(intake->keys, intake->nkeys);
	args[1] = zg_text_array(intake->raws, intake->nkeys);
	for (int i = 0; i < lengthof(referring); i++)
		if (intake->whole || intake->lost)
			zg_mark_all(zg_step_of_relation(referring[i]));
		else if (intake->nkeys > 0 && (told & UINT32_C(1) << referring[i]) != 0)
			mark_dependent(intake, referring[i], args);
}

/* Row callback: a normal key */
static void
read_key(TupleTableSlot *slot, void *arg)
{
	bool		isnull;
	text	   *key = zg_text_copy(DatumGetTextPP(slot_getattr(slot, 1, &isnull)));

	add_key(arg, key, key);
}

/* Tickets: their versions are kept, the days come from the rows. */
static void
intake_tickets(ZgRun *run, const ZgRelationState *state)
{
	const ZgSilver *silver = &zg_silver[ZG_TICKETS];
	ZgHistoryChange *change = zg_history_take(run, silver, state->compare, state->recent);
	ZgIntake	intake = {.run = run,.silver = silver};
	Oid			type = INT4ARRAYOID;
	Datum	   *ordinals = palloc(Max(change->n, 1) * sizeof(Datum));
	Datum		list;

	if (state->compare)
	{
		zg_mark_all(zg_step_of_relation(ZG_TICKETS));
		return;
	}
	for (int i = 0; i < change->n; i++)
		ordinals[i] = Int32GetDatum(change->ordinals[i]);
	if (change->n == 0 && change->ndays == 0)
		return;
	for (int i = 0; i < change->ndays; i++)
		add_day(&intake, change->days[i]);
	list = zg_int4_array(ordinals, change->n);
	zg_query(run, "SELECT DISTINCT coalesce(open_date, '-infinity') FROM gold_state.ticket_event"
			 " WHERE ordinal = ANY ($1) AND op <> 'T'", 1, &type, &list, read_day, &intake);
	if (change->n > 0)
	{
		Datum		args[3];

		/* keys that changed, for the other days of their rows */
		zg_query(run, "SELECT ticket_id FROM gold_state.ticket_identity WHERE ordinal = ANY ($1)",
				 1, &type, &list, read_key, &intake);
		args[0] = zg_text_array(intake.keys, intake.nkeys);
		args[1] = zg_text_array(intake.raws, intake.nkeys);
		find_spread(&intake, args);
	}
	zg_mark_days(zg_step_of_relation(ZG_TICKETS), intake.days, zg_days_sort(intake.days, intake.ndays));
}

/* The changes of meetings are pending again. */
static void
forget_meetings_taken(ZgRun *run)
{
	run->meetings_taken = NULL;
}

/* What is marked may be undone. */
static void
forget_followed(ZgRun *run)
{
	run->followed = 0;
}

/*
 * Every change of the relation is among the pending ones, or was and is marked.
 * Where it is compared or read by timestamps that is found out on the way.
 */
static void
follow(ZgRun *run, ZgSilverId id, const ZgRelationState *state)
{
	if (state->compare || state->recent != NULL ||
		(state->pieces != NULL && state->pieces->n > 0))
		return;
	run->followed |= UINT32_C(1) << id;
	zg_run_found(run, forget_followed, ZG_FOUND_BY_STEP);
}

/* ----------------------------------------------------------------
 *		Meetings and webinars that took the place of others
 * ----------------------------------------------------------------
 */

/* keys that one transaction deleted, and those of them that it inserted */
typedef struct Replacing
{
	ZgIntake   *intake;
	int64		tx;
	ZgHashes	gone;
	bool		settled;
	ZgHashes   *back;			/* of all transactions, in the run's context */
} Replacing;

/* Key handlers */
static void
add_gone(text *raw, void *arg)
{
	Replacing  *replacing = arg;
	text	   *key = zg_text_normalize(raw);

	if (key != NULL)
		zg_hashes_add(&replacing->gone, CurrentMemoryContext, zg_text_hash64(key));
}

static void
add_back(text *raw, void *arg)
{
	Replacing  *replacing = arg;
	text	   *key = zg_text_normalize(raw);
	uint64		hash = key == NULL ? 0 : zg_text_hash64(key);

	if (key != NULL && zg_hashes_contain(replacing->gone.values, replacing->gone.n, hash))
		zg_hashes_add(replacing->back, replacing->intake->run->context, hash);
}

/* Row callback: tx, op, keys; of each transaction what it deleted comes first */
static void
read_replacing(TupleTableSlot *slot, void *arg)
{
	Replacing  *replacing = arg;
	int64		tx;
	bytea	   *keys;

	slot_getallattrs(slot);
	tx = DatumGetInt64(slot->tts_values[0]);
	keys = DatumGetByteaPP(slot->tts_values[2]);
	if (tx != replacing->tx)
	{
		replacing->gone.n = 0;
		replacing->settled = false;
	}
	replacing->tx = tx;
	if (DatumGetChar(slot->tts_values[1]) == 'D')
	{
		each_key(replacing->intake->silver, keys, add_gone, replacing);
		return;
	}
	if (!replacing->settled)
		zg_hashes_settle(&replacing->gone);
	replacing->settled = true;
	each_key(replacing->intake->silver, keys, add_back, replacing);
}

/* The keys that a transaction deleted and inserted, in the run's context. */
static ZgHashes *
find_replaced(ZgIntake *intake)
{
	Replacing	replacing = {.intake = intake,.tx = -1};
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(intake->silver->name);

	replacing.back = MemoryContextAllocZero(intake->run->context, sizeof(ZgHashes));
	zg_query(intake->run, "SELECT c.tx, c.op, c.keys FROM gold_state.slice_change c"
			 " JOIN (SELECT tx FROM gold_state.slice_change WHERE relation = $1"
			 " GROUP BY tx HAVING bool_or(op = 'D') AND bool_or(op = 'I')) b USING (tx)"
			 " WHERE c.relation = $1 AND c.op IN ('D', 'I') AND c.keys IS NOT NULL ORDER BY c.tx, c.op",
			 1, &type, &name, read_replacing, &replacing);
	zg_hashes_settle(replacing.back);
	return replacing.back;
}

static void
forget_unlooked(ZgRun *run)
{
	run->uncaptured = 0;
	memset(run->replaced, 0, sizeof(run->replaced));
}

/* Take up which keys capture says to be reused, and of which it could not say so. */
static void
note_reuse(ZgIntake *intake, const ZgRelationState *state)
{
	ZgSilverId	id = intake->silver - zg_silver;

	if (!zg_idlist_is_empty(intake->reused))
		zg_reused_keys_note(intake->silver, zg_idlist_array(intake->reused));
	if (state->captured && !intake->truncated)
		intake->run->replaced[id] = find_replaced(intake);
	else
		intake->run->uncaptured |= ZG_BIT(id);
	zg_run_found(intake->run, forget_unlooked, ZG_FOUND_BY_STEP);
}

void
zg_intake(ZgRun *run, ZgSilverId id, const ZgRelationState *state)
{
	ZgIntake	intake = {.run = run,.silver = &zg_silver[id],.whole = state->compare,
	.by_watermark = state->recent != NULL,.reused = zg_idlist_create()};
	ZgStepId	step = zg_step_of_relation(id);
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(intake.silver->name);
	Datum		args[3];

	if (id == ZG_TICKETS)
	{
		intake_tickets(run, state);
		return;
	}
	zg_query(run, state->compare ? "SELECT ctid, op, NULL, CASE WHEN op = 'R' THEN keys END FROM gold_state.slice_change WHERE relation = $1"
			 : "SELECT ctid, op, days, keys FROM gold_state.slice_change WHERE relation = $1",
			 1, &type, &name, read_change, &intake);
	if (zg_events_recur(intake.silver))
		note_reuse(&intake, state);
	if (!state->compare && state->recent != NULL)
		add_recent(&intake, state->recent);
	if (!state->compare && state->pieces != NULL)
		add_pieces(&intake, state->pieces);
	follow(run, id, state);
	if (intake.whole)
		zg_mark_all(step);
	else
	{
		if (intake.nkeys > 0)
		{
			args[0] = zg_text_array(intake.keys, intake.nkeys);
			args[1] = zg_text_array(intake.raws, intake.nkeys);
			find_spread(&intake, args);
		}
		zg_mark_days(step, intake.days, zg_days_sort(intake.days, intake.ndays));
	}
	if (id == ZG_MEETINGS && (intake.whole || intake.ndays > 0))
	{
		run->meetings_taken = palloc(sizeof(ZgIntake));
		*run->meetings_taken = intake;
		zg_run_found(run, forget_meetings_taken, ZG_FOUND_BY_STEP);
	}
	if (intake.nconsumed > 0)
		delete_consumed(&intake);
	zg_key_variants_save(run);
}
