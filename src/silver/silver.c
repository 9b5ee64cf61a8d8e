/*-------------------------------------------------------------------------
 *
 * silver.c
 *	  The eight relations of the silver contract, and reading them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "base/text.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "silver/silver.h"
#include "silver/value_map.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(zg_type_fits);

static const char *const plan_types[] =
{"Free", "Basic", "Pro", "Business", "Enterprise", NULL};
static const char *const license_types[] =
{"Basic", "Pro", "Business", "Enterprise", "Education", NULL};
const char *const zg_ticket_statuses[] =
{"Open", "In Progress", "Resolved", "Closed", NULL};

const ZgSilver zg_silver[ZG_SILVER_COUNT] = {
	[ZG_USERS] = {"si_users", USER_NCOLUMNS, -1, -1, -1, {
			{"user_id", TEXTOID, true, true},
			{"user_name", TEXTOID, true, true},
			{"email", TEXTOID},
			{"company", TEXTOID},
			{"plan_type", TEXTOID, false, false, plan_types},
	}},
	[ZG_MEETINGS] = {"si_meetings", MEETING_NCOLUMNS, MEETING_START, MEETING_HOST, -1, {
			{"meeting_id", TEXTOID, true, true},
			{"host_id", TEXTOID, false, true},
			{"meeting_topic", TEXTOID},
			{"start_time", TIMESTAMPTZOID, true},
			{"end_time", TIMESTAMPTZOID},
			{"duration_minutes", INT4OID},
	}},
	[ZG_PARTICIPANTS] = {"si_participants", PARTICIPANT_NCOLUMNS, PARTICIPANT_JOIN,
		PARTICIPANT_USER, PARTICIPANT_MEETING, {
			{"participant_id", TEXTOID, true, true},
			{"meeting_id", TEXTOID, true, true},
			{"user_id", TEXTOID, false, true},
			{"join_time", TIMESTAMPTZOID, true},
			{"leave_time", TIMESTAMPTZOID},
	}},
	[ZG_FEATURE_USAGE] = {"si_feature_usage", USAGE_NCOLUMNS, USAGE_DATE, -1, USAGE_MEETING, {
			{"usage_id", TEXTOID, true, true},
			{"meeting_id", TEXTOID, true, true},
			{"feature_name", TEXTOID, true, true},
			{"usage_count", INT4OID, true},
			{"usage_date", DATEOID, true},
	}},
	[ZG_WEBINARS] = {"si_webinars", WEBINAR_NCOLUMNS, WEBINAR_START, WEBINAR_HOST, -1, {
			{"webinar_id", TEXTOID, true, true},
			{"host_id", TEXTOID, false, true},
			{"webinar_topic", TEXTOID},
			{"start_time", TIMESTAMPTZOID, true},
			{"end_time", TIMESTAMPTZOID},
			{"registrants", INT4OID},
	}},
	[ZG_TICKETS] = {"si_support_tickets", TICKET_NCOLUMNS, TICKET_OPENED, TICKET_USER, -1, {
			{"ticket_id", TEXTOID, true, true},
			{"user_id", TEXTOID, false, true},
			{"ticket_type", TEXTOID, true, true},
			{"resolution_status", TEXTOID, true, false, zg_ticket_statuses},
			{"open_date", DATEOID, true},
	}},
	[ZG_LICENSES] = {"si_licenses", LICENSE_NCOLUMNS, LICENSE_START, LICENSE_USER, -1, {
			{"license_id", TEXTOID, true, true},
			{"license_type", TEXTOID, true, true, license_types},
			{"assigned_to_user_id", TEXTOID, false, true},
			{"start_date", DATEOID, true},
			{"end_date", DATEOID},
	}},
	[ZG_BILLING] = {"si_billing_events", BILLING_NCOLUMNS, BILLING_DATE, BILLING_USER, -1, {
			{"event_id", TEXTOID, true, true},
			{"user_id", TEXTOID, false, true},
			{"event_type", TEXTOID, true, true},
			{"amount", NUMERICOID, true},
			{"event_date", DATEOID, true},
	}},
};

/* what all relations have */
static const struct
{
	const char *name;
	Oid			type;
}			common_columns[] = {
	{"load_timestamp", TIMESTAMPTZOID},
	{"update_timestamp", TIMESTAMPTZOID},
	{"source_system", TEXTOID},
};

