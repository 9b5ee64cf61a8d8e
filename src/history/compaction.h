/*-------------------------------------------------------------------------
 *
 * compaction.h
 *	  Forgetting kept events that cannot count any more.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_COMPACTION_H
#define ZG_COMPACTION_H

#include "history/event.h"

typedef struct ZgCompaction ZgCompaction;

/* Begin with the events of a silver relation; what is noted is kept in the current context. */
extern ZgCompaction *zg_compaction_begin(const ZgSilver *silver);

/*
 * Find out which of a key's n events need not be kept; the events are as
 * zg_history_timeline() leaves them.
 */
extern void zg_compaction_note(ZgCompaction *compaction, ZgEvent *events, int n);

/* Delete what was found; no query may be reading the events. */
extern void zg_compaction_end(ZgCompaction *compaction);

#endif							/* ZG_COMPACTION_H */
