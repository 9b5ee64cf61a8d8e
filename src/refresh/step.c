/*-------------------------------------------------------------------------
 *
 * step.c
 *	  The steps of a refresh and the one way in which they are run.
 *
 * Adding a step is adding a row to the table.  Each runs in a subtransaction
 * of its own; a failure is kept, logged outside of it, and makes the steps
 * that depend on it be skipped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "aggregates/aggregate.h"
#include "base/array.h"
#include "base/subtransaction.h"
#include "catalog/pg_type.h"
#include "facts/fact.h"
#include "facts/member.h"
#include "lib/stringinfo.h"
#include "portability/instr_time.h"
#include "quality/error_log.h"
#include "quality/log_retention.h"
#include "refresh/invalidation.h"
#include "refresh/step.h"
#include "state/dirty.h"
#include "state/writer.h"
#include "tcop/tcopprot.h"
#include "users/dim_user.h"
#include "users/extend_first_version.h"
#include "users/user_version.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef enum StepId
{
	STEP_DIM_USER,
	STEP_FACT_MEETING,
	STEP_DIM_MEETING,
	STEP_FACT_FEATURE,
	STEP_DIM_FEATURE,
	STEP_FACT_WEBINAR,
	STEP_DIM_WEBINAR,
	STEP_FACT_TICKET,
	STEP_DIM_TICKET,
	STEP_FACT_BILLING,
	STEP_DIM_BILLING,
	STEP_FACT_LICENSE,
	STEP_DIM_LICENSE,
	STEP_EXTEND_USER,
	STEP_AGG_ACTIVE_USERS,
	STEP_AGG_MINUTES,
	STEP_AGG_ADOPTION,
	STEP_AGG_RESOLUTION,
	STEP_AGG_MRR,
	STEP_AGG_LICENSE,
	STEP_COUNT
} StepId;

/* what a step may need while it runs */
typedef struct StepContext
{
	ZgRun	   *run;
	uint32		failed;			/* steps that failed or were skipped */
	uint32		taken;			/* relations whose changes were taken up */
	bool		notable;		/* the step has something to report */
	const char *warning;		/* why a relation was compared in full */
	const char *statuses[ZG_SILVER_COUNT];	/* of the steps that read
											 * relations */
} StepContext;

typedef struct Step
{
	const char *process;
	const char *table;			/* its target in gold */
	uint32		depends;		/* on steps */
	uint32		inputs;			/* silver relations to take up first */
	/* does the work; false = there was none */
	bool		(*work) (StepContext *context, const struct Step *step, ZgCounts *counts);
	int			detail;			/* dimension, silver relation */
	void		(*aggregate) (ZgRun *run, ZgCounts *counts);
} Step;

static bool work_dim_user(StepContext *context, const Step *step, ZgCounts *counts);
static bool work_fact(StepContext *context, const Step *step, ZgCounts *counts);
static bool work_dimension(StepContext *context, const Step *step, ZgCounts *counts);
static bool work_extend(StepContext *context, const Step *step, ZgCounts *counts);
static bool work_aggregate(StepContext *context, const Step *step, ZgCounts *counts);

#define BIT(n) (UINT32_C(1) << (n))

