/*-------------------------------------------------------------------------
 *
 * change_number.h
 *	  The order of captured changes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_CHANGE_NUMBER_H
#define ZG_CHANGE_NUMBER_H

#include "postgres.h"

/*
 * The next number: greater than all that were drawn before, whoever drew them
 * and whatever became of their transactions.  Unlike nextval() it leaves
 * lastval() of the session as it is.  Errors when there is no sequence.
 */
extern int64 zg_change_number(void);

/* Is the sequence of these numbers there? */
extern bool zg_change_number_possible(void);

#endif							/* ZG_CHANGE_NUMBER_H */
