/*-------------------------------------------------------------------------
 *
 * key_variant.c
 *	  Keys whose stored form differs from the normal one.
 *
 * Silver is looked up by its own indexes, on the values as stored, while keys
 * are compared in their normal form.  gold_state.key_spelling lists the rare
 * stored forms that differ, so that a look-up finds them too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "silver/key_variant.h"
#include "utils/builtins.h"

struct ZgKeyVariants
{
	int			n;
	Datum	   *relation;
	Datum	   *column;
	Datum	   *key;
	Datum	   *spelling;
};

static void
forget_variants(ZgRun *run)
{
	run->spellings = NULL;
}

void
zg_key_variant_note(ZgRun *run, const ZgSilver *silver, int column,
					const text *raw, const text *key)
{
	struct ZgKeyVariants *list = run->spellings;
	MemoryContext old;

	if (raw == NULL || key == NULL || raw == key || zg_text_equal(raw, key))
		return;
	old = MemoryContextSwitchTo(run->context);
	if (list == NULL)
	{
		list = run->spellings = palloc0(sizeof(struct ZgKeyVariants));
		zg_run_found(run, forget_variants, ZG_FOUND_BY_STEP);
	}
	zg_make_lean_room(run->context, list->relation, list->n);
	zg_make_lean_room(run->context, list->column, list->n);
	zg_make_lean_room(run->context, list->key, list->n);
	zg_make_lean_room(run->context, list->spelling, list->n);
	list->relation[list->n] = CStringGetTextDatum(silver->name);
	list->column[list->n] = CStringGetTextDatum(silver->columns[column].name);
	list->key[list->n] = PointerGetDatum(zg_text_copy(key));
	list->spelling[list->n] = PointerGetDatum(zg_text_copy(raw));
	list->n++;
	MemoryContextSwitchTo(old);
}

void
zg_key_variants_save(ZgRun *run)
{
	struct ZgKeyVariants *list = run->spellings;
	Oid			types[4] = {TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID};
	Datum		args[4];
	Datum	   *columns[4];

	if (list == NULL)
		return;
	columns[0] = list->relation;
	columns[1] = list->column;
	columns[2] = list->key;
	columns[3] = list->spelling;
	for (int i = 0; i < 4; i++)
		args[i] = zg_text_array(columns[i], list->n);
	zg_execute("INSERT INTO gold_state.key_spelling (relation, column_name, key, spelling)"
			   " SELECT DISTINCT * FROM unnest($1, $2, $3, $4) AS n (relation, column_name, key, spelling)"
			   " WHERE NOT EXISTS (SELECT FROM gold_state.key_spelling k"
			   " WHERE k.relation = n.relation AND k.column_name = n.column_name"
			   " AND k.spelling = n.spelling)", 4, types, args, NULL);
	run->spellings = NULL;
}

char *
zg_key_variants_sql(const ZgSilver *silver, int column, const char *keys)
{
	/* a sub-select, not an operator: its result can go to a foreign server */
	return psprintf("ARRAY (SELECT unnest(%s) UNION ALL SELECT spelling FROM gold_state.key_spelling"
					" WHERE relation = '%s' AND column_name = '%s' AND key IN (SELECT unnest(%s)))",
					keys, silver->name, silver->columns[column].name, keys);
}

/* Row callback: a spelling */
static void
read_spelling(TupleTableSlot *slot, void *arg)
{
	bool		isnull;

	zg_idlist_add(arg, DatumGetTextPP(slot_getattr(slot, 1, &isnull)));
}

void
zg_key_variants_add(ZgRun *run, const ZgSilver *silver, int column, ZgIdList *ids)
{
	Oid			types[] = {TEXTOID, TEXTOID, TEXTARRAYOID};
	Datum		args[] = {CStringGetTextDatum(silver->name),
	CStringGetTextDatum(silver->columns[column].name), zg_idlist_array(ids)};

	zg_query(run, "SELECT spelling FROM gold_state.key_spelling"
			 " WHERE relation = $1 AND column_name = $2 AND key IN (SELECT unnest($3))",
			 3, types, args, read_spelling, ids);
}
