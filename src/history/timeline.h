/*-------------------------------------------------------------------------
 *
 * timeline.h
 *	  From the kept events of a key to what was valid when.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TIMELINE_H
#define ZG_TIMELINE_H

#include "history/event.h"

/*
 * Which law of succession is in force: 1, effect instants decided; 2, the
 * order of versions does; 3, a user is known by a version that was never in force,
 * too; 4, of rows that a scan saw the same counts as in facts; 5, a ticket's version
 * is its whole row; 6, a row loaded anew overtakes those that were loaded before that;
 * 7, a version loaded again and again counts as first and as last loaded.
 * Another one makes all versions be read anew.
 */
#define ZG_TIMELINE_LAW 7

/* One point of a timeline: a version takes effect, or the key is deleted. */
typedef struct ZgPoint
{
	TimestampTz at;
	ZgEvent    *event;			/* NULL = deletion */
} ZgPoint;

/*
 * The timeline of one key from its n events, which are sorted: points in the
 * order in which they take effect, no two versions at one instant.
 */
extern ZgPoint *zg_history_timeline(bool ignore_deletes, ZgEvent *events, int n, int *npoints);

#endif							/* ZG_TIMELINE_H */
