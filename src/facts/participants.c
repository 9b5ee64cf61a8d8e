/*-------------------------------------------------------------------------
 *
 * participants.c
 *	  Participants: no fact of their own, but who was in which meeting.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "facts/fact.h"
#include "facts/fact_row.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* who joined a meeting on a day */
typedef struct AttendanceKey
{
	DateADT		day;
	text	   *meeting_id;
} AttendanceKey;

typedef struct Attendance
{
	AttendanceKey id;
	uint32		hash;
	char		status;
	int32	   *users;			/* ordinals, as they come */
	int			nusers;
	int			maxusers;
	int32		guests;
	bool		other_day;		/* than that on which the meeting starts */
	int64		seconds;
	int64		microseconds;	/* beside them, less than a second */
} Attendance;

static inline uint32
hash_attendance(AttendanceKey id)
{
	return hash_combine(murmurhash32(id.day), zg_text_hash(id.meeting_id));
}

#define SH_PREFIX attendance_table
#define SH_ELEMENT_TYPE Attendance
#define SH_KEY_TYPE AttendanceKey
#define SH_KEY id
#define SH_HASH_KEY(tb, key) hash_attendance(key)
#define SH_EQUAL(tb, a, b) ((a).day == (b).day && zg_text_equal((a).meeting_id, (b).meeting_id))
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Attendances
{
	attendance_table_hash *table;
	MemoryContext context;
} Attendances;

static void
participant_prepare(ZgPass *pass)
{
	Attendances *attendances = palloc(sizeof(Attendances));

	attendances->context = CurrentMemoryContext;
	attendances->table = attendance_table_create(CurrentMemoryContext, 1024, NULL);
	pass->private = attendances;
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
add_user(Attendance *attendance, int32 ordinal)
{
	zg_make_room(CurrentMemoryContext, attendance->users, attendance->nusers, attendance->maxusers);
	attendance->users[attendance->nusers++] = ordinal;
}

/* Add how long somebody was there: microseconds alone overflow in few millennia. */
static void
add_time(Attendance *attendance, TimestampTz join, TimestampTz leave)
{
	int64		microseconds = attendance->microseconds + Max(leave - join, 0);

	attendance->seconds += microseconds / USECS_PER_SEC;
	attendance->microseconds = microseconds % USECS_PER_SEC;
}

/* Note that a participation belongs to its meeting, whether known or not. */
static void
attend(Attendances *attendances, ZgRow *row, const ZgMeeting *meeting, int32 ordinal)
{
	MemoryContext old = MemoryContextSwitchTo(attendances->context);
	AttendanceKey id = {row->day, zg_row_text(row, PARTICIPANT_MEETING)};
	bool		found;
	Attendance *attendance = attendance_table_insert(attendances->table, id, &found);

	if (!found)
	{
		attendance->id.meeting_id = zg_text_copy(id.meeting_id);
		attendance->users = NULL;
		attendance->nusers = attendance->maxusers = 0;
		attendance->guests = 0;
		attendance->other_day = meeting == NULL || !meeting->accepted || meeting->day != row->day;
		attendance->seconds = attendance->microseconds = 0;
	}
	if (ordinal >= 0)
		add_user(attendance, ordinal);
	else
		attendance->guests++;
	if (!row->nulls[PARTICIPANT_LEAVE])
		add_time(attendance, DatumGetTimestampTz(row->values[PARTICIPANT_JOIN]),
				 DatumGetTimestampTz(row->values[PARTICIPANT_LEAVE]));
	MemoryContextSwitchTo(old);
}

static int
compare_ordinals(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return x < y ? -1 : x > y;
}

/* The distinct users as an int4[]. */
static Datum
distinct_users(Attendance *attendance)
{
	Datum	   *users = palloc(Max(attendance->nusers, 1) * sizeof(Datum));
	int			n = 0;
	Datum		array;

	qsort(attendance->users, attendance->nusers, sizeof(int32), compare_ordinals);
	for (int i = 0; i < attendance->nusers; i++)
		if (n == 0 || DatumGetInt32(users[n - 1]) != attendance->users[i])
			users[n++] = Int32GetDatum(attendance->users[i]);
	array = zg_int4_array(users, n);
	pfree(users);
	return array;
}

/* The seconds of all participations, exactly, as a numeric. */
static Datum
whole_seconds(const Attendance *attendance)
{
	return DirectFunctionCall2(numeric_add,
							   NumericGetDatum(int64_to_numeric(attendance->seconds)),
							   NumericGetDatum(int64_div_fast_to_numeric(attendance->microseconds, 6)));
}

static void
participant_finish(ZgPass *pass)
{
	Attendances *attendances = pass->private;
	attendance_table_iterator iterator;
	Attendance *attendance;

	attendance_table_start_iterate(attendances->table, &iterator);
	while ((attendance = attendance_table_iterate(attendances->table, &iterator)) != NULL)
	{
		Datum		values[6] = {
			PointerGetDatum(attendance->id.meeting_id), DateADTGetDatum(attendance->id.day),
			BoolGetDatum(attendance->other_day), distinct_users(attendance),
		Int32GetDatum(attendance->guests), whole_seconds(attendance)};
		bool		nulls[6] = {false};

		zg_diff_row(pass->detail, values, nulls);
		pfree(DatumGetPointer(values[3]));
		pfree(DatumGetPointer(values[5]));
	}
}

static void
participant_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	attend(pass->private, row, pass->meeting, ordinal);
	if (ordinal >= 0 && pass->meeting != NULL && pass->meeting->accepted)
		zg_partials_add(pass->partials, pass->meeting->day, row->day, NULL, 0, ordinal, NULL);
}

const ZgFact zg_fact_participants = {
	.step = ZG_PASS_PARTICIPANTS,
	.detail = {
		.schema = "gold_state",.table = "meeting_attendance",.undated = true,.ncolumns = 6,
		.columns = {"meeting_id", "slice_day", "other_day", "users", "guests", "seconds"},
		.pair_columns = 1 << 0 | 1 << 1
	},
	.detail_day = "slice_day",
	.dimension = -1,
	.prepare = participant_prepare,
	.check = participant_check,
	.resolve = participant_resolve,
	.emit = participant_emit,
	.finish = participant_finish,
};
