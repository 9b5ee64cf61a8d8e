/*-------------------------------------------------------------------------
 *
 * active_users.c
 *	  Exact numbers of distinct active users over any range of days.
 *
 * Those that count read the state as the last refresh left it, under the
 * snapshot of the calling statement.  A range is the union of the months in
 * it, of the weeks beside these and of the days that are left.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aggregates/period.h"
#include "base/array.h"
#include "base/bitmap.h"
#include "base/grow.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "state/owner.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(zg_active_users);
PG_FUNCTION_INFO_V1(zg_rolling_active_users);
PG_FUNCTION_INFO_V1(zg_user_ordinals);

/* rows fetched at a time */
#define BATCH_ROWS		100

typedef void (*SpiRowCallback) (HeapTuple tuple, TupleDesc desc, void *arg);

/* called per set of active users of a day, by ascending day */
typedef void (*DayCallback) (DateADT day, bytea *users, void *arg);

/* a question, planned once in a session: a dashboard asks again and again */
typedef struct Question
{
	const char *sql;
	int			nargs;
	Oid			types[3];
	SPIPlanPtr	plan;			/* NULL = not planned yet */
} Question;

static void
plan_question(Question *question)
{
	SPIPlanPtr	plan;

	if (question->plan != NULL)
		return;
	plan = SPI_prepare_cursor(question->sql, question->nargs, question->types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not plan \"%s\": %s", question->sql, SPI_result_code_string(SPI_result));
	question->plan = plan;
}

/*
 * Read the rows of an answer through a cursor, in batches whose memory is
 * given back.
 *
 * SPI must be connected.
 */
static void
read_rows(Question *question, Datum *values, SpiRowCallback callback, void *arg)
{
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext,
												"zoom_gold batch",
												ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = CurrentMemoryContext;
	Portal		portal;

	plan_question(question);
	portal = SPI_cursor_open(NULL, question->plan, values, NULL, true);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, BATCH_ROWS);
		if (SPI_processed == 0)
			break;
		MemoryContextSwitchTo(batch);
		for (uint64 i = 0; i < SPI_processed; i++)
			callback(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, arg);
		MemoryContextSwitchTo(old);
		MemoryContextReset(batch);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_freetuptable(SPI_tuptable);
	SPI_cursor_close(portal);
	MemoryContextDelete(batch);
}

/* who counts, and whether weeks and months are up to date */
typedef struct Census
{
	uint32		nordinals;		/* all users' ordinals are below */
	ZgBitmap   *unknown;		/* ids that no accepted user has: not counted */
	bool		periods_wait;	/* for a refresh: only days are up to date */
} Census;

/* Row callback: number of ordinals, do periods wait, the unknown ordinals */
static void
set_census(HeapTuple tuple, TupleDesc desc, void *arg)
{
	Census	   *census = arg;
	bool		isnull;
	Datum	   *unknown;
	int			n;

	census->nordinals = (uint32) DatumGetInt32(SPI_getbinval(tuple, desc, 1, &isnull));
	census->periods_wait = DatumGetBool(SPI_getbinval(tuple, desc, 2, &isnull));
	deconstruct_array(DatumGetArrayTypeP(SPI_getbinval(tuple, desc, 3, &isnull)), INT4OID,
					  sizeof(int32), true, TYPALIGN_INT, &unknown, NULL, &n);
	for (int i = 0; i < n; i++)
		zg_bitmap_add(census->unknown, (uint32) DatumGetInt32(unknown[i]));
}

static void
read_census(Census *census)
{
	static Question question = {
		.sql = "SELECT (SELECT coalesce(max(ordinal)::integer + 1, 0) FROM gold_state.user_identity),"
		" EXISTS (SELECT FROM gold_state.dirty WHERE consumer = 'refresh_agg_active_users'),"
		" ARRAY (SELECT ordinal::integer FROM gold_state.user_identity WHERE NOT known)",
	};

	census->unknown = zg_bitmap_create();
	read_rows(&question, NULL, set_census, census);
}

