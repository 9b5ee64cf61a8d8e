/*-------------------------------------------------------------------------
 *
 * error_log.c
 *	  The life of rows in gold.go_error_audit_log.
 *
 * gold_state.open_error knows what is logged and not mended, by slice.  After
 * a pass the errors found in its slices are compared with it: new ones are
 * logged, vanished ones are set to Resolved.  The log row of an error is
 * found again by its process_audit_info, which is made of what open_error
 * holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "quality/error_log.h"
#include "state/writer.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"

/* one rule broken by one row; rows without a key are counted per day */
typedef struct ErrorKey
{
	const char *rule;
	text	   *key;			/* NULL = none */
	DateADT		day;			/* compared only when there is no key */
} ErrorKey;

typedef struct ErrorEntry
{
	ErrorKey	id;
	uint32		hash;
	char		status;
	DateADT		day;
	int32		rows;
	bool		is_error;
	bool		known;			/* logged by an earlier run */
	const char *error_type;
	const char *description;
	text	   *source_system;
} ErrorEntry;

static uint32
hash_error_key(const ErrorKey *id)
{
	uint32		hash = hash_bytes((const unsigned char *) id->rule, strlen(id->rule));

	return hash_combine(hash, id->key != NULL ? zg_text_hash(id->key) : murmurhash32(id->day));
}

static bool
equal_error_keys(const ErrorKey *a, const ErrorKey *b)
{
	if ((a->key == NULL) != (b->key == NULL) || strcmp(a->rule, b->rule) != 0)
		return false;
	return a->key == NULL ? a->day == b->day : zg_text_equal(a->key, b->key);
}

#define SH_PREFIX error_table
#define SH_ELEMENT_TYPE ErrorEntry
#define SH_KEY_TYPE ErrorKey
#define SH_KEY id
#define SH_HASH_KEY(tb, key) hash_error_key(&(key))
#define SH_EQUAL(tb, a, b) equal_error_keys(&(a), &(b))
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* log rows to be set to Resolved, by their process_audit_info */
typedef struct ErrorList
{
	Datum	   *values;
	int			n;
	int			max;
} ErrorList;

struct ZgErrors
{
	ZgRun	   *run;
	const ZgRules *rules;
	error_table_hash *table;
	MemoryContext context;
	ZgWriter   *state;			/* gold_state.open_error */
	ZgWriter   *log;			/* gold.go_error_audit_log */
	ErrorList	mended;
	bool		keyless_changed;
};

ZgErrors *
zg_errors_create(ZgRun *run, const ZgRules *rules)
{
	ZgErrors   *errors = palloc0(sizeof(ZgErrors));

	errors->run = run;
	errors->rules = rules;
	errors->context = CurrentMemoryContext;
	errors->table = error_table_create(CurrentMemoryContext, 64, NULL);
	return errors;
}

/* what note_rule needs beside the rule */
typedef struct NoteState
{
	ZgErrors   *errors;
	DateADT		day;
	const text *key;
	const text *source_system;
	int			n;
} NoteState;

static void
note_rule(const ZgRuleInfo *rule, void *arg)
{
	NoteState  *note = arg;
	ErrorKey	id = {rule->name, (text *) note->key, note->day};
	bool		found;
	ErrorEntry *entry = error_table_insert(note->errors->table, id, &found);

	note->n++;
	if (found)
	{
		entry->rows++;
		return;
	}
	entry->id.rule = pstrdup(rule->name);
	entry->id.key = note->key == NULL ? NULL : zg_text_copy(note->key);
	entry->day = note->day;
	entry->rows = 1;
	entry->is_error = rule->is_error;
	entry->known = false;
	entry->error_type = rule->error_type;
	entry->description = pstrdup(rule->description);
	entry->source_system = note->source_system == NULL ? NULL : zg_text_copy(note->source_system);
}

