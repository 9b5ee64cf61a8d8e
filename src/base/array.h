/*-------------------------------------------------------------------------
 *
 * array.h
 *	  Arrays, as queries take them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef ZG_ARRAY_H
#define ZG_ARRAY_H

#include "postgres.h"

#include "utils/date.h"

/* Values of type text as text[]. */
extern Datum zg_text_array(Datum *values, int n);

/* Values of type integer as int4[]. */
extern Datum zg_int4_array(Datum *values, int n);

/* Values of type bigint as int8[]. */
extern Datum zg_int8_array(Datum *values, int n);

/* Days as date[]. */
extern Datum zg_date_array(const DateADT *days, int n);

#endif							/* ZG_ARRAY_H */
