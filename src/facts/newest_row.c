/*-------------------------------------------------------------------------
 *
 * newest_row.c
 *	  Of several rows of one key the newest counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/text.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "facts/newest_row.h"
#include "facts/tie_break.h"
#include "silver/event_look.h"
#include "silver/key_variant.h"
#include "state/writer.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

typedef struct Winner
{
	text	   *key;
	uint32		hash;
	char		status;
	bool		taken;
	bool		repeated;		/* several rows */
	bool		spread;			/* rows on several days */
	bool		tied;			/* different rows with the same timestamps */
	DateADT		day;			/* of its first row */
	TimestampTz first_start;	/* of the events that its rows tell of, as far */
	TimestampTz last_start;		/* as they had begun by when they were written */
	TimestampTz version_at;
	TimestampTz load_at;
	uint64		content;
} Winner;

#define SH_PREFIX winner_table
#define SH_ELEMENT_TYPE Winner
#define SH_KEY key
#include "base/text_table.h"

/* the timestamps of a row of a key that has several */
typedef struct Version
{
	uint64		id;				/* hash of key and timestamps */
	char		status;
	uint64		content;
} Version;

#define SH_PREFIX version_table
#define SH_ELEMENT_TYPE Version
#define SH_KEY_TYPE uint64
#define SH_KEY id
#define SH_HASH_KEY(tb, key) ((uint32) (key))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* a key and one of its days */
typedef struct SpreadDay
{
	text	   *key;
	DateADT		day;
} SpreadDay;

struct ZgNewestRows
{
	ZgRun	   *run;
	const ZgSilver *silver;
	winner_table_hash *table;
	version_table_hash *versions;
	ZgIdList   *tied;			/* keys of which rows tie */
	bool		whole;
	SpreadDay  *spread;
	int			nspread;
	int			maxspread;
};

static void
add_spread(ZgNewestRows *winners, text *key, DateADT day)
{
	zg_make_room(CurrentMemoryContext, winners->spread, winners->nspread, winners->maxspread);
	winners->spread[winners->nspread].key = key;
	winners->spread[winners->nspread++].day = day;
}

static bool
is_newer(const Winner *winner, const ZgRow *row, uint64 content)
{
	int			cmp = zg_compare_versions(row->version_at, row->load_at,
										  winner->version_at, winner->load_at);

	return cmp != 0 ? cmp > 0 : content > winner->content;
}

static void
set_winner(Winner *winner, TimestampTz version_at, TimestampTz load_at, uint64 content)
{
	winner->version_at = version_at;
	winner->load_at = load_at;
	winner->content = content;
}

/* Note when the event of a row began, if the row does not tell of a plan. */
static void
note_start(ZgNewestRows *winners, Winner *winner, const ZgRow *row)
{
	int			c = winners->silver->event_column;
	TimestampTz start;

	if (winners->silver->columns[c].type != TIMESTAMPTZOID || row->nulls[c] || row->deleted)
		return;
	start = DatumGetTimestampTz(row->values[c]);
	if (start > row->version_at || TIMESTAMP_NOT_FINITE(start) || start >= ZG_OPEN_END)
		return;
	winner->first_start = Min(winner->first_start, start);
	winner->last_start = Max(winner->last_start, start);
}

/* Note the timestamps of a row: another row of the key may have them, too. */
static void
note_version(ZgNewestRows *winners, Winner *winner, TimestampTz version_at,
			 TimestampTz load_at, uint64 content)
{
	uint64		id = hash_combine64(hash_combine64(zg_text_hash64(winner->key), version_at), load_at);
	bool		found;
	Version    *version = version_table_insert(winners->versions, id, &found);

	if (!found)
		version->content = content;
	else if (version->content != content && !winner->tied)
	{
		winner->tied = true;
		zg_idlist_add(winners->tied, winner->key);
	}
}

