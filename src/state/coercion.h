/*-------------------------------------------------------------------------
 *
 * coercion.h
 *	  From the types of the gold model to those that a table of gold has by
 *	  now, as an INSERT would.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_COERCION_H
#define ZG_COERCION_H

#include "postgres.h"

#include "access/attnum.h"
#include "utils/rel.h"

typedef struct ZgCoercion ZgCoercion;

/*
 * Prepare to write values of the model's types to some columns of a table,
 * which the caller has locked; NULL when these are the columns' types.
 * Columns that the model does not have take what the caller has as it is.
 * Palloc'd in the current context.  Errors: a column whose type does not take
 * the model's values (ERRCODE_DATATYPE_MISMATCH).
 */
extern ZgCoercion *zg_coercion_create(Relation rel, const AttrNumber *attnums, int ncolumns);

/*
 * Make values fit the columns from "first" on.  They are replaced in place and
 * live until the next call that starts with column 0.  A NULL coercion does
 * nothing.
 */
extern void zg_coerce(ZgCoercion *coercion, int first, int n, Datum *values, bool *nulls);

/* The type of the model's values of a column; InvalidOid = as the column's. */
extern Oid	zg_coercion_type(const ZgCoercion *coercion, int column);

extern void zg_coercion_free(ZgCoercion *coercion);

#endif							/* ZG_COERCION_H */
