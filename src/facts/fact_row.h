/*-------------------------------------------------------------------------
 *
 * fact_row.h
 *	  What facts share: whom and which meeting a row names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_FACT_ROW_H
#define ZG_FACT_ROW_H

#include "facts/fact_build.h"

/* One value of a fact row: a column of silver's. */
static inline void
zg_put(Datum *values, bool *nulls, int i, const ZgRow *row, int column)
{
	values[i] = row->values[column];
	nulls[i] = row->nulls[column];
}

/* An ordinal, -1 = nobody. */
static inline void
zg_put_ordinal(Datum *values, bool *nulls, int i, int32 ordinal)
{
	values[i] = Int32GetDatum(ordinal);
	nulls[i] = ordinal < 0;
}

/* Make the pass's users those that its rows name. */
extern void zg_prepare_users(ZgPass *pass);

/*
 * Find the user a column names, the pass's user from now on; breaks the given
 * rules (missing = ZG_RULE_COUNT: none).  Returns the ordinal, -1 = nobody.
 */
extern int32 zg_resolve_user(ZgPass *pass, ZgRow *row, int column, ZgRule missing,
							 ZgRule unknown, ZgBroken *broken);

/* Does a row of a meeting or webinar, which has a key, share it with another? */
extern void zg_check_reuse(ZgPass *pass, const ZgRow *row, ZgBroken *broken);

/* columns of what the state keeps of meetings and webinars */
enum
{
	ZG_DETAIL_ID, ZG_DETAIL_ORDINAL, ZG_DETAIL_TOPIC, ZG_DETAIL_START, ZG_DETAIL_END,
	ZG_DETAIL_NUMBER,			/* minutes, or registrants */
	ZG_DETAIL_SYSTEM, ZG_DETAIL_NCOLUMNS
};

/* which columns of silver they are of */
typedef struct ZgDetailColumns
{
	int			id;
	int			topic;
	int			start;
	int			end;
	int			number;
} ZgDetailColumns;

/* Want a row of the fact, unless the partition that had its day was detached. */
extern void zg_put_fact(ZgPass *pass, const ZgRow *row, const Datum *values, const bool *nulls);

/*
 * Want a row of these, of an accepted row of silver.  Where capture has not told
 * how rows changed, one that was not there is remembered, and zg_note_replaced,
 * which hears of those that nothing wants any more, logs the key when it seems to
 * be reused.
 */
extern bool zg_looks_back(const ZgPass *pass);
extern void zg_put_detail(ZgPass *pass, ZgRow *row, const ZgDetailColumns *columns, int32 ordinal);
extern void zg_note_replaced(ZgPass *pass, const Datum *values, const bool *nulls);

/* Make the pass's meetings those that its rows name. */
extern void zg_prepare_meetings(ZgPass *pass);

/* Find the meeting a column names, the pass's meeting from now on. */
extern void zg_resolve_meeting(ZgPass *pass, ZgRow *row, int column, ZgBroken *broken);

/* Note the row's member of the pass's dimension. */
extern ZgMember *zg_see_member(ZgPass *pass, const ZgRow *row);

/* The name of the pass's user at the end of a day; NULL = nobody. */
extern text *zg_name_of_day(ZgPass *pass, DateADT day);

#endif							/* ZG_FACT_ROW_H */
