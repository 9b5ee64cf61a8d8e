/*-------------------------------------------------------------------------
 *
 * sort.h
 *	  Sorting and comparing 64-bit numbers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_SORT_H
#define ZG_SORT_H

#include "postgres.h"

/* Sort hashes ascending, by radix: they are spread evenly. */
extern void zg_sort_hashes(uint64 *hashes, int64 n);

/* Remove repetitions from sorted hashes; returns how many remain. */
extern int64 zg_unique_hashes(uint64 *hashes, int64 n);

/* Is a hash among sorted ones? */
extern bool zg_hashes_contain(const uint64 *hashes, int64 n, uint64 hash);

/* Hashes that grow; zero to begin with. */
typedef struct ZgHashes
{
	uint64	   *values;
	int64		n;
	int64		max;
} ZgHashes;

extern void zg_hashes_add(ZgHashes *hashes, MemoryContext context, uint64 hash);

/* Sort them, each once. */
extern void zg_hashes_settle(ZgHashes *hashes);

static inline int
zg_compare_int64(int64 a, int64 b)
{
	return (a > b) - (a < b);
}

#endif							/* ZG_SORT_H */