/* what read_partial needs */
typedef struct DayReader
{
	DayCallback callback;
	void	   *arg;
	DateADT		meeting_day;	/* the last day with an accepted meeting */
} DayReader;

/* day, of meetings?, users; meetings come before participants. */
static void
read_partial(HeapTuple tuple, TupleDesc desc, void *arg)
{
	DayReader  *reader = arg;
	bool		isnull;
	DateADT		day = DatumGetDateADT(SPI_getbinval(tuple, desc, 1, &isnull));
	Datum		users;

	if (DatumGetBool(SPI_getbinval(tuple, desc, 2, &isnull)))
		reader->meeting_day = day;
	else if (reader->meeting_day != day)
		return;					/* participants without an accepted meeting */
	users = SPI_getbinval(tuple, desc, 3, &isnull);
	if (!isnull)
		reader->callback(day, DatumGetByteaPP(users), reader->arg);
}

/* days at both ends of weeks at both ends of months */
#define MAX_RANGES 4

/* ranges of periods that make up a range of days */
typedef struct Ranges
{
	DateADT		first[2 * MAX_RANGES];	/* of each, its first day */
	DateADT		past[2 * MAX_RANGES];	/* and the day after it */
	int			n;
} Ranges;

static void
add_range(Ranges *ranges, DateADT first, DateADT past)
{
	if (first >= past)
		return;
	Assert(ranges->n < lengthof(ranges->first));
	ranges->first[ranges->n] = first;
	ranges->past[ranges->n++] = past;
}

/*
 * Call back with the active users of the days of some ranges.
 *
 * A day may come in several parts; unknown users are still among them.
 */
static void
read_active_days(Ranges *ranges, DayCallback callback, void *arg)
{
	static Question question = {
		.sql = "SELECT p.day::date, p.relation = 'si_meetings', p.users::bytea"
		" FROM unnest($1, $2) AS r (first, past) JOIN gold_state.day_partial p"
		" ON p.day >= r.first AND p.day < r.past"
		/* relation and day together: what the index is made for */
		" WHERE p.relation IN ('si_meetings', 'si_participants')"
		"  AND (p.relation = 'si_meetings'"
		"   OR (SELECT value = 'host_or_participant'"
		"    FROM gold_state.settings WHERE name = 'active_user'))"
		" ORDER BY p.day, p.relation COLLATE \"C\"",
		.nargs = 2,
		.types = {DATEARRAYOID, DATEARRAYOID},
	};
	Datum		values[] = {zg_date_array(ranges->first, ranges->n), zg_date_array(ranges->past, ranges->n)};
	DayReader	reader = {callback, arg, DATEVAL_NOBEGIN};

	if (ranges->n > 0)
		read_rows(&question, values, read_partial, &reader);
}

/* An argument, which must be there. */
static Datum
get_argument(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	return PG_GETARG_DATUM(argno);
}

static void
check_range(DateADT from, DateADT to)
{
	if (from > to)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"from_date\" must not be later than \"to_date\"")));
}

/* DayCallback */
static void
add_users(DateADT day, bytea *users, void *arg)
{
	(void) day;
	zg_bitmap_or_serialized(arg, users);
}

/* Row callback: users of a week or month */
static void
add_period_users(HeapTuple tuple, TupleDesc desc, void *arg)
{
	bool		isnull;

	zg_bitmap_or_serialized(arg, DatumGetByteaPP(SPI_getbinval(tuple, desc, 1, &isnull)));
}

