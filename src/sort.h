/*-------------------------------------------------------------------------
 *
 * sort.h
 *	  Sorting 64-bit hashes.
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

#endif							/* ZG_SORT_H */
