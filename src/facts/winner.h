/*-------------------------------------------------------------------------
 *
 * winner.h
 *	  Of several rows of one key the newest counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_WINNER_H
#define ZG_WINNER_H

#include "scope.h"
#include "silver.h"

typedef struct ZgWinners ZgWinners;

/*
 * Read the rows of a restriction (NULL = all) and find the newest of each
 * key; whole passes also learn which keys have rows on several days.
 */
extern ZgWinners *zg_winners_find(ZgRun *run, const ZgSilver *silver, const char *where,
								  bool whole);

/* Is this the row that counts?  True once per key. */
extern bool zg_winners_take(ZgWinners *winners, const ZgRow *row);

/* Replace what gold_state.spread_key knows of a relation. */
extern void zg_winners_save_spread(ZgWinners *winners);

/* Does the state know keys with rows on several days, one of them in scope? */
extern bool zg_spread_in_scope(ZgRun *run, const ZgSilver *silver, const ZgScope *scope);

#endif							/* ZG_WINNER_H */
