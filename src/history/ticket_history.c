/*-------------------------------------------------------------------------
 *
 * ticket_history.c
 *	  The kept events of tickets, replayed ticket by ticket.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/text.h"
#include "history/compaction.h"
#include "history/ticket_history.h"
#include "silver/silver.h"

typedef struct Reading
{
	ZgTicketVisitor visit;
	void	   *arg;
	ZgCompaction *compaction;
	text	   *ticket_id;		/* NULL = of no event yet */
	ZgEvent    *events;			/* of the ticket being read */
	int			n;
	int			max;
} Reading;

bool
zg_status_is_resolved(const text *status)
{
	static const char *const resolved[] = {"Resolved", "Closed", NULL};

	return status != NULL && zg_text_spelling(status, resolved) != NULL;
}

bool
zg_ticket_is_resolved(const ZgEvent *event)
{
	return event->payload != NULL;
}

/* Visit the ticket whose events were read. */
static void
end_ticket(Reading *reading)
{
	ZgTicketHistory ticket = {
		.ticket_id = reading->ticket_id,
		.events = reading->events,
		.n = reading->n,
	};

	if (reading->ticket_id != NULL)
	{
		ticket.points = zg_history_timeline(false, ticket.events, ticket.n, &ticket.npoints);
		reading->visit(&ticket, reading->arg);
		zg_compaction_note(reading->compaction, ticket.events, ticket.n);
		pfree(ticket.points);
		pfree(reading->ticket_id);
	}
	reading->ticket_id = NULL;
	reading->n = 0;
}

/*
 * Row handler over gold_state.ticket_event, ordered by ticket.  A version is all
 * that the contract knows of the row: what alters any of it counts as written
 * later, in the ticket's history as in its fact.
 */
static void
read_event(ZgRow *row, void *arg)
{
	Reading    *reading = arg;
	ZgEvent		event;

	zg_event_read(&zg_silver[ZG_TICKETS], row, &event);
	/* the payload of one that is resolved is the reading, of others none */
	if (!row->deleted && zg_status_is_resolved(zg_row_text(row, TICKET_STATUS)))
		event.payload = reading;
	event.says = event.rank;
	event.content = zg_row_stamped_hash(row, event.rank);
	if (reading->n > 0 && reading->events[0].ordinal != event.ordinal)
		end_ticket(reading);
	if (reading->ticket_id == NULL && !row->nulls[TICKET_ID])
		reading->ticket_id = zg_text_copy(zg_row_text(row, TICKET_ID));
	zg_make_room(CurrentMemoryContext, reading->events, reading->n, reading->max);
	reading->events[reading->n++] = event;
}

void
zg_ticket_histories_read(ZgRun *run, const char *ids_query, int nargs, Oid argtype, Datum arg,
						 ZgTicketVisitor visit, void *visitor_arg)
{
	Reading		reading = {
		.visit = visit,
		.arg = visitor_arg,
		.compaction = zg_compaction_begin(&zg_silver[ZG_TICKETS]),
		.max = 16,
	};
	ZgSource	source = {
		.silver = &zg_silver[ZG_TICKETS],
		.from = "gold_state.ticket_event s",
		.deleted = ZG_EVENT_DELETED,
		.extra = ZG_EVENT_COLUMNS,
		.order = "s.ordinal",
		.nargs = nargs,
		.argtypes = {argtype},
		.args = {arg},
	};

	if (ids_query != NULL)
		source.where = psprintf("s.ordinal = ANY (ARRAY (SELECT i.ordinal FROM gold_state.ticket_identity i"
								" WHERE i.ticket_id = ANY (ARRAY (SELECT zoom_gold.normal_text(x) FROM (%s) y (x)))))",
								ids_query);
	reading.events = palloc(reading.max * sizeof(ZgEvent));
	zg_source_read(run, &source, read_event, &reading);
	end_ticket(&reading);
	zg_compaction_end(reading.compaction);
	pfree(reading.events);
}
