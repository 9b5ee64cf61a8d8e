/*-------------------------------------------------------------------------
 *
 * relation_state.c
 *	  What the state holds of each silver relation, and how it is therefore
 *	  to be read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "capture/watch.h"
#include "catalog/pg_type.h"
#include "history/timeline.h"
#include "refresh/compare_piece.h"
#include "refresh/relation_state.h"
#include "state/dirty.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* what the state holds of a relation */
typedef struct ZgRelationRead
{
	ZgRelationState state;
	bool		found;
	bool		by_trigger;
	bool		by_watermark;
	ZgWatermark *watermark;		/* NULL = not known */
	bool		piece_due;		/* as far as the state tells */
} ZgRelationRead;

/* reading all of them */
typedef struct StatesRead
{
	ZgRun	   *run;
	ZgRelationRead *relations;	/* by ZgSilverId */
} StatesRead;

/* How long may a relation go without a comparison?  NULL = for ever. */
static const Interval *
compare_span(ZgRun *run, const ZgRelationRead *read)
{
	const Interval *span = read->by_trigger ? run->settings.captured_compare_interval
	: run->settings.full_compare_interval;

	/* further ahead than any clock: never, and no overflow */
	return span->month > 12 * 1000 || span->day > 366 * 1000 ? NULL : span;
}

/* columns of the query in read_states() */
enum
{
	STATE_RELATION, STATE_CAPTURE, STATE_COMPARED_AT, STATE_FINGERPRINT,
	STATE_IS_HERE, STATE_IS_TRUNCATED, STATE_WATERMARK, STATE_RECENT_ROWS,
	STATE_NEXT_PIECE_AT, STATE_IS_MISSED
};

static bool
is_overdue(ZgRun *run, const ZgRelationRead *read, TimestampTz compared_at)
{
	const Interval *span = compare_span(run, read);

	return span != NULL &&
		DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
												TimestampTzGetDatum(compared_at),
												IntervalPGetDatum(span))) <= run->now;
}

/* Of users and tickets versions are kept, and compared by key. */
static bool
has_slices(ZgSilverId id)
{
	return id != ZG_USERS && id != ZG_TICKETS;
}

/* Must the relation be compared in full, and why?  Or has a piece its turn? */
static void
judge_relation(ZgRun *run, ZgRelationRead *read, const char *capture, const char *gap,
			   bool in_pieces,
			   const Datum *values, const bool *nulls)
{
	ZgRelationState *state = &read->state;
	bool		here = !nulls[STATE_IS_HERE] && DatumGetBool(values[STATE_IS_HERE]);
	bool		elsewhere = !nulls[STATE_IS_HERE] && !here;
	bool		same = !nulls[STATE_FINGERPRINT] && state->fingerprint != NULL &&
	strcmp(TextDatumGetCString(values[STATE_FINGERPRINT]), state->fingerprint) == 0;

	if (nulls[STATE_COMPARED_AT] || strcmp(capture, "full") == 0 ||
		(read->by_watermark && read->watermark == NULL))
		state->compare = true;
	else if (gap != NULL && strcmp(capture, "trigger") == 0)
	{
		state->compare = true;
		state->reason = gap;
	}
	else if (DatumGetBool(values[STATE_IS_MISSED]))
	{
		state->compare = true;
		state->reason = "some of its changes could not be captured";
	}
	else if (nulls[STATE_FINGERPRINT] || (!same && !elsewhere))
	{
		state->compare = true;
		/* a captured TRUNCATE gives the table another file, too */
		if (!DatumGetBool(values[STATE_IS_TRUNCATED]))
			state->reason = "the relation or its triggers were changed";
	}
	else if (in_pieces)
		read->piece_due = compare_span(run, read) != NULL &&
			(nulls[STATE_NEXT_PIECE_AT] ||
			 DatumGetTimestampTz(values[STATE_NEXT_PIECE_AT]) <= run->now);
	else if (is_overdue(run, read, DatumGetTimestampTz(values[STATE_COMPARED_AT])))
		state->compare = true;
	state->compare |= run->full;
	state->captured = read->by_trigger && state->reason == NULL && !nulls[STATE_COMPARED_AT];
	state->noted = same && here;
}

