/*-------------------------------------------------------------------------
 *
 * write_order.h
 *	  In which order the rows of silver were written that a run takes up.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_WRITE_ORDER_H
#define ZG_WRITE_ORDER_H

#include "postgres.h"

#include "silver/idlist.h"
#include "silver/silver.h"

/* when some rows, named by their prints, were written last */
typedef struct ZgWriteOrder ZgWriteOrder;

/* when a row was written; all zero = not known */
typedef struct ZgMoment
{
	int64		last_seq;		/* of the transaction */
	int64		seq;
	int32		n;				/* of the pending row */
	int32		place;			/* in it */
} ZgMoment;

/* Name a print; NULL begins an order, in the current memory context. */
extern ZgWriteOrder *zg_write_order_add(ZgWriteOrder *order, uint64 print);

/*
 * Find out when the rows with the prints named were written, rows of these keys.
 * The print of a ticket's row is its zg_row_stamped_hash(), of another its
 * zg_row_print().
 */
extern void zg_write_order_read(ZgWriteOrder *order, ZgRun *run, const ZgSilver *silver,
								ZgIdList *keys);

/* When the row with a print was written, one that was named. */
extern ZgMoment zg_write_order_find(const ZgWriteOrder *order, uint64 print);

extern int	zg_compare_moments(const ZgMoment *a, const ZgMoment *b);

#endif							/* ZG_WRITE_ORDER_H */
