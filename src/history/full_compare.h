/*-------------------------------------------------------------------------
 *
 * full_compare.h
 *	  Comparing what the state holds of users and tickets with silver.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_FULL_COMPARE_H
#define ZG_FULL_COMPARE_H

#include "history/key_state.h"

/*
 * Compare what the state holds with all of silver, or with the rows of the
 * keys that recent names (NULL = none).
 */
extern void zg_taking_compare(ZgTaking *taking, const ZgRecent *recent);

#endif							/* ZG_FULL_COMPARE_H */
