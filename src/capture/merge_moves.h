/*-------------------------------------------------------------------------
 *
 * merge_moves.h
 *	  Rows that MERGE moves to another partition.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_MERGE_MOVES_H
#define ZG_MERGE_MOVES_H

/* Have them captured; once, when the library is loaded. */
extern void zg_merge_moves_init(void);

#endif							/* ZG_MERGE_MOVES_H */
