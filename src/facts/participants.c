/*-------------------------------------------------------------------------
 *
 * participants.c
 *	  Participants: no fact of their own, but who was in which meeting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/fact.h"
#include "facts/fact_row.h"
#include "utils/timestamp.h"

static void
participant_prepare(ZgPass *pass)
{
	zg_prepare_meetings(pass);
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
		zg_resolve_meeting(pass, row, PARTICIPANT_MEETING, broken);
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

const ZgFact zg_fact_participants = {
	.step = ZG_PASS_PARTICIPANTS,
	.dimension = -1,
	.prepare = participant_prepare,
	.check = participant_check,
	.resolve = participant_resolve,
	.emit = participant_emit,
};
