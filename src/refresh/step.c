/*-------------------------------------------------------------------------
 *
 * step.c
 *	  The steps of a refresh and the one way in which they are run.
 *
 * Adding a step is adding a row to the step graph, and one here that says how
 * it works.  Each runs in a subtransaction of its own; a failure is kept, logged outside of it, and makes the steps
 * that depend on it be skipped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "aggregates/aggregate.h"
#include "base/subtransaction.h"
#include "catalog/pg_type.h"
#include "facts/fact.h"
#include "facts/fact_turns.h"
#include "facts/member.h"
#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"
#include "portability/instr_time.h"
#include "quality/error_log.h"
#include "quality/log_retention.h"
#include "refresh/invalidation.h"
#include "refresh/step.h"
#include "state/dirty.h"
#include "tcop/tcopprot.h"
#include "users/dim_user.h"
#include "users/extend_first_version.h"
#include "users/own_layout.h"
#include "users/user_version.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* what a step may need while it runs */
typedef struct StepContext
{
	ZgRun	   *run;
	uint32		failed;			/* steps that failed or were skipped */
	uint32		failing;		/* steps that failed before, as the log says */
	uint32		taken;			/* relations whose changes were taken up */
	bool		notable;		/* the step has something to report */
	const char *warning;		/* what the log of the step tells, or NULL */
	const char *statuses[ZG_SILVER_COUNT];	/* of the steps that read
											 * relations */
} StepContext;

/* how a step of the graph does its work */
typedef struct StepWork
{
	/* false = there was none */
	bool		(*work) (StepContext *context, ZgStepId step, ZgCounts *counts);
	ZgDimension dimension;
	void		(*aggregate) (ZgRun *run, ZgCounts *counts);
} StepWork;

static bool work_dim_user(StepContext *context, ZgStepId step, ZgCounts *counts);
static bool work_fact(StepContext *context, ZgStepId step, ZgCounts *counts);
static bool work_dimension(StepContext *context, ZgStepId step, ZgCounts *counts);
static bool work_extend(StepContext *context, ZgStepId step, ZgCounts *counts);
static bool work_aggregate(StepContext *context, ZgStepId step, ZgCounts *counts);

static const StepWork works[ZG_STEP_COUNT] = {
	[ZG_STEP_DIM_USER] = {work_dim_user},
	[ZG_STEP_FACT_MEETING] = {work_fact},
	[ZG_STEP_DIM_MEETING] = {work_dimension, ZG_DIM_MEETING},
	[ZG_STEP_FACT_FEATURE] = {work_fact},
	[ZG_STEP_DIM_FEATURE] = {work_dimension, ZG_DIM_FEATURE},
	[ZG_STEP_FACT_WEBINAR] = {work_fact},
	[ZG_STEP_DIM_WEBINAR] = {work_dimension, ZG_DIM_WEBINAR},
	[ZG_STEP_FACT_TICKET] = {work_fact},
	[ZG_STEP_DIM_TICKET] = {work_dimension, ZG_DIM_TICKET_TYPE},
	[ZG_STEP_FACT_BILLING] = {work_fact},
	[ZG_STEP_DIM_BILLING] = {work_dimension, ZG_DIM_BILLING_EVENT_TYPE},
	[ZG_STEP_FACT_LICENSE] = {work_fact},
	[ZG_STEP_DIM_LICENSE] = {work_dimension, ZG_DIM_LICENSE_TYPE},
	[ZG_STEP_EXTEND_USER] = {work_extend},
	[ZG_STEP_AGG_ACTIVE_USERS] = {work_aggregate, 0, zg_refresh_agg_active_users},
	[ZG_STEP_AGG_MINUTES] = {work_aggregate, 0, zg_refresh_agg_meeting_minutes},
	[ZG_STEP_AGG_ADOPTION] = {work_aggregate, 0, zg_refresh_agg_feature_adoption},
	[ZG_STEP_AGG_RESOLUTION] = {work_aggregate, 0, zg_refresh_agg_ticket_resolution},
	[ZG_STEP_AGG_MRR] = {work_aggregate, 0, zg_refresh_agg_mrr},
	[ZG_STEP_AGG_LICENSE] = {work_aggregate, 0, zg_refresh_agg_license_utilization},
};

