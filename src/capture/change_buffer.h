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

/* The pending table of a relation, which is locked now; InvalidOid = there is none. */
extern Oid	zg_change_table(const ZgSilver *silver);

/* Begin a statement's changes; returns the pending table, errors when there is none. */
extern Oid	zg_change_statement(const ZgSilver *silver);

/*
 * Add a row that came or went: a tuple of the pending table's kind, in which of
 * the table's own columns only "extra" and "layout" are set.  It is copied.
 */
extern void zg_change_add_row(const ZgSilver *silver, char op, HeapTuple row);

/* Add a touched day, a key and the print of a row, or NULL. */
extern void zg_change_touch(const ZgSilver *silver, char op, DateADT day, const text *key,
							const uint64 *print);

/* Note that all rows of a relation went of which no rows are kept. */
extern void zg_change_truncate(const ZgSilver *silver);

extern void zg_change_statement_ends(void);

/*
 * Let changes of a relation through that cannot be captured, with a warning: a
 * mark has the next refresh compare the relation in full.  Raises the error that
 * was in the way when a mark is no help: out of disk, cancelled.
 */
extern void zg_change_missed(const ZgSilver *silver, ErrorData *why);

/* Write what is not written yet; what cannot be written is missed. */
extern void zg_change_buffer_write(void);

#endif							/* ZG_CHANGE_BUFFER_H */
