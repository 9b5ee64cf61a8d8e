/*-------------------------------------------------------------------------
 *
 * array.c
 *	  Arrays, as queries take them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "catalog/pg_type.h"
#include "utils/array.h"

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
