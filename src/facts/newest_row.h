/*-------------------------------------------------------------------------
 *
 * newest_row.h
 *	  Of several rows of one key the newest counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_NEWEST_ROW_H
#define ZG_NEWEST_ROW_H

#include "silver/silver.h"
#include "state/dirty.h"

typedef struct ZgNewestRows ZgNewestRows;

/*
 * Read the rows of a restriction (NULL = all) and find the newest of each
 * key; whole passes also learn which keys have rows on several days.
 */
extern ZgNewestRows *zg_newest_rows_find(ZgRun *run, const ZgSilver *silver, const char *where,
										 bool whole);

/* Is this the row that counts?  True once per key. */
extern bool zg_newest_rows_take(ZgNewestRows *winners, const ZgRow *row);

/* Has the key several rows? */
extern bool zg_newest_rows_repeat(ZgNewestRows *winners, const text *key);

/*
 * Does the row's key seem to be that of several events?  They have begun by
 * when they were written, on days too far apart for one in two time zones.
 */
extern bool zg_newest_rows_reused(ZgNewestRows *winners, const ZgRow *row);

/* Replace what gold_state.spread_key knows of a relation. */
extern void zg_newest_rows_save_spread(ZgNewestRows *winners);

/* Does the state know keys with rows on several days, one of them in scope? */
extern bool zg_spread_in_scope(ZgRun *run, const ZgSilver *silver, const ZgScope *scope);

#endif							/* ZG_NEWEST_ROW_H */
