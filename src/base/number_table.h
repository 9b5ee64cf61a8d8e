/*-------------------------------------------------------------------------
 *
 * number_table.h
 *	  A hash table of one file, keyed by a number of 32 bits: simplehash, of
 *	  which SH_PREFIX, SH_ELEMENT_TYPE, SH_KEY_TYPE and SH_KEY are defined
 *	  before.  May be included several times.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"

#ifdef SH_PREFIX
#define SH_HASH_KEY(tb, key) murmurhash32(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"
#endif
