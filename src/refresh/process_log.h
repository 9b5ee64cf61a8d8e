/*-------------------------------------------------------------------------
 *
 * process_log.h
 *	  What steps report, and the process log.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_PROCESS_LOG_H
#define ZG_PROCESS_LOG_H

#include "state/run.h"

/* What became of a step. */
typedef struct ZgStepResult
{
	const char *process;
	const char *status;			/* Success, Warning, Failure */
	ZgCounts	counts;
	int64		record_count;
	int64		error_count;
	double		duration_ms;
	char	   *details;		/* JSON */
	char	   *guard;			/* message of the delete guard, or NULL */
	const char *error;			/* message of another failure of its own, or
								 * NULL */
} ZgStepResult;

/* The message of an error without what it quotes: 'value "x" ...', '...: "x"'. */
extern const char *zg_message_for_logs(const ErrorData *error);

/* audit_details of a step; warning and error may be NULL. */
extern char *zg_describe_step(ZgRun *run, const ZgCounts *counts, double duration_ms,
							  const char *warning, const ErrorData *error);

/* Write a row of the process log. */
extern void zg_log_result(ZgRun *run, const ZgStepResult *result);

#endif							/* ZG_PROCESS_LOG_H */
