/*-------------------------------------------------------------------------
 *
 * relation_state.h
 *	  What the state holds of each silver relation, and how it is therefore
 *	  to be read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_RELATION_STATE_H
#define ZG_RELATION_STATE_H

#include "silver/silver.h"
#include "silver/watermark.h"

/* How a relation is to be read in this run. */
typedef struct ZgRelationState
{
	bool		compare;		/* all of it, see the reason */
	const char *reason;			/* why it is compared in full; NULL = as
								 * planned */
	bool		captured;		/* as far as is known, every change is */
	char	   *fingerprint;	/* as it is now */
	bool		noted;			/* that is what the state holds already */
	ZgRecent   *recent;			/* what its timestamps tell; NULL = they are
								 * not asked */
	struct ZgPieces *pieces;	/* to be compared in this run; NULL = none */
} ZgRelationState;

/*
 * How a relation is to be read; errors when it was not set up.
 */
extern ZgRelationState zg_relation_state(ZgRun *run, const ZgSilver *silver);

/*
 * Do its timestamps tell of changes since the last refresh?  False when it is
 * not read by watermark.
 */
extern bool zg_has_unnoticed(ZgRun *run, const ZgSilver *silver);

/* Remember that the relation was taken up. */
extern void zg_relation_taken_up(ZgRun *run, const ZgSilver *silver, const ZgRelationState *state);

/*
 * Were the kept versions of users or tickets read by another law of
 * succession than that of now?  From then on they count as read by it.
 */
typedef enum ZgLawChange
{
	ZG_LAW_SAME, ZG_LAW_FIRST, ZG_LAW_OTHER
} ZgLawChange;

extern ZgLawChange zg_law_follow(ZgRun *run, const ZgSilver *silver);

/*
 * Note how the relations fared: those taken up, as a set, and the statuses of
 * the steps that read them, by ZgSilverId, NULL = had no work.  Where there was
 * none, a failure is over: it would have left some.  A confirmation of deletes
 * holds for one refresh.
 */
extern void zg_relations_save(ZgRun *run, uint32 taken, const char *const *statuses);

/*
 * Do the columns tracked of users, as zg_tracking_signature describes them,
 * differ from those of the last refresh?
 */
extern bool zg_tracking_changed(ZgRun *run, const char *signature);
extern void zg_tracking_save(const char *signature);

#endif							/* ZG_RELATION_STATE_H */
