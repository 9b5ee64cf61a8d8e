/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Where the rows of a table lie: in itself, or in its partitions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_STORE_H
#define ZG_STORE_H

#include "postgres.h"

#include "state/writer.h"

typedef struct ZgStore ZgStore;

/*
 * Open a plain or a partitioned table for writing by the named columns.  Of a
 * partitioned one each partition is opened when a row of it is written, so that
 * those in which nothing changes may be of any kind.  Values come as the columns
 * hold them, see zg_store_coercion.  Palloc'd in the current context.  Errors: as
 * zg_writer_open, when a table is opened.
 */
extern ZgStore *zg_store_open(Oid relid, const char *const *columns, int ncolumns);

/* The table is about to be filled, see zg_writer_fill. */
extern void zg_store_fill(ZgStore *store);

/* What makes the model's values fit the columns, or NULL. */
extern ZgCoercion *zg_store_coercion(ZgStore *store);

/* The writer of the table itself or of a partition, "leaf", that has a row. */
extern ZgWriter *zg_store_leaf(ZgStore *store, Oid leaf);

/*
 * The writer of the table in which a new row belongs.  Errors: when no
 * partition takes it (ERRCODE_CHECK_VIOLATION).
 */
extern ZgWriter *zg_store_place(ZgStore *store, const Datum *values, const bool *nulls);

/* Write what is pending and free everything; the tables stay locked. */
extern void zg_store_close(ZgStore *store);

#endif							/* ZG_STORE_H */
