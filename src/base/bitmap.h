/*-------------------------------------------------------------------------
 *
 * bitmap.h
 *	  Sets of user ordinals: CRoaring bitmaps whose malloc'd memory belongs
 *	  to a memory context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_BITMAP_H
#define ZG_BITMAP_H

#include "postgres.h"

#include <roaring/roaring.h>

typedef struct ZgBitmap ZgBitmap;

/* A new empty set, freed when the current memory context is reset. */
extern ZgBitmap *zg_bitmap_create(void);

/* Free it before that. */
extern void zg_bitmap_free(ZgBitmap *bitmap);

/* The CRoaring object, for reading. */
extern const roaring_bitmap_t *zg_bitmap_roaring(ZgBitmap *bitmap);
extern void zg_bitmap_add(ZgBitmap *bitmap, uint32 ordinal);
extern bool zg_bitmap_contains(ZgBitmap *bitmap, uint32 ordinal);
extern uint64 zg_bitmap_count(ZgBitmap *bitmap);
extern uint32 *zg_bitmap_members(ZgBitmap *bitmap, uint64 *nmembers);
extern void zg_bitmap_or(ZgBitmap *into, ZgBitmap *other);
extern void zg_bitmap_and(ZgBitmap *into, ZgBitmap *other);
extern void zg_bitmap_andnot(ZgBitmap *into, ZgBitmap *other);

/* Of the numbers below a limit keep those that were not members. */
extern void zg_bitmap_complement(ZgBitmap *bitmap, uint32 limit);
extern uint64 zg_bitmap_and_count(ZgBitmap *a, ZgBitmap *b);

/*
 * To and from bytea (portable format, run-optimised, palloc'd).  Damaged
 * bytes: ERRCODE_DATA_CORRUPTED, never a crash.
 */
extern bytea *zg_bitmap_serialize(ZgBitmap *bitmap);
extern ZgBitmap *zg_bitmap_deserialize(const bytea *bytes);
extern void zg_bitmap_or_serialized(ZgBitmap *into, const bytea *bytes);

/* The same error for a set that was read, unless all members are below. */
extern void zg_bitmap_check_below(ZgBitmap *bitmap, uint32 limit);

#endif							/* ZG_BITMAP_H */
