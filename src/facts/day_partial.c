/*-------------------------------------------------------------------------
 *
 * day_partial.c
 *	  The sums of each day that aggregates are made of.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "facts/slice.h"
#include "state/query.h"
#include "state/writer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

typedef struct PartialKey
{
	DateADT		day;
	DateADT		slice_day;
	const text *member;			/* NULL = '' */
} PartialKey;

typedef struct Partial
{
	PartialKey	id;
	uint32		hash;
	char		status;
	int64		row_count;
	int64		total;
	ZgBitmap   *users;
	int			nsystems;		/* distinct ones seen; 2 means "several" */
	text	   *systems[2];		/* NULL = rows without a source system */
	bool		unchanged;
} Partial;

static uint32
hash_partial_key(const PartialKey *id)
{
	uint32		hash = hash_combine(murmurhash32(id->day), murmurhash32(id->slice_day));

	return id->member == NULL ? hash : hash_combine(hash, zg_text_hash(id->member));
}

static bool
equal_partial_keys(const PartialKey *a, const PartialKey *b)
{
	return a->day == b->day && a->slice_day == b->slice_day &&
		zg_text_compare(a->member, b->member) == 0;
}

#define SH_PREFIX partial_table
#define SH_ELEMENT_TYPE Partial
#define SH_KEY_TYPE PartialKey
#define SH_KEY id
#define SH_HASH_KEY(tb, key) hash_partial_key(&(key))
#define SH_EQUAL(tb, a, b) equal_partial_keys(&(a), &(b))
#define SH_SCOPE static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) (a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct DayList
{
	DateADT    *days;
	int			n;
	int			max;
} DayList;

struct ZgPartials
{
	ZgRun	   *run;
	const ZgSilver *silver;
	partial_table_hash *table;
	MemoryContext context;
	ZgWriter   *writer;
	ZgSlices   *slices;
	DayList		changed;
	DayList		amounts;		/* days on which nothing but amounts changed */
};

ZgPartials *
zg_partials_create(ZgRun *run, const ZgSilver *silver)
{
	ZgPartials *partials = palloc0(sizeof(ZgPartials));

	partials->run = run;
	partials->silver = silver;
	partials->context = CurrentMemoryContext;
	partials->table = partial_table_create(CurrentMemoryContext, 512, NULL);
	return partials;
}

static void
add_system(Partial *partial, const text *system)
{
	for (int i = 0; i < partial->nsystems; i++)
		if (zg_text_compare(partial->systems[i], system) == 0)
			return;
	if (partial->nsystems < 2)
		partial->systems[partial->nsystems++] = system == NULL ? NULL : zg_text_copy(system);
	else
	{
		/* the two smallest, so that the order of reading does not matter */
		int			larger = zg_text_compare(partial->systems[0], partial->systems[1]) > 0 ? 0 : 1;

		if (zg_text_compare(system, partial->systems[larger]) < 0)
			partial->systems[larger] = system == NULL ? NULL : zg_text_copy(system);
	}
}

void
zg_partials_add(ZgPartials *partials, DateADT day, DateADT slice_day,
				const ZgMember *member, int64 amount, int32 ordinal,
				const text *source_system)
{
	MemoryContext old = MemoryContextSwitchTo(partials->context);
	PartialKey	id = {day, slice_day, member == NULL ? NULL : member->value};
	bool		found;
	Partial    *partial = partial_table_insert(partials->table, id, &found);

	if (!found)
	{
		partial->row_count = 0;
		partial->total = 0;
		partial->users = zg_bitmap_create();
		partial->nsystems = 0;
		partial->unchanged = false;
	}
	partial->row_count++;
	if (pg_add_s64_overflow(partial->total, amount, &partial->total))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a sum of relation \"%s\" over the day %s is too large",
						partials->silver->name, DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(day)))),
				 errdetail("The durations of the day add up to more than 290,000 years."),
				 errhint("Mend the timestamps that lie thousands of years apart, or reject their rows by a rule in gold_state.quality_rule.")));
	if (ordinal >= 0)
		zg_bitmap_add(partial->users, ordinal);
	add_system(partial, source_system);
	MemoryContextSwitchTo(old);
}

static void
add_day(ZgPartials *partials, DayList *list, DateADT day)
{
	zg_make_room(partials->context, list->days, list->n, list->max);
	list->days[list->n++] = day;
}

/* The source systems as text[]: none, one, or the two smallest of several. */
static Datum
systems_array(Partial *partial)
{
	Datum		values[2];
	bool		nulls[2];
	int			n = partial->nsystems;
	int			lb = 1;

	if (n == 2 && zg_text_compare(partial->systems[0], partial->systems[1]) > 0)
	{
		text	   *t = partial->systems[0];

		partial->systems[0] = partial->systems[1];
		partial->systems[1] = t;
	}
	for (int i = 0; i < n; i++)
	{
		values[i] = PointerGetDatum(partial->systems[i]);
		nulls[i] = partial->systems[i] == NULL;
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lb, TEXTOID,
											  -1, false, TYPALIGN_INT));
}

#define NCOLUMNS 8

/* columns of gold_state.day_partial; behind a ctid, without the relation, when read */
enum
{
	PARTIAL_RELATION, PARTIAL_DAY, PARTIAL_SLICE_DAY, PARTIAL_MEMBER,
	PARTIAL_ROWS, PARTIAL_TOTAL, PARTIAL_USERS, PARTIAL_SYSTEMS
};

