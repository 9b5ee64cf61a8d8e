/*-------------------------------------------------------------------------
 *
 * watch.c
 *	  Whether capture triggers see every change of a silver relation.
 *
 * Every refresh asks that of every relation, and a relation may have
 * thousands of partitions.  So the catalog is read by its indexes, one scan
 * for all partitions of a level, whatever else the database holds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "capture/watch.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "rewrite/rewriteSupport.h"
#include "silver/silver.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(zg_relation_fingerprint);
PG_FUNCTION_INFO_V1(zg_capture_gap);

/* the events that need a trigger each */
#define ALL_EVENTS (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | \
					TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE)

/* one look at a relation and all below it */
typedef struct Look
{
	const char *name;			/* the contract's; what triggers must say */
	Snapshot	snapshot;
	Oid			capture;		/* the trigger function */
	StringInfoData text;		/* what the fingerprint is of */
	bool		impossible;		/* something cannot have the triggers */
	bool		subscribed;		/* a subscription fills some of it */
	bool		missing;		/* a table lacks triggers */
} Look;

/* Called for each row of a catalog that is read. */
typedef void (*Visit) (Look *look, Relation catalog, HeapTuple tuple, void *arg);

/*
 * Visit the rows of a catalog whose first index column is one of some oids, in
 * the order of the index.  A catalog that never had rows, as those of
 * subscriptions mostly, is not asked a thousand times.
 */
static void
visit_rows(Look *look, Oid catalog, Oid index, AttrNumber column, const List *oids,
		   Visit visit, void *arg)
{
	Relation	rel;
	Relation	index_rel;
	Datum	   *values;
	ArrayType  *array;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (oids == NIL)
		return;
	rel = table_open(catalog, AccessShareLock);
	if (RelationGetNumberOfBlocks(rel) == 0)
	{
		table_close(rel, AccessShareLock);
		return;
	}
	index_rel = index_open(index, AccessShareLock);
	values = palloc(list_length(oids) * sizeof(Datum));
	for (int i = 0; i < list_length(oids); i++)
		values[i] = ObjectIdGetDatum(list_nth_oid(oids, i));
	array = construct_array(values, list_length(oids), OIDOID, sizeof(Oid), true, TYPALIGN_INT);
	ScanKeyEntryInitialize(&key, SK_SEARCHARRAY, column, BTEqualStrategyNumber, OIDOID,
						   InvalidOid, F_OIDEQ, PointerGetDatum(array));
	scan = systable_beginscan_ordered(rel, index_rel, look->snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		CHECK_FOR_INTERRUPTS();
		visit(look, rel, tuple, arg);
	}
	systable_endscan_ordered(scan);
	pfree(array);
	pfree(values);
	index_close(index_rel, AccessShareLock);
	table_close(rel, AccessShareLock);
}

static void
append_numbers(Look *look, uint32 a, uint32 b, uint32 c)
{
	uint32		numbers[] = {a, b, c};

	appendBinaryStringInfo(&look->text, (const char *) numbers, sizeof(numbers));
}

/* Options are text[]: append the elements. */
static void
append_options(Look *look, Relation catalog, HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		options = heap_getattr(tuple, column, RelationGetDescr(catalog), &isnull);
	Datum	   *elements;
	int			n = 0;

	if (!isnull)
		deconstruct_array(DatumGetArrayTypeP(options), TEXTOID, -1, false, TYPALIGN_INT,
						  &elements, NULL, &n);
	appendStringInfo(&look->text, " %d", n);
	for (int i = 0; i < n; i++)
	{
		char	   *option = TextDatumGetCString(elements[i]);

		appendStringInfo(&look->text, " %zu:%s", strlen(option), option);
	}
}

/* What views select: the rule as stored, which no session's settings vary. */
static void
visit_rule(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	bool		isnull;

	(void) arg;
	if (strcmp(NameStr(((Form_pg_rewrite) GETSTRUCT(tuple))->rulename), ViewSelectRuleName) == 0)
		appendStringInfoString(&look->text,
							   TextDatumGetCString(heap_getattr(tuple, Anum_pg_rewrite_ev_action,
																RelationGetDescr(catalog), &isnull)));
}

static void
visit_server(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	(void) arg;
	append_options(look, catalog, tuple, Anum_pg_foreign_server_srvoptions);
}

/* Where a foreign table's rows come from. */
static void
visit_foreign_table(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	Oid			server = ((Form_pg_foreign_table) GETSTRUCT(tuple))->ftserver;
	List	   *servers = list_make1_oid(server);

	(void) arg;
	append_numbers(look, server, 0, 0);
	append_options(look, catalog, tuple, Anum_pg_foreign_table_ftoptions);
	visit_rows(look, ForeignServerRelationId, ForeignServerOidIndexId, Anum_pg_foreign_server_oid,
			   servers, visit_server, NULL);
	list_free(servers);
}

