/*-------------------------------------------------------------------------
 *
 * step_graph.h
 *	  The silver relations, the steps of a refresh, and what each computes
 *	  from: the one place that says so.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_STEP_GRAPH_H
#define ZG_STEP_GRAPH_H

#include "postgres.h"

typedef enum ZgSilverId
{
	ZG_USERS,
	ZG_MEETINGS,
	ZG_PARTICIPANTS,
	ZG_FEATURE_USAGE,
	ZG_WEBINARS,
	ZG_TICKETS,
	ZG_LICENSES,
	ZG_BILLING
} ZgSilverId;

#define ZG_SILVER_COUNT 8

/* in the order in which they are run */
typedef enum ZgStepId
{
	ZG_STEP_DIM_USER,
	ZG_STEP_FACT_MEETING,
	ZG_STEP_DIM_MEETING,
	ZG_STEP_FACT_FEATURE,
	ZG_STEP_DIM_FEATURE,
	ZG_STEP_FACT_WEBINAR,
	ZG_STEP_DIM_WEBINAR,
	ZG_STEP_FACT_TICKET,
	ZG_STEP_DIM_TICKET,
	ZG_STEP_FACT_BILLING,
	ZG_STEP_DIM_BILLING,
	ZG_STEP_FACT_LICENSE,
	ZG_STEP_DIM_LICENSE,
	ZG_STEP_EXTEND_USER,
	ZG_STEP_AGG_ACTIVE_USERS,
	ZG_STEP_AGG_MINUTES,
	ZG_STEP_AGG_ADOPTION,
	ZG_STEP_AGG_RESOLUTION,
	ZG_STEP_AGG_MRR,
	ZG_STEP_AGG_LICENSE,
	/* no step: the pass over participants, made by that of the active users */
	ZG_PASS_PARTICIPANTS
} ZgStepId;

#define ZG_STEP_COUNT ZG_PASS_PARTICIPANTS
#define ZG_NODE_COUNT (ZG_PASS_PARTICIPANTS + 1)

#define ZG_BIT(n) (UINT32_C(1) << (n))

typedef struct ZgStep
{
	const char *process;		/* name in the log, consumer of dirty marks */
	const char *table;			/* its target in gold; NULL = none of its own */
	int			relation;		/* silver relation whose rows it reads; -1 =
								 * none */
	bool		uses_meetings;	/* these refer to meetings */
	bool		names_users;	/* it finds out whom these name */
	bool		counts_users;	/* of the sums of days it looks at the users,
								 * not at the amounts */
	uint32		from;			/* steps from whose results it computes */
	uint32		after;			/* others that must have succeeded */
} ZgStep;

extern const ZgStep zg_steps[ZG_NODE_COUNT];

/* The silver relations whose rows a step reads, as a set. */
extern uint32 zg_step_relations(ZgStepId id);

/*
 * The steps without which a step must not run, as a set.  Participants matter
 * to others than the step that reads them where they count as active users.
 */
extern uint32 zg_step_dependencies(ZgStepId id, bool participants_count);

/* The step that reads a relation's rows. */
extern ZgStepId zg_step_of_relation(ZgSilverId id);

#endif							/* ZG_STEP_GRAPH_H */
