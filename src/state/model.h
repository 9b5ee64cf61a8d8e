/*-------------------------------------------------------------------------
 *
 * model.h
 *	  The columns of gold and gold_state as the model has them, and whether
 *	  the state still has these.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_MODEL_H
#define ZG_MODEL_H

#include "postgres.h"

typedef struct ZgModelColumn
{
	const char *schema;
	const char *table;
	const char *column;
	const char *type_name;		/* as format_type has it, with its modifier */
	Oid			type;
} ZgModelColumn;

/* A column of zoom_gold.model_column(), or NULL. */
extern const ZgModelColumn *zg_model_column(const char *schema, const char *table,
											const char *column);

/*
 * Fail unless the tables of gold_state have the columns of the model with just
 * these types, which whatever reads them relies on.  They are locked, so that
 * it stays so to the end of the transaction.  A table that is missing is left
 * to those who need it.
 */
extern void zg_model_check_state(void);

#endif							/* ZG_MODEL_H */
