/*-------------------------------------------------------------------------
 *
 * coercion.c
 *	  From the types of the gold model to those that a table of gold has by
 *	  now.
 *
 * Tables of gold belong to their users, who may give a column another type: a
 * wider number, a domain, a varchar(n).  What the engine computes has the
 * model's types, and what it writes goes straight to the heap; so it casts as
 * an INSERT would.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "state/coercion.h"
#include "state/model.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* how one column's values are cast */
typedef struct Cast
{
	ExprState  *expr;			/* NULL = not */
	Oid			from;			/* InvalidOid: the model does not have it */
	Form_pg_attribute to;
} Cast;

struct ZgCoercion
{
	Relation	rel;
	ExprContext *econtext;
	Cast	   *casts;
};

/*
 * Does a column of one type take the values of another, for the engine to find
 * them again?  Within a kind of types, by an assignment; not as the time of a
 * day or as a name cut short.
 */
static bool
takes(Oid to, Oid from)
{
	Oid			base = getBaseType(to);

	return TypeCategory(base) == TypeCategory(from) &&
		can_coerce_type(1, &from, &to, COERCION_ASSIGNMENT) &&
		can_coerce_type(1, &base, &from, COERCION_EXPLICIT) &&
		(TypeCategory(from) != TYPCATEGORY_STRING || get_typlen(base) == -1);
}

static void
refuse_type(Relation rel, const ZgModelColumn *from, Form_pg_attribute to)
{
	char	   *name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												  RelationGetRelationName(rel));
	const char *column = quote_identifier(NameStr(to->attname));

	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of table \"%s\" has type %s, which does not take values of type %s",
					NameStr(to->attname), name,
					format_type_with_typemod(to->atttypid, to->atttypmod), from->type_name),
			 errhint("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s::text::%s, then refresh again.",
					 name, column, from->type_name, column, from->type_name)));
}

/* Prepare a cast that replaces the value set in econtext->caseValue_datum. */
static ExprState *
prepare_cast(Oid from, Form_pg_attribute to)
{
	CaseTestExpr *value = makeNode(CaseTestExpr);
	Node	   *expr;

	value->typeId = from;
	value->typeMod = -1;
	value->collation = get_typcollation(from);
	expr = coerce_to_target_type(NULL, (Node *) value, from, to->atttypid, to->atttypmod,
								 COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	return ExecInitExpr(expression_planner((Expr *) expr), NULL);
}

/* How a column's values are cast; returns whether they are. */
static bool
init_cast(Cast *cast, Relation rel, AttrNumber attnum)
{
	Form_pg_attribute to = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	const ZgModelColumn *from = zg_model_column("gold", RelationGetRelationName(rel), NameStr(to->attname));

	cast->to = to;
	cast->from = from == NULL ? InvalidOid : from->type;
	if (from == NULL || (from->type == to->atttypid &&
						 (to->atttypmod < 0 ||
						  strcmp(format_type_with_typemod(to->atttypid, to->atttypmod), from->type_name) == 0)))
		return false;
	if (!takes(to->atttypid, from->type))
		refuse_type(rel, from, to);
	cast->expr = prepare_cast(from->type, to);
	return true;
}

ZgCoercion *
zg_coercion_create(Relation rel, const AttrNumber *attnums, int ncolumns)
{
	Cast	   *casts;
	ZgCoercion *coercion;
	bool		any = false;

	/* tables of the state have the model's: zg_model_check_state() */
	if (strcmp(get_namespace_name(RelationGetNamespace(rel)), "gold") != 0)
		return NULL;
	casts = palloc0(ncolumns * sizeof(Cast));
	for (int i = 0; i < ncolumns; i++)
		any |= init_cast(&casts[i], rel, attnums[i]);
	if (!any)
	{
		pfree(casts);
		return NULL;
	}
	coercion = palloc(sizeof(ZgCoercion));
	coercion->rel = rel;
	coercion->casts = casts;
	coercion->econtext = CreateStandaloneExprContext();
	return coercion;
}

/* a value on its way into a column */
typedef struct Target
{
	Relation	rel;
	Form_pg_attribute column;
} Target;

/* Error context: the error says what is wrong with the value; say where. */
static void
hint_at_column(void *arg)
{
	Target	   *target = arg;

	errhint("Column \"%s\" of table \"%s.%s\" has type %s: give it one that holds all values.",
			NameStr(target->column->attname),
			get_namespace_name(RelationGetNamespace(target->rel)),
			RelationGetRelationName(target->rel),
			format_type_with_typemod(target->column->atttypid, target->column->atttypmod));
}

static Datum
cast_value(ZgCoercion *coercion, const Cast *cast, Datum value, bool *isnull)
{
	Target		target = {coercion->rel, cast->to};
	ErrorContextCallback callback = {.callback = hint_at_column,.arg = &target};

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	coercion->econtext->caseValue_datum = value;
	coercion->econtext->caseValue_isNull = *isnull;
	value = ExecEvalExprSwitchContext(cast->expr, coercion->econtext, isnull);
	error_context_stack = callback.previous;
	return value;
}

void
zg_coerce(ZgCoercion *coercion, int first, int n, Datum *values, bool *nulls)
{
	if (coercion == NULL)
		return;
	if (first == 0)
		ResetExprContext(coercion->econtext);
	for (int i = 0; i < n; i++)
		if (coercion->casts[first + i].expr != NULL)
			values[i] = cast_value(coercion, &coercion->casts[first + i], values[i], &nulls[i]);
}

Oid
zg_coercion_type(const ZgCoercion *coercion, int column)
{
	return coercion == NULL ? InvalidOid : coercion->casts[column].from;
}

void
zg_coercion_free(ZgCoercion *coercion)
{
	if (coercion != NULL)
		FreeExprContext(coercion->econtext, true);
}
