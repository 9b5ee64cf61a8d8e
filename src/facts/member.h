/*-------------------------------------------------------------------------
 *
 * member.h
 *	  Members of the Type 1 dimensions, seen while facts pass by.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_MEMBER_H
#define ZG_MEMBER_H

#include "state/run.h"

typedef enum ZgDimension
{
	ZG_DIM_MEETING,
	ZG_DIM_FEATURE,
	ZG_DIM_WEBINAR,
	ZG_DIM_TICKET_TYPE,
	ZG_DIM_BILLING_EVENT_TYPE,
	ZG_DIM_LICENSE_TYPE
} ZgDimension;

#define ZG_DIMENSION_COUNT 6

/* a value and the newest row that carried it */
typedef struct ZgMember
{
	text	   *value;
	TimestampTz version_at;
	TimestampTz load_at;
	uint64		key_hash;		/* of that row's key */
	text	   *source_system;
	bool		changed;		/* not yet in the state */
} ZgMember;

typedef struct ZgMembers ZgMembers;

extern ZgMembers *zg_members_create(ZgRun *run, ZgDimension dimension);

/* Note a value of an accepted row; returns its member, which stays put. */
extern ZgMember *zg_members_see(ZgMembers *members, const text *value, uint32 hash,
								TimestampTz version_at, TimestampTz load_at,
								uint64 key_hash, const text *source_system);

/* As zg_users_prefetch, in two steps. */
extern void zg_members_prefetch(const ZgMembers *members, uint32 hash, int step);

/* Write what is newer than the state; marks the dimension's step. */
extern void zg_members_save(ZgMembers *members);

/* The step: bring the gold dimension to the state. */
extern void zg_merge_dimension(ZgRun *run, ZgDimension dimension, ZgCounts *counts);

#endif							/* ZG_MEMBER_H */
