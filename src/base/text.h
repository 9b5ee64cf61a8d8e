/*-------------------------------------------------------------------------
 *
 * text.h
 *	  Text: normal form, comparison, hashes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TEXT_H
#define ZG_TEXT_H

#include "postgres.h"

#include "base/compat.h"

/*
 * Trim, collapse inner white space to one blank; NULL when nothing is left.
 * Returns the argument itself when it is normal already, else a palloc'd
 * text.  White space is that of Unicode in UTF-8 databases, else of ASCII.
 */
extern text *zg_text_normalize(text *raw);

/* Lower-case an e-mail address; may return the argument. */
extern text *zg_text_lower(text *raw);

/* Is it an address: one @, something before it, an inner dot after it? */
extern bool zg_text_is_email(const text *email);

/* The listed spelling that equals a value but for the case of ASCII letters, or NULL. */
extern const char *zg_text_spelling(const text *value, const char *const *known);

/* Are two values the same but for the case of ASCII letters? */
extern bool zg_text_same_word(const text *a, const text *b);
extern bool zg_text_equal(const text *a, const text *b);

/* Byte order, that of collation C; NULL sorts first. */
extern int	zg_text_compare(const text *a, const text *b);

/* An unaligned-safe palloc'd copy with a four-byte header. */
extern text *zg_text_copy(const text *value);

/* The same into a place that has room for VARHDRSZ + VARSIZE_ANY_EXHDR. */
extern void zg_text_copy_to(text *place, const text *value);

/* The short hash is the lower half of the long one. */
extern uint32 zg_text_hash(const text *value);
extern uint64 zg_text_hash64(const text *value);

#endif							/* ZG_TEXT_H */
