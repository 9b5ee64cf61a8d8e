/*-------------------------------------------------------------------------
 *
 * fact_row.c
 *	  What facts share: whom and which meeting a row names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/fact_row.h"
#include "facts/newest_row.h"
#include "silver/idlist.h"
#include "utils/timestamp.h"

int32
zg_resolve_user(ZgPass *pass, ZgRow *row, int column, ZgRule missing,
				ZgRule unknown, ZgBroken *broken)
{
	text	   *user_id = zg_row_text(row, column);

	pass->user = user_id == NULL ? NULL : zg_users_find(pass->users, user_id, row->hashes[column]);
	if (user_id == NULL)
	{
		if (missing != ZG_RULE_COUNT)
			zg_break(broken, missing);
		return -1;
	}
	if (!pass->user->known)
		zg_break(broken, unknown);
	return pass->user->ordinal;
}

void
zg_check_reuse(ZgPass *pass, const ZgRow *row, ZgBroken *broken)
{
	if (pass->winners != NULL && zg_newest_rows_reused(pass->winners, row))
		zg_break(broken, ZG_RULE_KEY_REUSED);
}

ZgMember *
zg_see_member(ZgPass *pass, const ZgRow *row)
{
	int			column = pass->fact->member_column;
	text	   *value = zg_row_text(row, column);

	return value == NULL ? NULL :
		zg_members_see(pass->members, value, row->hashes[column], row->version_at,
					   row->load_at, row->hashes[0], row->source_system);
}

void
zg_prepare_users(ZgPass *pass)
{
	ZgIdList   *ids;

	if (pass->where == NULL)
	{
		pass->users = zg_users_whole(pass->run);
		return;
	}
	/* most of them are those whom the days named before */
	zg_users_expect(pass->run, zg_slices_named(pass->run, pass->silver, pass->scope));
	ids = zg_idlist_create();
	zg_idlist_read(pass->run, ids, pass->silver, pass->silver->user_column, pass->where);
	pass->users = zg_users_of(pass->run, ids);
}

void
zg_prepare_meetings(ZgPass *pass)
{
	ZgIdList   *ids;

	if (pass->where == NULL)
	{
		pass->meetings = zg_meetings_whole(pass->run);
		return;
	}
	ids = zg_idlist_create();
	zg_idlist_read(pass->run, ids, pass->silver, pass->silver->meeting_column, pass->where);
	pass->meetings = zg_meetings_of(pass->run, ids);
}

void
zg_resolve_meeting(ZgPass *pass, ZgRow *row, int column, ZgBroken *broken)
{
	pass->meeting = zg_meetings_find(pass->meetings, zg_row_text(row, column), row->hashes[column]);
	if (pass->meeting == NULL || !pass->meeting->accepted)
		zg_break(broken, ZG_RULE_MEETING_UNKNOWN);
}

/* The last instant of a day, as of which DATE facts take the user's name. */
static TimestampTz
end_of_day(DateADT day)
{
	return zg_day_start(day + 1) - 1;
}

text *
zg_name_of_day(ZgPass *pass, DateADT day)
{
	return pass->user == NULL ? NULL : zg_user_name_at(pass->user, end_of_day(day));
}
