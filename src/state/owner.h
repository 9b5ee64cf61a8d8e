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

/* whose rights held before, and whose hold now; stays where it is until then */
typedef struct ZgCaller
{
	Oid			user;
	int			security;
	int			settings;		/* what zg_neutral_leave wants */
	const char *owner;			/* its name */
	ErrorContextCallback callback;
} ZgCaller;

/*
 * Go on with the rights of the owner of gold_state, and with settings under
 * which rules, views and values mean the same in every session.  Errors when
 * setup() was not run.  What fails in between needs no zg_leave_owner(): the end of the
 * (sub)transaction goes back as well.  Errors that the owner lacks a privilege
 * say in a hint what it needs.
 */
extern void zg_enter_owner(ZgCaller *caller);

/* The same for those only who have the owner's rights themselves. */
extern void zg_enter_owner_checked(ZgCaller *caller);

extern void zg_leave_owner(const ZgCaller *caller);

/* Error on a standby and in a read-only transaction. */
extern void zg_require_primary(void);

#endif							/* ZG_OWNER_H */