/* Is a column of that type read as the contract's without losing anything? */
static bool
fits(Oid type, int32 typmod, Oid wanted)
{
	Oid			base = getBaseTypeAndTypmod(type, &typmod);

	switch (wanted)
	{
		case TEXTOID:
			return base == TEXTOID || base == VARCHAROID;
		case INT4OID:
			return base == INT2OID || base == INT4OID;
		case NUMERICOID:
			return base == INT2OID || base == INT4OID ||
				(base == NUMERICOID && (typmod < (int32) VARHDRSZ || ((typmod - VARHDRSZ) & 0x7ff) <= 2));
		default:
			return base == wanted;
	}
}

/*
 * type_fits(type, typmod, wanted): the same for setup() and verify(); wanted is a
 * type of zoom_gold.silver_contract().  A type that is not there fits nothing.
 */
Datum
zg_type_fits(PG_FUNCTION_ARGS)
{
	Oid			type = PG_GETARG_OID(0);
	char	   *wanted = text_to_cstring(PG_GETARG_TEXT_PP(2));

	PG_RETURN_BOOL(SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)) &&
				   fits(type, PG_GETARG_INT32(1),
						DatumGetObjectId(DirectFunctionCall1(regtypein, CStringGetDatum(wanted)))));
}

/* What is wrong with the type, and what helps, the caller asks zoom_gold.silver_failure(). */
static void
check_type(ZgRun *run, const ZgSilver *silver, Oid relid, const char *column, Oid wanted)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relid, get_attnum(relid, column), &type, &typmod, &collation);
	if (!fits(type, typmod, wanted))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s.%s\" cannot be read as the silver contract wants it",
						column, run->settings.silver_schema, silver->name)));
}

static void
check_column(ZgRun *run, const ZgSilver *silver, Oid relid, const char *column, Oid wanted)
{
	if (get_attnum(relid, column) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("relation \"%s.%s\" lacks column \"%s\"",
						run->settings.silver_schema, silver->name, column),
				 errhint("Put the column back; zoom_gold.setup() tells what the relation must have.")));
	check_type(run, silver, relid, column, wanted);
}

/*
 * Refuse to read a relation that lacks a column of the contract or has one of
 * another type, before a query does.
 */
static void
check_columns(ZgRun *run, const ZgSilver *silver)
{
	Oid			relid = zg_silver_find(run, silver);

	if (!OidIsValid(relid))
		return;
	for (int i = 0; i < silver->ncolumns; i++)
		check_column(run, silver, relid, silver->columns[i].name, silver->columns[i].type);
	for (int i = 0; i < lengthof(common_columns); i++)
		check_column(run, silver, relid, common_columns[i].name, common_columns[i].type);
	if (get_attnum(relid, "deleted_at") != InvalidAttrNumber)
		check_type(run, silver, relid, "deleted_at", TIMESTAMPTZOID);
}

/* Quoted, qualified name of a silver relation, which is about to be read. */
char *
zg_silver_name(ZgRun *run, const ZgSilver *silver)
{
	check_columns(run, silver);
	return quote_qualified_identifier(run->settings.silver_schema, silver->name);
}

Oid
zg_silver_find(ZgRun *run, const ZgSilver *silver)
{
	Oid			nsp = get_namespace_oid(run->settings.silver_schema, true);

	return OidIsValid(nsp) ? get_relname_relid(silver->name, nsp) : InvalidOid;
}

Oid
zg_silver_relid(ZgRun *run, const ZgSilver *silver)
{
	Oid			relid = zg_silver_find(run, silver);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" does not exist",
						run->settings.silver_schema, silver->name),
				 errhint("Put it back. To go on without its rows, call zoom_gold.setup(), which makes an empty one or says how.")));
	return relid;
}

uint32
zg_silver_estimate(ZgRun *run, const ZgSilver *silver)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(zg_silver_relid(run, silver)));
	float4		rows = 0;

	if (HeapTupleIsValid(tuple))
	{
		rows = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	return (uint32) Min(Max(rows, 1024), 8000000);
}

/* above this many runs of days one pass with a hashed list is cheaper */
#define MAX_DAY_RANGES 100

/* Append a day as PostgreSQL reads it under any DateStyle. */
static void
append_day(StringInfo sql, DateADT day, const char *time_of_day)
{
	int			year,
				month,
				mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	appendStringInfo(sql, "%04d-%02d-%02d%s%s", year > 0 ? year : 1 - year,
					 month, mday, time_of_day, year > 0 ? "" : " BC");
}

