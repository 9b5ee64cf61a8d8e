/*-------------------------------------------------------------------------
 *
 * arena.h
 *	  Many small pieces of memory that are freed together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_ARENA_H
#define ZG_ARENA_H

#include "postgres.h"

/*
 * palloc rounds up to powers of two and keeps a header per piece; where there
 * are millions of them, that is half of the memory.
 */
typedef struct ZgArena
{
	MemoryContext context;		/* frees all of it */
	char	   *place;			/* where the next piece goes */
	Size		left;			/* room there */
} ZgArena;

/* A piece of memory, not zeroed, aligned as palloc's. */
extern void *zg_arena_alloc(ZgArena *arena, Size size);

#endif							/* ZG_ARENA_H */
