/*-------------------------------------------------------------------------
 *
 * rule.c
 *	  Quality rules.
 *
 * The built-in rules are checked here and beside the facts in C; the table
 * gold_state.quality_rule says which are enabled; those of the contract always
 * are.
 * A user's rule is SQL over the silver row and becomes one bit of a column of
 * the source query, so that it costs an expression and not a scan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "quality/rule.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define QUALITY "Data Quality"
#define VALIDATION "Validation"

/* descriptions that name no column are completed per relation, see describe() */
static const ZgRuleInfo builtin_rules[ZG_RULE_COUNT] = {
	[ZG_RULE_KEY_MISSING] = {"key_missing", VALIDATION, "has no value", true},
	[ZG_RULE_COLUMN_MISSING] = {"", VALIDATION, "a required value is missing", true},
	[ZG_RULE_DATE_OUT_OF_RANGE] = {"date_out_of_range", QUALITY,
	"is not finite, before min_date or on or after 9999-12-31", true},
	[ZG_RULE_VALUE_TOO_LONG] = {"value_too_long", QUALITY,
	"is longer than 2000 bytes, or 8 digits before the point", true},
	[ZG_RULE_EMAIL_MISSING] = {"email_missing", QUALITY, "email has no value", false},
	[ZG_RULE_EMAIL_MALFORMED] = {"email_malformed", QUALITY,
	"email does not have the form of an address", false},
	[ZG_RULE_PLAN_TYPE_MISSING] = {"plan_type_missing", QUALITY, "plan_type has no value", false},
	[ZG_RULE_PLAN_TYPE_UNKNOWN] = {"plan_type_unknown", QUALITY, "plan_type is not a known plan", false},
	[ZG_RULE_NAME_TAKEN] = {"name_taken", QUALITY,
	"user_name belongs to another user already and is qualified in gold", false},
	[ZG_RULE_END_BEFORE_START] = {"end_before_start", QUALITY, "lies before", true},
	[ZG_RULE_DURATION_NEGATIVE] = {"duration_negative", QUALITY,
	"duration_minutes is negative and there is no end_time to derive it from", true},
	[ZG_RULE_HOST_MISSING] = {"host_missing", VALIDATION, "host_id has no value", false},
	[ZG_RULE_HOST_UNKNOWN] = {"host_unknown", VALIDATION, "host_id names no known user", false},
	[ZG_RULE_DURATION_MISMATCH] = {"duration_mismatch", QUALITY,
	"duration_minutes is negative or more than a minute off end_time - start_time", false},
	[ZG_RULE_MEETING_TOO_LONG] = {"meeting_too_long", QUALITY,
	"duration_minutes is more than 1440", false},
	[ZG_RULE_KEY_REUSED] = {"key_reused", QUALITY,
	"start_time of rows with the same key tells of events on different days", false},
	[ZG_RULE_MEETING_UNKNOWN] = {"meeting_unknown", VALIDATION,
	"meeting_id names no accepted meeting", true},
	[ZG_RULE_LEAVE_BEFORE_JOIN] = {"leave_before_join", QUALITY, "leave_time lies before join_time", true},
	[ZG_RULE_USER_UNKNOWN] = {"user_unknown", VALIDATION, "names no known user", false},
	[ZG_RULE_USER_MISSING] = {"user_missing", VALIDATION, "user_id has no value", false},
	[ZG_RULE_COUNT_NEGATIVE] = {"count_negative", QUALITY, "usage_count is negative", true},
	[ZG_RULE_REGISTRANTS_NEGATIVE] = {"registrants_negative", QUALITY, "registrants is negative", true},
	[ZG_RULE_STATUS_UNKNOWN] = {"status_unknown", QUALITY, "resolution_status is not a known status", false},
	[ZG_RULE_RESOLVED_BEFORE_OPENED] = {"resolved_before_opened", QUALITY,
	"the ticket was resolved before open_date", false},
	[ZG_RULE_AMOUNT_NEGATIVE] = {"amount_negative", QUALITY,
	"amount is negative and the event is no refund", true},
	[ZG_RULE_EVENT_TYPE_UNKNOWN] = {"event_type_unknown", QUALITY, "event_type is not a known type", false},
	[ZG_RULE_LICENSE_TYPE_UNKNOWN] = {"license_type_unknown", QUALITY,
	"license_type is not a known type", false},
};

static bool
is_date(const ZgSilverColumn *column)
{
	return column->type == DATEOID || column->type == TIMESTAMPTZOID;
}

