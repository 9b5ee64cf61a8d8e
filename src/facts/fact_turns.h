/*-------------------------------------------------------------------------
 *
 * fact_turns.h
 *	  A pass over all of a relation that is too large for one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_FACT_TURNS_H
#define ZG_FACT_TURNS_H

#include "facts/fact_build.h"

/*
 * Build a fact as zg_build_fact does, some days after the others where all at
 * once would take more than four times maintenance_work_mem.
 */
extern void zg_build_fact_in_turns(ZgRun *run, const ZgFact *fact, ZgScope *scope,
								   ZgCounts *counts);

#endif							/* ZG_FACT_TURNS_H */