/* Add the known users of the weeks and months that make up a range. */
static void
add_periods(Ranges *kinds, ZgBitmap *active)
{
	static Question question = {
		.sql = "SELECT u.users::bytea FROM unnest($1, $2, $3) AS r (kind, first, past)"
		" JOIN gold_state.period_users u ON u.period_type = r.kind"
		" AND u.period_start >= r.first AND u.period_start < r.past",
		.nargs = 3,
		.types = {TEXTARRAYOID, DATEARRAYOID, DATEARRAYOID},
	};
	Datum		values[3];
	Datum		names[2 * MAX_RANGES];
	Ranges		all = {0};

	for (int kind = ZG_WEEKLY; kind <= ZG_MONTHLY; kind++)
		for (int i = 0; i < kinds[kind].n; i++)
		{
			names[all.n] = CStringGetTextDatum(zg_period_name(kind));
			all.first[all.n] = kinds[kind].first[i];
			all.past[all.n++] = kinds[kind].past[i];
		}
	if (all.n == 0)
		return;
	values[0] = zg_text_array(names, all.n);
	values[1] = zg_date_array(all.first, all.n);
	values[2] = zg_date_array(all.past, all.n);
	read_rows(&question, values, add_period_users, active);
}

/* Cut the days up to "past" into whole periods of a kind and of smaller ones. */
static void
cut_range(Ranges *kinds, ZgPeriodKind kind, DateADT from, DateADT past)
{
	DateADT		first = zg_period_start(kind, from);
	DateADT		end = zg_period_start(kind, past);

	if (first < from)
		first = zg_period_past(kind, first);
	if (kind == ZG_DAILY || first < end)
		add_range(&kinds[kind], first, end);
	else
		first = end = past;
	if (kind == ZG_DAILY)
		return;
	cut_range(kinds, kind - 1, from, first);
	cut_range(kinds, kind - 1, end, past);
}

/* before this day, 0001-01-01, only days are looked at */
#define FIRST_DAY (-730119)

/*
 * active_users(from_date date, to_date date) RETURNS bigint: the number of
 * distinct known users who were active in the range, both ends included.
 *
 * Must not be declared STRICT: null arguments are errors.
 */
Datum
zg_active_users(PG_FUNCTION_ARGS)
{
	DateADT		from = DatumGetDateADT(get_argument(fcinfo, 0, "from_date"));
	DateADT		to = DatumGetDateADT(get_argument(fcinfo, 1, "to_date"));
	Ranges		kinds[ZG_PERIOD_KINDS] = {0};
	DateADT		past;
	Census		census;
	ZgCaller	caller;
	ZgBitmap   *active;
	uint64		count;

	check_range(from, to);
	zg_enter_owner(&caller);
	SPI_connect();
	active = zg_bitmap_create();
	past = to >= ZG_OPEN_END_DAY ? ZG_OPEN_END_DAY : to + 1;
	read_census(&census);
	if (from < FIRST_DAY || from >= past || census.periods_wait)
		add_range(&kinds[ZG_DAILY], from, past);
	else
		cut_range(kinds, ZG_MONTHLY, from, past);
	add_periods(kinds, active);
	read_active_days(&kinds[ZG_DAILY], add_users, active);
	zg_bitmap_check_below(active, census.nordinals);
	count = zg_bitmap_count(active) - zg_bitmap_and_count(active, census.unknown);
	SPI_finish();
	zg_leave_owner(&caller);
	PG_RETURN_INT64((int64) count);
}

/* a day with active users */
typedef struct ActiveDay
{
	DateADT		day;
	int64		nlast;			/* users who were last active on it */
} ActiveDay;

#define NEVER	(-1)

/*
 * A trailing window that slides over the days.
 *
 * Each user counts on the last day on which it was active so far; the count
 * of a window is the sum over its days.  Every user-day is thus looked at
 * once, however long the window.
 */
typedef struct Window
{
	DateADT		next;			/* the day to give out next */
	int64		length;			/* days */
	Census		census;
	ActiveDay  *days;
	int			ndays;
	int			maxdays;
	int			first;			/* the first of the days in the window */
	int64		count;			/* users last active on "first" or later */
	int32	   *last_day;		/* per user: its last active day, or NEVER */
	Tuplestorestate *result;
	TupleDesc	desc;
} Window;

