/*-------------------------------------------------------------------------
 *
 * compaction.c
 *	  Forgetting kept events that cannot count any more.
 *
 * Loads that stamp all rows anew, and change nothing else, leave two events of
 * each: the row went, and came with another load_timestamp.  Of such a version
 * the first and the last load count (see timeline.c), so that of three in a row
 * the middle one is dropped, and the row that the third took away is said to be
 * the one of the first.  How often a table is loaded anew costs nothing then.
 *
 * Alike are rows that are so in every column, whether it is tracked or not, and
 * what breaks a rule parts loads as well: what rules and tracked columns make of
 * rows can change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/grow.h"
#include "base/sort.h"
#include "history/compaction.h"
#include "history/key_state.h"

/* a deletion that is to name the same row as it was loaded earlier */
typedef struct Renamed
{
	ItemPointerData tid;
	NullableDatum load;
} Renamed;

struct ZgCompaction
{
	const char *table;
	MemoryContext context;
	ItemPointerData *dropped;
	int64		ndropped;
	int64		maxdropped;
	Renamed    *renamed;
	int64		nrenamed;
	int64		maxrenamed;
};

/* what a transaction did to a key: events [first, last) */
typedef struct Turn
{
	int			first;
	int			last;
	bool		reloads;		/* it loaded all rows that it took anew, and
								 * did no more */
} Turn;

/* what is found out about an event, beside it */
typedef struct Found
{
	int			loads_anew;		/* the row that it is, loaded later, or -1 */
	int			loaded_anew_by; /* the one that is that row, loaded later, or
								 * -1 */
	int			run;			/* of rows of a version, all alike, that
								 * nothing else of it parts; 0 = of none */
	bool		overtakes;		/* newer than what came before its run */
} Found;

/* a key's events, while it is found out which are dropped */
typedef struct Search
{
	ZgEvent    *events;
	int			n;
	Found	   *found;
	Turn	   *turns;
	int			nturns;
	int		   *came;			/* in the turn, sorted */
	int		   *went;
} Search;

ZgCompaction *
zg_compaction_begin(const ZgSilver *silver)
{
	ZgCompaction *compaction = palloc0(sizeof(ZgCompaction));

	compaction->table = silver->event_column < 0 ? zg_user_tables.event : zg_ticket_tables.event;
	compaction->context = CurrentMemoryContext;
	return compaction;
}

/* alike rows next to each other, in the order in which they were loaded */
static int
by_row(const void *a, const void *b, void *arg)
{
	const ZgEvent *x = (const ZgEvent *) arg + *(const int *) a;
	const ZgEvent *y = (const ZgEvent *) arg + *(const int *) b;
	int			cmp;

	if ((cmp = zg_compare_int64(x->version_at, y->version_at)) != 0 ||
		(cmp = (x->bare_hash > y->bare_hash) - (x->bare_hash < y->bare_hash)) != 0)
		return cmp;
	return zg_compare_int64(x->load_at, y->load_at);
}

/* Add to the nwent rows that went those that others could see and the TRUNCATE at by took. */
static void
collect_emptied(const Search *search, int first, int by, int *nwent)
{
	for (int i = 0; i < first; i++)
		if (search->events[i].gone_by == by)
			search->went[(*nwent)++] = i;
}

/*
 * Collect the rows that a transaction took and those that came; returns false
 * when it wrote any that it took itself.
 */
static bool
collect_rows(const Search *search, const Turn *turn, int *ncame, int *nwent)
{
	*ncame = *nwent = 0;
	for (int i = turn->first; i < turn->last; i++)
	{
		const ZgEvent *event = &search->events[i];

		if (event->op == 'T')
			collect_emptied(search, turn->first, i, nwent);
		else if (event->op == 'I')
			search->came[(*ncame)++] = i;
		else
			search->went[(*nwent)++] = event->took;
		if (event->op == 'I' ? event->gone_by >= 0 && event->gone_by < turn->last :
			event->op == 'D' && (event->took < 0 || event->took >= turn->first))
			return false;
	}
	return true;
}

