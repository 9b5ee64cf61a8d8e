/*-------------------------------------------------------------------------
 *
 * ticket_resolution.c
 *	  When tickets were resolved, from their kept versions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/text.h"
#include "history/timeline.h"
#include "history/ticket_resolution.h"
#include "silver/silver.h"

typedef struct Resolution
{
	text	   *ticket_id;
	uint32		hash;
	char		status;
	TimestampTz resolved_at;
} Resolution;

#define SH_PREFIX resolution_table
#define SH_ELEMENT_TYPE Resolution
#define SH_KEY ticket_id
#include "base/text_table.h"

struct ZgResolutions
{
	resolution_table_hash *table;
	ZgEvent    *events;			/* of the ticket being read */
	int			n;
	int			max;
	text	   *ticket_id;
};

/* Is the status one of those that end a ticket? */
bool
zg_status_is_resolved(const text *status)
{
	static const char *const resolved[] = {"Resolved", "Closed", NULL};

	return status != NULL && zg_text_spelling(status, resolved) != NULL;
}

/* When the final unbroken run of resolved versions began, DT_NOEND = never. */
static TimestampTz
final_run(const ZgPoint *points, int n)
{
	TimestampTz began = DT_NOEND;

	for (int i = 0; i < n; i++)
	{
		if (points[i].event == NULL || points[i].event->payload == NULL)
			began = DT_NOEND;
		else if (began == DT_NOEND)
			began = points[i].at;
	}
	return began;
}

/* Judge the ticket whose events were read. */
static void
end_ticket(ZgResolutions *resolutions)
{
	ZgPoint    *points;
	int			npoints;
	TimestampTz resolved_at;

	if (resolutions->n == 0)
		return;
	points = zg_history_timeline(false, resolutions->events, resolutions->n, &npoints);
	resolved_at = final_run(points, npoints);
	pfree(points);
	resolutions->n = 0;
	if (resolved_at != DT_NOEND && resolutions->ticket_id != NULL)
	{
		bool		found;
		Resolution *entry = resolution_table_insert(resolutions->table,
													resolutions->ticket_id, &found);

		entry->resolved_at = resolved_at;
	}
}

/* Row handler over gold_state.ticket_event, ordered by ticket. */
static void
read_event(ZgRow *row, void *arg)
{
	ZgResolutions *resolutions = arg;
	ZgEvent		event;
	bool		resolved = !row->deleted && zg_status_is_resolved(zg_row_text(row, TICKET_STATUS));

	zg_event_read(&zg_silver[ZG_TICKETS], row, &event);
	/* a version's payload says whether it is resolved */
	event.payload = resolved ? resolutions : NULL;
	event.content = row->deleted ? zg_event_deletion_hash(&event) :
		zg_row_text(row, TICKET_STATUS) == NULL ? 0 :
		zg_text_hash64(zg_row_text(row, TICKET_STATUS));
	if (resolutions->n > 0 && resolutions->events[0].ordinal != event.ordinal)
		end_ticket(resolutions);
	if (resolutions->n == 0)
		resolutions->ticket_id = NULL;
	if (resolutions->ticket_id == NULL && !row->nulls[TICKET_ID])
		resolutions->ticket_id = zg_text_copy(zg_row_text(row, TICKET_ID));
	zg_make_room(CurrentMemoryContext, resolutions->events, resolutions->n, resolutions->max);
	resolutions->events[resolutions->n++] = event;
}

ZgResolutions *
zg_resolutions_read(ZgRun *run, const char *ids_query)
{
	ZgResolutions *resolutions = palloc0(sizeof(ZgResolutions));
	ZgSource	source = {
		.silver = &zg_silver[ZG_TICKETS],
		.from = "gold_state.ticket_event s",
		.deleted = ZG_EVENT_DELETED,
		.extra = ZG_EVENT_COLUMNS,
		.order = "s.ordinal",
	};

	if (ids_query != NULL)
		source.where = psprintf("s.ordinal = ANY (ARRAY (SELECT i.ordinal FROM gold_state.ticket_identity i"
								" WHERE i.ticket_id = ANY (ARRAY (SELECT zoom_gold.normal_text(x) FROM (%s) y (x)))))",
								ids_query);
	resolutions->max = 16;
	resolutions->events = palloc(resolutions->max * sizeof(ZgEvent));
	resolutions->table = resolution_table_create(CurrentMemoryContext, 1024, NULL);
	zg_source_read(run, &source, read_event, resolutions);
	end_ticket(resolutions);
	return resolutions;
}

TimestampTz
zg_resolutions_find(ZgResolutions *resolutions, const text *ticket_id)
{
	Resolution *entry = resolution_table_lookup(resolutions->table, (text *) ticket_id);

	return entry == NULL ? DT_NOEND : entry->resolved_at;
}
