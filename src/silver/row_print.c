/*-------------------------------------------------------------------------
 *
 * row_print.c
 *	  A print by which a silver row is known again.
 *
 * Capture prints the rows that are written, a refresh those that it finds: by
 * their prints it knows in which order the rows of silver were written, though
 * they may have been moved or written anew since (CLUSTER, VACUUM FULL, ALTER
 * TABLE, pg_restore).  So a print is of what the columns of the contract say,
 * not of how they say it: integer and bigint, date and timestamp, varchar and
 * text have the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "parser/parse_coerce.h"
#include "silver/row_print.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* how a column is read */
typedef enum Form
{
	FORM_BYTES,					/* of a text */
	FORM_PADDED,				/* the same of a character(n) */
	FORM_INTEGER,				/* also an instant */
	FORM_WHOLE,					/* an integer of another type */
	FORM_NUMERIC,
	FORM_DAY,
	FORM_OUTPUT					/* as text */
} Form;

typedef struct PrintedColumn
{
	AttrNumber	attnum;			/* InvalidAttrNumber = there is none */
	Form		form;
	FmgrInfo	function;		/* FORM_OUTPUT: of the type; FORM_WHOLE,
								 * FORM_NUMERIC: to numeric, none if it is one */
} PrintedColumn;

/* the contract's, load_timestamp, update_timestamp, source_system */
#define MAX_COLUMNS (ZG_MAX_SILVER_COLUMNS + 3)

struct ZgRowPrint
{
	bool		plain;
	bool		outputs;
	int			ncolumns;
	PrintedColumn columns[MAX_COLUMNS];
	PrintedColumn deleted;		/* where it is NULL it does not count */
};

/* ----------------------------------------------------------------
 *		Finding the columns
 * ----------------------------------------------------------------
 */

/* A text is printed as such, whatever it says. */
static Form
text_form(Oid type)
{
	return type == BPCHAROID ? FORM_PADDED :
		IsBinaryCoercible(type, TEXTOID) ? FORM_BYTES : FORM_OUTPUT;
}

/* The cast of a type of numbers to numeric; InvalidOid = it is none, or numeric itself. */
static Oid
cast_to_numeric(Oid type)
{
	switch (type)
	{
		case INT2OID:
			return F_NUMERIC_INT2;
		case INT4OID:
			return F_NUMERIC_INT4;
		case INT8OID:
			return F_NUMERIC_INT8;
		case FLOAT4OID:
			return F_NUMERIC_FLOAT4;
		case FLOAT8OID:
			return F_NUMERIC_FLOAT8;
		default:
			return InvalidOid;
	}
}

/* An integer is printed as such, whatever type it has. */
static Form
integer_form(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return FORM_INTEGER;
		default:
			return type == NUMERICOID || OidIsValid(cast_to_numeric(type)) ? FORM_WHOLE : FORM_OUTPUT;
	}
}

static Form
numeric_form(Oid type)
{
	return type == NUMERICOID || OidIsValid(cast_to_numeric(type)) ? FORM_NUMERIC : FORM_OUTPUT;
}

/* A day is printed as the instant at which it begins. */
static Form
instant_form(Oid type)
{
	return type == DATEOID ? FORM_DAY :
		type == TIMESTAMPOID || type == TIMESTAMPTZOID ? FORM_INTEGER : FORM_OUTPUT;
}

/* How a column of a type is printed that has another in the contract. */
static Form
form_of(Oid contract, Oid type)
{
	switch (contract)
	{
		case TEXTOID:
			return text_form(type);
		case INT4OID:
			return integer_form(type);
		case NUMERICOID:
			return numeric_form(type);
		default:
			return instant_form(type);
	}
}

/* The column of that name from an attribute number on; InvalidAttrNumber = there is none. */
static AttrNumber
find_column(TupleDesc desc, AttrNumber first, const char *name)
{
	for (int i = first - 1; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i + 1;
	return InvalidAttrNumber;
}

/* Find the function by which a column is read, if it needs one. */
static void
find_function(ZgRowPrint *print, PrintedColumn *column, Oid type)
{
	Oid			function = cast_to_numeric(type);
	bool		varlena;

	if (column->form == FORM_OUTPUT)
	{
		getTypeOutputInfo(type, &function, &varlena);
		print->outputs = true;
		print->plain &= function < FirstUnpinnedObjectId;
	}
	else if (column->form != FORM_WHOLE && column->form != FORM_NUMERIC)
		return;
	if (OidIsValid(function))
		fmgr_info(function, &column->function);
}

static void
prepare_column(ZgRowPrint *print, PrintedColumn *column, TupleDesc desc, AttrNumber first,
			   const char *name, Oid contract)
{
	Oid			type;

	column->attnum = find_column(desc, first, name);
	if (column->attnum == InvalidAttrNumber)
		return;
	type = getBaseType(TupleDescAttr(desc, column->attnum - 1)->atttypid);
	column->form = form_of(contract, type);
	find_function(print, column, type);
}

ZgRowPrint *
zg_row_print_prepare(const ZgSilver *silver, TupleDesc desc, AttrNumber first)
{
	ZgRowPrint *print = palloc0(sizeof(ZgRowPrint));
	PrintedColumn *last = &print->columns[silver->ncolumns];

	print->plain = true;
	print->ncolumns = silver->ncolumns + 3;
	for (int i = 0; i < silver->ncolumns; i++)
		prepare_column(print, &print->columns[i], desc, first, silver->columns[i].name,
					   silver->columns[i].type);
	prepare_column(print, &last[0], desc, first, "load_timestamp", TIMESTAMPTZOID);
	prepare_column(print, &last[1], desc, first, "update_timestamp", TIMESTAMPTZOID);
	prepare_column(print, &last[2], desc, first, "source_system", TEXTOID);
	prepare_column(print, &print->deleted, desc, first, "deleted_at", TIMESTAMPTZOID);
	return print;
}

bool
zg_row_print_is_plain(const ZgRowPrint *print)
{
	return print->plain;
}

bool
zg_row_print_heeds_settings(const ZgRowPrint *print)
{
	return print->outputs;
}

char *
zg_row_print_columns(ZgRun *run, const ZgSilver *silver)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < silver->ncolumns; i++)
		appendStringInfo(&sql, "s.%s, ", silver->columns[i].name);
	appendStringInfoString(&sql, "s.load_timestamp, s.update_timestamp, s.source_system");
	if (zg_silver_deleted(run, silver) != NULL)
		appendStringInfoString(&sql, ", s.deleted_at");
	return sql.data;
}

