/*-------------------------------------------------------------------------
 *
 * meeting_lookup.c
 *	  From a meeting's id to what feature usage and participants need of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/prefetch.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "facts/meeting_lookup.h"
#include "facts/slice_search.h"
#include "facts/tie_break.h"
#include "silver/key_variant.h"
#include "users/identity.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

typedef struct MeetingEntry
{
	text	   *meeting_id;		/* what is known of the meeting stands before */
	uint32		hash;
	char		status;
} MeetingEntry;

#define SH_PREFIX meeting_table
#define SH_ELEMENT_TYPE MeetingEntry
#define SH_KEY meeting_id
#include "base/text_table.h"

static ZgMeeting *
entry_meeting(const MeetingEntry *entry)
{
	return (ZgMeeting *) entry->meeting_id - 1;
}

/* topics that are remembered, to be shared by meetings; a power of two */
#define TOPIC_SLOTS 65536

struct ZgMeetings
{
	ZgRun	   *run;
	MemoryContext context;
	meeting_table_hash *table;
	bool		complete;		/* all meetings are in the table */
	ZgRules    *rules;			/* while reading */
	ZgTies	   *ties;
	ZgArena		arena;			/* of meetings and topics */
	text	   *topics[TOPIC_SLOTS];	/* copied ones by their hash */
};

/* Free the run's set. */
static void
forget_meetings(ZgRun *run)
{
	if (run->meetings != NULL)
		MemoryContextDelete(run->meetings->context);
	run->meetings = NULL;
}

static ZgMeetings *
meetings_create(ZgRun *run, uint32 nmeetings)
{
	MemoryContext context = AllocSetContextCreate(run->context, "zoom_gold meetings",
												  ALLOCSET_DEFAULT_SIZES);
	ZgMeetings *meetings = MemoryContextAllocZero(context, sizeof(ZgMeetings));

	meetings->run = run;
	meetings->context = context;
	meetings->arena.context = context;
	meetings->table = meeting_table_create(context, nmeetings, NULL);
	zg_run_found(run, forget_meetings, ZG_FOUND_BY_ATTEMPT);
	return meetings;
}

/* Drop what the run had, for a new set. */
ZgMeetings *
zg_meetings_create(ZgRun *run, uint32 nmeetings)
{
	forget_meetings(run);
	return run->meetings = meetings_create(run, nmeetings);
}

void
zg_meetings_complete(ZgMeetings *meetings)
{
	meetings->complete = true;
}

static bool
is_newer(const ZgMeeting *meeting, const ZgRow *row, uint64 rank)
{
	int			cmp = zg_compare_versions(row->version_at, row->load_at,
										  meeting->version_at, meeting->load_at);

	return cmp != 0 ? cmp > 0 : rank > meeting->rank;
}

/* A copy of a row's topic, one for many meetings; NULL = it has none. */
static text *
share_topic(ZgMeetings *meetings, const ZgRow *row)
{
	text	   *topic = zg_row_text(row, MEETING_TOPIC);
	text	  **slot;

	if (topic == NULL)
		return NULL;
	slot = &meetings->topics[row->hashes[MEETING_TOPIC] % TOPIC_SLOTS];
	if (*slot == NULL || !zg_text_equal(*slot, topic))
	{
		*slot = zg_arena_alloc(&meetings->arena, VARHDRSZ + VARSIZE_ANY_EXHDR(topic));
		zg_text_copy_to(*slot, topic);
	}
	return *slot;
}

void
zg_meetings_note(ZgMeetings *meetings, const ZgRow *row, int32 host, bool accepted, uint64 rank)
{
	MemoryContext old = MemoryContextSwitchTo(meetings->context);
	uint32		hash = row->hashes[MEETING_ID];
	text	   *id = zg_row_text(row, MEETING_ID);
	bool		found;
	MeetingEntry *entry = meeting_table_insert_hash(meetings->table, id, hash, &found);
	ZgMeeting  *meeting;

	if (!found)
	{
		meeting = zg_arena_alloc(&meetings->arena, sizeof(ZgMeeting) + VARHDRSZ +
								 VARSIZE_ANY_EXHDR(id));
		entry->meeting_id = (text *) (meeting + 1);
		zg_text_copy_to(entry->meeting_id, id);
	}
	meeting = entry_meeting(entry);
	if (!found || is_newer(meeting, row, rank))
	{
		meeting->topic = share_topic(meetings, row);
		meeting->version_at = row->version_at;
		meeting->load_at = row->load_at;
		meeting->rank = rank;
		meeting->host = host;
		meeting->has_host_id = false;
		meeting->day = row->day;
		meeting->accepted = accepted;
	}
	MemoryContextSwitchTo(old);
}

