/*-------------------------------------------------------------------------
 *
 * fact.h
 *	  The six facts (and participants, which have no fact table).
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_FACT_H
#define ZG_FACT_H

#include "facts/fact_build.h"

/* of fact_support.c */
extern const ZgFact zg_fact_support_ticket;
extern const ZgFact zg_fact_billing;
extern const ZgFact zg_fact_license_utilization;

extern const ZgFact zg_participants;

/* Of a silver relation; NULL for si_users. */
extern const ZgFact *zg_fact_of(ZgSilverId id);

/* Column as a text Datum for a fact row, or NULL. */
static inline void
zg_put_text(Datum *values, bool *nulls, int i, const text *value)
{
	values[i] = PointerGetDatum(value);
	nulls[i] = value == NULL;
}

static inline void
zg_put(Datum *values, bool *nulls, int i, const ZgRow *row, int column)
{
	values[i] = row->values[column];
	nulls[i] = row->nulls[column];
}

/*
 * Find the user a column names, the pass's user from now on; breaks the given
 * rules (missing = ZG_RULE_COUNT: none).  Returns the ordinal, -1 = nobody.
 */
extern int32 zg_resolve_user(ZgPass *pass, ZgRow *row, int column, ZgRule missing,
							 ZgRule unknown, ZgBroken *broken);

/* Note the row's member of the pass's dimension. */
extern ZgMember *zg_see_member(ZgPass *pass, const ZgRow *row);

/* Make the pass's users those that its rows name. */
extern void zg_prepare_users(ZgPass *pass);

#endif							/* ZG_FACT_H */