/* Are all rows that a transaction took those that came, which were loaded later? */
static bool
find_reloads(Search *search, const Turn *turn)
{
	int			ncame;
	int			nwent;

	if (!collect_rows(search, turn, &ncame, &nwent) || ncame != nwent || ncame == 0)
		return false;
	qsort_arg(search->came, ncame, sizeof(int), by_row, search->events);
	qsort_arg(search->went, nwent, sizeof(int), by_row, search->events);
	for (int i = 0; i < ncame; i++)
	{
		const ZgEvent *came = &search->events[search->came[i]];
		const ZgEvent *went = &search->events[search->went[i]];

		if (came->version_at != went->version_at || came->bare_hash != went->bare_hash ||
			came->life != went->life || came->rejected != went->rejected ||
			came->effective_at < went->effective_at || came->load_at <= went->last_load)
			return false;
	}
	for (int i = 0; i < ncame; i++)
	{
		search->found[search->came[i]].loads_anew = search->went[i];
		search->found[search->went[i]].loaded_anew_by = search->came[i];
	}
	return true;
}

/* Part the events into transactions; returns whether two in a row load rows anew. */
static bool
find_turns(Search *search)
{
	bool		found = false;

	for (int first = 0, last; first < search->n; first = last)
	{
		Turn	   *turn = &search->turns[search->nturns++];

		for (last = first + 1; last < search->n &&
			 search->events[last].tx == search->events[first].tx; last++)
			 /* the transaction goes on */ ;
		turn->first = first;
		turn->last = last;
		turn->reloads = find_reloads(search, turn);
		found |= turn->reloads && search->nturns > 1 && turn[-1].reloads;
	}
	return found;
}

/* by version timestamp, in the order of capture */
static int
by_version(const void *a, const void *b, void *arg)
{
	const ZgEvent *events = arg;
	int			x = *(const int *) a;
	int			y = *(const int *) b;
	int			cmp = zg_compare_int64(events[x].version_at, events[y].version_at);

	return cmp != 0 ? cmp : x - y;
}

/* How many of n rows belong to the transaction of the first? */
static int
transaction_length(const ZgEvent *events, const int *rows, int n)
{
	int			length = 1;

	while (length < n && events[rows[length]].tx == events[rows[0]].tx)
		length++;
	return length;
}

static bool
all_alike(const ZgEvent *events, const int *rows, int n)
{
	for (int i = 1; i < n; i++)
		if (events[rows[i]].bare_hash != events[rows[0]].bare_hash)
			return false;
	return true;
}

/* Part the n rows of a version, in the order of capture, into runs; nruns are known before. */
static int
part_version(Search *search, const int *rows, int n, int nruns)
{
	const ZgEvent *events = search->events;
	const ZgEvent *newest = NULL;	/* of those before the run */
	const ZgEvent *newest_now = NULL;
	int			previous = -1;	/* a row of the run, or -1 */

	for (int first = 0, length; first < n; first += length)
	{
		bool		alike;

		length = transaction_length(events, rows + first, n - first);
		alike = all_alike(events, rows + first, length);
		if (!alike || previous < 0 || events[previous].bare_hash != events[rows[first]].bare_hash)
		{
			nruns++;
			newest = newest_now;
		}
		previous = alike ? rows[first] : -1;
		for (int i = first; i < first + length; i++)
		{
			const ZgEvent *event = &events[rows[i]];

			search->found[rows[i]].run = alike ? nruns : 0;
			search->found[rows[i]].overtakes = newest == NULL || zg_event_compare(event, newest) > 0;
			if (newest_now == NULL || zg_event_compare(event, newest_now) > 0)
				newest_now = event;
		}
	}
	return nruns;
}

static void
find_runs(Search *search)
{
	const ZgEvent *events = search->events;
	int		   *rows = palloc(search->n * sizeof(int));
	int			n = 0;
	int			nruns = 0;

	for (int i = 0; i < search->n; i++)
		if (events[i].op == 'I')
			rows[n++] = i;
	qsort_arg(rows, n, sizeof(int), by_version, search->events);
	for (int first = 0, last; first < n; first = last)
	{
		for (last = first + 1; last < n &&
			 events[rows[last]].version_at == events[rows[first]].version_at; last++)
			 /* the version goes on */ ;
		nruns = part_version(search, rows + first, last - first, nruns);
	}
	pfree(rows);
}

