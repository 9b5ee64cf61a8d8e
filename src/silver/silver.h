/*-------------------------------------------------------------------------
 *
 * silver.h
 *	  The eight relations of the silver contract, and reading them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_SILVER_H
#define ZG_SILVER_H

#include "base/sort.h"
#include "state/query.h"

/* columns of a row in contract order; the last three are common to all */
enum
{
	USER_ID, USER_NAME, USER_EMAIL, USER_COMPANY, USER_PLAN, USER_NCOLUMNS
};
enum
{
	MEETING_ID, MEETING_HOST, MEETING_TOPIC, MEETING_START, MEETING_END,
	MEETING_DURATION, MEETING_NCOLUMNS
};
enum
{
	PARTICIPANT_ID, PARTICIPANT_MEETING, PARTICIPANT_USER, PARTICIPANT_JOIN,
	PARTICIPANT_LEAVE, PARTICIPANT_NCOLUMNS
};
enum
{
	USAGE_ID, USAGE_MEETING, USAGE_FEATURE, USAGE_COUNT, USAGE_DATE,
	USAGE_NCOLUMNS
};
enum
{
	WEBINAR_ID, WEBINAR_HOST, WEBINAR_TOPIC, WEBINAR_START, WEBINAR_END,
	WEBINAR_REGISTRANTS, WEBINAR_NCOLUMNS
};
enum
{
	TICKET_ID, TICKET_USER, TICKET_TYPE, TICKET_STATUS, TICKET_OPENED,
	TICKET_NCOLUMNS
};
enum
{
	LICENSE_ID, LICENSE_TYPE, LICENSE_USER, LICENSE_START, LICENSE_END,
	LICENSE_NCOLUMNS
};
enum
{
	BILLING_ID, BILLING_USER, BILLING_TYPE, BILLING_AMOUNT, BILLING_DATE,
	BILLING_NCOLUMNS
};

#define ZG_MAX_SILVER_COLUMNS 6

typedef struct ZgSilverColumn
{
	const char *name;
	Oid			type;
	bool		required;		/* a row without it is rejected */
	bool		bounded;		/* rejected when over ZG_MAX_VALUE_LENGTH */
	const char *const *spellings;	/* known values, or NULL */
} ZgSilverColumn;

/* what a btree entry can hold of keys and names */
#define ZG_MAX_VALUE_LENGTH 2000

typedef struct ZgSilver
{
	const char *name;
	int			ncolumns;
	int			event_column;	/* the event's day or instant; -1 = none */
	int			user_column;	/* whom a row names; -1 = nobody */
	int			meeting_column; /* -1 = none */
	ZgSilverColumn columns[ZG_MAX_SILVER_COLUMNS];
} ZgSilver;

extern const ZgSilver zg_silver[ZG_SILVER_COUNT];

extern const char *const zg_ticket_statuses[];

/* One silver row, normalised. */
typedef struct ZgRow
{
	Datum		values[ZG_MAX_SILVER_COLUMNS];
	bool		nulls[ZG_MAX_SILVER_COLUMNS];
	TimestampTz load_at;
	TimestampTz version_at;		/* coalesce(update_timestamp, load_timestamp) */
	text	   *source_system;	/* NULL = none */
	DateADT		day;			/* its slice; DATEVAL_NOBEGIN = none */
	bool		deleted;		/* it is a deletion, as of deleted_at */
	TimestampTz deleted_at;
	uint64		user_rules;		/* bit i: breaks the user's rule i */
	bool		warned;			/* it is accepted and was warned of */
	text	   *raw_key;		/* the key as stored, NULL = none */
	text	   *raw_meeting;	/* the meeting's id as stored */
	uint64		hashes[ZG_MAX_SILVER_COLUMNS];	/* of texts, as far as a
												 * look-ahead noted them */
	TupleTableSlot *slot;		/* extra columns stand after the known ones;
								 * NULL with a look-ahead */
	int			nextra;			/* attribute number of the first of them */
} ZgRow;

static inline text *
zg_row_text(const ZgRow *row, int column)
{
	return row->nulls[column] ? NULL : DatumGetTextPP(row->values[column]);
}

typedef void (*ZgRowHandler) (ZgRow *row, void *arg);

/* rows that a look-ahead sees at a time */
#define ZG_BATCH_ROWS 32

