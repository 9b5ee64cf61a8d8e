/*-------------------------------------------------------------------------
 *
 * own_layout.c
 *	  Columns of users beyond the contract that were renamed.
 *
 * What a version keeps of them it keeps by name.  A column is known by its
 * number in its table, which a new name does not change: where the last refresh
 * found another name under a number, what is kept is given the new one, and with
 * it the sums of hashes that tell what silver holds.  In silver that is what
 * events and pending changes hold, in gold what is declared of a column.
 * Numbers mean something only in the table and catalog that they are of: after
 * a dump is restored, or where another table has taken the place, nothing counts
 * as renamed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "base/array.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "history/event.h"
#include "silver/own_column.h"
#include "state/query.h"
#include "users/own_layout.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* finding */

static Datum
layout_of(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	Datum		layout = zg_own_layout(RelationGetDescr(rel), &zg_silver[ZG_USERS], relid);

	relation_close(rel, NoLock);
	return layout;
}

/* Row callback: renamed in silver, renamed in gold, silver_changed, gold_changed */
static void
read_layout(TupleTableSlot *slot, void *arg)
{
	ZgOwnLayout *layout = arg;

	slot_getallattrs(slot);
	layout->comparable = true;
	if (!slot->tts_isnull[0])
		layout->silver_names = PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[0]));
	if (!slot->tts_isnull[1])
		layout->gold_names = PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[1]));
	layout->silver_changed = DatumGetBool(slot->tts_values[2]);
	layout->gold_changed = DatumGetBool(slot->tts_values[3]);
}

ZgOwnLayout
zg_own_layout_find(ZgRun *run)
{
	ZgOwnLayout layout = {
		.silver = layout_of(zg_silver_relid(run, &zg_silver[ZG_USERS])),
		.gold = layout_of(zg_table_oid("gold", "go_dim_user")),
	};
	Oid			types[] = {JSONBOID, JSONBOID};
	Datum		args[] = {layout.silver, layout.gold};

	zg_query(run, "SELECT zoom_gold.renamed_columns(own_layout, $1), zoom_gold.renamed_columns(gold_layout, $2),"
			 " coalesce(own_layout <> $1, false) OR EXISTS (SELECT FROM gold_state.user_change c WHERE c.layout <> $1),"
			 " coalesce(gold_layout <> $2, false)"
			 " FROM gold_state.relation_state WHERE relation = 'si_users' AND catalog = zoom_gold.catalog_id()",
			 2, types, args, read_layout, &layout);
	return layout;
}

/* what events with other keys do to the sums of hashes */

typedef struct HashChange
{
	int32		ordinal;
	char		status;
	uint64		by;
} HashChange;

#define SH_PREFIX hash_changes
#define SH_ELEMENT_TYPE HashChange
#define SH_KEY_TYPE int32
#define SH_KEY ordinal
#include "base/number_table.h"

/* Row handler over events; extra: ordinal, op, extra, extra with other keys */
static void
add_hash_change(ZgRow *row, void *arg)
{
	hash_changes_hash *changes = arg;
	const Datum *values = row->slot->tts_values + row->nextra - 1;
	const ZgSilver *silver = &zg_silver[ZG_USERS];
	uint64		by = zg_raw_row_hash(silver, row->slot, row->nextra + 3, NULL) -
	zg_raw_row_hash(silver, row->slot, row->nextra + 2, NULL);
	HashChange *change;
	bool		found;

	change = hash_changes_insert(changes, DatumGetInt32(values[0]), &found);
	if (!found)
		change->by = 0;
	change->by += DatumGetChar(values[1]) == 'I' ? by : -by;
}

/* the users whose sums change, and how */
typedef struct Sums
{
	hash_changes_hash *changes;
	Datum	   *ordinals;
	Datum	   *hashes;
	int			n;
} Sums;

/* Row callback: ordinal, live_hash */
static void
change_sum(TupleTableSlot *slot, void *arg)
{
	Sums	   *sums = arg;
	HashChange *change;

	slot_getallattrs(slot);
	change = hash_changes_lookup(sums->changes, DatumGetInt32(slot->tts_values[0]));
	if (change == NULL)
		return;
	sums->ordinals[sums->n] = slot->tts_values[0];
	sums->hashes[sums->n++] = Int64GetDatum((int64) ((uint64) DatumGetInt64(slot->tts_values[1]) + change->by));
}

