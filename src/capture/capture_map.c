/*-------------------------------------------------------------------------
 *
 * capture_map.c
 *	  How the rows of one silver table become pending rows.
 *
 * Columns are found by name, so that a silver table may have them in any
 * order, of a similar type, and more of them than the contract knows.  What
 * was found is kept per backend until an invalidation says that it may have
 * changed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "base/compat.h"
#include "capture/capture_map.h"
#include "capture/pending_change.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "silver/event_look.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* a map in the cache */
typedef struct Entry
{
	Oid			relid;			/* the silver table; hash key, must be first */
	Oid			pending;
	bool		valid;
	MemoryContext context;		/* owns the map */
	ZgCaptureMap *map;
} Entry;

static HTAB *entries = NULL;

static char *
relation_name(Relation rel)
{
	return psprintf("%s.%s", get_namespace_name(RelationGetNamespace(rel)),
					RelationGetRelationName(rel));
}

/* The attribute of that name, or NULL. */
static Form_pg_attribute
seek_attribute(Relation rel, const char *name)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	return NULL;
}

/* The same; errors when the table lacks it. */
static Form_pg_attribute
find_attribute(Relation rel, const char *name)
{
	Form_pg_attribute att = seek_attribute(rel, name);

	if (att != NULL)
		return att;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("relation \"%s\" lacks column \"%s\"", relation_name(rel), name),
			 errdetail("Changes of silver cannot be captured without it."),
			 errhint("Put the column back, or call zoom_gold.teardown() to stop capturing.")));
}

static Var *
attribute_var(Form_pg_attribute att)
{
	return makeVar(1, att->attnum, att->atttypid, att->atttypmod,
				   att->attcollation, 0);
}

/*
 * Prepare reading a column of silver as the given type.
 */
static ExprState *
prepare_column(ZgCaptureMap *map, Relation rel, Form_pg_attribute att,
			   Oid type, int32 typmod)
{
	Node	   *expr = coerce_to_target_type(NULL, (Node *) attribute_var(att),
											 att->atttypid, type, typmod,
											 COERCION_EXPLICIT,
											 COERCE_EXPLICIT_CAST, -1);

	if (zg_is_virtual(att))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of relation \"%s\" is a virtual generated column",
						NameStr(att->attname), relation_name(rel)),
				 errdetail("Triggers do not see its value."),
				 errhint("Make it a stored one, or call zoom_gold.teardown() to stop capturing.")));
	if (expr == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, which cannot be read as %s",
						NameStr(att->attname), relation_name(rel),
						format_type_be(att->atttypid), format_type_be(type)),
				 errhint("Change the column's type, or call zoom_gold.teardown() to stop capturing.")));
	if (!IsA(expr, Var) && !IsA(expr, RelabelType))
	{
		map->neutral = true;
		map->plain = false;
	}
	return ExecInitExpr(expression_planner((Expr *) expr), NULL);
}

/* The table that a partition is one of in the end; the table itself else. */
static Oid
top_of(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	List	   *ancestors = rel->rd_rel->relispartition ? get_partition_ancestors(relid) : NIL;

	return ancestors == NIL ? relid : llast_oid(ancestors);
}

/* Does it inherit, without being a partition? */
static bool
is_heir(Relation rel)
{
	return !rel->rd_rel->relispartition && has_superclass(RelationGetRelid(rel));
}

/* Must have all columns of the contract: one that it lacks would be lost. */
static void
check_pending_columns(Relation pending, const ZgSilver *silver)
{
	for (int i = 0; i < silver->ncolumns; i++)
		(void) find_attribute(pending, silver->columns[i].name);
}

/* Columns of a user's own are not filled: none may need a value. */
static void
check_own_columns(Relation pending)
{
	TupleDesc	desc = RelationGetDescr(pending);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		const char *name = NameStr(att->attname);

		if (!att->attisdropped && att->attnotnull && !zg_pending_owns(name))
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("column \"%s\" of relation \"%s\" is NOT NULL", name, relation_name(pending)),
					 errdetail("Changes of silver are kept there, with nothing in it."),
					 errhint("ALTER TABLE gold_state.%s ALTER COLUMN %s DROP NOT NULL.",
							 quote_identifier(RelationGetRelationName(pending)), quote_identifier(name))));
	}
}

