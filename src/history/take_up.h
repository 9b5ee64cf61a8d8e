/*-------------------------------------------------------------------------
 *
 * take_up.h
 *	  Kept versions of users and tickets: every row that silver held, and
 *	  when it came and went.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TAKE_UP_H
#define ZG_TAKE_UP_H

#include "silver/watermark.h"

/* a user that changed, as its identity is or will be stored */
typedef struct ZgChangedKey
{
	int32		ordinal;
	int32		live_rows;
	text	   *key;
	uint64		live_hash;
	bool		stored;			/* false = it was never seen before */
	bool		known;			/* it had versions */
	bool		forgotten;
} ZgChangedKey;

/* What taking up silver's changes did to a history. */
typedef struct ZgHistoryChange
{
	int			n;
	int32	   *ordinals;		/* of the keys that changed, sorted */
	ZgChangedKey *keys;			/* of users, NULL for tickets: beside their
								 * ordinals; those that are not stored are not
								 * written yet */
	int64		read;			/* rows */
	int			ndays;
	DateADT    *days;			/* event days of the rows, sorted */
} ZgHistoryChange;

/*
 * Take up what silver held since the last refresh: the pending changes and,
 * with compare, what a comparison with all of silver finds, or else with the
 * rows of the keys that recent names (NULL = none).
 */
extern ZgHistoryChange *zg_history_take(ZgRun *run, const ZgSilver *silver, bool compare,
										const ZgRecent *recent);

/* Write the fresh users, now that it is known who is known. */
extern void zg_history_save_fresh(const ZgHistoryChange *change,
								  bool (*is_known) (int32 ordinal, void *arg), void *arg);

#endif							/* ZG_TAKE_UP_H */
