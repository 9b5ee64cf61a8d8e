/*-------------------------------------------------------------------------
 *
 * meeting_lookup.h
 *	  From a meeting's id to what feature usage and participants need of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_MEETING_LOOKUP_H
#define ZG_MEETING_LOOKUP_H

#include "quality/rule.h"
#include "silver/idlist.h"
#include "silver/silver.h"

/* a first load holds one of every meeting: as little as will do */
typedef struct ZgMeeting
{
	text	   *topic;			/* NULL = none */
	TimestampTz version_at;		/* of the row that counts */
	TimestampTz load_at;
	uint64		rank;			/* among rows with the same timestamps */
	union
	{
		int32		host;		/* ordinal, -1 = none */
		text	   *host_id;	/* until the ordinal is found */
	};
	DateADT		day;			/* on which it starts */
	bool		accepted;
	bool		has_host_id;
} ZgMeeting;

typedef struct ZgMeetings ZgMeetings;

/* Find the errors of a meeting that need nothing but its row. */
extern void zg_meeting_check(const ZgRow *row, ZgBroken *broken);

/* An empty set in the run with room for so many meetings. */
extern ZgMeetings *zg_meetings_create(ZgRun *run, uint32 nmeetings);

/*
 * Note a meeting that was read; the newest row of a key counts.  The row has
 * the hashes of its id and topic.
 */
extern void zg_meetings_note(ZgMeetings *meetings, const ZgRow *row, int32 host,
							 bool accepted, uint64 rank);

/* All meetings; reads silver unless the run has them already. */
extern ZgMeetings *zg_meetings_whole(ZgRun *run);

/* Those of given ids, as stored and normal. */
extern ZgMeetings *zg_meetings_of(ZgRun *run, ZgIdList *ids);

/* The meeting of a normalised id, or NULL. */
extern ZgMeeting *zg_meetings_find(ZgMeetings *meetings, const text *meeting_id, uint32 hash);

/* As zg_users_prefetch, in two steps. */
extern void zg_meetings_prefetch(const ZgMeetings *meetings, uint32 hash, int step);

/* Say that all meetings were noted. */
extern void zg_meetings_complete(ZgMeetings *meetings);

#endif							/* ZG_MEETING_LOOKUP_H */
