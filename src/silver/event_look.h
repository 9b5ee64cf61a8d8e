/*-------------------------------------------------------------------------
 *
 * event_look.h
 *	  Whether two rows of one key seem to tell of two meetings or webinars.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_EVENT_LOOK_H
#define ZG_EVENT_LOOK_H

#include "silver/silver.h"

/* op of a captured change: a key's row took the place of one that seems another event's */
#define ZG_OP_REUSED 'R'

/* What a row tells of its event; all by value. */
typedef struct ZgEventLook
{
	TimestampTz start;
	TimestampTz end;			/* DT_NOEND = none */
	uint64		topic;			/* hash, 0 = none */
	int64		minutes;		/* duration, -1 = none */
} ZgEventLook;

/* Are keys of a relation's rows those of events that may recur? */
extern bool zg_events_recur(const ZgSilver *silver);

/* Are two starts on different days, and further apart than time zones? */
extern bool zg_starts_apart(TimestampTz first, TimestampTz second);

/*
 * Does a row that took the place of another seem to tell of another event?
 * Both had begun by when it was written, they started far enough apart, and not
 * the start alone has changed.
 */
extern bool zg_looks_like_another(const ZgEventLook *before, const ZgEventLook *after,
								  TimestampTz written);

#endif							/* ZG_EVENT_LOOK_H */