/* the work of steps */

/* The marks of a step. */
static ZgScope *
take_marks(ZgRun *run, ZgStepId consumer)
{
	ZgScope    *scope = zg_scope_of_marks(run, consumer);

	zg_run_show(zg_steps[consumer].process, psprintf("%s to compute anew", zg_scope_describe(scope)));
	return scope;
}

static bool
has_marks(ZgRun *run, ZgStepId consumer)
{
	return !zg_scope_is_empty(take_marks(run, consumer));
}

/* Show how a relation is read. */
static void
show_relation(ZgSilverId id, const ZgRelationState *state)
{
	zg_run_show(zg_silver[id].name,
				state->compare ? psprintf("compared in full%s%s", state->reason == NULL ? "" : ": ",
										  state->reason == NULL ? "" : state->reason) :
				state->recent != NULL ? psprintf("%d recent rows tell of changes", state->recent->n) :
				"captured changes tell");
}

/* Let the log of the step tell something of a relation; it outlives the step. */
static void
warn(StepContext *context, ZgSilverId id, const char *what)
{
	MemoryContext old = MemoryContextSwitchTo(context->run->context);
	const char *before = context->warning;

	context->warning = psprintf("%s%s%s: %s", before == NULL ? "" : before, before == NULL ? "" : "; ",
								zg_silver[id].name, what);
	MemoryContextSwitchTo(old);
}

/*
 * Are the kept versions of users or tickets to be read anew, as they were read
 * by another law of succession?  That happens once after an upgrade.
 */
static bool
follow_law(StepContext *context, ZgSilverId id)
{
	ZgLawChange change = zg_law_follow(context->run, &zg_silver[id]);

	if (change == ZG_LAW_OTHER)
		warn(context, id, "an earlier version of zoom_gold read its kept versions; all were read anew");
	return change == ZG_LAW_OTHER;
}

/* Remember that the changes of a relation were taken up. */
static void
note_taken(StepContext *context, ZgSilverId id, const ZgRelationState *state)
{
	zg_relation_taken_up(context->run, &zg_silver[id], state);
	context->taken |= ZG_BIT(id);
	if (state->reason != NULL)
		warn(context, id, psprintf("%s; it was compared in full", state->reason));
}

/* Before anything is read that is kept of columns beyond the contract. */
static ZgOwnLayout
follow_own_columns(ZgRun *run)
{
	ZgOwnLayout layout = zg_own_layout_find(run);

	zg_own_layout_follow(run, &layout);
	return layout;
}

static bool
work_dim_user(StepContext *context, ZgStepId step, ZgCounts *counts)
{
	ZgRun	   *run = context->run;
	ZgOwnLayout layout = follow_own_columns(run);
	char	   *signature = zg_tracking_signature(zg_tracking_load(run));
	bool		tracked = zg_tracking_changed(run, signature);
	const ZgSilver *silver = &zg_silver[ZG_USERS];
	ZgRelationState state = zg_relation_state(run, silver);
	bool		refold = follow_law(context, ZG_USERS) || has_marks(run, step) || run->full || tracked ||
	layout.gold_changed;
	bool		pending = zg_query_finds(run, "SELECT FROM gold_state.user_change", 0, NULL, NULL) ||
	(state.recent != NULL && state.recent->n > 0);
	bool		has_work = pending || refold || state.compare;

	/* what went then need not look as what is kept of its coming */
	state.compare |= pending && layout.silver_changed;
	show_relation(ZG_USERS, &state);
	if (has_work)
		zg_merge_dim_user(run, state.compare, state.recent, refold, counts);
	note_taken(context, ZG_USERS, &state);
	zg_own_layout_save(&layout);
	if (tracked)
		zg_tracking_save(signature);
	return has_work;
}

