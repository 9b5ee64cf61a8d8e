/*-------------------------------------------------------------------------
 *
 * sort.c
 *	  Sorting and comparing 64-bit numbers.
 *
 * Hashes are spread evenly, so that one pass that deals them into buckets by
 * their upper bits leaves buckets small enough for the processor's cache,
 * which an ordinary sort then finishes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "sort.h"

#define ST_SORT sort_uint64
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define BUCKET_BITS 11
#define NBUCKETS (1 << BUCKET_BITS)

/* below this many an ordinary sort is as fast */
#define MIN_RADIX 4096

void
zg_sort_hashes(uint64 *hashes, int64 n)
{
	int64		starts[NBUCKETS + 1] = {0};
	int64		next[NBUCKETS];
	uint64	   *dealt;

	if (n < MIN_RADIX)
	{
		sort_uint64(hashes, n);
		return;
	}
	for (int64 i = 0; i < n; i++)
		starts[(hashes[i] >> (64 - BUCKET_BITS)) + 1]++;
	for (int b = 0; b < NBUCKETS; b++)
		starts[b + 1] += starts[b];
	memcpy(next, starts, sizeof(next));
	dealt = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(uint64));
	for (int64 i = 0; i < n; i++)
		dealt[next[hashes[i] >> (64 - BUCKET_BITS)]++] = hashes[i];
	for (int b = 0; b < NBUCKETS; b++)
		if (starts[b + 1] - starts[b] > 1)
			sort_uint64(dealt + starts[b], starts[b + 1] - starts[b]);
	memcpy(hashes, dealt, n * sizeof(uint64));
	pfree(dealt);
}

int64
zg_unique_hashes(uint64 *hashes, int64 n)
{
	int64		kept = 0;

	for (int64 i = 0; i < n; i++)
		if (kept == 0 || hashes[i] != hashes[kept - 1])
			hashes[kept++] = hashes[i];
	return kept;
}

bool
zg_hashes_contain(const uint64 *hashes, int64 n, uint64 hash)
{
	int64		low = 0;
	int64		high = n;

	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && hashes[low] == hash;
}