static bool
is_bounded(const ZgSilverColumn *column)
{
	return column->bounded || column->type == NUMERICOID;
}

/* Names of columns, "a or b or c". */
static char *
list_columns(const ZgSilver *silver, bool (*is_meant) (const ZgSilverColumn *column))
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < silver->ncolumns; i++)
		if (is_meant(&silver->columns[i]))
			appendStringInfo(&list, "%s%s", list.len == 0 ? "" : " or ", silver->columns[i].name);
	return list.data;
}

/* What is wrong with a row of a relation that breaks a built-in rule. */
static const char *
describe(const ZgSilver *silver, ZgRule rule)
{
	const char *what = builtin_rules[rule].description;
	const char *event = silver->event_column < 0 ? "" : silver->columns[silver->event_column].name;

	switch (rule)
	{
		case ZG_RULE_KEY_MISSING:
			return psprintf("%s %s", silver->columns[0].name, what);
		case ZG_RULE_DATE_OUT_OF_RANGE:
			return psprintf("%s %s", list_columns(silver, is_date), what);
		case ZG_RULE_VALUE_TOO_LONG:
			return psprintf("%s %s", list_columns(silver, is_bounded), what);
		case ZG_RULE_END_BEFORE_START:
			/* the end stands beside the event, which is the start */
			return psprintf("%s %s %s", silver->columns[silver->event_column + 1].name, what, event);
		case ZG_RULE_USER_UNKNOWN:
			return psprintf("%s %s", silver->columns[silver->user_column].name, what);
		default:
			return what;
	}
}

/* reading gold_state.quality_rule */
typedef struct RulesRead
{
	ZgRules    *rules;
	StringInfo	mask;			/* or NULL */
	int			nuser;
} RulesRead;

static char *
slot_cstring(TupleTableSlot *slot, int attnum)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, attnum, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/*
 * Without these gold could not hold the rows.  Participants may be those of a
 * webinar, which is no meeting.
 */
static bool
is_contract(const ZgSilver *silver, ZgRule rule)
{
	return rule == ZG_RULE_KEY_MISSING || rule == ZG_RULE_COLUMN_MISSING ||
		(rule == ZG_RULE_MEETING_UNKNOWN && silver != &zg_silver[ZG_PARTICIPANTS]) ||
		rule == ZG_RULE_DATE_OUT_OF_RANGE || rule == ZG_RULE_VALUE_TOO_LONG;
}

static void
switch_off(ZgRules *rules, const char *name)
{
	for (int i = 0; i < ZG_RULE_COUNT; i++)
		if (!is_contract(rules->silver, i) && strcmp(builtin_rules[i].name, name) == 0)
			rules->enabled &= ~(UINT64CONST(1) << i);
}

/* Row callback: rule_name, condition, severity, error_type, enabled, description */
static void
read_rule(TupleTableSlot *slot, void *arg)
{
	RulesRead  *read = arg;
	ZgRules    *rules = read->rules;
	char	   *name = slot_cstring(slot, 1);
	char	   *condition = slot_cstring(slot, 2);
	bool		is_error = strcmp(slot_cstring(slot, 3), "error") == 0;
	bool		isnull;
	bool		enabled = DatumGetBool(slot_getattr(slot, 5, &isnull));

	if (!enabled && condition == NULL)
		switch_off(rules, name);
	if (!enabled || condition == NULL)
		return;
	if (rules->nuser == lengthof(rules->user))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d quality rules are enabled for relation \"%s\"",
						(int) lengthof(rules->user), rules->silver->name),
				 errhint("Join some of their conditions with OR.")));
	if (is_error)
		rules->user_errors |= UINT64CONST(1) << rules->nuser;
	rules->user[rules->nuser].name = name;
	rules->user[rules->nuser].error_type = slot_cstring(slot, 4);
	rules->user[rules->nuser].description = slot_cstring(slot, 6);
	rules->user[rules->nuser].is_error = is_error;
	if (read->mask != NULL)
		appendStringInfo(read->mask,
						 "%sCASE WHEN (%s) THEN %s::bigint ELSE 0 END",
						 rules->nuser == 0 ? "" : " | ", condition,
						 psprintf("(1::bigint << %d)", rules->nuser));
	rules->nuser++;
}