/* Take up the changes of a relation unless this run has done so. */
static void
take_up(StepContext *context, ZgSilverId id)
{
	ZgRelationState state;

	if (context->taken & ZG_BIT(id))
		return;
	state = zg_relation_state(context->run, &zg_silver[id]);
	show_relation(id, &state);
	if (id == ZG_TICKETS && follow_law(context, id))
		zg_mark_all(zg_fact_of(id)->step);
	zg_intake(context->run, id, &state);
	note_taken(context, id, &state);
}

/* Take up the changes of a set of relations that have facts. */
static void
take_up_relations(StepContext *context, uint32 relations)
{
	for (int id = 0; id < ZG_SILVER_COUNT; id++)
		if ((relations & ZG_BIT(id)) && zg_fact_of(id) != NULL)
			take_up(context, id);
}

static bool
build_fact(ZgRun *run, const ZgFact *fact, ZgCounts *counts)
{
	ZgScope    *scope = take_marks(run, fact->step);

	if (zg_scope_is_empty(scope))
		return false;
	zg_build_fact_in_turns(run, fact, scope, counts);
	zg_clear_marks(fact->step);
	return true;
}

static bool
work_fact(StepContext *context, ZgStepId step, ZgCounts *counts)
{
	bool		built = build_fact(context->run, zg_fact_of(zg_steps[step].relation), counts);

	if (step == ZG_STEP_FACT_MEETING)
		zg_mark_referring(context->run, built);
	return built;
}

static bool
work_dimension(StepContext *context, ZgStepId step, ZgCounts *counts)
{
	if (!context->run->full && !has_marks(context->run, step))
		return false;
	zg_merge_dimension(context->run, works[step].dimension, counts);
	return true;
}

static bool
work_extend(StepContext *context, ZgStepId step, ZgCounts *counts)
{
	if (!has_marks(context->run, step))
		return false;
	zg_extend_dim_user(context->run, counts);
	return true;
}

static bool
work_aggregate(StepContext *context, ZgStepId step, ZgCounts *counts)
{
	ZgRun	   *run = context->run;
	bool		built = false;
	bool		marked;

	if (step == ZG_STEP_AGG_ACTIVE_USERS)
		built = build_fact(run, zg_fact_of(ZG_PARTICIPANTS), counts);
	marked = run->full || has_marks(run, step);
	/* running periods of licences are computed at every refresh */
	if (!marked && step != ZG_STEP_AGG_LICENSE)
		return built;
	works[step].aggregate(run, counts);
	return built || marked || counts->inserted + counts->updated + counts->deleted > 0;
}

/* running and logging */

/* a step on its way */
typedef struct Attempt
{
	StepContext *context;
	ZgStepId	step;
	ZgCounts   *counts;
} Attempt;

static bool
do_step(void *arg)
{
	Attempt    *attempt = arg;

	take_up_relations(attempt->context, zg_step_relations(attempt->step));
	if (attempt->step != ZG_STEP_FACT_MEETING)
		zg_mark_referring(attempt->context->run, false);
	attempt->context->notable = works[attempt->step].work(attempt->context, attempt->step,
														  attempt->counts);
	CommandCounterIncrement();
	return true;
}

/*
 * Do, in a subtransaction, what a step can do without: of its errors only those
 * are raised that must be.
 */
static void
do_if_possible(ZgRun *run, bool (*work) (void *arg), void *arg)
{
	ErrorData  *failure = zg_subtransaction(work, arg, run->context);

	if (failure != NULL && zg_must_raise(failure->sqlerrcode))
		ReThrowError(failure);
}

/* a failure to be put into the terms of the silver contract */
typedef struct Explanation
{
	ZgRun	   *run;
	const ZgSilver *silver;
	ErrorData  *error;
	bool		found;
} Explanation;

