/*-------------------------------------------------------------------------
 *
 * soft_cast.c
 *	  Casting text to a type it may not fit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/soft_cast.h"
#include "base/subtransaction.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(zg_cast_or_null);

struct ZgSoftCast
{
	ExprState  *state;			/* NULL = the text is the value */
	ExprContext *econtext;
};

/* one value on its way */
typedef struct Casting
{
	ZgSoftCast *cast;
	text	   *value;
	Datum		result;
	bool		isnull;
} Casting;

ZgSoftCast *
zg_soft_cast_prepare(Oid type, int32 typmod)
{
	ZgSoftCast *cast = palloc0(sizeof(ZgSoftCast));
	CaseTestExpr *input = makeNode(CaseTestExpr);
	Node	   *expr;

	if (type == TEXTOID)
		return cast;
	input->typeId = TEXTOID;
	input->typeMod = -1;
	input->collation = get_typcollation(TEXTOID);
	expr = coerce_to_target_type(NULL, (Node *) input, TEXTOID, type, typmod,
								 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	if (expr == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CANNOT_COERCE),
				 errmsg("cannot cast type %s to %s", format_type_be(TEXTOID), format_type_be(type))));
	cast->state = ExecInitExpr(expression_planner((Expr *) expr), NULL);
	cast->econtext = CreateStandaloneExprContext();
	return cast;
}

static bool
evaluate(void *arg)
{
	Casting    *casting = arg;
	ExprContext *econtext = casting->cast->econtext;

	econtext->caseValue_datum = PointerGetDatum(casting->value);
	econtext->caseValue_isNull = false;
	casting->result = ExecEvalExpr(casting->cast->state, econtext, &casting->isnull);
	return true;
}

bool
zg_soft_cast(ZgSoftCast *cast, text *value, Datum *result, bool *isnull)
{
	Casting		casting = {.cast = cast,.value = value,.result = PointerGetDatum(value)};
	ErrorData  *error = cast->state == NULL ? NULL :
	zg_subtransaction(evaluate, &casting, CurrentMemoryContext);

	if (error != NULL && zg_must_raise(error->sqlerrcode))
		ReThrowError(error);
	if (error != NULL)
		FreeErrorData(error);
	*result = casting.result;
	*isnull = casting.isnull;
	return error == NULL;
}

/*
 * cast_or_null(value text, wanted anyelement, typmod integer) RETURNS anyelement
 */
Datum
zg_cast_or_null(PG_FUNCTION_ARGS)
{
	ZgSoftCast *cast = fcinfo->flinfo->fn_extra;
	Datum		result;
	bool		isnull;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (cast == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		cast = zg_soft_cast_prepare(get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_INT32(2));
		fcinfo->flinfo->fn_extra = cast;
		MemoryContextSwitchTo(old);
	}
	if (!zg_soft_cast(cast, PG_GETARG_TEXT_PP(0), &result, &isnull) || isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}
