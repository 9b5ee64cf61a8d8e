/*-------------------------------------------------------------------------
 *
 * step.h
 *	  The steps of a refresh and the one way in which they are run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_STEP_H
#define ZG_STEP_H

#include "refresh/process_log.h"
#include "utils/array.h"

typedef void (*ZgStepVisitor) (const ZgStepResult *result, void *arg);

/*
 * Run a set of steps in order; every step that had work is logged and handed
 * to the visitor, in the end the run itself.  Returns whether a step failed.
 * Errors that must not be absorbed are raised.
 */
extern bool zg_run_steps(ZgRun *run, uint32 wanted, ZgStepVisitor visit, void *arg);

/* The set of steps that bring target tables (NULL = all) up to date. */
extern uint32 zg_steps_of_targets(ArrayType *targets);

/* The set of one step; errors when there is none of that name. */
extern uint32 zg_step_named(const char *process);

#endif							/* ZG_STEP_H */
