/*-------------------------------------------------------------------------
 *
 * key_state.c
 *	  Keys of users and tickets while changes of theirs are taken up.
 *
 * Per key the state knows how many rows silver holds and the sum of their
 * hashes, which is all that a comparison needs to find the keys that changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/text.h"
#include "history/key_state.h"
#include "state/ordinal.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

const ZgHistoryTables zg_user_tables = {"user_identity", "user_id", "user_event", "user_change"};
const ZgHistoryTables zg_ticket_tables = {"ticket_identity", "ticket_id", "ticket_event", "ticket_change"};

#define SH_PREFIX zg_key_table
#define SH_ELEMENT_TYPE ZgKeyState
#define SH_KEY_TYPE text *
#define SH_KEY key
#define SH_HASH_KEY(tb, key) zg_text_hash(key)
#define SH_EQUAL(tb, a, b) zg_text_equal(a, b)
#define SH_SCOPE extern
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DEFINE
#include "lib/simplehash.h"

/* keys */

/* columns of the query of a table of identities */
enum
{
	KEY_TID, KEY_TEXT, KEY_ORDINAL, KEY_LIVE_ROWS, KEY_LIVE_HASH, KEY_KNOWN,
	KEY_FORGOTTEN
};

/* Row callback */
static void
read_key(TupleTableSlot *slot, void *arg)
{
	ZgTaking   *taking = arg;
	ZgKeyState *state;
	bool		found;

	slot_getallattrs(slot);
	state = zg_key_table_insert(taking->keys, DatumGetTextPP(slot->tts_values[KEY_TEXT]), &found);
	if (found)
		return;
	MemSet((char *) state + offsetof(ZgKeyState, ordinal), 0,
		   sizeof(ZgKeyState) - offsetof(ZgKeyState, ordinal));
	state->key = zg_text_copy(state->key);
	state->stored = true;
	state->tid = *(ItemPointer) DatumGetPointer(slot->tts_values[KEY_TID]);
	state->ordinal = DatumGetInt32(slot->tts_values[KEY_ORDINAL]);
	state->live_rows = state->rows_before = DatumGetInt32(slot->tts_values[KEY_LIVE_ROWS]);
	state->live_hash = state->hash_before = (uint64) DatumGetInt64(slot->tts_values[KEY_LIVE_HASH]);
	state->known = DatumGetBool(slot->tts_values[KEY_KNOWN]);
	state->forgotten = DatumGetBool(slot->tts_values[KEY_FORGOTTEN]);
}

/* A query for the states of keys. */
static char *
keys_query(const ZgHistoryTables *t)
{
	return psprintf("SELECT ctid, %s, ordinal, live_rows, live_hash, %s FROM gold_state.%s",
					t->key, t == &zg_user_tables ? "known, forgotten" : "false, false", t->identity);
}

/*
 * The key that rows are kept under: '' for those without one, and for those
 * whose key is longer than any that is accepted, which no index would hold.
 */
static text *
identity_key(ZgTaking *taking, const text *key)
{
	return key == NULL || VARSIZE_ANY_EXHDR(key) > ZG_MAX_VALUE_LENGTH ? taking->no_key : (text *) key;
}

/*
 * Load the states of the keys of recent rows.  Returns these keys and those
 * that were loaded before.
 */
ZgIdList *
zg_taking_load_recent_keys(ZgTaking *taking, const ZgRecent *recent)
{
	ZgIdList   *keys = zg_idlist_create();
	Oid			type = TEXTARRAYOID;
	Datum		named;
	zg_key_table_iterator iterator;
	ZgKeyState *state;

	for (int i = 0; i < recent->n; i++)
		zg_idlist_add(keys, identity_key(taking, recent->rows[i].key));
	named = zg_idlist_array(keys);
	zg_key_table_start_iterate(taking->keys, &iterator);
	while ((state = zg_key_table_iterate(taking->keys, &iterator)) != NULL)
		zg_idlist_add(keys, state->key);
	zg_query(taking->run, psprintf("%s WHERE %s = ANY ($1)", keys_query(taking->tables), taking->tables->key),
			 1, &type, &named, read_key, taking);
	return keys;
}

/* The first ordinal that no key has. */
static int32
next_ordinal(ZgTaking *taking)
{
	if (taking->next_ordinal < 0)
		taking->next_ordinal = zg_next_ordinal(taking->run, taking->tables->identity,
											   taking->tables->event);
	return taking->next_ordinal;
}

/* Load the states of all keys, or of those that pending changes name. */
void
zg_taking_load_keys(ZgTaking *taking, bool whole)
{
	const ZgHistoryTables *t = taking->tables;
	char	   *sql = keys_query(t);

	taking->whole |= whole || next_ordinal(taking) == 0;
	if (next_ordinal(taking) == 0)
		return;					/* there are none */
	if (!whole)
		sql = psprintf("%s WHERE %s = ANY (ARRAY (SELECT DISTINCT zoom_gold.identity_key(%s)"
					   " FROM gold_state.%s))", sql, t->key, t->key, t->change);
	zg_query(taking->run, sql, 0, NULL, NULL, read_key, taking);
}

/* The state of a key, NULL key = rows without one; made when it is new. */
ZgKeyState *
zg_taking_find_key(ZgTaking *taking, const text *key)
{
	MemoryContext old = MemoryContextSwitchTo(taking->context);
	bool		found;
	ZgKeyState *state = zg_key_table_insert(taking->keys,
											identity_key(taking, key), &found);

	if (!found)
	{
		MemSet((char *) state + offsetof(ZgKeyState, ordinal), 0,
			   sizeof(ZgKeyState) - offsetof(ZgKeyState, ordinal));
		state->key = zg_text_copy(state->key);
		state->ordinal = next_ordinal(taking);
		taking->next_ordinal++;
	}
	MemoryContextSwitchTo(old);
	return state;
}

void
zg_taking_free(ZgTaking *taking)
{
	zg_key_table_destroy(taking->keys);
	MemoryContextDelete(taking->tx_context);
	if (taking->touched != NULL)
		pfree(taking->touched);
	if (taking->consumed != NULL)
		pfree(taking->consumed);
	if (taking->losses != NULL)
		pfree(taking->losses);
}

void
zg_taking_write_event(ZgTaking *taking, const ZgKeyState *state, const ZgRawEvent *event)
{
	zg_event_write(taking->events, taking->silver, state->ordinal, state->forgotten, event);
}

void
zg_taking_note_day(ZgTaking *taking, DateADT day)
{
	if (taking->silver->event_column < 0 ||
		(taking->ndays > 0 && taking->days[taking->ndays - 1] == day))
		return;
	zg_make_room(taking->context, taking->days, taking->ndays, taking->maxdays);
	taking->days[taking->ndays++] = day;
}
