/*-------------------------------------------------------------------------
 *
 * array.c
 *	  Arrays, as queries take them, and of what is packed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(zg_packed_numbers);

Datum
zg_text_array(Datum *values, int n)
{
	return PointerGetDatum(construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum
zg_int4_array(Datum *values, int n)
{
	return PointerGetDatum(construct_array(values, n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

Datum
zg_int8_array(Datum *values, int n)
{
	return PointerGetDatum(construct_array(values, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

Datum
zg_date_array(const DateADT *days, int n)
{
	Datum	   *values = palloc(Max(n, 1) * sizeof(Datum));
	ArrayType  *array;

	for (int i = 0; i < n; i++)
		values[i] = DateADTGetDatum(days[i]);
	array = construct_array(values, n, DATEOID, sizeof(DateADT), true, TYPALIGN_INT);
	pfree(values);
	return PointerGetDatum(array);
}

/*
 * packed_numbers(bytes, width): the integers of 4 or 8 bytes packed in a value.
 */
Datum
zg_packed_numbers(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	int32		width = PG_GETARG_INT32(1);
	const char *from = VARDATA_ANY(bytes);
	Datum	   *numbers;
	int			n;

	if (width != sizeof(int32) && width != sizeof(int64))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("width must be 4 or 8")));
	n = VARSIZE_ANY_EXHDR(bytes) / width;
	numbers = palloc_extended(Max(n, 1) * sizeof(Datum), MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++, from += width)
	{
		int32		four;
		int64		eight;

		memcpy(width == sizeof(four) ? (void *) &four : &eight, from, width);
		numbers[i] = Int64GetDatum(width == sizeof(four) ? four : eight);
	}
	PG_RETURN_DATUM(zg_int8_array(numbers, n));
}