/* The tables that one inherits from. */
static List *
parents_of(Oid relid)
{
	List	   *parents = NIL;
	Relation	catalog = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(catalog, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		parents = lappend_oid(parents, ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return parents;
}

/* The nearest table of the relation's name that an heir is or inherits from; InvalidOid = none. */
static Oid
inherited_from(Relation heir, const ZgSilver *silver)
{
	List	   *line = list_make1_oid(RelationGetRelid(heir));
	ListCell   *cell;

	foreach(cell, line)
	{
		const char *name = get_rel_name(lfirst_oid(cell));

		if (name != NULL && strcmp(name, silver->name) == 0)
			return lfirst_oid(cell);
		line = list_concat_unique_oid(line, parents_of(lfirst_oid(cell)));
	}
	return InvalidOid;
}

/*
 * A table's columns as its relation has them: who reads that sees of an heir
 * none that it does not inherit, and neither do triggers but those of the heir.
 */
static TupleDesc
seen_columns(Relation rel, const ZgSilver *silver)
{
	Oid			root = is_heir(rel) ? inherited_from(rel, silver) : InvalidOid;
	TupleDesc	desc;

	if (!OidIsValid(root))
		return RelationGetDescr(rel);
	desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (get_attnum(root, NameStr(att->attname)) == InvalidAttrNumber)
			att->attisdropped = true;
	}
	return desc;
}

/* How rows are known again that are not kept. */
static void
prepare_print(ZgCaptureMap *map)
{
	map->print = zg_row_print_prepare(map->silver, map->slot->tts_tupleDescriptor, 1);
	map->neutral |= zg_row_print_heeds_settings(map->print);
	map->plain &= zg_row_print_is_plain(map->print);
}

/* Users and tickets: the columns of the pending table that silver fills. */
static void
prepare_rows(ZgCaptureMap *map, Relation rel, Relation pending_rel)
{
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(pending_rel));

	check_pending_columns(pending_rel, map->silver);
	map->extra_target = zg_pending_column(pending_rel, ZG_PENDING_EXTRA);
	if (map->silver == &zg_silver[ZG_USERS])
		map->layout_target = zg_pending_column(pending_rel, ZG_PENDING_LAYOUT);
	map->desc = desc;
	map->values = palloc0(desc->natts * sizeof(Datum));
	map->nulls = palloc(desc->natts * sizeof(bool));
	memset(map->nulls, true, desc->natts * sizeof(bool));
	map->columns = palloc(desc->natts * sizeof(ZgCapturedColumn));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute target = TupleDescAttr(desc, i);
		ZgCapturedColumn *column = &map->columns[map->ncolumns];
		Form_pg_attribute att;

		if (target->attisdropped || !zg_silver_has_column(map->silver, NameStr(target->attname)))
			continue;
		att = find_attribute(rel, NameStr(target->attname));
		column->target = target->attnum;
		column->expr = prepare_column(map, rel, att, target->atttypid,
									  target->atttypmod);
		map->ncolumns++;
	}
	map->extra = zg_own_keeper(seen_columns(rel, map->silver), map->silver);
	/* an heir's numbers are not those of its parents */
	if (map->extra != NULL && map->silver == &zg_silver[ZG_USERS] && !is_heir(rel))
		map->layout = zg_own_layout(RelationGetDescr(rel), map->silver, top_of(rel));
	if (map->extra != NULL)
	{
		map->neutral = true;
		map->plain &= zg_own_keeper_is_plain(map->extra);
	}
}

/* Prepare what only warnings need: NULL = there is no such column, or it needs a cast. */
static ExprState *
prepare_plain(Relation rel, const char *name, Oid type)
{
	Form_pg_attribute att = seek_attribute(rel, name);

	if (att == NULL || att->atttypid != type || zg_is_virtual(att))
		return NULL;
	return ExecInitExpr((Expr *) attribute_var(att), NULL);
}

static void
prepare_look(ZgCaptureMap *map, Relation rel)
{
	bool		meetings = map->silver == &zg_silver[ZG_MEETINGS];

	map->end = prepare_plain(rel, "end_time", TIMESTAMPTZOID);
	map->topic = prepare_plain(rel, meetings ? "meeting_topic" : "webinar_topic", TEXTOID);
	map->minutes = meetings ? prepare_plain(rel, "duration_minutes", INT4OID) : NULL;
	map->updated = prepare_plain(rel, "update_timestamp", TIMESTAMPTZOID);
	map->loaded = prepare_plain(rel, "load_timestamp", TIMESTAMPTZOID);
}

