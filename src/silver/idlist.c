/*-------------------------------------------------------------------------
 *
 * idlist.c
 *	  Lists of distinct ids, to look them up all at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/text.h"
#include "silver/idlist.h"

typedef struct IdEntry
{
	text	   *id;
	uint32		hash;
	char		status;
} IdEntry;

#define SH_PREFIX id_table
#define SH_ELEMENT_TYPE IdEntry
#define SH_KEY id
#include "base/text_table.h"

struct ZgIdList
{
	id_table_hash *table;
	MemoryContext context;
};

ZgIdList *
zg_idlist_create(void)
{
	ZgIdList   *list = palloc(sizeof(ZgIdList));

	list->context = CurrentMemoryContext;
	list->table = id_table_create(CurrentMemoryContext, 256, NULL);
	return list;
}

void
zg_idlist_add(ZgIdList *list, const text *id)
{
	MemoryContext old = MemoryContextSwitchTo(list->context);
	bool		found;
	IdEntry    *entry = id_table_insert(list->table, (text *) id, &found);

	if (!found)
		entry->id = zg_text_copy(id);
	MemoryContextSwitchTo(old);
}

/* Row callback: an id as stored */
static void
read_id(TupleTableSlot *slot, void *arg)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, 1, &isnull);
	text	   *raw;
	text	   *normal;

	if (isnull)
		return;
	raw = DatumGetTextPP(value);
	zg_idlist_add(arg, raw);
	normal = zg_text_normalize(raw);
	if (normal != NULL && normal != raw)
		zg_idlist_add(arg, normal);
}

void
zg_idlist_read(ZgRun *run, ZgIdList *list, const ZgSilver *silver, int column,
			   const char *where)
{
	zg_query(run, psprintf("SELECT s.%s::text FROM %s s WHERE %s", silver->columns[column].name,
						   zg_silver_name(run, silver), where),
			 0, NULL, NULL, read_id, list);
}

bool
zg_idlist_is_empty(const ZgIdList *list)
{
	return list->table->members == 0;
}

int
zg_idlist_lacking(ZgIdList *list, bool (*has) (const text *id, void *arg), void *arg,
				  Datum **lacking)
{
	int			n = 0;
	id_table_iterator iterator;
	IdEntry    *entry;

	*lacking = palloc(Max(list->table->members, 1) * sizeof(Datum));
	id_table_start_iterate(list->table, &iterator);
	while ((entry = id_table_iterate(list->table, &iterator)) != NULL)
		if (has == NULL || !has(entry->id, arg))
			(*lacking)[n++] = PointerGetDatum(entry->id);
	return n;
}

Datum
zg_idlist_array(ZgIdList *list)
{
	Datum	   *values;
	int			n = zg_idlist_lacking(list, NULL, NULL, &values);

	return zg_text_array(values, n);
}
