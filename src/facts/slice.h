/*-------------------------------------------------------------------------
 *
 * slice.h
 *	  What the state keeps of each day of a relation: its keys, the users its
 *	  rows name, and the sums that aggregates are made of.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_SLICE_H
#define ZG_SLICE_H

#include "base/bitmap.h"
#include "facts/member.h"
#include "state/dirty.h"
#include "users/identity.h"

/* Keys and users of the days of one pass. */
typedef struct ZgSlices ZgSlices;

extern ZgSlices *zg_slices_create(ZgRun *run, const ZgSilver *silver);

/* A row of a day; key hash as zg_text_hash64, ordinal -1 = names nobody. */
extern void zg_slices_add(ZgSlices *slices, DateADT day, bool has_key,
						  uint64 key_hash, int32 ordinal);

/* A row that was added refers to a meeting. */
extern void zg_slices_refer(ZgSlices *slices, DateADT day, uint64 meeting_hash);

/*
 * Of meetings: one that was added and is accepted, with what feature usage
 * takes from it; topic hash 0 = none.
 */
extern void zg_slices_tell(ZgSlices *slices, DateADT day, uint64 key_hash,
						   uint64 topic_hash, int32 host);

/*
 * Compare with the state before anything is written: the delete guard.
 * Errors when more keys are gone than settings allow and nobody confirmed,
 * unless gold keeps what silver deletes.
 */
extern void zg_slices_guard(ZgSlices *slices, const ZgScope *scope);

/* After that: does gold keep rows of a day that silver has lost altogether? */
extern bool zg_slices_keep(ZgSlices *slices, DateADT day);

/* The users whom the days of a scope named when they were last read. */
extern ZgBitmap *zg_slices_named(ZgRun *run, const ZgSilver *silver, const ZgScope *scope);

/*
 * Write the slices of the scope.  Of meetings, leaves in the run's "told" which
 * relations they tell something new.  With users whose first event decides where
 * their first version begins, marks the step that moves it when it must.
 */
extern void zg_slices_save(ZgSlices *slices, const ZgScope *scope, ZgUsers *users);

/* Sums of the days of one pass. */
typedef struct ZgPartials ZgPartials;

extern ZgPartials *zg_partials_create(ZgRun *run, const ZgSilver *silver);

/* member NULL = ''; ordinal -1 = nobody; slice_day = the row's own slice. */
extern void zg_partials_add(ZgPartials *partials, DateADT day, DateADT slice_day,
							const ZgMember *member, int64 amount, int32 ordinal,
							const text *source_system);

/*
 * Write the partials of the scope; marks the days that changed for the steps
 * that compute from the one that made them, those on which nothing but the
 * amounts did for such as look at these.  Days that gold keeps as a whole stay.
 */
extern void zg_partials_save(ZgPartials *partials, const ZgScope *scope,
							 ZgSlices *slices, ZgStepId made_by);

#endif							/* ZG_SLICE_H */
