/*-------------------------------------------------------------------------
 *
 * day_key.h
 *	  Keys and days of the rows of a silver relation, and nothing else of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_DAY_KEY_H
#define ZG_DAY_KEY_H

#include "silver/silver.h"

/*
 * What is done with a row: its day, and its key as stored and in its normal
 * form, which live during the call; both are NULL for a row without one.
 */
typedef void (*ZgDayKeyHandler) (DateADT day, text *raw, text *key, void *arg);

/* Read the rows of a restriction, SQL over alias s. */
extern void zg_silver_read_keys(ZgRun *run, const ZgSilver *silver, const char *where,
								ZgDayKeyHandler handler, void *arg);

#endif							/* ZG_DAY_KEY_H */
