/*-------------------------------------------------------------------------
 *
 * engine_input.c
 *	  The step graph for SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "silver/silver.h"
#include "state/step_graph.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(zg_engine_input);

static void
return_input(ReturnSetInfo *rsinfo, const char *process, const char *input)
{
	Datum		values[] = {CStringGetTextDatum(process), CStringGetTextDatum(input)};
	bool		nulls[] = {false, false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * engine_input(): a row per step and silver relation that it reads, or step
 * that it computes from.
 */
Datum
zg_engine_input(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int id = 0; id < ZG_NODE_COUNT; id++)
	{
		const ZgStep *step = &zg_steps[id];

		if (step->relation >= 0)
			return_input(rsinfo, step->process, zg_silver[step->relation].name);
		if (step->uses_meetings)
			return_input(rsinfo, step->process, zg_silver[ZG_MEETINGS].name);
		for (int other = 0; other <ZG_NODE_COUNT; other ++)
			if (step->from & ZG_BIT(other))
				return_input(rsinfo, step->process, zg_steps[other].process);
	}
	PG_RETURN_NULL();
}
