/*-------------------------------------------------------------------------
 *
 * fact_row.c
 *	  What facts share: whom and which meeting a row names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/detached_days.h"
#include "facts/fact_row.h"
#include "facts/newest_row.h"
#include "facts/reused_key.h"
#include "base/sort.h"
#include "base/text.h"
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
	if (pass->key_reused || (pass->winners != NULL && zg_newest_rows_reused(pass->winners, row)))
		zg_break(broken, ZG_RULE_KEY_REUSED);
}

/* What a detail row tells of its event. */
static ZgEventLook
look_of_detail(const ZgPass *pass, const Datum *values, const bool *nulls)
{
	bool		has_minutes = pass->silver == &zg_silver[ZG_MEETINGS] && !nulls[ZG_DETAIL_NUMBER];
	ZgEventLook look = {
		.start = DatumGetTimestampTz(values[ZG_DETAIL_START]),
		.end = nulls[ZG_DETAIL_END] ? DT_NOEND : DatumGetTimestampTz(values[ZG_DETAIL_END]),
		.topic = nulls[ZG_DETAIL_TOPIC] ? 0 : zg_text_hash64(DatumGetTextPP(values[ZG_DETAIL_TOPIC])),
		.minutes = has_minutes ? DatumGetInt64(values[ZG_DETAIL_NUMBER]) : -1,
	};

	return look;
}

/* Keys that a transaction deleted and inserted; NULL = none. */
static const ZgHashes *
replaced_keys(const ZgPass *pass)
{
	return pass->run->replaced[pass->silver - zg_silver];
}

static bool
is_uncaptured(const ZgPass *pass)
{
	return (pass->run->uncaptured & ZG_BIT(pass->silver - zg_silver)) != 0;
}

bool
zg_looks_back(const ZgPass *pass)
{
	const ZgHashes *replaced = replaced_keys(pass);

	return is_uncaptured(pass) || (replaced != NULL && replaced->n > 0);
}

/* Is a new row one whose key the one before may tell to be reused? */
static bool
may_be_reused(ZgPass *pass, const ZgRow *row)
{
	text	   *key = zg_row_text(row, 0);
	const ZgHashes *replaced = replaced_keys(pass);

	return key != NULL &&
		(is_uncaptured(pass) || zg_hashes_contain(replaced->values, replaced->n, row->hashes[0])) &&
		(pass->winners == NULL || !zg_newest_rows_repeat(pass->winners, key));
}

void
zg_put_fact(ZgPass *pass, const ZgRow *row, const Datum *values, const bool *nulls)
{
	if (pass->detached != NULL && zg_detached_days_contain(pass->detached, row->day))
		pass->counts->detached++;
	else
		zg_diff_row(pass->diff, values, nulls);
}

void
zg_put_detail(ZgPass *pass, ZgRow *row, const ZgDetailColumns *columns, int32 ordinal)
{
	Datum		values[ZG_DETAIL_NCOLUMNS];
	bool		nulls[ZG_DETAIL_NCOLUMNS];
	bool		is_new;
	ZgEventLook look;

	zg_put(values, nulls, ZG_DETAIL_ID, row, columns->id);
	zg_put_ordinal(values, nulls, ZG_DETAIL_ORDINAL, ordinal);
	zg_put(values, nulls, ZG_DETAIL_TOPIC, row, columns->topic);
	zg_put(values, nulls, ZG_DETAIL_START, row, columns->start);
	zg_put(values, nulls, ZG_DETAIL_END, row, columns->end);
	zg_put(values, nulls, ZG_DETAIL_NUMBER, row, columns->number);
	zg_put_text(values, nulls, ZG_DETAIL_SYSTEM, row->source_system);
	is_new = zg_diff_row(pass->detail, values, nulls);
	if (!is_new || !pass->looks || !may_be_reused(pass, row))
		return;
	look = look_of_detail(pass, values, nulls);
	zg_reused_keys_came(pass->reused, row, &look);
}

void
zg_note_replaced(ZgPass *pass, const Datum *values, const bool *nulls)
{
	ZgEventLook look = look_of_detail(pass, values, nulls);
	ZgBroken	broken = {0};
	text	   *key = DatumGetTextPP(values[ZG_DETAIL_ID]);
	DateADT		day;
	text	   *source_system;
	bool		warned;
	ZgCounts	counted = {0};

	if (!zg_reused_keys_went(pass->reused, key, &look, &day, &source_system, &warned))
		return;
	zg_break(&broken, ZG_RULE_KEY_REUSED);
	/* a row with several warnings counts once */
	zg_errors_note(pass->errors, &broken, day, key, source_system, warned ? &counted : pass->counts);
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
