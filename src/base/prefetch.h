/*-------------------------------------------------------------------------
 *
 * prefetch.h
 *	  Fetching memory into the processor's cache ahead of its use.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_PREFETCH_H
#define ZG_PREFETCH_H

#include "postgres.h"

/* of all processors that PostgreSQL is commonly run on */
#define ZG_CACHE_LINE 64

/* Ask for the cache lines of an object; a hint, any address will do. */
static inline void
zg_prefetch(const void *object, Size size)
{
#if defined(__GNUC__) || defined(__clang__)
	for (Size offset = 0; offset < size; offset += ZG_CACHE_LINE)
		__builtin_prefetch((const char *) object + offset);
#endif
}

#endif							/* ZG_PREFETCH_H */
