/*-------------------------------------------------------------------------
 *
 * billing.c
 *	  go_fact_billing: money, and what counts as recurring.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "facts/fact.h"
#include "facts/fact_row.h"
#include "fmgr.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* gold_state.billing_event_class */
typedef struct EventClasses
{
	int			n;
	const char **names;			/* NULL-terminated */
	int		   *signs;
	Datum		too_large;		/* amounts from here on, of either sign */
	Datum		too_small;
} EventClasses;

static void
add_class(EventClasses *classes, const char *name, int sign)
{
	classes->names = repalloc(classes->names, (classes->n + 2) * sizeof(char *));
	classes->signs = repalloc(classes->signs, (classes->n + 1) * sizeof(int));
	classes->names[classes->n] = name;
	classes->signs[classes->n] = sign;
	classes->names[++classes->n] = NULL;
}

/* Row callback: event_type, mrr_sign */
static void
read_class(TupleTableSlot *slot, void *arg)
{
	slot_getallattrs(slot);
	add_class(arg, TextDatumGetCString(slot->tts_values[0]), DatumGetInt16(slot->tts_values[1]));
}

/* the logical model's; known also when their class was removed */
static const char *const known_types[] =
{"Subscription Fee", "Subscription Renewal", "Add-on Purchase", "Refund", NULL};

static void
add_known_type(EventClasses *classes, const char *name)
{
	for (int i = 0; i < classes->n; i++)
		if (pg_strcasecmp(classes->names[i], name) == 0)
			return;
	add_class(classes, name, 0);
}

static Datum
make_amount(char *digits)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static void
billing_prepare(ZgPass *pass)
{
	EventClasses *classes = palloc0(sizeof(EventClasses));

	zg_prepare_users(pass);
	classes->names = palloc0(sizeof(char *));
	classes->signs = palloc0(sizeof(int));
	zg_query(pass->run, "SELECT event_type, mrr_sign FROM gold_state.billing_event_class ORDER BY event_type",
			 0, NULL, NULL, read_class, classes);
	for (int i = 0; known_types[i] != NULL; i++)
		add_known_type(classes, known_types[i]);
	/* what numeric(10,2) rounds beyond its 8 digits */
	classes->too_large = make_amount("99999999.995");
	classes->too_small = make_amount("-99999999.995");
	pass->private = classes;
}

/* The class of an event type, -1 = unknown; sets the known spelling. */
static int
event_class(const EventClasses *classes, ZgRow *row)
{
	text	   *type = zg_row_text(row, BILLING_TYPE);
	const char *spelling = type == NULL ? NULL : zg_text_spelling(type, classes->names);

	if (spelling == NULL)
		return -1;
	if (memcmp(spelling, VARDATA_ANY(type), VARSIZE_ANY_EXHDR(type)) != 0)
	{
		type = cstring_to_text(spelling);

		row->values[BILLING_TYPE] = PointerGetDatum(type);
		row->hashes[BILLING_TYPE] = zg_text_hash64(type);
	}
	for (int i = 0; i < classes->n; i++)
		if (classes->names[i] == spelling)
			return i;
	return -1;
}

static int
event_sign(const EventClasses *classes, ZgRow *row)
{
	int			i = event_class(classes, row);

	return i < 0 ? 0 : classes->signs[i];
}

static bool
is_negative(Datum amount)
{
	Datum		sign = DirectFunctionCall1(numeric_sign, amount);

	return DatumGetInt32(DirectFunctionCall1(numeric_int4, sign)) < 0;
}

/* Does an amount of a wider column not fit gold's? */
static bool
does_not_fit(const EventClasses *classes, Datum amount)
{
	return DatumGetBool(DirectFunctionCall2(numeric_ge, amount, classes->too_large)) ||
		DatumGetBool(DirectFunctionCall2(numeric_le, amount, classes->too_small));
}

static void
billing_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	EventClasses *classes = pass->private;
	int			class = event_class(classes, row);

	if (!row->nulls[BILLING_AMOUNT] && numeric_is_nan(DatumGetNumeric(row->values[BILLING_AMOUNT])))
		row->nulls[BILLING_AMOUNT] = true;	/* not a number: no amount */
	if (!row->nulls[BILLING_TYPE] && class < 0)
		zg_break(broken, ZG_RULE_EVENT_TYPE_UNKNOWN);
	if (!row->nulls[BILLING_AMOUNT] && does_not_fit(classes, row->values[BILLING_AMOUNT]))
		zg_break(broken, ZG_RULE_VALUE_TOO_LONG);
	if (!row->nulls[BILLING_AMOUNT] && is_negative(row->values[BILLING_AMOUNT]) &&
		(class < 0 || classes->signs[class] != -1))
		zg_break(broken, ZG_RULE_AMOUNT_NEGATIVE);
}

static int32
billing_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	return zg_resolve_user(pass, row, BILLING_USER, ZG_RULE_USER_MISSING,
						   ZG_RULE_USER_UNKNOWN, broken);
}

/* numeric(10,2) */
#define MONEY_TYPMOD (((10 << 16) | 2) + VARHDRSZ)

static Datum
money(Datum amount)
{
	return DirectFunctionCall2(numeric, amount, Int32GetDatum(MONEY_TYPMOD));
}

static int64
cents(Datum amount)
{
	return DatumGetInt64(DirectFunctionCall1(numeric_int8,
											 DirectFunctionCall2(numeric_mul, amount,
																 NumericGetDatum(int64_to_numeric(100)))));
}

static void
billing_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[5];
	bool		nulls[5];
	int			sign = event_sign(pass->private, row);
	Datum		amount = money(row->values[BILLING_AMOUNT]);

	(void) ordinal;
	if (sign == -1 && !is_negative(amount))
		amount = DirectFunctionCall1(numeric_uminus, amount);
	zg_see_member(pass, row);
	zg_put_text(values, nulls, 0, zg_name_of_day(pass, row->day));
	zg_put(values, nulls, 1, row, BILLING_TYPE);
	values[2] = amount;
	nulls[2] = false;
	zg_put(values, nulls, 3, row, BILLING_DATE);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_put_fact(pass, row, values, nulls);
	zg_partials_add(pass->partials, row->day, row->day, NULL,
					sign * llabs(cents(amount)), -1, row->source_system);
}

const ZgFact zg_fact_billing = {
	.step = ZG_STEP_FACT_BILLING,
	.target = {
		.schema = "gold",.table = "go_fact_billing",.ncolumns = 5,
		.columns = {"user_name", "event_type", "amount", "event_date", "source_system"},
		.pair_columns = 1 << 1 | 1 << 3
	},
	.dimension = ZG_DIM_BILLING_EVENT_TYPE,
	.member_column = BILLING_TYPE,
	.names_users = true,
	.prepare = billing_prepare,
	.check = billing_check,
	.resolve = billing_resolve,
	.emit = billing_emit,
};