/* Give out the counts of the days before another. */
static void
slide_to(Window *window, int64 day)
{
	for (; window->next < day; window->next++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		CHECK_FOR_INTERRUPTS();
		while (window->first < window->ndays &&
			   window->days[window->first].day <= window->next - window->length)
			window->count -= window->days[window->first++].nlast;
		values[0] = DateADTGetDatum(window->next);
		values[1] = Int64GetDatum(window->count);
		tuplestore_putvalues(window->result, window->desc, values, nulls);
	}
}

/* One user is active on the newest day. */
static bool
see_user(uint32 user, void *arg)
{
	Window	   *window = arg;
	int32	   *last = &window->last_day[user];

	if (*last >= window->first)
		window->days[*last].nlast--;
	else
		window->count++;
	*last = window->ndays - 1;
	window->days[*last].nlast++;
	return true;
}

/* The users of a day, or of a part of it. */
static void
see_day(DateADT day, bytea *bytes, void *arg)
{
	Window	   *window = arg;
	ZgBitmap   *users = zg_bitmap_deserialize(bytes);

	slide_to(window, day);
	if (window->ndays == 0 || window->days[window->ndays - 1].day != day)
	{
		zg_make_room(CurrentMemoryContext, window->days, window->ndays, window->maxdays);
		window->days[window->ndays].day = day;
		window->days[window->ndays++].nlast = 0;
	}
	zg_bitmap_check_below(users, window->census.nordinals);
	zg_bitmap_andnot(users, window->census.unknown);
	roaring_iterate(zg_bitmap_roaring(users), see_user, window);
	zg_bitmap_free(users);
}

/*
 * rolling_active_users(from_date date, to_date date, days integer) RETURNS
 * TABLE (activity_date date, active_user_count bigint): per day of the range
 * the number of distinct known users active in the so many days that end with
 * it.
 *
 * Must not be declared STRICT: null arguments are errors.
 */
Datum
zg_rolling_active_users(PG_FUNCTION_ARGS)
{
	DateADT		from = DatumGetDateADT(get_argument(fcinfo, 0, "from_date"));
	DateADT		to = DatumGetDateADT(get_argument(fcinfo, 1, "to_date"));
	Window		window = {0};
	Ranges		range = {0};
	ZgCaller	caller;

	window.next = from;
	window.maxdays = 64;
	window.length = DatumGetInt32(get_argument(fcinfo, 2, "days"));
	if (window.length < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"days\" must be at least 1")));
	if (DATE_NOT_FINITE(from) || DATE_NOT_FINITE(to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments \"from_date\" and \"to_date\" must be finite")));
	check_range(from, to);
	zg_enter_owner(&caller);
	InitMaterializedSRF(fcinfo, 0);
	window.result = ((ReturnSetInfo *) fcinfo->resultinfo)->setResult;
	window.desc = ((ReturnSetInfo *) fcinfo->resultinfo)->setDesc;
	SPI_connect();
	read_census(&window.census);
	window.days = palloc_array(ActiveDay, window.maxdays);
	add_range(&range, Max(from - window.length + 1, ZG_FIRST_DATE), to + 1);
	window.last_day = MemoryContextAllocHuge(CurrentMemoryContext,
											 (Size) window.census.nordinals * sizeof(int32));
	for (uint32 user = 0; user < window.census.nordinals; user++)
		window.last_day[user] = NEVER;
	read_active_days(&range, see_day, &window);
	slide_to(&window, (int64) to + 1);
	SPI_finish();
	zg_leave_owner(&caller);
	return (Datum) 0;
}

/*
 * user_ordinals(users bytea) RETURNS integer[]: the members of a set that the
 * state keeps.
 */
Datum
zg_user_ordinals(PG_FUNCTION_ARGS)
{
	uint64		n;
	ZgBitmap   *users = zg_bitmap_deserialize(PG_GETARG_BYTEA_PP(0));
	uint32	   *members = zg_bitmap_members(users, &n);
	Datum	   *ordinals = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(Datum));

	for (uint64 i = 0; i < n; i++)
		ordinals[i] = Int32GetDatum((int32) members[i]);
	zg_bitmap_free(users);
	return zg_int4_array(ordinals, (int) n);
}