static const Step steps[STEP_COUNT] = {
	[STEP_DIM_USER] = {"merge_dim_user", "go_dim_user", 0, 0, work_dim_user},
	[STEP_FACT_MEETING] = {"build_fact_meeting_usage", "go_fact_meeting_usage",
	BIT(STEP_DIM_USER), BIT(ZG_MEETINGS), work_fact, ZG_MEETINGS},
	[STEP_DIM_MEETING] = {"merge_dim_meeting", "go_dim_meeting",
	BIT(STEP_FACT_MEETING), 0, work_dimension, ZG_DIM_MEETING},
	[STEP_FACT_FEATURE] = {"build_fact_feature_usage", "go_fact_feature_usage",
		BIT(STEP_FACT_MEETING), BIT(ZG_MEETINGS) | BIT(ZG_FEATURE_USAGE), work_fact,
	ZG_FEATURE_USAGE},
	[STEP_DIM_FEATURE] = {"merge_dim_feature", "go_dim_feature",
	BIT(STEP_FACT_FEATURE), 0, work_dimension, ZG_DIM_FEATURE},
	[STEP_FACT_WEBINAR] = {"build_fact_webinar_usage", "go_fact_webinar_usage",
	0, BIT(ZG_WEBINARS), work_fact, ZG_WEBINARS},
	[STEP_DIM_WEBINAR] = {"merge_dim_webinar", "go_dim_webinar",
	BIT(STEP_FACT_WEBINAR), 0, work_dimension, ZG_DIM_WEBINAR},
	[STEP_FACT_TICKET] = {"build_fact_support_ticket", "go_fact_support_ticket",
	BIT(STEP_DIM_USER), BIT(ZG_TICKETS), work_fact, ZG_TICKETS},
	[STEP_DIM_TICKET] = {"merge_dim_ticket_type", "go_dim_ticket_type",
	BIT(STEP_FACT_TICKET), 0, work_dimension, ZG_DIM_TICKET_TYPE},
	[STEP_FACT_BILLING] = {"build_fact_billing", "go_fact_billing",
	BIT(STEP_DIM_USER), BIT(ZG_BILLING), work_fact, ZG_BILLING},
	[STEP_DIM_BILLING] = {"merge_dim_billing_event_type", "go_dim_billing_event_type",
	BIT(STEP_FACT_BILLING), 0, work_dimension, ZG_DIM_BILLING_EVENT_TYPE},
	[STEP_FACT_LICENSE] = {"build_fact_license_utilization", "go_fact_license_utilization",
	BIT(STEP_DIM_USER), BIT(ZG_LICENSES), work_fact, ZG_LICENSES},
	[STEP_DIM_LICENSE] = {"merge_dim_license_type", "go_dim_license_type",
	BIT(STEP_FACT_LICENSE), 0, work_dimension, ZG_DIM_LICENSE_TYPE},
	[STEP_EXTEND_USER] = {"extend_dim_user", NULL, BIT(STEP_DIM_USER), 0, work_extend},
	[STEP_AGG_ACTIVE_USERS] = {"refresh_agg_active_users", "go_agg_active_users",
		BIT(STEP_FACT_MEETING), BIT(ZG_MEETINGS) | BIT(ZG_PARTICIPANTS), work_aggregate, 0,
	zg_refresh_agg_active_users},
	[STEP_AGG_MINUTES] = {"refresh_agg_meeting_minutes", "go_agg_meeting_minutes",
	BIT(STEP_FACT_MEETING), 0, work_aggregate, 0, zg_refresh_agg_meeting_minutes},
	[STEP_AGG_ADOPTION] = {"refresh_agg_feature_adoption", "go_agg_feature_adoption",
		BIT(STEP_FACT_MEETING) | BIT(STEP_FACT_FEATURE), 0, work_aggregate, 0,
	zg_refresh_agg_feature_adoption},
	[STEP_AGG_RESOLUTION] = {"refresh_agg_ticket_resolution", "go_agg_ticket_resolution",
	BIT(STEP_FACT_TICKET), 0, work_aggregate, 0, zg_refresh_agg_ticket_resolution},
	[STEP_AGG_MRR] = {"refresh_agg_mrr", "go_agg_mrr",
	BIT(STEP_FACT_BILLING), 0, work_aggregate, 0, zg_refresh_agg_mrr},
	[STEP_AGG_LICENSE] = {"refresh_agg_license_utilization", "go_agg_license_utilization",
		BIT(STEP_FACT_MEETING) | BIT(STEP_FACT_LICENSE), 0, work_aggregate, 0,
	zg_refresh_agg_license_utilization},
};

/* the work of steps */

static bool
has_marks(ZgRun *run, const char *consumer)
{
	return !zg_scope_is_empty(zg_scope_of_marks(run, consumer));
}

