/*-------------------------------------------------------------------------
 *
 * watch.h
 *	  Whether capture triggers see every change of a silver relation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_WATCH_H
#define ZG_WATCH_H

#include "postgres.h"

#include "utils/snapshot.h"

/* what the catalog says of a relation with all its partitions and children */
typedef struct ZgWatch
{
	char	   *fingerprint;	/* NULL = there is no such relation */
	const char *gap;			/* why triggers miss changes; NULL = they do
								 * not */
} ZgWatch;

/*
 * Look at a relation, in the catalog as the snapshot sees it: what is stored of
 * a refresh must speak of the tables that it has read, not of those that have
 * replaced them since.  The name is the contract's.
 */
extern ZgWatch zg_watch_relation(const char *name, Oid relid, Snapshot snapshot);

#endif							/* ZG_WATCH_H */
