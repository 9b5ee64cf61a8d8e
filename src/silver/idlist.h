/*-------------------------------------------------------------------------
 *
 * idlist.h
 *	  Lists of distinct ids, to look them up all at once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_IDLIST_H
#define ZG_IDLIST_H

#include "silver/silver.h"

typedef struct ZgIdList ZgIdList;

extern ZgIdList *zg_idlist_create(void);

/* Add an id unless it is there; it is copied. */
extern void zg_idlist_add(ZgIdList *list, const text *id);

/*
 * Add the ids that a column of a relation's rows holds, as stored and in
 * their normal form.
 */
extern void zg_idlist_read(ZgRun *run, ZgIdList *list, const ZgSilver *silver,
						   int column, const char *where);

extern bool zg_idlist_is_empty(const ZgIdList *list);

/* The ids as text[]. */
extern Datum zg_idlist_array(ZgIdList *list);

/*
 * The ids that somebody does not have, palloc'd; returns how many there are.
 */
extern int	zg_idlist_lacking(ZgIdList *list, bool (*has) (const text *id, void *arg), void *arg,
							  Datum **lacking);

#endif							/* ZG_IDLIST_H */
