/*-------------------------------------------------------------------------
 *
 * fact.c
 *	  Facts of meetings, feature usage, webinars and participants; what all
 *	  facts share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/fact.h"
#include "silver/idlist.h"
#include "utils/timestamp.h"

#define MINUTE_USECS (INT64CONST(60) * USECS_PER_SEC)

int32
zg_resolve_user(ZgPass *pass, ZgRow *row, int column, ZgRule missing,
				ZgRule unknown, ZgBroken *broken)
{
	text	   *user_id = zg_row_text(row, column);

	pass->user = user_id == NULL ? NULL : zg_users_find(pass->users, user_id, row->hashes[column]);
	if (user_id == NULL)
	{
		if (missing != ZG_RULE_COUNT)
			zg_break(broken, missing);
		return -1;
	}
	if (!pass->user->known)
		zg_break(broken, unknown);
	return pass->user->ordinal;
}

ZgMember *
zg_see_member(ZgPass *pass, const ZgRow *row)
{
	int			column = pass->fact->member_column;
	text	   *value = zg_row_text(row, column);

	return value == NULL ? NULL :
		zg_members_see(pass->members, value, row->hashes[column], row->version_at,
					   row->load_at, row->hashes[0], row->source_system);
}

void
zg_prepare_users(ZgPass *pass)
{
	ZgIdList   *ids;

	if (pass->where == NULL)
	{
		pass->users = zg_users_whole(pass->run);
		return;
	}
	/* most of them are those whom the days named before */
	zg_users_expect(pass->run, zg_slices_named(pass->run, pass->silver, pass->scope));
	ids = zg_idlist_create();
	zg_idlist_read(pass->run, ids, pass->silver, pass->silver->user_column, pass->where);
	pass->users = zg_users_of(pass->run, ids);
}

/* meetings */

static void
meeting_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	(void) pass;
	zg_meeting_check(row, broken);
}

/*
 * The duration of a meeting in minutes: silver's when it is within a minute
 * of end - start (Zoom rounds up), else the whole minutes of that; without an
 * end silver's.  Replaces the row's integer by gold's bigint.
 */
static void
settle_duration(ZgRow *row, ZgBroken *broken)
{
	TimestampTz start = DatumGetTimestampTz(row->values[MEETING_START]);
	TimestampTz end = DatumGetTimestampTz(row->values[MEETING_END]);
	bool		has_value = !row->nulls[MEETING_DURATION];
	int64		minutes = has_value ? DatumGetInt32(row->values[MEETING_DURATION]) : 0;

	if (!row->nulls[MEETING_END] &&
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
meeting_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
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
	zg_diff_row(pass->diff, values, nulls);
	zg_partials_add(pass->partials, row->day, row->day, NULL,
					nulls[4] ? 0 : DatumGetInt64(values[4]), ordinal, row->source_system);
}

static void
meeting_finish(ZgPass *pass)
{
	if (pass->scope->whole)
		zg_meetings_complete(pass->meetings);
}

static const ZgFact meeting_usage = {
	.process = "build_fact_meeting_usage",
	.silver = ZG_MEETINGS,
	.target = {
		.schema = "gold",.table = "go_fact_meeting_usage",.ncolumns = 6,
		.columns = {"user_name", "meeting_topic", "start_time", "end_time",
		"duration_minutes", "source_system"},
		.pair_columns = 1 << 1 | 1 << 2,
		.lookup_columns = "start_time",
	},
	.dimension = ZG_DIM_MEETING,
	.member_column = MEETING_TOPIC,
	.names_users = true,
	.consumers = {"refresh_agg_meeting_minutes", "refresh_agg_active_users",
	"refresh_agg_feature_adoption", "refresh_agg_license_utilization"},
	.amounts_first = true,
	.prepare = meeting_prepare,
	.check = meeting_check,
	.resolve = meeting_resolve,
	.note = meeting_note,
	.emit = meeting_emit,
	.finish = meeting_finish,
};

/* what refers to meetings: feature usage, participants */

static void
prepare_meetings(ZgPass *pass)
{
	ZgIdList   *ids;

	if (pass->where == NULL)
	{
		pass->meetings = zg_meetings_whole(pass->run);
		return;
	}
	ids = zg_idlist_create();
	zg_idlist_read(pass->run, ids, pass->silver, pass->silver->meeting_column, pass->where);
	pass->meetings = zg_meetings_of(pass->run, ids);
}

static void
resolve_meeting(ZgPass *pass, ZgRow *row, int column, ZgBroken *broken)
{
	pass->meeting = zg_meetings_find(pass->meetings, zg_row_text(row, column), row->hashes[column]);
	if (pass->meeting == NULL || !pass->meeting->accepted)
		zg_break(broken, ZG_RULE_MEETING_UNKNOWN);
}

static void
usage_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	if (!row->nulls[USAGE_COUNT] && DatumGetInt32(row->values[USAGE_COUNT]) < 0)
		zg_break(broken, ZG_RULE_COUNT_NEGATIVE);
	if (!row->nulls[USAGE_MEETING])
		resolve_meeting(pass, row, USAGE_MEETING, broken);
}

static int32
usage_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	(void) row;
	(void) broken;
	return pass->meeting == NULL ? -1 : pass->meeting->host;
}

