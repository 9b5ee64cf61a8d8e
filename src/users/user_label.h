/*-------------------------------------------------------------------------
 *
 * user_label.h
 *	  What readers are told of a user: the versions as facts meet them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_USER_LABEL_H
#define ZG_USER_LABEL_H

#include "users/user_version.h"

/*
 * Bring gold_state.user_label to the versions of the users folded, which are
 * all or, to be looked for among the rows, those of the ordinals (int4[]).
 */
extern void zg_save_user_labels(ZgRun *run, ZgFold *fold, bool all, Datum ordinals);

#endif							/* ZG_USER_LABEL_H */
