/*-------------------------------------------------------------------------
 *
 * new_pages.h
 *	  Appending whole pages to a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_NEW_PAGES_H
#define ZG_NEW_PAGES_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/relcache.h"

typedef struct ZgNewPages ZgNewPages;

/* Can the table be written so?  If not, rows go one by one. */
extern bool zg_new_pages_suit(Relation rel);

/*
 * Begin to append to a table, which the caller has locked as for INSERT;
 * maxpages are kept before they are written.  Palloc'd in the current context.
 */
extern ZgNewPages *zg_new_pages_begin(Relation rel, int maxpages);

/*
 * Append a row, which is copied.  false = it has values to be stored outside
 * of its page, and the caller has to insert it.  It has no place until it is
 * written.
 */
extern bool zg_new_pages_add(ZgNewPages *pages, HeapTuple tuple);

/* Write all rows; later commands see them. */
extern void zg_new_pages_write(ZgNewPages *pages);

/* Write all rows and free everything. */
extern void zg_new_pages_end(ZgNewPages *pages);

#endif							/* ZG_NEW_PAGES_H */
