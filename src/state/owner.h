/*-------------------------------------------------------------------------
 *
 * owner.h
 *	  With whose rights the engine works.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_OWNER_H
#define ZG_OWNER_H

#include "postgres.h"

/* whose rights held before */
typedef struct ZgCaller
{
	Oid			user;
	int			security;
	int			settings;		/* what zg_neutral_leave wants */
} ZgCaller;

/*
 * Go on with the rights of the owner of gold_state, and with settings under
 * which rules, views and values mean the same in every session.  Errors when
 * setup() was not run.  What fails in between needs no zg_leave_owner(): the end of the
 * (sub)transaction goes back as well.
 */
extern ZgCaller zg_enter_owner(void);

/* The same for those only who have the owner's rights themselves. */
extern ZgCaller zg_enter_owner_checked(void);

extern void zg_leave_owner(const ZgCaller *caller);

/* Error on a standby and in a read-only transaction. */
extern void zg_require_primary(void);

#endif							/* ZG_OWNER_H */
