/*-------------------------------------------------------------------------
 *
 * sort.c
 *	  Sorting and comparing 64-bit numbers.
 *
 * Hashes are spread evenly, so that a pass that deals them into buckets by
 * their upper bits leaves few in each; where there are still many, their next
 * bits deal them again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/sort.h"
#include "port/pg_bitutils.h"

#define ST_SORT sort_uint64
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* into so many buckets at once: more would not stay in the processor's cache */
#define MAX_BUCKET_BITS 11

/* below this many an ordinary sort is as fast */
#define MIN_DEALT 64

/* Sort hashes whose first bits are the same; scratch has room for n. */
static void
sort_by_radix(uint64 *hashes, uint64 *scratch, int64 n, int bits_done)
{
	int64		starts[(1 << MAX_BUCKET_BITS) + 1];
	int64		next[1 << MAX_BUCKET_BITS];
	int			bits = Min(pg_leftmost_one_pos64(n | 4) - 2, MAX_BUCKET_BITS);
	int			nbuckets = 1 << bits;
	int			shift = 64 - bits_done - bits;

	if (n < MIN_DEALT || shift < 0)
	{
		sort_uint64(hashes, n);
		return;
	}
	memset(starts, 0, (nbuckets + 1) * sizeof(int64));
	for (int64 i = 0; i < n; i++)
		starts[(hashes[i] >> shift & (nbuckets - 1)) + 1]++;
	for (int b = 0; b < nbuckets; b++)
	{
		starts[b + 1] += starts[b];
		next[b] = starts[b];
	}
	for (int64 i = 0; i < n; i++)
		scratch[next[hashes[i] >> shift & (nbuckets - 1)]++] = hashes[i];
	memcpy(hashes, scratch, n * sizeof(uint64));
	for (int b = 0; b < nbuckets; b++)
		if (starts[b + 1] - starts[b] > 1)
			sort_by_radix(hashes + starts[b], scratch, starts[b + 1] - starts[b], bits_done + bits);
}

void
zg_sort_hashes(uint64 *hashes, int64 n)
{
	uint64	   *scratch = MemoryContextAllocHuge(CurrentMemoryContext, Max(n, 1) * sizeof(uint64));

	sort_by_radix(hashes, scratch, n, 0);
	pfree(scratch);
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

void
zg_hashes_add(ZgHashes *hashes, MemoryContext context, uint64 hash)
{
	zg_make_room(context, hashes->values, hashes->n, hashes->max);
	hashes->values[hashes->n++] = hash;
}

void
zg_hashes_settle(ZgHashes *hashes)
{
	zg_sort_hashes(hashes->values, hashes->n);
	hashes->n = zg_unique_hashes(hashes->values, hashes->n);
}