static void
append_day_list(StringInfo sql, const char *expression, const DateADT *days, int ndays)
{
	appendStringInfo(sql, "%s = ANY ('{", expression);
	for (int i = 0; i < ndays; i++)
	{
		appendStringInfoString(sql, i == 0 ? "\"" : ",\"");
		if (DATE_IS_NOEND(days[i]))
			appendStringInfoString(sql, "infinity");
		else if (DATE_IS_NOBEGIN(days[i]))
			appendStringInfoString(sql, "-infinity");
		else
			append_day(sql, days[i], "");
		appendStringInfoChar(sql, '"');
	}
	appendStringInfoString(sql, "}'::date[])");
}

/* Append one alternative per run of neighbouring days. */
static void
append_day_ranges(StringInfo sql, const char *column, const DateADT *days, int ndays)
{
	const char *separator = "";

	for (int i = 0, j; i < ndays; i = j)
	{
		for (j = i + 1; j < ndays && days[j] == days[j - 1] + 1; j++)
			 /* the run goes on */ ;
		if (DATE_NOT_FINITE(days[i]))
			appendStringInfo(sql, "%s%s = '%s'::timestamptz", separator, column,
							 DATE_IS_NOEND(days[i]) ? "infinity" : "-infinity");
		else
		{
			appendStringInfo(sql, "%s%s >= '", separator, column);
			append_day(sql, days[i], " 00:00:00+00");
			appendStringInfo(sql, "'::timestamptz AND %s < '", column);
			/* the day after the last has no instant */
			if (days[j - 1] + 1 < TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
				append_day(sql, days[j - 1] + 1, " 00:00:00+00");
			else
				appendStringInfoString(sql, "infinity");
			appendStringInfoString(sql, "'::timestamptz");
		}
		separator = " OR ";
	}
}

static int
count_day_ranges(const DateADT *days, int ndays)
{
	int			n = 0;

	for (int i = 0; i < ndays; i++)
		n += i == 0 || days[i] != days[i - 1] + 1;
	return n;
}

/*
 * SQL over alias s that selects the rows of the given days, sorted and
 * distinct; -infinity stands for rows without a day.  Written so that an
 * index on the event column serves; without one the relation is scanned once.
 */
char *
zg_silver_day_restriction(const ZgSilver *silver, const DateADT *days, int ndays)
{
	const ZgSilverColumn *event = &silver->columns[silver->event_column];
	char	   *column = psprintf("s.%s", event->name);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoChar(&sql, '(');
	if (event->type == DATEOID)
		append_day_list(&sql, column, days, ndays);
	else if (count_day_ranges(days, ndays) <= MAX_DAY_RANGES)
		append_day_ranges(&sql, column, days, ndays);
	else
		append_day_list(&sql, psprintf("(%s AT TIME ZONE 'UTC')::date", column), days, ndays);
	if (ndays > 0 && DATE_IS_NOBEGIN(days[0]))
		appendStringInfo(&sql, " OR %s IS NULL", column);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* Append one side of a range of days, none where it is open. */
static void
append_bound(StringInfo sql, const ZgSilverColumn *event, const char *operator, DateADT day)
{
	if (DATE_NOT_FINITE(day))
		return;
	appendStringInfo(sql, " AND s.%s %s '", event->name, operator);
	append_day(sql, day, event->type == DATEOID ? "" : " 00:00:00+00");
	appendStringInfo(sql, "'::%s", event->type == DATEOID ? "date" : "timestamptz");
}

/*
 * SQL over alias s that selects the rows of the days from one to before
 * another; infinite ones are open, and a range that begins so has the rows
 * without a day, too.
 */
char *
zg_silver_range_restriction(const ZgSilver *silver, DateADT from, DateADT to)
{
	const ZgSilverColumn *event = &silver->columns[silver->event_column];
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "(true");
	append_bound(&sql, event, ">=", from);
	append_bound(&sql, event, "<", to);
	if (DATE_IS_NOBEGIN(from) && !DATE_NOT_FINITE(to))
		appendStringInfo(&sql, " OR s.%s IS NULL", event->name);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The event day of a relation's rows under an alias, as SQL. */
char *
zg_silver_day(const ZgSilver *silver, const char *alias)
{
	const ZgSilverColumn *event = &silver->columns[silver->event_column];

	return psprintf(event->type == DATEOID ? "coalesce(%s.%s, '-infinity')"
					: "coalesce((%s.%s AT TIME ZONE 'UTC')::date, '-infinity')",
					alias, event->name);
}

/* beyond this a list costs more to plan with than it saves */
#define MAX_LIST 10000

bool
zg_silver_takes_list(ZgRun *run, const ZgSilver *silver, int n)
{
	char		kind = get_rel_relkind(zg_silver_relid(run, silver));

	return n <= MAX_LIST && (kind == RELKIND_VIEW || kind == RELKIND_FOREIGN_TABLE);
}

/* what a read needs per row */
typedef struct SourceRead
{
	const ZgSource *source;
	const ZgValueMap *map;		/* NULL = none */
	ZgRowHandler handler;
	void	   *arg;
	ZgRow	   *rows;			/* those not handled yet */
	int			n;
	int			max;			/* 1, or as many as a look-ahead sees */
	int			rules_column;	/* attribute number, 0 = none */
	int			deleted_column; /* the same */
	int			nextra;
	MemoryContext row_context;	/* of their values */
	uint64		nrows;
} SourceRead;

/* Normalise one text value in place. */
static void
normalize_text(Datum *value, bool *isnull)
{
	text	   *normal = *isnull ? NULL : zg_text_normalize(DatumGetTextPP(*value));

	*isnull = normal == NULL;
	*value = PointerGetDatum(normal);
}

/* The same of a column: one of a list gets the known spelling. */
static void
normalize_column(const SourceRead *read, int i, Datum *value, bool *isnull)
{
	const char *const *known = read->source->silver->columns[i].spellings;
	const char *spelling;

	normalize_text(value, isnull);
	if (*isnull)
		return;
	if (read->map != NULL)
		*value = PointerGetDatum(zg_value_map_apply(read->map, i, DatumGetTextPP(*value)));
	spelling = known == NULL ? NULL : zg_text_spelling(DatumGetTextPP(*value), known);
	if (spelling != NULL && memcmp(spelling, VARDATA_ANY(DatumGetPointer(*value)), strlen(spelling)) != 0)
		*value = CStringGetTextDatum(spelling);
}

static DateADT
row_day(const ZgSilver *silver, const ZgRow *row)
{
	int			c = silver->event_column;

	if (c < 0 || row->nulls[c])
		return DATEVAL_NOBEGIN;
	if (silver->columns[c].type == DATEOID)
		return DatumGetDateADT(row->values[c]);
	return zg_utc_day(DatumGetTimestampTz(row->values[c]));
}

/* Is a column of the contract's, or source_system behind them, by reference? */
static bool
by_reference(const ZgSilver *silver, int i)
{
	return i >= silver->ncolumns || silver->columns[i].type == TEXTOID ||
		silver->columns[i].type == NUMERICOID;
}

/*
 * Copy what a row refers to, so that it outlives its slot: all in one piece.
 * source_system stands behind load_timestamp and update_timestamp.
 */
static void
copy_references(const ZgSilver *silver, Datum *values, const bool *nulls)
{
	Size		size = 0;
	char	   *place;

	for (int i = 0; i < silver->ncolumns + 3; i++)
		if (!nulls[i] && i != silver->ncolumns && i != silver->ncolumns + 1 && by_reference(silver, i))
			size += MAXALIGN(VARSIZE_ANY(DatumGetPointer(values[i])));
	place = palloc(size);
	for (int i = 0; i < silver->ncolumns + 3; i++)
		if (!nulls[i] && i != silver->ncolumns && i != silver->ncolumns + 1 && by_reference(silver, i))
		{
			Size		len = VARSIZE_ANY(DatumGetPointer(values[i]));

			memcpy(place, DatumGetPointer(values[i]), len);
			values[i] = PointerGetDatum(place);
			place += MAXALIGN(len);
		}
}

/* Fill a row from a slot's values: the contract's, load, update, system. */
static void
fill_row(SourceRead *read, ZgRow *row, const Datum *values, const bool *nulls)
{
	const ZgSilver *silver = read->source->silver;
	int			n = silver->ncolumns;
	Datum		system;
	bool		isnull;

	memcpy(row->values, values, n * sizeof(Datum));
	memcpy(row->nulls, nulls, n * sizeof(bool));
	row->raw_key = row->nulls[0] ? NULL : DatumGetTextPP(row->values[0]);
	row->raw_meeting = silver->meeting_column < 0 || row->nulls[silver->meeting_column] ? NULL :
		DatumGetTextPP(row->values[silver->meeting_column]);
	for (int i = 0; i < n; i++)
		if (silver->columns[i].type == TEXTOID)
			normalize_column(read, i, &row->values[i], &row->nulls[i]);
	row->load_at = nulls[n] ? DT_NOBEGIN : DatumGetTimestampTz(values[n]);
	row->version_at = nulls[n + 1] ? row->load_at : DatumGetTimestampTz(values[n + 1]);
	system = values[n + 2];
	isnull = nulls[n + 2];
	normalize_text(&system, &isnull);
	row->source_system = isnull ? NULL : DatumGetTextPP(system);
	row->day = row_day(silver, row);
	row->user_rules = read->rules_column == 0 ? 0 :
		(uint64) DatumGetInt64(values[read->rules_column - 1]);
	/* without a key it tells of nothing that was deleted, and is judged */
	row->deleted = read->deleted_column != 0 && !nulls[read->deleted_column - 1] && !row->nulls[0];
	row->deleted_at = row->deleted ? DatumGetTimestampTz(values[read->deleted_column - 1]) : 0;
	row->nextra = read->nextra;
}

/* Hand the rows that were read to the handler. */
static void
handle_rows(SourceRead *read)
{
	int			n = read->n;

	read->n = 0;
	if (read->source->look_ahead != NULL)
		read->source->look_ahead(read->rows, n, read->arg);
	for (int i = 0; i < n; i++)
		read->handler(&read->rows[i], read->arg);
	MemoryContextReset(read->row_context);
}

/*
 * The values of a query are taken for what the contract says: see that they are,
 * whatever types the columns have that it reads.
 */
static void
check_types(const SourceRead *read, TupleDesc desc)
{
	const ZgSilver *silver = read->source->silver;

	for (int i = 0; i < silver->ncolumns + 3; i++)
	{
		Oid			wanted = i < silver->ncolumns ? silver->columns[i].type :
		i < silver->ncolumns + 2 ? TIMESTAMPTZOID : TEXTOID;

		if (TupleDescAttr(desc, i)->atttypid != wanted)
			elog(ERROR, "column %d of \"%s\" is read as type %u", i + 1, silver->name,
				 TupleDescAttr(desc, i)->atttypid);
	}
	if (read->deleted_column != 0 &&
		TupleDescAttr(desc, read->deleted_column - 1)->atttypid != TIMESTAMPTZOID)
		elog(ERROR, "deletions of \"%s\" are not read as instants", silver->name);
}

static void
read_row(TupleTableSlot *slot, void *arg)
{
	SourceRead *read = arg;
	ZgRow	   *row = &read->rows[read->n++];
	bool		ahead = read->source->look_ahead != NULL;
	MemoryContext old = MemoryContextSwitchTo(read->row_context);

	if (read->nrows == 0)
		check_types(read, slot->tts_tupleDescriptor);
	slot_getallattrs(slot);
	if (ahead)
	{
		Datum		values[ZG_MAX_SILVER_COLUMNS + 5];
		int			n = slot->tts_tupleDescriptor->natts;

		Assert(n <= lengthof(values));
		memcpy(values, slot->tts_values, n * sizeof(Datum));
		copy_references(read->source->silver, values, slot->tts_isnull);
		fill_row(read, row, values, slot->tts_isnull);
	}
	else
		fill_row(read, row, slot->tts_values, slot->tts_isnull);
	row->slot = ahead ? NULL : slot;
	MemoryContextSwitchTo(old);
	read->nrows++;
	if (read->n == read->max)
		handle_rows(read);
}

char *
zg_silver_columns(const ZgSilver *silver)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < silver->ncolumns; i++)
		appendStringInfo(&sql, "s.%s::%s, ", silver->columns[i].name,
						 format_type_be(silver->columns[i].type));
	appendStringInfoString(&sql, "s.load_timestamp::timestamptz, s.update_timestamp::timestamptz, s.source_system::text");
	return sql.data;
}

