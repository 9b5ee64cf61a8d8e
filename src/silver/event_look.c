/*-------------------------------------------------------------------------
 *
 * event_look.c
 *	  Whether two rows of one key seem to tell of two meetings or webinars.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "silver/event_look.h"
#include "utils/timestamp.h"

/* as far as time zones are apart */
#define TIME_ZONES_USECS (14 * USECS_PER_HOUR)

bool
zg_events_recur(const ZgSilver *silver)
{
	return silver == &zg_silver[ZG_MEETINGS] || silver == &zg_silver[ZG_WEBINARS];
}

bool
zg_starts_apart(TimestampTz first, TimestampTz second)
{
	return Max(first, second) - Min(first, second) > TIME_ZONES_USECS &&
		zg_utc_day(first) != zg_utc_day(second);
}

/* Where there is an end on both sides it stands for the duration, too. */
static bool
is_more_than_moved(const ZgEventLook *before, const ZgEventLook *after)
{
	return before->end != after->end || before->topic != after->topic ||
		(before->end == DT_NOEND && before->minutes != after->minutes);
}

static bool
had_begun(const ZgEventLook *look, TimestampTz written)
{
	return look->start <= written && !TIMESTAMP_NOT_FINITE(look->start) && look->start < ZG_OPEN_END;
}

bool
zg_looks_like_another(const ZgEventLook *before, const ZgEventLook *after, TimestampTz written)
{
	return had_begun(before, written) && had_begun(after, written) &&
		zg_starts_apart(before->start, after->start) && is_more_than_moved(before, after);
}