/* Remember that the changes of a relation were taken up. */
static void
note_taken(StepContext *context, ZgSilverId id, const ZgRelationState *state)
{
	zg_intake_done(context->run, &zg_silver[id], state);
	context->taken |= BIT(id);
	if (state->reason != NULL)
		/* it outlives the step */
		context->warning = MemoryContextStrdup(context->run->context,
											   psprintf("%s: %s; it was compared in full",
														zg_silver[id].name, state->reason));
}

/* Were columns added to go_dim_user, or dropped, since the last refresh? */
static bool
tracking_changed(ZgRun *run, const char *signature)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(signature);

	return zg_query_finds(run, "SELECT FROM gold_state.relation_state WHERE relation = 'si_users'"
						  " AND coalesce(tracked, '') <> $1", 1, &type, &value);
}

static void
save_tracking(const char *signature)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(signature);

	zg_execute("UPDATE gold_state.relation_state SET tracked = $1 WHERE relation = 'si_users'",
			   1, &type, &value, NULL);
}

static bool
work_dim_user(StepContext *context, const Step *step, ZgCounts *counts)
{
	ZgRun	   *run = context->run;
	char	   *signature = zg_tracking_signature(zg_tracking_load(run));
	bool		tracked = tracking_changed(run, signature);
	const ZgSilver *silver = &zg_silver[ZG_USERS];
	ZgRelationState state = zg_relation_state(run, silver);
	bool		refold = run->full || tracked || has_marks(run, step->process);
	bool		pending = zg_query_finds(run, "SELECT FROM gold_state.user_change", 0, NULL, NULL) ||
	(state.recent != NULL && state.recent->n > 0);

	if (!pending && !refold && !state.compare)
	{
		note_taken(context, ZG_USERS, &state);
		return false;
	}
	zg_merge_dim_user(run, state.compare, state.recent, refold, counts);
	note_taken(context, ZG_USERS, &state);
	if (tracked)
		save_tracking(signature);
	return true;
}

/* Take up the changes of a relation unless this run has done so. */
static void
take_up(StepContext *context, ZgSilverId id)
{
	ZgRelationState state;

	if (context->taken & BIT(id))
		return;
	state = zg_relation_state(context->run, &zg_silver[id]);
	zg_intake(context->run, id, &state);
	note_taken(context, id, &state);
}

static bool
build_fact(ZgRun *run, const ZgFact *fact, ZgCounts *counts)
{
	ZgScope    *scope = zg_scope_of_marks(run, fact->process);

	if (zg_scope_is_empty(scope))
		return false;
	zg_build_fact(run, fact, scope, counts);
	zg_clear_marks(fact->process);
	return true;
}

static bool
work_fact(StepContext *context, const Step *step, ZgCounts *counts)
{
	bool		built = build_fact(context->run, zg_fact_of(step->detail), counts);

	if (step->detail == ZG_MEETINGS)
		zg_mark_referring(context->run, built);
	return built;
}

static bool
work_dimension(StepContext *context, const Step *step, ZgCounts *counts)
{
	if (!context->run->full && !has_marks(context->run, step->process))
		return false;
	zg_merge_dimension(context->run, step->detail, counts);
	return true;
}

static bool
work_extend(StepContext *context, const Step *step, ZgCounts *counts)
{
	if (!has_marks(context->run, step->process))
		return false;
	zg_extend_dim_user(context->run, counts);
	return true;
}

static bool
work_aggregate(StepContext *context, const Step *step, ZgCounts *counts)
{
	ZgRun	   *run = context->run;
	bool		built = false;
	bool		marked;

	if (step == &steps[STEP_AGG_ACTIVE_USERS])
		built = build_fact(run, zg_fact_of(ZG_PARTICIPANTS), counts);
	marked = run->full || has_marks(run, step->process);
	/* running periods of licences are computed at every refresh */
	if (!marked && step != &steps[STEP_AGG_LICENSE])
		return built;
	step->aggregate(run, counts);
	return built || marked || counts->inserted + counts->updated + counts->deleted > 0;
}

