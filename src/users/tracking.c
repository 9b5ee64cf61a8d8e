/*-------------------------------------------------------------------------
 *
 * tracking.c
 *	  Which columns of users are tracked, and what kept rows say in those
 *	  that users added.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "lib/stringinfo.h"
#include "silver/own_column.h"
#include "state/model.h"
#include "users/tracking.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* a value of one column: cast once, however many rows have it */
typedef struct KnownValue
{
	text	   *as_text;
	uint32		hash;
	char		status;
	bool		fits;
	bool		isnull;
	Datum		value;
} KnownValue;

#define SH_PREFIX known_value
#define SH_ELEMENT_TYPE KnownValue
#define SH_KEY as_text
#include "base/text_table.h"

/* Row callback: column_name, scd_type */
static void
read_scd_type(TupleTableSlot *slot, void *arg)
{
	ZgTracking *tracking = arg;
	char	   *name;
	bool		overwritten;

	slot_getallattrs(slot);
	name = TextDatumGetCString(slot->tts_values[0]);
	overwritten = DatumGetInt16(slot->tts_values[1]) == 1;
	for (int i = 0; i < USER_NCOLUMNS; i++)
		if (strcmp(name, zg_silver[ZG_USERS].columns[i].name) == 0)
			tracking->overwritten[i] = overwritten;
	for (int i = 0; i < tracking->nadded; i++)
		if (strcmp(name, tracking->added[i].name) == 0)
			tracking->added[i].overwritten = overwritten;
}

static void
track(ZgTracking *tracking, char *name, Oid gold, AttrNumber attnum)
{
	ZgUserColumn *added = &tracking->added[tracking->nadded++];
	Oid			collation;

	added->name = name;
	get_atttypetypmodcoll(gold, attnum, &added->type, &added->typmod, &collation);
	added->cast = zg_soft_cast_prepare(added->type, added->typmod);
	added->values = known_value_create(CurrentMemoryContext, 64, NULL);
}

/* Is it a column that means something else in gold, or something of its own in silver? */
static bool
is_taken(const char *name)
{
	return strcmp(name, "deleted_at") == 0 || zg_model_column("gold", "go_dim_user", name) != NULL;
}

/*
 * Which columns of si_users are tracked: the contract's, and those that both
 * it and go_dim_user have beyond it and the model.
 */
ZgTracking *
zg_tracking_load(ZgRun *run)
{
	ZgTracking *tracking = palloc0(sizeof(ZgTracking));
	Oid			gold = zg_table_oid("gold", "go_dim_user");
	int			n;
	ZgOwnColumn *own = zg_silver_own_columns(run, &zg_silver[ZG_USERS], &n);

	tracking->arena.context = CurrentMemoryContext;
	tracking->added = palloc0(Max(n, 1) * sizeof(ZgUserColumn));
	for (int i = 0; i < n; i++)
	{
		AttrNumber	attnum = get_attnum(gold, own[i].name);

		if (attnum > 0 && !is_taken(own[i].name))
			track(tracking, own[i].name, gold, attnum);
	}
	zg_query(run, "SELECT column_name, scd_type FROM gold_state.tracked_column",
			 0, NULL, NULL, read_scd_type, tracking);
	return tracking;
}

char *
zg_tracking_signature(const ZgTracking *tracking)
{
	StringInfoData signature;

	initStringInfo(&signature);
	for (int i = 0; i < tracking->nadded; i++)
		appendStringInfo(&signature, "%s%s %s", i == 0 ? "" : ", ",
						 quote_identifier(tracking->added[i].name),
						 format_type_with_typemod(tracking->added[i].type,
												  tracking->added[i].typmod));
	return signature.data;
}

/* Keep a value as it was cast. */
static void
keep_value(ZgTracking *tracking, const ZgUserColumn *column, KnownValue *known, Datum value)
{
	text	   *as_text = zg_arena_alloc(&tracking->arena, VARHDRSZ + VARSIZE_ANY_EXHDR(known->as_text));
	MemoryContext old;
	int16		typlen;
	bool		typbyval;

	zg_text_copy_to(as_text, known->as_text);
	known->as_text = as_text;
	if (column->type == TEXTOID)
		value = PointerGetDatum(as_text);
	else if (known->fits && !known->isnull)
	{
		get_typlenbyval(column->type, &typlen, &typbyval);
		old = MemoryContextSwitchTo(tracking->arena.context);
		value = datumCopy(value, typbyval, typlen);
		MemoryContextSwitchTo(old);
	}
	known->value = value;
}

static ZgAddedValue
read_text(ZgTracking *tracking, ZgUserColumn *column, text *as_text)
{
	ZgAddedValue added;
	bool		found;
	KnownValue *known = known_value_insert(column->values, as_text, &found);

	if (!found)
	{
		Datum		value;

		known->fits = zg_soft_cast(column->cast, as_text, &value, &known->isnull);
		column->unfit |= !known->fits;
		keep_value(tracking, column, known, value);
	}
	added.known = known->fits;
	added.isnull = !known->fits || known->isnull;
	added.as_text = known->fits ? known->as_text : NULL;
	added.value = known->value;
	return added;
}

/* The text of what is kept; NULL when it is null. */
static text *
kept_text(JsonbValue *kept)
{
	switch (kept->type)
	{
		case jbvNull:
			return NULL;
		case jbvBool:
			return cstring_to_text(kept->val.boolean ? "true" : "false");
		case jbvString:
			return cstring_to_text_with_len(kept->val.string.val, kept->val.string.len);
		case jbvNumeric:
			return cstring_to_text(DatumGetCString(DirectFunctionCall1(numeric_out,
																	   NumericGetDatum(kept->val.numeric))));
		default:
			/* an array or object, as versions before 2.0 kept them */
			return cstring_to_text(JsonbToCString(NULL, kept->val.binary.data, kept->val.binary.len));
	}
}

void
zg_tracking_read(ZgTracking *tracking, struct varlena *extra, ZgAddedValue *values)
{
	Jsonb	   *object = (Jsonb *) extra;

	for (int i = 0; i < tracking->nadded; i++)
	{
		ZgUserColumn *column = &tracking->added[i];
		JsonbValue *kept = object == NULL ? NULL :
		getKeyJsonValueFromContainer(&object->root, column->name, strlen(column->name), NULL);
		text	   *as_text = kept == NULL ? NULL : kept_text(kept);

		values[i].known = kept != NULL;
		values[i].isnull = true;
		values[i].as_text = NULL;
		if (as_text != NULL)
			values[i] = read_text(tracking, column, as_text);
	}
}

void
zg_tracking_warn(const ZgTracking *tracking)
{
	for (int i = 0; i < tracking->nadded; i++)
		if (tracking->added[i].unfit)
			ereport(WARNING,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("values kept of column \"%s\" of relation \"si_users\" do not fit type %s of column \"%s\" of table \"gold.go_dim_user\"",
							tracking->added[i].name,
							format_type_with_typemod(tracking->added[i].type, tracking->added[i].typmod),
							tracking->added[i].name),
					 errdetail("They count as unknown."),
					 errhint("With type text the column takes them all.")));
}
