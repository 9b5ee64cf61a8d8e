/*-------------------------------------------------------------------------
 *
 * meeting_usage.c
 *	  go_fact_meeting_usage.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/fact.h"
#include "facts/fact_row.h"
#include "utils/timestamp.h"

#define MINUTE_USECS (INT64CONST(60) * USECS_PER_SEC)

static void
meeting_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	(void) pass;
	zg_meeting_check(row, broken);
}

/*
 * The duration of a meeting in minutes: silver's when it is within a minute
 * of end - start (Zoom rounds up), else the whole minutes of that; silver's
 * without an end, or with one that lies before the start where the rule against that
 * is switched off.  Replaces the row's integer by gold's bigint.
 */
static void
settle_duration(ZgRow *row, ZgBroken *broken)
{
	TimestampTz start = DatumGetTimestampTz(row->values[MEETING_START]);
	TimestampTz end = DatumGetTimestampTz(row->values[MEETING_END]);
	bool		has_value = !row->nulls[MEETING_DURATION];
	int64		minutes = has_value ? DatumGetInt32(row->values[MEETING_DURATION]) : 0;

	if (!row->nulls[MEETING_END] && end >= start &&
		!(has_value && minutes >= 0 &&
		  llabs(minutes * MINUTE_USECS - (end - start)) <= MINUTE_USECS))
	{
		if (has_value)
			zg_break(broken, ZG_RULE_DURATION_MISMATCH);
		minutes = (end - start) / MINUTE_USECS;
		row->nulls[MEETING_DURATION] = false;
	}
	row->values[MEETING_DURATION] = Int64GetDatum(minutes);
	if (minutes > 1440)
		zg_break(broken, ZG_RULE_MEETING_TOO_LONG);
}

static int32
meeting_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	settle_duration(row, broken);
	zg_check_reuse(pass, row, broken);
	return zg_resolve_user(pass, row, MEETING_HOST, ZG_RULE_HOST_MISSING,
						   ZG_RULE_HOST_UNKNOWN, broken);
}

static void
meeting_prepare(ZgPass *pass)
{
	zg_prepare_users(pass);
	pass->meetings = zg_meetings_create(pass->run, pass->scope->whole ?
										zg_silver_estimate(pass->run, pass->silver) : 1024);
}

/* The pass takes no row but the one that counts: no tied one goes before it. */
static void
meeting_note(ZgPass *pass, ZgRow *row, bool accepted, int32 ordinal)
{
	zg_meetings_note(pass->meetings, row, ordinal, accepted, PG_UINT64_MAX);
	if (accepted)
		zg_slices_tell(pass->slices, row->day, row->hashes[MEETING_ID],
					   row->nulls[MEETING_TOPIC] ? 0 : row->hashes[MEETING_TOPIC], ordinal);
}

static void
put_fact(ZgPass *pass, ZgRow *row)
{
	Datum		values[6];
	bool		nulls[6];
	TimestampTz start = DatumGetTimestampTz(row->values[MEETING_START]);

	zg_see_member(pass, row);
	zg_put_text(values, nulls, 0, pass->user == NULL ? NULL : zg_user_name_at(pass->user, start));
	zg_put(values, nulls, 1, row, MEETING_TOPIC);
	zg_put(values, nulls, 2, row, MEETING_START);
	zg_put(values, nulls, 3, row, MEETING_END);
	zg_put(values, nulls, 4, row, MEETING_DURATION);
	zg_put_text(values, nulls, 5, row->source_system);
	zg_put_fact(pass, row, values, nulls);
}

static const ZgDetailColumns detail_columns = {
	MEETING_ID, MEETING_TOPIC, MEETING_START, MEETING_END, MEETING_DURATION
};

static void
meeting_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	put_fact(pass, row);
	zg_put_detail(pass, row, &detail_columns, ordinal);
	zg_partials_add(pass->partials, row->day, row->day, NULL,
					row->nulls[MEETING_DURATION] ? 0 : DatumGetInt64(row->values[MEETING_DURATION]),
					ordinal, row->source_system);
}

static void
meeting_finish(ZgPass *pass)
{
	if (pass->scope->whole)
		zg_meetings_complete(pass->meetings);
}

const ZgFact zg_fact_meeting_usage = {
	.step = ZG_STEP_FACT_MEETING,
	.target = {
		.schema = "gold",.table = "go_fact_meeting_usage",.ncolumns = 6,
		.columns = {"user_name", "meeting_topic", "start_time", "end_time",
		"duration_minutes", "source_system"},
		.pair_columns = 1 << 1 | 1 << 2
	},
	.detail = {
		.schema = "gold_state",.table = "meeting_detail",.undated = true,.ncolumns = 7,
		.columns = {"meeting_id", "ordinal", "meeting_topic", "start_time", "end_time",
		"duration_minutes", "source_system"},
		.pair_columns = 1 << 0
	},
	.dimension = ZG_DIM_MEETING,
	.member_column = MEETING_TOPIC,
	.names_users = true,
	.prepare = meeting_prepare,
	.check = meeting_check,
	.resolve = meeting_resolve,
	.note = meeting_note,
	.emit = meeting_emit,
	.finish = meeting_finish,
};