static void
partial_values(ZgPartials *partials, Partial *partial, Datum *values)
{
	values[PARTIAL_RELATION] = CStringGetTextDatum(partials->silver->name);
	values[PARTIAL_DAY] = DateADTGetDatum(partial->id.day);
	values[PARTIAL_SLICE_DAY] = DateADTGetDatum(partial->id.slice_day);
	values[PARTIAL_MEMBER] = partial->id.member == NULL ? CStringGetTextDatum("") :
		PointerGetDatum(partial->id.member);
	values[PARTIAL_ROWS] = Int64GetDatum(partial->row_count);
	values[PARTIAL_TOTAL] = Int64GetDatum(partial->total);
	values[PARTIAL_USERS] = PointerGetDatum(zg_bitmap_serialize(partial->users));
	values[PARTIAL_SYSTEMS] = systems_array(partial);
}

static bool
equal_bytes(Datum a, Datum b)
{
	bytea	   *x = DatumGetByteaPP(a);
	bytea	   *y = DatumGetByteaPP(b);

	return VARSIZE_ANY_EXHDR(x) == VARSIZE_ANY_EXHDR(y) &&
		memcmp(VARDATA_ANY(x), VARDATA_ANY(y), VARSIZE_ANY_EXHDR(x)) == 0;
}

/* Row callback: ctid, then the columns of partial_values without the relation */
static void
replace_partial(TupleTableSlot *slot, void *arg)
{
	ZgPartials *partials = arg;
	Datum	   *old;
	PartialKey	id;
	text	   *member;
	Partial    *partial;
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};
	bool		same = false;	/* but for the amounts */

	slot_getallattrs(slot);
	old = slot->tts_values;
	id.day = DatumGetDateADT(old[PARTIAL_DAY]);
	id.slice_day = DatumGetDateADT(old[PARTIAL_SLICE_DAY]);
	member = DatumGetTextPP(old[PARTIAL_MEMBER]);
	id.member = VARSIZE_ANY_EXHDR(member) == 0 ? NULL : member;
	partial = partial_table_lookup(partials->table, id);
	if (partial != NULL)
	{
		partial->unchanged = true;
		partial_values(partials, partial, values);
		same = partial->row_count == DatumGetInt64(old[PARTIAL_ROWS]) &&
			equal_bytes(values[PARTIAL_USERS], old[PARTIAL_USERS]) &&
			equal_bytes(values[PARTIAL_SYSTEMS], old[PARTIAL_SYSTEMS]);
		if (same && partial->total == DatumGetInt64(old[PARTIAL_TOTAL]))
			return;
		zg_writer_update(partials->writer, (ItemPointer) DatumGetPointer(old[0]), values, nulls);
	}
	else if (zg_slices_keep(partials->slices, id.slice_day))
		return;					/* purged from silver: gold keeps it */
	else
		zg_writer_delete(partials->writer, (ItemPointer) DatumGetPointer(old[0]));
	add_day(partials, same ? &partials->amounts : &partials->changed, id.day);
}

/* Mark the days that changed for those who look at what changed. */
static void
mark_consumers(ZgPartials *partials, ZgStepId made_by)
{
	DayList    *changed = &partials->changed;
	DayList    *amounts = &partials->amounts;

	changed->n = zg_days_sort(changed->days, changed->n);
	amounts->n = zg_days_sort(amounts->days, amounts->n);
	for (int id = 0; id < ZG_STEP_COUNT; id++)
	{
		if ((zg_steps[id].from & ZG_BIT(made_by)) == 0)
			continue;
		zg_mark_days(id, changed->days, changed->n);
		if (!zg_steps[id].counts_users)
			zg_mark_days(id, amounts->days, amounts->n);
	}
}

/* so many new days and members make new statistics */
#define MIN_ANALYZE 300

void
zg_partials_save(ZgPartials *partials, const ZgScope *scope, ZgSlices *slices,
				 ZgStepId made_by)
{
	static const char *const columns[NCOLUMNS] =
	{"relation", "day", "slice_day", "member", "row_count", "total", "users", "systems"};
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(partials->silver->name), zg_scope_days(scope)};
	partial_table_iterator iterator;
	Partial    *partial;
	int			nnew = 0;

	partials->slices = slices;
	partials->writer = zg_writer_open(zg_table_oid("gold_state", "day_partial"),
									  columns, NCOLUMNS);
	zg_query_to_write(partials->run,
					  psprintf("SELECT ctid, day, slice_day, member, row_count, total, users, systems"
							   " FROM gold_state.day_partial WHERE relation = $1 AND %s",
							   zg_scope_condition(scope, "slice_day")),
					  2, types, args, replace_partial, partials);
	partial_table_start_iterate(partials->table, &iterator);
	while ((partial = partial_table_iterate(partials->table, &iterator)) != NULL)
	{
		Datum		values[NCOLUMNS];
		bool		nulls[NCOLUMNS] = {false};

		if (partial->unchanged)
			continue;
		partial_values(partials, partial, values);
		zg_writer_insert(partials->writer, values, nulls);
		add_day(partials, &partials->changed, partial->id.day);
		nnew++;
	}
	zg_writer_close(partials->writer);
	if (nnew > MIN_ANALYZE)
		zg_analyze("gold_state", "day_partial", "relation, day, slice_day, member");
	mark_consumers(partials, made_by);
}
