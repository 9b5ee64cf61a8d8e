/*-------------------------------------------------------------------------
 *
 * own_column.c
 *	  Columns of silver relations beyond the contract, and keeping them.
 *
 * What a row says in them is kept as a jsonb object of scalars.  to_jsonb()
 * would not do: it refuses json that jsonb cannot hold, and what it makes of
 * arrays, composite types and json strings no cast turns back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "silver/own_column.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(zg_own_values);

/* jsonb holds less than 256 MB; the rest is for names and numbers */
#define MAX_KEPT_BYTES (JENTRY_OFFLENMASK / 2)

ZgOwnColumn *
zg_own_columns(TupleDesc desc, const ZgSilver *silver, int *n)
{
	ZgOwnColumn *columns = palloc(Max(desc->natts, 1) * sizeof(ZgOwnColumn));

	*n = 0;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		ZgOwnColumn *column = &columns[*n];

		if (att->attisdropped || zg_is_virtual(att) ||
			zg_silver_has_column(silver, NameStr(att->attname)))
			continue;
		column->name = pstrdup(NameStr(att->attname));
		column->attnum = att->attnum;
		column->type = att->atttypid;
		column->typmod = att->atttypmod;
		(*n)++;
	}
	return columns;
}

ZgOwnColumn *
zg_silver_own_columns(ZgRun *run, const ZgSilver *silver, int *n)
{
	Relation	rel = relation_open(zg_silver_relid(run, silver), AccessShareLock);
	ZgOwnColumn *columns = zg_own_columns(RelationGetDescr(rel), silver, n);

	relation_close(rel, NoLock);
	return columns;
}

/* how a column is kept */
typedef struct KeptColumn
{
	char	   *name;
	AttrNumber	attnum;
	Oid			base;			/* its type, or the one under its domain */
	FmgrInfo	output;
} KeptColumn;

struct ZgOwnKeeper
{
	int			n;
	KeptColumn	columns[FLEXIBLE_ARRAY_MEMBER];
};

ZgOwnKeeper *
zg_own_keeper(TupleDesc desc, const ZgSilver *silver)
{
	int			n;
	ZgOwnColumn *columns = zg_own_columns(desc, silver, &n);
	ZgOwnKeeper *keeper;

	if (n == 0)
		return NULL;
	keeper = palloc(offsetof(ZgOwnKeeper, columns) + n * sizeof(KeptColumn));
	keeper->n = n;
	for (int i = 0; i < n; i++)
	{
		KeptColumn *kept = &keeper->columns[i];
		Oid			output;
		bool		varlena;

		kept->name = columns[i].name;
		kept->attnum = columns[i].attnum;
		kept->base = getBaseType(columns[i].type);
		getTypeOutputInfo(columns[i].type, &output, &varlena);
		fmgr_info(output, &kept->output);
	}
	return keeper;
}

bool
zg_own_keeper_is_plain(const ZgOwnKeeper *keeper)
{
	for (int i = 0; i < keeper->n; i++)
		if (keeper->columns[i].output.fn_oid >= FirstGenbkiObjectId ||
			type_is_rowtype(keeper->columns[i].base) || OidIsValid(get_element_type(keeper->columns[i].base)))
			return false;
	return true;
}

static void
set_text(JsonbValue *json, char *value, int len)
{
	json->type = jbvString;
	json->val.string.val = value;
	json->val.string.len = len;
}

/* A number; what is none, such as NaN, as text. */
static void
set_number(JsonbValue *json, char *value)
{
	if (strpbrk(value, "NnIi") != NULL)
	{
		set_text(json, value, strlen(value));
		return;
	}
	json->type = jbvNumeric;
	json->val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(value),
															ObjectIdGetDatum(InvalidOid),
															Int32GetDatum(-1)));
}

static void
set_value(JsonbValue *json, KeptColumn *column, Datum value)
{
	char	   *output;
	text	   *string;

	switch (column->base)
	{
		case BOOLOID:
			json->type = jbvBool;
			json->val.boolean = DatumGetBool(value);
			return;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			output = JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, column->base, NULL);
			break;
		case TEXTOID:
		case VARCHAROID:
			string = DatumGetTextPP(value);

			set_text(json, VARDATA_ANY(string), VARSIZE_ANY_EXHDR(string));
			return;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			set_number(json, OutputFunctionCall(&column->output, value));
			return;
		default:
			output = OutputFunctionCall(&column->output, value);
			break;
	}
	set_text(json, output, strlen(output));
}