/* ----------------------------------------------------------------
 *		Printing
 * ----------------------------------------------------------------
 */

static inline uint64
mix(uint64 print, uint64 value)
{
	print = (print ^ value) * UINT64CONST(0x9E3779B97F4A7C15);
	return print ^ (print >> 32);
}

/* Several times faster than hash_bytes_extended(), and every writer waits for it. */
static uint64
print_bytes(const char *bytes, Size length)
{
	uint64		print = length;
	uint64		word = 0;

	for (; length >= sizeof(word); bytes += sizeof(word), length -= sizeof(word))
	{
		memcpy(&word, bytes, sizeof(word));
		print = mix(print, word);
	}
	word = 0;
	memcpy(&word, bytes, length);
	return mix(print, word);
}

static uint64
print_text(Datum value, bool padded)
{
	text	   *bytes = DatumGetTextPP(value);
	Size		length = VARSIZE_ANY_EXHDR(bytes);

	while (padded && length > 0 && VARDATA_ANY(bytes)[length - 1] == ' ')
		length--;
	return print_bytes(VARDATA_ANY(bytes), length);
}

static Datum
to_numeric(const PrintedColumn *column, Datum value)
{
	FmgrInfo   *function = unconstify(FmgrInfo *, &column->function);

	return OidIsValid(function->fn_oid) ? FunctionCall1(function, value) : value;
}

static uint64
print_numeric(Datum value)
{
	return DatumGetUInt64(DirectFunctionCall2(hash_numeric_extended, value, Int64GetDatum(0)));
}

/* As FORM_INTEGER, if it is whole. */
static uint64
print_whole(Datum value)
{
	bool		fails = false;
	int32		whole = numeric_int4_opt_error(DatumGetNumeric(value), &fails);

	if (!fails &&
		DatumGetBool(DirectFunctionCall2(numeric_eq, value, NumericGetDatum(int64_to_numeric(whole)))))
		return whole;
	return print_numeric(value);
}

/* As FORM_INTEGER an instant. */
static uint64
print_day(DateADT day)
{
	if (DATE_IS_NOBEGIN(day))
		return (uint64) DT_NOBEGIN;
	if (DATE_IS_NOEND(day))
		return (uint64) DT_NOEND;
	return (uint64) day * USECS_PER_DAY;
}

static uint64
print_output(const PrintedColumn *column, Datum value)
{
	char	   *output = OutputFunctionCall(unconstify(FmgrInfo *, &column->function), value);

	return print_bytes(output, strlen(output));
}

static uint64
print_value(const PrintedColumn *column, Datum value)
{
	switch (column->form)
	{
		case FORM_BYTES:
		case FORM_PADDED:
			return print_text(value, column->form == FORM_PADDED);
		case FORM_INTEGER:
			return (uint64) value;
		case FORM_WHOLE:
			return print_whole(to_numeric(column, value));
		case FORM_NUMERIC:
			return print_numeric(to_numeric(column, value));
		case FORM_DAY:
			return print_day(DatumGetDateADT(value));
		case FORM_OUTPUT:
			return print_output(column, value);
	}
	pg_unreachable();
}

/* Is there a value? */
static bool
has_value(const PrintedColumn *column, const bool *nulls)
{
	return column->attnum != InvalidAttrNumber && !nulls[column->attnum - 1];
}

uint64
zg_row_print(const ZgRowPrint *print, const Datum *values, const bool *nulls)
{
	const PrintedColumn *deleted = &print->deleted;
	uint64		result = 0;

	for (int i = 0; i < print->ncolumns; i++)
	{
		const PrintedColumn *column = &print->columns[i];

		result = mix(result, has_value(column, nulls) ?
					 print_value(column, values[column->attnum - 1]) : UINT64CONST(0x51ED270B0F1A6D35));
	}
	if (has_value(deleted, nulls))
		result = mix(result, print_value(deleted, values[deleted->attnum - 1]));
	return result;
}
