/*-------------------------------------------------------------------------
 *
 * dirty.c
 *	  Which slices (days) of a relation a step works on, and the marks that
 *	  say so between refreshes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "catalog/pg_type.h"
#include "state/dirty.h"
#include "state/query.h"
#include "state/writer.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static void
read_mark(TupleTableSlot *slot, void *arg)
{
	ZgScope    *scope = arg;
	bool		isnull;
	Datum		day = slot_getattr(slot, 1, &isnull);

	if (isnull)
		scope->whole = true;
	else
	{
		zg_make_lean_room(CurrentMemoryContext, scope->days, scope->ndays);
		scope->days[scope->ndays++] = DatumGetDateADT(day);
	}
}

ZgScope *
zg_scope_of_marks(ZgRun *run, ZgStepId consumer)
{
	ZgScope    *scope = palloc0(sizeof(ZgScope));
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(zg_steps[consumer].process);

	zg_query(run, "SELECT DISTINCT day FROM gold_state.dirty WHERE consumer = $1",
			 1, &type, &value, read_mark, scope);
	scope->ndays = scope->whole ? 0 : zg_days_sort(scope->days, scope->ndays);
	return scope;
}

bool
zg_scope_is_empty(const ZgScope *scope)
{
	return !scope->whole && scope->ndays == 0;
}

static char *
day_text(DateADT day)
{
	return day == DATEVAL_NOBEGIN ? "none" :
		DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(day)));
}

char *
zg_scope_describe(const ZgScope *scope)
{
	if (scope->whole)
		return "everything";
	if (scope->ndays == 0)
		return "nothing";
	return psprintf("%d %s from %s to %s", scope->ndays, scope->ndays == 1 ? "day" : "days",
					day_text(scope->days[0]), day_text(scope->days[scope->ndays - 1]));
}

static int
compare_days(const void *a, const void *b)
{
	DateADT		x = *(const DateADT *) a;
	DateADT		y = *(const DateADT *) b;

	return (x > y) - (x < y);
}

int
zg_days_sort(DateADT *days, int ndays)
{
	int			n = 0;

	if (ndays == 0)
		return 0;
	qsort(days, ndays, sizeof(DateADT), compare_days);
	for (int i = 0; i < ndays; i++)
		if (n == 0 || days[i] != days[n - 1])
			days[n++] = days[i];
	return n;
}

bool
zg_days_contain(const DateADT *days, int ndays, DateADT day)
{
	return ndays > 0 && bsearch(&day, days, ndays, sizeof(DateADT), compare_days) != NULL;
}

Datum
zg_scope_days(const ZgScope *scope)
{
	return zg_date_array(scope->days, scope->ndays);
}

const char *
zg_scope_condition(const ZgScope *scope, const char *column)
{
	return scope->whole ? "$2::date[] IS NOT NULL" : psprintf("%s = ANY ($2)", column);
}

void
zg_mark_days(ZgStepId consumer, const DateADT *days, int ndays)
{
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		values[] = {CStringGetTextDatum(zg_steps[consumer].process), zg_date_array(days, ndays)};

	if (ndays > 0)
		zg_execute("INSERT INTO gold_state.dirty (consumer, day) SELECT $1, unnest($2)",
				   2, types, values, NULL);
}

void
zg_mark_all(ZgStepId consumer)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(zg_steps[consumer].process);

	zg_execute("INSERT INTO gold_state.dirty (consumer, day) VALUES ($1, NULL)",
			   1, &type, &value, NULL);
}

void
zg_clear_marks(ZgStepId consumer)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(zg_steps[consumer].process);

	zg_execute("DELETE FROM gold_state.dirty WHERE consumer = $1", 1, &type, &value, NULL);
}

void
zg_mark_missed(const char *relation)
{
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(relation);

	zg_execute("INSERT INTO gold_state.dirty (consumer, day) VALUES ('capture ' || $1, NULL)",
			   1, &type, &value, NULL);
}

/* Row callback: ctid */
static void
delete_mark(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	zg_writer_delete(arg, (ItemPointer) DatumGetPointer(slot_getattr(slot, 1, &isnull)));
}

/* A mark that a writer has set meanwhile stays. */
void
zg_clear_missed(ZgRun *run, const char *relation)
{
	static const char *const columns[] = {"consumer"};
	Oid			type = TEXTOID;
	Datum		value = CStringGetTextDatum(relation);
	ZgWriter   *writer = zg_writer_open(zg_table_oid("gold_state", "dirty"), columns, lengthof(columns));

	zg_query_to_write(run, "SELECT ctid FROM gold_state.dirty WHERE consumer = 'capture ' || $1",
					  1, &type, &value, delete_mark, writer);
	zg_writer_close(writer);
}
