/*-------------------------------------------------------------------------
 *
 * meeting.c
 *	  From a meeting's id to what feature usage and participants need of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fact.h"
#include "identity.h"
#include "meeting.h"
#include "rule.h"
#include "spelling.h"
#include "text.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct MeetingEntry
{
	ZgMeeting  *meeting;
	uint32		hash;
	char		status;
} MeetingEntry;

#define SH_PREFIX meeting_table
#define SH_ELEMENT_TYPE MeetingEntry
#define SH_KEY_TYPE ZgMeeting *
#define SH_KEY meeting
#define SH_HASH_KEY(tb, key) zg_text_hash((key)->meeting_id)
#define SH_EQUAL(tb, a, b) zg_text_equal((a)->meeting_id, (b)->meeting_id)
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ZgMeetings
{
	ZgRun	   *run;
	MemoryContext context;
	meeting_table_hash *table;
	bool		complete;		/* all meetings are in the table */
	ZgRules    *rules;			/* while reading */
	ZgUsers    *users;
	text	   *topic;			/* the last one copied */
};

static ZgMeetings *
meetings_create(ZgRun *run, uint32 nmeetings)
{
	MemoryContext context = AllocSetContextCreate(run->context, "zoom_gold meetings",
												  ALLOCSET_DEFAULT_SIZES);
	ZgMeetings *meetings = MemoryContextAllocZero(context, sizeof(ZgMeetings));

	meetings->run = run;
	meetings->context = context;
	meetings->table = meeting_table_create(context, nmeetings, NULL);
	return meetings;
}

/* Drop what the run had, for a new set. */
ZgMeetings *
zg_meetings_create(ZgRun *run, uint32 nmeetings)
{
	if (run->meetings != NULL)
		MemoryContextDelete(run->meetings->context);
	run->meetings = NULL;
	return run->meetings = meetings_create(run, nmeetings);
}

void
zg_meetings_complete(ZgMeetings *meetings)
{
	meetings->complete = true;
}

static bool
is_newer(const ZgMeeting *meeting, const ZgRow *row, uint64 content)
{
	if (row->version_at != meeting->version_at)
		return row->version_at > meeting->version_at;
	if (row->load_at != meeting->load_at)
		return row->load_at > meeting->load_at;
	return content > meeting->content;
}

void
zg_meetings_note(ZgMeetings *meetings, const ZgRow *row, const text *topic,
				 int32 host, bool accepted, uint64 content)
{
	MemoryContext old = MemoryContextSwitchTo(meetings->context);
	ZgMeeting	key = {.meeting_id = zg_row_text(row, MEETING_ID)};
	bool		found;
	MeetingEntry *entry = meeting_table_insert(meetings->table, &key, &found);
	ZgMeeting  *meeting;

	if (!found)
	{
		entry->meeting = palloc(sizeof(ZgMeeting) + VARHDRSZ + VARSIZE_ANY_EXHDR(key.meeting_id));
		entry->meeting->meeting_id = (text *) (entry->meeting + 1);
		zg_text_copy_to(entry->meeting->meeting_id, key.meeting_id);
	}
	meeting = entry->meeting;
	if (!found || is_newer(meeting, row, content))
	{
		if (topic != NULL && (meetings->topic == NULL || !zg_text_equal(meetings->topic, topic)))
			meetings->topic = zg_text_copy(topic);
		meeting->topic = topic == NULL ? NULL : meetings->topic;
		meeting->version_at = row->version_at;
		meeting->load_at = row->load_at;
		meeting->content = content;
		meeting->host = host;
		meeting->day = row->day;
		meeting->accepted = accepted;
	}
	MemoryContextSwitchTo(old);
}

/* Row handler: judge a meeting as its own fact does. */
static void
read_meeting(ZgRow *row, void *arg)
{
	ZgMeetings *meetings = arg;
	ZgBroken	broken = {.user_rules = row->user_rules};
	text	   *host = zg_row_text(row, MEETING_HOST);
	int32		ordinal = -1;

	if (row->nulls[MEETING_ID])
		return;
	zg_meeting_check(row, &broken);
	zg_rules_check_contract(meetings->run, &zg_silver[ZG_MEETINGS], row, &broken);
	if (host != NULL && VARSIZE_ANY_EXHDR(host) <= ZG_MAX_VALUE_LENGTH)
		ordinal = zg_users_find(meetings->users, host)->ordinal;
	zg_meetings_note(meetings, row, zg_row_text(row, MEETING_TOPIC), ordinal,
					 !zg_rules_rejects(meetings->rules, &broken),
					 zg_row_hash(&zg_silver[ZG_MEETINGS], row));
}

static void
read_meetings(ZgMeetings *meetings, const char *where)
{
	const ZgSilver *silver = &zg_silver[ZG_MEETINGS];
	ZgSource	source = {
		.silver = silver,
		.from = psprintf("%s s", zg_silver_name(meetings->run, silver)),
		.where = where,
		.rules = true,
	};

	meetings->rules = zg_rules_load(meetings->run, silver);
	zg_source_read(meetings->run, &source, read_meeting, meetings);
	zg_users_save(meetings->users);
}

ZgMeetings *
zg_meetings_whole(ZgRun *run)
{
	ZgMeetings *meetings = run->meetings;

	if (meetings != NULL && meetings->complete)
		return meetings;
	meetings = zg_meetings_create(run, zg_silver_estimate(run, &zg_silver[ZG_MEETINGS]));
	meetings->users = zg_users_whole(run);
	read_meetings(meetings, NULL);
	meetings->complete = true;
	return meetings;
}

ZgMeetings *
zg_meetings_of(ZgRun *run, const char *ids_query)
{
	ZgMeetings *meetings = run->meetings;
	const ZgSilver *silver = &zg_silver[ZG_MEETINGS];
	char	   *where;

	if (meetings != NULL && meetings->complete)
		return meetings;
	meetings = zg_meetings_create(run, 1024);
	where = psprintf("s.meeting_id = ANY (%s)",
					 zg_spellings_sql(silver, MEETING_ID,
									  psprintf("ARRAY (SELECT zoom_gold.normal_text(x) FROM (%s) y (x) UNION %s)",
											   ids_query, ids_query)));
	meetings->users = zg_users_of(run, psprintf("SELECT DISTINCT s.host_id::text FROM %s s WHERE %s",
												zg_silver_name(run, silver), where));
	read_meetings(meetings, where);
	return meetings;
}

ZgMeeting *
zg_meetings_find(ZgMeetings *meetings, const text *meeting_id)
{
	ZgMeeting	key = {.meeting_id = (text *) meeting_id};
	MeetingEntry *entry = meeting_table_lookup(meetings->table, &key);

	return entry == NULL ? NULL : entry->meeting;
}
