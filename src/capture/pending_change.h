/*-------------------------------------------------------------------------
 *
 * pending_change.h
 *	  Writing the pending tables: what silver changed and no refresh has
 *	  consumed yet.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_PENDING_CHANGE_H
#define ZG_PENDING_CHANGE_H

#include "postgres.h"

#include "silver/silver.h"
#include "utils/relcache.h"

/* a pending table's own columns; all others hold a column of silver */
typedef enum ZgPendingColumn
{
	ZG_PENDING_SEQ,
	ZG_PENDING_N,
	ZG_PENDING_TX,
	ZG_PENDING_XID,
	ZG_PENDING_OP,
	ZG_PENDING_CAPTURED_AT,
	ZG_PENDING_EXTRA,
	ZG_PENDING_LAYOUT,
	ZG_PENDING_RELATION,
	ZG_PENDING_DAYS,
	ZG_PENDING_KEYS
} ZgPendingColumn;

#define ZG_PENDING_COLUMN_COUNT (ZG_PENDING_KEYS + 1)

typedef struct ZgPending ZgPending;

/*
 * Whether every row of the relation is kept (users and tickets), and not only
 * its day and its key.
 */
extern bool zg_pending_keeps_rows(const ZgSilver *silver);

/* Whether a pending table's column of that name is its own. */
extern bool zg_pending_owns(const char *column);

/* The pending table of a relation. */
extern const char *zg_pending_name(const ZgSilver *silver);

/*
 * Begin the pending rows of one statement: draws its number and looks at the
 * clock.  Errors when the table or the sequence is missing.
 */
extern ZgPending *zg_pending_open(const ZgSilver *silver);
extern Relation zg_pending_table(ZgPending *pending);

/* Expect very many rows. */
extern void zg_pending_expect_many(ZgPending *pending);

/*
 * Values stay set from row to row.  By reference ones must live until the
 * row is written.
 */
extern void zg_pending_set(ZgPending *pending, ZgPendingColumn column,
						   Datum value);
extern void zg_pending_set_attribute(ZgPending *pending, AttrNumber attnum,
									 Datum value, bool isnull);
extern void zg_pending_write(ZgPending *pending, char op);
extern void zg_pending_close(ZgPending *pending);

#endif							/* ZG_PENDING_CHANGE_H */