static void
note_row(ZgRow *row, void *arg)
{
	ZgNewestRows *winners = arg;
	text	   *key = zg_row_text(row, 0);
	uint64		content;
	bool		found;
	Winner	   *winner;

	if (key == NULL)
		return;
	zg_key_variant_note(winners->run, winners->silver, 0, row->raw_key, key);
	content = zg_row_hash(winners->silver, row);
	winner = winner_table_insert(winners->table, key, &found);
	if (!found)
	{
		winner->key = zg_text_copy(key);
		winner->taken = winner->repeated = winner->spread = winner->tied = false;
		winner->day = row->day;
		winner->first_start = DT_NOEND;
		winner->last_start = DT_NOBEGIN;
		note_start(winners, winner, row);
		set_winner(winner, row->version_at, row->load_at, content);
		return;
	}
	if (!winner->repeated)
		note_version(winners, winner, winner->version_at, winner->load_at, winner->content);
	winner->repeated = true;
	note_start(winners, winner, row);
	note_version(winners, winner, row->version_at, row->load_at, content);
	if (winners->whole && row->day != winner->day)
	{
		if (!winner->spread)
			add_spread(winners, winner->key, winner->day);
		winner->spread = true;
		add_spread(winners, winner->key, row->day);
	}
	if (is_newer(winner, row, content))
		set_winner(winner, row->version_at, row->load_at, content);
}

/* Of a key with ties the newest row was found out. */
static void
correct_winner(const text *key, TimestampTz version_at, TimestampTz load_at,
			   uint64 content, void *arg)
{
	ZgNewestRows *winners = arg;

	set_winner(winner_table_lookup(winners->table, (text *) key), version_at, load_at, content);
}

ZgNewestRows *
zg_newest_rows_find(ZgRun *run, const ZgSilver *silver, const char *where, bool whole)
{
	ZgNewestRows *winners = palloc0(sizeof(ZgNewestRows));
	ZgSource	source = {
		.silver = silver,
		.from = psprintf("%s s", zg_silver_name(run, silver)),
		.deleted = zg_silver_deleted(run, silver),
		.where = where,
	};

	winners->run = run;
	winners->silver = silver;
	winners->whole = whole;
	winners->table = winner_table_create(CurrentMemoryContext, 1024, NULL);
	winners->versions = version_table_create(CurrentMemoryContext, 1024, NULL);
	winners->tied = zg_idlist_create();
	zg_source_read(run, &source, note_row, winners);
	if (!zg_idlist_is_empty(winners->tied))
	{
		zg_key_variants_save(run);
		zg_ties_settle(run, silver, winners->tied, whole, correct_winner, winners);
	}
	else if (whole)
		zg_ties_forget(silver);
	return winners;
}

bool
zg_newest_rows_take(ZgNewestRows *winners, const ZgRow *row)
{
	text	   *key = zg_row_text(row, 0);
	Winner	   *winner;

	if (key == NULL)
		return true;
	winner = winner_table_lookup(winners->table, key);
	if (winner == NULL || winner->taken || winner->version_at != row->version_at ||
		winner->load_at != row->load_at ||
		winner->content != zg_row_hash(winners->silver, row))
		return false;
	winner->taken = true;
	return true;
}

bool
zg_newest_rows_repeat(ZgNewestRows *winners, const text *key)
{
	const Winner *winner = winner_table_lookup(winners->table, (text *) key);

	return winner != NULL && winner->repeated;
}

bool
zg_newest_rows_reused(ZgNewestRows *winners, const ZgRow *row)
{
	const Winner *winner = winner_table_lookup(winners->table, zg_row_text(row, 0));

	return winner != NULL && winner->first_start <= winner->last_start &&
		zg_starts_apart(winner->first_start, winner->last_start);
}

void
zg_newest_rows_save_spread(ZgNewestRows *winners)
{
	static const char *const columns[] = {"relation", "key", "day"};
	Oid			type = TEXTOID;
	Datum		name = CStringGetTextDatum(winners->silver->name);
	ZgWriter   *writer;

	zg_execute("DELETE FROM gold_state.spread_key WHERE relation = $1", 1, &type, &name, NULL);
	writer = zg_writer_open(zg_table_oid("gold_state", "spread_key"),
							columns, lengthof(columns));
	for (int i = 0; i < winners->nspread; i++)
	{
		Datum		values[3] = {name, PointerGetDatum(winners->spread[i].key),
		DateADTGetDatum(winners->spread[i].day)};
		bool		nulls[3] = {false};

		zg_writer_insert(writer, values, nulls);
	}
	zg_writer_close(writer);
}

bool
zg_spread_in_scope(ZgRun *run, const ZgSilver *silver, const ZgScope *scope)
{
	Oid			types[] = {TEXTOID, DATEARRAYOID};
	Datum		args[] = {CStringGetTextDatum(silver->name), zg_scope_days(scope)};

	return zg_query_finds(run, psprintf("SELECT FROM gold_state.spread_key WHERE relation = $1 AND %s",
										zg_scope_condition(scope, "day")), 2, types, args);
}