bool
zg_errors_note(ZgErrors *errors, const ZgBroken *broken, DateADT day,
			   const text *key, const text *source_system, ZgCounts *counts)
{
	NoteState	note = {errors, day, key, source_system, 0};
	ZgBroken	copy = *broken;
	bool		rejected;
	MemoryContext old;

	if (broken->rules == 0 && broken->user_rules == 0)
		return false;
	rejected = zg_rules_rejects(errors->rules, &copy);
	old = MemoryContextSwitchTo(errors->context);
	zg_rules_each(errors->rules, broken, note_rule, &note);
	MemoryContextSwitchTo(old);
	if (rejected)
		counts->rejected++;
	else if (note.n > 0)
		counts->warned++;
	return rejected;
}

/* The log's process_audit_info: what identifies a log row. */
static text *
audit_info(int64 run, const char *rule, bool is_error, const text *key)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"run\": " INT64_FORMAT ", \"rule\": ", run);
	escape_json(&json, rule);
	appendStringInfo(&json, ", \"severity\": \"%s\", \"key\": ", is_error ? "error" : "warning");
	if (key == NULL)
		appendStringInfoString(&json, "null");
	else
		escape_json(&json, text_to_cstring(key));
	appendStringInfoChar(&json, '}');
	return cstring_to_text_with_len(json.data, json.len);
}

/* Open the log for new rows. */
static ZgWriter *
open_log(void)
{
	static const char *const columns[] =
	{"error_type", "error_description", "source_table", "error_timestamp",
	"process_audit_info", "status", "load_date", "update_date", "source_system"};

	return zg_writer_open(zg_table_oid("gold", "go_error_audit_log"), columns, lengthof(columns));
}

static void
open_writers(ZgErrors *errors)
{
	static const char *const state_columns[] =
	{"relation", "day", "rule", "key", "row_count", "severity", "run"};

	errors->state = zg_writer_open(zg_table_oid("gold_state", "open_error"),
								   state_columns, lengthof(state_columns));
	errors->log = open_log();
}

/* columns of gold_state.open_error; a ctid takes the place of the first when read */
enum
{
	ERROR_RELATION, ERROR_DAY, ERROR_RULE, ERROR_KEY, ERROR_ROWS,
	ERROR_SEVERITY, ERROR_RUN
};

static void
state_values(ZgErrors *errors, const ErrorEntry *entry, int64 run,
			 Datum *values, bool *nulls)
{
	memset(nulls, 0, 7);
	values[ERROR_RELATION] = CStringGetTextDatum(errors->rules->silver->name);
	values[ERROR_DAY] = DateADTGetDatum(entry->day);
	values[ERROR_RULE] = CStringGetTextDatum(entry->id.rule);
	values[ERROR_KEY] = PointerGetDatum(entry->id.key);
	nulls[ERROR_KEY] = entry->id.key == NULL;
	values[ERROR_ROWS] = Int32GetDatum(entry->rows);
	values[ERROR_SEVERITY] = CStringGetTextDatum(entry->is_error ? "error" : "warning");
	values[ERROR_RUN] = Int64GetDatum(run);
}

/* Write a new row of the log. */
static void
log_error(ZgRun *run, ZgWriter *log, const char *error_type, const char *description,
		  const char *source_table, text *info, const text *source_system)
{
	Datum		values[9] = {
		CStringGetTextDatum(error_type), CStringGetTextDatum(description),
		CStringGetTextDatum(source_table), TimestampTzGetDatum(run->now),
		PointerGetDatum(info), CStringGetTextDatum("Open"),
		DateADTGetDatum(run->today), DateADTGetDatum(run->today),
	PointerGetDatum(source_system)};
	bool		nulls[9] = {false};

	nulls[8] = source_system == NULL;
	zg_writer_insert(log, values, nulls);
}

static char *
source_table(ZgErrors *errors)
{
	return zg_silver_name(errors->run, errors->rules->silver);
}

/* Log an error of a row with a key; its log row is one of its own. */
static void
log_new(ZgErrors *errors, const ErrorEntry *entry)
{
	log_error(errors->run, errors->log, entry->error_type,
			  psprintf("%s: %s", entry->id.rule, entry->description),
			  source_table(errors),
			  audit_info(errors->run->run, entry->id.rule, entry->is_error, entry->id.key),
			  entry->source_system);
}

static void
add_mended(ZgErrors *errors, text *info)
{
	ErrorList  *list = &errors->mended;

	zg_make_room(CurrentMemoryContext, list->values, list->n, list->max);
	list->values[list->n++] = PointerGetDatum(info);
}

