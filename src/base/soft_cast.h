/*-------------------------------------------------------------------------
 *
 * soft_cast.h
 *	  Casting text to a type it may not fit.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_SOFT_CAST_H
#define ZG_SOFT_CAST_H

#include "postgres.h"

typedef struct ZgSoftCast ZgSoftCast;

/* Prepare explicit casts to a type; palloc'd in the current context. */
extern ZgSoftCast *zg_soft_cast_prepare(Oid type, int32 typmod);

/*
 * Cast a text; false = it does not fit.  The value is palloc'd in the current
 * context.  Runs in a subtransaction, which parallel workers forbid; to a text
 * without a length nothing has to be run.
 */
extern bool zg_soft_cast(ZgSoftCast *cast, text *value, Datum *result, bool *isnull);

#endif							/* ZG_SOFT_CAST_H */
