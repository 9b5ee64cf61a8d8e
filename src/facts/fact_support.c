/*-------------------------------------------------------------------------
 *
 * fact_support.c
 *	  Facts that carry dates: support tickets, billing, licences.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "facts/fact.h"
#include "fmgr.h"
#include "history/ticket_resolution.h"
#include "state/diff.h"
#include "state/dirty.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* The last instant of a day, as of which DATE facts take the user's name. */
static TimestampTz
end_of_day(DateADT day)
{
	return zg_day_start(day + 1) - 1;
}

static text *
name_of(ZgPass *pass, DateADT day)
{
	return pass->user == NULL ? NULL : zg_user_name_at(pass->user, end_of_day(day));
}

/* support tickets */

static void
ticket_prepare(ZgPass *pass)
{
	zg_prepare_users(pass);
	pass->private = zg_resolutions_read(pass->run,
										pass->where == NULL ? NULL :
										psprintf("SELECT s.ticket_id::text FROM %s s WHERE %s",
												 zg_silver_name(pass->run, pass->silver), pass->where));
}

static void
ticket_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	text	   *status = zg_row_text(row, TICKET_STATUS);

	(void) pass;
	if (status != NULL && zg_text_spelling(status, zg_ticket_statuses) == NULL)
		zg_break(broken, ZG_RULE_STATUS_UNKNOWN);
}

/* When the ticket was resolved, DT_NOEND = it is not. */
static TimestampTz
ticket_resolved_at(ZgPass *pass, ZgRow *row)
{
	if (!zg_status_is_resolved(zg_row_text(row, TICKET_STATUS)))
		return DT_NOEND;
	return zg_resolutions_find(pass->private, zg_row_text(row, TICKET_ID));
}

static int32
ticket_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	TimestampTz resolved = ticket_resolved_at(pass, row);

	if (resolved < zg_day_start(row->day))
		zg_break(broken, ZG_RULE_RESOLVED_BEFORE_OPENED);
	return zg_resolve_user(pass, row, TICKET_USER, ZG_RULE_USER_MISSING,
						   ZG_RULE_USER_UNKNOWN, broken);
}

static void
ticket_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[6];
	bool		nulls[6];
	TimestampTz resolved = ticket_resolved_at(pass, row);
	TimestampTz opened = zg_day_start(row->day);
	ZgMember   *type = zg_see_member(pass, row);

	(void) ordinal;
	zg_put_text(values, nulls, 0, name_of(pass, row->day));
	zg_put(values, nulls, 1, row, TICKET_TYPE);
	zg_put(values, nulls, 2, row, TICKET_STATUS);
	zg_put(values, nulls, 3, row, TICKET_OPENED);
	zg_put_text(values, nulls, 4, row->source_system);
	values[5] = TimestampTzGetDatum(resolved);
	nulls[5] = resolved == DT_NOEND || resolved < opened;
	zg_diff_row(pass->diff, values, nulls);
	if (!nulls[5])
		zg_partials_add(pass->partials, row->day, row->day, type, resolved - opened, -1,
						row->source_system);
}

const ZgFact zg_fact_support_ticket = {
	.process = "build_fact_support_ticket",
	.silver = ZG_TICKETS,
	.target = {
		.schema = "gold",.table = "go_fact_support_ticket",.ncolumns = 6,
		.columns = {"user_name", "ticket_type", "resolution_status", "open_date",
		"source_system", "resolved_at"},
		.pair_columns = 1 << 1 | 1 << 3,
		.lookup_columns = "open_date",
	},
	.dimension = ZG_DIM_TICKET_TYPE,
	.member_column = TICKET_TYPE,
	.names_users = true,
	.consumers = {"refresh_agg_ticket_resolution"},
	.prepare = ticket_prepare,
	.check = ticket_check,
	.resolve = ticket_resolve,
	.emit = ticket_emit,
};

/* billing */

/* gold_state.billing_event_class */
typedef struct EventClasses
{
	int			n;
	const char **names;			/* NULL-terminated */
	int		   *signs;
	Datum		too_large;		/* amounts from here on, of either sign */
	Datum		too_small;
} EventClasses;

static void
add_class(EventClasses *classes, const char *name, int sign)
{
	classes->names = repalloc(classes->names, (classes->n + 2) * sizeof(char *));
	classes->signs = repalloc(classes->signs, (classes->n + 1) * sizeof(int));
	classes->names[classes->n] = name;
	classes->signs[classes->n] = sign;
	classes->names[++classes->n] = NULL;
}