/* Is a row that was loaded anew, and then anew again, neither first nor last of its loads? */
static bool
is_between(const Search *search, const Found *row)
{
	const Found *was = &search->found[row->loads_anew];
	const Found *is = &search->found[row->loaded_anew_by];

	return row->run != 0 && was->run == row->run && is->run == row->run && was->overtakes;
}

/* Can a transaction be forgotten, as the next one loads all anew that it loaded anew? */
static bool
is_overtaken(const Search *search, const Turn *turn, const Turn *next)
{
	int			came = 0;

	if (!turn->reloads || !next->reloads)
		return false;
	for (int i = next->first; i < next->last; i++)
		came += search->events[i].op == 'I';
	for (int i = turn->first; i < turn->last; i++)
	{
		const Found *row = &search->found[i];

		if (search->events[i].op != 'I')
			continue;
		if (row->loaded_anew_by < next->first || row->loaded_anew_by >= next->last || !is_between(search, row))
			return false;
		came--;
	}
	return came == 0;
}

/* Drop a transaction's events: what the next one took is what this one found. */
static void
drop_turn(ZgCompaction *compaction, Search *search, const Turn *turn, const Turn *next)
{
	for (int i = turn->first; i < turn->last; i++)
	{
		zg_make_room(compaction->context, compaction->dropped, compaction->ndropped, compaction->maxdropped);
		compaction->dropped[compaction->ndropped++] = search->events[i].tid;
	}
	for (int i = next->first; i < next->last; i++)
	{
		ZgEvent    *event = &search->events[i];
		Found	   *row = &search->found[i];

		if (event->op == 'D')
			event->took = search->found[event->took].loads_anew;
		else if (event->op == 'I')
			row->loads_anew = search->found[row->loads_anew].loads_anew;
	}
}

/* What a transaction took is said to be what came before the dropped ones. */
static void
rename_rows(ZgCompaction *compaction, const Search *search, const Turn *turn)
{
	for (int i = turn->first; i < turn->last; i++)
	{
		const ZgEvent *event = &search->events[i];

		if (event->op != 'D')
			continue;
		zg_make_room(compaction->context, compaction->renamed, compaction->nrenamed, compaction->maxrenamed);
		compaction->renamed[compaction->nrenamed].tid = event->tid;
		compaction->renamed[compaction->nrenamed++].load = search->events[event->took].load;
	}
}

static void
drop_turns(ZgCompaction *compaction, Search *search)
{
	bool		dropped = false;

	for (int i = 0; i < search->nturns; i++)
	{
		const Turn *turn = &search->turns[i];
		bool		drop = i + 1 < search->nturns && is_overtaken(search, turn, turn + 1);

		if (drop)
			drop_turn(compaction, search, turn, turn + 1);
		else if (dropped)
			rename_rows(compaction, search, turn);
		dropped = drop;
	}
}

/* to drop one there must be one row, and two transactions that load it anew */
#define MIN_EVENTS 5

void
zg_compaction_note(ZgCompaction *compaction, ZgEvent *events, int n)
{
	Search		search = {.events = events,.n = n};

	if (n < MIN_EVENTS)
		return;
	search.found = palloc0(n * sizeof(Found));
	for (int i = 0; i < n; i++)
		search.found[i].loads_anew = search.found[i].loaded_anew_by = -1;
	search.turns = palloc(n * sizeof(Turn));
	search.came = palloc(n * sizeof(int));
	search.went = palloc(n * sizeof(int));
	if (find_turns(&search))
	{
		find_runs(&search);
		drop_turns(compaction, &search);
	}
	pfree(search.found);
	pfree(search.turns);
	pfree(search.came);
	pfree(search.went);
}

void
zg_compaction_end(ZgCompaction *compaction)
{
	static const char *const columns[] = {"load_timestamp"};
	ZgWriter   *writer;

	if (compaction->ndropped == 0)
		return;
	writer = zg_writer_open(zg_table_oid("gold_state", compaction->table), columns, lengthof(columns));
	for (int64 i = 0; i < compaction->ndropped; i++)
		zg_writer_delete(writer, &compaction->dropped[i]);
	for (int64 i = 0; i < compaction->nrenamed; i++)
		zg_writer_update(writer, &compaction->renamed[i].tid, &compaction->renamed[i].load.value,
						 &compaction->renamed[i].load.isnull);
	zg_writer_close(writer);
}
