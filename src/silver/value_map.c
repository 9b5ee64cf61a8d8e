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
	const ZgSilver *silver;
	List	   *words;
};

/* a row of gold_state.value_map */
typedef struct Row
{
	char	   *relation;
	char	   *column;
	text	   *source;
	text	   *meaning;
} Row;

/* all words, and the maps that were asked for */
typedef struct ZgValueMaps
{
	List	   *rows;
	List	   *maps;
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
read_row(TupleTableSlot *slot, void *arg)
{
	ZgValueMaps *maps = arg;
	Row		   *row = palloc(sizeof(Row));

	slot_getallattrs(slot);
	row->relation = TextDatumGetCString(slot->tts_values[0]);
	row->column = TextDatumGetCString(slot->tts_values[1]);
	row->source = zg_text_copy(DatumGetTextPP(slot->tts_values[2]));
	row->meaning = zg_text_copy(DatumGetTextPP(slot->tts_values[3]));
	maps->rows = lappend(maps->rows, row);
}

/* gold_state.value_map, in the current context. */
static ZgValueMaps *
read_maps(ZgRun *run)
{
	ZgValueMaps *maps = palloc0(sizeof(ZgValueMaps));

	zg_table_oid("gold_state", "value_map");
	zg_query(run, "SELECT relation, column_name, source_value, silver_value FROM gold_state.value_map",
			 0, NULL, NULL, read_row, maps);
	return maps;
}

/* The map of a relation, in the current context. */
static ZgValueMap *
make_map(const ZgValueMaps *maps, const ZgSilver *silver)
{
	ZgValueMap *map = palloc0(sizeof(ZgValueMap));
	ListCell   *cell;

	map->silver = silver;
	foreach(cell, maps->rows)
	{
		const Row  *row = lfirst(cell);
		Word	   *word;

		if (strcmp(row->relation, silver->name) != 0)
			continue;
		word = palloc(sizeof(Word));
		word->column = column_of(silver, row->column);
		word->source = row->source;
		word->meaning = row->meaning;
		map->words = lappend(map->words, word);
	}
	return map;
}

/* The map of a relation, made when it is asked for first. */
static const ZgValueMap *
find_map(ZgValueMaps *maps, const ZgSilver *silver)
{
	ListCell   *cell;

	foreach(cell, maps->maps)
	{
		if (((ZgValueMap *) lfirst(cell))->silver == silver)
			return lfirst(cell);
	}
	maps->maps = lappend(maps->maps, make_map(maps, silver));
	return llast(maps->maps);
}

const ZgValueMap *
zg_value_map(ZgRun *run, const ZgSilver *silver)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);
	const ZgValueMap *map;

	if (run->value_maps == NULL)
		run->value_maps = read_maps(run);
	map = find_map(run->value_maps, silver);
	MemoryContextSwitchTo(old);
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