/* Row callback: event_type, mrr_sign */
static void
read_class(TupleTableSlot *slot, void *arg)
{
	slot_getallattrs(slot);
	add_class(arg, TextDatumGetCString(slot->tts_values[0]), DatumGetInt16(slot->tts_values[1]));
}

/* the logical model's; known also when their class was removed */
static const char *const known_types[] =
{"Subscription Fee", "Subscription Renewal", "Add-on Purchase", "Refund", NULL};

static void
add_known_type(EventClasses *classes, const char *name)
{
	for (int i = 0; i < classes->n; i++)
		if (pg_strcasecmp(classes->names[i], name) == 0)
			return;
	add_class(classes, name, 0);
}

static Datum
make_amount(char *digits)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static void
billing_prepare(ZgPass *pass)
{
	EventClasses *classes = palloc0(sizeof(EventClasses));

	zg_prepare_users(pass);
	classes->names = palloc0(sizeof(char *));
	classes->signs = palloc0(sizeof(int));
	zg_query(pass->run, "SELECT event_type, mrr_sign FROM gold_state.billing_event_class ORDER BY event_type",
			 0, NULL, NULL, read_class, classes);
	for (int i = 0; known_types[i] != NULL; i++)
		add_known_type(classes, known_types[i]);
	/* what numeric(10,2) rounds beyond its 8 digits */
	classes->too_large = make_amount("99999999.995");
	classes->too_small = make_amount("-99999999.995");
	pass->private = classes;
}

/* The class of an event type, -1 = unknown; sets the known spelling. */
static int
event_class(const EventClasses *classes, ZgRow *row)
{
	text	   *type = zg_row_text(row, BILLING_TYPE);
	const char *spelling = type == NULL ? NULL : zg_text_spelling(type, classes->names);

	if (spelling == NULL)
		return -1;
	if (memcmp(spelling, VARDATA_ANY(type), VARSIZE_ANY_EXHDR(type)) != 0)
	{
		type = cstring_to_text(spelling);

		row->values[BILLING_TYPE] = PointerGetDatum(type);
		row->hashes[BILLING_TYPE] = zg_text_hash64(type);
	}
	for (int i = 0; i < classes->n; i++)
		if (classes->names[i] == spelling)
			return i;
	return -1;
}

static int
event_sign(const EventClasses *classes, ZgRow *row)
{
	int			i = event_class(classes, row);

	return i < 0 ? 0 : classes->signs[i];
}

static bool
is_negative(Datum amount)
{
	Datum		sign = DirectFunctionCall1(numeric_sign, amount);

	return DatumGetInt32(DirectFunctionCall1(numeric_int4, sign)) < 0;
}

/* Does an amount of a wider column not fit gold's? */
static bool
does_not_fit(const EventClasses *classes, Datum amount)
{
	return DatumGetBool(DirectFunctionCall2(numeric_ge, amount, classes->too_large)) ||
		DatumGetBool(DirectFunctionCall2(numeric_le, amount, classes->too_small));
}

static void
billing_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	EventClasses *classes = pass->private;
	int			class = event_class(classes, row);

	if (!row->nulls[BILLING_AMOUNT] && numeric_is_nan(DatumGetNumeric(row->values[BILLING_AMOUNT])))
		row->nulls[BILLING_AMOUNT] = true;	/* not a number: no amount */
	if (!row->nulls[BILLING_TYPE] && class < 0)
		zg_break(broken, ZG_RULE_EVENT_TYPE_UNKNOWN);
	if (!row->nulls[BILLING_AMOUNT] && does_not_fit(classes, row->values[BILLING_AMOUNT]))
		zg_break(broken, ZG_RULE_VALUE_TOO_LONG);
	if (!row->nulls[BILLING_AMOUNT] && is_negative(row->values[BILLING_AMOUNT]) &&
		(class < 0 || classes->signs[class] != -1))
		zg_break(broken, ZG_RULE_AMOUNT_NEGATIVE);
}

static int32
billing_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	return zg_resolve_user(pass, row, BILLING_USER, ZG_RULE_USER_MISSING,
						   ZG_RULE_USER_UNKNOWN, broken);
}

/* numeric(10,2) */
#define MONEY_TYPMOD (((10 << 16) | 2) + VARHDRSZ)

static Datum
money(Datum amount)
{
	return DirectFunctionCall2(numeric, amount, Int32GetDatum(MONEY_TYPMOD));
}

