/*-------------------------------------------------------------------------
 *
 * model.c
 *	  The columns of gold and gold_state as the model has them.
 *
 * The model is data in SQL; a process reads it once, as it goes with the
 * library that is loaded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "state/model.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

static ZgModelColumn *model = NULL;
static int	nmodel = 0;

static void
fill_column(ZgModelColumn *column, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;

	namestrcpy(&column->schema, SPI_getvalue(tuple, desc, 1));
	namestrcpy(&column->table, SPI_getvalue(tuple, desc, 2));
	namestrcpy(&column->column, SPI_getvalue(tuple, desc, 3));
	namestrcpy(&column->type_name, SPI_getvalue(tuple, desc, 4));
	column->type = DatumGetObjectId(SPI_getbinval(tuple, desc, 5, &isnull));
}

static void
read_model(void)
{
	SPI_connect();
	if (SPI_execute("SELECT table_schema, table_name, column_name,"
					" replace(data_type, 'timestamptz', 'timestamp with time zone'),"
					" (CASE WHEN data_type LIKE 'numeric%' THEN 'numeric' ELSE data_type END)::regtype::oid"
					" FROM zoom_gold.model_column() WHERE table_schema <> 'silver'",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the model of gold");
	model = MemoryContextAllocZero(TopMemoryContext, SPI_processed * sizeof(ZgModelColumn));
	for (uint64 i = 0; i < SPI_processed; i++)
		fill_column(&model[i], SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	nmodel = SPI_processed;
	SPI_finish();
}

const ZgModelColumn *
zg_model_column(const char *schema, const char *table, const char *column)
{
	if (model == NULL)
		read_model();
	for (int i = 0; i < nmodel; i++)
		if (strcmp(NameStr(model[i].table), table) == 0 &&
			strcmp(NameStr(model[i].column), column) == 0 &&
			strcmp(NameStr(model[i].schema), schema) == 0)
			return &model[i];
	return NULL;
}

static void
check_state_column(Oid relid, const ZgModelColumn *wanted)
{
	const char *column = NameStr(wanted->column);
	const char *type_name = NameStr(wanted->type_name);
	char	   *table = quote_qualified_identifier("gold_state", NameStr(wanted->table));
	AttrNumber	attnum = get_attnum(relid, column);
	Oid			type;
	int32		typmod;
	Oid			collation;

	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" lacks column \"%s\"", table, column),
				 errhint("Call zoom_gold.setup() to add it.")));
	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	if (type != wanted->type || typmod >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" has type %s, not %s", column, table,
						format_type_with_typemod(type, typmod), type_name),
				 errhint("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s::text::%s, then refresh again.",
						 table, quote_identifier(column), type_name, quote_identifier(column), type_name)));
}

void
zg_model_check_state(void)
{
	const char *table = "";
	Oid			relid = InvalidOid;

	if (model == NULL)
		read_model();
	for (int i = 0; i < nmodel; i++)
	{
		if (strcmp(NameStr(model[i].schema), "gold_state") != 0)
			continue;
		if (strcmp(NameStr(model[i].table), table) != 0)
		{
			table = NameStr(model[i].table);
			relid = RangeVarGetRelid(makeRangeVar("gold_state", pstrdup(table), -1),
									 AccessShareLock, true);
		}
		if (OidIsValid(relid))
			check_state_column(relid, &model[i]);
	}
}