void
zg_meeting_check(const ZgRow *row, ZgBroken *broken)
{
	bool		has_times = !row->nulls[MEETING_START] && !row->nulls[MEETING_END];
	bool		backwards = has_times &&
	DatumGetTimestampTz(row->values[MEETING_END]) < DatumGetTimestampTz(row->values[MEETING_START]);

	if (backwards)
		zg_break(broken, ZG_RULE_END_BEFORE_START);
	if ((!has_times || backwards) && !row->nulls[MEETING_DURATION] &&
		DatumGetInt32(row->values[MEETING_DURATION]) < 0)
		zg_break(broken, ZG_RULE_DURATION_NEGATIVE);
}

/* Row handler: judge a meeting as its own fact does. */
static void
read_meeting(ZgRow *row, void *arg)
{
	ZgMeetings *meetings = arg;
	ZgBroken	broken = {.user_rules = row->user_rules};
	ZgMeeting  *meeting;
	text	   *host = zg_row_text(row, MEETING_HOST);
	uint64		rank;

	if (row->nulls[MEETING_ID])
		return;
	rank = zg_tie_rank(meetings->ties, &zg_silver[ZG_MEETINGS], row);
	row->hashes[MEETING_ID] = zg_text_hash64(zg_row_text(row, MEETING_ID));
	if (!row->nulls[MEETING_TOPIC])
		row->hashes[MEETING_TOPIC] = zg_text_hash64(zg_row_text(row, MEETING_TOPIC));
	zg_meeting_check(row, &broken);
	zg_rules_check_contract(meetings->run, &zg_silver[ZG_MEETINGS], row, &broken);
	zg_meetings_note(meetings, row, -1, !row->deleted && !zg_rules_rejects(meetings->rules, &broken), rank);
	meeting = zg_meetings_find(meetings, zg_row_text(row, MEETING_ID), row->hashes[MEETING_ID]);
	if (host != NULL && VARSIZE_ANY_EXHDR(host) <= ZG_MAX_VALUE_LENGTH &&
		meeting->rank == rank && !meeting->has_host_id)
	{
		MemoryContext old = MemoryContextSwitchTo(meetings->context);

		meeting->host_id = zg_text_copy(host);
		meeting->has_host_id = true;
		MemoryContextSwitchTo(old);
	}
}

static void
resolve_host(ZgUsers *users, ZgMeeting *meeting)
{
	const text *id = meeting->host_id;

	if (!meeting->has_host_id)
		return;
	meeting->host = zg_users_find(users, id, zg_text_hash(id))->ordinal;
	meeting->has_host_id = false;
}

/* Find the hosts of the meetings read: all users, or just these. */
static void
resolve_hosts(ZgMeetings *meetings, bool whole)
{
	ZgUsers    *users;
	ZgIdList   *ids = zg_idlist_create();
	meeting_table_iterator iterator;
	MeetingEntry *entry;

	meeting_table_start_iterate(meetings->table, &iterator);
	while (!whole && (entry = meeting_table_iterate(meetings->table, &iterator)) != NULL)
		if (entry_meeting(entry)->has_host_id)
			zg_idlist_add(ids, entry_meeting(entry)->host_id);
	users = whole ? zg_users_whole(meetings->run) : zg_users_of(meetings->run, ids);
	meeting_table_start_iterate(meetings->table, &iterator);
	while ((entry = meeting_table_iterate(meetings->table, &iterator)) != NULL)
		resolve_host(users, entry_meeting(entry));
	zg_users_save(users);
}

