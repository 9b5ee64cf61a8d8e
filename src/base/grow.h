/*-------------------------------------------------------------------------
 *
 * grow.h
 *	  Room for one more element in an array that grows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_GROW_H
#define ZG_GROW_H

#include "postgres.h"

#include "utils/memutils.h"

/* The array with room for so many bytes; NULL begins one in the context. */
static inline void *
zg_resize(MemoryContext context, void *array, Size size)
{
	return array == NULL ? MemoryContextAllocHuge(context, size) : repalloc_huge(array, size);
}

/*
 * The next larger number of elements to have room for, which a variable of a
 * width in bytes is to hold.
 */
static inline int64
zg_more_room(int64 max, Size width)
{
	if (width < sizeof(int64) && max > PG_INT32_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("cannot hold more than %lld items of one list in memory", (long long) max)));
	return Max(8, 2 * max);
}

/*
 * Room for element n of an array that has room for max: both are assigned
 * when the array grows.
 */
#define zg_make_room(context, array, n, max) \
	do { \
		if ((n) >= (max)) \
		{ \
			(max) = zg_more_room(max, sizeof(max)); \
			(array) = zg_resize(context, array, (Size) (max) * sizeof(*(array))); \
		} \
	} while (0)

/*
 * The same for an array that is NULL while n is 0 and of whose room nothing is
 * kept: it is the least power of two that holds the n elements.
 */
#define zg_make_lean_room(context, array, n) \
	do { \
		if (((n) & ((n) - 1)) == 0) \
			(array) = zg_resize(context, array, Max((Size) 2 * (n), 1) * sizeof(*(array))); \
	} while (0)

#endif							/* ZG_GROW_H */