/* Row callback: code, message, hint */
static void
read_explanation(TupleTableSlot *slot, void *arg)
{
	Explanation *explanation = arg;
	ErrorData  *error = explanation->error;
	MemoryContext old = MemoryContextSwitchTo(explanation->run->context);
	const char *code;

	slot_getallattrs(slot);
	code = TextDatumGetCString(slot->tts_values[0]);
	error->detail = error->message;
	error->sqlerrcode = MAKE_SQLSTATE(code[0], code[1], code[2], code[3], code[4]);
	error->message = TextDatumGetCString(slot->tts_values[1]);
	error->hint = TextDatumGetCString(slot->tts_values[2]);
	explanation->found = true;
	MemoryContextSwitchTo(old);
}

/* Subtransaction */
static bool
do_explain(void *arg)
{
	Explanation *explanation = arg;
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		args[] = {CStringGetTextDatum(explanation->silver->name),
	CStringGetTextDatum(unpack_sql_state(explanation->error->sqlerrcode))};

	zg_query(explanation->run, "SELECT code, message, hint FROM zoom_gold.silver_failure($1, $2)",
			 2, types, args, read_explanation, explanation);
	return true;
}

/*
 * What fails where silver breaks its contract, or holds what cannot be cast, says
 * neither where nor what to do.
 */
static void
explain_by_contract(ZgRun *run, ZgStepId step, ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);
	uint32		relations = zg_step_relations(step) | (step == ZG_STEP_DIM_USER ? ZG_BIT(ZG_USERS) : 0);

	/* the parser's own hint is to add casts */
	if ((error->hint != NULL && error->sqlerrcode != ERRCODE_UNDEFINED_FUNCTION) ||
		(category != ERRCODE_DATA_EXCEPTION && category != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION))
		return;
	for (int id = 0; id < ZG_SILVER_COUNT; id++)
	{
		Explanation explanation = {run, &zg_silver[id], error, false};

		if ((relations & ZG_BIT(id)) == 0)
			continue;
		do_if_possible(run, do_explain, &explanation);
		if (explanation.found)
			return;
	}
}

/* Is an index or a constraint one of the model? */
typedef struct Question
{
	ZgRun	   *run;
	const char *name;
	bool		is_ours;
} Question;

/* Subtransaction */
static bool
do_ask_model(void *arg)
{
	Question   *question = arg;
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(question->name);

	question->is_ours = zg_query_finds(question->run,
									   "SELECT FROM zoom_gold.model_index() WHERE index_name = $1"
									   " UNION ALL SELECT FROM zoom_gold.model_constraint() WHERE constraint_name = $1",
									   1, &type, &name);
	return true;
}

/*
 * Rows that the state has lost show where others take their place: users are
 * named twice, or have no identity.  What users demand beyond the model gold need
 * not meet.
 */
static void
hint_at_unique(ZgRun *run, ErrorData *error)
{
	Question	question = {run, error->constraint_name, false};

	if (error->hint != NULL || error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION || question.name == NULL)
		return;
	do_if_possible(run, do_ask_model, &question);
	error->hint = question.is_ours ?
		"gold_state or gold may have lost rows: SELECT * FROM zoom_gold.refresh(full_refresh => true) mends that." :
		"The constraint or index is not one of the model, by which there may be such rows: drop it.";
}

/* Subtransaction */
static bool
do_ask_holders(void *arg)
{
	Explanation *explanation = arg;
	Datum		holders = zg_query_value(explanation->run, "SELECT zoom_gold.lock_holders()", 0, NULL, NULL,
										 PointerGetDatum(NULL));
	MemoryContext old;

	if (DatumGetPointer(holders) == NULL)
		return true;
	old = MemoryContextSwitchTo(explanation->run->context);
	explanation->error->hint = psprintf("Locked now: %s. Refresh again when that has ended, or with a longer lock_timeout.",
										TextDatumGetCString(holders));
	MemoryContextSwitchTo(old);
	return true;
}

