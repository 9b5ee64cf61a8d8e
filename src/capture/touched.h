/*-------------------------------------------------------------------------
 *
 * touched.h
 *	  The days and keys of a relation that statements touched.
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

/* Add a key; false when there is no room for it. */
extern bool zg_touched_key(ZgTouched *touched, const text *key);

/* Take the keys, but not the days, away to a new one. */
extern ZgTouched *zg_touched_split(ZgTouched *touched);

/* As they are written: date[], and a bytea of lengths and bytes. */
extern Datum zg_touched_days(const ZgTouched *touched);
extern Datum zg_touched_keys(ZgTouched *touched);

#endif							/* ZG_TOUCHED_H */
