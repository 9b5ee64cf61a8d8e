/*-------------------------------------------------------------------------
 *
 * row_print.h
 *	  A print by which a silver row is known again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_ROW_PRINT_H
#define ZG_ROW_PRINT_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "silver/silver.h"

/* how the rows of a tuple descriptor are printed */
typedef struct ZgRowPrint ZgRowPrint;

/*
 * Find the columns, by name from an attribute number on; palloc'd in the
 * current context.
 */
extern ZgRowPrint *zg_row_print_prepare(const ZgSilver *silver, TupleDesc desc, AttrNumber first);

/* Does printing run no code of others, so that it cannot fail? */
extern bool zg_row_print_is_plain(const ZgRowPrint *print);

/* Do settings such as DateStyle matter? */
extern bool zg_row_print_heeds_settings(const ZgRowPrint *print);

/* The print of a row; may leave something behind in the current context. */
extern uint64 zg_row_print(const ZgRowPrint *print, const Datum *values, const bool *nulls);

/* The columns that it is of, as they are; alias s. */
extern char *zg_row_print_columns(ZgRun *run, const ZgSilver *silver);

#endif							/* ZG_ROW_PRINT_H */