/* What ran into lock_timeout waited for a lock that the error does not name. */
static void
hint_at_locks(ZgRun *run, ErrorData *error)
{
	Explanation explanation = {.run = run,.error = error};

	if (error->hint != NULL || error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
		return;
	do_if_possible(run, do_ask_holders, &explanation);
	if (error->hint == NULL)
		error->hint = "What was waited for is free by now: refresh again.";
}

/*
 * PostgreSQL does not say which condition of a query raised an error: name
 * those that the step computed.
 */
static void
hint_at_rules(const ZgRun *run, ErrorData *error)
{
	StringInfoData hint;

	if (error->hint != NULL ||
		ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		return;
	initStringInfo(&hint);
	for (int id = 0; id < ZG_SILVER_COUNT; id++)
		if (run->user_rules[id] != NULL)
			appendStringInfo(&hint, "%s%s of %s", hint.len == 0 ? "Rules that may have raised it: " : "; ",
							 run->user_rules[id], zg_silver[id].name);
	if (hint.len == 0)
		return;
	appendStringInfoString(&hint, ". zoom_gold.verify() tells which.");
	error->hint = hint.data;
}

/*
 * Run a step in a subtransaction; returns NULL or the error, in the run's
 * context.
 */
static ErrorData *
try_step(StepContext *context, ZgStepId step, ZgCounts *counts)
{
	Attempt		attempt = {context, step, counts};
	uint32		taken = context->taken;
	MemoryContext step_context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold step",
													   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(step_context);
	ErrorData  *error;

	memset(context->run->user_rules, 0, sizeof(context->run->user_rules));
	error = zg_subtransaction(do_step, &attempt, context->run->context);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(step_context);
	if (error == NULL)
		return NULL;
	if (zg_must_raise(error->sqlerrcode))
		ReThrowError(error);
	context->taken = taken;
	zg_run_forget(context->run, ZG_FOUND_BY_STEP);
	explain_by_contract(context->run, step, error);
	hint_at_locks(context->run, error);
	hint_at_rules(context->run, error);
	hint_at_unique(context->run, error);
	return error;
}

/* The first step that a step depends on and that failed, or NULL. */
static const ZgStep *
failed_dependency(const StepContext *context, ZgStepId step)
{
	uint32		failed = context->failed &
	zg_step_dependencies(step, context->run->settings.host_or_participant);

	return failed == 0 ? NULL : &zg_steps[pg_rightmost_one_pos32(failed)];
}

static ErrorData *
skip_error(const ZgStep *because)
{
	ErrorData  *error = palloc0(sizeof(ErrorData));

	error->sqlerrcode = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
	error->message = psprintf("skipped because %s failed", because->process);
	return error;
}

/* what is to be noted of a step in the error log */
typedef struct Outcome
{
	ZgRun	   *run;
	const ZgStep *step;
	const ErrorData *error;		/* NULL = it works (again) */
} Outcome;

static bool
do_note_outcome(void *arg)
{
	Outcome    *outcome = arg;
	const ErrorData *error = outcome->error;
	const char *table = outcome->step->table;

	zg_errors_processing(outcome->run, outcome->step->process,
						 psprintf("gold.%s", table != NULL ? table : "go_dim_user"),
						 error == NULL ? NULL :
						 psprintf("%s (SQLSTATE %s)", zg_message_for_logs(error),
								  unpack_sql_state(error->sqlerrcode)));
	return true;
}

/*
 * Open or resolve the step's Processing error.  Where even that fails, the
 * process log has to do.
 */
static void
note_outcome(ZgRun *run, const ZgStep *step, const ErrorData *error)
{
	Outcome		outcome = {run, step, error};

	do_if_possible(run, do_note_outcome, &outcome);
}

static bool
do_find_failing(void *arg)
{
	StepContext *context = arg;

	context->failing = zg_errors_failing_steps(context->run);
	return true;
}

/* Which steps failed before; where the log cannot tell, none. */
static void
find_failing(StepContext *context)
{
	do_if_possible(context->run, do_find_failing, context);
}

/* Show how a step ended. */
static void
show_result(const ZgStep *step, const ErrorData *error, bool notable, const ZgCounts *counts)
{
	zg_run_show(step->process,
				error != NULL ? zg_message_for_logs(error) :
				!notable ? "nothing to report" :
				psprintf(INT64_FORMAT " rows read, " INT64_FORMAT " inserted, " INT64_FORMAT " updated, "
						 INT64_FORMAT " deleted", counts->processed, counts->inserted, counts->updated,
						 counts->deleted));
}

/* Run one step; returns whether there is something to report. */
static bool
run_step(StepContext *context, ZgStepId id, ZgStepResult *result)
{
	const ZgStep *step = &zg_steps[id];
	const ZgStep *because = failed_dependency(context, id);
	ErrorData  *error;
	instr_time	start;
	instr_time	end;

	MemSet(result, 0, sizeof(ZgStepResult));
	result->process = step->process;
	context->notable = false;
	context->warning = NULL;
	pgstat_report_activity(STATE_RUNNING, psprintf("zoom_gold: %s", step->process));
	INSTR_TIME_SET_CURRENT(start);
	error = because != NULL ? skip_error(because) : try_step(context, id, &result->counts);
	show_result(step, error, context->notable, &result->counts);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	result->duration_ms = INSTR_TIME_GET_MILLISEC(end);
	if (error != NULL)
	{
		context->failed |= ZG_BIT(id);
		MemSet(&result->counts, 0, sizeof(ZgCounts));
		if (because == NULL && error->sqlerrcode == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE)
			result->guard = error->message;
		else if (because == NULL)
			result->error = zg_message_for_logs(error);
	}
	else if (!context->notable && context->warning == NULL)
	{
		/* it may have failed where it had nothing to do either */
		if (context->failing & ZG_BIT(id))
			note_outcome(context->run, step, NULL);
		return false;
	}
	result->record_count = works[id].aggregate == NULL ? result->counts.processed :
		result->counts.inserted + result->counts.updated + result->counts.deleted;
	result->error_count = error != NULL ? 1 : result->counts.rejected + result->counts.warned;
	result->status = error != NULL ? "Failure" :
		result->error_count > 0 || context->warning != NULL ? "Warning" : "Success";
	result->details = zg_describe_step(context->run, &result->counts, result->duration_ms,
									   context->warning, error);
	if (because == NULL)
		note_outcome(context->run, step, error);
	return true;
}

/* The step that maintains a gold table, compared by letters if asked to; ZG_STEP_COUNT if none does. */
static int
step_of_table(const char *table, int (*compare) (const char *a, const char *b))
{
	int			id = 0;

	while (id < ZG_STEP_COUNT && (zg_steps[id].table == NULL || compare(zg_steps[id].table, table) != 0))
		id++;
	return id;
}

static int
step_of_target(const char *target)
{
	const char *name = pg_strncasecmp(target, "gold.", 5) == 0 ? target + 5 : target;
	int			id = step_of_table(name, strcmp);
	int			meant = step_of_table(name, pg_strcasecmp);

	if (id < ZG_STEP_COUNT)
		return id;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("\"%s\" is not a table that a refresh maintains", name),
			 meant < ZG_STEP_COUNT ? errhint("Names are in lower case: %s.", zg_steps[meant].table) :
			 errhint("Targets are names of gold tables, such as go_agg_mrr or go_fact_billing.")));
}