/*
 * Called with some rows before the handler is called for each of them, to
 * note hashes of their texts and fetch what they refer to into the processor's
 * cache.  It cannot be had together with extra columns.
 */
typedef void (*ZgLookAhead) (ZgRow *rows, int n, void *arg);

/* What to read: a relation or something with its columns, and which rows. */
typedef struct ZgSource
{
	const ZgSilver *silver;
	const char *from;			/* FROM item, alias s */
	const char *where;			/* SQL, NULL = all rows */
	const char *extra;			/* further output columns, NULL = none */
	const char *order;			/* ORDER BY list, NULL = none */
	const char *rules;			/* SQL of ZgRow.user_rules, NULL = none */
	const char *exempt;			/* SQL: rows that they do not judge, or NULL */
	const char *deleted;		/* SQL of ZgRow.deleted_at, NULL = none */
	ZgLookAhead look_ahead;		/* NULL = none */
	bool		without_workers;	/* the handler does what they forbid */
	int			nargs;
	Oid			argtypes[4];
	Datum		args[4];
} ZgSource;

/*
 * Read rows, normalise them, hand each to the handler.  A row lives during
 * the call only.  Returns the number of rows.
 */
extern uint64 zg_source_read(ZgRun *run, const ZgSource *source,
							 ZgRowHandler handler, void *arg);

/* SQL list of a relation's columns, cast to the contract's types; alias s. */
extern char *zg_silver_columns(const ZgSilver *silver);

/*
 * The order of versions of one key: by version timestamp, then load_timestamp;
 * what decides between equals depends on what is known of them.
 */
static inline int
zg_compare_versions(TimestampTz a_version_at, TimestampTz a_load_at,
					TimestampTz b_version_at, TimestampTz b_load_at)
{
	int			cmp = zg_compare_int64(a_version_at, b_version_at);

	return cmp != 0 ? cmp : zg_compare_int64(a_load_at, b_load_at);
}

/* Quoted, qualified name of a silver relation. */
extern char *zg_silver_name(ZgRun *run, const ZgSilver *silver);

/* Where it says that a row is a deletion, alias s; NULL = nowhere. */
extern const char *zg_silver_deleted(ZgRun *run, const ZgSilver *silver);

/* Its oid; InvalidOid when it is not there. */
extern Oid	zg_silver_find(ZgRun *run, const ZgSilver *silver);

/* The same, but errors with a hint. */
extern Oid	zg_silver_relid(ZgRun *run, const ZgSilver *silver);

/* About how many rows it holds, at least 1024 and at most 8 million. */
extern uint32 zg_silver_estimate(ZgRun *run, const ZgSilver *silver);

/* Restriction of a relation to days (sorted, distinct): SQL over alias s. */
extern char *zg_silver_day_restriction(const ZgSilver *silver,
									   const DateADT *days, int ndays);

/* The same for a range of days, the last one excluded; infinite = open. */
extern char *zg_silver_range_restriction(const ZgSilver *silver, DateADT from, DateADT to);

/* The day of a row under an alias as SQL, -infinity where it has none. */
extern char *zg_silver_day(const ZgSilver *silver, const char *alias);

/*
 * Does a relation that is joined with n values take them as a constant list
 * as well?  What lies behind a view or a foreign table may be elsewhere: a
 * list goes there, a join does not.
 */
extern bool zg_silver_takes_list(ZgRun *run, const ZgSilver *silver, int n);

/*
 * A condition on a text column: equal to SQL text, given with its operator.  A
 * collation of the column's may take others for equal.
 */
extern char *zg_silver_equals(ZgRun *run, const ZgSilver *silver, int column, const char *to);

/* The relation of that name, or NULL. */
extern const ZgSilver *zg_silver_of(const char *name);

/* Is it a column of the contract?  Of some relation's, or deleted_at? */
extern bool zg_silver_has_column(const ZgSilver *silver, const char *name);
extern bool zg_silver_knows_column(const char *name);

/* A row's zg_row_hash() with its timestamps, by which it is known among tied ones. */
extern uint64 zg_row_stamped_hash(const ZgRow *row, uint64 row_hash);

/* Hash of all columns of a row, to break ties by content. */
extern uint64 zg_row_hash(const ZgSilver *silver, const ZgRow *row);

#endif							/* ZG_SILVER_H */
