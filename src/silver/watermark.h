/*-------------------------------------------------------------------------
 *
 * watermark.h
 *	  What is new in a relation that nothing captures, told by its timestamps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_WATERMARK_H
#define ZG_WATERMARK_H

#include "silver/silver.h"

/* What is remembered of a relation between two refreshes. */
typedef struct ZgWatermark
{
	TimestampTz at;				/* newest timestamp of its rows, up to now */
	bytea	   *rows;			/* packed hashes of the rows at or after it,
								 * less the margin */
} ZgWatermark;

/* a row that was not there, or not so, at the last refresh */
typedef struct ZgRecentRow
{
	text	   *key;			/* normal; NULL = none */
	text	   *raw;			/* as stored */
	DateADT		day;
} ZgRecentRow;

/* What one look at a relation's recent rows found. */
typedef struct ZgRecent
{
	ZgWatermark *watermark;		/* to be remembered; NULL = too many rows */
	bool		lost;			/* a key is gone: only a comparison of all
								 * rows tells what became of it */
	int			n;
	ZgRecentRow *rows;			/* the new ones */
} ZgRecent;

/*
 * Look at the rows at or after the watermark, less the margin, and tell which
 * are new.  Without a watermark (last NULL) none are told, all will be
 * compared; the rows are only remembered.  The result is palloc'd in the
 * current context; new spellings of keys are noted in the run.
 */
extern ZgRecent *zg_recent_read(ZgRun *run, const ZgSilver *silver,
								const ZgWatermark *last);

#endif							/* ZG_WATERMARK_H */