/* Which meetings to read, NULL = all that have one of the ids. */
static const char *
meetings_condition(ZgRun *run, Datum *ids, int n)
{
	if (ids == NULL)
		return NULL;
	if (zg_silver_takes_list(run, &zg_silver[ZG_MEETINGS], n))
		return "s.meeting_id = ANY ($1)";
	if ((run->followed & UINT32_C(1) << ZG_MEETINGS) == 0)
		return NULL;
	return zg_slices_restriction(run, &zg_silver[ZG_MEETINGS], ids, n, NULL, 0);
}

/* Read all meetings (ids NULL), or those of n ids. */
static void
read_meetings(ZgMeetings *meetings, Datum *ids, int n)
{
	const ZgSilver *silver = &zg_silver[ZG_MEETINGS];
	const char *name = zg_silver_name(meetings->run, silver);
	ZgSource	source = {
		.silver = silver,
		.from = ids == NULL ? psprintf("%s s", name) :
		psprintf("unnest($1) AS zoom_gold_ids (zoom_gold_id) JOIN %s s ON %s", name,
				 zg_silver_equals(meetings->run, silver, 0, "= zoom_gold_ids.zoom_gold_id")),
		.where = meetings_condition(meetings->run, ids, n),
		.rules = zg_rules_mask_expression(meetings->run, silver),
		.deleted = zg_silver_deleted(meetings->run, silver),
		.nargs = ids == NULL ? 0 : 1,
		.argtypes = {TEXTARRAYOID},
		.args = {ids == NULL ? (Datum) 0 : zg_text_array(ids, n)},
	};

	meetings->rules = zg_rules_load(meetings->run, silver);
	meetings->ties = zg_ties_read(meetings->run, silver);
	if (meetings->ties != NULL)
		source.extra = zg_tie_digest(meetings->run, silver);
	zg_source_read(meetings->run, &source, read_meeting, meetings);
	resolve_hosts(meetings, ids == NULL);
}

ZgMeetings *
zg_meetings_whole(ZgRun *run)
{
	ZgMeetings *meetings = run->meetings;

	if (meetings != NULL && meetings->complete)
		return meetings;
	meetings = zg_meetings_create(run, zg_silver_estimate(run, &zg_silver[ZG_MEETINGS]));
	read_meetings(meetings, NULL, 0);
	meetings->complete = true;
	return meetings;
}

/* Is a meeting in the set already? */
static bool
has_meeting(const text *meeting_id, void *arg)
{
	return zg_meetings_find(arg, meeting_id, zg_text_hash(meeting_id)) != NULL;
}

/*
 * What the run has noted stays: the pass over meetings has read most of those
 * that feature usage of the same days speaks of.
 */
ZgMeetings *
zg_meetings_of(ZgRun *run, ZgIdList *ids)
{
	ZgMeetings *meetings = run->meetings;
	Datum	   *lacking;
	int			n;

	if (meetings != NULL && meetings->complete)
		return meetings;
	if (meetings == NULL)
		meetings = zg_meetings_create(run, 1024);
	zg_key_variants_add(run, &zg_silver[ZG_MEETINGS], MEETING_ID, ids);
	n = zg_idlist_lacking(ids, has_meeting, meetings, &lacking);
	if (n > 0)
		read_meetings(meetings, lacking, n);
	return meetings;
}

ZgMeeting *
zg_meetings_find(ZgMeetings *meetings, const text *meeting_id, uint32 hash)
{
	MeetingEntry *entry = meeting_table_lookup_hash(meetings->table, (text *) meeting_id, hash);

	return entry == NULL ? NULL : entry_meeting(entry);
}

void
zg_meetings_prefetch(const ZgMeetings *meetings, uint32 hash, int step)
{
	const MeetingEntry *entry = &meetings->table->data[hash & meetings->table->sizemask];

	if (step == 0)
		zg_prefetch(entry, sizeof(MeetingEntry));
	else if (entry->status == meeting_table_SH_IN_USE)
		zg_prefetch(entry_meeting(entry), sizeof(ZgMeeting) + 1);
}
