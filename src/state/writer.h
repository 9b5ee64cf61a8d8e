/*-------------------------------------------------------------------------
 *
 * writer.h
 *	  Bulk writing to one plain table: insert by the thousand, update and
 *	  delete by tuple id, indexes and constraints maintained.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_WRITER_H
#define ZG_WRITER_H

#include "postgres.h"

#include "base/compat.h"
#include "state/coercion.h"
#include "storage/itemptr.h"

typedef struct ZgWriter ZgWriter;

/*
 * Open a table for writing.  The columns are named, values come in that
 * order and with the model's types; columns of the table that are not named get
 * their default on insert and keep their value on update.  Errors: a table that
 * is not a plain heap, has row triggers, rules, foreign keys or row security
 * (ERRCODE_WRONG_OBJECT_TYPE), a missing column (ERRCODE_UNDEFINED_COLUMN), one
 * whose type does not take the model's values (ERRCODE_DATATYPE_MISMATCH).
 */
extern ZgWriter *zg_writer_open(Oid relid, const char *const *columns,
								int ncolumns);

/*
 * Refuse to write to a table, plain or partitioned, that has what writing straight
 * to the heap would bypass: rules or row security.
 */
extern void zg_writer_refuse_bypassed(Relation rel);

/*
 * The attributes of the named columns.  Errors: a missing column
 * (ERRCODE_UNDEFINED_COLUMN), a generated one (ERRCODE_GENERATED_ALWAYS).
 */
extern void zg_writer_find_columns(Relation rel, const char *const *columns, int ncolumns,
								   AttrNumber *attnums);

/*
 * From now on the caller casts: values come with the columns' own types.
 * Returns what to do it with, which lives as long as the writer; NULL = there
 * is nothing to cast.
 */
extern ZgCoercion *zg_writer_hand_over_coercion(ZgWriter *writer);

/*
 * For a table that may be about to be filled for the first time: when it is
 * empty and many rows come, build its indexes by sorting when the rows are
 * flushed or the writer is closed, several times faster than entry by entry.
 * Until then the indexes find nothing.  Nobody is waited for: an index that
 * somebody uses is filled entry by entry; but whoever plans a query on the
 * table afterwards waits for the end of the transaction.  Not for tables of
 * gold, whose readers are never blocked.
 */
extern void zg_writer_defer_indexes(ZgWriter *writer);

/*
 * For a table that may be about to be filled: as soon as many rows have come,
 * whole pages are appended, see new_pages.h, if there are no index entries to be
 * made at once.  Of a partition of a table, one of many, fewer are kept.
 */
extern void zg_writer_fill(ZgWriter *writer, bool is_partition);

/* Values are copied before the call returns. */
extern void zg_writer_insert(ZgWriter *writer, const Datum *values,
							 const bool *nulls);

/* The row must be visible to this command; pending inserts stay so. */
extern void zg_writer_update(ZgWriter *writer, ItemPointer tid,
							 const Datum *values, const bool *nulls);
extern void zg_writer_delete(ZgWriter *writer, ItemPointer tid);

/*
 * As update, but the new version is inserted apart from the deletion of the
 * old one: "take" deletes the row and returns its values for all columns, to
 * be inserted again by zg_writer_put with the named ones replaced, by the same
 * writer or that of another partition.  For updates that swap unique values
 * between rows or move rows between partitions.
 */
typedef struct ZgTaken ZgTaken;
extern ZgTaken *zg_writer_take(ZgWriter *writer, ItemPointer tid);
extern void zg_writer_put(ZgWriter *writer, ZgTaken *taken,
						  const Datum *values, const bool *nulls);

/* Write what is pending; later commands see it after CommandCounterIncrement. */
extern void zg_writer_flush(ZgWriter *writer);
extern void zg_writer_close(ZgWriter *writer);

#endif							/* ZG_WRITER_H */