/*
 * Row callback over gold_state.open_error: ctid, day, rule, key, row_count,
 * severity, run.
 */
static void
compare_open(TupleTableSlot *slot, void *arg)
{
	ZgErrors   *errors = arg;
	ItemPointer tid;
	ErrorKey	id;
	ErrorEntry *entry;
	bool		is_error;
	int64		run;

	slot_getallattrs(slot);
	tid = (ItemPointer) DatumGetPointer(slot->tts_values[0]);
	id.day = DatumGetDateADT(slot->tts_values[ERROR_DAY]);
	id.rule = TextDatumGetCString(slot->tts_values[ERROR_RULE]);
	id.key = slot->tts_isnull[ERROR_KEY] ? NULL : DatumGetTextPP(slot->tts_values[ERROR_KEY]);
	is_error = strcmp(TextDatumGetCString(slot->tts_values[ERROR_SEVERITY]), "error") == 0;
	run = DatumGetInt64(slot->tts_values[ERROR_RUN]);
	entry = error_table_lookup(errors->table, id);
	if (entry != NULL && entry->is_error == is_error)
	{
		Datum		values[7];
		bool		nulls[7];

		entry->known = true;
		if (entry->day == id.day && entry->rows == DatumGetInt32(slot->tts_values[ERROR_ROWS]))
			return;
		errors->keyless_changed |= id.key == NULL;
		state_values(errors, entry, run, values, nulls);
		zg_writer_update(errors->state, tid, values, nulls);
		return;
	}
	zg_writer_delete(errors->state, tid);
	if (id.key == NULL)
		errors->keyless_changed = true;
	else
		add_mended(errors, audit_info(run, id.rule, is_error, id.key));
}

/* setting log rows to Resolved */
typedef struct Resolving
{
	ZgWriter   *writer;
	Datum		today;
} Resolving;

static Resolving
begin_resolving(ZgRun *run)
{
	static const char *const columns[] = {"status", "update_date"};
	Resolving	resolving = {zg_writer_open(zg_table_oid("gold", "go_error_audit_log"),
											columns, lengthof(columns)),
	DateADTGetDatum(run->today)};

	return resolving;
}

static void
resolve(const Resolving *resolving, ItemPointer tid)
{
	Datum		values[2] = {CStringGetTextDatum("Resolved"), resolving->today};
	bool		nulls[2] = {false};

	zg_writer_update(resolving->writer, tid, values, nulls);
}

/* Row callback over the log: ctid */
static void
resolve_row(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	resolve(arg, (ItemPointer) DatumGetPointer(slot_getattr(slot, 1, &isnull)));
}

/* Set the log rows of the given process_audit_info (text[]) to Resolved. */
static void
resolve_mended(ZgRun *run, Datum infos, const char *table)
{
	Resolving	resolving = begin_resolving(run);
	Oid			types[] = {TEXTARRAYOID, TEXTOID};
	Datum		args[] = {infos, CStringGetTextDatum(table)};

	zg_query_to_write(run, "SELECT ctid FROM gold.go_error_audit_log"
					  " WHERE process_audit_info = ANY ($1) AND source_table = $2 AND status <> 'Resolved'",
					  2, types, args, resolve_row, &resolving);
	zg_writer_close(resolving.writer);
}

/* the log row of a rule's rows without a key */
typedef struct KeylessLog
{
	ItemPointerData tid;
	char	   *description;
	bool		found;
} KeylessLog;

static void
read_keyless_log(TupleTableSlot *slot, void *arg)
{
	KeylessLog *log = arg;

	slot_getallattrs(slot);
	log->tid = *(ItemPointer) DatumGetPointer(slot->tts_values[0]);
	log->description = TextDatumGetCString(slot->tts_values[1]);
	log->found = true;
}

/* The open log rows without a key, as the partial index on them has it. */
#define OPEN_KEYLESS "status <> 'Resolved' AND process_audit_info LIKE '%\"key\": null}'"