Datum
zg_own_keep(ZgOwnKeeper *keeper, const Datum *values, const bool *nulls)
{
	JsonbParseState *state = NULL;
	Size		size = 0;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < keeper->n; i++)
	{
		KeptColumn *column = &keeper->columns[i];
		JsonbValue	json = {.type = jbvNull};
		JsonbValue	key;

		if (!nulls[column->attnum - 1])
			set_value(&json, column, values[column->attnum - 1]);
		if (json.type == jbvString && size + json.val.string.len > MAX_KEPT_BYTES)
			continue;
		size += json.type == jbvString ? json.val.string.len : 0;
		set_text(&key, column->name, strlen(column->name));
		(void) pushJsonbValue(&state, WJB_KEY, &key);
		(void) pushJsonbValue(&state, WJB_VALUE, &json);
	}
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

static void
push_key(JsonbParseState **state, char *key)
{
	JsonbValue	json;

	set_text(&json, key, strlen(key));
	(void) pushJsonbValue(state, WJB_KEY, &json);
}

static void
push_number(JsonbParseState **state, int64 number)
{
	JsonbValue	json = {.type = jbvNumeric};

	json.val.numeric = int64_to_numeric(number);
	(void) pushJsonbValue(state, WJB_VALUE, &json);
}

Datum
zg_own_layout(TupleDesc desc, const ZgSilver *silver, Oid relation)
{
	JsonbParseState *state = NULL;
	int			n;
	ZgOwnColumn *columns = zg_own_columns(desc, silver, &n);

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_key(&state, "relation");
	push_number(&state, relation);
	push_key(&state, "columns");
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < n; i++)
	{
		if (strcmp(columns[i].name, "deleted_at") == 0)
			continue;
		push_key(&state, columns[i].name);
		push_number(&state, get_attnum(relation, columns[i].name));
	}
	(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

/* A row of the relation without what is computed when it is read, which may fail. */
static char *
stored_row(Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData row;
	const char *separator = "ROW(";
	bool		computes = false;

	initStringInfo(&row);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		if (zg_is_virtual(att))
			appendStringInfo(&row, "%sNULL", separator);
		else
			appendStringInfo(&row, "%ss.%s", separator, quote_identifier(NameStr(att->attname)));
		computes |= zg_is_virtual(att);
		separator = ", ";
	}
	appendStringInfo(&row, ")::%s",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												RelationGetRelationName(rel)));
	/* "s.*", as a column may be called "s" */
	return computes ? row.data : "s.*";
}

char *
zg_own_expression(ZgRun *run, const ZgSilver *silver)
{
	Relation	rel = relation_open(zg_silver_relid(run, silver), AccessShareLock);
	char	   *expression = "NULL::jsonb";
	int			n;

	(void) zg_own_columns(RelationGetDescr(rel), silver, &n);
	if (n > 0)
		expression = psprintf("zoom_gold.own_values(%s, %s)", stored_row(rel), quote_literal_cstr(silver->name));
	relation_close(rel, NoLock);
	return expression;
}

/* what own_values() knows of the rows it is called for */
typedef struct RowKind
{
	TupleDesc	desc;
	ZgOwnKeeper *keeper;
} RowKind;

/* Learn the row type of a first row. */
static RowKind *
learn_rows(FunctionCallInfo fcinfo, HeapTupleHeader row)
{
	MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	RowKind    *kind = palloc0(sizeof(RowKind));
	const ZgSilver *silver = zg_silver_of(text_to_cstring(PG_GETARG_TEXT_PP(1)));

	kind->desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	if (silver != NULL)
		kind->keeper = zg_own_keeper(kind->desc, silver);
	MemoryContextSwitchTo(old);
	return kind;
}

/*
 * own_values(silver_row record, relation text) RETURNS jsonb
 */
Datum
zg_own_values(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	RowKind    *kind = fcinfo->flinfo->fn_extra;
	HeapTupleData tuple;
	Datum	   *values;
	bool	   *nulls;

	if (kind == NULL)
		fcinfo->flinfo->fn_extra = kind = learn_rows(fcinfo, row);
	if (kind->keeper == NULL)
		PG_RETURN_NULL();
	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row;
	values = palloc(kind->desc->natts * sizeof(Datum));
	nulls = palloc(kind->desc->natts * sizeof(bool));
	heap_deform_tuple(&tuple, kind->desc, values, nulls);
	PG_RETURN_DATUM(zg_own_keep(kind->keeper, values, nulls));
}
