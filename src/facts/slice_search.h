/*-------------------------------------------------------------------------
 *
 * slice_search.h
 *	  On which days keys of a relation are, as its slices know.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_SLICE_SEARCH_H
#define ZG_SLICE_SEARCH_H

#include "silver/silver.h"
#include "utils/date.h"

typedef void (*ZgDayHandler) (DateADT day, void *arg);

/*
 * Call the handler with each day on which the state has one of the keys, given
 * by hash; sorts the hashes.  Reads eight bytes per key of the relation.
 */
extern void zg_slices_find(ZgRun *run, const ZgSilver *silver, uint64 *hashes, int n,
						   ZgDayHandler handler, void *arg);

/*
 * The same for days whose rows refer to one of some meetings.  False, and
 * nothing is called, when the state does not know of every day, or when silver
 * tells as cheaply.
 */
extern bool zg_slices_find_referring(ZgRun *run, const ZgSilver *silver, uint64 *hashes, int n,
									 ZgDayHandler handler, void *arg);

/* Does the state keep to which meetings the rows of a day refer? */
extern bool zg_slices_keep_meetings(ZgRun *run, const ZgSilver *silver);

/*
 * Where rows with some keys can be, as SQL over alias s that a partitioned
 * relation is pruned by; NULL = anywhere, or it would not help.  All changes
 * must have been captured; "days" are those of changes that are not marked yet.
 */
extern const char *zg_slices_restriction(ZgRun *run, const ZgSilver *silver, const Datum *keys, int n,
										 const DateADT *days, int ndays);

#endif							/* ZG_SLICE_SEARCH_H */