/* Find the open log row of a rule without a key. */
static KeylessLog
find_keyless_log(ZgRun *run, const char *table, const char *rule)
{
	KeylessLog	log = {.found = false};
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		args[] = {CStringGetTextDatum(table), CStringGetTextDatum(rule)};

	zg_query(run, "SELECT ctid, error_description::text FROM gold.go_error_audit_log"
			 " WHERE source_table = $1 AND " OPEN_KEYLESS
			 " AND error_description LIKE $2 || ':%' ORDER BY error_timestamp",
			 2, types, args, read_keyless_log, &log);
	return log;
}

/* A rule's rows without a key that this pass read, or NULL. */
static const ErrorEntry *
find_keyless_entry(ZgErrors *errors, const char *rule)
{
	error_table_iterator iterator;
	ErrorEntry *entry;

	error_table_start_iterate(errors->table, &iterator);
	while ((entry = error_table_iterate(errors->table, &iterator)) != NULL)
		if (entry->id.key == NULL && strcmp(entry->id.rule, rule) == 0)
			return entry;
	return NULL;
}

/* "rule: what is wrong (n rows)"; what is wrong is known from either. */
static char *
describe_keyless(const char *rule, const ErrorEntry *entry, const KeylessLog *log, int64 total)
{
	const char *count = log->found ? strrchr(log->description, '(') : NULL;
	const char *unit = total == 1 ? "row" : "rows";

	if (entry == NULL && count != NULL)
		return psprintf("%.*s(" INT64_FORMAT " %s)", (int) (count - log->description),
						log->description, total, unit);
	return psprintf("%s: %s (" INT64_FORMAT " %s)", rule,
					entry != NULL ? entry->description : "rows without a key", total, unit);
}

/* Update a log row; with no rows left it is resolved, else its status stays. */
static void
update_keyless(ZgErrors *errors, KeylessLog *log, char *description, int64 total)
{
	static const char *const columns[] = {"update_date", "error_description", "status"};
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold", "go_error_audit_log"), columns,
										total == 0 ? 3 : 2);
	Datum		values[3] = {
		DateADTGetDatum(errors->run->today),
		CStringGetTextDatum(total == 0 ? log->description : description),
	CStringGetTextDatum("Resolved")};
	bool		nulls[3] = {false};

	zg_writer_update(writer, &log->tid, values, nulls);
	zg_writer_close(writer);
}

/* Row callback: rule, total, severity */
static void
log_keyless(TupleTableSlot *slot, void *arg)
{
	ZgErrors   *errors = arg;
	char	   *rule;
	int64		total;
	bool		is_error;
	const ErrorEntry *entry;
	KeylessLog	log;
	char	   *description;

	slot_getallattrs(slot);
	rule = TextDatumGetCString(slot->tts_values[0]);
	total = DatumGetInt64(slot->tts_values[1]);
	is_error = strcmp(TextDatumGetCString(slot->tts_values[2]), "error") == 0;
	entry = find_keyless_entry(errors, rule);
	log = find_keyless_log(errors->run, source_table(errors), rule);
	description = describe_keyless(rule, entry, &log, total);
	if (!log.found && total > 0)
		log_error(errors->run, errors->log, entry == NULL ? "Validation" : entry->error_type,
				  description, source_table(errors),
				  audit_info(errors->run->run, rule, is_error, NULL),
				  entry == NULL ? NULL : entry->source_system);
	else if (log.found && (total == 0 || strcmp(log.description, description) != 0))
		update_keyless(errors, &log, description, total);
}

/* Bring the log's one row per rule for rows without a key up to date. */
static void
save_keyless(ZgErrors *errors)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		args[] = {CStringGetTextDatum(errors->rules->silver->name),
	CStringGetTextDatum(source_table(errors))};

	zg_query_to_write(errors->run,
					  "SELECT rule, sum(row_count)::bigint, max(severity) FROM ("
					  "SELECT rule, row_count, severity FROM gold_state.open_error"
					  " WHERE relation = $1 AND key IS NULL"
					  " UNION ALL SELECT split_part(error_description, ':', 1), 0,"
					  " process_audit_info::json ->> 'severity' FROM gold.go_error_audit_log"
					  " WHERE source_table = $2 AND " OPEN_KEYLESS ") x GROUP BY rule",
					  2, types, args, log_keyless, errors);
}

