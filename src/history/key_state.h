/*-------------------------------------------------------------------------
 *
 * key_state.h
 *	  What the parts of take_up.c share: key_state.c, full_compare.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_KEY_STATE_H
#define ZG_KEY_STATE_H

#include "history/event.h"
#include "silver/idlist.h"
#include "silver/watermark.h"
#include "storage/itemptr.h"

/* names of the tables of a history */
typedef struct ZgHistoryTables
{
	const char *identity;
	const char *key;
	const char *event;
	const char *change;
} ZgHistoryTables;

/* a key of silver, '' for rows without one */
typedef struct ZgKeyState
{
	text	   *key;
	uint32		hash;
	char		status;
	int32		ordinal;
	bool		stored;			/* has a row in the identity table */
	bool		known;			/* a user that has versions */
	bool		forgotten;		/* name and e-mail are not to be kept */
	bool		changed;
	ItemPointerData tid;
	int32		live_rows;
	uint64		live_hash;
	int32		rows_before;	/* at the start of this run */
	uint64		hash_before;
	/* within a transaction, or during a comparison */
	int32		came_rows;
	uint64		came_hash;
	int32		went_rows;
	uint64		went_hash;
	bool		emptied;		/* T */
	ZgRawEvent *events;
	ZgRawEvent *last;
} ZgKeyState;

/* when a row of a key went that is not known to have come */
typedef struct ZgUnseenLoss
{
	int32		ordinal;
	int32		n;
	int64		seq;
	int64		tx;
	TimestampTz captured_at;
} ZgUnseenLoss;

#define SH_PREFIX zg_key_table
#define SH_ELEMENT_TYPE ZgKeyState
#define SH_KEY_TYPE text *
#define SH_SCOPE extern
#define SH_DECLARE
#include "lib/simplehash.h"

typedef struct ZgTaking
{
	ZgRun	   *run;
	const ZgSilver *silver;
	const ZgHistoryTables *tables;
	zg_key_table_hash *keys;
	bool		whole;			/* all identities are loaded */
	int32		next_ordinal;	/* -1 = not asked yet */
	ZgWriter   *events;
	ItemPointerData *consumed;
	int64		nconsumed;
	int64		maxconsumed;
	/* the transaction being read */
	int64		tx;
	bool		in_tx;
	ZgUnseenLoss *losses;		/* in the order of capture */
	int64		nlosses;
	int64		maxlosses;
	int			ntouched;
	text	  **touched;		/* its keys */
	int			maxtouched;
	MemoryContext context;		/* of the whole */
	MemoryContext tx_context;	/* of the transaction's events */
	DateADT    *days;
	int			ndays;
	int			maxdays;
	int64		read;
	text	   *no_key;
	int64		fresh_seq;		/* for what a comparison finds; 0 = none yet */
} ZgTaking;

extern const ZgHistoryTables zg_user_tables;
extern const ZgHistoryTables zg_ticket_tables;

/* Load the states of all keys, or of those that pending changes name. */
extern void zg_taking_load_keys(ZgTaking *taking, bool whole);

/*
 * Load the states of the keys of recent rows.  Returns these keys and those
 * that were loaded before.
 */
extern ZgIdList *zg_taking_load_recent_keys(ZgTaking *taking, const ZgRecent *recent);

/* The state of a key, NULL key = rows without one; made when it is new. */
extern ZgKeyState *zg_taking_find_key(ZgTaking *taking, const text *key);

/*
 * Free what only the taking needs: the states of keys, the tuple ids consumed.
 * The keys themselves and the days stay.
 */
extern void zg_taking_free(ZgTaking *taking);

/* Write an event of a key. */
extern void zg_taking_write_event(ZgTaking *taking, const ZgKeyState *state,
								  const ZgRawEvent *event);

/* Note the event day of a row, where the relation has one. */
extern void zg_taking_note_day(ZgTaking *taking, DateADT day);

#endif							/* ZG_KEY_STATE_H */