static int64
cents(Datum amount)
{
	return DatumGetInt64(DirectFunctionCall1(numeric_int8,
											 DirectFunctionCall2(numeric_mul, amount,
																 NumericGetDatum(int64_to_numeric(100)))));
}

static void
billing_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[5];
	bool		nulls[5];
	int			sign = event_sign(pass->private, row);
	Datum		amount = money(row->values[BILLING_AMOUNT]);

	(void) ordinal;
	if (sign == -1 && !is_negative(amount))
		amount = DirectFunctionCall1(numeric_uminus, amount);
	zg_see_member(pass, row);
	zg_put_text(values, nulls, 0, name_of(pass, row->day));
	zg_put(values, nulls, 1, row, BILLING_TYPE);
	values[2] = amount;
	nulls[2] = false;
	zg_put(values, nulls, 3, row, BILLING_DATE);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_diff_row(pass->diff, values, nulls);
	zg_partials_add(pass->partials, row->day, row->day, NULL,
					sign * llabs(cents(amount)), -1, row->source_system);
}

const ZgFact zg_fact_billing = {
	.process = "build_fact_billing",
	.silver = ZG_BILLING,
	.target = {
		.schema = "gold",.table = "go_fact_billing",.ncolumns = 5,
		.columns = {"user_name", "event_type", "amount", "event_date", "source_system"},
		.pair_columns = 1 << 1 | 1 << 3,
		.lookup_columns = "event_date",
	},
	.dimension = ZG_DIM_BILLING_EVENT_TYPE,
	.member_column = BILLING_TYPE,
	.names_users = true,
	.consumers = {"refresh_agg_mrr"},
	.prepare = billing_prepare,
	.check = billing_check,
	.resolve = billing_resolve,
	.emit = billing_emit,
};

/* licences */

/* assigned licences of one day, type and source system */
typedef struct SpanKey
{
	DateADT		day;
	text	   *type;
	text	   *source_system;
} SpanKey;

typedef struct LicenseSpan
{
	int32		end_date;		/* PG_INT32_MAX = open-ended */
	int32		ordinal;
} LicenseSpan;

typedef struct SpanEntry
{
	SpanKey		id;
	uint32		hash;
	char		status;
	LicenseSpan *spans;
	int			n;
	int			max;
} SpanEntry;

static uint32
hash_span_key(const SpanKey *id)
{
	return hash_combine(murmurhash32(id->day), zg_text_hash(id->type));
}

static bool
equal_span_keys(const SpanKey *a, const SpanKey *b)
{
	return a->day == b->day && zg_text_equal(a->type, b->type) &&
		zg_text_compare(a->source_system, b->source_system) == 0;
}

#define SH_PREFIX span_table
#define SH_ELEMENT_TYPE SpanEntry
#define SH_KEY_TYPE SpanKey
#define SH_KEY id
#define SH_HASH_KEY(tb, key) hash_span_key(&(key))
#define SH_EQUAL(tb, a, b) equal_span_keys(&(a), &(b))
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct Spans
{
	span_table_hash *table;
	MemoryContext context;
} Spans;

static void
license_prepare(ZgPass *pass)
{
	Spans	   *spans = palloc0(sizeof(Spans));

	zg_prepare_users(pass);
	spans->context = CurrentMemoryContext;
	spans->table = span_table_create(CurrentMemoryContext, 256, NULL);
	pass->private = spans;
}

static void
license_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	(void) pass;
	if (!row->nulls[LICENSE_END] && DatumGetDateADT(row->values[LICENSE_END]) >= ZG_OPEN_END_DAY)
		row->nulls[LICENSE_END] = true;
	if (!row->nulls[LICENSE_START] && !row->nulls[LICENSE_END] &&
		DatumGetDateADT(row->values[LICENSE_END]) < DatumGetDateADT(row->values[LICENSE_START]))
		zg_break(broken, ZG_RULE_END_BEFORE_START);
	if (!row->nulls[LICENSE_TYPE] &&
		zg_text_spelling(zg_row_text(row, LICENSE_TYPE),
						 pass->silver->columns[LICENSE_TYPE].spellings) == NULL)
		zg_break(broken, ZG_RULE_LICENSE_TYPE_UNKNOWN);
}

static int32
license_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	return zg_resolve_user(pass, row, LICENSE_USER, ZG_RULE_COUNT,
						   ZG_RULE_USER_UNKNOWN, broken);
}

