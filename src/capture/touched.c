/*-------------------------------------------------------------------------
 *
 * touched.c
 *	  The days and keys of a relation that statements touched, and the prints of
 *	  the rows that they wrote.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heaptoast.h"
#include "base/array.h"
#include "base/grow.h"
#include "capture/touched.h"
#include "lib/stringinfo.h"

/*
 * What one row of gold_state.slice_change holds at most.  Keys and prints are
 * cut so that the row needs no TOAST, which would cost a bulk load several times
 * as much as the rows do.
 */
#define MAX_DAYS			4000
#define MAX_BYTES			(TOAST_TUPLE_THRESHOLD - 176)

struct ZgTouched
{
	DateADT    *days;			/* sorted, distinct */
	int			ndays;
	int			max_days;
	DateADT		last_day;		/* the one added last, when there are any */
	StringInfoData keys;		/* a bytea: room for its header comes first */
	int			last_key;		/* offset of the last key, 0 = none */
	bool		last_printed;	/* it has a print */
	StringInfoData prints;		/* also a bytea */
};

/* Begin a bytea. */
static void
start_bytes(StringInfo bytes)
{
	initStringInfo(bytes);
	bytes->len = VARHDRSZ;
}

ZgTouched *
zg_touched_create(void)
{
	ZgTouched  *touched = palloc0(sizeof(ZgTouched));

	start_bytes(&touched->keys);
	start_bytes(&touched->prints);
	return touched;
}

/* Where a day is among the sorted ones, or should be. */
static int
place_of_day(const ZgTouched *touched, DateADT day)
{
	int			low = 0;
	int			high = touched->ndays;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (touched->days[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
insert_day(ZgTouched *touched, int place, DateADT day)
{
	zg_make_room(CurrentMemoryContext, touched->days, touched->ndays, touched->max_days);
	memmove(&touched->days[place + 1], &touched->days[place],
			(touched->ndays - place) * sizeof(DateADT));
	touched->days[place] = day;
	touched->ndays++;
}

bool
zg_touched_day(ZgTouched *touched, DateADT day)
{
	int			place;

	if (touched->ndays > 0 && touched->last_day == day)
		return true;
	place = place_of_day(touched, day);
	if (place == touched->ndays || touched->days[place] != day)
	{
		if (touched->ndays == MAX_DAYS)
			return false;
		insert_day(touched, place, day);
	}
	touched->last_day = day;
	return true;
}

/*
 * An update's old and new row come one after the other, so that comparing with
 * the last key finds most duplicates.
 */
static bool
is_last_key(const ZgTouched *touched, const text *key)
{
	const char *last = touched->keys.data + touched->last_key;
	uint32		length = VARSIZE_ANY_EXHDR(key);

	return touched->last_key > 0 && memcmp(last, &length, sizeof(length)) == 0 &&
		memcmp(last + sizeof(length), VARDATA_ANY(key), length) == 0;
}

/* Is there room for more bytes?  For what comes first there is, however long. */
static bool
has_room(const ZgTouched *touched, Size bytes)
{
	return touched->last_key == 0 || touched->keys.len + touched->prints.len + bytes <= MAX_BYTES;
}

/* A key is its length and its bytes. */
static bool
add_key(ZgTouched *touched, const text *key)
{
	uint32		length = VARSIZE_ANY_EXHDR(key);

	if (!has_room(touched, sizeof(length) + length))
		return false;
	touched->last_key = touched->keys.len;
	touched->last_printed = false;
	appendBinaryStringInfo(&touched->keys, (const char *) &length, sizeof(length));
	appendBinaryStringInfo(&touched->keys, VARDATA_ANY(key), length);
	return true;
}

/* The first print of a key is never apart from it. */
static bool
add_print(ZgTouched *touched, const uint64 *print)
{
	if (touched->last_printed && !has_room(touched, sizeof(*print)))
		return false;
	touched->last_printed = true;
	appendBinaryStringInfo(&touched->prints, (const char *) print, sizeof(*print));
	return true;
}

bool
zg_touched_key(ZgTouched *touched, const text *key, const uint64 *print)
{
	return (is_last_key(touched, key) || add_key(touched, key)) &&
		(print == NULL || add_print(touched, print));
}

ZgTouched *
zg_touched_split(ZgTouched *touched)
{
	ZgTouched  *split = zg_touched_create();

	split->days = touched->days;
	split->ndays = touched->ndays;
	split->max_days = touched->max_days;
	split->last_day = touched->last_day;
	touched->days = NULL;
	touched->ndays = touched->max_days = 0;
	return split;
}

Datum
zg_touched_days(const ZgTouched *touched)
{
	return zg_date_array(touched->days, touched->ndays);
}

static Datum
end_bytes(StringInfo bytes)
{
	SET_VARSIZE(bytes->data, bytes->len);
	return PointerGetDatum(bytes->data);
}

Datum
zg_touched_keys(ZgTouched *touched)
{
	return end_bytes(&touched->keys);
}

Datum
zg_touched_prints(ZgTouched *touched)
{
	return end_bytes(&touched->prints);
}
