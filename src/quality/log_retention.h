/*-------------------------------------------------------------------------
 *
 * log_retention.h
 *	  How long the logs keep their rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_LOG_RETENTION_H
#define ZG_LOG_RETENTION_H

#include "state/run.h"

/*
 * Delete rows of the process log and resolved rows of the error log that are
 * older than the setting log_retention_days; 0 keeps everything.
 */
extern void zg_apply_retention(ZgRun *run);

#endif							/* ZG_LOG_RETENTION_H */
