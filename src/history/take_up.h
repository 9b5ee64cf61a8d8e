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

/* One kept row as it came (I) or went (D; T = all rows of the key went). */
typedef struct ZgEvent
{
	int32		ordinal;
	int64		seq;
	int64		tx;
	int32		n;				/* within its statement */
	char		op;
	bool		rejected;		/* no version: it breaks a rule */
	bool		live;			/* out: the row is still there */
	TimestampTz captured_at;
	TimestampTz version_at;
	TimestampTz load_at;
	TimestampTz effective_at;	/* out: of a version */
	uint64		row_hash;		/* of the row as stored */
	uint64		content;		/* of the tracked columns */
	int64		group_seq;		/* work space of the timeline: */
	int			removed_by;		/* the event that took the row away, or -1 */
	int			replaced_by;	/* the event that took its place, or -1 */
	void	   *payload;		/* the caller's */
} ZgEvent;

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

/* Columns that zg_history_event reads, to follow those of the source. */
#define ZG_EVENT_COLUMNS "s.ordinal, s.seq, s.tx, s.op, s.captured_at, s.extra, s.n"
#define ZG_EVENT_NCOLUMNS 7

/* Fill an event from a row of an event table read with ZG_EVENT_COLUMNS. */
extern void zg_history_event(const ZgSilver *silver, const ZgRow *row, ZgEvent *event);

/* Hash of a row as stored: the contract's columns and extra. */
extern uint64 zg_raw_row_hash(const ZgSilver *silver, TupleTableSlot *slot, int extra_attnum);

#endif							/* ZG_TAKE_UP_H */