/* The steps that the targets need, with all they depend on. */
uint32
zg_steps_of_targets(ArrayType *targets)
{
	Datum	   *names;
	int			n;
	uint32		wanted = 0;

	if (targets == NULL)
		return ZG_BIT(ZG_STEP_COUNT) - 1;
	if (array_contains_nulls(targets) || ArrayGetNItems(ARR_NDIM(targets), ARR_DIMS(targets)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"targets\" must not be empty or contain nulls"),
				 errhint("Leave it out for all of gold.")));
	deconstruct_array(targets, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &n);
	for (int i = 0; i < n; i++)
		wanted |= ZG_BIT(step_of_target(TextDatumGetCString(names[i])));
	for (int id = ZG_STEP_COUNT - 1; id >= 0; id--)
		if (wanted & ZG_BIT(id))
			wanted |= zg_step_dependencies(id, true);
	/* a fact is not to name what its dimension lacks */
	for (int id = 0; id < ZG_STEP_COUNT; id++)
		if (works[id].work == work_dimension && (wanted & zg_steps[id].after))
			wanted |= ZG_BIT(id);
	if (wanted & ZG_BIT(ZG_STEP_DIM_USER))
		wanted |= ZG_BIT(ZG_STEP_EXTEND_USER);
	return wanted;
}

