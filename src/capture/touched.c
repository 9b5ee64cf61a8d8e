/*-------------------------------------------------------------------------
 *
 * touched.c
 *	  The days and keys of a relation that statements touched.
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
 * What one row of gold_state.slice_change holds at most.  Keys are cut so
 * that the row needs no TOAST, which would cost a bulk load several times as
 * much as the rows do.
 */
#define MAX_DAYS			4000
#define MAX_KEY_BYTES		(TOAST_TUPLE_THRESHOLD - 160)

struct ZgTouched
{
	DateADT    *days;			/* sorted, distinct */
	int			ndays;
	int			max_days;
	DateADT		last_day;		/* the one added last, when there are any */
	StringInfoData keys;		/* a bytea: room for its header comes first */
	int			last_key;		/* offset of the last key, 0 = none */
};

static void
forget_keys(ZgTouched *touched)
{
	initStringInfo(&touched->keys);
	touched->keys.len = VARHDRSZ;
	touched->last_key = 0;
}

ZgTouched *
zg_touched_create(void)
{
	ZgTouched  *touched = palloc0(sizeof(ZgTouched));

	forget_keys(touched);
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

/* A key is its length and its bytes; the first one has room, however long. */
bool
zg_touched_key(ZgTouched *touched, const text *key)
{
	StringInfo	keys = &touched->keys;
	uint32		length = VARSIZE_ANY_EXHDR(key);

	if (is_last_key(touched, key))
		return true;
	if (keys->len + sizeof(length) + length > MAX_KEY_BYTES && touched->last_key > 0)
		return false;
	touched->last_key = keys->len;
	appendBinaryStringInfo(keys, (const char *) &length, sizeof(length));
	appendBinaryStringInfo(keys, VARDATA_ANY(key), length);
	return true;
}

ZgTouched *
zg_touched_split(ZgTouched *touched)
{
	ZgTouched  *split = palloc0(sizeof(ZgTouched));

	split->keys = touched->keys;
	split->last_key = touched->last_key;
	forget_keys(touched);
	return split;
}

Datum
zg_touched_days(const ZgTouched *touched)
{
	return zg_date_array(touched->days, touched->ndays);
}

Datum
zg_touched_keys(ZgTouched *touched)
{
	SET_VARSIZE(touched->keys.data, touched->keys.len);
	return PointerGetDatum(touched->keys.data);
}
