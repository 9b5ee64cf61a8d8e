/*-------------------------------------------------------------------------
 *
 * watermark.c
 *	  What is new in a relation that nothing captures, told by its timestamps.
 *
 * Views and foreign tables have no triggers, but each row bears the instants
 * at which it was loaded and updated.  A refresh reads the rows at or after
 * the newest instant it knows, less a margin for rows that become visible
 * late, and compares them with the hashes of those it read the last time.  So
 * rows may be read any number of times and are taken up once; rows with equal
 * timestamps and rows stamped in the future, which must not move the
 * watermark, need no care of their own; and a relation whose timestamps tell
 * nothing, as all its rows bear the same, is read as a whole and works all
 * the same.
 *
 * What this cannot see is found by the comparison in full: rows that change or
 * go without leaving a row with a recent timestamp.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/sort.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "silver/key_variant.h"
#include "silver/watermark.h"
#include "utils/timestamp.h"

/* a row as remembered; key 0 = it has none */
typedef struct Mark
{
	uint64		key;
	uint64		row;
} Mark;

/* More rows than this are not remembered: comparing all is not much dearer. */
#define MAX_MARKS 1000000

typedef struct Reading
{
	ZgRun	   *run;
	const ZgSilver *silver;
	bool		first;			/* there was no watermark */
	const Mark *known;			/* sorted */
	int			nknown;
	bool	   *seen;			/* those that are still there */
	TimestampTz newest;
	Mark	   *marks;			/* of the rows read */
	TimestampTz *stamps;		/* their newest timestamps */
	int			n;
	ZgRecent   *recent;
	uint64	   *new_keys;		/* of the new rows */
} Reading;

