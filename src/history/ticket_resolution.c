/*-------------------------------------------------------------------------
 *
 * ticket_resolution.c
 *	  When tickets were resolved, from their kept versions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "history/ticket_history.h"
#include "history/ticket_resolution.h"

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
};

/* When the final unbroken run of resolved versions began, DT_NOEND = never. */
static TimestampTz
final_run(const ZgPoint *points, int n)
{
	TimestampTz began = DT_NOEND;

	for (int i = 0; i < n; i++)
	{
		if (points[i].event == NULL || !zg_ticket_is_resolved(points[i].event))
			began = DT_NOEND;
		else if (began == DT_NOEND)
			began = points[i].at;
	}
	return began;
}

/* Visitor of tickets */
static void
note_resolution(const ZgTicketHistory *ticket, void *arg)
{
	ZgResolutions *resolutions = arg;
	TimestampTz resolved_at = final_run(ticket->points, ticket->npoints);
	Resolution *entry;
	bool		found;

	if (resolved_at == DT_NOEND)
		return;
	entry = resolution_table_insert(resolutions->table, zg_text_copy(ticket->ticket_id), &found);
	entry->resolved_at = resolved_at;
}

ZgResolutions *
zg_resolutions_read(ZgRun *run, const char *ids_query)
{
	ZgResolutions *resolutions = palloc(sizeof(ZgResolutions));

	resolutions->table = resolution_table_create(CurrentMemoryContext, 1024, NULL);
	zg_ticket_histories_read(run, ids_query, 0, InvalidOid, 0, note_resolution, resolutions);
	return resolutions;
}

TimestampTz
zg_resolutions_find(ZgResolutions *resolutions, const text *ticket_id)
{
	Resolution *entry = resolution_table_lookup(resolutions->table, (text *) ticket_id);

	return entry == NULL ? DT_NOEND : entry->resolved_at;
}
