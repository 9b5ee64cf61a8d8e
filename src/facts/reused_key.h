/*-------------------------------------------------------------------------
 *
 * reused_key.h
 *	  Keys whose row took the place of one that seems another event's.
 *
 * A key with several rows is told by these, see newest_row.h.  Where one row
 * overwrites the other, capture tells, see ZG_OP_REUSED, and where nothing
 * captures, what the last pass has kept of the row; gold_state.reused_key
 * remembers it as long as silver has the key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_REUSED_KEY_H
#define ZG_REUSED_KEY_H

#include "silver/event_look.h"
#include "state/dirty.h"

typedef struct ZgReusedKeys ZgReusedKeys;

/* Those that the state knows on the days of a scope. */
extern ZgReusedKeys *zg_reused_keys_load(ZgRun *run, const ZgSilver *silver, const ZgScope *scope);

/* The row that counts of a key is there; is the key one of them? */
extern bool zg_reused_keys_see(ZgReusedKeys *reused, const text *key, DateADT day);

/*
 * Where nothing captures: a row that the last pass did not have so, and then
 * one that it had.  The latter returns whether the first seems another event's
 * and its key was not known to be reused, with what is to be logged
 * and whether the row was warned of before.
 */
extern void zg_reused_keys_came(ZgReusedKeys *reused, const ZgRow *row, const ZgEventLook *look);
extern bool zg_reused_keys_went(ZgReusedKeys *reused, text *key, const ZgEventLook *look,
								DateADT *day, text **source_system, bool *warned);

/* Note keys that capture has told of (text[]); a pass will find their days. */
extern void zg_reused_keys_note(const ZgSilver *silver, Datum keys);

/* Write what has changed; keys that were not seen are gone. */
extern void zg_reused_keys_save(ZgReusedKeys *reused, const ZgScope *scope);

#endif							/* ZG_REUSED_KEY_H */
