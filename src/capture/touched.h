/*-------------------------------------------------------------------------
 *
 * touched.h
 *	  The days and keys of a relation that statements touched, and the prints of
 *	  the rows that they wrote.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TOUCHED_H
#define ZG_TOUCHED_H

#include "postgres.h"

#include "utils/date.h"

/* As much as one row of gold_state.slice_change holds. */
typedef struct ZgTouched ZgTouched;

/* What one of them takes at most, in bytes, but for its days. */
#define ZG_TOUCHED_BYTES	(3 * 1024)

/* None yet; in the current memory context, as is all that is added. */
extern ZgTouched *zg_touched_create(void);

/* Add a day; false when there is no room for it. */
extern bool zg_touched_day(ZgTouched *touched, DateADT day);

/* Add the key of a row and its print, or NULL; false when there is no room for them. */
extern bool zg_touched_key(ZgTouched *touched, const text *key, const uint64 *print);

/* Take the days, but not the keys and prints, away to a new one. */
extern ZgTouched *zg_touched_split(ZgTouched *touched);

/* As they are written: date[], a bytea of lengths and bytes, one of uint64s. */
extern Datum zg_touched_days(const ZgTouched *touched);
extern Datum zg_touched_keys(ZgTouched *touched);
extern Datum zg_touched_prints(ZgTouched *touched);

#endif							/* ZG_TOUCHED_H */
