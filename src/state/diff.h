/*-------------------------------------------------------------------------
 *
 * diff.h
 *	  Bringing part of a gold table to a wanted set of rows by writing only
 *	  the difference.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_DIFF_H
#define ZG_DIFF_H

#include "state/run.h"
#include "storage/itemptr.h"

#define ZG_MAX_COLUMNS 12

/*
 * A gold table as a multiset of rows.  The columns listed are all business
 * columns and source_system; load_date and update_date are the diff's own.
 */
typedef struct ZgTarget
{
	const char *schema;
	const char *table;
	bool		undated;		/* a state table: no load_date, update_date */
	int			ncolumns;
	const char *columns[ZG_MAX_COLUMNS];
	int			nown;			/* columns that users added and the engine
								 * fills, behind these */
	const char *const *own_columns;
	uint32		pair_columns;	/* bit i: column i is part of what makes a
								 * changed row the same row */
	uint32		unique_columns; /* columns whose unique values may move
								 * between rows: where they change, all rows
								 * are taken out before any goes in */
} ZgTarget;

typedef struct ZgDiff ZgDiff;

/* Does a target hold nothing, or has it no table?  Then rows go straight. */
extern bool zg_target_is_empty(ZgRun *run, const ZgTarget *target);

/*
 * Begin: reads the present rows that satisfy the restriction (SQL over the
 * table's columns with parameters $1...; NULL = the part is known to be empty
 * and rows are written straight through).
 */
extern ZgDiff *zg_diff_begin(ZgRun *run, const ZgTarget *target,
							 const char *restriction, int nargs,
							 const Oid *argtypes, const Datum *values);

/*
 * Begin with present rows that the caller has read: zg_diff_present tells of
 * each, before the first wanted one.
 */
extern ZgDiff *zg_diff_begin_read(ZgRun *run, const ZgTarget *target);
extern void zg_diff_present(ZgDiff *diff, ItemPointer tid, const Datum *values, const bool *nulls);

/*
 * Is each wanted row written at once?  Then defaults and constraints of the
 * table are computed where the row is, which parallel workers may forbid.
 */
extern bool zg_diff_is_straight(const ZgDiff *diff);

/*
 * One wanted row.  Values are copied as needed.  Returns whether the row was not
 * there; never when rows are written at once.
 */
extern bool zg_diff_row(ZgDiff *diff, const Datum *values, const bool *nulls);

/* One value of a wanted row: a text, NULL = the column is NULL. */
static inline void
zg_put_text(Datum *values, bool *nulls, int i, const text *value)
{
	values[i] = PointerGetDatum(value);
	nulls[i] = value == NULL;
}

/*
 * Write the difference: rows present as often as wanted stay untouched; a
 * leftover that pairs with a wanted row on the pair columns is updated in
 * place (load_date stays); the rest is deleted, unless keep says to keep it
 * (NULL = keep nothing), and inserted.  Deletes come before inserts.  Adds to
 * counts.  Frees the diff.
 */
typedef bool (*ZgKeepRow) (const Datum *values, const bool *nulls, void *arg);
extern void zg_diff_end(ZgDiff *diff, ZgKeepRow keep, void *keep_arg, ZgCounts *counts);

#endif							/* ZG_DIFF_H */
