/*-------------------------------------------------------------------------
 *
 * arena.c
 *	  Many small pieces of memory that are freed together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arena.h"
#include "utils/memutils.h"

#define BLOCK_BYTES (64 * 1024)

/* pieces larger than this get memory of their own */
#define MAX_PIECE_BYTES (BLOCK_BYTES / 16)

void *
zg_arena_alloc(ZgArena *arena, Size size)
{
	char	   *piece;

	size = MAXALIGN(size);
	if (size > MAX_PIECE_BYTES)
		return MemoryContextAlloc(arena->context, size);
	if (size > arena->left)
	{
		arena->place = MemoryContextAlloc(arena->context, BLOCK_BYTES);
		arena->left = BLOCK_BYTES;
	}
	piece = arena->place;
	arena->place += size;
	arena->left -= size;
	return piece;
}
