/*-------------------------------------------------------------------------
 *
 * own_layout.h
 *	  Columns of users beyond the contract that were renamed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_OWN_LAYOUT_H
#define ZG_OWN_LAYOUT_H

#include "state/run.h"

/* the columns beyond the contract as they are, and what happened to them */
typedef struct ZgOwnLayout
{
	Datum		silver;			/* of si_users, jsonb */
	Datum		gold;			/* of go_dim_user */
	Datum		silver_names;	/* renamed since the last refresh, jsonb {old:
								 * new}; 0 = none */
	Datum		gold_names;
	bool		silver_changed; /* columns of si_users came, went or were
								 * renamed, or were others in between, when
								 * what is pending was captured */
	bool		gold_changed;	/* the same of go_dim_user */
	bool		comparable;		/* the last refresh was of this catalog */
} ZgOwnLayout;

/*
 * What there is, beside what the last refresh found.  Both tables are locked to
 * the end of the transaction, so that it stays so.
 */
extern ZgOwnLayout zg_own_layout_find(ZgRun *run);

/* Have what is kept and declared of columns follow them to their new names. */
extern void zg_own_layout_follow(ZgRun *run, const ZgOwnLayout *layout);

/* Remember what there is. */
extern void zg_own_layout_save(const ZgOwnLayout *layout);

#endif							/* ZG_OWN_LAYOUT_H */
