/*-------------------------------------------------------------------------
 *
 * ticket_history.h
 *	  The kept events of tickets, replayed ticket by ticket.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_TICKET_HISTORY_H
#define ZG_TICKET_HISTORY_H

#include "history/timeline.h"

/* a ticket, as it is handed to a visitor: during the call only */
typedef struct ZgTicketHistory
{
	const text *ticket_id;
	ZgEvent    *events;			/* in the order of capture; their content is
								 * zg_row_stamped_hash() */
	int			n;
	ZgPoint    *points;			/* what follows from them */
	int			npoints;
} ZgTicketHistory;

typedef void (*ZgTicketVisitor) (const ZgTicketHistory *ticket, void *arg);

/*
 * Visit the tickets whose ids are those that a query yields, of one argument or
 * none; NULL = all.
 */
extern void zg_ticket_histories_read(ZgRun *run, const char *ids_query, int nargs, Oid argtype,
									 Datum arg, ZgTicketVisitor visit, void *visitor_arg);

/* Does an event of a ticket say that it is resolved? */
extern bool zg_ticket_is_resolved(const ZgEvent *event);
extern bool zg_status_is_resolved(const text *status);

#endif							/* ZG_TICKET_HISTORY_H */
