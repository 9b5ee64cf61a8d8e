/*-------------------------------------------------------------------------
 *
 * neutral_settings.c
 *	  Settings under which values and conditions mean the same in every
 *	  session, and errors are told in the words that process_log.c looks for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/neutral_settings.h"
#include "utils/guc.h"

typedef struct Setting
{
	const char *name;
	const char *value;
} Setting;

static const Setting settings[] = {
	{"TimeZone", "UTC"},
	{"DateStyle", "ISO, MDY"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "1"},
	{"bytea_output", "hex"},
	{"array_nulls", "on"},
	{"xmloption", "content"},
	{"lc_messages", "C"},
	{"lc_monetary", "C"},
	{"lc_numeric", "C"},
	{"lc_time", "C"},
	{"standard_conforming_strings", "on"},
	{"quote_all_identifiers", "off"},
	{"transform_null_equals", "off"},
	{"search_path", "pg_catalog, pg_temp"},
};

/*
 * Set what differs.  Returns the nest level of the change, 0 when nothing had
 * to be set.
 */
int
zg_neutral_enter(void)
{
	int			level = 0;

	for (int i = 0; i < lengthof(settings); i++)
	{
		const char *name = settings[i].name;
		const char *value = settings[i].value;

		if (strcmp(GetConfigOption(name, false, false), value) == 0)
			continue;
		if (level == 0)
			level = NewGUCNestLevel();
		(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	}
	return level;
}

/* Go back to the user's settings. */
void
zg_neutral_leave(int level)
{
	if (level > 0)
		AtEOXact_GUC(true, level);
}
