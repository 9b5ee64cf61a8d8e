/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  The only file that knows PostgreSQL versions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_COMPAT_H
#define ZG_COMPAT_H

#include "postgres.h"

#include "access/tableam.h"
#include "catalog/index.h"
#include "executor/executor.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"				/* was part of postgres.h */
#endif

#if PG_VERSION_NUM < 150000
#error "zoom_gold needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* which index entries an update needs */
typedef enum ZgIndexUpdate
{
	ZG_INDEX_NONE,
	ZG_INDEX_ALL,
	ZG_INDEX_SUMMARIZING
} ZgIndexUpdate;

/* Index entries for a row that was written. */
static inline List *
zg_insert_index_tuples(ResultRelInfo *result, TupleTableSlot *slot,
					   EState *estate, ZgIndexUpdate which)
{
#if PG_VERSION_NUM >= 160000
	return ExecInsertIndexTuples(result, slot, estate, false, false, NULL, NIL,
								 which == ZG_INDEX_SUMMARIZING);
#else
	(void) which;
	return ExecInsertIndexTuples(result, slot, estate, false, false, NULL, NIL);
#endif
}

/* table_tuple_update, with a verdict on indexes that all versions have */
static inline TM_Result
zg_table_tuple_update(Relation rel, ItemPointer tid, TupleTableSlot *slot,
					  CommandId cid, TM_FailureData *failure,
					  LockTupleMode *lockmode, ZgIndexUpdate *which)
{
	TM_Result	result;

#if PG_VERSION_NUM >= 160000
	TU_UpdateIndexes indexes;

	result = table_tuple_update(rel, tid, slot, cid, InvalidSnapshot,
								InvalidSnapshot, true, failure, lockmode,
								&indexes);
	*which = indexes == TU_All ? ZG_INDEX_ALL :
		indexes == TU_Summarizing ? ZG_INDEX_SUMMARIZING : ZG_INDEX_NONE;
#else
	bool		all;

	result = table_tuple_update(rel, tid, slot, cid, InvalidSnapshot,
								InvalidSnapshot, true, failure, lockmode, &all);
	*which = all ? ZG_INDEX_ALL : ZG_INDEX_NONE;
#endif
	return result;
}

/* Build all indexes of a table anew. */
static inline void
zg_reindex_table(Oid relid)
{
	ReindexParams params = {0};

#if PG_VERSION_NUM >= 170000
	reindex_relation(NULL, relid, 0, &params);
#else
	reindex_relation(relid, 0, &params);
#endif
}

/* the file of a table, as log records name it */
#if PG_VERSION_NUM >= 160000
#define zg_file_of(rel) (&(rel)->rd_locator)
#else
#define zg_file_of(rel) (&(rel)->rd_node)
#endif

/* whether a column's value is computed when it is read (PostgreSQL 18) */
static inline bool
zg_is_virtual(Form_pg_attribute att)
{
#if PG_VERSION_NUM >= 180000
	return att->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
#else
	(void) att;
	return false;
#endif
}

#endif							/* ZG_COMPAT_H */
