/*-------------------------------------------------------------------------
 *
 * merge_moves.c
 *	  Rows that MERGE moves to another partition.
 *
 * The executor counts such a row as deleted here and inserted there, in the
 * transition tables of these, and not in those of the update that it is.  But it
 * fires only the triggers of what the command may do by its words.  So where a
 * MERGE updates and does not delete, or not insert, the capture triggers of
 * DELETE and INSERT are fired for it, and no others: what is not ours goes by
 * PostgreSQL's rules.  In a session's first statement the library is loaded by a
 * trigger before it, in time for that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capture/merge_moves.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static ExecutorFinish_hook_type next_executor_finish = NULL;

/* Is it zoom_gold.capture()? */
static bool
is_capture(Oid function)
{
	char	   *name = get_func_name(function);
	char	   *schema = get_namespace_name(get_func_namespace(function));

	return name != NULL && schema != NULL && strcmp(name, "capture") == 0 && strcmp(schema, "zoom_gold") == 0;
}

/* The triggers of a table, all but ours switched off; in the current context. */
static TriggerDesc *
only_capture(const TriggerDesc *triggers)
{
	TriggerDesc *only = palloc(sizeof(TriggerDesc));

	*only = *triggers;
	only->triggers = palloc(triggers->numtriggers * sizeof(Trigger));
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		only->triggers[i] = triggers->triggers[i];
		if (!is_capture(only->triggers[i].tgfoid))
			only->triggers[i].tgenabled = TRIGGER_DISABLED;
	}
	return only;
}

/* Does a MERGE update rows that another partition may take? */
static bool
may_move(const ModifyTableState *state)
{
	return state->operation == CMD_MERGE && (state->mt_merge_subcommands & MERGE_UPDATE) != 0 &&
		state->mt_transition_capture != NULL &&
		state->rootResultRelInfo->ri_RelationDesc->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

/* Queue the capture triggers that a MERGE has not queued itself. */
static void
fire_capture(ModifyTableState *state)
{
	ResultRelInfo *target = state->rootResultRelInfo;
	TriggerDesc *triggers = target->ri_TrigDesc;
	EState	   *estate = state->ps.state;

	target->ri_TrigDesc = only_capture(triggers);
	if ((state->mt_merge_subcommands & MERGE_DELETE) == 0)
		ExecASDeleteTriggers(estate, target, state->mt_transition_capture);
	if ((state->mt_merge_subcommands & MERGE_INSERT) == 0)
		ExecASInsertTriggers(estate, target, state->mt_transition_capture);
	target->ri_TrigDesc = triggers;
}

static void
look_at_node(PlanState *node)
{
	if (node != NULL && IsA(node, ModifyTableState) && may_move((ModifyTableState *) node))
		fire_capture((ModifyTableState *) node);
}

/* The query has done its work, and its triggers are about to fire. */
static void
executor_finish(QueryDesc *query)
{
	ListCell   *cell;

	if (query->estate != NULL && (query->estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS) == 0)
	{
		look_at_node(query->planstate);
		foreach(cell, query->estate->es_auxmodifytables)
			look_at_node(lfirst(cell));
	}
	if (next_executor_finish != NULL)
		next_executor_finish(query);
	else
		standard_ExecutorFinish(query);
}

void
zg_merge_moves_init(void)
{
	next_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = executor_finish;
}
