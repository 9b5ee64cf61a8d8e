/*-------------------------------------------------------------------------
 *
 * event.h
 *	  A kept event of a user or ticket: a row as silver held it, that came or
 *	  went; how it is laid out, read and written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_EVENT_H
#define ZG_EVENT_H

#include "silver/silver.h"
#include "state/writer.h"

/*
 * What an event has beside the row: follows the contract's columns and
 * load_timestamp, update_timestamp, source_system, read and written.
 */
typedef enum ZgEventColumn
{
	ZG_EVENT_ORDINAL,			/* of a pending change its ctid */
	ZG_EVENT_SEQ,
	ZG_EVENT_TX,
	ZG_EVENT_OP,
	ZG_EVENT_CAPTURED_AT,
	ZG_EVENT_EXTRA,
	ZG_EVENT_N,
	ZG_EVENT_NCOLUMNS,
	ZG_EVENT_TID = ZG_EVENT_NCOLUMNS	/* of a kept event, when it is read */
} ZgEventColumn;

/* the same as output columns of a source, for kept events and pending changes */
#define ZG_EVENT_OUTPUT "s.seq, s.tx, s.op, s.captured_at, s.extra, s.n"
#define ZG_EVENT_COLUMNS "s.ordinal, " ZG_EVENT_OUTPUT ", s.ctid"
#define ZG_PENDING_COLUMNS "s.ctid, " ZG_EVENT_OUTPUT

/* where a kept event says that it is a deletion */
#define ZG_EVENT_DELETED "(s.extra ->> 'deleted_at')::timestamptz"

/* Attribute number of an event's column in a row read with these. */
static inline int
zg_event_attnum(const ZgRow *row, ZgEventColumn column)
{
	return row->nextra + column;
}

/* One of an event's columns; none but extra is NULL. */
static inline Datum
zg_event_value(const ZgRow *row, ZgEventColumn column)
{
	return row->slot->tts_values[zg_event_attnum(row, column) - 1];
}

/* a row that came or went, on its way into a table of events */
typedef struct ZgRawEvent
{
	struct ZgRawEvent *next;
	char		op;
	int64		seq;
	int64		tx;
	int32		n;				/* within its statement */
	TimestampTz captured_at;
	uint64		row_hash;
	Datum	   *values;			/* contract, load, update, system, extra; NULL
								 * = all rows of the key went */
	bool	   *nulls;
} ZgRawEvent;

/* One kept row as it came (I) or went (D; T = all rows of the key went). */
typedef struct ZgEvent
{
	int32		ordinal;
	int64		seq;
	int64		tx;
	int32		n;				/* within its statement */
	char		op;
	bool		rejected;		/* no version: it breaks a rule */
	bool		deletion;		/* the row says that the key was deleted */
	bool		live;			/* out: the row is still there */
	TimestampTz captured_at;
	TimestampTz version_at;
	TimestampTz load_at;
	TimestampTz deleted_at;		/* of a deletion */
	TimestampTz effective_at;	/* out: of a version */
	ItemPointerData tid;		/* where it is kept */
	NullableDatum load;			/* load_timestamp as stored */
	uint64		row_hash;		/* of the row as stored */
	uint64		bare_hash;		/* of that but for load_timestamp */
	uint64		content;		/* what versions are told apart by */
	uint64		says;			/* that, whenever the row was loaded */
	uint64		rank;			/* zg_row_hash(): as facts break ties */
	int64		group_seq;		/* work space of the timeline: */
	int			life;			/* of the key, from 0 */
	int			replaces;		/* the event whose place it took, or -1 */
	int			replaced_by;	/* the event that took its place, or -1 */
	int			took;			/* of a row that goes: when it came, or -1 */
	int			gone_by;		/* of one that came: the event with which it
								 * went, or -1 */
	TimestampTz last_load;		/* latest load of it and of what it repeats */
	bool		touch;			/* it is the row it replaced, as which it
								 * counts */
	bool		passing;		/* its own transaction overwrote it */
	void	   *payload;		/* the caller's */
} ZgEvent;

/*
 * Hash of a row as stored: the contract's columns and extra.  Where bare is not
 * NULL it gets the same of the row without its load_timestamp.
 */
extern uint64 zg_raw_row_hash(const ZgSilver *silver, TupleTableSlot *slot, int extra_attnum,
							  uint64 *bare);

/* Fill an event from a row of an event table read with ZG_EVENT_COLUMNS. */
extern void zg_event_read(const ZgSilver *silver, const ZgRow *row, ZgEvent *event);

/* What a row that says that the key was deleted has for its content. */
extern uint64 zg_event_deletion_hash(const ZgEvent *event);

/* The order of versions: of those in effect the newest is in force. */
extern int	zg_event_compare(const ZgEvent *a, const ZgEvent *b);

/* Copy a row's stored columns into an event, in the current context. */
extern void zg_event_copy_row(const ZgSilver *silver, TupleTableSlot *slot, int extra_attnum,
							  ZgRawEvent *event);

/* Open a table of a silver relation's events for writing. */
extern ZgWriter *zg_event_open(const ZgSilver *silver, const char *table);

/* Write an event of a key; of a forgotten user without what is personal. */
extern void zg_event_write(ZgWriter *writer, const ZgSilver *silver, int32 ordinal,
						   bool forgotten, const ZgRawEvent *event);

#endif							/* ZG_EVENT_H */
