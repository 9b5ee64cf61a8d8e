/*-------------------------------------------------------------------------
 *
 * compare_piece.h
 *	  Comparing a relation with gold month by month.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_COMPARE_PIECE_H
#define ZG_COMPARE_PIECE_H

#include "silver/silver.h"

/* The pieces whose turn it is. */
typedef struct ZgPieces
{
	bool		whole;			/* that is all of them */
	int			n;
	DateADT    *from;			/* first day of each, and the first after it; */
	DateADT    *to;				/* infinite where it is open */
	TimestampTz next_at;		/* when the next piece's turn is */
} ZgPieces;

/* what is found in a piece */
typedef struct ZgPieceVisitor
{
	/* a day that silver or the state has rows on */
	void		(*day) (DateADT day, void *arg);
	/* a stored key that the state does not know on its day, or any */
	void		(*key) (text *raw, void *arg);
	bool		every_key;		/* wants all keys */
	void	   *arg;
} ZgPieceVisitor;

/*
 * The pieces of a relation with slices that are to be compared now, so that
 * each is within the span.
 */
extern ZgPieces *zg_pieces_due(ZgRun *run, const ZgSilver *silver, const Interval *span);

/*
 * Read the days and keys of the pieces, from silver and from the state.
 * Returns whether a day has lost a key.
 */
extern bool zg_pieces_read(ZgRun *run, const ZgSilver *silver, const ZgPieces *pieces,
						   const ZgPieceVisitor *visitor);

/* Remember that the pieces were compared; NULL = the relation was, as a whole. */
extern void zg_pieces_note(ZgRun *run, const ZgSilver *silver, const ZgPieces *pieces);

#endif							/* ZG_COMPARE_PIECE_H */
