/*-------------------------------------------------------------------------
 *
 * subtransaction.h
 *	  Doing something that may fail or be undone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_SUBTRANSACTION_H
#define ZG_SUBTRANSACTION_H

#include "postgres.h"

/*
 * Call work(arg) in a subtransaction.  When it returns true its effects stay,
 * else they are rolled back.  On an error they are rolled back and the error
 * is returned, copied to the given context; NULL = none.
 */
extern ErrorData *zg_subtransaction(bool (*work) (void *arg), void *arg,
									MemoryContext error_context);

/* Errors that the caller has to see: cancels, serialization, out of memory. */
extern bool zg_must_raise(int sqlerrcode);

#endif							/* ZG_SUBTRANSACTION_H */
