/*-------------------------------------------------------------------------
 *
 * instant.c
 *	  Reading instants as APIs write them, without an error for other texts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(zg_plain_instant);

/* The number that some digits are. */
static int
number(const char *digits, int n)
{
	int			result = 0;

	for (int i = 0; i < n; i++)
		result = 10 * result + (digits[i] - '0');
	return result;
}

static bool
is_of_form(const char *s, const char *form)
{
	for (; *form != '\0'; s++, form++)
		if (*form == '0' ? *s < '0' || *s > '9' : *s != *form)
			return false;
	return true;
}

/*
 * The instant that a text names as 2025-02-24T15:00:42Z; NULL = it does not,
 * or names a day or time that there is not.
 */
Datum
zg_plain_instant(PG_FUNCTION_ARGS)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *s = VARDATA_ANY(value);
	struct pg_tm tm = {0};
	Timestamp	utc;

	if (VARSIZE_ANY_EXHDR(value) != sizeof(form) - 1 || !is_of_form(s, form))
		PG_RETURN_NULL();
	tm.tm_year = number(s, 4);
	tm.tm_mon = number(s + 5, 2);
	tm.tm_mday = number(s + 8, 2);
	tm.tm_hour = number(s + 11, 2);
	tm.tm_min = number(s + 14, 2);
	tm.tm_sec = number(s + 17, 2);
	if (tm.tm_year < 1000 || tm.tm_mon < 1 || tm.tm_mon > MONTHS_PER_YEAR ||
		tm.tm_mday < 1 || tm.tm_mday > day_tab[isleap(tm.tm_year)][tm.tm_mon - 1] ||
		tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59 ||
		tm2timestamp(&tm, 0, NULL, &utc) != 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(utc);
}