static int
compare_marks(const void *a, const void *b)
{
	const Mark *x = a;
	const Mark *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Where the margin before an instant begins, saturating. */
static TimestampTz
less_margin(ZgRun *run, TimestampTz at)
{
	int64		begin;

	if (at == DT_NOBEGIN || pg_sub_s64_overflow(at, run->settings.watermark_margin, &begin) ||
		!IS_VALID_TIMESTAMP(begin))
		return DT_NOBEGIN;
	return begin;
}

/*
 * Was a row like that there the last time?  Of several equal ones each is
 * found once.
 */
static bool
take_known(Reading *reading, const Mark *mark)
{
	int			low = 0;
	int			high = reading->nknown;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (compare_marks(&reading->known[middle], mark) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < reading->nknown && compare_marks(&reading->known[low], mark) == 0; low++)
		if (!reading->seen[low])
			return reading->seen[low] = true;
	return false;
}

static void
add_new_row(Reading *reading, const ZgRow *row, uint64 key_hash)
{
	ZgRecent   *recent = reading->recent;
	text	   *key = zg_row_text(row, 0);
	ZgRecentRow *new;

	zg_make_lean_room(CurrentMemoryContext, recent->rows, recent->n);
	zg_make_lean_room(CurrentMemoryContext, reading->new_keys, recent->n);
	reading->new_keys[recent->n] = key_hash;
	new = &recent->rows[recent->n++];
	new->key = key == NULL ? NULL : zg_text_copy(key);
	new->raw = key == NULL ? NULL : zg_text_copy(row->raw_key);
	new->day = row->day;
}

static void
note_stamp(Reading *reading, TimestampTz at)
{
	if (at <= reading->run->now)
		reading->newest = Max(reading->newest, at);
}

/* Row handler. */
static void
read_row(ZgRow *row, void *arg)
{
	Reading    *reading = arg;
	text	   *key = zg_row_text(row, 0);
	Mark		mark = {.key = key == NULL ? 0 : zg_text_hash64(key)};

	mark.row = hash_combine64(zg_row_hash(reading->silver, row),
							  hash_combine64((uint64) row->load_at, (uint64) row->version_at));
	zg_make_lean_room(CurrentMemoryContext, reading->marks, reading->n);
	zg_make_lean_room(CurrentMemoryContext, reading->stamps, reading->n);
	reading->marks[reading->n] = mark;
	reading->stamps[reading->n++] = Max(row->load_at, row->version_at);
	note_stamp(reading, row->load_at);
	note_stamp(reading, row->version_at);
	if (reading->first || take_known(reading, &mark))
		return;
	zg_key_variant_note(reading->run, reading->silver, 0, row->raw_key, key);
	add_new_row(reading, row, mark.key);
}

/*
 * Read the rows from an instant on.  Both conditions are plain, so that
 * indexes on the timestamps serve and a foreign server can apply them; rows
 * beyond those that can be remembered need not come.
 */
static void
read_from(Reading *reading, TimestampTz from)
{
	ZgSource	source = {
		.silver = reading->silver,
		.from = psprintf("(SELECT * FROM %s r WHERE r.load_timestamp >= $1 OR r.update_timestamp >= $1 LIMIT %d) s",
						 zg_silver_name(reading->run, reading->silver), MAX_MARKS + 1),
		.deleted = zg_silver_deleted(reading->run, reading->silver),
		.nargs = 1,
		.argtypes = {TIMESTAMPTZOID},
		.args = {TimestampTzGetDatum(from)},
	};

	zg_source_read(reading->run, &source, read_row, reading);
}

/* The newest timestamp of a relation's rows up to now. */
static TimestampTz
find_newest(ZgRun *run, const ZgSilver *silver)
{
	const char *name = zg_silver_name(run, silver);
	Oid			type = TIMESTAMPTZOID;
	Datum		now = TimestampTzGetDatum(run->now);
	char	   *sql = psprintf("SELECT greatest((SELECT max(load_timestamp) FROM %s WHERE load_timestamp <= $1)::timestamptz,"
							   " (SELECT max(update_timestamp) FROM %s WHERE update_timestamp <= $1)::timestamptz)",
							   name, name);

	return DatumGetTimestampTz(zg_query_value(run, sql, 1, &type, &now,
											  TimestampTzGetDatum(DT_NOBEGIN)));
}

/* Has a row gone without one of its key that is new in its place? */
static bool
any_lost(Reading *reading)
{
	int			nnew = reading->recent->n;

	zg_sort_hashes(reading->new_keys, nnew);
	for (int i = 0; i < reading->nknown; i++)
		if (!reading->seen[i] &&
			(reading->known[i].key == 0 ||
			 !zg_hashes_contain(reading->new_keys, nnew, reading->known[i].key)))
			return true;
	return false;
}

/* What to remember: the rows from the new watermark on, less the margin. */
static ZgWatermark *
make_watermark(Reading *reading)
{
	ZgWatermark *watermark = palloc(sizeof(ZgWatermark));
	TimestampTz from = less_margin(reading->run, reading->newest);
	int			n = 0;

	for (int i = 0; i < reading->n; i++)
		if (reading->stamps[i] >= from)
			reading->marks[n++] = reading->marks[i];
	if (n > 1)
		qsort(reading->marks, n, sizeof(Mark), compare_marks);
	watermark->at = reading->newest;
	watermark->rows = palloc(VARHDRSZ + n * sizeof(Mark));
	SET_VARSIZE(watermark->rows, VARHDRSZ + n * sizeof(Mark));
	if (n > 0)
		memcpy(VARDATA(watermark->rows), reading->marks, n * sizeof(Mark));
	return watermark;
}

static void
unpack_known(Reading *reading, const bytea *rows)
{
	Size		size = VARSIZE_ANY_EXHDR(rows);
	Mark	   *known = palloc(size + 1);

	memcpy(known, VARDATA_ANY(rows), size);
	reading->known = known;
	reading->nknown = size / sizeof(Mark);
	reading->seen = palloc0(reading->nknown + 1);
}

ZgRecent *
zg_recent_read(ZgRun *run, const ZgSilver *silver, const ZgWatermark *last)
{
	Reading		reading = {
		.run = run,
		.silver = silver,
		.first = last == NULL,
		.newest = last == NULL ? find_newest(run, silver) : last->at,
		.recent = palloc0(sizeof(ZgRecent)),
	};

	if (last != NULL)
		unpack_known(&reading, last->rows);
	read_from(&reading, less_margin(run, reading.newest));
	if (reading.n > MAX_MARKS)
		reading.recent->lost = true;
	else
	{
		reading.recent->watermark = make_watermark(&reading);
		reading.recent->lost = any_lost(&reading);
	}
	return reading.recent;
}