/* The other relations: the key, the event and what knows the row again. */
static void
prepare_slice(ZgCaptureMap *map, Relation rel)
{
	const ZgSilverColumn *key = &map->silver->columns[0];
	const ZgSilverColumn *event = &map->silver->columns[map->silver->event_column];

	map->key = prepare_column(map, rel, find_attribute(rel, key->name),
							  TEXTOID, -1);
	map->event = prepare_column(map, rel, find_attribute(rel, event->name),
								event->type, -1);
	map->event_is_date = event->type == DATEOID;
	if (zg_events_recur(map->silver))
		prepare_look(map, rel);
	prepare_print(map);
}

/*
 * Relcache callback: a table of silver or one of ours may have changed;
 * InvalidOid is any table.
 */
static void
forget_table(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	Entry	   *entry;

	(void) arg;
	hash_seq_init(&scan, entries);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (!OidIsValid(relid) || entry->relid == relid || entry->pending == relid)
			entry->valid = false;
}

/* Syscache callback: a cast that an expression uses may have changed. */
static void
forget_casts(Datum arg, int cacheid, uint32 hashvalue)
{
	(void) cacheid;
	(void) hashvalue;
	forget_table(arg, InvalidOid);
}

static void
create_cache(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Entry)};

	entries = hash_create("zoom_gold capture maps", 16, &control,
						  HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(forget_table, (Datum) 0);
	CacheRegisterSyscacheCallback(CASTSOURCETARGET, forget_casts, (Datum) 0);
}

/*
 * Has a table that is still watched been renamed away, as a rebuild does, or
 * detached?  Then another one is silver now.  A partition whose concurrent
 * detachment was cut off is still marked as one, but has no ancestors.
 */
static bool
is_retired(Relation rel, const ZgSilver *silver)
{
	if (is_heir(rel))
		return false;
	return strcmp(get_rel_name(top_of(rel)), silver->name) != 0;
}

/* Make the map; everything is palloc'd in the current context. */
static ZgCaptureMap *
make_map(Relation rel, const ZgSilver *silver, Oid pending)
{
	ZgCaptureMap *map = palloc0(sizeof(ZgCaptureMap));
	Relation	pending_rel = table_open(pending, NoLock);

	map->silver = silver;
	map->retired = is_retired(rel, silver);
	map->plain = zg_pending_is_plain(pending_rel, silver);
	if (map->retired)
	{
		table_close(pending_rel, NoLock);
		return map;
	}
	check_own_columns(pending_rel);
	map->slot = MakeSingleTupleTableSlot(CreateTupleDescCopyConstr(RelationGetDescr(rel)),
										 &TTSOpsMinimalTuple);
	map->econtext = CreateStandaloneExprContext();
	map->econtext->ecxt_scantuple = map->slot;
	if (zg_pending_keeps_rows(silver))
		prepare_rows(map, rel, pending_rel);
	else
		prepare_slice(map, rel);
	table_close(pending_rel, NoLock);
	return map;
}

/*
 * The map of a silver table, made anew when something has changed.
 */
ZgCaptureMap *
zg_capture_map(Relation rel, const ZgSilver *silver, Oid pending)
{
	Oid			relid = RelationGetRelid(rel);
	MemoryContext old;
	Entry	   *entry;
	bool		found;

	if (entries == NULL)
		create_cache();
	entry = hash_search(entries, &relid, HASH_ENTER, &found);
	if (!found)
	{
		entry->valid = false;
		entry->context = NULL;
	}
	if (entry->valid && entry->map->silver == silver && entry->pending == pending)
		return entry->map;

	entry->valid = false;
	entry->pending = pending;
	if (entry->context == NULL)
		entry->context = AllocSetContextCreate(CacheMemoryContext,
											   "zoom_gold capture map",
											   ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(entry->context);
	old = MemoryContextSwitchTo(entry->context);
	entry->map = make_map(rel, silver, pending);
	MemoryContextSwitchTo(old);
	entry->valid = true;
	return entry->map;
}

/* A map that was made, and that nothing has changed since, was made without an error. */
bool
zg_capture_is_plain(Relation rel, const ZgSilver *silver, Oid pending)
{
	Oid			relid = RelationGetRelid(rel);
	const Entry *entry = entries == NULL ? NULL : hash_search(entries, &relid, HASH_FIND, NULL);

	return OidIsValid(pending) && entry != NULL && entry->valid &&
		entry->map->silver == silver && entry->pending == pending && entry->map->plain;
}
