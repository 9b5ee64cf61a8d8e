/*-------------------------------------------------------------------------
 *
 * neutral_settings.h
 *	  Settings under which values and conditions mean the same in every
 *	  session.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_NEUTRAL_SETTINGS_H
#define ZG_NEUTRAL_SETTINGS_H

#include "postgres.h"

/*
 * Set them for a while.  Whoever turns a silver value into text or jsonb to
 * keep it or to compare it with a kept one does so under these.  Returns what
 * zg_neutral_leave wants; an error in between restores the user's settings.
 */
extern int	zg_neutral_enter(void);
extern void zg_neutral_leave(int level);

#endif							/* ZG_NEUTRAL_SETTINGS_H */
