/*-------------------------------------------------------------------------
 *
 * query.h
 *	  Reading and writing through the executor, under the run's snapshot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_QUERY_H
#define ZG_QUERY_H

#include "executor/tuptable.h"
#include "state/run.h"

/* called once per row; the slot is valid only during the call */
typedef void (*ZgRowCallback) (TupleTableSlot *slot, void *arg);

/* the same, returning whether it wants more rows */
typedef bool (*ZgRowFilter) (TupleTableSlot *slot, void *arg);

/*
 * Run a SELECT under the run's snapshot advanced to the current command, so
 * that it sees what the run itself has written, and hand every row to the
 * callback.  Returns the number of rows.  The callback runs in the memory
 * context that was current at the call and may itself query.
 */
extern uint64 zg_query(ZgRun *run, const char *sql, int nargs,
					   const Oid *argtypes, const Datum *values,
					   ZgRowCallback callback, void *arg);

/* As zg_query, until the callback returns false. */
extern uint64 zg_query_until(ZgRun *run, const char *sql, int nargs,
							 const Oid *argtypes, const Datum *values,
							 ZgRowFilter callback, void *arg);

/* Does a query find a row?  It needs no columns and no LIMIT. */
extern bool zg_query_finds(ZgRun *run, const char *sql, int nargs,
						   const Oid *argtypes, const Datum *values);

/*
 * The only value of a query's first row, in the current context; where there is
 * no row or it is NULL, "otherwise".
 */
extern Datum zg_query_value(ZgRun *run, const char *sql, int nargs,
							const Oid *argtypes, const Datum *values, Datum otherwise);

/*
 * As zg_query, but as the run found things: what it has consumed since is
 * still there.
 */
extern uint64 zg_query_as_found(ZgRun *run, const char *sql, int nargs,
								const Oid *argtypes, const Datum *values,
								ZgRowCallback callback, void *arg);

/* As zg_query, for a callback that updates or deletes rows. */
extern uint64 zg_query_to_write(ZgRun *run, const char *sql, int nargs,
								const Oid *argtypes, const Datum *values,
								ZgRowCallback callback, void *arg);

/*
 * "= ZG_ANY($1)": one of an array's elements.  The planner does not look into
 * the array, so it neither spends time on each element nor prefers to read
 * the whole table to looking a few hundred keys up.
 */
#define ZG_ANY(parameter) "ANY (ARRAY (SELECT unnest(" #parameter ")))"

/*
 * Oid of a table of gold or gold_state; errors when setup() has to make it.
 * It is locked to the end of the transaction, so that what is found out about
 * it stays true.
 */
extern Oid	zg_table_oid(const char *schema, const char *table);

/* Run a statement that writes; returns the number of rows it touched. */
extern uint64 zg_execute(const char *sql, int nargs, const Oid *argtypes,
						 const Datum *values, const char *nulls);

/*
 * Gather rough statistics of some columns (SQL list) of a table that was
 * filled just now, so that what reads it is planned for what it holds.
 * Autovacuum still finds the table to be analyzed as a whole.
 */
extern void zg_analyze(const char *schema, const char *table, const char *columns);

#endif							/* ZG_QUERY_H */