/* The query of a source. */
static char *
source_query(const ZgSource *source)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", zg_silver_columns(source->silver));
	if (source->rules != NULL && source->exempt != NULL)
		appendStringInfo(&sql, ", CASE WHEN %s THEN 0 ELSE %s END", source->exempt, source->rules);
	else if (source->rules != NULL)
		appendStringInfo(&sql, ", %s", source->rules);
	if (source->deleted != NULL)
		appendStringInfo(&sql, ", %s", source->deleted);
	if (source->extra != NULL)
		appendStringInfo(&sql, ", %s", source->extra);
	appendStringInfo(&sql, " FROM %s", source->from);
	if (source->where != NULL)
		appendStringInfo(&sql, " WHERE %s", source->where);
	if (source->order != NULL)
		appendStringInfo(&sql, " ORDER BY %s", source->order);
	return sql.data;
}

uint64
zg_source_read(ZgRun *run, const ZgSource *source, ZgRowHandler handler, void *arg)
{
	SourceRead	read = {
		.source = source,
		.map = zg_value_map(run, source->silver),
		.handler = handler,
		.arg = arg,
		.max = source->look_ahead == NULL ? 1 : ZG_BATCH_ROWS,
	};
	int			column = source->silver->ncolumns + 4;

	Assert(source->look_ahead == NULL || source->extra == NULL);
	if (source->rules != NULL)
		read.rules_column = column++;
	if (source->deleted != NULL)
		read.deleted_column = column++;
	read.nextra = column;
	read.rows = palloc0(read.max * sizeof(ZgRow));
	read.row_context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold row",
											 ALLOCSET_DEFAULT_SIZES);
	(source->without_workers ? zg_query_to_write : zg_query)
		(run, source_query(source), source->nargs, source->argtypes, source->args, read_row, &read);
	handle_rows(&read);
	MemoryContextDelete(read.row_context);
	pfree(read.rows);
	return read.nrows;
}