static void
add_span(Spans *spans, ZgRow *row, int32 ordinal)
{
	MemoryContext old = MemoryContextSwitchTo(spans->context);
	SpanKey		id = {row->day, zg_row_text(row, LICENSE_TYPE), row->source_system};
	bool		found;
	SpanEntry  *entry = span_table_insert(spans->table, id, &found);

	if (!found)
	{
		entry->id.type = zg_text_copy(id.type);
		entry->id.source_system = id.source_system == NULL ? NULL : zg_text_copy(id.source_system);
		entry->n = 0;
		entry->max = 4;
		entry->spans = palloc(entry->max * sizeof(LicenseSpan));
	}
	if (entry->n == entry->max)
		entry->spans = repalloc(entry->spans, (entry->max *= 2) * sizeof(LicenseSpan));
	entry->spans[entry->n].end_date = row->nulls[LICENSE_END] ? PG_INT32_MAX :
		DatumGetDateADT(row->values[LICENSE_END]);
	entry->spans[entry->n++].ordinal = ordinal;
	MemoryContextSwitchTo(old);
}

static void
license_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[5];
	bool		nulls[5];

	zg_see_member(pass, row);
	zg_put_text(values, nulls, 0, name_of(pass, row->day));
	zg_put(values, nulls, 1, row, LICENSE_TYPE);
	zg_put(values, nulls, 2, row, LICENSE_START);
	zg_put(values, nulls, 3, row, LICENSE_END);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_diff_row(pass->diff, values, nulls);
	if (ordinal >= 0)
		add_span(pass->private, row, ordinal);
}

static int
compare_spans(const void *a, const void *b)
{
	const LicenseSpan *x = a;
	const LicenseSpan *y = b;

	if (x->end_date != y->end_date)
		return x->end_date < y->end_date ? -1 : 1;
	return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Write gold_state.license_span; a change concerns every period. */
static void
license_finish(ZgPass *pass)
{
	static const ZgTarget target = {
		.schema = "gold_state",.table = "license_span",.undated = true,.ncolumns = 4,
		.columns = {"day", "license_type", "source_system", "spans"},
		.pair_columns = 7,
	};
	Spans	   *spans = pass->private;
	ZgCounts	counts = {0};
	Oid type = DATEARRAYOID;
	Datum		days = zg_scope_days(pass->scope);
	ZgDiff	   *diff = pass->scope->whole ?
	zg_diff_begin(pass->run, &target, "true", 0, NULL, NULL) :
	zg_diff_begin(pass->run, &target, "day = ANY ($1)", 1, &type, &days);
	span_table_iterator iterator;
	SpanEntry  *entry;

	span_table_start_iterate(spans->table, &iterator);
	while ((entry = span_table_iterate(spans->table, &iterator)) != NULL)
	{
		Size		size = VARHDRSZ + entry->n * sizeof(LicenseSpan);
		bytea	   *bytes = palloc(size);
		Datum		values[4];
		bool		nulls[4] = {false};

		qsort(entry->spans, entry->n, sizeof(LicenseSpan), compare_spans);
		SET_VARSIZE(bytes, size);
		memcpy(VARDATA(bytes), entry->spans, size - VARHDRSZ);
		values[0] = DateADTGetDatum(entry->id.day);
		values[1] = PointerGetDatum(entry->id.type);
		zg_put_text(values, nulls, 2, entry->id.source_system);
		values[3] = PointerGetDatum(bytes);
		zg_diff_row(diff, values, nulls);
		pfree(bytes);
	}
	zg_diff_end(diff, NULL, NULL, &counts);
	if (counts.inserted + counts.updated + counts.deleted > 0)
		zg_mark_all("refresh_agg_license_utilization");
}

const ZgFact zg_fact_license_utilization = {
	.process = "build_fact_license_utilization",
	.silver = ZG_LICENSES,
	.target = {
		.schema = "gold",.table = "go_fact_license_utilization",.ncolumns = 5,
		.columns = {"user_name", "license_type", "start_date", "end_date", "source_system"},
		.pair_columns = 1 << 1 | 1 << 2,
		.lookup_columns = "start_date",
	},
	.dimension = ZG_DIM_LICENSE_TYPE,
	.member_column = LICENSE_TYPE,
	.names_users = true,
	.prepare = license_prepare,
	.check = license_check,
	.resolve = license_resolve,
	.emit = license_emit,
	.finish = license_finish,
};