/* running and logging */

static void
append_json(StringInfo json, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(json, ", \"%s\": ", name);
	escape_json(json, value);
}

/*
 * The logs are read by people who may not read what they are about.  What a
 * data exception quotes, and the detail of a violated constraint, are values.
 */
static bool
quotes_values(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION ||
		ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION;
}

/* The message of an error without what it quotes: 'value "x" ...', '...: "x"'. */
static const char *
message_for_logs(const ErrorData *error)
{
	const char *quoted = strstr(error->message, ": \"");

	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		return error->message;
	if (strncmp(error->message, "value \"", 7) == 0)
		return "a value is out of range";
	return quoted == NULL ? error->message : pnstrdup(error->message, quoted - error->message);
}

/* audit_details of a step. */
static char *
describe(ZgRun *run, const ZgCounts *counts, double duration_ms, const char *warning,
		 const ErrorData *error)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"run\": " INT64_FORMAT ", \"inserted\": " INT64_FORMAT
					 ", \"updated\": " INT64_FORMAT ", \"deleted\": " INT64_FORMAT
					 ", \"unchanged\": " INT64_FORMAT ", \"rejected\": " INT64_FORMAT
					 ", \"warned\": " INT64_FORMAT ", \"duration_ms\": %.3f",
					 run->run, counts->inserted, counts->updated, counts->deleted,
					 counts->unchanged, counts->rejected, counts->warned, duration_ms);
	append_json(&json, "warning", warning);
	if (error != NULL)
	{
		append_json(&json, "sqlstate", unpack_sql_state(error->sqlerrcode));
		append_json(&json, "error", message_for_logs(error));
		append_json(&json, "error_hint", error->hint);
		if (!quotes_values(error))
		{
			append_json(&json, "error_detail", error->detail);
			append_json(&json, "error_context", error->context);
		}
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* Write a row of the process log. */
static void
log_result(ZgRun *run, const ZgStepResult *result)
{
	static const char *const columns[] = {"process_name", "execution_time", "status",
		"record_count", "error_count", "audit_details", "load_date", "update_date",
	"source_system"};
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold", "go_process_audit_log"),
										columns, lengthof(columns));
	Datum		values[9] = {
		CStringGetTextDatum(result->process), TimestampTzGetDatum(run->now),
		CStringGetTextDatum(result->status), Int64GetDatum(result->record_count),
		Int64GetDatum(result->error_count), CStringGetTextDatum(result->details),
		DateADTGetDatum(run->today), DateADTGetDatum(run->today),
	CStringGetTextDatum("zoom_gold")};
	bool		nulls[9] = {false};

	zg_writer_insert(writer, values, nulls);
	zg_writer_close(writer);
}

/* Errors that the caller has to see: cancels, serialization, out of memory. */
static bool
must_raise(int sqlerrcode)
{
	return ERRCODE_TO_CATEGORY(sqlerrcode) == ERRCODE_TRANSACTION_ROLLBACK ||
		ERRCODE_TO_CATEGORY(sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION ||
		sqlerrcode == ERRCODE_OUT_OF_MEMORY;
}

/* What passes found for later steps may rest on what was rolled back. */
static void
forget_findings(ZgRun *run)
{
	zg_users_forget(run);
	zg_meetings_forget(run);
	run->meetings_taken = NULL;
	run->spellings = NULL;
	memset(run->changed_members, 0, sizeof(run->changed_members));
	zg_reach_forget(run);
}

/* a step on its way */
typedef struct Attempt
{
	StepContext *context;
	const Step *step;
	ZgCounts   *counts;
} Attempt;

static bool
do_step(void *arg)
{
	Attempt    *attempt = arg;

	for (int id = 0; id < ZG_SILVER_COUNT; id++)
		if (attempt->step->inputs & BIT(id))
			take_up(attempt->context, id);
	if (attempt->step != &steps[STEP_FACT_MEETING])
		zg_mark_referring(attempt->context->run, false);
	attempt->context->notable = attempt->step->work(attempt->context, attempt->step,
													attempt->counts);
	CommandCounterIncrement();
	return true;
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
try_step(StepContext *context, const Step *step, ZgCounts *counts)
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
	if (must_raise(error->sqlerrcode))
		ReThrowError(error);
	context->taken = taken;
	forget_findings(context->run);
	hint_at_rules(context->run, error);
	return error;
}

/* The first step that a step depends on and that failed, or NULL. */
static const Step *
failed_dependency(const StepContext *context, const Step *step)
{
	for (int i = 0; i < STEP_COUNT; i++)
		if (step->depends & context->failed & BIT(i))
			return &steps[i];
	return NULL;
}

static ErrorData *
skip_error(const Step *because)
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
	const Step *step;
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
						 psprintf("%s (SQLSTATE %s)", message_for_logs(error),
								  unpack_sql_state(error->sqlerrcode)));
	return true;
}

