/*-------------------------------------------------------------------------
 *
 * license.c
 *	  go_fact_license_utilization, and the spans of licences.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "facts/fact.h"
#include "facts/fact_row.h"
#include "state/diff.h"
#include "state/dirty.h"

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
		entry->spans = NULL;
	}
	zg_make_lean_room(CurrentMemoryContext, entry->spans, entry->n);
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
	zg_put_text(values, nulls, 0, zg_name_of_day(pass, row->day));
	zg_put(values, nulls, 1, row, LICENSE_TYPE);
	zg_put(values, nulls, 2, row, LICENSE_START);
	zg_put(values, nulls, 3, row, LICENSE_END);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_put_fact(pass, row, values, nulls);
	/* the detail has the same, with whom it is assigned to by number */
	zg_put_ordinal(values, nulls, 0, ordinal);
	zg_diff_row(pass->detail, values, nulls);
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
	Oid			type = DATEARRAYOID;
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
		zg_mark_all(ZG_STEP_AGG_LICENSE);
}

const ZgFact zg_fact_license_utilization = {
	.step = ZG_STEP_FACT_LICENSE,
	.target = {
		.schema = "gold",.table = "go_fact_license_utilization",.ncolumns = 5,
		.columns = {"user_name", "license_type", "start_date", "end_date", "source_system"},
		.pair_columns = 1 << 1 | 1 << 2
	},
	.detail = {
		.schema = "gold_state",.table = "license_detail",.undated = true,.ncolumns = 5,
		.columns = {"ordinal", "license_type", "start_date", "end_date", "source_system"},
		.pair_columns = 1 << 1 | 1 << 2
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
