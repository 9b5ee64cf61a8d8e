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

/* One point of a timeline: a version takes effect, or the key is deleted. */
typedef struct ZgPoint
{
	TimestampTz at;
	int64		seq;
	ZgEvent    *event;			/* NULL = deletion */
} ZgPoint;

/*
 * The timeline of one key from its n events; points must have room for 2 * n.
 * Returns how many there are, in the order in which they take effect.
 */
extern int	zg_history_timeline(bool ignore_deletes, ZgEvent *events, int n, ZgPoint *points);

#endif							/* ZG_TIMELINE_H */