const char *
zg_silver_deleted(ZgRun *run, const ZgSilver *silver)
{
	return get_attnum(zg_silver_relid(run, silver), "deleted_at") == InvalidAttrNumber ? NULL :
		"s.deleted_at::timestamptz";
}

static uint64
hash_value(Oid type, Datum value)
{
	if (type == TEXTOID)
		return zg_text_hash64(DatumGetTextPP(value));
	if (type == NUMERICOID)
		return DatumGetUInt64(DirectFunctionCall2(hash_numeric_extended, value, Int64GetDatum(0)));
	if (type == TIMESTAMPTZOID)
		return DatumGetUInt64(DirectFunctionCall2(hashint8extended, value, Int64GetDatum(0)));
	return DatumGetUInt64(hash_uint32_extended(DatumGetUInt32(value), 0));
}

/*
 * Hash of all columns of a row, to break ties by content: that of SQL's
 * hash_record_extended(), so that others can find the same row.
 */
uint64
zg_row_hash(const ZgSilver *silver, const ZgRow *row)
{
	uint64		hash = 0;

	for (int i = 0; i < silver->ncolumns; i++)
		hash = hash * 31 + (row->nulls[i] ? 0 : hash_value(silver->columns[i].type, row->values[i]));
	hash = hash * 31 + (row->source_system == NULL ? 0 : zg_text_hash64(row->source_system));
	return row->deleted ? hash * 31 + hash_value(TIMESTAMPTZOID, TimestampTzGetDatum(row->deleted_at)) : hash;
}

