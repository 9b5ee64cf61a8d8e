/*-------------------------------------------------------------------------
 *
 * fact_build.h
 *	  One pass over a silver relation, from which facts, members, errors,
 *	  slices and partials come.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_FACT_BUILD_H
#define ZG_FACT_BUILD_H

#include "facts/meeting_lookup.h"
#include "facts/member.h"
#include "facts/slice.h"
#include "quality/error_log.h"
#include "state/diff.h"
#include "users/identity.h"
#include "utils/relcache.h"

typedef struct ZgPass ZgPass;

/* What is to be known of a relation to build its fact. */
typedef struct ZgFact
{
	ZgStepId	step;			/* consumer of its marks */
	ZgTarget	target;			/* table NULL = no fact table */
	ZgTarget	detail;			/* what the state keeps of each row beside */
	const char *detail_day;		/* its column with the day; NULL = the event,
								 * under silver's name */
	int			dimension;		/* ZgDimension or -1 */
	int			member_column;	/* of silver, with the dimension's values */
	bool		names_users;	/* the fact carries user_name */
	/* Read what the rows of the pass refer to. */
	void		(*prepare) (ZgPass *pass);
	/* Find its errors, and the meeting it refers to. */
	void		(*check) (ZgPass *pass, ZgRow *row, ZgBroken *broken);
	/* Of a row without errors: its warnings, and the ordinal it names or -1. */
	int32		(*resolve) (ZgPass *pass, ZgRow *row, ZgBroken *broken);
	/* Note what other passes need of a row, accepted or not; NULL = nothing. */
	void		(*note) (ZgPass *pass, ZgRow *row, bool accepted, int32 ordinal);
	/* An accepted row: its fact row, partials. */
	void		(*emit) (ZgPass *pass, ZgRow *row, int32 ordinal);
	/* After the last row, before anything is saved; NULL = nothing. */
	void		(*finish) (ZgPass *pass);
} ZgFact;

struct ZgPass
{
	ZgRun	   *run;
	const ZgFact *fact;
	const ZgSilver *silver;
	ZgScope    *scope;
	const char *where;			/* the scope as SQL, NULL = all */
	ZgRules    *rules;
	ZgErrors   *errors;
	ZgMembers  *members;
	ZgUsers    *users;
	ZgMeetings *meetings;
	ZgSlices   *slices;
	ZgPartials *partials;
	ZgDiff	   *diff;
	struct ZgDetachedDays *detached;	/* of a partitioned fact; NULL = it is
										 * not */
	ZgDiff	   *detail;			/* NULL = the fact has none */
	ZgCounts   *counts;
	struct ZgNewestRows *winners;	/* newest row per key; NULL = keys are
									 * unique */
	struct ZgReusedKeys *reused;	/* NULL = keys are not those of events
									 * that recur */
	bool		looks;			/* at what changed rows told before */
	bool		key_reused;		/* that of the current row is known to be */
	struct ZgSeenKeys *seen;	/* keys met, while unique ones are assumed */
	bool		repeated;		/* they are not */
	ZgUser	   *user;			/* of the current row, set by resolve */
	ZgMeeting  *meeting;		/* of the current row, set by check */
	void	   *private;		/* of the fact */
};

/*
 * Build a fact: bring the slices of the scope up to date.  Adds to counts.
 */
extern void zg_build_fact(ZgRun *run, const ZgFact *fact, ZgScope *scope,
						  ZgCounts *counts);

/* Has a table an index, valid and over all rows, that begins with a column? */
extern bool zg_has_index_on(Relation rel, const char *column);

#endif							/* ZG_FACT_BUILD_H */
