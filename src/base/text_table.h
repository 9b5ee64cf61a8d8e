/*-------------------------------------------------------------------------
 *
 * text_table.h
 *	  A hash table of one file, keyed by text: simplehash, of which SH_PREFIX,
 *	  SH_ELEMENT_TYPE and SH_KEY are defined before.  Elements have a member
 *	  "hash".  May be included several times.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"

#ifdef SH_PREFIX
#ifndef SH_KEY_TYPE
#define SH_KEY_TYPE text *
#endif
#define SH_HASH_KEY(tb, key) zg_text_hash(key)
#define SH_EQUAL(tb, a, b) zg_text_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"
#endif
