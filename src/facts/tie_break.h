/*-------------------------------------------------------------------------
 *
 * tie_break.h
 *	  Of rows of one key with the same timestamps the last captured counts.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TIE_BREAK_H
#define ZG_TIE_BREAK_H

#include "silver/idlist.h"
#include "silver/silver.h"

/* the kept places of a relation's tied rows */
typedef struct ZgTies ZgTies;

/* Read them; NULL = there are none. */
extern ZgTies *zg_ties_read(ZgRun *run, const ZgSilver *silver);

/* Output column of a source over alias s, by which the places are found. */
extern char *zg_tie_digest(ZgRun *run, const ZgSilver *silver);

/*
 * Where a row stands among those of its key with its timestamps: by place,
 * those without one before, by content.  The digest is the row's first extra
 * column; without ties it is not needed.
 */
extern uint64 zg_tie_rank(const ZgTies *ties, const ZgSilver *silver, const ZgRow *row);

/* The newest row of a key: its timestamps and its zg_row_hash. */
typedef void (*ZgNewestVisitor) (const text *key, TimestampTz version_at,
								 TimestampTz load_at, uint64 content, void *arg);

/*
 * Find the places of the rows of keys that are tied, keep them (instead of all
 * others if these are all ties of the relation), and tell the newest row of
 * each key.
 */
extern void zg_ties_settle(ZgRun *run, const ZgSilver *silver, ZgIdList *keys, bool all,
						   ZgNewestVisitor visit, void *arg);

/* Forget the places of a relation whose keys are unique. */
extern void zg_ties_forget(const ZgSilver *silver);

#endif							/* ZG_TIE_BREAK_H */
