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
#include "silver/row_print.h"
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
	TupleTableSlot *slot;		/* for a row of silver */
	ExprContext *econtext;		/* in which the expressions read it */
	bool		neutral;		/* evaluate under zg_neutral_enter */
	bool		plain;			/* no code of others runs: nothing can fail */
	ZgRowPrint *print;			/* by which rows are known again, not of users
								 * and tickets */
	/* where rows are kept: */
	TupleDesc	desc;			/* of the pending table */
	Datum	   *values;			/* for a row of it */
	bool	   *nulls;
	int			ncolumns;
	ZgCapturedColumn *columns;
	ZgOwnKeeper *extra;			/* of the other columns, or NULL */
	AttrNumber	extra_target;
	Datum		layout;			/* of the same, of users; 0 = none */
	AttrNumber	layout_target;	/* 0 = there is none yet */
	/* elsewhere: */
	ExprState  *key;			/* as text */
	ExprState  *event;			/* date or timestamptz */
	bool		event_is_date;
	/* of events that recur; NULL = not asked for, or no such column: */
	ExprState  *end;
	ExprState  *topic;
	ExprState  *minutes;
	ExprState  *updated;
	ExprState  *loaded;
} ZgCaptureMap;

/*
 * The map from a silver table to a pending table, both of which are locked;
 * it stays as it is during the statement.  Errors when silver lacks a column
 * of the contract or its type cannot be read as the contract's.
 */
extern ZgCaptureMap *zg_capture_map(Relation rel, const ZgSilver *silver, Oid pending);

/* Is there such a map already, and can nothing fail that is done with it? */
extern bool zg_capture_is_plain(Relation rel, const ZgSilver *silver, Oid pending);

#endif							/* ZG_CAPTURE_MAP_H */