/* Row callback */
static void
read_state(TupleTableSlot *slot, void *arg)
{
	StatesRead *states = arg;
	ZgRelationRead *read = NULL;
	const Datum *values = slot->tts_values;
	const char *capture;
	ZgWatch		watch;
	Oid			relid;

	slot_getallattrs(slot);
	for (int id = 0; id < ZG_SILVER_COUNT; id++)
		if (strcmp(TextDatumGetCString(values[STATE_RELATION]), zg_silver[id].name) == 0)
			read = &states->relations[id];
	if (read == NULL)
		return;
	relid = zg_silver_find(states->run, &zg_silver[read - states->relations]);
	if (!OidIsValid(relid))
		return;
	watch = zg_watch_relation(zg_silver[read - states->relations].name, relid, states->run->snapshot);
	capture = TextDatumGetCString(values[STATE_CAPTURE]);
	read->found = true;
	read->by_trigger = strcmp(capture, "trigger") == 0;
	read->by_watermark = strcmp(capture, "watermark") == 0;
	if (read->by_watermark && !slot->tts_isnull[STATE_WATERMARK])
	{
		read->watermark = palloc(sizeof(ZgWatermark));
		read->watermark->at = DatumGetTimestampTz(values[STATE_WATERMARK]);
		read->watermark->rows = DatumGetByteaPCopy(values[STATE_RECENT_ROWS]);
	}
	read->state.fingerprint = watch.fingerprint;
	judge_relation(states->run, read, capture, watch.gap, has_slices(read - states->relations),
				   values, slot->tts_isnull);
}

/* Read what the state holds of all relations, once. */
static ZgRelationRead *
read_states(ZgRun *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);
	StatesRead	states = {run, palloc0(ZG_SILVER_COUNT * sizeof(ZgRelationRead))};
	Oid			type = TIMESTAMPTZOID;
	Datum		now = TimestampTzGetDatum(run->now);

	zg_query(run, "SELECT relation, capture, compared_at, fingerprint, is_here, is_truncated,"
			 " watermark, recent_rows, next_piece_at, is_missed FROM zoom_gold.known_relations($1)",
			 1, &type, &now, read_state, &states);
	MemoryContextSwitchTo(old);
	return states.relations;
}

/* What the state holds of a relation; errors when there is none. */
static ZgRelationRead *
load_state(ZgRun *run, const ZgSilver *silver)
{
	ZgRelationRead *read;

	(void) zg_silver_relid(run, silver);
	if (run->relations == NULL)
		run->relations = read_states(run);
	read = &run->relations[silver - zg_silver];
	if (!read->found)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("relation \"%s.%s\" was not set up", run->settings.silver_schema, silver->name),
				 errhint("SELECT * FROM zoom_gold.setup().")));
	return read;
}

/*
 * How the relation is to be read.  One that is read by watermark is looked at
 * here already: a row that has gone makes it be compared in full.
 */
ZgRelationState
zg_relation_state(ZgRun *run, const ZgSilver *silver)
{
	const ZgRelationRead *read = load_state(run, silver);
	ZgRelationState state = read->state;

	if (read->by_watermark)
	{
		state.recent = zg_recent_read(run, silver, state.compare ? NULL : read->watermark);
		state.compare |= state.recent->lost;
	}
	if (read->piece_due && !state.compare)
	{
		state.pieces = zg_pieces_due(run, silver, compare_span(run, read));
		state.compare = state.pieces->whole;
	}
	return state;
}

bool
zg_has_unnoticed(ZgRun *run, const ZgSilver *silver)
{
	const ZgRelationRead *read = load_state(run, silver);
	ZgRecent   *recent;

	if (read->watermark == NULL)
		return false;
	recent = zg_recent_read(run, silver, read->watermark);
	return recent->n > 0 || recent->lost;
}

