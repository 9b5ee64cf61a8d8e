/*-------------------------------------------------------------------------
 *
 * process_log.c
 *	  What steps report, and the process log.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "refresh/process_log.h"
#include "state/query.h"
#include "state/writer.h"
#include "utils/builtins.h"
#include "utils/elog.h"
#include "utils/json.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(zg_message_without_values);

static void
append_json(StringInfo json, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(json, ", \"%s\": ", name);
	escape_json(json, value);
}

/*
 * The logs are read by people who may not read what they are about.  What a
 * data exception quotes, and the detail of a violated constraint, are values.
 */
static bool
quotes_values(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION ||
		ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION;
}

/* Does a quote follow one of the words that stand before a name? */
static bool
quotes_name(const char *message, const char *quote)
{
	static const char *const words[] = {"argument ", "column ", "constraint ", "domain ",
	"encoding ", "parameter ", "relation ", "setting ", "table ", "type "};

	for (int i = 0; i < lengthof(words); i++)
	{
		size_t		len = strlen(words[i]);

		if (quote - message >= len && strncmp(quote - len, words[i], len) == 0)
			return true;
	}
	return false;
}

/* Where a message begins to quote what is no name; NULL = nowhere. */
static const char *
quoted_value(const char *message)
{
	const char *quote = strchr(message, '"');

	while (quote != NULL && quotes_name(message, quote))
	{
		quote = strchr(quote + 1, '"');
		if (quote != NULL)
			quote = strchr(quote + 1, '"');
	}
	return quote;
}

/*
 * The message of a data exception without what it quotes of values.  A value may
 * hold quotes itself, so what ends it is the last one.
 */
static const char *
without_values(const char *message)
{
	const char *begin = quoted_value(message);
	const char *end;

	if (begin == NULL)
		return message;
	end = strrchr(begin, '"');
	if (begin - message >= 2 && strncmp(begin - 2, ": ", 2) == 0)
		return pnstrdup(message, begin - 2 - message);
	return psprintf("%.*s\"...\"%s", (int) (begin - message), message, end > begin ? end + 1 : "");
}

const char *
zg_message_for_logs(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION ?
		without_values(error->message) : error->message;
}

/* message_without_values(message text) RETURNS text: the same for SQL. */
Datum
zg_message_without_values(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(without_values(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

char *
zg_describe_step(ZgRun *run, const ZgCounts *counts, double duration_ms, const char *warning,
				 const ErrorData *error)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"run\": " INT64_FORMAT ", \"inserted\": " INT64_FORMAT
					 ", \"updated\": " INT64_FORMAT ", \"deleted\": " INT64_FORMAT
					 ", \"unchanged\": " INT64_FORMAT ", \"rejected\": " INT64_FORMAT
					 ", \"warned\": " INT64_FORMAT ", \"duration_ms\": %.3f",
					 run->run, counts->inserted, counts->updated, counts->deleted,
					 counts->unchanged, counts->rejected, counts->warned, duration_ms);
	if (counts->detached > 0)
		appendStringInfo(&json, ", \"detached\": " INT64_FORMAT, counts->detached);
	append_json(&json, "warning", warning);
	if (error != NULL)
	{
		append_json(&json, "sqlstate", unpack_sql_state(error->sqlerrcode));
		append_json(&json, "error", zg_message_for_logs(error));
		append_json(&json, "error_hint", error->hint);
		if (!quotes_values(error))
		{
			append_json(&json, "error_detail", error->detail);
			append_json(&json, "error_context", error->context);
		}
	}
	appendStringInfoChar(&json, '}');
	return json.data;
}

void
zg_log_result(ZgRun *run, const ZgStepResult *result)
{
	static const char *const columns[] = {"process_name", "execution_time", "status",
		"record_count", "error_count", "audit_details", "load_date", "update_date",
	"source_system"};
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold", "go_process_audit_log"),
										columns, lengthof(columns));
	Datum		values[9] = {
		CStringGetTextDatum(result->process), TimestampTzGetDatum(run->now),
		CStringGetTextDatum(result->status), Int64GetDatum(result->record_count),
		Int64GetDatum(result->error_count), CStringGetTextDatum(result->details),
		DateADTGetDatum(run->today), DateADTGetDatum(run->today),
	CStringGetTextDatum("zoom_gold")};
	bool		nulls[9] = {false};

	zg_writer_insert(writer, values, nulls);
	zg_writer_close(writer);
}
