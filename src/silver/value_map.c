/*-------------------------------------------------------------------------
 *
 * value_map.c
 *	  The users' words for values that the logical model lists.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "nodes/pg_list.h"
#include "silver/value_map.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct Word
{
	int			column;
	text	   *source;
	text	   *meaning;
} Word;

struct ZgValueMap
{
	List	   *words;
};

/* all of them, by relation */
typedef struct ZgValueMaps
{
	ZgValueMap	maps[ZG_SILVER_COUNT];
} ZgValueMaps;

/* The column of that name, -1 = none. */
static int
column_of(const ZgSilver *silver, const char *name)
{
	for (int i = 0; i < silver->ncolumns; i++)
		if (strcmp(silver->columns[i].name, name) == 0)
			return i;
	return -1;
}

/* Row callback: relation, column_name, source_value, silver_value */
static void
read_word(TupleTableSlot *slot, void *arg)
{
	ZgValueMaps *maps = arg;
	const ZgSilver *silver;
	Word	   *word = palloc(sizeof(Word));
	ZgValueMap *map;

	slot_getallattrs(slot);
	silver = zg_silver_of(TextDatumGetCString(slot->tts_values[0]));
	if (silver == NULL)
		return;
	word->column = column_of(silver, TextDatumGetCString(slot->tts_values[1]));
	word->source = zg_text_copy(DatumGetTextPP(slot->tts_values[2]));
	word->meaning = zg_text_copy(DatumGetTextPP(slot->tts_values[3]));
	map = &maps->maps[silver - zg_silver];
	map->words = lappend(map->words, word);
}

/* gold_state.value_map, in the run's context. */
static ZgValueMaps *
read_maps(ZgRun *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);
	ZgValueMaps *maps = palloc0(sizeof(ZgValueMaps));

	zg_table_oid("gold_state", "value_map");
	zg_query(run, "SELECT relation, column_name, source_value, silver_value FROM gold_state.value_map",
			 0, NULL, NULL, read_word, maps);
	MemoryContextSwitchTo(old);
	return maps;
}

const ZgValueMap *
zg_value_map(ZgRun *run, const ZgSilver *silver)
{
	const ZgValueMap *map;

	if (run->value_maps == NULL)
		run->value_maps = read_maps(run);
	map = &run->value_maps->maps[silver - zg_silver];
	return map->words == NIL ? NULL : map;
}

text *
zg_value_map_apply(const ZgValueMap *map, int column, text *value)
{
	ListCell   *cell;

	foreach(cell, map->words)
	{
		const Word *word = lfirst(cell);

		if (word->column == column && zg_text_same_word(word->source, value))
			return word->meaning;
	}
	return value;
}
