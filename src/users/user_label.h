/*-------------------------------------------------------------------------
 *
 * user_label.h
 *	  What readers are told of a user: the names, and their pseudonyms.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_USER_LABEL_H
#define ZG_USER_LABEL_H

#include "users/user_version.h"

/*
 * Bring gold_state.user_label to the names of the users folded.  Unless these
 * are all, what they were called before is taken to be there.
 */
extern void zg_save_user_labels(ZgRun *run, ZgFold *fold, bool all);

#endif							/* ZG_USER_LABEL_H */