uint32
zg_step_named(const char *process)
{
	for (int id = 0; process != NULL && id < ZG_STEP_COUNT; id++)
		if (strcmp(zg_steps[id].process, process) == 0)
			return ZG_BIT(id);
	ereport(ERROR,
			(errcode(process == NULL ? ERRCODE_NULL_VALUE_NOT_ALLOWED : ERRCODE_UNDEFINED_OBJECT),
			 process == NULL ? errmsg("argument \"%s\" must not be null", "step") :
			 errmsg("there is no step \"%s\"", process),
			 errhint("Steps are named as in the process log, such as merge_dim_user or refresh_agg_mrr.")));
}

static int
severity(const char *status)
{
	return strcmp(status, "Failure") == 0 ? 2 : strcmp(status, "Warning") == 0 ? 1 : 0;
}

static void
add_to_total(ZgStepResult *total, const ZgStepResult *result)
{
	total->record_count += result->record_count;
	total->error_count += result->error_count;
	total->counts.inserted += result->counts.inserted;
	total->counts.updated += result->counts.updated;
	total->counts.deleted += result->counts.deleted;
	total->counts.unchanged += result->counts.unchanged;
	total->counts.rejected += result->counts.rejected;
	total->counts.warned += result->counts.warned;
	total->counts.detached += result->counts.detached;
	if (severity(result->status) > severity(total->status))
		total->status = result->status;
}

/* The relation whose rows a step reads first of all, or -1. */
static int
relation_of(int id)
{
	return zg_steps[id == ZG_STEP_AGG_ACTIVE_USERS ? ZG_PASS_PARTICIPANTS : id].relation;
}

bool
zg_run_steps(ZgRun *run, uint32 wanted, ZgStepVisitor visit, void *arg)
{
	StepContext context = {.run = run};
	ZgStepResult total = {.process = "refresh",.status = "Success"};
	instr_time	start;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(start);
	if (run->full)
		zg_execute("SELECT zoom_gold.mend_state()", 0, NULL, NULL, NULL);
	find_failing(&context);
	for (int id = 0; id < ZG_STEP_COUNT; id++)
	{
		ZgStepResult result;

		if ((wanted & ZG_BIT(id)) == 0 || !run_step(&context, id, &result))
			continue;
		if (relation_of(id) >= 0)
			context.statuses[relation_of(id)] = result.status;
		zg_log_result(run, &result);
		add_to_total(&total, &result);
		visit(&result, arg);
	}
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	total.duration_ms = INSTR_TIME_GET_MILLISEC(end);
	zg_relations_save(run, context.taken, context.statuses);
	zg_apply_retention(run);
	total.details = zg_describe_step(run, &total.counts, total.duration_ms, NULL, NULL);
	zg_log_result(run, &total);
	visit(&total, arg);
	return context.failed != 0;
}