static void
usage_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[5];
	bool		nulls[5];
	ZgMember   *feature = zg_see_member(pass, row);

	zg_put_text(values, nulls, 0, pass->meeting == NULL ? NULL : pass->meeting->topic);
	zg_put(values, nulls, 1, row, USAGE_FEATURE);
	zg_put(values, nulls, 2, row, USAGE_COUNT);
	zg_put(values, nulls, 3, row, USAGE_DATE);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_diff_row(pass->diff, values, nulls);
	if (DatumGetInt32(row->values[USAGE_COUNT]) > 0)
		zg_partials_add(pass->partials, row->day, row->day, feature, 0, ordinal,
						row->source_system);
}

static const ZgFact feature_usage = {
	.process = "build_fact_feature_usage",
	.silver = ZG_FEATURE_USAGE,
	.target = {
		.schema = "gold",.table = "go_fact_feature_usage",.ncolumns = 5,
		.columns = {"meeting_topic", "feature_name", "usage_count", "usage_date", "source_system"},
		.pair_columns = 1 << 0 | 1 << 1 | 1 << 3,
		.lookup_columns = "usage_date",
	},
	.dimension = ZG_DIM_FEATURE,
	.member_column = USAGE_FEATURE,
	.consumers = {"refresh_agg_feature_adoption"},
	.prepare = prepare_meetings,
	.check = usage_check,
	.resolve = usage_resolve,
	.emit = usage_emit,
};

static void
participant_prepare(ZgPass *pass)
{
	prepare_meetings(pass);
	zg_prepare_users(pass);
}

static void
participant_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	if (!row->nulls[PARTICIPANT_JOIN] && !row->nulls[PARTICIPANT_LEAVE] &&
		DatumGetTimestampTz(row->values[PARTICIPANT_LEAVE]) <
		DatumGetTimestampTz(row->values[PARTICIPANT_JOIN]))
		zg_break(broken, ZG_RULE_LEAVE_BEFORE_JOIN);
	if (!row->nulls[PARTICIPANT_MEETING])
		resolve_meeting(pass, row, PARTICIPANT_MEETING, broken);
}

static int32
participant_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	return zg_resolve_user(pass, row, PARTICIPANT_USER, ZG_RULE_COUNT,
						   ZG_RULE_USER_UNKNOWN, broken);
}

static void
participant_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	if (ordinal >= 0 && pass->meeting != NULL)
		zg_partials_add(pass->partials, pass->meeting->day, row->day, NULL, 0, ordinal, NULL);
}

const ZgFact zg_participants = {
	.process = "si_participants",
	.silver = ZG_PARTICIPANTS,
	.dimension = -1,
	.consumers = {"refresh_agg_active_users", "refresh_agg_feature_adoption",
	"refresh_agg_license_utilization"},
	.prepare = participant_prepare,
	.check = participant_check,
	.resolve = participant_resolve,
	.emit = participant_emit,
};

/* webinars */

static void
webinar_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	(void) pass;
	if (!row->nulls[WEBINAR_START] && !row->nulls[WEBINAR_END] &&
		DatumGetTimestampTz(row->values[WEBINAR_END]) < DatumGetTimestampTz(row->values[WEBINAR_START]))
		zg_break(broken, ZG_RULE_END_BEFORE_START);
	if (!row->nulls[WEBINAR_REGISTRANTS] && DatumGetInt32(row->values[WEBINAR_REGISTRANTS]) < 0)
		zg_break(broken, ZG_RULE_REGISTRANTS_NEGATIVE);
}

static int32
webinar_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	return zg_resolve_user(pass, row, WEBINAR_HOST, ZG_RULE_HOST_MISSING,
						   ZG_RULE_HOST_UNKNOWN, broken);
}

static void
webinar_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[5];
	bool		nulls[5];

	(void) ordinal;
	zg_see_member(pass, row);
	zg_put(values, nulls, 0, row, WEBINAR_TOPIC);
	zg_put(values, nulls, 1, row, WEBINAR_START);
	zg_put(values, nulls, 2, row, WEBINAR_END);
	zg_put(values, nulls, 3, row, WEBINAR_REGISTRANTS);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_diff_row(pass->diff, values, nulls);
}

static const ZgFact webinar_usage = {
	.process = "build_fact_webinar_usage",
	.silver = ZG_WEBINARS,
	.target = {
		.schema = "gold",.table = "go_fact_webinar_usage",.ncolumns = 5,
		.columns = {"webinar_topic", "start_time", "end_time", "registrants", "source_system"},
		.pair_columns = 1 << 0 | 1 << 1,
		.lookup_columns = "start_time",
	},
	.dimension = ZG_DIM_WEBINAR,
	.member_column = WEBINAR_TOPIC,
	.prepare = zg_prepare_users,
	.check = webinar_check,
	.resolve = webinar_resolve,
	.emit = webinar_emit,
};

const ZgFact *
zg_fact_of(ZgSilverId id)
{
	switch (id)
	{
		case ZG_USERS:
			return NULL;
		case ZG_MEETINGS:
			return &meeting_usage;
		case ZG_PARTICIPANTS:
			return &zg_participants;
		case ZG_FEATURE_USAGE:
			return &feature_usage;
		case ZG_WEBINARS:
			return &webinar_usage;
		case ZG_TICKETS:
			return &zg_fact_support_ticket;
		case ZG_LICENSES:
			return &zg_fact_license_utilization;
		case ZG_BILLING:
			return &zg_fact_billing;
	}
	return NULL;
}
