/*-------------------------------------------------------------------------
 *
 * capture_map.h
 *	  How the rows of one silver table become pending rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_CAPTURE_MAP_H
#define ZG_CAPTURE_MAP_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "silver/own_column.h"
#include "utils/relcache.h"

/* one column of a pending table, and how it is made from a silver row */
typedef struct ZgCapturedColumn
{
	AttrNumber	target;
	ExprState  *expr;
} ZgCapturedColumn;

typedef struct ZgCaptureMap
{
	const ZgSilver *silver;
	bool		retired;		/* another table has taken its place: nothing
								 * to note */
	/* where rows are kept: */
	int			ncolumns;
	ZgCapturedColumn *columns;
	ZgOwnKeeper *extra;			/* of the other columns, or NULL */
	Datum		layout;			/* of the same, of users; 0 = none */
	/* elsewhere: */
	ExprState  *key;			/* as text */
	ExprState  *event;			/* date or timestamptz */
	bool		event_is_date;
	bool		neutral;		/* evaluate under zg_neutral_enter */
} ZgCaptureMap;

/*
 * The map from a silver table to a pending table, both of which are locked;
 * it stays as it is during the statement.  The expressions read a slot of the
 * silver table's kind as the scan tuple.  Errors when silver lacks a column
 * of the contract or its type cannot be read as the contract's.
 */
extern const ZgCaptureMap *zg_capture_map(Relation rel, const ZgSilver *silver,
										  Relation pending);

#endif							/* ZG_CAPTURE_MAP_H */