/* Change the sums of the users' live rows as the keys of their events are. */
static void
follow_in_sums(ZgRun *run, Datum names)
{
	ZgSource	events = {
		.silver = &zg_silver[ZG_USERS],
		.from = "gold_state.user_event s LEFT JOIN (SELECT ordinal, max(seq) AS seq"
		" FROM gold_state.user_event WHERE op = 'T' GROUP BY ordinal) t ON t.ordinal = s.ordinal",
		.where = "s.op <> 'T' AND (greatest(s.seq, s.tx) > t.seq) IS NOT FALSE"
		" AND s.extra ?| ARRAY(SELECT jsonb_object_keys($1))",
		.extra = "s.ordinal, s.op, s.extra, zoom_gold.rename_keys(s.extra, $1)",
		.nargs = 1,
		.argtypes = {JSONBOID},
		.args = {names},
	};
	Sums		sums = {.changes = hash_changes_create(CurrentMemoryContext, 1024, NULL)};
	Oid			types[] = {INT4ARRAYOID, INT8ARRAYOID};
	Datum		args[2];

	zg_source_read(run, &events, add_hash_change, sums.changes);
	sums.ordinals = palloc_extended(Max(sums.changes->members, 1) * sizeof(Datum), MCXT_ALLOC_HUGE);
	sums.hashes = palloc_extended(Max(sums.changes->members, 1) * sizeof(Datum), MCXT_ALLOC_HUGE);
	zg_query(run, "SELECT ordinal, live_hash FROM gold_state.user_identity WHERE live_rows > 0",
			 0, NULL, NULL, change_sum, &sums);
	args[0] = zg_int4_array(sums.ordinals, sums.n);
	args[1] = zg_int8_array(sums.hashes, sums.n);
	zg_execute("UPDATE gold_state.user_identity i SET live_hash = n.hash"
			   " FROM unnest($1, $2) AS n (ordinal, hash) WHERE i.ordinal = n.ordinal", 2, types, args, NULL);
	hash_changes_destroy(sums.changes);
}

/* following */

/* Columns of silver: what was kept up to the last refresh has their old names. */
static void
follow_in_events(ZgRun *run, Datum names)
{
	Oid			type = JSONBOID;

	follow_in_sums(run, names);
	zg_execute("UPDATE gold_state.user_event e SET extra = zoom_gold.rename_keys(e.extra, $1)"
			   " WHERE e.extra ?| ARRAY(SELECT jsonb_object_keys($1))", 1, &type, &names, NULL);
}

/* What is pending says itself under which names it was captured. */
static void
follow_in_changes(const ZgOwnLayout *layout)
{
	Oid			type = JSONBOID;
	Datum		now = layout->silver;

	zg_execute("UPDATE gold_state.user_change c SET layout = $1,"
			   " extra = zoom_gold.rename_keys(c.extra, zoom_gold.renamed_columns(c.layout, $1))"
			   " WHERE c.layout <> $1 AND c.op <> 'T' AND zoom_gold.renamed_columns(c.layout, $1) IS NOT NULL",
			   1, &type, &now, NULL);
}

void
zg_own_layout_follow(ZgRun *run, const ZgOwnLayout *layout)
{
	Oid			type = JSONBOID;

	if (layout->silver_names != 0)
		follow_in_events(run, layout->silver_names);
	if (layout->gold_names != 0)
		zg_execute("SELECT zoom_gold.rename_tracked($1)", 1, &type, &layout->gold_names, NULL);
	if (layout->comparable)
		follow_in_changes(layout);
}

void
zg_own_layout_save(const ZgOwnLayout *layout)
{
	Oid			types[] = {JSONBOID, JSONBOID};
	Datum		args[] = {layout->silver, layout->gold};

	zg_execute("UPDATE gold_state.relation_state SET own_layout = $1, gold_layout = $2"
			   " WHERE relation = 'si_users' AND (own_layout, gold_layout) IS DISTINCT FROM ($1, $2)",
			   2, types, args, NULL);
}