void
zg_relation_taken_up(ZgRun *run, const ZgSilver *silver, const ZgRelationState *state)
{
	const ZgWatermark *watermark = state->recent == NULL ? NULL : state->recent->watermark;
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID, BOOLOID, TEXTOID, TIMESTAMPTZOID, BYTEAOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), TimestampTzGetDatum(run->now),
		BoolGetDatum(state->compare),
		state->fingerprint == NULL ? (Datum) 0 : CStringGetTextDatum(state->fingerprint),
		watermark == NULL ? (Datum) 0 : TimestampTzGetDatum(watermark->at),
	watermark == NULL ? (Datum) 0 : PointerGetDatum(watermark->rows)};
	char		nulls[] = {' ', ' ', ' ', state->fingerprint == NULL ? 'n' : ' ',
	watermark == NULL ? 'n' : ' ', watermark == NULL ? 'n' : ' '};

	if (has_slices(silver - zg_silver) && (state->compare || state->pieces != NULL))
		zg_pieces_note(run, silver, state->compare ? NULL : state->pieces);
	if (state->compare)
		zg_clear_missed(run, silver->name);
	if (state->noted && !state->compare && state->recent == NULL)
		return;
	zg_execute("UPDATE gold_state.relation_state SET"
			   " compared_at = CASE WHEN $3 THEN $2 ELSE compared_at END,"
			   " fingerprint = $4, catalog = zoom_gold.catalog_id(),"
			   " watermark = $5, recent_rows = $6"
			   " WHERE relation = $1 AND ($3 OR fingerprint IS DISTINCT FROM $4"
			   " OR catalog IS DISTINCT FROM zoom_gold.catalog_id()"
			   " OR watermark IS DISTINCT FROM $5 OR recent_rows IS DISTINCT FROM $6)",
			   6, types, args, nulls);
}

bool
zg_tracking_changed(ZgRun *run, const char *signature)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(signature);

	return zg_query_finds(run, "SELECT FROM gold_state.relation_state WHERE relation = 'si_users'"
						  " AND coalesce(tracked, '') <> $1", 1, &type, &value);
}

void
zg_tracking_save(const char *signature)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(signature);

	zg_execute("UPDATE gold_state.relation_state SET tracked = $1 WHERE relation = 'si_users'",
			   1, &type, &value, NULL);
}

ZgLawChange
zg_law_follow(ZgRun *run, const ZgSilver *silver)
{
	Oid			types[] = {TEXTOID, INT4OID};
	Datum		args[] = {CStringGetTextDatum(silver->name), Int32GetDatum(ZG_TIMELINE_LAW)};
	bool		first;

	if (!zg_query_finds(run, "SELECT FROM gold_state.relation_state WHERE relation = $1"
						" AND fold IS DISTINCT FROM $2", 2, types, args))
		return ZG_LAW_SAME;
	first = zg_query_finds(run, "SELECT FROM gold_state.relation_state WHERE relation = $1"
						   " AND refreshed_at IS NULL", 1, types, args);
	zg_execute("UPDATE gold_state.relation_state SET fold = $2 WHERE relation = $1", 2, types, args, NULL);
	return first ? ZG_LAW_FIRST : ZG_LAW_OTHER;
}

void
zg_relations_save(ZgRun *run, uint32 taken, const char *const *statuses)
{
	Oid			types[] = {TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID};
	Datum		args[3];
	Datum		names[ZG_SILVER_COUNT];
	Datum		values[ZG_SILVER_COUNT];
	int			n = 0;

	for (int id = 0; id < ZG_SILVER_COUNT; id++)
	{
		if ((taken & ZG_BIT(id)) == 0 && statuses[id] == NULL)
			continue;
		names[n] = CStringGetTextDatum(zg_silver[id].name);
		values[n++] = CStringGetTextDatum(statuses[id] == NULL ? "" : statuses[id]);
	}
	args[0] = zg_text_array(names, n);
	args[1] = zg_text_array(values, n);
	args[2] = TimestampTzGetDatum(run->now);
	zg_execute("UPDATE gold_state.relation_state s SET"
			   " refreshed_at = CASE WHEN n.status = 'Failure' THEN s.refreshed_at ELSE $3 END,"
			   " status = coalesce(nullif(n.status, ''), nullif(s.status, 'Failure'), 'Success'), deletes_confirmed = false"
			   " FROM unnest($1, $2) AS n (relation, status) WHERE s.relation = n.relation",
			   3, types, args, NULL);
}
