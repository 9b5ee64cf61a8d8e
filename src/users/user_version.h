/*-------------------------------------------------------------------------
 *
 * user_version.h
 *	  From the kept events of users to their versions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_USER_VERSION_H
#define ZG_USER_VERSION_H

#include "history/take_up.h"
#include "quality/rule.h"
#include "users/tracking.h"

/* what a row says of a user */
typedef struct ZgProfile
{
	text	   *columns[USER_NCOLUMNS]; /* NULL = no value */
	text	   *source_system;
	ZgAddedValue *added;		/* by number of the column; NULL = none is */
	ZgBroken	broken;
} ZgProfile;

/* a version of a user */
typedef struct ZgVersion
{
	TimestampTz opened;
	TimestampTz valid_from;		/* opened, or earlier when it reaches back */
	TimestampTz valid_to;
	TimestampTz holds_from;		/* when events begin to meet it: of the first
								 * version DT_NOBEGIN */
	TimestampTz holds_until;	/* when the next one opens, gaps included */
	bool		begins_name;	/* the version before has another base name,
								 * or there is none */
	ZgProfile  *profile;
	text	   *user_name;		/* gold name */
	ItemPointerData tid;		/* of its row in the state, if it is there */
} ZgVersion;

/* a user that is being merged */
typedef struct ZgFoldedUser
{
	int32		ordinal;
	bool		is_keyless;		/* not a user: rows without a key */
	bool		known;			/* a version of it was accepted */
	bool		known_before;
	bool		forgotten;		/* no name of it is to be kept */
	bool		is_fresh;		/* nobody has heard of it before */
	text	   *user_id;
	int			nversions;
	ZgVersion  *versions;
	ZgProfile  *newest;			/* newest row that is there, NULL = none */
	int			nlive;			/* rows without a key: those that are there */
	ZgProfile **live;
	int			nlong_keys;		/* of rows whose key is too long for one */
	text	  **long_keys;
	/* as the state has it */
	int			nold;
	ZgVersion  *old;			/* profile: only what the state keeps */
} ZgFoldedUser;

typedef struct ZgFold ZgFold;

/* change: what is known of the users that changed, and need not be read. */
extern ZgFold *zg_fold_create(ZgRun *run, const ZgHistoryChange *change);

/* Fold users: all, or those of the given ordinals that are not folded yet. */
extern void zg_fold_read(ZgFold *fold, bool all, const int32 *ordinals, int n);

extern ZgFoldedUser *zg_fold_find(ZgFold *fold, int32 ordinal);
extern int	zg_fold_count(ZgFold *fold);

/* Call a function for every folded user. */
extern void zg_fold_each(ZgFold *fold, void (*visit) (ZgFoldedUser *user, void *arg), void *arg);
extern const ZgTracking *zg_fold_tracking(ZgFold *fold);
extern ZgRules *zg_fold_rules(ZgFold *fold);

#endif							/* ZG_USER_VERSION_H */