static ZgRules *
load_rules(ZgRun *run, const ZgSilver *silver, StringInfo mask)
{
	ZgRules    *rules = palloc0(sizeof(ZgRules));
	RulesRead	read = {.rules = rules,.mask = mask};
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(silver->name);

	rules->silver = silver;
	rules->enabled = ~UINT64CONST(0);
	for (int i = 0; i < ZG_RULE_COUNT; i++)
		if (builtin_rules[i].is_error)
			rules->errors |= UINT64CONST(1) << i;
	zg_query(run, "SELECT rule_name, condition, severity, error_type, enabled, description"
			 " FROM gold_state.quality_rule WHERE relation IN ($1, '*') ORDER BY rule_name",
			 1, &type, &value, read_rule, &read);
	return rules;
}

ZgRules *
zg_rules_load(ZgRun *run, const ZgSilver *silver)
{
	return load_rules(run, silver, NULL);
}

/* Keep the names of the users' rules for the log, should the step fail. */
static void
note_user_rules(ZgRun *run, const ZgRules *rules)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < rules->nuser; i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : ", ", rules->user[i].name);
	run->user_rules[rules->silver - zg_silver] = names.data;
	MemoryContextSwitchTo(old);
}

char *
zg_rules_mask_expression(ZgRun *run, const ZgSilver *silver)
{
	StringInfoData mask;
	ZgRules    *rules;

	initStringInfo(&mask);
	rules = load_rules(run, silver, &mask);
	if (rules->nuser == 0)
		return NULL;
	note_user_rules(run, rules);
	return mask.data;
}

/* Is a date or instant outside what gold can hold? */
static bool
out_of_range(const ZgRun *run, Oid type, Datum value)
{
	DateADT		day = type == DATEOID ? DatumGetDateADT(value) :
	zg_utc_day(DatumGetTimestampTz(value));

	return DATE_NOT_FINITE(day) || day < run->settings.min_date || day >= ZG_OPEN_END_DAY;
}

void
zg_rules_check_contract(ZgRun *run, const ZgSilver *silver, const ZgRow *row,
						ZgBroken *broken)
{
	for (int i = 0; i < silver->ncolumns; i++)
	{
		const ZgSilverColumn *column = &silver->columns[i];

		if (row->nulls[i])
		{
			if (i == 0)
				zg_break(broken, ZG_RULE_KEY_MISSING);
			else if (column->required)
			{
				zg_break(broken, ZG_RULE_COLUMN_MISSING);
				broken->missing |= 1 << i;
			}
		}
		else if (column->type == DATEOID || column->type == TIMESTAMPTZOID)
		{
			if (out_of_range(run, column->type, row->values[i]))
				zg_break(broken, ZG_RULE_DATE_OUT_OF_RANGE);
		}
		else if (column->bounded &&
				 VARSIZE_ANY_EXHDR(DatumGetPointer(row->values[i])) > ZG_MAX_VALUE_LENGTH)
			zg_break(broken, ZG_RULE_VALUE_TOO_LONG);
	}
}

bool
zg_rules_rejects(const ZgRules *rules, ZgBroken *broken)
{
	broken->rules &= rules->enabled;
	return (broken->rules & rules->errors) != 0 ||
		(broken->user_rules & rules->user_errors) != 0;
}

/*
 * Call a function for each broken rule that the log shows: the errors of a
 * rejected row, the warnings of an accepted one.
 */
void
zg_rules_each(const ZgRules *rules, const ZgBroken *broken,
			  void (*visit) (const ZgRuleInfo *rule, void *arg), void *arg)
{
	ZgBroken	copy = *broken;
	bool		rejected = zg_rules_rejects(rules, &copy);

	for (int i = 0; i < ZG_RULE_COUNT; i++)
	{
		uint64		bit = UINT64CONST(1) << i;
		ZgRuleInfo	info = builtin_rules[i];

		info.is_error = (rules->errors & bit) != 0;
		if ((copy.rules & bit) == 0 || info.is_error != rejected)
			continue;
		if (i != ZG_RULE_COLUMN_MISSING)
		{
			info.description = describe(rules->silver, i);
			visit(&info, arg);
			continue;
		}
		for (int c = 0; c < rules->silver->ncolumns; c++)
			if (copy.missing & (1 << c))
			{
				info.name = psprintf("%s_missing", rules->silver->columns[c].name);
				info.description = psprintf("required column %s has no value",
											rules->silver->columns[c].name);
				visit(&info, arg);
			}
	}
	for (int i = 0; i < rules->nuser; i++)
		if ((copy.user_rules & (UINT64CONST(1) << i)) != 0 &&
			rules->user[i].is_error == rejected)
			visit(&rules->user[i], arg);
}
