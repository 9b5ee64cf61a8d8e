/*-------------------------------------------------------------------------
 *
 * key_variant.h
 *	  Keys whose stored form differs from the normal one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_KEY_VARIANT_H
#define ZG_KEY_VARIANT_H

#include "silver/idlist.h"
#include "silver/silver.h"

/* Remember how a key is stored when that is not its normal form. */
extern void zg_key_variant_note(ZgRun *run, const ZgSilver *silver, int column,
								const text *raw, const text *key);

/* Write what was noted since; called at the end of a step. */
extern void zg_key_variants_save(ZgRun *run);

/*
 * SQL of a text[] with keys (SQL of a text[] of normal keys) and all their
 * other spellings in a column of a relation.
 */
extern char *zg_key_variants_sql(const ZgSilver *silver, int column, const char *keys);

/* Add the other spellings of the listed keys in a column to the list. */
extern void zg_key_variants_add(ZgRun *run, const ZgSilver *silver, int column,
								ZgIdList *ids);

#endif							/* ZG_KEY_VARIANT_H */
