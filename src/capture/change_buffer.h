/*-------------------------------------------------------------------------
 *
 * change_buffer.h
 *	  Changes of silver that the transaction has made and not written down yet.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_CHANGE_BUFFER_H
#define ZG_CHANGE_BUFFER_H

#include "postgres.h"

#include "access/htup.h"
#include "silver/silver.h"
#include "utils/date.h"

/* Have the buffer written in time; once, when the library is loaded. */
extern void zg_change_buffer_init(void);

/*
 * Begin a statement's changes of a relation.  Returns the pending table, which is
 * locked now; errors when it cannot be written.
 */
extern Oid	zg_change_statement(const ZgSilver *silver);

/*
 * Add a row that came or went: a tuple of the pending table's kind, in which of
 * the table's own columns only "extra" and "layout" are set.  It is copied.
 */
extern void zg_change_add_row(const ZgSilver *silver, char op, HeapTuple row);

/* Add a touched day and a key, or NULL. */
extern void zg_change_touch(const ZgSilver *silver, char op, DateADT day, const text *key);

/* Note that all rows of a relation went of which no rows are kept. */
extern void zg_change_truncate(const ZgSilver *silver);

extern void zg_change_statement_ends(void);

/* Write what is not written yet. */
extern void zg_change_buffer_write(void);

#endif							/* ZG_CHANGE_BUFFER_H */