/*
 * Open or resolve the step's Processing error.  Where even that fails, the
 * process log has to do.
 */
static void
note_outcome(ZgRun *run, const Step *step, const ErrorData *error)
{
	Outcome		outcome = {run, step, error};
	ErrorData  *failure = zg_subtransaction(do_note_outcome, &outcome, run->context);

	if (failure != NULL && must_raise(failure->sqlerrcode))
		ReThrowError(failure);
}

/* Run one step; returns whether there is something to report. */
static bool
run_step(StepContext *context, int id, ZgStepResult *result)
{
	const Step *step = &steps[id];
	const Step *because = failed_dependency(context, step);
	ErrorData  *error;
	instr_time	start;
	instr_time	end;

	MemSet(result, 0, sizeof(ZgStepResult));
	result->process = step->process;
	context->notable = false;
	context->warning = NULL;
	pgstat_report_activity(STATE_RUNNING, psprintf("zoom_gold: %s", step->process));
	INSTR_TIME_SET_CURRENT(start);
	error = because != NULL ? skip_error(because) : try_step(context, step, &result->counts);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	result->duration_ms = INSTR_TIME_GET_MILLISEC(end);
	if (error != NULL)
	{
		context->failed |= BIT(id);
		MemSet(&result->counts, 0, sizeof(ZgCounts));
		if (because == NULL && error->sqlerrcode == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE)
			result->guard = error->message;
		else if (because == NULL)
			result->error = message_for_logs(error);
	}
	else if (!context->notable && context->warning == NULL)
		return false;
	result->record_count = step->aggregate == NULL ? result->counts.processed :
		result->counts.inserted + result->counts.updated + result->counts.deleted;
	result->error_count = error != NULL ? 1 : result->counts.rejected + result->counts.warned;
	result->status = error != NULL ? "Failure" :
		result->error_count > 0 || context->warning != NULL ? "Warning" : "Success";
	result->details = describe(context->run, &result->counts, result->duration_ms,
							   context->warning, error);
	if (because == NULL)
		note_outcome(context->run, step, error);
	return true;
}

