/*-------------------------------------------------------------------------
 *
 * run.h
 *	  What all parts of one refresh share: the clock, the snapshot, the
 *	  settings, what steps found.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_RUN_H
#define ZG_RUN_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "state/step_graph.h"
#include "utils/date.h"
#include "utils/snapshot.h"

/* gold_state.settings, as C */
typedef struct ZgSettings
{
	char	   *silver_schema;
	bool		host_or_participant;	/* active_user */
	bool		ignore_deletes; /* delete_policy = ignore */
	bool		keep_deleted_facts; /* fact_deletes = keep */
	double		guard_percent;
	int64		guard_rows;
	DateADT		min_date;
	Interval   *full_compare_interval;
	Interval   *captured_compare_interval;
	int64		watermark_margin;	/* microseconds */
	int32		log_retention_days; /* 0 = for ever */
	bool		makes_partitions;	/* partition_facts is not empty */
} ZgSettings;

typedef struct ZgRun
{
	int64		run;			/* number of the run, for the logs */
	TimestampTz now;			/* the clock of the whole run */
	DateADT		today;			/* its UTC day */
	Snapshot	snapshot;		/* registered; all reads of the run */
	bool		full;			/* re-read all of silver */
	ZgSettings	settings;
	MemoryContext context;		/* lives as long as the run */
	struct ZgRelationRead *relations;	/* what the state held of silver */
	List	   *findings;		/* how to forget them, see zg_run_found() */
	/* found once, used by several steps; dropped when a step fails */
	struct ZgUsers *users;
	struct ZgMeetings *meetings;
	struct ZgKeyVariants *spellings;
	struct ZgValueMaps *value_maps;
	struct ZgReach *reach;		/* users whose first event may have moved */
	struct ZgIntake *meetings_taken;	/* by the step at work; what refers to
										 * them is not marked yet */
	uint32		followed;		/* by ZgSilverId: relations of which every
								 * change since their slices were made is
								 * marked */
	uint32		uncaptured;		/* by ZgSilverId: relations taken up of which
								 * capture has not told how rows changed */
	struct ZgHashes *replaced[ZG_SILVER_COUNT]; /* elsewhere: keys that were
												 * deleted and inserted in one
												 * transaction; NULL = none */
	uint32		told;			/* by ZgSilverId: relations to which the last
								 * pass over meetings tells something new */
	struct ZgChangedMembers *changed_members;	/* of Type 1 dimensions */
	/* per silver relation, the users' rules that the step computes, or NULL */
	const char *user_rules[ZG_SILVER_COUNT];
} ZgRun;

/* What a finding of a run rests on: when that is rolled back, it is doubtful. */
typedef enum ZgFoundBy
{
	ZG_FOUND_BY_STEP,
	ZG_FOUND_BY_ATTEMPT			/* or by an attempt at a pass within a step */
} ZgFoundBy;

/* how the owner of a finding drops it */
typedef void (*ZgForget) (ZgRun *run);

/* rows written to one gold table, and rows read for it */
typedef struct ZgCounts
{
	int64		processed;		/* rows read from silver */
	int64		inserted;
	int64		updated;
	int64		deleted;
	int64		unchanged;
	int64		rejected;		/* rows */
	int64		warned;			/* rows */
	int64		detached;		/* rows of a fact whose partition was detached */
} ZgCounts;

/* the value of zoom_gold.clock */
extern char *zg_clock_setting;

/* 9999-12-31 00:00 UTC, the end of what is open: nothing accepted is later */
#define ZG_OPEN_END INT64CONST(252455529600000000)
#define ZG_OPEN_END_DAY ((DateADT) 2921939)

/*
 * The owner of a finding says how to forget it; again as often as it likes.
 */
extern void zg_run_found(ZgRun *run, ZgForget forget, ZgFoundBy by);

/* A step, or an attempt within one, was rolled back: forget what it found. */
extern void zg_run_forget(ZgRun *run, ZgFoundBy by);

/* Show at debug1 what a step, or the pass that one makes, decided. */
extern void zg_run_show(const char *name, const char *decided);

/* "now": the GUC zoom_gold.clock, or the wall clock */
extern TimestampTz zg_clock_now(void);

/* the day on which an instant falls in UTC; infinities map to the dates' */
extern DateADT zg_utc_day(TimestampTz at);

/* 00:00 UTC of a day */
extern TimestampTz zg_day_start(DateADT day);

#endif							/* ZG_RUN_H */
