/*-------------------------------------------------------------------------
 *
 * reused_key.c
 *	  Keys whose row took the place of one that seems another event's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "catalog/pg_type.h"
#include "facts/reused_key.h"
#include "state/query.h"
#include "state/writer.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* a key that is known to be reused */
typedef struct ReusedKey
{
	text	   *key;
	uint32		hash;
	char		status;
	bool		seen;
	DateADT		day;			/* of its row; DATEVAL_NOEND = not known */
} ReusedKey;

#define SH_PREFIX reused_table
#define SH_ELEMENT_TYPE ReusedKey
#define SH_KEY key
#include "base/text_table.h"

/* a row that the last pass did not have so */
typedef struct NewRow
{
	text	   *key;
	uint32		hash;
	char		status;
	ZgEventLook look;
	TimestampTz version_at;
	DateADT		day;
	text	   *source_system;
	bool		warned;
} NewRow;

#define SH_PREFIX new_row_table
#define SH_ELEMENT_TYPE NewRow
#define SH_KEY key
#include "base/text_table.h"

struct ZgReusedKeys
{
	ZgRun	   *run;
	const ZgSilver *silver;
	reused_table_hash *table;
	new_row_table_hash *new_rows;
	MemoryContext context;
	bool		changed;		/* the state knows otherwise */
};

static bool
add_key(ZgReusedKeys *reused, const text *key, bool seen, DateADT day)
{
	MemoryContext old = MemoryContextSwitchTo(reused->context);
	bool		found;
	ReusedKey  *entry = reused_table_insert(reused->table, (text *) key, &found);

	if (!found)
	{
		entry->key = zg_text_copy(key);
		entry->seen = seen;
		entry->day = day;
	}
	MemoryContextSwitchTo(old);
	return !found;
}

/* Row callback: key, day */
static void
read_key(TupleTableSlot *slot, void *arg)
{
	ZgReusedKeys *reused = arg;

	slot_getallattrs(slot);
	if (!add_key(reused, DatumGetTextPP(slot->tts_values[0]), false,
				 slot->tts_isnull[1] ? DATEVAL_NOEND : DatumGetDateADT(slot->tts_values[1])))
		reused->changed = true; /* once is enough */
}

/* Those of the scope, and those whose day no pass has found yet. */
#define REUSED_IN_SCOPE "relation = $1 AND (day IS NULL OR %s)"

ZgReusedKeys *
zg_reused_keys_load(ZgRun *run, const ZgSilver *silver, const ZgScope *scope)
{
	ZgReusedKeys *reused = palloc0(sizeof(ZgReusedKeys));
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), zg_scope_days(scope)};

	reused->run = run;
	reused->silver = silver;
	reused->context = CurrentMemoryContext;
	reused->table = reused_table_create(CurrentMemoryContext, 16, NULL);
	reused->new_rows = new_row_table_create(CurrentMemoryContext, 16, NULL);
	zg_table_oid("gold_state", "reused_key");
	zg_query(run, psprintf("SELECT key, day FROM gold_state.reused_key WHERE " REUSED_IN_SCOPE,
						   zg_scope_condition(scope, "day")),
			 2, types, args, read_key, reused);
	return reused;
}

bool
zg_reused_keys_see(ZgReusedKeys *reused, const text *key, DateADT day)
{
	ReusedKey  *entry = reused->table->members == 0 ? NULL :
	reused_table_lookup(reused->table, (text *) key);

	if (entry == NULL)
		return false;
	entry->seen = true;
	reused->changed |= entry->day != day;
	entry->day = day;
	return true;
}

void
zg_reused_keys_came(ZgReusedKeys *reused, const ZgRow *row, const ZgEventLook *look)
{
	MemoryContext old = MemoryContextSwitchTo(reused->context);
	bool		found;
	NewRow	   *new = new_row_table_insert(reused->new_rows, zg_row_text(row, 0), &found);

	if (!found)
		new->key = zg_text_copy(zg_row_text(row, 0));
	new->look = *look;
	new->version_at = row->version_at;
	new->day = row->day;
	new->warned = row->warned;
	new->source_system = row->source_system == NULL ? NULL : zg_text_copy(row->source_system);
	MemoryContextSwitchTo(old);
}

bool
zg_reused_keys_went(ZgReusedKeys *reused, text *key, const ZgEventLook *look,
					DateADT *day, text **source_system, bool *warned)
{
	const NewRow *new = new_row_table_lookup(reused->new_rows, key);

	if (new == NULL || !zg_looks_like_another(look, &new->look, new->version_at) ||
		!add_key(reused, key, true, new->day))
		return false;
	reused->changed = true;
	*day = new->day;
	*source_system = new->source_system;
	*warned = new->warned;
	return true;
}

void
zg_reused_keys_note(const ZgSilver *silver, Datum keys)
{
	Oid			types[] = {TEXTOID, TEXTARRAYOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), keys};

	zg_execute("INSERT INTO gold_state.reused_key (relation, key) SELECT DISTINCT $1, k FROM unnest($2) k",
			   2, types, args, NULL);
}

static void
write_keys(ZgReusedKeys *reused)
{
	static const char *const columns[] = {"relation", "key", "day"};
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold_state", "reused_key"),
										columns, lengthof(columns));
	reused_table_iterator iterator;
	ReusedKey  *entry;

	reused_table_start_iterate(reused->table, &iterator);
	while ((entry = reused_table_iterate(reused->table, &iterator)) != NULL)
	{
		Datum		values[3] = {CStringGetTextDatum(reused->silver->name), PointerGetDatum(entry->key),
		DateADTGetDatum(entry->day)};
		bool		nulls[3] = {false};

		if (entry->seen)
			zg_writer_insert(writer, values, nulls);
	}
	zg_writer_close(writer);
}

/* Is there a key that was not seen? */
static bool
any_gone(ZgReusedKeys *reused)
{
	reused_table_iterator iterator;
	ReusedKey  *entry;
	bool		gone = false;

	reused_table_start_iterate(reused->table, &iterator);
	while ((entry = reused_table_iterate(reused->table, &iterator)) != NULL)
		gone |= !entry->seen;
	return gone;
}

void
zg_reused_keys_save(ZgReusedKeys *reused, const ZgScope *scope)
{
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(reused->silver->name), zg_scope_days(scope)};

	if (!reused->changed && !any_gone(reused))
		return;
	zg_execute(psprintf("DELETE FROM gold_state.reused_key WHERE " REUSED_IN_SCOPE,
						zg_scope_condition(scope, "day")),
			   2, types, args, NULL);
	write_keys(reused);
}
