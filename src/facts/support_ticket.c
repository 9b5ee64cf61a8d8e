/*-------------------------------------------------------------------------
 *
 * support_ticket.c
 *	  go_fact_support_ticket.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "facts/fact.h"
#include "facts/fact_row.h"
#include "history/ticket_history.h"
#include "history/ticket_resolution.h"
#include "utils/timestamp.h"

static void
ticket_prepare(ZgPass *pass)
{
	zg_prepare_users(pass);
	pass->private = zg_resolutions_read(pass->run,
										pass->where == NULL ? NULL :
										psprintf("SELECT s.ticket_id::text FROM %s s WHERE %s",
												 zg_silver_name(pass->run, pass->silver), pass->where));
}

static void
ticket_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	text	   *status = zg_row_text(row, TICKET_STATUS);

	(void) pass;
	if (status != NULL && zg_text_spelling(status, zg_ticket_statuses) == NULL)
		zg_break(broken, ZG_RULE_STATUS_UNKNOWN);
}

/* When the ticket was resolved, DT_NOEND = it is not. */
static TimestampTz
ticket_resolved_at(ZgPass *pass, ZgRow *row)
{
	if (!zg_status_is_resolved(zg_row_text(row, TICKET_STATUS)))
		return DT_NOEND;
	return zg_resolutions_find(pass->private, zg_row_text(row, TICKET_ID));
}

static int32
ticket_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	TimestampTz resolved = ticket_resolved_at(pass, row);

	if (resolved < zg_day_start(row->day))
		zg_break(broken, ZG_RULE_RESOLVED_BEFORE_OPENED);
	return zg_resolve_user(pass, row, TICKET_USER, ZG_RULE_USER_MISSING,
						   ZG_RULE_USER_UNKNOWN, broken);
}

static void
ticket_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[6];
	bool		nulls[6];
	TimestampTz resolved = ticket_resolved_at(pass, row);
	TimestampTz opened = zg_day_start(row->day);
	ZgMember   *type = zg_see_member(pass, row);

	(void) ordinal;
	zg_put_text(values, nulls, 0, zg_name_of_day(pass, row->day));
	zg_put(values, nulls, 1, row, TICKET_TYPE);
	zg_put(values, nulls, 2, row, TICKET_STATUS);
	zg_put(values, nulls, 3, row, TICKET_OPENED);
	zg_put_text(values, nulls, 4, row->source_system);
	values[5] = TimestampTzGetDatum(resolved);
	nulls[5] = resolved == DT_NOEND || resolved < opened;
	zg_put_fact(pass, row, values, nulls);
	if (!nulls[5])
		zg_partials_add(pass->partials, row->day, row->day, type, resolved - opened, -1,
						row->source_system);
}

const ZgFact zg_fact_support_ticket = {
	.step = ZG_STEP_FACT_TICKET,
	.target = {
		.schema = "gold",.table = "go_fact_support_ticket",.ncolumns = 6,
		.columns = {"user_name", "ticket_type", "resolution_status", "open_date",
		"source_system", "resolved_at"},
		.pair_columns = 1 << 1 | 1 << 3
	},
	.dimension = ZG_DIM_TICKET_TYPE,
	.member_column = TICKET_TYPE,
	.names_users = true,
	.prepare = ticket_prepare,
	.check = ticket_check,
	.resolve = ticket_resolve,
	.emit = ticket_emit,
};
