/*-------------------------------------------------------------------------
 *
 * own_column.h
 *	  Columns of silver relations beyond the contract, and keeping them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_OWN_COLUMN_H
#define ZG_OWN_COLUMN_H

#include "access/tupdesc.h"
#include "silver/silver.h"

/* a column that users added */
typedef struct ZgOwnColumn
{
	char	   *name;
	AttrNumber	attnum;
	Oid			type;
	int32		typmod;
} ZgOwnColumn;

/*
 * The columns of a row type beyond the contract of a relation, as they stand;
 * n tells how many.  Dropped ones, and those that no trigger sees, are none.
 */
extern ZgOwnColumn *zg_own_columns(TupleDesc desc, const ZgSilver *silver, int *n);

/* The same of a silver relation. */
extern ZgOwnColumn *zg_silver_own_columns(ZgRun *run, const ZgSilver *silver, int *n);

/* How rows of one type are kept; all that it refers to is palloc'd. */
typedef struct ZgOwnKeeper ZgOwnKeeper;

/* NULL = there are no columns beyond the contract. */
extern ZgOwnKeeper *zg_own_keeper(TupleDesc desc, const ZgSilver *silver);

/* Are they of types of PostgreSQL alone, whose output does not fail? */
extern bool zg_own_keeper_is_plain(const ZgOwnKeeper *keeper);

/*
 * The columns beyond the contract of a row as jsonb: each a scalar whose text
 * is that of the value, so that a cast gives it back.  To be called under
 * neutral settings.  It does not fail: a value for which jsonb has no room is
 * left out, as if the row did not have the column.
 */
extern Datum zg_own_keep(ZgOwnKeeper *keeper, const Datum *values, const bool *nulls);

/*
 * The columns beyond the contract by their numbers in the relation itself, as
 * jsonb: {"relation": oid, "columns": {"region": 7}}.  The row type may be that of a partition.  What means a deletion is left out:
 * it does so by its name.
 */
extern Datum zg_own_layout(TupleDesc desc, const ZgSilver *silver, Oid relation);

/* SQL of zg_own_keep for a row of a relation, alias s. */
extern char *zg_own_expression(ZgRun *run, const ZgSilver *silver);

#endif							/* ZG_OWN_COLUMN_H */