uint64
zg_row_stamped_hash(const ZgRow *row, uint64 row_hash)
{
	return hash_combine64(hash_combine64(row_hash, (uint64) row->version_at), (uint64) row->load_at);
}

/* Indexes have the collation of their column, so that it is asked first. */
char *
zg_silver_equals(ZgRun *run, const ZgSilver *silver, int column, const char *to)
{
	const char *name = silver->columns[column].name;
	Oid			relid = zg_silver_relid(run, silver);
	Oid			type;
	int32		typmod;
	Oid			collation;

	check_column(run, silver, relid, name, silver->columns[column].type);
	get_atttypetypmodcoll(relid, get_attnum(relid, name), &type, &typmod, &collation);
	if (!OidIsValid(collation) || get_collation_isdeterministic(collation))
		return psprintf("s.%s %s", name, to);
	return psprintf("(s.%s %s AND s.%s::text COLLATE \"C\" %s)", name, to, name, to);
}

const ZgSilver *
zg_silver_of(const char *name)
{
	for (int i = 0; i < ZG_SILVER_COUNT; i++)
		if (strcmp(zg_silver[i].name, name) == 0)
			return &zg_silver[i];
	return NULL;
}

bool
zg_silver_has_column(const ZgSilver *silver, const char *name)
{
	for (int i = 0; i < lengthof(common_columns); i++)
		if (strcmp(name, common_columns[i].name) == 0)
			return true;
	for (int i = 0; i < silver->ncolumns; i++)
		if (strcmp(name, silver->columns[i].name) == 0)
			return true;
	return false;
}

bool
zg_silver_knows_column(const char *name)
{
	for (int i = 0; i < ZG_SILVER_COUNT; i++)
		if (zg_silver_has_column(&zg_silver[i], name))
			return true;
	return strcmp(name, "deleted_at") == 0;
}
