/*-------------------------------------------------------------------------
 *
 * identity.h
 *	  From a user's id to the ordinal and the gold name as of an instant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_IDENTITY_H
#define ZG_IDENTITY_H

#include "base/bitmap.h"
#include "silver/idlist.h"
#include "state/run.h"

/* one version of a user, as far as facts need it */
typedef struct ZgNameSpan
{
	TimestampTz opened;			/* own start, before reaching back */
	TimestampTz valid_from;
	text	   *user_name;		/* gold name */
} ZgNameSpan;

typedef struct ZgUser
{
	text	   *user_id;
	int32		ordinal;
	bool		known;			/* some version of it was accepted */
	int			nspans;
	ZgNameSpan *spans;			/* sorted by opened */
	ZgNameSpan	first;			/* room for the one that most have */
} ZgUser;

typedef struct ZgUsers ZgUsers;

/*
 * The run's users: all, or at least those of given ids; others are read when
 * they are asked for.
 */
extern ZgUsers *zg_users_whole(ZgRun *run);
extern ZgUsers *zg_users_of(ZgRun *run, ZgIdList *ids);

/* Read users of these ordinals ahead: in order, which is faster than by id. */
extern void zg_users_expect(ZgRun *run, ZgBitmap *ordinals);

/* Never NULL: an id that is new gets an ordinal.  Hash: zg_text_hash. */
extern ZgUser *zg_users_find(ZgUsers *users, const text *user_id, uint32 hash);

/*
 * Fetch what zg_users_find and zg_user_name_at will touch into the
 * processor's cache, in three steps that need each other's result: call them
 * for many users before the next.
 */
extern void zg_users_prefetch(const ZgUsers *users, uint32 hash, int step);

/* The gold name as of an instant, or NULL. */
extern text *zg_user_name_at(const ZgUser *user, TimestampTz at);

/* The user of an ordinal that was found before, or NULL. */
extern ZgUser *zg_users_by_ordinal(ZgUsers *users, int32 ordinal);

/* Write the ordinals given since. */
extern void zg_users_save(ZgUsers *users);

/* The first free ordinal. */
extern int32 zg_users_next_ordinal(ZgRun *run);

#endif							/* ZG_IDENTITY_H */
