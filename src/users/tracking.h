/*-------------------------------------------------------------------------
 *
 * tracking.h
 *	  Which columns of users are tracked, and what kept rows say in those
 *	  that users added.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TRACKING_H
#define ZG_TRACKING_H

#include "base/arena.h"
#include "base/soft_cast.h"
#include "silver/silver.h"

/* a column that users added to si_users and go_dim_user alike */
typedef struct ZgUserColumn
{
	char	   *name;
	Oid			type;			/* in go_dim_user */
	int32		typmod;
	bool		overwritten;	/* Type 1 */
	bool		unfit;			/* some kept value cannot be cast to the type */
	ZgSoftCast *cast;
	struct known_value_hash *values;	/* those met */
} ZgUserColumn;

/* which columns are tracked, and how */
typedef struct ZgTracking
{
	bool		overwritten[USER_NCOLUMNS]; /* Type 1 */
	int			nadded;
	ZgUserColumn *added;
	ZgArena		arena;			/* of values */
} ZgTracking;

/* what a row says of an added column */
typedef struct ZgAddedValue
{
	Datum		value;			/* of gold's type */
	text	   *as_text;		/* for comparing; NULL = it is NULL */
	bool		isnull;
	bool		known;			/* does the row have the column, and a value
								 * that fits it? */
} ZgAddedValue;

/* Palloc'd, with all that it will hold, in the current context. */
extern ZgTracking *zg_tracking_load(ZgRun *run);

/* The columns beyond the contract, in words: another one means fold anew. */
extern char *zg_tracking_signature(const ZgTracking *tracking);

/*
 * What a kept row (its "extra", NULL = it has none) says in the added columns.
 * May run a subtransaction.
 */
extern void zg_tracking_read(ZgTracking *tracking, struct varlena *extra, ZgAddedValue *values);

/* Warn of columns in which kept values did not fit. */
extern void zg_tracking_warn(const ZgTracking *tracking);

#endif							/* ZG_TRACKING_H */