/* Log what is new and write off what is mended, after compare_open. */
static void
save_rest(ZgErrors *errors)
{
	error_table_iterator iterator;
	ErrorEntry *entry;

	error_table_start_iterate(errors->table, &iterator);
	while ((entry = error_table_iterate(errors->table, &iterator)) != NULL)
	{
		Datum		values[7];
		bool		nulls[7];

		if (entry->known)
			continue;
		state_values(errors, entry, errors->run->run, values, nulls);
		zg_writer_insert(errors->state, values, nulls);
		if (entry->id.key == NULL)
			errors->keyless_changed = true;
		else
			log_new(errors, entry);
	}
	zg_writer_close(errors->state);
	if (errors->mended.n > 0)
		resolve_mended(errors->run, zg_text_array(errors->mended.values, errors->mended.n),
					   source_table(errors));
	if (errors->keyless_changed)
		save_keyless(errors);
	zg_writer_close(errors->log);
}

void
zg_errors_save(ZgErrors *errors, const ZgScope *scope)
{
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(errors->rules->silver->name), zg_scope_days(scope)};

	open_writers(errors);
	zg_query_to_write(errors->run,
					  psprintf("SELECT ctid, day, rule, key, row_count, severity, run"
							   " FROM gold_state.open_error WHERE relation = $1 AND %s",
							   zg_scope_condition(scope, "day")),
					  2, types, args, compare_open, errors);
	save_rest(errors);
}

void
zg_errors_save_keys(ZgErrors *errors, Datum keys, bool keyless)
{
	Oid			types[] = {TEXTOID, TEXTARRAYOID, BOOLOID};
	Datum		args[] = {CStringGetTextDatum(errors->rules->silver->name), keys,
	BoolGetDatum(keyless)};
	bool		all = keys == (Datum) 0;

	open_writers(errors);
	zg_query_to_write(errors->run,
					  all ? "SELECT ctid, day, rule, key, row_count, severity, run"
					  " FROM gold_state.open_error WHERE relation = $1"
					  : "SELECT e.ctid, e.day, e.rule, e.key, e.row_count, e.severity, e.run"
					  " FROM (SELECT DISTINCT unnest($2)) AS k (key) JOIN gold_state.open_error e USING (key)"
					  " WHERE e.relation = $1"
					  " UNION ALL SELECT ctid, day, rule, key, row_count, severity, run"
					  " FROM gold_state.open_error WHERE relation = $1 AND key IS NULL AND $3",
					  all ? 1 : 3, types, args, compare_open, errors);
	save_rest(errors);
}

/*
 * Log that a step failed, once until it works again.
 */
void
zg_errors_processing(ZgRun *run, const char *process, const char *table,
					 const char *failure)
{
	KeylessLog	log = find_keyless_log(run, table, process);

	if (!log.found && failure != NULL)
	{
		ZgWriter   *writer = open_log();

		log_error(run, writer, "Processing", psprintf("%s: %s", process, failure), table,
				  audit_info(run->run, process, true, NULL), NULL);
		zg_writer_close(writer);
	}
	else if (log.found && failure == NULL)
	{
		Resolving	resolving = begin_resolving(run);

		resolve(&resolving, &log.tid);
		zg_writer_close(resolving.writer);
	}
}

/* Row callback: process */
static void
note_failing(TupleTableSlot *slot, void *arg)
{
	uint32	   *failing = arg;
	bool		isnull;
	char	   *process = TextDatumGetCString(slot_getattr(slot, 1, &isnull));

	for (int id = 0; id < ZG_STEP_COUNT; id++)
		if (strcmp(zg_steps[id].process, process) == 0)
			*failing |= ZG_BIT(id);
}

uint32
zg_errors_failing_steps(ZgRun *run)
{
	uint32		failing = 0;

	zg_query(run, "SELECT split_part(error_description::text, ':', 1) FROM gold.go_error_audit_log"
			 " WHERE error_type = 'Processing' AND " OPEN_KEYLESS, 0, NULL, NULL, note_failing, &failing);
	return failing;
}
