/*-------------------------------------------------------------------------
 *
 * model.c
 *	  The columns of gold and gold_state as the model has them.
 *
 * The model is data in SQL, and what is made of that is compiled in: to read
 * it there would cost each connection more than a refresh without changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "state/model.h"
#include "state/model_columns.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

const ZgModelColumn *
zg_model_column(const char *schema, const char *table, const char *column)
{
	for (int i = 0; i < lengthof(model); i++)
		if (strcmp(model[i].table, table) == 0 && strcmp(model[i].column, column) == 0 &&
			strcmp(model[i].schema, schema) == 0)
			return &model[i];
	return NULL;
}

static char *
table_name(const ZgModelColumn *column)
{
	return quote_qualified_identifier(column->schema, column->table);
}

/* Is there a cast?  Else a value becomes another type's by way of its text. */
static bool
can_cast(Oid from, Oid to)
{
	Oid			function;

	return find_coercion_pathway(to, from, COERCION_EXPLICIT, &function) != COERCION_PATH_NONE;
}

static void
check_state_column(Oid relid, const ZgModelColumn *wanted)
{
	const char *column = wanted->column;
	HeapTuple	tuple = SearchSysCacheAttName(relid, column);
	Form_pg_attribute attribute;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" lacks column \"%s\"", table_name(wanted), column),
				 errhint("Rename it back if it was renamed; else zoom_gold.setup() adds it, and zoom_gold.refresh(full_refresh => true) fills it.")));
	attribute = (Form_pg_attribute) GETSTRUCT(tuple);
	if (attribute->atttypid != wanted->type || attribute->atttypmod >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" has type %s, not %s", column, table_name(wanted),
						format_type_with_typemod(attribute->atttypid, attribute->atttypmod), wanted->type_name),
				 errhint("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s%s::%s, then refresh again.",
						 table_name(wanted), quote_identifier(column), wanted->type_name, quote_identifier(column),
						 can_cast(attribute->atttypid, wanted->type) ? "" : "::text", wanted->type_name)));
	ReleaseSysCache(tuple);
}

void
zg_model_check_state(void)
{
	const char *table = "";
	Oid			relid = InvalidOid;

	for (int i = 0; i < lengthof(model); i++)
	{
		if (strcmp(model[i].schema, "gold_state") != 0)
			continue;
		if (strcmp(model[i].table, table) != 0)
		{
			table = model[i].table;
			relid = RangeVarGetRelid(makeRangeVar("gold_state", pstrdup(table), -1),
									 AccessShareLock, true);
		}
		if (OidIsValid(relid))
			check_state_column(relid, &model[i]);
	}
}
