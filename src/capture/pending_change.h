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

#include "access/htup.h"
#include "silver/silver.h"
#include "utils/relcache.h"

/* a pending table's own columns; all others hold a column of silver */
typedef enum ZgPendingColumn
{
	ZG_PENDING_SEQ,
	ZG_PENDING_N,
	ZG_PENDING_TX,
	ZG_PENDING_OP,
	ZG_PENDING_CAPTURED_AT,
	ZG_PENDING_EXTRA,
	ZG_PENDING_LAYOUT,
	ZG_PENDING_RELATION,
	ZG_PENDING_SLICE_N,
	ZG_PENDING_DAYS,
	ZG_PENDING_KEYS,
	ZG_PENDING_PRINTS
} ZgPendingColumn;

#define ZG_PENDING_COLUMN_COUNT (ZG_PENDING_PRINTS + 1)

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
 * The number of one of the table's own columns; 0 when it has none yet that a
 * later version adds.  Errors when it should have it.
 */
extern AttrNumber zg_pending_column(Relation rel, ZgPendingColumn column);

/*
 * Its oid, locked against all but writers and readers; privileges do not
 * matter.  When it is missing one is InvalidOid, the other errors.
 */
extern Oid	zg_pending_find(const ZgSilver *silver);
extern Oid	zg_pending_lock(const ZgSilver *silver);

/* Is it as setup() made it, so that writing to it cannot fail? */
extern bool zg_pending_is_plain(Relation rel, const ZgSilver *silver);

/*
 * The next number in the order of capture, and that of the transaction, which
 * is the first that it drew.
 */
extern int64 zg_pending_number(int64 *tx);

/* Begin writing rows of that number, as a command of the transaction. */
extern ZgPending *zg_pending_open(Oid table, int64 seq, int64 tx, CommandId command);

/*
 * Set all columns but the table's own, "extra" and "layout" as well, or one of
 * its own; they stay set until the row is written.  By reference ones must live
 * until then.
 */
extern void zg_pending_set_row(ZgPending *pending, HeapTuple row);
extern void zg_pending_set(ZgPending *pending, ZgPendingColumn column,
						   Datum value);

/* Number what is written from now on otherwise. */
extern void zg_pending_renumber(ZgPending *pending, int64 seq);

/* Write one row, now or later; the values are copied, and forgotten. */
extern void zg_pending_write(ZgPending *pending);
extern void zg_pending_close(ZgPending *pending);

#endif							/* ZG_PENDING_CHANGE_H */