/* One that has gone may have applied rows before. */
static void
visit_subscription(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	(void) catalog;
	(void) arg;
	append_numbers(look, ((Form_pg_subscription_rel) GETSTRUCT(tuple))->srsubid, 0, 0);
	look->subscribed = true;
}

/* Does a trigger's argument name the relation? */
static bool
names_relation(const Look *look, Relation catalog, HeapTuple tuple)
{
	bool		isnull;
	Datum		args = heap_getattr(tuple, Anum_pg_trigger_tgargs, RelationGetDescr(catalog), &isnull);
	bytea	   *names;
	Size		size = strlen(look->name) + 1;

	if (isnull)
		return false;
	names = DatumGetByteaPP(args);
	return VARSIZE_ANY_EXHDR(names) == size && memcmp(VARDATA_ANY(names), look->name, size) == 0;
}

/* the triggers of some tables, which come table by table */
typedef struct TriggersSeen
{
	Oid			table;			/* whose are being seen */
	int			events;			/* that it has triggers for */
	int			complete;		/* tables that have all */
} TriggersSeen;

/*
 * The oid and transaction of a trigger's catalog row tell that it was dropped
 * and made again, or disabled and enabled again, though it looks the same.
 */
static void
visit_trigger(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	TriggersSeen *seen = arg;
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	int			before;

	if (trigger->tgfoid != look->capture)
		return;
	append_numbers(look, trigger->oid, HeapTupleHeaderGetRawXmin(tuple->t_data), trigger->tgenabled);
	if (trigger->tgenabled != TRIGGER_FIRES_ALWAYS || !names_relation(look, catalog, tuple))
		return;
	if (trigger->tgrelid != seen->table)
		seen->events = 0;
	seen->table = trigger->tgrelid;
	before = seen->events;
	seen->events |= trigger->tgtype & ALL_EVENTS;
	seen->complete += before != ALL_EVENTS && seen->events == ALL_EVENTS;
}

/* the relations of one level of a tree, by what is to be asked of them */
typedef struct Level
{
	int			n;
	List	   *parents;
	List	   *tables;
	List	   *views;
	List	   *foreign;
} Level;

/*
 * A materialized view has another file after each REFRESH, which is no change
 * of what it is.
 */
static void
visit_class(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	Level	   *level = arg;
	Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);

	(void) catalog;
	level->n++;
	append_numbers(look, class->oid, class->relkind,
				   class->relkind == RELKIND_MATVIEW ? InvalidOid : class->relfilenode);
	if (class->relhassubclass)
		level->parents = lappend_oid(level->parents, class->oid);
	if (class->relkind == RELKIND_RELATION || class->relkind == RELKIND_PARTITIONED_TABLE)
	{
		level->tables = lappend_oid(level->tables, class->oid);
		return;
	}
	look->impossible = true;
	if (class->relkind == RELKIND_VIEW || class->relkind == RELKIND_MATVIEW)
		level->views = lappend_oid(level->views, class->oid);
	else if (class->relkind == RELKIND_FOREIGN_TABLE)
		level->foreign = lappend_oid(level->foreign, class->oid);
}

/*
 * What is done to a partition that is detached is not noted.  The transaction of
 * the catalog row tells that it was attached again.
 */
static void
visit_child(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	List	  **children = arg;
	Form_pg_inherits child = (Form_pg_inherits) GETSTRUCT(tuple);

	(void) catalog;
	if (child->inhdetachpending)
		return;
	append_numbers(look, child->inhrelid, HeapTupleHeaderGetRawXmin(tuple->t_data), 0);
	*children = lappend_oid(*children, child->inhrelid);
}

/*
 * Nor is what is done to a relation that is renamed away.  Its row type is renamed
 * with it, and is touched by little else, so that its transaction tells.
 */
static void
visit_row_type(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	(void) catalog;
	(void) arg;
	append_numbers(look, HeapTupleHeaderGetRawXmin(tuple->t_data), 0, 0);
}

/*
 * A column that was dropped and added again has lost its values, and two that
 * changed names have changed places, though no row was written.  Columns that
 * the contract does not know may come and go.
 */
static void
visit_column(Look *look, Relation catalog, HeapTuple tuple, void *arg)
{
	Form_pg_attribute column = (Form_pg_attribute) GETSTRUCT(tuple);

	(void) catalog;
	(void) arg;
	if (column->attnum > 0 && !column->attisdropped && zg_silver_knows_column(NameStr(column->attname)))
		appendStringInfo(&look->text, " %d:%s", column->attnum, NameStr(column->attname));
}

