/*-------------------------------------------------------------------------
 *
 * error_log.h
 *	  gold.go_error_audit_log: one row per bad row and rule, from the day it
 *	  goes bad to the day it is mended.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_ERROR_LOG_H
#define ZG_ERROR_LOG_H

#include "quality/rule.h"
#include "state/dirty.h"

typedef struct ZgErrors ZgErrors;

extern ZgErrors *zg_errors_create(ZgRun *run, const ZgRules *rules);

/*
 * Note all that a row broke; key NULL = the row has none.  Counts the row as
 * rejected or warned.  Returns true when the row is rejected.
 */
extern bool zg_errors_note(ZgErrors *errors, const ZgBroken *broken, DateADT day,
						   const text *key, const text *source_system,
						   ZgCounts *counts);

/* Compare with what is open in the scope's days, log the difference. */
extern void zg_errors_save(ZgErrors *errors, const ZgScope *scope);

/*
 * The same for given keys (text[], 0 = all) of a relation without days, and
 * with keyless for its rows without a key.
 */
extern void zg_errors_save_keys(ZgErrors *errors, Datum keys, bool keyless);

/* Note that a step failed (in words), or that it works again (NULL). */
extern void zg_errors_processing(ZgRun *run, const char *process,
								 const char *table, const char *failure);

/* The steps of which the log says that they fail, as a set of ZgStepId. */
extern uint32 zg_errors_failing_steps(ZgRun *run);

#endif							/* ZG_ERROR_LOG_H */
