/*-------------------------------------------------------------------------
 *
 * value_map.h
 *	  The users' words for values that the logical model lists.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_VALUE_MAP_H
#define ZG_VALUE_MAP_H

#include "silver/silver.h"

/* What a relation's words stand for. */
typedef struct ZgValueMap ZgValueMap;

/* The map of a relation, NULL when it has none; read once in a run. */
extern const ZgValueMap *zg_value_map(ZgRun *run, const ZgSilver *silver);

/*
 * What a normalised value of a column stands for, else the value itself.
 * Letters of ASCII are the same in either case.
 */
extern text *zg_value_map_apply(const ZgValueMap *map, int column, text *value);

#endif							/* ZG_VALUE_MAP_H */