/* The steps that the targets need, with all they depend on. */
uint32
zg_steps_of_targets(ArrayType *targets)
{
	Datum	   *names;
	int			n;
	uint32		wanted = 0;

	if (targets == NULL)
		return BIT(STEP_COUNT) - 1;
	if (array_contains_nulls(targets) || ArrayGetNItems(ARR_NDIM(targets), ARR_DIMS(targets)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"targets\" must not be empty or contain nulls"),
				 errhint("Leave it out for all of gold.")));
	deconstruct_array(targets, TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *name = TextDatumGetCString(names[i]);
		int			id = 0;

		if (strncmp(name, "gold.", 5) == 0)
			name += 5;
		while (id < STEP_COUNT && (steps[id].table == NULL || strcmp(steps[id].table, name) != 0))
			id++;
		if (id == STEP_COUNT)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("\"%s\" is not a table that a refresh maintains", name),
					 errhint("Targets are names of gold tables, such as go_agg_mrr or go_fact_billing.")));
		wanted |= BIT(id);
	}
	/* participants, who may be active users as well, are read by that step */
	if (wanted & (BIT(STEP_AGG_ADOPTION) | BIT(STEP_AGG_LICENSE)))
		wanted |= BIT(STEP_AGG_ACTIVE_USERS);
	for (int id = STEP_COUNT - 1; id >= 0; id--)
		if (wanted & BIT(id))
			wanted |= steps[id].depends;
	/* a fact is not to name what its dimension lacks */
	for (int id = 0; id < STEP_COUNT; id++)
		if (steps[id].work == work_dimension && (wanted & steps[id].depends))
			wanted |= BIT(id);
	if (wanted & BIT(STEP_DIM_USER))
		wanted |= BIT(STEP_EXTEND_USER);
	return wanted;
}

uint32
zg_step_named(const char *process)
{
	for (int id = 0; process != NULL && id < STEP_COUNT; id++)
		if (strcmp(steps[id].process, process) == 0)
			return BIT(id);
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
	if (severity(result->status) > severity(total->status))
		total->status = result->status;
}

/* The relation whose rows a step reads first of all, or -1. */
static int
relation_of(int id)
{
	if (id == STEP_DIM_USER)
		return ZG_USERS;
	if (id == STEP_AGG_ACTIVE_USERS)
		return ZG_PARTICIPANTS;
	return steps[id].work == work_fact ? steps[id].detail : -1;
}

/*
 * Note how the relations that were taken up fared; where there was no work, a
 * failure is over: it would have left some.  A confirmation of deletes holds
 * for one refresh.
 */
static void
save_relations(StepContext *context)
{
	Oid			types[] = {TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID};
	Datum		args[3];
	Datum		names[ZG_SILVER_COUNT];
	Datum		statuses[ZG_SILVER_COUNT];
	int			n = 0;

	for (int id = 0; id < ZG_SILVER_COUNT; id++)
	{
		if ((context->taken & BIT(id)) == 0 && context->statuses[id] == NULL)
			continue;
		names[n] = CStringGetTextDatum(zg_silver[id].name);
		statuses[n++] = CStringGetTextDatum(context->statuses[id] == NULL ? "" : context->statuses[id]);
	}
	args[0] = zg_text_array(names, n);
	args[1] = zg_text_array(statuses, n);
	args[2] = TimestampTzGetDatum(context->run->now);
	zg_execute("UPDATE gold_state.relation_state s SET"
			   " refreshed_at = CASE WHEN n.status = 'Failure' THEN s.refreshed_at ELSE $3 END,"
			   " status = coalesce(nullif(n.status, ''), nullif(s.status, 'Failure'), 'Success'), deletes_confirmed = false"
			   " FROM unnest($1, $2) AS n (relation, status) WHERE s.relation = n.relation",
			   3, types, args, NULL);
}

bool
zg_run_steps(ZgRun *run, uint32 wanted, ZgStepVisitor visit, void *arg)
{
	StepContext context = {.run = run};
	ZgStepResult total = {.process = "refresh",.status = "Success"};
	instr_time	start;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(start);
	for (int id = 0; id < STEP_COUNT; id++)
	{
		ZgStepResult result;

		if ((wanted & BIT(id)) == 0 || !run_step(&context, id, &result))
			continue;
		if (relation_of(id) >= 0)
			context.statuses[relation_of(id)] = result.status;
		log_result(run, &result);
		add_to_total(&total, &result);
		visit(&result, arg);
	}
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	total.duration_ms = INSTR_TIME_GET_MILLISEC(end);
	save_relations(&context);
	zg_apply_retention(run);
	total.details = describe(run, &total.counts, total.duration_ms, NULL, NULL);
	log_result(run, &total);
	visit(&total, arg);
	return context.failed != 0;
}
