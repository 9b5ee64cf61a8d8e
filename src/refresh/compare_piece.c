/*-------------------------------------------------------------------------
 *
 * compare_piece.c
 *	  Comparing a relation with gold month by month.
 *
 * What capture cannot see is looked for without being asked.  To read years
 * for that at once would cost one refresh what all others together save, so
 * each refresh takes the months whose turn it is.  Their days are computed
 * anew as if they had been captured.  What a month alone does not tell is
 * asked for: the other days of keys that are new to theirs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "refresh/compare_piece.h"
#include "silver/day_key.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* a key on a day, as hashes */
typedef struct DayKey
{
	uint64		hash;
	bool		seen;			/* in silver */
	char		status;
} DayKey;

#define SH_PREFIX day_key
#define SH_ELEMENT_TYPE DayKey
#define SH_KEY_TYPE uint64
#define SH_KEY hash
#define SH_HASH_KEY(tb, key) ((uint32) (key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* reading one piece */
typedef struct PieceRead
{
	const ZgPieceVisitor *visitor;
	day_key_hash *known;		/* what the state has */
	DateADT		last_day;		/* reported last */
	bool		has_day;
} PieceRead;

/* columns of due_pieces() */
enum
{
	DUE_FROM, DUE_TO, DUE_WHOLE, DUE_NEXT_AT
};

/* Row callback */
static void
read_due(TupleTableSlot *slot, void *arg)
{
	ZgPieces   *pieces = arg;

	slot_getallattrs(slot);
	pieces->next_at = DatumGetTimestampTz(slot->tts_values[DUE_NEXT_AT]);
	if (slot->tts_isnull[DUE_FROM])
		return;
	zg_make_lean_room(CurrentMemoryContext, pieces->from, pieces->n);
	zg_make_lean_room(CurrentMemoryContext, pieces->to, pieces->n);
	pieces->from[pieces->n] = DatumGetDateADT(slot->tts_values[DUE_FROM]);
	pieces->to[pieces->n++] = DatumGetDateADT(slot->tts_values[DUE_TO]);
	pieces->whole = DatumGetBool(slot->tts_values[DUE_WHOLE]);
}

ZgPieces *
zg_pieces_due(ZgRun *run, const ZgSilver *silver, const Interval *span)
{
	ZgPieces   *pieces = palloc0(sizeof(ZgPieces));
	Oid			types[] = {TEXTOID, INTERVALOID, TIMESTAMPTZOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), IntervalPGetDatum(span),
	TimestampTzGetDatum(run->now)};

	zg_query(run, "SELECT from_day, to_day, whole, next_at FROM zoom_gold.due_pieces($1, $2, $3)",
			 lengthof(types), types, args, read_due, pieces);
	return pieces;
}

static uint64
hash_day_key(DateADT day, uint64 key_hash)
{
	return hash_combine64(key_hash, murmurhash32((uint32) day));
}

/* Report a day, unless it was the last one. */
static void
visit_day(PieceRead *read, DateADT day)
{
	if (read->has_day && day == read->last_day)
		return;
	read->has_day = true;
	read->last_day = day;
	read->visitor->day(day, read->visitor->arg);
}

/* Row callback: day, keys; of the state */
static void
read_slice(TupleTableSlot *slot, void *arg)
{
	PieceRead  *read = arg;
	DateADT		day;
	bytea	   *bytes;
	int			n;

	slot_getallattrs(slot);
	day = DatumGetDateADT(slot->tts_values[0]);
	bytes = DatumGetByteaPCopy(slot->tts_values[1]);
	n = VARSIZE_ANY_EXHDR(bytes) / sizeof(uint64);
	visit_day(read, day);
	for (int i = 0; i < n; i++)
	{
		uint64		key;
		bool		found;

		memcpy(&key, VARDATA_ANY(bytes) + i * sizeof(uint64), sizeof(uint64));
		day_key_insert(read->known, hash_day_key(day, key), &found)->seen = false;
	}
	pfree(bytes);
}

/* Is the key known on the day?  Notes that silver has it. */
static bool
is_known(PieceRead *read, DateADT day, const text *key)
{
	DayKey	   *entry = day_key_lookup(read->known, hash_day_key(day, zg_text_hash64(key)));

	if (entry == NULL)
		return false;
	entry->seen = true;
	return true;
}

/* Key handler: of silver */
static void
read_silver(DateADT day, text *raw, text *key, void *arg)
{
	PieceRead  *read = arg;

	visit_day(read, day);
	if (key != NULL && (!is_known(read, day, key) || read->visitor->every_key))
		read->visitor->key(zg_text_copy(raw), read->visitor->arg);
}

static bool
has_lost_key(day_key_hash *known)
{
	day_key_iterator iterator;
	DayKey	   *entry;

	day_key_start_iterate(known, &iterator);
	while ((entry = day_key_iterate(known, &iterator)) != NULL)
		if (!entry->seen)
			return true;
	return false;
}

/* Read one piece; returns whether a day has lost a key. */
static bool
read_piece(ZgRun *run, const ZgSilver *silver, DateADT from, DateADT to,
		   const ZgPieceVisitor *visitor)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "zoom_gold piece",
												  ALLOCSET_DEFAULT_SIZES);
	PieceRead	read = {
		.visitor = visitor,
		.known = day_key_create(context, 1024, NULL),
	};
	Oid			types[] = {TEXTOID, DATEOID, DATEOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), DateADTGetDatum(from), DateADTGetDatum(to)};
	bool		lost;

	zg_query(run, "SELECT day, keys FROM gold_state.slice"
			 " WHERE relation = $1 AND day >= $2 AND (day < $3 OR $3 = 'infinity')",
			 lengthof(types), types, args, read_slice, &read);
	zg_silver_read_keys(run, silver, zg_silver_range_restriction(silver, from, to), read_silver, &read);
	lost = has_lost_key(read.known);
	MemoryContextDelete(context);
	return lost;
}

bool
zg_pieces_read(ZgRun *run, const ZgSilver *silver, const ZgPieces *pieces,
			   const ZgPieceVisitor *visitor)
{
	bool		lost = false;

	for (int i = 0; i < pieces->n; i++)
		lost |= read_piece(run, silver, pieces->from[i], pieces->to[i], visitor);
	return lost;
}

void
zg_pieces_note(ZgRun *run, const ZgSilver *silver, const ZgPieces *pieces)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID, DATEARRAYOID, TIMESTAMPTZOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), TimestampTzGetDatum(run->now), 0, 0};

	if (pieces != NULL)
	{
		args[2] = zg_date_array(pieces->from, pieces->n);
		args[3] = TimestampTzGetDatum(pieces->next_at);
	}
	zg_execute("SELECT zoom_gold.note_compared($1, $2, $3, $4)", lengthof(types), types, args,
			   pieces == NULL ? "  nn" : NULL);
}