/* Look at some relations; returns what is below them. */
static List *
look_at_level(Look *look, const List *relids, int *n)
{
	Level		level = {0};
	TriggersSeen seen = {0};
	List	   *children = NIL;

	visit_rows(look, RelationRelationId, ClassOidIndexId, Anum_pg_class_oid, relids,
			   visit_class, &level);
	visit_rows(look, TriggerRelationId, TriggerRelidNameIndexId, Anum_pg_trigger_tgrelid,
			   level.tables, visit_trigger, &seen);
	look->missing |= seen.complete < list_length(level.tables);
	visit_rows(look, SubscriptionRelRelationId, SubscriptionRelSrrelidSrsubidIndexId,
			   Anum_pg_subscription_rel_srrelid, level.tables, visit_subscription, NULL);
	visit_rows(look, RewriteRelationId, RewriteRelRulenameIndexId, Anum_pg_rewrite_ev_class,
			   level.views, visit_rule, NULL);
	visit_rows(look, ForeignTableRelationId, ForeignTableRelidIndexId,
			   Anum_pg_foreign_table_ftrelid, level.foreign, visit_foreign_table, NULL);
	visit_rows(look, InheritsRelationId, InheritsParentIndexId, Anum_pg_inherits_inhparent,
			   level.parents, visit_child, &children);
	*n = level.n;
	return children;
}

/* Look at a relation and all below it; false when it is not there. */
static bool
look_at_tree(Look *look, Oid root)
{
	List	   *level = list_make1_oid(root);
	bool		found = false;

	/* those of partitions come and go with the root's */
	visit_rows(look, AttributeRelationId, AttributeRelidNumIndexId, Anum_pg_attribute_attrelid,
			   level, visit_column, NULL);
	visit_rows(look, TypeRelationId, TypeOidIndexId, Anum_pg_type_oid,
			   list_make1_oid(get_rel_type_id(root)), visit_row_type, NULL);
	for (int n; level != NIL; found |= n > 0)
		level = look_at_level(look, level, &n);
	return found;
}

/*
 * While gold_state was renamed away, nothing that triggers saw could be noted.
 * The transaction of the schema's catalog row tells that it is back.
 */
static void
look_at_state(Look *look)
{
	Oid			schema = get_namespace_oid("gold_state", true);
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));

	if (!HeapTupleIsValid(tuple))
		return;
	append_numbers(look, schema, HeapTupleHeaderGetRawXmin(tuple->t_data), 0);
	ReleaseSysCache(tuple);
}

/* A hash of the whole, 32 hexadecimal digits. */
static char *
hash_of(const StringInfoData *text)
{
	const unsigned char *bytes = (const unsigned char *) text->data;

	return psprintf("%016llx%016llx",
					(unsigned long long) hash_bytes_extended(bytes, text->len, UINT64CONST(0x9E3779B97F4A7C15)),
					(unsigned long long) hash_bytes_extended(bytes, text->len, UINT64CONST(0xC2B2AE3D27D4EB4F)));
}

static const char *
gap_of(const Look *look)
{
	if (look->impossible)
		return "capture triggers are not possible on it; call zoom_gold.setup()";
	if (look->subscribed)
		return "a subscription fills it, past the capture triggers; call zoom_gold.setup()";
	if (look->missing)
		return "capture triggers are missing or not ENABLE ALWAYS; call zoom_gold.setup()";
	return NULL;
}

static Oid
capture_function(void)
{
	return LookupFuncName(list_make2(makeString("zoom_gold"), makeString("capture")), 0, NULL, false);
}

ZgWatch
zg_watch_relation(const char *name, Oid relid, Snapshot snapshot)
{
	Look		look = {.name = name,.snapshot = snapshot,.capture = capture_function()};
	ZgWatch		watch = {0};

	initStringInfo(&look.text);
	look_at_state(&look);
	if (look_at_tree(&look, relid))
	{
		watch.fingerprint = hash_of(&look.text);
		watch.gap = gap_of(&look);
	}
	pfree(look.text.data);
	return watch;
}

/*
 * relation_fingerprint(relation): NULL when there is none of that oid.
 */
Datum
zg_relation_fingerprint(PG_FUNCTION_ARGS)
{
	ZgWatch		watch = zg_watch_relation("", PG_GETARG_OID(0), GetActiveSnapshot());

	if (watch.fingerprint == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(watch.fingerprint));
}

/*
 * capture_gap(relation, root): why capture triggers miss changes, or NULL.
 */
Datum
zg_capture_gap(PG_FUNCTION_ARGS)
{
	ZgWatch		watch = zg_watch_relation(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_OID(1),
										  GetActiveSnapshot());

	if (watch.gap == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(watch.gap));
}
